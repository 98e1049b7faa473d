"""The integer metrics agree with slow fraction versions for all inputs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import risk as oracle
from zkrisk.book import BookVector, Leg
from zkrisk.metrics import (
    check,
    distance_to_liquidation,
    expected_shortfall,
    expected_shortfall_at,
    exposures_of,
    health_factor,
    hhi,
    historical_var,
    is_healthy,
    scenario_losses,
    tail_count,
)
from zkrisk.params import STATEMENTS
from zkrisk.policy import Limits, Policy
from zkrisk.sheet import Sheet, load_universe, synthetic_history

SIZE = 8
UNIVERSE = load_universe("micro-8")
SHEET = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=7, last_day=date(2026, 11, 20)))
RETURNS = st.integers(-(10**6), 3 * 10**6)
LOTS = st.lists(st.one_of(st.just(0), st.integers(0, 10**4), st.integers(0, 10**12)), min_size=SIZE, max_size=SIZE)
SMALL_LOTS = LOTS.map(lambda lots: [quantity // 1_000 for quantity in lots])
CONFIDENCES = st.integers(1, 9_999)
LOSSES = st.lists(st.integers(-(2**81), 2**81), min_size=1, max_size=60)
SLACK_USD = Fraction(SIZE, 100)


@st.composite
def prices(draw):
    used = [draw(st.integers(1, 2**50)) for _ in UNIVERSE.instruments[1:]]
    return (SHEET.prices[0], *used, *(0,) * (SIZE - 1 - len(used)))


def usd(loss_e6_cents):
    return Fraction(loss_e6_cents, 10**8)


@given(LOTS, LOTS, prices())
def test_exposures_any_book_agree(long, short, price):
    found = exposures_of(BookVector(tuple(long), tuple(short)), None, price)
    assert Fraction(found.equity, 10**16) == oracle.equity_usd(long, short, price)
    assert Fraction(found.gross, 10**16) == oracle.gross_usd(long, short, price)
    assert list(found.cents) == oracle.exposure_cents(long, short, price)
    assert 0 <= oracle.equity_usd(long, short, price) - Fraction(found.equity_cents, 100) < SLACK_USD


@given(LOTS, LOTS, LOTS, LOTS, prices())
def test_leg_any_split_equals_the_sum(long, short, leg_long, leg_short, price):
    book, leg = BookVector(tuple(long), tuple(short)), Leg(tuple(leg_long), tuple(leg_short))
    both = BookVector(
        tuple(a + b for a, b in zip(long, leg_long, strict=True)),
        tuple(a + b for a, b in zip(short, leg_short, strict=True)),
    )
    assert exposures_of(book, leg, price) == exposures_of(both, None, price)


@given(LOTS, LOTS, prices(), st.lists(RETURNS, min_size=SIZE - 1, max_size=SIZE - 1))
def test_scenario_loss_never_understates_and_overstates_by_what_is_written(long, short, price, moves):
    row = (0, *moves)
    found = exposures_of(BookVector(tuple(long), tuple(short)), None, price)
    loss = usd(scenario_losses(found.cents, [row])[0])
    assert loss == oracle.loss_usd(long, short, price, row)
    excess = loss - oracle.exact_loss_usd(long, short, price, row)
    assert 0 <= excess <= sum(1 + max(Fraction(0), Fraction(ret, 10**6)) for ret in row) / 100


@given(LOSSES, CONFIDENCES)
def test_var_and_shortfall_any_losses_agree(losses, confidence_bps):
    confidence = Fraction(confidence_bps, 10_000)
    var, shortfall = historical_var(losses, confidence_bps), expected_shortfall(losses, confidence_bps)
    assert var == oracle.value_at_risk(losses, confidence)
    assert Fraction(shortfall.numerator, shortfall.denominator) == oracle.expected_shortfall(losses, confidence)
    allowed = tail_count(len(losses), confidence_bps)
    assert sum(loss > var for loss in losses) <= allowed < sum(loss > var - 1 for loss in losses)


@given(LOSSES, CONFIDENCES, st.integers(-(2**81), 2**81))
def test_shortfall_any_threshold_is_an_upper_bound(losses, confidence_bps, threshold):
    bound, best = expected_shortfall_at(losses, confidence_bps, threshold), expected_shortfall(losses, confidence_bps)
    assert Fraction(bound.numerator, bound.denominator) >= Fraction(best.numerator, best.denominator)


@given(LOTS, LOTS, prices())
def test_health_and_hhi_any_book_agree(long, short, price):
    rows = SHEET.parameters
    weights = rows.liquidation_threshold_bps, rows.borrow_factor_bps
    found, expected = health_factor(long, short, price, *weights), oracle.health_factor(long, short, price, *weights)
    assert (Fraction(found.numerator, found.denominator) if found.is_defined else None) == expected
    shares = hhi(exposures_of(BookVector(tuple(long), tuple(short)), None, price).net)
    index = oracle.herfindahl(long, short, price)
    assert (Fraction(shares.numerator, shares.denominator) if shares.is_defined else None) == index


@given(LOTS, LOTS, st.integers(1, 2**20 - 1))
def test_healthy_any_state_exactly_one_of_the_two_statements_holds(long, short, threshold_bps):
    book, rows = BookVector(tuple(long), tuple(short)), SHEET.parameters
    value = oracle.health_factor(long, short, SHEET.prices, rows.liquidation_threshold_bps, rows.borrow_factor_bps)
    assert is_healthy(book, None, SHEET, threshold_bps) == (value is None or value >= Fraction(threshold_bps, 10_000))


def policy_of(limits_bps, confidence_bps):
    names = {s: f"{s}_min" if s == "health" else f"{s}_max" for s in STATEMENTS}
    texts = {names[s]: str(Fraction(bps, 10_000).numerator) for s, bps in limits_bps.items() if bps % 10_000 == 0}
    texts |= {names[s]: f"{bps // 100}.{bps % 100:02d}%" for s, bps in limits_bps.items() if bps % 10_000}
    confidence = f"0.{confidence_bps:04d}"
    return Policy(
        name="p", version=1, confidence=confidence, max_age_s=60, min_assurance="SELF_DECLARED", limits=Limits(**texts)
    )


LIMITS = st.fixed_dictionaries({s: st.integers(1, 30_000) for s in STATEMENTS})


@settings(max_examples=200)
@given(LOTS, LOTS | SMALL_LOTS, prices(), LIMITS, CONFIDENCES)
def test_check_any_policy_agrees_statement_by_statement(long, short, price, limits_bps, confidence_bps):
    sheet, rows = replace(SHEET, prices=price), SHEET.parameters
    case = {
        "long": long,
        "short": short,
        "prices": price,
        "thresholds_bps": rows.liquidation_threshold_bps,
        "factors_bps": rows.borrow_factor_bps,
        "window": sheet.window.returns,
        "stresses": rows.stress_return,
        "sectors": rows.sector,
        "limits_bps": limits_bps,
        "confidence_bps": confidence_bps,
    }
    verdict = check(policy_of(limits_bps, confidence_bps), BookVector(tuple(long), tuple(short)), None, sheet)
    expected = oracle.compliance(case)
    assert {line.statement: line.holds for line in verdict.limits} == {s: expected[s] for s in STATEMENTS}
    assert verdict.equity_positive == expected["EQUITY"]
    assert verdict.holds == all(expected.values())
    for line in verdict.limits:
        if line.use_bps is not None and line.measured.is_defined:
            assert (line.use_bps <= 10_000) == line.holds == (line.headroom_bps >= 0)


@given(LOTS, LOTS, st.integers(5_000, 20_000))
def test_distance_any_book_reaches_the_level_exactly(long, short, level_bps):
    exposures = exposures_of(BookVector(tuple(long), tuple(short)), None, SHEET.prices)
    found = distance_to_liquidation(exposures, SHEET, level_bps)
    if not found.nearest.is_defined:
        return
    move = Fraction(found.nearest.numerator, found.nearest.denominator)
    factor = 1 - move if found.nearest_direction == "FALL" else 1 + move
    slot = UNIVERSE.slot_of(found.nearest_symbol)
    moved = [Fraction(p) * (factor if i == slot else 1) for i, p in enumerate(SHEET.prices)]
    rows = SHEET.parameters
    value = oracle.health_factor(long, short, moved, rows.liquidation_threshold_bps, rows.borrow_factor_bps)
    assert value is None or value == Fraction(level_bps, 10_000)
