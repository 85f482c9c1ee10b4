"""An honest error bar on a drawing: who would change area if boundaries moved by their stated uncertainty."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas import crs, model, schema
from parkatlas.crs import Floats


def sensitivity(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, default_m: float | None = None) -> pd.DataFrame:
    """Return, for each area, how many enterprises a shift of its boundary by its uncertainty could move.

    The boundary of an area with uncertainty u may lie anywhere within u of where it is drawn. An enterprise that counts
    for the area and lies within u of its boundary may leave it; one that does not count for it and lies within u may
    enter. Between ``n_low`` = n - may_leave and ``n_high`` = n + may_enter lie all counts that a boundary moved
    by no more than u can give.

    Parameters
    ----------
    located : GeoDataFrame
        `schema.LOCATED`, points in WGS 84. Only rows with ``entity`` "enterprise" are counted, as in the statistics of
        areas. Enterprises without a point do not depend on a boundary and are left out, so ``n`` counts points only.
    areas : GeoDataFrame
        `schema.AREAS`, in WGS 84.
    default_m : float, optional
        Uncertainty in metres of schematic areas that state none. Without it what may leave and enter them is not
        known: the four counts are missing. Official boundaries that state none are taken as exact: nothing moves.

    Returns
    -------
    DataFrame
        `schema.SENSITIVITY`: a row an area, in the order of ``areas``, then the row ``total``, which counts each
        enterprise once however many areas it may leave or enter; its ``n_low`` and ``n_high`` are ``n``. What may
        leave and enter is missing there where it is missing for any area.

    Raises
    ------
    ValueError
        For a negative ``default_m``.

    Notes
    -----
    An enterprise counts for a park as it counts for its sums: a nested park's enterprises count for the parks above.
    """
    if default_m is not None and default_m < 0:
        raise ValueError(f"default_m must not be negative, not {default_m}")
    reach = _uncertainty(areas, default_m)
    told = ~np.isnan(reach)
    chosen = located["entity"].eq("enterprise") & located.geometry.notna() & ~located.geometry.is_empty
    placed = located[chosen.to_numpy(dtype=bool)]
    own, holds = _own(placed, areas), _holds(areas)
    n = sum((holds.T @ np.bincount(codes[codes >= 0], minlength=len(areas)) for codes in own), np.zeros(len(areas)))
    area, point = _close(placed, areas, reach)
    counts = np.zeros(len(area), dtype=bool)
    for codes in own:
        counts |= (codes[point] >= 0) & holds[codes[point], area]
    table = areas[["area_id", "level", "name_zh", "name_en", "status"]].copy()
    table["uncertainty_m"] = np.where(reach > 0, reach, areas["uncertainty_m"].to_numpy(dtype=float))
    table["n"] = n.astype(int)
    for name, some in (("may_leave", counts), ("may_enter", ~counts)):
        table[name] = pd.Series(np.bincount(area[some], minlength=len(areas)), table.index, "Int64").where(told)
    table["n_low"], table["n_high"] = table["n"] - table["may_leave"], table["n"] + table["may_enter"]
    total = {
        "area_id": "total", "level": "total", "name_zh": "合计", "name_en": "Total",
        "n": len(placed), "n_low": len(placed), "n_high": len(placed),
        "may_leave": len(np.unique(point[counts])) if told.all() else None,
        "may_enter": len(np.unique(point[~counts])) if told.all() else None,
    }  # fmt: skip
    both = pd.concat([pd.DataFrame(table), pd.DataFrame([total])], ignore_index=True)
    return schema.conform(both, schema.SENSITIVITY)


def _uncertainty(areas: gpd.GeoDataFrame, default_m: float | None) -> Floats:
    """Return metres by which each boundary may be off; NaN where that is not known."""
    stated = areas["uncertainty_m"].to_numpy(dtype=float)
    schematic = (areas["status"] == "schematic").to_numpy(dtype=bool)
    assumed = np.where(schematic, np.nan if default_m is None else default_m, 0.0)
    return np.where(np.isnan(stated), assumed, stated)


def _own(placed: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> list[npt.NDArray[np.int64]]:
    """Return, for core, zone and park, the place of each enterprise's own area among the areas; -1 for none."""
    index = pd.Index(areas["area_id"])
    return [index.get_indexer(pd.Index(placed[column])) for column in ("core_id", "zone_id", "park_id")]


def _holds(areas: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return areas by areas: whether who counts for the one counts for the other, itself or one above of its level."""
    place_of = {area: i for i, area in enumerate(areas["area_id"])}
    levels = areas["level"].to_numpy()
    holds = np.eye(len(areas), dtype=bool)
    for area, above in model.ancestors(areas).items():
        for host in above:
            i, j = place_of[area], place_of[host]
            holds[i, j] = levels[i] == levels[j]
    return holds


def _close(
    placed: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, reach: Floats
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of area and enterprise where the enterprise lies within reach of the area's boundary."""
    moving = np.flatnonzero(reach > 0)
    empty = np.empty(0, dtype=np.int64)
    if len(moving) == 0 or len(placed) == 0:
        return empty, empty
    metric = crs.metric_crs_of(areas)
    borders = shapely.boundary(crs.to_metres(areas, metric).geometry.to_numpy()[moving])
    points = crs.to_metres(placed, metric).geometry.to_numpy()
    area, point = shapely.STRtree(points).query(borders, predicate="dwithin", distance=reach[moving])
    return moving[area], point
