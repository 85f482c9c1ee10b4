"""The attribute table of a shapefile (dBASE III), every field as text, its encoding by what the file declares."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.read.damage import broken
from parkatlas.read.encoding import Encoding, find_encoding
from parkatlas.read.layer_rules import CUT_PART, CUT_TEXT

# Language driver ids that name a code page of their own; 0x57 (the machine's ANSI page) and 0 say nothing.
_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "big5",
    0x50: "cp874", 0x65: "cp866", 0x78: "big5", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0xC8: "cp1250",
    0xC9: "cp1251",
}  # fmt: skip
_NAME_WIDTH = 10  # bytes that a field's name may have


@dataclass(frozen=True)
class Field:
    """A field: its name in bytes, its type letter, where it stands in a record and how wide it is."""

    name: bytes
    kind: str
    start: int
    width: int


@dataclass(frozen=True)
class Dbf:
    """A table of text; ``deleted`` marks the records that are deleted and still stand in the file."""

    columns: dict[str, list[str | None]]
    rows: int
    deleted: npt.NDArray[np.bool_]
    encoding: str
    findings: list[Finding] = field(default_factory=list)


def read_dbf(data: bytes, source: str, *, asked: str | None = None, declared: str | None = None) -> Dbf:
    """Read a .dbf file.

    Parameters
    ----------
    data : bytes
        The file.
    asked, declared : str, optional
        The encoding that the user names, and the one of a .cpg file; then the file's own language id counts, then the
        rule for all texts.

    Raises
    ------
    InputError
        Where the file is cut, or text is not in the encoding asked for or declared.
    """
    if len(data) < 33:
        raise InputError(CUT_PART.at(file=source, value=".dbf", zh="字节", en="bytes", found=len(data), most=33))
    count, head, width = struct.unpack("<IHH", data[4:12])
    fields = _fields(data[:head], source)
    if width < 1 + sum(column.width for column in fields):
        raise InputError(broken(".dbf: fields wider than the record", source))
    whole = (len(data) - head) // width
    if whole < count:
        raise InputError(CUT_PART.at(file=source, value=".dbf", zh="条记录", en="records", found=whole, most=count))
    records = np.frombuffer(data, dtype=np.dtype(f"V{width}"), count=count, offset=head)
    raw = {column: _cells(records, column) for column in fields}
    encoding = _encoding(raw, data[29], source, asked, declared)
    findings, columns = [], {}
    for column, cells in raw.items():
        name = _name(column, encoding, source)
        values, cut = _decode(column, cells, encoding, source)
        while name in columns:
            name += "_"
        columns[name] = values
        if cut:
            findings.append(CUT_TEXT.at(file=source, row=cut[0] + 1, field=name, value=values[cut[0]], n=len(cut)))
    shown = next((cell for values in columns.values() for cell in values if cell and not cell.isascii()), None)
    findings.insert(0, encoding.finding(source, shown))
    deleted = np.frombuffer(records.tobytes(), dtype=np.uint8).reshape(count, width)[:, 0] == 0x2A if count else []
    return Dbf(columns, count, np.asarray(deleted, dtype=bool), encoding.codec, findings)


def decode_cut(text: bytes, codec: str, width: int) -> tuple[str, bool]:
    """Decode text that may have been cut inside its last character, as only text as wide as its field can be.

    >>> decode_cut("企业名称".encode()[:10], "utf-8", 10)
    ('企业名', True)
    """
    if len(text) < width:
        return text.decode(codec), False
    decoder = codecs.getincrementaldecoder(codec)()
    return decoder.decode(text), bool(decoder.getstate()[0])


def _name(column: Field, encoding: Encoding, source: str) -> str:
    try:
        return decode_cut(column.name, encoding.codec, _NAME_WIDTH)[0]
    except UnicodeDecodeError as error:
        raise _refusal(source, None, encoding, column.name) from error


def _refusal(source: str, row: int | None, encoding: Encoding, text: bytes) -> InputError:
    return InputError(encoding.failure(source, repr(text), repr(text), row))


def _fields(head: bytes, source: str) -> list[Field]:
    fields, start, at = [], 1, 32
    while at + 32 <= len(head) and head[at] != 0x0D:
        kind, width = chr(head[at + 11]), head[at + 16]
        if kind == "C":
            width += head[at + 17] << 8  # text longer than 255 bytes keeps its high byte where numbers keep decimals
        fields.append(Field(head[at : at + 11].split(b"\0")[0].strip(), kind, start, width))
        start, at = start + width, at + 32
    if not fields:
        raise InputError(broken(".dbf: no fields", source))
    return fields


def _cells(records: npt.NDArray[np.void], column: Field) -> list[bytes]:
    """Return the bytes of a field, without what fills it up."""
    kind = np.dtype({"names": ["cell"], "formats": [f"S{column.width}"], "offsets": [column.start],
                     "itemsize": records.dtype.itemsize})  # fmt: skip
    return (
        [cell.strip(b" \t\r\n") for cell in records.view(kind)["cell"].tolist()]
        if column.width
        else [b""] * len(records)
    )


def _encoding(
    raw: dict[Field, list[bytes]], language: int, source: str, asked: str | None, declared: str | None
) -> Encoding:
    text = b"\n".join(cell for column, cells in raw.items() if column.kind == "C" for cell in cells)
    if asked is not None:
        return find_encoding(b"\n", source, asked)
    declared = declared or _LANGUAGES.get(language)
    if declared is not None:
        return Encoding("gb18030" if declared in ("gbk", "gb2312") else declared, "declared")
    names = [column.name for column in raw]
    if not text.isascii() or all(name.isascii() for name in names):
        if _all_decode(raw, "utf-8"):
            return Encoding("utf-8", "ascii" if text.isascii() else "utf-8")
        return Encoding("gb18030", "gb18030") if _all_decode(raw, "gb18030") else find_encoding(text, source)
    named = _all_decode({column: [] for column in raw}, "utf-8")
    return Encoding("utf-8", "utf-8") if named else Encoding("gb18030", "gb18030")


def _all_decode(raw: dict[Field, list[bytes]], codec: str) -> bool:
    try:
        for column, cells in raw.items():
            decode_cut(column.name, codec, _NAME_WIDTH)
            for cell in cells:
                decode_cut(cell, codec, column.width)
    except UnicodeDecodeError:
        return False
    return True


def _decode(column: Field, cells: list[bytes], encoding: Encoding, source: str) -> tuple[list[str | None], list[int]]:
    """Return the values of a field as text, and the places of those cut inside a character."""
    write = _WRITERS.get(column.kind, _plain)
    values: list[str | None] = []
    cut = []
    for place, cell in enumerate(cells):
        try:
            text, short = (cell.decode(), False) if cell.isascii() else decode_cut(cell, encoding.codec, column.width)
        except UnicodeDecodeError as error:
            raise _refusal(source, place + 1, encoding, cell) from error
        values.append(write(text))
        if short:
            cut.append(place)
    return values, cut


def _plain(text: str) -> str | None:
    return text or None


def _date(text: str) -> str | None:
    if len(text) != 8 or not text.isdecimal():
        return text or None
    return None if text == "00000000" else f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _flag(text: str) -> str | None:
    return {"T": "true", "Y": "true", "F": "false", "N": "false"}.get(text.upper())


_WRITERS: dict[str, Callable[[str], str | None]] = {"D": _date, "L": _flag}
