"""A smooth surface of density: a map to look at, not a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.statistics.ground import Mapped, name_axes
from parkatlas.statistics.kernels import density, raster_of, scott_bandwidth
from parkatlas.statistics.readings import careful, refused
from parkatlas.statistics.result import draw_nothing
from parkatlas.statistics.window import Floats, Ground, numbers, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang


@dataclass(frozen=True, kw_only=True, eq=False)
class KernelDensity(Mapped):
    """A `Result` with one row a cell of a raster."""

    def raster(self) -> tuple[npt.NDArray[np.float64], tuple[float, float, float, float, float, float]]:
        """Return the densities as an array, north up, with the transform that GIS libraries take.

        The transform is (cell width, 0, west, 0, -cell height, north) in metres of ``params["crs"]``; cells outside the
        window are NaN.
        """
        shape, step, west, north = (self.params[name] for name in ("shape", "cell_m", "west", "north"))
        out = np.full(shape, np.nan)
        out[shape[0] - 1 - self.table["row"], self.table["column"]] = self.table["density_km2"]
        return out, (step, 0.0, west, 0.0, -step, north)

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the surface under the borders of the areas."""
        if self.table.empty or self.table["density_km2"].isna().all():
            draw_nothing(ax)
            return
        grid, (step, _, west, _, _, north) = self.raster()
        extent = (west, west + step * grid.shape[1], north - step * grid.shape[0], north)
        image = ax.imshow(grid, extent=extent, cmap="viridis", interpolation="nearest")
        ax.figure.colorbar(image, ax=ax, label="企业密度（每平方公里）" if lang == "zh" else "density (per km2)")
        if self.areas is not None and len(self.areas):
            self.areas.boundary.plot(ax=ax, color="white", linewidth=0.4)
        name_axes(ax, lang)


def kernel_density(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground,
    *,
    bandwidth_m: float | None = None,
    cell_m: float | None = None,
    weight: str | None = None,
) -> KernelDensity:
    """Return a Gaussian kernel density, corrected for the edge of the window.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres.
    window : areas or polygon
        The ground; points outside are left out, counted and listed.
    bandwidth_m : float, optional
        Standard deviation of the kernel in metres; default: Scott's rule, recorded in ``params``.
    cell_m : float, optional
        Side of the cells; default: a hundredth of the window's longer side, at most half the bandwidth.
    weight : str, optional
        Column of weights; unknown weights count nothing.

    Returns
    -------
    KernelDensity
        GeoDataFrame of the cells in the window: row, column (from the south-west), km2 (inside the window),
        density_km2, geometry; `KernelDensity.raster` gives the same as an array. The densities times km2 add up to the
        number of points, or the total weight. No point, all at one spot without a given bandwidth, or no weight that is
        known and above zero: densities are NaN with a reason.

    Notes
    -----
    Every kernel is scaled so that its weight stays in the window (Diggle 1985, Jones 1993). A surface shows where
    density is high; whether that is more than chance is for `getis_ord` or `ripley_l` to say.

    References
    ----------
    Diggle 1985, A kernel method for smoothing point process data. Jones 1993, Simple boundary correction for kernel
    density estimation. Scott 1992, Multivariate density estimation.
    """
    sites = place(points, window)
    if weight is not None and not isinstance(points, gpd.GeoDataFrame):
        raise TypeError("a weight is a column; give a GeoDataFrame")
    values = np.nan_to_num(numbers(points, weight, sites)) if weight else np.ones(sites.n)
    width = scott_bandwidth(sites.xy) if bandwidth_m is None else float(bandwidth_m)
    if (bandwidth_m is not None and not width > 0) or (cell_m is not None and not cell_m > 0):
        raise ValueError("bandwidth_m and cell_m must be positive numbers of metres")
    west, south, east, north = sites.ground.polygon.bounds
    why = _unfit(sites.n, width, values, weight)
    known = not why
    side = max(east - west, north - south)
    raster = raster_of(sites.ground, cell_m or min(side / 100.0, width / 2.0 if known else np.inf))
    surface = density(raster, sites.xy, values, width) * 1e6 if known else np.full(raster.share.shape, np.nan)
    table = _cells(raster.share, surface, (raster.west, raster.south, raster.step))
    table["reason"] = why
    top = float(table["density_km2"].max()) if known else float("nan")
    zh, en = (
        f"密度最高处每平方公里{top:.1f}（带宽{width:.0f}米）",
        f"at most {top:.1f} per km2 (bandwidth {width:.0f} m)",
    )
    said = careful(zh, en, sites.n) if known else refused(why)
    return KernelDensity(
        name="kernel_density",
        definition=f"Gaussian kernel density, {f'standard deviation {width:.0f} m, ' if width > 0 else ''}each kernel "
        "kept inside the window.",
        reference="Diggle 1985; Jones 1993; Scott 1992",
        unit="per km2",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=gpd.GeoDataFrame(table, geometry="geometry", crs=sites.crs),
        params={"bandwidth_m": width, "cell_m": raster.step, "weight": weight, "shape": raster.share.shape,
                "west": raster.west, "north": raster.south + raster.step * raster.share.shape[0], **sites.params()},
        **said,
    )  # fmt: skip


def _unfit(n: int, width: float, values: Floats, weight: str | None) -> str:
    """Return why there is no surface, or nothing."""
    if n == 0:
        return "no point"
    if not width > 0:
        return "all points at one spot: give a bandwidth"
    return "weights sum to zero" if weight is not None and not values.sum() > 0 else ""


def _cells(share: Floats, surface: Floats, place_: tuple[float, float, float]) -> pd.DataFrame:
    west, south, step = place_
    row, column = np.nonzero(share > 0)
    x, y = west + column * step, south + row * step
    return pd.DataFrame(
        {
            "row": row,
            "column": column,
            "km2": share[row, column] * step**2 / 1e6,
            "density_km2": surface[row, column],
            "geometry": shapely.box(x, y, x + step, y + step),
        }
    )
