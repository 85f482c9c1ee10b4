"""Which column is which: a table of synonyms, overridden by the plan, and never a guess.

The list's headers are folded (NFKC, case, spaces), stripped of a unit ("产值(万元)") and of a year ("2023年产值") and
looked up. Two headers that could both be the same column are an error that lists them: the plan's ``columns`` decides.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parkatlas import schema
from parkatlas.errors import InputError, PlanError
from parkatlas.findings import Finding, Rule
from parkatlas.normalize.quantities import YUAN
from parkatlas.normalize.text import fold
from parkatlas.normalize.toml import quoted

AMBIGUOUS = Rule(
    "normalize.ambiguous-column",
    "error",
    zh="“{name}”有多个候选列：{candidates}",
    en="{name} could be any of the columns {candidates}",
    hint_zh="请在 plan.toml 中该名录的 columns 下选定其一，例如 {name} = {first}",
    hint_en="Choose one under the register's columns in plan.toml, such as {name} = {first}",
)
NO_SUCH_HEADER = Rule(
    "normalize.no-such-column",
    "error",
    zh="columns.{name} 指定的列“{header}”不在名单中",
    en="columns.{name} names the column {header!r}, which the list does not have",
    hint_zh="相近的列：{near}。",
    hint_en="Near it: {near}.",
)
NO_SUCH_FIELD = Rule(
    "normalize.no-such-field",
    "error",
    zh="columns 中的“{name}”不是本工具的列名",
    en="columns.{name}: there is no such column of ours",
    hint_zh="相近的列名：{near}。",
    hint_en="Near it: {near}.",
)
NO_SUCH_DEFAULT = Rule(
    "normalize.no-such-default",
    "error",
    zh="defaults 中的“{name}”不是本工具的列名",
    en="defaults.{name}: there is no such column of ours",
    hint_zh="相近的列名：{near}。",
    hint_en="Near it: {near}.",
)
NO_NAME = Rule(
    "normalize.no-name-column",
    "error",
    zh="没有认出企业名称列；表头为：{headers}",
    en="no column was recognised as the enterprise's name; the headers are: {headers}",
    hint_zh='请在该名录的 columns 下写明 name_zh = "…"；若认错了工作表或表头行，请写 sheet 或 header。',
    hint_en='Say which under its columns: name_zh = "..."; or name the right sheet or header row.',
)
REPEATED = Rule(
    "normalize.repeated-header",
    "error",
    zh="表头“{header}”出现 {n} 次",
    en="the header {header!r} stands over {n} columns",
    hint_zh="请改名后重试。",
    hint_en="Rename all but one of them.",
)

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
        "point_lng", "lon.", "long.",
    ),
    "lat": (
        "lat", "纬度", "latitude", "北纬", "纬度坐标", "坐标纬度", "gps纬度", "gps_lat", "lat_wgs84",
        "wgs84_lat", "wgs84纬度", "百度纬度", "高德纬度", "bd_lat", "gcj_lat", "纬度(n)", "point_lat", "lat.",
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
        "经纬度", "经度纬度", "经度,纬度", "经度/纬度",
        "longitude,latitude", "x,y",
    ),
    "latlon": (
        "latlon", "latlng", "lat,lon", "lat,lng", "lat lon", "lat/lon", "lat/lng", "lat;lon",
        "纬经度", "纬度经度", "纬度,经度", "纬度/经度",
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

_UNIT = (
    "万人|千人|百人|万美元|亿美元|美元|百万元|千万元|千元|万元|亿元|百万|亿|万|元|人民币|人|个|名|家|米|度"
    "|rmb|cny|usd|m|million|billion|%"
)
# What tells money in a bracket; `quantities.yuan_of` knows what it is worth, or the user is asked.
_CURRENCY = re.compile(r"元|cny|rmb|yuan|renminbi|¥|usd|us\$|\$|dollar|eur|€|euro|jpy|hkd|gbp|million|billion|thousand")
_PARTS = re.compile(r"[、,;/和及](?!\d{3}(?!\d)|年|year|yr)")  # not within 10,000 yuan
_LEAD = re.compile(r"^(?:单位:?|units?:|(?:19|20)\d\d年?|in(?=[a-z\d¥$]))+")
# The characters of the names above as Hong Kong and Taiwan write them.
_SIMPLIFIED = str.maketrans(
    "業稱經緯產億萬員數號區園間從營資額總積標單機構詳類別銷領項註冊統會碼職農門時質備說點幾圖",
    "业称经纬产亿万员数号区园间从营资额总积标单机构详类别销领项注册统会码职农门时质备说点几图",
)
# What forms put around a name: a star for what must be filled in, a number in front, a colon behind.
_MARKS = re.compile(r"^(?:[*★☆※]+|[(]?\d{1,2}[).、])+|[*★☆※:]+$")
_A_YEAR = re.compile(r"(?:/|每|per|a)(?:年|year|yr|annum)$|p\.?a\.?$")
_BRACKET = re.compile(r"[(\[【{〔]([^()\[\]【】{}〔〕]*)[)\]】}〕]")
_TAIL = re.compile(rf"[/:_,\-]?(?:单位[:：]?)?({_UNIT})$")
_YEAR = re.compile(r"^(?:19|20)\d\d(?:年度|年|_|-)?(?:末|底)?|[_\-]?(?:19|20)\d\d(?:年度|年)?$")
_LOOKUP = {fold(name).replace("_", ""): ours for ours, names in SYNONYMS.items() for name in names}


@dataclass(frozen=True)
class Recognised:
    """What was understood of a header row.

    ``columns`` maps our column name to the list's header, ``units`` our column name to the unit its header states, as
    written; ``unused`` are the headers that mean nothing to us; ``unclear`` lists candidates among which the plan must
    choose.
    """

    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def recognise(
    headers: Iterable[str], overrides: Mapping[str, str] | None = None, file: str | None = None
) -> Recognised:
    """Return which of the list's columns is which of ours.

    Parameters
    ----------
    headers : iterable of str
        The list's own headers.
    overrides : mapping of our names to headers
        Decides before any synonym does; a header claimed here stands for nothing else.
    file : str
        The list's name, for the messages.

    Raises
    ------
    PlanError
        Where an override names a column the list or the schema does not have; the message suggests near ones.
    InputError
        Where a column has several candidates, a header stands twice, or no column holds the name.

    Examples
    --------
    >>> dict(recognise(["单位名称", "经度", "纬度", "产值(万元)"]).columns)
    {'name_zh': '单位名称', 'lon': '经度', 'lat': '纬度', 'output': '产值(万元)'}
    """
    found, misnamed, unclear = match(headers, overrides or {}, file)
    if misnamed:
        raise PlanError(*misnamed)
    if unclear:
        raise InputError(*unclear)
    return found


def match(
    headers: Iterable[str], overrides: Mapping[str, str], file: str | None = None
) -> tuple[Recognised, list[Finding], list[Finding]]:
    """Do what `recognise` does without refusing: what is clear, what is wrong with the overrides, what is unclear."""
    known = list(headers)
    chosen, misnamed = _overridden(known, overrides, file)
    claimed = set(chosen.values())
    candidates: dict[str, list[str]] = {}
    for header in known:
        ours = None if header in claimed else meaning(header)
        if ours is not None and ours not in chosen:
            candidates.setdefault(ours, []).append(header)
    unclear = [_repeat(header, known, file) for header in dict.fromkeys(known) if known.count(header) > 1]
    choices = {ours: tuple(dict.fromkeys(several)) for ours, several in candidates.items() if len(set(several)) > 1}
    unclear += [
        AMBIGUOUS.at(file=file, name=ours, candidates=", ".join(several), first=quoted(several[0]))
        for ours, several in choices.items()
    ]
    chosen |= {ours: several[0] for ours, several in candidates.items() if ours not in choices}
    if not {"name_zh", "name_en"} & {*chosen, *candidates}:
        unclear.append(NO_NAME.at(file=file, headers=", ".join(known)))
    used = set(chosen.values())
    ordered = dict(sorted(chosen.items(), key=lambda pair: known.index(pair[1])))
    units = {ours: unit for ours, header in ordered.items() if (unit := unit_of(header)) is not None}
    found = Recognised(ordered, units, tuple(header for header in known if header not in used), choices)
    return found, misnamed, unclear


def check_defaults(names: Iterable[str], file: str | None = None) -> None:
    """Raise PlanError where a register gives defaults for columns that do not exist; all of them at once."""
    known = schema.ENTERPRISES.names
    wrong = [name for name in names if name not in known]
    if wrong:
        raise PlanError(*(NO_SUCH_DEFAULT.at(file=file, name=name, near=_near(name, known)) for name in wrong))


def meaning(header: str) -> str | None:
    """Return our name for a header, or None where the synonyms do not know it.

    >>> meaning("2023年 营业收入（亿元）"), meaning("*企业名称："), meaning("3. 单位名称（必填）"), meaning("备用1")
    ('output', 'name_zh', 'name_zh', None)
    """
    whole, last = _folded(header), _folded(re.split(r"[/|>·\n]", header)[-1])
    for text in (whole, _bare(whole), _bare(last)):
        ours = _LOOKUP.get(text.replace("_", ""))
        if ours is not None:
            return ours
    return None


def unit_of(header: str) -> str | None:
    """Return the unit that a header states, folded, or None; money is told even where it is not known what it is worth.

    >>> unit_of("产值（ 万元 ）"), unit_of("营业收入_亿元"), unit_of("产值")
    ('万元', '亿元', None)
    >>> unit_of("Revenue (RMB million)"), unit_of("Revenue (2023, USD m)"), unit_of("营业收入（万元/年）")
    ('rmbmillion', 'usdm', '万元')
    """
    text = _folded(header)
    for inside in _BRACKET.findall(text):
        for part in reversed(_PARTS.split(inside)):
            unit = _A_YEAR.sub("", _LEAD.sub("", part))
            if re.fullmatch(_UNIT, unit) or unit in YUAN or _CURRENCY.search(unit):
                return str(unit)
    tail = _TAIL.search(_BRACKET.sub("", text))
    return tail.group(1) if tail and tail.start() > 0 else None


def unit_of_titles(titles: Iterable[str]) -> str | None:
    """Return the unit of money that the lines above the header state for the whole table, folded, or None.

    >>> unit_of_titles(["2023年企业名录", "单位：人、万元"]), unit_of_titles(["Unit: RMB million"])
    ('万元', 'rmbmillion')
    """
    for title in titles:
        # A blank ends a unit, but for those within English words and after the colon.
        apart = re.sub(r"(?<![a-zA-Z0-9:：])\s+|\s+(?![a-zA-Z0-9])", "、", re.sub(r"单\s+位", "单位", title))
        for said in re.split(r"单位:?|units?:", fold(apart))[1:]:
            for unit in _PARTS.split(re.split("[:()。]", said)[0]):
                known = unit in YUAN or re.fullmatch(_UNIT, unit) or _CURRENCY.match(unit.replace("元", ""))
                if known and _CURRENCY.search(unit):  # not "单位:元通公司", not "单位:人"
                    return str(unit)
    return None


def _folded(header: str) -> str:
    return _MARKS.sub("", fold(header).translate(_SIMPLIFIED))


def _bare(folded: str) -> str:
    text = _YEAR.sub("", _BRACKET.sub("", folded))
    return text if text in _LOOKUP else _TAIL.sub("", text)


def _overridden(
    headers: list[str], overrides: Mapping[str, str], file: str | None
) -> tuple[dict[str, str], list[Finding]]:
    chosen: dict[str, str] = {}
    faults = []
    by_fold: dict[str, list[str]] = {}
    for header in headers:
        by_fold.setdefault(fold(header), []).append(header)
    for ours, theirs in overrides.items():
        if ours not in FIELDS:
            faults.append(NO_SUCH_FIELD.at(file=file, name=ours, near=_near(ours, FIELDS)))
        same = [theirs] if theirs in headers else by_fold.get(fold(theirs), [])
        if len(same) == 1:
            chosen[ours] = same[0]
        else:
            faults.append(NO_SUCH_HEADER.at(file=file, name=ours, header=theirs, near=_near(theirs, headers)))
    return chosen, faults


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(difflib.get_close_matches(name, known, 3, 0.4) or known)


def _repeat(header: str, headers: list[str], file: str | None) -> Finding:
    return REPEATED.at(file=file, field=header, header=header, n=headers.count(header))


assert set(schema.ENTERPRISES.names) <= set(FIELDS)  # noqa: S101  every column of ours can be named by a list
