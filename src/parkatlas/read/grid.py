"""From rows of text cells to a raw table: header named, blank rows dropped and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.errors import InputError
from parkatlas.findings import Finding, shorten
from parkatlas.memory import may_begin
from parkatlas.model import RawTable
from parkatlas.read.header import Header, Merge, Row, describe, find_header, header_at, letter_name, unnamed
from parkatlas.read.meanings import lies_on_its_side
from parkatlas.read.merges import Shared, fill_down, say_shared
from parkatlas.read.rows import Above, find_rejected
from parkatlas.read.rules import ALL_BLANK, BLANK_ROWS, HEADER, NO_HEADER, NO_ROWS, NO_SUCH_ROW, TITLES, TRANSPOSED

_SPACES = tuple(filter(str.isspace, map(chr, range(0x3001))))


@dataclass(frozen=True)
class Top:
    """The first rows of a table, blank cells as "", with the row number of the first of them."""

    rows: Sequence[Row]
    merged: Sequence[Merge] = ()
    first: int = 1


def choose_header(top: Top, header: int | None, width: int, source: str, sheet: str | None) -> Header:
    """Return the header that the user named by row number (0: there is none), or the one that is found."""
    if header == 0:
        return unnamed(width)
    if header is not None:
        if not top.first <= header < top.first + len(top.rows):
            last = top.first + len(top.rows) - 1
            raise InputError(NO_SUCH_ROW.at(file=source, sheet=sheet, value=header, first=top.first, last=last))
        return header_at(top.rows, header - top.first, top.merged, width)
    if lies_on_its_side(top.rows):
        names = ", ".join(next((cell for cell in row if cell.strip()), "") for row in top.rows)
        raise InputError(TRANSPOSED.at(file=source, sheet=sheet, names=shorten(names)))
    found = find_header(top.rows, top.merged, width)
    if found is None:
        if not any(cell.strip() for row in top.rows for cell in row):
            raise InputError(ALL_BLANK.at(file=source, sheet=sheet))
        first = next((row for row in top.rows if any(cell.strip() for cell in row)), ())
        raise InputError(NO_HEADER.at(file=source, sheet=sheet, value=" | ".join(first)))
    return found


def to_text(columns: Sequence[Sequence[str | None]], numbers: npt.ArrayLike) -> pd.DataFrame:
    """Return columns of text as a frame of pandas ``str`` with the row numbers as its index."""
    index = pd.Index(np.asarray(numbers, dtype=np.int64), name="row")
    return pd.DataFrame({k: pd.Series(cells, index=index, dtype="str") for k, cells in enumerate(columns)}, index=index)


def finish(
    frame: pd.DataFrame,
    header: Header,
    top: Top,
    source: str,
    *,
    sheet: str | None = None,
    findings: Sequence[Finding] = (),
    rejected: Sequence[Finding] = (),
    shared: Sequence[Shared] = (),
    **facts: object,
) -> RawTable:
    """Name the columns of the rows below the header, drop blank rows, set aside rows that are no enterprises.

    Parameters
    ----------
    frame : DataFrame
        Text cells below the header, columns numbered from 0, the index holding row numbers.
    header, top :
        The header, and the first rows of the file in which it stands.
    findings, rejected :
        What was found before.
    shared : sequence of Shared
        Cells that are merged over rows; rows set aside are judged, and kept, as they stand.
    **facts
        Further fields of the raw table.
    """
    blank = blank_rows(frame)
    body = frame[~blank] if blank.any() else frame
    if body.empty:
        raise InputError(NO_ROWS.at(file=source, sheet=sheet))
    printed = [top.rows[k] for k in range(max(header.first, 0), header.last + 1)]
    over = Above(printed, header.names if header.first >= 0 else (), header.last + top.first)
    aside = {finding.row or 0: finding for finding in (*find_rejected(body, over, source, sheet), *rejected)}
    said = [*findings]
    if shared:
        kept = body[~body.index.isin(list(aside))] if aside else body
        filled, used = fill_down(kept, shared)
        said += say_shared(used, body, header.names, source, sheet)
        body = pd.concat([filled, body.loc[body.index.difference(kept.index)]]).sort_index() if aside else filled
    body = _named(body, header, printed)
    rows = tuple(range(header.first + top.first, header.last + top.first + 1)) if header.first >= 0 else ()
    titles = tuple(
        text for row in top.rows[: max(header.first, 0)] if (text := " ".join(cell.strip() for cell in row if cell))
    )
    if rows:
        said.append(
            HEADER.at(file=source, sheet=sheet, row=rows[0], rows="+".join(map(str, rows)), names=describe(header))
        )
    if titles:
        said.append(TITLES.at(file=source, sheet=sheet, n=len(titles), value=shorten(" | ".join(titles))))
    if blank.any():
        said.append(BLANK_ROWS.at(file=source, sheet=sheet, row=int(frame.index[blank][0]), n=int(blank.sum())))
    said += [replace(one, file=source, sheet=sheet, row=rows[0] if rows else None) for one in header.findings]
    kept = tuple(aside[row] for row in sorted(aside))
    return RawTable(
        body, source, sheet, tuple(said), kept, header_rows=rows, titles=titles, **facts  # type: ignore[arg-type]
    )  # fmt: skip


def _named(body: pd.DataFrame, header: Header, printed: Sequence[Row]) -> pd.DataFrame:
    """Name the columns; those with neither a name nor a value are dropped."""
    names = [*header.names, *(letter_name(k) for k in range(len(header.names), body.shape[1]))]
    bare = [not any(k < len(row) and row[k].strip() for row in printed) for k in range(body.shape[1])]
    keep = [k for k in range(body.shape[1]) if not (bare[k] and body.iloc[:, k].isna().all())]
    return body.iloc[:, keep].set_axis([names[k] for k in keep], axis=1)


def blank_rows(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows hold nothing but white space."""
    blank = np.ones(len(frame), dtype=bool)
    for name in frame.columns:
        at = np.flatnonzero(blank)
        cells = frame[name].iloc[at] if len(at) < len(frame) else frame[name]
        empty = cells.isna().to_numpy(copy=True)
        some = np.flatnonzero(~empty & may_begin(cells, _SPACES))
        if len(some):
            likely = cells.iloc[some]
            empty[some] = ((likely.str.len() <= 4) & (likely.str.strip() == "")).to_numpy()
        blank[at] = empty
        if not blank.any():
            break
    return blank
