"""Parametric value at risk and correlations: errors first, then tables worked out by hand."""

from __future__ import annotations

import json
from datetime import date
from math import sqrt

import numpy as np
import pytest

from zkrisk.analytics import (
    FactorModel,
    Mean,
    correlated_pairs,
    correlation_matrix,
    correlation_with,
    ewma_covariance,
    in_time_order,
    parametric_figures,
    parametric_var,
    principal_factors,
    sample_covariance,
    stressed_covariance,
    stressed_var,
)
from zkrisk.errors import BadLimit, EmptyScenarios, InputError
from zkrisk.metrics import scenario_losses
from zkrisk.sheet import Sheet, load_universe, synthetic_history

UNIVERSE = load_universe("micro-8")
SHEET = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=3, last_day=date(2026, 11, 20)), epoch=1)
ROWS = in_time_order(SHEET.window)
BOOK = (10**6, 5 * 10**6, 3 * 10**6, -(10**6), 0, 2 * 10**6, 0, 0)
TWO = ((0, 10_000, -20_000), (0, -10_000, 20_000))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: sample_covariance(((1, 2),)), EmptyScenarios),
        (lambda: sample_covariance(()), EmptyScenarios),
        (lambda: sample_covariance(((1, 2), (1,))), InputError),
        (lambda: sample_covariance(TWO, ddof=-1), InputError),
        (lambda: ewma_covariance(()), EmptyScenarios),
        (lambda: ewma_covariance(TWO, decay=1.0), InputError),
        (lambda: ewma_covariance(TWO, decay=0.0), InputError),
        (lambda: principal_factors(np.eye(3), 0), InputError),
        (lambda: principal_factors(np.eye(3), 4), InputError),
        (lambda: parametric_var((1, 2), np.eye(3), 9_900, method="m"), InputError),
        (lambda: parametric_var((1,), np.eye(1), 9_900, method="m", mean=Mean.KEPT), InputError),
        (lambda: parametric_var((1,), np.eye(1), 9_900, method="m", mean_returns=[0.1]), InputError),
        (lambda: parametric_var((1,), np.eye(1), 9_900, method="m", mean=Mean.KEPT, mean_returns=[1, 2]), InputError),
        (lambda: parametric_var((1,), np.eye(1), 10_000, method="m"), BadLimit),
        (lambda: FactorModel.of_factors(np.eye(2), np.eye(3), np.ones(2)), InputError),
        (lambda: FactorModel.of_factors(np.eye(2), np.eye(2), np.ones(3)), InputError),
        (lambda: FactorModel.of_factors(np.eye(2), np.eye(2), -np.ones(2)), InputError),
        (lambda: FactorModel.of_factors(np.eye(2), -np.eye(2), np.ones(2)), InputError),
        (lambda: stressed_covariance(np.eye(2), correlation=1.1), InputError),
        (lambda: correlated_pairs((0, 1), TWO, 9_000), InputError),
        (lambda: correlated_pairs((0, 1, 1), TWO, 10_001), BadLimit),
        (lambda: correlation_with([1], [1]), InputError),
        (lambda: correlation_with([1, 2], [1]), InputError),
    ],
)
def test_parametric_bad_input_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_sample_covariance_ddof_and_mean_by_hand():
    """1 % up and down: squares 2e-4; about the mean of nought, over 1 and over 2."""
    assert sample_covariance(TWO)[1, 1] == pytest.approx(2e-4)
    assert sample_covariance(TWO, ddof=0)[1, 1] == pytest.approx(1e-4)
    assert sample_covariance(TWO)[1, 2] == pytest.approx(-4e-4)
    drifting = ((0, 10_000), (0, 30_000))
    assert sample_covariance(drifting, ddof=0)[1, 1] == pytest.approx(1e-4)
    assert sample_covariance(drifting, mean=Mean.ZERO, ddof=0)[1, 1] == pytest.approx(5e-4)


def test_sample_covariance_agrees_with_numpy():
    assert np.allclose(sample_covariance(ROWS), np.cov(np.array(ROWS, dtype=float).T / 1e6), rtol=1e-9, atol=1e-18)


def test_ewma_is_the_recursion_started_in_its_limit():
    """v_t = lambda v_(t-1) + (1 - lambda) r_t^2, normalised so that the weights are 1 in all."""
    returns = [10_000, -20_000, 5_000, 30_000]
    value, weight = 0.0, 0.0
    for move in returns:
        value, weight = 0.94 * value + 0.06 * (move / 1e6) ** 2, 0.94 * weight + 0.06
    assert ewma_covariance([(move,) for move in returns])[0, 0] == pytest.approx(value / weight, rel=1e-12)


def test_ewma_newest_row_weighs_most():
    calm, wild = [(1_000,)] * 10, [(100_000,)]
    assert ewma_covariance(calm + wild)[0, 0] > ewma_covariance(wild + calm)[0, 0]


def test_in_time_order_undoes_the_turn_of_the_window():
    turned = Sheet.from_history(
        UNIVERSE, synthetic_history(UNIVERSE, seed=3, last_day=date(2026, 11, 20)), epoch=1, window_ordinal=21
    )
    assert turned.window.returns != SHEET.window.returns
    assert in_time_order(turned.window) == ROWS


def test_parametric_var_single_instrument_by_hand():
    found = parametric_var((0, 10**6, 0), sample_covariance(TWO), 9_900, method="sample, ddof 1")
    assert found.loss_cents == pytest.approx(2.326348 * 1e6 * sqrt(2e-4), rel=1e-6)
    assert found.loss_cents_up - 1 < found.loss_cents <= found.loss_cents_up


def test_parametric_var_mean_kept_lowers_the_loss_by_the_gain():
    covariance = sample_covariance(TWO)
    plain = parametric_var((0, 100, 0), covariance, 9_500, method="m")
    kept = parametric_var((0, 100, 0), covariance, 9_500, method="m", mean=Mean.KEPT, mean_returns=[0, 0.01, 0])
    assert plain.loss_cents - kept.loss_cents == pytest.approx(1)


def test_parametric_var_hedged_book_is_nought():
    hedge = parametric_var((0, 200, 100), sample_covariance(TWO), 9_900, method="m")
    assert hedge.loss_cents == pytest.approx(0, abs=1e-9)


def test_principal_factors_all_of_them_give_the_covariance_and_few_keep_the_variances():
    covariance = sample_covariance(ROWS)
    assert np.allclose(principal_factors(covariance, 8).covariance(), covariance, atol=1e-15)
    few = principal_factors(covariance, 2).covariance()
    assert np.allclose(np.diag(few), np.diag(covariance), atol=1e-15)
    assert np.linalg.eigvalsh(few).min() >= -1e-15


def test_factor_model_of_named_factors_is_the_sandwich():
    loadings, factors = np.array([[1.0, 0.5, -0.2], [0.0, 2.0, 1.0]]), np.array([[4e-4, 1e-4], [1e-4, 9e-4]])
    specific = np.array([1e-5, 2e-5, 0.0])
    model = FactorModel.of_factors(loadings, factors, specific)
    assert np.allclose(model.covariance(), loadings.T @ factors @ loadings + np.diag(specific), atol=1e-18)


def test_stressed_var_hedge_looks_safer_and_two_longs_look_worse():
    rows = [(0, 10_000, 20_000), (0, -10_000, 20_000), (0, 10_000, -20_000), (0, -10_000, -20_000)]
    observed = sample_covariance(rows)
    for second, is_worse in ((100, True), (-100, False)):
        plain = parametric_var((0, 100, second), observed, 9_900, method="m").loss_cents
        stressed = stressed_var((0, 100, second), rows, 9_900)
        assert (stressed.loss_cents > plain) is is_worse
        assert stressed.method == "sample, ddof 1, correlations 0.9"


def test_parametric_figures_are_the_deviation_of_the_losses():
    """A second route: standard deviation of the scenario losses themselves, whose constant slack does not matter."""
    losses = np.array(scenario_losses(BOOK, ROWS), dtype=float) / 1e6
    sample, kept, ewma, factors = parametric_figures(BOOK, ROWS, 9_900)
    assert sample.deviation_cents == pytest.approx(losses.std(ddof=1), rel=1e-9)
    assert kept.mean_cents == pytest.approx(8 - losses.mean(), rel=1e-6)
    assert ewma.mean is Mean.ZERO
    assert factors.deviation_cents == pytest.approx(sample.deviation_cents, rel=0.2)


def test_parametric_document_is_report_only_and_holds_no_floats():
    def refuse(text):
        raise AssertionError(text)

    for figure in parametric_figures(BOOK, ROWS, 9_750):
        document = json.loads(json.dumps(figure.to_dict()), parse_float=refuse)
        assert document["report_only"] is True
        assert document["z"] == "1.959964"
        assert document["loss_cents"] not in repr(figure)


def test_correlation_matrix_cash_is_uncorrelated_and_the_rest_is_numpys():
    found = correlation_matrix(ROWS)
    moving = [i for i in range(8) if any(row[i] for row in ROWS)]
    assert len(moving) > 2
    expected = np.corrcoef(np.array(ROWS, dtype=float).T[moving])
    assert np.allclose(found[np.ix_(moving, moving)], expected)
    assert list(found[0]) == [1, 0, 0, 0, 0, 0, 0, 0]


def test_stressed_covariance_keeps_variances_and_has_one_correlation():
    covariance = sample_covariance(TWO)
    stressed = stressed_covariance(covariance)
    assert np.allclose(np.diag(stressed), np.diag(covariance))
    assert stressed[1, 2] == pytest.approx(0.9 * sqrt(2e-4 * 8e-4))
    assert stressed[0, 1] == 0
    assert np.linalg.eigvalsh(stressed_covariance(sample_covariance(ROWS))).min() >= -1e-12


def test_correlated_pairs_sign_of_the_holding_counts():
    rows = [(0, move, move, -move) for move in (10_000, -20_000, 30_000, 5_000)]
    both_long = correlated_pairs((5, 1, 1, 0), rows, 9_000)
    assert [(pair.first, pair.second) for pair in both_long] == [(1, 2)]
    assert both_long[0].correlation == pytest.approx(1)
    assert correlated_pairs((5, 1, -1, 0), rows, 9_000) == ()
    assert [(pair.first, pair.second) for pair in correlated_pairs((5, 1, 0, -1), rows, 9_000)] == [(1, 3)]


def test_correlated_pairs_not_held_or_at_the_limit_do_not_count():
    rows = [(0, move, move) for move in (10_000, -20_000, 30_000)]
    assert correlated_pairs((0, 1, 0), rows, 0) == ()
    assert correlated_pairs((0, 1, 1), [(0, 1, 1), (0, -1, -1)], 10_000) == ()


def test_correlation_with_short_book_is_minus_one_and_constant_is_none():
    moves = [100, -300, 250]
    assert correlation_with([-m for m in moves], moves) == pytest.approx(1)
    assert correlation_with(moves, moves) == pytest.approx(-1)
    assert correlation_with([7, 7, 7], moves) is None
