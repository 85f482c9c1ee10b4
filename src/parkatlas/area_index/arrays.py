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

    chunk = 1 << 40
    _few = 2000  # up to so many points, a tree of the points is quickest

    def __init__(self, polygons: npt.NDArray[np.object_], covers: Covers) -> None:
        self._polygons = polygons
        self._covers = covers

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return which polygons cover the points."""
        if len(x) <= self._few:
            return self._by_tree(x, y)
        order = np.argsort(x, kind="stable")  # NaN comes last
        box = shapely.bounds(self._polygons)
        ends = np.searchsorted(x, box[:, 0], sorter=order), np.searchsorted(x, box[:, 2], side="right", sorter=order)
        points, polygons = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.int32)]
        for number, (begin, end) in enumerate(zip(*ends, strict=True)):
            at = order[begin:end]
            at = at[(y[at] >= box[number, 1]) & (y[at] <= box[number, 3])]
            if len(at):
                points.append(at[self._covers(np.array(number), x[at], y[at])])
                polygons.append(np.full(len(points[-1]), number, dtype=np.int32))
        return _sorted(np.concatenate(points), np.concatenate(polygons))

    def _by_tree(self, x: Floats, y: Floats) -> Found:
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        tree = shapely.STRtree(np.array(shapely.points(x[finite], y[finite]), ndmin=1))
        with np.errstate(all="ignore"):
            polygon, point = tree.query(self._polygons, predicate="covers")
        return _sorted(finite[point], polygon.astype(np.int32))


def _sorted(point: Indices, polygon: Ints) -> Found:
    order = np.lexsort((polygon, point))
    return Found(point[order], polygon[order])


class Search(Pairs):
    """Asks a raster, and GEOS where rounding could matter."""

    chunk = 1 << 17

    def __init__(self, raster: Raster, covers: Covers) -> None:
        self._raster = raster
        self._covers = covers
        self._candidates = np.diff(raster.start)

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return which polygons cover the points of a chunk."""
        raster = self._raster
        record = self._record(x, y)
        number = self._candidates.take(record)
        point = np.flatnonzero(number)
        number = number[point]
        candidate = raster.start.take(record[point])
        if len(number) and number.max() > 1:
            owner, step = spread(number)
            point, candidate = point[owner], candidate[owner] + step
        polygon = raster.polygon.take(candidate)
        asked = np.flatnonzero(raster.wall.take(candidate) != SURE)
        if not len(asked):
            return Found(point, polygon)
        keep = np.ones(len(point), dtype=bool)
        at = point[asked]
        keep[asked] = self._decide(candidate[asked], x[at], y[at])
        return Found(point[keep], polygon[keep])

    def _record(self, x: Floats, y: Floats) -> Ints:
        raster = self._raster
        column, row = raster.x.cell(x), raster.y.cell(y)
        record = raster.coarse.take((row // BLOCK) * (raster.x.cells // BLOCK) + column // BLOCK)
        mixed = np.flatnonzero(record < 0)
        within = (row[mixed] % BLOCK) * BLOCK + column[mixed] % BLOCK
        record[mixed] = raster.fine.take(~record[mixed] + within)
        return record

    def _decide(self, candidate: npt.NDArray[np.integer], x: Floats, y: Floats) -> Bools:
        """Return whether candidates cover points, each by the ray to the wall of its cell."""
        raster = self._raster
        wall = raster.wall.take(candidate)
        begin = raster.first.take(candidate)
        number = raster.first.take(candidate + 1) - begin
        owner, step = spread(number)
        x1, y1, x2, y2 = raster.edges.take(begin[owner] + step, axis=0).T
        turned, back = (wall >= TO_TOP)[owner], (wall & 1 == 1)[owner]
        # (u, v): the ray runs along u, at constant v.
        u1, v1, u2, v2 = (np.where(turned, a, b) for a, b in ((y1, x1), (x1, y1), (y2, x2), (x2, y2)))
        px, py = x[owner], y[owner]
        u, v = np.where(turned, py, px), np.where(turned, px, py)
        left, right = (u - u1) * (v2 - v1), (v - v1) * (u2 - u1)
        side = left - right
        near = (v >= np.minimum(v1, v2)) & (v <= np.maximum(v1, v2))
        doubt = near & (np.abs(side) <= (np.abs(left) + np.abs(right)) * CERTAIN + TINY)
        crossed = ((v1 > v) != (v2 > v)) & ((side < 0) ^ (v2 < v1) ^ back)
        begin = np.cumsum(number) - number
        inside = raster.odd.take(candidate) ^ np.bitwise_xor.reduceat(crossed, begin)
        unsure = np.flatnonzero(np.bitwise_or.reduceat(doubt, begin) | (wall == NO_WALL))
        if len(unsure):
            inside[unsure] = self._covers(raster.polygon[candidate[unsure]], x[unsure], y[unsure])
        return inside
