"""The town as a page, and one browser for all tests here that need one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import town

from parkatlas import pipeline, webmap


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
def js(blank: Any) -> Callable[..., Any]:
    """Run a body of script with our scripts as P and an argument as given."""

    def run(body: str, argument: object = None) -> Any:
        return blank.evaluate(f"async (given) => {{ const P = parkatlas; {body} }}", argument)

    return run


@pytest.fixture
def output() -> Path:
    folder = Path(__file__).resolve().parents[2] / "test-output"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def file(town_atlas: pipeline.Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the town's page with hot spots, clusters, a density and a sensitivity beside its own statistics."""
    cells = gpd.GeoDataFrame(
        {"z": [3.1, 0.2], "p_fdr": [0.01, 0.8], "kind": ["hot", "not significant"]},
        geometry=[
            shapely.box(500_000, 4_860_000, 502_000, 4_862_000),
            shapely.box(502_000, 4_860_000, 504_000, 4_862_000),
        ],
        crs=4551,
    )
    hull = shapely.box(504_500, 4_860_500, 507_500, 4_863_500)
    clusters = gpd.GeoDataFrame({"cluster": [1], "n": [3], "share": [0.25]}, geometry=[hull], crs=4551)
    density = gpd.GeoDataFrame(
        {"density_km2": [0.51, 4.0]},
        geometry=[shapely.box(x, 4_861_000, x + 500, 4_861_500) for x in (505_000, 505_500)],
        crs=4551,
    )
    density.attrs = {"cell_m": 500.0, "note_zh": "带宽 900 米", "note_en": "bandwidth 900 m"}
    sensitivity = pd.DataFrame({"area_id": ["core"], "n": [3], "may_leave": [1], "may_enter": [2]})
    further = {"hotspots": cells, "clusters": clusters, "density": density, "sensitivity": sensitivity}
    tables = {"list": {**town_atlas.statistics["list"], **further}}
    map_ = webmap.atlas_map(town_atlas.plan, town_atlas.registers, tables, targets=town_atlas.targets, lang="en")
    path = tmp_path_factory.mktemp("controls") / "town.html"
    webmap.save(map_, path)
    return path


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[chromium.Opened]:
    found = chromium.Opened(browser, file)
    yield found
    found.check_silence()
    found.context.close()


@pytest.fixture
def page(opened: chromium.Opened) -> Any:
    return opened.page
