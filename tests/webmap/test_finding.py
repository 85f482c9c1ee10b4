"""Search, language, the address, and the table of what is visible."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import chromium
import pandas as pd
import pytest

from parkatlas import pipeline

pytestmark = pytest.mark.browser


def test_search_by_id_opens_and_back_returns(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("e05")
    page.keyboard.press("Enter")
    page.locator(".pa-card h2").wait_for()
    assert page.locator(".pa-card h2").inner_text() == "企业e05"
    assert "s=row:e05" in page.url
    page.go_back()
    page.locator(".pa-card").wait_for(state="hidden")
    page.go_forward()
    page.locator(".pa-card").wait_for()
    assert page.locator(".pa-card h2").inner_text() == "企业e05"


def test_search_by_initials_and_for_areas(page: Any) -> None:
    page.locator(".pa-search").fill("qy")
    page.locator(".pa-results li").first.wait_for()
    assert page.locator(".pa-results button").count() == 12
    page.locator(".pa-search").fill("area pd")
    page.locator(".pa-results button", has_text="Area pd").wait_for()
    page.locator(".pa-search").fill("qcore")
    page.locator(".pa-results button", has_text="Area core").wait_for()
    page.locator(".pa-search").fill("nobody")
    page.locator(".pa-results .pa-note", has_text="nobody").wait_for()
    assert page.locator(".pa-results li").count() == 0


def test_language_switches_everything_and_stays_in_the_address(page: Any) -> None:
    page.get_by_role("button", name="中").click()
    assert page.locator("h1").inner_text() == "小镇"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert "产业领域" in page.locator(".pa-side").inner_text()
    assert "l=zh" in page.url
    page.reload()
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    assert page.locator("h1").inner_text() == "小镇"


def test_the_table_sorts_follows_the_filters_and_saves(page: Any, town_atlas: pipeline.Atlas) -> None:
    page.locator("[data-action=table]").click()
    rows = page.locator(".pa-tbody .pa-tr")
    rows.first.wait_for()
    assert rows.count() == 12
    assert rows.first.inner_text().startswith("e01")
    page.get_by_role("columnheader", name="Output").get_by_role("button").click()
    page.get_by_role("columnheader", name="Output").get_by_role("button").click()
    assert rows.first.inner_text().startswith("e12")  # 1,200 is the most; e04 has none and stays last
    assert rows.last.inner_text().startswith("e04")
    page.locator(".pa-bar", has_text="Biologics").first.click()
    page.wait_for_timeout(100)
    assert rows.count() == 8
    with page.expect_download() as download:
        page.locator("[data-action=csv]").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    saved = list(csv.DictReader(io.StringIO(text)))
    assert len(saved) == 8
    expected = town_atlas.registers["list"].set_index("enterprise_id")["output"]
    for row in saved:
        value = row["Output (CNY 10k)"]
        known = expected[row["Enterprise id"]]
        assert (pd.isna(known) and value == "") or float(value) == known
        assert row["Sector"] == town_atlas.registers["list"].set_index("enterprise_id")["sector"][row["Enterprise id"]]
        point = town_atlas.registers["list"].set_index("enterprise_id").geometry[row["Enterprise id"]]
        place = (float(row["lon"]), float(row["lat"])) if row["lon"] else None
        assert place == (pytest.approx((point.x, point.y), abs=2e-6) if point else None)
    assert {row["Sector name"] for row in saved} >= {"Devices"}
    page.get_by_role("button", name="Close").last.click()
    assert page.locator(".pa-drawer").is_hidden()


def test_the_table_marks_what_is_chosen_and_goes_to_its_top_when_sorted(page: Any) -> None:
    page.locator("[data-action=table]").click()
    rows = page.locator(".pa-tbody .pa-tr")
    rows.first.wait_for()
    page.locator(".pa-search").fill("e03")
    page.locator(".pa-results button").first.click()
    page.locator(".pa-tbody .pa-chosen").wait_for()
    assert page.locator(".pa-tbody .pa-chosen").inner_text().startswith("e03")
    page.evaluate("parkatlas.apps[0].ui.table.scroll.style.height = '90px'")
    page.evaluate("Object.assign(parkatlas.apps[0].ui.table.scroll.style, {height: '90px', flex: 'none'})")
    page.evaluate("parkatlas.apps[0].ui.table.scroll.scrollTop = 200")
    page.get_by_role("columnheader", name="Enterprise id").get_by_role("button").click()
    assert page.evaluate("parkatlas.apps[0].ui.table.scroll.scrollTop") == 0


def test_the_table_keeps_its_order_through_languages_and_back(opened: chromium.Opened, page: Any) -> None:
    page.locator("[data-action=table]").click()
    rows = page.locator(".pa-tbody .pa-tr")
    rows.first.wait_for()
    for _ in range(2):
        page.get_by_role("columnheader", name="Enterprise id").get_by_role("button").click()
    assert rows.first.inner_text().startswith("e12")
    page.get_by_role("button", name="中").click()
    opened.settle()
    assert rows.first.inner_text().startswith("e12")
    page.go_back()
    opened.settle()
    assert page.locator("html").get_attribute("lang") == "en"
    assert rows.first.inner_text().startswith("e12")


@pytest.mark.parametrize("query", ["ｅ０５", "企业 e05", "05 业"])
def test_search_takes_wide_letters_and_parts(page: Any, query: str) -> None:
    page.locator(".pa-search").fill(query)
    page.locator(".pa-results button", has_text="e05").wait_for()
    assert page.locator(".pa-results button").count() == 1
    page.locator(".pa-search").press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".pa-card").wait_for()
    assert page.locator(".pa-card h2").inner_text() == "企业e05"


def test_the_table_of_the_view_holds_what_the_map_shows(opened: chromium.Opened, page: Any) -> None:
    page.locator("[data-action=table]").click()
    page.get_by_label("Only what the map shows").check()
    assert page.locator(".pa-tbody .pa-tr").count() == 9  # e10 lies east of everything, e11 and e12 nowhere
    row = page.evaluate("parkatlas.apps[0].rowOf('e10')")
    page.evaluate(f"parkatlas.apps[0].zoomToRow({row})")
    opened.settle()
    assert page.locator(".pa-tbody .pa-tr").count() == 1


def test_sharing_copies_the_address(opened: chromium.Opened, page: Any) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-action=share_link]")
    button.click()
    page.get_by_text("Copied").wait_for()
    button.click()
    page.wait_for_timeout(1500)
    assert button.inner_text() == "Copy link"


def test_what_could_not_be_copied_is_said(page: Any) -> None:
    page.evaluate("navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false")
    page.locator("[data-action=share_link]").click()
    page.get_by_text("Could not copy").wait_for()
    assert page.locator("[data-action=share_link]").inner_text() == "Copy link"
