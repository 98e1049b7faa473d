"""Points outside the subgroup, and proofs about them that hold by luck and not by knowledge of a share."""

from __future__ import annotations

from functools import cache

from zkrisk.edwards import NEUTRAL, Point, add_points, draw_scalar, is_on_curve, multiply, public_key
from zkrisk.params import EDWARDS_A, EDWARDS_D, EDWARDS_ORDER, SCALAR_MODULUS
from zkrisk.viewing import Partial, proofs
from zkrisk.viewing.proofs import ScalarProof

__all__ = ["SMALL_ORDERS", "lucky_knowledge", "lucky_part", "point_of_order"]

SMALL_ORDERS = (2, 4, 8)


@cache
def point_of_order(order: int) -> Point:
    """Return a point of order 2, 4 or 8: what is left of a point of the curve, multiplied by the subgroup's order."""
    y = 1
    while True:
        y += 1
        bottom = EDWARDS_A - EDWARDS_D * y * y
        square = (1 - y * y) * pow(bottom, -1, SCALAR_MODULUS) % SCALAR_MODULUS
        x = _root(square)
        if x is None:
            continue
        rest = multiply((x, y), EDWARDS_ORDER)
        if multiply(rest, 4) != NEUTRAL:
            point = multiply(rest, 8 // order)
            assert is_on_curve(point)
            assert multiply(point, order) == NEUTRAL != multiply(point, order // 2)
            return point


def lucky_part(member: int, scalar: int, ephemeral: Point, label: bytes, order: int) -> Partial:
    """Return a wrong part of a decryption for which both equations of its proof hold.

    The image is off by a point of small order. Nonces are tried until the challenge is a multiple of it: then the
    point goes away in challenge·image, as if it was not there.
    """
    image = add_points(multiply(ephemeral, scalar), point_of_order(order))
    key = public_key(scalar)
    while True:
        nonce = draw_scalar()
        values = (key, ephemeral, image, public_key(nonce), multiply(ephemeral, nonce))
        challenge = proofs._hash(proofs._EQUAL, label, values)
        if challenge % order == 0:
            return Partial(member, image, ScalarProof(challenge, (nonce + challenge * scalar) % EDWARDS_ORDER))


def lucky_knowledge(scalar: int, label: bytes, order: int) -> tuple[Point, ScalarProof]:
    """Return a key that is off by a point of small order and a proof of knowledge for which the equation holds."""
    key = add_points(public_key(scalar), point_of_order(order))
    while True:
        nonce = draw_scalar()
        challenge = proofs._hash(proofs._KNOWLEDGE, label, (key, public_key(nonce)))
        if challenge % order == 0:
            return key, ScalarProof(challenge, (nonce + challenge * scalar) % EDWARDS_ORDER)


def _root(square: int) -> int | None:
    """Return a square root modulo r by Tonelli and Shanks, None where there is none."""
    odd, twos = SCALAR_MODULUS - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    # 5 is not a square.
    generator = pow(5, odd, SCALAR_MODULUS)
    root, rest = pow(square, (odd + 1) // 2, SCALAR_MODULUS), pow(square, odd, SCALAR_MODULUS)
    if pow(rest, 1 << (twos - 1), SCALAR_MODULUS) != 1:
        return None
    while rest != 1:
        power, found = 0, rest
        while found != 1:
            found, power = found * found % SCALAR_MODULUS, power + 1
        factor = pow(generator, 1 << (twos - power - 1), SCALAR_MODULUS)
        root, rest = root * factor % SCALAR_MODULUS, rest * factor * factor % SCALAR_MODULUS
        generator, twos = factor * factor % SCALAR_MODULUS, power
    return root
