"""Bundles and chains of somebody who wants more believed than was proved."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.chain.deploy import DEVELOPMENT_CHAINS
from zkrisk.cli.render_verification import verification_lines
from zkrisk.errors import BadFile, Expired, VerificationError
from zkrisk.params import MICRO, Action, Assurance, CircuitKind
from zkrisk.proof.bundle import Bundle, pack, parse_bundle, to_bytes, unpack_snarkjs
from zkrisk.proof.bundle_model import ActionData
from zkrisk.proof.folding import statement_of
from zkrisk.proof.prove import BundleParts, build_bundle, prove
from zkrisk.proof.trust import TrustStore, load_trust, parse_entry
from zkrisk.proof.verify_case import LOCAL_CHAINS, Case
from zkrisk.proof.verify_words import warnings
from zkrisk.proof.view import CustodianView

CUSTODIAN = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
NOW = case.sheet().as_of_unix + 600


def trusting(kind: str, **fields: Any) -> TrustStore:
    return load_trust(None).add(parse_entry(kind, fields), NOW)


def revoking(subject: str) -> TrustStore:
    return trusting("revocations", subject=subject, reason="gone", at_unix=NOW)


def pinned_custodian(address: str = CUSTODIAN, **changed: int) -> TrustStore:
    period = {"valid_from_unix": NOW - 100, "valid_until_unix": NOW + 100} | changed
    return trusting("custodians", address=address, name="C", **period)


def signed(as_of_unix: int = NOW) -> case.FakeChain:
    return case.FakeChain(signed=CustodianView(CUSTODIAN, as_of_unix))


@cache
def healthy() -> Bundle:
    """A proof of health for a reader, which its maker lets live for ever."""
    kind = CircuitKind.HEALTHY
    asked = case.request(Action.ATTEST, ActionData(), key_id=case.key(kind).key_id, policy_id=bytes(32))
    dynamic = (case.opening().commitment, int(case.ACCOUNT, 16), asked.signal(), 10_000)
    statement = statement_of(kind, case.sheet(), dynamic, case.LEG)
    parts = BundleParts(
        key=case.key(kind),
        manifest=case.instance(kind).manifest(),
        statement=statement,
        request=asked,
        sheet=case.sheet(),
        assurance=Assurance.CUSTODIAN_SIGNED,
        proof=prove(case.instance(kind), statement, case.opening()),
    )
    assert asked.deadline == 2**64 - 1 and statement.tier == MICRO
    return build_bundle(parts)


def test_S8_verifier_takes_development_keys_on_the_chains_that_the_deployer_does() -> None:  # noqa: N802
    """1337 is the id of many private networks with money on them."""
    assert LOCAL_CHAINS == DEVELOPMENT_CHAINS == {31337}


def test_health_without_a_policy_is_believed_as_long_as_its_epoch_is_the_newest_or_the_one_before() -> None:
    for newest in (case.EPOCH, case.EPOCH + 1):
        assert case.online(healthy(), case.FakeChain(newest=newest)).threshold_bps == 10_000
    with pytest.raises(Expired, match=f"is of epoch {case.EPOCH}.*newest is {case.EPOCH + 2}"):
        case.online(healthy(), case.FakeChain(newest=case.EPOCH + 2))


def test_age_of_a_policy_and_not_the_newest_epoch_decides_where_there_is_one() -> None:
    case.online(case.attest().bundle, case.FakeChain(newest=case.EPOCH + 2))


def test_health_without_a_policy_says_offline_that_its_end_is_the_senders_word() -> None:
    found = case.without_chain(pack(healthy(), case.key(CircuitKind.HEALTHY), case.sheet()))
    assert any("sender's word" in warning for warning in found.warnings)
    assert not any("sender's word" in warning for warning in case.without_chain(case.packed()).warnings)


def test_custodian_is_not_asked_for_where_the_trust_store_judges_none() -> None:
    case.online(case.attest().bundle, case.FakeChain(signed=None))


def test_pinned_custodian_is_believed_for_what_it_signed_in_its_period() -> None:
    case.online(case.attest().bundle, signed(), trust=pinned_custodian())
    case.online(case.attest().bundle, signed(), trust=revoking(case.KEEPER))


@pytest.mark.parametrize(
    ("trust", "chain", "expected"),
    [
        (revoking(CUSTODIAN), signed(), Expired),
        (revoking(CUSTODIAN.lower()), signed(), Expired),
        (pinned_custodian(case.KEEPER), signed(), VerificationError),
        (pinned_custodian(valid_until_unix=NOW - 50), signed(), Expired),
        (pinned_custodian(), signed(NOW - 101), Expired),
        (pinned_custodian(), case.FakeChain(signed=None), VerificationError),
    ],
)
def test_custodian_whom_the_verifier_does_not_believe_lifts_nothing(
    trust: TrustStore, chain: case.FakeChain, expected: type[VerificationError]
) -> None:
    with pytest.raises(expected) as caught:
        case.online(case.attest().bundle, chain, trust=trust)
    assert caught.value.where == "check 'assurance from chain'"


@pytest.mark.parametrize("address", [case.MANAGER, case.REGISTRY.lower(), case.PRICES, case.POLICIES])
def test_revoked_contract_is_believed_nothing(address: str) -> None:
    with pytest.raises(Expired, match="was revoked: gone"):
        case.online(case.attest().bundle, signed(), trust=revoking(address))


def test_chain_that_begins_with_another_block_than_the_pinned_one_is_refused() -> None:
    trust = trusting("chains", chain_id=case.CHAIN_ID, name="mine", genesis_hash="0x" + "ab" * 32)
    case.online(case.attest().bundle, case.FakeChain(genesis="0x" + "ab" * 32), trust=trust)
    with pytest.raises(VerificationError, match="does not begin"):
        case.online(case.attest().bundle, case.FakeChain(), trust=trust)


def test_contracts_that_nobody_pinned_are_said_on_a_real_chain() -> None:
    bundle = case.attest().bundle
    statement = bundle.statement
    real = bundle.model_copy(
        update={
            "statement": statement.model_copy(update={"subject": statement.subject.model_copy(update={"chain_id": 1})})
        }
    )
    chain = case.FakeChain(chain_id=1)
    contracts = {"registry": case.REGISTRY, "sheet": case.PRICES, "policies": case.POLICIES, "manager": case.MANAGER}
    pinned = trusting("chains", chain_id=1, name="ethereum", contracts=contracts)
    for trust, expected in ((load_trust(None), 1), (pinned, 0)):
        said = warnings(Case(real, chain, False, NOW, None, trust, case.ENOUGH, ("native",), None))
        assert sum("nothing is pinned" in warning for warning in said) == expected
    said = warnings(Case(bundle, case.FakeChain(), False, NOW, None, load_trust(None), case.ENOUGH, (), None))
    assert not any("nothing is pinned" in warning for warning in said)


def test_policy_is_shown_with_its_owner_because_everybody_may_use_the_name() -> None:
    for found in (case.online(case.attest().bundle), case.without_chain(case.packed())):
        assert found.policy is not None and found.policy.owner == case.KEEPER
        assert found.to_dict()["policy"]["owner"] == case.KEEPER
        assert any(f"lender-a v3 of {case.KEEPER[:6]}" in str(line) for line in verification_lines(found, NOW))


@pytest.mark.parametrize(
    "name", ["l\N{CYRILLIC SMALL LETTER IE}nder-a", "lender-a ", "lender a", "\N{FULLWIDTH LATIN SMALL LETTER L}"]
)
def test_policy_name_that_only_looks_like_another_is_no_bundle(name: str) -> None:
    document = json.loads(to_bytes(case.attest().bundle))
    parse_bundle(json.dumps(document))
    document["statement"]["policy"]["origin"]["name"] = name
    with pytest.raises(BadFile, match=r"policy\.origin\.name"):
        parse_bundle(json.dumps(document))


def test_unpacking_for_snarkjs_replaces_a_link_and_never_what_it_points_to(tmp_path: Path) -> None:
    precious, folder = tmp_path / "precious", tmp_path / "theirs"
    folder.mkdir()
    precious.write_text("precious")
    (folder / "proof.json").symlink_to(precious)
    unpack_snarkjs(case.packed(), folder)
    assert precious.read_text() == "precious" and not (folder / "proof.json").is_symlink()
    assert json.loads((folder / "proof.json").read_text())["curve"] == "bn128"
