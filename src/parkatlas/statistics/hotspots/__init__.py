"""Hot spots: regular cells, spatial autocorrelation with honest significance, and smooth density."""

from parkatlas.statistics.hotspots.grids import hex_grid, square_grid

__all__ = ["hex_grid", "square_grid"]
