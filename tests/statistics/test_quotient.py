"""Location quotients: the town on paper, scipy's exact tests, and the level of the test under the null."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from parkatlas.model import Sector
from parkatlas.statistics import location_quotient

Sectors = tuple[Sector, ...]
Deal = Callable[..., gpd.GeoDataFrame]


def test_the_town_on_paper(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = location_quotient(located, areas, sectors)
    by = result.table.set_index(["area_id", "sector"])
    assert by.loc["z-east", "lq"].to_numpy() == pytest.approx([0.75, 1.5, 0.75])
    assert by.loc["z-east", "expected"].to_numpy() == pytest.approx([4 / 3] * 3)
    # z-west: bio 30 of 100 jobs, where the register has 190 of 690
    assert by.loc[("z-west", "bio"), "lq_employees"] == pytest.approx(0.3 / (190 / 690))
    assert by["small"].all()
    assert "outside" in by.index
    assert "fewer than 5 expected" in result.reading_en
    assert "不能据此判断专业化" in result.reading_zh


def test_p_and_interval_equal_scipys_binomtest(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = location_quotient(scatter(200, 1), areas, sectors, level="zone")
    p = result.params["reference"]
    for row in result.table[result.table["n"] > 0].itertuples():
        test = stats.binomtest(row.k, row.n, p[row.sector])
        interval = test.proportion_ci(method="exact")
        assert row.p == pytest.approx(test.pvalue, rel=1e-6)
        assert [row.low, row.high] == pytest.approx([interval.low / p[row.sector], interval.high / p[row.sector]])
    known = result.table["p"].notna()
    assert result.table.loc[known, "p_fdr"].to_numpy() == pytest.approx(
        stats.false_discovery_control(result.table.loc[known, "p"])
    )


def test_a_reference_from_outside(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    nation = {"bio": 10, "device": 30, "chem": 60}
    by = location_quotient(located, areas, sectors, reference=nation).table.set_index(["area_id", "sector"])
    assert by.loc["pa", "lq"].tolist() == pytest.approx([10, 0, 0])
    with pytest.raises(ValueError, match="missing: chem"):
        location_quotient(located, areas, sectors, reference={"bio": 0.5, "device": 0.5})


def test_the_standardised_quotient_is_z_of_ln_lq(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    table = location_quotient(scatter(300, 2), areas, sectors).table
    zones = table[(table["level"] == "zone") & (table["sector"] == "bio")]
    assert zones["slq"].to_numpy() == pytest.approx(stats.zscore(np.log(zones["lq"]), ddof=1))
    assert np.ptp(zones["slq_cut"]) == 0
    assert zones["slq_cut"].iloc[0] <= zones["slq"].max()
    assert table.loc[table["level"] == "park", "slq"].isna().all()


def test_a_seed_fixes_the_bootstrap(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(300, 2)
    first, again = (location_quotient(firms, areas, sectors, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.slow
def test_both_laws_keep_their_level_when_sectors_are_dealt_at_random(
    scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    firms, rng = scatter(120, 4), np.random.default_rng(8)
    rates = {}
    for test in ("binomial", "hypergeometric"):
        p = [
            location_quotient(
                firms.assign(sector=rng.permutation(firms["sector"])), areas, sectors, level="zone", test=test
            ).table["p"][:9]
            for _ in range(80)
        ]
        rates[test] = np.mean(np.concatenate(p) < 0.05)
    assert rates["binomial"] <= rates["hypergeometric"] <= 0.07
    assert rates["hypergeometric"] > 0.02


def test_a_real_speciality_is_found(scatter: Deal, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    firms = scatter(200, 6)
    firms["sector"] = firms["sector"].mask(firms["zone_id"] == "z-west", "chem")
    result = location_quotient(firms, areas, sectors)
    assert "highest: Chemicals in Area z-west" in result.reading_en
    ax = result.plot(Figure(figsize=(8, 8)).subplots(), "zh")
    ax.figure.canvas.draw_idle()
    assert len(ax.texts) == int(result.table["lq"].notna().sum())


def test_no_enterprises_are_nan(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    result = location_quotient(located.iloc[:0], areas, sectors)
    assert result.table[["lq", "p", "low", "high", "slq"]].isna().all(axis=None)
    assert result.table["small"].all()
    assert location_quotient(located, areas, []).table.empty


def test_the_published_quotients_of_krumme(scatter: Deal, areas: gpd.GeoDataFrame) -> None:
    # University of Washington, Geography 350 (G. Krumme), "Shift & Share Table": 50, 10, 20 and 20 % of a region's
    # employment in industries with 10, 20, 40 and 30 % of the nation's
    firms = scatter(100, 1).assign(zone_id="z-west", sector=np.repeat(["I", "II", "III", "IV"], [50, 10, 20, 20]))
    industries = [Sector(key, key, key, (), "#000000") for key in ("I", "II", "III", "IV")]
    nation = {"I": 10, "II": 20, "III": 40, "IV": 30}
    table = location_quotient(firms, areas, industries, reference=nation).table.set_index("area_id")
    assert table.loc["z-west", "lq"].tolist() == pytest.approx([5, 0.5, 0.5, 0.667], abs=5e-4)
