"""Output that appears at once or not at all: a staging folder beside the target, verified, then swapped in."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parkatlas.errors import OutputError, WriteError
from parkatlas.findings import Rule

NOT_OURS = Rule(
    "output.not-an-atlas",
    "error",
    zh="{file} 已存在，但不是本工具生成的图集",
    en="{file} exists and is not an atlas that this tool wrote",
    hint_zh="请换一个输出文件夹，或先移走其中的内容。",
    hint_en="Choose another output folder, or move its content away first.",
)
OTHERS_FILES = Rule(
    "output.others-files",
    "error",
    zh="{file} 中有不是本工具写出的、或写出后被改动过的文件：{some}",
    en="{file} holds files that this tool did not write, or that were changed since: {some}",
    hint_zh="请先把这些文件移走，或换一个输出文件夹：整个文件夹将被替换。",
    hint_en="Move them away first or choose another folder: the whole folder would be replaced.",
)
IS_INPUT = Rule(
    "output.is-input",
    "error",
    zh="{file} 是该项目的输入文件，不会被覆盖",
    en="{file} is one of the files that the project is read from and is not written over",
    hint_zh="请换一个文件名。",
    hint_en="Choose another name.",
)
CANNOT_CREATE = Rule(
    "output.cannot-create",
    "error",
    zh="无法创建 {file}：{why}",
    en="cannot create {file}: {why}",
    hint_zh="请检查路径与写入权限。",
    hint_en="Check the path and the right to write there.",
)
IN_USE = Rule(
    "output.in-use",
    "error",
    zh="{file} 是当前工作文件夹或挂载点，无法整体替换",
    en="{file} is the working folder or a mount point and cannot be swapped for a new one",
    hint_zh="请指定其中的一个子文件夹。",
    hint_en="Name a folder inside it.",
)
FAILED = Rule(
    "output.write-failed",
    "error",
    zh="写入 {file} 失败：{why}",
    en="writing {file} failed: {why}",
    hint_zh="原有输出保持不变。请检查磁盘空间。",
    hint_en="What stood there before was kept. Check for space on the disk.",
)

# What Windows, macOS and SQLite leave in folders that were only looked at.
_LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", ".gpkg-wal", ".gpkg-shm")


@contextmanager
def replace_folder(target: Path, made_by: str = "") -> Iterator[Path]:
    """Yield an empty staging folder that takes the target's place when the block ends without an error.

    An existing target is replaced only if it is empty or holds what the same verb made (a ``report.json`` that says
    so) and nothing else: files that the report does not name, and workbooks of corrections that somebody has worked
    on, stop it. Whatever happens, the staging folder is gone afterwards, and the target is either the old one or the
    new one, whole.

    Raises
    ------
    OutputError
        The target cannot be made, or is something else: a file, a mount point, the working folder, somebody's data.
    WriteError
        An OSError inside the block, such as a full disk.
    """
    target = target.resolve()
    if target in (Path.cwd(), *Path.cwd().parents) or target.is_mount():
        raise OutputError(IN_USE.at(file=str(target)))
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or is_ours(target, made_by))):
        raise OutputError(NOT_OURS.at(file=str(target)))
    if target.exists() and (others := _others(target)):
        raise OutputError(OTHERS_FILES.at(file=str(target), some=", ".join(others[:5]) + (" …" if others[5:] else "")))
    staging = _stage(target)
    try:
        yield staging
        _swap(staging, target)
    except (OutputError, WriteError):
        raise
    except OSError as error:
        raise WriteError(FAILED.at(file=str(target), why=error.strerror or str(error))) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def replace_file(target: Path, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield a staging path beside the target that takes its place when the block ends without an error.

    Raises
    ------
    OutputError
        The target cannot be made, a folder stands in its place, or it is one of ``inputs``.
    WriteError
        An OSError inside the block, such as a full disk.
    """
    target = target.resolve()
    if target.is_dir():
        raise OutputError(CANNOT_CREATE.at(file=str(target), why="a folder of that name is there"))
    if target.exists() and any(target.samefile(path) for path in inputs if path.exists()):
        raise OutputError(IS_INPUT.at(file=str(target)))
    folder = _stage(target)
    staging = folder / target.name
    try:
        yield staging
        staging.replace(target)
    except (OutputError, WriteError):
        raise
    except OSError as error:
        raise WriteError(FAILED.at(file=str(target), why=error.strerror or str(error))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_ours(folder: Path, made_by: str) -> bool:
    """Return whether a folder holds a ``report.json`` that this verb wrote."""
    report = _report(folder)
    return "parkatlas" in (report.get("versions") or ()) and report.get("made_by", "") == made_by


def to_correct(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the workbooks in a folder that people are asked to work in."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("fix-me_*.xlsx"))}


def _others(folder: Path) -> list[str]:
    """Return the files that a report does not name, or that are no longer as it says."""
    report = _report(folder)
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}
    changed = to_correct(folder).items() - (report.get("to_correct") or {}).items()
    others = files - {"report.json", *(report.get("outputs") or ())} | {name for name, _ in changed}
    return sorted(name for name in others if not name.endswith(_LITTER))


def _report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def verify(folder: Path, files: Iterable[str]) -> None:
    """Raise WriteError unless every file is there and not empty and the report is whole."""
    for name in files:
        file = folder / name
        if not file.is_file() or file.stat().st_size == 0:
            raise WriteError(FAILED.at(file=name, why="missing or empty after writing"))
    json.loads((folder / "report.json").read_text(encoding="utf-8"))
    page = (folder / "index.html").read_text(encoding="utf-8")
    if not page.rstrip().endswith("</html>"):
        raise WriteError(FAILED.at(file="index.html", why="the page is not whole"))


def _stage(target: Path) -> Path:
    """Make a staging folder beside the target, with the rights that a plain mkdir would give it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.staging-", dir=target.parent))
        staging.rmdir()
        staging.mkdir()
    except OSError as error:
        raise OutputError(CANNOT_CREATE.at(file=str(target), why=error.strerror or str(error))) from error
    return staging


def _swap(staging: Path, target: Path) -> None:
    """Put staging in the target's place; interrupted or failing half-way, the old target is put back."""
    if not target.exists():
        staging.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
    old = aside / target.name
    try:
        target.rename(old)
        staging.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
