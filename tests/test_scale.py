"""Streaming: the tables of the rows, whatever the batches, the engine and the fate of its workers."""

from __future__ import annotations

import datetime
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas import schema
from parkatlas.errors import InputError
from parkatlas.locate import locate_enterprises, outcomes
from parkatlas.model import Plan, Register
from parkatlas.pipeline import Streaming, build
from parkatlas.plan import load_plan
from parkatlas.scale import Streamed, stream
from parkatlas.scale.partial import UNIT, exact_sums
from parkatlas.scale.pieces import cut, points, to_points
from parkatlas.statistics import area_table, sector_table

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
HAS_DASK = importlib.util.find_spec("distributed") is not None

ROWS = 1200


@pytest.fixture
def plan(town_folder: Path) -> Plan:
    return load_plan(town_folder)


def some_enterprises(rows: int = ROWS, seed: int = 5) -> gpd.GeoDataFrame:
    """Enterprises all over the town and beside it, on its borders, without points, without sectors."""
    rng = np.random.default_rng(seed)
    km = rng.uniform((-1, -1), (10, 7), (rows, 2))
    km[: rows // 5] = rng.integers(0, 9, (rows // 5, 2))  # borders and corners
    shapes = shapely.points([town.lonlat(x, y) for x, y in km])
    shapes[rng.random(rows) < 0.1] = None
    sector = rng.choice([*town.SECTORS, None], rows)
    frame = pd.DataFrame(
        {
            "enterprise_id": [f"e{k:05}" for k in range(rows)],
            "name_zh": [f"企业{k}" for k in range(rows)],
            "entity": rng.choice(schema.ENTITIES, rows, p=[0.8, 0.1, 0.1]),
            "sector": sector,
            "employees": pd.array(np.where(rng.random(rows) < 0.2, None, rng.integers(1, 900, rows)), dtype="Int64"),
            "output": np.where(rng.random(rows) < 0.3, np.nan, rng.uniform(0, 1e5, rows)),
            "declared_area": rng.choice([None, "pc", "core", "z-north", "nowhere"], rows),
            "location_quality": "exact",
        }
    )
    return schema.conform(gpd.GeoDataFrame(frame, geometry=shapes, crs=4326), schema.ENTERPRISES)


def register(path: str) -> Register:
    return Register(id="big", name_zh="大名录", name_en="Big", path=path, kind="synthetic", as_of="2024")


def assert_same_tables(streamed: Streamed, located: gpd.GeoDataFrame, plan: Plan) -> None:
    tables = ((streamed.areas, area_table(located, plan.areas)),
              (streamed.sectors, sector_table(located, plan.areas, plan.sectors)))  # fmt: skip
    for ours, expected in tables:
        pd.testing.assert_frame_equal(ours, expected, rtol=1e-12)
    counted = {name: streamed.conservation[name] for name in schema.OUTCOMES}
    assert counted == outcomes(located)
    assert sum(streamed.conservation.values()) == 2 * streamed.conservation["read"]


@pytest.mark.parametrize("batch_rows", [90, 500, 10_000])
@pytest.mark.parametrize("form", ["geometry", "numbers"])
def test_streamed_tables_are_those_of_the_rows(plan: Plan, form: str, batch_rows: int) -> None:
    enterprises = some_enterprises()
    path = plan.folder / "big.parquet"
    if form == "geometry":
        enterprises.to_parquet(path, row_group_size=400)
    else:
        frame = pd.DataFrame(enterprises.drop(columns="geometry"))
        frame["lon"], frame["lat"] = enterprises.geometry.x, enterprises.geometry.y
        frame.to_parquet(path, row_group_size=400)
    streamed = stream(plan, register("big.parquet"), batch_rows=batch_rows)
    assert_same_tables(streamed, locate_enterprises(enterprises, plan.areas), plan)


def test_located_rows_are_written_in_order_and_read_back(plan: Plan, tmp_path: Path) -> None:
    enterprises = some_enterprises()
    folder = plan.folder / "big"
    folder.mkdir()
    for k in range(3):
        enterprises[k * 400 : (k + 1) * 400].to_parquet(folder / f"{k}.parquet", row_group_size=300)
    streamed = stream(plan, register("big"), tmp_path / "out", batch_rows=400)
    assert [part.name for part in streamed.parts] == [f"part-{k:05}.parquet" for k in range(len(streamed.parts))]
    assert sorted(tmp_path.joinpath("out").iterdir()) == list(streamed.parts)
    back = pd.concat([gpd.read_parquet(part) for part in streamed.parts], ignore_index=True)
    expected = locate_enterprises(enterprises, plan.areas)
    pd.testing.assert_frame_equal(schema.conform(back, schema.LOCATED), schema.conform(expected, schema.LOCATED))
    assert back.geometry.geom_equals(expected.geometry).sum() == expected.geometry.notna().sum()
    assert back.crs.to_epsg() == 4326


def test_bands_and_hexagons_count_the_enterprises(plan: Plan) -> None:
    enterprises = some_enterprises()
    enterprises.to_parquet(plan.folder / "big.parquet", row_group_size=700)
    streamed = stream(plan, register("big.parquet"), batch_rows=700, hexagon_m=500)
    located = locate_enterprises(enterprises, plan.areas)
    firms = located[located["entity"].eq("enterprise") & located.geometry.notna()]
    every = streamed.bands[streamed.bands["sector"] == "all"]
    expected = [(firms["park_distance_m"] <= edge).sum() for edge in (0, 500, 1000, 2000, 5000)]
    assert every["n_within"].tolist() == expected
    bio = streamed.bands[streamed.bands["sector"] == "bio"]
    assert bio["n"].unique().tolist() == [firms["sector"].eq("bio").sum()]
    assert streamed.hexagons["n"].sum() == len(firms)
    inside = gpd.sjoin(firms, streamed.hexagons.to_crs(4326), predicate="intersects")
    assert len(inside) >= len(firms) * 0.99  # all but those that rounding puts beside a corner


def test_any_table_is_normalised_batch_by_batch(plan: Plan) -> None:
    listed = replace(plan.registers[0])
    whole = stream(plan, listed, batch_rows=10_000)
    parts = stream(plan, listed, batch_rows=5)
    assert whole.conservation["read"] == len(town.ENTERPRISES)
    assert dict(zip(whole.areas["area_id"], whole.areas["n"], strict=True)) == town.COUNTS
    pd.testing.assert_frame_equal(whole.areas, parts.areas)
    pd.testing.assert_frame_equal(whole.sectors, parts.sectors)
    assert whole.conservation == parts.conservation


def test_impossible_positions_are_rejected_and_accounted_for(plan: Plan) -> None:
    enterprises = some_enterprises(50)
    wrong = enterprises.copy()
    wrong.loc[[3, 7], "geometry"] = [shapely.Point(500, 44), shapely.Point(126, np.inf)]
    wrong.to_parquet(plan.folder / "big.parquet")
    streamed = stream(plan, register("big.parquet"))
    assert streamed.conservation["rejected"] == 2
    assert [finding.code for finding in streamed.findings if finding.severity == "error"] == ["scale.no-position"]
    assert_same_tables(streamed, locate_enterprises(enterprises.drop([3, 7]), plan.areas), plan)


def test_empty_registers_and_folders_without_parquet(plan: Plan) -> None:
    some_enterprises(10)[:0].to_parquet(plan.folder / "none.parquet")
    assert stream(plan, register("none.parquet")).conservation["read"] == 0
    plan.folder.joinpath("empty").mkdir()
    with pytest.raises(InputError, match=r"scale\.no-files"):
        stream(plan, register("empty"))
    with pytest.raises(ValueError, match="unknown engine 'spark'"):
        stream(plan, register("none.parquet"), engine="spark")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="for the engine dask"):
        stream(plan, register("none.parquet"), scheduler="tcp://127.0.0.1:1")


def test_points_come_straight_from_their_bytes_and_go_back() -> None:
    x, y = np.array([1.5, np.nan, -3.0]), np.array([2.5, np.nan, 4.0])
    column = to_points(x, y)
    assert column.null_count == 1
    np.testing.assert_array_equal(points(column), (x, y))
    np.testing.assert_array_equal(points(column[2:]), (x[2:], y[2:]))
    full = pa.array([shapely.to_wkb(shapely.Point(*place)) for place in ((1, 2), (3, 4), (5, 6))])
    np.testing.assert_array_equal(points(full[1:]), ([3, 5], [4, 6]))
    odd = [shapely.Point(1, 2), shapely.Point(), None, shapely.Point(1, 2, 3)]
    found = points(pa.array([None if shape is None else shapely.to_wkb(shape, byte_order=0) for shape in odd]))
    np.testing.assert_array_equal(found, ([1, np.nan, np.nan, 1], [2, np.nan, np.nan, 2]))


def test_points_of_every_kind_of_wkb_are_those_of_geos() -> None:
    here = [shapely.Point(1, 2), shapely.Point(3, 4, 9), shapely.Point(), shapely.LineString([(0, 0), (1, 1)]), None]
    kinds = ({}, {"byte_order": 0}, {"flavor": "iso"}, {"include_srid": True})
    every = [
        None if shape is None else shapely.to_wkb(shapely.set_srid(shape, 4326), **kind)  # type: ignore[call-overload]
        for kind in kinds
        for shape in here
    ]
    for kind in (pa.binary(), pa.large_binary()):
        found = points(pa.array([b"", *every, b"\x01\x01"], kind)[1:-1])
        expected = np.array([shapely.from_wkb(one) for one in every], dtype=object)
        expected[shapely.is_empty(expected)] = None
        np.testing.assert_array_equal(found, (shapely.get_x(expected), shapely.get_y(expected)))


def test_points_as_geoarrow_has_them_are_read_too(plan: Plan) -> None:
    enterprises = some_enterprises(300)
    enterprises.to_parquet(plan.folder / "arrow.parquet", geometry_encoding="geoarrow")
    enterprises.to_parquet(plan.folder / "bytes.parquet")
    assert cut(plan.folder / "arrow.parquet", register("arrow.parquet"), 100)[0].layout is not None
    one, other = (stream(plan, register(f"{name}.parquet")) for name in ("arrow", "bytes"))
    pd.testing.assert_frame_equal(one.areas, other.areas)
    assert one.conservation == other.conservation


def test_kept_rows_are_those_that_locating_gives(plan: Plan) -> None:
    enterprises = some_enterprises()
    enterprises.to_parquet(plan.folder / "big.parquet", row_group_size=400)
    streamed = stream(plan, register("big.parquet"), batch_rows=400, keep_rows=ROWS)
    expected = schema.conform(locate_enterprises(enterprises, plan.areas), schema.LOCATED)
    assert streamed.rows is not None
    pd.testing.assert_frame_equal(schema.conform(streamed.rows, schema.LOCATED), expected)
    assert stream(plan, register("big.parquet"), keep_rows=ROWS - 1).rows is None


def test_rejected_rows_are_listed_by_their_number_in_the_file(plan: Plan) -> None:
    wrong = some_enterprises(1300)
    wrong.loc[[3, 700], "geometry"] = shapely.Point(500, 44)
    wrong.to_parquet(plan.folder / "big.parquet", row_group_size=400)
    few = stream(plan, register("big.parquet"), batch_rows=400)
    assert few.rejects["row"].tolist() == [4, 701]
    assert few.rejects["value"].tolist() == ["500.0, 44.0"] * 2
    wrong.loc[wrong.index[:1100], "geometry"] = shapely.Point(500, 44)
    wrong.to_parquet(plan.folder / "big.parquet", row_group_size=400)
    many = stream(plan, register("big.parquet"), batch_rows=400)
    assert (many.conservation["rejected"], len(many.rejects)) == (1100, 1000)
    assert many.findings[-1].code == "scale.more-rejected"


def test_a_failed_run_leaves_the_parts_of_the_one_before(plan: Plan, tmp_path: Path) -> None:
    enterprises, folder = some_enterprises(600), plan.folder / "big"
    folder.mkdir()
    for name in "abc":
        enterprises.to_parquet(folder / f"{name}.parquet")
    out = tmp_path / "out"
    before = {part.name: part.read_bytes() for part in stream(plan, register("big"), out).parts}
    (folder / "c.parquet").write_bytes((folder / "a.parquet").read_bytes().replace(b"pc", b"\xff\xfe"))
    with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever Arrow says
        stream(plan, register("big"), out)

    def stop(done: int, _rows: int) -> None:
        if done:
            raise KeyboardInterrupt

    (folder / "c.parquet").unlink()
    with pytest.raises(KeyboardInterrupt):
        stream(plan, register("big"), out, progress=stop)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    fewer = stream(plan, register("big"), out)
    assert sorted(out.iterdir()) == list(fewer.parts)
    assert len(fewer.parts) == 2


def test_places_at_the_other_end_of_the_world_count_in_no_hexagon(plan: Plan) -> None:
    enterprises = some_enterprises(40)
    enterprises["entity"] = "enterprise"
    enterprises.loc[:, "geometry"] = [shapely.Point(*town.lonlat(1, 1))] * 38 + [shapely.Point(-60, -40)] * 2
    enterprises.to_parquet(plan.folder / "big.parquet")
    streamed = stream(plan, register("big.parquet"), hexagon_m=500)
    assert streamed.hexagons["n"].tolist() == [38]
    assert streamed.bands.loc[streamed.bands["sector"] == "all", "n"].unique().tolist() == [40]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(), st.integers(0, 2)), max_size=30))
def test_sums_are_exact_for_any_doubles(pairs: list[tuple[float, int]]) -> None:
    values, of = np.array([value for value, _ in pairs], dtype=float), np.array([k for _, k in pairs], dtype=np.intp)
    expected = [
        sum((Fraction(v) for v, k in pairs if k == group and np.isfinite(v)), Fraction(0)) for group in range(3)
    ]
    assert [Fraction(total, 1 << UNIT) for total in exact_sums(values, of, 3)] == expected


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers as processes of their own, on loopback."""
    told = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    started = [subprocess.Popen([*here, "--no-dashboard", "--scheduler-file", str(told)], **quiet)]  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1"]
        worker += ["--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(tmp_path)]
        started += [subprocess.Popen(worker, **quiet) for _ in range(2)]  # type: ignore[call-overload]
        import json

        yield json.loads(told.read_text())["address"], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.skipif(not HAS_DASK, reason="needs distributed")
def test_a_cluster_that_loses_a_worker_gives_the_same(
    plan: Plan, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    enterprises = some_enterprises(6_000)
    enterprises.to_parquet(plan.folder / "big.parquet", row_group_size=300)
    alone = stream(plan, register("big.parquet"), tmp_path / "alone", batch_rows=300)
    address, workers = cluster
    heard: list[int] = []

    def lose_one(done: int, rows: int) -> None:
        heard.append(done)
        assert rows == 6_000
        if done > 900 and workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)

    together = stream(
        plan, register("big.parquet"), tmp_path / "together", batch_rows=300,
        engine="dask", scheduler=address, progress=lose_one,
    )  # fmt: skip
    assert workers[0].wait(10) == -signal.SIGKILL
    assert heard[-1] == 6_000
    for name in ("areas", "sectors", "bands"):
        pd.testing.assert_frame_equal(getattr(together, name), getattr(alone, name))
    assert together.hexagons.equals(alone.hexagons)
    assert together.conservation == alone.conservation
    assert [part.read_bytes() for part in together.parts] == [part.read_bytes() for part in alone.parts]


@pytest.mark.skipif(not HAS_DASK, reason="needs distributed")
def test_the_atlas_made_on_a_cluster_is_the_same_to_the_byte(
    town_folder: Path,
    tmp_path: Path,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(town_folder.parent)  # the workers stand elsewhere
    folder = town_folder / "big"
    folder.mkdir()
    enterprises = some_enterprises(600)
    for k in range(3):
        enterprises[k * 200 : (k + 1) * 200].to_parquet(folder / f"{k}.parquet")
    text = (town_folder / "plan.toml").read_text(encoding="utf-8").replace("enterprises.csv", "big")
    text = text.replace('columns = { enterprise_id = "编号", name_zh = "企业名称" }\n', "")
    (town_folder / "plan.toml").write_text(text, encoding="utf-8")
    for name, how in {"one": Streaming(), "other": Streaming(engine="dask", scheduler=cluster[0])}.items():
        build(town_folder.name, tmp_path / name, today=datetime.date(2026, 5, 1), streaming=how)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert {Path("index.html"), Path("report.json"), Path("located/list/part-00002.parquet")} <= {*files}
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes(), file


@pytest.mark.parametrize(("batch_rows", "output"), [(4, 0.0), (3, 1234.0), (2, 2468.0), (1, 2468.0)])
def test_what_a_batch_decides_is_said_with_its_column(plan: Plan, batch_rows: int, output: float) -> None:
    cells = ["12,5", "7,25", "1,234", "1,234"]
    rows = [f'企业{k},126.018667,43.889097,"{cell}"' for k, cell in enumerate(cells)]
    (plan.folder / "big.csv").write_text("\n".join(["企业名称,经度,纬度,产值(万元)", *rows]) + "\n", encoding="utf-8")
    streamed = stream(plan, register("big.csv"), batch_rows=batch_rows)
    total = streamed.areas.set_index("area_id").loc["total", "output"]
    assert np.nan_to_num(float(total)) == output
    told = [finding for finding in streamed.findings if finding.code == "scale.decided-by-batch"]
    assert [finding.field for finding in told] == ([] if batch_rows == 4 else ["产值(万元)"])


def test_plain_columns_are_read_alike_in_every_batch(plan: Plan) -> None:
    rows = [f"企业{k},126.018667,43.889097,{k}.5,2012-05-0{k}" for k in range(1, 5)]
    text = "\n".join(["企业名称,经度,纬度,产值(万元),成立日期", *rows]) + "\n"
    (plan.folder / "big.csv").write_text(text, encoding="utf-8")
    found = [stream(plan, register("big.csv"), batch_rows=size) for size in (1, 4)]
    pd.testing.assert_frame_equal(found[0].areas, found[1].areas)
    assert "scale.decided-by-batch" not in {finding.code for one in found for finding in one.findings}
