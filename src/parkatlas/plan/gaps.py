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
from parkatlas.plan.overlaps import NOISE_M, Pairs

GAP = Rule(
    "topology.gap",
    "warning",
    zh="与相邻的 {other} 之间有窄缝，宽约 {width} 米，长 {length} 米",
    en="there is a narrow gap to its neighbour {other}, about {width} m wide and {length} m long",
    hint_zh="若本应相邻，可用 parkatlas repair 合拢；缝中的企业不属于任何一方。",
    hint_en="If they were meant to touch, `parkatlas repair` closes it; enterprises in it belong to neither.",
)

_SLENDER = 4.0  # a gap is at least so many times longer than wide; borders parting at a corner are not
_MAX_POINTS = 100_000  # beyond, they stand farther apart than half the tolerance


class Run(NamedTuple):
    """A run of points along the border of one area that face another: its length and widths in metres, its middle."""

    owner: int
    other: int
    length: float
    width: float
    widest: float
    middle: Floats


def check_gaps(drawing: Drawing, places: Ints, tolerance_m: float, pairs: Pairs) -> Iterator[Finding]:
    """Yield a finding for each gap of `find_gaps`, with its usual width and its length, at its middle."""
    for run in find_gaps(drawing, places, tolerance_m, pairs):
        lon, lat = drawing.lonlat(shapely.Point(run.middle))
        width, length = f"{run.width:.2g}", f"{run.length:.0f}"
        ids = {"feature": drawing.ids[run.owner], "other": drawing.ids[run.other]}
        yield GAP.at(**ids, lon=lon, lat=lat, width=width, length=length)


def find_gaps(drawing: Drawing, places: Ints, tolerance_m: float, pairs: Pairs) -> list[Run]:
    """Return the gaps narrower than the tolerance between neighbours among some areas, each pair of them once.

    ``pairs`` are those of `meet` over the same places: areas of which one lies within the other have no gap between
    them, and in a heap every border faces another, so nothing is looked for. ``owner`` is the lower place of the two.
    """
    flagged = np.flatnonzero(~shapely.is_missing(pairs.edges) & ~shapely.is_empty(pairs.edges))
    if len(flagged) == 0:
        return []
    said = {tuple(sorted(pair)) for pair in np.transpose(pairs.nested(drawing)).tolist()}
    found = []
    for run in _runs(drawing.shapes[places], pairs.edges, flagged, tolerance_m):
        i, j = sorted((int(places[run.owner]), int(places[run.other])))
        if (i, j) in said or run.length < max(_SLENDER * run.widest, tolerance_m):
            continue
        said.add((i, j))
        found.append(run._replace(owner=i, other=j))
    return found


def _runs(shapes: Shapes, edges: Shapes, flagged: Ints, tolerance_m: float) -> Iterator[Run]:
    """Yield each run of border points that face a gap."""
    lines: Shapes
    lines, line_owner = shapely.get_parts(shapely.line_merge(edges[flagged]), return_index=True)
    step = max(tolerance_m / 2, float(shapely.length(lines).sum()) / _MAX_POINTS)
    points, line = _along(lines, step)
    owner = flagged[line_owner[line]]
    near, width = _nearest(shapes, points, owner, tolerance_m)
    facing = (width > NOISE_M) & (near >= 0)
    starts = np.r_[True, (line[1:] != line[:-1]) | (near[1:] != near[:-1]) | (facing[1:] != facing[:-1])]
    run = np.cumsum(starts) - 1
    along = np.hypot(*np.diff(points, axis=0).T) * ~starts[1:]
    length = np.bincount(run[1:], along, run[-1] + 1)
    first = np.flatnonzero(starts)
    last = np.r_[first[1:], len(points)]
    for r in np.flatnonzero((length > 0) & facing[starts]):
        a, b = int(first[r]), int(last[r])
        usual, widest = float(np.median(width[a:b])), float(width[a:b].max())
        yield Run(int(owner[a]), int(near[a]), float(length[r]), usual, widest, points[(a + b) // 2])


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
    west, south = (points - tolerance_m).T
    east, north = (points + tolerance_m).T
    point, area = shapely.STRtree(shapes).query(shapely.box(west, south, east, north))
    other = area != owner[point]
    point, area = point[other], area[other]
    away = shapely.distance(spots[point], shapes[area])
    close = away <= tolerance_m
    point, area, away = point[close], area[close], away[close]
    order = np.lexsort((area, -away, point))
    near[point[order]], distance[point[order]] = area[order], away[order]  # the last written is the nearest
    return near, distance
