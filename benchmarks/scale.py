"""A register beyond memory: streamed from Parquet, located and counted, beside the cost of reading it alone.

Run it with the extras ``fast`` and ``parquet`` (and ``dask`` for its rows)::

    python benchmarks/scale.py [--rows 10 50 100] [--folder DIR]

The register is made once, a million rows a file, and kept in the folder. Every engine's tables are compared before the
times are printed. Peak memory is that of a process of its own that does nothing else.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from locate import Floats, draw_polygons, scatter
from pyarrow import parquet

from parkatlas import schema
from parkatlas.model import Plan, Register, Sector, Source
from parkatlas.scale import Streamed, stream
from parkatlas.scale.engines import processors
from parkatlas.scale.pieces import batches, cut, to_points

MILLION = 1_000_000
SECTORS = tuple(f"s{k}" for k in range(8))


def make_plan(folder: Path, number: int = 40) -> Plan:
    """Return a plan of areas as in `benchmarks/locate.py`: a core, three zones, the others parks."""
    levels = ["core", "zone", "zone", "zone"] + ["park"] * (number - 4)
    frame = pd.DataFrame({"area_id": [f"a{k:04}" for k in range(number)], "level": levels})
    frame = frame.assign(name_zh=frame["area_id"], name_en=frame["area_id"], status="schematic")
    areas = schema.conform(gpd.GeoDataFrame(frame, geometry=list(draw_polygons(number)), crs=4326), schema.AREAS)
    sectors = tuple(Sector(name, name, name, (), "#0072B2") for name in SECTORS)
    return Plan(
        id="bench", name_zh="基准", name_en="Benchmark", folder=folder, released="2026", horizon="2030",
        positioning_zh=(), positioning_en=(), source=Source(), areas=areas, context=None, sectors=sectors, registers=(),
    )  # fmt: skip


def make_register(folder: Path, millions: int, form: str) -> Register:
    """Write a register of points all over `BOX`, a million rows a file, unless it is there."""
    path = folder / f"{form}-{millions}"
    path.mkdir(parents=True, exist_ok=True)
    for number in range(millions):
        file = path / f"{number:04}.parquet"
        if file.exists():
            continue
        lon, lat = scatter(MILLION, seed=number)
        codes = np.random.default_rng(number).integers(0, len(SECTORS), MILLION).astype(np.int8)
        columns = {"sector": pa.DictionaryArray.from_arrays(codes, list(SECTORS))}
        table = pa.table(columns | ({"geometry": to_points(lon, lat)} if form == "wkb" else {"lon": lon, "lat": lat}))
        if form == "wkb":
            shape = {"encoding": "WKB", "geometry_types": ["Point"]}
            geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": shape}}
            table = table.replace_schema_metadata({"geo": json.dumps(geo)})
        parquet.write_table(table, file)  # as the library does by default: snappy, dictionaries tried first
    return Register(id=path.name, name_zh="基准", name_en="Bench", path=path.name, kind="synthetic", as_of="2026")


def read_alone(plan: Plan, register: Register) -> float:
    """Read x, y and sector of every row on all processors, and do nothing with them but add them up."""

    def read(piece: object) -> float:
        return sum(float(batch.lon.sum() + batch.lat.sum()) for batch in batches(piece, MILLION, whole=False))  # type: ignore[arg-type]

    with ThreadPoolExecutor(processors()) as pool:
        return sum(pool.map(read, cut(plan.folder / register.path, register, MILLION)))


def locate(plan: Plan, register: Register, engine: str) -> Streamed:
    return stream(plan, register, engine=engine, distances=False, hexagon_m=None)  # type: ignore[arg-type]


def peak(folder: Path, millions: int, form: str) -> float:
    """Return the peak memory, in MiB, of a process that streams a register."""
    command = [sys.executable, __file__, "--folder", str(folder), "--alone", str(millions), form]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def timed(runs: tuple[Callable[[], object], ...], repeats: int) -> list[tuple[float, float]]:
    """Return the medians of clock and processor seconds of runs that take turns."""
    times: list[list[tuple[float, float]]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, taken in zip(runs, times, strict=True):
            clock, processor = time.perf_counter(), time.process_time()
            run()
            taken.append((time.perf_counter() - clock, time.process_time() - processor))
    return [(statistics.median(c for c, _ in taken), statistics.median(p for _, p in taken)) for taken in times]


def points_beside_geopandas(folder: Path) -> str:
    """Return what it costs to have the coordinates of a million GeoParquet points, by ours and by geopandas."""
    register = make_register(folder, 1, "wkb")
    path = folder / register.path / "0000.parquet"

    def ours() -> tuple[Floats, Floats]:
        (batch,) = batches(cut(path, register, MILLION)[0], MILLION, whole=False)
        return batch.lon, batch.lat

    def theirs() -> tuple[Floats, Floats]:
        points = gpd.read_parquet(path, columns=["geometry", "sector"]).geometry
        return points.x.to_numpy(), points.y.to_numpy()

    same = all(np.array_equal(a, b) for a, b in zip(ours(), theirs(), strict=True))
    (ours_s, ours_cpu), (theirs_s, theirs_cpu) = timed((ours, theirs), 5)
    return (
        f"1 M points of GeoParquet: from bytes {ours_s:.3f} s ({ours_cpu:.3f} CPU), geopandas {theirs_s:.3f} s "
        f"({theirs_cpu:.3f} CPU), {'equal' if same else 'DIFFERENT'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", type=int, default=[10, 50, 100], help="millions of rows")
    parser.add_argument("--forms", nargs="*", default=["numbers", "wkb"])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "parkatlas-bench")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    plan = make_plan(asked.folder)
    if asked.alone:
        locate(plan, make_register(asked.folder, int(asked.alone[0]), asked.alone[1]), "threads")
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    has_dask = importlib.util.find_spec("distributed") is not None
    names = ("numpy", "pyarrow", "numba", "shapely", "distributed")
    found = [f"{name} {version(name)}" for name in names if importlib.util.find_spec(name)]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"Python {platform.python_version()}, {', '.join(found)}; {processors()} processors, load {load:.1f}")
    print(points_beside_geopandas(asked.folder), flush=True)
    for form in asked.forms:
        for millions in asked.rows:
            register = make_register(asked.folder, millions, form)
            first = locate(plan, register, "threads")
            counted = first.conservation["read"]
            runs = partial(read_alone, plan, register), partial(locate, plan, register, "threads")
            reading, alone = timed(runs, 3 if millions <= 10 else 1)
            line = (
                f"{form:8} {millions:4} M rows ({counted:,} read): reading {reading[0]:6.2f} s ({reading[1]:.2f} CPU)"
            )
            line += f", streaming locate {alone[0]:6.2f} s ({alone[1]:.2f} CPU)"
            line += f" = {alone[0] / reading[0]:.2f} x ({alone[1] / reading[1]:.2f} x CPU)"
            line += f", peak {peak(asked.folder, millions, form):.0f} MiB"
            if has_dask and millions <= 10:
                begin = time.perf_counter()
                together = locate(plan, register, "dask")
                same = together.areas.equals(first.areas) and together.sectors.equals(first.sectors)
                line += f"; dask {time.perf_counter() - begin:.2f} s with its start, {'equal' if same else 'DIFFERENT'}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
