"""Which columns say where a row is, in which of many forms, and two numbers a row out of them.

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
from parkatlas.normalize import quantities
from parkatlas.normalize.angles import LAT, LON, parse_angles, split_pairs
from parkatlas.normalize.cells import Floats, given
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.grids import NORTH_FIRST, Grid, north_first
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
HALF_COLUMNS = Rule(
    "normalize.half-columns",
    "error",
    zh="认出了坐标列“{header}”，但没有与之成对的{other}列",
    en="column {header!r} is half of a coordinate, and no column was recognised as {other}",
    hint_zh='请在 columns 下写明 {other} = "…"。表头：{headers}。',
    hint_en='Say under columns {other} = "...". The headers: {headers}.',
)
CONTRADICTION = Rule(
    "normalize.two-places",
    "error",
    zh="“{first}”与“{second}”两处坐标不一致（{n} 行），不知以哪一处为准",
    en="{first!r} and {second!r} give different places ({n} rows)",
    hint_zh="请在 columns 中只写明其中一处。",
    hint_en="Name the one to use in columns.",
)
EMPTY_WORD = Rule(
    "normalize.no-coordinate",
    "info",
    zh="“{value}”按没有坐标处理（{n} 行）",
    en="{value!r} was taken for no coordinate ({n} rows)",
)

TWO = (("lon", "lat"), ("x", "y"), ("east", "north"))
ONE = ("lonlat", "latlon", "position", "wkt")
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


def read_places(work: Work, system: Grid | None) -> Written | None:
    """Return the numbers that the list gives for places, None where no column holds any.

    A list may say it twice, as a feature layer with longitude and latitude among its attributes does; then the sources
    must agree wherever both speak, and the first that has a value is used.

    Raises
    ------
    InputError
        Where a column stands without its partner, the order within one column cannot be told, or sources disagree.
    """
    explicit = set(work.register.columns)
    named = {ours for names in (*TWO, *((one,) for one in ONE)) if explicit & set(names) for ours in names}
    have = [ours for ours in work.columns.columns if not named or ours in named or work.is_point(ours)]
    refusals, found = [], []
    for pair in TWO:
        both = [ours for ours in pair if ours in have]
        if len(both) == 2:
            found.append(_from_two(work, pair, system))
        elif both:
            header, other = work.columns.columns[both[0]], pair[1 - pair.index(both[0])]
            headers = ", ".join(map(str, work.raw.frame.columns))
            refusals.append(HALF_COLUMNS.at(**work.place(header), header=header, other=other, headers=headers))
    if refusals:
        raise InputError(*refusals)
    found += [_from_one(work, ours, system) for ours in ONE if ours in have]
    for one in found:
        _tell_words(work, one)
    return _agreed(work, found) if found else None


def _from_two(work: Work, pair: tuple[str, str], system: Grid | None) -> Written:
    x_cells, y_cells = work.cells(pair[0]), work.cells(pair[1])
    plain = work.numbers(pair[0]), work.numbers(pair[1])
    return _numbers(work, x_cells, y_cells, system, plain, free=pair == ("x", "y"))


def _numbers(
    work: Work,
    x_cells: pd.Series[str],
    y_cells: pd.Series[str],
    system: Grid | None,
    plain: tuple[Floats | None, Floats | None] = (None, None),
    *,
    free: bool,
) -> Written:
    swapped = np.zeros(len(x_cells), dtype=bool)
    if system is not None and system.metric:
        metres = {"m": 1.0, "米": 1.0}
        x = quantities.parse(x_cells, metres, plain=plain[0]).values
        y = quantities.parse(y_cells, metres, plain=plain[1]).values
        if free and north_first(x, y, system):
            work.findings.append(NORTH_FIRST.at(**work.place(None), x=x_cells.name, y=y_cells.name))
            x, y, x_cells, y_cells = y, x, y_cells, x_cells
    else:
        (x, x_axis), (y, y_axis) = parse_angles(x_cells, plain[0]), parse_angles(y_cells, plain[1])
        swapped = (x_axis == LAT) | (y_axis == LON)
    has_x, has_y = given(x_cells), given(y_cells)
    faults = _no_numbers(x_cells, has_x & np.isnan(x)) + _no_numbers(y_cells, has_y & np.isnan(y))
    faults += fault(HALF, str(x_cells.name), ~has_x & has_y, x_cells, rejects=True)
    faults += fault(HALF, str(y_cells.name), has_x & ~has_y, y_cells, rejects=True)
    return Written(x, y, has_x | has_y, x_cells, y_cells, swapped, faults)


def _no_numbers(cells: pd.Series[str], wrong: npt.NDArray[np.bool_]) -> list[Fault]:
    commas = quantities.decimal_commas(cells, wrong)
    faults = fault(TEXT, str(cells.name), wrong & ~commas, cells, rejects=True)
    return faults + fault(quantities.DECIMAL_COMMA, str(cells.name), commas, cells, rejects=True)


def _from_one(work: Work, ours: str, system: Grid | None) -> Written:
    cells = work.cells(ours)
    if ours == "wkt":
        return _shapes(cells, work.register.crs)
    first, second = split_pairs(cells)
    unreadable = given(cells) & ~given(first)
    if ours == "latlon":
        first, second = second, first
    out = _numbers(work, first, second, system, free=ours == "position")
    faults = fault(TEXT, str(cells.name), unreadable, cells, rejects=True)
    faults += [one for one in out.faults if one.rule is not HALF]
    out = out._replace(given=given(cells), x_cells=cells, y_cells=cells, faults=faults)
    if ours != "position" or (system is not None and system.metric):
        return out
    if _latitude_first(work, out):
        return out._replace(x=out.y, y=out.x, swapped=np.zeros_like(out.swapped))
    return out


def _latitude_first(work: Work, pairs: Written) -> bool:
    """Return whether a column of pairs puts latitude first; the rows that leave no choice decide, most of them."""
    with np.errstate(invalid="ignore"):
        first, second = np.abs(pairs.x) > 90, np.abs(pairs.y) > 90
    as_lon = int((first & ~second).sum())
    as_lat = int((second & ~first).sum()) + int(pairs.swapped.sum())
    if as_lon == as_lat == 0 and not np.isfinite(pairs.x).any():
        return False
    if max(as_lon, as_lat) < 9 * min(as_lon, as_lat) or as_lon == as_lat:
        header = str(pairs.x_cells.name)
        raise InputError(ORDER.at(**work.place(header), header=header))
    return as_lat > as_lon


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


def _agreed(work: Work, found: list[Written]) -> Written:
    out = found[0]
    for one in found[1:]:
        near = 1.0 if np.nanmax(np.abs(np.r_[out.x, 0.0])) > 360 else 1e-5  # a metre
        with np.errstate(invalid="ignore"):
            apart = (np.abs(out.x - one.x) > near) | (np.abs(out.y - one.y) > near)
        if apart.any():
            first, second = str(out.x_cells.name), str(one.x_cells.name)
            at = work.place(second) | {"row": work.row(np.flatnonzero(apart)[0])}
            raise InputError(CONTRADICTION.at(**at, first=first, second=second, n=int(apart.sum())))
        out = _filled(out, one)
    return out


def _filled(out: Written, more: Written) -> Written:
    use = ~out.given & more.given
    faults = out.faults + [part for one in more.faults if (part := one.within(use)) is not None]
    return Written(
        np.where(use, more.x, out.x),
        np.where(use, more.y, out.y),
        out.given | more.given,
        out.x_cells.where(~use, more.x_cells),
        out.y_cells.where(~use, more.y_cells),
        np.where(use, more.swapped, out.swapped),
        faults,
    )


def _tell_words(work: Work, one: Written) -> None:
    """Say which words were taken for an empty coordinate."""
    for header in dict.fromkeys((str(one.x_cells.name), str(one.y_cells.name))):
        if given(work.cleaned(header)).all():
            continue
        cells = work.raw.frame[header]
        gone = (cells.notna() & (cells.str.strip() != "")).to_numpy(dtype=bool) & ~given(work.cleaned(header))
        if gone.any():
            work.tally(EMPTY_WORD, gone, cells)
