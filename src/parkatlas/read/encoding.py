"""Which encoding a text is in: byte order mark, then strict UTF-8, then strict GB18030, else refused.

The order matters: nearly every UTF-8 text also decodes as GB18030, into nonsense. Statistical detectors are not used;
they take short GBK files for Korean.
"""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from parkatlas.errors import InputError
from parkatlas.findings import Finding, shorten
from parkatlas.read.rules import (
    DAMAGED_TEXT,
    DOUBTFUL,
    ENCODING,
    MIXED_ENCODINGS,
    MOJIBAKE,
    NO_ENCODING,
    NUL,
    PRIVATE,
    REPLACED,
    STRAY_NUL,
    WRONG_ENCODING,
)

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
        raise InputError(_nul(data, source))
    wrong = None if sound else _first_wrong(data, "utf-8")
    if wrong is None:
        return Encoding("utf-8", "ascii" if _is_ascii(data) else "utf-8")
    if _turns_to_gbk(data, wrong):
        raise InputError(
            MIXED_ENCODINGS.at(file=source, row=_line(data, wrong), value=_line_of(data, wrong).decode("gb18030"))
        )
    if _is_damaged_utf8(data[max(0, wrong - _BLOCK) : wrong + _BLOCK]):
        raise InputError(DAMAGED_TEXT.at(file=source, row=_line(data, wrong), offset=wrong, encoding="utf-8"))
    also = _first_wrong(data, "gb18030")
    if also is not None:
        if _is_damaged_gbk(_around(data, also)):
            raise InputError(DAMAGED_TEXT.at(file=source, row=_line(data, also), offset=also, encoding="gb18030"))
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
    if spoilt := next(_read_as_latin(text), None):
        at, shown, meant = spoilt
        row = text[:at].count("\n") + 1
        findings.append(MOJIBAKE.at(file=source, row=row, value=shown, meant=shorten(meant)))
    if encoding.why == "gb18030":
        wide = [char for char in text[:_JUDGED] if char > "\x7f"]
        private = sum("\ue000" <= char <= "\uf8ff" for char in wide)
        if wide and _commonness(wide) < 0.7:
            sample = next(line for line in text.splitlines() if not line.isascii())
            if private > 0.02 * len(wide):
                raise InputError(PRIVATE.at(file=source, value=sample))
            findings.append(DOUBTFUL.at(file=source, value=sample))
    return findings


def _read_as_latin(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield runs of Latin characters and controls whose bytes are Chinese text: place, the run, what it meant."""
    for run in islice(_LATIN.finditer(text), _RUNS):
        for codec in ("latin-1", "cp1252"):
            try:
                data = run[0].encode(codec)
            except UnicodeEncodeError:
                continue
            for meant in ("utf-8", "gb18030"):
                try:
                    chinese = data.decode(meant)
                except UnicodeDecodeError:
                    continue
                wide = [char for char in chinese if char > "\u07ff"]
                if len(wide) >= (1 if meant == "utf-8" else 2) and _commonness(wide) > 0.9:
                    yield run.start(), run[0], chinese


# Three or more such characters in a row: no Latin writing has them.
_LATIN = re.compile("[\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{3,}")
_RUNS = 200


def _commonness(wide: Sequence[str]) -> float:
    """Return the share of characters that GB 2312 knows."""
    return sum(char.encode("gb2312", "ignore")[:1] in _COMMON for char in wide) / max(len(wide), 1)


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


def _is_damaged_gbk(sample: bytes) -> bool:
    """Tell GBK with a few damaged bytes from another encoding: nearly all that can be read is in common use."""
    text = sample.decode("gb18030", "replace")
    damaged = text.count("\ufffd")
    wide = [char for char in text[:_JUDGED] if char > "\x7f" and char != "\ufffd"]
    return len(wide) >= max(4, 5 * damaged) and _commonness(wide) > 0.9


def _turns_to_gbk(data: Bytes, wrong: int) -> bool:
    """Tell UTF-8 below which lines in GBK were put: what stands above is Chinese in UTF-8, this line is in GBK."""
    line, start = _line_of(data, wrong), max(data.rfind(b"\n", 0, wrong), 0)
    above = [char for char in data[max(0, start - _BLOCK) : start].decode("utf-8", "replace") if char > "\u07ff"]
    try:
        here = [char for char in line.decode("gb18030") if char > "\x7f"]
    except UnicodeDecodeError:
        return False
    as_utf8 = line.decode("utf-8", "replace")
    readable = sum(char > "\u07ff" for char in as_utf8) - as_utf8.count("\ufffd")
    return len(above) >= 4 and len(here) >= 2 and readable <= 1 and min(_commonness(above), _commonness(here)) > 0.9


def _nul(data: Bytes, source: str) -> Finding:
    """Say that the text holds NUL bytes: a few in a sound text, or so many that it is UTF-16."""
    at = data.find(b"\0")
    sample = _around(data, at)
    count = sum(block.count(b"\0") for block in blocks(data))
    text = sample.replace(b"\0", b"")
    if (count <= 3 or 50 * count < len(data)) and any(
        _first_wrong(text, codec) is None for codec in ("utf-8", "gb18030")
    ):
        return STRAY_NUL.at(file=source, row=_line(data, at), offset=at, n=count)
    return NUL.at(file=source, offset=at)


def _around(data: Bytes, offset: int) -> bytes:
    """Return the lines about a byte, a mebibyte to each side."""
    start = data.rfind(b"\n", 0, max(0, offset - _BLOCK)) + 1
    end = data.find(b"\n", min(len(data), offset + _BLOCK))
    return data[start : end if end >= 0 else len(data)]


def _line_of(data: Bytes, offset: int) -> bytes:
    """Return the line in which a byte stands."""
    end = data.find(b"\n", offset)
    return data[data.rfind(b"\n", 0, offset) + 1 : end if end >= 0 else len(data)].rstrip(b"\r")


def _line(data: Bytes, offset: int) -> int:
    return data[:offset].count(b"\n") + 1
