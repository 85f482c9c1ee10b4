"""Layers: every way in which a zone could vanish is a finding that names it, and every format reads the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import town
from by_hand import HEAD, box, feature, project, shape
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas import crs, schema
from parkatlas.errors import LimitError, ParkatlasError
from parkatlas.findings import Finding
from parkatlas.plan import layers, load_plan
from parkatlas.plan.geojson import read_polygon

ZONE = shape((0, 0), (8, 0), (8, 6), (0, 6))
RING = town.ring(1, 1, 2, 2)


def findings(folder: Path) -> list[Finding]:
    try:
        return list(load_plan(folder).findings)
    except ParkatlasError as refused:
        return refused.findings


def one(folder: Path) -> Finding:
    found = findings(folder)
    assert len(found) == 1, [finding.line() for finding in found]
    return found[0]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def bent(index: int, position: Any) -> list[Any]:
    """Return the ring with one position replaced."""
    return [*RING[:index], position, *RING[index + 1 :]]


def test_a_sound_layer_has_nothing_to_say(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("z", "zone", ZONE), feature("p", "park", polygon(RING), parent_id="z"))
    plan = load_plan(folder)
    assert plan.findings == ()
    assert plan.areas["area_id"].tolist() == ["z", "p"]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "layer.no-geometry"),
        (polygon(), "layer.no-geometry"),
        (polygon([]), "layer.short-ring"),
        ({"type": "MultiPolygon", "coordinates": []}, "layer.no-geometry"),
        ({"type": "Point", "coordinates": [126, 44]}, "layer.not-polygon"),
        ({"type": "GeometryCollection", "geometries": []}, "layer.not-polygon"),
        (polygon(bent(1, ["126.0", 44.0])), "layer.bad-coordinate"),
        (polygon(bent(1, [126.0])), "layer.bad-coordinate"),
        (polygon(bent(1, [True, 44.0])), "layer.bad-coordinate"),
        (polygon(bent(1, [126.0, None])), "layer.bad-coordinate"),
        (polygon(bent(1, [126.0, float("nan")])), "layer.bad-coordinate"),
        (polygon(bent(1, [float("inf"), 44.0])), "layer.bad-coordinate"),
        (polygon(bent(1, [10**400, 44.0])), "layer.bad-coordinate"),
        (polygon(bent(1, "126,44")), "layer.bad-coordinate"),
        (polygon("126,44"), "layer.bad-coordinate"),
        (polygon(RING[:2]), "layer.short-ring"),
        (polygon(bent(1, [200.0, 44.0])), "layer.out-of-range"),
        (polygon([[y, x] for x, y in RING]), "layer.swapped-axes"),
        (polygon([[457000, 4873000], [458000, 4873000], [458000, 4874000], [457000, 4873000]]),
         "layer.projected-undeclared"),
        (polygon([[13958000, 5450000], [13959000, 5450000], [13959000, 5451000], [13958000, 5450000]]),
         "layer.projected-undeclared"),
    ],
)  # fmt: skip
def test_a_shape_that_would_vanish_is_an_error_with_its_name(tmp_path: Path, geometry: Any, code: str) -> None:
    folder = project(tmp_path, feature("z", "zone", ZONE), feature("p", "park", geometry, parent_id="z"))
    found = findings(folder)
    assert [(finding.code, finding.severity, finding.file, finding.feature) for finding in found] == [
        (code, "error", "areas.geojson", "p")
    ]


def test_a_height_here_and_there_is_left_out(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(bent(1, [*RING[1], 200.0]))))
    plan = load_plan(folder)
    assert plan.areas.geometry.iloc[0].equals(shapely.Polygon(RING))
    assert not plan.areas.geometry.iloc[0].has_z


def test_an_open_ring_is_closed_and_said(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(RING[:-1])))
    assert (one(folder).code, one(folder).severity) == ("layer.open-ring", "warning")
    assert load_plan(folder).areas.geometry.iloc[0].equals(shapely.Polygon(RING))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"area_id": None}, "layer.no-id", None),
        ({"area_id": "  "}, "layer.no-id", None),
        ({"area_id": "outside"}, "layer.bad-id", None),
        ({"area_id": "=1+1"}, "layer.bad-id", None),
        ({"area_id": "a/b"}, "layer.bad-id", None),
        ({"area_id": "a\u202eb"}, "layer.bad-id", None),
        ({"area_id": "园" * 21}, "layer.bad-id", None),
        ({"level": None}, "layer.no-level", None),
        ({"level": "city"}, "layer.bad-choice", "level"),
        ({"name_zh": None}, "layer.no-name", None),
        ({"status": None}, "layer.no-status", None),
        ({"status": "drawn"}, "layer.bad-choice", "status"),
        ({"published_km2": "two"}, "layer.bad-number", "published_km2"),
        ({"published_km2": -1}, "layer.bad-number", "published_km2"),
        ({"uncertainty_m": True}, "layer.bad-number", "uncertainty_m"),
        ({"source_date": "May 2024"}, "layer.bad-date", "source_date"),
    ],
)
def test_properties_on_the_wrong_side(tmp_path: Path, change: dict[str, Any], code: str, field: str | None) -> None:
    drawn = feature("p", "park", polygon(RING))
    drawn["properties"].update(change)
    found = findings(project(tmp_path, drawn))
    assert [(finding.code, finding.severity, finding.field) for finding in found] == [(code, "error", field)]
    assert found[0].feature is not None


@pytest.mark.parametrize(
    "change",
    [
        {"area_id": "园" * 20}, {"published_km2": "1.0"}, {"published_km2": None}, {"uncertainty_m": 0},
        {"source_date": "2024"}, {"confidence": 0.4}, {"anything": {"else": 1}},
    ],
)  # fmt: skip
def test_properties_on_the_right_side(tmp_path: Path, change: dict[str, Any]) -> None:
    drawn = feature("p", "park", polygon(RING))
    drawn["properties"].update(change)
    assert findings(project(tmp_path, drawn)) == []


def test_a_missing_english_name_is_filled_and_said(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(RING), name_zh="园", name_en=None))
    assert one(folder).code == "layer.no-name-en"
    assert load_plan(folder).areas["name_en"].tolist() == ["园"]


def test_control_characters_are_removed_and_said(tmp_path: Path) -> None:
    drawn = feature("p", "park", polygon(RING), name_zh="园\x00区\ud800", name_en="two\nlines")
    text = json.dumps({"type": "FeatureCollection", "features": [drawn]})  # as \\u escapes
    folder = project(tmp_path)
    (folder / "areas.geojson").write_text(text, encoding="utf-8")
    assert (one(folder).code, one(folder).field) == ("layer.control-characters", "name_zh")
    assert load_plan(folder).areas[["name_zh", "name_en"]].iloc[0].tolist() == ["园区", "two lines"]
    drawn["properties"]["area_id"] = "\ud800"
    (folder / "areas.geojson").write_text(text.replace('"p"', '"\\ud800"'), encoding="utf-8")
    assert "layer.no-id" in {finding.code for finding in findings(folder)}


def test_a_column_with_nearly_our_name_is_pointed_out(tmp_path: Path) -> None:
    found = one(project(tmp_path, feature("p", "park", polygon(RING), publishd_km2=1)))
    assert (found.code, found.severity) == ("layer.unknown-field", "info")
    assert found.hint("en") == "Did you mean published_km2?"


def test_ids_are_unique_across_levels(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("a", "zone", ZONE), feature("a", "park", polygon(RING)))
    assert [(finding.code, finding.feature) for finding in findings(folder)] == [("layer.duplicate-id", "a")]


def test_the_layer_and_the_feature_agree_on_the_level(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("a", "zone", ZONE), layers='parks = "areas.geojson"\n')
    assert one(folder).code == "layer.level-differs"
    folder = project(tmp_path, feature("a", "park", ZONE), layers='parks = "areas.geojson"\n')
    assert findings(folder) == []
    drawn = feature("a", "park", ZONE)
    del drawn["properties"]["level"]
    folder = project(tmp_path, drawn, layers='parks = "areas.geojson"\n')
    assert load_plan(folder).areas["level"].tolist() == ["park"]


def test_the_older_name_of_the_parent_is_read(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("z", "zone", ZONE), feature("p", "park", polygon(RING), zone_id="z"))
    assert load_plan(folder).areas["parent_id"].fillna("-").tolist() == ["-", "z"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "layer.unreadable"),
        ('{"type": "FeatureCollection", "features": [', "layer.unreadable"),
        ("[" * 200_000, "layer.unreadable"),
        ('{"type": "Feature"}', "layer.not-collection"),
        ("[1, 2]", "layer.not-collection"),
        ('{"type": "FeatureCollection", "features": []}', "layer.no-features"),
        ('{"type": "FeatureCollection"}', "layer.no-features"),
    ],
)
def test_files_that_are_no_layer(tmp_path: Path, text: str, code: str) -> None:
    folder = project(tmp_path)
    (folder / "areas.geojson").write_text(text, encoding="utf-8")
    assert (one(folder).code, one(folder).file) == (code, "areas.geojson")


def test_a_layer_in_another_encoding_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(RING), name_zh="园区"))
    text = (folder / "areas.geojson").read_text(encoding="utf-8")
    (folder / "areas.geojson").write_bytes(text.encode("gb18030"))
    assert one(folder).code == "layer.unreadable"


@pytest.mark.parametrize("key", ["area_id", "geometry", "coordinates", "type"])
def test_a_key_written_twice_is_found_where_it_stands(tmp_path: Path, key: str) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(RING)))
    text = (folder / "areas.geojson").read_text(encoding="utf-8")
    at = text.rindex(f'"{key}"')
    (folder / "areas.geojson").write_text(text[:at] + f'"{key}": null, ' + text[at:], encoding="utf-8")
    assert ("layer.duplicate-key", "p", key) in {(f.code, f.feature, f.value) for f in findings(folder)}


def test_a_legacy_crs_member_is_followed_and_said(tmp_path: Path) -> None:
    names = {"EPSG:4551": 4551, "urn:ogc:def:crs:OGC:1.3:CRS84": 4326, "urn:ogc:def:crs:EPSG::3857": 3857}
    for name, code in names.items():
        frame = gpd.GeoSeries([shapely.Polygon(RING)], crs=4326).to_crs(code)
        member = {"type": "name", "properties": {"name": name}}
        folder = project(tmp_path, feature("p", "park", frame.iloc[0]), crs=member)
        expected = ("layer.crs-redundant", "info") if code == 4326 else ("layer.crs-member", "warning")
        assert (one(folder).code, one(folder).severity) == expected
        assert load_plan(folder).areas.geometry.iloc[0].equals_exact(shapely.Polygon(RING), 1e-9)
    folder = project(
        tmp_path, feature("p", "park", polygon(RING)), crs={"type": "name", "properties": {"name": "Mars"}}
    )
    assert "layer.unknown-crs" in {finding.code for finding in findings(folder)}
    folder = project(tmp_path, feature("p", "park", polygon(RING)), crs={"type": "link"})
    assert "layer.bad-crs-member" in {finding.code for finding in findings(folder)}


def test_a_declared_crs_is_followed_and_held_against_the_file(tmp_path: Path) -> None:
    metres = gpd.GeoSeries([shapely.Polygon(RING)], crs=4326).to_crs(4551).iloc[0]
    layers = 'areas = { path = "areas.geojson", crs = "EPSG:4551" }\n'
    folder = project(tmp_path, feature("p", "park", metres), layers=layers)
    assert load_plan(folder).areas.geometry.iloc[0].equals_exact(shapely.Polygon(RING), 1e-9)
    swapped = shapely.transform(metres, lambda points: points[:, ::-1])
    folder = project(tmp_path, feature("p", "park", swapped), layers=layers)
    assert [(f.code, f.feature) for f in findings(folder)] == [("layer.outside-crs", "p")]
    member = {"type": "name", "properties": {"name": "EPSG:3857"}}
    folder = project(tmp_path, feature("p", "park", metres), layers=layers, crs=member)
    assert "layer.crs-conflict" in {finding.code for finding in findings(folder)}
    folder = project(tmp_path, feature("p", "park", metres), layers='areas = "areas.geojson"\ncrs = "EPSG:1"\n')
    assert one(folder).code == "layer.unknown-crs"


@pytest.mark.parametrize("code", [3857, 4551, 32651])
@pytest.mark.parametrize("by", ["plan", "member"])
def test_degrees_declared_as_metres(tmp_path: Path, code: int, by: str) -> None:
    layers = 'areas = "areas.geojson"\n' + (f'crs = "EPSG:{code}"\n' if by == "plan" else "")
    member = {"crs": {"type": "name", "properties": {"name": f"EPSG:{code}"}}} if by == "member" else {}
    drawn = [feature("z", "zone", ZONE), feature("p", "park", polygon(RING), parent_id="z")]
    found = [finding for finding in findings(project(tmp_path, *drawn, layers=layers, **member))
             if finding.severity == "error"]  # fmt: skip
    assert [(f.code, f.file, f.feature) for f in found] == [("layer.degrees-declared-metres", "areas.geojson", None)]
    metres = gpd.GeoSeries([ZONE, shapely.Polygon(RING)], crs=4326).to_crs(code)
    for one_, moved in zip(drawn, metres, strict=True):
        one_["geometry"] = shapely.geometry.mapping(moved)
    assert [f for f in findings(project(tmp_path, *drawn, layers=layers, **member)) if f.severity == "error"] == []
    drawn[1]["geometry"] = polygon(RING)
    found = findings(project(tmp_path, *drawn, layers=layers, **member))
    assert ("layer.degrees-declared-metres", "p") in {(f.code, f.feature) for f in found}


@pytest.mark.parametrize("code", [4610, 2387])  # Xian 1980, in degrees and in Gauss-Kruger about 126 E
def test_an_old_datum_is_converted_and_said(tmp_path: Path, code: int) -> None:
    old = gpd.GeoSeries([shapely.Polygon(RING)], crs=4326).to_crs(code).iloc[0]
    layers = f'areas = "areas.geojson"\ncrs = "EPSG:{code}"\n'
    folder = project(tmp_path, feature("p", "park", old), layers=layers)
    assert (one(folder).code, one(folder).severity) == ("layer.other-datum", "warning")
    assert load_plan(folder).areas.geometry.iloc[0].equals_exact(shapely.Polygon(RING), 1e-7)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_declared_datum_is_converted(tmp_path: Path, datum: Any) -> None:
    def move(points: Any) -> Any:
        return np.column_stack(crs.from_wgs84(points[:, 0], points[:, 1], datum))

    moved = shapely.transform(shapely.Polygon(RING), move)
    layers = f'areas = "areas.geojson"\ndatum = "{datum}"\n'
    folder = project(tmp_path, feature("p", "park", moved), layers=layers)
    assert one(folder).code == "layer.converted"
    assert load_plan(folder).areas.geometry.iloc[0].equals_exact(shapely.Polygon(RING), 1e-9)


def test_one_area_far_from_the_others(tmp_path: Path) -> None:
    def moved(east: float, north: float) -> shapely.Polygon:
        return shapely.transform(shapely.Polygon(RING), lambda points: points + np.array((east, north)))

    near = [feature(f"p{i}", "park", box(i, 0, i + 0.5, 1)) for i in range(3)]
    assert findings(project(tmp_path, *near, feature("q", "park", moved(1, 0)))) == []
    found = one(project(tmp_path, *near, feature("q", "park", moved(-30, 0))))
    assert (found.code, found.feature) == ("layer.far-away", "q")
    # around Kashgar both orders are a place on earth: the other areas tell
    kashgar = [shapely.box(76 + i, 39, 76.5 + i, 39.5) for i in range(3)]
    wrong = shapely.transform(kashgar[0], lambda points: points[:, ::-1])
    drawn = [feature(f"p{i}", "park", polygon_) for i, polygon_ in enumerate(kashgar)]
    found = one(project(tmp_path, *drawn, feature("q", "park", wrong)))
    assert (found.code, found.feature) == ("layer.swapped-axes", "q")


def layer_frame() -> gpd.GeoDataFrame:
    rows = {
        "area_id": ["z", "p"], "level": ["zone", "park"], "parent_id": [None, "z"], "name_zh": ["片区", "园区"],
        "name_en": ["Zone", "Park"], "status": ["official", "schematic"], "published_km2": [47.9904, None],
        "source_date": ["2024-05", None],
    }  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=[ZONE, shapely.Polygon(RING)], crs="EPSG:4326")


def layered(folder: Path, name: str, extra: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.toml").write_text(f'{HEAD}areas = "{name}"\n{extra}', encoding="utf-8")
    return folder


def short(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.rename(columns={column.name: column.shp for column in schema.AREAS.columns})


@pytest.mark.parametrize("code", [4326, 4490, 4551])
@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
def test_formats_read_alike(tmp_path: Path, suffix: str, code: int) -> None:
    folder = layered(tmp_path, f"区 域.{suffix}")
    frame = layer_frame().to_crs(code)
    (short(frame) if suffix == "shp" else frame).to_file(folder / f"区 域.{suffix}", encoding="UTF-8")
    plan = load_plan(folder)
    want = schema.conform(layer_frame(), schema.AREAS)
    assert plan.findings == ()
    for name in ("area_id", "level", "name_zh", "name_en", "status", "source_date", "published_km2"):
        assert plan.areas[name].equals(want[name]), name
    assert plan.areas.geometry.normalize().geom_equals_exact(want.geometry.normalize(), 1e-8).all()


def test_kml_reads_alike(tmp_path: Path) -> None:
    folder = layered(tmp_path, "areas.kml")
    marks = []
    for row in layer_frame().itertuples():
        data = "".join(
            f'<Data name="{name}"><value>{getattr(row, name)}</value></Data>'
            for name in ("area_id", "level", "name_en", "status")
        )
        spots = " ".join(f"{x!r},{y!r},0" for x, y in row.geometry.exterior.coords)
        marks.append(
            f"<Placemark><name>{row.name_zh}</name><ExtendedData>{data}</ExtendedData><Polygon><outerBoundaryIs>"
            f"<LinearRing><coordinates>{spots}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        )
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(marks)}</Document></kml>'
    (folder / "areas.kml").write_text(text, encoding="utf-8")
    plan = load_plan(folder)
    assert [finding.code for finding in plan.findings] == ["hierarchy.by-geometry"]
    assert plan.areas["name_zh"].tolist() == ["片区", "园区"]
    assert plan.areas.geometry.geom_equals_exact(layer_frame().geometry, 0).all()
    gdal = gpd.read_file(folder / "areas.kml")  # another reader agrees where nothing is wrong
    assert shapely.force_2d(gdal.geometry.iloc[0]).equals(plan.areas.geometry.iloc[0])
    for old, new, code in (
        ("126.", "x126.", "layer.bad-coordinate"),
        ("</Document>", "<NetworkLink/></Document>", "layer.network-link"),
        ("<kml", "<!DOCTYPE kml><kml", "layer.unreadable"),
        ("</kml>", "", "layer.unreadable"),
        ("Polygon>", "LineString>", "layer.not-polygon"),
        ("</ExtendedData>", '<Data name="area_id"><value>x</value></Data></ExtendedData>', "layer.duplicate-key"),
    ):
        (folder / "areas.kml").write_text(text.replace(old, new), encoding="utf-8")
        assert code in {finding.code for finding in findings(folder)}, code


def test_a_shapefile_whose_files_disagree(tmp_path: Path) -> None:
    def write() -> Path:
        folder = layered(tmp_path / "p", "a.shp")
        short(layer_frame()).to_file(folder / "a.shp", encoding="UTF-8")
        return folder

    assert findings(write()) == []
    for part in ("shp", "shx", "dbf"):
        folder = write()
        whole = (folder / f"a.{part}").read_bytes()
        (folder / f"a.{part}").write_bytes(whole[:-40])
        assert one(folder).code == "layer.shapefile-broken", part
    for part in ("shx", "dbf"):
        folder = write()
        (folder / f"a.{part}").unlink()
        assert one(folder).code == "layer.shapefile-part"
    folder = write()
    short(layer_frame().iloc[:1]).to_file(tmp_path / "b.shp", encoding="UTF-8")
    (folder / "a.dbf").write_bytes((tmp_path / "b.dbf").read_bytes())
    assert one(folder).code == "layer.shapefile-counts"
    folder = write()
    table = bytearray((folder / "a.dbf").read_bytes())
    table[int.from_bytes(table[8:10], "little")] = ord("*")
    (folder / "a.dbf").write_bytes(table)
    assert one(folder).code == "layer.shapefile-deleted"


def test_the_encoding_of_a_shapefile(tmp_path: Path) -> None:
    folder = layered(tmp_path, "a.shp")
    short(layer_frame()).to_file(folder / "a.shp", encoding="GB18030")
    assert load_plan(folder).areas["name_zh"].tolist() == ["片区", "园区"]  # by its .cpg
    (folder / "a.cpg").unlink()
    assert one(folder).code == "layer.encoding-guessed"
    assert load_plan(folder).areas["name_zh"].tolist() == ["片区", "园区"]
    table = (folder / "a.dbf").read_bytes().replace("片区".encode("gb18030"), b"\xff\xff\xff\xff")
    (folder / "a.dbf").write_bytes(table)
    assert one(folder).code == "layer.encoding"


def test_what_gdal_remarks_is_a_finding(tmp_path: Path) -> None:
    folder = layered(tmp_path, "a.shp")
    short(layer_frame()).to_file(folder / "a.shp", encoding="UTF-8")
    table = (folder / "a.dbf").read_bytes()
    assert b"47.9904" in table
    (folder / "a.dbf").write_bytes(table.replace(b"47.9904", b"4x.9904"))
    remark = findings(folder)[0]
    assert (remark.code, remark.severity) == ("layer.reader-remark", "warning")
    assert "4x.9904" in remark.message("en")


def test_a_shapefile_without_a_projection(tmp_path: Path) -> None:
    folder = layered(tmp_path, "a.shp")
    short(layer_frame()).to_file(folder / "a.shp", encoding="UTF-8")
    (folder / "a.prj").unlink()
    assert one(folder).code == "layer.no-crs"
    short(layer_frame().to_crs(4551)).to_file(folder / "a.shp", encoding="UTF-8")
    (folder / "a.prj").unlink()
    assert {finding.code for finding in findings(folder)} == {"layer.no-crs", "layer.projected-undeclared"}
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8") + 'crs = "EPSG:4551"\n', encoding="utf-8")
    assert findings(folder) == []  # read as declared, and nothing else is said


def test_geopackages_on_the_wrong_side(tmp_path: Path) -> None:
    folder = layered(tmp_path, "a.gpkg")
    layer_frame().to_file(folder / "a.gpkg", layer="one")
    whole = (folder / "a.gpkg").read_bytes()
    (folder / "a.gpkg").write_bytes(whole[:-4096])
    assert one(folder).code == "layer.unreadable"
    (folder / "a.gpkg").write_bytes(b"<OGRVRTDataSource/>")
    assert one(folder).code == "layer.unreadable"
    (folder / "a.gpkg").write_bytes(whole)
    layer_frame().to_file(folder / "a.gpkg", layer="two")
    assert one(folder).code == "layer.many-layers"
    layered(tmp_path, "-", "").joinpath("plan.toml").write_text(
        HEAD + 'areas = { path = "a.gpkg", layer = "two" }\n', encoding="utf-8"
    )
    assert findings(folder) == []
    (folder / "plan.toml").write_text(HEAD + 'areas = { path = "a.gpkg", layer = "three" }\n', encoding="utf-8")
    assert one(folder).code == "layer.no-layer"
    frame = layer_frame()
    frame.loc[1, "geometry"] = None
    (folder / "a.gpkg").unlink()
    frame.to_file(folder / "a.gpkg")
    layered(tmp_path, "a.gpkg")
    assert [(f.code, f.feature) for f in findings(folder)] == [("layer.no-geometry", "p")]


def test_other_formats_are_refused(tmp_path: Path) -> None:
    folder = layered(tmp_path, "a.vrt")
    (folder / "a.vrt").write_text("<OGRVRTDataSource/>", encoding="utf-8")
    assert one(folder).code == "layer.format"


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, feature("p", "park", polygon(RING)))
    size = (folder / "areas.geojson").stat().st_size
    monkeypatch.setattr(layers, "MAX_BYTES", size)
    assert findings(folder) == []
    monkeypatch.setattr(layers, "MAX_BYTES", size - 1)
    with pytest.raises(LimitError) as refused:
        load_plan(folder)
    assert [finding.code for finding in refused.value.findings] == ["layer.too-large"]


def test_a_folder_of_a_kml_is_a_layer(tmp_path: Path) -> None:
    def mark(name: str) -> str:
        data = "".join(
            f'<Data name="{key}"><value>{value}</value></Data>'
            for key, value in (("area_id", name), ("level", "park"), ("name_en", name), ("status", "schematic"))
        )
        spots = " ".join(f"{x},{y}" for x, y in RING)
        return (
            f"<Folder><name>{name}</name><Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData><Polygon>"
            f"<outerBoundaryIs><LinearRing><coordinates>{spots}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
            "</Placemark></Folder>"
        )

    folder = layered(tmp_path, "-")
    (folder / "a.kml").write_text(f"<kml><Document>{mark('one')}{mark('two')}</Document></kml>", encoding="utf-8")
    (folder / "plan.toml").write_text(HEAD + 'areas = { path = "a.kml", layer = "two" }\n', encoding="utf-8")
    assert load_plan(folder).areas["area_id"].tolist() == ["two"]
    (folder / "plan.toml").write_text(HEAD + 'areas = { path = "a.kml", layer = "three" }\n', encoding="utf-8")
    assert one(folder).code == "layer.no-features"


def test_a_context_layer_needs_no_more_than_shapes(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("z", "zone", ZONE), layers='areas = "areas.geojson"\ncontext = "c.geojson"\n')
    drawn = {"type": "Feature", "properties": {"name": "河"}, "geometry": polygon(RING)}
    text = json.dumps({"type": "FeatureCollection", "features": [drawn]})
    (folder / "c.geojson").write_text(text, encoding="utf-8")
    context = load_plan(folder).context
    assert context is not None
    assert context["name_zh"].tolist() == ["河"]


def test_six_different_faults_are_six_located_findings(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        feature("text", "zone", polygon(bent(1, ["126.0", 44.0]))),
        feature("null", "zone", None),
        feature("twice", "zone", box(0, 0, 1, 1)),
        feature("twice", "zone", box(1, 0, 2, 1)),
        feature("bow", "park", shape((3, 0), (4, 1), (4, 0), (3, 1))),
        feature("swapped", "park", polygon([[y, x] for x, y in RING])),
        feature("nameless", "park", box(5, 0, 6, 1), name_zh=None),
    )
    found = findings(folder)
    assert {(finding.code, finding.feature, finding.file) for finding in found} == {
        ("layer.bad-coordinate", "text", "areas.geojson"),
        ("layer.no-geometry", "null", "areas.geojson"),
        ("layer.duplicate-id", "twice", "areas.geojson"),
        ("topology.invalid", "bow", "areas.geojson"),
        ("layer.swapped-axes", "swapped", "areas.geojson"),
        ("layer.no-name", "nameless", "areas.geojson"),
    }
    assert len(found) == 6


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_json_in_place_of_a_shape_is_read_or_named(junk: Any) -> None:
    """No geometry makes the reader fail in another way than by a finding that names the feature."""
    for geometry in (
        junk,
        polygon(junk),
        polygon([junk, junk, junk, junk]),
        {"type": "MultiPolygon", "coordinates": junk},
    ):
        read, found = read_polygon(geometry, {"file": "a", "feature": "p"})
        assert (read is None) == any(finding.severity == "error" for finding in found)
        assert all(finding.feature == "p" for finding in found)
