"""Pairs of points within reach of each other, a block at a time, and sums over them by distance."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from parkatlas.statistics.pattern.edges import SetCovariance
from parkatlas.statistics.window import Floats, Ints

_BLOCK = 16_000  # combinations looked at in one go: larger arrays leave the cache and are paged in anew each time
_COMPILED_FROM = 40_000_000  # pairs, over all repetitions, from which starting the compiler pays


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of points, at most `reach` apart: displacement and squared distance, and on request who they are."""

    dx: Floats
    dy: Floats
    squared: Floats
    _flat: Ints
    _width: int
    _rows: Ints
    _columns: Ints

    @property
    def first(self) -> Ints:
        """Place of the first point of each pair in the list given."""
        return np.asarray(self._rows[self._flat // self._width])

    @property
    def second(self) -> Ints:
        """Place of the second point of each pair in the list given."""
        return np.asarray(self._columns[self._flat % self._width])


def pair_blocks(xy: Floats, reach: float) -> Iterator[Pairs]:
    """Give every unordered pair of points at most ``reach`` apart once, in blocks."""
    yield from _blocks(xy, xy, reach, same=True)


def cross_blocks(a: Floats, b: Floats, reach: float) -> Iterator[Pairs]:
    """Give every pair of a point of ``a`` and one of ``b`` at most ``reach`` apart, in blocks."""
    yield from _blocks(a, b, reach, same=False)


def _blocks(a: Floats, b: Floats, reach: float, *, same: bool) -> Iterator[Pairs]:
    """Sort by x; the candidates of a run of points are then one run of the others."""
    of_a, of_b = (np.argsort(points[:, 0], kind="stable") for points in (a, b))
    (ax, ay), (bx, by) = (np.ascontiguousarray(points[order].T) for points, order in ((a, of_a), (b, of_b)))
    slack = reach * (1 + 1e-12)
    ends = np.searchsorted(bx, ax + slack, side="right")
    begins = np.arange(len(ax)) if same else np.searchsorted(bx, ax - slack, side="left")
    first = 0
    while first < len(ax):
        low = int(begins[first])
        rows = min(max(_BLOCK // max(int(ends[first]) - low, 1), 1), len(ax) - first)
        while rows > 1 and rows * (int(ends[first + rows - 1]) - low) > 2 * _BLOCK:
            rows = (rows + 1) // 2
        last = first + rows
        high = int(ends[last - 1])
        dx = -np.subtract.outer(ax[first:last], bx[low:high])
        dy = -np.subtract.outer(ay[first:last], by[low:high])
        squared = dx * dx
        squared += dy * dy
        if same:
            squared[np.tril_indices(last - first)] = np.inf  # the point itself, and pairs that were given before
        flat = np.flatnonzero(squared.ravel() <= reach * reach)
        dx, dy, squared = (part.ravel()[flat] for part in (dx, dy, squared))
        yield Pairs(dx, dy, squared, flat, high - low, of_a[first:last], of_b[low:high])
        first = last


def bins(squared: Floats, radii: Floats) -> Ints:
    """Return for each pair the place of the smallest radius that reaches it; a pair at exactly r counts at r."""
    squares = radii * radii
    step = radii[-1] / len(radii)
    if len(squared) < 200 or not np.allclose(radii, step * np.arange(1, len(radii) + 1), rtol=1e-9, atol=0.0):
        return np.asarray(np.searchsorted(squares, squared, side="left"), dtype=np.int64)
    place = (np.sqrt(squared) * (1.0 / step)).astype(np.int64)  # right but for pairs at a radius and rounding
    np.minimum(place, len(radii) - 1, out=place)
    place -= squared <= np.concatenate([[-1.0], squares])[place]
    place += squared > squares[place]
    return np.asarray(place)


def sums(blocks: Iterator[Pairs], radii: Floats, weight: Callable[[Pairs], Floats] | None = None) -> Floats:
    """Return the sum of weights over pairs at most each radius apart; a pair counts 1 where no weight is given."""
    total = np.zeros(len(radii))
    for pairs in blocks:
        place = bins(pairs.squared, radii)
        total += np.bincount(place, None if weight is None else weight(pairs), len(radii))
    return np.cumsum(total)


def translated_sums(
    a: Floats, b: Floats | None, radii: Floats, covariance: SetCovariance | None, repeats: int = 1
) -> Floats:
    """Return sums over pairs of 1 / set covariance (of 1 where it is None), by radius; ``b`` None: pairs within ``a``.

    Large sums run compiled where numba is installed (the extra ``fast``), with the same result but for the order in
    which they are added up. ``repeats`` says how often the like will be asked.
    """
    kernel = compiled() if _work(a, b, radii) * repeats > _COMPILED_FROM else None
    if kernel is not None:
        return np.asarray(kernel(a, b, radii, covariance))
    blocks = pair_blocks(a, radii[-1]) if b is None else cross_blocks(a, b, radii[-1])
    return sums(blocks, radii, None if covariance is None else lambda pairs: 1.0 / covariance.at(pairs.dx, pairs.dy))


def _work(a: Floats, b: Floats | None, radii: Floats) -> float:
    """Return about how many pairs are within reach, and a fifth of those looked at for it, of even points."""
    if len(a) == 0:
        return 0.0
    sides = np.maximum(np.ptp(a, axis=0), 1e-9)
    all_pairs = len(a) * (len(a) / 2 if b is None else len(b))
    near = min(np.pi * radii[-1] ** 2 / float(np.prod(sides)), 1.0)
    return float(all_pairs * (near + 0.4 * min(radii[-1] / float(sides[0]), 1.0)))


@functools.cache
def compiled() -> Callable[..., Any] | None:
    """Return the compiled kernel, or None where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    from parkatlas.statistics.pattern.compiled import load

    return load()
