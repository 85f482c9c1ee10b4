"""Clusters by density, in metres: DBSCAN, HDBSCAN, and the curve that helps to choose eps."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from parkatlas.errors import DependencyError
from parkatlas.statistics.ground import Mapped, name_axes
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing, versions
from parkatlas.statistics.window import Floats, Ground, Ints, Sites, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

NOISE = -1
_COMPILED_FROM = 50_000  # points from which starting the compiler pays


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels(Mapped):
    """A `Result` with one row per point: ``cluster`` and the point itself."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw points coloured by cluster, noise in grey; the share of noise stands in the title."""
        known = self.table.dropna(subset="cluster")
        if known.empty:
            draw_nothing(ax)
            return
        x, y = gpd.GeoSeries(known["geometry"]).x, gpd.GeoSeries(known["geometry"]).y
        label = known["cluster"].astype(int)
        noise = label == NOISE
        self.draw_ground(ax, points=False)
        ax.scatter(x[noise], y[noise], s=4, color=GREY, linewidths=0)
        ax.scatter(x[~noise], y[~noise], s=8, c=label[~noise] % 20, cmap="tab20", vmin=0, vmax=19, linewidths=0)
        n = label.max() if not noise.all() else 0
        ax.set_title(
            f"{n}个集群，噪声（灰色）占{noise.mean():.0%}"
            if lang == "zh"
            else f"{counted(n, 'cluster')}, noise (grey) {noise.mean():.0%}"
        )
        name_axes(ax, lang)


@dataclass(frozen=True, kw_only=True, eq=False)
class KDistance(Result):
    """A `Result` with the sorted distances that make each point a core point."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the k-distance curve and the knee."""
        if self.table.empty:
            draw_nothing(ax)
            return
        ax.plot(self.table["rank"], self.table["distance_m"], color=BLUE)
        knee = self.params["suggested_eps_m"]
        ax.axhline(knee, color=RED, linewidth=0.8, label=f"拐点{knee:.0f}米" if lang == "zh" else f"knee {knee:.0f} m")
        ax.set_xlabel("企业（按距离排序）" if lang == "zh" else "enterprises, by distance")
        ax.set_ylabel("距离（米）" if lang == "zh" else "distance (m)")
        ax.legend()


def dbscan(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground | None = None,
    *,
    eps: float | None = None,
    min_samples: int = 5,
) -> Labels:
    """Return density clusters: points with at least ``min_samples`` within ``eps`` metres, and what they reach.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres: in degrees eps has no meaning, and they are refused.
    window : areas or polygon, optional
        Points outside it are left out, counted and listed.
    eps : float, optional
        Reach in metres. It has no natural value: see `k_distance` and the stability in `cluster_report`. Default: the
        knee of the k-distance curve, recorded in ``params``.
    min_samples : int
        Points within eps that make a core point, **the point itself included** (as in scikit-learn and R).

    Returns
    -------
    Labels
        Table on the index of ``points``: enterprise_id where there is one, cluster (1 is the largest; -1 noise;
        missing, with the reason, where the point cannot be used), reason and geometry. Clusters of equal size are
        numbered from west to east by their centroid.

    Raises
    ------
    ValueError
        For an ``eps`` that is no positive number, or a ``min_samples`` that is no whole number of at least 1.

    Notes
    -----
    The labels are those of scikit-learn but for the numbering: a border point within reach of two clusters goes to the
    one with the earliest core point. Up to 50,000 points pairs come from a k-d tree; more run compiled where the extra
    ``fast`` is installed. Ester, Kriegel, Sander and Xu 1996.

    References
    ----------
    Ester, Kriegel, Sander and Xu 1996, A density-based algorithm for discovering clusters in large spatial
    databases with noise.

    Examples
    --------
    >>> import geopandas as gpd
    >>> line = gpd.GeoSeries.from_xy([0, 10, 20, 500], [0, 0, 0, 0], crs=4551)
    >>> dbscan(line, eps=12, min_samples=2).table["cluster"].tolist()
    [1, 1, 1, -1]
    """
    _check_counts(min_samples=min_samples)
    if eps is not None and not (np.isfinite(eps) and eps > 0):
        raise ValueError(f"eps must be a positive number of metres, not {eps!r}")
    sites = place(points, window)
    if eps is None:
        bend = knee(core_distances(sites.xy, min_samples))
        eps = bend if bend > 1.0 else 1.0  # too few points, or all at one spot
    raw = labels(sites.xy, float(eps), min_samples) if sites.n else np.empty(0, dtype=np.int64)
    return _labelled(
        points,
        sites,
        by_size(raw, sites.xy),
        {"eps": float(eps), "min_samples": min_samples},
        name="dbscan",
        definition=f"DBSCAN with eps = {eps:g} m and min_samples = {min_samples}, the point itself counted.",
        reference="Ester, Kriegel, Sander and Xu 1996",
    )


def hdbscan(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground | None = None,
    *,
    min_cluster_size: int = 5,
    min_samples: int | None = None,
) -> Labels:
    """Return clusters of varying density by HDBSCAN, as scikit-learn has it.

    Parameters
    ----------
    points, window
        As in `dbscan`.
    min_cluster_size : int
        Fewest points of a cluster, at least 2.
    min_samples : int, optional
        As in `dbscan`, the point itself included; default ``min_cluster_size``.

    Returns
    -------
    Labels
        As `dbscan` gives it, with ``probability`` (strength of membership, 0 to 1) beside the cluster. With many
        points at one place implementations differ: see ``share_at_shared_place`` in ``params``.

    Raises
    ------
    ValueError
        For a ``min_cluster_size`` below 2 or a ``min_samples`` below 1.
    DependencyError
        Where scikit-learn is not installed.

    References
    ----------
    Campello, Moulavi and Sander 2013, Density-based clustering based on hierarchical density estimates.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise DependencyError("HDBSCAN needs scikit-learn: pip install 'parkatlas[clusters]'")
    from sklearn.cluster import HDBSCAN

    _check_counts(2, min_cluster_size=min_cluster_size)
    if min_samples is not None:
        _check_counts(min_samples=min_samples)
    sites = place(points, window)
    raw, strength = np.full(sites.n, NOISE), np.zeros(sites.n)
    if sites.n >= max(min_cluster_size, min_samples or 0):
        model = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True).fit(sites.xy)
        raw, strength = model.labels_, model.probabilities_
    result = _labelled(
        points,
        sites,
        by_size(raw, sites.xy),
        {"min_cluster_size": min_cluster_size, "min_samples": min_samples},
        name="hdbscan",
        definition=f"HDBSCAN with min_cluster_size = {min_cluster_size}, min_samples = "
        f"{min_samples or min_cluster_size}, the point itself counted.",
        reference="Campello, Moulavi and Sander 2013",
        versions=versions("scikit-learn"),
    )
    probability = pd.Series(np.nan, index=result.table.index)
    probability.iloc[sites.rows] = strength
    result.table.insert(result.table.columns.get_loc("reason"), "probability", probability)
    return result


def k_distance(
    points: gpd.GeoDataFrame | gpd.GeoSeries, window: Ground | None = None, *, min_samples: int = 5
) -> KDistance:
    """Return for each point the smallest eps that makes it a core point, sorted from large to small.

    Where the curve bends is a usual choice of eps; there may be no bend, or several.

    Parameters
    ----------
    points, window, min_samples
        As in `dbscan`.

    Returns
    -------
    KDistance
        Table with rank and distance_m; ``params["suggested_eps_m"]`` is the knee: the place farthest below the chord
        of the curve (Satopää, Albrecht, Irwin and Raghavan 2011), NaN for fewer than ``min_samples`` points.

    Raises
    ------
    ValueError
        For a ``min_samples`` that is no whole number of at least 1.

    References
    ----------
    Ester and others 1996 (see `dbscan`). Satopää, Albrecht, Irwin and Raghavan 2011, Finding a "kneedle" in a
    haystack.
    """
    _check_counts(min_samples=min_samples)
    sites = place(points, window)
    apart = np.sort(core_distances(sites.xy, min_samples))[::-1]
    bend = knee(apart)
    return KDistance(
        name="k_distance",
        definition=f"Distance to the {min_samples - 1}th nearest other point, sorted: eps at which a point is core.",
        reference="Ester, Kriegel, Sander and Xu 1996; Satopää and others 2011",
        unit="m",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=pd.DataFrame({"rank": np.arange(1, len(apart) + 1), "distance_m": apart}),
        params={"min_samples": min_samples, "suggested_eps_m": bend, **sites.params()},
        reading_zh=f"拐点在{bend:.0f}米" if len(apart) else "点数不足",
        reading_en=f"the curve bends at {bend:.0f} m" if len(apart) else "too few points",
    )


def _check_counts(least: int = 1, **given: object) -> None:
    """Raise ValueError naming the argument that is no whole number of at least so much."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number, at least {least}, not {value!r}")


def labels(xy: Floats, eps: float, min_samples: int) -> Ints:
    """Return scikit-learn's DBSCAN labels of points in the plane, by the quickest way there is."""
    kernel = _compiled() if len(xy) >= _COMPILED_FROM else None
    return np.asarray(kernel(xy, eps, min_samples)) if kernel is not None else tree_labels(xy, eps, min_samples)


def tree_labels(xy: Floats, eps: float, min_samples: int) -> Ints:
    """Return scikit-learn's DBSCAN labels from the pairs of a k-d tree; memory grows with the pairs within eps."""
    n = len(xy)
    a, b = cKDTree(xy).query_pairs(eps, output_type="ndarray").T
    core = np.bincount(a, minlength=n) + np.bincount(b, minlength=n) + 1 >= min_samples
    joint = core[a] & core[b]
    links = scipy.sparse.coo_array((np.ones(joint.sum(), dtype=np.int8), (a[joint], b[joint])), shape=(n, n))
    part = connected_components(links.tocsr(), directed=False)[1].astype(np.int64)
    first = np.full(n, n)
    np.minimum.at(first, part[core], np.flatnonzero(core))
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(n)
    best = np.where(core, rank[part], n)
    for inner, outer in ((a, b), (b, a)):
        edge = core[inner] & ~core[outer]
        np.minimum.at(best, outer[edge], rank[part[inner[edge]]])
    return np.where(best < n, best, NOISE)


def by_size(raw: Ints, xy: Floats) -> Ints:
    """Return labels renumbered from 1, largest first, then from west to east and south to north; noise stays -1."""
    inside = raw >= 0
    if not inside.any():
        return np.full(len(raw), NOISE, dtype=np.int64)
    n = np.bincount(raw[inside])
    east, north = (np.round(np.bincount(raw[inside], xy[inside, axis]) / np.maximum(n, 1), 3) for axis in (0, 1))
    number = np.empty(len(n) + 1, dtype=np.int64)
    number[np.lexsort((north, east, -n))] = np.arange(1, len(n) + 1)
    number[-1] = NOISE
    return number[raw]


def core_distances(xy: Floats, min_samples: int) -> Floats:
    """Return for each point the distance to its (min_samples - 1)th other point; empty where there are too few."""
    _check_counts(min_samples=min_samples)  # the tree's own query does not survive 0
    if len(xy) < min_samples:
        return np.empty(0)
    return np.asarray(cKDTree(xy).query(xy, k=[min_samples])[0][:, 0])


def knee(apart: Floats) -> float:
    """Return the value of a curve, sorted downwards, where it lies farthest below the chord of its ends."""
    if len(apart) == 0:
        return float("nan")
    curve = np.sort(apart)[::-1]
    if curve[0] == curve[-1]:
        return float(curve[0])
    chord = np.linspace(curve[0], curve[-1], len(curve))
    return float(curve[np.argmax(chord - curve)])


def _labelled(
    points: gpd.GeoDataFrame | gpd.GeoSeries, sites: Sites, found: Ints, params: dict[str, Any], **more: Any
) -> Labels:
    cluster = pd.Series(pd.NA, index=points.index, dtype="Int64")
    cluster.iloc[sites.rows] = found
    named = {"enterprise_id": points["enterprise_id"]} if "enterprise_id" in points else {}
    reason = pd.Series("", index=points.index, dtype="str")
    reason.iloc[np.setdiff1d(np.arange(len(points)), sites.rows)] = "outside the window"
    reason[points.geometry.isna() | points.geometry.is_empty] = "no point"
    data = {**named, "cluster": cluster, "reason": reason}
    table = gpd.GeoDataFrame(data, geometry=points.geometry, crs=points.crs)
    n, noise = int(found.max(initial=0)), float((found == NOISE).mean()) if sites.n else float("nan")
    return Labels(
        unit="1",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=table,
        params={**params, "clusters": max(n, 0), "noise_share": noise, **sites.params()},
        reading_zh=f"{max(n, 0)}个集群，噪声占{noise:.0%}" if sites.n else "没有可用的点",
        reading_en=f"{counted(max(n, 0), 'cluster')}, noise {noise:.0%}" if sites.n else "no point",
        **more,
    )


@functools.cache
def _compiled() -> Callable[[Floats, float, int], Ints] | None:
    if importlib.util.find_spec("numba") is None:
        return None
    from parkatlas.statistics.clusters.compiled import load

    return load()
