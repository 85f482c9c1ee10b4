"""Duranton and Overman's K-density: at which distances do the plants of a sector stand, against all sites there are."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import cdist, pdist
from scipy.stats import rankdata

from parkatlas.statistics.pattern.bands import in_km, stretches
from parkatlas.statistics.pattern.curves import Curve
from parkatlas.statistics.pattern.kinds import SECTOR, Kinds, Names, kinds_of
from parkatlas.statistics.readings import careful, refused
from parkatlas.statistics.window import Floats, Ground

Weighting = Literal["product", "sum"]
SIMULATIONS, SEED, ALPHA, STEPS = 1000, 0, 0.05, 100
# bins to a bandwidth: finer where few pairs leave the errors of binning no chance to cancel
_FINE, _FINEST, _FEW = 32, 256, 100
_BLOCK = 250  # points to a block: their distances stay in the second-level cache
_MANY = 20_000  # points from which quantiles of pair distances come from a random part of them
_MEDIAN_BINS = 20_000
_COMPILED_FROM = 200_000_000  # ordered pairs, over all simulations, from which starting the compiler pays


@dataclass(frozen=True, eq=False)
class Smoother:
    """From distances of pairs to K-density: a histogram of ``step`` metres, then a kernel, reflected at zero."""

    distances: Floats
    bandwidth: float
    step: float
    matrix: Floats
    repeats: int = 1

    def density(self, xy: Floats, weight: Floats | None, weighting: Weighting) -> Floats:
        """Return the K-density of points at the distances; a weight None counts every pair once."""
        kernel = compiled() if weight is None and len(xy) ** 2 * self.repeats > _COMPILED_FROM else None
        if kernel is not None:
            counts, total = kernel(xy, self.step, self.matrix.shape[1]), len(xy) * (len(xy) - 1) / 2.0
        else:
            counts, total = pair_histogram(xy, weight, self.step, self.matrix.shape[1], weighting)
        return np.asarray(self.matrix @ counts / total)


def smoother(distances: Floats, bandwidth: float, repeats: int = 1, *, fine: int = _FINE) -> Smoother:
    """Return the smoother for distances and a bandwidth in metres; ``repeats`` says how often it will be used.

    ``fine`` is the number of bins to a bandwidth.
    """
    step = bandwidth / fine
    middle = (np.arange(int(np.ceil((distances[-1] + 6.0 * bandwidth) / step))) + 0.5) * step
    near, far = ((distances[:, None] + sign * middle) / bandwidth for sign in (-1.0, 1.0))
    matrix = (np.exp(-0.5 * near**2) + np.exp(-0.5 * far**2)) / (bandwidth * np.sqrt(2.0 * np.pi))
    return Smoother(distances, bandwidth, step, matrix, repeats)


@functools.cache
def compiled() -> Callable[[Floats, float, int], Floats] | None:
    """Return the compiled histogram, or None where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    from parkatlas.statistics.pattern.compiled import load_histogram

    return load_histogram()


def duranton_overman(
    points: gpd.GeoDataFrame,
    window: Ground | None = None,
    *,
    kind: str = SECTOR,
    label: str | None = None,
    weight: str | None = None,
    weighting: Weighting = "product",
    distances: npt.ArrayLike | None = None,
    bandwidth_m: float | None = None,
    simulations: int = SIMULATIONS,
    seed: int = SEED,
    alpha: float = ALPHA,
    names: Names | None = None,
) -> Curve:
    """Return the K-density of a sector's pair distances with local and global bands, Gamma and Psi.

    The null leaves the sites as they are: in each simulation as many sites as the sector has plants are drawn, without
    replacement, from the sites of all points (and get the sector's weights). Land, roads and city centre are thereby
    allowed for: what is left is the sector.

    Parameters
    ----------
    points : GeoDataFrame
        Points of all kinds in a projected CRS in metres.
    window : areas or polygon, optional
        Points outside are left out, counted and listed. The null needs no window.
    kind : str
        The column, such as ``sector``.
    label : str, optional
        The kind asked about; default: the most frequent.
    weight : str, optional
        Column such as ``employees``; points of unknown weight are left out.
    weighting : {"product", "sum"}
        Weight of a pair: e_k e_l (Duranton and Overman) or e_k + e_l (Behrens and Bougna 2015).
    distances : sequence of float, optional
        Increasing, in metres; default: 100 steps from 0 to the median pair distance of all points.
    bandwidth_m : float, optional
        Default: Silverman's rule on the pair distances of the sector, used for the simulations too.
    simulations, seed : int
        Number of draws and their seed, recorded. With fewer than some hundreds the bands are too narrow.
    alpha : float
        Local bands leave this share on each side at each distance; each side of the global band is crossed anywhere by
        at most this share of the simulations.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en, for readings and figures.

    Returns
    -------
    Curve
        Table with r_m, observed (per km), expected (mean of the simulations), low_local, high_local, low_global,
        high_global, gamma (excess over the global band), psi (deficit; 0 everywhere if gamma is anywhere positive),
        reason. ``params`` holds their integrals over distance and the ranges. Fewer than two plants, or no other
        site than theirs, give NaN with a reason.

    Notes
    -----
    K(d) = 1 / (h sum w) sum_{k<l} w_kl [phi((d - d_kl) / h) + phi((d + d_kl) / h)]: reflected at zero, so that no
    density is lost below it. Computed by a histogram of distances with 32 bins to h (256 for up to 100 plants), then
    smoothed: within a thousandth of the pair-by-pair sum. Duranton and Overman 2005.

    References
    ----------
    Duranton and Overman 2005, Testing for localization using micro-geographic data. Behrens and Bougna 2015, An
    anatomy of the geographical concentration of Canadian manufacturing industries.
    """
    found = kinds_of(points, window, kind, label, weight=weight, names=names)
    if weighting not in ("product", "sum"):
        raise ValueError(f"unknown weighting {weighting!r}: product or sum")
    mine, weights = found.of(0), found.weight[found.marked] if weight is not None else None
    why = _unfit(found, weights)
    grid = distance_grid(found.xy, distances)
    width = silverman(mine) if bandwidth_m is None else float(bandwidth_m)
    if not why and not width > 0:
        why = "all plants at one spot: give a bandwidth"
    table = pd.DataFrame({"r_m": grid})
    asked = {"kind": kind, "weight": weight, "weighting": weighting, "simulations": simulations, "seed": seed,
             "alpha": alpha, "null": "site_choice"}  # fmt: skip
    if why:
        return _curve(points, found, table.assign(**_empty(len(grid)), reason=why), width, **asked)
    smooth = smoother(grid, width, simulations + 1, fine=_FINE if len(mine) > _FEW else _FINEST)
    table["observed"] = smooth.density(mine, weights, weighting) * 1000.0
    drawn = 1000.0 * simulated(smooth, found.xy, len(mine), simulations, seed, weights=weights, weighting=weighting)
    table["expected"] = drawn.mean(axis=0)
    table["low_local"], table["high_local"] = np.quantile(drawn, [alpha, 1.0 - alpha], axis=0)
    table["low_global"], table["high_global"] = one_sided_bands(drawn, alpha)
    table["gamma"] = (table["observed"] - table["high_global"]).clip(lower=0.0)
    deficit = (table["low_global"] - table["observed"]).clip(lower=0.0)
    table["psi"] = deficit if not (table["gamma"] > 0).any() else 0.0
    table["reason"] = ""
    return _curve(points, found, table, width, **asked)


def pair_histogram(
    xy: Floats, weight: Floats | None, step: float, bins: int, weighting: Weighting = "product"
) -> tuple[Floats, float]:
    """Return weights of unordered pairs by distance in steps, the first ``bins`` of them, and their sum over all pairs.

    Examples
    --------
    >>> pair_histogram(np.array([[0.0, 0.0], [0.0, 1.5], [0.0, 3.5]]), None, 1.0, 3)
    (array([0., 1., 1.]), 3.0)
    """
    n = len(xy)
    w = np.ones(n) if weight is None else weight
    counts = np.zeros(max(int(np.hypot(*np.ptp(xy, axis=0)) / step) + 2 if n else 0, bins))
    for first in range(0, n, _BLOCK):
        part = slice(first, first + _BLOCK)
        for next_ in range(first, n, _BLOCK):
            rest = slice(next_, next_ + _BLOCK)
            same = first == next_
            apart = pdist(xy[part]) if same else cdist(xy[part], xy[rest]).ravel()
            apart *= 1.0 / step
            pair = None if weight is None else _pair_weight(w[part], w[rest], weighting, same=same)
            counts += np.bincount(apart.astype(np.intp), pair, len(counts))
    total = (float(w.sum()) ** 2 - float(w @ w)) / 2.0 if weighting == "product" else (n - 1.0) * float(w.sum())
    return counts[:bins], n * (n - 1) / 2.0 if weight is None else total


def one_sided_bands(drawn: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return a lower and an upper curve, each crossed anywhere by at most ``alpha`` of the drawn curves.

    The upper one is the q-th largest value at each distance, with the largest q for which this holds (Duranton and
    Overman's global confidence bands); the lower one likewise. A further curve of the same kind crosses it a little
    more often than those it was made from: 5.2 % of the time with 999 curves and an alpha of 5 %, 7 % with 99.
    """
    m = len(drawn)
    ordered = np.sort(drawn, axis=0)
    sides = []
    for values, at in ((-drawn, -1), (drawn, 1)):
        best = rankdata(values, method="min", axis=0).min(axis=1)  # how extreme a curve gets: 1 is the very extreme
        allowed = int(np.floor(alpha * m + 1e-9))
        q = int(np.sort(best)[allowed]) if allowed < m else m
        sides.append(ordered[m - q] if at < 0 else ordered[q - 1])
    return sides[1], sides[0]


def silverman(xy: Floats) -> float:
    """Return Silverman's (1986) bandwidth of pair distances, 0.9 min(sd, IQR / 1.34) m^(-1/5) over m pairs.

    Quartiles are read from a fine histogram, of a random part where there are over 20,000 points; 0 for fewer than two
    places.
    """
    pairs, xy = len(xy) * (len(xy) - 1) / 2, _part(xy)
    n = len(xy)
    counted = n * (n - 1) / 2
    top = float(np.hypot(*np.ptp(xy, axis=0))) if n > 1 else 0.0
    if top == 0.0:
        return 0.0
    step = top / _MEDIAN_BINS
    counts, _ = pair_histogram(xy, None, step, _MEDIAN_BINS + 1)
    middle = (np.arange(len(counts)) + 0.5) * step
    mean = float(counts @ middle) / counted
    sd = float(np.sqrt(counts @ (middle - mean) ** 2 / max(counted - 1, 1)))
    low, high = (_quantile(counts, step, share) for share in (0.25, 0.75))
    spread = min(sd, (high - low) / 1.34) if high > low else sd
    return float(0.9 * (spread or top) * pairs**-0.2)


def distance_grid(xy: Floats, distances: npt.ArrayLike | None) -> Floats:
    """Return increasing distances: those given, or 100 steps from 0 to the median pair distance of the points."""
    if distances is not None:
        given = np.asarray(distances, dtype=float)
        if given.ndim != 1 or len(given) == 0 or not (np.isfinite(given).all() and (np.diff(given) > 0).all()):
            raise ValueError("distances must be an increasing list of metres")
        if given[0] < 0:
            raise ValueError("distances cannot be negative")
        return given
    xy = _part(xy)
    top = float(np.hypot(*np.ptp(xy, axis=0))) if len(xy) > 1 else 0.0
    if top == 0.0:
        return np.linspace(0.0, 1.0, STEPS + 1)
    step = top / _MEDIAN_BINS
    return np.linspace(0.0, _quantile(pair_histogram(xy, None, step, _MEDIAN_BINS + 1)[0], step, 0.5), STEPS + 1)


def _quantile(counts: Floats, step: float, share: float) -> float:
    total = np.cumsum(counts)
    at = int(np.searchsorted(total, share * total[-1]))
    before = float(total[at - 1]) if at else 0.0
    return step * (at + (share * float(total[-1]) - before) / max(float(counts[at]), 1e-300))


def _pair_weight(a: Floats, b: Floats, weighting: Weighting, *, same: bool) -> Floats:
    pair = np.multiply.outer(a, b) if weighting == "product" else np.add.outer(a, b)
    return np.asarray(pair[np.triu_indices(len(a), 1)] if same else pair.ravel())


def simulated(
    smooth: Smoother,
    sites: Floats,
    n: int,
    simulations: int,
    seed: int,
    *,
    weights: Floats | None = None,
    weighting: Weighting = "product",
) -> Floats:
    """Return the K-densities of drawn sites; each draw has a seed of its own, so threads change nothing."""
    seeds = np.random.SeedSequence(seed).spawn(simulations)

    def draw(own: np.random.SeedSequence) -> Floats:
        rng = np.random.default_rng(own)
        chosen = rng.permutation(len(sites))[:n]
        return smooth.density(sites[chosen], weights, weighting)

    with ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(draw, seeds, chunksize=1)))


def _part(xy: Floats) -> Floats:
    return xy if len(xy) <= _MANY else xy[np.random.default_rng(0).permutation(len(xy))[:_MANY]]


def _unfit(found: Kinds, weights: Floats | None) -> str:
    n = int(found.marked.sum())
    if n < 2:
        return "fewer than two plants"
    if n == len(found.xy):
        return "no site but those of the plants themselves"
    return "weights sum to zero" if weights is not None and np.count_nonzero(weights) < 2 else ""


def _empty(rows: int) -> dict[str, Floats]:
    names = ("observed", "expected", "low_local", "high_local", "low_global", "high_global", "gamma", "psi")
    return {name: np.full(rows, np.nan) for name in names}


def _curve(
    points: gpd.GeoDataFrame,
    found: Kinds,
    table: pd.DataFrame,
    width: float,
    **params: Any,
) -> Curve:
    """Return the result: sums of gamma and psi over distance, the ranges, and the sentence."""
    grid, why = table["r_m"].to_numpy(), str(table["reason"].iloc[0])
    near, far = (stretches(grid, (table[name] > 0).to_numpy()) for name in ("gamma", "psi"))
    total = {name: float(np.trapezoid(table[name], grid / 1000.0)) for name in ("gamma", "psi")}
    who = found.said()
    zh = f"{who[0]}在{in_km(near)[0]}显著集聚，Γ = {total['gamma']:.3f}"
    en = f"{who[1]}: significantly localised {in_km(near)[1]}, Gamma = {total['gamma']:.3f}"
    if not near:
        zh = f"{who[0]}在{in_km(far)[0]}显著分散，Ψ = {total['psi']:.3f}"
        en = f"{who[1]}: significantly dispersed {in_km(far)[1]}, Psi = {total['psi']:.3f}"
    if not near and not far:
        zh = f"{who[0]}与随机选址无显著差异"
        en = f"{who[1]}: not distinguishable from a random choice of sites"
    n = int(found.marked.sum())
    return Curve(
        name="duranton_overman",
        definition="K(d) = 1 / (h sum w) sum_{k<l} w_kl [phi((d - d_kl)/h) + phi((d + d_kl)/h)], Gaussian, reflected "
        "at 0; null: sites drawn without replacement from those of all points.",
        reference="Duranton and Overman 2005; Behrens and Bougna 2015",
        unit="per km",
        n_used=len(found.xy),
        n_dropped=len(points) - len(found.xy),
        table=table,
        names=found.names,
        symbol="K(d)",
        seed=params.pop("seed"),
        params={"bandwidth_m": width, "plants": n, "localised_m": near, "dispersed_m": far, **total, **params,
                **found.params()},
        **(refused(why) if why else careful(zh, en, n)),
    )  # fmt: skip
