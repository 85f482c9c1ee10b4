"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromium
import hypothesis
import pytest
import town

# A shared machine may be slow for a moment; that is no failure of the code under test.
# The same examples each time, so that a run says something of the change; HYPOTHESIS_PROFILE=explore looks for others.
hypothesis.settings.register_profile("patient", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def town_folder(tmp_path: Path) -> Path:
    """Return the hand-drawn town, freshly written as a project folder."""
    return town.write(tmp_path / "town")


@pytest.fixture(scope="session")
def geodata() -> Path:
    """Return the shipped project."""
    return ROOT / "geodata"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start Chromium once for all tests that need it."""
    with chromium.browser() as started:
        yield started
