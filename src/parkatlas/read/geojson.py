"""GeoJSON (RFC 7946), read strictly: duplicate keys, text for coordinates and cut files are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import shape

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read.cells import text_of
from parkatlas.read.limits import Limits, check_size
from parkatlas.read.rules import BROKEN, FEATURE, NO_ROWS


class _Number(str):
    """A number as the file writes it: told apart from text, no digit touched."""

    __slots__ = ()


def read_geojson(path: Path, limits: Limits) -> RawTable:
    """Read the features of a GeoJSON file; points become columns "lon" and "lat"."""
    check_size(path, limits, whole=True)
    try:
        root = json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=_Number, parse_int=_Number)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(BROKEN.at(file=path.name, why=str(error))) from error
    features: list[dict[str, Any]] = root["features"] if root.get("type") == "FeatureCollection" else [root]
    if not features:
        raise InputError(NO_ROWS.at(file=path.name))
    names = dict.fromkeys(key for feature in features for key in feature.get("properties") or {})
    index = pd.RangeIndex(1, len(features) + 1, name="row")
    columns: dict[str, Any] = {
        name: [text_of((feature.get("properties") or {}).get(name)) for feature in features] for name in names
    }
    lon, lat, wkt = zip(*(_position(feature, k, path.name) for k, feature in enumerate(features, 1)), strict=True)
    columns |= {"lon": lon, "lat": lat}
    if any(wkt):
        columns["geometry"] = wkt
    frame = pd.DataFrame({name: pd.Series(list(cells), index=index, dtype="str") for name, cells in columns.items()})
    return RawTable(frame, path.name, format="geojson", encoding="utf-8", points=("lon", "lat"), crs="EPSG:4326")


def _position(feature: dict[str, Any], number: int, source: str) -> tuple[str | None, str | None, str | None]:
    geometry = feature.get("geometry")
    if geometry is None:
        return None, None, None
    if geometry.get("type") == "Point":
        place = geometry.get("coordinates")
        if not isinstance(place, list) or len(place) < 2 or not all(isinstance(part, _Number) for part in place):
            why: dict[str, Any] = {"why_zh": "坐标不是两个数字。", "why_en": "its coordinates are not two numbers."}
            raise InputError(FEATURE.at(file=source, row=number, value=place, **why))
        return str(place[0]), str(place[1]), None
    return None, None, str(shapely.to_wkt(shape(_floats(geometry)), rounding_precision=-1))


def _floats(value: Any) -> Any:
    if isinstance(value, _Number):
        return float(value)
    if isinstance(value, list):
        return [_floats(part) for part in value]
    return {key: _floats(part) for key, part in value.items()} if isinstance(value, dict) else value
