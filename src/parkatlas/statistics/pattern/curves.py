"""A statistic as a curve over distance: its picture, with bands where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve(Result):
    """A `Result` whose table has ``r_m``, the value in ``column``, ``expected`` and, if simulated, bands.

    Bands stand in the columns low_local, high_local, low_global, high_global.
    """

    column: str = "observed"

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the curve over km, its expectation, the global band shaded and the local band as thin lines."""
        table = self.table
        if not table[self.column].notna().any():
            draw_nothing(ax)
            return
        km = table["r_m"].to_numpy() / 1000.0
        zh = lang == "zh"
        if "low_global" in table:
            ax.fill_between(km, table["low_global"], table["high_global"], color=GREY, alpha=0.35, linewidth=0,
                            label="全局包络 95%" if zh else "global band 95 %")  # fmt: skip
            for side, label in (("low_local", "逐点包络" if zh else "local band"), ("high_local", None)):
                ax.plot(km, table[side], color=GREY, linewidth=0.6, linestyle="--", label=label)
        if "expected" in table:
            ax.plot(km, table["expected"], color=RED, linewidth=1.0, label="随机期望" if zh else "expected")
        ax.plot(km, table[self.column], color=BLUE, linewidth=1.6, label="观测" if zh else "observed")
        ax.set_xlabel("距离 (公里)" if zh else "distance (km)")
        ax.set_ylabel(f"{self.column} ({self.unit})" if self.unit != "1" else self.column)
        ax.legend()
