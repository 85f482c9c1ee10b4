"""Areas of one level against each other: duplicates, overlaps, slivers; and which lie within which.

Shapely's coverage test picks the polygons that overlap anything; only their pairs are cut with one another. Where
thousands of areas lie in one heap, pairs are looked at up to a fixed number an area, and a finding says so: the cost
stays in proportion to the number of areas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely

from parkatlas.crs import Floats
from parkatlas.findings import Finding, Rule
from parkatlas.plan.drawing import Drawing, Ints, Shapes
from parkatlas.plan.single import widths

DUPLICATE = Rule(
    "topology.duplicate",
    "error",
    zh="与 {other} 的面完全相同",
    en="its polygon is the same as that of {other}",
    hint_zh="删去其中一个。",
    hint_en="Remove one of the two.",
)
NEAR_DUPLICATE = Rule(
    "topology.near-duplicate",
    "warning",
    zh="与 {other} 的面几乎相同，重合 {percent} %",
    en="its polygon is nearly that of {other}: {percent} % in common",
    hint_zh="若是同一区域，删去一个。",
    hint_en="If the two are one area, remove one.",
)
ZONES_OVERLAP = Rule(
    "topology.zones-overlap",
    "error",
    zh="与片区 {other} 重叠 {km2} 平方公里",
    en="it overlaps zone {other} by {km2} km2",
    hint_zh="片区不得重叠，否则企业被归入面积较小者。",
    hint_en="Zones must not overlap: enterprises would count for the smaller one.",
)
OVERLAP = Rule(
    "topology.overlap",
    "warning",
    zh="与 {other} 重叠 {km2} 平方公里，占较小者 {percent} %",
    en="it overlaps {other} by {km2} km2, {percent} % of the smaller one",
    hint_zh="重叠处的企业归入面积较小者。",
    hint_en="Enterprises there count for the smaller one.",
)
OVERLAP_AT_STAKE = Rule(
    OVERLAP.code,
    "warning",
    zh=f"{OVERLAP.zh}，其中有企业 {{enterprises}} 家",
    en=f"{OVERLAP.en}, with {{enterprises}} enterprises there",
    hint_zh=OVERLAP.hint_zh,
    hint_en=OVERLAP.hint_en,
)
SLIVER = Rule(
    "topology.sliver",
    "warning",
    zh="与相邻的 {other} 重叠一窄条，宽约 {width} 米，面积 {m2} 平方米",
    en="it overlaps its neighbour {other} in a sliver about {width} m wide, of {m2} m2",
    hint_zh="可用 parkatlas repair 修复。",
    hint_en="`parkatlas repair` removes it.",
)
HAIRLINE = Rule(
    "topology.hairline-overlap",
    "info",
    zh="与相邻的 {other} 重叠不足 1 米：宽约 {width} 米，面积 {m2} 平方米",
    en="it overlaps its neighbour {other} by less than a metre: about {width} m wide, {m2} m2",
    hint_zh=SLIVER.hint_zh,
    hint_en=SLIVER.hint_en,
)
HEAP = Rule(
    "topology.heap",
    "warning",
    zh="{level} 层级相互重叠的区域过多，每个区域只核对了 {limit} 对",
    en="too many areas of level {level} lie on one another; {limit} pairs of each were checked",
)

NESTED = 0.999  # share of the smaller area inside the larger from which it counts as lying within
SAME = 0.98  # share in common, of both together, from which two areas are nearly the same
HAIRLINE_M = 1.0  # narrower slivers and gaps are remarks: hardly an enterprise lies in them
PAIRS_PER_AREA = 8  # on average; beyond, no area meets more than this many others


class Pairs(NamedTuple):
    """Pairs of areas whose insides meet; places in a `Drawing`, the common piece, and its size in m2.

    ``edges`` are, for each area looked at, the stretches of its border that may overlap others or face a gap.
    """

    one: Ints
    other: Ints
    piece: Shapes
    size: Floats
    edges: Shapes
    cut_short: bool

    def nested(self, drawing: Drawing) -> tuple[Ints, Ints]:
        """Return the places of inner and outer areas, where one lies within the other; twins lie in neither."""
        sizes = drawing.sizes
        flip = sizes[self.one] > sizes[self.other]
        inner, outer = np.where(flip, self.other, self.one), np.where(flip, self.one, self.other)
        within = (self.size >= NESTED * sizes[inner]) & (sizes[inner] < sizes[outer])
        return inner[within], outer[within]


def meet(drawing: Drawing, places: Ints, tolerance_m: float) -> Pairs:
    """Return the pairs among some areas whose insides have a piece in common."""
    shapes = drawing.shapes[places]
    one, other, cut_short = _candidates(shapes)
    edges = np.full(len(shapes), None)
    if not cut_short and len(shapes) > 1:
        edges = shapely.coverage_invalid_edges(shapes, gap_width=tolerance_m)
        flagged = ~shapely.is_empty(edges)
        suspect = flagged[one] | flagged[other]
        one, other = one[suspect], other[suspect]
    inside = shapely.relate_pattern(shapes[one], shapes[other], "T********")
    one, other = one[inside], other[inside]
    piece = polygonal(shapely.intersection(shapes[one], shapes[other]))
    size = shapely.area(piece)
    real = size > 0
    return Pairs(places[one[real]], places[other[real]], piece[real], size[real], edges, cut_short)


def check_overlaps(drawing: Drawing, pairs: Pairs, level: str, tolerance_m: float, points: Shapes) -> list[Finding]:
    """Return what the pairs of one level have to say.

    ``points`` are enterprises in the plane of the drawing, to count those at stake; it may be empty.
    """
    twins = list(_twins(drawing, level))
    findings = list(twins)
    if pairs.cut_short:
        findings.append(HEAP.at(level=level, limit=PAIRS_PER_AREA))
    sizes, ids = drawing.sizes, drawing.ids
    small = np.minimum(sizes[pairs.one], sizes[pairs.other])
    alike = pairs.size >= SAME * (sizes[pairs.one] + sizes[pairs.other] - pairs.size)
    width = widths(pairs.piece)
    apart = (width >= drawing.noise_m) & ((level == "zone") | (pairs.size < NESTED * small))
    same = {(finding.feature, finding.details["other"]) for finding in twins}
    told = np.flatnonzero(alike | apart)
    told = told[np.lexsort((pairs.other[told], pairs.one[told]))]
    stake = _count(points, pairs.piece[told])
    km2 = drawing.true_km2(pairs.piece[told])
    for n, (k, spot) in enumerate(zip(told.tolist(), drawing.spots(pairs.piece[told]), strict=True)):
        i, j = int(pairs.one[k]), int(pairs.other[k])
        if (ids[j], ids[i]) in same:
            continue
        place: dict[str, Any] = {"feature": ids[i], "other": ids[j], "lon": spot[0], "lat": spot[1]}
        size = float(pairs.size[k])
        if alike[k]:
            both = sizes[i] + sizes[j] - size
            findings.append(NEAR_DUPLICATE.at(**place, percent=f"{100 * size / both:.3g}"))
        if not apart[k]:
            continue
        if width[k] < tolerance_m:
            rule = SLIVER if width[k] >= HAIRLINE_M else HAIRLINE
            findings.append(rule.at(**place, width=f"{width[k]:.2g}", m2=f"{km2[n] * 1e6:.0f}"))
        elif level == "zone":
            findings.append(ZONES_OVERLAP.at(**place, km2=f"{km2[n]:.3g}"))
        else:
            place |= {"km2": f"{km2[n]:.3g}", "percent": f"{100 * size / small[k]:.3g}", "enterprises": str(stake[n])}
            findings.append((OVERLAP_AT_STAKE if len(points) else OVERLAP).at(**place))
    return findings


def polygonal(shapes: Shapes) -> Shapes:
    """Return shapes without the points and lines that cutting leaves beside their polygons."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    out = shapes.copy()
    for i in mixed:
        parts = shapely.get_parts(shapes[i])
        out[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return out


def _candidates(shapes: Shapes) -> tuple[Ints, Ints, bool]:
    """Return pairs, each once, whose bounding boxes meet; and whether there were too many to take all."""
    tree = shapely.STRtree(shapes)
    budget = PAIRS_PER_AREA * len(shapes) + 1000
    for limit in (None, PAIRS_PER_AREA):
        ones, others, total = [], [], 0
        for start in range(0, len(shapes), 256):
            one, other = tree.query(shapes[start : start + 256])
            once = one + start < other
            one, other = one[once] + start, other[once]
            if limit is not None:
                first = np.searchsorted(one, one)  # the query returns its first places in order
                few = np.arange(len(one)) - first < limit
                one, other = one[few], other[few]
            ones.append(one)
            others.append(other)
            total += len(one)
            if limit is None and total > budget:
                break
        else:
            empty = np.empty(0, dtype=np.int64)
            return np.concatenate([empty, *ones]), np.concatenate([empty, *others]), limit is not None
    raise AssertionError("the second round has no budget")  # pragma: no cover


def _twins(drawing: Drawing, level: str) -> Iterator[Finding]:
    """Yield a finding for each area whose polygon repeats that of an earlier one, parents and children excepted."""
    places = drawing.at(level)
    if len(places) < 2:
        return
    bounds = shapely.bounds(drawing.shapes[places])
    _, box, times = np.unique(bounds, axis=0, return_inverse=True, return_counts=True)
    seen: dict[tuple[int, bytes], int] = {}
    for k in np.flatnonzero(times[box.ravel()] > 1):
        i = int(places[k])
        key = (int(box.ravel()[k]), shapely.to_wkb(shapely.normalize(drawing.shapes[i])))
        j = seen.setdefault(key, i)
        family = drawing.parents[i] == drawing.ids[j] or drawing.parents[j] == drawing.ids[i]
        if i != j and not family:
            lon, lat = drawing.spot(drawing.shapes[i])
            yield DUPLICATE.at(feature=drawing.ids[i], other=drawing.ids[j], lon=lon, lat=lat)


def _count(points: Shapes, pieces: Shapes) -> Ints:
    """Return how many points each piece covers."""
    if len(points) == 0 or len(pieces) == 0:
        return np.zeros(len(pieces), dtype=np.int64)
    piece, _ = shapely.STRtree(points).query(pieces, predicate="intersects")
    return np.bincount(piece, minlength=len(pieces))
