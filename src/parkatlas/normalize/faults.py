"""What is wrong with which rows: collected as arrays, told as findings, summed up as rejects.

A list of a million rows may have a million faults. They are held as positions, one entry for each rule and column;
findings name the first `SHOWN` places of each and count the rest, the REJECTS table has every rejected row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas import schema
from parkatlas.findings import Finding, Lang, Rule
from parkatlas.model import RawTable

SHOWN = 20
_LANGS: tuple[Lang, ...] = ("zh", "en")
_ALIKE = 5  # rows from which a fault in half of all rows is one of the list

MORE = Rule(
    "normalize.more",
    "info",
    zh="另有 {n} 行同样的情况：{code}",
    en="{n} more rows have the same: {code}",
    hint_zh="被拒绝的行全部列在 rejects.csv 中。",
    hint_en="Every rejected row is in rejects.csv.",
)
WHOLE_LIST = Rule(
    "normalize.whole-list",
    "warning",
    zh="{rows} 行中有 {n} 行都是这样，例如第 {first} 行：{said_zh}",
    en="{n} of {rows} rows are alike, row {first} for one: {said_en}",
    hint_zh="多半是整份名单或其声明的问题，请一次改正，不必逐行修改。{advice_zh}",
    hint_en="Most often the list as a whole, or how it is declared, is at fault: mend that once, not row by row. "
    "{advice_en}",
)


@dataclass(frozen=True)
class Fault:
    """A rule that met the rows at positions ``where`` (counted from 0) in the list's column ``field``.

    ``values`` are the cells, aligned with ``where``. A detail is one value for all, or an array aligned with ``where``.
    Where ``rejects`` is set the rows cannot be used.
    """

    rule: Rule
    field: str | None
    where: npt.NDArray[np.intp]
    values: Sequence[object]
    rejects: bool = False
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def detail(self, at: int) -> dict[str, Any]:
        """Return the details of the entry at a place of ``where``."""
        return {name: value[at] if isinstance(value, np.ndarray) else value for name, value in self.details.items()}

    def within(self, mask: npt.NDArray[np.bool_]) -> Fault | None:
        """Return the part of the fault that lies in a mask over all rows, None where nothing does."""
        take = mask[self.where]
        values = [value for value, taken in zip(self.values, take, strict=True) if taken]
        details = {
            name: value[take] if isinstance(value, np.ndarray) else value for name, value in self.details.items()
        }
        return dataclasses.replace(self, where=self.where[take], values=values, details=details) if take.any() else None


def fault(
    rule: Rule,
    name: str | None,
    mask: npt.NDArray[np.bool_],
    cells: pd.Series[str] | None,
    *,
    rejects: bool = False,
    **details: Any,
) -> list[Fault]:
    """Return the fault that a mask over all rows describes, in a list; no list entry where the mask is empty.

    Details that are arrays cover all rows, as the mask does.
    """
    where = np.flatnonzero(mask)
    if not len(where):
        return []
    values: Sequence[object] = [None] * len(where) if cells is None else cells.iloc[where].to_list()
    kept = {key: value[where] if isinstance(value, np.ndarray) else value for key, value in details.items()}
    return [Fault(rule, name, where, values, rejects, kept)]


def of_reading(raw: RawTable) -> list[Fault]:
    """Return the rows that reading already found not to be enterprises (totals, notes), as faults that reject them."""
    groups: dict[tuple[Rule, str | None], list[Finding]] = {}
    for finding in raw.rejected:
        groups.setdefault((finding.rule, finding.field), []).append(finding)
    out = []
    for (rule, name), several in groups.items():
        where = raw.frame.index.get_indexer([finding.row for finding in several])
        details = {key: _objects(finding.details[key] for finding in several) for key in several[0].details}
        out.append(Fault(rule, name, where, [finding.value for finding in several], rejects=True, details=details))
    return out


def told_once(faults: Sequence[Fault], reading: Sequence[Fault], rows: int) -> list[Fault]:
    """Return faults, of rows that reading set aside only what it said: a total needs no remark that it has no name.

    ``reading`` are the first of ``faults``, as `of_reading` gave them.
    """
    others, aside = faults[len(reading) :], rejected(reading, rows)
    if not aside.any():
        return [*faults]
    return [*reading, *(kept for one in others if (kept := one.within(~aside)) is not None)]


def findings(raw: RawTable, faults: Iterable[Fault]) -> list[Finding]:
    """Return the findings of faults: the first `SHOWN` places of each, then how many more there are.

    Where half of all rows have the same fault, a finding of the list says so before.
    """
    out = []
    for one in faults:
        place: dict[str, Any] = {"file": raw.source, "sheet": raw.sheet, "field": one.field}
        here = []
        for at, position in enumerate(one.where[:SHOWN]):
            row, value = row_number(raw, position), _shown(one.values[at])
            here.append(one.rule.at(**place, row=row, value=value, **one.detail(at)))
        if len(one.where) >= max(_ALIKE, len(raw.frame) / 2) and one.rule.severity == "warning":
            out.append(_of_the_list(here[0], len(one.where), len(raw.frame)))
        out += here
        if len(one.where) > SHOWN:
            out.append(MORE.at(**place, n=len(one.where) - SHOWN, code=one.rule.code))
    return out


def _of_the_list(first: Finding, n: int, rows: int) -> Finding:
    words = {f"said_{lang}": first.message(lang) for lang in _LANGS}
    words |= {f"advice_{lang}": first.hint(lang) for lang in _LANGS}
    place = {"file": first.file, "sheet": first.sheet, "field": first.field}
    return WHOLE_LIST.at(**place, n=n, rows=rows, first=first.row, code=first.code, **words)  # type: ignore[arg-type]


def rejected(faults: Iterable[Fault], rows: int) -> npt.NDArray[np.bool_]:
    """Return which of the rows some fault rejects."""
    mask = np.zeros(rows, dtype=bool)
    for one in faults:
        if one.rejects:
            mask[one.where] = True
    return mask


def rejects(raw: RawTable, faults: Iterable[Fault]) -> pd.DataFrame:
    """Return the REJECTS table: one row for each rejected input row, with the first reason found, in file order."""
    parts = [_reasons(raw, one) for one in faults if one.rejects]
    if not parts:
        return schema.frame(schema.REJECTS)
    table = pd.concat(parts, ignore_index=True)
    table = table.drop_duplicates("position").sort_values("position", kind="stable").reset_index(drop=True)
    return schema.conform(table, schema.REJECTS)


def row_number(raw: RawTable, position: int | np.intp) -> int:
    """Return the number the file gives to the row at a position."""
    return int(raw.frame.index[position])


def _reasons(raw: RawTable, one: Fault) -> pd.DataFrame:
    table = pd.DataFrame({"position": one.where, "value": pd.Series(list(one.values), dtype=object)})
    table["source"], table["sheet"], table["field"], table["code"] = raw.source, raw.sheet, one.field, one.rule.code
    table["row"] = raw.frame.index.to_numpy()[one.where]
    keys = [key for key, value in one.details.items() if isinstance(value, np.ndarray)]
    for key in keys:
        table[f"_{key}"] = one.details[key]
    # Words are made once for each distinct value, not once for each row.
    groups = table.groupby(["value", *(f"_{key}" for key in keys)], dropna=False, sort=False)
    first, code = groups.head(1).index.to_numpy(), groups.ngroup().to_numpy()
    told = [one.rule.at(field=one.field, value=_shown(one.values[at]), **one.detail(int(at))) for at in first]
    for lang in ("zh", "en"):
        table[f"reason_{lang}"] = pd.array([finding.message(lang) for finding in told], dtype="str")[code]
        table[f"hint_{lang}"] = pd.array([finding.hint(lang) for finding in told], dtype="str")[code]
    return table.drop(columns=[f"_{key}" for key in keys])


def _objects(values: Iterable[object]) -> npt.NDArray[np.object_]:
    several = list(values)
    out = np.empty(len(several), dtype=object)
    out[:] = several
    return out


def _shown(value: object) -> object:
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124  NaN
