"""A curve against chance: bands and p-values under a null model that is named."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.statistics.kernels import intensity_without_self, scott_bandwidth
from parkatlas.statistics.pattern.bands import NO_BAND, Bands, global_bands, in_km, stretches
from parkatlas.statistics.pattern.crossed import varying
from parkatlas.statistics.pattern.curves import Curve
from parkatlas.statistics.pattern.kinds import SECTOR, Kinds, Names, kinds_of
from parkatlas.statistics.pattern.ripley import Correction, Estimator, estimator, radii_in
from parkatlas.statistics.readings import CSR, careful, refused
from parkatlas.statistics.result import p_words
from parkatlas.statistics.window import Floats, Ground, Ints, Sites, Window, place

Statistic = Literal["ripley_k", "ripley_l", "cross_k", "inhomogeneous_k"]
Null = Literal["csr", "random_labelling", "site_choice"]
Own = Callable[[Floats, Window, Floats], Floats]
STATISTICS: tuple[Statistic, ...] = ("ripley_k", "ripley_l", "cross_k", "inhomogeneous_k")
NULLS: dict[Null, tuple[str, str]] = {
    "csr": CSR,
    "random_labelling": ("位置固定、类别随机", "places fixed, kinds permuted"),
    "site_choice": ("从全部位置中随机选址", "sites drawn from those of all points"),
}
_SYMBOLS = {"ripley_k": "K(r)", "ripley_l": "L", "cross_k": "K(r)", "inhomogeneous_k": "K(r)"}
SIMULATIONS, SEED, ALPHA = 199, 0, 0.05
_THREADED_FROM = 2000  # points from which two threads are quicker than one


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern, observed or drawn: points of the first kind, of the second, and which in the list the first are."""

    a: Floats
    b: Floats | None
    rows: Ints | None


def envelope(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    statistic: Statistic | Own = "ripley_l",
    null: Null | None = None,
    kind: str = SECTOR,
    label: str | None = None,
    second: str | None = None,
    radii: npt.ArrayLike | None = None,
    correction: Correction | None = "translation",
    bandwidth_m: float | None = None,
    simulations: int = SIMULATIONS,
    seed: int = SEED,
    alpha: float = ALPHA,
    names: Names | None = None,
) -> Curve:
    """Return a curve with local and global bands under a null model, and one p-value.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        Where points could stand; points outside are left out, counted and listed.
    statistic : {"ripley_l", "ripley_k", "cross_k", "inhomogeneous_k"} or callable
        A callable takes points (n, 2), the `Window` and the radii, and returns one value a radius.
    null : {"csr", "random_labelling", "site_choice"}, optional
        "csr": as many points, uniform over the window. Firms follow land and roads: against this null they always
        cluster. "random_labelling": all points stay, their kinds are permuted: is the sector more clustered than firms
        are? "site_choice": as many sites as the kind has points are drawn, without replacement, from all distinct
        sites; unlike random labelling it does not weigh a place by how many firms share it. Default: random labelling
        where the points are of two or more kinds, else csr.
    kind : str
        Column of kinds, for statistics and nulls with kinds.
    label, second : str, optional
        The kind asked about (the first of two for "cross_k") and the second; default: the most frequent. With csr and
        no label all points are taken, whatever their kind.
    radii, correction
        As in `ripley_k`.
    bandwidth_m : float, optional
        For "inhomogeneous_k"; its intensity is that of all points and stays the same in the simulations.
    simulations, seed : int
        Number of simulated patterns and their seed, recorded. p cannot be smaller than 1 / (simulations + 1).
    alpha : float
        Level of the bands.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en, for readings and figures.

    Returns
    -------
    Curve
        Table with r_m, observed, expected (mean of the simulations), low_local, high_local (alpha / 2 on each side, at
        each radius by itself: not a test), low_global, high_global (left anywhere by a share alpha of null patterns),
        verdict ("above", "below" or ""), reason. ``params`` holds p (global rank envelope, by extreme rank length),
        p_mad, p_dclf and the ranges. NaN with a reason for too few points, and where the null leaves nothing to choose:
        no second kind, no site but those of the kind itself, or all points at one spot.

    Notes
    -----
    K-like statistics are compared on the scale of L, whose spread varies less with r; ranks do not change by that. See
    `global_bands` for the tests.

    References
    ----------
    Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn 2017, Global envelope tests for spatial processes. Loosmore and
    Ford 2006, Statistical inference using the G or K point pattern spatial statistics.
    """
    model = _null_of(statistic, null, _varied(points, kind) or label is not None)
    two = statistic == "cross_k"
    plain = model == "csr" and label is None and not two
    found = None if plain else kinds_of(points, window, kind, label, second, two=two, names=names)
    sites = place(points, window) if found is None else found.sites
    ground, reach = sites.ground, radii_in(sites.ground, radii)
    first = _first(sites, found)
    measure = estimator(ground, reach, correction, simulations + 1)
    why = _unfit(first, found, model, two=two)
    observed, drawn = np.full(len(reach), np.nan), np.empty((0, len(reach)))
    if not why:
        curve = _curve_of(statistic, measure, found, bandwidth_m)
        observed = curve(first)
        drawn = simulate(curve, first, _drawer(first, found, ground, model), simulations, seed)
    band = global_bands(observed, drawn, reach, alpha)
    why = why or ("" if np.isfinite(band.mean).any() else "nothing can be measured here")
    table = _table(reach, observed, band, squared=statistic in {"ripley_k", "cross_k", "inhomogeneous_k"})
    table["reason"] = why or np.select(
        [np.isnan(observed), np.isnan(band.mean)], ["nothing can be measured here", NO_BAND], ""
    )
    name = statistic if isinstance(statistic, str) else getattr(statistic, "__name__", "callable")
    said = _ranges(table)
    return Curve(
        name="envelope",
        definition=f"{name} with local and global bands; null: {NULLS[model][1]}; p by extreme rank length, two-sided.",
        reference="Myllymäki and others 2017; Diggle 1979; Cressie 1993; Loosmore and Ford 2006",
        unit="m" if name == "ripley_l" else "m2" if isinstance(statistic, str) else "1",
        n_used=len(first.a) + (0 if first.b is None else len(first.b)),
        n_dropped=len(points) - len(first.a) - (0 if first.b is None else len(first.b)),
        table=table,
        names={} if found is None else found.names,
        symbol=_SYMBOLS.get(name, ""),
        less_r=name == "ripley_l",
        seed=seed,
        params={"statistic": name, "null": model, "correction": correction, "simulations": simulations, "alpha": alpha,
                "p": band.p, "p_mad": band.p_mad, "p_dclf": band.p_dclf, **said,
                **(sites.params() if found is None else found.params())},
        **(refused(why) if why else careful(*_words(found, model, said, band), len(first.a))),
    )  # fmt: skip


def simulate(
    curve: Callable[[Pattern], Floats],
    first: Pattern,
    draw: Callable[[np.random.Generator], Pattern],
    simulations: int,
    seed: int,
) -> Floats:
    """Return curves of simulated patterns (simulations, radii); each has its own seed, so threads change nothing."""
    seeds = np.random.SeedSequence(seed).spawn(simulations)

    def one(own: np.random.SeedSequence) -> Floats:
        return curve(draw(np.random.default_rng(own)))

    if len(first.a) < _THREADED_FROM:
        return np.array([one(own) for own in seeds])
    with ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(one, seeds)))


def _varied(points: gpd.GeoDataFrame | gpd.GeoSeries, kind: str) -> bool:
    """Return whether the points are of two or more kinds, so that their labels can be permuted."""
    return isinstance(points, gpd.GeoDataFrame) and kind in points.columns and len(points[kind].dropna().unique()) > 1


def _null_of(statistic: Statistic | Own, null: Null | None, kinds: bool) -> Null:
    if isinstance(statistic, str) and statistic not in STATISTICS:
        raise ValueError(f"unknown statistic {statistic!r}: one of {', '.join(STATISTICS)}, or a callable")
    if null is not None and null not in NULLS:
        raise ValueError(f"unknown null {null!r}: one of {', '.join(NULLS)}")
    if statistic == "inhomogeneous_k" and null == "csr":
        raise ValueError("inhomogeneous K allows for a varying density: its null is random_labelling or site_choice")
    if null is not None:
        return null
    return "random_labelling" if kinds or statistic in {"cross_k", "inhomogeneous_k"} else "csr"


def _first(sites: Sites, found: Kinds | None) -> Pattern:
    if found is None:
        return Pattern(sites.xy, None, None)
    return Pattern(found.of(0), found.of(1) if found.second is not None else None, np.flatnonzero(found.marked))


def _unfit(first: Pattern, found: Kinds | None, null: Null, *, two: bool) -> str:
    """Return why there can be no test, or nothing: too few points, or a null that leaves no choice."""
    if two and (first.b is None or not len(first.a) or not len(first.b)):
        return "one of the kinds has no point"
    if not two and len(first.a) < 2:
        return "too few points"
    if found is None or null == "csr":
        return ""
    if not two and found.marked.all():
        return "no site but those of the plants themselves"
    if null == "random_labelling" and not np.ptp(found.xy, axis=0).any():
        return "all points at one spot"
    return ""


def _curve_of(
    statistic: Statistic | Own, measure: Estimator, found: Kinds | None, bandwidth_m: float | None
) -> Callable[[Pattern], Floats]:
    """Return the function from a pattern to its curve, on the scale it is tested on."""
    if callable(statistic):
        own = statistic
        return lambda pattern: np.asarray(own(pattern.a, measure.window, measure.radii), dtype=float)
    if statistic != "inhomogeneous_k" or found is None:
        return lambda pattern: np.sqrt(measure.k(pattern.a, pattern.b) / np.pi)
    width = scott_bandwidth(found.xy) if bandwidth_m is None else float(bandwidth_m)
    if not width > 0:
        raise ValueError("bandwidth_m must be a positive number of metres; all points are at one spot")
    intensity = intensity_without_self(measure.window, found.xy, width) * found.marked.mean()
    k = varying(measure).k
    return lambda pattern: np.sqrt(k(pattern.a, intensity[pattern.rows]) / np.pi)


def _drawer(
    first: Pattern, found: Kinds | None, ground: Window, null: Null
) -> Callable[[np.random.Generator], Pattern]:
    n, m = len(first.a), 0 if first.b is None else len(first.b)
    if null == "csr" or found is None:
        return lambda rng: Pattern(ground.sample(n, rng), None if first.b is None else ground.sample(m, rng), None)
    where = np.arange(len(found.xy))
    if null == "site_choice":
        where = np.unique(found.xy, axis=0, return_index=True)[1]
        if len(where) < n + m:
            raise ValueError(f"{len(where)} distinct sites are too few to place {n + m} points; use random_labelling")

    def draw(rng: np.random.Generator) -> Pattern:
        chosen = rng.permutation(where)[: n + m]
        return Pattern(found.xy[chosen[:n]], None if first.b is None else found.xy[chosen[n:]], chosen[:n])

    return draw


def _table(reach: Floats, observed: Floats, band: Bands, *, squared: bool) -> pd.DataFrame:
    columns = {"observed": observed, "expected": band.mean, "low_local": band.low_local, "high_local": band.high_local,
               "low_global": band.low_global, "high_global": band.high_global}  # fmt: skip
    table = pd.DataFrame({"r_m": reach, **{k: np.pi * v**2 if squared else v for k, v in columns.items()}})
    outside = [observed > band.high_global, observed < band.low_global]
    table["verdict"] = np.select(outside, ["above", "below"], "")
    return table


def _ranges(table: pd.DataFrame) -> dict[str, list[tuple[float, float]]]:
    reach = table["r_m"].to_numpy()
    return {f"{side}_m": stretches(reach, (table["verdict"] == side).to_numpy()) for side in ("above", "below")}


def _words(found: Kinds | None, null: Null, said: dict[str, list[tuple[float, float]]], band: Bands) -> tuple[str, str]:
    p = p_words(band.p)
    parts = [("above_m", "显著集聚", "significantly clustered"), ("below_m", "显著分散", "significantly dispersed")]
    zh = "，".join(f"在{in_km(said[side])[0]}{word}" for side, word, _ in parts if said[side])
    en = " and ".join(f"{word} {in_km(said[side])[1]}" for side, _, word in parts if said[side])
    zh, en = zh or "与随机情形无显著差异", en or "not distinguishable from chance"
    who = ("", "")
    if found is not None:
        words = found.said() if found.second is None else found.both_said()
        who = f"{words[0]}", f"{words[1]}: "
    return f"{who[0]}{zh}，{p}（对照：{NULLS[null][0]}）", f"{who[1]}{en}, {p} (null: {NULLS[null][1]})"
