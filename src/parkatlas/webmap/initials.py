"""Pinyin initials of the characters that names use, so that "ccyg" finds 长春药谷."""

from __future__ import annotations

from pypinyin import Style, pinyin


def initials_table(text: str) -> dict[str, str]:
    """Return initial letter -> the characters of a text that can be read with it.

    A character with several readings (重: zhong, chong) stands under each of its initials, so that a name is found by
    any of them; nothing is guessed from context. The page turns a query into one character class per letter.

    >>> initials_table("长春药谷")["c"]
    '春长'
    """
    found: dict[str, list[str]] = {}
    for char in sorted(set(text)):
        if "\u3400" <= char <= "\u9fff":
            readings = pinyin(char, style=Style.FIRST_LETTER, heteronym=True)[0]
            for letter in sorted({reading[:1].lower() for reading in readings}):
                if "a" <= letter <= "z":
                    found.setdefault(letter, []).append(char)
    return {letter: "".join(chars) for letter, chars in sorted(found.items())}
