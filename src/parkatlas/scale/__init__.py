"""Registers larger than memory, or than one machine: read, normalised, located and counted piece by piece.

`stream` is the door. Every piece of the register gives a `Partial`: exact counts and sums that add up to the same total
in whatever order and wherever the pieces are worked on. Memory is set by the batch, not by the register.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

from parkatlas.model import Plan, Register
from parkatlas.scale.engines import Announce, Cluster, Progress, run
from parkatlas.scale.evidence import stride
from parkatlas.scale.parts import staged
from parkatlas.scale.pieces import cut
from parkatlas.scale.tables import Streamed, finish
from parkatlas.scale.work import Job

__all__ = ["Streamed", "stream"]

Engine = Literal["threads", "dask"]


def stream(
    plan: Plan,
    register: Register,
    out: str | Path | None = None,
    *,
    batch_rows: int = 1_000_000,
    engine: Engine = "threads",
    scheduler: str | None = None,
    distances: bool = True,
    hexagon_m: float | None = 1000.0,
    keep_rows: int = 0,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> Streamed:
    """Locate and count a register of any size.

    Parameters
    ----------
    plan, register
        The plan, and one of its registers, whose ``path`` names a file or a folder of Parquet files. A Parquet file
        that speaks in our columns (`pieces.layout`) is read straight into arrays; anything else is normalised batch
        by batch, so rows that repeat each other are found within a batch only.
    out : path, optional
        Folder for the located rows, as GeoParquet, a file a piece: ``part-00000.parquet`` and so on. They appear
        there when all of them are whole, in place of those of an earlier run; after a failure nothing is new.
    batch_rows : int
        Rows in memory at once, by worker.
    engine : {"threads", "dask"}
        On this machine, or on a Dask cluster (extra ``dask``): that of ``scheduler`` (such as
        ``tcp://10.0.0.1:8786``), whose workers must reach the same paths, or one started here.
    distances : bool
        Measure the way to the nearest park: by far the dearest part.
    hexagon_m : float, optional
        Distance between the sides of hexagons to count in, up to 25 km beyond the areas; None counts in none.
    keep_rows : int
        A register of Parquet of up to this many rows also gives its located rows, in memory.
    progress : callable, optional
        Called with rows done and rows in all (0 where nobody can tell).
    announce : callable, optional
        Called with the address of the Dask dashboard.

    Returns
    -------
    Streamed
        Tables like those of `statistics.area_table` and `statistics.sector_table`, distance bands, hexagons, what
        became of every row, and how the coordinates may be read. The same whatever the engine. The same whatever the
        size of batches, too, where every cell speaks for itself. What `normalize.normalize_table` asks a whole column
        is asked batch by batch: whether commas part thousands or fractions, what six digits and ``2012.1`` are as
        dates, which of two coordinates is north; where that came up, and there was more than one batch, a finding
        (`scale.decided-by-batch`) names the column. Rows and ids that repeat are found within a batch.

    Raises
    ------
    InputError, LimitError
        As `read.read_table` and `normalize.normalize_table`.
    DependencyError
        Without pyarrow, or without distributed for Dask.
    ValueError
        For an unknown engine, a scheduler without Dask, or a batch of no rows.
    """
    if engine not in ("threads", "dask"):
        raise ValueError(f"unknown engine {engine!r}: threads or dask")
    if scheduler is not None and engine != "dask":
        raise ValueError("a scheduler is for the engine dask")
    if batch_rows < 1:
        raise ValueError(f"batch_rows must be at least 1, not {batch_rows}")
    plan = replace(plan, folder=plan.folder.absolute())  # workers may stand in another folder
    pieces = cut(plan.folder / register.path, register, batch_rows)
    rows = sum(piece.rows for piece in pieces)
    keep = 0 <= rows <= keep_rows
    cluster = Cluster(scheduler, announce or _silent) if engine == "dask" else None
    with nullcontext() if out is None else staged(Path(out)) as staging:
        job = Job(plan, register, staging, batch_rows, distances, hexagon_m, keep, stride(rows))
        total = run(job, pieces, cluster, progress or _silent)
    parts = tuple(Path(out) / part.name for part in total.parts) if out is not None else ()
    return finish(plan, register, replace(total, parts=parts), hexagon_m, keep=keep)


def _silent(*_told: object) -> None:
    """Say nothing."""
