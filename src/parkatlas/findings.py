"""What the tool has to say about its input: rules, and the findings they make.

A rule is written once, beside the check that uses it, with its words in both languages. A finding is a rule that met
a place: file, sheet, row, field, feature, value. Errors carry findings too, so a refusal and a remark read alike.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]
Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
LABELS: dict[Severity, tuple[str, str]] = {
    "error": ("错误", "error"),
    "warning": ("警告", "warning"),
    "info": ("提示", "remark"),
}
_SHOWN = 80  # characters of a value that a message shows


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong, in words.

    ``zh``, ``en`` and the hints are ``str.format`` templates; they may name any place argument of `at` and any
    further keyword given there. Only templates are ours; values from data are inserted, never interpreted.
    ``mends``: a value was used otherwise than it stands, which a strict run refuses, however small the matter.

    >>> rule = Rule("town.flooded", "warning", zh="{feature} 被淹", en="{feature} is under {depth} m of water")
    >>> rule.at(feature="p-a", depth=2).message("en")
    'p-a is under 2 m of water'
    """

    code: str
    severity: Severity
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    mends: bool = False

    def at(
        self,
        *,
        file: str | None = None,
        sheet: str | None = None,
        row: int | None = None,
        field: str | None = None,
        value: object = None,
        feature: str | None = None,
        lon: float | None = None,
        lat: float | None = None,
        **details: object,
    ) -> Finding:
        """Return the finding that this rule makes at a place."""
        shown = None if value is None else shorten(str(value))
        return Finding(self, file, sheet, row, field, shown, feature, lon, lat, details)


@dataclass(frozen=True)
class Finding:
    """A rule that met a place. ``row`` counts as the user's spreadsheet does: the first line of the file is 1."""

    rule: Rule
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    feature: str | None = None
    lon: float | None = None
    lat: float | None = None
    details: dict[str, object] = dataclasses.field(default_factory=dict)

    @property
    def code(self) -> str:
        """The stable code of the rule, such as ``plan.unknown-key``."""
        return self.rule.code

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``info``."""
        return self.rule.severity

    def message(self, lang: Lang = "en") -> str:
        """Say what was found, without the place."""
        return self._fill(self.rule.zh if lang == "zh" else self.rule.en)

    def hint(self, lang: Lang = "en") -> str:
        """Say what to do about it."""
        return self._fill(self.rule.hint_zh if lang == "zh" else self.rule.hint_en)

    def place(self, lang: Lang = "en") -> str:
        """Name file, sheet, row and field, as far as they are known."""
        words = {"sheet": "工作表", "row": "行", "field": "列", "feature": "要素"} if lang == "zh" else {}
        parts = [self.file or ""]
        parts += [
            f"{words.get(name, name)} {value}"
            for name in ("sheet", "row", "field", "feature")
            if (value := getattr(self, name)) is not None
        ]
        return ", ".join(part for part in parts if part)

    def line(self, lang: Lang = "en") -> str:
        """Place, longitude and latitude, message, hint and code in one line, as the command line prints it.

        >>> Rule("town.flooded", "warning", zh="被淹", en="is under water").at(feature="p-a", lon=126, lat=44).line()
        'feature p-a (126.000000, 44.000000): is under water [town.flooded]'
        """
        colon = "：" if lang == "zh" else ": "
        known = self.lon is not None and self.lat is not None
        spot = f"({self.lon:.6f}, {self.lat:.6f})" if known else ""
        where = " ".join(part for part in (self.place(lang), spot) if part)
        text = colon.join(part for part in (where, self.message(lang)) if part)
        hint = self.hint(lang)
        stop = "。" if lang == "zh" else ". "
        return f"{text}{stop}{hint} [{self.code}]" if hint else f"{text} [{self.code}]"

    def record(self) -> dict[str, object]:
        """Return a row of the FINDINGS table."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "field": self.field,
            "feature": self.feature,
            "value": self.value,
            "lon": self.lon,
            "lat": self.lat,
            "message_zh": self.message("zh"),
            "message_en": self.message("en"),
            "hint_zh": self.hint("zh"),
            "hint_en": self.hint("en"),
        }

    def _fill(self, template: str) -> str:
        places = ("file", "sheet", "row", "field", "value", "feature")
        return template.format(**{name: getattr(self, name) for name in places}, **self.details)


def shorten(text: str, length: int = _SHOWN) -> str:
    r"""Return text fit for a message: control characters made visible, long values cut with an ellipsis.

    >>> shorten("a\x07b")
    'a\\x07b'
    """
    cut = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the gravest severity among findings, or None where there are none."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in found), None)
