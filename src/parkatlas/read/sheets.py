"""What a spreadsheet's parts tell before and beside its values: extent, hidden rows, formulas without results, errors.

The library that reads values lays a sheet out as a full rectangle, so the rectangle is measured here first.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET
from xml.parsers import expat

from parkatlas.errors import LimitError
from parkatlas.read.archive import Archive
from parkatlas.read.header import Merge, column_letters
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.rules import FAR_CELL

# Cells right of column Z or below row 99,999, whatever the prefix, the order and the quotes of XML; nearer ones cannot
# stretch a sheet far.
_FAR = re.compile(rb"""r=["']([A-Z]{2,3}|[A-Z](?=[0-9]{6}))([0-9]{1,7})["']""")
# A program other than Excel may write a prefix, other quotes, and attributes in any order: a cell is matched with all
# its attributes, and these are looked at one by one. Such patterns only run over blocks that hold what they seek.
_P = rb"(?:[A-Za-z0-9]+:)?"
_ROW = re.compile(rb"<(?:[A-Za-z0-9]+:)?row(?=[ />])")
_NUMBER = re.compile(rb"""<(?:[A-Za-z0-9]+:)?row [^>]*?\br=["']([0-9]{1,7})["']""")
_HIDDEN = re.compile(rb"""<%srow\s[^>]*?\bhidden\s*=\s*["'](?:1|true)["']""" % _P)
_F = rb"<%sf(?:\s[^>]*?)?(?:/>|>[^<]*</%sf>)" % (_P, _P)
_FORMULA = re.compile(rb"<%sc(\s[^>]*)>\s*%s\s*(?:<%sv\s*/>|<%sv></%sv>)?\s*</%sc>" % (_P, _F, _P, _P, _P, _P))
_ERROR = re.compile(rb"<%sc(\s[^>]*)>\s*(?:%s)?\s*<%sv>([^<]*)</" % (_P, _F, _P))
_STYLED = re.compile(rb"<%sc(\s[^>]*)>\s*<%sv>[0-9]+</" % (_P, _P))
_ATTRIBUTE = re.compile(rb"""\s(r|t|s)\s*=\s*["']([^"']*)["']""")
_IS_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_PLACE = re.compile(rb"([A-Z]+)([0-9]+)")
# How the binary formats number errors ([MS-XLS] 2.5.10, [MS-XLSB] 2.5.97.2).
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_NEAR = 26  # the last column of one letter
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Scan:
    """What was seen of a sheet; ``padded`` maps (row, column), counted from 0, to a width in digits.

    ``merges`` are told of the formats whose merged cells the library that reads values does not know.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    in_row: int = 0
    unnumbered: int = 0
    far: str = ""
    hidden_rows: int = 0
    unsolved: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    padded: dict[tuple[int, int], int] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)

    def stretch(self, row: int, column: int) -> None:
        """Take notice of a cell by its row and column, counted from 1."""
        if row > self.rows or column > self.columns:
            self.far = f"{column_letters(column - 1)}{row}"
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)

    def tell_error(self, row: int, column: int, code: int) -> None:
        """Take notice of an error by its place, counted from 0, and its number in a binary workbook."""
        self.errors.append(f"{column_letters(column)}{row + 1} {_ERRORS.get(code, '#?')}")

    def check(self, limits: Limits, source: str, sheet: str) -> None:
        """Refuse a sheet that a few far cells stretch beyond the limits, or that is too large as it is."""
        over = self.columns > limits.columns or self.rows * self.columns > limits.cells
        if over and self.cells < self.rows * self.columns / 10:
            place = {"rows": self.rows, "columns": self.columns}
            raise LimitError(FAR_CELL.at(file=source, sheet=sheet, value=self.far, **place))  # type: ignore[arg-type]
        check_extent(self.rows, self.columns, limits, source, sheet)


def scan_xlsx(archive: Archive, limits: Limits, source: str) -> tuple[dict[str, Scan], bool]:
    """Return what each worksheet's XML tells, by name, and whether dates count from 1904."""
    workbook = _xml(archive, "xl/workbook.xml")
    relations = _xml(archive, "xl/_rels/workbook.xml.rels")
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    widths = _padded_styles(archive)
    scans = {}
    for sheet in workbook.iter(f"{_SPREADSHEET}sheet"):
        name = sheet.get("name", "")
        target = targets.get(sheet.get(_RELATION), "")
        part = archive.find(target if target.startswith("/") else str(PurePosixPath("xl") / target))
        if part is not None:
            scans[name] = _scan_sheet(archive.blocks(part), widths)
            scans[name].check(limits, source, name)
    properties = workbook.find(f"{_SPREADSHEET}workbookPr")
    return scans, properties is not None and properties.get("date1904") in ("1", "true")


def _xml(archive: Archive, name: str) -> ET.Element:
    part = archive.find(name)
    try:
        return ET.Element("none") if part is None else ET.fromstring(archive.read(part))  # noqa: S314 - no entities
    except ET.ParseError as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from error


def _padded_styles(archive: Archive) -> dict[int, int]:
    """Map the styles whose number format is nothing but zeros, such as 000000, to their width."""
    styles = _xml(archive, "xl/styles.xml")
    formats = {item.get("numFmtId"): item.get("formatCode", "") for item in styles.iter(f"{_SPREADSHEET}numFmt")}
    cells = styles.find(f"{_SPREADSHEET}cellXfs")
    codes = [formats.get(item.get("numFmtId"), "") for item in cells] if cells is not None else []
    return {k: len(code) for k, code in enumerate(codes) if len(code) > 1 and set(code) == {"0"}}


def _scan_sheet(blocks: Iterator[bytes], widths: dict[int, int]) -> Scan:
    scan, rest = Scan(), b""
    for block in blocks:
        text = rest + block
        cut = text.rfind(b"<c ")
        if cut <= 0:  # cells may be written with a prefix
            at = text.rfind(b":c ")
            cut = text.rfind(b"<", 0, at if at > 0 else None)
        _scan_block(scan, text[:cut], widths)
        rest = text[cut:]
    _scan_block(scan, rest, widths)
    if scan.cells:
        scan.rows += scan.unnumbered  # rows without a number stand below one that has it
        scan.columns = max(scan.columns, _NEAR)
    return scan


def _scan_block(scan: Scan, text: bytes, widths: dict[int, int]) -> None:
    rows = _ROW.split(text)
    counts = [sum(row.count(b"%sc%s" % pair) for pair in product((b"<", b":"), (b" ", b">", b"/>"))) for row in rows]
    counts[0] += scan.in_row
    scan.columns = max(scan.columns, *counts)
    scan.cells += sum(counts) - scan.in_row
    scan.in_row = counts[-1]
    numbers = [int(number) for number in _NUMBER.findall(text)]
    scan.rows = max([scan.rows, *numbers])
    scan.unnumbered += len(rows) - 1 - len(numbers)
    for letters, digits in _FAR.findall(text):
        scan.stretch(int(digits), column_number(letters.decode()))
    scan.hidden_rows += len(_HIDDEN.findall(text))
    _scan_cells(scan, text, widths)


def _scan_cells(scan: Scan, text: bytes, widths: dict[int, int]) -> None:
    """Find formulas without results, errors, and numbers shown with leading zeros."""
    if b"<f" in text or b":f" in text:
        for match in _FORMULA.finditer(text):
            told = dict(_ATTRIBUTE.findall(match[1]))
            if told.get(b"t") != b"str" and b"r" in told:  # a formula may well give an empty text
                scan.unsolved.append(told[b"r"].decode())
    if _IS_ERROR.search(text):
        for match in _ERROR.finditer(text):
            told = dict(_ATTRIBUTE.findall(match[1]))
            if told.get(b"t") == b"e" and b"r" in told:
                scan.errors.append(f"{told[b'r'].decode()} {match[2].decode('utf-8', 'replace')}")
    for attributes in _STYLED.findall(text) if widths else ():
        told = dict(_ATTRIBUTE.findall(attributes))
        width = widths.get(int(told.get(b"s", b"0")))
        place = _PLACE.fullmatch(told.get(b"r", b""))
        if width is not None and place and told.get(b"t", b"n") == b"n":
            scan.padded[int(place[2]) - 1, column_number(place[1].decode()) - 1] = width


def column_number(letters: str) -> int:
    """Return the number of a column, the first being 1.

    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def scan_xlsb(archive: Archive, limits: Limits, source: str) -> dict[str, Scan]:
    """Return what the records of a binary workbook's sheets tell, by name; refuse a sheet that is too large."""
    scans = {}
    for name in archive.names:
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".bin"):
            scans[name] = _scan_records(archive.read(name))
            scans[name].check(limits, source, PurePosixPath(name).stem)
    targets = {item.get("Id"): item.get("Target", "") for item in _xml(archive, "xl/_rels/workbook.bin.rels")}
    workbook = archive.find("xl/workbook.bin")
    found = {}
    for kind, at, data in _records(b"" if workbook is None else archive.read(workbook)):
        if kind == _BUNDLE:  # visibility and number, then the relation's id and the sheet's name
            relation, after = _wide_text(data, at + 8)
            target = targets.get(relation, "")
            part = archive.find(target if target.startswith("/") else str(PurePosixPath("xl") / target))
            found[_wide_text(data, after)[0]] = scans.get(part or "", Scan())
    return found


_BUNDLE = 156
_MERGED = 176


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Walk the records of a part ([MS-XLSB] 2.1.4): kind, place of the body, and the whole data."""
    at, size = 0, len(data)
    while at + 1 < size:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] & 0x7F) << 7, at + 1
        length = shift = 0
        while at < size:
            byte = data[at]
            length, shift, at = length | (byte & 0x7F) << shift, shift + 7, at + 1
            if byte < 0x80 or shift > 21:
                break
        yield kind, at, data
        at += length


def _wide_text(data: bytes, at: int) -> tuple[str, int]:
    """Return a text with its length before it, and the place after it."""
    end = at + 4 + 2 * int.from_bytes(data[at : at + 4], "little")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _scan_records(data: bytes) -> Scan:
    """Scan a sheet: type 0 begins a row, types 1 to 11 are cells, 3 and 11 of them errors."""
    scan, row = Scan(), 0
    for kind, at, _ in _records(data):
        if kind == 0:
            row = int.from_bytes(data[at : at + 4], "little") + 1
        elif kind <= 11:
            column = int.from_bytes(data[at : at + 4], "little") + 1
            scan.cells += 1
            scan.stretch(row, column)
            if kind in (3, 11) and at + 8 < len(data):
                scan.tell_error(row - 1, column - 1, data[at + 8])
        elif kind == _MERGED and at + 16 <= len(data):
            first, last, left, right = struct.unpack_from("<4I", data, at)
            scan.merges.append((first, left, last, right))
    return scan


def scan_ods(archive: Archive, limits: Limits, source: str) -> dict[str, Scan]:
    """Return what an OpenDocument's sheets tell, by name; refuse one that repeats rows or columns beyond the limits."""
    part = archive.find("content.xml")
    if part is None:
        return {}
    parser = expat.ParserCreate(namespace_separator=" ")
    reader = _OdsReader(parser)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        for block in archive.blocks(part):
            parser.Parse(block, False)
    except expat.ExpatError:
        return {}  # the reader of values says what is wrong
    for name, scan in reader.scans.items():
        scan.check(limits, source, name)
    return reader.scans


class _OdsReader:
    """Follows rows and cells with their repetitions."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.scans: dict[str, Scan] = {}
        self._parser = parser
        self._scan = Scan()
        self._row = self._column = self._rows = 0
        self._error = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        told = {key.rpartition(" ")[2]: value for key, value in attributes.items() if "calcext" not in key}
        if tag == "table":
            self._scan = self.scans.setdefault(told.get("name", ""), Scan())
            self._row = 0
        elif tag == "table-row":
            self._rows, self._column = _count(told.get("number-rows-repeated")), 0
            self._scan.hidden_rows += self._rows if told.get("visibility") in ("filter", "collapse") else 0
        elif tag in ("table-cell", "covered-table-cell"):
            columns = _count(told.get("number-columns-repeated"))
            place = f"{column_letters(self._column)}{self._row + 1}"
            self._tell_merge(_count(told.get("number-rows-spanned")), _count(told.get("number-columns-spanned")))
            self._column += columns
            if "error" in [value for key, value in attributes.items() if key.endswith(" value-type")]:
                self._error = f"{place} "
                self._parser.CharacterDataHandler = self.text  # of no other cell is the text looked at
            if "value-type" in told:
                self._scan.cells += columns * self._rows
                self._scan.stretch(self._row + self._rows, self._column)
            elif "formula" in told:
                self._scan.unsolved.append(place)

    def _tell_merge(self, rows: int, columns: int) -> None:
        if rows > 1 or columns > 1:
            end = (self._row + rows - 1, self._column + columns - 1)
            self._scan.merges.append((self._row, self._column, *end))

    def text(self, data: str) -> None:
        self._error += data.strip()

    def end(self, tag: str) -> None:
        if tag.endswith(" table-row"):
            self._row += self._rows
        elif self._error and tag.endswith("table-cell"):
            self._scan.errors.append(self._error.rstrip())
            self._error, self._parser.CharacterDataHandler = "", None


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 1
