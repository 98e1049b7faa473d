"""The public market that terms are valued in, today and in a scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from zkrisk.errors import BadPrice, InputError, UnknownInstrument
from zkrisk.params import RETURN_SCALE
from zkrisk.pricing.black import DAYS_A_YEAR
from zkrisk.pricing.scenario import STILL, Scenario
from zkrisk.pricing.surface import Surface, years_between

__all__ = ["Market", "View"]

_Prices = Mapping[str, Decimal]
_MOST_RATE: Final = 5
_MOST_DIGITS: Final = 40


@dataclass(frozen=True)
class Market:
    """Prices, rates and volatilities at one time. Decimals, in USD unless said otherwise.

    Attributes:
        as_of_unix: Time of all of it.
        spots: USD a unit, by underlying.
        marks: Quoted USD a unit of a perpetual, future or staked token, by symbol; absent is by formula.
        indices: By symbol: the index of a lending position (units of the underlying for one stored unit), the
            redemption rate of a staked token.
        settlements: Settlement price of the underlying of an expired option or future, by the instrument's symbol.
        surfaces: By underlying; none newer than the market.
        rate: Of USD, a year, continuously compounded.
        carries: What holding an underlying yields, likewise; absent is 0.
        pegged: Underlyings that stand for a dollar and have no delta.
        vol_follows: Which volatility an option has after a move: that of its ``strike`` (as margin systems do) or that
            of its new ``moneyness``.
    """

    as_of_unix: int
    spots: _Prices
    marks: _Prices = field(default_factory=dict)
    indices: _Prices = field(default_factory=dict)
    settlements: _Prices = field(default_factory=dict)
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    rate: Decimal = Decimal(0)
    carries: _Prices = field(default_factory=dict)
    pegged: frozenset[str] = frozenset()
    vol_follows: Literal["strike", "moneyness"] = "strike"

    def __post_init__(self) -> None:
        if self.vol_follows not in {"strike", "moneyness"}:
            raise InputError("the market does not say whether volatility follows the strike or the moneyness")
        for name in ("spots", "marks", "indices", "settlements", "carries"):
            for key, number in getattr(self, name).items():
                _check_number(number, f"{name}: {key}", positive=name != "carries")
        _check_number(self.rate, "rate", positive=False)
        for underlying, surface in self.surfaces.items():
            if surface.underlying != underlying:
                raise InputError(f"the surface of {underlying} is another underlying's")
            if surface.as_of_unix > self.as_of_unix:
                raise InputError(f"the surface of {underlying} is newer than the market")


def _check_number(number: object, what: str, *, positive: bool) -> None:
    """Refuse floats, NaN, infinity and what no price is, a price that is not positive and a rate of 500 % or more."""
    if not isinstance(number, Decimal) or not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise BadPrice(f"market, {what}: not a Decimal of 10^-{_MOST_DIGITS} to 10^{_MOST_DIGITS}")
    if positive and number <= 0:
        raise BadPrice(f"market, {what}: not positive")
    if not positive and abs(number) >= _MOST_RATE:
        raise BadPrice(f"market, {what}: a rate of 500 % a year or more")


def _stored(prices: _Prices, key: str, what: str) -> Fraction:
    number = prices.get(key)
    if number is None:
        raise UnknownInstrument(f"the market has no {what} of {key}")
    return Fraction(number)


@dataclass(frozen=True)
class View:
    """A market as it is in a scenario. Prices are exact fractions; only rates, roots and volatilities are floats."""

    market: Market
    scenario: Scenario = STILL

    def moved(self, price: Fraction, underlying: str, symbol: str | None = None) -> Fraction:
        """A price after the return of its instrument or underlying, exactly."""
        return price * (RETURN_SCALE + self.scenario.return_e6(underlying, symbol)) / RETURN_SCALE

    def spot(self, underlying: str) -> Fraction:
        """Price of an underlying; UnknownInstrument when there is none."""
        return self.moved(_stored(self.market.spots, underlying, "spot price"), underlying)

    def mark(self, symbol: str) -> Fraction | None:
        """Quoted price of an instrument before any move, None when it has none."""
        number = self.market.marks.get(symbol)
        return None if number is None else Fraction(number)

    def index(self, symbol: str) -> Fraction:
        """Lending index or redemption rate; UnknownInstrument when there is none."""
        return _stored(self.market.indices, symbol, "index or rate")

    def settlement(self, symbol: str) -> Fraction:
        """Settlement price of an expired instrument; UnknownInstrument when there is none."""
        return _stored(self.market.settlements, symbol, "settlement price")

    def is_expired(self, expiry_unix: int) -> bool:
        """Whether the expiry is at or before the time of the market."""
        return expiry_unix <= self.market.as_of_unix

    def years(self, expiry_unix: int) -> float:
        """Years to expiry, ACT/365."""
        return years_between(self.market.as_of_unix, expiry_unix)

    def discount(self, expiry_unix: int) -> float:
        """Value now of a dollar at expiry."""
        return math.exp(-float(self.market.rate) * self.years(expiry_unix))

    def basis(self, underlying: str, expiry_unix: int) -> Fraction:
        """forward / spot: as quoted with the surface, else e^((rate - carry) years). No scenario changes it."""
        surface = self.market.surfaces.get(underlying)
        quoted = None if surface is None else surface.basis(expiry_unix)
        if quoted is not None:
            return quoted
        carry = float(self.market.carries.get(underlying, Decimal(0)))
        return Fraction(math.exp((float(self.market.rate) - carry) * self.years(expiry_unix)))

    def forward(self, underlying: str, expiry_unix: int) -> Fraction:
        """Forward price of an underlying: its spot price times the basis."""
        return self.spot(underlying) * self.basis(underlying, expiry_unix)

    def volatility(self, underlying: str, expiry_unix: int, strike: Decimal) -> float:
        """Implied volatility of a strike after the scenario's move; see `Market.vol_follows`.

        Raises:
            UnknownInstrument: The underlying has no surface.
        """
        surface = self.market.surfaces.get(underlying)
        if surface is None:
            raise UnknownInstrument(f"the market has no volatility surface of {underlying}")
        seen = self if self.market.vol_follows == "moneyness" else View(self.market)
        forward = seen.forward(underlying, expiry_unix)
        moneyness = math.log(float(strike)) - math.log(float(forward))
        volatility = surface.volatility(expiry_unix, moneyness)
        return self.scenario.volatility(volatility, self.years(expiry_unix), DAYS_A_YEAR)
