"""Do like values stand together, and where: Moran's I, its local parts, and Getis and Ord's Gi*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from parkatlas.crs import require_metres
from parkatlas.statistics.ground import Coloured
from parkatlas.statistics.hotspots.neighbours import Adjacency, adjacency, restrict
from parkatlas.statistics.hotspots.permutation import tail_counts, two_sided
from parkatlas.statistics.readings import careful, counted, refused
from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing, p_words, words_of
from parkatlas.statistics.window import Bools, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

SEED, PERMUTATIONS, LOCAL_PERMUTATIONS, ALPHA = 0, 999, 9999, 0.05
PALE, HOT, COLD = "#d9d9d9", "#d55e00", "#0072b2"
CELLS = 30  # cells below which a reading warns
_ROUND = 4_000_000  # values permuted at a time


@dataclass(frozen=True, eq=False)
class Field:
    """Values on cells that can be used, with their neighbours; ``why`` says of each cell why not, or nothing."""

    values: Floats
    links: Adjacency
    used: Bools
    why: pd.Series[str]

    @property
    def counts(self) -> Ints:
        """Number of neighbours of each used cell."""
        return np.asarray(np.diff(self.links.indptr), dtype=np.int64)


class Autocorrelation(Result):
    """Global Moran's I, of one set of cells or of several sizes: `draw` sets each beside what chance gives."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw I as a dot and, in grey, the range of plus and minus 1.96 standard deviations round its expectation."""
        rows = self.table.iloc[::-1].reset_index(drop=True)
        if rows["i"].isna().all():
            draw_nothing(ax)
            return
        zh = lang == "zh"
        sizes = rows["size_m"] if "size_m" in rows else [self.params.get("size_m", np.nan)] * len(rows)
        names = [f"{size:g}米网格" if zh else f"{size:g} m" for size in sizes]
        names = [name if np.isfinite(size) else "" for name, size in zip(names, sizes, strict=True)]
        chance = "随机范围（±1.96个标准差）" if zh else "chance (± 1.96 SD)"
        at = np.arange(len(rows))
        ax.errorbar(rows["expected"], at, xerr=1.96 * rows["sd"], fmt="|", color=GREY, capsize=4, label=chance)
        ax.plot(rows["i"], at, "o", color=BLUE, label="观测" if zh else "observed")
        ax.axvline(0.0, color=RED, linewidth=0.6)
        ax.set_yticks(at, names)
        ax.set_ylim(-0.8, len(rows) - 0.2)
        ax.set_xlabel("莫兰指数I" if zh else "Moran's I")
        ax.legend()


def moran(
    cells: gpd.GeoDataFrame | Coloured,
    column: str = "rate_eb",
    *,
    neighbours: Any = "touching",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Result:
    """Return global Moran's I of a column with row-standardised neighbours.

    Parameters
    ----------
    cells : GeoDataFrame or result of a grid
        Polygons or points in metres, one value each. Use rates or densities, not counts, where areas differ.
    column : str
        The value.
    neighbours : str, float or sparse matrix
        As in `adjacency`: "touching", "knn:8", a distance in metres, or a matrix.
    permutations, seed : int
        Number of random permutations and their seed, recorded. The smallest p is 2 / (permutations + 1).

    Returns
    -------
    Result
        One row: i, expected (-1 / (n - 1)), sd (over permutations), z, p (two-sided), n, islands, reason. Cells without
        a value and islands (no neighbour) are dropped and counted; fewer than three cells or equal values give NaN
        with a reason. The value depends on the cells chosen (size and origin): compute it on several.

    References
    ----------
    Moran 1950, Notes on continuous stochastic phenomena. Cliff and Ord 1981, Spatial processes: models and
    applications.
    """
    frame = _frame(cells)
    field = _field(frame, column, neighbours)
    row = _moran(field, permutations, seed)
    row["islands"] = int((field.why == "island").sum())
    why = str(row["reason"])
    alike = "相似值聚集" if row["i"] > row["expected"] else "相似值分散"
    words = "alike values stand together" if row["i"] > row["expected"] else "alike values keep apart"
    if not row["p"] <= ALPHA:
        alike, words = "与随机分布无显著差异", "not distinguishable from chance"
    said = f"I = {row['i']:.3f}, {p_words(row['p'])}"
    return Autocorrelation(
        name="moran",
        definition="Moran's I = (n / S0) sum w_ij z_i z_j / sum z_i^2, rows of w summing to 1; permutations, two-sided "
        "p.",
        reference="Moran 1950; Cliff and Ord 1981",
        unit="1",
        n_used=int(field.used.sum()),
        n_dropped=int((~field.used).sum()),
        table=pd.DataFrame([row]),
        seed=seed,
        params=_params(frame, field, column, neighbours, permutations),
        **(refused(why) if why else careful(f"{alike}：{said}", f"{words}: {said}", row["n"], CELLS)),
    )


def local_moran(
    cells: gpd.GeoDataFrame | Coloured,
    column: str = "rate_eb",
    *,
    neighbours: Any = "touching",
    permutations: int = LOCAL_PERMUTATIONS,
    seed: int = SEED,
    alpha: float = ALPHA,
) -> Coloured:
    """Return local Moran's I of each cell, with conditional permutations, two-sided p and its FDR correction.

    Parameters
    ----------
    cells, column, neighbours, seed
        As in `moran`.
    permutations : int
        At least 9,999 is advised: p cannot be smaller than 2 / (permutations + 1), and hundreds of tests need small p.
    alpha : float
        False discovery rate for ``kind``.

    Returns
    -------
    Coloured
        GeoDataFrame on the index of ``cells``: cell or area_id where there is one, value, neighbours, i, lag (mean of
        the neighbours), p, p_fdr (Benjamini and Hochberg), quadrant (HH, LL, HL, LH), kind (the quadrant where p_fdr <=
        alpha and the neighbours differ by size too, else "not significant"), reason, geometry. Islands and cells
        without a value are NaN with a reason.

    Notes
    -----
    I_i = z_i mean(z_j) / (sum z^2 / n): the mean over cells is the global I. Packages that divide by n - 1 give values
    (n - 1) / n as large. Permutations see ranks: where most cells are empty, smoothed rates that differ by next to
    nothing would make "significant" cold spots. A cell therefore needs both: p_fdr <= alpha, and a sum of neighbours
    that lies as far from its mean over all permutations as alpha asks of a normal deviate.

    References
    ----------
    Anselin 1995, Local indicators of spatial association - LISA. Benjamini and Hochberg 1995, Controlling the false
    discovery rate.
    """
    frame = _frame(cells)
    field = _field(frame, column, neighbours)
    table = _blank(frame, field, ("i", "lag", "p", "p_fdr"))
    table["quadrant"], table["kind"] = "", ""
    if _enough(field):
        z = field.values - field.values.mean()
        sums, counts = field.links @ z, field.counts
        above, below = tail_counts(z, counts, sums, permutations, np.random.default_rng(seed))
        p = two_sided(above, below, permutations)
        quadrant = np.where(z > 0, np.where(sums > 0, "HH", "HL"), np.where(sums > 0, "LH", "LL"))
        found = {
            "i": z * (sums / counts) / ((z**2).mean()),
            "lag": sums / counts + field.values.mean(),
            "p": p,
            "p_fdr": false_discovery_control(p, method="bh"),
            "quadrant": quadrant,
        }
        _fill(table, field, found)
        sure = (found["p_fdr"] <= alpha) & _apart(field, alpha)
        table.loc[field.used, "kind"] = np.where(sure, quadrant, "not significant")
    shades = (("HH", HOT), ("LL", COLD), ("HL", "#e69f00"), ("LH", "#56b4e9"), ("not significant", PALE))
    return _local(
        "local_moran",
        frame,
        field,
        table,
        shades,
        definition="Local Moran's I_i = z_i mean(z_j) / (sum z^2 / n); conditional permutations, two-sided p, "
        "Benjamini-Hochberg FDR; a kind also needs a normal deviate of alpha among the permutations.",
        reference="Anselin 1995; Benjamini and Hochberg 1995",
        seed=seed,
        params={**_params(frame, field, column, neighbours, permutations), "alpha": alpha},
    )


def getis_ord(
    cells: gpd.GeoDataFrame | Coloured,
    column: str = "rate_eb",
    *,
    neighbours: Any = "touching",
    permutations: int = LOCAL_PERMUTATIONS,
    seed: int = SEED,
    alpha: float = ALPHA,
) -> Coloured:
    """Return Getis and Ord's Gi* of each cell: hot and cold spots, the cell itself counted in.

    Parameters
    ----------
    cells, column, neighbours, permutations, seed, alpha
        As in `local_moran`.

    Returns
    -------
    Coloured
        GeoDataFrame on the index of ``cells``: value, neighbours (without the cell itself), z (Gi*), p_normal (from z,
        two-sided), p (conditional permutations, two-sided), p_fdr (Benjamini and Hochberg on p), kind ("hot", "cold" or
        "not significant", decided as in `local_moran`), reason, geometry. Islands and cells without a value are NaN
        with a reason.

    Notes
    -----
    z = (sum_j w x - mean W) / (S sqrt((n sum w^2 - W^2) / (n - 1))) with binary w, j including i (Ord and Getis 1995).

    References
    ----------
    Ord and Getis 1995, Local spatial autocorrelation statistics: distributional issues and an application.
    """
    frame = _frame(cells)
    field = _field(frame, column, neighbours)
    table = _blank(frame, field, ("z", "p_normal", "p", "p_fdr"))
    table["kind"] = ""
    if _enough(field):
        x, counts, n = field.values, field.counts, len(field.values)
        sums = field.links @ x
        weight = counts + 1.0
        with np.errstate(invalid="ignore", divide="ignore"):
            z = (sums + x - x.mean() * weight) / (x.std() * np.sqrt((n * weight - weight**2) / (n - 1.0)))
        above, below = tail_counts(x, counts, sums, permutations, np.random.default_rng(seed))
        p = two_sided(above, below, permutations)
        found = {"z": z, "p_normal": 2.0 * norm.sf(np.abs(z)), "p": p, "p_fdr": false_discovery_control(p, method="bh")}
        _fill(table, field, found)
        spot = np.where(z > 0, "hot", "cold")
        sure = (found["p_fdr"] <= alpha) & _apart(field, alpha)
        table.loc[field.used, "kind"] = np.where(sure, spot, "not significant")
    return _local(
        "getis_ord",
        frame,
        field,
        table,
        (("hot", HOT), ("cold", COLD), ("not significant", PALE)),
        definition="Gi* with binary neighbours, the cell itself included; conditional permutations, two-sided p, "
        "Benjamini-Hochberg FDR; a kind also needs a normal deviate of alpha among the permutations.",
        reference="Ord and Getis 1995; Benjamini and Hochberg 1995",
        seed=seed,
        params={**_params(frame, field, column, neighbours, permutations), "alpha": alpha},
    )


def _apart(field: Field, alpha: float) -> Bools:
    """Say which sums of neighbours lie far from their mean, in the standard deviations of all permutations.

    The k neighbours are drawn without replacement from the n - 1 other cells, so both moments are exact.
    """
    x, k, others = field.values, field.counts, len(field.values) - 1
    mean = (x.sum() - x) / others
    variance = np.maximum(((x**2).sum() - x**2) / others - mean**2, 0.0)
    spread = np.sqrt(k * variance * (others - k) / max(others - 1, 1))
    return np.asarray(np.abs(field.links @ x - k * mean) >= norm.isf(alpha / 2.0) * spread)


def _frame(cells: gpd.GeoDataFrame | Coloured) -> gpd.GeoDataFrame:
    frame = cells.table if isinstance(cells, Result) else cells
    require_metres(frame)
    return frame


def _field(frame: gpd.GeoDataFrame, column: str, neighbours: Any) -> Field:
    if column not in frame.columns:
        raise KeyError(f"no column {column!r}; there are {', '.join(map(str, frame.columns))}")
    values = pd.to_numeric(frame[column]).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    why = pd.Series("", index=frame.index, dtype="str")
    links = adjacency(frame, neighbours)
    used = np.isfinite(values)
    why[~used] = "no value"
    while used.any():  # a cell whose only neighbour has no value is an island too
        lonely = np.diff(restrict(links, used).indptr) == 0
        if not lonely.any():
            break
        fresh = np.flatnonzero(used)[lonely]
        why.iloc[fresh] = "island"
        used[fresh] = False
    if used.sum() < 3:
        why[used] = "fewer than three cells"
    elif np.ptp(values[used]) == 0:
        why[used] = "all values are equal"
    return Field(values[used], restrict(links, used), used, why)


def _enough(field: Field) -> bool:
    return len(field.values) >= 3 and bool(np.ptp(field.values) > 0)


def _moran(field: Field, permutations: int, seed: int) -> dict[str, Any]:
    n = len(field.values)
    row: dict[str, Any] = {"i": np.nan, "expected": np.nan, "sd": np.nan, "z": np.nan, "p": np.nan, "n": n}
    if not _enough(field):
        return {**row, "reason": "fewer than three cells" if n < 3 else "all values are equal"}
    z = field.values - field.values.mean()
    share = 1.0 / field.counts
    scale = float(z @ z)  # S0 is n: each row sums to 1
    observed = float((z * share) @ (field.links @ z)) / scale
    rng, drawn, width = np.random.default_rng(seed), [], max(_ROUND // n, 1)
    for first in range(0, permutations, width):
        some = rng.permuted(np.tile(z[:, None], (1, min(width, permutations - first))), axis=0)
        drawn.append(((some * share[:, None]) * (field.links @ some)).sum(axis=0) / scale)
    values = np.concatenate(drawn)
    slack = 1e-12
    above, below = (np.array([part.sum()]) for part in (values >= observed - slack, values <= observed + slack))
    p = two_sided(above, below, permutations)[0]
    sd = float(values.std(ddof=1))
    return {
        "i": observed,
        "expected": -1.0 / (n - 1),
        "sd": sd,
        "z": (observed - float(values.mean())) / sd if sd > 0 else np.nan,
        "p": float(p),
        "n": n,
        "reason": "",
    }


def _blank(frame: gpd.GeoDataFrame, field: Field, names: tuple[str, ...]) -> gpd.GeoDataFrame:
    value, count = np.full(len(frame), np.nan), np.zeros(len(frame), dtype=np.int64)
    value[field.used], count[field.used] = field.values, field.counts
    named = {name: frame[name] for name in ("cell", "area_id") if name in frame.columns}
    data = {**named, "value": value, "neighbours": count, **dict.fromkeys(names, np.nan)}
    table = gpd.GeoDataFrame(data, index=frame.index, geometry=frame.geometry, crs=frame.crs)
    table["reason"] = field.why
    return table


def _fill(table: gpd.GeoDataFrame, field: Field, found: dict[str, Any]) -> None:
    for name, values in found.items():
        table.loc[field.used, name] = values


def _local(
    name: str,
    frame: gpd.GeoDataFrame,
    field: Field,
    table: gpd.GeoDataFrame,
    shades: tuple[tuple[str, str], ...],
    **more: Any,
) -> Coloured:
    raw, kept = int((table["p"] <= ALPHA).sum()), int((~table["kind"].isin(["", "not significant"])).sum())
    counts = [(int((table["kind"] == kind).sum()), kind) for kind, _ in shades[:-1]]
    parts = [f"{n} {words_of(kind)[1]}{'s' if kind in {'hot', 'cold'} and n != 1 else ''}" for n, kind in counts]
    named = [f"{n}个{words_of(kind)[0]}" for n, kind in counts]
    few = field.why[field.used].iloc[0] if not _enough(field) and field.used.any() else ""
    few = few or ("" if field.used.any() else "no cell with a value and a neighbour")
    zh = f"{raw}个单元p ≤ 0.05，FDR校正后{kept}个（{'，'.join(named)}）"
    en = f"{counted(raw, 'cell')} with p <= 0.05, {kept} after FDR correction ({', '.join(parts)})"
    order = [column for column in table.columns if column not in {"reason", "geometry"}] + ["reason", "geometry"]
    return Coloured(
        name=name,
        unit="1",
        n_used=int(field.used.sum()),
        n_dropped=len(frame) - int(field.used.sum()),
        table=gpd.GeoDataFrame(table[order], crs=frame.crs),
        column="kind",
        colours=(*shades, ("", GREY)),
        **(refused(few) if few else careful(zh, en, int(field.used.sum()), CELLS)),
        **more,
    )


def _params(frame: gpd.GeoDataFrame, field: Field, column: str, neighbours: Any, permutations: int) -> dict[str, Any]:
    rule = neighbours if isinstance(neighbours, (str, int, float)) else "matrix"
    islands = frame.index[(field.why == "island").to_numpy()].tolist()
    crs = None if frame.crs is None else frame.crs.to_string()
    return {"column": column, "neighbours": rule, "permutations": permutations, "islands": islands, "crs": crs}
