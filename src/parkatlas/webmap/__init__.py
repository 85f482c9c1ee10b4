"""The map: one offline page on folium and a vendored Leaflet.

`atlas_map` makes the page from a plan and its tables, `render` and `save` write it. The layers are folium elements
(`AreaLayer`, `ContextLayer`, `EnterpriseLayer`, `ShapeLayer`) that can be added to any `folium.Map`.
"""

from __future__ import annotations

from parkatlas.webmap.atlas import atlas_map, render, save
from parkatlas.webmap.layers import AreaLayer, ContextLayer, EnterpriseLayer, ShapeLayer

__all__ = ["AreaLayer", "ContextLayer", "EnterpriseLayer", "ShapeLayer", "atlas_map", "render", "save"]
