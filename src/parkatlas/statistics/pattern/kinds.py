"""Points of several kinds: which sector each has, and which one is asked about."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from parkatlas.statistics.window import Bools, Floats, Ground, Ints, Sites, numbers, place

SECTOR = "sector"
Names: TypeAlias = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Kinds:
    """Usable points whose kind is known, with one kind or two marked: 0 the first, 1 the second, -1 any other."""

    sites: Sites
    xy: Floats
    code: Ints
    weight: Floats
    first: str | None
    second: str | None
    unknown: tuple[Hashable, ...]
    names: Names

    def said(self) -> tuple[str, str]:
        """Return the first kind in zh and en, as readings name it; a kind without a name stands for itself."""
        return self._words(self.first)

    def both_said(self) -> tuple[str, str]:
        """Return the two kinds in zh and en, as readings name them."""
        (zh, en), (other_zh, other_en) = self._words(self.first), self._words(self.second)
        return f"“{zh}”与“{other_zh}”", f"{en} and {other_en}"

    def _words(self, kind: str | None) -> tuple[str, str]:
        return self.names.get(str(kind), (str(kind), str(kind)))

    def of(self, code: int) -> Floats:
        """Return the points of the first or second kind."""
        return np.asarray(self.xy[self.code == code])

    @property
    def marked(self) -> Bools:
        """Which points are of the first kind."""
        return np.asarray(self.code == 0)

    def params(self) -> dict[str, Any]:
        """Return what a result says of the kinds."""
        said = {"label": self.first, "n_label": int(self.marked.sum()), "n_unknown_kind": len(self.unknown)}
        if self.second is not None:
            said |= {"second": self.second, "n_second": int((self.code == 1).sum())}
        return {**said, **self.sites.params()}


def kinds_of(
    points: gpd.GeoDataFrame,
    window: Ground | None,
    kind: str,
    first: str | None = None,
    second: str | None = None,
    *,
    two: bool = False,
    weight: str | None = None,
    names: Names | None = None,
) -> Kinds:
    """Sort points by a column of kinds; points of unknown kind or weight are left out and listed.

    Parameters
    ----------
    points, window
        As in `place`.
    kind : str
        Column of the kind, such as ``sector``.
    first, second : str, optional
        The kinds asked about; default: the most frequent ones, equal ones in the order of their names.
    two : bool
        Whether a second kind is wanted.
    weight : str, optional
        Column of weights.
    names : mapping of str to (str, str), optional
        Names of kinds in zh and en.

    Raises
    ------
    KeyError, ValueError
        Where the column does not exist, or no usable point has the kind that was named, or both kinds are one.
    """
    if not isinstance(points, gpd.GeoDataFrame) or kind not in points.columns:
        raise KeyError(f"no column {kind!r} with the kinds of the points")
    sites = place(points, window)
    values = pd.Series(points[kind]).iloc[sites.rows]
    size = numbers(points, weight, sites)
    known = values.notna().to_numpy() & np.isfinite(size)
    ids = values[known].astype("str").to_numpy()
    counts = pd.Series(ids).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    for name in (first, second):
        if name is not None and name not in counts.index:
            raise ValueError(f"no usable point has {kind} {name!r}; there are {', '.join(counts.index) or 'none'}")
    rest = [name for name in counts.index if name not in {first, second}]
    first = first if first is not None else (rest.pop(0) if rest else None)
    if two:
        second = second if second is not None else (rest.pop(0) if rest else None)
        if first is not None and first == second:
            raise ValueError(f"both kinds are {first!r}; for one kind use ripley_k")
    code = np.full(len(ids), -1)
    code[ids == first] = 0
    code[ids == (second or object())] = 1
    unknown = tuple(sites.index[~known].tolist())
    return Kinds(sites, sites.xy[known], code, size[known], first, second, unknown, names or {})
