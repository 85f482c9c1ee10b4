"""What can be told of a file before it is used: its format, its sheets, its header, samples of its values."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.model import RawTable
from parkatlas.read.door import read_table
from parkatlas.read.limits import DEFAULT, Limits, check_size
from parkatlas.read.sniff import find_format


@dataclass(frozen=True)
class SheetFacts:
    """A sheet or layer: whether it can be seen, whether it looks like a list, and its header if it does."""

    name: str
    visible: bool
    plausible: bool
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFacts:
    """A file as understood. ``table`` is None where it was refused, and ``findings`` then says why."""

    source: str
    format: str
    sheets: tuple[SheetFacts, ...]
    table: RawTable | None
    findings: tuple[Finding, ...]

    def samples(self, most: int = 3) -> dict[str, list[str]]:
        """Map each column to its first different values."""
        if self.table is None:
            return {}
        return {
            str(name): [str(value) for value in cells.dropna().head(1000).drop_duplicates().head(most)]
            for name, cells in self.table.frame.items()
        }


def inspect_table(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
    limits: Limits = DEFAULT,
) -> TableFacts:
    """Say what is understood of a file, with the same arguments as `read_table`; a refusal is part of the answer.

    Raises
    ------
    LimitError
        A safety rule is not relaxed for looking.
    """
    place = Path(path)
    check_size(place, limits)
    form = find_format(place)
    sheets: tuple[SheetFacts, ...] = ()
    try:
        sheets = _sheets(place, form, limits)
        table = read_table(path, sheet=sheet, encoding=encoding, header=header, limits=limits)
    except InputError as error:
        return TableFacts(place.name, form, sheets, None, tuple(error.findings))
    return TableFacts(place.name, form, sheets, table, table.findings)


def _sheets(place: Path, form: str, limits: Limits) -> tuple[SheetFacts, ...]:
    if form in ("xlsx", "xlsb", "xls", "ods"):
        from parkatlas.read.header import find_header
        from parkatlas.read.workbook import open_book

        with open_book(place, form, limits) as book:
            found = []
            for name, visible in book.sheets().items():
                top = book.top(name)
                header = find_header(top.rows, top.merged)
                found.append(SheetFacts(name, visible, book.is_plausible(name), header.names if header else ()))
        return tuple(found)
    if form == "gpkg":
        from parkatlas.read.geopackage import list_layers

        return tuple(SheetFacts(name, True, count > 0) for name, count in list_layers(place).items())
    if form == "zipped shapefile":
        from parkatlas.read.shapefile import layers_of

        with zipfile.ZipFile(place) as archive:
            return tuple(SheetFacts(name, True, True) for name in layers_of(archive.namelist()))
    return ()
