"""How many, where, of what, how mixed, how far from a park, and how far from the target."""

from parkatlas.statistics.counts.distances import distance_bands
from parkatlas.statistics.counts.mix import effective_number, herfindahl, sector_mix, shannon
from parkatlas.statistics.counts.progress import target_table, targets
from parkatlas.statistics.counts.tables import area_table, read_areas, read_sectors, sector_table

__all__ = [
    "area_table",
    "distance_bands",
    "effective_number",
    "herfindahl",
    "read_areas",
    "read_sectors",
    "sector_mix",
    "sector_table",
    "shannon",
    "target_table",
    "targets",
]
