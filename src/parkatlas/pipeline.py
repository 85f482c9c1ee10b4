"""The pipeline: the one file that knows the order of the rooms.

`survey` reads and locates, `build` adds statistics, targets and the map.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.atlas import MADE_BY, Atlas, Progress, Survey, silent
from parkatlas.errors import InputError, LimitError, ParkatlasError, PlanError
from parkatlas.evidence import held_points, nobody, weigh_plan
from parkatlas.findings import Finding, Lang, Rule, shorten
from parkatlas.locate import locate_enterprises, outcomes
from parkatlas.model import Normalized, Plan, RawTable, Register
from parkatlas.normalize import normalize_table
from parkatlas.output import replace_folder
from parkatlas.plan import load_plan, repair_plan, sensitivity
from parkatlas.publication import failure_reported, write_files
from parkatlas.read import read_table
from parkatlas.scale import Streamed, stream
from parkatlas.statistics import area_table, sector_table, target_table
from parkatlas.webmap.assets import Assets

STRICT = Rule(
    "register.strict",
    "error",
    zh="严格模式：名录中有 {count} 处需要处理",
    en="strict: {count} things in the registers need attention",
    hint_zh="请改正以下各处，或去掉 --strict。",
    hint_en="Mend what follows, or leave --strict away.",
)
T = TypeVar("T")
LARGE = 64 * 2**20  # bytes of Parquet, about a million rows, beyond which a register is streamed
KEPT = 1_000_000  # rows up to which a streamed register is also held in memory, for the map and the measures of points
NOT_DRAWN = Rule(
    "register.not-drawn",
    "info",
    zh="名录有 {count} 行，超过 {most} 行：地图只画六边形计数，不计算点位指标，不写入 GIS 文件；"
    "parkatlas build 将逐行结果写入 located/",
    en="{count} rows are more than {most}: the map counts them by hexagon, measures of points and GIS files leave them "
    "out; parkatlas build writes the rows to located/",
)

UNPLACED = Rule(
    "register.unplaced",
    "info",
    zh="{count} 条记录（{kinds_zh}）既无坐标也无所属区域，不计入任何区域：{some}",
    en="{count} rows ({kinds}) have neither a point nor an area and count for no area: {some}",
)
OUTSIDE = Rule(
    "register.outside",
    "info",
    zh="{count} 条记录（{kinds_zh}）位于所有区域之外：{some}",
    en="{count} rows ({kinds}) lie outside all areas: {some}",
)


@dataclass(frozen=True)
class Streaming:
    """How registers too large for memory are worked on: a Parquet file over `LARGE` bytes, or a folder of them.

    ``parts`` is the folder for located rows (GeoParquet, a folder a register), if they are wanted; ``engine``,
    ``scheduler`` and ``announce`` are those of `scale.stream`; ``watch`` is called with the register's id,
    rows done and rows in all.
    """

    parts: Path | None = None
    engine: Literal["threads", "dask"] = "threads"
    scheduler: str | None = None
    announce: Callable[[str], None] | None = None
    watch: Callable[[str, int, int], None] = lambda *_: None


def survey(
    project: str | Path, progress: Progress = silent, *, streaming: Streaming | None = None, strict: bool = False
) -> Survey:
    """Read and validate a project and locate its enterprises.

    Parameters
    ----------
    project : path
        Folder with plan.toml.
    progress : callable, optional
        Called with the name of each step as it begins.
    streaming : Streaming, optional
        How large Parquet registers are worked on; nothing is written unless it says where.
    strict : bool
        Refuse a register of which any row was rejected, merged or not taken as it is.

    Raises
    ------
    PlanError, InputError, LimitError
        With every finding that stands in the way, not only the first.
    """
    progress("plan")
    plan = load_plan(project)
    large = {register.id for register in plan.registers if _is_large(plan.folder / register.path)}
    streamed = _stream_all(plan, large, streaming or Streaming(), progress)
    taken = _take_all(plan, large, progress)
    if strict:
        _refuse_any_fault([table for _, table in taken.values()], [*streamed.values()])
    progress("locate")
    tables = {register: table for register, (_, table) in taken.items()}
    located = {
        one.id: _kept(plan, streamed[one.id])
        if one.id in large
        else locate_enterprises(tables[one.id].enterprises, plan.areas)
        for one in plan.registers
    }
    conservation = {register: _account(register, tables[register], located[register]) for register in tables}
    conservation |= {register: one.conservation for register, one in streamed.items()}
    remarks = [finding for one in plan.registers for finding in _remarks(one, located[one.id])]
    told: dict[str, Normalized | Streamed] = {
        one.id: tables[one.id] if one.id in tables else streamed[one.id] for one in plan.registers
    }
    said = [finding for table in tables.values() for finding in table.findings]
    said += [finding for one in streamed.values() for finding in one.findings]
    said += [finding for one in plan.registers if one.id in streamed for finding in _undrawn(one, streamed[one.id])]
    rejects = [table.rejects for table in tables.values()] + [one.rejects for one in streamed.values()]
    return Survey(
        plan=plan,
        raw={register: raw for register, (raw, _) in taken.items()},
        registers=located,
        rejects=schema.conform(_stack(rejects), schema.REJECTS),
        findings=(*weigh_plan(plan, located, streamed), *said, *remarks),
        conservation={one.id: conservation[one.id] for one in plan.registers},
        streamed=streamed,
        readings={key: one.readings for key, one in told.items() if one.readings is not None},
        repeats={key: one.repeats for key, one in told.items() if one.repeats is not None},
        restated={key: one.restated for key, one in tables.items()},
    )


def build(
    project: str | Path,
    out: str | Path | None = None,
    *,
    lang: Lang = "zh",
    today: datetime.date | None = None,
    show_findings: bool = False,
    assets: Assets = "inline",
    streaming: Streaming | None = None,
    strict: bool = False,
    progress: Progress = silent,
) -> Atlas:
    """Turn a project folder into an atlas.

    Parameters
    ----------
    project : path
        Folder with plan.toml, its layers and its registers.
    out : path, optional
        Where to write the files (see `publication.publish`); nothing is written without it.
    lang : {"zh", "en"}
        Language of the page at first sight and of the tables' titles.
    today : date, optional
        The day from which the years left to a target are counted; the clock's by default, recorded in the report.
    show_findings : bool
        Put what is wrong with the input, and where, on the map.
    assets : {"inline", "cdn"}
        Leaflet inside the page, which then opens offline, or from a CDN, which makes it smaller.
    streaming : Streaming, optional
        How registers too large for memory are worked on; their located rows become ``located/`` in the output.
    strict : bool
        Refuse a register of which any row was rejected, merged or not taken as it is.
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
    return build_and_publish(
        project,
        out,
        lang=lang,
        today=today,
        show_findings=show_findings,
        assets=assets,
        streaming=streaming,
        strict=strict,
        progress=progress,
    )[0]


def build_and_publish(
    project: str | Path,
    out: str | Path | None,
    *,
    lang: Lang = "zh",
    today: datetime.date | None = None,
    show_findings: bool = False,
    assets: Assets = "inline",
    streaming: Streaming | None = None,
    strict: bool = False,
    progress: Progress = silent,
) -> tuple[Atlas, tuple[Finding, ...]]:
    """Do as `build` does, and return also every finding: the atlas's own and those of writing its files."""
    day = today or datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    how = streaming or Streaming()
    place = nullcontext() if out is None else replace_folder(Path(out), MADE_BY)
    with failure_reported(project, out, {"today": day.isoformat(), "lang": lang}) as so_far, place as staging:
        parts = None if staging is None else staging / "located"
        surveyed = so_far["survey"] = survey(project, progress, streaming=replace(how, parts=parts), strict=strict)
        progress("statistics")
        known = {field.name: getattr(surveyed, field.name) for field in fields(Survey)}
        atlas = Atlas(
            **known,
            statistics={one.id: _tables(surveyed, one.id) for one in surveyed.plan.registers},
            targets=target_table(surveyed.plan, day),
            today=day,
            lang=lang,
            show_findings=show_findings,
            assets=assets,
        )
        return atlas, atlas.findings if staging is None else write_files(atlas, staging, progress)


def _tables(surveyed: Survey, register: str) -> dict[str, pd.DataFrame]:
    areas = surveyed.plan.areas
    if register in surveyed.streamed:
        return {"areas": surveyed.streamed[register].areas, "sectors": surveyed.streamed[register].sectors}
    located = surveyed.registers[register]
    return {
        "areas": area_table(located, areas),
        "sectors": sector_table(located, areas, surveyed.plan.sectors),
        "sensitivity": sensitivity(located, areas),
    }


def repair_project(project: str | Path, out: str | Path, *, force: bool = False) -> pd.DataFrame:
    """Copy a project with its layers repaired (`plan.repair_plan`), counting the enterprises that a change moves.

    The registers are read with the plan as it stands or, where its layers are too broken for that, as repaired. Where
    they cannot be read at all, the layers are repaired all the same and nobody is counted.
    """
    return repair_plan(project, out, force, points=_points_if_readable(project))


def _points_if_readable(project: str | Path) -> gpd.GeoDataFrame | None:
    refusals = (PlanError, InputError, LimitError)
    with suppress(*refusals):
        return held_points(survey(project))
    with suppress(*refusals), tempfile.TemporaryDirectory() as scratch:
        repair_plan(project, Path(scratch) / "repaired", force=True)
        return held_points(survey(Path(scratch) / "repaired"))
    return None


def _kept(plan: Plan, streamed: Streamed) -> gpd.GeoDataFrame:
    return nobody(plan) if streamed.rows is None else streamed.rows


def _refuse_any_fault(tables: list[Normalized], streamed: list[Streamed]) -> None:
    found = [finding for one in tables for finding in one.findings]
    found += [finding for one in streamed for finding in one.findings]
    codes = {finding.code for finding in found if finding.severity != "info" or finding.rule.mends}
    faults = [finding for finding in found if finding.code in codes or finding.details.get("code") in codes]
    if faults:  # findings that only count further ones of a code stand for as many
        raise InputError(STRICT.at(count=sum(_weight(finding, codes) for finding in faults)), *faults)


def _weight(finding: Finding, codes: set[str]) -> int:
    if finding.code in codes:
        return int("code" not in finding.details)  # what sums up a list comes on top of its rows
    n = finding.details.get("n")
    return n if isinstance(n, int) else 1


def _is_large(path: Path) -> bool:
    if path.is_dir():
        return True
    with path.open("rb") as stream:
        return path.stat().st_size > LARGE and stream.read(4) == b"PAR1"


def _stream_all(plan: Plan, large: set[str], how: Streaming, progress: Progress) -> dict[str, Streamed]:
    done = {}
    for register in plan.registers:
        if register.id in large:
            progress(f"read {register.id}")
            parts = None if how.parts is None else how.parts / register.id
            done[register.id] = stream(
                plan, register, parts, engine=how.engine, scheduler=how.scheduler, announce=how.announce,
                keep_rows=KEPT, progress=partial(how.watch, register.id),
            )  # fmt: skip
    return done


def _take_all(plan: Plan, large: set[str], progress: Progress) -> dict[str, tuple[RawTable, Normalized]]:
    """Read and normalise every register; where some are refused, say everything that is wrong with all of them."""
    taken: dict[str, tuple[RawTable, Normalized]] = {}
    refused: list[ParkatlasError] = []
    for register in plan.registers:
        if register.id in large:
            continue
        progress(f"read {register.id}")
        try:
            raw = _read(plan, register)
            taken[register.id] = raw, normalize_table(raw, register, plan)
        except (InputError, LimitError, PlanError) as error:
            refused.append(type(error)(*(_at_path(reason, register) for reason in error.args)))
    if refused:
        raise type(refused[0])(*(reason for error in refused for reason in error.args))
    return taken


def _read(plan: Plan, one: Register) -> RawTable:
    """Read a register's file; it is named by its path in the project, for two folders may hold files of one name."""
    raw = read_table(plan.folder / one.path, sheet=one.sheet, encoding=one.encoding, header=one.header)
    told, aside = (tuple(_at_path(finding, one) for finding in part) for part in (raw.findings, raw.rejected))
    return replace(raw, source=one.path, findings=told, rejected=aside)


def _at_path(reason: T, one: Register) -> T:
    if isinstance(reason, Finding) and reason.file == Path(one.path).name:
        return replace(reason, file=one.path)
    return reason


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
            chinese, english = _kinds(located.loc[rows, "entity"])
            yield rule.at(file=register.path, count=len(ids), kinds_zh=chinese, kinds=english, some=shorten(some))


def _kinds(entities: pd.Series) -> tuple[str, str]:
    """Say how many there are of each kind, in Chinese and English: statistics count enterprises alone."""
    counts = [(kind, n) for kind in schema.ENTITIES if (n := int((entities == kind).sum()))]
    chinese = {"enterprise": "企业", "institute": "机构", "platform": "平台"}
    return (
        "、".join(f"{chinese[kind]} {n}" for kind, n in counts),
        ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts),
    )


def _undrawn(register: Register, streamed: Streamed) -> Iterator[Finding]:
    if streamed.rows is None:
        yield NOT_DRAWN.at(file=register.path, count=f"{streamed.conservation['read']:,}", most=f"{KEPT:,}")


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else schema.frame(schema.REJECTS)
