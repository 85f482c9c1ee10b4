"""How much of each cell of a raster a window covers, exactly."""

from __future__ import annotations

import numpy as np

from parkatlas.statistics.window import Floats, Ints, Window

_TRIFLE = 1e-10  # of a cell: below this a share is a rounding error


def coverage(window: Window, step: float) -> Floats:
    """Return the share of each raster cell that the window covers, exactly; row 0 lies south, column 0 west.

    Every edge is cut at the lines of the raster; a piece inside one cell takes the area to its right from that cell
    and its rise from all cells further right (the accumulation that font rasterizers use).
    """
    west, south, east, north = window.polygon.bounds
    rows, columns = int(np.ceil((north - south) / step)) + 1, int(np.ceil((east - west) / step)) + 1
    start, end = ((ends - [west, south]) / step for ends in window.edges)
    edge, begin = _cuts(start, end)
    last = np.append(edge[1:] != edge[:-1], True)
    finish = np.where(last, 1.0, np.append(begin[1:], 1.0))
    run = (end - start)[edge]
    middle = start[edge] + (0.5 * (begin + finish))[:, None] * run
    rise = (finish - begin) * run[:, 1]
    column, row = (np.floor(middle[:, axis]).astype(np.int64) for axis in (0, 1))
    right = column + 1 - middle[:, 0]
    flat = row * (columns + 1) + column
    size = rows * (columns + 1)
    taken = np.bincount(flat, -rise * right, size) + np.bincount(flat + 1, -rise * (1.0 - right), size)
    share = np.clip(taken.reshape(rows, columns + 1).cumsum(axis=1)[:, :columns], 0.0, 1.0)
    share[share < _TRIFLE] = 0.0  # the running sum leaves rounding errors between parts that lie side by side
    return np.asarray(share)


def _cuts(start: Floats, end: Floats) -> tuple[Ints, Floats]:
    """Return, sorted, the edge and the place along it (0 to 1) where a piece inside one raster cell begins."""
    edges, places = [np.arange(len(start))], [np.zeros(len(start))]
    for axis in (0, 1):
        a, b = start[:, axis], end[:, axis]
        first = np.floor(np.minimum(a, b)).astype(np.int64) + 1
        count = np.maximum(np.ceil(np.maximum(a, b)).astype(np.int64) - first, 0)
        edge = np.repeat(np.arange(len(a)), count)
        line = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        edges.append(edge)
        places.append((line - a[edge]) / (b - a)[edge])
    edge, begin = np.concatenate(edges), np.concatenate(places)
    order = np.lexsort((begin, edge))
    return edge[order], begin[order]
