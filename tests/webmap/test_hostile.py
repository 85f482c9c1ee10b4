"""Names that try to be code: in every field of every layer, run nowhere, shown as the text they are."""

from __future__ import annotations

import dataclasses
import os
from itertools import cycle
from pathlib import Path
from typing import Any

import chromium
import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from parkatlas import model, pipeline, schema, webmap

HOSTILE = (
    '<img src=x onerror="window.pwned=1">',
    "</script><script>window.pwned=1</script>",
    "${window.pwned=1}",
    "`${window.pwned=1}`",
    "{{ 1/0 }}",
    "{{ cycler.__init__.__globals__.os.environ.update(PARKATLAS_PWNED='1') }}",
    "{% for x in y %}{% raise %}",
    "'; window.pwned=1; //",
    '"><svg onload=window.pwned=1>',
    "javascript:window.pwned=1",
    "<!--<script>",
    "&lt;b&gt;&amp;",
    "\u202etxt.exe\u202c\u200f",
    "\u2028\u2029\x00\x07",
    "😀👩‍🔬𠮷" * 5,
    "长" * 10_000,
    "=HYPERLINK(1)",
    "a\nb\tc\\",
)


def spoil(frame: pd.DataFrame, table: schema.Table, keep: tuple[str, ...]) -> pd.DataFrame:
    """Return a frame whose free texts are hostile; keys stay unique, choices and dates stay valid."""
    out, texts = frame.copy(), cycle(HOSTILE)
    for column in table.columns:
        if column.kind == "text" and not column.choices and column.name not in keep:
            out[column.name] = pd.array([next(texts) for _ in range(len(out))], dtype="str")
    return out


def spoiled(item: Any, texts: Any, keep: tuple[str, ...]) -> Any:
    """Return a small dataclass whose texts are hostile."""
    changes: dict[str, object] = {}
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if isinstance(value, model.Source):
            changes[field.name] = spoiled(value, texts, keep)
        elif isinstance(value, str) and field.name not in keep:
            changes[field.name] = next(texts)
        elif isinstance(value, tuple) and all(isinstance(v, str) for v in value) and field.name not in keep:
            changes[field.name] = tuple(next(texts) for _ in value)
    return dataclasses.replace(item, **changes)


@pytest.fixture(scope="module")
def hostile_map(town_atlas: pipeline.Atlas) -> folium.Map:
    plan, located = town_atlas.plan, town_atlas.registers["list"]
    ids = [f"{text[:60]}{i}" for i, text in zip(range(len(plan.areas)), cycle(HOSTILE), strict=False)]
    areas = spoil(plan.areas, schema.AREAS, ("area_id", "parent_id"))
    renamed = dict(zip(areas["area_id"], ids, strict=True))
    for name in ("area_id", "parent_id"):
        areas[name] = areas[name].map(renamed).astype("str")
    place = ("core_id", "zone_id", "park_id", "nearest_park_id", "declared_area")
    rows = spoil(located, schema.LOCATED, (*place, "sector"))
    rows["enterprise_id"] = pd.array(
        [f"{t}{i}" for i, t in zip(range(len(rows)), cycle(HOSTILE), strict=False)], dtype="str"
    )
    for name in place:
        rows[name] = rows[name].map(renamed).astype("str")
    texts = cycle(HOSTILE)
    sectors = tuple(
        dataclasses.replace(s, id=f"{h}{k}", name_zh=h, name_en=h, colour=h)
        for k, (s, h) in enumerate(zip(plan.sectors, HOSTILE, strict=False))
    )
    rows["sector"] = rows["sector"].map({s.id: t.id for s, t in zip(plan.sectors, sectors, strict=True)}).astype("str")
    register = dataclasses.replace(spoiled(plan.registers[0], texts, ("kind", "datum")), id=HOSTILE[1])
    parts = ("targets", "observations", "scopes", "patterns", "projects")
    bad = {name: tuple(spoiled(x, texts, ("qualifier",)) for x in getattr(plan, name)) for name in parts}
    context = gpd.GeoDataFrame(
        {"kind": HOSTILE[:6], "name_zh": HOSTILE[6:12], "name_en": HOSTILE[:6]},
        geometry=[shapely.LineString([(125.99 + i / 50, 43.88), (126.05 + i / 50, 43.9)]) for i in range(6)], crs=4326,
    )  # fmt: skip
    plan = spoiled(plan, texts, ("id",))
    plan = dataclasses.replace(plan, areas=areas, sectors=sectors, registers=(register,), context=context, **bad)
    cells = gpd.GeoDataFrame(
        {name: [HOSTILE[0]] for name in HOSTILE}, geometry=[shapely.box(126.0, 43.88, 126.01, 43.9)], crs=4326
    )
    tables: dict[str, pd.DataFrame] = {
        "areas": spoil(town_atlas.statistics["list"]["areas"], schema.AREA_STATISTICS, ("area_id",)),
        HOSTILE[0]: pd.DataFrame({"area_id": ids, HOSTILE[1]: [HOSTILE[0]] * len(ids)}),
        HOSTILE[1]: cells,
    }
    tables["areas"]["area_id"] = tables["areas"]["area_id"].map(renamed).astype("str")
    return webmap.atlas_map(
        plan, {register.id: rows}, {register.id: tables},
        targets=spoil(town_atlas.targets, schema.TARGET_STATUS, ("metric",)),
        about={HOSTILE[0]: HOSTILE[1], "map_approval": HOSTILE[0]},
    )  # fmt: skip


def test_python_runs_nothing_while_rendering(hostile_map: folium.Map) -> None:
    html = webmap.render(hostile_map)
    assert "PARKATLAS_PWNED" not in os.environ
    assert "<img src=x" not in html
    assert html.count("</script>") == html.count("<script") - len("x") * html.count('"<script')


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_browser_runs_nothing_and_shows_the_text(
    browser: Any, hostile_map: folium.Map, tmp_path: Path, lang: str
) -> None:
    webmap.save(hostile_map, tmp_path / "hostile.html")
    opened = chromium.Opened(browser, tmp_path / "hostile.html", fragment=f"#l={lang}")
    shown = opened.page.evaluate(EVERYTHING)
    plain = opened.page.evaluate("(given) => given.map(parkatlas.format.plain)", list(HOSTILE))
    assert opened.page.evaluate("window.pwned") is None
    assert opened.page.locator("img, iframe, object, embed, .pa-app script").count() == 0
    assert opened.page.evaluate("document.querySelectorAll('[onerror], [onload], [onclick]').length") == 0
    assert [text for text in plain if text not in shown] == []
    for href in opened.page.evaluate("[...document.querySelectorAll('a')].map((a) => a.href)"):
        assert href.startswith(("http://", "https://"))
    opened.check_silence()
    opened.context.close()


@pytest.mark.browser
def test_a_plain_folium_map_is_as_safe(browser: Any, town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    rows = spoil(town_atlas.registers["list"], schema.LOCATED, ("sector", "core_id", "zone_id", "park_id"))
    map_ = folium.Map([43.88, 126.04], tiles=None, zoom_start=12)
    webmap.AreaLayer(spoil(town_atlas.plan.areas, schema.AREAS, ("area_id",))).add_to(map_)
    webmap.EnterpriseLayer(rows, town_atlas.plan.sectors, HOSTILE[1], HOSTILE[0], HOSTILE[2]).add_to(map_)
    assert "<img src=x" not in map_.get_root().render()
    assert "PARKATLAS_PWNED" not in os.environ


# Every card, the table, both dialogs, the results of a search and the printed sheet, opened one after the other; all
# text that was ever in the page is returned.
EVERYTHING = """async () => {
    const app = parkatlas.apps[0], seen = [], wait = () => new Promise((go) => setTimeout(go, 30));
    const look = async () => { await wait(); seen.push(document.body.textContent); };
    await app.needTexts();
    await look();
    for (const area of app.areas) { app.select("area", area.area_id); await look(); }
    for (let row = 0; row < app.current.data.rows; row++) { app.selectRow(row); await look(); }
    for (const {name} of app.shapes) {
        app.set({shapes: name, selected: {kind: "shape", id: name + "/0"}});
        await look();
    }
    app.set({table: true});
    await look();
    parkatlas.legend.about(app);
    await look();
    app.ui.dialog.close();
    await parkatlas.keys.list(app);
    await look();
    app.ui.dialog.close();
    await parkatlas.picture.prepare(app);
    await look();
    app.ui.sheet.replaceChildren();
    const input = document.querySelector(".pa-search");
    for (const query of ["<img", "script", "{{", "长"]) {
        input.value = query;
        input.dispatchEvent(new Event("input"));
        await new Promise((go) => setTimeout(go, 150));
        await look();
    }
    return seen.join("\\n");
}"""
