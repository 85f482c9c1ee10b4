"""The page beside folium's own clusters: building it, its size, opening it, its memory, and zooming in it.

Run it with the development requirements and Chromium installed, and the files of the npm package leaflet.markercluster
(``leaflet.markercluster.js``, ``MarkerCluster.css``) in a folder::

    python benchmarks/map.py --markercluster FOLDER [--only 1000 10000 100000 1000000] [--rounds 3]

Every page shows the same enterprises with the same eight fields in its popup, and has all its assets inside. Contenders
take turns, each in a browser of its own that has come to rest; the figure is the median of the rounds. Before anything
is timed the page's counts are compared with pandas, at every zoom and under several filters. "Interactive" is the time
from the start of the navigation to the second frame after the first clusters stand on the map; "worst frame" is the
longest time between two animation frames during six animated zooms in and out; memory is the renderer's own (private)
memory two seconds after it became interactive.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.plugins import FastMarkerCluster, MarkerCluster

from parkatlas import model, schema, webmap
from parkatlas.webmap import assets, pack

FIELDS = ("enterprise_id", "name_zh", "credit_code", "sector", "employees", "output", "founded", "address")
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#882255", "#332288")
SECTORS = tuple(model.Sector(f"s{k}", f"产业{k}", f"Sector {k}", ("27",), colour) for k, colour in enumerate(COLOURS))
REACH = {10_000: (100, 20, 5, 3, 17), 100_000: (10, 7, 9, 5, 17), 1_000_000: (10, 7, 20, 15, 20)}
Page = Callable[[gpd.GeoDataFrame], str]


def enterprises(n: int) -> gpd.GeoDataFrame:
    """Return a LOCATED table of n enterprises around forty centres near Changchun."""
    rng = np.random.default_rng(n)
    centres = rng.uniform([125.2, 43.75], [125.75, 44.05], (40, 2))
    place = centres[rng.integers(0, 40, n)] + rng.normal(0, 0.01, (n, 2))
    first, last = (
        np.array(list(text))
        for text in ("长春北湖高新永安空港净月吉林东北华康", "生物医药科技制药器械健康基因疫苗中药")
    )
    names = ["".join(chars) + "有限公司" for chars in np.hstack([first[rng.integers(0, len(first), (n, 4))],
                                                             last[rng.integers(0, len(last), (n, 4))]])]  # fmt: skip
    data = {
        "enterprise_id": [f"E{i:07d}" for i in range(n)],
        "name_zh": names,
        "entity": "enterprise",
        "credit_code": [f"91000000{i:010d}" for i in range(n)],
        "sector": np.array([s.id for s in SECTORS])[rng.integers(0, len(SECTORS), n)],
        "employees": rng.integers(1, 5000, n),
        "output": np.round(rng.lognormal(7, 1.5, n), 1),
        "founded": rng.integers(1980, 2026, n).astype(str),
        "address": [f"北湖大街{number}号" for number in rng.integers(1, 2000, n)],
        "location_quality": "exact",
        "zone_id": np.array(["za", "zb", "zc"])[rng.integers(0, 3, n)],
        "outcome": "located",
    }
    frame = gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*place.T), crs=4326)
    return schema.conform(frame, schema.LOCATED)


def our_page(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None = None) -> str:
    """Return the atlas page of one register, with no areas unless given."""
    plan = model.Plan(
        "bench", "基准", "Benchmark", Path(), "2026-01-01", "2030-01", (), (), model.Source(),
        schema.frame(schema.AREAS) if areas is None else areas, None, SECTORS,
        (model.Register("list", "名录", "List", "list.csv", "synthetic", "2026-01"),),
    )  # fmt: skip
    return webmap.render(
        webmap.atlas_map(plan, {"list": located}, {}, targets=schema.frame(schema.TARGET_STATUS), lang="en")
    )


def markers_page(located: gpd.GeoDataFrame) -> str:
    """Return folium's MarkerCluster with a popup of the same fields."""
    map_ = folium.Map([43.9, 125.5], zoom_start=10, tiles=None)
    map_.options["maxZoom"] = 20  # folium drops max_zoom where there are no tiles, and MarkerCluster needs one
    cluster = MarkerCluster().add_to(map_)
    lat, lon = located.geometry.y.tolist(), located.geometry.x.tolist()
    rows = located[list(FIELDS)].astype(str).to_numpy().tolist()
    for y, x, row in zip(lat, lon, rows, strict=True):
        text = "<br>".join(f"{name}: {value}" for name, value in zip(FIELDS, row, strict=True))
        folium.CircleMarker([y, x], popup=folium.Popup(text)).add_to(cluster)
    return str(map_.get_root().render())


CALLBACK = """function (row) {
    var marker = L.circleMarker([row[0], row[1]]);
    marker.bindPopup(%s.map(function (name, i) { return name + ': ' + row[i + 2]; }).join('<br>'));
    return marker;
}"""


def fast_page(located: gpd.GeoDataFrame) -> str:
    """Return folium's FastMarkerCluster with a popup of the same fields."""
    map_ = folium.Map([43.9, 125.5], zoom_start=10, tiles=None)
    map_.options["maxZoom"] = 20  # folium drops max_zoom where there are no tiles, and MarkerCluster needs one
    columns = [located.geometry.y.tolist(), located.geometry.x.tolist()]
    columns += [located[name].astype(object).tolist() for name in FIELDS]
    rows = [list(row) for row in zip(*columns, strict=True)]
    FastMarkerCluster(rows, callback=CALLBACK % json.dumps(FIELDS)).add_to(map_)
    return str(map_.get_root().render())


def inline(html: str, markercluster: Path) -> str:
    """Return a folium page with Leaflet and MarkerCluster inside and every other link gone (Bootstrap, fonts)."""
    import re

    body = re.sub(r'<link rel="stylesheet" href="https[^>]*/>|<script src="https[^>]*></script>', "", html)
    styles = assets.leaflet_css() + (markercluster / "MarkerCluster.css").read_text(encoding="utf-8")
    scripts = [assets.leaflet_js(), (markercluster / "leaflet.markercluster.js").read_text(encoding="utf-8")]
    scripts.append(assets.read("js/jquery-stub.js"))
    head = f"<style>{styles}</style>" + "".join(f"<script>{script}</script>" for script in scripts)
    return body.replace("<head>", "<head>" + head, 1)


READY = """
(() => {
    const ours = () => document.documentElement.dataset.parkatlas === "ready";
    const done = () => ours() || document.querySelector(".marker-cluster, .empty-ready");
    const say = () => { window.interactive = performance.now(); };
    const look = () => (done() ? requestAnimationFrame(() => requestAnimationFrame(say)) : requestAnimationFrame(look));
    requestAnimationFrame(look);
})();
"""
ZOOM = """async () => {
    const map = window.parkatlas ? parkatlas.apps[0].map : Object.values(window).find((v) => v instanceof L.Map);
    let worst = 0, last = performance.now(), on = true;
    const tick = (now) => { worst = Math.max(worst, now - last); last = now; if (on) requestAnimationFrame(tick); };
    map.setView([43.9, 125.45], 10, {animate: false});
    await new Promise((go) => setTimeout(go, 500));
    last = performance.now();
    requestAnimationFrame(tick);
    for (const zoom of [11, 12, 13, 12, 11, 10]) { map.setZoom(zoom); await new Promise((go) => setTimeout(go, 700)); }
    on = false;
    return worst;
}"""
WORK = """async () => {
    const app = parkatlas.apps[0], P = parkatlas, median = (a) => a.sort((x, y) => x - y)[a.length >> 1], out = {};
    const time = (work) => { const at = performance.now(); work(); return performance.now() - at; };
    app.map.setView([43.9, 125.45], 11, {animate: false});
    out.filter = median(Array.from({length: 15}, (_, i) => time(() => {
        app.state.off = i % 2 ? ["s1", "s3"] : [];
        app.current.result = P.filter.run(app.current.data, app.keep(app.state));
        app.counts = null;
        app.scene.draw();
    })));
    await app.needTexts();
    P.search.warm(app.columns());
    await new Promise((go) => setTimeout(go, 3000));
    const find = (q) => P.search.find(app.columns(), app.current.data.rows, app.current.texts.head.initials, q, 500);
    out.search = Math.max(...["药制药药", "e0999999", "ccbh", "no such name"].map((q) => time(() => find(q))));
    return out;
}"""


@contextmanager
def browser() -> Iterator[Any]:
    """Start a browser of its own for one measurement."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


def measure(file: Path) -> dict[str, float]:
    """Open a page and return interactive ms, renderer MB and the worst frame in ms."""
    with browser() as started:
        page, interactive = opened(started, file)
        time.sleep(2)
        session = started.new_browser_cdp_session()
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        memory = max(own_memory(process["id"]) for process in found if process["type"] == "renderer")
        frame = page.evaluate(ZOOM)
    return {"interactive": interactive, "memory": memory, "frame": frame}


def opened(started: Any, file: Path) -> tuple[Any, float]:
    """Open a page in a browser that has come to rest; return it and its time to interactive in ms."""
    page = started.new_page(viewport={"width": 1400, "height": 900})
    page.add_init_script(READY)
    time.sleep(1)
    page.goto(file.as_uri(), wait_until="commit", timeout=300_000)
    deadline = time.monotonic() + 300
    while not (interactive := page.evaluate("window.interactive")) and time.monotonic() < deadline:
        time.sleep(0.02)
    return page, float(interactive)


def own_memory(process: int) -> float:
    """Return the memory that is a process's own, in MB; the code it shares with others is not the page's."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1e3


def check_counts(file: Path, located: gpd.GeoDataFrame) -> None:
    """Compare the page's counts with pandas: all cells of every zoom, under four filters."""
    x, y = pack.pixels(located.geometry.x, located.geometry.y)
    frame = pd.DataFrame({"x": x, "y": y, "sector": located["sector"].to_numpy()})
    script = """([off, shift]) => {
        const app = parkatlas.apps[0], P = parkatlas, {data} = app.current;
        const all = {x0: 0, y0: 0, x1: 2 ** 28, y1: 2 ** 28};
        const result = P.filter.run(data, app.keep({...app.state, off}));
        let cells = 0, total = 0, squares = 0;
        P.grid.visit(data.x, data.y, data.points, all, shift, (lo, hi) => {
            const out = {n: 0, x: 0, y: 0, hist: new Uint32Array(data.kinds)};
            P.filter.sums(data, result, lo, hi, out);
            if (out.n) { cells++; total += out.n; squares += out.n ** 2 + out.hist[2] ** 2; }
        });
        return [cells, total, squares];
    }"""
    with browser() as started:
        page = started.new_page()
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-parkatlas=ready]", state="attached", timeout=120_000)
        for off in ([], ["s0"], ["s1", "s2", "s3"], [s.id for s in SECTORS if s.id != "s2"]):
            kept = frame[~frame["sector"].isin(off)]
            for zoom in range(4, 21):
                shift = 26 - zoom
                cells = kept.groupby([kept["x"] // 2**shift, kept["y"] // 2**shift])["sector"]
                n, third = cells.size(), cells.apply(lambda s: (s == "s2").sum()) if zoom == 12 else None
                found = page.evaluate(script, [off, shift])
                assert found[:2] == [len(n), len(kept)], (off, zoom, found, len(n), len(kept))
                if third is not None:
                    assert found[2] == int((n**2).sum() + (third**2).sum()), (off, zoom)


def compare(n: int, rounds: int, folder: Path, markercluster: Path) -> None:
    """Build, check, open and print one size."""
    located = enterprises(n)
    peer: tuple[str, Page] = ("MarkerCluster", markers_page) if n <= 10_000 else ("FastMarkerCluster", fast_page)
    pages: dict[str, Page] = {"parkatlas": our_page, peer[0]: peer[1]}
    figures: dict[str, dict[str, list[float]]] = {name: {} for name in pages}
    for turn in range(rounds):
        for name, make in pages.items():
            start = time.perf_counter()
            html = make(located)
            built = time.perf_counter() - start
            file = folder / f"{name}-{n}.html"
            if turn == 0:
                file.write_text(html if name == "parkatlas" else inline(html, markercluster), encoding="utf-8")
                if name == "parkatlas":
                    check_counts(file, located)
            del html
            for key, value in {"build": built, "size": file.stat().st_size / 1e6, **measure(file)}.items():
                figures[name].setdefault(key, []).append(value)
    report(n, {name: {k: statistics.median(v) for k, v in row.items()} for name, row in figures.items()})
    if n >= 1_000_000:
        with browser() as started:
            page = started.new_page(viewport={"width": 1400, "height": 900})
            page.goto((folder / f"parkatlas-{n}.html").as_uri())
            page.wait_for_selector("html[data-parkatlas=ready]", state="attached", timeout=120_000)
            work = page.evaluate(WORK)
        print(
            f"{n:>9,}  filter with redraw {work['filter']:.1f} ms (wanted 15),"
            f" slowest search {work['search']:.0f} ms (wanted 120)"
        )


KEYS = (("build", "s", 2), ("size", "MB", 2), ("interactive", "ms", 0), ("memory", "MB", 0), ("frame", "ms", 0))


def report(n: int, rows: dict[str, dict[str, float]]) -> None:
    """Print the figures of one size, and the ratios beside what was wanted."""
    for name, row in rows.items():
        print(f"{n:>9,}  {name:<18}" + "".join(f"{row[key]:>12.{digits}f}" for key, _, digits in KEYS), flush=True)
    (ours, theirs), wanted = rows.values(), REACH[n]
    ratios = [theirs[key] / ours[key] for key, _, _ in KEYS[:4]]
    cells = [f"{ratio:>6.1f} ({want})" for ratio, want in zip(ratios, wanted, strict=False)]
    print(
        f"{'':>11}{'ratio (wanted)':<18}" + "".join(f"{cell:>12}" for cell in cells) + f"{wanted[4]:>9} <=",
        flush=True,
    )


def small(rounds: int, folder: Path) -> None:
    """Compare the page of 1,000 enterprises with an empty Leaflet page that has the same polygons."""
    located = enterprises(1000)
    boxes = [shapely.box(125.2 + i / 20, 43.75, 125.24 + i / 20, 43.9) for i in range(12)]
    fixed = {"level": "zone", "name_zh": "区", "name_en": "Area", "status": "official"}
    areas = gpd.GeoDataFrame({"area_id": [f"a{i}" for i in range(12)], **fixed}, geometry=boxes, crs=4326)
    polygons = json.dumps(json.loads(gpd.GeoSeries(boxes).to_json()))
    empty = (
        f"<!DOCTYPE html><html><head><style>{assets.leaflet_css()} html, body, #m {{ height: 100%; margin: 0 }}</style>"
        f"<script>{assets.leaflet_js()}</script></head><body><div id=m></div><script>var map = L.map('m');"
        f"map.fitBounds(L.geoJSON({polygons}).addTo(map).getBounds());"
        "document.getElementById('m').classList.add('empty-ready');</script></body></html>"
    )
    html = our_page(located, schema.conform(areas, schema.AREAS))
    files = {"parkatlas": html, "empty Leaflet": empty}
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    times: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(max(5, rounds)):
        for name, found in times.items():
            found.append(measure_opening(folder / f"{name}.html"))
    ours, theirs = (statistics.median(found) for found in times.values())
    print(f"{1000:>9,}  page {len(html.encode()) / 1e3:.0f} kB (wanted 500); interactive {ours:.0f} ms, "
          f"empty Leaflet with the same polygons {theirs:.0f} ms: {ours / theirs:.2f} (wanted 1.2)")  # fmt: skip


def measure_opening(file: Path) -> float:
    """Return the time to interactive of a page, in ms."""
    with browser() as started:
        return opened(started, file)[1]


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markercluster", type=Path, required=True)
    parser.add_argument("--only", type=int, nargs="*", default=[1000, *REACH])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    versions = {name: version(name) for name in ("folium", "numpy", "pandas", "geopandas", "playwright")}
    with browser() as started:
        print(f"Python {platform.python_version()}, Chromium {started.version}, {versions}")
    print(f"{'points':>9}  {'page':<18}" + "".join(f"{f'{key} {unit}':>12}" for key, unit, _ in KEYS))
    with tempfile.TemporaryDirectory() as folder:
        for n in given.only:
            if n in REACH:
                compare(n, given.rounds, Path(folder), given.markercluster)
            else:
                small(given.rounds, Path(folder))


if __name__ == "__main__":
    main()
