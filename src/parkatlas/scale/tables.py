"""The totals as tables: those of `statistics`, from groups of rows instead of rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkatlas import crs, schema
from parkatlas.findings import Finding, Rule
from parkatlas.model import Plan, Register
from parkatlas.scale.evidence import FIRST_BATCH, weigh
from parkatlas.scale.partial import BANDS_M, UNIT, Group, Partial, Sums
from parkatlas.scale.pieces import points
from parkatlas.statistics import indices
from parkatlas.statistics.hotspots.grids import outlines
from parkatlas.statistics.membership import Membership, membership

MORE_REJECTED = Rule(
    "scale.more-rejected", "warning",
    zh="共剔除 {n} 行，只列出前 {listed} 行", en="{n} rows were rejected, the first {listed} are listed",
)  # fmt: skip


@dataclass(frozen=True)
class Streamed:
    """What is known of a register that was streamed.

    Attributes
    ----------
    areas, sectors : DataFrame
        AREA_STATISTICS and SECTOR_STATISTICS.
    bands : DataFrame
        sector ("all" first), within_m, n (enterprises with a distance), n_within, share; empty without distances.
    hexagons : GeoDataFrame
        row, column and n of every hexagon with an enterprise, in WGS 84; empty without hexagons.
    conservation : dict
        Rows read, and what became of them: they add up.
    findings : tuple of Finding
        The first thousand.
    rejects : DataFrame
        REJECTS, the first thousand of them.
    rows : GeoDataFrame or None
        LOCATED, where the register is small enough for them to be kept.
    parts : tuple of Path
        The files of located rows, in the order of the register.
    readings : DataFrame or None
        What fits the plan under each way of reading the coordinates (`model.Normalized.readings`): of up to 8,000 rows
        spread evenly over the register or, where it had to be normalised, of its first batch.
    repeats : Series
        By row ("row", or "file:row" in a folder), the row that it repeats; the first thousand.
    """

    areas: pd.DataFrame
    sectors: pd.DataFrame
    bands: pd.DataFrame
    hexagons: gpd.GeoDataFrame
    conservation: dict[str, int]
    findings: tuple[Finding, ...]
    rejects: pd.DataFrame
    rows: gpd.GeoDataFrame | None
    parts: tuple[Path, ...]
    readings: pd.DataFrame | None
    repeats: pd.Series[int]


def finish(plan: Plan, register: Register, total: Partial, hexagon_m: float | None, *, keep: bool) -> Streamed:
    """Return the tables of a total, and its rows where they were to be kept."""
    keys = pd.DataFrame(list(total.groups), columns=list(Group._fields)).astype("str")
    sums = pd.DataFrame(list(total.groups.values()), columns=list(Sums._fields), dtype=object)
    who = membership(keys, plan.areas)
    outcomes = sums["n"].groupby(keys["outcome"]).sum() if len(sums) else {}
    conservation = {
        "read": total.read,
        **{outcome: int(outcomes.get(outcome, 0)) for outcome in schema.OUTCOMES},
        "merged": total.merged,
        "rejected": total.rejected,
    }
    areas = _area_table(plan, who, keys, sums)
    sectors = _sector_table(plan, who, keys, sums)
    hexagons = _hexagons(plan, total, hexagon_m)
    readings, verdict = _evidence(plan, register, total)
    findings = (*total.findings, *verdict)
    if total.rejected > len(total.rejects):
        findings = (*findings, MORE_REJECTED.at(n=total.rejected, listed=len(total.rejects)))
    rejects = schema.frame(schema.REJECTS, total.rejects)
    rows = _rows(plan, total, register.id) if keep else None
    repeats = pd.Series(dict(total.repeats), dtype="int64")
    return Streamed(
        areas, sectors, _bands(plan, total), hexagons, conservation, findings, rejects, rows, total.parts,
        readings, repeats,
    )  # fmt: skip


def _evidence(plan: Plan, register: Register, total: Partial) -> tuple[pd.DataFrame | None, tuple[Finding, ...]]:
    """Return what the coordinates say of their datum, and findings of it that normalising did not make."""
    if not total.readings:
        return weigh(plan, register, total.sample)
    return total.readings[0], (FIRST_BATCH.at(file=register.path),) * (len(total.readings) - 1)


def _rows(plan: Plan, total: Partial, register: str) -> gpd.GeoDataFrame:
    """Return the located rows as one table, as `locate.locate_enterprises` would give it.

    Missing ids are made up, and a sector that the plan does not know is none, as it is counted.
    """
    frames = []
    for table in total.rows:
        lon, lat = points(table.column("geometry").combine_chunks())
        shapes = np.array(shapely.points(lon, lat), dtype=object)
        shapes[~np.isfinite(lon)] = None
        frame = table.drop_columns(["geometry"]).to_pandas()
        kept = gpd.GeoDataFrame(frame, geometry=shapes, crs=crs.WGS84)
        frames.append(schema.conform(kept, schema.LOCATED)[[*schema.LOCATED.names, "geometry"]])
    nobody = gpd.GeoDataFrame(schema.frame(schema.LOCATED), geometry=[], crs=crs.WGS84)
    filled = [frame for frame in frames if len(frame)] or [nobody]
    rows = gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=crs.WGS84)
    rows["sector"] = rows["sector"].where(rows["sector"].isin([sector.id for sector in plan.sectors]))
    nameless = rows["enterprise_id"].isna()
    if nameless.any():
        made = pd.Series([f"{register}-r{row + 1}" for row in rows.index[nameless]], index=rows.index[nameless])
        rows["enterprise_id"] = rows["enterprise_id"].where(~nameless, made.astype("str").reindex(rows.index))
    return rows


def _area_table(plan: Plan, who: Membership, keys: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    firm = keys["entity"].eq("enterprise").to_numpy()
    rows = sums["n"].to_numpy(dtype=float)
    n = who.sums(rows * firm)
    columns: dict[str, object] = {
        "n": n,
        "n_declared": who.sums(rows * (firm & keys["outcome"].eq("declared").to_numpy())),
        "n_institutes": who.sums(rows * ~firm),
        "share": indices.divide(n, n[-1]),
    }
    areas = plan.areas
    km2 = np.concatenate([crs.area_km2(areas).to_numpy() if len(areas) else [], np.full(3, np.nan)])
    columns |= {"km2": km2, "density_km2": indices.divide(n, km2)}
    for name in ("employees", "output"):
        known = who.sums(sums[f"{name}_known"].to_numpy(dtype=float) * firm)
        total = _exactly(who, sums[name], firm)
        columns |= {name: np.where(known > 0, total, np.nan), f"{name}_known": known}
        columns[f"{name}_mean"] = indices.divide(total, known)
    names = sorted(keys["sector"][firm].dropna().unique())
    mix = _by_sector(who, keys["sector"], names, rows * firm)
    columns |= {"hhi": indices.hhi(mix), "effective_sectors": indices.effective(mix), "shannon": indices.entropy(mix)}
    return schema.conform(who.labels.assign(**columns), schema.AREA_STATISTICS)


def _sector_table(plan: Plan, who: Membership, keys: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    names = [sector.id for sector in plan.sectors]
    firm = keys["entity"].eq("enterprise").to_numpy()
    n = _by_sector(who, keys["sector"], names, sums["n"].to_numpy(dtype=float) * firm)
    expected = n.sum(axis=1, keepdims=True) * indices.shares(n[-1])
    columns: dict[str, object] = {
        "sector": np.tile(np.array(names, dtype=object), len(n)),
        "n": n.ravel(),
        "share": indices.shares(n).ravel(),
        "expected": expected.ravel(),
        "lq": indices.divide(n, expected).ravel(),
    }
    for name in ("employees", "output"):
        known = _by_sector(who, keys["sector"], names, sums[f"{name}_known"].to_numpy(dtype=float) * firm)
        masks = [firm & keys["sector"].eq(sector).to_numpy() for sector in names]
        total = np.stack([_exactly(who, sums[name], mask) for mask in masks], axis=1) if names else known
        columns[name] = np.where(known > 0, total, np.nan).ravel()
    rows = who.labels.loc[np.repeat(who.labels.index, len(names))].reset_index(drop=True)
    return schema.conform(rows.assign(**columns), schema.SECTOR_STATISTICS)


def _by_sector(who: Membership, sector: pd.Series[str], names: list[str], rows: np.ndarray) -> np.ndarray:
    masks = [rows * sector.eq(name).to_numpy() for name in names]
    return who.sums(np.stack(masks, axis=1)) if masks else np.zeros((len(who.labels), 0))


def _exactly(who: Membership, values: pd.Series[float], mask: np.ndarray) -> np.ndarray:
    """Return the sums of whole numbers of 2**-UNIT by area, rounded once."""
    matrix = who.matrix
    given = values.tolist()
    out = []
    for row in range(matrix.shape[0]):
        mine = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        out.append(sum(given[k] for k in mine if mask[k]) / (1 << UNIT))
    return np.array(out, dtype=float)


def _bands(plan: Plan, total: Partial) -> pd.DataFrame:
    rows = []
    for name in ("all", *(sector.id for sector in plan.sectors)):
        counts = np.zeros(len(BANDS_M) + 1, dtype=int)
        for (sector, band), n in total.bands.items():
            counts[band] += n if name in ("all", sector) else 0
        within = np.cumsum(counts)
        rows += [
            {"sector": name, "within_m": edge, "n": int(within[-1]), "n_within": int(within[k])}
            for k, edge in enumerate(BANDS_M)
        ]
    table = pd.DataFrame(rows).assign(share=lambda rows: indices.divide(rows["n_within"], rows["n"]))
    return table if total.bands else table.iloc[:0]


def _hexagons(plan: Plan, total: Partial, size: float | None) -> gpd.GeoDataFrame:
    cells = np.array(sorted(total.cells), dtype=np.int64).reshape(-1, 2)
    counts = [total.cells[row, column] for row, column in cells.tolist()]
    shapes = list(outlines("hex", cells, size)) if size is not None and len(cells) else []
    metric = crs.metric_crs_of(plan.areas) if len(plan.areas) else crs.WGS84
    frame = pd.DataFrame({"row": cells[:, 0], "column": cells[:, 1], "n": counts})
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=metric).to_crs(crs.WGS84)
