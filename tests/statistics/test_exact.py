"""Exact tests against scipy.stats and published tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from parkatlas.statistics import exact


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.data())
def test_binomial_p_equals_scipys_binomtest(n: int, p: float, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    assert exact.binomial_p(k, n, p) == pytest.approx(stats.binomtest(k, n, p).pvalue, rel=1e-6)


@given(st.integers(1, 15), st.integers(1, 15), st.data())
def test_hypergeometric_p_equals_scipys_fisher_exact(n: int, rest: int, data: st.DataObject) -> None:
    marked = data.draw(st.integers(0, n + rest))
    k = data.draw(st.integers(max(0, marked - rest), min(n, marked)))
    table = [[k, n - k], [marked - k, rest - (marked - k)]]
    assert exact.hypergeometric_p(k, n, marked, n + rest) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


@given(st.integers(1, 60), st.data())
def test_the_interval_equals_scipys_clopper_pearson(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    expected = stats.binomtest(k, n).proportion_ci(method="exact")
    assert [float(end) for end in exact.clopper_pearson(k, n)] == pytest.approx([expected.low, expected.high])


def test_nothing_counted_is_no_test() -> None:
    assert np.isnan(exact.binomial_p([0, 1], [0, 1], [0.5, np.nan])).all()
    assert np.isnan(exact.clopper_pearson(0, 0)).all()


def test_adjusted_p_of_benjamini_and_hochberg_1995() -> None:
    # the fifteen p-values of their section 4.1; at 5 % the procedure rejects the four smallest
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    adjusted = exact.adjust([*p, np.nan])
    assert (adjusted[:-1] <= 0.05).sum() == 4
    assert adjusted[0] == pytest.approx(0.0015)
    assert np.isnan(adjusted[-1])
    assert np.isnan(exact.adjust([np.nan])).all()


def test_simulated_p_counts_the_value_itself() -> None:
    drawn = np.arange(1.0, 100.0)[:, None] * [1, 1, 1, 1]
    assert exact.simulated_p([200, 0, 50, np.nan], drawn) == pytest.approx([0.02, 0.02, 1, np.nan], nan_ok=True)
