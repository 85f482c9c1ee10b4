"""What a plan knows of where its enterprises should be: its extent, zones and parks, the area a row declares."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.memory import arrow_text
from parkatlas.model import ancestors
from parkatlas.normalize.cells import Floats, Mask

Numbers = npt.NDArray[np.intp]

_MARGIN_SHARE, _MARGIN_DEGREES = 0.2, 0.05  # around the plan: a fifth of its size, at least about 5 km
_METRES = 111_320.0  # a degree of a great circle
FAR_M = 1000.0  # from the declared area, where its own boundary is no less certain than half of this


@dataclass(frozen=True)
class Evidence:
    """Areas as arrays, one entry each: ``ids``, ``shapes`` in degrees, ``doubt`` in metres.

    ``doubt`` is how far a boundary may be off: what the plan states, 0 for an official boundary without a statement,
    infinite for a schematic one. ``park`` says which areas are parks, ``zones`` are the places of the zones in ``ids``,
    ``above`` the places of each area and of those around it, from itself upward.
    """

    box: tuple[float, float, float, float]
    ids: npt.NDArray[np.object_]
    shapes: npt.NDArray[np.object_]
    doubt: Floats
    park: Mask
    zones: Numbers
    above: tuple[tuple[int, ...], ...]

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the plan."""
        west, south, east, north = self.box
        return (west + east) / 2, (south + north) / 2

    def in_extent(self, lon: Floats, lat: Floats) -> Mask:
        """Return which positions lie in the plan's surroundings."""
        west, south, east, north = self.box
        with np.errstate(invalid="ignore"):
            return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north), dtype=bool)

    def in_parks(self, lon: Floats, lat: Floats, within_m: float) -> Mask:
        """Return which positions lie in a park whose boundary is certain to so many metres.

        In any such area where the plan has no such park.
        """
        sharp = self.doubt <= within_m
        use = sharp & self.park if (sharp & self.park).any() else sharp
        out = np.zeros(len(lon), dtype=bool)
        for shape in self.shapes[use]:
            out |= _contains(shape, lon, lat)
        return out

    def numbers(self, declared: pd.Series[str]) -> Numbers:
        """Return the place in ``ids`` of the area that each row declares, -1 where it declares none."""
        arrow = arrow_text(declared)
        if arrow is not None:  # half the time of the way below
            import pyarrow as pa
            import pyarrow.compute as pc

            places = pc.index_in(arrow, value_set=pa.array(self.ids, arrow.type))
            return np.asarray(pc.fill_null(places, -1).to_numpy(), dtype=np.intp)
        keys, uniques = pd.factorize(declared)
        known = {area_id: k for k, area_id in enumerate(self.ids)}
        found = np.array([known.get(area_id, -1) for area_id in uniques] + [-1], dtype=np.intp)
        numbers: Numbers = found[keys]
        return numbers

    def in_declared(self, lon: Floats, lat: Floats, declared: Numbers) -> Mask:
        """Return which positions lie in the area that their row declares (see `numbers`)."""
        out = np.zeros(len(lon), dtype=bool)
        for k in np.unique(declared[declared >= 0]):
            rows = np.flatnonzero(declared == k)
            out[rows] = _contains(self.shapes[k], lon[rows], lat[rows])
        return out

    def sharp(self, declared: Numbers, within_m: float) -> Numbers:
        """Return the smallest area certain to so many metres that holds the area each row declares, -1 for none.

        A park drawn roughly tells nothing of a few hundred metres, but the zone around it may.
        """
        sure = [next((k for k in chain if self.doubt[k] <= within_m), -1) for chain in self.above]
        return np.array([*sure, -1], dtype=np.intp)[declared]

    def zone_of(self, lon: Floats, lat: Floats) -> Numbers:
        """Return the place in ``zones`` of the zone that holds each position, -1 outside all; the first of several."""
        out = np.full(len(lon), -1, dtype=np.intp)
        for k, area in enumerate(self.zones):
            left = np.flatnonzero(out < 0)
            out[left[_contains(self.shapes[area], lon[left], lat[left])]] = k
        return out

    def declared_zone(self, declared: Numbers) -> Numbers:
        """Return the place in ``zones`` of the zone around the area each row declares, -1 where there is none."""
        place = {int(area): k for k, area in enumerate(self.zones)}
        known = [next((place[k] for k in chain if k in place), -1) for chain in self.above]
        return np.array([*known, -1], dtype=np.intp)[declared]

    def surely_near(self, lon: Floats, lat: Floats, declared: Numbers, spare: float) -> Mask:
        """Return which rows lie well within the plan's surroundings and no farther than ``spare`` from their area.

        Both by so many degrees each way; the area is the box around the one that the row declares, if it does.
        """
        west, south, east, north = self.box
        boxes = np.vstack([shapely.bounds(self.shapes), np.array([-np.inf, -np.inf, np.inf, np.inf])])
        low_x, low_y = (np.maximum(boxes[:, k] - spare, (west, south)[k] + spare) for k in (0, 1))
        high_x, high_y = (np.minimum(boxes[:, k + 2] + spare, (east, north)[k] - spare) for k in (0, 1))
        with np.errstate(invalid="ignore"):
            across = (lon >= low_x[declared]) & (lon <= high_x[declared])
            return np.asarray(across & (lat >= low_y[declared]) & (lat <= high_y[declared]), dtype=bool)

    def distance_m(self, lon: Floats, lat: Floats, declared: Numbers) -> tuple[Floats, Floats]:
        """Return how far rows lie from the box around the area they declare, in metres, and the boundary's doubt.

        NaN where a row has no position or declares no area; 0 inside the box. The area itself may be farther away.
        """
        boxes = np.vstack([shapely.bounds(self.shapes), np.full(4, np.nan)])[declared]
        with np.errstate(invalid="ignore"):
            across = np.maximum(np.maximum(boxes[:, 0] - lon, lon - boxes[:, 2]), 0.0) * np.cos(np.radians(lat))
            along = np.maximum(np.maximum(boxes[:, 1] - lat, lat - boxes[:, 3]), 0.0)
        return _METRES * np.hypot(across, along), np.append(self.doubt, np.nan)[declared]


def evidence(areas: gpd.GeoDataFrame) -> Evidence:
    """Return what an AREAS table knows."""
    west, south, east, north = areas.total_bounds
    dx = max(_MARGIN_SHARE * (east - west), _MARGIN_DEGREES)
    dy = max(_MARGIN_SHARE * (north - south), _MARGIN_DEGREES)
    stated = areas["uncertainty_m"].to_numpy(dtype=float)
    assumed = np.where(areas["status"].to_numpy(dtype=object) == "official", 0.0, np.inf)
    place = {str(area): k for k, area in enumerate(areas["area_id"])}
    chains = ancestors(areas)
    return Evidence(
        (west - dx, south - dy, east + dx, north + dy),
        areas["area_id"].to_numpy(dtype=object),
        areas.geometry.to_numpy(),
        np.where(np.isnan(stated), assumed, stated),
        areas["level"].to_numpy(dtype=object) == "park",
        np.flatnonzero(areas["level"].to_numpy(dtype=object) == "zone"),
        tuple((place[area], *(place[other] for other in chains[area])) for area in place),
    )


def _contains(shape: shapely.Geometry, lon: Floats, lat: Floats) -> Mask:
    """Return which positions lie in a shape or on its border."""
    if not len(lon):
        return np.zeros(0, dtype=bool)
    shapely.prepare(shape)
    return np.array(shapely.intersects_xy(shape, lon, lat), dtype=bool)
