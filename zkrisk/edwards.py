"""BabyJubJub (EIP-2494), whose coordinates are elements of the circuits' field: keys of venues and of readers.

A point is a pair of field elements. The addition law is complete, without special cases; the neutral point is (0, 1).
Multiplication takes the same steps for every scalar, but Python's integers do not take the same time: who can measure
the process's time to the microsecond may learn about a secret scalar.
"""

from __future__ import annotations

import secrets
from typing import Final, TypeAlias

from zkrisk.errors import InputError, RangeExceeded
from zkrisk.params import (
    EDWARDS_A,
    EDWARDS_BASE_X,
    EDWARDS_BASE_Y,
    EDWARDS_D,
    EDWARDS_ORDER,
    EDWARDS_ORDER_BITS,
    SCALAR_MODULUS,
)

__all__ = [
    "BASE",
    "NEUTRAL",
    "Point",
    "add_points",
    "check_public_key",
    "draw_scalar",
    "is_on_curve",
    "multiply",
    "negate",
    "public_key",
]

Point: TypeAlias = tuple[int, int]
"""(x, y), both in [0, r)."""

BASE: Final[Point] = (EDWARDS_BASE_X, EDWARDS_BASE_Y)
NEUTRAL: Final[Point] = (0, 1)

_Projective = tuple[int, int, int]


def is_on_curve(point: Point) -> bool:
    """Tell whether a pair of integers is a point: canonical coordinates that satisfy the equation."""
    x, y = point
    if type(x) is not int or type(y) is not int or not (0 <= x < SCALAR_MODULUS and 0 <= y < SCALAR_MODULUS):
        return False
    xx, yy = x * x, y * y
    return (EDWARDS_A * xx + yy - 1 - EDWARDS_D * xx * yy) % SCALAR_MODULUS == 0


def add_points(p: Point, q: Point) -> Point:
    """Return p + q for two points of the curve."""
    return _affine(_add((*p, 1), (*q, 1)))


def negate(point: Point) -> Point:
    """Return the point that adds up to the neutral one with this one."""
    return (-point[0] % SCALAR_MODULUS, point[1])


def multiply(point: Point, scalar: int) -> Point:
    """Return scalar·point for a point of the curve and 0 <= scalar < 2^251.

    Raises:
        RangeExceeded: The scalar is out of range; it is not reduced.
    """
    if not 0 <= scalar < 1 << EDWARDS_ORDER_BITS:
        raise RangeExceeded(f"a scalar is in [0, 2^{EDWARDS_ORDER_BITS})")
    total: _Projective = (0, 1, 1)
    step: _Projective = (*point, 1)
    for position in range(EDWARDS_ORDER_BITS):
        total = (total, _add(total, step))[scalar >> position & 1]
        step = _add(step, step)
    return _affine(total)


def public_key(scalar: int) -> Point:
    """Return scalar·BASE for a secret scalar.

    Raises:
        RangeExceeded: The scalar is not in [1, order).
    """
    if type(scalar) is not int or not 0 < scalar < EDWARDS_ORDER:
        raise RangeExceeded("a secret scalar is in [1, order)")
    return multiply(BASE, scalar)


def check_public_key(point: Point, what: str) -> None:
    """Refuse a key outside the subgroup of prime order, or neutral: with it secrets leak, or anybody signs.

    Args:
        point: From a file, a chain or a stranger.
        what: Whose key it is, for the message.

    Raises:
        InputError: Not a canonical point of the curve, of another order, or the neutral point.
    """
    if not is_on_curve(point):
        raise InputError(f"{what} is not a point of the curve")
    if point == NEUTRAL or multiply(point, EDWARDS_ORDER) != NEUTRAL:
        raise InputError(f"{what} is not in the subgroup of prime order")


def draw_scalar() -> int:
    """Draw a secret scalar in [1, order) from the operating system."""
    return 1 + secrets.randbelow(EDWARDS_ORDER - 1)


def _add(p: _Projective, q: _Projective) -> _Projective:
    """Bernstein and others, "Twisted Edwards Curves" (2008), section 6: projective, complete, for doubling as well."""
    a = p[2] * q[2]
    c, d = p[0] * q[0], p[1] * q[1]
    b, e = a * a, EDWARDS_D * c % SCALAR_MODULUS * d
    f, g = (b - e) % SCALAR_MODULUS, (b + e) % SCALAR_MODULUS
    x = a * f % SCALAR_MODULUS * ((p[0] + p[1]) * (q[0] + q[1]) - c - d)
    y = a * g % SCALAR_MODULUS * (d - EDWARDS_A * c)
    return x % SCALAR_MODULUS, y % SCALAR_MODULUS, f * g % SCALAR_MODULUS


def _affine(point: _Projective) -> Point:
    inverse = pow(point[2], -1, SCALAR_MODULUS)
    return point[0] * inverse % SCALAR_MODULUS, point[1] * inverse % SCALAR_MODULUS
