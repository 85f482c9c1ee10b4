"""Which columns say where a row is; where several do, whether they agree; which datum their headers name.

What the columns hold is read by `written`.
"""

from __future__ import annotations

import numpy as np

from parkatlas.errors import InputError
from parkatlas.findings import Rule
from parkatlas.normalize.angles import parse_angles
from parkatlas.normalize.cells import Floats, given
from parkatlas.normalize.grids import Grid
from parkatlas.normalize.headers import datum_of, meaning
from parkatlas.normalize.hypotheses import DATUMS
from parkatlas.normalize.work import Work
from parkatlas.normalize.written import Written, from_one, from_two

HALF_COLUMNS = Rule(
    "normalize.half-columns",
    "error",
    zh="认出了坐标列“{header}”，但没有与之成对的{other}列",
    en="column {header!r} is half of a coordinate, and no column was recognised as {other}",
    hint_zh='请在 columns 下写明 {other} = "…"。表头：{headers}。',
    hint_en='Say under columns {other} = "...". The headers: {headers}.',
)
CONTRADICTION = Rule(
    "normalize.two-places",
    "error",
    zh="“{first}”与“{second}”两处坐标不一致（{n} 行），不知以哪一处为准",
    en="{first!r} and {second!r} give different places ({n} rows)",
    hint_zh="请在 columns 中只写明其中一处。",
    hint_en="Name the one to use in columns.",
)
EMPTY_WORD = Rule(
    "normalize.no-coordinate",
    "info",
    zh="“{value}”按没有坐标处理（{n} 行）",
    en="{value!r} was taken for no coordinate ({n} rows)",
)
ATTRIBUTES = Rule(
    "normalize.attributes-elsewhere",
    "warning",
    zh="属性“{first}”“{second}”与图形给出的位置不同（{n} 行，最多相差约 {metres:,.0f} 米），用的是图形的位置",
    en="the attributes {first!r} and {second!r} give other places than the points themselves, which were used "
    "({n} rows, up to about {metres:,.0f} m apart)",
    hint_zh='请核实以哪一处为准：要用属性，在 columns 下写明 lon = "{first}" 和 lat = "{second}"；二者基准也可能不同。',
    hint_en='Find out which is right; to use the attributes say under columns lon = "{first}" and lat = "{second}". '
    "Their datums may differ.",
)
DATUM = Rule(
    "normalize.datum-of-header",
    "warning",
    zh="表头“{header}”写明是 {named_zh}，而名录按 {declared_zh} 读取，没有换算",
    en="the header {header!r} names {named_en}, but the register is read as {declared_en}; nothing was converted",
    hint_zh='若表头属实，请在 [[registers]] 中写 datum = "{datum}"；若不属实，请改表头。',
    hint_en='If the header is right, write datum = "{datum}" into [[registers]]; if not, rename it.',
)

TWO = (("lon", "lat"), ("x", "y"), ("east", "north"))
ONE = ("lonlat", "latlon", "position", "wkt")
_METRE = 1e-5  # degrees, near enough
_DEGREE_M = 111_195.0


def read_places(work: Work, system: Grid | None) -> Written | None:
    """Return the numbers that the list gives for places, None where no column holds any.

    A list may say it twice, in columns and as shapes; then the sources must agree wherever both speak, and the first
    that has a value is used. A feature layer's own points are used before longitude and latitude among its attributes,
    and it is said where these lie elsewhere.

    Raises
    ------
    InputError
        Where a column stands without its partner, the order within one column cannot be told, or sources disagree.
    """
    explicit = set(work.register.columns)
    named = {ours for names in (*TWO, *((one,) for one in ONE)) if explicit & set(names) for ours in names}
    have = [ours for ours in work.columns.columns if not named or ours in named or work.is_point(ours)]
    refusals, found = [], []
    for pair in TWO:
        both = [ours for ours in pair if ours in have]
        if len(both) == 2:
            found.append(from_two(work, pair, system))
        elif both:
            header, other = work.columns.columns[both[0]], pair[1 - pair.index(both[0])]
            headers = ", ".join(map(str, work.raw.frame.columns))
            refusals.append(HALF_COLUMNS.at(**work.place(header), header=header, other=other, headers=headers))
    if refusals:
        raise InputError(*refusals)
    found += [from_one(work, ours, system) for ours in ONE if ours in have]
    for one in found:
        _tell_words(work, one)
    if not found:
        return None
    out = _agreed(work, found)
    _tell_attributes(work, out)
    _tell_datum(work, [work.columns.columns[ours] for ours in have])
    return out


def _tell_attributes(work: Work, out: Written) -> None:
    """Warn where longitude and latitude among a feature layer's attributes lie elsewhere than its points."""
    if not work.is_point("lon") or work.raw.crs is None:
        return
    among = {ours: [one for one in work.columns.unused if meaning(one) == ours] for ours in ("lon", "lat")}
    if any(len(several) != 1 or datum_of(several[0]) not in (None, work.register.datum) for several in among.values()):
        return
    headers = [several[0] for several in among.values()]
    stated = [parse_angles(work.cleaned(header)).values for header in headers]
    with np.errstate(invalid="ignore"):
        apart = [np.abs(here - there) for here, there in zip((out.x, out.y), stated, strict=True)]
        wrong = (apart[0] > _roundness(stated[0])) | (apart[1] > _roundness(stated[1]))
    if wrong.any():
        metres = float(np.nanmax(np.hypot(apart[0] * np.cos(np.radians(out.y)), apart[1])[wrong])) * _DEGREE_M
        place = work.place(headers[0]) | {"row": work.row(np.argmax(wrong))}
        first, second = headers
        work.findings.append(ATTRIBUTES.at(**place, first=first, second=second, n=int(wrong.sum()), metres=metres))


def _roundness(values: Floats) -> float:
    """Return by how much numbers in degrees may have been rounded, a metre at least."""
    known = values[np.isfinite(values)]
    whole = (places for places in range(2, 6) if np.allclose(known, np.round(known, places), rtol=0, atol=1e-9))
    return max(0.51 * 10.0 ** -next(whole, 6), _METRE)


def _tell_datum(work: Work, headers: list[str]) -> None:
    """Warn where headers name another datum than the register."""
    declared = work.register.datum
    named = {header: datum for header in headers if (datum := datum_of(header)) is not None}
    for header, datum in named.items():
        if {datum, declared} in ({"wgs84", "cgcs2000"}, {declared}):
            continue
        words = {"named_zh": DATUMS[datum], "named_en": DATUMS[datum], "declared_zh": DATUMS[declared]}
        work.findings.append(
            DATUM.at(**work.place(header), header=header, datum=datum, declared_en=DATUMS[declared], **words)  # type: ignore[arg-type]
        )
        return


def _agreed(work: Work, found: list[Written]) -> Written:
    out = found[0]
    for one in found[1:]:
        near = 1.0 if np.nanmax(np.abs(np.r_[out.x, 0.0])) > 360 else 1e-5  # a metre
        with np.errstate(invalid="ignore"):
            apart = (np.abs(out.x - one.x) > near) | (np.abs(out.y - one.y) > near)
        if apart.any():
            first, second = str(out.x_cells.name), str(one.x_cells.name)
            at = work.place(second) | {"row": work.row(np.flatnonzero(apart)[0])}
            raise InputError(CONTRADICTION.at(**at, first=first, second=second, n=int(apart.sum())))
        out = _filled(out, one)
    return out


def _filled(out: Written, more: Written) -> Written:
    use = ~out.given & more.given
    faults = out.faults + [part for one in more.faults if (part := one.within(use)) is not None]
    return Written(
        np.where(use, more.x, out.x),
        np.where(use, more.y, out.y),
        out.given | more.given,
        out.x_cells.where(~use, more.x_cells),
        out.y_cells.where(~use, more.y_cells),
        np.where(use, more.swapped, out.swapped),
        faults,
    )


def _tell_words(work: Work, one: Written) -> None:
    """Say which words were taken for an empty coordinate."""
    for header in dict.fromkeys((str(one.x_cells.name), str(one.y_cells.name))):
        if given(work.cleaned(header)).all():
            continue
        cells = work.raw.frame[header]
        gone = (cells.notna() & (cells.str.strip() != "")).to_numpy(dtype=bool) & ~given(work.cleaned(header))
        if gone.any():
            work.tally(EMPTY_WORD, gone, cells)
