"""K from one kind to another, and K where the density varies."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.statistics.kernels import intensity_without_self, scott_bandwidth
from parkatlas.statistics.pattern.curves import Curve
from parkatlas.statistics.pattern.kinds import SECTOR, Names, kinds_of
from parkatlas.statistics.pattern.pairs import Pairs, pair_blocks, sums
from parkatlas.statistics.pattern.ripley import CORRECTIONS, Correction, Estimator, estimator, k_table, radii_in
from parkatlas.statistics.readings import careful, refused
from parkatlas.statistics.window import Floats, Ground


def cross_k(
    points: gpd.GeoDataFrame,
    window: Ground,
    *,
    kind: str = SECTOR,
    first: str | None = None,
    second: str | None = None,
    radii: npt.ArrayLike | None = None,
    correction: Correction | None = "translation",
    names: Names | None = None,
) -> Curve:
    """Return K from points of one kind to points of another: whether they stand near each other.

    Parameters
    ----------
    points : GeoDataFrame
        Points in a projected CRS in metres, with a column of kinds.
    window : areas or polygon
        Where points could stand; points outside are left out, counted and listed.
    kind : str
        The column, such as ``sector``. Points of unknown kind are left out and counted.
    first, second : str, optional
        The kinds; default: the two most frequent.
    radii, correction
        As in `ripley_k`.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en, for readings and figures.

    Returns
    -------
    Curve
        Table with r_m, observed (m2), expected (pi r^2: independent kinds), reason. For a test use `envelope`: its null
        must be chosen, since "the kinds compete for the same sites" (random labelling) and "the kinds are independent"
        are different questions.

    References
    ----------
    Lotwick and Silverman 1982, Methods for analysing spatial processes of several types of points.
    """
    found = kinds_of(points, window, kind, first, second, two=True, names=names)
    measure = estimator(found.sites.ground, radii_in(found.sites.ground, radii), correction)
    a, b = found.of(0), found.of(1)
    values, few = measure.k(a, b), "one of the kinds has no point"
    table = k_table(measure, values, np.pi * measure.radii**2, a, few=few)
    seen = np.isfinite(values).any()
    at = int(np.flatnonzero(np.isfinite(values))[-1]) if seen else -1
    last = float(values[at] / (np.pi * measure.radii[at] ** 2)) if seen else np.nan
    reach = f"{measure.radii[at] / 1000:.2f}"
    both = found.both_said()
    zh = f"{both[0]}：{reach}公里内为相互独立时的{last:.2f}倍，未做检验"
    en = f"{both[1]}: within {reach} km {last:.2f} times the independent number; not tested"
    return Curve(
        name="cross_k",
        definition=f"K_ij(r) = A / (n_i n_j) sum w 1(d <= r), with {CORRECTIONS[measure.correction]}.",
        reference="Ripley 1976; Lotwick and Silverman 1982",
        unit="m2",
        n_used=len(a) + len(b),
        n_dropped=len(points) - len(a) - len(b),
        table=table,
        names=found.names,
        symbol="K(r)",
        params={"kind": kind, "correction": correction, **found.params()},
        **(careful(zh, en, min(len(a), len(b))) if seen else refused(few)),
    )


@dataclass(frozen=True, eq=False)
class Varying:
    """Inhomogeneous K at given radii, from points and the intensity at each."""

    measure: Estimator

    def k(self, xy: Floats, intensity: Floats) -> Floats:
        """Return K; NaN for fewer than two points."""
        if len(xy) < 2:
            return np.full(len(self.measure.radii), np.nan)
        inverse, plain = 1.0 / intensity, self.measure.pair_weight(xy)

        def weight(pairs: Pairs) -> Floats:
            return np.asarray(plain(pairs) * inverse[pairs.first] * inverse[pairs.second])

        total = sums(pair_blocks(xy, self.measure.radii[-1]), self.measure.radii, weight)
        return np.asarray(total / inverse.sum())  # 1 / A, normalised by A / sum(1 / intensity)


def inhomogeneous_k(
    points: gpd.GeoDataFrame,
    window: Ground,
    *,
    kind: str = SECTOR,
    label: str | None = None,
    bandwidth_m: float | None = None,
    radii: npt.ArrayLike | None = None,
    correction: Correction | None = "translation",
    names: Names | None = None,
) -> Curve:
    """Return K of one kind, allowing for a density that varies as that of all points does.

    Firms follow land and roads; K then calls everything clustered. Here each pair counts the less, the denser the
    places of its points are. The intensity is a kernel density of **all** points (each without itself), scaled to the
    number of the kind: what is left over is clustering of the kind beyond that of firms in general.

    Parameters
    ----------
    points, window, kind
        As in `cross_k`.
    label : str, optional
        The kind; default: the most frequent.
    bandwidth_m : float, optional
        Standard deviation of the kernel in metres; default: Scott's rule on all points. It decides what is trend and
        what is clustering: try several.
    radii : sequence of float, optional
        As in `ripley_k`.
    correction : {"translation", "isotropic", "none"}
        "border" is not offered.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en, for readings and figures.

    Returns
    -------
    Curve
        Table with r_m, observed (m2), expected (pi r^2), reason. NaN with a reason for fewer than two points of the
        kind, and where all points are at one spot and no bandwidth is given.

    Notes
    -----
    K(r) = 1/A sum w_ij / (lambda_i lambda_j), normalised by A / sum(1 / lambda_i) (Baddeley, Møller and Waagepetersen
    2000).

    References
    ----------
    Baddeley, Møller and Waagepetersen 2000, Non- and semi-parametric estimation of interaction in inhomogeneous
    point patterns.
    """
    found = kinds_of(points, window, kind, label, names=names)
    ground = found.sites.ground
    curve = varying(estimator(ground, radii_in(ground, radii), correction))
    width = scott_bandwidth(found.xy) if bandwidth_m is None else float(bandwidth_m)
    xy = found.of(0)
    known = len(xy) > 1 and width > 0
    values = np.full(len(curve.measure.radii), np.nan)
    if known:
        share = len(xy) / len(found.xy)
        values = curve.k(xy, intensity_without_self(ground, found.xy, width)[found.marked] * share)
    few = "fewer than two points" if len(xy) < 2 else "all points at one spot: give a bandwidth"
    table = k_table(curve.measure, values, np.pi * curve.measure.radii**2, xy, few=few)
    ratio = pd.Series(values / (np.pi * curve.measure.radii**2))
    at = int(ratio.argmax()) if known else 0
    words = f"{curve.measure.radii[at] / 1000:.2f}"
    zh = f"{found.said()[0]}在{words}公里处为期望的{ratio[at]:.2f}倍（最大），未做检验"
    en = f"{found.said()[1]}: up to {ratio[at]:.2f} times as expected, {words} km; not tested"
    return Curve(
        name="inhomogeneous_k",
        definition=f"K(r) = 1/A sum w_ij / (lambda_i lambda_j), normalised by A / sum(1/lambda), with "
        f"{CORRECTIONS[curve.measure.correction]}; intensity of all points"
        + (f", bandwidth {width:.0f} m." if width > 0 else "."),
        reference="Baddeley, Møller and Waagepetersen 2000",
        unit="m2",
        n_used=len(xy),
        n_dropped=len(points) - len(xy),
        table=table,
        names=found.names,
        symbol="K(r)",
        params={"kind": kind, "correction": correction, "bandwidth_m": width, **found.params()},
        **(careful(zh, en, len(xy)) if known else refused(few)),
    )


def varying(measure: Estimator) -> Varying:
    """Return the inhomogeneous K of an estimator; the border correction has none."""
    if measure.correction == "border":
        raise ValueError("inhomogeneous K has no border correction here: translation, isotropic or none")
    return Varying(measure)
