"""Which character parts the cells of a text file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parkatlas.read.header import find_header

USUAL = (",", "\t", ";", "|", "，", "；", "\x01", "\x1f", "^", "~")
_NEVER = frozenset("\"'._-()（）/ \r\n%+@\ufeff")
_SAMPLE = 200  # records
_UNIT = "\x1f"  # ASCII's own unit separator
# What a print-out has between its cells, at the ends of its lines, and on lines that are only drawn.
# Every pattern takes a time in proportion to the text, whatever stands in it.
_RUNS = re.compile("[ \f\u3000\xa0]{2,}")
_EDGES = re.compile(r"(?:\A|(?<=[\r\n]))[\x1f \f\u3000\xa0]|[\x1f \f\u3000\xa0](?=[\r\n]|\Z)")
_RULERS = re.compile(r"(?:\A|(?<=[\r\n]))[-=_*+─━═— \u3000\xa0]{3,}(?=[\r\n]|\Z)")
_WITH_QUOTES = re.compile(r'(?:\A|(?<=[\x1f\r\n]))[^\x1f\r\n]*"[^\x1f\r\n]*')


@dataclass(frozen=True)
class Dialect:
    """A delimiter, the records of the sample it gives, and the line on which each ends (from 1).

    ``by_runs``: cells are parted by runs of blanks, and the delimiter is the one that `part_runs` puts in their place.
    """

    delimiter: str
    rows: Sequence[list[str]]
    line_ends: Sequence[int]
    by_runs: bool = False

    @property
    def width(self) -> int:
        """The number of cells that most rows have, or the widest where they differ evenly."""
        rows = [row for row in self.rows if any(row)]
        return _mode([row for row in rows if len(row) > 1] or rows)[0]


def find_dialect(text: str, *, whole: bool, header: int | None = None, delimiters: Sequence[str] = ()) -> Dialect:
    r"""Return the dialect of a text by its first part.

    Each delimiter in use is tried: the one under which a header is found wins, then the one that gives the most rows
    the same number of cells, then the one that gives more cells. Where none gives a header, runs of two or more blanks
    are tried, as print-outs have them. Where nothing parts anything, the text is one column.

    Parameters
    ----------
    text : str
        The beginning of the file, decoded.
    whole : bool
        Whether that is the whole file; otherwise its last record may be cut and is left out.
    header : int, optional
        The header row that the user named: then no header needs to be found.
    delimiters : sequence of str, optional
        The delimiters to choose from; by default all that are usual, then any other character.

    Examples
    --------
    >>> find_dialect("名称;lon\n甲;125,3\n乙;125,4\n", whole=True).delimiter
    ';'
    """
    if len(delimiters) == 1:
        return _split(text, delimiters[0], whole=whole)
    found = [_split(text, delimiter, whole=whole) for delimiter in delimiters or USUAL if delimiter in text]
    fit = [(score, dialect) for dialect in found if (score := _score(dialect, header))]
    if not fit:
        others = Counter(char for char in text if not char.isalnum() and char not in _NEVER and char not in USUAL)
        found = [_split(text, char, whole=whole) for char, _ in others.most_common(5)]
        fit = [(score, dialect) for dialect in found if (score := _score(dialect, header)) and score[1] == 1]
    if not any(has_header for (has_header, _, _), _ in fit) and (runs := _split_runs(text, header, whole=whole)):
        return runs
    if not fit and " " in text:  # a blank parts words more often than cells: only three columns throughout are believed
        blank = _split(text, " ", whole=whole)
        fit = [(score, blank)] if (score := _score(blank, header)) and score[1] == 1 and score[2] > 2 else []
    if not fit:
        return _split(text, ",", whole=whole)
    return max(fit, key=lambda pair: pair[0])[1]


def part_runs(text: str) -> str:
    r"""Return a text with one delimiter in place of each run of two or more blanks, none at the ends of its lines.

    Lines that are only drawn become empty. Quotation marks are taken as they stand.

    >>> part_runs("  名称     lon\n甲 公司   125.3  \n")
    '名称\x1flon\n甲 公司\x1f125.3\n'
    """
    parted = _EDGES.sub("", _RUNS.sub(_UNIT, _RULERS.sub("", text)))
    return _WITH_QUOTES.sub(_quote, parted) if '"' in parted else parted


def _quote(cell: re.Match[str]) -> str:
    return '"' + cell[0].replace('"', '""') + '"'


def _split_runs(text: str, header: int | None, *, whole: bool) -> Dialect | None:
    """Return the dialect of a print-out: a header, and most rows with the same number of cells, two at least.

    Where the user says which row is the header, or that there is none, that is less to go by: every row must have them.
    """
    if _UNIT in text or not _RUNS.search(text):
        return None
    found = replace(_split(part_runs(text), _UNIT, whole=whole), by_runs=True)
    top = find_header(found.rows) if header is None else None
    if found.width < 2 or (header is None and (top is None or len(found.rows[top.last]) < 2)):
        return None
    rows = [row for row in found.rows[top.last + 1 if top else max((header or 0) - 1, 0) :] if any(row)]
    usual = sum(len(row) == found.width for row in rows)
    return found if usual == len(rows) or (top and 2 * usual >= len(rows)) else None


def _split(text: str, delimiter: str, *, whole: bool) -> Dialect:
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) > _SAMPLE:
                break
    except csv.Error:  # a cell without end: what was read so far decides, the whole reading will say where
        pass
    else:
        if not whole or len(rows) > _SAMPLE:
            rows, ends = rows[:-1], ends[:-1]
    return Dialect(delimiter, rows, ends)


def _mode(rows: Sequence[Sequence[str]]) -> tuple[int, float]:
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0, 0.0
    most = max(widths.values())
    return max(width for width, count in widths.items() if count == most), most / len(rows)


def _score(dialect: Dialect, header: int | None) -> tuple[bool, float, int] | None:
    rows = [row for row in dialect.rows if any(row)]
    width, share = _mode([row for row in rows if len(row) > 1] or rows)
    share *= sum(len(row) > 1 for row in rows) / max(len(rows), 1)
    if width < 2 or share < 0.5:
        return None
    return header is not None or find_header(dialect.rows) is not None, share, width
