"""Reading and normalising a list of 1,000,000 rows and 12 columns, beside pandas and polars reading the same file.

Run: ``python benchmarks/normalize.py [rows]``. Every contender runs in a process of its own, eleven times in turn; the
table shows the median wall time, its ratio to ``pandas.read_csv``, the processor time, and the most memory the process
held. polars is shown where it is installed. The clock runs from the path to the table, which is dropped afterwards.
Before any figure counts, the contenders must agree on the number of rows and on the sum of the employees.

pandas and polars read; parkatlas reads, finds the columns, checks codes and coordinates, weighs datums, looks for rows
that repeat others, and makes a point of every row. The second table is parkatlas on lists that are not clean.
"""

from __future__ import annotations

import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROUNDS = 11
ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
PLANS: list[Any] = []
KINDS = ("clean", "gcj02", "faulty")


def codes(rng: np.random.Generator, rows: int) -> pd.Series:
    """Return valid credit codes of no region."""
    body = np.column_stack([np.tile([9, 1, 0, 0, 0, 0, 0, 0], (rows, 1)), rng.integers(0, 31, (rows, 9))])
    check = (31 - body @ np.array([pow(3, k, 31) for k in range(17)]) % 31) % 31
    letters = np.ascontiguousarray(ALPHABET[np.column_stack([body, check])])
    return pd.Series(letters.view("<U18").ravel())


def write(path: Path, rows: int, kind: str) -> None:
    """Write a list; the same rows and kind give the same bytes. "faulty" has one row in ten wrong in some way."""
    from parkatlas import crs

    rng, k = np.random.default_rng(11), np.arange(rows)
    park = rng.integers(0, 4, rows)
    lon, lat = 125.30 + 0.1 * park + 0.04 * rng.random(rows), 43.90 + 0.04 * rng.random(rows)
    if kind == "gcj02":
        lon, lat = crs.from_wgs84(lon, lat, "gcj02")
    table = pd.DataFrame(
        {
            "企业编号": [f"S{n:07d}" for n in k],
            "企业名称": [f"合成企业{n:07d}号有限公司" for n in k],
            "统一社会信用代码": codes(rng, rows),
            "行业代码": rng.choice(["2710", "2720", "2761", "2762", "3581"], rows),
            "从业人数": rng.integers(5, 3000, rows),
            "产值(万元)": np.round(rng.random(rows) * 1e5, 2),
            "成立日期": rng.choice(pd.date_range("1995-01-01", "2024-01-01").strftime("%Y-%m-%d"), rows),
            "地址": [f"合成路{n}号" for n in rng.integers(1, 5000, rows)],
            "所属园区": np.array(["p0", "p1", "p2", "p3"])[park],
            "经度": np.round(lon, 6),
            "纬度": np.round(lat, 6),
            "备注": rng.choice(["", "在建", "投产"], rows),
        }
    )
    if kind == "faulty":
        table = table.astype(object)
        for column, value, step in (("经度", "不详x", 0), ("从业人数", "约100", 1), ("统一社会信用代码", "91O", 2)):
            table.loc[k % 30 == step, column] = value
    table.to_csv(path, index=False)


def plan() -> object:
    """Return a plan of four square parks in one zone."""
    import geopandas as gpd
    from shapely.geometry import box

    from parkatlas import model, schema

    shapes = [box(125.2, 43.8, 125.8, 44.0), *(box(125.3 + 0.1 * n, 43.9, 125.34 + 0.1 * n, 43.94) for n in range(4))]
    ids = ["z", "p0", "p1", "p2", "p3"]
    rows = {"area_id": ids, "level": ["zone"] + ["park"] * 4, "name_zh": ids, "name_en": ids, "status": "official"}
    areas = schema.conform(gpd.GeoDataFrame(rows, geometry=shapes, crs=4326), schema.AREAS)
    sectors = tuple(model.Sector(code, code, code, (code,), "#000000") for code in ("27", "358"))
    return model.Plan(
        "b", "b", "b", folder=Path(), released="2024", horizon="2029", positioning_zh=(), positioning_en=(),
        source=model.Source(), areas=areas, context=None, sectors=sectors, registers=(),
    )  # fmt: skip


def by_polars(path: Path) -> Any:
    import polars as pl

    return pl.read_csv(path)


def by_parkatlas(path: Path) -> Any:
    from parkatlas import model
    from parkatlas.normalize import normalize_table
    from parkatlas.read import read_table

    register = model.Register("list", "名录", "List", path=path.name, kind="synthetic", as_of="2024")
    return normalize_table(read_table(path), register, PLANS[0])


def answer(table: Any) -> tuple[int, int]:
    """Return the number of rows and of employees that a contender found."""
    if not hasattr(table, "enterprises"):
        return len(table), int(table["从业人数"].sum())
    assert table.rows_read == len(table.enterprises) + len(table.rejects) + table.merged
    return table.rows_read, int(table.enterprises["employees"].sum())


CONTENDERS: dict[str, Callable[[Path], Any]] = {
    "pandas.read_csv": pd.read_csv,
    "polars.read_csv": by_polars,
    "parkatlas read + normalize": by_parkatlas,
}


def measure(name: str, path: Path) -> dict[str, float]:
    """Run a contender once in a process of its own; its libraries are loaded before the clock starts."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def one(name: str, path: Path) -> None:
    if name.startswith("parkatlas"):
        import geopandas  # noqa: F401

        import parkatlas.normalize
        import parkatlas.read.delimited  # noqa: F401

        PLANS.append(plan())  # reading a list is timed, not drawing a plan
    elif name.startswith("polars"):
        import polars  # noqa: F401
    wall, cpu = time.perf_counter(), time.process_time()
    table = CONTENDERS[name](path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows, total = answer(table)
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "rows": rows, "total": total}))


def run(names: list[str], path: Path) -> dict[str, dict[str, float]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            found[name].append(measure(name, path))
    return {
        name: {key: statistics.median(turn[key] for turn in turns) for key in ("wall", "cpu", "peak", "rows", "total")}
        for name, turns in found.items()
    }


def show(found: dict[str, dict[str, float]], base: dict[str, float]) -> None:
    print(f"{'':28}{'wall s':>8}{'ratio':>8}{'cpu s':>8}{'ratio':>8}{'peak GB':>9}")
    for name, best in found.items():
        ratios = best["wall"] / base["wall"], best["cpu"] / base["cpu"]
        cells = f"{best['wall']:8.2f}{ratios[0]:8.1f}{best['cpu']:8.2f}{ratios[1]:8.1f}{best['peak']:9.2f}"
        print(f"{name:28}{cells}")


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def main(rows: int) -> None:
    libraries = {name: installed(name) for name in ("parkatlas", "pandas", "pyarrow", "numpy", "shapely", "polars")}
    print(f"Python {platform.python_version()},", ", ".join(f"{name} {number}" for name, number in libraries.items()))
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in CONTENDERS if not name.startswith("polars") or libraries["polars"]]
        path = Path(folder) / "clean.csv"
        write(path, rows, "clean")
        print(f"\n{rows:,} rows x 12 columns, {path.stat().st_size / 1e6:.0f} MB, UTF-8")
        found = run(names, path)
        answers = {(best["rows"], best["total"]) for best in found.values()}
        assert answers == {(rows, found["pandas.read_csv"]["total"])}, answers
        base = found["pandas.read_csv"]
        show(found, base)
        others = {}
        for kind in KINDS[1:]:
            path = Path(folder) / f"{kind}.csv"
            write(path, rows, kind)
            others[f"parkatlas, {kind}"] = run(["parkatlas read + normalize"], path)["parkatlas read + normalize"]
        print("\nparkatlas on other lists, against pandas.read_csv of the clean one")
        show(others, base)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
