"""Layers: from the files that [layers] names to one AREAS table, no feature lost without a finding."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.crs import WGS84
from parkatlas.findings import Finding, Rule
from parkatlas.plan.coordinates import check_together, to_degrees
from parkatlas.plan.document import NAME, near
from parkatlas.plan.geojson import RawLayer, read_geojson
from parkatlas.plan.parts import project_path

# [layers] key: the level of its features; None where each feature says its own
LEVEL_OF: Mapping[str, str | None] = {"core": "core", "zones": "zone", "parks": "park", "areas": None}
MAX_BYTES = 1_000_000_000
_PARENTS = ("parent_id", "zone_id")  # the second is the name that older layers use
_RESERVED = ("outside", "unplaced", "total")  # rows of the statistics that are no areas

TOO_LARGE = Rule(
    "layer.too-large",
    "error",
    zh="文件有 {bytes} 字节，上限为 {limit}",
    en="the file has {bytes} bytes, the limit is {limit}",
)
FORMAT = Rule(
    "layer.format",
    "error",
    zh="不支持的图层格式：{value}",
    en="layers of this format are not read: {value}",
    hint_zh="可用 {known}。",
    hint_en="Formats read: {known}.",
)
BOTH_FORMS = Rule(
    "plan.both-layer-forms",
    "error",
    zh="[layers] 同时写了 areas 与分层级的图层",
    en="[layers] names areas as well as layers by level",
    hint_zh="两种写法只用一种。",
    hint_en="Use one of the two forms.",
)
NO_ID = Rule("layer.no-id", "error", zh="缺少 area_id", en="the feature has no area_id")
BAD_ID = Rule(
    "layer.bad-id",
    "error",
    zh="area_id 不可用：{value}",
    en="this area_id cannot be used: {value}",
    hint_zh="不超过 60 字节，不含空白、斜杠与控制字符，且不为 outside、unplaced、total。",
    hint_en="At most 60 bytes, no white space, slashes or control characters, and not outside, unplaced or total.",
)
DUPLICATE_ID = Rule(
    "layer.duplicate-id",
    "error",
    zh="area_id 重复，另见 {others}",
    en="the area_id is used twice, also in {others}",
)
NO_NAME = Rule("layer.no-name", "error", zh="缺少名称 name_zh", en="the feature has no name_zh")
NO_ENGLISH = Rule(
    "layer.no-name-en",
    "warning",
    zh="缺少 name_en，已用中文名称",
    en="the feature has no name_en; its Chinese name was used",
)
NO_STATUS = Rule(
    "layer.no-status",
    "error",
    zh="缺少 status",
    en="the feature has no status",
    hint_zh="公布的边界写 official，示意绘制的写 schematic。",
    hint_en="Write official for a published boundary, schematic for a drawn one.",
)
BAD_CHOICE = Rule(
    "layer.bad-choice",
    "error",
    zh="{field} 为 {value}，应为 {choices}",
    en="{field} is {value}, not one of {choices}",
)
NO_LEVEL = Rule("layer.no-level", "error", zh="缺少 level", en="the feature has no level")
LEVEL_DIFFERS = Rule(
    "layer.level-differs",
    "error",
    zh="level 为 {value}，而图层属于 {level}",
    en="its level is {value}, but the layer is that of level {level}",
)
BAD_NUMBER = Rule(
    "layer.bad-number", "error", zh="{field} 不是非负的数：{value}", en="{field} is not a non-negative number: {value}"
)
BAD_DATE = Rule(
    "layer.bad-date",
    "error",
    zh="{field} 不是 ISO 8601 日期：{value}",
    en="{field} is not an ISO 8601 date: {value}",
    hint_zh="写作 2024、2024-05 或 2024-05-01。",
    hint_en="Write 2024, 2024-05 or 2024-05-01.",
)
NEAR_FIELD = Rule(
    "layer.unknown-field",
    "info",
    zh="不认识的列 {value}，未使用",
    en="the column {value} is not known and was not used",
    hint_zh="是否想写 {near}？",
    hint_en="Did you mean {near}?",
)


def read_layers(
    declared: Mapping[str, Any], folder: Path
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, dict[str, Path], list[Finding]]:
    """Return the areas, the context, the files by [layers] key, and every finding.

    Parameters
    ----------
    declared
        The ``[layers]`` table of plan.toml.
    folder
        The project folder.

    Returns
    -------
    areas : GeoDataFrame
        `schema.AREAS` in WGS 84: cores, then zones, then parks, each level in file order; the index counts from 0.
        Features with an error are left out; the findings name each.
    context : GeoDataFrame or None
        Background polygons with a ``name_zh`` and a ``name_en`` column, in WGS 84.
    files, findings
        Where an error is among the findings, the areas are not fit for use.
    """
    findings: list[Finding] = []
    if "areas" in declared and any(key in declared for key in ("core", "zones", "parks")):
        findings.append(BOTH_FORMS.at(file=NAME, field="layers"))
    raw: dict[str, RawLayer] = {}
    files: dict[str, Path] = {}
    for key in (*LEVEL_OF, "context"):
        if key not in declared:
            continue
        entry = declared[key] if isinstance(declared[key], dict) else {"path": declared[key]}
        path, finding = project_path(folder, str(entry.get("path", "")))
        if path is None:
            findings += [] if finding is None else [_at_key(finding, key)]
            continue
        files[key] = path
        raw[key] = read_layer(path, str(entry["path"]), {**declared, **entry})
    check_together([layer for key, layer in raw.items() if key != "context"])
    rows = [row for key, layer in raw.items() if key != "context" for row in _rows(layer, LEVEL_OF[key])]
    findings += [finding for layer in raw.values() for finding in layer.findings]
    findings += _duplicates(rows)
    context = _context(raw["context"]) if "context" in raw else None
    return _table(rows), context, files, findings


def read_layer(path: Path, name: str, options: Mapping[str, Any]) -> RawLayer:
    """Return one file as a layer in WGS 84; ``options`` may hold crs, datum, layer and encoding."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return RawLayer(name, findings=[TOO_LARGE.at(file=name, bytes=size, limit=MAX_BYTES)])
    if path.suffix.lower() in (".geojson", ".json"):
        layer = read_geojson(path, name)
    else:
        return RawLayer(name, findings=[FORMAT.at(file=name, value=path.suffix, known=".geojson, .gpkg, .shp, .kml")])
    to_degrees(layer, options.get("crs"), options.get("datum", "wgs84"))
    return layer


def _at_key(finding: Finding, key: str) -> Finding:
    return finding.rule.at(file=NAME, field=f"layers.{key}", value=finding.value)


def _rows(layer: RawLayer, level: str | None) -> list[dict[str, Any]]:
    """Return a layer's features as rows of AREAS, adding findings to the layer."""
    known = {*schema.AREAS.names, *_PARENTS, "id", "name", "geometry"}
    strange = sorted({key for row in layer.properties for key in row} - known)
    for key in strange:
        close = near(key, schema.AREAS.names)
        if close:
            layer.findings.append(NEAR_FIELD.at(file=layer.file, value=key, near=close))
    return [_row(layer, i, level) for i in range(len(layer.properties))]


def _row(layer: RawLayer, i: int, level: str | None) -> dict[str, Any]:
    """Return one feature as a row of AREAS; what is wrong with it is added to the layer's findings."""
    given = {key: _clean(value) for key, value in layer.properties[i].items()}
    place: dict[str, Any] = {"file": layer.file, "feature": layer.label(i)}
    row: dict[str, Any] = {"_file": layer.file, "_feature": layer.label(i), "geometry": layer.geometry[i]}
    faults = layer.findings
    row["area_id"] = _identify(given, place, faults)
    row["level"] = _level(given, level, place, faults)
    row["parent_id"] = _parent(given)
    row["name_zh"] = given.get("name_zh") or given.get("name")
    row["name_en"] = given.get("name_en") or row["name_zh"]
    if row["name_zh"] is None:
        faults.append(NO_NAME.at(**place))
    elif given.get("name_en") is None:
        faults.append(NO_ENGLISH.at(**place))
    row["status"] = given.get("status")
    if row["status"] is None:
        faults.append(NO_STATUS.at(**place))
    elif row["status"] not in schema.STATUSES:
        choices = ", ".join(schema.STATUSES)
        faults.append(BAD_CHOICE.at(**place, field="status", value=row["status"], choices=choices))
    for column in schema.AREAS.columns:
        if column.name not in row:
            row[column.name] = _value(given.get(column.name), column, place, faults)
    return row


def _clean(value: Any) -> str | float | None:
    """Return text without surrounding space, numbers as they are, and None for what is empty."""
    if value is None or isinstance(value, int | float):
        return None if value is None or math.isnan(value) else value
    text = str(value).strip()
    return text or None


def _identify(given: Mapping[str, Any], place: dict[str, Any], faults: list[Finding]) -> str | None:
    value = given.get("area_id")
    if value is None:
        faults.append(NO_ID.at(**place))
        return None
    text = str(value)
    bad = text in _RESERVED or len(text.encode()) > 60 or not text.isprintable()
    if bad or any(char.isspace() or char in "/\\" for char in text):
        faults.append(BAD_ID.at(**place, value=text))
    return text


def _level(given: Mapping[str, Any], level: str | None, place: dict[str, Any], faults: list[Finding]) -> str | None:
    value = given.get("level")
    if value is None:
        if level is None:
            faults.append(NO_LEVEL.at(**place))
        return level
    if value not in schema.LEVELS:
        faults.append(BAD_CHOICE.at(**place, field="level", value=value, choices=", ".join(schema.LEVELS)))
    elif level is not None and value != level:
        faults.append(LEVEL_DIFFERS.at(**place, value=value, level=level))
    return level or str(value)


def _parent(given: Mapping[str, Any]) -> str | None:
    values = [str(given[key]) for key in _PARENTS if given.get(key) is not None]
    return values[0] if values else None


def _value(value: Any, column: schema.Column, place: dict[str, Any], faults: list[Finding]) -> Any:
    """Return a value in its column's kind, or None after a finding."""
    if value is None or column.kind == "text":
        return None if value is None else str(value)
    if column.kind == "date":
        text = str(value)
        if not schema.DATE.fullmatch(text):
            faults.append(BAD_DATE.at(**place, field=column.name, value=text))
            return None
        return text
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not 0 <= number < 1e15:
        faults.append(BAD_NUMBER.at(**place, field=column.name, value=value))
        return None
    return number


def _duplicates(rows: list[dict[str, Any]]) -> list[Finding]:
    """Find area ids used more than once, within a file or across files; each later use is a finding."""
    times = Counter(row["area_id"] for row in rows if row["area_id"] is not None)
    first: dict[str, str] = {}
    findings = []
    for row in rows:
        key = row["area_id"]
        if key is None or times[key] == 1:
            continue
        if key in first:
            findings.append(DUPLICATE_ID.at(file=row["_file"], feature=key, others=first[key]))
        else:
            first[key] = row["_file"]
    return findings


def _table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows without a fault as AREAS, sorted by level and then as the files have them."""
    order = {level: i for i, level in enumerate(schema.LEVELS)}
    good = [row for row in rows if row["geometry"] is not None and row["area_id"] and row["level"] in order]
    good.sort(key=lambda row: order[row["level"]])
    data = pd.DataFrame(good, columns=[*schema.AREAS.names, "geometry"])
    frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(data["geometry"], crs=WGS84), crs=WGS84)
    return schema.conform(frame, schema.AREAS)


def _context(layer: RawLayer) -> gpd.GeoDataFrame:
    """Return background polygons; of their columns the names, the source and its date are kept."""
    kept = ("name_zh", "name_en", "source_url", "source_date", "note")
    rows = [
        {key: row.get(key) if key != "name_zh" else row.get(key, row.get("name")) for key in kept} | {"geometry": shape}
        for row, shape in zip(layer.properties, layer.geometry, strict=True)
        if shape is not None
    ]
    data = pd.DataFrame(rows, columns=[*kept, "geometry"])
    return gpd.GeoDataFrame(data.drop(columns="geometry").astype("str"), geometry=list(data["geometry"]), crs=WGS84)
