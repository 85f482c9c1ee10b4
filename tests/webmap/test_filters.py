"""What the reader can leave out, and the counts that follow at once."""

from __future__ import annotations

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
    page.keyboard.press("Escape")  # closes the card
    page.keyboard.press("Escape")  # lifts the area
    assert chromium.shown(page) == 12


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
