"""Basemaps that fail, and one that is drawn in a datum of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromium
import pytest

pytestmark = pytest.mark.browser


def test_a_basemap_that_fails_goes_away_with_one_line(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file)
    page = opened.page
    page.locator(".pa-layers summary").click()
    page.get_by_label("Gaode").click()  # it fails at once and unticks itself
    page.locator(".pa-message").wait_for()
    assert "could not be loaded" in page.locator(".pa-message").inner_text()
    assert page.locator(".leaflet-tile").count() == 0
    assert all(".is.autonavi.com/" in url for url in opened.requests if url.startswith("http"))
    opened.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_openstreetmap_is_not_asked_by_a_file(browser: Any, file: Path, lang: str) -> None:
    opened = chromium.Opened(browser, file, fragment=f"#l={lang}&b=osm")
    message = opened.page.locator(".pa-message").inner_text()
    assert {"zh": "拒绝以文件方式打开的网页", "en": "refuses pages opened from a file"}[lang] in message
    assert opened.page.evaluate("parkatlas.apps[0].state.basemap") == "none"
    assert opened.page.locator("[name=pa-base][value=none]").is_checked()
    opened.check_silence()
    opened.context.close()


def test_openstreetmap_is_told_which_page_asks(browser: Any, file: Path) -> None:
    asked: list[str | None] = []

    def serve(route: Any) -> None:
        if route.request.url.startswith("http://atlas.test/"):
            route.fulfill(body=file.read_text(encoding="utf-8"), content_type="text/html")
        else:
            asked.append(route.request.headers.get("referer"))
            route.fulfill(body=TILE, content_type="image/png")

    page = browser.new_page()
    page.route("**/*", serve)
    page.goto("http://atlas.test/town.html#b=osm")
    page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    assert set(asked) == {"http://atlas.test/"}
    asked.clear()
    page.evaluate("parkatlas.apps[0].set({basemap: 'gaode'})")  # nobody else is told
    page.wait_for_timeout(300)
    assert set(asked) == {None}
    page.close()


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
