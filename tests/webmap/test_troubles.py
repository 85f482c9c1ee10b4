"""What may happen to a page between its building and its reading: damaged data, haste, and zooms that are under way."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pytest

from parkatlas import pipeline, webmap
from parkatlas.webmap import pack, payload

pytestmark = pytest.mark.browser


def damaged(file: Path, role: str, target: Path) -> Path:
    """Write a copy of a page of which a block of data is spoilt."""
    html = file.read_text(encoding="utf-8")
    found = re.search(rf'id="pa-[0-9a-f]+-{role}">([^<]+)<', html)
    assert found
    bad = "\n".join(line[:30] + "A" * (len(line) - 30) for line in found[1].split("\n"))
    target.write_text(html.replace(found[1], bad), encoding="utf-8")
    return target


def test_damaged_data_leave_the_areas_and_a_message(browser: Any, file: Path, tmp_path: Path) -> None:
    opened = chromium.Opened(browser, damaged(file, "packed-first", tmp_path / "page.html"))
    page = opened.page
    assert page.locator(".pa-trouble p").inner_text() == "The enterprises could not be read; areas and statistics work."
    assert page.locator(".pa-target").count() == 1
    assert not page.get_by_role("heading", name="Sectors").is_visible()
    assert len(opened.complaints) == 1  # what was wrong, for whoever looks
    page.locator(".pa-trouble").get_by_role("button", name="Close").click()
    assert page.locator(".pa-trouble").count() == 0
    opened.context.close()


def test_a_damaged_density_says_so_when_it_is_asked_for(browser: Any, file: Path, tmp_path: Path) -> None:
    opened = chromium.Opened(browser, damaged(file, "packed-cells", tmp_path / "page.html"))
    assert opened.page.locator(".pa-trouble").count() == 0
    opened.page.evaluate("parkatlas.apps[0].set({shapes: 'density'})")
    opened.page.wait_for_selector(".pa-trouble")
    assert opened.page.locator(".pa-trouble p").inner_text() == "This layer of statistics could not be read."
    assert chromium.shown(opened.page) == 12
    opened.context.close()


def test_damaged_texts_leave_the_map_and_the_cards(browser: Any, file: Path, tmp_path: Path) -> None:
    opened = chromium.Opened(browser, damaged(file, "packed-texts", tmp_path / "page.html"))
    page = opened.page
    page.wait_for_selector(".pa-trouble")
    assert "names and details could not be read" in page.locator(".pa-trouble").inner_text()
    assert chromium.shown(page) == 12
    page.evaluate("parkatlas.apps[0].selectRow(0)")
    opened.settle()
    assert "Location quality" in page.locator(".pa-card").inner_text()
    opened.context.close()


def test_years_that_count_up_with_the_rows_are_read(town_atlas: pipeline.Atlas, js: Callable[..., Any]) -> None:
    located = town_atlas.registers["list"].copy()
    located["founded"] = [str(2000 + row) for row in range(len(located))]
    (_, first), _ = payload.enterprise_blocks(located, town_atlas.plan.sectors)
    head, columns = pack.unpack(first)
    assert sorted(columns["founded"]) == sorted(located["founded"])
    assert any(header.get("of") == "row" for header in head["columns"])
    read = js("const {columns} = await P.pack.unpack(given); return columns.founded", first)
    assert read["kind"] == "text"
    at = "const {columns: c} = await P.pack.unpack(given); return Array.from({length: 12}, (_, i) => c.founded.at(i))"
    assert js(at, first) == columns["founded"]


def test_a_change_of_language_while_a_register_opens_raises_no_alarm(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    one, located = town_atlas.plan.registers[0], town_atlas.registers["list"]
    plan = dataclasses.replace(town_atlas.plan, registers=(one, dataclasses.replace(one, id="other")))
    registers: dict[str, gpd.GeoDataFrame] = {"list": located, "other": located.iloc[:5]}
    map_ = webmap.atlas_map(plan, registers, {}, targets=town_atlas.targets, lang="en")
    webmap.save(map_, tmp_path / "page.html")
    opened = chromium.Opened(browser, tmp_path / "page.html")
    page = opened.page
    page.evaluate("""() => {
        const app = parkatlas.apps[0];
        app.set({register: "other"});
        app.set({lang: "zh"});
    }""")
    opened.settle()
    assert page.locator(".pa-trouble").count() == 0
    assert chromium.shown(page) == 5
    opened.check_silence()
    opened.context.close()


def test_nothing_is_drawn_while_a_zoom_moves(opened: chromium.Opened, page: Any) -> None:
    kept, hit, zoom, fresh = page.evaluate(
        """async () => {
            const app = parkatlas.apps[0], {map, scene} = app, ended = new Promise((go) => map.once("zoomend", go));
            const pixels = () => scene._container.toDataURL();
            const before = pixels();
            map.setZoom(map.getZoom() + 1);
            app.toggle("hidden", "zone");
            await new Promise((go) => setTimeout(go, 100));
            scene.draw();
            const kept = pixels() === before;
            map.fire("mousemove", {layerPoint: L.point(5, 5), containerPoint: L.point(5, 5)});
            const hit = app.hover;
            await ended;
            await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
            const after = pixels();
            scene.draw();
            return [kept, hit, scene.view.zoom === map.getZoom(), after === pixels() && after !== before];
        }"""
    )
    assert (kept, hit, zoom, fresh) == (True, None, True, True)


def test_a_basemap_of_another_datum_chosen_in_a_zoom_shifts_nothing(opened: chromium.Opened, page: Any) -> None:
    shift = page.evaluate(
        """async () => {
            const app = parkatlas.apps[0], {map} = app, ended = new Promise((go) => map.once("zoomend", go));
            app.facts.basemaps.push({id: "other", datum: "gcj02", tiles: [], zh: "", en: "", attribution: ""});
            const before = map.getCenter();
            map.setZoom(map.getZoom() + 1);
            await new Promise((go) => setTimeout(go, 100));
            app.set({basemap: "other"});
            await ended;
            const moved = map.distance(before, map.getCenter());
            app.set({basemap: "none"});
            return [moved, map.distance(before, map.getCenter())];
        }"""
    )
    assert shift[0] > 100  # the map now lies in the basemap's datum
    assert shift[1] < 5


@pytest.mark.parametrize("control", [".pa-sizes .pa-bar", ".pa-bars .pa-bar", ".pa-lang [aria-pressed=false]"])
def test_the_focus_stays_where_a_key_was_pressed(opened: chromium.Opened, page: Any, control: str) -> None:
    found = page.locator(control).first
    found.focus()
    name = found.inner_text().split("\n")[0]
    page.keyboard.press("Enter")
    opened.settle()
    assert page.evaluate("document.activeElement.textContent").startswith(name)


def test_the_focus_stays_on_a_layer(opened: chromium.Opened, page: Any) -> None:
    page.locator(".pa-layers summary").click()
    box = page.locator(".pa-layers input").first
    box.focus()
    page.keyboard.press("Space")
    opened.settle()
    assert page.evaluate("document.activeElement.type") == "checkbox"
    page.keyboard.press("Space")
    opened.settle()
    assert box.is_checked()


def test_an_enterprise_inside_a_disc_marks_it(opened: chromium.Opened, page: Any) -> None:
    marked = page.evaluate(
        """async () => {
            const app = parkatlas.apps[0], {map, scene} = app;
            map.setZoom(8, {animate: false});
            scene.draw();
            const disc = scene.items.find((item) => item.kind === "cluster"), before = scene._container.toDataURL();
            app.selectedRow = disc.ranges[0][0];
            scene.draw();
            return before !== scene._container.toDataURL();
        }"""
    )
    assert marked


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("北湖片区", ["北湖片区"]),
        ("National Biomedical High and New Technology Park", ["National Biomedical High", "and New Technology Park"]),
        (
            "长春北湖科技开发区生物医药高新技术产业化示范基地东园",
            ["长春北湖科技开发区生物医药", "高新技术产业化示范基地东园"],
        ),
        ("word " * 60, None),
        ("药" * 10_000, None),
        ("x" * 10_000, None),
    ],
)
def test_long_names_lose_their_end_alone(js: Callable[..., Any], text: str, lines: list[str] | None) -> None:
    found = js("return P.labels.lines(given)", text)
    if lines is not None:
        assert found == lines
    assert len(found) <= 2
    assert all(len(line) <= 41 for line in found)
    assert "".join(found).rstrip("…").replace(" ", "") in text.replace(" ", "")
    assert found[-1].endswith("…") == (lines is None)
    assert not any("…" in line for line in found[:-1])


def test_paper_is_white_whatever_the_screen(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, color_scheme="dark")
    page = opened.page
    page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    fills = page.locator(".pa-sheet svg > *").evaluate_all("(all) => all.map((x) => x.getAttribute('fill'))")
    plain = chromium.Opened(browser, file)
    plain.page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    script = "(all) => all.map((x) => x.getAttribute('fill'))"
    assert fills == plain.page.locator(".pa-sheet svg > *").evaluate_all(script)
    for one in (opened, plain):
        one.context.close()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390), (1400, 900)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_name_lies_under_a_control(browser: Any, file: Path, width: int, height: int, lang: str) -> None:
    opened = chromium.Opened(browser, file, fragment=f"#l={lang}")
    page = opened.page
    page.set_viewport_size({"width": width, "height": height})
    opened.settle()
    names, under = page.evaluate(
        """() => {
            const app = parkatlas.apps[0], {labels} = parkatlas, {write} = labels, boxes = [];
            labels.write = (ctx, view, label, box) => { boxes.push(box); write(ctx, view, label, box); };
            app.scene.draw();
            labels.write = write;
            const from = app.scene._container.getBoundingClientRect();
            const controls = [...document.querySelectorAll(".pa-zoom, .pa-box, .pa-credit, .leaflet-control, .pa-side")]
                .map((node) => node.getBoundingClientRect());
            const meets = (b, c) => b.x0 + from.left < c.right && b.x1 + from.left > c.left
                && b.y0 + from.top < c.bottom && b.y1 + from.top > c.top;
            return [boxes.length, boxes.filter((b) => controls.some((c) => meets(b, c))).length];
        }"""
    )
    assert names > 0
    assert under == 0
    opened.check_silence()
    opened.context.close()


def test_a_box_stands_in_its_area_where_there_is_room(js: Callable[..., Any]) -> None:
    at = js(
        """const boxes = [{x: 0, y: 0, w: 20}, {x: 0, y: 23, w: 20}];
        return P.points.freeSpot({x: 0, y: 0, w: 20}, boxes, ({y}) => y < 0);"""
    )
    assert at["y"] < 0
    nowhere = js("return P.points.freeSpot({x: 0, y: 0, w: 20}, [{x: 0, y: 0, w: 20}], () => false)")
    assert nowhere != {"x": 0, "y": 0}  # outside it rather than over another
