"""The nearest border: which of many polygons is nearest to a point outside them, and how far it is.

Planar arrays in, arrays out. The edges of all rings stand in a tree; few points are asked of it one by one. Many are
looked up in a grid: a cell knows every edge that can be nearest to any of its points, and those few are measured.
For a point p within h of the middle c of its cell, the nearest edge is at most d(c) + 2 h away from c, where d(c) is
the distance from c to its own nearest edge: twice the triangle inequality.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_SIDE = 256  # cells along each side of the grid
_DRAW_FROM = 100_000  # points, in one call or many, that pay for drawing it
_MOST = 32  # edges beyond which a cell leaves its points to the tree
_CHUNK = 1 << 12  # few enough for their candidates to stay in the cache of the processor


class _Grid(NamedTuple):
    """Cells of ``width`` x ``height`` from ``(x, y)``: cell k lists ``number[k]`` edges, ``edge[start[k]:]``, or none.

    One more at the end, without edges, stands for everywhere else.
    """

    x: float
    y: float
    width: float
    height: float
    start: Indices
    number: Indices
    edge: Indices


class Borders:
    """The borders of polygons, made ready to be asked for the nearest.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        Planar; None and empty ones have no border. Of those equally near the first is taken.

    Examples
    --------
    >>> borders = Borders(np.array([shapely.box(0, 0, 2, 2), shapely.box(5, 0, 6, 2)]))
    >>> borders.nearest(np.array([3.0, 3.5, 9.0]), np.array([1.0, 1.0, 6.0]))
    (array([0, 0, 1]), array([1. , 1.5, 5. ]))
    """

    def __init__(self, polygons: npt.NDArray[np.object_]) -> None:
        parts, whole = shapely.get_parts(polygons, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        joined = ring[:-1] == ring[1:]
        self._edges = np.hstack([corners[:-1][joined], corners[1:][joined]])
        self._owner = whole[part[ring[:-1][joined]]]
        self._tree = shapely.STRtree(np.asarray(shapely.linestrings(self._edges.reshape(-1, 2, 2))))
        self._asked = 0
        self._grid: _Grid | None = None
        self._drawing = threading.Lock()

    def nearest(self, x: Floats, y: Floats) -> tuple[Indices, Floats]:
        """Return the polygon whose border is nearest to each point, and the distance to that border.

        Points that are not finite, and all points where there are no polygons, have -1 and NaN.
        """
        owner, distance = np.full(len(x), -1), np.full(len(x), np.nan)
        if not len(self._edges):
            return owner, distance
        grid = self._ready(len(x))
        for begin in range(0, len(x), _CHUNK):
            at = begin + np.flatnonzero(np.isfinite(x[begin : begin + _CHUNK]) & np.isfinite(y[begin : begin + _CHUNK]))
            edge, distance[at] = self._search(x[at], y[at], grid)
            owner[at] = self._owner[edge]
        return owner, distance

    def _ready(self, points: int) -> _Grid | None:
        with self._drawing:
            self._asked += points
            if self._grid is None and self._asked >= _DRAW_FROM:
                self._grid = self._draw()
            return self._grid

    def _search(self, x: Floats, y: Floats, grid: _Grid | None) -> tuple[Indices, Floats]:
        edge, distance = np.empty(len(x), dtype=np.intp), np.empty(len(x))
        listed = np.zeros(len(x), dtype=bool)
        if grid is not None:
            column, row = np.floor((x - grid.x) / grid.width), np.floor((y - grid.y) / grid.height)
            within = (column >= 0) & (column < _SIDE) & (row >= 0) & (row < _SIDE)
            cell = np.where(within, row * _SIDE + column, len(grid.start) - 1).astype(np.intp)
            number = grid.number[cell]
            listed = number > 0
            there = np.flatnonzero(listed)
            edge[there], distance[there] = self._measure(
                x[there], y[there], grid, (grid.start[cell[there]], number[there])
            )
        rest = np.flatnonzero(~listed)
        if len(rest):
            point, near = self._tree.query_nearest(shapely.points(x[rest], y[rest]))
            edge[rest] = np.minimum.reduceat(near, np.flatnonzero(np.diff(point, prepend=-1)))
            distance[rest] = _distance(x[rest], y[rest], self._edges[edge[rest]])
        return edge, distance

    def _measure(self, x: Floats, y: Floats, grid: _Grid, lists: tuple[Indices, Indices]) -> tuple[Indices, Floats]:
        """Return the nearest of the edges that each point's cell lists, the first one in a tie."""
        begin, number = lists
        ends = np.cumsum(number)
        first = ends - number
        edge = grid.edge[np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - first, number)]
        apart = _distance(np.repeat(x, number), np.repeat(y, number), self._edges[edge])
        if not len(edge):
            return edge, apart
        least = np.minimum.reduceat(apart, first)
        equal = np.flatnonzero(apart == np.repeat(least, number))
        return edge[equal[np.searchsorted(equal, first)]], least

    def _draw(self) -> _Grid:
        """List for each cell of a grid, twice as wide and high as the polygons, the edges that can be nearest."""
        west, south = self._edges.reshape(-1, 2).min(axis=0)
        east, north = self._edges.reshape(-1, 2).max(axis=0)
        reach = max(east - west, north - south) / 2
        x, y = west - reach, south - reach
        width, height = (east + reach - x) / _SIDE, (north + reach - y) / _SIDE
        row, column = np.divmod(np.arange(_SIDE * _SIDE), _SIDE)
        middles = shapely.points(x + (column + 0.5) * width, y + (row + 0.5) * height)
        slack = np.hypot(width, height) * (1 + 1e-6)  # twice the way from the middle to a corner
        found = [self._candidates(middles[k : k + _SIDE], slack) for k in range(0, len(middles), _SIDE)]
        number = np.append(np.concatenate([number for number, _ in found]), 0)
        edge = np.concatenate([edge for _, edge in found])
        return _Grid(x, y, width, height, np.cumsum(number) - number, number, edge)

    def _candidates(self, middles: npt.NDArray[np.object_], slack: float) -> tuple[Indices, Indices]:
        (point, _), apart = self._tree.query_nearest(middles, return_distance=True, all_matches=False)
        reach = np.empty(len(middles))
        reach[point] = apart
        cell, edge = self._tree.query(middles, predicate="dwithin", distance=reach + slack)
        number = np.bincount(cell, minlength=len(middles))
        number[number > _MOST] = 0
        keep = number[cell] > 0
        cell, edge = cell[keep], edge[keep]
        return number, edge[np.lexsort((edge, cell))]


def _distance(x: Floats, y: Floats, edges: Floats) -> Floats:
    """Return the distance of each point to its edge, by the operations of GEOS (``Distance::pointToSegment``)."""
    x1, y1, x2, y2 = edges.T
    along, up = x2 - x1, y2 - y1
    square = along * along + up * up
    with np.errstate(divide="ignore", invalid="ignore"):  # an edge of no length is its corner
        share = ((x - x1) * along + (y - y1) * up) / square
        beside = np.abs(((y1 - y) * along - (x1 - x) * up) / square) * np.sqrt(square)
    dx, dy = np.where(share >= 1, x - x2, x - x1), np.where(share >= 1, y - y2, y - y1)
    inner = (share > 0) & (share < 1)
    distance: Floats = np.where(inner, beside, np.sqrt(dx * dx + dy * dy))
    return distance
