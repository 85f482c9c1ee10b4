"""The join beside its peers: which areas cover which points, as index pairs from arrays of x and y.

Run it with the extra ``fast`` installed, and SedonaDB where it is to be compared::

    python benchmarks/locate.py [--quick]

Contenders take turns; the figure is the median. Every answer is compared before anything is timed. "Warm" has indexes
built and polygons prepared beforehand on all sides, "cold" builds everything inside.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.area_index import AreaIndex, raster

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.intp]
Polygons = npt.NDArray[np.object_]
Contender = Callable[[], Pairs]


class Seconds(NamedTuple):
    """What a run took: on the clock, and of all processors together, which others' work does not change."""

    clock: float
    processor: float


BOX = (125.0, 43.7, 125.8, 44.3)
WARM = ((100_000, 40), (1_000_000, 40), (1_000_000, 1000), (10_000_000, 40), (10_000_000, 1000))
COLD = ((1_000, 40), (100_000, 40), (100_000, 1000), (1_000_000, 4), (10_000_000, 4))
SJOIN_UP_TO = 1_000_000 * 1000
PEERS = ("geopandas.sjoin", "prepared loop", "SedonaDB", "STRtree")
PATIENCE = 4.0  # seconds a contender may take and still be asked again


def draw_polygons(number: int, seed: int = 0) -> Polygons:
    """Return areas of 10 to 5,000 corners: four large ones, the others over, in and beside them, some with holes."""
    rng = np.random.default_rng(seed)
    west, south, east, north = BOX
    corners = np.exp(rng.uniform(np.log(10), np.log(5000), number)).astype(int)
    shapes = []
    for place, count in enumerate(corners):
        radius = rng.uniform(0.15, 0.22) if place < 4 else rng.uniform(0.25, 1) * 0.35 / number**0.5
        x, y = rng.uniform(west + radius, east - radius), rng.uniform(south + radius, north - radius)
        shape = _blob(rng, x, y, radius, count)
        if place % 7 == 3:
            shape = shape.difference(_blob(rng, x, y, radius * 0.3, max(count // 4, 8)))
        if place % 11 == 5:
            shape = shape.union(_blob(rng, x + radius * 2.2, y, radius * 0.5, max(count // 4, 8)))
        shapes.append(shape)
    return np.array(shapes)


def _blob(rng: np.random.Generator, x: float, y: float, radius: float, corners: int) -> shapely.Polygon:
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = 1 + rng.normal(0, 0.3 / corners**0.5 / 4, corners)
    for wave in range(2, 8):
        reach += rng.uniform(-0.35, 0.35) / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return shapely.Polygon(np.stack([x + radius * reach * np.cos(angle), y + radius * reach * np.sin(angle)], axis=1))


def scatter(number: int, seed: int = 1) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    west, south, east, north = BOX
    return rng.uniform(west, east, number), rng.uniform(south, north, number)


def in_order(point: npt.ArrayLike, polygon: npt.ArrayLike) -> Pairs:
    pairs = np.stack([np.asarray(point), np.asarray(polygon)])
    return pairs[:, np.lexsort((pairs[1], pairs[0]))]


def by_sjoin(polygons: Polygons, x: Floats, y: Floats) -> Pairs:
    areas = gpd.GeoDataFrame(geometry=list(polygons), crs=4326)
    joined = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=4326)).sjoin(areas, predicate="covered_by")
    return np.stack([joined.index.to_numpy(), joined["index_right"].to_numpy()])


def by_loop(polygons: Polygons, x: Floats, y: Floats) -> Pairs:
    shapely.prepare(polygons)
    found = []
    for number, (polygon, (west, south, east, north)) in enumerate(
        zip(polygons, shapely.bounds(polygons), strict=True)
    ):
        at = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        at = at[shapely.intersects_xy(polygon, x[at], y[at])]
        found.append(np.stack([at, np.full(len(at), number)]))
    return np.concatenate(found, axis=1)


def by_tree(polygons: Polygons, x: Floats, y: Floats) -> Pairs:
    polygon, point = shapely.STRtree(shapely.points(x, y)).query(polygons, predicate="covers")
    return np.stack([point, polygon])


def sedona(polygons: Polygons, x: Floats, y: Floats) -> Contender | None:
    """Return SedonaDB's join with both tables loaded, or None where it is not installed."""
    if not importlib.util.find_spec("sedonadb"):
        return None
    import sedonadb

    session = sedonadb.connect()
    areas = gpd.GeoDataFrame({"polygon": np.arange(len(polygons))}, geometry=list(polygons), crs=4326)
    session.create_data_frame(areas).to_view("areas", overwrite=True)
    session.create_data_frame(pd.DataFrame({"point": np.arange(len(x)), "x": x, "y": y})).to_view("p", overwrite=True)
    join = """SELECT point, polygon FROM (SELECT point, ST_SetSRID(ST_Point(x, y), 4326) AS place FROM p) AS points
              JOIN areas ON ST_Covers(areas.geometry, points.place)"""

    def ask() -> Pairs:
        table = session.sql(join).to_arrow_table()
        return np.stack([table["point"].to_numpy(), table["polygon"].to_numpy()])

    return ask


def read_once(x: Floats, y: Floats) -> Pairs:
    return np.array([[x.sum()], [y.sum()]], dtype=np.intp)


def ours(path: str, polygons: Polygons, x: Floats, y: Floats) -> Contender:
    index = AreaIndex(polygons, path=path)  # type: ignore[arg-type]
    index.pairs(x, y)
    return lambda: index.pairs(x, y)


def fresh(polygons: Polygons) -> Polygons:
    """Return copies that nobody has prepared."""
    return np.array(shapely.from_wkb(shapely.to_wkb(polygons)))


def interleave(contenders: dict[str, Contender], repeats: int) -> dict[str, Seconds]:
    """Return the median seconds of each contender, by the clock and of all processors; slow ones take one turn."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            if times[name] and min(times[name])[0] > PATIENCE:
                continue
            clock, processor = time.perf_counter(), time.process_time()
            run()
            times[name].append((time.perf_counter() - clock, time.process_time() - processor))
    return {name: Seconds(*map(statistics.median, zip(*taken, strict=True))) for name, taken in times.items()}


def check(contenders: dict[str, Contender]) -> str:
    """Compare every answer with the loop's, pair by pair."""
    expected = in_order(*contenders["prepared loop"]())
    verdicts = []
    for name, run in contenders.items():
        if name in ("prepared loop", "reading x, y") or (name == "geopandas.sjoin" and expected.shape[1] > 2_000_000):
            continue
        same = np.array_equal(in_order(*run()), expected)
        verdicts.append(f"{name} {'equal' if same else 'DIFFERENT'}")
    return f"{expected.shape[1]:,} pairs; " + ", ".join(verdicts)


def warm(points: int, number: int, repeats: int) -> None:
    polygons, (x, y) = draw_polygons(number), scatter(points)
    shapely.prepare(polygons)
    contenders: dict[str, Contender | None] = {
        "geopandas.sjoin": (lambda: by_sjoin(polygons, x, y)) if points * number <= SJOIN_UP_TO else None,
        "prepared loop": lambda: by_loop(polygons, x, y),
        "SedonaDB": sedona(polygons, x, y),
        "NumPy": ours("numpy", polygons, x, y),
        "numba": ours("numba", polygons, x, y) if importlib.util.find_spec("numba") else None,
        "reading x, y": lambda: read_once(x, y),
    }
    there = {name: run for name, run in contenders.items() if run}
    report(f"{points:,} x {number}", check(there), interleave(there, repeats))


def cold(points: int, number: int, repeats: int) -> None:
    polygons, (x, y) = draw_polygons(number), scatter(points)
    small = points * number <= 4_000_000

    def alone(path: str) -> Pairs:
        return AreaIndex(fresh(polygons), path=path).pairs(x, y)  # type: ignore[arg-type]

    there: dict[str, Contender] = {
        "prepared loop": lambda: by_loop(fresh(polygons), x, y),
        **({"STRtree": lambda: by_tree(fresh(polygons), x, y)} if small else {}),
        "AreaIndex": lambda: alone("auto"),
        "copying polygons": lambda: fresh(polygons),
    }
    answers = {name: run for name, run in there.items() if name != "copying polygons"}
    verdict = check(answers)
    times = interleave(there, repeats)
    copying = times.pop("copying polygons")
    net = {name: Seconds(*(a - b for a, b in zip(taken, copying, strict=True))) for name, taken in times.items()}
    report(f"{points:,} x {number}, cold", verdict, net)


def report(title: str, verdict: str, times: dict[str, Seconds]) -> None:
    peers = {name: t for name, t in times.items() if name in PEERS}
    best = Seconds(*(min(column) for column in zip(*peers.values(), strict=True)))
    print(f"\n{title}: {verdict}")
    print(f"  {'':16} {'clock ms':>10} {'CPU ms':>10}")
    for name, taken in times.items():
        against = ""
        if name not in peers and name != "reading x, y":
            against = (
                f"  the best peer's clock {best.clock / taken.clock:.1f}x, CPU {best.processor / taken.processor:.1f}x"
            )
            if "geopandas.sjoin" in times:
                against += f"; geopandas.sjoin's clock {times['geopandas.sjoin'].clock / taken.clock:.0f}x"
        print(f"  {name:16} {taken.clock * 1e3:10.1f} {taken.processor * 1e3:10.1f}{against}", flush=True)


def memory(points: int, number: int) -> None:
    """Print the peak of what pairs() allocates, warm, against its output."""
    polygons, (x, y) = draw_polygons(number), scatter(points)
    for path in ("numpy", "numba"):
        if path == "numba" and not importlib.util.find_spec("numba"):
            continue
        index = AreaIndex(polygons, path=path)  # type: ignore[arg-type]
        index.pairs(x, y)
        tracemalloc.start()
        out = index.pairs(x, y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"  {points:,} x {number} {path}: peak {peak / 2**20:.0f} MiB, {peak / out.nbytes:.2f} x the output")


def building(repeats: int) -> None:
    polygons = draw_polygons(1000)
    corners = shapely.get_num_coordinates(polygons).sum()
    for side in (1000, 2000):
        taken = interleave({"draw": lambda side=side: raster.draw(polygons, side)}, repeats)["draw"]  # type: ignore[dict-item,misc]
        print(
            f"  {corners:,} corners of 1,000 polygons on {side} x {side} cells: "
            f"clock {taken.clock * 1e3:.0f} ms, CPU {taken.processor * 1e3:.0f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to a million points, three turns")
    quick = parser.parse_args().quick
    repeats = 3 if quick else 7
    names = ("numpy", "shapely", "geopandas", "numba", "sedonadb")
    found = [f"{name} {version(name)}" for name in names if importlib.util.find_spec(name)]
    print(f"Python {platform.python_version()}, {', '.join(found)}, GEOS {shapely.geos_version_string}")
    if importlib.util.find_spec("numba"):
        begin = time.perf_counter()
        AreaIndex([shapely.box(0, 0, 1, 1)], path="numba").pairs([0.5], [0.5])
        print(f"loading or compiling the numba path: {time.perf_counter() - begin:.1f} s, paid once")
    for points, number in WARM:
        if not quick or points <= 1_000_000:
            warm(points, number, repeats)
    for points, number in COLD:
        if not quick or points <= 1_000_000:
            cold(points, number, repeats)
    print("\nMemory beyond the input, warm:")
    memory(1_000_000, 40)
    memory(1_000_000, 1000)
    print("\nBuilding the index:")
    building(repeats)


if __name__ == "__main__":
    main()
