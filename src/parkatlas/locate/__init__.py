"""Enterprises meet areas: each gains its core, zone, park, outcome and nearest park.

A point is covered by every area it lies in or on the border of, as GEOS decides on the planar WGS 84 coordinates as
stored. At each level the smallest area wins, then the lowest id; metres and square metres are those of the metric CRS
of the areas, so an answer never depends on which other enterprises are asked about.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.area_index import AreaIndex
from parkatlas.locate.nearest import Borders
from parkatlas.model import ancestors

if TYPE_CHECKING:
    import pyproj

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]

NONE = -1  # the index of "no area"


def locate_enterprises(enterprises: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | Gazetteer) -> gpd.GeoDataFrame:
    """Return the enterprises with their areas: one row in, one row out, same order, same index.

    Parameters
    ----------
    enterprises : GeoDataFrame
        An ENTERPRISES table: points in WGS 84, missing where the list gives none. Never changed.
    areas : GeoDataFrame or Gazetteer
        An AREAS table, in WGS 84; or one made ready, where many tables meet the same areas.

    Returns
    -------
    GeoDataFrame
        A LOCATED table. ``core_id``, ``zone_id`` and ``park_id`` name, at each level, the smallest area that covers
        the point (in whole square metres, so that equal areas tie), then the lowest ``area_id``. ``outcome`` is

        - ``located``: the point lies in an area, or on its border;
        - ``declared``: no point, but ``declared_area`` names an area; the ids are that area's and its parents';
        - ``outside``: the point lies in no area;
        - ``unplaced``: neither a point nor a known area.

        ``park_ids`` lists every park that covers the point, or those above a declared one, smallest first.
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
    if not isinstance(enterprises, gpd.GeoDataFrame):
        schema.validate(enterprises, schema.ENTERPRISES)  # names every column that is missing, the geometry among them
    crs.require_wgs84(enterprises)
    gazetteer = areas if isinstance(areas, Gazetteer) else Gazetteer(areas)
    lon, lat = coordinates(enterprises)
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    declared = gazetteer.rows(enterprises["declared_area"])
    declared[placed] = NONE
    found = gazetteer.chains[declared]
    found[placed] = gazetteer.assign(lon[placed], lat[placed])

    out = enterprises.copy()
    ids = gazetteer.ids
    for column, level in enumerate(schema.LEVELS):
        out[f"{level}_id"] = ids.take(found[:, column], allow_fill=True)
    out["park_ids"] = gazetteer.all_parks(lon, lat, found[:, schema.LEVELS.index("park")])
    outcome = np.where(declared != NONE, 1, 3)
    outcome[placed] = np.where((found[placed] != NONE).any(axis=1), 0, 2)
    out["outcome"] = pd.array(schema.OUTCOMES, dtype="str").take(outcome)
    nearest, distance = np.full(len(out), NONE), np.full(len(out), np.nan)
    park = found[placed, schema.LEVELS.index("park")]
    nearest[placed], distance[placed] = gazetteer.nearest_park(lon[placed], lat[placed], park)
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


class Gazetteer:
    """Areas made ready to be asked about points, table after table. `NONE` stands for no area.

    Parameters
    ----------
    areas : GeoDataFrame
        An AREAS table, in WGS 84.
    workers : int, optional
        Threads of the join; as many as there are processors unless given.
    """

    def __init__(self, areas: gpd.GeoDataFrame, *, workers: int | None = None) -> None:
        crs.require_wgs84(areas)
        self.areas = areas
        self.ids = pd.array(areas["area_id"], dtype="str")
        self.order = _tie_order(areas)  # the rows of areas, the one to take in a tie first
        self._level = pd.Categorical(areas["level"], categories=schema.LEVELS).codes[self.order]
        self._index = AreaIndex(areas.geometry.to_numpy()[self.order], workers=workers)

    def assign(self, lon: Floats, lat: Floats) -> Indices:
        """Return the row of the area that each point belongs to: shape (points, levels)."""
        rows: Indices = np.append(self.order, NONE)[self.ranks(lon, lat).T]
        return rows

    def ranks(self, lon: Floats, lat: Floats) -> Ints:
        """Return the place in ``order`` of the area that each point belongs to: shape (levels, points)."""
        return self._index.first(lon, lat, self._level, len(schema.LEVELS))

    def all_parks(self, lon: Floats, lat: Floats, park: Indices) -> pd.api.extensions.ExtensionArray:
        """Return every park of each row as ids separated by ";", smallest first; missing where there is none.

        ``park`` is the row of the smallest. A row without a point has that park and the parks above it.
        """
        found = self.ids.take(park, allow_fill=True)
        texts = pd.Series(found)
        has = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        point, rank = self._index.pairs(lon[has], lat[has])
        keep = self._level[rank] == schema.LEVELS.index("park")
        point, rank = point[keep], rank[keep]
        several = np.flatnonzero(np.bincount(point, minlength=len(has)) > 1)
        among = np.isin(point, several)
        lists = pd.Series(np.asarray(self.ids)[self.order[rank[among]]]).groupby(point[among]).agg(";".join)
        texts.iloc[has[lists.index]] = lists.to_numpy()
        parks, above = set(self.ids[self.areas["level"] == "park"]), ancestors(self.areas)
        blank = np.flatnonzero((park != NONE) & ~(np.isfinite(lon) & np.isfinite(lat)))
        chains = {one: ";".join([one, *(up for up in above[one] if up in parks)]) for one in set(found[blank])}
        texts.iloc[blank] = [chains[one] for one in found[blank]]
        return pd.array(texts, dtype="str")

    def nearest_park(self, lon: Floats, lat: Floats, park: Indices) -> tuple[Indices, Floats]:
        """Return the row of the nearest park and the metres to it; ``park`` is the one a point lies in, or `NONE`."""
        nearest, distance = park.copy(), np.where(park == NONE, np.nan, 0.0)
        asked = np.flatnonzero(park == NONE)
        parks, borders, metric = self._parks
        if metric is not None and len(asked):
            east, north = crs.project(lon[asked], lat[asked], metric)
            near, distance[asked] = borders.nearest(east, north)
            nearest[asked] = np.append(parks, NONE)[near]
        return nearest, distance

    def rows(self, ids: pd.Series[str]) -> Indices:
        """Return the rows of areas by id, `NONE` where there is no such area."""
        rows: Indices = pd.Index(self.ids).get_indexer(ids)
        return rows

    @cached_property
    def chains(self) -> Indices:
        """For each area, at each level, the row of itself or of its nearest ancestor there; a last row of `NONE`."""
        areas = self.areas
        row = {area: number for number, area in enumerate(areas["area_id"])}
        level = dict(zip(areas["area_id"], areas["level"], strict=True))
        chains = np.full((len(areas) + 1, len(schema.LEVELS)), NONE)
        for area, above in ancestors(areas).items():
            for link in reversed((area, *above)):  # the nearest is written last
                chains[row[area], schema.LEVELS.index(level[link])] = row[link]
        return chains

    @cached_property
    def _parks(self) -> tuple[Indices, Borders, pyproj.CRS | None]:
        """Rows of the parks in the order of ties, their borders in metres, and the CRS of these metres."""
        is_park = (self.areas["level"] == "park").to_numpy()
        parks = self.order[is_park[self.order]]
        if not len(parks):
            return parks, Borders(np.empty(0, dtype=object)), None
        metric = crs.metric_crs_of(self.areas)
        return parks, Borders(crs.to_metres(self.areas, metric).geometry.to_numpy()[parks]), metric


def _tie_order(areas: gpd.GeoDataFrame) -> Indices:
    """Return the rows of areas by whole square metres, then area id."""
    if not len(areas):
        return np.empty(0, dtype=np.intp)
    return np.lexsort((areas["area_id"].to_numpy(dtype=object), np.rint(crs.area_km2(areas) * 1e6)))
