"""Two proofs about secret scalars, without interaction (Fiat and Shamir): that one is known, and that two are equal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from zkrisk.edwards import BASE, Point, add_points, check_public_key, draw_scalar, multiply, negate, public_key
from zkrisk.errors import InputError, ProofRejected
from zkrisk.params import EDWARDS_ORDER

__all__ = ["ScalarProof", "check_given", "prove_equal", "prove_knowledge", "verify_equal", "verify_knowledge"]

_KNOWLEDGE = b"zkrisk.viewing.knowledge.v1"
_EQUAL = b"zkrisk.viewing.equal.v1"


@dataclass(frozen=True, slots=True)
class ScalarProof:
    """Challenge and response, both below the order."""

    challenge: int
    response: int


def prove_knowledge(scalar: int, label: bytes) -> ScalarProof:
    """Prove that scalar·BASE was made by somebody who knows the scalar (Schnorr 1991), for one use, its label."""
    nonce = draw_scalar()
    challenge = _hash(_KNOWLEDGE, label, (public_key(scalar), public_key(nonce)))
    return ScalarProof(challenge, (nonce + challenge * scalar) % EDWARDS_ORDER)


def verify_knowledge(key: Point, proof: ScalarProof, label: bytes, who: str) -> None:
    """Check that somebody knows the scalar of a key.

    Raises:
        ProofRejected: The proof is wrong, or made for another label, or the key is not in the subgroup.
    """
    _check(proof, who)
    check_given(key, who)
    nonce = _left(BASE, key, proof)
    if _hash(_KNOWLEDGE, label, (key, nonce)) != proof.challenge:
        raise ProofRejected(f"{who} does not show that the secret of the commitment is known")


def prove_equal(scalar: int, point: Point, label: bytes) -> ScalarProof:
    """Prove that scalar·BASE and scalar·point have one scalar (Chaum and Pedersen 1992)."""
    nonce = draw_scalar()
    values = (public_key(scalar), point, multiply(point, scalar), public_key(nonce), multiply(point, nonce))
    challenge = _hash(_EQUAL, label, values)
    return ScalarProof(challenge, (nonce + challenge * scalar) % EDWARDS_ORDER)


def verify_equal(key: Point, product: tuple[Point, Point], proof: ScalarProof, label: bytes, who: str) -> None:
    """Check that image = scalar·point for the scalar of a key.

    The image has to be in the subgroup. Outside it the equations hold for a wrong image too, one try in 2 to 8: a
    point of order 2, 4 or 8 that is added to the right image goes away when the challenge is a multiple of its order.

    Args:
        key: scalar·BASE, from a ceremony, whose points are checked where they are read.
        product: Point, checked by the caller to be in the subgroup, and image, which may be anything.

    Raises:
        ProofRejected: It is not, or not shown to be.
    """
    _check(proof, who)
    point, image = product
    check_given(image, who)
    values = (key, point, image, _left(BASE, key, proof), _left(point, image, proof))
    if _hash(_EQUAL, label, values) != proof.challenge:
        raise ProofRejected(f"{who} is not computed with the share that the ceremony gave")


def check_given(point: Point, who: str) -> None:
    """Refuse a point of somebody else's making that is not in the subgroup, or neutral; the message says whose.

    Raises:
        ProofRejected: It is one.
    """
    try:
        check_public_key(point, f"a point of {who}")
    except InputError as error:
        raise ProofRejected(str(error)) from None


def _left(base: Point, image: Point, proof: ScalarProof) -> Point:
    """Return response·base - challenge·image."""
    return add_points(multiply(base, proof.response), negate(multiply(image, proof.challenge)))


def _check(proof: ScalarProof, who: str) -> None:
    if not (0 <= proof.challenge < EDWARDS_ORDER and 0 <= proof.response < EDWARDS_ORDER):
        raise ProofRejected(f"{who}: the proof has numbers that are not canonical")


def _hash(tag: bytes, label: bytes, points: Sequence[Point]) -> int:
    data = b"".join(number.to_bytes(32, "big") for point in points for number in point)
    digest = hashlib.sha512(tag + b"\0" + len(label).to_bytes(4, "big") + label + data).digest()
    return int.from_bytes(digest, "big") % EDWARDS_ORDER
