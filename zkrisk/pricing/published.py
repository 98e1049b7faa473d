"""Rows that somebody else published: priced again from the same market, and bounds that need no model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from zkrisk.errors import InputError, SheetMismatch
from zkrisk.params import PRICE_EXPONENT
from zkrisk.pricing.black import OptionType
from zkrisk.pricing.instruments import Option, Terms
from zkrisk.pricing.market import Market, View
from zkrisk.pricing.rows import GREEKS, Rows, build_rows
from zkrisk.pricing.scenario import Scenario

__all__ = ["check_rows", "option_bounds_e16"]

_FLOAT_BITS: Final = 40


def _check_row(what: str, published: Sequence[int], ours: Sequence[int], symbols: Sequence[str]) -> None:
    if len(published) != len(ours):
        raise SheetMismatch(f"published rows: {what} has {len(published)} slots, not {len(ours)}")
    for slot, (theirs, exact) in enumerate(zip(published, ours, strict=True)):
        if type(theirs) is not int or abs(theirs - exact) > (1 + (abs(exact) >> _FLOAT_BITS)) * (slot > 0):
            name = symbols[slot - 1] if 0 < slot <= len(symbols) else f"slot {slot}"
            raise SheetMismatch(f"published rows: {what} of {name} is {theirs}, the market gives {exact}")


def check_rows(published: Rows, instruments: Sequence[Terms], market: Market, scenarios: Sequence[Scenario]) -> None:
    """Check that published rows are what the market gives.

    Libraries of floats differ in their last digits, so a figure may be off by one unit and 2^-40 of itself.

    Raises:
        SheetMismatch: Names the first figure that is further off, or a shape.
        BadPrice, InputError, RangeExceeded, UnknownInstrument: See `zkrisk.pricing.build_rows`.
    """
    ours, symbols = build_rows(instruments, market, scenarios, len(published.prices)), [t.symbol for t in instruments]
    if len(published.greeks) != len(GREEKS) or len(published.returns) != len(scenarios):
        raise SheetMismatch(f"published rows: not {len(GREEKS)} rows of Greeks and {len(scenarios)} of returns")
    _check_row("the price", published.prices, ours.prices, symbols)
    for name, row, exact in zip(GREEKS, published.greeks, ours.greeks, strict=True):
        _check_row(f"the {name}", row, exact, symbols)
    for scenario, row, exact in zip(scenarios, published.returns, ours.returns, strict=True):
        _check_row(f"the return in '{scenario.name}'", row, exact, symbols)


def option_bounds_e16(terms: Option, market: Market) -> tuple[int, int]:
    """Lowest and highest price of a lot in 10^-16 USD that leaves no free trade, whatever the volatility.

    D·max(F - K, 0) to D·F for a call, D·max(K - F, 0) to D·K for a put, anchor included; down and up. A contract or a
    reader that knows the forward can refuse a published option price outside them.

    Raises:
        InputError: The option has expired; its price is its settlement.
        UnknownInstrument: The market lacks an input.
    """
    view = View(market)
    if view.is_expired(terms.expiry_unix):
        raise InputError(f"{terms.symbol} has expired")
    forward, strike = view.forward(terms.underlying, terms.expiry_unix), Fraction(terms.strike)
    in_coin = terms.settlement == "coin"
    basis = view.basis(terms.underlying, terms.expiry_unix)
    discount = 1 / basis if in_coin else Fraction(view.discount(terms.expiry_unix))
    low = max(Fraction(0), terms.type.sign * (forward - strike)) * discount
    high = (forward if terms.type is OptionType.CALL else strike) * discount
    lots, anchor = 10 ** (PRICE_EXPONENT - terms.decimals), Fraction(terms.anchor_usd)
    return math.floor((low + anchor) * lots), math.ceil((high + anchor) * lots)
