"""The files of located rows: a piece's appears whole, and those of a run appear together."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield a folder within for the parts of this run; they replace those of an earlier one if all goes well."""
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder)).absolute()
    staging.chmod(folder.stat().st_mode)  # workers may be other users
    try:
        yield staging
        for old in folder.glob("part-*.parquet"):
            old.unlink()
        for new in sorted(staging.glob("part-*.parquet")):
            new.replace(folder / new.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class Part:
    """The file of a piece's located rows: written beside its place, moved there whole, gone after a failure."""

    def __init__(self, folder: Path | None, number: int) -> None:
        self._target = None if folder is None else folder / f"part-{number:05}.parquet"
        self._writer: Any = None
        self.written: tuple[Path, ...] = ()

    def __enter__(self) -> Part:
        return self

    def write(self, table: Any) -> None:
        """Add rows, an Arrow table."""
        if self._target is not None:
            from pyarrow import parquet

            self._writer = self._writer or parquet.ParquetWriter(self._scratch, table.schema, compression="zstd")
            self._writer.write_table(table)

    def __exit__(self, kind: object, *_: object) -> None:
        if self._writer is None or self._target is None:
            return
        self._writer.close()
        if kind is None:
            self._scratch.replace(self._target)
            self.written = (self._target,)
        else:
            self._scratch.unlink(missing_ok=True)

    @cached_property
    def _scratch(self) -> Path:
        if self._target is None:
            raise ValueError("no file is asked for")
        return self._target.with_name(f".{self._target.name}.{os.getpid()}")
