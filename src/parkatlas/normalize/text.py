"""What text means before it is compared: folding, narrow forms, and the words that stand for nothing."""

from __future__ import annotations

import re
import unicodedata

# Full-width forms to ASCII, the ideographic and the no-break space to a space. NFKC would also take ″ and ² apart.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_WIDE = {narrow: wide for wide, narrow in NARROW.items() if wide > 0x3000}
_WORDS = (
    "-", "--", "---", "—", "——", "–", "/", "\\", ".", "*", "?", "n/a", "na", "#n/a", "nan", "null", "none", "nil",
    "<na>", "unknown", "tbd", "无", "暂无", "无数据", "未知", "不详", "未填", "未填写", "空", "待补充", "待定",
)  # fmt: skip
# What people write into a cell that has nothing to say, in every case and width that is met.
NOTHING = frozenset(
    form
    for word in _WORDS
    for cased in (word, word.upper(), word.title(), "NaN" if word == "nan" else word)
    for form in (cased, cased.translate(_WIDE))
) | {""}
# Control characters, zero-width and direction marks: invisible, and able to make a text read as another.
INVISIBLE = "[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
WIDE = "[０-９Ａ-Ｚａ-ｚ．＋－]"  # of numbers; wide colons and commas are good Chinese
_INVISIBLE = re.compile(INVISIBLE)


def fold(text: str) -> str:
    """Return text as it is compared: NFKC, case folded, without white space and invisible characters.

    >>> fold("企业 名称（全称）")
    '企业名称(全称)'
    """
    return "".join(_INVISIBLE.sub(" ", unicodedata.normalize("NFKC", text)).casefold().split())
