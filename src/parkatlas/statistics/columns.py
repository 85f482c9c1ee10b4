"""Titles of the columns of statistics tables, for people; a column of the declared tables has its title in `schema`."""

from __future__ import annotations

from collections.abc import Iterable

from parkatlas.findings import Lang
from parkatlas.schema import TABLES

# name -> zh, en; units in brackets
TITLES: dict[str, tuple[str, str]] = {
    # who is counted
    "area_id": ("区域编号", "Area id"),
    "level": ("层级", "Level"),
    "sector": ("产业领域", "Sector"),
    "sector_i": ("产业甲", "Sector A"),
    "sector_j": ("产业乙", "Sector B"),
    "part": ("组成", "Part"),
    "n": ("企业数", "Enterprises"),
    "k": ("本产业企业数", "Of the sector"),
    "n_i": ("甲数量", "Number of A"),
    "n_j": ("乙数量", "Number of B"),
    "n_both": ("共有区域数", "Areas with both"),
    "n_sector": ("有产业领域的企业", "With a sector"),
    "n_sectors": ("产业数", "Sectors present"),
    "n_within": ("范围内企业数", "Within"),
    "areas": ("区域数", "Areas"),
    "reason": ("无法计算的原因", "Why there is no value"),
    "small": ("期望不足5家", "Fewer than 5 expected"),
    # mix
    **{f"top_{k}": (f"第{k}大产业", f"Sector {k}") for k in (1, 2, 3)},
    **{f"share_{k}": (f"第{k}大产业比重", f"Share {k}") for k in (1, 2, 3)},
    "hhi": ("赫芬达尔指数", "Herfindahl index"),
    "herfindahl": ("赫芬达尔指数", "Herfindahl index"),
    "unbiased": ("无偏赫芬达尔指数", "Unbiased Herfindahl index"),
    "effective_sectors": ("有效产业数", "Effective sectors"),
    "effective_number": ("有效产业数", "Effective number of sectors"),
    "shannon": ("香农指数（奈特）", "Shannon index (nats)"),
    "evenness": ("均匀度", "Evenness"),
    # distance
    "within_m": ("距离以内（米）", "Within (m)"),
    "share": ("比重", "Share"),
    "expected": ("期望值", "Expected"),
    "low": ("95%下限", "95 % low"),
    "high": ("95%上限", "95 % high"),
    # tests
    "p": ("p值", "p"),
    "p_fdr": ("p值（FDR校正）", "p (FDR)"),
    "z": ("z值", "z"),
    # concentration
    "lq": ("区位商", "Location quotient"),
    "lq_employees": ("就业区位商", "LQ of employment"),
    "slq": ("标准化区位商", "Standardised LQ"),
    "slq_cut": ("标准化区位商临界值", "SLQ cut-off"),
    "H": ("企业规模赫芬达尔指数H", "H of plant sizes"),
    "G": ("地理集中度G", "Raw concentration G"),
    "gamma": ("集聚指数γ", "gamma"),
    "expected_G": ("G的期望", "Expected G"),
    "sd_G": ("G的标准差", "SD of G"),
    "strength": ("强度", "Strength"),
    "gini": ("区位基尼系数", "Locational Gini"),
    "krugman": ("克鲁格曼指数", "Krugman index"),
    "excess": ("超出随机期望", "Above chance"),
    "hoover": ("胡佛指数", "Hoover index"),
    "hachman": ("哈克曼指数", "Hachman index"),
    "theil": ("泰尔指数", "Theil's T"),
    "mean": ("均值", "Mean"),
    "contribution": ("贡献", "Contribution"),
    "proximity": ("关联度", "Proximity"),
    "value": ("规模", "Size"),
    "focus": ("占本区域比重", "Share of the area"),
    "size_star": ("规模星", "Star for size"),
    "specialisation_star": ("专业化星", "Star for specialisation"),
    "focus_star": ("聚焦星", "Star for focus"),
    "stars": ("星级", "Stars"),
    # pattern
    "kind": ("类型", "Kind"),
    "x": ("东坐标（米）", "East (m)"),
    "y": ("北坐标（米）", "North (m)"),
    "crs": ("坐标系（东、北坐标）", "CRS of east and north"),
    "mean_distance_m": ("平均距离（米）", "Mean distance (m)"),
    "major_m": ("长半轴（米）", "Major semi-axis (m)"),
    "minor_m": ("短半轴（米）", "Minor semi-axis (m)"),
    "area_km2": ("面积（平方公里）", "Area (km2)"),
    "scaling": ("半轴口径", "Scaling"),
    "method": ("方法", "Method"),
    "ratio": ("比值R", "R"),
    "mean_m": ("平均最近邻距离（米）", "Mean nearest distance (m)"),
    "expected_m": ("期望距离（米）", "Expected distance (m)"),
    "r_m": ("距离（米）", "Distance (m)"),
    "observed": ("观测值", "Observed"),
    "l_minus_r": ("L减r（米）", "L - r (m)"),
    "low_local": ("局部带下限", "Local band, low"),
    "high_local": ("局部带上限", "Local band, high"),
    "low_global": ("全局带下限", "Global band, low"),
    "high_global": ("全局带上限", "Global band, high"),
    "psi": ("分散指数ψ", "Psi"),
    "verdict": ("判断", "Verdict"),
    # hot spots
    "size_m": ("网格边长（米）", "Size of cells (m)"),
    "cell": ("网格", "Cell"),
    "row": ("行", "Row"),
    "column": ("列", "Column"),
    "events": ("事件数", "Events"),
    "base": ("基数", "Base"),
    "rate": ("比率", "Rate"),
    "rate_eb": ("平滑比率", "Smoothed rate"),
    "i": ("莫兰指数I", "I"),
    "sd": ("标准差", "SD"),
    "islands": ("孤立单元数", "Islands"),
    "neighbours": ("邻居数", "Neighbours"),
    "lag": ("邻居均值", "Mean of neighbours"),
    "quadrant": ("象限", "Quadrant"),
    "p_normal": ("p值（正态近似）", "p (normal)"),
    "geometry": ("几何", "Geometry"),
    # clusters
    "rank": ("序号", "Rank"),
    "cluster": ("集群", "Cluster"),
    "probability": ("归属强度", "Membership"),
    "sectors": ("产业数", "Sectors"),
    "top_sector": ("最大产业", "Largest sector"),
    "top_sector_share": ("最大产业比重", "Share of the largest"),
    "sector_mix": ("产业构成", "Sector mix"),
    "lq_sector": ("区位商最高产业", "Sector of the highest LQ"),
    "lq_n": ("该产业企业数", "Its enterprises"),
    "lq_expected": ("期望企业数", "Expected"),
    "lq_small": ("期望不足5家", "Fewer than 5 expected"),
    "concave_km2": ("凹包面积（平方公里）", "Concave hull (km2)"),
    "concave_hull": ("凹包", "Concave hull"),
    "share_in_park": ("位于园区内比重", "Share in a park"),
    "top_park": ("主要园区", "Main park"),
    "jaccard": ("与园区重叠（Jaccard）", "Overlap with the park (Jaccard)"),
    "stable_minus": ("eps减20%时的稳定性", "Stability at eps -20 %"),
    "stable_plus": ("eps加20%时的稳定性", "Stability at eps +20 %"),
    # change
    "earlier": ("期初", "Earlier"),
    "later": ("期末", "Later"),
    "entries": ("新增", "Entries"),
    "exits": ("退出", "Exits"),
    "stayed": ("留存未动", "Stayed"),
    "moved_in": ("迁入", "Moved in"),
    "moved_out": ("迁出", "Moved out"),
    "switched_in": ("转入本产业", "Switched in"),
    "switched_out": ("转出本产业", "Switched out"),
    "relocated": ("位置变动", "Relocated"),
    "net": ("净增", "Net"),
    "growth": ("增长率", "Growth"),
    "lq_earlier": ("期初区位商", "LQ earlier"),
    "lq_later": ("期末区位商", "LQ later"),
    "change": ("变化", "Change"),
    "reference_effect": ("整体增长效应", "Overall growth"),
    "mix_effect": ("产业结构效应", "Sector mix"),
    "local_effect": ("区域竞争力效应", "Local"),
    "allocation_effect": ("配置效应", "Allocation"),
    "residue": ("残差", "Residue"),
    "synthetic": ("合成数据", "Synthetic register"),
    "when": ("时期", "When"),
    "lon": ("经度", "Longitude"),
    "lat": ("纬度", "Latitude"),
    "east_m": ("东坐标（米）", "East (m)"),
    "north_m": ("北坐标（米）", "North (m)"),
    "standard_distance_m": ("标准距离（米）", "Standard distance (m)"),
    "distance_m": ("距离（米）", "Distance (m)"),
    "bearing_deg": ("方位角（度）", "Bearing (deg)"),
}
_DECLARED = {column.name: column for table in reversed(TABLES) for column in table.columns}


def title(name: str, lang: Lang) -> str:
    """Return the title of a column; a column that nobody described stands under its own name.

    >>> title("moved_in", "zh"), title("name_en", "en"), title("strange", "en")
    ('迁入', 'Name (en)', 'strange')
    """
    if name in TITLES:
        return TITLES[name][lang == "en"]
    return _DECLARED[name].title(lang) if name in _DECLARED else name


def titles(names: Iterable[str], lang: Lang) -> dict[str, str]:
    """Return the titles of columns by name."""
    return {name: title(name, lang) for name in names}
