"""Everything this room has to say about a file, each rule in both languages."""

from __future__ import annotations

from parkatlas.findings import Rule

# Files and formats

NOT_FOUND = Rule(
    "read.not-found", "error",
    zh="没有这个文件。",
    en="there is no such file.",
    hint_zh="请检查路径。", hint_en="Check the path.",
)  # fmt: skip
EMPTY_FILE = Rule("read.empty", "error", zh="文件是空的。", en="the file is empty.")
NO_ROWS = Rule("read.no-rows", "error", zh="表头下面没有数据行。", en="there is no row below the header.")
FORMAT = Rule(
    "read.format", "error",
    zh="这不是能读的表格：内容是{what_zh}。",
    en="this is no table that can be read: its content is {what_en}.",
    hint_zh="{advice_zh}", hint_en="{advice_en}",
)  # fmt: skip
BROKEN = Rule(
    "read.broken", "error",
    zh="文件已损坏：{why}",
    en="the file is damaged: {why}",
    hint_zh="请重新导出。", hint_en="Export it again.",
)  # fmt: skip
EXTENSION = Rule(
    "read.extension", "info",
    zh="按内容读作 {found}，与扩展名不符。",
    en="read as {found} by its content, not as its extension says.",
)  # fmt: skip

# Limits and safety

TOO_MANY = Rule(
    "read.limit", "error",
    zh="{found:,} {zh}，超过上限 {most:,}。",
    en="{found:,} {en} are over the limit of {most:,}.",
    hint_zh="请拆分文件，或删除多余的内容。", hint_en="Split the file, or delete what does not belong to the table.",
)  # fmt: skip
TOO_LONG = Rule(
    "read.long-cell", "error",
    zh="一个单元格有 {found:,} 个字符，上限为 {most:,}。",
    en="a cell holds {found:,} characters, the limit is {most:,}.",
    hint_zh="多半是引号没有闭合。", hint_en="Most often a quotation mark is not closed.",
)  # fmt: skip

# Text and its encoding

ENCODING = Rule(
    "read.encoding", "info",
    zh="文字编码：{encoding}（依据：{rule_zh}）。样例：{value}",
    en="text is {encoding} ({rule_en}), for example: {value}",
)  # fmt: skip
NO_ENCODING = Rule(
    "read.no-encoding", "error",
    zh="既不是 UTF-8 也不是 GB18030：第 {offset} 字节起无法解读。",
    en="neither UTF-8 nor GB18030: bytes at offset {offset} cannot be read.",
    hint_zh="请用 encoding 指明编码，或另存为 UTF-8。", hint_en="Name its encoding, or save it again as UTF-8.",
)  # fmt: skip
WRONG_ENCODING = Rule(
    "read.wrong-encoding", "error",
    zh="不能按指定的编码 {encoding} 解读：{why}",
    en="it cannot be read in the encoding asked for, {encoding}: {why}",
    hint_zh="请改正 encoding，或删去它以自动判断。", hint_en="Correct the encoding, or leave it out to have it found.",
)  # fmt: skip

# Headers, sheets and rows

HEADER = Rule(
    "read.header", "info",
    zh="表头在第 {rows} 行：{names}",
    en="the header is row {rows}: {names}",
)  # fmt: skip
NO_HEADER = Rule(
    "read.no-header", "error",
    zh="找不到表头：没有一行像是列名。第一行是：{value}",
    en="no header was found: no row looks like column names. The first row is: {value}",
    hint_zh="请在表格上方加一行列名，或用 header 指明行号。",
    hint_en="Put a row of column names on top, or say with header which row it is.",
)  # fmt: skip
TITLES = Rule(
    "read.title-rows", "info",
    zh="表头上方的 {n} 行是标题：{value}",
    en="{n} rows above the header are titles: {value}",
)  # fmt: skip
REPEATED_NAME = Rule(
    "read.repeated-name", "warning",
    zh="列名“{value}”出现不止一次，后面的改称：{names}",
    en="the column name {value!r} stands more than once; the later ones are called: {names}",
)  # fmt: skip
BLANK_ROWS = Rule("read.blank-rows", "info", zh="跳过 {n} 个空行。", en="{n} blank rows were skipped.")
WHICH_SHEET = Rule(
    "read.which-sheet", "error",
    zh="有不止一个工作表像是企业名录：{names}",
    en="more than one sheet looks like a list: {names}",
    hint_zh="请用 sheet 指明其中一个。", hint_en="Name one of them with sheet.",
)  # fmt: skip
NO_SHEET = Rule(
    "read.no-sheet", "error",
    zh="没有名为“{value}”的工作表；现有：{names}",
    en="there is no sheet {value!r}; there are: {names}",
)  # fmt: skip

# Features

FEATURE = Rule("read.feature", "error", zh="{why_zh}", en="{why_en}")
NUL = Rule(
    "read.nul", "error",
    zh="文本里有空字节（第 {offset} 字节）：多半是没有标记的 UTF-16，或不是文本。",
    en="the text holds NUL bytes (offset {offset}): most often UTF-16 without its mark, or no text at all.",
    hint_zh="请用 encoding 指明编码，例如 utf-16-le。", hint_en="Name its encoding, such as utf-16-le.",
)  # fmt: skip
DAMAGED_TEXT = Rule(
    "read.damaged-text", "error",
    zh="文本是 {encoding}，但第 {offset} 字节处已损坏或被截断。",
    en="the text is {encoding}, damaged or cut at byte {offset}.",
    hint_zh="请从来源重新导出。", hint_en="Export it again from where it came.",
)  # fmt: skip
REPLACED = Rule(
    "read.replaced-characters", "warning",
    zh="有些字符在到达之前已经丢失（�、锟斤拷）。",
    en="some characters were lost before the file came here (�, 锟斤拷).",
    hint_zh="请从来源重新导出为 UTF-8。", hint_en="Export it again from where it came, as UTF-8.",
)  # fmt: skip
DOUBTFUL = Rule(
    "read.doubtful-encoding", "warning",
    zh="按 GB18030 能读，但几乎没有常用汉字：{value}",
    en="it reads as GB18030, but with hardly a common Chinese character: {value}",
    hint_zh="如果是乱码，请用 encoding 指明编码，例如 big5。",
    hint_en="If this is nonsense, name the encoding, such as big5.",
)  # fmt: skip

# Rows of text files

LONG_ROW = Rule(
    "read.long-row", "warning",
    zh="这一行比表头多出 {n} 个单元格：{value}",
    en="this row has {n} cells more than the header: {value}",
    hint_zh="多半是某个值里有分隔符：请给该值加引号。",
    hint_en="Most often a value holds the delimiter: put that value in quotation marks.",
)  # fmt: skip
SHORT_ROWS = Rule(
    "read.short-rows", "info",
    zh="有 {n} 行的单元格少于表头，缺的按空值处理。",
    en="{n} rows have fewer cells than the header; the rest are blank.",
)  # fmt: skip
CUT_ROW = Rule(
    "read.cut-row", "warning",
    zh="文件在这一行中间结束。",
    en="the file ends in the middle of this row.",
    hint_zh="文件可能被截断：请重新导出。", hint_en="The file may be cut: export it again.",
)  # fmt: skip
OPEN_QUOTE = Rule(
    "read.open-quote", "error",
    zh="引号没有闭合，吞掉了后面的行：{value}",
    en="a quotation mark is not closed and swallows the rows below: {value}",
    hint_zh="请补上或删去这个引号。", hint_en="Close that quotation mark, or delete it.",
)  # fmt: skip
FORMULA_TEXT = Rule(
    "read.formula-text", "info",
    zh='{n} 个单元格写作 ="…"，已取其中的文字。', en='{n} cells are written ="…": the text inside was taken.',
)  # fmt: skip

# Rows that are no enterprises

TOTAL_ROW = Rule(
    "read.total-row", "warning",
    zh="“{value}”是合计行，不是企业。",
    en="{value!r} is a total, not an enterprise.",
    hint_zh="请从名录中删去合计行。", hint_en="Delete total rows from the list.",
)  # fmt: skip
NOTE_ROW = Rule(
    "read.note-row", "warning",
    zh="“{value}”是注释，不是企业。",
    en="{value!r} is a note, not an enterprise.",
    hint_zh="请把注释移到表外。", hint_en="Move notes out of the table.",
)  # fmt: skip
SECTION_ROW = Rule(
    "read.section-row", "warning",
    zh="“{value}”是分节标题，不是企业。",
    en="{value!r} is a section title, not an enterprise.",
    hint_zh="请用一列写明每个企业所属的分节。", hint_en="Say in a column of its own to which section a row belongs.",
)  # fmt: skip
REPEATED_HEADER = Rule(
    "read.repeated-header", "warning",
    zh="这一行是再次出现的表头。",
    en="this row is the header again.",
    hint_zh="请删去重复的表头。", hint_en="Delete the repeated header.",
)  # fmt: skip
