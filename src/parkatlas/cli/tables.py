"""Verbs that answer with a table: enterprises with their areas, statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkatlas.cli.console import Console, output_option, project_argument, register_option, to_json, verb

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from parkatlas.atlas import Survey
    from parkatlas.findings import Lang
    from parkatlas.statistics.measures import Measure
    from parkatlas.statistics.result import Result


@click.command()
@project_argument
@register_option
@output_option
@verb
def locate(console: Console, project: Path, register: str | None, output: Path | None) -> int:
    """Give every enterprise its core, zone and park (CSV; or .geojson, .gpkg by the file's name)."""
    surveyed = _survey(console, project)
    located = surveyed.located(_chosen(console, surveyed, register))
    _write_located(console, located, output)
    if output is not None:
        console.answer(output=str(output), conservation=surveyed.conservation, findings=surveyed.findings)
    return console.conclude(surveyed, surveyed.findings, output)


@click.command()
@click.argument("project", metavar="DIR", required=False, type=click.Path(file_okay=False, path_type=Path))
@register_option
@click.option("--measure", "measures", multiple=True, metavar="NAME", help="A measure, as --list names it; repeatable.")
@click.option("--level", type=click.Choice(["core", "zone", "park"]), help="Level of area, for measures that take one.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json", "xlsx"]), help="What to write; by default as -o ends."
)
@click.option("--list", "show", is_flag=True, help="Print the names of all measures and stop; needs no DIR.")
@output_option
@verb
def stats(
    console: Console,
    *,
    project: Path | None,
    register: str | None,
    measures: tuple[str, ...],
    level: str | None,
    kind: str | None,
    show: bool,
    output: Path | None,
) -> int:
    """Compute statistics by area; other measures with --measure."""
    if show:
        click.echo(_listed(console.lang))
        return 0
    if project is None:
        raise click.UsageError(console.word("no-project"))
    for name in measures:
        _known(console, name)
    surveyed = _survey(console, project)
    chosen = _chosen(console, surveyed, register)
    results = {name: _measure(console, surveyed, chosen, name, level) for name in measures or ("area_table",)}
    _write_results(console, results, output, kind)
    return console.conclude(surveyed, surveyed.findings, output)


@click.command()
@project_argument
@register_option
@click.option("--eps", type=float, help="Radius in metres; the elbow of the k-distance plot if not given.")
@click.option(
    "--min-samples", type=int, default=5, show_default=True, help="Neighbours that make a core, itself included."
)
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json", "xlsx"]), help="What to write; by default as -o ends."
)
@output_option
@verb
def clusters(
    console: Console,
    *,
    project: Path,
    register: str | None,
    eps: float | None,
    min_samples: int,
    kind: str | None,
    output: Path | None,
) -> int:
    """Find density clusters and describe each: size, sectors, hull, overlap with parks, stability."""
    surveyed = _survey(console, project)
    options = {"min_samples": min_samples} | ({} if eps is None else {"eps": eps})
    result = surveyed.measure(_chosen(console, surveyed, register), "cluster_report", **options)
    _write_results(console, {"cluster_report": result}, output, kind)
    return console.conclude(surveyed, surveyed.findings, output)


@click.command()
@project_argument
@click.argument("earlier", metavar="A")
@click.argument("later", metavar="B")
@click.option(
    "--measure", "measures", multiple=True, type=click.Choice(["compare", "shift_share", "centre_shift"]),
    help="What to compute; repeatable. Default: compare, or all three into JSON or a workbook.",
)  # fmt: skip
@click.option("--level", type=click.Choice(["core", "zone", "park"]), help="Level of area, for shift_share.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json", "xlsx"]), help="What to write; by default as -o ends."
)
@output_option
@verb
def compare(
    console: Console,
    *,
    project: Path,
    earlier: str,
    later: str,
    measures: tuple[str, ...],
    level: str | None,
    kind: str | None,
    output: Path | None,
) -> int:
    """Compare two registers of a plan: who came, left, moved, stayed; shift-share; how far the centre moved.

    A is a register's id, or a date (2020, 2020-06): the enterprises of B founded by then. B is a register's id.
    """
    from parkatlas.schema import DATE
    from parkatlas.statistics.measures import find, run

    surveyed = _survey(console, project)
    plan = surveyed.plan
    last = surveyed.located(_chosen(console, surveyed, later))
    first = earlier if DATE.fullmatch(earlier) else surveyed.located(_chosen(console, surveyed, earlier))
    whole = _format_of(console, output, kind) != "csv"
    results = {}
    for name in measures or (("compare", "shift_share", "centre_shift") if whole else ("compare",)):
        options = {"level": level} if level and "level" in find(name).options else {}
        results[name] = run(name, last, plan.areas, plan.sectors, earlier=first, later=last, **options)
    _write_results(console, results, output, kind)
    return console.conclude(surveyed, surveyed.findings, output)


def _listed(lang: Lang) -> str:
    """Return the names and titles of all measures, and the verb of those that `stats` does not compute."""
    from parkatlas.statistics.measures import MEASURES

    width = max(map(len, MEASURES))
    verbs = {"change": "  (parkatlas compare DIR A B)"}
    return "\n".join(f"{m.name:{width}}  {m.title(lang)}{verbs.get(m.family, '')}" for m in MEASURES.values())


def _known(console: Console, name: str) -> Measure:
    """Return a measure of one register, or refuse the name: unknown, or one that needs two registers."""
    from parkatlas.statistics.measures import find

    try:
        known = find(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if known.family == "change":
        raise click.UsageError(console.word("two-registers", name))
    return known


def _survey(console: Console, project: Path) -> Survey:
    from parkatlas.pipeline import Streaming, survey

    with console.progress() as progress:
        return survey(project, progress, streaming=Streaming(watch=progress.watch))


def _chosen(console: Console, surveyed: Survey, register: str | None) -> str:
    return console.choose(surveyed.plan, {one: one for one in surveyed.registers}, register)


def _measure(console: Console, surveyed: Survey, register: str, name: str, level: str | None) -> Result:
    """Compute one measure, with the level where it takes one; the targets are the plan's own, of today."""
    import datetime

    known = _known(console, name)
    options: dict[str, Any] = {"level": level} if level and "level" in known.options else {}
    if "plan" in known.needs:
        options |= {"plan": surveyed.plan, "today": datetime.datetime.now(tz=datetime.UTC).astimezone().date()}
    try:
        return surveyed.measure(register, name, **options)
    except TypeError as error:
        raise click.UsageError(str(error)) from error


def _format_of(console: Console, output: Path | None, kind: str | None) -> str:
    """Return csv, json or xlsx: as asked, or as the file's name says, or as --json says."""
    by_name = "json" if console.as_json and output is None else "csv"
    return kind or (by_name if output is None else output.suffix.lower().lstrip("."))


def _write_results(console: Console, results: Mapping[str, Result], output: Path | None, kind: str | None) -> None:
    """Write results: CSV for one, JSON with all that describes them, or a workbook with a sheet a family."""
    from parkatlas.output import replace_file
    from parkatlas.report import records
    from parkatlas.report.cells import guard_frame
    from parkatlas.report.workbook import write_workbook
    from parkatlas.statistics.measures import by_family

    chosen = _format_of(console, output, kind)
    if chosen == "xlsx" and output is not None:
        with replace_file(output) as staging:
            write_workbook(by_family(results, console.lang), staging, console.lang)
    elif chosen == "json" or (chosen == "csv" and len(results) == 1):
        if chosen == "csv":
            (result,) = results.values()
            text = guard_frame(_flat(result)).to_csv(index=False, float_format="%.12g")
        else:
            text = to_json({name: one.record() | {"table": records(_flat(one))} for name, one in results.items()})
        if output is None:
            console.emit(text.rstrip("\n") + "\n")
        else:
            with replace_file(output) as staging:
                staging.write_text(text, encoding="utf-8-sig" if chosen == "csv" else "utf-8")
    else:
        raise click.UsageError(console.word("one-table"))
    if output is not None:
        console.answer(output=str(output), readings={name: one.reading(console.lang) for name, one in results.items()})
    for one in results.values():
        console.say(one.reading(console.lang))


def _flat(result: Result) -> pd.DataFrame:
    """Return a result's table without its shapes, which are in metres and belong in a GIS file."""
    import pandas as pd

    table = result.to_frame()
    shapes = [name for name in table.columns if str(table[name].dtype) == "geometry"]
    return pd.DataFrame(table.drop(columns=shapes))


def _write_located(console: Console, located: gpd.GeoDataFrame, output: Path | None) -> None:
    """Write located enterprises as CSV or JSON to stdout, or to a file as its name says."""
    from parkatlas.export import write_geojson, write_geopackage
    from parkatlas.output import replace_file
    from parkatlas.report import records, table_csv, write_table
    from parkatlas.schema import LOCATED

    if output is None:
        plain = located.drop(columns="geometry").assign(lon=located.geometry.x, lat=located.geometry.y)
        text = to_json(records(plain)) + "\n" if console.as_json else table_csv(located, LOCATED, console.lang)
        console.emit(text)
        return
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda path: write_table(located, LOCATED, path, console.lang),
        ".geojson": lambda path: write_geojson(located, LOCATED, path),
        ".gpkg": lambda path: write_geopackage({LOCATED.name: (located, LOCATED)}, path, "1970"),
    }
    write = writers.get(output.suffix.lower())
    if write is None:
        raise click.UsageError(console.word("unknown-kind", output, ", ".join(writers)))
    with replace_file(output) as staging:
        write(staging)


VERBS = (locate, stats, clusters, compare)
