"""Nearest neighbours against what chance would give: Clark and Evans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import norm

from parkatlas.statistics.readings import CSR, careful, refused
from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing, p_words
from parkatlas.statistics.window import Floats, Ground, Sites, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

SIMULATIONS, SEED = 999, 0


class Nearest(Result):
    """The index three ways: `draw` sets them side by side, with 1 for chance."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar a method and a line at 1; grey where p is above 0.05."""
        rows = self.table.iloc[::-1]
        if rows["ratio"].isna().all():
            draw_nothing(ax)
            return
        colours = np.where(rows["p"] <= 0.05, BLUE, GREY).tolist()
        ax.barh([self.name_of(method, lang) for method in rows["method"]], rows["ratio"], color=colours)
        ax.axvline(1.0, color=RED, linewidth=1.0)
        words = (
            "R（小于1集聚，大于1分散；灰色：不显著）",
            "R (below 1 clustered, above 1 dispersed; grey: not significant)",
        )
        ax.set_xlabel(words[lang == "en"])


def clark_evans(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    simulations: int = SIMULATIONS,
    seed: int = SEED,
) -> Result:
    """Return the Clark-Evans index of nearest-neighbour distances, three ways: naive, Donnelly, Monte Carlo.

    R below 1 means clustered, above 1 dispersed. The naive expectation ignores that points near the border have
    neighbours outside; Donnelly corrects for that in compact windows; the Monte Carlo draws n points uniformly over the
    window, whatever its shape, and is the one to trust.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        The ground that points could stand on; points outside are left out, counted and listed.
    simulations : int
        Draws for the Monte Carlo row; 0 leaves it out.
    seed : int
        Seed of these draws, recorded.

    Returns
    -------
    Result
        Table with method, ratio (R), mean_m, expected_m, z, p (two-sided), reason. NaN with a reason for fewer than
        two points. Points at one place have distance 0 and pull R down: see ``share_at_shared_place`` in ``params``.

    Notes
    -----
    Naive: E = 0.5 sqrt(A/n), SE = 0.26136 sqrt(A) / n. Donnelly 1978: E = 0.5 sqrt(A/n) + (0.0514 + 0.041/sqrt n) P/n,
    SE = sqrt(0.070 A / n^2 + 0.037 P sqrt(A / n^5)), with area A and perimeter P.

    References
    ----------
    Clark and Evans 1954, Distance to nearest neighbor as a measure of spatial relationships in populations.
    Donnelly 1978, Simulations to determine the variance and edge effect of total nearest neighbour distance.
    """
    sites = place(points, window)
    rows = _rows(sites, simulations, seed)
    table = pd.DataFrame([{"method": name, **row} for name, row in rows.items()])
    best = table.iloc[-1]
    ratio, p = float(best["ratio"]), float(best["p"])
    zh, en = ("显著集聚", "significantly clustered") if ratio < 1 else ("显著分散", "significantly dispersed")
    if not p <= 0.05:
        zh, en = "与随机分布无显著差异", "not distinguishable from chance"
    said = careful(
        f"{zh}：R = {ratio:.2f}，{p_words(p)}（对照：{CSR[0]}）",
        f"{en}: R = {ratio:.2f}, {p_words(p)} (null: {CSR[1]})",
        sites.n,
    )
    return Nearest(
        name="clark_evans",
        definition="Mean distance to the nearest neighbour over its expectation under complete spatial randomness in "
        "the window; two-sided p.",
        reference="Clark and Evans 1954; Donnelly 1978",
        unit="1",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=table,
        seed=seed if simulations else None,
        params={"simulations": simulations, "null": "csr", **sites.params()},
        **(refused("fewer than two points") if sites.n < 2 else said),
    )


def nearest_distances(xy: Floats) -> Floats:
    """Return the distance of each point to its nearest other point in metres."""
    return np.asarray(cKDTree(xy).query(xy, k=2)[0][:, 1])


def _rows(sites: Sites, simulations: int, seed: int) -> dict[str, dict[str, object]]:
    methods = ["naive", "donnelly", *(["monte_carlo"] if simulations else [])]
    n, window = sites.n, sites.ground
    if n < 2:
        unknown = dict.fromkeys(("ratio", "mean_m", "expected_m", "z", "p"), np.nan)
        return {method: {**unknown, "reason": "fewer than two points"} for method in methods}
    area, border = window.area, window.perimeter
    mean = float(nearest_distances(sites.xy).mean())
    csr = 0.5 * np.sqrt(area / n)
    edged = csr + (0.0514 + 0.041 / np.sqrt(n)) * border / n
    error = np.sqrt(0.070 * area / n**2 + 0.037 * border * np.sqrt(area / n**5))
    rows: dict[str, dict[str, object]] = {
        "naive": _row(mean, csr, 0.26136 * np.sqrt(area) / n),
        "donnelly": _row(mean, float(edged), float(error)),
    }
    if simulations:
        rng = np.random.default_rng(seed)
        drawn = np.array([nearest_distances(window.sample(n, rng)).mean() for _ in range(simulations)])
        row = _row(mean, float(drawn.mean()), float(drawn.std(ddof=1)) if simulations > 1 else np.nan)
        below, above = (drawn <= mean).sum(), (drawn >= mean).sum()
        row["p"] = min(1.0, 2.0 * (min(int(below), int(above)) + 1) / (simulations + 1))
        rows["monte_carlo"] = row
    return rows


def _row(mean: float, expected: float, error: float) -> dict[str, object]:
    z = (mean - expected) / error
    return {
        "ratio": mean / expected,
        "mean_m": mean,
        "expected_m": expected,
        "z": z,
        "p": float(2.0 * norm.sf(abs(z))),
        "reason": "",
    }
