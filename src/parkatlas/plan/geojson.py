"""GeoJSON read strictly: nothing that stands in the file is lost without a word.

GDAL turns a string coordinate into a missing geometry, keeps the last of two equal keys and reads what it can of a
broken file; a zone vanishes and every number changes. Here each of these is a finding that names the feature.
The form is RFC 7946; the ``crs`` member of its predecessor is honoured and mentioned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from parkatlas.findings import Finding, Rule

UNREADABLE = Rule(
    "layer.unreadable",
    "error",
    zh="文件无法读取：{reason}",
    en="the file cannot be read: {reason}",
    hint_zh="文件可能不完整，请重新导出。",
    hint_en="The file may be cut short; export it again.",
)
NOT_COLLECTION = Rule(
    "layer.not-collection",
    "error",
    zh="不是 FeatureCollection，而是 {value}",
    en="not a FeatureCollection but {value}",
)
NO_FEATURES = Rule("layer.no-features", "error", zh="图层没有要素", en="the layer has no features")
DUPLICATE_KEY = Rule(
    "layer.duplicate-key",
    "error",
    zh="键 {value} 写了不止一次",
    en="the key {value} is written more than once",
    hint_zh="读取程序只会留下后一个，请删去一个。",
    hint_en="Readers keep the last one only; remove one of them.",
)
NO_GEOMETRY = Rule("layer.no-geometry", "error", zh="没有图形", en="the feature has no geometry")
NOT_POLYGON = Rule("layer.not-polygon", "error", zh="应为面，而非 {value}", en="must be a polygon, not {value}")
BAD_COORDINATE = Rule(
    "layer.bad-coordinate",
    "error",
    zh="坐标不是有限的数：{value}",
    en="a coordinate is not a finite number: {value}",
    hint_zh="坐标须写成数字，不加引号。",
    hint_en="Write coordinates as numbers, without quotes.",
)
SHORT_RING = Rule("layer.short-ring", "error", zh="环只有 {points} 个点", en="a ring has only {points} positions")
OPEN_RING = Rule(
    "layer.open-ring",
    "warning",
    zh="环没有闭合，已按首点闭合",
    en="a ring is not closed; it was closed at its first position",
)
CRS_MEMBER = Rule(
    "layer.crs-member",
    "warning",
    zh="文件带有旧式 crs 成员（{value}），已按其读取",
    en="the file carries a legacy crs member ({value}); it was read by it",
    hint_zh="RFC 7946 的 GeoJSON 只用 WGS 84 经纬度。",
    hint_en="GeoJSON by RFC 7946 is in WGS 84 degrees only.",
)
CRS_REDUNDANT = Rule(
    "layer.crs-redundant",
    "info",
    zh="文件带有旧式 crs 成员（{value}），与缺省的坐标系相同",
    en="the file carries a legacy crs member ({value}), which says no more than GeoJSON does anyway",
)
BAD_CRS_MEMBER = Rule(
    "layer.bad-crs-member",
    "error",
    zh="旧式 crs 成员无法识别：{value}",
    en="the legacy crs member is not known: {value}",
)

_NUMBERS = (int, float)  # exactly: true and false are integers to Python
_TWICE = "\0twice"  # where the parser keeps the keys that an object holds twice


@dataclass
class RawLayer:
    """A layer as its file has it: properties and polygons by feature, in file order, in the file's own coordinates.

    ``geometry`` is None where a feature's shape could not be read; a finding says why. ``crs`` is what the file says
    of itself, as text for pyproj; None where it says nothing.
    """

    file: str
    properties: list[dict[str, Any]] = field(default_factory=list)
    geometry: list[shapely.Geometry | None] = field(default_factory=list)
    crs: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def label(self, i: int) -> str:
        """Name feature ``i`` (from 0) by its id, or by its number in the file, from 1."""
        for key in ("area_id", "id"):
            value = self.properties[i].get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value)
        return f"#{i + 1}"


def read_geojson(path: Path, name: str) -> RawLayer:
    """Return a GeoJSON file as a `RawLayer`; ``name`` is how findings call the file."""
    layer = RawLayer(name)
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_pairs)
    except UnicodeDecodeError as error:
        layer.findings.append(UNREADABLE.at(file=name, reason=f"not UTF-8 at byte {error.start}"))
        return layer
    except json.JSONDecodeError as error:
        layer.findings.append(UNREADABLE.at(file=name, row=error.lineno, reason=error.msg))
        return layer
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number of thousands of digits
        layer.findings.append(UNREADABLE.at(file=name, reason=str(error)))
        return layer
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        kind = data.get("type") if isinstance(data, dict) else type(data).__name__
        layer.findings.append(NOT_COLLECTION.at(file=name, value=str(kind)))
        return layer
    layer.findings += [DUPLICATE_KEY.at(file=name, value=key) for key in data.get(_TWICE, ())]
    features = data.get("features")
    if not isinstance(features, list) or not features:
        layer.findings.append(NO_FEATURES.at(file=name))
        return layer
    if data.get("crs") is not None:
        _read_crs(layer, data["crs"])
    for i, feature in enumerate(features):
        _read_feature(layer, i, feature)
    return layer


def read_polygon(shape: Any, place: dict[str, Any]) -> tuple[shapely.Geometry | None, list[Finding]]:
    """Return a GeoJSON geometry object as a polygon, or None and the findings that say why not.

    Heights are left out; open rings are closed with a warning.
    """
    if not isinstance(shape, dict):
        return None, [NO_GEOMETRY.at(**place)]
    kind, coordinates = shape.get("type"), shape.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        return None, [NOT_POLYGON.at(**place, value=str(kind))]
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not any(isinstance(rings, list) and rings for rings in parts):
        return None, [NO_GEOMETRY.at(**place)]
    findings: list[Finding] = []
    polygons = []
    for rings in parts:
        read = [_read_ring(ring, place, findings) for ring in (rings if isinstance(rings, list) else [rings])]
        good = [ring for ring in read if ring is not None]
        if good and len(good) == len(read):
            polygons.append(shapely.polygons(good[0], good[1:] or None))
    if len(polygons) < len(parts):
        return None, findings or [NO_GEOMETRY.at(**place)]
    return (polygons[0] if kind == "Polygon" else shapely.multipolygons(polygons)), findings


def _read_feature(layer: RawLayer, i: int, feature: Any) -> None:
    """Append one feature to the layer."""
    known = feature if isinstance(feature, dict) else {}
    properties = known.get("properties")
    properties = dict(properties) if isinstance(properties, dict) else {}
    twice = [key for part in (known, properties, known.get("geometry")) if isinstance(part, dict)
             for key in part.get(_TWICE, ())]  # fmt: skip
    properties.pop(_TWICE, None)
    if "id" in known and "id" not in properties and isinstance(known["id"], str | int):
        properties["id"] = known["id"]
    layer.properties.append(properties)
    place: dict[str, Any] = {"file": layer.file, "feature": layer.label(i)}
    geometry, findings = read_polygon(known.get("geometry"), place)
    layer.geometry.append(geometry)
    layer.findings += [DUPLICATE_KEY.at(**place, value=key) for key in twice]
    layer.findings += findings


def _read_ring(ring: Any, place: dict[str, Any], findings: list[Finding]) -> shapely.LinearRing | None:
    """Return one ring, or None after adding the finding that says why not."""
    points = _positions(ring)
    if points is None:
        findings.append(BAD_COORDINATE.at(**place, value=next(_wrong(ring), "?")))
        return None
    if len(points) >= 3 and (points[0] != points[-1]).any():
        findings.append(OPEN_RING.at(**place, lon=float(points[0, 0]), lat=float(points[0, 1])))
        points = np.vstack([points, points[:1]])
    if len(points) < 4:
        findings.append(SHORT_RING.at(**place, points=len(points)))
        return None
    return shapely.LinearRing(points)


def _positions(ring: Any) -> npt.NDArray[np.float64] | None:
    """Return a list of positions as an (n, 2) array, or None where one is not two or more finite numbers."""
    if not isinstance(ring, list) or any(_faulty(position) for position in ring):
        return None
    return np.array([position[:2] for position in ring], dtype=float).reshape(-1, 2)


def _wrong(ring: Any) -> Iterator[str]:
    """Yield the positions of a ring that are not two or more finite numbers, as text."""
    for position in ring if isinstance(ring, list) else [ring]:
        if _faulty(position):
            yield json.dumps(position, ensure_ascii=False, default=str)


def _faulty(position: Any) -> bool:
    if not isinstance(position, list) or len(position) < 2:
        return True
    x, y = position[0], position[1]
    return type(x) not in _NUMBERS or type(y) not in _NUMBERS or not (abs(x) < 1e300 and abs(y) < 1e300)


def _read_crs(layer: RawLayer, member: Any) -> None:
    """Take the CRS that a legacy ``crs`` member names."""
    named = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    if not isinstance(named, str):
        layer.findings.append(BAD_CRS_MEMBER.at(file=layer.file, value=json.dumps(member)))
        return
    layer.crs = named
    rule = CRS_REDUNDANT if named.endswith((":CRS84", ":4326", ":4490")) else CRS_MEMBER
    layer.findings.append(rule.at(file=layer.file, value=named))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        seen: set[str] = set()
        twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        out[_TWICE] = sorted(set(twice))
    return out
