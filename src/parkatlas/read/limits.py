"""How large an input may be: checked before the memory is spent, refused with the place and the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from parkatlas.errors import InputError, LimitError
from parkatlas.memory import most_bytes
from parkatlas.read.rules import EMPTY_FILE, NOT_FOUND, TOO_LONG, TOO_MANY


@dataclass(frozen=True)
class Limits:
    """Limits on one input file. All are inclusive; a larger one is a choice of the caller, never of the data.

    Attributes
    ----------
    size : int
        Bytes of the file.
    document : int
        Bytes of a file that is parsed as a whole tree (GeoJSON, KML).
    rows, columns, cells : int
        Extent of the table; ``cells`` bounds a sheet's rows times columns, so that one stray cell at the far corner
        of a sheet cannot take the machine's memory.
    cell : int
        Characters of one cell; 32,767 is what Excel itself allows.
    inflated : int
        Bytes of a zip's members taken together, as they really inflate.
    ratio : int
        Inflated by compressed bytes of a zip, above which it is taken for a bomb (where it inflates to over 64 MiB).
    """

    size: int = 2 << 30
    document: int = 512 << 20
    rows: int = 5_000_000
    columns: int = 2_000
    cells: int = 50_000_000
    cell: int = 32_767
    inflated: int = 2 << 30
    ratio: int = 200


DEFAULT = Limits()


def check_size(path: Path, limits: Limits, *, whole: bool = False) -> int:
    """Return the size of a file in bytes; refuse what is no file, empty or over the limit."""
    if not path.is_file():
        raise InputError(NOT_FOUND.at(file=path.name))
    size = path.stat().st_size
    if size == 0:
        raise InputError(EMPTY_FILE.at(file=path.name))
    most = min(limits.size, limits.document) if whole else limits.size
    if size > most:
        raise LimitError(TOO_MANY.at(file=path.name, found=size, most=most, zh="字节", en="bytes"))
    return size


def check_extent(rows: int, columns: int, limits: Limits, file: str, sheet: str | None = None) -> None:
    """Refuse a table with too many rows, columns or cells, naming each that is over."""
    extents = (
        (rows, limits.rows, "行", "rows"),
        (columns, limits.columns, "列", "columns"),
        (rows * columns, limits.cells, "单元格", "cells"),
    )
    over = [
        TOO_MANY.at(file=file, sheet=sheet, found=found, most=most, zh=zh, en=en)
        for found, most, zh, en in extents
        if found > most
    ]
    if over:
        raise LimitError(*over)


def check_cells(frame: pd.DataFrame, names: Sequence[str], limits: Limits, file: str, sheet: str | None = None) -> None:
    """Refuse cells that hold too many characters, naming the first in each column; columns go with ``names``."""
    over = []
    for place, (_, cells) in enumerate(frame.items()):
        most = most_bytes(cells)
        if most is not None and most <= limits.cell:
            continue
        lengths = cells.str.len()
        if lengths.max() > limits.cell:
            row = int(lengths.index[lengths > limits.cell][0])
            name = names[place] if place < len(names) else None
            over.append(
                TOO_LONG.at(file=file, sheet=sheet, row=row, field=name, found=int(lengths[row]), most=limits.cell)
            )
    if over:
        raise LimitError(*over)
