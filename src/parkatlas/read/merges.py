"""Cells merged over several rows below the header: their text belongs to every row, a number to the first alone.

A sheet shows one park beside two companies; the file holds it in the upper cell only. Text is therefore put into each
row, and that is said. One amount for several rows is not: copied, it would be counted as often as there are rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from parkatlas.findings import Finding
from parkatlas.read.header import Header, Merge, column_letters
from parkatlas.read.rules import MERGED_NUMBERS, MERGED_TEXT

_SHOWN = 5  # ranges that a message names
# An amount written as text: 1,200, 约 3.5 亿元. Dates and codes with letters or dashes are none.
_AMOUNT = re.compile(r"[约近超共]?\s*[-+]?[\d０-９][\d０-９,，.．\s]*[%％]?\s*(亿|万|千|百万)?\s*\S{0,3}")
_WORDS = re.compile(r"[-/年月日号]")


@dataclass(frozen=True)
class Shared:
    """A cell of one column that is merged over rows, numbered as the sheet shows them."""

    column: int
    first: int
    last: int
    is_amount: bool

    @property
    def place(self) -> str:
        """The range as a spreadsheet writes it."""
        letters = column_letters(self.column)
        return f"{letters}{self.first}:{letters}{self.last}"


def shared_cells(rows: Sequence[Sequence[object]], merges: Iterable[Merge], header: Header) -> list[Shared]:
    """Return the cells below the header that are merged over rows and hold something, in the order of the sheet.

    Parameters
    ----------
    rows : sequence of sequences
        All rows of the sheet as typed values.
    merges : iterable of tuples
        Merged cells: first row, first column, last row, last column, from 0.
    header : Header
        Cells that begin in it belong to it.
    """
    found = []
    for first, column, last, _ in sorted(merges):
        if not header.last < first < last or first >= len(rows) or column >= len(rows[first]):
            continue
        value = rows[first][column]
        if value is not None and str(value).strip():
            found.append(Shared(column, first + 1, min(last, len(rows) - 1) + 1, _is_amount(value)))
    return found


def _is_amount(value: object) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return bool(_AMOUNT.fullmatch(text)) and not _WORDS.search(text)
    return isinstance(value, int | float) and not isinstance(value, bool)


def fill_down(body: pd.DataFrame, shared: Sequence[Shared]) -> tuple[pd.DataFrame, list[Shared]]:
    """Put merged texts into the rows they cover, as far as these are in the table and blank there.

    Returns
    -------
    DataFrame
        A copy where anything was filled; columns are numbered from 0.
    list of Shared
        The cells that cover a second row of the table; the others are of no consequence.
    """
    numbers = body.index.to_numpy()
    filled, used = body, []
    for column in sorted({cell.column for cell in shared if cell.column < body.shape[1]}):
        texts = body.iloc[:, column].to_numpy(dtype=object, na_value=None)
        cells = [cell for cell in shared if cell.column == column]
        starts = np.searchsorted(numbers, [cell.first for cell in cells])
        ends = np.searchsorted(numbers, [cell.last for cell in cells], side="right")
        out = texts.copy()
        for cell, start, end in zip(cells, starts.tolist(), ends.tolist(), strict=True):
            if start + 1 >= end or numbers[start] != cell.first:
                continue
            blank = [k for k in range(start + 1, end) if texts[k] is None]
            if blank:
                used.append(cell)
            if not cell.is_amount:
                out[blank] = texts[start]
        if any(cell.column == column and not cell.is_amount for cell in used):
            filled = body.copy() if filled is body else filled
            filled[body.columns[column]] = pd.Series(out, index=body.index, dtype="str")
    return filled, used


def say_shared(
    used: Sequence[Shared], body: pd.DataFrame, names: Sequence[str], source: str, sheet: str | None
) -> list[Finding]:
    """Return one finding for each column with merged texts, and one for each with merged amounts."""
    said = []
    kinds = sorted({(cell.column, cell.is_amount) for cell in used})
    for column, is_amount in kinds:
        cells = [cell for cell in used if (cell.column, cell.is_amount) == (column, is_amount)]
        shown = ", ".join(cell.place for cell in cells[:_SHOWN]) + (", …" if len(cells) > _SHOWN else "")
        rule = MERGED_NUMBERS if is_amount else MERGED_TEXT
        value = body.loc[cells[0].first, body.columns[column]]
        field = names[column] if column < len(names) else column_letters(column)
        place = {"file": source, "sheet": sheet, "row": cells[0].first, "field": field, "value": value}
        said.append(rule.at(**place, n=len(cells), ranges=shown))
    return said
