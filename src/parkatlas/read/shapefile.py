"""Shapefiles, bare or zipped: attributes and points read from their bytes, lengths checked, other shapes by GDAL.

GDAL reads cut files without a word and takes unknown bytes for Latin text; here both are found.
"""

from __future__ import annotations

import codecs
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely

from parkatlas.errors import InputError
from parkatlas.model import RawTable
from parkatlas.read.archive import open_archive
from parkatlas.read.damage import broken
from parkatlas.read.dbf import read_dbf
from parkatlas.read.features import build_table
from parkatlas.read.layer_rules import CUT_PART, DELETED_ROWS, MISSING_PART
from parkatlas.read.limits import Limits, check_size
from parkatlas.read.places import describe_places, parse_crs
from parkatlas.read.rules import NO_SHEET, WHICH_SHEET

_PARTS = ("shp", "shx", "dbf", "prj", "cpg")
_POINT_LENGTHS = {1: 20, 11: 36, 21: 28}  # bytes of a point, a point with height and measure, one with measure
# Code pages as .cpg files write them, where Python calls them otherwise.
_CODE_PAGES = {"65001": "utf-8", "936": "gb18030", "950": "big5", "54936": "gb18030", "utf8": "utf-8"}


def read_shapefile(path: Path, limits: Limits, encoding: str | None = None) -> RawTable:
    """Read a shapefile by its .shp, with the parts that stand beside it whatever the case of their extensions."""
    parts = {}
    for beside in sorted(path.parent.iterdir()):
        kind = beside.suffix.lower().removeprefix(".")
        if kind in _PARTS and beside.stem == path.stem and kind not in parts and beside.stat().st_size:
            check_size(beside, limits)
            parts[kind] = beside.read_bytes()
    parts["shp"] = path.read_bytes()
    return _read(parts, path.name, None, limits, encoding)


def read_zipped_shapefile(
    path: Path, limits: Limits, sheet: str | None = None, encoding: str | None = None
) -> RawTable:
    """Read the one shapefile in a zip archive, or the one named as the sheet."""
    with open_archive(path, limits) as archive:
        found = layers_of(archive.names)
        if sheet is not None and sheet not in found:
            names = {"names_zh": "、".join(found), "names_en": ", ".join(found)}
            raise InputError(NO_SHEET.at(file=path.name, value=sheet, **names))  # type: ignore[arg-type]
        if sheet is None and len(found) > 1:
            raise InputError(WHICH_SHEET.at(file=path.name, names=", ".join(found)))
        layer = sheet or next(iter(found))
        parts = {kind: archive.read(name) for kind, name in found[layer].items()}
    return _read(parts, path.name, layer, limits, encoding)


def layers_of(names: list[str]) -> dict[str, dict[str, str]]:
    """Map the layers among an archive's members to their parts, such as {"list": {"shp": "a/list.shp", ...}}.

    Names written without their encoding are taken as GBK where they can be, as Chinese systems write them.
    """
    layers: dict[str, dict[str, str]] = {}
    real = [name for name in names if not name.startswith("__MACOSX/")]
    for main in (name for name in real if name.lower().endswith(".shp")):
        beside = {name[len(main) - 3 :].lower(): name for name in real if name[:-3] == main[:-3]}
        parts = {kind: name for kind, name in beside.items() if kind in _PARTS}
        try:
            shown = main.encode("cp437").decode("gb18030")
        except UnicodeError:
            shown = main
        layers[shown.rpartition("/")[2][:-4]] = parts
    return layers


def _read(parts: Mapping[str, bytes], source: str, sheet: str | None, limits: Limits, encoding: str | None) -> RawTable:
    if "dbf" not in parts:
        raise InputError(MISSING_PART.at(file=source, sheet=sheet, value=".dbf"))
    table = read_dbf(parts["dbf"], source, asked=encoding, declared=_code_page(parts.get("cpg")))
    crs = parse_crs(parts["prj"].decode("utf-8", "replace"), source, sheet) if "prj" in parts else None
    shapes = _shapes(parts, source)
    if len(shapes) != table.rows:
        found = {"found": min(len(shapes), table.rows), "most": max(len(shapes), table.rows)}
        cut = ".shp" if len(shapes) < table.rows else ".dbf"
        raise InputError(CUT_PART.at(file=source, sheet=sheet, value=cut, zh="条记录", en="records", **found))  # type: ignore[arg-type]
    findings = list(table.findings)
    columns = table.columns
    if table.deleted.any():
        findings.append(DELETED_ROWS.at(file=source, sheet=sheet, n=int(table.deleted.sum())))
        kept = np.flatnonzero(~table.deleted)
        columns = {name: [cells[k] for k in kept] for name, cells in columns.items()}
        shapes = shapes[kept]
    return build_table(
        columns,
        describe_places(shapes, crs, source, sheet),
        source,
        limits,
        form="shapefile",
        rows=len(shapes),
        sheet=sheet,
        encoding=table.encoding,
        findings=findings,
    )


def _code_page(data: bytes | None) -> str | None:
    """Return the codec that a .cpg file names; None where there is none or Python does not know it."""
    text = (data or b"").decode("ascii", "ignore").strip().lower()
    name = text.removeprefix("oem").removeprefix("ansi").removeprefix("cp").strip(" -_")
    for candidate in (_CODE_PAGES.get(name), text, f"cp{name}"):
        try:
            return codecs.lookup(candidate or "").name
        except LookupError:
            continue
    return None


def _shapes(parts: Mapping[str, bytes], source: str) -> npt.NDArray[np.object_]:
    data = parts["shp"]
    if len(data) < 100:
        raise InputError(CUT_PART.at(file=source, value=".shp", zh="字节", en="bytes", found=len(data), most=100))
    declared = struct.unpack(">i", data[24:28])[0] * 2
    if len(data) < declared:
        raise InputError(CUT_PART.at(file=source, value=".shp", zh="字节", en="bytes", found=len(data), most=declared))
    kind = struct.unpack("<i", data[32:36])[0]
    if kind in _POINT_LENGTHS or kind == 0:
        return _points(data[:declared], source)
    return _by_gdal(parts, source)


def _points(data: bytes, source: str) -> npt.NDArray[np.object_]:
    """Return the points of a .shp; a record without a shape gives None."""
    places: list[tuple[float, float]] = []
    at = 100
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">i", data, at + 4)[0] * 2, struct.unpack_from("<i", data, at + 8)[0]
        if kind in _POINT_LENGTHS and at + 8 + 20 <= len(data):
            places.append(struct.unpack_from("<dd", data, at + 12))
        elif kind == 0:
            places.append((np.nan, np.nan))
        else:
            why = f".shp record {len(places) + 1}: shape type {kind}"
            raise InputError(broken(why, source, row=len(places) + 1))
        at += 8 + max(length, 4)
    pairs = np.array(places, dtype=float).reshape(-1, 2)
    shapes = np.full(len(pairs), None, dtype=object)
    shown = ~np.isnan(pairs).any(axis=1)
    shapes[shown] = shapely.points(pairs[shown])
    return shapes


def _by_gdal(parts: Mapping[str, bytes], source: str) -> npt.NDArray[np.object_]:
    """Return lines, polygons and multipoints by GDAL, from copies under names that no other driver claims."""
    if "shx" not in parts:
        raise InputError(MISSING_PART.at(file=source, value=".shx"))
    with tempfile.TemporaryDirectory(prefix="parkatlas-") as folder:
        for kind in ("shp", "shx"):
            Path(folder, f"layer.{kind}").write_bytes(parts[kind])
        try:
            _, _, wkb, _ = pyogrio.raw.read(Path(folder, "layer.shp"), columns=[], force_2d=True)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
            raise InputError(broken(str(error).replace(folder, ""), source)) from error
    return np.asarray(shapely.from_wkb(wkb), dtype=object)
