"""Awkward lists from the command line, as an analyst meets them: what is said, what is refused, what comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
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
