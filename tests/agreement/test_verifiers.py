"""Three verifiers that share no code accept and refuse the same; two provers make what all accept. Must-show 2."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.errors import ProofRejected, VerificationError
from zkrisk.params import BASE_MODULUS, SCALAR_MODULUS, CircuitKind
from zkrisk.proof.backends import native, pairing, snarkjs
from zkrisk.proof.curve import curve
from zkrisk.proof.folding import (
    assemble_vk_x,
    fold_set,
    fold_sets,
    native_fold,
    pairing_fold,
    set_values,
    sheet_point,
)
from zkrisk.witness import SignalSet

VERIFIERS = {"native": native.verify, "py_ecc": pairing.verify, "snarkjs": snarkjs.verify}
FAST = {"native": native.verify, "py_ecc": pairing.verify}


@cache
def made(backend: str) -> case.Made:
    return case.make(backend=backend)


@pytest.mark.parametrize("verifier", list(VERIFIERS))
@pytest.mark.parametrize("backend", ["native", "snarkjs"])
def test_proof_of_either_prover_is_accepted_by_every_verifier(backend: str, verifier: str) -> None:
    one = made(backend)
    VERIFIERS[verifier](case.key().material, one.public, one.parts.proof)


@pytest.mark.parametrize("verifier", list(VERIFIERS))
@pytest.mark.parametrize("backend", ["native", "snarkjs"])
def test_one_changed_public_value_is_refused_by_every_verifier(backend: str, verifier: str) -> None:
    one = made(backend)
    for place in (0, 2, len(one.public) - 1):
        public = list(one.public)
        public[place] = (public[place] + 1) % SCALAR_MODULUS
        with pytest.raises(ProofRejected):
            VERIFIERS[verifier](case.key().material, public, one.parts.proof)


@pytest.mark.parametrize("verifier", list(VERIFIERS))
def test_S7_wrong_number_of_signals_is_refused_cleanly(verifier: str) -> None:  # noqa: N802
    one = made("native")
    for public in ((), one.public[:-1], (*one.public, 0), (*one.public, *one.public)):
        with pytest.raises(ProofRejected):
            VERIFIERS[verifier](case.key().material, public, one.parts.proof)


@pytest.mark.parametrize("verifier", list(VERIFIERS))
def test_K1_signal_plus_modulus_is_refused(verifier: str) -> None:  # noqa: N802
    one = made("native")
    for place in (0, len(one.public) - 1):
        public = list(one.public)
        public[place] += SCALAR_MODULUS
        with pytest.raises(ProofRejected):
            VERIFIERS[verifier](case.key().material, public, one.parts.proof)


@pytest.mark.parametrize("verifier", list(VERIFIERS))
@pytest.mark.parametrize("length", [0, 255, 257])
def test_proof_of_another_length_is_refused(verifier: str, length: int) -> None:
    one = made("native")
    with pytest.raises(ProofRejected):
        VERIFIERS[verifier](case.key().material, one.public, (one.parts.proof * 2)[:length])


def g1(point: tuple[object, object, object]) -> bytes:
    x, y = curve.normalize(point)
    return int(x).to_bytes(32, "big") + int(y).to_bytes(32, "big")


GENERATOR_1 = g1(curve.G1)
GENERATOR_2 = b"".join(int(c).to_bytes(32, "big") for pair in curve.normalize(curve.G2) for c in reversed(pair.coeffs))


@pytest.mark.parametrize("verifier", list(FAST))
def test_K24_identity_and_generator_points_are_refused(verifier: str) -> None:  # noqa: N802
    one = made("native")
    for a in (bytes(64), GENERATOR_1):
        for b in (bytes(128), GENERATOR_2):
            for c in (bytes(64), GENERATOR_1):
                with pytest.raises(ProofRejected):
                    FAST[verifier](case.key().material, one.public, a + b + c)


def root(value: int) -> int | None:
    """A square root in the base field, whose modulus is 3 mod 4."""
    found = pow(value, (BASE_MODULUS + 1) // 4, BASE_MODULUS)
    return found if found * found % BASE_MODULUS == value % BASE_MODULUS else None


def root_of_pair(real: int, imaginary: int) -> tuple[int, int] | None:
    """A square root of real + imaginary·i."""
    norm = root(real * real + imaginary * imaginary)
    for sign in (1, -1):
        first = None if norm is None else root((real + sign * norm) * pow(2, -1, BASE_MODULUS))
        if first:
            return first, imaginary * pow(2 * first, -1, BASE_MODULUS) % BASE_MODULUS
    return None


@cache
def off_subgroup() -> bytes:
    """A point of the twist that is not of order r; nearly every point is."""
    for real in range(1, 100):
        x = curve.FQ2((real, 5))
        square = x * x * x + curve.b2
        y = root_of_pair(*(int(c) for c in square.coeffs))
        if y is not None:
            assert curve.is_on_curve((x, curve.FQ2(y), curve.FQ2.one()), curve.b2)
            return b"".join(int(c).to_bytes(32, "big") for c in (5, real, y[1], y[0]))
    raise AssertionError("no point found")


@pytest.mark.parametrize("verifier", list(VERIFIERS))
def test_P3_b_outside_the_subgroup_is_refused(verifier: str) -> None:  # noqa: N802
    proof = made("native").parts.proof
    with pytest.raises(ProofRejected):
        VERIFIERS[verifier](case.key().material, made("native").public, proof[:64] + off_subgroup() + proof[192:])


def verdict(check: Callable[[bytes, tuple[int, ...], bytes], None], proof: bytes) -> bool:
    try:
        check(case.key().material, made("native").public, proof)
    except VerificationError:
        return False
    return True


def negated(proof: bytes) -> bytes:
    """(-A, -B, C): the known malleable pair."""
    minus = [0, 32, 64, 96, 128, 160, 192, 224]
    words = [int.from_bytes(proof[i : i + 32], "big") for i in minus]
    for index in (1, 4, 5):
        words[index] = -words[index] % BASE_MODULUS
    return b"".join(word.to_bytes(32, "big") for word in words)


def test_K2_negated_proof_is_accepted_by_all_and_so_bytes_are_no_identifier() -> None:  # noqa: N802
    proof = negated(made("native").parts.proof)
    for check in VERIFIERS.values():
        check(case.key().material, made("native").public, proof)


def test_P5_mutated_proofs_get_the_same_verdict() -> None:  # noqa: N802
    """A flipped bit, a swapped point, a coordinate plus the modulus."""
    rng, proof = random.Random(7), made("native").parts.proof  # noqa: S311
    for _ in range(24):
        changed = bytearray(proof)
        changed[rng.randrange(256)] ^= 1 << rng.randrange(8)
        verdicts = {name: verdict(check, bytes(changed)) for name, check in FAST.items()}
        assert set(verdicts.values()) == {False}
    for start in range(0, 256, 32):
        changed = bytearray(proof)
        alias = int.from_bytes(proof[start : start + 32], "big") + BASE_MODULUS
        changed[start : start + 32] = alias.to_bytes(32, "big")
        assert {verdict(check, bytes(changed)) for check in FAST.values()} == {False}


def test_independent_folds_agree_on_every_set() -> None:
    values = set_values(CircuitKind.COMPLIANCE, case.sheet(), case.attest().parts.policy.public_values(  # type: ignore[union-attr]
        case.MICRO, case.sheet().parameters.sector_names))  # fmt: skip
    for member, given in values.items():
        assert fold_set(case.key(), member, given, native_fold) == fold_set(case.key(), member, given, pairing_fold)
    assert pairing_fold(bytes(0), ()) == native_fold(bytes(0), ()) == bytes(64)


def test_assembled_point_verifies_like_the_signals() -> None:
    from zkrisk import _prover  # noqa: PLC0415

    one = made("native")
    policy = case.policy().public_values(case.MICRO, case.sheet().parameters.sector_names)
    points = fold_sets(case.key(), set_values(CircuitKind.COMPLIANCE, case.sheet(), policy))
    shared = [sheet_point(points), points[SignalSet.POLICY]]
    vk_x = assemble_vk_x(case.key(), one.public[:3], case.LEG, shared)
    key = _prover.VerifyingKey.from_bytes(case.key().material)
    key.verify_with_point(vk_x, _prover.Proof.from_bytes(one.parts.proof))
    blob = _prover.VerifyingKey.from_bytes(case.key().blob)
    blob.verify_with_point(vk_x, _prover.Proof.from_bytes(one.parts.proof))


def test_bundle_is_accepted_by_all_verifiers_at_once() -> None:
    case.online(made("snarkjs").bundle, verifiers=tuple(VERIFIERS))
    case.online(case.liquidate().bundle, case.FakeChain(ledger=case.liquidate().bundle.leg), verifiers=tuple(VERIFIERS))
