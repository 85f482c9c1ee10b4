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

from parkatlas.crs import Floats

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
NOISE_M = 0.02  # seven decimals, and what GEOS itself rounds
PLACE_DECIMALS = 9  # of a degree: a place is said to 0.1 mm, without the noise of the last bits
MOST_NOISE_M = 1.0  # of layers with five decimals or fewer: their corners stand metres apart anyway
_A, _E2 = 6_378_137.0, 0.0066943799901413165  # WGS 84: half axis in metres, first eccentricity squared
METRES_A_DEGREE = 111_195.0  # metres of a degree on a sphere of 6,371 km: tolerances need no more


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
    noise_m: float

    @cached_property
    def sizes(self) -> Floats:
        """Areas in the plane, in square metres, about."""
        sizes: Floats = shapely.area(self.shapes)
        return sizes

    def at(self, *levels: str) -> Ints:
        """Return the places of valid areas of the levels."""
        return np.flatnonzero(np.isin(self.levels, levels) & self.valid)

    def lonlats(self, points: Floats) -> list[list[float]]:
        """Return longitude and latitude of points (n, 2) of the plane."""
        degrees: list[list[float]] = np.round(points / self.scale + self.origin, PLACE_DECIMALS).tolist()
        return degrees

    def spots(self, shapes: Shapes) -> list[list[float]]:
        """Return the longitude and latitude of a point within each of some shapes of the plane."""
        return self.lonlats(shapely.get_coordinates(shapely.point_on_surface(shapes)))

    def lonlat(self, point: shapely.Point) -> tuple[float, float]:
        """Return the longitude and latitude of a point of the plane."""
        lon, lat = self.lonlats(shapely.get_coordinates(point))[0]
        return lon, lat

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
        """Return true areas of shapes of the plane, in square kilometres.

        The plane's area times the scale of the WGS 84 ellipsoid at the middle latitude of each shape: for a piece of
        50 km within 0.001 % of its area on the ellipsoid, at a hundredth of the cost.
        """
        bounds = shapely.bounds(shapes).reshape(-1, 4)
        phi = np.radians(self.origin[1] + (bounds[:, 1] + bounds[:, 3]) / 2 / self.scale[1])
        flat = 1 - _E2 * np.sin(phi) ** 2
        square_degree = np.radians(1) ** 2 * _A**2 * (1 - _E2) / flat**2 * np.cos(phi)
        km2: Floats = shapely.area(shapes) * square_degree / (self.scale[0] * self.scale[1]) / 1e6
        return km2


def draw(areas: gpd.GeoDataFrame) -> Drawing:
    """Return an AREAS table as a `Drawing`."""
    degrees = areas.geometry.to_numpy()
    valid: npt.NDArray[np.bool_] = shapely.is_valid(degrees)
    west, south, east, north = shapely.total_bounds(degrees) if len(degrees) else (0.0, 0.0, 0.0, 0.0)
    origin = (float(west + east) / 2, float(south + north) / 2)
    scale = (METRES_A_DEGREE * float(np.cos(np.radians(origin[1]))), METRES_A_DEGREE)
    parents = areas["parent_id"].astype(object).where(areas["parent_id"].notna(), None)
    return Drawing(
        ids=areas["area_id"].to_numpy(dtype=object),
        levels=areas["level"].to_numpy(dtype=object),
        parents=parents.to_numpy(dtype=object),
        shapes=_stretch(degrees, origin, scale),
        valid=valid,
        origin=origin,
        scale=scale,
        noise_m=noise_of(degrees),
    )


def _stretch(shapes: Shapes, origin: tuple[float, float], scale: tuple[float, float]) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda points: (points - origin) * scale)
    return moved


def noise_of(degrees: Shapes) -> float:
    """Return the width in metres below which slivers and gaps between shapes in degrees say nothing.

    Two roundings to the last decimal that any of the coordinates uses, and at least 2 cm.

    >>> import shapely
    >>> [round(noise_of(shapely.box([126.0], [44.0], [126.0 + step], [44.1])), 3) for step in (1e-5, 1e-6, 1e-7, 1e-9)]
    [1.0, 0.157, 0.02, 0.02]
    """
    points = shapely.get_coordinates(degrees)
    for decimals in (5, 6):
        units = points * 10**decimals
        if (np.abs(units - np.rint(units)) < 1e-5).all():
            return min(MOST_NOISE_M, float(np.sqrt(2)) * METRES_A_DEGREE / 10**decimals)
    return NOISE_M
