"""Grids and hot spots: counts on paper, PySAL's esda as oracle, and tests that reject at their nominal rate."""

from __future__ import annotations

import itertools
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import scipy.stats
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from parkatlas.errors import CRSError
from parkatlas.statistics.hotspots import (
    autocorrelation,
    getis_ord,
    hex_grid,
    kernel_density,
    local_moran,
    moran,
    square_grid,
)
from parkatlas.statistics.hotspots.grids import cells_of, empirical_bayes, outlines
from parkatlas.statistics.hotspots.neighbours import adjacency
from parkatlas.statistics.hotspots.permutation import tail_counts

with warnings.catch_warnings():  # the oracle warns of its own future
    warnings.simplefilter("ignore")
    import esda
    from libpysal.graph import Graph

CRS = "EPSG:4551"


def frame(xy: object, **columns: object) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), index=range(len(xy)), crs=CRS)


def board(values: object) -> gpd.GeoDataFrame:
    """Return unit squares with values, row 0 in the south."""
    values = np.asarray(values, dtype=float)
    y, x = (part.ravel() for part in np.indices(values.shape))
    return gpd.GeoDataFrame({"v": values.ravel()}, geometry=shapely.box(x, y, x + 1, y + 1), crs=CRS)


def graph(matrix: sp.csr_array) -> Graph:
    return Graph.from_arrays(*matrix.nonzero(), np.ones(matrix.nnz))


# grids


@pytest.mark.parametrize("grid", [hex_grid, square_grid])
def test_cells_cover_the_window_once_and_hold_every_point(grid):
    rng = np.random.default_rng(1)
    window = shapely.Polygon([(130, 70), (5200, 300), (4000, 4100), (900, 3600)])
    points = frame(rng.uniform(0, 5000, (300, 2)))
    result = grid(points, window, size_m=400)
    table = result.table
    assert table["n"].sum() == result.n_used == shapely.covers(window, points.geometry.to_numpy()).sum()
    assert result.n_used + result.n_dropped == 300
    assert table["km2"].sum() == pytest.approx(window.area / 1e6)
    assert shapely.union_all(table.geometry.to_numpy()).buffer(1e-6).covers(window)
    for cell, n in zip(table.geometry, table["n"], strict=True):  # by geometry, which the counts did not use
        inside = shapely.covers(cell, points.geometry.to_numpy()) & shapely.covers(window, points.geometry.to_numpy())
        assert inside.sum() == n


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(-1e6, 1e6), y=st.floats(-1e6, 1e6), size=st.floats(10, 1e4), shape=st.sampled_from(["hex", "square"])
)
def test_a_point_lies_in_the_cell_it_is_counted_in(x, y, size, shape):
    cell = outlines(shape, cells_of(shape, np.array([[x, y]]), size), size)[0]
    assert shapely.distance(cell, shapely.Point(x, y)) <= 1e-9 * max(abs(x), abs(y), size)


def test_hexagons_are_regular_and_share_corners_to_the_last_bit():
    table = hex_grid(frame([(0, 0)]), shapely.box(0, 0, 3000, 3000), size_m=1000).table
    np.testing.assert_allclose(table.geometry.area, 1000**2 * np.sqrt(3) / 2)
    corners = shapely.get_coordinates(table.geometry.to_numpy())
    assert len(np.unique(corners, axis=0)) == len(np.unique(corners.round(6), axis=0))


def test_the_grid_stands_on_multiples_of_its_size_whatever_the_data():
    one = square_grid(frame([(10, 10)]), shapely.box(0, 0, 2000, 2000), size_m=500).table.set_index("cell")
    two = square_grid(frame([(990, 700)]), shapely.box(450, 450, 1700, 1700), size_m=500).table.set_index("cell")
    assert set(two.index) <= set(one.index)
    assert one.loc[two.index].geometry.geom_equals(two.geometry).all()


def test_rates_weights_and_labels_on_paper():
    points = frame(
        [(10, 10), (20, 20), (30, 30), (510, 10)],
        sector=["bio", "chem", "bio", None],
        employees=pd.array([5, None, 7, 11], dtype="Int64"),
    )
    window = shapely.box(0, 0, 1000, 500)
    table = square_grid(points, window, size_m=500, weight="employees", kind="sector", label="bio").table
    assert table["n"].tolist() == [3, 1]
    assert table["amount"].tolist() == [12.0, 11.0]
    assert table["rate"].tolist() == [2 / 3, 0.0]
    assert table["density_km2"].tolist() == [12.0, 4.0]
    with pytest.raises(ValueError, match="larger size_m"):
        hex_grid(points, window, size_m=0.1)
    with pytest.raises(ValueError, match="positive"):
        hex_grid(points, window, size_m=0)
    with pytest.raises(CRSError):
        hex_grid(points.set_crs(4326, allow_override=True), window)


def test_empirical_bayes_equals_esda():
    rng = np.random.default_rng(3)
    base = rng.integers(1, 200, 60).astype(float)
    events = rng.binomial(base.astype(int), rng.beta(2, 8, 60)).astype(float)
    theirs = esda.smoothing.Empirical_Bayes(events, base).r.ravel()
    np.testing.assert_allclose(empirical_bayes(events, base), theirs)


def test_empirical_bayes_draws_small_cells_to_the_overall_rate():
    events, base = np.array([1.0, 0.0, 300.0, 100.0]), np.array([1.0, 0.0, 1000.0, 1000.0])
    overall = 401 / 2001
    rate = empirical_bayes(events, base)
    assert overall < rate[0] < 0.3, "one of one is no rate of 100 %"
    assert rate[1] == overall
    assert rate[2] == pytest.approx(0.3, abs=0.01)
    assert np.isnan(empirical_bayes(np.zeros(2), np.zeros(2))).all()


# neighbours


@pytest.mark.parametrize("grid", [hex_grid, square_grid])
def test_neighbours_by_row_and_column_equal_neighbours_by_touch(grid):
    table = grid(frame([(0, 0)]), shapely.Point(0, 0).buffer(5000), size_m=700).table
    fast, slow = adjacency(table), adjacency(table[["geometry"]])
    assert (fast != slow).nnz == 0
    assert (fast != fast.T).nnz == 0
    assert np.diff(fast.indptr).max() == (6 if grid is hex_grid else 8)


def test_neighbours_by_rank_by_distance_and_by_hand():
    cells = board([[1, 2, 3, 4]])
    assert adjacency(cells, 1.0).toarray().sum(axis=1).tolist() == [1, 2, 2, 1]
    assert adjacency(cells, "knn:2").toarray().tolist()[0] == [0, 1, 1, 0]
    given = np.array([[0, 1, 0, 0], [1, 9, 0, 0], [0, 0, 0, 2], [0, 0, 1, 0]])
    assert adjacency(cells, given).toarray().tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    piled = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)] * 5, crs=CRS)
    assert adjacency(piled, "knn:2").toarray().sum(axis=1).tolist() == [2] * 5
    for wrong in ("rook", "knn:0", -1, np.zeros((2, 2))):
        with pytest.raises(ValueError, match="neighbours must be"):
            adjacency(cells, wrong)


# Moran and Gi*


def test_moran_of_a_chessboard_and_of_two_halves_on_paper():
    # four by four, queen neighbours: a chessboard has alternating rook and equal bishop neighbours
    chess = np.indices((4, 4)).sum(axis=0) % 2
    halves = np.repeat([[0, 0, 1, 1]], 4, axis=0)
    rook = adjacency(board(chess), 1.0)  # centroids within 1: rook neighbours
    assert moran(board(chess), "v", neighbours=rook).table.loc[0, "i"] == pytest.approx(-1.0)
    # halves, rook, rows standardised: outer columns agree with all; inner columns differ with one of 3 (edge) or 4
    agree = (8 * 1.0 + 4 * (1 / 3) + 4 * 0.5) / 16
    assert moran(board(halves), "v", neighbours=rook).table.loc[0, "i"] == pytest.approx(agree)


def field(seed: int, n: int = 300) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    table = hex_grid(frame(rng.uniform(0, 10_000, (n, 2))), shapely.box(0, 0, 10_000, 8000), size_m=900).table
    return table.assign(v=rng.gamma(2.0, 1.0, len(table)))


def test_moran_equals_esda():
    cells = field(1)
    ours = moran(cells, "v").table.loc[0]
    theirs = esda.Moran(cells["v"].to_numpy(), graph(adjacency(cells)), transformation="r", permutations=0)
    assert ours["i"] == pytest.approx(theirs.I)
    assert ours["expected"] == pytest.approx(theirs.EI)
    assert ours["sd"] == pytest.approx(theirs.seI_rand, rel=0.1), "permutations against the analytic randomisation"


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_local_moran_equals_esda_but_for_n_and_averages_to_the_global():
    cells = field(2)
    ours = local_moran(cells, "v").table
    n = len(cells)
    theirs = esda.Moran_Local(cells["v"].to_numpy(), graph(adjacency(cells)), permutations=9999, seed=5, n_jobs=1)
    np.testing.assert_allclose(ours["i"], theirs.Is * n / (n - 1))  # esda: n - 1
    assert ours["i"].mean() == pytest.approx(moran(cells, "v").table.loc[0, "i"])
    assert ours["quadrant"].map({"HH": 1, "LH": 2, "LL": 3, "HL": 4}).tolist() == theirs.q.tolist()
    # esda's p is one tail: ours is twice as large; both are simulated
    assert np.abs(ours["p"] - np.minimum(2 * theirs.p_sim, 1)).max() < 0.06
    assert np.corrcoef(ours["p"], theirs.p_sim)[0, 1] > 0.999


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_gi_star_equals_esda():
    cells = field(3)
    ours = getis_ord(cells, "v").table
    theirs = esda.G_Local(cells["v"].to_numpy(), graph(adjacency(cells)), transform="B", star=True,
                          permutations=9999, seed=5, n_jobs=1)  # fmt: skip
    np.testing.assert_allclose(ours["z"], theirs.Zs)
    np.testing.assert_allclose(ours["p_normal"], 2 * theirs.p_norm)
    assert np.abs(ours["p"] - np.minimum(2 * theirs.p_sim, 1)).max() < 0.06


def test_gi_star_finds_a_hot_spot_on_paper():
    values = np.zeros((9, 9))
    values[3:6, 3:6] = [[5, 6, 5], [6, 9, 6], [5, 6, 5]]
    result = getis_ord(board(values), "v")
    hot = (result.table["kind"] == "hot").to_numpy().reshape(9, 9)
    assert hot[[3, 4, 4, 4, 5], [4, 3, 4, 5, 4]].all()
    assert not hot[[0, 0, 8, 8], [0, 8, 0, 8]].any()
    # the centre: n = 81, W = 9, sum = 53, mean = 53 / 81, S^2 = 325 / 81 - mean^2
    mean = 53 / 81
    spread = np.sqrt(325 / 81 - mean**2)
    wanted = (53 - 9 * mean) / (spread * np.sqrt((81 * 9 - 81) / 80))
    assert result.table["z"].iloc[40] == pytest.approx(wanted)
    assert f"{hot.sum()} hot" in result.reading_en


def test_empty_ground_is_no_cold_spot_by_rank_alone():
    # nearly empty ground whose values differ by next to nothing, as smoothed rates of whole and of cut cells do
    rng = np.random.default_rng(6)
    values = np.where(rng.random((20, 20)) < 0.3, rng.uniform(5, 50, (20, 20)), 0.2)
    values[:, 10:] = np.where(rng.random((20, 10)) < 0.3, values[:, 10:], 0.1)
    values[4:9, 12:17] = 0.1
    for function in (getis_ord, local_moran):
        table = function(board(values), "v").table
        assert not table["kind"].isin(["cold", "LL"]).any()
    values[4:9, 12:17] = 90.0
    assert (getis_ord(board(values), "v").table["kind"] == "hot").sum() >= 9


def test_the_moments_of_neighbour_sums_are_those_of_all_permutations():
    values = np.array([[1.0, 4.0, 2.0, 8.0, 3.0]])
    field_ = autocorrelation._field(board(values), "v", "touching")
    for cell, (neighbours, k) in enumerate(zip(([1], [0, 2], [1, 3], [2, 4], [3]), (1, 2, 2, 2, 1), strict=True)):
        others = np.delete(values[0], cell)
        draws = [sum(draw) for draw in itertools.permutations(others, k)]
        observed = values[0, neighbours].sum()
        for alpha in (0.01, 0.3, 0.6, 0.9):
            far = abs(observed - np.mean(draws)) >= scipy.stats.norm.isf(alpha / 2) * np.std(draws)
            assert autocorrelation._apart(field_, alpha)[cell] == far


def test_p_values_are_adjusted_by_benjamini_and_hochberg():
    table = getis_ord(field(4), "v").table
    ranked = table["p"].sort_values()
    m = len(ranked)
    wanted = np.minimum.accumulate((ranked * m / np.arange(1, m + 1))[::-1])[::-1].clip(upper=1)
    np.testing.assert_allclose(table.loc[wanted.index, "p_fdr"], wanted)
    assert (table["p"] >= 2 / 10_000).all()


def test_conditional_draws_equal_all_draws_there_are():
    # five cells in a row: the exact distribution over all permutations of the others, counted one by one
    import itertools

    values = np.array([4.0, 1.0, 3.0, 9.0, 2.0])
    cells = board([values])
    links = adjacency(cells)
    counts = np.diff(links.indptr).astype(np.int64)
    above, below = tail_counts(values, counts, links @ values, 60_000, np.random.default_rng(1))
    for i in range(5):
        sums = np.array([sum(some) for some in itertools.combinations(np.delete(values, i), counts[i])])
        assert above[i] / 60_000 == pytest.approx((sums >= (links @ values)[i]).mean(), abs=0.015)
        assert below[i] / 60_000 == pytest.approx((sums <= (links @ values)[i]).mean(), abs=0.015)


@pytest.mark.parametrize("links", [8, 150])
def test_short_and_long_lists_are_compared_alike(links):
    # 6,000 cells take the long way (whole stretches, running totals), a part of them the short one
    rng = np.random.default_rng(2)
    values = rng.poisson(2, 6000).astype(float)
    counts = np.full(6000, links)
    counts[::7] = links - 3
    observed = rng.choice(values, (6000, links)).sum(axis=1)
    above, below = tail_counts(values, counts, observed, 400, rng)
    mean, sd = values.mean() * counts, values.std() * np.sqrt(counts * (1 - counts / 6000))
    far = np.abs(observed - mean) > 4.5 * sd
    assert (above + below >= 400).all()
    assert (above[far & (observed > mean)] < 5).all()
    near = np.abs(observed - mean) < 0.3 * sd
    assert 0.35 < (above[near] / 400).mean() < 0.65


def test_islands_and_unknown_values_are_reported_and_left_out():
    cells = board([[1, 2, 3, 4, 5]])
    cells.loc[5] = [7.0, shapely.box(50, 50, 51, 51)]
    cells.loc[6] = [8.0, shapely.box(60, 0, 61, 1)]
    cells.loc[7] = [np.nan, shapely.box(61, 0, 62, 1)]
    before = cells.copy()
    for function in (getis_ord, local_moran):
        result = function(cells, "v", permutations=99)
        assert result.table["reason"].tolist() == [""] * 5 + ["island", "island", "no value"]
        assert result.table["p"].isna().tolist() == [False] * 5 + [True] * 3
        assert result.params["islands"] == [5, 6]
        assert (result.n_used, result.n_dropped) == (5, 3)
    alone = moran(cells, "v")
    assert alone.table.loc[0, "islands"] == 2
    assert alone.table.loc[0, "i"] == pytest.approx(moran(cells.iloc[:5], "v").table.loc[0, "i"])
    pd.testing.assert_frame_equal(cells, before)


@pytest.mark.parametrize(("values", "reason"), [([[3, 3, 3, 3]], "all values are equal"),
                                                ([[1, 2]], "fewer than three cells")])  # fmt: skip
def test_degenerate_fields_say_why(values, reason):
    assert moran(board(values), "v").table.loc[0, "reason"] == reason
    assert np.isnan(moran(board(values), "v").table.loc[0, "i"])
    for function in (getis_ord, local_moran):
        result = function(board(values), "v")
        assert set(result.table["reason"]) == {reason}
        assert result.reading_en == reason
    empty = board(values).iloc[:0]
    assert getis_ord(empty, "v").reading_en == "no cell with a value and a neighbour"


def test_seeds_repeat_and_columns_are_checked():
    cells = field(5)
    pd.testing.assert_frame_equal(getis_ord(cells, "v", seed=3).table, getis_ord(cells, "v", seed=3).table)
    assert (getis_ord(cells, "v", seed=3).table["p"] != getis_ord(cells, "v", seed=4).table["p"]).any()
    with pytest.raises(KeyError, match="no column 'w'"):
        moran(cells, "w")


@pytest.mark.parametrize("function", [moran, local_moran, getis_ord])
def test_random_fields_are_rejected_at_the_nominal_rate(function):
    shares, found = [], []
    for seed in range(60):
        table = function(field(seed, 5), "v", permutations=199, seed=seed).table
        shares.append((table["p"] <= 0.05).mean())
        found.append((table.get("p_fdr", table["p"]) <= 0.05).any())
    assert 0.02 <= np.mean(shares) <= 0.08
    assert np.mean(found) <= 0.10


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_result_draws(lang):
    cells = field(6)
    for result in (hex_grid(frame([(1, 1)]), shapely.box(0, 0, 9, 9), size_m=3), moran(cells, "v"),
                   local_moran(cells, "v", permutations=99), getis_ord(cells, "v", permutations=99)):  # fmt: skip
        assert result.plot(Figure().subplots(), lang).has_data()


# kernel density


BENT = shapely.Polygon([(0, 0), (1000, 0), (1000, 600), (450, 450), (300, 1000), (0, 900)])


def test_a_surface_adds_up_to_the_points_and_to_the_weights():
    rng = np.random.default_rng(7)
    points = frame(rng.uniform(0, 1000, (80, 2)), employees=rng.integers(1, 9, 80))
    for width in (20.0, 150.0, 5000.0):
        result = kernel_density(points, BENT, bandwidth_m=width)
        assert (result.table["km2"] * result.table["density_km2"]).sum() == pytest.approx(result.n_used)
        heavy = kernel_density(points, BENT, bandwidth_m=width, weight="employees").table
        inside = shapely.covers(BENT, points.geometry.to_numpy())
        assert (heavy["km2"] * heavy["density_km2"]).sum() == pytest.approx(points["employees"][inside].sum())
    assert result.table["km2"].sum() == pytest.approx(BENT.area / 1e6)


def test_a_kernel_far_from_the_edge_is_the_normal_density_of_scipy():
    points = frame([(5000.0, 5000.0), (5200.0, 5000.0)])
    table = kernel_density(points, shapely.box(0, 0, 10_000, 10_000), bandwidth_m=300.0, cell_m=50.0).table
    middle = np.column_stack([table["column"], table["row"]]) * 50.0 + 25.0
    normal = scipy.stats.multivariate_normal
    wanted = sum(normal([x, 5000.0], 300.0**2).pdf(middle) for x in (5000.0, 5200.0)) * 1e6
    np.testing.assert_allclose(table["density_km2"], wanted, rtol=0.02, atol=1e-3)


def test_the_raster_is_the_table_north_up():
    result = kernel_density(frame([(100.0, 100.0)]), BENT, bandwidth_m=80.0, cell_m=25.0)
    grid, (step, _, west, _, down, north) = result.raster()
    row, column = np.unravel_index(np.nanargmax(grid), grid.shape)
    assert abs(west + (column + 0.5) * step - 100) <= step
    assert abs(north + (row + 0.5) * down - 100) <= step
    assert np.isnan(grid[0, -1]), "outside the window"
    assert np.isfinite(grid).sum() == len(result.table)


def test_a_surface_without_a_bandwidth_says_why():
    assert kernel_density(frame([]), BENT).reading_en == "no point"
    spot = kernel_density(frame([(9.0, 9.0)] * 3), BENT)
    assert set(spot.table["reason"]) == {"all points at one spot: give a bandwidth"}
    assert spot.table["density_km2"].isna().all()
    assert spot.plot(Figure().subplots()).texts
    # Scott: n^(-1/6) sd, the corners of a square of 200 m deviate by 115.5 m (n - 1) each way
    corners = kernel_density(frame([(100, 100), (300, 100), (300, 300), (100, 300)]), BENT)
    assert corners.params["bandwidth_m"] == pytest.approx(4 ** (-1 / 6) * 200 / np.sqrt(3))
    assert corners.plot(Figure().subplots(), "zh").images
    with pytest.raises(ValueError, match="positive"):
        kernel_density(frame([(1, 1)]), BENT, bandwidth_m=0)


# columbus: 49 neighbourhoods that ship with libpysal


@pytest.fixture(scope="module")
def columbus() -> gpd.GeoDataFrame:
    from libpysal import examples

    return gpd.read_file(examples.get_path("columbus.shp")).set_crs(CRS, allow_override=True)


def test_moran_of_crime_in_columbus_is_the_well_known_number(columbus):
    row = moran(columbus, "CRIME").table.loc[0]
    assert row["i"] == pytest.approx(0.500188557, abs=1e-8)  # queen neighbours, as spdep, GeoDa and PySAL have it
    assert row["p"] == 2 / 1000
    theirs = esda.Moran(columbus["CRIME"].to_numpy(), graph(adjacency(columbus)), transformation="r", permutations=0)
    assert row["i"] == pytest.approx(theirs.I)


def test_false_discoveries_in_columbus_shrink_as_published(columbus):
    # by the normal p: CRIME 18 of 49 raw and 9 after Benjamini-Hochberg, HOVAL 7 and none
    for column, raw, kept in (("CRIME", 18, 9), ("HOVAL", 7, 0)):
        table = getis_ord(columbus, column).table
        assert (table["p_normal"] <= 0.05).sum() == raw
        assert (scipy.stats.false_discovery_control(table["p_normal"]) <= 0.05).sum() == kept
        assert (table["p_fdr"] <= 0.05).sum() <= kept
