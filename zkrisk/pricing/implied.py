"""Implied volatility: the one volatility at which Black-76 gives a price."""

from __future__ import annotations

import math
from typing import Final

from zkrisk.errors import BadPrice, InputError
from zkrisk.pricing.black import OptionType, undiscounted_otm

__all__ = ["implied_volatility"]

_STEPS: Final = 200
_PRECISION: Final = 4e-16
_PDF_0: Final = 1.0 / math.sqrt(2.0 * math.pi)


def implied_volatility(
    kind: OptionType, price: float, forward: float, strike: float, years: float, *, discount: float = 1.0
) -> float:
    """Volatility a year at which `zkrisk.pricing.black.black76` gives the price.

    The root is bracketed and every step stays in the bracket: Newton's on the logarithm of the out-of-the-money value
    where that lands inside, else a bisection. A price in the money says less about the volatility than its digits
    suggest, because the intrinsic value is subtracted first.

    Args:
        kind, forward, strike, discount: As for Black-76.
        price: Present value.
        years: To expiry, positive.

    Returns:
        0 for a price that is the discounted intrinsic value.

    Raises:
        BadPrice: Below the intrinsic value, or not below the forward (call) or the strike (put), all discounted:
            somebody could trade against it without risk, and no volatility gives it.
        InputError: An input is not finite, or not positive.
    """
    for name, number in (("forward", forward), ("strike", strike), ("years", years), ("discount", discount)):
        if not 0 < number < math.inf:
            raise InputError(f"implied volatility: {name} is not positive and finite")
    if not math.isfinite(price):
        raise InputError("implied volatility: the price is not finite")
    intrinsic = max(0.0, kind.sign * (forward - strike))
    bound = forward if kind is OptionType.CALL else strike
    target = price / discount
    if not intrinsic <= target < bound:
        raise BadPrice(f"no volatility gives this price: a {kind} is worth {intrinsic * discount!r} or more and less "
                       f"than {bound * discount!r}")  # fmt: skip
    excess = target - intrinsic
    return _deviation(excess, forward, strike) / math.sqrt(years) if excess else 0.0


def _bracket(target: float, forward: float, strike: float) -> tuple[float, float]:
    """A standard deviation that gives less and one that gives at least the target.

    Ends: at 64 the value is the smaller of forward and strike to the last digit, and the target is below that.
    """
    low, high = 0.0, 1e-3
    while undiscounted_otm(forward, strike, high) < target:
        low, high = high, high * 2
    return low, high


def _log_step(deviation: float, value: float, target: float, forward: float, strike: float) -> float:
    """Newton's next deviation on ln(value) = ln(target), or NaN where that says nothing."""
    d1 = (math.log(forward) - math.log(strike)) / deviation + 0.5 * deviation
    slope = forward * _PDF_0 * math.exp(-0.5 * d1 * d1)
    if not value or not slope:
        return math.nan
    return deviation - value / slope * math.log(value / target)


def _deviation(target: float, forward: float, strike: float) -> float:
    """Standard deviation at which the out-of-the-money option has the target value, to the last digits."""
    low, high = _bracket(target, forward, strike)
    guess = high
    for _ in range(_STEPS):
        value = undiscounted_otm(forward, strike, guess)
        low, high = (guess, high) if value < target else (low, guess)
        following = _log_step(guess, value, target, forward, strike)
        if not low < following < high:
            following = 0.5 * (low + high)
        if value == target or abs(following - guess) <= _PRECISION * guess or high - low <= _PRECISION * high:
            return following if value != target else guess
        guess = following
    return guess
