"""The search in NumPy: whole chunks of points at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from parkatlas.area_index.raster import BLOCK, NO_WALL, SURE, TO_TOP, Bools, Floats, Indices, Ints, Raster, spread

# |det| beyond this share of its two products has a certain sign: (3 + 16 u) u of Shewchuk (1997), u = 2**-53, rounded
# up; the second number is above anything that underflow can hide.
CERTAIN, TINY = 4e-16, 1e-290


class Found(NamedTuple):
    """The points of a chunk that areas cover, with the areas, sorted by point, then polygon."""

    point: Indices
    polygon: Ints

    def __len__(self) -> int:
        return len(self.polygon)


# GEOS's answer for polygon numbers and coordinates.
Covers = Callable[[npt.NDArray[np.integer], Floats, Floats], Bools]


class Pairs:
    """What to do with the pairs of a chunk."""

    def write(self, found: Found, base: int, out: Indices) -> None:
        """Write the pairs of a chunk that begins at point ``base``."""
        np.add(found.point, base, out=out[0])
        out[1] = found.polygon

    def tally(self, found: Found, codes: npt.NDArray[np.integer], counts: Indices) -> None:
        """Add one per pair to ``counts[polygon, code of the point]``."""
        np.add.at(counts.reshape(-1), found.polygon * np.intp(counts.shape[1]) + codes[found.point], 1)

    def first(self, found: Found, group: Ints, out: Ints) -> None:
        """Write the first polygon of each group that covers each point into ``out[group, point]``, or -1."""
        out[:] = -1
        of = group.take(found.polygon)
        for number, row in enumerate(out):
            mine = np.flatnonzero(of == number)
            point = found.point[mine]
            fresh = np.diff(point, prepend=-1) > 0
            row[point[fresh]] = found.polygon[mine[fresh]]


class Direct(Pairs):
    """Asks GEOS alone: nothing to draw first, dearer by the point."""

    chunk = 1 << 40, 1 << 40
    _batch = 1 << 16  # points and polygons paired at a time

    def __init__(self, polygons: npt.NDArray[np.object_], covers: Covers) -> None:
        self._polygons = polygons
        self._covers = covers

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return which polygons cover the points, after their boxes."""
        order = np.argsort(x)  # NaN comes last
        west, south, east, north = shapely.bounds(self._polygons).T
        begin, end = np.searchsorted(x, west, sorter=order), np.searchsorted(x, east, side="right", sorter=order)
        ends = np.cumsum(np.concatenate([[0], end - begin]))
        shift = begin - ends[:-1]
        points, polygons = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for first in range(0, int(ends[-1]), self._batch):
            polygon, _ = spread(np.diff(np.clip(ends, first, first + self._batch)))
            at = order[np.arange(first, first + len(polygon)) + shift[polygon]]
            level = np.flatnonzero((south[polygon] <= y[at]) & (y[at] <= north[polygon]))
            at, polygon = at[level], polygon[level]
            covered = self._covers(polygon, x[at], y[at])
            points.append(at[covered])
            polygons.append(polygon[covered])
        pairs = np.sort(np.concatenate(points) * len(begin) + np.concatenate(polygons))
        point = pairs // max(len(begin), 1)
        return Found(point, (pairs - point * len(begin)).astype(np.int32))


class Search(Pairs):
    """Asks a raster, and GEOS where rounding could matter."""

    chunk = 1 << 15, 1 << 17  # points asked at once, at least and at most

    def __init__(self, raster: Raster, covers: Covers) -> None:
        self._raster = raster
        self._covers = covers
        self._candidates = np.diff(raster.start)

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return which polygons cover the points of a chunk."""
        raster = self._raster
        record = self._record(x, y)
        point, step = spread(self._candidates.take(record))
        candidate = raster.start.take(record).take(point) + step
        polygon = raster.polygon.take(candidate)
        asked = np.flatnonzero(raster.wall.take(candidate) != SURE)
        if not len(asked):
            return Found(point, polygon)
        keep = np.ones(len(point), dtype=bool)
        at = point.take(asked)
        keep[asked] = self._decide(candidate.take(asked), x.take(at), y.take(at))
        return Found(point[keep], polygon[keep])

    def _record(self, x: Floats, y: Floats) -> Ints:
        raster = self._raster
        column, row = raster.x.cell(x), raster.y.cell(y)
        record = raster.coarse.take((row // BLOCK) * np.int32(raster.x.cells // BLOCK) + column // BLOCK)
        mixed = np.flatnonzero(record < 0)
        within = (row.take(mixed) % BLOCK) * BLOCK + column.take(mixed) % BLOCK
        record[mixed] = raster.fine.take(~record.take(mixed) + within)
        return record

    def _decide(self, candidate: Indices, x: Floats, y: Floats) -> Bools:
        """Return whether candidates cover points, each by the ray to the wall of its cell."""
        raster = self._raster
        wall = raster.wall.take(candidate)
        turned, back = wall >= TO_TOP, wall & 1 == 1
        # (u, v): the ray runs along u, at constant v.
        u, v = np.where(turned, y, x), np.where(turned, x, y)
        begin = raster.first.take(candidate)
        owner, step = spread(raster.first.take(candidate + 1) - begin)
        ends, place = raster.edges.reshape(-1), 4 * (begin.take(owner) + step)
        v1, v2, at = ends.take(place + 1 - turned.take(owner)), ends.take(place + 3 - turned.take(owner)), v.take(owner)
        near = np.flatnonzero((np.minimum(v1, v2) <= at) & (at <= np.maximum(v1, v2)))
        owner, place, v1, v2 = owner.take(near), place.take(near), v1.take(near), v2.take(near)
        u, v, across = u.take(owner), v.take(owner), turned.take(owner)
        u1, u2 = ends.take(place + across), ends.take(place + 2 + across)
        left, right = (u - u1) * (v2 - v1), (v - v1) * (u2 - u1)
        side = left - right
        doubt = np.abs(side) <= (np.abs(left) + np.abs(right)) * CERTAIN + TINY
        crossed = ((v1 > v) != (v2 > v)) & ((side < 0) ^ (v2 < v1) ^ back.take(owner))
        odd = np.bincount(owner[crossed], minlength=len(candidate)) & 1
        inside: Bools = raster.odd.take(candidate) ^ (odd == 1)
        unsure = wall == NO_WALL
        unsure[owner[doubt]] = True
        if unsure.any():
            inside[unsure] = self._covers(raster.polygon[candidate[unsure]], x[unsure], y[unsure])
        return inside
