"""Figures: two formats, the same bytes, Chinese shown, nothing from data parsed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from matplotlib import font_manager
from matplotlib.axes import Axes

from parkatlas.errors import DependencyError, WriteError
from parkatlas.report import figures
from parkatlas.report.figures import Drawing, check_font, cjk_font, write_figures

needs_font = pytest.mark.skipif(cjk_font() is None, reason="no font with Chinese is installed (fonts-noto-cjk)")


def bars(ax: Axes, lang: str) -> None:
    ax.bar(["生物药" if lang == "zh" else "Biologics", "b"], [1, 2])


def test_each_figure_is_png_and_svg_and_the_same_twice(tmp_path: Path) -> None:
    drawing = {"mix": Drawing(bars, "Price in $ and $", "caption " * 40)}
    files = write_figures(drawing, tmp_path, "en")
    assert [file.name for file in files] == ["mix.png", "mix.svg"]
    first = [file.read_bytes() for file in files]
    assert first[0].startswith(b"\x89PNG")
    assert b"<dc:date>" not in first[1]
    assert [file.read_bytes() for file in write_figures(drawing, tmp_path, "en")] == first


@needs_font
def test_chinese_is_drawn_with_its_own_glyphs(tmp_path: Path) -> None:
    (svg,) = write_figures({"a": Drawing(bars, "产业")}, tmp_path, "zh", formats=["svg"])
    text = svg.read_text("utf-8")
    faces = [face.split("-")[0] for face in re.findall(r'<path id="([^"]+-[0-9a-f]+)"', text)]
    assert len([face for face in faces if face != "DejaVuSans"]) == len("生物药产业")
    assert check_font("zh") == ()


def test_without_a_font_figures_speak_english_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    assert cjk_font() is None
    assert [finding.code for finding in check_font("zh")] == ["report.no-cjk-font"]
    assert check_font("en") == ()
    monkeypatch.undo()
    monkeypatch.setattr(figures, "cjk_font", lambda: None)
    spoken = []
    write_figures({"a": Drawing(lambda ax, lang: spoken.append(lang), "中文")}, tmp_path, "zh", formats=["png"])
    assert spoken == ["en"]


@pytest.mark.parametrize("name", ["../a", "a/b", "", "图", ".hidden", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain file name"):
        write_figures({name: Drawing(bars)}, tmp_path)
    with pytest.raises(ValueError, match="pdf"):
        write_figures({}, tmp_path, formats=["pdf"])


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"cannot write a\.png"):
        write_figures({"a": Drawing(bars)}, tmp_path / "nowhere", "en")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(DependencyError, match=r"parkatlas\[plots\]"):
        write_figures({"a": Drawing(bars)}, tmp_path)
