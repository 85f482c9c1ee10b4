"""Where a row says it is: degrees as text to arrays, and what makes a coordinate unusable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Rule
from parkatlas.normalize import quantities
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.text import given

Floats = npt.NDArray[np.float64]

TEXT = Rule(
    "normalize.coordinate-text",
    "warning",
    zh="“{value}”不是坐标",
    en="{value!r} is not a coordinate",
    hint_zh="请填写十进制度数，例如 125.3245；没有坐标则留空。",
    hint_en="Write decimal degrees such as 125.3245, or leave it empty where there is none.",
)
HALF = Rule(
    "normalize.half-coordinate",
    "warning",
    zh="只有经度或只有纬度",
    en="only one of longitude and latitude is given",
    hint_zh="请补全，或两个都留空。",
    hint_en="Give both or neither.",
)
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
    hint_zh="请把这一行的经度和纬度对调。",
    hint_en="Exchange the two in this row.",
)
RANGE = Rule(
    "normalize.coordinate-range",
    "warning",
    zh="{value} 超出经纬度范围",
    en="{value} is no longitude or latitude",
    hint_zh="经度在 -180 到 180 之间，纬度在 -90 到 90 之间；若为投影坐标（米），请在 [[registers]] 中写明 crs。",
    hint_en="Longitude lies within -180 and 180, latitude within -90 and 90; for metres say the crs in [[registers]].",
)


class Positions(NamedTuple):
    """Degrees in the list's own datum, NaN where a row has no usable position, and which rows gave one at all."""

    lon: Floats
    lat: Floats
    given: npt.NDArray[np.bool_]
    faults: list[Fault]


def from_two_columns(lon: pd.Series[str], lat: pd.Series[str]) -> Positions:
    """Return positions from a column of longitudes and one of latitudes, cleaned text cells in degrees."""
    x, y = quantities.parse(lon).values, quantities.parse(lat).values
    has_x, has_y = given(lon), given(lat)
    faults = []
    for values, has, cells in ((x, has_x, lon), (y, has_y, lat)):
        faults += fault(TEXT, str(cells.name), has & np.isnan(values), cells, rejects=True)
    faults += fault(HALF, str(lon.name), ~has_x & has_y, lon, rejects=True)
    faults += fault(HALF, str(lat.name), has_x & ~has_y, lat, rejects=True)
    faults += _unusable(x, y, lon, lat)
    bad = np.zeros(len(x), dtype=bool)
    for one in faults:
        bad[one.where] = True
    x[bad], y[bad] = np.nan, np.nan
    return Positions(x, y, has_x | has_y, faults)


def _unusable(x: Floats, y: Floats, lon: pd.Series[str], lat: pd.Series[str]) -> list[Fault]:
    with np.errstate(invalid="ignore"):
        zero = (x == 0) & (y == 0)
        swapped = (np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)
        far_x = np.abs(x) > 180
        far_y = (np.abs(y) > 90) & ~swapped
    faults = fault(ZERO, str(lon.name), zero, lon, rejects=True)
    faults += fault(SWAPPED, str(lat.name), swapped, lat, rejects=True)
    faults += fault(RANGE, str(lon.name), far_x, lon, rejects=True)
    return faults + fault(RANGE, str(lat.name), far_y, lat, rejects=True)
