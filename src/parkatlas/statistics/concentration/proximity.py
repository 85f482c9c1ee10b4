"""Which sectors choose the same places: relatedness of sectors, and how near an area is to each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from parkatlas.statistics import indices
from parkatlas.statistics.concentration.cells import cells
from parkatlas.statistics.membership import Weight
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import Result, draw_nothing, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

_ENOUGH = 10  # below this many areas a proximity is a share of a handful


@dataclass(frozen=True, kw_only=True, eq=False)
class Relatedness(Result):
    """Proximity of sectors; ``density`` says how near each area's specialities are to each sector."""

    density: pd.DataFrame

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the proximities as a matrix."""
        if self.table.empty:
            draw_nothing(ax)
            return
        names = list(dict.fromkeys([*self.table["sector_i"], *self.table["sector_j"]]))
        square = np.full((len(names), len(names)), np.nan)
        for one in self.table.itertuples():
            i, j = names.index(one.sector_i), names.index(one.sector_j)
            square[i, j] = square[j, i] = one.proximity
        words = [plain(self.name_of(name, lang)) for name in names]
        image = ax.imshow(np.ma.masked_invalid(square), cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(np.arange(len(names)), words, rotation=30, ha="right")
        ax.set_yticks(np.arange(len(names)), words)
        if ax.figure is not None:
            ax.figure.colorbar(image, ax=ax, label="关联度" if lang == "zh" else "Proximity")


def relatedness(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str = "park",
    weight: Weight | None = None,
) -> Relatedness:
    """Compute how often two sectors are specialities (LQ of 1 or more) of the same areas.

    ``proximity_ij = min(P(i | j), P(j | i)) = n_ij / max(n_i, n_j)`` where n counts areas with the speciality.
    ``density_ai = sum over j of proximity_ij for specialities j of area a / sum over j of proximity_ij``, j other than
    i: how much of what is near sector i the area already has.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS. Of nested areas the outermost counts; areas without enterprises are left out.
    sectors : sequence of Sector
        The taxonomy.
    level : {"core", "zone", "park"}
        Areas that are compared.
    weight : {"employees", "output"} or None
        LQ of this; None: of enterprises.

    Returns
    -------
    Relatedness
        One row a pair of sectors: sector_i, sector_j, n_i, n_j, n_both (areas), proximity (NaN where either sector is
        no area's speciality), reason. ``density`` has one row an area and sector: area_id, sector, speciality, density
        (NaN where nothing is near the sector).

    References
    ----------
    Hidalgo, Klinger, Barabasi and Hausmann 2007, The product space conditions the development of nations.
    """
    (one,) = cells(located, areas, sectors, level=level, weight=weight)
    sums = one.sums()
    held = sums.sum(axis=1) > 0
    lq = indices.divide(indices.shares(sums[held]), indices.shares(sums.sum(axis=0)))
    special = (np.nan_to_num(lq) >= 1).astype(float)
    both, n = special.T @ special, special.sum(axis=0)
    most = np.maximum(n[:, None], n)
    proximity = np.where(np.minimum(n[:, None], n) > 0, indices.divide(both, most), np.nan)
    pairs = list(itertools.combinations(range(len(sectors)), 2))
    records = [
        (one.sectors[i], one.sectors[j], int(n[i]), int(n[j]), int(both[i, j]), proximity[i, j]) for i, j in pairs
    ]
    table = pd.DataFrame(records, columns=["sector_i", "sector_j", "n_i", "n_j", "n_both", "proximity"])
    table["reason"] = np.where(np.isnan(table["proximity"].astype(float)), "no area has the speciality", "")
    zh, en = _read(table, sectors, int(held.sum()))
    return Relatedness(
        name="relatedness",
        definition="proximity = min(P(i|j), P(j|i)) over areas where LQ >= 1; density = near specialities / all near",
        reference="Hidalgo, Klinger, Barabasi and Hausmann 2007",
        unit="1",
        n_used=len(one.area),
        n_dropped=one.n_dropped,
        table=table,
        density=_density(proximity, special, [a for a, h in zip(one.areas, held, strict=True) if h], one.sectors),
        names=sector_names(sectors),
        params={"level": level, "weight": weight, "areas": int(held.sum())},
        reading_zh=zh,
        reading_en=en,
    )


def _density(proximity: np.ndarray, special: np.ndarray, areas: Sequence[str], sectors: Sequence[str]) -> pd.DataFrame:
    near = np.nan_to_num(proximity) * (1 - np.eye(len(sectors)))
    density = indices.divide(special @ near, near.sum(axis=0))
    return pd.DataFrame(
        {
            "area_id": np.repeat(np.array(areas, dtype=object), len(sectors)),
            "sector": np.tile(np.array(sectors, dtype=object), len(areas)),
            "speciality": special.ravel() > 0,
            "density": density.ravel(),
        }
    ).astype({"area_id": "str", "sector": "str"})


def _read(table: pd.DataFrame, sectors: Sequence[Sector], areas: int) -> tuple[str, str]:
    known = table.dropna(subset=["proximity"])
    if known.empty:
        return "没有可比较的产业对", "No pair of sectors can be compared"
    best = known.loc[known["proximity"].idxmax()]
    if best["proximity"] == 0:
        return (
            f"{areas}个区域中没有两个产业同为专长",
            f"No two sectors are specialities of the same one of {counted(areas, 'area')}",
        )
    names = {sector.id: sector for sector in sectors}
    a, b = names[best["sector_i"]], names[best["sector_j"]]
    few_zh = f"；仅{areas}个区域，只作描述" if areas < _ENOUGH else ""
    few_en = f"; with {counted(areas, 'area')} this only describes" if areas < _ENOUGH else ""
    return (
        f"{areas}个区域中，{a.name_zh}与{b.name_zh}最常同为专长（关联度{best['proximity']:.2f}）{few_zh}",
        f"Over {counted(areas, 'area')} {a.name_en} and {b.name_en} are most often specialities together (proximity "
        f"{best['proximity']:.2f}){few_en}",
    )
