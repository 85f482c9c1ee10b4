"""Two numbers a row out of what a list writes for places: in two columns, in one, or as a shape.

Nothing is converted here: the numbers are the list's own, the first east or longitude, the second north or latitude.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.errors import InputError
from parkatlas.findings import Rule
from parkatlas.normalize import quantities, units
from parkatlas.normalize.angles import LAT, LON, NEITHER, Angles, Pairs, parse_angles, split_pairs
from parkatlas.normalize.cells import Floats, Mask, given, plain_numbers
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.grids import NORTH_FIRST, Grid, north_first
from parkatlas.normalize.text import WIDE
from parkatlas.normalize.work import Work

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
SHAPE = Rule(
    "normalize.shape-for-a-point",
    "warning",
    zh="位置是一个{kind}，取了其内部一点",
    en="the place is a {kind}; a point within it was taken",
    hint_zh="如有准确位置，请改为点。",
    hint_en="Give a point where it is known.",
)
OTHER_SRID = Rule(
    "normalize.other-srid",
    "warning",
    zh="坐标系为 {srid}，与名录声明的不同",
    en="the coordinates are in {srid}, which the register does not declare",
    hint_zh='请在 [[registers]] 中写明 crs = "{srid}"。',
    hint_en='Say crs = "{srid}" in [[registers]].',
)
ORDER = Rule(
    "normalize.pair-order-unknown",
    "error",
    zh="无法判断“{header}”列是“经度,纬度”还是“纬度,经度”",
    en="cannot tell whether column {header!r} holds longitude, latitude or latitude, longitude",
    hint_zh='请在 columns 下写明 lonlat = "{header}" 或 latlon = "{header}"。',
    hint_en='Say under columns lonlat = "{header}" or latlon = "{header}".',
)
NOTATION = Rule(
    "normalize.coordinate-notation",
    "info",
    zh="{n} 个坐标写成度分秒或带有文字，已换算为度，例如 “{value}” 读作 {read}",
    en="{n} coordinates in degrees, minutes and seconds or with words were read as degrees, {value!r} as {read}",
)
TIDIED = Rule(
    "normalize.coordinate-tidied",
    "info",
    zh="坐标“{value}”读作 {read}",
    en="the coordinate {value!r} was read as {read}",
    mends=True,
)
LATITUDE_FIRST = Rule(
    "normalize.latitude-first",
    "info",
    zh="“{header}”列有 {n} 行按“纬度,经度”读取，例如 “{value}”",
    en="{n} rows of column {header!r} were read latitude first, {value!r} for one",
)

_SRID = re.compile(r"^\s*SRID\s*=\s*(\d+)\s*;\s*", re.IGNORECASE)


class Written(NamedTuple):
    """Two numbers a row as the list has them, NaN where there are none, and which rows say anything at all.

    ``x_cells`` and ``y_cells`` are the text they came from, for the messages.
    """

    x: Floats
    y: Floats
    given: npt.NDArray[np.bool_]
    x_cells: pd.Series[str]
    y_cells: pd.Series[str]
    swapped: npt.NDArray[np.bool_]
    faults: list[Fault]


def from_two(work: Work, pair: tuple[str, str], system: Grid | None) -> Written:
    """Return the numbers of two columns, one for each axis."""
    x_cells, y_cells = work.cells(pair[0]), work.cells(pair[1])
    plain = work.numbers(pair[0]), work.numbers(pair[1])
    if _in_metres(system):
        x, y = (_metres(work, cells, known) for cells, known in zip((x_cells, y_cells), plain, strict=True))
        if pair == ("x", "y") and north_first(x, y, system):
            _tell_north(work, x_cells, y_cells)
            x, y, x_cells, y_cells = y, x, y_cells, x_cells
        swapped = np.zeros(len(x), dtype=bool)
    else:
        x, x_axis = _angles(work, x_cells, plain[0])
        y, y_axis = _angles(work, y_cells, plain[1])
        swapped = (x_axis == LAT) | (y_axis == LON)
    has_x, has_y = given(x_cells), given(y_cells)
    faults = _no_numbers(x_cells, has_x & np.isnan(x)) + _no_numbers(y_cells, has_y & np.isnan(y))
    faults += fault(HALF, str(x_cells.name), ~has_x & has_y, x_cells, rejects=True)
    faults += fault(HALF, str(y_cells.name), has_x & ~has_y, y_cells, rejects=True)
    return Written(x, y, has_x | has_y, x_cells, y_cells, swapped, faults)


def from_one(work: Work, ours: str, system: Grid | None) -> Written:
    """Return the numbers of one column that holds both."""
    cells = work.cells(ours)
    if ours == "wkt":
        return _shapes(cells, work.register.crs)
    pairs = split_pairs(cells)
    if ours == "latlon":
        pairs = pairs._replace(first=pairs.second, second=pairs.first)
    x, y = _two_metres(work, ours, pairs, system) if _in_metres(system) else _two_angles(work, ours, pairs)
    filled = given(cells)
    wrong = filled & (np.isnan(x) | np.isnan(y))
    commas = quantities.decimal_commas(pairs.first, wrong) | quantities.decimal_commas(pairs.second, wrong)
    faults = fault(TEXT, str(cells.name), wrong & ~commas, cells, rejects=True)
    faults += fault(quantities.DECIMAL_COMMA, str(cells.name), commas, cells, rejects=True)
    return Written(x, y, filled, cells, cells, np.zeros(len(x), dtype=bool), faults)


def _in_metres(system: Grid | None) -> bool:
    return system is not None and system.metric


def _angles(work: Work, cells: pd.Series[str], plain: Floats | None) -> Angles:
    if plain is not None:
        return parse_angles(cells, plain)
    numbers = plain_numbers(cells)
    found = parse_angles(cells, numbers)
    _tell_notation(work, cells, np.isnan(numbers), found.values)
    return found


def _metres(work: Work, cells: pd.Series[str], plain: Floats | None) -> Floats:
    """Return lengths in metres, by the unit of the cell or of the header."""
    worth = units.metres(str(cells.name)).worth or 1.0
    values, verdict = quantities.parse(cells, units.METRES, worth, plain)
    read = (verdict != quantities.PLAIN) & np.isfinite(values)
    if read.any():
        work.note(TIDIED, read, cells, read=_shown(values))
    return values


def _two_metres(work: Work, ours: str, pairs: Pairs, system: Grid | None) -> tuple[Floats, Floats]:
    x, y = _metres(work, pairs.first, None), _metres(work, pairs.second, None)
    if ours == "position" and north_first(x, y, system):
        _tell_north(work, pairs.first, pairs.second)
        return y, x
    return x, y


def _tell_north(work: Work, x_cells: pd.Series[str], y_cells: pd.Series[str]) -> None:
    work.findings.append(NORTH_FIRST.at(**work.place(None), x=x_cells.name, y=y_cells.name))


def _two_angles(work: Work, ours: str, pairs: Pairs) -> tuple[Floats, Floats]:
    """Return longitude and latitude: by the letters of a cell where it has them, else in the order of the column."""
    cells = work.cells(ours)
    (x, x_axis), (y, y_axis) = parse_angles(pairs.first), parse_angles(pairs.second)
    same = (x_axis == y_axis) & (x_axis != NEITHER)  # "N43.9 N126.0"
    x[same], y[same] = np.nan, np.nan
    named, turned = (x_axis != NEITHER) | (y_axis != NEITHER), (x_axis == LAT) | (y_axis == LON)
    if ours == "position" and _latitude_first(work, x, y, ~named, cells):
        turned = np.where(named, turned, True)
    x, y = np.where(turned, y, x), np.where(turned, x, y)
    first = turned if ours != "latlon" else named & ~turned  # of which the header has not said it already
    first &= np.isfinite(x) & np.isfinite(y)
    if first.any() and ours != "latlon":
        at = int(np.argmax(first))
        place = {**work.place(str(cells.name)), "row": work.row(at), "value": cells.iloc[at]}
        work.findings.append(LATITUDE_FIRST.at(**place, header=cells.name, n=int(first.sum())))
    _tell_notation(work, cells, pairs.odd, x, y)
    return x, y


def _tell_notation(work: Work, cells: pd.Series[str], odd: Mask, *read: Floats) -> None:
    """Say how cells that are no plain numbers were read; those with wide characters were mended."""
    odd = odd & given(cells) & np.isfinite(sum(read))
    if not odd.any():
        return
    at = np.flatnonzero(odd)
    wide = np.zeros(len(cells), dtype=bool)
    wide[at] = cells.iloc[at].str.contains(WIDE, regex=True).to_numpy(dtype=bool)
    work.note(TIDIED, wide, cells, read=_shown(*read, where=wide))
    if (odd & ~wide).any():
        first = int(np.argmax(odd & ~wide))
        words = ", ".join(f"{values[first]:.6f}" for values in read)
        place = {**work.place(str(cells.name)), "row": work.row(first), "value": cells.iloc[first]}
        work.findings.append(NOTATION.at(**place, n=int((odd & ~wide).sum()), read=words))


def _shown(*read: Floats, where: Mask | None = None) -> npt.NDArray[np.object_]:
    """Return numbers as a message shows them, of the rows in the mask."""
    out = np.full(len(read[0]), None, dtype=object)
    for at in np.flatnonzero(np.isfinite(read[0]) if where is None else where):
        out[at] = ", ".join(f"{values[at]:.12g}" for values in read)
    return out


def _latitude_first(work: Work, x: Floats, y: Floats, some: Mask, cells: pd.Series[str]) -> bool:
    """Return whether a column of pairs puts latitude first; the rows that leave no choice decide, most of them.

    Asked are only some rows: those whose letters do not say it.
    """
    with np.errstate(invalid="ignore"):
        first, second = some & (np.abs(x) > 90), some & (np.abs(y) > 90)
    as_lon, as_lat = int((first & ~second).sum()), int((second & ~first).sum())
    if not (some & np.isfinite(x)).any():
        return False
    if max(as_lon, as_lat) < 9 * min(as_lon, as_lat) or as_lon == as_lat:
        raise InputError(ORDER.at(**work.place(str(cells.name)), header=str(cells.name)))
    return as_lat > as_lon


def _no_numbers(cells: pd.Series[str], wrong: npt.NDArray[np.bool_]) -> list[Fault]:
    commas = quantities.decimal_commas(cells, wrong)
    faults = fault(TEXT, str(cells.name), wrong & ~commas, cells, rejects=True)
    return faults + fault(quantities.DECIMAL_COMMA, str(cells.name), commas, cells, rejects=True)


def _shapes(cells: pd.Series[str], declared: str | None) -> Written:
    srid = cells.str.extract(_SRID.pattern, flags=re.IGNORECASE)[0]
    texts = cells.str.replace(_SRID, "", regex=True).to_numpy(dtype=object, na_value=None)
    shapes = shapely.from_wkt(texts, on_invalid="ignore")
    for read in (shapely.from_wkb, shapely.from_geojson):
        left = np.array([shape is None for shape in shapes]) & given(cells)
        if left.any():
            shapes[left] = read(texts[left].astype(str), on_invalid="ignore")
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    broken = given(cells) & empty
    other = given(srid) & ~srid.isin(["4326", "4490", *re.findall(r"\d+", declared or "")]).to_numpy(dtype=bool)
    wide = ~empty & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    kinds = np.array([None if shape is None else shape.geom_type for shape in shapes], dtype=object)
    points = shapes.copy()
    points[empty] = None
    points[wide] = shapely.point_on_surface(shapes[wide])
    x, y = shapely.get_x(points), shapely.get_y(points)
    x[other], y[other] = np.nan, np.nan
    header = str(cells.name)
    faults = fault(TEXT, header, broken | (given(cells) & ~empty & ~np.isfinite(x + y) & ~other), cells, rejects=True)
    faults += fault(OTHER_SRID, header, other, cells, rejects=True, srid=("EPSG:" + srid).to_numpy(dtype=object))
    faults += fault(SHAPE, header, wide & ~other, cells, kind=kinds)
    return Written(x, y, given(cells), cells, cells, np.zeros(len(x), dtype=bool), faults)
