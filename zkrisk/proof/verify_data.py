"""The checks on public data: sheet and policy are folded here from values, then the proof is checked against them."""

from __future__ import annotations

from functools import partial
from typing import Final

from zkrisk.errors import (
    ContractRefused,
    Expired,
    Incomplete,
    PolicyMismatch,
    ProofRejected,
    SheetMismatch,
    SheetStale,
    VerificationError,
)
from zkrisk.policy import disabled_text
from zkrisk.proof.bundle import bundle_sheet
from zkrisk.proof.bundle_model import FoldedClaim, PolicyClaim
from zkrisk.proof.folding import check_point, fold_set, set_values, sheet_point, statement_of
from zkrisk.proof.groth16 import VERIFIERS
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.limits import limit_lines, limit_values, limits_sha256, policy_of
from zkrisk.proof.prove import data_sha256
from zkrisk.proof.verification import ProvedPolicy
from zkrisk.proof.verify_case import Case
from zkrisk.proof.view import ChainView
from zkrisk.sheet import Sheet, bundled_universes, load_universe
from zkrisk.witness.statement import SignalSet

__all__ = ["run_data_checks", "run_proof_checks", "run_validity_checks"]

_CLOCK_SLACK_S: Final = 900
_NAMES: Final = {
    SignalSet.PRICES: "prices re-folded",
    SignalSet.POLICY: "policy re-folded",
    SignalSet.PARAMETERS: "parameters",
    SignalSet.WINDOW: "window re-folded",
}


def run_data_checks(case: Case) -> None:
    """Find sheet and policy, compare them with what the bundle says, and fold them."""
    case.checks.run("sheet", lambda: _find_sheet(case))
    sheet, policy = case.sheet, case.statement.policy
    if sheet is None:
        return
    if policy is not None:
        case.checks.run("policy text", lambda: _find_policy(case, policy, sheet))
    for claimed in case.bundle.folded:
        _run_fold(case, claimed, sheet)
    if case.chain is not None:
        case.checks.run("sheet point = chain", lambda: _chain_points(case))


def _find_sheet(case: Case) -> str:
    epoch, packed = case.statement.context.epoch, bundle_sheet(case.bundle)
    if case.chain is not None:
        sheet = _chain_sheet(case.chain, epoch)
        source = "from the chain's storage"
    else:
        chosen = case.local_sheet or packed
        if chosen is None:
            raise Incomplete("no prices: the bundle is thin and there is no chain", hint="zkrisk bundle pack")
        sheet, source = chosen, "of the verifier" if case.local_sheet else "from the bundle, not compared with a chain"
    if packed is not None and packed is not sheet:
        _check_same(packed, sheet)
    _check_claims(case, sheet)
    case.sectors = _known_sectors(sheet) if sheet is packed else sheet.parameters.sector_names
    case.sheet = sheet
    return source


def _chain_sheet(chain: ChainView, epoch: int) -> Sheet:
    newest = chain.newest_epoch()
    if epoch > newest:
        raise SheetMismatch(f"epoch {epoch} does not exist, the newest is {newest}")
    try:
        return chain.sheet(epoch)
    except ContractRefused as error:
        raise Expired(f"the chain no longer serves epoch {epoch}, the newest is {newest}: {error.message}") from error
    except SheetStale as error:
        raise Incomplete(f"the chain has no complete sheet: {error.message}", hint=error.hint) from error


def _check_same(packed: Sheet, sheet: Sheet) -> None:
    """Refuse a packed sheet that is not the one that the verifier has."""
    pairs = (
        ("epoch", (packed.epoch, packed.as_of_unix), (sheet.epoch, sheet.as_of_unix)),
        ("universe", packed.universe.sha256, sheet.universe.sha256),
        ("prices", packed.prices_sha256, sheet.prices_sha256),
        ("parameters", packed.parameters.sha256, sheet.parameters.sha256),
        ("window", packed.window.sha256, sheet.window.sha256),
    )
    for what, theirs, ours in pairs:
        if theirs != ours:
            raise SheetMismatch(f"{what} in the bundle: not what the epoch has")


def _check_claims(case: Case, sheet: Sheet) -> None:
    claim = case.statement.sheet
    if sheet.tier != case.statement.tier:
        raise SheetMismatch(f"the sheet is of tier {sheet.tier.name}, the proof of {case.statement.circuit.tier}")
    if claim.prices_epoch != sheet.epoch or claim.prices_as_of_unix != sheet.as_of_unix:
        raise SheetMismatch(
            f"the bundle names epoch {claim.prices_epoch} of {claim.prices_as_of_unix}, "
            f"the sheet is epoch {sheet.epoch} of {sheet.as_of_unix}"
        )
    if claim.universe_sha256 != sheet.universe.sha256:
        raise SheetMismatch("universe_sha256 of the bundle is not that of the universe")
    if claim.params_sha256 != sheet.parameters.sha256:
        if _is_parameters_superseded(case, sheet):
            case.superseded = True
            raise Expired("the parameters changed since")
        raise SheetMismatch("params_sha256 of the bundle is not that of the parameters")
    days = claim.window
    if days is not None and (days.first_day, days.last_day, days.rows) != (
        sheet.window.first_day,
        sheet.window.last_day,
        sheet.tier.scenarios,
    ):
        raise SheetMismatch("the days of the window are not those that the bundle names")


def _is_parameters_superseded(case: Case, sheet: Sheet) -> bool:
    policy = case.statement.policy
    if case.chain is None or policy is None:
        return False
    record = case.chain.attestation(case.statement.subject.account, bytes.fromhex(policy.id[2:]))
    return record is not None and (record.epoch, record.sequence) == (
        case.statement.context.epoch,
        case.statement.subject.sequence,
    ) and record.parameters_version != sheet.parameters_version  # fmt: skip


def _find_policy(case: Case, claim: PolicyClaim, sheet: Sheet) -> str:
    values, sectors = limit_values(claim.limits, sheet.tier), case.sectors
    if case.chain is None:
        origin = claim.origin
        policy = policy_of(values, sheet.tier, sectors)
        name, version, owner = (origin.name, claim.version, origin.owner) if origin else (None, None, None)
        registered = False
    else:
        try:
            policy = case.chain.policy(bytes.fromhex(claim.id[2:])).policy
        except ContractRefused as error:
            raise PolicyMismatch(f"policy {claim.id[:10]}… is not registered") from error
        name, version, owner, registered = policy.name, policy.version, policy.owner, True
        if limit_lines(policy, sheet.tier, sectors) != claim.limits or version != claim.version:
            raise PolicyMismatch(f"the policy text is not {name} v{version} as registered")
    case.policy_values = tuple(policy.public_values(sheet.tier, sectors))
    case.policy = ProvedPolicy(
        policy_id=bytes.fromhex(claim.id[2:]),
        name=name,
        version=version,
        policy=policy,
        text=policy.to_text(),
        disabled=disabled_text(policy),
        registered=registered,
        owner=owner,
    )
    return "as registered" if registered else "the limits are proved; that the id stands for them is the sender's word"


def _known_sectors(sheet: Sheet) -> tuple[str, ...]:
    """Sector names of a universe that comes with zkrisk; numbers for a sender's own, whose names are its words."""
    known = {load_universe(name).sha256 for name in bundled_universes()}
    names = sheet.universe.sectors
    return names if sheet.universe.sha256 in known else tuple(f"sector-{k}" for k in range(len(names)))


def _run_fold(case: Case, claimed: FoldedClaim, sheet: Sheet) -> None:
    member, key = SignalSet[claimed.slot], case.key
    if member is SignalSet.POLICY and case.policy is None:
        return
    if key is None:
        case.checks.skip(_NAMES[member], "there is no key to fold with")
        return
    case.checks.run(_NAMES[member], lambda: _fold(case, claimed, key, sheet))


def _fold(case: Case, claimed: FoldedClaim, key: CircuitKey, sheet: Sheet) -> str:
    member = SignalSet[claimed.slot]
    values = set_values(case.statement.circuit_kind, sheet, case.policy_values or _no_policy(case))[member]
    point = fold_set(key, member, values)
    if point.hex() != claimed.x[2:] + claimed.y[2:]:
        kind = PolicyMismatch if member is SignalSet.POLICY else SheetMismatch
        raise kind(f"{claimed.slot}: the values fold to {point.hex()[:8]}…, the bundle says {claimed.x[2:10]}…")
    policy = case.statement.policy
    limits = limits_sha256(policy.limits) if policy else None
    if data_sha256(sheet, limits)[member] != claimed.data_sha256:
        raise SheetMismatch(f"{claimed.slot}: data_sha256 of the bundle is not that of the values")
    return f"{claimed.count} values"


def _no_policy(case: Case) -> tuple[int, ...]:
    """Zeros for the policy when it could not be found, so that the other sets are folded all the same."""
    policy = next((claim for claim in case.bundle.folded if claim.slot == "POLICY"), None)
    return (0,) * (policy.count if policy else 0)


def _chain_points(case: Case) -> str:
    """Compare the points folded here with those that the contracts cached."""
    chain, sheet, key = case.chain, case.sheet, case.key
    if chain is None or sheet is None or key is None or case.superseded:
        raise Incomplete("nothing could be folded to compare with the chain")
    kind = case.statement.circuit_kind
    values = set_values(kind, sheet, case.policy_values or _no_policy(case))
    points = {m: fold_set(key, m, given) for m, given in values.items() if given}
    found = []
    try:
        cached = chain.folded_sheet(kind, sheet.epoch)
    except ContractRefused as error:
        raise Expired(f"the contracts do not use this sheet any more: {error.message}") from error
    if cached is not None:
        check_point("sheet", sheet_point(points), cached.point)
        found.append("sheet")
    if case.policy is not None:
        registered = chain.policy(case.policy.policy_id).point
        if registered is not None:
            check_point("policy", points[SignalSet.POLICY], registered)
            found.append("policy")
    return f"{' and '.join(found)} as cached" if found else "nothing is cached yet; folded here from stored values"


def run_proof_checks(case: Case) -> None:
    """Check the proof with every verifier that was asked for, against values recomputed here."""
    key, sheet, bundle = case.key, case.sheet, case.bundle
    policy_missing = (case.policy is not None) != (case.statement.kind == "COMPLIANCE")
    if key is None or sheet is None or policy_missing or case.superseded or case.checks.has_failed("signals < r"):
        for name in case.verifiers:
            case.checks.skip(f"proof ({name})", "what it would be checked against is missing")
        return
    statement = statement_of(case.statement.circuit_kind, sheet, bundle.dynamic, bundle.leg, case.policy_values)
    public, proof = statement.public_signals(), bundle.proof.to_bytes()
    for name in case.verifiers:
        case.checks.run(f"proof ({name})", partial(VERIFIERS[name], key.material, public, proof))


def run_validity_checks(case: Case) -> None:
    """Recompute until when it holds, and compare with the time."""
    sheet = case.sheet
    if sheet is None or (case.statement.kind == "COMPLIANCE" and case.policy is None):
        case.checks.skip("not expired", "the time of the prices or the policy is missing")
        return
    as_of = sheet.as_of_unix
    max_age = case.policy.policy.max_age_s if case.policy else max(0, case.statement.context.deadline - as_of)
    until = case.until_unix = as_of + max_age
    case.checks.run("validity", lambda: _validity(case, as_of, max_age))
    case.checks.run("not expired", lambda: _not_expired(case, as_of, until))


def _validity(case: Case, as_of: int, max_age: int) -> str:
    claim, expected = case.statement.validity, (as_of, as_of + max_age, max_age)
    if (claim.proved_epoch_unix, claim.expires_at_unix, claim.max_age_s) != expected:
        raise VerificationError(f"the bundle says it expires at {claim.expires_at_unix}, it does at {as_of + max_age}")
    return f"{max_age} s from the time of the prices"


def _not_expired(case: Case, as_of: int, until: int) -> str:
    now = case.now_unix
    if now is None:
        raise Incomplete("there is no time to compare with", hint="zkrisk verify BUNDLE --at TIME")
    if as_of > now + _CLOCK_SLACK_S:
        raise ProofRejected(f"the prices are of {as_of}, after the present {now}")
    if now > until:
        raise Expired(f"it held until {until}, now is {now}")
    return f"{until - now} s left"
