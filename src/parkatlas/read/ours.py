"""A table of enterprises that this package wrote comes back: its cells lose the apostrophe that kept them from running.

`report.cells.guard_text` sets one before whatever a spreadsheet would take for a formula, and one more before what has
some already; this is the way back. A list of another make keeps its apostrophes: there nobody knows whose they are.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from parkatlas.findings import Lang
from parkatlas.memory import may_begin
from parkatlas.model import RawTable
from parkatlas.read.header import clean_name
from parkatlas.read.rules import APOSTROPHES

_GUARDED = re.compile(r"'+\s*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"'+\s*[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$")
_PLACE = ["lon", "lat"]
_LANGS: tuple[Lang, ...] = ("zh", "en")


def take_off(table: RawTable) -> RawTable:
    """Return a table that is ours, by its whole header, without the apostrophes of the guard; another as it is."""
    headers = [str(name) for name in table.frame.columns]
    if headers[-2:] != _PLACE or headers not in _our_headers():
        return table
    frame, first, n = table.frame.copy(), None, 0
    for name in headers:
        some = frame[name][may_begin(frame[name], ("'",))].dropna()
        bared = some.map(bare)
        changed = bared[bared != some]
        if len(changed):
            frame.loc[changed.index, name] = changed
            first, n = first or some[changed.index[0]], n + len(changed)
    if not n:
        return table
    said = APOSTROPHES.at(file=table.source, sheet=table.sheet, value=first, n=n)
    return replace(table, frame=frame, findings=(*table.findings, said))


def bare(cell: str) -> str:
    """Return a cell without the apostrophe that the guard set.

    >>> bare("'-乙"), bare("''-乙"), bare("'-3.5"), bare("'乙")
    ('-乙', "'-乙", "'-3.5", "'乙")
    """
    return cell[1:] if _GUARDED.match(cell) and not _NUMBER.match(cell) else cell


@functools.cache
def _our_headers() -> list[list[str]]:
    from parkatlas.schema import LOCATED, titles

    return [[*map(clean_name, titles(LOCATED, LOCATED.names, lang)), *_PLACE] for lang in _LANGS]
