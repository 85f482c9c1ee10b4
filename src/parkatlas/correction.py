"""What a fix-me workbook carries of the first reading, so that its corrected rows are read as their list was.

It stands as text on a hidden sheet, which spreadsheet programs keep whatever format they save. One room writes it,
another reads it; this is the form that they share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

SHEET = "parkatlas"
LONGEST = 32_000  # characters of a text that goes into a cell; Excel holds 32,767
WGS84 = "EPSG:4326"
_FORM = "parkatlas fix-me 1"
_BLANKS = "[\\s\u3000\xa0]+"


@dataclass(frozen=True)
class Correction:
    """What the first reading understood of the list whose rejected rows a workbook holds.

    ``headers`` are the list's columns, ``sheet`` the name of the sheet that shows the rows. ``points`` names the two
    columns that hold positions of a geometry, ``crs`` is "EPSG:4326" where these are in WGS 84 (`model.RawTable`).
    ``beyond`` are the columns of what long rows have beyond the header. ``aside`` maps rows that reading set aside, as
    `joined` gives them, to the reason in Chinese and English.
    """

    headers: tuple[str, ...]
    sheet: str
    points: tuple[str, str] | None = None
    crs: str | None = None
    beyond: tuple[str, ...] = ()
    aside: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, ...]]:
        """Return it as rows of text, the first cell of each saying what the others are.

        >>> Correction(("name", "lon", "lat"), "list", ("lon", "lat"), WGS84).rows()[1:4]
        [('headers', 'name', 'lon', 'lat'), ('sheet', 'list'), ('points', 'lon', 'lat')]
        """
        said = [("headers", *self.headers), ("sheet", self.sheet)]
        said += [("points", *self.points)] if self.points else []
        said += [("crs", self.crs)] if self.crs else []
        said += [("beyond", *self.beyond)] if self.beyond else []
        return [(_FORM,), *said, *(("aside", row, *why) for row, why in self.aside.items())]

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[str]]) -> Correction | None:
        """Return what `rows` gave, None where rows are no such thing; what does not fit together is passed over.

        >>> known = Correction(("name",), "list", aside={"合计": ("是合计行", "a total")})
        >>> Correction.from_rows(known.rows()) == known
        True
        >>> Correction.from_rows([["name", "lon", "lat"]]) is None
        True
        """
        if not rows or not rows[0] or rows[0][0] != _FORM:
            return None
        told: dict[str, tuple[str, ...]] = {}
        aside = {}
        for first, *rest in (row for row in rows[1:] if row):
            while rest and not rest[-1]:
                rest.pop()
            told.setdefault(first, tuple(rest))
            if first == "aside" and len(rest) == 3:
                aside[rest[0]] = (rest[1], rest[2])
        headers, points = told.get("headers", ()), told.get("points", ())
        return cls(
            headers,
            "".join(told.get("sheet", ())),
            (points[0], points[1]) if len(points) == 2 and {*points} <= {*headers} else None,
            WGS84 if told.get("crs") == (WGS84,) else None,
            tuple(name for name in told.get("beyond", ()) if name in headers),
            aside,
        )

    def names(self, cells: Sequence[str]) -> list[str]:
        """Return header cells under the names that the list has for them, others as they stand on one line.

        >>> Correction(("name", "output"), "list").names([" name", "output (new)", ""])
        ['name', 'output (new)', '']
        """
        known = {_line(name): name for name in self.headers}
        return [known.get(_line(cell), _line(cell)) for cell in cells]

    def header_row(self, rows: Sequence[Sequence[str]]) -> int | None:
        """Return which row holds the column names: the first with most of them, half of them at least, or None.

        >>> Correction(("name", "lon"), "list").header_row([["title", ""], ["name", "Lon"], ["a", "1"]])
        1
        """
        known = {_line(name) for name in self.headers}
        shares = [len(known & set(map(_line, row))) for row in rows]
        most = max(shares, default=0)
        return shares.index(most) if most and 2 * most >= len(known) else None


def joined(frame: pd.DataFrame) -> pd.Series[str]:
    """Return each row of text cells as one text: what it says, whatever blanks and empty cells are between.

    >>> joined(pd.DataFrame({"a": ["合  计", "x"], "b": [None, "y"], "c": ["3", None]}, dtype="str")).to_list()
    ['合 计|3', 'x|y']
    """
    said = pd.Series("", index=frame.index, dtype="str")
    for k in range(frame.shape[1]):
        cells = frame.iloc[:, k].fillna("").str.replace(_BLANKS, " ", regex=True).str.strip()
        said = said + ("|" + cells).where(cells != "", "")
    return said.str.removeprefix("|").str.slice(0, LONGEST)


def _line(text: str) -> str:
    return " ".join(text.split())
