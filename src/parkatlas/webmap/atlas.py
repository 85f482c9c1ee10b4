"""The atlas page: a plan, its registers and their statistics become one `folium.Map`, and that one file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd

from parkatlas import model, schema
from parkatlas.findings import SEVERITIES, Finding, Lang
from parkatlas.webmap import basemaps, layers, page, payload
from parkatlas.webmap.assets import LEAFLET, Assets

_AREA_FIGURES = ("area_id", "n", "km2")
_PROJECT = ("id", "name_zh", "name_en", "people", "area_id")

Statistics = Mapping[str, Mapping[str, pd.DataFrame]]


def atlas_map(
    plan: model.Plan,
    registers: Mapping[str, gpd.GeoDataFrame],
    statistics: Statistics,
    *,
    targets: pd.DataFrame,
    lang: Lang = "zh",
    assets: Assets = "inline",
    findings: Iterable[Finding] = (),
    about: Mapping[str, object] | None = None,
) -> folium.Map:
    """Return the atlas as a `folium.Map`; add layers of your own to it and save it with `save`.

    Parameters
    ----------
    plan : model.Plan
        Areas, sectors, sources; ``plan.context`` is drawn in grey under everything where there is one.
    registers : mapping of str to GeoDataFrame
        Register id -> LOCATED (WGS 84), in the order in which the page offers them.
    statistics : mapping of str to mapping of str to DataFrame
        Register id -> "areas" (AREA_STATISTICS), "sectors" (SECTOR_STATISTICS), and whatever else there is: a table
        with geometry becomes a layer with a card, a table with ``area_id`` a section of the area cards.
    targets : DataFrame
        TARGET_STATUS.
    lang : {"zh", "en"}
        The language in which the page opens; both are in it.
    assets : {"inline", "cdn"}
        Leaflet inside the file (opens offline), or from a CDN with its digest (the small version).
    findings : iterable of Finding
        Counted under "About".
    about : mapping, optional
        Further lines for "About", such as tool versions; ``map_approval`` overrides the plan's approval number.

    Returns
    -------
    folium.Map
        Its root is a document with a content policy. The same input gives the same bytes.

    Raises
    ------
    ValueError
        Where ``assets`` or ``lang`` is not one of the above, or a register of the mapping is not in the plan.
    """
    if assets not in ("inline", "cdn") or lang not in ("zh", "en"):
        raise ValueError(f"assets must be inline or cdn and lang zh or en, not {assets!r} and {lang!r}")
    known = {register.id: register for register in plan.registers}
    if unknown := [register_id for register_id in registers if register_id not in known]:
        raise ValueError(f"registers {unknown} are not in the plan: {', '.join(known)}")
    title = f"{plan.name_zh} · {plan.name_en}" if lang == "zh" else f"{plan.name_en} · {plan.name_zh}"
    figure = page.AtlasFigure(title, lang, description=title)
    atlas = page.AtlasMap(figure, _centre(plan.areas), assets)
    tiles = basemaps.available(os.environ)
    figure.image_hosts = tuple(host for basemap in tiles for host in basemap["hosts"])
    if plan.context is not None and len(plan.context):
        layers.ContextLayer(plan.context).add_to(atlas)
    layers.AreaLayer(plan.areas).add_to(atlas)
    for register_id, located in registers.items():
        register = known[register_id]
        layers.EnterpriseLayer(located, plan.sectors, register_id, register.name_zh, register.name_en).add_to(atlas)
        for shape in layers.shapes(statistics.get(register_id, {}).items(), register_id):
            shape.add_to(atlas)
    facts = {
        **_facts(plan, registers, statistics, targets),
        "findings": _tally(findings),
        "about": _about(plan, about or {}),
        "versions": {name: version(name) for name in ("parkatlas", "folium")} | {"Leaflet": LEAFLET},
        "lang": lang,
        "basemaps": tiles,
    }
    layers.Controls(facts).add_to(atlas)
    return atlas


def render(map_: folium.Map) -> str:
    """Return the page as one text; for a map of `atlas_map` the same input gives the same text."""
    return str(map_.get_root().render())


def save(map_: folium.Map, path: str | Path) -> None:
    """Write the page as one UTF-8 file with LF line ends."""
    Path(path).write_bytes(render(map_).encode("utf-8"))


def _facts(
    plan: model.Plan,
    registers: Mapping[str, gpd.GeoDataFrame],
    statistics: Statistics,
    targets: pd.DataFrame,
) -> payload.Record:
    """Return what panel, cards and target panel say."""
    named = payload.named_records
    (words,) = named([_Words(plan)])
    return {
        "plan": words,
        "sectors": payload.sector_records(plan.sectors),
        "registers": [r for r in named(plan.registers) if r["id"] in registers],
        "order": list(registers),
        "statistics": {key: _tables(statistics.get(key, {})) for key in registers},
        "targets": payload.records(targets, schema.TARGET_STATUS),
        "observations": named(plan.observations),
        "scopes": named(plan.scopes),
        "patterns": named(plan.patterns),
        "projects": [{key: p[key] for key in _PROJECT} for p in named(plan.projects)],
        "titles": payload.title_pairs(schema.LOCATED),
    }


def _tally(findings: Iterable[Finding]) -> dict[str, int]:
    found = [finding.severity for finding in findings]
    return {severity: found.count(severity) for severity in SEVERITIES}


def _about(plan: model.Plan, lines: Mapping[str, object]) -> payload.Record:
    """Return the lines of "About"; a mapping stays one level deep, deeper ones are left to the report."""
    out: payload.Record = {"map_approval": plan.map_approval}
    for key, value in lines.items():
        out[str(key)] = _flat(value) if isinstance(value, Mapping) else payload.clean(value)
    return out


def _flat(lines: Mapping[str, object]) -> payload.Record:
    return {
        str(key): {str(k): payload.clean(v) for k, v in value.items()}
        if isinstance(value, Mapping)
        else payload.clean(value)
        for key, value in lines.items()
    }


def _tables(tables: Mapping[str, pd.DataFrame]) -> payload.Record:
    """Return the tables without geometry that the cards read; sector mixes and quotients the page counts itself."""
    out = {}
    for name, table in tables.items():
        if isinstance(table, gpd.GeoDataFrame) or name in ("sectors", "quotients"):
            continue
        used = table[[*_AREA_FIGURES]] if name == "areas" else table
        out[name] = payload.table_record(name, used)
    return out


class _Words:
    """The plan's own words, without its tables."""

    def __init__(self, plan: model.Plan) -> None:
        for key in ("id", "name_zh", "name_en", "released", "horizon", "positioning_zh", "positioning_en", "source"):
            setattr(self, key, getattr(plan, key))


def _centre(areas: gpd.GeoDataFrame) -> tuple[float, float]:
    if not len(areas):
        return 0.0, 0.0
    west, south, east, north = areas.total_bounds
    return round(float(south + north) / 2, 5), round(float(west + east) / 2, 5)
