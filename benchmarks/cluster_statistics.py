"""Cluster statistics beside their peers: DBSCAN, Ripley's K, Duranton and Overman, Gi*, and a whole project.

Run it with the extras ``fast`` and ``clusters`` and the peers (``pointpats``, ``esda``, ``libpysal``, ``dbscan``)::

    python benchmarks/cluster_statistics.py [--quick]

Contenders take turns; the figure is the median of the rounds. Results are compared before anything is timed, compiled
code is warm on all sides, and every contender that can is held to one thread; ours uses two where it says so. CPU
seconds stand beside the clock because they depend less on what else the machine does. (Not ``statistics.py``: that
would hide the standard library's module from every other script in this folder.)
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import scipy.spatial.distance
import shapely

import parkatlas
from parkatlas.statistics import envelope, getis_ord, measures, ripley_k, run
from parkatlas.statistics.clusters.density import labels, tree_labels
from parkatlas.statistics.hotspots.neighbours import adjacency
from parkatlas.statistics.pattern.kdensity import distance_grid, silverman, simulated, smoother

Floats = npt.NDArray[np.float64]
CRS = "EPSG:4551"
LIBRARIES = ("numpy", "scipy", "shapely", "geopandas", "numba", "scikit-learn", "dbscan", "pointpats", "esda")


def crowd(n: int) -> Floats:
    """Return points of which two thirds stand in heaps of about 1,400, on 100 km by 100 km."""
    rng = np.random.default_rng(0)
    heaps = rng.uniform(0, 100_000, (n // 2000 + 1, 2))
    near = heaps[rng.integers(0, len(heaps), n * 7 // 10)] + rng.normal(0, 400, (n * 7 // 10, 2))
    return rng.permutation(np.vstack([near, rng.uniform(0, 100_000, (n - len(near), 2))]))


def coast(corners: int) -> shapely.Polygon:
    """Return a jagged window, about 20 km across."""
    angle = np.linspace(0, 2 * np.pi, corners + 1)[:-1]
    radius = 10_000 * (1 + 0.15 * np.sin(7 * angle) + 0.05 * np.sin(31 * angle) + 0.01 * np.sin(400 * angle))
    return shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))


def turns(contenders: dict[str, tuple[Callable[[], Any], float]], rounds: int) -> None:
    """Time contenders in turn and print clock and CPU seconds; a factor scales one that did a part of the work."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (work, factor) in contenders.items():
            clock, cpu = time.perf_counter(), time.process_time()
            work()
            spent[name].append(((time.perf_counter() - clock) * factor, (time.process_time() - cpu) * factor))
    middle = {name: np.median(times, axis=0) for name, times in spent.items()}
    ours = next(iter(middle.values()))
    for name, (clock, cpu) in middle.items():
        print(f"| {name} | {clock:.3f} | {cpu:.3f} | {clock / ours[0]:.1f} | {cpu / ours[1]:.1f} |")


def head(title: str) -> None:
    print(f"\n### {title}\n\n| contender | clock s | CPU s | x clock | x CPU |\n|---|---|---|---|---|")


def bench_dbscan(n: int, rounds: int) -> None:
    import dbscan
    from sklearn.cluster import DBSCAN

    xy, eps, least = crowd(n), 100.0, 10
    model = DBSCAN(eps=eps, min_samples=least, n_jobs=1)
    assert np.array_equal(labels(xy, eps, least), model.fit_predict(xy)), "labels differ from scikit-learn's"
    assert np.array_equal(tree_labels(xy, eps, least), model.labels_), "labels differ from scikit-learn's"
    head(f"DBSCAN, {n:,} points, {model.labels_.max() + 1:,} clusters; labels equal to scikit-learn's")
    turns(
        {
            "parkatlas, numba (2 threads)": (lambda: labels(xy, eps, least), 1.0),
            "parkatlas, k-d tree": (lambda: tree_labels(xy, eps, least), 1.0),
            "scikit-learn": (lambda: model.fit_predict(xy), 1.0),
            "dbscan (all threads)": (lambda: dbscan.DBSCAN(xy, eps, least), 1.0),
        },
        rounds,
    )


def bench_ripley(n: int, rounds: int, share: float) -> None:
    import pointpats

    window = coast(4001)
    points = gpd.GeoSeries.from_xy(*_sample(window, n).T, crs=CRS)
    xy = shapely.get_coordinates(points.to_numpy())
    west, south, east, north = window.bounds
    radii = np.linspace(0.0, share * min(east - west, north - south), 21)[1:]
    box = shapely.box(*points.total_bounds)
    ours = ripley_k(points, box, radii=radii, correction="none").table["observed"] * (n - 1) / n
    theirs = pointpats.k(xy, support=radii)[1]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)  # the one setting that both have: no correction, bounding box
    sims, part = 99, 3

    def peer() -> Any:
        return pointpats.k_test(xy, support=radii, hull=window, n_simulations=part, n_jobs=1)

    def mine(correction: str) -> Any:
        return envelope(points, window, statistic="ripley_k", radii=radii, correction=correction, simulations=sims)

    mine("translation")
    head(f"Ripley's K, {n:,} points, {sims} simulations, 20 radii to {share:.0%} of the window's side, 4,001 corners")
    turns(
        {
            "parkatlas, translation corrected (2 threads)": (lambda: mine("translation"), 1.0),
            "parkatlas, uncorrected (2 threads)": (lambda: mine("none"), 1.0),
            f"pointpats, uncorrected ({part} simulations, scaled)": (peer, (sims + 1) / (part + 1)),
        },
        rounds,
    )


def bench_duranton(sites: int, plants: int, sims: int, rounds: int) -> None:
    xy = np.random.default_rng(1).uniform(0, 20_000, (sites, 2))
    grid, h = distance_grid(xy, None), silverman(xy[:plants])
    smooth, plain = smoother(grid, h, sims), smoother(grid, h)

    def direct() -> Floats:
        apart = scipy.spatial.distance.pdist(xy[:plants])
        near = [np.exp(-0.5 * ((d - apart) / h) ** 2) + np.exp(-0.5 * ((d + apart) / h) ** 2) for d in grid]
        return np.array([some.sum() for some in near]) / (h * np.sqrt(2 * np.pi) * len(apart))

    error = np.abs(smooth.density(xy[:plants], None, "product") / direct() - 1).max()
    assert error < 1e-3
    head(f"Duranton-Overman, {plants:,} plants among {sites:,} sites, {sims:,} simulations; largest error {error:.1e}")
    turns(
        {
            "parkatlas, numba (2 threads)": (lambda: simulated(smooth, xy, plants, sims, 0), 1.0),
            "parkatlas, plain (2 threads)": (lambda: simulated(plain, xy, plants, sims, 0), 1.0),
            "direct sum (once, scaled)": (direct, float(sims)),
        },
        rounds,
    )


def bench_gi_star(side: int, rounds: int) -> None:
    import esda
    from libpysal.graph import Graph

    y, x = (part.ravel() for part in np.indices((side, side)))
    values = np.random.default_rng(2).gamma(2.0, 1.0, side * side)
    cells = gpd.GeoDataFrame({"row": y, "column": x, "v": values}, geometry=shapely.box(x, y, x + 1, y + 1), crs=CRS)
    links = adjacency(cells)
    graph = Graph.from_arrays(*links.nonzero(), np.ones(links.nnz))

    def peer(permutations: int = 999) -> Any:
        return esda.G_Local(values, graph, transform="B", star=True, permutations=permutations, seed=1, n_jobs=1)

    def mine() -> Any:
        return getis_ord(cells, "v", neighbours=links, permutations=999)

    np.testing.assert_allclose(mine().table["z"], peer(9).Zs)
    agree = np.corrcoef(mine().table["p"], np.minimum(2 * peer().p_sim, 1))[0, 1]
    assert agree > 0.99
    head(f"Gi*, {side * side:,} cells, 999 permutations; z equal, p correlated {agree:.4f}")
    turns({"parkatlas": (mine, 1.0), "esda (one thread, compiled where numba is)": (peer, 1.0)}, rounds)


def bench_project() -> None:
    survey = parkatlas.survey(Path(__file__).resolve().parents[1] / "geodata")
    located = max(survey.registers.values(), key=len)
    print(f"\n### Every measure of one register, {len(located):,} enterprises\n")
    print("| measure | clock s | CPU s |\n|---|---|---|")
    total = np.zeros(2)
    for measure in measures.of_one_register():
        clock, cpu = time.perf_counter(), time.process_time()
        run(measure, located, survey.plan.areas, survey.plan.sectors)
        spent = np.array([time.perf_counter() - clock, time.process_time() - cpu])
        total += spent
        if spent[1] > 0.2:
            print(f"| {measure.name} | {spent[0]:.2f} | {spent[1]:.2f} |")
    print(f"| **all** | {total[0]:.2f} | {total[1]:.2f} |")


def _sample(window: shapely.Polygon, n: int) -> Floats:
    rng = np.random.default_rng(3)
    west, south, east, north = window.bounds
    xy = np.column_stack([rng.uniform(west, east, 2 * n), rng.uniform(south, north, 2 * n)])
    return xy[shapely.contains_xy(window, *xy.T)][:n]


def main() -> None:
    """Print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one round")
    parser.add_argument("--rounds", type=int, default=2, help="how often each contender is timed")
    parser.add_argument("--only", nargs="+", choices=("dbscan", "ripley", "duranton", "gi-star", "project"))
    options = parser.parse_args()
    quick, rounds = options.quick, 1 if options.quick else options.rounds
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    print(f"Python {platform.python_version()}, {', '.join(found)}; {platform.machine()}")
    parts = {
        "dbscan": lambda: bench_dbscan(100_000 if quick else 1_000_000, rounds),
        "ripley": lambda: [bench_ripley(1000 if quick else 10_000, rounds, share) for share in (0.02, 0.05, 0.25)],
        "duranton": lambda: bench_duranton(10_000, 1000, 100 if quick else 1000, rounds),
        "gi-star": lambda: bench_gi_star(100 if quick else 316, rounds),
        "project": bench_project,
    }
    for name in options.only or parts:
        parts[name]()


if __name__ == "__main__":
    main()
