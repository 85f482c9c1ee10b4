"""Our layers on a plain folium map: drawn, clicked, shown in a popup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromium
import folium
import geopandas as gpd
import pytest
import shapely

from parkatlas import pipeline, webmap
from parkatlas.webmap import assets

pytestmark = pytest.mark.browser


def serve(route: Any) -> None:
    """Answer for the CDNs that folium names: Leaflet is ours, the rest is empty."""
    name = route.request.url.rpartition("/")[2]
    known = {"leaflet.js": assets.leaflet_js(), "leaflet.css": assets.leaflet_css()}
    route.fulfill(body=known.get(name, ""), content_type="text/css" if name.endswith("css") else "text/javascript")


def open_plain(browser: Any, map_: folium.Map, path: Path) -> tuple[Any, list[str]]:
    """Open a map of the user's own; return the page and what went wrong in it."""
    map_.save(str(path))
    page = browser.new_page(viewport={"width": 900, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("https://**/*", serve)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-parkatlas=ready]", state="attached")
    return page, errors


def click(page: Any, lat: float, lon: float) -> None:
    page.wait_for_timeout(100)
    page.mouse.click(*page.evaluate(AT, [lat, lon]))


AT = "(at) => { const p = parkatlas.apps[0].map.latLngToContainerPoint(at); return [p.x, p.y]; }"
SHAPES = {
    "line": shapely.LineString([(126.00, 43.89), (126.02, 43.89)]),
    "lines": shapely.MultiLineString([[(126.00, 43.90), (126.02, 43.90)], [(126.03, 43.90), (126.05, 43.90)]]),
    "points": shapely.MultiPoint([(126.00, 43.91), (126.04, 43.91)]),
    "mixed": shapely.GeometryCollection(
        [
            shapely.box(126.00, 43.865, 126.02, 43.875),
            shapely.GeometryCollection([shapely.LineString([(126.03, 43.87), (126.05, 43.87)])]),
        ]
    ),
}


@pytest.mark.parametrize(
    ("name", "lat", "lon"),
    [("line", 43.89, 126.01), ("lines", 43.90, 126.04), ("points", 43.91, 126.04), ("mixed", 43.87, 126.01),
     ("mixed", 43.87, 126.04)],
)  # fmt: skip
def test_shapes_of_every_kind_are_drawn_and_clicked(
    browser: Any, tmp_path: Path, name: str, lat: float, lon: float
) -> None:
    map_ = folium.Map([43.89, 126.02], zoom_start=13, tiles=None)
    table = gpd.GeoDataFrame({"label": list(SHAPES)}, geometry=list(SHAPES.values()), crs=4326)
    webmap.ShapeLayer("mine", "anything", table.assign(label="hidden")).add_to(map_)
    webmap.ShapeLayer("mine", "whatever", table, lang="en").add_to(map_)  # the last one shows
    page, errors = open_plain(browser, map_, tmp_path / "plain.html")
    click(page, lat, lon)
    page.locator(".pa-popup", has_text=name).wait_for()
    assert page.evaluate("parkatlas.apps[0].state.lang") == "en"
    assert "unfiltered" not in page.locator(".pa-popup").inner_text()  # there are no filters
    assert errors == []
    page.close()


@pytest.mark.parametrize(("lang", "title"), [("zh", "从业人数"), ("en", "Employees")])
def test_popups_speak_the_language_asked_for_in_titles(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path, lang: Any, title: str
) -> None:
    map_ = folium.Map([43.89, 126.05], zoom_start=13, tiles=None)
    webmap.AreaLayer(town_atlas.plan.areas).add_to(map_)
    webmap.EnterpriseLayer(town_atlas.registers["list"], town_atlas.plan.sectors, lang=lang).add_to(map_)
    page, errors = open_plain(browser, map_, tmp_path / "plain.html")
    page.evaluate(
        """() => { const app = parkatlas.apps[0], {employees} = app.current.data.columns;
        app.lastClick = app.map.getCenter();
        app.selectRow([...Array(12).keys()].find((row) => employees.at(row) !== null)); }"""
    )
    page.locator(".pa-popup h2").wait_for()
    said = page.locator(".pa-popup").inner_text()
    assert title in said
    assert "employees" not in said
    assert errors == []
    page.close()


def test_a_language_that_is_none_is_refused(town_atlas: pipeline.Atlas) -> None:
    with pytest.raises(ValueError, match="zh or en"):
        webmap.AreaLayer(town_atlas.plan.areas, lang="fr")  # type: ignore[arg-type]


def test_layers_of_the_user_are_credited_and_missed_and_not_shifted(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    map_ = webmap.atlas_map(town_atlas.plan, town_atlas.registers, {}, targets=town_atlas.targets, lang="en")
    tiles = "https://tiles.test/{z}/{x}/{y}.png"
    folium.TileLayer(tiles, attr='&copy; <a href="https://me.test">Me</a><img src=x onerror="window.bad=1">').add_to(
        map_
    )
    map_.save(str(tmp_path / "mine.html"))
    opened = chromium.Opened(browser, tmp_path / "mine.html")
    page = opened.page
    assert "© Me" in page.locator(".pa-credit").inner_text()
    page.locator(".pa-layers summary").click()
    assert page.get_by_label("Gaode").count() == 0
    assert page.get_by_label("OpenStreetMap").count() == 1
    said = page.evaluate(DRAWN)
    assert "Layers added in Python are not in this picture." in said
    page.evaluate("parkatlas.apps[0].map.eachLayer((layer) => layer.getAttribution?.() && layer.remove())")
    assert "Me" not in page.locator(".pa-credit").inner_text()
    assert not page.evaluate("window.bad")
    opened.context.close()


# What is written into the picture.
DRAWN = """() => {
    const own = CanvasRenderingContext2D.prototype, {fillText} = own, told = [];
    own.fillText = function (text, ...at) {
        told.push(text);
        return fillText.call(this, text, ...at);
    };
    parkatlas.picture.draw(parkatlas.apps[0], 1, true);
    own.fillText = fillText;
    return told.join(" "); }"""


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
