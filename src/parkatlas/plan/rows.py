"""Features as rows of AREAS: ids, levels, parents, names, statuses, numbers and dates, each judged by itself."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from parkatlas import schema
from parkatlas.findings import Finding, Rule
from parkatlas.plan.document import near
from parkatlas.plan.geojson import RawLayer

_PARENTS = ("parent_id", "zone_id")  # the second is the name that older layers use
_RESERVED = ("outside", "unplaced", "total")  # rows of the statistics that are no areas

NO_ID = Rule("layer.no-id", "error", zh="缺少 area_id", en="the feature has no area_id")
BAD_ID = Rule(
    "layer.bad-id",
    "error",
    zh="area_id 不可用：{value}",
    en="this area_id cannot be used: {value}",
    hint_zh="以字母或数字开头，不超过 60 字节，不含空白、斜杠与控制字符，且不为 outside、unplaced、total。",
    hint_en="Begin with a letter or digit, use at most 60 bytes and no white space, slashes or control characters; "
    "outside, unplaced and total are taken.",
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
CONTROL = Rule(
    "layer.control-characters",
    "warning",
    zh="{field} 含有控制字符，已去除",
    en="{field} holds control characters; they were removed",
)
NEAR_FIELD = Rule(
    "layer.unknown-field",
    "info",
    zh="不认识的列 {value}，未使用",
    en="the column {value} is not known and was not used",
    hint_zh="是否想写 {near}？",
    hint_en="Did you mean {near}?",
)


def build_rows(layer: RawLayer, level: str | None) -> list[dict[str, Any]]:
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
    layer.findings += [CONTROL.at(**place, field=key) for key in given if _controlled(layer.properties[i][key])]
    row: dict[str, Any] = {"_file": layer.file, "_feature": layer.label(i), "geometry": layer.geometry[i]}
    faults = layer.findings
    row["area_id"] = _identify(given, place, faults)
    row["level"] = _level(given, level, place, faults)
    row["parent_id"] = _parent(given)
    row["_zone"] = None if given.get("zone_id") is None else str(given["zone_id"])
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
    """Return text on one line without control characters, numbers as they are, and None for what is empty."""
    if value is None or isinstance(value, int | float):
        return None if value is None or math.isnan(value) else value
    text = "".join(
        " " if char in "\t\r\n" else char for char in str(value) if char in "\t\r\n" or not _is_control(char)
    )
    return text.strip() or None


def _is_control(char: str) -> bool:
    """Tell whether a character has no place in a text: control characters, and halves of characters."""
    return unicodedata.category(char) in ("Cc", "Cs")


def _controlled(value: Any) -> bool:
    return isinstance(value, str) and any(_is_control(char) and char not in "\t\r\n" for char in value)


def _identify(given: Mapping[str, Any], place: dict[str, Any], faults: list[Finding]) -> str | None:
    value = given.get("area_id")
    if value is None:
        faults.append(NO_ID.at(**place))
        return None
    text = str(value)
    bad = text in _RESERVED or not text[0].isalnum() or len(text.encode()) > 60 or not text.isprintable()
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
