"""Cells that look like formulas, or like codes of characters, come back from our own files as they were written."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
import town
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import parkatlas
from parkatlas.cli import main
from parkatlas.read import iter_table, read_table
from parkatlas.read.ours import bare
from parkatlas.report.cells import escape, guard_text, plain

NAMES = ["-乙", "'-丙", "''=丁", "=1+1", "'戊", " @己", "-3.5", "'-3.5"]
SIGNS = st.sampled_from(["'", "=", "-", "+", "@", "\t", " ", "＝", "1", ".", "e", "甲", "_", "x0041_", "x005F_"])


@given(st.lists(SIGNS, max_size=8).map("".join))
def test_the_guard_can_be_taken_off_whatever_it_guards(text: str) -> None:
    assert bare(guard_text(text)) == plain(text)
    assert guard_text(text).lstrip()[:1] not in {*"=@＝"}


@given(st.lists(SIGNS, max_size=8).map("".join))
def test_no_text_is_taken_for_the_code_of_a_character(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    book = openpyxl.Workbook()
    for line, cell in enumerate(("企业名称", text or "-"), 1):
        book.active.cell(line, 1, escape(cell)).data_type = "s"
    book.save(path)
    assert read_table(path, header=1).frame["企业名称"].tolist() == [text or "-"] if text.strip() else True


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_our_own_table_comes_back_without_apostrophes(town_folder: Path, lang: str) -> None:
    lon, lat = town.lonlat(1.5, 1.5)
    with (town_folder / "list.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerows([["编号", "企业名称", "经度", "纬度"], *([k, name, lon, lat] for k, name in enumerate(NAMES))])
    plan = (town_folder / "plan.toml").read_text(encoding="utf-8").replace("enterprises.csv", "list.csv")
    (town_folder / "plan.toml").write_text(plan, encoding="utf-8")
    done = CliRunner().invoke(main, ["locate", str(town_folder), "--lang", lang, "-o", str(town_folder / "ours.csv")])
    assert done.exception is None or done.exit_code == 1
    wanted = [name.strip() for name in NAMES]
    (written,) = parkatlas.survey(town_folder).registers.values()
    assert written["name_zh"].tolist() == wanted
    title = {"zh": "企业名称", "en": "Name (zh)"}[lang]
    with (town_folder / "ours.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [row[title] for row in csv.DictReader(stream)]
    assert cells == ["'-乙", "''-丙", "'''=丁", "'=1+1", "'戊", "'@己", "-3.5", "'-3.5"]
    again = read_table(town_folder / "ours.csv")
    assert again.frame[title].tolist() == wanted
    (said,) = [finding for finding in again.findings if finding.code == "read.apostrophes"]
    assert (said.value, said.details["n"]) == ("'-乙", 5)
    (batch,) = iter_table(town_folder / "ours.csv")
    assert batch.frame[title].tolist() == wanted
    with (town_folder / "ours.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row[:-1] for row in csv.reader(stream)]  # no longer our table: nobody knows whose apostrophes these are
    with (town_folder / "theirs.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert read_table(town_folder / "theirs.csv").frame[title].tolist() == cells
