"""Tests against chance: global bands from their definition, nulls that do what they say, nominal rates."""

from __future__ import annotations

import importlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import shapely
from matplotlib.figure import Figure

from parkatlas.statistics.pattern import envelope, ripley_l
from parkatlas.statistics.pattern.bands import extreme_rank_lengths, global_bands, stretches
from parkatlas.statistics.window import Window

CRS = "EPSG:4551"
SQUARE = shapely.box(0, 0, 1000, 1000)
RADII = np.arange(20.0, 260.0, 10.0)  # 24 radii, as in the trap of reading a local band as a test


def frame(xy: object, sector: object = None) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    sector = [None] * len(xy) if sector is None else sector
    return gpd.GeoDataFrame({"sector": sector}, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def scatter(n: int, seed: int) -> np.ndarray:
    return Window(SQUARE).sample(n, np.random.default_rng(seed))


def heaps(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.uniform(150, 850, (8, 2))[rng.integers(0, 8, n)] + rng.normal(0, 40, (n, 2)), 0, 1000)


# bands


def test_extreme_rank_lengths_equal_sorting_by_hand():
    curves = np.random.default_rng(1).integers(0, 9, (40, 7)).astype(float)  # many ties
    below = np.array([scipy.stats.rankdata(column) for column in curves.T]).T
    ranks = [sorted(np.minimum(row, 41 - row)) for row in below]
    wanted = [sum(other <= own for other in ranks) for own in ranks]
    assert extreme_rank_lengths(curves).tolist() == wanted


@pytest.mark.parametrize("seed", range(8))
def test_a_curve_leaves_the_global_band_exactly_where_p_says_so(seed):
    rng = np.random.default_rng(seed)
    curves = rng.normal(size=(200, 15)).cumsum(axis=1)
    observed = curves[0] + seed / 3
    band = global_bands(observed, curves[1:], np.arange(15.0), 0.05)
    outside = (observed < band.low_global).any() or (observed > band.high_global).any()
    assert outside == (band.p <= 0.05)
    left = ((curves[1:] < band.low_global) | (curves[1:] > band.high_global)).any(axis=1).mean()
    assert left <= 0.055
    assert (band.high_global - band.low_global).mean() > (band.high_local - band.low_local).mean()


def test_mad_and_dclf_equal_their_definitions():
    rng = np.random.default_rng(2)
    curves, radii = rng.normal(size=(100, 11)), np.linspace(0, 5, 11)
    band = global_bands(curves[0], curves[1:], radii)
    apart = curves - curves.mean(axis=0)
    largest = np.abs(apart).max(axis=1)
    squared = [sum((row**2) * np.gradient(radii)) for row in apart]
    assert band.p_mad == pytest.approx((largest >= largest[0]).sum() / 100)
    assert band.p_dclf == pytest.approx((np.array(squared) >= squared[0]).sum() / 100)


def test_radii_where_nothing_was_measured_count_for_nothing():
    curves = np.random.default_rng(3).normal(size=(50, 6))
    holed = curves.copy()
    holed[7, 5] = np.nan
    one = global_bands(curves[0, :5], curves[1:, :5], np.arange(5.0))
    two = global_bands(holed[0], holed[1:], np.arange(6.0))
    assert (one.p, one.p_mad, one.p_dclf) == (two.p, two.p_mad, two.p_dclf)
    assert np.isnan(two.high_global[5])
    assert np.isnan(global_bands(np.full(3, np.nan), curves[1:, :3], np.arange(3.0)).p)


def test_stretches_of_nothing_and_of_everything():
    assert stretches(np.arange(3.0), np.zeros(3, dtype=bool)) == []
    assert stretches(np.arange(3.0), np.ones(3, dtype=bool)) == [(0.0, 2.0)]


# envelopes


def test_heaps_are_clustered_at_short_distances_and_the_sentence_says_so():
    points = frame(heaps(80, 1))
    result = envelope(points, SQUARE, radii=RADII, simulations=99)
    assert result.params["p"] == result.params["p_mad"] == result.params["p_dclf"] == 0.01
    assert result.params["above_m"][0][0] == 20.0
    assert result.reading_en.startswith("significantly clustered between 0.02 and ")
    assert "显著集聚" in result.reading_zh
    assert "uniform over the window" in result.reading_en
    np.testing.assert_allclose(
        result.table["observed"], ripley_l(frame(heaps(80, 1)), SQUARE, radii=RADII).table["observed"]
    )
    assert result.table["expected"].to_numpy() == pytest.approx(RADII, rel=0.1)


def test_firms_in_heaps_are_no_reason_to_call_a_random_sector_clustered():
    rng = np.random.default_rng(4)
    points = frame(heaps(150, 2), rng.choice(["bio", "chem", "device"], 150))
    against_csr = envelope(points, SQUARE, label="bio", null="csr", radii=RADII, simulations=99)
    against_firms = envelope(points, SQUARE, label="bio", radii=RADII, simulations=99)
    assert against_csr.params["p"] <= 0.02
    assert against_firms.params["p"] > 0.05
    assert against_firms.params["null"] == "random_labelling"


def test_labelled_nulls_use_the_sites_there_are_and_site_choice_each_place_once():
    sites = np.vstack([scatter(30, 5), np.repeat([[500.0, 500.0]], 20, axis=0)])
    points = frame(sites, ["a"] * 10 + ["b"] * 40)
    seen: dict[str, list[np.ndarray]] = {"random_labelling": [], "site_choice": []}
    for null, drawn in seen.items():
        envelope(points, SQUARE, label="a", null=null, simulations=20, radii=RADII,
                 statistic=lambda xy, *_, drawn=drawn: drawn.append(xy) or RADII * 0 + len(drawn))  # fmt: skip
    for null, drawn in seen.items():
        assert len(drawn) == 21
        for xy in drawn[1:]:
            assert len(xy) == 10
            assert (np.abs(sites[:, None] - xy).sum(axis=2).min(axis=0) == 0).all()
            if null == "site_choice":
                assert len(np.unique(xy, axis=0)) == 10
    assert any(len(np.unique(xy, axis=0)) < 10 for xy in seen["random_labelling"][1:])
    with pytest.raises(ValueError, match="too few to place"):
        envelope(frame(sites, ["a"] * 40 + ["b"] * 10), SQUARE, label="a", null="site_choice", simulations=9)


def test_neighbouring_kinds_are_found_by_cross_k():
    first = scatter(40, 6)
    second = np.clip(first + np.random.default_rng(7).normal(0, 15, (40, 2)), 0, 1000)
    points = frame(np.vstack([first, second]), ["a"] * 40 + ["b"] * 40)
    near = envelope(points, SQUARE, statistic="cross_k", null="csr", label="a", second="b", radii=RADII, simulations=99)
    assert near.params["p"] == 0.01
    assert near.params["above_m"][0][0] == 20.0
    assert near.unit == "m2"
    assert near.table["expected"].iloc[-1] == pytest.approx(np.pi * 250**2, rel=0.1)


def test_the_inhomogeneous_null_is_a_labelling():
    rng = np.random.default_rng(8)
    xy = np.column_stack([1000 * rng.beta(1, 3, 200), 1000 * rng.random(200)])
    points = frame(xy, rng.choice(["a", "b"], 200))
    result = envelope(points, SQUARE, statistic="inhomogeneous_k", label="a", radii=RADII, simulations=99)
    assert result.params["p"] > 0.05
    with pytest.raises(ValueError, match="its null is random_labelling"):
        envelope(points, SQUARE, statistic="inhomogeneous_k", null="csr")


def test_threads_and_repetition_change_nothing(monkeypatch):

    room = importlib.import_module("parkatlas.statistics.pattern.envelopes")
    points = frame(scatter(50, 9))
    one = envelope(points, SQUARE, radii=RADII, simulations=30, seed=4)
    monkeypatch.setattr(room, "_THREADED_FROM", 1)
    two = envelope(points, SQUARE, radii=RADII, simulations=30, seed=4)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert (
        one.table["high_global"] != envelope(points, SQUARE, radii=RADII, simulations=30).table["high_global"]
    ).any()


def test_wrong_names_say_what_there_is():
    points = frame(scatter(5, 1))
    with pytest.raises(ValueError, match="unknown statistic 'ripley_g': one of ripley_k"):
        envelope(points, SQUARE, statistic="ripley_g")
    with pytest.raises(ValueError, match="unknown null 'poisson': one of csr"):
        envelope(points, SQUARE, null="poisson")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_handful_of_points_gives_nan_with_a_reason_or_a_p(n):
    result = envelope(frame(scatter(n, 1)), SQUARE, simulations=19)
    assert np.isnan(result.params["p"]) == (n < 2)
    assert set(result.table["reason"]) == ({"too few points"} if n < 2 else {""})
    assert result.plot(Figure().subplots()).figure is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_picture_has_a_shaded_global_band_and_thin_local_lines(lang):
    ax = envelope(frame(scatter(30, 2)), SQUARE, simulations=39).plot(Figure().subplots(), lang)
    assert len(ax.collections) == 1
    assert min(line.get_linewidth() for line in ax.lines) < 1
    assert ("公里" if lang == "zh" else "km") in ax.get_xlabel()


@pytest.mark.slow
def test_random_patterns_are_rejected_at_the_nominal_rate_but_leave_local_bands_often():
    rejected, left = np.zeros(3), 0.0
    for seed in range(160):
        result = envelope(frame(scatter(40, seed)), SQUARE, radii=RADII, simulations=59, seed=seed)
        rejected += [result.params[name] <= 0.05 for name in ("p", "p_mad", "p_dclf")]
        table = result.table
        left += ((table["observed"] < table["low_local"]) | (table["observed"] > table["high_local"])).any()
    assert ((rejected / 160 >= 0.005) & (rejected / 160 <= 0.10)).all(), rejected / 160
    assert left / 160 > 0.15, "a local band is no test"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statistic", "null"),
    [("ripley_l", "random_labelling"), ("ripley_l", "site_choice"), ("cross_k", "random_labelling"),
     ("inhomogeneous_k", "random_labelling"), ("cross_k", "csr")],
)  # fmt: skip
def test_random_kinds_on_crowded_sites_are_rejected_at_the_nominal_rate(statistic, null):
    # exact whatever the sites, since the observed labels are one more draw: at most floor(0.05 * 40) / 40 = 5 %
    rejected, runs = np.zeros(3), 100
    for seed in range(runs):
        xy = scatter(60, seed) if null == "csr" else heaps(60, seed)
        points = frame(xy, np.random.default_rng(seed).permutation(["a"] * 25 + ["b"] * 25 + ["c"] * 10))
        result = envelope(points, SQUARE, statistic=statistic, null=null, label="a", radii=RADII[::3], simulations=39,
                          second="b" if statistic == "cross_k" else None, seed=seed)  # fmt: skip
        rejected += [result.params[name] <= 0.05 for name in ("p", "p_mad", "p_dclf")]
    rates = rejected / runs
    assert ((rates >= 0.005) & (rates <= 0.11)).all(), rates  # of 100 runs 5 are due: 12 or more have odds of 1 in 230
