"""Which character parts the cells of a text file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parkatlas.read.header import find_header

USUAL = (",", "\t", ";", "|", "，", "；", "\x01", "\x1f", "^", "~")
_NEVER = frozenset("\"'._-()（）/ \r\n%+@\ufeff")
_SAMPLE = 200  # records


@dataclass(frozen=True)
class Dialect:
    """A delimiter, the records of the sample it gives, and the line on which each ends (from 1)."""

    delimiter: str
    rows: Sequence[list[str]]
    line_ends: Sequence[int]

    @property
    def width(self) -> int:
        """The number of cells that most rows have, or the widest where they differ evenly."""
        rows = [row for row in self.rows if any(row)]
        return _mode([row for row in rows if len(row) > 1] or rows)[0]


def find_dialect(text: str, *, whole: bool, header: int | None = None, delimiters: Sequence[str] = ()) -> Dialect:
    r"""Return the dialect of a text by its first part.

    Each delimiter in use is tried: the one under which a header is found wins, then the one that gives the most rows
    the same number of cells, then the one that gives more cells. Where none parts anything, the text is one column.

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
    if not fit and " " in text:  # a blank parts words more often than cells: only three columns throughout are believed
        blank = _split(text, " ", whole=whole)
        fit = [(score, blank)] if (score := _score(blank, header)) and score[1] == 1 and score[2] > 2 else []
    if not fit:
        return _split(text, ",", whole=whole)
    return max(fit, key=lambda pair: pair[0])[1]


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
