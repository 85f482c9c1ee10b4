"""The background layer: rivers, roads, stations and places under the plan, of any kind of geometry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from parkatlas.crs import WGS84, Datum
from parkatlas.findings import Finding
from parkatlas.plan.coordinates import OUT_OF_RANGE, shift
from parkatlas.plan.geojson import NO_GEOMETRY, NOT_COLLECTION, UNREADABLE

KEPT = ("context_id", "kind", "name_zh", "name_en", "status", "source_url", "source_date", "confidence", "note")


def read_context(path: Path, name: str, datum: Datum = "wgs84") -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Return the background as a frame in WGS 84, and what is wrong with it.

    A GeoJSON feature collection of points, lines and polygons, in degrees of a datum. Of the columns `KEPT` are kept,
    absent ones empty; ``name`` stands in for ``name_zh``. A feature without a readable geometry is an error.
    """
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        return None, [UNREADABLE.at(file=name, reason=str(error))]
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        return None, [NOT_COLLECTION.at(file=name, value=str(type(data).__name__))]
    findings: list[Finding] = []
    rows: list[dict[str, Any]] = []
    features = data.get("features")
    for number, entry in enumerate(features if isinstance(features, list) else (), start=1):
        feature = entry if isinstance(entry, dict) else {}
        given = feature.get("properties")
        given = given if isinstance(given, dict) else {}
        label = str(given.get("context_id") or f"#{number}")
        shape: Any = shapely.from_geojson(json.dumps(feature.get("geometry")), on_invalid="ignore")
        if shape is None or shape.is_empty:
            findings.append(NO_GEOMETRY.at(file=name, feature=label))
            continue
        west, south, east, north = shape.bounds
        if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):  # NaN is not either
            findings.append(OUT_OF_RANGE.at(file=name, feature=label, value=f"({west:.10g}, {south:.10g})"))
            continue
        shape = shape if datum in ("wgs84", "cgcs2000") else shift(shape, datum)
        name_zh = given.get("name_zh", given.get("name"))
        rows.append({key: given.get(key) for key in KEPT} | {"name_zh": name_zh, "geometry": shape})
    table = pd.DataFrame(rows, columns=[*KEPT, "geometry"])
    words = table.drop(columns="geometry").astype("str")
    return gpd.GeoDataFrame(words, geometry=list(table["geometry"]), crs=WGS84), findings
