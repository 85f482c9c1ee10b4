"""GeoPackage and shapefile layers, through pyogrio, with every feature accounted for.

Files are copied under a plain name first: GDAL chooses its driver by content and reads files beside a file, and its
paths have a syntax of their own. What it hands back is checked as strictly as GeoJSON.
"""

from __future__ import annotations

import sqlite3
import tempfile
import warnings
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely

from parkatlas import schema
from parkatlas.findings import Rule
from parkatlas.plan.geojson import BAD_COORDINATE, NO_FEATURES, NO_GEOMETRY, NOT_POLYGON, UNREADABLE, RawLayer
from parkatlas.plan.shapefile import check_shapefile, find_parts, texts

MANY_LAYERS = Rule(
    "layer.many-layers",
    "error",
    zh="文件有多个图层：{known}",
    en="the file holds several layers: {known}",
    hint_zh='写成 {{ path = "…", layer = "…" }}。',
    hint_en='Write {{ path = "...", layer = "..." }}.',
)
NO_LAYER = Rule("layer.no-layer", "error", zh="文件没有图层 {value}；有 {known}", en="no layer {value} there; {known}")
REMARK = Rule(
    "layer.reader-remark",
    "warning",
    zh="读取程序（GDAL）提示：{value}",
    en="the reader (GDAL) remarks: {value}",
    hint_zh="文件可能已损坏，请核对。",
    hint_en="The file may be damaged; check it.",
)
ENCODING = Rule(
    "layer.encoding",
    "error",
    zh=".dbf 的文字编码无法判断",
    en="the encoding of the .dbf cannot be told",
    hint_zh='写成 {{ path = "…", encoding = "gb18030" }}。',
    hint_en='Write {{ path = "...", encoding = "gb18030" }}.',
)
GUESSED = Rule(
    "layer.encoding-guessed",
    "info",
    zh="没有 .cpg，文字按 {value} 读取",
    en="there is no .cpg; its text was read as {value}",
)


def read_geopackage(path: Path, name: str, layer: str | None = None) -> RawLayer:
    """Return a layer of a GeoPackage; without ``layer`` the file must hold one layer with geometry."""
    out = RawLayer(name)
    with path.open("rb") as stream:
        head = stream.read(16)
    if head != b"SQLite format 3\0" or not _whole(path):
        out.findings.append(UNREADABLE.at(file=name, reason="not a whole SQLite file"))
        return out
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "layer.gpkg"
        copyfile(path, copy)
        try:
            layers = [str(row[0]) for row in pyogrio.list_layers(copy) if row[1] is not None]
        except (pyogrio.errors.DataSourceError, UnicodeDecodeError) as error:
            out.findings.append(UNREADABLE.at(file=name, reason=str(error).replace(str(copy), name)))
            return out
        known = ", ".join(layers) or "-"
        if layer is not None and layer not in layers:
            out.findings.append(NO_LAYER.at(file=name, value=layer, known=known))
        elif layer is None and len(layers) != 1:
            out.findings.append(MANY_LAYERS.at(file=name, known=known))
        else:
            _read(out, copy, layer=layer or layers[0])
    return out


def read_shapefile(path: Path, name: str, encoding: str | None = None) -> RawLayer:
    """Return a shapefile whose files agree; its short column names become the names of `schema.AREAS`.

    Text is read by ``encoding``, else by the .cpg, else as UTF-8 or GB18030, whichever decodes without an error.
    """
    out = RawLayer(name, findings=check_shapefile(path, name))
    if out.findings:
        return out
    parts = find_parts(path)
    if encoding is None and ".cpg" in parts:
        encoding = parts[".cpg"].read_text(encoding="ascii", errors="replace").strip() or None
    if encoding is None:
        encoding = _encoding_of(texts(parts[".dbf"].read_bytes()))
        if encoding is None:
            out.findings.append(ENCODING.at(file=name))
            return out
        if encoding != "UTF-8":
            out.findings.append(GUESSED.at(file=name, value=encoding))
    with tempfile.TemporaryDirectory() as folder:
        for suffix, part in parts.items():
            if suffix != ".cpg":
                copyfile(part, Path(folder) / f"layer{suffix}")
        _read(out, Path(folder) / "layer.shp", encoding=encoding)
    long = {column.shp: column.name for column in schema.AREAS.columns}
    out.properties = [{long.get(key, key): value for key, value in row.items()} for row in out.properties]
    return out


def _read(out: RawLayer, path: Path, **options: Any) -> None:
    """Fill a layer from a file that GDAL reads; every feature it has becomes one, with a shape or a finding."""
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            meta, _, shapes, columns = pyogrio.raw.read(path, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, LookupError) as error:
        out.findings.append(UNREADABLE.at(file=out.file, reason=str(error).replace(str(path), out.file)))
        return
    words = dict.fromkeys(str(remark.message).replace(str(path), out.file) for remark in remarks)
    out.findings += [REMARK.at(file=out.file, value=text) for text in words]
    out.crs = meta["crs"]
    names = [str(field) for field in meta["fields"]]
    values = [_plain(column) for column in columns]
    out.properties = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    out.properties = out.properties or [{} for _ in shapes]
    if not len(shapes):
        out.findings.append(NO_FEATURES.at(file=out.file))
    out.geometry = [_polygon(out, i, wkb) for i, wkb in enumerate(shapes)]


def _polygon(out: RawLayer, i: int, wkb: bytes | None) -> shapely.Geometry | None:
    """Return a polygon without heights, or None after a finding."""
    place: dict[str, Any] = {"file": out.file, "feature": out.label(i)}
    shape = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None or shapely.is_empty(shape):
        out.findings.append(NO_GEOMETRY.at(**place))
        return None
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        out.findings.append(NOT_POLYGON.at(**place, value=shape.geom_type))
        return None
    flat: shapely.Geometry = shapely.force_2d(shape)
    points = shapely.get_coordinates(flat)
    if not np.isfinite(points).all():
        out.findings.append(BAD_COORDINATE.at(**place, value=str(points[~np.isfinite(points).all(axis=1)][0])))
        return None
    return flat


def _plain(column: Any) -> list[Any]:
    """Return a column as plain Python values, dates as ISO text."""
    if column.dtype.kind == "M":
        return [None if np.isnat(value) else str(value)[:10] for value in column]
    values: list[Any] = column.tolist()
    return values


def _whole(path: Path) -> bool:
    """Tell whether SQLite finds its file complete; a file that is cut short is not."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            return bool(base.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # the second from a damaged name in its own message
        return False


def _encoding_of(cells: list[bytes]) -> str | None:
    """Return the first of UTF-8 and GB18030 in which every cell decodes without an error."""
    for encoding in ("UTF-8", "GB18030"):
        try:
            for cell in cells:
                cell.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None
