"""GIS files that open in ArcGIS and QGIS with every character in place.

GeoPackage and GeoJSON go through geopandas (pyogrio). The shapefile is written by fiona from an explicit schema, for a
shapefile cuts field names at 10 and text at 254 *bytes*, in the middle of a Chinese character if it must: names come
from the schema's short ASCII ones, widths are counted in UTF-8 bytes, and long text is cut between characters with a
finding. Every file is read back and compared before it counts as written.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely.geometry import mapping

from parkatlas import schema
from parkatlas.errors import DependencyError, WriteError
from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan
from parkatlas.schema import AREAS, LOCATED, Column, Table

CUT = Rule(
    "export.text-cut",
    "warning",
    zh="{count} 个值超过 shapefile 的 254 字节上限，已在字符之间截断",
    en="{count} values exceed the shapefile limit of 254 bytes and were cut between characters",
    hint_zh="完整文本见同一文件夹中的 GeoPackage。",
    hint_en="The GeoPackage beside it holds the full text.",
)
DIFFERS = Rule(
    "export.read-back",
    "error",
    zh="写出后读回的内容不一致：{what}",
    en="what was read back differs from what was written: {what}",
    hint_zh="请检查磁盘空间后重试；旧的输出保持不变。",
    hint_en="Check for space on the disk and run again; the old output was kept.",
)

FAILED = Rule(
    "export.write-failed",
    "error",
    zh="写出失败：{why}",
    en="writing failed: {why}",
    hint_zh="请检查磁盘空间与写入权限；旧的输出保持不变。",
    hint_en="Check the space on the disk and the right to write there; the old output was kept.",
)
NO_SHAPEFILE = Rule(
    "export.no-shapefile",
    "warning",
    zh="未安装 fiona，未写出 shapefile",
    en="fiona is not installed: no shapefiles were written",
    hint_zh="GeoPackage 内容相同；在 Python 3.13 及更早版本中可安装 fiona。",
    hint_en="The GeoPackage holds the same; fiona installs on Python 3.13 and earlier.",
)

_DBF_TEXT = 254  # bytes
_ROWS = 50_000
_IS_TEXT = {kind: dtype == "str" for kind, dtype in schema.DTYPES.items()}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: same input, same bytes

Layers = Mapping[str, tuple[gpd.GeoDataFrame, Table]]


def export_layers(plan: Plan, registers: Mapping[str, gpd.GeoDataFrame], folder: str | Path) -> list[Finding]:
    """Write areas and located enterprises as GeoPackage, GeoJSON and zipped shapefiles.

    Parameters
    ----------
    plan : Plan
        Its `areas` become the layer ``areas``; its release date stands in the files' own date fields.
    registers : mapping of str to GeoDataFrame
        Located enterprises by register id; each becomes the layer ``enterprises_<id>``. Rows without a point are
        kept with empty geometry.
    folder : path
        Existing folder to write into: ``atlas.gpkg``, ``<layer>.geojson``, ``shapefiles.zip``.

    Returns
    -------
    list of Finding
        What had to give way to a format's limits.

    Raises
    ------
    WriteError
        When a file cannot be written or reads back differently.

    Notes
    -----
    Without fiona (Python 3.14 and newer have no wheel yet) no shapefiles are written, and a finding says so.
    """
    folder = Path(folder)
    layers: dict[str, tuple[gpd.GeoDataFrame, Table]] = {"areas": (plan.areas, AREAS)}
    layers |= {f"enterprises_{register}": (located, LOCATED) for register, located in registers.items()}
    write_geopackage(layers, folder / "atlas.gpkg", plan.released)
    for name, (data, table) in layers.items():
        write_geojson(data, table, folder / f"{name}.geojson")
    try:
        return write_shapefiles(layers, folder / "shapefiles.zip", plan.released)
    except DependencyError:
        return [NO_SHAPEFILE.at(file="shapefiles.zip")]


def write_geopackage(layers: Layers, path: Path, date: str) -> None:
    """Write layers into one GeoPackage, full names and full text; `date` (ISO) is its time of change."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_full_date(date)}T00:00:00.000Z"})
    try:
        for name, (data, table) in layers.items():
            plain = _plain(data, table)
            kind = "MultiPolygon" if table.geometry == "polygon" else "Point"
            pyogrio.write_dataframe(
                plain, path, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=kind != "Point"
            )
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise WriteError(FAILED.at(file=path.name, why=error)) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    for name, (data, table) in layers.items():
        _compare(_plain(data, table), pyogrio.read_dataframe(path, layer=name), f"{path.name}:{name}")


def write_geojson(data: gpd.GeoDataFrame, table: Table, path: Path) -> None:
    """Write a layer as RFC 7946 GeoJSON: WGS 84, exterior rings counter-clockwise, seven decimals (1 cm)."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(_geojson(data, table))
    if data.empty:  # a GeoJSON layer without features has no fields to read back
        return
    _compare(_plain(data, table), pyogrio.read_dataframe(path), path.name, places=6)


def write_shapefiles(layers: Layers, path: Path, date: str) -> list[Finding]:
    """Write layers as shapefiles (UTF-8, with ``.cpg``) into one zip, with ``fields.csv`` as their dictionary."""
    _require_fiona()
    work = path.with_suffix(".unzipped")
    work.mkdir()
    findings: list[Finding] = []
    for name, (data, table) in layers.items():
        short, cut = _fit(data, table)
        _write_shapefile(short, table, work / f"{name}.shp", date)
        _compare(short, pyogrio.read_dataframe(work / f"{name}.shp"), f"{path.name}:{name}")
        findings += [CUT.at(file=f"{name}.shp", field=column, count=count) for column, count in cut.items()]
    (work / "fields.csv").write_text(_dictionary(layers), encoding="utf-8-sig")
    _zip_away(work, path)
    return findings


def _require_fiona() -> None:
    try:
        import fiona  # noqa: F401
    except ImportError as error:
        raise DependencyError("writing shapefiles needs fiona, which is not installed here") from error


def _plain(data: gpd.GeoDataFrame, table: Table) -> gpd.GeoDataFrame:
    """Return the table's own columns with a fresh index, as a file holds them."""
    return schema.conform(data, table).reset_index(drop=True)


def _geojson(data: gpd.GeoDataFrame, table: Table) -> Iterator[str]:
    plain = _plain(data, table)
    plain.geometry = shapely.orient_polygons(plain.geometry.to_numpy())
    yield '{"type":"FeatureCollection","features":['
    for i, (row, shape) in enumerate(_records(plain)):
        geometry = None if shape is None else _rounded(mapping(shape))
        feature = {"type": "Feature", "properties": row, "geometry": geometry}
        yield (",\n" if i else "\n") + json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    yield "\n]}\n"


def _records(plain: gpd.GeoDataFrame) -> Iterator[tuple[dict[str, object], Any]]:
    """Yield the values and the shape of each row; few rows are Python objects at a time."""
    for begin in range(0, len(plain), _ROWS):
        rows = plain.iloc[begin : begin + _ROWS]
        values = rows.drop(columns="geometry").astype(object)
        values = values.where(values.notna(), None)
        yield from zip(values.to_dict("records"), rows.geometry.to_numpy(), strict=True)


def _rounded(geometry: dict[str, object]) -> dict[str, object]:
    def walk(part: object) -> object:
        return round(part, 7) if isinstance(part, float) else [walk(item) for item in part]  # type: ignore[attr-defined]

    return {"type": geometry["type"], "coordinates": walk(geometry["coordinates"])}


def _fit(data: gpd.GeoDataFrame, table: Table) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Rename columns to their shapefile names and cut text to 254 bytes; say how many values were cut."""
    plain = _plain(data, table)
    cut: dict[str, int] = {}
    for column in table.columns:
        if _IS_TEXT[column.kind]:
            short = plain[column.name].map(_cut, na_action="ignore").astype("str")
            changed = int((short.str.len() < plain[column.name].str.rstrip(" ").str.len()).sum())
            cut |= {column.name: changed} if changed else {}
            plain[column.name] = short
    return plain.rename(columns={column.name: column.shp for column in table.columns}), cut


def _cut(text: str) -> str:
    """Cut to 254 bytes of UTF-8 between characters; NUL would end the value in a DBF, so it goes."""
    return text.replace("\x00", "\ufffd").encode()[:_DBF_TEXT].decode("utf-8", errors="ignore").rstrip(" ")


def _write_shapefile(short: gpd.GeoDataFrame, table: Table, path: Path, date: str) -> None:
    import fiona
    from fiona.errors import FionaError

    properties = {column.shp: _dbf_type(column, short[column.shp]) for column in table.columns}
    kind = "Polygon" if table.geometry == "polygon" else "Point"
    records = (
        {"properties": row, "geometry": None if shape is None else mapping(shape)} for row, shape in _records(short)
    )
    try:
        with fiona.open(
            path,
            "w",
            driver="ESRI Shapefile",
            crs="EPSG:4326",
            schema={"geometry": kind, "properties": properties},
            encoding="UTF-8",
            DBF_DATE_LAST_UPDATE=_full_date(date),
        ) as sink:
            sink.writerecords(records)
    except (FionaError, OSError) as error:
        raise WriteError(FAILED.at(file=path.name, why=error)) from error


def _dbf_type(column: Column, values: pd.Series) -> str:
    if _IS_TEXT[column.kind]:
        longest = int(values.dropna().map(lambda text: len(text.encode())).max()) if values.notna().any() else 0
        return f"str:{max(column.width, longest)}"
    if column.kind == "number":
        largest = float(np.nanmax(np.abs(values.to_numpy()))) if values.notna().any() else 0.0
        whole = len(str(int(largest)))
        return f"float:24.{max(0, min(15, 22 - whole))}"
    return "int:18" if column.kind == "integer" else "bool"


def _compare(wrote: gpd.GeoDataFrame, read: gpd.GeoDataFrame, file: str, places: int = 9) -> None:
    """Raise WriteError unless both hold the same rows, values and shapes (to `places` decimals of a degree)."""
    if len(wrote) != len(read):
        raise WriteError(DIFFERS.at(file=file, what=f"{len(read)} rows instead of {len(wrote)}"))
    for name in wrote.columns.drop("geometry"):
        if name not in read.columns:
            raise WriteError(DIFFERS.at(file=file, field=name, what="the column is missing"))
        if not _same(wrote[name], read[name]):
            raise WriteError(DIFFERS.at(file=file, field=name, what="values"))
    left, right = wrote.geometry.to_numpy(), read.geometry.to_numpy()
    there = ~shapely.is_missing(left)
    bounds = np.abs(shapely.bounds(left[there]) - shapely.bounds(right[there])) <= 10.0**-places
    if not (bounds.all() and (shapely.is_missing(right) == ~there).all()):
        raise WriteError(DIFFERS.at(file=file, field="geometry", what="shapes"))
    if (shapely.get_num_coordinates(left[there]) != shapely.get_num_coordinates(right[there])).any():
        raise WriteError(DIFFERS.at(file=file, field="geometry", what="number of vertices"))


def _same(wrote: pd.Series, read: pd.Series) -> bool:
    # A format may hold "" and missing alike, dates as dates and integers as floats: compare what a reader sees.
    if pd.api.types.is_string_dtype(wrote):
        as_text = read.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(read) else read
        return bool((wrote.fillna("") == as_text.astype("str").where(as_text.notna(), "")).all())
    left = pd.to_numeric(wrote).astype("float64").to_numpy()
    right = pd.to_numeric(read).astype("float64").to_numpy()
    return bool(np.isclose(left, right, rtol=1e-12, atol=1e-9, equal_nan=True).all())


def _dictionary(layers: Layers) -> str:
    lines = ["file,shapefile_name,name,kind,title_zh,title_en,note"]
    for file, (_, table) in layers.items():
        for c in table.columns:
            cells = (f"{file}.dbf", c.shp, c.name, c.kind, c.title("zh"), c.title("en"), c.note)
            lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
    return "\r\n".join(lines) + "\r\n"


def _zip_away(work: Path, path: Path) -> None:
    """Move a folder's files into a zip in name order with a fixed date, and remove the folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(work.iterdir()):
            archive.writestr(zipfile.ZipInfo(file.name, _ZIP_DATE), file.read_bytes(), zipfile.ZIP_DEFLATED)
    for file in work.iterdir():
        file.unlink()
    work.rmdir()


def _full_date(date: str) -> str:
    """Return a day for an ISO date of any precision: its first."""
    return f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10]
