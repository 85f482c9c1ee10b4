"""What a file is, by its content: the extension is only compared, to say where it misleads."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from parkatlas.errors import InputError, LimitError
from parkatlas.findings import Finding
from parkatlas.read.archive import DAMAGED
from parkatlas.read.damage import broken
from parkatlas.read.rules import EXTENSION, FORMAT, VIRTUAL

# What a format is called, and the extensions under which it is expected.
EXTENSIONS = {
    "csv": (".csv", ".tsv", ".txt", ".tab", ".dat"),
    "xlsx": (".xlsx", ".xlsm"),
    "xlsb": (".xlsb",),
    "xls": (".xls", ".et"),
    "ods": (".ods",),
    "geojson": (".geojson", ".json"),
    "gpkg": (".gpkg",),
    "shapefile": (".shp",),
    "zipped shapefile": (".zip",),
    "parquet": (".parquet", ".geoparquet", ".pq"),
    "kml": (".kml",),
    "kmz": (".kmz",),
}
_ZIP, _OLE, _SQLITE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"SQLite format 3\0"
_SHP, _PARQUET = b"\x00\x00\x27\x0a", b"PAR1"
# Files that are surely something else: first bytes, what it is (zh, en), what to do (zh, en).
_SAVE = ("请在原程序中另存为 .xlsx 或 .csv。", "Open it where it was made and save it as .xlsx or .csv.")
_OTHERS = (
    (b"%PDF", ("PDF 文档", "a PDF document"), _SAVE),
    (b"\x1f\x8b", ("gzip 压缩包", "a gzip archive"), ("请先解压。", "Unpack it first.")),
    (b"Rar!", ("RAR 压缩包", "a RAR archive"), ("请先解压。", "Unpack it first.")),
    (b"7z\xbc\xaf\x27\x1c", ("7z 压缩包", "a 7z archive"), ("请先解压。", "Unpack it first.")),
    (b"\x89PNG", ("图片", "a picture"), _SAVE),
    (b"\xff\xd8\xff", ("图片", "a picture"), _SAVE),
    (b"{\\rtf", ("RTF 文档", "an RTF document"), _SAVE),
    (b"MIME-Version:", ("网页存档", "a web page archive"), _SAVE),
    (b"PK\x05\x06", ("空的 zip 压缩包", "an empty zip archive"), _SAVE),
)
_XML = re.compile(rb"<\s*(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ROOTS = {
    "html": ("网页（有些系统把它存成 .xls）", "a web page (some systems save one as .xls)"),
    "table": ("网页表格（有些系统把它存成 .xls）", "a web page table (some systems save one as .xls)"),
    "Workbook": ("Excel 2003 XML 表格", "an Excel 2003 XML spreadsheet"),
    "gml": ("GML", "GML"),
    "FeatureCollection": ("GML", "GML"),
    "gpx": ("GPX", "GPX"),
    "osm": ("OpenStreetMap XML", "OpenStreetMap XML"),
}
# GDAL would follow what these name to any file of the machine or any address.
_VIRTUAL = ("OGRVRTDataSource", "VRTDataset", "GDAL_WMS", "GDAL_WMTS", "OGRWFSDataSource", "WMS_Capabilities")


def find_format(path: Path) -> str:
    """Return the format of a file, one of `EXTENSIONS`.

    Raises
    ------
    InputError
        Where the content is something that is no table, or a format that is not read; the finding says what it is.
    LimitError
        Where it is a file that only points to others, which a safety rule refuses.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    for magic, name in ((_OLE, "xls"), (_SQLITE, "gpkg"), (_SHP, "shapefile"), (_PARQUET, "parquet")):
        if start.startswith(magic):
            return name
    if start.startswith(_ZIP):
        return _find_in_zip(path)
    for magic, what, advice in _OTHERS:
        if start.startswith(magic):
            raise refusal(path.name, what, advice)
    text = _plain_start(start).lstrip(b"\x1e")  # the mark before each feature of a text sequence
    if text.startswith(b"<"):
        return _find_in_xml(text, path)
    if text.startswith(b"{") or re.match(rb"\[\s*[{\]]", text):
        if b"gdal_streamed_alg" in start or b"gdalVersion" in start:
            raise LimitError(VIRTUAL.at(file=path.name))
        return "geojson"
    if start[:1] == b"\x03" and path.suffix.lower() == ".dbf":
        what = ("Shapefile 的属性表", "the attribute table of a shapefile")
        raise refusal(path.name, what, ("请给出同名的 .shp 文件。", "Name the .shp file beside it."))
    return "csv"


def extension_finding(path: Path, found: str) -> list[Finding]:
    """Say where the extension promises another format than the content holds."""
    suffix = path.suffix.lower()
    known = {extension for extensions in EXTENSIONS.values() for extension in extensions}
    if suffix in EXTENSIONS[found] or suffix not in known:
        return []
    return [EXTENSION.at(file=path.name, found=found)]


def refusal(source: str, what: tuple[str, str], advice: tuple[str, str]) -> InputError:
    """Return the refusal of a file that is something else."""
    return InputError(
        FORMAT.at(file=source, what_zh=what[0], what_en=what[1], advice_zh=advice[0], advice_en=advice[1])
    )


def _plain_start(start: bytes) -> bytes:
    """Return the first bytes as ASCII would have them, whatever mark and width of characters they have."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start[:64]:
        start = start.replace(b"\0", b"").replace(b"\xff\xfe", b"").replace(b"\xfe\xff", b"")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()


def _find_in_xml(text: bytes, path: Path) -> str:
    body = re.sub(rb"<\?.*?\?>|<!--.*?-->|<![^>]*>", b"", text, flags=re.DOTALL)
    match = _XML.search(body)
    root = match.group(1).decode("ascii") if match else ""
    if root in _VIRTUAL:
        raise LimitError(VIRTUAL.at(file=path.name))
    if root == "kml":
        return "kml"
    if not match or not re.match(rb"<[?!\w]", text):
        return "csv"
    what = _ROOTS.get(root) or _ROOTS.get(root.lower()) or (f"XML（{root}）", f"XML ({root})")
    raise refusal(path.name, what, _SAVE)


def _find_in_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mime = (
                archive.read("mimetype")[:80]
                if "mimetype" in names and archive.getinfo("mimetype").file_size < 100
                else b""
            )
    except (*DAMAGED, RuntimeError) as error:  # RuntimeError: a member with a password
        raise InputError(broken(error, path.name)) from error
    lower = {name.lower() for name in names}
    if "xl/workbook.bin" in lower:
        return "xlsb"
    if "xl/workbook.xml" in lower:
        return "xlsx"
    if mime.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    if any(name.endswith(".shp") for name in lower):
        return "zipped shapefile"
    if any(name.endswith(".kml") for name in lower):
        return "kmz"
    shown = ", ".join(sorted(names)[:5])
    raise refusal(path.name, (f"zip 压缩包（{shown}）", f"a zip archive ({shown})"), ("请先解压。", "Unpack it first."))
