"""Targets of the plan beside what was published."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pandas as pd

from parkatlas import schema
from parkatlas.statistics.result import BLUE, GREY, Result, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkatlas.findings import Lang
    from parkatlas.model import Observation, Plan


def target_table(plan: Plan, today: datetime.date) -> pd.DataFrame:
    """Set each target of the plan beside the latest published figure that may be compared with it.

    Comparable are observations of the same metric, scope and unit; of these the one whose period ends last counts (the
    later in the plan where two end alike). Periods that begin after ``today`` do not count.

    Parameters
    ----------
    plan : Plan
        With ``targets`` and ``observations``.
    today : datetime.date
        The day from which time is counted; always given, so that a result never depends on the clock.

    Returns
    -------
    DataFrame
        TARGET_STATUS. ``share`` = observed / target (a lower bound where the qualifier is "at_least"), NaN without a
        comparable observation or with a target of zero. ``years_left`` runs from ``today`` to the end of the period
        ``by`` ("2028-01" ends on 31 January 2028) in years of 365.25 days, and is negative afterwards.
    """
    records = []
    for target in plan.targets:
        wanted = (target.metric, target.scope, target.unit)
        seen = [o for o in plan.observations if (o.metric, o.scope, o.unit) == wanted and _begins(o.date) <= today]
        last: Observation | None = max(reversed(seen), key=lambda o: _ends(o.date), default=None)
        record: dict[str, object] = {
            "target_id": target.id,
            "name_zh": target.name_zh,
            "name_en": target.name_en,
            "metric": target.metric,
            "scope": target.scope,
            "unit": target.unit,
            "target": target.value,
            "by": target.by,
            "years_left": (_ends(target.by) - today).days / 365.25,
            "target_source_url": target.source.source_url,
        }
        if last is not None:
            record |= {
                "observed": last.value,
                "qualifier": last.qualifier,
                "observed_date": last.date,
                "share": last.value / target.value if target.value else None,
                "observed_source_url": last.source.source_url,
            }
        records.append(record)
    return schema.frame(schema.TARGET_STATUS, records)


class Progress(Result):
    """Target status: `draw` sets each latest figure as a share of its target."""

    def draw(self, ax: Axes, lang: Lang) -> None:
        """Draw one bar a target, with the target as a line; a target without a figure has no bar."""
        names = [plain(name) for name in self.table[f"name_{lang}"]]
        share = self.table["share"].fillna(0.0) * 100.0
        ax.barh(names, share.to_numpy(), color=BLUE)
        ax.axvline(100.0, color=GREY, linestyle="--")
        ax.invert_yaxis()
        ax.set_xlabel("完成比例 (%)" if lang == "zh" else "Share reached (%)")


def targets(plan: Plan, today: datetime.date) -> Result:
    """Give the `target_table` with a reading in words.

    Parameters
    ----------
    plan, today
        As for `target_table`.

    Returns
    -------
    Result
        Its table is TARGET_STATUS; ``n_used`` counts targets with a comparable figure, ``n_dropped`` those without.

    References
    ----------
    The plan's own targets and published figures, each with its source in the table.
    """
    table = target_table(plan, today)
    known = table[table["observed"].notna()]
    return Progress(
        name="targets",
        definition="share = latest observation of the same metric, scope and unit / target; years to the end of `by`",
        reference="the plan's own targets and published figures, sources in the table",
        unit="1",
        n_used=len(known),
        n_dropped=len(table) - len(known),
        table=table,
        params={"today": today.isoformat()},
        reading_zh="；".join(map(_say_zh, table.to_dict("records"))) or "规划未列目标",
        reading_en="; ".join(map(_say_en, table.to_dict("records"))) or "The plan lists no target",
    )


def _say_zh(row: dict[str, object]) -> str:
    if pd.isna(row["observed"]):
        return f"{row['name_zh']}：无同口径公布值（目标{row['target']:g}，{row['by']}）"
    floor = "至少" if row["qualifier"] == "at_least" else ""
    share = "" if pd.isna(row["share"]) else f"，{floor}完成{row['share']:.0%}"
    seen = f"{row['observed_date']}公布{row['observed']:g}"
    return f"{row['name_zh']}：{seen}，目标{row['target']:g}（{row['by']}）{share}"


def _say_en(row: dict[str, object]) -> str:
    if pd.isna(row["observed"]):
        return f"{row['name_en']}: no comparable figure was published (target {row['target']:g} by {row['by']})"
    floor = "at least " if row["qualifier"] == "at_least" else ""
    share = "" if pd.isna(row["share"]) else f", {floor}{row['share']:.0%} reached"
    return f"{row['name_en']}: {row['observed']:g} in {row['observed_date']} of {row['target']:g} by {row['by']}{share}"


def _begins(date: str) -> datetime.date:
    return datetime.date.fromisoformat(date + "-01-01"[len(date) - 4 :] if len(date) < 10 else date)


def _ends(date: str) -> datetime.date:
    """Return the last day of a year, month or day in ISO 8601."""
    first = _begins(date)
    if len(date) == 10:
        return first
    month = 12 if len(date) == 4 else first.month
    following = datetime.date(first.year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(days=1)
