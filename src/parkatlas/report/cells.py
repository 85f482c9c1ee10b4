"""Text on its way into a cell that a spreadsheet program will open."""

from __future__ import annotations

import re

import pandas as pd

# What Excel, LibreOffice and WPS take for the start of a formula, white space before it included.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"^\s*[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$")
# Control characters that XML cannot carry; a workbook that holds one does not open.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


# What a workbook's XML takes for the code of a character (ECMA-376 part 1, 22.9.2.19, ST_Xstring).
_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def plain(text: str) -> str:
    """Return text without control characters that no XML carries: each becomes U+FFFD."""
    return _CONTROL.sub("\ufffd", text)


def escape(text: str) -> str:
    """Return text as a cell of a workbook must hold it: what looks like a character's code is no code.

    >>> escape("a_x0041_b"), escape("a_b")
    ('a_x005F_x0041_b', 'a_b')
    """
    return _CODE.sub("_x005F_", text)


def guard_text(text: str) -> str:
    """Return text that no spreadsheet program will run: a formula's start gets an apostrophe before it.

    Where there are apostrophes before one already there is one more, so that taking one off gives the text again.
    Plain numbers such as ``-3.5`` stay as they are; control characters become U+FFFD.

    >>> guard_text("=1+1"), guard_text("'=1+1"), guard_text("-3.5"), guard_text("ok")
    ("'=1+1", "''=1+1", '-3.5', 'ok')
    """
    safe, behind = plain(text), text.lstrip("'")
    return f"'{safe}" if _FORMULA.match(behind) and not _NUMBER.match(behind) else safe


def guard(text: pd.Series) -> pd.Series:
    """Return a text column with every distinct value guarded (`guard_text`); missing values stay missing."""
    codes, values = pd.factorize(text)
    safe = pd.array([guard_text(str(value)) for value in values], dtype="str")
    return pd.Series(safe.take(codes, allow_fill=True), index=text.index, name=text.name, dtype="str")


def guard_frame(data: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every text column guarded, columns of other kinds untouched."""
    texts = {name: guard(data[name]) for name in data.columns if pd.api.types.is_string_dtype(data[name])}
    return data.assign(**texts)
