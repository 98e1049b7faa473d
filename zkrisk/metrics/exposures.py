"""From lots and prices to values: what every other metric starts from. Symbols as in docs/protocol.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zkrisk.errors import InputError, RangeExceeded
from zkrisk.params import EXPOSURE_BITS, VALUE_PER_CENT

__all__ = [
    "Exposures",
    "Lots",
    "check_ranges",
    "equity",
    "exposures_cents_down",
    "exposures_of",
    "gross_value",
    "net_values",
    "total_lots",
]


class Lots(Protocol):
    """Lots long and short of N slots: a private book or the on-chain leg."""

    @property
    def long(self) -> tuple[int, ...]:
        """Lots held, N."""
        ...

    @property
    def short(self) -> tuple[int, ...]:
        """Lots owed, N."""
        ...


def total_lots(book: Lots, leg: Lots | None = None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """L and S: lots of book and leg together, N each, below 2^65.

    Raises:
        InputError: Book and leg have different lengths.
    """
    if leg is None:
        return book.long, book.short
    if len(leg.long) != len(book.long) or len(leg.short) != len(book.short):
        raise InputError(f"the leg has {len(leg.long)} slots, the book {len(book.long)}")
    long = tuple(a + b for a, b in zip(book.long, leg.long, strict=True))
    return long, tuple(a + b for a, b in zip(book.short, leg.short, strict=True))


def net_values(long: Sequence[int], short: Sequence[int], prices: Sequence[int]) -> tuple[int, ...]:
    """n_i = (L_i - S_i) * price_i in 10^-16 USD, N, exact and signed."""
    return tuple((held - owed) * price for held, owed, price in zip(long, short, prices, strict=True))


def exposures_cents_down(values: Sequence[int]) -> tuple[int, ...]:
    """x_i = floor(n_i / 10^14) in cents, N, toward minus infinity."""
    return tuple(value // VALUE_PER_CENT for value in values)


def equity(values: Sequence[int]) -> int:
    """E = sum of n_i in 10^-16 USD, exact."""
    return sum(values)


def gross_value(long: Sequence[int], short: Sequence[int], prices: Sequence[int]) -> int:
    """G = sum over i >= 1 of (L_i + S_i) * price_i in 10^-16 USD; cash does not count."""
    rows = zip(long[1:], short[1:], prices[1:], strict=True)
    return sum((held + owed) * price for held, owed, price in rows)


@dataclass(frozen=True, slots=True, repr=False)
class Exposures:
    """Everything derived from lots and prices. Private.

    Attributes:
        long, short: L and S, lots, N.
        net: n, 10^-16 USD, N.
        cents: x, cents, N.
        equity: E, 10^-16 USD.
        equity_cents: sum of x, cents; at most N below the exact equity.
        gross: G, 10^-16 USD.
    """

    long: tuple[int, ...]
    short: tuple[int, ...]
    net: tuple[int, ...]
    cents: tuple[int, ...]
    equity: int
    equity_cents: int
    gross: int

    def __repr__(self) -> str:
        return f"<Exposures {len(self.net)} slots, private>"


def exposures_of(book: Lots, leg: Lots | None, prices: Sequence[int]) -> Exposures:
    """Values of a book with its leg at the prices of a sheet.

    Raises:
        InputError: Lengths differ.
    """
    long, short = total_lots(book, leg)
    if len(long) != len(prices):
        raise InputError(f"the book has {len(long)} slots, the sheet {len(prices)}")
    net = net_values(long, short, prices)
    cents = exposures_cents_down(net)
    return Exposures(long, short, net, cents, equity(net), sum(cents), gross_value(long, short, prices))


def check_ranges(exposures: Exposures) -> None:
    """Check that a circuit can represent the values: -2^49 <= x_i < 2^49, which implies |n_i| < 2^96.

    Raises:
        RangeExceeded: Names the slot, not the value.
    """
    for slot, cents in enumerate(exposures.cents):
        if not -(1 << EXPOSURE_BITS) <= cents < 1 << EXPOSURE_BITS:
            raise RangeExceeded(f"the net value of slot {slot} is 2^{EXPOSURE_BITS} cents or more")
