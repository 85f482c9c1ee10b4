"""The tables that flow between rooms, each described once.

A column is a name, a kind, a unit and its titles; validation, popups, table headers, the data dictionary and the
shapefile schema all read that one description. Frames hold pandas text (``str``), ``Int64``, ``float64`` and ``bool``
columns, and geometry in WGS 84.
"""

from __future__ import annotations

from parkatlas.schema.columns import DATE, DTYPES, Column, Kind, Table, titles
from parkatlas.schema.fitting import conform, frame, validate
from parkatlas.schema.tables import (
    AREA_MEASURES,
    AREA_STATISTICS,
    AREAS,
    ENTERPRISES,
    ENTITIES,
    FINDINGS,
    LEVELS,
    LOCATED,
    OUTCOMES,
    QUALITIES,
    REJECTS,
    REPAIRS,
    SECTOR_STATISTICS,
    SENSITIVITY,
    STATUSES,
    TABLES,
    TARGET_STATUS,
)

__all__ = [
    "AREAS",
    "AREA_MEASURES",
    "AREA_STATISTICS",
    "DATE",
    "DTYPES",
    "ENTERPRISES",
    "ENTITIES",
    "FINDINGS",
    "LEVELS",
    "LOCATED",
    "OUTCOMES",
    "QUALITIES",
    "REJECTS",
    "REPAIRS",
    "SECTOR_STATISTICS",
    "SENSITIVITY",
    "STATUSES",
    "TABLES",
    "TARGET_STATUS",
    "Column",
    "Kind",
    "Table",
    "conform",
    "frame",
    "titles",
    "validate",
]
