"""Ripley's K and L, across two kinds, and where density varies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.statistics.pattern.curves import Curve
from parkatlas.statistics.pattern.edges import SetCovariance, circle_share, set_covariance
from parkatlas.statistics.pattern.pairs import Pairs, bins, cross_blocks, pair_blocks, sums, translated_sums
from parkatlas.statistics.readings import careful, refused
from parkatlas.statistics.window import Floats, Ground, Sites, Window, place

Correction = Literal["none", "border", "translation", "isotropic"]
CORRECTIONS: dict[Correction, str] = {
    "none": "no edge correction (biased low)",
    "border": "border correction: only points farther than r from the border count as centres",
    "translation": "translation correction by the set covariance of the window",
    "isotropic": "isotropic (Ripley) correction by the share of each circle in the window",
}
STEPS = 50


@dataclass(frozen=True, eq=False)
class Estimator:
    """K in one window at given radii: what does not depend on the points, computed once."""

    window: Window
    radii: Floats
    correction: Correction
    covariance: SetCovariance | None
    repeats: int = 1

    def k(self, a: Floats, b: Floats | None = None) -> Floats:
        """Return K of the points, or from the points ``a`` to the points ``b``; NaN for fewer than two points."""
        pairs = len(a) * (len(a) - 1) if b is None else len(a) * len(b)
        if pairs <= 0:
            return np.full(len(self.radii), np.nan)
        if self.correction == "border":
            return self._border(a, b)
        area = self.window.area
        if self.correction == "isotropic":
            blocks = _blocks(a, b, self.radii[-1])
            total = sums(blocks, self.radii, self._isotropic(a, b))
        else:
            total = translated_sums(a, b, self.radii, self.covariance, self.repeats) * (2.0 if b is None else 1.0)
            total *= area if self.covariance is not None else 1.0
        return np.asarray(total * area / pairs)

    def pair_weight(self, xy: Floats) -> Callable[[Pairs], Floats]:
        """Return the weight of an unordered pair, counted both ways, for any correction but the border's."""
        covariance, area = self.covariance, self.window.area
        if covariance is not None:
            return lambda pairs: 2.0 * area / covariance.at(pairs.dx, pairs.dy)
        if self.correction == "isotropic":
            return self._isotropic(xy, None)
        return lambda pairs: np.full(len(pairs.first), 2.0)

    def _isotropic(self, a: Floats, b: Floats | None) -> Callable[[Pairs], Floats]:
        border = self.window.border_distance(a)

        def share(ends: npt.NDArray[np.int64], apart: Floats) -> Floats:
            seen = np.ones(len(ends))
            cut = apart > border[ends]
            seen[cut] = circle_share(self.window, a[ends[cut]], apart[cut])
            return seen

        def weight(pairs: Pairs) -> Floats:
            apart = np.sqrt(pairs.squared)
            forth = 1.0 / share(pairs.first, apart)
            return forth if b is not None else forth + 1.0 / share(pairs.second, apart)

        return weight

    def _border(self, a: Floats, b: Floats | None) -> Floats:
        size = len(self.radii)
        sure = np.searchsorted(self.radii, self.window.border_distance(a), side="right")  # radii that stay inside
        change = np.zeros(size + 1)
        for pairs in _blocks(a, b, self.radii[-1]):
            place_ = bins(pairs.squared, self.radii)
            for ends in (pairs.first, pairs.second) if b is None else (pairs.first,):
                counts = sure[ends] > place_
                change += np.bincount(place_[counts], minlength=size + 1)
                change -= np.bincount(sure[ends][counts], minlength=size + 1)
        centres = np.cumsum(np.bincount(sure, minlength=size + 1)[::-1])[::-1][1:]
        density = ((len(a) - 1) if b is None else len(b)) / self.window.area
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(centres > 0, np.cumsum(change)[:size] / (centres * density), np.nan))


def estimator(window: Window, radii: Floats, correction: Correction | None, repeats: int = 1) -> Estimator:
    """Return the estimator of K, with its set covariance where the correction needs one; None is "none".

    ``repeats`` says how often it will be used: many uses of many points are worth compiling for.
    """
    correction = "none" if correction is None else correction
    if correction not in CORRECTIONS:
        raise ValueError(f"unknown correction {correction!r}: one of {', '.join(CORRECTIONS)}")
    covariance = set_covariance(window, float(radii[-1])) if correction == "translation" else None
    return Estimator(window, radii, correction, covariance, repeats)


def radii_in(window: Window, radii: npt.ArrayLike | None, steps: int = STEPS) -> Floats:
    """Return increasing radii in metres: those given, or equal steps up to a quarter of the window's shorter side.

    Raises
    ------
    ValueError
        For radii that are not increasing, not positive, or larger than the shorter side (where corrections mean
        nothing).
    """
    if radii is None:
        return np.linspace(0.0, window.shorter_side / 4.0, steps + 1)[1:]
    given = np.asarray(radii, dtype=float)
    if given.ndim != 1 or len(given) == 0 or not (np.isfinite(given).all() and (np.diff(given) > 0).all()):
        raise ValueError("radii must be an increasing list of metres")
    if given[0] < 0 or given[-1] <= 0 or given[-1] > window.shorter_side:
        raise ValueError(f"radii must lie between 0 and the window's shorter side, {window.shorter_side:.0f} m")
    return given


def ripley_k(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    radii: npt.ArrayLike | None = None,
    correction: Correction | None = "translation",
) -> Curve:
    """Return Ripley's K: the mean number of further points within r of a point, over the density.

    No test: a curve above pi r^2 says nothing by itself. `envelope` compares it with chance.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        Where points could stand; points outside are left out, counted and listed.
    radii : sequence of float, optional
        Increasing, in metres. Default: 50 steps to a quarter of the window's shorter side.
    correction : {"translation", "isotropic", "border", "none"}
        Edge correction. Translation is the default: exact in any polygon and fast. Isotropic is exact too, and slow
        in windows of thousands of vertices. "none" is for comparison with packages that have nothing else.

    Returns
    -------
    Curve
        Table with r_m, observed (K in m2), expected (pi r^2), and for "border" the share of points kept. Fewer than
        two points give NaN with a reason.

    References
    ----------
    Ripley 1976, The second-order analysis of stationary point processes. Ohser 1983, On estimators for the reduced
    second moment measure of point processes.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> corners = gpd.GeoSeries.from_xy([40, 60, 60, 40], [40, 40, 60, 60], crs=4551)
    >>> ripley_k(corners, shapely.box(0, 0, 100, 100), radii=[20], correction="none").table["observed"].tolist()
    [6666.666666666667]
    """
    sites = place(points, window)
    measure, values = _measured(sites, radii, correction)
    table = k_table(measure, values, np.pi * measure.radii**2, sites.xy)
    return _curve(
        "ripley_k", "K(r) = A / (n (n - 1)) sum w_ij 1(d_ij <= r)", "m2", table=table, sites=sites, measure=measure
    )


def ripley_l(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    radii: npt.ArrayLike | None = None,
    correction: Correction | None = "translation",
) -> Curve:
    """Return Besag's L(r) = sqrt(K(r) / pi), which is r for a random pattern.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        Where points could stand; points outside are left out, counted and listed.
    radii, correction
        As in `ripley_k`.

    Returns
    -------
    Curve
        Table with r_m, observed (L in metres), expected (r) and l_minus_r, which is what to look at: positive where
        points have more neighbours within r than chance gives; reason as in `ripley_k`.

    References
    ----------
    Besag 1977, Contribution to the discussion of Dr Ripley's paper.
    """
    sites = place(points, window)
    measure, k = _measured(sites, radii, correction)
    table = k_table(measure, np.sqrt(k / np.pi), measure.radii, sites.xy)
    table.insert(3, "l_minus_r", table["observed"] - table["r_m"])
    return _curve("ripley_l", "L(r) = sqrt(K(r) / pi)", "m", table=table, sites=sites, measure=measure)


def _measured(sites: Sites, radii: npt.ArrayLike | None, correction: Correction | None) -> tuple[Estimator, Floats]:
    measure = estimator(sites.ground, radii_in(sites.ground, radii), correction)
    return measure, measure.k(sites.xy)


def k_table(
    measure: Estimator, values: Floats, expected: Floats, centres: Floats, few: str = "fewer than two points"
) -> pd.DataFrame:
    """Return the table of a curve, with the share of centres kept and the reason where a value is unknown."""
    table = pd.DataFrame({"r_m": measure.radii, "observed": values, "expected": expected})
    if measure.correction == "border":
        border = measure.window.border_distance(centres)
        table["share_kept"] = [(border >= r).mean() if len(border) else np.nan for r in measure.radii]
    unknown = np.isnan(values)
    reason = few if unknown.all() else "no point is that far from the border"
    table["reason"] = np.where(unknown, reason, "")
    return table


def _curve(
    name: str, formula: str, unit: str, *, table: pd.DataFrame, sites: Sites, measure: Estimator, **params: Any
) -> Curve:
    seen = table["observed"].notna().any()
    ratio = table["observed"] / table["expected"]
    peak = int(ratio.argmax()) if seen else 0
    at = table["r_m"].iloc[peak] / 1000
    zh = f"在{at:.2f}公里处为随机期望的{ratio.iloc[peak]:.2f}倍（最大），未做检验"
    en = f"at most {ratio.iloc[peak]:.2f} times its expectation, at {at:.2f} km; not tested"
    said = careful(zh, en, sites.n) if seen else refused("fewer than two points")
    return Curve(
        name=name,
        symbol="L" if name == "ripley_l" else "K(r)",
        less_r=name == "ripley_l",
        definition=f"{formula}, with {CORRECTIONS[measure.correction]}.",
        reference="Ripley 1976; Besag 1977; Ohser 1983",
        unit=unit,
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=table,
        params={"correction": measure.correction, **params, **sites.params()},
        **said,
    )


def _blocks(a: Floats, b: Floats | None, reach: float) -> Any:
    return pair_blocks(a, reach) if b is None else cross_blocks(a, b, reach)
