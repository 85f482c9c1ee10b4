"""Tables as bytes: typed columns, deflated in chunks.

A packed block is lines of base64, each a zlib stream, or plain bytes after ``=``: a small block is not worth waiting
for a decompressor, and any browser can read it. The first line is the header, JSON that names columns, kinds, lengths
and chunks; every other line holds the bytes of one or more columns, one after the other. Chunks are compressed and
opened side by side. `js/pack.js` is the reader, and `unpack` below is the reader's twin for tests. Column kinds:

``int``
    Unsigned integers as byte planes (all lowest bytes, then all second bytes ...). With ``null`` the value is one
    more than stored and 0 means missing; with ``delta`` values are zig-zag differences from the row before.
``scaled``
    Numbers that are whole after multiplying by ``10 ** scale``; an ``int`` otherwise. Division gives back the bits.
``float``
    IEEE doubles as eight byte planes; NaN means missing.
``text``
    Lengths in UTF-16 units as an ``int`` column, then the UTF-8 of all values joined. A missing value is empty.
``dict``
    Codes as an ``int`` column with ``null``, then the distinct values as a ``text`` column.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.uint64]
Objects = npt.NDArray[np.object_]
Order = npt.NDArray[np.intp] | None
Column = tuple[dict[str, Any], bytes]

ZOOM = 20  # pixels of Web Mercator at this zoom place a point: 0.15 m at the equator, 0.11 m at 44 degrees
_WORLD = 256 << ZOOM
_CHUNK = 1 << 20
_SMALL = 48_000
_QUICK = 8_000_000  # bytes beyond which compressing faster matters more than compressing better


def pixels(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return Web Mercator pixels at zoom 20 of WGS 84 positions; beyond 85.05 degrees they stay on the edge.

    >>> [int(a[0]) for a in pixels([0.0], [0.0])] == [1 << 27, 1 << 27]
    True
    """
    x = (np.asarray(lon, dtype=float) + 180.0) / 360.0
    sine = np.sin(np.radians(np.clip(np.asarray(lat, dtype=float), -89.9, 89.9)))
    y = 0.5 - np.log((1.0 + sine) / (1.0 - sine)) / (4.0 * np.pi)
    return tuple(np.clip(np.floor(v * _WORLD), 0, _WORLD - 1).astype(np.int64) for v in (x, y))  # type: ignore[return-value]


def morton_order(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return the stable order of pixels by Morton code, y the higher bit: every square cell is one contiguous run."""
    return np.argsort(_spread(x) | (_spread(y) << np.uint64(1)), kind="stable")


def integers(name: str, values: npt.ArrayLike, *, missing: npt.NDArray[np.bool_] | None = None) -> Column:
    """Encode whole numbers from 0 to 2**53; ``missing`` marks rows without a value."""
    whole = np.asarray(values).astype(np.int64)
    if missing is not None:
        whole = np.where(missing, 0, whole + 1)
    width, planes = _planes(whole.astype(np.uint64))
    return {"name": name, "kind": "int", "width": width, "null": missing is not None}, planes


def deltas(name: str, values: npt.NDArray[np.int64]) -> Column:
    """Encode whole numbers as zig-zag differences from the row before; good for anything nearly sorted."""
    steps = np.diff(values, prepend=0)
    zigzag = ((steps << 1) ^ (steps >> 63)).astype(np.uint64)
    width, planes = _planes(zigzag)
    return {"name": name, "kind": "int", "width": width, "delta": True}, planes


def numbers(name: str, values: npt.ArrayLike) -> Column:
    """Encode numbers exactly: scaled to whole ones where that loses nothing, as doubles otherwise. NaN is missing."""
    given = np.asarray(values, dtype=float)
    missing = ~np.isfinite(given)
    known = given[~missing]
    for scale in range(7 if (np.abs(known) < 2**52).all() else 0):
        whole = np.rint(known * 10.0**scale)
        fits = (whole >= 0).all() and (not len(whole) or whole.max() < 2**52)
        if fits and (whole / 10.0**scale == known).all():
            filled = np.zeros(len(given))
            filled[~missing] = whole
            header, data = integers(name, filled, missing=missing)
            return {**header, "kind": "scaled", "scale": scale}, data
    raw = np.where(missing, np.nan, given).astype("<f8").view(np.uint8).reshape(-1, 8)
    return {"name": name, "kind": "float"}, np.ascontiguousarray(raw.T).tobytes()


def texts(name: str, values: Objects | Sequence[str], order: Order = None) -> Column:
    """Encode texts one after the other, in an order of their own if given.

    Lone surrogates, which UTF-8 cannot hold, become question marks.
    """
    # Lengths are counted before the texts are put in order: walking memory in sequence is several times faster.
    lengths = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    blob = "".join(values if order is None else np.asarray(values, dtype=object)[order]).encode("utf-8", "replace")
    if (np.frombuffer(blob, dtype=np.uint8) >= 0xF0).any():  # some characters need two UTF-16 units
        lengths += np.fromiter((sum(c > "\uffff" for c in v) for v in values), dtype=np.int64, count=len(values))
    width, planes = _planes((lengths if order is None else lengths[order]).astype(np.uint64))
    return {"name": name, "kind": "text", "width": width, "bytes": len(blob)}, planes + blob


def words(name: str, values: Objects, order: Order = None) -> Column:
    """Encode texts as codes and distinct values where values repeat, as `texts` where they do not."""
    sample = values[:: max(1, len(values) // 2048)]
    if len(set(sample)) * 2 > len(sample) + 8:
        return texts(name, values, order)
    codes, distinct = pd.factorize(values)
    if len(distinct) * 2 > len(values) + 8:
        return texts(name, values, order)
    return codes_of(name, codes if order is None else codes[order], distinct.tolist())


def codes_of(name: str, codes: npt.ArrayLike, distinct: Sequence[str]) -> Column:
    """Encode codes into a list of distinct texts."""
    head, data = integers(name, codes)
    inner, blob = texts("", list(distinct))
    return {**head, "kind": "dict", "size": len(distinct), "inner": inner}, data + blob


def pack(columns: Iterable[Column], rows: int, **more: object) -> str:
    """Return a block: its columns, its number of rows and whatever else its header should say."""
    chunks: list[bytearray] = []
    heads = []
    for header, data in columns:
        if not chunks or len(chunks[-1]) + len(data) > _CHUNK:
            chunks.append(bytearray())
        chunks[-1] += data
        heads.append({**header, "chunk": len(chunks) - 1, "length": len(data)})
    head = json.dumps({"rows": rows, **more, "columns": heads}, ensure_ascii=False, separators=(",", ":"))
    raw = [head.encode("utf-8"), *map(bytes, chunks)]
    size = sum(map(len, raw))
    if size <= _SMALL:
        return "\n".join("=" + base64.b64encode(line).decode("ascii") for line in raw)
    level = 9 if size < _QUICK else 2
    with ThreadPoolExecutor() as pool:  # zlib works outside the interpreter's lock; the order stays
        lines = pool.map(lambda line: base64.b64encode(zlib.compress(line, level)), raw)
        return b"\n".join(lines).decode("ascii")


def unpack(block: str) -> tuple[Mapping[str, Any], dict[str, list[Any]]]:
    """Return header and columns of a block as Python values, missing numbers as None: what the page will read."""
    first, *chunks = map(_open, block.split("\n"))
    head = json.loads(first)
    at, columns = [0] * len(chunks), {}
    for header in head["columns"]:
        chunk, length = header["chunk"], header["length"]
        columns[header["name"]] = _read(header, chunks[chunk][at[chunk] : at[chunk] + length], head["rows"])
        at[chunk] += length
    return head, columns


def _open(line: str) -> bytes:
    return base64.b64decode(line[1:]) if line.startswith("=") else zlib.decompress(base64.b64decode(line))


def _read(header: Mapping[str, Any], data: bytes, rows: int) -> list[Any]:
    if header["kind"] == "float":
        planes = np.frombuffer(data, np.uint8).reshape(8, rows)
        doubles = np.ascontiguousarray(planes.T).view("<f8").ravel()
        return [None if np.isnan(value) else float(value) for value in doubles]
    planes = np.frombuffer(data[: header["width"] * rows], np.uint8).reshape(header["width"], rows)
    weights = 256 ** np.arange(header["width"], dtype=np.uint64)
    whole = [int(value) for value in weights @ planes.astype(np.uint64)]
    rest = data[header["width"] * rows :]
    if header["kind"] == "text":
        units, at, out = rest.decode("utf-8").encode("utf-16-le"), 0, []
        for length in whole:
            out.append(units[at : at + 2 * length].decode("utf-16-le"))
            at += 2 * length
        return out
    if header["kind"] == "dict":
        distinct = _read(header["inner"], rest, header["size"])
        return [distinct[code] for code in whole]
    if header.get("delta"):
        return [int(value) for value in np.cumsum([(value >> 1) ^ -(value & 1) for value in whole])]
    values = [value - 1 if value else None for value in whole] if header["null"] else whole
    if header["kind"] == "scaled":
        return [None if value is None else value / 10.0 ** header["scale"] for value in values]
    return list(values)


def _planes(values: Ints) -> tuple[int, bytes]:
    top = int(values.max()) if len(values) else 0
    width = max(1, (top.bit_length() + 7) // 8)
    raw = np.ascontiguousarray(values.astype("<u8")).view(np.uint8).reshape(-1, 8)
    return width, np.ascontiguousarray(raw[:, :width].T).tobytes()


def _spread(values: npt.NDArray[np.int64]) -> Ints:
    """Put a zero bit before every bit of 28-bit numbers (Warren, Hacker's Delight, 7-2)."""
    out = values.astype(np.uint64)
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                        (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
        out = (out | (out << np.uint64(shift))) & np.uint64(mask)
    return out
