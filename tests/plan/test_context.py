"""The background layer: any kind of geometry, every unreadable feature named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import town

from parkatlas.errors import PlanError
from parkatlas.plan import load_plan


def with_context(folder: Path, features: list[dict[str, object]]) -> Path:
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "context.geojson").write_text(text, encoding="utf-8")
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("[layers]", '[layers]\ncontext = "context.geojson"'), "utf-8")
    return folder


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_points_lines_and_polygons_are_kept_with_their_words(town_folder: Path) -> None:
    line = {"type": "LineString", "coordinates": [list(town.lonlat(0, 0)), list(town.lonlat(8, 6))]}
    place = {"type": "Point", "coordinates": list(town.lonlat(4, 3))}
    field = {"type": "Polygon", "coordinates": [town.ring(0, 0, 1, 1)]}
    features = [feature(line, kind="river", name_zh="小河"), feature(place, kind="place"), feature(field, kind="area")]
    context = load_plan(with_context(town_folder, features)).context
    assert context is not None
    assert list(context.geom_type) == ["LineString", "Point", "Polygon"]
    assert context["kind"].tolist() == ["river", "place", "area"]
    assert context["name_zh"].iloc[0] == "小河"
    assert context.crs.to_epsg() == 4326


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "LineString", "coordinates": [["x", "y"], [1, 2]]},
        {"type": "Curve"},
        {"type": "Point", "coordinates": []},
    ],
)
def test_a_feature_without_a_readable_geometry_is_named(town_folder: Path, geometry: object) -> None:
    with_context(town_folder, [feature(geometry, context_id="river-7")])
    with pytest.raises(PlanError) as caught:
        load_plan(town_folder)
    assert [(f.file, f.feature) for f in caught.value.findings if f.severity == "error"] == [
        ("context.geojson", "river-7")
    ]


def test_junk_in_place_of_a_feature_is_named(town_folder: Path) -> None:
    far = {"type": "Point", "coordinates": [457_000, 4_873_000]}
    with_context(town_folder, [None, {"properties": [1]}, feature(far, context_id="far")])  # type: ignore[list-item]
    with pytest.raises(PlanError) as caught:
        load_plan(town_folder)
    assert [(f.code, f.feature) for f in caught.value.findings] == [
        ("layer.no-geometry", "#1"), ("layer.no-geometry", "#2"), ("layer.out-of-range", "far")
    ]  # fmt: skip


def test_the_datum_of_the_layers_holds_for_the_background(town_folder: Path) -> None:
    place = {"type": "Point", "coordinates": list(town.lonlat(4, 3))}
    with_context(town_folder, [feature(place)])
    plan = town_folder / "plan.toml"
    text = plan.read_text("utf-8").replace('context.geojson"', 'context.geojson"\ndatum = "gcj02"')
    plan.write_text(text, "utf-8")
    context = load_plan(town_folder).context
    assert context is not None
    shift = context.geometry.iloc[0].x - town.lonlat(4, 3)[0]
    assert -0.008 < shift < -0.004  # about 500 m to the west


def test_a_plan_without_a_background_has_none(town_folder: Path) -> None:
    assert load_plan(town_folder).context is None
