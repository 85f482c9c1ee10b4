"""Cluster statistics, one file a family.

Everything takes located enterprises and areas, gives a frame or a `Result`, and leaves its input as it was. Names are
loaded when first used, so that listing the measures costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parkatlas.statistics.change import centre_shift, compare, shift_share
    from parkatlas.statistics.clusters import cluster_report, dbscan, hdbscan, k_distance
    from parkatlas.statistics.concentration import (
        coagglomeration,
        ellison_glaeser,
        krugman,
        location_quotient,
        locational_gini,
        maurel_sedillot,
        relatedness,
        theil,
        three_star,
    )
    from parkatlas.statistics.counts import (
        area_table,
        distance_bands,
        effective_number,
        herfindahl,
        sector_mix,
        sector_table,
        shannon,
        target_table,
        targets,
    )
    from parkatlas.statistics.hotspots import getis_ord, hex_grid, kernel_density, local_moran, moran, square_grid
    from parkatlas.statistics.measures import MEASURES, Measure, run
    from parkatlas.statistics.pattern import (
        centre,
        clark_evans,
        cross_k,
        deviational_ellipse,
        duranton_overman,
        envelope,
        inhomogeneous_k,
        marcon_puech_m,
        ripley_k,
        ripley_l,
    )
    from parkatlas.statistics.result import Result

# name -> the file it lives in, for the first use; the imports above are for type checkers only
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

__all__ = [
    "MEASURES",
    "Measure",
    "Result",
    "area_table",
    "centre",
    "centre_shift",
    "clark_evans",
    "cluster_report",
    "coagglomeration",
    "compare",
    "cross_k",
    "dbscan",
    "deviational_ellipse",
    "distance_bands",
    "duranton_overman",
    "effective_number",
    "ellison_glaeser",
    "envelope",
    "getis_ord",
    "hdbscan",
    "herfindahl",
    "hex_grid",
    "inhomogeneous_k",
    "k_distance",
    "kernel_density",
    "krugman",
    "local_moran",
    "location_quotient",
    "locational_gini",
    "marcon_puech_m",
    "maurel_sedillot",
    "moran",
    "relatedness",
    "ripley_k",
    "ripley_l",
    "run",
    "sector_mix",
    "sector_table",
    "shannon",
    "shift_share",
    "square_grid",
    "target_table",
    "targets",
    "theil",
    "three_star",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
