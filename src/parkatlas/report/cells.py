"""Text on its way into a cell that a spreadsheet program will open."""

from __future__ import annotations

import re

import pandas as pd

# What Excel, LibreOffice and WPS take for the start of a formula, white space before it included.
_FORMULA = r"^\s*[=+\-@\t\r＝＋－＠]"
_NUMBER = r"^\s*[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$"
# Control characters that XML cannot carry; a workbook that holds one does not open.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def guard(text: pd.Series) -> pd.Series:
    """Return text cells that no spreadsheet program will run: a formula's start gets an apostrophe before it.

    Plain numbers such as ``-3.5`` stay as they are; missing values stay missing; control characters become U+FFFD.

    >>> guard(pd.Series(["=1+1", "-3.5", "ok"])).tolist()
    ["'=1+1", '-3.5', 'ok']
    """
    risky = text.str.contains(_FORMULA, regex=True, na=False) & ~text.str.contains(_NUMBER, regex=True, na=False)
    clean = text.str.replace(_CONTROL, "\ufffd", regex=True)
    return clean.mask(risky, "'" + clean)


def guard_frame(data: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every text column guarded, columns of other kinds untouched."""
    texts = {name: guard(data[name]) for name in data.columns if pd.api.types.is_string_dtype(data[name])}
    return data.assign(**texts)
