"""Columns of text cells as arrays: cleaned, tested, turned to numbers, compared, without a loop over rows.

Where pandas keeps text in Arrow's memory, the bytes are read where they lie; elsewhere the same answers take longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from parkatlas.memory import are_words, arrow_text, text_memory
from parkatlas.normalize.text import INVISIBLE, NOTHING

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_FEW = 1000  # cells that give away what a column is not
BLOCK = 50_000  # rows that are worked on at once, so that their arrays stay in the processor's cache
_DIGITS = np.isin(np.arange(256), list(b"0123456789+-.eE"))
_PLAIN = r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$"
# First bytes, in UTF-8, of white space beyond ASCII and of what `INVISIBLE` names; U+3000 begins as kana do.
_SPACE_LEADS = frozenset((b"\xc2", b"\xe1", b"\xe2"))
_INVISIBLE_LEADS = frozenset((b"\xc2", b"\xe2", b"\xef"))
_LEADS = (b"\x7f", b"\xe3", *sorted(_SPACE_LEADS | _INVISIBLE_LEADS))
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, Knuth's multiplier


def clean(cells: pd.Series[str]) -> pd.Series[str]:
    """Return cells without surrounding white space and invisible characters, missing where there is nothing in them.

    What stands for nothing ("-", "无", "N/A" ...; see `text.NOTHING`) is missing too.

    >>> clean(pd.Series([" a ", "-", "a\u200bb", None], dtype="str")).to_list()
    ['a', nan, 'ab', nan]
    """
    return tidy(cells).text


class Tidy(NamedTuple):
    """Cells as `clean` gives them; their numbers where all of them are numbers; whether cleaning changed nothing.

    ``hidden`` says from which cells something invisible was taken that is no white space; None: from none.
    """

    text: pd.Series[str]
    numbers: Floats | None
    as_it_was: bool
    hidden: Mask | None = None


def tidy(cells: pd.Series[str]) -> Tidy:
    """Return cells cleaned, with what was learnt on the way."""
    out = cells.astype("str")
    if (numbers := _all_numbers(out)) is not None:
        return Tidy(out, numbers, True)  # nothing to clean in a column of plain numbers
    spaces, invisible = _odd_characters(out)
    hidden = None
    if invisible:
        # A line break or a tab parts words; the others never stood for anything.
        out = out.str.replace("[\t\n\r\u2028\u2029]+", " ", regex=True)
        mask = out.str.contains(INVISIBLE, regex=True, na=False).to_numpy(dtype=bool)
        if mask.any():
            hidden, out = mask, out.str.replace(INVISIBLE, "", regex=True)
    if spaces or invisible:
        out = out.str.strip()
    nothing = are_words(out, NOTHING)
    if nothing.any():
        return Tidy(out.mask(nothing), None, False, hidden)
    return Tidy(out, None, not (spaces or invisible), hidden)


def constant(value: str | None, index: pd.Index[Any]) -> pd.Series[str]:
    """Return a column of text that holds the same in every row.

    >>> constant("a", pd.Index([2, 3])).to_list()
    ['a', 'a']
    """
    one = pd.array([value], dtype="str")
    if arrow_text(pd.Series(one)) is None:
        return pd.Series(one.take(np.zeros(len(index), dtype=np.intp)), index=index)
    import pyarrow as pa

    piece = pa.repeat(pa.scalar(value, pa.large_string()), min(len(index), BLOCK))
    whole, rest = divmod(len(index), BLOCK)
    same = pa.chunked_array([*[piece] * whole, piece[:rest]])  # one piece of memory over and over
    return pd.Series(pd.array(same, dtype="str"), index=index, copy=False)


def given(cells: pd.Series[Any]) -> Mask:
    """Return which cells hold something."""
    return np.asarray(cells.notna(), dtype=bool)


def plain_numbers(cells: pd.Series[str]) -> Floats:
    """Return the cells that are finite numbers and nothing else; NaN for all others.

    >>> plain_numbers(pd.Series(["1.5", "1e2", "inf", "1,5", None], dtype="str")).tolist()
    [1.5, 100.0, nan, nan, nan]
    """
    arrow = arrow_text(cells)
    if arrow is None:
        plain = cells.str.match(_PLAIN, na=False).to_numpy(dtype=bool)
        values = np.full(len(cells), np.nan)
        values[plain] = cells[plain].to_numpy(dtype=object).astype(float)
    else:
        import pyarrow.compute as pc

        numbers = _cast(arrow)
        if numbers is None:
            numbers = _cast(_only(arrow, _of_digits(arrow)))
        if numbers is None:
            numbers = _cast(_only(arrow, pc.match_substring_regex(arrow, _PLAIN)))
        return _finite(numbers)
    values[~np.isfinite(values)] = np.nan
    return values


def repeated(cells: pd.Series[str]) -> Mask:
    """Return which filled cells hold the same text as another.

    >>> repeated(pd.Series(["a", "b", "a", None, None], dtype="str")).tolist()
    [True, False, True, False, False]
    """
    filled = given(cells)
    if arrow_text(cells) is None:
        return np.asarray(cells.duplicated(keep=False), dtype=bool) & filled
    if _ascends(cells):  # numbered from the first row to the last
        return np.zeros(len(cells), dtype=bool)
    prints, bits = fingerprints(cells), len(cells).bit_length() + 2
    # Equal prints fall into the same of four times as many drawers as cells; what lies alone needs no sorting.
    drawers = (prints >> np.uint64(64 - bits)).astype(np.intp)
    crowded = np.flatnonzero(filled & (np.bincount(drawers, minlength=1 << bits) > 1)[drawers])
    ordered = np.sort(prints[crowded])
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    out = np.zeros(len(cells), dtype=bool)
    if len(twice):
        likely = prints[crowded]
        at = crowded[twice[np.searchsorted(twice, likely).clip(max=len(twice) - 1)] == likely]
        out[at] = cells.iloc[at].duplicated(keep=False)  # equal prints are not yet equal texts
    return out


def repeated_among(cells: pd.Series[str], some: Mask) -> Mask:
    """Return what `repeated` does where no filled cells but ``some`` can hold the same text as another."""
    out = np.zeros(len(cells), dtype=bool)
    at = np.flatnonzero(some)
    if len(at):
        out[at] = cells.iloc[at].duplicated(keep=False)
    return out


def fingerprints(cells: pd.Series[str]) -> npt.NDArray[np.uint64]:
    """Return one number for each cell: equal texts have equal numbers, different ones almost surely different.

    Eight bytes at a time of all cells at once; a third of the time where neighbours are equally long.
    """
    if arrow_text(cells) is None:
        return np.asarray(pd.util.hash_array(cells.to_numpy(dtype=object)), dtype=np.uint64)
    parts = [
        _fingerprints(offsets[start : start + BLOCK + 1], data)
        for offsets, data in _chunks(cells)
        for start in range(0, len(offsets) - 1, BLOCK)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def letters(cells: pd.Series[str], width: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
    """Return the positions of the cells of exactly that many ASCII characters, and their bytes, one row a cell.

    >>> at, codes = letters(pd.Series(["ab", "abc", None, "cd"], dtype="str"), 2)
    >>> at.tolist(), codes.tolist()
    ([0, 3], [[97, 98], [99, 100]])
    """
    if arrow_text(cells) is None:
        at = np.flatnonzero(cells.str.fullmatch(f"[\x00-\x7f]{{{width}}}", na=False).to_numpy(dtype=bool))
        texts = cells.iloc[at].to_numpy(dtype=object).astype(f"S{width}")
        return at, np.frombuffer(texts.tobytes(), dtype=np.uint8).reshape(-1, width)
    found, first = [(np.zeros(0, dtype=np.intp), np.zeros((0, width), dtype=np.uint8))], 0
    for offsets, data in _chunks(cells):
        at = np.flatnonzero(np.diff(offsets) == width)
        codes = data[offsets[0] : offsets[-1]]
        if len(at) < len(offsets) - 1 or len(codes) != width * len(at):
            codes = data[offsets[at][:, None] + np.arange(width)]
        codes = codes.reshape(-1, width)
        if codes.max(initial=0) > 127:
            ascii_only = codes.max(axis=1) < 128
            at, codes = at[ascii_only], codes[ascii_only]
        found.append((at + first, codes))
        first += len(offsets) - 1
    return np.concatenate([at for at, _ in found]), np.concatenate([codes for _, codes in found])


def _all_numbers(cells: pd.Series[str]) -> Floats | None:
    """Return the numbers of cells that are numbers and nothing else; None where Arrow cannot tell at a glance."""
    arrow = arrow_text(cells)
    if arrow is None:
        return None
    import pyarrow.compute as pc

    # The first cells that are none give most columns away.
    numbers = None if _cast(arrow[:_FEW]) is None else _cast(arrow)
    if numbers is None or pc.any(pc.is_nan(numbers)).as_py():
        return None  # "nan" is a word for nothing
    return _finite(numbers)


def _cast(arrow: Any) -> Any:
    """Return an Arrow column of text as numbers, None where one of its cells is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(arrow, pa.float64())
    except pa.ArrowInvalid:
        return None


def _only(arrow: Any, mask: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(mask, arrow, pa.scalar(None, arrow.type))


def _of_digits(arrow: Any) -> Mask:
    """Return which cells hold nothing but characters of plain numbers; few cells hold others."""
    parts = [np.ones(0, dtype=bool)]
    for piece in arrow.chunks:
        offsets, data = text_memory(piece)
        others = np.flatnonzero(~_DIGITS.take(data[offsets[0] : offsets[-1]]))
        parts.append(np.ones(len(piece), dtype=bool))
        parts[-1][np.searchsorted(offsets, others + offsets[0], side="right") - 1] = False
    return np.concatenate(parts)


def _finite(numbers: Any) -> Floats:
    values = np.array(numbers.to_numpy(), dtype=float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        values[wrong] = np.nan
    return values


def _ascends(cells: pd.Series[str]) -> bool:
    """Return whether every cell is filled and comes after the one before it."""
    import pyarrow.compute as pc

    arrow = arrow_text(cells)
    few = arrow[:_FEW]
    return not arrow.null_count and all(
        pc.all(pc.less(part[:-1], part[1:])).as_py() is not False for part in (few, arrow)
    )


def _chunks(cells: pd.Series[str]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]:
    """Yield offsets and bytes of Arrow's memory, piece by piece; cell k is ``data[offsets[k]:offsets[k+1]]``."""
    arrow = arrow_text(cells)
    # A copy of the bytes costs less than a round of small arrays for each of many small pieces.
    whole = [arrow.combine_chunks()] if len(arrow) < _FEW * arrow.num_chunks else arrow.chunks
    return (text_memory(chunk) for chunk in whole if len(chunk))


def _odd_characters(cells: pd.Series[str]) -> tuple[bool, bool]:
    """Return whether cells may hold white space, and whether they hold control, zero-width or direction characters."""
    arrow = arrow_text(cells)
    if arrow is None:
        return True, bool(cells.str.contains(INVISIBLE, regex=True, na=False).any())
    spaces = invisible = False
    for chunk in arrow.chunks:
        if not len(chunk) or invisible:
            continue
        offsets, data = text_memory(chunk)
        here = data[offsets[0] : offsets[-1]]
        least = here.min(initial=0xFF)
        leads = {lead for lead in _LEADS if lead in here.tobytes()} if here.max(initial=0) > 0x7E else set()
        spaces |= bool(
            least <= 0x20 or leads & _SPACE_LEADS or (b"\xe3" in leads and b"\xe3\x80\x80" in here.tobytes())
        )
        invisible |= bool(least < 0x20 or b"\x7f" in leads or (leads & _INVISIBLE_LEADS and _invisible_bytes(here)))
    return spaces, invisible


def _invisible_bytes(data: npt.NDArray[np.uint8]) -> bool:
    """Return whether UTF-8 bytes hold a character of `INVISIBLE` that is not ASCII; a few harmless ones count too."""
    for lead, seconds in ((0xE2, (0x80, 0x81)), (0xEF, (0xBB,)), (0xC2, (0xAD,))):
        at = np.flatnonzero(data[:-1] == lead)
        second, third = data[at + 1], data[np.minimum(at + 2, len(data) - 1)]
        found = np.isin(second, seconds)
        if lead == 0xE2:  # U+200B to U+200F, U+2028 to U+202E, U+2060 to U+2064
            soft = (third >= 0x8B) & (third <= 0x8F) | (third >= 0xA8) & (third <= 0xAE)
            found &= np.where(second == 0x80, soft, (third >= 0xA0) & (third <= 0xA4))
        if found.any():
            return True
    return False


def _fingerprints(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    text, begin, length = data[offsets[0] : offsets[-1]], offsets[:-1] - offsets[0], np.diff(offsets)
    out = length.astype(np.uint64)
    longest = int(length.max(initial=0))
    shortest = int(length.min(initial=longest))
    if longest == shortest > 0:
        rows = np.zeros((len(length), longest + -longest % 8), dtype=np.uint8)
        rows[:, :longest] = text.reshape(len(length), longest)
        for word in rows.view("<u8").T:
            out = _mixed(out, word)
        return out
    padded = np.zeros(len(text) + 8, dtype=np.uint8)
    padded[:-8] = text
    words = np.lib.stride_tricks.as_strided(padded[:8].view("<u8"), shape=(len(padded) - 7,), strides=(1,))
    for step in range(0, longest, 8):
        left = np.clip(length - step, 0, 8)
        beyond = np.uint64(8) * (np.uint64(8) - left.astype(np.uint64))  # bits of the next cell
        mixed = _mixed(out, words[np.minimum(begin + step, len(words) - 1)] << beyond >> beyond)
        # A cell that has ended stays as it is: its print must not depend on how long its neighbours are.
        out = mixed if step < shortest else np.where(left > 0, mixed, out)
    return out


def _mixed(prints: npt.NDArray[np.uint64], word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = (prints ^ word) * _MIX
    mixed ^= mixed >> np.uint64(32)
    return mixed
