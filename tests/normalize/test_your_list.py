"""The page "Your list, as it is": its tables are tried, row by row."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import lists
import pandas as pd
import pytest

import parkatlas.normalize
from parkatlas.findings import Rule
from parkatlas.normalize import dates, grids, quantities, recognise
from parkatlas.normalize.headers import meaning
from parkatlas.normalize.places import read_places
from parkatlas.normalize.work import Work

PAGE = (Path(__file__).parents[2] / "docs" / "your-list.md").read_text(encoding="utf-8")


def _table(name: str) -> list[list[str]]:
    body = PAGE.split(f"<!-- {name} -->")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.strip().splitlines()[2:]]
    assert len(rows) >= 5
    return rows


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", _table("columns"))
def test_columns(row: list[str]) -> None:
    assert meaning(_code(row[0])[0]) == (None if row[1] == "-" else _code(row[1])[0])


@pytest.mark.parametrize("row", _table("numbers"))
def test_numbers(row: list[str]) -> None:
    number, _ = quantities.read_number(_code(row[0])[0], quantities.YUAN, 1e4)
    assert (number != number and row[1] == "-") or number / 1e4 == float(row[1])


@pytest.mark.parametrize("row", _table("dates"))
def test_dates(row: list[str]) -> None:
    assert dates.read_date(_code(row[0])[0])[0] == (None if row[1] == "-" else row[1])


@pytest.mark.parametrize("row", _table("places"))
def test_places(row: list[str]) -> None:
    *headers, crs = _code(row[0]) if "crs" in row[0] else [*_code(row[0]), ""]
    declared = tomllib.loads(crs).get("crs")
    cells = _code(row[1])
    assert len(cells) == len(headers)
    frame = pd.DataFrame([["甲", *cells]], columns=["名称", *headers], index=[2], dtype="str")
    work = Work(lists.RawTable(frame, "a.csv"), lists.register(crs=declared), lists.plan(), recognise(frame.columns))
    system = grids.declared_grid(declared)
    written = read_places(work, system)
    assert written is not None
    assert not written.faults
    lon, lat = grids.to_degrees(written.x, written.y, system)
    assert (lon[0], lat[0]) == pytest.approx((125.3245, 43.8868), abs=1e-7)


def test_toml_on_the_page_is_toml() -> None:
    for block in re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL):
        assert tomllib.loads(block)["registers"]


def test_every_code_on_the_page_is_a_rule_of_the_room() -> None:
    named = set(re.findall(r"`(normalize\.[a-z-]+)`", PAGE))
    assert len(named) > 20
    assert named <= {rule.code for rule in _rules()}


def test_rules_say_the_same_in_both_languages() -> None:
    codes = [rule.code for rule in _rules()]
    assert len(codes) == len(set(codes))
    for rule in _rules():
        assert rule.zh
        assert rule.en
        assert bool(rule.hint_zh) == bool(rule.hint_en), rule.code
        assert re.match(r"normalize\.[a-z-]+$", rule.code)


def _rules() -> list[Rule]:
    names = [module.name for module in pkgutil.iter_modules(parkatlas.normalize.__path__)]
    modules = [importlib.import_module(f"parkatlas.normalize.{name}") for name in names]
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return list(found.values())
