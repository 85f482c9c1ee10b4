"""KML read strictly: placemarks with polygons, their names and extended data.

GDAL reads a coordinate it cannot parse as zero and keeps going. Here the text of every coordinate goes through the
same checks as GeoJSON. Document types and entities are refused: nothing in a layer is expanded or fetched.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from parkatlas.findings import Rule
from parkatlas.plan.geojson import DUPLICATE_KEY, NO_FEATURES, UNREADABLE, RawLayer, read_polygon

NETWORK_LINK = Rule(
    "layer.network-link",
    "warning",
    zh="文件引用了别处的内容（NetworkLink），未读取",
    en="the file points to content elsewhere (NetworkLink), which was not read",
)


def read_kml(path: Path, name: str, folder: str | None = None) -> RawLayer:
    """Return the placemarks of a KML file, or of one of its folders, as a `RawLayer` in WGS 84."""
    layer = RawLayer(name, crs="EPSG:4326")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        layer.findings.append(UNREADABLE.at(file=name, reason=f"not UTF-8 at byte {error.start}"))
        return layer
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        layer.findings.append(UNREADABLE.at(file=name, reason="document types and entities are not allowed"))
        return layer
    try:
        # without a document type there are no entities to expand
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        layer.findings.append(UNREADABLE.at(file=name, row=error.position[0], reason=str(error)))
        return layer
    if any(_tag(element) == "NetworkLink" for element in root.iter()):
        layer.findings.append(NETWORK_LINK.at(file=name))
    for place in _placemarks(root, folder):
        pairs = _properties(place)
        layer.properties.append(dict(pairs))
        where: dict[str, Any] = {"file": name, "feature": layer.label(len(layer.properties) - 1)}
        times = Counter(key for key, _ in pairs)
        layer.findings += [DUPLICATE_KEY.at(**where, value=key) for key in times if times[key] > 1]
        shape, findings = read_polygon(_geometry(place), where)
        layer.geometry.append(shape)
        layer.findings += findings
    if not layer.properties:
        layer.findings.append(NO_FEATURES.at(file=name))
    return layer


def _tag(element: ElementTree.Element) -> str:
    """Return a tag without its namespace."""
    return element.tag.rpartition("}")[2]


def _children(element: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [child for child in element.iter() if _tag(child) == tag]


def _placemarks(root: ElementTree.Element, folder: str | None) -> list[ElementTree.Element]:
    """Return the placemarks, of the folder with a name where one is asked for."""
    if folder is None:
        return _children(root, "Placemark")
    named = [part for part in _children(root, "Folder") if _name(part) == folder]
    return [place for part in named for place in _children(part, "Placemark")]


def _name(element: ElementTree.Element) -> str | None:
    return next((child.text for child in element if _tag(child) == "name"), None)


def _properties(place: ElementTree.Element) -> list[tuple[str, Any]]:
    """Return extended data by name, and before them the placemark's own name as ``name``, where they have no other."""
    out: list[tuple[str, Any]] = [
        (data.get("name", ""), next((child.text for child in data if _tag(child) == "value"), None))
        for data in _children(place, "Data")
    ]
    out += [(data.get("name", ""), data.text) for data in _children(place, "SimpleData")]
    own = _name(place)
    return out if own is None or any(key == "name" for key, _ in out) else [("name", own), *out]


def _geometry(place: ElementTree.Element) -> dict[str, Any] | None:
    """Return a placemark's shape as a GeoJSON geometry object; numbers that do not parse stay text."""
    polygons = [[_ring(ring) for ring in _rings(polygon)] for polygon in _children(place, "Polygon")]
    others = [tag for tag in ("Point", "LineString", "Model", "Track") if _children(place, tag)]
    if others:
        return {"type": others[0]}
    if not polygons:
        return None
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _rings(polygon: ElementTree.Element) -> list[ElementTree.Element]:
    """Return the boundaries of a polygon, the outer one first."""
    return _children(polygon, "outerBoundaryIs") + _children(polygon, "innerBoundaryIs")


def _ring(boundary: ElementTree.Element) -> list[list[float | str]]:
    text = " ".join(element.text or "" for element in _children(boundary, "coordinates"))
    return [[_number(part) for part in position.split(",")] for position in text.split()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
