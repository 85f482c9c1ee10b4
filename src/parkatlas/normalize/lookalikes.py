"""Enterprises that may be one and the same: the same code, or nearly the same name at nearly the same place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from parkatlas import crs
from parkatlas.findings import Finding, Rule
from parkatlas.normalize.cells import Floats, Mask, repeated, repeated_among
from parkatlas.normalize.faults import SHOWN

SAME_CODE = Rule(
    "normalize.same-code",
    "warning",
    zh="第 {rows} 行的统一社会信用代码相同（{value}）：{names}",
    en="rows {rows} have the same credit code ({value}): {names}",
    hint_zh="若为同一家企业，请只保留一行；若为分支机构，请核对代码。",
    hint_en="Keep one row if they are one enterprise; check the codes if they are branches.",
)
SAME_NAME = Rule(
    "normalize.same-name",
    "warning",
    zh="第 {rows} 行名称几乎相同、位置相近：{names}",
    en="rows {rows} have nearly the same name and place: {names}",
    hint_zh="若为同一家企业，请只保留一行。",
    hint_en="Keep one row if they are one enterprise.",
)
NOT_COMPARED = Rule(
    "normalize.names-not-compared",
    "info",
    zh="名单太大（{n} 行），只比较了完全相同的名称",
    en="the list is large ({n} rows): only names that are exactly equal were compared",
)
MORE = Rule("normalize.more-groups", "info", zh="另有 {n} 组：{code}", en="{n} more groups: {code}")

NEAR_M, TYPO_M = 500.0, 100.0
MOST_ROWS, MOST_PAIRS = 200_000, 1_000_000
_LEAST = 4  # characters of a name that a slip may hide in
_COMPANY = (
    "有限责任公司|股份有限公司|有限公司|集团公司|公司|集团|股份|控股"
    "|companylimited|co\\.?,?ltd\\.?|limited|ltd\\.?|incorporated|inc\\.?|corporation|corp\\.?|company|group"
)
_NOT_NAME = r"[\s\-_.,;:·•・'\"’‘“”()（）\[\]【】《》<>&/\\|]+"


class Groups(NamedTuple):
    """Rows that look like one enterprise: positions in the table, ascending, and the number of each one's group.

    Groups are numbered from 0 in the order of their first rows.
    """

    rule: Rule
    rows: npt.NDArray[np.intp]
    keys: npt.NDArray[np.intp]


def cores(names: pd.Series[str]) -> pd.Series[str]:
    """Return names without what tells no two companies apart: case, width, punctuation and the legal form.

    Examples
    --------
    >>> cores(pd.Series(["甲药业有限责任公司", "甲药业（集团）股份有限公司", "Jia Co., Ltd."], dtype="str")).to_list()
    ['甲药业', '甲药业', 'jia']
    """
    text = names.str.normalize("NFKC").str.lower().str.replace(_NOT_NAME, "", regex=True)
    return text.str.replace(f"(?:{_COMPANY})", "", regex=True).mask(lambda core: core == "", text)


def same_code(codes: pd.Series[str], among: Mask | None = None) -> Groups:
    """Return the groups of rows with the same credit code; ``among``: the rows that alone may have one, if known."""
    return Groups(SAME_CODE, *_equal(codes, among))


def same_name(names: pd.Series[str], lon: Floats, lat: Floats, among: Mask | None = None) -> Groups:
    """Return the groups of rows with nearly the same name within `NEAR_M`, or without positions to tell them apart.

    Nearly the same: equal `cores`, or, within `TYPO_M`, cores that differ by one character of at least four (two of at
    least eight) and not in their digits. Lists of more than `MOST_ROWS` rows are compared by exact name only; then
    ``among`` may say which rows alone have the name of another.
    """
    large = len(names) > MOST_ROWS
    core = names if large else cores(names)
    rows, keys = _equal(core, among if large else None)
    near = _are_near(keys, lon[rows], lat[rows])
    rows, keys = rows[near], keys[near]
    if large:
        return Groups(SAME_NAME, rows, _renumbered(keys))
    heads = rows[np.unique(keys, return_index=True)[1]][_renumbered(keys)] if len(rows) else rows
    edges = np.concatenate([np.column_stack((heads, rows)), _slips(core, lon, lat)])
    return Groups(SAME_NAME, *_connected(edges, len(names)))


def tell(groups: Groups, table: pd.DataFrame, place: dict[str, Any], header: str | None) -> list[Finding]:
    """Return a finding for each of the first groups; rows are named as the file counts them."""
    out: list[Finding] = []
    column = "credit_code" if groups.rule is SAME_CODE else "name_zh"
    at = place | {"field": header}
    total = int(groups.keys.max(initial=-1)) + 1
    for key in range(min(total, SHOWN)):
        rows = groups.rows[groups.keys == key]
        numbers = [str(row) for row in table.index[rows[:SHOWN]]] + ["..."] * (len(rows) > SHOWN)
        names = list(dict.fromkeys(table["name_zh"].iloc[rows[:SHOWN]]))
        words = {"rows": ", ".join(numbers), "names": " / ".join(names[:5]), "value": table[column].iloc[rows[0]]}
        out.append(groups.rule.at(**at, row=int(table.index[rows[0]]), **words))
    if total > SHOWN:
        out.append(MORE.at(**at, n=total - SHOWN, code=groups.rule.code))
    return out


def _equal(cells: pd.Series[str], among: Mask | None) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions of cells that are not alone with their text, and numbers of equal texts."""
    at = np.flatnonzero(repeated(cells) if among is None else repeated_among(cells, among))
    if not len(at):  # taking nothing from a long column costs as much as taking something
        return at, at
    return at, np.asarray(pd.factorize(cells.iloc[at])[0], dtype=np.intp)


def _renumbered(keys: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return np.asarray(pd.factorize(keys)[0], dtype=np.intp)


def _are_near(keys: npt.NDArray[np.intp], lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Return which rows belong to a group whose positions, where it has several, lie within `NEAR_M`."""
    groups = pd.DataFrame({"lon": lon, "lat": lat}).groupby(keys)
    low, high = groups.transform("min"), groups.transform("max")
    across = (high["lon"] - low["lon"]) * np.cos(np.radians(low["lat"]))
    metres = 111_320 * np.hypot(across, high["lat"] - low["lat"]).to_numpy()
    return np.asarray(~(metres > NEAR_M), dtype=bool)  # NaN: fewer than two positions


def _connected(edges: npt.NDArray[np.intp], n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows that some edge joins to another, and the numbers of their groups."""
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    rows = np.unique(edges)
    return rows, _renumbered(labels[rows])


def _slips(core: pd.Series[str], lon: Floats, lat: Floats) -> npt.NDArray[np.intp]:
    """Return pairs of rows at nearly the same place whose cores differ by a slip of the pen."""
    at = np.flatnonzero(np.isfinite(lon) & (core.str.len() >= _LEAST).to_numpy(dtype=bool, na_value=False))
    none = np.zeros((0, 2), dtype=np.intp)
    if len(at) < 2:
        return none
    x, y = crs.project(lon[at], lat[at], crs.metric_crs(lon[at], lat[at]))
    tree = cKDTree(np.column_stack((x, y)))
    if tree.count_neighbors(tree, TYPO_M) - len(at) > 2 * MOST_PAIRS:
        return none  # a crowded place: what looks alike there by chance outweighs what is alike
    pairs = tree.query_pairs(TYPO_M, output_type="ndarray")
    texts = core.iloc[at].to_numpy(dtype=object)
    likely = pairs[_alike(texts, pairs)]
    sure = np.array([_is_slip(texts[a], texts[b]) for a, b in likely], dtype=bool)
    return np.concatenate([none, at[likely[sure]]]) if sure.any() else none


def _alike(texts: npt.NDArray[np.object_], pairs: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return which pairs hold nearly the same characters in any order and the same digits: a cheap necessary test."""
    lengths = np.array([len(text) for text in texts])
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts)), lengths)
    digit = (letters >= 48) & (letters <= 57)
    slot = np.where(digit, letters - 48, 10 + letters % 54)  # digits apart, other characters in 54 slots
    counts = np.bincount(owner * 64 + slot, minlength=64 * len(texts)).reshape(-1, 64).astype(np.int16)
    differ = np.abs(counts[pairs[:, 0]] - counts[pairs[:, 1]])
    most = np.where(np.minimum(lengths[pairs[:, 0]], lengths[pairs[:, 1]]) >= 2 * _LEAST, 4, 2)
    return np.asarray((differ[:, :10].sum(axis=1) == 0) & (differ[:, 10:].sum(axis=1) <= most), dtype=bool)


def _is_slip(a: str, b: str) -> bool:
    """Return whether two different texts are one or two edits apart (Levenshtein), digits untouched."""
    if a == b or [char for char in a if char.isdigit()] != [char for char in b if char.isdigit()]:
        return False
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1] <= (2 if min(len(a), len(b)) >= 2 * _LEAST else 1)
