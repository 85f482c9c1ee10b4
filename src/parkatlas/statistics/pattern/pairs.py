"""Pairs of points within reach of each other, a block at a time, and sums over them by distance."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from parkatlas.statistics.pattern.edges import SetCovariance
from parkatlas.statistics.window import Floats, Ints

_BLOCK = 200_000  # combinations looked at in one go: about what fits the second-level cache
_COMPILED_FROM = 5_000_000  # pairs in all from which starting the compiler pays


class Pairs(NamedTuple):
    """Pairs (first, second) with their displacement and squared distance, at most `reach` apart."""

    first: Ints
    second: Ints
    dx: Floats
    dy: Floats
    squared: Floats


def pair_blocks(xy: Floats, reach: float) -> Iterator[Pairs]:
    """Give every unordered pair of points at most ``reach`` apart once, in blocks."""
    order = np.argsort(xy[:, 0], kind="stable")
    x, y = xy[order].T
    yield from _blocks((x, y, order), (x, y, order), reach, same=True)


def cross_blocks(a: Floats, b: Floats, reach: float) -> Iterator[Pairs]:
    """Give every pair of a point of ``a`` and one of ``b`` at most ``reach`` apart, in blocks."""
    of_a, of_b = (np.argsort(points[:, 0], kind="stable") for points in (a, b))
    yield from _blocks((*a[of_a].T, of_a), (*b[of_b].T, of_b), reach, same=False)


def _blocks(
    a: tuple[Floats, Floats, Ints], b: tuple[Floats, Floats, Ints], reach: float, *, same: bool
) -> Iterator[Pairs]:
    (ax, ay, of_a), (bx, by, of_b) = a, b
    first, n = 0, len(ax)
    ends = np.searchsorted(bx, ax + reach * (1 + 1e-12), side="right")
    begins = np.arange(n) + 1 if same else np.searchsorted(bx, ax - reach * (1 + 1e-12), side="left")
    while first < n:
        low = int(begins[first])
        last = min(n, first + max(_BLOCK // max(int(ends[first]) - low, 1), 1))
        high = int(ends[last - 1])
        dx = bx[None, low:high] - ax[first:last, None]
        dy = by[None, low:high] - ay[first:last, None]
        squared = dx * dx + dy * dy
        near = squared <= reach * reach
        if same:
            near &= np.arange(low, high)[None, :] > np.arange(first, last)[:, None]
        i, j = np.nonzero(near)
        yield Pairs(of_a[i + first], of_b[j + low], dx[i, j], dy[i, j], squared[i, j])
        first = last


def bins(squared: Floats, radii: Floats) -> Ints:
    """Return for each pair the place of the smallest radius that reaches it; a pair at exactly r counts at r."""
    return np.asarray(np.searchsorted(radii * radii, squared, side="left"), dtype=np.int64)


def sums(blocks: Iterator[Pairs], radii: Floats, weight: Callable[[Pairs], Floats] | None = None) -> Floats:
    """Return the sum of weights over pairs at most each radius apart; a pair counts 1 where no weight is given."""
    total = np.zeros(len(radii))
    for pairs in blocks:
        place = bins(pairs.squared, radii)
        total += np.bincount(place, None if weight is None else weight(pairs), len(radii))
    return np.cumsum(total)


def translated_sums(a: Floats, b: Floats | None, radii: Floats, covariance: SetCovariance | None) -> Floats:
    """Return sums over pairs of 1 / set covariance (of 1 where it is None), by radius; ``b`` None: pairs within ``a``.

    Large sums run compiled where numba is installed (the extra ``fast``), with the same result but for the order in
    which they are added up.
    """
    kernel = compiled() if _many(a, b, radii) else None
    if kernel is not None:
        return np.asarray(kernel(a, b, radii, covariance))
    blocks = pair_blocks(a, radii[-1]) if b is None else cross_blocks(a, b, radii[-1])
    return sums(blocks, radii, None if covariance is None else lambda pairs: 1.0 / covariance.at(pairs.dx, pairs.dy))


def _many(a: Floats, b: Floats | None, radii: Floats) -> bool:
    spread = np.ptp(a, axis=0) if len(a) else np.zeros(2)
    ground = float(np.prod(np.maximum(spread, radii[-1])))
    other = len(a) / 2 if b is None else len(b)
    return bool(len(a) * other * np.pi * radii[-1] ** 2 > _COMPILED_FROM * max(ground, 1e-9))


@functools.cache
def compiled() -> Callable[..., Any] | None:
    """Return the compiled kernel, or None where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    from parkatlas.statistics.pattern.compiled import load

    return load()
