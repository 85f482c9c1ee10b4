"""Which rows of a sheet are its header: title rows above it, headers of two rows, units in a row of their own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from parkatlas.findings import Finding, shorten
from parkatlas.read.rules import REPEATED_NAME

Row = Sequence[str]
Merge = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0

LOOKED_AT = 60  # rows from the top in which a header is looked for
TITLES = 3  # further rows that may stand between a title of several cells and the header
JOIN = " / "

_NUMBER = re.compile(r"[-+]?[\d,.\s]*\d[\d,.\s]*([eE][-+]?\d+)?%?")
_DATE = re.compile(r"\d{2,4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?.*")
_YEAR = re.compile(r"(19|20)\d\d年?")
_SENTENCE = re.compile(r"[:：].|[。；;！!]")
_UNITS = re.compile(
    r"[(（\[【]?\s*(单位[:：]?)?(亿|万|千|百万)?(元|美元|人民币|人|名|家|个|台|吨|件|平方米|平方公里|公顷|亩|㎡|m2|m²|km2|米|m|度|°|%|％|年|月|日)\s*[)）\]】]?"
)
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
# Words that stand in headers of company lists; whole cells, or the end of a cell. They only help to find the header
# row: which column means what is decided elsewhere.
_WORDS = """
序号 编号 名称 企业 单位 公司 机构 地址 住所 住址 经度 纬度 坐标 行业 产业 领域 类别 类型 分类 园区 片区 区域 区县
产值 产出 营收 收入 营业收入 税收 人数 员工 职工 电话 联系人 联系方式 邮编 法人 法定代表人 注册资本 备注 说明 网址
邮箱 状态 面积 代码 日期 年份 x y lon lng long longitude lat latitude id uid no no. name company enterprise firm
organization organisation address sector industry code type category park zone area district city province employees
staff headcount output revenue sales turnover founded established date year phone tel contact note notes remark
remarks name_zh name_en entity credit_code gbt_code declared_area location_quality uncertainty_m confidence source_url
url website email status geometry wkt geom coordinates coordinate title description value count number level
"""
_ENDINGS = """
名称 代码 编号 编码 号码 地址 经度 纬度 坐标 日期 时间 人数 产值 收入 行业 产业 领域 园区 片区 类型 类别 性质 资本
面积 电话 代表人 联系人 负责人 备注 规模 状态 总额 税额 利润 名字 全称 简称 _id _name _code _date _type name code
address
"""
_WHOLE, _ENDS = frozenset(_WORDS.split()), tuple(_ENDINGS.split())


@dataclass(frozen=True)
class Header:
    """Rows ``first`` to ``last`` (from 0, inclusive) are the header; ``names`` are unique, one a column."""

    first: int
    last: int
    names: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def find_header(rows: Sequence[Row], merged: Sequence[Merge] = (), width: int | None = None) -> Header | None:
    """Return the header among the top rows of a table, or None where no row looks like one.

    Parameters
    ----------
    rows : sequence of sequences of str
        The top of the table, blank cells as "". Rows may be of different lengths.
    merged : sequence of tuples
        Merged cells, where the format tells.
    width : int, optional
        Number of columns; by default the widest row looked at.

    Notes
    -----
    A header row has at least half as many filled cells as the rows below it, none of them a number, a date or a
    sentence, and either holds two words known from headers of company lists (one will do where the table has a single
    column) or stands above a column of numbers. The first row with known words wins; a row that only stands above
    numbers yields to one with known words in the few rows below it, being a title of several cells.

    Examples
    --------
    >>> top = [["企业名录", "", ""], ["企业名称", "坐标", ""], ["", "经度", "纬度"], ["甲", "125.3", "43.9"]]
    >>> find_header(top).names
    ('企业名称', '坐标 / 经度', '坐标 / 纬度')
    >>> find_header([["企业名录", "2024年"], ["企业名称", "产值"], ["甲", "12"], ["乙", "13"]]).first
    1
    """
    rows = rows[:LOOKED_AT]
    likely = None
    for first in range(len(rows)):
        if likely and first > likely.last + TITLES:
            break
        last, names = _joined(rows, first, merged)
        body = [row for row in rows[last + 1 :] if _filled(row)][:20]
        if not _could_be_header(names, body):
            continue
        if _has_known_words(names):
            return _header(first, last, names, _width(rows, width))
        if likely is None and _stands_above_numbers(names, body):
            likely = _header(first, last, names, _width(rows, width))
    return likely


def header_at(rows: Sequence[Row], first: int, merged: Sequence[Merge] = (), width: int | None = None) -> Header:
    """Return the header that begins in a row the user named; rows below may still belong to it."""
    last, names = _joined(rows, first, merged)
    return _header(first, last, names, _width(rows, width))


def unnamed(width: int) -> Header:
    """Return the header of a table that has none: every column named by its letter."""
    return Header(-1, -1, tuple(letter_name(column) for column in range(width)))


def letter_name(column: int) -> str:
    """Return the name of a column without one, by the letter that a spreadsheet shows.

    >>> letter_name(0), letter_name(27)
    ('column A', 'column AB')
    """
    return f"column {column_letters(column)}"


def column_letters(column: int) -> str:
    """Return the letters of a column, counted from 0, as a spreadsheet shows them."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def clean_name(text: str) -> str:
    r"""Return a header cell on one line, without characters that cannot be seen.

    >>> clean_name(" 产值\n（万元）\u200b"), clean_name("Company\r\n name")
    ('产值（万元）', 'Company name')
    """
    shown = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Co"))
    words = shown.split()
    line = words[0] if words else ""
    for word in words[1:]:
        line += word if _wide(line[-1]) or _wide(word[0]) else f" {word}"
    return line


def _width(rows: Sequence[Row], width: int | None) -> int:
    return max((len(row) for row in rows), default=0) if width is None else width


def name_columns(names: Sequence[str]) -> tuple[tuple[str, ...], list[Finding]]:
    """Return unique names, blank ones named by their letter, and a finding for each name that stood more than once.

    >>> name_columns(["a", "", "a"])[0]
    ('a', 'column B', 'a (2)')
    """
    given = [name or letter_name(column) for column, name in enumerate(names)]
    taken, seen = set(given), set[str]()
    unique: list[str] = []
    renamed: dict[str, list[str]] = {}
    for name in given:
        new, number = name, 2
        while new in seen or (new != name and new in taken):
            new, number = f"{name} ({number})", number + 1
        if new != name:
            renamed.setdefault(name, []).append(new)
        seen.add(new)
        unique.append(new)
    return tuple(unique), [REPEATED_NAME.at(value=name, names=", ".join(news)) for name, news in renamed.items()]


def _header(first: int, last: int, names: Sequence[str], width: int) -> Header:
    unique, findings = name_columns([*names[:width], *[""] * (width - len(names))])
    return Header(first, last, unique, tuple(findings))


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def _could_be_header(names: Row, body: Sequence[Row]) -> bool:
    cells = [name.strip() for name in names if name.strip()]
    if not cells or not all(map(is_label, cells)):
        return False
    typical = sorted(_filled(row) for row in body)[(len(body) - 1) // 2] if body else len(cells)
    return len(cells) >= 0.5 * typical and (len(cells) > 1 or typical <= 1)


def _has_known_words(names: Row) -> bool:
    cells = [name for name in names if name.strip()]
    return sum(map(_is_known, cells)) >= min(2, len(cells))


def _stands_above_numbers(names: Row, body: Sequence[Row]) -> bool:
    cells = [name.strip() for name in names if name.strip()]
    numeric = any(_is_numeric_column(body, column) for column, name in enumerate(names) if name.strip())
    return numeric and len(cells) > 1 and len(set(cells)) == len(cells)


def is_label(cell: str) -> bool:
    """Tell whether a cell may be the name of a column: no number, date or sentence."""
    text = unicodedata.normalize("NFKC", cell).strip()
    name, _, unit = text.rpartition(":")
    text = name if name and _UNITS.fullmatch(unit) else text  # 产值:千元
    if len(text) > 60 or _SENTENCE.search(_BRACKETS.sub("", text)):
        return False
    return bool(_YEAR.fullmatch(text)) or not (_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def _is_known(cell: str) -> bool:
    text = plain_word(cell.rpartition(JOIN)[2])
    return text in _WHOLE or text.endswith(_ENDS)


def plain_word(cell: str) -> str:
    """Return a header cell in small letters, without brackets, marks, and blanks among Chinese characters."""
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", cell)).strip(" *:\t\n").lower()
    return "".join(text.split()) if any(_wide(char) for char in text) else text


def _is_numeric_column(body: Sequence[Row], column: int) -> bool:
    cells = [row[column].strip() for row in body if column < len(row) and row[column].strip()]
    return len(cells) > 0 and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) > len(cells) / 2


def _joined(rows: Sequence[Row], first: int, merged: Sequence[Merge]) -> tuple[int, list[str]]:
    """Join the rows below that belong to the header which begins at ``first``."""
    names, last = [clean_name(cell) for cell in rows[first]], first
    deep = max((r1 for r0, _, r1, c in merged if r0 == first and c >= 0), default=first)
    while last + 1 < len(rows) and (last - first < 2 or last < deep):
        lower = [clean_name(cell) for cell in rows[last + 1]]
        spans = [(c0, c1) for r0, c0, r1, c1 in merged if r0 <= last <= r1 and c1 > c0]
        joined = names if last < deep and not any(lower) else _join(names, lower, spans, sure=last < deep)
        if joined is None:
            break
        names, last = joined, last + 1
    return last, names


def _join(upper: list[str], lower: list[str], spans: Sequence[tuple[int, int]], *, sure: bool) -> list[str] | None:
    """Return the names of two header rows joined, or None where the lower one is no part of the header.

    Cell by cell the lower row holds a unit or a name of its own; names lie under the head of a group.
    """
    width = max(len(upper), len(lower))
    upper, lower = upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower))
    under = [column for column in range(width) if lower[column]]
    if not under or sum(bool(cell) for cell in upper) < 2:
        return None
    units = {column for column in under if upper[column] and _UNITS.fullmatch(lower[column])}
    named = [column for column in under if column not in units]
    groups = _groups(upper, lower, spans) if named else {}
    if named and not groups:
        return None
    if not all(is_label(lower[column]) and (sure or column in groups) for column in named):
        return None
    joined = []
    for column in range(width):
        head = upper[groups[column]] if column in groups else upper[column]
        unit = lower[column].strip("()（）[]【】 ")
        joined.append(f"{head}({unit})" if column in units else JOIN.join(filter(None, (head, lower[column]))))
    return joined


def _groups(upper: list[str], lower: list[str], spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Map each column under a group head to the head's column: merged cells, or a head with blanks to its right."""
    groups = {column: c0 for c0, c1 in spans for column in range(c0, min(c1, len(upper) - 1) + 1) if upper[c0]}
    head = None
    for column, name in enumerate(upper):
        if name:
            head = column if lower[column] else None
        elif lower[column] and head is not None and not spans:
            groups[column] = groups[head] = head
        elif not lower[column]:
            head = None
    return groups


def describe(header: Header) -> str:
    """Return the names as a message shows them."""
    return shorten(" | ".join(header.names), 200)
