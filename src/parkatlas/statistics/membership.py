"""Which enterprise counts for which area: nested areas rolled up, and nothing counted twice at a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from parkatlas.errors import PlanError
from parkatlas.findings import Rule
from parkatlas.model import ancestors
from parkatlas.schema import LEVELS

if TYPE_CHECKING:
    import geopandas as gpd

Weight = Literal["employees", "output"]
WEIGHTS: tuple[Weight, ...] = ("employees", "output")
Floats = npt.NDArray[np.float64]

# the rows that stand below the areas of every table: id = level, names
RESTS = {
    "outside": ("区域外", "Outside all areas"),
    "unplaced": ("无位置", "Not placed"),
    "total": ("合计", "Total"),
}

NO_LEVEL = Rule(
    "statistics.no-level",
    "error",
    zh="规划中没有层级为 {value} 的区域；现有层级：{levels}",
    en="no area has the level '{value}'; the levels of the plan: {levels}",
    hint_zh="请换用现有层级，或在 plan.toml 中加入该层级的区域。",
    hint_en="Choose one of these, or add areas of that level to plan.toml.",
)

_LEVELS = {"core": ("核心区", "core"), "zone": ("片区", "zone"), "park": ("园区", "park")}


def level_words(level: str) -> tuple[str, str]:
    """Return a level in zh and en, as readings name it; a grid's name holds the side of its cells.

    >>> level_words("park"), level_words("grid 1000 m")
    (('园区', 'park'), ('1000米网格', 'grid of 1000 m'))
    """
    if level.startswith("grid "):
        side = level.split()[1]
        return f"{side}米网格", f"grid of {side} m"
    return _LEVELS[level]


@dataclass(frozen=True)
class Membership:
    """Areas by enterprises.

    ``labels`` names the rows: the areas in their own order, then outside, unplaced and total (columns area_id, level,
    name_zh, name_en). ``matrix`` is sparse, rows by enterprises, 1 where the enterprise counts for the row.
    """

    labels: pd.DataFrame
    matrix: sp.csr_array

    def sums(self, values: npt.ArrayLike | sp.csr_array) -> Floats:
        """Return sums over the enterprises of each row; ``values`` is (n,) or (n, k)."""
        total = self.matrix @ values
        return total.toarray() if sp.issparse(total) else np.asarray(total, dtype=float)


def membership(located: pd.DataFrame, areas: pd.DataFrame) -> Membership:
    """Return who counts where.

    An enterprise counts for its own core, zone and park and for every ancestor of these at the same level. A park in a
    zone does not count for the zone: the zone has counted the enterprise itself.

    Raises
    ------
    ValueError
        Where an enterprise stands in an area that ``areas`` does not have.
    """
    ids = pd.Index(areas["area_id"].astype("str"))
    own = _own(located, ids)
    inside = _rollup(areas, ids).T @ own
    rest = [located["outcome"].eq(outcome).to_numpy() for outcome in ("outside", "unplaced")]
    below = sp.csr_array(np.vstack([*rest, np.ones(len(located), dtype=bool)]).astype(float))
    rows = areas[["area_id", "level", "name_zh", "name_en"]]
    ends = pd.DataFrame([(key, key, *names) for key, names in RESTS.items()], columns=rows.columns)
    labels = pd.concat([pd.DataFrame(rows), ends], ignore_index=True).astype("str")
    return Membership(labels, sp.csr_array(sp.vstack([inside, below])))


def top_areas(located: pd.DataFrame, areas: pd.DataFrame, level: str) -> pd.Series[str]:
    """Return for each enterprise the outermost area of a level that it stands in, NaN where none: a partition.

    Nested areas overlap, so measures that add areas up use the outermost one of the level only.
    """
    check_level(level)
    levels = dict(zip(areas["area_id"], areas["level"], strict=True))
    tops = {
        area: [one for one in (area, *chain) if levels[one] == level][-1]
        for area, chain in ancestors(areas).items()
        if levels[area] == level
    }
    return located[f"{level}_id"].map(tops).astype("str").rename("area_id")


def top_ids(areas: pd.DataFrame, level: str) -> list[str]:
    """Return the outermost areas of a level, in the order of ``areas``."""
    levels = dict(zip(areas["area_id"], areas["level"], strict=True))
    chains = ancestors(areas)
    return [a for a in areas["area_id"] if levels[a] == level and not any(levels[one] == level for one in chains[a])]


def _own(located: pd.DataFrame, ids: pd.Index[str]) -> sp.csr_array:
    """Return areas by enterprises, 1 for the areas an enterprise names itself: one a level at most."""
    rows, columns, unknown = [], [], set()
    for level in LEVELS:
        given = located[f"{level}_id"]
        code = ids.get_indexer(given)
        unknown |= set(given[(code < 0) & given.notna().to_numpy()])
        rows.append(code[code >= 0])
        columns.append(np.flatnonzero(code >= 0))
    if unknown:
        raise ValueError(f"enterprises stand in areas that the areas table does not have: {', '.join(sorted(unknown))}")
    where = np.concatenate(rows), np.concatenate(columns)
    return sp.csr_array((np.ones(len(where[0])), where), shape=(len(ids), len(located)))


def _rollup(areas: pd.DataFrame, ids: pd.Index[str]) -> sp.csr_array:
    """Return areas by areas, 1 where the first counts for the second: itself and its ancestors of the same level."""
    levels = dict(zip(areas["area_id"], areas["level"], strict=True))
    pairs = [
        (area, one) for area, chain in ancestors(areas).items() for one in (area, *chain) if levels[one] == levels[area]
    ]
    where = ids.get_indexer([a for a, _ in pairs]), ids.get_indexer([b for _, b in pairs])
    return sp.csr_array((np.ones(len(pairs)), where), shape=(len(ids), len(ids)))


def firms(located: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the enterprises among the rows: institutes and platforms are not counted with them."""
    return located[located["entity"].eq("enterprise")]


def sizes(own: gpd.GeoDataFrame, weight: str | None) -> Floats:
    """Return the size of each enterprise: 1 for no weight, else what it states, NaN where it states nothing.

    Raises ValueError for a weight that is none of employees, output and None.
    """
    if weight is None:
        return np.ones(len(own))
    if weight not in WEIGHTS:
        raise ValueError(f"unknown weight {weight!r}: one of {', '.join(WEIGHTS)}, or None to count enterprises")
    return np.asarray(own[weight].to_numpy(dtype=float, na_value=np.nan))


def check_level(level: str | None) -> None:
    """Raise ValueError unless the level is core, zone, park or None (all of them, side by side)."""
    if level is not None and level not in LEVELS:
        raise ValueError(f"unknown level {level!r}: one of {', '.join(LEVELS)}, or None for all of them side by side")


def require_level(areas: pd.DataFrame, level: str) -> None:
    """Refuse a level that there is not (ValueError), or that no area of the plan has (PlanError, naming those it has).

    >>> require_level(pd.DataFrame({"level": ["zone", "park"]}), "core")
    Traceback (most recent call last):
    parkatlas.errors.PlanError: no area has the level 'core'; the levels of the plan: zone, park...
    """
    check_level(level)
    given = set(areas["level"])
    if level not in given:
        raise PlanError(NO_LEVEL.at(value=level, levels=", ".join(one for one in LEVELS if one in given) or "-"))


def rows_of(labels: pd.DataFrame, level: str | None, *, rests: bool = True) -> npt.NDArray[np.intp]:
    """Return the positions of the rows of a level (all levels for None), with or without outside and the like."""
    check_level(level)
    given = labels["level"]
    rest = given.isin(list(RESTS))
    wanted = ~rest if level is None else given.eq(level)
    return np.flatnonzero(wanted | rest if rests else wanted)
