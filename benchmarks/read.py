"""Reading a list of 1,000,000 rows and 12 columns as text, beside pandas and polars.

Run: ``python benchmarks/read.py [rows]``. Every contender runs in a process of its own, three times; the table shows
the best time, its ratio to ``pandas.read_csv`` of the same file, and the most memory the process held above what its
libraries take. polars is shown where it is installed. Before any figure counts, contenders must agree on the number
of rows and on the characters of the names.

The contenders do different work: pandas and polars are told the encoding, the delimiter and the header; parkatlas finds
them, checks every byte, and looks for totals, notes, broken rows and cells over the limits. `pandas.read_csv` turns
numbers into numbers, and codes of 18 digits with them; the others keep text.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROUNDS = 3


def write(path: Path, rows: int, codec: str, quoted: bool = False) -> None:
    """Write a list such as an office keeps; the same rows give the same bytes."""
    import numpy as np

    rng = np.random.default_rng(11)
    lon, lat = 125 + rng.random(rows), 43.5 + rng.random(rows)
    staff, output = rng.integers(1, 3000, rows), rng.random(rows) * 1e5
    parks, notes = rng.integers(0, 3, rows), rng.integers(0, 3, rows)
    head = "企业编号,企业名称,统一社会信用代码,经度,纬度,行业代码,从业人数,产值(万元),成立日期,地址,所属园区,备注\n"
    address = '"吉林省长春市,净月区药谷大街{}号"' if quoted else "吉林省长春市净月区药谷大街{}号"
    with path.open("w", encoding=codec, newline="") as stream:
        stream.write(head)
        for k in range(rows):
            place = address.format(k % 5000)
            stream.write(
                f"E{k:07d},长春药谷生物科技有限公司第{k}号,912201{k:012d},{lon[k]:.6f},{lat[k]:.6f},C27{k % 90 + 10},"
                f"{staff[k]},{output[k]:.2f},2019-0{k % 9 + 1}-02,{place},{('北湖', '净月', '')[parks[k]]},"
                f"{('', '有', '无数据')[notes[k]]}\n"
            )


def by_pandas(path: Path) -> tuple[int, int]:
    import pandas as pd

    frame = pd.read_csv(path)
    return len(frame), int(frame["企业名称"].str.len().sum())


def by_pandas_text(path: Path) -> tuple[int, int]:
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    return len(frame), int(frame["企业名称"].str.len().sum())


def by_pandas_gb18030(path: Path) -> tuple[int, int]:
    import pandas as pd

    frame = pd.read_csv(path, encoding="gb18030")
    return len(frame), int(frame["企业名称"].str.len().sum())


def by_polars_text(path: Path) -> tuple[int, int]:
    import polars as pl

    frame = pl.read_csv(path, infer_schema=False)
    return frame.height, int(frame["企业名称"].str.len_chars().sum())


def by_parkatlas(path: Path) -> tuple[int, int]:
    from parkatlas.read import read_table

    frame = read_table(path).frame
    return len(frame), int(frame["企业名称"].str.len().sum())


def by_standard_library(path: Path) -> tuple[int, int]:
    from parkatlas.read.engines import Body

    Body.has_arrow = lambda _: False  # type: ignore[method-assign]
    return by_parkatlas(path)


def by_batches(path: Path) -> tuple[int, int]:
    from parkatlas.read import iter_table

    told = [(len(raw.frame), int(raw.frame["企业名称"].str.len().sum())) for raw in iter_table(path, 100_000)]
    return sum(rows for rows, _ in told), sum(names for _, names in told)


UTF8: dict[str, Callable[[Path], tuple[int, int]]] = {
    "pandas.read_csv": by_pandas,
    "pandas.read_csv(dtype=str)": by_pandas_text,
    "polars.read_csv(infer_schema=False)": by_polars_text,
    "parkatlas.read_table": by_parkatlas,
    "parkatlas.iter_table(100,000 rows)": by_batches,
    "parkatlas.read_table, no pyarrow": by_standard_library,
}
OTHERS = {
    "utf-8, commas in quotes": ("utf-8", {"pandas.read_csv": by_pandas, "parkatlas.read_table": by_parkatlas}),
    "gb18030": ("gb18030", {"pandas.read_csv(gb18030)": by_pandas_gb18030, "parkatlas.read_table": by_parkatlas}),
}


def run_one(name: str, path: Path) -> None:
    """Run one contender and print its best time, its memory and its answer as JSON."""
    work = {key: value for table in (UTF8, *(more for _, more in OTHERS.values())) for key, value in table.items()}
    import pandas as pd  # noqa: F401 - libraries are loaded before memory is looked at
    import pyarrow.csv

    pyarrow.csv.read_csv  # noqa: B018
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = work[name](path)
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"s": min(times), "mb": (peak - before) / 1024, "all_mb": peak / 1024, "answer": answer}))


def compare(title: str, path: Path, names: list[str]) -> None:
    print(f"\n{title}: {path.stat().st_size / 1e6:.0f} MB\n")
    print(f"{'':40}{'s':>8}{'ratio':>8}{'peak MB':>10}{'process MB':>12}")
    results = {}
    for name in names:
        done = subprocess.run(
            [sys.executable, __file__, "--one", name, str(path)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"{name:40}  not run: {done.stderr.strip().splitlines()[-1]}")
            continue
        results[name] = json.loads(done.stdout)
    answers = {tuple(result["answer"]) for result in results.values()}
    assert len(answers) == 1, f"contenders disagree: {answers}"
    base = results[names[0]]["s"]
    for name, result in results.items():
        print(f"{name:40}{result['s']:8.2f}{result['s'] / base:8.2f}{result['mb']:10.0f}{result['all_mb']:12.0f}")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"Python {platform.python_version()}, {platform.machine()}")
    for library in ("parkatlas", "pandas", "pyarrow", "polars"):
        try:
            print(f"{library} {version(library)}", end="  ")
        except PackageNotFoundError:
            print(f"{library} not installed", end="  ")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.csv")
        write(path, rows, "utf-8")
        compare(f"{rows:,} rows x 12 columns, utf-8", path, list(UTF8))
        for title, (codec, contenders) in OTHERS.items():
            write(path, rows, codec, quoted="quotes" in title)
            compare(f"{rows:,} rows x 12 columns, {title}", path, list(contenders))


if __name__ == "__main__":
    run_one(sys.argv[2], Path(sys.argv[3])) if sys.argv[1:2] == ["--one"] else main()
