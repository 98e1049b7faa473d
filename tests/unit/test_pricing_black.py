"""Option formulas: refusals, the edges where time or variance is gone, and published values."""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest

from zkrisk.errors import BadPrice, InputError
from zkrisk.pricing import OptionType, black76, black_scholes, implied_volatility
from zkrisk.pricing.black import undiscounted_otm

CALL, PUT = OptionType.CALL, OptionType.PUT


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", range(4))
def test_black76_input_that_is_not_finite_is_refused(place, bad):
    inputs = [100.0, 100.0, 1.0, 0.5]
    inputs[place] = bad
    with pytest.raises(InputError, match="not finite"):
        black76(CALL, *inputs)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((0, 100, 1, 0.5), "forward is not positive"),
        ((-1, 100, 1, 0.5), "forward is not positive"),
        ((100, 0, 1, 0.5), "strike is not positive"),
        ((100, 100, -1e-9, 0.5), "years is negative"),
        ((100, 100, 1, -0.5), "volatility is negative"),
    ],
)
def test_black76_input_out_of_range_is_refused(inputs, message):
    with pytest.raises(InputError, match=message):
        black76(PUT, *inputs)


def test_black76_discount_of_zero_is_refused():
    with pytest.raises(InputError, match="discount is not positive"):
        black76(CALL, 100, 100, 1, 0.5, discount=0.0)


@pytest.mark.parametrize("rates", [{"rate": 101.0}, {"carry": -101.0}])
def test_black_scholes_rate_that_no_float_can_discount_is_refused(rates):
    with pytest.raises(InputError, match="more than a factor"):
        black_scholes(CALL, 100, 100, 1, 0.5, **rates)


# Hull, Options, Futures, and Other Derivatives: the example of the Black-Scholes formula, the Greeks of the 20-week
# call on 100 000 shares (theta a year), and the futures put. Haug, The Complete Guide to Option Pricing Formulas,
# chapter 1: Black-Scholes, Merton with a dividend yield, Black-76. The last digit is theirs.
PUBLISHED = [
    (black_scholes(CALL, 42, 40, 0.5, 0.2, rate=0.1).price, 4.76, 0.005),
    (black_scholes(PUT, 42, 40, 0.5, 0.2, rate=0.1).price, 0.81, 0.005),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).price, 2.40, 0.005),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).delta, 0.522, 0.0005),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).gamma, 0.066, 0.0005),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).vega, 12.1, 0.05),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).theta * 365, -4.31, 0.005),
    (black_scholes(CALL, 49, 50, 0.3846, 0.2, rate=0.05).rho, 8.91, 0.005),
    (black76(PUT, 20, 20, 4 / 12, 0.25, discount=math.exp(-0.09 * 4 / 12)).price, 1.12, 0.005),
    (black_scholes(CALL, 60, 65, 0.25, 0.3, rate=0.08).price, 2.1334, 0.00005),
    (black_scholes(PUT, 100, 95, 0.5, 0.2, rate=0.1, carry=0.05).price, 2.4648, 0.00005),
    (black76(CALL, 19, 19, 0.75, 0.28, discount=math.exp(-0.1 * 0.75)).price, 1.7011, 0.00005),
    (black76(PUT, 19, 19, 0.75, 0.28, discount=math.exp(-0.1 * 0.75)).price, 1.7011, 0.00005),
]


@pytest.mark.parametrize(("found", "published", "half_digit"), PUBLISHED)
def test_formulas_published_example_agrees_to_its_last_digit(found, published, half_digit):
    assert abs(found - published) <= half_digit


@pytest.mark.parametrize("time", [(0.0, 0.5), (0.0, 0.0), (1.0, 0.0)])
@pytest.mark.parametrize(
    ("kind", "forward", "price", "delta"),
    [
        (CALL, 120, 20, 1),
        (CALL, 80, 0, 0),
        (PUT, 120, 0, 0),
        (PUT, 80, 20, -1),
        (CALL, 100, 0, 0.5),
        (PUT, 100, 0, -0.5),
    ],
)
def test_black76_without_time_or_variance_is_the_intrinsic_value(kind, forward, price, delta, time):
    found = black76(kind, forward, 100, *time)
    assert (found.price, found.delta, found.gamma) == (price, delta, 0)
    assert found.theta == 0
    assert found.vega == (pytest.approx(forward / math.sqrt(2 * math.pi)) if time[0] and forward == 100 else 0)


@pytest.mark.parametrize("kind", OptionType)
def test_black_scholes_at_expiry_is_the_intrinsic_value_without_greeks_of_time(kind):
    found = black_scholes(kind, 130, 100, 0, 0.5, rate=0.05, carry=0.02)
    assert found.price == (30 if kind is CALL else 0)
    assert (found.gamma, found.vega, found.theta, found.rho) == (0, 0, 0, 0)


def test_black_scholes_without_volatility_is_the_discounted_forward_payoff():
    found = black_scholes(CALL, 100, 90, 2, 0, rate=0.05, carry=0.03)
    assert found.price == pytest.approx(100 * math.exp(-0.06) - 90 * math.exp(-0.1), rel=1e-14)
    assert found.theta * 365 == pytest.approx(3 * math.exp(-0.06) - 4.5 * math.exp(-0.1), rel=1e-14)


@pytest.mark.parametrize(("kind", "strike"), [(CALL, 1e-8), (PUT, 1e12)])
def test_black76_deep_in_the_money_is_the_forward_payoff_exactly(kind, strike):
    assert black76(kind, 1000, strike, 0.1, 0.3).price == abs(1000 - strike)


def test_black76_far_out_of_the_money_keeps_its_digits_and_then_underflows_to_zero():
    assert 1e-60 < black76(CALL, 100, 500, 0.25, 0.2).price < 1e-50
    assert astuple(black76(CALL, 100, 1e9, 1e-4, 0.05)) == (0, 0, 0, 0, 0, 0)


def test_black76_less_than_a_second_to_expiry_has_no_infinite_greek():
    found = black76(CALL, 100_000, 100_000, 1e-9, 0.6)
    assert all(math.isfinite(figure) for figure in astuple(found))
    assert found.price == pytest.approx(100_000 * 0.6 * math.sqrt(1e-9 / (2 * math.pi)), rel=1e-6)


def test_scaled_valuation_multiplies_every_figure():
    found = black76(CALL, 100, 110, 0.5, 0.6)
    assert astuple(found.scaled(2.0)) == tuple(2 * figure for figure in astuple(found))


@pytest.mark.parametrize(
    ("kind", "price"), [(CALL, 19.999), (CALL, 120), (CALL, 121), (PUT, -1e-9), (PUT, 100), (CALL, -5)]
)
def test_implied_volatility_price_outside_the_bounds_is_refused(kind, price):
    with pytest.raises(BadPrice, match="no volatility gives this price"):
        implied_volatility(kind, price, 120, 100, 0.5)


@pytest.mark.parametrize(("kind", "bound"), [(CALL, 120), (PUT, 100)])
@pytest.mark.parametrize("scale", [1e-150, 1, 1e150])
def test_implied_volatility_price_one_rounding_below_its_upper_bound_is_found(kind, bound, scale):
    price = math.nextafter(bound * scale, 0)
    found = implied_volatility(kind, price, 120 * scale, 100 * scale, 0.5)
    assert 10 < found < 64
    assert black76(kind, 120 * scale, 100 * scale, 0.5, found).price == pytest.approx(price, rel=1e-15)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_implied_volatility_input_out_of_range_is_refused(place, bad):
    inputs = [10.0, 100.0, 100.0, 0.5]
    inputs[place] = bad
    expected = BadPrice if place == 0 and bad == -1.0 else InputError
    if place == 0 and bad == 0.0:
        assert implied_volatility(CALL, *inputs) == 0
        return
    with pytest.raises(expected):
        implied_volatility(CALL, *inputs)


def test_implied_volatility_of_the_intrinsic_value_is_zero():
    assert implied_volatility(CALL, 0.95 * 20, 120, 100, 0.5, discount=0.95) == 0
    assert implied_volatility(PUT, 0.0, 120, 100, 0.5) == 0


@pytest.mark.parametrize("volatility", [1e-3, 0.01, 0.6, 3.0, 10.0])
def test_implied_volatility_at_the_money_comes_back(volatility):
    price = black76(PUT, 100, 100, 1, volatility, discount=0.9).price
    assert implied_volatility(PUT, price, 100, 100, 1, discount=0.9) == pytest.approx(volatility, rel=1e-11)


def test_undiscounted_otm_without_deviation_is_nothing():
    assert undiscounted_otm(100, 100, 0) == 0
