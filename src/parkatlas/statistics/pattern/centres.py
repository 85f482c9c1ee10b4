"""Where the middle is, and which way the enterprises stretch."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkatlas.statistics.ground import OnGround
from parkatlas.statistics.readings import careful, counted, refused
from parkatlas.statistics.result import Result
from parkatlas.statistics.window import Floats, Ground, numbers, place

Scaling = Literal["yuill", "arcgis", "crimestat"]
SCALINGS: dict[Scaling, str] = {
    "yuill": "semi-axes are the standard deviations along the axes (Yuill 1971)",
    "arcgis": "semi-axes are sqrt(2) times the standard deviations, as ArcGIS draws one standard deviation",
    "crimestat": "semi-axes are sqrt(2 n / (n - 2)) times the standard deviations, as CrimeStat draws them",
}


NAMES: dict[Scaling, str] = {"yuill": "Yuill", "arcgis": "ArcGIS", "crimestat": "CrimeStat"}


def centre(
    points: gpd.GeoDataFrame | gpd.GeoSeries, window: Ground | None = None, *, weight: str | None = None
) -> Result:
    """Return mean, weighted mean and median centre, with the standard distance round each mean.

    Parameters
    ----------
    points : GeoDataFrame or GeoSeries
        Points in a projected CRS in metres. Rows without a point are dropped and counted.
    window : areas or polygon, optional
        Points outside it are left out, counted and listed.
    weight : str, optional
        Column of weights, such as ``employees``: adds the weighted mean. Rows of unknown weight do not count for it.

    Returns
    -------
    Result
        Table with kind (mean, weighted_mean, median), x, y, standard_distance_m, n, reason, geometry (the CRS
        of the points). ``standard_distance_m`` is sqrt(sum w d^2 / sum w), divided by n, not n - 2. The median centre
        minimises the sum of distances (Weber's point, by Weiszfeld's steps as Vardi and Zhang 2000 mended them); its
        row gives the mean distance in place of the standard distance, in ``mean_distance_m``. With no point: NaN.

    References
    ----------
    Bachi 1963, Standard distance measures and related methods for spatial analysis. Vardi and Zhang 2000, The
    multivariate L1-median and associated data depth.

    Examples
    --------
    >>> import geopandas as gpd
    >>> corners = gpd.GeoSeries.from_xy([0, 4, 4, 0], [0, 0, 2, 2], crs=4551)
    >>> centre(corners).table.loc[0, ["x", "y", "standard_distance_m"]].astype(float).round(3).tolist()
    [2.0, 1.0, 2.236]
    """
    sites = place(points, window)
    rows = {"mean": _mean(sites.xy, np.ones(sites.n))}
    if weight is not None and isinstance(points, gpd.GeoDataFrame):
        values = numbers(points, weight, sites)
        known = ~np.isnan(values)
        rows["weighted_mean"] = _mean(sites.xy[known], values[known])
    elif weight is not None:
        raise TypeError("a weight is a column; give a GeoDataFrame")
    rows["median"] = _median(sites.xy)
    table = pd.DataFrame([{"kind": name, **row} for name, row in rows.items()])
    shapes = gpd.GeoSeries.from_xy(table["x"], table["y"], crs=sites.crs)
    shapes[table["x"].isna()] = None
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=sites.crs)
    spread = float(table["standard_distance_m"].iloc[0]) / 1000
    zh = f"{sites.n}家企业的标准距离为{spread:.2f}公里"
    en = f"the standard distance of {counted(sites.n, 'enterprise')} is {spread:.2f} km"
    return OnGround(
        name="centre",
        definition="Mean and weighted mean centre with standard distance sqrt(sum w d^2 / sum w); median centre: the "
        "point with the least sum of distances.",
        reference="Bachi 1963; Vardi and Zhang 2000",
        unit="m",
        n_used=sites.n,
        n_dropped=sites.n_dropped,
        table=frame,
        params={"weight": weight, **sites.params()},
        **(careful(zh, en, sites.n) if sites.n else refused("no point")),
    )


def deviational_ellipse(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    window: Ground | None = None,
    *,
    weight: str | None = None,
    scaling: Scaling = "yuill",
) -> Result:
    """Return the standard deviational ellipse, with the name of its scaling.

    Packages draw the same ellipse in three sizes; the convention is therefore an argument and part of the result.

    Parameters
    ----------
    points, window, weight
        As in `centre`.
    scaling : {"yuill", "arcgis", "crimestat"}
        Semi-axes as standard deviations along the axes (divided by n), times sqrt(2), or times sqrt(2 n / (n - 2));
        n counts points, weighted or not.

    Returns
    -------
    Result
        One row: x, y (centre), major_m, minor_m (semi-axes), bearing_deg (of the major axis, clockwise from grid
        north, 0 to 180), area_km2, scaling, n, reason, geometry (polygon). NaN with a reason for fewer than two
        points (three for crimestat); points on one line give a minor axis of 0 and no polygon.

    References
    ----------
    Lefever 1926, Measuring geographic concentration by means of the standard deviational ellipse. Yuill 1971, The
    standard deviational ellipse: an updated tool for spatial description.

    Examples
    --------
    >>> import geopandas as gpd
    >>> cross = gpd.GeoSeries.from_xy([-2, 2, 0, 0], [0, 0, -1, 1], crs=4551)
    >>> deviational_ellipse(cross).table.loc[0, ["major_m", "minor_m", "bearing_deg"]].astype(float).round(3).tolist()
    [1.414, 0.707, 90.0]
    """
    if scaling not in SCALINGS:
        raise ValueError(f"unknown scaling {scaling!r}: one of {', '.join(SCALINGS)}")
    if weight is not None and not isinstance(points, gpd.GeoDataFrame):
        raise TypeError("a weight is a column; give a GeoDataFrame")
    sites = place(points, window)
    w = numbers(points, weight, sites) if isinstance(points, gpd.GeoDataFrame) else np.ones(sites.n)
    known = np.isfinite(w)
    row = _ellipse(sites.xy[known], w[known], scaling)
    frame = gpd.GeoDataFrame([{**row, "scaling": scaling}], geometry="geometry", crs=sites.crs)
    major, minor = (f"{row[side]:.0f}" for side in ("major_m", "minor_m"))
    zh = f"椭圆半轴{major}与{minor}米，长轴方位角{row['bearing_deg']:.0f}度（{NAMES[scaling]}口径）"
    en = f"semi-axes {major} x {minor} m, major axis towards {row['bearing_deg']:.0f} degrees ({NAMES[scaling]})"
    return OnGround(
        name="deviational_ellipse",
        definition=f"Standard deviational ellipse from the weighted covariance of coordinates; {SCALINGS[scaling]}.",
        reference="Lefever 1926; Yuill 1971",
        unit="m",
        n_used=int(known.sum()),
        n_dropped=sites.n_dropped + int((~known).sum()),
        table=frame,
        params={"weight": weight, "scaling": scaling, **sites.params()},
        **(refused(str(row["reason"])) if major == "nan" else careful(zh, en, int(known.sum()))),
    )


def _mean(xy: Floats, weight: Floats) -> dict[str, object]:
    total = weight.sum()
    if not total > 0:
        return {"x": np.nan, "y": np.nan, "standard_distance_m": np.nan, "mean_distance_m": np.nan, "n": len(xy),
                "reason": "no point" if len(xy) == 0 else "weights sum to zero"}  # fmt: skip
    middle = weight @ xy / total
    squared = ((xy - middle) ** 2).sum(axis=1)
    return {
        "x": middle[0],
        "y": middle[1],
        "standard_distance_m": float(np.sqrt(weight @ squared / total)),
        "mean_distance_m": float(weight @ np.sqrt(squared) / total),
        "n": len(xy),
        "reason": "",
    }


def _median(xy: Floats) -> dict[str, object]:
    if len(xy) == 0:
        return {"x": np.nan, "y": np.nan, "standard_distance_m": np.nan, "n": 0, "reason": "no point"}
    middle = median_centre(xy)
    apart = np.hypot(*(xy - middle).T)
    return {
        "x": middle[0],
        "y": middle[1],
        "standard_distance_m": np.nan,
        "mean_distance_m": float(apart.mean()),
        "n": len(xy),
        "reason": "the median centre has no standard distance",
    }


def median_centre(xy: Floats, tolerance: float = 1e-6, steps: int = 10_000) -> Floats:
    """Return the point with the least sum of distances, within ``tolerance`` metres a step.

    Weiszfeld's iteration stands still on a data point; the correction of Vardi and Zhang (2000) steps off it unless it
    is the answer. Points on one line with two middle ones: some place between these.
    """
    here = xy.mean(axis=0)
    for _ in range(steps):
        apart = np.hypot(*(xy - here).T)
        there = apart > 0
        if not there.any():
            return np.asarray(here)
        pull = 1.0 / apart[there]
        step = pull @ xy[there] / pull.sum()
        at_home = np.count_nonzero(~there)
        if at_home:
            strength = float(np.hypot(*((xy[there] - here) * pull[:, None]).sum(axis=0)))
            stay = min(1.0, at_home / strength) if strength > 0 else 1.0
            step = (1.0 - stay) * step + stay * here
        moved = float(np.hypot(*(step - here)))
        here = step
        if moved < tolerance:
            break
    nearest = xy[np.argmin(np.hypot(*(xy - here).T))]
    sum_here, sum_nearest = (np.hypot(*(xy - place).T).sum() for place in (here, nearest))
    return np.asarray(nearest if sum_nearest <= sum_here else here)


def _ellipse(xy: Floats, weight: Floats, scaling: Scaling) -> dict[str, object]:
    n, need = len(xy), 3 if scaling == "crimestat" else 2
    nothing = {"x": np.nan, "y": np.nan, "major_m": np.nan, "minor_m": np.nan, "bearing_deg": np.nan,
               "area_km2": np.nan, "n": n, "geometry": None}  # fmt: skip
    if n < need or not weight.sum() > 0:
        return {**nothing, "reason": f"fewer than {need} points" if n < need else "weights sum to zero"}
    middle = weight @ xy / weight.sum()
    apart = xy - middle
    spread, axes = np.linalg.eigh((apart * weight[:, None]).T @ apart / weight.sum())
    factor = {"yuill": 1.0, "arcgis": np.sqrt(2.0), "crimestat": np.sqrt(2.0 * n / max(n - 2, 1))}[scaling]
    minor, major = factor * np.sqrt(np.maximum(spread, 0.0))
    if not major > 0:
        return {**nothing, "x": middle[0], "y": middle[1], "reason": "all points at one spot"}
    east, north = axes[:, 1]
    turn = np.linspace(0.0, 2.0 * np.pi, 181)[:-1]
    ring = middle + major * np.cos(turn)[:, None] * axes[:, 1] + minor * np.sin(turn)[:, None] * axes[:, 0]
    flat = minor <= 1e-9 * major
    return {
        "x": middle[0],
        "y": middle[1],
        "major_m": float(major),
        "minor_m": 0.0 if flat else float(minor),
        "bearing_deg": float(np.degrees(np.arctan2(east, north)) % 180.0),
        "area_km2": float(np.pi * major * minor / 1e6),
        "n": n,
        "geometry": None if flat else shapely.Polygon(ring),
        "reason": "all points on one line" if flat else "",
    }
