"""Datums, axes and zones told apart by what the plan knows, and honesty where they cannot be.

The lists are drawn in the town's parks, so the right reading is known; the wrong ones are made by `crs.from_wgs84` and
pyproj.
"""

from __future__ import annotations

import dataclasses
import tomllib

import lists
import numpy as np
import pyproj
import pytest
import town

from parkatlas import crs
from parkatlas.model import Plan
from parkatlas.normalize import examine
from parkatlas.normalize.cells import Floats
from parkatlas.normalize.hypotheses import Hypothesis

PARKS = ("pa", "pb", "pd")


def _in_parks(n: int, seed: int = 7) -> tuple[Floats, Floats, list[str]]:
    """Return positions spread evenly over three parks, and the parks' ids."""
    rng = np.random.default_rng(seed)
    ids = [PARKS[k % 3] for k in range(n)]
    boxes = [town.AREAS[key][2:] for key in ids]
    places = [town.lonlat(rng.uniform(w, e), rng.uniform(s, n)) for w, s, e, n in boxes]
    return np.array([p[0] for p in places]), np.array([p[1] for p in places]), ids


def _plan(doubt_m: float) -> Plan:
    plan = lists.plan()
    return dataclasses.replace(plan, areas=plan.areas.assign(uncertainty_m=doubt_m))


@pytest.mark.parametrize("declared", ["wgs84", "cgcs2000", "gcj02", "bd09"])
@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("says_park", [True, False])
def test_every_datum_is_told_from_every_other(true: crs.Datum, declared: crs.Datum, says_park: bool) -> None:
    lon, lat, ids = _in_parks(120)
    x, y = crs.from_wgs84(lon, lat, true)
    found = examine(x, y, _plan(50.0), declared_area=ids if says_park else None, datum=declared)
    if {true, declared} <= {"wgs84", "cgcs2000"} or true == declared:
        assert (found.verdict, found.best) == ("consistent", None)
    else:
        assert (found.verdict, found.best) == ("better", Hypothesis(true))
        assert f'datum = "{true}"' in found.findings[0].hint("en")


def test_the_frame_counts_what_fits() -> None:
    lon, lat, ids = _in_parks(90)
    x, y = crs.from_wgs84(lon, lat, "gcj02")
    frame = examine(x, y, _plan(50.0), declared_area=ids).frame.set_index("title_en")
    assert frame.loc["GCJ-02", ["n", "n_declared", "in_declared", "fit"]].tolist() == [90, 90, 90, 90]
    assert frame.loc["GCJ-02", "worse"] == 0
    assert frame.loc["GCJ-02", "shift_m"] == pytest.approx(570, abs=30)
    assert frame.loc["BD-09", "shift_m"] == pytest.approx(1390, abs=40)
    assert frame["in_extent"].loc[["WGS 84", "GCJ-02", "BD-09"]].tolist() == [90, 90, 90]


def test_zone_shares_are_shown_beside_those_the_rows_declare() -> None:
    # On paper: five rows either side of the border of z-west and z-east, 300 m from it; GCJ-02 moves them 520 m east.
    places = [town.lonlat(4 + side * 0.3, 1 + k / 5) for side in (-1, 1) for k in range(5)]
    lon, lat = np.array(places).T
    ids = ["z-west"] * 5 + ["z-east"] * 5
    frame = examine(*crs.from_wgs84(lon, lat, "gcj02"), _plan(0.0), declared_area=ids).frame.set_index("title_en")
    zones = ["in_zones", "zone z-east", "zone z-north", "zone z-west", "zone_gap"]
    assert frame.loc["WGS 84", zones].tolist() == [10, 10, 0, 0, 0.5]
    assert frame.loc["GCJ-02", zones].tolist() == [10, 5, 0, 5, 0.0]
    assert np.isnan(examine(lon, lat, _plan(0.0)).frame["zone_gap"]).all()


def test_a_sharp_zone_decides_for_rows_that_declare_a_coarse_park() -> None:
    # pa is known to a kilometre only, its zone exactly: rows along the zone's eastern border tell.
    lon, lat = np.array([town.lonlat(3.9 - k / 1000, 0.2 + k / 10) for k in range(30)]).T
    plan = _plan(0.0)
    coarse = plan.areas.assign(uncertainty_m=np.where(plan.areas["level"] == "park", 1000.0, 0.0))
    found = examine(
        *crs.from_wgs84(lon, lat, "gcj02"), dataclasses.replace(plan, areas=coarse), declared_area=["pa"] * 30
    )
    assert (found.verdict, found.best) == ("better", Hypothesis("gcj02"))
    coarser = dataclasses.replace(plan, areas=coarse.assign(uncertainty_m=1000.0))
    found = examine(*crs.from_wgs84(lon, lat, "gcj02"), coarser, declared_area=["pa"] * 30)
    assert found.verdict == "cannot tell"
    assert "zone shares differ by at most 100.0 percentage points" in found.findings[0].message("en")


def test_every_reading_has_a_verdict_beside_the_declared_one() -> None:
    lon, lat, ids = _in_parks(90)
    x, y = crs.from_wgs84(lon, lat, "gcj02")
    frame = examine(x, y, _plan(50.0), declared_area=ids).frame.set_index("title_en")
    assert frame["verdict"].to_dict() == {
        "WGS 84": "contradicted", "GCJ-02": "best", "BD-09": "cannot tell", "WGS 84 with the axes swapped": "worse",
        "GCJ-02 with the axes swapped": "worse", "BD-09 with the axes swapped": "worse",
    }  # fmt: skip
    frame = examine(lon, lat, _plan(50.0), declared_area=ids).frame.set_index("title_en")
    assert frame["verdict"].tolist() == ["consistent", *["worse"] * 5]


def test_boundaries_that_are_too_coarse_decide_nothing() -> None:
    lon, lat, ids = _in_parks(120)
    x, y = crs.from_wgs84(lon, lat, "gcj02")
    found = examine(x, y, _plan(2000.0), declared_area=ids)
    assert (found.verdict, found.best) == ("cannot tell", None)
    assert "no boundary of the plan is drawn that precisely" in found.findings[0].message("en")


@pytest.mark.parametrize("n", [0, 1, 5, 9])
def test_few_rows_decide_nothing_between_datums(n: int) -> None:
    lon, lat, ids = _in_parks(n)
    assert examine(*crs.from_wgs84(lon, lat, "gcj02"), _plan(0.0), declared_area=ids).verdict == "cannot tell"


def test_one_row_repeated_proves_no_more_than_once() -> None:
    lon, lat, ids = _in_parks(3)
    x, y = crs.from_wgs84(np.repeat(lon, 200), np.repeat(lat, 200), "gcj02")
    assert examine(x, y, _plan(0.0), declared_area=list(np.repeat(ids, 200))).verdict == "cannot tell"


def test_enterprises_that_shun_parks_raise_no_alarm() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(40):
        places = np.array([town.lonlat(*rng.uniform((0, 0), (8, 6))) for _ in range(150)])
        alarms += examine(places[:, 0], places[:, 1], _plan(0.0)).verdict == "better"
    assert alarms <= 1  # two rivals at 0.001 each: 0.08 expected in forty lists


def test_swapped_axes_are_seen_even_in_a_short_list() -> None:
    lon, lat, _ = _in_parks(4)
    found = examine(lat, lon, lists.plan(), headers=["经度", "纬度"])
    assert (found.verdict, found.best) == ("better", Hypothesis(swapped=True))
    line = found.findings[0].hint("en").split("under its columns: ")[1].split(";")[0]
    assert tomllib.loads(line.replace(" and ", "\n")) == {"lat": "经度", "lon": "纬度"}


@pytest.mark.parametrize("epsg", [4551, 4530, 4550, 4529, 4552, 4499, 32651, 32652, 3857])
@pytest.mark.parametrize("swapped", [False, True])
def test_metres_read_as_degrees_name_their_system(epsg: int, swapped: bool) -> None:
    lon, lat, _ = _in_parks(60)
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    found = examine(*((y, x) if swapped else (x, y)), _plan(0.0))
    assert (found.verdict, found.best) == ("better", Hypothesis(epsg=epsg, swapped=swapped))
    assert f'crs = "EPSG:{epsg}"' in found.findings[0].hint("zh")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_metres_of_web_maps_name_their_datum_too(datum: crs.Datum) -> None:
    lon, lat, ids = _in_parks(60)
    shifted = crs.from_wgs84(lon, lat, datum)
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(*shifted)
    found = examine(x, y, _plan(50.0), declared_area=ids)
    assert (found.verdict, found.best) == ("better", Hypothesis(datum, 3857))
    assert f'datum = "{datum}" and crs = "EPSG:3857"' in found.findings[0].hint("en")
    assert examine(x, y, _plan(50.0), declared_area=ids, datum=datum, epsg=3857).verdict == "consistent"


def test_where_parks_are_coarse_metres_are_not_given_a_datum_but_all_are_named() -> None:
    lon, lat, _ = _in_parks(60)
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    found = examine(x, y, _plan(5000.0))
    assert found.best == Hypothesis(epsg=3857)
    hint = found.findings[0].hint("en")
    assert "as likely: metres in EPSG:3857 of GCJ-02; as likely: metres in EPSG:3857 of BD-09" in hint


def test_degrees_declared_as_metres_are_told_to_drop_the_crs() -> None:
    lon, lat, _ = _in_parks(60)
    found = examine(lon, lat, _plan(0.0), epsg=4551, datum="cgcs2000")
    assert found.findings[0].hint("en").endswith("If you agree, delete its crs")
    assert found.findings[0].hint("zh").endswith("核实后请删去 crs")


def test_a_wrong_zone_is_seen_and_the_right_one_is_consistent() -> None:
    lon, lat, _ = _in_parks(60)
    x, y = pyproj.Transformer.from_crs(4326, 4551, always_xy=True).transform(lon, lat)
    assert examine(x, y, _plan(0.0), epsg=4550).best == Hypothesis(epsg=4551)
    assert examine(x, y, _plan(0.0), epsg=4551).verdict == "consistent"


def test_the_same_system_under_another_code_is_no_rival() -> None:
    lon, lat, _ = _in_parks(60)
    x, y = pyproj.Transformer.from_crs(4326, 4510, always_xy=True).transform(lon, lat)  # 6-degree zone of 123 E
    assert examine(x, y, _plan(0.0), epsg=4510).verdict == "consistent"  # EPSG:4550 is the same plane


def test_positions_that_fit_nothing_are_not_explained_away() -> None:
    found = examine([2.3, 2.4, 2.5, 2.6], [48.8, 48.9, 48.7, 48.6], lists.plan())
    assert (found.verdict, found.best) == ("cannot tell", None)
    assert "lie away from the plan" in found.findings[0].message("en")


def test_no_positions_no_words() -> None:
    for x in ([], [np.nan, np.nan], [0.0]):
        found = examine(x, x, lists.plan())
        assert (found.verdict, found.findings) == ("cannot tell", ())


def test_single_rows_that_only_fit_otherwise_are_suspects() -> None:
    lon, lat, ids = _in_parks(60)
    metres = pyproj.Transformer.from_crs(4326, 4551, always_xy=True).transform(lon[9], lat[9])
    lon[5], lat[5] = lat[5], lon[5]
    lon[9], lat[9] = metres
    lon[12], lat[12] = town.lonlat(2.5, 5.0) if ids[12] != "pd" else town.lonlat(1.5, 1.5)
    lon[20], lat[20] = 0.0, 0.0
    found = examine(lon, lat, _plan(0.0), declared_area=ids, rows=np.arange(60) + 2, place={"file": "a.csv"})
    assert found.verdict == "consistent"
    told = {(finding.code, finding.row) for finding in found.findings[1:]}
    assert told == {
        ("normalize.suspect-position", 7), ("normalize.suspect-position", 11), ("normalize.far-from-declared", 14)
    }  # fmt: skip
    assert all(finding.file == "a.csv" for finding in found.findings)
    by_row = {finding.row: finding.message("en") for finding in found.findings}
    assert "axes swapped" in by_row[7]
    assert "EPSG:4551" in by_row[11]
    assert found.suspects["position"].tolist() == [5, 9, 12]


def test_a_list_in_another_datum_names_only_the_rows_that_do_not_fit_it() -> None:
    lon, lat, ids = _in_parks(60)
    x, y = crs.from_wgs84(lon, lat, "bd09")
    x[4], y[4] = y[4], x[4]
    found = examine(x, y, _plan(0.0), declared_area=ids)
    assert found.best == Hypothesis("bd09")
    assert found.suspects["position"].tolist() == [4]


def test_the_rooms_door_reports_and_converts_nothing() -> None:
    lon, lat, ids = _in_parks(60)
    x, y = crs.from_wgs84(lon, lat, "gcj02")
    rows = [f"甲{k}|{a!r}|{b!r}|{key}" for k, (a, b, key) in enumerate(zip(x.tolist(), y.tolist(), ids, strict=True))]
    table = lists.raw("名称|经度|纬度|园区", *rows)
    out = lists.take(table)
    assert lists.codes(out)["normalize.datum-contradicted"] == [None]
    np.testing.assert_array_equal(out.enterprises.geometry.x, x)
    assert out.readings is not None
    assert out.readings["title_en"].tolist()[:3] == ["WGS 84", "GCJ-02", "BD-09"]
    right = lists.take(table, datum="gcj02")
    assert "normalize.datum-consistent" in lists.codes(right)


def test_a_long_list_is_weighed_by_a_sample_and_searched_whole() -> None:
    lon, lat, ids = _in_parks(12_000)
    lon[11_998], lat[11_998] = lat[11_998], lon[11_998]
    found = examine(lon, lat, _plan(0.0), declared_area=ids)
    assert found.frame["n"].max() <= 2000
    assert found.suspects["position"].tolist() == [11_998]


def test_a_list_of_one_row_is_too_few_rather_than_undecided() -> None:
    out = lists.take(lists.raw("名称|经度|纬度", "甲|126.018667|43.889097"))
    (told,) = [finding for finding in out.findings if finding.code == "normalize.datum-unknown"]
    assert told.message("zh").endswith("不同的位置只有 1 个，太少")
