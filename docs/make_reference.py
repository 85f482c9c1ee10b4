"""Write docs/tables.md and docs/findings.md from the code that they describe.

Run `python docs/make_reference.py` after a change of a table or a rule; a test holds both pages to the code.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import parkatlas
from parkatlas import schema
from parkatlas.findings import Rule

DOCS = Path(__file__).resolve().parent


def tables_page() -> str:
    """Return the data dictionary: every table, every column."""
    lines = [
        "# Tables",
        "",
        "What flows between the rooms and what the files hold, column by column. Made from `schema/tables.py` by",
        "`docs/make_reference.py`. Dates are ISO 8601 text at year, month or day precision. Positions are WGS 84.",
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
        english, chinese = (f"{text} {hint}".strip().replace("|", "\\|").replace("\n", " ") for text, hint in (
            (rule.en, rule.hint_en), (rule.zh, rule.hint_zh),
        ))  # fmt: skip
        lines.append(f"| `{rule.code}` | {rule.severity} | {english} | {chinese} |")
    return "\n".join(lines) + "\n"


PAGES = {"tables.md": tables_page, "findings.md": findings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
