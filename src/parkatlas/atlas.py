"""What a run knows: a project surveyed, and an atlas with its numbers and its map."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from parkatlas.findings import Finding, Lang, worst
from parkatlas.model import Plan, RawTable
from parkatlas.report import fingerprint, summary
from parkatlas.webmap import atlas_map

if TYPE_CHECKING:
    import folium

Progress = Callable[[str], None]
Tables = Mapping[str, pd.DataFrame]


def silent(_step: str) -> None:
    """Say nothing: the progress of a run that nobody watches."""


@dataclass(frozen=True)
class Survey:
    """A project read and located: everything known before a number is computed.

    ``raw`` and ``registers`` map a register's id to its table as read and to its LOCATED table; ``rejects`` holds the
    rejected rows of all registers; ``conservation`` says, by register, how many rows were read and what became of each.
    """

    plan: Plan
    raw: Mapping[str, RawTable]
    registers: Mapping[str, gpd.GeoDataFrame]
    rejects: pd.DataFrame
    findings: tuple[Finding, ...]
    conservation: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Atlas(Survey):
    """A project with its numbers. ``statistics`` maps a register's id to its tables by name."""

    statistics: Mapping[str, Tables]
    targets: pd.DataFrame
    today: datetime.date
    lang: Lang

    @cached_property
    def map(self) -> folium.Map:
        """The interactive map, a ``folium.Map`` to which further layers can be added."""
        about = {
            "today": self.today.isoformat(),
            "findings": len(self.findings),
            "rejected": len(self.rejects),
            "conservation": self.conservation,
        }
        return atlas_map(
            self.plan, self.registers, self.statistics, targets=self.targets, lang=self.lang, findings=self.findings,
            about=about,
        )  # fmt: skip

    @property
    def report(self) -> dict[str, object]:
        """The report of the run as plain data; `publication.publish` writes it as report.json."""
        files = [self.plan.folder / "plan.toml", *self.plan.layer_files.values()]
        files += [self.plan.folder / register.path for register in self.plan.registers]
        return summary(
            self.findings,
            status="complete",
            parameters={"today": self.today.isoformat(), "lang": self.lang},
            inputs=fingerprint(self.plan.folder, files),
            conservation=self.conservation,
            areas={register: tables["areas"] for register, tables in self.statistics.items()},
            targets=self.targets,
        )


def exit_code(findings: tuple[Finding, ...], rejects: pd.DataFrame) -> int:
    """Return 0 for a clean run and 1 for one that finished with warnings, errors or rejected rows."""
    return int(worst(findings) in ("error", "warning") or len(rejects) > 0)
