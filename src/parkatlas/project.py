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
_HERE = Path(__file__).resolve().parent
_TEMPLATE = _HERE / "template"


def shipped_project() -> Path:
    """Return the folder of the shipped project: inside an installed package, or beside the sources."""
    places = (_HERE / "geodata", _HERE.parents[1] / "geodata")
    return next(place for place in places if (place / "plan.toml").is_file())


def create_project(folder: str | Path, *, empty: bool = False) -> list[str]:
    """Copy the shipped project's data to a new folder and return the names of its files.

    The scripts that draw the shipped layers are left out: a new project brings its own.

    Parameters
    ----------
    folder : path
        A folder that does not exist, or is empty.
    empty : bool
        Copy none of the shipped data: a plan.toml and a page on sources to fill in, and the schema.

    Raises
    ------
    OutputError
        The folder exists and is not empty, or cannot be made.
    """
    target = Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputError(NOT_EMPTY.at(file=str(target)))
    shipped = shipped_project()
    files = {file.name: file for file in shipped.iterdir() if file.name.endswith(_KINDS)}
    if empty:
        files = {name: _TEMPLATE / name for name in ("plan.toml", "README.md")}
        files["plan.schema.json"] = shipped / "plan.schema.json"
    with replace_folder(target) as staging:
        for name, file in files.items():
            shutil.copyfile(file, staging / name)
    return sorted(files)
