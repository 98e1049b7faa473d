"""The one rule that makes a scenario return an integer; `zkrisk.sheet` and the contract have the same."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, TypeVar

from zkrisk.params import RETURN_BITS, RETURN_SCALE

__all__ = ["RETURN_MAX", "RETURN_MIN", "return_of_change_e6_down"]

RETURN_MIN: Final = -RETURN_SCALE
RETURN_MAX: Final = (1 << RETURN_BITS) - 1
_Exact = TypeVar("_Exact", int, Fraction)


def return_of_change_e6_down(change: _Exact, base: _Exact) -> int:
    """floor(change / base * 10^6), toward minus infinity for both signs, cut to -10^6 .. 2^23 - 1.

    Args:
        change: Of the price, any sign, in any unit.
        base: Price before, positive, in the same unit.
    """
    return max(RETURN_MIN, min(RETURN_MAX, change * RETURN_SCALE // base))
