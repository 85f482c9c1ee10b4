"""Write docs/tables.md, docs/findings.md and docs/plan.md from the code that they describe.

Run `python docs/make_reference.py` after a change of a table, a rule or the schema of plan.toml; a test holds the pages
to the code.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import parkatlas
from parkatlas import schema
from parkatlas.findings import Rule
from parkatlas.plan import plan_schema

DOCS = Path(__file__).resolve().parent


def tables_page() -> str:
    """Return the data dictionary: every table, every column."""
    lines = [
        "# Tables",
        "",
        "What flows between the rooms and what the files hold, column by column. Made from `schema/tables.py` by",
        "`docs/make_reference.py`. Dates are ISO 8601 text at year, month or day precision. Positions are WGS 84.",
        "",
        "CSV and GIS files hold ids and choices as they stand here (`core`, `located`, `s1`), whatever the language,",
        "so that tables can be joined; the titles of `tables/` are in the language asked for. Workbooks are to be read",
        "and hold names. Of a reason in two languages `rejects.csv` and `fix-me_*.xlsx` have one, `findings.csv` both.",
    ]
    for table in schema.TABLES:
        shape = f", geometry: {table.geometry}" if table.geometry else ""
        lines += ["", f"## `{table.name}`", ""]
        lines += [f"Key: {f'`{table.key}`' if table.key else 'none'}{shape}.", ""]
        lines += ["| column | kind | unit | 中文 | English | shapefile | note |", "|---|---|---|---|---|---|---|"]
        for column in table.columns:
            note = column.note or (" / ".join(column.choices) if column.choices else "")
            kind = f"{column.kind}{', required' if column.required else ''}"
            cells = (
                f"`{column.name}`",
                kind,
                column.unit_en or column.unit_zh,
                column.zh,
                column.en,
                f"`{column.shp}`",
                note,
            )
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def rules() -> list[Rule]:
    """Return every rule of the package in the order of the codes, variants of one code side by side."""
    found: set[Rule] = set()
    for module in pkgutil.walk_packages(parkatlas.__path__, "parkatlas."):
        for value in vars(importlib.import_module(module.name)).values():
            members = (
                value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
            )
            found |= {rule for rule in members if isinstance(rule, Rule)}
    return sorted(found, key=lambda rule: (rule.code, rule.en, rule.hint_en))


def findings_page() -> str:
    """Return the list of everything the tool can say about its input."""
    lines = [
        "# Findings",
        "",
        "Everything the tool can say about its input. Codes are stable. Made from the rules in the code by",
        "`docs/make_reference.py`; words in braces are filled in with what was found.",
        "",
        "| code | severity | English | 中文 |",
        "|---|---|---|---|",
    ]
    for rule in rules():
        english = f"{rule.en}. {rule.hint_en}" if rule.hint_en else rule.en
        chinese = f"{rule.zh}。{rule.hint_zh}" if rule.hint_zh else rule.zh
        english, chinese = (text.replace("|", "\\|").replace("\n", " ") for text in (english, chinese))
        lines.append(f"| `{rule.code}` | {rule.severity} | {english} | {chinese} |")
    return "\n".join(lines) + "\n"


ABOUT_PLAN = """# plan.toml

What a project folder says of its plan. `parkatlas init DIR --empty` writes one to fill in, `parkatlas init DIR` a copy
of the shipped one, where everything below is used. Files are named by their path inside the folder and never lie
outside it. An editor that knows JSON Schema completes the keys from `plan.schema.json`, which the first line names. The
least that a plan can be:

```toml
[plan]
id = "lakeside"
name_zh = "湖畔产业规划"
name_en = "Lakeside plan"
released = "2026-01"
horizon = "2030"

[layers]
zones = "zones.geojson"
```

With it `parkatlas check` and `build` already work; `parkatlas inspect LIST` then prints the block of a register to
paste. Layers are described in [layers.md](layers.md), lists in [your-list.md](your-list.md). Figures are compared with
targets only where metric, unit and scope are the same, so that numbers of different scope never meet.

Keys with a star must be there. Made from the schema in the code by `docs/make_reference.py`.
"""
KEYS = ("| key | what | 中文 / English | note |", "|---|---|---|---|")


def plan_page() -> str:
    """Return what plan.toml can say, table by table."""
    lines = [ABOUT_PLAN]
    for name, part in plan_schema()["properties"].items():
        if name == "$schema":
            continue
        head, of = _table(name, part)
        lines += [f"## `{head}` {part['title']}", "", *([part["description"], ""] if "description" in part else [])]
        lines += ["| key | what | 中文 / English | note |", "|---|---|---|---|", *_keys(of), ""]
        if name == "layers":
            lines += [
                "A layer is a path, or a table with",
                "",
                "| key | what | 中文 / English | note |",
                "|---|---|---|---|",
            ]
            lines += [*_keys(of["properties"]["core"]), ""]
    return "\n".join(lines)


def _table(name: str, part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return how a table of plan.toml is headed, and the schema of one of it."""
    if part["type"] == "array":
        return f"[[{name}]]", part["items"]
    if isinstance(part.get("additionalProperties"), dict):
        return f"[{name}.ID]", part["additionalProperties"]
    return f"[{name}]", part


def _keys(of: dict[str, Any]) -> list[str]:
    rows = []
    for key, value in of["properties"].items():
        kind = value.get("type", "text")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        kind = {"string": "text", "array": "list of texts", "object": "table"}.get(kind, kind)
        what = ", ".join(f"`{choice}`" for choice in value["enum"]) if "enum" in value else kind
        star = "*" if key in of.get("required", ()) else ""
        rows.append(f"| `{key}`{star} | {what.replace('string', 'text').replace('object', 'table')} "
                    f"| {value.get('title', '')} | {value.get('description', '')} |")  # fmt: skip
    return rows


PAGES = {"plan.md": plan_page, "tables.md": tables_page, "findings.md": findings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
