"""The error tree and the warning tree.

    ParkatlasError (Exception)
    ├── PlanError (ValueError)         plan.toml or a layer cannot be used          exit 2
    ├── InputError (ValueError)        a register was refused                       exit 3
    ├── LimitError (ValueError)        a limit or a safety rule refused the input   exit 4
    ├── SchemaError (ValueError)       a table does not fit its schema              exit 70
    ├── CRSError (ValueError)          metres asked of degrees, or an unknown CRS   exit 2
    ├── DependencyError (ImportError)  an optional library is not installed         exit 2
    ├── OutputError (OSError)          the output cannot be created                 exit 73
    └── WriteError (OSError)           writing failed; the old output was kept      exit 74

    ParkatlasWarning (UserWarning)     went on, but look

A bad argument raises the builtin error it deserves. Ours are for bad data and for what happens outside.
"""

from __future__ import annotations

from typing import ClassVar

from parkatlas.findings import LABELS, SEVERITIES, Finding, Lang


class ParkatlasError(Exception):
    """Anything this package refuses; carries the findings that say why, each with its place."""

    exit_code: ClassVar[int] = 70

    def __init__(self, *reasons: Finding | str) -> None:
        self.findings = [reason for reason in reasons if isinstance(reason, Finding)]
        self._words = [reason for reason in reasons if isinstance(reason, str)]
        super().__init__(*reasons)

    def render(self, lang: Lang = "en") -> str:
        """Return every reason, one a line, the gravest first, in the language asked for.

        Where remarks accompany what refused, each line says how grave it is.
        """
        ranked = sorted(self.findings, key=lambda finding: SEVERITIES.index(finding.severity))
        mixed = len({finding.severity for finding in ranked}) > 1
        lines = [f"{LABELS[f.severity][lang == 'en']}: {f.line(lang)}" if mixed else f.line(lang) for f in ranked]
        return "\n".join([*self._words, *lines])

    def __str__(self) -> str:
        return self.render("en")


class PlanError(ParkatlasError, ValueError):
    """plan.toml or a layer cannot be used."""

    exit_code = 2


class InputError(ParkatlasError, ValueError):
    """A register was refused."""

    exit_code = 3


class LimitError(ParkatlasError, ValueError):
    """A limit or a safety rule refused the input."""

    exit_code = 4


class SchemaError(ParkatlasError, ValueError):
    """A table does not fit its schema; the message names every fault."""


class CRSError(ParkatlasError, ValueError):
    """Metres were asked of a geographic CRS, or the CRS is not known."""

    exit_code = 2


class DependencyError(ParkatlasError, ImportError):
    """An optional library is needed and not installed; the message names the extra."""

    exit_code = 2


class OutputError(ParkatlasError, OSError):
    """The output cannot be created."""

    exit_code = 73


class WriteError(ParkatlasError, OSError):
    """Writing failed; what stood there before was kept."""

    exit_code = 74


class ParkatlasWarning(UserWarning):
    """The work went on, but somebody should look."""
