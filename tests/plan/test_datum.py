"""Layers in a shifted datum, told from enterprises that name their area."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from by_hand import areas, box

from parkatlas import crs, schema
from parkatlas.plan import suspect_datum


def enterprises(n: int = 40, seed: int = 1) -> gpd.GeoDataFrame:
    """Return enterprises that lie in parks of half a kilometre, as they say."""
    rng = np.random.default_rng(seed)
    parks = rng.integers(0, 4, n)
    places = [town.lonlat(2 * park + x, y) for park, (x, y) in zip(parks, rng.uniform(0.05, 0.45, (n, 2)), strict=True)]
    rows = [
        {"enterprise_id": str(i), "name_zh": "x", "entity": "enterprise", "declared_area": f"p{park}"}
        for i, park in enumerate(parks)
    ]
    points = [shapely.Point(place) for place in places]
    return schema.conform(gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326"), schema.LOCATED)


def parks(datum: Any) -> gpd.GeoDataFrame:
    """Return the four parks as a map in a datum shows them, read as WGS 84."""

    def move(points: Any) -> Any:
        return np.column_stack(crs.from_wgs84(points[:, 0], points[:, 1], datum))

    drawn = {f"p{i}": ("park", None, shapely.transform(box(2 * i, 0, 2 * i + 0.5, 0.5), move)) for i in range(4)}
    return areas(**drawn)


def test_sound_layers_are_not_suspected() -> None:
    assert suspect_datum(parks("wgs84"), enterprises()) == []


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shifted_layers_are(datum: str) -> None:
    (finding,) = suspect_datum(parks(datum), enterprises())
    assert (finding.code, finding.value, finding.severity) == ("layer.datum-suspected", datum, "warning")
    assert "of 40 enterprises that name their area, 0 lie in it" in finding.message("en")
    assert finding.details["then"] == 40


def test_a_register_shifted_the_other_way_is_not_blamed_on_the_layers() -> None:
    shifted = enterprises()
    x, y = crs.from_wgs84(shifted.geometry.x, shifted.geometry.y, "gcj02")
    assert suspect_datum(parks("wgs84"), shifted.set_geometry(gpd.points_from_xy(x, y, crs="EPSG:4326"))) == []


def silent(n: int, seed: int = 1) -> gpd.GeoDataFrame:
    """Return enterprises of which no source says where they are."""
    frame = enterprises(n, seed)
    frame["declared_area"] = pd.Series(None, index=frame.index, dtype="str")
    return frame


def test_too_few_to_tell() -> None:
    assert suspect_datum(parks("gcj02"), enterprises(9)) == []
    assert suspect_datum(parks("gcj02"), silent(29)) == []


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_points_and_parks_alone_tell(datum: str) -> None:
    """One park: with several, a shift of BD-09 turned around may carry one park onto another's enterprises."""
    own = enterprises(160)["declared_area"].eq("p0")
    points = silent(160)[own.to_numpy()]
    (finding,) = suspect_datum(parks(datum).iloc[:1], points)
    assert (finding.code, finding.value, finding.details["then"]) == ("layer.datum-suspected", datum, len(points))
    assert f"of {len(points)} enterprises 0 lie in a park" in finding.message("en")
    assert suspect_datum(parks("wgs84"), silent(40)) == []


def test_points_and_parks_that_do_not_tell() -> None:
    shifted = silent(40)
    x, y = crs.from_wgs84(shifted.geometry.x, shifted.geometry.y, "gcj02")
    assert suspect_datum(parks("wgs84"), shifted.set_geometry(gpd.points_from_xy(x, y, crs="EPSG:4326"))) == []
    # points everywhere around the parks: every shift fits as many
    places = np.random.default_rng(2).uniform((-2, -2), (9, 3), (400, 2))
    anywhere = silent(400).set_geometry([shapely.Point(town.lonlat(*place)) for place in places], crs="EPSG:4326")
    assert suspect_datum(parks("gcj02"), anywhere) == []
    # a city on all sides of the parks, none within: a shift in any direction would fit
    ring = [place for place in places.tolist() if not (-0.1 < place[1] < 0.6)]
    around = silent(len(ring)).set_geometry([shapely.Point(town.lonlat(*place)) for place in ring], crs="EPSG:4326")
    assert suspect_datum(parks("wgs84"), around) == []
    assert suspect_datum(parks("gcj02").iloc[:0], silent(40)) == []
