"""The search compiled by numba (extra ``fast``): the same answers, one point at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from parkatlas.area_index.arrays import CERTAIN, TINY, Covers
from parkatlas.area_index.raster import BLOCK, NO_WALL, SURE, TO_TOP, Floats, Indices, Ints, Raster

_OUT, _IN, _DOUBT = 0, 1, 2


class Found(NamedTuple):
    """What a chunk of points met: the record of each, and the verdicts of all tests in their order."""

    record: Ints
    verdict: npt.NDArray[np.uint8]
    pairs: int

    def __len__(self) -> int:
        return self.pairs


class Search:
    """As `arrays.Search`. A record's ``head`` is how many polygons it lists and the first two, or -1 - its tests."""

    chunk = 1 << 16

    def __init__(self, raster: Raster, covers: Covers) -> None:
        self._raster = raster
        self._covers = covers
        self._grid = (*raster.x, *raster.y, raster.coarse, raster.fine)
        self._lists = (_heads(raster), _candidates(raster), raster.edges)
        self._known: tuple[Ints, Ints] | None = None

    def ask(self, x: Floats, y: Floats) -> Found:
        """Return what the points of a chunk meet."""
        record, busy = np.empty(len(x), dtype=np.int32), np.empty(len(x), dtype=np.int32)
        sure, tests, n_busy = _look(x, y, self._grid, self._lists[0], (record, busy))
        verdict, asked = np.empty(tests, dtype=np.uint8), np.empty((tests, 2), dtype=np.int32)
        sure += _judge(x, y, (record, busy[:n_busy]), self._lists, (verdict, asked))
        doubt = np.flatnonzero(verdict == _DOUBT)
        if len(doubt):
            at, candidate = asked[doubt].T
            verdict[doubt] = self._covers(self._raster.polygon[candidate], x[at], y[at])
        return Found(record, verdict, int(sure + np.count_nonzero(verdict)))

    def write(self, found: Found, base: int, out: Indices) -> None:
        """Write the pairs of a chunk that begins at point ``base``."""
        _write(found.record, found.verdict, self._lists, base, out)

    def tally(self, found: Found, codes: npt.NDArray[np.integer], counts: Indices) -> None:
        """Add one per pair to ``counts[polygon, code of the point]``."""
        _tally(found.record, found.verdict, self._lists, codes, counts)

    def first(self, found: Found, group: Ints, out: Ints) -> None:
        """Write the first polygon of each group that covers each point into ``out[group, point]``, or -1."""
        _first(found.record, found.verdict, self._lists, (group, self._firsts(group, len(out))), out)

    def _firsts(self, group: Ints, groups: int) -> Ints:
        """Return, by record and group, the first polygon of records without tests and with two polygons at most."""
        if self._known is None or not np.array_equal(self._known[0], group) or self._known[1].shape[1] != groups:
            heads = self._lists[0]
            firsts = np.full((len(heads), groups), -1, dtype=np.int32)
            for place in (2, 1):  # what comes first is written last
                have = np.flatnonzero(heads[:, 0] >= place)
                firsts[have, group[heads[have, place]]] = heads[have, place]
            self._known = group.copy(), firsts
        return self._known[1]


def _heads(raster: Raster) -> Ints:
    """Return for each record how many polygons it lists, the first two, and where its candidates start.

    Records with tests, or with more than two polygons, have -1 - their tests for a number: see their candidates.
    """
    number = np.diff(raster.start)
    before = np.concatenate([[0], np.cumsum(raster.wall != SURE)])
    tests = np.diff(before[raster.start])
    heads = np.zeros((len(number) + 1, 4), dtype=np.int32)
    heads[:-1, 0] = np.where((tests == 0) & (number <= 2), number, -1 - tests)
    for place in (1, 2):
        have = np.flatnonzero(number >= place)
        heads[have, place] = raster.polygon[raster.start[have] + place - 1]
    heads[:, 3] = raster.start
    return heads


def _candidates(raster: Raster) -> Ints:
    """Return for each candidate its polygon, wall, parity and first edge: what a test needs, side by side."""
    out = np.zeros((len(raster.first), 4), dtype=np.int32)
    out[:-1, 0], out[:-1, 1], out[:-1, 2] = raster.polygon, raster.wall, raster.odd
    out[:, 3] = raster.first
    return out


def _compile(function: Any) -> Any:
    # No fastmath: the sign of the determinant depends on every operation being done as written.
    return njit(nogil=True, cache=True, error_model="numpy")(function)


@_compile
def _look(x, y, grid, heads, found):  # type: ignore[no-untyped-def]
    """Fill in the record of each point; return pairs that are sure, tests to make, and points with tests to make."""
    x_origin, x_scale, x_cells, y_origin, y_scale, y_cells, coarse, fine = grid
    record, busy = found
    sure = tests = n_busy = 0
    blocks = x_cells // BLOCK
    x_last, y_last = x_cells - 1.0, y_cells - 1.0
    for i in range(len(x)):
        a, b = (x[i] - x_origin) * x_scale, (y[i] - y_origin) * y_scale
        a = a if a > 0.0 else 0.0  # NaN too falls into the first cell, which is empty
        b = b if b > 0.0 else 0.0
        column = np.int64(a if a < x_last else x_last)
        row = np.int64(b if b < y_last else y_last)
        r = coarse[(row // BLOCK) * blocks + column // BLOCK]
        if r < 0:
            r = fine[~r + (row % BLOCK) * BLOCK + column % BLOCK]
        record[i] = r
        number = heads[r, 0]
        busy[n_busy] = i
        if number >= 0:
            sure += number
        else:
            n_busy += 1
            tests -= number + 1
    return sure, tests, n_busy


@_compile
def _judge(x, y, found, lists, verdicts):  # type: ignore[no-untyped-def]
    """Make the tests of busy points; return the pairs that need none."""
    record, busy = found
    heads, candidates, edges = lists
    verdict, asked = verdicts
    n = sure = 0
    for i in busy:
        for c in range(heads[record[i], 3], heads[record[i] + 1, 3]):
            wall = candidates[c, 1]
            if wall == SURE:
                sure += 1
                continue
            near = edges[candidates[c, 3] : candidates[c + 1, 3]]
            verdict[n] = _inside(x[i], y[i], wall, candidates[c, 2] > 0, near)
            asked[n, 0], asked[n, 1] = i, c
            n += 1
    return sure


@_compile
def _inside(x, y, wall, odd, near):  # type: ignore[no-untyped-def]
    if wall == NO_WALL:
        return _DOUBT
    turned, back = wall >= TO_TOP, wall & 1 == 1
    u, v = (y, x) if turned else (x, y)
    for e in range(len(near)):
        x1, y1, x2, y2 = near[e, 0], near[e, 1], near[e, 2], near[e, 3]
        u1, v1, u2, v2 = (y1, x1, y2, x2) if turned else (x1, y1, x2, y2)
        if v < min(v1, v2) or v > max(v1, v2):
            continue
        left, right = (u - u1) * (v2 - v1), (v - v1) * (u2 - u1)
        side = left - right
        if abs(side) <= (abs(left) + abs(right)) * CERTAIN + TINY:
            return _DOUBT
        if (v1 > v) != (v2 > v):
            odd = odd != ((side < 0) != ((v2 < v1) != back))
    return _IN if odd else _OUT


@_compile
def _write(record, verdict, lists, base, out):  # type: ignore[no-untyped-def]
    heads, candidates, _ = lists
    points, polygons = out[0], out[1]
    n = q = 0
    room = len(points) - 2
    for i in range(len(record)):
        r = record[i]
        number = heads[r, 0]
        if number >= 0 and n <= room:  # two are written whatever the number: the next point overwrites what is too much
            points[n], polygons[n] = base + i, heads[r, 1]
            points[n + 1], polygons[n + 1] = base + i, heads[r, 2]
            n += number
            continue
        for c in range(heads[r, 3], heads[r + 1, 3]):
            if candidates[c, 1] != SURE:
                q += 1
                if verdict[q - 1] == _OUT:
                    continue
            points[n], polygons[n] = base + i, candidates[c, 0]
            n += 1


@_compile
def _tally(record, verdict, lists, codes, counts):  # type: ignore[no-untyped-def]
    heads, candidates, _ = lists
    q = 0
    for i in range(len(record)):
        r = record[i]
        number = heads[r, 0]
        if number >= 0:
            for place in range(number):
                counts[heads[r, 1 + place], codes[i]] += 1
            continue
        for c in range(heads[r, 3], heads[r + 1, 3]):
            if candidates[c, 1] != SURE:
                q += 1
                if verdict[q - 1] == _OUT:
                    continue
            counts[candidates[c, 0], codes[i]] += 1


@_compile
def _first(record, verdict, lists, groups, out):  # type: ignore[no-untyped-def]
    heads, candidates, _ = lists
    group, firsts = groups
    q = 0
    for i in range(len(record)):
        r = record[i]
        for g in range(len(out)):
            out[g, i] = firsts[r, g]
        if heads[r, 0] >= 0:
            continue
        for c in range(heads[r, 3], heads[r + 1, 3]):
            if candidates[c, 1] != SURE:
                q += 1
                if verdict[q - 1] == _OUT:
                    continue
            p = candidates[c, 0]
            if out[group[p], i] < 0:
                out[group[p], i] = p
