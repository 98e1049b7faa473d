"""Human units to lots: assets down, liabilities up. After this step a book is integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from zkrisk.book.models import Book, Listing, Position
from zkrisk.errors import InputError, RangeExceeded
from zkrisk.fixedpoint import scale_down, scale_up
from zkrisk.params import LEG_BITS, QUANTITY_BITS

__all__ = ["BookVector", "Leg", "quantise", "quantise_position"]

_QUANTITY_LIMIT: Final = 1 << QUANTITY_BITS
_LEG_LIMIT: Final = 1 << LEG_BITS


def _check_vectors(long: Sequence[int], short: Sequence[int], limit: int, what: str) -> None:
    if len(long) != len(short):
        raise InputError(f"{what}: long has {len(long)} slots, short has {len(short)}")
    for side, lots in (("long", long), ("short", short)):
        for slot, quantity in enumerate(lots):
            if type(quantity) is not int:
                raise InputError(f"{what}: {side} of slot {slot} is not an integer")
            if not 0 <= quantity < limit:
                raise RangeExceeded(f"{what}: {side} of slot {slot} is not in 0 to 2^{limit.bit_length() - 1} - 1 lots")


@dataclass(frozen=True, slots=True)
class BookVector:
    """Lots long and short of every slot, N each, 0 <= q < 2^64. Private."""

    long: tuple[int, ...] = field(repr=False)
    short: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "long", tuple(self.long))
        object.__setattr__(self, "short", tuple(self.short))
        _check_vectors(self.long, self.short, _QUANTITY_LIMIT, "book")

    def __repr__(self) -> str:
        return f"<BookVector {len(self.long)} slots, private>"


@dataclass(frozen=True, slots=True)
class Leg:
    """The on-chain leg: escrow and debt that the contracts hold, in lots, one entry a slot. Public.

    Attributes:
        long: Escrow. N ints, 0 <= q < 2^64.
        short: Debt. As ``long``.
    """

    long: tuple[int, ...]
    short: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "long", tuple(self.long))
        object.__setattr__(self, "short", tuple(self.short))
        _check_vectors(self.long, self.short, _LEG_LIMIT, "leg")

    @classmethod
    def empty(cls, instruments: int) -> Leg:
        """Return a leg without escrow and debt."""
        return cls((0,) * instruments, (0,) * instruments)


def quantise_position(position: Position, universe: Listing) -> tuple[int, int, int]:
    """Slot, lots long (rounded down) and lots short (rounded up) of one position.

    Raises:
        UnknownInstrument: Not in the universe.
        RangeExceeded: 2^64 lots or more.
    """
    slot = universe.slot_of(position.instrument)
    decimals = universe.decimals_of(slot)
    long, short = scale_down(position.long, decimals), scale_up(position.short, decimals)
    for side, lots in (("long", long), ("short", short)):
        if lots >= _QUANTITY_LIMIT:
            raise RangeExceeded(f"the quantity in column '{side}' is 2^{QUANTITY_BITS} lots or more")
    return slot, long, short


def quantise(book: Book, universe: Listing) -> BookVector:
    """Turn a book into lots: long rounded down, short rounded up, slots without a position 0.

    Raises:
        InputError: The book is of another universe.
        UnknownInstrument, RangeExceeded: See `quantise_position`; the message has the row.
    """
    if book.universe != universe.id:
        raise InputError(f"the book is of universe {book.universe}, not {universe.id}")
    long, short = [0] * universe.size, [0] * universe.size
    for row, position in enumerate(book.positions, start=1):
        try:
            slot, lots_long, lots_short = quantise_position(position, universe)
        except InputError as error:
            raise type(error)(f"row {row}: {error.message}", where=book.name, hint=error.hint) from None
        long[slot], short[slot] = lots_long, lots_short
    return BookVector(long=tuple(long), short=tuple(short))
