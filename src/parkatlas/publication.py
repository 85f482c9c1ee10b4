"""An atlas as files: all of them at once, or none; and the report of a run that failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from parkatlas import schema, webmap
from parkatlas.atlas import Atlas, Progress, silent
from parkatlas.errors import ParkatlasError
from parkatlas.export import export_layers
from parkatlas.findings import Finding
from parkatlas.output import replace_folder, verify
from parkatlas.plan import findings_geojson
from parkatlas.report import summary, write_json, write_rejects, write_table
from parkatlas.report.fixme import write_fix_me


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
        progress("export")
        (staging / "gis").mkdir()
        findings = atlas.findings + tuple(export_layers(atlas.plan, atlas.registers, staging / "gis"))
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


def report_failure(error: ParkatlasError, out: Path, parameters: Mapping[str, object]) -> None:
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
