"""Distance to the nearest park by sector, against paper and Fisher's exact test as scipy has it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from parkatlas.model import Sector
from parkatlas.statistics import distance_bands

# metres on paper: e03 from the corner of pa, e04 and e08 from that of pd, e10 two km east of pb
_DISTANCE = [0, 0, 500 * 2**0.5, 1250**0.5 / 10**0.5 * 100, 0, 0, 0, 1250**0.5 / 10**0.5 * 100, 0, 2000, np.nan, np.nan]


@pytest.fixture
def measured(located: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the town's enterprises with their distances."""
    return located.assign(park_distance_m=_DISTANCE)


def test_the_town_by_distance(measured: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]) -> None:
    result = distance_bands(measured, areas, sectors)
    by = result.table.set_index(["sector", "within_m"])
    assert by.loc["all", "n_within"].tolist() == [6, 6, 7, 10, 10]
    assert by.loc["bio", "n_within"].tolist() == [3, 3, 3, 3, 3]
    assert by.loc["chem", "n_within"].tolist() == [1, 1, 1, 4, 4]
    assert (result.n_used, result.n_dropped) == (10, 2)
    assert by.loc[("bio", 0), "expected"] == pytest.approx(0.6)
    fisher = stats.fisher_exact([[3, 0], [3, 4]]).pvalue
    assert by.loc[("bio", 0), "p"] == pytest.approx(fisher)
    assert by.loc[("bio", 0), "small"]
    assert result.reading_en == (
        "Of 10 enterprises 60% stand inside a park and 100% within 5 km; no sector differs from random relabelling "
        "(FDR 5 %)"
    )
    assert len(result.plot(Figure().subplots()).lines) == 4


def test_a_sector_away_from_the_parks_is_found(
    measured: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    many = pd.concat([measured] * 12, ignore_index=True)
    result = distance_bands(many, areas, sectors)
    assert "Chemicals stands significantly farther (25% within 1 km where 70% are expected" in result.reading_en
    assert "化学药显著更远" in result.reading_zh


@pytest.mark.slow
def test_the_test_keeps_its_level_under_random_relabelling(
    measured: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    rng = np.random.default_rng(5)
    many = pd.concat([measured] * 20, ignore_index=True)
    rejected = [
        (
            distance_bands(many.assign(sector=rng.permutation(many["sector"])), areas, sectors, edges_m=[0]).table["p"]
            < 0.05
        )[1]
        for _ in range(120)
    ]
    assert 0.0 < np.mean(rejected) < 0.10  # discrete, so at or below 5 %


def test_nobody_with_a_distance_is_nan_not_an_error(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    result = distance_bands(located, areas, sectors)
    assert result.table[["share", "p"]].isna().all(axis=None)
    assert result.n_dropped == 12
    assert result.reading_en == "No enterprise has a distance to a park"


@pytest.mark.parametrize("edges", [[], [-1, 2], [5, 5]])
def test_distances_that_do_not_ascend_are_refused(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...], edges: list[float]
) -> None:
    with pytest.raises(ValueError, match="ascend"):
        distance_bands(located, areas, sectors, edges_m=edges)
