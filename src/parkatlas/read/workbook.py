"""Spreadsheets: XLSX and XLSM, XLSB, XLS, ODS. Values come from calamine, what it cannot tell from the file's parts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError
from python_calamine import SheetTypeEnum as Kind
from python_calamine import SheetVisibleEnum as Visible

from parkatlas.correction import SHEET as OUR_SHEET
from parkatlas.correction import Correction
from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.model import RawTable
from parkatlas.read import corrected, grid
from parkatlas.read.archive import open_archive
from parkatlas.read.cells import text_of
from parkatlas.read.compound import check_xls
from parkatlas.read.damage import broken
from parkatlas.read.header import Header, Merge, find_header
from parkatlas.read.limits import Limits, check_cells, check_extent
from parkatlas.read.merges import shared_cells
from parkatlas.read.rules import (
    EPOCH,
    ERROR_CELL,
    HIDDEN_ROWS,
    LOST_DIGITS,
    MORE_ERRORS,
    NO_ROWS,
    NO_SHEET,
    NO_TABLE,
    NO_VALUE,
    OPTION,
    PASSWORD,
    SHEET,
    WHICH_SHEET,
)
from parkatlas.read.sheets import Scan, column_number, scan_ods, scan_xlsb, scan_xlsx

_TOP = 100  # rows that are looked at to find the header
_SHOWN = 20  # cells with errors that are named one by one
_SAMPLE = 5  # cells that a message names together
_EXACT = 1e15  # Excel keeps 15 significant digits


@dataclass
class Book:
    """An open workbook with what was seen of its parts, and what it knows of the list that it corrects."""

    source: str
    format: str
    calamine: CalamineWorkbook
    scans: dict[str, Scan] = field(default_factory=dict)
    from_1904: bool = False
    correction: Correction | None = None
    _parsed: dict[str, CalamineSheet] = field(default_factory=dict)

    def sheets(self) -> dict[str, bool]:
        """Map the names of worksheets to whether they can be seen."""
        ours = OUR_SHEET if self.correction else None
        kinds = {meta.name: meta for meta in self.calamine.sheets_metadata if meta.name != ours}
        return {name: meta.visible == Visible.Visible for name, meta in kinds.items() if meta.typ == Kind.WorkSheet}

    def sheet(self, name: str) -> CalamineSheet:
        """Return a sheet, parsed once."""
        if name not in self._parsed:
            self._parsed[name] = self.calamine.get_sheet_by_name(name)
        return self._parsed[name]

    def top(self, name: str) -> grid.Top:
        """Return the first rows of a sheet as text."""
        sheet = self.sheet(name)
        rows = sheet.to_python(skip_empty_area=False, nrows=_TOP)
        return grid.Top([[text_of(value) or "" for value in row] for row in rows], self.merges(name))

    def merges(self, name: str) -> list[Merge]:
        """Return the merged cells of a sheet."""
        told = [(*start, *end) for start, end in self.sheet(name).merged_cell_ranges or ()]
        return told or (self.scans[name].merges if name in self.scans else [])

    def is_plausible(self, name: str) -> bool:
        """Tell whether a header and a row below it are found on a sheet."""
        top = self.top(name)
        found = find_header(top.rows, top.merged)
        return found is not None and any(cell.strip() for row in top.rows[found.last + 1 :] for cell in row)


@contextmanager
def open_book(path: Path, form: str, limits: Limits) -> Iterator[Book]:
    """Open a workbook after its parts were measured."""
    scans: dict[str, Scan] = {}
    listed: list[Scan] = []
    from_1904 = False
    if form == "xls":
        listed = check_xls(path.read_bytes(), limits, path.name)
    else:
        with open_archive(path, limits) as archive:
            if form == "xlsx":
                scans, from_1904 = scan_xlsx(archive, limits, path.name)
            else:
                scans = (scan_xlsb if form == "xlsb" else scan_ods)(archive, limits, path.name)
    with _refusing(path.name), CalamineWorkbook.from_path(path) as book:
        scans = scans or dict(zip(book.sheet_names, listed, strict=False))
        opened = Book(path.name, form, book, scans, from_1904)
        opened.correction = corrected.find_correction(opened)
        yield opened


def read_workbook(
    path: Path, form: str, *, sheet: str | None, header: int | None, limits: Limits, encoding: str | None = None
) -> RawTable:
    """Read one sheet of a workbook: the one named, or the only visible one that looks like a list.

    A fix-me workbook says itself how it is to be read, whatever is asked for.
    """
    with open_book(path, form, limits) as book:
        if known := book.correction:
            name = corrected.choose_sheet(book, known, sheet)
            table = _read_sheet(book, name, None, limits)
            return corrected.apply(known, table, book.top(name).rows[table.header_rows[0] - 1])
        if encoding is not None:
            raise InputError(OPTION.at(file=book.source, value="encoding", found=form))
        name = choose_sheet(book, sheet, header)
        return _read_sheet(book, name, header, limits)


def choose_sheet(book: Book, asked: str | None, header: int | None) -> str:
    """Return the sheet to read; refuse where none or more than one will do."""
    sheets = book.sheets()
    if asked is not None:
        if asked in sheets:
            return asked
        near = difflib.get_close_matches(asked, sheets, 1)
        raise InputError(
            NO_SHEET.at(file=book.source, value=asked, **_named(dict.fromkeys(near, True) or sheets))  # type: ignore[arg-type]
        )
    filled = [name for name, seen in sheets.items() if seen and book.sheet(name).total_height]
    plausible = filled if header is not None else [name for name in filled if book.is_plausible(name)]
    if not plausible and len(sheets) == 1:
        return next(iter(sheets))  # to be told what is wrong with it
    if not plausible:
        raise InputError(NO_TABLE.at(file=book.source, **_named(sheets)))  # type: ignore[arg-type]
    if len(plausible) > 1:
        raise InputError(WHICH_SHEET.at(file=book.source, names=", ".join(plausible)))
    return plausible[0]


def _named(sheets: Mapping[str, bool]) -> dict[str, str]:
    """Return the names of sheets as both languages list them, with a word where one is hidden."""
    return {
        "names_zh": "、".join(name if seen else f"{name}（隐藏）" for name, seen in sheets.items()),
        "names_en": ", ".join(name if seen else f"{name} (hidden)" for name, seen in sheets.items()),
    }


@contextmanager
def _refusing(source: str) -> Iterator[None]:
    """Turn the library's errors into refusals; its panics are not even exceptions."""
    try:
        yield
    except PasswordError as error:
        raise InputError(PASSWORD.at(file=source)) from error
    except (CalamineError, OSError) as error:
        raise InputError(broken(error, source)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(broken(error, source)) from error


def _read_sheet(book: Book, name: str, header: int | None, limits: Limits) -> RawTable:
    sheet = book.sheet(name)
    check_extent(sheet.total_height, sheet.total_width, limits, book.source, name)
    rows = sheet.to_python(skip_empty_area=False)
    if not rows:
        raise InputError(NO_ROWS.at(file=book.source, sheet=name))
    scan = book.scans.get(name, Scan())
    top = grid.Top([[text_of(value) or "" for value in row] for row in rows[:_TOP]], book.merges(name))
    if book.correction:
        found = corrected.find_header(book.correction, top, len(rows[0]))
    else:
        found = grid.choose_header(top, header, len(rows[0]), book.source, name)
    frame, lost = _frame(rows[found.last + 1 :], found, scan)
    check_cells(frame, found.names, limits, book.source, name)
    return grid.finish(
        frame,
        found,
        top,
        book.source,
        sheet=name,
        shared=shared_cells(rows, book.merges(name), found),
        findings=[*_scan_findings(book, name, scan, found), *(finding(book.source, name) for finding in lost)],
        format=book.format,
        epoch=1904 if book.from_1904 else 1900,
    )


def _frame(rows: Sequence[Sequence[object]], header: Header, scan: Scan) -> tuple[pd.DataFrame, list[_Lost]]:
    first = header.last + 1
    columns: list[list[str | None]] = []
    lost = []
    for place, values in enumerate(zip(*rows, strict=True)):
        cells = [text_of(value) for value in values]
        columns.append(cells)
        large = [k for k, value in enumerate(values) if type(value) is float and abs(value) >= _EXACT]
        if large:
            lost.append(_Lost(first + large[0] + 1, header.names[place], cells[large[0]], len(large)))
    for (row, column), width in scan.padded.items():
        if row >= first and column < len(columns) and row - first < len(columns[column]):
            columns[column][row - first] = (columns[column][row - first] or "").zfill(width)
    columns = columns or [[] for _ in header.names]
    return grid.to_text(columns, range(first + 1, first + 1 + len(rows))), lost


@dataclass(frozen=True)
class _Lost:
    row: int
    field: str
    value: str | None
    n: int

    def __call__(self, source: str, sheet: str) -> Finding:
        return LOST_DIGITS.at(file=source, sheet=sheet, row=self.row, field=self.field, value=self.value, n=self.n)


def _scan_findings(book: Book, name: str, scan: Scan, header: Header) -> list[Finding]:
    place = {"file": book.source, "sheet": name}
    others = {other: seen for other, seen in book.sheets().items() if other != name}
    cells = ", ".join(scan.unsolved[:_SAMPLE]) + (", …" if len(scan.unsolved) > _SAMPLE else "")
    said = [
        (SHEET, len(others), _named(others)),
        (NO_VALUE, len(scan.unsolved), {**_located(scan.unsolved[0], header), "cells": cells} if cells else {}),
        (HIDDEN_ROWS, scan.hidden_rows, {}),
        (EPOCH, int(book.from_1904), {}),
    ]
    found = [rule.at(**place, n=count, **more) for rule, count, more in said if count]  # type: ignore[arg-type]
    found += [ERROR_CELL.at(**place, **_located(cell, header)) for cell in scan.errors[:_SHOWN]]  # type: ignore[arg-type]
    more = len(scan.errors) - _SHOWN
    return [*found, MORE_ERRORS.at(**place, n=more)] if more > 0 else found  # type: ignore[arg-type]


def _located(cell: str, header: Header) -> dict[str, Any]:
    """Return row, column and value of a cell that a scan names as "D2 #N/A"."""
    name, _, value = cell.partition(" ")
    letters = name.rstrip("0123456789")
    column, row = column_number(letters) - 1, int(name[len(letters) :])
    field = header.names[column] if column < len(header.names) and row > header.last + 1 else None
    return {"row": row, "field": field, "value": value or None, "cell": name}
