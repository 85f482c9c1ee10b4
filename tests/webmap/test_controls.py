"""Every control of the page, driven once, on the town whose answers stand on paper."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import town

from parkatlas import pipeline, statistics, webmap

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(town_atlas: pipeline.Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cells = gpd.GeoDataFrame(
        {"z": [3.1, 0.2], "p_fdr": [0.01, 0.8], "kind": ["hot", "not significant"]},
        geometry=[
            shapely.box(500_000, 4_860_000, 502_000, 4_862_000),
            shapely.box(502_000, 4_860_000, 504_000, 4_862_000),
        ],
        crs=4551,
    )
    hull = shapely.box(504_500, 4_860_500, 507_500, 4_863_500)
    clusters = gpd.GeoDataFrame({"cluster": [1], "n": [3], "share": [0.25]}, geometry=[hull], crs=4551)
    density = gpd.GeoDataFrame(
        {"density_km2": [0.51, 4.0]},
        geometry=[shapely.box(x, 4_861_000, x + 500, 4_861_500) for x in (505_000, 505_500)],
        crs=4551,
    )
    density.attrs = {"cell_m": 500.0, "note_zh": "带宽 900 米", "note_en": "bandwidth 900 m"}
    sensitivity = pd.DataFrame({"area_id": ["core"], "n": [3], "may_leave": [1], "may_enter": [2]})
    further = {"hotspots": cells, "clusters": clusters, "density": density, "sensitivity": sensitivity}
    tables = {"list": {**town_atlas.statistics["list"], **further}}
    map_ = webmap.atlas_map(town_atlas.plan, town_atlas.registers, tables, targets=town_atlas.targets, lang="en")
    path = tmp_path_factory.mktemp("controls") / "town.html"
    webmap.save(map_, path)
    return path


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[chromium.Opened]:
    found = chromium.Opened(browser, file)
    yield found
    found.check_silence()
    found.context.close()


@pytest.fixture
def page(opened: chromium.Opened) -> Any:
    return opened.page


def shown(page: Any) -> int:
    return int(page.locator(".pa-shown b").inner_text().replace(",", ""))


def on_the_map(page: Any) -> int:
    """Return how many enterprises the canvas shows, clusters counted in full."""
    return page.evaluate(
        """() => { parkatlas.apps[0].scene.draw();
        return parkatlas.apps[0].scene.items.reduce((sum, i) => sum + (i.n ?? 1), 0); }"""
    )


def test_counts_of_the_areas_are_those_on_paper(page: Any, town_atlas: pipeline.Atlas) -> None:
    counts = page.evaluate("parkatlas.apps[0].areas.map((a) => [a.area_id, parkatlas.apps[0].countsOf(a.area_id).n])")
    assert dict(counts) == {key: town.COUNTS[key] for key in town.AREAS}
    table = town_atlas.statistics["list"]["areas"].set_index("area_id")["n"]
    assert dict(counts) == {key: int(table[key]) for key in town.AREAS}
    assert shown(page) == on_the_map(page) + town.COUNTS["unplaced"] == 12


def test_a_sector_switched_off_leaves_every_count(page: Any) -> None:
    page.locator(".pa-bar", has_text="Biologics").first.click()
    assert shown(page) == 8
    assert on_the_map(page) == 7  # e12 is on no map
    assert "off" not in page.url
    assert "so=bio" in page.url
    page.get_by_role("button", name="Clear filters").click()
    assert shown(page) == 12


def test_sizes_and_areas_filter(page: Any) -> None:
    page.locator(".pa-sizes .pa-bar", has_text="20–299").click()
    assert shown(page) == 2  # e01 has 10 persons, e09 none known
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".pa-bar", has_text="Area z-east").click()
    page.get_by_role("button", name="Only this area").click()
    assert shown(page) == town.COUNTS["z-east"]
    page.keyboard.press("Escape")  # closes the card
    page.keyboard.press("Escape")  # lifts the area
    assert shown(page) == 12


def test_the_area_card_has_its_figures_and_where_they_come_from(page: Any) -> None:
    page.locator(".pa-bar", has_text="Area core").click()
    card = page.locator(".pa-card")
    text = card.inner_text()
    assert card.locator("h2").inner_text() == "Area core"
    assert [n.inner_text() for n in card.locator(".pa-big").all()] == ["3", "0.75", "4"]
    for words in ("Schematic boundary", "± 250 m", "example.org", "drawn by hand", "Area z-west"):
        assert words in text
    assert card.locator(".pa-lq[title]").count() > 0
    assert "unfiltered" in card.inner_text()
    card.get_by_text("Sensitivity to the boundary").click()
    assert "May leave" in card.inner_text()
    page.get_by_role("button", name="Close").first.click()
    assert card.is_hidden()


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
            assert shown(page) == len(rows)
        found, wanted = page_quotients(page), expected(rows)
        assert found.keys() == wanted.keys()
        for key, figures in wanted.items():
            assert found[key] == pytest.approx(figures, rel=1e-6, abs=1e-9)


def test_the_density_has_its_legend_and_a_card(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-layers summary").click()
    page.get_by_label("Kernel density").check()
    opened.settle()
    legend = page.locator(".pa-legend").inner_text()
    for words in ("Kernel density (per km2)", "bandwidth 900 m", "> 2", "≤ 0.20", "all enterprises, unfiltered"):
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
    page.locator(".pa-results .pa-note").wait_for()
    assert "nobody" in page.locator(".pa-results").inner_text()


def test_language_switches_everything_and_stays_in_the_address(page: Any) -> None:
    page.get_by_role("button", name="中").click()
    assert page.locator("h1").inner_text() == "小镇"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert "产业领域" in page.locator(".pa-side").inner_text()
    assert "l=zh" in page.url
    page.reload()
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    assert page.locator("h1").inner_text() == "小镇"


def test_the_target_panel_compares_within_one_scope(page: Any) -> None:
    panel = page.locator(".pa-target")
    assert panel.count() == 1
    assert "at least 10" in panel.inner_text()
    assert "≥ 25 %" in panel.inner_text()
    assert "All enterprises of the town" in panel.inner_text()
    page.get_by_text("Published figures of other scope").click()
    assert "Enterprises above designated size" in page.locator(".pa-side").inner_text()


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
    page.get_by_role("button", name="Close").last.click()
    assert page.locator(".pa-drawer").is_hidden()


def test_the_table_of_the_view_holds_what_the_map_shows(opened: chromium.Opened, page: Any) -> None:
    page.locator("[data-action=table]").click()
    page.get_by_label("Only what the map shows").check()
    assert page.locator(".pa-tbody .pa-tr").count() == 9  # e10 lies east of everything, e11 and e12 nowhere
    row = page.evaluate("parkatlas.apps[0].rowOf('e10')")
    page.evaluate(f"parkatlas.apps[0].zoomToRow({row})")
    opened.settle()
    assert page.locator(".pa-tbody .pa-tr").count() == 1


def test_a_picture_is_saved(opened: chromium.Opened, page: Any, output: Path) -> None:
    with page.expect_download() as download:
        page.locator("[data-action=png]").click()
    data = Path(download.value.path()).read_bytes()
    (output / "town-picture.png").write_bytes(data)
    width, height = struct.unpack(">II", data[16:24])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert width == 2 * (1400 - 348)
    assert height > 2 * (900 + 54 + 48)
    assert len(data) > 20_000


def test_it_prints_on_one_page_with_legend(opened: chromium.Opened, page: Any, output: Path) -> None:
    page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    for paper in ("A4", "A3"):
        data = page.pdf(path=output / f"town-{paper}.pdf", format=paper, landscape=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == 1
    page.emulate_media(media="print")
    assert "Dashed boundaries are schematic" in page.locator(".pa-sheet").inner_text()
    assert page.locator(".pa-app").is_hidden()
    page.emulate_media(media="screen")


def test_layers_switch_off_and_further_statistics_switch_on(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-layers summary").click()
    page.get_by_label("Enterprises", exact=True).uncheck()
    assert on_the_map(page) == 1  # the box of what is declared for pd
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


def test_the_list_of_what_is_visible_reaches_everything_by_keyboard(page: Any) -> None:
    page.locator("[data-action=list]").click()
    dialog = page.locator(".pa-dialog")
    text = dialog.inner_text()
    assert all(f"企业{key}" in text or "enterprises at this place" in text for key in town.ENTERPRISES if key < "e10")
    assert "Area core" in text
    dialog.get_by_role("button", name="Area pd", exact=True).press("Enter")
    assert page.locator(".pa-card h2").inner_text() == "Area pd"


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


def test_years_play_and_stop(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    located = town_atlas.registers["list"].copy()
    located["founded"] = pd.array([str(2001 + i) for i in range(11)] + [None], dtype="str")
    map_ = webmap.atlas_map(town_atlas.plan, {"list": located}, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "years.html")
    opened = chromium.Opened(browser, tmp_path / "years.html")
    page = opened.page
    assert "1 with no year" in page.locator(".pa-years").inner_text()
    page.get_by_label("To year").fill("2004")
    assert shown(page) == 4
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="Pause").click()
    assert 4 < shown(page) < 11
    page.get_by_label("From year").fill("2004")
    page.get_by_label("To year").fill("2005")
    assert shown(page) == 2
    page.get_by_role("button", name="Clear filters").click()
    assert shown(page) == 12
    opened.check_silence()
    opened.context.close()


def test_sharing_copies_the_address(opened: chromium.Opened, page: Any) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-action=share_link]").click()
    page.get_by_text("Copied").wait_for()


def test_a_basemap_that_fails_goes_away_with_one_line(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file)
    page = opened.page
    page.locator(".pa-layers summary").click()
    page.get_by_label("OpenStreetMap").click()  # it fails at once and unticks itself
    page.locator(".pa-message").wait_for()
    assert "could not be loaded" in page.locator(".pa-message").inner_text()
    assert page.locator(".leaflet-tile").count() == 0
    assert all(url.startswith("https://tile.openstreetmap.org/") for url in opened.requests if url.startswith("http"))
    opened.context.close()


def test_gaode_moves_the_drawing_not_the_place(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file)
    page = opened.page
    opened.context.route("**/*autonavi*/**", lambda route: route.fulfill(body=TILE, content_type="image/png"))
    before = page.evaluate(WHERE)
    page.locator(".pa-layers summary").click()
    page.get_by_label("Gaode").check()
    opened.settle()
    after = page.evaluate(WHERE)
    assert abs(before["x"] - after["x"]) < 1.5
    assert abs(before["y"] - after["y"]) < 1.5
    assert after["tile"][0] - before["tile"][0] == pytest.approx(0.0065, abs=0.002)  # GCJ-02 lies east of WGS 84
    page.mouse.click(*opened.point_of("area", id="pd"))
    page.locator(".pa-card").wait_for()
    opened.context.close()


# Where the core's label point is drawn, and the degrees of the tiles' own system at that place.
WHERE = """() => {
    const app = parkatlas.apps[0], area = app.byId.get("core");
    const [lon, lat] = parkatlas.datum.shown(...area.label, app.datum);
    const at = app.map.latLngToContainerPoint([lat, lon]);
    return {x: at.x, y: at.y, tile: [lon, lat]};
}"""
TILE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000050001"
    "0d0a2db40000000049454e44ae426082"
)


def test_without_decompression_the_areas_and_statistics_stand(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    one = town_atlas.registers["list"]
    located = pd.concat(
        [one.assign(enterprise_id=one["enterprise_id"] + f"-{i}", note=f"n{i}" * 9) for i in range(300)]
    )
    located = gpd.GeoDataFrame(located, crs=4326).reset_index(drop=True)
    map_ = webmap.atlas_map(
        town_atlas.plan, {"list": located}, town_atlas.statistics, targets=town_atlas.targets, lang="en"
    )
    webmap.save(map_, tmp_path / "page.html")
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    assert "cannot unpack" in page.locator(".pa-trouble").inner_text()
    assert page.locator(".pa-target").count() == 1
    page.evaluate("parkatlas.apps[0].select('area', 'core')")
    assert page.locator(".pa-big").first.inner_text() == "3"
    context.close()


def test_the_map_moves_by_keyboard(opened: chromium.Opened, page: Any) -> None:
    before = page.evaluate("parkatlas.apps[0].map.getCenter().lng")
    page.locator(".pa-map").focus()
    page.keyboard.press("ArrowRight")
    opened.settle()
    assert page.evaluate("parkatlas.apps[0].map.getCenter().lng") > before
    assert "v=" in page.url


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("state", ["", "#s=area:core", "#t=1", "#l=zh"])
def test_axe_finds_nothing_serious(browser: Any, file: Path, screen: str, state: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    opened = chromium.Opened(browser, file, screen, state, bypass_csp=True)
    opened.settle()
    found = axe.Axe().run(opened.page).response["violations"]
    grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert grave == []
    opened.context.close()


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
