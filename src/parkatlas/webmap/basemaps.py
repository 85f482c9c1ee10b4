"""The basemaps a reader may choose. The page opens with none and asks no server before the reader does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TIANDITU_TOKEN = "PARKATLAS_TIANDITU_TOKEN"  # noqa: S105 - the name of the variable, not its value


def available(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the basemaps the page offers; Tianditu only where the environment has a token for it.

    Each has an id, names, tile addresses from bottom to top, the datum it is drawn in, an attribution and its hosts.
    The token becomes part of the page: whoever has the file has the token.

    >>> [basemap["id"] for basemap in available({})]
    ['osm', 'gaode']
    """
    token = environment.get(TIANDITU_TOKEN, "")
    found = [_OSM, *([_tianditu(token)] if re.fullmatch(r"[0-9A-Za-z]{16,64}", token) else []), _GAODE]
    return [dict(basemap) for basemap in found]


def _tianditu(token: str) -> dict[str, Any]:
    tiles = [
        f"https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
        f"&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={{x}}&TILEROW={{y}}&TILEMATRIX={{z}}&tk={token}"
        for layer in ("vec", "cva")
    ]
    return {
        "id": "tianditu", "zh": "天地图", "en": "Tianditu", "tiles": tiles, "subdomains": "01234567",
        "datum": "wgs84", "max_zoom": 18, "attribution": "© 天地图 Tianditu",
        "hosts": [f"https://t{number}.tianditu.gov.cn" for number in range(8)],
    }  # fmt: skip


_OSM: dict[str, Any] = {
    "id": "osm", "zh": "OpenStreetMap", "en": "OpenStreetMap",
    "tiles": ["https://tile.openstreetmap.org/{z}/{x}/{y}.png"], "subdomains": "", "datum": "wgs84", "max_zoom": 19,
    "attribution": "© OpenStreetMap contributors", "hosts": ["https://tile.openstreetmap.org"],
    "named": True,  # its servers answer only pages that say from which address they come
}  # fmt: skip

_GAODE: dict[str, Any] = {
    "id": "gaode", "zh": "高德", "en": "Gaode",
    "tiles": ["https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"],
    "subdomains": "1234", "datum": "gcj02", "max_zoom": 18, "attribution": "© 高德 AutoNavi",
    "hosts": [f"https://webrd0{number}.is.autonavi.com" for number in range(1, 5)],
}  # fmt: skip
