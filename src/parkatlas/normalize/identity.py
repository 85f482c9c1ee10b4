"""Ids that stay the same from run to run: one for each row, no two alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.normalize import cells


def fill_ids(ids: pd.Series[str], register_id: str) -> pd.Series[str]:
    """Return ids with the missing ones made of the register's id and the row's number in its file.

    Examples
    --------
    >>> fill_ids(pd.Series(["e1", None], index=[2, 3], dtype="str"), "list").to_list()
    ['e1', 'list-r3']
    """
    missing = ids.isna()
    if not missing.any():
        return ids
    made = pd.Series([f"{register_id}-r{row}" for row in ids.index[missing]], index=ids.index[missing], dtype="str")
    return ids.where(~missing, made.reindex(ids.index))


def separate_ids(
    ids: pd.Series[str], among: npt.NDArray[np.bool_] | None = None
) -> tuple[pd.Series[str], npt.NDArray[np.bool_]]:
    """Return ids in which no two rows are alike, and which rows were changed.

    The first row keeps its id, later ones gain ``~2``, ``~3`` and so on, passing over ids that are taken. ``among``
    says which rows alone may have the id of another, where that is known.

    Examples
    --------
    >>> separate_ids(pd.Series(["a", "a", "a~2", "a"], dtype="str"))[0].to_list()
    ['a', 'a~3', 'a~2', 'a~4']
    """
    repeated = cells.repeated(ids) if among is None else cells.repeated_among(ids, among)
    if not repeated.any():
        return ids, repeated
    repeated = ids.duplicated().to_numpy(dtype=bool)
    taken = set(ids)
    counts: dict[str, int] = {}
    made = []
    for given in ids[repeated]:
        n = counts.get(given, 1) + 1
        while f"{given}~{n}" in taken:
            n += 1
        counts[given] = n
        taken.add(f"{given}~{n}")
        made.append(f"{given}~{n}")
    out = ids.copy()
    out.iloc[np.flatnonzero(repeated)] = made
    return out, repeated
