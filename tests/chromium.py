"""Finding and starting the browser of the tests; without one they fail, unless PARKATLAS_WITHOUT_BROWSER is set."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

SCREENS = {"desktop": (1400, 900), "phone": (390, 844)}
NAMES = ("chromium", "chromium-browser", "google-chrome")


def absent(what: str) -> NoReturn:
    """Fail, or skip where that was asked for: a page that nobody has opened is not tested."""
    if os.environ.get("PARKATLAS_WITHOUT_BROWSER"):
        pytest.skip(what)
    pytest.fail(f"{what}; or set PARKATLAS_WITHOUT_BROWSER=1 to leave the browser tests out")


def executable() -> str:
    """Return the browser."""
    found = os.environ.get("PARKATLAS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        absent("no Chromium: install Debian's `chromium`, or set PARKATLAS_CHROMIUM to one")
    return found


def need_cjk_font() -> None:
    """See that a font with Chinese is installed: boxes instead of text would prove nothing."""
    lister = shutil.which("fc-list")
    if not lister or not subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip():
        absent("no font with Chinese: install Debian's `fonts-noto-cjk` and `fontconfig`")


@contextmanager
def browser() -> Iterator[Any]:
    """Start the browser without a sandbox of its own, as containers need it."""
    path = executable()
    sync = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    with sync.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield started
        finally:
            started.close()


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

    def __init__(self, browser: Any, file: Path, screen: str = "desktop", fragment: str = "", **more: object) -> None:
        width, height = SCREENS[screen]
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            offline=True,
            has_touch=screen == "phone",
            accept_downloads=True,
            **more,
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
        file = self.address.partition("#")[0]
        assert {url.partition("#")[0] for url in self.requests if url.startswith("file:")} == {file}
        assert self.complaints == [], self.complaints

    def point_of(self, kind: str, **wanted: object) -> tuple[float, float]:
        """Return the screen position of a drawn thing."""
        return tuple(self.page.evaluate(POINT, [kind, wanted]))


def shown(page: Any) -> int:
    """Return how many enterprises the panel says are shown."""
    return int(page.locator(".pa-shown b").inner_text().replace(",", ""))


def on_the_map(page: Any) -> int:
    """Return how many enterprises the canvas shows, clusters counted in full."""
    return page.evaluate(
        """() => { parkatlas.apps[0].scene.draw();
        return parkatlas.apps[0].scene.items.reduce((sum, i) => sum + (i.n ?? 1), 0); }"""
    )
