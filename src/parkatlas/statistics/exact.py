"""Exact tests and intervals for small counts, over arrays; and what many tests at once ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# As scipy and R do: outcomes count as equally unlikely where rounding alone tells them apart.
_SLACK = 1 + 1e-7
FEW = 5.0  # below this expected count no quotient is read as specialisation


def binomial_p(k: npt.ArrayLike, n: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Return two-sided exact p-values of k out of n at probability p: the sum over outcomes no likelier than k.

    Broadcasts. NaN where n is zero or p is not finite.

    >>> round(float(binomial_p(10, 10, 0.5)), 9)
    0.001953125
    """
    hits, size, odds = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (k, n, p)))
    tested = (size > 0) & np.isfinite(odds)
    law = stats.binom(size[tested], odds[tested])
    return _two_sided(hits, size, tested, law, size[tested] * odds[tested])


def hypergeometric_p(k: npt.ArrayLike, n: npt.ArrayLike, marked: npt.ArrayLike, total: npt.ArrayLike) -> Floats:
    """Return two-sided exact p-values of k marked among n drawn without replacement: Fisher's exact test.

    >>> round(float(hypergeometric_p(3, 4, 4, 8)), 6)  # Fisher's lady tasting tea, two-sided
    0.485714
    """
    hits, size, m, all_ = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (k, n, marked, total)))
    tested = size > 0
    law = stats.hypergeom(all_[tested], m[tested], size[tested])
    return _two_sided(hits, size, tested, law, size[tested] * m[tested] / all_[tested])


def clopper_pearson(k: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the exact interval for a probability (Clopper and Pearson 1934); NaN where n is zero.

    >>> low, high = clopper_pearson(0, 10)
    >>> float(low), round(float(high), 4)
    (0.0, 0.3085)
    """
    hits, size = np.broadcast_arrays(np.asarray(k, dtype=float), np.asarray(n, dtype=float))
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(hits > 0, stats.beta.ppf(tail, hits, size - hits + 1), 0.0)
        high = np.where(hits < size, stats.beta.ppf(1 - tail, hits + 1, size - hits), 1.0)
    none = size <= 0
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def adjust(p: npt.ArrayLike) -> Floats:
    """Return p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995); NaN is not a test."""
    given = np.asarray(p, dtype=float)
    out: Floats = np.full(given.shape, np.nan)
    tested = np.isfinite(given)
    if tested.any():
        out[tested] = stats.false_discovery_control(given[tested])
    return out


def simulated_p(seen: npt.ArrayLike, drawn: npt.ArrayLike) -> Floats:
    """Return two-sided p-values of values against simulations along axis 0: twice the smaller tail, at most 1.

    The value itself counts among the simulations, so that p is never below 2 / (m + 1). NaN where the value is.
    """
    value, null = np.asarray(seen, dtype=float), np.asarray(drawn, dtype=float)
    slack = 1e-12 * np.maximum(1.0, np.abs(value))
    above, below = (null >= value - slack).sum(axis=0), (null <= value + slack).sum(axis=0)
    p = np.minimum(1.0, 2.0 * (np.minimum(above, below) + 1) / (len(null) + 1))
    return np.where(np.isfinite(value), p, np.nan)


def _two_sided(hits: Floats, size: Floats, tested: Bools, law: Any, mean: Floats) -> Floats:
    """Return p-values of a law that falls away on both sides of its mean: the tail of k and its like beyond the mean.

    The other tail begins where an outcome is no likelier than k; it is found by halving, for all cells at once.
    """
    out: Floats = np.full(hits.shape, np.nan)
    k = hits[tested]
    limit = law.pmf(k) * _SLACK
    below = k <= mean
    start, way = np.where(below, np.ceil(mean), np.floor(mean)), np.where(below, 1.0, -1.0)
    near, far = np.zeros_like(k), np.where(below, size[tested] - start, start) + 1.0  # steps from the mean
    while (near < far).any():
        middle = np.floor((near + far) / 2)
        small = law.pmf(start + way * middle) <= limit
        near, far = np.where(small | (near >= far), near, middle + 1), np.where(small & (near < far), middle, far)
    edge = start + way * near
    p = np.where(below, law.cdf(k) + law.sf(edge - 1), law.sf(k - 1) + law.cdf(edge))
    out[tested] = np.minimum(p, 1.0)
    return out
