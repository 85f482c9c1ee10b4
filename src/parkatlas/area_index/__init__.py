"""The kernel of the join: which areas cover which points.

Planar polygons and arrays of x and y in, indices out: no frames, no geometry objects for points, no CRS. The answers
are those of GEOS (``covers`` on prepared polygons), borders included, for every point.

Three ways lead to the same answer; the size of the job decides. A few points are asked of GEOS directly. Many are
looked up in a raster of the polygons (`raster`), by NumPy (`arrays`) or, where the extra ``fast`` is installed and the
points pay for the compiler, by numba (`compiled`).
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from parkatlas.area_index.arrays import Covers, Direct, Search
from parkatlas.area_index.raster import Bools, Floats, Indices, Ints, Raster, draw

Path = Literal["auto", "direct", "numpy", "numba"]

_COMPILE_FROM = 200_000  # points, in one call or many, that pay for compiling
_PREPARE_FROM = 16  # points in the box of one ring that pay for preparing it
_DRAW_FROM = 10_000  # points that pay for drawing a raster of few vertices
_NEVER = np.iinfo(np.intp).max
_POLYGON, _MULTIPOLYGON, _MISSING = 3, 6, -1


class AreaIndex:
    """Polygons made ready to be asked, many times over, which of them cover a point.

    Parameters
    ----------
    polygons : sequence of Polygon or MultiPolygon
        Planar; None and empty ones cover nothing.
    path : {"auto", "direct", "numpy", "numba"}
        How to search; "auto" lets the job decide. All give the same answers.
    workers : int, optional
        Threads; as many as the machine has processors unless given.

    Raises
    ------
    TypeError
        For a geometry that is neither polygon nor multipolygon.
    ValueError
        For coordinates that are not finite, and for an unknown path.

    Examples
    --------
    >>> index = AreaIndex([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    >>> index.pairs([1.5, 2.5, 9.0], [1.5, 3.0, 9.0])
    array([[0, 0, 1],
           [0, 1, 1]])
    >>> index.counts([1.5, 2.5, 9.0], [1.5, 3.0, 9.0], [0, 1, 1], 2)
    array([[1, 0],
           [1, 1]])
    """

    def __init__(
        self, polygons: Sequence[object] | npt.NDArray[np.object_], *, path: Path = "auto", workers: int | None = None
    ) -> None:
        if path not in ("auto", "direct", "numpy", "numba"):
            raise ValueError(f"unknown path {path!r}: one of auto, direct, numpy, numba")
        self._polygons = _checked(polygons)
        self._vertices = int(shapely.get_num_coordinates(self._polygons).sum())
        self._path = path
        self._workers = workers or _processors()
        self._asked = 0
        self._asks = np.zeros(len(self._polygons), dtype=np.intp)
        self._patience = np.where(_is_one_ring(self._polygons), _PREPARE_FROM, -1)
        self._side = self._drawn = 0
        self._raster: Raster | None = None
        self._searches: dict[str, Any] = {}
        self._drawing, self._asking = threading.Lock(), threading.Lock()

    def __len__(self) -> int:
        return len(self._polygons)

    def __reduce__(self) -> tuple[Any, ...]:
        # Travels as its polygons: what was drawn is quicker drawn again.
        return _remake, (self._polygons, self._path, self._workers)

    def pairs(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Indices:
        """Return which polygon covers which point, borders included.

        Returns
        -------
        ndarray of int, shape (2, n)
            Point indices and polygon indices, sorted by point, then polygon, like ``STRtree.query``. Points that are
            not finite have none.
        """
        px, py, search = self._ready(x, y)
        chunks = self._chunks(len(px), search)
        found = _each(chunks, lambda at: search.ask(px[at], py[at]), self._workers)
        ends = np.cumsum([0, *map(len, found)])
        out = np.empty((2, ends[-1]), dtype=np.intp)

        def write(number: int) -> None:
            search.write(found[number], chunks[number].start, out[:, ends[number] : ends[number + 1]])
            found[number] = None

        _each(range(len(found)), write, self._workers)
        return out

    def counts(self, x: npt.ArrayLike, y: npt.ArrayLike, codes: npt.ArrayLike, n_codes: int) -> Indices:
        """Count the points that each polygon covers by a code of the point, such as its sector, without making pairs.

        Parameters
        ----------
        codes : array_like of int
            A number from 0 to ``n_codes - 1`` for each point.

        Returns
        -------
        ndarray of int, shape (polygons, n_codes)
        """
        px, py, search = self._ready(x, y)
        code = np.asarray(codes)
        if code.shape != px.shape or not np.issubdtype(code.dtype, np.integer):
            raise ValueError("codes must be one integer for each point")
        if code.size and not (code.min() >= 0 and code.max() < n_codes):
            raise ValueError(f"codes must lie in 0 to {n_codes - 1}")
        chunks = self._chunks(len(px), search)
        threads = max(1, min(self._workers, len(chunks)))

        def tally(thread: int) -> Indices:
            counts = np.zeros((len(self), n_codes), dtype=np.intp)
            for at in chunks[thread::threads]:
                search.tally(search.ask(px[at], py[at]), code[at], counts)
            return counts

        total: Indices = np.sum(_each(range(threads), tally, threads), axis=0)
        return total

    def first(self, x: npt.ArrayLike, y: npt.ArrayLike, group: npt.ArrayLike, n_groups: int) -> Ints:
        """Return, for each group of polygons, the first one that covers each point, or -1.

        With the polygons of a level sorted by a rule for ties, the first is the one that the rule prefers.

        Parameters
        ----------
        group : array_like of int
            A number from 0 to ``n_groups - 1`` for each polygon.

        Returns
        -------
        ndarray of int32, shape (n_groups, points)
        """
        px, py, search = self._ready(x, y)
        groups = np.asarray(group, dtype=np.int32)
        out = np.empty((n_groups, len(px)), dtype=np.int32)
        chunks = self._chunks(len(px), search)
        _each(chunks, lambda at: search.first(search.ask(px[at], py[at]), groups, out[:, at]), self._workers)
        return out

    def _ready(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats, Any]:
        px, py = np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)
        if px.ndim != 1 or px.shape != py.shape:
            raise ValueError(f"x and y must be one-dimensional and of one length, not {px.shape} and {py.shape}")
        with self._drawing:
            return px, py, self._search(len(px))

    def _search(self, points: int) -> Any:
        """Return the search that pays for this many points more, drawing the raster where needed."""
        self._asked += points
        way = self._way()
        if way == "direct":
            return Direct(self._polygons, self._covers)
        # Who asks again as much as before may go on: then a finer grid pays, and is not drawn for little.
        side = _side(2 * self._asked if self._side else self._asked / 8, self._vertices)
        if self._asked >= 2 * self._drawn and side >= 1.5 * self._side:
            self._raster, self._side, self._drawn = draw(self._polygons, side), side, self._asked
            self._searches.clear()
        if self._raster is None:
            return Direct(self._polygons, self._covers)
        if way not in self._searches:
            self._searches[way] = _SEARCHES[way](self._raster, self._covers)
        return self._searches[way]

    def _way(self) -> str:
        if not self._vertices:
            return "direct"
        if self._path != "auto":
            return self._path
        if self._asked < _DRAW_FROM + self._vertices // 4:  # where GEOS alone costs as much as drawing first
            return "direct"
        compiled = "parkatlas.area_index.compiled" in sys.modules
        return "numba" if compiled or (self._asked >= _COMPILE_FROM and _can_compile()) else "numpy"

    def _covers(self, polygon: npt.NDArray[np.integer], x: Floats, y: Floats) -> Bools:
        # Preparing is lazy inside GEOS and not safe from two threads at once.
        with self._asking, np.errstate(all="ignore"):
            self._asks += np.bincount(polygon, minlength=len(self))
            due = np.flatnonzero(self._asks > self._patience)
            if len(due):
                self._patience[due] = _NEVER
                _prepare(self._polygons[due])
            return np.asarray(shapely.intersects_xy(self._polygons[polygon], x, y))

    def _chunks(self, points: int, search: Any) -> list[slice]:
        """Cut a job into pieces that lie in a processor's cache, and into enough of them to share out."""
        least, most = search.chunk
        size = min(max(-(-points // (4 * self._workers)), least), most)
        return [slice(begin, min(begin + size, points)) for begin in range(0, points, size)]


def _each(jobs: Sequence[Any], work: Callable[[Any], Any], threads: int) -> list[Any]:
    """Return what ``work`` makes of each job, in their order; this thread works with the others."""
    out: list[Any] = [None] * len(jobs)
    left = iter(range(len(jobs)))

    def labour() -> None:
        for number in left:
            out[number] = work(jobs[number])

    helpers = [_pool(threads - 1, os.getpid()).submit(labour) for _ in jobs[1:threads]]
    labour()
    for helper in helpers:
        if not helper.cancel():  # busy with this or another call's work
            helper.result()
    return out


@functools.cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return threads that wait for work from call to call: starting them costs more than a small job."""
    return ThreadPoolExecutor(threads, f"parkatlas-{process}")


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _remake(polygons: npt.NDArray[np.object_], path: Path, workers: int) -> AreaIndex:
    return AreaIndex(polygons, path=path, workers=workers)


def _can_compile() -> bool:
    try:
        importlib.import_module("numba")
    except ImportError:  # not installed, or not for this NumPy
        return False
    return True


def _compiled(raster: Raster, covers: Covers) -> Any:
    try:
        compiled = importlib.import_module("parkatlas.area_index.compiled")
    except ImportError as error:
        raise ImportError("the path 'numba' needs numba: install parkatlas[fast]") from error
    return compiled.Search(raster, covers)


_SEARCHES: dict[str, Callable[..., Any]] = {"numpy": Search, "numba": _compiled}


def _checked(polygons: Sequence[object] | npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    out = np.empty(len(polygons), dtype=object)
    out[:] = polygons
    kind = shapely.get_type_id(out)
    wrong = np.flatnonzero((kind != _POLYGON) & (kind != _MULTIPOLYGON) & (kind != _MISSING))
    if len(wrong):
        raise TypeError(f"polygon {wrong[0]} is a {out[wrong[0]].geom_type}, not a polygon")
    endless = np.flatnonzero(~np.isfinite(shapely.bounds(out)).all(axis=1) & ~_nothing(out))
    if len(endless):
        raise ValueError(f"polygon {endless[0]} has coordinates that are not finite")
    return out


def _side(points: float, vertices: int) -> int:
    """Return how many cells to draw along each side: as many as the points pay for, and few vertices in each."""
    return int(np.clip(max(points, min(2.5 * vertices, 64 * points)) ** 0.5, 64, 2048))


def _is_one_ring(polygons: npt.NDArray[np.object_]) -> Bools:
    # Where rings overlap in spite of the rules, only prepared polygons are sure to follow the even-odd rule.
    return np.asarray((shapely.get_type_id(polygons) == _POLYGON) & (shapely.get_num_interior_rings(polygons) == 0))


def _prepare(polygons: npt.NDArray[np.object_]) -> None:
    shapely.prepare(polygons)
    # GEOS answers the first question without its index, by other rules where rings overlap: ask one for nothing.
    west, south, east, north = shapely.bounds(polygons).T
    shapely.intersects_xy(polygons, (west + east) / 2, (south + north) / 2)


def _nothing(polygons: npt.NDArray[np.object_]) -> Bools:
    return np.asarray(shapely.is_missing(polygons) | shapely.is_empty(polygons))
