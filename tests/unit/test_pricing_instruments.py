"""Terms, markets and values: strict readers first, then what each instrument is worth today and in a scenario."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.pricing_case import DAY, DOCUMENT, MARKET, MONTH, NOW, SURFACE, TERM, TERMS, option, shock
from zkrisk.errors import BadFile, BadPrice, InputError, UnknownInstrument
from zkrisk.pricing import (
    OptionType,
    Scenario,
    View,
    VolTerm,
    black76,
    option_valuation,
    parse_terms,
    sensitivities,
    value,
)


def today(symbol, market=MARKET):
    return value(TERM[symbol], View(market))


def after(symbol, scenario, market=MARKET):
    return value(TERM[symbol], View(market, scenario))


def listed(*entries):
    return {"schema": "urn:zkrisk:instruments/v1", "instruments": list(entries)}


SPOT = {"kind": "spot", "symbol": "X", "underlying": "BTC"}
LP = next(entry for entry in DOCUMENT["instruments"] if entry["symbol"] == "LP")
BAD = [
    SPOT | {"kind": "swap"},
    SPOT | {"symbol": "1X"},
    SPOT | {"symbol": "x" * 33},
    SPOT | {"decimals": 17},
    SPOT | {"decimals": "1.5"},
    SPOT | {"strike": "1"},
    {"kind": "spot", "symbol": "X"},
    {"kind": "lending", "symbol": "X", "underlying": "ETH", "side": "both"},
    option("X", strike="0"),
    option("X", strike=1.5),
    option("X", type="straddle"),
    option("X", anchor_usd="-1"),
    option("X", settlement="eth"),
    option("X", expiry_unix=-1),
    {"kind": "basket", "symbol": "X", "components": []},
    {"kind": "basket", "symbol": "X", "components": [{"underlying": "BTC", "units": "1"}] * 2},
    LP | {"components": LP["components"][:1]},
    LP | {"components": [LP["components"][0] | {"weight": "0"}, LP["components"][1]]},
    LP | {"model": "stable"},
]


@pytest.mark.parametrize("entry", BAD)
def test_parse_terms_bad_instrument_is_refused(entry):
    with pytest.raises(BadFile, match="instruments: ") as found:
        parse_terms(listed(entry), "terms.json")
    assert found.value.where == "terms.json"


@pytest.mark.parametrize(
    "document",
    [[], {}, listed() | {"schema": "urn:zkrisk:instruments/v2"}, listed() | {"more": 1}, listed() | {"instruments": 1}],
)
def test_parse_terms_not_a_list_of_instruments_is_refused(document):
    with pytest.raises(BadFile):
        parse_terms(document)


def test_parse_terms_symbol_twice_is_refused():
    with pytest.raises(BadFile, match="twice"):
        parse_terms(listed(SPOT, SPOT))


def test_parse_terms_json_form_reads_back():
    again = parse_terms(listed(*(terms.model_dump(mode="json") for terms in TERMS)))
    assert again == TERMS and hash(again) == hash(TERMS)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"spots": {"BTC": 1.0}}, BadPrice),
        ({"spots": {"BTC": Decimal("NaN")}}, BadPrice),
        ({"spots": {"BTC": Decimal(0)}}, BadPrice),
        ({"spots": {"BTC": Decimal("1e41")}}, BadPrice),
        ({"indices": {"aETH": Decimal(-1)}}, BadPrice),
        ({"rate": Decimal(5)}, BadPrice),
        ({"carries": {"BTC": Decimal("inf")}}, BadPrice),
        ({"surfaces": {"ETH": SURFACE}}, InputError),
        ({"as_of_unix": NOW - 1}, InputError),
        ({"vol_follows": "delta"}, InputError),
    ],
)
def test_market_input_that_is_no_price_is_refused(change, error):
    with pytest.raises(error):
        replace(MARKET, **change)


@pytest.mark.parametrize(
    ("symbol", "change"),
    [
        ("BTC", {"spots": {}}),
        ("aETH", {"indices": {}}),
        ("wstETH", {"indices": {}}),
        ("CALL", {"surfaces": {}}),
        ("OLD-CALL", {"settlements": {}}),
        ("OLD-FUT", {"settlements": {}}),
        ("LP", {"spots": {"ETH": Decimal(1)}}),
    ],
)
def test_value_without_its_input_is_refused(symbol, change):
    with pytest.raises(UnknownInstrument):
        today(symbol, replace(MARKET, **change))


@pytest.mark.parametrize("bad", [{"BTC": -1_000_001}, {"BTC": 0.1}, {"BTC": True}])
def test_scenario_return_that_is_none_is_refused(bad):
    with pytest.raises(InputError):
        Scenario("bad", bad)


@pytest.mark.parametrize("covered", [0, -1, 1_000_001])
def test_scenario_covered_share_out_of_range_is_refused(covered):
    with pytest.raises(InputError):
        Scenario("bad", {}, covered_e6=covered)


@pytest.mark.parametrize("bad", [{"floor_days": 0}, {"short_power": -0.1}, {"long_power": -0.1}])
def test_vol_term_out_of_range_is_refused(bad):
    with pytest.raises(InputError):
        VolTerm(**bad)


def test_scenario_that_does_not_name_an_underlying_is_refused_unless_it_has_a_default():
    with pytest.raises(UnknownInstrument, match="does not say what BTC does"):
        after("CALL", Scenario("eth only", {"ETH": 0}))
    assert after("CALL", Scenario("eth only", {"ETH": 0}, default_e6=0)) == today("CALL")


EXPECTED = {
    "BTC": 100_000,
    "aETH": Fraction(4_200),
    "vUSDC": Fraction("0.9998") * Fraction("1.123456789123"),
    "BTC-PERP": Fraction("100050.5"),
    "BTC-INV": 100_000,
    "BTC-DEC": 101_000,
    "OLD-FUT": 99_000,
    "OLD-CALL": 9_000,
    "OLD-PUT": 0,
    "wstETH": 4_800,
    "INDEX": 3_000,
    "LP-FAST": Fraction("199980"),
}


@pytest.mark.parametrize("symbol", EXPECTED)
def test_value_today_is_its_formula(symbol):
    assert today(symbol) == EXPECTED[symbol]


def test_value_of_a_future_without_a_mark_is_the_forward():
    assert float(today("ETH-FUT")) == pytest.approx(4_000 * math.exp(0.01 * 30 / 365), rel=1e-14)
    unmarked = replace(MARKET, marks={})
    assert value(TERM["BTC-DEC"].model_copy(update={"expiry_unix": MONTH}), View(unmarked)) == 100_400


def option_volatility():
    return SURFACE.volatility(MONTH, math.log(100_000 / 100_400))


def test_value_of_an_option_is_black76_on_the_quoted_forward():
    years = 30 / 365
    volatility = option_volatility()
    expected = black76(OptionType.CALL, 100_400, 100_000, years, volatility, discount=math.exp(-0.04 * years))
    assert float(today("CALL")) == pytest.approx(expected.price, rel=1e-13)
    in_coin = black76(OptionType.CALL, 100_400, 100_000, years, volatility).price / 100_400 * 100_000
    assert float(today("CALL-COIN")) == pytest.approx(in_coin, rel=1e-13)


def test_value_after_a_move_is_value_in_a_market_that_has_moved():
    follow = replace(MARKET, vol_follows="moneyness")
    moved = replace(follow, spots={**MARKET.spots, "BTC": Decimal(105_000)})
    assert today("CALL", moved) == after("CALL", shock(btc=50_000), follow) > today("CALL")


def test_value_after_a_move_reads_the_strike_s_volatility_or_the_moneyness_s():
    follow = replace(MARKET, vol_follows="moneyness")
    up = shock(btc=200_000)
    assert today("CALL", follow) == today("CALL")
    by_strike, by_moneyness = after("CALL", up), after("CALL", up, follow)
    moneyness = math.log(100_000 / 120_480)
    forward = black76(
        OptionType.CALL,
        120_480,
        100_000,
        30 / 365,
        SURFACE.volatility(MONTH, moneyness),
        discount=math.exp(-0.12 / 36.5),
    )
    assert float(by_moneyness) == pytest.approx(forward.price, rel=1e-12)
    assert by_strike < by_moneyness


def test_value_after_a_volatility_move_scales_by_days_and_never_goes_below_zero():
    term = VolTerm(short_power=0.5, long_power=0.25, floor_days=2)
    assert [term.factor(days) for days in (30, 7.5, 2, 1, 480)] == pytest.approx([1, 2, 15**0.5, 15**0.5, 0.5])
    dead = after("PUT", shock(vol_e6=-2_000_000, vol_term=term))
    assert dead == 0
    base = option_valuation(TERM["CALL"], View(MARKET))
    up = after("CALL", shock(vol_points_e6=10_000))
    assert float(up - today("CALL")) == pytest.approx(base.vega / 100, rel=1e-3)
    assert after("CALL", shock(vol_e6=100_000, vol_term=term)) == after("CALL", shock(vol_e6=100_000))


@pytest.mark.parametrize("symbol", ["BTC", "aETH", "BTC-PERP", "BTC-INV", "BTC-DEC", "ETH-FUT", "wstETH"])
@pytest.mark.parametrize("move", [-1_000_000, -1, 0, 1, 123_457, 2_000_000])
def test_value_of_a_linear_instrument_after_a_move_is_exact(symbol, move):
    assert after(symbol, shock(btc=move, eth=move)) == today(symbol) * Fraction(1_000_000 + move, 1_000_000)


@pytest.mark.parametrize("symbol", ["OLD-FUT", "OLD-CALL", "OLD-PUT"])
def test_value_of_what_is_settled_does_not_move(symbol):
    assert after(symbol, shock(btc=500_000, vol_e6=500_000)) == today(symbol)


@pytest.mark.parametrize("symbol", ["CALL", "PUT", "CALL-COIN"])
def test_value_of_an_option_on_a_worthless_underlying_is_the_strike_of_a_put(symbol):
    found = float(after(symbol, shock(btc=-1_000_000)))
    assert found == (pytest.approx(80_000 * math.exp(-0.04 * 30 / 365)) if symbol == "PUT" else 0)


def test_value_symbol_s_own_return_goes_before_its_underlying_s():
    depeg = Scenario("depeg", {"ETH": 0, "wstETH": -70_000, "CALL": -500_000, "BTC": 0})
    assert after("wstETH", depeg) == today("wstETH") * Fraction(93, 100)
    assert after("CALL", depeg) == today("CALL") / 2
    assert after("aETH", depeg) == today("aETH")


@pytest.mark.parametrize(("eth", "usdc"), [(210_000, 0), (-190_000, 0), (440_000, -190_000), (-1_000_000, 0)])
def test_value_of_a_constant_product_share_moves_by_the_root_of_the_product(eth, usdc):
    root = math.sqrt((1 + eth / 1e6) * (1 + usdc / 1e6))
    found = after("LP", shock(eth=eth, usdc=usdc)) / today("LP")
    assert float(found) == pytest.approx(root, rel=1e-15, abs=0)
    assert float(today("LP")) == pytest.approx(200_000, rel=1e-15)


def test_value_of_a_weighted_share_is_the_weighted_geometric_mean():
    entry = {
        "kind": "lp",
        "symbol": "POOL",
        "components": [
            {"underlying": "BTC", "units": "0.8", "weight": "80"},
            {"underlying": "ETH", "units": "5", "weight": "20"},
        ],
    }
    pool = parse_terms(listed(entry))[0]
    base = value(pool, View(MARKET))
    assert float(base) == pytest.approx(100_000, rel=1e-15)
    moved = value(pool, View(MARKET, shock(btc=100_000, eth=-200_000)))
    assert float(moved / base) == pytest.approx(1.1**0.8 * 0.8**0.2, rel=1e-15)


def test_value_of_a_pool_that_arbitrage_moves_is_never_above_the_basket():
    for eth in range(-900_000, 2_000_000, 50_000):
        geometric = after("LP", shock(eth=eth)) / today("LP")
        assert geometric <= after("LP-FAST", shock(eth=eth)) / today("LP-FAST")


LINEAR = ["BTC", "aETH", "BTC-PERP", "BTC-INV", "BTC-DEC", "wstETH", "INDEX"]


@pytest.mark.parametrize("symbol", LINEAR)
def test_sensitivities_of_a_linear_instrument_are_its_value(symbol):
    found = sensitivities(TERM[symbol], View(MARKET))
    assert (found.delta, found.gamma, found.vega, found.theta) == (today(symbol), 0, 0, 0)


@pytest.mark.parametrize("symbol", ["vUSDC", "OLD-FUT", "OLD-CALL", "OLD-PUT"])
def test_sensitivities_of_what_is_pegged_or_settled_are_none(symbol):
    found = sensitivities(TERM[symbol], View(MARKET))
    assert (found.delta, found.gamma, found.vega, found.theta) == (0, 0, 0, 0)


@pytest.mark.parametrize("symbol", ["CALL", "PUT", "CALL-COIN", "LP"])
def test_sensitivities_are_revalued_differences(symbol):
    base, step = today(symbol), 10_000
    up, down = after(symbol, shock(btc=step, eth=step)), after(symbol, shock(btc=-step, eth=-step))
    found = sensitivities(TERM[symbol], View(MARKET))
    assert float(found.delta) == pytest.approx(float((up - down) * 50), rel=2e-3)
    assert float(found.gamma) == pytest.approx(float((up - 2 * base + down) * 100), rel=2e-2)
    vol_up = after(symbol, shock(vol_points_e6=10_000)) - after(symbol, shock(vol_points_e6=-10_000))
    assert float(found.vega) == pytest.approx(float(vol_up / 2), rel=1e-2)


def test_theta_of_an_option_is_the_loss_of_a_day_at_the_same_forward_and_volatility():
    volatility = option_volatility()
    found = sensitivities(TERM["CALL"], View(MARKET)).theta
    near, far = (
        black76(OptionType.CALL, 100_400, 100_000, years, volatility, discount=math.exp(-0.04 * years)).price
        for years in (29.5 / 365, 30.5 / 365)
    )
    assert float(found) == pytest.approx(near - far, rel=1e-3)


def test_sensitivities_to_one_underlying_count_only_its_part():
    view = View(MARKET)
    assert sensitivities(TERM["INDEX"], view, "ETH").delta == 2_000
    assert sensitivities(TERM["CALL"], view, "ETH").vega == 0
    alone = sensitivities(TERM["LP"], view, "ETH")
    up, down = after("LP", shock(eth=10_000)), after("LP", shock(eth=-10_000))
    assert float(alone.delta) == pytest.approx(float((up - down) * 50), rel=1e-3)
    assert float(alone.gamma) == pytest.approx(float((up - 2 * today("LP") + down) * 100), rel=1e-3)
    assert alone.gamma < 0


def test_value_of_an_option_in_a_market_later_than_its_surface_uses_the_time_of_the_market():
    later = replace(MARKET, as_of_unix=NOW + 10 * DAY)
    assert float(today("CALL", later)) < float(today("CALL"))
    assert View(later).years(MONTH) == pytest.approx(20 / 365)
