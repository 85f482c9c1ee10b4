"""Every measure where there is next to nothing to measure: a reason or a clear error, never a number out of nowhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from matplotlib.figure import Figure

from parkatlas import statistics as st
from parkatlas.errors import CRSError
from parkatlas.model import Sector
from parkatlas.statistics import MEASURES, Result, run
from parkatlas.statistics.readings import REASONS

CRS = "EPSG:4551"
KINDS = ("bio", "chem", "device")
WINDOW = gpd.GeoDataFrame(
    {"area_id": ["a", "b"], "level": "park", "name_zh": ["甲", "乙"], "name_en": ["A", "B"]},
    geometry=[shapely.box(0, 0, 10_000, 10_000), shapely.box(10_000, 0, 20_000, 8_000)], crs=CRS,
)  # fmt: skip
SCATTER = np.random.default_rng(0).uniform([100, 100], [19_000, 7_900], (30, 2))


def firms(xy: Any, sector: Any = None, employees: Any = None) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    sector = [KINDS[k % 3] for k in range(len(xy))] if sector is None else sector
    employees = np.arange(1.0, len(xy) + 1) if employees is None else employees
    data = {"sector": pd.array(sector, dtype="str"), "employees": employees, "output": 1.0}
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def without_points(rows: int) -> gpd.GeoDataFrame:
    found = firms(SCATTER)
    found.loc[: rows - 1, "geometry"] = None
    return found


CASES = {
    "nobody": firms([]),
    "one": firms([[500, 500]]),
    "two": firms([[500, 500], [900, 700]]),
    "two at one spot": firms([[500, 500]] * 2),
    "all at one spot": firms([[500, 500]] * 10),
    "all on one line": firms([[100 * k + 50, 500] for k in range(10)]),
    "all outside": firms(SCATTER + 1e6),
    "half outside": firms(np.vstack([SCATTER[:15], SCATTER[15:] + 1e6])),
    "nobody has a point": without_points(30),
    "some have no point": without_points(6),
    "one kind": firms(SCATTER, ["bio"] * 30),
    "no kind": firms(SCATTER, [None] * 30),
    "one of a kind": firms(SCATTER, ["bio"] + ["chem"] * 29),
    "no weight known": firms(SCATTER, employees=np.nan),
    "all weights zero": firms(SCATTER, employees=0.0),
}
DRAWN = {"nobody", "all at one spot"}


def on_cells(measure: Callable[..., Result], points: gpd.GeoDataFrame, window: gpd.GeoDataFrame) -> Result:
    return measure(st.square_grid(points, window, size_m=2000), permutations=9)


FEW = {"simulations": 9}
# name -> what is called with points and window, and the column that must not be missing without a reason
CALLS: dict[str, tuple[Callable[..., Result], str]] = {
    "centre": (st.centre, "x"),
    "weighted centre": (partial(st.centre, weight="employees"), "x"),
    "ellipse": (st.deviational_ellipse, "major_m"),
    "weighted ellipse": (partial(st.deviational_ellipse, weight="employees", scaling="crimestat"), "major_m"),
    "clark_evans": (partial(st.clark_evans, **FEW), "ratio"),
    **{f"ripley_k {name}": (partial(st.ripley_k, correction=name), "observed")
       for name in ("none", "border", "translation", "isotropic")},
    "ripley_l": (st.ripley_l, "observed"),
    **{f"cross_k {name}": (partial(st.cross_k, correction=name), "observed") for name in ("border", "translation")},
    "inhomogeneous_k": (st.inhomogeneous_k, "observed"),
    "duranton_overman": (partial(st.duranton_overman, **FEW), "observed"),
    "weighted duranton_overman": (partial(st.duranton_overman, weight="employees", **FEW), "observed"),
    "marcon_puech_m": (partial(st.marcon_puech_m, **FEW), "observed"),
    "weighted marcon_puech_m": (partial(st.marcon_puech_m, weight="employees", **FEW), "observed"),
    **{f"envelope {null}": (partial(st.envelope, null=null, **FEW), "high_global")
       for null in (None, "csr", "random_labelling", "site_choice")},
    "envelope border": (partial(st.envelope, correction="border", **FEW), "high_global"),
    **{f"envelope cross_k {null}": (partial(st.envelope, statistic="cross_k", null=null, **FEW), "high_global")
       for null in ("csr", "random_labelling", "site_choice")},
    "envelope inhomogeneous_k": (partial(st.envelope, statistic="inhomogeneous_k", **FEW), "high_global"),
    "hex_grid": (st.hex_grid, "n"),
    "square_grid": (partial(st.square_grid, weight="employees"), "amount"),
    "kernel_density": (st.kernel_density, "density_km2"),
    "weighted kernel_density": (partial(st.kernel_density, weight="employees", bandwidth_m=500), "density_km2"),
    **{name: (partial(on_cells, getattr(st, name)), "z" if name == "getis_ord" else "i")
       for name in ("moran", "local_moran", "getis_ord")},
    "dbscan": (st.dbscan, "cluster"),
    "hdbscan": (st.hdbscan, "cluster"),
    "k_distance": (st.k_distance, "distance_m"),
    "cluster_report": (lambda points, window: st.cluster_report(points, window, eps=500, min_samples=2), "n"),
}  # fmt: skip
# what is refused, by the beginning of the call and the case: sites that are too few for a draw without replacement
REFUSED = {("envelope site_choice", "all at one spot"), ("envelope cross_k site_choice", "all at one spot"),
           ("envelope cross_k site_choice", "two at one spot")}  # fmt: skip


def check(result: Result, column: str) -> None:
    """Fail where a value is missing without a reason in both languages, infinite, or said as "nan"."""
    missing = result.table[column].isna()
    if missing.any():
        reasons = set(result.table.loc[missing, "reason"])
        assert "" not in reasons, (column, missing.sum())
        assert reasons <= set(REASONS) | {"no plant", "one plant", "one area"}
    numbers = result.table.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)
    assert not np.isinf(numbers).any()
    for words in (result.reading_en, result.reading_zh, result.definition):
        assert words
        assert "nan" not in words, words


@pytest.mark.parametrize("call", CALLS)
def test_little_or_nothing_has_a_reason_and_no_input_is_changed(call: str) -> None:
    function, column = CALLS[call]
    window = WINDOW.copy(deep=True)
    for case, given in CASES.items():
        points = given.copy(deep=True)
        if (call, case) in REFUSED:
            with pytest.raises(ValueError, match="distinct sites are too few to place"):
                function(points, window)
            continue
        result = function(points, window)
        assert_geodataframe_equal(points, given)
        assert_geodataframe_equal(window, WINDOW)
        check(result, column)
        if call not in {"moran", "local_moran", "getis_ord"}:
            assert result.n_used + result.n_dropped == len(points), case
        if case in DRAWN:
            assert result.plot(Figure().subplots()).figure is not None
    assert any(function(CASES["some have no point"], window).table[column].notna()), "the sweep must measure something"


@pytest.mark.parametrize("call", CALLS)
def test_degrees_web_mercator_and_no_crs_are_refused_by_every_function(call: str) -> None:
    for wrong in (firms(SCATTER / 1e4).set_crs(4326, allow_override=True),
                  firms(SCATTER).set_crs(3857, allow_override=True),
                  firms(SCATTER).set_crs(None, allow_override=True)):  # fmt: skip
        with pytest.raises(CRSError):
            CALLS[call][0](wrong, WINDOW)


def test_a_test_that_leaves_chance_no_choice_is_no_test() -> None:
    one = st.envelope(CASES["one kind"], WINDOW, null="random_labelling", **FEW)
    assert one.reading_en == "no site but those of the plants themselves"
    assert np.isnan(one.params["p"])
    cross = st.envelope(CASES["one kind"], WINDOW, statistic="cross_k", null="csr", **FEW)
    assert set(cross.table["reason"]) == {"one of the kinds has no point"}
    spot = st.envelope(CASES["all at one spot"], WINDOW, **FEW)
    assert spot.reading_zh == "所有点在同一位置"
    assert "p" not in st.marcon_puech_m(CASES["one kind"], **FEW).params
    assert st.marcon_puech_m(CASES["one kind"], **FEW).table["observed"].dropna().eq(1).all()


def test_a_band_that_some_simulations_cannot_have_says_so() -> None:
    result = st.marcon_puech_m(CASES["no weight known"], **FEW)
    without = result.table["high_global"].isna() & result.table["observed"].notna()
    assert without.any()
    assert set(result.table.loc[without, "reason"]) == {"some simulations have no value here"}


def test_the_last_radius_of_the_border_correction_is_the_last_that_was_measured() -> None:
    result = st.cross_k(CASES["all on one line"], WINDOW, correction="border")
    last = result.table.dropna(subset=["observed"]).iloc[-1]
    assert f"within {last['r_m'] / 1000:.2f} km {last['observed'] / last['expected']:.2f} times" in result.reading_en


VALUES = {
    "sector_mix": "hhi", "herfindahl": "herfindahl", "effective_number": "effective_number", "shannon": "shannon",
    "distance_bands": "share", "location_quotient": "lq", "ellison_glaeser": "gamma", "maurel_sedillot": "gamma",
    "coagglomeration": "gamma", "locational_gini": "gini", "krugman": "krugman", "theil": "theil",
    "relatedness": "proximity", "three_star": "lq",
}  # fmt: skip


def variants(located: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the town with next to nothing in it, by what is missing."""
    nothing = {name: pd.array([None] * len(located), dtype="str") for name in ("core_id", "zone_id", "park_id")}
    return {
        "nobody": located.iloc[:0],
        "one": located.iloc[:1],
        "two": located.iloc[:2],
        "no sector": located.assign(sector=pd.array([None] * len(located), dtype="str")),
        "one sector": located.assign(sector=pd.array(["bio"] * len(located), dtype="str")),
        "no size": located.assign(employees=np.nan, output=np.nan),
        "no employee": located.assign(employees=0.0, output=0.0),
        "nobody placed": located.assign(**nothing, outcome="unplaced", geometry=[None] * len(located)),
        "no enterprise": located.assign(entity="institute"),
    }


@pytest.mark.parametrize("name", VALUES)
def test_registers_with_little_in_them_have_a_reason_in_every_row(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    few = {"simulations": 9} if "simulations" in MEASURES[name].options else {}
    kept, ground = located.copy(deep=True), areas.copy(deep=True)
    for given in variants(located).values():
        for taxonomy in (sectors, sectors[:1], ()):
            before = given.copy(deep=True)
            result = run(name, given, areas, taxonomy, **few)
            check(result, VALUES[name])
            if taxonomy is not sectors:
                assert result.plot(Figure().subplots()).figure is not None
            assert_geodataframe_equal(given, before)
    assert_geodataframe_equal(located, kept)
    assert_geodataframe_equal(areas, ground)


def test_the_sweeps_leave_out_no_function() -> None:
    swept = " ".join(CALLS).replace("ellipse", "deviational_ellipse")
    plain = {"area_table", "sector_table", "targets", "compare", "shift_share", "centre_shift"}
    assert [name for name in MEASURES if name not in VALUES and name not in plain and name not in swept] == []


def test_point_statistics_without_areas_say_what_is_missing(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    with pytest.raises(ValueError, match="there are no areas"):
        run("ripley_l", located, areas.iloc[:0])


def test_no_difference_is_said_as_none(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    alike = pd.concat([located.iloc[[0]]] * 10, ignore_index=True)
    assert "is less like the reference than chance gives" in run("krugman", alike, areas, sectors).reading_en
    assert "are alike" in run("herfindahl", alike, areas).reading_en
    assert "equal: no inequality" in run("theil", alike, areas).reading_en
    assert run("theil", located.iloc[:0], areas).reading_en == "No enterprise has an area and a known value"
    assert run("location_quotient", located.iloc[:0], areas, sectors).reading_zh.startswith("没有可计算的区位商")
