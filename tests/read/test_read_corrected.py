"""A corrected fix-me workbook, in whatever format it was saved, and workbooks that only look a little like one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from binary import ods_rows, write_ods, write_xls

from parkatlas.correction import SHEET, Correction
from parkatlas.errors import InputError
from parkatlas.read import inspect_table, read_table

Rows = list[list[str]]
KNOWN = Correction(("企业名称", "lon", "lat", "column D"), "名录", ("lon", "lat"), "EPSG:4326", ("column D",))
PAGE: Rows = [
    ["企业名录", "", "", ""],
    [*KNOWN.headers],
    ["甲", "126.01", "43.89", ""],
    ["乙", "126.02", "43.88", "余"],
]


def hidden(known: Correction = KNOWN) -> Rows:
    return [[*row, *[""] * (5 - len(row))] for row in known.rows()]


def xlsx(folder: Path, sheets: dict[str, Rows]) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def ods(folder: Path, sheets: dict[str, Rows]) -> Path:
    return write_ods(folder / "a.ods", {name: ods_rows(rows) for name, rows in sheets.items()})  # type: ignore[arg-type]


def xls(folder: Path, sheets: dict[str, Rows]) -> Path:
    return write_xls(folder / "a.xls", sheets)  # type: ignore[arg-type]


@pytest.mark.parametrize("write", [xlsx, ods, xls])
def test_any_spreadsheet_format_keeps_what_is_known(tmp_path: Path, write: Callable[..., Path]) -> None:
    path = write(tmp_path, {"名录": PAGE, SHEET: hidden()})
    table = read_table(path, sheet="规上/规下", header=0, encoding="gbk")
    assert (table.sheet, table.header_rows, table.titles) == ("名录", (2,), ("企业名录",))
    assert (table.points, table.crs, table.beyond) == (("lon", "lat"), "EPSG:4326", ("column D",))
    assert [(finding.code, finding.row) for finding in table.rejected] == [("read.long-row", 4)]
    assert "read.fix-me" in [finding.code for finding in table.findings]
    assert [sheet.name for sheet in inspect_table(path).sheets] == ["名录"]


def test_a_row_without_a_column_name_above_its_last_cell_is_long(tmp_path: Path) -> None:
    table = read_table(xlsx(tmp_path, {"名录": [[*row, ""] for row in PAGE[:3]] + [[*PAGE[3][:3], "", "x"]],
                                       SHEET: hidden()}))  # fmt: skip
    assert [(finding.row, finding.value) for finding in table.rejected] == [(4, "x")]


def test_of_several_sheets_with_the_header_the_one_that_was_written_is_read(tmp_path: Path) -> None:
    table = read_table(xlsx(tmp_path, {"旧": PAGE, "名录": PAGE, SHEET: hidden()}))
    assert table.sheet == "名录"
    path = xlsx(tmp_path, {"旧": PAGE, "新": PAGE, SHEET: hidden()})
    assert read_table(path, sheet="新").sheet == "新"
    with pytest.raises(InputError) as refusal:
        read_table(path)
    assert [finding.code for finding in refusal.value.findings] == ["read.which-sheet"]


def test_what_does_not_fit_together_is_passed_over(tmp_path: Path) -> None:
    odd = Correction(KNOWN.headers, "名录", ("x", "lat"), "EPSG:4326", ("z",), {"甲|126.01|43.89": ("合计", "a total")})
    table = read_table(xlsx(tmp_path, {"名录": PAGE[:3], SHEET: hidden(odd)}))
    assert (table.points, table.crs, table.beyond) == (None, None, ())
    assert [finding.message("en") for finding in table.rejected] == ["the row is as it was: a total"]


def test_a_workbook_of_another_make_is_read_as_ever(tmp_path: Path) -> None:
    path = xlsx(tmp_path, {"名录": PAGE, SHEET: [["企业名称", "lon"], ["丙", "1"]]})
    assert read_table(path, sheet=SHEET).frame["企业名称"].tolist() == ["丙"]
    with pytest.raises(InputError) as refusal:
        read_table(path, sheet="名录", encoding="gbk")
    assert [finding.code for finding in refusal.value.findings] == ["read.option"]
