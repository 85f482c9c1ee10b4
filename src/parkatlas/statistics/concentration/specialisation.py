"""How unlike the rest: the locational Gini of sectors, and Krugman's index of areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from parkatlas.statistics import exact, indices
from parkatlas.statistics.concentration.agglomeration import (
    DARTS,
    NO_PLANT,
    ONE_AREA,
    Ranking,
    nothing,
    tally,
    with_fdr,
)
from parkatlas.statistics.concentration.cells import Cells, Floats, cells, throw
from parkatlas.statistics.counts.tables import one_hot
from parkatlas.statistics.membership import Weight, firms, level_words, membership, rows_of
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, GREY, Result, p_words, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector


class Gini(Ranking):
    """Locational Gini by level and sector, ranked."""

    value = "gini"


class Unlikeness(Result):
    """Krugman's index by area: `draw` sets it beside what chance alone would give."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar an area, with a mark at the value expected by chance."""
        shown = self.table.iloc[::-1]
        rows = np.arange(len(shown))
        ax.barh(rows, shown["krugman"].fillna(0.0), color=BLUE)
        ax.plot(shown["expected"], rows, linestyle="", marker="|", markersize=12, color=GREY)
        names = zip(shown[f"name_{lang}"], shown["n"], strict=True)
        ax.set_yticks(rows, [plain(f"{name} ({n})") for name, n in names])
        ax.set_xlabel("克鲁格曼指数（竖线：随机期望）" if lang == "zh" else "Krugman index (mark: expected by chance)")


def locational_gini(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    weight: Weight | None = "employees",
    grid_m: float | None = 1000.0,
    simulations: int = 999,
    seed: int = 0,
) -> Gini:
    """Compute the locational Gini of each sector: the Lorenz curve of its shares s of areas against all shares x.

    Areas are ordered by s / x; 0 where the sector is spread as everything else is, towards 1 where it sits in areas
    that hold little else. This is the Lorenz form, not the Gini of the quotients themselves: the two differ. Few plants
    give a high value by chance alone, so the value expected by chance stands beside it.

    Parameters
    ----------
    located, areas, sectors, level, weight, grid_m, simulations, seed
        As for `ellison_glaeser`.

    Returns
    -------
    Gini
        One row a level and sector: n (plants), areas, gini, expected (mean of random throws), p (simulated), p_fdr,
        reason.

    References
    ----------
    Krugman 1991, Geography and trade; Kim, Barkley and Henry 2000 (locational Gini).
    """
    rng = np.random.default_rng(seed)
    records: list[dict[str, object]] = []
    counted: dict[str, tuple[int, int]] = {}
    for one in cells(located, areas, sectors, level=level, weight=weight, grid_m=grid_m):
        records += [_gini(one, k, simulations, rng) for k in range(len(sectors))]
        counted[one.level] = len(one.area), one.n_dropped
    used, dropped, by_level = tally(counted)
    table = with_fdr(records, ("level", "sector", "n", "areas", "gini", "expected", "p", "p_fdr", "reason"))
    zh, en = _read_gini(table, sectors, dropped)
    return Gini(
        name="locational_gini",
        definition="1 - sum (X_k - X_k-1)(S_k + S_k-1), areas ordered by s/x; " + DARTS,
        reference="Krugman 1991; Kim, Barkley and Henry 2000",
        unit="1",
        n_used=used,
        n_dropped=dropped,
        table=table,
        seed=seed,
        names=sector_names(sectors),
        params={"level": level, "weight": weight, "grid_m": grid_m, "simulations": simulations, **by_level},
        reading_zh=zh,
        reading_en=en,
    )


def krugman(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    reference: Literal["all", "rest"] = "all",
) -> Unlikeness:
    """Compute Krugman's specialisation index of each area: ``sum |share of sector in area - in reference|``.

    From 0 (the same mix) to 2 (nothing in common); it is **not** halved. Small areas differ by chance: ``expected`` is
    what the index would be on average had the area's n enterprises been drawn from the reference.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS; enterprises without a sector of the taxonomy are dropped and counted.
    sectors : sequence of Sector
        The taxonomy.
    level : {"core", "zone", "park"}, optional
        One level only.
    reference : {"all", "rest"}
        The whole register, or the register without the area.

    Returns
    -------
    Unlikeness
        One row an area and outside: n, krugman, expected, excess (krugman - expected), hoover (krugman / 2: the share
        of enterprises that would have to change sector) and hachman (1 / sum of LQ times share: 1 for the same mix,
        towards 0 for a strange one), reason. NaN with a reason for an area without enterprises, or without a rest.

    References
    ----------
    Krugman 1991, Geography and trade; Hoover 1936; Hachman (University of Utah). Mean absolute deviation of the
    binomial law: De Moivre 1730.
    """
    if reference not in ("all", "rest"):
        raise ValueError(f"unknown reference {reference!r}: all or rest")
    own = firms(located)
    who = membership(own, areas)
    rows = rows_of(who.labels, level)[:-2]
    counts = who.sums(one_hot(own["sector"], [sector.id for sector in sectors])[0])
    k, total = counts[rows], counts[-1]
    base = indices.shares(np.broadcast_to(total, k.shape) if reference == "all" else total - k)
    table = who.labels.iloc[rows].reset_index(drop=True)
    table["n"] = k.sum(axis=1).astype(int)
    table["krugman"] = np.abs(indices.shares(k) - base).sum(axis=1)
    table["expected"] = chance_distance(k.sum(axis=1), base)
    table["excess"] = table["krugman"] - table["expected"]
    table["hoover"] = table["krugman"] / 2
    share = indices.shares(k)
    table["hachman"] = indices.divide(1.0, np.where(share > 0, indices.divide(share**2, base), 0.0).sum(axis=1))
    alone = np.where(np.isnan(table["krugman"]), "no other enterprise to compare with", "")
    table["reason"] = np.where(table["n"] > 0, alone, "no enterprise with a sector")
    zh, en = _read_krugman(table)
    used = int(total.sum())
    return Unlikeness(
        name="krugman",
        definition=f"K = sum over sectors |share in area - share in {reference}|, 0 to 2, not halved",
        reference="Krugman 1991",
        unit="1",
        n_used=used,
        n_dropped=len(own) - used,
        table=table,
        names=sector_names(sectors),
        params={"level": level, "reference": reference},
        reading_zh=zh,
        reading_en=en,
    )


def chance_distance(n: Floats, p: Floats) -> Floats:
    """Return the mean of sum |k/n - p| over samples of n (rows) from shares p (columns), exactly.

    E|X - np| = 2 m (1 - p) P(X = m) with m = floor(np) + 1 for X ~ Binomial(n, p).

    >>> float(chance_distance(np.array([1.0]), np.array([[0.5, 0.5]]))[0])
    1.0
    """
    size = n[:, None]
    m = np.floor(size * p) + 1
    with np.errstate(invalid="ignore"):
        deviation = 2 * m * (1 - p) * stats.binom.pmf(m, size, p)
    return indices.divide(deviation.sum(axis=1), n)


def gini_of(s: Floats, x: Floats) -> Floats:
    """Return the Gini of the Lorenz curve of shares s against shares x > 0, along the last axis.

    >>> float(gini_of(np.array([1.0, 0.0]), np.array([0.5, 0.5])))
    0.5
    """
    order = np.argsort(s / x, axis=-1, kind="stable")
    held, base = np.take_along_axis(s, order, axis=-1), np.take_along_axis(np.broadcast_to(x, s.shape), order, axis=-1)
    top = np.cumsum(held, axis=-1)
    return np.asarray(1.0 - (base * (2 * top - held)).sum(axis=-1))


def _gini(one: Cells, k: int, simulations: int, rng: np.random.Generator) -> dict[str, object]:
    x, z = one.area_shares(), one.plant_shares(k)
    held = x > 0
    record: dict[str, object] = {"level": one.level, "sector": one.sectors[k], "n": len(z), "areas": int(held.sum())}
    if not len(z) or held.sum() < 2:
        return {**record, "reason": ONE_AREA if len(z) else NO_PLANT}
    s = one.sector_shares(k)[held]
    gini = float(gini_of(s, x[held]))
    drawn = gini_of(throw(z, x[held], simulations, rng), x[held])
    p = float(exact.simulated_p(gini, drawn))
    return {**record, "gini": gini, "expected": float(drawn.mean()), "p": p}


def _read_gini(table: pd.DataFrame, sectors: Sequence[Sector], dropped: int) -> tuple[str, str]:
    tested = table.dropna(subset=["gini"])
    if tested.empty:
        return nothing(dropped)
    found = tested[(tested["p_fdr"] < 0.05) & (tested["gini"] > tested["expected"])]
    if found.empty:
        return (
            f"{len(tested)}个基尼系数均未显著高于随机期望",
            f"None of {counted(len(tested), 'Gini coefficient')} is significantly above what chance gives",
        )
    best = found.loc[(found["gini"] - found["expected"]).idxmax()]
    name = next(sector for sector in sectors if sector.id == best["sector"])
    p = p_words(best["p_fdr"])
    level_zh, level_en = level_words(best["level"])
    return (
        f"{len(tested)}个中{len(found)}个显著高于随机；最强：{name.name_zh}（{level_zh}层级{best['gini']:.2f}，"
        f"随机期望{best['expected']:.2f}，FDR {p}）",
        f"{len(found)} of {len(tested)} above chance; strongest: {name.name_en} by {level_en} "
        f"({best['gini']:.2f} where chance gives {best['expected']:.2f}, FDR {p})",
    )


def _read_krugman(table: pd.DataFrame) -> tuple[str, str]:
    known = table.iloc[:-1].dropna(subset=["excess"])
    known = known[known["n"] >= exact.FEW]
    if known.empty:
        return "没有5家以上企业的区域，不作比较", "No area has 5 enterprises or more: none is compared"
    best = known.loc[known["excess"].idxmax()]
    if best["excess"] <= 0:
        return (
            f"{len(known)}个5家以上企业的区域与参照的差异均不超过随机期望",
            f"None of {counted(len(known), 'area')} of 5 enterprises or more is less like the reference than "
            "chance gives",
        )
    return (
        f"与参照差异最大：{best['name_zh']}（{best['krugman']:.2f}，随机期望{best['expected']:.2f}，{best['n']}家）",
        f"Least like the reference: {best['name_en']} ({best['krugman']:.2f} where chance alone gives "
        f"{best['expected']:.2f}, n = {best['n']})",
    )
