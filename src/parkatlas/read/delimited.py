"""Text files with a delimiter."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read import grid
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.rules import NO_ENCODING


def read_delimited(path: Path, *, encoding: str | None, header: int | None, limits: Limits) -> RawTable:
    """Read a delimited text file."""
    data = path.read_bytes()
    try:
        text = data.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(NO_ENCODING.at(file=path.name, offset=error.start)) from error
    rows = list(csv.reader(io.StringIO(text, newline="")))
    width = max(map(len, rows))
    check_extent(len(rows), width, limits, path.name)
    top = grid.Top(rows[:100])
    found = grid.choose_header(top, header, width, path.name, None)
    body = rows[found.last + 1 :]
    columns = [[row[k] or None if k < len(row) else None for row in body] for k in range(width)]
    frame = grid.to_text(columns, range(found.last + 2, len(rows) + 1))
    return grid.finish(frame, found, top, path.name, format="csv", encoding="utf-8")
