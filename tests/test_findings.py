"""Rules, findings, and the errors that carry them."""

from __future__ import annotations

import importlib
import pkgutil
import string

import parkatlas
from parkatlas import errors
from parkatlas.findings import Finding, Rule, shorten, worst

RULE = Rule(
    "town.flooded", "warning", zh="{feature} 水深 {depth} 米", en="{feature} is {depth} m under", hint_en="Wait."
)


def test_a_finding_says_where_what_and_what_to_do() -> None:
    finding = RULE.at(file="a.csv", sheet="S", row=3, field="x", feature="pa", depth=2)
    assert finding.line("en") == "a.csv, sheet S, row 3, field x, feature pa: pa is 2 m under. Wait. [town.flooded]"
    assert finding.line("zh") == "a.csv, 工作表 S, 行 3, 列 x, 要素 pa：pa 水深 2 米 [town.flooded]"


def test_values_from_data_are_never_templates() -> None:
    finding = Rule("t.x", "info", zh="{value}", en="{value}").at(value="{file} {0} {__class__}")
    assert finding.message("en") == "{file} {0} {__class__}"


def test_long_and_unprintable_values_are_shown_safely() -> None:
    assert shorten("x" * 200) == "x" * 79 + "…"
    assert shorten("a\nb\u202ec") == "a\\nb\\u202ec"


def test_worst_is_the_gravest() -> None:
    info = Rule("t.i", "info", zh="", en="").at()
    assert worst([]) is None
    assert worst([info]) == "info"
    assert worst([info, RULE.at(feature="", depth=0)]) == "warning"


def test_errors_are_also_the_builtin_they_mean_and_have_an_exit_code() -> None:
    tree = {
        errors.PlanError: (ValueError, 2),
        errors.InputError: (ValueError, 3),
        errors.LimitError: (ValueError, 4),
        errors.SchemaError: (ValueError, 70),
        errors.CRSError: (ValueError, 2),
        errors.DependencyError: (ImportError, 2),
        errors.OutputError: (OSError, 73),
        errors.WriteError: (OSError, 74),
    }
    for error, (builtin, code) in tree.items():
        assert issubclass(error, errors.ParkatlasError)
        assert issubclass(error, builtin)
        assert error.exit_code == code


def test_an_error_speaks_both_languages() -> None:
    error = errors.PlanError(RULE.at(file="a", feature="pa", depth=1), RULE.at(feature="pb", depth=2))
    lines = [
        "a, feature pa: pa is 1 m under. Wait. [town.flooded]",
        "feature pb: pb is 2 m under. Wait. [town.flooded]",
    ]
    assert str(error).splitlines() == lines
    assert "水深 2 米" in error.render("zh")


def every_rule() -> list[tuple[str, Rule]]:
    found = []
    for module in pkgutil.walk_packages(parkatlas.__path__, "parkatlas."):
        if ".geodata" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Rule):
                found.append((f"{module.name}.{name}", value))
            elif isinstance(value, tuple | list | dict):
                members = value.values() if isinstance(value, dict) else value
                found += [(f"{module.name}.{name}", rule) for rule in members if isinstance(rule, Rule)]
    return found


def test_every_rule_has_one_severity_and_words_in_both_languages() -> None:
    by_code: dict[str, Rule] = {}
    for where, rule in every_rule():
        # A code may have variants, with more or fewer details; how grave it is belongs to the code.
        assert by_code.setdefault(rule.code, rule).severity == rule.severity, f"{where}: {rule.code} has two severities"
        assert rule.zh, where
        assert rule.en, where
        assert bool(rule.hint_zh) == bool(rule.hint_en), where

        def fields(template: str) -> set[str]:
            # a detail may differ by language: read_zh and read_en count as one
            names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
            return {name.removesuffix("zh").removesuffix("en").rstrip("_") for name in names}

        assert fields(rule.zh + rule.hint_zh) == fields(rule.en + rule.hint_en), where
    assert len(by_code) > 10


def test_a_finding_is_a_row_of_the_findings_table() -> None:
    from parkatlas import schema

    record = RULE.at(feature="pa", depth=1).record()
    assert tuple(record) == schema.FINDINGS.names
    schema.validate(schema.frame(schema.FINDINGS, [record]), schema.FINDINGS)
    assert isinstance(RULE.at(feature="pa", depth=1), Finding)
