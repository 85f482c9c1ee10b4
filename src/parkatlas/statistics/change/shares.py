"""Shift-share: how much of an area's growth is everybody's, its sectors' and its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.statistics.change.provenance import SAYS, founded_by, left_out, synthetic_side
from parkatlas.statistics.membership import Floats, Weight, firms, sizes, top_areas, top_ids
from parkatlas.statistics.result import GREY, Result, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

Method = Literal["dunn", "esteban-marquillas"]
EVERY, OUTSIDE, TOTAL = "all", "outside", "total"
_WORDS = {
    "reference_effect": ("整体增长", "Overall growth", GREY),
    "mix_effect": ("产业结构", "Sector mix", "#e69f00"),
    "local_effect": ("区域竞争力", "Local", "#0072b2"),
    "allocation_effect": ("配置", "Allocation", "#cc79a7"),
}


class Shift(Result):
    """A shift-share split: `draw` stacks the parts of each area's change."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one stacked bar an area, gains above zero and losses below, with the net change as a dot."""
        rows = self.table[(self.table["sector"] == EVERY) & (self.table["area_id"] != TOTAL)]
        at = np.arange(len(rows))
        up, down = np.zeros(len(rows)), np.zeros(len(rows))
        for name in (name for name in _WORDS if name in rows):
            value = rows[name].to_numpy(dtype=float)
            zh, en, colour = _WORDS[name]
            ax.bar(at, value, bottom=np.where(value >= 0, up, down), color=colour, label=zh if lang == "zh" else en)
            up, down = up + np.maximum(value, 0), down + np.minimum(value, 0)
        ax.plot(
            at, rows["change"], linestyle="", marker="o", color="black", label="净变化" if lang == "zh" else "Change"
        )
        ax.set_xticks(at, [plain(name) for name in rows[f"name_{lang}"]], rotation=30, ha="right")
        ax.axhline(0.0, color="black", linewidth=0.8)
        ax.legend(fontsize="small")


def shift_share(
    earlier: gpd.GeoDataFrame | str,
    later: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str = "zone",
    weight: Weight | None = None,
    method: Method = "dunn",
) -> Shift:
    """Split each area's change into what all grew by, what its sectors grew by beyond that, and the rest: its own.

    With e the value of sector i in area r at first, g the growth of the whole, g_i of the sector and g_ir of the
    sector in the area::

        change = e g + e (g_i - g) + e (g_ir - g_i)

    Esteban-Marquillas replaces the last part by e' (g_ir - g_i), with e' what the area would have had with the whole's
    mix, and an allocation part (e - e') (g_ir - g_i). The parts always add up to the change.

    Parameters
    ----------
    earlier, later : GeoDataFrame
        LOCATED registers of the same areas; the earlier may be a date, as in `compare`. The reference is both
        registers as a whole.
    areas : GeoDataFrame
        AREAS. Of nested areas the outermost counts; enterprises in none of the level form a row "outside", so that the
        rows add up to the registers.
    sectors : sequence of Sector
        The taxonomy; enterprises without a sector, or without the weight, are dropped and counted.
    level : {"core", "zone", "park"}
        The areas.
    weight : {"employees", "output"} or None
        What is split; None: enterprises.
    method : {"dunn", "esteban-marquillas"}
        Three parts or four.

    Returns
    -------
    Shift
        One row an area (and "outside" and "total") and sector ("all" first): earlier, later, change, reference_effect,
        mix_effect, local_effect, (allocation_effect,) residue, synthetic (as in
        `compare`). A sector that an area, or the whole, did not have at
        first has no rate of growth: all its change there is local. ``residue`` is 0 but for rounding.

    References
    ----------
    Dunn 1960, A statistical and analytical technique for regional analysis; Esteban-Marquillas 1972.
    """
    if method not in ("dunn", "esteban-marquillas"):
        raise ValueError(f"unknown method {method!r}: dunn or esteban-marquillas")
    ids = [*top_ids(areas, level), OUTSIDE]
    names_of = [sector.id for sector in sectors]
    new, undated = firms(later), 0
    if isinstance(earlier, str):
        new, old, undated = founded_by(new, earlier)
    else:
        old = firms(earlier)
    before, lost_before = _sums(old, top_areas(old, areas, level), ids, names_of, weight)
    after, lost_after = _sums(new, top_areas(new, areas, level), ids, names_of, weight)
    parts = split(before, after, method)
    names = areas.set_index("area_id")[["name_zh", "name_en"]]
    words = [(names.loc[one, "name_zh"], names.loc[one, "name_en"]) for one in ids[:-1]]
    labels = pd.DataFrame(
        [(one, *both) for one, both in zip(ids, [*words, ("区域外", "Outside")], strict=True)]
        + [(TOTAL, "合计", "Total")],
        columns=["area_id", "name_zh", "name_en"],
    )
    table = _tidy(labels, names_of, {"earlier": before, "later": after, **parts})
    zh, en = _read(table)
    made_up, said = synthetic_side(old, new), left_out(undated, len(new))
    table["synthetic"] = pd.array([made_up] * len(table), dtype="str")
    return Shift(
        name="shift_share",
        definition="change = e g + e (g_i - g) + e (g_ir - g_i)"
        + (", the last split by Esteban-Marquillas" if method != "dunn" else ""),
        reference="Dunn 1960" + ("; Esteban-Marquillas 1972" if method != "dunn" else ""),
        unit={None: "enterprises", "employees": "persons", "output": "CNY 10k"}[weight],
        n_used=len(old) + len(new) - lost_before - lost_after,
        n_dropped=lost_before + lost_after + undated,
        table=table,
        names=sector_names(sectors),
        params={"level": level, "weight": weight, "method": method, "synthetic": made_up},
        reading_zh=zh + said[0] + SAYS[made_up][0],
        reading_en=en + said[1] + SAYS[made_up][1],
    )


def split(before: npt.ArrayLike, after: npt.ArrayLike, method: Method = "dunn") -> dict[str, Floats]:
    """Split change, (areas, sectors) in and out; the sum over all areas is the reference.

    >>> parts = split([[10, 10], [30, 50]], [[20, 10], [40, 60]])
    >>> [float(part[0, 0]) for part in parts.values()]
    [3.0, 2.0, 5.0]
    """
    e, f = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    sector = e.sum(axis=0)
    g = _growth(e.sum(), f.sum())
    g_i = np.where(sector > 0, _growth(sector, f.sum(axis=0)), g)
    reference, mix = e * g, e * (g_i - g)
    local = (f - e) - reference - mix
    if method == "dunn":
        return {"reference_effect": reference, "mix_effect": mix, "local_effect": local}
    even = e.sum(axis=1, keepdims=True) * (sector / sector.sum() if sector.sum() > 0 else sector)
    own = np.where(e > 0, even * np.divide(local, e, out=np.zeros_like(e), where=e > 0), local)
    return {"reference_effect": reference, "mix_effect": mix, "local_effect": own, "allocation_effect": local - own}


def _growth(before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    a, b = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    return np.asarray(np.divide(b - a, a, out=np.zeros_like(a), where=a > 0))


def _sums(
    own: gpd.GeoDataFrame,
    tops: pd.Series[str],
    ids: Sequence[str],
    sectors: Sequence[str],
    weight: Weight | None,
) -> tuple[Floats, int]:
    area = pd.Index(ids, dtype="str").get_indexer(tops.fillna(OUTSIDE))
    sector = pd.Index(sectors, dtype="str").get_indexer(own["sector"])
    value = sizes(own, weight)
    used = (sector >= 0) & np.isfinite(value)
    flat = area[used] * len(sectors) + sector[used]
    sums = np.bincount(flat, value[used], minlength=len(ids) * len(sectors))
    return sums.reshape(len(ids), len(sectors)).astype(float), int((~used).sum())


def _tidy(labels: pd.DataFrame, names: Sequence[str], parts: dict[str, Floats]) -> pd.DataFrame:
    """Add the row of all areas and the column of all sectors, and lay the parts out as columns."""
    table = labels.loc[np.repeat(labels.index, len(names) + 1)].reset_index(drop=True)
    table["sector"] = np.tile(np.array([EVERY, *names], dtype=object), len(labels))
    for name, part in parts.items():
        whole = np.vstack([part, part.sum(axis=0)])
        table[name] = np.column_stack([whole.sum(axis=1), whole]).ravel()
    table.insert(table.columns.get_loc("later") + 1, "change", table["later"] - table["earlier"])
    effects = [name for name in _WORDS if name in parts]
    table["residue"] = table["change"] - table[effects].sum(axis=1)
    scale = max(1.0, float(table[["earlier", "later"]].abs().max().max()))
    if not (table["residue"].abs() <= 1e-9 * scale).all():
        raise AssertionError("the parts of a shift-share split must add up to the change")
    return table.astype({"area_id": "str", "name_zh": "str", "name_en": "str", "sector": "str"})


def _read(table: pd.DataFrame) -> tuple[str, str]:
    rows = table[(table["sector"] == EVERY) & ~table["area_id"].isin([OUTSIDE, TOTAL])]
    if rows.empty or not rows[["earlier", "later"]].to_numpy().any():
        return "没有可分解的变化", "There is no change to split"
    best = rows.loc[rows["local_effect"].idxmax()]
    parts = [f"{best[name]:+.4g}" for name in ("change", "reference_effect", "mix_effect", "local_effect")]
    return (
        f"竞争力最强：{best['name_zh']}，变化{parts[0]} = 整体{parts[1]}、结构{parts[2]}、竞争力{parts[3]}",
        f"Strongest of its own: {best['name_en']}, {parts[0]} = overall {parts[1]}, mix {parts[2]}, local {parts[3]}",
    )
