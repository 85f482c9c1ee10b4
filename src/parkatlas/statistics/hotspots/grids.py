"""Regular cells in metres, counts in them, and rates that small cells do not make wild."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.statistics.ground import Coloured
from parkatlas.statistics.readings import counted
from parkatlas.statistics.window import Bools, Floats, Ground, Ints, Sites, Window, numbers, place

Shape = Literal["hex", "square"]
LIMIT = 1_000_000  # cells; more is a mistake in the size


def hex_grid(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    size_m: float = 1000.0,
    weight: str | None = None,
    kind: str | None = None,
    label: str | None = None,
) -> Coloured:
    """Return counts, densities and smoothed rates in hexagons.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        Cells that overlap it are kept; points outside are left out, counted and listed.
    size_m : float
        Distance between opposite sides, which is that between neighbouring centres, in metres. Cells stand on
        multiples of it in the CRS, so two lists in one CRS share their cells.
    weight : str, optional
        Column whose sum stands in ``amount``, such as ``employees``; unknown values add nothing.
    kind, label : str, optional
        With both, the rate is that of points whose column ``kind`` is ``label`` among all points of the cell; without,
        points per km2 of the cell inside the window.

    Returns
    -------
    Coloured
        GeoDataFrame with cell ("row:column"), row, column, n, km2 (inside the window), density_km2, amount (with a
        weight), events and base (what the rate divides), rate, rate_eb, geometry. A cell with no base has rate NaN and
        the overall rate as rate_eb.

    Notes
    -----
    ``rate_eb`` is Marshall's (1991) global empirical Bayes estimate: rates of cells with a small base are drawn towards
    the overall rate. A point on the border of two cells counts in one: that with the nearest centre, even rows first.

    References
    ----------
    Marshall 1991, Mapping disease and mortality rates using empirical Bayes estimators.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> three = gpd.GeoSeries.from_xy([10, 20, 900], [10, 10, 10], crs=4551)
    >>> hex_grid(three, shapely.box(0, 0, 1000, 400), size_m=1000).table["n"].tolist()
    [2, 1, 0]
    """
    return _grid("hex", points, window, size=size_m, weight=weight, kind=kind, label=label)


def square_grid(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    size_m: float = 1000.0,
    weight: str | None = None,
    kind: str | None = None,
    label: str | None = None,
) -> Coloured:
    """Return counts, densities and smoothed rates in squares.

    Parameters
    ----------
    points, window, weight, kind, label
        As in `hex_grid`.
    size_m : float
        Side of a square in metres. Squares stand on multiples of it in the CRS.

    Returns
    -------
    Coloured
        As `hex_grid` gives it. A point on the border of two squares counts in the eastern, northern one.

    References
    ----------
    Marshall 1991, Mapping disease and mortality rates using empirical Bayes estimators.
    """
    return _grid("square", points, window, size=size_m, weight=weight, kind=kind, label=label)


def empirical_bayes(events: Floats, base: Floats) -> Floats:
    """Return Marshall's (1991) global empirical Bayes rates; where the base is 0, the overall rate.

    >>> empirical_bayes(np.array([0.0, 50.0, 20.0]), np.array([10.0, 50.0, 100.0])).round(4).tolist()
    [0.1054, 0.9664, 0.2073]
    """
    total, m = float(base.sum()), int((base > 0).sum())
    if not total > 0:
        return np.full(len(base), np.nan)
    overall = float(events.sum()) / total
    rate = np.divide(events, base, out=np.full(len(base), overall), where=base > 0)
    spread = max(float((base * (rate - overall) ** 2).sum()) / total - overall / (total / m), 0.0)
    if spread == 0.0:
        return np.full(len(base), overall)
    trust = spread * base / (spread * base + overall)
    return np.asarray(trust * rate + (1.0 - trust) * overall)


def cells_of(shape: Shape, xy: Floats, size: float) -> Ints:
    """Return row and column (n, 2) of the cell that each point lies in."""
    if shape == "square":
        return np.floor(xy[:, ::-1] / size).astype(np.int64)
    rise = size * np.sqrt(3.0) / 2.0
    x, y = xy[:, 0] / size, xy[:, 1] / rise
    even = np.column_stack([2.0 * np.round(y / 2.0), np.round(x)])
    odd = np.column_stack([2.0 * np.round((y - 1.0) / 2.0) + 1.0, np.round(x - 0.5)])
    apart = [((x - c - 0.5 * (r % 2)) * size) ** 2 + ((y - r) * rise) ** 2 for r, c in (even.T, odd.T)]
    return np.where((apart[0] <= apart[1])[:, None], even, odd).astype(np.int64)


def outlines(shape: Shape, cell: Ints, size: float) -> npt.NDArray[np.object_]:
    """Return the polygons of cells; neighbours share their corners to the last bit."""
    row, column = cell[:, :1], cell[:, 1:]
    if shape == "square":
        x = (column + np.array([0, 1, 1, 0, 0])) * size
        y = (row + np.array([0, 0, 1, 1, 0])) * size
    else:  # corners stand on multiples of half a side east and a quarter of the height north
        x = (2 * column + row % 2 + np.array([0, 1, 1, 0, -1, -1, 0])) * (size / 2.0)
        y = (3 * row + np.array([-2, -1, 1, 2, 1, -1, -2])) * (size / (2.0 * np.sqrt(3.0)))
    return np.asarray(shapely.polygons(np.stack([x, y], axis=2)))


def _grid(
    shape: Shape,
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    ground: Ground,
    *,
    size: float,
    weight: str | None,
    kind: str | None,
    label: str | None,
) -> Coloured:
    if not (np.isfinite(size) and size > 0):
        raise ValueError("size_m must be a positive number of metres")
    sites = place(points, ground)
    cell, inside = _cells(shape, sites, sites.ground, size)
    number = _lookup(cell, cells_of(shape, sites.xy, size))
    n = np.bincount(number, minlength=len(cell))
    table = pd.DataFrame({"row": cell[:, 0], "column": cell[:, 1], "n": n, "km2": inside / 1e6})
    table["density_km2"] = np.divide(n, table["km2"], out=np.full(len(cell), np.nan), where=table["km2"] > 0)
    if weight is not None:
        if not isinstance(points, gpd.GeoDataFrame):
            raise TypeError("a weight is a column; give a GeoDataFrame")
        table["amount"] = np.bincount(number, np.nan_to_num(numbers(points, weight, sites)), minlength=len(cell))
    events, base = n.astype(float), table["km2"].to_numpy()
    if kind is not None and label is not None:
        chosen = pd.Series(points[kind]).iloc[sites.rows].eq(label).fillna(False).to_numpy(dtype=bool)
        events, base = np.bincount(number, chosen, minlength=len(cell)), n.astype(float)
    table["events"], table["base"] = events, base
    table["rate"] = np.divide(events, base, out=np.full(len(cell), np.nan), where=base > 0)
    table["rate_eb"] = empirical_bayes(events, base)
    table.insert(0, "cell", pd.Series([f"{r}:{c}" for r, c in cell], dtype="str"))
    top = int(n.max(initial=0))
    return Coloured(
        name=f"{shape}_grid",
        definition=f"Enterprises in {'hexagons' if shape == 'hex' else 'squares'} of {size:g} m; rate_eb: global "
        "empirical Bayes rate.",
        reference="Marshall 1991",
        unit="per km2" if label is None else "1",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=gpd.GeoDataFrame(table, geometry=outlines(shape, cell, size), crs=sites.crs),
        column="rate_eb",
        params={"shape": shape, "size_m": size, "weight": weight, "kind": kind, "label": label, "cells": len(cell),
                **sites.params()},
        reading_zh=f"{len(cell)}个网格，{int((n > 0).sum())}个有企业，最多{top}家",
        reading_en=f"{counted(len(cell), 'cell')}, {int((n > 0).sum())} with enterprises, at most {top}",
    )  # fmt: skip


def _cells(shape: Shape, sites: Sites, window: Window, size: float) -> tuple[Ints, Floats]:
    """Return the cells that overlap the window or hold a point, by row and column, and the area of each inside it."""
    west, south, east, north = window.polygon.bounds
    rise = size if shape == "square" else size * np.sqrt(3.0) / 2.0
    rows = np.arange(int(np.floor(south / rise)) - 1, int(np.floor(north / rise)) + 3)
    columns = np.arange(int(np.floor(west / size)) - 1, int(np.floor(east / size)) + 3)
    if len(rows) * len(columns) > LIMIT:
        raise ValueError(f"{len(rows) * len(columns)} cells of {size:g} m; choose a larger size_m")
    cell = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=2).reshape(-1, 2)
    shapes = outlines(shape, cell, size)
    shapely.prepare(window.polygon)
    whole: Bools = shapely.contains(window.polygon, shapes)
    cut = ~whole & shapely.intersects(window.polygon, shapes)
    inside = np.where(whole, shapely.area(shapes), 0.0)
    inside[cut] = shapely.area(shapely.intersection(shapes[cut], window.polygon))
    held = np.zeros(len(cell), dtype=bool)
    held[_lookup(cell, cells_of(shape, sites.xy, size))] = True
    kept = (inside > 0) | held
    return cell[kept], inside[kept]


def _lookup(cell: Ints, wanted: Ints) -> Ints:
    """Return the place of each wanted cell in a list sorted by row and column that holds it."""
    low, width = cell.min(axis=0), int(np.ptp(cell[:, 1])) + 1
    key, find = ((part[:, 0] - low[0]) * width + part[:, 1] - low[1] for part in (cell, wanted))
    return np.asarray(np.searchsorted(key, find))
