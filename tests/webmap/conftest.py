"""The town as a page, and one browser for all tests here that need one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import town

from parkatlas import pipeline


@pytest.fixture(scope="session")
def town_atlas(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Atlas:
    return pipeline.build(town.write(tmp_path_factory.mktemp("town")), today=datetime.date(2026, 11, 23))


@pytest.fixture(scope="session")
def blank(browser: Any) -> Iterator[Any]:
    """An empty page with our scripts and no map: for the parts that only compute."""
    from parkatlas.webmap import assets

    page = browser.new_page()
    page.add_script_tag(content=assets.leaflet_js())
    page.add_script_tag(content=assets.script())
    yield page
    page.close()


@pytest.fixture
def output() -> Path:
    folder = Path(__file__).resolve().parents[2] / "test-output"
    folder.mkdir(exist_ok=True)
    return folder
