"""What a run knows: a project surveyed, and an atlas with its numbers and its map."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.crs import WGS84
from parkatlas.errors import LimitError
from parkatlas.findings import Finding, Lang, Rule, worst
from parkatlas.model import Plan, RawTable
from parkatlas.plan import findings_geojson, measure_areas
from parkatlas.report import fingerprint, records, summary
from parkatlas.scale import Streamed
from parkatlas.statistics.measures import find, of_one_register, reading, run
from parkatlas.webmap import atlas_map
from parkatlas.webmap.assets import Assets

if TYPE_CHECKING:
    import folium

    from parkatlas.statistics.result import Result

MADE_BY = "build"  # as a report says it: only the same verb replaces the folder
# What of the larger tables the page carries, the p up to which a hot spot's cell is shown at all, and the share of the
# highest density, and of a cell's ground, from which a cell of the density is.
HOTSPOTS = ("density_eb", "z", "p", "p_fdr", "kind")
RAW_P = 0.05
LEAST_DENSITY = 0.01
# Measures that a register too large for memory has all the same: they were counted when it was streamed.
COUNTED = {"area_table": "areas", "sector_table": "sectors"}

NOT_HELD = Rule(
    "register.not-held",
    "error",
    zh="名录有 {count} 行，内存中不保留逐行数据，无法得出{what_zh}",
    en="{count} rows are too many to be held in memory: {what_en} cannot be had",
    hint_zh="area_table 与 sector_table（含赫芬达尔、香农指数与区位商）可用；parkatlas build 将逐行结果写入 located/，"
    "可从中取一部分作为名录。",
    hint_en="There are area_table and sector_table (with Herfindahl, Shannon and location quotients); parkatlas build "
    "writes the rows to located/, of which a part can be a register.",
)

Progress = Callable[[str], None]
Tables = Mapping[str, pd.DataFrame]


def silent(_step: str) -> None:
    """Say nothing: the progress of a run that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A project read and located: everything known before a number is computed.

    ``raw`` and ``registers`` map a register's id to its table as read and to its LOCATED table; ``rejects`` holds the
    rejected rows of all registers; ``conservation`` says, by register, how many rows were read and what became of each.
    A register too large for memory is in ``streamed``; its table in ``registers`` has no rows where they are more
    than a million (`pipeline.KEPT`). By register,
    ``readings`` says what fits the plan under each way of reading the coordinates and ``repeats`` which rows were
    merged into which (`model.Normalized`), ``restated`` what cells of rejected rows mean.
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
    restated: Mapping[str, Mapping[str, pd.Series[str]]] = field(default_factory=dict)

    def located(self, register: str, what: tuple[str, str] = ("逐行结果", "the located rows")) -> gpd.GeoDataFrame:
        """Return the located rows of a register.

        Raises
        ------
        LimitError
            Where they are too many to be held; ``what`` they were wanted for, in Chinese and English.
        """
        if register not in self.held:
            (path,) = (one.path for one in self.plan.registers if one.id == register)
            count = f"{self.conservation[register]['read']:,}"
            raise LimitError(NOT_HELD.at(file=path, count=count, what_zh=what[0], what_en=what[1]))
        return self.registers[register]

    @property
    def held(self) -> dict[str, gpd.GeoDataFrame]:
        """The located tables of the registers whose rows are in memory, by id."""
        absent = {register for register, one in self.streamed.items() if one.rows is None}
        return {register: table for register, table in self.registers.items() if register not in absent}

    def measure(self, register: str, name: str, **options: Any) -> Result:
        """Return a measure of a register; of one too large for memory, those of `COUNTED`.

        Raises
        ------
        LimitError
            Where the rows are needed and too many to be held.
        """
        known, plan = find(name), self.plan
        if register not in self.held and name in COUNTED and not options:
            streamed = self.streamed[register]
            n = int(streamed.areas.loc[streamed.areas["level"] == "total", "n"].sum())
            return reading(known, getattr(streamed, COUNTED[name]), plan.sectors, n)
        if "located" in known.needs:
            self.located(register, (known.title("zh"), known.name))
        return run(known, self.registers[register], plan.areas, plan.sectors, **options)

    @property
    def coordinates(self) -> dict[str, dict[str, object]]:
        """The verdict on every register's coordinates and what fits under each way of reading them, as plain data."""
        return {register: _coordinates(table) for register, table in self.readings.items()}

    @property
    def files(self) -> list[Path]:
        """Every file that was read."""
        files = [self.plan.folder / "plan.toml", *self.plan.layer_files.values()]
        for register in self.plan.registers:
            path = self.plan.folder / register.path
            files += sorted(path.glob("**/*.parquet")) if path.is_dir() else [path]
        return files

    @property
    def inputs(self) -> dict[str, str]:
        """The SHA-256 of every file that was read, by its path in the project folder."""
        return fingerprint(self.plan.folder, self.files)


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
            known[register, measure] = self.measure(register, measure)
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
        """Return what the map shows beside points and areas: clusters, hot spots, density, findings."""
        if register in self.streamed:
            return {"hexagons": self._hexagons(register)}
        found = self.result(register, "getis_ord")
        hot, alpha = found.to_frame().rename(columns={"value": "density_eb"}), found.params["alpha"]
        far = NormalDist().inv_cdf(1 - alpha / 2)
        clusters = self.result(register, "cluster_report").to_frame()
        shown = {
            "clusters": clusters.drop(columns="concave_hull", errors="ignore"),
            "hotspots": hot.loc[hot["p"] <= RAW_P, [*HOTSPOTS, "geometry"]],  # grey on the map until FDR agrees
            "density": self._density(register),
        }
        shown["hotspots"].attrs = {
            "note_zh": f"热点、冷点须两项都成立：FDR 校正后 p ≤ {alpha}；邻格合计偏离随机均值至少 {far:.2f} 个标准差"
            f"（否则几乎相等的空格也会成为冷点）。其余为灰色；未校正 p > {RAW_P} 的格不画",
            "note_en": f"Hot and cold need both: p ≤ {alpha} after FDR correction, and neighbours whose sum lies "
            f"{far:.2f} standard deviations or more from its mean at random (else empty cells that are all but equal "
            f"would be cold). The others are grey; cells of an uncorrected p > {RAW_P} are not drawn",
        }
        if self.show_findings:
            shown["findings"] = gpd.GeoDataFrame.from_features(findings_geojson(self.findings), crs=WGS84)
        return {
            name: table.to_crs(WGS84) if isinstance(table, gpd.GeoDataFrame) else table
            for name, table in shown.items()
            if len(table)
        }

    def _hexagons(self, register: str) -> gpd.GeoDataFrame:
        """Return the counts of a streamed register, saying so where they stand for points that are too many."""
        streamed = self.streamed[register]
        shown = streamed.hexagons.copy()
        if streamed.rows is None:
            n = f"{streamed.conservation['read']:,}"
            shown.attrs = {
                "note_zh": f"名录有 {n} 行，本页不载逐点数据，只画每格企业数",
                "note_en": f"{n} rows are too many for points on this page: enterprises are counted by cell",
            }
        return shown

    def _density(self, register: str) -> gpd.GeoDataFrame:
        """Return the kernel density where it is worth a colour, with its bandwidth in words."""
        result = self.result(register, "kernel_density")
        table, width = result.to_frame(), result.params["bandwidth_m"]
        cell = (result.params["cell_m"] / 1000) ** 2
        high = table["density_km2"] > LEAST_DENSITY * table["density_km2"].max()
        shown = table.loc[high & (table["km2"] > LEAST_DENSITY * cell), ["density_km2", "geometry"]]
        shown.attrs = {
            "cell_m": result.params["cell_m"],
            "note_zh": f"高斯核，带宽 {width:,.0f} 米，限于所绘区域内；低于最高值 1 % 处不画；是图示，不是检验",
            "note_en": f"Gaussian kernel, bandwidth {width:,.0f} m, kept inside the areas; below 1 % of the highest "
            "value not drawn; a picture, not a test",
        }
        return shown

    def report(self, findings: Iterable[Finding] | None = None, outputs: Iterable[str] = ()) -> dict[str, object]:
        """Return the report of the run as plain data; ``findings`` are the atlas's own unless given."""
        return summary(
            self.findings if findings is None else findings,
            made_by=MADE_BY,
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
