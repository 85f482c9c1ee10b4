"""Findings about areas, weighed by the enterprises they touch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import shapely

from parkatlas.findings import Finding
from parkatlas.plan.overlaps import OVERLAP, OVERLAP_AT_STAKE


def weigh_findings(
    findings: Iterable[Finding], areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame | Mapping[str, gpd.GeoDataFrame]
) -> tuple[Finding, ...]:
    """Return findings about areas with the enterprises at stake.

    An overlap says how many enterprises lie in it. All others come back as they are, in their order.

    Parameters
    ----------
    findings
        Such as those of a `Plan`.
    areas : GeoDataFrame
        `schema.AREAS`, in WGS 84.
    located : GeoDataFrame or mapping of GeoDataFrames
        Enterprises as points in WGS 84. Of several registers, by id, each is counted by itself, for an enterprise may
        stand in more than one, and a made-up one is no evidence; none of them leaves all findings as they are.
    """
    given = list(findings)
    registers = located if isinstance(located, Mapping) else {"": located}
    bare = [k for k, finding in enumerate(given) if finding.rule is OVERLAP and registers]
    pairs = [(given[k].feature, given[k].details["other"]) for k in bare]
    counts = [_count(areas, register, pairs) for register in registers.values()]
    for k, of_registers in zip(bare, zip(*counts, strict=True), strict=True):
        told = [
            str(count) if len(counts) == 1 else f"{count} ({name})"
            for name, count in zip(registers, of_registers, strict=True)
        ]
        details = {**given[k].details, "enterprises": ", ".join(told)}
        given[k] = dataclasses.replace(given[k], rule=OVERLAP_AT_STAKE, details=details)
    return tuple(given)


def _count(areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame, pairs: list[tuple[str | None, object]]) -> list[int]:
    """Return how many enterprises lie in both areas of each pair."""
    shape_of = dict(zip(areas["area_id"], areas.geometry, strict=True))
    points = located.geometry[~(located.geometry.isna() | located.geometry.is_empty)].to_numpy()
    if not pairs or not len(points):
        return [0] * len(pairs)
    pieces = [shapely.intersection(shape_of[one], shape_of[other]) for one, other in pairs]
    piece, _ = shapely.STRtree(points).query(pieces, predicate="intersects")
    counts: list[int] = np.bincount(piece, minlength=len(pairs)).tolist()
    return counts
