"""One register on its way through the room: its cells in our terms, and what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan, RawTable, Register
from parkatlas.normalize import faults
from parkatlas.normalize.columns import Recognised
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.text import clean


@dataclass
class Work:
    """One register on its way: its cleaned cells and what was found so far."""

    raw: RawTable
    register: Register
    plan: Plan
    columns: Recognised
    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def index(self) -> pd.Index[int]:
        """The row numbers of the raw table."""
        return self.raw.frame.index

    def cells(self, ours: str, default: bool = True) -> pd.Series[str]:
        """Return the cleaned cells of one of our columns, named as the list's header, defaults filled in."""
        header = self.columns.columns.get(ours)
        if header is None:
            out = pd.Series(None, index=self.index, dtype="str", name=ours)
        else:
            out = clean(self.raw.frame[header])
        value = self.register.defaults.get(ours)
        return out.fillna(value) if default and value else out

    def note(self, rule: Rule, mask: npt.NDArray[np.bool_], cells: pd.Series[str], **more: object) -> None:
        """Record a fault of the rows in the mask."""
        self.faults += fault(rule, str(cells.name), mask, cells, **more)  # type: ignore[arg-type]

    def tally(self, rule: Rule, mask: npt.NDArray[np.bool_], cells: pd.Series[str], **details: object) -> None:
        """Record one finding for each distinct value of the cells in the mask, with its count."""
        counts = cells[mask].value_counts(sort=False)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        for value, n in ordered[: faults.SHOWN]:
            place = {"file": self.raw.source, "sheet": self.raw.sheet, "field": str(cells.name)}
            self.findings.append(rule.at(**place, value=value, n=int(n), **details))  # type: ignore[arg-type]
        rest = sum(int(n) for _, n in ordered[faults.SHOWN :])
        if rest:
            self.findings.append(faults.MORE.at(file=self.raw.source, field=str(cells.name), n=rest, code=rule.code))
