"""Proving bindings: what they are bound to, which circuit and key, and what is refused before a proof is made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.leak import shows
from tests.unit import bind_case as case
from zkrisk import _prover
from zkrisk.book import BookVector
from zkrisk.chain.deploy import check_key
from zkrisk.commitment import decrypt
from zkrisk.edwards import NEUTRAL
from zkrisk.errors import (
    CommitmentMismatch,
    DevelopmentKey,
    InputError,
    KeyFileInvalid,
    KeyMismatch,
    RangeExceeded,
    WitnessError,
    ZkRiskError,
)
from zkrisk.params import MICRO, SCALAR_MODULUS, STANDARD
from zkrisk.proof.artifacts import default_artifacts, smallest_instance
from zkrisk.proof.binding import prove_binding, verify_binding
from zkrisk.proof.keys import HEAD_BYTES, BindKey, check_not_forgeable
from zkrisk.witness.binding import UNSIGNED_VALUES, BookPart

CIRCUITS = Path(__file__).resolve().parents[2] / "circuits" / "circuits.json"


def assert_nothing_private(text: str) -> None:
    """No quantity, salt or account tag, in decimal or hexadecimal."""
    assert not any(shows(text, form) for value in case.PRIVATE for form in (str(value), f"{value:x}"))


def test_context_is_the_hash_that_the_protocol_names() -> None:
    one = case.partly_signed()
    asked, said = one.request, one.statement
    types = ["bytes32", "uint256", "address", "bytes32", "address", "uint64", "uint64", "uint256", "uint256[]"]
    values = [*said.chosen(), *said.ciphertext.ephemeral, *said.ciphertext.wraps, *said.ciphertext.body]
    preimage = encode(
        types,
        [
            keccak(b"zkrisk.binding.v1"), 31337, case.BINDER, asked.key_id, case.ACCOUNT, 3, case.DEADLINE,
            said.digest(), values,
        ],
    )  # fmt: skip
    assert one.public_signals()[1] == int.from_bytes(keccak(preimage), "big") % SCALAR_MODULUS


def test_key_is_whole_in_its_blob_and_its_root_is_the_leaf() -> None:
    key = case.key(1, 1)
    assert key.blob == key.material
    assert len(key.blob) == HEAD_BYTES + 4 * 64
    assert key.key_id == keccak(keccak(bytes(32) + key.blob))
    assert key.merkle_proof(0) == ()
    assert case.instance(1, 1).manifest()["key_id"] == "0x" + key.key_id.hex()
    check_not_forgeable(key.material)


@pytest.mark.parametrize("change", [-64, -1, 1, 64])
def test_S7_key_with_another_number_of_points_is_refused(change: int) -> None:  # noqa: N802
    material = case.key(1, 1).material
    with pytest.raises(KeyFileInvalid, match="bind_1_1-micro"):
        BindKey(case.instance(1, 1).circuit, material[:change] if change < 0 else material + bytes(change))


def test_S8_development_key_is_for_development_chains() -> None:  # noqa: N802
    check_key(case.instance(1, 1), 31337)
    with pytest.raises(DevelopmentKey, match="bind_1_1-micro"):
        check_key(case.instance(1, 1), 1)


def test_every_circuit_of_the_list_has_a_key() -> None:
    entries = json.loads(CIRCUITS.read_text())
    listed = {f"{kind}-{tier}" for kind, e in entries.items() for tier in e.get("tiers", []) if "bind" in kind}
    artifacts = default_artifacts()
    assert {circuit.name for circuit in artifacts.bind_circuits()} == listed
    roots = {artifacts.bind_instance(circuit).key().key_id for circuit in artifacts.bind_circuits()}
    assert len(roots) == len(listed)


@pytest.mark.parametrize(
    ("parts", "readers", "tier", "name"),
    [
        (1, 1, MICRO, "bind_1_1-micro"),
        (1, 2, MICRO, "bind_2_3-micro"),
        (1, 1, STANDARD, "bind_1_1-standard"),
        (1, 2, STANDARD, "bind_1_3-standard"),
        (2, 1, STANDARD, "bind_2_1-standard"),
        (2, 2, STANDARD, "bind_2_3-standard"),
        (3, 1, STANDARD, "bind_4_1-standard"),
        (4, 3, STANDARD, "bind_4_3-standard"),
    ],
)
def test_smallest_instance_has_room_and_fewest_constraints(parts: int, readers: int, tier: Any, name: str) -> None:
    artifacts = default_artifacts()
    found = smallest_instance(parts, readers, tier, artifacts)
    assert found.name == name
    fitting = [c for c in artifacts.bind_circuits() if c.tier == tier and c.parts >= parts and c.readers >= readers]
    sizes = {c.name: _prover.R1cs.load(str(artifacts.bind_instance(c).r1cs)).n_constraints for c in fitting}
    assert sizes[name] == min(sizes.values())


@pytest.mark.parametrize(("parts", "readers"), [(5, 1), (1, 4)])
def test_too_many_parts_or_readers_have_no_instance(parts: int, readers: int) -> None:
    with pytest.raises(InputError, match=f"{parts} parts to {readers} readers"):
        smallest_instance(parts, readers, STANDARD, default_artifacts())


def test_readers_open_the_book_of_a_proved_binding() -> None:
    one = case.partly_signed()
    expected = case.opening(case.HELD, case.ELSEWHERE)
    for place, secret in enumerate((1_001, 1_002)):
        found = decrypt(one.statement.ciphertext, place, secret, case.OWNER, MICRO.instruments)
        assert (found.long, found.short, found.salt) == (expected.long, expected.short, case.SALT)
    assert one.statement.recipients[2] == NEUTRAL
    assert one.statement.ciphertext.wraps[2] == 0
    assert 0 < one.statement.coverage_bps < 10_000


def test_unused_places_are_filled() -> None:
    """One signed part where two have room: the other is nobody's and empty."""
    circuit = case.instance(2, 1)
    asked = case.request(circuit.key())
    one = prove_binding(
        circuit, case.opening(case.HELD), [case.signed_part()], [], asked, registry=case.REGISTRY, prices=case.PRICES
    )
    assert one.statement.parts[1] == UNSIGNED_VALUES
    assert one.statement.coverage_bps == 10_000
    verify_binding(one, circuit.key())


def wrong_calls() -> dict[str, tuple[dict[str, Any], type[ZkRiskError], str]]:
    """What differs from the honest call → error."""
    book, part = case.opening(case.HELD), case.signed_part()
    asked = case.request(case.key(1, 1))
    nine = BookVector((*case.HELD.long, 0), (*case.HELD.short, 0))
    return {
        "another key": ({"request": case.request(case.key(2, 2))}, KeyMismatch, "another key"),
        "another account": ({"request": replace(asked, account=case.BINDER)}, InputError, "not one of"),
        "another chain": ({"request": replace(asked, chain_id=5)}, InputError, "part 0 is not for"),
        "another registry": ({"registry": case.REGISTRY + 1}, InputError, "part 0 is not for"),
        "statement of another owner": ({"parts": [case.signed_part(owner=5)]}, InputError, "part 0 is not for"),
        "another book": ({"opening": case.opening(case.ELSEWHERE)}, InputError, "sum of its parts"),
        "another tier": ({"opening": case.opening(nine)}, InputError, "8 slots"),
        "parts without room": ({"parts": [part, part]}, InputError, "takes 1 parts, not 2"),
        "readers without room": ({"readers": case.READERS}, InputError, "takes 1 readers, not 2"),
        "reader in a small subgroup": ({"readers": [case.SMALL]}, InputError, "recipient 0"),
        "unknown backend": ({"backend": "magic"}, InputError, "backend"),
        "key id of another length": ({"request": replace(asked, key_id=b"")}, KeyMismatch, "another key"),
        "sequence that is none": ({"request": replace(asked, sequence=-1)}, InputError, "Solidity"),
        "salt of another commitment": ({"opening": replace(book, salt=case.SALT + 1)}, CommitmentMismatch, "opening"),
        "small salt of another commitment": ({"opening": replace(book, salt=5)}, CommitmentMismatch, "opening"),
        "salt outside the field": ({"opening": replace(book, salt=SCALAR_MODULUS + 5)}, RangeExceeded, "field"),
    }


@pytest.mark.parametrize("name", wrong_calls())
def test_refused_before_a_proof_is_made_and_nothing_private_is_said(name: str) -> None:
    changes, error, match = wrong_calls()[name]
    honest = {
        "instance": case.instance(1, 1),
        "opening": case.opening(case.HELD),
        "parts": [case.signed_part()],
        "readers": case.READERS[:1],
        "request": case.request(case.key(1, 1)),
        "registry": case.REGISTRY,
    }
    with pytest.raises(error, match=match) as caught:
        prove_binding(**(honest | changes))
    assert_nothing_private(str(caught.value))


def test_prices_are_wanted_where_the_circuit_takes_more_than_one_part() -> None:
    circuit, asked = case.instance(2, 1), case.request(case.key(2, 1))
    with pytest.raises(InputError, match="prices"):
        prove_binding(circuit, case.opening(case.HELD), [case.signed_part()], [], asked, registry=case.REGISTRY)


def test_signature_of_another_statement_has_no_witness() -> None:
    forged = replace(case.signed_part(), signed=replace(case.signed_part().signed, signature=_other_signature()))  # type: ignore[type-var]
    asked = case.request(case.key(1, 1))
    with pytest.raises(WitnessError, match="assertion") as caught:
        prove_binding(case.instance(1, 1), case.opening(case.HELD), [forged], [], asked, registry=case.REGISTRY)
    assert_nothing_private(str(caught.value))


def _other_signature() -> Any:
    other = case.signed_part(timestamp=1_800_000_001).signed
    return other.signature if other else None


def test_private_values_do_not_show_in_a_binding() -> None:
    assert_nothing_private(repr(case.partly_signed()))


def test_unsigned_parts_are_nobodys() -> None:
    assert BookPart(case.ELSEWHERE).public_values() == UNSIGNED_VALUES
