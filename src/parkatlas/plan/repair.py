"""Repairs of polygons: what each one changes, and by how much; nothing is decided that a person should decide.

Repaired are rings that are not valid, spikes, slivers where neighbours overlap by less than the tolerance, and gaps
between them of less than that. Overlaps that are real, duplicates and parks in the wrong place are left as findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from parkatlas import crs, schema
from parkatlas.crs import Floats
from parkatlas.findings import Finding, Rule
from parkatlas.plan.drawing import Drawing, draw
from parkatlas.plan.gaps import find_gaps
from parkatlas.plan.noding import node
from parkatlas.plan.overlaps import NESTED, meet, polygonal
from parkatlas.plan.single import REASONS_ZH, explain, find_spikes, widths

MADE_VALID = Rule("repair.made-valid", "info", zh="已修复无效的面：{reason_zh}（{reason}）", en="made valid ({reason})")
MADE_VALID_CROSSED = Rule(
    MADE_VALID.code,
    "info",
    zh=f"{MADE_VALID.zh}；无效的环修复前没有确定的面积",
    en=f"{MADE_VALID.en}; before that its rings enclosed no certain area",
)
UNSPIKED = Rule("repair.spikes-removed", "info", zh="已去除 {n} 处尖刺", en="spikes removed: {n}")
SLIVER_CUT = Rule(
    "repair.sliver-cut", "info", zh="已切去与 {other} 重叠的窄条", en="the sliver that overlapped {other} was cut off"
)
GAP_FILLED = Rule("repair.gap-filled", "info", zh="已填补与 {other} 之间的窄缝", en="the gap to {other} was filled")

MAX_CHANGE = 0.1  # per cent of an area that a repair may change unasked
_HAIR_M = 1.0  # holes and parts narrower than this are what joining leaves along a seam
_CRUMB_M2 = 1.0  # parts smaller than this that making valid leaves over are dropped


Shape = shapely.geometry.base.BaseGeometry


@dataclass(frozen=True)
class Change:
    """One repair: the finding that describes it, and the polygon in degrees before and after."""

    finding: Finding
    area: int
    before: Shape
    after: Shape


def repair_areas(areas: gpd.GeoDataFrame, tolerance_m: float) -> tuple[gpd.GeoDataFrame, list[Change]]:
    """Return areas with repaired polygons, on the same index, and each change in the order it was made."""
    out = areas.copy()
    changes: list[Change] = []
    for step in (_make_valid, _remove_spikes, _cut_slivers, _fill_gaps):
        for change in step(out, node(draw(out)), tolerance_m):
            geometry = out.geometry.to_numpy().copy()
            geometry[change.area] = change.after
            out = out.set_geometry(gpd.GeoSeries(list(geometry), index=out.index, crs=out.crs))
            changes.append(change)
    return out, changes


def change_table(
    changes: list[Change], areas: gpd.GeoDataFrame, points: gpd.GeoDataFrame | None
) -> list[dict[str, object]]:
    """Return changes as records of `schema.REPAIRS`, without the file.

    ``enterprises`` counts the points that lie in one of the two polygons and not in the other; missing without points.
    The area before, and the change, are missing where rings crossed and the area was not defined.
    """
    before, after = sizes([change.before for change in changes]), sizes([change.after for change in changes])
    moved = _moved(changes, points)
    return [
        {
            "area_id": areas["area_id"].iloc[change.area],
            "change": change.finding.code,
            "message_zh": change.finding.message("zh"),
            "message_en": change.finding.message("en"),
            "lon": change.finding.lon,
            "lat": change.finding.lat,
            "km2_before": before[i],
            "km2_after": after[i],
            "change_percent": 100 * (after[i] / before[i] - 1) if before[i] > 0 else None,
            "enterprises": None if moved is None else moved[i],
        }
        for i, change in enumerate(changes)
    ]


def differences(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> Floats:
    """Return by how many per cent the area of each polygon changed, all repairs together; NaN where it had none."""
    old, new = sizes(list(before.geometry)), sizes(list(after.geometry))
    with np.errstate(divide="ignore", invalid="ignore"):
        percent: Floats = np.where(old == new, 0.0, 100 * (new / old - 1))
    return percent


def sizes(shapes: Sequence[Shape]) -> Floats:
    """Return true areas in km2; NaN where rings cross so that the area depends on how they are filled.

    The signed area of a ring that crosses itself takes one of its loops from the other, that of what it fills adds
    them up; where the two agree within 0.1 %, as for a tiny loop, either is its area.
    """
    if not shapes:
        return np.empty(0)
    signed: Floats = crs.area_km2(gpd.GeoDataFrame(geometry=list(shapes), crs=crs.WGS84)).to_numpy()
    crossed = np.flatnonzero(~shapely.is_valid(np.array(shapes, dtype=object)))
    if len(crossed) == 0:
        return signed
    filled = shapely.make_valid(np.array(shapes, dtype=object)[crossed])
    km2 = crs.area_km2(gpd.GeoDataFrame(geometry=list(filled), crs=crs.WGS84)).to_numpy()
    sure = np.abs(signed[crossed] - km2) <= MAX_CHANGE / 100 * km2
    return np.where(np.isin(np.arange(len(shapes)), crossed[~sure]), np.nan, signed)


def _moved(changes: list[Change], points: gpd.GeoDataFrame | None) -> list[int] | None:
    """Return for each change how many points it moves in or out; an invalid polygon is read as even-odd fill."""
    if points is None:
        return None
    spots = points.geometry[~(points.geometry.isna() | points.geometry.is_empty)].to_numpy()
    counts = []
    for change in changes:
        before = shapely.make_valid(change.before)
        counts.append(int((shapely.intersects(before, spots) != shapely.intersects(change.after, spots)).sum()))
    return counts


def _make_valid(areas: gpd.GeoDataFrame, drawing: Drawing, _: float) -> Iterator[Change]:
    for i in np.flatnonzero(~drawing.valid):
        before = areas.geometry.iloc[i]
        whole = shapely.make_valid(before, method="structure", keep_collapsed=False)
        parts = shapely.get_parts(polygonal(np.array([whole], dtype=object))[0])
        kept = parts[shapely.area(drawing.to_plane(parts)) >= _CRUMB_M2]
        after = shapely.union_all(kept)
        if _sound(before, after):
            reason, lon, lat = explain(before)
            rule = MADE_VALID_CROSSED if np.isnan(sizes([before])[0]) else MADE_VALID
            words: dict[str, Any] = {"reason": reason, "reason_zh": REASONS_ZH.get(reason, "几何无效")}
            yield Change(rule.at(feature=drawing.ids[i], lon=lon, lat=lat, **words), int(i), before, after)


def _remove_spikes(areas: gpd.GeoDataFrame, drawing: Drawing, _: float) -> Iterator[Change]:
    places = np.flatnonzero(drawing.valid)
    owner, tips, _lengths = find_spikes(drawing.shapes[places]) if len(places) else (places, np.empty((0, 2)), None)
    for k in np.unique(owner):
        i = int(places[k])
        before = areas.geometry.iloc[i]
        shape, removed = _without_spikes(before, drawing)
        lon, lat = drawing.lonlat(shapely.Point(tips[owner == k][0]))
        if _sound(before, shape):
            yield Change(UNSPIKED.at(feature=drawing.ids[i], n=removed, lon=lon, lat=lat), i, before, shape)


def _without_spikes(shape: Shape, drawing: Drawing) -> tuple[Shape, int]:
    """Return a polygon without spikes, and how many were removed; the foot of a spike may be a spike itself."""
    removed = 0
    for _ in range(10):
        shape, n = _without_tips(shape, drawing)
        removed += n
        if n == 0:
            break
    return shape, removed


def _without_tips(shape: Shape, drawing: Drawing) -> tuple[Shape, int]:
    """Return a polygon without the tips of its spikes, and how many there were; rings that collapse are dropped."""
    _, tips, _ = find_spikes(drawing.to_plane(np.array([shape], dtype=object)))
    if len(tips) == 0:
        return shape, 0
    gone = {tuple(tip) for tip in tips}
    polygons = []
    for polygon in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(polygon):
            flat = shapely.get_coordinates(drawing.to_plane(np.array([ring], dtype=object)))
            kept = shapely.get_coordinates(ring)[:-1][[tuple(point) not in gone for point in flat[:-1]]]
            if len(kept) >= 3:
                rings.append(shapely.LinearRing(kept))
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.union_all(polygons), len(tips)


def _cut_slivers(areas: gpd.GeoDataFrame, drawing: Drawing, tolerance_m: float) -> Iterator[Change]:
    """Cut each sliver from the larger of the two areas."""
    shapes = areas.geometry.to_numpy().copy()
    for level in schema.LEVELS:
        pairs = meet(drawing, drawing.at(level), tolerance_m)
        width = widths(pairs.piece)
        for k in np.flatnonzero((width >= drawing.noise_m) & (width < tolerance_m)):
            small, large = sorted((int(pairs.one[k]), int(pairs.other[k])), key=lambda i: (drawing.sizes[i], i))
            if pairs.size[k] >= NESTED * drawing.sizes[small]:
                continue
            before = shapes[large]
            after = polygonal(np.array([shapely.difference(before, shapes[small])], dtype=object))[0]
            if not _sound(before, after):
                continue
            shapes[large] = after
            lon, lat = drawing.spot(pairs.piece[k])
            finding = SLIVER_CUT.at(feature=drawing.ids[large], other=drawing.ids[small], lon=lon, lat=lat)
            yield Change(finding, large, before, shapes[large])


def _fill_gaps(areas: gpd.GeoDataFrame, drawing: Drawing, tolerance_m: float) -> Iterator[Change]:
    """Give each gap to the larger of its two neighbours."""
    shapes, plane = areas.geometry.to_numpy().copy(), drawing.shapes.copy()
    for level in schema.LEVELS:
        places = drawing.at(level)
        gaps = find_gaps(drawing, places, tolerance_m, meet(drawing, places, tolerance_m))
        for pair in zip(gaps.one.tolist(), gaps.other.tolist(), strict=True):
            small, large = sorted(pair, key=lambda i: (drawing.sizes[i], i))
            gap = _gap(drawing, small, large, tolerance_m)
            others = plane[np.setdiff1d(places, [large])]
            gap = shapely.difference(gap, shapely.union_all(others[shapely.intersects(others, gap)]))
            before = shapes[large]
            if gap.is_empty:
                continue
            merged = shapely.union(before, drawing.to_degrees(np.array([gap], dtype=object))[0])
            after = _tidy(polygonal(np.array([merged], dtype=object))[0], drawing)
            if not _sound(before, after):
                continue
            shapes[large], plane[large] = after, drawing.to_plane(np.array([after], dtype=object))[0]
            lon, lat = drawing.spot(gap)
            finding = GAP_FILLED.at(feature=drawing.ids[large], other=drawing.ids[small], lon=lon, lat=lat)
            yield Change(finding, large, before, shapes[large])


def _gap(drawing: Drawing, one: int, other: int, tolerance_m: float) -> shapely.Geometry:
    """Return what closing two neighbours by the tolerance adds between them, where it is long and narrow."""
    bounds = shapely.bounds(drawing.shapes[[one, other]])
    reach = 3 * tolerance_m
    west, south = bounds[:, :2].max(axis=0) - reach
    east, north = bounds[:, 2:].min(axis=0) + reach
    pair = shapely.union_all(shapely.intersection(drawing.shapes[[one, other]], shapely.box(west, south, east, north)))
    half = tolerance_m / 2
    closed = _grow(_grow(pair, half), -half)
    parts = shapely.get_parts(shapely.difference(closed, pair))
    width = widths(parts)
    narrow = (width > 0) & (width < tolerance_m) & (shapely.length(parts) / 2 > np.maximum(4 * width, tolerance_m))
    touching = (shapely.distance(parts, drawing.shapes[one]) < 0.01) & (
        shapely.distance(parts, drawing.shapes[other]) < 0.01
    )
    # a hair over the edge, so that the union with the neighbour leaves no line between
    return _grow(shapely.union_all(parts[narrow & touching]), 0.001)


def _grow(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return a shape grown by metres, its corners kept sharp."""
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by zero on the way, where edges are in line
        return shapely.buffer(shape, metres, join_style="mitre")


def _tidy(shape: Shape, drawing: Drawing) -> Shape:
    """Return a polygon without what joining leaves along the seam: hair-thin holes and parts, and spikes."""
    polygons = []
    parts = shapely.get_parts(shape)
    for polygon in parts[widths(drawing.to_plane(parts)) >= _HAIR_M]:
        outer, *holes = shapely.get_rings(polygon)
        rooms = drawing.to_plane(np.array([shapely.Polygon(hole) for hole in holes], dtype=object))
        polygons.append(shapely.Polygon(outer, [holes[k] for k in np.flatnonzero(widths(rooms) >= _HAIR_M)]))
    tidy: Shape = shapely.union_all(polygons)
    return _without_spikes(tidy, drawing)[0]


def _sound(before: Shape, after: Shape) -> bool:
    """Tell whether a repair gave a valid polygon that is not the old one."""
    return not after.is_empty and after.is_valid and not shapely.equals_exact(before, after)
