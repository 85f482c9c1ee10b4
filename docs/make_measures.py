"""Write docs/measures.md: from the docstrings, from docs/measure_notes.toml, and with numbers computed on the town.

Run `python docs/make_measures.py` after a change of a measure; a test holds the page to the code and sees that no
measure lacks its notes.
"""

from __future__ import annotations

import datetime
import inspect
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import parkatlas
from parkatlas.statistics import MEASURES, Result, measures, run

DOCS = Path(__file__).resolve().parent
INTRO = """\
# Measures

Every measure of `parkatlas.statistics`: what it computes, after whom, when to use it and when not, and one number
worked out on the town that the tests use (twelve enterprises, three zones, a core, four parks; `tests/town.py` draws
it). Made from the docstrings by `docs/make_measures.py`.

```python
from parkatlas import survey
from parkatlas.statistics import run

town = survey("geodata")
result = run("location_quotient", town.registers["scenario"], town.plan.areas, town.plan.sectors, level="zone")
result.reading("zh")     # one sentence
result.to_frame()        # the numbers
result.plot(lang="en")   # matplotlib Axes (extra: plots)
```

What holds for all of them:

- **Who counts.** Enterprises only; institutes and platforms are counted apart. Who has a declared area and no point
  counts for the area and for nothing that needs a point. `n_used` and `n_dropped` say how many could be used.
- **Where.** One row an enterprise a level. A nested area's enterprises count for its parent; measures that add areas up
  take the outermost area of a level only, so that nothing counts twice. Levels are never added together.
- **Small numbers.** Below 5 expected enterprises a quotient is marked `small`, drawn grey and kept out of readings; an
  index that rises by chance stands beside what chance alone gives.
- **Many tests.** `p` is two-sided unless said otherwise, `p_fdr` is adjusted for all tests of the table (Benjamini and
  Hochberg 1995). Simulated p-values count the data themselves among the simulations.
- **No value is a value.** What cannot be computed is NaN, with the reason beside it.
- **In files.** `parkatlas build` writes `statistics_<register>.xlsx`, a workbook for each register, since registers
  are never added up: a sheet a family, and a first sheet with what to beware of, the definitions and the readings.
  What the plan alone tells (`targets`) is written as `tables/targets.csv`; what takes two registers is for
  `parkatlas compare` to write, since which two are worth comparing is not for a build to guess.
- **On a map.** A table with geometry is in metres, of the CRS that its `params` name; files hold the longitude and
  latitude of each row beside them, and `stats` and `clusters` write the shapes themselves with `-o FILE.gpkg` or
  `.geojson`.
- **The same twice.** What is random takes a seed, 0 unless given, and records it.
"""


@cache
def notes() -> Mapping[str, Mapping[str, Any]]:
    """Return the hand-written notes by measure."""
    return tomllib.loads((DOCS / "measure_notes.toml").read_text(encoding="utf-8"))


@cache
def town() -> parkatlas.Survey:
    """Return the town of the tests, read and located as any project."""
    tests = str(DOCS.parent / "tests")
    sys.path.insert(0, tests)
    try:
        import town as drawn
    finally:
        sys.path.remove(tests)
    with tempfile.TemporaryDirectory() as folder:
        return parkatlas.survey(drawn.write(Path(folder) / "town"))


def result_of(name: str) -> Result:
    """Return a measure of the town, with the options of its notes."""
    (located,) = town().registers.values()
    came = located[located["enterprise_id"] == "e09"].assign(enterprise_id="n01", name_zh="n01")
    later = pd.concat([located[located["enterprise_id"] != "e03"], came], ignore_index=True)
    further = {"earlier": located, "later": later, "plan": town().plan, "today": datetime.date(2026, 11, 23)}
    options = {need: further[need] for need in MEASURES[name].needs if need in further}
    plan = town().plan
    chosen = {key: None if value == "none" else value for key, value in notes()[name].get("options", {}).items()}
    return run(name, located, plan.areas, plan.sectors, **options, **chosen)


def worked(name: str) -> float:
    """Return the number of the notes, looked up in the measure's own table."""
    note = notes()[name]
    table = result_of(name).to_frame()
    for column, value in note.get("row", {}).items():
        table = table[table[column] == value]
    if len(table) != 1:
        raise ValueError(f"{name}: the notes' row is found {len(table)} times")
    return float(table[note["column"]].iloc[0])


def page() -> str:
    """Return docs/measures.md."""
    lines = [INTRO]
    for family, (zh, en) in measures.FAMILIES.items():
        names = [name for name, measure in MEASURES.items() if measure.family == family]
        if names:
            lines += [f"## {en} ({zh})", ""]
            lines += [f"- [`{name}`](#{name}): {MEASURES[name].title_en}, {MEASURES[name].title_zh}" for name in names]
            lines += [line for name in names for line in ("", *entry(name))] + [""]
    return "\n".join(lines).rstrip() + "\n"


def entry(name: str) -> Iterator[str]:
    """Yield the lines of one measure."""
    measure, note = MEASURES[name], notes()[name]
    yield f"### {name}"
    yield ""
    yield f"**{measure.title_en}, {measure.title_zh}.** `{name}{signature(measure)}`"
    yield ""
    yield from text(inspect.cleandoc(measure.function.__doc__ or ""))
    yield ""
    yield f"**Use it** {note['use']}"
    yield ""
    yield f"**Do not use it** {note['avoid']}"
    yield ""
    yield f"**In the town:** {note['paper']} = {worked(name):.4g}."


def signature(measure: measures.Measure) -> str:
    """Return a function's arguments without their types."""
    parts, starred = [], False
    for one in inspect.signature(measure.function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts, starred = [*parts, "*"], True
        parts.append(one.name if one.default is one.empty else f"{one.name}={one.default!r}")
    return f"({', '.join(parts)})"


def text(doc: str) -> Iterator[str]:
    """Yield a numpy docstring as Markdown: sections as bold words, indented blocks as code, lists as lists."""
    lines = doc.replace("``", "`").splitlines()
    code = listed = False
    for at, line in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if re.fullmatch(r"-{3,}", line):
            continue
        if re.fullmatch(r"-{3,}", below):
            listed = line in ("Parameters", "Returns", "Raises")
            yield f"**{line}**"
            yield ""
            continue
        if not code and (line.startswith((">>>", "    ")) and (not listed or line.startswith(">>>"))):
            code = True
            yield "```python" if line.startswith(">>>") else "```text"
        elif code and not line.strip():
            code = False
            yield "```"
        if listed and line and not line.startswith(" "):
            yield f"- `{line}`" if " : " in line or "," not in line else f"- {line}"
        else:
            yield (line if code else re.sub(r"::$", ":", line.strip() if not listed else "  " + line.strip())).rstrip()
    if code:
        yield "```"


if __name__ == "__main__":
    (DOCS / "measures.md").write_text(page(), encoding="utf-8")
