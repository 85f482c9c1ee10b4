"""The one way in: the format is found by content, and the reader of its family is called."""

from __future__ import annotations

import os
from pathlib import Path

from parkatlas.model import RawTable
from parkatlas.read.limits import DEFAULT, Limits, check_size


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
        Of a text file. By default: byte order mark, then strict UTF-8, then strict GB18030, else refused.
    header : int, optional
        Row number of the header, the first line of the file being 1; 0: the table has none.
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
    with place.open("rb") as stream:
        start = stream.read(4096)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        from parkatlas.read.workbook import read_workbook

        return read_workbook(place, sheet=sheet, header=header, limits=limits)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        from parkatlas.read.geojson import read_geojson

        return read_geojson(place, limits)
    from parkatlas.read.delimited import read_delimited

    return read_delimited(place, encoding=encoding, header=header, limits=limits)
