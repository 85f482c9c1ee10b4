"""Numbers as people write them: separators, full-width digits, units in the cell, words for "about".

Plain numbers go through one array conversion; only what that leaves over is looked at as text, one distinct value at a
time. What is not clearly one number is not guessed: it becomes missing, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Rule
from parkatlas.normalize.cells import Floats, Mask, plain_numbers
from parkatlas.normalize.text import NARROW

PLAIN, REWRITTEN, ABOUT, UNUSABLE = range(4)

DECIMAL_COMMA = Rule(
    "normalize.decimal-comma",
    "warning",
    zh="“{value}”里的逗号没有当作小数点：逗号只读作千位分隔符，所以这里没有取到数",
    en="the comma in {value!r} was not taken for a decimal point: commas only part thousands, so no number was read",
    hint_zh="若逗号就是小数点，请把整列的“,”替换为“.”，例如 125.35，然后重新导出。",
    hint_en="If it is the decimal point, replace it by a point in the whole column, as in 125.35, and export again.",
)

# Units of money in yuan. A header's or a cell's unit; what they are called in lists.
YUAN = {
    "元": 1.0, "人民币": 1.0, "人民币元": 1.0, "rmb": 1.0, "cny": 1.0, "yuan": 1.0,
    "千元": 1e3, "k": 1e3,
    "万": 1e4, "万元": 1e4, "万元人民币": 1e4, "人民币万元": 1e4, "万人民币": 1e4, "cny10k": 1e4, "w": 1e4,
    "百万": 1e6, "百万元": 1e6, "m": 1e6, "million": 1e6, "cnymillion": 1e6, "rmbmillion": 1e6,
    "千万": 1e7, "千万元": 1e7,
    "亿": 1e8, "亿元": 1e8, "亿元人民币": 1e8, "人民币亿元": 1e8, "cny100m": 1e8,
    "billion": 1e9, "十亿": 1e9, "十亿元": 1e9, "cnybillion": 1e9, "rmbbillion": 1e9,
    "万亿": 1e12, "万亿元": 1e12,
}  # fmt: skip
PERSONS = {
    "人": 1.0, "名": 1.0, "个": 1.0, "位": 1.0, "persons": 1.0, "people": 1.0, "employees": 1.0, "百人": 100.0,
    "千人": 1e3, "万人": 1e4,
}  # fmt: skip
SCALES = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "thousands": 1e3, "'000": 1e3, "'000s": 1e3, "000": 1e3, "000s": 1e3,
    "1,000": 1e3, "1000": 1e3, "hundred": 1e2, "hundreds": 1e2,
    "10k": 1e4, "10,000": 1e4, "10000": 1e4, "tenthousand": 1e4, "wan": 1e4,
    "m": 1e6, "mn": 1e6, "mln": 1e6, "mil": 1e6, "mio": 1e6, "mm": 1e6, "million": 1e6, "millions": 1e6,
    "'000000": 1e6, "10m": 1e7, "10million": 1e7,
    "100m": 1e8, "100million": 1e8, "hundredmillion": 1e8, "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9,
    "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9, "百亿": 1e10,
}  # fmt: skip
_YUAN = r"(?:cny|rmb|¥|yuan|renminbi|人民币)"
_SCALE = "|".join(sorted(map(re.escape, SCALES), key=len, reverse=True))
_MONEY = re.compile(rf"{_YUAN}?(?:in|of|x|×)?(?P<scale>{_SCALE})(?:of)?元?{_YUAN}?")

_NUMBER = re.compile(
    r"""(?P<about>约|大约|近|超过|超|逾|不少于|不低于|≥|>=|>|＞|~|≈|ca\.?|about|over)?
        (?P<sign>[-+\u2212]?)(?:¥|￥|rmb|cny)?
        (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)
        (?P<more>余|多|\+|左右|以上)?
        (?P<unit>[a-z\u4e00-\u9fff][a-z0-9\u4e00-\u9fff]*)?
        (?P<after>左右|以上|\+)?""",
    re.VERBOSE,
)
_DECIMAL_COMMA = r"[^\d,，]*\d+(?:\.\d{3})*[,，]\d+[^\d,，]*"
_GROUPED = r"[^\d,，.]*\d{1,3}[,，]\d{3}[^\d,，.]*"
_BLANKS = re.compile(r"\d\s+(?!\d{3}(?!\d))\d|\d{4,}\s+\d|\.\d*\s+\d")


def yuan_of(unit: str) -> float | None:
    """Return what a unit of money, as `text.fold` gives it, is worth in yuan; None where it is no unit of yuan.

    >>> yuan_of("亿元"), yuan_of("rmbmillion"), yuan_of("cny10k"), yuan_of("¥m"), yuan_of("usdmillion")
    (100000000.0, 1000000.0, 10000.0, 1000000.0, None)
    """
    if unit in YUAN:
        return YUAN[unit]
    match = _MONEY.fullmatch(unit)
    return SCALES[match["scale"]] if match and unit else None


class Parsed(NamedTuple):
    """Numbers on the cells' own rows, in the unit asked for, and what was noticed of each cell.

    ``verdict`` is `PLAIN` for a plain number or an empty cell, `REWRITTEN` or `ABOUT` for a number that had to be read
    out of text, `UNUSABLE` for a cell that is not one number.
    """

    values: Floats
    verdict: npt.NDArray[np.int8]


def parse(
    cells: pd.Series[str],
    units: Mapping[str, float] | None = None,
    factor: float = 1.0,
    plain: Floats | None = None,
) -> Parsed:
    """Return the numbers in text cells.

    Parameters
    ----------
    cells : Series of str
        As `text.clean` gives them: missing where nothing is written.
    units : dict
        Units that may follow a number in its cell, with their value in the base unit.
    factor : float
        The value of a number without a unit of its own, in the base unit.
    plain : ndarray of float, optional
        What `cells.plain_numbers` gives for the cells, where it is known already.

    Returns
    -------
    Parsed
        In the base unit. Infinite numbers are not numbers here.

    Examples
    --------
    >>> parse(pd.Series(["1,234", "１２", "3.5亿元", "约200", "1-2", "abc"], dtype="str"), YUAN, 1e4).values.tolist()
    [12340000.0, 120000.0, 350000000.0, 2000000.0, nan, nan]
    """
    values = (plain_numbers(cells) if plain is None else plain) * factor
    verdict = np.zeros(len(values), dtype=np.int8)
    left = np.isnan(values) & cells.notna().to_numpy(dtype=bool)
    if left.any():
        codes, uniques = pd.factorize(cells[left])
        read = [read_number(str(value), units or {}, factor) for value in uniques]
        values[left] = np.array([number for number, _ in read])[codes]
        verdict[left] = np.array([said for _, said in read], dtype=np.int8)[codes]
    return Parsed(values, verdict)


def decimal_commas(cells: pd.Series[str], unusable: Mask) -> Mask:
    """Return which of the cells that are not one number seem to have a comma for a decimal point.

    >>> decimal_commas(pd.Series(["125,35", "1,2,3", "abc"], dtype="str"), np.ones(3, dtype=bool)).tolist()
    [True, False, False]
    """
    return _matching(cells, unusable, _DECIMAL_COMMA)


def doubtful_thousands(cells: pd.Series[str], read: Mask, commas: Mask) -> Mask:
    """Return which numbers with one comma, three digits behind it, stand in a column of decimal commas.

    They may be fractions. ``read`` are cells read out of text, ``commas`` what `decimal_commas` gives; where these are
    as many as the others the column is one of decimal commas.
    """
    grouped = _matching(cells, read, _GROUPED) if commas.any() else np.zeros(len(cells), dtype=bool)
    return grouped if grouped.sum() <= commas.sum() else np.zeros(len(cells), dtype=bool)


def _matching(cells: pd.Series[str], mask: Mask, pattern: str) -> Mask:
    out, at = np.zeros(len(cells), dtype=bool), np.flatnonzero(mask)
    if len(at):
        out[at] = cells.iloc[at].str.fullmatch(pattern).to_numpy(dtype=bool)
    return out


def read_number(text: str, units: Mapping[str, float], factor: float = 1.0) -> tuple[float, int]:
    """Return the number that one cell holds and what had to be done to read it.

    >>> read_number("１，２３４．５ 万元", YUAN)
    (12345000.0, 1)
    """
    narrow = text.translate(NARROW).casefold().replace("，", ",")
    if _BLANKS.search(narrow.strip()):
        return np.nan, UNUSABLE  # "12 34" may be two numbers
    packed = "".join(narrow.split())
    match = _NUMBER.fullmatch(packed)
    if match is None:
        return np.nan, UNUSABLE
    unit = match["unit"] or ""
    about = bool(match["about"] or match["more"] or match["after"])
    for word in ("以上", "左右"):
        if unit.endswith(word):
            unit, about = unit.removesuffix(word), True
    if unit and unit not in units:
        return np.nan, UNUSABLE
    number = float(match["digits"].replace(",", "")) * (units[unit] if unit else factor)
    if not np.isfinite(number):
        return np.nan, UNUSABLE
    signed = -number if match["sign"] in ("-", "\u2212") else number
    return signed, ABOUT if about else REWRITTEN
