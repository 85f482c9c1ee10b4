"""The fix-me workbook goes round: written, corrected, declared with the same settings, it yields the right rows.

Every list has a fault that only the list as a whole, or its first reading, explains. The oracle is the same list
written right in the first place.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
import town
from click.testing import CliRunner
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import parkatlas
from parkatlas.cli import main
from parkatlas.correction import SHEET
from parkatlas.errors import InputError
from parkatlas.findings import Lang
from parkatlas.model import Normalized, Plan, RawTable, Register
from parkatlas.report.fixme import write_fix_me

A, B, C = (town.lonlat(*at) for at in ((1.5, 1.5), (5.5, 1.5), (2.5, 5.0)))
LANGS = pytest.mark.parametrize("lang", ["zh", "en"])
Rows = list[list[Any]]
Fixes = Mapping[str, Mapping[str, Any]]  # by the id of a row and the header of a column, what is right


def put_right(rows: Rows, fixes: Fixes) -> Rows:
    """Return a table, its header first and its ids in its first column, with cells put right."""
    head = rows[0]
    return [[fixes.get(str(row[0]), {}).get(name, cell) for name, cell in zip(head, row, strict=True)] for row in rows]


def as_csv(rows: Rows, path: Path) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = path.with_suffix(".csv")
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def as_xlsx(rows: Rows, path: Path, *, epoch_1904: bool = False, title: str = "名录") -> Path:
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    book.active.title = title
    for row in rows:
        book.active.append(row)
    path = path.with_suffix(".xlsx")
    book.save(path)
    return path


def as_geojson(rows: Rows, path: Path, places: Mapping[str, Any], crs: str | None = None) -> Path:
    features = [
        {"type": "Feature", "properties": dict(zip(rows[0], row, strict=True)),
         "geometry": {"type": "Point", "coordinates": list(places[row[0]])}}
        for row in rows[1:]
    ]  # fmt: skip
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    path = path.with_suffix(".geojson")
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **named}), encoding="utf-8")
    return path


def as_layer(rows: Rows, path: Path, layer: str) -> Path:
    path = path.with_suffix(".gpkg")
    table = pd.DataFrame(rows[1:], columns=rows[0])
    places = [shapely.Point(at) for at in (A, B, C)][: len(table)]
    for name in (layer, "other"):
        gpd.GeoDataFrame(table, geometry=places, crs=4326).to_file(path, layer=name, driver="GPKG")
    return path


@dataclass(frozen=True)
class Taken:
    """A list as read and in our terms, under the settings of its register."""

    raw: RawTable
    done: Normalized

    @property
    def counts(self) -> tuple[int, int]:
        """Rows read, and rows rejected."""
        return self.done.rows_read, len(self.done.rejects)


@functools.cache
def plan() -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        return parkatlas.load_plan(town.write(Path(folder) / "town"))


def take(path: Path, settings: str = "") -> Taken:
    """Read a list under settings, which are TOML as in a plan."""
    one = Register("list", "名录", "List", path.name, "recorded", "2024-05", **tomllib.loads(settings))
    raw = parkatlas.read_table(path, sheet=one.sheet, encoding=one.encoding, header=one.header)
    return Taken(raw, parkatlas.normalize_table(raw, one, plan()))


def fix_me(taken: Taken, path: Path, lang: Lang) -> Path:
    done = taken.done
    assert write_fix_me(taken.raw, done.rejects, done.findings, path, lang, restated=done.restated) == ()
    return path


def correct(path: Path, fixes: Fixes) -> None:
    """Correct a fix-me workbook as a user does: row by row, under its column names."""
    book = openpyxl.load_workbook(path)
    lines = list(book.active.iter_rows())
    (top,) = [k for k, line in enumerate(lines) if line[0].comment and line[0].font.bold]
    heads = [cell.value for cell in lines[top]]
    for line in lines[top + 1 :]:
        for name, value in fixes.get(str(line[0].value), {}).items():
            line[heads.index(name)].value = value
    book.save(path)


def table(taken: Taken, ids: list[str]) -> pd.DataFrame:
    """Return enterprises by id, places as degrees."""
    rows = taken.done.enterprises.set_index("enterprise_id").loc[ids]
    return pd.DataFrame(rows.drop(columns="geometry")).assign(lon=rows.geometry.x, lat=rows.geometry.y)


@dataclass(frozen=True)
class Case:
    """A list with ids in its first column, what is wrong in it, its settings, and how it is written as a file."""

    rows: Rows
    fixes: Fixes
    settings: str = ""
    write: Callable[[Rows, Path], Path] = as_csv
    expected: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # answers on paper


HEAD = ["编号", "企业名称", "经度", "纬度"]
DATED = [*HEAD, "成立日期"]
LON_OF_2 = {"2": {"经度": str(B[0])}}


def dated(*dates: object) -> Rows:
    return [DATED, ["1", "甲", *A, dates[0]], ["2", "乙", "坏", B[1], dates[1]], ["3", "丙", *C, dates[2]]]


COMMAS = [
    [*HEAD, "产值(万元)", "从业人数"],
    ["1", "甲", *A, "1,5", "1"], ["2", "乙", "坏", B[1], "1,234", "1,234"], ["3", "丙", *C, "2,25", "3"],
]  # fmt: skip
ATTRIBUTED = [HEAD, ["1", "甲", *A], ["2", None, *B]]
NAMED = [["编号", "企业名称"], ["1", "甲"], ["2", None]]
NAME_OF_2 = {"2": {"企业名称": "乙"}}
NO_HEADER = [["column A", "column B", "column C"], ["1", "甲厂", "区pa"], ["2", "", "区pc"]]
LONG_NAME = "长春市净月高新技术产业开发区二〇二四年度规模以上工业企业名录（含科研院所）"
METRES = {"1": (501500, 4861500), "2": (505500, 4861500)}
CODES = [
    [*HEAD, "地址"], ["1", "甲", *A, ""], ["2", "甲_x0041_厂", "坏", B[1], "_x000D_abc__x0042_x0043_"],
]  # fmt: skip

CASES = {
    "epoch of 1904": Case(
        dated(41030, 41030, 41030), LON_OF_2, write=lambda rows, path: as_xlsx(rows, path, epoch_1904=True),
        expected={"2": {"founded": "2016-05-02"}},
    ),
    "decimal commas": Case(COMMAS, LON_OF_2, expected={"2": {"output": None, "employees": 1234}}),
    "decimal commas put right": Case(
        COMMAS, {"2": {"经度": str(B[0]), "产值(万元)": "1.234"}}, expected={"2": {"output": 1.234}}
    ),
    "October by its column": Case(
        dated("2012.05", "2012.1", "2013"), LON_OF_2, expected={"2": {"founded": "2012-10"}}
    ),
    "January by its column": Case(
        dated("2012.10", "2012.1", "2013"), LON_OF_2, expected={"2": {"founded": "2012-01"}}
    ),
    "no month by its column": Case(
        dated("2012.10", "2012.1", "2012.05"), LON_OF_2, expected={"2": {"founded": "2012"}}
    ),
    "no months of six digits": Case(dated("051290", "201205", "2013"), LON_OF_2, expected={"2": {"founded": None}}),
    "months of six digits": Case(dated("201206", "201205", "2013"), LON_OF_2, expected={"2": {"founded": "2012-05"}}),
    "positions beside attributes": Case(
        ATTRIBUTED, NAME_OF_2, write=lambda rows, path: as_geojson(rows, path, {"1": A, "2": B}),
        expected={"2": {"lon": pytest.approx(B[0], abs=1e-9)}},
    ),
    "long name of a layer": Case(
        NAMED, NAME_OF_2, f'sheet = "{LONG_NAME}"', lambda rows, path: as_layer(rows, path, LONG_NAME)
    ),
    "layer that no sheet can be called": Case(
        NAMED, NAME_OF_2, 'sheet = "规上/规下 2024"', lambda rows, path: as_layer(rows, path, "规上/规下 2024")
    ),
    "no header": Case(
        NO_HEADER, {"2": {"column B": "乙厂"}},
        'header = 0\ncolumns = { enterprise_id = "column A", name_zh = "column B", declared_area = "column C" }',
        lambda rows, path: as_csv(rows[1:], path),
        {"2": {"declared_area": "pc"}},
    ),
    "header of a row and encoding": Case(
        dated("2012", "2013", "2014"), LON_OF_2, 'header = 3\nencoding = "utf-8"',
        lambda rows, path: as_csv([["说明", "x", "y", "z", "w"], ["p", "q", "r", "s", "t"], *rows], path),
    ),
    "no header, XLSX": Case(
        NO_HEADER, {"2": {"column B": "乙厂"}},
        'header = 0\ncolumns = { enterprise_id = "column A", name_zh = "column B", declared_area = "column C" }',
        lambda rows, path: as_xlsx(rows[1:], path),
    ),
    "header of a row and sheet, XLSX": Case(
        dated("2012", "2013", "2014"), LON_OF_2, 'header = 3\nsheet = "名录"',
        lambda rows, path: as_xlsx([["说明", "x", "y", "z", "w"], ["p", "q", "r", "s", "t"], *rows], path),
    ),
    "sheet that is called as the hidden one, XLSX": Case(
        dated("2012", "2013", "2014"), LON_OF_2, 'sheet = "Parkatlas"',
        lambda rows, path: as_xlsx(rows, path, title="Parkatlas"),
    ),
    "coordinate system of the file and of the register": Case(
        NAMED, NAME_OF_2, 'crs = "EPSG:4551"',
        lambda rows, path: as_geojson(rows, path, METRES, "EPSG:4551"), {"2": {"lon": pytest.approx(B[0], abs=1e-9)}},
    ),
    "codes of characters": Case(
        CODES, LON_OF_2, expected={"2": {"name_zh": "甲_x0041_厂", "address": "_x000D_abc__x0042_x0043_"}}
    ),
}  # fmt: skip
# What a text file can hold, a workbook can hold as well.
CASES |= {
    f"{name}, XLSX": Case(one.rows, one.fixes, one.settings.replace('encoding = "utf-8"', ""), as_xlsx, one.expected)
    for name, one in CASES.items()
    if one.write is as_csv and one.rows is not CODES
}


@LANGS
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_corrected_rows_are_those_of_a_right_list(tmp_path: Path, case: Case, lang: Lang) -> None:
    first = take(case.write(case.rows, tmp_path / "list"), case.settings)
    ids = list(case.fixes)
    assert first.counts == (len(case.rows) - 1, len(ids))
    path = fix_me(first, tmp_path / "fixed.xlsx", lang)
    assert take(path, case.settings).counts == (len(ids), len(ids))
    correct(path, case.fixes)
    after = take(path, case.settings)
    assert after.counts == (len(ids), 0)
    oracle = table(take(case.write(put_right(case.rows, case.fixes), tmp_path / "right"), case.settings), ids)
    pd.testing.assert_frame_equal(table(after, ids), oracle)
    for row, answers in case.expected.items():
        for name, value in answers.items():
            found = oracle.loc[row, name]
            assert (pd.isna(found) and value is None) or found == value, name


LONG = "编号,企业名称,地址,备注\n1,甲厂,路1,x\n2,乙,厂,路2,y\n3,丙厂,路3,z\n"


@LANGS
def test_a_long_row_comes_back_only_when_it_fits_under_the_header(tmp_path: Path, lang: Lang) -> None:
    (tmp_path / "list.csv").write_text(LONG, encoding="utf-8")
    first = take(tmp_path / "list.csv")
    path = fix_me(first, tmp_path / "fixed.xlsx", lang)
    cells = openpyxl.load_workbook(path).active[2]
    assert [cell.value for cell in cells] == ["2", "乙", "厂", "路2", "y"]
    assert cells[0].fill.fgColor.rgb == cells[4].fill.fgColor.rgb == "00F8CBAD"
    half: Fixes = {"2": {"企业名称": "乙,厂", "地址": "路2", "备注": "y"}}
    for fixes in ({}, half):
        correct(path, fixes)
        again = take(path)
        assert again.counts == (1, 1)
        assert again.done.rejects["code"].iloc[0] in ("read.long-row", "read.still-set-aside")
    twice = fix_me(again, tmp_path / "twice.xlsx", lang)
    correct(twice, {"2": {"column E": None}})
    after = take(twice)
    found = after.done.enterprises[["enterprise_id", "name_zh", "address", "note"]]
    assert found.to_numpy().tolist() == [["2", "乙,厂", "路2", "y"]]


ASIDE = [
    [*HEAD, "产值(万元)"], ["1", "甲", *A, "1"], ["2", "乙", "坏", B[1], "2"], ["Total", "", "", "", "3"],
    ["一、净月片区", "", "", "", ""], ["注：数据截至2024年。", "", "", "", ""],
    *([str(k), f"企{k}", *A, "1"] for k in range(3, 9)),
]  # fmt: skip


@LANGS
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_rows_that_are_no_enterprises_do_not_become_some(tmp_path: Path, write: Any, lang: Lang) -> None:
    first = take(write(ASIDE, tmp_path / "list"))
    assert first.counts[1] == 4
    path = fix_me(first, tmp_path / "fixed.xlsx", lang)
    correct(path, LON_OF_2)
    after = take(path)
    assert after.done.enterprises["name_zh"].tolist() == ["乙"]
    assert after.counts == (4, 3)
    correct(path, {"Total": {"编号": "9", "企业名称": "戊"}})
    assert take(path).counts == (4, 2)


@LANGS
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_rows_that_stand_alone_are_known_again(tmp_path: Path, write: Any, lang: Lang) -> None:
    rows = [row for row in ASIDE if row[0] != "2"]  # beside a full row a note is known by what it is; not so alone
    before = take(write(rows, tmp_path / "list"))
    reasons = before.done.rejects[f"reason_{lang}"].tolist()
    for step in range(2):
        path = fix_me(before, tmp_path / f"{step}.xlsx", lang)
        before = take(path)
        assert before.counts == (3, 3)
        same = {"zh": "这一行没有改动：", "en": "the row is as it was: "}[lang]
        said = before.done.rejects[f"reason_{lang}"].tolist()
        assert [one.removeprefix(same) for one in said] == reasons
        assert sum(one.startswith(same) for one in said) >= 2


@LANGS
def test_a_cell_that_was_restated_says_what_it_was(tmp_path: Path, lang: Lang) -> None:
    case = CASES["epoch of 1904"]
    first = take(case.write(case.rows, tmp_path / "list"))
    cell = openpyxl.load_workbook(fix_me(first, tmp_path / "a.xlsx", lang)).active["E2"]
    assert cell.value == "2016-05-02"
    assert cell.fill.fgColor.rgb == "00FFEB9C"
    assert "41030" in cell.comment.text
    assert ("原文为" in cell.comment.text) == (lang == "zh")
    first = take(as_csv(COMMAS, tmp_path / "list"))
    cell = openpyxl.load_workbook(fix_me(first, tmp_path / "b.xlsx", lang)).active["E2"]
    assert cell.value == "1,234 ?"
    assert ("加了问号" in cell.comment.text) == (lang == "zh")


def test_the_hidden_sheet_survives_other_programs_and_a_user_may_move_things(tmp_path: Path) -> None:
    case = CASES["positions beside attributes"]
    first = take(case.write(case.rows, tmp_path / "list"))
    path = fix_me(first, tmp_path / "fixed.xlsx", "zh")
    assert path.read_bytes() == fix_me(first, tmp_path / "again.xlsx", "zh").read_bytes()
    correct(path, case.fixes)
    sheets = pd.read_excel(path, engine="openpyxl", sheet_name=None, header=None, dtype=str)
    with pd.ExcelWriter(tmp_path / "pandas.xlsx") as out:  # forgets that the sheet is hidden
        for name, frame in sheets.items():
            frame.to_excel(out, sheet_name=name, header=False, index=False)
    book = openpyxl.load_workbook(path)
    assert book[SHEET].sheet_state == "hidden"
    page = book.active
    page.title = "改好的"
    page.insert_rows(1, 2)
    page["A1"] = "请王工核对"
    page.delete_cols([cell.value for cell in page[3]].index("纬度") + 1)  # the attribute; the position stands in lat
    book.save(tmp_path / "moved.xlsx")
    for name in ("pandas.xlsx", "moved.xlsx"):
        after = take(tmp_path / name)
        assert after.done.enterprises["name_zh"].tolist() == ["乙"]
        assert after.done.enterprises.geometry.x.tolist() == [pytest.approx(B[0], abs=1e-9)]
        assert "read.which-sheet" not in {finding.code for finding in after.done.findings}
    page.delete_rows(3)
    book.save(tmp_path / "beheaded.xlsx")
    with pytest.raises(InputError) as refusal:
        take(tmp_path / "beheaded.xlsx")
    assert [finding.code for finding in refusal.value.findings] == ["read.fix-me-header"]


def test_a_copy_without_the_hidden_sheet_is_read_as_any_list(tmp_path: Path) -> None:
    case = CASES["epoch of 1904"]
    first = take(case.write(case.rows, tmp_path / "list"))
    path = fix_me(first, tmp_path / "fixed.xlsx", "zh")
    correct(path, case.fixes)
    pd.read_excel(path, engine="openpyxl", dtype=str).to_excel(tmp_path / "copy.xlsx", index=False)
    after = take(tmp_path / "copy.xlsx")
    assert after.done.enterprises["founded"].tolist() == ["2016-05-02"]
    assert "read.fix-me" not in {finding.code for finding in after.done.findings}


def test_the_command_line_takes_the_workbook_of_its_build(tmp_path: Path) -> None:
    case = CASES["epoch of 1904"]
    folder = town.write(tmp_path / "town")
    before, rest = (folder / "plan.toml").read_text(encoding="utf-8").split("[[registers]]")
    block = (
        '[[registers]]\nid = "list"\nname_zh = "名录"\nname_en = "List"\nkind = "recorded"\nas_of = "2024-05"\n'
        'path = "list.xlsx"\nsheet = "名录"\n\n'
    )
    (folder / "plan.toml").write_text(before + block + rest[rest.index("[scopes.") :], encoding="utf-8")
    case.write(case.rows, folder / "list")
    run = CliRunner().invoke
    assert run(main, ["build", str(folder), "-o", str(tmp_path / "out")]).exit_code == 1
    path = folder / "list.xlsx"
    path.write_bytes((tmp_path / "out" / "fix-me_list.xlsx").read_bytes())
    correct(path, case.fixes)
    done = run(main, ["locate", str(folder), "-o", str(tmp_path / "loc.csv")])
    assert done.exit_code == 0, done.output
    assert "2016-05-02" in (tmp_path / "loc.csv").read_text(encoding="utf-8")
    seen = run(main, ["inspect", str(path)])
    assert seen.exit_code == 0
    assert "[read.fix-me]" in seen.stderr
    assert SHEET not in [line.strip() for line in seen.stderr.splitlines()]
