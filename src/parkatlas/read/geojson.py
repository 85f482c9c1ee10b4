"""GeoJSON (RFC 7946), read strictly: duplicate keys, text for coordinates and cut files are refused, each in its place.

Numbers keep the digits that the file writes; GDAL would turn a coordinate in quotation marks into a missing shape.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely.geometry import shape

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.model import RawTable
from parkatlas.read.cells import text_of
from parkatlas.read.encoding import find_encoding
from parkatlas.read.features import build_table
from parkatlas.read.limits import Limits, check_size
from parkatlas.read.places import WGS84, Places, describe_places, parse_crs
from parkatlas.read.rules import CUT_FEATURES, DUPLICATE_KEY, FEATURE, NOT_GEOJSON

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
    root = _parse(data[found.skip :].decode(found.codec), path.name)
    features, crs = _features(root, path.name)
    faults = [fault for number, feature in enumerate(features, 1) for fault in _faults(feature, number, path.name)]
    if isinstance(root, _Twice):
        faults.insert(0, DUPLICATE_KEY.at(file=path.name, value=root.key))
    if faults:
        raise InputError(*faults[:_MOST_FAULTS])
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(key for record in properties for key in record)
    columns = {name: [_text(record.get(name)) for record in properties] for name in names}
    if "id" not in columns and any("id" in feature for feature in features):
        columns = {"id": [_text(feature.get("id")) for feature in features], **columns}
    return build_table(
        columns,
        _places(features, crs, path.name),
        path.name,
        limits,
        form="geojson",
        rows=len(features),
        encoding=found.codec,
        findings=[found.finding(path.name, _sample(columns))],
    )


def _sample(columns: dict[str, list[str | None]]) -> str | None:
    return next((cell for cells in columns.values() for cell in cells if cell and not cell.isascii()), None)


def _parse(text: str, source: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(items)
        if len(record) == len(items):
            return record
        twice = _Twice(record)
        keys = [key for key, _ in items]
        twice.key = next(key for place, key in enumerate(keys) if key in keys[:place])
        return twice

    try:
        return json.loads(
            text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=pairs
        )  # fmt: skip
    except json.JSONDecodeError as error:
        features = text.count('"Feature"', 0, error.pos)
        raise InputError(
            CUT_FEATURES.at(file=source, row=max(features, 1), n=features, line=error.lineno, why=error.msg)
        ) from error
    except RecursionError as error:
        raise InputError(NOT_GEOJSON.at(file=source, value="[[[[…")) from error


def _features(root: Any, source: str) -> tuple[list[Any], pyproj.CRS | None]:
    """Return the features and the CRS of an old file's "crs" member (None: WGS 84, as the standard has it)."""
    if not isinstance(root, dict) or root.get("type") not in ("FeatureCollection", "Feature"):
        kind = root.get("type", "?") if isinstance(root, dict) else type(root).__name__
        raise InputError(NOT_GEOJSON.at(file=source, value=kind))
    features = root.get("features") if root["type"] == "FeatureCollection" else [root]
    if not isinstance(features, list):
        raise InputError(NOT_GEOJSON.at(file=source, value="features"))
    member = root.get("crs")
    if not isinstance(member, dict):
        return features, None
    named = member.get("properties", {})
    crs = parse_crs(str(named.get("name", named) if isinstance(named, dict) else named), source)
    return features, None if crs.equals(pyproj.CRS(WGS84), ignore_axis_order=True) else crs


def _faults(feature: Any, number: int, source: str) -> list[Finding]:
    """Return what is wrong with one feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return [_fault(source, number, feature, "不是要素。", "it is no feature.")]
    twice = next((part for part in _objects(feature) if isinstance(part, _Twice)), None)
    if twice is not None:
        return [DUPLICATE_KEY.at(file=source, row=number, value=twice.key)]
    faults = []
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        faults.append(_fault(source, number, properties, "properties 不是对象。", "its properties are no object."))
    if (wrong := _wrong_geometry(feature.get("geometry"))) is not None:
        faults.append(_fault(source, number, *wrong))
    return faults


def _wrong_geometry(geometry: Any) -> tuple[object, str, str] | None:
    """Return the value that is wrong in a geometry and what is wrong with it, or None."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in _TYPES:
        return geometry, "geometry 不是几何对象。", "its geometry is none."
    parts = geometry.get("geometries", ()) if geometry["type"] == "GeometryCollection" else [geometry]
    for part in parts:
        coordinates = part.get("coordinates") if isinstance(part, dict) else part
        if not _is_numeric(coordinates):
            return json.dumps(coordinates), "坐标不是数字。", "its coordinates are not numbers."
        if part["type"] == "Point" and not 2 <= len(coordinates or ()) <= 4:
            return coordinates, "点没有两个坐标。", "the point has not two coordinates."
    try:
        shape(_floats(geometry))
    except (ValueError, TypeError, IndexError, KeyError, shapely.errors.GEOSException) as error:
        return error, "几何无法构成。", "its geometry cannot be built."
    return None


_TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")


def _fault(source: str, number: int, value: object, zh: str, en: str) -> Finding:
    return FEATURE.at(file=source, row=number, feature=str(number), value=value, why_zh=zh, why_en=en)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for part in value.values() if isinstance(part, dict | list) for found in _objects(part))]
    return [found for part in value if isinstance(part, dict | list) for found in _objects(part)]


def _is_numeric(coordinates: Any) -> bool:
    """Tell whether nested lists hold finite numbers and nothing else."""
    if isinstance(coordinates, list):
        return all(_is_numeric(part) for part in coordinates)
    return isinstance(coordinates, _Number) and coordinates.lstrip("-") not in ("NaN", "Infinity")


def _places(features: list[dict[str, Any]], crs: pyproj.CRS | None, source: str) -> Places:
    geometries = [feature.get("geometry") for feature in features]
    simple = all(g is None or (g["type"] == "Point" and len(g["coordinates"]) >= 2) for g in geometries)
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
