"""Who works on the pieces: threads of this process, or a Dask cluster."""

from __future__ import annotations

import importlib
import os
import pickle
import threading
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

from parkatlas.errors import DependencyError
from parkatlas.findings import Rule
from parkatlas.scale.partial import Partial
from parkatlas.scale.pieces import Piece
from parkatlas.scale.work import Job, process

Progress = Callable[[int, int], None]
Announce = Callable[[str], None]

NEEDS_DASK = Rule(
    "scale.needs-dask", "error",
    zh="使用集群需要 distributed。", en="a cluster needs distributed.",
    hint_zh="请安装 parkatlas[dask]。", hint_en="Install parkatlas[dask].",
)  # fmt: skip
_RETRIES = 3


class Cluster(NamedTuple):
    """A Dask cluster: the address of its scheduler, None for one of our own; and whom to tell the dashboard's."""

    scheduler: str | None
    announce: Announce


def run(job: Job, pieces: list[Piece], cluster: Cluster | None, progress: Progress) -> Partial:
    """Return what all pieces give together, whoever was done first.

    Counts are added up as they come, so that memory does not grow with the pieces; lists stand in the pieces' order.
    """
    rows = max(0, sum(piece.rows for piece in pieces))
    total = Partial()
    lists: dict[int, Partial] = {}
    progress(0, rows)
    # Closed at once whatever happens: nobody works on when the folder for the parts is cleared.
    with closing(_on_threads(job, pieces) if cluster is None else _on_dask(job, pieces, cluster)) as answers:
        for number, partial in answers:
            counts, lists[number] = partial.split()
            total = total + counts
            progress(total.read, rows)
    return sum((lists[piece.number] for piece in pieces), total)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _on_threads(job: Job, pieces: list[Piece]) -> Generator[tuple[int, Partial]]:
    over = threading.Event()
    threads = min(processors(), len(pieces))
    waiting = list(reversed(pieces))
    with ThreadPoolExecutor(threads) as pool, ExitStack() as stack:
        stack.callback(over.set)  # before the pool waits for those at work
        running: dict[Future[Partial], int] = {}
        while waiting or running:
            while waiting and len(running) < threads:
                piece = waiting.pop()
                running[pool.submit(process, piece, job, over.is_set)] = piece.number
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def _on_dask(job: Job, pieces: list[Piece], cluster: Cluster) -> Generator[tuple[int, Partial]]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise DependencyError(NEEDS_DASK.at()) from error
    with ExitStack() as stack:
        address: Any = cluster.scheduler
        if address is None:
            local = {"n_workers": processors(), "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
            address = stack.enter_context(distributed.LocalCluster(**local))
        client = stack.enter_context(distributed.Client(address))
        cluster.announce(client.dashboard_link)
        # Made on a worker from bytes, so that it can be made again when that worker is lost.
        ready = client.submit(pickle.loads, pickle.dumps(job), pure=False)
        futures = client.map(process, pieces, job=ready, pure=False, retries=_RETRIES)
        numbers = {future.key: piece.number for future, piece in zip(futures, pieces, strict=True)}
        coming = distributed.as_completed(futures)
        del futures  # so that a result is let go of as soon as it is added
        for future in coming:
            yield numbers[future.key], future.result()
            future.release()
