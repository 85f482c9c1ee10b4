"""Hot spots: regular cells, spatial autocorrelation with honest significance, and smooth density."""

from parkatlas.statistics.hotspots.autocorrelation import getis_ord, local_moran, moran
from parkatlas.statistics.hotspots.grids import hex_grid, square_grid
from parkatlas.statistics.hotspots.smooth import kernel_density

__all__ = ["getis_ord", "hex_grid", "kernel_density", "local_moran", "moran", "square_grid"]
