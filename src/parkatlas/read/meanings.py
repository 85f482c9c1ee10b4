"""Rows that speak of columns instead of an enterprise: column names once more, in words, or columns numbered.

What a column means for the data is decided elsewhere. Here words of headers are only told apart, to see whether a row
below the header names the same columns again or begins another table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from parkatlas.read.header import JOIN, is_label, plain_word

# What header words are about. A whole cell, also behind one of _OF_WHOM; some words also at the end of a cell.
_ABOUT = {
    "number": "序号 编号 no no. id uid number s/n",
    "name": "企业名称 单位名称 公司名称 机构名称 名称 企业 单位 公司 机构 企业全称 单位全称 name company enterprise "
    "firm organization organisation entity name_zh company_name enterprise_name",
    "lon": "经度 x lon lng long longitude x坐标",
    "lat": "纬度 y lat latitude y坐标",
    "place": "坐标 经纬度 coordinates coordinate wkt geometry",
    "address": "地址 住所 住址 address",
    "area": "园区 片区 区域 区县 park zone area district",
    "sector": "行业 产业 领域 sector industry",
    "code": "代码 信用代码 统一社会信用代码 code credit_code",
    "output": "产值 产出 营收 收入 营业收入 output revenue sales turnover",
    "people": "人数 员工 职工 员工数 职工数 employees staff headcount",
    "phone": "电话 联系电话 联系方式 手机 phone tel telephone contact",
    "person": "法人 法定代表人 法人代表 联系人 负责人 contact_person",
    "date": "日期 时间 年份 date year founded established",
    "kind": "类别 类型 分类 性质 type category",
    "tax": "税收 税额 利润 tax profit",
    "size": "面积 规模",
    "capital": "注册资本 资本",
    "note": "备注 说明 note notes remark remarks",
    "state": "状态 status",
}
_OF_WHOM = ("企业", "单位", "公司", "机构", "项目", "所属", "所在", "经营")
_OF = {word: about for about, words in _ABOUT.items() for word in words.split()}
_OF |= {f"{of}{word}": about for word, about in _OF.items() if not word.isascii() for of in _OF_WHOM}
_ENDS = ["名称", "编号", "经度", "纬度", "坐标", "地址", "产值", "收入", "人数", "代码", "电话", "日期", "面积"]
_SPELT = [*(word.replace("_", " ") for word in _OF if word.isascii()), "company name", "enterprise name"]
# Cells with which such a row may begin, as they are usually spelt.
FIRST_WORDS = frozenset(
    [
        *(word for word in _OF if not word.isascii()),
        *(spell(word) for word in _SPELT for spell in (str, str.title, str.capitalize, str.upper)),
    ]
)
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_MOST_STEMS = 4  # columns that a form letters before it numbers the others
_RING = re.compile(r"[\[(（【<]?\s*(\w+)\s*[\])）】>]?")


def about(cell: str) -> str | None:
    """Return what a header cell is about, or None where its words are not known.

    >>> about("所属园区"), about("坐标 / 经度"), about("Company"), about("甲公司")
    ('area', 'lon', 'name', None)
    """
    word = plain_word(cell.rpartition(JOIN)[2])
    word = word.replace(" ", "_") if word.isascii() else word
    return _OF.get(word) or next((_OF[end] for end in _ENDS if word.endswith(end)), None)


def names_columns(cells: Sequence[str]) -> bool:
    """Tell whether a row holds nothing but column names: all cells are known as such, or most, and three at least.

    >>> names_columns(["Company", "Park", ""]), names_columns(["企业", "甲公司", "制造业"])
    (True, False)
    """
    filled = [cell for cell in cells if cell.strip()]
    words = [word for cell in filled if (word := about(cell))]
    most = len(set(words)) >= 3 and 5 * len(words) >= 3 * len(filled)
    return len(set(words)) >= 2 and (most or len(words) == len(filled)) and all(map(is_label, filled))


def names_others(cells: Sequence[str], header: Sequence[str], *, next_to_it: bool) -> bool:
    """Tell whether a row of column names means other columns than those of the header above it.

    Next to the header it is the same in other words, which need not agree throughout: 联系人 may be a "Contact".
    """
    pairs = [(about(cell), about(name)) for cell, name in zip(cells, header, strict=False) if cell.strip()]
    differ = [here != above for here, above in pairs if here and above]
    return sum(differ) > (len(differ) / 2 if next_to_it else 0)


def lies_on_its_side(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether column names stand below each other in the first column, and in no row beside each other.

    >>> lies_on_its_side([["企业名称", "甲", "乙"], ["经度", "126.1", "126.2"], ["纬度", "43.8", "43.9"]])
    True
    """
    filled = [cells for row in rows if len(cells := [cell for cell in row if cell.strip()]) > 1]
    heads = [word for cells in filled if is_label(cells[0]) and (word := about(cells[0]))]
    if len(set(heads)) < 3 or "name" not in heads or 5 * len(heads) < 3 * len(filled):
        return False
    return not any(sum(about(cell) is not None for cell in cells) > 1 for cells in filled)


def is_numbering(cells: Sequence[str]) -> bool:
    """Tell whether a row counts the columns, as official forms do: 1, 2, 3; (1), (2), (3); 甲, 乙, 1, 2; A, B, C.

    >>> is_numbering(["甲", "乙", "1", "2"]), is_numbering(["(1)", "(2)", "(3)"]), is_numbering(["1", "3", "4"])
    (True, True, False)
    """
    words = [_bare(cell) for cell in cells if cell.strip()]
    if len(words) < 3:
        return False
    for letters in (_STEMS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        lettered = next((k for k, word in enumerate(words) if letters[k : k + 1] != word), len(words))
        counted = [str(number) for number in range(1, len(words) - lettered + 1)]
        if words[lettered:] == counted and (lettered in (0, len(words)) or lettered <= _MOST_STEMS):
            return True
    return False


def _bare(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip()
    found = _RING.fullmatch(text)
    return found[1] if found else text
