"""Metres and datums, against pyproj, the geodesic and two independent converters.

Oracles: coord-convert and geocoordinates-rs for GCJ-02 and BD-09; the control points of EPSG:4551 at Changchun.
"""

from __future__ import annotations

import geocoordinates_ffi as geocoordinates
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import town
from coord_convert.transform import gcj2bd, wgs2bd, wgs2gcj
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from parkatlas import crs
from parkatlas.errors import CRSError

GEOD = pyproj.Geod(ellps="WGS84")
IN_CHINA = st.tuples(st.floats(74, 134), st.floats(18, 53))
ANYWHERE = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


def _one(function: object, place: tuple[float, float], datum: crs.Datum) -> tuple[float, float]:
    lon, lat = function([place[0]], [place[1]], datum)  # type: ignore[operator]
    return float(lon[0]), float(lat[0])


@given(IN_CHINA)
def test_gcj02_is_what_two_other_packages_make_of_it(place: tuple[float, float]) -> None:
    ours = _one(crs.from_wgs84, place, "gcj02")
    assert _metres(ours, wgs2gcj(*place)) < 0.001
    other = geocoordinates.wgs84_to_gcj02(geocoordinates.Wgs84(lat=place[1], lon=place[0]))
    assert _metres(ours, (other.lon, other.lat)) < 0.001


@given(IN_CHINA)
def test_bd09_is_what_two_other_packages_make_of_it(place: tuple[float, float]) -> None:
    ours = _one(crs.from_wgs84, place, "bd09")
    assert _metres(ours, wgs2bd(*place)) < 0.001
    assert _metres(ours, gcj2bd(*wgs2gcj(*place))) < 0.001
    other = geocoordinates.wgs84_to_bd09(geocoordinates.Wgs84(lat=place[1], lon=place[0]))
    assert _metres(ours, (other.lon, other.lat)) < 0.001


@pytest.mark.parametrize("datum", crs.DATUMS)
@given(place=ANYWHERE)
def test_there_and_back_is_within_a_millimetre(datum: crs.Datum, place: tuple[float, float]) -> None:
    west, south, east, north = 72.004, 0.8293, 137.8347, 55.8271
    # Within a kilometre or two of the box's edge a shifted position may lie on its other side: no way back there.
    if any(abs(value - edge) < 0.02 for value, edge in zip((*place, *place), (west, south, east, north), strict=True)):
        return
    back = _one(crs.to_wgs84, _one(crs.from_wgs84, place, datum), datum)
    assert _metres(place, back) < 0.001


@pytest.mark.parametrize("datum", crs.DATUMS)
@given(place=ANYWHERE.filter(lambda p: not (72 <= p[0] <= 138 and 0.8 <= p[1] <= 56)))
def test_positions_outside_china_are_untouched(datum: crs.Datum, place: tuple[float, float]) -> None:
    assert _one(crs.to_wgs84, place, datum) == place
    assert _one(crs.from_wgs84, place, datum) == place


@pytest.mark.parametrize(("datum", "metres"), [("gcj02", 590), ("bd09", 1390)])
def test_the_shift_at_changchun(datum: crs.Datum, metres: float) -> None:
    assert _metres((125.32, 43.88), _one(crs.from_wgs84, (125.32, 43.88), datum)) == pytest.approx(metres, rel=0.03)


@pytest.mark.parametrize("datum", crs.DATUMS)
def test_nan_and_infinity_come_back_and_the_input_is_kept(datum: crs.Datum) -> None:
    lon, lat = np.array([125.0, np.nan, np.inf]), np.array([44.0, 44.0, -np.inf])
    before = lon.copy()
    out_lon, out_lat = crs.to_wgs84(lon, lat, datum)
    np.testing.assert_array_equal(lon, before)
    assert np.isfinite(out_lon[0])
    assert np.isnan(out_lon[1])
    assert (out_lon[2], out_lat[2]) == (np.inf, -np.inf)


def test_an_unknown_datum_and_unequal_lengths_are_refused() -> None:
    for function in (crs.to_wgs84, crs.from_wgs84):
        with pytest.raises(ValueError, match="unknown datum"):
            function([1.0], [1.0], "nad27")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="same shape"):
            function([1.0], [1.0, 2.0], "gcj02")


@pytest.mark.parametrize(
    ("place", "east", "north"),
    [
        ((125.3245, 43.8868), 445717.761, 4861466.42),
        ((125.405, 44.0), 452277.284, 4873994.504),
        ((125.685, 43.996), 474733.347, 4873426.165),
    ],
)
def test_control_points_of_changchun(place: tuple[float, float], east: float, north: float) -> None:
    system = crs.metric_crs(*place)
    assert system.to_epsg() == 4551
    x, y = crs.project([place[0], np.nan], [place[1], 44.0], system)
    assert (x[0], y[0]) == pytest.approx((east, north), abs=0.001)
    assert np.isnan(x[1])


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(75, 39, 4534), (135, 48, 4554), (120, 30, 4549), (2.35, 48.85, 32631), (-70, -33, 32719), (180, 10, 32660)],
)
def test_every_place_has_its_plane(lon: float, lat: float, epsg: int) -> None:
    assert crs.metric_crs(lon, lat).to_epsg() == epsg


def test_no_plane_without_a_place() -> None:
    for lon, lat in (([], []), ([np.nan], [44.0]), ([500.0], [44.0])):
        with pytest.raises(CRSError):
            crs.metric_crs(lon, lat)


def test_degrees_are_never_measured_and_metres_never_taken_for_degrees() -> None:
    degrees = gpd.GeoDataFrame(geometry=[box(125, 43, 126, 44)], crs=4326)
    for frame in (degrees, degrees.set_crs(None, allow_override=True), degrees.to_crs(3857)):
        with pytest.raises(CRSError):
            crs.require_metres(frame)
    assert crs.require_metres(crs.to_metres(degrees)).to_epsg() == 4551
    for frame in (degrees.to_crs(4551), degrees.set_crs(None, allow_override=True)):
        with pytest.raises(CRSError, match="WGS 84"):
            crs.require_wgs84(frame)
    crs.require_wgs84(degrees.to_crs("OGC:CRS84"))


def test_areas_of_the_town_are_those_on_its_paper() -> None:
    areas = gpd.GeoDataFrame.from_features([town.feature(key) for key in town.AREAS], crs=4326)
    found = crs.area_km2(areas)
    np.testing.assert_allclose(found, [town.KM2[key] for key in town.AREAS], rtol=1e-6)
    np.testing.assert_allclose(crs.geodesic_area_km2(areas), found, rtol=3e-4)
    assert list(found.index) == list(areas.index)


def test_areas_of_nothing_are_nan() -> None:
    frame = gpd.GeoDataFrame(geometry=[box(125, 43, 125.1, 43.1), None, Polygon()], crs=4326)
    for measure in (crs.area_km2, crs.geodesic_area_km2):
        assert np.isnan(measure(frame)).tolist() == [False, True, True]


def test_a_box_of_changchun_measures_the_same_on_the_ellipsoid() -> None:
    frame = gpd.GeoDataFrame(geometry=[box(125.38, 43.985, 125.43, 44.03)], crs=4326)
    assert crs.geodesic_area_km2(frame)[0] == pytest.approx(20.0493, abs=0.0001)
    assert crs.area_km2(frame)[0] == pytest.approx(20.0504, abs=0.0001)
