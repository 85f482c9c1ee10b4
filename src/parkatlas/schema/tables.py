"""The tables themselves, column by column, and the words that their columns may hold."""

from __future__ import annotations

from typing import Any

from parkatlas.schema.columns import Column, Table

LEVELS = ("core", "zone", "park")
STATUSES = ("official", "schematic")
ENTITIES = ("enterprise", "institute", "platform")
QUALITIES = ("exact", "street", "area", "none", "synthetic")
OUTCOMES = ("located", "declared", "outside", "unplaced")


def _text(name: str, zh: str, en: str, shp: str, **more: Any) -> Column:
    return Column(name, "text", zh, en, shp, **more)


_PROVENANCE = (
    _text("confidence", "可信度", "Confidence", "confidence", width=16, note="H, M, L or a number from 0 to 1"),
    _text("source_url", "来源", "Source", "source_url", width=254),
    Column("source_date", "date", "来源日期", "Source date", "src_date", width=10),
    _text("note", "说明", "Note", "note", width=254),
)

AREAS = Table(
    "areas",
    (
        _text("area_id", "区域编号", "Area id", "area_id", required=True, width=60),
        _text("level", "层级", "Level", "level", required=True, choices=LEVELS, width=8),
        _text("parent_id", "上级区域", "Parent area", "parent_id", width=60),
        _text("name_zh", "中文名称", "Name (zh)", "name_zh", required=True, width=150),
        _text("name_en", "英文名称", "Name (en)", "name_en", required=True, width=150),
        _text("status", "边界性质", "Boundary status", "status", required=True, choices=STATUSES, width=12),
        Column("published_km2", "number", "公布面积", "Published area", "pub_km2", "平方公里", "km2"),
        Column("uncertainty_m", "number", "边界不确定度", "Boundary uncertainty", "uncert_m", "米", "m"),
        *_PROVENANCE,
    ),
    key="area_id",
    geometry="polygon",
)

ENTERPRISES = Table(
    "enterprises",
    (
        _text("enterprise_id", "企业编号", "Enterprise id", "ent_id", required=True, width=60),
        _text("name_zh", "企业名称", "Name (zh)", "name_zh", required=True, width=200),
        _text("name_en", "英文名称", "Name (en)", "name_en", width=200),
        _text("entity", "主体类型", "Entity", "entity", required=True, choices=ENTITIES, width=12),
        _text("credit_code", "统一社会信用代码", "Unified social credit code", "usc_code", width=18),
        _text("sector", "产业领域", "Sector", "sector", width=40, note="an id of the plan's taxonomy"),
        _text("gbt_code", "行业代码", "Industry code", "gbt_code", width=40, note="GB/T 4754-2017"),
        Column("employees", "integer", "从业人数", "Employees", "employees", "人", "persons"),
        Column("output", "number", "产值", "Output", "output", "万元", "CNY 10k"),
        Column("founded", "date", "成立日期", "Founded", "founded", width=10),
        _text("address", "地址", "Address", "address", width=254),
        _text("declared_area", "来源所述区域", "Declared area", "decl_area", width=60, note="an area_id"),
        _text(
            "location_quality", "位置质量", "Location quality", "loc_qual", required=True, choices=QUALITIES, width=10
        ),
        Column("uncertainty_m", "number", "位置不确定度", "Location uncertainty", "uncert_m", "米", "m"),
        *_PROVENANCE,
    ),
    key="enterprise_id",
    geometry="point",
)

LOCATED = Table(
    "located",
    (
        *ENTERPRISES.columns,
        _text("core_id", "所在核心区", "Core", "core_id", width=60),
        _text("zone_id", "所在片区", "Zone", "zone_id", width=60),
        _text("park_id", "所在园区", "Park", "park_id", width=60, note="the smallest of park_ids"),
        _text("park_ids", "所在全部园区", "All parks", "park_ids", width=254, note="smallest first, separated by ;"),
        _text("outcome", "定位结果", "Outcome", "outcome", required=True, choices=OUTCOMES, width=10),
        _text("nearest_park_id", "最近园区", "Nearest park", "near_park", width=60),
        Column("park_distance_m", "number", "距最近园区", "Distance to nearest park", "park_dist", "米", "m"),
    ),
    key="enterprise_id",
    geometry="point",
)

REJECTS = Table(
    "rejects",
    (
        _text("source", "文件", "File", "source", required=True),
        _text("sheet", "工作表", "Sheet", "sheet"),
        Column("row", "integer", "行号", "Row", "row", note="as the spreadsheet counts: the first line is 1"),
        _text("field", "列", "Column", "field"),
        _text("value", "原值", "Value", "value", width=254),
        _text("code", "规则", "Rule", "code", required=True),
        _text("reason_zh", "原因", "Reason (zh)", "reason_zh", required=True, width=254),
        _text("reason_en", "原因(英文)", "Reason (en)", "reason_en", required=True, width=254),
        _text("hint_zh", "处理建议", "What to do (zh)", "hint_zh", width=254),
        _text("hint_en", "处理建议(英文)", "What to do (en)", "hint_en", width=254),
    ),
)

FINDINGS = Table(
    "findings",
    (
        _text("code", "规则", "Rule", "code", required=True, width=40),
        _text("severity", "级别", "Severity", "severity", required=True, choices=("error", "warning", "info"), width=8),
        _text("file", "文件", "File", "file"),
        _text("sheet", "工作表", "Sheet", "sheet"),
        Column("row", "integer", "行号", "Row", "row"),
        _text("field", "列", "Column", "field"),
        _text("feature", "要素", "Feature", "feature"),
        _text("value", "原值", "Value", "value", width=254),
        Column("lon", "number", "经度", "Longitude", "lon", "度", "deg"),
        Column("lat", "number", "纬度", "Latitude", "lat", "度", "deg"),
        _text("message_zh", "说明", "Message (zh)", "message_zh", required=True, width=254),
        _text("message_en", "说明(英文)", "Message (en)", "message_en", required=True, width=254),
        _text("hint_zh", "处理建议", "What to do (zh)", "hint_zh", width=254),
        _text("hint_en", "处理建议(英文)", "What to do (en)", "hint_en", width=254),
    ),
)

_AREA = (
    _text("area_id", "区域编号", "Area id", "area_id", required=True, width=60),
    _text("level", "层级", "Level", "level", required=True, width=10,
          choices=(*LEVELS, "outside", "unplaced", "total")),
    _text("name_zh", "中文名称", "Name (zh)", "name_zh", required=True, width=150),
    _text("name_en", "英文名称", "Name (en)", "name_en", required=True, width=150),
)  # fmt: skip

AREA_STATISTICS = Table(
    "area_statistics",
    (
        *_AREA,
        Column(
            "n",
            "integer",
            "企业数",
            "Enterprises",
            "n",
            "家",
            "",
            required=True,
            note="assigned: on each level once, for the smallest area that covers it (then the lowest id) "
            "and the areas above that one; not for every area that covers it, which park_ids lists",
        ),
        Column("n_declared", "integer", "其中仅有声明区域", "Of these declared only", "n_decl", "家", ""),
        Column(
            "n_institutes",
            "integer",
            "机构与平台数",
            "Institutes and platforms",
            "n_inst",
            "家",
            "",
            note="not among the enterprises",
        ),
        Column("share", "number", "占全部比重", "Share of all", "share"),
        Column("km2", "number", "面积", "Area", "km2", "平方公里", "km2"),
        Column("density_km2", "number", "企业密度", "Density", "density", "家/平方公里", "per km2"),
        Column("employees", "number", "从业人数合计", "Employees", "employees", "人", "persons"),
        Column("employees_known", "integer", "有从业人数的企业", "With employees known", "emp_n", "家", ""),
        Column("employees_mean", "number", "平均从业人数", "Mean employees", "emp_mean", "人", "persons"),
        Column("output", "number", "产值合计", "Output", "output", "万元", "CNY 10k"),
        Column("output_known", "integer", "有产值的企业", "With output known", "output_n", "家", ""),
        Column("output_mean", "number", "平均产值", "Mean output", "out_mean", "万元", "CNY 10k"),
        Column("hhi", "number", "赫芬达尔指数", "Herfindahl index", "hhi", note="sum of squared sector shares"),
        Column("effective_sectors", "number", "有效产业数", "Effective number of sectors", "eff_sect", note="1 / HHI"),
        Column("shannon", "number", "香农指数", "Shannon index", "shannon", "奈特", "nats"),
    ),
    key="area_id",
)

SECTOR_STATISTICS = Table(
    "sector_statistics",
    (
        *_AREA,
        _text("sector", "产业领域", "Sector", "sector", required=True, width=40),
        Column("n", "integer", "企业数", "Enterprises", "n", "家", "", required=True),
        Column("share", "number", "占本区域比重", "Share of the area", "share"),
        Column("expected", "number", "期望企业数", "Expected enterprises", "expected", "家", ""),
        Column("lq", "number", "区位商", "Location quotient", "lq"),
        Column("employees", "number", "从业人数合计", "Employees", "employees", "人", "persons"),
        Column("output", "number", "产值合计", "Output", "output", "万元", "CNY 10k"),
    ),
)

TARGET_STATUS = Table(
    "targets",
    (
        _text("target_id", "目标编号", "Target id", "target_id", required=True, width=60),
        _text("name_zh", "目标", "Target (zh)", "name_zh", required=True, width=150),
        _text("name_en", "目标(英文)", "Target (en)", "name_en", required=True, width=150),
        _text("metric", "指标", "Metric", "metric", required=True, width=40),
        _text("scope", "口径", "Scope", "scope", required=True, width=60),
        _text("unit", "单位", "Unit", "unit", required=True, width=20),
        Column("target", "number", "目标值", "Target value", "target", required=True),
        Column("by", "date", "目标日期", "By", "by", width=10, required=True),
        Column("observed", "number", "最近公布值", "Latest published", "observed"),
        _text("qualifier", "公布值性质", "Qualifier", "qualifier", width=10, choices=("exact", "at_least", "about")),
        Column("observed_date", "date", "公布值年份", "Observed", "obs_date", width=10),
        Column("share", "number", "完成比例", "Share reached", "share"),
        Column("years_left", "number", "剩余年数", "Years left", "years_left", "年", "years"),
        _text("observed_source_url", "公布值来源", "Source of the observation", "obs_src", width=254),
        _text("target_source_url", "目标来源", "Source of the target", "tgt_src", width=254),
    ),
    key="target_id",
)

AREA_MEASURES = Table(
    "area_measures",
    (
        *_AREA,
        Column("km2", "number", "面积", "Area", "km2", "平方公里", "km2"),
        Column("geodesic_km2", "number", "椭球面积", "Area on the ellipsoid", "geod_km2", "平方公里", "km2"),
        Column("published_km2", "number", "公布面积", "Published area", "pub_km2", "平方公里", "km2"),
        Column("difference_percent", "number", "图上与公布之差", "Drawn against published", "diff_pct", "%", "%"),
    ),
    key="area_id",
)

SENSITIVITY = Table(
    "sensitivity",
    (
        *_AREA,
        _text("status", "边界性质", "Boundary status", "status", choices=STATUSES, width=12),
        Column("uncertainty_m", "number", "边界不确定度", "Boundary uncertainty", "uncert_m", "米", "m"),
        Column("n", "integer", "有点位的企业数", "Enterprises with a point", "n", "家", "", required=True),
        Column("may_leave", "integer", "可能移出", "May leave", "may_leave", "家", "", note="empty: not known"),
        Column("may_enter", "integer", "可能移入", "May enter", "may_enter", "家", ""),
        Column("n_low", "integer", "最少企业数", "At least", "n_low", "家", ""),
        Column("n_high", "integer", "最多企业数", "At most", "n_high", "家", ""),
    ),
    key="area_id",
)

REPAIRS = Table(
    "repairs",
    (
        _text("file", "文件", "File", "file", required=True, width=150),
        _text("area_id", "区域编号", "Area id", "area_id", required=True, width=60),
        _text("change", "修改", "Change", "change", required=True, width=40),
        _text("message_zh", "说明", "Message (zh)", "message_zh", required=True, width=254),
        _text("message_en", "说明(英文)", "Message (en)", "message_en", required=True, width=254),
        Column("lon", "number", "经度", "Longitude", "lon", "度", "deg"),
        Column("lat", "number", "纬度", "Latitude", "lat", "度", "deg"),
        Column("km2_before", "number", "修改前面积", "Area before", "km2_before", "平方公里", "km2"),
        Column("km2_after", "number", "修改后面积", "Area after", "km2_after", "平方公里", "km2"),
        Column("change_percent", "number", "面积变化", "Change of area", "change_pct", "%", "%"),
        Column("enterprises", "integer", "归属改变的企业", "Enterprises whose area changes", "n_changed", "家", ""),
    ),
)

TABLES = (
    AREAS, ENTERPRISES, LOCATED, REJECTS, FINDINGS, AREA_STATISTICS, SECTOR_STATISTICS, TARGET_STATUS, AREA_MEASURES,
    SENSITIVITY, REPAIRS,
)  # fmt: skip
