"""How far the centre of a register has moved, and whether chance would have moved it as far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from parkatlas.crs import WGS84, metric_crs, project, require_wgs84
from parkatlas.statistics.change.matching import match
from parkatlas.statistics.change.provenance import SAYS, founded_by, left_out, synthetic_side
from parkatlas.statistics.membership import Floats, Weight, firms, sizes
from parkatlas.statistics.result import BLUE, GREY, RED, Result, p_words

if TYPE_CHECKING:
    import pyproj
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

_AT_ONCE = 4_000_000


class Shifted(Result):
    """Two centres: `draw` shows them with an arrow, and a circle of the standard distance around each."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw centres in km east and north of the earlier one."""
        from matplotlib.patches import Circle

        at = self.table.set_index("when")[["east_m", "north_m", "standard_distance_m"]] / 1000.0
        origin = at.loc["earlier"].fillna(0.0)
        for when, colour, zh in (("earlier", GREY, "期初"), ("later", BLUE, "期末")):
            x, y, radius = at.loc[when]
            x, y = x - origin["east_m"], y - origin["north_m"]
            ax.plot(x, y, marker="o", color=colour, label=zh if lang == "zh" else when.capitalize())
            if np.isfinite(radius):
                ax.add_patch(Circle((x, y), radius, fill=False, color=colour))
        shift = at.loc["shift"]
        if np.isfinite(shift["east_m"]):
            ax.annotate(
                "", xy=(shift["east_m"], shift["north_m"]), xytext=(0, 0), arrowprops={"arrowstyle": "->", "color": RED}
            )
        ax.set_aspect("equal")
        ax.set_xlabel("东 (公里)" if lang == "zh" else "East (km)")
        ax.set_ylabel("北 (公里)" if lang == "zh" else "North (km)")
        ax.legend(fontsize="small")


def centre_shift(
    earlier: gpd.GeoDataFrame | str,
    later: gpd.GeoDataFrame,
    *,
    weight: Weight | None = None,
    simulations: int = 999,
    seed: int = 0,
) -> Shifted:
    """Compute how far and where the mean centre of a register moved between two dates.

    Parameters
    ----------
    earlier, later : GeoDataFrame
        LOCATED, WGS 84; the earlier may be a date, as in `compare`.
        Enterprises without a point, or without the weight, are dropped and counted.
    weight : {"employees", "output"} or None
        Weighted mean centre; None: all enterprises alike.
    simulations, seed : int
        For p: positions and weights stay, and who stayed, left or came is dealt out at random among all enterprises of
        both registers. Small p: those who left or came did so elsewhere than the rest. NaN for a weighted centre,
        where this would confuse growth of staff with movement, and where nobody left or came.

    Returns
    -------
    Shifted
        Rows earlier, later and shift: when, n, lon, lat, east_m and north_m (of `crs.metric_crs`; for the shift, the
        vector), standard_distance_m (root mean square distance from the centre), distance_m, bearing_deg (clockwise
        from grid north), p, synthetic (as in `compare`). NaN without points.

    Raises
    ------
    CRSError
        For registers that are not in WGS 84.

    References
    ----------
    Bachi 1963, Standard distance measures; Ebdon 1985, Statistics in geography.
    """
    for register in (later,) if isinstance(earlier, str) else (earlier, later):
        require_wgs84(register)
    new, undated = firms(later), 0
    if isinstance(earlier, str):
        new, old, undated = founded_by(new, earlier)
    else:
        old = firms(earlier)
    sides = _side(old, weight), _side(new, weight)
    lon, lat = np.concatenate([sides[0][0], sides[1][0]]), np.concatenate([sides[0][1], sides[1][1]])
    used = [np.isfinite(side[0]) & np.isfinite(side[2]) for side in sides]
    params: dict[str, object] = {"weight": weight, "simulations": simulations, "synthetic": synthetic_side(old, new)}
    told = left_out(undated, len(new))
    if not np.concatenate(used).any():
        empty: list[dict[str, object]] = [{"when": when, "n": 0} for when in ("earlier", "later", "shift")]
        return _result(empty, np.nan, (0, len(old) + len(new) + undated), params, seed, told=told)
    crs = metric_crs(lon, lat)
    xy = [np.column_stack(project(side[0], side[1], crs)) for side in sides]
    rows = [_centre(when, xy[k][used[k]], sides[k][2][used[k]], crs) for k, when in enumerate(("earlier", "later"))]
    p = np.nan
    if weight is None and used[0].any() and used[1].any():
        p = _chance(old[used[0]], new[used[1]], (xy[0][used[0]], xy[1][used[1]]), simulations, seed)
    n = int(used[0].sum() + used[1].sum())
    params["crs"] = crs.to_string()
    return _result([*rows, _shift(rows)], p, (n, len(old) + len(new) + undated - n), params, seed, told=told)


def _side(own: gpd.GeoDataFrame, weight: Weight | None) -> tuple[Floats, Floats, Floats]:
    value = sizes(own, weight)
    return own.geometry.x.to_numpy(), own.geometry.y.to_numpy(), np.where(value > 0, value, np.nan)


def _centre(when: str, xy: Floats, w: Floats, crs: pyproj.CRS) -> dict[str, object]:
    if not len(xy):
        return {"when": when, "n": 0}
    middle = np.average(xy, axis=0, weights=w)
    spread = np.average(((xy - middle) ** 2).sum(axis=1), weights=w) ** 0.5
    point = gpd.GeoSeries(gpd.points_from_xy(*middle[:, None]), crs=crs).to_crs(WGS84).iloc[0]
    return {
        "when": when,
        "n": len(xy),
        "lon": point.x,
        "lat": point.y,
        "east_m": middle[0],
        "north_m": middle[1],
        "standard_distance_m": spread,
    }


def _shift(rows: list[dict[str, object]]) -> dict[str, object]:
    if not all("east_m" in row for row in rows):
        return {"when": "shift", "n": 0}
    east, north = (float(rows[1][axis]) - float(rows[0][axis]) for axis in ("east_m", "north_m"))  # type: ignore[arg-type]
    distance = float(np.hypot(east, north))
    bearing = float(np.degrees(np.arctan2(east, north)) % 360.0) if distance > 0 else np.nan
    return {"when": "shift", "east_m": east, "north_m": north, "distance_m": distance, "bearing_deg": bearing}


def _chance(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, xy: tuple[Floats, Floats], simulations: int, seed: int
) -> float:
    """Return how often dealing out who stayed, left and came moves the centre at least as far as it moved."""
    pairs = match(old, new)
    gone = np.setdiff1d(np.arange(len(old)), pairs.earlier)
    came = np.setdiff1d(np.arange(len(new)), pairs.later)
    if not len(gone) and not len(came):
        return float("nan")
    before = np.concatenate([xy[0][pairs.earlier], xy[0][gone], xy[1][came]])
    after = np.concatenate([xy[1][pairs.later], xy[0][gone], xy[1][came]])
    middle = before.mean(axis=0)
    was = np.repeat([1.0, 1.0, 0.0], [len(pairs.earlier), len(gone), len(came)])
    now = np.repeat([1.0, 0.0, 1.0], [len(pairs.earlier), len(gone), len(came)])
    rng = np.random.default_rng(seed)
    seen = _moved(was[None], now[None], before - middle, after - middle)[0]
    hits, done, step = 0, 0, max(1, _AT_ONCE // len(was))
    while done < simulations:
        m = min(step, simulations - done)
        order = rng.permuted(np.tile(np.arange(len(was)), (m, 1)), axis=1)
        hits += int((_moved(was[order], now[order], before - middle, after - middle) >= seen - 1e-9).sum())
        done += m
    return (hits + 1) / (simulations + 1)


def _moved(was: Floats, now: Floats, before: Floats, after: Floats) -> Floats:
    shift = now @ after / now.sum(axis=1, keepdims=True) - was @ before / was.sum(axis=1, keepdims=True)
    return np.asarray(np.hypot(shift[:, 0], shift[:, 1]))


def _result(
    rows: list[dict[str, object]],
    p: float,
    used: tuple[int, int],
    params: dict[str, object],
    seed: int,
    *,
    told: tuple[str, str],
) -> Shifted:
    numbers = ["lon", "lat", "east_m", "north_m", "standard_distance_m", "distance_m", "bearing_deg", "p"]
    table = pd.DataFrame(rows, columns=["when", "n", *numbers]).astype({"when": "str", "n": "Int64"})
    table[numbers] = table[numbers].astype(float)
    table.loc[2, "p"] = p
    table["synthetic"] = pd.array([params["synthetic"]] * len(table), dtype="str")
    said = SAYS[str(params["synthetic"])]
    moved, bearing = table.loc[2, ["distance_m", "bearing_deg"]]
    zh, en = "没有可比较的中心", "There are no two centres to compare"
    if np.isfinite(moved):
        way_zh, way_en = _way(bearing)
        chance = f"（{p_words(p)}）" if np.isfinite(p) else ""
        zh = f"中心{way_zh}移动{moved / 1000:.2f}公里{chance}"
        en = f"The centre moved {moved / 1000:.2f} km{way_en}" + (f" ({p_words(p)})" if np.isfinite(p) else "")
    return Shifted(
        name="centre_shift",
        definition="mean centre later minus earlier; p: who stayed, left or came dealt out at random",
        reference="Bachi 1963; Ebdon 1985",
        unit="m",
        n_used=used[0],
        n_dropped=used[1],
        table=table,
        seed=seed,
        params=params,
        reading_zh=zh + told[0] + said[0],
        reading_en=en + told[1] + said[1],
    )


def _way(bearing: float) -> tuple[str, str]:
    """Return the compass direction of a bearing in words, nothing for NaN."""
    if np.isnan(bearing):
        return "", ""
    k = int((bearing + 22.5) // 45) % 8
    zh = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")[k]
    return f"向{zh}", " to the " + ("N", "NE", "E", "SE", "S", "SW", "W", "NW")[k]
