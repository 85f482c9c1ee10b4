"""Sentences of point statistics: reasons in both languages, and a word of warning where there is little to go by."""

from __future__ import annotations

from typing import TypedDict


class Readings(TypedDict):
    """Both readings, by the names of a `Result`'s arguments."""

    reading_zh: str
    reading_en: str


CSR = ("在窗口内随机均匀分布", "points uniform over the window")  # the null of complete spatial randomness, in words
FEW = 20  # points (30 cells) below which a curve or an index is hardly more than noise

REASONS = {
    "all plants at one spot: give a bandwidth": "所有企业在同一位置：请指定带宽",
    "all points at one spot: give a bandwidth": "所有点在同一位置：请指定带宽",
    "all points at one spot": "所有点在同一位置",
    "all points on one line": "所有点在一条直线上",
    "all values are equal": "所有值相同",
    "fewer than 2 points": "少于2个点",
    "fewer than 3 points": "少于3个点",
    "fewer than three cells": "少于三个单元",
    "fewer than three places, or all on one line": "少于三个位置，或都在一条直线上",
    "fewer than two plants": "少于两家企业",
    "fewer than two points": "少于两个点",
    "island": "没有邻居",
    "no cell with a value and a neighbour": "没有既有值又有邻居的单元",
    "no area has the speciality": "没有以此为专长的区域",
    "no enterprise": "没有企业",
    "no enterprise with a distance": "没有可计算距离的企业",
    "no enterprise with a sector": "没有带产业领域的企业",
    "no other enterprise to compare with": "没有可比较的其他企业",
    "no plant has a neighbour within this radius": "该半径内没有任何邻居",
    "no point": "没有可用的点",
    "no point is that far from the border": "没有点离边界这么远",
    "no site but those of the plants themselves": "除本行业企业外没有其他位置",
    "no value": "没有值",
    "nothing can be measured here": "此处无法计算",
    "one of the kinds has no point": "某一类没有点",
    "the median centre has no standard distance": "中位中心没有标准距离",
    "outside the window": "在窗口之外",
    "sector absent from the reference": "参照中没有该产业",
    "some simulations have no value here": "部分模拟在此处无值",
    "too few points": "点数不足",
    "values sum to zero": "数值合计为零",
    "weights sum to zero": "权重合计为零",
}


def careful(zh: str, en: str, n: int, few: int = FEW) -> Readings:
    """Return both readings as arguments of a `Result`; with fewer than ``few`` points or cells they say so.

    >>> careful("集聚", "clustered", 3)["reading_en"]
    'clustered; only 3, read with care'
    """
    if n >= few:
        return {"reading_zh": zh, "reading_en": en}
    return {"reading_zh": f"{zh}；仅{n}个，请谨慎解读", "reading_en": f"{en}; only {n}, read with care"}


def counted(n: int, noun: str) -> str:
    """Return a number with its noun in English, in the singular for one.

    >>> counted(1, "cluster"), counted(0, "enterprise")
    ('1 cluster', '0 enterprises')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def refused(reason: str) -> Readings:
    """Return a reason why there is no value as both readings.

    >>> refused("no point")
    {'reading_zh': '没有可用的点', 'reading_en': 'no point'}
    """
    return {"reading_zh": REASONS[reason], "reading_en": reason}
