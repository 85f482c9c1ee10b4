"""The raster: what every cell of a grid over the polygons knows, drawn once.

A cell that no border crosses knows the polygons it lies wholly inside. A cell that some borders cross knows, for each
of those polygons, the few edges that touch it and whether one wall of the cell, which none of those edges crosses,
lies inside the polygon. From a point, a ray to that wall meets only the cell's own edges, and each one met turns
inside into outside: the even-odd rule of GEOS, asked of one cell instead of a whole polygon.

Cells are listed with too many edges rather than too few: rounding is padded for, and a point is given its cell by the
same monotone arithmetic as the ends of every edge, so an edge that passes a point is listed in the point's cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]

_LARGEST = 1e140  # products of coordinates beyond it overflow
BLOCK = 8  # fine cells along the side of a coarse one
# What a border does in a cell: walls it crosses, and whether it crosses the middle line of the cell's row or column.
_LEFT, _RIGHT, _DOWN, _UP, _ROW, _COLUMN = (np.uint8(1 << bit) for bit in range(6))
# The wall a ray runs to. The first two run along x, the next two along y; odd ones run backwards.
TO_RIGHT, TO_LEFT, TO_TOP, TO_BOTTOM, NO_WALL, SURE = range(6)


class Axis(NamedTuple):
    """One direction of the grid: cells of equal width; the first and the last reach to infinity and stay empty."""

    origin: float
    scale: float
    cells: int

    def cell(self, values: Floats) -> Ints:
        """Return the cell of each value, never falling where values rise; NaN falls into the first."""
        with np.errstate(over="ignore"):
            place = (values - self.origin) * self.scale
        np.fmin(np.fmax(place, 0, out=place), self.cells - 1, out=place)
        return place.astype(np.int32)

    def line(self, cell: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> Floats:
        """Return where a cell begins, to within `slack`."""
        return np.asarray(self.origin + cell / self.scale)

    @property
    def slack(self) -> float:
        """More than rounding can move a grid line or a point on an edge."""
        reach = max(abs(self.origin), abs(self.origin + self.cells / self.scale))
        return 1e-9 / self.scale + 16 * float(np.finfo(float).eps) * reach


class Raster(NamedTuple):
    """A drawn grid. Records say what a cell knows.

    ``coarse`` holds, for each block of `BLOCK` x `BLOCK` cells, the record that they share, or ``~i`` where
    ``fine[i:]`` holds the records of its cells. Record r lists candidates ``start[r]:start[r + 1]``, sorted by
    ``polygon``. Where ``wall`` is `SURE`, the cell lies wholly inside; otherwise a ray runs from the point to that
    wall, which lies inside where ``odd``, and may cross ``edges[first[c]:first[c + 1]]``, rows of x1, y1, x2, y2.
    """

    x: Axis
    y: Axis
    coarse: Ints
    fine: Ints
    start: Ints
    polygon: Ints
    wall: Bytes
    odd: Bools
    first: Ints
    edges: Floats


class _Rings(NamedTuple):
    """The corners of all rings in a row; ``edge`` lists the corners from which an edge runs to the next corner."""

    x: Floats
    y: Floats
    edge: Indices
    polygon: Indices


class _Stretches(NamedTuple):
    """Pieces of border in a cell: ``edges`` edges from corner ``begin``, and their marks there."""

    cell: Indices
    begin: Indices
    edges: Indices
    marks: Bytes

    def take(self, order: Indices) -> _Stretches:
        return _Stretches(self.cell[order], self.begin[order], self.edges[order], self.marks[order])


class _Entries(NamedTuple):
    """Where a border and a cell meet, one each: sorted by cell, then polygon."""

    cell: Indices
    polygon: Indices
    wall: Bytes
    odd: Bools
    right: Bools
    edges: Indices


def draw(polygons: npt.NDArray[np.object_], side: int) -> Raster | None:
    """Draw polygons on a grid of about ``side`` x ``side`` cells.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        None and empty ones leave no trace; at least one must not be empty, and all coordinates must be finite.
    side : int
        Cells along each axis.

    Returns
    -------
    Raster or None
        None where floating-point numbers cannot carry the grid: coordinates too large, too small or too close.
    """
    rings = _rings(polygons)
    x, y = _axis(rings.x, side), _axis(rings.y, side)
    if x is None or y is None:
        return None
    shape = y.cells, x.cells
    stretches = _stretches(rings, x, y)
    polygon = rings.polygon[stretches.begin]
    order = np.argsort(stretches.cell * len(polygons) + polygon, kind="stable")
    stretches = stretches.take(order)
    entries = _entries(stretches, polygon[order], shape)
    owner, step = spread(stretches.edges)
    corner = stretches.begin[owner] + step
    edges = np.stack([rings.x[corner], rings.y[corner], rings.x[corner + 1], rings.y[corner + 1]], axis=1)

    cells = entries.cell[np.diff(entries.cell, prepend=-1) > 0]
    breaks = np.sort(np.concatenate([cells, cells[np.diff(cells, append=-1) != 1] + 1]))
    segment, polygon, entry = _candidates(entries, breaks, shape, len(polygons))
    wall = np.append(entries.wall, np.uint8(SURE))[entry]
    record, stays = _shared(segment, polygon, wall != SURE, len(breaks) + 1)
    coarse, fine = _blocks(entries.cell, breaks, record, shape)
    polygon, wall, entry = polygon[stays], wall[stays], entry[stays]
    start = _starts(np.bincount(record[segment[stays]], minlength=int(record.max()) + 1))
    first = _starts(np.append(entries.edges, 0)[entry])
    return Raster(x, y, coarse, fine, start, _ints(polygon), wall, np.append(entries.odd, True)[entry], first, edges)


def spread(counts: npt.NDArray[np.integer]) -> tuple[Indices, Indices]:
    """Return, for ``counts`` things each, whose they are and their number among them, from 0.

    >>> spread(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    before = np.cumsum(counts) - counts
    total = int(before[-1] + counts[-1]) if len(counts) else 0
    # The owner of a place is the last one to begin there or before: quicker than np.repeat where counts are small.
    owner = np.cumsum(np.bincount(before, minlength=total)[:total]) - 1
    return owner, np.arange(total) - before.take(owner)


def _ints(values: npt.NDArray[np.integer]) -> Ints:
    return values.astype(np.int32)


def _starts(counts: npt.NDArray[np.integer]) -> Ints:
    return _ints(np.concatenate([[0], np.cumsum(counts)]))


def _rings(polygons: npt.NDArray[np.object_]) -> _Rings:
    some = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    _, xy, offsets = shapely.to_ragged_array(polygons[some], include_z=False)
    rings, *parts = (np.asarray(offset, dtype=np.intp) for offset in offsets)
    of_polygon = parts[0] if len(parts) == 1 else parts[0][parts[1]]
    edge = np.ones(len(xy), dtype=bool)
    edge[rings[1:] - 1] = False  # the last corner of a ring repeats the first
    x, y = np.ascontiguousarray(xy.T)
    return _Rings(x, y, np.flatnonzero(edge), np.repeat(some, np.diff(rings[of_polygon])))


def _axis(ends: Floats, side: int) -> Axis | None:
    """Return the axis that holds some values in its middle cells, or None where rounding does not let it."""
    low, high = float(ends.min()), float(ends.max())
    if max(abs(low), abs(high)) > _LARGEST or 0 < high - low < 1 / _LARGEST:
        return None
    scale = side / (high - low) if high > low else 1.0
    axis = Axis(low - 1.5 / scale, scale, -(-(side + 4) // BLOCK) * BLOCK)
    first, last = axis.cell(np.array([low, high]))
    return axis if first > 0 and last < axis.cells - 1 else None


def _stretches(rings: _Rings, x: Axis, y: Axis) -> _Stretches:
    """Cut the rings where they leave a cell: stretches that stay in one, and the cells of each edge that leaves."""
    column, row = x.cell(rings.x), y.cell(rings.y)
    cell = row.astype(np.intp) * x.cells + column
    right, above = rings.x > x.line(column + 0.5), rings.y > y.line(row + 0.5)
    stays = cell[rings.edge] == cell[rings.edge + 1]
    inside, leaving = rings.edge[stays], rings.edge[~stays]
    start = np.flatnonzero((np.diff(inside, prepend=-2) != 1) | (np.diff(cell[inside], prepend=-1) != 0))
    begin, number = inside[start], np.diff(np.append(start, len(inside)))
    marks = (above[begin] != above[begin + number]) * _ROW
    marks |= (right[begin] != right[begin + number]) * _COLUMN
    more = _crossings(rings, leaving, x, y)
    return _Stretches(
        np.concatenate([cell[begin], more.cell]), np.concatenate([begin, more.begin]),
        np.concatenate([number, more.edges]), np.concatenate([marks, more.marks]),
    )  # fmt: skip


def _crossings(rings: _Rings, corner: Indices, x: Axis, y: Axis) -> _Stretches:
    """Return every cell that the edges from some corners touch, an edge at a time, row by row."""
    x1, y1, x2, y2 = rings.x[corner], rings.y[corner], rings.x[corner + 1], rings.y[corner + 1]
    bottom, top = _ordered(y.cell(y1), y.cell(y2))
    left, right = _ordered(x.cell(x1), x.cell(x2))
    edge, step = spread(top - bottom + 1)
    row, low, high = bottom[edge] + step, left[edge], right[edge]
    slanted = np.flatnonzero(((bottom < top) & (left < right))[edge])
    ends = tuple(end[edge[slanted]] for end in (x1, y1, x2, y2))
    low[slanted], high[slanted] = _narrowed(ends, row[slanted], (low[slanted], high[slanted]), x, y)
    middle = y.line(row + 0.5)
    over_row = (y1[edge] > middle) != (y2[edge] > middle)

    # What the same edge touches in the next row is the next item.
    item, step = spread(high - low + 1)
    column, of = low[item] + step, edge[item]
    under, over = np.maximum(item - 1, 0), np.minimum(item + 1, len(edge) - 1)
    down = (row > bottom[edge])[item] & (column >= low[under]) & (column <= high[under])
    up = (row < top[edge])[item] & (column >= low[over]) & (column <= high[over])
    middle = x.line(column + 0.5)
    over_column = (x1[of] > middle) != (x2[of] > middle)
    # A crossing counts once: in the edge's first cell along that row or column.
    marks = (step > 0) * _LEFT | (column < high[item]) * _RIGHT | down * _DOWN | up * _UP
    marks |= (over_row[item] & (step == 0)) * _ROW | (over_column & ~down) * _COLUMN
    return _Stretches(row[item] * x.cells + column, corner[of], np.ones(len(of), dtype=np.intp), marks)


def _ordered(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    return np.minimum(a, b), np.maximum(a, b)


def _narrowed(
    ends: tuple[Floats, ...], row: Indices, columns: tuple[Ints, Ints], x: Axis, y: Axis
) -> tuple[Ints, Ints]:
    """Return the columns that slanted edges touch within a row, out of those they touch at all."""
    x1, y1, x2, y2 = ends
    at = [
        x1 + np.clip((line - y1) / (y2 - y1), 0, 1) * (x2 - x1)
        for line in (y.line(row) - y.slack, y.line(row + 1) + y.slack)
    ]
    first, last = x.cell(np.minimum(*at) - x.slack), x.cell(np.maximum(*at) + x.slack)
    return np.maximum(columns[0], first), np.minimum(columns[1], last)


def _entries(stretches: _Stretches, polygon: Indices, shape: tuple[int, int]) -> _Entries:
    """Gather stretches of one polygon in one cell, and find the wall to run to and whether it lies inside.

    Along any line a closed ring is crossed an even number of times, so one running parity serves all rows, or columns.
    """
    fresh = (np.diff(stretches.cell, prepend=-1) != 0) | (np.diff(polygon, prepend=-1) != 0)
    first = np.flatnonzero(fresh)
    cell, polygon = stretches.cell[first], polygon[first]
    met = np.bitwise_or.reduceat(stretches.marks, first)
    turned = np.bitwise_xor.reduceat(stretches.marks, first)
    edges = np.add.reduceat(stretches.edges, first)
    row, column = np.divmod(cell, shape[1])
    over_row, over_column = (turned & _ROW) > 0, (turned & _COLUMN) > 0
    right, top = np.empty_like(over_row), np.empty_like(over_row)
    order = np.argsort(polygon, kind="stable")
    right[order] = np.bitwise_xor.accumulate(over_row[order])
    order = np.argsort((polygon * shape[1] + column) * shape[0] + row, kind="stable")
    top[order] = np.bitwise_xor.accumulate(over_column[order])
    free = [(met & wall) == 0 for wall in (_RIGHT, _LEFT, _UP, _DOWN)]
    wall = np.select(free, [TO_RIGHT, TO_LEFT, TO_TOP, TO_BOTTOM], NO_WALL).astype(np.uint8)
    odd = np.choose(wall, [right, right ^ over_row, top, top ^ over_column, np.zeros_like(right)])
    return _Entries(cell, polygon, wall, odd, right, edges)


def _candidates(
    entries: _Entries, breaks: Indices, shape: tuple[int, int], polygons: int
) -> tuple[Indices, Indices, Indices]:
    """Return segment, polygon and entry (-1: wholly inside) of all candidates, sorted by segment, then polygon.

    Segments are runs of cells, row after row, in which nothing changes: segment s begins at ``breaks[s - 1]``.
    """
    order = np.argsort(entries.polygon, kind="stable")
    cell, polygon, right = entries.cell[order], entries.polygon[order], entries.right[order]
    gap = right[:-1] & (polygon[1:] == polygon[:-1]) & (cell[1:] > cell[:-1] + 1)
    gap &= cell[1:] // shape[1] == cell[:-1] // shape[1]
    run = np.flatnonzero(gap)
    begin, end = np.searchsorted(breaks, cell[run] + 1), np.searchsorted(breaks, cell[run + 1])
    owner, step = spread(end - begin)
    segment = np.concatenate([begin[owner] + step, np.searchsorted(breaks, entries.cell)]) + 1
    listed = np.concatenate([polygon[run][owner], entries.polygon])
    entry = np.concatenate([np.full(len(owner), -1), np.arange(len(entries.cell))])
    order = np.argsort(segment * polygons + listed, kind="stable")
    return segment[order], listed[order], entry[order]


def _shared(segment: Indices, polygon: Indices, tested: Bools, segments: int) -> tuple[Indices, Bools]:
    """Return the record of each segment, and which candidates stay when segments alike share one record."""
    number = np.bincount(segment, minlength=segments)
    start = np.cumsum(number) - number
    busy = np.zeros(segments, dtype=bool)
    busy[segment[tested]] = True
    quiet = np.flatnonzero(~busy)
    name = np.zeros(len(quiet), dtype=np.intp)  # the same name: the same polygons so far
    for place in range(int(number[quiet].max())):
        deep = np.flatnonzero(number[quiet] > place)
        longer = name[deep] * (int(polygon.max()) + 1) + polygon[start[quiet[deep]] + place]
        name[deep] = int(name.max()) + 1 + np.unique(longer, return_inverse=True)[1]
    _, first, same = np.unique(name, return_index=True, return_inverse=True)
    model = np.arange(segments)
    model[quiet] = quiet[first[same]]
    stays = model == np.arange(segments)
    return (np.cumsum(stays) - 1)[model], stays[segment]


def _blocks(cell: Indices, breaks: Indices, record: Indices, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return the two-level table of records: blocks that no border crosses in one level, the others in both."""
    rows, columns = shape[0] // BLOCK, shape[1] // BLOCK
    row, column = np.divmod(cell, shape[1])
    crossed = np.zeros(rows * columns, dtype=bool)
    crossed[(row // BLOCK) * columns + column // BLOCK] = True
    mixed = np.flatnonzero(crossed)
    corner = ((np.arange(rows) * BLOCK * shape[1])[:, None] + np.arange(columns) * BLOCK).ravel()
    within = (np.arange(BLOCK) * shape[1])[:, None] + np.arange(BLOCK)
    coarse = record[np.searchsorted(breaks, corner, side="right")]
    coarse[mixed] = ~(np.arange(len(mixed)) * BLOCK**2)
    fine = (corner[mixed][:, None] + within.ravel()).ravel()
    return _ints(coarse), _ints(record[np.searchsorted(breaks, fine, side="right")])
