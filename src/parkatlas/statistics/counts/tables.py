"""How many, where and of what: the tables of areas and sectors that the map and the report show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy.sparse as sp

from parkatlas import crs, schema
from parkatlas.statistics import indices
from parkatlas.statistics.membership import Floats, membership

if TYPE_CHECKING:
    import geopandas as gpd

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
        area (`crs.area_km2`); ``employees`` and ``output`` are sums over the rows that state them, NaN where none does;
        the mix is over rows with a sector and NaN where no row has one.

    Raises
    ------
    ValueError
        Where an enterprise stands in an area that ``areas`` does not have.
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
        columns |= {name: np.where(n_known > 0, who.sums(value), np.nan), f"{name}_known": n_known}
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
