"""What a spreadsheet's parts tell before and beside its values: extent, hidden rows, formulas without results, errors.

The library that reads values lays a sheet out as a full rectangle, so the rectangle is measured here first.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET
from xml.parsers import expat

from parkatlas.errors import LimitError
from parkatlas.read.archive import Archive
from parkatlas.read.header import letter_name
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.rules import FAR_CELL

# Cells right of column Z or below row 99,999, whatever the prefix, the order and the quotes of XML; nearer ones cannot
# stretch a sheet far.
_FAR = re.compile(rb"""r=["']([A-Z]{2,3}|[A-Z](?=[0-9]{6}))([0-9]{1,7})["']""")
_ROW = re.compile(rb"<(?:[A-Za-z0-9]+:)?row(?=[ />])")
_NUMBER = re.compile(rb"""<(?:[A-Za-z0-9]+:)?row [^>]*?\br=["']([0-9]{1,7})["']""")
_HIDDEN = re.compile(rb'<row [^>]*hidden="(?:1|true)"')
_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?:(?!t="str")[^>])*)><f[^>]*(?:/>|>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
_ERROR = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*t="e"[^>]*>(?:<f[^>]*(?:/>|>[^<]*</f>))?<v>([^<]*)</v>')
_STYLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*?s="([0-9]+)"[^>]*><v>[0-9]+</v>')
_NEAR = 26  # the last column of one letter
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Scan:
    """What was seen of a sheet; ``padded`` maps (row, column), counted from 0, to a width in digits."""

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

    def stretch(self, row: int, column: int) -> None:
        """Take notice of a cell by its row and column, counted from 1."""
        if row > self.rows or column > self.columns:
            self.far = f"{letter_name(column - 1).removeprefix('column ')}{row}"
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)

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
        cut = cut if cut > 0 else text.rfind(b"<")
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
        scan.stretch(int(digits), _column(letters))
    scan.hidden_rows += len(_HIDDEN.findall(text))
    if b"<f" in text:
        scan.unsolved += [match[1].decode() for match in _FORMULA.finditer(text)]
    if b't="e"' in text:
        scan.errors += [f"{match[1].decode()} {match[2].decode('utf-8', 'replace')}" for match in _ERROR.finditer(text)]
    if widths:
        for letters, digits, style in _STYLED.findall(text):
            if (width := widths.get(int(style))) is not None:
                scan.padded[int(digits) - 1, _column(letters) - 1] = width


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def scan_xlsb(archive: Archive, limits: Limits, source: str) -> None:
    """Refuse a binary workbook with a sheet that is too large."""
    for name in archive.names:
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".bin"):
            _scan_records(archive.read(name)).check(limits, source, PurePosixPath(name).stem)


def _scan_records(data: bytes) -> Scan:
    """Walk the records of a sheet ([MS-XLSB] 2.1.4): type 0 begins a row, types 1 to 11 are cells."""
    scan, at, row, size = Scan(), 0, 0, len(data)
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
        if kind == 0:
            row = int.from_bytes(data[at : at + 4], "little") + 1
        elif kind <= 11:
            scan.cells += 1
            scan.stretch(row, int.from_bytes(data[at : at + 4], "little") + 1)
        at += length
    return scan


def scan_ods(archive: Archive, limits: Limits, source: str) -> None:
    """Refuse an OpenDocument sheet that repeats its rows and columns beyond the limits."""
    part = archive.find("content.xml")
    if part is None:
        return
    reader = _OdsReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        for block in archive.blocks(part):
            parser.Parse(block, False)
    except expat.ExpatError:
        return  # the reader of values says what is wrong
    for name, scan in reader.scans.items():
        scan.check(limits, source, name)


class _OdsReader:
    """Follows rows and cells with their repetitions."""

    def __init__(self) -> None:
        self.scans: dict[str, Scan] = {}
        self._scan = Scan()
        self._row = self._column = self._rows = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        told = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if tag == "table":
            self._scan = self.scans.setdefault(told.get("name", ""), Scan())
            self._row = 0
        elif tag == "table-row":
            self._rows, self._column = _count(told.get("number-rows-repeated")), 0
        elif tag in ("table-cell", "covered-table-cell"):
            columns = _count(told.get("number-columns-repeated"))
            self._column += columns
            if "value-type" in told:
                self._scan.cells += columns * self._rows
                self._scan.stretch(self._row + self._rows, self._column)

    def end(self, tag: str) -> None:
        if tag.endswith(" table-row"):
            self._row += self._rows


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 1
