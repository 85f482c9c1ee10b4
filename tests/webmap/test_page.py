"""The document: what is in it, what may run in it, and folium's own layers beside ours."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from parkatlas import pipeline, schema, webmap
from parkatlas.findings import Rule
from parkatlas.webmap import assets, basemaps, page, payload

VENDORED = Path(assets.__file__).parent / "vendor"


def build(atlas: pipeline.Atlas, **changes: Any) -> folium.Map:
    given = {"targets": atlas.targets, **changes}
    return webmap.atlas_map(atlas.plan, atlas.registers, atlas.statistics, **given)


def block(html: str, holding: str) -> Any:
    """Return the JSON block that has a key."""
    found = [json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>([^<]*)</script>', html)]
    return next(value for value in found if holding in value)


def test_the_same_input_gives_the_same_bytes(town_atlas: pipeline.Atlas, tmp_path: Path) -> None:
    first = webmap.render(build(town_atlas))
    webmap.save(build(town_atlas), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == first.encode("utf-8")


def test_rendering_twice_changes_nothing(town_atlas: pipeline.Atlas) -> None:
    map_ = build(town_atlas)
    assert webmap.render(map_) == webmap.render(map_)


def test_the_inline_page_loads_nothing_from_elsewhere(town_atlas: pipeline.Atlas) -> None:
    html = webmap.render(build(town_atlas))
    assert not re.search(r"<(script|link|img|iframe)[^>]*\s(src|href)=", html)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#|data:)", html)
    assert "sourceMappingURL" not in html


def test_the_document_says_what_it_is(town_atlas: pipeline.Atlas) -> None:
    html = webmap.render(build(town_atlas, lang="en"))
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Town · 小镇</title>" in html
    assert 'content="width=device-width, initial-scale=1"' in html
    assert "user-scalable" not in html
    assert webmap.render(build(town_atlas)).startswith('<!DOCTYPE html>\n<html lang="zh-CN">')


def test_the_policy_knows_every_script_and_no_other_source(town_atlas: pipeline.Atlas) -> None:
    html = webmap.render(build(town_atlas))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#x27;", "'")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
        if "type=" not in attributes:
            assert assets.digest(body) in rules["script-src"]


def test_the_cdn_page_is_small_and_pins_what_it_loads(town_atlas: pipeline.Atlas) -> None:
    html = webmap.render(build(town_atlas, assets="cdn"))
    inline = webmap.render(build(town_atlas))
    assert len(inline) - len(html) > 150_000
    links = re.findall(r'<(?:script|link)[^>]*(?:src|href)="(https://[^"]*)" integrity="(sha256-[^"]*)"', html)
    assert [url for url, _ in links] == [assets.CDN + "leaflet.css", assets.CDN + "leaflet.js"]


def test_vendored_files_are_those_that_the_readme_lists() -> None:
    readme = (VENDORED / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| `([^`]+)` \| leaflet \| ([\d.]+) \|.*\| ([0-9a-f]{64}) \|", readme)
    assert {name for name, _, _ in rows} == {"leaflet/leaflet.js", "leaflet/leaflet.css"}
    for name, version, digest in rows:
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest
        assert version == assets.LEAFLET
    shipped = {file.relative_to(VENDORED).as_posix() for file in VENDORED.rglob("*") if file.is_file()}
    assert shipped == {"README.md", "leaflet/LICENSE", "leaflet/leaflet.css", "leaflet/leaflet.js"}


def test_every_script_and_style_is_concatenated() -> None:
    folder = VENDORED.parent
    assert {file.stem for file in (folder / "js").glob("*.js")} == {*assets.SCRIPTS, "jquery-stub"}
    assert {file.stem for file in (folder / "css").glob("*.css")} == set(assets.STYLES)


def test_no_script_of_ours_parses_markup_or_runs_text() -> None:
    risky = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttp"
    assert [name for name in assets.SCRIPTS if re.search(risky, assets.read(f"js/{name}.js"))] == []


def test_no_script_holds_a_text_of_several_lines() -> None:
    for name in assets.SCRIPTS:
        for line in assets.read(f"js/{name}.js").splitlines():
            assert line.count("`") % 2 == 0, f"{name}: {line}"
            before, comment, _ = line.partition(" // ")  # which is left out of the page
            if comment:
                assert all(before.count(quote) % 2 == 0 for quote in '"`'), f"{name}: {line}"


def test_layers_of_the_user_stand_beside_ours(town_atlas: pipeline.Atlas) -> None:
    map_ = build(town_atlas)
    plain = webmap.render(map_)
    folium.CircleMarker([43.9, 126.0], popup="mine").add_to(map_)
    folium.LayerControl().add_to(map_)
    html = webmap.render(map_)
    assert "L.circleMarker(" in html
    assert "window.$" in html
    assert "window.$" not in plain


def test_a_users_tiles_are_allowed_and_no_others(town_atlas: pipeline.Atlas) -> None:
    map_ = build(town_atlas)
    folium.TileLayer("https://{s}.tiles.example.org/{z}/{x}/{y}.png", attr="x").add_to(map_)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', webmap.render(map_))[1].replace("&#x27;", "'")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert "https://*.tiles.example.org" in rules["img-src"]
    assert "https" not in rules["script-src"]


def test_folium_itself_is_left_as_it_was(town_atlas: pipeline.Atlas) -> None:
    before = [list(folium.Map.default_js), list(folium.Map.default_css)]
    webmap.render(build(town_atlas))
    assert [folium.Map.default_js, folium.Map.default_css] == before
    assert "jquery" in folium.Map().get_root().render()


def test_our_layers_go_on_any_folium_map(town_atlas: pipeline.Atlas) -> None:
    map_ = folium.Map(tiles=None)
    webmap.AreaLayer(town_atlas.plan.areas).add_to(map_)
    webmap.EnterpriseLayer(town_atlas.registers["list"], town_atlas.plan.sectors).add_to(map_)
    html = map_.get_root().render()
    assert html.count("parkatlas.add(map_") == 2
    assert "window.parkatlas = window.parkatlas" in html


def test_a_layer_that_stands_nowhere_says_so(town_atlas: pipeline.Atlas) -> None:
    with pytest.raises(ValueError, match=r"folium\.Map"):
        webmap.AreaLayer(town_atlas.plan.areas).render()


@pytest.mark.parametrize("changes", [{"lang": "fr"}, {"assets": "local"}])
def test_unknown_choices_are_refused(town_atlas: pipeline.Atlas, changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        build(town_atlas, **changes)


def test_a_register_that_the_plan_lacks_is_refused(town_atlas: pipeline.Atlas) -> None:
    with pytest.raises(ValueError, match="not in the plan"):
        webmap.atlas_map(town_atlas.plan, {"other": town_atlas.registers["list"]}, {}, targets=town_atlas.targets)


def test_inputs_are_left_as_they_were(town_atlas: pipeline.Atlas) -> None:
    before = town_atlas.registers["list"].copy()
    webmap.render(build(town_atlas))
    pd.testing.assert_frame_equal(town_atlas.registers["list"], before)


def test_findings_are_counted_and_about_lines_kept(town_atlas: pipeline.Atlas) -> None:
    rule = Rule("town.odd", "warning", zh="怪", en="odd")
    html = webmap.render(
        build(town_atlas, findings=[rule.at(), rule.at()], about={"tool": "1.0", "map_approval": "吉S"})
    )
    facts = block(html, "plan")
    assert facts["findings"] == {"error": 0, "warning": 2, "info": 0}
    assert facts["about"] == {"map_approval": "吉S", "tool": "1.0"}


def test_the_approval_number_of_the_plan_is_shown_unless_overridden(town_atlas: pipeline.Atlas) -> None:
    plan = dataclasses.replace(town_atlas.plan, map_approval="GS(0000)1号")
    map_ = webmap.atlas_map(plan, town_atlas.registers, town_atlas.statistics, targets=town_atlas.targets)
    assert block(webmap.render(map_), "plan")["about"]["map_approval"] == "GS(0000)1号"


def test_further_tables_travel_and_tables_in_metres_are_turned_into_degrees(town_atlas: pipeline.Atlas) -> None:
    cells = gpd.GeoDataFrame(
        {"z": [2.5], "p_fdr": [0.01], "kind": ["hot"]},
        geometry=[shapely.box(500000, 4860000, 501000, 4861000)],
        crs=4551,
    )
    tables = {**town_atlas.statistics["list"], "hotspots": cells}
    html = webmap.render(
        webmap.atlas_map(town_atlas.plan, town_atlas.registers, {"list": tables}, targets=town_atlas.targets)
    )
    shapes = block(html, "shapes")
    assert shapes["titles"][1] == ["p 值（FDR 校正）", "p, FDR corrected"]
    lon, lat = shapes["shapes"][0]["rings"][0][0][0]
    assert 125.9 < lon < 126.1
    assert 43 < lat < 45


def test_numbers_that_json_cannot_hold_become_nothing() -> None:
    table = pd.DataFrame({"a": [1.0, float("nan"), float("inf")], "b": [pd.NA, 1, 2]})
    assert payload.table_record("t", table)["rows"] == [[1, None], [None, 1], [None, 2]]


def test_colours_that_are_no_colours_become_grey(town_atlas: pipeline.Atlas) -> None:
    sector = dataclasses.replace(town_atlas.plan.sectors[0], colour="red;background:url(x)")
    assert payload.sector_records([sector])[0]["colour"] == "#777777"


def test_rows_without_a_point_follow_those_with_one(town_atlas: pipeline.Atlas) -> None:
    from parkatlas.webmap import pack

    first, texts = payload.enterprise_blocks(town_atlas.registers["list"], town_atlas.plan.sectors)
    head, columns = pack.unpack(first[1])[0], pack.unpack(texts[1])[1]
    assert (head["rows"], head["points"]) == (12, 10)
    assert columns["row"][10:] == [10, 11]
    assert sorted(columns["row"]) == list(range(12))


def test_an_empty_register_makes_a_page(town_atlas: pipeline.Atlas) -> None:
    empty = schema.frame(schema.LOCATED)
    map_ = webmap.atlas_map(town_atlas.plan, {"list": empty}, {}, targets=town_atlas.targets)
    assert '"packed-first"' in webmap.render(map_)


def test_tianditu_is_offered_only_with_a_token_that_is_one() -> None:
    assert "tianditu" not in [b["id"] for b in basemaps.available({basemaps.TIANDITU_TOKEN: "a b<script>"})]
    found = basemaps.available({basemaps.TIANDITU_TOKEN: "0" * 32})
    assert [b["id"] for b in found] == ["osm", "tianditu", "gaode"]
    assert {b["id"]: b["datum"] for b in found}["gaode"] == "gcj02"


def test_data_blocks_refuse_markup() -> None:
    with pytest.raises(ValueError, match="markup"):
        page.data_block("a", "<b>")
    assert page.json_text({"a": "</script><!--\u2028&"}).isascii()
