"""The house as docs/architecture.md draws it: who imports whom, held against the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import parkatlas

PACKAGE = Path(parkatlas.__file__).parent
ROOMS = ("plan", "read", "normalize", "locate", "statistics", "webmap", "export", "report")
GROUND = ("findings", "errors", "memory", "correction", "crs", "model", "schema", "area_index")
TOP = ("output", "project", "scale", "atlas", "evidence", "publication", "pipeline", "cli", "__init__", "__main__")


def imports(file: Path) -> set[str]:
    """Return the parkatlas modules that a file imports, by their first name, and foreign packages by theirs."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            head, _, rest = node.module.partition(".")
            names = [rest.split(".")[0]] if rest else [alias.name for alias in node.names]
            found |= {f"parkatlas.{name}" for name in names} if head == "parkatlas" else {head}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                found.add(".".join(parts[:2]) if parts[0] == "parkatlas" else parts[0])
    return found


def files_of(name: str) -> list[Path]:
    folder = PACKAGE / name
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{name}.py"]


def test_every_module_has_its_place() -> None:
    names = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert names - {"geodata"} <= {*ROOMS, *GROUND, *TOP}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_never_import_each_other_or_look_up(room: str) -> None:
    allowed = {f"parkatlas.{name}" for name in (*GROUND, room)}
    for file in files_of(room):
        ours = {name for name in imports(file) if name.startswith("parkatlas")}
        assert ours <= allowed, f"{file.name} imports {sorted(ours - allowed)}"


def test_the_ground_floor_imports_downwards_only() -> None:
    order = ["findings", "errors", "memory", "correction", "crs", "model", "schema"]
    for level, name in enumerate(order):
        ours = {found for file in files_of(name) for found in imports(file) if found.startswith("parkatlas")}
        assert ours - {f"parkatlas.{name}"} <= {f"parkatlas.{below}" for below in order[:level]}, name


def test_above_the_rooms_imports_go_downwards_too() -> None:
    below = {*GROUND, *ROOMS}
    for name in TOP[:-2]:
        allowed = {"findings", "errors", "output"} if name in ("output", "project") else {*below, name, "__version__"}
        for file in files_of(name):
            ours = {found.removeprefix("parkatlas.") for found in imports(file) if found.startswith("parkatlas.")}
            assert ours <= allowed, f"{file.name} imports {sorted(ours - allowed)}"
        below.add(name)


@pytest.mark.parametrize(("library", "home"), [("click", "cli"), ("fiona", "export")])
def test_one_room_alone_imports(library: str, home: str) -> None:
    importers = {file for file in PACKAGE.rglob("*.py") if library in imports(file)}
    assert importers
    assert importers <= set(files_of(home))


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'geopandas', 'folium'}"
    code = f"import sys, parkatlas, parkatlas.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
