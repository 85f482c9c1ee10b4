"""A statistic as a curve over distance: its picture, with bands where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parkatlas.statistics.result import BLUE, GREY, RED, Result, draw_nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang

_VALUES = ("observed", "expected", "low_local", "high_local", "low_global", "high_global")


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve(Result):
    """A `Result` whose table has ``r_m``, the value in ``column``, ``expected`` and, if simulated, bands.

    Bands stand in the columns low_local, high_local, low_global, high_global. ``symbol`` is the function's letter.
    """

    column: str = "observed"
    symbol: str = ""
    less_r: bool = False

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw the curve over km, its expectation, the global band shaded and the local band as thin lines.

        Where ``less_r`` is set, as it is for L, the distance is taken off every curve: chance is then a level line.
        """
        table = self.table
        if not table[self.column].notna().any():
            draw_nothing(ax)
            return
        reach = table["r_m"].to_numpy()
        km, less = reach / 1000.0, reach if self.less_r else 0.0 * reach
        table = table.assign(**{name: table[name] / 1e6 for name in _VALUES if self.unit == "m2" and name in table})
        zh = lang == "zh"
        if "low_global" in table:
            ax.fill_between(km, table["low_global"] - less, table["high_global"] - less, color=GREY, alpha=0.35,
                            linewidth=0, label="全局包络（可作检验）" if zh else "global band (the test)")  # fmt: skip
            for side, label in (
                ("low_local", "逐点包络（非检验）" if zh else "local band (no test)"),
                ("high_local", None),
            ):
                ax.plot(km, table[side] - less, color=GREY, linewidth=0.6, linestyle="--", label=label)
        if "expected" in table:
            ax.plot(km, table["expected"] - less, color=RED, linewidth=1.0, label="随机期望" if zh else "expected")
        ax.plot(km, table[self.column] - less, color=BLUE, linewidth=1.6, label="观测" if zh else "observed")
        ax.set_xlabel("距离（公里）" if zh else "distance (km)")
        ax.set_ylabel(self._scale(lang))
        ax.legend()

    def _scale(self, lang: Lang) -> str:
        """Return the name of the vertical axis: the function's letter and its unit."""
        name = self.symbol or ("观测值" if lang == "zh" else "observed")
        name += " - r" if self.less_r else ""
        if self.unit == "1":
            return name
        zh, en = ("平方公里", "km2") if self.unit == "m2" else (self.unit_in("zh"), self.unit)
        return f"{name}（{zh}）" if lang == "zh" else f"{name} ({en})"
