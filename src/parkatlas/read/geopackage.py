"""GeoPackage, read as the SQLite file it is: integers stay whole beside missing values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import shapely

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read.cells import text_of
from parkatlas.read.damage import broken
from parkatlas.read.features import build_table
from parkatlas.read.layer_rules import IN_USE
from parkatlas.read.limits import Limits, check_extent
from parkatlas.read.places import Places, damaged_shapes, describe_places, parse_crs
from parkatlas.read.rules import NO_SHEET, WHICH_SHEET
from parkatlas.read.sniff import refusal

_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the envelope code of a geometry's header (GeoPackage 1.3, 2.1.3)


def read_geopackage(path: Path, limits: Limits, sheet: str | None = None) -> RawTable:
    """Read one layer of a GeoPackage: the one named, or the only one that holds rows."""
    with _refusing(path), closing(_open(path)) as database:
        layer = _choose(layers(database, path.name), sheet, path.name)
        (count,) = database.execute(f"SELECT count(*) FROM {_quoted(layer)}").fetchone()  # noqa: S608 - quoted
        described = database.execute(f"PRAGMA table_info({_quoted(layer)})").fetchall()
        check_extent(count, len(described), limits, path.name, layer)
        kinds = {name: str(kind).upper() for _, name, kind, *_ in described}
        rows = database.execute(f"SELECT * FROM {_quoted(layer)}").fetchall()  # noqa: S608 - quoted
        shape, crs = _geometry_column(database, layer, path.name)
        values = dict(zip(kinds, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(kinds, ())
        columns = {
            name: [_text(value, kinds[name]) for value in cells] for name, cells in values.items() if name != shape
        }
        places = _places(values[shape], crs, path.name, layer) if shape in values else None
    return build_table(columns, places, path.name, limits, form="gpkg", rows=count, sheet=layer, encoding="utf-8")


def list_layers(path: Path) -> dict[str, int]:
    """Map the names of layers to their numbers of rows."""
    with _refusing(path), closing(_open(path)) as database:
        return layers(database, path.name)


def layers(database: sqlite3.Connection, source: str) -> dict[str, int]:
    """Map the names of feature and attribute tables to their numbers of rows."""
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    if "gpkg_contents" not in tables:
        what = ("SQLite 数据库，但不是 GeoPackage", "an SQLite database that is no GeoPackage")
        raise refusal(source, what, ("请导出为 GeoPackage 或 CSV。", "Export it as a GeoPackage or CSV."))
    listed = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name"
    ).fetchall()
    counts = {}
    for (name,) in listed:
        if name in tables:
            counts[name] = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608 - quoted
    return counts


def _open(path: Path) -> sqlite3.Connection:
    beside = path.with_name(path.name + "-wal")
    if beside.exists() and beside.stat().st_size:
        raise InputError(IN_USE.at(file=path.name))
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise InputError(broken(error, path.name)) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _choose(counts: dict[str, int], asked: str | None, source: str) -> str:
    if asked is not None:
        if asked not in counts:
            raise InputError(
                NO_SHEET.at(file=source, value=asked, names_zh="、".join(counts), names_en=", ".join(counts))
            )
        return asked
    filled = [name for name, count in counts.items() if count] or list(counts)
    if len(filled) != 1:
        raise InputError(WHICH_SHEET.at(file=source, names=", ".join(filled) or "—"))
    return filled[0]


def _geometry_column(database: sqlite3.Connection, layer: str, source: str) -> tuple[str | None, pyproj.CRS | None]:
    try:
        found = database.execute(
            "SELECT column_name, organization, organization_coordsys_id, definition FROM gpkg_geometry_columns g "
            "LEFT JOIN gpkg_spatial_ref_sys s ON g.srs_id = s.srs_id WHERE g.table_name = ?",
            (layer,),
        ).fetchone()
    except sqlite3.OperationalError:  # a file of attributes alone has no such table
        return None, None
    if found is None:
        return None, None
    column, authority, code, definition = found
    if authority is None or str(definition).strip().lower() in ("undefined", "", "none"):
        return str(column), None
    known = str(authority).upper() in ("EPSG", "ESRI")
    return str(column), parse_crs(f"{authority}:{code}" if known else definition, source, layer)


def _text(value: object, kind: str) -> str | None:
    if isinstance(value, bytes):
        return value.hex() or None
    return ("true" if value else "false") if kind == "BOOLEAN" and value is not None else text_of(value)


def _places(blobs: tuple[object, ...], crs: pyproj.CRS | None, source: str, layer: str) -> Places:
    shapes = shapely.from_wkb(np.array([_wkb(blob) for blob in blobs], dtype=object), on_invalid="ignore")
    shapes = np.asarray(shapes, dtype=object)
    lost = [row for row, (blob, shape) in enumerate(zip(blobs, shapes, strict=True), 1) if blob and shape is None]
    return replace(describe_places(shapes, crs, source, layer), rejected=damaged_shapes(lost, source, layer))


def _wkb(blob: object) -> bytes | None:
    """Return the WKB after a GeoPackage geometry header; bytes that are none where the header is wrong."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8 or (code := blob[3] >> 1 & 7) > 4:
        return b"\0"
    return blob[8 + _ENVELOPES[code] :]
