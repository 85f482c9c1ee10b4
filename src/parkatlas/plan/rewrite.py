"""A repaired copy of a project: a new folder, never the old one, with a report of every change."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.errors import OutputError, PlanError, WriteError
from parkatlas.findings import Finding, Rule
from parkatlas.plan import document, layers
from parkatlas.plan.check import TOLERANCE_M
from parkatlas.plan.geojson import OPEN_RING, RawLayer
from parkatlas.plan.load import LIMITS, area_files, read_plan, refusal
from parkatlas.plan.repair import MAX_CHANGE, change_table, differences, repair_areas, sizes

TOO_MUCH = Rule(
    "repair.too-much",
    "error",
    zh="修复会使面积改变 {percent} %，超过 {limit} %",
    en="the repair would change its area by {percent} %, more than {limit} %",
    hint_zh="请核对；确认无误后加 --force。",
    hint_en="Look at it; if it is right, repeat with --force.",
)
NO_AREA_BEFORE = Rule(
    TOO_MUCH.code,
    "error",
    zh="面无效，修复前的面积无法确定，修复后为 {km2} 平方公里",
    en="its rings enclose no certain area as they are; repaired it would have {km2} km2",
    hint_zh=TOO_MUCH.hint_zh,
    hint_en=TOO_MUCH.hint_en,
)
INSIDE = Rule(
    "repair.inside",
    "error",
    zh="修复后的项目不能放在原项目之内：{file}",
    en="the repaired project cannot stand inside the old one: {file}",
)
TAKEN = Rule(
    "repair.taken", "error", zh="{file} 已有内容", en="there is something at {file} already",
    hint_zh="请给出一个新的文件夹名。", hint_en="Name a new folder.",
)  # fmt: skip
NOT_WRITTEN = Rule(
    "repair.not-written", "error", zh="无法写入 {file}：{why}", en="{file} cannot be written: {why}",
    hint_zh="请检查路径、写入权限与磁盘空间。", hint_en="Check the path, the right to write and the space on the disk.",
)  # fmt: skip
NOT_AS_WRITTEN = Rule(
    "repair.not-as-written",
    "error",
    zh="写出后回读与原数据不一致，未留下任何文件：{areas}",
    en="what was written does not read back as it was, and nothing was left behind: {areas}",
)
LAYERS_FORM = Rule(
    "repair.layers-form",
    "error",
    zh="plan.toml 中 [layers] 的写法无法自动修改",
    en="[layers] is written in a way that cannot be edited",
    hint_zh="请写成一个 [layers] 表。",
    hint_en="Write it as one [layers] table.",
)
CLOSED = Rule("repair.ring-closed", "info", zh="已闭合开口的环", en="an open ring was closed")

REPORT = "repairs.csv"
_OF_LAYERS = ("no-plan", "syntax", "no-layers", "both-layer-forms")  # findings on plan.toml that concern the layers


def repair_plan(
    folder: str | Path,
    out: str | Path,
    force: bool = False,
    *,
    points: gpd.GeoDataFrame | None = None,
    tolerance_m: float = TOLERANCE_M,
) -> pd.DataFrame:
    """Copy a project to a new folder with repaired layers, and return every change.

    Parameters
    ----------
    folder : str or Path
        The project; it is not touched.
    out : str or Path
        A folder that does not exist or is empty, not inside ``folder``. It appears at once or not at all.
    force : bool
        Repair even what changes an area by more than 0.1 %.
    points : GeoDataFrame, optional
        Enterprises as points in WGS 84, to count those that a change moves in or out.
    tolerance_m : float
        Width in metres below which overlaps and gaps between neighbours are repaired.

    Returns
    -------
    DataFrame
        `schema.REPAIRS`, a row a change, in the order of the changes; empty where there was nothing to repair. The
        same table stands in ``repairs.csv`` of the new folder. Repaired layers are written as GeoJSON (RFC 7946);
        plan.toml of the copy names them. What cannot be mended stays in the copy, errors too: `check_plan` of
        ``out`` says what.

    Raises
    ------
    PlanError
        Where a layer cannot be read (every finding is said), or where a repair would change an area by more than
        0.1 %, or give one to a ring that crosses itself, and ``force`` is not given.
    LimitError
        As `load_plan`.
    OutputError, WriteError
        Where the new folder cannot be used, or writing failed.
    """
    root, target = Path(folder), Path(out)
    _check_target(root, target)
    reading = read_plan(root)
    if reading.areas is None or any(_stands_in_the_way(finding) for finding in reading.findings):
        raise refusal(reading.findings)
    file_of = {key: path.relative_to(root).as_posix() for key, path in reading.files.items()}
    repaired, changes = repair_areas(reading.areas, tolerance_m)
    if not force:
        _refuse_much(reading.areas, repaired, area_files(reading.areas, reading.files, root))
    table = _table(change_table(changes, reading.areas, points), reading.areas, reading.findings, file_of)
    raw = {key: name for key, name in file_of.items() if name in set(table["file"])}
    _write(root, target, repaired, raw, table)
    return table


def _stands_in_the_way(finding: Finding) -> bool:
    """Tell whether a finding forbids a repair: a layer that cannot be read whole, or a refusal of safety.

    What is wrong between areas that could be read, and elsewhere in plan.toml, stays for people to mend in the copy.
    """
    if finding.severity != "error":
        return False
    prefix, _, what = finding.code.partition(".")
    of_layers = (finding.field or "").startswith("layers") or what in _OF_LAYERS
    return prefix == "layer" or finding.code in LIMITS or (prefix == "plan" and of_layers)


def _check_target(root: Path, target: Path) -> None:
    if target.resolve().is_relative_to(root.resolve()):
        raise OutputError(INSIDE.at(file=str(target)))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(TAKEN.at(file=str(target)))


def _refuse_much(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, files: Mapping[str, str]) -> None:
    """Raise PlanError naming each area that repairs would change too much; ``files`` are those of the areas."""
    percent, km2 = differences(before, after), crs.area_km2(after)
    found = [
        NO_AREA_BEFORE.at(file=files.get(area), feature=area, km2=f"{size:.4g}")
        if math.isnan(change)
        else TOO_MUCH.at(file=files.get(area), feature=area, percent=f"{change:+.2f}", limit=MAX_CHANGE)
        for area, change, size in zip(before["area_id"], percent, km2, strict=True)
        if not abs(change) <= MAX_CHANGE
    ]
    if found:
        raise PlanError(*found)


def _table(
    records: list[dict[str, object]], areas: gpd.GeoDataFrame, findings: list[Finding], file_of: Mapping[str, str]
) -> pd.DataFrame:
    """Return changes as `schema.REPAIRS`: rings closed while reading first, then the repairs."""
    level_of = dict(zip(areas["area_id"], areas["level"], strict=True))
    name_of = {level: file_of[key] for key, level in layers.LEVEL_OF.items() if key in file_of}
    km2_of = dict(zip(areas["area_id"], sizes(list(areas.geometry)).tolist(), strict=True))
    closed = [
        {"file": finding.file, "area_id": finding.feature, "change": CLOSED.code,
         "lon": finding.lon, "lat": finding.lat, "message_zh": CLOSED.zh, "message_en": CLOSED.en,
         "km2_before": km2_of[finding.feature], "km2_after": km2_of[finding.feature], "change_percent": 0.0}
        for finding in findings if finding.code == OPEN_RING.code and finding.feature in level_of
    ]  # fmt: skip
    for record in records:
        record["file"] = name_of.get(None) or name_of[level_of[record["area_id"]]]
    table = schema.frame(schema.REPAIRS, [*closed, *records])
    return schema.validate(table, schema.REPAIRS)


def _write(root: Path, target: Path, areas: gpd.GeoDataFrame, changed: Mapping[str, str], table: pd.DataFrame) -> None:
    """Write the copy beside its place, read it back, and move it there."""
    shapes = dict(zip(areas["area_id"], areas.geometry, strict=True))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise OutputError(NOT_WRITTEN.at(file=str(target), why=error.strerror or error)) from error
    try:
        copy = staging / "project"
        inside = root.resolve()
        shutil.copytree(root, copy, ignore=lambda folder, names: _left_out(inside, Path(folder), names))
        data, _ = document.read_document(root)
        _rewrite_layers(copy, data["layers"], changed, shapes)
        table.to_csv(copy / REPORT, index=False, encoding="utf-8-sig", lineterminator="\n")
        _read_back(copy, shapes)
        if target.exists():
            target.rmdir()
        copy.rename(target)
    except OSError as error:
        raise WriteError(NOT_WRITTEN.at(file=str(target), why=error.strerror or error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _left_out(root: Path, folder: Path, names: list[str]) -> set[str]:
    """Return the names that a copy leaves out: hidden files, and links that lead out of the project."""
    return {name for name in names if name.startswith(".") or not (folder / name).resolve().is_relative_to(root)}


def _rewrite_layers(
    copy: Path, declared: Mapping[str, Any], changed: Mapping[str, str], shapes: Mapping[str, shapely.Geometry]
) -> None:
    """Write the changed layers as GeoJSON, and name them in plan.toml where their name or their CRS changes."""
    entries: dict[str, dict[str, str]] = {}
    shared = {key: declared[key] for key in ("crs", "datum") if key in declared}
    for key in (*layers.LEVEL_OF, "context"):
        if key in declared:
            given = declared[key] if isinstance(declared[key], dict) else {"path": declared[key]}
            entries[key] = {**shared, **given}
    before = json.dumps(entries)
    for key, name in changed.items():
        path = copy / name
        layer = layers.read_layer(path, name, entries[key])
        new = path if path.suffix.lower() in (".geojson", ".json") else _free(path.with_suffix(".geojson"))
        new.write_text(_geojson(layer, shapes), encoding="utf-8")
        entries[key] = {"path": new.relative_to(copy).as_posix()}
    if json.dumps(entries) != before:
        toml = copy / document.NAME
        toml.write_text(_with_layers(toml.read_text(encoding="utf-8-sig"), entries), encoding="utf-8")


def _free(path: Path) -> Path:
    return path if not path.exists() else path.with_name(f"{path.stem}-repaired.geojson")


def _geojson(layer: RawLayer, shapes: Mapping[str, shapely.Geometry]) -> str:
    """Return a layer as RFC 7946 text, a feature a line, with the shapes given by area id."""
    lines = []
    for i, properties in enumerate(layer.properties):
        area = str(properties.get("area_id", "")).strip()
        shape: Any = shapely.orient_polygons(shapes.get(area, layer.geometry[i]), exterior_cw=False)
        plain = {key: None if _is_nan(value) else value for key, value in properties.items()}
        feature = {"type": "Feature", "properties": plain, "geometry": shapely.geometry.mapping(shape)}
        lines.append(json.dumps(feature, ensure_ascii=False))
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _with_layers(text: str, entries: Mapping[str, Mapping[str, str]]) -> str:
    """Return a plan.toml with another [layers] table; the rest, comments too, stays as it is."""
    block = "[layers]\n" + "".join(f"{key} = {_inline(entry)}\n" for key, entry in entries.items())
    out: list[str] = []
    ours = placed = False
    for line in text.splitlines(keepends=True):
        header = re.match(r"\s*\[+\s*([\w-]+)", line)
        if header:
            ours = header[1] == "layers"
            if ours and not placed:
                out.append(block)
                placed = True
        written = ours and not re.match(r"\s*(#.*)?$", line)  # comments and blank lines stay
        if not written and not re.match(r"\s*layers\s*[.=]", line):
            out.append(line)
    new = "".join(out) if placed else "".join(out).rstrip("\n") + "\n\n" + block
    old_data, new_data = tomllib.loads(text), tomllib.loads(new)
    if {**old_data, "layers": None} != {**new_data, "layers": None}:
        raise PlanError(LAYERS_FORM.at(file=document.NAME))
    return new


def _inline(entry: Mapping[str, str]) -> str:
    words = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    return json.dumps(entry["path"], ensure_ascii=False) if len(words) == 1 else f"{{ {', '.join(words)} }}"


def _read_back(copy: Path, shapes: Mapping[str, shapely.Geometry]) -> None:
    """Raise WriteError unless the copy reads as what was written."""
    again = read_plan(copy)
    if again.areas is None:
        raise WriteError(NOT_AS_WRITTEN.at(areas="…"))
    there = dict(zip(again.areas["area_id"], again.areas.geometry, strict=True))
    wrong = [area for area, shape in shapes.items() if area not in there or not shapely.equals(shape, there[area])]
    if wrong:
        raise WriteError(NOT_AS_WRITTEN.at(areas=", ".join(wrong)))
