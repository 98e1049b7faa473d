"""Metrics: errors and edges first, then tables worked out by hand."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from zkrisk.book import BookVector, Leg, parse_csv_book, quantise
from zkrisk.errors import BadLimit, EmptyScenarios, InputError, PolicyNotMet, RangeExceeded
from zkrisk.metrics import (
    Ratio,
    Status,
    check,
    check_ranges,
    distance_to_liquidation,
    expected_shortfall,
    exposures_of,
    gross_leverage,
    health_factor,
    health_factor_aave_v3_0,
    health_factor_aave_v3_7,
    hhi,
    historical_var,
    is_healthy,
    loan_to_value,
    net_leverage,
    risk,
    scenario_losses,
    tail_threshold,
    worst_stress,
)
from zkrisk.policy import load_policy, parse_policy
from zkrisk.sheet import Sheet, load_universe, synthetic_history

MICRO = load_universe("micro-8")
STANDARD = load_universe("standard-32")
PRICES = (10**10, 10**10, 3_000 * 10**8, 90_000 * 10**8, 3_001 * 10**8, 140 * 10**8, 0, 0)
SHEET = Sheet.from_history(MICRO, synthetic_history(MICRO, seed=3, last_day=date(2026, 11, 20)), prices=PRICES)
LENDER = load_policy("lender-a")
MARK = 31415926


def book(text: str, universe=MICRO) -> BookVector:
    return quantise(parse_csv_book("instrument,qty\n" + text, universe, name="main"), universe)


def policy(limits, confidence="0.9"):
    return parse_policy(
        {
            "name": "p",
            "version": 2,
            "confidence": confidence,
            "max_age_s": 60,
            "min_assurance": "SELF_DECLARED",
            "limits": limits,
        }
    )


def test_lengths_differ_raises():
    with pytest.raises(InputError, match="8 slots, the sheet 32"):
        exposures_of(book("ETH,1\n"), None, (1,) * 32)
    with pytest.raises(InputError, match="leg has 32 slots"):
        exposures_of(book("ETH,1\n"), Leg.empty(32), PRICES)
    with pytest.raises(InputError, match="8 returns"):
        scenario_losses((0,) * 8, [(0,) * 7])


def test_value_out_of_the_circuits_range_raises_without_the_value():
    huge = BookVector(long=(0, 0, 0, 2**64 - 1, 0, 0, 0, 0), short=(0,) * 8)
    with pytest.raises(RangeExceeded, match="net value of slot 3") as caught:
        check(LENDER, huge, None, SHEET)
    assert str(2**64 - 1) not in str(caught.value)
    with pytest.raises(RangeExceeded):
        risk(huge, SHEET)
    with pytest.raises(RangeExceeded, match="scenario 0"):
        scenario_losses((0, 2**80), [(0, 2**22)])
    with pytest.raises(RangeExceeded, match="threshold"):
        check(LENDER, book("ETH,1\n"), None, SHEET, threshold=2**82)


def test_exposure_range_ends_at_two_to_the_49():
    inside = exposures_of(BookVector((0, 2**49 - 1), (0, 0)), None, (10**10, 10**14))
    check_ranges(inside)
    with pytest.raises(RangeExceeded):
        check_ranges(exposures_of(BookVector((0, 2**49), (0, 0)), None, (10**10, 10**14)))
    check_ranges(exposures_of(BookVector((0, 0), (0, 2**63)), None, (10**10, 5**14)))
    with pytest.raises(RangeExceeded):
        check_ranges(exposures_of(BookVector((0, 0), (0, 2**63 + 1)), None, (10**10, 5**14)))


def test_tail_threshold_ends_two_to_the_82_from_a_loss():
    held = book("ETH,1\n")
    losses = scenario_losses(exposures_of(held, None, SHEET.prices).cents, SHEET.window.returns)
    lowest, highest = max(losses) - 2**82, min(losses) + 2**82 - 1
    for inside, beyond in ((lowest, lowest - 1), (highest, highest + 1)):
        assert check(LENDER, held, None, SHEET, threshold=inside).tail_threshold == inside
        with pytest.raises(RangeExceeded):
            check(LENDER, held, None, SHEET, threshold=beyond)


def test_tail_without_losses_or_confidence_raises():
    with pytest.raises(EmptyScenarios):
        historical_var([], 9_500)
    with pytest.raises(BadLimit):
        expected_shortfall([1, 2], 10_000)


def test_health_unknown_rule_raises():
    with pytest.raises(InputError):
        health_factor([1], [1], [1], [1], [1], rule="compound")


def test_health_no_debt_is_a_tag():
    found = health_factor([5], [0], [10], [8_000], [10_000])
    assert (found.status, found.as_decimal(), found.bps_down()) == (Status.NO_DEBT, None, None)
    assert is_healthy(book("ETH,1\n"), None, SHEET, 2**20 - 1)


def test_health_dust_debt_is_not_forced_into_a_range():
    found = health_factor([10**18], [1], [10**10], [8_000], [10_000])
    assert found.scaled_down(1) == 8 * 10**17


def test_health_aave_rules_differ_as_documented():
    collateral, thresholds, debt = [33_333, 66_667], [8_250, 7_001], 50_000
    average = (33_333 * 8_250 + 66_667 * 7_001) // 100_000
    old, new = (f(collateral, thresholds, debt) for f in (health_factor_aave_v3_0, health_factor_aave_v3_7))
    assert average == 7_417
    assert old == Ratio(((100_000 * average + 5_000) // 10_000 * 10**18 + 25_000) // 50_000, 10**18)
    assert new == Ratio((33_333 * 8_250 + 66_667 * 7_001) * 10**18 // (50_000 * 10_000), 10**18)
    assert 0 < new.numerator - old.numerator < 10**14
    assert health_factor_aave_v3_7([19_999], [1], 2 * 10**18) == Ratio(1, 10**18), "half up before the floor"
    assert health_factor_aave_v3_0([], [], 5).numerator == 0
    assert health_factor_aave_v3_7([1], [1], 0).status is Status.NO_DEBT


def test_ratios_without_a_value_are_tags():
    assert gross_leverage(5, 0).status is gross_leverage(5, -1).status is Status.INSOLVENT
    assert net_leverage((0, 5), -1).status is Status.INSOLVENT
    assert loan_to_value([0], [1], [1]).status is Status.NO_COLLATERAL
    assert loan_to_value([1], [0], [1]).status is Status.NO_DEBT
    assert hhi((5, 0, 0)).status is Status.EMPTY


def test_ratio_rounds_to_the_named_side():
    ratio = Ratio(-2, 3)
    assert (ratio.bps_down(), ratio.bps_up(), ratio.as_decimal(2)) == (-6_667, -6_666, Decimal("-0.67"))


def test_exposures_worked_by_hand():
    held = book("ETH,2\nUSD,-1000\nBTC,-0.000000001\n")
    found = exposures_of(held, Leg((0, 0, 10**8, *(0,) * 5), (5, *(0,) * 7)), PRICES)
    assert found.net == (-(10**9 + 5) * 10**10, 0, 9_000 * 10**16, -90_000 * 10**8, 0, 0, 0, 0)
    assert found.cents == (-100_001, 0, 900_000, -1, 0, 0, 0, 0)
    assert found.equity == sum(found.net)
    assert found.gross == 9_000 * 10**16 + 90_000 * 10**8


def test_losses_and_order_statistics_worked_by_hand():
    assert scenario_losses((0, 100, -50), [(0, -1_000_000, 0), (0, 0, 100_000), (0, 10, 10)]) == (
        103_000_000,
        8_000_000,
        2_999_500,
    )
    losses = [7, -3, 10, 5, 8, 1, 2, 9, 4, 6]
    assert historical_var(losses, 9_000) == 9
    assert historical_var(losses, 9_001) == 10
    assert expected_shortfall(losses, 8_500).as_decimal(0) == Decimal(9)
    assert expected_shortfall(losses, 8_500) == Ratio(15_000 * 9 + 10_000, 15_000)
    assert worst_stress((1, 5, 5)) == 1


def test_net_leverage_perpetual_short_offsets_spot():
    found = exposures_of(book("ETH,1\nETH-PERP,-1\nUSD,3001\n"), None, PRICES)
    assert net_leverage(found.net, found.equity) == Ratio(-1 * 10**16, 3_000 * 10**16)
    assert gross_leverage(found.gross, found.equity).bps_down() == 20_003


HEALTHY = "ETH,1\nUSDC,6000\nUSD,-1000\n"


def test_verdict_at_the_limit_holds_and_one_unit_beyond_fails():
    """Equity 1, gross exactly 4: one lot more of anything breaks leverage."""
    prices = (10**10, 10**10, 10**8, 10**8, 10**8, 10**8, 0, 0)
    sheet = replace(SHEET, prices=prices)
    limits = policy({"leverage_max": "4x"})
    at = check(limits, BookVector((0, 0, 4 * 10**8, *(0,) * 5), (3 * 10**6, *(0,) * 7)), None, sheet)
    beyond = check(limits, BookVector((0, 0, 4 * 10**8, 1, *(0,) * 4), (3 * 10**6, 0, 0, 1, *(0,) * 4)), None, sheet)
    assert (at.holds, at["leverage"].use_bps, at["leverage"].headroom_bps) == (True, 10_000, 0)
    assert (beyond.holds, beyond["leverage"].use_bps, beyond["leverage"].headroom_bps) == (False, 10_001, -1)


def test_verdict_disabled_limit_always_holds_and_says_so():
    line = check(LENDER, book(HEALTHY), None, SHEET)["hhi"]
    assert (line.enabled, line.holds, line.use_bps, line.limit_bps) == (False, True, None, None)
    assert line.measured_bps is not None


def test_verdict_no_equity_fails_whatever_is_disabled():
    for text in ("USD,-1\n", "USDC,0\n"):
        verdict = check(policy({"health_min": "0.0001"}), book(text), None, SHEET)
        assert not verdict.equity_positive
        assert "EQUITY" in verdict.failures
        with pytest.raises(PolicyNotMet):
            verdict.require()


def test_verdict_blocked_slot_held_in_book_or_leg_fails():
    sheet = replace(SHEET, blocked=(0, 0, 0, 1, 0, 0, 0, 0))
    lot = (0, 0, 0, 1, *(0,) * 4)
    nothing = (0,) * 8
    assert check(LENDER, book(HEALTHY), None, sheet).blocked_held == ()
    for leg in (Leg(lot, nothing), Leg(nothing, lot)):
        verdict = check(policy({"health_min": "1"}), book(HEALTHY), leg, sheet)
        assert (verdict.blocked_held, verdict.failures) == (("BTC",), ("BLOCKED",))
    both = BookVector((10**9, 0, 0, 1, *(0,) * 4), lot)
    assert check(policy({"health_min": "1"}), both, None, sheet).failures == ("BLOCKED",), "a net of zero is held"


def test_verdict_other_threshold_than_var_can_only_be_worse():
    held = book("ETH,1\nSOL,10\nUSDC,1000\n")
    limits = policy({"var_max": "100%", "expected_shortfall_max": "100%"})
    best = tail_threshold(limits, held, None, SHEET)
    at, below, above = (check(limits, held, None, SHEET, threshold=best + step) for step in (0, -1, 10**6))
    assert at.tail_threshold == best
    assert at["var"].holds and not below["var"].holds
    for other in (below, above):
        left, right = other["expected_shortfall"].measured, at["expected_shortfall"].measured
        assert left.numerator * right.denominator >= right.numerator * left.denominator


def test_verdict_require_names_limits_never_values():
    verdict = check(LENDER, book(f"ETH,{MARK}e-3\nUSD,-90000000\nUSDC,1000000\n"), None, SHEET)
    with pytest.raises(PolicyNotMet) as caught:
        verdict.require()
    error = caught.value
    assert error.details == {"limits": list(verdict.failures)}
    assert len(verdict.failures) > 1
    assert "3141" not in f"{error}{error.where}{error.hint}{error.details}{verdict!r}{verdict.limits!r}"
    with pytest.raises(TypeError):
        bool(verdict)


def test_verdict_require_message_is_the_documented_one():
    with pytest.raises(PolicyNotMet) as caught:
        check(LENDER, book("ETH,1\nUSDC,6000\n"), None, SHEET).require()
    assert str(caught.value) == "2 of 7 limits fail: POSITION, SECTOR (policy lender-a v3)"
    assert caught.value.where == "no proof was made; the other 5 hold"
    with pytest.raises(PolicyNotMet) as caught:
        check(policy({"position_max": "1%"}), book("ETH,1\n"), None, SHEET).require()
    assert str(caught.value) == "1 of 1 limit fails: POSITION (policy p v2)"


def test_verdict_sector_that_fails_is_the_one_shown():
    limits = policy({"sector_max": {"STABLE": "10%", "COINS": "1000%"}})
    line = check(limits, book("ETH,1\nUSDC,600\nUSD,1\n"), None, SHEET)["sector"]
    assert (line.subject, line.holds, line.limit_bps) == ("STABLE", False, 1_000)


def test_distance_worked_by_hand():
    """One ether of 3000 at 83 % against 1245 of debt: 10000 * 2490 / 1245 is a factor of 2."""
    found = exposures_of(book("ETH,1\nUSD,-1245\n"), None, PRICES)
    to_one = distance_to_liquidation(found, SHEET)
    assert (to_one.common.bps_down(), to_one.common_direction) == (5_000, "FALL")
    assert (to_one.nearest.bps_down(), to_one.nearest_symbol) == (5_000, "ETH")
    assert distance_to_liquidation(found, SHEET, 12_500).common.bps_down() == 3_750
    assert distance_to_liquidation(found, SHEET, 20_001).common.status is Status.ALREADY_BELOW


def test_distance_short_book_is_threatened_by_a_rise():
    found = exposures_of(book("USD,6300\nETH,-1\n"), None, PRICES)
    distance = distance_to_liquidation(found, SHEET)
    assert (distance.common_direction, distance.common.bps_down()) == ("RISE", 10_000)
    assert (distance.nearest_symbol, distance.nearest_direction) == ("ETH", "RISE")


def test_distance_no_debt_or_nothing_that_moves_is_a_tag():
    assert distance_to_liquidation(exposures_of(book("ETH,1\n"), None, PRICES), SHEET).common.status is Status.NO_DEBT
    safe = distance_to_liquidation(exposures_of(book("USDC,10\nUSD,-1\n"), None, PRICES), SHEET)
    assert safe.common.status is Status.NEVER
    assert safe.nearest_symbol == "USDC"


def test_distance_fall_beyond_all_of_the_price_is_never():
    distance = distance_to_liquidation(exposures_of(book("ETH,1\nUSDC,6000\nUSD,-1000\n"), None, PRICES), SHEET)
    assert distance.common.status is Status.NEVER
    assert distance.nearest_symbol is None


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from walk(item)


def test_report_is_json_without_floats_or_big_integers():
    report = risk(book("ETH,1\nUSDC,5e6\nUSD,-1000\nBTC,-0.01\n"), SHEET, LENDER)
    document = report.to_dict(positions=True)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["private"] is True
    assert not any(isinstance(item, float) for item in walk(document))
    assert all(abs(item) < 2**53 for item in walk(document) if isinstance(item, int))
    assert document["sheet"]["synthetic"] is True
    assert [line["confidence_bps"] for line in document["tails"]] == [9_500, 9_750, 9_900]
    assert [entry["level_bps"] for entry in document["distances"]] == [12_500, 10_000]


def test_report_shares_the_verdicts_figures():
    report = risk(book(HEALTHY), SHEET, LENDER, confidences=())
    assert report.verdict is not None
    tail = report.tail(9_750)
    assert report.verdict["var"].measured == tail.var_share
    assert report.verdict["stress"].measured == report.stresses[0].share
    assert report.verdict["expected_shortfall"].measured_bps == tail.shortfall_share.bps_up()
    assert report.verdict["health"].measured == report.health_factor
    with pytest.raises(KeyError):
        report.tail(9_501)


def test_report_without_debt_or_equity_has_tags():
    document = risk(book("USDC,0\n"), SHEET).to_dict()
    assert document["health_factor"]["zkrisk"] == {"status": "NO_DEBT"}
    assert document["gross_leverage"] == {"status": "INSOLVENT"}
    assert document["hhi"] == {"status": "EMPTY"}
    assert document["verdict"] is None


def test_report_repr_has_no_figures():
    held = book(f"ETH,{MARK}e-4\nUSD,-1000\n")
    report = risk(held, SHEET, LENDER)
    text = f"{report!r}{report.positions!r}{report.tails!r}{report.values!r}{report.exposures!r}{report.distances!r}"
    assert "3141" not in text
    assert repr(report) == "<RiskReport 2 positions, epoch 1, private>"


def test_report_standard_tier_takes_under_50_ms():
    sheet = Sheet.from_history(STANDARD, synthetic_history(STANDARD, seed=3, last_day=date(2026, 11, 20)))
    held = book("".join(f"{symbol},{slot}\n" for slot, symbol in enumerate(STANDARD.symbols, start=1)), STANDARD)
    risk(held, sheet, LENDER)
    timings = []
    for _ in range(5):
        start = time.perf_counter()
        risk(held, sheet, LENDER)
        timings.append(time.perf_counter() - start)
    assert min(timings) < 0.05
