"""The USD value of a unit of an instrument and its sensitivities, in a market as it is in a scenario.

One function values today and every scenario: full revaluation, no Taylor sum. Values are fractions. They are exact for
everything but options (floats of the model, converted exactly) and geometric pools (30 decimals).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Final

from zkrisk.pricing.black import OptionType, Valuation, black76
from zkrisk.pricing.instruments import (
    Basket,
    DatedFuture,
    InversePerpetual,
    LendingPosition,
    LinearPerpetual,
    LpToken,
    Option,
    Spot,
    StakedToken,
    Terms,
    underlyings_of,
)
from zkrisk.pricing.market import View

__all__ = ["Sensitivities", "option_valuation", "sensitivities", "value"]

_POWER: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
_POOL_DECIMALS: Final = 30


def value(terms: Terms, view: View) -> Fraction:
    """USD value of a unit, 0 or more, without an option's anchor.

    Raises:
        UnknownInstrument: A price, index, surface or settlement price is missing, or a return.
    """
    if terms.symbol in view.scenario.returns_e6:
        still = value(terms, View(view.market))
        return view.moved(still, terms.symbol)
    return _VALUE[type(terms)](terms, view)


def _spot(terms: Spot, view: View) -> Fraction:
    return view.spot(terms.underlying)


def _lending(terms: LendingPosition, view: View) -> Fraction:
    return view.spot(terms.underlying) * view.index(terms.symbol)


def _perpetual(terms: LinearPerpetual | InversePerpetual, view: View) -> Fraction:
    mark = view.mark(terms.symbol)
    return view.spot(terms.underlying) if mark is None else view.moved(mark, terms.underlying)


def _future(terms: DatedFuture, view: View) -> Fraction:
    if view.is_expired(terms.expiry_unix):
        return view.settlement(terms.symbol)
    mark = view.mark(terms.symbol)
    if mark is None:
        return view.forward(terms.underlying, terms.expiry_unix)
    return view.moved(mark, terms.underlying)


def _option(terms: Option, view: View) -> Fraction:
    if view.is_expired(terms.expiry_unix):
        payoff = terms.type.sign * (view.settlement(terms.symbol) - Fraction(terms.strike))
        return max(Fraction(0), payoff)
    return Fraction(option_valuation(terms, view).price)


def _staked(terms: StakedToken, view: View) -> Fraction:
    mark = view.mark(terms.symbol)
    if mark is None:
        return view.spot(terms.underlying) * view.index(terms.symbol)
    return view.moved(mark, terms.underlying)


def _basket(terms: Basket | LpToken, view: View) -> Fraction:
    parts = [Fraction(part.units) * view.spot(part.underlying) for part in terms.components]
    return sum(parts, Fraction(0))


def _lp(terms: LpToken, view: View) -> Fraction:
    return _basket(terms, view) if terms.model == "basket" else _geometric(terms, view)


def _geometric(terms: LpToken, view: View) -> Fraction:
    """prod (units price / weight)^weight today, times prod (1 + return)^weight: a move that all share is exact."""
    still = View(view.market)
    parts = [(terms.weight_of(part), part) for part in terms.components]
    prices = [still.spot(part.underlying) for _, part in parts]
    today = _product([(Fraction(part.units) * price / w, w) for (w, part), price in zip(parts, prices, strict=True)])
    move = _product([(view.spot(part.underlying) / price, w) for (w, part), price in zip(parts, prices, strict=True)])
    return today * move


def _product(factors: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """prod base^exponent to 30 decimals, the same on every machine; 0 when a base is."""
    product = Decimal(1)
    for base, exponent in factors:
        if not base:
            return Fraction(0)
        product = _POWER.multiply(product, _POWER.power(_decimal(base), _decimal(exponent)))
    return round(Fraction(product), _POOL_DECIMALS)


def _decimal(fraction: Fraction) -> Decimal:
    return _POWER.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))


_VALUE: Final[dict[type[Any], Callable[[Any, View], Fraction]]] = {
    Spot: _spot,
    LendingPosition: _lending,
    LinearPerpetual: _perpetual,
    InversePerpetual: _perpetual,
    DatedFuture: _future,
    Option: _option,
    StakedToken: _staked,
    Basket: _basket,
    LpToken: _lp,
}


def option_valuation(terms: Option, view: View) -> Valuation:
    """Black-76 value and Greeks of an option that has not expired, in USD, for the forward, which is held in theta.

    Settled in USD: discounted at the rate of the market. Settled in coin: the coin price C(F, K)/F, not discounted, as
    such venues mark it, at the spot price. After a return of -100 % a put is worth its strike, discounted.
    """
    years, spot = view.years(terms.expiry_unix), view.spot(terms.underlying)
    strike = float(terms.strike)
    basis = view.basis(terms.underlying, terms.expiry_unix)
    in_coin = terms.settlement == "coin"
    if not spot:
        factor = float(1 / basis) if in_coin else view.discount(terms.expiry_unix)
        worth = strike * factor if terms.type is OptionType.PUT else 0.0
        return Valuation(worth, 0.0, 0.0, 0.0, 0.0, 0.0)
    forward = float(spot * basis)
    volatility = view.volatility(terms.underlying, terms.expiry_unix, terms.strike)
    if in_coin:
        return black76(terms.type, forward, strike, years, volatility).scaled(float(1 / basis))
    return black76(terms.type, forward, strike, years, volatility, discount=view.discount(terms.expiry_unix))


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """In USD a unit, so that sums over instruments and comparisons with equity mean something.

    Attributes:
        delta: Profit for a move of the underlyings by +100 %, linear: delta times price.
        gamma: Change of that delta for a move of +1 %.
        vega: Profit for one volatility point, 0.01.
        theta: Profit of one calendar day, forward prices held.
    """

    delta: Fraction
    gamma: Fraction
    vega: Fraction
    theta: Fraction


def sensitivities(terms: Terms, view: View, underlying: str | None = None) -> Sensitivities:
    """Greeks of a unit, when all its underlyings move by the same share, or only the one that is named.

    An underlying that is pegged to the dollar does not move. What is linear has its value as delta and nothing else;
    so has a geometric pool whose underlyings move together, but for one of them alone its gamma is negative.
    """
    moving = [name for name in underlyings_of(terms) if underlying in (None, name) and name not in view.market.pegged]
    zero = Fraction(0)
    if not moving or _is_settled(terms, view):
        return Sensitivities(zero, zero, zero, zero)
    if isinstance(terms, Option):
        return _option_sensitivities(terms, view)
    worth = value(terms, view)
    if isinstance(terms, LpToken) and terms.model == "geometric":
        share = sum((terms.weight_of(part) for part in terms.components if part.underlying in moving), zero)
        return Sensitivities(worth * share, worth * share * (share - 1) / 100, zero, zero)
    if isinstance(terms, (Basket, LpToken)):
        parts = [Fraction(c.units) * view.spot(c.underlying) for c in terms.components if c.underlying in moving]
        return Sensitivities(sum(parts, zero), zero, zero, zero)
    return Sensitivities(worth, zero, zero, zero)


def _is_settled(terms: Terms, view: View) -> bool:
    return isinstance(terms, (Option, DatedFuture)) and view.is_expired(terms.expiry_unix)


def _option_sensitivities(terms: Option, view: View) -> Sensitivities:
    forward = view.forward(terms.underlying, terms.expiry_unix)
    found = option_valuation(terms, view)
    return Sensitivities(
        delta=Fraction(found.delta) * forward,
        gamma=Fraction(found.gamma) * forward**2 / 100,
        vega=Fraction(found.vega) / 100,
        theta=Fraction(found.theta),
    )
