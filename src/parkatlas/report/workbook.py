"""The statistics as a workbook: a sheet a family, and one that says what the numbers mean and what to beware of.

The same tables give the same bytes: openpyxl's clock is taken out of the properties and of the zip directory.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from parkatlas.errors import WriteError
from parkatlas.findings import Lang
from parkatlas.report.cells import escape, guard, guard_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 10_000
_LONGEST = 32_000  # a cell of Excel holds 32,767 characters
_MOMENT = "1980-01-01T00:00:00Z"
_DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_BOLD, _HEAD, _GREY = Font(bold=True, size=12), Font(bold=True), Font(color="595959", italic=True)
_TINT = PatternFill("solid", fgColor="E8EEF4")
_WRAP = Alignment(wrap_text=True, vertical="top")
_WORDS: dict[str, tuple[str, str]] = {
    "readme": ("说明", "Read me"),
    "warnings": ("注意", "Beware"),
    "measure": ("指标", "Measure"),
    "sheet": ("工作表", "Sheet"),
    "reading": ("结论", "Reading"),
    "definition": ("定义", "Definition"),
    "reference": ("文献", "Reference"),
    "unit": ("单位", "Unit"),
    "n_used": ("计入数", "Used"),
    "n_dropped": ("未计入数", "Dropped"),
    "seed": ("随机种子", "Seed"),
    "params": ("参数", "Parameters"),
    "versions": ("软件版本", "Versions"),
    "cut": ("仅列出前{n}行，共{all}行", "The first {n} of {all} rows"),
}


class Statistic(Protocol):
    """What a block of the workbook shows: any result object of the statistics."""

    @property
    def n_used(self) -> int: ...  # noqa: D102
    @property
    def n_dropped(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int | None: ...  # noqa: D102
    @property
    def params(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def versions(self) -> Mapping[str, str]: ...  # noqa: D102
    def defined(self, lang: Lang) -> str: ...  # noqa: D102
    def cited(self, lang: Lang) -> str: ...  # noqa: D102
    def unit_in(self, lang: Lang) -> str: ...  # noqa: D102
    def titles(self, lang: Lang) -> dict[str, str]: ...  # noqa: D102
    def named(self, lang: Lang) -> pd.DataFrame: ...  # noqa: D102
    def reading(self, lang: Lang) -> str: ...  # noqa: D102


def write_workbook(
    tables: Mapping[str, Mapping[str, Statistic]],
    path: Path,
    lang: Lang = "zh",
    *,
    warnings: Sequence[str] = (),
) -> None:
    """Write statistics as an Excel workbook.

    Parameters
    ----------
    tables : mapping of str to mapping of str to Statistic
        Sheet titles (families), and in each the titles of its blocks, in order.
    path : Path
        The file to write; it is replaced.
    lang : {"zh", "en"}
        Language of everything but references and parameters.
    warnings : sequence of str
        What the reader must know first: small numbers, a synthetic register, positions that are guesses.

    Raises
    ------
    WriteError
        Where the file cannot be written.

    Notes
    -----
    Tables are written with their ids in words (`named`). No text becomes a formula, whatever it starts with, and what
    XML cannot carry is replaced. Geometry is left out. Of a table of more than 10,000 rows the first 10,000 are
    written, and the sheet says so.
    """
    book = openpyxl.Workbook()
    readme = book.active
    taken: set[str] = set()
    readme.title = _sheet_title(_word("readme", lang), taken)
    listed = []
    for family, blocks in tables.items():
        sheet = book.create_sheet(_sheet_title(family, taken))
        row = 1
        for title, statistic in blocks.items():
            listed.append((title, sheet.title, row, statistic))
            row = _write_block(sheet, row, title, statistic, lang)
        _fit(sheet)
    _write_readme(readme, listed, lang, warnings)
    stream = io.BytesIO()
    book.save(stream)
    try:
        path.write_bytes(timeless(stream.getvalue()))
    except OSError as error:
        raise WriteError(f"cannot write {path.name}: {error.strerror or error}") from error


def _write_block(sheet: Worksheet, row: int, title: str, statistic: Statistic, lang: Lang) -> int:
    """Write title, reading, header and rows; return the row of the next block."""
    titles = statistic.titles(lang)
    table = statistic.named(lang)
    table = pd.DataFrame(table[[name for name in table.columns if str(table[name].dtype) != "geometry"]])
    _put(sheet, row, 1, title).font = _BOLD
    _put(sheet, row + 1, 1, statistic.reading(lang)).font = _GREY
    if len(table) > MOST_ROWS:
        words_of_cut = _word("cut", lang).format(n=MOST_ROWS, all=len(table))
        _put(sheet, row + 2, 1, words_of_cut).font = _GREY
        table = table.iloc[:MOST_ROWS]
    head = row + 3
    for k, name in enumerate(table.columns, start=1):
        cell = _put(sheet, head, k, titles.get(str(name), str(name)))
        cell.font, cell.fill = _HEAD, _TINT
    for k, name in enumerate(table.columns, start=1):
        for at, value in enumerate(_values(table[name]), start=head + 1):
            if value is not None:
                _fill(sheet.cell(at, k), value)
    return head + len(table) + 3


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column as what a cell can hold; None where a value is missing."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return [None if pd.isna(value) or not np.isfinite(value) else value for value in column.tolist()]
    texts = pd.Series([None if np.ndim(v) == 0 and pd.isna(v) else str(v) for v in column.tolist()], dtype="str")
    return [None if pd.isna(text) else text for text in guard(texts).tolist()]


def _write_readme(
    sheet: Worksheet, listed: Sequence[tuple[str, str, int, Statistic]], lang: Lang, warnings: Sequence[str]
) -> None:
    row = 1
    if warnings:
        _put(sheet, row, 1, _word("warnings", lang)).font = _BOLD
        for row, text in enumerate(warnings, start=2):
            _put(sheet, row, 1, text).alignment = _WRAP
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
        row += 2
    columns = (
        "measure",
        "sheet",
        "reading",
        "definition",
        "reference",
        "unit",
        "n_used",
        "n_dropped",
        "seed",
        "params",
    )
    for k, name in enumerate(columns, start=1):
        cell = _put(sheet, row, k, _word(name, lang))
        cell.font, cell.fill = _HEAD, _TINT
    for title, where, at, one in listed:
        row += 1
        shown = (
            title,
            where,
            one.reading(lang),
            one.defined(lang),
            one.cited(lang),
            one.unit_in(lang),
            one.n_used,
            one.n_dropped,
        )
        for k, value in enumerate((*shown, one.seed, _json(one.params)), start=1):
            if value is not None and value != "":
                _put(sheet, row, k, value).alignment = _WRAP
        sheet.cell(row, 2).hyperlink = Hyperlink(f"B{row}", location=f"'{where}'!A{at}")
    versions = {name: number for *_, one in listed for name, number in one.versions.items()}
    if versions:
        _put(sheet, row + 2, 1, _word("versions", lang)).font = _HEAD
        _put(sheet, row + 2, 2, ", ".join(f"{name} {number}" for name, number in sorted(versions.items())))
    for letter, width in zip("ABCDEFGHIJ", (26, 16, 60, 60, 40, 10, 10, 10, 10, 40), strict=True):
        sheet.column_dimensions[letter].width = width


def _put(sheet: Worksheet, row: int, column: int, value: object) -> Cell:
    """Write a value, text guarded against being taken for a formula."""
    return _fill(sheet.cell(row, column), guard_text(value) if isinstance(value, str) else value)


def _fill(cell: Cell, value: object) -> Cell:
    """Set a cell; what is text stays text, whatever it starts with."""
    if isinstance(value, str):
        cell.value = escape(value[:_LONGEST])
        cell.data_type = "s"
        return cell
    cell.value = value
    if isinstance(value, float):
        cell.number_format = "0.####" if abs(value) < 1000 else "#,##0.##"
    return cell


def _fit(sheet: Worksheet) -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        sheet.column_dimensions[letter].width = 14
    sheet.column_dimensions["A"].width = 22


def _json(params: Mapping[str, Any]) -> str:
    """Return parameters as JSON that any reader takes: what is not a finite number is null."""
    return json.dumps(_finite(dict(params)), ensure_ascii=False, default=str, allow_nan=False) if params else ""


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _word(name: str, lang: Lang) -> str:
    return _WORDS[name][lang == "en"]


def _sheet_title(title: str, taken: set[str]) -> str:
    """Return a title that Excel allows: 31 characters, none of its signs, different from all taken before."""
    plain = _FORBIDDEN.sub(" ", title).strip()[:28] or "-"
    k, chosen = 1, plain
    while chosen.casefold() in taken:
        k += 1
        chosen = f"{plain} {k}"
    taken.add(chosen.casefold())
    return chosen


def timeless(data: bytes) -> bytes:
    """Return a workbook without the time it was made: in its properties and its zip directory."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in given.namelist():
            content = given.read(name)
            if name == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>" + _MOMENT.encode() + rb"\g<3>", content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            target.writestr(entry, content)
    return out.getvalue()
