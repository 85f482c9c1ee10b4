"""Is the declared datum the right one? Readings of the coordinates weighed against what the plan knows.

Gross errors (axes swapped, metres read as degrees, another zone) are seen in where the plan lies. Datums differ by some
hundred metres, so they are told apart only by areas whose boundaries are sharper than that: rows that lie in their
declared area (the zone around it, where only that is drawn well enough), or in any park, under one reading and not
under the other. A sign test on those rows decides; where they are too few, or the boundaries too coarse, the answer is
that it cannot be told. How the rows are shared out among the zones is shown beside, and decides nothing: a few hundred
metres hardly move it. Nothing is ever converted here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.crs import Datum
from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan
from parkatlas.normalize.cells import Floats, Mask
from parkatlas.normalize.evidence import FAR_M, Evidence, Numbers, evidence
from parkatlas.normalize.faults import MORE, SHOWN
from parkatlas.normalize.hypotheses import METRIC, Hypothesis, readings
from parkatlas.normalize.weighing import ZONE, Verdict, Weighed, as_likely, close, is_gross, judge, score, verdicts

CONSISTENT = Rule(
    "normalize.datum-consistent",
    "info",
    zh="坐标与声明的 {declared_zh} 一致：{fit} / {n} 个位置与规划相符",
    en="the coordinates agree with {declared_en}, as declared: {fit} of {n} positions fit the plan",
)
BETTER = Rule(
    "normalize.datum-contradicted",
    "warning",
    zh="声明为 {declared_zh}，但按 {best_zh} 读取更符合：{best_fit} / {n} 个位置相符，按声明只有 {fit} 个；{apart_zh}",
    en="declared as {declared_en}, but {best_fit} of {n} positions fit as {best_en} and {fit} as declared; {apart_en}",
    hint_zh="本工具不会自行转换。核实后请{change_zh}{others_zh}",
    hint_en="Nothing was converted. If you agree, {change_en}{others_en}",
)
CANNOT_TELL = Rule(
    "normalize.datum-unknown",
    "info",
    zh="无法判断坐标是否为 {declared_zh}：{why_zh}",
    en="cannot tell whether the coordinates are {declared_en}: {why_en}",
    hint_zh="请向数据提供者核实坐标基准。",
    hint_en="Ask whoever made the list for its datum.",
)
SUSPECT = Rule(
    "normalize.suspect-position",
    "warning",
    zh="位置不在规划范围内，按 {fits_zh} 读取则在",
    en="the position lies far from the plan, but within it if read as {fits_en}",
    hint_zh="请核对这一行的坐标。",
    hint_en="Check the coordinates of this row.",
)
FAR = Rule(
    "normalize.far-from-declared",
    "warning",
    zh="位置距所述区域“{area}”至少 {km:.1f} 公里",
    en="the position is at least {km:.1f} km from {area!r}, the area that the row declares",
    hint_zh="请核对坐标或所属区域。",
    hint_en="Check the position or the area.",
)

SAMPLE = 2000  # positions that are weighed; suspects are sought among all
_SPARE = 0.004  # degrees; several times what `Hypothesis.nearly` may be off
_MOST_ASTRAY = 20_000
_FEW = 5  # positions: fewer, all of them under one reading and none under the other, prove nothing


@dataclass(frozen=True)
class Examination:
    """What the forensics found.

    ``frame`` has one row for each reading: ``reading`` and its titles, the positions tested ``n``, how many lie
    ``in_extent`` of the plan, ``in_zones``, ``in_declared`` of ``n_declared``, ``in_parks``; ``fit``: in the declared
    area, else in a park, of areas drawn precisely enough to tell the two readings apart; ``better`` and ``worse``: rows
    that only this reading, or only the declared one, makes fit; the one-sided sign-test ``p_better`` and ``p_worse``;
    ``shift_m``, the median distance from the declared reading; ``zone_gap``, the share of rows that would have to
    change zones for the zones' shares to be those the rows declare (missing where none does); positions by zone, in
    columns named `ZONE` and the zone's id; and ``verdict``: of the declared reading "consistent", "contradicted" or
    "cannot tell", of the others "best" (what the finding proposes), "better", "worse" or "cannot tell" beside it,
    "same" where no position moves.

    ``verdict`` is "consistent", "better" (then ``best`` is what) or "cannot tell". ``suspects`` has one row for each
    doubtful position: ``position``, ``reason``, ``km`` and the reading under which it ``fits``, if any.
    """

    frame: pd.DataFrame
    verdict: Verdict
    declared: Hypothesis
    best: Hypothesis | None = None
    suspects: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)
    findings: tuple[Finding, ...] = ()


def examine(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    plan: Plan,
    *,
    declared_area: pd.Series[str] | Sequence[str | None] | None = None,
    datum: Datum = "wgs84",
    epsg: int | None = None,
    headers: Sequence[str] = ("lon", "lat"),
    named: Collection[str] = (),
    rows: npt.ArrayLike | None = None,
    rejected: Mask | None = None,
    place: Mapping[str, Any] | None = None,
) -> Examination:
    """Weigh the ways in which a list's coordinates can be read against the plan.

    Parameters
    ----------
    x, y : array_like
        The list's own numbers, unconverted: longitude and latitude, or east and north. NaN where a row has none.
    plan : Plan
        Gives the extent and the areas.
    declared_area : sequence of area ids, optional
        The area each row says it is in, missing where it does not say.
    datum, epsg : optional
        How the register declares its coordinates.
    headers : sequence of str
        The list's columns, for the line that the finding proposes.
    named : collection of str
        Our names under which the register's ``columns`` list them already; "wkt" where they hold shapes.
    rows : array_like of int, optional
        Row numbers for the findings; positions by default.
    rejected : array of bool, optional
        Rows that cannot be used and were told of: they are weighed, and no suspects.
    place : mapping, optional
        File and sheet for the findings.

    Returns
    -------
    Examination
        Its findings: one verdict, then suspects and rows far from the area they declare, the first 20 of each.

    Notes
    -----
    A rival reading is better where it wins a one-sided sign test at 0.001 on the rows on which the two differ; the
    declared reading is called consistent where it wins against every datum at 0.05; either must make half of the rows
    fit, for a few companies that lie near parks by chance lie nearer under some shift. Where the declared reading puts
    the list away from the plan, the first of those that do not is best, unless a later one wins that test against it;
    what it does not win against is named beside it. At most `SAMPLE` different positions are weighed, evenly spaced
    over the list.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if isinstance(declared_area, pd.Series):
        areas = declared_area.reset_index(drop=True)
    else:
        areas = pd.Series(declared_area, index=range(len(x)), dtype="str")
    known, declared = evidence(plan.areas), Hypothesis(datum, epsg)
    areas_at = known.numbers(areas)
    at = _sample(x, y, areas_at)
    metric = bool(len(at)) and float(np.median(np.abs(x[at]))) > METRIC
    tried = readings(declared, *known.middle, metric=metric)
    weighed = Weighed(known, areas_at[at], tuple(tried), tuple(one.degrees(x[at], y[at]) for one in tried))
    frame = score(weighed)
    verdict, best = judge(frame, weighed)
    frame["verdict"] = verdicts(frame, verdict, best)
    told = _tell(frame, best, weighed, headers, named)
    suspects = _suspects(x, y, areas_at, declared if best is None else tried[best], known)
    if rejected is not None:
        suspects = suspects[~rejected[suspects["position"].to_numpy(dtype=np.intp)]]
    numbers = np.arange(len(x)) if rows is None else np.asarray(rows)
    where = dict(place or {})
    findings = [] if told is None else [_at(told, where)]
    findings += _tell_suspects(suspects, numbers, areas, where, str(headers[0]))
    return Examination(frame, verdict, declared, None if best is None else tried[best], suspects, tuple(findings))


def _sample(x: Floats, y: Floats, areas: Numbers) -> npt.NDArray[np.intp]:
    """Return positions of rows, evenly spaced over the list and no place twice: a repeated place proves nothing new."""
    ok = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0)))
    if len(ok) > 4 * SAMPLE:
        ok = ok[_spread(len(ok), 4 * SAMPLE)]
    places = pd.DataFrame({"x": x[ok], "y": y[ok], "area": areas[ok]})
    ok = ok[~places.duplicated().to_numpy()]
    spread: npt.NDArray[np.intp] = ok if len(ok) <= SAMPLE else ok[_spread(len(ok), SAMPLE)]
    return spread


def _spread(n: int, some: int) -> npt.NDArray[np.intp]:
    return np.asarray(np.linspace(0, n - 1, some), dtype=np.intp)


def _tell(
    frame: pd.DataFrame, at: int | None, weighed: Weighed, headers: Sequence[str], named: Collection[str]
) -> Finding | None:
    base, declared = frame.iloc[0], weighed.tried[0]
    words: dict[str, Any] = {"declared_zh": declared.title("zh"), "declared_en": declared.title("en"), "n": base["n"]}
    if base["n"] == 0:
        return None
    if base["verdict"] == "consistent":
        return CONSISTENT.at(**words, fit=max(base["fit"], base["in_parks"]))
    if at is None:
        why_zh, why_en = _why_not(frame, weighed.known)
        return CANNOT_TELL.at(**words, why_zh=why_zh, why_en=why_en)
    row, best, gross = frame.iloc[at], weighed.tried[at], is_gross(frame)
    # Under the rival's own sharpness the declared reading fits: all that both fit, and what only it fits.
    fit = base["in_extent"] if gross else row["fit"] - row["better"] + row["worse"]
    others = as_likely(frame, at, weighed)[:3] if gross else []
    apart_zh, apart_en = f"两者相差约 {row['shift_m']:,.0f} 米", f"the two are {row['shift_m']:,.0f} m apart"
    if not np.isfinite(row["shift_m"]):
        apart_zh, apart_en = "按声明根本不是位置", "as declared they are no positions at all"
    change = best.change(declared, [] if "wkt" in named else headers, named)
    return BETTER.at(
        **words,
        fit=int(fit),
        best_fit=int(row["in_extent" if gross else "fit"]),
        best_zh=best.title("zh"),
        best_en=best.title("en"),
        apart_zh=apart_zh,
        apart_en=apart_en,
        change_zh=change.words("zh"),
        change_en=change.words("en"),
        others_zh="".join(f"；同样可能：{other.title('zh')}" for other in others),
        others_en="".join(f"; as likely: {other.title('en')}" for other in others),
    )


def _why_not(frame: pd.DataFrame, known: Evidence) -> tuple[str, str]:
    base, n = frame.iloc[0], int(frame.iloc[0]["n"])
    if base["in_extent"] < n / 2:
        return "多数位置按任何一种读法都不在规划范围内", "under every reading most positions lie away from the plan"
    rivals = close(frame)
    if not len(rivals):
        return "没有位置落在园区内", "no position lies in a park"
    zones_zh, zones_en = _of_zones(frame.iloc[0], rivals)
    shift = float(rivals["shift_m"].min())
    if not (known.doubt <= shift / 2).any():
        return (
            f"各种基准相差约 {shift:,.0f} 米，而规划中各区域的边界误差更大{zones_zh}",
            f"datums differ by about {shift:,.0f} m, and no boundary of the plan is drawn that precisely{zones_en}",
        )
    if max(base["fit"], rivals["fit"].max()) < n / 2:
        return "多数位置不在任何足以判断的区域内", "most positions lie in none of the areas that could decide it"
    if n < _FEW:
        return f"不同的位置只有 {n} 个，太少", f"there are too few different positions: {n}"
    decisive = int((rivals["better"] + rivals["worse"]).min())
    return (
        f"只有 {decisive} 个位置在不同基准下落入或移出园区，不足以判断{zones_zh}",
        f"only {decisive} positions enter or leave a park from one datum to another, which decides nothing{zones_en}",
    )


def _of_zones(base: pd.Series[Any], rivals: pd.DataFrame) -> tuple[str, str]:
    """Say how little the zones' shares depend on the reading."""
    zones = [name for name in rivals.columns if str(name).startswith(ZONE)]
    if not zones:
        return "", ""
    most = 100 * float((rivals[zones] - base[zones]).abs().to_numpy(dtype=float).max()) / int(base["n"])
    return (
        f"；各区所占比例最多相差 {most:.1f} 个百分点",
        f"; zone shares differ by at most {most:.1f} percentage points",
    )


def _suspects(x: Floats, y: Floats, areas: Numbers, reading: Hypothesis, known: Evidence) -> pd.DataFrame:
    """Return the doubtful positions: away from the plan but not so under another reading, or far from their area."""
    some = _maybe_suspect(x, y, areas, reading, known)
    x, y, areas = x[some], y[some], areas[some]
    lon, lat = reading.degrees(x, y)
    stated = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    astray = np.flatnonzero(stated & ~known.in_extent(lon, lat))
    if len(astray) > _MOST_ASTRAY:
        astray = astray[_spread(len(astray), _MOST_ASTRAY)]  # not single rows but the list lies elsewhere
    fits = np.full(len(x), None, dtype=object)
    for metric in (False, True):
        alike = astray[(np.maximum(np.abs(x[astray]), np.abs(y[astray])) > METRIC) == metric]
        for rival in readings(reading, *known.middle, metric=metric)[1:] if len(alike) else ():
            left = alike[[fits[k] is None for k in alike]]
            inside = known.in_extent(*rival.degrees(x[left], y[left]))
            fits[left[inside]] = rival
    away, doubt = known.distance_m(lon, lat, areas)
    with np.errstate(invalid="ignore"):
        far = stated & (away > np.maximum(FAR_M, 2 * doubt))
    strange = np.zeros(len(x), dtype=bool)
    strange[astray] = [one is not None for one in fits[astray]]
    at = np.flatnonzero(strange | far)
    reason = np.where(strange[at], "outside the plan", "far from its area")
    return pd.DataFrame({"position": some[at], "reason": reason, "km": away[at] / 1000, "fits": fits[at]})


def _maybe_suspect(x: Floats, y: Floats, areas: Numbers, reading: Hypothesis, known: Evidence) -> Numbers:
    """Return the rows that a rough look does not clear: nearly all of a sound list need no more than that."""
    near = reading.nearly(x, y)
    if near is None:
        return np.arange(len(x))
    # A row within _SPARE of its area's box is nearer than FAR_M, however the look errs: the diagonal is 0.8 km.
    return np.flatnonzero(~known.surely_near(*near, areas, _SPARE))


def _tell_suspects(
    suspects: pd.DataFrame, rows: npt.NDArray[Any], areas: pd.Series[str], place: dict[str, Any], header: str
) -> list[Finding]:
    out = []
    for rule, reason in ((SUSPECT, "outside the plan"), (FAR, "far from its area")):
        some = suspects[suspects["reason"] == reason]
        for position, km, fits in some[["position", "km", "fits"]].head(SHOWN).itertuples(index=False):
            at = place | {"row": int(rows[position]), "field": header}
            if rule is SUSPECT:
                out.append(rule.at(**at, fits_zh=fits.title("zh"), fits_en=fits.title("en")))
            else:
                out.append(rule.at(**at, km=float(km), area=areas.iloc[position]))
        if len(some) > SHOWN:
            out.append(MORE.at(**(place | {"field": header}), n=len(some) - SHOWN, code=rule.code))
    return out


def _at(finding: Finding, place: dict[str, Any]) -> Finding:
    return dataclasses.replace(finding, file=place.get("file"), sheet=place.get("sheet"))
