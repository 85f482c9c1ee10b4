"""Concentration of sectors in areas and specialisation of areas in sectors."""

from parkatlas.statistics.concentration.agglomeration import coagglomeration, ellison_glaeser, maurel_sedillot
from parkatlas.statistics.concentration.inequality import theil
from parkatlas.statistics.concentration.proximity import relatedness
from parkatlas.statistics.concentration.quotient import location_quotient
from parkatlas.statistics.concentration.specialisation import krugman, locational_gini
from parkatlas.statistics.concentration.stars import three_star

__all__ = [
    "coagglomeration",
    "ellison_glaeser",
    "krugman",
    "location_quotient",
    "locational_gini",
    "maurel_sedillot",
    "relatedness",
    "theil",
    "three_star",
]
