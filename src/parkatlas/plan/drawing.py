"""The areas as a drawing to check: polygons in a plane of about metres, with what they say of themselves.

Lines between the corners of a layer are straight in longitude and latitude (RFC 7946). A projection bends them: on the
border between two areas, 10 km long and noded on one side only, by two metres. So topology is judged in the plane of
longitude and latitude, stretched to metres at the middle of the plan; straight lines stay straight, and lengths are
right within about 1 % over a city. True areas come from `parkatlas.crs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from parkatlas import crs
from parkatlas.crs import Floats

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
_DEGREE = 111_195.0  # metres of a degree on a sphere of 6,371 km: tolerances need no more


@dataclass(frozen=True)
class Drawing:
    """Areas to check: one entry an area, in the order of the table it came from."""

    ids: npt.NDArray[np.object_]
    levels: npt.NDArray[np.object_]
    parents: npt.NDArray[np.object_]
    shapes: Shapes
    valid: npt.NDArray[np.bool_]
    origin: tuple[float, float]
    scale: tuple[float, float]

    @cached_property
    def sizes(self) -> Floats:
        """Areas in the plane, in square metres, about."""
        sizes: Floats = shapely.area(self.shapes)
        return sizes

    def at(self, *levels: str) -> Ints:
        """Return the places of valid areas of the levels."""
        return np.flatnonzero(np.isin(self.levels, levels) & self.valid)

    def lonlat(self, point: shapely.Point) -> tuple[float, float]:
        """Return the longitude and latitude of a point of the plane."""
        x, y = shapely.get_coordinates(point)[0]
        return float(x / self.scale[0] + self.origin[0]), float(y / self.scale[1] + self.origin[1])

    def spot(self, shape: shapely.Geometry) -> tuple[float, float]:
        """Return the longitude and latitude of a point within a shape of the plane."""
        return self.lonlat(shapely.point_on_surface(shape))

    def to_plane(self, shapes: Shapes) -> Shapes:
        """Return shapes in degrees as shapes in the plane."""
        return _stretch(shapes, self.origin, self.scale)

    def to_degrees(self, shapes: Shapes) -> Shapes:
        """Return shapes in the plane as shapes in degrees."""
        moved: Shapes = shapely.transform(shapes, lambda points: points / self.scale + self.origin)
        return moved

    def true_km2(self, shapes: Shapes) -> Floats:
        """Return true areas of shapes of the plane, in square kilometres."""
        if len(shapes) == 0:
            return np.empty(0)
        frame = gpd.GeoDataFrame(geometry=list(self.to_degrees(shapes)), crs=crs.WGS84)
        km2: Floats = crs.area_km2(frame).to_numpy()
        return km2


def draw(areas: gpd.GeoDataFrame) -> Drawing:
    """Return an AREAS table as a `Drawing`."""
    degrees = areas.geometry.to_numpy()
    valid: npt.NDArray[np.bool_] = shapely.is_valid(degrees)
    west, south, east, north = shapely.total_bounds(degrees) if len(degrees) else (0.0, 0.0, 0.0, 0.0)
    origin = (float(west + east) / 2, float(south + north) / 2)
    scale = (_DEGREE * float(np.cos(np.radians(origin[1]))), _DEGREE)
    parents = areas["parent_id"].astype(object).where(areas["parent_id"].notna(), None)
    return Drawing(
        ids=areas["area_id"].to_numpy(dtype=object),
        levels=areas["level"].to_numpy(dtype=object),
        parents=parents.to_numpy(dtype=object),
        shapes=_stretch(degrees, origin, scale),
        valid=valid,
        origin=origin,
        scale=scale,
    )


def _stretch(shapes: Shapes, origin: tuple[float, float], scale: tuple[float, float]) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda points: (points - origin) * scale)
    return moved
