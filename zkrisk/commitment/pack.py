"""Packing a book vector into field elements."""

from __future__ import annotations

from collections.abc import Sequence
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


def packed_length(instruments: int) -> int:
    """Return the number of field elements of a packed book: ``ceil(2N / 3)``."""
    return -(-2 * instruments // PER_ELEMENT)


def _pack_element(quantities: tuple[int, ...]) -> int:
    return sum(quantity << (QUANTITY_BITS * position) for position, quantity in enumerate(quantities))


def unpack(elements: Sequence[int], instruments: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Take a packed book apart: the inverse of :func:`pack`.

    Args:
        elements: ``ceil(2N / 3)`` integers.
        instruments: N.

    Returns:
        Lots long and short, N each.

    Raises:
        RangeExceeded: The count is wrong, or an element is not what packing gives.
    """
    count = 2 * instruments
    mask = (1 << QUANTITY_BITS) - 1
    quantities = [element >> QUANTITY_BITS * position & mask for element in elements for position in range(PER_ELEMENT)]
    fits = all(0 <= element < 1 << QUANTITY_BITS * PER_ELEMENT for element in elements)
    if len(elements) != packed_length(instruments) or not fits or any(quantities[count:]):
        raise RangeExceeded(f"the elements are not a packed book of {instruments} slots")
    return tuple(quantities[:instruments]), tuple(quantities[instruments:count])
