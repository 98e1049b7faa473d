"""Floats as text: documents for others hold no binary floats."""

from __future__ import annotations

__all__ = ["decimal_text"]


def decimal_text(value: float, places: int = 9) -> str:
    """Decimal text with so many places, rounded half to even; never an exponent, never minus zero."""
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if not any(digit in "123456789" for digit in text) else text
