"""What makes a coordinate unusable, what makes it doubtful, and where a usable one lies in WGS 84."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas import crs
from parkatlas.findings import Rule
from parkatlas.normalize.cells import Floats
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.grids import Grid, to_degrees
from parkatlas.normalize.written import Written

ZERO = Rule(
    "normalize.zero-coordinate",
    "warning",
    zh="坐标为 0，通常表示没有坐标",
    en="the coordinate is 0, which usually means that there is none",
    hint_zh="请填写真实坐标，没有则留空。",
    hint_en="Give the true position, or leave it empty.",
)
SWAPPED = Rule(
    "normalize.swapped-row",
    "warning",
    zh="经度与纬度写反了",
    en="longitude and latitude are the wrong way round",
    hint_zh="请对调经度和纬度；若整列如此，只需在 columns 中写明哪一列是 lon、哪一列是 lat。",
    hint_en="Exchange the two; where whole columns are, just say in columns which one is lon and which lat.",
)
RANGE = Rule(
    "normalize.coordinate-range",
    "warning",
    zh="“{value}”超出经纬度范围",
    en="{value} is no longitude or latitude",
    hint_zh="经度在 -180 到 180 之间，纬度在 -90 到 90 之间；若为投影坐标（米），请在 [[registers]] 中写明 crs。",
    hint_en="Longitude lies within -180 and 180, latitude within -90 and 90; for metres say the crs in [[registers]].",
)
OUT_OF_GRID = Rule(
    "normalize.outside-crs",
    "warning",
    zh="“{value}”不在坐标系 {crs} 的范围内",
    en="{value} lies outside the area of {crs}",
    hint_zh="请核对 crs：带号、是否带带号前缀、东西方向是否写反。",
    hint_en="Check crs: the zone, whether eastings carry its number, and which axis is which.",
)
ABROAD = Rule(
    "normalize.outside-china",
    "warning",
    zh="位于中国以外",
    en="lies outside China",
    hint_zh="请核对正负号、小数点与经纬度次序。",
    hint_en="Check signs, decimal points and the order of longitude and latitude.",
)
COARSE = Rule(
    "normalize.coarse-coordinate",
    "warning",
    zh="坐标只有两位小数或更少，误差可达 {metres} 米",
    en="the coordinates have two decimals or fewer and may be {metres} m off",
    hint_zh="请使用至少五位小数的坐标，或写明 location_quality 与 uncertainty_m。",
    hint_en="Give five decimals, or state location_quality and uncertainty_m.",
)
SAME_SPOT = Rule(
    "normalize.same-spot",
    "warning",
    zh="{n} 家企业都在这一点上，可能是地理编码的默认点",
    en="{n} enterprises lie on this very spot; a geocoder's fallback looks like this",
    hint_zh="若确为同一地址（如孵化器）可忽略；否则请补充准确坐标。",
    hint_en="Right for an incubator; otherwise give the true positions.",
)

CHINA = (73.0, 3.0, 136.0, 54.0)  # west, south, east, north
SPOT_ROWS, SPOT_SHARE, SPOTS_SHOWN = 5, 0.02, 5
_COARSE_M = 1100  # half a hundredth of a degree both ways is 0.7 km; written-off decimals twice that


_SPREAD = 0x1E3779B97F4A7C15  # an odd multiplier that spreads positions over drawers (Knuth)


class Positions(NamedTuple):
    """WGS 84 degrees, NaN where a row has no usable position, and what was found."""

    lon: Floats
    lat: Floats
    faults: list[Fault]


def place(written: Written, datum: crs.Datum, system: Grid | None, in_china: bool) -> Positions:
    """Return where rows are, and reject those whose coordinates cannot be used."""
    faults = written.faults + _unusable(written, system)
    lon, lat = to_degrees(written.x, written.y, system)
    x_name = str(written.x_cells.name)
    if system is not None:
        away = np.isfinite(written.x) & np.isfinite(written.y) & np.isnan(lon)
        faults += fault(OUT_OF_GRID, x_name, away, written.x_cells, rejects=True, crs=system.crs.to_string())
    for one in faults:
        if one.rejects:
            lon[one.where], lat[one.where] = np.nan, np.nan
    lon, lat = crs.to_wgs84(lon, lat, datum)
    return Positions(lon, lat, faults + _doubtful(written, lon, lat, in_china=in_china, degrees=system is None))


def spots(lon: Floats, lat: Floats) -> pd.DataFrame:
    """Return the positions that suspiciously many rows share: ``lon``, ``lat``, ``n`` and the ``first`` row's place.

    Suspicious are at least `SPOT_ROWS` rows that are at least `SPOT_SHARE` of all rows with a position.
    """
    ok = np.flatnonzero(np.isfinite(lon))
    least = max(SPOT_ROWS, int(np.ceil(SPOT_SHARE * len(ok))))
    # One number for each position; only positions in drawers that hold that many rows can be shared by as many.
    key = np.round(lon[ok] * 1e7).astype(np.int64) * 4_000_000_000 + np.round(lat[ok] * 1e7).astype(np.int64)
    drawer = (key * _SPREAD >> 48) & 0xFFFF
    ordered = np.sort(key[np.bincount(drawer, minlength=1 << 16)[drawer] >= least])
    often = np.unique(ordered[least - 1 :][ordered[least - 1 :] == ordered[: max(len(ordered) - least + 1, 0)]])
    if not len(often):
        return pd.DataFrame({"lon": [], "lat": [], "n": [], "first": []})
    many = ok[np.isin(key, often)]
    table = pd.DataFrame({"lon": lon[many], "lat": lat[many], "first": many})
    table = table.groupby(["lon", "lat"], sort=False, as_index=False).agg(n=("first", "size"), first=("first", "min"))
    return table.sort_values(["n", "first"], ascending=[False, True], ignore_index=True)


def _unusable(written: Written, system: Grid | None) -> list[Fault]:
    x, y = written.x, written.y
    x_cells, y_cells = written.x_cells, written.y_cells
    zero = (x == 0) & (y == 0)
    faults = fault(ZERO, str(x_cells.name), zero, x_cells, rejects=True)
    if system is not None and system.metric:
        return faults
    with np.errstate(invalid="ignore"):
        swapped = written.swapped | ((np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90))
        far_x = (np.abs(x) > 180) & ~written.swapped
        far_y = (np.abs(y) > 90) & ~swapped & ~far_x
    faults += fault(SWAPPED, str(y_cells.name), swapped, y_cells, rejects=True)
    faults += fault(RANGE, str(x_cells.name), far_x, x_cells, rejects=True)
    return faults + fault(RANGE, str(y_cells.name), far_y, y_cells, rejects=True)


def _doubtful(written: Written, lon: Floats, lat: Floats, *, in_china: bool, degrees: bool) -> list[Fault]:
    faults: list[Fault] = []
    name, cells = str(written.x_cells.name), written.x_cells
    west, south, east, north = CHINA
    with np.errstate(invalid="ignore"):
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    if in_china:
        faults += fault(ABROAD, name, ~inside & np.isfinite(lon), cells, lon=lon, lat=lat)
    if degrees:
        ok = np.isfinite(lon)
        coarse = ok & _two_decimals(written.x) & _two_decimals(written.y)
        faults += fault(COARSE, name, coarse, cells, metres=_COARSE_M)
    return faults


def _two_decimals(values: Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(values * 100 - np.round(values * 100)) < 1e-9, dtype=bool)
