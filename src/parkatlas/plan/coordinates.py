"""Where a layer's numbers are on the earth: declared CRS, datum, range, swapped axes, projected numbers.

Every feature that cannot be where it says is a finding of its own. Nothing is guessed into place: what a layer's
numbers seem to be is said in the finding, and the plan has to declare it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from parkatlas import crs as metres
from parkatlas.crs import Datum
from parkatlas.findings import Finding, Rule
from parkatlas.plan.geojson import RawLayer

OUT_OF_RANGE = Rule(
    "layer.out-of-range",
    "error",
    zh="坐标 {value} 不是经纬度",
    en="the position {value} is not a longitude and latitude",
)
PROJECTED = Rule(
    "layer.projected-undeclared",
    "error",
    zh="坐标 {value} 是米制的，像是 {guess}，而图层未声明坐标系",
    en="the position {value} is in metres, as in {guess}, and the layer declares no CRS",
    hint_zh='在 [layers] 中写 crs = "{epsg}"。',
    hint_en='Write crs = "{epsg}" under [layers].',
)
DEGREES = Rule(
    "layer.degrees-declared-metres",
    "error",
    zh="坐标系声明为 {name}（米），而坐标 {value} 是经纬度",
    en="the declared CRS is {name}, in metres, but the position {value} is in degrees",
    hint_zh='若是 WGS 84 经纬度，改写 crs = "EPSG:4326"，或删去声明。',
    hint_en='If these are WGS 84 degrees, write crs = "EPSG:4326", or remove the declaration.',
)
SWAPPED = Rule(
    "layer.swapped-axes",
    "error",
    zh="坐标 {value} 的经度与纬度颠倒",
    en="longitude and latitude are swapped at {value}",
    hint_zh="GeoJSON 先写经度，再写纬度。",
    hint_en="GeoJSON writes the longitude first.",
)
FAR_AWAY = Rule(
    "layer.far-away",
    "error",
    zh="区域远离规划的其余区域，约 {km} 公里",
    en="the area lies about {km} km away from the rest of the plan",
)
UNKNOWN_CRS = Rule(
    "layer.unknown-crs",
    "error",
    zh="坐标系 {value} 无法识别",
    en="the CRS {value} is not known",
    hint_zh='写 EPSG 代码，如 "EPSG:4551"。',
    hint_en='Write an EPSG code, such as "EPSG:4551".',
)
CRS_CONFLICT = Rule(
    "layer.crs-conflict",
    "error",
    zh="文件自称 {value}，plan.toml 声明 {declared}",
    en="the file says {value}, plan.toml declares {declared}",
)
OUTSIDE_CRS = Rule(
    "layer.outside-crs",
    "error",
    zh="坐标 {value} 不在 {name} 的适用范围内",
    en="the position {value} lies outside the area of use of {name}",
    hint_zh="核对坐标系的带号与坐标轴次序。",
    hint_en="Check the zone of the CRS and the order of its axes.",
)
OTHER_DATUM = Rule(
    "layer.other-datum",
    "warning",
    zh="坐标系 {value} 不是 WGS 84 或 CGCS2000，已换算，精度 {accuracy} 米",
    en="the CRS {value} is neither on WGS 84 nor on CGCS2000; it was converted, to within {accuracy} m",
    hint_zh="北京 54、西安 80 的坐标可能相差百米，请用 CGCS2000 的成果。",
    hint_en="Beijing 1954 and Xian 1980 may be a hundred metres off; use CGCS2000 data.",
)
CONVERTED = Rule(
    "layer.converted",
    "info",
    zh="已由 {origin} 换算为 WGS 84",
    en="converted from {origin} to WGS 84",
)

Shift = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
_FAR = 5.0  # degrees from the middle of the plan's areas at which a single area is called far away


def to_degrees(layer: RawLayer, declared: str | None, datum: Datum) -> None:
    """Convert a layer's polygons to WGS 84 in place, adding findings; a feature that cannot be placed becomes None.

    Parameters
    ----------
    layer
        As read; its ``crs`` is what the file says of itself.
    declared : str, optional
        The CRS that plan.toml declares.
    datum
        For degrees: the datum that plan.toml declares.
    """
    crs = _choose(layer, declared)
    if crs is None:
        layer.geometry = [None] * len(layer.geometry)
        return
    if crs.is_projected:
        _refuse_degrees(layer, crs.name)
    known = crs.geodetic_crs is not None and crs.geodetic_crs.datum is not None and _on_wgs84(crs.geodetic_crs)
    if crs.is_projected or not known:
        accuracy = _to_wgs84(layer, crs)
        if not known:
            layer.findings.append(OTHER_DATUM.at(file=layer.file, value=crs.name, accuracy=accuracy))
    _check_degrees(layer)
    if datum in ("gcj02", "bd09"):
        layer.geometry = [shift(shape, datum) if shape is not None else None for shape in layer.geometry]
        layer.findings.append(CONVERTED.at(file=layer.file, origin={"gcj02": "GCJ-02", "bd09": "BD-09"}[datum]))


def shift(shape: shapely.Geometry, datum: Datum) -> shapely.Geometry:
    """Return a polygon given in a datum in WGS 84."""

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(metres.to_wgs84(points[:, 0], points[:, 1], datum))

    moved: shapely.Geometry = shapely.transform(shape, move)
    return moved


def check_together(layers: list[RawLayer]) -> None:
    """Find the features that lie far from all others, or would lie among them with their axes swapped.

    The middle of the plan is the median of its features' first positions, so one stray feature does not move it.
    """
    spots = [(layer, i, _first(shape)) for layer in layers for i, shape in enumerate(layer.geometry) if shape]
    if len(spots) < 3:
        return
    middle = np.median([spot for _, _, spot in spots], axis=0)
    for layer, i, spot in spots:
        gap = float(np.abs(spot - middle).max())
        if gap <= _FAR:
            continue
        place = _place(layer, i, spot)
        if float(np.abs(spot[::-1] - middle).max()) <= _FAR:
            layer.findings.append(SWAPPED.at(**place, value=_show(spot)))
        else:
            km = round(float(np.hypot(*(spot - middle))) * 111)
            layer.findings.append(FAR_AWAY.at(**place, km=km))


def _choose(layer: RawLayer, declared: str | None) -> pyproj.CRS | None:
    """Return the CRS to read by: the declared one, the file's own, or WGS 84; None after a finding."""
    found = []
    for text in (layer.crs, declared):
        if text is None:
            continue
        try:
            found.append(pyproj.CRS.from_user_input(text))
        except pyproj.exceptions.CRSError:
            layer.findings.append(UNKNOWN_CRS.at(file=layer.file, value=text))
            return None
    if len(found) == 2 and not _same(*found):
        layer.findings.append(CRS_CONFLICT.at(file=layer.file, value=layer.crs, declared=declared))
        return None
    return found[0] if found else pyproj.CRS.from_epsg(4326)


def _same(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    if one.is_geographic and other.is_geographic:
        return True
    return bool(one.equals(other, ignore_axis_order=True)) or one.to_epsg(70) == other.to_epsg(70) is not None


def _on_wgs84(crs: pyproj.CRS) -> bool:
    """Tell whether degrees of a CRS are those of WGS 84, within a metre."""
    name = crs.datum.name if crs.datum is not None else ""
    return "World Geodetic System 1984" in name or name in ("China 2000", "WGS 84")


def _refuse_degrees(layer: RawLayer, name: str) -> None:
    """Refuse polygons of a projected CRS whose numbers are all those of degrees; one finding where all are.

    In metres such a polygon would lie within 180 m of the origin of its CRS: in the sea for Web Mercator, on the
    equator for Gauss-Kruger and UTM.
    """
    drawn = {i: shape for i, shape in enumerate(layer.geometry) if shape is not None}
    faulty = [i for i, shape in drawn.items() if np.abs(shapely.bounds(shape)).max() <= 180]
    if faulty and len(faulty) == len(drawn):
        layer.findings.append(DEGREES.at(file=layer.file, value=_show(_first(drawn[faulty[0]])), name=name))
    for i in faulty:
        spot = _first(drawn[i])
        if len(faulty) < len(drawn):
            layer.findings.append(DEGREES.at(**_place(layer, i, spot), value=_show(spot), name=name))
        layer.geometry[i] = None


def _to_wgs84(layer: RawLayer, crs: pyproj.CRS) -> str:
    """Turn polygons into WGS 84 degrees, and return the accuracy in metres as PROJ states it.

    Those outside the area of use of the CRS become None.
    """
    transformer = pyproj.Transformer.from_crs(crs, metres.WGS84, always_xy=True)
    use = crs.area_of_use

    def turn(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    for i, shape in enumerate(layer.geometry):
        if shape is None:
            continue
        first = _first(shape)
        turned = shapely.transform(shape, turn)
        west, south, east, north = shapely.bounds(turned)
        inside = use is None or (
            use.west - 3 <= west and east <= use.east + 3 and use.south - 3 <= south and north <= use.north + 3
        )
        if not (np.isfinite([west, south, east, north]).all() and inside):
            layer.findings.append(OUTSIDE_CRS.at(**_place(layer, i), value=_show(first), name=crs.name))
            layer.geometry[i] = None
        else:
            layer.geometry[i] = turned
    return f"{transformer.accuracy:g}" if transformer.accuracy >= 0 else "?"


def _check_degrees(layer: RawLayer) -> None:
    """Refuse positions that are no degrees, saying what they look like."""
    for i, shape in enumerate(layer.geometry):
        if shape is None:
            continue
        west, south, east, north = shapely.bounds(shape)
        if west >= -180 and east <= 180 and south >= -90 and north <= 90:
            continue
        points = shapely.get_coordinates(shape)
        spot = points[(np.abs(points) > (180, 90)).any(axis=1)][0]
        layer.findings.append(_explain(spot, _place(layer, i)))
        layer.geometry[i] = None


def _explain(spot: npt.NDArray[np.float64], place: dict[str, Any]) -> Finding:
    x, y = spot
    if abs(x) <= 90 and abs(y) <= 180:
        return SWAPPED.at(**place, value=_show(spot))
    guess = guess_projection(float(x), float(y))
    if guess is None:
        return OUT_OF_RANGE.at(**place, value=_show(spot))
    return PROJECTED.at(**place, value=_show(spot), guess=guess[1], epsg=guess[0])


def guess_projection(x: float, y: float) -> tuple[str, str] | None:
    """Return the CRS, code and name, that metres in China look like; None where they look like nothing known.

    Gauss-Kruger without a zone prefix has its easting near 500 km and does not tell its zone: the 3-degree zone of
    126 E, that of Changchun, is offered as the example. With a prefix the zone is read from the first two digits.

    >>> guess_projection(42_452_277.0, 4_873_994.0)
    ('EPSG:4530', 'CGCS2000 / 3-degree Gauss-Kruger zone 42')
    >>> guess_projection(13_958_000.0, 5_450_000.0)
    ('EPSG:3857', 'Web Mercator')
    """
    zone, easting = divmod(x, 1_000_000)
    if 1.8e6 <= y <= 6.0e6 and 25 <= zone <= 45 and 2e5 <= easting <= 8e5:
        return f"EPSG:{4513 + int(zone) - 25}", f"CGCS2000 / 3-degree Gauss-Kruger zone {int(zone)}"
    plane = [
        ("EPSG:4551", "CGCS2000 / 3-degree Gauss-Kruger (CM 126E?)", (1e5, 9e5), (1.8e6, 6.0e6)),
        ("EPSG:4551", "CGCS2000 / 3-degree Gauss-Kruger, northing first", (1.8e6, 6.0e6), (1e5, 9e5)),
        ("EPSG:3857", "Web Mercator", (8.1e6, 15.1e6), (1.8e6, 7.2e6)),
        ("EPSG:...", "a projected CRS", (-2.1e7, 2.1e7), (-2.1e7, 2.1e7)),
    ]
    fits = [(code, name) for code, name, (w, e), (s, n) in plane if w <= x <= e and s <= y <= n]
    return fits[0] if fits and max(abs(x), abs(y)) > 1000 else None


def _first(shape: shapely.Geometry) -> npt.NDArray[np.float64]:
    first: npt.NDArray[np.float64] = shapely.get_coordinates(shape)[0]
    return first


def _show(spot: npt.NDArray[np.float64]) -> str:
    return f"({spot[0]:.10g}, {spot[1]:.10g})"


def _place(layer: RawLayer, i: int, spot: npt.NDArray[np.float64] | None = None) -> dict[str, Any]:
    place: dict[str, Any] = {"file": layer.file, "feature": layer.label(i)}
    return place if spot is None else {**place, "lon": float(spot[0]), "lat": float(spot[1])}
