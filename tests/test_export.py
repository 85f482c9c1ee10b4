"""GIS files, read back by another reader than the one that wrote them: sqlite, a DBF parsed by hand, json, pyogrio."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sqlite3
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from parkatlas import export, schema
from parkatlas.errors import WriteError
from parkatlas.locate import locate_enterprises
from parkatlas.model import Plan
from parkatlas.pipeline import survey


@pytest.fixture
def plan(town_folder: Path) -> Plan:
    return survey(town_folder).plan


@pytest.fixture
def located(town_folder: Path) -> gpd.GeoDataFrame:
    return survey(town_folder).registers["list"]


@pytest.fixture
def written(plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path) -> Path:
    folder = tmp_path / "gis"
    folder.mkdir()
    assert export.export_layers(plan, {"list": located}, folder) == []
    return folder


def dbf(data: bytes) -> tuple[dict[str, tuple[str, int]], list[dict[str, str]]]:
    """Read a DBF by its specification: the fields with type and width, and the records as text."""
    count, header, length = struct.unpack("<IHH", data[4:12])
    fields = {}
    for at in range(32, header - 1, 32):
        name = data[at : at + 11].split(b"\0")[0].decode("ascii")
        fields[name] = (chr(data[at + 11]), data[at + 16])
    rows = []
    for row in range(count):
        record, at = data[header + row * length : header + (row + 1) * length], 1
        values = {}
        for name, (_, width) in fields.items():
            values[name] = record[at : at + width].decode("utf-8").strip()
            at += width
        rows.append(values)
    return fields, rows


def test_the_folder_holds_each_layer_in_each_format(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == [
        "areas.geojson", "atlas.gpkg", "enterprises_list.geojson", "shapefiles.zip",
    ]  # fmt: skip


def test_the_geopackage_holds_full_names_and_every_row(written: Path, located: gpd.GeoDataFrame) -> None:
    with sqlite3.connect(written / "atlas.gpkg") as base:
        rows = base.execute("select name_zh, park_id, outcome from enterprises_list order by enterprise_id").fetchall()
        srs = base.execute("select srs_id from gpkg_contents where table_name = 'areas'").fetchone()
    assert rows[0] == ("企业e01", "pa", "located")
    assert len(rows) == len(located) == 12
    assert srs == (4326,)


def test_the_shapefile_keeps_chinese_text_and_names_of_ten_bytes(written: Path) -> None:
    with zipfile.ZipFile(written / "shapefiles.zip") as archive:
        assert archive.read("areas.cpg").strip() == b"UTF-8"
        fields, rows = dbf(archive.read("areas.dbf"))
        dictionary = archive.read("fields.csv").decode("utf-8-sig")
    assert {name: kind for name, (kind, _) in fields.items()}["pub_km2"] in "FN"
    assert all(len(name) <= 10 for name in fields)
    assert [row["name_zh"] for row in rows][:2] == ["区core", "区z-east"]
    listed = {row["shapefile_name"] for row in csv.DictReader(io.StringIO(dictionary)) if row["file"] == "areas.dbf"}
    assert listed == set(fields)


def test_geojson_follows_rfc_7946(written: Path) -> None:
    layer = json.loads((written / "areas.geojson").read_text(encoding="utf-8"))
    assert "crs" not in layer
    for feature in layer["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))
        assert area > 0, "exterior rings run counter-clockwise"
    enterprises = json.loads((written / "enterprises_list.geojson").read_text(encoding="utf-8"))
    assert [f["geometry"] is None for f in enterprises["features"]].count(True) == 2


def test_same_input_same_bytes(plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path, written: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    export.export_layers(plan, {"list": located}, again)
    for file in written.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes(), file.name


def long_names(located: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    return located.assign(name_zh=pd.Series([name] * len(located), index=located.index, dtype="str"))


def test_text_beyond_254_bytes_is_cut_between_characters_and_said(
    plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    findings = export.export_layers(plan, {"list": long_names(located, "长" * 100)}, tmp_path)
    assert [(f.code, f.field, f.details["count"]) for f in findings] == [("export.text-cut", "name_zh", 12)]
    with zipfile.ZipFile(tmp_path / "shapefiles.zip") as archive:
        _, rows = dbf(archive.read("enterprises_list.dbf"))
    assert rows[0]["name_zh"] == "长" * 84
    whole = pyogrio.read_dataframe(tmp_path / "atlas.gpkg", layer="enterprises_list")
    assert set(whole["name_zh"]) == {"长" * 100}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "😀 emoji", 'quote " comma, 逗号', "line\nbreak", "\u202ertl"])
def test_awkward_text_comes_back_from_every_format(
    plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path, name: str
) -> None:
    assert export.export_layers(plan, {"list": long_names(located, name)}, tmp_path) == []
    for file in ("atlas.gpkg", "enterprises_list.geojson"):
        layer = "enterprises_list" if file.endswith("gpkg") else None
        assert set(pyogrio.read_dataframe(tmp_path / file, layer=layer)["name_zh"]) == {name}


def test_large_and_fractional_numbers_survive_the_shapefile(
    plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    values = [0.1, 123456789.123, 1e12, -5.5, *[None] * 8]
    some = located.assign(output=pd.Series(values, index=located.index, dtype="float64"))
    export.export_layers(plan, {"list": some}, tmp_path)
    with zipfile.ZipFile(tmp_path / "shapefiles.zip") as archive:
        _, rows = dbf(archive.read("enterprises_list.dbf"))
    assert [float(row["output"]) for row in rows[:4]] == values[:4]
    assert rows[4]["output"].strip("*") == ""


def test_a_file_that_reads_back_differently_is_refused(
    plan: Plan, located: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = pyogrio.read_dataframe
    monkeypatch.setattr(pyogrio, "read_dataframe", lambda *a, **k: honest(*a, **k).iloc[:-1])
    with pytest.raises(WriteError, match="7 rows instead of 8"):
        export.export_layers(plan, {"list": located}, tmp_path)


def test_an_empty_register_is_written_as_an_empty_layer(plan: Plan, tmp_path: Path) -> None:
    nobody = locate_enterprises(schema.frame(schema.ENTERPRISES), plan.areas)
    export.export_layers(plan, {"list": nobody}, tmp_path)
    assert len(pyogrio.read_dataframe(tmp_path / "atlas.gpkg", layer="enterprises_list")) == 0


def test_points_keep_their_place_to_a_centimetre(written: Path, located: gpd.GeoDataFrame) -> None:
    read = pyogrio.read_dataframe(written / "enterprises_list.geojson")
    there = located.geometry.notna().to_numpy()
    for wrote, got in zip(located.geometry[there], read.geometry[there], strict=True):
        assert isinstance(got, Point)
        assert wrote.distance(got) < 1e-7
