"""What `inspect` shows of a list, the block it prints, and the workbook that comes back corrected."""

from __future__ import annotations

import tomllib
from pathlib import Path

import lists
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkatlas.model import RawTable
from parkatlas.normalize import describe, register_block
from parkatlas.normalize.toml import quoted
from parkatlas.read import read_table
from parkatlas.read.rules import TOTAL_ROW
from parkatlas.report.fixme import write_fix_me

AWKWARD = lists.raw(
    "单位名称|企业全称|X坐标|Y坐标|产值(亿元)|备用", "甲|甲甲|445717.7|4861466.4|1.5|", "乙||445718|4861467||z"
)


@given(st.text(max_size=30))
def test_any_header_survives_toml(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


def test_columns_are_shown_with_their_samples() -> None:
    table = describe(AWKWARD).columns.set_index("header")
    assert table["ours"].fillna("").to_dict() == {
        "单位名称": "", "企业全称": "", "X坐标": "x", "Y坐标": "y", "产值(亿元)": "output", "备用": ""
    }  # fmt: skip
    assert table.loc["单位名称", "samples"] == "甲 | 乙"
    assert table.loc["产值(亿元)", ["unit", "filled"]].tolist() == ["亿元", 1]


def test_an_ambiguous_list_is_described_and_its_block_offers_the_choice() -> None:
    found = describe(AWKWARD, lists.plan())
    assert [finding.code for finding in found.findings] == ["normalize.ambiguous-column"]
    (block,) = tomllib.loads(found.block)["registers"]
    assert block["columns"] == {"x": "X坐标", "y": "Y坐标", "output": "产值(亿元)"}
    for line in ('# name_zh = "单位名称"', '# name_zh = "企业全称"', '# crs = "EPSG:4551"'):
        assert line in found.block


def test_the_block_of_a_plain_list_declares_it_completely() -> None:
    table = lists.raw('单位\\名称"|经度|纬度', "甲|126.0111|43.8911")
    columns = {"name_zh": '单位\\名称"'}
    (block,) = tomllib.loads(register_block(table, lists.register(columns=columns)))["registers"]
    assert block["columns"] == {"name_zh": '单位\\名称"', "lon": "经度", "lat": "纬度"}
    assert lists.take(table, columns=block["columns"], datum=block["datum"]).rows_read == 1


def test_a_plan_adds_the_verdict_on_the_coordinates() -> None:
    rows = [f"甲{k}|43.89{k}1|126.01{k}1" for k in range(9)]
    found = describe(lists.raw("名称|经度|纬度", *rows), lists.plan())
    assert found.readings is not None
    assert "normalize.datum-contradicted" in {finding.code for finding in found.findings}
    assert "# " in found.block
    assert "axes swapped" in found.block


def test_a_list_whose_places_cannot_be_read_is_described_all_the_same() -> None:
    found = describe(lists.raw("名称|坐标", "甲|48.1,2.1"), lists.plan())
    assert "normalize.pair-order-unknown" in {finding.code for finding in found.findings}
    assert list(found.columns["ours"]) == ["name_zh", "position"]


LIST = lists.raw(
    "编号|单位名称|经度|纬度|统一社会信用代码|备注",
    "001|甲|126.0111|43.8911|912204005504910788|",
    "002|乙|43.8911|126.0111|91220400550491O788|=1+1",
    "003||126.0113|43.8913||@SUM(A1)",
    "004|丁|abc|43.8914||-3",
    "005|戊|126.0115|43.8915||",
)


def _written(folder: Path, lang: str = "en", table: RawTable = LIST) -> Path:
    out = lists.take(table)
    assert write_fix_me(table, out.rejects, out.findings, folder / "fix-me.xlsx", lang) == ()  # type: ignore[arg-type]
    return folder / "fix-me.xlsx"


@pytest.mark.parametrize(("lang", "word"), [("zh", "对调"), ("en", "Exchange")])
def test_bad_cells_are_coloured_and_say_what_to_do(tmp_path: Path, lang: str, word: str) -> None:
    sheet = openpyxl.load_workbook(_written(tmp_path, lang)).active
    assert [cell.value for cell in sheet[1]] == list(LIST.frame.columns)
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["002", "003", "004"]
    notes = {cell.coordinate: cell.comment.text for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment}
    assert set(notes) == {"D2", "E2", "B3", "C4"}
    assert word in notes["D2"]
    assert "3" in notes["D2"].split("\n")[0]  # the row of the original
    colours = {at: sheet[at].fill.fgColor.rgb for at in (*notes, "A2")}
    assert colours["D2"] == colours["B3"] == colours["C4"] == "00F8CBAD"
    assert colours["E2"] == "00FFEB9C"
    assert colours["A2"] == "00000000"


def test_cells_are_text_and_no_formula_runs(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(_written(tmp_path)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert [sheet[at].value for at in ("F2", "F3", "F4")] == ["=1+1", "@SUM(A1)", "-3"]
    assert [sheet[at].quotePrefix for at in ("F2", "F3", "F4", "A2")] == [True, True, False, False]


def test_the_corrected_workbook_is_a_register_and_yields_the_corrected_rows(tmp_path: Path) -> None:
    path = _written(tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet["C2"], sheet["D2"] = "126.0111", "43.8911"
    sheet["E2"] = "912204005504910788"
    sheet["B3"] = "丙"
    sheet["C4"] = 126.0114
    book.save(path)
    out = lists.take(read_table(path))
    assert (len(out.rejects), out.merged) == (0, 0)
    assert list(out.enterprises["enterprise_id"]) == ["002", "003", "004"]
    assert list(out.enterprises["name_zh"]) == ["乙", "丙", "丁"]
    assert list(out.enterprises["credit_code"].fillna("")) == ["912204005504910788", "", ""]
    assert [round(x, 4) for x in out.enterprises.geometry.x] == [126.0111, 126.0113, 126.0114]
    assert list(out.enterprises["note"]) == ["=1+1", "@SUM(A1)", "-3"]


def test_an_uncorrected_workbook_yields_the_same_rejects(tmp_path: Path) -> None:
    before, after = lists.take(LIST), lists.take(read_table(_written(tmp_path)))
    assert list(after.rejects["code"]) == list(before.rejects["code"])
    assert len(after.enterprises) == 0


def test_the_same_list_gives_the_same_bytes_and_a_clean_one_no_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir(), second.mkdir()
    assert _written(first).read_bytes() == _written(second).read_bytes()
    clean = lists.raw("名称|园区", "甲|pa")
    out = lists.take(clean)
    assert write_fix_me(clean, out.rejects, out.findings, tmp_path / "none.xlsx") == ()
    assert not (tmp_path / "none.xlsx").exists()


def test_rows_that_are_no_enterprises_and_control_characters_do_not_spoil_it(tmp_path: Path) -> None:
    table = lists.raw("名称|经度|纬度", "甲\x07\x00|x|" + "9" * 40_000)
    sheet = openpyxl.load_workbook(_written(tmp_path, table=table)).active
    assert sheet["A2"].value == "甲\ufffd\ufffd"
    assert len(sheet["C2"].value) == 32_000


def test_samples_are_of_enterprises_and_the_unit_above_the_table_is_shown() -> None:
    rejected = (TOTAL_ROW.at(file="a.csv", row=2, value="合计"),)
    found = describe(lists.raw("企业名称|产值", "合计|9", "甲|5", titles=("单位：亿元",), rejected=rejected))
    assert found.columns["samples"].to_list() == ["甲", "5"]
    assert found.columns["unit"].dropna().to_dict() == {1: "亿元"}
    assert found.columns["filled"].to_list() == [1, 1]


def test_the_datum_of_the_headers_stands_in_the_block() -> None:
    table = lists.raw("企业名称|百度经度|百度纬度", "甲|126.02|43.89")
    assert 'datum = "bd09"  # 表头写明' in register_block(table)
    assert 'datum = "wgs84"' in register_block(lists.raw("企业名称|经度|纬度", "甲|126.02|43.89"))
    assert "normalize.datum-of-header" not in {one.code for one in describe(table, lists.plan()).findings}
    declared = describe(table, lists.plan(), lists.register())
    assert "normalize.datum-of-header" in {one.code for one in declared.findings}
