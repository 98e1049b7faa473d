"""The independent verifier: py_ecc's pairing, no line shared with the prover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zkrisk.errors import ProofRejected
from zkrisk.params import BASE_MODULUS, SCALAR_MODULUS
from zkrisk.proof.curve import FQ, FQ2, curve
from zkrisk.proof.keys import HEAD_BYTES, POINT_BYTES, check_not_forgeable

__all__ = ["fold", "verify"]

_G1 = tuple[FQ, FQ, FQ]
_G2 = tuple[FQ2, FQ2, FQ2]


def verify(material: bytes, public: Sequence[int], proof: bytes) -> None:
    """Verify with py_ecc: e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta).

    What is cheap to check is checked first: a pairing takes most of a second.

    Args:
        material: alpha, beta, gamma, delta and all IC points, as `CircuitKey.material`.
        public: All public signals, each in [0, r).
        proof: A, B, C, 256 bytes.

    Raises:
        ProofRejected: Wrong lengths, values out of range, points off the curve or out of the subgroup, or the
            equation does not hold.
        KeyMismatch: Anybody can forge proofs for the key (`check_not_forgeable`).
    """
    points, rest = divmod(len(material) - HEAD_BYTES, POINT_BYTES)
    if rest or points < 1 or len(proof) != 4 * POINT_BYTES or len(public) != points - 1:
        raise ProofRejected(f"{len(public)} public signals and {len(proof)} proof bytes; the key takes {points - 1}")
    if any(not 0 <= value < SCALAR_MODULUS for value in public):
        raise ProofRejected("a public signal is not below the field's modulus")
    check_not_forgeable(material)
    a, b, c = _g1(proof, 0), _on_g2(proof, 64), _g1(proof, 192)
    alpha, beta, gamma, delta = _g1(material, 0), _on_g2(material, 64), _on_g2(material, 192), _on_g2(material, 320)
    for x, y in _coordinates(material[HEAD_BYTES:]):
        _on_g1(x, y)
    for point in (b, beta, gamma, delta):
        if not curve.is_inf(curve.multiply(point, SCALAR_MODULUS)):
            raise ProofRejected("a G2 point is not in the prime-order subgroup")
    vk_x = fold(material[HEAD_BYTES:], (1, *public))
    product = curve.FQ12.one()
    for left, right in ((curve.neg(a), b), (alpha, beta), (vk_x, gamma), (c, delta)):
        product *= curve.pairing(right, left, final_exponentiate=False)
    if curve.final_exponentiate(product) != curve.FQ12.one():
        raise ProofRejected("the pairing equation does not hold")


def fold(points: bytes, scalars: Sequence[int]) -> _G1:
    """Return Σ scalar_j · point_j; zero scalars are skipped, values above r/2 count as negative.

    Args:
        points: 64 bytes each, none the identity; a point whose scalar is zero is not looked at.
        scalars: As many, each in [0, r).

    Raises:
        ProofRejected: A point is the identity or not on the curve.
    """
    total: _G1 = curve.Z1
    for (x, y), scalar in zip(_coordinates(points), scalars, strict=True):
        if scalar == 0:
            continue
        point = _on_g1(x, y)
        if scalar > SCALAR_MODULUS // 2:
            point, scalar = curve.neg(point), SCALAR_MODULUS - scalar  # noqa: PLW2901
        total = curve.add(total, curve.multiply(point, scalar))
    return total


def _coordinates(points: bytes) -> Iterator[tuple[int, int]]:
    for offset in range(0, len(points), POINT_BYTES):
        yield _word(points, offset), _word(points, offset + 32)


def _word(data: bytes, offset: int) -> int:
    value = int.from_bytes(data[offset : offset + 32], "big")
    if value >= BASE_MODULUS:
        raise ProofRejected("a coordinate is not below the base field's modulus")
    return value


def _on_g1(x: int, y: int) -> _G1:
    point = (FQ(x), FQ(y), FQ(1))
    if (x, y) == (0, 0) or not curve.is_on_curve(point, curve.b):
        raise ProofRejected("a G1 point is the identity or not on the curve")
    return point


def _g1(data: bytes, offset: int) -> _G1:
    return _on_g1(_word(data, offset), _word(data, offset + 32))


def _on_g2(data: bytes, offset: int) -> _G2:
    x1, x0, y1, y0 = (_word(data, offset + 32 * i) for i in range(4))
    point = (FQ2((x0, x1)), FQ2((y0, y1)), FQ2.one())
    if not any((x0, x1, y0, y1)) or not curve.is_on_curve(point, curve.b2):
        raise ProofRejected("a G2 point is the identity or not on the curve")
    return point
