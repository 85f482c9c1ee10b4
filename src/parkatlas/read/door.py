"""The ways in: the format is found by content, and the reader of its family is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read.limits import DEFAULT, Limits, check_size
from parkatlas.read.ours import take_off
from parkatlas.read.rules import OPTION
from parkatlas.read.sniff import extension_finding, find_format


def read_table(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
    limits: Limits = DEFAULT,
) -> RawTable:
    """Read any table file as text cells.

    Parameters
    ----------
    path : path
        The file. Its content decides the format, not its extension.
    sheet : str, optional
        The sheet (or layer) to read; needed where more than one looks like a list.
    encoding : str, optional
        Of a text file or a shapefile's attributes. By default: byte order mark, then strict UTF-8, then strict
        GB18030, else refused; a shapefile's .cpg or language id counts before.
    header : int, optional
        Row number of the header, the first line of the file being 1; 0: the table has none. A fix-me workbook says
        itself where its header is and needs neither this nor `sheet` and `encoding`.
    limits : Limits, optional
        What is too large.

    Returns
    -------
    RawTable
        Every cell as text, exactly as the file has it; the index counts rows as a spreadsheet does.

    Raises
    ------
    InputError
        Where the file cannot be read or what is meant cannot be told; the findings say where and why.
    LimitError
        Where a limit or a safety rule refuses it.
    """
    place = Path(path)
    check_size(place, limits)
    form = find_format(place)
    asked = Asked(sheet, encoding, header, limits)
    asked.check(form, place.name)
    table = take_off(_READERS[form](place, asked))
    return replace(table, findings=(*extension_finding(place, form), *table.findings))


def iter_table(
    path: str | os.PathLike[str],
    batch_rows: int = 100_000,
    *,
    encoding: str | None = None,
    header: int | None = None,
    limits: Limits = DEFAULT,
) -> Iterator[RawTable]:
    """Yield a delimited text or Parquet file in batches of rows, for files larger than memory; the rest as one batch.

    Row numbers go on from batch to batch. What was understood of the file stands in the first batch; rows set aside
    stand in their own. Totals are judged against the rows of their batch.

    Raises
    ------
    InputError, LimitError
        As `read_table`; a fault further down is raised when its batch is reached.
    """
    if batch_rows < 1:
        raise ValueError(f"batch_rows must be at least 1, not {batch_rows}")
    place = Path(path)
    check_size(place, limits)
    form = find_format(place)
    if form == "csv":
        from parkatlas.read.delimited import iter_delimited

        yield from map(take_off, iter_delimited(place, batch_rows, encoding=encoding, header=header, limits=limits))
    elif form == "parquet":
        from parkatlas.read.columnar import iter_parquet

        Asked(None, encoding, header, limits).check(form, place.name)
        yield from iter_parquet(place, batch_rows, limits)
    else:
        yield read_table(path, encoding=encoding, header=header, limits=limits)


@dataclass(frozen=True)
class Asked:
    """What the caller asked for besides the file."""

    sheet: str | None
    encoding: str | None
    header: int | None
    limits: Limits

    def check(self, form: str, source: str) -> None:
        """Refuse options that mean nothing for a format, instead of passing over them."""
        given = {"sheet": self.sheet, "encoding": self.encoding, "header": self.header}
        idle = [name for name, value in given.items() if value is not None and form not in _MEANINGFUL[name]]
        if idle:
            raise InputError(*(OPTION.at(file=source, value=name, found=form) for name in idle))


_BOOKS = ("xlsx", "xlsb", "xls", "ods")
_MEANINGFUL = {
    "sheet": (*_BOOKS, "gpkg", "zipped shapefile", "kmz"),
    # A fix-me workbook needs none and bears one, as its list may have had it; other workbooks refuse it later.
    "encoding": (*_BOOKS, "csv", "geojson", "kml", "shapefile", "zipped shapefile"),
    "header": (*_BOOKS, "csv"),
}


def _delimited(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.delimited import read_delimited

    return read_delimited(place, encoding=asked.encoding, header=asked.header, limits=asked.limits)


def _workbook(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.workbook import read_workbook

    form = find_format(place)
    return read_workbook(
        place, form, sheet=asked.sheet, header=asked.header, limits=asked.limits, encoding=asked.encoding
    )


def _geojson(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.geojson import read_geojson

    return read_geojson(place, asked.limits, asked.encoding)


def _kml(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.kml import read_kml

    return read_kml(place, asked.limits, asked.encoding)


def _kmz(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.kml import read_kmz

    return read_kmz(place, asked.limits, asked.sheet)


def _geopackage(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.geopackage import read_geopackage

    return read_geopackage(place, asked.limits, asked.sheet)


def _shapefile(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.shapefile import read_shapefile

    return read_shapefile(place, asked.limits, asked.encoding)


def _zipped_shapefile(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.shapefile import read_zipped_shapefile

    return read_zipped_shapefile(place, asked.limits, asked.sheet, asked.encoding)


def _parquet(place: Path, asked: Asked) -> RawTable:
    from parkatlas.read.columnar import read_parquet

    return read_parquet(place, asked.limits)


# Readers are imported where they are called: asking for a CSV file does not load the libraries of the others.
_READERS: dict[str, Callable[[Path, Asked], RawTable]] = {
    "csv": _delimited,
    **dict.fromkeys(_BOOKS, _workbook),
    "geojson": _geojson,
    "kml": _kml,
    "kmz": _kmz,
    "gpkg": _geopackage,
    "shapefile": _shapefile,
    "zipped shapefile": _zipped_shapefile,
    "parquet": _parquet,
}
