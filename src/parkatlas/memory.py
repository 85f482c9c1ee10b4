"""Where Arrow takes its memory from while a list is read and put in order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def plain_memory() -> Iterator[None]:
    """Let Arrow take memory from the C library inside the block, and from its own allocator again afterwards.

    Columns of a list are made and dropped a dozen at a time. Arrow's own allocator gives such blocks back at once and
    has the system clear them again: a million rows cost a fifth more processor time. Nothing happens without Arrow.
    """
    try:
        import pyarrow as pa
    except ImportError:
        yield
        return
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
