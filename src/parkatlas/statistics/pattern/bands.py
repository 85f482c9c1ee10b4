"""Bands round simulated curves, and tests of one curve against them.

Reading a pointwise band as a test is wrong: over 24 radii about 30 % of random patterns leave a 5 % band somewhere. The
global band is made from whole curves, so that a random pattern leaves it anywhere in 5 % of cases only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from parkatlas.statistics.window import Bools, Floats

NO_BAND = "some simulations have no value here"


@dataclass(frozen=True, eq=False)
class Bands:
    """Local (pointwise) and global bands of simulated curves, and three p-values of the observed one.

    ``p`` belongs to the global band (extreme rank length): the observed curve leaves the band exactly where p is at
    most alpha. ``p_mad`` tests the largest absolute deviation from the mean curve, ``p_dclf`` the integrated squared
    deviation (Diggle 1979, Cressie 1993, Loosmore and Ford 2006).
    """

    mean: Floats
    low_local: Floats
    high_local: Floats
    low_global: Floats
    high_global: Floats
    p: float
    p_mad: float
    p_dclf: float


def global_bands(observed: Floats, simulated: Floats, radii: Floats, alpha: float = 0.05) -> Bands:
    """Return bands and p-values of an observed curve among simulated ones.

    Parameters
    ----------
    observed : (k,)
    simulated : (m, k)
        Curves under the null, exchangeable with the observed one if the null is true. Radii where any curve is NaN
        (nothing could be measured) count for nothing and have NaN bands.
    radii : (k,)
        For the integral of `p_dclf`.
    alpha : float
        The global band is left by at most this share of null curves; the local band leaves alpha / 2 on each side.

    Notes
    -----
    Extreme rank length (Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn 2017): at each radius a curve has the smaller of
    its ranks from below and above; curves are ordered by their sorted vectors of these ranks, so that ties of the plain
    rank envelope are broken. The band spans the curves that are not among the most extreme alpha.
    """
    curves = np.vstack([observed, simulated])
    whole = np.isfinite(curves).all(axis=0)
    n, width = curves.shape
    out = {name: np.full(width, np.nan) for name in ("mean", "low_local", "high_local", "low_global", "high_global")}
    if n < 2 or not whole.any():
        return Bands(**out, p=np.nan, p_mad=np.nan, p_dclf=np.nan)
    used = curves[:, whole]
    place = extreme_rank_lengths(used)
    cut = int(np.floor(alpha * n + 1e-9))
    kept = used[place > np.sort(place)[cut - 1]] if cut else used
    if not len(kept):  # all curves tie, as where there is one sector only: none is more extreme than another
        kept = used
    out["mean"][whole] = used[1:].mean(axis=0)
    out["low_local"][whole], out["high_local"][whole] = np.quantile(
        used[1:], [alpha / 2, 1 - alpha / 2], axis=0, method="closest_observation"
    )
    out["low_global"][whole], out["high_global"][whole] = kept.min(axis=0), kept.max(axis=0)
    apart = used - used.mean(axis=0)
    weight = np.gradient(radii[whole]) if whole.sum() > 1 else np.ones(1)
    return Bands(
        **out,
        p=float((place <= place[0]).mean()),
        p_mad=_tail(np.abs(apart).max(axis=1)),
        p_dclf=_tail((apart**2) @ weight),
    )


def extreme_rank_lengths(curves: Floats) -> Floats:
    """Return for each curve how many curves are strictly more extreme, plus its ties: low means extreme."""
    n = len(curves)
    rank = rankdata(curves, axis=0)
    depth = np.sort(np.minimum(rank, n + 1 - rank), axis=1)
    order = np.lexsort(depth.T[::-1])
    ordered = depth[order]
    fresh = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    group = np.cumsum(fresh) - 1
    last = np.append(np.flatnonzero(fresh)[1:], n)
    place = np.empty(n)
    place[order] = last[group]
    return place


def stretches(radii: Floats, flags: Bools) -> list[tuple[float, float]]:
    """Return the ranges of radii, first and last, over which flags hold.

    >>> stretches(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]))
    [(1.0, 2.0), (4.0, 4.0)]
    """
    edge = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return [
        (float(radii[a]), float(radii[b - 1]))
        for a, b in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True)
    ]


def in_km(ranges: list[tuple[float, float]]) -> tuple[str, str]:
    """Return ranges of metres in words, zh and en; a single radius stands alone.

    >>> in_km([(400.0, 2100.0), (3000.0, 3000.0)])
    ('0.40至2.10、3.00公里', 'between 0.40 and 2.10 km and at 3.00 km')
    """
    km = [(f"{a / 1000:.2f}", f"{b / 1000:.2f}") for a, b in ranges]
    zh = "、".join(a if a == b else f"{a}至{b}" for a, b in km)
    en = " and ".join(f"at {a} km" if a == b else f"between {a} and {b} km" for a, b in km)
    return f"{zh}公里", en


def _tail(score: Floats) -> float:
    return float((score >= score[0] * (1 - 1e-12)).mean())
