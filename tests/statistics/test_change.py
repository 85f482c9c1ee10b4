"""Two registers compared, split and centred: paper, a published worked table, and plain loops."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from parkatlas.errors import CRSError
from parkatlas.model import Sector
from parkatlas.statistics import centre_shift, compare, ellison_glaeser, shift_share
from parkatlas.statistics.change.matching import match
from parkatlas.statistics.change.shares import split

Sectors = tuple[Sector, ...]
Deal = Callable[..., gpd.GeoDataFrame]


@pytest.fixture
def later(located: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the town later: e01 moved to pb, e03 left, e04 changed sector, e02 was renumbered, n01 came to pd."""
    new = located.copy()
    new.loc[new["enterprise_id"] == "e01", ["core_id", "zone_id", "park_id"]] = [None, "z-east", "pb"]
    new.loc[new["enterprise_id"] == "e01", "geometry"] = shapely.Point(town.lonlat(6.5, 1.5))
    new.loc[new["enterprise_id"] == "e04", "sector"] = "bio"
    new.loc[new["enterprise_id"] == "e02", ["enterprise_id", "name_zh"]] = ["x02", "企业Ｅ02 "]
    came = new[new["enterprise_id"] == "e09"].assign(enterprise_id="n01", name_zh="企业n01")
    new = new[new["enterprise_id"] != "e03"]
    return pd.concat([new, came], ignore_index=True)


def test_the_town_at_two_dates(
    located: gpd.GeoDataFrame, later: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    result = compare(located, later, areas, sectors)
    by = result.table.set_index(["area_id", "sector"])
    flows = ["earlier", "later", "entries", "exits", "stayed", "moved_in", "moved_out"]
    assert by.loc[("z-west", "all"), flows].tolist() == [4, 2, 0, 1, 2, 0, 1]
    assert by.loc[("z-east", "all"), flows].tolist() == [4, 5, 0, 0, 4, 1, 0]
    assert by.loc[("pb", "all"), flows].tolist() == [3, 4, 0, 0, 3, 1, 0]
    assert by.loc[("pd", "all"), flows].tolist() == [2, 3, 1, 0, 2, 0, 0]
    assert by.loc[("total", "all"), flows].tolist() == [12, 12, 1, 1, 11, 0, 0]
    assert by.loc[("z-west", "chem"), "switched_out"] == 1
    assert by.loc[("z-west", "bio"), ["switched_in", "moved_out", "stayed"]].tolist() == [1, 1, 1]
    assert by.loc[("pb", "all"), "relocated"] == 1
    assert by.loc[("outside", "bio"), "growth"] != by.loc[("outside", "bio"), "growth"]
    # z-west: bio 2 of 4 where the town has 4 of 12, later 2 of 2 where it has 5 of 12
    assert by.loc[("z-west", "bio"), ["lq_earlier", "lq_later"]].tolist() == pytest.approx([1.5, 12 / 5])
    assert result.params["matched_by_id"] == 10
    assert result.params["matched_by_name"] == 1
    assert result.reading_en == (
        "Of 12 enterprises 11 remain (matched by id 10, code 0, name 1), 1 of them in another area; 1 left and 1 came"
    )
    people = result.enterprises.set_index("later_id")
    assert people.loc["e01", ["status", "earlier_park_id", "later_park_id"]].tolist() == ["moved", "pa", "pb"]
    assert people.loc["e01", "distance_m"] == pytest.approx(5000, rel=1e-3)
    assert people.loc["x02", ["status", "matched_by", "earlier_id"]].tolist() == ["stayed", "name", "e02"]
    assert people.loc["n01", "status"] == "entry"
    assert len(result.plot(Figure().subplots()).patches) == 10 * 4


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_account_balances_in_every_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    areas = town_areas()
    frames = [deal_town(rng, n) for n in rng.integers(0, 40, 2)]
    sectors = tuple(Sector(key, key, key, (), "#000000") for key in town.SECTORS)
    t = compare(frames[0], frames[1], areas, sectors).table
    assert (t["later"] == t["earlier"] + t["entries"] - t["exits"] + t["moved_in"] - t["moved_out"]
            + t["switched_in"] - t["switched_out"]).all()  # fmt: skip
    assert (t["earlier"] == t["stayed"] + t["exits"] + t["moved_out"] + t["switched_out"]).all()
    back = compare(frames[1], frames[0], areas, sectors).table
    assert back["entries"].tolist() == t["exits"].tolist()
    assert back["moved_in"].tolist() == t["moved_out"].tolist()


def town_areas() -> gpd.GeoDataFrame:
    records = [{**town.feature(key)["properties"]} for key in town.AREAS]
    shapes = [shapely.geometry.shape(town.feature(key)["geometry"]) for key in town.AREAS]
    return gpd.GeoDataFrame(records, geometry=shapes, crs="EPSG:4326")


def deal_town(rng: np.random.Generator, n: int) -> gpd.GeoDataFrame:
    """Return n enterprises with ids out of 60, each standing at one of the town's places."""
    from parkatlas import schema

    keys = rng.choice(list(town.ANSWERS), n)
    records = [
        {"enterprise_id": str(i), "name_zh": str(i % 7), "entity": "enterprise", "sector": rng.choice(["bio", "chem"]),
         "core_id": town.ANSWERS[k][0], "zone_id": town.ANSWERS[k][1], "park_id": town.ANSWERS[k][2],
         "outcome": town.ANSWERS[k][3]}
        for i, k in zip(rng.permutation(60)[:n], keys, strict=True)
    ]  # fmt: skip
    return schema.frame(schema.LOCATED, records)


def test_matching_goes_from_id_to_code_to_name(located: gpd.GeoDataFrame) -> None:
    old = located.iloc[:4].assign(credit_code=["A", "B", "C", None])
    new = located.iloc[[0, 1, 2, 3]].assign(
        enterprise_id=["e01", "z2", "z3", "z4"],
        credit_code=["X", "B", None, None],
        name_zh=["甲", "乙", "企业e03", "丁"],
    )
    pairs = match(old, new)
    # e01 keeps its id but has another code: another enterprise
    assert list(zip(pairs.earlier, pairs.later, pairs.key, strict=True)) == [(1, 1, "code"), (2, 2, "name")]
    assert pairs.report() == {"matched_by_id": 0, "matched_by_code": 1, "matched_by_name": 1, "ids_refused": 1}


def test_a_name_that_stands_twice_matches_nobody(located: gpd.GeoDataFrame) -> None:
    old = located.iloc[:2].assign(enterprise_id=["a", "b"], name_zh="同名")
    new = located.iloc[:1].assign(enterprise_id="c", name_zh="同名")
    assert len(match(old, new).earlier) == 0
    assert match(old, new.iloc[:0]).report()["matched_by_name"] == 0


def test_changed_ids_are_said_aloud(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    strange = located.assign(enterprise_id=[f"q{k}" for k in range(12)], name_zh=[f"别{k}" for k in range(12)])
    result = compare(located, strange, areas)
    assert "may be changed ids" in result.reading_en
    assert "可能只是编号或名称变更" in result.reading_zh


def test_one_register_at_two_dates(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    founded = ["2010", "2019-05", "2020-06-30", "2020-07", "2021", None, *["2000"] * 6]
    result = compare("2020-06", located.assign(founded=founded), areas)
    total = result.table.set_index("area_id").loc["total"]
    assert total[["earlier", "later", "entries", "exits"]].tolist() == [9, 11, 2, 0]
    assert result.n_dropped == 1
    with pytest.raises(ValueError, match="not a date"):
        compare("June 2020", located, areas)


def test_a_lost_place_is_no_move(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    lost = located.copy()
    lost.loc["row 0", ["core_id", "zone_id", "park_id", "outcome"]] = [None, None, None, "unplaced"]
    result = compare(located, lost, areas)
    assert (result.enterprises["status"] == "stayed").all()
    assert result.table.set_index("area_id").loc["unplaced", "moved_in"] == 1


def test_nothing_against_nothing(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    none = located.iloc[:0]
    assert (compare(none, none, areas, sectors).table["later"] == 0).all()
    assert shift_share(none, none, areas, sectors).reading_en == "There is no change to split"
    assert centre_shift(none, none).reading_en == "There are no two centres to compare"


# University of Washington, Geography 350 (G. Krumme), "Shift & Share Table": a region of four industries, 1985 to 1995,
# in a nation with 10, 20, 40 and 30 % of employment in them, growing by 10, 20, 30 and 40 %
_REGION = np.array([[500, 100, 200, 200], [1000, 100, 250, 280]], dtype=float)
_NATION = np.array([[10_000, 20_000, 40_000, 30_000], [11_000, 24_000, 52_000, 42_000]], dtype=float)


def test_the_published_table_of_krumme() -> None:
    parts = split([_REGION[0], (_NATION - _REGION)[0]], [_REGION[1], (_NATION - _REGION)[1]])
    region = {name: part[0] for name, part in parts.items()}
    assert region["reference_effect"].sum() == pytest.approx(290)
    assert region["mix_effect"] == pytest.approx([-95, -9, 2, 22])
    assert region["local_effect"] == pytest.approx([450, -20, -10, 0], abs=1e-9)
    assert region["mix_effect"].sum() + region["local_effect"].sum() == pytest.approx(340)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), zeros=st.floats(0, 1))
def test_the_parts_always_add_up(seed: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    before, after = (rng.integers(0, 100, (4, 5)) * (rng.random((4, 5)) >= zeros) for _ in range(2))
    for method in ("dunn", "esteban-marquillas"):
        parts = split(before, after, method)
        assert sum(parts.values()) == pytest.approx(after - before, abs=1e-9)
        if before.any(axis=0).all():  # a sector that is new has no growth of its own to set against the whole's
            assert parts["mix_effect"].sum() == pytest.approx(0, abs=1e-9)


def test_esteban_marquillas_by_its_formula() -> None:
    parts = split([_REGION[0], (_NATION - _REGION)[0]], [_REGION[1], (_NATION - _REGION)[1]], "esteban-marquillas")
    even = 1000 * np.array([0.1, 0.2, 0.4, 0.3])
    ahead = _REGION[1] / _REGION[0] - _NATION[1] / _NATION[0]
    assert parts["local_effect"][0] == pytest.approx(even * ahead)
    assert parts["allocation_effect"][0] == pytest.approx((_REGION[0] - even) * ahead)


def test_shift_share_of_the_town_adds_up_to_the_registers(
    located: gpd.GeoDataFrame, later: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    result = shift_share(located, later, areas, sectors, weight="employees", method="esteban-marquillas")
    by = result.table.set_index(["area_id", "sector"])
    assert by.loc[("total", "all"), ["earlier", "later"]].tolist() == [690, 660]
    assert by.loc[("outside", "all"), "earlier"] == 220  # e10, and e12 without a place
    assert by["residue"].abs().max() < 1e-9
    assert by.loc[("z-east", "bio"), "change"] == 10
    assert result.n_dropped == 3  # e09 states no employment, nor does n01
    assert "Strongest of its own: Area z-east" in result.reading_en
    assert len(result.plot(Figure().subplots()).patches) == 4 * 4
    with pytest.raises(ValueError, match="dunn or esteban"):
        shift_share(located, later, areas, sectors, method="carlino")


def test_the_centre_moves_as_on_paper(located: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> None:
    result = centre_shift(located, later)
    by = result.table.set_index("when")
    # ten points before and after: e01 5 km east, e03 (2.5, 2.5) gone, n01 at (2.5, 5) new
    assert by.loc["shift", ["east_m", "north_m"]].tolist() == pytest.approx([500, 250], rel=1e-3)
    assert by.loc["shift", "distance_m"] == pytest.approx(312_500**0.5, rel=1e-3)
    assert by.loc["shift", "bearing_deg"] == pytest.approx(np.degrees(np.arctan2(2, 1)), abs=0.2)
    assert by.loc["earlier", ["lon", "lat"]].tolist() == pytest.approx(
        town.lonlat(*np.mean([e[:2] for e in town.ENTERPRISES.values() if e[0] is not None], axis=0)), abs=1e-6
    )
    assert result.reading_en.startswith("The centre moved 0.56 km to the NE (p = ")
    assert (result.n_used, result.n_dropped) == (20, 4)
    result.plot(Figure().subplots(), "zh")


def test_positions_in_another_system_are_refused(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    metres = located.to_crs(4551)
    for wrong in (lambda: centre_shift(located, metres), lambda: compare(metres, located, areas),
                  lambda: ellison_glaeser(metres, areas, ())):  # fmt: skip
        with pytest.raises(CRSError, match="WGS 84"):
            wrong()


def test_the_same_register_has_not_moved(located: gpd.GeoDataFrame) -> None:
    shift = centre_shift(located, located).table.iloc[2]
    assert shift["distance_m"] == 0
    assert shift[["bearing_deg", "p"]].isna().all()
    heavy = centre_shift(located, located.assign(employees=located["employees"] * 2), weight="employees")
    assert heavy.table.loc[2, "distance_m"] == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
def test_a_centre_that_chance_moves_keeps_its_level(scatter: Deal) -> None:
    p = []
    for seed in range(120):
        everyone = scatter(60, 1000 + seed)
        p.append(centre_shift(everyone.iloc[:45], everyone.iloc[15:], simulations=99, seed=seed).table.loc[2, "p"])
    assert 0.0 < np.mean(np.array(p) <= 0.05) < 0.11
    east = everyone.assign(geometry=everyone.translate(0.5))
    strangers = east.assign(enterprise_id=[f"t{k}" for k in range(60)], name_zh="另")
    assert centre_shift(everyone, strangers).table.loc[2, "p"] == pytest.approx(0.001)
