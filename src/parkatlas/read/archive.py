"""Zip archives, opened with care: what they really inflate to is measured, not believed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from parkatlas.errors import InputError, LimitError
from parkatlas.read.damage import broken
from parkatlas.read.limits import Limits
from parkatlas.read.rules import BOMB, ENTITIES, TOO_MANY

_BLOCK = 1 << 20
_CALM = 64 << 20  # bytes up to which a member may be compressed as well as it likes
_MEMBERS = 20_000
# What reading a damaged archive raises, names that do not decode and places that do not exist among it.
DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, UnicodeDecodeError)
_XML = (".xml", ".rels", ".kml")


class Archive:
    """The members of a zip file, read by name in blocks; every member was measured when it was opened."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self._stream, self._source = stream, source
        self._members = {info.filename: info for info in zipfile.ZipFile(stream).infolist() if not info.is_dir()}

    @property
    def names(self) -> list[str]:
        """The members' names, as they stand in the archive."""
        return list(self._members)

    def find(self, name: str) -> str | None:
        """Return the member that has a name, whatever its case, or None."""
        return next((member for member in self._members if member.lower() == name.lower().lstrip("/")), None)

    def read(self, name: str) -> bytes:
        """Return a member whole."""
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a member inflated, in blocks of at most a mebibyte, and compare its length with the declared one."""
        info = self._members[name]
        self._stream.seek(info.header_offset)
        header = self._stream.read(30)
        if header[:4] != b"PK\x03\x04" or info.flag_bits & 1:
            raise zipfile.BadZipFile(f"member {name} is damaged or protected by a password")
        at = info.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        length = 0
        for block in self._inflate(info, at):
            length += len(block)
            yield block
        if length != info.file_size:
            raise zipfile.BadZipFile(f"member {name} inflates to {length} bytes, {info.file_size} were declared")

    def _inflate(self, info: zipfile.ZipInfo, at: int) -> Iterator[bytes]:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"member {info.filename} is compressed in a way that is not read")
        engine = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        left = info.compress_size
        while left > 0:
            self._stream.seek(at)
            data = self._stream.read(min(_BLOCK, left))
            if not data:
                raise zipfile.BadZipFile(f"member {info.filename} is cut")
            at, left = at + len(data), left - len(data)
            while data:
                yield engine.decompress(data, _BLOCK) if engine else data
                data = engine.unconsumed_tail if engine else b""
        if engine:
            yield engine.flush()

    def measure(self, limits: Limits) -> None:
        """Refuse a bomb, a member that lies about its length, and XML that declares entities."""
        if len(self._members) > _MEMBERS:
            found = {"found": len(self._members), "most": _MEMBERS, "zh": "个压缩包成员", "en": "members of an archive"}
            raise LimitError(TOO_MANY.at(file=self._source, **found))  # type: ignore[arg-type]
        total = 0
        for name, info in self._members.items():
            length, tail = 0, b""
            for block in self.blocks(name):
                length += len(block)
                ratio = length // max(info.compress_size, 1)
                if total + length > limits.inflated or (length > _CALM and ratio > limits.ratio):
                    raise LimitError(BOMB.at(file=self._source, value=name, found=length, ratio=ratio))
                if name.lower().endswith(_XML):
                    tail = check_entities(tail + block, self._source)
            total += length


def check_entities(block: bytes, source: str) -> bytes:
    """Refuse XML that declares a document type or entities; return the last bytes, to go before the next block."""
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block or block.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LimitError(ENTITIES.at(file=source))
    return block[-10:]


@contextmanager
def open_archive(path: Path, limits: Limits) -> Iterator[Archive]:
    """Open a zip file after measuring it; a damaged one is refused."""
    try:
        with path.open("rb") as stream:
            archive = Archive(stream, path.name)
            archive.measure(limits)
            yield archive
    except DAMAGED as error:
        raise InputError(broken(error, path.name)) from error
