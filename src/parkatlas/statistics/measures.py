"""The one table of measures: what the command line lists, the documentation describes and the tests walk through.

A measure is a function of located enterprises, areas and (where it says so) the taxonomy, giving a `Result`, a frame
or a Series. Anything callable with ``(located, areas)`` may be run in place of a name.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from parkatlas.findings import Lang
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import Result, sector_names

if TYPE_CHECKING:
    import geopandas as gpd

    from parkatlas.model import Sector

Family = Literal["counts", "concentration", "pattern", "hotspots", "clusters", "change"]
Need = Literal["located", "areas", "sectors", "plan", "today", "earlier", "later"]

FAMILIES: dict[Family, tuple[str, str]] = {
    "counts": ("数量与结构", "Counts and mix"),
    "concentration": ("集聚与专业化", "Concentration"),
    "pattern": ("空间格局", "Spatial pattern"),
    "hotspots": ("热点", "Hot spots"),
    "clusters": ("集群", "Clusters"),
    "change": ("变化", "Change"),
}


@dataclass(frozen=True)
class Measure:
    """A function of the statistics room, known by name.

    ``needs`` are its first arguments, in order; ``earlier`` and ``later`` are two located registers. The function is
    found in the file of its family, or in ``home``, when it is first used. ``reader`` names a function beside it that
    makes a `Result` of the frame it returns and of the number of enterprises of the register.
    """

    name: str
    family: Family
    needs: tuple[Need, ...]
    title_zh: str
    title_en: str
    home: str = ""
    reader: str = ""

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, imported now."""
        module = importlib.import_module(f"parkatlas.statistics.{self.home or self.family}")
        found: Callable[..., Any] = getattr(module, self.name)
        return found

    def read(self, value: Any, n: int | None = None) -> Result:
        """Return what the function returned as a `Result`; ``n`` enterprises are in the register."""
        if self.reader:
            module = importlib.import_module(f"parkatlas.statistics.{self.home or self.family}")
            value = getattr(module, self.reader)(value, n)
        return as_result(value, self.name, self.function.__doc__)

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the arguments that may be given beside what it needs."""
        return tuple(name for name in inspect.signature(self.function).parameters if name not in self.needs)

    def title(self, lang: Lang = "en") -> str:
        """Return the title in a language."""
        return self.title_zh if lang == "zh" else self.title_en


_REGISTER: tuple[Need, ...] = ("located", "areas")
_SECTORS: tuple[Need, ...] = ("located", "areas", "sectors")

_COUNTS = [
    Measure("area_table", "counts", _REGISTER, "区域统计", "Areas", reader="read_areas"),
    Measure("sector_table", "counts", _SECTORS, "区域与产业", "Areas and sectors", reader="read_sectors"),
    Measure("sector_mix", "counts", _SECTORS, "产业构成", "Sector mix"),
    Measure("herfindahl", "counts", _REGISTER, "赫芬达尔指数", "Herfindahl index"),
    Measure("effective_number", "counts", _REGISTER, "有效产业数", "Effective number of sectors"),
    Measure("shannon", "counts", _REGISTER, "香农指数", "Shannon index"),
    Measure("distance_bands", "counts", _SECTORS, "距园区距离", "Distance to the nearest park"),
    Measure("targets", "counts", ("plan", "today"), "目标进度", "Targets"),
]
_CONCENTRATION = [
    Measure("location_quotient", "concentration", _SECTORS, "区位商", "Location quotient"),
    Measure("ellison_glaeser", "concentration", _SECTORS, "EG集聚指数", "Ellison-Glaeser index"),
    Measure("maurel_sedillot", "concentration", _SECTORS, "MS集聚指数", "Maurel-Sedillot index"),
    Measure("coagglomeration", "concentration", _SECTORS, "产业共聚指数", "Coagglomeration"),
    Measure("locational_gini", "concentration", _SECTORS, "区位基尼系数", "Locational Gini"),
    Measure("krugman", "concentration", _SECTORS, "克鲁格曼专业化指数", "Krugman specialisation index"),
    Measure("theil", "concentration", _REGISTER, "泰尔指数", "Theil index"),
    Measure("relatedness", "concentration", _SECTORS, "产业关联度", "Relatedness of sectors"),
    Measure("three_star", "concentration", _SECTORS, "三星集群", "Three-star clusters"),
]
_PATTERN = [
    Measure("centre", "pattern", _REGISTER, "中心与标准距离", "Centres and standard distance", "registers"),
    Measure("deviational_ellipse", "pattern", _REGISTER, "标准差椭圆", "Standard deviational ellipse", "registers"),
    Measure("clark_evans", "pattern", _REGISTER, "最近邻指数", "Clark-Evans index", "registers"),
    Measure("ripley_k", "pattern", _REGISTER, "Ripley K函数", "Ripley's K", "registers"),
    Measure("ripley_l", "pattern", _REGISTER, "Besag L函数", "Besag's L", "registers"),
    Measure("cross_k", "pattern", _SECTORS, "交叉K函数", "Cross K of two sectors", "registers"),
    Measure("inhomogeneous_k", "pattern", _SECTORS, "非均匀K函数", "Inhomogeneous K", "registers"),
    Measure("duranton_overman", "pattern", _SECTORS, "DO核密度", "Duranton-Overman K-density", "registers"),
    Measure("marcon_puech_m", "pattern", _SECTORS, "MP的M函数", "Marcon-Puech M", "registers"),
    Measure("envelope", "pattern", _SECTORS, "包络检验", "Envelope test", "registers"),
]
_HOTSPOTS = [
    Measure("hex_grid", "hotspots", _REGISTER, "六边形网格", "Hexagons", "registers"),
    Measure("square_grid", "hotspots", _REGISTER, "方形网格", "Squares", "registers"),
    Measure("kernel_density", "hotspots", _REGISTER, "核密度", "Kernel density", "registers"),
    Measure("moran", "hotspots", _REGISTER, "莫兰指数", "Moran's I", "registers"),
    Measure("local_moran", "hotspots", _REGISTER, "局部莫兰指数", "Local Moran's I", "registers"),
    Measure("getis_ord", "hotspots", _REGISTER, "热点分析", "Getis-Ord Gi*", "registers"),
]
_CLUSTERS = [
    Measure("k_distance", "clusters", _REGISTER, "K距离曲线", "k-distance curve", "registers"),
    Measure("dbscan", "clusters", _REGISTER, "DBSCAN聚类", "DBSCAN clusters", "registers"),
    Measure("hdbscan", "clusters", _REGISTER, "HDBSCAN聚类", "HDBSCAN clusters", "registers"),
    Measure("cluster_report", "clusters", _SECTORS, "集群报告", "Cluster report", "registers"),
]
_CHANGE = [
    Measure("compare", "change", ("earlier", "later", "areas", "sectors"), "两期名录对比", "Two registers compared"),
    Measure("shift_share", "change", ("earlier", "later", "areas", "sectors"), "偏离份额分析", "Shift-share"),
    Measure("centre_shift", "change", ("earlier", "later"), "中心迁移", "Shift of the centre"),
]

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for family in (_COUNTS, _CONCENTRATION, _PATTERN, _HOTSPOTS, _CLUSTERS, _CHANGE)
    for measure in family
}


# whose table has geometry, and can be written as a GIS layer
MAPPED = frozenset({
    "centre", "deviational_ellipse", "hex_grid", "square_grid", "kernel_density", "local_moran", "getis_ord", "dbscan",
    "hdbscan", "cluster_report",
})  # fmt: skip


def find(name: str) -> Measure:
    """Return the measure of that name, or raise ValueError with the nearest name."""
    if name in MEASURES:
        return MEASURES[name]
    near = nearest(name)
    meant = f"did you mean {near!r}?" if near else f"one of {', '.join(MEASURES)}"
    raise ValueError(f"unknown measure {name!r}: {meant}")


def nearest(name: str) -> str | None:
    """Return the name of a measure that is most like another name, if any is."""
    return next(iter(difflib.get_close_matches(name, MEASURES, n=1)), None)


def of_one_register(families: Iterable[Family] = tuple(FAMILIES)) -> tuple[Measure, ...]:
    """Return the measures that one register and its plan suffice for, in the table's order."""
    wanted, enough = set(families), {"located", "areas", "sectors"}
    return tuple(m for m in MEASURES.values() if m.family in wanted and enough.issuperset(m.needs))


def run(
    measure: str | Measure | Callable[..., Any],
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector] = (),
    **options: Any,
) -> Result:
    """Compute one measure and return its `Result`.

    Parameters
    ----------
    measure : str, Measure or callable
        A name in `MEASURES`, or any function of ``(located, areas, **options)``; a frame or Series that it returns
        is wrapped.
    located, areas : GeoDataFrame
        LOCATED and AREAS tables, WGS 84. Never changed.
    sectors : sequence of Sector
        The plan's taxonomy, for measures that need it.
    **options
        Further arguments of the measure, such as ``level="park"``.

    Raises
    ------
    ValueError
        For a name that is not in the table.
    PlanError
        For a ``level`` that no area of the plan has, naming those there are.
    TypeError
        For an option that the measure does not have, naming those it has.
    """
    if callable(measure) and not isinstance(measure, Measure):
        return as_result(measure(located, areas, **options), getattr(measure, "__name__", "measure"), measure.__doc__)
    known = find(measure) if isinstance(measure, str) else measure
    given = {"located": located, "areas": areas, "sectors": sectors}
    missing = [need for need in known.needs if need not in given and need not in options]
    unknown = [name for name in options if name not in known.options and name not in known.needs]
    if missing or unknown:
        words = [f"{known.name} needs {', '.join(missing)}"] if missing else []
        words += (
            [f"{known.name} has no option {', '.join(unknown)}, only {', '.join(known.options)}"] if unknown else []
        )
        raise TypeError("; ".join(words))
    arguments: dict[str, Any] = {need: given[need] for need in known.needs if need in given}
    if options.get("level") is not None:
        from parkatlas.statistics.membership import require_level

        require_level(areas, options["level"])
    n = int(located["entity"].eq("enterprise").sum()) if known.reader else None
    return reading(known, known.function(**{**arguments, **options}), sectors, n)


def reading(measure: Measure, value: Any, sectors: Sequence[Sector] = (), n: int | None = None) -> Result:
    """Return as a `Result` what the function of a measure gave, or a table like it that was come by otherwise.

    ``n`` is the number of enterprises of the register, which a table of those with a sector does not tell.
    """
    result = measure.read(value, n)
    return result if result.names or not sectors else dataclasses.replace(result, names=sector_names(sectors))


def by_family(results: Mapping[str, Result], lang: Lang) -> dict[str, dict[str, Result]]:
    """Return results by name sorted into families, titles for keys: what a workbook with a sheet a family needs."""
    sheets: dict[str, dict[str, Result]] = {}
    for key, words in FAMILIES.items():
        blocks = {MEASURES[name].title(lang): one for name, one in results.items() if MEASURES[name].family == key}
        if blocks:
            sheets[words[lang == "en"]] = blocks
    return sheets


def as_result(value: Any, name: str, doc: str | None = None) -> Result:
    """Return a Result as it is, and a frame or Series as the table of one; anything else raises TypeError."""
    import pandas as pd

    if isinstance(value, Result):
        return value
    if isinstance(value, pd.Series):
        value = value.to_frame(name=value.name or name)
    if not isinstance(value, pd.DataFrame):
        raise TypeError(f"{name} returned {type(value).__name__}, not a Result, a frame or a Series")
    words = inspect.cleandoc(doc or name).split("\n\n", maxsplit=1)[0].replace("\n", " ")
    return Result(
        name=name,
        definition=words,
        reference="",
        unit="",
        n_used=len(value),
        n_dropped=0,
        table=value,
        reading_zh=f"{name}：共{len(value)}行",
        reading_en=f"{name}: {counted(len(value), 'row')}",
    )
