"""The kernel of the join against GEOS: `shapely.covers` on prepared polygons is the oracle of every test here."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas.area_index import AreaIndex, arrays, raster

HAS_NUMBA = importlib.util.find_spec("numba") is not None
PATHS = ["direct", "numpy", pytest.param("numba", marks=pytest.mark.skipif(not HAS_NUMBA, reason="needs numba"))]

Floats = npt.NDArray[np.float64]


def geos_pairs(polygons: list[shapely.Geometry | None], x: Floats, y: Floats) -> npt.NDArray[np.intp]:
    """Every point against every polygon, by GEOS."""
    finite = np.isfinite(x) & np.isfinite(y)
    points = np.full(len(x), None, dtype=object)
    points[finite] = shapely.points(x[finite], y[finite])
    shapely.prepare([polygon for polygon in polygons if polygon is not None])
    covered = shapely.covers(np.array([polygons], dtype=object).reshape(1, -1), points[:, None])
    return np.stack(np.nonzero(covered))


def adversaries(polygons: list[shapely.Geometry | None]) -> tuple[Floats, Floats]:
    """Points where rounding decides: on corners, on edges, one ulp beside them, level with corners, and no points."""
    xy = shapely.get_coordinates([polygon for polygon in polygons if polygon is not None])
    middles = (xy[:-1] + xy[1:]) / 2
    thirds = xy[:-1] + (xy[1:] - xy[:-1]) / 3
    on = np.concatenate([xy, middles, thirds])
    ulp = [np.stack([np.nextafter(on[:, 0], a), np.nextafter(on[:, 1], b)], axis=1)
           for a in (-np.inf, np.inf) for b in (-np.inf, np.inf)]  # fmt: skip
    beside = [np.stack([np.nextafter(on[:, 0], a), on[:, 1]], axis=1) for a in (-np.inf, np.inf)]
    level = np.stack([xy[:, 0], np.roll(xy[:, 1], 3)], axis=1)
    odd = np.array([[np.nan, 0], [0, np.nan], [np.inf, 0], [0, -np.inf], [1e300, -1e300], [-0.0, 0.0]])
    places = np.concatenate([on, *ulp, *beside, level, odd])
    return np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])


def blob(rng: np.random.Generator, x: float, y: float, radius: float, corners: int) -> shapely.Polygon:
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = radius * rng.uniform(0.5, 1, corners)
    return shapely.Polygon(np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1))


def landscape(seed: int = 0) -> list[shapely.Geometry | None]:
    """Nested, overlapping, equal, touching, with holes, in parts, tiny, axis-parallel, empty, missing."""
    rng = np.random.default_rng(seed)
    big = blob(rng, 125.4, 44.0, 0.3, 100)
    ring = shapely.box(125.2, 43.9, 125.6, 44.1).difference(shapely.box(125.3, 43.95, 125.5, 44.05))
    parts = shapely.MultiPolygon([shapely.box(125.0, 43.8, 125.1, 43.9), shapely.box(125.1, 43.9, 125.2, 44.0)])
    neighbours = [shapely.box(125.3 + i / 10, 43.6, 125.4 + i / 10, 43.7) for i in range(3)]
    sliver = shapely.Polygon([(125.0, 44.0), (125.8, 44.2), (125.8, 44.2000001)])
    speck = shapely.box(125.45, 44.15, 125.45 + 1e-12, 44.15 + 1e-12)
    blobs = [blob(rng, *rng.uniform((125.1, 43.7), (125.7, 44.3)), 0.08, n) for n in (3, 4, 30, 300)]
    return [big, ring, None, parts, *neighbours, big, shapely.Polygon(), sliver, speck, *blobs]


@pytest.mark.parametrize("path", PATHS)
def test_pairs_equal_geos_on_borders_and_beside_them(path: str) -> None:
    polygons = landscape()
    x, y = adversaries(polygons)
    found = AreaIndex(polygons, path=path).pairs(x, y)
    np.testing.assert_array_equal(found, geos_pairs(polygons, x, y))
    assert found.shape[0] == 2
    assert np.issubdtype(found.dtype, np.integer)


@pytest.mark.parametrize("path", PATHS)
def test_pairs_equal_geos_all_over_and_in_any_number_of_threads(path: str) -> None:
    polygons = landscape(1)
    rng = np.random.default_rng(7)
    x, y = rng.uniform(124.9, 125.9, 150_000), rng.uniform(43.5, 44.4, 150_000)
    index = AreaIndex(polygons, path=path, workers=3)
    found = index.pairs(x, y)
    np.testing.assert_array_equal(found[:, found[0] < 20_000], geos_pairs(polygons, x[:20_000], y[:20_000]))
    np.testing.assert_array_equal(found, AreaIndex(polygons, path="direct").pairs(x, y))
    np.testing.assert_array_equal(found, AreaIndex(polygons, path=path, workers=1).pairs(x, y))


@pytest.mark.parametrize("path", PATHS)
def test_counts_and_first_are_those_of_the_pairs(path: str) -> None:
    polygons = landscape(2)
    rng = np.random.default_rng(8)
    x, y = adversaries(polygons)
    x, y = np.concatenate([x, rng.uniform(125, 125.8, 40_000)]), np.concatenate([y, rng.uniform(43.6, 44.3, 40_000)])
    codes = rng.integers(0, 4, len(x))
    group = np.arange(len(polygons)) % 3
    index = AreaIndex(polygons, path=path)
    point, polygon = index.pairs(x, y)
    counts = np.zeros((len(polygons), 4), dtype=int)
    np.add.at(counts, (polygon, codes[point]), 1)
    np.testing.assert_array_equal(index.counts(x, y, codes, 4), counts)
    first = np.full((3, len(x)), len(polygons))
    np.minimum.at(first, (group[polygon], point), polygon)
    first[first == len(polygons)] = -1
    np.testing.assert_array_equal(index.first(x, y, group, 3), first)


# Below 1e-100 the products inside GEOS's own orientation test underflow, and it calls points beyond the end of an edge
# covered: (0.5 - 2**-54, 0) beside the edge from (1, 2e-308) to (0.5, 0). There it is no oracle.
COORDINATE = st.one_of(st.integers(0, 6).map(float), st.floats(1e-100, 6))
# GEOS takes any four corners of a box in a row for a rectangle, such as a spike there and back: leave those out.
RING = (
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=12)
    .map(shapely.Polygon)
    .filter(lambda ring: ring.is_valid or shapely.get_num_coordinates(ring) != 5)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(RING, min_size=1, max_size=5), st.integers(1, 40))
def test_any_rings_on_any_grid_equal_geos_even_invalid_ones(polygons: list[shapely.Polygon], side: int) -> None:
    # Rings that cross themselves, double back and lie on one line: GEOS's even-odd rule decides there too.
    x, y = adversaries(list(polygons))
    grid = np.mgrid[-1:7.5:0.5, -1:7.5:0.5].reshape(2, -1)
    x, y = np.concatenate([x, grid[0]]), np.concatenate([y, grid[1]])
    expected = geos_pairs(list(polygons), x, y)
    areas = np.array(polygons, dtype=object)
    for search in _searches(areas, side):
        found = search.ask(x, y)
        out = np.empty((2, len(found)), dtype=np.intp)
        search.write(found, 0, out)
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("path", PATHS)
def test_the_first_answer_is_the_same_as_the_next_though_a_hole_sticks_out(path: str) -> None:
    # The corner of the hole lies an ulp outside: GEOS's first answer about a prepared polygon ignores it.
    shell = [(10.846491515172278, 8.977252438935519), (1.0227475610644792, 10.84649151517228),
             (-0.846491515172282, 1.022747561064481), (8.977252438935517, -0.8464915151722803)]  # fmt: skip
    corner = (9.911871977053899, 4.065380461881619)
    hole = [corner, (7.33859660606891, 6.590900975574208), (6.590900975574206, 2.661403393931087)]
    index = AreaIndex([shapely.Polygon(shell, [hole])], path=path)
    answers = [index.pairs([corner[0]], [corner[1]]).tolist() for _ in range(3)]
    assert answers == [[[0], [0]]] * 3


@settings(max_examples=50, deadline=None)
@given(st.lists(RING, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_few_points_equal_geos_though_nothing_is_prepared(polygons: list[shapely.Polygon], random: Random) -> None:
    x, y = adversaries(list(polygons))
    at = np.sort(random.sample(range(len(x)), 12))
    unprepared = list(shapely.from_wkb(shapely.to_wkb(polygons)))
    found = AreaIndex(unprepared, path="direct").pairs(x[at], y[at])
    np.testing.assert_array_equal(found, geos_pairs(list(polygons), x[at], y[at]))
    assert not shapely.is_prepared(unprepared).any()


def _searches(areas: npt.NDArray[np.object_], side: int) -> list[Any]:
    def covers(polygon: npt.NDArray[np.integer], x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        return shapely.intersects_xy(areas[polygon], x, y)

    searches: list[Any] = [arrays.Direct(areas, covers)]
    drawn = raster.draw(areas, side)
    if drawn is None:
        return searches
    searches.append(arrays.Search(drawn, covers))
    if HAS_NUMBA:
        from parkatlas.area_index import compiled

        searches.append(compiled.Search(drawn, covers))
    return searches


@pytest.mark.parametrize("path", PATHS)
def test_points_under_any_number_of_areas(path: str) -> None:
    # From no area to nine on top of one another: lists of every length side by side, up to the last point.
    polygons: list[shapely.Geometry | None] = [shapely.box(0, 0, 10 - i, 10 - i) for i in range(9)]
    rng = np.random.default_rng(9)
    x, y = adversaries(polygons)
    x, y = np.concatenate([x, rng.uniform(0, 11, 50_000), x]), np.concatenate([y, rng.uniform(0, 11, 50_000), y])
    index = AreaIndex(polygons, path=path)
    expected = geos_pairs(polygons, x, y)
    np.testing.assert_array_equal(index.pairs(x, y), expected)
    inner = np.flatnonzero((x < 1) & (y < 1) & (x > 0) & (y > 0))
    np.testing.assert_array_equal(index.pairs(x[inner], y[inner])[1], np.tile(np.arange(9), len(inner)))
    group = np.array([0, 1, 0, 1, 0, 1, 0, 1, 2])
    first = np.full((3, len(x)), 9)
    np.minimum.at(first, (group[expected[1]], expected[0]), expected[1])
    np.testing.assert_array_equal(index.first(x, y, group, 3), np.where(first == 9, -1, first))


@pytest.mark.parametrize("path", PATHS)
def test_callers_in_several_threads_get_their_own_answers(path: str) -> None:
    polygons = landscape(5)
    rng = np.random.default_rng(10)
    index = AreaIndex(polygons, path=path, workers=2)
    jobs = [(rng.uniform(125, 125.8, n), rng.uniform(43.6, 44.3, n)) for n in (70_000, 100, 90_000, 20_000)]
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda job: index.pairs(*job), jobs))
    for (x, y), found in zip(jobs, answers, strict=True):
        np.testing.assert_array_equal(found, AreaIndex(polygons, path="direct").pairs(x, y))


def test_a_job_that_comes_again_is_given_a_finer_grid() -> None:
    polygons = landscape(6)
    rng = np.random.default_rng(11)
    x, y = rng.uniform(125, 125.8, 60_000), rng.uniform(43.6, 44.3, 60_000)
    index = AreaIndex(polygons, path="numpy")
    once = index.pairs(x, y)
    coarse = index._ready(x[:1], y[:1])[2]
    np.testing.assert_array_equal(index.pairs(x, y), once)
    finer = index._ready(x[:1], y[:1])[2]
    assert finer._raster.x.cells >= 2 * coarse._raster.x.cells - 16


def test_most_points_are_decided_without_geos() -> None:
    rng = np.random.default_rng(3)
    areas = np.array([blob(rng, *rng.uniform(0, 1, 2), 0.2, 40) for _ in range(20)])
    asked = []

    def covers(polygon: npt.NDArray[np.integer], x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        asked.append(len(x))
        return shapely.intersects_xy(areas[polygon], x, y)

    drawn = raster.draw(areas, 500)
    assert drawn is not None
    arrays.Search(drawn, covers).ask(*rng.uniform(0, 1, (2, 50_000)))
    assert sum(asked) < 50


@pytest.mark.parametrize(
    ("scale", "shift"), [(1e-200, 0.0), (1e-200, 1e6), (1e-9, 1e6), (1e-3, 1e6), (1.0, 1e6), (1e9, 0.0), (1e200, 0.0)]
)
@pytest.mark.parametrize("path", PATHS)
def test_coordinates_of_any_size(path: str, scale: float, shift: float) -> None:
    shapes = [shape for shape in landscape(4)[1:8] if shape is not None]
    polygons: list[shapely.Geometry | None] = [
        shapely.transform(shape, lambda xy: xy * scale + shift) for shape in shapes
    ]
    x, y = adversaries(polygons)
    with np.errstate(all="ignore"):
        expected = geos_pairs(polygons, x, y)
    np.testing.assert_array_equal(AreaIndex(polygons, path=path).pairs(x, y), expected)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("polygons", [[], [None], [shapely.Polygon()], [None, shapely.box(0, 0, 1, 1)]])
def test_nothing_to_find(path: str, polygons: list[shapely.Polygon | None]) -> None:
    index = AreaIndex(polygons, path=path)
    assert len(index) == len(polygons)
    assert index.pairs([], []).shape == (2, 0)
    assert index.pairs([5.0, np.nan], [5.0, 0.5]).shape == (2, 0)
    assert index.counts([5.0], [5.0], [0], 2).tolist() == [[0, 0]] * len(polygons)
    assert index.first([5.0], [5.0], [0] * len(polygons), 1).tolist() == [[-1]]


def test_the_path_follows_the_size_of_the_job() -> None:
    square = [shapely.box(0, 0, 1, 1)]
    index = AreaIndex(square)
    assert isinstance(index._ready([0.5], [0.5])[2], arrays.Direct)
    many = np.full(30_000, 0.5)
    search = index._ready(many, many)[2]
    assert not isinstance(search, arrays.Direct)
    # The raster is kept for the next call, however small, and drawn again only for far more points.
    assert index._ready([0.5], [0.5])[2] is search


def test_small_jobs_never_compile_and_a_numba_that_fails_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "parkatlas.area_index.compiled", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)  # the import fails
    index = AreaIndex([shapely.box(0, 0, 1, 1)])
    half = np.full(190_000, 0.5)
    assert type(index._ready(half, half)[2]) is arrays.Search
    assert type(index._ready(half, half)[2]) is arrays.Search
    with pytest.raises(ImportError, match=r"parkatlas\[fast\]"):
        AreaIndex([shapely.box(0, 0, 1, 1)], path="numba").pairs([0.5], [0.5])


@pytest.mark.skipif(not HAS_NUMBA, reason="needs numba")
def test_large_jobs_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "parkatlas.area_index.compiled", raising=False)
    index = AreaIndex([shapely.box(0, 0, 1, 1)])
    half = np.full(190_000, 0.5)
    assert type(index._ready(half, half)[2]) is arrays.Search
    assert type(index._ready(half, half)[2]) is not arrays.Search


def test_an_index_travels_as_its_polygons() -> None:
    index = pickle.loads(pickle.dumps(AreaIndex([shapely.box(0, 0, 1, 1), None], path="numpy")))
    assert index.pairs([0.5], [0.5]).tolist() == [[0], [0]]


def test_input_is_left_alone_and_may_be_strided_or_read_only() -> None:
    table = np.random.default_rng(0).uniform(0, 2, (1000, 2))
    table.setflags(write=False)
    before = table.copy()
    found = AreaIndex([shapely.box(0, 0, 1, 1)], path="numpy").pairs(table[:, 0], table[:, 1])
    np.testing.assert_array_equal(found[0], np.flatnonzero((table <= 1).all(axis=1)))
    np.testing.assert_array_equal(table, before)


def test_what_is_not_a_polygon_or_not_finite_is_refused() -> None:
    with pytest.raises(TypeError, match="polygon 1 is a LineString"):
        AreaIndex([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])])
    with pytest.raises(ValueError, match=r"polygon 0 .* not finite"):
        AreaIndex([shapely.Polygon([(0, 0), (1, np.inf), (1, 0)])])
    with pytest.raises(ValueError, match="unknown path 'fast'"):
        AreaIndex([], path="fast")  # type: ignore[arg-type]


def test_arrays_that_do_not_fit_are_refused() -> None:
    index = AreaIndex([shapely.box(0, 0, 1, 1)])
    with pytest.raises(ValueError, match="one length"):
        index.pairs([0.0, 1.0], [0.0])
    with pytest.raises(ValueError, match="0 to 1"):
        index.counts([0.5], [0.5], [2], 2)
    with pytest.raises(ValueError, match="one integer for each point"):
        index.counts([0.5], [0.5], [0.0], 2)
