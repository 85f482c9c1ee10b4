"""Our folium elements: areas, context and enterprises as layers that ``add_to`` any `folium.Map`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from folium.elements import JSCSSMixin

from parkatlas import model, schema
from parkatlas.findings import Lang
from parkatlas.webmap import page, payload


class DataLayer(JSCSSMixin):
    """A layer whose data travel in blocks of their own and whose drawing is done by our scripts.

    ``kind`` says in `js/main.js` what is made of them; ``blocks`` are pairs of a block's role and its text; ``own`` is
    what the scripts must be told on a map that is not the atlas page, such as its language.
    """

    def __init__(self, kind: str, identity: str, blocks: Sequence[tuple[str, str]], lang: Lang | None = None) -> None:
        if lang not in (None, "zh", "en"):
            raise ValueError(f"lang must be zh or en, not {lang!r}")
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ParkatlasLayer"
        self._id = page.short_id(kind, identity)
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []
        self.kind = kind
        self.blocks = tuple(blocks)
        self.own: payload.Record = {"lang": lang} if lang else {}

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - the signature of branca
        """Put the data blocks and one line of script into the document; no template sees them."""
        figure = page.figure_of(self)
        plain = not isinstance(figure, page.AtlasFigure)
        if plain:
            page.add_runtime(figure)
        roles: payload.Record = {}
        for role, text in self.blocks:
            block_id = f"pa-{self._id}-{role}"
            kind = "text/plain" if role.startswith("packed") else "application/json"
            figure.html.add_child(page.Raw(page.data_block(block_id, text, kind), data=True), name=block_id)
            roles[role] = block_id
        told = [self.kind, roles, *([self.own] if plain and self.own else [])]
        call = f"parkatlas.add({', '.join([self._map_name(), *map(page.json_text, told)])});"
        figure.script.add_child(page.Raw(call), name=self.get_name())
        return ""

    def _map_name(self) -> str:
        parent = self._parent
        while parent is not None and not isinstance(parent, folium.Map):
            parent = parent._parent
        if parent is None:
            raise ValueError("add the layer to a folium.Map before rendering it")
        return str(parent.get_name())


class AreaLayer(DataLayer):
    """Core, zones and parks of an AREAS table (WGS 84); schematic ones are drawn dashed.

    On a map of your own ``lang`` is the language of names and popups, "zh" unless one of the layers says another.
    """

    def __init__(self, areas: gpd.GeoDataFrame, *, lang: Lang | None = None) -> None:
        super().__init__("areas", "areas", [("json", page.json_text(payload.area_records(areas)))], lang)


class ContextLayer(DataLayer):
    """Rivers, roads, railways and airports in grey under everything: ``kind``, ``name_zh``, ``name_en``, geometry."""

    def __init__(self, context: gpd.GeoDataFrame, *, lang: Lang | None = None) -> None:
        super().__init__("context", "context", [("json", page.json_text(payload.context_records(context)))], lang)


class EnterpriseLayer(DataLayer):
    """One register's enterprises (a LOCATED table), packed: clusters, marks, search and table come from this layer.

    Parameters
    ----------
    located : GeoDataFrame
        LOCATED, WGS 84 points; rows without a point are listed and counted, not drawn.
    sectors : sequence of model.Sector
        The taxonomy; a row whose sector is not among them counts as unclassified.
    register_id, name_zh, name_en
        What the page calls the list.
    lang : {"zh", "en"}, optional
        On a map of your own, the language of names and popups.

    Examples
    --------
    >>> import folium
    >>> from parkatlas import schema
    >>> layer = EnterpriseLayer(schema.frame(schema.LOCATED), (), "list", "名录", "List")
    >>> layer.add_to(folium.Map(tiles=None)) is layer
    True
    """

    def __init__(
        self,
        located: gpd.GeoDataFrame,
        sectors: Sequence[model.Sector],
        register_id: str = "list",
        name_zh: str = "企业",
        name_en: str = "Enterprises",
        *,
        lang: Lang | None = None,
    ) -> None:
        blocks = payload.enterprise_blocks(located, sectors)
        about = {"id": register_id, "zh": name_zh, "en": name_en, "sectors": payload.sector_records(sectors)}
        super().__init__("enterprises", register_id, [("json", page.json_text(about)), *blocks], lang)
        self.own["titles"] = payload.title_pairs(schema.LOCATED)


class ShapeLayer(DataLayer):
    """Any further statistics with geometry: detected clusters, hot-spot cells, density cells of one register.

    A table of equal square cells, which ``attrs["cell_m"]`` says by their side in metres, travels packed: its first
    column is drawn in five steps up to its highest value. Any other table may have shapes of any kind.

    On a map of your own the table added last is drawn, whatever its register; ``lang`` is the language of its popups.
    """

    def __init__(self, name: str, register_id: str, table: gpd.GeoDataFrame, *, lang: Lang | None = None) -> None:
        if "cell_m" in table.attrs:
            blocks = payload.cell_blocks(name, register_id, table)
        else:
            record = {"name": name, "register": register_id, **payload.shape_records(name, table)}
            blocks = [("json", page.json_text(record))]
        super().__init__("shapes", f"{register_id}/{name}", blocks, lang)


class Controls(DataLayer):
    """Everything around the map: panel, cards, table, targets, about. It needs the document of `atlas_map`."""

    def __init__(self, facts: dict[str, object]) -> None:
        super().__init__("controls", "controls", [("json", page.json_text(facts))])


def shapes(statistics: Iterable[tuple[str, pd.DataFrame]], register_id: str) -> list[ShapeLayer]:
    """Return a layer for every table with geometry."""
    return [ShapeLayer(name, register_id, table) for name, table in statistics if isinstance(table, gpd.GeoDataFrame)]
