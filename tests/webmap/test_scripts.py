"""The parts of the scripts that only compute, run in the browser they are for, against Python's own answers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parkatlas import crs
from parkatlas.webmap import pack
from parkatlas.webmap.initials import initials_table

pytestmark = pytest.mark.browser
RNG = np.random.default_rng(7)


def register(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, str, int]:
    """Return a random register as a frame in packed order, its block and how many rows have a point."""
    points = n - n // 10
    x, y = (rng.integers(0, 2**28, points) >> rng.integers(0, 20, points) for _ in range(2))
    order = pack.morton_order(x, y)
    frame = pd.DataFrame(
        {
            "x": np.pad(x[order], (0, n - points), "edge"),
            "y": np.pad(y[order], (0, n - points), "edge"),
            "sector": rng.integers(0, 4, n),
            "group": rng.integers(0, 3, n),
            "employees": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 3000, n).astype(float)),
            "founded": np.where(rng.random(n) < 0.2, "", rng.integers(1990, 2024, n).astype(str)),
        }
    )
    groups = ["core\nza\npa\nlocated\nenterprise", "\nza\n\nlocated\nenterprise", "\n\n\nunplaced\ninstitute"]
    columns = [
        pack.deltas("x", frame["x"].to_numpy()),
        pack.deltas("y", frame["y"].to_numpy()),
        pack.integers("sector", frame["sector"]),
        pack.codes_of("group", frame["group"], groups),
        pack.numbers("employees", frame["employees"]),
        pack.words("founded", frame["founded"].to_numpy(dtype=object)),
    ]
    return frame, pack.pack(columns, n, points=points), points


def test_every_kind_of_column_is_read_as_python_reads_it(js: Callable[..., Any]) -> None:
    values = ["甲", "", "😀b", "\ufeffx", "a\x00b", "</script>"]
    block = pack.pack(
        [
            pack.integers("small", [0, 1, 255, 3, 4, 5]),
            pack.integers("wide", [0, 2**40, 255, 2**53 - 2, 4, 5], missing=np.array([0, 0, 0, 0, 0, 1], dtype=bool)),
            pack.deltas("steps", np.array([5, 2**28 - 1, 0, 7, 7, 1])),
            pack.numbers("scaled", [1.5, float("nan"), 0.001, 0.1, 7, 1e6]),
            pack.numbers("float", [1 / 3, float("nan"), -2.5, math.pi, 1e300, 0]),
            pack.texts("texts", values),
            pack.integers("row", [5, 4, 3, 2, 1, 0]),
            pack.serial("ids", np.array([f"E-{i:03d}" for i in (7, 3, 3, 9, 0, 1)], dtype=object)),
            pack.serial("numbered", np.array([f"N{i:05d}" for i in range(6)], dtype=object), np.arange(6)[::-1]),
            pack.words("words", np.array(["x", "y", "x", "", "y", "x"], dtype=object)),
        ],
        6,
    )
    names = ["small", "wide", "steps", "scaled", "float", "texts", "ids", "numbered", "words"]
    found = js(
        """const {columns} = await P.pack.unpack(given[0]);
        return given[1].map((n) => [0, 1, 2, 3, 4, 5].map((i) => columns[n].at(i)));""",
        [block, names],
    )
    expected = pack.unpack(block)[1]
    assert found == [expected[name] for name in names]
    joined = js(
        """const {columns: c} = await P.pack.unpack(given);
        return [c.ids, c.numbered].map((x) => [x.all(), ...x.starts]);""",
        block,
    )
    for (text, *starts), name in zip(joined, ("ids", "numbered"), strict=True):
        assert [text[a:b] for a, b in itertools.pairwise(starts)] == expected[name]


@pytest.mark.parametrize("shift", [28, 20, 12, 6, 0])
def test_cells_hold_what_counting_by_hand_holds(js: Callable[..., Any], shift: int) -> None:
    frame, block, points = register(700, RNG)
    found = js(
        """const {columns: c} = await P.pack.unpack(given[0]); const out = [];
        const world = {x0: 0, y0: 0, x1: 2 ** 28, y1: 2 ** 28};
        P.grid.visit(c.x.values, c.y.values, given[1], world, given[2], (lo, hi) => out.push([lo, hi]));
        return out;""",
        [block, points, shift],
    )
    located = frame[:points]
    by_cell = located.groupby([located["x"] // 2**shift, located["y"] // 2**shift]).indices
    assert sorted(tuple(range(lo, hi)) for lo, hi in found) == sorted(tuple(sorted(rows)) for rows in by_cell.values())


def test_cells_outside_the_view_are_not_visited(js: Callable[..., Any]) -> None:
    frame, block, points = register(500, RNG)
    box = {"x0": 0, "y0": 0, "x1": 2**20 - 1, "y1": 2**22 - 1}
    count = js(
        """const {columns: c} = await P.pack.unpack(given[0]); let n = 0;
        P.grid.visit(c.x.values, c.y.values, given[1], given[2], 10, (lo, hi) => { n += hi - lo; });
        return n;""",
        [block, points, box],
    )
    located = frame[:points]
    assert count == ((located["x"] <= box["x1"]) & (located["y"] <= box["y1"])).sum()


SIZES = pd.IntervalIndex.from_breaks([0, 20, 300, 1000, np.inf], closed="left")


@pytest.mark.parametrize("seed", range(4))
def test_filters_count_as_pandas_counts(js: Callable[..., Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame, block, points = register(1500, rng)
    keep = {
        "sector": rng.integers(0, 2, 5).tolist(),
        "size": rng.integers(0, 2, 5).tolist(),
        "group": [1, *rng.integers(0, 2, 2).tolist()],
        "year": [None, [1990, 2023], [2000, 2010], [2005, 2005]][seed],
    }
    lo, hi = sorted(int(v) for v in rng.integers(0, points, 2))
    found = js(
        """const data = P.filter.prepare(await P.pack.unpack(given[0]), 4), k = given[1];
        const r = P.filter.run(data, {sector: k.sector, size: k.size, group: k.group, year: k.year});
        const out = {n: 0, x: 0, y: 0, hist: [0, 0, 0, 0, 0]};
        P.filter.sums(data, r, given[2], given[3], out);
        return {mask: [...r.mask], total: r.total, cross: [...r.cross], years: [...r.byYear], sizes: [...r.bySize],
            first: data.year.first, out};""",
        [block, keep, lo, hi],
    )
    size = SIZES.get_indexer(frame["employees"]).astype(int)
    size[frame["employees"].isna()] = 4
    year = pd.to_numeric(frame["founded"].replace("", None)).astype(float)
    good = (
        np.array(keep["sector"])[frame["sector"]]
        & np.array(keep["size"])[size]
        & np.array(keep["group"])[frame["group"]]
    )
    if keep["year"]:
        good &= year.between(*keep["year"]).to_numpy()
    kept = frame[good.astype(bool)]
    assert found["mask"] == good.astype(int).tolist()
    assert found["total"] == len(kept)
    cross = pd.crosstab(kept["group"], kept["sector"]).reindex(index=range(3), columns=range(5), fill_value=0)
    assert found["cross"] == cross.to_numpy().ravel().tolist()
    assert found["sizes"] == pd.Series(size[good.astype(bool)]).value_counts().reindex(range(5), fill_value=0).tolist()
    by_year = year[good.astype(bool)].dropna().astype(int).value_counts()
    assert {found["first"] + k: n for k, n in enumerate(found["years"][:-1]) if n} == by_year.to_dict()
    run = frame[lo:hi][good[lo:hi].astype(bool)]
    assert (found["out"]["n"], found["out"]["x"], found["out"]["y"]) == (len(run), run["x"].sum(), run["y"].sum())
    assert found["out"]["hist"] == run["sector"].value_counts().reindex(range(5), fill_value=0).tolist()


NAMES = ["长春金赛药业", "百克生物", "GeneScience Pharma", "重药", "长春高新", "百克", "长春3号厂"]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("百克", [1, 5]),
        ("genescience", [2]),
        ("ccjs", [0]),
        ("cc", [0, 4, 6]),
        ("zc", [0, 4, 6]),  # 长 is also read zhang
        ("cy", [3]),  # 重 is also read chong
        ("zy", [3]),
        ("cc3h", [6]),
        ("cc 3hc", [6]),
        ("3hc", [6]),
        ("e-2", [2]),
        ("生物gene", []),  # not across two names
        ("ｇｅｎｅｓｃｉ", [2]),
        ("金赛 药业", [0]),
        ("药 业", [0]),
        ("生物 百", [1]),
        ("百克 药业", []),
        ("2762", [4]),
        ("  ", []),
        (".*", []),
    ],
)
def test_search_finds_names_initials_and_ids(js: Callable[..., Any], query: str, rows: list[int]) -> None:
    codes = pack.words("gbt_code", np.array(["", "", "", "", "2762", "", ""], dtype=object))
    ids = pack.texts("enterprise_id", [f"E-{i}" for i in range(7)])
    block = pack.pack([pack.texts("name_zh", NAMES), ids, codes], 7, initials=initials_table("".join(NAMES)))
    found = js(
        "const b = await P.pack.unpack(given[0]); return P.search.find(b.columns, 7, b.head.initials, given[1], 100)",
        [block, query],
    )
    assert sorted(found) == rows


@pytest.mark.parametrize("seed", range(3))
def test_parts_are_found_as_looking_at_every_row_finds_them(js: Callable[..., Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["".join(row) for row in rng.choice(list("药业长春生"), (60_000, 4))]
    block = pack.pack([pack.texts("name_zh", names)], len(names), initials={})
    for query in ("药 业", "春 生 业", "长春 生药业"):
        found = js(
            "const b = await P.pack.unpack(given[0]); return P.search.find(b.columns, 60000, {}, given[1], 60001)",
            [block, query],
        )
        assert sorted(found) == [row for row, name in enumerate(names) if all(p in name for p in query.split())]


def test_names_that_begin_with_the_query_come_first(js: Callable[..., Any]) -> None:
    block = pack.pack([pack.texts("name_zh", ["大百克", "百克"])], 2, initials={})
    assert js("const b = await P.pack.unpack(given); return P.search.find(b.columns, 2, {}, '百克', 9)", block) == [
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("+86", "'+86"),
        ("\t=1", "'\t=1"),
        ('a"b,c', '"a""b,c"'),
        ("two\nlines", '"two\nlines"'),
        (-2.5, "-2.5"),
        (None, ""),
    ],
)
def test_cells_of_the_csv_are_quoted_and_never_formulas(js: Callable[..., Any], value: object, cell: str) -> None:
    assert js("return P.csv.cell(given)", value) == cell


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("F.number(1234567)", "1,234,567"),
        ("F.number(0.456)", "0.46"),
        ("F.number(null)", "—"),
        ("F.percent(0.4)", "40 %"),
        ("F.percent(0.004)", "0.4 %"),
        ("F.short(9999, 'zh')", "9999"),
        ("F.short(12000, 'zh')", "1.2万"),
        ("F.short(12000, 'en')", "12k"),
        ("F.short(1500000, 'en')", "1.5m"),
        ("F.money(12345, 'zh')", "1.23 亿元"),
        ("F.money(999, 'zh')", "999 万元"),
        ("F.money(268000, 'en')", "CNY 2.68 bn"),
        ("F.plain('a\\u202eb')", "a\ufffdb"),
        ("F.plain('')", "—"),
        ("F.confidence('H', (key) => P.t('zh', key))", "高"),
        ("F.confidence('0.45', (key, values) => P.t('en', key, values))", "0.45 of 1"),
        ("F.confidence('likely', (key) => P.t('en', key))", "likely"),
    ],
)
def test_numbers_read_well(js: Callable[..., Any], expression: str, text: str) -> None:
    assert js(f"const F = P.format; return {expression}") == text


def test_the_datum_of_the_basemap_is_that_of_crs(js: Callable[..., Any]) -> None:
    lon, lat = RNG.uniform(70, 140, 200), RNG.uniform(1, 55, 200)
    found = np.array(js("return given.map(([x, y]) => P.datum.toGcj(x, y))", np.column_stack([lon, lat]).tolist()))
    expected = np.column_stack(crs.from_wgs84(lon, lat, "gcj02"))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)
    back = np.array(js("return given.map(([x, y]) => P.datum.fromGcj(x, y))", expected.tolist()))
    inside = (lon > 73) & (lon < 137)  # at the edge of the shifted box the way back has two answers
    np.testing.assert_allclose(back[inside], np.column_stack([lon, lat])[inside], rtol=0, atol=1e-9)


def test_pixels_are_those_of_python(js: Callable[..., Any]) -> None:
    lon, lat = RNG.uniform(-180, 180, 200), RNG.uniform(-80, 80, 200)
    found = js("return given.map(([x, y]) => [Math.floor(P.datum.xOf(x)), Math.floor(P.datum.yOf(y))])",
               np.column_stack([lon, lat]).tolist())  # fmt: skip
    assert np.abs(np.array(found) - np.column_stack(pack.pixels(lon, lat))).max() <= 1


def test_points_in_holes_are_outside(js: Callable[..., Any]) -> None:
    rings = [[[[0, 0], [10, 0], [10, 10], [0, 10]], [[4, 4], [6, 4], [6, 6], [4, 6]]]]
    inside = js(
        """const s = P.geometry.project(given, "wgs84");
        return [[1, 1], [5, 5], [11, 1]].map(([x, y]) => P.geometry.contains(s, P.datum.xOf(x), P.datum.yOf(y)));""",
        rings,
    )
    assert inside == [True, False, False]


def test_the_state_survives_the_address(js: Callable[..., Any]) -> None:
    state = js(
        """const first = P.state.initial("zh", "a");
        const s = {...first, lang: "en", register: "b c", off: ["x", "y&z", "", "+", "!"], sizesOff: [1, 4],
            kindsOff: ["institute"], years: [1990, 2001], within: "p=1", selected: {kind: "row", id: "E:1&#"},
            hidden: ["park"], table: true, view: {lat: 43.9, lon: 125.3, zoom: 12.25}};
        const known = {registers: ["a", "b c"], sectors: ["x", "y&z", "", "+", "!"], areas: ["p=1"], basemaps: []};
        return [s, P.state.read("#" + P.state.write(s, first), first, known)];"""
    )
    assert state[0] == state[1]


@pytest.mark.parametrize(
    "hash_text", ["#v=a,b,c&r=nowhere&so=none&y=1&s=evil:1", "#%E0%A4%A", "#so=%", "#=&=&", "#v=999,0,3"]
)
def test_an_address_that_makes_no_sense_changes_nothing(js: Callable[..., Any], hash_text: str) -> None:
    first, found = js(
        """const first = P.state.initial("zh", "a");
        const known = {registers: ["a"], sectors: ["x"], areas: [], basemaps: []};
        return [first, P.state.read(given, first, known)];""",
        hash_text,
    )
    assert found == first


@pytest.mark.parametrize(
    ("hash_text", "off"), [("so=+", [""]), ("so=x!", ["x", ""]), ("so=!x", ["", "x"]), ("so=x", ["x"]), ("so=", [])]
)
def test_addresses_old_and_new_name_the_unclassified(js: Callable[..., Any], hash_text: str, off: list[str]) -> None:
    known = {"registers": [], "sectors": ["x", ""], "areas": [], "basemaps": []}
    assert js("return P.state.read(given[0], P.state.initial('zh', 'a'), given[1]).off", [hash_text, known]) == off


def test_both_languages_say_everything(js: Callable[..., Any]) -> None:
    zh, en = js("return [Object.keys(P.words.zh).sort(), Object.keys(P.words.en).sort()]")
    assert zh == en


def test_merging_discs_loses_no_count(js: Callable[..., Any]) -> None:
    total = js(
        """const data = {kinds: 1, x: [], y: [], sector: []}; let seed = 3;
        const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
        const groups = Array.from({length: 80}, (_, i) => { const n = 1 + Math.floor(random() * 50);
            return {n, x: n * random() * 900, y: n * random() * 600, hist: [n], ranges: [[i, i + 1]]}; });
        for (let i = 0; i < 40; i++) { data.x.push(random() * 900); data.y.push(random() * 600); data.sector.push(0); }
        const before = groups.reduce((a, g) => a + g.n, 0) + 40;
        const {kept, free} = P.points.merge(groups, data.x.map((_, i) => i), data, 1);
        const far = (a, b) => Math.hypot(a.x / a.n - b.x / b.n, a.y / a.n - b.y / b.n);
        const overlap = kept.some((a) => kept.some((b) => a !== b && far(a, b) < 6));
        const sum = (count) => kept.reduce((a, g) => a + count(g), 0) + free.length;
        return [before, sum((g) => g.n), sum((g) => g.hist[0]), overlap];"""
    )
    assert total[0] == total[1] == total[2]
    assert total[3] is False


@pytest.mark.parametrize("rows", [0, 5, 1000, 2_000_000])
def test_every_row_of_a_table_can_be_scrolled_to(js: Callable[..., Any], rows: int) -> None:
    sight, tall = 300, min(rows * 28, 15_000_000)
    ends = [0, max(0, tall - sight)]
    start, end = (js("return P.table.slice(...given);", [rows, at, sight]) for at in ends)
    assert start["first"] == 0
    assert start["top"] == 0
    assert end["last"] == rows
    assert end["top"] + (end["last"] - end["first"]) * 28 == pytest.approx(tall, abs=1)
    middle = js("return P.table.slice(...given);", [rows, ends[1] / 2, sight])
    assert middle["first"] <= rows / 2 <= middle["last"]


def test_boxes_of_declared_enterprises_hide_none_of_their_kind(js: Callable[..., Any]) -> None:
    boxes = js(
        """const boxes = [];
        for (let i = 0; i < 12; i++) boxes.push({w: 24, ...P.points.freeSpot({x: 100, y: 100 + i, w: 24}, boxes)});
        return boxes.map(({x, y}) => [x, y]);"""
    )
    assert boxes[0] == [100, 100]
    for (ax, ay), (bx, by) in itertools.combinations(boxes, 2):
        assert abs(ax - bx) >= 24 or abs(ay - by) >= 20


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1000, "CNY 100m", "1,000 亿元", "CNY 100 bn"),
        (223, "cny_100m", "223 亿元", "CNY 22.3 bn"),
        (100, "cny_bn", "1,000 亿元", "CNY 100 bn"),
        (400, "enterprises", "400 家", "400 enterprises"),
        (7, "rank", "7 rank", "7 rank"),
    ],
)
def test_money_of_targets_is_written_as_each_language_does(
    js: Callable[..., Any], value: float, unit: str, zh: str, en: str
) -> None:
    assert js("return ['zh', 'en'].map((lang) => P.targets.measured(...given, lang));", [value, unit]) == [zh, en]
