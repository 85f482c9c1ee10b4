"""Are a sector's plants nearer together than darts on a board would be? Indices over areas that do not overlap."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from parkatlas.statistics import exact
from parkatlas.statistics.columns import title
from parkatlas.statistics.concentration.cells import Cells, Floats, cells, throw
from parkatlas.statistics.membership import Weight, level_words
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, GREY, Result, p_words, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

_MOST_BARS = 30
ONE_PLANT, ONE_AREA, NO_PLANT = "one plant", "one area", "no plant"
DARTS = "null: each plant lands in an area with the area's share of all weight; simulated p, two-sided"


class Ranking(Result):
    """An index by level and sector: `draw` ranks the sectors, those significant after FDR in blue."""

    value: str = "gamma"

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar a sector and level, ordered by value; grey where p_fdr is 0.05 or more.

        Of more than thirty the thirty farthest from zero are drawn.
        """
        shown = self.table.dropna(subset=[self.value])
        shown = shown.loc[shown[self.value].abs().nlargest(_MOST_BARS).index].sort_values(self.value)
        who = [key for key in ("sector", "sector_i", "sector_j") if key in shown]
        names = [
            plain(" & ".join(self.name_of(one, lang) for one in row[:-1]) + f" | {level_words(row[-1])[lang == 'en']}")
            for row in shown[[*who, "level"]].itertuples(index=False)
        ]
        ax.barh(np.arange(len(shown)), shown[self.value], color=np.where(shown["p_fdr"] < 0.05, BLUE, GREY).tolist())
        ax.set_yticks(np.arange(len(shown)), names)
        ax.axvline(0.0, color="black", linewidth=0.8)
        grey = "（灰色：FDR后不显著）" if lang == "zh" else " (grey: not significant after FDR)"
        ax.set_xlabel(title(self.value, lang) + grey)

    @property
    def height(self) -> float:
        """Height in inches: a line a bar."""
        return 1.5 + 0.24 * max(12, min(len(self.table), _MOST_BARS))


def ellison_glaeser(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    weight: Weight | None = "employees",
    grid_m: float | None = 1000.0,
    simulations: int = 999,
    seed: int = 0,
) -> Ranking:
    """Compute the Ellison-Glaeser index gamma of each sector: concentration beyond that of its plants' sizes.

    With s the sector's and x the register's share of an area, z a plant's share of its sector::

        G = sum (s - x)^2        H = sum z^2
        gamma = (G / (1 - sum x^2) - H) / (1 - H)

    Below 0.02 concentration is low, above 0.05 high. Areas decide the number: it is given for zones, parks and a grid
    side by side, and no level is the true one.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS. Enterprises without an area of the level, a sector or a weight are dropped and counted.
    sectors : sequence of Sector
        The taxonomy.
    level : {"core", "zone", "park"}, optional
        One level only. Of nested areas the outermost counts.
    weight : {"employees", "output"} or None
        Size of a plant; None: all alike.
    grid_m : float or None
        Cell of the grid that stands beside zones and parks where no level is chosen.
    simulations, seed : int
        Random throws for p.

    Returns
    -------
    Ranking
        One row a level and sector: n (plants), areas (that hold any weight), H, G, gamma, expected_G = (1 - sum x^2) H,
        sd_G, z, strength (low, medium, high), p (simulated), p_fdr (over the rows), reason. One plant, or one area,
        gives NaN and the reason: gamma is not defined there.

    References
    ----------
    Ellison and Glaeser 1997, Geographic concentration in U.S. manufacturing industries: a dartboard approach.
    """
    options = {"level": level, "weight": weight, "grid_m": grid_m, "simulations": simulations, "seed": seed}
    return _rank(_ELLISON_GLAESER, located, areas, sectors, options)


def maurel_sedillot(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    weight: Weight | None = "employees",
    grid_m: float | None = 1000.0,
    simulations: int = 999,
    seed: int = 0,
) -> Ranking:
    """Compute the Maurel-Sedillot index: how much likelier two plants of a sector share an area than by size alone.

    ``gamma = ((sum s^2 - sum x^2) / (1 - sum x^2) - H) / (1 - H)``: as `ellison_glaeser`, whose arguments and rows it
    has (without expected_G, sd_G and z), but counting only concentration in areas that are large.

    References
    ----------
    Maurel and Sedillot 1999, A measure of the geographic concentration in French manufacturing industries.
    """
    options = {"level": level, "weight": weight, "grid_m": grid_m, "simulations": simulations, "seed": seed}
    return _rank(_MAUREL_SEDILLOT, located, areas, sectors, options)


def coagglomeration(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    weight: Weight | None = "employees",
    grid_m: float | None = 1000.0,
    simulations: int = 999,
    seed: int = 0,
) -> Ranking:
    """Compute for each pair of sectors whether their plants choose the same areas.

    ``gamma = sum (s_i - x)(s_j - x) / (1 - sum x^2)``: above 0 they go together, below they avoid each other.

    Parameters
    ----------
    located, areas, sectors, level, weight, grid_m, simulations, seed
        As for `ellison_glaeser`.

    Returns
    -------
    Ranking
        One row a level and pair: sector_i, sector_j, n_i, n_j, gamma, p (both thrown at random), p_fdr, reason. NaN
        where either sector has no plant, or there is one area.

    References
    ----------
    Ellison, Glaeser and Kerr 2010, What causes industry agglomeration?
    """
    rng = np.random.default_rng(seed)
    records: list[dict[str, object]] = []
    counted: dict[str, tuple[int, int]] = {}
    for one in cells(located, areas, sectors, level=level, weight=weight, grid_m=grid_m):
        records += _pairs(one, simulations, rng)
        counted[one.level] = len(one.area), one.n_dropped
    used, dropped, by_level = tally(counted)
    table = with_fdr(records, ("level", "sector_i", "sector_j", "n_i", "n_j", "gamma", "p", "p_fdr", "reason"))
    zh, en = _read(table, sectors, ("共聚", "go together"), ("相互回避", "avoid each other"), dropped)
    return Ranking(
        name="coagglomeration",
        definition="gamma_ij = sum (s_i - x)(s_j - x) / (1 - sum x^2); " + DARTS,
        reference="Ellison, Glaeser and Kerr 2010",
        unit="1",
        n_used=used,
        n_dropped=dropped,
        table=table,
        seed=seed,
        names=sector_names(sectors),
        params={"level": level, "weight": weight, "grid_m": grid_m, "simulations": simulations, **by_level},
        reading_zh=zh,
        reading_en=en,
    )


def dartboard_moments(z: Floats, x: Floats) -> tuple[float, float]:
    """Return mean and variance of G where plants of shares z fall at random on areas of shares x.

    Ellison and Glaeser 1997: E[G] = (1 - sum x^2) H, Var[G] = 2 {H^2 [X2 - 2 X3 + X2^2] - Z4 [X2 - 4 X3 + 3 X2^2]}.
    """
    h, z4 = float((z**2).sum()), float((z**4).sum())
    x2, x3 = float((x**2).sum()), float((x**3).sum())
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - z4 * (x2 - 4 * x3 + 3 * x2**2))
    return (1 - x2) * h, max(variance, 0.0)


@dataclass(frozen=True)
class _Index:
    """An index of agglomeration: ``raw`` takes shares s (any leading axes) and x; gamma takes H out of it."""

    name: str
    raw: Callable[[Floats, Floats], Floats]
    formula: str
    reference: str

    def gamma(self, s: Floats, x: Floats, h: float) -> Floats:
        return np.asarray((self.raw(s, x) / (1 - (x**2).sum()) - h) / (1 - h))


_ELLISON_GLAESER = _Index(
    "ellison_glaeser", lambda s, x: ((s - x) ** 2).sum(axis=-1), "sum (s - x)^2", "Ellison and Glaeser 1997"
)
_MAUREL_SEDILLOT = _Index(
    "maurel_sedillot",
    lambda s, x: (s**2).sum(axis=-1) - (x**2).sum(),
    "(sum s^2 - sum x^2)",
    "Maurel and Sedillot 1999",
)


def _rank(
    index: _Index,
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    options: Mapping[str, Any],
) -> Ranking:
    rng = np.random.default_rng(options["seed"])
    records: list[dict[str, object]] = []
    counted: dict[str, tuple[int, int]] = {}
    for one in cells(located, areas, sectors, **{key: options[key] for key in ("level", "weight", "grid_m")}):
        records += [_sector(one, k, index, options["simulations"], rng) for k in range(len(sectors))]
        counted[one.level] = len(one.area), one.n_dropped
    used, dropped, by_level = tally(counted)
    moments = ("expected_G", "sd_G", "z") if index is _ELLISON_GLAESER else ()
    columns = ("level", "sector", "n", "areas", "H", "G", "gamma", *moments, "strength", "p", "p_fdr", "reason")
    table = with_fdr(records, columns)
    zh, en = _read(table, sectors, ("集聚", "is concentrated"), ("分散", "is dispersed"), dropped)
    return Ranking(
        name=index.name,
        definition=f"gamma = ({index.formula}/(1 - sum x^2) - H)/(1 - H); " + DARTS,
        reference=index.reference,
        unit="1",
        n_used=used,
        n_dropped=dropped,
        table=table,
        seed=options["seed"],
        names=sector_names(sectors),
        params={**{key: value for key, value in options.items() if key != "seed"}, **by_level},
        reading_zh=zh,
        reading_en=en,
    )


def _sector(one: Cells, k: int, index: _Index, simulations: int, rng: np.random.Generator) -> dict[str, object]:
    x, z = one.area_shares(), one.plant_shares(k)
    held = x > 0
    record: dict[str, object] = {"level": one.level, "sector": one.sectors[k], "n": len(z), "areas": int(held.sum())}
    if not len(z):
        return {**record, "reason": NO_PLANT}
    x, s = x[held], one.sector_shares(k)[held]
    h, g = float((z**2).sum()), float(((s - x) ** 2).sum())
    record |= {"H": h, "G": g}
    if len(z) == 1 or len(x) == 1:
        return {**record, "reason": ONE_PLANT if len(z) == 1 else ONE_AREA}
    gamma = float(index.gamma(s, x, h))
    mean, variance = dartboard_moments(z, x)
    drawn = index.gamma(throw(z, x, simulations, rng), x, h)
    return record | {
        "gamma": gamma,
        "expected_G": mean,
        "sd_G": variance**0.5,
        "z": (g - mean) / variance**0.5 if variance > 0 else None,
        "strength": "low" if gamma < 0.02 else "high" if gamma > 0.05 else "medium",
        "p": float(exact.simulated_p(gamma, drawn)),
    }


def _pairs(one: Cells, simulations: int, rng: np.random.Generator) -> list[dict[str, object]]:
    x, n = one.area_shares(), one.plants().tolist()
    held = x > 0
    rest = 1 - (x[held] ** 2).sum()
    spread = [one.sector_shares(k)[held] - x[held] for k in range(len(n))]
    drawn = [throw(one.plant_shares(k), x[held], simulations, rng) - x[held] if n[k] else None for k in range(len(n))]
    records: list[dict[str, object]] = []
    for i, j in itertools.combinations(range(len(n)), 2):
        record: dict[str, object] = {"level": one.level, "sector_i": one.sectors[i], "sector_j": one.sectors[j]}
        record |= {"n_i": n[i], "n_j": n[j]}
        one_i, one_j = drawn[i], drawn[j]
        if one_i is None or one_j is None or held.sum() < 2:
            records.append({**record, "reason": ONE_AREA if n[i] and n[j] else NO_PLANT})
            continue
        gamma = float((spread[i] * spread[j]).sum() / rest)
        p = float(exact.simulated_p(gamma, (one_i * one_j).sum(axis=1) / rest))
        records.append({**record, "gamma": gamma, "p": p})
    return records


def with_fdr(records: list[dict[str, object]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return records as a table of these columns, dtypes set, with p adjusted over all its rows."""
    table = pd.DataFrame(records, columns=list(columns))
    texts = [name for name in ("level", "sector", "sector_i", "sector_j", "strength", "reason") if name in columns]
    numbers = [name for name in columns if name not in texts and name not in ("n", "n_i", "n_j", "areas")]
    table = table.astype(dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64"))
    table["p_fdr"] = exact.adjust(table["p"])
    return table


def tally(counted: Mapping[str, tuple[int, int]]) -> tuple[int, int, dict[str, object]]:
    """Return used and dropped of the level that uses fewest, and for the parameters what each level dropped."""
    used, dropped = min(counted.values(), default=(0, 0))
    return used, dropped, {"dropped_by_level": {level: lost for level, (_, lost) in counted.items()}}


def nothing(dropped: int) -> tuple[str, str]:
    """Return the reading of an index that has no value."""
    return (
        f"无法计算：有区域、产业和规模的企业太少（{dropped}家因缺项未计入）",
        f"Nothing can be computed: too few enterprises with an area, a sector and a size ({dropped} were dropped)",
    )


def _read(
    table: pd.DataFrame, sectors: Sequence[Sector], above: tuple[str, str], below: tuple[str, str], dropped: int
) -> tuple[str, str]:
    """Say the strongest significant row in words, and how many more there are."""
    tested = table.dropna(subset=["gamma"])
    if tested.empty:
        return nothing(dropped)
    found = tested[tested["p_fdr"] < 0.05]
    if found.empty:
        return (
            f"{len(tested)}个结果在FDR校正后均不显著",
            f"None of {counted(len(tested), 'value')} is significant after FDR",
        )
    best = found.loc[found["gamma"].abs().idxmax()]
    names = {sector.id: sector for sector in sectors}
    who = [names[best[key]] for key in ("sector", "sector_i", "sector_j") if key in best]
    zh, en = above if best["gamma"] > 0 else below
    p = p_words(best["p_fdr"])
    level_zh, level_en = level_words(best["level"])
    return (
        f"{len(tested)}个结果中{len(found)}个显著；最强：{'与'.join(w.name_zh for w in who)}在{level_zh}层级"
        f"{zh}（γ = {best['gamma']:.3f}，FDR {p}）",
        f"{len(found)} of {counted(len(tested), 'value')} significant; strongest: "
        f"{' and '.join(w.name_en for w in who)} {en} by {level_en} (gamma {best['gamma']:.3f}, FDR {p})",
    )
