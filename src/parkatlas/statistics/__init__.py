"""Cluster statistics, one file a family.

Everything takes located enterprises and areas, gives a frame or a `Result`, and leaves its input as it was. Names are
loaded when first used, so that listing the measures costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

# name -> the file it lives in; every family adds its own lines
_HOMES = {
    "MEASURES": "measures",
    "Measure": "measures",
    "Result": "result",
    "run": "measures",
    # counts
    "area_table": "counts",
    "distance_bands": "counts",
    "effective_number": "counts",
    "herfindahl": "counts",
    "sector_mix": "counts",
    "sector_table": "counts",
    "shannon": "counts",
    "target_table": "counts",
    "targets": "counts",
    # concentration
    "coagglomeration": "concentration",
    "ellison_glaeser": "concentration",
    "krugman": "concentration",
    "location_quotient": "concentration",
    "locational_gini": "concentration",
    "maurel_sedillot": "concentration",
    "relatedness": "concentration",
    "theil": "concentration",
    "three_star": "concentration",
    # change
    "centre_shift": "change",
    "compare": "change",
    "shift_share": "change",
    # pattern
    "centre": "pattern",
    "clark_evans": "pattern",
    "cross_k": "pattern",
    "deviational_ellipse": "pattern",
    "duranton_overman": "pattern",
    "envelope": "pattern",
    "inhomogeneous_k": "pattern",
    "marcon_puech_m": "pattern",
    "ripley_k": "pattern",
    "ripley_l": "pattern",
    # hotspots
    "getis_ord": "hotspots",
    "hex_grid": "hotspots",
    "kernel_density": "hotspots",
    "local_moran": "hotspots",
    "moran": "hotspots",
    "square_grid": "hotspots",
    # clusters
    "cluster_report": "clusters",
    "dbscan": "clusters",
    "hdbscan": "clusters",
    "k_distance": "clusters",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
