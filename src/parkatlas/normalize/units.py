"""Units that headers and titles state: of money, of persons, of lengths; every word in a bracket is accounted for.

A bracket may hold several things: a unit in parts ("CNY, mn"), a year, a remark ("当年价"). What is none of these and
looks like a unit makes the unit unknown, so that nobody's thousands are taken for ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from parkatlas.normalize.quantities import PERSONS, SCALES, YUAN, yuan_of
from parkatlas.normalize.text import fold

METRES: Mapping[str, float] = MappingProxyType(
    {"m": 1.0, "米": 1.0, "公尺": 1.0, "metre": 1.0, "metres": 1.0, "meters": 1.0, "km": 1e3, "公里": 1e3, "千米": 1e3,
     "cm": 0.01, "厘米": 0.01, "mm": 0.001, "毫米": 0.001}
)  # fmt: skip
_UNIT = (
    "万人|千人|百人|万美元|亿美元|美元|百万元|千万元|千元|万元|亿元|百万|亿|万|元|人民币|人|个|名|家|米|度"
    "|rmb|cny|usd|m|million|billion|%"
)
# What tells money in a bracket; `quantities.yuan_of` knows what it is worth, or the user is asked.
_CURRENCY = re.compile(
    r"元|人民币|cny|rmb|yuan|renminbi|¥|usd|us\$|\$|dollar|eur|€|euro|jpy|hkd|gbp|£|million|billion|thousand"
    r"|美金|港币|台币|外币|英镑|日圆|卢布|韩币"
)
_BARE = re.compile(r"(?:人民币|cny|rmb|yuan|renminbi|¥)+")  # a currency, without saying how much of it
_PARTS = re.compile(r"[、,;/和及](?!\d{3}(?!\d)|年|year|yr)")  # not within 10,000 yuan
_YEARS = r"(?:fy)?(?:19|20)\d\d"
_LEAD = re.compile(rf"^(?:(?:计量)?单位:?|units?:|{_YEARS}年?(?![-~至到\d])|in(?=[a-z\d¥$]))+")
_A_YEAR = re.compile(r"(?:/|每|per|a)(?:年|year|yr|annum)$|p\.?a\.?$")
_A_YEAR_IN = re.compile(rf"{_YEARS}(?:[-~至到—]{_YEARS})?年?")
_A_DATE = re.compile(
    rf"(?=.*(?:{_YEARS}|[年月季qh末底]))"
    rf"(?:截至|截止|至|asof|as of|end)?(?:{_YEARS})?(?:年度?)?(?:[-~至到—](?:{_YEARS})年?)?"
    r"(?:[-/.]?\d{1,2}月?(?:[-~至到]\d{1,2}月)?(?:[-/.]?\d{1,2}日?)?)?(?:[qh]\d|第?[一二三四1-4]季度|[上下]半年)?"
    r"(?:末|底|初|止|以来)?"
)
_REMARK = re.compile(
    r"(?:当年价|现价|现行价|不变价|可比价|含税|不含税|税前|税后|净额|合计|总计|全年|本年|上年|去年|当年|上年度|本年度"
    r"|年度|年|累计|估计|预计|估算|约|年末|期末|年底|期初|平均|必填|选填|可选|如有|规上|规模以上|主营|必填项|数字|整数"
    r"|annual|year|yearly|total|est|est\.|estimate|estimated|approx|approx\.|avg|average|mean|fte|ftes|full-?time|net"
    r"|gross|nominal|real|required|optional|actual|latest|currentprices|constantprices|incl\.?vat|excl\.?vat|consolidated"
    r"|ttm|ytd|yearend|endofyear|数值|填报|填写|最新|zh|en|cn)"
)
# Short words of letters, digits, signs of money and numerals may be units; other words are only words.
_LIKE_A_UNIT = re.compile(r"[\d%‰$€£¥千百万亿兆倍]|^[a-z'.×*]{1,4}$")
BRACKET = re.compile(r"[(\[【{〔]([^()\[\]【】{}〔〕]*)[)\]】}〕]")
TAIL = re.compile(rf"[/:_,\-]?(?:单位[:：]?)?({_UNIT})$")
_QUOTES = str.maketrans("’‘′＇`", "'''''")


class Stated(NamedTuple):
    """What a header says of a unit: as written, folded (None: nothing); its worth (None: not known); other words."""

    text: str | None = None
    worth: float | None = None
    aside: str = ""


def money(header: str) -> Stated:
    """Return the unit of money that a header states, in yuan.

    >>> money("Turnover (CNY, mn)").worth, money("营业收入(人民币,千)").worth, money("Revenue ('000)").worth
    (1000000.0, 1000.0, 1000.0)
    >>> money("产值(2023, 当年价)"), money("营业收入(人民币，大)").worth, money("产值（本部）").aside
    (Stated(text=None, worth=None, aside=''), None, '本部')
    """
    return _stated(header, yuan_of, lambda part: part in YUAN or bool(_CURRENCY.search(part)))


def persons(header: str) -> Stated:
    """Return the unit in which a header counts persons.

    >>> persons("从业人数(千)").worth, persons("Headcount ('000)").worth, persons("员工(万人)").worth
    (1000.0, 1000.0, 10000.0)
    >>> persons("Headcount (dz)"), persons("从业人数(在岗)").text
    (Stated(text='dz', worth=None, aside=''), None)
    """
    return _stated(header, _persons_of, lambda part: part in PERSONS)


def lengths(header: str) -> Stated:
    """Return the unit of length that a header states, in metres.

    >>> lengths("定位误差(km)").worth, lengths("uncertainty (ft)")
    (1000.0, Stated(text='ft', worth=None, aside=''))
    """
    return _stated(header, METRES.get, lambda part: part in METRES)


def metres(header: str) -> Stated:
    """Return the unit of length that a header of coordinates states, whatever else its brackets hold.

    >>> metres("X坐标(km)").worth, metres("X坐标").text, metres("X(北)").text
    (1000.0, None, None)
    """
    found = lengths(header)
    return found if found.worth is not None else Stated(None, None, found.text or found.aside)


def unit_of(header: str, ours: str = "output") -> str | None:
    """Return the unit that a header states for one of our columns, folded, or None.

    Money is told even where it is not known what it is worth.

    >>> unit_of("产值（ 万元 ）"), unit_of("营业收入_亿元"), unit_of("产值")
    ('万元', '亿元', None)
    >>> unit_of("Revenue (RMB million)"), unit_of("Revenue (2023, USD m)"), unit_of("营业收入（万元/年）")
    ('rmbmillion', 'usdm', '万元')
    """
    read = {"employees": persons, "uncertainty_m": lengths}.get(ours, money)
    return read(header).text


def unit_of_titles(titles: Iterable[str]) -> str | None:
    """Return the unit of money that the lines above the header state for the whole table, folded, or None.

    >>> unit_of_titles(["2023年企业名录", "单位：人、万元"]), unit_of_titles(["Unit: RMB, million"])
    ('万元', 'rmbmillion')
    """
    for title in titles:
        # A blank ends a unit, but for those within English words and after the colon.
        apart = re.sub(r"(?<![a-zA-Z0-9:：])\s+|\s+(?![a-zA-Z0-9])", "、", re.sub(r"单\s+位", "单位", title))
        for said in re.split(r"单位:?|units?:", fold(apart).translate(_QUOTES))[1:]:
            parts = [part for part in _PARTS.split(re.split("[:()。]", said)[0]) if part]
            for at, unit in enumerate(parts):
                known = unit in YUAN or re.fullmatch(_UNIT, unit) or _CURRENCY.match(unit.replace("元", ""))
                if known and _CURRENCY.search(unit):  # not "单位:元通公司", not "单位:人"
                    more = "".join(parts[at : at + 2])
                    return more if _BARE.fullmatch(unit) and parts[at + 1 : at + 2] and yuan_of(more) else str(unit)
    return None


def _persons_of(unit: str) -> float | None:
    if unit in PERSONS:
        return PERSONS[unit]
    # "m" may be men or millions.
    match = re.fullmatch(r"(?P<scale>.+?)(?:of)?(?:人|名|persons|people|employees)?", unit)
    scale = None if match is None else match["scale"]
    return SCALES[scale] if scale in SCALES and scale not in ("m", "b") else None


def _stated(header: str, worth_of: Callable[[str], float | None], is_unit: Callable[[str], bool]) -> Stated:
    """Judge all that a header has beside its name: parts that are units are one unit together."""
    folded = fold(header).translate(_QUOTES)
    said = [_A_YEAR.sub("", _LEAD.sub("", part)) for inside in BRACKET.findall(folded) for part in _PARTS.split(inside)]
    tail = TAIL.search(BRACKET.sub("", folded))
    parts = [*([tail.group(1)] if tail and tail.start() > 0 else []), *said]
    parts = [part for part in parts if part and not _A_DATE.fullmatch(part) and not _REMARK.fullmatch(part)]
    units = [part for part in parts if is_unit(part) or worth_of(part) is not None]
    others = [part for part in parts if part not in units]
    odd = [part for part in others if part in PERSONS or _LIKE_A_UNIT.search(_A_YEAR_IN.sub("", part))]
    bare = bool(units) and all(_BARE.fullmatch(part) for part in units)
    if odd or (bare and others):  # a currency and a word that may say how much of it
        return Stated(",".join(parts))
    if not units:
        return Stated(aside=",".join(others))
    together = next((one for one in ("".join(units), "".join(reversed(units))) if worth_of(one) is not None), None)
    if together is None and len(set(units)) == 1:
        together = units[0]
    text = ",".join(units) if together is None else together
    return Stated(text, None if together is None else worth_of(together), ",".join(others))
