"""Text files with any delimiter: encoding found, dialect found, parted by one of two engines."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from parkatlas.errors import InputError, LimitError
from parkatlas.findings import Finding
from parkatlas.memory import plain_memory
from parkatlas.model import RawTable
from parkatlas.read import grid
from parkatlas.read.dialect import USUAL, Dialect, find_dialect, part_runs
from parkatlas.read.encoding import Encoding, find_encoding, judge_text
from parkatlas.read.engines import Body, Cells, iter_arrow, read_arrow, read_plain
from parkatlas.read.header import Header, letter_name
from parkatlas.read.limits import Limits, check_cells, check_extent
from parkatlas.read.rules import (
    CUT_ROW,
    FORMULA_TEXT,
    LONG_ROW,
    NO_ROWS,
    OPEN_QUOTE,
    OTHER_DELIMITER,
    PRINTED,
    SHORT_ROWS,
    TOO_LONG,
    UNEVEN,
)

_SAMPLE = 1 << 18  # bytes by which the dialect and the header are found
_SMALL = 1 << 22  # bytes below which a file is read at once instead of mapped
_SEP = "sep="  # Excel's own first line, which names the delimiter


@dataclass(frozen=True)
class Text:
    """A text file understood: what it is in, how it is parted, which rows are its header."""

    source: str
    encoding: Encoding
    dialect: Dialect
    header: Header
    top: grid.Top
    body: Body
    findings: tuple[Finding, ...]


@plain_memory()
def read_delimited(path: Path, *, encoding: str | None, header: int | None, limits: Limits) -> RawTable:
    """Read a delimited text file whole."""
    text = understand(path, encoding, header, limits)
    body = text.body
    cells = (read_arrow(body) if body.has_arrow() else None) or _plain(body, path.name, limits)
    check_extent(len(cells.frame), body.width, replace(limits, cells=1 << 62), path.name)
    return _table(cells, text, limits)


def iter_delimited(
    path: Path, batch_rows: int, *, encoding: str | None, header: int | None, limits: Limits
) -> Iterator[RawTable]:
    """Yield the rows of a delimited text file in batches; what was understood of the file stands in the first."""
    text = understand(path, encoding, header, limits)
    body = text.body
    stream = iter_arrow(body) if body.has_arrow() and not body.has_quoted_breaks else read_plain(body, batch_rows)
    rows = 0
    for number, cells in enumerate(_rebatched(stream, batch_rows)):
        rows += len(cells.frame)
        check_extent(rows, body.width, replace(limits, cells=1 << 62), path.name)
        if not grid.blank_rows(cells.frame).all():
            yield _table(cells, text if number == 0 else replace(text, findings=()), limits)
    if rows == 0:
        raise InputError(NO_ROWS.at(file=path.name))


def understand(path: Path, encoding: str | None, header: int | None, limits: Limits) -> Text:
    """Find the encoding by every byte of a file, its dialect and header by its first rows."""
    data = load(path)
    found = find_encoding(data, path.name, encoding)
    sample = _sample(data, found)
    dialect = _dialect(sample, whole=len(data) <= _SAMPLE, header=header)
    rows = dialect.rows
    top = grid.Top(rows)
    chosen = grid.choose_header(top, header, max(map(len, rows), default=0), path.name, None)
    heads = [len(rows[k]) for k in range(max(chosen.first, 0), chosen.last + 1)]
    width = max(dialect.width, *heads, 1)
    check_extent(0, width, limits, path.name)
    chosen = replace(chosen, names=chosen.names[:width])
    skip = dialect.line_ends[chosen.last] if chosen.last >= 0 else 0
    body = Body(data, found, dialect.delimiter, width, skip, chosen.last + 2)
    said = (found.finding(path.name, _shown(rows, chosen)), *judge_text(sample, found, path.name))
    if dialect.by_runs:
        if any(len(row) != dialect.width for row in rows[max(chosen.first, 0) : chosen.last + 1]):
            raise _uneven(path.name, chosen.first + 1, rows[chosen.first], dialect.width, 1)
        said = (*said, PRINTED.at(file=path.name, n=width))
        body = replace(body, data=_parted(data, found), encoding=Encoding("utf-8", found.why))
    return Text(path.name, found, dialect, chosen, top, body, said)


def load(path: Path) -> bytes | mmap.mmap:
    """Return a file's bytes; a large file is mapped, not copied."""
    if path.stat().st_size < _SMALL:
        return path.read_bytes()
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _sample(data: bytes | mmap.mmap, encoding: Encoding) -> str:
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    return decoder.decode(data[encoding.skip : encoding.skip + _SAMPLE])


def _parted(data: bytes | mmap.mmap, encoding: Encoding) -> bytes:
    """Return a print-out as text that one delimiter parts."""
    return part_runs(bytes(data[encoding.skip :]).decode(encoding.codec)).encode()


def _shown(rows: Sequence[Sequence[str]], header: Header) -> str | None:
    """Return the value that shows the encoding best: beyond ASCII and from the data, else from the header."""
    below, above = rows[header.last + 1 :], rows[: header.last + 1]
    cells = [cell for row in (*below, *above) for cell in row if cell.strip()]
    return next((cell for cell in cells if not cell.isascii()), cells[0] if cells else None)


def _dialect(sample: str, *, whole: bool, header: int | None) -> Dialect:
    if sample[:4].lower() == _SEP and len(sample) > 5 and sample[5] in "\r\n":
        found = find_dialect(sample, whole=whole, header=header, delimiters=(sample[4],))
        return Dialect(sample[4], [[], *found.rows[1:]], found.line_ends)
    return find_dialect(sample, whole=whole, header=header)


def _plain(body: Body, source: str, limits: Limits) -> Cells:
    import csv

    try:
        return next(read_plain(body), Cells(pd.DataFrame(columns=range(body.width), dtype="str")))
    except csv.Error as error:  # the library's own limit on a cell
        raise LimitError(TOO_LONG.at(file=source, found=csv.field_size_limit(), most=limits.cell)) from error


def _rebatched(stream: Iterator[Cells], batch_rows: int) -> Iterator[Cells]:
    """Yield cells in batches of exactly the rows asked for; the last may be shorter."""
    waiting: list[Cells] = []
    for cells in stream:
        waiting.append(cells)
        while sum(len(part.frame) for part in waiting) >= batch_rows:
            joined = Cells.concat(waiting)
            yield joined.part(0, batch_rows)
            waiting = [joined.part(batch_rows, None)]
    rest = Cells.concat(waiting) if waiting else None
    if rest is not None and len(rest.frame):
        yield rest


def _table(cells: Cells, text: Text, limits: Limits) -> RawTable:
    source, frame = text.source, cells.frame
    check_cells(frame, text.header.names, limits, source)
    by_runs = text.dialect.by_runs
    rejected = [] if by_runs else [
        LONG_ROW.at(file=source, row=row, value=" | ".join(more), n=len(more)) for row, more in cells.beyond.items()
    ]  # fmt: skip
    otherwise = [] if by_runs else _parted_otherwise(cells, text)
    rejected += otherwise
    rejected += _check_quotes(cells, text)
    findings = [*text.findings]
    short = sorted({*cells.short} - {finding.row for finding in otherwise}) if otherwise else cells.short
    if short and not by_runs:
        findings.append(SHORT_ROWS.at(file=source, row=short[0], n=len(short)))
    if text.body.has_guards:
        frame, changed = _without_formula_guard(frame)
        if changed:
            findings.append(FORMULA_TEXT.at(file=source, n=changed))
    table = grid.finish(
        _widened(frame, cells.beyond),
        text.header,
        text.top,
        source,
        findings=findings,
        rejected=rejected,
        format="csv",
        encoding=text.encoding.codec,
        beyond=_beyond(text, cells),
    )
    if by_runs:
        _refuse_uneven(table, cells, text)
    return table


def _parted_otherwise(cells: Cells, text: Text) -> list[Finding]:
    """Return findings for rows of a single cell which another delimiter in use parts into as many as the header has."""
    width, own = text.body.width, text.body.delimiter
    if width < 3 or not cells.short:
        return []
    rows = cells.frame.loc[cells.short]
    whole = rows.iloc[:, 0][rows.iloc[:, 1:].isna().all(axis=1).to_numpy()].dropna()
    found: dict[int, tuple[str, str]] = {}
    for mark in USUAL:
        if mark != own:
            fits = whole[(whole.str.count(re.escape(mark)) == width - 1).to_numpy(dtype=bool)]
            found |= {int(row): (mark, cell) for row, cell in fits.items()}
    place = {"file": text.source, "usual": own}
    return [
        OTHER_DELIMITER.at(row=row, value=cell, found=mark, **place)  # type: ignore[arg-type]
        for row, (mark, cell) in sorted(found.items())
    ]


def _refuse_uneven(table: RawTable, cells: Cells, text: Text) -> None:
    """Refuse a print-out in which a row has more or fewer cells than the header: which ones, nobody can tell."""
    aside = {finding.row for finding in table.rejected}
    odd = sorted({*cells.short, *cells.beyond} - aside)
    if not odd:
        return
    there = [*cells.frame.loc[odd[0]].dropna(), *cells.beyond.get(odd[0], [])]
    raise _uneven(text.source, odd[0], there, text.body.width, len(odd))


def _uneven(source: str, row: int, cells: Sequence[str], width: int, n: int) -> InputError:
    shown = " | ".join(cells)
    return InputError(UNEVEN.at(file=source, row=row, value=shown, found=len(cells), width=width, n=n))


def _widened(frame: pd.DataFrame, beyond: dict[int, list[str]]) -> pd.DataFrame:
    """Add the cells beyond the header as columns, so that nothing of a row is lost."""
    if not beyond:
        return frame
    more = pd.DataFrame.from_dict(beyond, orient="index", dtype="str").reindex(frame.index)
    more = more.mask(more == "")
    return pd.concat([frame, more.set_axis(range(frame.shape[1], frame.shape[1] + more.shape[1]), axis=1)], axis=1)


def _beyond(text: Text, cells: Cells) -> tuple[str, ...]:
    """Return the names of the columns of what long rows have beyond the header."""
    most = max(map(len, cells.beyond.values()), default=0)
    return tuple(letter_name(k) for k in range(text.body.width, text.body.width + most))


def _check_quotes(cells: Cells, text: Text) -> list[Finding]:
    """Refuse a quotation mark that swallowed rows; reject a last row that was cut."""
    frame, body = cells.frame, text.body
    if body.has_quoted_breaks and frame.shape[1] > 1:
        several = "(?:[^\n]*" + _escaped(body.delimiter) + "){" + str(min(frame.shape[1] - 1, 100)) + "}"
        odd = {*cells.short, *cells.beyond}
        for name in frame.columns:
            cells_of = frame[name][frame[name].str.contains("\n", regex=False, na=False)]
            at = cells_of.index[cells_of.str.contains("\n" + several, regex=True)]
            wrong = [int(row) for row in at if row in odd or not body.is_strict]
            if wrong:
                raise InputError(OPEN_QUOTE.at(file=text.source, row=wrong[0], value=frame[name][wrong[0]]))
    tail = body.data[-8:]
    if not len(frame) or tail.rstrip(b"\r\n\0") != tail.rstrip(b"\0") or frame.index[-1] not in cells.short[-1:]:
        return []
    return [CUT_ROW.at(file=text.source, row=int(frame.index[-1]))]


def _escaped(delimiter: str) -> str:
    return f"\\{delimiter}" if delimiter in "|^.$*+?()[]{}\\" else delimiter


def _without_formula_guard(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Unwrap cells such as ``="0012"``, by which exports keep Excel from eating zeros."""
    changed = 0
    columns = {}
    for name, cells in frame.items():
        guarded = cells.str.startswith('="', na=False) & cells.str.endswith('"', na=False)
        count = int(guarded.sum())
        columns[name] = cells.where(~guarded, cells.str.slice(2, -1)) if count else cells
        changed += count
    return pd.DataFrame(columns), changed
