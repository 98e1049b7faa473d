"""The only place that draws the salt of a commitment."""

from __future__ import annotations

import secrets

from zkrisk.errors import RangeExceeded
from zkrisk.params import SALT_BITS

SMALLEST_SALT_BITS = 128


def draw_salt() -> int:
    """Draw a fresh salt of 248 random bits from the operating system.

    A draw below 2^128 (probability 2^-120) is repeated, so that :func:`check_salt` accepts every result.
    """
    salt = 0
    while salt < 1 << SMALLEST_SALT_BITS:
        salt = secrets.randbits(SALT_BITS)
    return salt


def check_salt(salt: int) -> None:
    """Refuse a salt that would let the book be found by trying books.

    For commitments of our own. Nobody who reads another's opening may ask for this: no circuit does.

    Raises:
        RangeExceeded: The salt is not an integer in ``[2^128, 2^248)``.
    """
    if type(salt) is not int or not 1 << SMALLEST_SALT_BITS <= salt < 1 << SALT_BITS:
        raise RangeExceeded(f"a salt is an integer in [2^{SMALLEST_SALT_BITS}, 2^{SALT_BITS})")
