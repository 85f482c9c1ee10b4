"""The town as the statistics room meets it: tables built from its answers on paper, not by other rooms."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town

from parkatlas import schema
from parkatlas.model import Sector


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """Return the town's areas."""
    features = [town.feature(area_id) for area_id in town.AREAS]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    raw = gpd.GeoDataFrame([feature["properties"] for feature in features], geometry=shapes, crs="EPSG:4326")
    return schema.validate(schema.conform(raw, schema.AREAS), schema.AREAS)


@pytest.fixture
def located() -> gpd.GeoDataFrame:
    """Return the town's enterprises with the places worked out on paper; the index is not the row number."""
    records, points = [], []
    for key, (x, y, sector, employees, output, declared) in town.ENTERPRISES.items():
        core, zone, park, outcome = town.ANSWERS[key]
        records.append({
            "enterprise_id": key, "name_zh": f"企业{key}", "entity": "enterprise", "sector": sector,
            "employees": employees, "output": output, "declared_area": declared, "location_quality": "exact",
            "core_id": core, "zone_id": zone, "park_id": park, "outcome": outcome,
        })  # fmt: skip
        points.append(None if x is None else shapely.Point(town.lonlat(x, y)))
    index = [f"row {number}" for number in range(len(records))]
    raw = gpd.GeoDataFrame(records, geometry=points, crs="EPSG:4326", index=index)
    return schema.validate(schema.conform(raw, schema.LOCATED), schema.LOCATED)


@pytest.fixture
def sectors() -> tuple[Sector, ...]:
    """Return the town's taxonomy."""
    return tuple(Sector(key, zh, en, (gbt,), "#000000") for key, (zh, en, gbt) in town.SECTORS.items())


@pytest.fixture
def scatter(areas: gpd.GeoDataFrame) -> Callable[..., gpd.GeoDataFrame]:
    """Return a function that deals n enterprises out over the three zones, sectors and sizes at random."""

    def deal(n: int, seed: int, odds: tuple[float, ...] = (0.5, 0.3, 0.2)) -> gpd.GeoDataFrame:
        rng = np.random.default_rng(seed)
        zone = rng.choice(["z-east", "z-north", "z-west"], n, p=odds)
        raw = pd.DataFrame({
            "enterprise_id": [f"s{i}" for i in range(n)], "name_zh": "某", "entity": "enterprise",
            "sector": rng.choice(["bio", "device", "chem"], n, p=[0.5, 0.3, 0.2]),
            "employees": np.ceil(rng.lognormal(3, 1, n)), "output": rng.lognormal(5, 1, n),
            "location_quality": "exact", "zone_id": zone, "outcome": "located",
        })  # fmt: skip
        boxes = np.array([town.AREAS[one][2:] for one in zone], dtype=float).reshape(-1, 4)
        u, v = rng.random((2, n))
        km = boxes[:, :2] + np.column_stack([u, v]) * (boxes[:, 2:] - boxes[:, :2])
        places = gpd.points_from_xy(*(km.T * 1000.0 + np.array(town.ORIGIN)[:, None]), crs=4551)
        points = gpd.GeoSeries(places).to_crs(4326)
        return schema.conform(gpd.GeoDataFrame(raw, geometry=points), schema.LOCATED)

    return deal
