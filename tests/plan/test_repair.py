"""Repair: what it changes and reports, what it leaves alone, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from by_hand import areas, box, feature, project, shape
from click.testing import CliRunner

from parkatlas import crs, schema
from parkatlas.cli import main
from parkatlas.errors import OutputError, PlanError
from parkatlas.plan import check_areas, check_plan, load_plan, repair_plan
from parkatlas.plan.repair import repair_areas

ZONE = shape((0, 0), (8, 0), (8, 6), (0, 6))


def codes(folder: Path) -> list[str]:
    try:
        return [finding.code for finding in load_plan(folder).findings]
    except PlanError as refused:
        return [finding.code for finding in refused.findings]


def test_a_sound_project_is_copied_without_a_change(town_folder: Path, tmp_path: Path) -> None:
    table = repair_plan(town_folder, tmp_path / "new")
    schema.validate(table, schema.REPAIRS)
    assert table.empty
    for path in town_folder.iterdir():
        assert (tmp_path / "new" / path.name).read_bytes() == path.read_bytes()


def test_a_spike_goes(tmp_path: Path) -> None:
    spiky = shape((1, 1), (2, 1), (2, 1.5), (2.4, 1.5005), (2, 1.501), (2, 2), (1, 2))
    folder = project(tmp_path / "old", feature("z", "zone", ZONE), feature("p", "park", spiky, parent_id="z"))
    assert codes(folder) == ["topology.spike"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    points = gpd.GeoDataFrame(geometry=[shapely.Point(town.lonlat(2.1, 1.5005)), None], crs="EPSG:4326")
    table = repair_plan(folder, tmp_path / "new", points=points)
    assert table[["file", "area_id", "change", "enterprises"]].iloc[0].tolist() == [
        "areas.geojson", "p", "repair.spikes-removed", 1
    ]  # fmt: skip
    # the spike is a triangle 400 m long on a base of 1 m: 200 m2 of 1 km2, 0.02 %
    assert table["change_percent"].iloc[0] == pytest.approx(-0.02, abs=0.001)
    assert table["km2_before"].iloc[0] == pytest.approx(1.0002, abs=1e-5)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert codes(tmp_path / "new") == []
    report = pd.read_csv(tmp_path / "new" / "repairs.csv", encoding="utf-8-sig")
    assert report["message_zh"].tolist() == ["已去除 1 处尖刺"]


def test_a_bow_tie_needs_force(tmp_path: Path) -> None:
    bow = shape((1, 1), (3, 3), (3, 1), (1, 3))
    folder = project(tmp_path / "old", feature("z", "zone", ZONE), feature("p", "park", bow, parent_id="z"))
    with pytest.raises(PlanError) as refused:
        repair_plan(folder, tmp_path / "new")
    (finding,) = refused.value.findings
    assert (finding.code, finding.file, finding.feature) == ("repair.too-much", "areas.geojson", "p")
    assert finding.message("en").endswith("no certain area as they are; repaired it would have 2 km2")
    assert not (tmp_path / "new").exists()
    table = repair_plan(folder, tmp_path / "new", force=True)
    assert table["change"].tolist() == ["repair.made-valid"]
    assert table[["km2_before", "change_percent"]].isna().all(axis=None)  # its two loops may count for or against
    assert "no certain area" in table["message_en"].iloc[0]
    assert (table["lon"].iloc[0], table["lat"].iloc[0]) == pytest.approx(town.lonlat(2, 2), abs=1e-5)
    assert table["km2_after"].iloc[0] == pytest.approx(2, rel=1e-4)  # two triangles, 2 km wide and 1 km high
    assert codes(tmp_path / "new") == []


def test_slivers_are_cut_and_gaps_filled_to_a_clean_border(tmp_path: Path) -> None:
    layers = [
        feature("z1", "zone", box(0, 0, 4, 4)),
        feature("z2", "zone", box(3.995, 0, 8, 4)),  # 5 m into z1
        feature("z3", "zone", box(0, 4.006, 8, 6)),  # 6 m away from both
    ]
    folder = project(tmp_path / "old", *layers)
    assert sorted(codes(folder)) == ["topology.gap", "topology.gap", "topology.sliver"]
    table = repair_plan(folder, tmp_path / "new", force=True)
    assert sorted(table["change"]) == ["repair.gap-filled", "repair.gap-filled", "repair.sliver-cut"]
    assert codes(tmp_path / "new") == []
    with pytest.raises(PlanError):
        repair_plan(folder, tmp_path / "newer")  # 0.12 % of z2, 0.3 % of z3: asked before


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_badly_digitised_sheet_comes_out_clean(seed: int) -> None:
    """Six zones, each digitised by itself with an error of up to 4 m: mended, nothing is left, and little has moved."""
    rng = np.random.default_rng(seed)
    side = np.linspace(0, 1, 5)[:-1]
    ring = np.vstack([np.column_stack(xy) for xy in ((side, 0 * side), (0 * side + 1, side), (1 - side, 0 * side + 1),
                                                     (0 * side, 1 - side))])  # fmt: skip
    drawn = {
        f"z{i}{j}": (
            "zone",
            None,
            shape(*(2 * (ring + np.array((i, j))) + rng.uniform(-0.004, 0.004, ring.shape)).tolist()),
        )
        for i in range(3)
        for j in range(2)
    }
    frame = areas(**drawn)
    before = {finding.code for finding in check_areas(frame)}
    assert {"topology.gap", "topology.sliver"} <= before
    assert before <= {"topology.gap", "topology.sliver", "topology.hairline-gap", "topology.hairline-overlap"}
    repaired, changes = repair_areas(frame, 10.0)
    assert check_areas(repaired) == []
    assert list(repaired.index) == list(frame.index)
    assert {change.finding.code for change in changes} == {"repair.gap-filled", "repair.sliver-cut"}
    metres = crs.to_metres(frame).geometry
    moved = crs.to_metres(repaired, metres.crs).geometry
    strip = metres.symmetric_difference(moved).area  # at most the border's length times the largest misfit
    assert (strip < 4 * 2000 * 16).all()


def test_real_overlaps_and_duplicates_are_left_to_people(tmp_path: Path) -> None:
    zones = [feature("z1", "zone", box(0, 0, 4, 4)), feature("z2", "zone", box(3, 0, 8, 4))]
    folder = project(tmp_path / "old", *zones)
    assert repair_plan(folder, tmp_path / "new").empty
    assert "topology.zones-overlap" in codes(tmp_path / "new")


def test_a_tiny_loop_leaves_the_area_what_it_is(tmp_path: Path) -> None:
    """A loop of a square metre at a corner of a square kilometre: its area is known, and no force is asked for."""
    loop = shape((1, 1), (2, 1), (2, 2), (2.001, 2.001), (2.001, 1.9995), (1, 2))
    folder = project(tmp_path / "old", feature("p", "park", loop))
    assert codes(folder) == ["topology.invalid"]
    table = repair_plan(folder, tmp_path / "new")
    assert table["change"].tolist() == ["repair.made-valid"]
    assert table["km2_before"].iloc[0] == pytest.approx(0.99975, abs=1e-5)  # the loop cuts 1 km by 0.5 m across
    assert table["change_percent"].iloc[0] == pytest.approx(0, abs=1e-3)


def test_what_cannot_be_mended_is_left_and_said(tmp_path: Path) -> None:
    """A spike and a bow tie beside a real overlap, twins and a reference into the void: two mended, three left."""
    spiky = shape((1, 3.2), (2, 3.2), (2, 3.5), (2.4, 3.5005), (2, 3.501), (2, 3.9), (1, 3.9))
    folder = project(
        tmp_path / "old",
        feature("z1", "zone", box(0, 0, 4, 4)),
        feature("z2", "zone", box(3.9, 0, 8, 4)),
        feature("bow", "park", shape((1, 1), (3, 3), (3, 1), (1, 3)), parent_id="z1"),
        feature("spiky", "park", spiky, parent_id="z1"),
        feature("q", "park", box(5, 1, 6, 2), parent_id="z2"),
        feature("r", "park", box(5, 1, 6, 2), parent_id="z2"),
    )
    lab = '[[projects]]\nid = "lab"\nname_zh = "室"\nname_en = "Lab"\narea_id = "nowhere"\n'
    (folder / "plan.toml").write_text((folder / "plan.toml").read_text("utf-8") + lab, "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(main, ["repair", str(folder), "-o", str(tmp_path / "new"), "--force", "--lang", "en"])
    assert done.exit_code == 1, done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    table = pd.read_csv(tmp_path / "new" / "repairs.csv", encoding="utf-8-sig")
    assert table[["area_id", "change"]].to_numpy().tolist() == [
        ["bow", "repair.made-valid"], ["spiky", "repair.spikes-removed"]
    ]  # fmt: skip
    errors = [(f.code, f.file, f.feature) for f in check_plan(tmp_path / "new") if f.severity == "error"]
    assert errors == [
        ("topology.zones-overlap", "areas.geojson", "z1"),
        ("topology.duplicate", "areas.geojson", "r"),
        ("plan.unknown-area", "plan.toml", None),
    ]
    assert "): it overlaps zone z2 by 0.4 km2" in done.stderr
    assert "errors 3" in done.stderr


def test_findings_of_a_copy_name_the_files_of_the_copy(tmp_path: Path) -> None:
    folder = project(tmp_path / "old", feature("p", "park", box(1, 1, 2, 2)), layers='areas = "a.gpkg"\n')
    spiky = shape((1, 1), (2, 1), (2, 1.5), (2.4, 1.5005), (2, 1.501), (2, 2), (1, 2))
    rows = {
        "area_id": ["p", "q"],
        "level": "park",
        "name_zh": ["甲", "乙"],
        "name_en": ["P", "Q"],
        "status": "official",
    }
    frame = gpd.GeoDataFrame(rows, geometry=[spiky, box(1.5, 1, 4, 2)], crs="EPSG:4326")
    frame.to_file(folder / "a.gpkg")
    done = CliRunner().invoke(main, ["repair", str(folder), "-o", str(tmp_path / "new"), "--json"])
    assert done.exit_code == 1, done.stderr
    left = json.loads(done.stdout)["findings"]
    assert [(row["code"], row["file"], row["feature"]) for row in left] == [("topology.overlap", "a.geojson", "p")]


def test_an_open_ring_is_written_closed(tmp_path: Path) -> None:
    open_ring = {"type": "Polygon", "coordinates": [town.ring(1, 1, 2, 2)[:-1]]}
    folder = project(tmp_path / "old", feature("p", "park", open_ring))
    assert codes(folder) == ["layer.open-ring"]
    (change,) = repair_plan(folder, tmp_path / "new").to_dict("records")
    assert (change["change"], change["change_percent"]) == ("repair.ring-closed", 0.0)
    assert change["km2_before"] == change["km2_after"] == pytest.approx(crs.area_km2(load_plan(folder).areas).sum())
    assert codes(tmp_path / "new") == []


def test_other_formats_come_out_as_geojson_that_the_copy_names(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "old", feature("z", "zone", ZONE), layers='zones = "z.gpkg" # zones\ncrs = "EPSG:4551"\n'
    )
    (folder / "areas.geojson").unlink()
    (folder / "plan.toml").write_text(
        (folder / "plan.toml").read_text(encoding="utf-8") + '\n# the sectors\n[sectors.a]\nname_zh = "甲"\n'
        'name_en = "A"\ncolour = "#000000"\n',
        encoding="utf-8",
    )  # fmt: skip
    spiky = shape((1, 1), (2, 1), (2, 1.5), (2.4, 1.5005), (2, 1.501), (2, 2), (1, 2))
    rows = {"area_id": ["z"], "name_zh": ["片区"], "name_en": ["Z"], "status": ["official"], "mine": [7]}
    frame = gpd.GeoDataFrame(rows, geometry=[spiky], crs="EPSG:4326").to_crs(4551)
    frame.to_file(folder / "z.gpkg", layer="zones")
    assert codes(folder) == ["topology.spike"]
    repair_plan(folder, tmp_path / "new")
    assert codes(tmp_path / "new") == []
    text = (tmp_path / "new" / "plan.toml").read_text(encoding="utf-8")
    assert 'zones = "z.geojson"' in text
    assert "EPSG" not in text
    assert "# the sectors" in text
    written = json.loads((tmp_path / "new" / "z.geojson").read_text(encoding="utf-8"))
    assert written["features"][0]["properties"]["mine"] == 7
    ring = shapely.LinearRing(written["features"][0]["geometry"]["coordinates"][0])
    assert ring.is_ccw  # RFC 7946


def test_the_same_repair_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "old", feature("z1", "zone", box(0, 0, 4, 4)), feature("z2", "zone", box(3.998, 0, 8, 4))
    )
    repair_plan(folder, tmp_path / "a")
    repair_plan(folder, tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_targets_that_are_refused(town_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = {town_folder: "inside", town_folder / "inside": "inside", tmp_path: "taken", tmp_path / "file": "taken",
               tmp_path / "file" / "below": "not-written"}  # fmt: skip
    for target, code in refused.items():
        with pytest.raises(OutputError) as error:
            repair_plan(town_folder, target)
        assert [finding.code for finding in error.value.findings] == [f"repair.{code}"]


def test_what_cannot_be_read_cannot_be_repaired(tmp_path: Path) -> None:
    folder = project(tmp_path / "old", feature("p", "park", None))
    with pytest.raises(PlanError) as refused:
        repair_plan(folder, tmp_path / "new")
    assert [finding.code for finding in refused.value.findings] == ["layer.no-geometry"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]
