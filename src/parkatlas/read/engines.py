"""Two engines that part text into cells: Arrow's, many times faster, where it is installed, and the standard library's.

Both count records, not lines: a line break inside quotation marks does not end a row, as in a spreadsheet. Both give
the same cells; tests hold them to it.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, zip_longest
from typing import Any

import numpy as np
import pandas as pd

from parkatlas.read.encoding import Encoding, blocks, contains

BATCH = 1 << 16  # rows that the plain engine holds as lists at one time
_BLOCK = 1 << 22  # bytes that Arrow parses at one time
_LARGEST_BLOCK = (1 << 31) - 1


@dataclass(frozen=True)
class Body:
    """What is to be parted: the data, its encoding and delimiter, the cells a row should have, the lines to skip.

    ``first`` is the row number of the first record after the skipped lines.
    """

    data: bytes | mmap.mmap
    encoding: Encoding
    delimiter: str
    width: int
    skip_lines: int
    first: int

    def has_arrow(self) -> bool:
        """Return whether Arrow is installed and knows the delimiter."""
        try:
            import pyarrow.csv  # noqa: F401
        except ImportError:
            return False
        return len(self.delimiter.encode()) == 1

    @cached_property
    def has_quotes(self) -> bool:
        """Whether the data hold a quotation mark at all."""
        return contains(self.data, b'"')

    @cached_property
    def has_quoted_breaks(self) -> bool:
        """Whether a cell may hold a line break: at one, an odd number of quotation marks came before."""
        if not self.has_quotes:
            return False
        if self.encoding.codec not in ("utf-8", "gb18030"):
            return True
        opened = 0
        for block in blocks(self.data):
            codes = np.frombuffer(block, dtype=np.uint8)
            marks = np.flatnonzero(codes == 0x22)
            breaks = np.flatnonzero((codes == 0x0A) | (codes == 0x0D))
            if ((np.searchsorted(marks, breaks) + opened) % 2).any():
                return True
            opened += len(marks)
        return opened % 2 == 1

    @cached_property
    def has_guards(self) -> bool:
        """Whether a cell may be written as a formula that gives a text, bare or in quotation marks of its own."""
        wide = self.encoding.codec not in ("utf-8", "gb18030")
        return self.has_quotes and (wide or contains(self.data, b'="'))

    @cached_property
    def is_strict(self) -> bool:
        """Whether every quotation mark that opens a cell also closes it, just before a delimiter or a line's end."""
        try:
            for _ in csv.reader(self.stream(), delimiter=self.delimiter, strict=True):
                pass
        except csv.Error:
            return False
        return True

    def stream(self) -> io.TextIOBase:
        """Return the decoded text below the skipped lines."""
        raw: Any = io.BytesIO(self.data) if isinstance(self.data, bytes) else _Window(self.data)
        raw.seek(self.encoding.skip)
        text = io.TextIOWrapper(raw, encoding=self.encoding.codec, newline="")
        for _ in range(self.skip_lines):
            text.readline()
        return text


@dataclass
class Cells:
    """Rows parted: columns numbered from 0, and what stood beyond the width, by row number."""

    frame: pd.DataFrame
    beyond: dict[int, list[str]] = field(default_factory=dict)
    short: list[int] = field(default_factory=list)

    def part(self, start: int, stop: int | None) -> Cells:
        """Return the rows between two places."""
        frame = self.frame.iloc[start:stop]
        rows = range(0) if frame.empty else range(frame.index[0], frame.index[-1] + 1)
        beyond = {row: cells for row, cells in self.beyond.items() if row in rows}
        return Cells(frame, beyond, [row for row in self.short if row in rows])

    @classmethod
    def concat(cls, parts: list[Cells]) -> Cells:
        """Join parts in order."""
        if len(parts) == 1:
            return parts[0]
        beyond = {row: cells for part in parts for row, cells in part.beyond.items()}
        frame = pd.concat([part.frame for part in parts])
        return cls(frame, beyond, [row for part in parts for row in part.short])


class _Window(io.RawIOBase):
    """A mapped file as a stream, without a copy of it."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = {0: 0, 1: self._at, 2: len(self._data)}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._data[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def read_plain(body: Body, batch_rows: int | None = None) -> Iterator[Cells]:
    """Yield cells by the standard library, all at once or in batches of rows."""
    reader = csv.reader(body.stream(), delimiter=body.delimiter)
    number, done = body.first, False
    while not done:
        parts: list[Cells] = []
        left = batch_rows
        while left is None or left > 0:
            rows = list(islice(reader, BATCH if left is None else min(BATCH, left)))
            if not rows:
                done = True
                break
            parts.append(_from_rows(rows, number, body.width))
            number += len(rows)
            left = None if left is None else left - len(rows)
        if parts:
            yield Cells.concat(parts)


def _from_rows(rows: list[list[str]], number: int, width: int) -> Cells:
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    odd = np.flatnonzero(lengths != width)
    beyond = {number + int(k): rows[k][width:] for k in odd if lengths[k] > width and any(rows[k][width:])}
    short = [number + int(k) for k in odd if 0 < lengths[k] < width]
    columns = list(islice(zip_longest(*rows, fillvalue=""), width))
    columns += [("",) * len(rows)] * (width - len(columns))
    index = pd.RangeIndex(number, number + len(rows), name="row")
    frame = pd.DataFrame({k: pd.Series(cells, index=index, dtype="str") for k, cells in enumerate(columns)})
    return Cells(frame.mask(frame == ""), beyond, short)


def read_arrow(body: Body) -> Cells | None:
    """Return cells by Arrow, or None where only the plain engine can tell what the text means.

    Rows with too few or too many cells need a second try in one thread, for only then does Arrow number them.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    body = _as_utf8(body)
    # A block boundary inside quotation marks loses text in Arrow without a word: such data must be one block.
    block = _BLOCK if not body.has_quoted_breaks else max(len(body.data), 1)
    if block > _LARGEST_BLOCK:
        return None
    for threads in (True, False):
        odd: list[tuple[int | None, str]] = []
        options = _arrow_options(body, odd, block, threads=threads)
        try:
            table = arrow_csv.read_csv(_arrow_source(body), **options)
        except pa.ArrowInvalid:
            return None
        if not odd or not threads:
            return _from_arrow(table, _numbered(odd, body), body.first, body)
    return None


def iter_arrow(body: Body) -> Iterator[Cells]:
    """Yield cells by Arrow's streaming reader, block by block, in one thread: memory stays at a few blocks.

    Not for data with line breaks inside quotation marks: see `read_arrow`.
    """
    from pyarrow import csv as arrow_csv

    odd: list[tuple[int | None, str]] = []
    options = _arrow_options(body, odd, _BLOCK, threads=False)
    number = body.first
    for batch in arrow_csv.open_csv(_arrow_source(body), **options):
        end, waiting = number + batch.num_rows, _numbered(odd, body)
        for row, _ in waiting:
            end += row <= end
        here = [pair for pair in waiting if pair[0] < end]
        del odd[: len(here)]
        yield _from_arrow(batch, here, number, body)
        number = end
    if rest := _numbered(odd, body):
        yield _from_arrow({}, rest, number, body)


def _numbered(odd: list[tuple[int | None, str]], body: Body) -> list[tuple[int, str]]:
    """Return odd rows with their row numbers: Arrow counts from 1, the skipped lines among them."""
    return [(number - body.skip_lines - 1 + body.first, text) for number, text in odd if number is not None]


def _arrow_options(body: Body, odd: list[tuple[int | None, str]], block: int, *, threads: bool) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def keep(row: Any) -> str:
        odd.append((row.number, row.text))
        return "skip"

    names = [str(k) for k in range(body.width)]
    return {
        "read_options": arrow_csv.ReadOptions(
            column_names=names, use_threads=threads, skip_rows=body.skip_lines, block_size=block
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=body.delimiter,
            newlines_in_values=block != _BLOCK,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,  # every byte was checked when the encoding was found
        ),
    }


def _arrow_source(body: Body) -> Any:
    import pyarrow as pa

    stream = pa.BufferReader(pa.py_buffer(memoryview(body.data)[body.encoding.skip :]))
    if body.encoding.codec == "utf-8":
        return stream
    return pa.transcoding_input_stream(stream, body.encoding.codec, "utf-8")


def _as_utf8(body: Body) -> Body:
    """Return the same body in UTF-8: Arrow's own transcoding is many times slower than the codec."""
    if body.encoding.codec == "utf-8":
        return body
    decoder = codecs.getincrementaldecoder(body.encoding.codec)()
    parts = [decoder.decode(block).encode() for block in blocks(body.data, body.encoding.skip)]
    return replace(body, data=b"".join(parts), encoding=Encoding("utf-8", body.encoding.why))


def as_text(column: Any) -> pd.Series[str]:
    """Return an Arrow array of text as a pandas ``str`` series, without a copy."""
    return pd.Series(pd.array(column, dtype="str"), copy=False)


def _from_arrow(table: Any, odd: list[tuple[int, str]], first: int, body: Body) -> Cells:
    """Put the rows that Arrow set aside back in their places."""
    frame = pd.DataFrame({k: as_text(table[k]) if table else pd.Series(dtype="str") for k in range(body.width)})
    if not odd:
        return Cells(frame.set_axis(pd.RangeIndex(first, first + len(frame), name="row")))
    places = np.array([number for number, _ in odd])
    rows = [next(csv.reader(io.StringIO(text, newline=""), delimiter=body.delimiter), []) for _, text in odd]
    fixed = _from_rows(rows, 0, body.width)
    fixed.frame.index = pd.Index(places)
    frame.index = pd.Index(np.setdiff1d(np.arange(first, first + len(frame) + len(odd)), places, assume_unique=True))
    merged = pd.concat([frame, fixed.frame]).sort_index().rename_axis("row")
    beyond = {int(places[k]): cells for k, cells in fixed.beyond.items()}
    return Cells(merged, beyond, [int(places[k]) for k in fixed.short])
