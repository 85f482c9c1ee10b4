"""What changed between two registers, or two dates."""

from parkatlas.statistics.change.centres import centre_shift
from parkatlas.statistics.change.comparison import compare
from parkatlas.statistics.change.shares import shift_share

__all__ = ["centre_shift", "compare", "shift_share"]
