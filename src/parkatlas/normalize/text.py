"""Text cells: what counts as empty, and how names are folded before they are compared."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd

# What people write into a cell that has nothing to say; compared after `fold`.
NOTHING = (
    "", "-", "--", "---", "—", "——", "–", "/", "\\", ".", "*", "?", "无", "暂无", "无数据", "未知", "不详", "未填",
    "未填写", "空", "n/a", "na", "#n/a", "nan", "null", "none", "nil", "<na>", "unknown", "待补充", "待定", "tbd",
)  # fmt: skip
_NOTHING = frozenset(NOTHING)
# Full-width forms to ASCII, the ideographic space to a space; NFKC would also take ″ and ² apart.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def fold(text: str) -> str:
    """Return text as it is compared: NFKC, case folded, without white space and invisible characters.

    >>> fold("企业 名称（全称）")
    '企业名称(全称)'
    """
    return "".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def clean(cells: pd.Series[str]) -> pd.Series[str]:
    """Return cells without surrounding white space, missing where there is nothing in them.

    What stands for nothing ("-", "无", "N/A" ...) is missing too; see `NOTHING`.
    """
    out = cells.astype("str").str.strip()
    short = out.str.len().le(8).fillna(False).to_numpy(dtype=bool)  # no word for nothing is longer
    if not short.any():
        return out
    codes, uniques = pd.factorize(out[short])
    nothing = np.fromiter((fold(value) in _NOTHING for value in uniques), dtype=bool, count=len(uniques))
    empty = np.zeros(len(out), dtype=bool)
    empty[short] = (codes >= 0) & np.append(nothing, False)[codes]
    return out.mask(empty) if empty.any() else out


def given(cells: pd.Series[str]) -> npt.NDArray[np.bool_]:
    """Return which cells hold something."""
    return np.asarray(cells.notna(), dtype=bool)
