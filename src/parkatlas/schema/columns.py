"""What a table is: columns with a kind, a unit and titles, in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from parkatlas.findings import Lang

Kind = Literal["text", "date", "integer", "number", "flag"]

DTYPES: Mapping[Kind, str] = {"text": "str", "date": "str", "integer": "Int64", "number": "float64", "flag": "bool"}
# ISO 8601, year, month or day precision: sources often know no more than the year.
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``kind`` "date" is text in ISO 8601 at year, month or day precision. ``shp`` is the shapefile name: at most ten
    bytes of ASCII. ``width`` is the shapefile width of a text column in bytes of UTF-8 (3 a Chinese character).
    """

    name: str
    kind: Kind
    zh: str
    en: str
    shp: str
    unit_zh: str = ""
    unit_en: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    width: int = 80
    note: str = ""

    def title(self, lang: Lang = "en") -> str:
        """Return the column's title with its unit, such as ``Output (CNY 10k)``."""
        title, unit = (self.zh, self.unit_zh) if lang == "zh" else (self.en, self.unit_en)
        return f"{title} ({unit})" if unit else title


@dataclass(frozen=True)
class Table:
    """A named set of columns, in order; ``key`` is unique; ``geometry`` is the kind of shape a row has, if any."""

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    geometry: Literal["polygon", "point"] | None = None

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order, without geometry."""
        return tuple(column.name for column in self.columns)


def titles(table: Table, names: Sequence[str], lang: Lang) -> list[str]:
    """Return the titles of columns, a name that the table does not know standing for itself."""
    known = {column.name: column.title(lang) for column in table.columns}
    return [known.get(name, name) for name in names]
