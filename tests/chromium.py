"""Finding and starting the browser of the tests; loudly absent where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """Return the browser, or skip the test saying what to install."""
    found = os.environ.get("PARKATLAS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium: install Debian's `chromium`, or set PARKATLAS_CHROMIUM to one")
    return found


def need_cjk_font() -> None:
    """Skip the test unless a font with Chinese is installed: boxes instead of text would prove nothing."""
    lister = shutil.which("fc-list")
    if not lister or not subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip():
        pytest.skip("no font with Chinese: install Debian's `fonts-noto-cjk` and `fontconfig`")


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
