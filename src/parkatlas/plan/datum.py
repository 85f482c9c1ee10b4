"""Layers drawn on a shifted web map, given away by enterprises that miss the areas they are said to be in.

Where too few enterprises name their area, all points are held against all parks: the layers are suspected only where
many more points would lie in parks without the shift of a web map, and a shift as long in any other direction does far
less. Large parks, points everywhere and few points say nothing, and then nothing is said.
"""

from __future__ import annotations

from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkatlas.crs import Datum, Floats
from parkatlas.findings import Finding, Rule
from parkatlas.plan.coordinates import shift
from parkatlas.plan.document import NAME
from parkatlas.plan.drawing import Shapes

SUSPECTED = Rule(
    "layer.datum-suspected",
    "warning",
    zh="{n} 家企业写明所在区域，{now} 家的点位在其内；若图层为 {datum}，则有 {then} 家",
    en="of {n} enterprises that name their area, {now} lie in it; were the layers in {datum}, {then} would",
    hint_zh='若图层描自高德、腾讯（gcj02）或百度（bd09）地图，在 [layers] 中写 datum = "{value}"。',
    hint_en='If the layers were traced from Gaode or Tencent (gcj02) or Baidu (bd09), write datum = "{value}" '
    "under [layers].",
)

SUSPECTED_BY_PLACE = Rule(
    SUSPECTED.code,
    "warning",
    zh="{n} 家企业中 {now} 家的点位在园区内；若图层为 {datum}，则有 {then} 家；向其他方向平移同样距离至多 {other} 家",
    en="of {n} enterprises {now} lie in a park; were the layers in {datum}, {then} would; "
    "moved as far in another direction, at most {other}",
    hint_zh=SUSPECTED.hint_zh,
    hint_en=SUSPECTED.hint_en,
)

MIN_ENTERPRISES = 10
MIN_POINTS, MAX_POINTS = 30, 5_000
_PLACE_GAIN, _PLACE_LEAD = 0.3, 1.5  # share of the points that fit better; times those of any other direction
_NAMES: dict[Datum, str] = {"gcj02": "GCJ-02", "bd09": "BD-09"}
_GAIN = 0.2  # share of the enterprises that must fit better


def suspect_datum(areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame) -> list[Finding]:
    """Return a finding where the layers fit the enterprises much better once taken as GCJ-02 or BD-09.

    Parameters
    ----------
    areas : GeoDataFrame
        `schema.AREAS`, taken as WGS 84.
    located : GeoDataFrame
        Enterprises with points in WGS 84 and a ``declared_area``, the area that their source names.

    Returns
    -------
    list of Finding
        At most one, for the datum that fits best; nothing is converted. With 10 enterprises or more that have a point
        and name an area: none where less than a fifth of them fit better. With fewer, all points are held against all
        parks (at most 5,000, evenly taken): none with fewer than 30 points, where less than three tenths of them fit
        better, or where a shift as long in another direction fits two thirds as many. A register in the wrong datum
        shifts the other way, and is not taken for this.
    """
    place_of = pd.Index(areas["area_id"]).get_indexer(pd.Index(located["declared_area"]))
    told = (place_of >= 0) & ~(located.geometry.isna() | located.geometry.is_empty).to_numpy()
    n = int(told.sum())
    if n < MIN_ENTERPRISES:
        return _suspect_by_place(areas, located)
    points, own = located.geometry.to_numpy()[told], place_of[told]
    named = np.unique(own)
    shapes = areas.geometry.to_numpy()
    fits: dict[Datum, int] = {}
    for datum in get_args(Datum):
        moved = shapes.copy()
        if datum in ("gcj02", "bd09"):
            moved[named] = [shift(shape, datum) for shape in shapes[named]]
        fits[datum] = int(shapely.intersects(shapely.make_valid(moved[own]), points).sum())
    now, best = fits["wgs84"], max(fits, key=lambda datum: fits[datum])
    if fits[best] - now < max(5, _GAIN * n):
        return []
    return [
        SUSPECTED.at(file=NAME, field="layers.datum", value=best, n=n, now=now, then=fits[best], datum=_NAMES[best])
    ]


def _suspect_by_place(areas: gpd.GeoDataFrame, located: gpd.GeoDataFrame) -> list[Finding]:
    """Return the finding of `suspect_datum` from points and parks alone."""
    points = located.geometry.to_numpy()[~(located.geometry.isna() | located.geometry.is_empty).to_numpy()]
    points = points[:: -(-len(points) // MAX_POINTS) or 1]
    parks = shapely.make_valid(areas.geometry.to_numpy()[(areas["level"] == "park").to_numpy(dtype=bool)])
    if len(points) < MIN_POINTS or len(parks) == 0:
        return []
    tree = shapely.STRtree(points)

    def fit(shapes: Shapes) -> int:
        return len(np.unique(tree.query(shapes, predicate="intersects")[1]))

    moved = {datum: np.array([shift(park, datum) for park in parks], dtype=object) for datum in _NAMES}
    now, fits = fit(parks), {datum: fit(shapes) for datum, shapes in moved.items()}
    best = max(fits, key=lambda datum: fits[datum])
    if fits[best] - now < _PLACE_GAIN * len(points):
        return []
    east, north = (_middle(moved[best]) - _middle(parks)).tolist()
    slim = float(np.cos(np.radians(_middle(parks)[1])))
    other = 0
    for turn in np.radians(np.arange(45, 360, 45)):
        step = complex(east * slim, north) * np.exp(1j * turn)
        other = max(other, fit(_translated(parks, np.array((step.real / slim, step.imag)))))
    if fits[best] < _PLACE_LEAD * other:
        return []
    words: dict[str, Any] = {"n": len(points), "now": now, "then": fits[best], "other": other, "datum": _NAMES[best]}
    return [SUSPECTED_BY_PLACE.at(file=NAME, field="layers.datum", value=best, **words)]


def _translated(shapes: Shapes, step: Floats) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda points: points + step)
    return moved


def _middle(shapes: Shapes) -> Floats:
    middle: Floats = shapely.get_coordinates(shapes).mean(axis=0)
    return middle
