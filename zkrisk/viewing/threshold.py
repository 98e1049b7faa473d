"""A reader's key that no single member has: made together, used by any t of n.

Ceremony (Pedersen 1991, with proofs of knowledge as in Komlo and Goldberg 2020, figure 1): every member draws a
polynomial, publishes commitments to it and sends every other member one value, sealed. The key is the sum of the
polynomials' secrets, which nobody ever has in one place. Whoever sends a value that does not fit is named.

The key is not uniform. Commitments that can be checked (Feldman 1987) show their points, so the last to publish, or
members that have the ceremony repeated, can try contributions until some bits of the public key are as they like
(Gennaro and others 1999). Their stronger ceremony, with a round of hiding commitments first, prevents it. Wraps do not
need that: the key is an honest member's uniform point plus a sum whose scalar the others know, as they proved. Who
computes secret·E for the key subtracts that scalar times E and has it for the honest point, so nobody's choice makes a
wrap easier to open than one for a key drawn alone. A signature or a beacon would need the uniform key; this is neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zkrisk.edwards import NEUTRAL, Point, add_points, check_public_key, multiply, public_key
from zkrisk.errors import InputError, ProofRejected
from zkrisk.params import EDWARDS_ORDER
from zkrisk.viewing.proofs import ScalarProof, prove_equal, prove_knowledge, verify_equal, verify_knowledge
from zkrisk.viewing.shares import (
    Polynomial,
    check_commitments,
    check_threshold,
    combine_points,
    evaluate_commitments,
)

__all__ = ["Deal", "Dealing", "KeyShare", "Partial", "ThresholdKey", "combine", "deal", "finish", "partial_decrypt"]

SHARE_BYTES = 32
_NONCE = bytes(12)
"""Each sealing key is used for one message."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What one member publishes.

    Attributes:
        dealer: Its number, from 1.
        commitments: To its polynomial, t points.
        proof: That it knows its secret: without it the last to publish could choose the sum.
        sealed: For each member, ephemeral X25519 key and ciphertext of the member's value.
    """

    dealer: int
    commitments: tuple[Point, ...]
    proof: ScalarProof
    sealed: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Dealing:
    """The members of a ceremony and what they agreed on.

    Attributes:
        name: Of the ceremony; a proof for one is worth nothing in another.
        threshold: Members that open a book together, t.
        members: Number → X25519 public key, 32 bytes. Numbers are 1 … n.
    """

    name: str
    threshold: int
    members: Mapping[int, bytes]

    def check(self) -> None:
        """Refuse a ceremony that cannot work.

        Raises:
            RangeExceeded: The threshold does not fit the number of members.
            InputError: Members are not numbered 1 … n.
        """
        check_threshold(self.threshold, len(self.members))
        if sorted(self.members) != list(range(1, len(self.members) + 1)):
            raise InputError("the members of a ceremony are numbered 1 … n")

    def label(self, dealer: int) -> bytes:
        """Return what ties a proof to this ceremony and dealer."""
        members = b"".join(self.members[number] for number in sorted(self.members))
        name = self.name.encode()
        return len(name).to_bytes(4, "big") + name + bytes([self.threshold, dealer]) + members


@dataclass(frozen=True, slots=True)
class ThresholdKey:
    """The public result of a ceremony.

    Attributes:
        public: The key that the contract hands to provers.
        verification: Member → share·BASE.
    """

    public: Point
    threshold: int
    verification: Mapping[int, Point]


@dataclass(frozen=True, slots=True)
class KeyShare:
    """A member's share. Private."""

    member: int
    scalar: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """A member's part of one decryption, with the proof that its share made it. Opens nothing alone."""

    member: int
    point: Point
    proof: ScalarProof


def deal(dealing: Dealing, dealer: int) -> Deal:
    """Make a member's contribution; draws from the operating system."""
    dealing.check()
    if dealer not in dealing.members:
        raise InputError(f"member {dealer} is not in ceremony {dealing.name}")
    polynomial = Polynomial.draw(dealing.threshold)
    proof = prove_knowledge(polynomial.coefficients[0], dealing.label(dealer))
    sealed = {
        member: _seal(key, polynomial.at(member), dealing.label(dealer) + bytes([member]))
        for member, key in dealing.members.items()
    }
    return Deal(dealer, polynomial.commitments(), proof, sealed)


def finish(
    dealing: Dealing, deals: Sequence[Deal], member: int, transport: X25519PrivateKey
) -> tuple[ThresholdKey, KeyShare]:
    """Check everybody's contribution and add up one's own share.

    Args:
        deals: One of each member.
        transport: The member's secret X25519 key.

    Raises:
        ProofRejected: A member's contribution is wrong; the message says whose. Start again without it.
        InputError: A contribution is missing, or of nobody.
    """
    key = public_result(dealing, deals)
    total = 0
    for one in deals:
        value = _unseal(transport, one.sealed.get(member, b""), dealing.label(one.dealer) + bytes([member]), one.dealer)
        if value == 0 or public_key(value) != evaluate_commitments(one.commitments, member):
            raise ProofRejected(f"the value that member {one.dealer} sent does not fit its commitments")
        total = (total + value) % EDWARDS_ORDER
    return key, KeyShare(member, total)


def public_result(dealing: Dealing, deals: Sequence[Deal]) -> ThresholdKey:
    """Return the key of a ceremony from what everybody published; anybody can.

    Raises:
        ProofRejected, InputError: See :func:`finish`.
    """
    dealing.check()
    if sorted(one.dealer for one in deals) != sorted(dealing.members):
        raise InputError(
            f"ceremony {dealing.name} needs one contribution of each of its {len(dealing.members)} members"
        )
    public, verification = NEUTRAL, dict.fromkeys(dealing.members, NEUTRAL)
    for one in deals:
        check_commitments(one.commitments, dealing.threshold, f"the contribution of member {one.dealer}")
        who = f"the contribution of member {one.dealer}"
        verify_knowledge(one.commitments[0], one.proof, dealing.label(one.dealer), who)
        public = add_points(public, one.commitments[0])
        for member in verification:
            share = evaluate_commitments(one.commitments, member)
            verification[member] = add_points(verification[member], share)
    check_public_key(public, "the key of the ceremony")
    for member, share in verification.items():
        if share == NEUTRAL:
            # Only who knows the values that all others sent it, or a threshold of members, can bring that about.
            raise ProofRejected(f"the contributions add up to no share for member {member}: start again without it")
    return ThresholdKey(public, dealing.threshold, verification)


def partial_decrypt(share: KeyShare, ephemeral: Point, label: bytes) -> Partial:
    """Make a member's part of a decryption.

    Args:
        ephemeral: Point of the ciphertext.
        label: What is decrypted, for instance the commitment's bytes.

    Raises:
        InputError: The ephemeral point is not in the subgroup: a product with it would tell bits of the share.
    """
    check_public_key(ephemeral, "the ephemeral key")
    proof = prove_equal(share.scalar, ephemeral, label)
    return Partial(share.member, multiply(ephemeral, share.scalar), proof)


def combine(key: ThresholdKey, ephemeral: Point, partials: Sequence[Partial], label: bytes) -> Point:
    """Return secret·ephemeral from the parts of at least t members; see `decrypt_with_shared`.

    Raises:
        ProofRejected: A part is wrong; the message says whose.
        InputError: There are fewer parts than the threshold, or one of nobody.
    """
    check_public_key(ephemeral, "the ephemeral key")
    for part in partials:
        verification = key.verification.get(part.member)
        if verification is None:
            raise InputError(f"member {part.member} has no share of this key")
        verify_equal(verification, (ephemeral, part.point), part.proof, label, f"the part of member {part.member}")
    points = {part.member: part.point for part in partials}
    if len(points) < key.threshold:
        parts = "1 part does" if len(points) == 1 else f"{len(points)} parts do"
        raise InputError(f"{parts} not open a book: {key.threshold} {'is' if key.threshold == 1 else 'are'} needed")
    return combine_points(dict(sorted(points.items())[: key.threshold]))


def _seal(key: bytes, value: int, label: bytes) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(key))
    box = ChaCha20Poly1305(_derive(shared, own + key))
    return own + box.encrypt(_NONCE, value.to_bytes(SHARE_BYTES, "big"), label)


def _unseal(transport: X25519PrivateKey, sealed: bytes, label: bytes, dealer: int) -> int:
    own, text = sealed[:32], sealed[32:]
    key = transport.public_key().public_bytes_raw()
    try:
        shared = transport.exchange(X25519PublicKey.from_public_bytes(own))
        value = int.from_bytes(ChaCha20Poly1305(_derive(shared, own + key)).decrypt(_NONCE, text, label), "big")
    except (InvalidTag, ValueError):
        raise ProofRejected(f"what member {dealer} sent cannot be unsealed with this member's key") from None
    if value >= EDWARDS_ORDER:
        raise ProofRejected(f"the value that member {dealer} sent is out of range")
    return value


def _derive(shared: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"zkrisk.viewing.seal.v1" + info).derive(shared)
