"""Draw the layers of the Changchun project: core, zones, parks and context.

No official map of the plan was found, so every area is schematic. What is published (areas, compass sides, roads
along an edge) is held exactly: shapes follow the anchors below and are scaled, in EPSG:4551, until their area is the
published one. `layer_notes.toml` says of each area what is fact and what is drawing.

Run ``python draw_layers.py [FOLDER]``; the same input gives the same bytes.

Anchors are OpenStreetMap vertices (WGS 84), (c) OpenStreetMap contributors, ODbL 1.0.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from draw_context import context_features

Points = npt.NDArray[np.float64]

HERE = Path(__file__).resolve().parent
TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4551", always_xy=True)
TO_DEGREES = pyproj.Transformer.from_crs("EPSG:4551", "EPSG:4326", always_xy=True)
DIGITS = 7  # decimals of a degree: about 1 cm
COLUMNS = (
    "area_id", "level", "parent_id", "name_zh", "name_en", "status", "published_km2", "uncertainty_m", "confidence",
    "source_url", "source_date", "note",
)  # fmt: skip

# North Yuanda Avenue: straight north, bending NNE at 44.006; beyond the last vertex its course is a guess.
YUANDA = [(125.3785, 43.9586), (125.3785, 43.9894), (125.3785, 44.0060), (125.3813, 44.0121)]
ZHONGKE_LON = 125.4057  # Zhongke Street, straight north from 43.9564 to 43.9947
LONGHU_LAT, GUANGJI_LAT, ZHONGSHENG_LAT = 43.9735, 43.9822, 43.9886  # three roads running east and west
XINGFU_LAT = 44.0168  # the northern of two junctions that may be Xingfu Road; the other is 44.0055
# The line between the districts of Kuancheng and Jiutai, and a guess how zone A goes on south of it.
DISTRICT = [
    (125.4290, 44.0000), (125.4275, 44.0050), (125.4255, 44.0100), (125.4277, 44.0200), (125.4210, 44.0300),
    (125.4180, 44.0400), (125.4180, 44.0500),
]  # fmt: skip
SOUTH_EAST = [(125.4320, 43.9200), (125.4320, 43.9850)]
RIVER = [
    (125.3563, 43.9363), (125.3594, 43.9423), (125.3535, 43.9524), (125.3553, 43.9606), (125.3539, 43.9638),
    (125.3484, 43.9655), (125.3440, 43.9725), (125.3439, 43.9736), (125.3469, 43.9777), (125.3468, 43.9799),
    (125.3436, 43.9844), (125.3392, 43.9869), (125.3278, 43.9889), (125.3206, 43.9937), (125.3203, 44.0001),
    (125.3174, 44.0014), (125.3184, 44.0045), (125.3164, 44.0099), (125.3112, 44.0149), (125.3106, 44.0183),
    (125.3122, 44.0215),
]  # fmt: skip
# High-tech zone: Zhuoyue, Guanggu and Qianjin avenues, and the south arc of the ring expressway G2501, whose first
# vertex here is the arc drawn on straight to Zhuoyue Avenue, a guess.
ZHUOYUE = [(125.2035, 43.7625), (125.2087, 43.7930)]
GUANGGU = [(125.2174, 43.8046), (125.2596, 43.8425)]
QIANJIN_LON = 125.2893
G2501 = [(125.2035, 43.7439), (125.2394, 43.7536), (125.2648, 43.7605), (125.2893, 43.7709)]
GUIGU_BEARING = 40.3  # Guigu Avenue, 125.2063 43.7796 to 125.2540 43.8203
AIRPORT = (125.685, 43.9962)

ZONE_A_KM2, ZONE_B_KM2 = 86.0, 54.0  # drawing sizes: no area is published
KERB = 30.0  # metres from a road's axis to the edge of a park


def metres(points: Iterable[Sequence[float]]) -> Points:
    """Return EPSG:4551 east and north, shape (n, 2), of longitudes and latitudes."""
    lonlat = np.asarray(list(points), dtype=float)
    return np.column_stack(TO_METRES.transform(lonlat[:, 0], lonlat[:, 1]))


def degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape in WGS 84 with rounded coordinates; shared vertices stay shared."""

    def rounded(xy: Points) -> Points:
        return np.round(np.column_stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1])), DIGITS)

    return shapely.transform(shape, rounded)


def northing(lat: float, lon: float = 125.4) -> float:
    """Return metres north of a latitude, measured at a longitude."""
    return float(metres([(lon, lat)])[0, 1])


def solve(area_at: Callable[[float], float], km2: float, low: float, high: float) -> float:
    """Return the x between low and high at which area_at(x), in square metres and monotone, is km2."""
    rising = area_at(high) > area_at(low)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if (area_at(middle) < km2 * 1e6) == rising else (low, middle)
    return (low + high) / 2


def at(line: Points, y: float) -> float:
    """Return the easting of a line at a northing; beyond its ends the line goes on straight north and south."""
    return float(np.interp(y, line[:, 1], line[:, 0]))


def with_vertex(line: Points, y: float) -> Points:
    """Return the line with one more vertex, at a northing."""
    row = int(np.searchsorted(line[:, 1], y))
    return np.insert(line, row, [at(line, y), y], axis=0)


def between(west: Points, east: Points, south: float, north: float) -> shapely.Polygon:
    """Return the polygon between two lines that run north, from a northing to another."""

    def side(line: Points) -> list[list[float]]:
        inner = line[(line[:, 1] > south) & (line[:, 1] < north)]
        return [[at(line, south), south], *inner.tolist(), [at(line, north), north]]

    return shapely.Polygon(side(west)[::-1] + side(east))


def shifted(line: Points, east: float) -> Points:
    """Return a line moved east by metres."""
    return line + np.array([east, 0.0])


def block(
    place: tuple[float, float], km2: float, ratio: float, bearing: float = 0.0, cut: float = 0.0
) -> shapely.Polygon:
    """Return a city block of an exact area around a place.

    ``ratio`` is width over height, ``bearing`` degrees clockwise from true north, ``cut`` the share of the width and
    height that is cut off the north-east corner, as where a street runs across it.
    """
    corners = np.array([[-1, -1], [1, -1], [1, 1 - 2 * cut], [1 - 2 * cut, 1], [-1, 1]], dtype=float)
    corners *= np.array([np.sqrt(ratio), 1 / np.sqrt(ratio)])
    shape = shapely.Polygon(corners)
    here, north = metres([place, (place[0], place[1] + 0.001)])
    turn = np.radians(bearing) + np.arctan2(*(north - here))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return shapely.Polygon(here + corners @ spin * np.sqrt(km2 * 1e6 / shape.area))


def draw_core() -> dict[str, shapely.Polygon]:
    """Return the three parts of the core: two west of a line parallel to North Yuanda Avenue, one east of it."""
    west, east = metres(YUANDA), shifted(metres(DISTRICT), -60.0)
    south = northing(44.0)
    north = solve(lambda y: between(west, east, south, y).area, 18.4, south, south + 9000)
    offset = solve(lambda dx: between(west, shifted(west, dx), south, north).area, 10.4, 0, 4000)
    middle = shifted(west, offset)
    split = solve(lambda y: between(west, middle, south, y).area, 5.4, south, north)
    west, middle = with_vertex(west, split), with_vertex(middle, split)
    return {
        "core-port": between(west, middle, south, split),
        "core-town": between(west, middle, split, north),
        "core-chem": between(middle, east, south, north),
    }


def draw_zones(core_north: float) -> dict[str, shapely.Polygon]:
    """Return the three zones. Only the third has a published area."""
    river = metres(RIVER)
    east = shifted(metres([*SOUTH_EAST, *DISTRICT]), -20.0)
    top = core_north + 150.0
    shoulder = [[metres(YUANDA)[-1, 0] - 300.0, top]]

    def beihu(south: float) -> shapely.Polygon:
        left, right = with_vertex(river, south), with_vertex(with_vertex(east, south), top)
        left, right = left[left[:, 1] >= south], right[(right[:, 1] >= south) & (right[:, 1] <= top)]
        return shapely.Polygon([*left[::-1].tolist(), *right.tolist(), *shoulder])

    base = northing(43.92)
    south = solve(lambda y: beihu(y).area, ZONE_A_KM2, base, base + 5000)

    def gaoxin(lat: float) -> shapely.Polygon:
        (x0, y0), (x1, y1) = GUANGGU
        corner = (x0 + (x1 - x0) * (lat - y0) / (y1 - y0), lat)
        sides = [*ZHUOYUE, GUANGGU[0], corner, (QIANJIN_LON, lat), *G2501[::-1]]
        return shapely.Polygon(metres(sides))

    lat = solve(lambda y: gaoxin(y).area, ZONE_B_KM2, 43.806, 43.86)
    return {
        "zone-beihu": beihu(south),
        "zone-gaoxin": gaoxin(lat),
        "zone-konggang": octagon(AIRPORT, 100.0),
    }


def octagon(centre: tuple[float, float], km2: float) -> shapely.Polygon:
    """Return a square with cut corners around a place: a shape nobody takes for a surveyed one."""
    corners = np.array([[-1, -3], [1, -3], [3, -1], [3, 1], [1, 3], [-1, 3], [-3, 1], [-3, -1]], dtype=float)
    scale = np.sqrt(km2 * 1e6 / shapely.Polygon(corners).area)
    return shapely.Polygon(metres([centre])[0] + corners * scale)


def draw_parks(core: dict[str, shapely.Polygon]) -> dict[str, shapely.Polygon]:
    """Return the parks, the phases of the fine chemicals park in place of the whole."""
    yuanda, zhongke = metres(YUANDA), metres([(ZHONGKE_LON, 43.9564), (ZHONGKE_LON, 43.9947)])
    south = northing(ZHONGSHENG_LAT) + KERB
    west, east = shifted(yuanda, KERB), shifted(zhongke, -KERB)
    north = solve(lambda y: between(west, east, south, y).area, 6.0, south, south + 6000)
    parks = {"park-biomedicine": between(west, east, south, north)}

    left, right = metres([(125.4068, 43.98), (125.4068, 44.06)]), shifted(metres(DISTRICT), -100.0)
    top = core["core-chem"].bounds[3] - 120.0
    phase = solve(lambda y: between(left, right, y, top).area, 3.698, top - 6000, top)
    foot = solve(lambda y: between(left, right, y, phase).area, 5.302, phase - 6000, phase)
    left, right = with_vertex(left, phase), with_vertex(right, phase)
    parks["park-fine-chemical-1"] = between(left, right, phase, top)
    parks["park-fine-chemical-2"] = between(left, right, foot, phase)
    return parks | {
        "park-yatai": block((125.3842, 44.0010), 0.68, 0.72),
        "park-innovation": block((125.3990, XINGFU_LAT + 0.0022), 0.20, 1.7, 0, 0.15),
        "park-zhuoyi": block((125.3880, 44.0185), 0.1837, 1.2),
        "park-chen-xuesi": block((125.4150, 44.0270), 0.05052, 0.8),
        "park-beihu-tech": block((125.3945, (GUANGJI_LAT + ZHONGSHENG_LAT) / 2), 0.66, 1.62, 0, 0.1),
        "park-beihu-tech-bio": block((125.3915, 43.9845), 0.0544, 1.2),
        "park-beihu-ciac": block((125.4120, (LONGHU_LAT + GUANGJI_LAT) / 2), 0.20, 0.75, 0, 0.2),
        "park-genscience": block((125.2450, 43.7800), 0.12, 1.4, GUIGU_BEARING),
        "park-bcht": block((125.2140, 43.7720), 0.15, 1.3, 4.0, 0.15),
        "park-overseas": block((125.2480, 43.8000), 0.0504, 0.8, GUIGU_BEARING),
        "park-alvotech": block((125.2250, 43.7850), 0.106, 1.3, GUIGU_BEARING, 0.2),
    }


def draw() -> dict[str, dict[str, shapely.Polygon]]:
    """Return every area by layer and id, in WGS 84, rings counter-clockwise, coordinates rounded."""
    parts = draw_core()
    layers = {
        "core": {key: degrees(shape) for key, shape in parts.items()},
        "zone": {key: degrees(shape) for key, shape in draw_zones(parts["core-town"].bounds[3]).items()},
        "park": {key: degrees(shape) for key, shape in draw_parks(parts).items()},
    }
    # A whole is the union of its parts after rounding, so that the borders are the same numbers.
    phases = [layers["park"][key] for key in ("park-fine-chemical-1", "park-fine-chemical-2")]
    layers["core"]["core"] = shapely.union_all(list(layers["core"].values()))
    layers["park"]["park-fine-chemical"] = shapely.union_all(phases)
    return {
        level: {key: shapely.orient_polygons(shapely.normalize(shape)) for key, shape in sorted(shapes.items())}
        for level, shapes in layers.items()
    }


def feature(properties: dict[str, object], shape: shapely.Geometry) -> dict[str, object]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def area_features(
    level: str, shapes: dict[str, shapely.Polygon], words: dict[str, dict[str, object]]
) -> list[dict[str, object]]:
    """Return the features of a layer with the columns of the areas table."""
    features = []
    for area_id, shape in shapes.items():
        given = {"area_id": area_id, "level": level, "status": "schematic", **words[area_id]}
        features.append(feature({column: given.get(column) for column in COLUMNS}, shape))
    return features


def write(path: Path, features: list[dict[str, object]]) -> None:
    """Write a feature collection, one feature a line."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(", ", ": ")) for item in features)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")


def main(folder: Path) -> None:
    """Write the four layers into a folder."""
    words = tomllib.loads((HERE / "layer_notes.toml").read_text(encoding="utf-8"))
    layers = draw()
    for level, name in (("core", "core"), ("zone", "zones"), ("park", "parks")):
        write(folder / f"{name}.geojson", area_features(level, layers[level], words))
    context = [feature(row, shape) for row, shape in context_features()]
    write(folder / "context.geojson", context)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
