"""What the bytes of a column tell at a glance is what pandas finds by looking at every cell."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkatlas.memory import are_words, may_begin, most_bytes, no_collection, plain_memory
from parkatlas.normalize.cells import BLOCK, constant, fingerprints, repeated

WORDS = frozenset({"", "-", "无", "n/a", "合计", "合 计"})
CELLS = st.lists(
    st.sampled_from(["", "-", "无", "有", "n/a", "n/b", "合计", "合 计", "合  计", "x" * 40, None]), max_size=30
)


def pieces(cells: list[str | None], at: int) -> pd.Series[str]:
    """Return cells that Arrow holds in two pieces, the second not at the beginning of its memory."""
    parts = [pd.Series(["无", *part], dtype="str").iloc[1:] for part in (cells[:at], cells[at:])]
    return pd.concat(parts, ignore_index=True)


@given(CELLS, st.integers(0, 30))
@settings(deadline=None)
def test_words_are_found_as_isin_finds_them(cells: list[str | None], at: int) -> None:
    column = pieces(cells, at)
    assert are_words(column, WORDS).tolist() == column.isin(WORDS).tolist()
    assert are_words(column, WORDS - {""}).tolist() == column.isin(WORDS - {""}).tolist()


@given(CELLS, st.integers(0, 30))
@settings(deadline=None)
def test_what_begins_so_may_begin_so_and_no_cell_is_longer_than_the_bound(cells: list[str | None], at: int) -> None:
    column = pieces(cells, at)
    assert may_begin(column, ("无", "合"))[column.str.startswith(("无", "合"), na=False)].all()
    assert not may_begin(column, ("无", "合"))[column.str.startswith(("-", "n"), na=False)].any()
    bound = most_bytes(column)
    assert bound is None or bound >= max((len(cell.encode()) for cell in cells if cell), default=0)


def test_a_print_does_not_depend_on_the_lengths_around_it() -> None:
    texts = ["a", "ab", "12345678", "123456789", "企业", "甲" * 11]
    alone = [int(fingerprints(pd.Series([text] * 3, dtype="str"))[1]) for text in texts]
    assert fingerprints(pd.Series(texts, dtype="str")).tolist() == alone
    assert len(set(alone)) == len(alone)


@given(st.lists(st.sampled_from(["a", "b", "ab", "abc", None]), max_size=40))
@settings(deadline=None)
def test_repeats_are_those_that_pandas_finds(cells: list[str | None]) -> None:
    column = pd.Series(cells, dtype="str")
    assert repeated(column).tolist() == (column.duplicated(keep=False) & column.notna()).tolist()


@pytest.mark.parametrize("rows", [0, 1, BLOCK, 2 * BLOCK + 1])
@pytest.mark.parametrize("value", ["合成", None])
def test_a_constant_column_is_like_any_other(rows: int, value: str | None) -> None:
    index = pd.RangeIndex(5, 5 + rows)
    column = constant(value, index)
    pd.testing.assert_series_equal(column, pd.Series([value] * rows, index=index, dtype="str"))
    changed = column.mask(np.arange(rows) == rows - 1, "x")
    assert changed.eq("x").sum() == min(rows, 1)
    assert constant(value, index).eq("x").sum() == 0


def test_threads_within_one_another_leave_the_process_as_it_was() -> None:
    pa = pytest.importorskip("pyarrow")
    before, enabled = pa.default_memory_pool().backend_name, gc.isenabled()
    first, second = threading.Event(), threading.Event()

    def early() -> None:
        with plain_memory(), no_collection():
            first.set()
            assert second.wait(10)

    def late() -> None:
        assert first.wait(10)
        with plain_memory(), no_collection():
            second.set()
            others[0].join()
            # The one that came first has gone; the setting must hold for the one that is still within.
            assert pa.default_memory_pool().backend_name == "system"
            assert not gc.isenabled()

    others = [threading.Thread(target=early)]
    others[0].start()
    late()
    assert (pa.default_memory_pool().backend_name, gc.isenabled()) == (before, enabled)
