"""Small writers of formats that no library at hand writes: XLS, XLSB, ODS, DBF; enough for text and numbers.

Written from the published specifications ([MS-CFB], [MS-XLS], [MS-XLSB], OpenDocument 1.2, dBASE III).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Error:
    """A cell that holds an error, by its number in binary workbooks; of a formula or typed in."""

    number: int = 0x2A
    formula: bool = False


Cell = str | float | Error | None
Rows = list[list[Cell]]
Merged = Sequence[tuple[int, int, int, int]]  # first row, first column, last row, last column, from 0


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _biff_cell(row: int, column: int, value: Cell) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _biff(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    if isinstance(value, Error) and value.formula:
        result = bytes([2, 0, value.number, 0, 0, 0, 0xFF, 0xFF])
        return _biff(0x0006, place + result + struct.pack("<HIH", 0, 0, 2) + b"\x1c" + bytes([value.number]))
    if isinstance(value, Error):
        return _biff(0x0205, place + bytes([value.number, 1]))
    return b"" if value is None else _biff(0x0203, place + struct.pack("<d", value))


def write_xls(path: Path, sheets: dict[str, Rows], far: tuple[int, int] | None = None) -> Path:
    """Write a BIFF8 workbook in a compound file of one stream, with one more cell far away where asked for."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    heads = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    start = len(_biff(0x0809, bof)) + sum(10 + len(head) for head in heads) + 4
    bodies = []
    for rows in sheets.values():
        cells = b"".join(_biff_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row))
        cells += _biff_cell(*far, 1.0) if far else b""
        bodies.append(_biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + _biff(0x000A, b""))
    bounds = b""
    for head, body in zip(heads, bodies, strict=True):
        bounds += _biff(0x0085, struct.pack("<IBB", start, 0, 0) + head)
        start += len(body)
    stream = _biff(0x0809, bof) + bounds + _biff(0x000A, b"") + b"".join(bodies)
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0" if name else b""
        body = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return body + bytes(36) + struct.pack("<IQ", first, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    directory += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    path.write_bytes(header[:512] + struct.pack("<128I", *fat) + directory + stream)
    return path


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(body)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 127 else 0)])
        length >>= 7
        if not length:
            return head + size + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(path: Path, rows: Rows, far: tuple[int, int] | None = None, merged: Merged = ()) -> Path:
    """Write a binary workbook of one sheet, with one more cell far away where asked for, and merged cells."""
    cells = b""
    placed = [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
    if far is not None:
        placed.append((*far, 1.0))
    last = -1
    for r, c, value in placed:
        if r != last:
            cells += _record(0, struct.pack("<IIHHBI", r, 0, 255, 0, 0, 0))
            last = r
        place = struct.pack("<II", c, 0)
        if isinstance(value, Error):
            parsed = struct.pack("<HI", 0, 2) + b"\x1c" + bytes([value.number]) + struct.pack("<I", 0)
            body = place + bytes([value.number])
            cells += _record(11, body + parsed) if value.formula else _record(3, body)
        else:
            text = isinstance(value, str)
            cells += _record(6, place + _wide(value)) if text else _record(5, place + struct.pack("<d", value))
    sheet = (
        _record(129)
        + _record(148, struct.pack("<IIII", 0, last, 0, 9))
        + _record(145)
        + cells
        + _record(146)
        + b"".join(_record(176, struct.pack("<4I", top, end, left, right)) for top, left, end, right in merged)
        + _record(130)
    )
    book = _record(131) + _record(143) + _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("名录"))
    book += _record(144) + _record(132)
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        "</Relationships>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relation.format(kind="officeDocument", target="xl/workbook.bin"))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", relation.format(kind="worksheet", target="worksheets/sheet1.bin")
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def write_ods(path: Path, sheets: dict[str, str]) -> Path:
    """Write an OpenDocument spreadsheet; a sheet is given as the XML of its rows."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets.items())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body><office:spreadsheet>'
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_rows(rows: Rows, merged: Merged = ()) -> str:
    """Return rows as the XML of an OpenDocument table; cells merged over rows are given by their ends."""
    out = ""
    spans = {(top, left): f' table:number-rows-spanned="{end - top + 1}"' for top, left, end, _ in merged}
    covered = {(k, left) for top, left, end, _ in merged for k in range(top + 1, end + 1)}
    for number, row in enumerate(rows):
        out += "<table:table-row>"
        for column, value in enumerate(row):
            span = spans.get((number, column), "")
            if (number, column) in covered:
                out += "<table:covered-table-cell/>"
            elif value is None:
                out += "<table:table-cell/>"
            elif isinstance(value, Error):
                out += (
                    '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
                    'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
                )
            elif isinstance(value, str):
                out += (
                    f'<table:table-cell{span} office:value-type="string">'
                    f"<text:p>{escape(value)}</text:p></table:table-cell>"
                )
            else:
                out += f'<table:table-cell{span} office:value-type="float" office:value="{value}"/>'
        out += "</table:table-row>"
    return out


def dbf(fields: list[tuple[str, str, int]], rows: list[list[str]], codec: str, language: int = 0) -> bytes:
    """Return a dBASE III table; names and values are cut to their widths in bytes, as careless writers do."""
    head = b"".join(
        name.encode(codec)[:10].ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width, 0]) + bytes(14)
        for name, kind, width in fields
    )
    body = b"".join(
        b" "
        + b"".join(cell.encode(codec)[:width].ljust(width) for cell, (_, _, width) in zip(row, fields, strict=True))
        for row in rows
    )
    width = 1 + sum(width for _, _, width in fields)
    start = struct.pack("<4BIHH16xBB2x", 3, 124, 5, 1, len(rows), 33 + len(head), width, 0, language)
    return start + head + b"\r" + body + b"\x1a"


def shp(points: list[tuple[float, float] | None]) -> bytes:
    """Return a .shp of points; None is a record without a shape."""
    body = b""
    for number, point in enumerate(points, 1):
        content = struct.pack("<i", 0) if point is None else struct.pack("<idd", 1, *point)
        body += struct.pack(">ii", number, len(content) // 2) + content
    return (
        struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2)
        + struct.pack("<ii8d", 1000, 1, *[0.0] * 8)
        + body
    )
