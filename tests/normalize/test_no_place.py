"""Rows that no area can count are warned of, unless the list itself says that their place is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from parkatlas.pipeline import survey

HEADER = "编号,企业名称,lon,lat,sector,employees,output,declared_area,location_quality\n"


@pytest.mark.parametrize(("quality", "warned"), [("", True), ("exact", True), ("none", False), ("无", False)])
def test_a_row_without_a_place(town_folder: Path, quality: str, warned: bool) -> None:
    (town_folder / "enterprises.csv").write_text(f"{HEADER}e1,甲,,,bio,,,,{quality}\n", encoding="utf-8")
    surveyed = survey(town_folder)
    assert surveyed.conservation["list"]["unplaced"] == 1
    lost = [finding for finding in surveyed.findings if finding.code == "normalize.no-place"]
    assert [finding.details["first"] for finding in lost] == ([2] if warned else [])


def test_a_declared_area_is_a_place(town_folder: Path) -> None:
    (town_folder / "enterprises.csv").write_text(f"{HEADER}e1,甲,,,bio,,,pa,\n", encoding="utf-8")
    assert not [finding for finding in survey(town_folder).findings if finding.code == "normalize.no-place"]
