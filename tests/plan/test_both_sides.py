"""Every rule of the plan on both sides: the least drawing or file that breaks it, and the nearest one that does not.

The tables hold every code there is; a rule without its two cases fails the last test. What findings say, and of whom,
is tested beside the checks; here only whether they come.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from by_hand import HEAD, areas, box, feature, project, shape

from parkatlas import crs, plan, schema
from parkatlas.errors import PlanError
from parkatlas.findings import Rule
from parkatlas.plan import check_areas, check_plan, document, layers, repair_plan, suspect_datum

M = 0.001
Z: dict[str, Any] = {"a": ("zone", None, box(0, 0, 4, 4)), "b": ("zone", None, box(4, 0, 8, 4))}


def park(polygon: shapely.Geometry, parent: str | None = None) -> gpd.GeoDataFrame:
    return areas(p=("park", parent, polygon))


def circle(n: int) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return shape(*np.column_stack([1.5 * np.cos(turn), 1.5 * np.sin(turn)]).tolist())


def spiky(base: float) -> shapely.Polygon:
    return shape((0, 0), (1, 0), (1, 0.5), (1.4, 0.5 + base / 2), (1, 0.5 + base), (1, 1), (0, 1))


def two(level: str, west: float, east: float | None = None, parent: str | None = None) -> gpd.GeoDataFrame:
    """Return a square of 4 km and one beside it whose west side is at a place on the grid."""
    return areas(a=(level, None, box(0, 0, 4, 4)), b=(level, parent, box(west, 0, east or west + 4, 4)))


def published(km2: float) -> gpd.GeoDataFrame:
    frame = park(box(1, 1, 3, 3))
    frame["published_km2"] = km2
    return frame


def heap(n: int) -> gpd.GeoDataFrame:
    corners = np.random.default_rng(0).uniform(0, 1, (n, 2))
    return areas(**{f"p{i}": ("park", None, box(x, y, x + 4, y + 4)) for i, (x, y) in enumerate(corners)})


def wide(degrees: float) -> gpd.GeoDataFrame:
    ends = {"p": 126 - degrees / 2, "q": 126 + degrees / 2}
    return areas(**{key: ("park", None, shapely.box(lon, 44, lon + 0.05, 44.05)) for key, lon in ends.items()})


def cored(east: float, *parts: float) -> gpd.GeoDataFrame:
    """Return a zone of 4 km with a core from 1 km to its east end, cut into parts that end where they are said to."""
    edges = [1.0, *parts]
    pieces = {f"c{i}": ("core", "core", box(w, 1, e, 3)) for i, (w, e) in enumerate(zip(edges, parts, strict=False))}
    return areas(z=("zone", None, box(0, 0, 4, 4)), core=("core", "z", box(1, 1, east, 3)), **pieces)


# code: areas that break the rule, areas that nearly do
AREAS = {
    "topology.invalid": (park(shape((0, 0), (2, 2), (2, 0), (0, 2))), park(shape((0, 0), (2, 0), (2, 2), (0, 2)))),
    "topology.spike": (park(spiky(5 * M)), park(spiky(20 * M))),
    "topology.many-vertices": (park(circle(50_001)), park(circle(49_999))),
    "topology.holes": (
        park(shapely.difference(box(0, 0, 2, 2), box(0.5, 0.5, 1, 1))),
        park(shapely.difference(box(0, 0, 2, 2), box(0, 0.5, 1, 1))),
    ),
    "topology.thin": (park(box(0, 0, 2, 9 * M)), park(box(0, 0, 2, 11 * M))),
    "topology.duplicate": (two("park", 0), two("park", 0, parent="a")),
    "topology.near-duplicate": (two("park", 0.03, 4), two("park", 0.09, 4)),
    "topology.zones-overlap": (two("zone", 4 - 11 * M), two("zone", 4 - 9 * M)),
    "topology.overlap": (two("park", 4 - 11 * M), two("park", 4 - 9 * M)),
    "topology.sliver": (two("zone", 4 - 9 * M), two("zone", 4 - 11 * M)),
    "topology.hairline-overlap": (two("zone", 4 - 0.025 * M), two("zone", 4 - 0.015 * M)),
    "topology.gap": (two("zone", 4 + 9 * M), two("zone", 4 + 11 * M)),
    "topology.hairline-gap": (two("zone", 4 + 0.025 * M), two("zone", 4 + 0.015 * M)),
    "topology.heap": (heap(100), heap(40)),
    "topology.straddles-zones": (
        areas(**Z, p=("park", "a", box(2, 1, 5, 2))),
        areas(**Z, p=("park", "a", box(2, 1, 4, 2))),
    ),
    "topology.partly-outside": (
        areas(**Z, p=("park", "b", box(7, 1, 9, 2))),
        areas(**Z, p=("park", "b", box(7, 1, 8, 2))),
    ),
    "topology.outside-zones": (
        areas(**Z, p=("park", None, box(8, 1, 9, 2))),
        areas(**Z, p=("park", "b", box(7.9, 1, 9, 2))),
    ),
    "topology.core-not-covered": (cored(4.1), cored(4)),
    "topology.parts-miss-core": (cored(3, 2, 2.9), cored(3, 2, 3)),
    "hierarchy.unknown-parent": (
        areas(**Z, p=("park", "c", box(1, 1, 2, 2))),
        areas(**Z, p=("park", "a", box(1, 1, 2, 2))),
    ),
    "hierarchy.cycle": (
        areas(p=("park", "q", box(1, 1, 3, 3)), q=("park", "p", box(1, 1, 2, 2))),
        areas(p=("park", None, box(1, 1, 3, 3)), q=("park", "p", box(1, 1, 2, 2))),
    ),
    "hierarchy.bad-level": (
        areas(z=("zone", "y", box(0, 0, 4, 4)), y=("zone", None, box(4, 0, 8, 4))),
        areas(z=("core", "y", box(4, 0, 8, 4)), y=("zone", None, box(4, 0, 8, 4))),
    ),
    "hierarchy.by-geometry": (
        areas(**Z, p=("park", None, box(1, 1, 2, 2))),
        areas(**Z, p=("park", None, box(3, 1, 5, 2))),
    ),
    "hierarchy.parent-differs": (
        areas(**Z, p=("park", "b", box(1, 1, 2, 2))),
        areas(**Z, p=("park", "a", box(1, 1, 2, 2))),
    ),
    "hierarchy.not-in-parent": (
        areas(p=("park", None, box(1, 1, 3, 3)), q=("park", "p", box(2, 1, 3.01, 2))),
        areas(p=("park", None, box(1, 1, 3, 3)), q=("park", "p", box(2, 1, 3, 2))),
    ),
    "area.published": (published(4.05), published(4.03)),
    "area.distorted": (wide(8), wide(2)),
}

RING = town.ring(1, 1, 2, 2)
SQUARE = shapely.Polygon(RING)
SAID: dict[str, Any] = {"type": "name", "properties": {"name": "EPSG:4551"}}

Folder = Callable[[Path], Path]


def ring(*changes: tuple[int, Any]) -> dict[str, Any]:
    points: list[Any] = [list(point) for point in RING]
    for index, value in changes:
        points[index] = value
    return {"type": "Polygon", "coordinates": [points]}


def drawn(geometry: Any = SQUARE, options: str = "", **more: Any) -> Folder:
    """Return a writer of a project with one park; ``options`` stand in [layers], properties and members in ``more``."""
    members = {key: more.pop(key) for key in ("crs",) if key in more}
    one = {**feature("p", "park", geometry), "properties": {**feature("p", "park", geometry)["properties"], **more}}
    one["properties"] = {key: value for key, value in one["properties"].items() if value is not None}
    return lambda folder: project(folder, one, layers=f'areas = "areas.geojson"\n{options}', **members)


def moved(code: Any, geometry: shapely.Geometry = SQUARE) -> shapely.Geometry:
    if isinstance(code, str):
        return shapely.transform(geometry, lambda xy: np.column_stack(crs.from_wgs84(xy[:, 0], xy[:, 1], code)))
    return gpd.GeoSeries([geometry], crs=4326).to_crs(code).iloc[0]


def text(content: str | bytes) -> Folder:
    """Return a writer of a project whose layer is just this."""

    def write(folder: Path) -> Path:
        project(folder)
        (folder / "areas.geojson").write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def row(east: float) -> Folder:
    """Return a writer of three parks in a row and one some degrees east of them."""
    near = [feature(f"p{i}", "park", box(i, 0, i + 0.5, 1)) for i in range(3)]
    far = shapely.transform(SQUARE, lambda points: points + np.array((east, 0)))
    return lambda folder: project(folder, *near, feature("q", "park", far))


def frame(names: tuple[str, ...] = ("园区",)) -> gpd.GeoDataFrame:
    ids = [f"p{i}" for i in range(len(names))]
    rows = {"area_id": ids, "level": "park", "name_zh": names, "name_en": ids, "status": "official", "pub_km2": 1.0}
    return gpd.GeoDataFrame(rows, geometry=[box(2 * i, 0, 2 * i + 1, 1) for i in range(len(names))], crs=4326)


def file(
    name: str,
    spoil: Callable[[Path], object] = lambda folder: None,
    entry: str = "",
    names: tuple[str, ...] = ("园区",),
    **write: Any,
) -> Folder:
    """Return a writer of a project with a layer that GDAL writes, and of what is then done to its files."""

    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.toml").write_text(f'{HEAD}areas = {{ path = "{name}"{entry} }}\n', encoding="utf-8")
        frame(names).to_file(folder / name, **write)
        spoil(folder)
        return folder

    return make


def deleted(mark: bytes) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        table = bytearray((folder / "a.dbf").read_bytes())
        table[int.from_bytes(table[8:10], "little")] = ord(mark)
        (folder / "a.dbf").write_bytes(table)

    return spoil


def cut(name: str, size: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[: -size or None])


def other_table(folder: Path) -> None:
    frame(("甲", "乙")).to_file(folder / "b.shp", encoding="UTF-8")
    (folder / "b.dbf").replace(folder / "a.dbf")


def gb18030(broken: bool) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        (folder / "a.cpg").unlink()
        if broken:
            table = (folder / "a.dbf").read_bytes()
            (folder / "a.dbf").write_bytes(table.replace("园区".encode("gb18030"), b"\xff" * 4))

    return spoil


def kml(inside: str) -> Folder:
    data = {"area_id": "p", "level": "park", "name_en": "p", "status": "official"}
    words = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in data.items())
    spots = " ".join(f"{x},{y}" for x, y in RING)
    place = (
        f"<Placemark><name>p</name><ExtendedData>{words}</ExtendedData><Polygon><outerBoundaryIs><LinearRing>"
        f"<coordinates>{spots}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )

    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.toml").write_text(f'{HEAD}areas = "a.kml"\n', encoding="utf-8")
        (folder / "a.kml").write_text(f"<kml><Document>{place}{inside}</Document></kml>", encoding="utf-8")
        return folder

    return write


def named(name: str) -> Folder:
    def write(folder: Path) -> Path:
        drawn()(folder)
        (folder / "areas.geojson").replace(folder / name)
        (folder / "plan.toml").write_text(f'{HEAD}areas = "{name}"\n', encoding="utf-8")
        return folder

    return write


def remark(digits: bytes) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        table = (folder / "a.dbf").read_bytes()
        assert b"1.000" in table
        (folder / "a.dbf").write_bytes(table.replace(b"1.000", digits))

    return spoil


TWICE = collection(feature("p", "park", SQUARE)).replace('"level"', '"name_zh": "园", "level"')
SHP: dict[str, Any] = {"encoding": "UTF-8"}
ZONES = [
    feature("z", "zone", box(0, 0, 4, 4)),
    feature("y", "zone", box(4, 0, 8, 4)),
    feature("p", "park", SQUARE, parent_id="z"),
]
# code: a project that breaks the rule, one that nearly does
LAYERS: dict[str, tuple[Folder, Folder]] = {
    "layer.unreadable": (text(collection(feature("p", "park", SQUARE))[:-1]), drawn()),
    "layer.not-collection": (text(json.dumps(feature("p", "park", SQUARE))), drawn()),
    "layer.no-features": (text(collection()), drawn()),
    "hierarchy.zone-differs": (
        text(collection(*ZONES, feature("q", "park", SQUARE, parent_id="p", zone_id="y"))),
        text(collection(*ZONES, feature("q", "park", SQUARE, parent_id="p", zone_id="z"))),
    ),
    "layer.duplicate-key": (text(TWICE), drawn(name_zh="园")),
    "layer.no-geometry": (drawn({"type": "MultiPolygon", "coordinates": []}), drawn(shapely.MultiPolygon([SQUARE]))),
    "layer.not-polygon": (drawn(SQUARE.exterior), drawn()),
    "layer.bad-coordinate": (drawn(ring((1, [str(RING[1][0]), RING[1][1]]))), drawn(ring((1, [*RING[1], 5.0])))),
    "layer.short-ring": (drawn({"type": "Polygon", "coordinates": [RING[:2]]}), drawn()),
    "layer.open-ring": (drawn({"type": "Polygon", "coordinates": [RING[:-1]]}), drawn()),
    "layer.crs-member": (drawn(moved(4551), crs=SAID), drawn()),
    "layer.crs-redundant": (
        drawn(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
        drawn(),
    ),
    "layer.bad-crs-member": (drawn(crs={"type": "link"}), drawn(crs=None)),
    "layer.unknown-crs": (drawn(options='crs = "EPSG:1"'), drawn(options='crs = "EPSG:4326"')),
    "layer.crs-conflict": (
        drawn(moved(4551), 'crs = "EPSG:4547"', crs=SAID),
        drawn(moved(4551), 'crs = "EPSG:4551"', crs=SAID),
    ),
    "layer.other-datum": (drawn(options='crs = "EPSG:4610"'), drawn(options='crs = "EPSG:4490"')),
    "layer.converted": (drawn(moved("gcj02"), 'datum = "gcj02"'), drawn(options='datum = "wgs84"')),
    "layer.projected-undeclared": (drawn(moved(4551)), drawn(moved(4551), 'crs = "EPSG:4551"')),
    "layer.degrees-declared-metres": (drawn(options='crs = "EPSG:3857"'), drawn(moved(3857), 'crs = "EPSG:3857"')),
    "layer.swapped-axes": (drawn(shapely.transform(SQUARE, lambda xy: xy[:, ::-1])), drawn()),
    "layer.out-of-range": (drawn(ring((1, [180.1, 44.0]))), drawn(ring((1, [180.0, 44.0])))),
    "layer.outside-crs": (
        drawn(shapely.transform(moved(4551), lambda xy: xy[:, ::-1]), 'crs = "EPSG:4551"'),
        drawn(moved(4551), 'crs = "EPSG:4551"'),
    ),
    "layer.far-away": (row(5.2), row(4.8)),
    "layer.no-id": (drawn(area_id=" "), drawn(area_id="0")),
    "layer.bad-id": (drawn(area_id="园" * 21), drawn(area_id="园" * 20)),
    "layer.duplicate-id": (
        lambda folder: project(folder, feature("a", "park", SQUARE), feature("a", "zone", box(0, 0, 8, 6))),
        lambda folder: project(folder, feature("a", "park", SQUARE), feature("A", "zone", box(0, 0, 8, 6))),
    ),
    "layer.no-level": (drawn(level=None), drawn(level="zone")),
    "layer.level-differs": (
        lambda folder: project(folder, feature("p", "zone", SQUARE), layers='parks = "areas.geojson"\n'),
        lambda folder: project(folder, feature("p", "park", SQUARE), layers='parks = "areas.geojson"\n'),
    ),
    "layer.no-name": (drawn(name_zh=None), drawn(name_zh=None, name="园")),
    "layer.no-name-en": (drawn(name_en=""), drawn(name_en="P")),
    "layer.no-status": (drawn(status=None), drawn(status="official")),
    "layer.bad-choice": (drawn(status="Official"), drawn(status="official")),
    "layer.bad-number": (drawn(uncertainty_m="-1"), drawn(uncertainty_m="0")),
    "layer.bad-date": (drawn(source_date="2024-13"), drawn(source_date="2024-12")),
    "layer.control-characters": (drawn(note="a\x07b"), drawn(note="a\nb")),
    "layer.unknown-field": (drawn(sorce_url="x"), drawn(remark="x")),
    "layer.format": (named("a.topojson"), named("a.json")),
    "layer.network-link": (kml("<NetworkLink/>"), kml("<Folder/>")),
    "layer.many-layers": (
        file("a.gpkg", lambda folder: frame().to_file(folder / "a.gpkg", layer="two"), layer="one"),
        file("a.gpkg", layer="one"),
    ),
    "layer.no-layer": (
        file("a.gpkg", entry=', layer = "two"', layer="one"),
        file("a.gpkg", entry=', layer = "one"', layer="one"),
    ),
    "layer.no-crs": (file("a.shp", lambda folder: (folder / "a.prj").unlink(), **SHP), file("a.shp", **SHP)),
    "layer.shapefile-part": (
        file("a.shp", lambda folder: (folder / "a.shx").unlink(), **SHP),
        file("a.shp", lambda folder: (folder / "a.shx").replace(folder / "a.SHX"), **SHP),
    ),
    "layer.shapefile-broken": (file("a.shp", cut("a.shp", 8), **SHP), file("a.shp", cut("a.shp", 0), **SHP)),
    "layer.shapefile-counts": (
        file("a.shp", other_table, **SHP),
        file("a.shp", other_table, names=("丙", "丁"), **SHP),
    ),
    "layer.shapefile-deleted": (file("a.shp", deleted(b"*"), **SHP), file("a.shp", deleted(b" "), **SHP)),
    "layer.reader-remark": (file("a.shp", remark(b"1.0x0"), **SHP), file("a.shp", remark(b"1.010"), **SHP)),
    "layer.encoding": (
        file("a.shp", gb18030(True), encoding="GB18030"),
        file("a.shp", gb18030(False), encoding="GB18030"),
    ),
    "layer.encoding-guessed": (file("a.shp", gb18030(False), encoding="GB18030"), file("a.shp", encoding="GB18030")),
}


def edited(old: str, new: str) -> Folder:
    """Return a writer of the town with other words in plan.toml."""

    def write(folder: Path) -> Path:
        path = town.write(folder) / "plan.toml"
        words = path.read_text(encoding="utf-8")
        assert old in words
        path.write_text(words.replace(old, new, 1), encoding="utf-8")
        return folder

    return write


def empty(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


PLANS: dict[str, tuple[Folder, Folder]] = {
    "plan.no-plan": (empty, town.write),
    "plan.syntax": (edited('"Town"', '"Town'), town.write),
    "plan.unknown-key": (edited('horizon = "2029-05"', 'horizon = "2029-05"\nname_cn = "x"'), town.write),
    "plan.missing-key": (edited('name_en = "Town"\n', ""), edited('confidence = "H"\n', "")),
    "plan.wrong-type": (edited('name_en = "Town"', "name_en = 7"), edited('name_en = "Town"', 'name_en = "7"')),
    "plan.bad-value": (
        edited('colour = "#0072B2"', 'colour = "#0072BG"'),
        edited('colour = "#0072B2"', 'colour = "#0072BF"'),
    ),
    "plan.repeated-id": (edited('id = "n-2023"', 'id = "n-2022"'), edited('id = "n-2023"', 'id = "enterprises"')),
    "plan.unknown-scope": (
        edited('scope = "town-large"', 'scope = "large"'),
        edited('scope = "town-large"', 'scope = "town-all"'),
    ),
    "plan.unknown-area": (edited('area_id = "pa"', 'area_id = "pz"'), edited('area_id = "pa"', 'area_id = "pb"')),
    "plan.no-file": (
        edited('"enterprises.csv"', '"enterprise.csv"'),
        edited('"enterprises.csv"', '"./enterprises.csv"'),
    ),
    "plan.path-outside": (
        edited('"enterprises.csv"', '"../enterprises.csv"'),
        edited('"enterprises.csv"', '"./enterprises.csv"'),
    ),
    "plan.sector-overlap": (edited('gbt = ["358"]', 'gbt = ["276"]'), edited('gbt = ["358"]', 'gbt = ["277"]')),
    "plan.no-layers": (
        edited('core = "core.geojson"\nzones = "zones.geojson"\nparks = "parks.geojson"\n', ""),
        edited('core = "core.geojson"\nzones = "zones.geojson"\n', ""),
    ),
    "plan.both-layer-forms": (
        edited('core = "core.geojson"', 'areas = "core.geojson"'),
        edited('core = "core.geojson"', ""),
    ),
}


def codes(folder: Path) -> set[str]:
    return {finding.code for finding in check_plan(folder)}


@pytest.mark.parametrize("code", AREAS)
def test_drawings(code: str) -> None:
    broken, near = ({finding.code for finding in check_areas(frame)} for frame in AREAS[code])
    assert code in broken
    assert code not in near


@pytest.mark.parametrize("code", [*LAYERS, *PLANS])
def test_files(tmp_path: Path, code: str) -> None:
    broken, near = {**LAYERS, **PLANS}[code]
    assert code in codes(broken(tmp_path / "broken"))
    assert code not in codes(near(tmp_path / "near"))


@pytest.mark.parametrize(("module", "code"), [(document, "plan.too-large"), (layers, "layer.too-large")])
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, code: str) -> None:
    folder = drawn()(tmp_path)
    size = max(path.stat().st_size for path in folder.iterdir() if (path.suffix == ".toml") == (module is document))
    monkeypatch.setattr(module, "MAX_BYTES", size)
    assert code not in codes(folder)
    monkeypatch.setattr(module, "MAX_BYTES", size - 1)
    assert code in codes(folder)


def test_a_shifted_layer() -> None:
    """layer.datum-suspected: twenty enterprises 50 m inside the park that they name, drawn on two web maps' grounds."""
    spots = [town.lonlat(1.05, 1 + 0.05 * i) for i in range(20)]
    rows = [{"enterprise_id": str(i), "name_zh": "x", "entity": "enterprise", "declared_area": "p"} for i in range(20)]
    points = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=[shapely.Point(spot) for spot in spots], crs="EPSG:4326")
    located = schema.conform(points, schema.LOCATED)
    assert [f.code for f in suspect_datum(park(moved("gcj02")), located)] == ["layer.datum-suspected"]
    assert suspect_datum(park(SQUARE), located) == []


# code: layers to repair by force, layers that need no such repair
REPAIRS: dict[str, tuple[Folder, Folder]] = {
    "repair.made-valid": (drawn(shape((0, 0), (2, 2), (2, 0), (0, 2))), drawn()),
    "repair.spikes-removed": (drawn(spiky(5 * M)), drawn(spiky(20 * M))),
    "repair.ring-closed": (LAYERS["layer.open-ring"][0], drawn()),
    "repair.sliver-cut": (
        lambda folder: project(
            folder, feature("a", "zone", box(0, 0, 4, 4)), feature("b", "zone", box(4 - 9 * M, 0, 8, 4))
        ),
        lambda folder: project(
            folder, feature("a", "zone", box(0, 0, 4, 4)), feature("b", "zone", box(4 - 11 * M, 0, 8, 4))
        ),
    ),
    "repair.gap-filled": (
        lambda folder: project(
            folder, feature("a", "zone", box(0, 0, 4, 4)), feature("b", "zone", box(4 + 9 * M, 0, 8, 4))
        ),
        lambda folder: project(
            folder, feature("a", "zone", box(0, 0, 4, 4)), feature("b", "zone", box(4 + 11 * M, 0, 8, 4))
        ),
    ),
}


@pytest.mark.parametrize("code", REPAIRS)
def test_repairs(tmp_path: Path, code: str) -> None:
    broken, near = REPAIRS[code]
    assert code in set(repair_plan(broken(tmp_path / "broken"), tmp_path / "a", force=True)["change"])
    assert code not in set(repair_plan(near(tmp_path / "near"), tmp_path / "b", force=True)["change"])


def test_repairs_that_change_too_much(tmp_path: Path) -> None:
    """repair.too-much: a spike 400 m long on a base of 4 m is 800 m2 of 1 km2, 0.08 %; of 6 m it is 0.12 %."""
    repair_plan(drawn(spiky(4 * M))(tmp_path / "near"), tmp_path / "a")
    with pytest.raises(PlanError) as refused:
        repair_plan(drawn(spiky(6 * M))(tmp_path / "broken"), tmp_path / "b")
    assert [finding.code for finding in refused.value.findings] == ["repair.too-much"]


def test_every_rule_has_its_two_cases() -> None:
    modules = [importlib.import_module(f"parkatlas.plan.{found.name}") for found in pkgutil.iter_modules(plan.__path__)]
    rules = {value.code for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    alone = {"plan.too-large", "layer.too-large", "layer.datum-suspected", "repair.too-much"}
    alone |= {f"repair.{what}" for what in ("inside", "taken", "layers-form", "not-written", "not-as-written")}
    assert rules == {*AREAS, *LAYERS, *PLANS, *REPAIRS, *alone}
