"""The Changchun page in a real browser: opened from a file with no network, driven, counted and photographed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest

from parkatlas import pipeline, webmap

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).resolve().parents[1] / "test-output"
SCREENS = {"desktop": (1400, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium.need_cjk_font()
    with chromium.browser() as started:
        yield started


@pytest.fixture(scope="module")
def atlas(browser: Any) -> pipeline.Atlas:
    return pipeline.build(Path(__file__).resolve().parents[1] / "geodata", today=datetime.date(2026, 11, 23))


@pytest.fixture(scope="module")
def html(atlas: pipeline.Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    webmap.save(atlas.map, file)
    return file


POINT = """([kind, wanted]) => {
    const app = parkatlas.apps[0], view = app.scene.view, box = app.map.getContainer().getBoundingClientRect();
    const top = app.map.layerPointToContainerPoint(app.scene._bounds.min);
    let x, y;
    if (kind === "area") {
        const area = app.byId.get(wanted.id);
        x = parkatlas.datum.xOf(area.label[0]) * view.k - view.ox;
        y = parkatlas.datum.yOf(area.label[1]) * view.k - view.oy;
    } else {
        const fits = (i) => i.kind === kind && (wanted.row === undefined || i.row === wanted.row) && app.inSight(i);
        const item = app.scene.items.find(fits);
        [x, y] = [item.x, item.y];
    }
    return [box.left + top.x + x, box.top + top.y + y];
}"""


class Opened:
    """A page and everything it asked for or complained of."""

    def __init__(self, browser: Any, file: Path, screen: str = "desktop", fragment: str = "") -> None:
        width, height = SCREENS[screen]
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            offline=True,
            has_touch=screen == "phone",
            accept_downloads=True,
        )
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = file.as_uri() + fragment
        self.page.goto(self.address)
        self.page.wait_for_selector("html[data-parkatlas=ready]", state="attached", timeout=15_000)

    def settle(self) -> None:
        """Wait until animations are over and the canvas is drawn."""
        self.page.wait_for_timeout(400)

    def check_silence(self) -> None:
        """Nothing was asked of the network and nothing was complained of."""
        assert [url for url in self.requests if not url.startswith(("file:", "blob:", "data:"))] == []
        assert len([url for url in self.requests if url.startswith("file:")]) == 1
        assert self.complaints == []

    def point_of(self, kind: str, **wanted: object) -> tuple[float, float]:
        """Return the screen position of a drawn thing."""
        return tuple(self.page.evaluate(POINT, [kind, wanted]))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", list(SCREENS))
def test_the_page_opens_from_a_file_in_silence_and_is_photographed(
    browser: Any, html: Path, screen: str, lang: str
) -> None:
    opened = Opened(browser, html, screen, f"#l={lang}&r=scenario")
    opened.settle()
    PICTURES.mkdir(exist_ok=True)
    width, height = SCREENS[screen]
    picture = opened.page.screenshot(path=PICTURES / f"atlas-{width}x{height}-{lang}.png")
    assert len(picture) > 40_000, "a blank page compresses to less"
    assert opened.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    expected = {"zh": "长春药谷", "en": "Changchun Pharmaceutical Valley"}[lang]
    assert opened.page.locator("h1").inner_text() == expected
    opened.check_silence()
    opened.context.close()


def test_a_click_on_a_park_and_on_an_enterprise_opens_their_cards(
    browser: Any, html: Path, atlas: pipeline.Atlas
) -> None:
    opened = Opened(browser, html, fragment="#r=scenario&s=area:park-biomedicine")
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
    page.wait_for_function("!document.querySelector('.pa-card').hidden")
    assert card.locator("h2").inner_text() in set(atlas.registers["scenario"]["name_zh"])
    assert park["name_zh"]
    opened.check_silence()
    opened.context.close()
