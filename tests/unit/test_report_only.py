"""Drawdown, liquidity and exchange margins: errors first, then tables worked out by hand, then slow versions."""

from __future__ import annotations

import json
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.analytics import (
    Market,
    compare_margin,
    days_to_unwind,
    drawdown,
    half_spread_cost,
    liquidity_var,
    okx_maintenance_margin,
    scan_risk,
    unwind_factor_e6,
)
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.metrics import historical_var, scenario_losses

MARKET = Market(daily_volume_cents=(0, 1_000, 500), spread_bps=(0, 10, 40), participation_bps=1_000)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: drawdown([]), EmptyScenarios),
        (lambda: drawdown([5, 0]), InputError),
        (lambda: drawdown([5, -1, 7]), InputError),
        (lambda: Market((1,), (1, 2)), InputError),
        (lambda: Market((1,), (-1,)), InputError),
        (lambda: Market((-1,), (1,)), InputError),
        (lambda: Market((1,), (1,), 0), InputError),
        (lambda: Market((1,), (1,), 10_001), InputError),
        (lambda: days_to_unwind((0, 1), MARKET), InputError),
        (lambda: days_to_unwind((0, 1), Market((0, 0), (0, 0))), InputError),
        (lambda: scan_risk({}, {}), EmptyScenarios),
        (lambda: scan_risk({"a": []}, {"a": 1}), EmptyScenarios),
        (lambda: scan_risk({"a": [1], "b": [1, 2]}, {"a": 1}), InputError),
        (lambda: scan_risk({"a": [1]}, {"b": 1}), InputError),
        (lambda: okx_maintenance_margin([1] * 6), InputError),
        (lambda: okx_maintenance_margin([1] * 6 + [-1]), InputError),
        (lambda: compare_margin([], []), EmptyScenarios),
        (lambda: compare_margin([[]], [1]), EmptyScenarios),
        (lambda: compare_margin([[1], [1, 2]], [1, 1]), InputError),
        (lambda: compare_margin([[1]], [-1]), InputError),
        (lambda: compare_margin([[1]], [1, 1]), InputError),
    ],
)
def test_report_only_figure_bad_input_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_drawdown_from_the_starting_equity():
    found = drawdown([100, 80, 90])
    assert (found.largest.bps_up(), found.peak, found.trough, found.recovered) == (2_000, 0, 1, None)


def test_drawdown_recovery_second_peak_and_worst_day():
    found = drawdown([100, 120, 120, 90, 130, 117])
    assert (found.peak, found.trough, found.recovered) == (2, 3, 4)
    assert found.largest.bps_up() == 2_500
    assert found.worst_day.bps_up() == 2_500
    assert [fall.bps_up() for fall in found.underwater] == [0, 0, 0, 2_500, 0, 1_000]


@pytest.mark.parametrize("equities", [[7], [1, 2, 3], [5, 5]])
def test_drawdown_never_fallen_is_nought(equities):
    found = drawdown(equities)
    assert found.largest.bps_up() == found.worst_day.bps_up() == 0


def test_drawdown_rounds_up_and_shows_nothing_in_repr():
    found = drawdown([30_000, 29_999])
    assert found.to_dict()["largest_bps"] == "1"
    assert repr(found) == "<Drawdown of 2 days, private>"


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=40))
def test_drawdown_any_series_is_the_worst_ordered_pair(equities):
    worst = max(Fraction(equities[i] - equities[j], equities[i]) for j in range(len(equities)) for i in range(j + 1))
    found = drawdown(equities)
    assert Fraction(found.largest.numerator, found.largest.denominator) == worst
    assert Fraction(equities[found.peak] - equities[found.trough], equities[found.peak]) == worst


def test_days_to_unwind_round_up_and_cash_needs_none():
    assert days_to_unwind((10**9, 100, -51), MARKET) == (0, 1, 2)
    assert days_to_unwind((0, 101, 0), MARKET) == (0, 2, 0)


@pytest.mark.parametrize("days", [1, 2, 3, 10, 250])
def test_unwind_factor_is_the_sum_over_the_days(days):
    slow = sqrt(sum(((days - j) / days) ** 2 for j in range(days)))
    assert 0 <= unwind_factor_e6(days) - slow * 10**6 < 1 + 1e-6


def test_half_spread_cost_by_hand():
    """10 bps of 20 000: half is 10; 40 bps of 5 000: 10; ten times as much under stress."""
    assert half_spread_cost((10**9, 20_000, -5_000), MARKET) == 20
    assert half_spread_cost((10**9, 20_000, -5_000), MARKET, stress=10) == 200
    assert half_spread_cost((0, 1, 0), MARKET) == 1


def test_half_spread_cost_long_is_capped_and_short_is_not():
    wide = Market((0, 1, 1), (0, 30_000, 30_000))
    assert half_spread_cost((0, 100, 0), wide) == 100
    assert half_spread_cost((0, 0, -100), wide) == 150


def test_liquidity_var_liquid_book_is_the_plain_one_plus_the_spread():
    market = Market((0, 10**12), (0, 20))
    rows = [(0, move) for move in range(-50_000, 50_000, 1_000)]
    found = liquidity_var((0, 10**6), rows, market, 9_500)
    assert found.unwinding_cents == found.one_day_cents
    assert found.one_day_cents == -(-historical_var(scenario_losses((0, 10**6), rows), 9_500) // 10**6)
    assert (found.spread_cents, found.stressed_spread_cents) == (1_000, 10_000)
    assert found.loss_cents == found.one_day_cents + 1_000


def test_liquidity_var_ten_days_scales_that_slot_alone():
    market = Market((0, 10**6, 10**12), (0, 0, 0), 1_000)
    rows = [(0, move, 0) for move in range(-50_000, 50_000, 1_000)]
    found = liquidity_var((0, 10**6, -(10**6)), rows, market, 9_500)
    assert found.days == (0, 10, 1)
    assert found.unwinding_cents == pytest.approx(found.one_day_cents * sqrt(11 * 21 / 60), abs=6)
    assert found.to_dict()["days_to_unwind_longest"] == 10


def test_liquidity_var_short_stays_short():
    """A rise is what a short fears: 4 % up on a million, ten days to buy it back."""
    market = Market((0, 10**6), (0, 0), 1_000)
    rows = [(0, 40_000)] + [(0, -90_000)] * 9
    found = liquidity_var((0, -(10**6)), rows, market, 9_500)
    assert found.one_day_cents == 40_000 + 2
    assert found.unwinding_cents == pytest.approx(40_000 * sqrt(11 * 21 / 60), abs=4)


def test_scan_risk_is_the_worst_common_scenario():
    """McMillan, Options as a Strategic Investment, pages 668 to 670 has the full arrays; these are three columns."""
    future, call = [-3_330, 10_000, -10_000], [-2_640, 3_380, -8_060]
    found = scan_risk({"future": future, "call": call}, {"future": 1, "call": -1})
    assert (found.margin, found.scenario) == (6_620, 1)
    assert scan_risk({"future": future, "call": call}, {"future": 1}).margin == 10_000


def test_scan_risk_nothing_to_lose_needs_nothing():
    assert scan_risk({"a": [-5, -1]}, {"a": 1}).margin == 0
    assert scan_risk({"a": [5, 1]}, {}).margin == 0


@pytest.mark.parametrize(
    ("risks", "margin"),
    [((0, 0, 0, 805_332, 0, 0, 302_017), 805_332), ((1, 2, 4, 8, 16, 3, 0), 31), ((1, 2, 4, 8, 16, 3, 99), 99)],
)
def test_okx_combination_by_hand(risks, margin):
    assert okx_maintenance_margin(risks) == margin


def test_cross_margin_hedge_survives_where_isolated_is_liquidated():
    """Long and short of one thing, 100 of collateral each; a move of 150 liquidates one leg, and never the hedge."""
    found = compare_margin([[150, -150], [-150, 150]], [100, 100])
    assert (found.isolated, found.cross, found.offset) == (300, 0, 300)
    assert (found.isolated_liquidated, found.cross_liquidated) == ((1, 1), (False, False))
    assert (found.isolated_worst, found.cross_worst) == (-50, 0)


def test_isolated_margin_limits_what_cross_would_lose():
    found = compare_margin([[500], [0]], [100, 300])
    assert (found.isolated_worst, found.cross_worst) == (100, 400)
    assert (found.isolated_liquidated, found.cross_liquidated) == ((1,), (True,))


def test_margin_losing_exactly_the_collateral_is_a_liquidation():
    found = compare_margin([[100, 99], [0, 0]], [100, 0])
    assert (found.isolated_liquidated, found.cross_liquidated) == ((1, 0), (True, False))


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            st.lists(st.lists(st.integers(-100, 100), min_size=3, max_size=3), min_size=n, max_size=n),
            st.lists(st.integers(0, 100), min_size=n, max_size=n),
        )
    )
)
def test_cross_margin_any_accounts_never_needs_more(case):
    losses, collateral = case
    found = compare_margin(losses, collateral)
    assert 0 <= found.cross <= found.isolated
    assert json.loads(json.dumps(found.to_dict()))["report_only"] is True
