"""Keys of the demonstration's venue and keeper. Everybody knows them, like those of the local chain's accounts."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from zkrisk.edwards import Point, public_key
from zkrisk.params import EDWARDS_ORDER
from zkrisk.venue import VenueKey

__all__ = ["KEEPER_SCALAR", "TAG_SECRET", "VENUE", "keeper_key", "venue_key"]

VENUE: Final = 1
"""Number of the venue in the registry."""


def _known(purpose: str) -> bytes:
    return sha256(f"zkrisk demonstration, known to everybody: {purpose}".encode()).digest()


KEEPER_SCALAR: Final = 1 + int.from_bytes(_known("keeper"), "big") % (EDWARDS_ORDER - 1)
TAG_SECRET: Final = _known("account tags")


def venue_key() -> VenueKey:
    """The key that the venue signs with."""
    return VenueKey.from_seed(_known("venue"))


def keeper_key() -> Point:
    """The key that books are encrypted to."""
    return public_key(KEEPER_SCALAR)
