"""Shapes of feature layers as text columns: points as longitude and latitude, everything else as WKT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from parkatlas.errors import InputError
from parkatlas.findings import Finding
from parkatlas.read.cells import number_text
from parkatlas.read.layer_rules import (
    CRS_BALLPARK,
    CRS_CONVERTED,
    CRS_LOCAL,
    CRS_UNKNOWN,
    FEATURE_POSITION,
    NAME_TAKEN,
    NO_CRS,
)

WGS84 = "EPSG:4326"
# Datums that are taken as WGS 84: PROJ has no parameters for CGCS2000, and the two differ by less than a metre.
_AS_WGS84 = ("china 2000", "china geodetic coordinate system 2000", "cgcs2000")


@dataclass(frozen=True)
class Places:
    """Columns of text, the names of the pair that holds the points, and the CRS these are in (None: not declared).

    ``rejected`` names rows whose shape cannot be read, one finding a row; they have none in the columns.
    """

    columns: dict[str, list[str | None]]
    points: tuple[str, str]
    crs: str | None
    findings: list[Finding] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)


def parse_crs(text: object, source: str, sheet: str | None = None) -> pyproj.CRS:
    """Return a CRS from a code, WKT or PROJ JSON; refuse one that is not known instead of taking it for WGS 84.

    A local system, such as that of a drawing, is known: `describe_places` leaves its positions as they stand.
    """
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise InputError(CRS_UNKNOWN.at(file=source, sheet=sheet, value=text)) from error
    if not (crs.is_geographic or crs.is_projected or crs.is_engineering or _is_undefined(crs)):
        raise InputError(CRS_UNKNOWN.at(file=source, sheet=sheet, value=f"{crs.name} ({crs.type_name})"))
    return crs


def _is_undefined(crs: pyproj.CRS) -> bool:
    """Tell a CRS that only says that there is none, as GDAL writes it: "Undefined geographic SRS" and the like."""
    return crs.name.lower().startswith(("undefined", "unknown", "unnamed")) and not crs.is_projected


def describe_places(
    shapes: npt.NDArray[np.object_], crs: pyproj.CRS | None, source: str, sheet: str | None = None
) -> Places:
    """Return the columns for shapes in a CRS.

    Points become two columns of numbers: "lon" and "lat" in WGS 84 where the CRS is known, "x" and "y" as they stand
    where it is not or has no place on earth. Multipoints of one point count as points. Where anything else occurs, a
    column "geometry" holds it as WKT. Missing and empty shapes give missing values.

    Parameters
    ----------
    shapes : array of shapely geometries
        None where a feature has no shape.
    crs : pyproj.CRS, optional
        The CRS that the file declares.
    """
    kinds = shapely.get_type_id(shapes)
    single = (kinds == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    findings = []
    known = crs is not None and not crs.is_engineering and not _is_undefined(crs)
    if crs is None or _is_undefined(crs):
        findings.append(NO_CRS.at(file=source, sheet=sheet))
    elif not known:
        findings.append(CRS_LOCAL.at(file=source, sheet=sheet, value=crs.name))
    elif not pyproj.CRS(crs).equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        shapes, is_ballpark = _converted(shapes, crs, source, sheet)
        findings.append(CRS_CONVERTED.at(file=source, sheet=sheet, crs=crs.name))
        if is_ballpark:
            findings.append(CRS_BALLPARK.at(file=source, sheet=sheet, crs=crs.name))
    point = shapely.get_type_id(shapes) == 0
    points = _only(shapes, point)
    names = ("lon", "lat") if known else ("x", "y")
    columns = {
        names[0]: [number_text(x) for x in np.asarray(shapely.get_x(points)).tolist()],
        names[1]: [number_text(y) for y in np.asarray(shapely.get_y(points)).tolist()],
    }
    odd = ~point & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if odd.any():
        wkt = shapely.to_wkt(_only(shapes, odd), rounding_precision=-1)
        columns["geometry"] = [None if text is None else str(text) for text in np.asarray(wkt, dtype=object)]
    return Places(columns, names, WGS84 if known else None, findings)


def damaged_shapes(rows: Iterable[int], source: str, sheet: str | None = None) -> list[Finding]:
    """Return the findings that set aside rows whose binary geometry cannot be read."""
    why = {"why_zh": "几何已损坏，无法读出", "why_en": "its geometry is damaged"}
    return [FEATURE_POSITION.at(file=source, sheet=sheet, row=row, feature=str(row), **why) for row in rows]  # type: ignore[arg-type]


def _only(shapes: npt.NDArray[np.object_], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    kept = np.full(len(shapes), None, dtype=object)
    kept[mask] = shapes[mask]
    return kept


def _converted(
    shapes: npt.NDArray[np.object_], crs: pyproj.CRS, source: str, sheet: str | None
) -> tuple[npt.NDArray[np.object_], bool]:
    """Project shapes to WGS 84, rounded to 1e-10 degrees, far below a millimetre: the noise of projecting.

    The second result tells whether the shift of datum was left out, for want of its parameters.
    """
    try:
        transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise InputError(CRS_UNKNOWN.at(file=source, sheet=sheet, value=crs.name)) from error

    def project(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lon, lat = transformer.transform(places[:, 0], places[:, 1])
        return np.round(np.column_stack([lon, lat]), 10)

    projected = np.asarray(shapely.transform(shapes, project))
    return projected, _is_ballpark(transformer, crs)


def _is_ballpark(transformer: pyproj.Transformer, crs: pyproj.CRS) -> bool:
    """Tell whether PROJ went from datum to datum by equal degrees, where these are known to differ.

    The way is chosen place by place where several are known; the last one that was gone is asked then.
    """
    if crs.datum is None or crs.datum.name.lower().replace("_", " ").removeprefix("d ") in _AS_WGS84:
        return False
    try:
        taken = transformer.get_last_used_operation()
    except pyproj.exceptions.ProjError:
        taken = transformer
    return "Ballpark geographic offset" in (taken.description or "")


def join_places(attributes: pd.DataFrame, places: Places, source: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Put the places' columns after the attributes; an attribute of the same name is renamed, and that is said."""
    taken = {*places.columns, *attributes.columns}
    renamed = {}
    for name in attributes.columns.intersection(list(places.columns)):
        number = 2
        while f"{name} ({number})" in taken:
            number += 1
        renamed[name] = f"{name} ({number})"
        taken.add(renamed[name])
    findings = [NAME_TAKEN.at(file=source, field=old, new=new) for old, new in renamed.items()]
    frame = attributes.rename(columns=renamed)
    added = {name: pd.Series(cells, index=frame.index, dtype="str") for name, cells in places.columns.items()}
    return pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1), findings
