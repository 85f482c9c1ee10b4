"""An atlas as files: all of them at once, or none; and the report of a run that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import geopandas as gpd
import pandas as pd

from parkatlas import schema, webmap
from parkatlas.atlas import MADE_BY, Atlas, Progress, Survey, silent
from parkatlas.errors import OutputError, ParkatlasError
from parkatlas.export import export_layers
from parkatlas.findings import Finding, Lang, Rule
from parkatlas.model import Register
from parkatlas.output import is_ours, replace_folder, to_correct, verify
from parkatlas.plan import findings_geojson, measure_areas
from parkatlas.report import fingerprint, summary, write_json, write_rejects, write_table
from parkatlas.report.figures import Drawing, check_font, write_figures
from parkatlas.report.fixme import write_fix_me
from parkatlas.report.workbook import write_workbook
from parkatlas.statistics.measures import MEASURES, by_family
from parkatlas.statistics.result import Result

# Measures whose picture says more than their table, and the number of enterprises from which a picture is drawn.
FIGURES = (
    "sector_mix", "location_quotient", "ellison_glaeser", "deviational_ellipse", "envelope", "duranton_overman",
    "getis_ord", "cluster_report",
)  # fmt: skip
ENOUGH = 30
EXPORTED = 200_000  # rows of a streamed register up to which its rows are written a second time, as GIS files
LEFT = Rule(
    "export.left-to-located",
    "info",
    zh="名录超过 {most} 行，未另写 GIS 文件：逐行结果见 located/（GeoParquet）；需要时可用 parkatlas export",
    en="more than {most} rows: the GIS files leave them to located/, which is GeoParquet; parkatlas export writes them",
)
STATISTICS = {
    "areas": schema.AREA_STATISTICS,
    "sectors": schema.SECTOR_STATISTICS,
    "sensitivity": schema.SENSITIVITY,
}


def publish(atlas: Atlas, out: str | Path, progress: Progress = silent) -> tuple[Finding, ...]:
    """Write an atlas to a folder: written beside it, verified, then swapped in.

    The folder gets ``index.html``, ``report.json``, ``rejects.csv``, ``fix-me_<register>.xlsx`` (where rows
    were rejected), ``findings.csv``, ``findings.geojson``, ``statistics_<register>.xlsx``, ``figures/``,
    ``tables/`` and ``gis/``; ``located/`` where a register was streamed.

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
    with replace_folder(Path(out), MADE_BY) as staging:
        return write_files(atlas, staging, progress)


def write_files(atlas: Atlas, folder: Path, progress: Progress = silent) -> tuple[Finding, ...]:
    """Write every file of an atlas into a folder and verify them; return every finding (see `publish`)."""
    progress("tables")
    _write_tables(atlas, folder)
    progress("measures")
    findings = _write_statistics(atlas, folder)
    progress("export")
    (folder / "gis").mkdir()
    findings = atlas.findings + findings + _export(atlas, folder / "gis")
    for register, raw in atlas.raw.items():
        file = folder / f"fix-me_{register}.xlsx"
        findings += write_fix_me(raw, atlas.rejects, findings, file, atlas.lang, restated=atlas.restated.get(register))
    progress("map")
    webmap.save(atlas.map, folder / "index.html")
    _write_findings(findings, folder, atlas.lang)
    outputs = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    report = atlas.report(findings, [*outputs, "report.json"]) | {"to_correct": to_correct(folder)}
    write_json(report, folder / "report.json")
    verify(folder, [*outputs, "report.json"])
    return findings


def _export(atlas: Atlas, folder: Path) -> tuple[Finding, ...]:
    """Write the GIS files; those of large streamed registers are the GeoParquet in ``located/``."""
    left = [one for one, rows in atlas.held.items() if one in atlas.streamed and len(rows) > EXPORTED]
    layers = {one: rows for one, rows in atlas.held.items() if one not in left}
    paths = [register.path for register in atlas.plan.registers if register.id in left]
    told = tuple(LEFT.at(file=path, most=f"{EXPORTED:,}") for path in paths)
    return (*told, *export_layers(atlas.plan, layers, folder))


def _write_statistics(atlas: Atlas, folder: Path) -> tuple[Finding, ...]:
    """Write a workbook of all measures for each register, and figures where there are enough points to draw."""
    (folder / "figures").mkdir()
    font = check_font(atlas.lang)
    spoken: Lang = "en" if font else atlas.lang
    drawings: dict[str, Drawing] = {}

    def title(name: str, register: Register) -> str:
        return f"{MEASURES[name].title(spoken)} · {register.name(spoken)}"

    results_of = atlas.results
    for register in atlas.plan.registers:
        if register.id not in results_of:
            continue
        results = results_of[register.id]
        path = folder / f"statistics_{register.id}.xlsx"
        write_workbook(by_family(results, atlas.lang), path, atlas.lang, warnings=_warnings(register, atlas))
        drawings |= {
            f"{register.id}_{name}": Drawing(
                one.draw, title(name, register), one.reading(spoken), one.height, one.width
            )
            for name, one in results.items()
            if name in FIGURES and _enough(name, one, atlas.registers[register.id])
        }
    write_figures(drawings, folder / "figures", spoken)
    return font


def _enough(name: str, result: Result, located: gpd.GeoDataFrame) -> bool:
    """Return whether a picture has enough behind it: enterprises, or points where places are what counts."""
    spatial = MEASURES[name].family in ("pattern", "hotspots", "clusters")
    return (_points(located) if spatial else result.n_used) >= ENOUGH and result.worth_drawing


def _points(located: gpd.GeoDataFrame) -> int:
    return int((located.geometry.notna() & (located["entity"] == "enterprise")).sum())


def _warnings(register: Register, atlas: Atlas) -> list[str]:
    """Return what a reader of a register's numbers must know first."""
    zh = atlas.lang == "zh"
    points = _points(atlas.registers[register.id])
    said = []
    if register.kind == "synthetic":
        said.append("合成数据，非真实企业。" if zh else "Synthetic data: these enterprises are not real.")
    if points < ENOUGH:
        said.append(
            f"仅 {points} 家有坐标，空间统计不足为据。"
            if zh
            else f"Only {points} enterprises have a point: the spatial statistics carry no weight."
        )
    said.append(
        "区域统计按归属计数：每家企业在每一层级只计入覆盖它的最小区域及其上级；覆盖它的全部园区见企业表的“所在全部园区”。"
        if zh
        else "Areas are counted by assignment: on each level an enterprise counts once, for the smallest area that "
        "covers it and the areas above that one. All parks that cover it stand in park_ids of the table of enterprises."
    )
    schematic = int((atlas.plan.areas["status"] == "schematic").sum())
    if schematic:
        said.append(
            f"{schematic} 个区域的边界为示意：边界变动对计数的影响见 tables/sensitivity_{register.id}.csv。"
            if zh
            else f"{schematic} boundaries are schematic: what moving them would change stands in "
            f"tables/sensitivity_{register.id}.csv."
        )
    return said


def _write_tables(atlas: Atlas, folder: Path) -> None:
    write_rejects(atlas.rejects, folder / "rejects.csv", atlas.lang)
    tables = folder / "tables"
    tables.mkdir()
    for register, located in atlas.registers.items():
        if register not in atlas.streamed:  # its located rows are GeoParquet already
            write_table(located, schema.LOCATED, tables / f"enterprises_{register}.csv", atlas.lang)
        of = atlas.statistics[register]
        for name, table in STATISTICS.items():
            if name in of:
                write_table(of[name], table, tables / f"{name}_{register}.csv", atlas.lang)
    write_table(measure_areas(atlas.plan.areas), schema.AREA_MEASURES, tables / "area_measures.csv", atlas.lang)
    write_table(atlas.targets, schema.TARGET_STATUS, tables / "targets.csv", atlas.lang)


def _write_findings(findings: Sequence[Finding], folder: Path, lang: Lang) -> None:
    """Write findings as a table, all of them, and those with a place as points."""
    records = schema.frame(schema.FINDINGS, [finding.record() for finding in findings])
    write_table(records, schema.FINDINGS, folder / "findings.csv", lang)
    write_json(findings_geojson(findings), folder / "findings.geojson")


def publish_layers(surveyed: Survey, out: str | Path) -> tuple[Finding, ...]:
    """Write the GIS files of a survey alone, with their report, as `publish` does; return every finding."""
    with replace_folder(Path(out), "export") as staging:
        findings = surveyed.findings + tuple(export_layers(surveyed.plan, surveyed.held, staging))
        outputs = sorted(file.name for file in staging.iterdir())
        report = summary(
            findings,
            made_by="export",
            status="complete",
            parameters={},
            inputs=surveyed.inputs,
            conservation=surveyed.conservation,
            areas={},
            targets=None,
            outputs=[*outputs, "report.json"],
        )
        write_json(report, staging / "report.json")
    return findings


@contextmanager
def failure_reported(
    project: str | Path, out: str | Path | None, parameters: Mapping[str, object]
) -> Iterator[dict[str, Survey]]:
    """Leave the report of a failed run in ``<out>.failed``; the output itself stays as it was.

    Yields a dictionary: what the run puts there under ``"survey"`` goes into the report. A good run removes the report
    of an earlier failure. A folder of that name that is not ours is left alone, and no report is written; nor is one
    where the project or the output itself could not be.
    """
    known: dict[str, Survey] = {}
    folder = None if out is None else Path(out).resolve().with_name(Path(out).resolve().name + ".failed")
    try:
        yield known
    except Exception as error:
        worth_it = Path(project).is_dir() and not isinstance(error, OutputError)  # else a name was mistyped, no more
        if worth_it and folder is not None and (not folder.exists() or is_ours(folder, MADE_BY)):
            with suppress(OSError):  # the error that is on its way says more than this one would
                _report_failure(error, folder, Path(project), parameters, known.get("survey"))
                chinese = parameters.get("lang") == "zh"
                error.add_note(f"检查结果见 {folder}" if chinese else f"what was found stands in {folder}")
        raise
    if folder is not None and is_ours(folder, MADE_BY):
        for name in ("report.json", "rejects.csv", "findings.csv", "findings.geojson"):
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # something else was put there: not ours to remove
            folder.rmdir()


def _report_failure(
    error: Exception, folder: Path, project: Path, parameters: Mapping[str, object], surveyed: Survey | None
) -> None:
    found = list(error.findings) if isinstance(error, ParkatlasError) else []
    words = {lang: error.render(lang) if isinstance(error, ParkatlasError) else repr(error) for lang in ("zh", "en")}
    report = summary(
        [*(surveyed.findings if surveyed else ()), *found],
        made_by=MADE_BY,
        status="failed",
        parameters=parameters,
        inputs=fingerprint(project, [file for file in project.glob("*") if file.is_file()]) if project.is_dir() else {},
        conservation=surveyed.conservation if surveyed else {},
        areas={},
        targets=None,
    )
    report["error"] = {"kind": type(error).__name__, "message_zh": words["zh"], "message_en": words["en"]}
    folder.mkdir(parents=True, exist_ok=True)
    write_json(report, folder / "report.json")
    lang: Lang = "en" if parameters.get("lang") == "en" else "zh"
    _write_findings([*(surveyed.findings if surveyed else ()), *found], folder, lang)
    rows = schema.frame(schema.REJECTS, [_as_reject(one.record()) for one in found if one.row is not None])
    rejects = pd.concat([surveyed.rejects, rows]) if surveyed and len(surveyed.rejects) else rows
    write_rejects(rejects, folder / "rejects.csv", lang)


def _as_reject(record: Mapping[str, object]) -> dict[str, object]:
    return {
        "source": record["file"] or "",
        **{name: record[name] for name in ("sheet", "row", "field", "value", "code", "hint_zh", "hint_en")},
        "reason_zh": record["message_zh"],
        "reason_en": record["message_en"],
    }
