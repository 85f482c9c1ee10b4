"""Rows that say the same thing twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.normalize.cells import Mask, given, repeated
from parkatlas.normalize.text import fold

# Headers of mere row counters, which say nothing of the row.
COUNTERS = frozenset({"序号", "序", "行号", "no", "no.", "#", "index", "row", "unnamed:0"})


def first_of_same(
    frame: pd.DataFrame, columns: Mapping[str, str], known: Mapping[str, Mask] | None = None
) -> npt.NDArray[np.intp]:
    """Return for each row the position of the earlier row with the very same cells, -1 where there is none.

    A column that only counts the rows ("序号") is not compared. ``columns`` says which header is which of ours,
    ``known`` what `repeated` gives for the cells under some headers.

    Examples
    --------
    >>> table = pd.DataFrame({"n": ["x", "y", "x"], "序号": ["1", "2", "3"]}, dtype="str")
    >>> first_of_same(table, {"name_zh": "n"}).tolist()
    [-1, -1, 0]
    """
    out = np.full(len(frame), -1, dtype=np.intp)
    compared = [header for header in frame.columns if fold(str(header)) not in COUNTERS]
    # A repeated row repeats its name and its id too: with either of them unique there is nothing to compare.
    twice = np.ones(len(frame), dtype=bool)
    for ours in ("enterprise_id", "credit_code", "name_zh", "name_en"):
        header = columns.get(ours)
        if header in compared and twice.any():
            again = (known or {}).get(str(header))
            twice &= (repeated(frame[header]) if again is None else again) | ~given(frame[header])
    where = np.flatnonzero(twice)
    if not len(where):
        return out
    rows = frame[compared].iloc[where]
    where = where[rows.duplicated(keep=False).to_numpy(dtype=bool)]
    if not len(where):
        return out
    groups = frame[compared].iloc[where].groupby(compared, dropna=False, sort=False).ngroup().to_numpy()
    first = pd.Series(where).groupby(groups).transform("first").to_numpy()
    out[where] = np.where(first == where, -1, first)
    return out
