"""Salts that an owner may commit with and that this program never draws."""

from __future__ import annotations

from zkrisk.commitment import BookQuantities, Opening, commitment_of
from zkrisk.params import SALT_BITS, SCALAR_MODULUS

__all__ = ["FOREIGN_SALTS", "SHUTS_OUT", "opening_with"]

SHUTS_OUT = (1 << SALT_BITS) + 99
"""What kept keepers from the book of the first who tried it."""
FOREIGN_SALTS = (0, 5, 1 << 127, 1 << SALT_BITS, SHUTS_OUT, SCALAR_MODULUS - 1)
"""Elements of the field outside [2^128, 2^248), its first and its last among them."""


def opening_with(vector: BookQuantities, owner: int, salt: int) -> Opening:
    """Return a commitment that somebody's own program made: with any salt."""
    return Opening(vector, owner, salt, commitment_of(vector, owner, salt))
