"""Figures for print and slides, as PNG and SVG: Chinese in a font of the machine, and the same bytes each time."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parkatlas.errors import DependencyError, WriteError
from parkatlas.findings import Finding, Lang, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
# Faces with simplified Chinese first; the Japanese face of a collection, which matplotlib may list alone, has it too.
FACES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "SimHei", "Heiti SC", "STHeiti", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Droid Sans Fallback", "Noto Sans CJK JP", "Noto Sans CJK TC", "Noto Serif CJK SC", "SimSun", "Arial Unicode MS",
)  # fmt: skip
NO_CJK_FONT = Rule(
    "report.no-cjk-font",
    "warning",
    zh="本机没有中文字体，静态图改用英文",
    en="No font with Chinese was found: the figures are labelled in English",
    hint_zh="安装 Noto Sans CJK（Debian：apt install fonts-noto-cjk）。",
    hint_en="Install Noto Sans CJK (Debian: apt install fonts-noto-cjk).",
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")
_STYLE = {
    "svg.hashsalt": "parkatlas", "svg.fonttype": "path", "savefig.dpi": 150, "figure.dpi": 150, "font.size": 9,
    "axes.unicode_minus": False, "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip
_METADATA: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


class Drawing(NamedTuple):
    """A figure to be: ``draw(ax, lang)`` fills the Axes; the caption stands below it; sizes in inches."""

    draw: Callable[[Axes, Lang], object]
    title: str = ""
    caption: str = ""
    height: float = 5.0
    width: float = 8.0


def write_figures(
    drawings: Mapping[str, Drawing], folder: Path, lang: Lang = "zh", *, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write each drawing as one file a format and return the paths, in order.

    Parameters
    ----------
    drawings : mapping of str to Drawing
        File names without ending (letters, digits, dot, dash, underscore), and what to draw.
    folder : Path
        An existing folder; files of the same names are replaced.
    lang : {"zh", "en"}
        Given to each drawing. Where Chinese is asked and no font has it, "en" is given instead: ask `check_font`
        first, and choose title and caption by what it says.
    formats : sequence of {"png", "svg"}
        What to write.

    Raises
    ------
    ValueError
        For a name that is no plain file name, or another format.
    DependencyError
        Where matplotlib is missing: the extra ``plots`` brings it.
    WriteError
        Where a file cannot be written.
    """
    wrong = [name for name in drawings if not _NAME.fullmatch(name)] + [one for one in formats if one not in FORMATS]
    if wrong:
        raise ValueError(f"not a plain file name, or not one of {', '.join(FORMATS)}: {', '.join(map(repr, wrong))}")
    style = _style()
    spoken: Lang = "en" if lang == "zh" and cjk_font() is None else lang
    paths = []
    for name, drawing in drawings.items():
        files = [folder / f"{name}.{ending}" for ending in formats]
        _write(drawing, files, spoken, style)
        paths += files
    return paths


def check_font(lang: Lang) -> tuple[Finding, ...]:
    """Return a finding where figures in Chinese are asked for and no font can show them."""
    return (NO_CJK_FONT.at(),) if lang == "zh" and cjk_font() is None else ()


def cjk_font() -> str | None:
    """Return the name of an installed font that shows Chinese, or None."""
    _matplotlib()
    from matplotlib import font_manager

    known = {entry.name for entry in font_manager.fontManager.ttflist}
    found = next((face for face in FACES if face in known), None)
    if found is not None:
        return found
    # matplotlib keeps a list of fonts from its first run; a font installed since then is not in it.
    for path in sorted(font_manager.findSystemFonts()):
        if re.search(r"CJK|SourceHan|wqy|simhei|msyh", Path(path).name, re.IGNORECASE):
            font_manager.fontManager.addfont(path)
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((face for face in FACES if face in known), None)


def _style() -> dict[str, Any]:
    face = cjk_font()
    return {**_STYLE, "font.family": ["DejaVu Sans", *([face] if face else [])]}


def _write(drawing: Drawing, paths: Sequence[Path], lang: Lang, style: Mapping[str, Any]) -> None:
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context(["default", dict(style)]), warnings.catch_warnings():
        # A name in a script that no font has is shown as boxes; that is no reason to stop.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure = Figure(figsize=(drawing.width, drawing.height), layout="constrained")
        ax = figure.subplots()
        drawing.draw(ax, lang)
        _letter(figure, drawing)
        for path in paths:
            ending = path.suffix[1:]
            try:
                figure.savefig(path, format=ending, metadata=_METADATA[ending])
            except OSError as error:
                raise WriteError(f"cannot write {path.name}: {error.strerror or error}") from error


def _letter(figure: Figure, drawing: Drawing) -> None:
    """Set title and caption over the whole width, in plain text: a dollar sign is no formula."""
    letters = int(14 * drawing.width)
    if drawing.title:
        figure.suptitle(_wrap(drawing.title, int(0.8 * letters)), fontsize="large").set_parse_math(False)
    if drawing.caption:
        text = figure.supxlabel(_wrap(drawing.caption, letters), fontsize="small", color="#404040")
        text.set_parse_math(False)


def _wrap(text: str, width: int = 110) -> str:
    """Break text into lines; a Chinese character is as wide as two letters and may start a line."""
    lines, line, used = [], "", 0
    for word in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+", text):
        size = sum(2 if char >= "\u2e80" else 1 for char in word)
        if line and used + size > width:
            lines.append(line.rstrip())
            line, used = "", 0
        line, used = line + word, used + size
    return "\n".join([*lines, line.rstrip()])


def _matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise DependencyError("figures need matplotlib: pip install 'parkatlas[plots]'") from error
