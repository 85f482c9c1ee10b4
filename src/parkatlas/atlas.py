"""What a run knows: a project surveyed, and an atlas with its numbers and its map."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.crs import WGS84
from parkatlas.findings import Finding, Lang, worst
from parkatlas.model import Plan, RawTable
from parkatlas.plan import findings_geojson, measure_areas
from parkatlas.report import fingerprint, records, summary
from parkatlas.scale import Streamed
from parkatlas.statistics.measures import of_one_register, run
from parkatlas.webmap import atlas_map
from parkatlas.webmap.assets import Assets

if TYPE_CHECKING:
    import folium

    from parkatlas.statistics.result import Result

# What of the larger tables the page carries, and the p up to which a cell is shown at all.
QUOTIENTS = ("area_id", "sector", "k", "expected", "lq", "low", "high", "p_fdr", "small")
HOTSPOTS = ("value", "z", "p", "p_fdr", "kind")
RAW_P = 0.05

Progress = Callable[[str], None]
Tables = Mapping[str, pd.DataFrame]


def silent(_step: str) -> None:
    """Say nothing: the progress of a run that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A project read and located: everything known before a number is computed.

    ``raw`` and ``registers`` map a register's id to its table as read and to its LOCATED table; ``rejects`` holds the
    rejected rows of all registers; ``conservation`` says, by register, how many rows were read and what became of each.
    A register too large for memory is in ``streamed``; its table in ``registers`` has no rows. By register,
    ``readings`` says what fits the plan under each way of reading the coordinates and ``repeats`` which rows were
    merged into which (`model.Normalized`).
    """

    plan: Plan
    raw: Mapping[str, RawTable]
    registers: Mapping[str, gpd.GeoDataFrame]
    rejects: pd.DataFrame
    findings: tuple[Finding, ...]
    conservation: Mapping[str, Mapping[str, int]]
    streamed: Mapping[str, Streamed] = field(default_factory=dict)
    readings: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    repeats: Mapping[str, pd.Series[int]] = field(default_factory=dict)

    @property
    def coordinates(self) -> dict[str, dict[str, object]]:
        """The verdict on every register's coordinates and what fits under each way of reading them, as plain data."""
        return {register: _coordinates(table) for register, table in self.readings.items()}

    @property
    def inputs(self) -> dict[str, str]:
        """The SHA-256 of every file that was read, by its path in the project folder."""
        files = [self.plan.folder / "plan.toml", *self.plan.layer_files.values()]
        for register in self.plan.registers:
            path = self.plan.folder / register.path
            files += sorted(path.glob("**/*.parquet")) if path.is_dir() else [path]
        return fingerprint(self.plan.folder, files)


@dataclass(frozen=True, kw_only=True)
class Atlas(Survey):
    """A project with its numbers.

    ``statistics`` maps a register's id to its tables by name; measures and ``map`` are computed when first asked for.
    ``show_findings`` puts what is wrong, and where, on the map.
    """

    statistics: Mapping[str, Tables]
    targets: pd.DataFrame
    today: datetime.date
    lang: Lang
    show_findings: bool = False
    assets: Assets = "inline"

    @property
    def results(self) -> Mapping[str, Mapping[str, Result]]:
        """Every measure that one register suffices for, by register and name."""
        held = [register for register in self.registers if register not in self.streamed]
        return {key: {one.name: self.result(key, one.name) for one in of_one_register()} for key in held}

    def result(self, register: str, measure: str) -> Result:
        """Return one measure of a register, computed when first asked for."""
        known = self._results
        if (register, measure) not in known:
            plan = self.plan
            known[register, measure] = run(measure, self.registers[register], plan.areas, plan.sectors)
        return known[register, measure]

    @cached_property
    def _results(self) -> dict[tuple[str, str], Result]:
        return {}

    @cached_property
    def map(self) -> folium.Map:
        """The interactive map, a ``folium.Map`` to which further layers can be added."""
        about = {
            "today": self.today.isoformat(),
            "findings": len(self.findings),
            "rejected": len(self.rejects),
            "conservation": self.conservation,
        }
        tables = {register: {**of, **self._layers(register)} for register, of in self.statistics.items()}
        return atlas_map(
            self.plan,
            self.registers,
            tables,
            targets=self.targets,
            lang=self.lang,
            assets=self.assets,
            findings=self.findings,
            about=about,
        )

    def _layers(self, register: str) -> dict[str, pd.DataFrame]:
        """Return what the map shows beside points and areas: clusters, hot spots, quotients, findings."""
        if register in self.streamed:
            return {"hexagons": self.streamed[register].hexagons}
        hot = self.result(register, "getis_ord").to_frame()
        clusters = self.result(register, "cluster_report").to_frame()
        shown = {
            "quotients": self.result(register, "location_quotient").to_frame()[[*QUOTIENTS]],
            "clusters": clusters.drop(columns="concave_hull", errors="ignore"),
            "hotspots": hot.loc[hot["p"] <= RAW_P, [*HOTSPOTS, "geometry"]],  # grey on the map until FDR agrees
        }
        if self.show_findings:
            shown["findings"] = gpd.GeoDataFrame.from_features(findings_geojson(self.findings), crs=WGS84)
        return {
            name: table.to_crs(WGS84) if isinstance(table, gpd.GeoDataFrame) else table
            for name, table in shown.items()
            if len(table)
        }

    def report(self, findings: Iterable[Finding] | None = None, outputs: Iterable[str] = ()) -> dict[str, object]:
        """Return the report of the run as plain data; ``findings`` are the atlas's own unless given."""
        return summary(
            self.findings if findings is None else findings,
            status="complete",
            parameters={
                "today": self.today.isoformat(),
                "lang": self.lang,
                "counting": schema.AREA_STATISTICS["n"].note,
            },
            inputs=self.inputs,
            conservation=self.conservation,
            areas={register: tables["areas"] for register, tables in self.statistics.items()},
            targets=self.targets,
            outputs=outputs,
        ) | {
            "coordinates": self.coordinates,
            "merged_into": {key: {str(a): int(b) for a, b in rows.items()} for key, rows in self.repeats.items()},
            "area_measures": records(measure_areas(self.plan.areas)),
            "sensitivity": {
                key: records(of["sensitivity"]) for key, of in self.statistics.items() if "sensitivity" in of
            },
        }


def _coordinates(readings: pd.DataFrame) -> dict[str, object]:
    """Return a table of readings as plain data: the verdict, and each reading with its positions by zone."""
    rows: list[dict[str, object]] = []
    for record in records(readings):
        zones = {name.removeprefix("zone "): record.pop(name) for name in [*record] if name.startswith("zone ")}
        rows.append(record | {"zones": zones})
    verdicts = [row["verdict"] for row in rows]
    best = rows[verdicts.index("best")] if "best" in verdicts else None
    return {
        "verdict": verdicts[0],
        "declared": {lang: rows[0][f"title_{lang}"] for lang in ("zh", "en")},
        "best": best and {lang: best[f"title_{lang}"] for lang in ("zh", "en")},
        "readings": rows,
    }


def exit_code(findings: tuple[Finding, ...], rejects: pd.DataFrame) -> int:
    """Return 0 for a clean run and 1 for one that finished with warnings, errors or rejected rows."""
    return int(worst(findings) in ("error", "warning") or len(rejects) > 0)
