"""Registers too large to be held: what is answered from the counts, what is refused, and what their reports say."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pyogrio
import pytest
import town
from click.testing import CliRunner, Result

import parkatlas
from parkatlas import crs, pipeline
from parkatlas.cli import main
from parkatlas.cli.console import Console, Progress
from parkatlas.errors import LimitError
from parkatlas.pipeline import Streaming
from parkatlas.statistics import area_table, sector_table

pytest.importorskip("pyarrow")
DAY = datetime.date(2026, 5, 1)


@pytest.fixture
def large(town_folder: Path) -> Path:
    """The town, its register a folder of Parquet."""
    return in_parts(town_folder, pd.read_csv(town_folder / "enterprises.csv", dtype={"employees": "Int64"}))


def in_parts(folder: Path, rows: pd.DataFrame, datum: str = "wgs84") -> Path:
    rows = rows.rename(columns={"编号": "enterprise_id", "企业名称": "name_zh"})
    (folder / "parts").mkdir()
    half = len(rows) // 2
    for number, part in enumerate((rows[:half], rows[half:])):
        part.to_parquet(folder / "parts" / f"{number}.parquet", index=False)
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    plan = plan.replace('path = "enterprises.csv"', 'path = "parts"').replace('datum = "wgs84"', f'datum = "{datum}"')
    plan = plan.replace('columns = { enterprise_id = "编号", name_zh = "企业名称" }\n', "")
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    return folder


@pytest.fixture
def beyond(large: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of which no more than eleven rows are held."""
    monkeypatch.setattr(pipeline, "KEPT", 11)
    return large


def run(*arguments: object) -> Result:
    return CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(main, [str(argument) for argument in arguments])


def test_areas_and_sectors_are_those_counted_while_streaming(beyond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {}
    for kept in (11, 12):
        monkeypatch.setattr(pipeline, "KEPT", kept)
        done = [run("stats", beyond, "--measure", name) for name in ("area_table", "sector_table")]
        assert [one.exit_code for one in done] == [0, 0] or kept == 12
        answers[kept] = [one.stdout for one in done]
        answers[-kept] = [one.stderr.splitlines()[0] for one in done]  # the reading
    assert answers[11] == answers[12]
    assert answers[-11] == answers[-12]
    table = pd.read_csv(io.StringIO(answers[11][0]))
    assert table.set_index("area_id")["n"].to_dict() == town.COUNTS
    assert run("stats", beyond, "--measure", "targets").exit_code in (0, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("stats", "--measure", "theil"), ("stats", "--measure", "area_table", "--measure", "ripley_k", "--json"),
        ("clusters",), ("compare", "list", "list"), ("compare", "2020", "list"), ("locate",), ("locate", "-o", "l.csv"),
    ],
)  # fmt: skip
def test_what_needs_the_rows_is_refused_and_no_number_is_printed(
    beyond: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    verb, *others = arguments
    done = run(verb, beyond, *others)
    assert done.exit_code == LimitError.exit_code
    assert "parts: 12 rows are too many to be held" in done.stderr
    assert "[register.not-held]" in done.stderr
    if "--json" in arguments:
        assert json.loads(done.stdout)["findings"][0]["code"] == "register.not-held"
    else:
        assert done.stdout == ""
    assert not (tmp_path / "l.csv").exists()


def test_gis_files_leave_it_out_rather_than_hold_an_empty_layer(beyond: Path, tmp_path: Path) -> None:
    assert run("export", beyond, "-o", tmp_path / "gis").exit_code in (0, 1)
    assert {file.name for file in (tmp_path / "gis").glob("*.geojson")} == {"areas.geojson"}
    atlas = parkatlas.build(beyond, tmp_path / "atlas", today=DAY)
    assert {file.name for file in (tmp_path / "atlas" / "gis").glob("*.geojson")} == {"areas.geojson"}
    with pytest.raises(LimitError, match="theil cannot be had"):
        atlas.result("list", "theil")
    assert atlas.result("list", "area_table").table.set_index("area_id")["n"].to_dict() == town.COUNTS


def test_many_streamed_rows_are_left_to_geoparquet_unless_asked_for(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parkatlas.publication.EXPORTED", 11)
    atlas, findings = pipeline.build_and_publish(large, tmp_path / "atlas", today=DAY)
    assert {file.name for file in (tmp_path / "atlas" / "gis").glob("*.geojson")} == {"areas.geojson"}
    assert "export.left-to-located" in [finding.code for finding in findings]
    assert len(atlas.located("list")) == 12
    run("export", large, "-o", tmp_path / "gis")
    assert len(pyogrio.read_dataframe(tmp_path / "gis" / "enterprises_list.geojson")) == 12


def test_an_empty_register_is_not_too_large(town_folder: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(town_folder / "enterprises.csv", dtype={"employees": "Int64"})
    atlas = parkatlas.build(in_parts(town_folder, rows[:0]), tmp_path / "atlas", today=DAY)
    assert "register.not-drawn" not in [finding.code for finding in atlas.findings]
    assert len(atlas.located("list")) == 0


def many(datum: str) -> pd.DataFrame:
    """Ninety enterprises in three parks, each saying in which, written in a datum."""
    rng, rows = np.random.default_rng(5), []
    for k in range(90):
        park = ("pa", "pb", "pd")[k % 3]
        west, south, east, north = town.AREAS[park][2:]
        lon, lat = town.lonlat(rng.uniform(west, east), rng.uniform(south, north))
        if datum == "gcj02":
            lon, lat = (float(part[0]) for part in crs.from_wgs84(lon, lat, "gcj02"))
        rows.append(
            {"enterprise_id": f"n{k}", "name_zh": f"企业第{k}号", "lon": lon, "lat": lat, "declared_area": park}
        )
    return pd.DataFrame(rows)


def sharp(folder: Path) -> Path:
    for name in ("core", "zones", "parks"):
        path = folder / f"{name}.geojson"
        text = path.read_text(encoding="utf-8").replace('"uncertainty_m": 250.0', '"uncertainty_m": 20.0')
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("written", "verdict"), [("wgs84", "consistent"), ("gcj02", "contradicted")])
def test_a_file_in_our_terms_has_its_datum_judged_as_a_list_has(
    town_folder: Path, tmp_path: Path, written: str, verdict: str
) -> None:
    folder = in_parts(sharp(town_folder), many(written))
    parkatlas.build(folder, tmp_path / "atlas", today=DAY)
    report = json.loads((tmp_path / "atlas" / "report.json").read_text(encoding="utf-8"))
    assert report["coordinates"]["list"]["verdict"] == verdict
    assert report["merged_into"] == {"list": {}}
    told = [one for one in report["findings"] if one["code"].startswith("normalize.datum-")]
    assert [(one["code"], one["file"]) for one in told] == [(f"normalize.datum-{verdict}", "parts")]


def test_a_file_that_is_normalised_says_so_too_and_what_it_merged(town_folder: Path, tmp_path: Path) -> None:
    rows = many("gcj02")
    again = pd.concat([rows, rows.tail(1)], ignore_index=True)
    folder = in_parts(sharp(town_folder), again, datum="gcj02")  # a datum to be converted: not in our terms
    parkatlas.build(folder, tmp_path / "atlas", today=DAY)
    report = json.loads((tmp_path / "atlas" / "report.json").read_text(encoding="utf-8"))
    assert report["coordinates"]["list"]["declared"]["en"] == "GCJ-02"
    assert report["conservation"]["list"]["merged"] == 1
    (merged,) = report["merged_into"]["list"].items()
    assert merged[0].startswith("parts/1.parquet:")
    assert "scale.first-batch" in [one["code"] for one in report["findings"]]


def test_the_datum_is_judged_alike_whatever_the_batches(town_folder: Path) -> None:
    from parkatlas.plan import load_plan
    from parkatlas.scale import stream

    plan = load_plan(in_parts(sharp(town_folder), many("gcj02")))
    one, other = (stream(plan, plan.registers[0], batch_rows=rows).readings for rows in (7, 1000))
    assert one is not None
    pd.testing.assert_frame_equal(one, other)


def test_files_of_work_under_way_are_not_read(large: Path) -> None:
    hidden = large / "parts" / "_temporary" / "0"
    hidden.mkdir(parents=True)
    (hidden / "x.parquet").write_bytes((large / "parts" / "0.parquet").read_bytes())
    assert parkatlas.survey(large).conservation["list"]["read"] == 12


def test_words_stand_on_a_line_of_their_own_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with click.progressbar(length=2000, file=screen, item_show_func=lambda step: step or "") as bar:
        progress = Progress(Console("en", as_json=False, quiet=False, verbose=False), bar)
        progress("plan")
        before = screen.getvalue()
        progress.note("Dask dashboard: http://127.0.0.1:8787/status")
        told = screen.getvalue()[len(before) :]
    line, _, bar_again = told.partition("\n")
    assert line.endswith("\r\033[KDask dashboard: http://127.0.0.1:8787/status")
    assert "reading the plan" in bar_again


def test_rows_move_the_progress_of_every_verb(large: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    pipeline.survey(large, streaming=Streaming(watch=lambda *told: heard.append(told)))
    assert heard[-1] == ("list", 12, 12)
    for verb in ("stats", "locate", "check"):
        assert "12 of 12 rows" in run(verb, large, "-v").stderr


def test_the_rows_held_are_those_counted_though_columns_and_cells_are_left_out(town_folder: Path) -> None:
    rows = pd.DataFrame(
        {"enterprise_id": list("abcd"), "name_zh": list("甲乙丙丁"), "sector": ["bio", "alchemy", None, "chem"],
         "entity": ["enterprise", None, "robot", "institute"], "lon": [town.lonlat(1.5, 1.5)[0]] * 3 + [np.nan],
         "lat": [town.lonlat(1.5, 1.5)[1]] * 3 + [np.nan], "location_quality": ["area", None, "exact", None]}
    )  # fmt: skip
    surveyed = parkatlas.survey(in_parts(town_folder, rows))
    held = surveyed.located("list")
    assert held["entity"].tolist() == ["enterprise"] * 3 + ["institute"]
    assert held["location_quality"].tolist() == ["area", "exact", "exact", "none"]
    assert held["sector"].fillna("-").tolist() == ["bio", "-", "-", "chem"]
    counted, plan = surveyed.streamed["list"], surveyed.plan
    tables = (
        (counted.areas, area_table(held, plan.areas)),
        (counted.sectors, sector_table(held, plan.areas, plan.sectors)),
    )
    for ours, expected in tables:
        pd.testing.assert_frame_equal(ours, expected)
