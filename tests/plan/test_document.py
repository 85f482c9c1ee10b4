"""plan.toml: the schema, the near key, the references; every fault in one run."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import town
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parkatlas import model, plan, schema
from parkatlas.errors import LimitError, ParkatlasError, PlanError
from parkatlas.findings import Rule
from parkatlas.plan import document, load_plan, plan_schema
from parkatlas.plan.load import read_plan

SOURCE = {field.name for field in dataclasses.fields(model.Source)}


def edit(folder: Path, *changes: tuple[str, str]) -> Path:
    """Replace words of plan.toml, each of which must be there."""
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return folder


def codes(folder: Path) -> list[str]:
    with pytest.raises(ParkatlasError) as refused:
        load_plan(folder)
    return sorted(finding.code for finding in refused.value.findings)


def test_the_town_loads(town_folder: Path) -> None:
    loaded = load_plan(town_folder)
    schema.validate(loaded.areas, schema.AREAS)
    assert list(loaded.areas["area_id"]) == ["core", "z-east", "z-north", "z-west", "pa", "pb", "pc", "pd"]
    assert list(loaded.areas.index) == list(range(8))
    assert dict(zip(loaded.areas["area_id"], loaded.areas["parent_id"].fillna("-"), strict=True)) == {
        key: parent or "-" for key, (_, parent, *_) in town.AREAS.items()
    }
    assert (loaded.id, loaded.name("zh"), loaded.released, loaded.horizon) == ("town", "小镇", "2024-05-01", "2029-05")
    assert loaded.positioning_en == ("Model town",)
    assert [sector.id for sector in loaded.sectors] == ["bio", "device", "chem"]
    assert loaded.sectors[0].gbt == ("276",)
    assert loaded.registers[0].columns == {"enterprise_id": "编号", "name_zh": "企业名称"}
    assert loaded.targets[0].value == 40
    assert [observation.qualifier for observation in loaded.observations] == ["exact", "at_least", "exact"]
    assert loaded.projects[0].people == ("王甲",)
    assert loaded.layer_files["zones"] == town_folder / "zones.geojson"
    assert loaded.findings == ()


def test_the_schema_is_a_schema_and_titles_everything_in_both_languages() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())

    def walk(part: object) -> None:
        for key, value in part.items() if isinstance(part, dict) else ():
            if key == "properties":
                for name, described in value.items():
                    assert re.search(r"[\u4e00-\u9fff].* / ", described["title"]), name
            walk(value)

    walk(plan_schema())


@pytest.mark.parametrize(
    ("name", "kind", "elsewhere"),
    [
        ("sectors", model.Sector, {"id"}),
        ("scopes", model.Scope, {"id"}),
        ("registers", model.Register, set()),
        ("patterns", model.Pattern, set()),
        ("targets", model.Target, set()),
        ("observations", model.Observation, set()),
        ("projects", model.Project, set()),
    ],
)
def test_the_schema_knows_the_fields_of_the_model(name: str, kind: type, elsewhere: set[str]) -> None:
    part = plan_schema()["properties"][name]
    known = set((part["items"] if part["type"] == "array" else part["additionalProperties"])["properties"])
    fields = {field.name for field in dataclasses.fields(kind)}
    if "source" in fields:
        fields = fields - {"source"} | SOURCE
    assert known == fields - elsewhere


def test_the_schema_knows_the_words_of_the_plan() -> None:
    named_elsewhere = {"folder", "areas", "context", "layer_files", "findings", "source"}
    lists = {"sectors", "registers", "patterns", "scopes", "targets", "observations", "projects"}
    fields = {field.name for field in dataclasses.fields(model.Plan)} - named_elsewhere - lists
    assert set(plan_schema()["properties"]["plan"]["properties"]) == fields | SOURCE


def test_unknown_keys_suggest_the_near_one(town_folder: Path) -> None:
    edit(town_folder, ("[plan]\n", '[plan]\nnmae_zh = "x"\n'), ("[[projects]]", "[[projects]]\nzzz = 1"))
    with pytest.raises(PlanError) as refused:
        load_plan(town_folder)
    near, far = refused.value.findings
    assert (near.code, near.row, near.field) == ("plan.unknown-key", 2, "plan")
    assert near.hint("en") == "Did you mean name_zh?"
    assert near.hint("zh") == "是否想写 name_zh？"
    assert (far.code, far.field) == ("plan.unknown-key", "projects[1]")
    assert "area_id" in far.hint("en")


def test_every_fault_is_found_in_one_run(town_folder: Path) -> None:
    edit(
        town_folder,
        ('horizon = "2029-05"', 'horizzon = "2029-05"'),
        ('scope = "town-large"', 'scope = "town-larg"'),
        ('kind = "recorded"', 'kind = "recoded"'),
        ("value = 40", 'value = "40"'),
        ('date = "2022"', 'date = "May 2022"'),
        ('id = "n-2023"', 'id = "n-2022"'),
        ('area_id = "pa"', 'area_id = "pab"'),
        ('path = "enterprises.csv"', 'path = "list.csv"'),
    )
    assert codes(town_folder) == [
        "plan.bad-value", "plan.bad-value", "plan.missing-key", "plan.no-file", "plan.repeated-id",
        "plan.unknown-area", "plan.unknown-key", "plan.unknown-scope", "plan.wrong-type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.csv", "a/../../x.csv", "C:\\\\x.csv", "\\\\\\\\host\\\\x.csv", "a\\n"]
)
def test_paths_stay_in_the_folder(town_folder: Path, path: str) -> None:
    edit(town_folder, ('path = "enterprises.csv"', f'path = "{path}"'))
    with pytest.raises(LimitError) as refused:
        load_plan(town_folder)
    assert [finding.code for finding in refused.value.findings] == ["plan.path-outside"]
    edit(town_folder, (f'path = "{path}"', 'path = "enterprises.csv"'), ('"parks.geojson"', f'"{path}"'))
    assert "plan.path-outside" in codes(town_folder)


def test_a_link_that_leaves_the_folder_is_refused(town_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x", encoding="utf-8")
    (town_folder / "enterprises.csv").unlink()
    (town_folder / "enterprises.csv").symlink_to(tmp_path / "secret.csv")
    assert codes(town_folder) == ["plan.path-outside"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("[plan", "plan.syntax"), ("a = " + "[" * 100_000, "plan.syntax"), ("#" * 5_000_001, "plan.too-large")],
)
def test_files_that_are_no_toml(town_folder: Path, text: str, code: str) -> None:
    (town_folder / "plan.toml").write_text(text, encoding="utf-8")
    assert codes(town_folder) == [code]


def test_a_plan_in_another_encoding_is_refused(town_folder: Path) -> None:
    (town_folder / "plan.toml").write_bytes(town.PLAN.encode("gb18030"))
    assert codes(town_folder) == ["plan.syntax"]


def test_a_folder_without_a_plan(tmp_path: Path) -> None:
    assert codes(tmp_path) == ["plan.no-plan"]


def test_dates_may_be_written_without_quotes_and_confidence_as_a_number(town_folder: Path) -> None:
    edit(town_folder, ('released = "2024-05-01"', "released = 2024-05-01"), ('confidence = "H"', "confidence = 0.45"))
    loaded = load_plan(town_folder)
    assert (loaded.released, loaded.source.confidence) == ("2024-05-01", "0.45")


def test_a_code_in_two_sectors_is_a_warning(town_folder: Path) -> None:
    edit(town_folder, ('gbt = ["358"]', 'gbt = ["358", "276"]'))
    assert [finding.code for finding in load_plan(town_folder).findings] == ["plan.sector-overlap"]


def test_layers_must_be_named_in_one_form(town_folder: Path) -> None:
    edit(town_folder, ('core = "core.geojson"', 'areas = "core.geojson"'))
    assert "plan.both-layer-forms" in codes(town_folder)
    edit(
        town_folder,
        ('areas = "core.geojson"\n', ""), ('zones = "zones.geojson"\n', ""), ('parks = "parks.geojson"\n', ""),
    )  # fmt: skip
    assert "plan.no-layers" in codes(town_folder)


def toml(value: Any) -> str:
    """Return plain data as an inline TOML value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


JUNK = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "../x", "core", "EPSG:9", "0", "2024", "a\u0001"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "path", "core", "datum", "crs", "gbt", "scope", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_in_any_place_is_refused_with_its_place(town_folder: Path, data: st.DataObject) -> None:
    """Whatever is written in place of a value of a sound plan, the plan loads or is refused by findings."""
    document: Any = tomllib.loads(town.PLAN)
    part, path = document, []
    while isinstance(part, dict | list) and part and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        path.append(key)
        holder, part = part, part[key]
    holder[key] = data.draw(JUNK)
    text = "".join(f"{key} = {toml(value)}\n" for key, value in document.items())
    (town_folder / "plan.toml").write_text(text, encoding="utf-8")
    with contextlib.suppress(ParkatlasError):
        load_plan(town_folder)
        return
    reading = read_plan(town_folder)
    assert any(finding.severity == "error" and finding.line("zh") for finding in reading.findings)


def test_the_copy_for_editors_is_the_published_schema(geodata: Path) -> None:
    assert json.loads((geodata / "plan.schema.json").read_text(encoding="utf-8")) == plan_schema()


def test_the_shipped_project_has_nothing_to_say(geodata: Path) -> None:
    """geodata/README.md says so; where a finding is to stay, it is explained there and named here."""
    assert [finding.line() for finding in load_plan(geodata).findings] == []


REFUSED = {
    "repair.too-much", "repair.inside", "repair.taken", "repair.layers-form", "repair.not-written",
    "repair.not-as-written",
}  # fmt: skip


def test_every_rule_is_documented_with_its_severity() -> None:
    listed: dict[str, str] = {}
    mended: set[str] = set()
    for line in (ROOT / "docs" / "layers.md").read_text(encoding="utf-8").splitlines():
        cells = line.split("|")
        names = re.findall(r"`([a-z]+\.[a-z0-9-]+)`", cells[1]) if len(cells) > 3 else []
        if len(cells) == 5:
            listed |= dict.fromkeys(names, cells[2].strip())
        else:
            mended |= set(names)
    modules = [importlib.import_module(f"parkatlas.plan.{found.name}") for found in pkgutil.iter_modules(plan.__path__)]
    rules = {rule.code: rule.severity for module in modules for rule in vars(module).values() if isinstance(rule, Rule)}
    assert {code: severity for code, severity in rules.items() if not code.startswith("repair.")} == listed
    assert {code for code in rules if code.startswith("repair.")} == mended | REFUSED


def test_every_rule_speaks_both_languages() -> None:
    modules = [importlib.import_module(f"parkatlas.plan.{found.name}") for found in pkgutil.iter_modules(plan.__path__)]
    for rule in [rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)]:
        names = [{name.removesuffix("_zh") for name in re.findall(r"{(\w+)", words)} for words in (rule.zh, rule.en)]
        assert names[0] == names[1], rule.code
        assert bool(rule.hint_zh) == bool(rule.hint_en), rule.code


def test_every_pattern_and_limit_of_the_schema_is_said_in_words() -> None:
    limits = ("pattern", "minLength", "maxLength", "minimum", "maximum")

    def asked(part: object) -> Iterator[tuple[str, object]]:
        if isinstance(part, dict):
            yield from ((key, part[key]) for key in limits if isinstance(part.get(key), str | int | float))
            for value in part.values():
                yield from asked(value)
        elif isinstance(part, list):
            for value in part:
                yield from asked(value)

    for key, value in set(asked(document.plan_schema())):
        rule = value if key == "pattern" else key
        assert any(str(rule).startswith(start) for start in document._WORDS), (key, value)


def test_a_date_that_is_none_is_answered_with_examples() -> None:
    head = {"id": "p", "name_zh": "规", "name_en": "P", "released": "", "horizon": "2030"}
    (finding,) = document.check_document({"plan": head, "layers": {"zones": "z.geojson"}})
    assert finding.message("en") == "'' does not fit: a date is written 2024, 2024-05 or 2024-05-31"
    assert "2024-05-31" in finding.message("zh")
    assert "^" not in finding.message("zh")
