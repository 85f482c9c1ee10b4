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
    Lengths in UTF-16 units as an ``int`` column, then all values joined: as ASCII, or, with ``chars``, as codes. Then
    the joined text's distinct UTF-16 units come first, the commonest first, two bytes each, and every unit is its
    place in that list: one byte for the common ones, two for the others (the last ``lead`` byte values announce a
    second byte). Chinese then takes one byte a character instead of three, before anything is deflated. A missing value
    is empty.
``serial``
    Texts that are one prefix and then a number of fixed width, as ids are: the number above ``start`` as an ``int``,
    or no bytes at all where it is the place in the input, which the column ``row`` has (``of`` names it).
``dict``
    Codes as an ``int`` column with ``null``, then the distinct values as a ``text`` column.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

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
_SMALL = 24_000
_LEVELS = ((300_000, 6), (2_000_000, 4))  # bytes up to which a level is worth its time; 2 beyond
_PHRASES = zlib.Z_DEFAULT_STRATEGY


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


@dataclass(frozen=True)
class Strung:
    """Texts one after the other, and the length of each in characters; missing ones are empty."""

    text: str
    lengths: npt.NDArray[np.int64]


Texts: TypeAlias = Objects | Sequence[str] | pd.Series | Strung


def strung(values: Texts) -> Strung:
    """String texts together; those that Arrow holds are never made into Python's.

    >>> strung(pd.Series(["长春", None, "b"])).lengths.tolist()
    [2, 0, 1]
    """
    if isinstance(values, Strung):
        return values
    if isinstance(values, pd.Series):
        if getattr(values.dtype, "storage", None) == "pyarrow":
            return _strung_by_arrow(values)
        values = values.to_numpy(dtype=object, na_value="")
    return Strung("".join(values), np.fromiter(map(len, values), dtype=np.int64, count=len(values)))


def _strung_by_arrow(values: pd.Series) -> Strung:
    import pyarrow as pa
    from pyarrow import compute

    held = pa.array(values.array, pa.large_string())
    held = compute.fill_null(held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held, "")
    as_one = pa.ListArray.from_arrays(pa.array([0, len(held)], pa.int32()), held)
    joined = compute.binary_join(as_one, pa.scalar("", held.type))
    return Strung(joined[0].as_py(), compute.utf8_length(held).to_numpy())


def texts(name: str, values: Texts, order: Order = None) -> Column:
    """Encode texts one after the other, in an order of their own if given.

    Lone surrogates, which no encoding can hold, become question marks.
    """
    # Joined first and put in order afterwards: walking the texts themselves out of order is several times slower.
    held = strung(values)
    joined, lengths = held.text, held.lengths
    more: dict[str, int] = {}
    if joined.isascii():
        blob = _reordered(np.frombuffer(joined.encode("ascii"), dtype=np.uint8), lengths, order).tobytes()
    else:
        units = np.frombuffer(joined.encode("utf-16-le", "replace"), dtype="<u2")
        if len(units) > len(joined):
            lengths = _in_units(joined, lengths)
        more, blob = _coded(_reordered(units, lengths, order))
    width, planes = _planes((lengths if order is None else lengths[order]).astype(np.uint64))
    return {"name": name, "kind": "text", "width": width, "bytes": len(blob), **more}, planes + blob


def serial(name: str, values: Texts, order: Order = None) -> Column | None:
    """Encode texts that differ only in a number of fixed width at their end; None where they are not like that.

    >>> serial("id", ["E01", "E02", "E04"])[0]["prefix"]
    'E'
    >>> serial("id", ["E1", "E10"]) is None
    True
    """
    held = strung(values)
    joined, lengths = held.text, held.lengths
    if not len(lengths) or not joined.isascii() or (lengths != lengths[0]).any():
        return None
    form = re.fullmatch(r"([\x20-\x7e]*?)([0-9]{1,15})", joined[: lengths[0]])
    if form is None:
        return None
    letters = np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(len(lengths), -1)
    prefix, digits = form.groups()
    found = np.zeros(len(lengths), dtype=np.int64)
    for place in range(len(prefix), letters.shape[1]):
        digit = letters[:, place] - ord("0")  # anything below "0" wraps round
        if (digit > 9).any():
            return None
        found = found * 10 + digit
    if (letters[:, : len(prefix)] != letters[0, : len(prefix)]).any():
        return None
    head = {"name": name, "kind": "serial", "prefix": prefix, "digits": len(digits)}
    if (found - found[0] == np.arange(len(found))).all():
        return {**head, "start": int(found[0]), "of": "row"}, b""
    start = int(found.min())
    width, planes = _planes(((found if order is None else found[order]) - start).astype(np.uint64))
    return {**head, "start": start, "width": width}, planes


def words(name: str, values: Objects | pd.Series, order: Order = None) -> Column:
    """Encode texts as codes and distinct values where values repeat, as `serial` or `texts` where they do not."""
    sample = values[:: max(1, len(values) // 2048)]
    seen = sample.nunique(dropna=False) if isinstance(sample, pd.Series) else len(set(sample))
    if seen * 2 <= len(sample) + 8:
        codes, distinct = factorize(values)
        if len(distinct) * 2 <= len(values) + 8:
            return codes_of(name, codes if order is None else codes[order], distinct)
    held = strung(values)
    return serial(name, held, order) or texts(name, held, order)


def factorize(values: Objects | pd.Series) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return codes and distinct texts in order of appearance; missing ones are the empty text.

    >>> factorize(pd.Series(["b", None, "b"]))[1]
    ['b', '']
    """
    codes, distinct = pd.factorize(values)
    known = [str(value) for value in distinct]
    if (codes < 0).any():
        empty = known.index("") if "" in known else len(known)
        codes, known = np.where(codes < 0, empty, codes), [*known, ""][: max(empty + 1, len(known))]
    return codes, known


def codes_of(name: str, codes: npt.ArrayLike, distinct: Sequence[str]) -> Column:
    """Encode codes into a list of distinct texts."""
    head, data = integers(name, codes)
    inner, blob = texts("", list(distinct))
    return {**head, "kind": "dict", "size": len(distinct), "inner": inner}, data + blob


def pack(columns: Iterable[Column], rows: int, *, plain: int = _SMALL, **more: object) -> str:
    """Return a block: its columns, its number of rows and whatever else its header should say.

    Blocks of up to ``plain`` bytes are not deflated. A `serial` column that counts with another stands after it.
    """
    chunks: list[bytearray] = []
    open_chunk: dict[bool, int] = {}  # texts and numbers keep apart: they are deflated differently
    heads: list[dict[str, Any]] = []
    for header, data in columns:
        if "of" in header and all(head["name"] != header["of"] for head in heads):
            raise ValueError(f"column {header['name']} counts with column {header['of']}, which is not in the block")
        is_text = header["kind"] == "text"
        at = open_chunk.get(is_text)
        if at is None or (chunks[at] and len(chunks[at]) + len(data) > _CHUNK):
            at = open_chunk[is_text] = len(chunks)
            chunks.append(bytearray())
        chunks[at] += data
        heads.append({**header, "chunk": at, "length": len(data)})
    head = json.dumps({"rows": rows, **more, "columns": heads}, ensure_ascii=False, separators=(",", ":"))
    raw = [head.encode("utf-8"), *map(bytes, chunks)]
    if sum(map(len, raw)) <= plain:
        return "\n".join("=" + base64.b64encode(line).decode("ascii") for line in raw)
    of_text = {0, *(head["chunk"] + 1 for head in heads if head["kind"] == "text")}
    with ThreadPoolExecutor() as pool:  # zlib works outside the interpreter's lock; the order stays
        lines = pool.map(_deflated, raw, [number in of_text for number in range(len(raw))])
        return b"\n".join(lines).decode("ascii")


def _deflated(data: bytes, is_text: bool) -> bytes:
    """Return base64 of a zlib stream. Byte planes of numbers hold no phrases worth looking for, only runs."""
    level = next((level for most, level in _LEVELS if len(data) <= most), 2)
    deflater = zlib.compressobj(level, wbits=15, memLevel=9, strategy=_PHRASES if is_text else zlib.Z_RLE)
    return binascii.b2a_base64(deflater.compress(data) + deflater.flush(), newline=False)


def unpack(block: str) -> tuple[Mapping[str, Any], dict[str, list[Any]]]:
    """Return header and columns of a block as Python values, missing numbers as None: what the page will read."""
    first, *chunks = map(_open, block.split("\n"))
    head = json.loads(first)
    at = [0] * len(chunks)
    columns: dict[str, list[Any]] = {}
    for header in head["columns"]:
        chunk, length = header["chunk"], header["length"]
        data = chunks[chunk][at[chunk] : at[chunk] + length]
        if header["kind"] == "serial":
            places = columns[header["of"]] if "of" in header else _whole(header, data, head["rows"])
            texts_ = [f"{header['prefix']}{header['start'] + n:0{header['digits']}d}" for n in places]
            columns[header["name"]] = texts_
        else:
            columns[header["name"]] = _read(header, data, head["rows"])
        at[chunk] += length
    return head, columns


def _open(line: str) -> bytes:
    return base64.b64decode(line[1:]) if line.startswith("=") else zlib.decompress(base64.b64decode(line))


def _read(header: Mapping[str, Any], data: bytes, rows: int) -> list[Any]:
    if header["kind"] == "float":
        planes = np.frombuffer(data, np.uint8).reshape(8, rows)
        doubles = np.ascontiguousarray(planes.T).view("<f8").ravel()
        return [None if np.isnan(value) else float(value) for value in doubles]
    whole = _whole(header, data, rows)
    rest = data[header["width"] * rows :]
    if header["kind"] == "text":
        units, at, out = _joined(header, rest).encode("utf-16-le"), 0, []
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


def _whole(header: Mapping[str, Any], data: bytes, rows: int) -> list[int]:
    planes = np.frombuffer(data[: header["width"] * rows], np.uint8).reshape(header["width"], rows)
    weights = 256 ** np.arange(header["width"], dtype=np.uint64)
    return [int(value) for value in weights @ planes.astype(np.uint64)]


def _joined(header: Mapping[str, Any], data: bytes) -> str:
    if "chars" not in header:
        return data.decode("ascii")
    listed = np.frombuffer(data[: 2 * header["chars"]], "<u2")
    codes, single = iter(data[2 * header["chars"] :]), 256 - header["lead"]
    places = [code if code < single else single + 256 * (code - single) + next(codes) for code in codes]
    return listed[places].tobytes().decode("utf-16-le")


def _reordered(units: npt.NDArray[Any], lengths: npt.NDArray[np.int64], order: Order) -> npt.NDArray[Any]:
    """Put joined values of these lengths in another order."""
    if order is None:
        return units
    moved, starts = lengths[order], np.cumsum(lengths) - lengths
    small = np.int32 if len(units) < 1 << 31 else np.int64
    shift = (starts[order] - (np.cumsum(moved) - moved)).astype(small)
    return units[np.repeat(shift, moved) + np.arange(len(units), dtype=small)]  # type: ignore[no-any-return]


def _in_units(joined: str, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return lengths in UTF-16 units of joined values, given their lengths in characters."""
    two = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype="<u4") > 0xFFFF
    before = np.concatenate([[0], np.cumsum(two)])
    ends = np.cumsum(lengths)
    return lengths + before[ends] - before[ends - lengths]  # type: ignore[no-any-return]


def _coded(units: npt.NDArray[np.uint16]) -> tuple[dict[str, int], bytes]:
    """Return UTF-16 units as places in the list of the distinct ones, which comes first (see ``text`` above)."""
    counts = np.bincount(units, minlength=1 << 16)
    listed = np.flatnonzero(counts)
    listed = listed[np.argsort(-counts[listed], kind="stable")]
    lead = max(0, -(-(len(listed) - 256) // 255))
    single = 256 - lead
    place = np.zeros(1 << 16, dtype=np.uint16)
    place[listed] = np.arange(len(listed))
    codes = place[units]
    if not lead:
        blob = codes.astype(np.uint8)
    else:
        rare = codes >= single
        at = np.arange(len(codes)) + np.cumsum(rare) - rare
        blob = np.empty(len(codes) + int(rare.sum()), dtype=np.uint8)
        blob[at] = np.where(rare, single + (codes - single) // 256, codes)
        blob[at[rare] + 1] = (codes[rare] - single) % 256
    return {"chars": len(listed), "lead": lead}, listed.astype("<u2").tobytes() + blob.tobytes()


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
