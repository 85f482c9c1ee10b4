"""Indices of a mix: formulas over arrays of counts, sectors along the last axis."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def divide(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Return part / whole, NaN where the whole is zero or missing."""
    above, below = np.broadcast_arrays(np.asarray(part, dtype=float), np.asarray(whole, dtype=float))
    out: Floats = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def shares(counts: npt.ArrayLike) -> Floats:
    """Return each count as a share of its row's sum; NaN in rows that sum to zero."""
    given = np.asarray(counts, dtype=float)
    total = given.sum(axis=-1, keepdims=True)
    return divide(given, total)


def hhi(counts: npt.ArrayLike) -> Floats:
    """Return the sum of squared shares, from 1/S (even) to 1 (one sector); NaN where nothing is counted.

    >>> float(hhi([2, 1, 1]))
    0.375
    """
    given = np.asarray(counts, dtype=float)
    return divide((given**2).sum(axis=-1), given.sum(axis=-1) ** 2)


def effective(counts: npt.ArrayLike) -> Floats:
    """Return 1 / HHI: how many equally large sectors would be as mixed (Hill number of order 2)."""
    return divide(1.0, hhi(counts))


def entropy(counts: npt.ArrayLike) -> Floats:
    """Return Shannon's H' = -sum p ln p in nats; a sector with no count adds nothing; NaN where nothing is counted.

    >>> round(float(entropy([1, 1])), 6)
    0.693147
    """
    p = shares(counts)
    log = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.where(np.asarray(counts).sum(axis=-1) > 0, 0.0 - (p * log).sum(axis=-1), np.nan)


def evenness(counts: npt.ArrayLike) -> Floats:
    """Return H' / ln S with S the sectors present (Pielou 1966); NaN where fewer than two are."""
    present = (np.asarray(counts, dtype=float) > 0).sum(axis=-1)
    span = np.log(np.maximum(present, 1))
    return divide(entropy(counts), span)
