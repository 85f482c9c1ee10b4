"""What a run leaves for people and programs to read: report.json, rejects.csv, workbooks and figures."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

import pandas as pd

from parkatlas.findings import SEVERITIES, Finding, Lang
from parkatlas.report.cells import guard_frame
from parkatlas.schema import REJECTS, Table, titles

__all__ = ["fingerprint", "records", "summary", "table_csv", "versions", "write_json", "write_rejects", "write_table"]

_LIBRARIES = ("parkatlas", "fiona", "folium", "geopandas", "numpy", "pandas", "pyogrio", "pyproj", "scipy", "shapely")


def versions() -> dict[str, str]:
    """Return the versions of Python and of every library that shapes the results, those installed."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def fingerprint(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of every input file, by its path inside the project folder."""
    prints = {}
    for file in sorted(set(files)):
        with file.open("rb") as stream:
            prints[file.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return prints


def summary(
    findings: Iterable[Finding],
    *,
    made_by: str,
    status: str,
    parameters: Mapping[str, object],
    inputs: Mapping[str, str],
    conservation: Mapping[str, Mapping[str, int]],
    areas: Mapping[str, pd.DataFrame],
    targets: pd.DataFrame | None,
    outputs: Iterable[str] = (),
) -> dict[str, object]:
    """Return the report of a run as plain data, ready for JSON.

    ``made_by`` is the verb, ``status`` "complete" or "failed". ``conservation`` holds, by register, the rows read and
    what became of them; ``areas`` the area statistics by register; ``inputs`` and ``outputs`` file names (the former
    with their SHA-256).
    """
    listed = list(findings)
    return {
        "made_by": made_by,
        "status": status,
        "versions": versions(),
        "parameters": dict(parameters),
        "inputs": dict(inputs),
        "outputs": sorted(outputs),
        "finding_counts": {level: sum(f.severity == level for f in listed) for level in SEVERITIES},
        "findings": [finding.record() for finding in listed],
        "conservation": {register: dict(counts) for register, counts in conservation.items()},
        "area_statistics": {register: records(table) for register, table in areas.items()},
        "targets": [] if targets is None else records(targets),
    }


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return a table's rows as plain data: what is missing or infinite becomes None, so that JSON stays valid."""
    plain = table.astype(object)
    known = plain.notna() & ~plain.isin([float("inf"), float("-inf")])
    return [dict(row) for row in plain.where(known, None).to_dict("records")]


def write_json(data: Mapping[str, object], path: Path) -> None:
    """Write plain data as readable JSON, UTF-8, keys in their own order."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_rejects(rejects: pd.DataFrame, path: Path, lang: Lang = "zh") -> None:
    """Write rejected rows as CSV that Excel opens right: UTF-8 with BOM, titles in `lang`, no cell a formula.

    Reason and hint are written in `lang` only.
    """
    other = "en" if lang == "zh" else "zh"
    names = [name for name in REJECTS.names if not name.endswith(f"_{other}")]
    out = guard_frame(rejects[names])
    out.columns = pd.Index(titles(REJECTS, names, lang))
    out.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def table_csv(data: pd.DataFrame, table: Table, lang: Lang = "zh") -> str:
    """Return a table as CSV with titles in `lang`, no cell a formula; points become the columns lon and lat."""
    out = guard_frame(pd.DataFrame(data[list(table.names)]))
    out.columns = pd.Index(titles(table, table.names, lang))
    if table.geometry == "point":
        out["lon"], out["lat"] = data.geometry.x, data.geometry.y
    # Twelve digits hold a place to 0.1 mm and leave out the noise of the last bits.
    return str(out.to_csv(index=False, lineterminator="\n", float_format="%.12g"))


def write_table(data: pd.DataFrame, table: Table, path: Path, lang: Lang = "zh") -> None:
    """Write `table_csv` to a file that Excel opens right: UTF-8 with BOM, CRLF."""
    path.write_text(table_csv(data, table, lang), encoding="utf-8-sig", newline="\r\n")
