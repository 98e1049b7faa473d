"""Keys: their layout, their root, and those that anybody can forge for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from eth_utils import keccak
from py_ecc import optimized_bn128 as curve

from tests.unit import test_bundle_case as case
from zkrisk.errors import KeyFileInvalid, KeyMismatch
from zkrisk.params import BASE_MODULUS, CircuitKind
from zkrisk.proof.backends import pairing
from zkrisk.proof.backends.pairing import fold
from zkrisk.proof.bundle import Bundle, pack
from zkrisk.proof.keys import _G2_GENERATOR, HEAD_BYTES, CircuitKey, _negated_g2, check_not_forgeable
from zkrisk.proof.prove import build_bundle
from zkrisk.proof.trust import load_trust, parse_entry
from zkrisk.witness import SignalSet

GAMMA = slice(192, 320)
DELTA = slice(320, 448)


def with_delta(delta: bytes) -> bytes:
    material = bytearray(case.key().material)
    material[DELTA] = delta
    return bytes(material)


def test_development_key_is_not_forgeable() -> None:
    for kind in CircuitKind:
        check_not_forgeable(case.key(kind).material)


@pytest.mark.parametrize("name", ["gamma", "minus gamma", "generator", "minus generator"])
def test_S1_key_without_phase_two_is_refused(name: str) -> None:  # noqa: N802
    point = case.key().material[GAMMA] if "gamma" in name else _G2_GENERATOR
    delta = _negated_g2(point) if name.startswith("minus") else point
    with pytest.raises(KeyMismatch, match="forge"):
        check_not_forgeable(with_delta(delta))


def forged_bundle() -> Bundle:
    """A bundle without a witness: for a key with delta = gamma, A = alpha, B = beta, C = -vk_x passes the equation."""
    key = CircuitKey(CircuitKind.COMPLIANCE, case.MICRO, with_delta(case.key().material[GAMMA]))
    honest = case.attest().parts
    request = replace(honest.request, key_id=key.key_id)
    statement = replace(honest.statement, context=request.signal(), commitment=7)
    vk_x = fold(key.material[HEAD_BYTES:], (1, *statement.public_signals()))
    x, y = curve.normalize(curve.neg(vk_x))
    proof = key.material[:192] + int(x).to_bytes(32, "big") + int(y).to_bytes(32, "big")
    pairing.verify(key.material, statement.public_signals(), proof)
    manifest = dict(honest.manifest) | {"vkey_sha256": hashlib.sha256(key.material).hexdigest()}
    parts = replace(honest, key=key, manifest=manifest, statement=statement, request=request, proof=proof)
    return pack(build_bundle(parts), key, case.sheet())


def test_S1_forged_proof_under_a_pinned_key_without_phase_two_is_refused() -> None:  # noqa: N802
    """Even when the verifier was made to pin the key."""
    bundle = forged_bundle()
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
