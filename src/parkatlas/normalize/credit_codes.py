"""Unified social credit codes (GB 32100-2015): check digits of all rows at once, and words for what is wrong.

A code is 18 characters of 31 (no I, O, S, V, Z): authority, kind, six digits of the region, nine of the organisation
and a check character. Weights are 3**k modulo 31. Codes that fail are explained by python-stdnum's rules; nothing is
corrected, because a code that looks better may be another company's.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from stdnum.cn import uscc

from parkatlas.findings import Rule
from parkatlas.normalize.cells import BLOCK, Mask, given, letters
from parkatlas.normalize.text import NARROW

TIDIED = Rule(
    "normalize.code-tidied",
    "info",
    zh="“{value}”含全角字符、空格、引号、连字符或小写字母，读作 {read}",
    en="{value!r} has wide characters, spaces, quotes, hyphens or small letters and was read as {read}",
    mends=True,
)
LENGTH = Rule(
    "normalize.code-length",
    "warning",
    zh="统一社会信用代码“{value}”有 {n} 位，应为 18 位",
    en="the credit code {value!r} has {n} characters instead of 18",
    hint_zh="请核对。15 位数字是旧的注册号，9 位是组织机构代码。",
    hint_en="Check it. 15 digits are an old registration number, 9 characters an organisation code.",
)
SPOILT = Rule(
    "normalize.code-spoilt",
    "warning",
    zh="统一社会信用代码“{value}”已被电子表格改坏：只保留了 15 位有效数字",
    en="a spreadsheet has spoilt the credit code {value!r}: it keeps 15 digits of a number",
    hint_zh="请从原始来源重新取得，并先把该列设为文本格式。",
    hint_en="Take it from its source again, with the column set to text first.",
)
NUMBER = Rule(
    "normalize.code-as-number",
    "warning",
    zh="统一社会信用代码“{value}”是带小数点的数，不是文本：超过 15 位的末几位已不可靠",
    en="the credit code {value!r} is a number with a decimal point, not text: digits beyond the 15th are not to be "
    "trusted",
    hint_zh="请从原始来源重新取得，并先把该列设为文本格式（在 pandas 中为 dtype=str）。",
    hint_en="Take it from its source again, with the column set to text first (dtype=str in pandas).",
)
LETTERS = Rule(
    "normalize.code-letters",
    "warning",
    zh="统一社会信用代码“{value}”含有不允许的字符；代码中没有 I、O、S、V、Z{read_zh}",
    en="the credit code {value!r} has characters that no code has; I, O, S, V and Z do not occur{read_en}",
    hint_zh="常见笔误：O 应为 0，I 应为 1，Z 应为 2，S 应为 5。",
    hint_en="Common slips: O for 0, I for 1, Z for 2, S for 5.",
)
CHECK = Rule(
    "normalize.code-check",
    "warning",
    zh="统一社会信用代码“{value}”的校验码不符",
    en="the check character of the credit code {value!r} does not fit",
    hint_zh="其中至少有一位写错，请核对。",
    hint_en="At least one character is wrong; compare it with the licence.",
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, k, 31) for k in range(17))
_NEVER = 1000  # more than the weighted values of all nine pairs of a code together
_QUOTES = "'‘’`\"“”"  # that a spreadsheet's mark of text leaves behind
_SPOILT = ((r"\d(\.\d+)?E\+?\d+|\d{15}000", SPOILT), (r"\d+\.0*", NUMBER))
_SLIPS = str.maketrans("IOZSV", "1025U")


class Explained(NamedTuple):
    """What is wrong with one code: the code tidied, the rule it breaks (None: none), and the details of its words."""

    code: str
    rule: Rule | None
    read_zh: str = ""
    read_en: str = ""


def are_valid(codes: pd.Series[str]) -> Mask:
    """Return which cells are valid credit codes as they stand.

    Examples
    --------
    >>> are_valid(pd.Series(["912204005504910788", "912204005504910789", None], dtype="str")).tolist()
    [True, False, False]
    """
    out = np.zeros(len(codes), dtype=bool)
    at, text = letters(codes, 18)
    for start in range(0, len(at), BLOCK):
        block = slice(start, start + BLOCK)
        out[at[block]] = _check(text[block])
    return out


def _check(text: npt.NDArray[np.uint8]) -> Mask:
    """Return which rows of 18 bytes are valid codes.

    The check character makes the weighted sum of all characters, its own weight being 1, a multiple of 31.
    """
    pairs, table = np.ascontiguousarray(text).view("<u2"), _pair_values()
    total = table[0].take(pairs[:, 0])
    for place in range(1, 9):
        total += table[place].take(pairs[:, place])
    return np.asarray((total < _NEVER) & (total % 31 == 0), dtype=bool)


@functools.cache
def _pair_values() -> npt.NDArray[np.uint16]:
    """Return the weighted value modulo 31 of two neighbouring bytes, for each pair of places and each pair of bytes.

    A pair that no code has at that place is worth `_NEVER`: a letter no code has, or one in the region's six digits.
    The first two characters name authority and kind and may be letters.
    """
    values = np.array([ALPHABET.find(chr(code)) for code in range(256)])
    first, second = np.tile(values, 256), np.repeat(values, 256)  # the first byte is the low one
    weights, out = (*_WEIGHTS, 1), np.empty((9, 65_536), dtype=np.uint16)
    for place in range(9):
        least, most = np.minimum(first, second), np.maximum(first, second)
        never = (least < 0) | (most > (9 if 1 <= place <= 3 else 30))
        out[place] = np.where(never, _NEVER, (first * weights[2 * place] + second * weights[2 * place + 1]) % 31)
    return out


def explain(text: str) -> Explained:
    """Return a code without spaces, wide and small letters, and the rule that it breaks.

    >>> explain("９１２２０４００５５０４９１０７８８").code, explain("91220400550491O788").rule.code
    ('912204005504910788', 'normalize.code-letters')
    """
    code = uscc.compact("".join(text.translate(NARROW).strip(_QUOTES).split()))
    if _is_valid(code):
        return Explained(code, None)
    if (spoilt := next((rule for pattern, rule in _SPOILT if re.fullmatch(pattern, code)), None)) is not None:
        return Explained(code, spoilt)
    if len(code) != 18:
        return Explained(code, LENGTH)
    if re.search(f"[^{ALPHABET}]", code) or not code[2:8].isdigit():
        likely = code.translate(_SLIPS)
        if likely != code and uscc.is_valid(likely):
            return Explained(code, LETTERS, f"；{likely} 才是有效代码", f"; {likely} would be valid")
        return Explained(code, LETTERS)
    return Explained(code, CHECK)


def check(
    cells: pd.Series[str], *, lost: bool = False
) -> tuple[pd.Series[str], list[tuple[Rule, Mask, dict[str, object]]]]:
    """Return the codes tidied, and what is wrong with which rows: a rule, a mask and the details of its words.

    ``lost``: a spreadsheet has lost the ends of large numbers of this column, as its reader saw. A code of 18 digits
    that a double holds exactly is then one of these, not one with a slip.
    """
    left = given(cells) & ~are_valid(cells)
    if not left.any():
        return cells, []
    broken, out = _plainly_broken(cells, left), cells.copy()
    odd = left & ~broken[LENGTH] & ~broken[CHECK]
    keys, uniques = pd.factorize(cells[odd])
    told = [explain(str(value)) for value in uniques]
    out[odd] = pd.array([one.code for one in told], dtype="str")[keys]
    for rule in (LENGTH, SPOILT, NUMBER, LETTERS, CHECK):
        broken.setdefault(rule, np.zeros(len(cells), dtype=bool))
        broken[rule][odd] = np.array([one.rule is rule for one in told], dtype=bool)[keys]
    if lost:
        at = np.flatnonzero(broken[CHECK])
        ours = [code.isdigit() and int(float(code)) == int(code) for code in out.iloc[at]]
        broken[SPOILT][at[ours]], broken[CHECK][at[ours]] = True, False
    changed = np.zeros(len(cells), dtype=bool)
    changed[odd] = (out[odd] != cells[odd]).to_numpy(dtype=bool)
    found: list[tuple[Rule, Mask, dict[str, object]]] = [(TIDIED, changed, {"read": out.to_numpy(dtype=object)})]
    found += [(rule, mask, _details(rule, out, odd, keys, told)) for rule, mask in broken.items()]
    return out, found


def _plainly_broken(cells: pd.Series[str], left: Mask) -> dict[Rule, Mask]:
    """Return which rows hold a tidy code of the wrong length or with the wrong check character: most of a bad list."""
    at = np.flatnonzero(left)
    some = cells.iloc[at]
    plain, full = some.str.fullmatch("[0-9A-Z]+"), some.str.len() == 18
    right = some.str.fullmatch(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
    wrong = {LENGTH: plain & ~full, CHECK: plain & full & right & ~some.str.fullmatch(r"\d{15}000")}
    out = {rule: np.zeros(len(cells), dtype=bool) for rule in wrong}
    for rule, those in wrong.items():
        out[rule][at] = those
    return out


def _is_valid(code: str) -> bool:
    values = [ALPHABET.find(char) for char in code]
    if len(code) != 18 or min(values) < 0 or not (code[2:8].isascii() and code[2:8].isdigit()):
        return False
    total = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=False))
    return (31 - total % 31) % 31 == values[17]


def _details(
    rule: Rule, codes: pd.Series[str], left: Mask, keys: npt.NDArray[np.intp], told: list[Explained]
) -> dict[str, object]:
    if rule is LENGTH:
        return {"n": codes.str.len().fillna(0).to_numpy(dtype=np.int64)}
    if rule is not LETTERS:
        return {}
    words = np.full((2, len(codes)), "", dtype=object)
    words[0, left] = np.array([one.read_zh for one in told], dtype=object)[keys]
    words[1, left] = np.array([one.read_en for one in told], dtype=object)[keys]
    return {"read_zh": words[0], "read_en": words[1]}
