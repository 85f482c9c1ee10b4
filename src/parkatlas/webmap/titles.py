"""Titles of columns and tables that statistics bring along and no schema names."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from parkatlas import schema

# name: (Chinese, English)
COLUMNS = {
    "cluster": ("集群", "Cluster"),
    "n": ("企业数（家）", "Enterprises"),
    "k": ("企业数（家）", "Enterprises"),
    "share": ("占全部比重", "Share of all"),
    "sectors": ("产业数", "Sectors"),
    "top_sector": ("最大产业", "Largest sector"),
    "top_sector_share": ("最大产业占比", "Share of the largest sector"),
    "sector_mix": ("产业构成", "Sector mix"),
    "lq_sector": ("区位商最高的产业", "Sector of the highest LQ"),
    "lq": ("区位商", "Location quotient"),
    "lq_n": ("该产业企业数（家）", "Enterprises of that sector"),
    "lq_expected": ("该产业期望数（家）", "Expected of that sector"),
    "lq_small": ("期望不足5家", "Fewer than 5 expected"),
    "area_km2": ("凸包面积（平方公里）", "Hull area (km2)"),
    "concave_km2": ("凹包面积（平方公里）", "Concave hull area (km2)"),
    "density_km2": ("密度（家/平方公里）", "Density (enterprises per km2)"),
    "share_in_park": ("位于园区内的比重", "Share inside a park"),
    "top_park": ("重合最多的园区", "Park with most members"),
    "jaccard": ("与该园区的重合度", "Overlap with that park (Jaccard)"),
    "stable_minus": ("半径减两成时的稳定度", "Stability, radius 20 % smaller"),
    "stable_plus": ("半径加两成时的稳定度", "Stability, radius 20 % larger"),
    "reason": ("说明", "Reason"),
    "value": ("数值", "Value"),
    "rate": ("比率", "Rate"),
    "density_eb": ("平滑密度（家/平方公里）", "Density, smoothed (enterprises per km2)"),
    "neighbours": ("邻格数", "Neighbours"),
    "z": ("z 值", "z"),
    "p": ("p 值", "p"),
    "p_normal": ("正态近似 p 值", "p, normal approximation"),
    "p_fdr": ("p 值（FDR 校正）", "p, FDR corrected"),
    "kind": ("类别", "Kind"),
    "expected": ("期望数", "Expected"),
    "low": ("区间下限", "Interval, low"),
    "high": ("区间上限", "Interval, high"),
    "small": ("期望不足5家", "Fewer than 5 expected"),
}
TABLES = {
    "clusters": ("探测到的集群", "Detected clusters"),
    "hotspots": ("热点", "Hot spots"),
    "density": ("核密度（家/平方公里）", "Kernel density (per km2)"),
    "findings": ("数据检查结果", "Findings of the data checks"),
    "sensitivity": ("边界敏感性", "Sensitivity to the boundary"),
}


def column_titles(names: Iterable[str]) -> list[list[str]]:
    """Return Chinese and English titles: the schema's that has most of the columns, ours, or the name itself.

    >>> column_titles(["km2", "p_fdr", "whatever"])[1:]
    [['p 值（FDR 校正）', 'p, FDR corrected'], ['whatever', 'whatever']]
    """
    wanted = list(names)
    best = max(schema.TABLES, key=lambda table: len(set(wanted) & set(table.names)))
    known = {column.name: [column.title("zh"), column.title("en")] for column in best.columns}
    return [known.get(name) or list(COLUMNS.get(name, (name, name))) for name in wanted]


def table_titles(name: str, table: pd.DataFrame) -> list[str]:
    """Return a table's own titles (``attrs["title_zh"]``, ``attrs["title_en"]``), ours, or its name."""
    zh, en = TABLES.get(name, (name, name))
    return [str(table.attrs.get("title_zh") or zh), str(table.attrs.get("title_en") or en)]
