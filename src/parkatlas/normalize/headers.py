"""What one header means: a table of synonyms, and the datum that a header of coordinates names."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from parkatlas import schema
from parkatlas.crs import Datum
from parkatlas.normalize.text import fold
from parkatlas.normalize.units import BRACKET, TAIL

# ours: the names lists give it. Written plainly; compared after `fold`, without units and years.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "enterprise_id": (
        "enterprise_id", "id", "编号", "企业编号", "企业id", "单位编号", "唯一编号", "主键", "company id",
        "firm id", "uid", "企业代码", "单位代码",
    ),
    "name_zh": (
        "name_zh", "企业名称", "单位名称", "公司名称", "名称", "企业", "公司", "单位", "机构名称", "企业全称",
        "公司全称", "单位详细名称", "企业名", "公司名", "法人单位名称", "法人单位详细名称", "市场主体名称",
        "中文名称", "企业中文名称", "机构", "name", "company", "company name", "enterprise", "enterprise name",
        "firm", "firm name", "organisation", "organization", "chinese name", "name (zh)", "company name (zh)",
        "company name (cn)", "company name (chinese)", "chinese company name", "企业名称(中文)", "公司名称(中文)",
        "商户名称",
    ),
    "name_en": (
        "name_en", "英文名称", "企业英文名称", "英文名", "公司英文名称", "english name", "name (en)",
        "company name (en)",
        "company name (english)", "english company name", "企业名称(英文)", "公司名称(英文)",
    ),
    "entity": (
        "entity", "主体类型", "机构类型", "单位类型", "entity type",
    ),
    "credit_code": (
        "credit_code", "统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "统一代码", "信用码",
        "uscc", "uscc code", "unified social credit code", "credit code", "social credit code",
        "统一社会信用代码/注册号", "统一社会信用代码(注册号)",
        "统一社会信", "统一社", "社会信用代", "credit_cod",  # as a shapefile cuts them
    ),
    "sector": (
        "sector", "产业领域", "产业", "领域", "行业", "行业类别", "行业门类", "行业名称", "所属行业",
        "所属产业", "产业类别", "产业分类", "细分领域", "industry", "industry name", "field",
    ),
    "gbt_code": (
        "gbt_code", "行业代码", "国民经济行业代码", "国民经济行业分类代码", "行业小类代码", "行业分类代码",
        "gb/t4754", "gbt4754", "gb/t 4754-2017", "industry code", "gbt code",
    ),
    "employees": (
        "employees", "从业人数", "从业人员", "从业人员数", "从业人员期末人数", "期末从业人员", "职工人数",
        "员工人数", "员工总数", "员工数", "员工数量", "职工总数", "职工数", "从业人员总数", "从业人员数量",
        "人数", "用工人数", "参保人数", "社保人数", "staff", "headcount",
        "number of employees", "employee count",
    ),
    "output": (
        "output", "产值", "工业总产值", "总产值", "年产值", "营业收入", "年营业收入", "主营业务收入",
        "销售收入", "营收", "revenue", "sales", "turnover", "output value",
    ),
    "founded": (
        "founded", "成立日期", "成立时间", "注册日期", "注册时间", "成立年份", "成立年月", "开业时间",
        "登记日期", "建立时间", "founded on", "established", "date founded", "founding date",
        "registration date",
    ),
    "address": (
        "address", "地址", "注册地址", "经营地址", "详细地址", "通讯地址", "生产地址", "办公地址", "住所",
        "企业地址", "单位地址", "单位详细地址", "公司地址", "注册地", "addr", "street address",
    ),
    "declared_area": (
        "declared_area", "所属园区", "园区", "所在园区", "所属区域", "所在区域", "片区", "所属片区",
        "园区名称", "所属开发区", "来源所述区域", "park", "park name", "zone", "area", "declared area",
    ),
    "location_quality": (
        "location_quality", "位置质量", "定位质量", "坐标精度", "location quality",
    ),
    "uncertainty_m": (
        "uncertainty_m", "位置不确定度", "定位误差", "uncertainty", "uncertainty (m)",
    ),
    "confidence": (
        "confidence", "可信度",
    ),
    "source_url": (
        "source_url", "来源", "来源网址", "数据来源", "网址", "出处", "source", "source url", "url",
    ),
    "source_date": (
        "source_date", "来源日期", "采集日期", "更新日期", "source date",
    ),
    "note": (
        "note", "说明", "备注", "notes", "remark", "remarks", "comment", "注",
    ),
    "lon": (
        "lon", "经度", "lng", "long", "longitude", "东经", "经度坐标", "坐标经度", "gps经度", "gps_lng",
        "lon_wgs84", "wgs84_lon", "wgs84经度", "百度经度", "高德经度", "bd_lng", "gcj_lng", "经度(e)",
        "point_lng", "lon.", "long.", "经度e", "e经度",
    ),
    "lat": (
        "lat", "纬度", "latitude", "北纬", "纬度坐标", "坐标纬度", "gps纬度", "gps_lat", "lat_wgs84",
        "wgs84_lat", "wgs84纬度", "百度纬度", "高德纬度", "bd_lat", "gcj_lat", "纬度(n)", "point_lat", "lat.",
        "纬度n", "n纬度",
    ),
    "x": (
        "x", "x坐标", "坐标x", "x_coord", "point_x", "xcoord", "横坐标",
    ),
    "y": (
        "y", "y坐标", "坐标y", "y_coord", "point_y", "ycoord", "纵坐标",
    ),
    "east": (
        "east", "easting", "东坐标", "东向坐标",
    ),
    "north": (
        "north", "northing", "北坐标", "北向坐标",
    ),
    "lonlat": (
        "lonlat", "lnglat", "lon,lat", "lng,lat", "lon lat", "lon/lat", "lng/lat", "lon;lat",
        "经纬度", "经纬度坐标", "坐标经纬度", "经度纬度", "longitude/latitude", "long/lat", "long,lat",
        "经度,纬度", "经度/纬度",
        "longitude,latitude", "x,y",
    ),
    "latlon": (
        "latlon", "latlng", "lat,lon", "lat,lng", "lat lon", "lat/lon", "lat/lng", "lat;lon",
        "纬经度", "纬度经度", "latitude/longitude", "lat/long", "lat,long", "纬度,经度", "纬度/经度",
        "latitude,longitude",
    ),
    "position": (
        "position", "坐标", "位置坐标", "gps", "gps坐标", "坐标位置", "地理坐标", "百度坐标", "高德坐标",
        "coordinates", "coordinate", "coords", "location", "latlong",
    ),
    "wkt": (
        "wkt", "geometry", "geom", "the_geom", "shape", "几何", "图形",
    ),
}  # fmt: skip

PLACES = ("lon", "lat", "x", "y", "east", "north", "lonlat", "latlon", "position", "wkt")
FIELDS = tuple(SYNONYMS)

# The characters of the names above as Hong Kong and Taiwan write them.
_SIMPLIFIED = str.maketrans(
    "業稱經緯產億萬員數號區園間從營資額總積標單機構詳類別銷領項註冊統會碼職農門時質備說點幾圖",
    "业称经纬产亿万员数号区园间从营资额总积标单机构详类别销领项注册统会码职农门时质备说点几图",
)
JOIN = " / "  # between the names of two header rows
# Between a name and its translation, where nothing else parts them.
_SIDE_BY_SIDE = re.compile(r"[/|>·]|(?<=[\u4e00-\u9fff])(?=[a-z])|(?<=[a-z])(?=[\u4e00-\u9fff])")
# Datums by their own names and by the maps that use them. "GPS" is said of all of them.
_DATUMS: Mapping[Datum, re.Pattern[str]] = {
    "bd09": re.compile(r"百度(?:地图)?|baidu|bd-?_?09(?:ll)?|(?<![a-z])bd(?=[-_]|经|纬|坐标|l[ano])"),
    "gcj02": re.compile(r"高德(?:地图)?|腾讯(?:地图)?|火星|国测局|gaode|amap|autonavi|tencent|gcj-?_?(?:02)?"),
    "cgcs2000": re.compile(r"cgcs-?_?2000|国家2000|(?<!\d)2000(?:国家)?大地"),
    "wgs84": re.compile(r"wgs-?_?(?:19)?84"),
}
# What forms put around a name: a star for what must be filled in, a number in front, a colon behind.
_MARKS = re.compile(r"^(?:[*★☆※]+|[(]?\d{1,2}[).、])+|[*★☆※:]+$")
_YEAR = re.compile(r"^(?:19|20)\d\d(?:年度|年|_|-)?(?:末|底)?|[_\-]?(?:19|20)\d\d(?:年度|年)?$")
_LOOKUP = {fold(name).replace("_", ""): ours for ours, names in SYNONYMS.items() for name in names}


def meaning(header: str) -> str | None:
    """Return our name for a header, or None where the synonyms do not know it.

    Of a header of two rows, joined as `model.RawTable` has it, the lower one counts. Two names side by side count where
    both mean the same column, as a translation does; "产值/人数" is neither.

    >>> meaning("2023年 营业收入（亿元）"), meaning("*企业名称："), meaning("3. 单位名称（必填）"), meaning("备用1")
    ('output', 'name_zh', 'name_zh', None)
    >>> meaning("经济指标 / 产值"), meaning("经度/Longitude"), meaning("企业名称 Company Name"), meaning("产值/人数")
    ('output', 'lon', 'name_zh', None)
    """
    for name in dict.fromkeys((header, header.rpartition(JOIN)[2])):
        folded = _folded(name)
        ours = _known(folded) or _translated(folded)
        if ours is not None:
            return ours
    return None


def datum_of(header: str) -> Datum | None:
    """Return the datum that a header of coordinates names, by itself or by the map it is of; None where it names none.

    >>> datum_of("百度经度"), datum_of("经纬度（GCJ-02）"), datum_of("gcj02_lng"), datum_of("GPS经度")
    ('bd09', 'gcj02', 'gcj02', None)
    """
    folded = fold(header)
    named = {datum for datum, words in _DATUMS.items() if words.search(folded)}
    return named.pop() if len(named) == 1 else None


def _known(folded: str) -> str | None:
    """Return our name for one name as it stands, without unit and year, or, of a coordinate, without its datum."""
    for text in (folded, _bare(folded)):
        if (ours := _LOOKUP.get(text.replace("_", ""))) is not None:
            return ours
    for text in (_YEAR.sub("", BRACKET.sub("", folded)), _bare(folded)):
        bare = functools.reduce(lambda left, words: words.sub("", left), _DATUMS.values(), text)
        if (ours := _LOOKUP.get(bare.replace("_", "").strip("-"))) in PLACES:
            return ours
    return None


def _translated(folded: str) -> str | None:
    for text in (_YEAR.sub("", BRACKET.sub("", folded)), _bare(folded)):
        parts = [part for part in _SIDE_BY_SIDE.split(text) if part]
        meant = {_known(part) for part in parts}
        if len(parts) > 1 and len(meant) == 1:
            return meant.pop()
    return None


def _folded(header: str) -> str:
    return _MARKS.sub("", fold(header).translate(_SIMPLIFIED))


def _bare(folded: str) -> str:
    text = _YEAR.sub("", BRACKET.sub("", folded))
    return text if text in _LOOKUP else TAIL.sub("", text)


assert set(schema.ENTERPRISES.names) <= set(FIELDS)  # noqa: S101  every column of ours can be named by a list
