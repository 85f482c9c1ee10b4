"""The reference pages say what the code says, and every name in the docs exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import parkatlas

DOCS = Path(__file__).resolve().parents[1] / "docs"


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["tables.md", "findings.md", "plan.md"])
def test_reference_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == maker().PAGES[name](), "run python docs/make_reference.py"


def test_every_module_is_in_the_architecture_page_and_every_name_there_exists() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| `([a-z_]+)\.[a-z_]+", text, re.MULTILINE):
        assert importlib.util.find_spec(f"parkatlas.{name}"), name
    package = Path(parkatlas.__file__).parent
    modules = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    for module in modules - {"__init__", "geodata"}:
        assert re.search(rf"\b{module}\b", text), f"{module} is not in docs/architecture.md"


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_least_plan_of_the_docs_is_a_plan(tmp_path: Path, town_folder: Path) -> None:
    (least,) = re.findall(r"```toml\n(.*?)```", (DOCS / "plan.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "plan.toml").write_text(least, encoding="utf-8")
    (tmp_path / "zones.geojson").write_bytes((town_folder / "zones.geojson").read_bytes())
    atlas = parkatlas.build(tmp_path)
    assert (len(atlas.plan.areas), atlas.conservation) == (3, {})
