"""Hands for drawing: areas in kilometres of the town's grid, as frames and as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
import town

from parkatlas import schema

HEAD = """\
[plan]
id = "p"
name_zh = "规划"
name_en = "Plan"
released = "2024"
horizon = "2030"

[layers]
"""


def shape(*points: tuple[float, float]) -> shapely.Polygon:
    """Return a polygon of corners in km, in degrees."""
    return shapely.Polygon([town.lonlat(x, y) for x, y in points])


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle in km, in degrees."""
    return shape((west, south), (east, south), (east, north), (west, north))


def areas(**drawn: tuple[str, str | None, shapely.Geometry]) -> gpd.GeoDataFrame:
    """Return an AREAS table of ``id=(level, parent, polygon)``; underscores in ids stand for hyphens."""
    rows = [
        {
            "area_id": key.replace("_", "-"),
            "level": level,
            "parent_id": parent,
            "name_zh": key,
            "name_en": key,
            "status": "schematic",
        }
        for key, (level, parent, _) in drawn.items()
    ]
    frame = gpd.GeoDataFrame(rows, geometry=[polygon for *_, polygon in drawn.values()], crs="EPSG:4326")
    return schema.conform(frame, schema.AREAS)


def feature(area_id: str, level: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature with everything an area must have; None takes a property away."""
    filled = {"area_id": area_id, "level": level, "name_zh": area_id, "name_en": area_id, "status": "schematic"}
    kept = {key: value for key, value in {**filled, **properties}.items() if value is not None}
    if isinstance(geometry, shapely.Geometry):
        geometry = shapely.geometry.mapping(geometry)
    return {"type": "Feature", "properties": kept, "geometry": geometry}


def project(folder: Path, *features: dict[str, Any], layers: str = 'areas = "areas.geojson"\n', **more: Any) -> Path:
    """Write a project whose one layer holds the features, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False)
    (folder / "areas.geojson").write_text(text, encoding="utf-8")
    (folder / "plan.toml").write_text(HEAD + layers, encoding="utf-8")
    return folder
