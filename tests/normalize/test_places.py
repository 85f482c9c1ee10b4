"""Every form in which lists say where something is, and why some of it cannot be used."""

from __future__ import annotations

import lists
import numpy as np
import pyproj
import pytest
import shapely
import town
from hypothesis import given
from hypothesis import strategies as st

from parkatlas.errors import InputError, PlanError
from parkatlas.model import Normalized
from parkatlas.normalize.angles import read_angle

LON, LAT = 126.012345, 43.891234


def _points(out: Normalized) -> list[tuple[float, float] | None]:
    return [None if p is None else (round(p.x, 6), round(p.y, 6)) for p in out.enterprises.geometry]


def _metres(epsg: int, lon: float = LON, lat: float = LAT) -> tuple[str, str]:
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    return f"{x:.4f}", f"{y:.4f}"


@pytest.mark.parametrize(
    ("headers", "row"),
    [
        ("名称|经度|纬度", f"甲|{LON}|{LAT}"),
        ("名称|x|y", f"甲|{LON}|{LAT}"),
        ("名称|经度|纬度", "甲|１２６．０１２３４５|４３．８９１２３４"),
        ("名称|经度|纬度", f"甲|{LON}°E|{LAT}°N"),
        ("名称|经度|纬度", f"甲|东经{LON}|北纬{LAT}度"),
        ("名称|经度|纬度", "甲|126°00'44.442\"|43°53'28.4424\""),
        ("名称|经度|纬度", "甲|126度0分44.442秒|43度53分28.4424秒"),
        ("名称|经度|纬度", "甲|126 0 44.442|43:53:28.4424"),
        ("名称|经度|纬度", "甲|126° 0.7407′ E|N 43° 53.47404′"),
        ("名称|经纬度", f"甲|{LON},{LAT}"),
        ("名称|经纬度", f"甲|{LON}，{LAT}"),
        ("名称|经纬度", f"甲|({LON} {LAT})"),
        ("名称|latlng", f"甲|{LAT}; {LON}"),
        ("名称|坐标", f"甲|{LON},{LAT}"),
        ("名称|坐标", f"甲|{LAT},{LON}"),
        ("名称|坐标", "甲|N43°53'28.4424\" E126°00'44.442\""),
        ("名称|坐标", "甲|北纬43°53′28.4424″东经126°0′44.442″"),
        ("名称|wkt", f"甲|POINT ({LON} {LAT})"),
        ("名称|geometry", f"甲|POINT Z ({LON} {LAT} 200)"),
        ("名称|geom", f"甲|SRID=4326;POINT({LON} {LAT})"),
        ("名称|geometry", f'甲|{{"type": "Point", "coordinates": [{LON}, {LAT}]}}'),
        ("名称|经度|纬度|geometry", f"甲|||POINT ({LON} {LAT})"),
        ("名称|经度|纬度|geometry", f"甲|{LON}|{LAT}|POINT ({LON} {LAT})"),
    ],
)
def test_one_place_in_many_forms(headers: str, row: str) -> None:
    out = lists.take(lists.raw(headers, row))
    assert _points(out) == [(LON, LAT)]
    assert list(out.enterprises["location_quality"]) == ["exact"]


@pytest.mark.parametrize("epsg", [4551, 4530, 4550, 4529, 4510, 4499, 32651, 32652, 3857])
@pytest.mark.parametrize("north_first", [False, True])
def test_metres_of_a_declared_system_in_either_order(epsg: int, north_first: bool) -> None:
    if epsg == 3857 and north_first:
        pytest.skip("Web Mercator is never written north first")
    x, y = _metres(epsg)
    row = f"甲|{y}|{x}" if north_first else f"甲|{x}|{y}"
    out = lists.take(lists.raw("名称|X坐标|Y坐标", row), crs=f"EPSG:{epsg}")
    assert _points(out) == [(LON, LAT)]
    assert ("normalize.north-is-x" in lists.codes(out)) == north_first


def test_east_and_north_are_what_they_say() -> None:
    x, y = _metres(4551)
    out = lists.take(lists.raw("名称|north|east", f"甲|{y}|{x}"), crs="4551")
    assert _points(out) == [(LON, LAT)]
    out = lists.take(lists.raw("名称|north|east", f"甲|{x}|{y}"), crs="4551")
    assert list(out.rejects["code"]) == ["normalize.outside-crs"]


def test_a_datum_of_metres_is_undone_after_the_metres() -> None:
    from parkatlas import crs

    lon, lat = crs.from_wgs84([LON], [LAT], "gcj02")
    x, y = _metres(3857, float(lon[0]), float(lat[0]))
    assert _points(lists.take(lists.raw("名称|x|y", f"甲|{x}|{y}"), crs="EPSG:3857", datum="gcj02")) == [(LON, LAT)]


def test_plain_degrees_may_be_declared() -> None:
    for code in ("EPSG:4326", "EPSG:4490"):
        assert _points(lists.take(lists.raw("名称|lon|lat", f"甲|{LON}|{LAT}"), crs=code)) == [(LON, LAT)]


@pytest.mark.parametrize("code", ["EPSG:999999", "bogus", "+proj=utm +zone=51", "EPSG:5773", ""])
def test_an_unknown_system_is_refused(code: str) -> None:
    with pytest.raises(PlanError, match="unknown-crs"):
        lists.take(lists.raw("名称|x|y", "甲|1|2"), crs=code)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("abc", "43.9", "coordinate-text"), ("126,1", "43.9", "decimal-comma"),
        ("126.1", "北纬43，9度", "decimal-comma"), ("inf", "43.9", "coordinate-text"),
        ("126.1.2", "43.9", "coordinate-text"), ("126°70'", "43.9", "coordinate-text"),
        ("1e400", "4", "coordinate-text"),
        ("126.1", "", "half-coordinate"), ("", "43.9", "half-coordinate"), ("0", "0", "zero-coordinate"),
        ("0.0", "0.00", "zero-coordinate"), ("43.9", "126.1", "swapped-row"), ("N43.9", "126.1", "swapped-row"),
        ("445717.7", "4861466.4", "coordinate-range"), ("1260123", "438912", "coordinate-range"),
        ("126.1", "-91", "coordinate-range"),
    ],
)  # fmt: skip
def test_unusable_coordinates_are_rejected_with_their_reason(lon: str, lat: str, code: str) -> None:
    out = lists.take(lists.raw("名称|经度|纬度", f"甲|{lon}|{lat}", f"乙|{LON}|{LAT}"))
    assert list(out.rejects["code"]) == [f"normalize.{code}"]
    assert list(out.rejects["row"]) == [2]
    assert list(out.enterprises.index) == [3]
    for column in ("reason_zh", "reason_en", "hint_zh", "hint_en"):
        assert out.rejects[column].iloc[0]


@pytest.mark.parametrize("word", ["", " ", "-", "无", "N/A", "NaN", "null", "　", "暂无"])
def test_a_word_for_nothing_is_no_coordinate_and_not_rejected(word: str) -> None:
    out = lists.take(lists.raw("名称|经度|纬度", f"甲|{word}|{word}"))
    assert _points(out) == [None]
    assert list(out.enterprises["location_quality"]) == ["none"]
    assert ("normalize.no-coordinate" in lists.codes(out)) == bool(word.strip())


def test_other_shapes_give_a_point_within_and_say_so() -> None:
    square = "POLYGON ((126.01 43.88, 126.02 43.88, 126.02 43.89, 126.01 43.89, 126.01 43.88))"
    out = lists.take(
        lists.raw("名称|wkt", f"甲|{square}", "乙|POLYGON ((1 1", "丙|SRID=4551;POINT (1 2)", "丁|POINT EMPTY")
    )
    assert out.enterprises.geometry[2].within(shapely.from_wkt(square))
    found = lists.codes(out)
    assert found["normalize.shape-for-a-point"] == [2]
    assert dict(zip(out.rejects["row"], out.rejects["code"], strict=True)) == {
        3: "normalize.coordinate-text", 4: "normalize.other-srid", 5: "normalize.coordinate-text"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "row", "code"),
    [
        ("名称|坐标", "甲|48.8,2.3", "pair-order-unknown"),
        ("名称|经度|高程", "甲|126|200", "half-columns"),
        ("名称|经度|纬度|wkt", "甲|126.01|43.89|POINT (126.02 43.89)", "two-places"),
    ],
)
def test_what_cannot_be_told_is_refused(headers: str, row: str, code: str) -> None:
    with pytest.raises(InputError, match=f"normalize.{code}"):
        lists.take(lists.raw(headers, row))


def test_naming_one_of_two_places_settles_it() -> None:
    table = lists.raw("名称|经度|纬度|wkt", f"甲|{LON}|{LAT}|POINT (126.02 43.89)")
    assert _points(lists.take(table, columns={"lon": "经度"})) == [(LON, LAT)]
    assert _points(lists.take(table, columns={"wkt": "wkt"})) == [(126.02, 43.89)]


def test_geometry_of_the_file_is_used_before_its_attributes() -> None:
    table = lists.raw("名称|lon|lat|经度|纬度", f"甲|{LON}|{LAT}|1|2", points=("lon", "lat"), crs="EPSG:4326")
    out = lists.take(table)
    assert _points(out) == [(LON, LAT)]
    assert "normalize.unused-columns" in lists.codes(out)


def test_doubtful_coordinates_are_used_and_explained() -> None:
    rows = [f"甲{k}|126.011111|43.891111" for k in range(6)]
    out = lists.take(lists.raw("名称|经度|纬度", *rows, "乙|126.01|43.89", "丙|-126.0123|43.89111"))
    found = lists.codes(out)
    assert found["normalize.same-spot"] == [2]
    assert found["normalize.coarse-coordinate"] == [8]
    assert found["normalize.outside-china"] == [9]
    assert len(out.enterprises) == 8
    (abroad,) = [finding for finding in out.findings if finding.code == "normalize.outside-china"]
    assert abroad.line("en").startswith("a.csv, row 9, field 经度 (-126.012300, 43.891110): lies outside China. ")


def test_a_spot_is_shared_by_the_rows_that_are_kept() -> None:
    place = "126.011111|43.891111"
    rows = [f"甲{k}|{place}" for k in range(6)] + [f"甲{k}|{place}" for k in range(3)] + [f"|{place}"]
    out = lists.take(lists.raw("名称|经度|纬度", *rows))
    assert (out.merged, len(out.rejects)) == (3, 1)
    (spot,) = [finding for finding in out.findings if finding.code == "normalize.same-spot"]
    assert (spot.row, spot.details["n"], spot.lon, spot.lat) == (2, 6, 126.011111, 43.891111)
    few = lists.take(lists.raw("名称|经度|纬度", *rows[:4], *rows[6:9]))
    assert "normalize.same-spot" not in lists.codes(few)


@given(st.floats(-180, 180), st.booleans())
def test_degrees_minutes_and_seconds_round_trip(value: float, marks: bool) -> None:
    seconds = round(abs(value) * 3600, 4)
    degrees, minutes, rest = int(seconds // 3600), int(seconds % 3600 // 60), seconds % 60
    text = f"{degrees}°{minutes}′{rest:.6f}″" if marks else f"{degrees} {minutes} {rest:.6f}"
    if rest < 59.999999:
        found, _ = read_angle(text + ("W" if value < 0 else "E"))
        assert found == pytest.approx(value, abs=1e-7)


@given(st.text("0123456789. °'\"NESW度分秒:-x", max_size=15))
def test_no_angle_is_out_of_reason(text: str) -> None:
    value, _ = read_angle(text)
    assert np.isnan(value) or abs(value) < 1001


def test_the_town_is_where_the_fixtures_think() -> None:
    assert town.lonlat(1.0, 1.0) == pytest.approx((126.0125, 43.8846), abs=1e-3)


def test_a_file_that_states_its_system_is_believed_before_the_register() -> None:
    table = lists.raw("名称|lon|lat", f"甲|{LON}|{LAT}", points=("lon", "lat"), crs="EPSG:4326")
    out = lists.take(table, crs="EPSG:4551")
    assert _points(out) == [(LON, LAT)]
    assert "normalize.crs-of-the-file" in lists.codes(out)


def test_degrees_minutes_and_seconds_with_letters_are_not_south() -> None:
    out = lists.take(lists.raw("名称|经度|纬度", "甲|126d01m07s|43d53m20.7s", "乙|126°01′07″E|43°53′20.7″S"))
    assert _points(out) == [(126.018611, 43.889083), (126.018611, -43.889083)]


def test_rows_with_letters_settle_their_own_order() -> None:
    rows = ["甲|东经126°01′07″ 北纬43°53′20″", "乙|北纬43°53′20″，东经126°01′07″"]
    for header in ("坐标", "经纬度", "latlng"):
        out = lists.take(lists.raw(f"名称|{header}", *rows))
        assert _points(out) == [(126.018611, 43.888889)] * 2, header
        assert not len(out.rejects)
    mixed = lists.take(lists.raw("名称|坐标", *rows, "丙|126.02,43.89"))
    assert _points(mixed) == [(126.018611, 43.888889), (126.018611, 43.888889), (126.02, 43.89)]
    with pytest.raises(InputError, match="pair-order-unknown"):
        lists.take(lists.raw("名称|坐标", *rows, "丙|48.8,2.3"))


@pytest.mark.parametrize(
    "cell", ["经度:126.0,纬度:43.9", "lat=43.9，lng=126.0", "POINT(126.0 43.9)", "纬度43.9 经度126"]
)
@pytest.mark.parametrize("header", ["坐标", "lonlat", "latlon"])
def test_pairs_with_words_say_themselves_which_is_which(cell: str, header: str) -> None:
    assert _points(lists.take(lists.raw(f"名称|{header}", f"甲|{cell}"))) == [(126.0, 43.9)]


def test_a_pair_that_cannot_be_read_is_reported_once() -> None:
    out = lists.take(lists.raw("名称|经纬度", "甲|abc,1x", "乙|N43.9 N126.0", f"丙|{LON},{LAT}"))
    assert lists.codes(out)["normalize.coordinate-text"] == [2, 3]


def test_how_coordinates_were_read_is_said() -> None:
    rows = ["甲|１２６．０１２３４５|43.891234", "乙|126°00′44.442″|43.891234", f"丙|{LON}|{LAT}"]
    out = lists.take(lists.raw("名称|经度|纬度", *rows))
    found = {finding.code: finding for finding in out.findings if finding.field == "经度"}
    tidied, notation = found["normalize.coordinate-tidied"], found["normalize.coordinate-notation"]
    assert tidied.rule.mends
    assert not notation.rule.mends
    assert (tidied.row, tidied.details["read"]) == (2, "126.012345")
    assert (notation.row, notation.details["n"], notation.details["read"]) == (3, 1, "126.012345")
    pairs = lists.take(lists.raw("名称|坐标", f"甲|{LAT},{LON}", f"乙|{LAT},{LON}"))
    assert lists.codes(pairs)["normalize.latitude-first"] == [2]
    metres = lists.take(lists.raw("名称|X坐标|Y坐标", "甲|445,717.761|4861466.42"), crs="EPSG:4551")
    assert lists.codes(metres)["normalize.coordinate-tidied"] == [2]


def test_metres_may_stand_in_kilometres() -> None:
    out = lists.take(lists.raw("名称|X坐标(km)|Y坐标(km)", "甲|445.717761|4861.46642"), crs="EPSG:4551")
    assert _points(out) == [(125.3245, 43.8868)]


@pytest.mark.parametrize(
    ("headers", "datum", "named"),
    [
        ("百度经度|百度纬度", "wgs84", "bd09"), ("gcj02_lng|gcj02_lat", "wgs84", "gcj02"),
        ("百度经度|百度纬度", "bd09", None), ("经度(CGCS2000)|纬度(CGCS2000)", "wgs84", None),
        ("lon_wgs84|lat_wgs84", "gcj02", "wgs84"), ("GPS经度|GPS纬度", "gcj02", None),
    ],
)  # fmt: skip
def test_a_datum_in_the_header_is_held_against_the_register(headers: str, datum: str, named: str | None) -> None:
    out = lists.take(lists.raw(f"名称|{headers}", f"甲|{LON}|{LAT}"), datum=datum)
    told = [finding for finding in out.findings if finding.code == "normalize.datum-of-header"]
    assert [f'datum = "{named}"' in finding.hint("zh") for finding in told] == ([] if named is None else [True])


def test_attributes_of_a_layer_that_lie_elsewhere_are_said() -> None:
    def told(lon: str, lat: str, **more: object) -> list[int | None]:
        row = f"甲|{LON}|{LAT}|{lon}|{lat}"
        table = lists.raw("名称|lon|lat|经度|纬度", row, points=("lon", "lat"), crs="EPSG:4326")
        out = lists.take(table, **more)
        return lists.codes(out).get("normalize.attributes-elsewhere", [])

    assert told("126.018345", "43.891234") == [2]
    assert told(f"{LON}", f"{LAT}") == told("126.012", "43.891") == told("", "") == []
    assert told("126.018345", "43.891234", columns={"lon": "经度", "lat": "纬度"}) == []


def test_a_layer_of_metres_that_claims_degrees_follows_the_register() -> None:
    x, y = _metres(4551)
    table = lists.raw("名称|lon|lat", f"甲|{x}|{y}", f"乙|{x}|{y}", points=("lon", "lat"), crs="EPSG:4326")
    out = lists.take(table, crs="EPSG:4551")
    assert _points(out) == [(LON, LAT)] * 2
    found = lists.codes(out)
    assert "normalize.crs-of-the-register" in found
    assert "normalize.crs-of-the-file" not in found


@pytest.mark.parametrize(("epsg", "told"), [(2387, True), (2439, True), (4551, False), (32652, False)])
def test_a_shift_of_datum_without_parameters_is_said(epsg: int, told: bool) -> None:
    x, y = _metres(epsg)
    out = lists.take(lists.raw("名称|x|y", f"甲|{x}|{y}"), crs=f"EPSG:{epsg}")
    assert ("normalize.crs-ballpark" in lists.codes(out)) == told
