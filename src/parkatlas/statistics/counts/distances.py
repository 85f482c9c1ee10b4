"""How far enterprises stand from the nearest park, sector by sector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from parkatlas.statistics import exact
from parkatlas.statistics.membership import firms
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import GREY, Result, p_words, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

EDGES_M = (0.0, 500.0, 1000.0, 2000.0, 5000.0)
EVERY = "all"  # the row of all sectors together


class Bands(Result):
    """Distance bands: `draw` sets the sectors' curves against that of all enterprises."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the share within each distance, in km, one line a sector; all enterprises dashed."""
        for sector, rows in self.table.groupby("sector", sort=False):
            words = plain(self.name_of(sector, lang))
            (line,) = ax.plot(rows["within_m"] / 1000.0, rows["share"] * 100.0, marker="o", label=words)
            if sector == EVERY:
                line.set(color=GREY, linestyle="--")
        ax.set_xlabel("距最近园区 (公里)" if lang == "zh" else "Distance to the nearest park (km)")
        ax.set_ylabel("累计企业比重 (%)" if lang == "zh" else "Enterprises within (%)")
        ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))


def distance_bands(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    edges_m: Sequence[float] = EDGES_M,
) -> Bands:
    """Compare how near sectors stand to the parks: shares inside and within 0.5, 1, 2 and 5 km of the nearest.

    The null hypothesis keeps every site and deals the sectors out at random among them (random relabelling). The number
    of a sector within a distance is then hypergeometric, so that p-values and intervals are exact and need no
    simulation.

    Parameters
    ----------
    located : GeoDataFrame
        LOCATED; ``park_distance_m`` is 0 inside a park. Rows without a point or a distance are dropped.
    areas : GeoDataFrame
        AREAS; says whether there is any park.
    sectors : sequence of Sector
        The taxonomy.
    edges_m : sequence of float
        Distances in metres, ascending; 0 is "inside a park".

    Returns
    -------
    Bands
        One row for "all" and each sector, by distance: sector, within_m, n (with a distance), n_within, share (NaN for
        an empty sector), expected (the share of all enterprises with a sector), low and high (95 % of relabellings),
        p (two-sided), p_fdr (Benjamini-Hochberg over sectors and distances), small (fewer than 5 expected), reason.

    Raises
    ------
    ValueError
        For distances that are negative or do not ascend.

    References
    ----------
    Diggle 2003, Statistical analysis of spatial point patterns (random labelling); Fisher 1935 (exact test).
    """
    edges = np.asarray(edges_m, dtype=float)
    if not len(edges) or edges[0] < 0 or (np.diff(edges) <= 0).any():
        raise ValueError(f"distances must ascend from 0 or more, not {list(edges_m)}")
    own = firms(located)
    distance = own["park_distance_m"].to_numpy(dtype=float)
    code = pd.Index([sector.id for sector in sectors], dtype="str").get_indexer(own["sector"])
    usable = np.isfinite(distance)
    near = distance[usable, None] <= edges
    labelled = code[usable] >= 0
    table = pd.concat([_everyone(near, edges), _by_sector(near[labelled], code[usable][labelled], sectors, edges)])
    empty = np.where(table["n"] > 0, "", "no enterprise with a distance")
    zh, en = _read(table, sectors, edges)
    return Bands(
        name="distance_bands",
        definition="share of enterprises within d of the nearest park; null: sectors dealt at random among the sites; "
        "exact hypergeometric p, two-sided",
        reference="Diggle 2003 (random labelling); Fisher 1935",
        unit="1",
        n_used=int(usable.sum()),
        n_dropped=int((~usable).sum()),
        table=table.assign(reason=empty).reset_index(drop=True),
        names=sector_names(sectors),
        params={"edges_m": edges.tolist(), "parks": int(areas["level"].eq("park").sum())},
        reading_zh=zh,
        reading_en=en,
    )


def _everyone(near: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    share = near.mean(axis=0) if len(near) else np.full(len(edges), np.nan)
    rows = {"sector": EVERY, "within_m": edges, "n": len(near), "n_within": near.sum(axis=0), "share": share}
    return pd.DataFrame(rows).assign(expected=share, low=np.nan, high=np.nan, p=np.nan, p_fdr=np.nan, small=False)


def _by_sector(near: np.ndarray, code: np.ndarray, sectors: Sequence[Sector], edges: np.ndarray) -> pd.DataFrame:
    total, marked = len(near), near.sum(axis=0)
    within = np.array([near[code == k].sum(axis=0) for k in range(len(sectors))]).reshape(-1, len(edges))
    n = np.repeat(np.bincount(code, minlength=len(sectors)), len(edges))
    k, m = within.ravel(), np.tile(marked, len(sectors))
    with np.errstate(invalid="ignore", divide="ignore"):
        share, expected = k / n, m / total if total else np.full(len(m), np.nan)
        low, high = (stats.hypergeom.ppf(q, max(total, 1), m, n) / n for q in (0.025, 0.975))
    p = exact.hypergeometric_p(k, n, m, total)
    return pd.DataFrame(
        {
            "sector": np.repeat([sector.id for sector in sectors], len(edges)),
            "within_m": np.tile(edges, len(sectors)),
            "n": n,
            "n_within": k,
            "share": share,
            "expected": expected,
            "low": low,
            "high": high,
            "p": p,
            "p_fdr": exact.adjust(p),
            "small": n * np.nan_to_num(expected) < exact.FEW,
        }
    )


def _read(table: pd.DataFrame, sectors: Sequence[Sector], edges: np.ndarray) -> tuple[str, str]:
    everyone = table[table["sector"] == EVERY]
    n, inside, last = int(everyone["n"].iloc[0]), everyone["share"].iloc[0], everyone["share"].iloc[-1]
    if not n:
        return "没有可计算距离的企业", "No enterprise has a distance to a park"
    first, far = edges[0] / 1000, edges[-1] / 1000
    zh = f"{n}家企业中{inside:.0%}距园区{first:g}公里以内，{last:.0%}在{far:g}公里以内"
    en = f"Of {counted(n, 'enterprise')} {inside:.0%} stand within {first:g} km of a park"
    en += f" and {last:.0%} within {far:g} km"
    if not first:
        zh, en = zh.replace("距园区0公里以内", "位于园区内"), en.replace("within 0 km of a park", "inside a park")
    best = table.sort_values("p_fdr").iloc[0]
    if not best["p_fdr"] < 0.05:
        return f"{zh}；各产业与随机分布无显著差异", f"{en}; no sector differs from random relabelling (FDR 5 %)"
    sector = next(one for one in sectors if one.id == best["sector"])
    nearer = best["share"] > best["expected"]
    p = p_words(best["p_fdr"])
    way = "更近" if nearer else "更远"
    return (
        f"{zh}；{sector.name_zh}显著{way}（{best['within_m'] / 1000:g}公里内{best['share']:.0%}，"
        f"期望{best['expected']:.0%}，FDR {p}）",
        f"{en}; {sector.name_en} stands significantly {'nearer' if nearer else 'farther'} ({best['share']:.0%} within "
        f"{best['within_m'] / 1000:g} km where {best['expected']:.0%} are expected, FDR {p})",
    )
