"""Rows below the header that are no enterprises: totals, notes, section titles, the header printed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.errors import InputError
from parkatlas.findings import Finding, Rule
from parkatlas.memory import are_words, may_begin, may_end
from parkatlas.read.header import Row
from parkatlas.read.meanings import FIRST_WORDS, about, is_numbering, names_columns, names_others
from parkatlas.read.rules import (
    ANOTHER_TABLE,
    COLUMN_NUMBERS,
    NOTE_ROW,
    REPEATED_HEADER,
    SECTION_ROW,
    TOTAL_ROW,
)

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
# What ends in such a word, 净月区合计 or 合计（万元）: no name of a company does, and yet a sign is asked for. Either
# the rest of the cell is nothing but a place, a kind or a unit, or the row leaves cells blank that others fill.
_SUM = f"(?:[合总小累共]{_BLANK}计)[数值]?"
_TAIL = f"{_BLANK}(?:[（(][^（）()]*[)）])?{_BLANK}[:：]?"
_SUMMED = f".*{_SUM}{_TAIL}"
_SURE_SUMMED = (
    f"(?:.*(?:[区市县省州园镇乡]|街道|以上|以下|全部|本[页表月季年]|行业|产业|企业|板块|领域))?{_BLANK}{_SUM}{_BLANK}"
    f"(?:[（(]{_BLANK}(?:单位[:：]?)?(?:[亿万千百]*[元人家户个])?{_BLANK}[)）])?{_BLANK}[:：]?"
)
_SUM_ENDS = ("计", "数", "值", ")", "）", ":", "：")
_PART_OF_SUM = f"其{_BLANK}中{_BLANK}[:：].*"
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
    f"(?i){_BLANK}[（(【*※]?{_BLANK}(注|备注|说明|附注|附|附件|附表|资料来源|数据来源|来源|填表人|填报人|制表人?|制表日期|填报日期|审核人?|统计截止|"
    f"note|notes|source|sources|prepared by){_BLANK}[0-9]*{_BLANK}[:：].*"
)
_NUMBERED = f"{_BLANK}(?:[一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十]+[）)]).*"
_SECTIONS = (
    f"(?:{_NUMBERED}|{_BLANK}第[一二三四五六七八九十]+[部章类].*|{_BLANK}续{_BLANK}表.*|"
    f"{_BLANK}附?表{_BLANK}[0-9０-９一二三四五六七八九十]+(?:[-－.．][0-9０-９]+)?(?:[ \t\u3000\xa0:：、.．].*)?)"
)
_COMPANY = ".*(?:公司|集团|[厂店院所社部]|中心|银行|大学|学校|企业)[)）]?"
_FIRST_SIGNS = (*_COUNTED_STARTS, "其", *"一二三四五六七八九十（(")
_MOST_NAMED = 1000  # rows that begin with such a word; where there are more, the words are values
_NUMERIC = "[-+]?[0-9][0-9,.]*%?"


@dataclass(frozen=True)
class Above:
    """What stands above the rows of a table: the header as printed, its joined names, the number of its last row."""

    printed: Sequence[Row] = ()
    names: Sequence[str] = ()
    last_row: int = 0


def find_rejected(frame: pd.DataFrame, above: Above, source: str, sheet: str | None) -> list[Finding]:
    """Return one finding for each row that is no enterprise, in the order of the rows.

    Parameters
    ----------
    frame : DataFrame
        Rows of text below the header, columns in the order of the file, the index holding row numbers.
    above : Above
        The header, to know it again where a print-out repeats it.

    Raises
    ------
    InputError
        Where a second table begins below the first, with other columns.
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
    gaps = filled < filled.max()
    few = np.flatnonzero(gaps & ~total & may_begin(first, _FIRST_SIGNS))
    if len(few):
        few = few[first.iloc[few].str.slice(0, 1).isin(_FIRST_SIGNS).to_numpy(dtype=bool)]
        total[few] = _fits(first.iloc[few], f"{_COUNTED}|{_PART_OF_SUM}")
    ended = np.flatnonzero(~total & may_end(first, _SUM_ENDS))
    if len(ended):
        last = first.iloc[ended]
        total[ended] = _fits(last, _SURE_SUMMED) | (gaps[ended] & _fits(last, _SUMMED))
    lone = np.flatnonzero((filled <= 2) & (filled < typical) & ~total)
    note, section = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if len(lone):
        alone = first.iloc[lone]
        note[lone] = _fits(alone, _NOTES)
        section[lone] = _fits(alone, _SECTIONS) & (filled[lone] == 1)
    summed = few[(filled[few] > 1) & ((filled[few] < typical) | (2 * filled[few] <= filled.max()))]
    if len(summed):
        section[summed] = _are_summed_sections(frame.iloc[summed], first.iloc[summed])
    again, other = _names_again(frame, first, above)
    if other is not None:
        row, value = int(frame.index[other]), " | ".join(frame.iloc[other].dropna())
        raise InputError(ANOTHER_TABLE.at(file=source, sheet=sheet, row=row, value=value))
    repeated = _repeats(frame, above.printed) | again
    kinds = (
        (TOTAL_ROW, total),
        (NOTE_ROW, note & ~total),
        (SECTION_ROW, section & ~total & ~note),
        (REPEATED_HEADER, repeated & ~total),
        (COLUMN_NUMBERS, _numbers_columns(frame, repeated, above) & ~total & ~note & ~section),
    )
    found = [finding for rule, mask in kinds if mask.any() for finding in _findings(rule, mask, first, source, sheet)]
    return sorted(found, key=lambda finding: finding.row or 0)


def _fits(cells: pd.Series[str], pattern: str) -> Mask:
    return np.asarray(cells.str.fullmatch(pattern, na=False), dtype=bool)


def _are_summed_sections(rows: pd.DataFrame, first: pd.Series[str]) -> Mask:
    """Return which rows are a section's title with sums beside it: nothing else is filled but with numbers."""
    titled = _fits(first, _NUMBERED) & ~_fits(first, _COMPANY)
    for column in rows.columns:
        cells = rows[column]
        titled &= (cells.isna() | (cells == first)).to_numpy(dtype=bool) | _fits(cells, _NUMERIC)
    return titled


def _names_again(frame: pd.DataFrame, first: pd.Series[str], above: Above) -> tuple[Mask, int | None]:
    """Return which rows name the header's columns in other words, such as a second language.

    The second result is the place of the first row that names other columns instead: there another table begins.
    """
    again = np.zeros(len(frame), dtype=bool)
    if not above.names:
        return again, None
    likely = np.flatnonzero(are_words(first, FIRST_WORDS))
    for column in frame.columns:  # a row of names holds no number
        if len(likely):
            likely = likely[~_fits(frame[column].iloc[likely], _NUMERIC)]
    if len(likely) > _MOST_NAMED:
        return again, None
    for place in likely.tolist():
        cells = frame.iloc[place].fillna("").tolist()
        if not names_columns(cells):
            continue
        if names_others(cells, above.names, next_to_it=int(frame.index[place]) <= above.last_row + 2):
            return again, place
        again[place] = True
    return again, None


def _numbers_columns(frame: pd.DataFrame, repeated: Mask, above: Above) -> Mask:
    """Return which rows below a header count its columns. Digits count only where one of them is no possible value."""
    found = np.zeros(len(frame), dtype=bool)
    if not above.names:
        return found
    wordy = [k for k in range(frame.shape[1]) if k < len(above.names) and about(above.names[k]) in ("name", "address")]
    starts = [0] if frame.index[0] <= above.last_row + 2 else []
    for start in (*starts, *(np.flatnonzero(repeated) + 1).tolist()):
        for place in range(start, min(start + 3, len(frame))):
            cells = frame.iloc[place].fillna("").tolist()
            if repeated[place]:
                continue
            if not is_numbering(cells):
                break
            found[place] = any(cells[k] for k in wordy)
    return found


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
