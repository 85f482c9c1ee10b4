"""Parquet and GeoParquet, by Arrow: an optional library, imported only here and in the engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from parkatlas.errors import DependencyError, InputError, LimitError
from parkatlas.model import RawTable
from parkatlas.read.cells import text_of
from parkatlas.read.damage import broken
from parkatlas.read.engines import as_text
from parkatlas.read.features import build_table
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.places import Places, damaged_shapes, describe_places, parse_crs
from parkatlas.read.rules import NEEDS_PYARROW, NO_ROWS, TOO_MANY


def read_parquet(path: Path, limits: Limits) -> RawTable:
    """Read a Parquet file whole."""
    file = _open(path, limits)
    if file.metadata.num_rows == 0:
        raise InputError(NO_ROWS.at(file=path.name))
    return next(_tables(file, path.name, limits, file.metadata.num_rows))


def iter_parquet(path: Path, batch_rows: int, limits: Limits) -> Iterator[RawTable]:
    """Yield the rows of a Parquet file in batches."""
    yield from _tables(_open(path, limits), path.name, limits, batch_rows)


def _open(path: Path, limits: Limits) -> Any:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise DependencyError(NEEDS_PYARROW.at(file=path.name)) from error
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(broken(error, path.name)) from error
    told = file.metadata
    check_extent(told.num_rows, told.num_columns, limits, path.name)
    size = sum(told.row_group(k).total_byte_size for k in range(told.num_row_groups))
    if size > limits.inflated:
        raise LimitError(TOO_MANY.at(file=path.name, found=size, most=limits.inflated, zh="字节", en="bytes"))
    return file


def _tables(file: Any, source: str, limits: Limits, batch_rows: int) -> Iterator[RawTable]:
    import pyarrow as pa

    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    first = 1
    try:
        if batch_rows >= file.metadata.num_rows:
            parts: Iterator[Any] = iter([file.read()])
        else:
            parts = file.iter_batches(batch_size=batch_rows)
        for part in parts:
            yield _table(part, geo, source, limits, first)
            first += part.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(broken(error, source)) from error


def _table(part: Any, geo: dict[str, Any], source: str, limits: Limits, first: int) -> RawTable:
    shapes = geo.get("columns", {})
    primary = geo.get("primary_column")
    columns: dict[str, Any] = {}
    places: Places | None = None
    for name in part.schema.names:
        column = part.column(name)
        if name not in shapes:
            columns[name] = _text_column(column)
            continue
        found, lost = _geometry(column, shapes[name], first)
        crs = _crs(shapes[name], source)
        if name == primary:
            places = replace(describe_places(found, crs, source), rejected=damaged_shapes(lost, source))
        else:
            columns[name] = [None if shape is None else shapely.to_wkt(shape, rounding_precision=-1) for shape in found]
    return build_table(columns, places, source, limits, form="parquet", rows=part.num_rows, first=first)


def _text_column(column: Any) -> pd.Series[str] | list[str | None]:
    """Return a column as text: whole numbers exactly, other numbers as the shortest text that reads back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return as_text(pc.if_else(pc.equal(column, ""), None, column))
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return as_text(pc.cast(column, pa.large_string()))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else value.hex() for value in column.to_pylist()]
    return [text_of(value) for value in column.to_pylist()]


def _crs(told: dict[str, Any], source: str) -> pyproj.CRS | None:
    """Return the CRS of a geometry column: OGC:CRS84 where the file says nothing, None where it says null."""
    if "crs" not in told:
        return pyproj.CRS("OGC:CRS84")
    return None if told["crs"] is None else parse_crs(json.dumps(told["crs"]), source)


def _geometry(column: Any, told: dict[str, Any], first: int) -> tuple[np.ndarray[Any, np.dtype[np.object_]], list[int]]:
    """Return the shapes of a column, and the rows whose shape is damaged."""
    values = column.to_pylist()
    if str(told.get("encoding", "WKB")).lower() == "point":
        pairs = [(np.nan, np.nan) if value is None else (value["x"], value["y"]) for value in values]
        shapes = np.asarray(shapely.points(np.array(pairs, dtype=float).reshape(-1, 2)), dtype=object)
        shapes[[value is None for value in values]] = None
        return shapes, []
    shapes = np.asarray(shapely.from_wkb(np.array(values, dtype=object), on_invalid="ignore"), dtype=object)
    both = enumerate(zip(values, shapes, strict=True), first)
    return shapes, [row for row, (value, shape) in both if value and shape is None]
