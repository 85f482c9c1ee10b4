"""What this room has to say about feature layers: their shapes, coordinate systems and parts."""

from __future__ import annotations

from parkatlas.findings import Rule

FEATURE = Rule(
    "read.feature", "error",
    zh="{why_zh}：{value}", en="{why_en}: {value}",
    hint_zh="请从来源重新导出为 GeoJSON。", hint_en="Export it again as GeoJSON from where it came.",
)  # fmt: skip
FEATURE_POSITION = Rule(
    "read.feature-position", "warning",
    zh="{why_zh}", en="{why_en}",
    hint_zh="请改正这个要素的位置，或删去它的几何（那样就没有位置）。",
    hint_en="Correct the position of this feature, or delete its geometry, to have none.",
)  # fmt: skip
FEATURE_LINES = Rule(
    "read.feature-lines", "info",
    zh="每行一个要素（GeoJSON 文本序列），共 {n} 个，读作一个集合",
    en="a feature a line (a GeoJSON text sequence), {n} of them, were read as one collection",
)  # fmt: skip
NOT_GEOJSON = Rule(
    "read.not-geojson", "error",
    zh="JSON 里没有要素集合（{what_zh}）", en="the JSON holds no collection of features ({what_en})",
    hint_zh="请导出为 GeoJSON FeatureCollection。", hint_en="Export it as a GeoJSON FeatureCollection.",
)  # fmt: skip
CUT_FEATURES = Rule(
    "read.cut-json", "error",
    zh="JSON 在第 {line} 行、第 {n} 个要素处出错：{why_zh}",
    en="the JSON goes wrong in line {line}, at feature {n}: {why_en}",
    hint_zh="文件可能被截断或手工改坏：请重新导出。",
    hint_en="The file may be cut, or was spoilt by hand: export it again.",
)  # fmt: skip
DUPLICATE_KEY = Rule(
    "read.duplicate-key", "error",
    zh="键“{value}”在同一个对象里出现两次", en="the key {value!r} stands twice in one object",
    hint_zh="请删去其中一个。", hint_en="Delete one of them.",
)  # fmt: skip
NO_CRS = Rule(
    "read.no-crs", "warning",
    zh="文件没有声明坐标系；坐标按原样读作 x、y",
    en="the file declares no coordinate system; positions stand as x and y",
    hint_zh="请补上坐标系（例如 .prj 文件）。", hint_en="Add its coordinate system (a .prj file, say).",
)  # fmt: skip
CRS_LOCAL = Rule(
    "read.crs-local", "warning",
    zh="所声明的坐标系“{value}”是图纸自己的，与经纬度没有关系；坐标按原样读作 x、y",
    en="the coordinate system that it declares, {value!r}, is a drawing's own, without a place on earth; "
    "positions stand as x and y",
    hint_zh="请在来源处指定真正的坐标系后重新导出。",
    hint_en="Set its true coordinate system where the file comes from, and export it again.",
)  # fmt: skip
CRS_BALLPARK = Rule(
    "read.crs-ballpark", "warning",
    zh="没有从 {crs} 到 WGS 84 的基准转换参数，度数按原样沿用：位置可能偏差数十米至一二百米",
    en="no parameters are known for the shift of datum from {crs} to WGS 84; its degrees were kept: "
    "positions may be off by tens of metres to two hundred",
    hint_zh="请用当地的转换参数换算为 CGCS2000 或 WGS 84 后重新导出。",
    hint_en="Convert it to CGCS2000 or WGS 84 with local parameters, and export it again.",
)  # fmt: skip
CRS_CONVERTED = Rule(
    "read.crs-converted", "info",
    zh="坐标已从 {crs} 换算为 WGS 84", en="positions were converted from {crs} to WGS 84",
)  # fmt: skip
CRS_UNKNOWN = Rule(
    "read.crs-unknown", "error",
    zh="不认识所声明的坐标系：{value}", en="the coordinate system that it declares is not known: {value}",
    hint_zh="请以 WGS 84 重新导出。", hint_en="Export it again in WGS 84.",
)  # fmt: skip
NAME_TAKEN = Rule(
    "read.name-taken", "info",
    zh="几何坐标占用了列名“{field}”，原来的同名列改称“{new}”",
    en="the shape's own column is called {field!r}; the attribute of that name is now {new!r}",
)  # fmt: skip
IN_USE = Rule(
    "read.in-use", "error",
    zh="文件正被另一个程序使用（旁边有未合并的 -wal）",
    en="another program has the file open (a -wal file stands beside it)",
    hint_zh="请先关闭那个程序。", hint_en="Close that program first.",
)  # fmt: skip
MISSING_PART = Rule(
    "read.missing-part", "error",
    zh="Shapefile 缺少 {value} 文件", en="the shapefile lacks its {value} file",
    hint_zh="请把 .shp、.shx、.dbf、.prj 放在一起。", hint_en="Keep .shp, .shx, .dbf and .prj together.",
)  # fmt: skip
CUT_PART = Rule(
    "read.cut-part", "error",
    zh="{value} 文件被截断：应有 {most:,}，只有 {found:,}（{zh}）",
    en="the {value} file is cut: {found:,} {en} of {most:,} are there",
    hint_zh="请重新导出或重新复制。", hint_en="Export or copy it again.",
)  # fmt: skip
DELETED_ROWS = Rule(
    "read.deleted-rows", "info", zh="跳过 {n} 条已删除的记录", en="{n} records marked as deleted were skipped",
)  # fmt: skip
CUT_TEXT = Rule(
    "read.cut-text", "warning",
    zh="“{field}”列有 {n} 个值写满了字段宽度，末尾的字被截断，例如 {value}",
    en="column {field!r} holds {n} values cut at the width of the field, in the middle of a character: {value}",
    hint_zh="请加宽字段后重新导出。", hint_en="Widen the field and export again.",
)  # fmt: skip
