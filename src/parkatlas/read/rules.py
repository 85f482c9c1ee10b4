"""Everything this room has to say about a file, each rule in both languages."""

from __future__ import annotations

from parkatlas.findings import Rule

# Files and formats

NOT_FOUND = Rule(
    "read.not-found", "error",
    zh="没有这个文件",
    en="there is no such file",
    hint_zh="请检查路径。", hint_en="Check the path.",
)  # fmt: skip
EMPTY_FILE = Rule(
    "read.empty", "error",
    zh="文件是空的", en="the file is empty",
    hint_zh="请重新导出，或从 plan.toml 中删去这个名录。", hint_en="Export it again, or take it out of plan.toml.",
)  # fmt: skip
NO_ROWS = Rule(
    "read.no-rows", "error",
    zh="表头下面没有数据行",
    en="there is no row below the header",
    hint_zh="请填入企业，或从 plan.toml 中删去这个名录。",
    hint_en="Fill in the enterprises, or take the register out of plan.toml.",
)  # fmt: skip
ALL_BLANK = Rule(
    "read.blank", "error",
    zh="表格里只有空白", en="the table holds nothing but blanks",
    hint_zh="请重新导出，或从 plan.toml 中删去这个名录。", hint_en="Export it again, or take it out of plan.toml.",
)  # fmt: skip
FORMAT = Rule(
    "read.format", "error",
    zh="这不是能读的表格：内容是{what_zh}",
    en="this is no table that can be read: its content is {what_en}",
    hint_zh="{advice_zh}", hint_en="{advice_en}",
)  # fmt: skip
BROKEN = Rule(
    "read.broken", "error",
    zh="文件已损坏：{why_zh}",
    en="the file is damaged: {why_en}",
    hint_zh="请重新导出。", hint_en="Export it again.",
)  # fmt: skip
EXTENSION = Rule(
    "read.extension", "info",
    zh="按内容读作 {found}，与扩展名不符",
    en="read as {found} by its content, not as its extension says",
)  # fmt: skip

# Limits and safety

TOO_MANY = Rule(
    "read.limit", "error",
    zh="{found:,} {zh}，超过上限 {most:,}",
    en="{found:,} {en} are over the limit of {most:,}",
    hint_zh="请拆分文件，或删除多余的内容。", hint_en="Split the file, or delete what does not belong to the table.",
)  # fmt: skip
TOO_LONG = Rule(
    "read.long-cell", "error",
    zh="一个单元格有 {found:,} 个字符，上限为 {most:,}",
    en="a cell holds {found:,} characters, the limit is {most:,}",
    hint_zh="值里若有别的行，是引号没有闭合；否则请缩短它，Excel 也有这个上限。",
    hint_en="Where it holds other rows, a quotation mark is not closed; otherwise shorten it: Excel stops there, too.",
)  # fmt: skip

# Text and its encoding

ENCODING = Rule(
    "read.encoding", "info",
    zh="文字编码：{encoding}（依据：{rule_zh}）。样例：{value}",
    en="text is {encoding} ({rule_en}), for example: {value}",
)  # fmt: skip
NO_ENCODING = Rule(
    "read.no-encoding", "error",
    zh="既不是 UTF-8 也不是 GB18030：第 {offset} 字节起无法解读",
    en="neither UTF-8 nor GB18030: bytes at offset {offset} cannot be read",
    hint_zh="请用 encoding 指明编码，或另存为 UTF-8。", hint_en="Name its encoding, or save it again as UTF-8.",
)  # fmt: skip
WRONG_ENCODING = Rule(
    "read.wrong-encoding", "error",
    zh="不能按 {encoding}（{rule_zh}）解读：{why_zh}",
    en="it cannot be read as {encoding} ({rule_en}): {why_en}",
    hint_zh="请用 encoding 指明正确的编码；若已指明，请改正，或删去以自动判断。",
    hint_en="Name the right encoding; where you named one, correct it or leave it out to have it found.",
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
    hint_zh="请在表格上方加一行列名，或用 header = 行号 指明（没有列名则写 header = 0）。",
    hint_en="Put a row of column names on top, or say which row it is: header = 3; header = 0 for none.",
)  # fmt: skip
NO_SUCH_ROW = Rule(
    "read.no-such-row", "error",
    zh="第 {value} 行不能作表头：应在第 {first} 至 {last} 行之间，0 表示没有表头",
    en="row {value} cannot be the header: it must be one of {first} to {last}, or 0 for none",
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
BLANK_ROWS = Rule("read.blank-rows", "info", zh="跳过 {n} 个空行", en="{n} blank rows were skipped")
WHICH_SHEET = Rule(
    "read.which-sheet", "error",
    zh="有不止一个工作表像是企业名录：{names}",
    en="more than one sheet looks like a list: {names}",
    hint_zh='请用 sheet = "…" 指明其中一个。', hint_en='Name one of them: sheet = "...".',
)  # fmt: skip
NO_SHEET = Rule(
    "read.no-sheet", "error",
    zh="没有名为“{value}”的工作表；现有：{names_zh}",
    en="there is no sheet {value!r}; there are: {names_en}",
)  # fmt: skip

NUL = Rule(
    "read.nul", "error",
    zh="文本里有空字节（第 {offset} 字节）：多半是没有标记的 UTF-16，或不是文本",
    en="the text holds NUL bytes (offset {offset}): most often UTF-16 without its mark, or no text at all",
    hint_zh="请用 encoding 指明编码，例如 utf-16-le。", hint_en="Name its encoding, such as utf-16-le.",
)  # fmt: skip
STRAY_NUL = Rule(
    "read.stray-nul", "error",
    zh="文本里有 {n} 个空字节（第一个在第 {offset} 字节），其余部分是正常的文本",
    en="the text holds {n} NUL bytes (the first at offset {offset}); otherwise it is sound",
    hint_zh="请删去空字节，或从来源重新导出。", hint_en="Delete them, or export it again from where it came.",
)  # fmt: skip
MIXED_ENCODINGS = Rule(
    "read.mixed-encodings", "error",
    zh="前面的行是 UTF-8，从这一行起是 GBK：{value}",
    en="the rows above are UTF-8, from this row on they are GBK: {value}",
    hint_zh="多半是两个文件拼在一起：请统一另存为 UTF-8 后再合并。",
    hint_en="Most often two files were put together: save both as UTF-8 first.",
)  # fmt: skip
MOJIBAKE = Rule(
    "read.mojibake", "warning",
    zh="中文曾被当作拉丁文解读：这里的“{value}”本来是“{meant}”",
    en="Chinese was once read as Latin text: {value!r} was {meant!r}",
    hint_zh="请从来源重新导出为 UTF-8。", hint_en="Export it again from where it came, as UTF-8.",
)  # fmt: skip
DAMAGED_TEXT = Rule(
    "read.damaged-text", "error",
    zh="文本是 {encoding}，但第 {offset} 字节处已损坏或被截断",
    en="the text is {encoding}, damaged or cut at byte {offset}",
    hint_zh="请从来源重新导出。", hint_en="Export it again from where it came.",
)  # fmt: skip
REPLACED = Rule(
    "read.replaced-characters", "warning",
    zh="有些字符在到达之前已经丢失（�、锟斤拷）",
    en="some characters were lost before the file came here (�, 锟斤拷)",
    hint_zh="请从来源重新导出为 UTF-8。", hint_en="Export it again from where it came, as UTF-8.",
)  # fmt: skip
PRIVATE = Rule(
    "read.not-gb18030", "error",
    zh="不是 UTF-8；按 GB18030 读出的是私用字符：{value}",
    en="not UTF-8, and as GB18030 it gives characters of private use: {value}",
    hint_zh="请用 encoding 指明编码，例如 big5。", hint_en="Name its encoding, such as big5.",
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
    hint_zh="多半是某个值里有分隔符：请给该值加引号；在待修正工作簿中，请把各值移回各自的列，清空多出的单元格。",
    hint_en="Most often a value holds the delimiter: put that value in quotation marks. In a fix-me workbook move the "
    "values into their own columns, and empty the cells beyond.",
)  # fmt: skip
PRINTED = Rule(
    "read.blanks-between-columns", "info",
    zh="假定各列之间是两个以上的空格：包括表头在内，每一行都分成 {n} 列",
    en="two or more blanks were taken to part the columns: every row, the header too, parts into {n}",
)  # fmt: skip
UNEVEN = Rule(
    "read.uneven-columns", "error",
    zh="各列之间只有空格，而这一行分成 {found} 列，其他行有 {width} 列（这样的行共 {n} 行）：{value}",
    en="nothing but blanks parts the columns, and this row parts into {found} where others have {width} "
    "({n} such rows): {value}",
    hint_zh="无法判断缺的是哪一列。请重新导出为 CSV 或 Excel，或在各列之间改用制表符。",
    hint_en="Which cell is missing cannot be told. Export it as CSV or Excel, or put tabs between the columns.",
)  # fmt: skip
OTHER_DELIMITER = Rule(
    "read.other-delimiter", "warning",
    zh="这一行用“{found}”分隔，其他行用“{usual}”：{value}",
    en="this row is parted by {found!r}, others by {usual!r}: {value}",
    hint_zh="请把这一行的分隔符改得与其他行一致。", hint_en="Part this row as the others are.",
)  # fmt: skip
SHORT_ROWS = Rule(
    "read.short-rows", "info",
    zh="有 {n} 行的单元格少于表头，缺的按空值处理",
    en="{n} rows have fewer cells than the header; the rest are blank",
    mends=True,
)  # fmt: skip
CUT_ROW = Rule(
    "read.cut-row", "warning",
    zh="文件在这一行中间结束",
    en="the file ends in the middle of this row",
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
    zh='{n} 个单元格写作 ="…"，已取其中的文字', en='{n} cells are written ="…": the text inside was taken',
    mends=True,
)  # fmt: skip

# Rows that are no enterprises

TOTAL_ROW = Rule(
    "read.total-row", "warning",
    zh="“{value}”是合计行，不是企业",
    en="{value!r} is a total, not an enterprise",
    hint_zh="请从名录中删去合计行。", hint_en="Delete total rows from the list.",
)  # fmt: skip
NOTE_ROW = Rule(
    "read.note-row", "warning",
    zh="“{value}”是注释，不是企业",
    en="{value!r} is a note, not an enterprise",
    hint_zh="请把注释移到表外。", hint_en="Move notes out of the table.",
)  # fmt: skip
SECTION_ROW = Rule(
    "read.section-row", "warning",
    zh="“{value}”是分节标题，不是企业",
    en="{value!r} is a section title, not an enterprise",
    hint_zh="请用一列写明每个企业所属的分节。", hint_en="Say in a column of its own to which section a row belongs.",
)  # fmt: skip
REPEATED_HEADER = Rule(
    "read.repeated-header", "warning",
    zh="这一行是再次出现的表头",
    en="this row is the header again",
    hint_zh="请删去重复的表头。", hint_en="Delete the repeated header.",
)  # fmt: skip

COLUMN_NUMBERS = Rule(
    "read.column-numbers", "warning",
    zh="这一行是列号（1、2、3 或甲、乙、丙），不是企业",
    en="this row counts the columns (1, 2, 3), it is no enterprise",
    hint_zh="请从名录中删去列号行。", hint_en="Delete the row of column numbers.",
)  # fmt: skip
ANOTHER_TABLE = Rule(
    "read.another-table", "error",
    zh="从这一行起是另一张表，列与上面的表头不同：{value}",
    en="another table begins with this row, its columns are not those of the header above: {value}",
    hint_zh="请把两张表分成两个文件或两个工作表。", hint_en="Put the two tables into two files, or on two sheets.",
)  # fmt: skip
TRANSPOSED = Rule(
    "read.transposed", "error",
    zh="这张表是横排的：列名在最左一列（{names}），每个企业占一列",
    en="the table lies on its side: its column names stand in the first column ({names}), each enterprise in a column",
    hint_zh="请在 Excel 中复制后选“选择性粘贴 → 转置”。", hint_en="Copy it and paste it transposed (Paste Special).",
)  # fmt: skip

# Safety

VIRTUAL = Rule(
    "read.virtual-file", "error",
    zh="这个文件只是指向别的文件或网址，出于安全不予打开",
    en="this file only points to other files or addresses; it is not opened, for safety",
    hint_zh="请给出数据文件本身。", hint_en="Name the data file itself.",
)  # fmt: skip
BOMB = Rule(
    "read.zip-bomb", "error",
    zh="压缩包成员 {value} 解压后过大（{found:,} 字节，压缩比 {ratio}）",
    en="member {value} of the archive inflates too far ({found:,} bytes, {ratio} times its size)",
    hint_zh="请确认文件来源可靠。", hint_en="Make sure that you trust where the file comes from.",
)  # fmt: skip
ENTITIES = Rule(
    "read.xml-entities", "error",
    zh="XML 里有文档类型或实体声明，出于安全不予读取",
    en="its XML declares a document type or entities; it is not read, for safety",
    hint_zh="请另存为普通的文件。", hint_en="Save it again from a program that you trust.",
)  # fmt: skip
FAR_CELL = Rule(
    "read.far-cell", "error",
    zh="单元格 {value} 远离表格，使工作表达到 {rows:,} 行 × {columns:,} 列",
    en="cell {value} lies far from the table and stretches the sheet to {rows:,} rows by {columns:,} columns",
    hint_zh="请清除表格以外的行和列后重新保存。",
    hint_en="Delete the rows and columns outside the table, then save again.",
)  # fmt: skip

# Spreadsheets

PASSWORD = Rule(
    "read.password", "error",
    zh="工作簿有密码保护",
    en="the workbook is protected by a password",
    hint_zh="请去掉密码后另存。", hint_en="Save it without the password.",
)  # fmt: skip
SHEET = Rule(
    "read.sheet", "info",
    zh="读取工作表“{sheet}”；其余未读：{names_zh}",
    en="sheet {sheet!r} was read, others not: {names_en}",
)  # fmt: skip
NO_TABLE = Rule(
    "read.no-table", "error",
    zh="没有一个可见的工作表像是企业名录；现有：{names_zh}",
    en="no visible sheet looks like a list; there are: {names_en}",
    hint_zh="请用 sheet 指明工作表，必要时用 header 指明表头行。",
    hint_en="Name the sheet with sheet, and its header row with header where needed.",
)  # fmt: skip
MERGED_TEXT = Rule(
    "read.merged-cells", "info",
    zh="{n} 个纵向合并的单元格（{ranges}）：其中的文字已填入所跨的每一行，例如“{value}”",
    en="{n} cells are merged over rows ({ranges}): their text was put into every row they cover, for example {value!r}",
    mends=True,
)  # fmt: skip
MERGED_NUMBERS = Rule(
    "read.merged-numbers", "warning",
    zh="{n} 个纵向合并的单元格（{ranges}）是一个数跨几行，例如 {value}：只记在第一行，其余行为空",
    en="{n} cells merged over rows ({ranges}) hold one number for several rows, for example {value}: "
    "it stands with the first of them, the others are blank",
    hint_zh="请取消合并，逐行填写各自的数值。", hint_en="Unmerge them, and write each row's own number.",
)  # fmt: skip
NO_VALUE = Rule(
    "read.formula-without-value", "warning",
    zh="{n} 个公式没有保存结果，按空值处理：{cells}",
    en="{n} formulas were saved without their results and count as blank: {cells}",
    hint_zh="请用 Excel 或 WPS 打开后再保存一次。", hint_en="Open the file in a spreadsheet program and save it once.",
)  # fmt: skip
ERROR_CELL = Rule(
    "read.error-cell", "warning",
    zh="单元格 {cell} 是错误值 {value}，按空值处理",
    en="cell {cell} holds the error {value} and counts as blank",
    hint_zh="请改正公式或填写数值。", hint_en="Correct its formula, or write the value.",
)  # fmt: skip
MORE_ERRORS = Rule(
    "read.more-error-cells", "warning",
    zh="另有 {n} 个单元格是错误值，按空值处理", en="{n} more cells hold errors and count as blank",
)  # fmt: skip
LOST_DIGITS = Rule(
    "read.lost-digits", "warning",
    zh="“{field}”列有 {n} 个超过 15 位的数字，Excel 已经丢掉末尾几位，例如 {value}",
    en="column {field!r} holds {n} numbers of more than 15 digits; Excel has already lost the last ones: {value}",
    hint_zh="请把该列设为文本后重新录入。", hint_en="Make the column text and enter the values again.",
)  # fmt: skip
HIDDEN_ROWS = Rule(
    "read.hidden-rows", "info",
    zh="有 {n} 行被隐藏（例如筛选），照常读入",
    en="{n} rows are hidden (by a filter, say); they were read all the same",
)  # fmt: skip
EPOCH = Rule(
    "read.epoch-1904", "info",
    zh="日期序号从 1904 年算起",
    en="date serials count from 1904 in this workbook",
)  # fmt: skip
NEEDS_PYARROW = Rule(
    "read.needs-pyarrow", "error",
    zh="读取 Parquet 需要 pyarrow", en="reading Parquet needs pyarrow",
    hint_zh="请安装 parkatlas[parquet]。", hint_en="Install parkatlas[parquet].",
)  # fmt: skip
OPTION = Rule(
    "read.option", "error",
    zh="{value} 对 {found} 文件没有意义", en="{value} means nothing for a {found} file",
    hint_zh="请删去它。", hint_en="Leave it out.",
)  # fmt: skip

# What this package wrote itself

FIX_ME = Rule(
    "read.fix-me", "info",
    zh="这是待修正工作簿：表头、坐标列和坐标系按首次读取时的理解；名录中的 sheet、header、encoding 不用",
    en="a fix-me workbook: its header and its positions are understood as when the list was first read; sheet, header "
    "and encoding of the register are not needed",
)  # fmt: skip
FIX_ME_HEADER = Rule(
    "read.fix-me-header", "error",
    zh="这是待修正工作簿，但找不到它的表头：{names}",
    en="this is a fix-me workbook, and the header that it was written with is gone: {names}",
    hint_zh="请恢复表头这一行，放在各行之上。", hint_en="Put that row of column names back above the rows.",
)  # fmt: skip
STILL_ASIDE = Rule(
    "read.still-set-aside", "warning",
    zh="这一行没有改动：{why_zh}",
    en="the row is as it was: {why_en}",
    hint_zh="请补全或改正这一行；不是企业的，请删去。",
    hint_en="Complete or correct it; delete it where it is no enterprise.",
)  # fmt: skip
APOSTROPHES = Rule(
    "read.apostrophes", "info",
    zh="这是本工具写出的企业表：{n} 个单元格去掉了防止被当作公式的撇号，例如 {value}",
    en="a table of enterprises that this tool wrote: {n} cells lose the apostrophe that kept them from being run as "
    "formulas, {value} for one",
)  # fmt: skip
