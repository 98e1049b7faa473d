"""Context and action hashes against words written out by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from eth_utils import keccak

from tests.unit import test_bundle_case as case
from zkrisk.errors import InputError
from zkrisk.params import SCALAR_MODULUS, Action
from zkrisk.proof.actions import action_hash, claims_leg, request_of
from zkrisk.proof.bundle_model import ActionData, LegEntry
from zkrisk.proof.context import LegClaim, attest_hash, liquidate_hash, policy_id_of, transfer_hash, update_hash


def word(value: int | str | bytes) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int.from_bytes(value) if isinstance(value, bytes) else value
    return number.to_bytes(32, "big")


def test_context_is_the_hash_of_its_words() -> None:
    asked = case.request(Action.ATTEST, ActionData())
    words = (
        keccak(b"zkrisk.context.v1"), asked.chain_id, asked.contract, asked.key_id, asked.policy_id, asked.account,
        asked.sequence, asked.beneficiary, int(asked.action), asked.action_hash, asked.epoch, asked.nonce,
        asked.deadline,
    )  # fmt: skip
    digest = keccak(b"".join(word(value) for value in words))
    assert asked.signal() == int.from_bytes(digest, "big") % SCALAR_MODULUS


def test_every_preimage_moves_the_context() -> None:
    """K6, K7: another action, chain, contract, account, epoch … is another context."""
    asked = case.request(Action.ATTEST, ActionData())
    others = {
        "chain_id": 1, "contract": case.VAULT, "key_id": bytes(32), "policy_id": bytes(32), "account": case.KEEPER,
        "sequence": 5, "beneficiary": case.KEEPER, "action": Action.UPDATE, "action_hash": bytes([1]) * 32,
        "epoch": 491, "nonce": 1, "deadline": 5,
    }  # fmt: skip
    assert set(others) == {field.name for field in fields(asked)}
    found = {replace(asked, **{name: value}).signal() for name, value in others.items()}  # type: ignore[arg-type]
    assert len(found | {asked.signal()}) == len(others) + 1


def test_action_hashes_are_of_their_words() -> None:
    assert attest_hash() == bytes(32)
    assert update_hash(7) == keccak(word(7))
    assert transfer_hash(case.ASSET, 25_000) == keccak(word(case.ASSET) + word(25_000))
    claims = [LegClaim(1, 2, 3), LegClaim(4, 5, 6)]
    words = (9, 2, 9_500, 128, 2, 1, 2, 3, 4, 5, 6)
    assert liquidate_hash(9, 2, 9_500, claims) == keccak(b"".join(word(value) for value in words))


def test_policy_id_is_the_registrys() -> None:
    name = b"lender-a"
    words = (keccak(b"zkrisk.policy.v1"), 31337, case.POLICIES, case.KEEPER, 192, 3, len(name))
    expected = keccak(b"".join(word(value) for value in words) + name.ljust(32, b"\0"))
    assert policy_id_of(31337, case.POLICIES, case.KEEPER, "lender-a", 3) == expected


@pytest.mark.parametrize("changes", [{"nonce": -1}, {"epoch": 2**64}, {"key_id": bytes(31)}, {"account": "0x12"}])
def test_value_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(case.request(Action.ATTEST, ActionData()), **changes).signal()  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [Action.UPDATE, Action.DRAW, Action.WITHDRAW, Action.LIQUIDATE])
def test_incomplete_action_data_are_refused(action: Action) -> None:
    with pytest.raises(InputError):
        action_hash(action, ActionData())


def test_named_leg_needs_rising_slots_of_the_universe() -> None:
    good = ActionData(claims=(LegEntry(slot=1, long=0, short=5), LegEntry(slot=7, long=2, short=0)))
    assert claims_leg(good, 8).short[1] == 5
    for slots in ((2, 1), (1, 1), (8,)):
        with pytest.raises(InputError):
            claims_leg(ActionData(claims=tuple(LegEntry(slot=s, long=1, short=0) for s in slots)), 8)


def test_request_comes_back_from_the_bundle() -> None:
    for made in (case.attest(), case.liquidate()):
        assert request_of(made.bundle.statement) == made.parts.request
