"""Counts by area, sector and target, against the town's answers on paper."""

from __future__ import annotations

import datetime
from math import log
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import town
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parkatlas import schema
from parkatlas.model import Observation, Plan, Sector, Source, Target
from parkatlas.statistics import area_table, indices, sector_table, target_table

DAY = datetime.date(2026, 11, 23)


def test_the_town_is_counted_as_on_paper(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    before = located.copy(), areas.copy()
    table = schema.validate(area_table(located, areas), schema.AREA_STATISTICS)
    assert list(table["area_id"]) == [*town.AREAS, "outside", "unplaced", "total"]
    by = table.set_index("area_id")
    assert by["n"].to_dict() == town.COUNTS
    assert by["n_declared"].to_dict() == {key: int(key in ("z-north", "pd", "total")) for key in town.COUNTS}
    assert by.loc[list(town.KM2), "km2"].to_numpy() == pytest.approx(list(town.KM2.values()), rel=1e-6)
    assert by.loc["pa", "density_km2"] == pytest.approx(2, rel=1e-6)
    assert by.loc["z-east", "share"] == pytest.approx(4 / 12)
    assert by.loc[["outside", "unplaced", "total"], "km2"].isna().all()
    pd.testing.assert_frame_equal(located, before[0])
    pd.testing.assert_frame_equal(areas, before[1])


def test_sums_say_how_many_rows_they_rest_on(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    by = area_table(located, areas).set_index("area_id")
    assert by.loc["z-west", ["employees", "employees_known", "output", "output_known"]].tolist() == [100, 4, 600, 3]
    assert by.loc["z-north", ["employees", "employees_known", "output", "output_known"]].tolist() == [110, 1, 2000, 2]
    assert by.loc["z-north", ["employees_mean", "output_mean"]].tolist() == [110, 1000]
    assert by.loc["pb", "employees"] == 180  # the nested park's 120 and its own 60
    located["employees"] = located["employees"].mask(located["zone_id"] == "z-west")
    by = area_table(located, areas).set_index("area_id")
    assert by.loc["pa", ["employees", "employees_mean"]].isna().all()
    assert by.loc["pa", "employees_known"] == 0


def test_the_mix_is_that_of_rows_with_a_sector(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    by = area_table(located, areas).set_index("area_id")
    # z-west: bio 2, device 1, chem 1
    assert by.loc["z-west", "hhi"] == pytest.approx(6 / 16)
    assert by.loc["z-west", "effective_sectors"] == pytest.approx(16 / 6)
    assert by.loc["z-west", "shannon"] == pytest.approx(0.5 * log(2) + 0.5 * log(4))
    assert by.loc["pa", ["hhi", "effective_sectors", "shannon"]].tolist() == [1, 1, 0]
    located["sector"] = located["sector"].mask(located["park_id"] == "pa")
    by = area_table(located, areas).set_index("area_id")
    assert by.loc["pa", ["hhi", "effective_sectors", "shannon"]].isna().all()


def test_institutes_are_counted_apart(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    located["entity"] = located["entity"].mask(located["enterprise_id"] == "e01", "institute")
    by = area_table(located, areas).set_index("area_id")
    assert by.loc["pa", ["n", "n_institutes", "employees", "output"]].tolist() == [1, 1, 20, 200]
    assert by.loc["total", ["n", "n_institutes"]].tolist() == [11, 1]


def test_nothing_and_nobody_give_zero_and_nan(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    empty = schema.validate(area_table(located.iloc[:0], areas), schema.AREA_STATISTICS)
    assert (empty["n"] == 0).all()
    assert empty[["share", "employees", "hhi", "shannon"]].isna().all(axis=None)
    lost = located.assign(core_id=None, zone_id=None, park_id=None)
    bare = schema.validate(area_table(schema.conform(lost, schema.LOCATED), areas.iloc[:0]), schema.AREA_STATISTICS)
    assert list(bare["area_id"]) == ["outside", "unplaced", "total"]


def test_an_unknown_area_is_named(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    with pytest.raises(ValueError, match="pd"):
        area_table(located, areas[areas["area_id"] != "pd"])


def test_sectors_by_area_as_on_paper(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    table = schema.validate(sector_table(located, areas, sectors), schema.SECTOR_STATISTICS)
    assert len(table) == 11 * 3
    assert list(table["sector"][:3]) == ["bio", "device", "chem"]
    by = table.set_index(["area_id", "sector"])
    # four of each sector in twelve: z-east has bio 1, device 2, chem 1 where 4/3 of each are expected
    assert by.loc["z-east", "n"].tolist() == [1, 2, 1]
    assert by.loc["z-east", "expected"].to_numpy() == pytest.approx([4 / 3] * 3)
    assert by.loc["z-east", "lq"].to_numpy() == pytest.approx([0.75, 1.5, 0.75])
    assert by.loc[("pa", "chem"), ["n", "share", "lq"]].tolist() == [0, 0, 0]
    assert by.loc[("total", "bio"), ["n", "lq", "employees", "output"]].tolist() == [4, 1, 190, 1900]
    assert by.loc[("outside", "chem"), "n"] == 1
    assert by.loc[("unplaced", "device"), "n"] == 1
    assert pd.isna(by.loc[("pd", "device"), "employees"])


def test_an_area_without_enterprises_keeps_its_rows(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    away = located[located["park_id"] != "pa"]
    by = sector_table(away, areas, ["bio", "chem", "none"]).set_index(["area_id", "sector"])
    assert by.loc["pa", "n"].tolist() == [0, 0, 0]
    assert by.loc["pa", ["share", "lq"]].isna().all(axis=None)
    assert by.loc[("z-east", "none"), ["n", "expected"]].tolist() == [0, 0]
    assert pd.isna(by.loc[("z-east", "none"), "lq"])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 60))
def test_rows_are_conserved_whatever_their_order(seed: int, n: int) -> None:
    located, areas = _random_town(seed, n)
    table = area_table(located, areas).set_index("area_id")
    zones = table.loc[table["level"] == "zone", "n"].sum()
    assert zones + table.loc["outside", "n"] + table.loc["unplaced", "n"] == table.loc["total", "n"] == n
    assert table.loc["pb", "n"] >= table.loc["pc", "n"]
    turned = area_table(located.iloc[::-1], areas).set_index("area_id")
    pd.testing.assert_frame_equal(turned, table)


def _random_town(seed: int, n: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    rng = np.random.default_rng(seed)
    answers = [town.ANSWERS[key] for key in rng.choice(list(town.ANSWERS), n)]
    records = [
        {"enterprise_id": str(i), "name_zh": "某", "entity": "enterprise", "core_id": a[0], "zone_id": a[1],
         "park_id": a[2], "outcome": a[3], "sector": rng.choice(list(town.SECTORS))}
        for i, a in enumerate(answers)
    ]  # fmt: skip
    areas = [{**town.feature(key)["properties"]} for key in town.AREAS]
    frame = schema.frame(schema.AREAS, areas).set_geometry(gpd.points_from_xy([126] * 8, [44] * 8).buffer(0.01))
    return schema.frame(schema.LOCATED, records), frame.set_crs("EPSG:4326", allow_override=True)


@given(hnp.arrays(np.int64, st.integers(1, 8), elements=st.integers(0, 50)).filter(lambda a: a.sum() > 0))
def test_the_indices_keep_their_bounds(counts: np.ndarray) -> None:
    present = (counts > 0).sum()
    assert 1 / present - 1e-12 <= indices.hhi(counts) <= 1 + 1e-12
    assert -1e-12 <= indices.entropy(counts) <= np.log(present) + 1e-12
    assert indices.effective(counts) <= np.exp(indices.entropy(counts)) + 1e-9  # Hill numbers fall with their order


def _plan(targets: list[Target], observations: list[Observation]) -> Plan:
    none: tuple[()] = ()
    areas = schema.frame(schema.AREAS)
    return Plan(
        "p", "镇", "Town", Path(), "2024", "2029", none, none, Source(), areas, None, none, none,
        targets=tuple(targets), observations=tuple(observations),
    )  # fmt: skip


def _target(by: str, value: float = 40, scope: str = "all") -> Target:
    return Target("t", "数", "Number", "enterprises", scope, "enterprises", value, by, Source("https://example.org/t"))


def _seen(date: str, value: float, **changes: str) -> Observation:
    fields = {"metric": "enterprises", "scope": "all", "unit": "enterprises", **changes}
    return Observation(f"o{date}", "数", "Number", value=value, date=date, **fields)


def test_the_latest_comparable_figure_counts() -> None:
    observations = [_seen("2023", 10, qualifier="at_least"), _seen("2022", 8), _seen("2024", 3, scope="large"),
                    _seen("2025", 9, unit="CNY"), _seen("2027", 50)]  # fmt: skip
    table = schema.validate(target_table(_plan([_target("2029-05")], observations), DAY), schema.TARGET_STATUS)
    row = table.iloc[0]
    assert row[["observed", "qualifier", "observed_date", "share"]].tolist() == [10, "at_least", "2023", 0.25]
    assert row["target_source_url"] == "https://example.org/t"


def test_a_month_is_later_than_the_year_before_it_ends() -> None:
    table = target_table(_plan([_target("2029")], [_seen("2024", 12), _seen("2024-06", 11)]), DAY)
    assert table.loc[0, "observed"] == 12  # the year ends in December


@pytest.mark.parametrize(
    ("by", "days"),
    [("2026-11-23", 0), ("2026-11", 7), ("2026", 38), ("2028-02", 463), ("2026-01", -296), ("2026-12", 38)],
)
def test_time_runs_to_the_end_of_the_period(by: str, days: int) -> None:
    table = target_table(_plan([_target(by)], []), DAY)
    assert table.loc[0, "years_left"] == pytest.approx(days / 365.25)


def test_no_figure_and_no_target_are_no_share() -> None:
    table = schema.validate(
        target_table(_plan([_target("2029", value=0)], [_seen("2024", 1)]), DAY), schema.TARGET_STATUS
    )
    assert pd.isna(table.loc[0, "share"])
    assert table.loc[0, "observed"] == 1
    bare = schema.validate(target_table(_plan([_target("2029")], []), DAY), schema.TARGET_STATUS)
    assert bare[["observed", "share", "observed_date"]].isna().all(axis=None)
    assert len(schema.validate(target_table(_plan([], []), DAY), schema.TARGET_STATUS)) == 0
