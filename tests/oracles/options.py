"""European options in decimals of 60 digits: slow, but right. Imports nothing from zkrisk.

The normal distribution is a Taylor series near zero and a continued fraction in the tail (Abramowitz and Stegun 26.2.10
and 26.2.14).
"""

from __future__ import annotations

from decimal import Decimal, localcontext

DIGITS = 60
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


def _density(x):
    return (-x * x / 2).exp() / (2 * _PI).sqrt()


def _central(x):
    """N(x) - 1/2."""
    term = total = x
    odd = 1
    while abs(term) > Decimal(10) ** -(DIGITS + 20) * abs(total):
        odd += 2
        term = term * x * x / odd
        total += term
    return total * _density(x)


def _tail(x):
    """N(-x) of x >= 5, without subtracting."""
    fraction = x
    for step in range(400, 0, -1):
        fraction = x + step / fraction
    return _density(x) / fraction


def normal_cdf(x):
    """N(x) with a small relative error in both tails."""
    if x < -5:
        return _tail(-x)
    if x > 5:
        return 1 - _tail(x)
    return Decimal("0.5") + _central(x) if x else Decimal("0.5")


def black76_price(sign, forward, strike, *, years, volatility, discount):
    """D (F N(d1) - K N(d2)) of a call (sign 1) or put (-1), floats in, a Decimal out."""
    with localcontext() as context:
        context.prec = DIGITS + 30
        f, k, d = Decimal(forward), Decimal(strike), Decimal(discount)
        deviation = Decimal(volatility) * Decimal(years).sqrt()
        d1 = (f / k).ln() / deviation + deviation / 2
        return d * sign * (f * normal_cdf(sign * d1) - k * normal_cdf(sign * (d1 - deviation)))


def black_scholes_price(sign, spot, strike, *, years, volatility, rate, carry):
    """S e^(-qT) N(d1) - K e^(-rT) N(d2) of a call; floats in, a Decimal out."""
    with localcontext() as context:
        context.prec = DIGITS + 30
        years_exact = Decimal(years)
        discount = (-Decimal(rate) * years_exact).exp()
        forward = Decimal(spot) * ((Decimal(rate) - Decimal(carry)) * years_exact).exp()
        return black76_price(sign, forward, strike, years=years, volatility=volatility, discount=discount)
