"""The compound file around an XLS workbook ([MS-CFB]) and its sheets' extent and errors ([MS-XLS]), before use.

The library that reads values follows a chain of sectors that runs in a circle until memory is gone, and lays out a
sheet as far as its farthest cell. Both are refused here.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from parkatlas.errors import InputError
from parkatlas.read.damage import broken
from parkatlas.read.limits import Limits
from parkatlas.read.sheets import Scan

Sectors = npt.NDArray[np.uint32]

_LAST = 0xFFFFFFFA  # sector numbers from here on are marks, not places
# Records of one cell, and of several cells side by side, which end with the last column.
_CELLS = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, 0x00FD))
_ROWS_OF_CELLS = frozenset((0x00BD, 0x00BE))
_BEGIN = 0x0809
_SHEET = 0x0085
_ROW, _ROW_HIDDEN = 0x0208, 0x20
_FORMULA, _ERROR = 0x0006, 0x0205


class _BrokenError(ValueError):
    """Something in the file's structure cannot be."""


def check_xls(data: bytes, limits: Limits, source: str) -> list[Scan]:
    """Return what the sheets' records tell, in the order in which the workbook lists its sheets.

    Refuses a workbook whose chains of sectors do not end or whose sheets reach too far.
    """
    try:
        stream = _workbook_stream(data)
    except (_BrokenError, struct.error) as error:
        raise InputError(broken(error, source)) from error
    scans, places = _scan_records(stream)
    for number, scan in enumerate(scans.values()):
        scan.check(limits, source, str(number))
    return [scans.get(place, Scan()) for place in places]


def _workbook_stream(data: bytes) -> bytes:
    """Return the stream of the workbook, b"" where there is none; every chain in the file is followed to its end."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise _BrokenError("sector size")
    size = 1 << shift
    directory_at, cutoff, mini_at = (struct.unpack_from("<I", data, at)[0] for at in (48, 56, 60))
    table = _sector_table(data, size)
    directory = _read(data, table, directory_at, size)
    mini = np.frombuffer(_read(data, table, mini_at, size), dtype="<u4")
    root_at = struct.unpack_from("<I", directory, 116)[0] if len(directory) >= 128 else _LAST
    small = _read(data, table, root_at, size)
    found = b""
    for at in range(128, len(directory) - 127, 128):
        name = directory[at : at + 64].decode("utf-16-le", "replace")[: max(directory[at + 64] // 2 - 1, 0)]
        start, length = struct.unpack_from("<II", directory, at + 116)
        if directory[at + 66] != 2 or length == 0:
            continue
        stream = _read(small, mini, start, 64, first=0) if length < cutoff else _read(data, table, start, size)
        if name in ("Workbook", "Book"):
            found = stream[:length]
    return found


def _sector_table(data: bytes, size: int) -> Sectors:
    """Return the table that names for each sector the next of its chain."""
    places = list(struct.unpack_from("<109I", data, 76))
    more, seen = struct.unpack_from("<I", data, 68)[0], 0
    while more < _LAST:
        entries = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        places += entries[:-1]
        more, seen = entries[-1], seen + 1
        if seen > len(data) // size:
            raise _BrokenError("the list of sector tables runs in a circle")
    parts = [data[(place + 1) * size : (place + 2) * size] for place in places if place < _LAST]
    if any(len(part) != size for part in parts):
        raise _BrokenError("the sector table is cut")
    return np.frombuffer(b"".join(parts), dtype="<u4")


def _read(data: bytes, table: Sectors, start: int, size: int, first: int = 1) -> bytes:
    """Return the sectors of a chain; ``first`` is the place of sector 0 in units of sectors."""
    parts: list[bytes] = []
    at = start
    while at < _LAST:
        if at >= len(table) or len(parts) > len(table):
            raise _BrokenError(f"the chain of sector {start} does not end")
        parts.append(data[(at + first) * size : (at + first + 1) * size])
        at = int(table[at])
    return b"".join(parts)


def _scan_records(stream: bytes) -> tuple[dict[int, Scan], list[int]]:
    """Return the scan of each part of a workbook's stream by the place where it begins, and its sheets' places."""
    scans: dict[int, Scan] = {}
    places: list[int] = []
    scan = Scan()
    at, size = 0, len(stream)
    while at + 4 <= size:
        kind, length = struct.unpack_from("<HH", stream, at)
        whole = at + 4 + length <= size
        if kind == _BEGIN:
            scan = scans.setdefault(at, Scan())
        elif kind == _SHEET and length >= 6 and whole:
            places.append(struct.unpack_from("<I", stream, at + 4)[0])
        elif kind == _ROW and length >= 16 and whole:
            scan.hidden_rows += bool(stream[at + 16] & _ROW_HIDDEN)
        elif length >= 6 and (kind in _CELLS or kind in _ROWS_OF_CELLS) and whole:
            row, column = struct.unpack_from("<HH", stream, at + 4)
            if kind in (_FORMULA, _ERROR):
                _tell_error(scan, kind, (row, column), stream[at + 10 : at + 4 + length])
            if kind in _ROWS_OF_CELLS:
                column = struct.unpack_from("<H", stream, at + 2 + length)[0]
            scan.cells += 1
            scan.stretch(row + 1, column + 1)
        at += 4 + length
    return scans, places


def _tell_error(scan: Scan, kind: int, place: tuple[int, int], value: bytes) -> None:
    """Take notice of a cell that holds an error; a formula's result is a number or, where it ends so, a kind."""
    if kind == _ERROR and len(value) >= 2 and value[1] == 1:
        scan.tell_error(*place, value[0])
    elif kind == _FORMULA and value[6:8] == b"\xff\xff" and value[0] == 2:
        scan.tell_error(*place, value[2])
