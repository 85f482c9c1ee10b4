"""What the reader can leave out, and the counts that follow at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pandas as pd
import pytest
import town

from parkatlas import pipeline, statistics, webmap

pytestmark = pytest.mark.browser


def test_counts_of_the_areas_are_those_on_paper(page: Any, town_atlas: pipeline.Atlas) -> None:
    counts = page.evaluate("parkatlas.apps[0].areas.map((a) => [a.area_id, parkatlas.apps[0].countsOf(a.area_id).n])")
    assert dict(counts) == {key: town.COUNTS[key] for key in town.AREAS}
    table = town_atlas.statistics["list"]["areas"].set_index("area_id")["n"]
    assert dict(counts) == {key: int(table[key]) for key in town.AREAS}
    assert chromium.shown(page) == chromium.on_the_map(page) + town.COUNTS["unplaced"] == 12


def test_what_a_zoom_counts_ahead_is_what_stands_at_its_end(opened: chromium.Opened, page: Any) -> None:
    for step in (-2, 1, 1):
        ahead, end, afresh = page.evaluate(
            """async (step) => {
                const app = parkatlas.apps[0], {map} = app, ended = new Promise((go) => map.once("zoomend", go));
                const discs = () => JSON.stringify([app.grouped.kept.map((g) => [g.n, g.ranges]), app.grouped.free]);
                map.setZoom(map.getZoom() + step);
                await new Promise((go) => setTimeout(go, 120));
                const ahead = app.grouped.key;
                await ended;
                const end = [app.grouped.key, discs()];
                app.grouped = null;
                app.scene.draw();
                return [ahead, end, [app.grouped.key, discs()]];
            }""",
            step,
        )
        assert end == afresh
        assert ahead == end[0]
    shown = chromium.on_the_map(page)
    page.locator(".pa-bar", has_text="Biologics").first.click()
    assert chromium.on_the_map(page) < shown


def test_a_sector_switched_off_leaves_every_count(page: Any) -> None:
    page.locator(".pa-bar", has_text="Biologics").first.click()
    assert chromium.shown(page) == 8
    assert chromium.on_the_map(page) == 7  # e12 is on no map
    assert "off" not in page.url
    assert "so=bio" in page.url
    page.get_by_role("button", name="Clear filters").click()
    assert chromium.shown(page) == 12


def test_sizes_and_areas_filter(page: Any) -> None:
    page.locator(".pa-sizes .pa-bar", has_text="20–299").click()
    assert chromium.shown(page) == 2  # e01 has 10 persons, e09 none known
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".pa-bar", has_text="Area z-east").click()
    page.get_by_role("button", name="Only this area").click()
    assert chromium.shown(page) == town.COUNTS["z-east"]
    for _ in range(3):
        page.keyboard.press("Escape")  # closes the card and what else is open, and counts as before
    assert page.locator(".pa-card").is_hidden()
    assert chromium.shown(page) == town.COUNTS["z-east"]
    assert "Only this area: Area z-east" in page.locator(".pa-shown").inner_text()
    page.get_by_role("button", name="Clear filters").click()
    assert chromium.shown(page) == 12


def test_a_year_stops_at_the_other(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    located = town_atlas.registers["list"].copy()
    located["founded"] = pd.array([str(2001 + i) for i in range(12)], dtype="str")
    map_ = webmap.atlas_map(town_atlas.plan, {"list": located}, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "years.html")
    opened = chromium.Opened(browser, tmp_path / "years.html", fragment="#y=2008-2004")
    page = opened.page
    assert chromium.shown(page) == 5
    page.get_by_label("To year").fill("2002")
    assert [page.get_by_label(f"{end} year").input_value() for end in ("From", "To")] == ["2004", "2004"]
    assert chromium.shown(page) == 1
    page.get_by_label("From year").fill("2012")
    assert page.get_by_label("From year").input_value() == "2004"
    opened.check_silence()
    opened.context.close()


@pytest.fixture
def two_registers(town_atlas: pipeline.Atlas, tmp_path: Path) -> Path:
    """A page with a register of enterprises and institutes, one without years or institutes, and an empty one."""
    one, mixed = town_atlas.plan.registers[0], town_atlas.registers["list"].copy()
    mixed["entity"] = pd.array(["institute"] * 3 + ["enterprise"] * 9, dtype="str")
    mixed["founded"] = pd.array(["2001"] * 12, dtype="str")
    mixed["sector"] = mixed["sector"].where(mixed["enterprise_id"] > "e02")
    plain = town_atlas.registers["list"].iloc[:5].copy()
    plain["founded"] = pd.array([None] * 5, dtype="str")
    ids = ("list", "plain", "empty")
    plan = dataclasses.replace(town_atlas.plan, registers=tuple(dataclasses.replace(one, id=id_) for id_ in ids))
    registers = dict(zip(ids, (mixed, plain, plain.iloc[:0]), strict=True))
    map_ = webmap.atlas_map(plan, registers, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "registers.html")
    return tmp_path / "registers.html"


def test_a_filter_that_leaves_nothing_is_to_be_seen_in_every_register(browser: Any, two_registers: Path) -> None:
    opened = chromium.Opened(browser, two_registers, fragment="#e=enterprise")
    page = opened.page
    assert chromium.shown(page) == 3
    page.get_by_label("Register").select_option("plain")
    opened.settle()
    assert chromium.shown(page) == 0
    page.locator(".pa-kinds .pa-bar", has_text="Enterprises").click()
    assert chromium.shown(page) == 5
    page.evaluate("parkatlas.apps[0].set({years: [2000, 2002]})")
    assert chromium.shown(page) == 0
    for words in ("2000 to 2002", "5 with no year"):
        assert words in page.locator(".pa-years").inner_text()
    opened.check_silence()
    opened.context.close()


def test_what_is_counted_is_called_what_it_is(browser: Any, two_registers: Path) -> None:
    opened = chromium.Opened(browser, two_registers)
    page = opened.page
    assert "of 12 entries" in page.locator(".pa-shown").inner_text()
    assert "number is entries" in page.locator(".pa-legend").inner_text()
    page.get_by_label("Register").select_option("plain")
    opened.settle()
    assert "of 5 enterprises" in page.locator(".pa-shown").inner_text()
    page.evaluate("parkatlas.apps[0].select('area', 'pd')")
    page.locator(".pa-card").wait_for()
    assert "No enterprise of this register is known to lie here" in page.locator(".pa-card").inner_text()
    page.evaluate("parkatlas.apps[0].toggle('off', 'bio')")
    assert "No enterprise fits the filters" in page.locator(".pa-card").inner_text()
    page.get_by_label("Register").select_option("empty")
    opened.settle()
    text = page.locator(".pa-side").inner_text()
    assert "This register is empty" in text
    assert "Boxes" not in text
    opened.check_silence()
    opened.context.close()


def test_without_areas_nothing_offers_any(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    plan = dataclasses.replace(town_atlas.plan, areas=town_atlas.plan.areas.iloc[:0])
    map_ = webmap.atlas_map(plan, {"list": town_atlas.registers["list"]}, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "bare.html")
    opened = chromium.Opened(browser, tmp_path / "bare.html")
    page = opened.page
    page.locator(".pa-layers summary").click()
    assert page.get_by_label("Core").count() == page.get_by_label("Park").count() == 0
    assert page.get_by_label("Enterprises", exact=True).is_checked()
    assert not page.get_by_role("heading", name="Areas").is_visible()
    page.locator("[data-action=list]").click()
    assert "Areas" not in page.locator(".pa-dialog").inner_text()
    opened.check_silence()
    opened.context.close()


def test_the_unclassified_stay_away_in_a_shared_link(browser: Any, two_registers: Path) -> None:
    opened = chromium.Opened(browser, two_registers)
    opened.page.locator(".pa-bar", has_text="Unclassified").first.click()
    address = opened.page.url
    assert chromium.shown(opened.page) == 10
    opened.context.close()
    opened = chromium.Opened(browser, two_registers, fragment="#" + address.partition("#")[2])
    assert chromium.shown(opened.page) == 10
    opened.context.close()


def page_quotients(page: Any) -> dict[tuple[str, str], list[float]]:
    """Return area and sector -> quotient, its interval and the expected number, as the cards count them."""
    rows = page.evaluate(
        """() => { const app = parkatlas.apps[0], whole = app.firmCounts().slice(0, -1), out = [];
        for (const {area_id} of app.areas) {
            const found = parkatlas.quotient.quotients(app.countsOf(area_id).hist.slice(0, -1), whole);
            found.forEach((q, k) => q && out.push([area_id, app.sectors[k].id, q.lq, q.low, q.high, q.expected]));
        }
        return out; }"""
    )
    return {(area, sector): figures for area, sector, *figures in rows}


def test_quotients_of_the_cards_are_those_of_the_statistics_and_follow_the_filters(
    page: Any, town_atlas: pipeline.Atlas
) -> None:
    located, plan = town_atlas.registers["list"], town_atlas.plan

    def expected(rows: gpd.GeoDataFrame) -> dict[tuple[str, str], list[float]]:
        table = statistics.location_quotient(rows, plan.areas, plan.sectors).to_frame()
        table = table[table["area_id"].isin(plan.areas["area_id"])].dropna(subset=["lq"])
        figures = table[["lq", "low", "high", "expected"]].to_numpy().tolist()
        return dict(zip(zip(table["area_id"], table["sector"], strict=True), figures, strict=True))

    middling = located["employees"].between(20, 299).fillna(value=False)
    for off, rows in ((None, located), ("20–299", located[~middling])):
        if off:
            page.locator(".pa-sizes .pa-bar", has_text=off).click()
            assert chromium.shown(page) == len(rows)
        found, wanted = page_quotients(page), expected(rows)
        assert found.keys() == wanted.keys()
        for key, figures in wanted.items():
            assert found[key] == pytest.approx(figures, rel=1e-6, abs=1e-9)


def test_years_play_and_stop(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    located = town_atlas.registers["list"].copy()
    located["founded"] = pd.array([str(2001 + i) for i in range(11)] + [None], dtype="str")
    map_ = webmap.atlas_map(town_atlas.plan, {"list": located}, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "years.html")
    opened = chromium.Opened(browser, tmp_path / "years.html")
    page = opened.page
    assert "1 with no year" in page.locator(".pa-years").inner_text()
    page.get_by_label("To year").fill("2004")
    assert chromium.shown(page) == 4
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="Pause").click()
    assert 4 < chromium.shown(page) < 11
    page.get_by_label("From year").fill("2004")
    page.get_by_label("To year").fill("2005")
    assert chromium.shown(page) == 2
    page.get_by_role("button", name="Clear filters").click()
    assert chromium.shown(page) == 12
    opened.check_silence()
    opened.context.close()
