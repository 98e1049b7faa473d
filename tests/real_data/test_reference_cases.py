"""Published cases: every one whose inputs are at hand agrees, within its own tolerance, and the others have names."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.conformance.published import CASES, Comparison, Verdict, compare, load_cases
from tests.conformance.rules import FINE, hull_losses, sheet_slack_usd_k
from tests.real_data.market import SHARED, shared
from zkrisk.analytics import compare_conventions, expected_shortfall_by, value_at_risk_by

HULL = "hull_hist_var_inf_convention"
USD_K = FINE * 10**5


@pytest.fixture(scope="module")
def found() -> Comparison:
    shared(CASES)
    return compare(SHARED)


@pytest.fixture(scope="module")
def hull() -> dict:
    cases = load_cases(shared(CASES).parent)
    return next(case for case in cases if case["id"] == HULL)["inputs"]


def test_published_cases_all_agree(found):
    assert [line for line in found.lines if line.verdict is not Verdict.MATCH] == []
    assert found.holds
    assert found.count(Verdict.MATCH) >= 19


def test_published_cases_skipped_are_those_without_their_file(found):
    skipped = [name for name, verdict in found.cases.items() if verdict is Verdict.SKIPPED]
    assert all("which is not there" in found.reasons[name] for name in skipped)
    assert all(name.startswith("derive_") for name in skipped)


def test_published_cases_are_each_there_once(found):
    cases = load_cases(SHARED)
    assert len(found.cases) == len(cases)
    assert {line.case for line in found.lines} == {n for n, v in found.cases.items() if v is Verdict.MATCH}


def test_hull_sheet_losses_are_never_below_the_exact_ones(hull):
    slack = sheet_slack_usd_k(hull)
    for fine, sheet in zip(hull_losses(hull, SHARED, FINE), hull_losses(hull, SHARED, 10**6), strict=True):
        assert 0 <= Fraction(sheet, 10**11) - Fraction(fine, USD_K) <= slack


def test_hull_other_conventions_lie_up_to_a_sixth_above_ours(hull):
    """Hull's fifth-worst loss is 253.385 thousand dollars; the mean of the five worst 327.181, of four 345.630."""
    losses = hull_losses(hull, SHARED, FINE)
    assert float(value_at_risk_by("hull", losses, 9_900) / USD_K) == pytest.approx(253.385, abs=5e-4)
    assert float(expected_shortfall_by("worse-than-hull", losses, 9_900) / USD_K) == pytest.approx(345.630, abs=5e-4)
    assert float(expected_shortfall_by("rockafellar-uryasev", losses, 9_900) / USD_K) == pytest.approx(
        327.181, abs=5e-4
    )
    others = [line.relative_to_ours for line in compare_conventions(losses, 9_900).value_at_risk]
    assert min(others) == 1
    assert Fraction(116, 100) < max(others) < Fraction(117, 100)
