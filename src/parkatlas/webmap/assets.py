"""What the page is made of beside its data: vendored Leaflet, our scripts and our style, read from this folder."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib import resources
from typing import Literal

Assets = Literal["inline", "cdn"]

LEAFLET = "1.9.4"
CDN = f"https://cdn.jsdelivr.net/npm/leaflet@{LEAFLET}/dist/"
CDN_HOST = "https://cdn.jsdelivr.net"

# The order in which the scripts are concatenated: pure parts, then what draws, then what the reader touches.
SCRIPTS = (
    "words", "format", "pack", "grid", "filter", "search", "csv", "datum", "geometry", "dom", "marks", "state",
    "scene", "labels", "points", "context", "cells", "shapes", "layers", "charts", "quotient", "cards", "targets",
    "panel", "legend", "table", "picture", "basemap", "keys", "app", "view", "main",
)  # fmt: skip
STYLES = ("page", "parts", "print")


@functools.cache
def read(path: str) -> str:
    """Return a text file of this folder."""
    return (resources.files(__package__) / path).read_text(encoding="utf-8")


@functools.cache
def leaflet_js() -> str:
    """Return Leaflet as vendored, without the pointer to a source map that is not shipped."""
    return re.sub(r"//# sourceMappingURL=\S+\s*$", "", read("vendor/leaflet/leaflet.js"))


@functools.cache
def leaflet_css() -> str:
    """Return Leaflet's style without the marker and layer images, which the page does not use."""
    return _tight(re.sub(r"url\((?!#)[^)]*\)", "none", read("vendor/leaflet/leaflet.css")))


@functools.cache
def script() -> str:
    """Return our scripts in one text, without indentation and comments.

    No script holds a text of several lines or one with two slashes after a space, which is what makes this safe; tests
    keep it so.
    """
    return _lean("\n".join(read(f"js/{name}.js") for name in SCRIPTS))


@functools.cache
def style() -> str:
    """Return our style in one text, without comments and spaces that mean nothing."""
    return _tight("\n".join(read(f"css/{name}.css") for name in STYLES))


def _lean(text: str) -> str:
    lines = (re.sub(r"(^|\s+)// .*$", "", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _tight(css: str) -> str:
    """Return a style sheet in its shortest form that still reads.

    >>> _tight("/* ink */ a:hover, b > c { color: #000; margin: 0 1px; }")
    'a:hover,b > c{color:#000;margin:0 1px}'
    """
    bare = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()
    return re.sub(r":\s+", ":", bare.replace(";}", "}"))


def digest(text: str) -> str:
    """Return the base64 SHA-256 of a text, as integrity attributes and content policies write it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def leaflet_tags(assets: Assets) -> str:
    """Return the head tags that bring Leaflet in: inlined, or from the CDN with its digest.

    >>> "jsdelivr" in leaflet_tags("inline"), "integrity" in leaflet_tags("cdn")
    (False, True)
    """
    if assets == "inline":
        return f"<style>{leaflet_css()}</style>\n<script>{leaflet_js()}</script>"
    css, js = digest(read("vendor/leaflet/leaflet.css")), digest(read("vendor/leaflet/leaflet.js"))
    return (
        f'<link rel="stylesheet" href="{CDN}leaflet.css" integrity="{css}" crossorigin="anonymous">\n'
        f'<script src="{CDN}leaflet.js" integrity="{js}" crossorigin="anonymous"></script>'
    )
