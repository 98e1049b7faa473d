"""The book of a commitment, encrypted to keys that the contract names: what the `bind` circuit proves to open it.

The salt is the key of the book: whoever gets the salt decrypts the book and can check both against the commitment.
It is wrapped once for each recipient. The ephemeral scalar follows from salt and commitment, so one commitment has one
ephemeral key, and a second encryption of it, to other recipients, reveals nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zkrisk.commitment.commit import Opening, commitment_of
from zkrisk.commitment.pack import BookQuantities, pack, unpack
from zkrisk.edwards import NEUTRAL, Point, check_public_key, multiply, public_key
from zkrisk.errors import CommitmentMismatch, InputError, RangeExceeded
from zkrisk.params import (
    EPHEMERAL_BITS,
    POSEIDON_DOMAIN_CIPHER,
    POSEIDON_DOMAIN_EPHEMERAL,
    POSEIDON_DOMAIN_WRAP,
    SCALAR_MODULUS,
)
from zkrisk.poseidon import poseidon, poseidon_squeeze

__all__ = ["Ciphertext", "OpenedBook", "decrypt", "decrypt_with_shared", "encrypt", "ephemeral_scalar"]

BLOCK = 11
"""Elements of the key stream that one permutation gives; its state has one more, which stays hidden."""


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """A book for its readers. Public: it stands in the event log.

    Attributes:
        commitment: What it opens.
        ephemeral: Point of the ephemeral key.
        wraps: The salt for each recipient, in the order of their keys; 0 for none.
        body: The packed book under the key stream, ``ceil(2N / 3)`` field elements.
    """

    commitment: int
    ephemeral: Point
    wraps: tuple[int, ...]
    body: tuple[int, ...]

    def elements(self) -> tuple[int, ...]:
        """Return what the contract emits, in the order of docs/protocol.md."""
        return (*self.ephemeral, *self.wraps, *self.body)

    @classmethod
    def from_elements(cls, commitment: int, elements: Sequence[int], recipients: int) -> Ciphertext:
        """Read what the contract emitted.

        Raises:
            InputError: Too few elements.
        """
        if len(elements) < 3 + recipients:
            raise InputError(f"a ciphertext for {recipients} recipients has more than {len(elements)} elements")
        x, y, *rest = elements
        return cls(commitment, (x, y), tuple(rest[:recipients]), tuple(rest[recipients:]))


@dataclass(frozen=True, slots=True)
class OpenedBook:
    """Lots long and short of every slot. Private."""

    long: tuple[int, ...] = field(repr=False)
    short: tuple[int, ...] = field(repr=False)


def ephemeral_scalar(salt: int, commitment: int) -> int:
    """Return the secret scalar of a commitment's ephemeral key: 250 bits of a hash of the salt.

    Raises:
        RangeExceeded: The scalar is 0, which happens to one salt in 2^250.
    """
    scalar = poseidon([POSEIDON_DOMAIN_EPHEMERAL, salt, commitment]) & ((1 << EPHEMERAL_BITS) - 1)
    if scalar == 0:
        raise RangeExceeded("this salt gives no ephemeral key; commit again")
    return scalar


def encrypt(opening: Opening, recipients: Sequence[Point]) -> Ciphertext:
    """Encrypt a book for the holders of some keys; deterministic.

    Args:
        opening: Book, owner, salt and commitment.
        recipients: Public keys; the neutral point stands for none and gets no wrap.

    Raises:
        InputError: A key is not in the subgroup of prime order.
        CommitmentMismatch: The opening does not give its commitment.
    """
    opening.check()
    scalar = ephemeral_scalar(opening.salt, opening.commitment)
    wraps = []
    for number, key in enumerate(recipients):
        if key == NEUTRAL:
            wraps.append(0)
            continue
        check_public_key(key, f"the key of recipient {number}")
        wraps.append((opening.salt + _pad(multiply(key, scalar), opening.commitment)) % SCALAR_MODULUS)
    packed = pack(opening.vector)
    stream = _key_stream(opening.salt, opening.commitment, len(packed))
    body = tuple((element + key) % SCALAR_MODULUS for element, key in zip(packed, stream, strict=True))
    return Ciphertext(opening.commitment, public_key(scalar), tuple(wraps), body)


def decrypt(ciphertext: Ciphertext, position: int, secret: int, owner: int, instruments: int) -> Opening:
    """Open a commitment with a recipient's secret scalar.

    Args:
        position: Of the recipient's wrap.
        owner: Account of the commitment.
        instruments: N.

    Raises:
        CommitmentMismatch: What comes out does not give the commitment: another key or account, or a changed text.
        InputError: There is no such wrap, or the ephemeral key is not in the subgroup.
    """
    check_public_key(ciphertext.ephemeral, "the ephemeral key")
    return decrypt_with_shared(ciphertext, position, multiply(ciphertext.ephemeral, secret), owner, instruments)


def decrypt_with_shared(ciphertext: Ciphertext, position: int, shared: Point, owner: int, instruments: int) -> Opening:
    """Open a commitment with secret·ephemeral, however that was computed; see :func:`decrypt`.

    Whatever salt comes out is taken: the circuit proves of a ciphertext that it opens, not that the salt is one that
    this program draws.
    """
    if not 0 <= position < len(ciphertext.wraps) or ciphertext.wraps[position] == 0:
        raise InputError(f"the ciphertext has nothing for recipient {position}")
    commitment = ciphertext.commitment
    refused = CommitmentMismatch(f"the ciphertext does not open commitment {commitment:#066x} with this key")
    salt = (ciphertext.wraps[position] - _pad(shared, commitment)) % SCALAR_MODULUS
    stream = _key_stream(salt, commitment, len(ciphertext.body))
    packed = [(element - key) % SCALAR_MODULUS for element, key in zip(ciphertext.body, stream, strict=True)]
    try:
        vector: BookQuantities = OpenedBook(*unpack(packed, instruments))
        matches = commitment_of(vector, owner, salt) == commitment
    except RangeExceeded:
        raise refused from None
    if not matches:
        raise refused
    return Opening(vector=vector, owner=owner, salt=salt, commitment=commitment)


def _pad(shared: Point, commitment: int) -> int:
    return poseidon([POSEIDON_DOMAIN_WRAP, *shared, commitment])


def _key_stream(salt: int, commitment: int, count: int) -> list[int]:
    stream: list[int] = []
    for block in range(-(-count // BLOCK)):
        inputs = [POSEIDON_DOMAIN_CIPHER, salt, commitment, block, *[0] * (BLOCK - 4)]
        stream += poseidon_squeeze(inputs, min(BLOCK, count - BLOCK * block))
    return stream
