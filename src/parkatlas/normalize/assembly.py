"""A raw table to ENTERPRISES, REJECTS and findings: the order of the work, and the sum that must hold.

Every input row ends as exactly one of used, merged (it repeats another row cell for cell) or rejected.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas.array import GeometryArray

from parkatlas import crs, schema
from parkatlas.findings import Finding, Rule
from parkatlas.memory import no_collection, plain_memory
from parkatlas.model import Normalized, Plan, RawTable, Register
from parkatlas.normalize import (
    coordinates,
    duplicates,
    faults,
    grids,
    identity,
    lookalikes,
    places,
    restating,
    taxonomy,
)
from parkatlas.normalize.cells import BLOCK, Floats, Mask
from parkatlas.normalize.columns import check_defaults, recognise
from parkatlas.normalize.faults import Fault, fault
from parkatlas.normalize.fields import read_columns, read_words
from parkatlas.normalize.forensics import examine
from parkatlas.normalize.hypotheses import METRIC
from parkatlas.normalize.work import Work
from parkatlas.normalize.written import Written

UNUSED = Rule(
    "normalize.unused-columns",
    "info",
    zh="未使用的列：{headers}",
    en="columns that were not used: {headers}",
    hint_zh="如需使用，请在 columns 中指明。",
    hint_en="To use one, name it in columns.",
)
OWN_CRS = Rule(
    "normalize.crs-of-the-file",
    "warning",
    zh="文件自带坐标系，名录中的 crs = “{crs}” 未使用",
    en="the file states its own coordinate system; crs = {crs!r} of the register was not used",
    hint_zh="请删去 crs，或改正文件的坐标系。",
    hint_en="Remove crs, or correct the file's.",
)
OVERRIDE_ID = Rule(
    "normalize.repeated-id",
    "warning",
    zh="企业编号“{value}”重复，本行改为“{now}”",
    en="the id {value!r} stands on several rows; this one became {now!r}",
    hint_zh="请给每家企业一个唯一编号。",
    hint_en="Give every enterprise an id of its own.",
)
MERGED = Rule(
    "normalize.merged-row",
    "warning",
    zh="与第 {first} 行完全相同，已合并",
    en="the row repeats row {first} cell for cell and was merged with it",
    hint_zh="请删除重复行。",
    hint_en="Delete one of them.",
)

HIDDEN = Rule(
    "normalize.invisible-characters",
    "info",
    zh="去掉了看不见的字符：“{value}”",
    en="invisible characters were taken out of {value!r}",
    mends=True,
)
NO_PLACE = Rule(
    "normalize.no-place",
    "warning",
    zh="{n} 家企业既无坐标也无所属区域，不计入任何区域；首个在第 {first} 行",
    en="{n} enterprises have neither a point nor an area and count for no area; the first is in row {first}",
    hint_zh="{unused_zh}请补充坐标或所属园区；位置确实未知的，将 location_quality 记为 none。",
    hint_en="{unused_en}Give a point or the area; where the place is truly unknown, set location_quality to none.",
)
REGISTER_CRS = Rule(
    "normalize.crs-of-the-register",
    "info",
    zh="文件自带（或默认）的坐标系是经纬度，但其数值不可能是度，故按名录中的 crs = “{crs}” 读取",
    en="the numbers cannot be the degrees that the file states or that its format implies; "
    "crs = {crs!r} of the register was used",
)
_LIKE_A_PLACE = re.compile(
    r"经度|纬度|经纬|东经|北纬|坐标|(?<![a-z])(?:lon|lng|long|lat|longitude|latitude|coord\w*)(?![a-z])"
)


@plain_memory()
def normalize_table(raw: RawTable, register: Register, plan: Plan) -> Normalized:
    """Return a register in our terms.

    Parameters
    ----------
    raw : RawTable
        Text cells under the list's own headers; its index are the row numbers of the file.
    register : Register
        How the plan declares the list: columns, defaults, datum.
    plan : Plan
        Gives the areas and the sectors that the list may name.

    Returns
    -------
    Normalized
        ``enterprises`` (WGS 84, the rows that can be used, in file order, indexed by row number), ``rejects`` (one row
        for each rejected input row), ``findings``, ``rows_read`` and ``merged``; ``rows_read`` is the sum of the three
        always. A row with neither point nor declared area is used, with missing geometry.

    Raises
    ------
    InputError
        Where the list's columns cannot be told apart or none holds a name.
    PlanError
        Where the register's ``columns`` name something that is not there.
    """
    check_defaults(register.defaults, raw.source)
    overrides = dict(zip(("lon", "lat"), raw.points or (), strict=False)) | dict(register.columns)
    work = Work(raw, register, plan, recognise(raw.frame.columns, overrides, raw.source, raw.sheet))
    of_reading = faults.of_reading(raw)
    work.faults += of_reading
    if work.columns.unused:
        work.findings.append(UNUSED.at(file=raw.source, sheet=raw.sheet, headers=", ".join(work.columns.unused)))
    with work.pool() as pool:
        part = work.apart()
        placed = pool.submit(_places, part)  # the longest task: it begins first
        work.clean_all(pool)
        for header, mask in work.hidden():
            work.note(HIDDEN, mask, raw.frame[header])
        table = pd.DataFrame(read_columns(work, pool), index=work.index, copy=False)
        where = placed.result()
        work.join(part)
        bad = faults.rejected(work.faults, len(work.index))
        judged = pool.submit(_judge_positions, work, where.written, table["declared_area"], bad)
        return _finished(work, table, where, judged, of_reading)


class Places(NamedTuple):
    """What the list says of places (None: nothing), WGS 84 degrees of all rows (NaN where there are none), points."""

    written: Written | None
    lon: Floats
    lat: Floats
    points: npt.NDArray[np.object_]


class Judgement(NamedTuple):
    """How the positions may be read (None: there are none), and the findings of that."""

    readings: pd.DataFrame | None
    findings: list[Finding]


def _finished(
    work: Work, table: pd.DataFrame, where: Places, judged: Future[Judgement], of_reading: list[Fault]
) -> Normalized:
    """Sort the rows into used, merged and rejected, and sum up."""
    raw, (written, lon, lat, points) = work.raw, where
    before = len(work.findings)
    table["location_quality"] = _quality(work, ~np.isnan(lon))
    bad = faults.rejected(work.faults, len(raw.frame))
    _tell_lost(work, np.isnan(lon) & table["declared_area"].isna().to_numpy() & ~bad)
    first = duplicates.first_of_same(raw.frame, work.columns.columns, work.repeats_in_file)
    merged = (first >= 0) & ~bad
    work.faults += fault(MERGED, None, merged, None, first=_row_numbers(raw, first))
    keep = ~bad & ~merged
    _tell_spots(work, lon if keep.all() else np.where(keep, lon, np.nan), lat, written)
    some = slice(None) if keep.all() else keep
    kept = table[some]
    kept["enterprise_id"] = _ids(work, kept["enterprise_id"], keep)
    work.findings += _look_alikes(work, kept, lon[some], lat[some], keep)
    shapes = gpd.GeoSeries(GeometryArray(points[some], crs=crs.WGS84), index=kept.index, copy=False)
    enterprises = schema.conform(gpd.GeoDataFrame(kept, geometry=shapes, copy=False), schema.ENTERPRISES)
    readings, said = judged.result()
    work.findings[before:before] = said  # how positions may be read comes before what else was seen of them
    work.faults = faults.told_once(work.faults, of_reading, len(raw.frame))
    rejects = faults.rejects(raw, work.faults)
    found = (*raw.findings, *work.findings, *faults.findings(raw, work.faults))
    repeats = pd.Series(_row_numbers(raw, first[merged]), index=work.index[merged], dtype="int64")
    restated = restating.restate(work.faults, bad, work.index, raw.epoch)
    return Normalized(enterprises, rejects, found, len(raw.frame), len(repeats), readings, repeats, restated)


def _places(work: Work) -> Places:
    """Return where the rows are."""
    system, said = _system(work)
    if said is not None:
        work.findings.append(said.at(**work.place(None), crs=work.register.crs))
    written = places.read_places(work, system)
    if written is None:
        nowhere = np.full(len(work.index), np.nan)
        return Places(None, nowhere, nowhere.copy(), _points(nowhere, nowhere))
    lon, lat, found = coordinates.place(written, work.register.datum, system, _in_china(work.plan))
    work.faults += found
    if system is not None and grids.is_ballpark(written.x, written.y, system):
        work.findings.append(grids.BALLPARK.at(**work.place(None), crs=system.crs.name))
    return Places(written, lon, lat, _points(lon, lat))


def _quality(work: Work, has_point: npt.NDArray[np.bool_]) -> pd.Series[str]:
    """Return the quality of each location, "none" where there is no point and nothing else is said."""
    quality = read_words(
        work, "location_quality", taxonomy.QUALITY_WORDS, work.register.defaults.get("location_quality", "exact")
    )
    unplaced = ~has_point & ~quality.isin(["area", "none"]).to_numpy(dtype=bool)
    return quality.mask(unplaced, "none") if unplaced.any() else quality


def _system(work: Work) -> tuple[grids.Grid | None, Rule | None]:
    """Return the projected system that the points are in, and what to say where file and register state different ones.

    The file's own goes before the register's, unless its numbers are no degrees at all.
    """
    system = grids.declared_grid(work.register.crs, work.raw.source)
    if system is None or work.raw.crs is None or not work.is_point("lon"):
        return system, None
    numbers = [work.numbers(ours) for ours in ("lon", "lat")]
    sizes = [np.abs(some[np.isfinite(some)]) for some in numbers if some is not None]
    if system.metric and any(len(size) and np.median(size) > METRIC for size in sizes):
        return system, REGISTER_CRS
    return None, OWN_CRS


def _tell_lost(work: Work, lost: npt.NDArray[np.bool_]) -> None:
    """Warn of rows that no area can count, unless the list itself says that their place is unknown."""
    header = work.columns.columns.get("location_quality")
    if header is not None:
        # Cleaned cells no longer tell "none" from an empty cell; the raw ones do.
        said = work.raw.frame[header].str.strip().str.casefold().isin(taxonomy.QUALITY_WORDS["none"])
        lost = lost & ~said.to_numpy(dtype=bool)
    if lost.any():
        first = work.row(int(np.argmax(lost)))
        likely = ", ".join(header for header in work.columns.unused if _LIKE_A_PLACE.search(header.casefold()))
        unused_zh = f"列 {likely} 未使用：若是坐标，请在 columns 下写明 lon 和 lat（或 lonlat）。" if likely else ""
        unused_en = f"If {likely} hold it, which were not used, say so under columns (lon and lat, or lonlat). "
        words = {"unused_zh": unused_zh, "unused_en": unused_en if likely else ""}
        work.findings.append(NO_PLACE.at(**work.place(None), n=int(lost.sum()), first=first, **words))  # type: ignore[arg-type]


def _tell_spots(work: Work, lon: Floats, lat: Floats, written: Written | None) -> None:
    header = None if written is None else str(written.x_cells.name)
    for spot in coordinates.spots(lon, lat).head(coordinates.SPOTS_SHOWN).itertuples():
        at = {**work.place(header), "row": work.row(spot.first), "lon": spot.lon, "lat": spot.lat}
        work.findings.append(coordinates.SAME_SPOT.at(**at, n=spot.n))


def _judge_positions(work: Work, written: Written | None, declared: pd.Series[str], bad: Mask) -> Judgement:
    """Return how the positions may be read, and what there is to say of that; rows in the mask are rejected."""
    if written is None:
        return Judgement(None, [])
    headers = [str(written.x_cells.name), str(written.y_cells.name)]
    named = [ours for ours, header in work.register.columns.items() if header in headers]
    system, _ = _system(work)
    found = examine(
        written.x,
        written.y,
        work.plan,
        declared_area=declared,
        datum=work.register.datum,
        epsg=None if system is None else system.crs.to_epsg(),
        headers=headers,
        named=[*named, *(["wkt"] if work.columns.columns.get("wkt") in headers else [])],
        rows=work.index.to_numpy(),
        rejected=bad,
        place=work.place(None),
    )
    return Judgement(found.frame.drop(columns="reading") if len(found.frame) else None, list(found.findings))


def _in_china(plan: Plan) -> bool:
    west, south, east, north = plan.areas.total_bounds
    least, low, most, high = coordinates.CHINA
    return bool(least <= west and low <= south and east <= most and north <= high)


def _look_alikes(work: Work, table: pd.DataFrame, lon: Floats, lat: Floats, keep: Mask) -> list[Finding]:
    headers, found = work.columns.columns, []
    for ours, groups in (
        ("credit_code", lookalikes.same_code(table["credit_code"], work.repeats["credit_code"][keep])),
        ("name_zh", lookalikes.same_name(table["name_zh"], lon, lat, work.repeats["name_zh"][keep])),
    ):
        found += lookalikes.tell(groups, table, work.place(None), headers.get(ours))
    if len(table) > lookalikes.MOST_ROWS:
        found.append(lookalikes.NOT_COMPARED.at(**work.place(None), n=len(table)))
    return found


def _ids(work: Work, ids: pd.Series[str], keep: npt.NDArray[np.bool_]) -> pd.Series[str]:
    out, changed = identity.separate_ids(ids, work.repeats["enterprise_id"][keep])
    if changed.any():
        mask, now = np.zeros(len(keep), dtype=bool), np.full(len(keep), None, dtype=object)
        mask[np.flatnonzero(keep)[changed]] = True
        now[mask] = out[changed].to_numpy(dtype=object)
        work.note(OVERRIDE_ID, mask, work.cells("enterprise_id"), now=now)
    return out


def _points(lon: Floats, lat: Floats) -> npt.NDArray[np.object_]:
    """Return points, None where there is no position; piece by piece, so that other work is let in between."""
    points, missing = np.full(len(lon), None, dtype=object), np.isnan(lon)
    with no_collection():
        for start in range(0, len(lon), BLOCK):
            piece = slice(start, start + BLOCK)
            if not missing[piece].all():
                shapely.points(lon[piece], lat[piece], out=points[piece])
    points[missing] = None
    return points


def _row_numbers(raw: RawTable, positions: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    return raw.frame.index.to_numpy()[positions]  # type: ignore[no-any-return]
