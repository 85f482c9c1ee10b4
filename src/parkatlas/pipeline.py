"""The pipeline: the one file that knows the order of the rooms.

`survey` reads and locates, `build` adds statistics, targets and the map.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.atlas import Atlas, Progress, Survey, silent
from parkatlas.crs import WGS84
from parkatlas.errors import InputError, LimitError, ParkatlasError, PlanError
from parkatlas.findings import Finding, Lang, Rule, shorten
from parkatlas.locate import locate_enterprises, outcomes
from parkatlas.model import Normalized, Plan, RawTable, Register
from parkatlas.normalize import normalize_table
from parkatlas.plan import load_plan, repair_plan, sensitivity
from parkatlas.publication import failure_reported, publish
from parkatlas.read import read_table
from parkatlas.statistics import area_table, sector_table, target_table

UNPLACED = Rule(
    "register.unplaced",
    "info",
    zh="{count} 家企业既无坐标也无所属区域，不计入任何区域：{some}",
    en="{count} enterprises have neither a point nor an area and count for no area: {some}",
)
OUTSIDE = Rule(
    "register.outside",
    "info",
    zh="{count} 家企业位于所有区域之外：{some}",
    en="{count} enterprises lie outside all areas: {some}",
)


def survey(project: str | Path, progress: Progress = silent) -> Survey:
    """Read and validate a project and locate its enterprises; write nothing.

    Parameters
    ----------
    project : path
        Folder with plan.toml.
    progress : callable, optional
        Called with the name of each step as it begins.

    Raises
    ------
    PlanError, InputError, LimitError
        With every finding that stands in the way, not only the first.
    """
    progress("plan")
    plan = load_plan(project)
    taken = _take_all(plan, progress)
    progress("locate")
    tables = {register: table for register, (_, table) in taken.items()}
    located = {register: locate_enterprises(table.enterprises, plan.areas) for register, table in tables.items()}
    remarks = [finding for register in plan.registers for finding in _remarks(register, located[register.id])]
    return Survey(
        plan=plan,
        raw={register: raw for register, (raw, _) in taken.items()},
        registers=located,
        rejects=schema.conform(_stack([table.rejects for table in tables.values()]), schema.REJECTS),
        findings=plan.findings + tuple(f for table in tables.values() for f in table.findings) + tuple(remarks),
        conservation={register: _account(register, tables[register], located[register]) for register in tables},
    )


def build(
    project: str | Path,
    out: str | Path | None = None,
    *,
    lang: Lang = "zh",
    today: datetime.date | None = None,
    show_findings: bool = False,
    progress: Progress = silent,
) -> Atlas:
    """Turn a project folder into an atlas.

    Parameters
    ----------
    project : path
        Folder with plan.toml, its layers and its registers.
    out : path, optional
        Where to write the files (see `publish`); nothing is written without it.
    lang : {"zh", "en"}
        Language of the page at first sight and of the tables' titles.
    today : date, optional
        The day from which the years left to a target are counted; the clock's by default, recorded in the report.
    show_findings : bool
        Put what is wrong with the input, and where, on the map.
    progress : callable, optional
        Called with the name of each step as it begins.

    Returns
    -------
    Atlas
        The plan, the located registers, the statistics, the findings and the ``folium.Map``.

    Raises
    ------
    PlanError, InputError, LimitError, OutputError, WriteError
        A failed run leaves the old output alone and its report in ``<out>.failed``.
    """
    return build_and_publish(project, out, lang=lang, today=today, show_findings=show_findings, progress=progress)[0]


def build_and_publish(
    project: str | Path,
    out: str | Path | None,
    *,
    lang: Lang = "zh",
    today: datetime.date | None = None,
    show_findings: bool = False,
    progress: Progress = silent,
) -> tuple[Atlas, tuple[Finding, ...]]:
    """Do as `build` does, and return also every finding: the atlas's own and those of writing its files."""
    day = today or datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    with failure_reported(project, out, {"today": day.isoformat(), "lang": lang}) as known_so_far:
        surveyed = known_so_far["survey"] = survey(project, progress)
        progress("statistics")
        known = {field.name: getattr(surveyed, field.name) for field in fields(Survey)}
        atlas = Atlas(
            **known,
            statistics={register: _tables(surveyed.plan, located) for register, located in surveyed.registers.items()},
            targets=target_table(surveyed.plan, day),
            today=day,
            lang=lang,
            show_findings=show_findings,
        )
        return atlas, atlas.findings if out is None else publish(atlas, out, progress)


def _tables(plan: Plan, located: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    return {
        "areas": area_table(located, plan.areas),
        "sectors": sector_table(located, plan.areas, plan.sectors),
        "sensitivity": sensitivity(located, plan.areas),
    }


def repair_project(project: str | Path, out: str | Path, *, force: bool = False) -> pd.DataFrame:
    """Copy a project with its layers repaired (`plan.repair_plan`), counting the enterprises that a change moves.

    The registers are read with the plan as it stands or, where its layers are too broken for that, as repaired.
    """
    try:
        return repair_plan(project, out, force, points=_points(survey(project)))
    except PlanError:
        with tempfile.TemporaryDirectory() as scratch:
            trial = Path(scratch) / "repaired"
            repair_plan(project, trial, force=True)
            points = _points(survey(trial))
        return repair_plan(project, out, force, points=points)


def _points(surveyed: Survey) -> gpd.GeoDataFrame:
    placed = [located.loc[located.geometry.notna(), ["geometry"]] for located in surveyed.registers.values()]
    return gpd.GeoDataFrame(pd.concat(placed, ignore_index=True), crs=WGS84)


def _take_all(plan: Plan, progress: Progress) -> dict[str, tuple[RawTable, Normalized]]:
    """Read and normalise every register; where some are refused, say everything that is wrong with all of them."""
    taken: dict[str, tuple[RawTable, Normalized]] = {}
    refused: list[ParkatlasError] = []
    for register in plan.registers:
        progress(f"read {register.id}")
        try:
            raw = read_table(plan.folder / register.path, sheet=register.sheet, encoding=register.encoding)
            taken[register.id] = raw, normalize_table(raw, register, plan)
        except (InputError, LimitError, PlanError) as error:
            refused.append(error)
    if refused:
        raise type(refused[0])(*(reason for error in refused for reason in error.args))
    return taken


def _account(register: str, taken: Normalized, located: gpd.GeoDataFrame) -> dict[str, int]:
    """Return rows read and what became of them; the sum rule is checked here for every run."""
    counts = {**outcomes(located), "merged": taken.merged, "rejected": len(taken.rejects)}
    if sum(counts.values()) != taken.rows_read:
        raise ParkatlasError(f"register {register!r}: {taken.rows_read} rows read, but {counts} accounted for")
    return {"read": taken.rows_read, **counts}


def _remarks(register: Register, located: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Say what was placed nowhere and what lies outside, with the first few by id."""
    cases = ((UNPLACED, located["outcome"] == "unplaced"), (OUTSIDE, located["outcome"] == "outside"))
    for rule, rows in cases:
        if rows.any():
            ids = located.loc[rows, "enterprise_id"]
            some = ", ".join(ids.head(5)) + (" …" if len(ids) > 5 else "")
            yield rule.at(file=register.path, count=len(ids), some=shorten(some))


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else schema.frame(schema.REJECTS)
