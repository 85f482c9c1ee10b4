"""The window that a point statistic is computed in, and the points that stand in it.

Density, distance and chance mean nothing without the ground they refer to: every function of point patterns takes a
window, measures in it and echoes its size. Everything here is in metres of one projected CRS.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from shapely import MultiPolygon, Polygon

from parkatlas.crs import require_metres

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Ground: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Polygon | MultiPolygon


@dataclass(frozen=True, eq=False)
class Window:
    """A polygon or multipolygon in metres, holes included, and what is asked of it again and again."""

    polygon: Polygon | MultiPolygon

    @property
    def area(self) -> float:
        """Area in square metres."""
        return float(self.polygon.area)

    @property
    def km2(self) -> float:
        """Area in square kilometres."""
        return self.area / 1e6

    @property
    def perimeter(self) -> float:
        """Length of all rings in metres."""
        return float(self.polygon.length)

    @property
    def shorter_side(self) -> float:
        """Shorter side of the bounding box in metres."""
        west, south, east, north = self.polygon.bounds
        return float(min(east - west, north - south))

    def covers(self, xy: Floats) -> Bools:
        """Say which points lie inside or on the border."""
        shapely.prepare(self.polygon)
        points = shapely.points(xy)
        return np.asarray(shapely.covers(self.polygon, points), dtype=bool)

    def border_distance(self, xy: Floats) -> Floats:
        """Return the distance of each point to the nearest ring in metres."""
        rings = shapely.boundary(self.polygon)
        shapely.prepare(rings)
        return np.asarray(shapely.distance(shapely.points(xy), rings), dtype=float)

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """Return n points uniform over the window: a triangle by its area, then a place in it; nothing is rejected."""
        corners, odds = self._triangles
        chosen = np.searchsorted(odds, rng.random(n), side="right")
        u, v = rng.random((2, n))
        over = u + v > 1.0
        u[over], v[over] = 1.0 - u[over], 1.0 - v[over]
        a, b, c = (corners[chosen, k] for k in range(3))
        return np.asarray(a + u[:, None] * (b - a) + v[:, None] * (c - a))

    @functools.cached_property
    def edges(self) -> tuple[Floats, Floats]:
        """Start and end of every edge, (m, 2) each; the window lies to the left of each."""
        turned = shapely.orient_polygons(self.polygon)
        rings = shapely.get_rings(shapely.get_parts(turned))
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[1:] == ring[:-1]
        return xy[:-1][same], xy[1:][same]

    @functools.cached_property
    def _triangles(self) -> tuple[Floats, Floats]:
        parts = shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.get_parts(self.polygon)))
        triangles = shapely.get_parts(parts)
        areas = shapely.area(triangles)
        corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
        odds = np.cumsum(areas)
        return corners, odds / odds[-1]


@dataclass(frozen=True, eq=False)
class Sites:
    """Points that can be used: ``xy`` (n, 2) in metres, ``rows`` their positions in the frame as given.

    ``outside`` and ``missing`` name the points outside the window and the rows without a point: by ``enterprise_id``
    where the frame has that column, else by their index.
    """

    xy: Floats
    rows: Ints
    index: pd.Index[Any]
    outside: tuple[Hashable, ...]
    missing: tuple[Hashable, ...]
    crs: pyproj.CRS
    window: Window | None

    @property
    def n(self) -> int:
        """Number of usable points."""
        return len(self.xy)

    @property
    def n_dropped(self) -> int:
        """Number of rows that could not be used."""
        return len(self.outside) + len(self.missing)

    @property
    def ground(self) -> Window:
        """The window, where one is needed."""
        if self.window is None:
            raise ValueError("a window is needed: the areas, or a polygon in metres")
        return self.window

    def params(self) -> dict[str, Any]:
        """Return what every result of these points says of itself: CRS, window, and who was left out."""
        shared = 1.0 - len(np.unique(self.xy, axis=0)) / self.n if self.n else 0.0
        said: dict[str, Any] = {
            "crs": self.crs.to_string(),
            "n_outside": len(self.outside),
            "outside": list(self.outside),
            "n_missing": len(self.missing),
            "share_at_shared_place": shared,
        }
        return said if self.window is None else {"window_km2": self.window.km2, **said}


def window_of(ground: Ground | Window, crs: pyproj.CRS) -> Window:
    """Return the window: a polygon in metres of ``crs``, or the union of areas, brought to that CRS.

    Raises
    ------
    TypeError
        For anything but a polygon, areas or a Window.
    ValueError
        For a window without area.
    """
    if isinstance(ground, Window):
        return ground
    if isinstance(ground, (gpd.GeoDataFrame, gpd.GeoSeries)):
        if ground.crs is None:
            raise ValueError("the window has no CRS; set the one its coordinates are in")
        shapes = ground.geometry.to_crs(crs).dropna().to_numpy()
        ground = shapely.union_all(shapely.make_valid(shapes))
        parts = shapely.get_parts(ground)  # mending may leave lines and points beside the polygons
        ground = shapely.union_all(parts[shapely.area(parts) > 0])
    if not isinstance(ground, (Polygon, MultiPolygon)):
        raise TypeError(f"the window must be a polygon or areas, not {type(ground).__name__}")
    if not ground.is_valid:
        raise ValueError(f"the window is not a valid polygon: {shapely.is_valid_reason(ground)}")
    if ground.is_empty or not ground.area > 0:
        raise ValueError("the window has no area")
    return Window(ground)


def place(points: gpd.GeoDataFrame | gpd.GeoSeries, ground: Ground | Window | None) -> Sites:
    """Sort points into those in the window, those outside and those missing; nothing is dropped in silence.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres; rows without a point are allowed and counted.
    ground : areas, polygon, Window or None
        None: no window, every point counts.

    Raises
    ------
    CRSError
        Where the points are in degrees, in EPSG:3857 or have no CRS.
    TypeError
        Where a geometry is not a point.
    """
    crs = require_metres(points)
    shapes = points.geometry.to_numpy()
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kinds = shapely.get_type_id(shapes[known])
    if (kinds != 0).any():
        raise TypeError("every geometry must be a point; use representative points or centroids")
    rows = np.flatnonzero(known)
    xy = np.column_stack([shapely.get_x(shapes[known]), shapely.get_y(shapes[known])])
    window = None if ground is None else window_of(ground, crs)
    inside = np.ones(len(xy), dtype=bool) if window is None else window.covers(xy)
    labels = points.index
    named = points["enterprise_id"].to_numpy() if "enterprise_id" in getattr(points, "columns", ()) else labels
    return Sites(
        xy=np.ascontiguousarray(xy[inside], dtype=float),
        rows=rows[inside],
        index=labels[rows[inside]],
        outside=tuple(named[rows[~inside]].tolist()),
        missing=tuple(named[~known].tolist()),
        crs=crs,
        window=window,
    )


def numbers(points: gpd.GeoDataFrame | gpd.GeoSeries, column: str | None, sites: Sites) -> Floats:
    """Return the values of a column for the usable points; ones where no column is named; NaN where unknown.

    Raises
    ------
    KeyError
        Where the column does not exist.
    ValueError
        Where a value is negative.
    """
    if column is None:
        return np.ones(sites.n)
    if column not in points.columns:
        raise KeyError(f"no column {column!r}; there are {', '.join(map(str, points.columns))}")
    values = pd.to_numeric(points[column]).astype("Float64").to_numpy(dtype=float, na_value=np.nan)[sites.rows]
    if (values < 0).any():
        raise ValueError(f"column {column!r} has negative values; weights cannot be negative")
    return np.asarray(values)
