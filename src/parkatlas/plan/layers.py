"""Layers: from the files that [layers] names to one AREAS table, no feature lost without a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.crs import WGS84
from parkatlas.findings import Finding, Rule
from parkatlas.plan.context import read_context
from parkatlas.plan.coordinates import check_together, to_degrees
from parkatlas.plan.document import NAME
from parkatlas.plan.geojson import RawLayer, read_geojson
from parkatlas.plan.kml import read_kml
from parkatlas.plan.parts import project_path
from parkatlas.plan.rows import build_rows
from parkatlas.plan.vector import read_geopackage, read_shapefile

# [layers] key: the level of its features; None where each feature says its own
LEVEL_OF: Mapping[str, str | None] = {"core": "core", "zones": "zone", "parks": "park", "areas": None}
MAX_BYTES = 256_000_000  # some six million vertices as GeoJSON

TOO_LARGE = Rule(
    "layer.too-large",
    "error",
    zh="文件有 {bytes} 字节，上限为 {limit}",
    en="the file has {bytes} bytes, the limit is {limit}",
)
NO_CRS = Rule(
    "layer.no-crs",
    "warning",
    zh="文件没有坐标系，已按经纬度（WGS 84）读取",
    en="the file has no CRS; it was read as WGS 84 degrees",
    hint_zh='在 [layers] 中写 crs = "EPSG:4326" 或实际的坐标系。',
    hint_en='Write crs = "EPSG:4326", or the real one, under [layers].',
)
FORMAT = Rule(
    "layer.format",
    "error",
    zh="不支持的图层格式：{value}",
    en="layers of this format are not read: {value}",
    hint_zh="可用 {known}。",
    hint_en="Formats read: {known}.",
)
BOTH_FORMS = Rule(
    "plan.both-layer-forms",
    "error",
    zh="[layers] 同时写了 areas 与分层级的图层",
    en="[layers] names areas as well as layers by level",
    hint_zh="两种写法只用一种。",
    hint_en="Use one of the two forms.",
)
ZONE_DIFFERS = Rule(
    "hierarchy.zone-differs",
    "warning",
    zh="zone_id 为 {value}，而按 parent_id 归入 {other}",
    en="its zone_id is {value}, but by its parent_id it belongs to {other}",
    hint_zh="按 parent_id 汇总；请更正其中一个。",
    hint_en="Sums follow parent_id; correct one of the two.",
)
DUPLICATE_ID = Rule(
    "layer.duplicate-id",
    "error",
    zh="area_id 重复，另见 {others}",
    en="the area_id is used twice, also in {others}",
)


def read_layers(
    declared: Mapping[str, Any], folder: Path
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, dict[str, Path], list[Finding]]:
    """Return the areas, the context, the files by [layers] key, and every finding.

    Parameters
    ----------
    declared
        The ``[layers]`` table of plan.toml.
    folder
        The project folder.

    Returns
    -------
    areas : GeoDataFrame
        `schema.AREAS` in WGS 84: cores, then zones, then parks, each level in file order; the index counts from 0.
        Features with an error are left out; the findings name each.
    context : GeoDataFrame or None
        Background points, lines and polygons (see `context.read_context`), in WGS 84.
    files, findings
        Where an error is among the findings, the areas are not fit for use.
    """
    findings: list[Finding] = []
    if "areas" in declared and any(key in declared for key in ("core", "zones", "parks")):
        findings.append(BOTH_FORMS.at(file=NAME, field="layers"))
    shared = {name: declared[name] for name in ("crs", "datum") if name in declared}
    raw: dict[str, RawLayer] = {}
    context: gpd.GeoDataFrame | None = None
    files: dict[str, Path] = {}
    for key in (*LEVEL_OF, "context"):
        if key not in declared:
            continue
        given = declared[key] if isinstance(declared[key], dict) else {"path": declared[key]}
        entry = {name: value for name, value in {**shared, **given}.items() if isinstance(value, str)}
        if "path" not in entry:
            continue  # the schema has said so
        path, finding = project_path(folder, entry["path"])
        if path is None:
            findings += [] if finding is None else [_at_key(finding, key)]
            continue
        files[key] = path
        if key == "context":
            context, found = _read_context(path, entry["path"], entry)
            findings += found
            continue
        raw[key] = read_layer(path, entry["path"], entry)
    check_together(list(raw.values()))
    rows = [row for key, layer in raw.items() for row in build_rows(layer, LEVEL_OF[key])]
    findings += [finding for layer in raw.values() for finding in layer.findings]
    findings += [*_duplicates(rows), *_other_zones(rows)]
    return _table(rows), context, files, findings


def read_layer(path: Path, name: str, options: Mapping[str, Any]) -> RawLayer:
    """Return one file as a layer in WGS 84; ``options`` may hold crs, datum, layer and encoding."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return RawLayer(name, findings=[TOO_LARGE.at(file=name, bytes=size, limit=MAX_BYTES)])
    suffix = path.suffix.lower()
    if suffix in (".geojson", ".json"):
        layer = read_geojson(path, name)
    elif suffix == ".kml":
        layer = read_kml(path, name, options.get("layer"))
    elif suffix == ".gpkg":
        layer = read_geopackage(path, name, options.get("layer"))
    elif suffix == ".shp":
        layer = read_shapefile(path, name, options.get("encoding"))
    else:
        return RawLayer(name, findings=[FORMAT.at(file=name, value=path.suffix, known=".geojson, .gpkg, .shp, .kml")])
    if layer.crs is None and layer.properties and "crs" not in options and suffix in (".gpkg", ".shp"):
        layer.findings.append(NO_CRS.at(file=name))
    to_degrees(layer, options.get("crs"), options.get("datum", "wgs84"))
    return layer


def _read_context(path: Path, name: str, options: Mapping[str, Any]) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        return None, [TOO_LARGE.at(file=name, bytes=size, limit=MAX_BYTES)]
    return read_context(path, name, options.get("datum", "wgs84"))


def _at_key(finding: Finding, key: str) -> Finding:
    return finding.rule.at(file=NAME, field=f"layers.{key}", value=finding.value)


def _duplicates(rows: list[dict[str, Any]]) -> list[Finding]:
    """Find area ids used more than once, within a file or across files; each later use is a finding."""
    times = Counter(row["area_id"] for row in rows if row["area_id"] is not None)
    first: dict[str, str] = {}
    findings = []
    for row in rows:
        key = row["area_id"]
        if key is None or times[key] == 1:
            continue
        if key in first:
            findings.append(DUPLICATE_ID.at(file=row["_file"], feature=key, others=first[key]))
        else:
            first[key] = row["_file"]
    return findings


def _other_zones(rows: list[dict[str, Any]]) -> Iterator[Finding]:
    """Yield the areas whose zone_id is neither their parent nor one above it."""
    parent_of = {row["area_id"]: row["parent_id"] for row in rows}
    for row in rows:
        above: list[str] = []
        at = row["parent_id"]
        while at is not None and at not in above:
            above.append(at)
            at = parent_of.get(at)
        if above and row["_zone"] not in (None, *above):
            yield ZONE_DIFFERS.at(
                file=row["_file"], feature=row["area_id"], value=row["_zone"], other=" < ".join(above)
            )


def _table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows without a fault as AREAS, sorted by level and then as the files have them."""
    order = {level: i for i, level in enumerate(schema.LEVELS)}
    good = [row for row in rows if row["geometry"] is not None and row["area_id"] and row["level"] in order]
    good.sort(key=lambda row: order[row["level"]])
    data = pd.DataFrame(good, columns=[*schema.AREAS.names, "geometry"])
    frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(data["geometry"], crs=WGS84), crs=WGS84)
    return schema.conform(frame, schema.AREAS)
