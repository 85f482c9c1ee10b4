"""Location quotients with what keeps them honest: expected counts, exact intervals, and p-values for many cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from parkatlas.statistics import exact, indices
from parkatlas.statistics.counts.tables import one_hot, stated
from parkatlas.statistics.membership import Floats, firms, membership, rows_of
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import Result, draw_nothing, p_words, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

_CUT_DRAWS = 999


class Quotients(Result):
    """Location quotients: `draw` makes a heat map centred at 1; cells with few expected enterprises stay grey."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw sectors by areas, coloured by the LQ on a log scale; small cells show their interval on grey.

        Areas without an enterprise, and sectors that nobody is in, have nothing to show and are left out.
        """
        from matplotlib import colormaps
        from matplotlib.colors import LogNorm

        table = self._shown()
        if table.empty:
            draw_nothing(ax)
            return
        sectors = table["sector"].drop_duplicates().tolist()
        shape = len(table) // len(sectors), len(sectors)
        areas = table[f"name_{lang}"].iloc[:: len(sectors)].tolist()
        shown = table["lq"].clip(0.25, 4.0).mask(table["small"] | table["lq"].isna()).to_numpy().reshape(shape)
        colours = colormaps["PuOr_r"].with_extremes(bad="#e4e4e4")
        image = ax.imshow(np.ma.masked_invalid(shown), cmap=colours, norm=LogNorm(0.25, 4.0), aspect="auto")
        for at, (lq, low, high, small) in enumerate(table[["lq", "low", "high", "small"]].itertuples(index=False)):
            if np.isfinite(lq):
                ink = "#606060" if small else "white" if lq >= 2.6 or lq <= 0.4 else "black"
                place = {"ha": "center", "va": "center", "fontsize": 5.5 if small else 7, "color": ink}
                words = f"{_short(low)}–{_short(high)}" if small else f"{lq:.2f}"
                ax.text(at % shape[1], at // shape[1], words, **place)  # type: ignore[arg-type]
        count = "（{}）" if lang == "zh" else " ({})"
        names = [f"{name}{count.format(n)}" for name, n in zip(areas, table["n"].iloc[:: len(sectors)], strict=True)]
        ax.set_yticks(np.arange(shape[0]), [plain(name) for name in names])
        names = [plain(self.name_of(sector, lang)) for sector in sectors]
        ax.set_xticks(np.arange(shape[1]), names, rotation=30, ha="right", rotation_mode="anchor")
        if ax.figure is not None:
            label = (
                "区位商（灰色：期望不足5家，仅示95%区间）"
                if lang == "zh"
                else "LQ (grey: fewer than 5 expected, only the 95 % interval)"
            )
            bar = ax.figure.colorbar(image, ax=ax, label=label, ticks=[0.25, 0.5, 1, 2, 4], fraction=0.04)
            bar.ax.set_yticklabels(["≤0.25", "0.5", "1", "2", "≥4"])
            bar.minorticks_off()

    def _shown(self) -> pd.DataFrame:
        held = self.table.groupby("sector")["expected"].transform("max") > 0
        return self.table[(self.table["n"] > 0) & held]

    @property
    def width(self) -> float:
        """Width in inches: room for the names of areas, and for an interval in each cell."""
        return min(4.5 + 0.65 * int(self.table["sector"].nunique()), 14.0)

    @property
    def height(self) -> float:
        """Height in inches: a line an area that has enterprises."""
        return min(max(4.0, 2.4 + 0.25 * int(self._shown()["area_id"].nunique())), 14.0)

    @property
    def worth_drawing(self) -> bool:
        """Whether any cell has the 5 expected enterprises that a quotient needs; else a picture decorates noise."""
        return bool((~self.table["small"]).any())


def _short(bound: float) -> str:
    return f"{bound:.0f}" if bound >= 9.95 else f"{bound:.1f}"


def location_quotient(
    located: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    sectors: Sequence[Sector],
    *,
    level: str | None = None,
    reference: Mapping[str, float] | None = None,
    test: Literal["binomial", "hypergeometric"] = "binomial",
    seed: int = 0,
) -> Quotients:
    """Compare each area's sector mix with a reference, with interval, test and a warning where numbers are small.

    With k of the area's n enterprises in a sector whose share of the reference is p::

        LQ = (k / n) / p        expected = n p        k ~ Binomial(n, p) if the area is as mixed as the reference

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS. Enterprises without a sector of the taxonomy are dropped and counted.
    sectors : sequence of Sector
        The taxonomy.
    level : {"core", "zone", "park"}, optional
        One level only.
    reference : mapping of str to float, optional
        Shares (or counts) of every sector in a region or nation; scaled to sum to 1. Unless given, the reference is
        the register itself: all its enterprises with a sector, wherever they are.
    test : {"binomial", "hypergeometric"}
        Law of k. With the register as reference the area is part of it: binomial p-values are then conservative and
        the hypergeometric law (Fisher's exact test) is the exact one.
    seed : int
        For the bootstrap of the SLQ cut-off.

    Returns
    -------
    Quotients
        One row an area (and outside) and sector: k, n, expected, lq, lq_employees (the same of employment, without a
        test), low and high (95 % Clopper-Pearson interval of k / n, over p), p (two-sided, exact), p_fdr
        (Benjamini-Hochberg over all rows), slq (z of ln LQ over the areas of a level; areas with k = 0 have none),
        slq_cut (bootstrapped 95th percentile), small (fewer than 5 expected: do not read as specialisation), reason.
        NaN with a reason where the area has no enterprise or the reference lacks the sector.

    Raises
    ------
    ValueError
        For a reference that lacks a sector or holds negative numbers.

    References
    ----------
    O'Donoghue and Gleave 2004, A note on methods for measuring industrial agglomeration (SLQ); Tian 2013 (bootstrap);
    Clopper and Pearson 1934; Benjamini and Hochberg 1995.
    """
    own = firms(located)
    who = membership(own, areas)
    rows = rows_of(who.labels, level)[:-2]  # outside stays; unplaced and total are no places
    names = [sector.id for sector in sectors]
    hot, _ = one_hot(own["sector"], names)
    k, total = who.sums(hot)[rows], who.sums(hot)[-1]
    p = indices.shares(total if reference is None else _given(reference, names))
    labels = who.labels.iloc[rows].reset_index(drop=True)
    table = labels.loc[np.repeat(labels.index, len(names))].reset_index(drop=True)
    table["sector"] = pd.array(np.tile(np.array(names, dtype=object), len(rows)), dtype="str")
    value, _ = stated(own["employees"], np.ones(len(own), dtype=bool))
    jobs = who.sums(hot.multiply(value[:, None]).tocsr())
    table = table.assign(**_quotients(k, p, jobs[rows], jobs[-1], total if test == "hypergeometric" else None))
    table["slq"], table["slq_cut"] = _standardised(table, len(names), np.random.default_rng(seed))
    table["reason"] = table.pop("reason")
    zh, en = _read(table, sectors)
    used = int(total.sum())
    return Quotients(
        name="location_quotient",
        definition=f"LQ = (k/n)/p; p from {'the register itself' if reference is None else 'the given reference'}; "
        f"{test} p, two-sided exact; Clopper-Pearson interval; SLQ = z of ln LQ over the areas of a level",
        reference="O'Donoghue and Gleave 2004; Tian 2013; Clopper and Pearson 1934; Benjamini and Hochberg 1995",
        unit="1",
        n_used=used,
        n_dropped=len(own) - used,
        table=table,
        seed=seed,
        names=sector_names(sectors),
        params={"level": level, "test": test, "reference": dict(zip(names, p.tolist(), strict=True))},
        reading_zh=zh,
        reading_en=en,
    )


def _given(reference: Mapping[str, float], names: Sequence[str]) -> Floats:
    missing = [name for name in names if name not in reference]
    shares = np.array([reference.get(name, 0.0) for name in names], dtype=float)
    if missing or not (shares >= 0).all():
        raise ValueError(f"the reference needs a share of 0 or more for every sector (missing: {', '.join(missing)})")
    return shares


def _quotients(k: Floats, p: Floats, jobs: Floats, all_jobs: Floats, totals: Floats | None) -> dict[str, object]:
    n = k.sum(axis=1, keepdims=True)
    low, high = exact.clopper_pearson(k, n)
    tested = exact.binomial_p(k, n, p) if totals is None else exact.hypergeometric_p(k, n, totals, totals.sum())
    tested = np.where(p > 0, tested, np.nan)
    columns = {
        "k": k.astype(int),
        "n": np.broadcast_to(n.astype(int), k.shape),
        "expected": n * p,
        "lq": indices.divide(indices.shares(k), p),
        "lq_employees": indices.divide(indices.shares(jobs), indices.shares(all_jobs)),
        "low": indices.divide(low, p),
        "high": indices.divide(high, p),
        "p": tested,
        "p_fdr": exact.adjust(tested),
        "small": ~(n * p >= exact.FEW),
        "reason": np.where(
            n > 0, np.where(p > 0, "", "sector absent from the reference"), "no enterprise with a sector"
        ),
    }
    return {name: column.ravel() for name, column in columns.items()}


def _standardised(table: pd.DataFrame, sectors: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return z of ln LQ over the areas of each level and sector, and the bootstrapped 95th percentile of these z."""
    slq, cut = np.full(len(table), np.nan), np.full(len(table), np.nan)
    codes = np.arange(len(table)) % sectors if sectors else np.arange(0)
    logs = np.log(table["lq"].where(table["lq"] > 0).to_numpy(dtype=float))
    for rows in table.assign(code=codes).groupby(["level", "code"], sort=False).indices.values():
        known = rows[np.isfinite(logs[rows])]
        if len(known) < 3 or np.ptp(logs[known]) < 1e-12:
            continue
        z = (logs[known] - logs[known].mean()) / logs[known].std(ddof=1)
        slq[known] = z
        cut[rows] = np.percentile(rng.choice(z, (_CUT_DRAWS, len(z))), 95, axis=1).mean()
    return slq, cut


def _read(table: pd.DataFrame, sectors: Sequence[Sector]) -> tuple[str, str]:
    tested = table.dropna(subset=["p"])
    if tested.empty:
        return "没有可计算的区位商：没有带产业领域的企业", "There is no quotient: no enterprise has a sector"
    solid = tested[~tested["small"]]
    if solid.empty:
        return (
            f"{len(tested)}个区位商的期望企业数均不足5家，不能据此判断专业化",
            f"Each of {counted(len(tested), 'quotient')} rests on fewer than 5 expected enterprises: no specialisation",
        )
    found = solid[solid["p_fdr"] < 0.05]
    few_zh = f"；{len(tested) - len(solid)}个期望不足5家，仅供参考" if len(solid) < len(tested) else ""
    few_en = f"; {len(tested) - len(solid)} more with fewer than 5 expected" if len(solid) < len(tested) else ""
    if found.empty:
        return (
            f"{len(solid)}个区位商均与参照无显著差异{few_zh}",
            f"None of {counted(len(solid), 'quotient')} differs from the reference{few_en}",
        )
    best = found.loc[found["lq"].idxmax()]
    name = next(sector for sector in sectors if sector.id == best["sector"])
    differ = "differs" if len(found) == 1 else "differ"
    interval = f"{best['lq']:.2f} [{best['low']:.2f}, {best['high']:.2f}]"
    return (
        f"{len(solid)}个区位商中{len(found)}个与参照有显著差异；最高：{best['name_zh']}的{name.name_zh}，{interval}，"
        f"{best['k']}家，FDR {p_words(best['p_fdr'])}{few_zh}",
        f"{len(found)} of {counted(len(solid), 'quotient')} {differ} from the reference; highest: {name.name_en} in "
        f"{best['name_en']}, {interval}, n = {best['k']}, FDR {p_words(best['p_fdr'])}{few_en}",
    )
