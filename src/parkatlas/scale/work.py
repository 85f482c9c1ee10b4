"""The work on one piece: the same on a thread here and on a worker elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from parkatlas import crs, schema
from parkatlas.findings import Finding, Rule
from parkatlas.locate import NONE, Gazetteer
from parkatlas.model import Normalized, Plan, Register
from parkatlas.normalize import normalize_table
from parkatlas.read import iter_table
from parkatlas.read.limits import Limits
from parkatlas.scale.doubts import Doubts
from parkatlas.scale.evidence import sample
from parkatlas.scale.partial import BANDS_M, LISTED, Group, Partial, Sums, exact_sums
from parkatlas.scale.parts import Part
from parkatlas.scale.pieces import Batch, Piece, batches, to_points
from parkatlas.statistics.hotspots.grids import cells_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]

NO_POSITION = Rule(
    "scale.no-position", "error",
    zh="{n} 行的坐标不是经纬度，已剔除", en="{n} rows were rejected: their coordinates are no longitude and latitude",
    hint_zh="请检查坐标列及其单位。", hint_en="Look at the coordinate columns and their unit.",
)  # fmt: skip
BAD_POSITION = Rule(
    "scale.bad-position", "error",
    zh="坐标 {value} 不是经纬度", en="{value} is no longitude and latitude",
    hint_zh="请检查坐标列及其单位。", hint_en="Look at the coordinate columns and their unit.",
)  # fmt: skip
_SLICE = 1 << 16
REACH_M = 25_000.0  # hexagons are counted up to this far beyond the areas: the projection and a map end somewhere
_ENDLESS = Limits(size=1 << 50, rows=1 << 40, cells=1 << 50, inflated=1 << 50)


@dataclass(frozen=True, eq=False)
class Job:
    """What every piece is worked on with. Travels to workers without what can be made there."""

    plan: Plan
    register: Register
    out: Path | None
    batch_rows: int
    distances: bool
    hexagon_m: float | None
    keep: bool = False  # the located rows come back with the counts
    stride: int = 1  # every so many rows one is weighed for the datum

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The plan's areas made ready, once a process."""
        return Gazetteer(self.plan.areas, workers=1)

    @cached_property
    def levels(self) -> list[tuple[Ints, list[str | None]]]:
        """For each level, the number of each area within it (by place in the order of ties; last: none), and ids."""
        gazetteer = self.gazetteer
        of_level = self.plan.areas["level"].to_numpy()[gazetteer.order]
        out = []
        for level in schema.LEVELS:
            mine = of_level == level
            number = np.append(np.where(mine, np.cumsum(mine), 0), 0).astype(np.int32)
            out.append((number, [None, *np.asarray(gazetteer.ids)[gazetteer.order][mine].tolist()]))
        return out

    @cached_property
    def window(self) -> tuple[pyproj.CRS, float, float, float, float]:
        """The metric CRS of the plan, and the rectangle in it where hexagons are counted: west, south, east, north."""
        metric = crs.metric_crs_of(self.plan.areas)
        west, south, east, north = crs.to_metres(self.plan.areas, metric).total_bounds
        return metric, west - REACH_M, south - REACH_M, east + REACH_M, north + REACH_M

    def __getstate__(self) -> dict[str, Any]:
        made = ("gazetteer", "levels", "window")
        return {name: value for name, value in self.__dict__.items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


@dataclass(frozen=True)
class _Placed:
    """A batch with its answers: places in the order of ties by level, codes of sector and entity, metres to a park."""

    batch: Batch
    ranks: Ints
    has_point: npt.NDArray[np.bool_]
    sector: Ints
    entity: Ints
    nearest: Indices | None
    metres: Floats | None


class Stopped(Exception):  # noqa: N818 -- nothing is wrong
    """Nobody waits for the answer any longer."""


def process(piece: Piece, job: Job, is_over: Callable[[], bool] = lambda: False) -> Partial:
    """Return what a piece adds to the totals, and write its located rows where the job asks for them.

    Between steps ``is_over`` is asked whether to give up.
    """
    total = Partial()

    def go_on() -> None:
        if is_over():
            raise Stopped

    with Part(job.out, piece.number) as part:
        for batch, so_far in _batches(piece, job):
            go_on()
            spots = sample(batch, piece.first + total.read, job.stride) if piece.layout is not None else ()
            kept, bad = _without_impossible(batch)
            placed = _place(kept, job, go_on)
            counts = replace(_tally(placed, job), rejected=len(bad), read=len(batch.lon), sample=spots)
            total = total + so_far + counts + _impossible(batch, bad, piece.before + total.read, _source(piece, job))
            if job.out is not None or job.keep:
                go_on()
                table = _located(placed, job)
                go_on()
                part.write(table)
                total = total + Partial(rows=(table,) if job.keep else ())
    return replace(total, parts=part.written)


def _batches(piece: Piece, job: Job) -> Iterator[tuple[Batch, Partial]]:
    """Yield the batches of a piece, with what normalising already accounted for."""
    if piece.layout is not None:
        for batch in batches(piece, job.batch_rows, whole=job.out is not None or job.keep):
            yield batch, Partial()
        return
    import pyarrow as pa

    one, doubts = job.register, Doubts(several=_source(piece, job) != job.register.path)
    for raw in iter_table(piece.path, job.batch_rows, encoding=one.encoding, header=one.header, limits=_ENDLESS):
        table = normalize_table(raw, job.register, job.plan)
        frame = table.enterprises
        values: dict[str, Any] = {name: pd.Categorical(frame[name]) for name in ("sector", "entity", "declared_area")}
        values |= {name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in ("employees", "output")}
        rows = pa.Table.from_pandas(pd.DataFrame(frame.drop(columns="geometry")), preserve_index=False)
        lon, lat = shapely.get_x(frame.geometry.to_numpy()), shapely.get_y(frame.geometry.to_numpy())
        lost = table.rows_read - len(frame)
        rejects = tuple(table.rejects[:LISTED].to_dict("records"))
        done = Partial(
            lost, len(table.rejects), table.merged, findings=doubts.among(table.findings)[:LISTED],
            rejects=rejects, readings=() if table.readings is None else (table.readings,),
            repeats=_repeats(table, piece, job),
        )  # fmt: skip
        yield Batch(lon, lat, values, rows), done


def _repeats(table: Normalized, piece: Piece, job: Job) -> tuple[tuple[str, int], ...]:
    if table.repeats is None:
        return ()
    source = _source(piece, job)
    before = "" if source == job.register.path else f"{source}:"
    return tuple((f"{before}{row}", first) for row, first in table.repeats[:LISTED].items())


def _without_impossible(batch: Batch) -> tuple[Batch, Indices]:
    """Return a batch without the rows whose position is none on earth, and the places of these rows."""
    if not any(_beyond(values, limit) for values, limit in ((batch.lon, 180), (batch.lat, 90))):
        return batch, np.empty(0, dtype=np.intp)
    bad = (np.abs(batch.lon) > 180) | (np.abs(batch.lat) > 90)
    keep = np.flatnonzero(~bad)
    values = {name: value[keep] for name, value in batch.values.items()}
    return Batch(batch.lon[keep], batch.lat[keep], values, batch.rows.take(keep)), np.flatnonzero(bad)


def _beyond(values: Floats, limit: float) -> bool:
    # fmin and fmax pass over NaN and make no copies.
    return len(values) > 0 and bool(np.fmax.reduce(values) > limit or np.fmin.reduce(values) < -limit)


def _source(piece: Piece, job: Job) -> str:
    within = piece.path.relative_to(job.plan.folder / job.register.path).as_posix()
    return job.register.path if within == "." else f"{job.register.path}/{within}"


def _impossible(batch: Batch, bad: Indices, before: int, source: str) -> Partial:
    """Return what to say of rows without a position on earth: one finding, and the first of them as rejected rows."""
    if not len(bad):
        return Partial()
    places = zip(bad[:LISTED].tolist(), batch.lon[bad[:LISTED]].tolist(), batch.lat[bad[:LISTED]].tolist(), strict=True)
    found = [BAD_POSITION.at(file=source, row=before + at + 1, value=f"{lon!r}, {lat!r}") for at, lon, lat in places]
    rejects = tuple(_reject(one) for one in found)
    return Partial(findings=(NO_POSITION.at(file=source, n=len(bad)),), rejects=rejects)


def _reject(finding: Finding) -> dict[str, Any]:
    record = finding.record()
    reasons = {f"reason_{lang}": record[f"message_{lang}"] for lang in ("zh", "en")}
    return {"source": finding.file, **{name: record.get(name) for name in schema.REJECTS.names[1:]}, **reasons}


def _place(batch: Batch, job: Job, go_on: Callable[[], None]) -> _Placed:
    gazetteer = job.gazetteer
    ranks = np.empty((len(schema.LEVELS), len(batch.lon)), dtype=np.int32)
    for at in _slices(len(batch.lon)):
        ranks[:, at] = gazetteer.ranks(batch.lon[at], batch.lat[at])
    has_point = np.isfinite(batch.lon) & np.isfinite(batch.lat)
    if "declared_area" in batch.values and not has_point.all():
        declared = batch.values["declared_area"]
        row = np.append(gazetteer.rows(pd.Series(declared.categories)), NONE)[declared.codes]
        rank_of = np.full(len(gazetteer.order) + 1, NONE)
        rank_of[gazetteer.order] = np.arange(len(gazetteer.order))
        lost = np.flatnonzero(~has_point)
        ranks[:, lost] = rank_of[gazetteer.chains[row[lost]]].T
    sectors = [sector.id for sector in job.plan.sectors]
    nearest = metres = None
    if job.distances:
        park = np.append(gazetteer.order, NONE)[ranks[schema.LEVELS.index("park")]]
        nearest, metres = np.empty(len(park), dtype=np.intp), np.empty(len(park))
        for at in _slices(len(park)):  # the dearest step
            go_on()
            nearest[at], metres[at] = gazetteer.nearest_park(batch.lon[at], batch.lat[at], park[at])
        metres[~has_point] = np.nan
        nearest[~has_point] = NONE
    return _Placed(
        batch, ranks, has_point, _codes(batch, "sector", sectors, len(sectors)),
        _codes(batch, "entity", list(schema.ENTITIES), 0), nearest, metres,
    )  # fmt: skip


def _slices(rows: int) -> Iterator[slice]:
    """Yield slices that stay in the processor's cache through a dozen of operations."""
    return (slice(begin, begin + _SLICE) for begin in range(0, rows, _SLICE))


def _codes(batch: Batch, name: str, known: list[str], otherwise: int) -> Ints:
    """Return the number of each row's value among those known."""
    given = batch.values.get(name)
    if given is None:
        return np.full(len(batch.lon), otherwise, dtype=np.int32)
    code = pd.Index(known, dtype="str").get_indexer(given.categories)
    of_code = np.append(np.where(code < 0, otherwise, code), otherwise).astype(np.int32)
    of_row: Ints = of_code.take(given.codes)  # the code of a missing value is -1: the last
    return of_row


def _tally(placed: _Placed, job: Job) -> Partial:
    shape = (2, len(schema.ENTITIES), len(job.plan.sectors) + 1, *(len(ids) for _, ids in job.levels))
    present, counts, code = _count(placed, shape, job)
    columns: list[list[int]] = [counts.tolist()]
    for name in ("employees", "output"):
        value = placed.batch.values.get(name)
        if value is None:
            columns += [[0] * len(present)] * 2
            continue
        known = np.bincount(code[np.isfinite(value)], minlength=len(present))
        columns += [exact_sums(value, code, len(present)), known.tolist()]
    groups = _groups(present, shape, job)
    sums = (Sums(*row) for row in zip(*columns, strict=True))
    return Partial(groups=dict(zip(groups, sums, strict=True)), bands=_bands(placed, job), cells=_cells(placed, job))


def _count(placed: _Placed, shape: tuple[int, ...], job: Job) -> tuple[Indices, Indices, Indices]:
    """Return the cells of a table of this shape that have rows, how many, and the place of each row's among them.

    The places are left out where no sums are asked for.
    """
    size = int(np.prod(shape))
    kind = np.int32 if size < 2**31 else np.int64
    steps = np.append(np.cumprod(shape[:0:-1], dtype=np.int64)[::-1], 1).astype(kind)
    of_rank = [number.astype(kind) * step for (number, _), step in zip(job.levels, steps[3:], strict=True)]
    all_there, all_firms = bool(placed.has_point.all()), not placed.entity.any()
    summed = bool(placed.batch.values.keys() & {"employees", "output"})
    few = size <= 4 * len(placed.sector) + 1_000_000  # so few cells that all of them can be counted
    code = np.empty(len(placed.sector) if summed or not few else 0, dtype=kind)
    counts = np.zeros(size if few else 0, dtype=np.intp)
    for at in _slices(len(placed.sector)):
        part = placed.sector[at] * steps[2]
        for table, rank in zip(of_rank, placed.ranks, strict=True):
            part += table.take(rank[at])
        part += 0 if all_firms else placed.entity[at] * steps[1]
        part += 0 if all_there else np.where(placed.has_point[at], 0, steps[0])
        if few:
            counts += np.bincount(part, minlength=size)
        if len(code):
            code[at] = part
    if not few:
        present, place, number = np.unique(code, return_inverse=True, return_counts=True)
        return present.astype(np.intp), number, place
    present = np.flatnonzero(counts)
    seen = np.cumsum(counts > 0) - 1
    return present, counts[present], seen[code]


def _groups(present: Indices, shape: tuple[int, ...], job: Job) -> list[Group]:
    pointless, entity, sector, *areas = np.unravel_index(present, shape)
    sectors = [*(sector.id for sector in job.plan.sectors), None]
    names = [[ids[k] for k in column] for (_, ids), column in zip(job.levels, areas, strict=True)]
    somewhere = np.any([column > 0 for column in areas], axis=0)
    outcome = np.where(pointless > 0, np.where(somewhere, 1, 3), np.where(somewhere, 0, 2))
    return [
        Group(core, zone, park, schema.OUTCOMES[o], schema.ENTITIES[e], sectors[s])
        for core, zone, park, o, e, s in zip(*names, outcome, entity, sector, strict=True)
    ]


def _bands(placed: _Placed, job: Job) -> Counter[tuple[str | None, int]]:
    if placed.metres is None:
        return Counter()
    firm = np.flatnonzero((placed.entity == 0) & np.isfinite(placed.metres))
    band = np.searchsorted(BANDS_M, placed.metres[firm])
    width = len(BANDS_M) + 1
    counts = np.bincount(placed.sector[firm] * width + band, minlength=(len(job.plan.sectors) + 1) * width)
    sectors = [*(sector.id for sector in job.plan.sectors), None]
    table = counts.reshape(-1, width)
    return Counter({(sectors[sector], band): int(table[sector, band]) for sector, band in np.argwhere(table).tolist()})


def _cells(placed: _Placed, job: Job) -> Counter[tuple[int, int]]:
    if job.hexagon_m is None:
        return Counter()
    metric, west, south, east, north = job.window
    firm = np.flatnonzero((placed.entity == 0) & placed.has_point)
    x, y = crs.project(placed.batch.lon[firm], placed.batch.lat[firm], metric)
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if not len(near):
        return Counter()
    parts = [np.stack([x[k], y[k]], axis=1) for k in np.split(near, range(_SLICE, len(near), _SLICE))]
    row, column = np.concatenate([cells_of("hex", part, job.hexagon_m) for part in parts]).T
    top, left = int(row.min()), int(column.min())
    width = int(column.max()) - left + 1
    cells, counts = np.unique((row - top) * width + (column - left), return_counts=True)
    places = zip((cells // width + top).tolist(), (cells % width + left).tolist(), strict=True)
    return Counter(dict(zip(places, counts.tolist(), strict=True)))


def _located(placed: _Placed, job: Job) -> Any:
    """Return the rows of a batch as LOCATED, in Arrow, geometry as WKB."""
    import pyarrow as pa

    rows = placed.batch.rows
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
    drop = {"geometry", "lon", "lat", *schema.LOCATED.names} - {*schema.ENTERPRISES.names}
    table = table.select([name for name in table.schema.names if name not in drop]).replace_schema_metadata(None)
    table = _completed(table, placed, job)
    ids = job.gazetteer.ids
    in_order = np.append(job.gazetteer.order, NONE)
    for level, rank in zip(schema.LEVELS, placed.ranks, strict=True):
        table = table.append_column(f"{level}_id", _text(ids, in_order[rank]))
    park = in_order[placed.ranks[schema.LEVELS.index("park")]]
    parks = job.gazetteer.all_parks(placed.batch.lon, placed.batch.lat, park)
    table = table.append_column("park_ids", pa.array(parks, pa.string(), from_pandas=True))
    somewhere = (placed.ranks >= 0).any(axis=0)
    outcome = np.where(placed.has_point, np.where(somewhere, 0, 2), np.where(somewhere, 1, 3))
    table = table.append_column("outcome", _text(pd.array(schema.OUTCOMES, dtype="str"), outcome))
    if placed.nearest is not None:
        table = table.append_column("nearest_park_id", _text(ids, placed.nearest))
        table = table.append_column("park_distance_m", pa.array(placed.metres, from_pandas=True))
    table = table.append_column("geometry", to_points(placed.batch.lon, placed.batch.lat))
    column = {"encoding": "WKB", "geometry_types": ["Point"], "crs": pyproj.CRS(crs.WGS84).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return table.replace_schema_metadata({"geo": json.dumps(geo)})


def _completed(table: Any, placed: _Placed, job: Job) -> Any:
    """Return rows with the entity and the location's quality that are taken where a register does not give them."""
    import pyarrow as pa
    from pyarrow import compute

    default = job.register.defaults.get("location_quality", "exact")
    columns = {
        "entity": _text(schema.ENTITIES, placed.entity.astype(np.intp)),
        "location_quality": _text((default, "none"), np.where(placed.has_point, 0, 1)),
    }
    for name, column in columns.items():
        text = column.cast(pa.string())
        if name not in table.schema.names:
            table = table.append_column(name, text)
            continue
        given = text if name == "entity" else compute.coalesce(table.column(name).cast(pa.string()), text)
        table = table.set_column(table.schema.get_field_index(name), name, given)
    return table


def _text(values: Any, at: Indices) -> Any:
    import pyarrow as pa

    indices = pa.array(at.astype(np.int32), mask=at < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array([str(value) for value in values], pa.string()))
