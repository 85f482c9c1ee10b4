"""The one table of measures: every measure runs, says what it is, draws, and leaves its input alone."""

from __future__ import annotations

import datetime
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import parkatlas
from parkatlas import statistics
from parkatlas.errors import PlanError
from parkatlas.model import Sector
from parkatlas.statistics import MEASURES, Result, columns, definitions, measures, run

DOCS = Path(__file__).resolve().parents[2] / "docs"
Sectors = tuple[Sector, ...]
ONE = [measure.name for measure in measures.of_one_register()]


@pytest.fixture(scope="module")
def scenario(geodata: Path) -> parkatlas.Survey:
    """Return the shipped project with its scenario of 1,000 enterprises."""
    return parkatlas.survey(geodata)


@pytest.fixture(scope="module")
def computed(scenario: parkatlas.Survey) -> tuple[dict[str, Result], float, bool]:
    """Return every measure of the scenario, the processor time they took, and whether the tables are as before."""
    located, areas, sectors = scenario.registers["scenario"], scenario.plan.areas, scenario.plan.sectors
    before = located.copy(), areas.copy()
    began = time.process_time()
    results = {name: run(name, located, areas, sectors) for name in ONE}
    seconds = time.process_time() - began
    return results, seconds, located.equals(before[0]) and areas.equals(before[1])


@pytest.mark.parametrize("name", ONE)
def test_each_measure_of_the_plan_size_register_is_complete(
    name: str, computed: tuple[dict[str, Result], float, bool]
) -> None:
    result = computed[0][name]
    assert isinstance(result, Result)
    assert result.name == name
    assert result.definition
    assert result.reference
    assert result.unit
    assert result.unit_in("zh") != result.unit or result.unit == "1"
    assert result.defined("zh") != result.defined() == result.definition
    assert set(result.titles()) == set(result.named().columns) >= set(result.table.columns)
    assert (name in measures.MAPPED) == isinstance(result.to_frame(), gpd.GeoDataFrame)
    assert result.reading("zh") != result.reading("en")
    assert 0 < result.n_used <= 1000
    assert {"python", "numpy", "parkatlas"} <= set(result.versions)
    json.dumps(result.record(), default=str)
    assert len(result.to_frame()) == len(result.named("zh"))
    assert 4 < result.height < 15
    figure = Figure()
    assert result.plot(figure.subplots(), "zh").figure is figure


def test_all_measures_of_a_thousand_enterprises_take_ten_seconds_and_change_nothing(
    computed: tuple[dict[str, Result], float, bool],
) -> None:
    _, seconds, unchanged = computed
    assert seconds < 10
    assert unchanged


@pytest.mark.parametrize("name", ONE)
def test_each_measure_gives_the_same_twice_and_nobody_is_no_error(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    first, again = (run(name, located, areas, sectors).to_frame() for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(again))
    for n in (0, 1, 2):
        result = run(name, located.iloc[:n], areas, sectors)
        assert result.n_used <= n
        assert result.reading_en
        result.plot(Figure().subplots())


@pytest.mark.parametrize("name", MEASURES)
def test_each_column_has_a_title(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors, scenario: parkatlas.Survey
) -> None:
    further = {"earlier": located, "later": located, "plan": scenario.plan, "today": datetime.date(2026, 11, 23)}
    options = {need: further[need] for need in MEASURES[name].needs if need in further}
    table = run(name, located, areas, sectors, **options).table
    known = {column.name for one in parkatlas.schema.TABLES for column in one.columns} | set(columns.TITLES)
    assert set(table.columns) <= known
    titles = columns.titles(table.columns, "zh")
    latin = {"R", "z值"}
    assert all(ord(max(words)) > 0x2000 or words in latin for words in titles.values()), titles


def test_every_measure_is_defined_in_chinese() -> None:
    assert set(definitions.ZH) == set(MEASURES)


def test_every_measure_is_a_public_name_with_a_documented_function() -> None:
    for name, measure in MEASURES.items():
        # a point statistic takes points in metres; its twin for a register has the same name in `registers`
        assert getattr(statistics, name) is measure.function or measure.home == "registers"
        assert "References\n" in (measure.function.__doc__ or ""), name
        assert measure.title("zh") != measure.title("en")
    assert statistics.__all__ == sorted(statistics.__all__)
    assert set(dir(statistics)) == set(statistics.__all__) == set(statistics._HOMES)
    assert all(hasattr(statistics, name) for name in statistics.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = statistics.nothing


def test_the_page_of_measures_is_up_to_date_and_lacks_none() -> None:
    spec = importlib.util.spec_from_file_location("make_measures", DOCS / "make_measures.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert set(maker.notes()) == set(MEASURES)
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    assert page == maker.page(), "run python docs/make_measures.py"
    for name in MEASURES:
        assert f"### {name}\n" in page


def test_listing_the_measures_imports_no_library() -> None:
    code = "import sys, parkatlas.statistics as s; s.MEASURES; print({'pandas', 'scipy', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_wrong_name_or_option_says_what_was_meant(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    with pytest.raises(ValueError, match="did you mean 'krugman'"):
        run("krugmann", located, areas, sectors)
    with pytest.raises(TypeError, match=r"krugman has no option levl, only level, reference"):
        run("krugman", located, areas, sectors, levl="zone")
    with pytest.raises(TypeError, match="compare needs earlier, later"):
        run("compare", located, areas, sectors)


def test_any_function_of_a_register_may_be_run(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    def old_firms(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, year: int = 2000) -> pd.Series:
        """Say who is old.

        More words.
        """
        return pd.Series(np.ones(len(located)), index=located.index, name="old")

    result = run(old_firms, located, areas, year=1990)
    assert result.name == "old_firms"
    assert result.definition == "Say who is old."
    assert result.table.columns.tolist() == ["old"]
    with pytest.raises(TypeError, match="returned int"):
        run(lambda located, areas: 3, located, areas)


def test_results_sort_into_families(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    results = {name: run(name, located, areas, sectors) for name in ("krugman", "area_table")}
    sheets = measures.by_family(results, "zh")
    assert {family: list(blocks) for family, blocks in sheets.items()} == {
        "数量与结构": ["区域统计"], "集聚与专业化": ["克鲁格曼专业化指数"]
    }  # fmt: skip


def test_who_counts_and_who_does_not_add_up_to_the_enterprises(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    located["sector"] = located["sector"].mask(located["enterprise_id"].isin(["e01", "e10"]))
    located.loc[located["enterprise_id"] == "e02", "sector"] = "forestry"  # no sector of the plan
    located.loc[located["enterprise_id"] == "e03", "entity"] = "institute"
    for name in ONE:
        result = run(name, located, areas, sectors)
        assert result.n_used + result.n_dropped == 11, name
    table = run("sector_table", located, areas, sectors)
    assert (table.n_used, table.n_dropped) == (8, 3)
    assert "of the area with a sector" in table.definition
    # z-west holds four: of e01, e02 and e04 only e04 (chem) has a sector of the plan, and e03 is an institute
    row = table.table.set_index(["area_id", "sector"]).loc[("z-west", "chem")]
    assert (row["n"], row["share"]) == (1, 1.0)


@pytest.mark.parametrize("name", [name for name, one in MEASURES.items() if "level" in one.options])
def test_a_level_that_the_plan_lacks_is_one_error_in_two_languages(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    ground = areas[areas["level"] != "core"]
    sides = {"earlier": located, "later": located} if "earlier" in MEASURES[name].needs else {}
    with pytest.raises(PlanError) as refused:
        run(name, located.assign(core_id=None), ground, sectors, level="core", **sides)
    assert refused.value.findings[0].code == "statistics.no-level"
    assert "the levels of the plan: zone, park" in refused.value.render("en")
    assert "现有层级：zone, park" in refused.value.render("zh")


@pytest.mark.parametrize("name", sorted(measures.MAPPED))
def test_what_has_shapes_has_longitude_and_latitude_in_files(
    name: str, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors
) -> None:
    options = {"eps": 2000.0, "min_samples": 2} if name == "cluster_report" else {}
    result = run(name, located, areas, sectors, **options)
    frame = result.with_places()
    shapes = gpd.GeoSeries(frame.geometry).to_crs(4326)
    known = frame["lon"].notna().to_numpy()
    assert known.any()
    assert frame["lon"].between(125.9, 126.2)[known].all()
    assert frame["lat"].between(43.8, 44.0)[known].all()
    there = known & shapes.notna().to_numpy()
    places = shapely.points(frame["lon"][there], frame["lat"][there])
    # the middle of a hull is not that of its members, but no place lies outside its shape
    assert (shapely.distance(shapes[there].to_numpy(), places) < 1e-6).all()
    assert ("crs" in frame) == ("x" in frame)
    assert set(frame.get("crs", pd.Series(dtype=str))) <= {"CGCS2000 / 3-degree Gauss-Kruger CM 126E (EPSG:4551)"}
    assert result.titles("zh").items() >= {"lon": "经度", "lat": "纬度"}.items()


def test_one_is_singular(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sectors) -> None:
    nouns = "enterprises|clusters|rows|cells|quotients|areas|values|stars|coefficients"
    plural = re.compile(rf"(?<![\d.])1 ({nouns})\b")
    for n in (1, 2):
        for name in ONE:
            assert not plural.search(run(name, located.iloc[:n], areas, sectors).reading_en), name
    pair = run("cluster_report", located.iloc[:3], areas, sectors, eps=3000.0, min_samples=2)
    assert pair.reading_en.startswith("1 cluster, the largest of 3 enterprises")
    one = run("compare", located, areas, sectors, earlier=located.iloc[:1], later=located)
    assert one.reading_en.startswith("Of 1 enterprise 1 remains")
