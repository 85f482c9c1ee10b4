"""The verb that looks at a list before anything is built from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkatlas.cli.console import Console, verb

if TYPE_CHECKING:
    from parkatlas.findings import Finding
    from parkatlas.model import Plan, RawTable, Register


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--plan", "project", metavar="DIR", type=click.Path(path_type=Path), help="Project to try the list against."
)
@click.option("--sheet", help="Sheet of a workbook.")
@click.option("--encoding", help="Encoding of a text file, where it cannot be told.")
@click.option("--header", type=int, metavar="ROW", help="Row of the header, where it is not found; 0 for none.")
@verb
def inspect(
    console: Console, *, file: Path, project: Path | None, sheet: str | None, encoding: str | None, header: int | None
) -> int:
    """Say how a list would be understood, and print the [[registers]] block to paste into plan.toml.

    A list that the plan declares already is read as it declares it.
    """
    from parkatlas.errors import InputError
    from parkatlas.findings import worst
    from parkatlas.normalize import describe
    from parkatlas.plan import load_plan
    from parkatlas.read import inspect_table
    from parkatlas.report import records

    plan = None if project is None else load_plan(project)
    known = _declared(plan, file)
    how = {"sheet": sheet, "encoding": encoding, "header": header}
    if known is not None:
        how = {name: getattr(known, name) if value is None else value for name, value in how.items()}
    facts = inspect_table(file, **how)  # type: ignore[arg-type]
    for one in facts.sheets:
        console.say(console.word("sheet" if one.visible else "hidden-sheet", one.name, " | ".join(one.header)))
    if facts.table is None:
        raise InputError(*facts.findings)
    found = describe(facts.table, plan, _register(known, facts.table, plan, file, how))
    readings = None if found.readings is None else records(found.readings)
    columns = records(found.columns)
    # How the file was read is what is asked for here, so it is said without -v too.
    for finding in filter(_is_of_reading, found.findings):
        console.say(finding.line(console.lang))
    console.answer(columns=columns, readings=readings, findings=found.findings, block=found.block)
    for row in columns:
        title = row[f"title_{console.lang}"] or console.word("not-used")
        unit = console.word("in-unit", row["unit"]) if row["unit"] and str(row["unit"]) not in str(title) else ""
        console.say(f"{row['header']} -> {title}{unit}: {row['samples']}")
    if readings and plan is not None:
        names = plan.areas.set_index("area_id")[f"name_{console.lang}"].dropna()
        _tell_readings(console, readings, names.to_dict())
    console.tell(finding for finding in found.findings if not _is_of_reading(finding))
    if not console.as_json:
        console.emit(found.block)
    return int(worst(found.findings) in ("error", "warning"))


def _is_of_reading(finding: Finding) -> bool:
    return finding.severity == "info" and finding.code.startswith("read.")


def _declared(plan: Plan | None, file: Path) -> Register | None:
    """Return the register of a plan whose file this is."""
    registers = () if plan is None else plan.registers
    return next((one for one in registers if plan and (plan.folder / one.path).resolve() == file.resolve()), None)


def _register(
    known: Register | None, table: RawTable, plan: Plan | None, file: Path, how: Mapping[str, Any]
) -> Register:
    """Return how a list is declared: by the plan, or by nothing but its file and what was asked for."""
    from parkatlas.normalize import undeclared

    if known is not None:
        return replace(known, **how)
    inside = plan is not None and file.resolve().is_relative_to(plan.folder.resolve())
    path = file.resolve().relative_to(plan.folder.resolve()).as_posix() if plan and inside else file.name
    return replace(undeclared(table), path=path, **how)


def _tell_readings(console: Console, readings: list[dict[str, Any]], names: Mapping[str, str]) -> None:
    """Say what fits under each way of reading the coordinates; those under which nothing does are only counted."""
    shown = [row for k, row in enumerate(readings) if k == 0 or row["in_extent"] or console.verbose]
    for row in shown:
        shift = "-" if row["shift_m"] is None else f"{row['shift_m']:,.0f}"
        zones = {name.removeprefix("zone "): n for name, n in row.items() if name.startswith("zone ")}
        shares = ", ".join(f"{names.get(zone, zone)} {100 * n / row['n']:.0f} %" for zone, n in zones.items() if n)
        counts = [row[name] for name in ("n", "in_extent", "in_zones", "in_parks", "in_declared", "n_declared")]
        verdict = console.word(f"verdict:{row['verdict']}")
        console.say(console.word("reading", row[f"title_{console.lang}"], *counts, shift, verdict))
        if shares:
            console.say(console.word("zone-shares", shares))
    if len(readings) > len(shown):
        console.say(console.word("other-readings", len(readings) - len(shown)))


VERBS = (inspect,)
