"""What a pair of numbers may mean: a datum, a projected system, and which of the two is north."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from parkatlas import crs
from parkatlas.crs import Datum
from parkatlas.findings import Lang
from parkatlas.normalize.cells import Floats
from parkatlas.normalize.grids import grid, plausible_codes, to_degrees
from parkatlas.normalize.toml import quoted

_NAMES = {"wgs84": "WGS 84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
METRIC = 400.0  # no longitude or latitude is larger


@dataclass(frozen=True)
class Hypothesis:
    """A reading of two numbers a row. ``epsg`` is None for degrees; ``swapped``: the second number is east."""

    datum: Datum = "wgs84"
    epsg: int | None = None
    swapped: bool = False

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return WGS 84 longitude and latitude, NaN where this reading makes no sense."""
        first, second = (y, x) if self.swapped else (x, y)
        lon, lat = to_degrees(first, second, None if self.epsg is None else grid(self.epsg))
        with np.errstate(invalid="ignore"):
            wrong = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
        lon[wrong], lat[wrong] = np.nan, np.nan
        return crs.to_wgs84(lon, lat, self.datum)

    def title(self, lang: Lang) -> str:
        """Say the reading in words.

        >>> Hypothesis("gcj02", swapped=True).title("en"), Hypothesis(epsg=4551).title("en")
        ('GCJ-02 with the axes swapped', 'metres in EPSG:4551')
        """
        if self.epsg is not None:
            text = f"EPSG:{self.epsg} 投影坐标（米）" if lang == "zh" else f"metres in EPSG:{self.epsg}"
            if self.datum in ("gcj02", "bd09"):
                text += f"（{_NAMES[self.datum]}）" if lang == "zh" else f" of {_NAMES[self.datum]}"
            swapped = "，北坐标在前" if lang == "zh" else ", north first"
        else:
            text = _NAMES[self.datum]
            swapped = "，经纬度互换" if lang == "zh" else " with the axes swapped"
        return text + (swapped if self.swapped else "")

    def change(self, declared: Hypothesis, headers: Iterable[str]) -> str:
        """Return what to write into ``[[registers]]`` so that the list is read this way instead of as declared.

        ``headers`` are the one or two columns the numbers come from.
        """
        parts = []
        if self.datum != declared.datum:
            parts.append(f'datum = "{self.datum}"')
        if self.epsg != declared.epsg:
            parts.append("" if self.epsg is None else f'crs = "EPSG:{self.epsg}"')
        if self.swapped != declared.swapped:
            names = [quoted(header) for header in dict.fromkeys(headers)]
            ours = ("latlon",) if len(names) == 1 else ("lat", "lon") if self.epsg is None else ("north", "east")
            parts.append("columns = { " + ", ".join(f"{a} = {b}" for a, b in zip(ours, names, strict=False)) + " }")
        return ", ".join(part for part in parts if part)


def readings(declared: Hypothesis, lon: float, lat: float, *, metric: bool) -> list[Hypothesis]:
    """Return the declared reading and its rivals, likelier ones first.

    ``lon`` and ``lat`` are where the plan lies; ``metric`` says that the numbers are too large for degrees.
    """
    base: Datum = "wgs84" if declared.datum == "cgcs2000" else declared.datum
    datums: list[Datum] = [base, *(name for name in ("wgs84", "gcj02", "bd09") if name != base)]
    if metric:
        rivals = [Hypothesis(epsg=code) for code in plausible_codes(lon, lat)]
    else:
        rivals = [Hypothesis(datum) for datum in datums]
    rivals += [replace(rival, swapped=True) for rival in rivals]
    same = replace(declared, datum=base)
    return [declared, *(rival for rival in rivals if rival != same)]
