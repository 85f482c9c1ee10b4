"""An atlas as files: all of them at once, or none; and the report of a run that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd

from parkatlas import schema, webmap
from parkatlas.atlas import Atlas, Progress, silent
from parkatlas.errors import ParkatlasError
from parkatlas.export import export_layers
from parkatlas.findings import Finding, Lang
from parkatlas.model import Register
from parkatlas.output import replace_folder, verify
from parkatlas.plan import findings_geojson
from parkatlas.report import summary, write_json, write_rejects, write_table
from parkatlas.report.figures import Drawing, check_font, write_figures
from parkatlas.report.fixme import write_fix_me
from parkatlas.report.workbook import write_workbook
from parkatlas.statistics.measures import MEASURES, by_family
from parkatlas.statistics.result import Result

# Measures whose picture says more than their table, and the number of enterprises from which a picture is drawn.
FIGURES = (
    "sector_mix", "location_quotient", "ellison_glaeser", "deviational_ellipse", "envelope", "duranton_overman",
    "marcon_puech_m", "getis_ord", "local_moran", "kernel_density", "k_distance", "cluster_report",
)  # fmt: skip
ENOUGH = 30


def publish(atlas: Atlas, out: str | Path, progress: Progress = silent) -> tuple[Finding, ...]:
    """Write an atlas to a folder: written beside it, verified, then swapped in.

    The folder gets ``index.html``, ``report.json``, ``rejects.csv``, ``fix-me_<register>.xlsx`` (where rows
    were rejected), ``findings.geojson``, ``tables/`` and ``gis/``.

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
    with replace_folder(Path(out)) as staging:
        progress("tables")
        _write_tables(atlas, staging)
        progress("statistics")
        findings = _write_statistics(atlas, staging)
        progress("export")
        (staging / "gis").mkdir()
        findings = atlas.findings + findings + tuple(export_layers(atlas.plan, atlas.registers, staging / "gis"))
        for register, raw in atlas.raw.items():
            findings += write_fix_me(raw, atlas.rejects, findings, staging / f"fix-me_{register}.xlsx", atlas.lang)
        progress("map")
        webmap.save(atlas.map, staging / "index.html")
        write_json(findings_geojson(findings), staging / "findings.geojson")
        outputs = sorted(file.relative_to(staging).as_posix() for file in staging.rglob("*") if file.is_file())
        report = atlas.report | {"findings": [f.record() for f in findings], "outputs": [*outputs, "report.json"]}
        write_json(report, staging / "report.json")
        verify(staging, [*outputs, "report.json"])
    return findings


def _write_statistics(atlas: Atlas, folder: Path) -> tuple[Finding, ...]:
    """Write a workbook of all measures for each register, and figures where there are enough points to draw."""
    (folder / "figures").mkdir()
    font = check_font(atlas.lang)
    spoken: Lang = "en" if font else atlas.lang
    drawings: dict[str, Drawing] = {}

    def title(name: str, register: Register) -> str:
        return f"{MEASURES[name].title(spoken)} · {register.name(spoken)}"

    for register in atlas.plan.registers:
        results = atlas.results[register.id]
        path = folder / f"statistics_{register.id}.xlsx"
        write_workbook(by_family(results, atlas.lang), path, atlas.lang, warnings=_warnings(register, atlas))
        drawings |= {
            f"{register.id}_{name}": Drawing(one.draw, title(name, register), one.reading(spoken))
            for name, one in results.items()
            if name in FIGURES and _enough(name, one, atlas.registers[register.id])
        }
    write_figures(drawings, folder / "figures", spoken)
    return font


def _enough(name: str, result: Result, located: gpd.GeoDataFrame) -> bool:
    """Return whether a picture has enough behind it: enterprises, or points where places are what counts."""
    spatial = MEASURES[name].family in ("pattern", "hotspots", "clusters")
    return (int(located.geometry.notna().sum()) if spatial else result.n_used) >= ENOUGH


def _warnings(register: Register, atlas: Atlas) -> list[str]:
    """Return what a reader of a register's numbers must know first."""
    zh = atlas.lang == "zh"
    points = int(atlas.registers[register.id].geometry.notna().sum())
    said = []
    if register.kind == "synthetic":
        said.append("合成数据，非真实企业。" if zh else "Synthetic data: these enterprises are not real.")
    if points < ENOUGH:
        said.append(
            f"仅 {points} 家有坐标，空间统计不足为据。"
            if zh
            else f"Only {points} enterprises have a point: the spatial statistics carry no weight."
        )
    schematic = int((atlas.plan.areas["status"] == "schematic").sum())
    if schematic:
        said.append(
            f"{schematic} 个区域的边界为示意，见敏感性表。"
            if zh
            else f"{schematic} boundaries are schematic: see the table of sensitivity."
        )
    return said


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


@contextmanager
def failure_reported(out: str | Path | None, parameters: Mapping[str, object]) -> Iterator[None]:
    """Leave the report of a failed run in ``<out>.failed``; the output itself stays as it was."""
    try:
        yield
    except ParkatlasError as error:
        if out is not None:
            _report_failure(error, Path(out), parameters)
        raise


def _report_failure(error: ParkatlasError, out: Path, parameters: Mapping[str, object]) -> None:
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
