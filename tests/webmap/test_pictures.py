"""The map as a picture and on paper."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import chromium
import pytest

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
