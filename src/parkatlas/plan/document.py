"""plan.toml as a checked dictionary: syntax, limits, and the published JSON Schema.

The schema (``parkatlas/plan.schema.json``, JSON Schema draft 2020-12) is the one description of what may stand in a
plan.toml; editors complete from the same file. An unknown key is an error that suggests the near one, and every fault
of the document is found in one run, each with the line it stands on.
"""

from __future__ import annotations

import datetime
import difflib
import functools
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from parkatlas.findings import Finding, Rule

NAME = "plan.toml"
MAX_BYTES = 5_000_000

NO_PLAN = Rule(
    "plan.no-plan",
    "error",
    zh="文件夹中没有 plan.toml",
    en="the folder holds no plan.toml",
    hint_zh="用 parkatlas init 新建一个项目。",
    hint_en="Make a project with `parkatlas init`.",
)
TOO_LARGE = Rule(
    "plan.too-large",
    "error",
    zh="文件有 {bytes} 字节，上限为 {limit}",
    en="the file has {bytes} bytes, the limit is {limit}",
)
SYNTAX = Rule(
    "plan.syntax",
    "error",
    zh="TOML 无法读取：{reason}",
    en="not readable as TOML: {reason}",
    hint_zh="文件须为 UTF-8 编码的 TOML。",
    hint_en="The file must be TOML in UTF-8.",
)
UNKNOWN_KEY = Rule(
    "plan.unknown-key",
    "error",
    zh="没有名为“{value}”的键",
    en="there is no key {value!r}",
    hint_zh="是否想写 {near}？",
    hint_en="Did you mean {near}?",
)
UNKNOWN_KEY_FAR = Rule(
    "plan.unknown-key",
    "error",
    zh="没有名为“{value}”的键",
    en="there is no key {value!r}",
    hint_zh="此处可用：{known}。",
    hint_en="Keys allowed here: {known}.",
)
MISSING_KEY = Rule("plan.missing-key", "error", zh="缺少键“{key}”", en="the key {key!r} is missing")
WRONG_TYPE = Rule(
    "plan.wrong-type",
    "error",
    zh="应为 {expected}，而非 {value}",
    en="must be {expected}, not {value}",
)
BAD_VALUE = Rule(
    "plan.bad-value",
    "error",
    zh="{value} 不合要求：{expected_zh}",
    en="{value} does not fit: {expected}",
)
# What the patterns and limits of the schema ask for, in words; the key is how each begins.
_WORDS = {
    r"^\d{4}": ("日期写作 2024、2024-05 或 2024-05-31", "a date is written 2024, 2024-05 or 2024-05-31"),
    r"^[A-Za-z0-9]": (
        "编号由英文字母、数字和 . _ - 组成，以字母或数字开头",
        "an id is made of letters a to z, digits and . _ -, and begins with a letter or a digit",
    ),
    "^#": ("颜色写作 # 加六位十六进制数，如 #0072B2", "a colour is # and six hexadecimal digits, such as #0072B2"),
    "^(H|M|L": ("可信度为 H、M、L，或 0 到 1 的数", "confidence is H, M, L or a number from 0 to 1"),
    "^[A-Z]?": (
        "行业代码为至多四位数字，可带门类字母，如 27",
        "a code has up to four digits, its letter before or not",
    ),
    "^[^": ("不能含控制字符", "control characters may not stand here"),
    "minLength": ("不能为空", "may not be empty"),
    "maxLength": ("最多 {} 个字符", "at most {} characters"),
    "minimum": ("最小为 {}", "at least {}"),
    "maximum": ("最大为 {}", "at most {}"),
}
NO_LAYERS = Rule(
    "plan.no-layers",
    "error",
    zh="[layers] 没有列出任何图层",
    en="[layers] names no layer",
    hint_zh="写出 core、zones、parks，或一个带 level 列的 areas。",
    hint_en="Name core, zones and parks, or one file with a level column as areas.",
)


@functools.cache
def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of plan.toml, as published."""
    text = files("parkatlas").joinpath("plan.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def read_document(folder: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Return plan.toml of a folder as plain data, dates as ISO text, and what is wrong with it.

    The data are complete even where findings are errors, so that later checks can go on; they are empty where the file
    is missing or is not TOML.
    """
    path = folder / NAME
    if not path.is_file():
        return {}, [NO_PLAN.at(file=str(folder))]
    size = path.stat().st_size
    if size > MAX_BYTES:
        return {}, [TOO_LARGE.at(file=NAME, bytes=size, limit=MAX_BYTES)]
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = _plain(tomllib.loads(text))
    except UnicodeDecodeError as error:
        return {}, [SYNTAX.at(file=NAME, reason=f"not UTF-8 at byte {error.start}")]
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        return {}, [SYNTAX.at(file=NAME, row=int(line[1]) if line else None, reason=str(error))]
    except RecursionError:
        return {}, [SYNTAX.at(file=NAME, reason="nested too deeply")]
    return data, check_document(data, text)


def check_document(data: dict[str, Any], text: str = "") -> list[Finding]:
    """Return every way in which a document departs from the schema; ``text`` gives the lines."""
    validator = jsonschema.Draft202012Validator(plan_schema())
    found = [finding for error in validator.iter_errors(data) for finding in _findings(error, text)]
    return sorted(found, key=lambda finding: (finding.row or 0, finding.field or "", finding.code))


def near(word: str, known: Iterable[str]) -> str:
    """Return the known word nearest to a given one, or nothing.

    >>> near("nmae_zh", ["name_zh", "name_en"])
    'name_zh'
    """
    options = sorted(known)
    lowered = {option.lower(): option for option in reversed(options)}
    hits = difflib.get_close_matches(word.lower(), sorted(lowered), n=1, cutoff=0.6)
    return lowered[hits[0]] if hits else ""


def line_of(text: str, keys: Iterable[str | int]) -> int | None:
    r"""Return the line on which a key of a TOML text stands, or that of the innermost table around it.

    Found by reading the lines for table headers and keys, which is right for tables written as headers; inside inline
    tables and arrays the line of the outer key is returned.

    >>> line_of('[plan]\nid = "x"\\n', ["plan", "id"])
    2
    """
    path = list(keys)
    best = None
    table: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?", line)
        if header:
            names = [name.strip().strip("\"'") for name in header[2].split(".")]
            table = [*names]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
                table = [*names, counts[header[2]]]
            if table and table == path[: len(table)]:
                best = number
            continue
        key = re.match(r"\s*([\w$-]+|\"[^\"]*\"|'[^']*')\s*[.=]", line)
        if key and [*table, key[1].strip("\"'")] == path[: len(table) + 1]:
            return number
    return best


def _plain(value: Any) -> Any:
    """Return TOML data with dates as ISO text, so that a date may be written with or without quotes."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value


def _findings(error: jsonschema.ValidationError, text: str) -> Iterator[Finding]:
    """Turn one schema error into findings in our words."""
    path = list(error.absolute_path)
    wanted: Any = error.validator_value
    instance: Any = error.instance
    place: dict[str, Any] = {"file": NAME, "row": line_of(text, path), "field": name_path(path) or None}
    if error.validator == "additionalProperties":
        known = _schema(error).get("properties", {})
        for key in instance:
            if key not in known:
                yield _unknown(key, known, {**place, "row": line_of(text, [*path, key])})
    elif error.validator == "required":
        missing = [key for key in wanted if key not in instance]
        key = next(key for key in missing if error.message.startswith(repr(key)))
        yield MISSING_KEY.at(**place, key=key)
    elif error.validator == "anyOf":
        yield NO_LAYERS.at(**place)
    elif error.validator == "type":
        words = wanted if isinstance(wanted, str) else " or ".join(wanted)
        yield WRONG_TYPE.at(**place, value=repr(instance), expected=words)
    else:
        chinese, english = _expected(error)
        yield BAD_VALUE.at(**place, value=repr(instance), expected_zh=chinese, expected=english)


def _unknown(key: str, known: Iterable[str], place: dict[str, Any]) -> Finding:
    close = near(key, known)
    if close:
        return UNKNOWN_KEY.at(**place, value=key, near=close)
    return UNKNOWN_KEY_FAR.at(**place, value=key, known=", ".join(sorted(known)))


def _expected(error: jsonschema.ValidationError) -> tuple[str, str]:
    """Say what a value should have been, in Chinese and English: the options, the nearest one marked, or the rule."""
    wanted: Any = error.validator_value
    if error.validator == "enum":
        close = near(str(error.instance), wanted)
        options = ", ".join(wanted)
        return (f"{options}（{close}？）", f"{options} ({close}?)") if close else (options, options)
    rule = wanted if error.validator == "pattern" else str(error.validator)
    asked = next((words for start, words in _WORDS.items() if rule.startswith(start)), (f"{rule} {wanted}",) * 2)
    return asked[0].format(wanted), asked[1].format(wanted)


def _schema(error: jsonschema.ValidationError) -> dict[str, Any]:
    """Return the part of the schema that an error is about."""
    return error.schema if isinstance(error.schema, dict) else {}


def name_path(path: Iterable[str | int]) -> str:
    """Return a path into a document as a reader writes it.

    >>> name_path(["registers", 0, "datum"])
    'registers[1].datum'
    """
    out = ""
    for step in path:
        out += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if out else step
    return out
