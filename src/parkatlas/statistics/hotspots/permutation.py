"""Conditional permutations of neighbour sums, quickly: a window slid over a shuffled list is a random draw.

Under the null the neighbours of a cell are k of the other cells, drawn without replacement. Any k consecutive values of
a shuffled list, the cell's own left aside, are such a draw. One shuffle therefore serves all cells at once, and a
shift of the list gives the next draw: sums come from running totals, cells sorted by their place in the list are
compared with one contiguous slice, and nothing is gathered.
"""

from __future__ import annotations

import numpy as np

from parkatlas.statistics.window import Bools, Floats, Ints

_SHIFTS = 50  # most draws that one shuffle gives; fewer where their windows would overlap
_SMALL = 200_000  # sums looked up in one go rather than shift by shift
_ADDED = 64  # neighbours up to which sums are added up plainly, not taken from running totals


def tail_counts(
    values: Floats, counts: Ints, observed: Floats, draws: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return, for each cell, how many drawn neighbour sums are at least and at most the observed one.

    Parameters
    ----------
    values : (n,)
        One value a cell.
    counts : (n,)
        Number of neighbours of each cell, the cell itself not counted; at most n - 1.
    observed : (n,)
        Sums over the neighbours, the cell itself not counted.
    draws : int
        Number of draws for each cell.
    rng : Generator

    Notes
    -----
    Sums are compared with a tolerance of 1e-12 of the largest possible one, so that equal sums added up in another
    order stay equal.
    """
    n, most = len(values), int(counts.max(initial=0))
    above, below = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if most == 0:
        return above + draws, below + draws
    slack = 1e-12 * most * float(np.abs(values).max())
    each = max(min(_SHIFTS, (n - 1) // most), 1)
    sizes = np.unique(counts)
    done = 0
    while done < draws:
        order = rng.permutation(n)
        shifts = 1 + np.arange(min(each, draws - done)) * ((n - most) // each)
        done += len(shifts)
        for size in sizes:
            _compare(values[order], counts[order] == size, int(size), observed, slack, order, shifts, above, below)
    return above, below


def two_sided(above: Ints, below: Ints, draws: int) -> Floats:
    """Return two-sided permutation p-values: twice the smaller tail, the observed value counted in, at most 1."""
    return np.minimum(2.0 * (np.minimum(above, below) + 1.0) / (draws + 1.0), 1.0)


def _compare(  # noqa: PLR0917
    shuffled: Floats,
    member: Bools,
    size: int,
    observed: Floats,
    slack: float,
    order: Ints,
    shifts: Ints,
    above: Ints,
    below: Ints,
) -> None:
    """Add to the counts of the cells with ``size`` neighbours, for each shift of the shuffled values."""
    n = len(shuffled)
    sums = _sliding(shuffled, size)
    at = np.flatnonzero(member)
    if len(at) * len(shifts) <= _SMALL:
        drawn, mark = sums[at + shifts[:, None]], observed[order[at]]
        above[order[at]] += (drawn >= mark - slack).sum(axis=0)
        below[order[at]] += (drawn <= mark + slack).sum(axis=0)
        return
    most = 2 * len(at) > n  # then comparing all in one stretch is quicker than picking them out
    mark = observed[order] if most else observed[order[at]]
    high = np.where(member, mark - slack, np.inf) if most else mark - slack
    low = np.where(member, mark + slack, -np.inf) if most else mark + slack
    up, down = np.zeros(len(mark), dtype=np.uint8), np.zeros(len(mark), dtype=np.uint8)
    for shift in shifts:
        drawn = sums[shift : shift + n] if most else sums[at + shift]
        up += (drawn >= high).view(np.uint8)
        down += (drawn <= low).view(np.uint8)
    place = order if most else order[at]
    above[place] += up
    below[place] += down


def _sliding(shuffled: Floats, size: int) -> Floats:
    """Return sums of ``size`` consecutive values round the list, from each place, twice over."""
    n = len(shuffled)
    if size <= _ADDED:
        round_ = np.concatenate([shuffled, shuffled[: size + 1]])
        sums = np.zeros(n)
        for step in range(size):
            sums += round_[step : step + n]
    else:
        total = np.concatenate([[0.0], np.cumsum(np.concatenate([shuffled, shuffled]))])
        sums = total[size : size + n] - total[:n]
    return np.concatenate([sums, sums])
