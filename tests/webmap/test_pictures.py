"""The map as a picture and on paper."""

from __future__ import annotations

import dataclasses
import re
import struct
from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pandas as pd
import pytest

from parkatlas import pipeline, webmap

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("width", [279, 402])  # what the margins leave of A4 and A3, in mm
def test_the_sheet_fills_the_paper(page: Any, width: int) -> None:
    page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": round(width * 96 / 25.4), "height": round(width / 279 * 192 * 96 / 25.4)})
    sheet = page.evaluate("""() => [".pa-sheet > img", ".pa-sheetcols"].map((name) => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left / innerWidth, box.right / innerWidth, box.bottom / innerHeight]; })""")
    picture, beside = sheet
    assert picture[2] > 0.85 or picture[1] > 0.65  # as high or as wide as the place it has
    assert beside[1] > 0.97
    assert max(picture[2], beside[2]) <= 1
    page.emulate_media(media="screen")


def test_words_under_a_narrow_picture_are_broken_not_squeezed(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    drawn = page.evaluate("""() => {
        const squeezed = [], app = parkatlas.apps[0], {fillText} = CanvasRenderingContext2D.prototype, told = [];
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y, room) {
            told.push(text);
            if (room !== undefined && this.measureText(text).width > room) squeezed.push(text);
            return fillText.call(this, text, x, y, room);
        };
        parkatlas.picture.draw(app, 1, true);
        CanvasRenderingContext2D.prototype.fillText = fillText;
        return [squeezed, told.join(" ")]; }""")
    assert drawn[0] == []
    assert "Dashed boundaries" in drawn[1]
    assert "…" not in drawn[1]


# What is written into the picture, and the colours of its lines with the lengths of their dashes.
DRAWN = """(keyed) => {
    const own = CanvasRenderingContext2D.prototype, {fillText, stroke} = own, told = [], lines = [];
    own.fillText = function (text, ...at) {
        told.push(text);
        return fillText.call(this, text, ...at);
    };
    own.stroke = function () {
        lines.push([this.strokeStyle, this.getLineDash().length]);
        stroke.call(this);
    };
    parkatlas.picture.draw(parkatlas.apps[0], 1, keyed);
    Object.assign(own, {fillText, stroke});
    return [told.join(" "), lines]; }"""


def test_a_picture_says_what_was_filtered_and_of_when_the_list_is(browser: Any, file: Path) -> None:
    opened = chromium.Opened(browser, file, fragment="#in=core&so=bio&zo=0!4&e=platform&y=2000-2010")
    said, _ = opened.page.evaluate(DRAWN, False)
    within = opened.page.evaluate("parkatlas.dom.names(parkatlas.apps[0].byId.get('core'), 'en')[0]")
    sector = opened.page.evaluate("parkatlas.apps[0].sectors.find((s) => s.id === 'bio').en")
    as_of = opened.page.evaluate("[...parkatlas.apps[0].registers.values()][0].about.as_of")
    assert f"as of {as_of}" in said
    assert f"Filters: {within} · Sectors: without {sector} · Kind: without Platforms · Founded 2000 to 2010" in said
    assert "Employees: without under 20, not known" in said
    opened.page.evaluate("parkatlas.apps[0].clear()")
    assert "Filters" not in opened.page.evaluate(DRAWN, False)[0]
    opened.context.close()


def test_the_key_of_a_picture_explains_discs_marks_and_boxes(page: Any) -> None:
    said, _ = page.evaluate(DRAWN, True)
    for text in ("the ring their sectors", "Filled: exact", "Hollow: approximate", "Box: only the area is known"):
        assert text in said
    page.evaluate("parkatlas.apps[0].toggle('hidden', 'points')")
    assert "the ring their sectors" not in page.evaluate(DRAWN, True)[0]


def test_the_only_area_shown_stays_dashed_where_it_is_schematic(page: Any) -> None:
    page.evaluate(
        "parkatlas.apps[0].set({within: parkatlas.apps[0].areas.find((a) => a.status === 'schematic').area_id})"
    )
    _, lines = page.evaluate(DRAWN, False)
    accent = page.evaluate("parkatlas.marks.LIGHT.accent")
    schematic = page.evaluate(
        "parkatlas.apps[0].areas.filter((a) => a.status === 'schematic' && a.level === 'core').length"
    )
    assert lines.count([accent, 2]) >= 1 + schematic  # the outline, and a core of the same colour
    solid = page.evaluate(
        "parkatlas.apps[0].areas.filter((a) => a.status !== 'schematic' && a.level === 'core').length"
    )
    assert lines.count([accent, 0]) == solid


def test_many_sectors_and_endless_names_print_on_one_page(
    browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path
) -> None:
    plan, located = town_atlas.plan, town_atlas.registers["list"]
    many = pd.concat([located] * 3, ignore_index=True)
    many["enterprise_id"] = [f"e{row}" for row in range(len(many))]
    many["sector"] = pd.Series([f"s{row % 30}" for row in range(len(many))], dtype=located["sector"].dtype)
    many = gpd.GeoDataFrame(many, geometry="geometry", crs=4326)
    name = "药" * 10_000
    sectors = tuple(dataclasses.replace(plan.sectors[0], id=f"s{i}", name_zh=name, name_en=name) for i in range(30))
    areas = plan.areas.assign(name_zh=name, name_en=name)
    long = dataclasses.replace(plan, sectors=sectors, areas=areas, name_zh=name, name_en=name)
    webmap.save(
        webmap.atlas_map(long, {"list": many}, {}, targets=town_atlas.targets, lang="en"), tmp_path / "long.html"
    )
    opened = chromium.Opened(browser, tmp_path / "long.html")
    opened.page.evaluate("parkatlas.picture.prepare(parkatlas.apps[0])")
    assert opened.page.locator(".pa-sheet .pa-bar").count() == 16
    assert "14 more" in opened.page.locator(".pa-sheet").text_content()
    for paper in ("A4", "A3"):
        data = opened.page.pdf(format=paper, landscape=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == 1
    assert opened.page.evaluate("document.querySelector('.pa-map').clientHeight") <= 900
    opened.context.close()
