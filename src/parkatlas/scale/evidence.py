"""What the coordinates of a streamed register say of their datum: rows spread over it, weighed as a list's are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan, Register
from parkatlas.normalize import examine
from parkatlas.scale.pieces import Batch

FIRST_BATCH = Rule(
    "scale.first-batch", "info",
    zh="坐标基准按批判断；报告中的各种读法取自第一批",
    en="the datum was judged batch by batch; the report shows the readings of the first",
)  # fmt: skip
_MOST = 8000  # rows taken; `examine` weighs 2000 different places at most


class Spot(NamedTuple):
    """Where a row of the sample lies, and the area that it declares."""

    lon: float
    lat: float
    area: str | None


def stride(rows: int) -> int:
    """Return the distance between rows of the sample, which the number of rows alone decides."""
    return max(1, -(-rows // _MOST))


def sample(batch: Batch, first: int, step: int) -> tuple[Spot, ...]:
    """Return the spots of every ``step``-th row of the register that is in a batch, which begins at row ``first``."""
    at = np.arange(-first % step, len(batch.lon), step)
    declared = batch.values.get("declared_area")
    areas = [None] * len(at) if declared is None else declared[at].astype(object).tolist()
    places = zip(batch.lon[at].tolist(), batch.lat[at].tolist(), areas, strict=True)
    return tuple(Spot(lon, lat, area if isinstance(area, str) else None) for lon, lat, area in places)


def weigh(plan: Plan, register: Register, spots: tuple[Spot, ...]) -> tuple[pd.DataFrame | None, tuple[Finding, ...]]:
    """Return the readings of a sample (`model.Normalized.readings`) and the verdict; suspects are not sought."""
    frame = pd.DataFrame(list(spots), columns=list(Spot._fields))
    found = examine(
        frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float), plan,
        declared_area=frame["area"].astype("str"), datum=register.datum, place={"file": register.path},
    )  # fmt: skip
    verdict = tuple(one for one in found.findings if one.code.startswith("normalize.datum-"))
    return (found.frame.drop(columns="reading") if len(found.frame) else None), verdict
