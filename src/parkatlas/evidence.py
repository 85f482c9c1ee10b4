"""What located enterprises say of the plan they were located in: who is at stake, and whether a layer is shifted.

Only registers whose rows are in memory can speak; one that was streamed and not kept is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from parkatlas import schema
from parkatlas.atlas import Survey
from parkatlas.crs import WGS84
from parkatlas.findings import Finding
from parkatlas.locate import locate_enterprises
from parkatlas.model import Plan
from parkatlas.plan import suspect_datum, weigh_findings
from parkatlas.scale import Streamed

ENOUGH = 30  # recorded enterprises with a point, from which they alone tell a layer's datum


def weigh_plan(
    plan: Plan, located: Mapping[str, gpd.GeoDataFrame], streamed: Mapping[str, Streamed]
) -> tuple[Finding, ...]:
    """Return the plan's findings with the enterprises at stake, and whether the layers seem to be in another datum."""
    held = _held(located, streamed)
    evidence = _evidence(plan, located, streamed)
    suspected = [] if evidence is None else suspect_datum(plan.areas, evidence)
    return (*weigh_findings(plan.findings, plan.areas, held), *suspected)


def held_points(surveyed: Survey) -> gpd.GeoDataFrame | None:
    """Return the points of all registers, None where one is not held: whoever reads one asks whom a repair moves."""
    held = _held(surveyed.registers, surveyed.streamed)
    if len(held) < len(surveyed.registers):
        return None
    return _together(surveyed.plan, held.values()).loc[lambda located: located.geometry.notna(), ["geometry"]]


def nobody(plan: Plan) -> gpd.GeoDataFrame:
    """Return a LOCATED table without rows."""
    return locate_enterprises(schema.frame(schema.ENTERPRISES), plan.areas)


def _evidence(
    plan: Plan, located: Mapping[str, gpd.GeoDataFrame], streamed: Mapping[str, Streamed]
) -> gpd.GeoDataFrame | None:
    """Return the enterprises to tell a layer's datum by: recorded ones, or all where too few of them have a point.

    None where some of them are not held: then nothing can be told.
    """
    recorded = [one.id for one in plan.registers if one.kind == "recorded"]
    points = sum(int(located[one].geometry.notna().sum()) for one in recorded)
    enough = points >= ENOUGH or any(one in streamed for one in recorded)
    chosen = recorded if enough else [*located]
    held = _held(located, streamed)
    return _together(plan, [held[one] for one in chosen]) if all(one in held for one in chosen) else None


def _held(located: Mapping[str, gpd.GeoDataFrame], streamed: Mapping[str, Streamed]) -> dict[str, gpd.GeoDataFrame]:
    """Return the registers whose rows are in memory."""
    return {one: rows for one, rows in located.items() if one not in streamed or streamed[one].rows is not None}


def _together(plan: Plan, tables: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [one for one in tables if len(one)]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=WGS84) if filled else nobody(plan)
