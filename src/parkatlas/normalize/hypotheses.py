"""What a pair of numbers may mean: a datum, a projected system, and which of the two is north."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from parkatlas import crs
from parkatlas.crs import Datum
from parkatlas.findings import Lang
from parkatlas.normalize.cells import Floats
from parkatlas.normalize.grids import WEB_MERCATOR, grid, plausible_codes, to_degrees
from parkatlas.normalize.toml import quoted

DATUMS: Mapping[Datum, str] = {"wgs84": "WGS 84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
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

    def nearly(self, x: Floats, y: Floats) -> tuple[Floats, Floats] | None:
        """Return `degrees` to within 0.001 of one for a fraction of the work, None where there is no such short cut.

        The shift of a datum hardly changes over its own length: one step back does, where `crs.to_wgs84` takes five.
        """
        if self.epsg is not None or self.swapped:
            return None
        if self.datum in ("wgs84", "cgcs2000"):
            return x, y
        there_x, there_y = crs.from_wgs84(x, y, self.datum)
        return 2 * x - there_x, 2 * y - there_y

    def title(self, lang: Lang) -> str:
        """Say the reading in words.

        >>> Hypothesis("gcj02", swapped=True).title("en"), Hypothesis(epsg=4551).title("en")
        ('GCJ-02 with the axes swapped', 'metres in EPSG:4551')
        """
        if self.epsg is not None:
            text = f"EPSG:{self.epsg} 投影坐标（米）" if lang == "zh" else f"metres in EPSG:{self.epsg}"
            if self.datum in ("gcj02", "bd09"):
                text += f"（{DATUMS[self.datum]}）" if lang == "zh" else f" of {DATUMS[self.datum]}"
            swapped = "，北坐标在前" if lang == "zh" else ", north first"
        else:
            text = DATUMS[self.datum]
            swapped = "，经纬度互换" if lang == "zh" else " with the axes swapped"
        return text + (swapped if self.swapped else "")

    def change(self, declared: Hypothesis, headers: Sequence[str], named: Iterable[str] = ()) -> Change:
        """Return what to write so that a list is read this way instead of as declared.

        ``headers`` are the one or two columns the numbers come from, none where no column can be named otherwise;
        ``named`` are our names under which the register's ``columns`` already list them.

        >>> change = Hypothesis("gcj02", swapped=True).change(Hypothesis(), ["经度", "纬度"])
        >>> change.keys, change.columns
        ({'datum': 'gcj02'}, {'lat': '经度', 'lon': '纬度'})
        """
        datums = {self.datum, declared.datum}
        keys = {} if len(datums) == 1 or datums == {"wgs84", "cgcs2000"} else {"datum": str(self.datum)}
        if self.epsg is not None and self.epsg != declared.epsg:
            keys["crs"] = f"EPSG:{self.epsg}"
        columns: dict[str, str] = {}
        if self.swapped != declared.swapped:
            several = list(dict.fromkeys(headers))
            ours = ("latlon",) if len(several) == 1 else ("lat", "lon") if self.epsg is None else ("north", "east")
            columns = dict(zip(ours, several, strict=False))
        return Change(
            keys,
            columns,
            without_crs=self.epsg is None and declared.epsg is not None,
            instead=tuple(name for name in named if columns and name not in columns),
            exchange=self.swapped != declared.swapped and not columns,
        )


@dataclass(frozen=True)
class Change:
    """A register's new ``keys`` and those under its ``columns``, whether ``crs`` must go, and which columns must.

    ``exchange``: no setting can do it, the numbers themselves must be exchanged in the list.
    """

    keys: Mapping[str, str]
    columns: Mapping[str, str]
    without_crs: bool = False
    instead: tuple[str, ...] = ()
    exchange: bool = False

    def words(self, lang: Lang) -> str:
        """Say it as an instruction, every key as a line of TOML that can stand where it is wanted.

        >>> print(Change({"datum": "gcj02"}, {"lat": "X", "lon": "Y"}, instead=("x", "y")).words("en"))
        write into [[registers]]: datum = "gcj02"; write under its columns: lat = "X" and lon = "Y" (instead of x and y)
        """
        zh, said = lang == "zh", []
        join = "、" if zh else " and "
        if self.keys:
            said.append(("在 [[registers]] 中写 " if zh else "write into [[registers]]: ") + _toml(self.keys, join))
        if self.without_crs:
            said.append("删去 crs" if zh else "delete its crs")
        if self.columns:
            gone = join.join(self.instead)
            told = f"（代替 {gone}）" if zh else f" (instead of {gone})"
            where = "在其 columns 中写 " if zh else "write under its columns: "
            said.append(where + _toml(self.columns, join) + (told if gone else ""))
        if self.exchange:
            said.append("在名单中对调两个坐标" if zh else "exchange the two numbers in the list itself")
        return ("；" if zh else "; ").join(said)


def _toml(keys: Mapping[str, str], join: str) -> str:
    return join.join(f"{key} = {quoted(value)}" for key, value in keys.items())


def readings(declared: Hypothesis, lon: float, lat: float, *, metric: bool) -> list[Hypothesis]:
    """Return the declared reading and its rivals, likelier ones first.

    ``lon`` and ``lat`` are where the plan lies; ``metric`` says that the numbers are too large for degrees.
    """
    base: Datum = "wgs84" if declared.datum == "cgcs2000" else declared.datum
    datums: list[Datum] = [base, *(name for name in ("wgs84", "gcj02", "bd09") if name != base)]
    if metric:
        rivals = [Hypothesis(epsg=code) for code in plausible_codes(lon, lat)]
        rivals += [Hypothesis(name, WEB_MERCATOR) for name in ("gcj02", "bd09")]  # as web maps themselves draw
    else:
        rivals = [Hypothesis(datum) for datum in datums]
    rivals += [replace(rival, swapped=True) for rival in rivals]
    same = replace(declared, datum=base)
    return [declared, *(rival for rival in rivals if rival != same)]
