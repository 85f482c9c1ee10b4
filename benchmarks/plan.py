"""The checks of areas against the cost of shapely's own validity and bounding-box query.

Run: ``python benchmarks/plan.py``. Four drawings of about 5,000 polygons and 1,000,000 vertices:

- clean: parks that tile 49 zones, every border noded on both sides;
- apart: the same parks, each pulled in a little, so that all borders part by some metres;
- overlapping: each park pushed out over its neighbours;
- heap: all parks within a few kilometres, each upon hundreds of others; once with half as many, to see the growth.

The base is ``shapely.is_valid`` plus ``STRtree(...).query(...)`` over the same polygons: the query of bounding boxes,
and beside it the query with the predicate "intersects", which looks at the shapes as the checks do. Times are CPU
seconds, the best of three, taken in turn.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version

import geopandas as gpd
import numpy as np
import shapely

from parkatlas import schema
from parkatlas.plan import check_areas

SIDE, STEPS = 70, 50  # parks a side, vertices a border
SIDES, CORNERS = 2 * SIDE * (SIDE - 1), 2 * (SIDE - 1) ** 2  # pairs of parks that meet along a side, at a corner
EXPECTED = {
    "clean": Counter({"hierarchy.by-geometry": SIDE**2}).items(),
    "apart": Counter({"topology.gap": SIDES}).items(),
    "overlapping": Counter({"topology.overlap": SIDES + CORNERS}).items(),
}
DEGREES = (1 / 80_000, 1 / 111_195)  # of a metre, about, near 44 N


def border(a: np.ndarray, b: np.ndarray, seed: int) -> np.ndarray:
    """Return a jagged line from a to b, the same for the same seed."""
    t = np.linspace(0, 1, STEPS + 1)[:, None]
    wave = np.random.default_rng(seed).uniform(-15, 15, (STEPS + 1, 1)) * np.minimum(t, 1 - t) * 2
    across = np.array([a[1] - b[1], b[0] - a[0]]) / np.hypot(*(b - a))
    return a + t * (b - a) + wave * across


def cell(i: int, j: int, size: float, n: int) -> np.ndarray:
    """Return the ring of a cell of the grid; neighbours share the vertices of their border."""
    corner = np.array([[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]]) * size
    south = border(corner[0], corner[1], 2 * (i + n * j))
    east = border(corner[1], corner[2], 2 * (i + 1 + n * j) + 1)
    north = border(corner[3], corner[2], 2 * (i + n * (j + 1)))[::-1]
    west = border(corner[0], corner[3], 2 * (i + n * j) + 1)[::-1]
    return np.vstack([south[:-1], east[:-1], north[:-1], west])


def table(level: list[str], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    degrees = shapely.transform(np.array(shapes), lambda points: points * DEGREES + (125.0, 43.7))
    ids = [f"a{k}" for k in range(len(level))]
    rows = {"area_id": ids, "level": level, "name_zh": ids, "name_en": ids, "status": "schematic"}
    return schema.conform(gpd.GeoDataFrame(rows, geometry=list(degrees), crs="EPSG:4326"), schema.AREAS)


def parks(factor: float, n: int = SIDE) -> list[shapely.Geometry]:
    """Return parks scaled about their middles."""
    rings = [cell(i, j, 1000.0, 1000) for i in range(n) for j in range(n)]
    if factor == 1.0:  # scaling by one would round, and neighbours would no longer share their vertices
        return [shapely.Polygon(ring) for ring in rings]
    return [shapely.Polygon((ring - ring.mean(axis=0)) * factor + ring.mean(axis=0)) for ring in rings]


def drawings() -> dict[str, gpd.GeoDataFrame]:
    edge = SIDE // 7
    whole = parks(1.0)
    zones = [
        shapely.coverage_union_all([whole[i * SIDE + j] for i in range(a, a + edge) for j in range(b, b + edge)])
        for a in range(0, SIDE, edge)
        for b in range(0, SIDE, edge)
    ]
    rng = np.random.default_rng(1)
    heaped = [shapely.affinity.translate(park, *(rng.uniform(0, 4000, 2) - park.centroid.coords[0])) for park in whole]
    level = ["zone"] * len(zones) + ["park"] * len(whole)
    return {
        "clean": table(level, [*zones, *whole]),
        "apart": table(["park"] * len(whole), parks(0.996)),
        "overlapping": table(["park"] * len(whole), parks(1.05)),
        "half a heap": table(["park"] * (len(whole) // 2), heaped[: len(whole) // 2]),
        "heap": table(["park"] * len(whole), heaped),
    }


def seconds(*runs: Callable[[], object], repeat: int = 3) -> list[float]:
    """Return the best CPU time of each run, all taken in turn; everything here runs on one thread."""
    best = [np.inf] * len(runs)
    for _ in range(repeat):
        for k, run in enumerate(runs):
            start = time.process_time()
            run()
            best[k] = min(best[k], time.process_time() - start)
    return best


def main() -> None:
    names = ("shapely", "geopandas", "numpy", "pyproj")
    print(platform.python_version(), *(f"{name} {version(name)}" for name in names), shapely.geos_version_string)
    print("drawing      polygons  vertices  base s intersects s  check s      x      x")
    for name, frame in drawings().items():
        shapes = frame.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        found = Counter(finding.code for finding in check_areas(frame))
        assert EXPECTED.get(name, found.items()) <= found.items(), found
        runs = [
            lambda s=shapes: (shapely.is_valid(s), shapely.STRtree(s).query(s)),
            lambda f=frame: check_areas(f),
            lambda s=shapes: (shapely.is_valid(s), shapely.STRtree(s).query(s, predicate="intersects")),
        ]
        base, check, *rest = seconds(*(runs[:2] if "heap" in name else runs))  # a heap has millions of pairs
        touch = rest[0] if rest else np.nan
        counts = f"{len(shapes):8} {shapely.get_num_coordinates(shapes).sum():9}"
        times = f"{base:7.2f} {touch:12.2f} {check:8.2f} {check / base:6.1f} {check / touch:6.1f}"
        print(f"{name:12} {counts} {times}", dict(found))


if __name__ == "__main__":
    main()
