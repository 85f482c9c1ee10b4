"""What an area is made of: shares of sectors, and how concentrated or mixed they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from parkatlas.statistics import indices
from parkatlas.statistics.columns import title
from parkatlas.statistics.counts.tables import one_hot
from parkatlas.statistics.exact import FEW
from parkatlas.statistics.membership import Floats, Weight, firms, membership, rows_of, sizes
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, GREY, Result, plain, sector_names

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Sector

_RANKED = 5  # an index of fewer enterprises than this is not ranked in a reading: it says more of chance than of mix
_TOP = 3
_TRIFLE = 1e-12  # values nearer to each other than this differ by rounding alone
NOBODY = "no enterprise with a sector"
PALE = "#e4e4e4"


@dataclass(frozen=True, kw_only=True, eq=False)
class Mix(Result):
    """A sector mix; ``mix`` holds the enterprises by area (rows, as in ``table``) and sector (columns)."""

    mix: pd.DataFrame
    colours: tuple[str | None, ...] = ()

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the shares of sectors as one stacked bar an area, with its number of enterprises.

        Shares of fewer than 5 enterprises are withheld: the bar is pale and without parts.
        """
        zh = lang == "zh"
        rows = np.flatnonzero((self.table["n_sector"] > 0) | (self.table["level"] == "total"))[::-1]
        counts = self.mix.to_numpy()[rows]
        enough = counts.sum(axis=1) >= FEW
        count = [f"（{n}）" if zh else f" ({n})" for n in self.table["n_sector"].iloc[rows]]
        names = [plain(f"{a}{n}") for a, n in zip(self.table[f"name_{lang}"].iloc[rows], count, strict=True)]
        share = np.nan_to_num(indices.shares(counts)) * 100.0 * enough[:, None]
        left, at = np.cumsum(share, axis=1) - share, np.arange(len(rows))
        for k, sector in enumerate(self.mix.columns):
            if not counts[:, k].any():
                continue
            colour = self.colours[k] if k < len(self.colours) else None
            words = plain(self.name_of(sector, lang))
            ax.barh(at, share[:, k], left=left[:, k], label=words, color=colour, edgecolor="white", linewidth=0.3)
        few = (counts.sum(axis=1) > 0) & ~enough
        if few.any():
            words = f"不足{FEW:.0f}家，不列比重" if zh else f"fewer than {FEW:.0f}: no shares"
            ax.barh(at[few], np.full(few.sum(), 100.0), color=PALE, label=words)
        ax.set_yticks(at, names)
        ax.set_xlim(0.0, 100.0)
        ax.margins(y=0.01)
        ax.set_xlabel("占本区域比重（%）" if zh else "Share of the area (%)")
        if len(self.mix.columns) and counts.any():
            ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))

    @property
    def width(self) -> float:
        """Width in inches: names on the left, the bars, the legend on the right."""
        return 10.0

    @property
    def height(self) -> float:
        """Height in inches: a line an area that has enterprises."""
        return min(max(3.2, 1.6 + 0.26 * int((self.table["n_sector"] > 0).sum())), 14.0)


class Indices(Result):
    """An index of the mix by area: `draw` sets areas side by side, those of few enterprises in grey."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar an area, with its number of enterprises; grey below 5."""
        rows = self.table[self.table["level"] != "unplaced"].iloc[::-1]
        names = [plain(f"{a} ({n})") for a, n in zip(rows[f"name_{lang}"], rows["n"], strict=True)]
        colours = np.where(rows["n"] < _RANKED, GREY, BLUE).tolist()
        ax.barh(np.arange(len(rows)), rows[self.name].fillna(0.0), color=colours)
        ax.set_yticks(np.arange(len(rows)), names)
        ax.set_xlabel(title(self.name, lang))


def sector_mix(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, sectors: Sequence[Sector], *, level: str | None = None
) -> Mix:
    """Describe what each area is made of: its three largest sectors and how mixed it is.

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS, as for `area_table`.
    sectors : sequence of Sector
        The taxonomy, in its order; of two equally large sectors the earlier comes first.
    level : {"core", "zone", "park"}, optional
        One level only; all of them, side by side, unless given.

    Returns
    -------
    Mix
        One row an area, then outside, unplaced and total: n (enterprises), n_sector (of these, with a sector of the
        taxonomy), top_1 to top_3 with their shares, hhi, effective_sectors, shannon (nats), evenness (NaN for fewer
        than two sectors), reason. NaN with a reason where no enterprise has a sector. ``mix`` has the counts by sector.

    References
    ----------
    Hirschman 1964; Shannon 1948; Pielou 1966; Hill 1973.
    """
    own = firms(located)
    who = membership(own, areas)
    rows = rows_of(who.labels, level)
    names = [sector.id for sector in sectors]
    counts = who.sums(one_hot(own["sector"], names)[0])[rows]
    table = who.labels.iloc[rows].reset_index(drop=True)
    table["n"] = who.sums(np.ones(len(own)))[rows].astype(int)
    table["n_sector"] = counts.sum(axis=1).astype(int)
    table = table.assign(**_largest(counts, names))
    table["hhi"], table["effective_sectors"] = indices.hhi(counts), indices.effective(counts)
    table["shannon"], table["evenness"] = indices.entropy(counts), indices.evenness(counts)
    table["reason"] = np.where(counts.sum(axis=1) > 0, "", NOBODY)
    n = int(counts[-1].sum())
    total = table.iloc[-1]
    named = {sector.id: sector for sector in sectors}
    first = named.get(total["top_1"]) if n else None
    return Mix(
        name="sector_mix",
        definition="share p = n of a sector / n of the area with a sector; HHI = sum p^2; effective = 1/HHI; "
        "Shannon H' = -sum p ln p (nats); evenness = H'/ln(sectors present)",
        reference="Hirschman 1964; Shannon 1948; Pielou 1966; Hill 1973",
        unit="1",
        n_used=n,
        n_dropped=len(own) - n,
        table=table,
        mix=pd.DataFrame(counts.astype(int), index=table["area_id"], columns=names),
        colours=tuple(sector.colour for sector in sectors),
        names=sector_names(sectors),
        params={"level": level},
        reading_zh=f"{n}家有产业领域的企业中，{first.name_zh}最多（{total['share_1']:.0%}），"
        f"相当于{total['effective_sectors']:.1f}个同等规模的产业"
        if first
        else "没有带产业领域的企业",
        reading_en=f"{first.name_en} leads with {total['share_1']:.0%} of {counted(n, 'enterprise')} with a sector, a "
        f"mix of {total['effective_sectors']:.1f} effective sectors"
        if first
        else "No enterprise has a sector",
    )


def herfindahl(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, level: str | None = None, weight: Weight | None = None
) -> Result:
    """Compute the Herfindahl-Hirschman index of sectors by area: sum of squared shares, from 1/S (even) to 1 (one).

    Parameters
    ----------
    located, areas : GeoDataFrame
        LOCATED and AREAS.
    level : {"core", "zone", "park"}, optional
        One level only.
    weight : {"employees", "output"}, optional
        Shares of this instead of shares of enterprises; rows that do not state it are dropped.

    Returns
    -------
    Result
        One row an area, outside, unplaced and total: n, n_sectors (present), herfindahl and, for enterprises,
        unbiased = sum n_i (n_i - 1) / (n (n - 1)), which does not rise in small areas as the plain index does (NaN
        below two enterprises), reason. NaN with a reason where nothing is counted.

    References
    ----------
    Hirschman 1964, The paternity of an index; Simpson 1949, Measurement of diversity (unbiased form).

    Examples
    --------
    Shares of 1/2, 1/4 and 1/4 give 0.375:

    >>> from parkatlas.statistics import indices
    >>> float(indices.hhi([2, 1, 1]))
    0.375
    """
    return _compute(_HHI, located, areas, level, weight)


def effective_number(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, level: str | None = None, weight: Weight | None = None
) -> Result:
    """Compute the effective number of sectors by area, 1 / HHI: how many equally large ones would be as mixed.

    Arguments and rows are those of `herfindahl`; the column is ``effective_number``.

    References
    ----------
    Hill 1973, Diversity and evenness (order 2).
    """
    return _compute(_EFFECTIVE, located, areas, level, weight)


def shannon(
    located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, level: str | None = None, weight: Weight | None = None
) -> Result:
    """Compute Shannon's H' = -sum p ln p by area, in nats (divide by ln 2 for bits).

    Arguments and rows are those of `herfindahl`; the column is ``shannon``, with ``evenness`` = H' / ln(n_sectors).

    References
    ----------
    Shannon 1948, A mathematical theory of communication; Pielou 1966 (evenness).
    """
    return _compute(_SHANNON, located, areas, level, weight)


@dataclass(frozen=True)
class _Index:
    """An index of a mix and its words; ``high`` and ``low`` name its ends in zh and en."""

    name: str
    formula: Callable[[Floats], Floats]
    definition: str
    reference: str
    high: tuple[str, str]
    low: tuple[str, str]
    unit: str = "1"


_HHI = _Index("herfindahl", indices.hhi, "HHI = sum p^2 over sectors", "Hirschman 1964; Simpson 1949 (unbiased)",
              ("集中度最高", "Most concentrated"), ("最低", "least"))  # fmt: skip
_EFFECTIVE = _Index("effective_number", indices.effective, "1 / sum p^2 over sectors (Hill number of order 2)",
                    "Hill 1973", ("最多元", "Most mixed"), ("最单一", "least"))  # fmt: skip
_SHANNON = _Index("shannon", indices.entropy, "H' = -sum p ln p over sectors, natural logarithm",
                  "Shannon 1948; Pielou 1966", ("最多元", "Most mixed"), ("最单一", "least"), "nats")  # fmt: skip


def _compute(
    index: _Index, located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, level: str | None, weight: Weight | None
) -> Result:
    own = firms(located)
    who = membership(own, areas)
    rows = rows_of(who.labels, level)
    hot, _ = one_hot(own["sector"])
    known = own["sector"].notna().to_numpy()
    if weight is not None:
        size = sizes(own, weight)
        known = known & np.isfinite(size)
        hot = hot.multiply(np.where(known, size, 0.0)[:, None]).tocsr()
    counts = who.sums(hot)[rows]
    table = who.labels.iloc[rows].reset_index(drop=True)
    table["n"] = who.sums(known.astype(float))[rows].astype(int)
    table["n_sectors"] = (counts > 0).sum(axis=1)
    table[index.name] = index.formula(counts)
    if index is _HHI and weight is None:
        n = counts.sum(axis=1)
        table["unbiased"] = indices.divide((counts * (counts - 1)).sum(axis=1), n * (n - 1))
    if index is _SHANNON:
        table["evenness"] = indices.evenness(counts)
    nothing = np.where(table["n"] > 0, "values sum to zero", NOBODY)
    table["reason"] = np.where(np.isnan(table[index.name]), nothing, "")
    zh, en = _ends(table.iloc[:-3], index)
    used = int(known.sum())
    return Indices(
        name=index.name,
        definition=index.definition,
        reference=index.reference,
        unit=index.unit,
        n_used=used,
        n_dropped=len(own) - used,
        table=table,
        params={"level": level, "weight": weight},
        reading_zh=zh,
        reading_en=en,
    )


def _ends(table: pd.DataFrame, index: _Index) -> tuple[str, str]:
    """Say which area has the highest and which the lowest value, among those large enough to be ranked."""
    ranked = table[table["n"] >= _RANKED].dropna(subset=[index.name])
    if len(ranked) < 2:
        return f"有{_RANKED}家以上企业的区域不足两个，不作比较", (
            f"Fewer than two areas have {_RANKED} enterprises or more: they are not ranked"
        )
    if np.ptp(ranked[index.name]) < _TRIFLE:
        return f"{len(ranked)}个有{_RANKED}家以上企业的区域数值相同", (
            f"The {len(ranked)} areas of {_RANKED} enterprises or more are alike"
        )
    ends = ranked.loc[[ranked[index.name].idxmax(), ranked[index.name].idxmin()]].to_dict("records")
    zh = [
        f"{word[0]}：{e['name_zh']}（{e[index.name]:.2f}，{e['n']}家）"
        for word, e in zip(_words(index), ends, strict=True)
    ]
    en = [
        f"{word[1]}: {e['name_en']} ({e[index.name]:.2f}, n = {e['n']})"
        for word, e in zip(_words(index), ends, strict=True)
    ]
    return "；".join(zh), "; ".join(en)


def _words(index: _Index) -> tuple[tuple[str, str], tuple[str, str]]:
    return index.high, index.low


def _largest(counts: Floats, names: Sequence[str]) -> dict[str, object]:
    """Return the columns of the largest sectors and their shares; missing where an area has fewer sectors."""
    order = np.argsort(-counts, axis=1, kind="stable")[:, :_TOP]
    share = indices.shares(counts)
    columns: dict[str, object] = {}
    for k in range(_TOP):
        if k >= order.shape[1]:
            columns |= {f"top_{k + 1}": pd.array([None] * len(counts), dtype="str"), f"share_{k + 1}": np.nan}
            continue
        value = np.take_along_axis(counts, order[:, [k]], axis=1)[:, 0]
        name = pd.Series(np.array(names, dtype=object)[order[:, k]], dtype="str").where(value > 0)
        part = np.take_along_axis(share, order[:, [k]], axis=1)[:, 0]
        columns |= {f"top_{k + 1}": name, f"share_{k + 1}": np.where(value > 0, part, np.nan)}
    return columns
