"""The small fixed things that flow beside the tables: a plan and its parts, a raw table, a register as used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from parkatlas.crs import Datum
from parkatlas.findings import Finding, Lang

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Source:
    """Where a statement comes from: address, ISO date, confidence (H, M, L or a number), and a remark."""

    source_url: str | None = None
    source_date: str | None = None
    confidence: str | None = None
    note_zh: str | None = None
    note_en: str | None = None


@dataclass(frozen=True)
class Named:
    """Something with an id and a name in both languages."""

    id: str
    name_zh: str
    name_en: str

    def name(self, lang: Lang) -> str:
        """Return the name in a language."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Sector(Named):
    """A branch of the plan's taxonomy. ``gbt`` holds GB/T 4754-2017 code prefixes: "27" covers 2710."""

    gbt: tuple[str, ...]
    colour: str


@dataclass(frozen=True)
class Register(Named):
    """A list of enterprises as the plan declares it.

    ``columns`` maps our column name to the list's own header; ``defaults`` gives a value to rows that have none.
    ``crs`` names the projected CRS of coordinates in metres (degrees without it), ``encoding`` that of a text file,
    ``header`` the row of the column names where it is not found (0: there is none).
    """

    path: str
    kind: Literal["recorded", "synthetic"]
    as_of: str
    datum: Datum = "wgs84"
    crs: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    header: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source()


@dataclass(frozen=True)
class Target(Named):
    """What the plan wants by a date. Comparable with observations of the same metric, scope and unit only."""

    metric: str
    scope: str
    unit: str
    value: float
    by: str
    source: Source = Source()


@dataclass(frozen=True)
class Observation(Named):
    """A published figure, named as its source names it; ``qualifier``: "400+" is ``at_least``."""

    metric: str
    scope: str
    unit: str
    value: float
    date: str
    qualifier: Literal["exact", "at_least", "about"] = "exact"
    source: Source = Source()


@dataclass(frozen=True)
class Pattern(Named):
    """A slogan of the plan, such as "363", with what is known of its content and what is not."""

    known_zh: str
    known_en: str
    unknown_zh: str
    unknown_en: str
    source: Source = Source()


@dataclass(frozen=True)
class Project(Named):
    """A named project; ``area_id`` where a source ties it to an area."""

    people: tuple[str, ...] = ()
    fields_zh: tuple[str, ...] = ()
    fields_en: tuple[str, ...] = ()
    area_id: str | None = None
    source: Source = Source()


@dataclass(frozen=True)
class Scope(Named):
    """What a metric counts: who and where. Figures of different scope are never joined."""


@dataclass(frozen=True)
class Plan(Named):
    """A plan as read: its words, its areas and what it lists. ``folder`` is where its files stand.

    ``map_approval`` is the approval number (审图号) under which its map may be published, where it has one.
    """

    folder: Path
    released: str
    horizon: str
    positioning_zh: tuple[str, ...]
    positioning_en: tuple[str, ...]
    source: Source
    areas: gpd.GeoDataFrame
    context: gpd.GeoDataFrame | None
    sectors: tuple[Sector, ...]
    registers: tuple[Register, ...]
    patterns: tuple[Pattern, ...] = ()
    scopes: tuple[Scope, ...] = ()
    targets: tuple[Target, ...] = ()
    observations: tuple[Observation, ...] = ()
    projects: tuple[Project, ...] = ()
    layer_files: Mapping[str, Path] = field(default_factory=dict)
    map_approval: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """A table as it stood in its file: text cells, the file's own headers, the index counting rows as the file does.

    ``frame`` holds one row per input row: ``str`` columns, missing values as NaN, the index named "row" (the first line
    of the file is 1; a feature layer counts its features from 1). Joined headers of two rows read ``upper / lower``.
    ``rejected`` names input rows of the frame that are not enterprises (totals, notes, broken lines), one finding a
    row; whoever uses the table must leave them out and account for them. ``points`` names the two columns that hold
    longitude and latitude taken from a geometry; ``crs`` is "EPSG:4326" where the file declared its CRS (positions are
    already converted), None where it did not: then they stand as in the file. Other shapes stand as WKT in a
    column "geometry". ``header_rows`` are row numbers; ``titles`` is what stood above them ("单位：万元" speaks of the
    whole table); ``epoch`` is the year in which date serials begin; ``beyond`` names the columns of what long rows have
    beyond the header.
    """

    frame: pd.DataFrame
    source: str
    sheet: str | None = None
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()
    format: str = "csv"
    encoding: str | None = None
    header_rows: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    points: tuple[str, str] | None = None
    crs: str | None = None
    epoch: Literal[1900, 1904] = 1900
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Normalized:
    """A register in our terms. ``rows_read`` = rows of ``enterprises`` + rows rejected + ``merged``, always.

    ``rejects`` has one row for each rejected input row; ``merged`` counts rows that only repeated another one.
    ``readings`` says how many positions fit the plan under each way of reading the coordinates, the declared one first;
    ``repeats`` holds, by the number of a merged row, the number of the row that it repeats; ``restated``, by header and
    row number, what cells of rejected rows mean that by themselves would be read otherwise than in their list.
    """

    enterprises: gpd.GeoDataFrame
    rejects: pd.DataFrame
    findings: tuple[Finding, ...]
    rows_read: int
    merged: int = 0
    readings: pd.DataFrame | None = None
    repeats: pd.Series[int] | None = None
    restated: Mapping[str, pd.Series[str]] = field(default_factory=dict)


def ancestors(areas: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the ids above every area of an AREAS table, from its parent upward.

    A parent that is missing, blank or not in the table ends the chain.

    Raises
    ------
    ValueError
        Where parents go round in a circle; the message names the areas in it.

    Examples
    --------
    >>> import pandas as pd
    >>> ancestors(pd.DataFrame({"area_id": ["a", "b", "c"], "parent_id": [None, "a", "b"]}))
    {'a': (), 'b': ('a',), 'c': ('b', 'a')}
    """
    known = {str(area) for area in areas["area_id"]}
    given = zip(areas["area_id"], areas["parent_id"], strict=True)
    parents = {str(area): parent for area, parent in given if parent in known}
    chains: dict[str, tuple[str, ...]] = {}
    for area in map(str, areas["area_id"]):
        chain: list[str] = []
        above = parents.get(area)
        while above is not None and above not in chain:
            chain.append(above)
            above = parents.get(above)
        if above is not None:
            raise ValueError(f"areas are their own ancestors: {' > '.join([area, *chain, above])}")
        chains[area] = tuple(chain)
    return chains
