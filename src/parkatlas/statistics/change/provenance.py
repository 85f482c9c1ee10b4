"""What the two sides of a comparison are: one register at a date, or a register of enterprises that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parkatlas.schema import DATE
from parkatlas.statistics.readings import counted

if TYPE_CHECKING:
    import geopandas as gpd

SAYS = {
    "": ("", ""),
    "earlier": ("；期初名录为合成数据，非真实企业", "; the earlier register, A, is synthetic: not real enterprises"),
    "later": ("；期末名录为合成数据，非真实企业", "; the later register, B, is synthetic: not real enterprises"),
    "both": ("；两期名录均为合成数据，非真实企业", "; both registers are synthetic: not real enterprises"),
}


def founded_by(own: gpd.GeoDataFrame, date: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, int]:
    """Return the enterprises with a founding date, those of them founded by a date, and how many have none.

    Raises
    ------
    ValueError
        For a date that is not ISO 8601.
    """
    if not DATE.fullmatch(date):
        raise ValueError(f"not a date: {date!r}; give a year, month or day such as 2020, 2020-06 or 2020-06-30")
    known = own["founded"].notna()
    dated = own[known]
    return dated, dated[dated["founded"].str.slice(0, len(date)) <= date], int((~known).sum())


def left_out(undated: int, dated: int) -> tuple[str, str]:
    """Return how many enterprises a date leaves out for want of a founding date, as the end of a reading in zh and en.

    >>> left_out(0, 30), left_out(1, 29)[1]
    (('', ''), '; 1 of 30 enterprises has no founding date and was left out')
    """
    if not undated:
        return "", ""
    n = counted(undated + dated, "enterprise")
    verb = "has no founding date and was" if undated == 1 else "have no founding date and were"
    return f"；{undated + dated}家中{undated}家没有成立日期，未计入", f"; {undated} of {n} {verb} left out"


def synthetic_side(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> str:
    """Return which register holds synthetic enterprises: "earlier", "later", "both" or ""."""
    sides = [name for name, one in (("earlier", earlier), ("later", later)) if _is_synthetic(one)]
    return "both" if len(sides) == 2 else "".join(sides)


def _is_synthetic(located: gpd.GeoDataFrame) -> bool:
    return "location_quality" in located.columns and bool(located["location_quality"].eq("synthetic").any())
