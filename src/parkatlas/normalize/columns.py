"""Which column is which: by its header, overridden by the plan, and never a guess.

The list's headers are folded (NFKC, case, spaces), stripped of a unit ("产值(万元)") and of a year ("2023年产值") and
looked up. Two headers that could both be the same column are an error that lists them: the plan's ``columns`` decides.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from parkatlas import schema
from parkatlas.errors import InputError, PlanError
from parkatlas.findings import Finding, Rule
from parkatlas.normalize.headers import FIELDS, meaning
from parkatlas.normalize.text import fold
from parkatlas.normalize.toml import quoted
from parkatlas.normalize.units import unit_of

AMBIGUOUS = Rule(
    "normalize.ambiguous-column",
    "error",
    zh="“{name}”有多个候选列：{candidates}",
    en="{name} could be any of the columns {candidates}",
    hint_zh="请在 plan.toml 中该名录的 columns 下选定其一，例如 {name} = {first}",
    hint_en="Choose one under the register's columns in plan.toml, such as {name} = {first}",
)
NO_SUCH_HEADER = Rule(
    "normalize.no-such-column",
    "error",
    zh="columns.{name} 指定的列“{header}”不在名单中",
    en="columns.{name} names the column {header!r}, which the list does not have",
    hint_zh="相近的列：{near}。",
    hint_en="Near it: {near}.",
)
NO_SUCH_FIELD = Rule(
    "normalize.no-such-field",
    "error",
    zh="columns 中的“{name}”不是本工具的列名",
    en="columns.{name}: there is no such column of ours",
    hint_zh="相近的列名：{near}。",
    hint_en="Near it: {near}.",
)
NO_SUCH_DEFAULT = Rule(
    "normalize.no-such-default",
    "error",
    zh="defaults 中的“{name}”不是本工具的列名",
    en="defaults.{name}: there is no such column of ours",
    hint_zh="相近的列名：{near}。",
    hint_en="Near it: {near}.",
)
NO_NAME = Rule(
    "normalize.no-name-column",
    "error",
    zh="没有认出企业名称列；表头为：{headers}",
    en="no column was recognised as the enterprise's name; the headers are: {headers}",
    hint_zh='请在该名录的 columns 下写明 name_zh = "…"{or_zh}。',
    hint_en='Say which under its columns: name_zh = "..."{or_en}.',
)
REPEATED = Rule(
    "normalize.repeated-header",
    "error",
    zh="表头“{header}”出现 {n} 次",
    en="the header {header!r} stands over {n} columns",
    hint_zh="请改名后重试。",
    hint_en="Rename all but one of them.",
)

_SHEETS = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods")  # where a header row can be named


@dataclass(frozen=True)
class Recognised:
    """What was understood of a header row.

    ``columns`` maps our column name to the list's header, ``units`` our column name to the unit its header states, as
    written; ``unused`` are the headers that mean nothing to us; ``unclear`` lists candidates among which the plan must
    choose.
    """

    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def recognise(
    headers: Iterable[str],
    overrides: Mapping[str, str] | None = None,
    file: str | None = None,
    sheet: str | None = None,
) -> Recognised:
    """Return which of the list's columns is which of ours.

    Parameters
    ----------
    headers : iterable of str
        The list's own headers.
    overrides : mapping of our names to headers
        Decides before any synonym does; a header claimed here stands for nothing else.
    file, sheet : str
        The list's name and its sheet's, for the messages.

    Raises
    ------
    PlanError
        Where an override names a column the list or the schema does not have; the message suggests near ones.
    InputError
        Where a column has several candidates, a header stands twice, or no column holds the name.

    Examples
    --------
    >>> dict(recognise(["单位名称", "经度", "纬度", "产值(万元)"]).columns)
    {'name_zh': '单位名称', 'lon': '经度', 'lat': '纬度', 'output': '产值(万元)'}
    """
    found, misnamed, unclear = match(headers, overrides or {}, file, sheet)
    if misnamed:
        raise PlanError(*misnamed)
    if unclear:
        raise InputError(*unclear)
    return found


def match(
    headers: Iterable[str], overrides: Mapping[str, str], file: str | None = None, sheet: str | None = None
) -> tuple[Recognised, list[Finding], list[Finding]]:
    """Do what `recognise` does without refusing: what is clear, what is wrong with the overrides, what is unclear."""
    known = list(headers)
    chosen, misnamed = _overridden(known, overrides, file)
    claimed = set(chosen.values())
    candidates: dict[str, list[str]] = {}
    for header in known:
        ours = None if header in claimed else meaning(header)
        if ours is not None and ours not in chosen:
            candidates.setdefault(ours, []).append(header)
    unclear = [_repeat(header, known, file) for header in dict.fromkeys(known) if known.count(header) > 1]
    choices = {ours: tuple(dict.fromkeys(several)) for ours, several in candidates.items() if len(set(several)) > 1}
    unclear += [
        AMBIGUOUS.at(file=file, name=ours, candidates=", ".join(several), first=quoted(several[0]))
        for ours, several in choices.items()
    ]
    chosen |= {ours: several[0] for ours, several in candidates.items() if ours not in choices}
    if not {"name_zh", "name_en"} & {*chosen, *candidates}:
        unclear.append(_no_name(known, file))
    used = set(chosen.values())
    ordered = dict(sorted(chosen.items(), key=lambda pair: known.index(pair[1])))
    units = {ours: unit for ours, header in ordered.items() if (unit := unit_of(header, ours)) is not None}
    found = Recognised(ordered, units, tuple(header for header in known if header not in used), choices)
    misnamed, unclear = ([replace(one, sheet=sheet) for one in several] for several in (misnamed, unclear))
    return found, misnamed, unclear


def check_defaults(names: Iterable[str], file: str | None = None) -> None:
    """Raise PlanError where a register gives defaults for columns that do not exist; all of them at once."""
    known = schema.ENTERPRISES.names
    wrong = [name for name in names if name not in known]
    if wrong:
        raise PlanError(*(NO_SUCH_DEFAULT.at(file=file, name=name, near=_near(name, known)) for name in wrong))


def _overridden(
    headers: list[str], overrides: Mapping[str, str], file: str | None
) -> tuple[dict[str, str], list[Finding]]:
    chosen: dict[str, str] = {}
    faults = []
    by_fold: dict[str, list[str]] = {}
    for header in headers:
        by_fold.setdefault(fold(header), []).append(header)
    for ours, theirs in overrides.items():
        if ours not in FIELDS:
            faults.append(NO_SUCH_FIELD.at(file=file, name=ours, near=_near(ours, FIELDS)))
        same = [theirs] if theirs in headers else by_fold.get(fold(theirs), [])
        if len(same) == 1:
            chosen[ours] = same[0]
        else:
            faults.append(NO_SUCH_HEADER.at(file=file, name=ours, header=theirs, near=_near(theirs, headers)))
    return chosen, faults


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(difflib.get_close_matches(name, known, 3, 0.4) or known)


def _no_name(headers: list[str], file: str | None) -> Finding:
    more = ("；若认错了工作表或表头行，请写 sheet 或 header", "; or name the right sheet or header row")
    or_zh, or_en = more if file is None or PurePath(file).suffix.casefold() in _SHEETS else ("", "")
    return NO_NAME.at(file=file, headers=", ".join(headers), or_zh=or_zh, or_en=or_en)


def _repeat(header: str, headers: list[str], file: str | None) -> Finding:
    return REPEATED.at(file=file, field=header, header=header, n=headers.count(header))
