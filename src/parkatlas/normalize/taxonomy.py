"""Words of the list to words of the plan: sectors, industry codes, areas and the schema's own choices.

Everything here looks at distinct values, never at rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from parkatlas.model import Sector
from parkatlas.normalize.text import fold

if TYPE_CHECKING:
    import geopandas as gpd

ENTITY_WORDS = {
    "enterprise": ("enterprise", "企业", "公司", "company", "firm", "个体工商户", "企业法人"),
    "institute": (
        "institute",
        "研究所",
        "研究院",
        "科研院所",
        "科研机构",
        "高校",
        "大学",
        "事业单位",
        "university",
        "研究机构",
    ),
    "platform": ("platform", "平台", "公共平台", "服务平台", "孵化器", "incubator"),
}
QUALITY_WORDS = {
    "exact": ("exact", "精确", "准确", "gps", "门牌"),
    "street": ("street", "街道", "道路", "路段"),
    "area": ("area", "区域", "园区", "片区"),
    "none": ("none", "无"),
    "synthetic": ("synthetic", "合成", "模拟"),
}
_CODE = re.compile(r"[a-z]?\d{2,4}")


def choices(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return a look-up from folded words to the schema's choices."""
    return {fold(word): choice for choice, several in words.items() for word in several}


def look_up(cells: pd.Series[str], known: Mapping[str, str]) -> pd.Series[str]:
    """Return what each cell stands for, missing where a cell is empty or its folded text is not known."""
    codes, uniques = pd.factorize(cells)
    found = pd.array([known.get(fold(str(value))) for value in uniques] + [None], dtype="str")
    return pd.Series(found[codes], index=cells.index)


def sector_names(sectors: Iterable[Sector]) -> dict[str, str]:
    """Return a look-up from folded ids and names in both languages to sector ids."""
    return {
        fold(name): sector.id
        for sector in sectors
        for name in (sector.name_en, sector.name_zh, sector.id)  # an id wins over a name
        if name
    }


def sectors_of_codes(cells: pd.Series[str], sectors: Iterable[Sector]) -> pd.Series[str]:
    """Return the sector of each GB/T 4754 code: the longest matching prefix, letters in front ("C2762") aside.

    A cell with several codes has a sector where they all lead to the same one.

    Examples
    --------
    >>> known = [Sector("bio", "生物药", "Biologics", ("276",), "#000"), Sector("drug", "药", "Drugs", ("27",), "#111")]
    >>> sectors_of_codes(pd.Series(["C2762", "2710", "C2720/C2740", "2762/2710", "1011"], dtype="str"), known).to_list()
    ['bio', 'drug', 'drug', nan, nan]
    """
    prefixes = {code.lstrip("ABCDEFGHIJKLMNOPQRSTabcdefghijklmnopqrst"): sector.id for sector in sectors
                for code in sector.gbt}  # fmt: skip
    codes, uniques = pd.factorize(cells)
    found = pd.array([_sector_of(str(value), prefixes) for value in uniques] + [None], dtype="str")
    return pd.Series(found[codes], index=cells.index)


def area_names(areas: gpd.GeoDataFrame) -> tuple[dict[str, str], set[str]]:
    """Return a look-up from folded area ids and names to area ids, and the names that several areas share."""
    known: dict[str, str] = {}
    shared: set[str] = set()
    for column in ("name_en", "name_zh"):
        for area_id, name in zip(areas["area_id"], areas[column], strict=True):
            key = fold(str(name))
            if known.setdefault(key, area_id) != area_id:
                shared.add(key)
    known = {name: area_id for name, area_id in known.items() if name not in shared}
    ids = {fold(area_id): area_id for area_id in areas["area_id"]}
    return known | ids, shared - set(ids)


def _sector_of(text: str, prefixes: Mapping[str, str]) -> str | None:
    found = set()
    for code in _CODE.findall(fold(text)):
        digits = code.lstrip("abcdefghijklmnopqrst")
        lengths = range(len(digits), 0, -1)
        found.add(next((prefixes[digits[:n]] for n in lengths if digits[:n] in prefixes), None))
    return found.pop() if len(found) == 1 else None
