"""Enterprises meet areas: each gains its core, zone, park, outcome and nearest park.

A point is covered by every area it lies in or on the border of, as GEOS decides on the planar WGS 84 coordinates as
stored. At each level the smallest area wins, then the lowest id; metres and square metres are those of the metric CRS
of the areas, so an answer never depends on which other enterprises are asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.area_index import AreaIndex
from parkatlas.model import ancestors

if TYPE_CHECKING:
    import pyproj

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

NONE = -1  # the index of "no area"


def locate_enterprises(enterprises: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the enterprises with their areas: one row in, one row out, same order, same index.

    Parameters
    ----------
    enterprises : GeoDataFrame
        An ENTERPRISES table: points in WGS 84, missing where the list gives none. Never changed.
    areas : GeoDataFrame
        An AREAS table, in WGS 84.

    Returns
    -------
    GeoDataFrame
        A LOCATED table. ``core_id``, ``zone_id`` and ``park_id`` name, at each level, the smallest area that covers
        the point (in whole square metres, so that equal areas tie), then the lowest ``area_id``. ``outcome`` is

        - ``located``: the point lies in an area, or on its border;
        - ``declared``: no point, but ``declared_area`` names an area; the ids are that area's and its parents';
        - ``outside``: the point lies in no area;
        - ``unplaced``: neither a point nor a known area.

        ``nearest_park_id`` and ``park_distance_m`` are given to rows with a point: the park itself and 0 inside,
        otherwise the nearest park by distance to its border in metres, ties as above. Without parks, and without a
        point, they are missing.

    Raises
    ------
    CRSError
        Unless both tables are in WGS 84.
    ValueError
        Where the areas' parents go round in a circle.
    """
    crs.require_wgs84(enterprises)
    crs.require_wgs84(areas)
    lon, lat = coordinates(enterprises)
    found = np.full((len(enterprises), len(schema.LEVELS)), NONE)
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    found[placed] = assign(areas, lon[placed], lat[placed])
    declared = _declared(enterprises, areas)
    declared[placed] = NONE
    chains = _chains(areas)
    found[declared != NONE] = chains[declared[declared != NONE]]

    out = enterprises.copy()
    ids = pd.array(areas["area_id"], dtype="str")
    for column, level in enumerate(schema.LEVELS):
        out[f"{level}_id"] = ids.take(found[:, column], allow_fill=True)
    outcome = np.where(declared != NONE, 1, 3)
    outcome[placed] = np.where((found[placed] != NONE).any(axis=1), 0, 2)
    out["outcome"] = pd.array(schema.OUTCOMES, dtype="str").take(outcome)
    nearest, distance = np.full(len(out), NONE), np.full(len(out), np.nan)
    park = found[placed, schema.LEVELS.index("park")]
    nearest[placed], distance[placed] = nearest_park(areas, lon[placed], lat[placed], park)
    out["nearest_park_id"] = ids.take(nearest, allow_fill=True)
    out["park_distance_m"] = distance
    return out


def outcomes(located: pd.DataFrame) -> dict[str, int]:
    """Return the number of enterprises of each outcome, in the order of `schema.OUTCOMES`, zeros included."""
    counts = located["outcome"].value_counts()
    return {outcome: int(counts.get(outcome, 0)) for outcome in schema.OUTCOMES}


def coordinates(enterprises: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes of points; NaN where a row has no point."""
    geometry = enterprises.geometry.where(~enterprises.geometry.is_empty).to_numpy()
    return shapely.get_x(geometry), shapely.get_y(geometry)


def assign(areas: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> Indices:
    """Return the row of the area that each point belongs to: shape (points, levels), `NONE` where there is none."""
    order = np.argsort(tie_rank(areas))  # the first area of a level is then the one to take
    level = pd.Categorical(areas["level"], categories=schema.LEVELS).codes
    first = AreaIndex(areas.geometry.to_numpy()[order]).first(lon, lat, level[order], len(schema.LEVELS))
    rows: Indices = np.append(order, NONE)[first.T]
    return rows


def tie_rank(areas: gpd.GeoDataFrame) -> Indices:
    """Return the place of each area in the order that settles ties: whole square metres, then area id."""
    if not len(areas):
        return np.empty(0, dtype=np.intp)
    order = np.lexsort((areas["area_id"].to_numpy(dtype=object), np.rint(crs.area_km2(areas) * 1e6)))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank


def nearest_park(areas: gpd.GeoDataFrame, lon: Floats, lat: Floats, park: Indices) -> tuple[Indices, Floats]:
    """Return the row of the nearest park and the metres to it; ``park`` is the park that a point lies in, or `NONE`."""
    nearest, distance = park.copy(), np.where(park == NONE, np.nan, 0.0)
    parks = np.flatnonzero((areas["level"] == "park").to_numpy())
    asked = np.flatnonzero(park == NONE)
    if len(parks) and len(asked):
        metric = crs.metric_crs_of(areas)
        nearest[asked], distance[asked] = _nearest(areas, parks, metric, lon[asked], lat[asked])
    return nearest, distance


def _nearest(
    areas: gpd.GeoDataFrame, parks: Indices, metric: pyproj.CRS, lon: Floats, lat: Floats
) -> tuple[Indices, Floats]:
    # Parks in tie order: of parks equally near, the first of the tree is then the one to take.
    parks = parks[np.argsort(tie_rank(areas)[parks])]
    tree = shapely.STRtree(crs.to_metres(areas, metric).geometry.to_numpy()[parks])
    points = shapely.points(*crs.project(lon, lat, metric))
    (point, tied), metres = tree.query_nearest(points, return_distance=True)
    order = np.lexsort((tied, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    return parks[tied[first]], metres[first]


def _declared(enterprises: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Indices:
    """Return the row of each enterprise's declared area, `NONE` where it names none that is known."""
    rows: Indices = pd.Index(areas["area_id"]).get_indexer(enterprises["declared_area"])
    return rows


def _chains(areas: gpd.GeoDataFrame) -> Indices:
    """Return for each area, at each level, the row of itself or its nearest ancestor there, or `NONE`."""
    row = {area: number for number, area in enumerate(areas["area_id"])}
    level = dict(zip(areas["area_id"], areas["level"], strict=True))
    chains = np.full((len(areas), len(schema.LEVELS)), NONE)
    for area, above in ancestors(areas).items():
        for link in reversed((area, *above)):  # the nearest is written last
            chains[row[area], schema.LEVELS.index(level[link])] = row[link]
    return chains
