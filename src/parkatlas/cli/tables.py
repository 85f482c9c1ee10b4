"""Verbs that answer with a table: enterprises with their areas, statistics."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkatlas.cli.console import Console, output_option, project_argument, register_option, to_json, verb
from parkatlas.cli.outlet import kind_of, outlet

if TYPE_CHECKING:
    import geopandas as gpd

    from parkatlas.atlas import Survey
    from parkatlas.findings import Lang
    from parkatlas.statistics.measures import Measure
    from parkatlas.statistics.result import Result


_LOCATED = (".csv", ".geojson", ".gpkg")
_BY_AREA = frozenset({"area_table", "sector_table", "compare"})  # of all areas, side by side: a level is a part of it


class _Metres(click.FloatRange):
    """A distance: a number above 0, and neither "nan" nor "inf", which are no number to anybody but Python."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail as other options do."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number of metres.", param, ctx)
        return number


_METRES = _Metres(min=0, min_open=True)


@click.command()
@project_argument
@register_option
@output_option
@verb
def locate(console: Console, project: Path, register: str | None, output: Path | None) -> int:
    """Give every enterprise its core, zone and park (CSV; or .geojson, .gpkg by the file's name)."""
    if output is not None and output.suffix.lower() not in _LOCATED:
        raise click.UsageError(console.word("unknown-kind", output, ", ".join(_LOCATED)))
    _check(console, project, [register], None)
    surveyed = _survey(console, project)
    located = surveyed.located(_chosen(console, surveyed, register))
    _write_located(console, located, output, surveyed.files)
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
    """Compute statistics by area; other measures with --measure. Those with shapes go to .geojson or .gpkg too."""
    if show:
        click.echo(_listed(console.lang))
        return 0
    if project is None:
        raise click.UsageError(console.word("no-project"))
    names = [_known(console, name).name for name in dict.fromkeys(measures or ("area_table",))]
    target = outlet(console, output, kind, names)
    _check_level(console, names, level)
    _check(console, project, [register], level)
    surveyed = _survey(console, project)
    chosen = _chosen(console, surveyed, register)
    results = {name: _measure(console, surveyed, chosen, name, level) for name in names}
    target.write(results, surveyed.files)
    return console.conclude(surveyed, surveyed.findings, output)


@click.command()
@project_argument
@register_option
@click.option("--eps", type=_METRES, help="Radius in metres; the elbow of the k-distance plot if not given.")
@click.option(
    "--min-samples",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Neighbours that make a core, itself included.",
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
    """Find density clusters and describe each: size, sectors, hull, overlap with parks, stability.

    By the file's name -o writes CSV, JSON, a workbook (.xlsx), or the hulls as .geojson or .gpkg.
    """
    target = outlet(console, output, kind, ["cluster_report"])
    _check(console, project, [register], None)
    surveyed = _survey(console, project)
    options = {"min_samples": min_samples} | ({} if eps is None else {"eps": eps})
    result = surveyed.measure(_chosen(console, surveyed, register), "cluster_report", **options)
    target.write({"cluster_report": result}, surveyed.files)
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

    is_date = DATE.fullmatch(earlier) is not None
    one_table = kind_of(console, output, kind) == "csv"
    names = [*dict.fromkeys(measures or (("compare",) if one_table else ("compare", "shift_share", "centre_shift")))]
    target = outlet(console, output, kind, names)
    _check_level(console, names, level)
    _check(console, project, [None if is_date else earlier, later], level)
    surveyed = _survey(console, project)
    plan = surveyed.plan
    last = surveyed.located(_chosen(console, surveyed, later))
    first = earlier if is_date else surveyed.located(_chosen(console, surveyed, earlier))
    results = {}
    for name in names:
        options = {"level": level} if level and "level" in find(name).options else {}
        found = run(name, last, plan.areas, plan.sectors, earlier=first, later=last, **options)
        results[name] = _of_level(surveyed, found, level)
    target.write(results, surveyed.files)
    return console.conclude(surveyed, surveyed.findings, output)


def _listed(lang: Lang) -> str:
    """Return the names and titles of all measures, and the verb of those that `stats` does not compute."""
    from parkatlas.statistics.measures import MEASURES

    width = max(map(len, MEASURES))
    verbs = {"change": "  (parkatlas compare DIR A B)"}
    return "\n".join(f"{m.name:{width}}  {m.title(lang)}{verbs.get(m.family, '')}" for m in MEASURES.values())


def _known(console: Console, name: str) -> Measure:
    """Return a measure of one register, or refuse the name: unknown, or one that needs two registers."""
    from parkatlas.statistics.measures import MEASURES, nearest

    if name not in MEASURES:
        near = nearest(name)
        raise click.UsageError(console.word("measure-meant" if near else "unknown-measure", name, near))
    if MEASURES[name].family == "change":
        raise click.UsageError(console.word("two-registers", name))
    return MEASURES[name]


def _check(console: Console, project: Path, registers: Iterable[str | None], level: str | None) -> None:
    """Refuse a register or a level that the plan does not have, before any list is read."""
    from parkatlas.plan import load_plan
    from parkatlas.statistics.membership import require_level

    asked = [one for one in registers if one is not None]
    if not asked and level is None:
        return
    plan = load_plan(project)
    for register in asked:
        console.choose(plan, {one.id: one for one in plan.registers}, register)
    if level is not None:
        require_level(plan.areas, level)


def _check_level(console: Console, names: Iterable[str], level: str | None) -> None:
    """Refuse a level where no measure takes one, and say which of several do not."""
    from parkatlas.statistics.measures import find

    without = [name for name in names if "level" not in find(name).options and name not in _BY_AREA]
    if level is None or not without:
        return
    if len(without) == len([*names]):
        raise click.UsageError(console.word("takes-no-level", ", ".join(without)))
    console.say(console.word("level-ignored", ", ".join(without)))


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
    return _of_level(surveyed, surveyed.measure(register, name, **options), level)


def _of_level(surveyed: Survey, result: Result, level: str | None) -> Result:
    """Return a table of all areas as one of those of a level, and of who is in none of them."""
    from parkatlas.statistics.measures import MEASURES, reading
    from parkatlas.statistics.membership import RESTS

    if level is None or result.name not in _BY_AREA:
        return result
    table = result.table[result.table["level"].isin([level, *RESTS])].reset_index(drop=True)
    known = MEASURES[result.name]
    if known.reader:
        return reading(known, table, surveyed.plan.sectors, result.n_used + result.n_dropped)
    return replace(result, table=table)


def _write_located(console: Console, located: gpd.GeoDataFrame, output: Path | None, inputs: Iterable[Path]) -> None:
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
    with replace_file(output, inputs) as staging:
        match output.suffix.lower():
            case ".csv":
                write_table(located, LOCATED, staging, console.lang)
            case ".geojson":
                write_geojson(located, LOCATED, staging)
            case _:
                write_geopackage({LOCATED.name: (located, LOCATED)}, staging, "1970")


VERBS = (locate, stats, clusters, compare)
