"""Deliberately awful files, one awkwardness each and some with several, and what must become of them.

Every file tells of the same two enterprises, 甲公司 and 乙公司, unless its awkwardness forbids it.
"""

# ruff: noqa: E501 - a table reads better in lines
from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter
from binary import Error, dbf, ods_rows, shp, write_ods, write_xls, write_xlsb

HEAD = ["企业名称", "经度", "纬度", "产值(万元)"]
A, B = ["甲公司", "125.3", "43.9", "100"], ["乙公司", "125.4", "43.8", "200"]
NAMES = ("甲公司", "乙公司")


@dataclass(frozen=True)
class Awful:
    """A file: how it is written, and either the rows of it that are enterprises or the code of its refusal.

    ``rows`` maps row numbers to the name that must stand there, ``aside`` maps row numbers to the code of the reason
    why they are none; together they are every input row. ``says`` are codes of findings that must be there.
    """

    name: str
    write: Callable[[Path], Path]
    rows: dict[int, str] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    refused: str | None = None
    at_row: int | None = None
    says: tuple[str, ...] = ()
    cells: dict[tuple[int, str], str | None] = field(default_factory=dict)
    column: str = "企业名称"
    options: dict[str, object] = field(default_factory=dict)


def text(body: str, codec: str = "utf-8", name: str = "list.csv") -> Callable[[Path], Path]:
    """Return a writer of a text file."""
    return data(body.encode(codec), name)


def data(body: bytes, name: str = "list.csv") -> Callable[[Path], Path]:
    """Return a writer of bytes."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(body)
        return path

    return write


def lines(*rows: list[str], by: str = ",", end: str = "\n") -> str:
    """Return rows as delimited text."""
    return "".join(by.join(row) + end for row in rows)


def book(fill: Callable[[openpyxl.Workbook], None], name: str = "list.xlsx") -> Callable[[Path], Path]:
    """Return a writer of a workbook that a function fills."""

    def write(folder: Path) -> Path:
        made = openpyxl.Workbook()
        made.active.title = "名录"
        fill(made)
        made.save(folder / name)
        return folder / name

    return write


def sheet(*rows: list[object], merge: tuple[str, ...] = ()) -> Callable[[Path], Path]:
    """Return a writer of a workbook of one sheet."""

    def fill(made: openpyxl.Workbook) -> None:
        for row in rows:
            made.active.append(row)
        for place in merge:
            made.active.merge_cells(place)

    return book(fill)


def numbers(row: list[str]) -> list[object]:
    """Return a row with its numbers as numbers."""
    return [row[0], *(float(cell) for cell in row[1:])]


def _two_lists(made: openpyxl.Workbook) -> None:
    for target in (made.active, made.create_sheet("另一份")):
        for row in (HEAD, A, B):
            target.append(row)


def _hidden_list(made: openpyxl.Workbook) -> None:
    for row in (HEAD, A, B):
        made.active.append(row)
    other = made.create_sheet("旧名录")
    other.append(HEAD)
    other.append(A)
    other.sheet_state = "hidden"
    made.create_sheet("说明").append(["本表由统计科填报，请勿修改。"])


def _only_hidden(made: openpyxl.Workbook) -> None:
    _hidden_list(made)
    made.remove(made["名录"])


def _stray_cell(made: openpyxl.Workbook) -> None:
    for row in (HEAD, A, B):
        made.active.append(row)
    made.active["XFD1048576"] = "x"


def _unsolved(made: openpyxl.Workbook) -> None:
    made.active.append(HEAD)
    made.active.append([*A[:3], "=50+50"])
    made.active.append(B)


def _typed_cells(folder: Path) -> Path:
    path = folder / "list.xlsx"
    made = xlsxwriter.Workbook(str(path))
    page = made.add_worksheet("名录")
    page.write_row(0, 0, ["企业名称", "行业代码", "产值", "成立日期", "信用代码", "上市", "错误"])
    page.write_string(1, 0, "甲公司")
    page.write_number(1, 1, 276, made.add_format({"num_format": "0000"}))
    page.write_formula(1, 2, "=40+60", None, 100)
    page.write_number(1, 3, 43952, made.add_format({"num_format": "yyyy-mm-dd"}))
    page.write_number(1, 4, 912201010000000000)
    page.write_boolean(1, 5, True)
    page.write_formula(1, 6, "=NA()", None, "#N/A")
    page.write_row(2, 0, ["乙公司", "0277", 0.1, "2020年5月", "912201010000000001", False, ""])
    made.close()
    return path


def _bomb(folder: Path) -> Path:
    path = sheet(HEAD, A)(folder)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(66 << 20))
    return path


def _liar(folder: Path) -> Path:
    path = sheet(HEAD, A)(folder)
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")  # the last entry of the directory: its inflated size, 24 bytes on
    raw[at + 24 : at + 28] = (5).to_bytes(4, "little")
    path.write_bytes(raw)
    return path


def _circle(folder: Path) -> Path:
    path = write_xls(folder / "list.xls", {"名录": [HEAD, A]})
    raw = bytearray(path.read_bytes())
    raw[512 + 4 * 5 : 512 + 4 * 6] = (3).to_bytes(4, "little")  # in the sector table, a later sector leads back
    path.write_bytes(raw)
    return path


def _entities(folder: Path) -> Path:
    path = sheet(HEAD, A)(folder)
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><sst>&c;</sst>'
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/more.xml", entity)
    return path


def point(lon: object, lat: object, /, **properties: object) -> dict[str, object]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def collection(*features: object, **more: object) -> str:
    """Return a GeoJSON text."""
    return json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False)


BOTH = collection(point(125.3, 43.9, 企业名称="甲公司"), point(125.4, 43.8, 企业名称="乙公司"))


def kml(inner: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    """Return a KML text."""
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inner}</Document></kml>'


def placemark(name: str, place: str) -> str:
    """Return a KML placemark."""
    return f"<Placemark><name>{name}</name><Point><coordinates>{place}</coordinates></Point></Placemark>"


def shapefile(
    codec: str = "gb18030",
    cpg: str | None = None,
    language: int = 0,
    zipped: bool = False,
    keep: slice = slice(None),
    field: str = "企业名称",
    folder_name: str = "",
) -> Callable[[Path], Path]:
    """Return a writer of a shapefile of the two enterprises."""

    def write(folder: Path) -> Path:
        table = dbf([(field, "C", 20), ("CODE", "C", 6)], [["甲公司", "000123"], ["乙公司", "1"]], codec, language)
        parts = {"shp": shp([(125.3, 43.9), (125.4, 43.8)])[keep], "dbf": table, "prj": _PRJ.encode()}
        if cpg is not None:
            parts["cpg"] = cpg.encode()
        if zipped:
            with zipfile.ZipFile(folder / "list.zip", "w") as archive:
                for kind, body in parts.items():
                    archive.writestr(f"{folder_name}list.{kind.upper()}", body)
            return folder / "list.zip"
        for kind, body in parts.items():
            (folder / f"list.{kind}").write_bytes(body)
        return folder / "list.shp"

    return write


_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def geopackage(*layers: str) -> Callable[[Path], Path]:
    """Return a writer of a GeoPackage of attributes in which an 18-digit number stands beside a missing one."""

    def write(folder: Path) -> Path:
        path = folder / "list.gpkg"
        made = sqlite3.connect(path)
        made.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
        for layer in layers:
            made.execute(
                f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, "企业名称" TEXT, code INTEGER, open BOOLEAN)'
            )
            made.execute("INSERT INTO gpkg_contents VALUES (?, 'attributes')", (layer,))
            rows = [("甲公司", 912201010000000123, 1), ("乙公司", None, 0)]
            made.executemany(f'INSERT INTO "{layer}" ("企业名称", code, open) VALUES (?, ?, ?)', rows)
        made.commit()
        made.close()
        return path

    return write


def parquet(folder: Path) -> Path:
    """Write a Parquet file under a misleading name."""
    frame = pd.DataFrame({"企业名称": list(NAMES), "code": pd.array([912201010000000123, None], dtype="Int64")})
    frame["since"] = pd.to_datetime(["2020-05-01", None])
    frame["output"] = [1e16, 0.1]
    frame.to_parquet(folder / "list.csv")
    return folder / "list.csv"


ERRORS = [HEAD, [*numbers(A)[:3], Error(0x07, formula=True)], ["乙公司", Error(), 43.8, 200.0]]
WITH_ERRORS: dict[str, Callable[[Path], Path]] = {
    "xls": lambda folder: write_xls(folder / "list.xls", {"说明": [["x"]], "名录": ERRORS}),
    "xlsb": lambda folder: write_xlsb(folder / "list.xlsb", ERRORS),
    "ods": lambda folder: write_ods(folder / "list.ods", {"名录": ods_rows(ERRORS)}),
}
SHARED: list[list[object]] = [
    ["所属园区", "企业名称", "产值(万元)", "备注"],
    ["药谷", "甲公司", 100.0, "无"],
    [None, "乙公司", None, "无"],
    [None, "小计", 100.0, None],
    ["北园", "丙公司", 1.0, "同上"],
    [None, "丁公司", 2.0, None],
]
MERGED: dict[str, Callable[[Path], Path]] = {
    "xlsx": sheet(*SHARED, merge=("A2:A4", "A5:A6", "C2:C3")),
    "xlsb": lambda folder: write_xlsb(folder / "list.xlsb", SHARED, merged=[(1, 0, 3, 0), (4, 0, 5, 0), (1, 2, 2, 2)]),
    "ods": lambda folder: write_ods(
        folder / "list.ods", {"名录": ods_rows(SHARED, merged=[(1, 0, 3, 0), (4, 0, 5, 0), (1, 2, 2, 2)])}
    ),
}
TWO = {2: "甲公司", 3: "乙公司"}
FIRST_TWO = {1: "甲公司", 2: "乙公司"}

TEXTS = [
    Awful("utf-8 with a mark", text(lines(HEAD, A, B), "utf-8-sig"), TWO, says=("read.encoding",)),
    Awful("gb18030", text(lines(HEAD, A, B), "gb18030"), TWO, says=("read.encoding",)),
    Awful("a rare character", text(lines(HEAD, ["㐂𠮷公司", *A[1:]]), "gb18030"), {2: "㐂𠮷公司"}),
    Awful("utf-16 from Excel", text("\ufeff" + lines(HEAD, A, B, by="\t"), "utf-16-le", "list.txt"), TWO),
    Awful("utf-16 unmarked", text(lines(HEAD, A, B), "utf-16-le"), refused="read.nul"),
    Awful("utf-16 unmarked, named", text(lines(HEAD, A, B), "utf-16-le"), TWO, options={"encoding": "utf-16-le"}),
    Awful("utf-8 cut in a character", data(lines(HEAD, A, B).encode() + "丙".encode()[:2]), refused="read.damaged-text",
          at_row=4),
    Awful("gbk with a damaged byte", data(lines(HEAD, A, B).encode("gbk").replace("乙".encode("gbk"), b"\xd2\xff")),
          refused="read.damaged-text", at_row=3),
    Awful("utf-8 with gbk below", data(lines(HEAD, A, B).encode() + lines(["丙公司", "125", "43", "1"]).encode("gbk")),
          refused="read.mixed-encodings", at_row=4),
    Awful("a stray NUL", text(lines(HEAD, A, ["丙\0公司", "125", "43", "1"])), refused="read.stray-nul", at_row=3),
    Awful("utf-8 once read as latin", text(lines(HEAD, ["长春公司".encode().decode("latin-1"), *A[1:]], B)), says=("read.mojibake",),
          rows={2: "长春公司".encode().decode("latin-1"), 3: "乙公司"}),
    Awful("gbk once read as latin", text(lines(HEAD, ["长春公司".encode("gbk").decode("cp1252"), *A[1:]], B)), says=("read.mojibake",),
          rows={2: "长春公司".encode("gbk").decode("cp1252"), 3: "乙公司"}),
    Awful("neither", data(lines(HEAD, A).encode() + b"\xff\xfe\xfd\n"), refused="read.no-encoding", at_row=3),
    Awful("latin", text("name,lon,lat\nCafé Ö,8,50\n", "latin-1"), refused="read.no-encoding", at_row=2),
    Awful("latin, named", text("name,lon,lat\nMüller & Söhne,8,50\n", "latin-1"), {2: "Müller & Söhne"}, column="name",
          options={"encoding": "latin-1"}),
    Awful("big5 in disguise", text("企業名稱,經度\n長春製藥股份有限公司,125\n", "big5"), refused="read.not-gb18030"),
    Awful("big5, named", text("企業名稱,經度\n長春製藥,125\n", "big5"), {2: "長春製藥"},
          column="企業名稱", options={"encoding": "big5"}),
    Awful("latin in disguise", text("name,lon,lat\nMüller & Söhne,8,50\n", "latin-1"), {2: "M黮ler & S鰄ne"}, column="name",
          says=("read.doubtful-encoding",)),
    Awful("wrong encoding named", text(lines(HEAD, A), "gb18030"), refused="read.wrong-encoding",
          options={"encoding": "utf-8"}, at_row=1),
    Awful("lost characters", text(lines(HEAD, ["甲\ufffd公司", *A[1:]])), {2: "甲\ufffd公司"},
          says=("read.replaced-characters",)),
    Awful("semicolons and decimal commas", text(lines(HEAD, ["甲公司", "125,3", "43,9", "1"], by=";")), {2: "甲公司"},
          cells={(2, "经度"): "125,3"}),
    Awful("full-width commas", text(lines(HEAD, A, B, by="，")), TWO),
    Awful("control characters between cells", text(lines(HEAD, A, B, by="\x01")), TWO),
    Awful("an unheard-of delimiter", text(lines(HEAD, A, B, by="#")), TWO),
    Awful("blanks between cells", text(lines(HEAD, A, B, by=" "), name="list.txt"), TWO),
    Awful("blanks within names", text("Company Name\nAlpha Ltd\nBeta Ltd\n"), {2: "Alpha Ltd", 3: "Beta Ltd"},
          column="Company Name"),
    Awful("a print-out", text("药谷企业名录\n企业名称        经度   纬度    产值(万元)\n------------------------------\n"
          "  甲公司         125.3  43.9      1,000\n\n乙 \"长春\" 公司　　125.4  43.8        200   \n合计                             1,200\n"
          "注：数据截至2024年。\n", name="list.txt"), {4: "甲公司", 6: '乙 "长春" 公司'}, {7: "read.total-row", 8: "read.note-row"},
          says=("read.blanks-between-columns", "read.title-rows"), cells={(4, "产值(万元)"): "1,000", (6, "经度"): "125.4"}),
    Awful("a print-out in GBK, old Mac line ends", text(lines(HEAD, A, B, by="   ", end="\r"), "gb18030"), TWO,
          says=("read.blanks-between-columns",)),
    Awful("a print-out without a header, said so", text(lines(A, B, by="  ")), FIRST_TWO, column="column A", options={"header": 0},
          says=("read.blanks-between-columns",)),
    Awful("a print-out with a gap", text(lines(HEAD, A, ["乙公司", "     ", "43.8", "200"], B, by="  ")),
          refused="read.uneven-columns", at_row=3),
    Awful("a print-out whose cells touch", text(lines(HEAD, A, by="   ") + "乙公司   125.4 43.8   200\n" + lines(B, B, by="   ")),
          refused="read.uneven-columns", at_row=3),
    Awful("a print-out whose header has a cell more", text(lines([*HEAD, "备注"], A, B, by="   ")), refused="read.uneven-columns",
          at_row=1),
    Awful("double blanks within names", text("企业名称\n甲公司\n乙  公司\n"), {2: "甲公司", 3: "乙  公司"}),
    Awful("Excel's own first line", text("sep=;\n" + lines(HEAD, A, B, by=";")), {3: "甲公司", 4: "乙公司"}),
    Awful("old Mac line ends", text(lines(HEAD, A, B, end="\r")), TWO),
    Awful("line breaks in a cell", text(lines(HEAD, ['"甲\r\n公司"', *A[1:]], B, end="\r\n")), {2: "甲\r\n公司", 3: "乙公司"}),
    Awful("quotes in a name", text(lines(HEAD, ['"甲""长春""公司"', *A[1:]])), {2: '甲"长春"公司'}),
    Awful("an open quote", text(lines(HEAD, ['"甲公司', *A[1:]], B, B)), refused="read.open-quote", at_row=2),
    Awful("an address of two lines", text(lines(HEAD, ['"甲公司\n长春, 净月, 药谷, 1号"', *A[1:]])),
          {2: "甲公司\n长春, 净月, 药谷, 1号"}),
    Awful("a comma too many", text(lines(HEAD, ["甲,公司", *A[1:]], B)), {3: "乙公司"}, {2: "read.long-row"}),
    Awful("a row parted otherwise", text(lines(HEAD, A, ["乙公司;125.4;43.8;200"], ["丙；丁公司"])), {2: "甲公司", 4: "丙；丁公司"},
          {3: "read.other-delimiter"}),
    Awful("commas at the end", text(lines(HEAD, [*A, ""], [*B, "", ""])), TWO),
    Awful("short rows", text(lines(HEAD, A[:2], B)), TWO, says=("read.short-rows",), cells={(2, "纬度"): None}),
    Awful("cut in the last row", text(lines(HEAD, A, B) + "丙公司,125."), TWO, {4: "read.cut-row"}),
    Awful("blank lines", text("\n\n" + lines(HEAD, A) + "\n , ,,\n" + lines(B) + "\n\n"), {4: "甲公司", 7: "乙公司"},
          says=("read.blank-rows",)),
    Awful("a title of two cells above numbers", text("药谷企业名录,2024年,,\n" + lines(HEAD, A, B)), {3: "甲公司", 4: "乙公司"},
          says=("read.title-rows",)),
    Awful("titles", text("药谷企业名录,,,\n填报单位：统计科,,单位：万元,\n" + lines(HEAD, A, B)), {4: "甲公司", 5: "乙公司"},
          says=("read.title-rows",)),
    Awful("totals and notes", text(lines(HEAD, A, ["小  计", "", "", "100"], B, ["合计", "", "", "300"])
          + "注：数据截至2024年。,,,\n"), {2: "甲公司", 4: "乙公司"},
          {3: "read.total-row", 5: "read.total-row", 6: "read.note-row"}),
    Awful("totals that count, and a mean", text(lines(HEAD, A, ["小计（1家）", "", "", "100"], B, ["合　计：共2 户", "", "", "300"],
          ["平均", "", "", "150"], ["合计科技有限公司", "", "", "1"])), {2: "甲公司", 4: "乙公司", 7: "合计科技有限公司"},
          {3: "read.total-row", 5: "read.total-row", 6: "read.total-row"}),
    Awful("sections", text(lines(HEAD) + "一、净月片区,,,\n" + lines(A) + "（二）北湖,,,\n" + lines(B)),
          {3: "甲公司", 5: "乙公司"}, {2: "read.section-row", 4: "read.section-row"}),
    Awful("totals with words before and behind", text(lines(HEAD, A, ["净月区合计", "", "", "100"], B, ["其中：规上", "", "", "200"],
          ["以上合计", "", "", "300"], ["合计（万元）", "", "", "300"], ["全市总计", "125.4", "43.8", "300"])), {2: "甲公司", 4: "乙公司"},
          dict.fromkeys((3, 5, 6, 7, 8), "read.total-row")),
    Awful("totals in two columns", text("企业名称,产值\n甲公司,1\n净月区合计,1\n合计（万元）,1\n"), {2: "甲公司"},
          dict.fromkeys((3, 4), "read.total-row")),
    Awful("companies that sound like totals", text(lines(HEAD, A, ["共合计", "125.4", "43.8", "1"], ["东方会计", "", "", "1"],
          ["其中科技（长春）", "", "", "2"], ["统计设计（长春）", "125", "43", "2"])),
          {2: "甲公司", 3: "共合计", 4: "东方会计", 5: "其中科技（长春）", 6: "统计设计（长春）"}),
    Awful("sections with sums, captions", text(lines(HEAD, A, ["二、装备制造", "", "", "500"], B, ["附：共2家", "", "", ""],
          ["表2 规下企业", "", "", ""], HEAD, ["一、丙公司", "", "", "7"])), {2: "甲公司", 4: "乙公司", 8: "一、丙公司"},
          {3: "read.section-row", 5: "read.note-row", 6: "read.section-row", 7: "read.repeated-header"}),
    Awful("columns numbered", text(lines(HEAD, ["甲", "乙", "丙", "丁"], ["1", "2", "3", "4"], A, HEAD, ["(1)", "(2)", "(3)", "(4)"], B)),
          {4: "甲公司", 7: "乙公司"}, {2: "read.column-numbers", 3: "read.column-numbers", 5: "read.repeated-header",
                                   6: "read.column-numbers"}),
    Awful("rows of numbers that are none of columns", text("编号,经度,纬度\n1,2,3\n2,125.3,43.9\n"), {2: "1", 3: "2"}, column="编号"),
    Awful("a header in two languages", text("企业名称,联系人,地址\nCompany,Contact,Address\n甲公司,王,路1号\n乙公司,李,路2号\n"),
          {3: "甲公司", 4: "乙公司"}, {2: "read.repeated-header"}),
    Awful("values that could be names of columns", text(lines(["类型", "名称", "行业"], ["企业", "甲公司", "制造业"], ["机构", "乙公司", "园区"])),
          TWO, column="名称"),
    Awful("another table below", text(lines(HEAD, A, B) + "企业名称,产值,人数,电话\n丙公司,1,2,3\n"), refused="read.another-table",
          at_row=4),
    Awful("a table on its side", text("企业名称,甲公司,乙公司\n经度,125.3,125.4\n纬度,43.9,43.8\n所属园区,东,西\n"),
          refused="read.transposed"),
    Awful("a card above the list", text("单位名称,统计局,,\n联系人,王,,\n电话,12345,,\n" + lines(HEAD, A)), {5: "甲公司"}),
    Awful("nothing but blanks", text(" , ,\n\n , ,\n"), refused="read.blank"),
    Awful("the header on every page", text(lines(HEAD, A, HEAD, B)), {2: "甲公司", 4: "乙公司"}, {3: "read.repeated-header"}),
    Awful("a header of two rows", text("企业名称,坐标,,产值(万元)\n,经度,纬度,\n" + lines(A, B)), {3: "甲公司", 4: "乙公司"},
          cells={(3, "坐标 / 经度"): "125.3", (3, "坐标 / 纬度"): "43.9"}),
    Awful("units in a row of their own", text("企业名称,产值,面积\n,万元,亩\n甲公司,100,3\n"), {3: "甲公司"},
          cells={(3, "产值(万元)"): "100", (3, "面积(亩)"): "3"}),
    Awful("units behind a colon", text("企业名称,产值:千元\n甲公司,100\n"), {2: "甲公司"}, cells={(2, "产值:千元"): "100"}),
    Awful("our own names", text("企业名称,location_quality,uncertainty_m\n甲公司,area,\n"), {2: "甲公司"}),
    Awful("names twice", text("企业名称,电话,电话\n甲公司,1,2\n"), {2: "甲公司"}, cells={(2, "电话 (2)"): "2"},
          says=("read.repeated-name",)),
    Awful("a column without a name", text("企业名称,,经度\n甲公司,x,125\n"), {2: "甲公司"}, cells={(2, "column B"): "x"}),
    Awful("zeros guarded", text(lines(["企业名称", "行业代码"], ["甲公司", '="0276"'])), {2: "甲公司"},
          cells={(2, "行业代码"): "0276"}, says=("read.formula-text",)),
    Awful("long codes", text(lines(["企业名称", "统一社会信用代码"], ["甲公司", "912201010000000123"], ["乙公司", ""])), TWO,
          cells={(2, "统一社会信用代码"): "912201010000000123", (3, "统一社会信用代码"): None}),
    Awful("NA is a name", text(lines(["企业名称", "备注"], ["NA", "null"])), {2: "NA"}, cells={(2, "备注"): "null"}),
    Awful("no header", text(lines(A, B)), refused="read.no-header"),
    Awful("no header, said so", text(lines(A, B)), FIRST_TWO, column="column A", options={"header": 0}),
    Awful("header named", text("甲,乙\n" + lines(["x1", "x2"], ["甲公司", "1"])), {3: "甲公司"}, column="x1",
          options={"header": 2}),
    Awful("one column", text("企业名称\n甲公司\n乙公司\n"), TWO),
    Awful("nothing but a header", text(lines(HEAD)), refused="read.no-rows"),
    Awful("empty", data(b""), refused="read.empty"),
    Awful("a web page as .xls", text("<html><table><tr><td>甲</td></tr></table></html>", name="list.xls"),
          refused="read.format"),
    Awful("a PDF", data(b"%PDF-1.7\n", "list.csv"), refused="read.format"),
    Awful("text as .xls", text(lines(HEAD, A, B, by="\t"), "gb18030", "list.xls"), TWO, says=("read.extension",)),
]  # fmt: skip

BOOKS = [
    Awful("title, merged header, blanks, total",
          sheet(["企业名录"], ["企业名称", "坐标", None, "产值(万元)"], [None, "经度", "纬度"], numbers(A), [], numbers(B),
                ["合计", None, None, 300], merge=("A1:D1", "B2:C2", "A2:A3", "D2:D3")),
          {4: "甲公司", 6: "乙公司"}, {7: "read.total-row"}, cells={(4, "坐标 / 经度"): "125.3", (4, "产值(万元)"): "100"},
          says=("read.title-rows", "read.blank-rows")),
    Awful("a header of three rows, units in the last", sheet(["企业名称", "位置", None, None, "指标", None],
          [None, "坐标", None, "地址", "产值", "人数"], [None, "经度", "纬度", None, "万元", "人"],
          ["甲公司", 125.3, 43.9, "路1号", 12.5, 3], merge=("A1:A3", "B1:D1", "E1:F1", "B2:C2", "D2:D3")), {4: "甲公司"},
          cells={(4, "位置 / 坐标 / 纬度"): "43.9", (4, "位置 / 地址"): "路1号", (4, "指标 / 产值(万元)"): "12.5"}),
    Awful("a header of four rows", sheet(["企业名称", "概况", None, None, None], [None, "位置", None, "经济", None],
          [None, "坐标", None, "产值", "人数"], [None, "经度", "纬度", "万元", "人"], ["甲公司", 125.3, 43.9, 12.5, 3],
          merge=("A1:A4", "B1:E1", "B2:C2", "D2:E2", "B3:C3")), {5: "甲公司"},
          cells={(5, "概况 / 位置 / 坐标 / 经度"): "125.3", (5, "概况 / 经济 / 人数(人)"): "3"}),
    Awful("a table away from the corner", sheet([], [], [None, *HEAD], [None, *A], [None, *B]), {4: "甲公司", 5: "乙公司"}),
    Awful("line break in a header", sheet(["企业\n名称", "产值\n(万元)"], ["甲公司", 1]), {2: "甲公司"},
          cells={(2, "产值(万元)"): "1"}),
    *(Awful(f"cells merged over rows in an {kind}", write, {2: "甲公司", 3: "乙公司", 5: "丙公司", 6: "丁公司"}, {4: "read.total-row"},
            cells={(3, "所属园区"): "药谷", (4, "所属园区"): None, (6, "所属园区"): "北园", (3, "产值(万元)"): None,
                   (6, "备注"): None}, says=("read.merged-cells", "read.merged-numbers")) for kind, write in MERGED.items()),
    Awful("a name merged over rows", sheet(HEAD, numbers(A), [None, 125.4, 43.8, None], ["丙公司", 125.5, 43.7, 1],
          merge=("A2:A3", "D2:D3")), {2: "甲公司", 3: "甲公司", 4: "丙公司"}, cells={(3, "产值(万元)"): None},
          says=("read.merged-cells", "read.merged-numbers")),
    Awful("two lists", book(_two_lists), refused="read.which-sheet"),
    Awful("two lists, one named", book(_two_lists), TWO, options={"sheet": "另一份"}),
    Awful("a hidden list and a note", book(_hidden_list), TWO, says=("read.sheet",)),
    Awful("only the hidden one is a list", book(_only_hidden), refused="read.no-table"),
    Awful("no such sheet", book(_hidden_list), refused="read.no-sheet", options={"sheet": "名绿"}),
    Awful("a formula without its value", book(_unsolved), TWO, cells={(2, "产值(万元)"): None},
          says=("read.formula-without-value",)),
    Awful("every kind of cell", _typed_cells, TWO, says=("read.lost-digits", "read.error-cell"),
          cells={(2, "行业代码"): "0276", (2, "产值"): "100", (2, "成立日期"): "2020-05-01", (2, "上市"): "true",
                 (2, "信用代码"): "912201010000000000", (3, "信用代码"): "912201010000000001", (3, "行业代码"): "0277",
                 (3, "产值"): "0.1", (2, "错误"): None}),
    Awful("a stray cell", book(_stray_cell), refused="read.far-cell"),
    Awful("a zip bomb", _bomb, refused="read.zip-bomb"),
    Awful("a zip that lies", _liar, refused="read.broken"),
    Awful("entities", _entities, refused="read.xml-entities"),
    Awful("cut short", lambda folder: data(sheet(HEAD, A)(folder).read_bytes()[:2000], "cut.xlsx")(folder),
          refused="read.broken"),
    Awful("xls", lambda folder: write_xls(folder / "list.xls", {"名录": [HEAD, numbers(A), numbers(B)]}), TWO,
          cells={(2, "经度"): "125.3", (3, "产值(万元)"): "200"}),
    Awful("an .xls that is none", data(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "list.xls"), refused="read.broken"),
    Awful("xls that runs in a circle", _circle, refused="read.broken"),
    *(Awful(f"errors in an {kind}", write, TWO, cells={(2, "产值(万元)"): None, (3, "经度"): None, (3, "纬度"): "43.8"},
            says=("read.error-cell",)) for kind, write in WITH_ERRORS.items()),
    Awful("an ods formula without its value", lambda folder: write_ods(folder / "list.ods", {"名录":
          ods_rows([HEAD, numbers(A)]) + '<table:table-row table:visibility="filter"><table:table-cell office:value-type='
          '"string"><text:p>乙公司</text:p></table:table-cell><table:table-cell table:formula="of:=1+1"/>'
          "</table:table-row>"}), TWO, cells={(3, "经度"): None},
          says=("read.formula-without-value", "read.hidden-rows")),
    Awful("xls with a stray cell", lambda folder: write_xls(folder / "list.xls", {"名录": [HEAD, A]}, far=(60_000, 60_000)),
          refused="read.far-cell"),
    Awful("xlsb", lambda folder: write_xlsb(folder / "list.xlsb", [HEAD, numbers(A), numbers(B)]), TWO,
          cells={(2, "经度"): "125.3"}),
    Awful("xlsb with a stray cell", lambda folder: write_xlsb(folder / "list.xlsb", [HEAD, A], far=(1_000_000, 16_000)),
          refused="read.far-cell"),
    Awful("ods", lambda folder: write_ods(folder / "list.ods", {"名录": ods_rows([HEAD, numbers(A), numbers(B)])}), TWO,
          cells={(2, "经度"): "125.3"}),
    Awful("ods that repeats itself", lambda folder: write_ods(folder / "list.ods", {"名录": ods_rows([HEAD])
          + '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
          'office:value="1" table:number-columns-repeated="1000"/></table:table-row>'}), refused="read.limit"),
]  # fmt: skip

LAYERS = [
    Awful("geojson", text(BOTH, name="list.geojson"), FIRST_TWO, cells={(1, "lon"): "125.3", (2, "lat"): "43.8"}),
    Awful("geojson as .txt", text(BOTH, name="list.txt"), FIRST_TWO, says=("read.extension",)),
    Awful("18 digits in JSON", text(collection(point(1, 2, 企业名称="甲公司", code=912201010000000123, open=True, none=None))),
          {1: "甲公司"}, cells={(1, "code"): "912201010000000123", (1, "open"): "true", (1, "none"): None}),
    Awful("coordinates as text, one alone, none", text(collection(point(125.3, 43.9, 企业名称="甲公司"),
          point("125.3", "43.9", 企业名称="乙公司"), *({"type": "Feature", "properties": {"企业名称": name},
          "geometry": {"type": "Point", "coordinates": place}} for name, place in (("丙公司", [125.3]), ("丁公司", []))))),
          {1: "甲公司", 4: "丁公司"}, {2: "read.feature-position", 3: "read.feature-position"},
          cells={(1, "lon"): "125.3", (2, "lon"): None, (4, "lat"): None}),
    Awful("a feature a line", text("".join(json.dumps(one) + "\n" for one in (point(125.3, 43.9, 企业名称="甲公司"),
          point(125.4, 43.8, 企业名称="乙公司"))), name="list.geojsonl"), FIRST_TWO, says=("read.feature-lines",),
          cells={(2, "lon"): "125.4"}),
    Awful("a text sequence", text("".join("\x1e" + json.dumps(one) + "\n" for one in (point(125.3, 43.9, 企业名称="甲公司"),
          point(125.4, 43.8, 企业名称="乙公司"))), name="list.json"), FIRST_TWO, says=("read.feature-lines",)),
    Awful("a feature a line, one cut", text(2 * (json.dumps(point(1, 2)) + "\n") + '{"type": "Feature", '), refused="read.cut-json",
          at_row=3),
    Awful("a key twice", text(BOTH.replace('"企业名称": "乙公司"', '"企业名称": "乙公司", "企业名称": "丙公司"')),
          refused="read.duplicate-key", at_row=2),
    Awful("json cut", text(BOTH[:-60]), refused="read.cut-json", at_row=2),
    Awful("no shape and an odd one", text(collection(
          {"type": "Feature", "properties": {"企业名称": "甲公司"}, "geometry": None},
          {"type": "Feature", "properties": {"企业名称": "乙公司"}, "geometry": {"type": "LineString",
           "coordinates": [[1, 2], [3, 4]]}})), FIRST_TWO, cells={(1, "lon"): None, (2, "geometry"): "LINESTRING (1 2, 3 4)"}),
    Awful("metres declared", text(collection(point(500000, 4860000, 企业名称="甲公司"),
          crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4551"}})), {1: "甲公司"},
          says=("read.crs-converted",), cells={(1, "lon"): "126"}),
    Awful("metres of nobody", text(collection(point(1, 2), crs={"type": "name", "properties": {"name": "EPSG:999999"}})),
          refused="read.crs-unknown"),
    Awful("lon of its own", text(collection(point(125.3, 43.9, 企业名称="甲公司", lon="125度"))), {1: "甲公司"},
          cells={(1, "lon"): "125.3", (1, "lon (2)"): "125度"}, says=("read.name-taken",)),
    Awful("a list of objects", text('[{"企业名称": "甲公司"}]'), refused="read.not-geojson"),
    Awful("a virtual file", text("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", name="list.geojson"),
          refused="read.virtual-file"),
    Awful("kml", text(kml("<Folder><name>北湖</name>" + placemark("甲公司", "125.30,43.9,0") + "</Folder>"
          + placemark("乙公司", " 125.4, 43.8 ")), name="list.kml"), FIRST_TWO, column="name",
          cells={(1, "lon"): "125.30", (1, "folder"): "北湖", (2, "lat"): "43.8"}),
    Awful("kml in GBK, declared", text(kml(placemark("甲公司", "1,2"), '<?xml version="1.0" encoding="GBK"?>'), "gbk",
          "list.kml"), {1: "甲公司"}, column="name"),
    Awful("kml of words", text(kml(placemark("甲公司", "1,2") + placemark("乙公司", "东,北")), name="list.kml"),
          {1: "甲公司"}, {2: "read.feature-position"}, column="name"),
    Awful("kml with entities", text(kml("").replace("<kml", '<!DOCTYPE kml [<!ENTITY a "a">]><kml', 1), name="list.kml"),
          refused="read.xml-entities"),
    Awful("shapefile in GBK, undeclared", shapefile(), FIRST_TWO, cells={(1, "CODE"): "000123", (1, "lon"): "125.3"},
          says=("read.encoding",)),
    Awful("shapefile in UTF-8, its name cut", shapefile("utf-8"), FIRST_TWO, column="企业名"),
    Awful("shapefile, .cpg", shapefile("big5", "BIG5", field="NAME"), FIRST_TWO, column="NAME"),
    Awful("shapefile, language id", shapefile("gbk", language=0x4D), FIRST_TWO),
    Awful("shapefile, .cpg that lies", shapefile("gbk", "UTF-8"), refused="read.wrong-encoding"),
    Awful("shapefile, cut", shapefile(keep=slice(0, 140)), refused="read.cut-part"),
    Awful("shapefile, zipped, upper case", shapefile(zipped=True, folder_name="甲/"), FIRST_TWO),
    Awful("geopackage", geopackage("名录"), FIRST_TWO,
          cells={(1, "code"): "912201010000000123", (2, "code"): None, (1, "open"): "true"}),
    Awful("geopackage of two layers", geopackage("a", "b"), refused="read.which-sheet"),
    Awful("parquet as .csv", parquet, FIRST_TWO, says=("read.extension",),
          cells={(1, "code"): "912201010000000123", (1, "since"): "2020-05-01", (1, "output"): "10000000000000000",
                 (2, "output"): "0.1", (2, "code"): None}),
]  # fmt: skip

ZOO = [*TEXTS, *BOOKS, *LAYERS]
