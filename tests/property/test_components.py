"""Parts of value at risk and expected shortfall: they add up exactly, for all books and windows."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.errors import BadLimit, EmptyScenarios, InputError
from zkrisk.metrics import (
    components,
    expected_shortfall,
    historical_var,
    loss_parts,
    marginal_var,
    scenario_losses,
    var_scenario,
)

SIZE = 5
EXPOSURES = st.lists(st.one_of(st.just(0), st.integers(-(2**49), 2**49 - 1)), min_size=SIZE, max_size=SIZE)
ROW = st.lists(st.one_of(st.just(0), st.integers(-(10**6), 2**23 - 1)), min_size=SIZE, max_size=SIZE)
WINDOW = st.lists(ROW, min_size=1, max_size=40)
CONFIDENCES = st.integers(1, 9_999)


def test_components_empty_window_raises():
    with pytest.raises(EmptyScenarios):
        components([1, 2], [], 9_900)


def test_components_row_of_another_length_raises():
    with pytest.raises(InputError):
        components([1, 2], [[1, 2, 3]], 9_900)


@pytest.mark.parametrize("confidence", [0, 10_000, -1])
def test_components_confidence_out_of_range_raises(confidence):
    with pytest.raises(BadLimit):
        components([1], [[1]], confidence)


@given(EXPOSURES, WINDOW, CONFIDENCES)
def test_var_parts_and_slack_sum_to_the_value_at_risk(exposures, window, confidence):
    found = components(exposures, window, confidence)
    losses = scenario_losses(exposures, window)
    assert found.var_loss == historical_var(losses, confidence) == losses[found.scenario]
    assert sum(found.var_parts) + found.slack == found.var_loss
    assert found.var_parts == loss_parts(exposures, window[found.scenario])


@given(EXPOSURES, WINDOW, CONFIDENCES)
def test_shortfall_parts_and_slack_sum_to_the_expected_shortfall(exposures, window, confidence):
    found = components(exposures, window, confidence)
    whole = expected_shortfall(scenario_losses(exposures, window), confidence)
    parts = [found.shortfall_part(slot) for slot in range(SIZE)]
    total = sum((Fraction(part.numerator, part.denominator) for part in parts), Fraction(found.slack))
    assert total == Fraction(whole.numerator, whole.denominator)


@given(EXPOSURES, WINDOW, CONFIDENCES)
def test_marginal_var_is_the_change_when_the_slot_is_emptied(exposures, window, confidence):
    losses = scenario_losses(exposures, window)
    found = marginal_var(exposures, window, losses, confidence)
    for slot in range(SIZE):
        emptied = [0 if place == slot else cents for place, cents in enumerate(exposures)]
        without = historical_var(scenario_losses(emptied, window), confidence)
        assert found[slot] == historical_var(losses, confidence) - without
        assert exposures[slot] or found[slot] == 0


@given(EXPOSURES, WINDOW, CONFIDENCES, st.integers(2, 9))
def test_parts_scale_with_the_book(exposures, window, confidence, factor):
    small = [cents // 10 for cents in exposures]
    once, more = (components([cents * k for cents in small], window, confidence) for k in (1, factor))
    assert [factor * part for part in once.var_parts] == list(more.var_parts)
    assert [factor * part for part in once.shortfall_parts] == list(more.shortfall_parts)


def test_equal_losses_take_the_row_that_the_order_puts_there():
    window = [[0, 100], [0, -100], [0, -100], [0, 50]]
    assert [var_scenario(scenario_losses([0, 7], window), level) for level in (9_999, 7_500, 5_000)] == [1, 2, 3]


def test_hand_worked_case():
    found = components([1_000, 2_000, -500], [[0, -100_000, 50_000], [0, 10_000, -20_000], [0, 0, 0]], 6_667)
    assert (found.scenario, found.slack) == (0, 3_000_000)
    assert found.var_parts == (0, 200_000_000, 25_000_000)
    assert found.var_loss == 228_000_000
    assert found.marginal == (0, 200_000_000, 25_000_000)


def test_repr_shows_no_figure():
    assert repr(components([12_345_678], [[-10_000]], 9_900)) == "<Components 1 slots at 9900 bps, private>"
