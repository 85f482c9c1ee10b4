"""The shared result object."""

from __future__ import annotations

import dataclasses
import json
import sys

import pandas as pd
import pytest

from parkatlas.errors import DependencyError
from parkatlas.statistics.result import Result


def _result(**changes: object) -> Result:
    table = pd.DataFrame({"name": ["x", "y"], "value": [1.0, 2.0]}, index=["a$b$", "c"])
    fields = {
        "name": "share", "definition": "n / N", "reference": "none", "unit": "1", "n_used": 3, "n_dropped": 1,
        "table": table, "reading_zh": "甲", "reading_en": "a", "seed": 7, "params": {"level": "zone"},
    }  # fmt: skip
    return Result(**{**fields, **changes})


def test_it_is_frozen_and_hands_out_copies() -> None:
    result = _result()
    frame = result.to_frame()
    frame.loc["c", "value"] = 9.0
    assert result.table.loc["c", "value"] == 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.name = "other"
    assert (result.reading("zh"), result.reading()) == ("甲", "a")


def test_its_record_is_json() -> None:
    record = json.loads(json.dumps(_result().record()))
    assert record["n_dropped"] == 1
    assert record["params"] == {"level": "zone"}
    assert set(record["versions"]) >= {"python", "numpy", "parkatlas"}


def test_a_plot_returns_axes_and_shows_labels_as_they_stand() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert _result().plot(ax) is ax
    ax.figure.canvas.draw()  # a name between dollar signs would be parsed as a formula here
    assert [bar.get_width() for bar in ax.patches] == [2.0, 1.0]


def test_a_table_without_numbers_still_plots() -> None:
    from matplotlib.figure import Figure

    ax = _result(table=pd.DataFrame({"name": ["x"]})).plot(Figure().subplots())
    assert ax.texts[0].get_text() == "-"


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(DependencyError, match=r"parkatlas\[plots\]"):
        _result().plot()


def test_ids_are_read_as_words() -> None:
    table = pd.DataFrame({"level": ["zone", "grid 1 m", None], "sector": ["bio", "all", "other"], "n": [1, 2, 3]})
    result = _result(table=table, names={"bio": ("生物药", "Biologics")})
    assert result.named("zh")["sector"].tolist() == ["生物药", "全部", "other"]
    assert result.named("zh")["level"].tolist()[:2] == ["片区", "grid 1 m"]
    assert pd.isna(result.named()["level"].iloc[2])
    assert result.table is table
    assert table["sector"].iloc[0] == "bio"
