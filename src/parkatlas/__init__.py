"""Turn an industrial plan and a list of companies into an offline map, cluster statistics and GIS files.

The names below load on first use, so that importing the package costs nothing.

>>> import parkatlas
>>> atlas = parkatlas.build("geodata")  # doctest: +SKIP
>>> atlas.statistics["recorded"]["areas"]  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parkatlas import crs, schema, statistics
    from parkatlas.area_index import AreaIndex
    from parkatlas.atlas import Atlas, Survey
    from parkatlas.errors import (
        CRSError,
        DependencyError,
        InputError,
        LimitError,
        OutputError,
        ParkatlasError,
        ParkatlasWarning,
        PlanError,
        SchemaError,
        WriteError,
    )
    from parkatlas.export import export_layers
    from parkatlas.locate import locate_enterprises
    from parkatlas.normalize import normalize_table
    from parkatlas.pipeline import build, survey
    from parkatlas.plan import load_plan
    from parkatlas.publication import publish
    from parkatlas.read import read_table
    from parkatlas.webmap import atlas_map

__version__ = "0.1.0"

_HOMES = {
    "Atlas": "atlas",
    "AreaIndex": "area_index",
    "CRSError": "errors",
    "DependencyError": "errors",
    "InputError": "errors",
    "LimitError": "errors",
    "OutputError": "errors",
    "ParkatlasError": "errors",
    "ParkatlasWarning": "errors",
    "PlanError": "errors",
    "SchemaError": "errors",
    "Survey": "atlas",
    "WriteError": "errors",
    "atlas_map": "webmap",
    "build": "pipeline",
    "export_layers": "export",
    "load_plan": "plan",
    "locate_enterprises": "locate",
    "normalize_table": "normalize",
    "publish": "publication",
    "read_table": "read",
    "survey": "pipeline",
}
_MODULES = ("crs", "schema", "statistics")

__all__ = [
    "AreaIndex",
    "Atlas",
    "CRSError",
    "DependencyError",
    "InputError",
    "LimitError",
    "OutputError",
    "ParkatlasError",
    "ParkatlasWarning",
    "PlanError",
    "SchemaError",
    "Survey",
    "WriteError",
    "__version__",
    "atlas_map",
    "build",
    "crs",
    "export_layers",
    "load_plan",
    "locate_enterprises",
    "normalize_table",
    "publish",
    "read_table",
    "schema",
    "statistics",
    "survey",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"parkatlas.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"parkatlas.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'parkatlas' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
