"""What the two sides of a comparison are: one register at a date, or a register of enterprises that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parkatlas.schema import DATE

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


def synthetic_side(earlier: gpd.GeoDataFrame, later: gpd.GeoDataFrame) -> str:
    """Return which register holds synthetic enterprises: "earlier", "later", "both" or ""."""
    sides = [name for name, one in (("earlier", earlier), ("later", later)) if _is_synthetic(one)]
    return "both" if len(sides) == 2 else "".join(sides)


def _is_synthetic(located: gpd.GeoDataFrame) -> bool:
    return "location_quality" in located.columns and bool(located["location_quality"].eq("synthetic").any())
