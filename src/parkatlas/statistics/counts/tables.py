"""How many, where and of what: the tables of areas and sectors that the map and the report show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy.sparse as sp

from parkatlas import crs, schema
from parkatlas.statistics import indices
from parkatlas.statistics.exact import FEW
from parkatlas.statistics.membership import RESTS, Floats, membership
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, Result, plain

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector


def area_table(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count enterprises, employment and output by area.

    One row per area in the order of ``areas``, then ``outside`` (a point in no area), ``unplaced`` (neither point nor
    area) and ``total`` (every row). A nested area's enterprises count for its ancestors of the same level; levels
    overlap (a core lies over a zone), so rows of different levels are never added up.

    Parameters
    ----------
    located : GeoDataFrame
        LOCATED. Only rows with ``entity`` "enterprise" are counted, located and declared alike; institutes and
        platforms are counted apart in ``n_institutes`` and add neither employment nor output nor sectors.
    areas : GeoDataFrame
        AREAS, WGS 84.

    Returns
    -------
    DataFrame
        AREA_STATISTICS. ``share`` is of all enterprises and NaN where there are none; ``density_km2`` is over the true
        area (`crs.area_km2`); ``employees`` and ``output`` are sums and means over the rows that state them (known),
        NaN where none does;
        the mix is over rows with a sector and NaN where no row has one.

    Raises
    ------
    ValueError
        Where an enterprise stands in an area that ``areas`` does not have.

    References
    ----------
    The register itself; the mix: Hirschman 1964 (HHI), Hill 1973 (effective number), Shannon 1948.
    """
    who = membership(located, areas)
    firm = located["entity"].eq("enterprise").to_numpy()
    n = who.sums(firm.astype(float))
    columns: dict[str, object] = {
        "n": n,
        "n_declared": who.sums((firm & located["outcome"].eq("declared").to_numpy()).astype(float)),
        "n_institutes": who.sums((~firm).astype(float)),
        "share": indices.divide(n, n[-1]),
    }
    km2 = np.concatenate([crs.area_km2(areas).to_numpy() if len(areas) else [], np.full(3, np.nan)])
    columns |= {"km2": km2, "density_km2": indices.divide(n, km2)}
    for name in ("employees", "output"):
        value, known = stated(located[name], firm)
        n_known = who.sums(known)
        total = who.sums(value)
        columns |= {name: np.where(n_known > 0, total, np.nan), f"{name}_known": n_known}
        columns[f"{name}_mean"] = indices.divide(total, n_known)
    mix = who.sums(one_hot(located["sector"].where(firm))[0])
    columns |= {"hhi": indices.hhi(mix), "effective_sectors": indices.effective(mix), "shannon": indices.entropy(mix)}
    return schema.conform(who.labels.assign(**columns), schema.AREA_STATISTICS)


def sector_table(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sequence[Sector] | Sequence[str]
) -> pd.DataFrame:
    """Count enterprises by area and sector, with the location quotient.

    One row for each row of `area_table` and each sector of the plan, zero counts included. The location quotient
    compares the area with the register itself::

        share = n / n of the area with a sector
        expected = n of the area with a sector * share of the sector among all enterprises with a sector
        lq = n / expected

    Parameters
    ----------
    located, areas : GeoDataFrame
        As for `area_table`. Enterprises with no sector, or with one outside the taxonomy, are left out.
    sectors : sequence of Sector or of str
        The plan's taxonomy, in its order.

    Returns
    -------
    DataFrame
        SECTOR_STATISTICS. ``share`` and ``lq`` are NaN in an area where no enterprise has a sector; ``lq`` is NaN for
        a sector that the register does not have. Small numbers make large quotients: read ``lq`` with ``expected``.

    References
    ----------
    Florence 1939, Report on the location of industry (location quotient). With interval and test: `location_quotient`.
    """
    who = membership(located, areas)
    names = [sector if isinstance(sector, str) else sector.id for sector in sectors]
    hot, _ = one_hot(located["sector"].where(located["entity"].eq("enterprise")), names)
    n = who.sums(hot)
    expected = n.sum(axis=1, keepdims=True) * indices.shares(n[-1])
    columns: dict[str, object] = {
        "sector": np.tile(np.array(names, dtype=object), len(n)),
        "n": n.ravel(),
        "share": indices.shares(n).ravel(),
        "expected": expected.ravel(),
        "lq": indices.divide(n, expected).ravel(),
    }
    firm = np.ones(len(located), dtype=bool)
    for name in ("employees", "output"):
        value, known = stated(located[name], firm)
        total, n_known = who.sums(hot.multiply(value[:, None]).tocsr()), who.sums(hot.multiply(known[:, None]).tocsr())
        columns[name] = np.where(n_known > 0, total, np.nan).ravel()
    rows = who.labels.loc[np.repeat(who.labels.index, len(names))].reset_index(drop=True)
    return schema.conform(rows.assign(**columns), schema.SECTOR_STATISTICS)


class AreaCounts(Result):
    """The area table with a reading: `draw` ranks the areas by number of enterprises."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar an area, then outside and unplaced."""
        rows = self.table[self.table["level"] != "total"].iloc[::-1]
        ax.barh(np.arange(len(rows)), rows["n"].astype(float), color=BLUE)
        ax.set_yticks(np.arange(len(rows)), [plain(name) for name in rows[f"name_{lang}"]])
        ax.set_xlabel("企业数" if lang == "zh" else "Enterprises")


def read_areas(table: pd.DataFrame, _n: int | None = None) -> AreaCounts:
    """Return an `area_table` as a Result: how many enterprises stand where, in one sentence; all count."""
    by = table.set_index("area_id")["n"]
    n = int(by["total"])
    away = int(by["outside"]), int(by["unplaced"])
    parks = table[table["level"] == "park"]
    most_zh = most_en = ""
    if len(parks) and parks["n"].max() >= FEW:
        most = parks.loc[parks["n"].idxmax()]
        most_zh = f"；企业最多的园区：{most['name_zh']}（{most['n']}家）"
        most_en = f"; the park with most: {most['name_en']} ({most['n']})"
    return AreaCounts(
        name="area_table",
        definition="enterprises whose core, zone or park is the area or nested in it; located and declared alike",
        reference="the register itself; areas measured on the ground (CGCS2000 Gauss-Kruger or UTM)",
        unit="enterprises",
        n_used=n,
        n_dropped=0,
        table=table,
        reading_zh=f"共{n}家企业，{away[0]}家在区域外，{away[1]}家无位置{most_zh}",
        reading_en=f"{counted(n, 'enterprise')}, {away[0]} outside all areas, {away[1]} not placed{most_en}",
    )


class SectorCounts(Result):
    """The sector table with a reading: `draw` stacks the sectors of each area."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one stacked bar an area, of its enterprises by sector."""
        rows = self.table[self.table["level"] != "total"]
        counts = rows.pivot_table(index="area_id", columns="sector", values="n", aggfunc="sum", sort=False).astype(
            float
        )
        names = rows.drop_duplicates("area_id").set_index("area_id").loc[counts.index, f"name_{lang}"]
        at, left = np.arange(len(counts)), np.zeros(len(counts))
        for sector in counts.columns:
            ax.barh(at, counts[sector], left=left, label=plain(self.name_of(sector, lang)))
            left = left + counts[sector].to_numpy()
        ax.set_yticks(at, [plain(name) for name in names])
        ax.invert_yaxis()
        ax.set_xlabel("企业数" if lang == "zh" else "Enterprises")
        if len(counts.columns):
            ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))


def read_sectors(table: pd.DataFrame, n_all: int | None = None) -> SectorCounts:
    """Return a `sector_table` as a Result: how many of its cells are large enough to be read.

    ``n_all`` enterprises are in the register: those that the table does not count are dropped.
    """
    cells = table[~table["level"].isin(list(RESTS))]
    solid = int((cells["expected"] >= FEW).sum())
    n = int(table.loc[table["level"] == "total", "n"].sum())
    return SectorCounts(
        name="sector_table",
        definition="share = n / n of the area with a sector; expected = n of the area with a sector * share of the "
        "sector among all enterprises with a sector; lq = n / expected; enterprises without a sector of the plan "
        "are dropped",
        reference="the register itself",
        unit="enterprises",
        n_used=n,
        n_dropped=0 if n_all is None else n_all - n,
        table=table,
        reading_zh=f"{n}家有产业领域的企业；{len(cells)}个区域与产业组合中{solid}个期望不少于5家，其余区位商仅供参考",
        reading_en=f"{counted(n, 'enterprise')} with a sector; {solid} of {len(cells)} areas and sectors have 5 or "
        "more expected, the quotients of the others are not to be relied on",
    )


def stated(values: pd.Series[float], rows: np.ndarray) -> tuple[Floats, Floats]:
    """Return values with the missing as zero, and 1 where one is stated; both zero in rows that do not count."""
    number = values.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(number) & rows
    return np.where(known, number, 0.0), known.astype(float)


def one_hot(sector: pd.Series[str], names: Sequence[str] | None = None) -> tuple[sp.csr_array, list[str]]:
    """Return enterprises by sectors, 1 where the enterprise is of the sector, and the sectors (sorted unless given)."""
    order = sorted(sector.dropna().unique()) if names is None else list(names)
    code = pd.Index(order, dtype="str").get_indexer(sector)
    rows = np.flatnonzero(code >= 0)
    return sp.csr_array((np.ones(len(rows)), (rows, code[rows])), shape=(len(sector), len(order))), order
