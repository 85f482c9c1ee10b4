# ruff: noqa: PLR0917
"""Pair sums compiled by numba (the extra ``fast``), for patterns of many thousand points.

Points are sorted into square cells, row by row; the candidates of a point in one row of cells then lie side by side.
Squared distances are compared with squared radii, as the plain code does it, so both count the same pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parkatlas.statistics.pattern.edges import SetCovariance
from parkatlas.statistics.window import Floats

_FINE = 4  # cells along one reach


def load() -> Callable[..., Floats]:
    """Compile, or take from the cache, and return ``f(a, b, radii, covariance)``."""
    import numba

    kernel: Callable[..., Any] = numba.njit(nogil=True, cache=True, error_model="numpy")(_add_up)

    def pair_sums(a: Floats, b: Floats | None, radii: Floats, covariance: SetCovariance | None) -> Floats:
        reach = float(radii[-1])
        other = a if b is None else b
        if len(a) == 0 or len(other) == 0 or reach <= 0:
            raise ValueError("the compiled kernel needs points and a positive reach")
        size = max(reach / _FINE, float(np.ptp(other, axis=0).max()) / 4096, 1e-9)
        low = other.min(axis=0)
        column, row = (np.floor((other[:, axis] - low[axis]) / size).astype(np.int64) for axis in (0, 1))
        columns, rows = int(column.max()) + 1, int(row.max()) + 1
        cell = row * columns + column
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(rows * columns + 1))
        points = np.ascontiguousarray(other[order])
        from_ = points if b is None else np.ascontiguousarray(a)
        table = np.ones((2, 2)) if covariance is None else covariance.table
        step, middle = (1.0, -1) if covariance is None else (covariance.step, covariance.middle)
        shape = (b is None, low[0], low[1], size, columns, rows)
        return np.cumsum(kernel(from_, points, starts, shape, radii, table, step, middle))

    return pair_sums


def load_histogram() -> Callable[[Floats, float, int], Floats]:
    """Compile, or take from the cache, and return ``f(xy, step, bins)`` counting pairs by distance in steps."""
    import numba

    kernel: Callable[..., Any] = numba.njit(nogil=True, cache=True)(_count)

    def histogram(xy: Floats, step: float, bins: int) -> Floats:
        x, y = np.ascontiguousarray(xy.T)
        return np.asarray(kernel(x, y, 1.0 / step, bins), dtype=float)

    return histogram


def _count(x, y, per_metre, bins):  # type: ignore[no-untyped-def]
    counts = np.zeros((4, bins + 1), dtype=np.int64)  # four, so that one count need not wait for the one before
    place = np.zeros(len(x), dtype=np.int32)
    for i in range(len(x)):
        rest = len(x) - i - 1
        for k in range(rest):
            dx, dy = x[i] - x[i + 1 + k], y[i] - y[i + 1 + k]
            place[k] = min(np.sqrt(dx * dx + dy * dy) * per_metre, bins)
        for k in range(rest):
            counts[k & 3, place[k]] += 1
    return counts.sum(axis=0)[:bins]


def _add_up(a, b, starts, shape, radii, table, step, middle):  # type: ignore[no-untyped-def]
    same, west, south, size, columns, rows = shape
    squares = radii * radii
    reach2 = squares[-1]
    span = int(np.ceil(radii[-1] / size))
    scale = len(radii) / radii[-1]
    last = len(radii) - 1
    total = np.zeros(len(radii))
    for i in range(len(a)):
        x, y = a[i, 0], a[i, 1]
        column, row = int(np.floor((x - west) / size)), int(np.floor((y - south) / size))
        left, right = max(column - span, 0), min(column + span, columns - 1)
        if left > right:
            continue
        for r in range(row if same else max(row - span, 0), min(row + span, rows - 1) + 1):
            begin = i + 1 if same and r == row else starts[r * columns + left]
            for j in range(begin, starts[r * columns + right + 1]):
                dx, dy = b[j, 0] - x, b[j, 1] - y
                squared = dx * dx + dy * dy
                if squared <= reach2:
                    k = min(int(np.sqrt(squared) * scale), last)
                    while k > 0 and squared <= squares[k - 1]:
                        k -= 1
                    while squared > squares[k]:
                        k += 1
                    if middle < 0:
                        total[k] += 1.0
                    else:
                        u, v = dx / step + middle, dy / step + middle
                        c, q = int(u), int(v)
                        u -= c
                        v -= q
                        below = table[q, c] + u * (table[q, c + 1] - table[q, c])
                        above = table[q + 1, c] + u * (table[q + 1, c + 1] - table[q + 1, c])
                        total[k] += 1.0 / (below + v * (above - below))
    return total
