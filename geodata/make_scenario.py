"""Make the synthetic scenario: the plan's target state, 1,000 enterprises with output of exactly RMB 100 billion.

Seed: 20280112 (numpy ``Generator`` with ``PCG64``). Nothing in the result is real and nothing is a forecast. It exists
so that maps, notebooks and statistics can be seen at the plan's own size. What is assumed stands in the tables below
and, in words, in README.md.

Run ``python make_scenario.py [FOLDER]`` after draw_layers.py; the same layers give the same bytes.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

HERE = Path(__file__).resolve().parent
SEED = 20280112
COUNT = 1000
OUTPUT = 10_000_000  # CNY 10k: RMB 100 billion
TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4551", always_xy=True)
TO_DEGREES = pyproj.Transformer.from_crs("EPSG:4551", "EPSG:4326", always_xy=True)

# sector: GB/T 4754-2017 codes, output per person and year in CNY 10k, share outside the clusters
SECTORS: dict[str, tuple[tuple[str, ...], float, float]] = {
    "biologics": (("2761", "2762"), 180.0, 0.17),
    "chemical": (("2710", "2720"), 130.0, 0.14),
    "tcm": (("2730", "2740"), 110.0, 0.14),
    "veterinary": (("2750",), 100.0, 0.04),
    "materials": (("2770",), 90.0, 0.08),
    "excipients": (("2780",), 90.0, 0.06),
    "devices": (("3581", "3583", "3584", "3589"), 120.0, 0.17),
    "distribution": (("5151", "5152", "5154"), 260.0, 0.09),
    "research": (("7340", "7452", "7512", "7540"), 60.0, 0.11),
}
# area: enterprises, share drawn to a centre of the area, leading sectors with their extra share of the area
PLACES: dict[str, tuple[int, float, dict[str, float]]] = {
    "park-biomedicine": (150, 0.6, {"biologics": 0.35, "devices": 0.15}),
    "park-yatai": (60, 0.5, {"tcm": 0.45, "distribution": 0.15}),
    "park-fine-chemical-1": (110, 0.6, {"chemical": 0.50, "excipients": 0.15}),
    "park-fine-chemical-2": (70, 0.5, {"chemical": 0.35, "excipients": 0.25}),
    "park-chen-xuesi": (6, 0.0, {"excipients": 0.60}),
    "park-innovation": (95, 0.0, {"devices": 0.50, "materials": 0.15}),
    "park-zhuoyi": (22, 0.0, {"biologics": 0.70}),
    "park-beihu-tech": (80, 0.5, {"research": 0.45, "devices": 0.15}),
    "park-beihu-tech-bio": (35, 0.0, {"research": 0.50, "biologics": 0.20}),
    "park-beihu-ciac": (50, 0.0, {"materials": 0.45, "research": 0.25}),
    "park-genscience": (28, 0.0, {"biologics": 0.65}),
    "park-bcht": (24, 0.0, {"biologics": 0.70}),
    "park-overseas": (14, 0.0, {"tcm": 0.60}),
    "park-alvotech": (12, 0.0, {"biologics": 0.75}),
    "core-port": (34, 0.0, {"tcm": 0.15, "research": 0.20}),
    "core-town": (40, 0.5, {"devices": 0.40}),
    "zone-beihu": (45, 0.3, {}),
    "zone-gaoxin": (55, 0.5, {"devices": 0.20, "research": 0.15}),
    "zone-konggang": (45, 0.6, {"distribution": 0.50}),
    "outside": (25, 0.0, {"distribution": 0.20, "veterinary": 0.20}),
}
HEADER = (
    "enterprise_id", "name_zh", "name_en", "entity", "credit_code", "sector", "gbt_code", "employees", "output",
    "founded", "location_quality", "lon", "lat", "note",
)  # fmt: skip
NOTE = f"合成数据,非真实。Synthetic, not real; seed {SEED}."
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(number: int) -> str:
    """Return a code that passes the checks of GB 32100-2015 and GB 11714, in region 000000, which is nowhere.

    >>> credit_code(1)
    '91000000000000019G'
    """
    body = f"{number:08d}"
    check = 11 - sum(int(char) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True)) % 11
    text = "91000000" + body + {10: "X", 11: "0"}.get(check, str(check))
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(text))
    return text + _ALPHABET[-total % 31]


def whole_shares(weights: npt.NDArray[np.float64], total: int, least: int) -> npt.NDArray[np.int64]:
    """Return whole numbers in proportion to weights, each at least ``least``, that add up to total exactly."""
    parts = weights / weights.sum() * (total - least * len(weights))
    whole = np.floor(parts).astype(np.int64)
    order = np.argsort(whole - parts, kind="stable")
    whole[order[: total - least * len(weights) - int(whole.sum())]] += 1
    return whole + least


def read_areas(folder: Path) -> dict[str, shapely.Geometry]:
    """Return the drawn areas by id, in metres."""
    areas = {}
    for name in ("core", "zones", "parks"):
        layer = json.loads((folder / f"{name}.geojson").read_text(encoding="utf-8"))
        for item in layer["features"]:
            shape = shapely.from_geojson(json.dumps(item["geometry"]))
            areas[item["properties"]["area_id"]] = shapely.transform(shape, _to_metres)
    return areas


def _to_metres(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack(TO_METRES.transform(lonlat[:, 0], lonlat[:, 1]))


def windows(areas: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """Return where the enterprises of each place may stand: in a park, elsewhere in a core part or zone, outside."""
    parks = shapely.union_all([shape for key, shape in areas.items() if key.startswith("park-")])
    zones = {key: shape for key, shape in areas.items() if key.startswith("zone-")}
    nested = {"park-biomedicine": "park-yatai", "park-fine-chemical-1": "park-chen-xuesi",
              "park-beihu-tech": "park-beihu-tech-bio"}  # fmt: skip
    found = {}
    for place in PLACES:
        if place == "outside":
            every = shapely.union_all(list(zones.values()))
            shape = shapely.box(*shapely.buffer(areas["zone-beihu"], 5000).bounds).difference(every)
        else:
            shape = areas[place]
        if place in nested:
            shape = shape.difference(areas[nested[place]])
        if place.startswith(("core", "zone")):
            shape = shape.difference(parks)
        if place == "zone-beihu":
            shape = shape.difference(areas["core"])
        found[place] = shapely.buffer(shape, -8.0)
    return found


def scatter(rng: np.random.Generator, window: shapely.Geometry, count: int, drawn: float) -> npt.NDArray[np.float64]:
    """Return count places in a window, in metres: a share around one to three centres, the others anywhere."""
    centres = uniform(rng, window, 1 + int(window.area > 1e6) + int(window.area > 5e6))
    spread = 0.12 * np.sqrt(window.area / len(centres))
    near: list[npt.NDArray[np.float64]] = []
    while len(near) < round(count * drawn):
        place = centres[rng.integers(len(centres))] + rng.normal(0, spread, 2)
        if shapely.contains_xy(window, *place):
            near.append(place)
    return np.vstack([*near, uniform(rng, window, count - len(near))])


def uniform(rng: np.random.Generator, window: shapely.Geometry, count: int) -> npt.NDArray[np.float64]:
    """Return count places anywhere in a window, by rejection from its box."""
    west, south, east, north = window.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), (4 * count + 16, 2))
        found = np.vstack([found, tried[shapely.contains_xy(window, tried)]])
    return found[:count]


def make(areas: dict[str, shapely.Geometry]) -> list[dict[str, object]]:
    """Return the rows of the scenario."""
    rng = np.random.default_rng(np.random.PCG64(SEED))
    names = list(SECTORS)
    base = np.array([share for _, _, share in SECTORS.values()])
    places, sectors = [], []
    for place, window in windows(areas).items():
        count, drawn, lead = PLACES[place]
        extra = np.array([lead.get(name, 0.0) for name in names])
        places.append(scatter(rng, window, count, drawn))
        sectors.append(rng.choice(len(names), count, p=extra + (1 - extra.sum()) * base))
    lon, lat = np.round(TO_DEGREES.transform(*np.vstack(places).T), 6)
    chosen = np.concatenate(sectors)
    # Lognormal with sigma 1.6: the largest tenth of the enterprises makes more than half of the output.
    output = whole_shares(rng.lognormal(0.0, 1.6, COUNT), OUTPUT, least=60)
    per_head = np.array([rate for _, rate, _ in SECTORS.values()])[chosen] * rng.lognormal(0.0, 0.35, COUNT)
    employees = np.maximum(np.rint(output / per_head), 3).astype(int)
    founded = 2027 - np.floor(38 * rng.beta(1.1, 2.2, COUNT)).astype(int)
    order = rng.permutation(COUNT)  # so that the number of an enterprise says nothing about its place
    rows = []
    for number, row in enumerate(order, start=1):
        codes = SECTORS[names[chosen[row]]][0]
        values = (
            f"SYN-{number:04d}", f"合成企业{number:04d}(非真实)", f"Synthetic enterprise {number:04d} (not real)",
            "enterprise", credit_code(number), names[chosen[row]], codes[int(rng.integers(len(codes)))],
            int(employees[row]), int(output[row]), int(founded[row]), "synthetic", f"{lon[row]:.6f}",
            f"{lat[row]:.6f}", NOTE,
        )  # fmt: skip
        rows.append(dict(zip(HEADER, values, strict=True)))
    return rows


def main(folder: Path) -> None:
    """Write scenario.csv into a folder that holds the layers."""
    with (folder / "scenario.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, HEADER, lineterminator="\n")
        out.writeheader()
        out.writerows(make(read_areas(folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
