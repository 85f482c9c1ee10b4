"""From attributes and shapes to a raw table: what every reader of feature layers does last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.model import RawTable
from parkatlas.read.header import name_columns
from parkatlas.read.limits import Limits, check_cells, check_extent
from parkatlas.read.places import Places, join_places
from parkatlas.read.rows import Above, find_rejected
from parkatlas.read.rules import NO_ROWS


def build_table(
    attributes: Mapping[str, Sequence[str | None] | pd.Series[str]],
    places: Places | None,
    source: str,
    limits: Limits,
    *,
    form: str,
    rows: int,
    first: int = 1,
    sheet: str | None = None,
    encoding: str | None = None,
    findings: Sequence[Finding] = (),
) -> RawTable:
    """Return features as a raw table: attributes, then places, the rows counted from ``first``."""
    check_extent(rows, len(attributes) + 3, limits, source, sheet)
    if rows == 0:
        raise InputError(NO_ROWS.at(file=source, sheet=sheet))
    index = pd.RangeIndex(first, first + rows, name="row")
    names, said = name_columns(list(attributes))
    columns = {
        name: pd.Series(cells, dtype="str").set_axis(index)
        for name, cells in zip(names, attributes.values(), strict=True)
    }
    frame = pd.DataFrame(columns, index=index)
    said = [*findings, *(replace(one, file=source, sheet=sheet) for one in said)]
    if places is not None:
        frame, renamed = join_places(frame, places, source)
        said += [*places.findings, *renamed]
    check_cells(frame.drop(columns="geometry", errors="ignore"), list(frame.columns), limits, source, sheet)
    aside = {finding.row or 0: finding for finding in find_rejected(frame, Above(), source, sheet)}
    aside |= {finding.row or 0: finding for finding in (places.rejected if places else ())}
    return RawTable(
        frame,
        source,
        sheet,
        tuple(said),
        tuple(aside[row] for row in sorted(aside)),
        format=form,
        encoding=encoding,
        points=places.points if places else None,
        crs=places.crs if places else None,
    )
