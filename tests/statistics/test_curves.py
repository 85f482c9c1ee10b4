"""Curves of several kinds of points: each against its definition computed pair by pair, and against chance."""

from __future__ import annotations

import sys
import types

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.spatial.distance
import scipy.stats
import shapely
from matplotlib.figure import Figure

from parkatlas.statistics.kernels import intensity_without_self, mass_inside
from parkatlas.statistics.pattern import (
    compiled,
    cross_k,
    duranton_overman,
    inhomogeneous_k,
    marcon_puech_m,
    ripley_k,
    ripley_l,
)
from parkatlas.statistics.pattern.crossed import varying
from parkatlas.statistics.pattern.edges import set_covariance
from parkatlas.statistics.pattern.kdensity import one_sided_bands, pair_histogram, silverman, smoother
from parkatlas.statistics.pattern.pairs import cross_blocks, pair_blocks, sums, translated_sums
from parkatlas.statistics.pattern.ripley import estimator
from parkatlas.statistics.window import Window

CRS = "EPSG:4551"
SQUARE = shapely.box(0, 0, 1000, 1000)
BENT = shapely.Polygon([(0, 0), (1000, 0), (1000, 600), (450, 450), (300, 1000), (0, 900)])


def frame(xy: object, sector: object = None, **columns: object) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return gpd.GeoDataFrame({"sector": sector, **columns}, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def scatter(n: int, seed: int, window: object = SQUARE) -> np.ndarray:
    return Window(window).sample(n, np.random.default_rng(seed))


# pairs


def kernel(plain: bool, monkeypatch: pytest.MonkeyPatch):
    """Return the compiled kernel, or the same code left uncompiled so that it is tested where numba is absent."""
    if plain:
        numba = types.ModuleType("numba")
        numba.njit = lambda **_: lambda function: function
        monkeypatch.setitem(sys.modules, "numba", numba)
    else:
        pytest.importorskip("numba")
    return compiled.load()


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("n", "reach", "step"), [(150, 200, 0), (150, 900, 0), (120, 100, 50), (2, 9, 0)])
def test_compiled_pair_sums_equal_the_plain_ones(n, reach, step, plain, monkeypatch):
    a, b = scatter(n, 1, BENT), scatter(n + 7, 2, BENT)
    if step:  # many pairs at exactly the radii
        a, b = np.round(a / step) * step, np.round(b / step) * step
    reach = float(reach)
    radii = np.linspace(0.0, reach, 11)[1:]
    covariance = set_covariance(Window(BENT), reach)
    add_up = kernel(plain, monkeypatch)
    for weight in (None, covariance):
        by = None if weight is None else lambda pairs: 1.0 / covariance.at(pairs.dx, pairs.dy)
        np.testing.assert_allclose(add_up(a, None, radii, weight), sums(pair_blocks(a, reach), radii, by))
        np.testing.assert_allclose(add_up(a, b, radii, weight), sums(cross_blocks(a, b, reach), radii, by))


def test_large_sums_take_the_compiled_way(monkeypatch):
    from parkatlas.statistics.pattern import pairs

    xy, radii = scatter(200, 3), np.array([100.0, 300.0])
    monkeypatch.setattr(pairs, "_COMPILED_FROM", 10)
    monkeypatch.setattr(pairs, "compiled", lambda: lambda *_: np.array([7.0, 7.0]))
    assert translated_sums(xy, None, radii, None).tolist() == [7.0, 7.0]
    monkeypatch.setattr(pairs, "compiled", lambda: None)
    counts = [(scipy.spatial.distance.pdist(xy) <= r).sum() for r in radii]
    assert translated_sums(xy, None, radii, None).tolist() == counts


def test_every_pair_is_given_once_and_under_its_own_name():
    xy = scatter(300, 4)
    found = set()
    for some in pair_blocks(xy, 250.0):
        np.testing.assert_allclose(xy[some.second] - xy[some.first], np.column_stack([some.dx, some.dy]))
        found |= {tuple(sorted(pair)) for pair in zip(some.first.tolist(), some.second.tolist(), strict=True)}
    i, j = np.nonzero(np.triu(scipy.spatial.distance.cdist(xy, xy) <= 250.0, 1))
    assert found == set(zip(i.tolist(), j.tolist(), strict=True))


# cross K


def test_cross_k_counts_pairs_of_two_kinds():
    xy = scatter(80, 5, BENT)
    kinds = np.where(np.arange(80) % 3 == 0, "a", "b")
    radii = [100.0, 220.0]
    table = cross_k(frame(xy, kinds), BENT, first="a", second="b", radii=radii, correction="none").table
    apart = scipy.spatial.distance.cdist(xy[kinds == "a"], xy[kinds == "b"])
    wanted = [BENT.area / apart.size * (apart <= r).sum() for r in radii]
    np.testing.assert_allclose(table["observed"], wanted)


def test_cross_k_is_the_same_both_ways_with_translation_but_not_with_the_border():
    points = frame(scatter(90, 6, BENT), np.where(np.arange(90) % 3 == 0, "a", "b"))
    for correction, same in (("translation", True), ("border", False)):
        one, two = (
            cross_k(points, BENT, first=x, second=y, correction=correction).table["observed"] for x, y in ("ab", "ba")
        )
        assert np.allclose(one, two, equal_nan=True) == same


def test_cross_k_takes_the_two_most_frequent_kinds_and_says_which():
    points = frame(scatter(12, 7), ["c"] * 5 + ["b"] * 4 + ["a"] * 2 + [None])
    result = cross_k(points, SQUARE)
    assert (result.params["label"], result.params["second"]) == ("c", "b")
    assert (result.n_used, result.n_dropped) == (9, 3)
    assert result.params["n_unknown_kind"] == 1
    with pytest.raises(ValueError, match="no usable point has sector 'z'"):
        cross_k(points, SQUARE, first="z")
    with pytest.raises(ValueError, match="both kinds"):
        cross_k(points, SQUARE, first="c", second="c")
    with pytest.raises(KeyError, match="no column 'branch'"):
        cross_k(points, SQUARE, kind="branch")
    alone = cross_k(frame(scatter(3, 1), ["a"] * 3), SQUARE)
    assert set(alone.table["reason"]) == {"one of the kinds has no point"}


# inhomogeneous K


def test_the_mass_of_a_kernel_in_a_rectangle_is_a_product_of_normals():
    xy = scatter(20, 8)
    for width in (30.0, 400.0, 1e6):
        cdf = scipy.stats.norm.cdf
        sides = [cdf((1000 - xy[:, k]) / width) - cdf(-xy[:, k] / width) for k in (0, 1)]
        np.testing.assert_allclose(mass_inside(Window(SQUARE), xy, width), sides[0] * sides[1], rtol=1e-5)


def test_the_intensity_at_a_point_leaves_the_point_out():
    xy = np.array([[400.0, 500.0], [450.0, 500.0], [500.0, 900.0]])
    found = intensity_without_self(Window(SQUARE), xy, 60.0)
    first = scipy.stats.multivariate_normal([0, 0], 60.0**2)
    wanted = first.pdf([50, 0]) + first.pdf([100, 400])
    assert found[0] == pytest.approx(wanted / mass_inside(Window(SQUARE), xy, 60.0)[0])


def test_inhomogeneous_k_of_an_even_density_is_k():
    xy, radii = scatter(60, 9, BENT), np.array([80.0, 160.0])
    for correction in ("translation", "isotropic", "none"):
        measure = estimator(Window(BENT), radii, correction)
        even = varying(measure).k(xy, np.full(60, 60 / BENT.area))
        np.testing.assert_allclose(even, measure.k(xy) * 59 / 60)


def test_inhomogeneous_k_weighs_pairs_by_both_densities():
    xy = scatter(30, 10)
    lam = np.random.default_rng(1).uniform(1e-5, 9e-5, 30)
    apart = scipy.spatial.distance.squareform(scipy.spatial.distance.pdist(xy))
    np.fill_diagonal(apart, np.inf)
    wanted = [((apart <= r) / np.outer(lam, lam)).sum() / (1 / lam).sum() for r in (150.0, 300.0)]
    got = varying(estimator(Window(SQUARE), np.array([150.0, 300.0]), "none")).k(xy, lam)
    np.testing.assert_allclose(got, wanted)


def test_inhomogeneous_k_allows_for_a_trend_that_plain_k_calls_clustering():
    rng = np.random.default_rng(11)
    xy = np.column_stack([1000 * rng.beta(1, 3, 900), 1000 * rng.random(900)])  # dense in the west, no clusters
    points = frame(xy, rng.choice(["a", "b"], 900))
    plain = ripley_k(points[points["sector"] == "a"], SQUARE, radii=[100.0]).table["observed"][0]
    fair = inhomogeneous_k(points, SQUARE, label="a", radii=[100.0]).table["observed"][0]
    assert plain > 1.3 * np.pi * 100**2
    assert fair == pytest.approx(np.pi * 100**2, rel=0.15)
    with pytest.raises(ValueError, match="no border correction"):
        inhomogeneous_k(points, SQUARE, correction="border")


# Duranton and Overman


def direct_density(xy, weight, weighting, grid, h):
    """Return the K-density summed pair by pair, kernel and reflection written out."""
    d = scipy.spatial.distance.pdist(xy)
    i, j = np.triu_indices(len(xy), 1)
    w = weight[i] * weight[j] if weighting == "product" else weight[i] + weight[j]
    phi = scipy.stats.norm.pdf
    return np.array([(w * (phi((g - d) / h) + phi((g + d) / h))).sum() for g in grid]) / (h * w.sum())


@pytest.mark.parametrize("weighting", ["product", "sum"])
def test_the_smoothed_histogram_equals_the_sum_over_pairs(weighting):
    xy, grid = scatter(300, 12), np.linspace(0, 500, 26)
    smooth = smoother(grid, 40.0)
    weight = np.random.default_rng(2).gamma(1.0, 1.0, 300)
    np.testing.assert_allclose(
        smooth.density(xy, weight, weighting), direct_density(xy, weight, weighting, grid, 40.0), rtol=1e-3
    )
    np.testing.assert_allclose(
        smooth.density(xy, None, weighting), direct_density(xy, np.ones(300), weighting, grid, 40.0), rtol=1e-3
    )


def test_the_histogram_counts_every_pair_across_blocks():
    xy = scatter(777, 13)
    counts, total = pair_histogram(xy, None, 10.0, 200)
    wanted = np.bincount((scipy.spatial.distance.pdist(xy) / 10.0).astype(int), minlength=200)
    np.testing.assert_array_equal(counts, wanted)
    assert counts.sum() == total == 777 * 776 / 2


@pytest.mark.parametrize("plain", [True, False])
def test_the_compiled_histogram_equals_the_plain_one(plain, monkeypatch):
    kernel(plain, monkeypatch)
    xy = scatter(150, 13)
    for step, bins in ((10.0, 200), (10.0, 30)):  # all pairs, and those nearer than 300 m
        counted = compiled.load_histogram()(xy, step, bins)
        np.testing.assert_array_equal(counted, pair_histogram(xy, None, step, bins)[0])


def test_the_bandwidth_is_silvermans():
    d = scipy.spatial.distance.pdist(scatter(150, 14))
    low, high = np.quantile(d, [0.25, 0.75])
    wanted = 0.9 * min(d.std(ddof=1), (high - low) / 1.34) * len(d) ** -0.2  # bw.nrd0 of R
    assert silverman(scatter(150, 14)) == pytest.approx(wanted, rel=1e-4)


def test_the_global_band_is_the_innermost_that_enough_curves_respect():
    drawn = np.random.default_rng(3).normal(size=(200, 30)).cumsum(axis=1)
    low, high = one_sided_bands(drawn, 0.05)
    ordered = np.sort(drawn, axis=0)
    for q in range(1, 50):  # by trial: the q-th largest at each distance
        crossed = (drawn > ordered[-q]).any(axis=1).mean()
        if crossed > 0.05:
            np.testing.assert_array_equal(high, ordered[-(q - 1)])
            break
    assert (drawn > high).any(axis=1).mean() <= 0.05
    assert (drawn < low).any(axis=1).mean() <= 0.05


def mixed(seed: int, clustered: bool) -> gpd.GeoDataFrame:
    """Return 150 firms that crowd in the west, 30 of them of one sector: at random, or in one heap."""
    rng = np.random.default_rng(seed)
    xy = np.column_stack([1000 * rng.beta(1, 3, 150), 1000 * rng.random(150)])
    order = np.argsort(np.hypot(*(xy - [200, 500]).T)) if clustered else rng.permutation(150)
    sector = np.full(150, "other", dtype=object)
    sector[order[:30]] = "bio"
    return frame(xy, sector, employees=rng.integers(1, 500, 150))


def test_a_heap_is_localised_and_its_ranges_are_told():
    result = duranton_overman(mixed(1, True), label="bio", simulations=200)
    assert result.params["gamma"] > 0
    assert result.params["psi"] == 0
    assert result.params["localised_m"][0][0] == 0.0
    assert "significantly localised between 0.00 and " in result.reading_en
    assert "显著集聚" in result.reading_zh
    table = result.table
    assert (table["low_global"] <= table["low_local"]).all()
    assert (table["high_global"] >= table["high_local"]).all()
    assert 0.9 < np.trapezoid(table["observed"], table["r_m"] / 1000) <= 1.01, "a density over distances"


def test_a_ring_round_the_others_is_dispersed():
    angle = np.linspace(0, 2 * np.pi, 41)[:-1]
    ring = 500 + 450 * np.column_stack([np.cos(angle), np.sin(angle)])
    crowd = np.random.default_rng(4).normal(500, 60, (160, 2))
    points = frame(np.vstack([ring, crowd]), ["ring"] * 40 + ["crowd"] * 160)
    result = duranton_overman(points, label="ring", simulations=200, distances=np.linspace(0, 150, 16))
    assert result.params["gamma"] == 0
    assert result.params["psi"] > 0
    assert "dispersed" in result.reading_en


def test_random_sectors_are_seldom_called_localised():
    found = [duranton_overman(mixed(seed, False), label="bio", simulations=100, seed=seed).params for seed in range(40)]
    assert np.mean([one["gamma"] > 0 for one in found]) <= 0.15  # nominal 5 %
    assert np.mean([one["psi"] > 0 for one in found]) <= 0.15


def test_fresh_curves_leave_each_side_of_the_band_at_the_nominal_rate():
    rng, rates = np.random.default_rng(4), []
    for _ in range(20):
        made, fresh = (rng.normal(size=(m, 14)).cumsum(axis=1) / np.sqrt(np.arange(1, 15)) for m in (999, 999))
        low, high = one_sided_bands(made, 0.05)
        rates.append([(fresh > high).any(axis=1).mean(), (fresh < low).any(axis=1).mean()])
    assert np.mean(rates, axis=0) == pytest.approx([0.05, 0.05], abs=0.007)


@pytest.mark.slow
@pytest.mark.parametrize("weight", [None, "employees"])
def test_random_sectors_leave_the_bands_of_duranton_and_overman_at_the_nominal_rate(weight):
    runs, grid = 100, np.arange(0.0, 420.0, 30.0)
    found = [duranton_overman(mixed(seed, False), label="bio", weight=weight, simulations=299, seed=seed,
                              distances=grid).table for seed in range(runs)]  # fmt: skip
    above = np.mean([(one["observed"] > one["high_global"]).any() for one in found])
    below = np.mean([(one["observed"] < one["low_global"]).any() for one in found])
    local = np.mean([(one["observed"] > one["high_local"]).mean() for one in found])
    for rate in (above, below, local):  # of 100 runs 5 to 6 are due: 14 or more have odds of 1 in 600
        assert 0.0 < rate <= 0.13, (above, below, local)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_the_k_density_of_a_few_plants_equals_the_sum_over_pairs(n):
    xy = scatter(n, 21)
    points = frame(np.vstack([xy, scatter(30, 22)]), ["a"] * n + ["b"] * 30)
    grid = np.linspace(0, 900, 46)
    got = duranton_overman(points, label="a", distances=grid, bandwidth_m=60.0, simulations=3).table["observed"]
    wanted = 1000 * direct_density(xy, np.ones(n), "product", grid, 60.0)
    assert np.abs(got - wanted).max() < 2e-3 * wanted.max()


def test_weights_and_seeds_are_used_and_told():
    points = mixed(2, True)
    one = duranton_overman(points, label="bio", weight="employees", simulations=50)
    again = duranton_overman(points, label="bio", weight="employees", simulations=50)
    plain = duranton_overman(points, label="bio", simulations=50)
    pd.testing.assert_frame_equal(one.table, again.table)
    assert not np.allclose(one.table["observed"], plain.table["observed"])
    assert one.seed == 0
    other = duranton_overman(points, label="bio", weight="employees", weighting="sum", simulations=50)
    assert not np.allclose(one.table["observed"], other.table["observed"])
    with pytest.raises(ValueError, match="unknown weighting"):
        duranton_overman(points, weighting="max")


@pytest.mark.parametrize(("sector", "xy", "reason"), [
    (["a", "b", "b"], scatter(3, 1), "fewer than two plants"),
    (["a", "a", "a"], scatter(3, 1), "no site but those of the plants themselves"),
    (["a", "a", "b"], [(1, 1), (1, 1), (5, 5)], "all plants at one spot: give a bandwidth"),
    ([], [], "fewer than two plants"),
])  # fmt: skip
def test_degenerate_sectors_say_why(sector, xy, reason):
    points = frame(xy, pd.Series(sector, dtype="str"))
    label = "a" if sector else None
    result = duranton_overman(points, label=label, simulations=9)
    assert set(result.table["reason"]) == {reason}
    assert result.table["observed"].isna().all()
    assert result.reading_en == reason
    assert marcon_puech_m(points, label=label, simulations=9).n_used == len(sector)


# Marcon and Puech


def direct_m(xy, marked, weight, r):
    """Return M at one radius from its definition, plant by plant."""
    apart = scipy.spatial.distance.cdist(xy, xy)
    share, usual = 0.0, 0.0
    for i in np.flatnonzero(marked):
        near = (apart[i] <= r) & (np.arange(len(xy)) != i)
        if weight[near].sum() > 0:
            share += weight[near & marked].sum() / weight[near].sum()
            usual += (weight[marked].sum() - weight[i]) / (weight.sum() - weight[i])
    return share / usual


def test_m_equals_its_definition():
    points = mixed(3, False)
    xy = np.column_stack([points.geometry.x, points.geometry.y])
    marked = (points["sector"] == "bio").to_numpy()
    radii = [30.0, 90.0, 400.0]
    for column, weight in ((None, np.ones(150)), ("employees", points["employees"].to_numpy(dtype=float))):
        table = marcon_puech_m(points, label="bio", weight=column, radii=radii, simulations=0).table
        np.testing.assert_allclose(table["observed"], [direct_m(xy, marked, weight, r) for r in radii])


def test_m_of_everyone_is_one_and_far_enough_everything_is():
    points = mixed(4, True)
    whole = marcon_puech_m(points.assign(sector="a"), radii=[50.0, 2000.0], simulations=0).table["observed"]
    np.testing.assert_allclose(whole, 1.0)
    wide = marcon_puech_m(points, label="bio", radii=[2000.0], simulations=0).table["observed"]
    np.testing.assert_allclose(wide, 1.0)


def test_m_finds_a_heap_and_says_within_what():
    result = marcon_puech_m(mixed(5, True), label="bio", simulations=99)
    assert result.params["p"] <= 0.02
    assert "significantly clustered between" in result.reading_en
    assert result.table["observed"].max() > 2
    assert result.plot(Figure().subplots()).collections, "the global band is shaded"


@pytest.mark.slow
def test_m_rejects_at_its_nominal_rate():
    p = [marcon_puech_m(mixed(seed, False), label="bio", simulations=99, seed=seed,
                        radii=np.arange(20.0, 320.0, 20.0)).params["p"] for seed in range(300)]  # fmt: skip
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_curve_draws(lang):
    points = mixed(6, False)
    for result in (ripley_l(points, SQUARE), cross_k(points, SQUARE), inhomogeneous_k(points, SQUARE),
                   duranton_overman(points, simulations=9), marcon_puech_m(points, simulations=9)):  # fmt: skip
        assert result.plot(Figure().subplots(), lang).has_data()
