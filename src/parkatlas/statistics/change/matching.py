"""Which enterprise of an earlier register is which of a later one: by id, then by code, then by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

Ints = npt.NDArray[np.int64]
KEYS = ("id", "code", "name")


@dataclass(frozen=True, eq=False)
class Matches:
    """Pairs of row positions, ``earlier`` and ``later``, and the key that matched them.

    ``contradicted`` counts ids that stand in both registers with different unified social credit codes: the same id,
    but not the same enterprise.
    """

    earlier: Ints
    later: Ints
    key: npt.NDArray[np.str_]
    contradicted: int

    def report(self) -> Mapping[str, int]:
        """Return how many pairs each key found, and the contradicted ids."""
        return {**{f"matched_by_{key}": int((self.key == key).sum()) for key in KEYS}, "ids_refused": self.contradicted}


def match(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> Matches:
    """Match two registers one to one.

    An id matches unless both rows state a unified social credit code and the codes differ. What is left is matched by
    code, then by name; only codes and names that occur once among what is left of each register count. Names are
    compared without case, white space and the difference between full-width and half-width characters.
    """
    code_a, code_b = earlier["credit_code"], later["credit_code"]
    at = pd.Index(later["enterprise_id"]).get_indexer(earlier["enterprise_id"])
    found = np.flatnonzero(at >= 0)
    own, other = code_a.iloc[found].to_numpy(dtype=object), code_b.iloc[at[found]].to_numpy(dtype=object)
    differ = pd.notna(own) & pd.notna(other) & (own != other)
    pairs = [(found[~differ], at[found][~differ])]
    for a, b in ((code_a, code_b), (_plain(earlier["name_zh"]), _plain(later["name_zh"]))):
        left = np.setdiff1d(np.arange(len(earlier)), np.concatenate([pair[0] for pair in pairs]))
        right = np.setdiff1d(np.arange(len(later)), np.concatenate([pair[1] for pair in pairs]))
        pairs.append(_once(a, b, left, right))
    key = np.repeat(KEYS, [len(pair[0]) for pair in pairs])
    first, second = (np.concatenate([pair[k] for pair in pairs]).astype(np.int64) for k in (0, 1))
    order = np.argsort(first)
    return Matches(first[order], second[order], key[order], int(differ.sum()))


def _once(
    a: pd.Series[str], b: pd.Series[str], left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return pairs of positions whose value stands exactly once on either side."""
    one, other = a.iloc[left], b.iloc[right]
    clear = one.notna() & ~one.duplicated(keep=False)
    unique = other.notna() & ~other.duplicated(keep=False)
    left, right = left[clear.to_numpy()], right[unique.to_numpy()]
    at = pd.Index(other[unique]).get_indexer(one[clear])
    return left[at >= 0], right[at[at >= 0]]


def _plain(names: pd.Series[str]) -> pd.Series[str]:
    plain = {name: "".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in names.dropna().unique()}
    return names.map(plain)
