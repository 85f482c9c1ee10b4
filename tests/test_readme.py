"""The README does not lie: its commands exist, its snippet runs, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from parkatlas.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_exist_and_ci_calls_the_second() -> None:
    scripts = re.findall(r"^    sh (scripts/\S+)", README, re.MULTILINE)
    assert scripts == ["scripts/build-atlas.sh", "scripts/run-tests.sh"]
    assert all((ROOT / script).is_file() for script in scripts)
    ci = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("exec")]
    assert ci == ["exec sh scripts/run-tests.sh"]


def test_every_verb_named_in_the_docs_exists_and_every_verb_is_named() -> None:
    assert isinstance(main, click.Group)
    for verb in main.commands:
        assert re.search(rf"(parkatlas |`){verb}\b", README), f"{verb} is not in the README"
    used = set(re.findall(r"^    (?:\.venv/bin/)?parkatlas ([a-z]+)", README, re.MULTILINE))
    assert used <= set(main.commands)


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_snippet_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "geodata").symlink_to(ROOT / "geodata")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(snippet, "README.md", "exec"), names)
    assert (tmp_path / "atlas" / "index.html").is_file()
    assert len(names["located"]) > 40  # type: ignore[arg-type]
