"""What a counterparty runs: every statement of a bundle recomputed, or an exception.

Nothing is sent and nothing is consumed. What the record shows comes from recomputed values; the sender's words are
compared with them, and what could not be compared is labelled or makes the verification incomplete.
"""

from __future__ import annotations

from zkrisk.errors import (
    ChainError,
    ExpectationUnmet,
    Incomplete,
    PolicyMismatch,
    ProofRejected,
    UsageError,
    VerificationError,
)
from zkrisk.params import SCALAR_MODULUS, Action, Assurance
from zkrisk.proof.actions import action_hash, claims_leg, health_threshold, request_of
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.bundle import Bundle, identifier
from zkrisk.proof.context import policy_id_of
from zkrisk.proof.groth16 import VERIFIERS
from zkrisk.proof.limits import limits_sha256
from zkrisk.proof.trust import TrustStore
from zkrisk.proof.verification import Check, Checklist, ProvedPolicy, Verification
from zkrisk.proof.verify_case import Case, Expectations, run_key_checks
from zkrisk.proof.verify_chain import CHAIN_CHECKS, run_chain_checks, run_chain_identity
from zkrisk.proof.verify_data import run_data_checks, run_proof_checks, run_validity_checks
from zkrisk.proof.verify_words import chain_would_add, not_proved, warnings
from zkrisk.proof.view import ChainView
from zkrisk.sheet import Sheet

__all__ = ["VERIFIERS", "Check", "Checklist", "Expectations", "ProvedPolicy", "Verification", "verify"]


def verify(
    bundle: Bundle,
    *,
    trust: TrustStore,
    chain: ChainView | None = None,
    offline: bool = False,
    now_unix: int | None = None,
    artifacts: Artifacts | None = None,
    sheet: Sheet | None = None,
    expect: Expectations | None = None,
    verifiers: tuple[str, ...] = ("native",),
) -> Verification:
    """Verify a bundle.

    Args:
        trust: The verifier's pins.
        chain: Read access at one block; None for an offline verification.
        offline: The chain part is not wanted. Without it, and without a chain, the result is `Incomplete`.
        now_unix: The time that expiry is compared with; default the block's, needed offline.
        artifacts: Local circuits and keys; their keys count as pinned.
        sheet: The verifier's own sheet for an offline verification of a thin bundle.
        expect: What was asked for.
        verifiers: Any of ``native``, ``py_ecc``, ``snarkjs``; all have to accept.

    Returns:
        The record: checks, what was proved, until when, what was not proved.

    Raises:
        VerificationError: `Expired` and `Incomplete` included; ``details["checks"]`` lists the checks, the failed one
            first. Rejected comes before expired, expired before incomplete.
        BadFile: The material of a packed bundle is malformed.
        ChainError: The chain cannot be read, or is another one.
        UsageError: A verifier does not exist, or both a chain and offline were asked for.
    """
    _check_usage(verifiers, chain, offline)
    now = chain.block_time() if now_unix is None and chain is not None else now_unix
    case = Case(
        bundle, chain, offline, now, artifacts, trust, expect or Expectations(), verifiers, sheet
    )  # fmt: skip
    try:
        _run(case)
    except ChainError:
        case.checks.raise_worst()
        raise
    case.checks.raise_worst()
    return _record(case)


def _check_usage(verifiers: tuple[str, ...], chain: ChainView | None, offline: bool) -> None:
    if not verifiers or any(name not in VERIFIERS for name in verifiers):
        raise UsageError("an unknown verifier was asked for", hint=f"any of {', '.join(VERIFIERS)}")
    if chain is not None and offline:
        raise UsageError("a chain was given, and offline was asked for", hint="one of --rpc URL and --offline")


def _run(case: Case) -> None:
    checks = case.checks
    checks.run("bundle form", lambda: _form(case))
    checks.run("signals < r", lambda: _signals(case))
    checks.run("context", lambda: _context(case))
    if case.chain is not None:
        run_chain_identity(case, case.chain)
    run_key_checks(case)
    run_data_checks(case)
    run_proof_checks(case)
    if case.chain is not None:
        run_chain_checks(case, case.chain)
    else:
        _without_chain(case)
    run_validity_checks(case)
    _run_expectations(case)


def _without_chain(case: Case) -> None:
    case.assurance = case.statement.assurance.assurance
    case.coverage_bps = case.statement.assurance.coverage_bps
    if case.statement.assurance.venues:
        case.checks.run("assurance", _refuse_venues)
    for name in CHAIN_CHECKS:
        case.checks.skip(name, "needs the chain")
    if not case.offline:
        case.checks.run("chain, contract", _no_chain)
    else:
        case.checks.skip("chain, contract", "needs the chain")


def _refuse_venues() -> str:
    raise VerificationError("venues are named, but the bundle has no venue statement")


def _no_chain() -> str:
    raise Incomplete("the chain was not asked", hint="zkrisk verify BUNDLE --rpc URL    or    --offline")


def _signals(case: Case) -> str:
    for index, signal in enumerate(case.bundle.signals):
        if signal.value >= SCALAR_MODULUS:
            raise ProofRejected(f"signal {index + 1} '{signal.name}' is not below the field's modulus")
    return f"{len(case.bundle.signals)} unfolded"


def _context(case: Case) -> str:
    if request_of(case.statement).signal() != case.bundle.dynamic[2]:
        raise ProofRejected("signal 'context' is not the hash of what the bundle says")
    return "recomputed from its preimages"


def _form(case: Case) -> str:
    """Compare what the bundle says in two places, or says and can be computed."""
    statement, dynamic = case.statement, case.bundle.dynamic
    subject, context, action = statement.subject, statement.context, Action[statement.context.action]
    if int(subject.commitment, 16) != dynamic[0] or int(subject.account, 16) != dynamic[1]:
        raise ProofRejected("commitment or account are not those in the signals")
    if statement.sheet.prices_epoch != context.epoch:
        raise ProofRejected(f"the sheet is of epoch {statement.sheet.prices_epoch}, the proof of {context.epoch}")
    if action_hash(action, context.action_data) != bytes.fromhex(context.action_hash[2:]):
        raise ProofRejected("action_hash is not the hash of the action's data")
    own = action in (Action.ATTEST, Action.UPDATE)
    if own and statement.kind == "COMPLIANCE" and context.beneficiary != subject.account:
        raise ProofRejected(f"the beneficiary of {action.name} is not the account")
    if action is Action.UPDATE and context.action_data.commitment != subject.commitment:
        raise ProofRejected("the update is for another commitment")
    if len(dynamic) > 3 and dynamic[3] != health_threshold(context.action_data):
        raise ProofRejected(f"threshold_bps is {dynamic[3]}, not {health_threshold(context.action_data)}")
    if action is Action.LIQUIDATE:
        named = claims_leg(context.action_data, statement.tier.instruments)
        if (named.long, named.short) != (case.bundle.leg.long, case.bundle.leg.short):
            raise ProofRejected("the leg in the signals is not the one that the liquidation names")
    _policy_form(case)
    return identifier(case.bundle)


def _policy_form(case: Case) -> None:
    policy, subject = case.statement.policy, case.statement.subject
    if policy is None:
        return
    if limits_sha256(policy.limits) != policy.sha256:
        raise PolicyMismatch("the hash of the policy is not that of its limits")
    origin = policy.origin
    if origin is None:
        return
    computed = policy_id_of(subject.chain_id, origin.registry, origin.owner, origin.name, policy.version)
    if policy.id != "0x" + computed.hex():
        raise PolicyMismatch("the id of the policy is not that of its name, owner, version and registry")


def _run_expectations(case: Case) -> None:
    expect, checks = case.expect, case.checks
    if expect.account is not None:
        checks.run("expected account", lambda: _expect_account(case, str(expect.account)))
    if expect.policy_id is not None or expect.policy is not None:
        checks.run("expected policy", lambda: _expect_policy(case))
    checks.run("expected assurance", lambda: _expect_assurance(case))


def _expect_account(case: Case, account: str) -> str:
    found = case.statement.subject.account
    if found.lower() != account.lower():
        raise ExpectationUnmet(f"the bundle is of {found}, not of {account[:42]}")
    return found


def _expect_policy(case: Case) -> str:
    expect, claim = case.expect, case.statement.policy
    if claim is None:
        raise ExpectationUnmet(f"a {case.statement.kind} bundle proves no policy")
    if expect.policy_id is not None and claim.id != "0x" + expect.policy_id.hex():
        raise ExpectationUnmet(f"the policy is {claim.id[:10]}…, not 0x{expect.policy_id.hex()[:8]}…")
    if expect.policy is not None:
        if case.policy is None or case.sheet is None:
            raise Incomplete("the policy could not be recomputed")
        wanted, sectors = expect.policy, case.sectors
        frame = (wanted.confidence_bps, wanted.max_age_s, wanted.min_assurance, wanted.min_coverage_bps)
        proved = case.policy.policy
        if (
            tuple(wanted.public_values(case.sheet.tier, sectors)) != case.policy_values
            or (proved.confidence_bps, proved.max_age_s, proved.min_assurance, proved.min_coverage_bps) != frame
        ):
            raise ExpectationUnmet(f"the policy is not {wanted.name} v{wanted.version}: it proves {case.policy.text}")
        return "the limits are those expected"
    return "the id is the one expected"


def _expect_assurance(case: Case) -> str:
    level, wanted = case.assurance, case.expect.assurance
    if level is None:
        raise Incomplete("the assurance level is not known")
    origin = "claimed, not checked" if case.chain is None else "from the chain"
    if level < wanted:
        raise ExpectationUnmet(
            f"the level is {level.name} ({origin}), {wanted.name} was expected",
            hint=f"zkrisk verify BUNDLE --expect-assurance {level.name}     if that is enough for you",
        )
    return f"{level.name}, {origin}"


def _record(case: Case) -> Verification:
    statement, bundle = case.statement, case.bundle
    sheet, until = case.sheet, case.until_unix
    if sheet is None or until is None:
        raise Incomplete("the verification did not reach its end")
    compliance = statement.kind == "COMPLIANCE"
    return Verification(
        identifier=identifier(bundle),
        offline=case.chain is None,
        kind=statement.circuit_kind,
        chain_id=statement.subject.chain_id,
        account=statement.subject.account,
        commitment=bundle.dynamic[0],
        sequence=statement.subject.sequence,
        action=Action[statement.context.action],
        contract=statement.context.contract,
        beneficiary=statement.context.beneficiary,
        deadline_unix=statement.context.deadline,
        policy=case.policy,
        threshold_bps=None if compliance else bundle.dynamic[3],
        epoch=sheet.epoch,
        as_of_unix=sheet.as_of_unix,
        window_first_day=sheet.window.first_day if compliance else None,
        window_last_day=sheet.window.last_day if compliance else None,
        window_rows=sheet.tier.scenarios if compliance else None,
        leg=bundle.leg,
        synthetic=sheet.synthetic,
        assurance=case.assurance or Assurance.SELF_DECLARED,
        coverage_bps=case.coverage_bps or 0,
        assurance_is_claim=case.chain is None,
        key_id=case.claimed_key_id,
        key_class=case.key_class,
        until_unix=until,
        checks=case.checks.checks,
        not_proved=not_proved(case),
        chain_would_add=chain_would_add(case),
        warnings=warnings(case),
        note=bundle.note,
    )
