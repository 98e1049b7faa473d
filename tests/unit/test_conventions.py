"""Conventions of others: errors first, then the figures that they print, then numpy on random losses."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.analytics import (
    SHORTFALL_CONVENTIONS,
    VAR_CONVENTIONS,
    compare_conventions,
    decimal_text,
    expected_shortfall_by,
    value_at_risk_by,
)
from zkrisk.errors import BadLimit, EmptyScenarios, InputError
from zkrisk.metrics import expected_shortfall, historical_var

LOSSES = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60)
LEVELS = st.integers(1, 9_999)
NUMPY_NAMES = {
    "infimum": "inverted_cdf",
    "averaged": "averaged_inverted_cdf",
    "linear": "linear",
    "lower": "lower",
    "higher": "higher",
    "interpolated": "interpolated_inverted_cdf",
    "hazen": "hazen",
    "weibull": "weibull",
    "median-unbiased": "median_unbiased",
    "normal-unbiased": "normal_unbiased",
}


@pytest.mark.parametrize(("figure", "name"), [(value_at_risk_by, "hull"), (expected_shortfall_by, "worse-than-hull")])
def test_convention_bad_input_is_refused(figure, name):
    with pytest.raises(InputError, match="not one of"):
        figure("folklore", [1, 2], 9_500)
    with pytest.raises(EmptyScenarios):
        figure(name, [], 9_500)
    with pytest.raises(BadLimit):
        figure(name, [1], 10_000)


def test_compare_conventions_without_losses_is_refused():
    with pytest.raises(EmptyScenarios):
        compare_conventions([], 9_500)


def test_hull_whole_tail_is_one_loss_further_out_than_ours():
    losses = list(range(1, 501))
    assert value_at_risk_by("hull", losses, 9_900) == 496
    assert value_at_risk_by("infimum", losses, 9_900) == 495
    assert expected_shortfall_by("worse-than-hull", losses, 9_900) == Fraction(497 + 498 + 499 + 500, 4)


def test_hull_broken_tail_is_ours():
    losses = list(range(1, 253))
    assert value_at_risk_by("hull", losses, 9_500) == value_at_risk_by("infimum", losses, 9_500)


def test_hull_nothing_worse_shortfall_is_the_worst_loss():
    assert expected_shortfall_by("worse-than-hull", [5, 7, 6], 9_900) == 7


@pytest.mark.parametrize(("cutoff_bps", "quantile"), [(1_000, 41), (2_000, 81)])
def test_linear_is_the_published_quantile(cutoff_bps, quantile):
    """empyrical-reloaded 0.7.1, tests/test_stats.py."""
    losses = [-value for value in (1, 81, 82, 83, 84, 85)]
    assert -value_at_risk_by("linear", losses, 10_000 - cutoff_bps) == quantile


def test_at_least_ties_at_the_threshold_all_count():
    assert expected_shortfall_by("at-least", [10, 4, 4, 4, 0, 0, 0, 0, 0, 0], 9_000) == Fraction(22, 4)
    assert expected_shortfall_by("rockafellar-uryasev", [10, 4, 4, 4, 0, 0, 0, 0, 0, 0], 9_000) == 10


def test_empyrical_shortfall_counts_from_one_less():
    """floor((1 - c) (S - 1)) + 1 at 95 %: of 41 losses three, of 40 only two: S - 1 counts, not S."""
    assert expected_shortfall_by("empyrical", range(1, 42), 9_500) == Fraction(41 + 40 + 39, 3)
    assert expected_shortfall_by("empyrical", range(1, 41), 9_500) == Fraction(40 + 39, 2)


def test_beyond_percentile_a_loss_at_the_percentile_is_not_beyond():
    losses = range(1, 22)
    assert value_at_risk_by("linear", losses, 9_500) == 20
    assert expected_shortfall_by("beyond-percentile", losses, 9_500) == 21


def test_shortfall_single_loss_is_that_loss_everywhere():
    assert {expected_shortfall_by(name, [7], 9_900) for name in SHORTFALL_CONVENTIONS} == {7}


def test_table_ours_comes_first_and_is_what_is_proved():
    losses = [3, -1, 4, -1, 5, -9, 2, 6]
    table = compare_conventions(losses, 9_000)
    assert table.value_at_risk[0].value == historical_var(losses, 9_000)
    shortfall = expected_shortfall(losses, 9_000)
    assert table.expected_shortfall[0].value == Fraction(shortfall.numerator, shortfall.denominator)
    assert [line.name for line in table.value_at_risk] == list(VAR_CONVENTIONS)


def test_table_zero_value_at_risk_has_no_relative_figure():
    table = compare_conventions([0] * 20, 9_500).to_dict()
    assert {line["relative_to_ours"] for line in table["value_at_risk"]} == {None}


def test_table_document_is_report_only_and_holds_no_floats():
    def refuse(text):
        raise AssertionError(text)

    document = compare_conventions([1, 2, 4, 8], 6_000).to_dict()
    assert json.loads(json.dumps(document), parse_float=refuse)["report_only"] is True
    assert repr(compare_conventions([31415926], 6_000)) == "<ConventionTable 1 losses at 6000 bps, private>"


@pytest.mark.parametrize("name", NUMPY_NAMES)
@given(losses=LOSSES, level=LEVELS)
def test_convention_any_losses_is_numpys_method(name, losses, level):
    """A hair to both sides in numpy's float level, where a whole tail decides between two losses."""
    found = float(value_at_risk_by(name, losses, level))
    around = [np.quantile(losses, level / 10_000 + hair, method=NUMPY_NAMES[name]) for hair in (-1e-12, 0, 1e-12)]
    assert min(around) - 1e-3 <= found <= max(around) + 1e-3


@given(LOSSES, LEVELS)
def test_conventions_any_losses_lie_among_the_losses(losses, level):
    table = compare_conventions(losses, level)
    for line in (*table.value_at_risk, *table.expected_shortfall):
        assert min(losses) <= line.value <= max(losses)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.5, 0, "0"),
        (1.5, 0, "2"),
        (-0.0004, 3, "0.000"),
        (-1.25, 2, "-1.25"),
        (Fraction(1, 3), 6, "0.333333"),
        (1e22, 1, "10000000000000000000000.0"),
    ],
)
def test_decimal_text_rounds_the_exact_value(value, places, text):
    assert decimal_text(value, places) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_decimal_text_not_finite_is_refused(value):
    with pytest.raises((ValueError, OverflowError)):
        decimal_text(value)
