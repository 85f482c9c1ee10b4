"""Every awful file is read right or refused with a located message, and no row is lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from awful import TEXTS, ZOO, Awful

from parkatlas.errors import InputError, LimitError
from parkatlas.read import read_table
from parkatlas.read.engines import Body

READ = [awful for awful in ZOO if awful.refused is None]
REFUSED = [awful for awful in ZOO if awful.refused is not None]


@pytest.mark.parametrize("awful", READ, ids=lambda awful: awful.name)
def test_an_awful_file_is_read_right(awful: Awful, tmp_path: Path) -> None:
    raw = read_table(awful.write(tmp_path), **awful.options)

    aside = {finding.row: finding.code for finding in raw.rejected}
    assert aside == awful.aside
    assert sorted([*awful.rows, *awful.aside]) == raw.frame.index.tolist(), "every input row, and no other"
    assert {row: raw.frame[awful.column][row] for row in awful.rows} == awful.rows
    for (row, column), cell in awful.cells.items():
        found = raw.frame[column][row]
        assert (None if pd.isna(found) else found) == cell
    assert {finding.code for finding in raw.findings} >= set(awful.says)


@pytest.mark.parametrize("awful", READ, ids=lambda awful: awful.name)
def test_a_raw_table_keeps_its_promises(awful: Awful, tmp_path: Path) -> None:
    raw = read_table(awful.write(tmp_path), **awful.options)

    assert raw.frame.index.name == "row"
    assert raw.frame.index.is_unique
    assert raw.frame.index.is_monotonic_increasing
    assert raw.frame.columns.is_unique
    assert {str(dtype) for dtype in raw.frame.dtypes} == {"str"}
    assert not (raw.frame == "").any().any(), "a missing value is NaN, not an empty text"
    for finding in (*raw.findings, *raw.rejected):
        assert finding.code.startswith("read.")
        assert finding.line("zh")
        assert finding.line("en")


@pytest.mark.parametrize("awful", REFUSED, ids=lambda awful: awful.name)
def test_an_awful_file_is_refused_with_a_located_message(awful: Awful, tmp_path: Path) -> None:
    path = awful.write(tmp_path)

    with pytest.raises((InputError, LimitError)) as refusal:
        read_table(path, **awful.options)

    finding = refusal.value.findings[0]
    assert finding.code == awful.refused
    assert finding.file == path.name
    assert awful.at_row is None or finding.row == awful.at_row
    assert refusal.value.render("zh")


@pytest.mark.parametrize("awful", TEXTS, ids=lambda awful: awful.name)
def test_the_standard_library_alone_reads_the_same(
    awful: Awful, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = awful.write(tmp_path)
    with_arrow = _outcome(path, awful)
    monkeypatch.setattr(Body, "has_arrow", lambda self: False)
    assert _outcome(path, awful) == with_arrow


def _outcome(path: Path, awful: Awful) -> object:
    try:
        raw = read_table(path, **awful.options)
    except (InputError, LimitError) as refusal:
        return [(finding.code, finding.row) for finding in refusal.findings]
    return raw.frame.reset_index().fillna("").to_dict("list"), raw.findings, raw.rejected


def test_the_zoo_is_large_enough() -> None:
    assert len({awful.name for awful in ZOO}) == len(ZOO) >= 40
