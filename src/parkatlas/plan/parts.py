"""The parts of a plan: from checked data to the dataclasses of `parkatlas.model`, and the references between them.

The dataclass fields drive the building: a key of plan.toml is a field of the same name, and the five keys of a source
(address, date, confidence, notes) become its ``source``. A test holds the schema to the same fields.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

from parkatlas.findings import Finding, Rule
from parkatlas.model import Named, Observation, Pattern, Project, Register, Scope, Sector, Source, Target
from parkatlas.plan.document import NAME, line_of, name_path, near

PartT = TypeVar("PartT", bound=Named)

LISTS: Mapping[str, type[Named]] = {
    "registers": Register,
    "patterns": Pattern,
    "targets": Target,
    "observations": Observation,
    "projects": Project,
}
TABLES: Mapping[str, type[Named]] = {"sectors": Sector, "scopes": Scope}

REPEATED_ID = Rule(
    "plan.repeated-id", "error", zh="编号 {value} 出现 {times} 次", en="the id {value} stands {times} times"
)
UNKNOWN_SCOPE = Rule(
    "plan.unknown-scope",
    "error",
    zh="[scopes] 中没有口径 {value}",
    en="[scopes] has no scope {value}",
    hint_zh="已有口径：{known}。",
    hint_en="Scopes there: {known}.",
)
UNKNOWN_AREA = Rule(
    "plan.unknown-area",
    "error",
    zh="图层中没有区域 {value}",
    en="the layers have no area {value}",
    hint_zh="最接近的编号：{near}。",
    hint_en="The nearest id is {near}.",
)
UNKNOWN_AREA_FAR = Rule(
    UNKNOWN_AREA.code,
    "error",
    zh=UNKNOWN_AREA.zh,
    en=UNKNOWN_AREA.en,
    hint_zh="请更正 area_id，或删去。",
    hint_en="Correct area_id, or remove it.",
)
NO_FILE = Rule("plan.no-file", "error", zh="文件不存在：{value}", en="there is no file {value}")
OUTSIDE = Rule(
    "plan.path-outside",
    "error",
    zh="路径不在项目文件夹内：{value}",
    en="the path leaves the project folder: {value}",
    hint_zh="把文件放进项目文件夹，写相对路径。",
    hint_en="Put the file into the project folder and write a relative path.",
)
SAME_CODE = Rule(
    "plan.sector-overlap",
    "warning",
    zh="行业代码 {value} 同属 {sectors}",
    en="the industry code {value} belongs to several sectors: {sectors}",
    hint_zh="每个代码只写在一个产业下。",
    hint_en="Write each code under one sector.",
)

_SOURCE = {field.name for field in dataclasses.fields(Source)}


def build_parts(data: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return every list of a document that fits the schema as a tuple of its dataclass, in the order of the file."""
    built: dict[str, tuple[Any, ...]] = {
        name: tuple(build_part(kind, {**part, "id": key}) for key, part in data.get(name, {}).items())
        for name, kind in TABLES.items()
    }
    for name, kind in LISTS.items():
        built[name] = tuple(build_part(kind, part) for part in data.get(name, []))
    return built


def build_part(kind: type[PartT], part: Mapping[str, Any]) -> PartT:
    """Return one dataclass from a table of plan.toml; fields that the table leaves out keep their defaults."""
    given: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name == "source":
            given["source"] = build_source(part)
        elif field.name in part:
            value = part[field.name]
            given[field.name] = tuple(value) if isinstance(value, list) else value
        elif field.name == "gbt":
            given["gbt"] = ()
    if "defaults" in given:
        given["defaults"] = {key: str(value) for key, value in given["defaults"].items()}
    if "value" in given:
        given["value"] = float(given["value"])
    return kind(**given)


def build_source(part: Mapping[str, Any]) -> Source:
    """Return the five keys of a source as a `Source`; a number as confidence becomes text."""
    words = {key: str(part[key]) for key in _SOURCE if key in part}
    return Source(**words)


def project_path(folder: Path, text: str) -> tuple[Path | None, Finding | None]:
    """Return the file that a relative path names, or the finding that says why it may not be used.

    Refused are absolute paths of any system, drive letters, ``..``, links that lead out of the folder and control
    characters (`OUTSIDE`), and files that are not there (`NO_FILE`). A folder with
    Parquet files in it is a file of many parts.
    """
    windows = PureWindowsPath(text)
    steps = PurePosixPath(text.replace("\\", "/")).parts
    control = any(unicodedata.category(char).startswith("C") for char in text)
    bad = windows.drive or windows.root or text.startswith("/") or ".." in steps or control
    if bad:
        return None, OUTSIDE.at(file=NAME, value=text)
    path = folder.joinpath(*steps)
    if not path.resolve().is_relative_to(folder.resolve()):
        return None, OUTSIDE.at(file=NAME, value=text)
    if not path.is_file() and not (path.is_dir() and any(path.glob("**/*.parquet"))):
        return None, NO_FILE.at(file=NAME, value=text)
    return path, None


def check_references(data: Mapping[str, Any], folder: Path, text: str = "") -> list[Finding]:
    """Return what does not hold between the parts of a document: ids, scopes, codes, files of registers."""
    return [
        *_repeated(data, text),
        *_scopes(data, text),
        *_codes(data, text),
        *_files(data, folder, text),
    ]


def check_area_ids(data: Mapping[str, Any], known: set[str], text: str = "") -> list[Finding]:
    """Return the projects whose ``area_id`` is none of the known areas."""
    findings = []
    for i, project in enumerate(_items(data, "projects")):
        area = project.get("area_id")
        if isinstance(area, str) and area not in known:
            close = near(area, known)
            rule = UNKNOWN_AREA if close else UNKNOWN_AREA_FAR
            findings.append(rule.at(**_place(text, "projects", i, "area_id"), value=area, near=close))
    return findings


def _items(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the tables of a list, empty ones where the document has something else there."""
    items = data.get(name)
    return [_table(item) for item in items] if isinstance(items, list) else []


def _table(value: Any) -> Mapping[str, Any]:
    """Return a table as it is, and an empty one for anything else: the schema has said what is wrong with it."""
    return value if isinstance(value, dict) else {}


def _place(text: str, *path: str | int) -> dict[str, Any]:
    return {"file": NAME, "row": line_of(text, path), "field": name_path(path)}


def _repeated(data: Mapping[str, Any], text: str) -> Iterator[Finding]:
    for name in LISTS:
        ids = [item.get("id") for item in _items(data, name)]
        times = Counter(key for key in ids if isinstance(key, str))
        for key, count in times.items():
            if count > 1:
                last = len(ids) - 1 - ids[::-1].index(key)
                yield REPEATED_ID.at(**_place(text, name, last, "id"), value=key, times=count)


def _scopes(data: Mapping[str, Any], text: str) -> Iterator[Finding]:
    scopes = _table(data.get("scopes"))
    known = ", ".join(sorted(scopes)) or "-"
    for name in ("targets", "observations"):
        for i, item in enumerate(_items(data, name)):
            scope = item.get("scope")
            if isinstance(scope, str) and scope not in scopes:
                yield UNKNOWN_SCOPE.at(**_place(text, name, i, "scope"), value=scope, known=known)


def _codes(data: Mapping[str, Any], text: str) -> Iterator[Finding]:
    holders: dict[str, list[str]] = {}
    for key, sector in _table(data.get("sectors")).items():
        codes = _table(sector).get("gbt")
        for code in codes if isinstance(codes, list) else []:
            holders.setdefault(str(code), []).append(key)
    for code, keys in holders.items():
        if len(keys) > 1:
            yield SAME_CODE.at(**_place(text, "sectors", keys[-1], "gbt"), value=code, sectors=", ".join(keys))


def _files(data: Mapping[str, Any], folder: Path, text: str) -> Iterator[Finding]:
    for i, item in enumerate(_items(data, "registers")):
        path = item.get("path")
        if isinstance(path, str) and path:
            _, finding = project_path(folder, path)
            if finding is not None:
                place = _place(text, "registers", i, "path")
                yield dataclasses.replace(finding, row=place["row"], field=place["field"])
