"""Signed integers in the BN254 scalar field."""

from __future__ import annotations

from typing import Final

from zkrisk.errors import RangeExceeded
from zkrisk.params import SCALAR_MODULUS

__all__ = ["HALF", "from_field", "is_field_element", "to_field"]

HALF: Final = SCALAR_MODULUS // 2


def is_field_element(value: int) -> bool:
    """Tell whether value is the canonical form of a field element, 0 <= value < r."""
    return 0 <= value < SCALAR_MODULUS


def to_field(value: int) -> int:
    """Map a signed integer to the field: a negative value to r - |value|.

    Raises:
        RangeExceeded: |value| is above r / 2, so that the sign would be lost.
    """
    if not -HALF <= value <= HALF:
        raise RangeExceeded("an integer does not fit the scalar field with its sign")
    return value % SCALAR_MODULUS


def from_field(element: int) -> int:
    """Map a canonical field element to the signed integer of least magnitude.

    Raises:
        RangeExceeded: The element is not below r.
    """
    if not is_field_element(element):
        raise RangeExceeded("a field element is not below the scalar modulus")
    return element - SCALAR_MODULUS if element > HALF else element
