"""KML and KMZ: placemarks become rows, their data become columns, the folders they lie in a column "folder"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyproj
import shapely

from parkatlas.errors import InputError
from parkatlas.findings import shorten
from parkatlas.model import RawTable
from parkatlas.read.archive import check_entities, open_archive
from parkatlas.read.damage import broken
from parkatlas.read.encoding import find_encoding
from parkatlas.read.features import build_table
from parkatlas.read.layer_rules import FEATURE_POSITION
from parkatlas.read.limits import Limits, check_size
from parkatlas.read.places import WGS84, Places, describe_places
from parkatlas.read.rules import WHICH_SHEET

_DECLARED = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_HEAD = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
_FIELDS = ("name", "description", "address", "phoneNumber")


def read_kml(path: Path, limits: Limits, encoding: str | None = None) -> RawTable:
    """Read the placemarks of a KML file; points keep the digits that the file writes."""
    check_size(path, limits, whole=True)
    return _read(path.read_bytes(), path.name, "kml", limits, encoding)


def read_kmz(path: Path, limits: Limits, sheet: str | None = None) -> RawTable:
    """Read the placemarks of the one KML document in a KMZ archive, or of the member named as the sheet."""
    with open_archive(path, limits) as archive:
        members = [name for name in archive.names if name.lower().endswith(".kml") and sheet in (None, name)]
        chosen = "doc.kml" if "doc.kml" in members else members[0] if len(members) == 1 else None
        if chosen is None:
            raise InputError(WHICH_SHEET.at(file=path.name, names=", ".join(archive.names)))
        return _read(archive.read(chosen), path.name, "kmz", limits, None)


def _read(data: bytes, source: str, form: str, limits: Limits, asked: str | None) -> RawTable:
    declared = _DECLARED.match(data)
    if declared and not asked:
        found = find_encoding(data, source, declared.group(1).decode(), why="declared")
    else:
        found = find_encoding(data, source, asked)
    text = data[found.skip :].decode(found.codec)
    check_entities(text.encode(), source)
    try:
        root = ET.fromstring(_HEAD.sub("", text))  # noqa: S314 - it declares no entities
    except ET.ParseError as error:
        raise InputError(broken(error, source, row=error.position[0])) from error
    rows: list[dict[str, str | None]] = []
    shapes: list[tuple[str, str] | shapely.Geometry | None] = []
    lost = []
    for number, (folder, placemark) in enumerate(_placemarks(root), 1):
        record = _attributes(placemark)
        rows.append({"folder": folder, **record} if folder else record)
        try:
            shapes.append(_shape(placemark))
        except (ValueError, shapely.errors.GEOSException) as error:
            shapes.append(None)
            lost.append(
                FEATURE_POSITION.at(
                    file=source,
                    row=number,
                    feature=record.get("name"),
                    value=error,
                    why_zh=f"坐标无法解读：{shorten(str(error))}（应写作“经度,纬度”，中间只有逗号）",
                    why_en=f"its coordinates cannot be read: {shorten(str(error))} (they are written lon,lat)",
                )
            )
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) or None for row in rows] for name in names}
    sample = next((cell for cells in columns.values() for cell in cells if cell and not cell.isascii()), None)
    return build_table(
        columns,
        replace(_places(shapes, source), rejected=lost),
        source,
        limits,
        form=form,
        rows=len(rows),
        encoding=found.codec,
        findings=[found.finding(source, sample)],
    )


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _placemarks(root: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Yield placemarks in the order of the file, each with the names of the folders it lies in."""
    waiting: list[tuple[str, ET.Element]] = [("", root)]
    while waiting:
        folder, element = waiting.pop()
        kind = _local(element)
        if kind == "Placemark":
            yield folder, element
        elif kind in ("kml", "Document", "Folder"):
            name = _child_text(element, "name") if kind == "Folder" else None
            inner = " / ".join(part for part in (folder, name) if part)
            waiting += [(inner, child) for child in reversed(element)]


def _child_text(element: ET.Element, name: str) -> str | None:
    return next(((child.text or "").strip() or None for child in element if _local(child) == name), None)


def _attributes(placemark: ET.Element) -> dict[str, str | None]:
    record = {name: text for name in _FIELDS if (text := _child_text(placemark, name)) is not None}
    found: dict[str, str | None] = dict(record)
    for element in placemark.iter():
        kind, name = _local(element), element.get("name")
        if kind == "SimpleData" and name:
            found[name] = (element.text or "").strip() or None
        elif kind == "Data" and name:
            found[name] = _child_text(element, "value")
    return found


def _coordinates(element: ET.Element) -> list[list[str]]:
    text = next((child.text or "" for child in element.iter() if _local(child) == "coordinates"), "")
    places = [place.split(",") for place in re.sub(r"\s*,\s*", ",", text).split()]
    if any(len(place) not in (2, 3) for place in places):
        raise ValueError(text.strip())
    for place in places:
        if not all(np.isfinite(float(part)) for part in place):
            raise ValueError(text.strip())
    return places


def _shape(placemark: ET.Element) -> tuple[str, str] | shapely.Geometry | None:
    """Return a point as its two texts, another shape as geometry, None where there is none."""
    shapes = [shape for child in placemark if (shape := _one_shape(child)) is not None]
    return shapes[0] if shapes else None


def _one_shape(element: ET.Element) -> tuple[str, str] | shapely.Geometry | None:
    kind = _local(element)
    if kind == "MultiGeometry":
        parts = [_as_geometry(part) for child in element if (part := _one_shape(child)) is not None]
        return shapely.GeometryCollection(parts) if len(parts) != 1 else parts[0]
    if kind not in ("Point", "LineString", "LinearRing", "Polygon"):
        return None
    if kind == "Polygon":
        rings = [_floats(ring) for ring in element.iter() if _local(ring) == "LinearRing"]
        return shapely.Polygon(rings[0], rings[1:]) if rings else None
    places = _coordinates(element)
    if kind == "Point":
        return (places[0][0], places[0][1]) if places else None
    return shapely.LineString(_floats(element)) if places else None


def _floats(element: ET.Element) -> list[tuple[float, float]]:
    return [(float(place[0]), float(place[1])) for place in _coordinates(element)]


def _as_geometry(shape: tuple[str, str] | shapely.Geometry | None) -> shapely.Geometry | None:
    return shapely.Point(float(shape[0]), float(shape[1])) if isinstance(shape, tuple) else shape


def _places(shapes: list[tuple[str, str] | shapely.Geometry | None], source: str) -> Places:
    if all(shape is None or isinstance(shape, tuple) for shape in shapes):
        pairs = [shape if isinstance(shape, tuple) else (None, None) for shape in shapes]
        return Places({"lon": [lon for lon, _ in pairs], "lat": [lat for _, lat in pairs]}, ("lon", "lat"), WGS84)
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = [_as_geometry(shape) for shape in shapes]
    return describe_places(geometry, pyproj.CRS(WGS84), source)
