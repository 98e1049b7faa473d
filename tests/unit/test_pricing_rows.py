"""Rows: refusals, the rounding of every figure, and grids of scenarios."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.pricing_case import MARKET, NOW, TERM, TERMS, shock
from zkrisk.errors import BadPrice, InputError, RangeExceeded, UnknownInstrument
from zkrisk.metrics import scenario_losses
from zkrisk.params import CASH_PRICE, PRICE_BITS, RETURN_BITS
from zkrisk.pricing import (
    DERIBIT_TERM,
    GREEKS,
    PMRM_TERM,
    Scenario,
    View,
    build_rows,
    deribit_scenarios,
    greeks_e16,
    historical_scenarios,
    pmrm_scenarios,
    price_e16,
    return_of_change_e6_down,
    sensitivities,
    slot_rows,
    span_scenarios,
    spot_vol_grid,
    value,
)
from zkrisk.sheet import return_e6_down
from zkrisk.sheet.parameters import check_return_rows

NAMES = ["BTC", "ETH", "USDC"]
FAR_PUT = TERM["PUT"].model_copy(
    update={"symbol": "FAR-PUT", "strike": Decimal(75_000), "expiry_unix": NOW + 7 * 86_400}
)


@pytest.mark.parametrize(
    ("terms", "spot"), [("BTC", "1e-9"), ("BTC", "184467440737.09551616"), ("CALL", "1e-6"), ("INDEX", "1e30")]
)
def test_price_that_no_row_holds_is_refused(terms, spot):
    market = replace(MARKET, spots={**MARKET.spots, "BTC": Decimal(spot)})
    with pytest.raises(BadPrice, match=r"2\^64"):
        price_e16(TERM[terms], market)


def test_price_of_a_worthless_option_is_refused_without_an_anchor():
    worthless = TERM["OLD-PUT"].model_copy(update={"anchor_usd": Decimal(0)})
    with pytest.raises(BadPrice) as found:
        price_e16(worthless, MARKET)
    assert found.value.hint == "a worthless option needs an anchor"
    assert price_e16(TERM["OLD-PUT"], MARKET) == 1_000 * 10**8


def test_price_largest_is_accepted():
    market = replace(MARKET, spots={**MARKET.spots, "BTC": Decimal("184467440737.09551615")})
    assert price_e16(TERM["BTC"], market) == (1 << PRICE_BITS) - 1


def test_greek_of_two_to_the_64_is_refused():
    coin = TERM["CALL"].model_copy(update={"decimals": 0})
    with pytest.raises(RangeExceeded, match="the delta of CALL"):
        greeks_e16(coin, MARKET)


@pytest.mark.parametrize("size", [len(TERMS), 1])
def test_build_rows_more_instruments_than_slots_is_refused(size):
    with pytest.raises(InputError, match="instruments for"):
        build_rows(TERMS, MARKET, [], size)


def test_build_rows_symbol_twice_is_refused():
    with pytest.raises(InputError, match="twice"):
        build_rows([TERM["BTC"], TERM["BTC"]], MARKET, [], 8)


def test_build_rows_scenario_without_an_underlying_is_refused():
    with pytest.raises(UnknownInstrument):
        build_rows([TERM["BTC"]], MARKET, [Scenario("eth", {"ETH": 1})], 8)


@pytest.mark.parametrize("symbol", list(TERM))
def test_price_is_down_and_that_of_a_borrowed_balance_up(symbol):
    terms = TERM[symbol]
    exact = value(terms, View(MARKET)) * 10 ** (16 - terms.decimals)
    anchor = {"CALL-ANCHORED": 10**13, "OLD-PUT": 10**11}.get(symbol, 0)
    error = price_e16(terms, MARKET) - anchor - exact
    assert -1 < error <= 0 if symbol != "vUSDC" else 0 <= error < 1


def test_price_of_a_borrowed_balance_is_not_exact_here():
    assert (value(TERM["vUSDC"], View(MARKET)) * 10**10).denominator > 1


@pytest.mark.parametrize("symbol", list(TERM))
def test_greeks_are_nearest_integers(symbol):
    terms = TERM[symbol]
    found = sensitivities(terms, View(MARKET))
    for name, row in zip(GREEKS, greeks_e16(terms, MARKET), strict=True):
        assert abs(row - getattr(found, name) * 10 ** (16 - terms.decimals)) <= Fraction(1, 2)


def test_greeks_of_real_options_keep_ten_digits_of_delta_and_eight_of_the_rest():
    delta, gamma, vega, theta = greeks_e16(TERM["CALL"], MARKET)
    assert delta > 10**12
    assert min(abs(gamma), abs(vega), abs(theta)) > 10**9


@pytest.mark.parametrize("symbol", list(TERM))
def test_returns_are_floors_of_full_revaluation(symbol):
    terms = TERM[symbol]
    moves = [shock(btc=move, eth=-move // 3, usdc=7, vol_e6=move) for move in range(-999_999, 1_000_000, 99_991)]
    base = value(terms, View(MARKET))
    held = base + (terms.anchor_usd.__int__() if hasattr(terms, "anchor_usd") else 0)
    for scenario, found in zip(moves, slot_rows(terms, MARKET, moves).returns, strict=True):
        exact = (value(terms, View(MARKET, scenario)) - base) / held * 10**6
        assert found <= exact < found + 1 or found in (-(10**6), (1 << RETURN_BITS) - 1)


@pytest.mark.parametrize("symbol", ["BTC", "aETH", "BTC-PERP", "BTC-INV", "BTC-DEC", "ETH-FUT", "wstETH"])
def test_returns_of_a_linear_instrument_are_its_underlying_s(symbol):
    moves = [-1_000_000, -467_001, -1, 0, 1, 350_000, (1 << RETURN_BITS) - 1]
    assert slot_rows(TERM[symbol], MARKET, [shock(btc=m, eth=m) for m in moves]).returns == tuple(moves)


def test_returns_of_a_pool_whose_parts_move_together_are_theirs():
    moves = [-999_999, -467_001, 0, 50_000, 123_457, 1_000_000]
    assert slot_rows(TERM["LP"], MARKET, [shock(eth=m, usdc=m) for m in moves]).returns == tuple(moves)


def test_return_rule_is_the_sheet_s():
    for before, close in [(3, 1), (3, 2), (7, 8), (1, 10), (10**18 + 1, 10**18), (5, 5), (1, 10**9)]:
        assert return_of_change_e6_down(close - before, before) == return_e6_down(before, close)
        assert return_of_change_e6_down(Fraction(close - before), Fraction(before)) == return_e6_down(before, close)
    assert return_of_change_e6_down(-4, 3) == -(10**6)


def test_returns_above_their_bound_are_cut_and_reported():
    crash = [shock(btc=-300_000, vol_e6=500_000), shock()]
    found = slot_rows(FAR_PUT, MARKET, crash)
    assert found.returns == ((1 << RETURN_BITS) - 1, 0)
    assert found.cut == ("shock",)
    rows = build_rows([FAR_PUT], MARKET, crash, 8)
    assert len(rows.warnings) == 1 and "FAR-PUT" in rows.warnings[0]


def test_returns_of_an_anchored_option_are_not_cut():
    anchored = FAR_PUT.model_copy(update={"anchor_usd": Decimal(100_000)})
    worst = [shock(btc=move, vol_e6=3_000_000) for move in (-1_000_000, -600_000, 0, 600_000, 5_000_000)]
    found = slot_rows(anchored, MARKET, worst)
    assert found.cut == ()
    gained = value(anchored, View(MARKET, worst[0])) - value(anchored, View(MARKET))
    price = price_e16(anchored, MARKET)
    assert found.returns[0] * price / 10**6 == pytest.approx(float(gained) * 10**8, rel=1e-5)


def test_build_rows_fits_a_sheet_with_cash_and_unused_slots():
    scenarios = pmrm_scenarios(NAMES)
    rows = build_rows(TERMS[:4], MARKET, scenarios, 8)
    check_return_rows(rows.returns, 21, 8, "rows")
    assert rows.prices[0] == CASH_PRICE and rows.prices[5:] == (0, 0, 0)
    assert [len(row) for row in rows.greeks] == [8] * 4
    assert all(row[0] == 0 and row[5:] == (0, 0, 0) for row in rows.greeks)
    assert rows.prices[1] == rows.greeks[0][1] == 10**13


def test_build_rows_for_an_underlying_that_nothing_depends_on_is_refused():
    with pytest.raises(UnknownInstrument, match="depends on SOL"):
        build_rows([TERM["BTC"]], MARKET, [], 8, underlying="SOL")


def test_build_rows_for_one_underlying_has_its_greeks_only():
    rows = build_rows([TERM["BTC"], TERM["wstETH"], TERM["CALL"]], MARKET, [], 8, underlying="ETH")
    assert rows.greeks[0] == (0, 0, price_e16(TERM["wstETH"], MARKET), 0, 0, 0, 0, 0)
    assert rows.greeks[2] == (0,) * 8


def test_short_position_can_lose_more_than_its_floored_row_says_and_the_sum_of_exposures_covers_it():
    """The example of docs/instruments.md: 10 million dollars short, 100 000 to 105 000.09."""
    exposure_cents = -10_000_000 * 100
    row = return_e6_down(100_000_00, 105_000_09)
    exact_cents = Fraction(500_009, 10**7) * 10_000_000 * 100
    loss_cents = Fraction(scenario_losses([exposure_cents], [[row]])[0], 10**6)
    assert row == 50_000
    assert exact_cents - loss_cents == 899
    assert loss_cents + Fraction(abs(exposure_cents), 10**6) >= exact_cents


SPAN_ORDER = [0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3]


def test_span_scenarios_are_sixteen_in_span_s_order():
    found = span_scenarios({"BTC": 150_000, "ETH": 0}, 250_000)
    assert [s.returns_e6["BTC"] for s in found] == [50_000 * third for third in SPAN_ORDER] + [300_000, -300_000]
    assert [s.vol_e6 for s in found] == [250_000, -250_000] * 7 + [0, 0]
    assert [s.covered_e6 for s in found] == [10**6] * 14 + [350_000] * 2
    assert {s.returns_e6["ETH"] for s in found} == {0}
    assert len({s.name for s in found}) == 16


def test_span_future_array_is_the_published_one():
    """McMillan's S&P 500 array for a scan range of 10 000: thirds to the whole, then 7 000 for the covered extremes."""
    rows = slot_rows(TERM["BTC"], MARKET, span_scenarios({"BTC": 100_000}, 0)).returns
    expected = [round(10_000 * third / 3, -1) for third in SPAN_ORDER] + [7_000, -7_000]
    assert [round(row / 10, -1) for row in rows] == expected


def test_span_moves_round_away_from_zero_and_stop_at_minus_one():
    found = span_scenarios({"BTC": 400_000}, 0, extreme_multiple=3, covered_e6=333_000)
    assert found[2].returns_e6["BTC"] == 133_334 and found[4].returns_e6["BTC"] == -133_334
    assert [s.returns_e6["BTC"] for s in found[14:]] == [1_200_000, -1_000_000]


def test_span_volatility_in_points_is_absolute():
    found = span_scenarios({"BTC": 0}, 40_000, vol_points=True)
    assert (found[0].vol_e6, found[0].vol_points_e6, found[1].vol_points_e6) == (0, 40_000, -40_000)


@pytest.mark.parametrize(("scan", "vol"), [(-1, 0), (1, -1), (1, 1_000_001)])
def test_span_range_out_of_range_is_refused(scan, vol):
    with pytest.raises(InputError):
        span_scenarios({"BTC": scan}, vol)


def test_covered_share_scales_the_profit_and_not_the_move():
    extreme = Scenario("extreme", {"BTC": 300_000}, covered_e6=350_000)
    call = slot_rows(TERM["CALL"], MARKET, [extreme, replace(extreme, covered_e6=10**6)]).returns
    assert call[0] == pytest.approx(call[1] * 0.35, abs=1)


def test_pmrm_scenarios_are_twenty_one():
    found = pmrm_scenarios(NAMES)
    assert sorted({s.returns_e6["ETH"] for s in found}) == [-150_000, -100_000, -50_000, 0, 50_000, 100_000, 150_000]
    assert [s.vol_e6 for s in found[:3]] == [450_000, 0, -300_000]
    assert len({(s.returns_e6["BTC"], s.vol_e6) for s in found}) == len({s.name for s in found}) == len(found) == 21
    assert {s.vol_term for s in found} == {PMRM_TERM}


def test_deribit_scenarios_are_nine_by_three():
    found = deribit_scenarios(NAMES)
    assert sorted({s.returns_e6["BTC"] for s in found}) == list(range(-160_000, 160_001, 40_000))
    assert len({(s.returns_e6["BTC"], s.vol_e6) for s in found}) == len({s.name for s in found}) == len(found) == 27
    assert {s.vol_term for s in found} == {DERIBIT_TERM}


def test_spot_vol_grid_unchanged_scenario_moves_nothing():
    grid = spot_vol_grid("own", NAMES, [0], {"none": 0})
    assert {row for terms in TERMS for row in slot_rows(terms, MARKET, grid).returns} == {0}


def test_historical_scenarios_are_one_a_day():
    found = historical_scenarios({"BTC": [1, -2], "BTC-PERP": [3, 4]}, ["2026-11-20", "2026-11-21"])
    assert slot_rows(TERM["BTC-PERP"], MARKET, found).returns == (3, 4)
    assert slot_rows(TERM["BTC"], MARKET, found).returns == (1, -2)
    with pytest.raises(InputError, match="1 returns"):
        historical_scenarios({"BTC": [1]}, ["a", "b"])
