"""Topology: every rule with a hand-drawn case on both sides of it, in kilometres of the town's grid."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import town
from by_hand import areas, box, shape
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas import crs, schema
from parkatlas.errors import SchemaError
from parkatlas.findings import Finding
from parkatlas.plan import check_areas, findings_geojson, measure_areas, weigh_findings
from parkatlas.plan.drawing import METRES_A_DEGREE, draw

M = 0.001  # a metre on the grid


def codes(frame: gpd.GeoDataFrame, **options: Any) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.feature) for finding in check_areas(frame, **options)]


def one(frame: gpd.GeoDataFrame, **options: Any) -> Finding:
    found = check_areas(frame, **options)
    assert len(found) == 1, [finding.line() for finding in found]
    return found[0]


def near(finding: Finding, x: float, y: float, km: float = 0.05) -> bool:
    """Tell whether a finding stands within some kilometres of a place on the grid."""
    lon, lat = town.lonlat(x, y)
    assert finding.lon is not None
    assert finding.lat is not None
    return bool(np.hypot((finding.lon - lon) * 80, (finding.lat - lat) * 111) < km)


def test_the_town_has_nothing_to_say() -> None:
    drawn = {key.replace("-", "_"): (level, parent, box(*b)) for key, (level, parent, *b) in town.AREAS.items()}
    frame = areas(**drawn)
    before = frame.copy(deep=True)
    assert check_areas(frame) == []
    assert frame.equals(before)


def test_an_invalid_ring_has_a_reason_and_a_place() -> None:
    bow = one(areas(p=("park", None, shape((0, 0), (2, 2), (2, 0), (0, 2)))))
    assert (bow.code, bow.severity, bow.feature) == ("topology.invalid", "error", "p")
    assert "Self-intersection" in bow.message("en")
    assert near(bow, 1, 1)
    assert codes(areas(p=("park", None, shape((0, 0), (2, 0), (2, 2), (0, 2))))) == []


@pytest.mark.parametrize(("base", "found"), [(1 * M, True), (20 * M, False)])
def test_spikes(base: float, found: bool) -> None:
    """400 m long: on a base of 1 m its angle is 0.14 degrees, on one of 20 m 2.9 degrees."""
    drawn = shape((0, 0), (1, 0), (1, 0.5), (1.4, 0.5 + base / 2), (1, 0.5 + base), (1, 1), (0, 1))
    assert codes(areas(p=("park", None, drawn))) == ([("topology.spike", "p")] if found else [])
    if found:
        spike = one(areas(p=("park", None, drawn)))
        assert near(spike, 1.4, 0.5)
        assert "399 m" in spike.message("en")


def test_spikes_are_found_in_every_part_and_hole() -> None:
    spiky = shape((2, 0), (3, 0), (3, 0.5), (3.4, 0.5005), (3, 0.501), (3, 1), (2, 1))
    hole = shape((0.2, 0.2), (0.8, 0.2), (0.8, 0.5), (0.6, 0.5005), (0.8, 0.501), (0.8, 0.8), (0.2, 0.8))
    whole = shapely.MultiPolygon([shapely.difference(box(0, 0, 1, 1), hole), spiky])
    assert codes(areas(p=("park", None, whole))) == [("topology.spike", "p")] * 2 + [("topology.holes", "p")]


def ring(n: int, radius: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return shape(*np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]).tolist())


@pytest.mark.parametrize(("n", "found"), [(4_000, False), (50_001, True)])
def test_vertex_counts(n: int, found: bool) -> None:
    assert codes(areas(p=("park", None, ring(n, 1.5)))) == ([("topology.many-vertices", "p")] if found else [])


def test_vertices_closer_than_a_hand_draws() -> None:
    small = areas(p=("park", None, ring(2000, 10 * M)))  # 63 m around: 3 cm apart
    assert codes(small, tolerance_m=1.0) == [("topology.many-vertices", "p")]


def test_holes() -> None:
    holed = one(areas(p=("park", None, shapely.difference(box(0, 0, 2, 2), box(0.5, 0.5, 1, 1)))))
    assert (holed.code, holed.severity) == ("topology.holes", "info")
    assert "holes: 1, of 0.25 km2" in holed.message("en")
    assert near(holed, 0.75, 0.75, 0.4)


@pytest.mark.parametrize(("width", "found"), [(8 * M, True), (20 * M, False)])
def test_thin_areas(width: float, found: bool) -> None:
    assert codes(areas(p=("park", None, box(0, 0, 2, width)))) == ([("topology.thin", "p")] if found else [])


def test_zones_may_touch_but_not_overlap() -> None:
    west = ("zone", None, box(0, 0, 4, 4))
    assert codes(areas(a=west, b=("zone", None, box(4, 0, 8, 4)))) == []
    overlap = one(areas(a=west, b=("zone", None, box(3.5, 0, 8, 4))))
    assert (overlap.code, overlap.severity, overlap.feature) == ("topology.zones-overlap", "error", "a")
    assert "zone b by 2 km2" in overlap.message("en")
    assert near(overlap, 3.75, 2, 0.3)
    assert codes(areas(a=west, b=("zone", None, box(1, 1, 2, 2)))) == [("topology.zones-overlap", "a")]


@pytest.mark.parametrize(
    ("width", "code"),
    [
        (0.01, None), (0.03, "topology.hairline-overlap"), (0.5, "topology.hairline-overlap"),
        (5, "topology.sliver"), (15, "topology.zones-overlap"),
    ],
)  # fmt: skip
def test_slivers(width: float, code: str | None) -> None:
    frame = areas(a=("zone", None, box(0, 0, 4, 4)), b=("zone", None, box(4 - width * M, 0, 8, 4)))
    assert codes(frame) == ([(code, "a")] if code else [])
    if width == 0.5:
        assert "about 0.5 m wide, 2000 m2" in one(frame).message("en")
        assert near(one(frame), 4, 2, 2)


def rounded(drawn: shapely.Geometry, decimals: int) -> shapely.Geometry:
    return shapely.transform(drawn, lambda points: np.round(points, decimals))


@pytest.mark.parametrize("decimals", [5, 6, 7])
def test_rounding_makes_no_slivers(decimals: int) -> None:
    """Slanted borders with a corner on one side only, at places that fall anywhere between the roundings."""
    for k in range(8):
        east, north = 0.3137 * k, 0.1719 * k
        corner = (4 + 0.37 + east, 2 + 0.21 + north)
        foot, head = (4 + east, 0 + north), (4 + 2 * 0.37 + east, 4 + 2 * 0.21 + north)
        west = shape((0, 0), foot, head, (0, 4))
        frame = areas(
            a=("zone", None, rounded(west, decimals)),
            b=("zone", None, rounded(shape(foot, (9, 0), (9, 2), corner), decimals)),
            c=("zone", None, rounded(shape(corner, (9, 2), (9, 4), head), decimals)),
        )
        assert codes(frame) == [], k


@pytest.mark.parametrize(("decimals", "found"), [(5, False), (6, False), (7, True), (9, True)])
def test_coordinates_say_how_well_they_are_known(decimals: int, found: bool) -> None:
    """An overlap of five centimetres is a fault of a layer of seven decimals and the rounding of one of six."""
    pair = (rounded(box(0, 0, 4, 4), decimals), rounded(box(3.99995, 0, 8, 4), decimals))
    frame = areas(a=("zone", None, pair[0]), b=("zone", None, pair[1]))
    assert codes(frame) == ([("topology.hairline-overlap", "a")] if found else [])


def test_parks_may_nest_but_not_overlap() -> None:
    zone, big = ("zone", None, box(0, 0, 8, 6)), ("park", "z", box(1, 1, 3, 3))
    assert codes(areas(z=zone, p=big, q=("park", "p", box(1, 1, 2, 2)))) == []
    assert codes(areas(z=zone, p=big, q=("park", "z", box(3, 1, 5, 3)))) == []
    overlap = one(areas(z=zone, p=big, q=("park", "z", box(2, 2, 5, 5))))
    assert (overlap.code, overlap.severity, overlap.feature) == ("topology.overlap", "warning", "p")
    assert "overlaps q by 1 km2, 25 % of the smaller one" in overlap.message("en")


def test_overlaps_count_the_enterprises_at_stake() -> None:
    frame = areas(p=("park", None, box(1, 1, 3, 3)), q=("park", None, box(2, 2, 5, 5)))
    places = [(2.5, 2.5), (2.2, 2.9), (1.5, 1.5), (4, 4)]
    points = [shapely.Point(town.lonlat(*place)) for place in places]
    located = gpd.GeoDataFrame(geometry=[*points, None], crs="EPSG:4326")
    assert "with 2 enterprises there" in one(frame, located=located).message("en")


def test_findings_are_weighed_afterwards() -> None:
    frame = areas(p=("park", "nowhere", box(1, 1, 3, 3)), q=("park", None, box(2, 2, 5, 5)))
    points = [shapely.Point(town.lonlat(*place)) for place in [(2.5, 2.5), (2.2, 2.9), (4, 4)]]
    located = gpd.GeoDataFrame({"declared_area": [None] * 4}, geometry=[*points, None], crs="EPSG:4326")
    found = check_areas(frame)
    weighed = weigh_findings(found, frame, located)
    assert weighed == tuple(check_areas(frame, located))
    assert weighed[0] == found[0]
    assert "with 0 enterprises there" in weigh_findings(found, frame, located.iloc[:0])[1].message("en")


def test_geos_reasons_are_said_in_chinese_too() -> None:
    bow = shape((0, 0), (2, 2), (2, 0), (0, 2))
    assert one(areas(p=("park", None, bow))).message("zh") == "面无效：边界自相交（Self-intersection）"
    out = shapely.Polygon(box(0, 0, 2, 2).exterior, [box(3, 0, 4, 1).exterior])
    assert one(areas(p=("park", None, out))).message("zh") == "面无效：洞在外环之外（Hole lies outside shell）"


def test_each_register_is_counted_by_itself() -> None:
    frame = areas(p=("park", None, box(1, 1, 3, 3)), q=("park", None, box(2, 2, 5, 5)))
    points = [shapely.Point(town.lonlat(*place)) for place in [(2.5, 2.5), (2.2, 2.9), (4, 4)]]
    recorded, scenario = (gpd.GeoDataFrame(geometry=some, crs="EPSG:4326") for some in (points[2:], points))
    found = check_areas(frame)
    registers = {"recorded": recorded, "scenario": scenario}
    assert "with 0 (recorded), 2 (scenario) enterprises" in weigh_findings(found, frame, registers)[0].message("en")
    assert weigh_findings(found, frame, {}) == tuple(found)


def test_parts_of_the_core_may_touch_but_not_overlap() -> None:
    core = ("core", None, box(0, 0, 4, 4))
    west = ("core", "core", box(0, 0, 2, 4))
    assert codes(areas(core=core, w=west, e=("core", "core", box(2, 0, 4, 4)))) == []
    assert codes(areas(core=core, w=west, e=("core", "core", box(1, 0, 4, 4)))) == [("topology.overlap", "w")]


def test_parts_fill_their_core() -> None:
    core = ("core", None, box(0, 0, 4, 4))
    frame = areas(core=core, w=("core", "core", box(0, 0, 2, 4)), e=("core", "core", box(2, 0, 3, 4)))
    miss = one(frame)
    assert (miss.code, miss.feature) == ("topology.parts-miss-core", "core")
    assert "4 km2" in miss.message("en")
    assert codes(areas(core=core, w=("core", "core", box(0, 0, 2, 4)))) == []  # one part alone need not


@pytest.mark.parametrize(
    ("level", "width", "found"),
    [("zone", 5, True), ("park", 5, True), ("core", 5, True), ("zone", 0.6, True), ("zone", 0.03, True),
     ("zone", 0.01, False), ("zone", 15, False)],
)  # fmt: skip
def test_gaps_between_neighbours(level: str, width: float, found: bool) -> None:
    frame = areas(a=(level, None, box(0, 0, 4, 4)), b=(level, None, box(4 + width * M, 0, 8, 4)))
    code = "topology.gap" if width >= 1 else "topology.hairline-gap"
    assert codes(frame) == ([(code, "a")] if found else [])
    if found:
        gap = one(frame)
        assert f"about {width} m wide" in gap.message("en")
        assert f"{4000 * width:.0f} m2" in gap.message("en")
        assert near(gap, 4, 2, 2)


def test_a_wider_tolerance_sees_wider_gaps() -> None:
    frame = areas(a=("zone", None, box(0, 0, 4, 4)), b=("zone", None, box(4.015, 0, 8, 4)))
    assert codes(frame, tolerance_m=20) == [("topology.gap", "a")]
    with pytest.raises(ValueError, match="tolerance"):
        check_areas(frame, tolerance_m=0)


def test_borders_that_part_at_a_corner_are_no_gap() -> None:
    for degrees, found in ((30, False), (60, False), (90, False), (0.1, True)):
        turn = np.radians(degrees)
        upper = shape((0, 0), (4 * np.cos(turn), 4 * np.sin(turn)), (4 * np.cos(turn) - 1, 4 * np.sin(turn) + 4))
        frame = areas(a=("zone", None, shape((0, 0), (4, 0), (4, -2), (0, -2))), b=("zone", None, upper))
        assert codes(frame) == ([("topology.gap", "a")] if found else []), degrees


def test_a_border_noded_on_one_side_is_no_gap() -> None:
    """Straight on the projected sheet, 8 km long: in degrees the long side misses the corner of the two others."""
    frame = areas(
        a=("zone", None, box(0, 0, 4, 4)), b=("zone", None, box(4, 0, 8, 4)), c=("zone", None, box(0, 4, 8, 6))
    )
    assert codes(frame) == []


@pytest.mark.parametrize("up", [0.0005, -0.0002])
def test_a_long_border_noded_on_one_side_still_parts_where_it_parts(up: float) -> None:
    """Decimetres between 8 km of straight border and two neighbours: less than a projection bends it, but found."""
    frame = areas(
        a=("zone", None, box(0, 0, 4, 4)), b=("zone", None, box(4, 0, 8, 4)), c=("zone", None, box(0, 4 + up, 8, 6))
    )
    code = "topology.hairline-gap" if up > 0 else "topology.hairline-overlap"
    assert codes(frame) == [(code, "a"), (code, "b")]


@pytest.mark.parametrize("decimals", [5, 6, 7, 9])
def test_what_a_sheet_bends_is_no_gap_however_it_is_rounded(decimals: int) -> None:
    """Two zones along 12 km, straight on the sheet, the upper one with a corner every 400 m."""
    upper = shape(*[(0.4 * k, 0) for k in range(31)], (12, 4), (0, 4))
    a, b = (shapely.transform(zone, lambda spots: spots.round(decimals)) for zone in (box(0, -4, 12, 0), upper))
    assert codes(areas(a=("zone", None, a), b=("zone", None, b))) == []


@pytest.mark.parametrize("metres", [0.6, 1.2, 2, 5, -0.6, -1.2, -2, -5])
def test_a_long_border_noded_on_one_side_has_its_full_width(metres: float) -> None:
    """Parallel in degrees, so the same width over all of 12 km, be it less than a projection bends such a line."""
    north = 44 + metres / METRES_A_DEGREE
    upper = [(126 + 0.005 * k, north) for k in range(31)]
    lower = shapely.Polygon([(126, 43.9), (126.15, 43.9), (126.15, 44), (126, 44)])
    told = one(areas(a=("zone", None, lower), b=("zone", None, shapely.Polygon([*upper, (126.15, 44.1), (126, 44.1)]))))
    (width,) = re.findall(r"about ([\d.]+) m wide", told.message("en"))
    assert float(width) == abs(metres)
    assert told.severity == ("warning" if abs(metres) >= 1 else "info")


def test_a_nested_park_close_to_its_parents_border_is_no_gap() -> None:
    inner = box(1.005, 1.005, 2, 2)
    assert codes(areas(p=("park", None, box(1, 1, 3, 3)), q=("park", "p", inner))) == []


def test_twins() -> None:
    turned = shape((2, 2), (1, 2), (1, 1), (2, 1))  # the same square from another corner
    twins = one(areas(p=("park", None, box(1, 1, 2, 2)), q=("park", None, turned)))
    assert (twins.code, twins.severity, twins.feature) == ("topology.duplicate", "error", "q")
    assert "that of p" in twins.message("en")
    assert codes(areas(p=("park", None, box(1, 1, 2, 2)), q=("core", None, turned))) == []  # another level
    close = ("park", "p", box(1, 1, 2, 1.99))
    assert codes(areas(p=("park", None, box(1, 1, 2, 2)), q=close)) == [("topology.near-duplicate", "p")]
    close = ("park", "p", box(1, 1, 2, 1.95))
    assert codes(areas(p=("park", None, box(1, 1, 2, 2)), q=close)) == []
    zones = areas(p=("zone", None, box(1, 1, 2, 2)), q=("zone", None, box(1, 1.001, 2, 2.001)))
    assert codes(zones) == [("topology.zones-overlap", "p"), ("topology.near-duplicate", "p")]


def test_parks_and_zones() -> None:
    zones: dict[str, Any] = {"a": ("zone", None, box(0, 0, 4, 4)), "b": ("zone", None, box(4, 0, 8, 4))}
    assert codes(areas(**zones, p=("park", "a", box(2, 1, 4, 2)))) == []  # up to the border
    straddles = one(areas(**zones, p=("park", "a", box(2, 1, 5, 2))))
    assert (straddles.code, straddles.feature) == ("topology.straddles-zones", "p")
    assert "a 66.7 %, b 33.3 %" in straddles.message("en")
    partly = one(areas(**zones, p=("park", "b", box(7, 1, 9, 2))))
    assert partly.code == "topology.partly-outside"
    assert "50 %" in partly.message("en")
    outside = one(areas(**zones, p=("park", None, box(9, 1, 10, 2))))
    assert outside.code == "topology.outside-zones"
    assert near(outside, 9.5, 1.5)
    assert codes(areas(p=("park", None, box(9, 1, 10, 2)))) == []  # a plan without zones


def test_the_core_and_zones() -> None:
    zone = ("zone", None, box(0, 0, 4, 4))
    assert codes(areas(z=zone, c=("core", "z", box(1, 1, 3, 3)))) == []
    beyond = check_areas(areas(z=zone, c=("core", "z", box(3, 1, 5, 3))))
    assert {finding.code for finding in beyond} == {"topology.core-not-covered", "hierarchy.not-in-parent"}
    assert "50 % of the core" in beyond[-1].message("en")
    assert codes(areas(z=zone, c=("core", None, box(5, 1, 6, 3)))) == [("topology.core-not-covered", "c")]


@pytest.mark.parametrize(("published", "found"), [(None, False), (4.03, False), (4.05, True), (3.9, True)])
def test_published_areas(published: float | None, found: bool) -> None:
    frame = areas(p=("park", None, box(1, 1, 3, 3)))
    frame["published_km2"] = np.nan if published is None else published
    assert codes(frame) == ([("area.published", "p")] if found else [])
    if published == 4.05:
        assert "4 km2, published as 4.05: a difference of -1.2 %" in one(frame).message("en")


def test_measured_areas_agree_with_the_paper_and_the_ellipsoid() -> None:
    frame = areas(p=("park", None, box(1, 1, 3, 3)), z=("zone", None, box(0, 0, 8, 4)))
    frame["published_km2"] = [5.0, np.nan]
    frame.index = [7, 3]
    table = schema.validate(measure_areas(frame), schema.AREA_MEASURES)
    assert list(table.index) == [7, 3]
    assert table["km2"].to_numpy() == pytest.approx([4, 32], rel=1e-6)
    assert table["geodesic_km2"].to_numpy() == pytest.approx([4, 32], rel=1e-4)
    assert table["difference_percent"].iloc[0] == pytest.approx(-20, abs=1e-3)
    assert np.isnan(table["difference_percent"].iloc[1])


@pytest.mark.parametrize("side", [0.01, 1.0, 50.0])
def test_areas_of_pieces_agree_with_the_ellipsoid(side: float) -> None:
    frame = areas(p=("park", None, box(3, 4, 3 + side, 4 + side)), z=("zone", None, box(0, 0, 60, 60)))
    drawing = draw(frame)
    assert drawing.true_km2(drawing.shapes[:1]) == pytest.approx(crs.geodesic_area_km2(frame)[:1], rel=1e-5)


def test_a_plan_too_wide_for_one_zone_is_said() -> None:
    def at(lon: float) -> shapely.Polygon:
        return shapely.box(lon, 44, lon + 0.05, 44.05)

    def frame(*lons: float) -> gpd.GeoDataFrame:
        return areas(**{f"p{i}": ("park", None, at(lon)) for i, lon in enumerate(lons)})

    assert codes(frame(125.0, 127.0)) == []
    assert ("area.distorted", "p0") in codes(frame(120.0, 132.0))


def test_a_heap_is_checked_in_part_and_says_so() -> None:
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 1, (400, 2))
    heap = areas(**{f"p{i}": ("park", None, box(x, y, x + 4, y + 4)) for i, (x, y) in enumerate(corners)})
    found = codes(heap)
    assert ("topology.heap", None) in found
    assert sum(code == "topology.overlap" for code, _ in found) <= 8 * 400
    assert {feature for code, feature in found if code == "topology.overlap"} >= {f"p{i}" for i in range(390)}


def test_findings_are_sorted_and_place_themselves_in_a_layer() -> None:
    frame = areas(
        p=("park", "nowhere", box(9, 1, 10, 2)), z=("zone", None, box(0, 0, 4, 4)), y=("zone", None, box(3, 0, 8, 4))
    )
    found = check_areas(frame)
    assert [finding.severity for finding in found] == ["error", "error", "warning"]
    layer: Any = findings_geojson(found)
    assert [drawn["properties"]["code"] for drawn in layer["features"]] == [
        "hierarchy.unknown-parent", "topology.zones-overlap", "topology.outside-zones"
    ]  # fmt: skip
    assert all(set(drawn["properties"]) == set(schema.FINDINGS.names) - {"lon", "lat"} for drawn in layer["features"])


def test_areas_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SchemaError):
        check_areas(areas(p=("park", None, box(0, 0, 1, 1))).drop(columns="status"))
    assert check_areas(areas(p=("park", None, box(0, 0, 1, 1))).iloc[:0]) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_overlaps_against_the_union(seed: int) -> None:
    """The oracle: areas overlap if and only if their sizes add up to more than the size of their union."""
    rng = np.random.default_rng(seed)
    corners, sides = rng.integers(0, 12, (5, 2)), rng.integers(1, 4, (5, 2))
    boxes = [box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners.tolist(), sides.tolist(), strict=True)]
    frame = areas(**{f"z{i}": ("zone", None, drawn) for i, drawn in enumerate(boxes)})
    found = {code for code, _ in codes(frame)} & {"topology.zones-overlap", "topology.duplicate"}
    metres = crs.to_metres(frame).geometry
    assert bool(found) == (metres.area.sum() > metres.union_all().area * 1.001)
