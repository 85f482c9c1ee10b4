"""What cells of rejected rows mean, where only their whole list told it: corrected, the rows are read without the list.

A serial date counts from its workbook's epoch; whether 2012.1 is October, 1,234 a fraction or 201205 a month is told by
the other cells of the column (`dates.parse`, `quantities.doubtful_thousands`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from parkatlas.normalize import dates, quantities
from parkatlas.normalize.cells import Mask
from parkatlas.normalize.faults import Fault
from parkatlas.normalize.fields import DATE, DATE_NUMBER, MONTH, SERIAL

_UNITS = quantities.YUAN | quantities.PERSONS
_DOUBT = " ?"  # behind a cell that was left out, so that it is left out again


def restate(faults: Sequence[Fault], bad: Mask, index: pd.Index[int], epoch: int = 1900) -> dict[str, pd.Series[str]]:
    """Return, by header and row number, what to write for cells that by themselves would be read otherwise.

    Parameters
    ----------
    faults : sequence of Fault
        What was found of the list; dates and numbers that the list decided are among it.
    bad : array of bool
        The rejected rows; of others nothing is said.
    index : Index
        The row numbers of the list.
    epoch : int
        The year in which the list's serial dates begin.

    Returns
    -------
    dict of Series
        The value that was read; where a cell was left out for its column's sake, its text with a question mark.
    """
    found: dict[str, list[pd.Series[str]]] = {}
    for one in faults:
        asked = one.rule in (DATE, DATE_NUMBER, MONTH, quantities.DECIMAL_COMMA) or (
            one.rule is SERIAL and epoch != 1900
        )
        if not asked or one.rejects or one.field is None:
            continue
        at = np.flatnonzero(bad[one.where]).tolist()
        cells = pd.Series([one.values[k] for k in at], index=index[one.where[at]], dtype="str")
        read = one.details.get("read")
        first = {text: k for k, text in zip(at[::-1], cells[::-1], strict=True)}
        texts = {
            text: _alone(one, text, read[k] if isinstance(read, np.ndarray) else None) for text, k in first.items()
        }
        said = cells.map(texts).dropna()
        if len(said):
            found.setdefault(one.field, []).append(said.astype("str"))
    together = {header: pd.concat(parts).sort_index() for header, parts in found.items()}
    return {header: said[~said.index.duplicated()] for header, said in together.items()}


def _alone(one: Fault, text: str, read: str | None) -> str | None:
    """Return what to write for a cell, None where it says the same by itself."""
    if one.rule is MONTH:
        return read
    if one.rule is quantities.DECIMAL_COMMA:
        return text + _DOUBT if np.isfinite(quantities.read_number(text, _UNITS)[0]) else None
    alone = dates.read_date(text)[0]
    if one.rule is DATE:
        return None if alone is None else text + _DOUBT
    return None if alone == read else read
