"""Deliberately awful small lists: each is read right or refused, and in each every row is accounted for.

`lists.take` checks the sum for every list: rows read = used + merged + rejected, each row in exactly one of them.
"""

from __future__ import annotations

import dataclasses

import lists
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas.errors import InputError
from parkatlas.findings import Rule
from parkatlas.model import RawTable
from parkatlas.normalize import normalize_table

ROW = "126.011111|43.891111"
TOTAL = Rule("read.total-row", "info", zh="合计行 {what}", en="a total row {what}", hint_en="nothing to do")


def _with_total() -> RawTable:
    table = lists.raw("名称|产值(万元)|园区", "甲|100|pa", "乙|200|pa", "合计|300|")
    finding = TOTAL.at(file="a.csv", row=4, field="名称", value="合计", what="!")
    return RawTable(table.frame, "a.csv", rejected=(finding,))


# name: (table, register, rows used, rows merged, rows rejected, output of the used rows in CNY 10k or None)
LISTS: dict[str, tuple[RawTable, dict[str, object], list[int], int, list[int], list[float] | None]] = {
    "output in yuan": (lists.raw("名称|产值(元)", "甲|12345000"), {}, [2], 0, [], [1234.5]),
    "output in thousands": (lists.raw("名称|营业收入（千元）", "甲|10"), {}, [2], 0, [], [1.0]),
    "output in hundred millions": (lists.raw("名称|产值/亿元", "甲|1.5"), {}, [2], 0, [], [15000.0]),
    "unit above the header": (lists.raw("名称|产值", "甲|5", titles=("单位：亿元",)), {}, [2], 0, [], [50000.0]),
    "unit in the cells": (lists.raw("名称|产值(万元)", "甲|2亿元", "乙|3"), {}, [2, 3], 0, [], [20000.0, 3.0]),
    "no unit at all": (lists.raw("名称|产值", "甲|7"), {}, [2], 0, [], [7.0]),
    "dollars": (lists.raw("名称|产值(万美元)", "甲|7"), {}, [2], 0, [], [np.nan]),
    "numbers as text": (lists.raw("名称|产值(万元)", "甲|1,234", "乙|１２"), {}, [2, 3], 0, [], [1234.0, 12.0]),
    "ranges and words": (lists.raw("名称|产值(万元)", "甲|1-2", "乙|约5", "丙|无"), {}, [2, 3, 4], 0, [],
                         [np.nan, 5.0, np.nan]),
    "decimal commas": (lists.raw("名称|产值(万元)", "甲|12,5", "乙|1,234", "丙|0,75万元", "丁|7"), {}, [2, 3, 4, 5], 0,
                       [], [np.nan, np.nan, np.nan, 7.0]),
    "a slip among thousands": (lists.raw("名称|产值(万元)", "甲|12,5", "乙|1,234", "丙|5,678"), {}, [2, 3, 4], 0, [],
                               [np.nan, 1234.0, 5678.0]),
    "decimal commas in coordinates": (lists.raw("名称|经度|纬度", "甲|126,011111|43,891111", f"乙|{ROW}"), {}, [3], 0,
                                      [2], None),
    "negative output": (lists.raw("名称|产值(万元)", "甲|-3"), {}, [2], 0, [], [np.nan]),
    "formula for a name": (lists.raw("名称|园区", "=HYPERLINK(1)|pa"), {}, [2], 0, [], None),
    "no name": (lists.raw("名称|园区", "|pa", "甲|pa", "-|pa"), {}, [3], 0, [2, 4], None),
    "english names only": (lists.raw("english name|park", "Jia|pa"), {}, [2], 0, [], None),
    "zero width and control marks": (lists.raw("名称|园区", "甲\u200b乙\x07|p\u200ba", "甲 乙|\u202epa"),
                                     {}, [2, 3], 0, [], None),
    "bad coordinates": (lists.raw("名称|经度|纬度", f"甲|{ROW}", "乙|x|1", "丙|0|0", "丁|43.9|126", "戊||43"),
                        {}, [2], 0, [3, 4, 5, 6], None),
    "everything missing": (lists.raw("名称|经度|纬度|园区", "甲|||", "乙|-|—|/"), {}, [2, 3], 0, [], None),
    "repeated rows": (lists.raw("名称|园区", "甲|pa", "甲|pa", "甲|pb"), {}, [2, 4], 1, [], None),
    "repeated ids": (lists.raw("编号|名称|园区", "1|甲|pa", "1|乙|pa"), {}, [2, 3], 0, [], None),
    "unknown parks": (lists.raw("名称|园区|备注", "甲|月球园|旧", "乙|区pa|"), {}, [2, 3], 0, [], None),
    "total row": (_with_total(), {}, [2, 3], 0, [4], [100.0, 200.0]),
    "one cell": (lists.raw("名称", "甲"), {}, [2], 0, [], None),
    "unknown industry": (lists.raw("名称|行业代码", "甲|C9999", "乙|C2762", "丙|2710;2720"),
                         {}, [2, 3, 4], 0, [], None),
    "dates of all kinds": (lists.raw("名称|成立日期", "甲|2012年5月", "乙|41030", "丙|05/06/2012"),
                           {}, [2, 3, 4], 0, [], None),
    "another datum": (lists.raw("名称|经度|纬度", f"甲|{ROW}"), {"datum": "bd09"}, [2], 0, [], None),
    "everything at once": (
        lists.raw("单位名称|产值（亿元）|坐标|统一社会信用代码|成立时间|从业人员|所属园区",
                  "甲|1.5|126.0111,43.8911|912204005504910788|2012|１，２３４|区pa", "||||||", "乙|x|y|z|w|v|u",
                  "甲|1.5|126.0111,43.8911|912204005504910788|2012|１，２３４|区pa", "丙|-1|0,0|9E+17|9|-2|"),
        {}, [2], 1, [3, 4, 6], [15000.0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_an_awful_list_is_accounted_for(name: str) -> None:
    table, declared, used, merged, rejected, output = LISTS[name]
    out = lists.take(table, **declared)
    assert list(out.enterprises.index) == used
    assert out.merged == merged
    assert list(out.rejects["row"]) == rejected
    if output is not None:
        np.testing.assert_allclose(out.enterprises["output"], output)
    for finding in out.findings:
        for lang in ("zh", "en"):
            assert "{" not in finding.line(lang) or "columns" in finding.line(lang)


@pytest.mark.parametrize("name", LISTS)
def test_the_answer_is_the_same_without_arrow(name: str) -> None:
    table, declared, *_ = LISTS[name]
    plain = table.frame.astype(pd.StringDtype("python", na_value=np.nan))
    before = lists.take(table, **declared)
    after = lists.take(RawTable(plain, table.source, rejected=table.rejected, titles=table.titles), **declared)
    pd.testing.assert_frame_equal(before.enterprises, after.enterprises, check_dtype=False)
    pd.testing.assert_frame_equal(before.rejects, after.rejects, check_dtype=False)
    assert [f.line() for f in before.findings] == [f.line() for f in after.findings]


def test_marks_that_cannot_be_seen_are_taken_out() -> None:
    out = lists.take(LISTS["zero width and control marks"][0])
    assert list(out.enterprises["name_zh"]) == ["甲乙", "甲 乙"]
    assert list(out.enterprises["declared_area"]) == ["pa", "pa"]


def test_a_decimal_comma_is_named_with_what_to_do() -> None:
    out = lists.take(LISTS["decimal commas"][0])
    assert lists.codes(out)["normalize.decimal-comma"] == [2, 3, 4]
    assert not {"normalize.not-a-number", "normalize.number-in-text"} & set(lists.codes(out))
    reject = lists.take(LISTS["decimal commas in coordinates"][0]).rejects.iloc[0]
    assert (reject["code"], reject["value"]) == ("normalize.decimal-comma", "126,011111")
    assert "千位分隔符" in reject["reason_zh"]
    assert "125.35" in reject["hint_en"]


def test_unknown_areas_are_kept_in_the_note_and_counted() -> None:
    out = lists.take(LISTS["unknown parks"][0])
    assert out.enterprises["declared_area"].fillna("").tolist() == ["", "pa"]
    assert out.enterprises["note"].iloc[0] == "旧 [园区: 月球园]"
    (finding,) = [f for f in out.findings if f.code == "normalize.unknown-area"]
    assert (finding.value, finding.details["n"]) == ("月球园", 1)


def test_industries_lead_to_sectors_and_strangers_are_counted() -> None:
    out = lists.take(LISTS["unknown industry"][0])
    assert out.enterprises["sector"].fillna("").tolist() == ["", "bio", ""]
    assert {f.value for f in out.findings if f.code == "normalize.unmapped-sector"} == {"C9999", "2710;2720"}


def test_a_sector_column_holds_ids_or_names_and_wins_over_the_code() -> None:
    rows = ["甲|生物药|2710", "乙|Devices|", "丙|chem|", "丁|茶叶|2762", "戊||C3581"]
    out = lists.take(lists.raw("名称|产业领域|行业代码", *rows))
    assert out.enterprises["sector"].tolist() == ["bio", "device", "chem", "bio", "device"]


def test_a_rejected_total_keeps_the_words_that_reading_gave_it() -> None:
    reject = lists.take(_with_total()).rejects.iloc[0]
    assert (reject["code"], reject["reason_zh"], reject["value"]) == ("read.total-row", "合计行 !", "合计")


def test_defaults_fill_what_rows_leave_open_and_never_move_a_row() -> None:
    table = lists.raw("名称|来源|经度|纬度", f"甲||{ROW}", "乙|x||")
    out = lists.take(
        table, defaults={"source_url": "https://example.org", "location_quality": "street", "confidence": "M"}
    )
    assert list(out.enterprises["source_url"]) == ["https://example.org", "x"]
    assert list(out.enterprises["location_quality"]) == ["street", "none"]
    assert list(out.enterprises["confidence"]) == ["M", "M"]


def test_a_thousand_faults_are_counted_and_twenty_shown() -> None:
    out = lists.take(lists.raw("名称|经度|纬度", *(f"甲{k}|x{k}|1" for k in range(300))))
    assert len(out.rejects) == 300
    assert len(lists.codes(out)["normalize.coordinate-text"]) == 20
    (more,) = [f for f in out.findings if f.code == "normalize.more"]
    assert more.details["n"] == 280


def test_what_half_of_the_rows_have_is_said_of_the_list_once() -> None:
    bad = [f"甲{k}|12{k}|x{k}" for k in range(6)]
    out = lists.take(lists.raw("名称|产值(万元)|成立日期", *bad, *(f"乙{k}|1|2012" for k in range(6))))
    (whole,) = [finding for finding in out.findings if finding.code == "normalize.whole-list"]
    assert (whole.row, whole.field) == (None, "成立日期")
    assert whole.message("zh") == "12 行中有 6 行都是这样，例如第 2 行：“x0”不是日期，按缺失处理"
    assert whole.hint("en").endswith("Write 2012-05-01, 2012-05 or 2012.")
    found = lists.codes(out)
    assert found["normalize.not-a-date"] == [2, 3, 4, 5, 6, 7]
    fewer = lists.take(lists.raw("名称|产值(万元)|成立日期", *bad, *(f"乙{k}|1|2012" for k in range(7))))
    assert "normalize.whole-list" not in lists.codes(fewer)
    assert "normalize.whole-list" not in lists.codes(lists.take(lists.raw("名称|成立日期", "甲|x", "乙|y")))


CELLS = st.one_of(
    st.sampled_from(["", "-", "甲", "乙公司", "pa", "区pa", "126.0111", "43.8911", "43.9", "0", "1,234", "x", "=1",
                     "2762", "2012", "41030", "912204005504910788", "e1", "约5", "inf", "1e5", "4861466.4",
                     "445717.7"]),
    st.text(max_size=8),
)  # fmt: skip
HEADERS = [
    "编号",
    "名称",
    "经度",
    "纬度",
    "园区",
    "产值(亿元)",
    "从业人数",
    "成立日期",
    "统一社会信用代码",
    "行业代码",
    "备注",
]


@settings(max_examples=30)
@given(st.lists(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)), min_size=1, max_size=6), st.booleans())
def test_any_list_is_accounted_for(rows: list[list[str]], metric: bool) -> None:
    frame = pd.DataFrame(rows, columns=HEADERS, dtype="str").set_axis(pd.RangeIndex(2, 2 + len(rows), name="row"))
    out = lists.take(RawTable(frame, "a.csv"), **({"crs": "EPSG:4551"} if metric else {}))
    for finding in out.findings:
        finding.line("zh"), finding.line("en")


PLACES = st.one_of(
    st.sampled_from(["126.0111,43.8911", "43.9 126.1", "N43°53′ E126°0′", "POINT (126 43.9)", "POINT EMPTY", "0,0",
                     "", "SRID=4551;POINT (1 2)", "LINESTRING (1 1, 2 2)", "POINT (nan 1)", "POINT (inf inf)", "1,2,3",
                     "{}",
                     '{"type": "Point", "coordinates": [126, 43.9]}', "010100000000000000000000000000000000000000"]),
    st.text("0123456789.,;NESW°' -POINT()", max_size=20),
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(PLACES, min_size=1, max_size=5), st.sampled_from(["坐标", "经纬度", "lat,lon", "wkt"]), st.booleans())
def test_any_place_in_one_column_is_read_rejected_or_refused(cells: list[str], header: str, metric: bool) -> None:
    frame = pd.DataFrame({"名称": [f"甲{k}" for k in range(len(cells))], header: cells}, dtype="str")
    table = RawTable(frame.set_axis(pd.RangeIndex(2, 2 + len(cells), name="row")), "a.csv")
    try:
        out = lists.take(table, **({"crs": "EPSG:4551"} if metric else {}))
    except InputError as refusal:
        if {finding.code for finding in refusal.findings} != {"normalize.pair-order-unknown"}:
            raise
        return
    given = frame[header].str.strip() != ""
    assert len(out.rejects) + out.enterprises.geometry.notna().sum() <= given.sum()


def test_what_is_taken_out_unseen_is_said() -> None:
    out = lists.take(lists.raw("名称|地址|备注", "甲\u200b公司|一路\n二号\t|", "乙|三路 |\ufeff"))
    told = [finding for finding in out.findings if finding.code == "normalize.invisible-characters"]
    assert [(finding.row, finding.field) for finding in told] == [(2, "名称"), (3, "备注")]
    assert all(finding.rule.mends for finding in told)
    assert out.enterprises["address"].to_list() == ["一路 二号", "三路"]


@pytest.mark.parametrize(
    ("cell", "as_of", "late"),
    [
        ("2099-01-01", "2024-05", True), ("2024-06", "2024-05", True), ("2025", "2024-05", True),
        ("2024-05-17", "2024-05", False), ("2024", "2024-05", False), ("2024-12-31", "2024", False),
        ("2099-01-01", "", True), ("2026", "", False),
    ],
)  # fmt: skip
def test_nothing_is_founded_after_its_list(cell: str, as_of: str, late: bool) -> None:
    register = dataclasses.replace(lists.register(), as_of=as_of)
    out = normalize_table(lists.raw("名称|成立日期", f"甲|{cell}", "乙|2012", "丙|"), register, lists.plan())
    assert lists.codes(out).get("normalize.date-after-list", []) == ([2] if late else [])
    assert out.enterprises["founded"][2] == cell


def test_words_that_lead_nowhere_name_their_first_row() -> None:
    out = lists.take(
        lists.raw("名称|园区|产业|主体类型", "甲|pa|生物药|企业", "乙|月球园|造船|怪", "丙|月球园|造船|怪")
    )
    found = lists.codes(out)
    for code in ("unknown-area", "unmapped-sector", "unknown-word"):
        assert found[f"normalize.{code}"] == [3]


def test_unused_columns_that_look_like_places_are_named_with_the_rows_without_one() -> None:
    out = lists.take(lists.raw("名称|我的经度数|lat_x|经营范围|platform", "甲|126.1|43.9|药|p"))
    (lost,) = [finding for finding in out.findings if finding.code == "normalize.no-place"]
    assert "我的经度数" in lost.hint("zh")
    assert "经营范围" not in lost.hint("zh")
    assert "platform" not in lost.hint("en")
