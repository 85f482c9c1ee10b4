"""Marcon and Puech's M: neighbours of the same sector, relative to neighbours of all sectors."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.statistics.pattern.bands import NO_BAND, global_bands, in_km, stretches
from parkatlas.statistics.pattern.curves import Curve
from parkatlas.statistics.pattern.kinds import SECTOR, Kinds, Names, kinds_of
from parkatlas.statistics.pattern.pairs import bins, cross_blocks, pair_blocks
from parkatlas.statistics.readings import careful, refused
from parkatlas.statistics.result import p_words
from parkatlas.statistics.window import Bools, Floats, Ground, Ints

SIMULATIONS, SEED, ALPHA, STEPS = 999, 0, 0.05, 50


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Sites, and radii round them; how many sites are within each radius of each is counted once."""

    xy: Floats
    radii: Floats

    def m(self, marked: Bools, weight: Floats | None) -> Floats:
        """Return M at the radii for points marked as of the sector; NaN where no marked point has a neighbour.

        ``weight`` None counts every point once.
        """
        rows = np.flatnonzero(marked)
        w = np.ones(len(rows)) if weight is None else weight[rows]
        total = float(len(self.xy)) if weight is None else float(weight.sum())
        own = self._within(self.xy[rows], w)
        everyone = self.counts[rows] if weight is None else self._near(rows, weight)
        usual = np.divide(float(w.sum()) - w, total - w, out=np.zeros(len(rows)), where=total > w)
        met = everyone > 0
        share = np.divide(own, everyone, out=np.zeros(own.shape), where=met).sum(axis=0)
        expected = usual @ met
        return np.asarray(np.divide(share, expected, out=np.full(len(self.radii), np.nan), where=expected > 0))

    @functools.cached_property
    def counts(self) -> Floats:
        """Number of points within each radius of each point (n, radii), itself left out."""
        return self._within(self.xy, np.ones(len(self.xy)))

    def _within(self, xy: Floats, weight: Floats) -> Floats:
        width, total = len(self.radii), np.zeros(len(xy) * len(self.radii))
        for some in pair_blocks(xy, self.radii[-1]):
            place, first, second = bins(some.squared, self.radii), some.first, some.second
            total += np.bincount(first * width + place, weight[second], len(total))
            total += np.bincount(second * width + place, weight[first], len(total))
        return total.reshape(len(xy), width).cumsum(axis=1)

    def _near(self, rows: Ints, weight: Floats) -> Floats:
        """Return the weights of all points within each radius of some of them, their own left out."""
        width, total = len(self.radii), np.zeros(len(rows) * len(self.radii))
        for some in cross_blocks(self.xy[rows], self.xy, self.radii[-1]):
            other = some.second != rows[some.first]
            at = some.first[other] * width + bins(some.squared[other], self.radii)
            total += np.bincount(at, weight[some.second[other]], len(total))
        return total.reshape(len(rows), width).cumsum(axis=1)


def marcon_puech_m(
    points: gpd.GeoDataFrame,
    window: Ground | None = None,
    *,
    kind: str = SECTOR,
    label: str | None = None,
    weight: str | None = None,
    radii: npt.ArrayLike | None = None,
    simulations: int = SIMULATIONS,
    seed: int = SEED,
    alpha: float = ALPHA,
    names: Names | None = None,
) -> Curve:
    """Return M: how many times as frequent the sector is round its own plants as among all plants.

    M = 2 within 1 km reads: within 1 km of a plant of the sector, the sector's share is twice its share overall. The
    null permutes sectors and weights over the sites, which stay where they are.

    Parameters
    ----------
    points : GeoDataFrame
        Points of all kinds in a projected CRS in metres.
    window : areas or polygon, optional
        Points outside are left out, counted and listed. M needs no edge correction.
    kind, label, weight
        As in `duranton_overman`.
    radii : sequence of float, optional
        Increasing, in metres; default: 50 steps to a quarter of the shorter side of the points' bounding box.
    simulations, seed : int
        Number of permutations and their seed, recorded; 0 leaves the test out.
    alpha : float
        Level of the global band and the local one.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en, for readings and figures.

    Returns
    -------
    Curve
        Table with r_m, observed, expected (1), bands as in `envelope`, reason. Radii within which no plant of the
        sector has any neighbour are NaN, as are the bands where a simulation has none. Fewer than two plants give NaN
        with a reason; with no other sector M is 1 and nothing is tested.

    Notes
    -----
    M(r) = sum_i (sum_j in c w_j 1(d <= r) / sum_j w_j 1(d <= r)) / sum_i ((W_c - w_i) / (W - w_i)), j not i, over the
    plants i of sector c that have a neighbour within r (Marcon and Puech 2010; Marcon, Traissac, Puech and Lang 2015).

    References
    ----------
    Marcon and Puech 2010, Measures of the geographic concentration of industries: improving distance-based methods.
    """
    found = kinds_of(points, window, kind, label, weight=weight, names=names)
    reach = radii_of(found.xy, radii)
    n = int(found.marked.sum())
    table = pd.DataFrame({"r_m": reach, "observed": np.nan, "expected": 1.0, "reason": "fewer than two plants"})
    tested: dict[str, object] = {}
    if n >= 2:
        pairs = Neighbourhood(found.xy, reach)
        weights = None if weight is None else found.weight
        observed = pairs.m(found.marked, weights)
        table["observed"] = observed
        table["reason"] = np.where(np.isnan(observed), "no plant has a neighbour within this radius", "")
        if simulations and not found.marked.all():  # of one sector only: M is 1 whatever the labels
            order = np.random.default_rng(seed)
            drawn = np.array([_permuted(pairs, found.marked, weights, order) for _ in range(simulations)])
            band = global_bands(observed, drawn, reach, alpha)
            for name in ("low_local", "high_local", "low_global", "high_global"):
                table[name] = getattr(band, name)
            table.loc[np.isnan(band.mean) & ~np.isnan(observed), "reason"] = NO_BAND
            tested = {"p": band.p, "p_mad": band.p_mad, "p_dclf": band.p_dclf}
    table["reason"] = table.pop("reason")
    known = table["observed"].notna().any()
    said = careful(*_words(found, table, tested), n) if known else refused(str(table["reason"].iloc[-1]))
    return Curve(
        name="marcon_puech_m",
        definition="M(r): share of the sector among neighbours within r of its plants, over its share among all; null: "
        "sectors and weights permuted over the sites.",
        reference="Marcon and Puech 2010; Myllymäki and others 2017",
        unit="1",
        n_used=len(found.xy),
        n_dropped=len(points) - len(found.xy),
        table=table,
        names=found.names,
        symbol="M(r)",
        seed=seed if simulations else None,
        params={"kind": kind, "weight": weight, "plants": n, "simulations": simulations, "alpha": alpha,
                "null": "random_labelling", **tested, **found.params()},
        **said,
    )  # fmt: skip


def radii_of(xy: Floats, radii: npt.ArrayLike | None) -> Floats:
    """Return increasing radii: those given, or 50 steps to a quarter of the shorter side of the bounding box."""
    if radii is None:
        side = float(np.ptp(xy, axis=0).min() or np.ptp(xy, axis=0).max()) if len(xy) else 0.0
        return np.linspace(0.0, (side or 4.0) / 4.0, STEPS + 1)[1:]
    given = np.asarray(radii, dtype=float)
    if given.ndim != 1 or len(given) == 0 or not (np.isfinite(given).all() and (np.diff(given) > 0).all()):
        raise ValueError("radii must be an increasing list of metres")
    if given[0] < 0 or given[-1] <= 0:
        raise ValueError("radii cannot be negative, and the last must be positive")
    return given


def _permuted(pairs: Neighbourhood, marked: Bools, weight: Floats | None, rng: np.random.Generator) -> Floats:
    order = rng.permutation(len(marked))
    return pairs.m(marked[order], None if weight is None else weight[order])


def _words(found: Kinds, table: pd.DataFrame, tested: dict[str, object]) -> tuple[str, str]:
    best = int(table["observed"].argmax())
    top, at = float(table["observed"].iloc[best]), float(table["r_m"].iloc[best]) / 1000
    who = found.said()
    zh, en = (
        f"{who[0]}的M在{at:.2f}公里内最大，为{top:.2f}",
        f"{who[1]}: M is largest within {at:.2f} km, {top:.2f}",
    )
    if not tested:
        return f"{zh}，未做检验", f"{en}; not tested"
    p = float(str(tested["p"]))
    high = stretches(table["r_m"].to_numpy(), (table["observed"] > table["high_global"]).to_numpy())
    low = stretches(table["r_m"].to_numpy(), (table["observed"] < table["low_global"]).to_numpy())
    if not high and not low:
        return f"{zh}；与随机标记无显著差异，{p_words(p)}", f"{en}; not distinguishable from chance, {p_words(p)}"
    parts = [(high, "显著集聚", "significantly clustered"), (low, "显著分散", "significantly dispersed")]
    said_zh = "、".join(f"在{in_km(ranges)[0]}内{word}" for ranges, word, _ in parts if ranges)
    said_en = " and ".join(f"{word} {in_km(ranges)[1]}" for ranges, _, word in parts if ranges)
    return f"{who[0]}：{said_zh}，{p_words(p)}", f"{who[1]}: {said_en}, {p_words(p)}"
