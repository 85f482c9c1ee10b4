"""Gaussian kernels over a window: how much of each kernel falls inside, and the density that follows.

The Gaussian is a product of two, so sums over points and cells are matrix products: exact, and as fast as an FFT.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from parkatlas.statistics.coverage import coverage
from parkatlas.statistics.window import Floats, Window

_BLOCK = 4_000_000  # numbers in one block of a matrix product
_FINEST = 1000  # raster cells along the longer side, at most


@dataclass(frozen=True, eq=False)
class Raster:
    """A window cut into square cells: ``share`` (rows, columns) is how much of each lies in it; row 0 lies south."""

    west: float
    south: float
    step: float
    share: Floats

    def masses(self, xy: Floats, bandwidth: float) -> tuple[Floats, Floats]:
        """Return the mass of each point's kernel in each column (n, columns) and each row (n, rows)."""
        rows, columns = self.share.shape
        east = self.west + np.arange(columns + 1) * self.step
        north = self.south + np.arange(rows + 1) * self.step
        across, up = (np.diff(ndtr((lines - xy[:, [k]]) / bandwidth), axis=1) for k, lines in enumerate((east, north)))
        return across, up


def scott_bandwidth(xy: Floats) -> float:
    """Return Scott's (1992) bandwidth in the plane, n^(-1/6) times the root mean square of the two deviations.

    NaN for fewer than two places.
    """
    spread = float(np.sqrt((xy.var(axis=0, ddof=1) if len(xy) > 1 else np.zeros(2)).mean()))
    return spread * len(xy) ** (-1 / 6) if spread > 0 else float("nan")


def raster_of(window: Window, step: float) -> Raster:
    """Return the window as a raster of about that step, no finer than a thousandth of its longer side."""
    west, south, east, north = window.polygon.bounds
    step = max(step, max(east - west, north - south) / _FINEST)
    return Raster(west, south, step, coverage(window, step))


def mass_inside(window: Window, xy: Floats, bandwidth: float) -> Floats:
    """Return the share of the kernel round each point that falls into the window."""
    west, south, east, north = window.polygon.bounds
    raster = raster_of(window, min(bandwidth / 4.0, max(east - west, north - south) / 100.0))
    out = np.empty(len(xy))
    for part in _parts(len(xy), sum(raster.share.shape)):
        across, up = raster.masses(xy[part], bandwidth)
        out[part] = ((up @ raster.share) * across).sum(axis=1)
    return out


def density(raster: Raster, xy: Floats, weight: Floats, bandwidth: float) -> Floats:
    """Return weight per square metre in each cell of a raster, the mean over the whole cell.

    Each kernel is scaled up so that all of its weight stays in the window (Jones 1993; Diggle's correction): the cells'
    densities times their areas inside the window add up to the total weight.
    """
    total = np.zeros(raster.share.shape)
    for part in _parts(len(xy), sum(raster.share.shape)):
        across, up = raster.masses(xy[part], bandwidth)
        inside = ((up @ raster.share) * across).sum(axis=1)
        total += (up * (weight[part] / inside)[:, None]).T @ across
    return total / raster.step**2


def intensity_without_self(window: Window, xy: Floats, bandwidth: float) -> Floats:
    """Return points per square metre at each point, its own kernel left out, over the mass of the kernel inside."""
    n = len(xy)
    total = np.empty(n)
    for part in _parts(n, n):
        squared = (xy[part, None, 0] - xy[None, :, 0]) ** 2 + (xy[part, None, 1] - xy[None, :, 1]) ** 2
        total[part] = np.exp(squared / (-2.0 * bandwidth**2)).sum(axis=1) - 1.0
    return total / (2.0 * np.pi * bandwidth**2) / mass_inside(window, xy, bandwidth)


def _parts(n: int, width: int) -> list[slice]:
    size = max(_BLOCK // max(width, 1), 1)
    return [slice(first, first + size) for first in range(0, n, size)]
