"""Headers to columns: synonyms, units and years, overrides, and every ambiguity refused."""

from __future__ import annotations

import lists
import pytest

from parkatlas.errors import InputError, PlanError
from parkatlas.normalize import recognise
from parkatlas.normalize.headers import FIELDS, SYNONYMS, datum_of, meaning
from parkatlas.normalize.text import fold
from parkatlas.normalize.units import unit_of, unit_of_titles


def test_no_two_columns_share_a_synonym() -> None:
    seen: dict[str, str] = {}
    for ours, names in SYNONYMS.items():
        for name in names:
            assert seen.setdefault(fold(name).replace("_", ""), ours) == ours, name


@pytest.mark.parametrize("ours", FIELDS)
def test_every_column_answers_to_its_own_name_in_any_dress(ours: str) -> None:
    for header in (ours, ours.upper(), f" {ours} ", ours.replace("_", " ")):
        assert meaning(header) == ours


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("企業名稱", "name_zh"), ("經度", "lon"), ("產值（萬元）", "output"), ("統一社會信用代碼", "credit_code"),
        ("*企业名称", "name_zh"), ("企业名称 ★", "name_zh"), ("3、企业名称：", "name_zh"), ("员工总数", "employees"),
        ("Company Name (CN)", "name_zh"), ("Company Name (EN)", "name_en"), ("Lat.", "lat"),
        ("统一社会信", "credit_code"),
        ("企业名称", "name_zh"), ("单位名称（全称）", "name_zh"), ("Company", "name_zh"), ("企业　名称", "name_zh"),
        ("经度", "lon"), ("LNG", "lon"), ("纬度（°）", "lat"), ("统一社会信用代码", "credit_code"),
        ("统一社会信用代码/注册号", "credit_code"), ("所属园区", "declared_area"), ("行业代码", "gbt_code"),
        ("从业人数（人）", "employees"), ("2023年从业人员", "employees"), ("产值(万元)", "output"),
        ("营业收入_亿元", "output"), ("工业总产值（当年价，千元）", "output"), ("2022年度营业收入（万元）", "output"),
        ("经济指标 / 产值", "output"), ("成立日期", "founded"), ("注册地址", "address"), ("X坐标", "x"),
        ("lon,lat", "lonlat"), ("lat/lon", "latlon"), ("坐标", "position"), ("the_geom", "wkt"),
        ("产值/人数", None), ("税收/产值(万元)", None), ("电话/地址", None), ("企业/园区", None), ("人数|产值", None),
        ("Lat/Long", "latlon"), ("经度/Longitude", "lon"), ("企业名称\nCompany Name", "name_zh"),
        ("企业名称 Company Name", "name_zh"), ("Longitude 经度", "lon"), ("产值 Output (万元)", "output"),
        ("坐标 / 经度", "lon"), ("税收 / 产值(万元)", "output"), ("企业名称/英文名称", None),
        ("gcj02_lng", "lon"), ("gcj02_lat", "lat"), ("GCJ02经度", "lon"), ("经度E", "lon"), ("经纬度坐标", "lonlat"),
        ("经纬度（GCJ-02）", "lonlat"), ("百度地图纬度", "lat"), ("bd09ll_lng", "lon"),
        ("百度", None), ("百度网址", None),
        ("备用1", None), ("序号", None), ("", None), ("产值增速", None),
    ],
)  # fmt: skip
def test_headers_as_lists_write_them(header: str, ours: str | None) -> None:
    assert meaning(header) == ours


@pytest.mark.parametrize(
    ("header", "datum"),
    [
        ("百度经度", "bd09"), ("bd_lng", "bd09"), ("BD09纬度", "bd09"), ("经纬度（GCJ-02）", "gcj02"),
        ("高德经度", "gcj02"), ("gcj_lng", "gcj02"), ("腾讯坐标", "gcj02"), ("lon_wgs84", "wgs84"),
        ("WGS-84经度", "wgs84"),
        ("经度(CGCS2000)", "cgcs2000"), ("经度", None), ("GPS坐标", None), ("abd_lng", None), ("百度/高德坐标", None),
    ],
)  # fmt: skip
def test_datums_that_headers_name(header: str, datum: str | None) -> None:
    assert datum_of(header) == datum


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("产值(万元)", "万元"), ("产值（单位：亿元）", "亿元"), ("营业收入/千元", "千元"), ("产值", None),
        ("元", None), ("产值(2023)", None), ("revenue (million)", "million"), ("产值（万美元）", "万美元"),
    ],
)  # fmt: skip
def test_units_of_headers(header: str, unit: str | None) -> None:
    assert unit_of(header) == unit


def test_units_of_titles() -> None:
    assert unit_of_titles(["企业名录", "计量单位： 千元"]) == "千元"
    assert unit_of_titles(["单位：人", "单位名称"]) is None


def test_unused_columns_are_named() -> None:
    assert recognise(["名称", "备用1", "备用2"]).unused == ("备用1", "备用2")


def test_every_ambiguity_is_refused_at_once_with_its_candidates() -> None:
    with pytest.raises(InputError) as refusal:
        recognise(["企业名称", "单位名称", "产值", "营业收入", "经度"], file="a.csv")
    assert [finding.code for finding in refusal.value.findings] == ["normalize.ambiguous-column"] * 2
    text = str(refusal.value)
    for header in ("企业名称", "单位名称", "产值", "营业收入", "a.csv"):
        assert header in text


def test_an_override_settles_an_ambiguity_and_frees_no_header_for_another_column() -> None:
    found = recognise(["企业名称", "单位名称", "产值", "营业收入"], {"name_zh": "单位名称", "output": "产值"})
    assert dict(found.columns) == {"name_zh": "单位名称", "output": "产值"}
    assert found.unused == ("企业名称", "营业收入")
    assert "name_en" not in recognise(["name"], {"name_zh": "name"}).columns


def test_wrong_overrides_suggest_the_near_ones_all_at_once() -> None:
    with pytest.raises(PlanError) as refusal:
        recognise(["企业名称", "经度坐标"], {"name": "企业名称", "lon": "经度坐"})
    first, second = refusal.value.findings
    assert (first.code, second.code) == ("normalize.no-such-field", "normalize.no-such-column")
    assert "name_zh" in first.hint("en")
    assert "经度坐标" in second.hint("zh")


def test_a_header_that_stands_twice_and_a_list_without_names_are_refused() -> None:
    with pytest.raises(InputError, match="repeated-header"):
        recognise(["名称", "备注", "备注"])
    with pytest.raises(InputError, match="no-name-column"):
        recognise(["经度", "纬度"])


def test_defaults_for_columns_that_do_not_exist_are_refused() -> None:
    with pytest.raises(PlanError, match="no-such-default") as refusal:
        lists.take(lists.raw("名称", "甲"), defaults={"sectr": "bio", "entity": "institute", "lon": "1"})
    assert [finding.details["name"] for finding in refusal.value.findings] == ["sectr", "lon"]
    assert "sector" in refusal.value.findings[0].hint("en")


def test_refusals_name_the_sheet_and_advise_only_what_the_format_knows() -> None:
    with pytest.raises(InputError) as refused:
        recognise(["企业名称", "产值", "营业收入"], file="a.xlsx", sheet="名录")
    assert refused.value.findings[0].sheet == "名录"
    for file, advised in (("a.csv", True), ("a.parquet", False)):
        with pytest.raises(InputError) as refused:
            recognise(["经度", "纬度"], file=file)
        assert ("sheet" in refused.value.findings[0].hint("en")) == advised
