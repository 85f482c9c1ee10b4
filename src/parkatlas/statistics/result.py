"""What every statistic gives back: its table, and beside it all that is needed to judge it."""

from __future__ import annotations

import functools
import importlib.metadata
import math
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from parkatlas.errors import DependencyError
from parkatlas.findings import Lang, shorten
from parkatlas.statistics import columns
from parkatlas.statistics.definitions import REFERENCES_ZH, UNITS_ZH, ZH
from parkatlas.statistics.readings import REASONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from parkatlas.model import Named

GREY, BLUE, RED = "#8c8c8c", "#0072b2", "#d55e00"  # apart for every kind of colour blindness (Okabe and Ito 2008)

# columns of ids that people would rather read as words
_NAMED = frozenset({
    "sector", "sector_i", "sector_j", "top_1", "top_2", "top_3", "top_sector", "lq_sector", "top_park", "level",
    "reason", "strength", "status", "when", "part", "kind", "method", "scaling", "quadrant", "verdict", "synthetic",
})  # fmt: skip
_WORDS: dict[str, tuple[str, str]] = {
    "core": ("核心区", "core"),
    "zone": ("片区", "zone"),
    "park": ("园区", "park"),
    "outside": ("区域外", "outside"),
    "unplaced": ("无位置", "not placed"),
    "total": ("合计", "total"),
    "all": ("全部", "all"),
    "between": ("区域之间", "between areas"),
    "within": ("区域之内", "within areas"),
    "no plant": ("没有企业", "no plant"),
    "one plant": ("只有一家企业", "one plant"),
    "one area": ("只有一个区域", "one area"),
    "low": ("低", "low"),
    "medium": ("中", "medium"),
    "high": ("高", "high"),
    "stayed": ("留存", "stayed"),
    "moved": ("迁移", "moved"),
    "entry": ("新增", "entry"),
    "exit": ("退出", "exit"),
    "earlier": ("期初", "earlier"),
    "later": ("期末", "later"),
    "shift": ("变动", "shift"),
    "both": ("期初与期末", "both"),
    "mean": ("均值中心", "mean centre"),
    "weighted_mean": ("加权均值中心", "weighted mean centre"),
    "median": ("中位中心", "median centre"),
    "naive": ("未校正", "naive"),
    "donnelly": ("Donnelly校正", "Donnelly"),
    "monte_carlo": ("蒙特卡洛", "Monte Carlo"),
    "yuill": ("Yuill", "Yuill"),
    "arcgis": ("ArcGIS", "ArcGIS"),
    "crimestat": ("CrimeStat", "CrimeStat"),
    "hot": ("热点", "hot spot"),
    "cold": ("冷点", "cold spot"),
    "not significant": ("不显著", "not significant"),
    "HH": ("高值聚集", "high among high"),
    "LL": ("低值聚集", "low among low"),
    "HL": ("高值被低值包围", "high among low"),
    "LH": ("低值被高值包围", "low among high"),
    "above": ("高于", "above"),
    "below": ("低于", "below"),
}


def words_of(key: str) -> tuple[str, str]:
    """Return a fixed word of the tables, such as a kind of hot spot, in zh and en.

    >>> words_of("hot")
    ('热点', 'hot spot')
    """
    return _WORDS[key]


def sector_names(sectors: Iterable[Named]) -> dict[str, tuple[str, str]]:
    """Return the names of sectors by id, for a result's ``names``."""
    return {sector.id: (sector.name_zh, sector.name_en) for sector in sectors}


@functools.cache
def versions(*further: str) -> Mapping[str, str]:
    """Return the versions of Python, this package and the libraries that computed; ``further`` names more of them.

    >>> sorted(versions())
    ['geopandas', 'numpy', 'pandas', 'parkatlas', 'python', 'scipy', 'shapely']
    """
    names = ("parkatlas", "geopandas", "numpy", "pandas", "scipy", "shapely", *further)
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return MappingProxyType(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A statistic with its definition, unit, numbers used and dropped, seed and versions.

    Attributes
    ----------
    name : str
        The name of the function, as the table of measures has it.
    definition : str
        The formula and the convention chosen where packages differ, in English.
    reference : str
        Paper or standard that defines it.
    unit : str
        Unit of the main value; "1" for a pure number.
    n_used, n_dropped : int
        Enterprises (or areas) that count and those that cannot, for want of a point, a sector or a weight.
    table : DataFrame
        The numbers, tidy; use `to_frame` for a copy. A value that cannot be computed is NaN, with the reason in a
        column ``reason``.
    reading_zh, reading_en : str
        The result in one sentence.
    seed : int or None
        Seed of the random numbers; None where nothing is random.
    params : mapping
        Arguments used, with CRS, window area in km2 and whatever else makes the number reproducible.
    names : mapping of str to (str, str)
        Names in zh and en of ids in the table, sectors above all.
    """

    name: str
    definition: str
    reference: str
    unit: str
    n_used: int
    n_dropped: int
    table: pd.DataFrame
    reading_zh: str
    reading_en: str
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=versions)

    def reading(self, lang: Lang = "en") -> str:
        """Return the result in one sentence."""
        return self.reading_zh if lang == "zh" else self.reading_en

    def defined(self, lang: Lang = "en") -> str:
        """Return the definition in a language; a measure that is not ours has one only."""
        return ZH.get(self.name, self.definition) if lang == "zh" else self.definition

    def cited(self, lang: Lang = "en") -> str:
        """Return the reference; what is no publication is put in the language."""
        return REFERENCES_ZH.get(self.reference, self.reference) if lang == "zh" else self.reference

    def unit_in(self, lang: Lang = "en") -> str:
        """Return the unit in a language."""
        return UNITS_ZH.get(self.unit, self.unit) if lang == "zh" else self.unit

    def titles(self, lang: Lang = "en") -> dict[str, str]:
        """Return the titles of the table's columns."""
        return columns.titles(map(str, self.table.columns), lang)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def with_places(self) -> pd.DataFrame:
        """Return a copy of the table as files hold it: where it has geometry, with longitude and latitude."""
        return self.to_frame()

    def name_of(self, key: object, lang: Lang = "en") -> str:
        """Return the name of a sector, level or other id of the table; what has no name stands for itself."""
        words = self.names.get(str(key)) or _WORDS.get(str(key))
        if words is None and lang == "zh":
            return REASONS.get(str(key), str(key))
        return words[lang == "en"] if words else str(key)

    def named(self, lang: Lang = "en") -> pd.DataFrame:
        """Return a copy of the table with sectors, levels, reasons and the like in words."""
        table = self.to_frame()
        for column in _NAMED.intersection(table.columns):
            table[column] = table[column].map(lambda key: self.name_of(key, lang), na_action="ignore")
        return table

    @property
    def height(self) -> float:
        """Height in inches that a figure of this result needs: 5, and with many areas a line of text for each."""
        lines = self.table["area_id"].nunique() if "area_id" in self.table else 0
        return min(max(5.0, 1.8 + 0.25 * int(lines)), 14.0)

    @property
    def width(self) -> float:
        """Width in inches that a figure of this result needs."""
        return 8.0

    @property
    def worth_drawing(self) -> bool:
        """Whether the numbers are large enough for a picture among the figures of an atlas."""
        return True

    def plot(self, ax: Axes | None = None, lang: Lang = "en") -> Axes:
        """Draw the result and return the Axes; a new figure is made where none is given.

        Raises
        ------
        DependencyError
            Where matplotlib is not installed: the extra ``plots`` brings it.
        """
        axes = new_axes() if ax is None else ax
        self.draw(axes, lang)
        return axes

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw on the Axes: here the first number of each row as a bar; a family with a better picture overrides it."""
        numbers = self.table.select_dtypes("number")
        if numbers.empty:
            draw_nothing(ax)
            return
        column = numbers.columns[0]
        shown = numbers[column].astype(float).iloc[::-1]
        ax.barh([plain(label) for label in shown.index], shown.to_numpy(), color=BLUE)
        ax.set_xlabel(plain(columns.title(str(column), lang)))

    def record(self) -> dict[str, object]:
        """Return all but the table as plain values for JSON."""
        return {
            "name": self.name,
            "definition": self.definition,
            "definition_zh": self.defined("zh"),
            "reference": self.reference,
            "unit": self.unit,
            "n_used": self.n_used,
            "n_dropped": self.n_dropped,
            "seed": self.seed,
            "params": dict(self.params),
            "versions": dict(self.versions),
            "reading_zh": self.reading_zh,
            "reading_en": self.reading_en,
        }


def new_axes() -> Axes:
    """Return the Axes of a new matplotlib figure, or raise DependencyError naming the extra ``plots``."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise DependencyError("drawing needs matplotlib: pip install 'parkatlas[plots]'") from error
    return pyplot.subplots(layout="constrained")[1]


def draw_nothing(ax: Axes, words: str = "-") -> None:
    """Mark Axes that have nothing to show."""
    ax.text(0.5, 0.5, plain(words), ha="center", va="center", transform=ax.transAxes, color=GREY)


def plain(text: object) -> str:
    r"""Return text that matplotlib shows as it stands: dollar signs are no formula, control characters are visible.

    >>> plain("$x$")
    '\\$x\\$'
    """
    return shorten(str(text)).replace("$", r"\$")


def p_words(p: float) -> str:
    """Return a p-value as readings print it.

    >>> p_words(0.0042), p_words(0.0004), p_words(float("nan"))
    ('p = 0.004', 'p < 0.001', 'p = n/a')
    """
    if math.isnan(p):
        return "p = n/a"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
