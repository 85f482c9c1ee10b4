"""GeoJSON (RFC 7946), read strictly: duplicate keys and cut files are refused, each in its place.

Numbers keep the digits that the file writes; GDAL would turn a coordinate in quotation marks into a missing shape.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely.geometry import shape

from parkatlas.errors import InputError
from parkatlas.findings import Finding, shorten
from parkatlas.model import RawTable
from parkatlas.read.cells import text_of
from parkatlas.read.damage import in_chinese
from parkatlas.read.encoding import find_encoding
from parkatlas.read.features import build_table
from parkatlas.read.layer_rules import (
    CUT_FEATURES,
    DUPLICATE_KEY,
    FEATURE,
    FEATURE_LINES,
    FEATURE_POSITION,
    NOT_GEOJSON,
)
from parkatlas.read.limits import Limits, check_size
from parkatlas.read.places import WGS84, Places, describe_places, parse_crs

_MOST_FAULTS = 20


class _Number(str):
    """A number as the file writes it: told apart from text, no digit touched."""

    __slots__ = ()


class _Twice(dict[str, Any]):
    """An object in which a key stands twice; ``key`` is the first of them."""

    key = ""


def read_geojson(path: Path, limits: Limits, encoding: str | None = None) -> RawTable:
    """Read the features of a GeoJSON file; points become columns "lon" and "lat"."""
    check_size(path, limits, whole=True)
    data = path.read_bytes()
    found = find_encoding(data, path.name, encoding)
    root, said = _parse(data[found.skip :].decode(found.codec), path.name)
    features, crs = _features(root, path.name)
    faults = [fault for number, feature in enumerate(features, 1) for fault in _faults(feature, number, path.name)]
    if isinstance(root, _Twice):
        faults.insert(0, DUPLICATE_KEY.at(file=path.name, value=root.key))
    if any(fault.severity == "error" for fault in faults):
        raise InputError(*faults[:_MOST_FAULTS])
    lost = {fault.row for fault in faults}
    shapes = [None if row in lost else _geometry(feature) for row, feature in enumerate(features, 1)]
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(key for record in properties for key in record)
    columns = {name: [_text(record.get(name)) for record in properties] for name in names}
    if "id" not in columns and any("id" in feature for feature in features):
        columns = {"id": [_text(feature.get("id")) for feature in features], **columns}
    return build_table(
        columns,
        replace(_places(shapes, crs, path.name), rejected=faults),
        path.name,
        limits,
        form="geojson",
        rows=len(features),
        encoding=found.codec,
        findings=[found.finding(path.name, _sample(columns)), *said],
    )


def _sample(columns: dict[str, list[str | None]]) -> str | None:
    return next((cell for cells in columns.values() for cell in cells if cell and not cell.isascii()), None)


def _parse(text: str, source: str) -> tuple[Any, list[Finding]]:
    """Return the document; features that stand one a line become a collection, and that is said."""
    try:
        return _load(text), []
    except json.JSONDecodeError as error:
        if error.pos == 0 or error.msg == "Extra data":
            parts = [part for part in text.split("\x1e" if "\x1e" in text else "\n") if part.strip()]
            features = _sequence(parts, source)
            if features:
                root = {"type": "FeatureCollection", "features": features}
                return root, [FEATURE_LINES.at(file=source, n=len(features))]
        raise InputError(_cut(error, text.count('"Feature"', 0, error.pos), source)) from error
    except RecursionError as error:
        raise InputError(_no_features("[[[[…", source)) from error


def _sequence(parts: list[str], source: str) -> list[Any]:
    """Return the features of a text sequence (RFC 8142), or of one without its marks; none where it is not one."""
    features: list[Any] = []
    for number, part in enumerate(parts, 1):
        try:
            feature = _load(part)
        except json.JSONDecodeError as error:
            if not features:
                return []
            raise InputError(_cut(error, number, source, line=number)) from error
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            return []
        features.append(feature)
    return features


def _cut(error: json.JSONDecodeError, feature: int, source: str, line: int | None = None) -> Finding:
    why = {"why_zh": in_chinese(error.msg), "why_en": error.msg, "line": line or error.lineno}
    return CUT_FEATURES.at(file=source, row=max(feature, 1), n=feature, **why)  # type: ignore[arg-type]


def _load(text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(items)
        if len(record) == len(items):
            return record
        twice = _Twice(record)
        keys = [key for key, _ in items]
        twice.key = next(key for place, key in enumerate(keys) if key in keys[:place])
        return twice

    return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=pairs)


def _no_features(root: Any, source: str) -> Finding:
    """Say that a document holds no features, and what it is instead."""
    kinds: dict[type, tuple[str, str]] = {
        list: ("一个列表", "a list"),
        str: ("一段文字", "a text"),
        _Number: ("一个数", "a number"),
    }
    what = kinds.get(type(root), ("空值", "a null"))
    if isinstance(root, dict):
        told = root.get("type")
        what = ("没有 type", "no type") if told is None else (f"type 是 {told}", f"its type is {told}")
    elif isinstance(root, str) and not isinstance(root, _Number) and root.startswith("["):
        what = (f"嵌套过深：{root}", f"nested too deep: {root}")
    return NOT_GEOJSON.at(file=source, what_zh=what[0], what_en=what[1])


def _features(root: Any, source: str) -> tuple[list[Any], pyproj.CRS | None]:
    """Return the features and the CRS of an old file's "crs" member (None: WGS 84, as the standard has it)."""
    if not isinstance(root, dict) or root.get("type") not in ("FeatureCollection", "Feature"):
        raise InputError(_no_features(root, source))
    features = root.get("features") if root["type"] == "FeatureCollection" else [root]
    if not isinstance(features, list):
        words = {"what_zh": "features 不是列表", "what_en": "its features are no list"}
        raise InputError(NOT_GEOJSON.at(file=source, **words))  # type: ignore[arg-type]
    member = root.get("crs")
    if not isinstance(member, dict):
        return features, None
    named = member.get("properties", {})
    crs = parse_crs(str(named.get("name", named) if isinstance(named, dict) else named), source)
    return features, None if crs.equals(pyproj.CRS(WGS84), ignore_axis_order=True) else crs


def _faults(feature: Any, number: int, source: str) -> list[Finding]:
    """Return what is wrong with one feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return [_fault(source, number, feature, "不是要素", "it is no feature")]
    twice = next((part for part in _objects(feature) if isinstance(part, _Twice)), None)
    if twice is not None:
        return [DUPLICATE_KEY.at(file=source, row=number, value=twice.key)]
    faults = []
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        faults.append(_fault(source, number, properties, "properties 不是对象", "its properties are no object"))
    if (wrong := _wrong_geometry(feature.get("geometry"))) is not None:
        value, zh, en = wrong
        shown = shorten(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        why = {"why_zh": f"{zh}：{shown}", "why_en": f"{en}: {shown}"}
        faults.append(FEATURE_POSITION.at(file=source, row=number, feature=str(number), value=shown, **why))  # type: ignore[arg-type]
    return faults


def _wrong_geometry(geometry: Any) -> tuple[object, str, str] | None:
    """Return the value that is wrong in a geometry and what is wrong with it, or None."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in _TYPES:
        return geometry, "geometry 不是几何对象", "its geometry is none"
    parts = geometry.get("geometries", ()) if geometry["type"] == "GeometryCollection" else [geometry]
    for part in parts:
        coordinates = part.get("coordinates") if isinstance(part, dict) else part
        if not _is_numeric(coordinates):
            return coordinates, "坐标不是数字（应为不带引号的 [经度, 纬度]）", "its coordinates are not numbers"
        if part["type"] == "Point" and coordinates != [] and not 2 <= len(coordinates or ()) <= 4:
            return coordinates, "点没有两个坐标", "the point has not two coordinates"
    try:
        shape(_floats(geometry))
    except (ValueError, TypeError, IndexError, KeyError, shapely.errors.GEOSException) as error:
        return str(error), "几何无法构成", "its geometry cannot be built"
    return None


def _geometry(feature: dict[str, Any]) -> dict[str, Any] | None:
    """Return a feature's geometry; one without coordinates is none, as RFC 7946 (3.1) allows to read it."""
    geometry = feature.get("geometry")
    return None if geometry is None or geometry.get("coordinates") == [] else geometry


_TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")


def _fault(source: str, number: int, value: object, zh: str, en: str) -> Finding:
    shown = json.dumps(value, ensure_ascii=False)
    return FEATURE.at(file=source, row=number, feature=str(number), value=shown, why_zh=zh, why_en=en)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for part in value.values() if isinstance(part, dict | list) for found in _objects(part))]
    return [found for part in value if isinstance(part, dict | list) for found in _objects(part)]


def _is_numeric(coordinates: Any) -> bool:
    """Tell whether nested lists hold finite numbers and nothing else."""
    if isinstance(coordinates, list):
        return all(_is_numeric(part) for part in coordinates)
    return isinstance(coordinates, _Number) and coordinates.lstrip("-") not in ("NaN", "Infinity")


def _places(geometries: list[dict[str, Any] | None], crs: pyproj.CRS | None, source: str) -> Places:
    simple = all(g is None or g["type"] == "Point" for g in geometries)
    if simple and crs is None:  # the file's own digits
        pairs = [
            (None, None) if g is None else (str(g["coordinates"][0]), str(g["coordinates"][1])) for g in geometries
        ]
        lon, lat = zip(*pairs, strict=True) if pairs else ((), ())
        return Places({"lon": list(lon), "lat": list(lat)}, ("lon", "lat"), WGS84)
    shapes = np.array([None if g is None else shape(_floats(g)) for g in geometries], dtype=object)
    return describe_places(shapes, crs or pyproj.CRS(WGS84), source)


def _floats(value: Any) -> Any:
    if isinstance(value, _Number):
        return float(value)
    if isinstance(value, list):
        return [_floats(part) for part in value]
    return {key: _floats(part) for key, part in value.items()} if isinstance(value, dict) else value


def _text(value: Any) -> str | None:
    return text_of(_floats(value)) if isinstance(value, dict | list) else text_of(value)
