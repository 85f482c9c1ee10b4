"""Sensitivity: boundaries moved by their uncertainty, worked out on the town's paper and against plain distances."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import town
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas import crs, schema
from parkatlas.plan import load_plan, sensitivity


def located() -> gpd.GeoDataFrame:
    """Return the town's enterprises with the answers of its paper."""
    rows = []
    points = []
    for key, (x, y, *_) in town.ENTERPRISES.items():
        core, zone, park, outcome = town.ANSWERS[key]
        rows.append(
            {"enterprise_id": key, "name_zh": key, "entity": "enterprise", "location_quality": "exact",
             "core_id": core, "zone_id": zone, "park_id": park, "outcome": outcome}
        )  # fmt: skip
        points.append(None if x is None or y is None else shapely.Point(town.lonlat(x, y)))
    return schema.conform(gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326"), schema.LOCATED)


def test_the_town_on_paper(town_folder: Path) -> None:
    areas = load_plan(town_folder).areas
    before = areas.copy(deep=True)
    table = schema.validate(sensitivity(located(), areas), schema.SENSITIVITY).set_index("area_id")
    columns = ["n", "may_leave", "may_enter", "n_low", "n_high"]
    # 250 m: e02 at (1.2, 1.8) lies 200 m inside pa and core; e07 on the corner of pc, 1 km inside pb; the rest farther
    assert table.loc["pa", columns].tolist() == [2, 1, 0, 1, 2]
    assert table.loc["core", columns].tolist() == [3, 1, 0, 2, 3]
    assert table.loc["pb", columns].tolist() == [3, 0, 0, 3, 3]
    assert table.loc["pc", columns].tolist() == [2, 1, 0, 1, 2]
    assert table.loc["pd", columns].tolist() == [1, 0, 0, 1, 1]
    assert table.loc["z-east", columns].tolist() == [4, 0, 0, 4, 4]  # official, no uncertainty stated
    assert table.loc["total", columns].tolist() == [10, 2, 0, 10, 10]
    assert list(table.index) == [*areas["area_id"], "total"]
    assert np.isnan(table.loc["z-east", "uncertainty_m"])
    assert table.loc["pa", "uncertainty_m"] == 250
    assert areas.equals(before)


def test_wider_uncertainty_lets_neighbours_in(town_folder: Path) -> None:
    areas = load_plan(town_folder).areas
    areas["uncertainty_m"] = 1001.0
    table = sensitivity(located(), areas).set_index("area_id")
    # e06 at (6.5, 2.5) is 707 m from pc's corner; e03 at (2.5, 2.5) is 707 m from pa's
    assert table.loc["pc", "may_enter"] == 1
    assert table.loc["pa", "may_enter"] == 1
    # z-north (y >= 4): e04 at (3.5, 3.5) lies 500 m south of it, e08 on its corner; e09 1 km inside
    assert table.loc["z-north", ["n", "may_leave", "may_enter"]].tolist() == [1, 1, 2]
    # z-east (4..8, 0..4): e10 lies 1 km east; e08 on its corner; e04 500 m west; e05 and e06 1.5 km inside
    assert table.loc["z-east", ["n", "may_leave", "may_enter"]].tolist() == [4, 1, 2]


def test_a_default_is_for_schematic_areas_only(town_folder: Path) -> None:
    areas = load_plan(town_folder).areas
    areas["uncertainty_m"] = np.nan
    moving = ["may_leave", "may_enter", "n_low", "n_high"]
    unknown = sensitivity(located(), areas).set_index("area_id")[moving]
    assert unknown.loc[["core", "pa", "pb"]].isna().all(axis=None)  # schematic: nothing is known, which is not zero
    assert unknown.loc["z-east"].tolist() == [0, 0, 4, 4]  # official: taken as exact
    assert unknown.loc["total", ["may_leave", "may_enter"]].isna().all()
    areas.loc[areas["status"] == "schematic", "uncertainty_m"] = 0.0  # stated as exact
    assert sensitivity(located(), areas)["may_leave"].sum() == 0
    areas["uncertainty_m"] = np.nan
    table = sensitivity(located(), areas, default_m=250).set_index("area_id")
    assert table.loc["pa", ["may_leave", "uncertainty_m"]].tolist() == [1, 250]
    assert table.loc["z-east", "may_leave"] == 0
    with pytest.raises(ValueError, match="negative"):
        sensitivity(located(), areas, default_m=-1)


def test_institutes_are_not_enterprises(town_folder: Path) -> None:
    areas, everybody = load_plan(town_folder).areas, located()
    everybody.loc[everybody["enterprise_id"] == "e02", "entity"] = "institute"
    table = sensitivity(everybody, areas).set_index("area_id")
    assert table.loc["pa", ["n", "may_leave"]].tolist() == [1, 0]
    assert table.loc["total", "n"] == 9


def test_without_enterprises(town_folder: Path) -> None:
    table = sensitivity(located().iloc[:0], load_plan(town_folder).areas)
    assert table["n"].sum() == 0
    assert len(table) == 9


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(1, 900))
def test_against_plain_distances(seed: int, reach: float) -> None:
    """The oracle: every point measured against every boundary in metres, one by one."""
    rng = np.random.default_rng(seed)
    places = rng.uniform((0, 0), (8, 6), (30, 2))
    polygons = [shapely.Polygon(town.ring(*box)) for _, _, *box in town.AREAS.values()]
    rows = [
        {"area_id": key, "level": level, "parent_id": parent, "name_zh": key, "name_en": key, "status": "schematic",
         "uncertainty_m": reach}
        for key, (level, parent, *_) in town.AREAS.items()
    ]  # fmt: skip
    areas = schema.conform(gpd.GeoDataFrame(rows, geometry=polygons, crs="EPSG:4326"), schema.AREAS)
    points = [shapely.Point(town.lonlat(x, y)) for x, y in places]
    firms = [{"enterprise_id": str(i), "name_zh": "x", "entity": "enterprise", "outcome": "outside"} for i in range(30)]
    frame = schema.conform(gpd.GeoDataFrame(firms, geometry=points, crs="EPSG:4326"), schema.LOCATED)
    metres = crs.to_metres(areas)
    spots = crs.to_metres(frame, metres.crs).geometry
    near = [int((spots.distance(shape.boundary) <= reach).sum()) for shape in metres.geometry]
    table = sensitivity(frame, areas)
    assert table["may_enter"].tolist()[:-1] == near  # no enterprise counts for any area here
    assert (table["n_low"] <= table["n"]).all()
    assert (table["n"] <= table["n_high"]).all()
