"""Rows below the header that are no enterprises: totals, notes, section titles, the header printed again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Finding, Rule
from parkatlas.memory import are_words, may_begin
from parkatlas.read.header import Row
from parkatlas.read.rules import NOTE_ROW, REPEATED_HEADER, SECTION_ROW, TOTAL_ROW

Mask = npt.NDArray[np.bool_]

_SPACES = ("", " ", "  ", "   ", "    ", "\u3000", "\u3000\u3000", "\xa0")
_ENDS = ("", ":", "：")
# Chinese words of which a whole cell makes a total row, however their characters are set apart.
_TOTALS = frozenset(
    space.join(word) + end
    for word in ("合计", "总计", "小计", "累计", "共计", "总合计", "本页小计", "本页合计")
    for space, end in product(_SPACES, _ENDS)
)
_BLANK = "[ \t\u3000\xa0]*"  # \s knows full-width blanks in one regular expression engine and not in the other
# The same words with a count of rows behind them, 合计（3家） or 共 12 户, and means. Such rows leave cells blank.
_COUNTED_STARTS = tuple("合总小累共本全平均")
_COUNT = (
    f"[（(]?{_BLANK}共?{_BLANK}[0-9０-９一二三四五六七八九十百千]+{_BLANK}[家户个条项]?(?:企业|单位|公司)?"
    f"{_BLANK}[)）]?"
)
_COUNTED = (
    f"(?:(?:[合总小累共]|总合|全部合){_BLANK}计[数值]?|本页[小合]计|平均|平均值|均值)"
    f"{_BLANK}[:：]?{_BLANK}(?:{_COUNT})?{_BLANK}[:：]?|共{_BLANK}[:：]?{_BLANK}{_COUNT}"
)
_TOTALS_EN = frozenset(
    spelt + end
    for word in (
        "grand total",
        "subtotal",
        "sub-total",
        "sub total",
        "total",
        "totals",
        "sum",
        "sum total",
        "average",
        "mean",
    )
    for spelt in (word, word.capitalize(), word.title(), word.upper())
    for end in _ENDS
)
_NOTES = (
    f"(?i){_BLANK}[（(【*※]?{_BLANK}(注|备注|说明|附注|资料来源|数据来源|来源|填表人|填报人|制表人?|制表日期|填报日期|审核人?|统计截止|"
    f"note|notes|source|sources|prepared by){_BLANK}[0-9]*{_BLANK}[:：].*"
)
_SECTIONS = (
    f"{_BLANK}([一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十]+[）)]|第[一二三四五六七八九十]+[部章类]).*"
)


def find_rejected(frame: pd.DataFrame, header: Sequence[Row], source: str, sheet: str | None) -> list[Finding]:
    """Return one finding for each row that is no enterprise, in the order of the rows.

    Parameters
    ----------
    frame : DataFrame
        Rows of text below the header, columns in the order of the file, the index holding row numbers.
    header : sequence of rows
        The header as it stands in the file, to know it again where a printout repeats it.
    """
    if frame.empty:
        return []
    filled = _filled(frame)
    typical = float(np.median(filled))
    first = _first_cell(frame)
    total = are_words(first, _TOTALS | _TOTALS_EN)
    full = np.flatnonzero(total & (filled >= typical))
    if len(full):  # taking nothing from a long column costs as much as taking something
        total[full] = first.iloc[full].isin(_TOTALS)
    few = np.flatnonzero((filled < filled.max()) & ~total & may_begin(first, _COUNTED_STARTS))
    if len(few):
        few = few[first.iloc[few].str.slice(0, 1).isin(_COUNTED_STARTS).to_numpy(dtype=bool)]
        total[few] = first.iloc[few].str.fullmatch(_COUNTED, na=False).to_numpy(dtype=bool)
    lone = np.flatnonzero((filled <= 2) & (filled < typical) & ~total)
    note, section = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if len(lone):
        alone = first.iloc[lone]
        note[lone] = alone.str.fullmatch(_NOTES, na=False)
        section[lone] = alone.str.fullmatch(_SECTIONS, na=False).to_numpy(dtype=bool) & (filled[lone] == 1)
    kinds = (
        (TOTAL_ROW, total),
        (NOTE_ROW, note & ~total),
        (SECTION_ROW, section & ~total & ~note),
        (REPEATED_HEADER, _repeats(frame, header) & ~total),
    )
    found = [finding for rule, mask in kinds if mask.any() for finding in _findings(rule, mask, first, source, sheet)]
    return sorted(found, key=lambda finding: finding.row or 0)


def _findings(rule: Rule, mask: Mask, first: pd.Series[str], source: str, sheet: str | None) -> list[Finding]:
    return [
        rule.at(file=source, sheet=sheet, row=int(row), value=value) for row, value in first[mask].items()
    ]  # fmt: skip


def _filled(frame: pd.DataFrame) -> npt.NDArray[np.int32]:
    count = np.full(len(frame), frame.shape[1], dtype=np.int32)
    for name in frame.columns:
        missing = frame[name].isna().to_numpy()
        if missing.any():
            count -= missing
    return count


def _first_cell(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the first filled cell of each row among the first four columns."""
    first = frame.iloc[:, 0]
    for column in range(1, min(4, frame.shape[1])):
        if not first.isna().any():
            break
        first = first.where(first.notna(), frame.iloc[:, column])
    return first


def _repeats(frame: pd.DataFrame, header: Sequence[Row]) -> Mask:
    repeated = np.zeros(len(frame), dtype=bool)
    for row in header:
        cells = [(column, cell) for column, cell in enumerate(row[: frame.shape[1]]) if cell.strip()]
        if len(cells) < 2:
            continue
        same = np.flatnonzero((frame.iloc[:, cells[0][0]] == cells[0][1]).to_numpy(dtype=bool))
        for column, cell in cells[1:]:
            if not len(same):
                break
            same = same[(frame.iloc[same, column] == cell).to_numpy(dtype=bool)]
        repeated[same] = True
    return repeated
