"""The shipped project: what is published holds exactly, what is drawn or made up says so.

The oracles stand here and not in the scripts: published areas and positions, anchor coordinates, the check digits of
GB 32100-2015, the colour-vision matrices of Machado, Oliveira and Fernandes (2009).
"""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import parkatlas
from parkatlas import crs, schema

PUBLISHED = {
    "core": 18.4, "core-port": 5.4, "core-town": 5.0, "core-chem": 8.0, "zone-konggang": 100.0,
    "park-fine-chemical": 9.0, "park-fine-chemical-1": 3.698, "park-fine-chemical-2": 5.302, "park-biomedicine": 6.0,
    "park-yatai": 0.68, "park-zhuoyi": 0.1837, "park-chen-xuesi": 0.05052, "park-beihu-tech": 0.66,
    "park-beihu-tech-bio": 0.0544, "park-genscience": 0.12, "park-overseas": 0.0504, "park-alvotech": 0.106,
}  # fmt: skip
NOT_PUBLISHED = {"zone-beihu", "zone-gaoxin", "park-innovation", "park-beihu-ciac", "park-bcht"}
PARTS = ["core-port", "core-town", "core-chem"]
AIRPORT = (125.685, 43.9962)
# The line between Kuancheng and Jiutai, as two public datasets have it.
DISTRICT = [(125.429, 44.0), (125.4275, 44.005), (125.4255, 44.01), (125.4277, 44.02), (125.421, 44.03),
            (125.418, 44.04), (125.418, 44.05)]  # fmt: skip
LAYERS = {"core": "core", "zones": "zone", "parks": "park"}
# Companies of other cities, and names without any source.
NOT_SHIPPED = (
    "博大伟业", "华康", "通化东宝", "敖东", "新开河", "英利", "英联", "光华医", "国药一心", "祈健", "吉林亚泰制药",
    "亚泰生物药业", "大政药业", "新安药业", "雷允上", "翔通", "天诚药业", "普华", "远大国奥", "银诺克", "经开药业",
    "四长", "道君", "博迅", "博泰", "赛诺迈德", "吉林大药房", "九州通", "国药控股", "药检院", "第一医院", "中日联谊",
)  # fmt: skip
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture(scope="module")
def areas(geodata: Path) -> gpd.GeoDataFrame:
    layers = [gpd.read_file(geodata / f"{name}.geojson") for name in LAYERS]
    return pd.concat(layers).set_index("area_id", drop=False)


@pytest.fixture(scope="module")
def metric(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return areas.to_crs(4551)


@pytest.fixture(scope="module")
def plan(geodata: Path) -> dict[str, Any]:
    return tomllib.loads((geodata / "plan.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def recorded(geodata: Path) -> pd.DataFrame:
    return pd.read_csv(geodata / "recorded.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def scenario(geodata: Path) -> pd.DataFrame:
    return pd.read_csv(geodata / "scenario.csv", dtype={"credit_code": str, "gbt_code": str, "founded": str})


def features(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


# the files


def test_regenerating_gives_the_same_bytes(geodata: Path, tmp_path: Path) -> None:
    for script in ("draw_layers.py", "make_scenario.py"):
        subprocess.run([sys.executable, "-W", "error", str(geodata / script), str(tmp_path)], check=True)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == ["context.geojson", "core.geojson", "parks.geojson", "scenario.csv", "zones.geojson"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (geodata / name).read_bytes(), name


def test_the_scenario_script_keeps_its_word(geodata: Path) -> None:
    subprocess.run([sys.executable, "-m", "doctest", str(geodata / "make_scenario.py")], check=True)


def test_the_schema_beside_the_plan_is_the_published_one(geodata: Path) -> None:
    published = Path(parkatlas.__file__).parent / "plan.schema.json"
    assert (geodata / "plan.schema.json").read_bytes() == published.read_bytes()
    assert (geodata / "plan.toml").read_text(encoding="utf-8").startswith("#:schema ./plan.schema.json\n")


def test_nothing_in_the_project_is_doubtful_to_the_tool(geodata: Path) -> None:
    survey = parkatlas.survey(geodata)
    assert {finding.severity for finding in survey.findings} <= {"info"}
    assert survey.rejects.empty
    counts = survey.conservation["scenario"]
    assert counts["read"] == 1000
    assert counts["located"] + counts["outside"] == 1000


@pytest.mark.parametrize("name", [*LAYERS, "context"])
def test_layers_are_rfc_7946(geodata: Path, name: str) -> None:
    data = json.loads((geodata / f"{name}.geojson").read_text(encoding="utf-8"))
    assert set(data) == {"type", "features"}  # no crs member: WGS 84
    for feature in data["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert 125 < west <= east < 126  # longitude first
        assert 43.5 < south <= north < 44.2
        if shape.geom_type == "Polygon":
            assert shapely.is_ccw(shape.exterior)
        coordinates = shapely.get_coordinates(shape)
        assert (coordinates == coordinates.round(7)).all()


# the areas


def test_areas_have_exactly_the_declared_columns(geodata: Path) -> None:
    for name, level in LAYERS.items():
        for feature in features(geodata / f"{name}.geojson"):
            assert tuple(feature["properties"]) == schema.AREAS.names
            assert feature["properties"]["level"] == level


def test_one_core_with_its_parts_three_zones_and_at_least_twelve_parks(areas: gpd.GeoDataFrame) -> None:
    assert areas.index.is_unique
    assert sorted(areas.index[areas["level"] == "core"]) == ["core", *sorted(PARTS)]
    assert (areas["level"] == "zone").sum() == 3
    assert (areas["level"] == "park").sum() >= 12
    assert areas.loc["park-beihu-ciac", "name_zh"] == "应化所北湖创新园"


def test_every_published_area_is_held(areas: gpd.GeoDataFrame) -> None:
    measured = crs.area_km2(areas)
    assert set(areas.index) == set(PUBLISHED) | NOT_PUBLISHED
    assert areas["published_km2"].dropna().to_dict() == PUBLISHED
    for area_id, km2 in PUBLISHED.items():
        assert measured[area_id] == pytest.approx(km2, rel=1e-4), area_id


def test_areas_agree_with_the_ellipsoid(areas: gpd.GeoDataFrame) -> None:
    assert crs.metric_crs_of(areas).to_epsg() == 4551
    np.testing.assert_allclose(crs.area_km2(areas), crs.geodesic_area_km2(areas), rtol=2e-4)


def test_published_sums() -> None:
    assert sum(PUBLISHED[part] for part in PARTS) == pytest.approx(PUBLISHED["core"])
    phases = PUBLISHED["park-fine-chemical-1"] + PUBLISHED["park-fine-chemical-2"]
    assert phases == pytest.approx(PUBLISHED["park-fine-chemical"])


@pytest.mark.parametrize(
    ("whole", "parts"),
    [("core", PARTS), ("park-fine-chemical", ["park-fine-chemical-1", "park-fine-chemical-2"])],
)
def test_parts_fill_their_whole_and_share_its_vertices(areas: gpd.GeoDataFrame, whole: str, parts: list[str]) -> None:
    shapes = [areas.geometry[part] for part in parts]
    assert shapely.union_all(shapes).equals(areas.geometry[whole])
    for one, other in itertools.combinations(shapes, 2):
        assert one.intersection(other).area == 0
    ring = {tuple(xy) for xy in shapely.get_coordinates(areas.geometry[whole])}
    edges = {tuple(xy) for shape in shapes for xy in shapely.get_coordinates(shape)}
    assert ring <= edges


def test_parts_lie_where_the_plan_says(metric: gpd.GeoDataFrame) -> None:
    x0, y0 = metric.geometry["core"].centroid.coords[0]
    port, town, chem = (metric.geometry[part].centroid for part in PARTS)
    assert port.x < x0
    assert port.y < y0
    assert town.x < x0
    assert town.y > y0
    assert chem.x > x0
    assert max(port.x, town.x) < metric.geometry["core-chem"].bounds[0]


def test_the_core_stands_on_its_anchors(areas: gpd.GeoDataFrame, metric: gpd.GeoDataFrame) -> None:
    core = areas.geometry["core"]
    assert core.bounds[0] == pytest.approx(125.3785, abs=2e-4)  # North Yuanda Avenue
    ring = [(125.30, 43.95), (125.429, 43.95), *DISTRICT, (125.418, 44.10), (125.30, 44.10)]
    district = gpd.GeoSeries([shapely.Polygon(ring)], crs=4326).to_crs(4551)
    inside = metric.geometry["core"].intersection(district.iloc[0]).area / metric.geometry["core"].area
    assert inside >= 0.95
    assert areas.geometry["zone-beihu"].covers(core)
    beihu = (125.37626, 43.96811)  # the place node of Beihu: the valley lies to its north-east
    assert core.centroid.x > beihu[0]
    assert core.centroid.y > beihu[1]


def test_the_airport_is_about_twenty_kilometres_away(areas: gpd.GeoDataFrame) -> None:
    centre, east = areas.geometry["core"].centroid, areas.geometry["core"].bounds[2]
    geod = pyproj.Geod(ellps="WGS84")
    for lon, lat in ((centre.x, centre.y), (east, centre.y)):
        assert 18_000 < geod.inv(lon, lat, *AIRPORT)[2] < 24_000
    assert areas.geometry["zone-konggang"].covers(shapely.Point(AIRPORT))


def test_zones_stand_apart_and_on_their_anchors(areas: gpd.GeoDataFrame) -> None:
    zones = areas[areas["level"] == "zone"].geometry
    for one, other in itertools.combinations(zones, 2):
        assert one.disjoint(other)
    river = [(125.3535, 43.9524), (125.3468, 43.9799), (125.3206, 43.9937), (125.3122, 44.0215)]
    vertices = {tuple(xy) for xy in shapely.get_coordinates(zones["zone-beihu"]).round(4)}
    assert vertices >= set(river)
    assert zones["zone-gaoxin"].covers(shapely.Point(125.25244, 43.78625))  # the place node of the High-tech zone


def ancestors(areas: gpd.GeoDataFrame, area_id: str) -> list[str]:
    parent = areas.loc[area_id, "parent_id"]
    return [] if pd.isna(parent) else [parent, *ancestors(areas, parent)]


def test_every_area_lies_in_its_parents(areas: gpd.GeoDataFrame) -> None:
    for area_id in areas.index[areas["level"] != "zone"]:
        above = ancestors(areas, area_id)
        assert above[-1].startswith("zone-")
        assert all(areas.geometry[parent].covers(areas.geometry[area_id]) for parent in above), area_id


def test_parks_overlap_only_where_one_nests_in_the_other(areas: gpd.GeoDataFrame, metric: gpd.GeoDataFrame) -> None:
    parks = areas.index[areas["level"] == "park"]
    for one, other in itertools.combinations(parks, 2):
        if one not in ancestors(areas, other) and other not in ancestors(areas, one):
            assert metric.geometry[one].intersection(metric.geometry[other]).area < 1, (one, other)


def test_parks_stand_where_their_sources_say(areas: gpd.GeoDataFrame) -> None:
    assert areas.geometry["park-yatai"].bounds[0] == pytest.approx(125.3785, abs=0.002)  # on North Yuanda Avenue
    assert areas.loc["park-yatai", "parent_id"] == "park-biomedicine"
    west, south, east, _ = areas.geometry["park-innovation"].bounds
    assert west > 125.3785  # east of North Yuanda Avenue
    assert east < 125.4057  # and west of Zhongke Street
    assert south > 44.0168  # north of either junction that may be Xingfu Road
    assert areas.geometry["core-chem"].covers(areas.geometry["park-fine-chemical-1"])
    assert "park-fine-chemical" in ancestors(areas, "park-chen-xuesi")


def test_every_area_says_where_it_comes_from_and_that_it_is_schematic(areas: gpd.GeoDataFrame) -> None:
    assert (areas["status"] == "schematic").all()
    assert areas["source_url"].str.startswith("http").all()
    assert areas["source_date"].astype(str).str.fullmatch(schema.DATE.pattern).all()
    assert areas["confidence"].astype(float).between(0.05, 0.5).all()
    assert (areas["uncertainty_m"] >= 500).all()
    assert (areas["note"].str.encode("utf-8").str.len() <= schema.AREAS["note"].width).all()
    guessed = areas["note"].str.contains("推定|推断|未知|未公布|示意")
    assert guessed.all(), list(areas.index[~guessed])
    assert areas.loc[areas["level"] == "zone", "name_zh"].str.contains("示意").all()


def test_context_carries_its_attribution(geodata: Path) -> None:
    rows = {row["properties"]["context_id"]: row for row in features(geodata / "context.geojson")}
    kinds = {row["properties"]["kind"] for row in rows.values()}
    assert kinds == {"river", "road", "rail", "airport", "place", "area"}
    for key, row in rows.items():
        words = row["properties"]
        assert words["name_zh"]
        assert words["name_en"]
        assert words["source_date"]
        assert words["confidence"] in "HM"
        assert bool(words["source_url"]) != (key == "airport-longjia")  # its note names the package
        assert ("© OpenStreetMap contributors, ODbL 1.0" in words["note"]) != (key == "airport-longjia")
    assert tuple(rows["airport-longjia"]["geometry"]["coordinates"]) == AIRPORT
    yongchun = gpd.GeoDataFrame.from_features([rows["area-yongchun"]], crs=4326)
    assert crs.area_km2(yongchun)[0] == pytest.approx(28.0, rel=1e-4)
    assert 125.285 < yongchun.total_bounds[0] < 125.2892  # between the roads that give 28.7 and 26.9 km2


# the plan


def test_the_plan_states_its_targets_and_slogans(plan: dict[str, Any]) -> None:
    assert plan["plan"]["released"] == "2023-01-12"
    targets = {row["metric"]: (row["value"], row["unit"], row["by"]) for row in plan["targets"]}
    assert targets == {"enterprises": (1000, "enterprises", "2028-01"), "output": (1000, "CNY 100m", "2028-01")}
    slogans = {row["id"]: row for row in plan["patterns"]}
    assert set(slogans) == {"363", "one-core-three-zones-multiple-parks"}
    assert all(row["unknown_zh"] and row["unknown_en"] for row in slogans.values())


def test_only_figures_of_the_whole_industry_meet_the_targets(plan: dict[str, Any]) -> None:
    for target in plan["targets"]:
        wanted = [target[key] for key in ("metric", "scope", "unit")]
        met = {row["id"] for row in plan["observations"] if [row[key] for key in ("metric", "scope", "unit")] == wanted}
        kind = {"enterprises": "enterprises", "output": "output"}[target["metric"]]
        assert met == {f"new-area-{kind}-2017", f"new-area-{kind}-2021"}
    values = {row["id"]: row["value"] for row in plan["observations"]}
    assert (values["new-area-enterprises-2021"], values["new-area-output-2021"]) == (400, 223)
    # one figure a scope, metric and period: nothing of another scope hides in a series
    keys = [(row["metric"], row["scope"], row["date"]) for row in plan["observations"]]
    assert len(keys) == len(set(keys))
    # "size of industry" and "output" of the same year differ by a factor of 3.6 and have different names
    assert values["city-size-2024"] / values["city-large-output-2024"] == pytest.approx(3.6, abs=0.01)


def test_the_four_academicians_and_their_fields(plan: dict[str, Any], areas: gpd.GeoDataFrame) -> None:
    projects = {row["id"]: row for row in plan["projects"]}
    four = projects["academicians"]
    assert four["people"] == ["汪尔康", "夏咸柱", "金宁一", "陈学思"]
    assert four["fields_en"] == [
        "functional materials", "biomedicine", "inspection and monitoring", "high-end biologics R&D"
    ]  # fmt: skip
    for person in four["people"]:
        own = [row for row in plan["projects"] if row.get("people") == [person]]
        assert len(own) == 1
        assert own[0]["fields_zh"]
    assert projects["ciac-beihu"]["area_id"] == "park-beihu-ciac"
    assert {row["area_id"] for row in plan["projects"] if "area_id" in row} <= set(areas.index)


def test_figures_and_projects_have_sources(plan: dict[str, Any]) -> None:
    for row in [*plan["patterns"], *plan["targets"], *plan["observations"], *plan["projects"]]:
        assert row.get("source_url", "").startswith("http") or "未记录" in row["note_zh"], row["id"]
        assert row["confidence"] in ("H", "M", "L")
    scopes = {row["scope"] for row in [*plan["targets"], *plan["observations"]]}
    assert scopes == set(plan["scopes"])


MACHADO = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIELAB of linear sRGB, shape (n, 3)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(rgb, 0, 1) @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.column_stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


@pytest.mark.parametrize("vision", MACHADO)
def test_sector_colours_are_told_apart(plan: dict[str, Any], vision: str) -> None:
    colours = [row["colour"] for row in plan["sectors"].values()]
    srgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in [*colours, "#FFFFFF"]]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = lab(linear @ MACHADO[vision].T)
    distance = np.sqrt(((seen[:, None] - seen[None]) ** 2).sum(-1))[np.triu_indices(len(seen), 1)]
    assert distance.min() > 15  # six and a half just-noticeable differences; white paper is among them


# the registers


def test_registers_are_told_apart(plan: dict[str, Any]) -> None:
    assert [(row["id"], row["kind"]) for row in plan["registers"]] == [
        ("recorded", "recorded"), ("scenario", "synthetic")
    ]  # fmt: skip
    synthetic = plan["registers"][1]
    assert "非真实" in synthetic["name_zh"]
    assert "not real" in synthetic["name_en"]
    assert "20280112" in synthetic["note_en"]


def test_recorded_names_and_codes(recorded: pd.DataFrame, plan: dict[str, Any]) -> None:
    assert recorded["enterprise_id"].is_unique
    assert recorded["name_zh"].is_unique
    assert (recorded["entity"] == "enterprise").sum() >= 30
    assert (recorded["entity"] != "enterprise").sum() >= 16
    assert set(recorded["sector"]) <= set(plan["sectors"])
    for row in recorded[recorded["gbt_code"] != ""].itertuples():
        assert any(row.gbt_code.startswith(code) for code in plan["sectors"][row.sector]["gbt"]), row.name_zh
    shipped = " ".join(recorded["name_zh"])
    assert [name for name in NOT_SHIPPED if name in shipped] == []


def test_recorded_places_are_evidence_or_nothing(recorded: pd.DataFrame, areas: gpd.GeoDataFrame) -> None:
    declared = recorded["declared_area"]
    assert set(declared) - {""} <= set(areas.index)
    pointed = recorded[recorded["lon"] != ""]
    assert list(pointed["enterprise_id"]) == ["neigae"]
    assert (pointed["uncertainty_m"].astype(float) >= 1390).all()  # datum not stated: BD-09 is that far off
    assert (pointed["location_quality"] == "area").all()
    assert (recorded.loc[(recorded["lon"] == "") & (declared == ""), "location_quality"] == "none").all()
    assert (recorded["source_url"].str.startswith("http") | (recorded["confidence"] == "L")).all()
    assert (recorded["note"].str.encode("utf-8").str.len() <= schema.ENTERPRISES["note"].width).all()
    host_only = recorded["source_url"].str.fullmatch(r"https?://[^/]+/?")
    assert recorded.loc[host_only, "note"].str.contains("only the host").all()
    away = recorded["address"].str.contains("双阳|净月|经开|朝阳区")
    assert away.sum() >= 5
    assert (declared[away] == "").all()


def test_recorded_cells_are_plain_text(geodata: Path) -> None:
    with (geodata / "recorded.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]
    assert set(rows[0]) <= {*schema.ENTERPRISES.names, "lon", "lat"}


def test_scenario_is_exactly_the_target(scenario: pd.DataFrame) -> None:
    assert len(scenario) == 1000
    assert int(scenario["output"].sum()) == 10_000_000  # CNY 10k
    assert (scenario["output"] > 0).all()
    assert (scenario["employees"] >= 1).all()
    assert scenario["founded"].astype(int).between(1990, 2027).all()
    ranked = scenario["output"].sort_values(ascending=False)
    assert ranked.head(100).sum() > ranked.tail(900).sum()  # heavy-tailed
    per_head = scenario.loc[scenario["employees"] >= 10, "output"] / scenario["employees"]
    assert per_head.dropna().between(10, 1500).all()


def test_every_row_of_the_scenario_says_that_it_is_synthetic(scenario: pd.DataFrame) -> None:
    numbers = [f"{i:04d}" for i in range(1, 1001)]
    assert list(scenario["enterprise_id"]) == [f"SYN-{n}" for n in numbers]
    assert list(scenario["name_zh"]) == [f"合成企业{n}(非真实)" for n in numbers]
    assert list(scenario["name_en"]) == [f"Synthetic enterprise {n} (not real)" for n in numbers]
    assert set(scenario["location_quality"]) == {"synthetic"}
    assert scenario["note"].str.contains("Synthetic, not real; seed 20280112").all()


def test_codes_of_the_scenario_pass_the_checks_in_a_region_that_does_not_exist(scenario: pd.DataFrame) -> None:
    assert scenario["credit_code"].is_unique
    for code in scenario["credit_code"]:
        assert len(code) == 18
        assert code[2:8] == "000000"
        weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # GB 32100-2015
        total = sum(ALPHABET.index(char) * weight for char, weight in zip(code[:17], weights, strict=True))
        assert code[17] == ALPHABET[(31 - total % 31) % 31]
        inner = 11 - sum(int(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        assert code[16] == {10: "X", 11: "0"}.get(inner, str(inner))  # GB 11714


def test_scenario_places(scenario: pd.DataFrame, metric: gpd.GeoDataFrame, plan: dict[str, Any]) -> None:
    assert not scenario.duplicated(["lon", "lat"]).any()
    points = gpd.GeoSeries.from_xy(scenario["lon"], scenario["lat"], crs=4326).to_crs(4551)
    park = points.within(metric.geometry[metric["level"] == "park"].union_all())
    zone = points.within(metric.geometry[metric["level"] == "zone"].union_all())
    assert (park.sum(), (zone & ~park).sum(), (~zone).sum()) == (756, 219, 25)
    chemical = scenario["sector"] == "chemical"
    fine = points.within(metric.geometry["park-fine-chemical"])
    assert chemical[fine].mean() > 3 * chemical[~fine].mean()  # sectors cluster, as the assumptions say
    assert set(scenario["sector"]) == set(plan["sectors"]) - {"other"}
    for row in scenario.itertuples():
        assert any(row.gbt_code.startswith(code) for code in plan["sectors"][row.sector]["gbt"])


def test_the_dictionary_names_every_area_and_file(geodata: Path, areas: gpd.GeoDataFrame) -> None:
    text = (geodata / "README.md").read_text(encoding="utf-8")
    assert [area_id for area_id in areas.index if f"`{area_id}`" not in text] == []
    shipped = {path.name for path in geodata.iterdir() if path.is_file() and path.name != "README.md"}
    assert [name for name in shipped if f"`{name}`" not in text] == []
    assert "© OpenStreetMap contributors" in text
