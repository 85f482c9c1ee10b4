"""The pipeline: the one file that knows the order of the rooms.

`survey` reads and locates, `build` adds statistics, targets and the map, `publish` turns a build into files: all of
them at once, or none.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.errors import InputError, ParkatlasError
from parkatlas.export import export_layers
from parkatlas.findings import Finding, Lang, Rule, shorten, worst
from parkatlas.locate import locate_enterprises, outcomes
from parkatlas.model import Normalized, Plan, Register
from parkatlas.normalize import normalize_table
from parkatlas.output import replace_folder, verify
from parkatlas.plan import findings_geojson, load_plan, sensitivity
from parkatlas.read import read_table
from parkatlas.report import fingerprint, summary, write_json, write_rejects, write_table
from parkatlas.statistics import area_table, sector_table, target_table

if TYPE_CHECKING:
    import folium

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

Progress = Callable[[str], None]
Tables = Mapping[str, pd.DataFrame]


def silent(_step: str) -> None:
    """Say nothing: the progress of a run that nobody watches."""


@dataclass(frozen=True)
class Survey:
    """A project read and located: everything known before a number is computed.

    ``registers`` maps a register's id to its LOCATED table; ``rejects`` holds the rejected rows of all registers;
    ``conservation`` says, by register, how many rows were read and what became of each.
    """

    plan: Plan
    registers: Mapping[str, gpd.GeoDataFrame]
    rejects: pd.DataFrame
    findings: tuple[Finding, ...]
    conservation: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Atlas(Survey):
    """A project with its numbers. ``statistics`` maps a register's id to its tables by name."""

    statistics: Mapping[str, Tables]
    targets: pd.DataFrame
    today: datetime.date
    lang: Lang

    @cached_property
    def map(self) -> folium.Map:
        """The interactive map, a ``folium.Map`` to which further layers can be added."""
        from parkatlas.webmap import atlas_map

        about = {
            "today": self.today.isoformat(),
            "findings": len(self.findings),
            "rejected": len(self.rejects),
            "conservation": self.conservation,
        }
        return atlas_map(
            self.plan, self.registers, self.statistics, targets=self.targets, lang=self.lang, findings=self.findings,
            about=about,
        )  # fmt: skip

    def save(self, out: str | Path, progress: Progress = silent) -> tuple[Finding, ...]:
        """Write everything to a folder, all at once or not at all, and return every finding (see `publish`)."""
        return publish(self, out, progress)

    @property
    def report(self) -> dict[str, object]:
        """The report of the run as plain data; `save` writes it as report.json."""
        files = [self.plan.folder / "plan.toml", *self.plan.layer_files.values()]
        files += [self.plan.folder / register.path for register in self.plan.registers]
        return summary(
            self.findings,
            status="complete",
            parameters={"today": self.today.isoformat(), "lang": self.lang},
            inputs=fingerprint(self.plan.folder, files),
            conservation=self.conservation,
            areas={register: tables["areas"] for register, tables in self.statistics.items()},
            targets=self.targets,
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
    located = {register: locate_enterprises(table.enterprises, plan.areas) for register, table in taken.items()}
    remarks = [finding for register in plan.registers for finding in _remarks(register, located[register.id])]
    return Survey(
        plan=plan,
        registers=located,
        rejects=schema.conform(_stack([table.rejects for table in taken.values()]), schema.REJECTS),
        findings=plan.findings + tuple(f for table in taken.values() for f in table.findings) + tuple(remarks),
        conservation={register: _account(register, taken[register], located[register]) for register in taken},
    )


def build(
    project: str | Path,
    out: str | Path | None = None,
    *,
    lang: Lang = "zh",
    today: datetime.date | None = None,
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
    day = today or datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    try:
        atlas = _compute(survey(project, progress), day, lang, progress)
        if out is not None:
            publish(atlas, out, progress)
    except ParkatlasError as error:
        if out is not None:
            _report_failure(error, Path(out), {"today": day.isoformat(), "lang": lang})
        raise
    return atlas


def publish(atlas: Atlas, out: str | Path, progress: Progress = silent) -> tuple[Finding, ...]:
    """Write an atlas to a folder: written beside it, verified, then swapped in.

    The folder gets ``index.html``, ``report.json``, ``rejects.csv``, ``findings.geojson``, ``tables/`` and ``gis/``.

    Returns
    -------
    tuple of Finding
        The atlas's findings and those of the exports.

    Raises
    ------
    OutputError
        The folder cannot be made, or holds something that is not an atlas.
    WriteError
        Writing failed or a file read back differently. What stood there before is kept.
    """
    from parkatlas import webmap

    with replace_folder(Path(out)) as staging:
        progress("tables")
        _write_tables(atlas, staging)
        progress("export")
        (staging / "gis").mkdir()
        findings = atlas.findings + tuple(export_layers(atlas.plan, atlas.registers, staging / "gis"))
        progress("map")
        webmap.save(atlas.map, staging / "index.html")
        write_json(findings_geojson(findings), staging / "findings.geojson")
        outputs = sorted(file.relative_to(staging).as_posix() for file in staging.rglob("*") if file.is_file())
        report = atlas.report | {"findings": [f.record() for f in findings], "outputs": [*outputs, "report.json"]}
        write_json(report, staging / "report.json")
        verify(staging, [*outputs, "report.json"])
    return findings


def exit_code(findings: tuple[Finding, ...], rejects: pd.DataFrame) -> int:
    """Return 0 for a clean run and 1 for one that finished with warnings, errors or rejected rows."""
    return int(worst(findings) in ("error", "warning") or len(rejects) > 0)


def _take_all(plan: Plan, progress: Progress) -> dict[str, Normalized]:
    taken: dict[str, Normalized] = {}
    refused: list[InputError] = []
    for register in plan.registers:
        progress(f"read {register.id}")
        try:
            taken[register.id] = _take(register, plan)
        except InputError as error:
            refused.append(error)
    if refused:
        raise InputError(*(reason for error in refused for reason in error.args))
    return taken


def _take(register: Register, plan: Plan) -> Normalized:
    raw = read_table(plan.folder / register.path, sheet=register.sheet, encoding=register.encoding)
    return normalize_table(raw, register, plan)


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


def _compute(surveyed: Survey, today: datetime.date, lang: Lang, progress: Progress) -> Atlas:
    progress("statistics")
    plan = surveyed.plan
    statistics = {
        register: {
            "areas": area_table(located, plan.areas),
            "sectors": sector_table(located, plan.areas, plan.sectors),
            "sensitivity": sensitivity(located, plan.areas),
        }
        for register, located in surveyed.registers.items()
    }
    known = {field.name: getattr(surveyed, field.name) for field in fields(Survey)}
    return Atlas(**known, statistics=statistics, targets=target_table(plan, today), today=today, lang=lang)


def _write_tables(atlas: Atlas, folder: Path) -> None:
    write_rejects(atlas.rejects, folder / "rejects.csv", atlas.lang)
    tables = folder / "tables"
    tables.mkdir()
    for register, located in atlas.registers.items():
        write_table(located, schema.LOCATED, tables / f"enterprises_{register}.csv", atlas.lang)
        of = atlas.statistics[register]
        write_table(of["areas"], schema.AREA_STATISTICS, tables / f"areas_{register}.csv", atlas.lang)
        write_table(of["sectors"], schema.SECTOR_STATISTICS, tables / f"sectors_{register}.csv", atlas.lang)
        write_table(of["sensitivity"], schema.SENSITIVITY, tables / f"sensitivity_{register}.csv", atlas.lang)
    write_table(atlas.targets, schema.TARGET_STATUS, tables / "targets.csv", atlas.lang)


def _report_failure(error: ParkatlasError, out: Path, parameters: Mapping[str, object]) -> None:
    """Leave the report of a failed run beside the output, which stays as it was."""
    report = summary(
        error.findings, status="failed", parameters=parameters, inputs={}, conservation={}, areas={}, targets=None
    )
    report["error"] = {"kind": type(error).__name__, "message_zh": error.render("zh"), "message_en": str(error)}
    folder = out.with_name(out.name + ".failed")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(report, folder / "report.json")
        rejects = [finding.record() for finding in error.findings]
        write_rejects(schema.frame(schema.REJECTS, [_as_reject(row) for row in rejects]), folder / "rejects.csv")
    except OSError:  # the error that is on its way says more than this one would
        return


def _as_reject(record: Mapping[str, object]) -> dict[str, object]:
    return {
        "source": record["file"] or "",
        **{name: record[name] for name in ("sheet", "row", "field", "value", "code", "hint_zh", "hint_en")},
        "reason_zh": record["message_zh"],
        "reason_en": record["message_en"],
    }


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else schema.frame(schema.REJECTS)
