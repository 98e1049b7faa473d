"""Backtests: errors and edges first, then published figures."""

from __future__ import annotations

import json
from datetime import date, timedelta
from math import log

import pytest

from zkrisk.analytics import (
    FRTB_MULTIPLIERS,
    LikelihoodRatio,
    Transitions,
    Zone,
    backtest,
    backtest_dated,
    basel_zone,
    binomial_cumulative,
    chi_square_tail,
    christoffersen,
    kupiec_pof,
    normal_quantile,
    traffic_light,
)
from zkrisk.errors import BadLimit, EmptyScenarios, InputError

FIRST = date(2026, 1, 1)


def dates(*offsets):
    return [FIRST + timedelta(days=offset) for offset in offsets]


@pytest.mark.parametrize(
    ("losses", "forecasts", "level", "error"),
    [
        ([], [], 9_900, EmptyScenarios),
        ([1, 2], [1], 9_900, InputError),
        ([1], [1], 0, BadLimit),
        ([1], [1], 10_000, BadLimit),
    ],
)
def test_backtest_bad_input_is_refused(losses, forecasts, level, error):
    with pytest.raises(error):
        backtest(losses, forecasts, level)


def test_backtest_days_of_another_number_are_refused():
    with pytest.raises(InputError):
        backtest([1, 2], [1, 1], 9_900, days=["2026-01-01"])


@pytest.mark.parametrize(("n", "x"), [(5, -1), (5, 6)])
def test_kupiec_impossible_count_is_refused(n, x):
    with pytest.raises(InputError):
        kupiec_pof(n, x, 9_900)


def test_christoffersen_without_pairs_is_refused():
    with pytest.raises(EmptyScenarios):
        christoffersen(Transitions(0, 0, 0, 0))


@pytest.mark.parametrize(("statistic", "degrees"), [(-1.0, 1), (float("nan"), 1), (1.0, 3)])
def test_chi_square_outside_what_is_offered_is_refused(statistic, degrees):
    with pytest.raises(InputError):
        chi_square_tail(statistic, degrees)


@pytest.mark.parametrize(("successes", "trials", "bps"), [(-1, 5, 100), (1, 0, 100), (1, 5, 10_001)])
def test_binomial_out_of_range_is_refused(successes, trials, bps):
    with pytest.raises(InputError):
        binomial_cumulative(successes, trials, bps)


@pytest.mark.parametrize("exceptions", [-1, 251])
def test_basel_zone_out_of_range_is_refused(exceptions):
    with pytest.raises(InputError):
        basel_zone(exceptions)


def test_backtest_dated_missing_forecast_is_refused():
    losses = dict.fromkeys(dates(0, 1, 2, 3), 5)
    made = dict.fromkeys(dates(0, 2), 9)
    with pytest.raises(InputError, match="2026-01-03"):
        backtest_dated(losses, made, 9_900)


def test_backtest_dated_forecast_of_the_same_day_is_not_used():
    """A forecast that knew the loss would always hold; here it alone would hide the exception."""
    losses = dict(zip(dates(0, 1, 2), (3, 50, 3), strict=True))
    made = dict(zip(dates(0, 1, 2), (10, 60, 60), strict=True))
    found = backtest_dated(losses, made, 9_900)
    assert found.observations == 2
    assert found.days == ("2026-01-02", "2026-01-03")
    assert found.exceptions == (0,)


def test_backtest_dated_weekend_takes_the_last_business_day():
    losses = dict(zip(dates(0, 3, 4), (1, 11, 1), strict=True))
    made = dict(zip(dates(0, 3), (10, 10), strict=True))
    assert backtest_dated(losses, made, 9_900).exceptions == (0,)


def test_backtest_loss_equal_to_forecast_is_no_exception():
    assert backtest([10, 11, -11], [10, 10, 10], 9_000).exceptions == (1,)


def test_backtest_single_day_has_no_independence_test():
    found = backtest([1], [2], 9_900)
    assert found.independence is None
    assert found.conditional_coverage is None
    assert found.to_dict()["independence"] is None


@pytest.mark.parametrize(("x", "expected"), [(0, -2 * 250 * log(0.99)), (250, -2 * 250 * log(0.01))])
def test_kupiec_none_or_all_failed_is_exact(x, expected):
    assert kupiec_pof(250, x, 9_900).statistic == pytest.approx(expected, rel=1e-12)


def test_kupiec_rate_as_forecast_is_zero():
    found = kupiec_pof(1_000, 10, 9_900)
    assert found.statistic == pytest.approx(0, abs=1e-12)
    assert found.p_value == pytest.approx(1)


def test_kupiec_17_of_1043_is_the_published_figure():
    """MathWorks Risk Management Toolbox, varbacktest.pof."""
    found = kupiec_pof(1_043, 17, 9_900)
    assert found.statistic == pytest.approx(3.5118, abs=5e-5)
    assert found.p_value == pytest.approx(0.060933, abs=5e-7)


def test_coverage_57_of_1043_is_the_published_figure():
    """MathWorks Risk Management Toolbox, varbacktest.cc of Normal95."""
    kupiec, independence = kupiec_pof(1_043, 57, 9_500), christoffersen(Transitions(n00=932, n01=53, n10=53, n11=4))
    both = LikelihoodRatio(kupiec.statistic + independence.statistic, 2)
    for found, statistic, p_value in (
        (kupiec, 0.46147, 0.49694),
        (independence, 0.25866, 0.61104),
        (both, 0.72013, 0.69763),
    ):
        assert found.statistic == pytest.approx(statistic, abs=5e-6)
        assert found.p_value == pytest.approx(p_value, abs=5e-6)


@pytest.mark.parametrize(
    ("exceptions", "zone", "multiplier", "cumulative"),
    [
        (0, Zone.GREEN, "1.50", 0.0811),
        (4, Zone.GREEN, "1.50", 0.8922),
        (5, Zone.YELLOW, "1.70", 0.9588),
        (6, Zone.YELLOW, "1.76", 0.9863),
        (7, Zone.YELLOW, "1.83", 0.9960),
        (8, Zone.YELLOW, "1.88", 0.9989),
        (9, Zone.YELLOW, "1.92", 0.9997),
        (10, Zone.RED, "2.00", 0.9999),
        (250, Zone.RED, "2.00", 1.0),
    ],
)
def test_basel_zone_is_the_table_of_the_framework(exceptions, zone, multiplier, cumulative):
    found = basel_zone(exceptions)
    assert (found.zone, found.multiplier) == (zone, multiplier)
    assert found.cumulative == pytest.approx(cumulative, abs=1e-4)


def test_traffic_light_at_250_days_and_99_percent_is_the_table():
    assert [traffic_light(250, x, 9_900) for x in range(251)] == [basel_zone(x).zone for x in range(251)]


@pytest.mark.parametrize(("n", "x", "error"), [(0, 0, InputError), (5, -1, InputError)])
def test_traffic_light_impossible_count_is_refused(n, x, error):
    with pytest.raises(error):
        traffic_light(n, x, 9_500)


def test_traffic_light_of_all_days_is_in_the_document():
    found = backtest([2] * 20 + [0] * 80, [1] * 100, 9_500)
    assert (found.light, found.to_dict()["light"], found.basel) == (Zone.RED, "RED", None)


def test_frtb_multipliers_never_fall():
    assert list(FRTB_MULTIPLIERS) == sorted(FRTB_MULTIPLIERS)


def test_backtest_basel_counts_the_last_250_days_only():
    losses = [2] * 20 + [0] * 245 + [2] * 5
    found = backtest(losses, [1] * 270, 9_900)
    assert len(found.exceptions) == 25
    assert (found.basel.exceptions, found.basel.zone) == (5, Zone.YELLOW)


@pytest.mark.parametrize(("days", "level"), [(249, 9_900), (250, 9_500)])
def test_backtest_outside_the_basel_table_has_no_zone(days, level):
    assert backtest([0] * days, [1] * days, level).basel is None


def test_backtest_transitions_count_neighbours():
    found = backtest([0, 2, 2, 0, 0], [1] * 5, 9_900)
    assert found.transitions == Transitions(n00=1, n01=1, n10=1, n11=1)


def test_backtest_tests_have_one_one_and_two_degrees():
    found = backtest([0, 2, 2, 0, 0], [1] * 5, 9_000)
    assert [t.degrees for t in (found.kupiec, found.independence, found.conditional_coverage)] == [1, 1, 2]


def test_backtest_document_is_json_without_floats_and_says_report_only():
    def refuse(text):
        raise AssertionError(text)

    document = backtest([2] + [0] * 299, [1] * 300, 9_900).to_dict()
    assert json.loads(json.dumps(document), parse_float=refuse)["report_only"] is True
    assert document["kupiec"]["degrees"] == 1
    assert document["basel"]["zone"] == "GREEN"


def test_backtest_repr_shows_no_outcome():
    assert repr(backtest([31415926], [27182818], 9_900)) == "<Backtest 1 days at 9900 bps, private>"


@pytest.mark.parametrize(("level", "z"), [(9_500, 1.644854), (9_750, 1.959964), (9_900, 2.326348)])
def test_normal_quantile_is_the_table(level, z):
    assert normal_quantile(level) == pytest.approx(z, abs=5e-7)


@pytest.mark.parametrize("level", [0, 10_000])
def test_normal_quantile_outside_is_refused(level):
    with pytest.raises(BadLimit):
        normal_quantile(level)
