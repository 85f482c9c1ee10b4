"""Findings as a layer: points to open in a GIS."""

from __future__ import annotations

from collections.abc import Iterable

from parkatlas.findings import Finding


def findings_geojson(findings: Iterable[Finding]) -> dict[str, object]:
    """Return the findings that have a place as a GeoJSON FeatureCollection of points, in their order.

    Properties are the columns of `schema.FINDINGS` without the two coordinates. Findings without a place are left out:
    they stand in the table of findings.

    Examples
    --------
    >>> from parkatlas.findings import Rule
    >>> rule = Rule("town.flooded", "warning", zh="被淹", en="is under water")
    >>> layer = findings_geojson([rule.at(feature="p", lon=126.0, lat=44.0), rule.at(feature="q")])
    >>> [feature["geometry"]["coordinates"] for feature in layer["features"]]
    [[126.0, 44.0]]
    """
    features = []
    for finding in findings:
        record = finding.record()
        lon, lat = record.pop("lon"), record.pop("lat")
        if lon is not None and lat is not None:
            geometry = {"type": "Point", "coordinates": [lon, lat]}
            features.append({"type": "Feature", "properties": record, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
