"""Enterprises as plants in a partition of the ground: areas that do not overlap, or cells of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.crs import metric_crs, project, require_wgs84
from parkatlas.statistics import indices
from parkatlas.statistics.membership import Weight, check_level, firms, sizes, top_areas, top_ids

if TYPE_CHECKING:
    import geopandas as gpd

    from parkatlas.model import Sector

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SIDE_BY_SIDE = ("zone", "park")
# Above this many plants the shares of areas are drawn from their Gaussian limit instead of plant by plant.
_MANY = 10_000
_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Cells:
    """Plants of one level: ``area`` and ``sector`` are codes into ``areas`` and ``sectors``, one a plant.

    ``weight`` is employment, output or 1. ``n_dropped`` counts enterprises with no area at the level, no sector or no
    weight.
    """

    level: str
    areas: tuple[str, ...]
    sectors: tuple[str, ...]
    area: Ints
    sector: Ints
    weight: Floats
    n_dropped: int

    def sums(self) -> Floats:
        """Return weights by area (rows) and sector (columns)."""
        shape = len(self.areas), len(self.sectors)
        flat = np.bincount(self.area * shape[1] + self.sector, self.weight, minlength=shape[0] * shape[1])
        return np.asarray(flat.reshape(shape), dtype=float)

    def plants(self) -> Ints:
        """Return the number of plants by sector."""
        return np.bincount(self.sector, minlength=len(self.sectors))

    def area_shares(self) -> Floats:
        """Return each area's share of all weight, the reference x of the literature; NaN where there is no weight."""
        held = np.bincount(self.area, self.weight, minlength=len(self.areas))
        return indices.shares(held)

    def plant_shares(self, sector: int) -> Floats:
        """Return each plant's share of its sector's weight, z of the literature."""
        own = self.weight[self.sector == sector]
        return np.asarray(own / own.sum())

    def sector_shares(self, sector: int) -> Floats:
        """Return each area's share of a sector's weight, s of the literature; NaN for a sector without plants."""
        own = self.sector == sector
        held = np.bincount(self.area[own], self.weight[own], minlength=len(self.areas))
        return indices.shares(held)


def cells(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None,
    weight: Weight | None,
    grid_m: float | None = None,
) -> Iterator[Cells]:
    """Yield the plants of one level, or of each level side by side: zones, parks, and a grid where one is asked for.

    Of nested areas the outermost of the level stands for all inside, so that areas never overlap. Grid cells are
    squares of ``grid_m`` metres counted from the origin of `crs.metric_crs`; enterprises without a point have none.
    """
    check_level(level)
    own = firms(located)
    ids = tuple(sector.id for sector in sectors)
    for one in _SIDE_BY_SIDE if level is None else (level,):
        code = pd.Index(top_ids(areas, one), dtype="str").get_indexer(top_areas(own, areas, one))
        yield _cells(own, (one, tuple(top_ids(areas, one)), code), ids, weight)
    if grid_m is not None and level is None:
        names, code = _grid(own, grid_m)
        yield _cells(own, (f"grid {grid_m:g} m", names, code), ids, weight)


def _cells(
    own: gpd.GeoDataFrame,
    places: tuple[str, tuple[str, ...], npt.NDArray[np.intp]],
    ids: tuple[str, ...],
    weight: Weight | None,
) -> Cells:
    level, names, area = places
    sector = pd.Index(ids, dtype="str").get_indexer(own["sector"])
    value = sizes(own, weight)
    used = (area >= 0) & (sector >= 0) & np.isfinite(value) & (value > 0)
    return Cells(
        level, names, ids, area[used].astype(np.int64), sector[used].astype(np.int64), value[used], int((~used).sum())
    )


def _grid(own: gpd.GeoDataFrame, side: float) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
    if side <= 0:
        raise ValueError(f"a grid needs cells of more than 0 m, not {side:g}")
    code = np.full(len(own), -1, dtype=np.intp)
    require_wgs84(own)
    placed = (own.geometry.notna() & ~own.geometry.is_empty).to_numpy()
    if not placed.any():
        return (), code
    points = own.geometry[placed]
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    steps = np.floor(np.column_stack(project(lon, lat, metric_crs(lon, lat))) / side).astype(np.int64)
    found, code[placed] = np.unique(steps, axis=0, return_inverse=True)
    return tuple(f"{x},{y}" for x, y in found), code


def throw(z: Floats, x: Floats, simulations: int, rng: np.random.Generator) -> Floats:
    """Return shares of areas, (simulations, areas), where each plant of share z lands in an area with probability x.

    The dartboard of Ellison and Glaeser 1997. Above 10,000 plants drawn from the Gaussian limit, covariance
    H (diag(x) - x x').
    """
    if len(z) > _MANY:
        normal = rng.normal(size=(simulations, len(x))) * np.sqrt(x * (z**2).sum())
        return np.asarray(x + normal - normal.sum(axis=1, keepdims=True) * x)
    step = max(1, _AT_ONCE // max(len(z), 1))
    odds = np.cumsum(x)
    blocks = []
    for start in range(0, simulations, step):
        m = min(step, simulations - start)
        place = np.minimum(np.searchsorted(odds, rng.random((m, len(z))) * odds[-1], side="right"), len(x) - 1)
        flat = place + np.arange(m)[:, None] * len(x)
        blocks.append(np.bincount(flat.ravel(), np.tile(z, m), minlength=m * len(x)).reshape(m, len(x)))
    return np.concatenate(blocks)
