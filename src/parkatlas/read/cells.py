"""Values of typed formats as text: no digit lost, none invented. A number stands as it is stored, 12.5 % as 0.125."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any


def number_text(value: float) -> str | None:
    """Return the shortest text that reads back as the same number, never in scientific notation; None for NaN.

    >>> number_text(9.12e17), number_text(125.3), number_text(1e-05), number_text(float("nan"))
    ('912000000000000000', '125.3', '0.00001', None)
    """
    if math.isnan(value):
        return None
    if math.isfinite(value) and value.is_integer():
        return str(int(value))
    shortest = repr(value)
    return format(Decimal(shortest), "f") if "e" in shortest else shortest


def text_of(value: object) -> str | None:
    """Return one value as text: whole numbers without a point, dates in ISO 8601, None for a missing value.

    Raises TypeError for a value that has no text, such as bytes.

    >>> text_of(912201010000000123), text_of(12.0), text_of(0.1), text_of(True), text_of(dt.datetime(2020, 5, 1))
    ('912201010000000123', '12', '0.1', 'true', '2020-05-01')
    """
    if value is None or value == "":
        return None
    exact = _WRITERS.get(type(value))
    if exact is not None:
        return exact(value)
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"no text for a value of type {type(value).__name__}")


def _moment(value: dt.datetime) -> str:
    return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")


def _span(value: dt.timedelta) -> str:
    """Return a length of time as a spreadsheet shows it, hours running on beyond a day: 30:00:00."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _nested(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


# In order: a bool is an int, and a datetime is a date.
_WRITERS: dict[type, Callable[[Any], str | None]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    float: number_text,
    int: str,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: _span,
    Decimal: str,
    dict: _nested,
    list: _nested,
}
