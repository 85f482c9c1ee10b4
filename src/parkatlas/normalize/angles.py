"""Degrees as people write them: decimal, with letters, in degrees, minutes and seconds, two in one cell."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.normalize.cells import Floats, Mask, plain_numbers
from parkatlas.normalize.text import NARROW

_SIDES = {"东经": "e", "西经": "w", "北纬": "n", "南纬": "s", "东": "e", "西": "w", "北": "n", "南": "s"}
_SIDE = r"(?:东经|西经|北纬|南纬|[东西南北nsew])"
# An s is the mark of seconds where minutes have an m, else the south.
_DEGREES = re.compile(
    rf"""(?P<head>{_SIDE})?[:\s]*(?P<sign>[-+\u2212])?\s*(?P<d>\d{{1,3}}(?:\.\d+)?)\s*
        (?:(?:°|º|˚|度|deg|d|:|\s)\s*
           (?:(?P<m>\d{{1,2}}(?:\.\d+)?)\s*(?:'|′|’|‘|分|(?P<letter>m(?:in)?)|:|\s)?\s*
              (?:(?P<s>\d{{1,2}}(?:\.\d+)?)\s*(?:"|″|”|“|''|′′|’’|秒|(?(letter)(?<=\d)s(?:ec)?|秒))?\s*)?)?)?
        (?P<tail>{_SIDE})?""",
    re.VERBOSE,
)
_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]*)?"
_TWO_NUMBERS = rf"^\s*[(\[（【]?\s*({_NUMBER})\s*[,，;；、/|\s]\s*({_NUMBER})\s*[)\]）】]?\s*$"
# "经度:126.0", "lng=126.0", as the side that the word stands for; "POINT (126.0 43.9)" has longitude first.
_AXES = (
    (re.compile(r"(?:经度|longitude|long|lng|lon)\s*[:=]?\s*(?=[-+\d])"), "东经"),
    (re.compile(r"(?:纬度|latitude|lat)\s*[:=]?\s*(?=[-+\d])"), "北纬"),
)
_POINT = re.compile(rf"point\s*z?\s*\(\s*({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER})?\s*\)")
_TWO_SIDES = re.compile(rf"({_SIDE}.+?)[,;\s]*({_SIDE}\s*\d.*)|(.+?{_SIDE})[,;\s]*(\d.*?{_SIDE})")


NEITHER, LON, LAT = 0, 1, 2


class Angles(NamedTuple):
    """Degrees, NaN where there is no angle, and the axis that a letter in the cell names: `LON`, `LAT` or `NEITHER`."""

    values: Floats
    axis: npt.NDArray[np.int8]


def parse_angles(cells: pd.Series[str], plain: Floats | None = None) -> Angles:
    """Return the angles in text cells; decimal degrees in one array conversion, the rest by distinct value.

    ``plain`` is what `cells.plain_numbers` gives for the cells, where it is known already.

    Examples
    --------
    >>> angles = parse_angles(pd.Series(["125.5", "125°30′E", "北纬43度30分", "43:30:00", "12x"], dtype="str"))
    >>> angles.values.tolist(), angles.axis.tolist()
    ([125.5, 125.5, 43.5, 43.5, nan], [0, 1, 2, 0, 0])
    """
    values = plain_numbers(cells) if plain is None else plain.copy()
    axis = np.zeros(len(values), dtype=np.int8)
    left = np.isnan(values) & cells.notna().to_numpy(dtype=bool)
    if left.any():
        codes, uniques = pd.factorize(cells[left])
        read = [read_angle(str(value)) for value in uniques]
        values[left] = np.array([degrees for degrees, _ in read])[codes]
        axis[left] = np.array([side for _, side in read], dtype=np.int8)[codes]
    return Angles(values, axis)


def read_angle(text: str) -> tuple[float, int]:
    r"""Return one cell's degrees (NaN where it is no angle) and the axis that its letter names.

    >>> read_angle("125°30'36\"E"), read_angle("43 70 00"), read_angle("43d30m36s"), read_angle("43 30 36 S")
    ((125.51, 1), (nan, 0), (43.51, 0), (-43.51, 2))
    """
    match = _DEGREES.fullmatch(text.translate(NARROW).strip().casefold())
    if match is None or (match["head"] and match["tail"]):
        return np.nan, NEITHER
    degrees, minutes, seconds = (float(match[part] or 0) for part in ("d", "m", "s"))
    broken = (match["m"] and "." in match["d"]) or (match["s"] and "." in match["m"])  # a fraction and yet more below
    if broken or minutes >= 60 or seconds >= 60:
        return np.nan, NEITHER
    written = match["head"] or match["tail"] or ""
    side = _SIDES.get(written, written)
    value = degrees + minutes / 60 + seconds / 3600
    negative = (side in ("s", "w")) != bool(match["sign"] in ("-", "\u2212"))
    return -value if negative else value, {"e": LON, "w": LON, "n": LAT, "s": LAT}.get(side, NEITHER)


class Pairs(NamedTuple):
    """The two parts of each cell, both missing where it has not two, and which cells are not just two numbers."""

    first: pd.Series[str]
    second: pd.Series[str]
    odd: Mask


def split_pairs(cells: pd.Series[str]) -> Pairs:
    """Return the two parts of cells that hold two coordinates; both missing where a cell does not.

    Examples
    --------
    >>> pairs = split_pairs(pd.Series(["125.3,43.9", "(43.9 125.3)", "N43°53′ E125°19′", "125.3"], dtype="str"))
    >>> pairs.first.to_list(), pairs.second.to_list(), pairs.odd.tolist()
    (['125.3', '43.9', 'n43°53′', nan], ['43.9', '125.3', 'e125°19′', nan], [False, False, True, True])
    """
    parts = cells.str.extract(_TWO_NUMBERS)
    left = (parts[0].isna() & cells.notna()).to_numpy(dtype=bool)
    if left.any():
        codes, uniques = pd.factorize(cells[left])
        split = [split_pair(str(value)) for value in uniques]
        for column in (0, 1):
            parts.loc[left, column] = pd.array([pair[column] for pair in split], dtype="str")[codes]
    return Pairs(parts[0].rename(cells.name), parts[1].rename(cells.name), left)


def split_pair(text: str) -> tuple[str, str] | tuple[None, None]:
    """Return the two parts of one cell, or two None.

    >>> split_pair("经度:126.0，纬度:43.9"), split_pair("POINT (126 43.9)")
    (('东经126.0', '北纬43.9'), ('东经126', '北纬43.9'))
    """
    narrow = text.translate(NARROW).strip().casefold()
    if (point := _POINT.fullmatch(narrow)) is not None:
        return f"东经{point[1]}", f"北纬{point[2]}"
    plain = narrow.strip("()[]【】{}")
    for words, side in _AXES:
        plain = words.sub(side, plain)
    for separator in (",", ";", "、", "|", "/", "\t"):
        parts = [part.strip() for part in plain.split(separator)]
        if len(parts) == 2 and all(any(char.isdigit() for char in part) for part in parts):
            return parts[0], parts[1]
    match = _TWO_SIDES.fullmatch(plain)
    if match is not None:
        first, second = (match[1], match[2]) if match[1] else (match[3], match[4])
        return first.strip(), second.strip()
    return None, None
