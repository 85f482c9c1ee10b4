"""Results whose table has geometry, drawn as a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from parkatlas.crs import WGS84
from parkatlas.statistics import columns
from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

MARKERS = "o^sDv*"
LAND, BORDER = "#f1f1ef", "#9a9a94"


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped(Result):
    """A `Result` drawn as a map: the areas, and the points it was computed from, lie pale beneath where known."""

    areas: gpd.GeoSeries | None = None
    points: gpd.GeoSeries | None = None

    def with_places(self) -> pd.DataFrame:
        """Return a copy of the table with longitude and latitude beside its metres, as files hold it."""
        return beside_degrees(self.table)

    def named(self, lang: Lang = "en") -> pd.DataFrame:
        """Return a copy of the table in words, with longitude and latitude."""
        return beside_degrees(super().named(lang))

    def titles(self, lang: Lang = "en") -> dict[str, str]:
        """Return the titles of the table's columns, longitude and latitude among them."""
        return columns.titles(map(str, self.with_places().columns), lang)

    def draw_ground(self, ax: Axes, *, points: bool = True) -> None:
        """Draw the areas, and the points unless told otherwise."""
        if self.areas is not None and len(self.areas):
            self.areas.plot(ax=ax, facecolor=LAND, edgecolor=BORDER, linewidth=0.5, zorder=0)
        if points and self.points is not None:
            known = self.points[~(self.points.isna() | self.points.is_empty)]
            ax.plot(known.x, known.y, ".", color=GREY, markersize=1.5, zorder=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class OnGround(Mapped):
    """A `Result` whose table is a GeoDataFrame: points with their labels, or outlines."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw outlines as lines and points as marks over areas and enterprises, with kilometres on both axes."""
        shapes = known_shapes(self.table)
        if shapes.empty:
            draw_nothing(ax)
            return
        self.draw_ground(ax)
        spots = shapes[shapes.geom_type == "Point"]
        outlines = shapes.drop(spots.index)
        if len(outlines):
            outlines.boundary.plot(ax=ax, color=RED, zorder=2)
            if {"x", "y"} <= set(self.table.columns):
                ax.plot(self.table["x"], self.table["y"], "P", color=RED, markeredgecolor="white", zorder=3)
        names = self.table["kind"] if "kind" in self.table else self.table.index.to_series()
        for place, (key, spot) in enumerate(spots.items()):
            label, mark = plain(self.name_of(names[key], lang)), MARKERS[place % len(MARKERS)]
            colour = RED if place else BLUE
            ax.scatter(spot.x, spot.y, 40, colour, marker=mark, edgecolors="white", label=label, zorder=3)
        if len(spots):
            ax.legend()
        name_axes(ax, lang)


@dataclass(frozen=True, kw_only=True, eq=False)
class Coloured(Mapped):
    """A `Result` whose table is a GeoDataFrame of polygons coloured by a column, categories or numbers."""

    column: str
    colours: tuple[tuple[str, str], ...] = ()

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the polygons, each category in its colour where colours are given, else a scale; borders on top."""
        table = self.table
        if known_shapes(table).empty or not isinstance(table, gpd.GeoDataFrame):
            draw_nothing(ax)
            return
        if self.colours:
            self._draw_categories(ax, table, lang)
        else:
            shown = table.assign(shown=pd.to_numeric(table[self.column]).astype(float))
            label = plain(columns.title(self.column, lang))
            if self.unit != "1":
                label += f"（{self.unit_in(lang)}）" if lang == "zh" else f" ({self.unit})"
            shown.plot("shown", ax=ax, cmap="viridis", legend=True, legend_kwds={"label": label},
                       missing_kwds={"color": "lightgrey"})  # fmt: skip
        if self.areas is not None and len(self.areas):
            self.areas.boundary.plot(ax=ax, color="#444444", linewidth=0.4)
        name_axes(ax, lang)

    def _draw_categories(self, ax: Axes, table: gpd.GeoDataFrame, lang: Lang) -> None:
        for category, colour in self.colours:
            part = table[table[self.column] == category]
            if part.empty:
                continue
            part.plot(ax=ax, color=colour, edgecolor="white", linewidth=0.2)
            words = self.name_of(category, lang) if category else ("无值" if lang == "zh" else "no value")
            count = f"（{len(part)}）" if lang == "zh" else f" ({len(part)})"
            ax.plot([], [], "s", color=colour, label=plain(words + count))
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))


def beside_degrees(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table with the WGS 84 longitude and latitude of each row, six decimals (0.1 m).

    The place of a row is its ``x`` and ``y``, whose CRS then stands beside them in words, or else the middle of its
    shape; NaN where it has neither.

    >>> shapes = gpd.GeoSeries.from_xy([500000.0], [4860000.0], crs=4551)
    >>> beside_degrees(gpd.GeoDataFrame({"cell": ["0:0"]}, geometry=shapes))[["lon", "lat"]].to_numpy().tolist()
    [[126.0, 43.875599]]
    """
    out = table.copy()
    if not isinstance(out, gpd.GeoDataFrame) or out.crs is None:
        return out
    metres = {"x", "y"} <= set(out.columns)
    spots = gpd.GeoSeries.from_xy(out["x"], out["y"], crs=out.crs) if metres else out.geometry.centroid
    known = np.isfinite(spots.x.to_numpy(dtype=float))
    degrees = spots[known].to_crs(WGS84)
    at = out.columns.get_loc("y") + 1 if metres else min(map(out.columns.get_loc, {"reason", "geometry"} & {*out}))
    for k, (name, values) in enumerate({"lon": degrees.x, "lat": degrees.y}.items()):
        place = np.full(len(out), np.nan)
        place[known] = values.round(6)
        out.insert(at + k, name, place)
    if metres:
        out.insert(at + 2, "crs", pd.array([f"{out.crs.name} ({out.crs.to_string()})"] * len(out), dtype="str"))
    return out


def known_shapes(table: pd.DataFrame) -> gpd.GeoSeries:
    """Return the geometries of a table that are there and not empty."""
    shapes = gpd.GeoSeries(table["geometry"]).dropna()
    return shapes[~shapes.is_empty]


def name_axes(ax: Axes, lang: Lang) -> None:
    """Name the axes of a map, count them in kilometres and keep its proportions."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(lambda metres, _: f"{metres / 1000:.10g}"))
    ax.set_xlabel("东坐标（公里）" if lang == "zh" else "East (km)")
    ax.set_ylabel("北坐标（公里）" if lang == "zh" else "North (km)")
