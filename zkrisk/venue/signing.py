"""EdDSA with Poseidon over BabyJubJub: signatures that a circuit verifies, equal to circomlibjs's."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from zkrisk.edwards import Point, add_points, check_public_key, is_on_curve, multiply, public_key
from zkrisk.errors import ProofRejected, RangeExceeded
from zkrisk.params import EDWARDS_ORDER
from zkrisk.poseidon import poseidon

__all__ = ["SEED_BYTES", "Signature", "VenueKey", "account_tag", "draw_seed", "verify_signature"]

SEED_BYTES: Final = 32
TAG_BITS: Final = 248
COFACTOR: Final = 8
_TAG: Final = b"zkrisk.venue-key.v1"


@dataclass(frozen=True, slots=True)
class Signature:
    """A point of the curve and a scalar below the order. Malleable where a circuit reads it: never an identifier."""

    r8: Point
    s: int


@dataclass(frozen=True, slots=True)
class VenueKey:
    """The key with which a venue signs statements. Printing it shows the public part only.

    Attributes:
        public: Point of the subgroup of prime order.
    """

    public: Point
    _scalar: int = field(repr=False)
    _seed: bytes = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> VenueKey:
        """Derive a key from 32 random bytes.

        Raises:
            RangeExceeded: The seed has another length.
        """
        if len(seed) != SEED_BYTES:
            raise RangeExceeded(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
        scalar = 1 + _wide(seed, b"scalar") % (EDWARDS_ORDER - 1)
        return cls(public_key(scalar), scalar, seed)

    def sign(self, message: int) -> Signature:
        """Sign a field element; deterministic, so that no two signatures share a nonce for want of randomness."""
        nonce = 1 + _wide(self._seed, b"nonce", message.to_bytes(32, "big")) % (EDWARDS_ORDER - 1)
        r8 = public_key(nonce)
        share = COFACTOR * _challenge(r8, self.public, message) * self._scalar
        return Signature(r8, (nonce + share) % EDWARDS_ORDER)


def account_tag(secret: bytes, account: str) -> int:
    """Return the number that stands for a customer's account in a venue's statements.

    It must stay the same as long as the account exists, also when the venue changes its signing key, so it has a
    secret of its own. Without the secret nobody finds an account by trying account numbers.

    Args:
        secret: 32 random bytes of the venue.
        account: The venue's name for the account, stripped and in one spelling.

    Returns:
        248 bits.

    Raises:
        RangeExceeded: The secret has another length, or the name is empty.
    """
    if len(secret) != SEED_BYTES or not account.strip():
        raise RangeExceeded(f"an account tag needs a secret of {SEED_BYTES} bytes and an account")
    return _wide(secret, b"account", account.strip().encode()) >> (512 - TAG_BITS)


def draw_seed() -> bytes:
    """Draw the seed of a key from the operating system."""
    return secrets.token_bytes(SEED_BYTES)


def verify_signature(key: Point, message: int, signature: Signature) -> None:
    """Check a signature as the circuit does, and that its bytes are canonical.

    Raises:
        InputError: The key is not in the subgroup of prime order.
        ProofRejected: The signature is not the key's for this message.
    """
    check_public_key(key, "the venue's key")
    r8, s = signature.r8, signature.s
    if is_on_curve(r8) and 0 <= s < EDWARDS_ORDER:
        share = multiply(key, COFACTOR * _challenge(r8, key, message) % EDWARDS_ORDER)
        if s and public_key(s) == add_points(r8, share):
            return
    raise ProofRejected("the statement is not signed by the venue's key")


def _challenge(r8: Point, key: Point, message: int) -> int:
    return poseidon([*r8, *key, message])


def _wide(seed: bytes, purpose: bytes, data: bytes = b"") -> int:
    """512 bits for one purpose: reducing them modulo the order leaves no bias that anybody could measure."""
    return int.from_bytes(hmac.digest(seed, _TAG + b"\0" + purpose + b"\0" + data, hashlib.sha512), "big")
