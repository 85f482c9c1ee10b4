"""The names the package promises: sorted, all of them importable, all of them documented."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest

import parkatlas


def test_all_is_sorted_and_lists_what_dir_lists() -> None:
    assert parkatlas.__all__ == sorted(parkatlas.__all__)
    assert dir(parkatlas) == sorted(parkatlas.__all__)


@pytest.mark.parametrize("name", parkatlas.__all__)
def test_every_name_is_importable_and_documented(name: str) -> None:
    thing = getattr(parkatlas, name)
    assert inspect.ismodule(thing) or isinstance(thing, str) or inspect.getdoc(thing)


def test_a_name_stays_a_function_after_its_module_was_imported() -> None:
    import parkatlas.pipeline

    assert callable(parkatlas.build)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'atlass'"):
        parkatlas.atlass  # noqa: B018


def test_the_version_is_the_one_of_pyproject() -> None:
    text = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == parkatlas.__version__
