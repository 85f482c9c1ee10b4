"""Narrow gaps between neighbours that were meant to share a border.

Shapely's coverage test (``coverage_invalid_edges`` with a gap width) picks the stretches of border that might face a
gap; it also picks borders that are noded on one side only, and corners at which borders part. So points are set along
those stretches and measured: a run of points near another area, several times longer than it is wide, is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely

from parkatlas.crs import Floats
from parkatlas.findings import Finding, Rule
from parkatlas.plan.drawing import Drawing, Ints, Shapes
from parkatlas.plan.overlaps import HAIRLINE_M, Pairs

GAP = Rule(
    "topology.gap",
    "warning",
    zh="与相邻的 {other} 之间有窄缝，宽约 {width} 米，长 {length} 米，面积约 {m2} 平方米",
    en="there is a narrow gap to its neighbour {other}, about {width} m wide and {length} m long, {m2} m2",
    hint_zh="若本应相邻，可用 parkatlas repair 合拢；缝中的企业不属于任何一方。",
    hint_en="If they were meant to touch, `parkatlas repair` closes it; enterprises in it belong to neither.",
)

HAIRLINE_GAP = Rule(
    "topology.hairline-gap",
    "info",
    zh="与相邻的 {other} 之间的缝不足 1 米：宽约 {width} 米，长 {length} 米，面积约 {m2} 平方米",
    en="there is a gap of less than a metre to its neighbour {other}: about {width} m wide, {length} m long, {m2} m2",
    hint_zh=GAP.hint_zh,
    hint_en=GAP.hint_en,
)

_SLENDER = 4.0  # a gap is at least so many times longer than wide; borders parting at a corner are not
_MAX_POINTS = 100_000  # beyond, they stand farther apart than half the tolerance


class Gaps(NamedTuple):
    """Gaps, an entry each: the two places, length and usual width in metres, and the middle (n, 2) in the plane."""

    one: Ints
    other: Ints
    length: Floats
    width: Floats
    middle: Floats


def check_gaps(drawing: Drawing, places: Ints, tolerance_m: float, pairs: Pairs) -> Iterator[Finding]:
    """Yield a finding for each gap of `find_gaps`, with its usual width, length and size, at its middle."""
    gaps = find_gaps(drawing, places, tolerance_m, pairs)
    columns = (gaps.one.tolist(), gaps.other.tolist(), gaps.length.tolist(), gaps.width.tolist())
    for i, j, length, width, (lon, lat) in zip(*columns, drawing.lonlats(gaps.middle), strict=True):
        rule = GAP if width >= HAIRLINE_M else HAIRLINE_GAP
        words: dict[str, Any] = {
            "width": f"{width:.2g}",
            "length": f"{length:.0f}",
            "m2": f"{float(f'{width * length:.3g}'):.0f}",
        }
        yield rule.at(feature=drawing.ids[i], other=drawing.ids[j], lon=lon, lat=lat, **words)


def find_gaps(drawing: Drawing, places: Ints, tolerance_m: float, pairs: Pairs) -> Gaps:
    """Return the gaps narrower than the tolerance between neighbours among some areas, each pair of them once.

    ``pairs`` are those of `meet` over the same places: areas of which one lies within the other have no gap between
    them, and in a heap every border faces another, so nothing is looked for. ``one`` is the lower place of the two.
    """
    flagged = np.flatnonzero(~shapely.is_missing(pairs.edges) & ~shapely.is_empty(pairs.edges))
    if len(flagged) == 0:
        none = np.empty(0, dtype=np.int64)
        return Gaps(none, none, np.empty(0), np.empty(0), np.empty((0, 2)))
    runs = _runs(drawing.shapes[places], pairs.edges, flagged, tolerance_m, drawing.noise_m)
    n = len(drawing.ids)
    one, other = np.sort(places[np.stack([runs.one, runs.other])], axis=0)
    inner, outer = pairs.nested(drawing)
    apart = ~np.isin(one * n + other, np.minimum(inner, outer) * n + np.maximum(inner, outer))
    _, first = np.unique((one * n + other)[apart], return_index=True)
    kept = np.flatnonzero(apart)[np.sort(first)]
    return Gaps(one[kept], other[kept], *(column[kept] for column in runs[2:]))


def _runs(shapes: Shapes, edges: Shapes, flagged: Ints, tolerance_m: float, noise_m: float) -> Gaps:
    """Return each run of border points that face a gap and is much longer than wide."""
    lines: Shapes
    lines, line_owner = shapely.get_parts(shapely.line_merge(edges[flagged]), return_index=True)
    step = max(tolerance_m / 2, float(shapely.length(lines).sum()) / _MAX_POINTS)
    points, line = _along(lines, step)
    owner = flagged[line_owner[line]]
    near, width = _nearest(shapes, points, owner, tolerance_m)
    facing = (width > noise_m) & (near >= 0)
    starts = np.r_[True, (line[1:] != line[:-1]) | (near[1:] != near[:-1]) | (facing[1:] != facing[:-1])]
    run = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    along = np.hypot(*np.diff(points, axis=0).T) * ~starts[1:]
    length = np.bincount(run[1:], along, len(first))
    count = np.diff(np.r_[first, len(points)])
    in_run = np.lexsort((width, run))  # each run's points by width
    usual = (width[in_run[first + (count - 1) // 2]] + width[in_run[first + count // 2]]) / 2
    widest = width[in_run[first + count - 1]]
    with np.errstate(invalid="ignore"):  # runs that face nothing are infinitely wide
        gap = facing[first] & (length > 0) & (length >= np.maximum(_SLENDER * widest, tolerance_m))
    middle = points[first + count // 2]
    return Gaps(owner[first][gap], near[first][gap], length[gap], usual[gap], middle[gap])


def _along(lines: Shapes, step: float) -> tuple[Floats, Ints]:
    """Return points along lines, evenly spaced by about a step, both ends included; and the line of each."""
    corners, line = shapely.get_coordinates(lines, return_index=True)
    legs = np.hypot(*np.diff(corners, axis=0).T)
    legs[line[1:] != line[:-1]] = 1.0  # a gap between lines, so that each has a stretch of the sum to itself
    along = np.r_[0.0, np.cumsum(legs)]
    start = along[np.flatnonzero(np.r_[True, line[1:] != line[:-1]])]
    lengths = shapely.length(lines)
    counts = np.ceil(lengths / step).astype(np.int64) + 1
    of = np.repeat(np.arange(len(lines)), counts)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = start[of] + lengths[of] * rank / np.maximum(counts[of] - 1, 1)
    return np.column_stack([np.interp(at, along, corners[:, 0]), np.interp(at, along, corners[:, 1])]), of


def _nearest(shapes: Shapes, points: Floats, owner: Ints, tolerance_m: float) -> tuple[Ints, Floats]:
    """Return for each point the nearest other area within the tolerance, -1 for none, and the distance to it."""
    near, distance = np.full(len(points), -1), np.full(len(points), np.inf)
    spots: Any = shapely.points(points)
    boxes: Any = shapely.box(*(shapely.bounds(shapes) + np.array((-1, -1, 1, 1)) * tolerance_m).T)
    point, area = shapely.STRtree(boxes).query(spots)
    other = area != owner[point]
    point, area = point[other], area[other]
    away = shapely.distance(spots[point], shapes[area])
    close = away <= tolerance_m
    point, area, away = point[close], area[close], away[close]
    order = np.lexsort((area, -away, point))
    near[point[order]], distance[point[order]] = area[order], away[order]  # the last written is the nearest
    return near, distance
