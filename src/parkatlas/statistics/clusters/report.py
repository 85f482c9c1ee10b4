"""What each cluster is made of, where it lies, how it meets the parks, and whether it stands a change of eps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from parkatlas.statistics.clusters.density import NOISE, Labels, dbscan, hdbscan, labels
from parkatlas.statistics.clusters.shapes import hulls
from parkatlas.statistics.ground import Mapped, known_shapes, name_axes
from parkatlas.statistics.readings import counted
from parkatlas.statistics.result import RED, draw_nothing
from parkatlas.statistics.window import Bools, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

WORSE, BETTER = 0.8, 1.2  # the change of eps (or of the smallest cluster) that stability is judged by
SMALL = 5.0  # expected enterprises below which a location quotient is not to be relied on


@dataclass(frozen=True, kw_only=True, eq=False)
class ClusterReport(Mapped):
    """A `Result` with one row a cluster: numbers and hulls."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the hulls with their cluster's number; the share of noise stands in the title."""
        shapes = known_shapes(self.table)
        noise = self.params["noise_share"]
        if shapes.empty:
            draw_nothing(ax)
        else:
            self.draw_ground(ax)
            shapes.boundary.plot(ax=ax, color=RED, linewidth=1.2, zorder=2)
            for key, shape in zip(self.table["cluster"][shapes.index], shapes, strict=True):
                east, north = shape.bounds[2:]
                box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": RED, "linewidth": 0.6}
                ax.annotate(str(key), (east, north), (2, 2), textcoords="offset points", fontsize="small", bbox=box)
            name_axes(ax, lang)
        if np.isfinite(noise):
            n = len(self.table)
            words = f"{n}个集群，噪声占{noise:.0%}" if lang == "zh" else f"{counted(n, 'cluster')}, noise {noise:.0%}"
            ax.set_title(words, fontsize="medium")

    def named(self, lang: Lang = "en") -> pd.DataFrame:
        """Return a copy of the table in words, the sectors of each mix too."""
        table = super().named(lang)

        def mix(text: str) -> str:
            parts = [part.rpartition(" ") for part in text.split(", ")]
            return ", ".join(f"{self.name_of(sector, lang)} {n}" for sector, _, n in parts)

        table["sector_mix"] = table["sector_mix"].map(mix, na_action="ignore")
        return table


def cluster_report(
    points: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None = None,
    *,
    clusters: Labels | pd.Series[int] | None = None,
    eps: float | None = None,
    min_samples: int = 5,
    sector: str = "sector",
    level: str = "park",
    concave_ratio: float = 0.3,
    names: Mapping[str, tuple[str, str]] | None = None,
) -> ClusterReport:
    """Describe clusters one by one, largest first.

    Parameters
    ----------
    points : GeoDataFrame
        Points in a projected CRS in metres. Columns ``employees``, ``output`` and the sector column are used where
        they exist.
    areas : GeoDataFrame, optional
        AREAS table in any CRS, or polygons with ``area_id``: those of ``level`` are compared with the clusters.
    clusters : result of `dbscan` or `hdbscan`, or a Series on the index of ``points``, optional
        Default: `dbscan` with ``eps`` and ``min_samples``. In a Series -1 and missing values are noise.
    eps, min_samples
        As in `dbscan`, where no clusters are given.
    sector : str
        Column of the sector.
    level : str
        Level of the areas that count as parks.
    concave_ratio : float
        0 (tightest) to 1 (convex), for the concave hull (`shapely.concave_hull`).
    names : mapping of str to (str, str), optional
        Names of sectors in zh and en; those of the areas are taken from ``areas``.

    Returns
    -------
    ClusterReport
        GeoDataFrame with cluster, n, share; employees, output (sums of what is known) with employees_known and
        output_known; sectors (number), top_sector, top_sector_share, sector_mix ("bio 12, chem 3"); lq_sector, lq,
        lq_n, lq_expected, lq_small (expected below 5: do not rely on it); x, y (centroid of the members); area_km2 and
        density_km2 (convex hull), concave_km2; share_in_park, top_park, jaccard (members of the cluster and of that
        park: both over either); stable_minus, stable_plus (Jaccard with the most alike cluster when eps is 20 % smaller
        or larger; below 0.5 a cluster has dissolved, above 0.75 it is stable: Hennig 2007); reason, geometry (convex
        hull), concave_hull. With fewer than three places, or all on one line, a cluster has no hull and no density.

    Notes
    -----
    ``params`` holds noise_share and the adjusted Rand index of the whole clustering against both others, ari_minus and
    ari_plus (Hubert and Arabie 1985). For HDBSCAN min_cluster_size is changed instead of eps. A Series of clusters from
    elsewhere has no stability.

    References
    ----------
    Hubert and Arabie 1985, Comparing partitions. Hennig 2007, Cluster-wise assessment of cluster stability.
    """
    if not 0 <= concave_ratio <= 1:
        raise ValueError(f"concave_ratio must lie between 0 and 1, not {concave_ratio!r}")
    found = _found(points, clusters, eps, min_samples)
    cluster = found.table["cluster"].fillna(NOISE).to_numpy(dtype=np.int64)
    usable = found.table["cluster"].notna().to_numpy()
    xy = np.column_stack([points.geometry.x, points.geometry.y])[usable]
    member = cluster[usable]
    table = _sizes(points[usable], member)
    table = table.join(_sectors(points[usable], member, sector)).join(hulls(xy, member, concave_ratio))
    table["density_km2"] = table["n"] / table["area_km2"]
    table = table.join(_overlap(points[usable], member, areas, level))
    stability, params = _stability(found, xy, member)
    table = table.join(stability)
    table["reason"] = np.where(table["area_km2"].isna(), "fewer than three places, or all on one line", "")
    front = [name for name in table.columns if name not in {"geometry", "concave_hull", "reason"}]
    table = table[[*front, "reason", "concave_hull", "geometry"]].rename_axis("cluster").reset_index()
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs=points.crs)
    noise = found.params.get("noise_share", float((member == NOISE).mean()) if len(member) else float("nan"))
    largest = f"，最大的有{table['n'].iloc[0]}家" if len(table) else ""
    biggest = f", the largest of {counted(table['n'].iloc[0], 'enterprise')}" if len(table) else ""
    return ClusterReport(
        name="cluster_report",
        definition=f"{found.definition} Hulls, sector mix, overlap with parks and stability of each cluster.",
        reference=f"{found.reference}; Hubert and Arabie 1985; Hennig 2007",
        unit="1",
        n_used=found.n_used,
        n_dropped=found.n_dropped,
        table=frame,
        versions=found.versions,
        names={**_area_names(areas), **(names or {})},
        params={**found.params, **params, "noise_share": noise, "concave_ratio": concave_ratio, "level": level},
        reading_zh=f"{len(table)}个集群{largest}；噪声占{noise:.0%}" if len(member) else "没有可用的点",
        reading_en=f"{counted(len(table), 'cluster')}{biggest}; noise {noise:.0%}" if len(member) else "no point",
    )


def _area_names(areas: gpd.GeoDataFrame | None) -> dict[str, tuple[str, str]]:
    if areas is None or not {"area_id", "name_zh", "name_en"} <= set(areas.columns):
        return {}
    rows = zip(areas["area_id"], areas["name_zh"], areas["name_en"], strict=True)
    return {str(key): (str(zh), str(en)) for key, zh, en in rows}


def adjusted_rand(a: Ints, b: Ints) -> float:
    """Return the adjusted Rand index of two clusterings (Hubert and Arabie 1985): 1 for the same, about 0 by chance.

    Noise counts as a cluster of its own. Two clusterings without any pair to tell apart give 1.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 7, 7]))
    1.0
    """
    table = pd.crosstab(a, b).to_numpy() if len(a) else np.zeros((1, 1))
    both, rows, columns = (_pairs(part) for part in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = rows * columns / max(_pairs(np.array([len(a)])), 1.0)
    most = 0.5 * (rows + columns)
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def best_jaccard(member: Ints, other: Ints) -> pd.Series[float]:
    """Return for each cluster its Jaccard index with the most alike cluster of another clustering; 0 where none."""
    sizes, others = (pd.Series(part[part > 0]).value_counts() for part in (member, other))
    joint = pd.crosstab(member, other)
    joint = joint.loc[joint.index > 0, joint.columns > 0]
    either = (
        sizes.reindex(joint.index).to_numpy()[:, None] + others.reindex(joint.columns).to_numpy() - joint.to_numpy()
    )
    best = (joint / either).max(axis=1)
    return best.reindex(sorted(sizes.index)).fillna(0.0).astype(float)


def _pairs(count: npt.NDArray[Any]) -> float:
    n = count.astype(float)
    return float((n * (n - 1.0) / 2.0).sum())


def _found(
    points: gpd.GeoDataFrame, clusters: Labels | pd.Series[int] | None, eps: float | None, min_samples: int
) -> Labels:
    if clusters is None:
        return dbscan(points, eps=eps, min_samples=min_samples)
    if isinstance(clusters, Labels):
        if not clusters.table.index.equals(points.index):
            raise ValueError("the clusters are not those of these points: the index differs")
        return clusters
    if not clusters.index.equals(points.index):
        raise ValueError("the clusters are not those of these points: the index differs")
    located = ~(points.geometry.isna() | points.geometry.is_empty)
    given = clusters.astype("Int64").fillna(NOISE).where(located, pd.NA)
    table = gpd.GeoDataFrame({"cluster": given}, geometry=points.geometry, crs=points.crs)
    n = int(located.sum())
    return Labels(name="given", definition="Clusters as given.", reference="", unit="1", n_used=n,
                  n_dropped=len(points) - n, table=table, reading_zh="", reading_en="")  # fmt: skip


def _sizes(points: gpd.GeoDataFrame, member: Ints) -> pd.DataFrame:
    inside = member > 0
    table = pd.DataFrame({"n": pd.Series(member[inside]).value_counts().sort_index()})
    table.index.name = "cluster"
    table["share"] = table["n"] / max(len(member), 1)
    for column in ("employees", "output"):
        if column in points.columns:
            values = pd.to_numeric(points[column])[inside].astype(float).groupby(member[inside])
            table[column], table[f"{column}_known"] = values.sum(min_count=1), values.count()
    return table


def _sectors(points: gpd.GeoDataFrame, member: Ints, sector: str) -> pd.DataFrame:
    columns = ["sectors", "top_sector", "top_sector_share", "sector_mix", "lq_sector", "lq", "lq_n", "lq_expected",
               "lq_small"]  # fmt: skip
    if sector not in points.columns or not (member > 0).any() or not points[sector].notna().any():
        return pd.DataFrame(columns=columns)
    known = points[sector].notna().to_numpy()
    counts = pd.crosstab(member[known], points[sector][known].astype("str").to_numpy())
    share = counts.sum() / counts.to_numpy().sum()
    counts = counts[counts.index > 0]
    n = counts.sum(axis=1)
    expected = pd.DataFrame(np.outer(n, share), index=counts.index, columns=counts.columns)
    quotient = counts / expected
    rows = {}
    for key, row in counts.iterrows():
        ranked = row[row > 0].sort_values(ascending=False, kind="stable")
        top = quotient.loc[key].idxmax()
        rows[key] = (
            len(ranked), ranked.index[0], ranked.iloc[0] / n[key], ", ".join(f"{s} {c}" for s, c in ranked.items()),
            top, quotient.loc[key, top], row[top], expected.loc[key, top], bool(expected.loc[key, top] < SMALL),
        )  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _overlap(points: gpd.GeoDataFrame, member: Ints, areas: gpd.GeoDataFrame | None, level: str) -> pd.DataFrame:
    columns = ["share_in_park", "top_park", "jaccard"]
    if areas is None or not (member > 0).any():
        return pd.DataFrame(columns=columns)
    parks = areas[areas["level"] == level] if "level" in areas.columns else areas
    shapes = parks.geometry.to_crs(points.crs).to_numpy()
    park, point = shapely.STRtree(points.geometry.to_numpy()).query(shapes, predicate="covers")
    pairs = pd.DataFrame({"park": parks["area_id"].to_numpy()[park], "cluster": member[point], "point": point})
    held: Bools = np.zeros(len(member), dtype=bool)
    held[point] = True
    n = pd.Series(member).value_counts()
    inside = pd.Series(held).groupby(member).mean()
    all_in = pairs.groupby("park").size()
    rows = {}
    joint = pairs.groupby(["cluster", "park"]).size()
    for key in sorted(set(member[member > 0])):
        shared = joint.loc[key] if key in joint.index.get_level_values(0) else joint.iloc[:0]
        top = shared.sort_index().idxmax() if len(shared) else None
        both = int(shared[top]) if top is not None else 0
        jaccard = both / (int(n[key]) + int(all_in[top]) - both) if top is not None else 0.0
        rows[key] = (float(inside[key]), top, jaccard)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _stability(found: Labels, xy: Floats, member: Ints) -> tuple[pd.DataFrame, dict[str, float]]:
    names = {"minus": WORSE, "plus": BETTER}
    empty = pd.DataFrame(index=sorted(set(member[member > 0])), dtype=float)
    params = {}
    for name, factor in names.items():
        other = _again(found, xy, factor)
        known = other is not None and len(member) > 0
        empty[f"stable_{name}"] = best_jaccard(member, other) if known and other is not None else np.nan
        params[f"ari_{name}"] = adjusted_rand(member, other) if known and other is not None else float("nan")
    return empty, params


def _again(found: Labels, xy: Floats, factor: float) -> Ints | None:
    if found.name == "dbscan":
        other = labels(xy, found.params["eps"] * factor, found.params["min_samples"])
        return np.asarray(np.where(other >= 0, other + 1, NOISE))
    if found.name == "hdbscan":
        points = gpd.GeoSeries.from_xy(*xy.T, crs=found.table.crs)
        size = max(2, round(found.params["min_cluster_size"] * factor))
        again = hdbscan(points, min_cluster_size=size, min_samples=found.params["min_samples"])
        return np.asarray(again.table["cluster"].to_numpy(dtype=np.int64))
    return None
