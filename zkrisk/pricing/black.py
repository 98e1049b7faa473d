"""European options: Black-76 on a forward and Black-Scholes-Merton on a spot price, with Greeks.

Floats: public arithmetic on public inputs, rounded only where it becomes a row. The out-of-the-money side is computed
and the other follows by parity, and the normal distribution is the complementary error function, so that neither a deep
option nor a far one loses its digits in a difference of two numbers near one. Time is ACT/365: years of 365 days.

Source: Black 1976; Black and Scholes 1973; Merton 1973; formulas as in Haug, The Complete Guide to Option Pricing
Formulas, chapter 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zkrisk.errors import InputError

__all__ = ["DAYS_A_YEAR", "OptionType", "Valuation", "black76", "black_scholes", "undiscounted_otm"]

DAYS_A_YEAR: Final = 365
_SQRT_2: Final = math.sqrt(2.0)
_PDF_0: Final = 1.0 / math.sqrt(2.0 * math.pi)


class OptionType(StrEnum):
    """The right to buy or the right to sell."""

    CALL = "call"
    PUT = "put"

    @property
    def sign(self) -> int:
        """1 for a call, -1 for a put."""
        return 1 if self is OptionType.CALL else -1


@dataclass(frozen=True, slots=True)
class Valuation:
    """Price and Greeks of one unit, in the currency of the strike.

    Attributes:
        price: Present value.
        delta: For 1 of the underlying: the forward in Black-76, the spot price in Black-Scholes.
        gamma: Change of delta for 1 of the underlying. 0 where the payoff has a kink and no variance is left.
        vega: For 1.00 of volatility; a volatility point is a hundredth of it.
        theta: For one calendar day, a year having 365; 0 at expiry.
        rho: For 1.00 of the continuously compounded rate; in Black-76 with the forward held.
    """

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float

    def scaled(self, factor: float) -> Valuation:
        """The same of so many units, or in another currency."""
        return Valuation(
            self.price * factor,
            self.delta * factor,
            self.gamma * factor,
            self.vega * factor,
            self.theta * factor,
            self.rho * factor,
        )


@dataclass(frozen=True, slots=True)
class _State:
    """d1 and d2 of a forward, a strike and a standard deviation, and what every formula takes from them."""

    forward: float
    strike: float
    deviation: float
    d1: float
    d2: float

    @property
    def density(self) -> float:
        return _PDF_0 * math.exp(-0.5 * self.d1 * self.d1)

    def weights(self, kind: OptionType) -> tuple[float, float]:
        """N(d1), N(d2) of a call; N(-d1), N(-d2) of a put."""
        return _normal_cdf(kind.sign * self.d1), _normal_cdf(kind.sign * self.d2)


def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / _SQRT_2)


def _quotient(numerator: float, denominator: float) -> float:
    """The quotient, or 0 where nothing is left to divide by: no time or no variance."""
    return numerator / denominator if denominator else 0.0


def _log_ratio(forward: float, strike: float) -> float:
    """ln(forward / strike); near the money from the difference, which is exact there."""
    if 0.5 < forward / strike < 2.0:
        return math.log1p((forward - strike) / strike)
    return math.log(forward) - math.log(strike)


def _state(forward: float, strike: float, deviation: float) -> _State:
    moneyness = _log_ratio(forward, strike)
    if deviation:
        middle = moneyness / deviation
        return _State(forward, strike, deviation, middle + 0.5 * deviation, middle - 0.5 * deviation)
    limit = math.copysign(math.inf, moneyness) if moneyness else 0.0
    return _State(forward, strike, deviation, limit, limit)


def undiscounted_otm(forward: float, strike: float, deviation: float) -> float:
    """Undiscounted value of the option that is out of the money: the call up to forward = strike, else the put.

    Args:
        forward, strike: Positive.
        deviation: Volatility times the root of the years, not negative.
    """
    return _otm(_state(forward, strike, deviation))


def _otm(state: _State) -> float:
    if not state.deviation:
        return 0.0
    kind = OptionType.CALL if state.forward <= state.strike else OptionType.PUT
    first, second = state.weights(kind)
    return max(0.0, kind.sign * (state.forward * first - state.strike * second))


def _check(**inputs: float) -> None:
    """Refuse what is not finite, a price that is not positive, and negative time or volatility."""
    for name, number in inputs.items():
        if not math.isfinite(number):
            raise InputError(f"option: {name} is not finite")
        if name in {"forward", "spot", "strike", "discount"} and number <= 0:
            raise InputError(f"option: {name} is not positive")
        if name in {"years", "volatility"} and number < 0:
            hint = "an expired option has a settlement price, not a model price" if name == "years" else None
            raise InputError(f"option: {name} is negative", hint=hint)


def black76(
    kind: OptionType, forward: float, strike: float, years: float, volatility: float, *, discount: float = 1.0
) -> Valuation:
    """Black-76: D (F N(d1) - K N(d2)) for a call.

    Args:
        forward, strike: Positive, in the same currency.
        years: To expiry, ACT/365; 0 is an option that expires now and is worth its intrinsic value.
        volatility: A year's, 0.6 is 60 %. 0 gives the discounted intrinsic value of the forward.
        discount: Value now of 1 at expiry.

    Returns:
        Delta and gamma for the forward; theta and rho with the forward held.

    Raises:
        InputError: Not finite, not positive, or negative time or volatility.
    """
    _check(forward=forward, strike=strike, years=years, volatility=volatility, discount=discount)
    root = math.sqrt(years)
    state = _state(forward, strike, volatility * root)
    first, _ = state.weights(kind)
    price = discount * (_otm(state) + max(0.0, kind.sign * (forward - strike)))
    slope = discount * forward * state.density
    rate = _quotient(-math.log(discount), years)
    yearly = rate * price - _quotient(slope * volatility, 2.0 * root)
    return Valuation(
        price=price,
        delta=kind.sign * discount * first,
        gamma=_quotient(discount * state.density, forward * state.deviation),
        vega=slope * root,
        theta=yearly / DAYS_A_YEAR,
        rho=-years * price,
    )


def black_scholes(
    kind: OptionType,
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    *,
    rate: float = 0.0,
    carry: float = 0.0,
) -> Valuation:
    """Black-Scholes-Merton: S e^(-qT) N(d1) - K e^(-rT) N(d2) for a call.

    Args:
        spot, strike: Positive, in the same currency.
        years: To expiry, ACT/365; 0 is an option that expires now and is worth its intrinsic value.
        volatility: A year's, 0.6 is 60 %.
        rate: r, continuously compounded.
        carry: q, what holding the underlying yields: dividend, staking or foreign rate, continuously compounded.

    Returns:
        Delta and gamma for the spot price; theta and rho with the spot price held.

    Raises:
        InputError: Not finite, not positive, negative time or volatility, or a discount factor out of range.
    """
    _check(spot=spot, strike=strike, years=years, volatility=volatility, rate=rate, carry=carry)
    if max(abs(rate), abs(carry)) * years > 100:
        raise InputError("option: the rate or the carry discounts by more than a factor of e^100")
    discount, held = math.exp(-rate * years), math.exp(-carry * years)
    root, held_spot, present_strike = math.sqrt(years), spot * held, strike * discount
    state = _state(held_spot, present_strike, volatility * root)
    first, second = state.weights(kind)
    slope = held_spot * state.density
    earned = carry * held_spot * first - rate * present_strike * second
    yearly = kind.sign * earned - _quotient(slope * volatility, 2.0 * root)
    return Valuation(
        price=_otm(state) + max(0.0, kind.sign * (held_spot - present_strike)),
        delta=kind.sign * held * first,
        gamma=_quotient(held * state.density, spot * state.deviation),
        vega=slope * root,
        theta=yearly / DAYS_A_YEAR if years else 0.0,
        rho=kind.sign * present_strike * years * second,
    )
