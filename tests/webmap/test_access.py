"""Keyboard, touch, screen readers, and browsers that lack something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pandas as pd
import pytest
import town

from parkatlas import pipeline, webmap

pytestmark = pytest.mark.browser


def test_the_list_of_what_is_visible_reaches_everything_by_keyboard(page: Any) -> None:
    page.locator("[data-action=list]").click()
    dialog = page.locator(".pa-dialog")
    text = dialog.inner_text()
    assert all(f"企业{key}" in text or "enterprises at this place" in text for key in town.ENTERPRISES if key < "e10")
    assert "Area core" in text
    dialog.get_by_role("button", name="Area pd", exact=True).press("Enter")
    assert page.locator(".pa-card h2").inner_text() == "Area pd"


def without_decompression(browser: Any, atlas: pipeline.Atlas, copies: int, path: Path) -> Any:
    """Open a page of a list, repeated, in a browser that cannot inflate."""
    one = atlas.registers["list"]
    located = pd.concat(
        [one.assign(enterprise_id=one["enterprise_id"] + f"-{i}", note=f"n{i}" * 9) for i in range(copies)]
    )
    located = gpd.GeoDataFrame(located, crs=4326).reset_index(drop=True)
    map_ = webmap.atlas_map(atlas.plan, {"list": located}, atlas.statistics, targets=atlas.targets, lang="en")
    webmap.save(map_, path)
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    return page


def test_without_decompression_the_areas_and_statistics_stand(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    page = without_decompression(browser, town_atlas, 300, tmp_path / "page.html")
    said = page.locator(".pa-trouble p").inner_text()
    assert said.startswith("The enterprises could not be read")
    assert "no DecompressionStream" in said
    assert page.locator(".pa-target").count() == 1
    page.evaluate("parkatlas.apps[0].select('area', 'core')")
    assert page.locator(".pa-big").first.inner_text() == "3"
    page.context.close()


def test_without_decompression_of_names_enterprises_stand_and_names_are_not_promised(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    page = without_decompression(browser, town_atlas, 100, tmp_path / "page.html")
    assert chromium.shown(page) == 1200
    page.evaluate("parkatlas.apps[0].set({table: true})")
    page.locator(".pa-drawer .pa-th").wait_for()
    said = page.locator(".pa-trouble p").inner_text()
    assert said.startswith("The enterprises' names and details could not be read")
    assert "no DecompressionStream" in said
    header = page.locator(".pa-drawer .pa-th").inner_text()
    assert "Sector" in header
    assert "Name" not in header
    page.locator(".pa-trouble button").click()
    assert page.locator(".pa-trouble").count() == 0
    page.context.close()


def test_the_map_moves_by_keyboard(opened: chromium.Opened, page: Any) -> None:
    before = page.evaluate("parkatlas.apps[0].map.getCenter().lng")
    page.locator(".pa-map").focus()
    page.keyboard.press("ArrowRight")
    opened.settle()
    assert page.evaluate("parkatlas.apps[0].map.getCenter().lng") > before
    assert "v=" in page.url


OPEN = {  # what lies over the page, and how it opens
    "results": ("", "parkatlas.apps[0].openSide(), document.querySelector('.pa-search').focus()"),
    "layers": ("", "document.querySelectorAll('.pa-box').forEach((box) => { box.open = true; })"),
    "list": ("", "parkatlas.keys.list(parkatlas.apps[0])"),
    "about": ("#l=zh", "parkatlas.legend.about(parkatlas.apps[0])"),
    "enterprise": ("#s=row:e05&t=1", "parkatlas.apps[0].set({shapes: 'hotspots'})"),
    "place": ("", "parkatlas.apps[0].stack = {n: 3, rows: [0, 1]}, parkatlas.cards.show(parkatlas.apps[0])"),
    "nothing": ("#y=1900-1901", "0"),
}


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("state", ["", "#s=area:core", "#t=1", "#l=zh", *OPEN])
def test_axe_finds_nothing(browser: Any, file: Path, screen: str, state: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    fragment, script = OPEN.get(state, (state, "0"))
    opened = chromium.Opened(browser, file, screen, fragment, bypass_csp=True)
    opened.page.evaluate(f"() => {{ {script}; }}")
    if state == "results":
        opened.page.keyboard.type("qy")
        opened.page.locator(".pa-results button").first.wait_for()
    opened.settle()
    found = axe.Axe().run(opened.page).response["violations"]
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found] == []
    opened.context.close()


def test_the_focus_stays_in_the_table_and_goes_back_to_what_opened_it(opened: chromium.Opened, page: Any) -> None:
    opener = page.locator("[data-action=table]")
    opener.press("Enter")
    page.locator(".pa-tbody .pa-tr").first.wait_for()
    header = page.get_by_role("columnheader", name="Employees").get_by_role("button")
    header.press("Enter")
    assert page.evaluate("document.activeElement.textContent").startswith("Employees")
    page.get_by_label("Only what the map shows").check()
    row = page.locator(".pa-tbody .pa-link").nth(2)
    name = row.inner_text()
    row.press("Enter")
    opened.settle()
    assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Escape")  # the card
    page.keyboard.press("Escape")  # the table
    assert page.locator(".pa-drawer").is_hidden()
    assert page.evaluate("document.activeElement.dataset.action") == "table"


def test_the_focus_stays_in_the_card_and_goes_to_the_map_when_it_closes(page: Any) -> None:
    page.locator(".pa-bar", has_text="Area core").click()
    link = page.locator(".pa-card .pa-link").first
    link.press("Enter")
    assert page.evaluate("document.querySelector('.pa-card').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('pa-map')")


def test_the_focus_is_not_lost_with_the_button_that_clears(page: Any) -> None:
    page.locator(".pa-bar", has_text="Biologics").first.click()
    page.get_by_role("button", name="Clear filters").press("Enter")
    assert page.evaluate("document.activeElement.className") == "pa-shown"


def test_on_a_phone_the_panel_opens_and_the_card_lies_over_it(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, "phone")
    page = opened.page
    page.locator(".pa-grip").tap()
    opened.settle()
    assert page.locator(".pa-side").bounding_box()["y"] < 300
    page.locator(".pa-grip").tap()
    opened.settle()
    page.touchscreen.tap(*opened.point_of("area", id="pd"))
    page.locator(".pa-card").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    opened.check_silence()
    opened.context.close()


def test_on_a_phone_the_panel_opens_by_keyboard_and_closes_with_escape(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, "phone")
    page = opened.page
    grip = page.locator(".pa-grip")
    grip.press("Enter")
    assert grip.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert grip.get_attribute("aria-expanded") == "false"
    page.locator(".pa-bar", has_text="Biologics").first.focus()
    assert grip.get_attribute("aria-expanded") == "true"
    opened.settle()
    assert page.locator(".pa-side").bounding_box()["y"] < 300
    opened.check_silence()
    opened.context.close()


def test_on_a_phone_what_is_found_lies_above_its_card_and_the_panel_gives_way(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, "phone")
    page = opened.page
    page.locator(".pa-search").tap()
    page.keyboard.type("e06")
    page.locator(".pa-results button").first.tap()
    page.locator(".pa-card").wait_for()
    opened.settle()
    assert page.locator(".pa-results button").count() == 0
    row = page.evaluate("parkatlas.apps[0].rowOf('e06')")
    map_, card = page.locator(".pa-map").bounding_box(), page.locator(".pa-card").bounding_box()
    x, y = opened.point_of("row", row=row)
    assert map_["y"] < y < card["y"]
    assert 0 < x < 390
    measured = page.evaluate("parkatlas.apps[0].map.getSize().y")
    assert measured == pytest.approx(map_["height"], abs=1)
    page.locator(".pa-close").first.tap()
    opened.settle()
    assert page.locator(".pa-grip").get_attribute("aria-expanded") == "false"
    opened.check_silence()
    opened.context.close()


def test_on_a_phone_no_label_of_the_pointer_stays_behind(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, "phone")
    opened.page.touchscreen.tap(*opened.point_of("area", id="pd"))
    opened.page.locator(".pa-card").wait_for()
    assert opened.page.locator(".pa-tip").is_hidden()
    opened.context.close()
