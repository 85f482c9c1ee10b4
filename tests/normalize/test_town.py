"""The hand-drawn town's list: twelve rows in, twelve rows out, as its paper says."""

from __future__ import annotations

from pathlib import Path

import lists
import numpy as np
import pandas as pd
import town

from parkatlas.model import RawTable


def _raw(folder: Path) -> RawTable:
    frame = pd.read_csv(town.write(folder) / "enterprises.csv", dtype="str", keep_default_na=False)
    return RawTable(frame.set_axis(pd.RangeIndex(2, 14, name="row")), "enterprises.csv")


def test_the_town_gives_its_twelve_rows(tmp_path: Path) -> None:
    out = lists.take(_raw(tmp_path), columns={"enterprise_id": "编号", "name_zh": "企业名称"})
    table = out.enterprises
    assert list(table.index) == list(range(2, 14))
    assert list(table["enterprise_id"]) == list(town.ENTERPRISES)
    assert (len(out.rejects), out.merged) == (0, 0)
    # Two of ten positions do not settle a datum, and e12 says neither where it is nor that this is unknown.
    assert set(lists.codes(out)) == {"normalize.datum-unknown", "normalize.no-place"}
    for row, (x, y, sector, employees, output, declared) in zip(
        table.itertuples(), town.ENTERPRISES.values(), strict=True
    ):
        assert row.sector == sector
        assert (pd.isna(row.employees) and employees is None) or row.employees == employees
        assert (pd.isna(row.output) and output is None) or row.output == output
        assert (pd.isna(row.declared_area) and declared is None) or row.declared_area == declared
        if x is None or y is None:
            assert row.geometry is None
            assert row.location_quality == "none"
        else:
            assert (row.geometry.x, row.geometry.y) == town.lonlat(x, y)  # the same bits
            assert row.location_quality == "exact"


def test_a_datum_is_undone(tmp_path: Path) -> None:
    table = _raw(tmp_path)
    as_wgs84 = lists.take(table).enterprises.geometry
    as_gcj02 = lists.take(table, datum="gcj02").enterprises.geometry
    metres = as_wgs84.dropna().to_crs(4551).distance(as_gcj02.dropna().to_crs(4551)).to_numpy()
    assert np.all((metres > 500) & (metres < 700))  # about 590 m at Changchun
