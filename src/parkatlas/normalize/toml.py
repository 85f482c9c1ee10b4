"""Text into TOML."""

from __future__ import annotations


def quoted(text: str) -> str:
    r"""Return text as a TOML basic string; whatever cannot be seen is written as an escape.

    >>> print(quoted('产值"(万元)"\n'))
    "产值\"(万元)\"\u000A"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else _escape(ord(char)) for char in escaped) + '"'


def _escape(code: int) -> str:
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
