"""Cards of areas, enterprises, clusters and cells, and the panel of targets."""

from __future__ import annotations

import re
from typing import Any

import chromium
import pytest
import town

pytestmark = pytest.mark.browser


def test_the_area_card_has_its_figures_and_where_they_come_from(page: Any) -> None:
    page.locator(".pa-bar", has_text="Area core").click()
    card = page.locator(".pa-card")
    text = card.inner_text()
    assert card.locator("h2").inner_text() == "Area core"
    assert [n.inner_text() for n in card.locator(".pa-big").all()] == ["3", "0.75", "4"]
    for words in ("Schematic boundary", "± 250 m", "example.org", "drawn by hand", "Area z-west"):
        assert words in text
    assert re.fullmatch(r"[\d.]+–[\d.]+", card.locator(".pa-interval").first.inner_text())
    assert card.locator(".pa-interval").first.is_visible()
    assert "unfiltered" in card.inner_text()
    card.get_by_text("Sensitivity to the boundary").click()
    assert "May leave" in card.inner_text()
    page.get_by_role("button", name="Close").first.click()
    assert card.is_hidden()


def test_a_card_stays_as_it_was_read_while_filters_and_language_change(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-bar", has_text="Area core").click()
    card, side = page.locator(".pa-card"), page.locator(".pa-scroll")
    card.locator("summary").first.click()
    page.get_by_text("Published figures of other scope").click()
    card.evaluate("(node) => { node.style.maxHeight = '200px'; node.scrollTop = 90; }")
    page.wait_for_timeout(200)
    side.evaluate("(node) => { node.scrollTop = 300; }")
    page.wait_for_timeout(200)
    before = side.evaluate("(node) => node.scrollTop")
    assert before > 100
    for step in ("toggle('off', 'bio')", "set({lang: 'zh'})", "clear()"):
        page.evaluate(f"parkatlas.apps[0].{step}")
        opened.settle()
        assert card.evaluate("(node) => [node.scrollTop, node.querySelectorAll('details[open]').length]") == [90, 1]
        assert abs(side.evaluate("(node) => node.scrollTop") - before) < 60
        assert side.locator("details[open]").count() == 1
    page.evaluate("parkatlas.apps[0].select('area', 'pd')")
    assert card.evaluate("(node) => node.scrollTop") == 0


def test_the_density_has_its_legend_and_a_card(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-layers summary").click()
    page.get_by_label("Kernel density").check()
    opened.settle()
    legend = page.locator(".pa-legend").inner_text()
    for words in ("Kernel density (per km2)", "bandwidth 900 m", "> 2.0", "≤ 0.2", "all enterprises, unfiltered"):
        assert words in legend
    at = page.evaluate(
        """() => { const app = parkatlas.apps[0], table = parkatlas.shapes.current(app), {view} = app.scene;
        const hit = (x, y) => parkatlas.shapes.at(app, x, y, view)?.index;
        const west = table.rows.findIndex((row) => row[0] === 0.51), side = parkatlas.cells.sideOf(table, table.y[0]);
        return [hit(table.x[west], table.y[west]) === west, hit(table.x[west] + side, table.y[west]) === 1 - west,
            hit(table.x[west] - side, table.y[west]) ?? null]; }"""
    )
    assert at == [True, True, None]
    page.evaluate("parkatlas.apps[0].select('shape', 'density/0')")
    page.locator(".pa-card").wait_for()
    assert "Density (per km2)" in page.locator(".pa-card").inner_text()


def test_what_is_selected_moves_out_from_under_the_card(opened: chromium.Opened, page: Any) -> None:
    page.locator("[data-action=table]").click()
    for area in town.AREAS:
        page.evaluate(f"parkatlas.apps[0].select('area', '{area}')")
        opened.settle()
        free = page.evaluate(
            """(id) => { const app = parkatlas.apps[0], {right, bottom} = app.covered(), size = app.map.getSize();
            const box = parkatlas.geometry.shapeOf(app.byId.get(id), "wgs84").box;
            const a = app.map.latLngToContainerPoint(app.latLng(box.x0, box.y0));
            const b = app.map.latLngToContainerPoint(app.latLng(box.x1, box.y1));
            const room = [size.x - right, size.y - bottom];
            return [[a.x, b.x, room[0]], [a.y, b.y, room[1]], right > 300 && bottom > 300]; }""",
            area,
        )
        assert free[2]
        for low, high, room in free[:2]:
            fits = high - low <= room - 48
            assert -1 <= low <= high <= room + 1 if fits else abs((low + high - room) / 2) <= 2
    card, drawer = page.locator(".pa-card").bounding_box(), page.locator(".pa-drawer").bounding_box()
    assert card["y"] + card["height"] <= drawer["y"]


def test_a_click_on_a_mark_opens_the_enterprise(opened: chromium.Opened, page: Any) -> None:
    row = page.evaluate("parkatlas.apps[0].needTexts().then(() => parkatlas.apps[0].rowOf('e06'))")
    page.evaluate(f"parkatlas.apps[0].zoomToRow({row})")
    opened.settle()
    page.mouse.click(*opened.point_of("row", row=row))
    card = page.locator(".pa-card")
    card.wait_for()
    text = card.inner_text()
    assert card.locator("h2").inner_text() == "企业e06"
    for words in ("Devices", "CNY 6.00 m", "60", "Area pb", "exact", "in an area"):
        assert words in text


def test_a_cluster_opens_by_zooming_in(opened: chromium.Opened, page: Any) -> None:
    page.evaluate("parkatlas.apps[0].map.setView(parkatlas.apps[0].map.getCenter(), 9, {animate: false})")
    opened.settle()
    page.mouse.click(*opened.point_of("cluster"))
    opened.settle()
    assert page.evaluate("parkatlas.apps[0].map.getZoom()") > 9


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_line_of_the_targets_begins_or_ends_with_a_point(page: Any, lang: str) -> None:
    page.evaluate(f"parkatlas.apps[0].set({{lang: '{lang}'}})")
    edges = page.locator(".pa-pieces").first.evaluate(
        """(line) => { const left = line.getBoundingClientRect().left, rows = new Map();
        for (const piece of line.querySelectorAll('span > span')) {
            const {x, y} = piece.getBoundingClientRect();
            if (!rows.has(y)) rows.set(y, x - left);
        }
        return [...rows.values()]; }"""
    )
    assert edges
    assert all(edge < 0 for edge in edges)  # what stands before the first piece is cut off


def test_the_target_panel_compares_within_one_scope(page: Any) -> None:
    panel = page.locator(".pa-target")
    assert panel.count() == 1
    assert "at least 10" in panel.inner_text()
    assert "≥ 25 %" in panel.inner_text()
    assert "All enterprises of the town" in panel.inner_text()
    page.get_by_text("Published figures of other scope").click()
    assert "Enterprises above designated size" in page.locator(".pa-side").inner_text()


def test_layers_switch_off_and_further_statistics_switch_on(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-layers summary").click()
    page.get_by_label("Enterprises", exact=True).uncheck()
    assert chromium.on_the_map(page) == 1  # the box of what is declared for pd
    page.get_by_label("Hot spots").check()
    assert "Not significant" in page.locator(".pa-legend").inner_text()
    assert "FDR corrected" in page.locator(".pa-legend").inner_text()
    hit = page.evaluate(
        """() => {
            const table = parkatlas.shapes.current(parkatlas.apps[0]);
            return table.rows.map((row) => parkatlas.shapes.significant(table, row));
        }"""
    )
    assert hit == [True, False]
    page.evaluate("parkatlas.apps[0].select('shape', 'clusters/0'), parkatlas.apps[0].set({shapes: 'clusters'})")
    page.locator(".pa-card").wait_for()
    assert "Detected clusters" in page.locator(".pa-card h2").inner_text()


def test_about_says_what_the_data_are(page: Any) -> None:
    page.locator("[data-action=about]").click()
    text = page.locator(".pa-dialog").inner_text()
    for words in (
        "2024-05-01",
        "Model town",
        "WGS 84",
        "not submitted for approval",
        "one core, three zones, many parks",
        "1.9.4",
    ):
        assert words in text
    page.keyboard.press("Escape")
    assert not page.locator(".pa-dialog").is_visible()
