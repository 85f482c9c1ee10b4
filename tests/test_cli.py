"""The command line, run as a person runs it; its files read back by other readers."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import town
from click.testing import CliRunner, Result

from parkatlas.cli import main
from parkatlas.errors import PlanError
from parkatlas.statistics.measures import MEASURES

VERBS = tuple(main.commands)


def run(*arguments: object) -> Result:
    """Run the command line in this process: stdout, stderr and the exit code apart."""
    return CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(main, [str(argument) for argument in arguments])


def test_build_makes_the_whole_atlas_and_prints_the_sum(town_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "atlas"
    done = run("build", town_folder, "-o", out, "--today", "2026-05-01")
    assert done.exit_code == 1, done.stderr  # one enterprise is unplaced: finished, with a finding
    assert done.stdout == ""
    expected = "read 12 = located 9 + declared 1 + outside 1 + unplaced 1 + merged 0 + rejected 0"
    assert expected in done.stderr
    assert str(out / "index.html") in done.stderr
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["status"] == "complete"
    assert report["conservation"]["list"]["read"] == 12
    counts = {row["area_id"]: row["n"] for row in report["area_statistics"]["list"]}
    assert counts == town.COUNTS
    assert set(report["inputs"]) == {"plan.toml", "core.geojson", "zones.geojson", "parks.geojson", "enterprises.csv"}
    listed = set(report["outputs"])
    assert listed == {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    areas = pyogrio.read_dataframe(out / "gis" / "atlas.gpkg", layer="areas")
    assert list(areas["area_id"]) == ["core", "z-east", "z-north", "z-west", "pa", "pb", "pc", "pd"]


def test_building_twice_gives_the_same_bytes(town_folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("build", town_folder, "-o", tmp_path / name, "--today", "2026-05-01")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) >= 10
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_check_writes_nothing_and_says_every_finding(town_folder: Path) -> None:
    before = sorted(town_folder.iterdir())
    done = run("check", town_folder, "--lang", "zh", "-v")
    assert done.exit_code == 1
    assert "读取 12 = 已定位 9" in done.stderr
    assert sorted(town_folder.iterdir()) == before


def test_locate_prints_csv_and_writes_layers(town_folder: Path, tmp_path: Path) -> None:
    done = run("locate", town_folder, "--lang", "en")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    places = {row["Enterprise id"]: (row["Core"], row["Zone"], row["Park"], row["Outcome"]) for row in rows}
    assert places == {key: tuple(part or "" for part in answer) for key, answer in town.ANSWERS.items()}
    for name in ("located.geojson", "located.gpkg", "located.csv"):
        run("locate", town_folder, "-o", tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert len(pyogrio.read_dataframe(tmp_path / "located.gpkg")) == 12


def test_stats_prints_measures(town_folder: Path, tmp_path: Path) -> None:
    areas = list(csv.DictReader(run("stats", town_folder).stdout.splitlines()))
    assert {row["area_id"]: int(row["n"]) for row in areas} == town.COUNTS
    several = json.loads(
        run("stats", town_folder, "--measure", "sector_table", "--measure", "targets", "--json").stdout
    )
    sectors, targets = several["sector_table"]["table"], several["targets"]["table"]
    assert {row["n"] for row in sectors if row["area_id"] == "pa"} == {0, 2}
    assert [(row["observed"], row["target"], row["share"]) for row in targets] == [(10, 40, 0.25)]
    assert several["sector_table"]["definition"]
    run("stats", town_folder, "--measure", "herfindahl", "--measure", "theil", "-o", tmp_path / "s.xlsx")
    assert openpyxl.load_workbook(tmp_path / "s.xlsx").sheetnames[0] in ("Read me", "说明")
    listed = run("stats", town_folder, "--list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(MEASURES)
    assert run("stats", "--list").stdout.splitlines() == listed
    assert run("stats").exit_code == 2


def test_every_listed_measure_can_be_reached(town_folder: Path, tmp_path: Path) -> None:
    register = json.loads(run("compare", town_folder, "2015", "list", "--json").stdout)
    assert list(register) == ["compare", "shift_share", "centre_shift"]
    one = run("compare", town_folder, "2015", "list", "--measure", "shift_share", "--level", "park").stdout
    assert {row["area_id"] for row in csv.DictReader(one.splitlines())} >= {"pa", "pd", "outside", "total"}
    run("compare", town_folder, "2015", "list", "-o", tmp_path / "c.xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames) == 2
    refused = run("stats", town_folder, "--measure", "shift_share")
    assert (refused.exit_code, "parkatlas compare" in refused.stderr) == (2, True)


def test_stats_refuses_what_it_cannot_do_and_says_what_it_can(town_folder: Path) -> None:
    unknown = run("stats", town_folder, "--measure", "herfindal")
    assert (unknown.exit_code, "'herfindahl'" in unknown.stderr) == (2, True)
    assert run("stats", town_folder, "--measure", "theil", "--measure", "shannon").exit_code == 2


def test_compare_sets_two_registers_or_dates_side_by_side(town_folder: Path) -> None:
    same = json.loads(run("compare", town_folder, "list", "list", "--json").stdout)["compare"]["table"]
    (total,) = [row for row in same if (row["area_id"], row["sector"]) == ("total", "all")]
    assert (total["earlier"], total["later"], total["entries"], total["exits"], total["stayed"]) == (12, 12, 0, 0, 12)
    assert run("compare", town_folder, "lst", "list").exit_code == 2


def test_inspect_prints_a_block_that_builds(town_folder: Path) -> None:
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    done = run("inspect", town_folder / "enterprises.csv", "--plan", town_folder, "--lang", "en")
    assert "企业名称 -> Name (zh): 企业e01" in done.stderr
    block = done.stdout.replace('as_of = ""', 'as_of = "2024-05"')
    start, end = plan.index("[[registers]]"), plan.index("[scopes.town-all]")
    (town_folder / "plan.toml").write_text(plan[:start] + block + "\n" + plan[end:], encoding="utf-8")
    assert "read 12 = located 9 + declared 1" in run("check", town_folder, "--lang", "en").stderr
    said = json.loads(run("inspect", town_folder / "enterprises.csv", "--json").stdout)
    assert set(said) == {"columns", "readings", "findings", "block"}
    weighed = run("inspect", town_folder / "enterprises.csv", "--plan", town_folder, "--json", "--lang", "en")
    assert [row["title_en"] for row in json.loads(weighed.stdout)["readings"]][:3] == ["WGS 84", "GCJ-02", "BD-09"]
    assert "read as GCJ-02: of 10 positions" in done.stderr


def test_repair_writes_a_new_project_and_lists_every_change(town_folder: Path, tmp_path: Path) -> None:
    layer = json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8"))
    shape = layer["features"][0]["geometry"]["coordinates"][0]
    spike = [shape[1][0] + 0.01, shape[1][1]]
    shape.insert(2, spike)
    shape.insert(3, shape[1])
    (town_folder / "parks.geojson").write_text(json.dumps(layer), encoding="utf-8")
    done = run("repair", town_folder, "-o", tmp_path / "mended", "--json")
    assert done.exit_code == 0, done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert [change["area_id"] for change in changes] == ["pa"]
    assert changes[0]["km2_after"] == pytest.approx(1, abs=1e-6)
    assert run("check", tmp_path / "mended").exit_code in (0, 1)
    assert json.loads((town_folder / "parks.geojson").read_text(encoding="utf-8")) == layer


def test_map_and_export_write_their_step_alone(town_folder: Path, tmp_path: Path) -> None:
    page = run("map", town_folder).stdout
    assert page.startswith("<!DOCTYPE html>")
    run("map", town_folder, "-o", tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == page
    run("export", town_folder, "-o", tmp_path / "gis")
    assert (tmp_path / "gis" / "shapefiles.zip").is_file()


def test_init_makes_a_project_that_builds(tmp_path: Path) -> None:
    assert run("init", tmp_path / "mine").exit_code == 0
    assert run("check", tmp_path / "mine").exit_code in (0, 1)
    again = run("init", tmp_path / "mine")
    assert again.exit_code == 73
    assert "not an empty folder" in again.stderr


def test_an_empty_project_lacks_its_layers_and_nothing_else(tmp_path: Path, town_folder: Path) -> None:
    mine = tmp_path / "mine"
    assert run("init", mine, "--empty").exit_code == 0
    lacking = run("--json", "check", mine)
    assert [finding["code"] for finding in json.loads(lacking.stdout)["findings"]] == ["plan.no-file"]
    shutil.copyfile(town_folder / "zones.geojson", mine / "zones.geojson")
    assert run("check", mine).exit_code == 0


def test_exit_codes_and_no_traceback(town_folder: Path, tmp_path: Path) -> None:
    def case(*arguments: object) -> tuple[int, str]:
        done = run(*arguments)
        assert "Traceback" not in done.stderr
        return done.exit_code, done.stderr

    assert case("build")[0] == 2
    assert case("nonsense")[0] == 2
    assert case("check", tmp_path / "nowhere")[0] == 2
    assert case("stats", town_folder, "--register", "lst")[0] == 2
    (tmp_path / "file").write_text("in the way")
    assert case("build", town_folder, "-o", tmp_path / "file" / "atlas")[0] == 73
    (town_folder / "enterprises.csv").write_bytes(b"\xff\xfe\x00\x81\x81\x00")
    code, words = case("build", town_folder, "-o", tmp_path / "atlas")
    assert code == 3
    assert "enterprises.csv" in words
    failed = json.loads((tmp_path / "atlas.failed" / "report.json").read_text(encoding="utf-8"))
    assert failed["status"] == "failed"
    assert failed["findings"][0]["file"].endswith("enterprises.csv")
    assert not (tmp_path / "atlas").exists()


def test_a_plan_error_is_json_too(town_folder: Path) -> None:
    plan = town_folder / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("horizon", "horizont"), encoding="utf-8")
    done = run("check", town_folder, "--json", "--lang", "en")
    assert done.exit_code == 2
    said = json.loads(done.stdout)
    assert said["status"] == "failed"
    assert "horizon" in said["error"]
    assert isinstance(run("check", town_folder, "--debug").exception, PlanError)


def test_the_installed_command_answers() -> None:
    command = Path(sys.executable).with_name("parkatlas")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("parkatlas, version ")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    done = run(verb, "--help")
    assert done.exit_code == 0
    assert "--lang" in done.stdout
    assert "--json" in done.stdout


def test_shared_options_stand_before_or_after_the_verb(town_folder: Path) -> None:
    before = run("-q", "--lang", "zh", "--json", "check", town_folder)
    after = run("check", town_folder, "-q", "--lang", "zh", "--json")
    assert (before.stdout, before.stderr, before.exit_code) == (after.stdout, after.stderr, after.exit_code)
    assert before.stderr == ""
    assert json.loads(before.stdout)["conservation"]["list"]["read"] == 12


@pytest.mark.parametrize(
    ("verb", "name"),
    [("locate", "l.csv"), ("stats", "s.json"), ("map", "m.html"), ("export", "gis"), ("build", "atlas")],
)
def test_json_answers_every_verb_that_writes(town_folder: Path, tmp_path: Path, verb: str, name: str) -> None:
    done = run(verb, town_folder, "-o", tmp_path / name, "--json")
    assert done.exit_code == 1, done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    assert (tmp_path / name).exists()
    assert run(verb, town_folder, "-o", tmp_path / name).exit_code == 1, "the same command works twice"


def test_a_usage_error_is_json_too(town_folder: Path) -> None:
    for done in (run("stats", town_folder, "--register", "lst", "--json"), run("map", town_folder, "--json")):
        assert done.exit_code == 2
        assert json.loads(done.stdout)["status"] == "failed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("build", "缺少参数 DIR"),
        ("bild", "没有命令 bild；是否想用 build？"),
        ("check DIR --nonsense", "没有选项 --nonsense"),
        ("check DIR --langs zh", "没有选项 --langs；是否想用 --lang？"),
        ("stats DIR --level town", "选项 --level 的值无效，可选：core、zone、park（'town' is not one of"),
        ("inspect FILE --header x", "选项 --header 的值无效（'x' is not a valid integer.）"),
        ("check DIR more", "用法有误（Got unexpected extra argument (more)）"),
        ("stats DIR --register", "选项 --register 用法有误（Option '--register' requires an argument.）"),
        ("stats", "请给出项目目录 DIR"),
    ],
)
def test_a_usage_error_speaks_chinese_where_asked_to(line: str, said: str) -> None:
    words = line.split()
    before, after = run("--lang", "zh", *words), run(words[0], "--lang=zh", *words[1:])
    assert before.exit_code == after.exit_code == 2
    assert f"错误：{said}" in before.stderr
    assert before.stderr.startswith(("用法：", "错误："))
    assert "Error" not in before.stderr
    english = run("--lang", "en", *words)
    assert english.stderr.startswith(("Usage: ", "Error: "))
    assert CliRunner(env={"LC_ALL": "zh_CN.UTF-8"}).invoke(main, words).stderr == before.stderr


def test_the_bare_command_is_its_help() -> None:
    assert "inspect" in run().stderr
    assert "用法有误（Missing command.）" in run("--lang", "zh").stderr


def test_a_full_stdout_is_a_failed_write(town_folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = Path(sys.executable).with_name("parkatlas")
        done = subprocess.run(
            [command, "check", town_folder, "--json"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 74
    assert "Traceback" not in done.stderr


def test_strict_refuses_what_is_otherwise_mended(town_folder: Path) -> None:
    refused = run("check", town_folder, "--strict", "--lang", "en")
    assert refused.exit_code == 3
    assert "normalize.no-place" in refused.stderr
    lines = (town_folder / "enterprises.csv").read_text(encoding="utf-8").splitlines()
    (town_folder / "enterprises.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")  # e12 has no place
    assert run("check", town_folder, "--strict").exit_code == 0


def test_quiet_says_nothing_on_stderr(town_folder: Path, tmp_path: Path) -> None:
    assert run("build", town_folder, "-o", tmp_path / "atlas", "-q").stderr == ""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_build_leaves_nothing_behind(
    town_folder: Path, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    # The export is made to wait, so that the signal surely meets a staged, unfinished output.
    slow = "import time, parkatlas.publication as p; p.export_layers = lambda *a: time.sleep(60); "
    command = [sys.executable, "-c", slow + "from parkatlas.cli import main; main()"]
    out = tmp_path / "out" / "atlas"
    process = subprocess.Popen([*command, "build", str(town_folder), "-o", str(out)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/.atlas.staging-*/gis")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(sent)
    assert process.wait(timeout=30) == code
    assert list((tmp_path / "out").iterdir()) == []


WRONG = [
    (
        "stats DIR --measure lq",
        "there is no measure 'lq'; parkatlas stats --list",
        "没有指标 lq；parkatlas stats --list",
    ),
    ("stats DIR --measure herfindal", "did you mean 'herfindahl'?", "是否想用 herfindahl？"),
    ("stats DIR --measure compare", "compares two registers", "比较两期名录"),
    ("stats DIR --register lst", "no register 'lst'; choose from list", "没有名录 'lst'"),
    ("stats DIR --level town", "'town' is not one of", "选项 --level 的值无效"),
    ("stats DIR --measure centre --level park", "centre: takes no --level", "centre 不分层级"),
    (
        "stats DIR --measure centre --measure dbscan --level park --json",
        "centre, dbscan: takes no",
        "centre, dbscan 不",
    ),
    ("stats DIR --format doc", "'doc' is not one of", "选项 --format 的值无效"),
    ("stats DIR --format xlsx", "a workbook needs a file: -o FILE.xlsx", "工作簿须写入文件"),
    ("stats DIR -o OUT.txt", "OUT.txt: unknown kind of file; use .csv", "OUT.txt：未知的文件类型"),
    ("stats DIR -o OUT", "OUT: unknown kind of file", "OUT：未知的文件类型"),
    ("stats DIR -o OUT.csv --format xlsx", "OUT.csv: the name of the file is not that of", "与 --format xlsx 不符"),
    ("stats DIR -o OUT.xlsx --format json", "OUT.xlsx: the name of the file is not that", "与 --format json 不符"),
    ("stats DIR -o OUT.geojson", "area_table: no shapes", "area_table 没有几何"),
    ("stats DIR --measure centre --measure dbscan -o OUT.geojson", "GeoJSON holds one layer", "只能写一个图层"),
    ("stats DIR --measure centre --measure theil", "CSV holds one measure", "CSV 只能写一个指标"),
    ("clusters DIR --min-samples 0", "0 is not in the range", "选项 --min-samples 的值无效"),
    ("clusters DIR --min-samples -3", "-3 is not in the range", "选项 --min-samples 的值无效"),
    ("clusters DIR --min-samples 2.5", "not a valid integer", "选项 --min-samples 的值无效"),
    ("clusters DIR --eps 0", "0.0 is not in the range", "选项 --eps 的值无效"),
    ("clusters DIR --eps=-5", "-5.0 is not in the range", "选项 --eps 的值无效"),
    ("clusters DIR --eps nan", "nan is not a number of metres", "选项 --eps 的值无效"),
    ("clusters DIR --eps inf", "inf is not a number of metres", "选项 --eps 的值无效"),
    ("clusters DIR --register lst", "no register 'lst'", "没有名录 'lst'"),
    ("clusters DIR -o OUT.shp", "OUT.shp: unknown kind of file", "OUT.shp：未知的文件类型"),
    ("locate DIR --register lst", "no register 'lst'", "没有名录 'lst'"),
    ("locate DIR -o OUT.xlsx", "OUT.xlsx: unknown kind of file; use .csv, .geojson, .gpkg", "OUT.xlsx：未知的文件类型"),
    ("compare DIR lst list", "no register 'lst'", "没有名录 'lst'"),
    ("compare DIR 2015 lst", "no register 'lst'", "没有名录 'lst'"),
    ("compare DIR 2015-13 list", "no register '2015-13'", "没有名录 '2015-13'"),
    ("compare DIR list", "Missing argument 'B'", "缺少参数 B"),
    ("compare DIR list list --measure theil", "'theil' is not one of", "选项 --measure 的值无效"),
    ("compare DIR list list --measure centre_shift --level park", "centre_shift: takes no", "centre_shift 不分层级"),
    ("compare DIR list list -o OUT.gpkg", "no shapes", "没有几何"),
    ("compare DIR list list -o OUT.txt", "unknown kind of file", "未知的文件类型"),
]


@pytest.mark.parametrize(("line", "en", "zh"), WRONG, ids=[line for line, *_ in WRONG])
def test_a_wrong_argument_is_a_usage_error_before_any_list_is_read(
    town_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, en: str, zh: str
) -> None:
    monkeypatch.setattr("parkatlas.pipeline.survey", lambda *a, **k: pytest.fail("the lists were read"))
    words = [str(town_folder) if word == "DIR" else word.replace("OUT", str(tmp_path / "OUT")) for word in line.split()]
    for lang, said in (("en", en), ("zh", zh)):
        done = run(*words, "--lang", lang)
        assert done.exit_code == 2, done.stderr
        assert said in done.stderr.replace(f"{tmp_path}/", "")
    assert not list(tmp_path.glob("OUT*"))


def test_a_level_that_the_plan_lacks_is_said_with_those_it_has(town_folder: Path) -> None:
    plan = town_folder / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace('core = "core.geojson"\n', ""), encoding="utf-8")
    for name in ("moran", "clark_evans", "location_quotient", "area_table"):
        done = run("stats", town_folder, "--measure", name, "--level", "core", "--lang", "zh")
        assert done.exit_code == 2
        assert "规划中没有层级为 core 的区域；现有层级：zone, park" in done.stderr


def test_a_level_is_a_part_of_the_tables_of_all_areas(town_folder: Path) -> None:
    rests = {"outside", "unplaced", "total"}
    for line in (["stats", town_folder], ["compare", town_folder, "list", "list"]):
        done = run(*line, "--level", "park")
        table = list(csv.DictReader(done.stdout.splitlines()))
        assert {row["area_id"] for row in table} == {"pa", "pb", "pc", "pd", *rests}
    several = ["--measure", "sector_table", "--measure", "centre", "--level", "zone", "--json", "--lang", "en"]
    done = run("stats", town_folder, *several)
    assert "centre: takes no level" in done.stderr
    found = json.loads(done.stdout)
    assert {row["level"] for row in found["sector_table"]["table"]} == {"zone", *rests}
    assert (found["sector_table"]["n_used"], found["sector_table"]["n_dropped"]) == (12, 0)
    assert len(found["centre"]["table"]) == 2


@pytest.mark.parametrize("line", ["locate", "stats", "clusters", "compare list list", "compare 2015 list"])
def test_a_plan_without_registers_is_told_what_prints_one(town_folder: Path, line: str) -> None:
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    start, end = plan.index("[[registers]]"), plan.index("[scopes.town-all]")
    (town_folder / "plan.toml").write_text(plan[:start] + plan[end:], encoding="utf-8")
    verb, *rest = line.split()
    for lang, said in (("en", "parkatlas inspect LIST prints one"), ("zh", "规划没有名录：parkatlas inspect")):
        done = run(verb, town_folder, *rest, "--lang", lang)
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_clusters_and_other_shapes_go_on_a_map(town_folder: Path, tmp_path: Path) -> None:
    line = ["clusters", town_folder, "--eps", "2000", "--min-samples", "2", "-o"]
    for name in ("c.geojson", "c.gpkg", "c.csv", "c.xlsx"):
        assert run(*line, tmp_path / name, "--lang", "en").exit_code == 1
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()))
    table = rows[0]
    assert table["crs"] == "CGCS2000 / 3-degree Gauss-Kruger CM 126E (EPSG:4551)"
    assert len(table["lon"].split(".")[1]) <= 6
    for name in ("c.geojson", "c.gpkg"):
        layer = pyogrio.read_dataframe(tmp_path / name)
        assert layer.crs.to_epsg() == 4326
        assert layer["n"].tolist() == [int(row["n"]) for row in rows]
        west, south, east, north = layer.geometry[0].bounds
        assert west < float(table["lon"]) < east
        assert south < float(table["lat"]) < north
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Clusters"]
    assert {"Longitude", "Latitude", "CRS of east and north"} <= {cell.value for row in sheet for cell in row}
    run("stats", town_folder, "--measure", "centre", "--measure", "hex_grid", "-o", tmp_path / "s.gpkg")
    assert {name for name, _ in pyogrio.list_layers(tmp_path / "s.gpkg")} == {"centre", "hex_grid"}
    centres = pyogrio.read_dataframe(tmp_path / "s.gpkg", layer="centre")
    assert set(centres.geom_type) == {"Point"}


def test_statistics_are_not_written_over_the_list_they_are_of(town_folder: Path) -> None:
    before = (town_folder / "enterprises.csv").read_bytes()
    for verb in ("stats", "clusters", "locate"):
        done = run(verb, town_folder, "-o", town_folder / "enterprises.csv")
        assert done.exit_code == 73
    assert (town_folder / "enterprises.csv").read_bytes() == before


def test_a_fault_inside_a_measure_is_no_usage_error(town_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise TypeError("a fault of the program")

    monkeypatch.setattr("parkatlas.statistics.counts.herfindahl", broken)
    done = run("stats", town_folder, "--measure", "herfindahl")
    assert (done.exit_code, "a fault of the program" in done.stderr) == (70, True)
