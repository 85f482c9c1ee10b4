"""The hand-drawn town: a plan small enough to work out on paper.

Drawn on a grid of kilometres, origin 500 km E, 4860 km N in EPSG:4551 (so on the 126th meridian, near 44 N)::

    6 +-------------------------------+
      |  z-north        pd            |      pd 2..3 x 4.5..5.5
    4 +---------------+---------------+
      |  z-west       |  z-east       |      core 1..3 x 1..3, in z-west
      |   +-----+     |   +-----+     |      pa   1..2 x 1..2, in the core
      |   |core |     |   | pb  |     |      pb   5..7 x 1..3
      |   |pa   |     |   |pc   |     |      pc   5..6 x 1..2, nested in pb
      |   +-----+     |   +-----+     |
    0 +---------------+---------------+
      0               4               8

Areas on paper: zones 16 + 16 + 16 km2, core 4, pa 1, pb 4, pc 1, pd 1. The places of the twelve enterprises and their
answers stand in `ENTERPRISES` and `ANSWERS`.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyproj

ORIGIN = (500_000.0, 4_860_000.0)
_TO_WGS84 = pyproj.Transformer.from_crs(4551, 4326, always_xy=True)

# id: (level, parent, west, south, east, north) in km
AREAS = {
    "z-east": ("zone", None, 4, 0, 8, 4),
    "z-north": ("zone", None, 0, 4, 8, 6),
    "z-west": ("zone", None, 0, 0, 4, 4),
    "core": ("core", "z-west", 1, 1, 3, 3),
    "pa": ("park", "z-west", 1, 1, 2, 2),
    "pb": ("park", "z-east", 5, 1, 7, 3),
    "pc": ("park", "pb", 5, 1, 6, 2),
    "pd": ("park", "z-north", 2, 4.5, 3, 5.5),
}
KM2 = {"z-west": 16, "z-east": 16, "z-north": 16, "core": 4, "pa": 1, "pb": 4, "pc": 1, "pd": 1}

# id: (km east, km north, sector, employees, output in CNY 10k, declared area); None: the list does not say
ENTERPRISES: dict[str, tuple[float | None, float | None, str, int | None, float | None, str | None]] = {
    "e01": (1.5, 1.5, "bio", 10, 100.0, None),  # pa, core, z-west
    "e02": (1.2, 1.8, "bio", 20, 200.0, None),  # pa, core, z-west
    "e03": (2.5, 2.5, "device", 30, 300.0, None),  # core, z-west, no park
    "e04": (3.5, 3.5, "chem", 40, None, None),  # z-west only
    "e05": (5.5, 1.5, "bio", 50, 500.0, None),  # pc (nested in pb), z-east
    "e06": (6.5, 2.5, "device", 60, 600.0, None),  # pb, z-east
    "e07": (6.0, 2.0, "device", 70, 700.0, None),  # the corner of pc, inside pb: pc, the smaller
    "e08": (4.0, 4.0, "chem", 80, 800.0, None),  # the corner of all three zones: z-east, the lowest id
    "e09": (2.5, 5.0, "chem", None, 900.0, None),  # pd, z-north
    "e10": (9.0, 2.0, "chem", 100, 1000.0, None),  # outside; 2 km east of pb
    "e11": (None, None, "bio", 110, 1100.0, "pd"),  # no point, declared in pd (z-north)
    "e12": (None, None, "device", 120, 1200.0, None),  # no point, no area: unplaced
}

# id: (core, zone, park, outcome)
ANSWERS = {
    "e01": ("core", "z-west", "pa", "located"),
    "e02": ("core", "z-west", "pa", "located"),
    "e03": ("core", "z-west", None, "located"),
    "e04": (None, "z-west", None, "located"),
    "e05": (None, "z-east", "pc", "located"),
    "e06": (None, "z-east", "pb", "located"),
    "e07": (None, "z-east", "pc", "located"),
    "e08": (None, "z-east", None, "located"),
    "e09": (None, "z-north", "pd", "located"),
    "e10": (None, None, None, "outside"),
    "e11": (None, "z-north", "pd", "declared"),
    "e12": (None, None, None, "unplaced"),
}
# enterprises by area, a nested park's counted for its parent
COUNTS = {
    "core": 3, "z-west": 4, "z-east": 4, "z-north": 2, "pa": 2, "pb": 3, "pc": 2, "pd": 2,
    "outside": 1, "unplaced": 1, "total": 12,
}  # fmt: skip

SECTORS = {
    "bio": ("生物药", "Biologics", "276"),
    "device": ("器械", "Devices", "358"),
    "chem": ("化学药", "Chemicals", "271"),
}


def lonlat(east_km: float, north_km: float) -> tuple[float, float]:
    """Return WGS 84 degrees of a place on the town's grid; the same place gives the same bits."""
    lon, lat = _TO_WGS84.transform(ORIGIN[0] + east_km * 1000, ORIGIN[1] + north_km * 1000)
    return float(lon), float(lat)


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """Return a closed counter-clockwise ring of a rectangle in km, in degrees."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [list(lonlat(x, y)) for x, y in corners]


def feature(area_id: str) -> dict[str, object]:
    """Return an area as a GeoJSON feature."""
    level, parent, *box = AREAS[area_id]
    return {
        "type": "Feature",
        "properties": {
            "area_id": area_id,
            "level": level,
            "parent_id": parent,
            "name_zh": f"区{area_id}",
            "name_en": f"Area {area_id}",
            "status": "official" if level == "zone" else "schematic",
            "published_km2": KM2[area_id],
            "uncertainty_m": None if level == "zone" else 250.0,
            "confidence": "H",
            "source_url": "https://example.org/town",
            "source_date": "2024-05-01",
            "note": "drawn by hand",
        },
        "geometry": {"type": "Polygon", "coordinates": [ring(*box)]},
    }


def write(folder: Path) -> Path:
    """Write the town as a project folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for level, name in (("core", "core"), ("zone", "zones"), ("park", "parks")):
        features = [feature(area_id) for area_id, area in AREAS.items() if area[0] == level]
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    with (folder / "enterprises.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["编号", "企业名称", "lon", "lat", "sector", "employees", "output", "declared_area"])
        for key, (x, y, sector, employees, output, declared) in ENTERPRISES.items():
            lon, lat = ("", "") if x is None or y is None else map(repr, lonlat(x, y))
            out.writerow([key, f"企业{key}", lon, lat, sector, employees, output, declared])
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return folder


PLAN = """\
[plan]
id = "town"
name_zh = "小镇"
name_en = "Town"
released = "2024-05-01"
horizon = "2029-05"
positioning_zh = ["示范镇"]
positioning_en = ["Model town"]
source_url = "https://example.org/town"
source_date = "2024-05-01"
confidence = "H"

[layers]
core = "core.geojson"
zones = "zones.geojson"
parks = "parks.geojson"

[sectors.bio]
name_zh = "生物药"
name_en = "Biologics"
gbt = ["276"]
colour = "#0072B2"

[sectors.device]
name_zh = "器械"
name_en = "Devices"
gbt = ["358"]
colour = "#E69F00"

[sectors.chem]
name_zh = "化学药"
name_en = "Chemicals"
gbt = ["271"]
colour = "#009E73"

[[registers]]
id = "list"
name_zh = "企业名录"
name_en = "List of enterprises"
path = "enterprises.csv"
kind = "recorded"
as_of = "2024-05"
datum = "wgs84"
columns = { enterprise_id = "编号", name_zh = "企业名称" }
defaults = { location_quality = "exact" }

[scopes.town-all]
name_zh = "全镇全部企业"
name_en = "All enterprises of the town"

[scopes.town-large]
name_zh = "全镇规上企业"
name_en = "Enterprises above designated size"

[[patterns]]
id = "1-3-n"
name_zh = "一核三区多园"
name_en = "one core, three zones, many parks"
known_zh = "各区均已公布"
known_en = "all areas are published"
unknown_zh = "无"
unknown_en = "nothing"

[[targets]]
id = "enterprises"
name_zh = "企业数"
name_en = "Number of enterprises"
metric = "enterprises"
scope = "town-all"
unit = "enterprises"
value = 40
by = "2029-05"

[[observations]]
id = "n-2022"
name_zh = "企业数"
name_en = "Number of enterprises"
metric = "enterprises"
scope = "town-all"
unit = "enterprises"
value = 8
date = "2022"

[[observations]]
id = "n-2023"
name_zh = "企业数"
name_en = "Number of enterprises"
metric = "enterprises"
scope = "town-all"
unit = "enterprises"
value = 10
date = "2023"
qualifier = "at_least"

[[observations]]
id = "large-2024"
name_zh = "规上企业数"
name_en = "Enterprises above designated size"
metric = "enterprises"
scope = "town-large"
unit = "enterprises"
value = 3
date = "2024"

[[projects]]
id = "lab"
name_zh = "实验室"
name_en = "Laboratory"
people = ["王甲"]
fields_zh = ["生物医药"]
fields_en = ["biomedicine"]
area_id = "pa"
"""
