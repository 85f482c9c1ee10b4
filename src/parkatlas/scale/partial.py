"""What a piece of a register adds to the whole: counts and sums that are exact, so that their order does not matter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.findings import Finding

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# A sum is kept as a whole number of 2**-UNIT: no double is finer, so no addition rounds.
UNIT = 1130
_HALF = 26  # bits of the lower half of a mantissa
LISTED = 1000  # findings, and rejected rows, of a register that are kept
BANDS_M = (0.0, 500.0, 1000.0, 2000.0, 5000.0)


_LISTS = ("findings", "rejects", "parts", "rows", "sample", "readings", "repeats")


class Group(NamedTuple):
    """Rows that are alike in all that the tables ask."""

    core_id: str | None
    zone_id: str | None
    park_id: str | None
    outcome: str
    entity: str
    sector: str | None


class Sums(NamedTuple):
    """What a group adds up to. Employees and output are in units of 2**-`UNIT`, so that they are exact."""

    n: int = 0
    employees: int = 0
    employees_known: int = 0
    output: int = 0
    output_known: int = 0

    def plus(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Partial:
    """The part of the totals that some pieces give.

    ``bands`` counts enterprises by sector and the first of `BANDS_M` that reaches them (`len(BANDS_M)`: none does);
    ``cells`` counts enterprises by row and column of the hexagon. ``rejects`` are rows of REJECTS, ``rows`` the located
    rows themselves (Arrow tables), where they are to be kept. ``sample`` holds places spread over the register,
    ``readings`` what normalising found of the coordinates of the first two batches, ``repeats`` the rows that were
    merged, with those that they repeat.
    """

    read: int = 0
    rejected: int = 0
    merged: int = 0
    groups: dict[Group, Sums] = field(default_factory=dict)
    bands: Counter[tuple[str | None, int]] = field(default_factory=Counter)
    cells: Counter[tuple[int, int]] = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()
    rejects: tuple[dict[str, Any], ...] = ()
    parts: tuple[Path, ...] = ()
    rows: tuple[Any, ...] = ()
    sample: tuple[Any, ...] = ()
    readings: tuple[pd.DataFrame, ...] = ()
    repeats: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: Partial) -> Partial:
        groups = dict(self.groups)
        for group, sums in other.groups.items():
            groups[group] = groups.get(group, Sums()).plus(sums)
        return Partial(
            self.read + other.read,
            self.rejected + other.rejected,
            self.merged + other.merged,
            groups,
            self.bands + other.bands,
            self.cells + other.cells,
            (self.findings + other.findings)[:LISTED],
            (self.rejects + other.rejects)[:LISTED],
            self.parts + other.parts,
            self.rows + other.rows,
            self.sample + other.sample,
            (self.readings + other.readings)[:2],
            (self.repeats + other.repeats)[:LISTED],
        )

    def split(self) -> tuple[Partial, Partial]:
        """Return what adds up in any order, and what stands in the order of the pieces."""
        lists: dict[str, Any] = {name: getattr(self, name) for name in _LISTS}
        none: dict[str, Any] = dict.fromkeys(_LISTS, ())
        return replace(self, **none), Partial(**lists)


def exact_sums(values: Floats, of: Indices, number: int) -> list[int]:
    """Return the sum of the values of each of ``number`` groups in units of 2**-`UNIT`, exactly; NaN is left out.

    Every double is a whole number of 53 bits times a power of two. The halves of these numbers are added by power: up
    to 2**26 of them stay within what a double holds exactly.

    >>> [total / 2**UNIT for total in exact_sums(np.array([0.1, 1e16, -1e16]), np.array([0, 0, 0]), 1)]
    [0.1]
    """
    known = np.flatnonzero(np.isfinite(values) & (values != 0))
    mantissa, exponent = np.frexp(values[known])
    whole = (mantissa * 2.0**53).astype(np.int64)
    totals = [0] * number
    if not len(known):
        return totals
    lowest = int(exponent.min())
    powers = int(exponent.max()) - lowest + 1
    key = of[known] * powers + (exponent - lowest)
    high = np.bincount(key, whole >> _HALF, number * powers)
    low = np.bincount(key, whole & ((1 << _HALF) - 1), number * powers)
    for at in np.flatnonzero((high != 0) | (low != 0)).tolist():
        group, power = divmod(at, powers)
        totals[group] += ((int(high[at]) << _HALF) + int(low[at])) << (lowest + power - 53 + UNIT)
    return totals
