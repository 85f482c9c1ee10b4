"""Hot spots: regular cells, spatial autocorrelation with honest significance, and smooth density."""

from parkatlas.statistics.hotspots.autocorrelation import getis_ord, local_moran, moran
from parkatlas.statistics.hotspots.grids import hex_grid, square_grid

__all__ = ["getis_ord", "hex_grid", "local_moran", "moran", "square_grid"]
