"""The tables: what a shapefile and a reader need of every column, and what validation says."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from parkatlas import schema
from parkatlas.errors import SchemaError


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_shapefile_names_fit_ten_bytes_and_are_unique(table: schema.Table) -> None:
    names = [column.shp for column in table.columns]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name.isascii() and 1 <= len(name) <= 10 for name in names)


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda table: table.name)
def test_every_column_has_titles_in_both_languages(table: schema.Table) -> None:
    for column in table.columns:
        assert column.zh
        assert column.en
        assert bool(column.unit_zh) or not column.unit_en


def test_a_frame_of_nothing_still_fits_its_schema() -> None:
    for table in schema.TABLES:
        assert list(schema.validate(schema.frame(table), table).columns[: len(table.names)]) == list(table.names)


def test_conform_keeps_index_and_geometry_and_leaves_its_input_alone() -> None:
    given = gpd.GeoDataFrame({"enterprise_id": ["a"], "extra": [1]}, geometry=[Point(1, 2)], index=[7], crs=4326)
    before = given.copy()
    out = schema.conform(given, schema.ENTERPRISES)
    assert list(out.index) == [7]
    assert out.geometry.iloc[0] == Point(1, 2)
    assert "extra" not in out
    pd.testing.assert_frame_equal(given, before)


def test_validation_names_every_fault_at_once() -> None:
    bad = schema.frame(
        schema.AREAS,
        [
            {
                "area_id": "a",
                "level": "town",
                "name_zh": "",
                "name_en": "A",
                "status": "official",
                "source_date": "May",
            },
            {"area_id": "a", "level": "zone", "name_zh": "甲", "name_en": "A", "status": None},
        ],
    )
    with pytest.raises(SchemaError) as caught:
        schema.validate(bad, schema.AREAS)
    text = str(caught.value)
    for part in ("area_id: not unique ('a')", "level: 'town'", "name_zh: empty", "status: empty", "'May'", "geometry"):
        assert part in text


def test_missing_and_mistyped_columns_are_faults() -> None:
    good = schema.frame(schema.REJECTS)
    with pytest.raises(SchemaError, match="row: dtype float64, expected Int64"):
        schema.validate(good.astype({"row": "float64"}), schema.REJECTS)
    with pytest.raises(SchemaError, match="hint_zh: missing"):
        schema.validate(good.drop(columns="hint_zh"), schema.REJECTS)


@pytest.mark.parametrize(
    ("text", "good"),
    [("1993", True), ("2012-05", True), ("1993-06-10", True), ("1993-13", False), ("93", False), ("1993-6-1", False)],
)
def test_dates_are_iso_at_year_month_or_day(text: str, good: bool) -> None:
    assert bool(schema.DATE.fullmatch(text)) is good
