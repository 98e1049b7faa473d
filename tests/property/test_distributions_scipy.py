"""Our distributions are scipy's, which the client does without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.analytics import binomial_cumulative, chi_square_tail, normal_quantile

stats = pytest.importorskip("scipy.stats")
LEVELS = st.integers(1, 9_999)


@given(st.integers(1, 400), st.data(), LEVELS)
def test_binomial_any_count_is_scipys(trials, data, chance):
    count = data.draw(st.integers(0, trials + 3))
    expected = float(stats.binom.cdf(count, trials, chance / 10_000))
    assert binomial_cumulative(count, trials, chance) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(st.floats(0, 700), st.sampled_from([1, 2]))
def test_chi_square_any_statistic_is_scipys(statistic, degrees):
    assert chi_square_tail(statistic, degrees) == pytest.approx(float(stats.chi2.sf(statistic, degrees)), rel=1e-10)


@given(LEVELS)
def test_normal_quantile_any_level_is_scipys(level):
    assert normal_quantile(level) == pytest.approx(float(stats.norm.ppf(level / 10_000)), rel=1e-12, abs=1e-12)
