"""A register cut into pieces, and a piece read batch by batch: points straight from their bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.errors import DependencyError, InputError
from parkatlas.findings import Rule
from parkatlas.model import Register

Floats = npt.NDArray[np.float64]

NO_FILES = Rule(
    "scale.no-files", "error",
    zh="没有可读的 Parquet 文件", en="there is no Parquet file to read",
    hint_zh="请检查名录的 path。", hint_en="Look at the register's path.",
)  # fmt: skip
NEEDS_PYARROW = Rule(
    "scale.needs-pyarrow", "error",
    zh="分批处理需要 pyarrow。", en="streaming needs pyarrow.",
    hint_zh="请安装 parkatlas[parquet]。", hint_en="Install parkatlas[parquet].",
)  # fmt: skip
# Well-known binary of a point in two dimensions, little-endian (OGC 06-103r4, 8.2): 21 bytes.
_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_HAS_SRID, _FLAGS = np.uint32(0x20000000), np.uint32(0xE0000000)  # as PostGIS marks Z, M and SRID
_KEYS = ("sector", "entity", "declared_area")
_NUMBERS = ("employees", "output")


@dataclass(frozen=True)
class Layout:
    """Where a Parquet file in our terms keeps its points: a geometry column, or longitude and latitude."""

    geometry: str | None
    names: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        """The columns that counting needs."""
        place = [self.geometry] if self.geometry else ["lon", "lat"]
        return [*place, *(name for name in (*_KEYS, *_NUMBERS) if name in self.names)]


@dataclass(frozen=True)
class Piece:
    """A part of a register that is worked on alone. ``before`` are the rows of its file that stand before it.

    ``first`` are those of the whole register; ``layout`` is None where it must be normalised; ``rows`` is -1 where
    nobody can tell before reading.
    """

    number: int
    path: Path
    groups: tuple[int, ...] | None
    rows: int
    layout: Layout | None
    before: int = 0
    first: int = 0


@dataclass(frozen=True)
class Batch:
    """Rows of a piece: places in WGS 84 (NaN for none), values by column name, and the rows as Arrow has them.

    Text columns come as pandas categoricals, numbers as floats with NaN.
    """

    lon: Floats
    lat: Floats
    values: dict[str, Any]
    rows: Any


def cut(path: Path, register: Register, batch_rows: int) -> list[Piece]:
    """Return the pieces of a file or folder: whole row groups of up to ``batch_rows`` rows, one at least."""
    if path.is_file() and path.suffix.lower() not in (".parquet", ".geoparquet"):
        return [Piece(0, path, None, -1, None)]
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*.parquet") if _is_shown(file, path))
    if not files:
        raise InputError(NO_FILES.at(file=register.path))
    pieces: list[Piece] = []
    for file in files:
        opened = _open(file)
        form = layout(opened.schema_arrow, register)
        if form is None:
            pieces.append(Piece(len(pieces), file, None, opened.metadata.num_rows, None))
            continue
        groups: list[int] = []
        rows = before = 0
        for group in range(opened.metadata.num_row_groups):
            more = opened.metadata.row_group(group).num_rows
            if groups and rows + more > batch_rows:
                pieces.append(Piece(len(pieces), file, tuple(groups), rows, form, before))
                groups, rows, before = [], 0, before + rows
            groups.append(group)
            rows += more
        pieces.append(Piece(len(pieces), file, tuple(groups), rows, form, before))
    firsts = accumulate((piece.rows for piece in pieces), initial=0)
    return [replace(piece, first=first) for piece, first in zip(pieces, firsts, strict=False)]


def _is_shown(file: Path, folder: Path) -> bool:
    # As other readers of such folders have it: names that begin so are of work under way, or notes about the others.
    return all(part[0] not in "._" for part in file.relative_to(folder).parts)


def layout(arrow_schema: Any, register: Register) -> Layout | None:
    """Return how a Parquet file in our terms is laid out, or None where it must be normalised.

    In our terms: columns named as in ENTERPRISES with values of their kind, points in WGS 84 as a GeoParquet geometry
    (WKB, or x and y as GeoArrow has them) or as numbers ``lon`` and ``lat``, and a register that maps no columns and
    declares no shifted datum.
    """
    import pyarrow as pa

    defaults = set(register.defaults) - {"location_quality"}
    if register.columns or defaults or register.crs or register.datum not in ("wgs84", "cgcs2000"):
        return None
    kinds = {
        "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
        "integer": pa.types.is_integer,
        "number": lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
    }
    kinds["date"] = kinds["text"]
    names = tuple(arrow_schema.names)
    for column in schema.ENTERPRISES.columns:
        if column.name in names:
            kind = arrow_schema.field(column.name).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if not kinds[column.kind](kind):
                return None
    geo = json.loads((arrow_schema.metadata or {}).get(b"geo", b"{}"))
    primary = geo.get("primary_column")
    if primary in names:
        told = geo.get("columns", {}).get(primary, {})
        kind = arrow_schema.field(primary).type
        bytes_ = told.get("encoding") == "WKB" and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
        pairs = told.get("encoding") == "point" and {"x", "y"} <= {field.name for field in kind}
        return Layout(primary, names) if (bytes_ or pairs) and _is_wgs84(told) else None
    floating = [name in names and pa.types.is_floating(arrow_schema.field(name).type) for name in ("lon", "lat")]
    return Layout(None, names) if all(floating) else None


def batches(piece: Piece, batch_rows: int, *, whole: bool) -> Iterator[Batch]:
    """Yield the batches of a piece in our terms; with all its columns where ``whole``, else those that count."""
    form = piece.layout
    if form is None:
        raise ValueError("a piece without a layout must be normalised")
    keys = [name for name in _KEYS if name in form.names]
    opened = _open(piece.path, read_dictionary=keys, memory_map=True)
    columns = None if whole else form.needed
    for rows in opened.iter_batches(
        batch_rows, row_groups=list(piece.groups or ()), columns=columns, use_threads=False
    ):
        if form.geometry:
            lon, lat = points(rows.column(form.geometry))
        else:
            lon, lat = (
                rows.column(name).to_numpy(zero_copy_only=False).astype(float, copy=False) for name in ("lon", "lat")
            )
        values: dict[str, Any] = {name: _categorical(rows.column(name)) for name in keys}
        for name in _NUMBERS:
            if name in form.names:
                values[name] = _floats(rows.column(name))
        yield Batch(lon, lat, values, rows)


def points(column: Any) -> tuple[Floats, Floats]:
    """Return x and y of a column of points, NaN where there is none, without making geometry objects.

    The column holds WKB (ISO or with the flags of PostGIS: Z, M and an SRID are passed over), or a struct of x and y as
    GeoArrow has it. Other byte orders go through shapely, row by row; what is no point gives NaN.
    """
    import pyarrow as pa

    if pa.types.is_struct(column.type):
        parts = dict(zip((field.name for field in column.type), column.flatten(), strict=True))
        return _floats(parts["x"]), _floats(parts["y"])
    wide = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=wide)[column.offset : column.offset + len(column) + 1]
    if column.null_count == 0 and len(column) and ends[-1] - ends[0] == _POINT.itemsize * len(column):
        found = np.frombuffer(data, dtype=_POINT, count=len(column), offset=int(ends[0]))
        if (np.diff(ends) == _POINT.itemsize).all() and (found["order"] == 1).all() and (found["kind"] == 1).all():
            return found["x"].copy(), found["y"].copy()
    return _unlike_points(column, ends.astype(np.int64), np.frombuffer(data or b"", dtype=np.uint8))


def _unlike_points(column: Any, ends: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Return x and y of WKB of unlike lengths and kinds; null rows have no length."""
    start, length = ends[:-1], np.diff(ends)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    head = np.flatnonzero(valid & (length >= _POINT.itemsize))
    kind = data[start[head, None] + np.arange(1, 5)].view("<u4")[:, 0]
    begin = np.where(kind & _HAS_SRID, 9, 5)
    plain = (data[start[head]] == 1) & ((kind & ~_FLAGS) % 1000 == 1) & (length[head] >= begin + 16)
    row, begin = head[plain], (start[head] + begin)[plain]
    x, y = np.full(len(column), np.nan), np.full(len(column), np.nan)
    x[row], y[row] = data[begin[:, None] + np.arange(16)].view("<f8").T
    valid[row] = False
    rest = np.flatnonzero(valid)
    given = np.array(column.take(rest).to_pylist(), dtype=object)
    shapes = np.array(shapely.from_wkb(given, on_invalid="ignore"), dtype=object)
    shapes[shapely.is_empty(shapes)] = None  # some versions of GEOS refuse them
    x[rest], y[rest] = shapely.get_x(shapes), shapely.get_y(shapes)
    return x, y


def to_points(lon: Floats, lat: Floats) -> Any:
    """Return places as an Arrow column of WKB, null where there is none."""
    import pyarrow as pa

    made = np.empty(len(lon), dtype=_POINT)
    made["order"], made["kind"], made["x"], made["y"] = 1, 1, lon, lat
    ends = np.arange(len(lon) + 1, dtype=np.int32) * np.int32(_POINT.itemsize)
    there = pa.array(np.isfinite(lon) & np.isfinite(lat))
    buffers = [there.buffers()[1], pa.py_buffer(ends), pa.py_buffer(made.tobytes())]
    return pa.Array.from_buffers(pa.binary(), len(lon), buffers)


def _floats(column: Any) -> Floats:
    """Return numbers as floats, null as NaN."""
    return np.asarray(column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False))


def _categorical(column: Any) -> pd.Categorical:
    import pyarrow as pa

    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(codes, categories=pd.Index(encoded.dictionary.to_pylist(), dtype="str"))


def _is_wgs84(told: dict[str, Any]) -> bool:
    if "crs" not in told:
        return True  # the standard's default: OGC:CRS84
    import pyproj

    if told["crs"] is None:
        return False
    given = pyproj.CRS.from_user_input(told["crs"])
    return bool(given.equals(pyproj.CRS(crs.WGS84), ignore_axis_order=True) or given == pyproj.CRS("OGC:CRS84"))


def _open(path: Path, **options: Any) -> Any:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise DependencyError(NEEDS_PYARROW.at(file=path.name)) from error
    from parkatlas.read.damage import broken

    try:
        return parquet.ParquetFile(path, **options)
    except (pa.ArrowException, OSError) as error:
        raise InputError(broken(error, path.name)) from error
