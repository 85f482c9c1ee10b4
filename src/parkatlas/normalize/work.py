"""One register on its way through the room: its cells in our terms, and what was found so far."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan, RawTable, Register
from parkatlas.normalize import faults
from parkatlas.normalize.cells import Floats, Mask, Tidy, constant, repeated, tidy
from parkatlas.normalize.columns import Recognised
from parkatlas.normalize.faults import Fault, fault

T = TypeVar("T")

_LARGE = 50_000  # rows from which a second thread pays


@dataclass
class Work:
    """One register on its way: its cleaned cells and what was found so far.

    ``repeats`` says of columns of ours which cells hold the same text as another, ``repeats_in_file`` of the file's.
    """

    raw: RawTable
    register: Register
    plan: Plan
    columns: Recognised
    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    repeats: dict[str, Mask] = field(default_factory=dict)
    repeats_in_file: dict[str, Mask] = field(default_factory=dict)
    _tidied: dict[str, Tidy] = field(default_factory=dict)

    @property
    def index(self) -> pd.Index[int]:
        """The row numbers of the raw table."""
        return self.raw.frame.index

    @property
    def nothing(self) -> pd.Series[str]:
        """A column of text without anything in it."""
        return constant(None, self.index)

    def has(self, ours: str) -> bool:
        """Return whether the list has one of our columns, or the register a default for it."""
        return ours in self.columns.columns or bool(self.register.defaults.get(ours))

    def cells(self, ours: str, default: bool = True) -> pd.Series[str]:
        """Return the cleaned cells of one of our columns, named as the list's header, defaults filled in."""
        header = self.columns.columns.get(ours)
        value = self.register.defaults.get(ours) if default else None
        if header is None:
            return constant(str(value) if value else None, self.index).rename(ours)
        return self.cleaned(header).fillna(str(value)) if value else self.cleaned(header)

    def numbers(self, ours: str) -> Floats | None:
        """Return one of our columns as numbers where every cell of it is a plain one; None otherwise."""
        header = self.columns.columns.get(ours)
        if header is None or self.register.defaults.get(ours):
            return None
        return self._tidy(header).numbers

    def pool(self) -> ThreadPoolExecutor:
        """Return threads for the columns of this list: most of their work is done outside the interpreter's lock."""
        return ThreadPoolExecutor(2 if len(self.index) > _LARGE else 1)

    def clean_all(self, pool: ThreadPoolExecutor) -> None:
        """Clean every column that is used, side by side."""
        list(pool.map(self._tidy, self.columns.columns.values()))

    def hidden(self) -> Iterator[tuple[str, Mask]]:
        """Yield the used columns from which invisible characters were taken, and from which cells."""
        for header in self.columns.columns.values():
            if (mask := self._tidy(header).hidden) is not None:
                yield header, mask

    def cleaned(self, header: str) -> pd.Series[str]:
        """Return the cleaned cells under one of the list's headers."""
        return self._tidy(header).text

    def look_for_repeats(self, ours: str, column: pd.Series[str]) -> None:
        """Keep which cells of one of our columns, in its final form, hold the same text as another."""
        self.repeats[ours] = repeated(column)
        header = self.columns.columns.get(ours)
        if header is not None and self._tidy(header).as_it_was and column is self._tidy(header).text:
            self.repeats_in_file[header] = self.repeats[ours]

    def side_by_side(self, pool: ThreadPoolExecutor, tasks: Sequence[Callable[[Work], T]]) -> list[T]:
        """Run tasks on this register at once; what they find is kept in the order of the tasks."""
        parts = [self.apart() for _ in tasks]
        done = list(pool.map(lambda task, part: task(part), tasks, parts))
        for part in parts:
            self.join(part)
        return done

    def apart(self) -> Work:
        """Return this register with nothing found yet, for a task beside others.

        Faults and findings are the task's own until they are joined. The cleaned cells (``_tidied``), ``repeats`` and
        ``repeats_in_file`` are shared: whichever task cleans a column, or compares its cells, does so for all.
        """
        part = copy.copy(self)
        part.faults, part.findings = [], []
        return part

    def join(self, part: Work) -> None:
        """Take over what a task found."""
        self.faults += part.faults
        self.findings += part.findings

    def _tidy(self, header: str) -> Tidy:
        if header not in self._tidied:
            self._tidied[header] = tidy(self.raw.frame[header])
        return self._tidied[header]

    def is_point(self, ours: str) -> bool:
        """Return whether a column holds the positions of the file's own geometry."""
        return self.columns.columns.get(ours) in (self.raw.points or ())

    def place(self, header: str | None) -> dict[str, Any]:
        """Return file, sheet and column, as a finding names them."""
        return {"file": self.raw.source, "sheet": self.raw.sheet, "field": header}

    def row(self, position: int | np.intp) -> int:
        """Return the number the file gives to the row at a position."""
        return faults.row_number(self.raw, position)

    def note(self, rule: Rule, mask: npt.NDArray[np.bool_], cells: pd.Series[str], **more: Any) -> None:
        """Record a fault of the rows in the mask."""
        self.faults += fault(rule, str(cells.name), mask, cells, **more)

    def tally(self, rule: Rule, mask: npt.NDArray[np.bool_], cells: pd.Series[str], **details: Any) -> None:
        """Record one finding for each distinct value of the cells in the mask, with its count and its first row."""
        if self.raw.rejected:  # reading set some rows aside: what they hold is no enterprise's
            mask = mask & ~self.index.isin([finding.row for finding in self.raw.rejected])
        some = cells[mask]
        counts, first = some.value_counts(sort=False), some.drop_duplicates()
        rows = dict(zip(first, first.index, strict=True))
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        for value, n in ordered[: faults.SHOWN]:
            self.findings.append(
                rule.at(**self.place(str(cells.name)), row=int(rows[value]), value=value, n=int(n), **details)
            )
        rest = sum(int(n) for _, n in ordered[faults.SHOWN :])
        if rest:
            self.findings.append(faults.MORE.at(**self.place(str(cells.name)), n=rest, code=rule.code))
