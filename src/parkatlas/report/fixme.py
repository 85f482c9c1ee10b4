"""The fix-me workbook: rejected rows as they stood, the bad cells coloured, each with a note that says what to do.

The sheet that shows has the list's own headers and nothing that the list did not have, so that the corrected workbook
is itself a list: declare it as a further register, or paste its rows back. A hidden sheet says how the list was read
(`correction.Correction`). Every cell is text: no formula of the list runs, and no code loses a digit.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from parkatlas import correction
from parkatlas.correction import LONGEST, Correction
from parkatlas.errors import WriteError
from parkatlas.findings import Finding, Lang, Rule
from parkatlas.model import RawTable
from parkatlas.report.cells import escape, guard_text, plain
from parkatlas.report.workbook import timeless

CUT = Rule(
    "report.fix-me-cut",
    "warning",
    zh="待修正工作簿只列出前 {n} 行，共 {all} 行被拒绝",
    en="the fix-me workbook holds the first {n} of {all} rejected rows",
    hint_zh="其余见 rejects.csv；改正后重新运行会列出下一批。",
    hint_en="The others are in rejects.csv; correct these and run again for the next.",
)

MOST_ROWS, MOST_NOTES = 20_000, 5_000
_LONGEST_NAME = 31  # characters of a sheet's name
_BAD = PatternFill("solid", fgColor="F8CBAD")  # rejects the row
_DOUBTFUL = PatternFill("solid", fgColor="FFEB9C")  # was left out or read anew, the row would be used
_HEAD = PatternFill("solid", fgColor="E8EEF4")
_TOP = Alignment(vertical="top")
_WORDS = {
    "sheet": ("待修正", "fix me"),
    "row": ("原文件第 {row} 行", "row {row} of the original"),
    "how": (
        "请改正着色的单元格（红：该行因此被拒绝；黄：该值未照原样采用），保存后把本文件作为名录使用；"
        "隐藏的工作表 parkatlas 记着名单原先的读法，请保留。",
        "Correct the coloured cells (red: the row was rejected for it; yellow: the value was not taken as it is), "
        "save, and use this file as a register. Keep the hidden sheet parkatlas: it says how the list was read.",
    ),
    "restated": (
        "原文为“{old}”：要与整份名单一起才读得准，这里写成当时的读法“{new}”，不对请改正。",
        "The list has “{old}”, which only the whole list tells how to read: it stands here as it was read, “{new}”.",
    ),
    "unread": (
        "原文为“{old}”：在整份名单里读不准，未采用，所以这里加了问号；请写成清楚的值。",
        "The list has “{old}”, which was left out because its column makes it doubtful: hence the question mark. "
        "Write plainly what is meant.",
    ),
}


def write_fix_me(
    raw: RawTable,
    rejects: pd.DataFrame,
    findings: Iterable[Finding],
    path: Path,
    lang: Lang = "zh",
    *,
    restated: Mapping[str, pd.Series[str]] | None = None,
) -> tuple[Finding, ...]:
    """Write the rejected rows of a list as a workbook to correct; without rejects nothing is written.

    Parameters
    ----------
    raw : RawTable
        The list as read; its cells are copied as they stand.
    rejects : DataFrame
        REJECTS, as normalising this list gave it. Rows of other lists and sheets are passed over.
    findings : iterable of Finding
        What else was found; those that name a rejected row and a column are noted at their cells.
    path : Path
        The file to write, normally ``fix-me.xlsx``. The same input gives the same bytes.
    lang : {"zh", "en"}
        Language of the notes.
    restated : mapping of headers to Series
        By row number, what to write for cells that by themselves mean something else than they do in the list
        (`model.Normalized`); their notes give the original.

    Returns
    -------
    tuple of Finding
        Says so where more than `MOST_ROWS` rows were rejected: only the first are written. Notes stop after
        `MOST_NOTES` cells; colours do not.

    Raises
    ------
    WriteError
        The file could not be written.
    """
    mine = rejects[(rejects["source"] == raw.source) & rejects["row"].notna()]
    mine = mine[mine["sheet"].isna() | (mine["sheet"] == (raw.sheet or ""))]
    numbers = pd.Index(mine["row"].astype("int64").unique())
    numbers = numbers[numbers.isin(raw.frame.index)]
    if not len(numbers):
        return ()
    shown = numbers[:MOST_ROWS]
    mine = mine[mine["row"].isin(shown)]
    notes = _notes(raw, mine, findings, lang)
    frame = _restate(raw.frame.loc[shown], restated or {}, notes, lang)
    book = openpyxl.Workbook()
    book.active.title = _sheet_name(raw.sheet, lang)
    _fill_sheet(book.active, raw.titles, frame, notes, lang)
    _fill_hidden(book.create_sheet(correction.SHEET), _correction(raw, frame, mine, book.active.title))
    data = io.BytesIO()
    book.save(data)
    try:
        path.write_bytes(timeless(data.getvalue()))
    except OSError as error:
        raise WriteError(f"{path.name}: {error}") from error
    return (CUT.at(file=path.name, n=len(shown), all=len(numbers)),) if len(numbers) > len(shown) else ()


class _Note:
    """What is wrong with one cell."""

    def __init__(self) -> None:
        self.rejects = False
        self.texts: dict[str, None] = {}


def _notes(
    raw: RawTable, rejects: pd.DataFrame, findings: Iterable[Finding], lang: Lang
) -> dict[tuple[int, str], _Note]:
    """Return what is wrong with which cell, by row number and header; a row's own faults stand at its first cell."""
    notes: dict[tuple[int, str], _Note] = {}
    first = str(raw.frame.columns[0])
    known = set(map(str, raw.frame.columns))
    stop = "。" if lang == "zh" else ". "
    reasons, hints = rejects[f"reason_{lang}"], rejects[f"hint_{lang}"].fillna("")
    for row, field, reason, hint in zip(rejects["row"], rejects["field"], reasons, hints, strict=True):
        note = notes.setdefault((int(row), field if field in known else first), _Note())
        note.rejects = True
        note.texts[stop.join(part for part in (reason, hint) if part)] = None
    rows = {row for row, _ in notes}
    for header in raw.beyond:
        for row in raw.frame.index[raw.frame[header].notna()] if header in known else ():
            if row in rows:
                notes.setdefault((int(row), header), _Note()).rejects = True
    for finding in findings:
        if finding.row in rows and finding.file == raw.source and finding.field in known:
            note = notes.setdefault((finding.row or 0, str(finding.field)), _Note())
            note.texts[stop.join(part for part in (finding.message(lang), finding.hint(lang)) if part)] = None
    return notes


def _restate(
    frame: pd.DataFrame, restated: Mapping[str, pd.Series[str]], notes: dict[tuple[int, str], _Note], lang: Lang
) -> pd.DataFrame:
    """Return the rows as they are written, and note what was restated; cells are plain text of a length that fits."""
    frame = frame.copy()
    for header, texts in restated.items():
        here = texts[texts.index.isin(frame.index[frame[header].notna()])]
        old = frame.loc[here.index, header]
        frame.loc[here.index, header] = here
        for row, was, now in zip(here.index, old, here, strict=True):
            words = _word("unread" if now.endswith("?") else "restated", lang)
            note = notes.setdefault((int(row), header), _Note())
            note.texts[words.format(old=was, new=now)] = None
    fitting = frame.map(lambda cell: plain(cell)[:LONGEST], na_action="ignore")
    return fitting.astype("str")


def _correction(raw: RawTable, frame: pd.DataFrame, rejects: pd.DataFrame, sheet: str) -> Correction:
    """Return what reading the corrected rows must know; rows that reading set aside, as they are written."""
    aside = {finding.row for finding in raw.rejected}
    why = rejects[rejects["row"].isin(aside)].drop_duplicates("row").set_index("row")
    said = correction.joined(frame.loc[frame.index.isin(why.index)])
    reasons = why.loc[said.index, ["reason_zh", "reason_en"]].itertuples(index=False, name=None)
    beyond = tuple(header for header in raw.beyond if header in frame.columns)
    headers = tuple(map(str, frame.columns))
    return Correction(headers, sheet, raw.points, raw.crs, beyond, dict(zip(said, reasons, strict=True)))


def _fill_hidden(sheet: Worksheet, known: Correction) -> None:
    sheet.sheet_state = "hidden"
    for line, cells in enumerate(known.rows(), 1):
        for column, text in enumerate(cells, 1):
            _put(sheet.cell(line, column), text)


def _fill_sheet(
    sheet: Worksheet,
    titles: Sequence[str],
    frame: pd.DataFrame,
    notes: dict[tuple[int, str], _Note],
    lang: Lang,
) -> None:
    # What stood above the list may name its units, so it must stand above this one too.
    for line, text in enumerate(titles, 1):
        _put(sheet.cell(line, 1), text)
    top = len(titles) + 1
    headers = [str(header) for header in frame.columns]
    for column, header in enumerate(headers, 1):
        cell = _put(sheet.cell(top, column), header)
        cell.font, cell.fill = Font(bold=True), _HEAD
        sheet.column_dimensions[get_column_letter(column)].width = 18
    sheet.cell(top, 1).comment = _comment(_word("how", lang))
    sheet.freeze_panes = f"A{top + 1}"
    left = MOST_NOTES
    rows = zip(frame.index, frame.itertuples(index=False, name=None), strict=True)
    for line, (row, cells) in enumerate(rows, top + 1):
        for column, (header, value) in enumerate(zip(headers, cells, strict=True), 1):
            cell = _put(sheet.cell(line, column), None if pd.isna(value) else str(value))
            note = notes.get((int(row), header))
            if note is None:
                continue
            cell.fill = _BAD if note.rejects else _DOUBTFUL
            if left:
                where = _word("row", lang).format(row=row)
                cell.comment = _comment("\n".join([where, *note.texts]))
                left -= 1


def _sheet_name(original: str | None, lang: Lang) -> str:
    """Return the original sheet's name, so that a register that names its sheet needs no other word for this one."""
    allowed = "".join(char for char in original or "" if char.isprintable() and char not in "[]:*?/\\").strip("' ")
    name = allowed[:_LONGEST_NAME]
    return name if name and name.casefold() != correction.SHEET else _word("sheet", lang)


def _put(cell: Cell, value: str | None) -> Cell:
    cell.alignment, cell.number_format = _TOP, "@"
    if value is not None:
        text = plain(value)[:LONGEST]
        cell.quotePrefix = guard_text(text) != text  # keeps it text while it is edited, and an apostrophe of its own
        cell.value = escape(text)
        cell.data_type = "s"
    return cell


def _comment(text: str) -> Comment:
    shown = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
    comment = Comment(escape(shown), "parkatlas")
    comment.width, comment.height = 320, 40 + 18 * (1 + len(text) // 24)
    return comment


def _word(name: str, lang: Lang) -> str:
    return _WORDS[name][lang == "en"]
