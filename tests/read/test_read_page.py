"""The page "Your list, as it is" speaks of findings that exist, and of every kind of row set aside."""

from __future__ import annotations

import re
from pathlib import Path

from parkatlas.findings import Rule
from parkatlas.read import layer_rules, rules
from parkatlas.read.limits import DEFAULT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "your-list.md").read_text(encoding="utf-8")
RULES = [rule for module in (rules, layer_rules) for rule in vars(module).values() if isinstance(rule, Rule)]


def test_every_code_on_the_page_exists() -> None:
    assert set(re.findall(r"`(read\.[a-z0-9-]+)`", PAGE)) <= {rule.code for rule in RULES}


def test_every_warning_is_explained_on_the_page() -> None:
    assert {rule.code for rule in RULES if rule.severity == "warning"} <= set(re.findall(r"`(read\.[a-z0-9-]+)`", PAGE))


def test_codes_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_the_limits_on_the_page_are_the_limits() -> None:
    for number in (DEFAULT.rows, DEFAULT.columns, DEFAULT.cells, DEFAULT.cell):
        assert f"{number:,}" in PAGE
    assert (DEFAULT.size, DEFAULT.document, DEFAULT.inflated, DEFAULT.ratio) == (2 << 30, 512 << 20, 2 << 30, 200)
