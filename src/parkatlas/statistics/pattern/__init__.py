"""Patterns of points: where the middle is, whether they cluster, at what distance, and against which chance."""

from parkatlas.statistics.pattern.centres import centre, deviational_ellipse
from parkatlas.statistics.pattern.crossed import cross_k, inhomogeneous_k
from parkatlas.statistics.pattern.envelopes import envelope
from parkatlas.statistics.pattern.kdensity import duranton_overman
from parkatlas.statistics.pattern.nearest import clark_evans
from parkatlas.statistics.pattern.relative import marcon_puech_m
from parkatlas.statistics.pattern.ripley import ripley_k, ripley_l

__all__ = [
    "centre",
    "clark_evans",
    "cross_k",
    "deviational_ellipse",
    "duranton_overman",
    "envelope",
    "inhomogeneous_k",
    "marcon_puech_m",
    "ripley_k",
    "ripley_l",
]
