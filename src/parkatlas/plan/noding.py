"""What of a drawing is rounding and projection, and no fault: how wide a sliver must be to be one.

Two things part borders that were drawn as one. Coordinates are rounded: two borders that pass one place may lie apart
by two roundings, 1.6 cm at seven decimals of a degree, 16 cm at six. And a line that is straight on a projected sheet
is not straight in degrees: where one side of a border has a corner and the other side passes it without one, the two
part by up to the square of the length times tan(latitude) / 8 R, 1.2 m over 8 km at 44 N. The first is a width below
which nothing is said (`drawing.noise_of`); the second is undone by giving the long side the corner (`node`).
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from parkatlas.crs import Floats
from parkatlas.plan.drawing import NOISE_M, Drawing, Ints, Shapes

_RADIUS = 6.371e6
_SAFETY = 1.25  # projections other than Gauss-Kruger, far from their middle, bend a line a little more


def node(drawing: Drawing) -> Drawing:
    """Return a drawing whose long lines have the corners of other areas that they pass within the bend of a projection.

    All corners that a line passes in another area must lie within it, or the two part for another reason and nothing
    is done. Corners of the area itself are not looked at; a polygon that would become invalid stays as it is.
    """
    start, end, owner = _long_lines(drawing)
    if len(owner) == 0:
        return drawing
    lines: Any = shapely.linestrings(np.stack([start, end], axis=1))
    points, whose = _corners_near(drawing, lines)
    reach = _SAFETY * _bend(drawing, start, end, np.full(len(start), 0.5)) + drawing.noise_m
    corners: Any = shapely.points(points)
    line, point = shapely.STRtree(corners).query(lines, predicate="dwithin", distance=reach)
    foreign = whose[point] != owner[line]
    line, point = line[foreign], point[foreign]
    step, spot = end[line] - start[line], points[point]
    at = ((spot - start[line]) * step).sum(axis=1) / (step**2).sum(axis=1)
    away = np.hypot(*(start[line] + at[:, None] * step - spot).T)
    inner = (at * np.hypot(*step.T) > NOISE_M) & ((1 - at) * np.hypot(*step.T) > NOISE_M)
    bent = away <= _SAFETY * _bend(drawing, start[line], end[line], at) + drawing.noise_m
    pair = line * len(drawing.ids) + whose[point]
    straight = np.isin(pair, pair[inner & ~bent])  # a corner too far off: a gap or a sliver all along, not a bend
    passed = inner & bent & (away > 0) & ~straight
    shapes = drawing.shapes.copy()
    for i in np.unique(owner[line[passed]]).tolist():
        mine = passed & (owner[line] == i)
        noded = _insert(shapes[i], start[line[mine]], end[line[mine]], at[mine], spot[mine])
        if shapely.is_valid(noded):
            shapes[i] = noded
    return dataclasses.replace(drawing, shapes=shapes)


def _bend(drawing: Drawing, start: Floats, end: Floats, at: Floats) -> Floats:
    """Return by how many metres a straight line on a projected sheet bends in degrees, at a share of its length.

    With x = lon cos(lat0), a step of (dx, dy) on the sheet leaves the chord by
    tan(lat) |dx| (dy^2 + dx^2 / 2) / (R length) times at (1 - at), to second order.
    """
    dx, dy = np.abs(end - start).T
    length = np.maximum(np.hypot(dx, dy), 1e-9)
    bend: Floats = _slope(drawing) * dx * (dy**2 + dx**2 / 2) / (_RADIUS * length) * np.clip(at * (1 - at), 0, None)
    return bend


def _slope(drawing: Drawing) -> float:
    return float(abs(np.tan(np.radians(drawing.origin[1]))))


def _long_lines(drawing: Drawing) -> tuple[Floats, Floats, Ints]:
    """Return start, end and owner of the lines that a projection bends by more than rounding."""
    places = np.flatnonzero(drawing.valid)
    points, owner = shapely.get_coordinates(drawing.shapes[places], return_index=True)
    # no line bends by more than tan(lat) length^2 / 4 R
    shortest = np.sqrt(2 * NOISE_M * _RADIUS / max(_slope(drawing), 1e-9))
    long = (np.abs(np.diff(points, axis=0)) > shortest / np.sqrt(2)).any(axis=1)
    some = np.unique(owner[:-1][long & (owner[1:] == owner[:-1])])  # lines between rings are thrown out below
    parts, part_of = shapely.get_parts(drawing.shapes[places[some]], return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    bend = _bend(drawing, points[:-1], points[1:], np.full(max(len(points) - 1, 0), 0.5))
    kept = np.flatnonzero((bend > NOISE_M / 2) & (ring[1:] == ring[:-1]))
    return points[kept], points[kept + 1], places[some[part_of[ring_of[ring[kept]]]]]


def _corners_near(drawing: Drawing, lines: Shapes) -> tuple[Floats, Ints]:
    """Return the corners of the valid areas whose boxes the lines meet, and whose they are."""
    places = np.flatnonzero(drawing.valid)
    _, near = shapely.STRtree(drawing.shapes[places]).query(shapely.buffer(shapely.envelope(lines), 10.0))
    near = np.unique(near)
    points, owner = shapely.get_coordinates(drawing.shapes[places[near]], return_index=True)
    return points, places[near[owner]]


def _insert(shape: shapely.Geometry, start: Floats, end: Floats, at: Floats, spots: Floats) -> shapely.Geometry:
    """Return a polygon with corners put into its lines, each line given by its ends."""
    corners: dict[tuple[float, ...], list[tuple[float, tuple[float, float]]]] = {}
    for a, b, share, spot in zip(start.tolist(), end.tolist(), at.tolist(), spots.tolist(), strict=True):
        corners.setdefault((*a, *b), []).append((share, (spot[0], spot[1])))

    def bent(ring: shapely.LinearRing) -> npt.NDArray[np.float64]:
        points = shapely.get_coordinates(ring).tolist()
        out = []
        for a, b in itertools.pairwise(points):
            out.append((a[0], a[1]))
            out += [spot for _, spot in sorted(set(corners.get((*a, *b), ())))]
        return np.array([*out, out[0]])

    polygons = [
        shapely.Polygon(bent(rings[0]), [bent(ring) for ring in rings[1:]])
        for rings in (list(shapely.get_rings(part)) for part in shapely.get_parts(shape))
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
