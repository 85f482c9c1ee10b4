"""Our layers on a plain folium map: drawn, clicked, shown in a popup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromium
import folium
import pytest

from parkatlas import pipeline, webmap
from parkatlas.webmap import assets

pytestmark = pytest.mark.browser


def serve(route: Any) -> None:
    """Answer for the CDNs that folium names: Leaflet is ours, the rest is empty."""
    name = route.request.url.rpartition("/")[2]
    known = {"leaflet.js": assets.leaflet_js(), "leaflet.css": assets.leaflet_css()}
    route.fulfill(body=known.get(name, ""), content_type="text/css" if name.endswith("css") else "text/javascript")


def test_a_click_opens_a_popup(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    map_ = folium.Map([43.89, 126.05], zoom_start=13, tiles=None)
    webmap.AreaLayer(town_atlas.plan.areas).add_to(map_)
    webmap.EnterpriseLayer(town_atlas.registers["list"], town_atlas.plan.sectors).add_to(map_)
    map_.save(str(tmp_path / "plain.html"))
    page = browser.new_page(viewport={"width": 900, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("https://**/*", serve)
    page.goto((tmp_path / "plain.html").as_uri())
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    assert page.evaluate("parkatlas.apps[0].scene.items.reduce((sum, i) => sum + (i.n ?? 1), 0)") == 11
    at = page.evaluate(
        """() => { const app = parkatlas.apps[0], [lon, lat] = app.byId.get("pd").label;
        const p = app.map.latLngToContainerPoint([lat, lon]); return [p.x + 30, p.y + 30]; }"""
    )
    page.mouse.click(*at)
    page.locator(".leaflet-popup .pa-popup h2").wait_for()
    assert page.locator(".pa-popup h2").inner_text() == "区pd"
    assert errors == []
    page.close()


def test_markers_and_popups_of_the_user_work_offline(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    map_ = webmap.atlas_map(
        town_atlas.plan, town_atlas.registers, town_atlas.statistics, targets=town_atlas.targets, lang="en"
    )
    folium.Marker([43.9, 126.05], popup="mine", tooltip="tip").add_to(map_)
    folium.LayerControl().add_to(map_)
    map_.save(str(tmp_path / "mine.html"))
    opened = chromium.Opened(browser, tmp_path / "mine.html")
    opened.page.locator(".pa-pin").click()
    opened.page.locator(".leaflet-popup-content", has_text="mine").wait_for()
    opened.check_silence()
    opened.context.close()
