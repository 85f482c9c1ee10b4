"""What the rows of one batch decided among themselves, where another batch may decide otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parkatlas.findings import Finding, Rule

BY_BATCH = Rule(
    "scale.decided-by-batch",
    "warning",
    zh="“{field}”列的读法由同一批的各行决定（例如 “{value}”，规则 {decided}）：分批不同，结果可能不同",
    en="how column {field!r} is read was decided by the rows of one batch ({value!r}, {decided}); "
    "batches of another size may decide otherwise",
    hint_zh="请把这一列改写成不会两读的形式：数不带逗号，日期写成 2012-05-01，坐标写成两列 lon、lat。",
    hint_en="Write the column so that every cell speaks for itself: numbers without commas, dates such as 2012-05-01, "
    "coordinates as two columns lon and lat.",
)
# Findings of questions that a whole column answers, and of which values.
_ASKED = {
    "normalize.decimal-comma": "",
    "normalize.number-in-text": "[,，]",
    "normalize.date-as-number": "",
    "normalize.month-unclear": "",
    "normalize.not-a-date": r"^\D*\d{6}\D*$",
    "normalize.north-is-x": "",
    "normalize.latitude-first": "",
}


def decided(findings: Iterable[Finding]) -> list[Finding]:
    """Return one warning for each column of which the rows of a batch decided how it is read."""
    told: dict[str | None, Finding] = {}
    for one in findings:
        counted = str(one.details.get("code", ""))  # further rows, whose values are not shown
        asked = counted in _ASKED or (one.code in _ASKED and re.search(_ASKED[one.code], one.value or ""))
        if asked and one.field not in told:
            place = {"file": one.file, "sheet": one.sheet, "field": one.field}
            told[one.field] = BY_BATCH.at(**place, value=one.value or "…", decided=counted or one.code)  # type: ignore[arg-type]
    return list(told.values())


class Doubts:
    """The findings of one batch after another, with the warnings before those of a batch that is not alone.

    ``several``: there are other batches anyway, in other files.
    """

    def __init__(self, *, several: bool) -> None:
        self._several, self._told = several, False
        self._found: list[Finding] = []

    def among(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Return the findings of the next batch, the warnings in front of them once there are several batches."""
        self._found = self._found or decided(findings)
        tell = self._several and bool(self._found) and not self._told
        self._told, self._several = self._told or tell, True
        return (*self._found, *findings) if tell else findings
