"""Locate: the town's answers on paper, ties, declared areas, distances, and one row in, one row out."""

from __future__ import annotations

from unittest.mock import patch

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas import crs, schema
from parkatlas.errors import CRSError
from parkatlas.locate import locate_enterprises, nearest, outcomes


def make_areas(records: list[dict[str, object]], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    filled = [{"name_zh": "区", "name_en": "Area", "status": "official", "parent_id": None, **row} for row in records]
    frame = gpd.GeoDataFrame(pd.DataFrame(filled), geometry=shapes, crs=4326)
    return schema.validate(schema.conform(frame, schema.AREAS), schema.AREAS)


def make_enterprises(points: list[tuple[float, float] | None], declared: list[str | None]) -> gpd.GeoDataFrame:
    records = [
        {"enterprise_id": f"e{i}", "name_zh": "企业", "entity": "enterprise", "location_quality": "exact",
         "declared_area": area}
        for i, area in enumerate(declared)
    ]  # fmt: skip
    shapes = [None if place is None else shapely.Point(place) for place in points]
    frame = gpd.GeoDataFrame(pd.DataFrame(records), geometry=shapes, crs=4326)
    return schema.conform(frame, schema.ENTERPRISES)


def town_areas() -> gpd.GeoDataFrame:
    features = [town.feature(area_id) for area_id in town.AREAS]
    frame = gpd.GeoDataFrame.from_features(features, crs=4326)
    return schema.validate(schema.conform(frame, schema.AREAS), schema.AREAS)


def town_enterprises() -> gpd.GeoDataFrame:
    rows = town.ENTERPRISES.values()
    places = [None if x is None or y is None else town.lonlat(x, y) for x, y, *_ in rows]
    frame = make_enterprises(places, [row[-1] for row in rows])
    frame["enterprise_id"] = pd.Series(list(town.ENTERPRISES), dtype="str")
    return frame


def answers(located: gpd.GeoDataFrame) -> dict[str, tuple[str | None, ...]]:
    columns = ["core_id", "zone_id", "park_id", "outcome"]
    rows = located[columns].astype(object).where(located[columns].notna(), None)
    return dict(zip(located["enterprise_id"], rows.itertuples(index=False, name=None), strict=True))


def square(west: float, south: float, size: float) -> shapely.Polygon:
    return shapely.box(west, south, west + size, south + size)


def test_the_town_gets_the_answers_worked_out_on_paper() -> None:
    located = locate_enterprises(town_enterprises(), town_areas())
    assert answers(located) == town.ANSWERS
    schema.validate(located, schema.LOCATED)
    assert outcomes(located) == {"located": 9, "declared": 1, "outside": 1, "unplaced": 1}


def test_distances_in_the_town_are_those_of_the_drawing() -> None:
    located = locate_enterprises(town_enterprises(), town_areas()).set_index("enterprise_id")
    near, metres = located["nearest_park_id"], located["park_distance_m"]
    # e10 stands 2 km east of pb; e03 half a kilometre off pa's corner both ways; e04 1.5 km off pb, pa farther.
    assert near["e10"] == "pb"
    assert metres["e10"] == pytest.approx(2000, abs=1e-3)
    assert near["e03"] == "pa"
    assert metres["e03"] == pytest.approx(500 * 2**0.5, abs=1e-3)
    assert near["e05"] == "pc"
    assert metres[["e01", "e02", "e05", "e06", "e07", "e09"]].tolist() == [0.0] * 6
    assert metres[["e11", "e12"]].isna().all()
    assert near[["e11", "e12"]].isna().all()


def test_order_index_and_input_are_kept() -> None:
    enterprises, areas = town_enterprises(), town_areas()
    enterprises.index = pd.Index([f"row {7 * i % 12}" for i in range(12)], name="line")
    before_enterprises, before_areas = enterprises.copy(), areas.copy()
    shuffled = enterprises.sample(frac=1, random_state=3)
    located = locate_enterprises(shuffled, areas)
    assert located.index.equals(shuffled.index)
    pd.testing.assert_frame_equal(located[list(shuffled.columns)], shuffled)
    pd.testing.assert_frame_equal(located, locate_enterprises(enterprises, areas).loc[shuffled.index])
    pd.testing.assert_frame_equal(enterprises, before_enterprises)
    pd.testing.assert_frame_equal(areas, before_areas)


def test_the_answer_does_not_depend_on_the_order_of_areas() -> None:
    expected = locate_enterprises(town_enterprises(), town_areas())
    for seed in range(5):
        shuffled = town_areas().sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(locate_enterprises(town_enterprises(), shuffled), expected)


def test_of_areas_equal_in_whole_square_metres_the_lowest_id_wins() -> None:
    # The same square twice, once with a sliver of 0.01 m2 cut off: a tie in square metres, so the id decides.
    whole = square(125.0, 44.0, 0.01)
    corner = shapely.Polygon([(125.0, 44.0), (125.0 + 1e-6, 44.0), (125.0, 44.0 + 1e-6)])
    cut = whole.difference(corner)
    areas = make_areas([{"area_id": "b", "level": "park"}, {"area_id": "a", "level": "park"}], [cut, whole])
    assert 0 < (crs.area_km2(areas).diff().iloc[1]) * 1e6 < 0.5
    assert locate_enterprises(make_enterprises([(125.005, 44.005)], [None]), areas)["park_id"].tolist() == ["a"]


def test_borders_holes_and_parts_belong_as_geos_says() -> None:
    ring = square(125.0, 44.0, 0.03).difference(square(125.01, 44.01, 0.01))
    parts = shapely.MultiPolygon([square(125.1, 44.0, 0.01), square(125.2, 44.0, 0.01)])
    areas = make_areas([{"area_id": "ring", "level": "zone"}, {"area_id": "parts", "level": "zone"}], [ring, parts])
    points = [(125.015, 44.015), (125.01, 44.015), (125.01, 44.01), (125.0, 44.0), (125.205, 44.01), (125.15, 44.0)]
    zones = locate_enterprises(make_enterprises(list(points), [None] * 6), areas)["zone_id"]
    assert zones.astype(object).where(zones.notna(), None).tolist() == [None, "ring", "ring", "ring", "parts", None]


def test_a_declared_area_gives_itself_and_its_parents() -> None:
    areas = town_areas()
    located = locate_enterprises(make_enterprises([None] * 4, ["pc", "core", "z-east", "atlantis"]), areas)
    assert list(answers(located).values()) == [
        (None, "z-east", "pc", "declared"),
        ("core", "z-west", None, "declared"),
        (None, "z-east", None, "declared"),
        (None, None, None, "unplaced"),
    ]
    assert located["park_distance_m"].isna().all()


def test_a_point_counts_more_than_a_declared_area() -> None:
    located = locate_enterprises(
        make_enterprises([town.lonlat(9, 2), town.lonlat(1.5, 1.5)], ["pd", "pd"]), town_areas()
    )
    assert list(answers(located).values()) == [
        (None, None, None, "outside"),
        ("core", "z-west", "pa", "located"),
    ]


def test_empty_points_and_points_at_infinity_are_no_points() -> None:
    enterprises = make_enterprises([None, None, None], [None, "pd", None])
    enterprises.geometry = gpd.GeoSeries([shapely.Point(), shapely.Point(), shapely.Point(np.inf, 44.0)], crs=4326)
    assert locate_enterprises(enterprises, town_areas())["outcome"].tolist() == ["unplaced", "declared", "unplaced"]


def test_no_enterprises_no_areas_and_no_parks() -> None:
    areas = town_areas()
    assert len(locate_enterprises(town_enterprises().iloc[:0], areas)) == 0
    assert schema.validate(locate_enterprises(town_enterprises().iloc[:0], areas), schema.LOCATED) is not None
    assert outcomes(locate_enterprises(town_enterprises(), areas.iloc[:0])) == {
        "located": 0, "declared": 0, "outside": 10, "unplaced": 2,
    }  # fmt: skip
    zones = locate_enterprises(town_enterprises(), areas[areas["level"] == "zone"])
    assert zones["park_distance_m"].isna().all()
    assert zones["nearest_park_id"].isna().all()
    assert zones["zone_id"].notna().sum() == 9


def test_parks_equally_near_are_settled_by_the_tie_rule() -> None:
    big, small = square(125.0, 44.0, 0.02), square(125.0, 44.0, 0.01)
    areas = make_areas([{"area_id": "a-big", "level": "park"}, {"area_id": "b-small", "level": "park"}], [big, small])
    # South-west of the corner that both share, bit for bit.
    located = locate_enterprises(make_enterprises([(124.99, 43.99)], [None]), areas)
    assert located["nearest_park_id"].tolist() == ["b-small"]


def test_tables_in_another_crs_are_refused() -> None:
    with pytest.raises(CRSError):
        locate_enterprises(town_enterprises().to_crs(4551), town_areas())
    with pytest.raises(CRSError):
        locate_enterprises(town_enterprises(), town_areas().to_crs(4551))


def test_every_park_is_listed_the_smallest_first() -> None:
    located = locate_enterprises(town_enterprises(), town_areas()).set_index("enterprise_id")["park_ids"]
    assert located[["e01", "e05", "e06", "e11"]].tolist() == ["pa", "pc;pb", "pb", "pd"]
    assert located[["e04", "e10", "e12"]].isna().all()
    nested = locate_enterprises(make_enterprises([None], ["pc"]), town_areas())
    assert nested["park_ids"].tolist() == ["pc;pb"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_the_nearest_border_is_that_of_geos_by_tree_and_by_grid(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 60, (number, 2)) * 1.0
    shapes = shapely.box(*corners.T, *(corners + rng.integers(1, 9, (number, 2))).T)
    holes = shapely.difference(shapes[0], shapely.buffer(shapely.centroid(shapes[0]), 0.3))
    polygons = np.array([holes, shapely.union(shapes[0], shapes[-1]), None, shapely.Polygon(), *shapes], dtype=object)
    places = np.vstack([rng.uniform(-40, 110, (200, 2)), rng.integers(-5, 70, (200, 2)), [[np.nan, 1], [1e9, -1e9]]])
    x, y = places.T
    there = np.isfinite(x)
    apart = shapely.distance(shapely.points(places[there, None]), shapely.boundary(polygons)[None])
    apart[np.isnan(apart)] = np.inf
    borders = nearest.Borders(polygons)
    by_tree = borders.nearest(x, y)
    with patch.object(nearest, "_SIDE", 16):
        borders._grid = borders._draw()
        by_grid = borders.nearest(x, y)
    for owner, metres in (by_tree, by_grid):
        assert np.array_equal(metres[there], apart.min(axis=1))
        assert np.array_equal(owner[there], apart.argmin(axis=1))
        assert owner[~there].tolist() == [-1]
        assert np.isnan(metres[~there]).all()
