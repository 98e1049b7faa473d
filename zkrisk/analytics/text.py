"""Numbers as text: documents for others hold no binary floats."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["decimal_text"]


def decimal_text(value: float | Fraction, places: int = 9) -> str:
    """Decimal text with so many places, rounded half to even from the exact value; no exponent, no minus zero.

    Raises:
        OverflowError, ValueError: The value is not finite.
    """
    scaled = round(Fraction(value) * 10**places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{'-' if scaled < 0 else ''}{whole}{'.' if places else ''}{fraction}"
