"""The things drawn under the plan so that a reader knows where he is: river, roads, station, airport, places.

Anchor coordinates only, straight lines between them: enough to find one's way, not a road map. Unless a row says
otherwise the vertices are those of OpenStreetMap, (c) OpenStreetMap contributors, ODbL 1.0. Where no vertex is known
nothing is drawn: the river has gaps, and the stations of Line 8 are absent. ``confidence`` is that of the vertices;
what is derived from others has less. The airport's source is a package, not a page, and named in its note.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

OSM = "https://github.com/Flexibility607/Black-Soil-Loop"
OSM_DATE = "2026-08-13"
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"

# id: (kind, zh, en, pieces). One piece is a line; a piece of one vertex is a point.
Line = list[tuple[float, float]]
FEATURES: dict[str, tuple[str, str, str, list[Line]]] = {
    "river-yitong": ("river", "伊通河", "Yitong river", [
        [(125.3563, 43.9363), (125.3594, 43.9423), (125.3535, 43.9524), (125.3553, 43.9606), (125.3539, 43.9638),
         (125.3484, 43.9655), (125.3440, 43.9725), (125.3439, 43.9736), (125.3469, 43.9777), (125.3468, 43.9799),
         (125.3436, 43.9844), (125.3392, 43.9869), (125.3278, 43.9889), (125.3206, 43.9937), (125.3203, 44.0001),
         (125.3174, 44.0014), (125.3184, 44.0045), (125.3164, 44.0099), (125.3112, 44.0149), (125.3106, 44.0183),
         (125.3122, 44.0215)],
        [(125.3323, 43.7869), (125.3354, 43.8013), (125.3417, 43.8160), (125.3414, 43.8209), (125.3465, 43.8279),
         (125.3516, 43.8344), (125.3482, 43.8387), (125.3524, 43.8444)],
        [(125.3525, 43.7226), (125.3481, 43.7278)]]),
    "road-yuanda": ("road", "北远达大街", "North Yuanda Avenue", [
        [(125.3785, 43.9586), (125.3785, 43.9894)], [(125.3785, 44.0060), (125.3813, 44.0121)]]),
    "road-zhongke": ("road", "中科大街", "Zhongke Street", [
        [(125.4057, 43.9564), (125.4057, 43.9947), (125.4061, 43.9975), (125.4072, 43.9997), (125.4220, 44.0200)]]),
    "road-longhu": ("road", "龙湖大路", "Longhu Road", [[(125.3800, 43.9735), (125.4320, 43.9735)]]),
    "road-guangji": ("road", "光机路", "Guangji Road", [[(125.3780, 43.9822), (125.4275, 43.9822)]]),
    "road-zhongsheng": ("road", "中盛路", "Zhongsheng Road", [[(125.3788, 43.9886), (125.4203, 43.9886)]]),
    "road-zhongshan": ("road", "中山大街", "Zhongshan Street", [[(125.4454, 43.9870), (125.4454, 44.0012)]]),
    "road-jigang": ("road", "吉港路", "Jigang Road", [[(125.4924, 43.9555), (125.5230, 43.9555)]]),
    "road-north-ring": ("road", "北环城路", "North Ring Road", [
        [(125.3050, 43.9474), (125.3278, 43.9500)], [(125.3350, 43.9506), (125.3506, 43.9436)]]),
    "road-renmin-north": ("road", "北人民大街", "North Renmin Street", [[(125.3176, 43.9120), (125.3176, 43.9490)]]),
    "road-yatai-north": ("road", "北亚泰大街", "North Yatai Street", [[(125.3318, 43.9120), (125.3285, 43.9474)]]),
    "road-kaixuan": ("road", "凯旋路", "Kaixuan Road", [[(125.3105, 43.9110), (125.3115, 43.9480)]]),
    "road-g2501-south": ("road", "绕城高速南段", "Ring expressway G2501, south arc", [
        [(125.2394, 43.7536), (125.2648, 43.7605), (125.2915, 43.7718), (125.3117, 43.7808), (125.3317, 43.7866)]]),
    "road-ring-north-west": ("road", "绕城高速西北段", "Ring expressway, north-west arc", [
        [(125.1500, 43.9041), (125.1765, 43.9334)]]),
    "road-hunwu": ("road", "珲乌高速", "Hunchun-Ulanhot expressway", [[(125.2936, 43.9903), (125.2769, 44.0196)]]),
    "road-changji": ("road", "长吉高速", "Changchun-Jilin expressway G12", [
        [(125.4584, 43.8952), (125.4939, 43.9058), (125.5258, 43.9114), (125.5668, 43.9252), (125.5959, 43.9350)]]),
    "road-yongchun": ("road", "永春快速路", "Yongchun expressway", [
        [(125.3427, 43.7218), (125.3515, 43.7229), (125.3613, 43.7234), (125.3746, 43.7237), (125.4026, 43.7225)]]),
    "road-qianjin": ("road", "前进大街", "Qianjin Street", [[(125.2893, 43.7750), (125.2893, 43.8010)]]),
    "road-renmin-south": ("road", "人民大街南段", "Renmin Street, south", [[(125.3205, 43.7530), (125.3205, 43.7800)]]),
    "road-zhuoyue": ("road", "卓越大街", "Zhuoyue Street", [[(125.2035, 43.7625), (125.2087, 43.7930)]]),
    "road-guigu": ("road", "硅谷大街", "Guigu Street", [[(125.2063, 43.7796), (125.2540, 43.8203)]]),
    "road-guanggu": ("road", "光谷大街", "Guanggu Street", [[(125.2174, 43.8046), (125.2596, 43.8425)]]),
    "place-changchun": ("place", "长春市", "Changchun", [[(125.31817, 43.88448)]]),
    "place-kuancheng": ("place", "宽城区", "Kuancheng District", [[(125.32036, 43.94092)]]),
    "place-chaoyang": ("place", "朝阳区", "Chaoyang District", [[(125.27054, 43.84775)]]),
    "place-erdao": ("place", "二道区", "Erdao District", [[(125.36821, 43.86279)]]),
    "place-beihu": ("place", "长春北湖科技开发区", "Beihu Science and Technology Development Zone", [
        [(125.37626, 43.96811)]]),
    "place-gaoxin": ("place", "长春高新技术产业开发区", "Changchun High-tech Zone", [[(125.25244, 43.78625)]]),
}  # fmt: skip
NOTES = {
    "river-yitong": "未知河段未绘。Reaches without known vertices are left out.",
    "road-yuanda": "43.9894与44.0060之间未绘。Not drawn between 43.9894 and 44.0060.",
}


def context_features() -> list[tuple[dict[str, object], shapely.Geometry]]:
    """Return properties and WGS 84 shape of every context feature, in a fixed order."""
    rows = []
    for key, (kind, zh, en, pieces) in FEATURES.items():
        note = " ".join(part for part in (NOTES.get(key, ""), ATTRIBUTION) if part)
        rows.append((_row(key, (kind, zh, en), (OSM, OSM_DATE, "H"), note), _shape(pieces)))
    airport = _row(
        "airport-longjia", ("airport", "长春龙嘉国际机场", "Changchun Longjia Airport (CGQ)"),
        (None, "2026-09-05", "H"),
        "Python 包 airportsdata 20260905（MIT），WGS 84。The Python package airportsdata 20260905 (MIT); WGS 84.",
    )  # fmt: skip
    station = _row(
        "rail-changchun", ("rail", "长春站", "Changchun railway station"), (OSM, OSM_DATE, "M"),
        "由人民大街北端与京哈线推得。Derived from the north end of Renmin Street and the tracks. " + ATTRIBUTION,
    )  # fmt: skip
    yongchun = _row(
        "area-yongchun", ("area", "永春现代生物医药城核心区", "Yongchun Modern Biomedical City, core"),
        ("http://jl.news.cn/20240417/9ae48a9ac79943c59150945d1d203028/c.html", "2024-04-17", "M"),
        "市级另一规划,非长春药谷;约28 km²,西界芳草街经度按面积推得。"
        "Another plan, of the city; about 28 km2, west side solved from the area. " + ATTRIBUTION,
    )  # fmt: skip
    rows += [
        (airport, shapely.Point(125.685, 43.9962)),
        (station, shapely.Point(125.3177, 43.9078)),
        (yongchun, _yongchun()),
    ]
    return rows


def _row(key: str, what: tuple[str, str, str], source: tuple[str | None, str, str], note: str) -> dict[str, object]:
    (kind, zh, en), (url, date, confidence) = what, source
    return {
        "context_id": key,
        "kind": kind,
        "name_zh": zh,
        "name_en": en,
        "status": "schematic",
        "source_url": url,
        "source_date": date,
        "confidence": confidence,
        "note": note,
    }


def _shape(pieces: list[Line]) -> shapely.Geometry:
    if len(pieces[0]) == 1:
        return shapely.Point(pieces[0][0])
    lines = [shapely.LineString(piece) for piece in pieces]
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _yongchun() -> shapely.Polygon:
    """Return the core of Yongchun: G2501 north, the river east, the expressway south, west so that it is 28 km2."""
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4551", always_xy=True)
    arc = np.array([(125.2648, 43.7605), (125.2915, 43.7718), (125.3117, 43.7808), (125.3317, 43.7866)])
    east = [(125.3323, 43.7869), (125.3481, 43.7278), (125.3525, 43.7226), (125.3515, 43.7229), (125.3427, 43.7218)]

    def ring(lon: float) -> shapely.Polygon:
        corner = (lon, round(float(np.interp(lon, arc[:, 0], arc[:, 1])), 7))
        return shapely.Polygon([(lon, 43.7218), *east[::-1], *arc[:0:-1].tolist(), corner])

    low, high = 125.27, 125.29
    for _ in range(60):
        lon = (low + high) / 2
        area = shapely.Polygon(np.column_stack(to_metres.transform(*np.array(ring(lon).exterior.coords).T))).area
        low, high = (lon, high) if area > 28e6 else (low, lon)
    return shapely.orient_polygons(ring(round(lon, 7)))
