"""Prices and Greeks agree with QuantLib's Black calculator to 1e-9 on 6 000 random options."""

# ruff: noqa: S311 (the seed makes the cases repeatable)

from __future__ import annotations

import math
import random

import pytest

from zkrisk.pricing import OptionType, black76, black_scholes

OPTIONS = 6_000
RELATIVE = 1e-9
ROUNDING = 2e-15
"""Absolute floor, as a share of what the figure is a difference of.

QuantLib's normal distribution is (1 + erf) / 2, whose error is absolute and some 1e-16, and it subtracts F N(d1) and
K N(d2) for every option: a price, delta or rho below 1e-6 of its terms has fewer than nine right digits there. Ours are
compared with decimals of 60 digits in test_pricing_options, without a floor. Gamma and vega have none here either.
"""


def draw(random_source):
    """Spot, strike, years, volatility, rate, carry: from an hour to three years, up to five deviations away."""
    spot = math.exp(random_source.uniform(math.log(1e-3), math.log(2e5)))
    years = random_source.choice([random_source.uniform(1 / 8760, 0.02), random_source.uniform(0.02, 3)])
    volatility = random_source.uniform(0.05, 2.5)
    away = max(-5.0, min(5.0, random_source.gauss(0, 1.5)))
    strike = spot * math.exp(away * volatility * math.sqrt(years) + random_source.gauss(0, 0.02))
    return spot, strike, years, volatility, random_source.uniform(-0.05, 0.15), random_source.uniform(-0.05, 0.15)


def worst(found, expected, floors):
    """The worst error of a valuation as a multiple of what is allowed, and where."""
    errors = {}
    for name, value in expected.items():
        allowed = RELATIVE * abs(value) + ROUNDING * floors[name]
        errors[name] = abs(getattr(found, name) - value) / allowed if allowed else float(getattr(found, name) != value)
    name = max(errors, key=errors.get)
    return errors[name], name


@pytest.fixture(scope="module")
def quantlib():
    return pytest.importorskip("QuantLib", reason="QuantLib is not installed: pip install '.[dev]'")


def test_black_scholes_and_black76_agree_with_quantlib(quantlib):
    random_source = random.Random(20261122)
    for index in range(OPTIONS):
        spot, strike, years, volatility, rate, carry = inputs = draw(random_source)
        kind = OptionType.CALL if index % 2 else OptionType.PUT
        discount, forward = math.exp(-rate * years), spot * math.exp((rate - carry) * years)
        payoff = quantlib.PlainVanillaPayoff(quantlib.Option.Call if index % 2 else quantlib.Option.Put, strike)
        theirs = quantlib.BlackCalculator(payoff, forward, volatility * math.sqrt(years), discount)
        size = discount * (forward + strike)
        floors = {"price": size, "rho": years * size, "theta": size / 365, "gamma": 0.0, "vega": 0.0}
        on_spot = {
            "price": theirs.value(),
            "delta": theirs.delta(spot),
            "gamma": theirs.gamma(spot),
            "vega": theirs.vega(years),
            "theta": theirs.theta(spot, years) / 365,
            "rho": theirs.rho(years),
        }
        found = black_scholes(kind, spot, strike, years, volatility, rate=rate, carry=carry)
        assert worst(found, on_spot, {**floors, "delta": size / spot})[0] < 1, inputs
        on_forward = {
            **on_spot,
            "delta": theirs.deltaForward(),
            "gamma": theirs.gammaForward(),
            "theta": theirs.theta(forward, years) / 365,
            "rho": -years * theirs.value(),
        }
        found = black76(kind, forward, strike, years, volatility, discount=discount)
        assert worst(found, on_forward, {**floors, "delta": size / forward})[0] < 1, inputs


@pytest.mark.parametrize("name", ["price", "delta", "gamma", "vega", "theta", "rho"])
def test_comparison_with_a_figure_that_is_wrong_in_the_ninth_digit_fails(name):
    found = black_scholes(OptionType.CALL, 100, 110, 0.5, 0.6, rate=0.03, carry=0.01)
    expected = {key: getattr(found, key) for key in ("price", "delta", "gamma", "vega", "theta", "rho")}
    floors = dict.fromkeys(expected, 0.0)
    assert worst(found, expected, floors)[0] == 0
    error, where = worst(found, {**expected, name: expected[name] * (1 + 2e-9)}, floors)
    assert error > 1 and where == name
