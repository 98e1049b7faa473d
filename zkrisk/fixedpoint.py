"""Integers with a scale: the only place where a Decimal becomes an int, and back.

Nothing here depends on the decimal context: digits are read from the tuple, so that no precision limit rounds behind
the caller's back. Every function that drops digits says in its name which way.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

__all__ = [
    "MAX_DIGITS",
    "div_down",
    "div_up",
    "format_scaled_down",
    "format_scaled_up",
    "from_scaled",
    "parse_decimal",
    "scale_down",
    "scale_exact",
    "scale_up",
]

MAX_DIGITS: Final = 60
_NUMBER = re.compile(r"[+-]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?", re.ASCII)


def div_down(numerator: int, denominator: int) -> int:
    """Divide, rounded toward minus infinity."""
    return numerator // denominator


def div_up(numerator: int, denominator: int) -> int:
    """Divide, rounded toward plus infinity."""
    return -(-numerator // denominator)


def parse_decimal(text: str) -> Decimal:
    """Read a finite decimal number, exactly as written.

    At most 60 digits before and after the point; an exponent is allowed as long as the number stays in that range.

    Raises:
        ValueError: Not such a number. The message never repeats the text, which may be private.
    """
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        lowered = stripped.lstrip("+-").lower()
        raise ValueError("not a finite number" if lowered in {"nan", "snan", "inf", "infinity"} else "not a number")
    value = Decimal(stripped)
    exponent = value.as_tuple().exponent
    if value.adjusted() >= MAX_DIGITS or not isinstance(exponent, int) or exponent < -MAX_DIGITS:
        raise ValueError("out of range: more than 60 digits")
    return value


def _shift(value: Decimal, decimals: int) -> tuple[int, int]:
    """Numerator and (positive) denominator of value * 10^decimals."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not a finite number")
    magnitude = int("".join(map(str, digits)) or "0")
    if magnitude and not -1000 <= value.adjusted() <= 1000:
        raise ValueError("out of range")
    integer = -magnitude if sign else magnitude
    power = exponent + decimals
    return (integer * 10**power, 1) if power >= 0 else (integer, 10**-power)


def scale_down(value: Decimal, decimals: int) -> int:
    """floor(value * 10^decimals)."""
    return div_down(*_shift(value, decimals))


def scale_up(value: Decimal, decimals: int) -> int:
    """ceil(value * 10^decimals)."""
    return div_up(*_shift(value, decimals))


def scale_exact(value: Decimal, decimals: int) -> int:
    """value * 10^decimals.

    Raises:
        ValueError: The product is not an integer.
    """
    numerator, denominator = _shift(value, decimals)
    if numerator % denominator:
        raise ValueError(f"more than {decimals} decimals")
    return numerator // denominator


def from_scaled(integer: int, decimals: int) -> Decimal:
    """integer * 10^-decimals, exactly."""
    return Decimal((int(integer < 0), tuple(map(int, str(abs(integer)))), -decimals))


def _format(integer: int, places: int) -> str:
    sign = "-" if integer < 0 else ""
    digits = str(abs(integer)).rjust(places + 1, "0")
    whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
    return f"{sign}{int(whole):,}" + (f".{fraction}" if places else "")


def format_scaled_down(integer: int, decimals: int, places: int) -> str:
    """Text of integer * 10^-decimals with so many places, rounded toward minus infinity, thousands separated."""
    return _format(div_down(integer * 10**places, 10**decimals), places)


def format_scaled_up(integer: int, decimals: int, places: int) -> str:
    """As `format_scaled_down`, rounded toward plus infinity."""
    return _format(div_up(integer * 10**places, 10**decimals), places)
