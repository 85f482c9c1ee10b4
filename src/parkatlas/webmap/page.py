"""The page around a map: a `folium.Map` in a document of ours, with a content policy and no second template pass.

folium compiles what its elements render as a template once more, so braces in data would run in Python. Elements here
hand their text over through `Raw`, which nobody compiles. The document writes down the SHA-256 of every inline
script: a browser runs these and no other, whatever a name may contain.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import folium
from branca.element import Element, Figure
from folium.template import Template

from parkatlas.webmap import assets as files

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


class Raw(Element):
    """Text that goes into the page as it is; ``data`` says that nothing in it can run."""

    def __init__(self, text: str, *, data: bool = False) -> None:
        super().__init__()
        self.text = text
        self.data = data

    def render(self, **kwargs: object) -> str:  # noqa: ARG002 - the signature of branca
        """Return the text."""
        return self.text


class AtlasFigure(Figure):
    """A document with language, title, zoomable viewport and a content policy that allows what the page uses."""

    def __init__(self, title: str, lang: str, description: str) -> None:
        super().__init__(height="720px", title=title)
        self._id = "page"
        self.lang = lang
        self.description = description
        self.code_hosts: tuple[str, ...] = ()
        self.image_hosts: tuple[str, ...] = ()

    def render(self, **kwargs: Any) -> str:
        """Return the whole document."""
        for child in self._children.values():
            child.render(**kwargs)
        head, body, script = (
            {name: part.render(**kwargs) for name, part in parent._children.items() if name != "meta_http"}
            for parent in (self.header, self.html, self.script)
        )
        may_run = [text for name, text in body.items() if not getattr(self.html._children[name], "data", False)]
        jquery = files.read("js/jquery-stub.js") if _uses_jquery(self) else ""
        scripts = [m["body"] for m in _SCRIPT.finditer("\n".join([*head.values(), *may_run])) if m["body"]]
        last = "\n" + jquery + "\n".join(script.values()) + "\n"
        code, images = foreign_hosts(self)
        policy = content_policy([*scripts, last], [*self.code_hosts, *code], [*self.image_hosts, *images])
        opening = _OPENING.format(
            lang=_LANGUAGES.get(self.lang, "zh-CN"), policy=html.escape(policy), title=html.escape(self.title or ""),
            description=html.escape(self.description),
        )  # fmt: skip
        parts = [opening, *head.values(), "</head>\n<body>", *body.values()]
        return "\n".join([*parts, f"<script>{last}</script>", "</body>\n</html>\n"])


class AtlasMap(folium.Map):
    """A `folium.Map` without foreign assets, in an `AtlasFigure`, with places for panel, cards and table."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            L.Marker.prototype.options.icon = L.divIcon({className: "pa-pin", iconSize: [16, 16]});
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.leaflet_options|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, figure: AtlasFigure, centre: tuple[float, float], assets: files.Assets) -> None:
        super().__init__(location=list(centre), tiles=None)
        self._id = "atlas"
        # On the instance: the lists of the class belong to every map of the process.
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []
        self.assets = assets
        self.leaflet_options = {
            "center": list(centre), "zoom": 11, "minZoom": 3, "maxZoom": 20, "zoomSnap": 0.25,
            "zoomControl": False, "attributionControl": False, "worldCopyJump": False,
        }  # fmt: skip
        if assets == "cdn":
            figure.code_hosts = (files.CDN_HOST,)
        figure.add_child(self)

    def render(self, **kwargs: Any) -> str:
        """Put assets, skeleton and map into the document; the text returned is empty, as folium has it."""
        figure = figure_of(self)
        figure.header.add_child(Raw(files.leaflet_tags(self.assets)), name="leaflet")
        add_runtime(figure)
        figure.html.add_child(Raw(_SKELETON.format(name=self.get_name())), name="skeleton")
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


def figure_of(element: Element) -> Figure:
    """Return the document an element stands in."""
    figure = element.get_root()
    if not isinstance(figure, Figure):
        raise ValueError("add the layer to a folium.Map before rendering it")
    return figure


def add_runtime(figure: Figure) -> None:
    """Put our style and scripts into a document's head, once."""
    figure.header.add_child(Raw(f"<style>{files.style()}</style>"), name="parkatlas_css")
    figure.header.add_child(Raw(f"<script>{files.script()}</script>"), name="parkatlas_js")


def data_block(block_id: str, payload: str, kind: str = "text/plain") -> str:
    """Return a script block that carries data and is never run.

    >>> data_block("pa-1", "</script>", "application/json")
    Traceback (most recent call last):
    ...
    ValueError: data for the page may not contain markup
    """
    if "<" in payload or not re.fullmatch(r"[a-z0-9-]+", block_id):
        raise ValueError("data for the page may not contain markup")
    return f'<script type="{kind}" id="{block_id}">{payload}</script>'


def json_text(value: object) -> str:
    r"""Return JSON that holds no character with a meaning in markup or in old scripts.

    >>> json_text("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


def content_policy(scripts: Iterable[str], code_hosts: Iterable[str], image_hosts: Iterable[str]) -> str:
    """Return a policy that runs these scripts and no others and loads code and images from these hosts only."""
    hashes = " ".join(sorted({f"'{files.digest(text)}'" for text in scripts}))
    known = " ".join(sorted(set(code_hosts)))
    images = " ".join(sorted({*code_hosts, *image_hosts}))
    rules: Mapping[str, str] = {
        "default-src": "'none'",
        "script-src": f"{hashes} {known}",
        "style-src": f"'unsafe-inline' {known}",
        "img-src": f"data: blob: {images}",
        "font-src": f"data: {known}",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in rules.items())


def foreign_hosts(root: Element) -> tuple[list[str], list[str]]:
    """Return the origins that layers added by the user load code from, and those of their tiles."""
    code, images = [], []
    for element in walk(root):
        code += [url for _, url in [*getattr(element, "default_js", []), *getattr(element, "default_css", [])]]
        images += [element.tiles] if isinstance(element, folium.TileLayer) else []
    return [o for o in map(_origin, code) if o], [o for o in map(_origin, images) if o]


def walk(element: Element) -> Iterator[Element]:
    """Yield an element and everything below it."""
    yield element
    for child in element._children.values():
        yield from walk(child)


def short_id(*parts: str) -> str:
    """Return a stable id made from parts, safe in markup and scripts."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def _origin(link: str) -> str | None:
    parts = urlsplit(link)
    host = parts.netloc.replace("{s}", "*")
    return (
        f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and re.fullmatch(r"[\w.*:-]+", host) else None
    )


def _uses_jquery(root: Element) -> bool:
    """Say whether a layer of the user's writes ``$(...)``: folium's popups do."""
    return any(isinstance(element, folium.Popup) for element in walk(root))


_OPENING = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{description}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>"""

_SKELETON = """\
<div class="pa-app" data-parkatlas>
<header class="pa-head"></header>
<aside class="pa-side"></aside>
<main class="pa-stage"><div class="folium-map pa-map" id="{name}"></div></main>
</div>"""
