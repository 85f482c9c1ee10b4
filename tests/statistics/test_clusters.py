"""Density clusters: labels against scikit-learn, and reports against answers on paper."""

from __future__ import annotations

import sys
import types

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sklearn.cluster
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from parkatlas.errors import CRSError, DependencyError
from parkatlas.statistics import run
from parkatlas.statistics.clusters import cluster_report, compiled, dbscan, density, hdbscan, k_distance
from parkatlas.statistics.clusters.report import adjusted_rand

CRS = "EPSG:4551"


def frame(xy: object, **columns: object) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return gpd.GeoDataFrame(
        columns, geometry=gpd.points_from_xy(*xy.T), index=[f"e{i}" for i in range(len(xy))], crs=CRS
    )


def town(n: int, seed: int, step: float = 0.0) -> np.ndarray:
    """Return a third of the points scattered and the rest in five heaps; ``step`` rounds to shared places."""
    rng = np.random.default_rng(seed)
    heaps = rng.uniform(0, 10_000, (5, 2))[rng.integers(0, 5, n - n // 3)] + rng.normal(0, 250, (n - n // 3, 2))
    xy = rng.permutation(np.vstack([heaps, rng.uniform(0, 10_000, (n // 3, 2))]))
    return np.round(xy / step) * step if step else xy


def kernel(plain: bool, monkeypatch: pytest.MonkeyPatch):
    """Return the compiled kernel, or the same code left uncompiled so that it is tested where numba is absent."""
    if plain:
        numba = types.ModuleType("numba")
        numba.njit = lambda *_, **__: lambda function: function
        monkeypatch.setitem(sys.modules, "numba", numba)
        return compiled.load.__wrapped__()
    pytest.importorskip("numba")
    return compiled.load()


CASES = [(300, 3, 0.0, 300.0, 5), (300, 4, 200.0, 250.0, 4), (200, 5, 500.0, 500.0, 1), (40, 6, 0.0, 2000.0, 3),
         (5, 7, 0.0, 10.0, 2), (200, 8, 0.0, 5000.0, 250), (300, 9, 100.0, 100.0, 3)]  # fmt: skip


@pytest.mark.parametrize(("n", "seed", "step", "eps", "least"), CASES)
def test_tree_labels_equal_scikit_learn(n, seed, step, eps, least):
    xy = town(n, seed, step)
    wanted = sklearn.cluster.DBSCAN(eps=eps, min_samples=least).fit_predict(xy)
    np.testing.assert_array_equal(density.tree_labels(xy, eps, least), wanted)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("n", "seed", "step", "eps", "least"), CASES)
def test_compiled_labels_equal_scikit_learn(n, seed, step, eps, least, plain, monkeypatch):
    xy = town(n, seed, step)
    wanted = sklearn.cluster.DBSCAN(eps=eps, min_samples=least).fit_predict(xy)
    np.testing.assert_array_equal(kernel(plain, monkeypatch)(xy, eps, least), wanted)


def test_compiled_labels_of_a_very_wide_plane_equal_scikit_learn(monkeypatch):
    xy = np.vstack([town(60, 1), town(60, 2) + 5e7])
    wanted = sklearn.cluster.DBSCAN(eps=3.0, min_samples=1).fit_predict(xy)
    np.testing.assert_array_equal(kernel(True, monkeypatch)(xy, 3.0, 1), wanted)


def test_large_lists_take_the_compiled_way(monkeypatch):
    monkeypatch.setattr(density, "_COMPILED_FROM", 10)
    monkeypatch.setattr(density, "_compiled", lambda: lambda xy, eps, least: np.full(len(xy), 7))
    assert (density.labels(town(10, 0), 1.0, 2) == 7).all()
    monkeypatch.setattr(density, "_compiled", lambda: None)
    assert density.labels(town(10, 0), 1e9, 2).max() == 0


def test_the_largest_cluster_is_number_one_and_ties_go_from_west_to_east():
    xy = [(900, 0), (901, 0), (500, 0), (501, 0), (0, 0), (1, 0), (2, 0), (5000, 0)]
    result = dbscan(frame(xy), eps=5, min_samples=2)
    assert result.table["cluster"].tolist() == [3, 3, 2, 2, 1, 1, 1, -1]
    assert result.table.index.tolist() == [f"e{i}" for i in range(8)]
    assert result.params["noise_share"] == 0.125


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_core_clusters_do_not_depend_on_the_order_of_rows(seed, data):
    xy = town(80, seed)
    order = np.array(data.draw(st.permutations(range(80))))
    one = dbscan(frame(xy), eps=400, min_samples=1).table["cluster"].to_numpy()  # every point is core: no borders
    two = dbscan(frame(xy[order]), eps=400, min_samples=1).table["cluster"].to_numpy()
    np.testing.assert_array_equal(one[order], two)


def test_the_point_itself_counts_for_min_samples():
    pair = frame([(0, 0), (3, 0)])
    assert dbscan(pair, eps=5, min_samples=2).table["cluster"].tolist() == [1, 1]
    assert dbscan(pair, eps=5, min_samples=3).table["cluster"].tolist() == [-1, -1]
    assert dbscan(pair, eps=3, min_samples=2).table["cluster"].tolist() == [1, 1], "eps itself is within reach"


def test_degrees_web_mercator_and_no_crs_are_refused():
    for crs in (4326, 3857, None):
        with pytest.raises(CRSError):
            dbscan(gpd.GeoSeries.from_xy([125.0], [43.0], crs=crs), eps=600)


def test_rows_without_a_point_and_points_outside_stay_in_the_table_and_are_listed():
    points = frame([(0, 0), (1, 0), (2, 0), (100, 100)])
    points.loc["e1", "geometry"] = None
    before = points.copy()
    result = dbscan(points, shapely.box(-5, -5, 5, 5), eps=3, min_samples=2)
    assert result.table["cluster"].astype(object).where(result.table["cluster"].notna(), None).tolist() == [
        1,
        None,
        1,
        None,
    ]
    assert (result.n_used, result.n_dropped) == (2, 2)
    assert result.params["outside"] == ["e3"]
    pd.testing.assert_frame_equal(points, before)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_handful_of_points_has_no_cluster(n):
    points = frame(np.zeros((n, 2)))
    assert (dbscan(points).table["cluster"] == -1).all()
    assert (hdbscan(points).table["cluster"] == -1).all()
    assert len(cluster_report(points).table) == 0
    assert np.isnan(k_distance(points).params["suggested_eps_m"])


def test_points_all_at_one_spot_are_one_cluster_without_a_hull():
    points = frame(np.zeros((9, 2)))
    report = cluster_report(points)
    assert report.table["n"].tolist() == [9]
    assert report.table["area_km2"].isna().all()
    assert report.table["reason"].tolist() == ["fewer than three places, or all on one line"]
    assert report.params["share_at_shared_place"] == pytest.approx(8 / 9)


def test_k_distance_is_the_smallest_eps_that_makes_a_core_point():
    xy = town(120, 11)
    result = k_distance(frame(xy), min_samples=4)
    wanted = np.sort(np.sort(np.hypot(*(xy[:, None] - xy).T), axis=1)[:, 3])[::-1]  # brute force
    np.testing.assert_allclose(result.table["distance_m"], wanted)
    assert result.table["rank"].tolist() == list(range(1, 121))


def test_the_knee_is_the_place_farthest_below_the_chord():
    # on paper: values 10 3 2 1 0; the chord falls by 2.5 a step: 10 7.5 5 2.5 0; gaps 0 4.5 3 1.5 0
    assert density.knee(np.array([1.0, 10.0, 0.0, 3.0, 2.0])) == 3.0


def test_hdbscan_is_scikit_learns_renumbered_by_size():
    xy = town(400, 2)
    result = hdbscan(frame(xy), min_cluster_size=15).table
    model = sklearn.cluster.HDBSCAN(min_cluster_size=15, copy=True).fit(xy)
    assert sklearn.metrics.adjusted_rand_score(model.labels_, result["cluster"].to_numpy(dtype=int)) == 1.0
    assert result["cluster"][result["cluster"] > 0].value_counts().sort_index().is_monotonic_decreasing
    np.testing.assert_array_equal(result["probability"], model.probabilities_)


def test_hdbscan_without_scikit_learn_names_the_extra(monkeypatch):
    monkeypatch.setattr(density.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"parkatlas\[clusters\]"):
        hdbscan(frame(town(30, 1)))


def test_adjusted_rand_equals_scikit_learn():
    rng = np.random.default_rng(5)
    for _ in range(5):
        a, b = rng.integers(-1, 4, (2, 60))
        assert adjusted_rand(a, b) == pytest.approx(sklearn.metrics.adjusted_rand_score(a, b))


SQUARE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (500, 500)]


@pytest.fixture
def report():
    """Two clusters and a stray: a 1 km square of five, a 2 km x 1 km right triangle of three far away."""
    xy = [*SQUARE, (20_000, 0), (22_000, 0), (20_000, 1000), (40_000, 40_000)]
    points = frame(
        xy,
        sector=["bio", "bio", "bio", "chem", "chem", "chem", "chem", None, "bio"],
        employees=pd.array([10, 20, 30, 40, None, 1, 2, 3, 100], dtype="Int64"),
        output=[1.0] * 9,
    )
    parks = gpd.GeoDataFrame(
        {"area_id": ["pa", "pb", "z"], "level": ["park", "park", "zone"]},
        geometry=[
            shapely.box(-100, -100, 1100, 600),
            shapely.box(900, -50, 1100, 50),
            shapely.box(-1e5, -1e5, 1e5, 1e5),
        ],
        crs=CRS,
    ).to_crs(4326)
    return cluster_report(points, parks, eps=2400, min_samples=3)


def test_a_report_adds_up_on_paper(report):
    one, two = (report.table.set_index("cluster").loc[k] for k in (1, 2))
    assert (one["n"], two["n"]) == (5, 3)
    assert (one["employees"], one["employees_known"], two["employees"]) == (100, 4, 6)
    assert (one["area_km2"], one["density_km2"]) == (1.0, 5.0)
    assert (two["area_km2"], two["density_km2"]) == (1.0, 3.0)
    assert (one["x"], one["y"]) == (500.0, 500.0)
    assert report.params["noise_share"] == pytest.approx(1 / 9)


def test_a_report_compares_sectors_with_all_points(report):
    one, two = (report.table.set_index("cluster").loc[k] for k in (1, 2))
    # eight of known sector: bio 4/8, chem 4/8; cluster 1 has bio 3, chem 2; cluster 2 chem 2
    assert one["sector_mix"] == "bio 3, chem 2"
    assert (one["lq_sector"], one["lq"], one["lq_n"], one["lq_expected"]) == ("bio", pytest.approx(3 / 2.5), 3, 2.5)
    assert (two["lq_sector"], two["lq"], two["lq_expected"]) == ("chem", 2.0, 1.0)
    assert one["lq_small"]
    assert two["lq_small"]


def test_a_report_tells_the_overlap_with_parks(report):
    one, two = (report.table.set_index("cluster").loc[k] for k in (1, 2))
    assert (one["share_in_park"], one["top_park"]) == (0.6, "pa")  # (0,0), (1000,0), (500,500); pb holds one of these
    assert one["jaccard"] == pytest.approx(3 / 5)
    assert (two["share_in_park"], two["jaccard"]) == (0.0, 0.0)
    assert pd.isna(two["top_park"])


def test_a_report_tells_what_a_smaller_eps_does(report):
    # at 1,920 m the triangle's corners are 2,000, 1,000 and 2,236 m apart: no core point is left, the square stays
    assert report.table["stable_minus"].tolist() == [1.0, 0.0]
    assert report.table["stable_plus"].tolist() == [1.0, 1.0]
    assert report.params["ari_plus"] == 1.0
    assert report.params["ari_minus"] < 1.0


def test_a_concave_hull_is_no_larger_and_holds_every_member():
    x, y = (part.ravel() for part in np.meshgrid(np.arange(11) * 100.0, np.arange(11) * 100.0))
    points = frame(np.column_stack([x, y])[(x < 250) | (y < 250)])  # an L: 0.36 km2 of the 0.68 km2 of its convex hull
    row = cluster_report(points, eps=150, min_samples=3).table.loc[0]
    assert row["area_km2"] == pytest.approx(1.0 - 0.8 * 0.8 / 2)
    assert row["concave_km2"] == pytest.approx(0.36, abs=0.05)
    assert row["concave_hull"].buffer(1e-6).covers(shapely.multipoints(points.geometry.to_numpy()))


def test_a_report_takes_clusters_from_elsewhere():
    points = frame([*SQUARE, (9, 9)])
    given = pd.Series([1, 1, 1, 1, 2, -1], index=points.index)
    table = cluster_report(points, clusters=given).table
    assert table["n"].tolist() == [4, 1]
    assert table["stable_minus"].isna().all()
    with pytest.raises(ValueError, match="index differs"):
        cluster_report(points, clusters=given.reset_index(drop=True))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_result_draws(lang, report):
    points = frame(town(60, 3))
    for result in (dbscan(points), k_distance(points), hdbscan(points), report, cluster_report(points[:0])):
        ax = result.plot(Figure().subplots(), lang)
        assert ax.has_data() or ax.texts


@pytest.mark.parametrize("name", ["dbscan", "k_distance", "cluster_report", "hdbscan"])
@pytest.mark.parametrize("least", [0, -3, 2.5, True])
def test_a_number_of_neighbours_that_cannot_be_is_refused_by_name(name, least, located, areas):
    with pytest.raises(ValueError, match="min_samples must be a whole number, at least 1, not"):
        run(name, located, areas, min_samples=least)


@pytest.mark.parametrize("name", ["dbscan", "cluster_report"])
@pytest.mark.parametrize("eps", [0, -5.0, float("nan"), float("inf")])
def test_a_reach_that_cannot_be_is_refused_by_name(name, eps, located, areas):
    with pytest.raises(ValueError, match="eps must be a positive number of metres, not"):
        run(name, located, areas, eps=eps)
    with pytest.raises(ValueError, match="concave_ratio must lie between 0 and 1, not 2"):
        run("cluster_report", located, areas, concave_ratio=2)


def test_more_neighbours_than_points_make_no_cluster(located, areas):
    for name in ("dbscan", "k_distance", "cluster_report", "hdbscan"):
        assert run(name, located, areas, min_samples=10**12).n_used == 10
