"""All checks of areas, in one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import geopandas as gpd
import numpy as np

from parkatlas import schema
from parkatlas.findings import SEVERITIES, Finding
from parkatlas.plan.drawing import Drawing, Shapes, draw
from parkatlas.plan.gaps import check_gaps
from parkatlas.plan.hierarchy import check_parents, check_places, fill_parents, place
from parkatlas.plan.noding import node
from parkatlas.plan.overlaps import check_overlaps, meet
from parkatlas.plan.single import check_form, check_sizes, check_validity

TOLERANCE_M = 10.0


def check_areas(
    areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame | None = None, *, tolerance_m: float = TOLERANCE_M
) -> list[Finding]:
    """Return what is wrong with the topology, the hierarchy and the sizes of areas.

    Parameters
    ----------
    areas : GeoDataFrame
        `schema.AREAS`, in WGS 84. Polygons may be invalid; those are reported, and left out of the other checks.
    located : GeoDataFrame, optional
        Enterprises as points in WGS 84, to say how many lie where areas overlap.
    tolerance_m : float
        Width in metres below which an overlap is a sliver and a distance between neighbours a gap.

    Returns
    -------
    list of Finding
        Errors first, then by area in the order of the table. Each names its area as ``feature``, and most a place.

    Raises
    ------
    SchemaError
        Where ``areas`` do not fit the schema.
    ValueError
        For a tolerance that is not positive.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from parkatlas import schema
    >>> rows = {"area_id": ["z"], "level": ["zone"], "name_zh": ["片区"], "name_en": ["Zone"], "status": ["official"]}
    >>> bow = shapely.Polygon([(126, 44), (126.1, 44.1), (126.1, 44), (126, 44.1)])
    >>> areas = schema.conform(gpd.GeoDataFrame(rows, geometry=[bow], crs="EPSG:4326"), schema.AREAS)
    >>> [(finding.code, finding.feature, finding.message("en")) for finding in check_areas(areas)]
    [('topology.invalid', 'z', 'the polygon is not valid: Self-intersection')]
    """
    schema.validate(areas, schema.AREAS)
    return examine(areas, located, tolerance_m=tolerance_m)[1]


def examine(
    areas: gpd.GeoDataFrame,
    located: gpd.GeoDataFrame | None = None,
    *,
    tolerance_m: float = TOLERANCE_M,
    complete: bool = True,
    known: Collection[str] = (),
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return areas with parents filled in from the drawing, and the findings of `check_areas`.

    With ``complete`` False some areas could not be read: nothing is then said of areas that miss one another, and
    ``known`` are the ids of those that are not there.
    """
    if not tolerance_m > 0:
        raise ValueError(f"tolerance_m must be positive, not {tolerance_m}")
    drawing = draw(areas)
    points = _points(drawing, located)
    findings = [*check_validity(areas, drawing), *check_form(drawing, tolerance_m), *check_parents(drawing, known)]
    nested = []
    drawing = node(drawing)
    for level in schema.LEVELS:
        pairs = meet(drawing, drawing.at(level), tolerance_m)
        findings += check_overlaps(drawing, pairs, level, tolerance_m, points)
        findings += check_gaps(drawing, drawing.at(level), tolerance_m, pairs)
        if level != "zone":
            nested.append(pairs.nested(drawing))
    if complete:
        placing = place(drawing, nested)
        areas, filled = fill_parents(areas, drawing, placing)
        findings += [*filled, *check_places(drawing, placing), *check_sizes(areas, drawing)]
    return areas, _sort(_place(findings, drawing), drawing)


def _points(drawing: Drawing, located: gpd.GeoDataFrame | None) -> Shapes:
    """Return the points of enterprises in the plane of a drawing."""
    if located is None:
        return np.empty(0, dtype=object)
    shapes = located.geometry.to_numpy()
    return drawing.to_plane(shapes[~(located.geometry.isna() | located.geometry.is_empty).to_numpy()])


def _place(findings: list[Finding], drawing: Drawing) -> list[Finding]:
    """Return findings, those that ask for work and name a sound area but no place with a place within the area."""
    shape_of = {drawing.ids[i]: drawing.shapes[i] for i in np.flatnonzero(drawing.valid)}
    out = []
    for finding in findings:
        wanted = finding.lon is None and finding.severity != "info"
        shape = shape_of.get(finding.feature) if wanted else None
        lon, lat = (finding.lon, finding.lat) if shape is None else drawing.spot(shape)
        out.append(finding if shape is None else dataclasses.replace(finding, lon=lon, lat=lat))
    return out


def _sort(findings: list[Finding], drawing: Drawing) -> list[Finding]:
    """Return findings by severity, then by area; those of one area keep their order."""
    order = {area: i for i, area in enumerate(drawing.ids)}
    graves = [[finding for finding in findings if finding.severity == severity] for severity in SEVERITIES]
    return [finding for some in graves for finding in sorted(some, key=lambda found: order.get(found.feature, -1))]
