"""Cluster stars: for sectors that are large, specialised and dominant in an area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from parkatlas.statistics import exact, indices
from parkatlas.statistics.concentration.agglomeration import nothing
from parkatlas.statistics.counts.tables import one_hot
from parkatlas.statistics.membership import Floats, Weight, firms, membership, rows_of, sizes
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, GREY, Result, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

_SPECIALISED = 2.0


class Stars(Result):
    """Stars by area and sector: `draw` ranks those that have any."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar a starred cell, of its number of stars; grey where fewer than 5 enterprises are expected."""
        shown = self.table[self.table["stars"] > 0].sort_values("stars")
        pairs = zip(shown["sector"], shown[f"name_{lang}"], strict=True)
        names = [plain(f"{self.name_of(sector, lang)} | {area}") for sector, area in pairs]
        ax.barh(np.arange(len(shown)), shown["stars"], color=np.where(shown["small"], GREY, BLUE).tolist())
        ax.set_yticks(np.arange(len(shown)), names)
        ax.set_xticks([0, 1, 2, 3])
        ax.set_xlabel("星级（灰色：期望不足5家）" if lang == "zh" else "Stars (grey: fewer than 5 expected)")


def three_star(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str = "zone",
    weight: Weight | None = "employees",
    top: float = 0.1,
) -> Stars:
    """Give each area and sector up to three stars: for size, specialisation and focus.

    Size: the area is among the top 10 % of areas by the sector's employment. Specialisation: LQ of 2 or more. Focus:
    the sector's share of the area's employment is among the top 10 % of all areas and sectors.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS; rows without a sector or a weight are dropped and counted.
    sectors : sequence of Sector
        The taxonomy.
    level : {"core", "zone", "park"}
        Areas that are compared with one another; nested areas count for their parents too.
    weight : {"employees", "output"} or None
        What is measured; None: enterprises.
    top : float
        Share of areas (or of areas and sectors) that earns a star, between 0 and 1. Of a few areas the first always
        has its star: with three zones "the top 10 %" is simply the largest.

    Returns
    -------
    Stars
        One row an area and sector: k (enterprises), value, lq, focus (share of the area), size_star,
        specialisation_star, focus_star, stars (their number), expected (enterprises), small (fewer than 5) and reason
        (of an lq that is missing: nothing is known of the area or the sector).

    References
    ----------
    European Cluster Observatory 2007, the three-star scheme.
    """
    if not 0 < top <= 1:
        raise ValueError(f"top must be above 0 and at most 1, not {top:g}")
    own = firms(located)
    who = membership(own, areas)
    rows = rows_of(who.labels, level, rests=False)
    names = [sector.id for sector in sectors]
    hot, _ = one_hot(own["sector"], names)
    with_sector = own["sector"].isin(names).to_numpy()
    size = sizes(own, weight)
    known = with_sector & np.isfinite(size)
    value = np.where(known, size, 0.0)
    sums = who.sums(hot.multiply(value[:, None]).tocsr())
    k, held = who.sums(hot), sums[rows]
    labels = who.labels.iloc[rows].reset_index(drop=True)
    table = labels.loc[np.repeat(labels.index, len(names))].reset_index(drop=True)
    table["sector"] = pd.array(np.tile(np.array(names, dtype=object), len(rows)), dtype="str")
    focus = indices.shares(held)
    lq = indices.divide(focus, indices.shares(sums[-1]))
    stars = {
        "size_star": (held > 0) & (held >= _threshold(held, top, axis=0)),
        "specialisation_star": lq >= _SPECIALISED,
        "focus_star": (held > 0) & (np.nan_to_num(focus) >= _threshold(np.nan_to_num(focus), top, axis=None)),
    }
    expected = k[rows].sum(axis=1, keepdims=True) * indices.shares(k[-1])
    columns = {"k": k[rows].astype(int), "value": held, "lq": lq, "focus": focus, **stars}
    columns |= {"stars": np.sum(list(stars.values()), axis=0), "expected": expected}
    columns["small"] = ~(expected >= exact.FEW)
    table = table.assign(**{name: np.asarray(column).ravel() for name, column in columns.items()})
    table["reason"] = np.where(np.isnan(table["lq"]), "no value", "")
    zh, en = _read(table, sectors) if known.any() else nothing(len(own))
    used = int(known.sum())
    return Stars(
        name="three_star",
        definition=f"size: top {top:.0%} of areas in the sector; specialisation: LQ >= 2; focus: top {top:.0%} of "
        "shares of an area, over all areas and sectors",
        reference="European Cluster Observatory 2007",
        unit="stars",
        n_used=used,
        n_dropped=len(own) - used,
        table=table,
        names=sector_names(sectors),
        params={"level": level, "weight": weight, "top": top},
        reading_zh=zh,
        reading_en=en,
    )


def _threshold(values: Floats, top: float, axis: int | None) -> Floats:
    """Return the value of the last of the top share, at least one of them: the ceil(top * n)-th largest."""
    flat = values.ravel() if axis is None else values
    if not len(flat):
        return np.zeros(values.shape[1] if axis == 0 else ())
    rank = int(np.ceil(top * len(flat) - 1e-9))
    return np.asarray(np.sort(flat, axis=0)[::-1][max(rank, 1) - 1])


def _read(table: pd.DataFrame, sectors: Sequence[Sector]) -> tuple[str, str]:
    starred = table[table["stars"] > 0]
    if starred.empty:
        return "没有获得星级的集群", "No area and sector earns a star"
    full = table[table["stars"] == 3]
    shown = starred.sort_values(["stars", "value"], ascending=False, kind="stable").iloc[0]
    name = next(sector for sector in sectors if sector.id == shown["sector"])
    few = int(starred["small"].sum())
    return (
        f"{len(full)}个三星集群；最强：{shown['name_zh']}的{name.name_zh}（{shown['stars']}星，{shown['k']}家）；"
        f"获星者中{few}个期望不足5家",
        f"{counted(len(full), 'cluster')} with three stars; strongest: {name.name_en} in {shown['name_en']} "
        f"({counted(shown['stars'], 'star')}, n = {shown['k']}); fewer than 5 expected in {few} of the {len(starred)} "
        "starred",
    )
