"""Results whose table has geometry, drawn as a map in the metres they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

MARKERS = "o^sDv*"


@dataclass(frozen=True, kw_only=True, eq=False)
class OnGround(Result):
    """A `Result` whose table is a GeoDataFrame: points with their labels, or outlines."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw outlines as lines and points as marks, with metres on both axes."""
        shapes = known_shapes(self.table)
        if shapes.empty:
            draw_nothing(ax)
            return
        spots = shapes[shapes.geom_type == "Point"]
        outlines = shapes.drop(spots.index)
        if len(outlines):
            outlines.boundary.plot(ax=ax, color=RED)
        names = self.table["kind"] if "kind" in self.table else self.table.index.to_series()
        for place, (key, spot) in enumerate(spots.items()):
            shade = BLUE if place else GREY
            ax.plot(spot.x, spot.y, MARKERS[place % len(MARKERS)], color=shade, label=plain(names[key]))
        if len(spots):
            ax.legend()
        name_axes(ax, lang)


@dataclass(frozen=True, kw_only=True, eq=False)
class Coloured(Result):
    """A `Result` whose table is a GeoDataFrame of polygons coloured by a column, categories or numbers."""

    column: str
    colours: tuple[tuple[str, str], ...] = ()

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the polygons: each category in its colour where colours are given, else a scale."""
        table = self.table
        if known_shapes(table).empty or not isinstance(table, gpd.GeoDataFrame):
            draw_nothing(ax)
            return
        if self.colours:
            for category, colour in self.colours:
                part = table[table[self.column] == category]
                if part.empty:
                    continue
                part.plot(ax=ax, color=colour, edgecolor="white", linewidth=0.2)
                ax.plot([], [], "s", color=colour, label=f"{plain(category) or '-'} ({len(part)})")
            ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
        else:
            table.assign(shown=pd.to_numeric(table[self.column]).astype(float)).plot(
                "shown", ax=ax, cmap="viridis", legend=True, legend_kwds={"label": plain(self.column)},
                missing_kwds={"color": "lightgrey"},
            )  # fmt: skip
        name_axes(ax, lang)


def known_shapes(table: pd.DataFrame) -> gpd.GeoSeries:
    """Return the geometries of a table that are there and not empty."""
    shapes = gpd.GeoSeries(table["geometry"]).dropna()
    return shapes[~shapes.is_empty]


def name_axes(ax: Axes, lang: Lang) -> None:
    """Name the axes of a map in metres and keep its proportions."""
    ax.set_aspect("equal")
    ax.set_xlabel("东向 (米)" if lang == "zh" else "East (m)")
    ax.set_ylabel("北向 (米)" if lang == "zh" else "North (m)")
