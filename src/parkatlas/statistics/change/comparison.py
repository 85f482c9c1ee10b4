"""Two registers, or one at two dates: who came, who left, who moved and who stayed, by area and sector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy.sparse as sp

from parkatlas.crs import metric_crs, project, require_wgs84
from parkatlas.schema import LEVELS
from parkatlas.statistics import indices
from parkatlas.statistics.change.matching import Matches, match
from parkatlas.statistics.change.provenance import SAYS, founded_by, left_out, synthetic_side
from parkatlas.statistics.counts.tables import one_hot
from parkatlas.statistics.membership import Floats, Membership, firms, membership
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, RED, Result, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

EVERY = "all"
_FLOWS = ("entries", "exits", "stayed", "moved_in", "moved_out", "switched_in", "switched_out")


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Result):
    """What changed; ``enterprises`` says it enterprise by enterprise."""

    enterprises: pd.DataFrame

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw what each area gained (right) and lost (left): entries and arrivals, exits and departures."""
        rows = self.table[(self.table["sector"] == EVERY) & (self.table["level"] != "total")].iloc[::-1]
        at, names = np.arange(len(rows)), [plain(name) for name in rows[f"name_{lang}"]]
        words = ("新增", "迁入", "退出", "迁出") if lang == "zh" else ("Entries", "Moved in", "Exits", "Moved out")
        ax.barh(at, rows["entries"], color=BLUE, label=words[0])
        ax.barh(at, rows["moved_in"], left=rows["entries"], color=BLUE, alpha=0.5, label=words[1])
        ax.barh(at, -rows["exits"], color=RED, label=words[2])
        ax.barh(at, -rows["moved_out"], left=-rows["exits"], color=RED, alpha=0.5, label=words[3])
        ax.set_yticks(at, names)
        ax.axvline(0.0, color="black", linewidth=0.8)
        ax.legend(fontsize="small")


def compare(
    earlier: gpd.GeoDataFrame | str,
    later: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector] = (),
    *,
    moved_m: float = 200.0,
) -> Comparison:
    """Compare two registers of the same areas by area and sector.

    Parameters
    ----------
    earlier : GeoDataFrame or str
        LOCATED, or a date ("2020", "2020-06"): the enterprises of ``later`` founded by then. With a date nobody can
        leave, since a register lists survivors only, and enterprises without a founding date are dropped and counted.
    later, areas : GeoDataFrame
        LOCATED and AREAS; both registers located in the same areas.
    sectors : sequence of Sector, optional
        Rows by sector too.
    moved_m : float
        A survivor whose point moved farther than this many metres, and than both points' uncertainty together, is
        ``relocated`` even inside one area: closer is as likely another geocoding as another street.

    Returns
    -------
    Comparison
        One row an area (then outside, unplaced, total) and sector ("all" first): earlier, later, entries, exits,
        stayed, moved_in and moved_out (between areas, and from and to no known place), switched_in and switched_out
        (of sector, in the same area),
        relocated, net, growth (NaN from zero), lq_earlier and lq_later (location quotients in either register; NaN for
        "all"), synthetic (which register holds enterprises that do not
        exist: earlier, later, both or ""). ``later = earlier + entries - exits + moved_in - moved_out + switched_in
        - switched_out`` holds in every row. ``enterprises`` has one row an enterprise: status (stayed, moved, entry,
        exit), ids, name, matched_by, distance_m, places and sectors before and after. ``params`` tells how many were
        matched by id, by code and by name: a changed id that nothing else matches looks like an exit and an entry.

    Raises
    ------
    ValueError
        For a date that is not ISO 8601, or an enterprise in an area that ``areas`` does not have.
    CRSError
        For registers that are not in WGS 84.

    References
    ----------
    Davis, Haltiwanger and Schuh 1996, Job creation and destruction (entry, exit and survival accounts).
    """
    for register in (later,) if isinstance(earlier, str) else (earlier, later):
        require_wgs84(register)
    new = firms(later)
    unknown = 0
    if isinstance(earlier, str):
        new, old, unknown = founded_by(new, earlier)
    else:
        old = firms(earlier)
    pairs = match(old, new)
    who = membership(old, areas), membership(new, areas)
    distance = _distances(old, new, pairs)
    far = distance > np.maximum(moved_m, _uncertainty(old, new, pairs))
    blocks = [_flows(who, pairs, (np.ones((len(old), 1)), np.ones((len(new), 1))), far)]
    names = [sector.id for sector in sectors]
    if names:
        hot = one_hot(old["sector"], names)[0].toarray(), one_hot(new["sector"], names)[0].toarray()
        blocks.append(_flows(who, pairs, hot, far))
    table = _tidy(who[0].labels, [EVERY, *names], np.concatenate(blocks, axis=2))
    people = _enterprises(old, new, pairs, who, distance)
    zh, en = _read(people, pairs, len(old))
    made_up, undated = synthetic_side(old, new), left_out(unknown, len(new))
    table["synthetic"] = pd.array([made_up] * len(table), dtype="str")
    return Comparison(
        name="compare",
        definition="matched one to one by id, then code, then name; later = earlier + entries - exits + moved in - "
        "moved out + switched in - switched out",
        reference="Davis, Haltiwanger and Schuh 1996",
        unit="enterprises",
        n_used=len(people),
        n_dropped=unknown,
        table=table,
        enterprises=people,
        names=sector_names(sectors),
        params={"moved_m": moved_m, "synthetic": made_up, **pairs.report()},
        reading_zh=zh + undated[0] + SAYS[made_up][0],
        reading_en=en + undated[1] + SAYS[made_up][1],
    )


def _distances(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, pairs: Matches) -> Floats:
    """Return how far each matched enterprise's point moved, in metres; NaN where either has none."""
    if not len(pairs.earlier):
        return np.zeros(0)
    a, b = old.geometry.iloc[pairs.earlier], new.geometry.iloc[pairs.later]
    lon, lat = (np.concatenate([getattr(a, axis), getattr(b, axis)]) for axis in ("x", "y"))
    if not np.isfinite(lon).any():
        return np.full(len(pairs.earlier), np.nan)
    east, north = project(lon, lat, metric_crs(lon, lat))
    half = len(a)
    moved: Floats = np.hypot(east[half:] - east[:half], north[half:] - north[:half])
    return moved


def _uncertainty(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, pairs: Matches) -> Floats:
    both = (old["uncertainty_m"].iloc[pairs.earlier], new["uncertainty_m"].iloc[pairs.later])
    stated: list[Floats] = [np.nan_to_num(one.to_numpy(dtype=float)) for one in both]
    return stated[0] + stated[1]


def _flows(who: tuple[Membership, Membership], pairs: Matches, kind: tuple[Floats, Floats], far: np.ndarray) -> Floats:
    """Return stocks and flows, (10, rows, kinds): earlier, later, the flows, relocated.

    ``kind`` is enterprises by kinds (all alike, or sectors), before and after.
    """
    before, after = who[0].matrix, who[1].matrix
    gone = np.setdiff1d(np.arange(len(kind[0])), pairs.earlier)
    came = np.setdiff1d(np.arange(len(kind[1])), pairs.later)
    was, now = before[:, pairs.earlier], after[:, pairs.later]
    both = sp.csr_array(was.multiply(now))
    a, b = kind[0][pairs.earlier], kind[1][pairs.later]
    flows: Floats = np.array(
        [
            before @ kind[0],
            after @ kind[1],
            after[:, came] @ kind[1][came],
            before[:, gone] @ kind[0][gone],
            both @ (a * b),
            (now - both) @ b,
            (was - both) @ a,
            both @ (b - a * b),
            both @ (a - a * b),
            now @ (b * far[:, None]),
        ]
    )
    return flows


def _tidy(labels: pd.DataFrame, names: Sequence[str], flows: Floats) -> pd.DataFrame:
    table = labels.loc[np.repeat(labels.index, len(names))].reset_index(drop=True)
    table["sector"] = pd.array(np.tile(np.array(names, dtype=object), len(labels)), dtype="str")
    for name, values in zip(("earlier", "later", *_FLOWS, "relocated"), flows, strict=True):
        table[name] = values.ravel().astype(int)
    table["net"] = table["later"] - table["earlier"]
    table["growth"] = (table["net"] / table["earlier"].where(table["earlier"] > 0)).astype(float)
    for name, stock in zip(("lq_earlier", "lq_later"), flows[:2], strict=True):
        sectors = stock[:, 1:]
        lq = indices.divide(indices.shares(sectors), indices.shares(sectors[-1]))
        table[name] = np.column_stack([np.full(len(labels), np.nan), lq]).ravel()
    return table


def _enterprises(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, pairs: Matches, who: tuple[Membership, ...], distance: Floats
) -> pd.DataFrame:
    """Return one row an enterprise: the matched in the order of the earlier register, then exits, then entries."""
    gone = np.setdiff1d(np.arange(len(old)), pairs.earlier)
    came = np.setdiff1d(np.arange(len(new)), pairs.later)
    a = np.concatenate([pairs.earlier, gone, np.full(len(came), -1)])
    b = np.concatenate([pairs.later, np.full(len(gone), -1), came])
    same = (abs(who[0].matrix[:, pairs.earlier] - who[1].matrix[:, pairs.later]).sum(axis=0) == 0).ravel()
    for frame, rows in ((old, pairs.earlier), (new, pairs.later)):  # to have no place is not to have moved
        same |= frame["outcome"].iloc[rows].eq("unplaced").to_numpy()
    status = [*np.where(same, "stayed", "moved"), *["exit"] * len(gone), *["entry"] * len(came)]
    columns: dict[str, object] = {"status": status}
    columns |= {"earlier_id": _take(old, "enterprise_id", a), "later_id": _take(new, "enterprise_id", b)}
    columns["name_zh"] = np.where(b >= 0, _take(new, "name_zh", b), _take(old, "name_zh", a))
    columns["matched_by"] = np.concatenate([pairs.key.astype(object), np.full(len(gone) + len(came), None)])
    columns["distance_m"] = np.concatenate([distance, np.full(len(gone) + len(came), np.nan)])
    for name in (*(f"{level}_id" for level in LEVELS), "sector"):
        columns |= {f"earlier_{name}": _take(old, name, a), f"later_{name}": _take(new, name, b)}
    table = pd.DataFrame(columns)
    return table.astype({name: "str" for name in table.columns if name != "distance_m"})


def _take(frame: gpd.GeoDataFrame, name: str, rows: np.ndarray) -> np.ndarray:
    """Return values of a column at row positions, None at -1."""
    values = np.empty(len(frame) + 1, dtype=object)
    values[:-1] = frame[name].to_numpy(dtype=object, na_value=None)
    return np.asarray(values[rows])


def _read(people: pd.DataFrame, pairs: Matches, old: int) -> tuple[str, str]:
    n = people["status"].value_counts().reindex(["stayed", "moved", "exit", "entry"], fill_value=0)
    kept = n["stayed"] + n["moved"]
    how = pairs.report()
    warn = old and kept / old < 0.5
    remain = "remains" if kept == 1 else "remain"
    return (
        f"期初{old}家，留存{kept}家（编号匹配{how['matched_by_id']}，信用代码{how['matched_by_code']}，"
        f"名称{how['matched_by_name']}），其中跨区域迁移{n['moved']}家；退出{n['exit']}家，新增{n['entry']}家"
        + ("；匹配不足一半，退出与新增可能只是编号或名称变更" if warn else ""),
        f"Of {counted(old, 'enterprise')} {kept} {remain} (matched by id {how['matched_by_id']}, "
        f"code {how['matched_by_code']}, name {how['matched_by_name']}), {n['moved']} of them in another "
        f"area; {n['exit']} left and {n['entry']} came"
        + ("; fewer than half could be matched: exits and entries may be changed ids or names" if warn else ""),
    )
