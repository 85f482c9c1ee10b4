"""The project that ships with the package, and new projects made from it."""

from __future__ import annotations

import shutil
from pathlib import Path

from parkatlas.errors import OutputError
from parkatlas.findings import Rule
from parkatlas.output import replace_folder

NOT_EMPTY = Rule(
    "project.not-empty",
    "error",
    zh="{file} 不是空文件夹",
    en="{file} is not an empty folder",
    hint_zh="请给出一个新的文件夹名。",
    hint_en="Name a folder that does not exist yet.",
)
_KINDS = ("plan.toml", ".geojson", ".csv", ".md", ".json")


def shipped_project() -> Path:
    """Return the folder of the shipped project: inside an installed package, or beside the sources."""
    here = Path(__file__).resolve().parent
    places = (here / "geodata", here.parents[1] / "geodata")
    return next(place for place in places if (place / "plan.toml").is_file())


def create_project(folder: str | Path) -> list[str]:
    """Copy the shipped project's data to a new folder and return the names of its files.

    The scripts that draw the shipped layers are left out: a new project brings its own.

    Raises
    ------
    OutputError
        The folder exists and is not empty, or cannot be made.
    """
    target = Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputError(NOT_EMPTY.at(file=str(target)))
    files = [file for file in sorted(shipped_project().iterdir()) if file.name.endswith(_KINDS)]
    with replace_folder(target) as staging:
        for file in files:
            shutil.copyfile(file, staging / file.name)
    return [file.name for file in files]
