"""The Changchun page in a real browser: opened from a file with no network, driven, counted and photographed."""

from __future__ import annotations

import datetime
import io
import re
from pathlib import Path
from typing import Any

import chromium
import numpy as np
import pytest
import shapely
from PIL import Image

from parkatlas import pipeline, webmap

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).resolve().parents[1] / "test-output"


@pytest.fixture(scope="module")
def atlas(browser: Any) -> pipeline.Atlas:  # the browser first: without one nothing need be built
    chromium.need_cjk_font()
    return pipeline.build(Path(__file__).resolve().parents[1] / "geodata", today=datetime.date(2026, 11, 23))


@pytest.fixture(scope="module")
def html(atlas: pipeline.Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    webmap.save(atlas.map, file)
    return file


# Regions of the picture as shares of width and height, and how much must be drawn in each (standard deviation of grey).
REGIONS = {
    "desktop": {"title": (0, 0, 0.25, 0.1, 20), "bars": (0, 0.3, 0.25, 0.65, 20), "map": (0.3, 0.05, 0.95, 0.5, 10),
                "legend": (0.8, 0.75, 0.99, 0.97, 15)},
    "phone": {"title": (0, 0, 0.7, 0.07, 15), "map": (0.1, 0.2, 0.9, 0.85, 8), "panel": (0, 0.87, 1, 1, 10)},
}  # fmt: skip


def check_picture(picture: bytes, screen: str) -> None:
    """The picture has its size, every region is drawn in, and the core's and the sectors' colours stand on the map."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    assert image.size == chromium.SCREENS[screen]
    width, height = image.size
    for name, (left, top, right, bottom, least) in REGIONS[screen].items():
        box = (int(left * width), int(top * height), int(right * width), int(bottom * height))
        assert np.asarray(image.crop(box).convert("L")).std() > least, name
    pixels = np.asarray(image, dtype=int)
    for colour in ((125, 31, 63), (0, 114, 178), (230, 159, 0)):  # the core, biologics, devices
        assert (np.abs(pixels - colour).max(axis=2) < 30).sum() > 15, colour


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", list(chromium.SCREENS))
def test_the_page_opens_from_a_file_in_silence_and_is_photographed(
    browser: Any, html: Path, screen: str, lang: str
) -> None:
    opened = chromium.Opened(browser, html, screen, f"#l={lang}&r=scenario")
    opened.settle()
    PICTURES.mkdir(exist_ok=True)
    width, height = chromium.SCREENS[screen]
    picture = opened.page.screenshot(path=PICTURES / f"atlas-{width}x{height}-{lang}.png")
    check_picture(picture, screen)
    assert opened.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    expected = {"zh": "长春药谷", "en": "Changchun Pharmaceutical Valley"}[lang]
    assert opened.page.locator("h1").inner_text() == expected
    opened.check_silence()
    opened.context.close()


def test_a_click_on_a_park_and_on_an_enterprise_opens_their_cards(
    browser: Any, html: Path, atlas: pipeline.Atlas
) -> None:
    opened = chromium.Opened(browser, html, fragment="#r=scenario&s=area:park-biomedicine")
    page = opened.page
    park = atlas.plan.areas.set_index("area_id").loc["park-biomedicine"]
    page.evaluate("parkatlas.apps[0].closeCard(), parkatlas.apps[0].set({hidden: ['points', 'declared']})")
    page.evaluate("parkatlas.apps[0].zoomToArea(parkatlas.apps[0].byId.get('park-biomedicine'))")
    opened.settle()
    page.mouse.click(*opened.point_of("area", id="park-biomedicine"))
    card = page.locator(".pa-card")
    assert card.locator("h2").inner_text() in set(atlas.plan.areas["name_zh"])
    page.evaluate("parkatlas.apps[0].closeCard(), parkatlas.apps[0].set({hidden: []})")
    page.evaluate("parkatlas.apps[0].zoomToRow(0)")
    opened.settle()
    page.mouse.click(*opened.point_of("row"))
    card.wait_for()
    assert card.locator("h2").inner_text() in set(atlas.registers["scenario"]["name_zh"])
    assert park["name_zh"]
    opened.check_silence()
    opened.context.close()


@pytest.mark.parametrize("register", ["recorded", "scenario"])
def test_counts_in_the_page_are_those_of_the_tables(
    browser: Any, html: Path, atlas: pipeline.Atlas, register: str
) -> None:
    opened = chromium.Opened(browser, html, fragment=f"#r={register}")
    counts = dict(
        opened.page.evaluate("parkatlas.apps[0].areas.map((a) => [a.area_id, parkatlas.apps[0].countsOf(a.area_id).n])")
    )
    table = atlas.statistics[register]["areas"].set_index("area_id")["n"]
    assert counts == {key: int(table[key]) for key in atlas.plan.areas["area_id"]}
    shown = opened.page.locator(".pa-shown b").inner_text()
    assert shown == f"{len(atlas.registers[register]):,}"
    by_sector = atlas.registers[register]["sector"].value_counts()
    found = opened.page.evaluate(
        """() => { const app = parkatlas.apps[0], counts = app.sectorCounts(app.current.result);
        return app.sectors.map((s, k) => [s.id, counts[k]]); }"""
    )
    assert {key: n for key, n in found if n and key} == by_sector.to_dict()
    opened.check_silence()
    opened.context.close()


def test_a_register_without_points_shows_what_its_areas_declare(
    browser: Any, html: Path, atlas: pipeline.Atlas
) -> None:
    opened = chromium.Opened(browser, html, fragment="#r=recorded")
    opened.settle()
    PICTURES.mkdir(exist_ok=True)
    opened.page.screenshot(path=PICTURES / "atlas-recorded.png")
    boxes = opened.page.evaluate("parkatlas.apps[0].scene.items.filter((i) => i.kind === 'declared').map((i) => i.n)")
    assert sum(boxes) == (atlas.registers["recorded"]["outcome"] == "declared").sum() > 0
    opened.page.locator("#pa-register").select_option("scenario")
    opened.page.get_by_text("合成情景").first.wait_for()
    assert opened.page.locator(".pa-shown b").inner_text() == "1,000"
    assert "r=scenario" in opened.page.url
    opened.check_silence()
    opened.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("layer", ["", "hotspots", "density", "clusters"])
def test_the_page_prints_on_one_sheet_whatever_is_shown(browser: Any, html: Path, lang: str, layer: str) -> None:
    opened = chromium.Opened(browser, html, fragment=f"#r=scenario&l={lang}&p={layer}")
    opened.page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    for paper in ("A4", "A3"):
        data = opened.page.pdf(format=paper, landscape=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == 1
    opened.check_silence()
    opened.context.close()


def test_hot_spots_say_what_their_kinds_need(browser: Any, html: Path) -> None:
    opened = chromium.Opened(browser, html, fragment="#r=scenario&l=en&p=hotspots")
    opened.settle()
    grey = opened.page.evaluate(
        """() => { const {columns, rows} = parkatlas.shapes.current(parkatlas.apps[0]);
        const [p, kind] = ["p_fdr", "kind"].map((name) => columns.indexOf(name));
        return rows.findIndex((row) => row[p] <= 0.05 && row[kind] === "not significant"); }"""
    )
    assert grey >= 0  # a p that alone would be significant
    opened.page.evaluate("(i) => parkatlas.apps[0].select('shape', `hotspots/${i}`)", grey)
    card = opened.page.locator(".pa-card").inner_text()
    assert "p ≤ 0.05 after FDR correction" in card
    assert "1.96 standard deviations" in card
    assert "Density, smoothed (enterprises per km2)" in card
    opened.context.close()


def test_the_density_covers_the_areas_and_no_more(browser: Any, html: Path, atlas: pipeline.Atlas) -> None:
    opened = chromium.Opened(browser, html, fragment="#r=scenario&p=density")
    opened.settle()
    cells = opened.page.evaluate(
        """() => { const app = parkatlas.apps[0], table = parkatlas.shapes.current(app), D = parkatlas.datum;
        return table.rows.map((row, i) => [D.lonOf(table.x[i] + 0.5), D.latOf(table.y[i] + 0.5), row[0]]); }"""
    )
    lon, lat, value = np.array(cells).T
    table = atlas.result("scenario", "kernel_density").to_frame()
    assert value.max() == pytest.approx(table["density_km2"].max(), rel=0.005)
    ground = shapely.buffer(atlas.plan.areas.geometry.union_all(), 0.01)
    assert shapely.contains_xy(ground, lon, lat).all()
    opened.check_silence()
    opened.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_a_phone_no_name_of_a_zone_lies_on_a_count(browser: Any, html: Path, lang: str) -> None:
    opened = chromium.Opened(browser, html, "phone", f"#r=scenario&l={lang}")
    opened.settle()
    names, covered = opened.page.evaluate(
        """() => { const app = parkatlas.apps[0], {labels} = parkatlas, write = labels.write, boxes = [];
        labels.write = (ctx, view, label, box) => { if (label.free) boxes.push(box); write(ctx, view, label, box); };
        app.scene.draw();
        labels.write = write;
        const discs = app.scene.items.filter((item) => item.kind === "cluster");
        return [boxes.length, boxes.filter((b) => discs.some((d) => d.x > b.x0 - d.r && d.x < b.x1 + d.r
            && d.y > b.y0 - d.r && d.y < b.y1 + d.r)).length]; }"""
    )
    assert names >= 3
    assert covered == 0
    opened.context.close()


def test_the_whole_page_is_small(html: Path) -> None:
    assert html.stat().st_size <= 500_000
