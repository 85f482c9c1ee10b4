"""What the page is told: plain records for areas and tables, packed columns for enterprises."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from parkatlas import crs, model, schema
from parkatlas.webmap import pack, page
from parkatlas.webmap.initials import initials_table
from parkatlas.webmap.titles import column_titles, table_titles

Record = dict[str, Any]

# Columns of LOCATED by what the page needs before the first paint and what it can wait for.
_GROUP = ("core_id", "zone_id", "park_id", "outcome", "entity")
_FIRST = ("sector", "employees", "output", "founded", "location_quality", "uncertainty_m")
_REMEMBERED = 100_000
_KINDS = {"Polygon": "Polygon", "LineString": "Line", "LinearRing": "Line", "Point": "Point"}
_POSITION_DIGITS = 6  # decimals of a degree: 0.1 m, as fine as a pixel of the packed points


def area_records(areas: gpd.GeoDataFrame) -> Record:
    """Return AREAS as rows for the page: every column, rings in degrees, true area, a point for the label; initials."""
    crs.require_wgs84(areas)
    km2 = crs.area_km2(areas) if len(areas) else pd.Series(dtype=float)
    rows = records(areas, schema.AREAS)
    for row, shape, true in zip(rows, areas.geometry, km2, strict=True):
        row["rings"], row["label"], row["km2"] = polygons(shape), label_point(shape), clean(float(true))
    return {
        "rows": rows,
        "initials": initials_table(distinct_characters(areas["name_zh"])),
    }


def context_records(context: gpd.GeoDataFrame) -> Record:
    """Return context features: kind, names and lines, points or rings in degrees."""
    crs.require_wgs84(context)
    out = []
    for row in context.itertuples():
        for part in shapely.get_parts(row.geometry):
            rings = polygons(part) if part.geom_type == "Polygon" else [[_degrees(part)]]
            texts = {key: str(getattr(row, key, None) or "") for key in ("kind", "name_zh", "name_en")}
            out.append({**texts, "type": part.geom_type, "rings": rings})
    return {"rows": out}


def shape_records(name: str, table: gpd.GeoDataFrame) -> Record:
    """Return any table with geometry: its columns as they are, shapes in degrees. Metres are turned into degrees.

    A shape is a "Polygon", "Line" or "Point", each of one part or several, or a "Mixed" one, which has these as
    ``parts``; a row without a shape has the type None.
    """
    degrees = table if table.crs is None or table.crs.is_geographic else table.to_crs(crs.WGS84)
    crs.require_wgs84(degrees)
    shapes = [_shape(shape) for shape in degrees.geometry]
    plain = pd.DataFrame(table).select_dtypes(exclude=["geometry"])
    if table.index.name:
        plain = plain.reset_index()
    plain.attrs = dict(table.attrs)
    return {**table_record(name, plain), "shapes": shapes}


def cell_blocks(name: str, register_id: str, table: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Return a table of equal square cells as two blocks: what it is, and middles and values, packed.

    ``attrs["cell_m"]`` is the side of a cell in metres; the first column that is no geometry is the value, of which the
    page shows three significant digits.
    """
    value = next(column for column in table.columns if column != table.geometry.name)
    middles = gpd.GeoSeries(shapely.centroid(table.geometry.to_numpy()), crs=table.crs).to_crs(crs.WGS84)
    x, y = pack.pixels(middles.x, middles.y)
    along = pack.morton_order(x, y)
    shown = np.array([float(f"{number:.3g}") for number in table[value].to_numpy(dtype=float)[along]])
    columns = [pack.deltas("x", x[along]), pack.deltas("y", y[along]), pack.numbers(value, shown)]
    plain = pd.DataFrame({value: []})
    plain.attrs = dict(table.attrs)
    record = {"name": name, "register": register_id, **table_record(name, plain), "rows": None}
    return [
        ("json", page.json_text({**record, "side": float(table.attrs["cell_m"])})),
        ("packed-cells", pack.pack(columns, len(table), plain=0)),  # shown when asked for: nothing waits for it
    ]


def sector_records(sectors: Sequence[model.Sector]) -> list[Record]:
    """Return the taxonomy in the plan's order; the page adds "unclassified" itself."""
    return [{"id": s.id, "zh": s.name_zh, "en": s.name_en, "colour": _colour(s.colour)} for s in sectors]


def enterprise_blocks(located: gpd.GeoDataFrame, sectors: Sequence[model.Sector]) -> list[tuple[str, str]]:
    """Return the two packed blocks of a register: what the first paint needs, and the texts.

    Rows with a point come first, in Morton order of their pixel; the others follow in their own order. ``row`` tells
    the place in the input, for registers of up to 100,000 rows and where ids are numbered in that order.
    """
    crs.require_wgs84(located)
    has_point = (~(located.geometry.isna() | located.geometry.is_empty)).to_numpy()
    order, x, y = _order(located, has_point)
    spare = (0, len(order) - len(x))  # rows without a point repeat the last one, which costs nothing
    first = [pack.deltas(name, np.pad(v, spare, "edge" if len(v) else "constant")) for name, v in (("x", x), ("y", y))]
    first += [_grouped(located, order), _sector_column(located, order, sectors)]
    first += [_column(located, order, name) for name in _FIRST if name != "sector"]
    later = [c.name for c in schema.LOCATED.columns if c.name not in (*_GROUP, *_FIRST)]
    texts = [_column(located, order, name) for name in later if located[name].notna().any()]
    row = pack.integers("row", order)
    if len(order) <= _REMEMBERED or _counts_rows(texts):
        texts.insert(0, row)
    if _counts_rows(first):
        first.insert(0, row)
    initials = initials_table(distinct_characters(located["name_zh"]))
    return [
        ("packed-first", pack.pack(first, len(order), points=len(x), zoom=pack.ZOOM)),
        ("packed-texts", pack.pack(texts, len(order), initials=initials)),
    ]


def _counts_rows(columns: Iterable[pack.Column]) -> bool:
    """Say whether a column is written as numbers that count up with the rows of the input."""
    return any("of" in header for header, _ in columns)


def distinct_characters(texts: pd.Series) -> str:
    """Return the distinct characters of texts, those outside the basic plane left out.

    >>> distinct_characters(pd.Series(["长春", None, "春a"]))
    'a春长'
    """
    occurs = np.zeros(1 << 16, dtype=bool)
    occurs[np.frombuffer(pack.strung(texts).text.encode("utf-16-le", "replace"), dtype="<u2")] = True
    return "".join(chr(unit) for unit in np.flatnonzero(occurs).tolist() if not 0xD800 <= unit < 0xE000)


def records(table: pd.DataFrame, of: schema.Table) -> list[Record]:
    """Return the schema's columns of a table as rows of JSON values, missing ones as None."""
    columns = [table[name].astype(object).where(table[name].notna(), None).tolist() for name in of.names]
    return [dict(zip(of.names, map(clean, values), strict=True)) for values in zip(*columns, strict=True)]


def table_record(name: str, table: pd.DataFrame) -> Record:
    """Return any table as columns, titles and rows.

    Numbers keep five significant digits: they are read, not computed with. The names of areas travel once, with the
    areas, so a table that has ``area_id`` leaves them out. ``attrs`` of the frame may hold ``title_zh``, ``title_en``,
    ``note_zh`` and ``note_en``.
    """
    if "area_id" in table.columns:
        table = table.drop(columns=[name for name in ("level", "name_zh", "name_en") if name in table.columns])
    names = [str(column) for column in table.columns]
    columns = [table[column].astype(object).where(table[column].notna(), None).tolist() for column in table.columns]
    rows = [[_short(clean(value)) for value in values] for values in zip(*columns, strict=True)]
    notes = [clean(table.attrs.get(key)) for key in ("note_zh", "note_en")]
    return {
        "columns": names,
        "titles": column_titles(names),
        "title": table_titles(name, table),
        "note": notes,
        "rows": rows,
    }


def title_pairs(table: schema.Table) -> dict[str, list[str]]:
    """Return column name -> titles in Chinese and English, units included."""
    return {column.name: [column.title("zh"), column.title("en")] for column in table.columns}


def named_records(items: Iterable[Any]) -> list[Record]:
    """Return small dataclasses of the model as records, their sources flattened beside them."""
    out = []
    for item in items:
        record: Record = {}
        for key, value in vars(item).items():
            if isinstance(value, model.Source):
                record |= vars(value)
            elif isinstance(value, Mapping):
                continue
            else:
                record[key] = [clean(v) for v in value] if isinstance(value, tuple) else clean(value)
        out.append(record)
    return out


def clean(value: Any) -> Any:
    """Return a value that JSON can hold exactly: no NumPy types, no NaN, no infinity.

    >>> clean(float("nan")) is None, clean(np.int64(3))
    (True, 3)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def polygons(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Return polygons as lists of rings, the outer first, each ring a list of [lon, lat] without the repeated end."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [[_degrees(ring)[:-1] for ring in (part.exterior, *part.interiors)] for part in parts]


def label_point(shape: shapely.Geometry) -> list[float]:
    """Return the middle of the largest circle inside the largest part: where a label has most room."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    largest = max(parts, key=lambda part: part.area)
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0]
    return [round(float(value), _POSITION_DIGITS) for value in middle]


def _short(value: Any) -> Any:
    """Return a number with five significant digits, anything else as it is."""
    if not isinstance(value, float):
        return value
    if value.is_integer() and abs(value) < 2**53:
        return int(value)
    rounded = float(f"{value:.5g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


def _shape(shape: BaseGeometry | None) -> Record:
    """Return a geometry of any kind; what is mixed by its parts, however deep they stand."""
    single = [] if shape is None or shape.is_empty else _singles(shape)
    found: list[Record] = []
    for kind in ("Polygon", "Line", "Point"):
        parts = [part for part in single if _KINDS[part.geom_type] == kind]
        rings = [ring for part in parts for ring in (polygons(part) if kind == "Polygon" else [[_degrees(part)]])]
        found += [{"type": kind, "rings": rings}] if parts else []
    if len(found) == 1:
        return found[0]
    rings = [ring for part in found for ring in part["rings"]]
    return {"type": "Mixed", "rings": rings, "parts": found} if found else {"type": None, "rings": []}


def _singles(shape: BaseGeometry) -> list[BaseGeometry]:
    if shape.geom_type in _KINDS:
        return [] if shape.is_empty else [shape]
    return [single for part in shapely.get_parts(shape) for single in _singles(part)]


def _degrees(shape: shapely.Geometry) -> list[list[float]]:
    return np.round(shapely.get_coordinates(shape), _POSITION_DIGITS).tolist()  # type: ignore[no-any-return]


def _order(
    located: gpd.GeoDataFrame, has_point: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    where = np.flatnonzero(has_point)
    places = shapely.get_coordinates(located.geometry.to_numpy()[where])
    x, y = pack.pixels(places[:, 0], places[:, 1])
    along = pack.morton_order(x, y)
    return np.concatenate([where[along], np.flatnonzero(~has_point)]), x[along], y[along]


def _grouped(located: gpd.GeoDataFrame, order: npt.NDArray[np.intp]) -> pack.Column:
    """Return core, zone, park, outcome and entity as one code into the list of combinations that occur."""
    codes = np.zeros(len(order), dtype=np.int64)
    parts = []
    for name in _GROUP:
        code, distinct = pack.factorize(located[name])
        parts.append(distinct)
        codes = codes * len(distinct) + code
    code, found = pd.factorize(codes, sort=True)
    combinations = []
    for key in found.tolist():
        values, rest = [], key
        for distinct in reversed(parts):
            values.append(distinct[rest % len(distinct)])
            rest //= len(distinct)
        combinations.append("\n".join(reversed(values)))
    return pack.codes_of("group", code[order], combinations)


def _sector_column(
    located: gpd.GeoDataFrame, order: npt.NDArray[np.intp], sectors: Sequence[model.Sector]
) -> pack.Column:
    """Return the position of each row's sector in the taxonomy; what is not in it comes last."""
    codes, distinct = pack.factorize(located["sector"])
    place = {sector.id: position for position, sector in enumerate(sectors)}
    positions = np.array([place.get(name, len(place)) for name in distinct], dtype=np.int64)
    return pack.integers("sector", positions[codes][order] if len(codes) else codes)


def _column(located: gpd.GeoDataFrame, order: npt.NDArray[np.intp], name: str) -> pack.Column:
    kind = schema.LOCATED[name].kind
    if kind in ("text", "date"):
        return pack.words(name, located[name], order)
    return pack.numbers(name, located[name].to_numpy(dtype=float, na_value=np.nan)[order])


def _colour(text: str) -> str:
    """Return a colour as six hexadecimal digits; anything else becomes grey."""
    digits = text.lstrip("#")
    good = len(digits) == 6 and all(char in "0123456789abcdefABCDEF" for char in digits)
    return f"#{digits.lower()}" if good else "#777777"
