"""Venues: what they sign about an account, and how."""

from zkrisk.venue.signing import SEED_BYTES, Signature, VenueKey, account_tag, draw_seed, verify_signature
from zkrisk.venue.statement import SignedStatement, VenueStatement, nullifier_of

__all__ = [
    "SEED_BYTES",
    "Signature",
    "SignedStatement",
    "VenueKey",
    "VenueStatement",
    "account_tag",
    "draw_seed",
    "nullifier_of",
    "verify_signature",
]
