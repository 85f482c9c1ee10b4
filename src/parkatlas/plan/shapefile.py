"""The three files of a shapefile held against each other, byte by byte, before anything is read.

GDAL reads what it can of a truncated or mismatched shapefile and says nothing. The headers, the index and the record
counts are small and fixed (ESRI Shapefile Technical Description, 1998), so all of it can be checked.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from parkatlas.findings import Finding, Rule

MISSING_PART = Rule(
    "layer.shapefile-part",
    "error",
    zh="缺少 {part}",
    en="the shapefile has no {part}",
    hint_zh=".shp、.shx、.dbf 须放在一起。",
    hint_en="Keep .shp, .shx and .dbf together.",
)
BROKEN_PART = Rule(
    "layer.shapefile-broken",
    "error",
    zh="{part} 已损坏或不完整：{reason}",
    en="{part} is damaged or cut short: {reason}",
    hint_zh="请重新导出。",
    hint_en="Export it again.",
)
COUNTS = Rule(
    "layer.shapefile-counts",
    "error",
    zh="记录数不一致：.shp {shp}，.shx {shx}，.dbf {dbf}",
    en="the record counts disagree: .shp {shp}, .shx {shx}, .dbf {dbf}",
    hint_zh="三个文件不是同一次导出的，请重新导出。",
    hint_en="The three files are not of one export; export them again.",
)
DELETED = Rule(
    "layer.shapefile-deleted",
    "error",
    zh=".dbf 中有 {n} 条记录已标记删除",
    en="{n} records of the .dbf are marked as deleted",
    hint_zh="请压缩（pack）后重新导出。",
    hint_en="Pack the table and export again.",
)

SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def find_parts(path: Path) -> dict[str, Path]:
    """Return the files of a shapefile by their ending in lower case, whatever case they have on disk."""
    return {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem == path.stem and other.suffix.lower() in SIDECARS and other.is_file()
    }


def check_shapefile(path: Path, name: str) -> list[Finding]:
    """Return what is wrong with the files of a shapefile; ``name`` is how findings call it."""
    parts = find_parts(path)
    missing = [part for part in (".shp", ".shx", ".dbf") if part not in parts]
    if missing:
        return [MISSING_PART.at(file=name, part=part) for part in missing]
    shp, shx, dbf = (parts[part].read_bytes() for part in (".shp", ".shx", ".dbf"))
    findings = [
        BROKEN_PART.at(file=name, part=part, reason=reason)
        for part, reason in ((".shp", _header(shp)), (".shx", _header(shx)), (".dbf", _table(dbf)))
        if reason
    ]
    if findings:
        return findings
    offsets = np.frombuffer(shx[100 : len(shx) // 8 * 8 + 4], dtype=">i4").astype(np.int64)[: (len(shx) - 100) // 4]
    starts, lengths = offsets[0::2] * 2, offsets[1::2] * 2
    records = _records(shp)
    if records is None or not np.array_equal(records, np.column_stack([starts, lengths])):
        n = -1 if records is None else len(records)
        if n == len(starts) or records is None:
            findings.append(BROKEN_PART.at(file=name, part=".shp", reason="its records are not where .shx says"))
    n_shp = len(starts) if records is None else len(records)
    rows, head, width = _dbf(dbf)
    if len({n_shp, len(starts), rows}) > 1:
        findings.append(COUNTS.at(file=name, shp=n_shp, shx=len(starts), dbf=rows))
    deleted = sum(dbf[head + i * width] == ord("*") for i in range(rows))
    if deleted:
        findings.append(DELETED.at(file=name, n=deleted))
    return findings


def texts(data: bytes) -> list[bytes]:
    """Return the field names and the text cells of a .dbf, without padding, to judge their encoding by."""
    rows, head, width = _dbf(data)
    fields = [data[at : at + 32] for at in range(32, head - 31, 32)]
    out = [field[:11].split(b"\0")[0] for field in fields]
    start = 1  # the first byte of a record marks its deletion
    for field in fields:
        if field[11:12] == b"C":
            cells = (data[head + row * width + start : head + row * width + start + field[16]] for row in range(rows))
            out += {cell.strip(b" \0") for cell in cells}
        start += field[16]
    return out


def _header(data: bytes) -> str:
    """Return what is wrong with the 100-byte header of a .shp or .shx, or nothing."""
    if len(data) < 100:
        return "shorter than its header"
    code, words = struct.unpack(">i", data[:4])[0], struct.unpack(">i", data[24:28])[0]
    if code != 9994:
        return "not a shapefile"
    return "" if words * 2 == len(data) else f"{len(data)} bytes where its header says {words * 2}"


def _dbf(data: bytes) -> tuple[int, int, int]:
    """Return the number of records, the header's length and a record's length."""
    rows, head, width = struct.unpack("<IHH", data[4:12])
    return rows, head, width


def _table(data: bytes) -> str:
    if len(data) < 33:
        return "shorter than its header"
    rows, head, width = _dbf(data)
    return "" if len(data) >= head + rows * width else f"{len(data)} bytes where {head + rows * width} are needed"


def _records(shp: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.int64]] | None:
    """Return the start and length in bytes of each record as the .shp itself has them, or None where it breaks off."""
    out = []
    at = 100
    while at < len(shp):
        if at + 8 > len(shp):
            return None
        length = struct.unpack(">i", shp[at + 4 : at + 8])[0] * 2
        if length < 4 or at + 8 + length > len(shp):
            return None
        out.append((at, length))
        at += 8 + length
    return np.array(out, dtype=np.int64).reshape(-1, 2)
