"""The pipeline from Python: what a build returns, and what a failure leaves."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import folium
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import town

import parkatlas
from parkatlas import schema, webmap
from parkatlas.crs import from_wgs84
from parkatlas.errors import InputError, ParkatlasError, PlanError, WriteError
from parkatlas.pipeline import Streaming, build_and_publish, repair_project

DAY = datetime.date(2026, 5, 1)
MADE_UP = """
[[registers]]
id = "made-up"
name_zh = "情景"
name_en = "Scenario"
path = "scenario.csv"
kind = "synthetic"
as_of = "2030"
datum = "wgs84"
columns = { enterprise_id = "编号", name_zh = "企业名称" }
defaults = { location_quality = "synthetic" }
"""


def test_build_returns_tables_and_a_folium_map(town_folder: Path) -> None:
    atlas = parkatlas.build(town_folder, today=DAY)
    located = schema.validate(atlas.registers["list"], schema.LOCATED)
    assert list(located["enterprise_id"]) == list(town.ENTERPRISES)
    schema.validate(atlas.statistics["list"]["areas"], schema.AREA_STATISTICS)
    schema.validate(atlas.statistics["list"]["sectors"], schema.SECTOR_STATISTICS)
    schema.validate(atlas.targets, schema.TARGET_STATUS)
    schema.validate(atlas.rejects, schema.REJECTS)
    assert isinstance(atlas.map, folium.Map)
    assert sorted(town_folder.parent.iterdir()) == [town_folder], "nothing is written without out="


def test_every_step_is_a_plain_function(town_folder: Path) -> None:
    plan = parkatlas.load_plan(town_folder)
    raw = parkatlas.read_table(town_folder / "enterprises.csv")
    taken = parkatlas.normalize_table(raw, plan.registers[0], plan)
    located = parkatlas.locate_enterprises(taken.enterprises, plan.areas)
    assert parkatlas.statistics.area_table(located, plan.areas).set_index("area_id")["n"].to_dict() == town.COUNTS


def test_rejected_rows_are_listed_and_add_up(town_folder: Path, tmp_path: Path) -> None:
    with (town_folder / "enterprises.csv").open("a", encoding="utf-8") as stream:
        stream.write('e13,"=HYPERLINK(""http://x"")",abc,44,bio,,,\n')
    atlas = parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert atlas.conservation["list"]["read"] == 13
    assert atlas.conservation["list"]["rejected"] == 1
    lines = (tmp_path / "atlas" / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "14" in lines[1], "the row number is the file's own"


def test_two_refused_registers_are_both_named(town_folder: Path) -> None:
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    second = plan[plan.index("[[registers]]") : plan.index("[scopes.town-all]")]
    second = second.replace('id = "list"', 'id = "second"').replace("enterprises.csv", "second.csv")
    (town_folder / "plan.toml").write_text(plan.replace("[scopes.town-all]", second + "[scopes.town-all]"), "utf-8")
    for name in ("enterprises.csv", "second.csv"):
        (town_folder / name).write_bytes(b"\x81\x20\xff\xff")
    with pytest.raises(InputError) as caught:
        parkatlas.survey(town_folder)
    assert {Path(str(finding.file)).name for finding in caught.value.findings} == {"enterprises.csv", "second.csv"}


def test_a_failed_export_keeps_the_old_atlas(
    town_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "atlas"
    parkatlas.build(town_folder, out, today=DAY)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("parkatlas.publication.export_layers", full)
    with pytest.raises(WriteError, match="No space left"):
        parkatlas.build(town_folder, out, today=DAY)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    report = json.loads((tmp_path / "atlas.failed" / "report.json").read_text(encoding="utf-8"))
    assert report["error"]["kind"] == "WriteError"
    monkeypatch.undo()
    parkatlas.build(town_folder, out, today=DAY)
    assert not (tmp_path / "atlas.failed").exists()


def test_a_folder_that_happens_to_be_called_failed_is_left_alone(town_folder: Path, tmp_path: Path) -> None:
    thesis = tmp_path / "atlas.failed" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("ten years")
    parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    (town_folder / "enterprises.csv").unlink()
    with pytest.raises(ParkatlasError):
        parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert [path.name for path in thesis.parent.iterdir()] == ["thesis.txt"]


def test_the_report_counts_the_findings_of_writing_too(town_folder: Path, tmp_path: Path) -> None:
    with (town_folder / "enterprises.csv").open("a", encoding="utf-8") as stream:
        lon, lat = town.lonlat(1.5, 1.6)
        stream.write(f"e13,{'长' * 200},{lon},{lat},bio,,,\n")
    _, findings = build_and_publish(town_folder, tmp_path / "atlas", today=DAY)
    report = json.loads((tmp_path / "atlas" / "report.json").read_text(encoding="utf-8"))
    assert "export.text-cut" in [finding["code"] for finding in report["findings"]]
    assert sum(report["finding_counts"].values()) == len(report["findings"]) == len(findings)


def test_a_failure_keeps_what_was_known(town_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parkatlas.pipeline.target_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    report = json.loads((tmp_path / "atlas.failed" / "report.json").read_text(encoding="utf-8"))
    assert report["conservation"]["list"]["read"] == 12
    assert "enterprises.csv" in report["inputs"]
    assert report["error"]["kind"] == "ZeroDivisionError"


def test_a_register_in_parts_is_streamed_and_gives_the_same_numbers(town_folder: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(town_folder / "enterprises.csv", dtype={"employees": "Int64"})
    rows = rows.rename(columns={"编号": "enterprise_id", "企业名称": "name_zh"})
    (town_folder / "parts").mkdir()
    for number, part in enumerate((rows[:5], rows[5:])):
        part.to_parquet(town_folder / "parts" / f"{number}.parquet", index=False)
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    plan = plan.replace('path = "enterprises.csv"', 'path = "parts"')
    plan = plan.replace('columns = { enterprise_id = "编号", name_zh = "企业名称" }\n', "")
    (town_folder / "plan.toml").write_text(plan, encoding="utf-8")
    atlas = parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert atlas.statistics["list"]["areas"].set_index("area_id")["n"].to_dict() == town.COUNTS
    assert atlas.conservation["list"]["read"] == 12
    located = pd.concat(pd.read_parquet(part) for part in sorted((tmp_path / "atlas" / "located" / "list").iterdir()))
    places = located.set_index("enterprise_id")[["core_id", "zone_id", "park_id", "outcome"]]
    found = {key: tuple(None if pd.isna(part) else part for part in row) for key, row in places.T.items()}
    assert found == town.ANSWERS
    assert (tmp_path / "atlas" / "index.html").is_file()


def test_a_plan_without_registers_is_drawn_checked_and_repaired(town_folder: Path, tmp_path: Path) -> None:
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    start, end = plan.index("[[registers]]"), plan.index("[scopes.town-all]")
    (town_folder / "plan.toml").write_text(plan[:start] + plan[end:], encoding="utf-8")
    atlas = parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert atlas.registers == {}
    assert len(repair_project(town_folder, tmp_path / "mended")) == 0


def test_an_overlap_says_how_many_enterprises_are_at_stake(town_folder: Path) -> None:
    layer = json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8"))
    (extra,) = [json.loads(json.dumps(one)) for one in layer["features"] if one["properties"]["area_id"] == "pa"]
    extra["properties"] |= {"area_id": "px", "published_km2": None}
    extra["geometry"]["coordinates"] = [town.ring(1.4, 1.4, 2.4, 2.4)]  # e01 at 1.5, 1.5 lies in both
    layer["features"].append(extra)
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    found = [one for one in parkatlas.survey(town_folder).findings if one.code == "topology.overlap"]
    assert len(found) == 1
    assert " 1 " in found[0].message("en")


def test_findings_are_written_as_a_table_by_a_good_run_and_by_a_failed_one(town_folder: Path, tmp_path: Path) -> None:
    layer = json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8"))
    (bow,) = [one for one in layer["features"] if one["properties"]["area_id"] == "pd"]
    sound = bow["geometry"]["coordinates"]
    (west, south), (east, north) = town.lonlat(2, 4.5), town.lonlat(3, 5.5)
    bow["geometry"]["coordinates"] = [[[west, south], [east, north], [east, south], [west, north], [west, south]]]
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    with pytest.raises(PlanError) as refused:
        parkatlas.build(town_folder, tmp_path / "atlas", lang="en", today=DAY)
    failed = tmp_path / "atlas.failed"
    assert refused.value.__notes__ == [f"what was found stands in {failed}"]
    table = pd.read_csv(failed / "findings.csv")
    (row,) = table[table["Rule"] == "topology.invalid"].to_dict("records")
    assert row["Feature"] == "pd"
    assert row["Longitude (deg)"] == pytest.approx((west + east) / 2)
    bow["geometry"]["coordinates"] = sound
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    atlas, findings = build_and_publish(town_folder, tmp_path / "atlas", lang="zh", today=DAY)
    table = pd.read_csv(tmp_path / "atlas" / "findings.csv")
    assert table["规则"].tolist() == [finding.code for finding in findings]
    assert len(findings) >= len(atlas.findings)
    assert not failed.exists()


def test_enterprises_at_stake_are_counted_by_register(town_folder: Path) -> None:
    rows = ["编号,企业名称,lon,lat"]
    spots = [town.lonlat(1.205 + 0.02 * k, 1.5) for k in range(40)]  # 30 of them east of 1.4
    rows += [f"s{k},企{k},{lon},{lat}" for k, (lon, lat) in enumerate(spots)]
    (town_folder / "scenario.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    layer = json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8"))
    (extra,) = [json.loads(json.dumps(one)) for one in layer["features"] if one["properties"]["area_id"] == "pa"]
    extra["properties"] |= {"area_id": "px", "published_km2": None}
    extra["geometry"]["coordinates"] = [town.ring(1.4, 1.4, 2.4, 2.4)]
    layer["features"].append(extra)
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    (town_folder / "plan.toml").write_text(plan + MADE_UP, encoding="utf-8")
    (found,) = [one for one in parkatlas.survey(town_folder).findings if one.code == "topology.overlap"]
    assert "with 1 (list), 30 (made-up) enterprises" in found.message("en")


def test_layers_in_gcj02_are_suspected_where_few_recorded_enterprises_have_a_point(
    geodata: Path, tmp_path: Path
) -> None:
    assert "layer.datum-suspected" not in {finding.code for finding in parkatlas.survey(geodata).findings}
    moved_plan = shutil.copytree(geodata, tmp_path / "moved")
    for name in ("core", "zones", "parks"):
        path = moved_plan / f"{name}.geojson"
        layer = json.loads(path.read_text(encoding="utf-8"))
        for one in layer["features"]:
            moved = shapely.transform(
                shapely.geometry.shape(one["geometry"]), lambda spots: np.column_stack(from_wgs84(*spots.T, "gcj02"))
            )
            one["geometry"] = shapely.geometry.mapping(moved)
        path.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    (found,) = [one for one in parkatlas.survey(moved_plan).findings if one.code == "layer.datum-suspected"]
    assert (found.file, found.field, found.value) == ("plan.toml", "layers.datum", "gcj02")


def test_a_corrected_workbook_keeps_the_unit_that_stood_above_the_list(town_folder: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    lon, lat = (str(value) for value in town.lonlat(1.5, 1.5))
    for row in (["2023年企业名录"], ["单位：亿元、人"], ["编号", "企业名称", "经度", "纬度", "产值"],
                ["1", "甲", lon, lat, "2"], ["2", "乙", "x", lat, "3"], ["3", "丙", lon, lat, "4"]):  # fmt: skip
        book.active.append(row)
    book.save(town_folder / "list.xlsx")
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8").replace("enterprises.csv", "list.xlsx")
    (town_folder / "plan.toml").write_text(plan, encoding="utf-8")
    atlas = parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert atlas.registers["list"]["output"].tolist() == [20000, 40000]
    fixed = openpyxl.load_workbook(tmp_path / "atlas" / "fix-me_list.xlsx")
    (cell,) = [cell for row in fixed.active.iter_rows() for cell in row if cell.value == "x"]
    cell.value = lon
    fixed.save(town_folder / "list.xlsx")
    again = parkatlas.survey(town_folder).registers["list"]
    assert again[["name_zh", "output"]].to_numpy().tolist() == [["乙", 30000]]


def test_a_register_of_one_sector_has_every_measure(town_folder: Path, tmp_path: Path) -> None:
    rows = ["编号,企业名称,lon,lat,sector,employees,output,declared_area"]
    for k in range(50):
        lon, lat = town.lonlat(0.3 + 0.15 * k, 0.5 + (k * 7 % 11) / 3)
        rows.append(f"n{k},企{k},{lon},{lat},bio,10,5,")
    (town_folder / "enterprises.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    atlas = parkatlas.build(town_folder, tmp_path / "atlas", today=DAY)
    assert set(atlas.results["list"]) >= {"marcon_puech_m", "envelope", "duranton_overman"}


def test_layers_are_repaired_whatever_is_wrong_with_a_list(town_folder: Path, tmp_path: Path) -> None:
    layer = json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8"))
    (bow,) = [one for one in layer["features"] if one["properties"]["area_id"] == "pd"]
    (west, south), (east, north) = town.lonlat(2, 4.5), town.lonlat(3, 5.5)
    bow["geometry"]["coordinates"] = [[[west, south], [east, north], [east, south], [west, north], [west, south]]]
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    (town_folder / "enterprises.csv").write_bytes(b"\x81\x20\xff\xff")
    changes = repair_project(town_folder, tmp_path / "mended", force=True)
    assert changes["area_id"].tolist() == ["pd"]
    assert changes["km2_after"].iloc[0] == pytest.approx(0.5, rel=1e-3)


def test_a_sum_that_does_not_add_up_is_an_error(town_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parkatlas import pipeline

    monkeypatch.setattr(pipeline, "outcomes", lambda _: {"located": 1})
    with pytest.raises(ParkatlasError, match="12 rows read"):
        parkatlas.survey(town_folder)


def test_the_shipped_project_builds_clean(geodata: Path, tmp_path: Path) -> None:
    atlas = parkatlas.build(geodata, tmp_path / "atlas", today=DAY)
    assert len(atlas.rejects) == 0
    assert not [finding for finding in atlas.findings if finding.severity == "error"]
    assert {"recorded", "scenario"} <= set(atlas.registers)
    for register, counts in atlas.conservation.items():
        assert counts["read"] == sum(n for name, n in counts.items() if name != "read"), register


@pytest.mark.parametrize(
    ("crs", "origin", "epsg"), [(32631, (450_000, 5_410_000), 32631), (32756, (330_000, 6_250_000), 32756)]
)
def test_a_plan_elsewhere_works_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crs: int, origin: tuple[float, float], epsg: int
) -> None:
    import pyproj

    monkeypatch.setattr(town, "ORIGIN", origin)
    monkeypatch.setattr(town, "_TO_WGS84", pyproj.Transformer.from_crs(crs, 4326, always_xy=True))
    folder = town.write(tmp_path / "elsewhere")
    text = (folder / "plan.toml").read_text(encoding="utf-8").replace("Town", "Sydney or Paris").replace("小镇", "他乡")
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    atlas = parkatlas.build(folder, tmp_path / "atlas", today=DAY)
    areas = atlas.statistics["list"]["areas"].set_index("area_id")
    assert areas["n"].to_dict() == town.COUNTS
    assert areas.loc[list(town.KM2), "km2"].round(6).to_dict() == town.KM2
    assert parkatlas.crs.metric_crs_of(atlas.plan.areas).to_epsg() == epsg


@pytest.mark.parametrize("kept", [12, 11])
def test_the_page_carries_the_points_of_a_streamed_register_that_fits(
    town_folder: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parkatlas.pipeline.KEPT", kept)
    rows = pd.read_csv(town_folder / "enterprises.csv", dtype={"employees": "Int64"})
    rows = rows.rename(columns={"编号": "enterprise_id", "企业名称": "name_zh"})
    (town_folder / "parts").mkdir()
    rows.to_parquet(town_folder / "parts" / "all.parquet", index=False)
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8").replace('path = "enterprises.csv"', 'path = "parts"')
    plan = plan.replace('columns = { enterprise_id = "编号", name_zh = "企业名称" }\n', "")
    (town_folder / "plan.toml").write_text(plan, encoding="utf-8")
    heard: list[tuple[str, int, int]] = []
    atlas = parkatlas.build(town_folder, today=DAY, streaming=Streaming(watch=lambda *told: heard.append(told)))
    assert heard == [("list", 0, 12), ("list", 12, 12)]
    fits = kept == 12
    assert len(atlas.registers["list"]) == (12 if fits else 0)
    assert ("register.not-drawn" in [finding.code for finding in atlas.findings]) is not fits
    page = webmap.render(atlas.map)
    assert ('"note":["名录有 12 行' in page) is not fits
