"""Dates as people write them, to ISO 8601 at the precision that was written: a year, a month or a day."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas import schema
from parkatlas.normalize.text import NARROW

# Day 0 of a spreadsheet's serial dates: one that begins in 1900 (and believes in 29 February 1900), or in 1904.
_EPOCHS = {1900: dt.date(1899, 12, 30), 1904: dt.date(1904, 1, 1)}
_SERIALS = (10_000, 60_000)  # 1927 to 2064
_YMD = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:[t\s].*)?", re.IGNORECASE)
_YM = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?")
_Y = re.compile(r"(\d{4})(?:\.0+)?\s*(?:年|年度)?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def parse(
    cells: pd.Series[str], epoch: int = 1900
) -> tuple[pd.Series[str], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return ISO dates of text cells, which cells were read from a spreadsheet's day number, which are no date.

    ``epoch`` is the year in which the spreadsheet's days begin.

    Examples
    --------
    >>> dates, serial, bad = parse(pd.Series(["2012年5月", "41030", "05/06/2012"], dtype="str"))
    >>> dates.to_list(), serial.tolist(), bad.tolist()
    (['2012-05', '2012-05-01', nan], [False, True, False], [False, False, True])
    """
    if (plain := _all_days(cells)) is not None:
        return plain
    codes, uniques = pd.factorize(cells)
    read = [read_date(str(value), epoch) for value in uniques]
    iso = pd.array([date for date, _ in read] + [None], dtype="str")[codes]
    serial = np.array([was for _, was in read] + [False])[codes]
    dates = pd.Series(iso, index=cells.index)
    return dates, serial, (cells.notna() & dates.isna()).to_numpy(dtype=bool)


def _all_days(cells: pd.Series[str]) -> tuple[pd.Series[str], npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None:
    """Return what `parse` does of a column whose cells are all real days in ISO 8601, None for any other."""
    days = pd.Series(pd.unique(cells.dropna()), dtype="str")
    iso = days.str.fullmatch(r"[1-9]\d{3}-\d{2}-\d{2}", na=False).all()
    if not iso or pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").isna().any():
        return None
    none = np.zeros(len(cells), dtype=bool)
    return cells, none, none


def read_date(text: str, epoch: int = 1900) -> tuple[str | None, bool]:
    """Return one cell's date in ISO 8601, or None, and whether it was a spreadsheet's day number.

    A day and month of unknown order ("05/06/2012") is not guessed.

    >>> read_date("2012/5/1 00:00:00"), read_date("20121301"), read_date("1996年")
    (('2012-05-01', False), (None, False), ('1996', False))
    """
    plain = text.translate(NARROW).strip()
    if schema.DATE.fullmatch(plain) and len(plain) < 10:
        return plain, False
    match = _Y.fullmatch(plain)
    if match:
        return match[1], False
    for pattern in (_YMD, _PACKED, _YM):
        match = pattern.fullmatch(plain)
        if match:
            return _iso(*map(int, match.groups())), False
    match = _SERIAL.fullmatch(plain)
    if match and _SERIALS[0] <= int(match[1]) <= _SERIALS[1]:
        return (_EPOCHS[epoch] + dt.timedelta(days=int(match[1]))).isoformat(), True
    return None, False


def _iso(year: int, month: int, day: int | None = None) -> str | None:
    try:
        date = dt.date(year, month, day or 1)
    except ValueError:
        return None
    return date.isoformat() if day is not None else date.strftime("%Y-%m") if year >= 1000 else None
