"""Backtests agree with slow obvious versions on all inputs."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkrisk.analytics import (
    backtest,
    christoffersen,
    kupiec_pof,
    rolling_forecasts,
)
from zkrisk.errors import EmptyScenarios

LEVELS = st.integers(1, 9_999)
FLAGS = st.lists(st.booleans(), min_size=2, max_size=80)


def log_likelihood(hits: int, trials: int, rate: Fraction) -> float:
    """ln of rate^hits (1 - rate)^(trials - hits), each factor of its own; 0^0 is 1."""
    total = 0.0
    for index in range(trials):
        factor = rate if index < hits else 1 - rate
        total += log(factor.numerator) - log(factor.denominator)
    return total


def run(flags, level):
    return backtest([int(flag) for flag in flags], [0] * len(flags), level)


@given(FLAGS, LEVELS)
def test_kupiec_any_days_is_the_ratio_of_likelihoods(flags, level):
    n, x = len(flags), sum(flags)
    expected = 2 * (log_likelihood(x, n, Fraction(x, n)) - log_likelihood(x, n, 1 - Fraction(level, 10_000)))
    assert run(flags, level).kupiec.statistic == pytest.approx(max(0, expected), rel=1e-9, abs=1e-9)


@given(FLAGS, LEVELS)
def test_christoffersen_any_days_is_the_ratio_of_likelihoods(flags, level):
    after = {state: [b for a, b in pairwise(flags) if a is state] for state in (False, True)}
    pooled = [*after[False], *after[True]]
    together = log_likelihood(sum(pooled), len(pooled), Fraction(sum(pooled), len(pooled)))
    apart = sum(log_likelihood(sum(d), len(d), Fraction(sum(d), len(d))) for d in after.values() if d)
    found = run(flags, level)
    assert found.independence.statistic == pytest.approx(max(0, 2 * (apart - together)), rel=1e-9, abs=1e-9)
    assert found.conditional_coverage.statistic == found.kupiec.statistic + found.independence.statistic
    assert christoffersen(found.transitions) == found.independence


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=40))
def test_backtest_any_days_exceptions_are_the_losses_above(days):
    found = backtest([loss for loss, _ in days], [var for _, var in days], 9_500)
    assert list(found.exceptions) == [index for index, (loss, var) in enumerate(days) if loss > var]
    t = found.transitions
    assert t.n00 + t.n01 + t.n10 + t.n11 == len(days) - 1


@given(st.integers(1, 5_000), st.data(), LEVELS)
def test_kupiec_any_count_p_value_is_a_probability(n, data, level):
    assert 0 <= kupiec_pof(n, data.draw(st.integers(0, n)), level).p_value <= 1


@settings(max_examples=30)
@given(st.lists(st.integers(-(10**6), 10**6), min_size=6, max_size=30), st.integers(1, 5), LEVELS)
def test_rolling_forecasts_any_history_never_see_their_own_day(moves, window, level):
    rows = [(0, move) for move in moves]
    losses, forecasts = rolling_forecasts((0, 100), rows, window, level)
    assert len(losses) == len(forecasts) == len(moves) - window
    for index, loss in enumerate(losses):
        before = sorted((-100 * move + 2 * 10**6 for move in moves[index : index + window]), reverse=True)
        assert loss == -100 * moves[index + window] + 2 * 10**6
        assert forecasts[index] == before[(10_000 - level) * window // 10_000]


@pytest.mark.parametrize("window", [0, 3, 4])
def test_rolling_forecasts_without_a_day_after_the_window_is_refused(window):
    with pytest.raises(EmptyScenarios):
        rolling_forecasts((0, 1), [(0, 1)] * 3, window, 9_900)
