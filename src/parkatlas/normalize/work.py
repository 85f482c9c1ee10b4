"""One register on its way through the room: its cells in our terms, and what was found so far."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan, RawTable, Register
from parkatlas.normalize import faults
from parkatlas.normalize.cells import clean
from parkatlas.normalize.columns import Recognised
from parkatlas.normalize.faults import Fault, fault

_LARGE = 50_000  # rows from which a second thread pays


@dataclass
class Work:
    """One register on its way: its cleaned cells and what was found so far."""

    raw: RawTable
    register: Register
    plan: Plan
    columns: Recognised
    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _cleaned: dict[str, pd.Series[str]] = field(default_factory=dict)

    @property
    def index(self) -> pd.Index[int]:
        """The row numbers of the raw table."""
        return self.raw.frame.index

    @cached_property
    def nothing(self) -> pd.Series[str]:
        """A column of text without anything in it."""
        return pd.Series(None, index=self.index, dtype="str")

    def has(self, ours: str) -> bool:
        """Return whether the list has one of our columns, or the register a default for it."""
        return ours in self.columns.columns or bool(self.register.defaults.get(ours))

    def cells(self, ours: str, default: bool = True) -> pd.Series[str]:
        """Return the cleaned cells of one of our columns, named as the list's header, defaults filled in."""
        header = self.columns.columns.get(ours)
        out = self.nothing.rename(ours) if header is None else self.cleaned(header)
        value = self.register.defaults.get(ours) if default else None
        return out.fillna(str(value)) if value else out

    def clean_all(self) -> None:
        """Clean every column that is used, large ones side by side."""
        headers = [*self.columns.columns.values()]
        with ThreadPoolExecutor(2 if len(self.index) > _LARGE else 1) as pool:
            cleaned = pool.map(clean, [self.raw.frame[header] for header in headers])
            self._cleaned.update(zip(headers, cleaned, strict=True))

    def cleaned(self, header: str) -> pd.Series[str]:
        """Return the cleaned cells under one of the list's headers."""
        if header not in self._cleaned:
            self._cleaned[header] = clean(self.raw.frame[header])
        return self._cleaned[header]

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
        """Record one finding for each distinct value of the cells in the mask, with its count."""
        if self.raw.rejected:  # reading set some rows aside: what they hold is no enterprise's
            mask = mask & ~self.index.isin([finding.row for finding in self.raw.rejected])
        counts = cells[mask].value_counts(sort=False)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        for value, n in ordered[: faults.SHOWN]:
            self.findings.append(rule.at(**self.place(str(cells.name)), value=value, n=int(n), **details))
        rest = sum(int(n) for _, n in ordered[faults.SHOWN :])
        if rest:
            self.findings.append(faults.MORE.at(**self.place(str(cells.name)), n=rest, code=rule.code))
