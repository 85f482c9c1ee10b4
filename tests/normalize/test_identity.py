"""Ids, credit codes, merged rows and look-alikes. Oracle of the codes: python-stdnum."""

from __future__ import annotations

import lists
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from parkatlas.findings import Rule
from parkatlas.model import RawTable
from parkatlas.normalize import cells, credit_codes, lookalikes
from parkatlas.normalize.identity import separate_ids

VALID = ["912204005504910788", "912202216914715997", "91220101MA14DLR10L", "91350100M000100Y43"]
LETTERS = st.sampled_from(credit_codes.ALPHABET)
BODIES = st.tuples(st.text("0123456789", min_size=8, max_size=8), st.text(LETTERS, min_size=9, max_size=9)).map("".join)


def _valid(codes: list[str]) -> list[bool]:
    return credit_codes.are_valid(pd.Series(codes, dtype="str")).tolist()


def test_published_codes_are_valid() -> None:
    assert _valid(VALID) == [True] * 4


@given(BODIES)
def test_check_digits_are_those_of_stdnum(body: str) -> None:
    codes = [body + last for last in credit_codes.ALPHABET]
    assert _valid(codes) == [uscc.is_valid(code) for code in codes]
    assert sum(_valid(codes)) == 1


@given(st.lists(st.text(max_size=20), max_size=6))
def test_no_text_is_a_code_that_stdnum_refuses(texts: list[str]) -> None:
    for storage in ("pyarrow", "python"):
        cells = pd.Series(texts, dtype=pd.StringDtype(storage, na_value=np.nan))
        assert credit_codes.are_valid(cells).tolist() == [uscc.is_valid(text) and text.isupper() for text in texts]


@pytest.mark.parametrize(
    ("text", "code", "stored"),
    [
        ("912204005504910788", None, "912204005504910788"),
        ("９１２２０４００５５０４９１０７８８", "code-tidied", "912204005504910788"),
        ("91 2204-0055 0491 0788", "code-tidied", "912204005504910788"),
        ("91220101ma14dlr10l", "code-tidied", "91220101MA14DLR10L"),
        ("91220400550491O788", "code-letters", "91220400550491O788"),
        ("9I2204005504910788", "code-letters", "9I2204005504910788"),
        ("912204005504910789", "code-check", "912204005504910789"),
        ("9.12204E+17", "code-spoilt", "9.12204E+17"),
        ("912204005504910000", "code-spoilt", "912204005504910000"),
        ("220101000012345", "code-length", "220101000012345"),
        ("550491078", "code-length", "550491078"),
    ],
)
def test_slips_are_explained_and_never_corrected(text: str, code: str | None, stored: str) -> None:
    out = lists.take(lists.raw("名称|统一社会信用代码|园区", f"甲|{text}|pa"))
    assert list(out.enterprises["credit_code"]) == [stored]
    assert [found for found in lists.codes(out) if "code" in found] == ([f"normalize.{code}"] if code else [])


def test_a_slip_of_letters_names_the_code_that_would_be_valid() -> None:
    explained = credit_codes.explain("91220400550491O788")
    assert "912204005504910788" in explained.read_zh
    assert credit_codes.explain("91220400550491OIII").read_en == ""


def test_missing_ids_are_made_of_the_register_and_the_row_and_stay_the_same() -> None:
    table = lists.raw("编号|名称|园区", "|甲|pa", "x1|乙|pa", "|丙|pa")
    for _ in range(2):
        assert list(lists.take(table).enterprises["enterprise_id"]) == ["list-r2", "x1", "list-r4"]


def test_repeated_ids_are_parted_and_reported() -> None:
    out = lists.take(lists.raw("编号|名称|园区", "1|甲|pa", "1|乙|pa", "1~2|丙|pa", "1|丁|pa"))
    assert list(out.enterprises["enterprise_id"]) == ["1", "1~3", "1~2", "1~4"]
    assert lists.codes(out)["normalize.repeated-id"] == [3, 5]


@given(st.lists(st.sampled_from(["a", "b", "a~2", "a~2~2", "b~3"]), max_size=12))
def test_parted_ids_are_unique_and_first_ones_kept(ids: list[str]) -> None:
    before = pd.Series(ids, dtype="str")
    after, changed = separate_ids(before)
    assert after.is_unique
    assert changed.tolist() == before.duplicated().tolist()
    assert after[~changed].tolist() == before[~changed].tolist()


def test_rows_that_repeat_another_are_merged_with_a_word() -> None:
    out = lists.take(lists.raw("序号|名称|园区", "1|甲|pa", "2|乙|pb", "3|甲|pa", "4|甲|pb", "5|甲|pa"))
    assert out.merged == 2
    assert list(out.enterprises.index) == [2, 3, 5]
    assert lists.codes(out)["normalize.merged-row"] == [4, 6]
    assert "row 2" in next(f for f in out.findings if f.code == "normalize.merged-row").message("en")


def test_a_rejected_row_that_is_repeated_is_rejected_twice() -> None:
    out = lists.take(lists.raw("名称|经度|纬度", "甲|x|y", "甲|x|y"))
    assert (len(out.rejects), out.merged) == (2, 0)


def test_the_same_code_makes_a_group() -> None:
    code = VALID[0]
    out = lists.take(lists.raw("名称|信用代码|园区", f"甲|{code}|pa", "乙||pa", f"丙|{code}|pb"))
    (group,) = [f for f in out.findings if f.code == "normalize.same-code"]
    assert group.row == 2
    assert "2, 4" in group.message("en")
    assert len(out.enterprises) == 3


HERE, NEAR, FAR = "126.011111|43.891111", "126.011333|43.891222", "126.081111|43.891111"


@pytest.mark.parametrize(
    ("first", "second", "where", "alike"),
    [
        ("长春甲药业有限公司", "长春甲药业（集团）股份有限公司", NEAR, True),
        ("长春甲药业有限公司", "长春甲药业有限公司", FAR, False),  # a branch, or a namesake
        ("长春甲药业有限公司", "长春甲药业", "|", True),
        ("长春恒信达科技有限公司", "长春恒信达科枝有限公司", NEAR, True),
        ("长春恒信达科技有限公司", "长春恒信达科枝有限公司", FAR, False),
        ("恒信", "恒达", NEAR, False),
        ("企业001号药业", "企业002号药业", NEAR, False),  # digits tell companies apart
        ("长春恒信达科技有限公司", "长春金赛药业有限公司", NEAR, False),
        ("JIA Pharma Co., Ltd.", "Jia pharma", NEAR, True),
    ],
)
def test_nearly_the_same_name_at_nearly_the_same_place(first: str, second: str, where: str, alike: bool) -> None:
    out = lists.take(lists.raw("名称|经度|纬度|备注", f"{first}|{HERE}|a", f"{second}|{where}|b"))
    assert lists.codes(out).get("normalize.same-name", []) == ([2] if alike else [])
    assert len(out.enterprises) == 2


def test_a_chain_of_slips_is_one_group() -> None:
    names = ["长春恒信达科技", "长春恒信达科枝", "长春恒信大科枝"]
    out = lists.take(lists.raw("名称|经度|纬度", *(f"{name}|{HERE}" for name in names)))
    (group,) = [f for f in out.findings if f.code == "normalize.same-name"]
    assert "2, 3, 4" in group.message("en")


def test_a_crowd_of_names_is_compared_quickly_and_a_large_list_by_equality_only() -> None:
    rng = np.random.default_rng(0)
    n = 3000
    names = pd.Series(["甲" + "".join(rng.choice(list("乙丙丁戊己庚辛壬癸子丑寅"), 8)) for _ in range(n)], dtype="str")
    lon, lat = 126 + rng.random(n) * 0.05, 43.9 + rng.random(n) * 0.05
    names[1], lon[1], lat[1] = names[0][:-1] + "卯", lon[0], lat[0]
    groups = lookalikes.same_name(names, lon, lat)
    assert {0, 1} <= set(groups.rows.tolist())
    many = pd.Series([f"企业{k}" for k in range(lookalikes.MOST_ROWS + 1)], dtype="str")
    many[5] = many[3]
    assert lookalikes.same_name(many, np.full(len(many), np.nan), np.full(len(many), np.nan)).rows.tolist() == [3, 5]


@pytest.mark.parametrize("ending", ["乙", "一家名称长得多的有限责任公司"])
def test_names_far_apart_in_a_long_list_are_known_again(ending: str) -> None:
    """Long columns are compared piece by piece: what stands beside a name in its piece makes no difference.

    Oracle: pandas.
    """
    names = [f"企业{k * 7919 % 200_003}" for k in range(110_000)] + ["企业0", "甲", *["中" * 40] * 2]
    column = pd.Series([*names[:70_000], ending, *names[70_000:], ending], dtype="str")
    np.testing.assert_array_equal(cells.repeated(column), column.duplicated(keep=False))


def test_ascending_ids_with_gaps_and_repeats() -> None:
    for texts in (["a1", "a2", "a3"], ["a1", "a2", "a2"], ["a1", None, "a1"], ["b", "a", "b"], ["a", ""], []):
        ids = pd.Series(texts, dtype="str")
        np.testing.assert_array_equal(cells.repeated(ids), ids.duplicated(keep=False) & ids.notna())


def test_a_mark_of_text_left_on_a_code_is_taken_off_and_told() -> None:
    out = lists.take(lists.raw("企业名称|信用代码", "甲|'912204005504910788"))
    assert out.enterprises["credit_code"].to_list() == ["912204005504910788"]
    assert "normalize.code-tidied" in lists.codes(out)


def test_the_characters_of_a_code_are_counted_where_other_rows_have_none() -> None:
    out = lists.take(lists.raw("企业名称|信用代码", "甲|012", "乙|"))
    said = next(finding for finding in out.findings if finding.code == "normalize.code-length")
    assert "有 3 位" in said.message("zh")


def test_codes_that_were_numbers_are_not_called_slips() -> None:
    explained = credit_codes.explain("912201017561234567.0")
    assert explained.rule is credit_codes.NUMBER
    lost = RawTable(
        lists.raw("名称|信用代码", "甲|912201017561234560", "乙|912204005504910780").frame,
        "a.csv",
        findings=(Rule("read.lost-digits", "warning", zh="丢", en="lost").at(field="信用代码"),),
    )
    found = lists.codes(lists.take(lost))
    assert found["normalize.code-spoilt"] == [2]
    assert found["normalize.code-check"] == [3]
