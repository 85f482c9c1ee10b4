"""How unequal enterprises are, and how much of that lies between areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from parkatlas.statistics.concentration.cells import Floats, Ints
from parkatlas.statistics.membership import Weight, firms, sizes, top_areas, top_ids
from parkatlas.statistics.readings import FEW, counted
from parkatlas.statistics.result import BLUE, GREY, Result, p_words, plain

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang


_AT_ONCE = 4_000_000


class Decomposition(Result):
    """Theil's T and its parts: `draw` sets the parts beside one another."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw what differences between areas and each area's own inequality contribute to the total."""
        shown = self.table[~self.table["part"].isin(["total", "within"])].iloc[::-1]
        colours = np.where(shown["part"] == "between", GREY, BLUE).tolist()
        ax.barh([plain(name) for name in shown[f"name_{lang}"]], shown["contribution"], color=colours)
        ax.set_xlabel("对泰尔指数的贡献" if lang == "zh" else "Contribution to Theil's T")


def theil(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    level: str = "zone",
    value: Weight = "employees",
    simulations: int = 999,
    seed: int = 0,
) -> Decomposition:
    """Compute Theil's T of enterprises' size and split it exactly into between and within areas.

    ``T = mean of (y / m) ln (y / m)`` with m the mean; 0 where all are alike, ln n where one has everything. With area
    g holding n_g of n enterprises and the share s_g of the sum::

        between = sum s_g ln (s_g / (n_g / n))        within = sum s_g T_g        T = between + within

    This is T (GE(1)), not the mean log deviation L (GE(0)): the two give different numbers.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS; enterprises without the value (or below zero) or without an area are dropped and counted.
    level : {"core", "zone", "park"}
        The areas; of nested ones the outermost counts.
    value : {"employees", "output"}
        What is unequal. Zero counts (0 ln 0 = 0).
    simulations, seed : int
        Random relabelling of areas, for the p of ``between``: one-sided, is more of the inequality between areas than
        chance would put there?

    Returns
    -------
    Decomposition
        Rows total, between, within and then one an area: part, name_zh, name_en, n, mean, theil, contribution (to T),
        share (of T), p (between only), reason. NaN with a reason where no value is known or all are zero; share is NaN
        where T is 0.

    References
    ----------
    Theil 1967, Economics and information theory.
    """
    own = firms(located)
    ids = top_ids(areas, level)
    code = pd.Index(ids, dtype="str").get_indexer(top_areas(own, areas, level))
    given = sizes(own, value)
    used = (code >= 0) & np.isfinite(given) & (given >= 0)
    y, group = given[used], code[used].astype(np.int64)
    total, between = _theil(y), float(_between(y, group[None, :], len(ids))[0])
    rng = np.random.default_rng(seed)
    p = np.nan
    if np.isfinite(total) and len(np.unique(group)) > 1:
        step = max(1, _AT_ONCE // len(y))
        hits = 0
        for start in range(0, simulations, step):
            labels = rng.permuted(np.tile(group, (min(step, simulations - start), 1)), axis=1)
            hits += int((_between(y, labels, len(ids)) >= between - 1e-12).sum())
        p = (hits + 1) / (simulations + 1)
    table = _table(areas, ids, y, group, (total, between, p))
    zh, en = _read(y, total, between, p)
    return Decomposition(
        name="theil",
        definition="T = mean of (y/m) ln(y/m), natural logarithm; T = between + within areas exactly",
        reference="Theil 1967",
        unit="nats",
        n_used=int(used.sum()),
        n_dropped=int((~used).sum()),
        table=table,
        seed=seed,
        params={"level": level, "value": value, "simulations": simulations},
        reading_zh=zh,
        reading_en=en,
    )


def _read(y: Floats, total: float, between: float, p: float) -> tuple[str, str]:
    if np.isnan(total):
        return "没有已知规模且有区域的企业" if not len(y) else "各企业的数值均为零", (
            "No enterprise has an area and a known value" if not len(y) else "All values are zero"
        )
    if total <= 0:
        alike = "A single value" if len(y) == 1 else f"The {len(y)} values are equal"
        return f"{len(y)}家企业数值相同，没有可分解的差异", f"{alike}: no inequality to split"
    if np.isnan(p):
        return f"{len(y)}家企业的泰尔指数为{total:.3f}；只有一个区域，无从分解", (
            f"Theil's T of {counted(len(y), 'enterprise')} is {total:.3f}; with one area there is nothing to split"
        )
    zh = f"{len(y)}家企业的泰尔指数为{total:.3f}，其中{between / total:.0%}来自区域之间（{p_words(p)}）"
    en = f"Theil's T of {counted(len(y), 'enterprise')} is {total:.3f}, {between / total:.0%} of it between areas"
    en += f" ({p_words(p)})"
    few = len(y) < FEW
    return zh + (f"；仅{len(y)}家，请谨慎解读" if few else ""), en + (f"; only {len(y)}, read with care" if few else "")


def _theil(y: Floats) -> float:
    if not len(y) or y.sum() <= 0:
        return float("nan")
    r = y / y.mean()
    return float((r * np.log(r, out=np.zeros_like(r), where=r > 0)).mean())


def _between(y: Floats, groups: Ints, k: int) -> Floats:
    """Return the between part for each labelling, (m, n) codes of k groups."""
    m = len(groups)
    if not len(y) or y.sum() <= 0:
        return np.full(m, np.nan)
    flat = (groups + np.arange(m)[:, None] * k).ravel()
    n = np.bincount(flat, minlength=m * k).reshape(m, k) / len(y)
    s = np.bincount(flat, np.tile(y / y.sum(), m), minlength=m * k).reshape(m, k)
    ratio = np.divide(s, n, out=np.ones_like(s), where=(n > 0) & (s > 0))
    return np.asarray((s * np.log(ratio)).sum(axis=1))


def _table(
    areas: gpd.GeoDataFrame, ids: list[str], y: Floats, group: Ints, whole: tuple[float, float, float]
) -> pd.DataFrame:
    total, between, p = whole
    names = areas.set_index("area_id")
    records = [
        {"part": "total", "name_zh": "合计", "name_en": "Total", "theil": total, "contribution": total},
        {"part": "between", "name_zh": "区域之间", "name_en": "Between areas", "theil": between, "p": p},
        {"part": "within", "name_zh": "区域之内", "name_en": "Within areas", "theil": total - between},
    ]
    for record in records:
        record |= {"n": len(y), "mean": y.mean() if len(y) else np.nan, "contribution": record["theil"]}
    for k, area in enumerate(ids):
        own = y[group == k]
        share = own.sum() / y.sum() if len(y) and y.sum() > 0 else np.nan
        inner = _theil(own)
        records.append(
            {
                "part": area,
                "name_zh": names.loc[area, "name_zh"],
                "name_en": names.loc[area, "name_en"],
                "n": len(own),
                "mean": own.mean() if len(own) else np.nan,
                "theil": inner,
                "contribution": share * inner if np.isfinite(inner) else 0.0 * share,
            }
        )
    table = pd.DataFrame(
        records, columns=["part", "name_zh", "name_en", "n", "mean", "theil", "contribution", "share", "p"]
    )
    table["share"] = table["contribution"] / total if total > 0 else np.nan
    unknown = np.where(table["n"] > 0, "values sum to zero", "no value")
    table["reason"] = np.where(np.isnan(table["theil"].astype(float)), unknown, "")
    return table.astype({"part": "str", "name_zh": "str", "name_en": "str", "theil": float, "share": float, "p": float})
