"""Why a file cannot be read, in both languages: the libraries that say so speak English only."""

from __future__ import annotations

import re

from parkatlas.findings import Finding
from parkatlas.read.rules import BROKEN

# What the libraries say, and the same in Chinese; groups of the pattern go into the words.
_SAID = (
    (r"File is not a zip file", "压缩包不完整，或根本不是 zip"),
    (r"Bad magic number for .*", "压缩包的结构已损坏"),
    (r"Truncated .*|member (\S+) is cut", "压缩包被截断"),
    (r"member (.+) is compressed in a way that is not read", "压缩包成员 {0} 的压缩方式无法读取"),
    (r"Error -?\d+ while decompressing.*|incorrect .* check|invalid .*", "压缩的数据已损坏"),
    (r"sector size", "复合文档的扇区大小不对"),
    (r"the list of sector tables runs in a circle", "复合文档的扇区表自成循环"),
    (r"the sector table is cut", "复合文档的扇区表被截断"),
    (r"the chain of sector (\d+) does not end", "复合文档中第 {0} 扇区的链没有尽头"),
    (r"\.shp record (\d+): shape type (-?\d+)", ".shp 第 {0} 条记录的图形类型 {1} 不存在"),
    (r"\.dbf: fields wider than the record", ".dbf 的字段宽度之和大于记录长度"),
    (r"\.dbf: no fields", ".dbf 没有字段"),
    (r"file is not a database", "不是 SQLite 数据库"),
    (r"database disk image is malformed", "数据库已损坏"),
    (r"(?:.*: )?no element found: line (\d+), column (\d+)", "XML 在第 {0} 行中断，还有元素没有结束"),
    (r"(?:.*: )?mismatched tag: line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列的结束标签与开始标签不符"),
    (r"(?:.*: )?unclosed (?:token|CDATA section): line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列的标签没有结束"),
    (r"(?:.*: )?unbound prefix: line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列用了没有声明的命名空间前缀"),
    (r"(?:.*: )?duplicate attribute: line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列有重复的属性"),
    (r"(?:.*: )?undefined entity.*: line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列用了没有声明的实体"),
    (r"(?:.*: )?junk after document element: line (\d+), column (\d+)", "XML 在第 {0} 行已经结束，其后还有内容"),
    (r"(?:.*: )?[a-z].*: line (\d+), column (\d+)", "XML 第 {0} 行第 {1} 列不合语法"),
    (r"(?:.*: )?(?:syntax error|ill-formed document): .*", "其中的 XML 不合语法"),
    (r"Extra data", "前面已经结束，其后还有内容"),
    (r"Expecting ',' delimiter", "缺少逗号，或括号没有闭合"),
    (r"Expecting ':' delimiter", "键的后面缺少冒号"),
    (r"Expecting value|Illegal trailing comma .*", "缺少一个值"),
    (r"Expecting property name enclosed in double quotes", "缺少带双引号的键"),
    (r"Unterminated string starting at", "引号没有闭合"),
    (r"Invalid control character at", "文字里有控制字符"),
    (r"Invalid \\\\.*", "反斜杠的用法不对"),
)  # fmt: skip


def in_chinese(said: str) -> str:
    """Return what a library said in Chinese; what is not known is quoted.

    >>> in_chinese("mismatched tag: line 3, column 7"), in_chinese("boo")
    ('XML 第 3 行第 7 列的结束标签与开始标签不符', '无法解读（程序原话：boo）')
    """
    for pattern, words in _SAID:
        if found := re.fullmatch(pattern, said.strip(), re.DOTALL):
            return words.format(*found.groups())
    return f"无法解读（程序原话：{said}）"


def broken(said: object, source: str, *, row: int | None = None) -> Finding:
    """Return the finding that a file is damaged, by what a library said of it."""
    return BROKEN.at(file=source, row=row, why_zh=in_chinese(str(said)), why_en=str(said))
