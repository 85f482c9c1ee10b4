"""Layers drawn on a shifted web map, given away by enterprises that miss the areas they are said to be in."""

from __future__ import annotations

from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkatlas.crs import Datum
from parkatlas.findings import Finding, Rule
from parkatlas.plan.coordinates import shift

SUSPECTED = Rule(
    "layer.datum-suspected",
    "warning",
    zh="{n} 家企业写明所在区域，{now} 家的点位在其内；若图层为 {datum}，则有 {then} 家",
    en="of {n} enterprises that name their area, {now} lie in it; were the layers in {datum}, {then} would",
    hint_zh='若图层描自高德、腾讯（gcj02）或百度（bd09）地图，在 [layers] 中写 datum = "{value}"。',
    hint_en='If the layers were traced from Gaode or Tencent (gcj02) or Baidu (bd09), write datum = "{value}" '
    "under [layers].",
)

MIN_ENTERPRISES = 10
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
        At most one, for the datum that fits best. None where fewer than 10 enterprises have a point and name an area,
        or where less than a fifth of them fit better. Nothing is converted. A register in the wrong datum shifts the
        other way, and is not taken for this.
    """
    place_of = pd.Index(areas["area_id"]).get_indexer(pd.Index(located["declared_area"]))
    told = (place_of >= 0) & ~(located.geometry.isna() | located.geometry.is_empty).to_numpy()
    n = int(told.sum())
    if n < MIN_ENTERPRISES:
        return []
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
    name = {"gcj02": "GCJ-02", "bd09": "BD-09"}[best]
    return [SUSPECTED.at(field="datum", value=best, n=n, now=now, then=fits[best], datum=name)]
