"""Output that appears at once or not at all: a staging folder beside the target, verified, then swapped in."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """Yield an empty staging folder that takes the target's place when the block ends without an error.

    An existing target is replaced only if it is empty or holds output of ours (a ``report.json`` that says so).
    Whatever happens, the staging folder is gone afterwards, and the target is either the old one or the new one, whole.

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
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or is_ours(target))):
        raise OutputError(NOT_OURS.at(file=str(target)))
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
def replace_file(target: Path) -> Iterator[Path]:
    """Yield a staging path beside the target that takes its place when the block ends without an error.

    Raises
    ------
    OutputError
        The target cannot be made, or a folder stands in its place.
    WriteError
        An OSError inside the block, such as a full disk.
    """
    target = target.resolve()
    if target.is_dir():
        raise OutputError(CANNOT_CREATE.at(file=str(target), why="a folder of that name is there"))
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


def is_ours(folder: Path) -> bool:
    """Return whether a folder holds a ``report.json`` that this tool wrote."""
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and "parkatlas" in (report.get("versions") or ())


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
