"""Layers in a shifted datum, told from enterprises that name their area."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
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


def test_too_few_to_tell() -> None:
    assert suspect_datum(parks("gcj02"), enterprises(9)) == []
    silent = enterprises()
    silent["declared_area"] = None
    silent["declared_area"] = silent["declared_area"].astype("str")
    assert suspect_datum(parks("gcj02"), silent) == []
