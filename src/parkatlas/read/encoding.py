"""Which encoding a text is in: byte order mark, then strict UTF-8, then strict GB18030, else refused.

The order matters: nearly every UTF-8 text also decodes as GB18030, into nonsense. Statistical detectors are not used;
they take short GBK files for Korean.
"""

from __future__ import annotations

import codecs
import mmap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.read.rules import DAMAGED_TEXT, DOUBTFUL, ENCODING, NO_ENCODING, NUL, PRIVATE, REPLACED, WRONG_ENCODING

Bytes = bytes | mmap.mmap
Why = Literal["bom", "ascii", "utf-8", "gb18030", "asked", "declared"]

_BLOCK = 1 << 20
_JUDGED = 50_000  # characters by which a decoded text is judged
# UTF-32 before UTF-16: the little-endian marks begin alike.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_WORDS = {
    "bom": ("字节顺序标记", "its byte order mark says so"),
    "ascii": ("只有 ASCII 字符", "nothing but ASCII"),
    "utf-8": ("严格 UTF-8 检验通过", "valid as strict UTF-8"),
    "gb18030": ("不是 UTF-8；严格 GB18030 检验通过", "not UTF-8, valid as strict GB18030"),
    "asked": ("由用户指定", "as asked for"),
    "declared": ("由文件自己声明", "as the file declares"),
}


@dataclass(frozen=True)
class Encoding:
    """A Python codec, why it was taken, and the length of the byte order mark to skip."""

    codec: str
    why: Why
    skip: int = 0

    def finding(self, source: str, sample: str | None, sheet: str | None = None) -> Finding:
        """Say which rule fired, with a sample value."""
        zh, en = _WORDS[self.why]
        return ENCODING.at(file=source, sheet=sheet, value=sample or "—", encoding=self.codec, rule_zh=zh, rule_en=en)

    def failure(self, source: str, why_zh: str, why_en: str, row: int | None = None) -> Finding:
        """Say that the text is not in this encoding after all, and why it was thought to be."""
        zh, en = _WORDS[self.why]
        said = {"encoding": self.codec, "rule_zh": zh, "rule_en": en, "why_zh": why_zh, "why_en": why_en}
        return WRONG_ENCODING.at(file=source, row=row, **said)  # type: ignore[arg-type]


def find_encoding(data: Bytes, source: str, asked: str | None = None, *, why: Why = "asked") -> Encoding:
    """Return the encoding of a whole text, every byte of it checked.

    Parameters
    ----------
    data : bytes or mmap
        The text.
    source : str
        The file's name, for messages.
    asked : str, optional
        The encoding that the user names; a byte order mark still counts where it agrees.
    why : {"asked", "declared"}, optional
        Who names it: the user, or the file itself.

    Raises
    ------
    InputError
        Where no rule fits, the text is UTF-8 with damaged bytes, holds NUL bytes, or is not in the encoding asked for.
    """
    marked = next(((mark, codec) for mark, codec in _MARKS if data[:4].startswith(mark)), None)
    if asked is not None:
        return _asked(data, source, asked, marked, why)
    if marked is not None:
        found = Encoding(marked[1], "bom", len(marked[0]))
        _check(data, found, source)
        return found
    sound = _is_sound(data)
    if not sound and contains(data, b"\0"):
        raise InputError(NUL.at(file=source, offset=data.find(b"\0")))
    wrong = None if sound else _first_wrong(data, "utf-8")
    if wrong is None:
        return Encoding("utf-8", "ascii" if _is_ascii(data) else "utf-8")
    if _is_damaged_utf8(data[max(0, wrong - _BLOCK) : wrong + _BLOCK]):
        raise InputError(DAMAGED_TEXT.at(file=source, row=_line(data, wrong), offset=wrong, encoding="utf-8"))
    also = _first_wrong(data, "gb18030")
    if also is not None:
        wrong = max(wrong, also)  # where the rule that came further gave up
        raise InputError(NO_ENCODING.at(file=source, row=_line(data, wrong), offset=wrong))
    return Encoding("gb18030", "gb18030")


def judge_text(text: str, encoding: Encoding, source: str) -> list[Finding]:
    """Return doubts about a decoded sample: characters lost before, or hardly a Chinese character in common use.

    Raises InputError where GB18030 also gives characters of private use: no writing has those, another encoding does.
    """
    findings = []
    if "\ufffd" in text or "锟斤拷" in text:
        findings.append(REPLACED.at(file=source, row=text[: max(text.find("\ufffd"), 0)].count("\n") + 1))
    if encoding.why == "gb18030":
        wide = [char for char in text[:_JUDGED] if char > "\x7f"]
        common = sum(char.encode("gb2312", "ignore")[:1] in _COMMON for char in wide)
        private = sum("\ue000" <= char <= "\uf8ff" for char in wide)
        if common < 0.7 * len(wide):
            sample = next(line for line in text.splitlines() if not line.isascii())
            if private > 0.02 * len(wide):
                raise InputError(PRIVATE.at(file=source, value=sample))
            findings.append(DOUBTFUL.at(file=source, value=sample))
    return findings


# First bytes of GB 2312: punctuation, numerals, full-width Latin, and Chinese characters.
_COMMON = frozenset(bytes([lead]) for lead in (*range(0xA1, 0xA4), *range(0xB0, 0xF8)))


def blocks(data: Bytes, skip: int = 0) -> Iterator[bytes]:
    """Yield the data in pieces of a mebibyte."""
    for start in range(skip, len(data), _BLOCK):
        yield data[start : start + _BLOCK]


def contains(data: Bytes, part: bytes) -> bool:
    """Tell whether bytes occur; by blocks, for a mapped file searches byte by byte."""
    ends = range(0, len(data), _BLOCK)
    return any(part in data[start : start + _BLOCK + len(part) - 1] for start in ends)


def _asked(data: Bytes, source: str, asked: str, marked: tuple[bytes, str] | None, why: Why) -> Encoding:
    try:
        codec = codecs.lookup(asked).name
    except LookupError as error:
        unknown = Encoding(asked, why)
        raise InputError(unknown.failure(source, "没有这种编码", "there is no such encoding")) from error
    if marked is not None and marked[1].startswith(codec.removesuffix("-sig")):
        codec, skip = marked[1], len(marked[0])
    else:
        codec, skip = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(codec, codec), 0
    found = Encoding(codec, why, skip)
    _check(data, found, source)
    return found


def _check(data: Bytes, encoding: Encoding, source: str) -> None:
    sound = encoding.codec == "utf-8" and _is_sound(data)
    wrong = None if sound else _first_wrong(data, encoding.codec, encoding.skip)
    if wrong is not None:
        row = _line(data, wrong) if not encoding.codec.startswith("utf-16") else None
        raise InputError(encoding.failure(source, f"第 {wrong} 字节起不成字", f"bytes at offset {wrong}", row))


def _first_wrong(data: Bytes, codec: str, skip: int = 0) -> int | None:
    """Return the offset of the first bytes that the codec cannot read, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    start = skip
    try:
        for block in blocks(data, skip):
            pending = len(decoder.getstate()[0])
            decoder.decode(block)
            start += len(block)
        pending = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return start - pending + error.start
    return None


def _is_sound(data: Bytes) -> bool:
    """Return True where Arrow, if installed, finds valid UTF-8 without NUL, in a quarter of the time of the codec."""
    try:
        import pyarrow as pa
    except ImportError:
        return False
    view, codes = pa.py_buffer(data), np.frombuffer(data, dtype=np.uint8)
    middle = max(data.find(b"\n", len(data) // 2), 0)  # no character goes on beyond the end of a line

    def sound(start: int, end: int) -> bool:
        ends = pa.py_buffer(np.array([start, end], dtype=np.int64))
        try:
            pa.LargeStringArray.from_buffers(1, ends, view).validate(full=True)
        except pa.ArrowInvalid:
            return False
        return bool(codes[start:end].min(initial=1))

    with ThreadPoolExecutor(2) as pool:
        return all(pool.map(sound, (0, middle), (middle, len(data))))


def _is_ascii(data: Bytes) -> bool:
    return all(block.isascii() for block in blocks(data))


def _is_damaged_utf8(sample: bytes) -> bool:
    """Tell UTF-8 with a few damaged bytes from another encoding: GBK text hardly ever forms UTF-8 sequences."""
    text = sample.decode("utf-8", "replace")
    wide = sum(char > "\u07ff" for char in text)
    damaged = text.count("\ufffd")
    return wide - damaged >= 20 * damaged or (wide - damaged >= 2 and damaged <= 1)


def _line(data: Bytes, offset: int) -> int:
    return data[:offset].count(b"\n") + 1
