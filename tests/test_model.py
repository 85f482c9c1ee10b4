"""The parent chain of areas."""

from __future__ import annotations

import pandas as pd
import pytest
import town

from parkatlas.model import ancestors


def table(parents: dict[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame({"area_id": list(parents), "parent_id": list(parents.values())}, dtype="str")


def test_the_towns_chains_run_from_the_parent_upward() -> None:
    chains = ancestors(table({area: row[1] for area, row in town.AREAS.items()}))
    assert chains["pc"] == ("pb", "z-east")
    assert chains["core"] == ("z-west",)
    assert chains["z-west"] == ()
    assert list(chains) == list(town.AREAS)


def test_a_parent_that_is_not_in_the_table_ends_the_chain() -> None:
    assert ancestors(table({"a": "elsewhere", "b": "a"})) == {"a": (), "b": ("a",)}


@pytest.mark.parametrize("parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"x": "a", "a": "b", "b": "c", "c": "a"}])
def test_a_circle_of_parents_is_refused_by_name(parents: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match=r"their own ancestors.*a"):
        ancestors(table(parents))
