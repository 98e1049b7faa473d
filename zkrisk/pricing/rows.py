"""From terms and a market to the rows of a sheet: integers, with the rounding of each.

price    10^-16 USD a lot, down; a balance that can only be owed (borrowed) up. The anchor of an option is in it.
Greeks   10^-16 USD a lot like the price, to the nearest, half to even: delta for +100 % of the underlying, gamma the
         change of that delta for +1 %, vega for one volatility point, theta for one day. The magnitude is below 2^64.
returns  10^-6 of the price, toward minus infinity, cut to -10^6 .. 2^23 - 1; by full revaluation.

A Greek of q lots is off by at most q/2 of 10^-16 USD: 5 cents for 10^15 lots, ten million coins of 10^-8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from zkrisk.errors import BadPrice, InputError, RangeExceeded, UnknownInstrument
from zkrisk.params import CASH_PRICE, PRICE_BITS, PRICE_EXPONENT, RETURN_SCALE
from zkrisk.pricing.instruments import LendingPosition, Option, Terms, underlyings_of
from zkrisk.pricing.market import Market, View
from zkrisk.pricing.returns import RETURN_MAX, return_of_change_e6_down
from zkrisk.pricing.scenario import Scenario
from zkrisk.pricing.value import sensitivities, value

__all__ = ["GREEKS", "Rows", "SlotRows", "build_rows", "greeks_e16", "price_e16", "slot_rows"]

GREEKS: Final = ("delta", "gamma", "vega", "theta")
_LIMIT: Final = 1 << PRICE_BITS
_Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SlotRows:
    """What one slot contributes to a sheet.

    Attributes:
        price: 10^-16 USD a lot.
        greeks: delta, gamma, vega, theta in 10^-16 USD a lot.
        returns: One a scenario, 10^-6.
        cut: Scenarios whose return is above 2^23 - 1 and was cut: a short position loses more than the row says.
    """

    symbol: str
    price: int
    greeks: _Row
    returns: _Row
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of N slots: slot 0 is cash, slots beyond the instruments are 0.

    Attributes:
        prices: N, 10^-16 USD a lot.
        greeks: 4 x N in the order of GREEKS, 10^-16 USD a lot.
        returns: S x N, 10^-6.
        warnings: One line for each instrument whose returns were cut.
    """

    prices: _Row
    greeks: tuple[_Row, ...]
    returns: tuple[_Row, ...]
    warnings: tuple[str, ...] = ()


def _anchor(terms: Terms) -> Fraction:
    return Fraction(terms.anchor_usd) if isinstance(terms, Option) else Fraction(0)


def _lots_e16(usd: Fraction, decimals: int) -> Fraction:
    """10^-16 USD a lot of USD a unit."""
    return usd * 10 ** (PRICE_EXPONENT - decimals)


def price_e16(terms: Terms, market: Market) -> int:
    """Price of a lot in 10^-16 USD, anchor included, rounded down; of a borrowed balance up.

    Raises:
        BadPrice: 0 or 2^64 or more.
        UnknownInstrument: The market lacks an input.
    """
    exact = _lots_e16(value(terms, View(market)) + _anchor(terms), terms.decimals)
    owed = isinstance(terms, LendingPosition) and terms.side == "borrowed"
    price = math.ceil(exact) if owed else math.floor(exact)
    if not 0 < price < _LIMIT:
        hint = "a worthless option needs an anchor" if isinstance(terms, Option) and not price else None
        raise BadPrice(f"the price of {terms.symbol} is not in 1 to 2^{PRICE_BITS} - 1 of 10^-16 USD a lot", hint=hint)
    return price


def greeks_e16(terms: Terms, market: Market, underlying: str | None = None) -> _Row:
    """delta, gamma, vega, theta of a lot in 10^-16 USD, to the nearest.

    Args:
        underlying: When given, only that underlying moves: a limit for each underlying is a row for each.

    Raises:
        RangeExceeded: 2^64 or more in magnitude.
        UnknownInstrument: The market lacks an input.
    """
    found = sensitivities(terms, View(market), underlying)
    row = tuple(round(_lots_e16(getattr(found, name), terms.decimals)) for name in GREEKS)
    for name, greek in zip(GREEKS, row, strict=True):
        if abs(greek) >= _LIMIT:
            raise RangeExceeded(f"the {name} of {terms.symbol} is 2^{PRICE_BITS} or more in 10^-16 USD a lot")
    return row


def _return_e6(base: Fraction, anchor: Fraction, terms: Terms, view: View) -> tuple[int, bool]:
    """Return under a scenario, and whether it was cut at the top."""
    change = (value(terms, view) - base) * view.scenario.covered_e6 / RETURN_SCALE
    moved = return_of_change_e6_down(change, base + anchor)
    return moved, moved == RETURN_MAX and change * RETURN_SCALE > RETURN_MAX * (base + anchor)


def slot_rows(terms: Terms, market: Market, scenarios: Sequence[Scenario], underlying: str | None = None) -> SlotRows:
    """All rows of one instrument.

    Raises:
        BadPrice, RangeExceeded: See `price_e16` and `greeks_e16`.
        UnknownInstrument: The market lacks an input, or a scenario a return.
    """
    price, greeks = price_e16(terms, market), greeks_e16(terms, market, underlying)
    base, anchor = value(terms, View(market)), _anchor(terms)
    moves = [_return_e6(base, anchor, terms, View(market, scenario)) for scenario in scenarios]
    cut = tuple(scenario.name for scenario, (_, is_cut) in zip(scenarios, moves, strict=True) if is_cut)
    return SlotRows(terms.symbol, price, greeks, tuple(move for move, _ in moves), cut)


def build_rows(
    instruments: Sequence[Terms],
    market: Market,
    scenarios: Sequence[Scenario],
    size: int,
    underlying: str | None = None,
) -> Rows:
    """Rows of a sheet of N slots; the first instrument is slot 1.

    Args:
        underlying: When given, the Greeks are for a move of that underlying alone.

    Raises:
        InputError: More instruments than slots 1 to N - 1, or a symbol twice.
        UnknownInstrument: No instrument depends on the underlying, or an input is missing, see `slot_rows`.
        BadPrice, RangeExceeded: See `slot_rows`.
    """
    symbols = [terms.symbol for terms in instruments]
    if len(symbols) >= size or len(set(symbols)) != len(symbols):
        raise InputError(f"rows: {len(symbols)} instruments for {size - 1} slots besides cash, or a symbol twice")
    if underlying is not None and all(underlying not in underlyings_of(terms) for terms in instruments):
        raise UnknownInstrument(f"rows: no instrument depends on {underlying}")
    slots = [slot_rows(terms, market, scenarios, underlying) for terms in instruments]
    unused = (0,) * (size - 1 - len(slots))
    return Rows(
        prices=(CASH_PRICE, *(slot.price for slot in slots), *unused),
        greeks=tuple((0, *(slot.greeks[row] for slot in slots), *unused) for row in range(len(GREEKS))),
        returns=tuple((0, *(slot.returns[row] for slot in slots), *unused) for row in range(len(scenarios))),
        warnings=tuple(_warning(slot) for slot in slots if slot.cut),
    )


def _warning(slot: SlotRows) -> str:
    return (
        f"CUT: {slot.symbol} gains more than {RETURN_MAX / RETURN_SCALE:.0%} in {len(slot.cut)} scenarios, first "
        f"'{slot.cut[0]}'; a short position would lose more than its row says: give the option an anchor"
    )
