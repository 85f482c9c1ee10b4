"""The kernel of the join: which areas cover which points.

Planar polygons and arrays of x and y in, index pairs out; no frames, no geometry objects for points, no CRS.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


class AreaIndex:
    """Polygons made ready to be asked, many times over, which of them cover a point.

    Parameters
    ----------
    polygons : sequence of Polygon or MultiPolygon
        Planar, finite coordinates; None and empty ones cover nothing.

    Raises
    ------
    TypeError
        For a geometry that is neither polygon nor multipolygon.

    Examples
    --------
    >>> index = AreaIndex([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    >>> index.pairs([1.5, 2.5, 9.0], [1.5, 3.0, 9.0])
    array([[0, 0, 1],
           [0, 1, 1]])
    """

    def __init__(self, polygons: Sequence[object] | npt.NDArray[np.object_]) -> None:
        self._polygons = np.array(polygons, dtype=object)
        kinds = shapely.get_type_id(self._polygons)
        wrong = np.flatnonzero(~np.isin(kinds, (-1, 3, 6)))
        if len(wrong):
            raise TypeError(f"polygon {wrong[0]} is a {self._polygons[wrong[0]].geom_type}, not a polygon")

    def __len__(self) -> int:
        return len(self._polygons)

    def pairs(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Indices:
        """Return which polygon covers which point, borders included.

        Returns
        -------
        ndarray of int, shape (2, n)
            Point indices and polygon indices, sorted by point, then polygon. Points that are not finite have none.
        """
        px, py = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        points = np.flatnonzero(np.isfinite(px) & np.isfinite(py))
        tree = shapely.STRtree(np.array(shapely.points(px[points], py[points]), ndmin=1))
        polygon, point = tree.query(self._polygons, predicate="covers")
        order = np.lexsort((polygon, point))
        return np.stack([points[point[order]], polygon[order]])
