"""Packing a book vector into field elements."""

from __future__ import annotations

from typing import Protocol

from zkrisk.errors import RangeExceeded
from zkrisk.params import QUANTITY_BITS

PER_ELEMENT = 3


class BookQuantities(Protocol):
    """What a commitment needs of a book: lots, long and short, one entry an instrument of the universe."""

    @property
    def long(self) -> tuple[int, ...]:
        """Lots held."""
        ...

    @property
    def short(self) -> tuple[int, ...]:
        """Lots owed."""
        ...


def pack(vector: BookQuantities) -> list[int]:
    """Put three quantities into each field element, long side first.

    Returns:
        ``ceil(2N / 3)`` integers below 2^192; element j is ``Q[3j] + 2^64 Q[3j+1] + 2^128 Q[3j+2]``, missing entries 0.

    Raises:
        RangeExceeded: The sides differ in length, are empty, or hold a quantity outside 64 bits.

    Source: docs/protocol.md, "Commitment".
    """
    if len(vector.long) != len(vector.short) or not vector.long:
        raise RangeExceeded(f"a book has as many long as short entries, not {len(vector.long)} and {len(vector.short)}")
    quantities = (*vector.long, *vector.short)
    for index, quantity in enumerate(quantities):
        if type(quantity) is not int or not 0 <= quantity < 1 << QUANTITY_BITS:
            side, slot = ("long", index) if index < len(vector.long) else ("short", index - len(vector.long))
            raise RangeExceeded(f"slot {slot}: the {side} quantity does not fit {QUANTITY_BITS} bits of lots")
    return [_pack_element(quantities[start : start + PER_ELEMENT]) for start in range(0, len(quantities), PER_ELEMENT)]


def _pack_element(quantities: tuple[int, ...]) -> int:
    return sum(quantity << (QUANTITY_BITS * position) for position, quantity in enumerate(quantities))
