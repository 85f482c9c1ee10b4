"""The search compiled by numba (extra ``fast``): the same answers, one point at a time.

Answers are lists, written in a row: a number, then so many polygons. A cell that no border crosses has its list from
the start, and its code is the place of that list; a point in another cell gets one when its tests are made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from parkatlas.area_index.arrays import CERTAIN, TINY, Covers
from parkatlas.area_index.raster import BLOCK, NO_WALL, SURE, TO_TOP, Floats, Indices, Ints, Raster, spread

_BATCH = 512  # points looked up together
_AHEAD = 4  # polygons copied whatever their number
_OUT, _IN, _DOUBT = 0, 1, 2

# A candidate of a cell: what to test, and the first edge to test, side by side in memory.
_CANDIDATE = np.dtype(
    [
        *((name, np.float64) for name in ("x1", "y1", "x2", "y2")),
        *((name, np.int32) for name in ("polygon", "more", "end")),  # further edges: more to end
        *((name, np.uint8) for name in ("wall", "odd", "last")),
    ],
    align=True,
)


class Found(NamedTuple):
    """The list of each point: at ``place`` in the lists of the cells, or beyond their end in ``lists``."""

    place: Ints
    lists: Ints
    pairs: int

    def __len__(self) -> int:
        return self.pairs


class Search:
    """As `arrays.Search`."""

    chunk = 1 << 13, 1 << 15

    def __init__(self, raster: Raster, covers: Covers) -> None:
        self._raster = raster
        self._covers = covers
        tests = np.concatenate([[0], np.cumsum(raster.wall != SURE)])[raster.start]
        quiet = np.flatnonzero(np.diff(tests) == 0)
        self._lists, self._heads = _lists(raster, quiet)
        code = raster.start[:-1] + np.int32(len(self._lists))
        code[quiet] = self._heads
        coarse = np.where(raster.coarse < 0, raster.coarse, code.take(np.maximum(raster.coarse, 0)))
        self._grid = (*raster.x, *raster.y, coarse, code.take(raster.fine))
        self._candidates = _candidates(raster)
        self._widest = int(np.diff(raster.start)[np.diff(tests) > 0].max(initial=0))
        self._known: tuple[Ints, Ints] | None = None

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return the lists of the points of a chunk."""
        place, busy = np.empty(len(x), dtype=np.int32), np.empty(len(x) + 1, dtype=np.int32)
        sure, n_busy = _look(x, y, self._grid, self._lists, (place, busy))
        lists = np.empty(n_busy * (self._widest + 1), dtype=np.int32)
        found = place, busy[:n_busy], lists
        end, n_doubts = _judge(x, y, (self._candidates, self._raster.edges), len(self._lists), found)
        lists = lists[:end].copy()
        if n_doubts:
            lists = np.concatenate([lists, self._settle(x, y, place, busy[:n_doubts], end)])
        return Found(place, lists, sure + len(lists) - n_busy)

    def _settle(self, x: Floats, y: Floats, place: Ints, doubts: Ints, end: int) -> Ints:
        """Return the lists of points whose tests rounding leaves open, by GEOS, and note their places from ``end``."""
        start = place[doubts] - len(self._lists)
        stop = self._raster.start[np.searchsorted(self._raster.start, start, side="right")]
        owner, step = spread(stop - start)
        polygon, at = self._raster.polygon[start[owner] + step], doubts[owner]
        covered = self._covers(polygon, x[at], y[at])
        number = np.bincount(owner[covered], minlength=len(doubts))
        before = np.cumsum(number) - number
        place[doubts] = len(self._lists) + end + before + np.arange(len(doubts))
        return np.insert(polygon[covered], before, number)

    def write(self, found: Found, base: int, out: Indices) -> None:
        """Write the pairs of a chunk that begins at point ``base``."""
        _write(found.place, (self._lists, found.lists), base, out[0], out[1])

    def tally(self, found: Found, codes: npt.NDArray[np.integer], counts: Indices) -> None:
        """Add one per pair to ``counts[polygon, code of the point]``."""
        _tally(found.place, (self._lists, found.lists), codes, counts)

    def first(self, found: Found, group: Ints, out: Ints) -> None:
        """Write the first polygon of each group that covers each point into ``out[group, point]``, or -1."""
        _first(found.place, (self._lists, found.lists), (group, self._firsts(group, len(out))), out)

    def _firsts(self, group: Ints, groups: int) -> Ints:
        """Return the first polygons by group and place in the lists of the cells."""
        known = self._known
        if known is None or not np.array_equal(known[0], group) or len(known[1]) != groups:
            firsts, heads = np.full((groups, len(self._lists)), -1, dtype=np.int32), self._heads
            some = np.empty((groups, len(heads)), dtype=np.int32)
            _first(heads, (self._lists, self._lists), (group, firsts[:, :0]), some)
            firsts[:, heads] = some
            self._known = known = group.copy(), firsts
        return known[1]


def _lists(raster: Raster, records: Indices) -> tuple[Ints, Ints]:
    """Return the lists of some records in a row, and their places there."""
    number = np.diff(raster.start)[records]
    owner, step = spread(number)
    before = np.cumsum(number) - number
    lists = np.insert(raster.polygon[raster.start[records][owner] + step], before, number)
    return np.append(lists, np.zeros(_AHEAD, dtype=np.int32)), (before + np.arange(len(records))).astype(np.int32)


def _candidates(raster: Raster) -> npt.NDArray[np.void]:
    out = np.zeros(len(raster.polygon), dtype=_CANDIDATE)
    out["polygon"], out["wall"], out["odd"] = raster.polygon, raster.wall, raster.odd
    out["more"], out["end"] = raster.first[:-1] + 1, raster.first[1:]
    lasts = raster.start[1:][np.diff(raster.start) > 0] - 1
    out["last"][lasts] = 1
    tested = np.flatnonzero(raster.wall != SURE)
    for place, name in enumerate(("x1", "y1", "x2", "y2")):
        out[name][tested] = raster.edges[raster.first[tested], place]
    return out


def _compile(function: Any) -> Any:
    # No fastmath: the sign of the determinant depends on every operation being done as written.
    return njit(nogil=True, cache=True, error_model="numpy")(function)


@_compile
def _look(x, y, grid, lists, found):  # type: ignore[no-untyped-def]
    """Note the code of each point's cell; return the pairs that are sure, and the number of points to be tested."""
    coarse, fine = grid[6], grid[7]
    place, busy = found
    block, within = np.empty(_BATCH, dtype=np.int32), np.empty(_BATCH, dtype=np.int32)
    mixed = np.empty(_BATCH + 1, dtype=np.int32)
    sure = n_busy = 0
    # Steps of few branches, each over a batch that stays in the nearest cache, keep many points in flight at a time.
    for begin in range(0, len(x), _BATCH):
        codes = place[begin : begin + _BATCH]
        _cells(x[begin : begin + _BATCH], y[begin : begin + _BATCH], grid, block, within)
        n_mixed = 0
        for i in range(len(codes)):
            codes[i] = coarse[block[i]]
            mixed[n_mixed] = i
            n_mixed += codes[i] < 0
        for k in range(n_mixed):
            i = mixed[k]
            codes[i] = fine[~codes[i] + within[i]]
        for i in range(len(codes)):
            tested = codes[i] >= len(lists)
            busy[n_busy] = begin + i
            n_busy += tested
            sure += 0 if tested else lists[codes[i]]
    return sure, n_busy


@_compile
def _cells(x, y, grid, block, within):  # type: ignore[no-untyped-def]
    """Write the block of each point, and its cell within the block."""
    x_origin, x_scale, x_cells, y_origin, y_scale, y_cells = grid[:6]
    x_last, y_last, blocks = x_cells - 1.0, y_cells - 1.0, np.int32(x_cells // BLOCK)
    for i in range(len(x)):
        a, b = (x[i] - x_origin) * x_scale, (y[i] - y_origin) * y_scale
        a = a if a > 0.0 else 0.0  # NaN too falls into the first cell, which is empty
        b = b if b > 0.0 else 0.0
        column, row = np.int32(a if a < x_last else x_last), np.int32(b if b < y_last else y_last)
        block[i] = row // BLOCK * blocks + column // BLOCK
        within[i] = row % BLOCK * BLOCK + column % BLOCK


@_compile
def _judge(x, y, tests, beyond, found):  # type: ignore[no-untyped-def]
    """Write the lists of busy points; return their end, and how many points that rounding leaves open lead ``busy``."""
    candidates, edges = tests
    place, busy, lists = found
    end = n_doubts = 0
    for i in busy:
        c, n = place[i] - beyond, 0
        while True:
            inside = _inside(x[i], y[i], candidates[c], edges)
            lists[end + n + 1] = candidates[c].polygon
            n += inside
            if candidates[c].last or inside == _DOUBT:
                break
            c += 1
        if inside == _DOUBT:
            busy[n_doubts] = i
            n_doubts += 1
            continue
        lists[end] = n
        place[i] = beyond + end
        end += n + 1
    return end, n_doubts


@_compile
def _inside(x, y, near, edges):  # type: ignore[no-untyped-def]
    """Return whether a candidate covers a point, by the ray to the wall of its cell."""
    wall = near.wall
    if wall == SURE:
        return _IN
    if wall == NO_WALL:
        return _DOUBT
    odd = near.odd
    crossed = _crossed((x, y), wall, (near.x1, near.y1), (near.x2, near.y2))
    for e in range(near.more, near.end):
        if crossed == _DOUBT:
            break
        odd ^= crossed
        crossed = _crossed((x, y), wall, (edges[e, 0], edges[e, 1]), (edges[e, 2], edges[e, 3]))
    return _DOUBT if crossed == _DOUBT else odd ^ crossed


@_compile
def _crossed(point, wall, start, end):  # type: ignore[no-untyped-def]
    """Return whether the ray from a point to a wall crosses an edge: `_OUT` for no, `_IN` for yes."""
    # (u, v): the ray runs along u, at constant v.
    turned = wall >= TO_TOP
    u, v = (point[1], point[0]) if turned else point
    u1, v1 = (start[1], start[0]) if turned else start
    u2, v2 = (end[1], end[0]) if turned else end
    if v < min(v1, v2) or v > max(v1, v2):
        return _OUT
    left, right = (u - u1) * (v2 - v1), (v - v1) * (u2 - u1)
    side = left - right
    if abs(side) <= (abs(left) + abs(right)) * CERTAIN + TINY:
        return _DOUBT
    if (v1 > v) != (v2 > v) and (side < 0) != ((v2 < v1) != (wall & 1 == 1)):
        return _IN
    return _OUT


@_compile
def _write(place, held, base, points, polygons):  # type: ignore[no-untyped-def]
    known, lists = held
    n, room = 0, len(points) - _AHEAD
    for i in range(len(place)):
        at, point = place[i], base + i
        if at < len(known) and n <= room:
            # Written whatever the number: the next point overwrites what is too much.
            points[n], points[n + 1], points[n + 2], points[n + 3] = point, point, point, point
            a, b, c, d = known[at + 1], known[at + 2], known[at + 3], known[at + 4]
            polygons[n], polygons[n + 1], polygons[n + 2], polygons[n + 3] = a, b, c, d
            if known[at] <= _AHEAD:
                n += known[at]
                continue
        mine, at = (known, at) if at < len(known) else (lists, at - len(known))
        for k in range(at + 1, at + 1 + mine[at]):
            points[n], polygons[n] = point, mine[k]
            n += 1


@_compile
def _tally(place, held, codes, counts):  # type: ignore[no-untyped-def]
    known, lists = held
    for i in range(len(place)):
        mine, at = (known, place[i]) if place[i] < len(known) else (lists, place[i] - len(known))
        for k in range(at + 1, at + 1 + mine[at]):
            counts[mine[k], codes[i]] += 1


@_compile
def _first(place, held, groups, out):  # type: ignore[no-untyped-def]
    known, lists = held
    group, firsts = groups
    for i in range(len(place)):
        if place[i] < firsts.shape[1]:
            for g in range(len(out)):
                out[g, i] = firsts[g, place[i]]
            continue
        mine, at = (known, place[i]) if place[i] < len(known) else (lists, place[i] - len(known))
        for g in range(len(out)):
            out[g, i] = -1
        for k in range(at + mine[at], at, -1):  # what comes first is written last
            out[group[mine[k]], i] = mine[k]
