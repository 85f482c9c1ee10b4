"""Packed columns: what goes in comes out, bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkatlas.webmap import pack
from parkatlas.webmap.initials import initials_table

text = st.text(st.characters(codec="utf-8"), max_size=12)


def round_trip(column: pack.Column, rows: int) -> list[object]:
    head, columns = pack.unpack(pack.pack([column], rows))
    assert head["rows"] == rows
    return columns[column[0]["name"]]


@given(st.lists(st.integers(0, 2**53)))
def test_whole_numbers_round_trip(values: list[int]) -> None:
    assert round_trip(pack.integers("a", np.array(values, dtype=np.int64)), len(values)) == values


@given(st.lists(st.integers(0, 2**40) | st.none()))
def test_missing_whole_numbers_stay_missing(values: list[int | None]) -> None:
    missing = np.array([value is None for value in values], dtype=bool)
    filled = np.array([value or 0 for value in values], dtype=np.int64)
    assert round_trip(pack.integers("a", filled, missing=missing), len(values)) == values


@given(st.lists(st.integers(0, 2**28 - 1)))
def test_differences_round_trip(values: list[int]) -> None:
    assert round_trip(pack.deltas("a", np.array(values, dtype=np.int64)), len(values)) == values


@given(st.lists(st.floats(allow_infinity=False) | st.sampled_from([0.1, 0.2, 1e15, -3.5, 1 / 3])))
def test_numbers_round_trip_to_the_bit(values: list[float]) -> None:
    found = round_trip(pack.numbers("a", values), len(values))
    assert [None if math.isnan(v) else v for v in values] == found


def test_short_decimals_are_kept_as_whole_numbers() -> None:
    header, data = pack.numbers("a", [1.5, 20.25, float("nan")])
    assert (header["kind"], header["scale"]) == ("scaled", 2)
    assert len(data) == 3 * header["width"]


@given(st.lists(text))
def test_texts_round_trip_with_astral_and_control_characters(values: list[str]) -> None:
    assert round_trip(pack.texts("a", values), len(values)) == values


@pytest.mark.parametrize("held", ["object", pd.StringDtype("python"), pd.StringDtype("pyarrow", na_value=np.nan)])
@given(values=st.lists(text | st.none()), start=st.integers(0, 3))
def test_texts_are_the_same_however_they_are_held(held: object, values: list[str | None], start: int) -> None:
    part = pd.Series(values, dtype=held)[start:]  # type: ignore[call-overload]
    assert pack.texts("a", part) == pack.texts("a", ["" if value is None else value for value in values[start:]])


@given(st.lists(st.sampled_from(["", "甲", "乙", "😀", "</script>"])))
def test_words_round_trip(values: list[str]) -> None:
    assert round_trip(pack.words("a", np.array(values, dtype=object)), len(values)) == values


@given(st.lists(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=5), min_size=60))
def test_texts_of_more_characters_than_a_byte_has_round_trip(values: list[str]) -> None:
    header, _ = column = pack.texts("a", [*values, "".join(map(chr, range(0x4E00, 0x5000)))])
    assert header["lead"] > 0
    assert round_trip(column, len(values) + 1)[:-1] == values


@given(st.lists(st.integers(0, 10**6), min_size=1), st.sampled_from(["", "E", "SYN-", "9122"]))
def test_numbered_ids_travel_as_numbers(numbers: list[int], prefix: str) -> None:
    values = np.array([f"{prefix}{n:07d}" for n in numbers], dtype=object)
    order = np.argsort(values, kind="stable")
    column = pack.serial("a", values, order)
    assert column is not None
    _, found = pack.unpack(pack.pack([pack.integers("row", order), column], len(values)))
    assert found["a"] == values[order].tolist()


@given(st.lists(st.text("E01é", max_size=4)))
def test_ids_that_are_no_numbers_are_left_alone(values: list[str]) -> None:
    column = pack.serial("a", np.array(values, dtype=object))
    if column is not None:
        assert (
            pack.unpack(pack.pack([pack.integers("row", np.arange(len(values))), column], len(values)))[1]["a"]
            == values
        )


def test_ids_in_the_order_of_the_list_take_no_room() -> None:
    values = np.array([f"E{i:04d}" for i in range(7, 50)], dtype=object)
    assert pack.serial("a", values, np.arange(43)[::-1])[1] == b""


def test_missing_texts_are_one_code() -> None:
    codes, distinct = pack.factorize(pd.Series(["b", None, "", "b"]))
    assert [distinct[code] for code in codes] == ["b", "", "", "b"]


def test_lone_surrogates_become_question_marks_and_shift_nothing() -> None:
    assert round_trip(pack.texts("a", ["a\ud800b", "c"]), 2) == ["a?b", "c"]


def test_repeating_texts_become_codes_and_others_do_not() -> None:
    assert pack.words("a", np.array(["x", "y"] * 50, dtype=object))[0]["kind"] == "dict"
    assert pack.words("a", np.array([str(i) for i in range(100)], dtype=object))[0]["kind"] == "text"


@given(st.lists(st.tuples(st.integers(0, 2**28 - 1), st.integers(0, 2**28 - 1)), min_size=1, max_size=50))
def test_morton_order_is_that_of_interleaved_bits(points: list[tuple[int, int]]) -> None:
    def interleaved(x: int, y: int) -> int:
        return int("".join(b + a for a, b in zip(f"{x:028b}", f"{y:028b}", strict=True)), 2)

    x, y = (np.array(axis, dtype=np.int64) for axis in zip(*points, strict=True))
    found = [interleaved(*points[i]) for i in pack.morton_order(x, y)]
    assert found == sorted(found)


def test_pixels_are_those_of_the_tile_scheme() -> None:
    # Tile 20/892000 at 126 E by hand: (126 + 180) / 360 * 2**20 = 891289.6 tiles of 256 pixels.
    x, y = pack.pixels([126.0, 0.0], [0.0, 85.0511287798066])
    assert x[0] == math.floor(891289.6 * 256)
    assert (y[0], y[1]) == (2**27, 0)


def test_the_same_columns_give_the_same_block() -> None:
    columns = [pack.texts("a", ["甲", "乙"]), pack.integers("b", [1, 2])]
    assert pack.pack(columns, 2) == pack.pack(columns, 2)


def test_a_large_column_is_split_over_chunks() -> None:
    values = np.arange(700_000)
    block = pack.pack([pack.integers("a", values), pack.integers("b", values)], len(values))
    assert block.count("\n") == 2
    assert pack.unpack(block)[1]["b"][-1] == 699_999


@pytest.mark.parametrize(("char", "letters"), [("长", "cz"), ("药", "y"), ("重", "ctz"), ("A", ""), ("😀", "")])
def test_a_character_stands_under_every_initial_it_can_have(char: str, letters: str) -> None:
    table = initials_table(char)
    assert "".join(letter for letter, chars in table.items() if char in chars) == letters
