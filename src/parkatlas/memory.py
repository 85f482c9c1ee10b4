"""Columns of text in Arrow's memory: where it is taken from, and what its bytes tell at a glance.

Most of what is asked of a million cells has the answer "none of them"; a look at one or two bytes of each gives it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_STRIDE = 64  # cells that are measured together


class _Shared(contextlib.ContextDecorator):
    """A setting of the whole process, changed while any thread is within the block.

    The first to come in changes it, the last to go out puts back what stood before; those in between only count.
    """

    def __init__(self, change: Callable[[], Callable[[], object]]) -> None:
        self._change, self._lock, self._inside = change, threading.Lock(), 0
        self._restore: Callable[[], object] = lambda: None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._restore = self._change()
            self._inside += 1

    def __exit__(self, *_raised: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._restore()


def _without_collection() -> Callable[[], object]:
    was = gc.isenabled()
    gc.disable()
    return gc.enable if was else lambda: None


def _with_plain_memory() -> Callable[[], object]:
    try:
        import pyarrow as pa
    except ImportError:
        return lambda: None
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    return lambda: pa.set_memory_pool(before)


_PLAIN, _UNCOLLECTED = _Shared(_with_plain_memory), _Shared(_without_collection)


def plain_memory() -> _Shared:
    """Let Arrow take memory from the C library inside the block, and from its own allocator again afterwards.

    Columns of a list are made and dropped a dozen at a time. Arrow's own allocator gives such blocks back at once and
    has the system clear them again: a million rows cost a fifth more processor time. Nothing happens without Arrow.
    Several threads may be within at once.
    """
    return _PLAIN


def no_collection() -> _Shared:
    """Keep the garbage collector from walking a million new objects again and again: half of their cost.

    Several threads may be within at once.
    """
    return _UNCOLLECTED


def arrow_text(cells: pd.Series[str]) -> Any:
    """Return the cells as Arrow holds them, in pieces; None where pandas keeps them otherwise."""
    if getattr(cells.dtype, "storage", "") != "pyarrow":
        return None
    import pyarrow as pa

    arrow = cells.array.__arrow_array__()
    return arrow if isinstance(arrow, pa.ChunkedArray) else pa.chunked_array([arrow])


def text_memory(piece: Any) -> tuple[Offsets, Bytes]:
    """Return the offsets and the bytes of an Arrow array of text; cell k is ``data[offsets[k]:offsets[k+1]]``."""
    import pyarrow as pa

    width = np.int64 if pa.types.is_large_string(piece.type) else np.int32
    _, where, data = piece.buffers()
    offsets = np.frombuffer(where, dtype=width)[piece.offset : piece.offset + len(piece) + 1]
    text = np.zeros(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return offsets.astype(np.int64, copy=False), text


def most_bytes(cells: pd.Series[str]) -> int | None:
    """Return a number of bytes that no cell exceeds; None where nothing short of measuring them tells."""
    arrow = arrow_text(cells)
    if arrow is None:
        return None
    offsets = [text_memory(piece)[0] for piece in arrow.chunks if len(piece)]
    return max((int(np.diff(np.append(ends[::_STRIDE], ends[-1])).max()) for ends in offsets), default=0)


def may_begin(cells: pd.Series[str], starts: tuple[str, ...]) -> Mask:
    """Return which cells may begin with one of some texts, by their first byte; those without anything may, too."""
    arrow = arrow_text(cells)
    if arrow is None:
        return np.ones(len(cells), dtype=bool)
    table = _first_bytes(starts)
    parts = [np.zeros(0, dtype=bool)]
    for piece in arrow.chunks:
        offsets, data = text_memory(piece)
        filled = np.flatnonzero(np.diff(offsets))
        parts.append(np.ones(len(piece), dtype=bool))
        parts[-1][filled] = table.take(data.take(offsets.take(filled)))
    return np.concatenate(parts)


def may_end(cells: pd.Series[str], ends: tuple[str, ...]) -> Mask:
    """Return which cells may end with one of some texts, by their last byte.

    >>> may_end(pd.Series(["sum", "name", None], dtype="str"), ("m",)).tolist()[:2]
    [True, False]
    """
    arrow = arrow_text(cells)
    if arrow is None:
        return np.ones(len(cells), dtype=bool)
    table = np.zeros(256, dtype=bool)
    table[[end.encode()[-1] for end in ends]] = True
    parts = [np.zeros(0, dtype=bool)]
    for piece in arrow.chunks:
        offsets, data = text_memory(piece)
        filled = np.flatnonzero(np.diff(offsets))
        parts.append(np.zeros(len(piece), dtype=bool))
        parts[-1][filled] = table.take(data.take(offsets.take(filled + 1) - 1))
    return np.concatenate(parts)


def are_words(cells: pd.Series[str], words: frozenset[str]) -> Mask:
    """Return which cells are one of some words.

    Length, first and last byte rule out nearly all cells of nearly every column; only the others are looked up.

    >>> are_words(pd.Series(["no", "nil", None, "nill"], dtype="str"), frozenset({"nil", "null"})).tolist()
    [False, True, False, False]
    """
    arrow = arrow_text(cells)
    if arrow is None:
        return np.asarray(cells.isin(words), dtype=bool)
    out, start = np.zeros(len(cells), dtype=bool), 0
    likely = []
    for piece in arrow.chunks:
        likely.append(_likely(piece, words) + start)
        start += len(piece)
    at = np.concatenate(likely) if likely else np.zeros(0, dtype=np.intp)
    if len(at):
        out[at] = cells.iloc[at].isin(words)
    return out


def _likely(piece: Any, words: frozenset[str]) -> npt.NDArray[np.intp]:
    """Return the positions of the cells that have the length, the first and the last byte of some word."""
    offsets, data = text_memory(piece)
    first, last = _ends(words)
    lengths = np.minimum(np.diff(offsets), len(first) - 1)
    at = np.flatnonzero(first.any(axis=1).take(lengths))
    for table, where in ((first, offsets), (last, offsets[1:] - 1)):
        if len(at):
            at = at[table.ravel().take(256 * lengths.take(at) + data.take(where.take(at)))]
    if "" in words and (empty := np.flatnonzero(lengths == 0)).size > piece.null_count:
        at = np.union1d(at, empty)
    return at


@functools.cache
def _first_bytes(starts: tuple[str, ...]) -> Mask:
    table = np.zeros(256, dtype=bool)
    table[[start.encode()[0] for start in starts]] = True
    return table


@functools.cache
def _ends(words: frozenset[str]) -> tuple[Mask, Mask]:
    """Return which bytes begin and which end a word of each length; beyond the longest there is one row of none."""
    coded = [word.encode() for word in words if word]
    first = np.zeros((max(map(len, coded), default=0) + 2, 256), dtype=bool)
    last = first.copy()
    for word in coded:
        first[len(word), word[0]] = last[len(word), word[-1]] = True
    return first, last
