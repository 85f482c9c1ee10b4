"""Point statistics of a register: the same numbers as from points in metres, with the areas as the window."""

from __future__ import annotations

import inspect

import geopandas as gpd
import pandas as pd
import pytest
import town
from matplotlib.figure import Figure

from parkatlas import statistics
from parkatlas.statistics import MEASURES, registers, run

CRS = "EPSG:4551"
TWINS = [name for name, measure in MEASURES.items() if measure.home == "registers"]


def test_the_town_has_forty_eight_square_kilometres_and_nine_enterprises_in_them(located, areas) -> None:
    result = run("ripley_l", located, areas)
    assert result.params["window_km2"] == pytest.approx(48, rel=1e-4)
    assert result.params["crs"] == CRS
    assert (result.n_used, result.params["n_outside"], result.params["n_missing"]) == (9, 1, 2)
    assert result.params["outside"] == ["e10"]


def test_a_level_is_the_union_of_its_areas(located, areas) -> None:
    result = run("clark_evans", located, areas, level="park", simulations=9)
    assert result.params["window_km2"] == pytest.approx(6, rel=1e-4)  # pa 1, pb 4 with pc in it, pd 1
    assert result.n_used == 6
    with pytest.raises(ValueError, match="unknown level 'town'"):
        run("clark_evans", located, areas, level="town")
    with pytest.raises(ValueError, match="no area has the level 'core'"):
        run("clark_evans", located, areas[areas["level"] == "zone"], level="core")


def test_a_twin_gives_what_its_function_gives_in_metres(located, areas) -> None:
    points, ground = located.to_crs(CRS), areas.to_crs(CRS)
    for name, more in (("ripley_k", {}), ("marcon_puech_m", {"simulations": 9}), ("square_grid", {"size_m": 700.0})):
        direct = getattr(statistics, name)(points, ground, **more).table
        pd.testing.assert_frame_equal(pd.DataFrame(run(name, located, areas, **more).table), pd.DataFrame(direct))


def test_institutes_do_not_count(located, areas) -> None:
    one = located.copy()
    one.loc[one["enterprise_id"] == "e01", "entity"] = "institute"
    assert run("centre", one, areas).n_used == run("centre", located, areas).n_used - 1


def test_cells_count_enterprises_and_tell_of_cells(located, areas) -> None:
    result = run("moran", located, areas, column="n", size_m=1500.0)
    assert result.n_used == 9
    assert result.params["cells_used"] == run("hex_grid", located, areas, size_m=1500.0).params["cells"]


def test_cells_of_several_sizes_stand_side_by_side(located, areas) -> None:
    several = run("moran", located, areas, column="n", size_m=[1000.0, 1500.0, 3000.0])
    assert several.table["size_m"].tolist() == [1000.0, 1500.0, 3000.0]
    for size, value in zip(several.table["size_m"], several.table["i"], strict=True):
        assert value == run("moran", located, areas, column="n", size_m=size).table["i"].iloc[0]
    assert "cells of 1500 m" in several.reading_en
    hot = run("getis_ord", located, areas, column="n", size_m=[1500.0, 3000.0])
    assert set(hot.table["size_m"]) == {1500.0, 3000.0}
    assert hot.table.crs == CRS
    with pytest.raises(ValueError, match="at least one size"):
        run("moran", located, areas, size_m=[])


def test_maps_are_drawn_over_the_areas_and_the_enterprises(located, areas, sectors) -> None:
    for name in ("centre", "deviational_ellipse", "cluster_report", "dbscan", "hex_grid", "kernel_density"):
        result = run(name, located, areas, sectors)
        assert len(result.areas) == len(areas)
        assert len(result.points) == len(located)
        assert result.areas.crs == CRS
    bare = statistics.centre(located.to_crs(CRS))
    assert bare.areas is None
    few, many = (len(one.plot(Figure().subplots()).collections) for one in (bare, run("centre", located, areas)))
    assert few < many


def test_the_null_of_an_envelope_is_the_label_where_there_are_labels(located, areas, sectors) -> None:
    labelled = run("envelope", located, areas, sectors, simulations=19)
    assert labelled.params["null"] == "random_labelling"
    assert labelled.reading_en.endswith("(null: places fixed, kinds permuted); only 3, read with care")
    alike = run("envelope", located.assign(sector="bio"), areas, sectors, simulations=19)
    assert alike.params["null"] == "csr"
    assert "(null: points uniform over the window)" in alike.reading_en
    assert "null: points uniform" in run("clark_evans", located, areas, simulations=19).reading_en
    assert run("envelope", located, areas, null="csr", simulations=19).n_used == 9


def test_clusters_compare_with_the_parks_and_name_enterprises(located, areas) -> None:
    table = run("cluster_report", located, areas, eps=1000.0, min_samples=2).table.set_index("cluster")
    assert table["n"].tolist() == [3, 2, 2]  # e05 e06 e07, e01 e02, e04 e08
    assert table["share_in_park"].tolist() == [1.0, 1.0, 0.0]
    assert table["top_park"].fillna("").tolist() == ["pb", "pa", ""]
    found = run("dbscan", located, areas, eps=1000.0, min_samples=2).table.set_index("enterprise_id")["cluster"]
    assert found.loc[["e05", "e01", "e04", "e10"]].tolist() == [1, 2, 3, -1]
    assert found.loc[["e11", "e12"]].isna().all()
    assert set(found.index) == set(town.ENTERPRISES)


@pytest.mark.parametrize("name", TWINS)
def test_every_twin_takes_the_tables_and_the_options_of_its_function(name: str) -> None:
    twin, own = getattr(registers, name), inspect.signature(getattr(statistics, name)).parameters
    taken = inspect.signature(twin).parameters
    assert list(taken)[:2] == ["located", "areas"]
    for option, parameter in own.items():
        if option not in {"points", "window", "cells", "areas", "clusters", "names"}:
            assert taken[option].default == parameter.default
    listed = inspect.getdoc(twin).split("Returns\n")[0]
    for option in taken:
        assert f"{option}" in listed, f"{option} is not documented"
    assert "points : " not in listed
    with pytest.raises(TypeError):
        twin(gpd.GeoDataFrame(), gpd.GeoDataFrame(), nothing=1)
