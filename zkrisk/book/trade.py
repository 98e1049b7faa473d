"""A trade that was not made: what a book would be after it. Human units, exact.

A purchase gives back what is owed before it adds to what is held; a sale comes out of what is held before anything is
owed. The cash of the trade is booked the same way, so that a trade that flips a position, or one that the cash does not
cover, gives the book that the owner would have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Final, Protocol

from zkrisk.book.models import Book, Listing, Position, parse_quantity
from zkrisk.errors import BadPrice, BadQuantity, InputError
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import PRICE_EXPONENT

__all__ = ["Fee", "Quotes", "Trade", "apply_trades", "parse_fee", "quoted_price"]

_EXACT: Final = Context(prec=400, traps=[Inexact])
_RATE: Final = re.compile(r"([^%]*?)\s*(%|bps)", re.ASCII)


class Quotes(Protocol):
    """What prices a trade; `zkrisk.sheet.Sheet` has it."""

    @property
    def universe(self) -> Listing:
        """Instruments."""
        ...

    @property
    def prices(self) -> tuple[int, ...]:
        """10^-16 USD a lot, N."""
        ...


@dataclass(frozen=True, slots=True)
class Fee:
    """What a trade costs: an amount of cash, and a share of its value. Neither is negative."""

    cash: Decimal = Decimal(0)
    rate: Decimal = Decimal(0)

    def of(self, value: Decimal) -> Decimal:
        """Fee of a trade of a value, exact."""
        return _EXACT.add(self.cash, _EXACT.multiply(self.rate, abs(value)))


def parse_fee(text: str) -> Fee:
    """Read ``25`` (units of cash a trade), ``0.05%`` or ``5bps`` (of its value).

    Raises:
        BadQuantity: Not a number, or negative.
    """
    match = _RATE.fullmatch(text.strip())
    number = parse_quantity(match[1] if match else text)
    if number < 0:
        raise BadQuantity("the fee is negative", hint="--fee 0.05%")
    if match is None:
        return Fee(cash=number)
    return Fee(rate=_EXACT.scaleb(number, -2 if match[2] == "%" else -4))


def quoted_price(quotes: Quotes, symbol: str) -> Decimal:
    """Price of a unit in units of cash, exact.

    Raises:
        UnknownInstrument: Not in the universe.
    """
    slot = quotes.universe.slot_of(symbol)
    return from_scaled(quotes.prices[slot], PRICE_EXPONENT - quotes.universe.decimals_of(slot))


@dataclass(frozen=True, slots=True)
class Trade:
    """Units of one instrument bought (positive) or sold (negative) for cash. Private.

    Attributes:
        instrument: Symbol.
        quantity: Text, int or Decimal; never a float, never zero.
        price: Units of cash for a unit; None until `at` takes it from a sheet.
        fee: On top.
        cash: Symbol that is paid with.
    """

    instrument: str
    quantity: Decimal = field(repr=False)
    price: Decimal | None = field(default=None, repr=False)
    fee: Fee = field(default_factory=Fee, repr=False)
    cash: str = "USD"

    def __post_init__(self) -> None:
        object.__setattr__(self, "quantity", parse_quantity(self.quantity))
        if not self.quantity:
            raise BadQuantity("a trade of nothing", hint="Trade('ETH', '-40')")
        if self.price is not None:
            object.__setattr__(self, "price", parse_quantity(self.price))
            if self.price <= 0:
                raise BadPrice("the price of a trade is not positive")
        if self.instrument == self.cash:
            raise InputError(f"{self.cash} is what a trade is paid with; it is not bought or sold")

    def __repr__(self) -> str:
        return f"<Trade of {self.instrument}, private>"

    def at(self, quotes: Quotes) -> Trade:
        """The trade at a sheet's price and for its cash, unless it has a price of its own.

        Raises:
            UnknownInstrument: Not in the sheet's universe.
        """
        quotes.universe.slot_of(self.instrument)
        price = quoted_price(quotes, self.instrument) if self.price is None else self.price
        return Trade(self.instrument, self.quantity, price, self.fee, quotes.universe.symbols[0])

    @property
    def value(self) -> Decimal:
        """Quantity times price, signed, without the fee. Exact.

        Raises:
            InputError: It has no price.
        """
        if self.price is None:
            raise InputError("the trade has no price", hint="Trade(…).at(sheet)")
        return _EXACT.multiply(self.quantity, self.price)

    @property
    def fee_paid(self) -> Decimal:
        """The fee in units of cash; errors as `value`."""
        return self.fee.of(self.value)

    @property
    def cash_change(self) -> Decimal:
        """What the trade adds to the cash, fee included; negative for a purchase. Errors as `value`."""
        return _EXACT.minus(_EXACT.add(self.value, self.fee_paid))

    def __radd__(self, book: Book) -> Book:
        """``book + trade``."""
        return apply_trades(book, [self]) if isinstance(book, Book) else NotImplemented


def apply_trades(book: Book, trades: Sequence[Trade]) -> Book:
    """The book after trades, one after the other; instruments that are gone stay with zero units.

    Raises:
        InputError: A trade has no price.
    """
    positions = {position.instrument: position for position in book.positions}
    for trade in trades:
        for symbol, units in ((trade.instrument, trade.quantity), (trade.cash, trade.cash_change)):
            before = positions.get(symbol, Position(instrument=symbol))
            positions[symbol] = _after(before, units)
    return Book(name=book.name, universe=book.universe, positions=tuple(positions.values()))


def _after(position: Position, units: Decimal) -> Position:
    """A position after units were added (positive) or taken."""
    if units >= 0:
        repaid = min(units, position.short)
        held = _EXACT.add(position.long, _EXACT.subtract(units, repaid))
        return Position(instrument=position.instrument, long=held, short=_EXACT.subtract(position.short, repaid))
    sold = min(units.copy_negate(), position.long)
    owed = _EXACT.add(position.short, _EXACT.subtract(units.copy_negate(), sold))
    return Position(instrument=position.instrument, long=_EXACT.subtract(position.long, sold), short=owed)
