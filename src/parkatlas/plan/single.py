"""What can be wrong with one polygon by itself: rings, spikes, vertices, holes, width, area."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.crs import Floats
from parkatlas.findings import Finding, Rule
from parkatlas.plan.drawing import Drawing, Ints

INVALID = Rule(
    "topology.invalid",
    "error",
    zh="面无效：{reason_zh}（{reason}）",
    en="the polygon is not valid: {reason}",
    hint_zh="可用 parkatlas repair 修复，或在 GIS 中重画此处。",
    hint_en="Use `parkatlas repair`, or redraw the place in a GIS.",
)
SPIKE = Rule(
    "topology.spike",
    "warning",
    zh="有尖刺，长 {length} 米",
    en="there is a spike, {length} m long",
    hint_zh="不影响归区，周长与边距失真；可用 parkatlas repair 去除。",
    hint_en="It moves no enterprise, but distances to the border are wrong; `parkatlas repair` removes it.",
)
MANY_VERTICES = Rule(
    "topology.many-vertices",
    "warning",
    zh="有 {n} 个顶点，平均间距 {spacing} 米",
    en="it has {n} vertices, {spacing} m apart on average",
    hint_zh="结果不变，但运算变慢、网页变大；请简化后使用。",
    hint_en="It changes no result, but makes runs slow and pages large; simplify it.",
)
HOLES = Rule(
    "topology.holes",
    "info",
    zh="有 {n} 个洞，共 {km2} 平方公里；洞内的企业不计入",
    en="holes: {n}, of {km2} km2 in all; enterprises in them do not count for it",
)
THIN = Rule(
    "topology.thin",
    "warning",
    zh="面极窄，平均宽 {width} 米",
    en="it is a sliver, {width} m wide on average",
    hint_zh="几乎不会有企业落在其中，请核对边界。",
    hint_en="Hardly an enterprise can lie in it; check the boundary.",
)
PUBLISHED = Rule(
    "area.published",
    "warning",
    zh="图上面积 {km2} 平方公里，公布 {published}，相差 {percent} %",
    en="drawn with {km2} km2, published as {published}: a difference of {percent} %",
    hint_zh="核对边界或 published_km2。",
    hint_en="Check the boundary or published_km2.",
)
DISTORTED = Rule(
    "area.distorted",
    "warning",
    zh="投影面积与椭球面积相差 {percent} %，规划范围过宽",
    en="its projected area differs from that on the ellipsoid by {percent} %: the plan is too wide for one zone",
    hint_zh="面积与密度带有同样的误差。",
    hint_en="Areas and densities are off by as much.",
)

REASONS_ZH = {  # what GEOS says of invalid polygons
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "环与自身相接",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞中有洞",
    "Nested shells": "外环互相包含",
    "Duplicate Rings": "环重复",
    "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "顶点不足",
    "Invalid Coordinate": "坐标无效",
}
MAX_VERTICES = 50_000
MIN_SPACING_M = 0.1  # vertices closer than this, a thousand or more of them, come from a machine
MIN_SPIKE_M = 1.0
MAX_DIFFERENCE = 1.0  # per cent, published against drawn
MAX_DISTORTION = 0.1  # per cent, projected against geodesic
_SPIKE_COSINE = np.cos(np.radians(1.0))
_FARTHEST = 16  # areas that are measured on the ellipsoid: distortion grows with the distance from the middle


def check_validity(areas: gpd.GeoDataFrame, drawing: Drawing) -> list[Finding]:
    """Return GEOS's reason and its place for each polygon that is not valid."""
    findings = []
    for i in np.flatnonzero(~drawing.valid):
        reason, lon, lat = explain(areas.geometry.iloc[i])
        words: dict[str, Any] = {"reason": reason, "reason_zh": REASONS_ZH.get(reason, "几何无效")}
        findings.append(INVALID.at(feature=drawing.ids[i], lon=lon, lat=lat, **words))
    return findings


def explain(shape: shapely.Geometry) -> tuple[str, float | None, float | None]:
    """Return GEOS's reason why a shape is not valid, and the place, where it gives one.

    >>> explain(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    ('Self-intersection', 1.0, 1.0)
    """
    reason = str(shapely.is_valid_reason(shape))
    place = re.fullmatch(r"(.*)\[(\S+) (\S+)\]", reason)
    return (place[1], float(place[2]), float(place[3])) if place else (reason, None, None)


def check_form(drawing: Drawing, tolerance_m: float) -> list[Finding]:
    """Return spikes, absurd vertex counts, holes and slivers among the valid polygons."""
    return [*_spikes(drawing), *_vertices(drawing), *_holes(drawing), *_thin(drawing, tolerance_m)]


def measure_areas(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the size of every area, measured two ways and as published.

    Parameters
    ----------
    areas : GeoDataFrame
        `schema.AREAS`, in WGS 84.

    Returns
    -------
    DataFrame
        `schema.AREA_MEASURES` on the index of ``areas``: ``km2`` in the metric CRS, ``geodesic_km2`` on the ellipsoid
        (Karney 2013), ``published_km2``, and ``difference_percent`` of drawn against published, NaN where nothing is
        published.
    """
    measured = areas[["area_id", "level", "name_zh", "name_en", "published_km2"]].copy()
    measured["km2"] = crs.area_km2(areas)
    measured["geodesic_km2"] = crs.geodesic_area_km2(areas)
    published = areas["published_km2"].where(areas["published_km2"] > 0)
    measured["difference_percent"] = (measured["km2"] / published - 1) * 100
    return schema.conform(pd.DataFrame(measured), schema.AREA_MEASURES)


def check_sizes(areas: gpd.GeoDataFrame, drawing: Drawing) -> list[Finding]:
    """Return the areas drawn larger or smaller than published, and those that the projection distorts."""
    if areas.empty:
        return []
    published = areas["published_km2"].to_numpy(dtype=float)
    reach = np.abs(shapely.bounds(drawing.shapes)[:, [0, 2]]).max(axis=1)
    farthest = np.isin(np.arange(len(areas)), np.argsort(reach)[-_FARTHEST:])
    measured = (farthest | (published > 0)) & drawing.valid
    km2 = np.full(len(areas), np.nan)
    km2[measured] = crs.to_metres(areas[measured], crs.metric_crs_of(areas)).geometry.area / 1e6
    findings = []
    percent = (km2 / np.where(published > 0, published, np.nan) - 1) * 100
    for i in np.flatnonzero(np.abs(percent) > MAX_DIFFERENCE):
        lon, lat = drawing.spot(drawing.shapes[i])
        words: dict[str, Any] = {
            "km2": f"{km2[i]:.4g}",
            "published": f"{published[i]:g}",
            "percent": f"{percent[i]:+.1f}",
        }
        findings.append(PUBLISHED.at(feature=drawing.ids[i], lon=lon, lat=lat, **words))
    places = np.flatnonzero(farthest & drawing.valid)
    for i, true in zip(places, crs.geodesic_area_km2(areas.iloc[places]), strict=True):
        off = (km2[i] / true - 1) * 100
        if abs(off) > MAX_DISTORTION:
            findings.append(DISTORTED.at(feature=drawing.ids[i], percent=f"{off:+.2f}"))
    return findings


def find_spikes(shapes: npt.NDArray[np.object_]) -> tuple[Ints, Floats, Floats]:
    """Return for every spike of polygons in metres: the polygon's place, the tip (n, 2), and the length in metres.

    A spike is a vertex at which the boundary turns back on itself, within one degree, with a metre or more on both
    sides.
    """
    parts, whole = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if len(points) == 0:
        return np.empty(0, dtype=np.int64), np.empty((0, 2)), np.empty(0)
    steps, same = np.diff(points, axis=0), ring[1:] == ring[:-1]
    repeated = same & (steps == 0).all(axis=1)
    if repeated.any():
        kept = np.r_[True, ~repeated]
        points, ring = points[kept], ring[kept]
        steps, same = np.diff(points, axis=0), ring[1:] == ring[:-1]
    turns = (steps[1:] * steps[:-1]).sum(axis=1)
    sharp = np.flatnonzero((turns < 0) & same[1:] & same[:-1]) + 1  # turning back by more than a right angle: few
    first = np.flatnonzero(np.r_[True, ~same])
    last = np.r_[first[1:] - 1, len(ring) - 1]  # a ring ends on its first point
    tip = np.r_[sharp, first]
    back = points[np.r_[sharp - 1, np.maximum(last - 1, first)]] - points[tip]
    on = points[np.r_[sharp + 1, np.minimum(first + 1, last)]] - points[tip]
    lengths = np.hypot(*back.T), np.hypot(*on.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (back * on).sum(axis=1) / (lengths[0] * lengths[1])
    length = np.minimum(*lengths)
    real = (cosine > _SPIKE_COSINE) & (length >= MIN_SPIKE_M)
    order = np.argsort(tip[real], kind="stable")
    tip, length = tip[real][order], length[real][order]
    found: Ints = whole[part[ring[tip]]]
    return found, points[tip], length


def _spikes(drawing: Drawing) -> Iterator[Finding]:
    valid = np.flatnonzero(drawing.valid)
    if len(valid) == 0:
        return
    owner, tips, lengths = find_spikes(drawing.shapes[valid])
    for i, tip, length in zip(valid[owner], tips, lengths, strict=True):
        lon, lat = drawing.lonlat(shapely.Point(tip))
        yield SPIKE.at(feature=drawing.ids[i], lon=lon, lat=lat, length=f"{length:.0f}")


def _vertices(drawing: Drawing) -> Iterator[Finding]:
    counts = shapely.get_num_coordinates(drawing.shapes)
    spacing = shapely.length(drawing.shapes) / np.maximum(counts, 1)
    for i in np.flatnonzero((counts > MAX_VERTICES) | ((counts > 1000) & (spacing < MIN_SPACING_M))):
        lon, lat = drawing.lonlat(
            shapely.get_point(shapely.get_exterior_ring(shapely.get_geometry(drawing.shapes[i], 0)), 0)
        )
        yield MANY_VERTICES.at(feature=drawing.ids[i], n=int(counts[i]), spacing=f"{spacing[i]:.2g}", lon=lon, lat=lat)


def _holes(drawing: Drawing) -> Iterator[Finding]:
    parts, owner = shapely.get_parts(drawing.shapes, return_index=True)
    counts = np.bincount(owner, shapely.get_num_interior_rings(parts), len(drawing.shapes)).astype(int)
    for i in np.flatnonzero((counts > 0) & drawing.valid):
        holes = [hole for part in shapely.get_parts(drawing.shapes[i]) for hole in shapely.get_rings(part)[1:]]
        polygons = shapely.polygons(holes)
        lon, lat = drawing.spot(polygons[0])
        km2 = float(drawing.true_km2(polygons).sum())
        yield HOLES.at(feature=drawing.ids[i], n=int(counts[i]), km2=f"{km2:.3g}", lon=lon, lat=lat)


def _thin(drawing: Drawing, tolerance_m: float) -> Iterator[Finding]:
    width = widths(drawing.shapes)
    for i in np.flatnonzero((width < tolerance_m) & drawing.valid):
        lon, lat = drawing.spot(drawing.shapes[i])
        yield THIN.at(feature=drawing.ids[i], width=f"{width[i]:.2g}", lon=lon, lat=lat)


def widths(shapes: npt.NDArray[np.object_]) -> Floats:
    """Return the mean width of thin shapes in their own unit: twice the area by the perimeter; 0 for nothing."""
    length = shapely.length(shapes)
    width: Floats = 2 * shapely.area(shapes) / np.where(length > 0, length, 1.0)
    return width
