"""Rows that say the same thing twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def first_of_same(frame: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return for each row the position of the earlier row with the very same cells, -1 where there is none.

    Examples
    --------
    >>> first_of_same(pd.DataFrame({"a": ["x", "y", "x"], "b": ["1", "1", "1"]})).tolist()
    [-1, -1, 0]
    """
    out = np.full(len(frame), -1, dtype=np.intp)
    repeats = frame.duplicated(keep=False).to_numpy(dtype=bool)
    if not repeats.any():
        return out
    where = np.flatnonzero(repeats)
    groups = frame.iloc[where].groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = pd.Series(where).groupby(groups).transform("first").to_numpy()
    out[where] = np.where(first == where, -1, first)
    return out
