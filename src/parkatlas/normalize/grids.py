"""Projected coordinates: which system a register declares, which axis is north, and metres to degrees."""

from __future__ import annotations

import contextlib
import functools
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj

from parkatlas import crs
from parkatlas.errors import PlanError
from parkatlas.findings import Rule

Floats = npt.NDArray[np.float64]

UNKNOWN_CRS = Rule(
    "normalize.unknown-crs",
    "error",
    zh="不认识坐标系“{value}”",
    en="the coordinate system {value!r} is not known",
    hint_zh='请写 EPSG 代码，例如 crs = "EPSG:4551"（CGCS2000 三度带，中央经线 126 度）。',
    hint_en='Give its EPSG code, such as crs = "EPSG:4551" (CGCS2000 3-degree Gauss-Kruger, central meridian 126 E).',
)
NORTH_FIRST = Rule(
    "normalize.north-is-x",
    "info",
    zh="{x} 列是北坐标、{y} 列是东坐标（测量习惯），已按此读取",
    en="column {x} points north and column {y} east, as surveyors have it, and were read so",
    hint_zh='如需写明，请在 columns 下写 north = "{x}" 和 east = "{y}"，并去掉 x、y。',
    hint_en='To state it, write under columns north = "{x}" and east = "{y}", without x and y.',
)
BALLPARK = Rule(
    "normalize.crs-ballpark",
    "warning",
    zh="没有从 {crs} 到 WGS 84 的基准转换参数，度数按原样沿用：位置可能偏差数十米至一二百米",
    en="no parameters are known for the shift of datum from {crs} to WGS 84; its degrees were kept: "
    "positions may be off by tens of metres to two hundred",
    hint_zh="请用当地的转换参数换算为 CGCS2000 后，将 crs 改为相应的代码。",
    hint_en="Convert them to CGCS2000 with local parameters, and declare that system.",
)
WEB_MERCATOR = 3857
_AS_WGS84 = ("china 2000", "china geodetic coordinate system 2000", "cgcs2000")  # equal to within decimetres
PAD = 3.0  # degrees beyond a CRS's area of use within which a position is still believed


class Grid(NamedTuple):
    """A coordinate system and the box (west, south, east, north) in which its positions are believed."""

    crs: pyproj.CRS
    box: tuple[float, float, float, float]

    @property
    def metric(self) -> bool:
        """Whether coordinates are lengths and not degrees."""
        return bool(self.crs.is_projected)


@functools.cache
def grid(epsg: int) -> Grid:
    """Return the system with an EPSG code.

    >>> grid(4551).box
    (121.5, 37.19, 130.5, 56.2)
    """
    system = pyproj.CRS.from_epsg(epsg)
    area = system.area_of_use
    if area is None:
        return Grid(system, (-180.0, -90.0, 180.0, 90.0))
    box = (area.west - PAD, area.south - PAD, area.east + PAD, area.north + PAD)
    return Grid(system, tuple(round(edge, 6) for edge in box))  # type: ignore[arg-type]


def declared_grid(text: str | None, file: str | None = None) -> Grid | None:
    """Return the system that a register's ``crs`` names, None where it names none or plain degrees.

    Raises
    ------
    PlanError
        Where it is no EPSG code of a two-dimensional system.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(?:EPSG\s*:+\s*)?(\d{4,6})", text.strip(), re.IGNORECASE)
    try:
        found = grid(int(match[1])) if match else None
    except pyproj.exceptions.CRSError:
        found = None
    if found is None or not (found.crs.is_projected or found.crs.is_geographic):
        raise PlanError(UNKNOWN_CRS.at(file=file, field="crs", value=text))
    return None if found.crs.to_epsg() in (4326, 4490) else found


def to_degrees(x: Floats, y: Floats, system: Grid | None) -> tuple[Floats, Floats]:
    """Return longitude and latitude of coordinates (east, north); NaN where the system does not reach that far."""
    if system is None:
        return x.copy(), y.copy()
    ok = np.isfinite(x) & np.isfinite(y)
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    # Positions out of reach come back infinite, which is answer enough.
    lon[ok], lat[ok] = _transformer(system.crs.to_epsg()).transform(x[ok], y[ok])
    west, south, east, north = system.box
    with np.errstate(invalid="ignore"):
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    lon[~inside], lat[~inside] = np.nan, np.nan
    return lon, lat


def is_ballpark(x: Floats, y: Floats, system: Grid | None) -> bool:
    """Return whether PROJ knows no shift from a system's datum to WGS 84 where the positions lie.

    It goes by equal degrees then. The datums of CGCS2000 and WGS 84 do not differ so that it would be seen.

    >>> at = np.array([445717.761]), np.array([4861466.42])
    >>> is_ballpark(*at, grid(2387)), is_ballpark(*at, grid(4551)), is_ballpark(*at, grid(32651))
    (True, False, False)
    """
    ok = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if system is None or not len(ok):
        return False
    datum = system.crs.datum
    if datum is None or datum.name.casefold().replace("_", " ") in _AS_WGS84:
        return False
    way = pyproj.Transformer.from_crs(system.crs, crs.WGS84, always_xy=True)
    way.transform(x[ok[0]], y[ok[0]])
    with contextlib.suppress(pyproj.exceptions.ProjError):  # chosen place by place where several are known
        way = way.get_last_used_operation()
    return "Ballpark geographic offset" in (way.description or "")


@functools.cache
def _transformer(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, crs.WGS84, always_xy=True)


def north_first(x: Floats, y: Floats, system: Grid | None) -> bool:
    """Return whether two columns are north and east rather than east and north: only that reading fits the system."""
    if system is None or not system.metric or system.crs.to_epsg() == WEB_MERCATOR:
        return False  # nobody surveys in Web Mercator: its x is east
    fits = [int(np.isfinite(to_degrees(first, second, system)[0]).sum()) for first, second in ((x, y), (y, x))]
    return fits[0] == 0 and fits[1] > 0


def plausible_codes(lon: float, lat: float) -> list[int]:
    """Return the EPSG codes of the projected systems in which a place is likely to be written down.

    The CGCS2000 Gauss-Kruger zone of the place and its neighbours, 3 and 6 degrees wide, with and without the zone's
    number before the easting; the UTM zone and its neighbour; Web Mercator.

    >>> plausible_codes(125.4, 44.0)[:3], 32651 in plausible_codes(125.4, 44.0)
    ([4551, 4530, 4550], True)
    """
    middle, wide = central_meridian(lon, 3), central_meridian(lon, 6)
    zones = [(middle, 3), (middle - 3, 3), (middle + 3, 3), (wide, 6), (wide - 6, 6), (wide + 6, 6)]
    codes = [gauss_kruger_code(meridian, width, prefix=prefix) for meridian, width in zones for prefix in (False, True)]
    utm = int((lon + 180) // 6) + 1
    near = utm + (1 if (lon + 180) % 6 >= 3 else -1)
    codes += [(32600 if lat >= 0 else 32700) + zone for zone in (utm, near) if 1 <= zone <= 60]
    return [code for code in (*codes, WEB_MERCATOR) if code is not None]


def central_meridian(lon: float, width: int) -> int:
    """Return the central meridian of the 3-degree or 6-degree Gauss-Kruger zone that holds a longitude.

    >>> central_meridian(125.4, 3), central_meridian(125.4, 6)
    (126, 123)
    """
    return round(lon / 3) * 3 if width == 3 else int(lon // 6) * 6 + 3


def gauss_kruger_code(meridian: int, width: int, *, prefix: bool) -> int | None:
    """Return the EPSG code of a CGCS2000 Gauss-Kruger zone, None where there is none.

    >>> gauss_kruger_code(126, 3, prefix=False), gauss_kruger_code(126, 3, prefix=True)
    (4551, 4530)
    >>> gauss_kruger_code(123, 6, prefix=False), gauss_kruger_code(123, 6, prefix=True)
    (4510, 4499)
    """
    if not 75 <= meridian <= 135 or (width == 6 and meridian % 6 != 3):
        return None
    if width == 3:
        return (4513 if prefix else 4534) + (meridian - 75) // 3
    return (4491 if prefix else 4502) + (meridian - 75) // 6
