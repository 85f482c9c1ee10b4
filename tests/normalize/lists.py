"""Small lists drawn by hand and the plan that they belong to."""

from __future__ import annotations

import functools
from pathlib import Path

import geopandas as gpd
import pandas as pd
import town

from parkatlas import model, schema
from parkatlas.model import Normalized, RawTable
from parkatlas.normalize import normalize_table


@functools.cache
def plan() -> model.Plan:
    """Return the town's plan without reading a file."""
    areas = gpd.GeoDataFrame.from_features([town.feature(area) for area in town.AREAS], crs=4326)
    return model.Plan(
        "town", "小镇", "Town", folder=Path(), released="2024-05-01", horizon="2029-05", positioning_zh=(),
        positioning_en=(), source=model.Source(), areas=schema.conform(areas, schema.AREAS), context=None,
        sectors=tuple(model.Sector(key, zh, en, (gbt,), "#000000") for key, (zh, en, gbt) in town.SECTORS.items()),
        registers=(),
    )  # fmt: skip


def register(**more: object) -> model.Register:
    """Return a register that declares nothing but what is asked for."""
    return model.Register("list", "名录", "List", path="a.csv", kind="recorded", as_of="2024-05", **more)  # type: ignore[arg-type]


def raw(headers: str, *rows: str, **more: object) -> RawTable:
    """Return a raw table from a header line and lines of cells, all separated by ``|``."""
    names = headers.split("|")
    cells = [line.split("|") for line in rows]
    frame = pd.DataFrame(cells, columns=names, index=pd.RangeIndex(2, 2 + len(rows), name="row"), dtype="str")
    return RawTable(frame, "a.csv", **more)  # type: ignore[arg-type]


def take(table: RawTable, **more: object) -> Normalized:
    """Normalise a table against the town, and hold what must hold of every result."""
    before = table.frame.copy()
    out = normalize_table(table, register(**more), plan())
    pd.testing.assert_frame_equal(table.frame, before)
    schema.validate(out.enterprises, schema.ENTERPRISES)
    schema.validate(out.rejects, schema.REJECTS)
    used, rejected = set(out.enterprises.index), list(out.rejects["row"])
    assert out.rows_read == len(table.frame) == len(used) + len(rejected) + out.merged
    assert len(set(rejected)) == len(rejected)
    assert not used & set(rejected)
    assert out.enterprises.index.is_monotonic_increasing
    return out


def codes(out: Normalized) -> dict[str, list[int | None]]:
    """Return the rows of the findings, by code."""
    found: dict[str, list[int | None]] = {}
    for finding in out.findings:
        found.setdefault(finding.code, []).append(finding.row)
    return found
