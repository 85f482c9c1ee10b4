"""Hierarchy: parents by id and by place, and what happens where the two disagree."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from by_hand import areas, box, feature, project

from parkatlas.errors import PlanError
from parkatlas.plan import check_areas, load_plan

ZONES = {"a": ("zone", None, box(0, 0, 4, 4)), "b": ("zone", None, box(4, 0, 8, 4))}


def codes(frame: gpd.GeoDataFrame) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.feature) for finding in check_areas(frame)]


def test_unknown_parents() -> None:
    found = check_areas(areas(**ZONES, pa=("park", "a", box(1, 1, 2, 2)), pb=("park", "ba", box(5, 1, 6, 2))))
    assert [(finding.code, finding.severity, finding.feature) for finding in found] == [
        ("hierarchy.unknown-parent", "error", "pb")
    ]


def test_an_unknown_parent_is_compared_with_those_there() -> None:
    drawn = {"a-zone": ("zone", None, box(0, 0, 4, 4)), "p": ("park", "a-zon", box(1, 1, 2, 2))}
    (close,) = check_areas(areas(**drawn))
    assert close.hint("en") == "The nearest id is a-zone."
    (far,) = check_areas(areas(**{**drawn, "p": ("park", "qqqqqq", box(1, 1, 2, 2))}))
    assert far.hint("en") == "Correct parent_id; left empty, the parent is found by place."


def test_circles() -> None:
    frame = areas(
        p=("park", "q", box(1, 1, 3, 3)), q=("park", "r", box(1, 1, 2, 3)), r=("park", "p", box(1, 1, 2, 2)),
        s=("park", "s", box(5, 1, 6, 2)), t=("park", "p", box(2, 1, 3, 2)),
    )  # fmt: skip
    found = [finding for finding in check_areas(frame) if finding.code == "hierarchy.cycle"]
    assert [(finding.feature, finding.severity) for finding in found] == [("p", "error"), ("s", "error")]
    assert "p > q > r > p" in found[0].message("en")


@pytest.mark.parametrize(
    ("level", "parent", "good"),
    [
        ("park", "p", True), ("park", "z", True), ("park", "c", True), ("core", "c", True), ("core", "z", True),
        ("core", "p", False), ("zone", "z", False), ("zone", "c", False), ("zone", "p", False),
    ],
)  # fmt: skip
def test_levels_of_parents(level: str, parent: str, good: bool) -> None:
    frame = areas(
        z=("zone", None, box(0, 0, 8, 6)), c=("core", "z", box(1, 1, 3, 3)), p=("park", "z", box(4, 1, 7, 4)),
        x=(level, parent, box(1, 1, 2, 2)),
    )  # fmt: skip
    assert (("hierarchy.bad-level", "x") in codes(frame)) != good


def test_declared_and_geometric_parents() -> None:
    assert codes(areas(**ZONES, p=("park", "a", box(1, 1, 2, 2)))) == []
    elsewhere = check_areas(areas(**ZONES, p=("park", "b", box(1, 1, 2, 2))))
    assert [(finding.code, finding.severity) for finding in elsewhere] == [("hierarchy.parent-differs", "warning")]
    assert elsewhere[0].message("en") == "its declared parent is b; by its place it belongs to a"
    nested = {**ZONES, "p": ("park", "a", box(1, 1, 3, 3))}
    assert codes(areas(**nested, q=("park", "p", box(1, 1, 2, 2)))) == []
    assert codes(areas(**nested, q=("park", "a", box(1, 1, 2, 2)))) == [("hierarchy.parent-differs", "q")]


def test_a_park_half_in_its_parent() -> None:
    parks = areas(**ZONES, p=("park", "a", box(1, 1, 3, 3)), q=("park", "p", box(2, 1, 3.9, 2)))
    found = {finding.code: finding for finding in check_areas(parks)}
    assert set(found) == {"topology.overlap", "hierarchy.parent-differs"}
    alone = areas(p=("park", None, box(1, 1, 3, 3)), q=("park", "p", box(2, 1, 4, 2)))
    found = {finding.code: finding for finding in check_areas(alone)}
    assert set(found) == {"topology.overlap", "hierarchy.not-in-parent"}
    assert "only 50 % of it" in found["hierarchy.not-in-parent"].message("en")


def test_a_core_is_no_rival_to_a_zone() -> None:
    frame = areas(**ZONES, c=("core", "a", box(1, 1, 3, 3)), p=("park", "a", box(1, 1, 2, 2)))
    assert codes(frame) == []
    frame = areas(**ZONES, c=("core", "a", box(1, 1, 3, 3)), p=("park", "c", box(1, 1, 2, 2)))
    assert codes(frame) == []


def test_parents_by_place(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        feature("a", "zone", box(0, 0, 4, 4)),
        feature("b", "zone", box(4, 0, 8, 4)),
        feature("c", "core", box(1, 1, 3, 3)),
        feature("part", "core", box(1, 1, 2, 3)),
        feature("big", "park", box(5, 1, 7, 3)),
        feature("small", "park", box(5, 1, 6, 2)),
        feature("most", "park", box(2, 3, 4.5, 3.5)),
        feature("half", "park", box(3, 3.6, 5, 3.8)),
        feature("out", "park", box(9, 1, 10, 2)),
    )
    plan = load_plan(folder)
    parents = dict(zip(plan.areas["area_id"], plan.areas["parent_id"].fillna("-"), strict=True))
    assert parents == {
        "a": "-", "b": "-", "c": "a", "part": "c", "big": "b", "small": "big", "most": "a", "half": "-", "out": "-",
    }  # fmt: skip
    said = [finding.feature for finding in plan.findings if finding.code == "hierarchy.by-geometry"]
    assert said == ["c", "part", "big", "small", "most"]


def test_a_plan_with_a_wrong_hierarchy_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, feature("p", "park", box(1, 1, 2, 2), parent_id="p"))
    with pytest.raises(PlanError) as refused:
        load_plan(folder)
    (finding,) = refused.value.findings
    assert (finding.code, finding.file, finding.feature) == ("hierarchy.cycle", "areas.geojson", "p")


def test_an_unreadable_zone_brings_no_false_alarms(tmp_path: Path) -> None:
    folder = project(
        tmp_path, feature("z", "zone", None), feature("p", "park", box(1, 1, 2, 2), parent_id="z"),
        feature("q", "park", box(3, 1, 4, 2), parent_id="y"),
    )  # fmt: skip
    with pytest.raises(PlanError) as refused:
        load_plan(folder)
    assert [(finding.code, finding.feature) for finding in refused.value.findings] == [
        ("layer.no-geometry", "z"), ("hierarchy.unknown-parent", "q")
    ]  # fmt: skip
