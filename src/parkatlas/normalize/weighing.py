"""Readings of a list's coordinates weighed against each other: what each makes fit, which is best, if any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyproj
from scipy import stats

from parkatlas.normalize.cells import Floats
from parkatlas.normalize.evidence import Evidence, Numbers
from parkatlas.normalize.hypotheses import Hypothesis

Verdict = Literal["consistent", "better", "cannot tell"]

ZONE = "zone "  # before a zone's id in the table of readings
_BETTER_P, _WORSE_P = 0.001, 0.05
_GROSS_LEAST = 3
_SAME_M = 1.0  # readings that differ by less are one reading under two names
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Weighed:
    """What is known, the areas that rows declare, and the readings tried with the positions that each gives."""

    known: Evidence
    areas: Numbers
    tried: tuple[Hypothesis, ...]
    placed: tuple[tuple[Floats, Floats], ...]

    def against(self, one: int, other: int) -> dict[str, Any]:
        """Weigh one reading against another, by areas that are sharp enough to tell them apart."""
        shift = _shift(*self.placed[other], *self.placed[one])
        certain = np.inf if one == other else shift / 2
        judged = self.known.sharp(self.areas, certain)
        fit, other_fit = (
            np.where(judged >= 0, self.known.in_declared(lon, lat, judged), self.known.in_parks(lon, lat, certain))
            for lon, lat in (self.placed[one], self.placed[other])
        )
        better, worse = int((fit & ~other_fit).sum()), int((other_fit & ~fit).sum())
        return {
            "fit": int(fit.sum()),
            "better": better,
            "worse": worse,
            "p_better": _sign_test(better, worse),
            "p_worse": _sign_test(worse, better),
            "shift_m": shift,
        }


def score(weighed: Weighed) -> pd.DataFrame:
    """Return what each reading makes fit: the rows of `forensics.Examination.frame`, but for the verdicts."""
    known, areas, records = weighed.known, weighed.areas, []
    stated = known.declared_zone(areas)
    for k, (reading, (lon, lat)) in enumerate(zip(weighed.tried, weighed.placed, strict=True)):
        near = known.in_extent(lon, lat)
        zones = np.full(len(lon), -1, dtype=np.intp)
        zones[near] = known.zone_of(lon[near], lat[near])
        records.append(
            {
                "reading": reading,
                "title_zh": reading.title("zh"),
                "title_en": reading.title("en"),
                "n": len(lon),
                "in_extent": int(near.sum()),
                "in_zones": int((zones >= 0).sum()),
                "n_declared": int((areas >= 0).sum()),
                "in_declared": int(known.in_declared(lon, lat, areas).sum()),
                "in_parks": int(known.in_parks(lon, lat, np.inf).sum()),
                **weighed.against(k, 0),
                "zone_gap": _gap(zones[stated >= 0], stated[stated >= 0], len(known.zones)),
                **{f"{ZONE}{known.ids[area]}": int((zones == z).sum()) for z, area in enumerate(known.zones)},
            }
        )
    return pd.DataFrame.from_records(records)


def _gap(zones: Numbers, stated: Numbers, n: int) -> float:
    """Return the share of rows in another zone than the shares of the declared zones allow; NaN without rows."""
    counts = [np.bincount(numbers + 1, minlength=n + 1) for numbers in (zones, stated)]
    return float(np.abs(counts[0] - counts[1]).sum() / 2 / len(stated)) if len(stated) else float("nan")


def _shift(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> float:
    """Return the median distance in metres of positions that exist under both readings; infinite where none does."""
    both = np.isfinite(lon + lat + to_lon + to_lat)
    if not both.any():
        return float("inf")
    return float(np.median(_GEOD.inv(lon[both], lat[both], to_lon[both], to_lat[both])[2]))


def _sign_test(wins: int, losses: int) -> float:
    return float(stats.binom.sf(wins - 1, wins + losses, 0.5)) if wins + losses else 1.0


def judge(frame: pd.DataFrame, weighed: Weighed) -> tuple[Verdict, int | None]:
    """Return the verdict and the place of the best reading, where it is not the declared one."""
    base, n = frame.iloc[0], int(frame.iloc[0]["n"])
    if n == 0:
        return "cannot tell", None
    most = int(frame["in_extent"].max())
    if is_gross(frame):
        return ("cannot tell", None) if most < max(_GROSS_LEAST, n / 2) else ("better", _first(frame, weighed))
    rivals = close(frame)
    won = rivals[(rivals["p_better"] < _BETTER_P) & (rivals["fit"] >= n / 2)]
    if len(won):
        return "better", int(won["better"].sub(won["worse"]).idxmax())
    if base["fit"] >= n / 2 and (rivals["p_worse"] < _WORSE_P).all():
        return "consistent", None
    return "cannot tell", None


def is_gross(frame: pd.DataFrame) -> bool:
    """Return whether the declared reading puts the list away from the plan and another does not."""
    return bool(frame["in_extent"].iloc[0] < frame["in_extent"].max() / 2)


def close(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rivals that put the list at the plan as well, elsewhere than the declared reading does."""
    rivals, most = frame.iloc[1:], frame["in_extent"].max()
    return rivals[(rivals["in_extent"] >= most / 2) & (rivals["shift_m"] > _SAME_M)]


def _fitting(frame: pd.DataFrame) -> list[int]:
    return np.flatnonzero(frame["in_extent"] >= 0.98 * frame["in_extent"].max()).tolist()


def _first(frame: pd.DataFrame, weighed: Weighed) -> int:
    """Return the likeliest reading that puts the list at the plan, unless a later one wins against it."""
    best, *others = _fitting(frame)
    for other in others:
        duel = weighed.against(other, best)
        if duel["p_better"] < _BETTER_P and duel["shift_m"] > _SAME_M:
            best = other
    return best


def as_likely(frame: pd.DataFrame, best: int, weighed: Weighed) -> list[Hypothesis]:
    """Return the readings that put the list at the plan too and against which the best one does not win."""
    out = []
    for other in _fitting(frame):
        duel = weighed.against(best, other)
        if other != best and duel["shift_m"] > _SAME_M and duel["p_better"] >= _WORSE_P:
            out.append(weighed.tried[other])
    return out


def verdicts(frame: pd.DataFrame, verdict: Verdict, best: int | None) -> list[str]:
    """Return a verdict on each reading beside the declared one."""
    gross, most = is_gross(frame), frame["in_extent"].max()
    out = ["contradicted" if verdict == "better" else str(verdict)]
    for k, row in list(frame.iterrows())[1:]:
        if row["shift_m"] <= _SAME_M:
            out.append("same")
        elif k == best:
            out.append("best")
        elif (verdict == "better" and row["in_extent"] >= 0.98 * most) if gross else row["p_better"] < _BETTER_P:
            out.append("better")
        elif row["in_extent"] < frame["in_extent"].iloc[0] / 2 or row["p_worse"] < _WORSE_P:
            out.append("worse")
        else:
            out.append("cannot tell")
    return out
