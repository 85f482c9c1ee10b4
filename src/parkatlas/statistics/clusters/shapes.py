"""Hulls and centroids of clusters, all at once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from parkatlas.statistics.window import Floats, Ints


def hulls(xy: Floats, member: Ints, concave_ratio: float) -> gpd.GeoDataFrame:
    """Return x, y, area_km2, concave_km2, geometry (convex hull) and concave_hull of each cluster numbered from 1.

    A cluster of fewer than three places, or all on one line, has no hull: None and NaN.
    """
    inside = np.flatnonzero(member > 0)
    inside = inside[np.argsort(member[inside], kind="stable")]
    keys, first, counts = np.unique(member[inside], return_index=True, return_counts=True)
    points = np.asarray(shapely.points(xy[inside]))
    places = np.asarray(shapely.multipoints(points, indices=np.repeat(np.arange(len(keys)), counts)))
    convex = np.asarray(shapely.convex_hull(places))
    concave = np.asarray(shapely.concave_hull(places, ratio=concave_ratio))
    flat = shapely.get_type_id(convex) != 3
    convex[flat] = None
    concave[flat | (shapely.get_type_id(concave) != 3)] = None
    middle = np.add.reduceat(xy[inside], first, axis=0) / counts[:, None] if len(keys) else np.empty((0, 2))
    return gpd.GeoDataFrame(
        {
            "x": middle[:, 0],
            "y": middle[:, 1],
            "area_km2": np.where(flat, np.nan, shapely.area(convex) / 1e6),
            "concave_km2": np.where(flat, np.nan, shapely.area(concave) / 1e6),
            "concave_hull": gpd.GeoSeries(concave, index=keys),
        },
        geometry=gpd.GeoSeries(convex, index=keys),
        index=keys,
    )
