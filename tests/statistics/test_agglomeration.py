"""Ellison-Glaeser, Maurel-Sedillot, coagglomeration and the locational Gini.

Independent references: the papers' formulas in plain loops, moments by simulation, the `inequality` package.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
from inequality.gini import Gini
from matplotlib.figure import Figure

from parkatlas.model import Sector
from parkatlas.statistics import coagglomeration, ellison_glaeser, locational_gini, maurel_sedillot
from parkatlas.statistics.concentration.agglomeration import dartboard_moments
from parkatlas.statistics.concentration.cells import throw
from parkatlas.statistics.concentration.specialisation import gini_of

Sectors = tuple[Sector, ...]
Deal = Callable[..., gpd.GeoDataFrame]
FAST = {"simulations": 99, "grid_m": None}


def _in_loops(firms: gpd.GeoDataFrame, sector: str) -> tuple[float, float]:
    """Return gamma of Ellison and Glaeser and of Maurel and Sedillot as their papers write them."""
    x, s, z = {}, {}, []
    jobs, own = firms["employees"].sum(), firms.loc[firms["sector"] == sector, "employees"].sum()
    for row in firms.itertuples():
        x[row.zone_id] = x.get(row.zone_id, 0) + row.employees / jobs
        if row.sector == sector:
            s[row.zone_id] = s.get(row.zone_id, 0) + row.employees / own
            z.append(row.employees / own)
    h, rest = sum(one**2 for one in z), 1 - sum(one**2 for one in x.values())
    g = sum((s.get(area, 0) - x[area]) ** 2 for area in x)
    ms = sum(one**2 for one in s.values()) - sum(one**2 for one in x.values())
    return (g / rest - h) / (1 - h), (ms / rest - h) / (1 - h)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_indices_equal_the_papers_formulas(
    scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors, seed: int
) -> None:
    firms = scatter(60, seed)
    eg = ellison_glaeser(firms, areas, sectors, level="zone", **FAST).table.set_index("sector")
    ms = maurel_sedillot(firms, areas, sectors, level="zone", **FAST).table.set_index("sector")
    for sector in ("bio", "device", "chem"):
        assert (eg.loc[sector, "gamma"], ms.loc[sector, "gamma"]) == pytest.approx(_in_loops(firms, sector))


def test_the_dartboards_moments_are_those_of_simulated_darts() -> None:
    rng = np.random.default_rng(11)
    z, x = rng.dirichlet(np.full(15, 0.5)), np.array([0.4, 0.3, 0.2, 0.1])
    g = ((throw(z, x, 40_000, rng) - x) ** 2).sum(axis=1)
    mean, variance = dartboard_moments(z, x)
    assert mean == pytest.approx(g.mean(), rel=0.02)
    assert variance == pytest.approx(g.var(), rel=0.04)


def test_many_plants_are_thrown_from_the_limit_with_the_same_moments() -> None:
    rng = np.random.default_rng(12)
    x = np.array([0.5, 0.3, 0.2])
    shares = throw(np.full(20_000, 1 / 20_000), x, 5_000, rng)
    assert shares.mean(axis=0) == pytest.approx(x, abs=2e-4)
    assert np.cov(shares.T) == pytest.approx((np.diag(x) - np.outer(x, x)) / 20_000, rel=0.15)
    assert shares.sum(axis=1) == pytest.approx(1)


def test_one_plant_and_one_area_are_nan_with_the_reason(
    scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    firms = scatter(30, 5)
    firms["sector"] = ["chem", *["bio"] * 29]
    table = ellison_glaeser(firms, areas, sectors, level="zone", **FAST).table.set_index("sector")
    assert table["reason"].fillna("").to_dict() == {"bio": "", "device": "no plant", "chem": "one plant"}
    assert table.loc[["device", "chem"], "gamma"].isna().all()
    alone = firms[firms["zone_id"] == "z-east"]
    result = ellison_glaeser(alone, areas, sectors, level="zone", **FAST)
    assert "one area" in result.table["reason"].tolist()
    assert result.reading_en == (
        "Nothing can be computed: too few enterprises with an area, a sector and a size (0 were dropped)"
    )
    assert ellison_glaeser(firms.iloc[:0], areas, sectors, **FAST).table["gamma"].isna().all()


def test_levels_stand_side_by_side_and_everyone_is_counted(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    result = ellison_glaeser(located, areas, sectors, simulations=99)
    assert result.table["level"].unique().tolist() == ["zone", "park", "grid 1000 m"]
    zones = ellison_glaeser(located, areas, sectors, level="zone", **FAST)
    assert (zones.n_used, zones.n_dropped) == (9, 3)  # e09 states no employment, e10 and e12 stand in no zone
    parks = ellison_glaeser(located, areas, sectors, level="park", weight=None, **FAST).table
    assert parks["areas"].tolist() == [3, 3, 3]  # pc counts as part of pb


def test_concentration_is_found_and_chance_is_not(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(240, 7)
    nothing = ellison_glaeser(firms, areas, sectors, level="zone", weight=None, grid_m=None)
    assert "None of 3 values is significant" in nothing.reading_en
    firms.loc[firms["zone_id"] == "z-north", "sector"] = "chem"
    found = ellison_glaeser(firms, areas, sectors, level="zone", weight=None, grid_m=None)
    assert "Chemicals is concentrated by zone" in found.reading_en
    assert found.table.set_index("sector").loc["chem", "strength"] == "high"
    assert len(found.plot(Figure().subplots()).patches) == 3


@pytest.mark.slow
@pytest.mark.parametrize("measure", [ellison_glaeser, maurel_sedillot, locational_gini])
def test_p_keeps_its_level_for_a_small_sector_thrown_at_random(
    scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors, measure: Callable[..., object]
) -> None:
    firms, rng = scatter(600, 9), np.random.default_rng(10)
    small = np.arange(600) < 24
    rejected = []
    for seed in range(120):
        firms["sector"] = np.where(rng.permutation(small), "bio", "chem")
        table = measure(firms, areas, sectors[:1] + sectors[2:], level="zone", weight=None, seed=seed, **FAST).table
        rejected.append(table["p"].iloc[0] <= 0.05)
    assert 0.0 < np.mean(rejected) < 0.11  # 5 % of 120: 6, of which 13 or more have odds of 1 in 250


@pytest.mark.slow
def test_the_p_of_coagglomeration_keeps_its_level(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms, rng = scatter(600, 9), np.random.default_rng(11)
    names, rejected = np.repeat(["bio", "device", "chem"], [24, 24, 552]), []
    for seed in range(120):
        firms["sector"] = rng.permutation(names)
        table = coagglomeration(firms, areas, sectors, level="zone", weight=None, seed=seed, **FAST).table
        both = table[table["sector_i"].isin(["bio", "device"]) & table["sector_j"].isin(["bio", "device"])]
        rejected.append(both["p"].iloc[0] <= 0.05)
    assert 0.0 < np.mean(rejected) < 0.11


def test_coagglomeration_in_loops(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(80, 3)
    table = coagglomeration(firms, areas, sectors, level="zone", weight=None, **FAST).table
    row = table[(table["sector_i"] == "bio") & (table["sector_j"] == "chem")].iloc[0]
    x = firms["zone_id"].value_counts(normalize=True)
    s_i, s_j = (
        firms.loc[firms["sector"] == one, "zone_id"].value_counts(normalize=True).reindex(x.index, fill_value=0)
        for one in ("bio", "chem")
    )
    assert row["gamma"] == pytest.approx(sum((s_i[a] - x[a]) * (s_j[a] - x[a]) for a in x.index) / (1 - (x**2).sum()))
    lonely = coagglomeration(firms[firms["sector"] == "bio"], areas, sectors, level="zone", **FAST).table
    assert set(lonely["reason"]) == {"no plant"}


def test_sectors_that_go_together_are_found(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(240, 7)
    firms["sector"] = np.where(firms["zone_id"] == "z-east", "bio", np.where(firms.index % 2, "device", "chem"))
    result = coagglomeration(firms, areas, sectors, level="zone", weight=None, grid_m=None)
    by = result.table.set_index(["sector_i", "sector_j"])
    assert by.loc[("device", "chem"), "gamma"] > 0 > by.loc[("bio", "chem"), "gamma"]
    assert by["p_fdr"].max() < 0.05
    assert len(result.plot(Figure().subplots()).patches) == 3


def test_the_gini_of_equal_areas_is_that_of_the_inequality_package() -> None:
    s = np.random.default_rng(1).dirichlet(np.ones(7), 5)
    for one in s:
        assert gini_of(one, np.full(7, 1 / 7)) == pytest.approx(Gini(one).g)


def test_the_gini_of_the_lorenz_curve_by_trapezoids(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(90, 3)
    row = locational_gini(firms, areas, sectors, level="zone", weight=None, **FAST).table.set_index("sector").loc["bio"]
    x = firms["zone_id"].value_counts(normalize=True)
    s = firms.loc[firms["sector"] == "bio", "zone_id"].value_counts(normalize=True).reindex(x.index)
    order = (s / x).sort_values().index
    under = np.trapezoid(np.cumsum([0, *s[order]]), np.cumsum([0, *x[order]]))
    assert row["gini"] == pytest.approx(1 - 2 * under)
    assert 0 < row["expected"] < 1


def test_a_negative_grid_is_refused(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    with pytest.raises(ValueError, match="more than 0 m"):
        ellison_glaeser(located, areas, sectors, grid_m=-1)
