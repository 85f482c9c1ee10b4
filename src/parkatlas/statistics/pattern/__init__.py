"""Patterns of points: where the middle is, whether they cluster, at what distance, and against which chance."""

from parkatlas.statistics.pattern.centres import centre, deviational_ellipse
from parkatlas.statistics.pattern.nearest import clark_evans
from parkatlas.statistics.pattern.ripley import ripley_k, ripley_l

__all__ = ["centre", "clark_evans", "deviational_ellipse", "ripley_k", "ripley_l"]
