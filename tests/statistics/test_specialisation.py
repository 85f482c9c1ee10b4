"""Krugman's index, Theil's T, relatedness and stars: paper, enumeration and the `inequality` package."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from inequality.theil import Theil, TheilD
from matplotlib.figure import Figure

from parkatlas.model import Sector
from parkatlas.statistics import ellison_glaeser, krugman, relatedness, theil, three_star
from parkatlas.statistics.concentration.specialisation import chance_distance

Sectors = tuple[Sector, ...]
Deal = Callable[..., gpd.GeoDataFrame]


def test_krugman_on_paper(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    by = krugman(located, areas, sectors).table.set_index("area_id")
    # pa is all bio, the town a third each: 2/3 + 1/3 + 1/3
    assert by.loc["pa", "krugman"] == pytest.approx(4 / 3)
    assert by.loc["z-east", "krugman"] == pytest.approx(2 * (1 / 3 - 1 / 4) + (1 / 2 - 1 / 3))
    assert by.loc["z-east", "hoover"] == pytest.approx(1 / 6)
    # quotients 0.75, 1.5, 0.75 of shares 1/4, 1/2, 1/4
    assert by.loc["z-east", "hachman"] == pytest.approx(1 / (0.75 / 4 + 1.5 / 2 + 0.75 / 4))
    assert by.loc["z-north", "hachman"] == pytest.approx(1 / (2 * 0.5 * 0.5 * 3))
    rest = krugman(located, areas, sectors, reference="rest").table.set_index("area_id")
    assert rest.loc["pa", "krugman"] == pytest.approx((1 - 2 / 10) + 4 / 10 + 4 / 10)
    with pytest.raises(ValueError, match="all or rest"):
        krugman(located, areas, sectors, reference="nation")


def test_what_chance_gives_krugman_equals_enumeration() -> None:
    p = np.array([0.5, 0.3, 0.2])
    for n in (1, 3, 5):
        draws = list(itertools.product(range(3), repeat=n))
        mean = sum(np.prod(p[list(draw)]) * np.abs(np.bincount(draw, minlength=3) / n - p).sum() for draw in draws)
        assert chance_distance(np.array([float(n)]), p[None, :])[0] == pytest.approx(mean)


def test_krugman_of_nobody_is_nan(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = krugman(located.iloc[:0], areas, sectors)
    assert result.table[["krugman", "expected"]].isna().all(axis=None)
    assert result.reading_en == "No area has 5 enterprises or more: none is compared"
    assert len(krugman(located, areas, sectors).plot(Figure().subplots()).patches) == 9


def test_theil_equals_the_inequality_package(scatter: Deal, areas: gpd.GeoDataFrame) -> None:
    firms = scatter(80, 3)
    by = theil(firms, areas, simulations=99).table.set_index("part")
    y = firms["employees"].to_numpy(dtype=float)
    split = TheilD(y, firms["zone_id"].to_numpy(dtype=object))
    assert by.loc["total", "theil"] == pytest.approx(Theil(y).T)
    assert by.loc["between", "theil"] == pytest.approx(np.ravel(split.bg)[0])
    assert by.loc["within", "theil"] == pytest.approx(np.ravel(split.wg)[0])
    assert by["contribution"].iloc[3:].sum() == pytest.approx(by.loc["within", "theil"])


def test_theil_of_unequal_zones_is_between_them(scatter: Deal, areas: gpd.GeoDataFrame) -> None:
    firms = scatter(80, 3)
    firms["output"] = firms["zone_id"].map({"z-east": 1.0, "z-north": 2.0, "z-west": 30.0})
    result = theil(firms, areas, value="output")
    assert result.table.set_index("part").loc["between", ["share", "p"]].tolist() == pytest.approx([1, 0.001])
    assert "100% of it between areas (p = 0.001)" in result.reading_en
    assert len(result.plot(Figure().subplots()).patches) == 4


@pytest.mark.slow
def test_theil_keeps_its_level_when_zones_are_dealt_at_random(scatter: Deal, areas: gpd.GeoDataFrame) -> None:
    p = [theil(scatter(60, 100 + k), areas, simulations=99, seed=k).table["p"].iloc[1] for k in range(120)]
    assert 0.0 < np.mean(np.array(p) <= 0.05) < 0.11


@pytest.mark.parametrize(
    ("value", "said"),
    [(np.nan, "No enterprise has an area"), (0.0, "All values are zero"), (7.0, "The 20 values are equal")],
)
def test_theil_of_nothing_or_of_equals(scatter: Deal, areas: gpd.GeoDataFrame, value: float, said: str) -> None:
    firms = scatter(20, 3)
    firms["output"] = value
    result = theil(firms, areas, value="output", simulations=19)
    assert result.reading_en.startswith(said)
    assert result.table["share"].isna().all()


def test_relatedness_in_loops(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(40, 8)
    result = relatedness(firms, areas, sectors, level="zone")
    share = firms["sector"].value_counts(normalize=True)
    mix = pd.crosstab(firms["zone_id"], firms["sector"], normalize="index")
    special = {one: {zone for zone in mix.index if mix.loc[zone, one] / share[one] >= 1} for one in share.index}
    proximity = {}
    for row in result.table.itertuples():
        a, b = special[row.sector_i], special[row.sector_j]
        proximity[row.sector_i, row.sector_j] = proximity[row.sector_j, row.sector_i] = len(a & b) / max(len(a), len(b))
        assert row.proximity == pytest.approx(proximity[row.sector_i, row.sector_j])
    by = result.density.set_index(["area_id", "sector"])
    for zone, one in by.index:
        near = {other: proximity[one, other] for other in special if other != one}
        held = sum(value for other, value in near.items() if zone in special[other])
        if sum(near.values()):
            assert by.loc[(zone, one), "density"] == pytest.approx(held / sum(near.values()))
        else:
            assert np.isnan(by.loc[(zone, one), "density"])
    assert "this only describes" in result.reading_en
    result.plot(Figure().subplots())


def test_relatedness_of_one_sector_is_nothing(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = relatedness(scatter(10, 1), areas, sectors[:1], level="zone")
    assert result.table.empty
    assert result.reading_en == "No pair of sectors can be compared"


def test_stars_on_paper(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = three_star(located, areas, sectors, level="zone", weight=None)
    by = result.table.set_index(["area_id", "sector"])
    # enterprises: z-east 1 2 1, z-north 1 0 1, z-west 2 1 1 of bio, device, chem; the top tenth of three is the first,
    # ties share it; focus: the largest of nine shares is one half, held by four
    assert by["size_star"].astype(int).tolist() == [0, 1, 1, 0, 0, 1, 1, 0, 1]
    assert not by["specialisation_star"].any()  # LQ is 1.5 at most
    assert by["focus_star"].astype(int).tolist() == [0, 1, 0, 1, 0, 1, 1, 0, 0]
    assert by.loc[("z-east", "device"), "stars"] == 2
    assert by["small"].all()
    assert "fewer than 5 expected" in result.reading_en
    assert len(result.plot(Figure().subplots()).patches) == 6
    parks = three_star(located, areas, sectors, level="park", weight=None).table.set_index(["area_id", "sector"])
    assert parks.loc[("pa", "bio"), ["lq", "stars"]].tolist() == [3, 3]


def test_stars_of_nobody(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = three_star(located.iloc[:0], areas, sectors)
    assert (result.table["stars"] == 0).all()
    assert result.reading_en.startswith("Nothing can be computed")
    assert set(result.table["reason"]) == {"no value"}
    with pytest.raises(ValueError, match="above 0"):
        three_star(located, areas, sectors, top=0)


def test_an_unknown_weight_is_refused_everywhere(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    for measure in (ellison_glaeser, relatedness, three_star, lambda *a, weight: theil(*a[:2], value=weight)):
        with pytest.raises(ValueError, match="unknown weight 'staff': one of employees, output"):
            measure(located, areas, sectors, weight="staff")
