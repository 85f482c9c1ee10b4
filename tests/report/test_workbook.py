"""The workbook of statistics, read back with openpyxl and with pandas."""

from __future__ import annotations

import dataclasses
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from parkatlas.errors import WriteError
from parkatlas.report import workbook
from parkatlas.report.workbook import write_workbook


@dataclasses.dataclass(frozen=True)
class Said:
    """A statistic as the workbook needs it."""

    table: pd.DataFrame
    reference: str = "Paper 1997"
    n_used: int = 5
    n_dropped: int = 2
    seed: int | None = 3
    params: Mapping[str, object] = dataclasses.field(default_factory=lambda: {"level": "zone"})
    versions: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"numpy": "2"})

    def defined(self, lang: str = "en") -> str:
        return "n / N"

    def cited(self, lang: str) -> str:
        return self.reference

    def unit_in(self, lang: str = "en") -> str:
        return "1"

    def titles(self, lang: str = "en") -> dict[str, str]:
        return {"lq": "区位商"} if lang == "zh" else {}

    def named(self, lang: str = "en") -> pd.DataFrame:
        return self.table

    def reading(self, lang: str = "en") -> str:
        return "结论一句" if lang == "zh" else "One sentence"


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {"name_zh": ["=cmd|' /C calc'!A0\x00", "b\x07"], "n": pd.array([3, None], dtype="Int64"),
         "lq": [np.nan, 1 / 3], "small": [True, False]}
    )  # fmt: skip


def _book(path: Path, **options: object) -> openpyxl.Workbook:
    tables = {"集聚/专业化": {"区位商": Said(_table()), "第二": Said(_table())}, "集聚/专业化 ": {"三": Said(_table())}}
    write_workbook(tables, path / "statistics.xlsx", **options)
    return openpyxl.load_workbook(path / "statistics.xlsx")


def test_parameters_are_json_that_any_reader_takes(tmp_path: Path) -> None:
    said = Said(_table(), params={"bandwidth_m": float("nan"), "sizes": [1.0, float("inf")], "level": None})
    write_workbook({"家族": {"量": said}}, tmp_path / "s.xlsx", lang="zh")
    rows = openpyxl.load_workbook(tmp_path / "s.xlsx")["说明"].iter_rows(values_only=True)
    (told,) = [cell for row in rows for cell in row if str(cell).startswith("{")]
    assert json.loads(told, parse_constant=pytest.fail) == {"bandwidth_m": None, "sizes": [1.0, None], "level": None}


def test_a_sheet_a_family_and_a_readme(tmp_path: Path) -> None:
    book = _book(tmp_path, warnings=["=情景数据", "样本小"])
    assert book.sheetnames == ["说明", "集聚 专业化", "集聚 专业化 2"]
    readme = [[cell for cell in row if cell is not None] for row in book["说明"].iter_rows(values_only=True)]
    assert readme[:3] == [["注意"], ["'=情景数据"], ["样本小"]]
    assert readme[4][:3] == ["指标", "工作表", "结论"]
    assert readme[5] == ["区位商", "集聚 专业化", "结论一句", "n / N", "Paper 1997", "1", 5, 2, 3, '{"level": "zone"}']
    assert readme[-1] == ["软件版本", "numpy 2"]
    assert book["说明"]["B6"].hyperlink.location == "'集聚 专业化'!A1"


def test_tables_come_back_with_titles_and_without_formulas(tmp_path: Path) -> None:
    sheet = _book(tmp_path)["集聚 专业化"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[:2] == [("区位商", None, None, None), ("结论一句", None, None, None)]
    assert rows[3] == ("name_zh", "n", "区位商", "small")
    assert rows[4] == ("'=cmd|' /C calc'!A0\ufffd", 3, None, True)
    assert rows[5] == ("b\ufffd", None, 1 / 3, False)
    assert rows[8][0] == "第二"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n", "b"}
    again = pd.read_excel(
        tmp_path / "statistics.xlsx", sheet_name="集聚 专业化", skiprows=3, nrows=2, engine="openpyxl"
    )
    assert again["n"].tolist()[0] == 3


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    _book(tmp_path)
    first = (tmp_path / "statistics.xlsx").read_bytes()
    time.sleep(2.1)  # the zip directory counts in steps of two seconds
    _book(tmp_path)
    assert (tmp_path / "statistics.xlsx").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "statistics.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_long_table_says_that_it_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    points = gpd.GeoDataFrame({"n": range(5)}, geometry=[shapely.Point(0, 0)] * 5)
    write_workbook({"a": {"b": Said(points)}}, tmp_path / "x.xlsx", "en")
    rows = list(openpyxl.load_workbook(tmp_path / "x.xlsx")["a"].iter_rows(values_only=True))
    assert rows == [("b",), ("One sentence",), ("The first 2 of 5 rows",), ("n",), (0,), (1,)]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"cannot write x\.xlsx"):
        write_workbook({}, tmp_path / "nowhere" / "x.xlsx")
