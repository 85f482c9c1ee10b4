"""Findings about areas, weighed by the enterprises they touch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely

from parkatlas.findings import Finding
from parkatlas.plan.datum import suspect_datum
from parkatlas.plan.overlaps import OVERLAP, OVERLAP_AT_STAKE


def weigh_findings(
    findings: Iterable[Finding], areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame
) -> tuple[Finding, ...]:
    """Return findings about areas with what the enterprises add to them.

    An overlap says how many enterprises lie in it; a layer that seems to be in a shifted datum (`suspect_datum`) is a
    further finding. All others come back as they are, in their order.

    Parameters
    ----------
    findings
        Such as those of a `Plan`.
    areas : GeoDataFrame
        `schema.AREAS`, in WGS 84.
    located : GeoDataFrame
        Enterprises as points in WGS 84, with a ``declared_area``.
    """
    given = list(findings)
    bare = [k for k, finding in enumerate(given) if finding.rule is OVERLAP]
    counts = _count(areas, located, [(given[k].feature, given[k].details["other"]) for k in bare])
    for k, count in zip(bare, counts, strict=True):
        details = {**given[k].details, "enterprises": count}
        given[k] = dataclasses.replace(given[k], rule=OVERLAP_AT_STAKE, details=details)
    return (*given, *suspect_datum(areas, located))


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
