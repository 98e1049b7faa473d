"""Keys: their layout, their root, and those that anybody can forge for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_utils import keccak

from tests.campaigns.verdicts.known import add_g2
from tests.unit import test_bundle_case as case
from zkrisk.errors import KeyFileInvalid, KeyMismatch
from zkrisk.params import BASE_MODULUS, CircuitKind
from zkrisk.proof.backends import pairing
from zkrisk.proof.backends.pairing import fold
from zkrisk.proof.bundle import Bundle, pack
from zkrisk.proof.curve import curve
from zkrisk.proof.keys import _G2_GENERATOR, HEAD_BYTES, CircuitKey, check_not_forgeable
from zkrisk.proof.prove import build_bundle
from zkrisk.proof.trust import load_trust, parse_entry
from zkrisk.proof.verify import VERIFIERS
from zkrisk.witness import SignalSet

BETA = slice(64, 192)
GAMMA = slice(192, 320)
DELTA = slice(320, 448)


def with_delta(delta: bytes) -> bytes:
    return with_point(DELTA, delta)


def with_point(place: slice, point: bytes) -> bytes:
    material = bytearray(case.key().material)
    material[place] = point
    return bytes(material)


def negated_g2(point: bytes) -> bytes:
    ordinates = (int.from_bytes(point[start : start + 32], "big") for start in (64, 96))
    return point[:64] + b"".join((-y % BASE_MODULUS).to_bytes(32, "big") for y in ordinates)


def test_development_key_is_not_forgeable() -> None:
    for kind in CircuitKind:
        check_not_forgeable(case.key(kind).material)


@pytest.mark.parametrize("name", ["gamma", "minus gamma", "generator", "minus generator"])
def test_S1_key_without_phase_two_is_refused(name: str) -> None:  # noqa: N802
    point = case.key().material[GAMMA] if "gamma" in name else _G2_GENERATOR
    delta = negated_g2(point) if name.startswith("minus") else point
    assert_no_verifier_takes(with_delta(delta))


@pytest.mark.parametrize("name", ["gamma", "minus gamma", "delta", "minus delta"])
def test_S1_key_whose_beta_is_no_secret_is_refused(name: str) -> None:  # noqa: N802
    point = case.key().material[GAMMA if "gamma" in name else DELTA]
    assert_no_verifier_takes(with_point(BETA, negated_g2(point) if name.startswith("minus") else point))


@pytest.mark.parametrize("place", [slice(0, 64), BETA, GAMMA, DELTA, slice(448, 512), slice(-64, None)])
def test_S1_key_with_an_identity_point_is_refused(place: slice) -> None:  # noqa: N802
    assert_no_verifier_takes(with_point(place, bytes(len(case.key().material[place]))))


def assert_no_verifier_takes(material: bytes) -> None:
    """Each verifier refuses the key by itself, whoever calls it."""
    with pytest.raises(KeyMismatch):
        check_not_forgeable(material)
    one = case.attest()
    for verify in VERIFIERS.values():
        with pytest.raises((KeyMismatch, KeyFileInvalid)):
            verify(material, one.public, one.parts.proof)


def equation_holds(material: bytes, public: tuple[int, ...], proof: bytes) -> bool:
    """The pairing equation alone, without a look at the key."""
    alpha, c = pairing._g1(material, 0), pairing._g1(proof, 192)
    beta, gamma, delta = (pairing._on_g2(material, start) for start in (64, 192, 320))
    product = curve.FQ12.one()
    vk_x = fold(material[HEAD_BYTES:], (1, *public))
    sides = ((curve.neg(pairing._g1(proof, 0)), pairing._on_g2(proof, 64)), (alpha, beta), (vk_x, gamma), (c, delta))
    for left, right in sides:
        product *= curve.pairing(right, left, final_exponentiate=False)
    return bool(curve.final_exponentiate(product) == curve.FQ12.one())


def g1_bytes(point: tuple[curve.FQ, curve.FQ, curve.FQ]) -> bytes:
    x, y = curve.normalize(point)
    return int(x).to_bytes(32, "big") + int(y).to_bytes(32, "big")


Forge = Callable[[bytes, tuple[int, ...]], tuple[bytes, bytes]]


def forge_with_delta_gamma(material: bytes, public: tuple[int, ...]) -> tuple[bytes, bytes]:
    """delta = gamma: A = alpha, B = beta, C = -vk_x."""
    vk_x = fold(material[HEAD_BYTES:], (1, *public))
    return with_delta(material[GAMMA]), material[:192] + g1_bytes(curve.neg(vk_x))


def forge_with_beta_gamma(material: bytes, public: tuple[int, ...]) -> tuple[bytes, bytes]:
    """beta = gamma: A = alpha + vk_x, B = gamma + delta, C = A."""
    a = g1_bytes(curve.add(pairing._g1(material, 0), fold(material[HEAD_BYTES:], (1, *public))))
    return with_point(BETA, material[GAMMA]), a + add_g2(material[GAMMA], material[DELTA]) + a


def forge_with_beta_delta(material: bytes, public: tuple[int, ...]) -> tuple[bytes, bytes]:
    """beta = delta: A = vk_x, B = gamma + delta, C = vk_x - alpha."""
    vk_x = fold(material[HEAD_BYTES:], (1, *public))
    c = g1_bytes(curve.add(vk_x, curve.neg(pairing._g1(material, 0))))
    return with_point(BETA, material[DELTA]), g1_bytes(vk_x) + add_g2(material[GAMMA], material[DELTA]) + c


def forged_bundle(forge: Forge) -> Bundle:
    """A bundle without a witness, by nobody in particular, for a commitment that nobody can open."""
    honest = case.attest().parts
    # The context binds the key's name, which the forged key decides, not the public values.
    material, _ = forge(case.key().material, honest.statement.public_signals())
    key = CircuitKey(CircuitKind.COMPLIANCE, case.MICRO, material)
    request = replace(honest.request, key_id=key.key_id)
    statement = replace(honest.statement, context=request.signal(), commitment=7)
    proof = forge(case.key().material, statement.public_signals())[1]
    assert equation_holds(key.material, statement.public_signals(), proof)
    manifest = dict(honest.manifest) | {"vkey_sha256": hashlib.sha256(key.material).hexdigest()}
    parts = replace(honest, key=key, manifest=manifest, statement=statement, request=request, proof=proof)
    return pack(build_bundle(parts), key, case.sheet())


@pytest.mark.parametrize("forge", [forge_with_delta_gamma, forge_with_beta_gamma, forge_with_beta_delta])
def test_S1_forged_proof_under_a_pinned_key_is_refused(forge: Forge) -> None:  # noqa: N802
    """Even when the verifier was made to pin the key."""
    bundle = forged_bundle(forge)
    fields = {"circuit": "compliance-micro", "key_id": bundle.statement.circuit.bases_root, "class": "DEVELOPMENT"}
    trust = load_trust(None).add(parse_entry("circuits", fields), case.sheet().as_of_unix)
    for verifiers in (("native",), ("py_ecc",), ("snarkjs",)):
        with pytest.raises(KeyMismatch) as caught:
            case.without_chain(bundle, artifacts=None, trust=trust, verifiers=verifiers)
        checks: Any = caught.value.details["checks"]
        assert checks[0]["name"] == "key not forgeable"


def test_coordinate_that_is_not_reduced_is_refused() -> None:
    material = bytearray(case.key().material)
    material[-32:] = (int.from_bytes(material[-32:], "big") + BASE_MODULUS).to_bytes(32, "big")
    with pytest.raises(KeyMismatch, match="modulus"):
        check_not_forgeable(bytes(material))


@pytest.mark.parametrize("change", [-64, -1, 1, 64])
def test_S7_key_with_another_number_of_points_is_refused(change: int) -> None:  # noqa: N802
    material = case.key().material
    wrong = material[:change] if change < 0 else material + bytes(change)
    with pytest.raises(KeyFileInvalid):
        CircuitKey(CircuitKind.COMPLIANCE, case.MICRO, wrong)


def test_sets_cover_all_points_once() -> None:
    for kind in CircuitKind:
        key = case.key(kind)
        joined = key.constant_point + b"".join(key.points(member) for member in SignalSet)
        assert joined == key.material[HEAD_BYTES:]
        assert key.blob + b"".join(key.rows) == key.material


def test_every_leaf_proves_its_place_under_the_key_id() -> None:
    key = case.key()
    for index, data in enumerate((key.blob, *key.rows)):
        node = keccak(keccak(index.to_bytes(32, "big") + data))
        for sibling in key.merkle_proof(index):
            node = keccak(min(node, sibling) + max(node, sibling))
        assert node == key.key_id


def test_key_id_is_the_one_in_the_manifest_and_moves_with_every_byte() -> None:
    key = case.key()
    assert case.instance().manifest()["key_id"] == "0x" + key.key_id.hex()
    for place in (0, 100, 400, len(key.blob) - 1, len(key.blob), len(key.material) - 1):
        changed = bytearray(key.material)
        changed[place] ^= 1
        assert CircuitKey(key.kind, key.tier, bytes(changed)).key_id != key.key_id
