"""Point statistics of a located register: brought to metres, the areas as their window.

The functions of `pattern`, `hotspots` and `clusters` take points in metres and any window. Here each has a twin of the
same name that takes what flows between rooms, LOCATED and AREAS tables in WGS 84: points and areas are projected to the
CRS that fits the areas (named in the result), and the window is the union of the areas, or of those of one ``level``.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from parkatlas import crs as metres
from parkatlas.statistics import clusters, hotspots, pattern
from parkatlas.statistics.ground import Mapped
from parkatlas.statistics.membership import firms, require_level
from parkatlas.statistics.result import Result, sector_names

_GRID = ("size_m", "weight", "kind", "label")
_TABLES = (
    "located : GeoDataFrame\n    LOCATED table; enterprises count, institutes and platforms do not.",
    "areas : GeoDataFrame\n    AREAS table; the CRS in metres that fits them is used, and named in the result.",
)
_SECTORS = "sectors : sequence of Sector, optional\n    The taxonomy: its names stand in readings and figures."
_LEVEL = "level : str, optional\n    Level of the areas that count; a window is their union. Default: all areas."
_CELLS = (
    "size_m, weight, kind, label\n    The hexagons that are counted first, as in `hex_grid`; several sizes, such as "
    "``[500, 1000, 2000]``,\n    stand side by side in the table, since the size decides the number."
)


def in_window(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return the twin of a function of points and a window."""

    def compute(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, level: str | None, **options: Any) -> Result:
        points, ground = project(located, areas)
        ground = of_level(ground, level)
        return _mapped(function(points, ground, **options), points, ground)

    return _twin(function, compute, _options(function), level=None)


def everywhere(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return the twin of a function that counts every located point, inside an area or not."""

    def compute(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, **options: Any) -> Result:
        points, ground = project(located, areas)
        return _mapped(function(points, **options), points, ground)

    return _twin(function, compute, _options(function))


def on_cells(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return the twin of a function of cells: hexagons are counted first, their options beside its own."""

    def compute(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, level: str | None, **options: Any) -> Result:
        points, ground = project(located, areas)
        ground = of_level(ground, level)
        grid = {name: options.pop(name) for name in _GRID}

        def on_size(size_m: float) -> Result:
            cells = hotspots.hex_grid(points, ground, **{**grid, "size_m": size_m})
            found = function(cells, **options)
            params = {**found.params, "cells_used": found.n_used, "cells_dropped": found.n_dropped, **cells.params}
            found = dataclasses.replace(found, n_used=cells.n_used, n_dropped=cells.n_dropped, params=params)
            return _mapped(found, points, ground)

        sizes = grid["size_m"]
        return on_size(sizes) if isinstance(sizes, (int, float)) else _side_by_side([on_size(one) for one in sizes])

    grid = [option for option in _options(hotspots.hex_grid) if option.name in _GRID]
    return _twin(function, compute, [*grid, *_options(function)], level=None)


def with_areas(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return the twin of a function that compares points with areas and counts every point."""

    def compute(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, **options: Any) -> Result:
        points, ground = project(located, areas)
        return _mapped(function(points, ground, **options), points, ground)

    return _twin(function, compute, _options(function))


def _side_by_side(results: list[Result]) -> Result:
    """Return one result of the same measure on cells of several sizes: which areas are chosen decides the number."""
    if not results:
        raise ValueError("size_m needs at least one size in metres")
    sizes = [float(one.params["size_m"]) for one in results]
    table = pd.concat([one.table.assign(size_m=size) for one, size in zip(results, sizes, strict=True)])
    table = table[["size_m", *(name for name in table.columns if name != "size_m")]].reset_index(drop=True)
    zh = "；".join(f"{size:g}米网格{one.reading_zh}" for one, size in zip(results, sizes, strict=True))
    en = "; ".join(f"cells of {size:g} m: {one.reading_en}" for one, size in zip(results, sizes, strict=True))
    params = {**results[0].params, "size_m": sizes, "cells": [one.params["cells"] for one in results]}
    for name in ("cells_used", "cells_dropped"):
        params[name] = [one.params[name] for one in results]
    return dataclasses.replace(results[0], table=table, reading_zh=zh, reading_en=en, params=params)


def _mapped(result: Result, points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Result:
    """Give a map the ground and the points to be drawn on."""
    if isinstance(result, Mapped):
        return dataclasses.replace(result, areas=areas.geometry, points=points.geometry)
    return result


def project(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return enterprises and areas in metres, in the CRS that fits the areas; institutes and platforms do not count."""
    if areas.empty:
        raise ValueError("there are no areas: they are the window, and say which CRS fits")
    target = metres.metric_crs_of(areas)
    return metres.to_metres(firms(located), target), metres.to_metres(areas, target)


def of_level(areas: gpd.GeoDataFrame, level: str | None) -> gpd.GeoDataFrame:
    """Return the areas of one level, or all where None is given.

    Raises
    ------
    ValueError
        For a level that there is not.
    PlanError
        For one that no area has.
    """
    if level is None:
        return areas
    require_level(areas, level)
    return areas[areas["level"] == level]


def _options(function: Callable[..., Result]) -> list[inspect.Parameter]:
    own = inspect.signature(function, eval_str=False).parameters.values()
    return [
        option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for option in own
        if option.name not in {"points", "window", "cells", "areas", "clusters", "names"}
    ]


def _twin(
    function: Callable[..., Result],
    compute: Callable[..., Result],
    options: list[inspect.Parameter],
    **further: Any,
) -> Callable[..., Result]:
    """Return ``compute`` under the function's name and words, with a signature that says what it takes."""
    taken = {option.name for option in options}
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in further.items()
        if name not in taken
    ]
    tables = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("located", "areas")]
    named = "names" in inspect.signature(function).parameters
    if named:
        tables.append(inspect.Parameter("sectors", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=()))
    signature = inspect.Signature([*tables, *extra, *options])

    @functools.wraps(function)
    def twin(*args: Any, **kwargs: Any) -> Result:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        if named:
            given["names"] = sector_names(given.pop("sectors"))
        return compute(**given)

    vars(twin)["__signature__"] = signature
    twin.__doc__ = words(
        function.__doc__ or "",
        [*(["sectors"] if named else []), *(name for name in further), *(o.name for o in options)],
    )
    del vars(twin)["__wrapped__"]
    return twin


def words(doc: str, options: list[str]) -> str:
    """Return a function's docstring with the tables of a register in place of points and window, without examples.

    Entries of arguments that the twin does not have are left out, and names that stand together are kept apart.
    """
    doc = inspect.cleandoc(doc)
    if "Parameters\n" not in doc:
        return doc
    head, rest = doc.split("Parameters\n----------\n", 1)
    listed, rest = rest.split("\n\n", 1)
    entries = re.split(r"\n(?=\S)", listed)
    kept = []
    for entry in entries:
        names, colon, kind = entry.split("\n", 1)[0].partition(" : ")
        chosen = [name for name in names.split(", ") if name in options and (name != "level" or "level : " in entry)]
        if chosen:
            kept.append(f"{', '.join(chosen)}{colon}{kind}\n{entry.partition(chr(10))[2]}")
    own = {entry.split(" : ")[0] for entry in kept}
    tables = [*_TABLES]
    tables += [_SECTORS] if "sectors" in options else []
    tables += [_LEVEL] if "level" in options and "level" not in own else []
    tables += [_CELLS] if "size_m" in options and "size_m" not in own else []
    rest = rest.split("Examples\n--------")[0].rstrip()
    return f"{head}Parameters\n----------\n" + "\n".join([*tables, *kept]) + f"\n\n{rest}\n"


centre = everywhere(pattern.centre)
deviational_ellipse = everywhere(pattern.deviational_ellipse)
clark_evans = in_window(pattern.clark_evans)
ripley_k = in_window(pattern.ripley_k)
ripley_l = in_window(pattern.ripley_l)
cross_k = in_window(pattern.cross_k)
inhomogeneous_k = in_window(pattern.inhomogeneous_k)
duranton_overman = in_window(pattern.duranton_overman)
marcon_puech_m = in_window(pattern.marcon_puech_m)
envelope = in_window(pattern.envelope)

hex_grid = in_window(hotspots.hex_grid)
square_grid = in_window(hotspots.square_grid)
kernel_density = in_window(hotspots.kernel_density)
moran = on_cells(hotspots.moran)
local_moran = on_cells(hotspots.local_moran)
getis_ord = on_cells(hotspots.getis_ord)

dbscan = everywhere(clusters.dbscan)
hdbscan = everywhere(clusters.hdbscan)
k_distance = everywhere(clusters.k_distance)
cluster_report = with_areas(clusters.cluster_report)
