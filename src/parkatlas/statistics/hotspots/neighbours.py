"""Who neighbours whom: a binary, symmetric or directed matrix over the rows of a frame."""

from __future__ import annotations

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import shapely
from scipy.spatial import cKDTree

from parkatlas.statistics.window import Bools, Floats, Ints

Adjacency: TypeAlias = sp.csr_array
# column steps to the neighbours of a cell in the row below, its own row and the row above
_SQUARE = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_HEX_EVEN = ((-1, -1), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 0))
_HEX_ODD = ((-1, 0), (-1, 1), (0, -1), (0, 1), (1, 0), (1, 1))


def adjacency(cells: gpd.GeoDataFrame, rule: Any = "touching") -> Adjacency:
    """Return the neighbours of each row as a binary sparse matrix with an empty diagonal.

    Parameters
    ----------
    cells : GeoDataFrame
        Polygons or points in metres.
    rule : str, float or sparse matrix
        "touching": polygons that share a border or a corner (queen). "knn:8": the eight nearest centroids, directed.
        A number: centroids within that many metres. A square matrix is taken as it is, its values read as 0 or 1.

    Raises
    ------
    ValueError
        For another rule, or a matrix of another size.
    """
    n = len(cells)
    if sp.issparse(rule) or isinstance(rule, np.ndarray):
        given = sp.csr_array(rule)
        if given.shape != (n, n):
            raise ValueError(f"neighbours must be {n} by {n}, not {' by '.join(map(str, given.shape))}")
        pairs = given.nonzero()
    elif rule == "touching":
        pairs = _touching(cells)
    elif isinstance(rule, str) and rule.startswith("knn:") and rule[4:].isdigit() and int(rule[4:]) > 0:
        pairs = _nearest(_middles(cells), int(rule[4:]))
    elif isinstance(rule, (int, float)) and rule > 0:
        some = cKDTree(_middles(cells)).query_pairs(float(rule), output_type="ndarray")
        pairs = (np.concatenate([some[:, 0], some[:, 1]]), np.concatenate([some[:, 1], some[:, 0]]))
    else:
        raise ValueError(f"neighbours must be 'touching', 'knn:8', a distance in metres or a matrix, not {rule!r}")
    first, second = (np.asarray(part) for part in pairs)
    other = first != second
    ones = np.ones(int(other.sum()))
    matrix = sp.coo_array((ones, (first[other], second[other])), shape=(n, n)).tocsr()
    matrix.data[:] = 1.0
    return matrix


def restrict(matrix: Adjacency, kept: Bools) -> Adjacency:
    """Return the neighbours among the rows kept."""
    return sp.csr_array(matrix[kept][:, kept])


def grid_pairs(row: Ints, column: Ints, *, hexagons: bool) -> tuple[Ints, Ints]:
    """Return pairs of neighbouring cells of a regular grid by their rows and columns."""
    width = int(np.ptp(column)) + 3
    key = (row - row.min()) * width + (column - column.min())
    order = np.argsort(key)
    ranked = key[order]
    first, second = [], []
    for odd, steps in enumerate((_HEX_EVEN, _HEX_ODD) if hexagons else (_SQUARE, ())):
        chosen = np.flatnonzero(row % 2 == odd) if hexagons else np.arange(len(row))
        for up, right in steps:
            wanted = key[chosen] + up * width + right
            at = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
            found = ranked[at] == wanted
            first.append(chosen[found])
            second.append(order[at[found]])
    return np.concatenate(first), np.concatenate(second)


def _touching(cells: gpd.GeoDataFrame) -> tuple[Ints, Ints]:
    shapes = cells.geometry.to_numpy()
    corners = shapely.get_num_coordinates(shapes)
    if {"row", "column"} <= set(cells.columns) and len(cells) and corners.min() == corners.max() in {5, 7}:
        row, column = (cells[name].to_numpy(dtype=np.int64) for name in ("row", "column"))
        return grid_pairs(row, column, hexagons=corners[0] == 7)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return first, second


def _nearest(xy: Floats, k: int) -> tuple[Ints, Ints]:
    k = min(k, len(xy) - 1)
    if k < 1:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    at = cKDTree(xy).query(xy, k=k + 1)[1]
    self_ = at == np.arange(len(xy))[:, None]
    at[~self_.any(axis=1), -1] = np.flatnonzero(~self_.any(axis=1))  # more than k points at one place hid the point
    other = at != np.arange(len(xy))[:, None]
    return np.repeat(np.arange(len(xy)), k), at[other]


def _middles(cells: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    shapes = shapely.centroid(cells.geometry.to_numpy())
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
