"""Dates as people write them, to ISO 8601 at the precision that was written: a year, a month or a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas import schema
from parkatlas.normalize.text import NARROW

# How a cell was read: as it is written; as a day number; as a number that stands for a year and a month; only its
# year, for the month cannot be told.
WRITTEN, SERIAL, NUMBER, UNCLEAR = range(4)

# Day 0 of a spreadsheet's serial dates: one that begins in 1900 (and believes in 29 February 1900), or in 1904.
_EPOCHS = {1900: dt.date(1899, 12, 30), 1904: dt.date(1904, 1, 1)}
_SERIALS = (10_000, 60_000)  # 1927 to 2064
_YMD = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:[t\s].*)?", re.IGNORECASE)
_YM = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?")
_Y = re.compile(r"(\d{4})(?:\.0+)?\s*(?:年|年度)?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_SIX = re.compile(r"(\d{4})(\d{2})(?:\.0+)?")
_TENTH = re.compile(r"(\d{4})\.1")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def parse(
    cells: pd.Series[str], epoch: int = 1900
) -> tuple[pd.Series[str], npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    """Return ISO dates of text cells, how each was read (`WRITTEN`, `SERIAL` ...), which are no date.

    ``epoch`` is the year in which the spreadsheet's days begin. What one cell leaves open the column may decide: six
    digits are a year and a month where they are so in every cell that has six; 2012.1 is October 2012, its zero lost,
    where other months have two digits (2012.05), January where another cell has 2012.10.

    Examples
    --------
    >>> dates, how, bad = parse(pd.Series(["2012年5月", "41030", "05/06/2012"], dtype="str"))
    >>> dates.to_list(), how.tolist(), bad.tolist()
    (['2012-05', '2012-05-01', nan], [0, 1, 0], [False, False, True])
    """
    if (plain := _all_days(cells)) is not None:
        return plain
    codes, uniques = pd.factorize(cells)
    read = _together([str(value).translate(NARROW).strip() for value in uniques], epoch)
    iso = pd.array([date for date, _ in read] + [None], dtype="str")[codes]
    how = np.array([was for _, was in read] + [WRITTEN], dtype=np.int8)[codes]
    dates = pd.Series(iso, index=cells.index)
    return dates, how, (cells.notna() & dates.isna()).to_numpy(dtype=bool)


def _together(texts: Sequence[str], epoch: int) -> list[tuple[str | None, int]]:
    """Return what `read_date` gives for the different cells of a column, and what only the column tells."""
    read = [read_date(text, epoch) for text in texts]
    six = [k for k, text in enumerate(texts) if _SIX.fullmatch(text)]
    if any(read[k][0] is None for k in six):  # another order of year, month and day, or no dates at all
        for k in six:
            read[k] = None, WRITTEN
    padded = any(re.fullmatch(r"\d{4}\.0\d", text) for text in texts)
    whole = any(re.fullmatch(r"\d{4}\.10", text) for text in texts)
    if padded != whole:
        for k, (year, how) in enumerate(read):
            if how == UNCLEAR:
                read[k] = f"{year}-{'10' if padded else '01'}", NUMBER
    return read


def _all_days(cells: pd.Series[str]) -> tuple[pd.Series[str], npt.NDArray[np.int8], npt.NDArray[np.bool_]] | None:
    """Return what `parse` does of a column whose cells are all real days in ISO 8601, None for any other."""
    days = pd.Series(pd.unique(cells.dropna()), dtype="str")
    iso = days.str.fullmatch(r"[1-9]\d{3}-\d{2}-\d{2}", na=False).all()
    if not iso or pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").isna().any():
        return None
    return cells, np.zeros(len(cells), dtype=np.int8), np.zeros(len(cells), dtype=bool)


def read_date(text: str, epoch: int = 1900) -> tuple[str | None, int]:
    """Return one cell's date in ISO 8601, or None, and how it was read (`WRITTEN`, `SERIAL`, `NUMBER`, `UNCLEAR`).

    A day and month of unknown order ("05/06/2012") is not guessed. Of 2012.1 only the year is sure: a number that was
    2012.10 has lost its zero.

    >>> read_date("2012/5/1 00:00:00"), read_date("20121301"), read_date("1996年"), read_date("2012.1")
    (('2012-05-01', 0), (None, 0), ('1996', 0), ('2012', 3))
    """
    plain = text.translate(NARROW).strip()
    if schema.DATE.fullmatch(plain) and len(plain) < 10:
        return plain, WRITTEN
    for pattern, how in ((_Y, WRITTEN), (_TENTH, UNCLEAR)):
        match = pattern.fullmatch(plain)
        if match:
            return match[1], how
    match = _SIX.fullmatch(plain)
    if match:
        month = _iso(int(match[1]), int(match[2])) if 1900 <= int(match[1]) < 2100 else None
        return month, NUMBER if month else WRITTEN
    for pattern in (_YMD, _PACKED, _YM):
        match = pattern.fullmatch(plain)
        if match:
            return _iso(*map(int, match.groups())), WRITTEN
    match = _SERIAL.fullmatch(plain)
    if match and _SERIALS[0] <= int(match[1]) <= _SERIALS[1]:
        return (_EPOCHS[epoch] + dt.timedelta(days=int(match[1]))).isoformat(), SERIAL
    return None, WRITTEN


def _iso(year: int, month: int, day: int | None = None) -> str | None:
    try:
        date = dt.date(year, month, day or 1)
    except ValueError:
        return None
    return date.isoformat() if day is not None else date.strftime("%Y-%m") if year >= 1000 else None
