"""Awkward lists from the command line, as an analyst meets them: what is said, what is refused, what comes back."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import town
from click.testing import CliRunner, Result

from parkatlas import crs
from parkatlas.cli import main

HEAD = "企业名称,经度,纬度,从业人数,成立日期,统一社会信用代码"
PLAIN = "甲公司,126.0111,43.8911,12,2012-05-01,"


def run(*args: object) -> Result:
    """Run the command line."""
    return CliRunner().invoke(main, [str(arg) for arg in args])


def declare(town_folder: Path, text: str, **keys: str) -> Path:
    """Write a list into the town and declare it as its only register; keys are TOML."""
    (town_folder / "list.csv").write_text(text, encoding="utf-8")
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8")
    before, rest = plan.split("[[registers]]")
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    block = (
        '[[registers]]\nid = "list"\nname_zh = "名录"\nname_en = "List"\npath = "list.csv"\nkind = "recorded"\n'
        f'as_of = "2024-05"\n{more}\n'
    )
    (town_folder / "plan.toml").write_text(before + block + rest[rest.index("[scopes.") :], encoding="utf-8")
    return town_folder


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (PLAIN.replace("12,", "１２,"), "normalize.number-in-text"),
        (PLAIN.replace("2012-05-01", "41030"), "normalize.serial-date"),
        (PLAIN.replace("2012-05-01", "201205"), "normalize.date-as-number"),
        (PLAIN + "９１2204005504910788", "normalize.code-tidied"),
        ("甲公司,126.0111,43.8911", "read.short-rows"),
        ('="甲公司",126.0111,43.8911,12,2012-05-01,', "read.formula-text"),
    ],
)
def test_strict_refuses_a_value_that_was_used_otherwise_than_it_stands(town_folder: Path, row: str, code: str) -> None:
    folder = declare(town_folder, f"{HEAD}\n{row}\n")
    assert run("check", folder).exit_code == 0
    refused = run("check", folder, "--strict")
    assert refused.exit_code == 3
    assert code in refused.stderr
    assert run("check", declare(town_folder, f"{HEAD}\n{PLAIN}\n"), "--strict").exit_code == 0


def test_strict_counts_the_mends_that_are_not_shown(town_folder: Path) -> None:
    rows = "".join(f"企业第{k}号,126.01{k},43.89{k},１{k},2012-05-01,\n" for k in range(100, 150))
    refused = run("check", declare(town_folder, f"{HEAD}\n{rows}"), "--strict", "--lang", "en")
    assert "strict: 50 things in the registers need attention" in refused.stderr
    rows = "".join(f"企业{k},-126.{1000 + k},43.8911,,,\n" for k in range(30))
    refused = run("check", declare(town_folder, f"{HEAD}\n{rows}"), "--strict", "--lang", "en")
    assert "normalize.whole-list" in refused.stderr
    assert "strict: 30 things in the registers need attention" in refused.stderr


def test_the_header_row_can_be_named_where_it_is_not_found(town_folder: Path) -> None:
    text = "甲一,乙二,丙三\n药厂,126.0111,43.8911\n"
    keys = {"columns": '{ name_zh = "甲一", lon = "乙二", lat = "丙三" }'}
    assert "药厂" in run("locate", declare(town_folder, text, header="1", **keys)).stdout
    bare = declare(town_folder, text.split("\n", 1)[1], header="0",
                   columns='{ name_zh = "column A", lon = "column B", lat = "column C" }')  # fmt: skip
    assert "药厂" in run("locate", bare).stdout


def test_a_total_is_told_once_and_counts_for_nothing(town_folder: Path) -> None:
    text = f"{HEAD},所属园区\n{PLAIN},pa\n合计,,,１２,,x,三个\n,,,,,,\n总计,0,0,12人,无,,\n"
    found = json.loads(run("--json", "check", declare(town_folder, text)).stdout)["findings"]
    assert [(one["code"], one["row"]) for one in found if one["row"] in (3, 5)] == [
        ("read.total-row", 3),
        ("read.total-row", 5),
    ]
    assert "normalize.unknown-area" not in {one["code"] for one in found}


def _report(folder: Path) -> dict[str, Any]:
    done = run("build", folder, "-o", folder / "atlas", "--today", "2026-01-01")
    assert done.exit_code in (0, 1), done.output
    found: dict[str, Any] = json.loads((folder / "atlas" / "report.json").read_text(encoding="utf-8"))
    return found


def test_the_report_holds_every_reading_of_the_coordinates_and_what_was_merged(town_folder: Path) -> None:
    rng, rows = np.random.default_rng(5), []
    for k in range(90):
        park = ("pa", "pb", "pd")[k % 3]
        west, south, east, north = town.AREAS[park][2:]
        lon, lat = crs.from_wgs84(*town.lonlat(rng.uniform(west, east), rng.uniform(south, north)), "gcj02")
        rows.append(f"企业第{k}号,{lon[0]},{lat[0]},,,,{park}")
    rows.append(rows[7])
    folder = declare(town_folder, f"{HEAD},所属园区\n" + "\n".join(rows) + "\n")
    for name in ("core", "zones", "parks"):
        path = folder / f"{name}.geojson"
        path.write_text(path.read_text(encoding="utf-8").replace('"uncertainty_m": 250.0', '"uncertainty_m": 20.0'),
                        encoding="utf-8")  # fmt: skip
    report = _report(folder)
    assert report["merged_into"] == {"list": {"92": 9}}
    found = report["coordinates"]["list"]
    assert (found["verdict"], found["best"]["en"], found["declared"]["zh"]) == ("contradicted", "GCJ-02", "WGS 84")
    first, gcj = found["readings"][:2]
    assert gcj["title_en"] == "GCJ-02"
    assert [first["verdict"], gcj["verdict"]] == ["contradicted", "best"]
    assert gcj["zones"] == {"z-east": 30, "z-north": 30, "z-west": 30}
    assert (gcj["in_zones"], gcj["zone_gap"], gcj["in_declared"], gcj["fit"]) == (90, 0.0, 90, 90)
    assert gcj["shift_m"] == pytest.approx(570, abs=20)
    told = next(one for one in report["findings"] if one["code"] == "read.encoding")
    assert (told["value"], "UTF-8" in told["message_zh"]) == ("企业第0号", True)


@pytest.mark.parametrize("before", ['{ name_zh = "企业名称", x = "经度", y = "纬度" }', '{ name_zh = "企业名称" }'])
@pytest.mark.parametrize("inline", [True, False])
def test_advice_can_be_pasted_beside_columns_that_stand_there(town_folder: Path, before: str, inline: bool) -> None:
    places = [town.lonlat(5 + k / 10, 1 + k / 10) for k in range(12)]
    rows = "".join(f"企业第{k}号,{lat},{lon},,,\n" for k, (lon, lat) in enumerate(places))
    folder = declare(town_folder, f"{HEAD}\n{rows}", columns=before)
    hint = next(
        one["hint_en"]
        for one in json.loads(run("check", folder, "--json").stdout)["findings"]
        if one["code"] == "normalize.datum-contradicted"
    )
    columns = tomllib.loads(f"columns = {before}")["columns"]
    for key in re.findall(r"\(instead of (\w+) and (\w+)\)", hint):
        columns = {name: header for name, header in columns.items() if name not in key}
    advised = dict(re.findall(r'(\w+) = ("[^"]+")', hint))
    assert advised == {"lat": '"经度"', "lon": '"纬度"'}
    lines = [f'{name} = "{header}"' for name, header in columns.items()] + [f"{a} = {b}" for a, b in advised.items()]
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    pasted = f"columns = {{ {', '.join(lines)} }}" if inline else "[registers.columns]\n" + "\n".join(lines)
    (folder / "plan.toml").write_text(plan.replace(f"columns = {before}", pasted), encoding="utf-8")
    done = json.loads(run("check", folder, "--json").stdout)
    assert done["conservation"]["list"]["located"] == 12


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_fix_me_workbook_is_a_register_with_the_same_settings(town_folder: Path, lang: str) -> None:
    folder = declare(town_folder, "x\n", columns='{ declared_area = "位置 / 片区" }', sheet='"名录 (2023)"')
    book = openpyxl.Workbook()
    book.active.title = "名录 (2023)"
    lon, lat = town.lonlat(1.5, 1.5)
    for row in (
        ["小镇企业名录"],
        ["单位：亿元"],
        ["企业名称", "位置", None, None, "产值"],
        [None, "经度", "纬度", "片区", None],
        ["甲公司", lon, lat, "pa", 1.5],
        ["乙公司", lat, lon + 0.001, "pa", 2],
        [None, lon + 0.002, lat, "pa", 3],
    ):
        book.active.append(row)
    book.active.merge_cells("B3:D3")
    book.save(folder / "list.xlsx")
    plan = (folder / "plan.toml").read_text(encoding="utf-8").replace("list.csv", "list.xlsx")
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    assert run("build", folder, "-o", folder / "atlas", "--lang", lang).exit_code == 1
    book = openpyxl.load_workbook(folder / "atlas" / "fix-me_list.xlsx")
    page = book.active
    notes = [cell.comment.text for row in page.iter_rows(min_row=4) for cell in row if cell.comment]
    assert len(notes) == 2
    for note in notes:
        said = note.split("\n")
        assert len(said) == len(set(said)) == 2
        assert ("原文件" in note) == (lang == "zh")
    page["B4"], page["C4"], page["A5"] = lon + 0.001, lat, "丙公司"
    book.save(folder / "list.xlsx")
    done = run("locate", folder, "--lang", "en")
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["Name (zh)"], row["Park"], float(row["Output (CNY 10k)"])) for row in rows] == [
        ("乙公司", "pa", 20000.0),
        ("丙公司", "pa", 30000.0),
    ]


def test_inspect_reads_a_list_of_the_plan_as_the_plan_declares_it(town_folder: Path) -> None:
    text = "甲一,乙二,丙三\n药厂,126.0111,43.8911\n"
    folder = declare(town_folder, text, header="1", columns='{ name_zh = "甲一", lon = "乙二", lat = "丙三" }')
    known = run("inspect", folder / "list.csv", "--plan", folder, "--lang", "en")
    assert known.exit_code == 0
    assert tomllib.loads(known.stdout)["registers"][0]["header"] == 1
    assert "read as WGS 84: of 1 positions 1 lie in the plan's extent, 1 in zones, 0 in parks" in known.stderr
    assert "shares of zones: Area z-west 100 %" in known.stderr
    asked = run("inspect", folder / "list.csv", "--header", "1", "--lang", "en")
    assert "header = 1\n" in asked.stdout


def test_lists_of_one_name_in_two_folders_are_told_apart(town_folder: Path) -> None:
    folder = declare(town_folder, "x\n")
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    start, end = plan.index("[[registers]]"), plan.index("[scopes.")
    block = plan[start:end]
    blocks = [block.replace('"list"', f'"y{year}"').replace("list.csv", f"{year}/list.csv") for year in (2023, 2024)]
    (folder / "plan.toml").write_text(plan[:start] + "".join(blocks) + plan[end:], encoding="utf-8")
    for year, bad in ((2023, "0,0"), (2024, "126.0111,x")):
        (folder / str(year)).mkdir()
        text = f"{HEAD}\n{PLAIN}\n乙公司,{bad},,,\n合计,,,,,\n"
        (folder / str(year) / "list.csv").write_text(text, encoding="utf-8")
    report = _report(folder)
    told = {(one["file"], one["code"]) for one in report["findings"] if one["row"] == 3}
    assert told == {
        ("2023/list.csv", "normalize.zero-coordinate"), ("2024/list.csv", "normalize.coordinate-text")
    }  # fmt: skip
    for year in (2023, 2024):
        page = openpyxl.load_workbook(folder / "atlas" / f"fix-me_y{year}.xlsx").active
        assert page.max_row == 3
        assert page["B2" if year == 2023 else "C2"].comment


def test_inspect_says_how_the_file_was_read_without_being_asked_for_remarks(town_folder: Path) -> None:
    (town_folder / "list.csv").write_bytes("企业名录,,\n企业名称,经度,纬度\n甲公司,126.0111,43.8911\n".encode("gbk"))
    for lang, rule in (("zh", "不是 UTF-8；严格 GB18030 检验通过"), ("en", "not UTF-8, valid as strict GB18030")):
        said = run("inspect", town_folder / "list.csv", "--lang", lang).stderr
        assert rule in said
        assert said.count("[read.encoding]") == said.count("[read.title-rows]") == said.count("[read.header]") == 1


def test_one_fault_in_every_row_does_not_hide_the_others(town_folder: Path) -> None:
    rows = "".join(f"企业{k},126.01,43.89,{k}\n" for k in range(30))
    folder = declare(
        town_folder, f"企业名称,经度,纬度,从业人数\n{rows}甲公司,126.0111,43.8911,abc\n乙公司,999,43.8911,1\n"
    )
    said = run("check", folder, "--lang", "en").stderr
    assert said.count("[normalize.coarse-coordinate]") == said.count("[normalize.whole-list]") == 1
    assert said.count("Give five decimals") == 1
    assert "30 of 32 rows are alike, row 2 for one: the coordinates have two decimals" in said
    assert said.count("[normalize.not-a-number]") == said.count("[normalize.coordinate-range]") == 1
