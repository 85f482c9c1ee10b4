"""Who lies in whom: declared parents against the drawing, parks against zones, the core against zones and its parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from parkatlas.findings import Finding, Rule
from parkatlas.plan.document import near
from parkatlas.plan.drawing import Drawing, Ints
from parkatlas.plan.overlaps import NESTED

UNKNOWN_PARENT = Rule(
    "hierarchy.unknown-parent",
    "error",
    zh="上级区域 {value} 不存在",
    en="its parent {value} does not exist",
    hint_zh="最接近的编号：{near}。",
    hint_en="The nearest id is {near}.",
)
UNKNOWN_PARENT_FAR = Rule(
    UNKNOWN_PARENT.code,
    "error",
    zh=UNKNOWN_PARENT.zh,
    en=UNKNOWN_PARENT.en,
    hint_zh="请更正 parent_id；不写时按图形归入。",
    hint_en="Correct parent_id; left empty, the parent is found by place.",
)
CYCLE = Rule(
    "hierarchy.cycle",
    "error",
    zh="上级区域成环：{chain}",
    en="parents go round in a circle: {chain}",
    hint_zh="请更正其中一个 parent_id，否则无法逐级汇总。",
    hint_en="Correct one parent_id: sums would never end.",
)
BAD_LEVEL = Rule(
    "hierarchy.bad-level",
    "error",
    zh="{level} 的上级不能是 {other_level}（{value}）",
    en="the parent of a {level} cannot be a {other_level} ({value})",
    hint_zh="园区的上级为园区、片区或核心区，核心区的上级为核心区或片区，片区没有上级。",
    hint_en="A park's parent is a park, a zone or a core; a core's is a core or a zone; a zone has none.",
)
BY_GEOMETRY = Rule(
    "hierarchy.by-geometry",
    "info",
    zh="未写上级区域，按图形归入 {other}",
    en="it names no parent; by its place it belongs to {other}",
    hint_zh='写 parent_id = "{other}" 即可确认。',
    hint_en='Write parent_id = "{other}" to confirm.',
)
DIFFERS = Rule(
    "hierarchy.parent-differs",
    "warning",
    zh="声明的上级为 {value}，按图形则为 {other}",
    en="its declared parent is {value}; by its place it belongs to {other}",
    hint_zh="按声明汇总；核对 parent_id 或边界。",
    hint_en="Sums follow the declaration; check parent_id or the boundary.",
)
NOT_INSIDE = Rule(
    "hierarchy.not-in-parent",
    "warning",
    zh="只有 {percent} % 在声明的上级 {value} 之内",
    en="only {percent} % of it lies in its declared parent {value}",
    hint_zh="按声明汇总；核对 parent_id 或边界。",
    hint_en="Sums follow the declaration; check parent_id or the boundary.",
)
STRADDLES = Rule(
    "topology.straddles-zones",
    "warning",
    zh="跨越片区：{shares}",
    en="it straddles zones: {shares}",
    hint_zh="企业按点位归入片区，园区归入声明的上级。",
    hint_en="Enterprises count for the zone they lie in, the park for its declared parent.",
)
PARTLY_OUTSIDE = Rule(
    "topology.partly-outside",
    "warning",
    zh="有 {percent} % 不在任何片区内（{shares}）",
    en="{percent} % of it lies in no zone ({shares})",
    hint_zh="该部分的企业不计入任何片区。",
    hint_en="Enterprises there count for no zone.",
)
OUTSIDE_ZONES = Rule(
    "topology.outside-zones",
    "warning",
    zh="不在任何片区内",
    en="it lies in no zone",
    hint_zh="其中的企业不计入任何片区。",
    hint_en="Enterprises in it count for no zone.",
)
CORE_NOT_COVERED = Rule(
    "topology.core-not-covered",
    "warning",
    zh="核心区有 {percent} % 不在任何片区内",
    en="{percent} % of the core lies in no zone",
    hint_zh="该部分的企业计入核心区，不计入任何片区。",
    hint_en="Enterprises there count for the core and for no zone.",
)
PARTS_MISS = Rule(
    "topology.parts-miss-core",
    "warning",
    zh="各组成部分未铺满核心区，差 {km2} 平方公里",
    en="its parts leave {km2} km2 of the core uncovered",
    hint_zh="该处的企业计入核心区，不计入其组成部分。",
    hint_en="Enterprises there count for the core and for none of its parts.",
)

_PARENTS: Mapping[str, tuple[str, ...]] = {"park": ("park", "zone", "core"), "core": ("core", "zone"), "zone": ()}
_LEAST = 0.001  # shares below a thousandth are drawing, not planning


@dataclass(frozen=True)
class Placing:
    """Where areas lie: ``inside`` gives the areas that hold an area, ``shares`` its share in each zone it meets."""

    inside: Mapping[int, tuple[int, ...]]
    shares: Mapping[int, Mapping[int, float]]


def check_parents(drawing: Drawing, known: Collection[str] = ()) -> list[Finding]:
    """Return declared parents that do not exist, go round in a circle, or are of a level that cannot be a parent.

    ``known`` are ids that exist besides those of the drawing, such as features that could not be read.
    """
    level_of = dict(zip(drawing.ids, drawing.levels, strict=True))
    parent_of = {area: parent for area, parent in zip(drawing.ids, drawing.parents, strict=True) if parent is not None}
    findings = []
    for area, parent in parent_of.items():
        if parent not in level_of:
            if parent not in known:
                close = near(parent, level_of)
                rule = UNKNOWN_PARENT if close else UNKNOWN_PARENT_FAR
                findings.append(rule.at(feature=area, value=parent, near=close))
        elif level_of[parent] not in _PARENTS[level_of[area]]:
            levels = {"level": level_of[area], "other_level": level_of[parent]}
            findings.append(BAD_LEVEL.at(feature=area, value=parent, **levels))
    return findings + [
        CYCLE.at(feature=circle[0], chain=" > ".join([*circle, circle[0]])) for circle in _circles(parent_of)
    ]


def place(drawing: Drawing, nested: list[tuple[Ints, Ints]]) -> Placing:
    """Return where parks and cores lie; ``nested`` holds inner and outer places of pairs of one level."""
    inside: dict[int, list[int]] = defaultdict(list)
    for inner, outer in nested:
        for i, j in zip(inner.tolist(), outer.tolist(), strict=True):
            inside[i].append(j)
    shares: dict[int, dict[int, float]] = defaultdict(dict)
    for i, j, share in _in_zones(drawing, drawing.at("park", "core"), drawing.at("zone")):
        shares[i][j] = share
        if share >= NESTED:
            inside[i].append(j)
    return Placing({i: tuple(sorted(hosts)) for i, hosts in inside.items()}, shares)


def check_places(drawing: Drawing, placing: Placing) -> list[Finding]:
    """Return where the drawing and the declared hierarchy disagree, and parks and cores out of their zones."""
    place_of = {area: i for i, area in enumerate(drawing.ids)}
    findings: list[Finding] = []
    zones = bool((drawing.levels == "zone").any())
    for i in drawing.at("park", "core"):
        findings += _against_parent(drawing, placing, int(i), place_of)
        if zones:
            findings += _against_zones(drawing, placing, int(i))
    return [*findings, *_parts(drawing)]


def fill_parents(areas: gpd.GeoDataFrame, drawing: Drawing, placing: Placing) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return areas with the parent found by geometry where none is declared, and a finding for each.

    The parent is the smallest area that holds the area: of the parks and zones for a park, of the cores and zones for
    a core; where none holds it, the zone with more than half of it.
    """
    filled = areas.copy()
    parents = drawing.parents.copy()
    findings = []
    for i in drawing.at("park", "core"):
        if drawing.parents[i] is not None:
            continue
        host = _host(drawing, placing, int(i))
        if host is not None:
            parents[i] = drawing.ids[host]
            findings.append(BY_GEOMETRY.at(feature=drawing.ids[i], other=drawing.ids[host]))
    filled["parent_id"] = parents
    filled["parent_id"] = filled["parent_id"].astype(areas["parent_id"].dtype)
    return filled, findings


def _host(drawing: Drawing, placing: Placing, i: int) -> int | None:
    """Return the smallest area that holds an area, or the zone that has more than half of it."""
    hosts = placing.inside.get(i, ())
    if hosts:
        return min(hosts, key=lambda j: (drawing.sizes[j], str(drawing.ids[j])))
    return next((j for j, share in placing.shares.get(i, {}).items() if share > 0.5 + _LEAST), None)


def _against_parent(drawing: Drawing, placing: Placing, i: int, place_of: Mapping[str, int]) -> Iterator[Finding]:
    """Yield what is wrong between an area and its declared parent."""
    parent = drawing.parents[i]
    j = place_of.get(parent)
    if j is None or not drawing.valid[j]:
        return
    host = _host(drawing, placing, i)
    lon, lat = drawing.spot(drawing.shapes[i])
    at: dict[str, Any] = {"feature": drawing.ids[i], "value": parent, "lon": lon, "lat": lat}
    share = 1.0 if j in placing.inside.get(i, ()) else _share(drawing, i, j)
    closer = host is not None and host != j and (drawing.sizes[host] < drawing.sizes[j] or share < NESTED)
    if host is not None and closer and drawing.levels[j] != "core":
        yield DIFFERS.at(**at, other=drawing.ids[host])
    elif share < NESTED and (drawing.levels[i], drawing.levels[j]) != ("park", "zone"):  # shares by zone say that
        yield NOT_INSIDE.at(**at, percent=f"{100 * share:.3g}")


def _against_zones(drawing: Drawing, placing: Placing, i: int) -> Iterator[Finding]:
    """Yield whether a park straddles zones or lies outside them, or a core is not covered."""
    shares = {j: share for j, share in placing.shares.get(i, {}).items() if share > _LEAST}
    outside = 1 - sum(shares.values())
    if outside <= _LEAST and len(shares) == 1:
        return
    lon, lat = drawing.spot(drawing.shapes[i])
    at: dict[str, Any] = {"feature": drawing.ids[i], "lon": lon, "lat": lat}
    words = ", ".join(f"{drawing.ids[j]} {100 * share:.3g} %" for j, share in sorted(shares.items()))
    percent = f"{100 * outside:.3g}"
    if drawing.levels[i] == "core":
        if outside > _LEAST:
            yield CORE_NOT_COVERED.at(**at, percent=percent)
        return
    if not shares:
        yield OUTSIDE_ZONES.at(**at)
        return
    if len(shares) > 1:
        yield STRADDLES.at(**at, shares=words)
    if outside > _LEAST:
        yield PARTLY_OUTSIDE.at(**at, percent=percent, shares=words)


def _in_zones(drawing: Drawing, areas: Ints, zones: Ints) -> Iterator[tuple[int, int, float]]:
    """Yield area, zone and the area's share in it, for each pair whose insides meet."""
    if len(areas) == 0 or len(zones) == 0:
        return
    hosts = drawing.shapes[zones]
    shapely.prepare(hosts)
    a, z = shapely.STRtree(hosts).query(drawing.shapes[areas])
    whole = shapely.contains_properly(hosts[z], drawing.shapes[areas[a]])  # fast, and true of most
    middle = shapely.get_coordinates(shapely.centroid(drawing.shapes[areas]))
    left = ~np.isin(a, a[whole]) & shapely.contains_xy(hosts[z], *middle[a].T)
    whole[left] = shapely.covers(hosts[z[left]], drawing.shapes[areas[a[left]]])
    for k in np.flatnonzero(whole):
        yield int(areas[a[k]]), int(zones[z[k]]), 1.0
    left = ~np.isin(a, a[whole])
    a, z = a[left], z[left]
    pieces = shapely.intersection(drawing.shapes[areas[a]], hosts[z])
    share = shapely.area(pieces) / drawing.sizes[areas[a]]
    for k in np.flatnonzero(share > 0):
        yield int(areas[a[k]]), int(zones[z[k]]), float(share[k])


def _share(drawing: Drawing, i: int, j: int) -> float:
    """Return the share of one area that lies in another."""
    piece = shapely.intersection(drawing.shapes[i], drawing.shapes[j])
    return float(shapely.area(piece) / drawing.sizes[i])


def _parts(drawing: Drawing) -> Iterator[Finding]:
    """Yield the cores whose two or more parts leave some of them uncovered."""
    cores = drawing.at("core")
    for i in cores:
        parts = [j for j in cores if drawing.parents[j] == drawing.ids[i] and j != i]
        if len(parts) < 2:
            continue
        rest = shapely.difference(drawing.shapes[i], shapely.union_all(drawing.shapes[parts]))
        if shapely.area(rest) > _LEAST * drawing.sizes[i]:
            lon, lat = drawing.spot(rest)
            km2 = drawing.true_km2(np.array([rest], dtype=object))[0]
            yield PARTS_MISS.at(feature=drawing.ids[i], km2=f"{km2:.3g}", lon=lon, lat=lat)


def _circles(parent_of: Mapping[str, str]) -> list[list[str]]:
    """Return each circle of parents once, beginning with its lowest id."""
    circles: list[list[str]] = []
    done: set[str] = set()
    for area in sorted(parent_of):
        chain: list[str] = []
        at: str | None = area
        while at is not None and at not in done and at not in chain:
            chain.append(at)
            at = parent_of.get(at)
        if at in chain:
            circle = chain[chain.index(at) :]
            low = circle.index(min(circle))
            circles.append(circle[low:] + circle[:low])
        done.update(chain)
    return circles
