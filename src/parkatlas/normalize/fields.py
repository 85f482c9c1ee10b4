"""The columns of ENTERPRISES, one by one: what a cell means, and what is left out with a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from parkatlas.findings import Rule
from parkatlas.normalize import credit_codes, dates, identity, quantities, taxonomy, units
from parkatlas.normalize.cells import constant, given
from parkatlas.normalize.faults import fault
from parkatlas.normalize.work import Work

NO_NAME = Rule(
    "normalize.no-name",
    "warning",
    zh="没有企业名称",
    en="the row has no name",
    hint_zh="请填写企业名称，或删除这一行。",
    hint_en="Give the enterprise's name, or delete the row.",
)
NUMBER = Rule(
    "normalize.not-a-number",
    "warning",
    zh="“{value}”不是一个数，按缺失处理",
    en="{value!r} is not one number and was left out",
    hint_zh="请只填写一个数字。",
    hint_en="Write one number.",
)
REWRITTEN = Rule(
    "normalize.number-in-text",
    "info",
    zh="“{value}”读作 {read:.12g} {unit_zh}",
    en="{value!r} was read as {read:.12g} {unit_en}",
    mends=True,
)
NEGATIVE = Rule(
    "normalize.negative-number",
    "warning",
    zh="{value} 小于零，按缺失处理",
    en="{value} is below zero and was left out",
    hint_zh="请核对。",
    hint_en="Check it.",
)
NOT_WHOLE = Rule(
    "normalize.not-whole",
    "warning",
    zh="{value} 不是整数，按缺失处理",
    en="{value} is not a whole number and was left out",
    hint_zh="请核对单位：应为人数。",
    hint_en="Check the unit: it should count persons.",
)
UNIT = Rule(
    "normalize.unknown-unit",
    "warning",
    zh="不认识单位“{unit}”，整列按缺失处理",
    en="the unit {unit!r} is not known; the column was left out",
    hint_zh="请换算后把单位写进表头，例如“{example}”；括号里若不是单位，请删去。",
    hint_en="Convert, and write the unit into the header, as in {example}; delete the bracket if it is no unit.",
)
NO_UNIT = Rule(
    "normalize.no-unit",
    "info",
    zh="表头没有写单位{aside_zh}，按{unit}读取",
    en="the header states no unit{aside_en}; it was read as {unit}",
    hint_zh="如非此单位，请写进表头，例如“产值(亿元)”。",
    hint_en="If that is wrong write the unit into the header, as in 产值(亿元).",
)
DATE = Rule(
    "normalize.not-a-date",
    "warning",
    zh="“{value}”不是日期，按缺失处理",
    en="{value!r} is not a date and was left out",
    hint_zh="请写成 2012-05-01、2012-05 或 2012。",
    hint_en="Write 2012-05-01, 2012-05 or 2012.",
)
SERIAL = Rule(
    "normalize.serial-date",
    "info",
    zh="“{value}”是电子表格的日期序号，读作 {read}",
    en="{value!r} is a spreadsheet's day number and was read as {read}",
    mends=True,
)
DATE_NUMBER = Rule(
    "normalize.date-as-number",
    "info",
    zh="“{value}”读作 {read}",
    en="{value!r} was read as {read}",
    hint_zh="如有误，请写成 2012-05-01、2012-05 或 2012。",
    hint_en="If that is wrong write 2012-05-01, 2012-05 or 2012.",
    mends=True,
)
LATE = Rule(
    "normalize.date-after-list",
    "warning",
    zh="“{value}”晚于名录的日期 {as_of}",
    en="{value!r} is later than the list, which is of {as_of}",
    hint_zh="请核对；若名录更新过，请改 as_of。",
    hint_en="Check it; if the list was brought up to date, change as_of.",
)
MONTH = Rule(
    "normalize.month-unclear",
    "warning",
    zh="“{value}”可能是 1 月，也可能是 10 月（存成数字时会丢掉末尾的 0），只取年份 {read}",
    en="{value!r} may be January or October (a number loses its last zero); only the year {read} was taken",
    hint_zh="请写成 {read}-01 或 {read}-10。",
    hint_en="Write {read}-01 or {read}-10.",
)
SECTOR = Rule(
    "normalize.unmapped-sector",
    "warning",
    zh="“{value}”不属于规划的任何产业领域（{n} 行）",
    en="{value!r} leads to no sector of the plan ({n} rows)",
    hint_zh="请在 plan.toml 的 [sectors] 中为其补充代码或名称，或修改名单。",
    hint_en="Add its code or name to [sectors] of plan.toml, or change the list.",
)
AREA = Rule(
    "normalize.unknown-area",
    "warning",
    zh="规划中没有名为“{value}”的区域（{n} 行），已记入说明",
    en="the plan has no area named {value!r} ({n} rows); it was kept in the note",
    hint_zh="请使用区域编号或名称：{known}。",
    hint_en="Use an area's id or name: {known}.",
)
WORD = Rule(
    "normalize.unknown-word",
    "warning",
    zh="不认识“{value}”（{n} 行），按“{default}”处理",
    en="{value!r} is not known here ({n} rows); {default!r} was taken",
    hint_zh="可用：{choices}。",
    hint_en="One of: {choices}.",
)
_EXAMPLES = {"employees": "从业人数(人)", "output": "产值(万元)", "uncertainty_m": "定位误差(米)"}
_UNITS = {"employees": ("人", "persons"), "output": ("万元", "CNY 10k"), "uncertainty_m": ("米", "m")}
Columns = dict[str, Any]  # our names and columns


def read_columns(work: Work, pool: ThreadPoolExecutor) -> Columns:
    """Return every column of ENTERPRISES except the location's quality, for all rows."""
    found: Columns = {}
    for columns in work.side_by_side(pool, _READERS):
        found |= columns
    return found


def _texts(work: Work) -> Columns:
    found: Columns = {name: work.cells(name) for name in ("address", "confidence", "source_url", "name_en", "gbt_code")}
    name = work.cells("name_zh")
    if not given(name).all():
        name = name.where(name.notna(), found["name_en"])
    work.faults += fault(NO_NAME, work.columns.columns.get("name_zh"), ~given(name), None, rejects=True)
    work.look_for_repeats("name_zh", name)
    return found | {"name_zh": name}


def _ids(work: Work) -> Columns:
    ids = identity.fill_ids(work.cells("enterprise_id"), work.register.id)
    work.look_for_repeats("enterprise_id", ids)
    return {"enterprise_id": ids}


def _numbers(
    work: Work, ours: str, known: Mapping[str, float], factor: float, divisor: float, *, whole: bool = False
) -> pd.Series[float]:
    if not work.has(ours):
        return pd.Series(np.nan, index=work.index)
    cells = work.cells(ours)
    values, verdict = quantities.parse(cells, known, factor, work.numbers(ours))
    values, unusable = values / divisor, verdict == quantities.UNUSABLE
    commas = quantities.decimal_commas(cells, unusable)
    doubtful = quantities.doubtful_thousands(cells, verdict == quantities.REWRITTEN, commas)
    values[doubtful] = np.nan
    with np.errstate(invalid="ignore"):
        negative = values < 0
    broken = (values != np.floor(values)) & ~np.isnan(values) if whole else np.zeros(len(values), dtype=bool)
    work.note(NUMBER, unusable & ~commas, cells)
    work.note(quantities.DECIMAL_COMMA, commas | doubtful, cells)
    work.note(NEGATIVE, negative, cells)
    work.note(NOT_WHOLE, broken & ~negative, cells)
    values[negative | broken] = np.nan
    read = (verdict == quantities.REWRITTEN) | (verdict == quantities.ABOUT)
    read &= ~np.isnan(values)
    unit_zh, unit_en = _UNITS[ours]
    work.note(REWRITTEN, read, cells, read=values, unit_zh=unit_zh, unit_en=unit_en)
    return pd.Series(values, index=work.index)


def _stated(work: Work, ours: str, read: Callable[[str], units.Stated]) -> units.Stated | None:
    """Return what a column's header says of its unit, None where that cannot be understood."""
    header = work.columns.columns.get(ours)
    said = units.Stated() if header is None else read(header)
    if said.text is None or said.worth is not None:
        return said
    work.findings.append(UNIT.at(**work.place(header), unit=said.text, example=_EXAMPLES[ours]))
    return None


def _counted(
    work: Work, ours: str, read: Callable[[str], units.Stated], known: Mapping[str, float], *, whole: bool = False
) -> pd.Series[float]:
    """Return numbers in the base unit, in the unit that the header states."""
    said = _stated(work, ours, read)
    if said is None:
        return pd.Series(np.nan, index=work.index)
    return _numbers(work, ours, known, said.worth or 1.0, 1.0, whole=whole)


def _output(work: Work) -> pd.Series[float]:
    """Return output in CNY 10k, from the unit that the header states, else a line above the table."""
    header, said = work.columns.columns.get("output"), _stated(work, "output", units.money)
    if said is None:
        return pd.Series(np.nan, index=work.index)
    unit = said.text or units.unit_of_titles(work.raw.titles)
    worth = quantities.yuan_of(unit or "万元")
    place = work.place(header)
    if worth is None:
        work.findings.append(UNIT.at(**place, unit=unit, example=_EXAMPLES["output"]))
        return pd.Series(np.nan, index=work.index)
    if header is not None and unit is None and header != "output":
        aside_zh, aside_en = f"（括号里的“{said.aside}”不是单位）", f" ({said.aside!r} is none)"
        if not said.aside:
            aside_zh = aside_en = ""
        work.findings.append(NO_UNIT.at(**place, unit="万元", aside_zh=aside_zh, aside_en=aside_en))
    return _numbers(work, "output", quantities.YUAN, worth, quantities.YUAN["万元"])


def _credit_codes(work: Work) -> Columns:
    cells = work.cells("credit_code")
    lost = any(one.code == "read.lost-digits" and one.field == cells.name for one in work.raw.findings)
    codes, wrong = credit_codes.check(cells, lost=lost)
    for rule, mask, details in wrong:
        work.note(rule, mask, cells, **details)
    work.look_for_repeats("credit_code", codes)
    return {"credit_code": codes}


def _dates(work: Work, ours: str) -> pd.Series[str]:
    if not work.has(ours):
        return work.nothing
    cells = work.cells(ours)
    iso, how, bad = dates.parse(cells, work.raw.epoch)
    work.note(DATE, bad, cells)
    if how.any():
        for rule, kind in ((SERIAL, dates.SERIAL), (DATE_NUMBER, dates.NUMBER), (MONTH, dates.UNCLEAR)):
            work.note(rule, how == kind, cells, read=iso.to_numpy(dtype=object))
    return iso


def _founded(work: Work) -> pd.Series[str]:
    """Return the days of founding; none can be later than the list itself."""
    iso, until = _dates(work, "founded"), work.register.as_of or work.plan.horizon
    late = np.array(iso > until, dtype=bool)
    if late.any():  # 2024-05-17 is not later than 2024-05
        late[late] = (iso[late].str.slice(0, len(until)) > until).to_numpy(dtype=bool)
        work.note(LATE, late, work.cells("founded"), as_of=until)
    return iso


def read_words(work: Work, ours: str, words: dict[str, tuple[str, ...]], default: str) -> pd.Series[str]:
    """Return a column of the schema's own choices; what is not known is tallied and takes the default."""
    chosen = str(work.register.defaults.get(ours, default))
    if ours not in work.columns.columns:
        return constant(chosen, work.index)
    cells = work.cells(ours, default=False)
    found = taxonomy.look_up(cells, taxonomy.choices(words))
    unknown = given(cells) & ~given(found)
    work.tally(WORD, unknown, cells, default=default, choices=", ".join(words))
    return found.fillna(chosen)


def _sectors(work: Work) -> pd.Series[str]:
    codes = work.cells("gbt_code")
    if not work.has("sector"):
        by_code = taxonomy.sectors_of_codes(codes, work.plan.sectors)
        work.tally(SECTOR, given(codes) & ~given(by_code), codes)
        return by_code
    cells = work.cells("sector")
    by_name = taxonomy.look_up(cells, taxonomy.sector_names(work.plan.sectors))
    by_code = taxonomy.sectors_of_codes(codes, work.plan.sectors)
    work.tally(SECTOR, given(cells) & ~given(by_name), cells)
    work.tally(SECTOR, given(codes) & ~given(by_code) & ~given(by_name), codes)
    return by_name.where(by_name.notna(), by_code)


def _areas(work: Work) -> Columns:
    cells, note = work.cells("declared_area"), work.cells("note")
    known, _ = taxonomy.area_names(work.plan.areas)
    found = taxonomy.look_up(cells, known)
    unknown = given(cells) & ~given(found)
    if not unknown.any():
        return {"declared_area": found, "note": note}
    names = sorted(set(known.values()))
    work.tally(AREA, unknown, cells, known=", ".join(names[:12]) + (" ..." if len(names) > 12 else ""))
    told = note.copy()
    told[unknown] = note[unknown].fillna("").str.cat(f"[{cells.name}: " + cells[unknown] + "]", sep=" ").str.strip()
    return {"declared_area": found, "note": told}


# In the order in which their findings are told.
_READERS: tuple[Callable[[Work], Columns], ...] = (
    _texts,
    _ids,
    lambda work: {"entity": read_words(work, "entity", taxonomy.ENTITY_WORDS, "enterprise")},
    _credit_codes,
    lambda work: {"sector": _sectors(work)},
    lambda work: {"employees": _counted(work, "employees", units.persons, quantities.PERSONS, whole=True)},
    lambda work: {"uncertainty_m": _counted(work, "uncertainty_m", units.lengths, units.METRES)},
    lambda work: {"output": _output(work)},
    lambda work: {"founded": _founded(work)},
    lambda work: {"source_date": _dates(work, "source_date")},
    _areas,
)
