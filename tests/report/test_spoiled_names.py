"""Names that try to be formulas, markup or mathematics come out of workbook and figures as text."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import town

import parkatlas
from parkatlas.model import Sector
from parkatlas.report.figures import Drawing, write_figures
from parkatlas.report.workbook import write_workbook
from parkatlas.statistics import measures, run

DRAWN = ("area_table", "sector_mix", "location_quotient", "three_star")


def test_no_name_is_ever_parsed(town_folder: Path, tmp_path: Path) -> None:
    survey = parkatlas.survey(town_folder)
    (located,) = survey.registers.values()
    areas = survey.plan.areas.assign(name_zh="=1+$x$\x00<b>{{7*7}}", name_en="@$\\frac$ $")
    sectors = [Sector(key, "=cmd $a$ \x07", "$b$\n", (), "#000000") for key in town.SECTORS]
    located.index = [0] * len(located)
    results = {m.name: run(m, located, areas, sectors) for m in measures.of_one_register(["counts", "concentration"])}
    drawings = {name: Drawing(results[name].plot, "$t$", "$c$ \x07", results[name].height) for name in DRAWN}
    files = write_figures(drawings, tmp_path, "zh", formats=["svg"])
    assert all("<b>" not in file.read_text("utf-8") for file in files)
    write_workbook(measures.by_family(results, "zh"), tmp_path / "s.xlsx", "zh", warnings=["=1+1"])
    cells = [
        cell for sheet in openpyxl.load_workbook(tmp_path / "s.xlsx") for row in sheet.iter_rows() for cell in row
        if cell.value is not None
    ]  # fmt: skip
    assert not [cell for cell in cells if cell.data_type == "f" or str(cell.value)[0] in "=@+"]
    assert any(str(cell.value).startswith("'=1+$x$\ufffd<b>") for cell in cells)
