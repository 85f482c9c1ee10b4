"""Numbers and dates as people write them."""

from __future__ import annotations

import datetime as dt
import math

import lists
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkatlas.normalize import dates, quantities
from parkatlas.normalize.cells import clean, plain_numbers
from parkatlas.normalize.quantities import ABOUT, PLAIN, REWRITTEN, UNUSABLE, YUAN

WIDE = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


def _parse(text: str, factor: float = 1.0) -> tuple[float, int]:
    parsed = quantities.parse(pd.Series([text], dtype="str"), YUAN, factor)
    return float(parsed.values[0]), int(parsed.verdict[0])


@pytest.mark.parametrize(
    ("text", "number", "verdict"),
    [
        ("1234", 1234, PLAIN), ("1,234", 1234, REWRITTEN), ("１，２３４．５", 1234.5, REWRITTEN),
        ("1 234", 1234, REWRITTEN),
        ("¥1,234.50", 1234.5, REWRITTEN), ("约200", 200, ABOUT), ("200余", 200, ABOUT), ("200+", 200, ABOUT),
        (">200", 200, ABOUT), ("200左右", 200, ABOUT), ("3.5亿元", 3.5e8, REWRITTEN), ("300 万", 3e6, REWRITTEN),
        ("1.2E3", 1200, PLAIN), ("-5", -5, PLAIN), ("\u22125", -5, REWRITTEN), (".5", 0.5, PLAIN),
    ],
)  # fmt: skip
def test_one_number(text: str, number: float, verdict: int) -> None:
    assert _parse(text) == (pytest.approx(number), verdict)


@pytest.mark.parametrize(
    "text",
    ["abc", "1-2", "100~200", "1,23", "12,34,567", "1.234,5", "12 34", "1.2.3", "3/4", "12%", "五百", "①", "inf",
     "1e999",     "#REF!", "5美元", "0x1F", "1_000", "(5)", "２、３", "=1+1", "1;2", "--5"],
)  # fmt: skip
def test_what_is_not_clearly_one_number_is_not_guessed(text: str) -> None:
    number, verdict = _parse(text)
    assert math.isnan(number)
    assert verdict == UNUSABLE


def test_a_unit_in_the_cell_beats_the_unit_of_the_header() -> None:
    assert _parse("2", factor=1e8) == (2e8, PLAIN)
    assert _parse("2万元", factor=1e8) == (2e4, REWRITTEN)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_a_number_survives_every_dress(whole: int, decimals: int) -> None:
    value = round(whole / 10**decimals, decimals)
    plain, grouped = f"{value:.{decimals}f}", f"{value:,.{decimals}f}"
    texts = [plain, grouped, plain.translate(WIDE), grouped.translate(WIDE), f"{plain}元", f"{grouped} 元"]
    found = quantities.parse(pd.Series(texts, dtype="str"), YUAN).values
    np.testing.assert_allclose(found, value, rtol=1e-15, atol=0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_float_is_read_to_the_last_bit(value: float) -> None:
    for storage in ("pyarrow", "python"):
        cells = pd.Series([repr(value), None, "x"], dtype=pd.StringDtype(storage, na_value=np.nan))
        np.testing.assert_array_equal(plain_numbers(cells), [value, np.nan, np.nan])


@given(st.text(max_size=12))
def test_no_text_breaks_the_readers(text: str) -> None:
    cells = clean(pd.Series([text], dtype="str"))
    number, date = quantities.parse(cells, YUAN).values[0], dates.parse(cells)[0].iloc[0]
    assert math.isnan(number) or math.isfinite(number)
    assert pd.isna(date) or len(date) in (4, 7, 10)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2012-05-01", "2012-05-01"), ("2012/5/1", "2012-05-01"), ("2012.5.1", "2012-05-01"),
        ("20120501", "2012-05-01"),
        ("2012年5月1日", "2012-05-01"), ("2012年5月", "2012-05"), ("2012-5", "2012-05"), ("2012年", "2012"),
        ("2012", "2012"), ("2012.0", "2012"), ("２０１２－０５－０１", "2012-05-01"),
        ("2012-05-01 08:30:00", "2012-05-01"),
        ("2012-05-01T08:30:00Z", "2012-05-01"), ("41030", "2012-05-01"), ("41030.5", "2012-05-01"),
        ("2012-02-30", None), ("2012-13", None), ("05/06/2012", None), ("1-2-2012", None), ("不详年", None),
        ("20120501.0", "2012-05-01"), ("20121301.0", None), ("201205", "2012-05"), ("201205.0", "2012-05"),
        ("201213", None), ("120501", None), ("2012.5", "2012-05"), ("2012.10", "2012-10"), ("2012.50", None),
        ("2012.1", "2012"), ("99999", None), ("0000-01-01", None),
    ],
)  # fmt: skip
def test_dates(text: str, iso: str | None) -> None:
    found, _, bad = dates.parse(pd.Series([text], dtype="str"))
    assert (found.iloc[0] if iso else None) == iso
    assert bad[0] == (iso is None)


@pytest.mark.parametrize(
    ("column", "read", "says"),
    [
        (["201205", "199612"], ["2012-05", "1996-12"], {"normalize.date-as-number": [2, 3]}),
        (["201205", "201231"], [None, None], {"normalize.not-a-date": [2, 3]}),  # the 31st: year, month, day
        (["2012.1", "2012.5"], ["2012", "2012-05"], {"normalize.month-unclear": [2]}),
        (["2012.1", "2012.05"], ["2012-10", "2012-05"], {"normalize.date-as-number": [2]}),
        (["2012.1", "2012.10"], ["2012-01", "2012-10"], {"normalize.date-as-number": [2]}),
        (["2012.1", "2012.05", "2012.10"], ["2012", "2012-05", "2012-10"], {"normalize.month-unclear": [2]}),
    ],
)
def test_a_column_tells_what_one_cell_leaves_open(
    column: list[str], read: list[str | None], says: dict[str, list[int]]
) -> None:
    out = lists.take(lists.raw("企业名称|成立日期", *(f"企业{k}|{cell}" for k, cell in enumerate(column))))
    assert [None if pd.isna(date) else date for date in out.enterprises["founded"]] == read
    named = ("normalize.date-as-number", "normalize.month-unclear", "normalize.not-a-date")
    assert {code: rows for code, rows in lists.codes(out).items() if code in named} == says


@given(st.dates(dt.date(1930, 1, 1), dt.date(2060, 1, 1)))
def test_a_day_survives_every_dress(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    texts = [day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日", str(serial)]
    texts += [f"{day:%Y%m%d}", f"{day:%Y%m%d}.0"]
    assert set(dates.parse(pd.Series(texts, dtype="str"))[0]) == {day.isoformat()}
    later = dates.parse(pd.Series([str(serial - 1462)], dtype="str"), epoch=1904)[0]
    assert serial - 1462 < 10_000 or later.iloc[0] == day.isoformat()


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("Revenue (RMB million)", 500.0), ("Revenue (¥m)", 500.0), ("Output (CNY 10k)", 5.0),
        ("Revenue (10,000 yuan)", 5.0), ("Output (RMB in thousands)", 0.5), ("营业收入（万元/年）", 5.0),
        ("产值（当年价，亿元）", 50_000.0), ("产值（2023年，百万元）", 500.0), ("产值（含税）", 5.0),
        ("产值（2023）", 5.0),
        ("Revenue (USD million)", None), ("产值（万美元）", None), ("Sales (€ thousand)", None),
    ],
)  # fmt: skip
def test_the_unit_of_a_header_is_never_passed_over(header: str, read: float | None) -> None:
    out = lists.take(lists.raw(f"企业名称|{header}", "甲|5"))
    assert out.enterprises["output"].to_list() == pytest.approx([math.nan if read is None else read], nan_ok=True)
    assert ("normalize.unknown-unit" in lists.codes(out)) == (read is None)
    assert ("normalize.no-unit" in lists.codes(out)) == (header in ("产值（含税）", "产值（2023）"))


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("单位：人、亿元", 50_000.0), ("填报单位：发改局 单位：亿元", 50_000.0), ("Unit: RMB million", 500.0),
        ("填报单位：元通公司", 5.0), ("单位：家、万美元", math.nan),
        ("单 位： 亿元  制表：王", 50_000.0),
    ],
)  # fmt: skip
def test_the_unit_above_a_table_is_found_among_others(title: str, read: float) -> None:
    out = lists.take(lists.raw("企业名称|产值", "甲|5", titles=("企业名录", title)))
    assert out.enterprises["output"].to_list() == pytest.approx([read], nan_ok=True)


def test_employees_are_counted_in_the_unit_of_their_header() -> None:
    assert lists.take(lists.raw("企业名称|从业人数(万人)", "甲|2")).enterprises["employees"].to_list() == [20_000]
    assert lists.take(lists.raw("企业名称|从业人数（千人）", "甲|2")).enterprises["employees"].to_list() == [2_000]
    assert lists.take(lists.raw("企业名称|从业人数(人)", "甲|2")).enterprises["employees"].to_list() == [2]


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("Turnover (CNY, mn)", 1200.0), ("营业收入(人民币,千)", 1.2), ("Revenue ('000)", 1.2),
        ("Revenue (RMB’000)", 1.2),        ("营业收入千元(人民币)", 1.2), ("营业收入（万元）（2023年1-12月）", 12.0),
        ("产值（按2020年不变价，亿元）", 120_000.0),
        ("产值（万元，保留两位小数）", 12.0), ("产值（本部）", 12.0),
        ("Revenue (CNY, dz)", None), ("Revenue (CNY, net sales)", None), ("产值（12）", None), ("产值(万元/人)", None),
        ("产值(万元,元)", None), ("产值(%)", None), ("营业收入(英镑)", None), ("Revenue (abc)", None),
    ],
)  # fmt: skip
def test_all_that_stands_in_a_bracket_is_one_unit_together(header: str, read: float | None) -> None:
    out = lists.take(lists.raw(f"企业名称|{header}", "甲|12"))
    assert out.enterprises["output"].to_list() == pytest.approx([math.nan if read is None else read], nan_ok=True)
    assert ("normalize.unknown-unit" in lists.codes(out)) == (read is None)
    told = [finding for finding in out.findings if finding.code == "normalize.no-unit"]
    assert [finding.message("en").count("'本部' is none") for finding in told] == ([1] if "本部" in header else [])


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("从业人数(千)", 3000), ("Headcount (k)", 3000), ("Headcount ('000)", 3000), ("Employees (FTE)", 3),
        ("从业人数（2023年末，人）", 3), ("从业人数（不含派遣）", 3), ("Headcount (m)", None), ("从业人数(千户)", None),
        ("从业人数(%)", None),
    ],
)  # fmt: skip
def test_persons_of_an_unknown_unit_are_not_counted(header: str, read: int | None) -> None:
    out = lists.take(lists.raw(f"企业名称|{header}", "甲|3"))
    assert out.enterprises["employees"].fillna(-1).to_list() == [-1 if read is None else read]
    assert ("normalize.unknown-unit" in lists.codes(out)) == (read is None)


def test_an_uncertainty_in_kilometres_is_no_uncertainty_in_metres() -> None:
    out = lists.take(lists.raw("企业名称|经度|纬度|定位误差(km)", "甲|126.012345|43.891234|0.2"))
    assert out.enterprises["uncertainty_m"].to_list() == [200.0]
    feet = lists.take(lists.raw("企业名称|经度|纬度|uncertainty (ft)", "甲|126.012345|43.891234|0.2"))
    assert lists.codes(feet)["normalize.unknown-unit"] == [None]


def test_a_currency_and_a_multiplier_above_the_table_are_one_unit() -> None:
    out = lists.take(lists.raw("企业名称|产值", "甲|5", titles=("Unit: RMB, million",)))
    assert out.enterprises["output"].to_list() == [500.0]
