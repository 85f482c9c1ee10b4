"""Where statistics go and as what: decided, and refused, before any list is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parkatlas.cli.console import Console, to_json

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from parkatlas.schema import Kind, Table
    from parkatlas.statistics.result import Result

KINDS = ("csv", "json", "xlsx", "geojson", "gpkg")
_GIS = ("geojson", "gpkg")
_UNDATED = "1970"  # the time of change that a GeoPackage of an undated table says: the same input, the same bytes


@dataclass(frozen=True)
class Outlet:
    """A file, or stdout where ``path`` is None, and the kind of what is written there: one of `KINDS`."""

    console: Console
    path: Path | None
    kind: str

    def write(self, results: Mapping[str, Result], inputs: Iterable[Path]) -> None:
        """Write results, and say the reading of each; ``inputs`` are files that are not to be written over."""
        from parkatlas.output import replace_file

        console = self.console
        if self.path is None:
            console.emit(self._text(results).rstrip("\n") + "\n")
        else:
            with replace_file(self.path, inputs) as staging:
                self._write(results, staging)
            told = {name: one.reading(console.lang) for name, one in results.items()}
            console.answer(output=str(self.path), readings=told)
        for one in results.values():
            console.say(one.reading(console.lang))

    def _write(self, results: Mapping[str, Result], staging: Path) -> None:
        from parkatlas.export import write_geojson, write_geopackage
        from parkatlas.report.workbook import write_workbook
        from parkatlas.statistics.measures import by_family

        if self.kind == "xlsx":
            write_workbook(by_family(results, self.console.lang), staging, self.console.lang)
        elif self.kind == "geojson":
            (result,) = results.values()
            write_geojson(*layer_of(result), staging)
        elif self.kind == "gpkg":
            write_geopackage({name: layer_of(one) for name, one in results.items()}, staging, _UNDATED)
        else:
            # A spreadsheet knows UTF-8 by its mark; JSON must not have one.
            staging.write_text(self._text(results), encoding="utf-8-sig" if self.kind == "csv" else "utf-8")

    def _text(self, results: Mapping[str, Result]) -> str:
        """Return one result as CSV, or any number of them as JSON with all that describes them."""
        from parkatlas.report import records
        from parkatlas.report.cells import guard_frame

        if self.kind == "csv":
            (result,) = results.values()
            return str(guard_frame(_flat(result)).to_csv(index=False, float_format="%.12g"))
        return to_json({name: one.record() | {"table": records(_flat(one))} for name, one in results.items()})


def kind_of(console: Console, output: Path | None, asked: str | None) -> str:
    """Return the kind of what is to be written: as asked, or as the file's name says, or as --json says.

    A usage error where the name says nothing that is known, or not what was asked for.
    """
    if output is None:
        if asked == "xlsx":
            raise click.UsageError(console.word("workbook-file"))
        return asked or ("json" if console.as_json else "csv")
    named = output.suffix.lower().lstrip(".")
    if asked is None and named not in KINDS:
        raise click.UsageError(console.word("unknown-kind", output, ", ".join(f".{kind}" for kind in KINDS)))
    if asked is not None and named != asked and (named in KINDS or asked == "xlsx"):
        raise click.UsageError(console.word("other-kind", output, asked))
    return asked or named


def outlet(console: Console, output: Path | None, asked: str | None, names: Sequence[str]) -> Outlet:
    """Return where and as what measures are written, or refuse what the kind cannot hold."""
    from parkatlas.statistics.measures import MAPPED

    kind = kind_of(console, output, asked)
    if kind == "csv" and len(names) > 1:
        raise click.UsageError(console.word("one-table"))
    if kind == "geojson" and len(names) > 1:
        raise click.UsageError(console.word("one-layer"))
    flat = [name for name in names if name not in MAPPED]
    if kind in _GIS and flat:
        raise click.UsageError(console.word("no-shapes", ", ".join(flat), ", ".join(sorted(MAPPED))))
    return Outlet(console, output, kind)


def layer_of(result: Result) -> tuple[gpd.GeoDataFrame, Table]:
    """Return a result with geometry in WGS 84, and a description of its columns, as a GIS file takes them."""
    import geopandas as gpd

    from parkatlas.crs import WGS84
    from parkatlas.schema import Column, Table
    from parkatlas.statistics.columns import title

    frame = gpd.GeoDataFrame(result.with_places())
    others = [name for name in _shapes(frame) if name != frame.geometry.name]
    frame = frame.drop(columns=others).infer_objects().to_crs(WGS84)
    described = tuple(
        Column(name, _kind(frame[name]), title(name, "zh"), title(name, "en"), name[:10])
        for name in frame.columns.drop(frame.geometry.name)
    )
    is_point = frame.geom_type.eq("Point").any()
    return frame, Table(result.name, described, geometry="point" if is_point else "polygon")


def _kind(values: pd.Series) -> Kind:
    from pandas.api import types

    known: tuple[tuple[Callable[[object], bool], Kind], ...] = (
        (types.is_bool_dtype, "flag"),
        (types.is_integer_dtype, "integer"),
        (types.is_numeric_dtype, "number"),
    )
    return next((kind for test, kind in known if test(values.dtype)), "text")


def _shapes(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if str(table[name].dtype) == "geometry"]


def _flat(result: Result) -> pd.DataFrame:
    """Return a result's table without its shapes, which belong in a GIS file; longitude and latitude stand in it."""
    import pandas as pd

    table = result.with_places()
    return pd.DataFrame(table.drop(columns=_shapes(table)))
