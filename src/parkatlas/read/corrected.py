"""A fix-me workbook that comes back: its hidden sheet says how the list was read, and its rows are read like that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from parkatlas.correction import SHEET, Correction, joined
from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.model import RawTable
from parkatlas.read import grid
from parkatlas.read.cells import text_of
from parkatlas.read.header import Header, letter_name, name_columns
from parkatlas.read.rules import FIX_ME, FIX_ME_HEADER, LONG_ROW, STILL_ASIDE, WHICH_SHEET

if TYPE_CHECKING:
    from parkatlas.read.workbook import Book


def find_correction(book: Book) -> Correction | None:
    """Return what a workbook says of the list that it corrects, None where it says nothing."""
    if SHEET not in book.sheets():
        return None
    rows = book.sheet(SHEET).to_python(skip_empty_area=False)
    return Correction.from_rows([[text_of(value) or "" for value in row] for row in rows])


def choose_sheet(book: Book, known: Correction, asked: str | None) -> str:
    """Return the visible sheet that has the list's column names; of several the one that was asked for or written."""
    seen = [name for name, visible in book.sheets().items() if visible and book.sheet(name).total_height]
    able = [name for name in seen if known.header_row(book.top(name).rows) is not None]
    if not able:
        names = " | ".join(known.headers)
        raise InputError(FIX_ME_HEADER.at(file=book.source, names=names))
    chosen = [name for name in (asked, known.sheet) if name in able] or able
    if len(able) > 1 and chosen is able:
        raise InputError(WHICH_SHEET.at(file=book.source, names=", ".join(able)))
    return str(chosen[0])


def find_header(known: Correction, top: grid.Top, width: int) -> Header:
    """Return the header: the row with the list's column names, under exactly these names."""
    first = known.header_row(top.rows)
    assert first is not None  # noqa: S101  the sheet was chosen for it
    cells = [*top.rows[first][:width], *[""] * (width - len(top.rows[first]))]
    names, findings = name_columns(known.names(cells))
    return Header(first, first, names, tuple(findings))


def apply(known: Correction, table: RawTable, header: Sequence[str]) -> RawTable:
    """Return a corrected table with what the first reading knew of it.

    Positions of a geometry are known again. A row is set aside where it still has something beyond the header, or
    stands as it did when it was set aside. ``header`` is the header row as it stands.
    """
    columns = {str(name) for name in table.frame.columns}
    blank = [letter_name(k) for k, cell in enumerate(header) if not cell.strip()]
    beyond = tuple(name for name in map(str, table.frame.columns) if name in {*known.beyond, *blank})
    aside = {finding.row or 0: finding for finding in (*_long(table, beyond), *_untouched(known, table))}
    aside |= {finding.row or 0: finding for finding in table.rejected}
    has_points = known.points is not None and {*known.points} <= columns
    return replace(
        table,
        findings=(FIX_ME.at(file=table.source, sheet=table.sheet), *table.findings),
        rejected=tuple(aside[row] for row in sorted(aside)),
        points=known.points if has_points else None,
        crs=known.crs if has_points else None,
        beyond=beyond,
    )


def _long(table: RawTable, beyond: Sequence[str]) -> list[Finding]:
    if not beyond:
        return []
    more = table.frame[list(beyond)]
    filled = pd.DataFrame({name: more[name].fillna("").str.strip() != "" for name in beyond})
    rows = filled.index[filled.any(axis=1)]
    return [
        LONG_ROW.at(file=table.source, sheet=table.sheet, row=int(row), value=" | ".join(cells), n=len(cells))
        for row, cells in ((row, list(more.loc[row][filled.loc[row]])) for row in rows)
    ]


def _untouched(known: Correction, table: RawTable) -> list[Finding]:
    if not known.aside:
        return []
    said = joined(table.frame)
    same = said[said.isin(list(known.aside))]
    same_zh, same_en = (words.partition("{")[0] for words in (STILL_ASIDE.zh, STILL_ASIDE.en))
    found = []
    for row, text in same.items():
        why_zh, why_en = known.aside[text]
        why = {"why_zh": why_zh.removeprefix(same_zh), "why_en": why_en.removeprefix(same_en)}
        at = STILL_ASIDE.at(file=table.source, sheet=table.sheet, row=int(str(row)), value=text)
        found.append(replace(at, details={**why}))
    return found
