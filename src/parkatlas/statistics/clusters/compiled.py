# ruff: noqa: PLR0917, C901, PLR0912
"""DBSCAN compiled by numba (the extra ``fast``), for hundreds of thousands of points.

Points are sorted into square cells whose diagonal is eps, so that points of one cell are neighbours; cells with a core
point are joined by union-find where two of their core points are within eps (Gunawan 2013, de Berg, Gunawan and
Roeloffzen 2017). Cells are visited in order, and the place in each neighbouring row only moves forward: no hashing, and
empty ground costs nothing. Distances are compared as dx dx + dy dy <= eps eps, as scikit-learn does it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from parkatlas.statistics.window import Floats, Ints

_THREADS = 2


@functools.cache
def load() -> Callable[[Floats, float, int], Ints]:
    """Compile, or take from the cache, and return ``f(xy, eps, min_samples)`` giving scikit-learn's labels."""
    import numba

    jit = functools.partial(numba.njit, nogil=True, cache=True)
    counting, find_core, number, colour = (jit()(f) for f in (_counting, _find_core, _number, _colour))
    join, place, gather = jit()(_join), jit()(_place), jit()(_gather)

    def labels(xy: Floats, eps: float, min_samples: int) -> Ints:
        order, points, starts, rows, columns = _sort(xy, eps / np.sqrt(2.0) * (1.0 - 1e-9), place, counting, gather)
        cuts = np.linspace(0, len(rows), _THREADS + 1).astype(np.int64).tolist()
        parts = list(itertools.pairwise(cuts))
        core = np.zeros(len(xy), dtype=np.bool_)
        out = np.full(len(xy), -1, dtype=np.int64)
        cells = (starts, rows, columns, eps)
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda part: find_core(points, *cells, min_samples, core, *part), parts))
            root, cores, begins = join(points, core, *cells)
            cluster = number(order, core, starts, root)
            list(pool.map(lambda part: colour(points, order, core, *cells, cluster, cores, begins, out, *part), parts))
        return out

    return labels


def _sort(
    xy: Floats, side: float, place: Callable[..., Any], counting: Callable[..., Ints], gather: Callable[..., Any]
) -> tuple[Ints, Floats, Ints, Ints, Ints]:
    """Sort points by cell, row by row; return order, sorted points, where each cell starts, its row and column."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    column, row = place(xy, low[0], low[1], side)
    if float((high - low).max()) / side < 4 * len(xy) + 1_000_000:
        order = counting(row, counting(column, np.arange(len(xy))))
    else:
        order = np.lexsort((column, row))
    return (order, *gather(xy, order, row, column))


# The functions below are compiled: plain loops on arrays, no Python objects.


def _place(xy, west, south, side):  # type: ignore[no-untyped-def]
    """Return column and row of the cell of each point."""
    column, row = np.empty(len(xy), dtype=np.int64), np.empty(len(xy), dtype=np.int64)
    for i in range(len(xy)):
        column[i], row[i] = int(np.floor((xy[i, 0] - west) / side)), int(np.floor((xy[i, 1] - south) / side))
    return column, row


def _gather(xy, order, row, column):  # type: ignore[no-untyped-def]
    """Return the points in order, where each cell starts (and the last ends), and the cells' rows and columns."""
    n, cells = len(order), 0
    points = np.empty((n, 2))
    starts, rows = np.empty(n + 1, dtype=np.int64), np.empty(n, dtype=np.int64)
    columns = np.empty(n, dtype=np.int64)
    for k in range(n):
        i = order[k]
        points[k, 0], points[k, 1] = xy[i, 0], xy[i, 1]
        if k == 0 or row[i] != rows[cells - 1] or column[i] != columns[cells - 1]:
            starts[cells], rows[cells], columns[cells] = k, row[i], column[i]
            cells += 1
    starts[cells] = n
    return points, starts[: cells + 1].copy(), rows[:cells].copy(), columns[:cells].copy()


def _counting(key, order):  # type: ignore[no-untyped-def]
    """Return the order sorted by key, equal keys left as they stand."""
    place = np.zeros(key.max() + 2, dtype=np.int64)
    for i in range(len(key)):
        place[key[i] + 1] += 1
    for k in range(1, len(place)):
        place[k] += place[k - 1]
    out = np.empty_like(order)
    for i in range(len(order)):
        k = key[order[i]]
        out[place[k]] = order[i]
        place[k] += 1
    return out


def _find_core(points, starts, rows, columns, eps, min_samples, core, begin, end):  # type: ignore[no-untyped-def]
    """Mark core points of the cells from ``begin`` to ``end``."""
    cells, reach = len(rows), eps * eps
    pointer = np.zeros(5, dtype=np.int64)
    for r in range(5):
        pointer[r] = np.searchsorted(rows, rows[begin] + r - 2) if begin < cells else 0
    for c in range(begin, end):
        for r in range(5):
            p = pointer[r]
            while p < cells and (
                rows[p] < rows[c] + r - 2 or (rows[p] == rows[c] + r - 2 and columns[p] < columns[c] - 2)
            ):
                p += 1
            pointer[r] = p
        inside = starts[c + 1] - starts[c]
        if inside >= min_samples:
            core[starts[c] : starts[c + 1]] = True
            continue
        for i in range(starts[c], starts[c + 1]):
            x, y, count = points[i, 0], points[i, 1], inside
            for r in (1, 3, 0, 2, 4):
                p = pointer[r]
                while p < cells and rows[p] == rows[c] + r - 2 and columns[p] <= columns[c] + 2 and count < min_samples:
                    if p != c:
                        for j in range(starts[p], starts[p + 1]):
                            dx, dy = points[j, 0] - x, points[j, 1] - y
                            if dx * dx + dy * dy <= reach:
                                count += 1
                    p += 1
            core[i] = count >= min_samples


def _join(points, core, starts, rows, columns, eps):  # type: ignore[no-untyped-def]
    """Join cells that share a cluster; return each cell's root (-1: no core point), the core points, their starts."""
    cells, reach = len(rows), eps * eps
    cores = points[core]
    begins = np.zeros(cells + 1, dtype=np.int64)
    for c in range(cells):
        begins[c + 1] = begins[c] + core[starts[c] : starts[c + 1]].sum()
    parent = np.arange(cells)
    pointer = np.zeros(3, dtype=np.int64)
    for c in range(cells):
        for r in range(3):
            p = max(pointer[r], c + 1)
            while p < cells and (rows[p] < rows[c] + r or (rows[p] == rows[c] + r and columns[p] < columns[c] - 2)):
                p += 1
            pointer[r] = p
            while p < cells and rows[p] == rows[c] + r and columns[p] <= columns[c] + 2 and begins[c + 1] > begins[c]:
                a, b = c, p
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                if a != b and begins[p + 1] > begins[p]:
                    some = cores[begins[p] : begins[p + 1]]
                    west, east, south, north = some[:, 0].min(), some[:, 0].max(), some[:, 1].min(), some[:, 1].max()
                    for i in range(begins[c], begins[c + 1]):
                        x, y = cores[i, 0], cores[i, 1]
                        dx, dy = max(west - x, 0.0, x - east), max(south - y, 0.0, y - north)
                        touch = False
                        if dx * dx + dy * dy <= reach:
                            for j in range(len(some)):
                                dx, dy = some[j, 0] - x, some[j, 1] - y
                                if dx * dx + dy * dy <= reach:
                                    touch = True
                                    break
                        if touch:
                            parent[max(a, b)] = min(a, b)
                            break
                p += 1
    for c in range(cells):
        parent[c] = parent[parent[c]] if begins[c + 1] > begins[c] else -1
    return parent, cores, begins


def _number(order, core, starts, root):  # type: ignore[no-untyped-def]
    """Return the cluster of each cell, numbered by the lowest row of a core point, as scikit-learn numbers them."""
    first = np.full(len(root), len(order), dtype=np.int64)
    for c in range(len(root)):
        for i in range(starts[c], starts[c + 1]):
            if core[i] and order[i] < first[root[c]]:
                first[root[c]] = order[i]
    number = np.full(len(root), -1, dtype=np.int64)
    ranked = np.argsort(first)
    for k in range(len(root)):
        if first[ranked[k]] < len(order):
            number[ranked[k]] = k
    for c in range(len(root)):
        if root[c] >= 0:
            first[c] = number[root[c]]
        else:
            first[c] = -1
    return first


def _colour(points, order, core, starts, rows, columns, eps, cluster, cores, begins, out, begin, end):  # type: ignore[no-untyped-def]
    """Write labels for the cells from ``begin`` to ``end``: a border point joins its lowest-numbered cluster."""
    cells, reach = len(rows), eps * eps
    pointer = np.zeros(5, dtype=np.int64)
    for r in range(5):
        pointer[r] = np.searchsorted(rows, rows[begin] + r - 2) if begin < cells else 0
    for c in range(begin, end):
        for r in range(5):
            p = pointer[r]
            while p < cells and (
                rows[p] < rows[c] + r - 2 or (rows[p] == rows[c] + r - 2 and columns[p] < columns[c] - 2)
            ):
                p += 1
            pointer[r] = p
        for i in range(starts[c], starts[c + 1]):
            best = cluster[c]
            for r in range(5):
                p = pointer[r]
                while not core[i] and p < cells and rows[p] == rows[c] + r - 2 and columns[p] <= columns[c] + 2:
                    if cluster[p] >= 0 and (best < 0 or cluster[p] < best):
                        for j in range(begins[p], begins[p + 1]):
                            dx, dy = cores[j, 0] - points[i, 0], cores[j, 1] - points[i, 1]
                            if dx * dx + dy * dy <= reach:
                                best = cluster[p]
                                break
                    p += 1
            out[order[i]] = best
