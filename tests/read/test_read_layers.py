"""Workbooks and feature layers held against other readers, and their own edge cases."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import town
from awful import WITH_ERRORS, data, kml, placemark, point
from binary import Error, dbf, shp, write_xls

from parkatlas.errors import DependencyError, InputError, LimitError
from parkatlas.read import Limits, inspect_table, iter_table, read_table
from parkatlas.read.cells import number_text, text_of
from parkatlas.read.dbf import read_dbf

POINTS = gpd.GeoDataFrame(
    {
        "企业名称": ["甲公司", "乙公司", "丙公司"],
        "n": pd.array([912201010000000123, None, 3], dtype="Int64"),
        "v": [0.1, np.nan, 1e16],
        "ok": [True, False, True],
    },
    geometry=[shapely.Point(125.3, 43.9), None, shapely.Point(-1e-7, 0)],
    crs=4326,
)
TEXTS = {
    "企业名称": ["甲公司", "乙公司", "丙公司"],
    "n": ["912201010000000123", None, "3"],
    "v": ["0.1", None, "10000000000000000"],
    "ok": ["true", "false", "true"],
    "lon": ["125.3", None, "-0.0000001"],
    "lat": ["43.9", None, "0"],
}


def texts(frame: pd.DataFrame, columns: list[str]) -> dict[str, list[str | None]]:
    return {name: [None if pd.isna(cell) else cell for cell in frame[name]] for name in columns}


@pytest.mark.parametrize("suffix", ["gpkg", "parquet"])
def test_what_geopandas_writes_is_read_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"list.{suffix}"
    POINTS.to_parquet(path) if suffix == "parquet" else POINTS.to_file(path)
    raw = read_table(path)
    assert texts(raw.frame, list(TEXTS)) == TEXTS
    assert (raw.points, raw.crs) == (("lon", "lat"), "EPSG:4326")
    assert raw.frame.index.tolist() == [1, 2, 3]


def test_geojson_that_geopandas_writes_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "list.geojson"
    POINTS.drop(columns="v").to_file(path, COORDINATE_PRECISION=9)
    raw = read_table(path)
    assert texts(raw.frame, ["企业名称", "n", "ok"]) == {name: TEXTS[name] for name in ("企业名称", "n", "ok")}
    assert [float(lon) for lon in raw.frame["lon"].dropna()] == [125.3, -1e-7]


@pytest.mark.parametrize("codec", ["UTF-8", "GBK"])
def test_a_shapefile_that_geopandas_writes_is_read_exactly(tmp_path: Path, codec: str) -> None:
    frame = POINTS.rename(columns={"企业名称": "name"})[["name", "ok", "geometry"]]
    frame.to_file(tmp_path / "list.shp", encoding=codec)
    raw = read_table(tmp_path / "list.shp")
    assert raw.frame["name"].tolist() == TEXTS["企业名称"]
    assert texts(raw.frame, ["lon", "lat"]) == {name: TEXTS[name] for name in ("lon", "lat")}


def test_polygons_of_a_shapefile_become_wkt(town_folder: Path, tmp_path: Path) -> None:
    parks = gpd.read_file(town_folder / "parks.geojson")[["area_id", "geometry"]]
    parks.to_crs(4551).to_file(tmp_path / "parks.shp")
    raw = read_table(tmp_path / "parks.shp")
    found = gpd.GeoSeries.from_wkt(raw.frame["geometry"])
    assert raw.frame["area_id"].tolist() == parks["area_id"].tolist()
    assert shapely.hausdorff_distance(found.to_numpy(), parks.geometry.to_numpy()).max() < 1e-8
    assert raw.frame["lon"].isna().all()


def test_metres_come_back_as_the_degrees_they_were(town_folder: Path, tmp_path: Path) -> None:
    places = [town.lonlat(x, y) for x, y, *_ in town.ENTERPRISES.values() if x is not None and y is not None]
    frame = gpd.GeoDataFrame({"n": range(len(places))}, geometry=[shapely.Point(p) for p in places], crs=4326)
    frame.to_crs(4551).to_file(tmp_path / "list.gpkg")
    raw = read_table(tmp_path / "list.gpkg")
    assert np.allclose(raw.frame[["lon", "lat"]].astype(float), places, rtol=0, atol=2e-9)
    assert "read.crs-converted" in {finding.code for finding in raw.findings}


def test_an_undeclared_crs_leaves_positions_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "list.shp").write_bytes(shp([(500000.5, 4860000), None]))
    (tmp_path / "list.dbf").write_bytes(dbf([("NAME", "C", 4)], [["a"], ["b"]], "ascii"))
    raw = read_table(tmp_path / "list.shp")
    assert (raw.points, raw.crs) == (("x", "y"), None)
    assert texts(raw.frame, ["x", "y"]) == {"x": ["500000.5", None], "y": ["4860000", None]}
    assert "read.no-crs" in {finding.code for finding in raw.findings}


DRAWING = 'LOCAL_CS["CAD",UNIT["Meter",1.0]]'


def test_a_drawing_has_no_place_on_earth(tmp_path: Path) -> None:
    (tmp_path / "list.shp").write_bytes(shp([(500000.5, 4860000)]))
    (tmp_path / "list.dbf").write_bytes(dbf([("NAME", "C", 4)], [["a"]], "ascii"))
    (tmp_path / "list.prj").write_text(DRAWING)
    member = {"type": "name", "properties": {"name": DRAWING}}
    features = [point(500000.5, 4860000, NAME="a")]
    text = json.dumps({"type": "FeatureCollection", "features": features, "crs": member})
    for path in (tmp_path / "list.shp", data(text.encode(), "list.geojson")(tmp_path)):
        raw = read_table(path)
        assert (raw.points, raw.crs) == (("x", "y"), None)
        assert texts(raw.frame, ["x", "y"]) == {"x": ["500000.5"], "y": ["4860000"]}
        (said,) = [finding for finding in raw.findings if finding.code == "read.crs-local"]
        assert said.value == "CAD"


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_geopackage_written_without_a_crs_has_none(tmp_path: Path) -> None:
    POINTS.set_crs(None, allow_override=True).to_file(tmp_path / "list.gpkg", layer="名录")
    raw = read_table(tmp_path / "list.gpkg")
    assert (raw.points, raw.crs) == (("x", "y"), None)
    assert [finding.sheet for finding in raw.findings if finding.code == "read.no-crs"] == ["名录"]


@pytest.mark.parametrize(("code", "known"), [(4214, False), (4610, False), (2345, False), (4490, True), (4551, True)])
def test_a_shift_of_datum_without_parameters_is_said(tmp_path: Path, code: int, known: bool) -> None:
    POINTS.iloc[:1].to_crs(code).to_file(tmp_path / "list.gpkg")
    codes = {finding.code for finding in read_table(tmp_path / "list.gpkg").findings}
    assert "read.crs-converted" in codes
    assert ("read.crs-ballpark" not in codes) == known


def test_heights_are_no_positions(tmp_path: Path) -> None:
    member = {"type": "name", "properties": {"name": "EPSG:5703"}}
    text = json.dumps({"type": "FeatureCollection", "features": [point(1, 2)], "crs": member})
    with pytest.raises(InputError) as refusal:
        read_table(data(text.encode(), "list.geojson")(tmp_path))
    assert refusal.value.findings[0].code == "read.crs-unknown"


def test_a_record_marked_as_deleted_is_no_row(tmp_path: Path) -> None:
    table = bytearray(dbf([("NAME", "C", 4)], [["a"], ["b"], ["c"]], "ascii"))
    table[65 + 5] = ord("*")
    (tmp_path / "list.shp").write_bytes(shp([(1, 2), (3, 4), (5, 6)]))
    (tmp_path / "list.dbf").write_bytes(table)
    raw = read_table(tmp_path / "list.shp")
    assert texts(raw.frame, ["NAME", "x"]) == {"NAME": ["a", "c"], "x": ["1", "5"]}


def test_fields_of_a_dbf_by_their_type() -> None:
    rows = [["0012", "20200501", "T", " 12.50"], ["", "00000000", "?", ""], ["药" * 4, "2020", "n", "****"]]
    found = read_dbf(dbf([("C", "C", 10), ("D", "D", 8), ("L", "L", 1), ("N", "N", 6)], rows, "utf-8"), "x")
    assert found.columns == {
        "C": ["0012", None, "药药药"],  # the fourth was cut after its first byte
        "D": ["2020-05-01", None, "2020"],
        "L": ["true", None, "false"],
        "N": ["12.50", None, "****"],
    }
    assert "read.cut-text" in {finding.code for finding in found.findings}


@pytest.mark.parametrize("width", [2, 8])
def test_single_characters_of_gbk_are_no_cut_utf8(width: int) -> None:
    found = read_dbf(dbf([("NAME", "C", width), ("OPEN", "C", 2)], [["甲", "是"], ["乙", "否"]], "gbk", 0), "x")
    assert found.columns == {"NAME": ["甲", "乙"], "OPEN": ["是", "否"]}
    assert [finding.code for finding in found.findings] == ["read.encoding"]


@pytest.mark.parametrize("cut", [10, 60, 100, 140])
def test_a_cut_dbf_is_refused(cut: int) -> None:
    whole = dbf([("NAME", "C", 20)], [["a"], ["b"], ["c"], ["d"]], "ascii")
    with pytest.raises(InputError) as refusal:
        read_dbf(whole[:cut], "x")
    assert refusal.value.findings[0].code in ("read.cut-part", "read.broken")


def test_every_faulty_feature_is_named_at_once(tmp_path: Path) -> None:
    only_one = {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [1]}}
    features = [point("1", "2"), point(1, 2), only_one, {"type": "Nothing"}, point(float("nan"), 2)]
    path = data(json.dumps({"type": "FeatureCollection", "features": features}).encode())(tmp_path)
    with pytest.raises(InputError) as refusal:
        read_table(path)
    assert [finding.row for finding in refusal.value.findings] == [1, 3, 4, 5]


def test_a_placemark_with_coordinates_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    body = kml(placemark("甲公司", "125.3,43.9") + placemark("乙公司", "125.4 43.8"))
    raw = read_table(data(body.encode(), "list.kml")(tmp_path))
    assert texts(raw.frame, ["name", "lon"]) == {"name": ["甲公司", "乙公司"], "lon": ["125.3", None]}
    (aside,) = raw.rejected
    assert (aside.row, aside.code, aside.feature, aside.value) == (2, "read.feature-position", "乙公司", "125.4 43.8")
    assert "125.4 43.8" in aside.message("zh")


def test_a_damaged_geometry_is_set_aside(tmp_path: Path) -> None:
    POINTS.to_file(tmp_path / "list.gpkg", layer="a")
    with sqlite3.connect(tmp_path / "list.gpkg") as database:
        database.execute("PRAGMA trusted_schema = ON")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET geom = x'475000010000' WHERE fid = 1")
    raw = read_table(tmp_path / "list.gpkg")
    assert [(one.row, one.code, one.sheet) for one in raw.rejected] == [(1, "read.feature-position", "a")]


def test_a_kml_that_declares_another_encoding_says_who_said_so(tmp_path: Path) -> None:
    body = kml(placemark("甲公司", "125.3,43.9")).encode("gbk")
    with pytest.raises(InputError) as refusal:
        read_table(data(body, "list.kml")(tmp_path))
    assert "由文件自己声明" in refusal.value.render("zh")


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"PK\x03\x04" + bytes(60), "list.xlsx", "压缩包"),
        (b'{"type": "FeatureCollection", "features": [] x', "list.json", "缺少逗号"),
        (b"[1, 2]", "list.csv", ""),
        (kml("<Placemark a=>").encode(), "list.kml", "XML 第 1 行"),
        (b'[{"a": 1}]', "list.json", "一个列表"),
    ],
)
def test_what_is_damaged_is_said_in_chinese(tmp_path: Path, body: bytes, name: str, words: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_table(data(body, name)(tmp_path))
    said = refusal.value.render("zh")
    assert words in said
    assert "程序原话" not in said


def test_digits_of_a_json_number_are_kept(tmp_path: Path) -> None:
    body = '{"type":"Feature","id":7,"properties":{"a":1.50,"b":[1,{"c":2}]},'
    body += '"geometry":{"type":"Point","coordinates":[125.300,43.9]}}'
    frame = read_table(data(body.encode())(tmp_path)).frame
    assert frame.loc[1].to_dict() == {"id": "7", "a": "1.50", "b": '[1.0, {"c": 2.0}]', "lon": "125.300", "lat": "43.9"}


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_table(data(b'{"type":' + b"[" * 100_000, "list.geojson")(tmp_path))


def test_a_document_over_its_limit_is_refused(town_folder: Path) -> None:
    with pytest.raises(LimitError):
        read_table(town_folder / "parks.geojson", limits=Limits(document=100))


def test_parquet_without_its_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = data(b"PAR1 and more")(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DependencyError, match=r"parkatlas\[parquet\]"):
        read_table(path)


def test_a_damaged_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        read_table(data(b"PAR1" + bytes(100))(tmp_path))
    assert refusal.value.findings[0].code == "read.broken"


def test_parquet_comes_in_batches(tmp_path: Path) -> None:
    pd.DataFrame({"name": [f"e{k}" for k in range(10)], "kind": pd.Categorical(["a", "b"] * 5)}).to_parquet(
        tmp_path / "a"
    )
    batches = list(iter_table(tmp_path / "a", 4))
    assert [batch.frame.index.tolist() for batch in batches] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert batches[2].frame["kind"].tolist() == ["a", "b"]


def test_two_shapefiles_in_one_zip_are_asked_about(tmp_path: Path) -> None:
    parts = {"shp": shp([(1, 2)]), "dbf": dbf([("NAME", "C", 4)], [["a"]], "ascii")}
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a", "b"):
            for kind, body in parts.items():
                archive.writestr(f"{name}.{kind}", body)
        archive.writestr("__MACOSX/._a.shp", b"")
    with pytest.raises(InputError) as refusal:
        read_table(path)
    assert refusal.value.findings[0].code == "read.which-sheet"
    assert read_table(path, sheet="b").frame["NAME"].tolist() == ["a"]
    assert [sheet.name for sheet in inspect_table(path).sheets] == ["a", "b"]


def test_openpyxl_reads_the_same_cells(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    rows = [["企业名称", "经度", "成立日期"], ["甲", 125.25, dt.datetime(2020, 5, 1)], ["_x000D_乙", 1e-7, "2019"]]
    for row in rows:
        made.active.append(row)
    made.save(tmp_path / "list.xlsx")
    seen = list(openpyxl.load_workbook(tmp_path / "list.xlsx").active.iter_rows(values_only=True))[1:]
    frame = read_table(tmp_path / "list.xlsx").frame
    assert [float(cell) for cell in frame["经度"]] == [row[1] for row in seen]
    assert frame["成立日期"].tolist() == ["2020-05-01", "2019"]


def test_the_facts_of_a_workbook_name_hidden_sheets(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for name, state in (("名录", "visible"), ("旧", "hidden"), ("旧旧", "veryHidden")):
        made.create_sheet(name).append(["企业名称", "经度"])
        made[name].append(["甲", 1])
        made[name].sheet_state = state
    del made["Sheet"]
    made.save(tmp_path / "list.xlsx")
    facts = inspect_table(tmp_path / "list.xlsx")
    assert [(sheet.name, sheet.visible, sheet.plausible) for sheet in facts.sheets] == [
        ("名录", True, True),
        ("旧", False, True),
        ("旧旧", False, True),
    ]
    assert facts.table is not None
    assert facts.table.sheet == "名录"
    assert read_table(tmp_path / "list.xlsx", sheet="旧").frame["企业名称"].tolist() == ["甲"]


def test_rows_hidden_by_a_filter_are_read_and_said(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (["企业名称", "经度"], ["甲", 1], ["乙", 2]):
        made.active.append(row)
    made.active.row_dimensions[3].hidden = True
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    made.save(tmp_path / "list.xlsx")
    raw = read_table(tmp_path / "list.xlsx")
    assert len(raw.frame) == 2
    assert raw.epoch == 1904
    assert {"read.hidden-rows", "read.epoch-1904"} <= {finding.code for finding in raw.findings}


BARE = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
TEXT = '<{0}c{1} t="inlineStr"><{0}is><{0}t>{2}</{0}t></{0}is></{0}c>'


def rewrite(folder: Path, sheet: str) -> Path:
    """Put a worksheet's XML into a workbook, as programs other than Excel write it."""
    made = openpyxl.Workbook()
    made.save(folder / "made.xlsx")
    with zipfile.ZipFile(folder / "made.xlsx") as old, zipfile.ZipFile(folder / "list.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return folder / "list.xlsx"


def test_cells_that_do_not_say_where_they_stand_are_read(tmp_path: Path) -> None:
    rows = [["企业名称", "经度"], *([f"公司{k}", "1"] for k in range(3000))]
    body = "".join("<row>" + "".join(TEXT.format("", "", cell) for cell in row) + "</row>" for row in rows)
    assert len(read_table(rewrite(tmp_path, BARE.format(body))).frame) == 3000


@pytest.mark.parametrize(
    "body",
    [
        "<row>" + "<c/>" * 3000 + '</row><row r="1048576">' + TEXT.format("", "", "x") + "</row>",
        '<row r="1">' + TEXT.format("", " s='0' r='XFD1'", "x") + "</row>",
        '<x:row r="9">' + TEXT.format("x:", ' r="XFC9"', "x") + "</x:row>",
    ],
)
def test_a_far_cell_is_found_however_it_is_written(tmp_path: Path, body: str) -> None:
    with pytest.raises(LimitError) as refusal:
        read_table(rewrite(tmp_path, BARE.format(body)))
    assert refusal.value.findings[0].code in ("read.far-cell", "read.limit")


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2" t="e"><v>#N/A</v></c>',
        '<c t="e" r="B2"><v>#N/A</v></c>',
        "<c t='e' s='0' r='B2'><f>NA()</f><v>#N/A</v></c>",
        '<x:c t="e" r="B2"><x:v>#N/A</x:v></x:c>',
    ],
)
def test_an_error_is_found_however_its_cell_is_written(tmp_path: Path, cell: str) -> None:
    prefix = "x:" if "x:" in cell else ""
    rows = [["企业名称", "经度"], ["甲公司"], ["乙公司", "1"]]
    body = ""
    for number, row in enumerate(rows, 1):
        cells = "".join(TEXT.format(prefix, f' r="{"AB"[k]}{number}"', value) for k, value in enumerate(row))
        body += f'<{prefix}row r="{number}">{cells}{cell if number == 2 else ""}</{prefix}row>'
    sheet = f"<{prefix}worksheet xmlns{prefix and ':x'}=" + BARE.partition("xmlns=")[2].partition(">")[0] + ">"
    sheet += f"<{prefix}sheetData>{body}</{prefix}sheetData></{prefix}worksheet>"
    raw = read_table(rewrite(tmp_path, sheet))
    assert [(one.row, one.field, one.value) for one in raw.findings if one.code == "read.error-cell"] == [
        (2, "经度", "#N/A")
    ]


@pytest.mark.parametrize("cell", ['<c s="1" r="B2"><v>276</v></c>', '<c r="B2" s="1"><v>276</v></c>'])
def test_leading_zeros_are_found_however_the_cell_is_written(tmp_path: Path, cell: str) -> None:
    head, name = (TEXT.format("", f' r="{place}"', word) for place, word in (("B1", "行业代码"), ("A2", "甲公司")))
    first = TEXT.format("", ' r="A1"', "企业名称")
    sheet = BARE.format(f'<row r="1">{first}{head}</row><row hidden="1" r="2">{name}{cell}</row>')
    made = openpyxl.Workbook()
    made.active["A1"].number_format = "0000"
    made.active["A1"] = 1
    made.save(tmp_path / "made.xlsx")
    with zipfile.ZipFile(tmp_path / "made.xlsx") as old, zipfile.ZipFile(tmp_path / "list.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    raw = read_table(tmp_path / "list.xlsx")
    assert raw.frame["行业代码"].tolist() == ["0276"]
    assert "read.hidden-rows" in {finding.code for finding in raw.findings}


def test_formulas_without_values_are_counted_and_named(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (["企业名称", "产值", "产值"], *([f"甲{k}公司", "=1+1", k] for k in range(7))):
        made.active.append(row)
    made.save(tmp_path / "list.xlsx")
    said = {finding.code: finding for finding in read_table(tmp_path / "list.xlsx").findings}
    assert "B2, B3, B4, B5, B6, …" in said["read.formula-without-value"].message("zh")
    assert "7" in said["read.formula-without-value"].message("en")
    twice = said["read.repeated-name"]
    assert (twice.file, twice.sheet, twice.row) == ("list.xlsx", "Sheet", 1)


def test_two_lists_in_an_xls_are_asked_about(tmp_path: Path) -> None:
    rows = [["企业名称", "经度"], ["甲", 1.0]]
    path = write_xls(tmp_path / "list.xls", {"一": rows, "二": rows})
    with pytest.raises(InputError) as refusal:
        read_table(path)
    assert "一, 二" in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.date(2020, 5, 1), "2020-05-01"),
        (dt.datetime(2020, 5, 1, 8, 30), "2020-05-01 08:30:00"),
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(days=1, hours=6), "30:00:00"),
        (False, "false"),
        (10**20, "100000000000000000000"),
        (float("inf"), "inf"),
        ("", None),
        ({"名": [1]}, '{"名": [1]}'),
        (pd.Timestamp("2020-05-01"), "2020-05-01"),
    ],
)
def test_a_value_as_text(value: object, text: str | None) -> None:
    assert text_of(value) == text


def test_a_value_without_a_text_is_a_bad_argument() -> None:
    with pytest.raises(TypeError):
        text_of(b"\0")


def test_the_text_of_a_number_reads_back_exactly() -> None:
    values = np.concatenate([np.random.default_rng(5).normal(size=500) * 10.0 ** np.arange(-250, 250), [0.0, 5e-324]])
    shown = [number_text(value) for value in values.tolist()]
    assert [float(text or "nan") for text in shown] == values.tolist()
    assert not any("e" in (text or "") for text in shown)


@pytest.mark.parametrize("kind", WITH_ERRORS)
def test_errors_in_cells_are_named_with_row_and_column(kind: str, tmp_path: Path) -> None:
    raw = read_table(WITH_ERRORS[kind](tmp_path), sheet="名录")
    told = [finding for finding in raw.findings if finding.code == "read.error-cell"]
    assert [(one.row, one.field) for one in told] == [(2, "产值(万元)"), (3, "经度")]
    assert told[1].value == "#N/A"
    assert told[0].value == ("#N/A" if kind == "ods" else "#DIV/0!")
    assert "。。" not in told[0].line("zh")


def test_a_column_of_errors_is_named_in_part_and_counted(tmp_path: Path) -> None:
    rows = [["企业名称", "产值"], *([f"甲{k}公司", Error()] for k in range(30))]
    raw = read_table(write_xls(tmp_path / "list.xls", {"名录": rows}))
    assert sum(finding.code == "read.error-cell" for finding in raw.findings) == 20
    (more,) = [finding for finding in raw.findings if finding.code == "read.more-error-cells"]
    assert more.details["n"] == 10
