"""What was understood of a list, shown before anything is built from it; and the plan's lines to paste."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import PurePath

import pandas as pd

from parkatlas import schema
from parkatlas.crs import Datum
from parkatlas.errors import InputError, PlanError
from parkatlas.findings import Finding, Lang, shorten
from parkatlas.model import Normalized, Plan, RawTable, Register
from parkatlas.normalize.assembly import normalize_table
from parkatlas.normalize.cells import clean
from parkatlas.normalize.columns import Recognised, match
from parkatlas.normalize.headers import PLACES, datum_of, meaning
from parkatlas.normalize.toml import quoted
from parkatlas.normalize.units import unit_of_titles

_PLACE_TITLES = {
    "lon": ("经度", "Longitude"),
    "lat": ("纬度", "Latitude"),
    "x": ("X 坐标", "X"),
    "y": ("Y 坐标", "Y"),
    "east": ("东坐标", "Easting"),
    "north": ("北坐标", "Northing"),
    "lonlat": ("经度,纬度", "Longitude, latitude"),
    "latlon": ("纬度,经度", "Latitude, longitude"),
    "position": ("坐标", "Position"),
    "wkt": ("几何", "Geometry"),
}
_LANGS: tuple[Lang, ...] = ("zh", "en")
_DATUMS = "wgs84, cgcs2000, gcj02 (Gaode, Tencent) or bd09 (Baidu)"
_NAMED = "表头写明 / named by the header"
_SAMPLES, _LOOKED_AT = 3, 1000


@dataclass(frozen=True)
class Description:
    """What was understood of a list.

    ``columns`` has one row for each header: ``header``, ``ours`` (missing: not used), ``title_zh``, ``title_en``,
    ``unit`` (as the header or a title states it), ``filled`` (cells that hold something) and ``samples``, both without
    the rows that reading set aside. ``readings`` is how the coordinates may be read, where a plan was given (see
    `model.Normalized`). ``block`` is the TOML to paste.
    """

    columns: pd.DataFrame
    findings: tuple[Finding, ...]
    block: str
    readings: pd.DataFrame | None = None


def describe(raw: RawTable, plan: Plan | None = None, register: Register | None = None) -> Description:
    """Say what is understood of a list: its columns with samples, its coordinates, and the block to paste.

    Parameters
    ----------
    raw : RawTable
        The list as read.
    plan : Plan, optional
        Where given, the list is tried against it: the findings are those of a build, and the coordinates are weighed.
    register : Register, optional
        How the plan declares the list already; `undeclared` by default.

    Returns
    -------
    Description
        Ambiguous and missing columns are among its findings; this function does not refuse a list for them.
    """
    declared = register or undeclared(raw)
    overrides = dict(zip(("lon", "lat"), raw.points or (), strict=False)) | dict(declared.columns)
    found, misnamed, unclear = match(map(str, raw.frame.columns), overrides, raw.source, raw.sheet)
    findings, taken = (*raw.findings, *misnamed, *unclear), None
    if plan is not None and not misnamed and not unclear:
        try:
            taken = normalize_table(raw, declared, plan)
            findings = taken.findings
        except (InputError, PlanError) as error:
            findings = (*raw.findings, *error.findings)
    return Description(
        _columns(raw, found),
        findings,
        register_block(raw, register, best=_best(taken)),
        None if taken is None else taken.readings,
    )


def register_block(
    raw: RawTable, register: Register | None = None, *, as_of: str = "", best: Finding | None = None
) -> str:
    """Return the ``[[registers]]`` block of plan.toml that declares a list as it was understood.

    Columns that could be several of the list's are left as comments to choose from; ``as_of``, the date of the list,
    must be filled in where it is not given. ``best`` is a finding whose hint is put beside the datum.

    Examples
    --------
    >>> table = RawTable(pd.DataFrame({"单位名称": ["甲"]}, dtype="str"), "名录.csv")
    >>> print(register_block(table, as_of="2024-05"))
    [[registers]]
    id = "list"
    name_zh = "名录"
    name_en = "名录"
    path = "名录.csv"
    kind = "recorded"
    as_of = "2024-05"
    datum = "wgs84"  # wgs84, cgcs2000, gcj02 (Gaode, Tencent) or bd09 (Baidu)
    <BLANKLINE>
    [registers.columns]
    name_zh = "单位名称"
    <BLANKLINE>
    """
    declared = register or undeclared(raw)
    date = as_of or declared.as_of
    lines = [
        "[[registers]]",
        f"id = {quoted(declared.id)}",
        f"name_zh = {quoted(declared.name_zh)}",
        f"name_en = {quoted(declared.name_en)}",
        f"path = {quoted(declared.path)}",
        f"kind = {quoted(declared.kind)}",
        f"as_of = {quoted(date)}" + ("" if date else "  # 名录截止日期 / the date of the list, such as 2024-05"),
        f"datum = {quoted(declared.datum)}  # {_NAMED if _named_datum(raw) == declared.datum else _DATUMS}",
    ]
    if best is not None:
        said = [words for lang in _LANGS for words in (best.message(lang), best.hint(lang))]
        lines += [f"# {shorten(text, 400)}" for text in said]
    if declared.crs or (best is None and _looks_metric(raw)):
        lines.append(f"crs = {quoted(declared.crs)}" if declared.crs else '# crs = "EPSG:4551"  # 米 / for metres')
    if raw.sheet is not None:
        lines.append(f"sheet = {quoted(raw.sheet)}")
    if declared.encoding:
        lines.append(f"encoding = {quoted(declared.encoding)}")
    if declared.header is not None:
        lines.append(f"header = {declared.header}")
    told = {field.name: getattr(declared.source, field.name) for field in fields(declared.source)}
    lines += [f"{name} = {quoted(text)}" for name, text in told.items() if text is not None]
    lines += ["", *_column_lines(raw, declared)]
    if declared.defaults:
        lines += [
            "",
            "[registers.defaults]",
            *(f"{ours} = {quoted(str(text))}" for ours, text in declared.defaults.items()),
        ]
    return "\n".join([*lines, ""])


def _column_lines(raw: RawTable, declared: Register) -> list[str]:
    found, _, _ = match(map(str, raw.frame.columns), declared.columns, raw.source)
    lines = ["[registers.columns]"]
    lines += [
        f"{ours} = {quoted(header)}" for ours, header in found.columns.items() if header not in (raw.points or ())
    ]
    for ours, several in found.unclear.items():
        lines += [f"# 择一 / choose one of {len(several)}:", *(f"# {ours} = {quoted(header)}" for header in several)]
    return lines if len(lines) > 1 else []


def _columns(raw: RawTable, found: Recognised) -> pd.DataFrame:
    ours = {header: name for name, header in found.columns.items()}
    units = {"output": unit_of_titles(raw.titles), **found.units}
    frame = raw.frame.drop([finding.row for finding in raw.rejected if finding.row is not None], errors="ignore")
    records = []
    for header in map(str, raw.frame.columns):
        name = ours.get(header)
        filled = clean(frame[header]).dropna()
        titles = {lang: None if name is None else _title(name, lang) for lang in ("zh", "en")}
        records.append(
            {
                "header": header,
                "ours": name,
                "title_zh": titles["zh"],
                "title_en": titles["en"],
                "unit": None if name is None or name in PLACES else units.get(name),
                "filled": len(filled),
                "samples": " | ".join(shorten(value, 40) for value in filled.head(_LOOKED_AT).unique()[:_SAMPLES]),
            }
        )
    return pd.DataFrame.from_records(records)


def _title(ours: str, lang: Lang) -> str:
    if ours in PLACES:
        return _PLACE_TITLES[ours][0 if lang == "zh" else 1]
    return schema.ENTERPRISES[ours].title(lang)


def _best(taken: Normalized | None) -> Finding | None:
    found = () if taken is None else taken.findings
    return next((finding for finding in found if finding.code == "normalize.datum-contradicted"), None)


def _looks_metric(raw: RawTable) -> bool:
    found, _, _ = match(map(str, raw.frame.columns), {}, raw.source)
    headers = [found.columns[ours] for ours in ("x", "y", "east", "north") if ours in found.columns]
    values = [pd.to_numeric(raw.frame[header].head(_LOOKED_AT), errors="coerce").abs().max() for header in headers]
    return any(value > 400 for value in values)


def undeclared(raw: RawTable) -> Register:
    """Return a register that declares nothing but a list's file, and the datum that its headers name, if they do."""
    stem = PurePath(raw.source).stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")
    datum = _named_datum(raw) or "wgs84"
    return Register(name[:60] or "list", stem, stem, path=raw.source, kind="recorded", as_of="", datum=datum)


def _named_datum(raw: RawTable) -> Datum | None:
    """Return the datum that the headers of the coordinates name, None where they name none or several."""
    if raw.points:
        return None
    found = {datum_of(header) for header in map(str, raw.frame.columns) if meaning(header) in PLACES} - {None}
    return found.pop() if len(found) == 1 else None
