"""Frames made to fit a table, and frames held against one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from parkatlas.errors import SchemaError
from parkatlas.schema.columns import DATE, DTYPES, Column, Table

if TYPE_CHECKING:
    import pandas as pd


def frame(table: Table, records: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Return records as a frame with exactly the table's columns and dtypes; absent fields are missing values.

    >>> from parkatlas.schema import REJECTS
    >>> frame(REJECTS, [{"source": "a.csv", "row": 3}]).dtypes["row"].name
    'Int64'
    """
    import pandas as pd

    return conform(pd.DataFrame.from_records(list(records), columns=None), table)


def conform(data: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a new frame with the table's columns first, in order and dtype; missing ones added, others dropped.

    Geometry and CRS are kept where the frame has them. Values are not judged: that is `validate`.
    """
    import geopandas as gpd
    import pandas as pd

    columns: dict[str, object] = {}
    for column in table.columns:
        dtype = DTYPES[column.kind]
        given = data[column.name] if column.name in data.columns else pd.Series(None, index=data.index, dtype=object)
        columns[column.name] = given.astype(dtype) if column.kind != "flag" else given.fillna(False).astype(dtype)
    out = pd.DataFrame(columns, index=data.index, copy=False)  # pandas copies what is written to later
    if table.geometry is None:
        return out
    if isinstance(data, gpd.GeoDataFrame) and data.active_geometry_name is not None:
        return gpd.GeoDataFrame(out, geometry=data.geometry, copy=False)
    return gpd.GeoDataFrame(out, geometry=gpd.GeoSeries([None] * len(out), index=out.index, crs="EPSG:4326"))


def validate(data: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame itself if it fits the table, or raise SchemaError naming every fault in one message.

    Checked: every column present with its dtype, required columns filled, choices and dates respected, the key
    unique, geometry of the declared kind in WGS 84. Columns the table does not know are allowed.
    """
    faults = [fault for column in table.columns for fault in _column_faults(data, column)]
    if table.key in data.columns:
        repeated = data[table.key][data[table.key].duplicated()].unique()
        if len(repeated):
            faults.append(f"{table.key}: not unique ({_some(repeated)})")
    faults += _geometry_faults(data, table)
    if faults:
        raise SchemaError(f"table {table.name!r} does not fit its schema: " + "; ".join(faults))
    return data


def _column_faults(data: pd.DataFrame, column: Column) -> list[str]:
    if column.name not in data.columns:
        return [f"{column.name}: missing"]
    values = data[column.name]
    faults = []
    if str(values.dtype) != DTYPES[column.kind]:
        faults.append(f"{column.name}: dtype {values.dtype}, expected {DTYPES[column.kind]}")
    filled = values.dropna()
    if column.required and (len(filled) < len(values) or (column.kind == "text" and (filled == "").any())):
        faults.append(f"{column.name}: empty in {len(values) - len(filled) or 'some'} rows")
    if column.choices and not filled.isin(column.choices).all():
        wrong = filled[~filled.isin(column.choices)].unique()
        faults.append(f"{column.name}: {_some(wrong)} not one of {', '.join(column.choices)}")
    if column.kind == "date":
        wrong = [value for value in filled.unique() if not DATE.fullmatch(str(value))]
        if wrong:
            faults.append(f"{column.name}: {_some(wrong)} not an ISO 8601 date")
    return faults


def _geometry_faults(data: pd.DataFrame, table: Table) -> list[str]:
    import geopandas as gpd

    if table.geometry is None:
        return []
    if not isinstance(data, gpd.GeoDataFrame) or data.active_geometry_name is None:
        return ["geometry: missing"]
    kinds = {"polygon": ("Polygon", "MultiPolygon"), "point": ("Point",)}[table.geometry]
    found = set(data.geometry.geom_type.dropna()) - set(kinds)
    faults = [f"geometry: {', '.join(sorted(found))} instead of {table.geometry}"] if found else []
    if table.geometry == "polygon" and (data.geometry.isna() | data.geometry.is_empty).any():
        faults.append("geometry: empty in some rows")
    if data.crs is None or data.crs.to_epsg() != 4326:
        faults.append(f"geometry: CRS {data.crs} instead of WGS 84 (EPSG:4326)")
    return faults


def _some(values: Iterable[object]) -> str:
    shown = [repr(str(value)) for value in values]
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
