"""Definitions and units in Chinese; the English ones stand in each result, with the convention it chose."""

from __future__ import annotations

_DARTS = "；零假设：每家企业按各区域占总规模的比重随机落入区域，模拟p值，双侧"
_NO_EDGE = "；边界校正方式见参数"

# by measure; formulas use the letters of the English definition
ZH: dict[str, str] = {
    "area_table": "所在核心区、片区或园区为该区域或其嵌套区域的企业数；有坐标者与仅有声明区域者同样计入",
    "sector_table": "比重 = 该产业企业数 / 本区域有产业领域的企业数；期望 = 本区域有产业领域的企业数 × "
    "该产业占名录中有产业领域企业的比重；区位商 = 企业数 / 期望；无产业领域或不在规划产业之内者不计入",
    "sector_mix": "比重p = 该产业企业数 / 本区域有产业领域的企业数；HHI = Σp²；"
    "有效产业数 = 1/HHI；香农指数 = -Σp ln p；均匀度 = 香农指数 / ln(产业数)",
    "herfindahl": "HHI = 各产业比重平方和；无偏形式 = Σn(n-1) / (N(N-1))",
    "effective_number": "1 / Σp²（二阶希尔数）：相当于多少个同等规模的产业",
    "shannon": "H' = -Σp ln p，自然对数",
    "distance_bands": "距最近园区不超过d的企业比重；零假设：位置不变，产业在各位置间随机分配；超几何分布精确p值，双侧",
    "targets": "完成比例 = 指标、口径、单位均相同的最近公布值 / 目标值；剩余年数计至目标期末",
    "location_quotient": "区位商 = (k/n)/p，p为该产业占参照的比重；精确p值（双侧）与Clopper-Pearson区间；"
    "标准化区位商 = 同层级各区域ln区位商的z值",
    "ellison_glaeser": "γ = (Σ(s-x)²/(1-Σx²) - H)/(1-H)，s、x为产业与全部企业在各区域的比重，H为企业规模平方和"
    + _DARTS,
    "maurel_sedillot": "γ = ((Σs²-Σx²)/(1-Σx²) - H)/(1-H)" + _DARTS,
    "coagglomeration": "γij = Σ(si-x)(sj-x)/(1-Σx²)" + _DARTS,
    "locational_gini": "以s/x排序的洛伦兹曲线的基尼系数：1 - Σ(Xk-Xk-1)(Sk+Sk-1)" + _DARTS,
    "krugman": "K = Σ|区域比重 - 参照比重|，取值0至2，未除以2；随机期望为同样数量的企业从参照中随机抽取时的均值",
    "theil": "T = (y/m)ln(y/m)的均值，m为平均值，自然对数；区域之间与区域之内两部分之和恰等于总值",
    "relatedness": "关联度 = min(P(i|j), P(j|i))，按区位商≥1的区域计；密度 = 已具备的相近产业 / 全部相近产业",
    "three_star": "规模：居该产业各区域前10%；专业化：区位商≥2；聚焦：占本区域比重居全部区域与产业前10%",
    "compare": "依次按编号、信用代码、名称一对一匹配；期末 = 期初 + 新增 - 退出 + 迁入 - 迁出 + 转入 - 转出",
    "shift_share": "变化 = e·g + e(gi-g) + e(gir-gi)：整体增长、产业结构、区域竞争力，三者之和恰等于变化",
    "centre_shift": "期末均值中心减期初均值中心；p值：位置不变，随机分配谁留存、退出、新增",
    "centre": "均值中心、加权均值中心及标准距离√(Σwd²/Σw)；中位中心为距离总和最小的点",
    "deviational_ellipse": "由坐标加权协方差得到的标准差椭圆；半轴的换算口径见参数",
    "clark_evans": "平均最近邻距离与窗口内完全随机分布期望之比，双侧p值",
    "ripley_k": "K(r) = A/(n(n-1)) Σwij·1(dij≤r)" + _NO_EDGE,
    "ripley_l": "L(r) = √(K(r)/π)" + _NO_EDGE,
    "cross_k": "Kij(r) = A/(ni·nj) Σw·1(d≤r)" + _NO_EDGE,
    "inhomogeneous_k": "K(r) = 1/A Σwij/(λi·λj)，以A/Σ(1/λ)归一" + _NO_EDGE,
    "duranton_overman": "K(d) = 企业对距离的高斯核密度，在0处反射；零假设：从全部企业位置中不放回抽取",
    "marcon_puech_m": "M(r) = 本产业在半径r内邻居中的比重 / 本产业在全部企业中的比重；零假设：产业与规模在各位置间置换",
    "envelope": "曲线及其局部带与全局带；p值按极端秩长度检验，双侧；零假设见参数",
    "hex_grid": "每个六边形内的企业数、密度与全局经验贝叶斯平滑比率",
    "square_grid": "每个方格内的企业数、密度与全局经验贝叶斯平滑比率",
    "kernel_density": "高斯核密度，每个核限于窗口之内；带宽见参数",
    "moran": "I = (n/S0) Σwij·zi·zj / Σzi²，权重按行标准化；置换检验，双侧p值",
    "local_moran": "Ii = zi·邻居均值 / (Σz²/n)；条件置换，双侧p值，FDR校正；类型还须邻居之和偏离置换均值达正态临界值",
    "getis_ord": "Gi*，二元邻接并含本单元；条件置换，双侧p值，FDR校正；类型还须邻居之和偏离置换均值达正态临界值",
    "k_distance": "到第k近的其他点的距离，由大到小：使该点成为核心点的eps",
    "dbscan": "DBSCAN，eps与min_samples见参数，计数含该点自身",
    "hdbscan": "HDBSCAN，参数见参数栏，计数含该点自身",
    "cluster_report": "各集群的数量、外包、产业构成、与园区的重叠及eps变动±20%时的稳定性",
}
UNITS_ZH = {
    "enterprises": "家", "persons": "人", "CNY 10k": "万元", "nats": "奈特", "stars": "星", "m": "米", "m2": "平方米",
    "per km": "每公里", "per km2": "每平方公里", "1": "1",
}  # fmt: skip
REFERENCES_ZH = {
    "the register itself": "名录自身",
    "the register itself; areas measured on the ground (CGCS2000 Gauss-Kruger or UTM)": "名录自身；"
    "面积为地面面积（CGCS2000高斯-克吕格或UTM）",
}
