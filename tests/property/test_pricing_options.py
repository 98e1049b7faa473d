"""Option prices agree with decimals of 60 digits and keep their identities; Greeks are the slopes of the price."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.oracles import options as oracle
from zkrisk.pricing import OptionType, Valuation, black76, black_scholes, implied_volatility

STEP = 1e-4


class Case(NamedTuple):
    """An option and what it is priced at; `price` is the spot price or the forward."""

    kind: OptionType
    price: float
    strike: float
    years: float
    volatility: float
    rate: float
    carry: float

    @property
    def discount(self) -> float:
        return math.exp(-self.rate * self.years)

    @property
    def size(self) -> float:
        return self.discount * (self.price + self.strike)

    def on_spot(self, **change: float) -> Valuation:
        c = self._replace(**change)
        return black_scholes(c.kind, c.price, c.strike, c.years, c.volatility, rate=c.rate, carry=c.carry)

    def on_forward(self, **change: float) -> Valuation:
        c = self._replace(**change)
        return black76(c.kind, c.price, c.strike, c.years, c.volatility, discount=c.discount)


@st.composite
def cases(draw, away=8.0, shortest=1 / 8760, lowest_vol=0.05):
    """With a strike so many standard deviations away, an hour (or `shortest` years) to three years."""
    price, years = draw(st.floats(1e-3, 2e5)), draw(st.floats(shortest, 3))
    volatility = draw(st.floats(lowest_vol, 2.5))
    strike = price * math.exp(draw(st.floats(-away, away)) * volatility * math.sqrt(years))
    rate, carry = draw(st.floats(-0.1, 0.2)), draw(st.floats(-0.1, 0.2))
    return Case(draw(st.sampled_from(list(OptionType))), price, strike, years, volatility, rate, carry)


def close(found, expected, relative, absolute=0.0):
    return abs(found - float(expected)) <= relative * abs(float(expected)) + absolute


@settings(deadline=None, max_examples=150)
@given(cases(shortest=1 / 525_600))
def test_black76_up_to_eight_deviations_away_has_nine_right_digits_from_a_minute_to_expiry(case):
    expected = oracle.black76_price(
        case.kind.sign, case.price, case.strike, years=case.years, volatility=case.volatility, discount=case.discount
    )
    assert close(case.on_forward().price, expected, 1e-9)


@settings(deadline=None, max_examples=150)
@given(cases(away=6.0))
def test_black_scholes_up_to_six_deviations_away_has_nine_right_digits(case):
    expected = oracle.black_scholes_price(
        case.kind.sign,
        case.price,
        case.strike,
        years=case.years,
        volatility=case.volatility,
        rate=case.rate,
        carry=case.carry,
    )
    assert close(case.on_spot().price, expected, 1e-9)


@given(cases())
def test_black76_call_minus_put_is_the_forward(case):
    call, put = case.on_forward(kind=OptionType.CALL), case.on_forward(kind=OptionType.PUT)
    assert abs(call.price - put.price - case.discount * (case.price - case.strike)) <= 4e-16 * case.size
    assert abs(call.delta - put.delta - case.discount) <= 4e-16 * case.discount
    assert (call.gamma, call.vega) == (put.gamma, put.vega)


@given(cases())
def test_black_scholes_is_black76_on_its_forward(case):
    forward = case.price * math.exp((case.rate - case.carry) * case.years)
    spot_form, forward_form = case.on_spot(), case.on_forward(price=forward)
    assert close(spot_form.price, forward_form.price, 1e-9, 1e-14 * case.size)
    assert close(spot_form.delta * case.price, forward_form.delta * forward, 1e-9, 1e-14 * case.size)
    assert close(spot_form.vega, forward_form.vega, 1e-8)


@given(cases(away=4.0), st.floats(0.001, 0.5))
def test_black76_more_volatility_is_never_worth_less(case, more):
    low, high = case.on_forward().price, case.on_forward(volatility=case.volatility + more).price
    bound = case.price if case.kind is OptionType.CALL else case.strike
    assert low <= high
    assert max(0.0, case.kind.sign * (case.price - case.strike)) * case.discount <= low <= bound * case.discount


def slope(value, name, at, wide):
    return (value(**{name: at + wide}) - value(**{name: at - wide})) / (2 * wide)


@settings(max_examples=200, deadline=None)
@given(cases(away=3.0, shortest=0.02, lowest_vol=0.1), st.sampled_from(["on_spot", "on_forward"]))
def test_greeks_are_central_differences(case, form):
    value, found = getattr(case, form), getattr(case, form)()
    small = 1e-6 * case.size

    def price(**change):
        return value(**change).price

    assert close(found.delta, slope(price, "price", case.price, STEP * case.price), 1e-4, 1e-6)
    by_delta = slope(lambda **change: value(**change).delta, "price", case.price, STEP * case.price)
    assert close(found.gamma, by_delta, 1e-3, 1e-6 / case.price)
    assert close(found.vega, slope(price, "volatility", case.volatility, STEP), 1e-4, small)
    assert close(found.rho, slope(price, "rate", case.rate, STEP), 1e-4, small)
    assert close(found.theta, -slope(price, "years", case.years, STEP * case.years) / 365, 1e-3, small)


@given(cases())
def test_implied_volatility_of_a_model_price_gives_the_price_back(case):
    model = case.on_forward().price
    intrinsic = case.discount * max(0.0, case.kind.sign * (case.price - case.strike))
    assume(model > intrinsic)
    found = implied_volatility(case.kind, model, case.price, case.strike, case.years, discount=case.discount)
    assert close(case.on_forward(volatility=found).price, model, 1e-9)
    if not intrinsic and model < 0.5 * case.discount * min(case.price, case.strike):
        assert close(found, case.volatility, 1e-9)


@pytest.mark.parametrize("kind", OptionType)
def test_implied_volatility_tells_a_tiny_price_apart(kind):
    strike = 100 * math.exp(kind.sign * 3)
    price = black76(kind, 100, strike, 0.25, 0.6).price
    assert 0 < price < 1e-15
    assert close(implied_volatility(kind, price, 100, strike, 0.25), 0.6, 1e-12)
