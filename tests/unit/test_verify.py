"""A counterparty's verification: what it accepts, what it refuses, with which class, and what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.book import Leg
from zkrisk.errors import (
    CommitmentMismatch,
    ContractRefused,
    ExpectationUnmet,
    Expired,
    Incomplete,
    KeyMismatch,
    PolicyMismatch,
    ProofRejected,
    SheetMismatch,
    UsageError,
    VerificationError,
    WrongChain,
)
from zkrisk.params import Action, Assurance, CircuitKind
from zkrisk.policy import load_policy
from zkrisk.proof.bundle import Bundle, unpack
from zkrisk.proof.bundle_model import ActionData
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.trust import load_trust, parse_entry
from zkrisk.proof.verify import Expectations
from zkrisk.proof.view import AttestationView
from zkrisk.witness import SignalSet


def failed_first(error: VerificationError) -> dict[str, str]:
    checks: Any = error.details["checks"]
    return checks[0]


def test_honest_bundle_is_accepted_with_a_chain_and_everything_is_checked() -> None:
    result = case.online(case.attest().bundle)
    assert result.verdict == "ACCEPTED"
    unmade = {check.name for check in result.checks if check.status != "ok"}
    assert unmade == {"key pinned", "recorded on chain"}
    assert result.policy is not None
    assert result.policy.text == case.policy().to_text()
    assert result.until_unix == case.sheet().as_of_unix + case.policy().max_age_s
    assert (result.key_class, result.assurance_is_claim) == ("DEVELOPMENT", False)
    assert any("DEVELOPMENT" in sentence for sentence in result.not_proved)


def test_packed_bundle_is_valid_offline_and_says_what_a_chain_would_add() -> None:
    result = case.without_chain(case.packed())
    assert result.verdict == "VALID OFFLINE"
    assert result.assurance_is_claim
    assert len(result.chain_would_add) == 6
    assert any("until when" in sentence for sentence in result.chain_would_add)
    by_name = {check.name: check.status for check in result.checks}
    for name in ("chain, contract", "key = registry", "commitment stored", "leg = contract storage"):
        assert by_name[name] == "not checked"


def test_thin_bundle_is_valid_offline_with_the_verifiers_own_sheet() -> None:
    assert case.without_chain(case.attest().bundle, sheet=case.sheet()).offline


def test_verification_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="checks"):
        bool(case.without_chain(case.packed()))


def test_no_chain_and_not_offline_is_incomplete() -> None:
    with pytest.raises(Incomplete) as caught:
        case.without_chain(case.packed(), offline=False)
    assert caught.value.exit_code == 7
    assert failed_first(caught.value)["name"] == "chain, contract"


def test_thin_bundle_without_a_sheet_is_incomplete_offline() -> None:
    with pytest.raises(Incomplete, match="thin"):
        case.without_chain(case.attest().bundle)


def test_packed_bundle_with_a_key_that_nobody_pinned_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="pinned"):
        case.without_chain(case.packed(), artifacts=None)


def test_packed_bundle_with_a_pinned_key_needs_no_artefacts() -> None:
    result = case.without_chain(case.packed(), artifacts=None, trust=pinned(case.key()))
    assert result.key_class == "DEVELOPMENT"


def pinned(key: CircuitKey, key_class: str = "DEVELOPMENT") -> Any:
    fields = {"circuit": key.instance, "key_id": "0x" + key.key_id.hex(), "class": key_class}
    now = case.sheet().as_of_unix
    return load_trust(None).add(parse_entry("circuits", fields), now)


def other_key() -> CircuitKey:
    """A key of the right shape with two IC points exchanged."""
    honest = case.key().material
    first, second = honest[-128:-64], honest[-64:]
    return CircuitKey(CircuitKind.COMPLIANCE, case.MICRO, honest[:-128] + second + first)


def test_key_that_is_not_among_the_pinned_ones_is_refused() -> None:
    with pytest.raises(KeyMismatch, match="trust store"):
        case.without_chain(case.packed(), artifacts=None, trust=pinned(other_key()))


def test_revoked_key_is_expired() -> None:
    fields = {"subject": "0x" + case.key().key_id.hex(), "reason": "leaked", "at_unix": 1}
    trust = load_trust(None).add(parse_entry("revocations", fields), case.sheet().as_of_unix)
    for run in (lambda: case.online(case.attest().bundle, trust=trust),
                lambda: case.without_chain(case.packed(), trust=trust)):  # fmt: skip
        with pytest.raises(Expired, match="revoked"):
            run()


def test_class_of_the_key_comes_from_the_trust_store_and_not_from_the_bundle() -> None:
    with pytest.raises(KeyMismatch, match="CEREMONY key"):
        case.without_chain(case.packed(), artifacts=None, trust=pinned(case.key(), "CEREMONY"))


@pytest.mark.parametrize("options", [{"verifiers": ("nobody",)}, {"verifiers": ()}, {"offline": True}])
def test_unusable_arguments_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        case.online(case.attest().bundle, **options)


class Refusing(case.FakeChain):
    """A chain whose ring has wrapped around."""

    def sheet(self, epoch: int) -> Any:
        raise ContractRefused("EpochUnknown(490, 900)")


def changed_sheet(**changes: Any) -> case.FakeChain:
    return case.FakeChain(stored=replace(case.sheet(), **changes))


def state(**changes: Any) -> case.FakeChain:
    return case.FakeChain(state=replace(case.FakeChain().state, **changes))


SHEET = case.sheet()
DEARER = (*SHEET.prices[:2], SHEET.prices[2] + 1, *SHEET.prices[3:])
LESS = replace(
    SHEET.parameters, liquidation_threshold_bps=(10_000, 9_499, *SHEET.parameters.liquidation_threshold_bps[2:])
)
RETURNS = ((0, 1, *SHEET.window.returns[0][2:]), *SHEET.window.returns[1:])
OTHER_POLICY = load_policy("lender-b").model_copy(update={"name": case.policy().name, "version": 3})
RECORD = AttestationView(SHEET.as_of_unix, case.EPOCH, case.SEQUENCE, 0, 1, 1)
TOPPED_UP = Leg((0, 0, 3 * 10**8 + 1, 0, 0, 0, 0, 0), case.LEG.short)
POINT = case.key().constant_point

ON_CHAIN: list[tuple[str, case.FakeChain, type[Exception], str]] = [
    ("price", changed_sheet(prices=DEARER), SheetMismatch, "prices re-folded"),
    ("blocked", changed_sheet(blocked=(0, 1, 0, 0, 0, 0, 0, 0)), SheetMismatch, "prices re-folded"),
    ("parameter", changed_sheet(parameters=LESS), SheetMismatch, "sheet"),
    ("window", changed_sheet(window=replace(SHEET.window, returns=RETURNS)), SheetMismatch, "window re-folded"),
    ("time", changed_sheet(as_of_unix=SHEET.as_of_unix + 1), SheetMismatch, "sheet"),
    ("epoch not there yet", changed_sheet(epoch=case.EPOCH - 1), SheetMismatch, "sheet"),
    ("epoch gone", Refusing(), Expired, "sheet"),
    ("cached sheet", case.FakeChain(points={SignalSet.PRICES: POINT}), SheetMismatch, "sheet point = chain"),
    ("cached policy", case.FakeChain(points={SignalSet.POLICY: POINT}), SheetMismatch, "sheet point = chain"),
    ("policy", case.FakeChain(registered=OTHER_POLICY), PolicyMismatch, "policy text"),
    ("key", case.FakeChain(key_of={CircuitKind.COMPLIANCE: other_key()}), KeyMismatch, "key = registry"),
    ("tier", case.FakeChain(size=case.Tier("standard", 32, 252, 12, 8)), KeyMismatch, "chain, contract"),
    ("commitment", state(commitment=5), CommitmentMismatch, "commitment stored"),
    ("superseded", state(sequence=5, commitment=5), Expired, "commitment stored"),
    ("sequence not there yet", state(sequence=3), CommitmentMismatch, "commitment stored"),
    ("leg", case.FakeChain(ledger=TOPPED_UP), ProofRejected, "leg = contract storage"),
    ("leg since", case.FakeChain(ledger=TOPPED_UP, record=RECORD), Expired, "leg = contract storage"),
    ("level", state(level=Assurance.SELF_DECLARED, level_until_unix=0), VerificationError, "assurance from chain"),
    ("level lapsed", state(level_until_unix=SHEET.as_of_unix), Expired, "assurance from chain"),
    ("lapsed", case.FakeChain(record=RECORD, compliant=False), Expired, "recorded on chain"),
    ("time over", case.FakeChain(time=SHEET.as_of_unix + 3_601), Expired, "not expired"),
]


@pytest.mark.parametrize(("chain", "error", "check"), [row[1:] for row in ON_CHAIN], ids=[row[0] for row in ON_CHAIN])
def test_other_chain_state_is_refused(chain: case.FakeChain, error: type[VerificationError], check: str) -> None:
    with pytest.raises(error) as caught:
        case.online(case.attest().bundle, chain)
    assert type(caught.value) is error
    assert failed_first(caught.value)["name"] == check
    assert len(caught.value.details["checks"]) > 10  # type: ignore[arg-type]


def test_last_second_is_accepted() -> None:
    """K26: the boundary is the contract's: an age equal to the maximum counts."""
    assert case.online(case.attest().bundle, case.FakeChain(time=SHEET.as_of_unix + 3_600)).until == 1_795_222_800


def test_recorded_attestation_is_accepted_and_says_so() -> None:
    result = case.online(case.attest().bundle, case.FakeChain(record=RECORD))
    assert {check.name: check.detail for check in result.checks}["recorded on chain"] == "and still compliant"


def test_bundle_for_another_chain_is_the_wrong_chain_and_not_a_forgery() -> None:
    with pytest.raises(WrongChain, match="31337"):
        case.online(case.attest().bundle, case.FakeChain(chain_id=1))


def test_rejected_comes_before_expired_and_expired_before_incomplete() -> None:
    late = case.FakeChain(time=SHEET.as_of_unix + 10**6, ledger=TOPPED_UP)
    with pytest.raises(ProofRejected):
        case.online(case.attest().bundle, late)
    with pytest.raises(Expired):
        case.without_chain(case.packed(), offline=False, now_unix=SHEET.as_of_unix + 10**6)


@pytest.mark.parametrize(
    "expect",
    [
        Expectations(),
        Expectations(assurance=Assurance.CUSTODIAN_SIGNED, account=case.KEEPER),
        Expectations(assurance=Assurance.CUSTODIAN_SIGNED, policy_id=bytes(32)),
        Expectations(assurance=Assurance.CUSTODIAN_SIGNED, policy=load_policy("lender-b")),
        Expectations(
            assurance=Assurance.CUSTODIAN_SIGNED, policy=load_policy("lender-a").model_copy(update={"max_age_s": 60})
        ),
    ],
    ids=["assurance", "account", "policy id", "limits", "age"],
)
def test_valid_bundle_of_something_else_is_refused(expect: Expectations) -> None:
    for run in (case.online, case.without_chain):
        with pytest.raises(ExpectationUnmet):
            run(case.packed(), expect=expect)


def test_met_expectations_are_accepted() -> None:
    expect = Expectations(case.policy_id(), load_policy("lender-a"), case.ACCOUNT.lower(), Assurance.CUSTODIAN_SIGNED)
    for run in (case.online, case.without_chain):
        run(case.packed(), expect=expect)


def test_offline_assurance_is_labelled_as_a_claim() -> None:
    result = case.without_chain(case.packed())
    assert {c.name: c.detail for c in result.checks}["expected assurance"] == "CUSTODIAN_SIGNED, claimed, not checked"
    assert any("sender's word" in sentence for sentence in result.not_proved)


def test_offline_without_a_time_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="time"):
        case.without_chain(case.packed(), now_unix=None)


def test_prices_from_the_future_are_refused() -> None:
    with pytest.raises(ProofRejected, match="present"):
        case.without_chain(case.packed(), now_unix=SHEET.as_of_unix - 1_000)


def test_draw_that_has_not_happened_is_incomplete_when_the_leg_differs() -> None:
    draw = case.make(Action.DRAW, ActionData(token=case.ASSET, amount=25_000))
    with pytest.raises(Incomplete, match="DRAW"):
        case.online(draw.bundle, case.FakeChain(ledger=Leg.empty(8), time=SHEET.as_of_unix + 1))
    case.online(draw.bundle, case.FakeChain(time=SHEET.as_of_unix + 1))


def test_update_of_a_pending_commitment_is_incomplete_until_it_is_active() -> None:
    data = ActionData(commitment=f"{case.opening().commitment:#066x}")
    update = case.make(Action.UPDATE, data).bundle
    case.online(update)
    pending = state(sequence=case.SEQUENCE - 1, commitment=9, pending_commitment=case.opening().commitment)
    with pytest.raises(Incomplete, match="level"):
        case.online(update, pending)


def liquidation_chain(short: int) -> case.FakeChain:
    return case.FakeChain(ledger=Leg((0,) * 8, (0, short, 0, 0, 0, 0, 0, 0)), time=SHEET.as_of_unix + 1)


def test_liquidation_is_accepted_when_its_leg_is_named_on_the_safe_side() -> None:
    bundle = case.liquidate().bundle
    for actual in (10**13, 10**13 + 1):
        result = case.online(bundle, liquidation_chain(actual))
        assert (result.policy, result.threshold_bps) == (None, 10_000)
    with pytest.raises(ProofRejected, match="liquidator"):
        case.online(bundle, liquidation_chain(10**13 - 1))


def test_bundle_evidence_is_never_relied_on() -> None:
    evidence = {"block_number": 5, "block_hash": "0x" + "00" * 32, "header_rlp": "0xc0"}
    document = case.attest().bundle.model_dump(mode="json", by_alias=True, exclude_none=True)
    result = case.online(Bundle.model_validate(document | {"chain_evidence": evidence}))
    assert any("evidence" in warning for warning in result.warnings)


def test_material_that_is_not_the_chains_is_refused() -> None:
    chain = changed_sheet(prices=DEARER)
    with pytest.raises(SheetMismatch, match="prices in the bundle"):
        case.online(case.packed(), chain)
    with pytest.raises(SheetMismatch):
        case.online(unpack(case.packed()), chain)
