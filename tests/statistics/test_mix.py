"""Sector mix and its indices: worked numbers, scipy and enumeration as independent references."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from parkatlas.model import Sector
from parkatlas.statistics import effective_number, herfindahl, indices, sector_mix, shannon


def test_the_index_of_the_us_merger_guidelines() -> None:
    # section 5.3 (2010): four firms with 30, 30, 20 and 20 percent have an index of 2600 in squared percent
    assert indices.hhi([30, 30, 20, 20]) * 1e4 == pytest.approx(2600)


def test_entropy_equals_scipys() -> None:
    counts = np.random.default_rng(3).integers(0, 9, (20, 6)) + np.eye(20, 6, dtype=int)
    assert indices.entropy(counts) == pytest.approx(stats.entropy(counts, axis=1))


def test_the_town_by_area(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    by = herfindahl(located, areas).table.set_index("area_id")
    assert by.loc["z-west", ["n", "n_sectors"]].tolist() == [4, 3]
    assert by.loc["z-west", "herfindahl"] == pytest.approx(0.375)
    pairs = list(itertools.permutations(["bio", "bio", "device", "chem"], 2))
    assert by.loc["z-west", "unbiased"] == pytest.approx(np.mean([a == b for a, b in pairs]))
    assert pd.isna(by.loc["outside", "unbiased"])  # one enterprise
    assert effective_number(located, areas).table["effective_number"].iloc[-1] == pytest.approx(3)
    entropy = shannon(located, areas, level="zone").table.set_index("area_id")
    assert list(entropy.index) == ["z-east", "z-north", "z-west", "outside", "unplaced", "total"]
    assert entropy.loc["total", ["shannon", "evenness"]].tolist() == pytest.approx([np.log(3), 1])


def test_weights_are_shares_of_employment(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    result = herfindahl(located, areas, weight="employees")
    by = result.table.set_index("area_id")
    # z-west: bio 10 + 20, device 30, chem 40
    assert by.loc["z-west", "herfindahl"] == pytest.approx(0.3**2 + 0.3**2 + 0.4**2)
    assert "unbiased" not in by
    assert (result.n_used, result.n_dropped) == (11, 1)  # e09 does not state it


def test_small_areas_are_not_ranked(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    assert "not ranked" in herfindahl(located, areas).reading_en
    many = pd.concat([located] * 3, ignore_index=True)
    assert herfindahl(many, areas, level="park").reading_en == (
        "Most concentrated: Area pa (1.00, n = 6); least: Area pc (0.50, n = 6)"
    )


def test_the_mix_names_the_largest_sectors(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    result = sector_mix(located, areas, sectors)
    by = result.table.set_index("area_id")
    assert by.loc["z-west", ["top_1", "share_1", "top_2", "top_3"]].tolist() == ["bio", 0.5, "device", "chem"]
    assert by.loc["pa", "top_1"] == "bio"
    assert by.loc["pa", ["top_2", "share_2"]].isna().all()
    assert by.loc["z-east", "top_1"] == "device"
    assert result.mix.loc["z-west"].tolist() == [2, 1, 1]
    assert result.reading_zh.startswith("12家有产业领域的企业中，生物药最多（33%）")
    assert result.n_dropped == 0


def test_the_mix_of_nothing_says_so(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    result = sector_mix(located.iloc[:0], areas, sectors[:1])
    assert result.reading_en == "No enterprise has a sector"
    assert result.table[["hhi", "top_1", "share_1", "top_2"]].isna().all(axis=None)


def test_shares_of_fewer_than_five_enterprises_are_withheld(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: tuple[Sector, ...]
) -> None:
    result = sector_mix(located, areas, sectors)
    held = int((result.table["n_sector"] > 0).sum())
    large = result.table["n_sector"] >= 5
    assert 0 < large.sum() < held  # of twelve enterprises few areas have five
    ax = result.plot(Figure().subplots(), "zh")
    shown = [bar.get_width() for bar in ax.patches if bar.get_facecolor()[:3] != (0xE4 / 255,) * 3]
    assert len(shown) == held * 3
    assert sum(shown) == pytest.approx(100.0 * large.sum())
    assert len(ax.patches) - len(shown) == held - large.sum()
    assert "不足5家，不列比重" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_an_unknown_level_is_refused(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    with pytest.raises(ValueError, match="unknown level 'county'"):
        herfindahl(located, areas, level="county")
