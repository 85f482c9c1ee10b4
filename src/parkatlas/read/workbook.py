"""Spreadsheets."""

from __future__ import annotations

from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read import grid
from parkatlas.read.cells import text_of
from parkatlas.read.header import find_header
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.rules import NO_HEADER, NO_SHEET, WHICH_SHEET


def read_workbook(path: Path, *, sheet: str | None, header: int | None, limits: Limits) -> RawTable:
    """Read a sheet of a spreadsheet."""
    with CalamineWorkbook.from_path(path) as book:
        name = _choose(book, sheet, path.name)
        return _read_sheet(book.get_sheet_by_name(name), header, path.name, limits)


def _choose(book: CalamineWorkbook, sheet: str | None, source: str) -> str:
    if sheet is not None:
        if sheet not in book.sheet_names:
            raise InputError(NO_SHEET.at(file=source, value=sheet, names=", ".join(book.sheet_names)))
        return sheet
    plausible = [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and _plausible(book.get_sheet_by_name(meta.name))
    ]
    if not plausible:
        raise InputError(NO_HEADER.at(file=source, value=""))
    if len(plausible) > 1:
        raise InputError(WHICH_SHEET.at(file=source, names=", ".join(plausible)))
    return plausible[0]


def _plausible(sheet: CalamineSheet) -> bool:
    rows = [[text_of(value) or "" for value in row] for row in sheet.to_python(skip_empty_area=False, nrows=100)]
    found = find_header(rows, _merges(sheet))
    return found is not None and found.last + 1 < len(rows)


def _merges(sheet: CalamineSheet) -> list[tuple[int, int, int, int]]:
    return [(*start, *end) for start, end in sheet.merged_cell_ranges or ()]


def _read_sheet(sheet: CalamineSheet, header: int | None, source: str, limits: Limits) -> RawTable:
    check_extent(sheet.total_height, sheet.total_width, limits, source, sheet.name)
    rows = [[text_of(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    top = grid.Top([[cell or "" for cell in row] for row in rows[:100]], _merges(sheet))
    width = max(map(len, rows))
    found = grid.choose_header(top, header, width, source, sheet.name)
    columns = list(zip(*rows[found.last + 1 :], strict=True))
    frame = grid.to_text(columns, range(found.last + 2, len(rows) + 1))
    return grid.finish(frame, found, top, source, sheet=sheet.name, format="xlsx")
