"""Readings, reasons, axes and legends are wholly Chinese in Chinese and wholly English in English, sectors by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import parkatlas
from parkatlas.statistics import MEASURES, Result, measures, run
from parkatlas.statistics.readings import REASONS

# What stands in Latin letters in Chinese texts too: symbols of functions, proper names, and names of methods.
LATIN = {
    "p", "n", "r", "d", "z", "R", "I", "K", "L", "M", "T", "H", "FDR", "SD", "EG", "MS", "DO", "MP", "HHI", "LQ", "eps",
    "Moran", "Ripley", "Besag", "Donnelly", "Yuill", "ArcGIS", "CrimeStat", "DBSCAN", "HDBSCAN", "EB", "Gi",
}  # fmt: skip
ONE = [measure.name for measure in measures.of_one_register()]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def shipped(geodata) -> parkatlas.Survey:
    return parkatlas.survey(geodata)


@pytest.fixture(scope="module")
def results(shipped: parkatlas.Survey) -> dict[tuple[str, str], Result]:
    """Return every measure of both shipped registers, few simulations, and the measures of two registers."""
    plan, registers = shipped.plan, shipped.registers
    computed = {}
    for key, located in registers.items():
        for name in ONE:
            few = {"simulations": 39} if "simulations" in MEASURES[name].options else {}
            computed[key, name] = run(name, located, plan.areas, plan.sectors, **few)
    for name in ("compare", "shift_share", "centre_shift"):
        sides = {"earlier": registers["recorded"], "later": registers["scenario"]}
        computed["change", name] = run(name, registers["scenario"], plan.areas, plan.sectors, **sides)
    return computed


def foreign(text: str, sectors: set[str]) -> list[str]:
    """Return the words in Latin letters that a Chinese text should not hold, and the ids of sectors."""
    words = re.findall(r"[A-Za-z][A-Za-z_]*", text)
    return [word for word in words if word not in LATIN or word in sectors]


def shown(ax: Axes) -> Iterator[str]:
    """Yield every text of a picture: of all its Axes, since a scale is one of its own."""
    for one in ax.figure.axes:
        yield from (one.get_title(), one.get_xlabel(), one.get_ylabel(), *(text.get_text() for text in one.texts))
        legend = one.get_legend()
        yield from (text.get_text() for text in legend.get_texts()) if legend is not None else ()
        for axis in (one.xaxis, one.yaxis):
            yield from (label.get_text() for label in axis.get_ticklabels())


@pytest.mark.parametrize("name", [*ONE, "compare", "shift_share", "centre_shift"])
def test_readings_reasons_and_figures_speak_one_language(
    name: str, results: dict[tuple[str, str], Result], shipped: parkatlas.Survey
) -> None:
    sectors = {sector.id for sector in shipped.plan.sectors}
    for (register, measure), result in results.items():
        if measure != name:
            continue
        assert not foreign(result.reading("zh"), sectors), (register, result.reading("zh"))
        assert not CHINESE.search(result.reading("en")), (register, result.reading("en"))
        for column in ("reason", "kind", "method", "verdict", "quadrant", "strength", "status", "sector_mix"):
            if column in result.table:
                words = " ".join(result.named("zh")[column].dropna().astype(str))
                assert not foreign(words, sectors), (register, column, words[:200])
        texts = {lang: list(shown(result.plot(Figure().subplots(), lang))) for lang in ("zh", "en")}
        assert not [text for text in texts["zh"] if foreign(text, sectors)], register
        assert not [text for text in texts["en"] if CHINESE.search(text)], register


def test_every_sector_id_becomes_a_name_in_the_workbook(
    results: dict[tuple[str, str], Result], shipped: parkatlas.Survey
) -> None:
    sectors = {sector.id for sector in shipped.plan.sectors}
    for key, result in results.items():
        table = result.named("zh")
        held = {str(value) for column in table.columns for value in table[column].tolist() if isinstance(value, str)}
        assert not held & sectors, key


def test_a_comparison_with_a_synthetic_register_says_so(results: dict[tuple[str, str], Result]) -> None:
    for name in ("compare", "shift_share", "centre_shift"):
        result = results["change", name]
        assert "期末名录为合成数据" in result.reading_zh
        assert "B, is synthetic" in result.reading_en
        assert set(result.to_frame()["synthetic"]) == {result.params["synthetic"]} == {"later"}


def test_a_register_against_itself_at_a_date_is_compared_by_all_three(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors
) -> None:
    for name in ("compare", "shift_share", "centre_shift"):
        result = run(name, located, areas, sectors, earlier="2015", later=located)
        assert "synthetic" not in result.reading_en
        assert result.n_dropped >= int(located["founded"].isna().sum())
    table = run("shift_share", located, areas, sectors, earlier="2015", later=located).table
    whole = table[(table["area_id"] == "total") & (table["sector"] == "all")].iloc[0]
    dated = located[located["founded"].notna() & (located["entity"] == "enterprise")]
    assert whole["later"] == len(dated)
    assert whole["earlier"] == int((dated["founded"].str.slice(0, 4) <= "2015").sum())


@pytest.mark.parametrize("name", ["compare", "shift_share", "centre_shift"])
def test_who_has_no_founding_date_is_said_to_be_left_out(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors
) -> None:
    dated = located.assign(founded=pd.array(["2010", "2012", "2020-05", *[None] * (len(located) - 3)], dtype="str"))
    result = run(name, dated, areas, sectors, earlier="2015", later=dated)
    assert "; 9 of 12 enterprises have no founding date and were left out" in result.reading_en
    assert "；12家中9家没有成立日期，未计入" in result.reading_zh
    whole = run(name, dated, areas, sectors, earlier=dated, later=dated)
    assert "founding" not in whole.reading_en


def test_every_reason_has_chinese_words() -> None:
    assert all(CHINESE.search(words) for words in REASONS.values())
    assert pd.Series(list(REASONS)).is_unique
