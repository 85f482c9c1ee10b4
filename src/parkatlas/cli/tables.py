"""Verbs that answer with a table: enterprises with their areas, statistics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkatlas.cli.console import Console, compute, output_option, project_argument, register_option, to_json, verb

if TYPE_CHECKING:
    import pandas as pd

    from parkatlas.model import Plan


@click.command()
@project_argument
@register_option
@output_option
@verb
def locate(console: Console, project: Path, register: str | None, output: Path | None) -> int:
    """Give every enterprise its core, zone and park (CSV; or .geojson, .gpkg by the file's name)."""
    from parkatlas import schema
    from parkatlas.atlas import exit_code
    from parkatlas.pipeline import survey

    with console.progress() as progress:
        surveyed = survey(project, progress)
    console.reconcile(surveyed)
    located = _one_register(console, surveyed.plan, surveyed.registers, register)
    _write(console, located, schema.LOCATED, output)
    console.tell(surveyed.findings)
    return exit_code(surveyed.findings, surveyed.rejects)


@click.command()
@project_argument
@register_option
@click.option(
    "--table",
    type=click.Choice(["areas", "sectors", "targets"]),
    default="areas",
    show_default=True,
    help="Which table.",
)
@output_option
@verb
def stats(console: Console, project: Path, register: str | None, table: str, output: Path | None) -> int:
    """Compute statistics by area and sector, or the state of the targets (CSV)."""
    from parkatlas import schema
    from parkatlas.atlas import exit_code

    atlas = compute(console, project)
    if table == "targets":
        _write(console, atlas.targets, schema.TARGET_STATUS, output)
    else:
        of = _one_register(console, atlas.plan, atlas.statistics, register)
        _write(console, of[table], schema.AREA_STATISTICS if table == "areas" else schema.SECTOR_STATISTICS, output)
    return exit_code(atlas.findings, atlas.rejects)


def _one_register(console: Console, plan: Plan, by_register: Any, register: str | None) -> Any:
    """Return what belongs to the register asked for; the plan's first if none is named."""
    if register is None:
        return by_register[plan.registers[0].id]
    if register not in by_register:
        raise click.UsageError(console.word("no-register", register, ", ".join(by_register)))
    return by_register[register]


def _write(console: Console, data: pd.DataFrame, table: Any, output: Path | None) -> None:
    from parkatlas.export import write_geojson, write_geopackage
    from parkatlas.output import replace_file
    from parkatlas.report import records, write_table

    if output is None:
        plain = data.drop(columns="geometry", errors="ignore")
        click.echo(
            to_json(records(plain)) if console.as_json else write_table(data, table, None, console.lang), nl=False
        )
        return
    kind = output.suffix.lower()
    if kind in (".geojson", ".gpkg") and table.geometry is None:
        raise click.UsageError(f"{output}: {kind} needs a table with geometry; use .csv")
    with replace_file(output) as staging:
        if kind == ".geojson":
            write_geojson(data, table, staging)
        elif kind == ".gpkg":
            write_geopackage({table.name: (data, table)}, staging, "1970")
        elif kind == ".csv":
            write_table(data, table, staging, console.lang)
        else:
            raise click.UsageError(f"{output}: unknown kind of file {kind!r}; use .csv, .geojson or .gpkg")
    console.say(console.word("wrote", output))


VERBS = (locate, stats)
