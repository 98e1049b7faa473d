"""The checks that need a chain: which contracts, which key, which commitment, which leg, which level."""

from __future__ import annotations

from zkrisk.book import Leg
from zkrisk.errors import (
    CommitmentMismatch,
    Expired,
    Incomplete,
    KeyMismatch,
    PolicyMismatch,
    ProofRejected,
    VerificationError,
    WrongChain,
)
from zkrisk.params import Action, Assurance
from zkrisk.proof.verification import ProvedPolicy
from zkrisk.proof.verify_case import Case
from zkrisk.proof.view import AccountView, ChainView

__all__ = ["CHAIN_CHECKS", "run_chain_checks", "run_chain_identity"]

CHAIN_CHECKS = (
    "key = registry",
    "sheet point = chain",
    "commitment stored",
    "leg = contract storage",
    "assurance from chain",
    "recorded on chain",
)


def run_chain_identity(case: Case, chain: ChainView) -> None:
    """Check that this is the chain and the deployment that the bundle speaks about.

    Raises:
        WrongChain: It is an intact bundle for another chain.
    """
    wanted = case.statement.subject.chain_id
    if chain.chain_id != wanted:
        case.checks.raise_worst()
        raise WrongChain(
            f"the endpoint is chain {chain.chain_id}, the bundle is for {wanted}",
            hint=f"zkrisk verify BUNDLE --rpc URL-OF-{wanted}    or    --offline",
        )
    case.checks.run("chain, contract", lambda: _deployment(case, chain))
    case.checks.run("key = registry", lambda: _registry_key(case, chain))


def run_chain_checks(case: Case, chain: ChainView) -> None:
    """Compare commitment, leg and level with the chain's storage."""
    account = chain.account(case.statement.subject.account)
    case.checks.run("commitment stored", lambda: _commitment(case, account))
    case.checks.run("leg = contract storage", lambda: _leg(case, chain))
    case.checks.run("assurance from chain", lambda: _assurance(case, account, chain))
    if case.policy is None:
        case.checks.run("epoch current", lambda: _epoch(case, chain))
    if case.policy is not None and _is_recorded(case, chain):
        policy = case.policy
        case.checks.run("recorded on chain", lambda: _recorded(case, chain, policy))
    else:
        case.checks.skip("recorded on chain", "the contract has not accepted this proof, or not yet")


def _deployment(case: Case, chain: ChainView) -> str:
    context, deployment = case.statement.context, chain.deployment
    own = {"ATTEST", "UPDATE"}
    allowed = {deployment.manager} if context.action in own else set(deployment.vaults.values())
    if context.contract not in allowed:
        raise ProofRejected(f"the proof is for contract {context.contract}, which is not of this deployment")
    if chain.tier() != case.statement.tier:
        raise KeyMismatch(f"the deployment is of tier {chain.tier().name}, the proof of {case.statement.circuit.tier}")
    origin = case.statement.policy.origin if case.statement.policy else None
    if origin is not None and origin.registry != deployment.policies:
        raise PolicyMismatch("the policy is of another registry")
    for address in (context.contract, deployment.registry, deployment.sheet, deployment.policies, deployment.manager):
        revoked = case.trust.revocation(address)
        if revoked is not None:
            raise Expired(f"contract {address} was revoked: {revoked.reason}")
    pin = case.trust.chain(chain.chain_id)
    if pin is not None and pin.genesis_hash not in (None, chain.genesis_hash()):
        raise VerificationError(f"the chain does not begin with the block that is pinned for {pin.name}")
    if pin is None or pin.contracts is None:
        return f"chain {chain.chain_id}; its contracts are not pinned"
    pinned = pin.contracts
    ours = (deployment.registry, deployment.sheet, deployment.policies, deployment.manager)
    if ours != (pinned.registry, pinned.sheet, pinned.policies, pinned.manager):
        raise VerificationError(f"the deployment read is not the pinned one of {pin.name}")
    if context.action not in own and context.contract not in pinned.vaults.values():
        raise VerificationError("the vault is not a pinned one")
    return f"chain {chain.chain_id}, contracts as pinned"


def _registry_key(case: Case, chain: ChainView) -> str:
    kind = case.statement.circuit_kind
    current = chain.current_key(kind)
    if current.key_id == case.claimed_key_id:
        if case.key is not None and case.key.blob != current.blob:
            raise KeyMismatch("the registry's key blob is not that of its own key id")
        return f"version {current.version}"
    circuit = f"{case.statement.circuit.id}-{case.statement.circuit.tier}"
    shown = f"bundle {case.statement.circuit.bases_root[2:10]}…, registry {current.key_id.hex()[:8]}…"
    if case.trust.pin(circuit, case.claimed_key_id) is not None:
        case.superseded = True
        raise Expired(f"the registry has a newer key: {shown}")
    raise KeyMismatch(f"the key is not the registered one: {shown}")


def _commitment(case: Case, account: AccountView) -> str:
    subject, commitment = case.statement.subject, case.bundle.dynamic[0]
    action, where = Action[case.statement.context.action], f"sequence {subject.sequence}"
    if subject.sequence == account.sequence and commitment == account.commitment:
        return f"active, {where}"
    if action is Action.UPDATE and subject.sequence == account.sequence + 1:
        if commitment == account.pending_commitment:
            return f"pending, {where}"
        raise CommitmentMismatch(f"the pending commitment of {subject.account} is another one")
    if subject.sequence < account.sequence:
        raise Expired(f"the account is at sequence {account.sequence}, the proof at {subject.sequence}")
    raise CommitmentMismatch(f"the commitment of {subject.account} at {where} is not the one that is stored")


def _leg(case: Case, chain: ChainView) -> str:
    claimed, account = case.bundle.leg, case.statement.subject.account
    action = Action[case.statement.context.action]
    if action is Action.LIQUIDATE:
        return _named_leg(claimed, chain.liquidation_leg(account))
    stored = chain.leg(account, case.statement.context.epoch)
    if (claimed.long, claimed.short) == (stored.long, stored.short):
        return "equal"
    if _is_recorded(case, chain):
        raise Expired("the on-chain leg changed since the proof was accepted")
    if action in (Action.DRAW, Action.WITHDRAW):
        raise Incomplete(
            f"the leg is the one after the {action.name}, which has not happened", hint="zkrisk submit BUNDLE --dry-run"
        )
    raise ProofRejected("the leg in the signals is not the one that the contracts hold")


def _named_leg(claimed: Leg, actual: Leg) -> str:
    low = any(ours < real for ours, real in zip(claimed.long, actual.long, strict=True))
    high = any(ours > real for ours, real in zip(claimed.short, actual.short, strict=True))
    if low or high:
        raise ProofRejected("the named leg is better for the liquidator than what the contracts hold")
    return "named on the safe side"


def _epoch(case: Case, chain: ChainView) -> str:
    """Without a policy there is no maximum age: it speaks for as long as a contract would take a proof of its epoch."""
    epoch, newest = case.statement.context.epoch, chain.newest_epoch()
    if epoch + 1 < newest:
        raise Expired(f"it is of epoch {epoch} and names no policy that lets it grow old; the newest is {newest}")
    return f"newest {newest}"


def _custodian(case: Case, chain: ChainView) -> None:
    """Whether the verifier believes who signed; asked only where the trust store judges custodians."""
    statement = case.statement
    found = chain.custodian(statement.subject.account, case.bundle.dynamic[0], statement.subject.sequence)
    if found is None:
        raise VerificationError("the chain has no statement of a custodian for this commitment")
    revoked = case.trust.revocation(found.address)
    if revoked is not None:
        raise Expired(f"custodian {found.address} was revoked: {revoked.reason}")
    pin = case.trust.custodian(found.address)
    if pin is None and case.trust.custodians:
        raise VerificationError(f"custodian {found.address} is not one that the trust store has")
    if pin is not None and not pin.valid_from_unix <= found.as_of_unix <= pin.valid_until_unix:
        raise Expired(f"custodian {pin.name} signed at {found.as_of_unix}, outside of its period")


def _assurance(case: Case, account: AccountView, chain: ChainView) -> str:
    claim = case.statement.assurance
    if claim.venues:
        raise VerificationError("venues are named, but no venue statement can be checked for this commitment")
    if account.sequence != case.statement.subject.sequence:
        raise Incomplete(f"the level that is stored is that of sequence {account.sequence}")
    now, level = case.now_unix or 0, account.level
    lapsed = level > Assurance.SELF_DECLARED and account.level_until_unix < now
    actual = Assurance.SELF_DECLARED if lapsed else level
    if claim.assurance > actual:
        if account.level_until_unix:
            raise Expired(f"the level was {claim.level} until {account.level_until_unix}, now it is {actual.name}")
        raise VerificationError(f"the bundle says {claim.level}, the chain {actual.name}")
    if actual is Assurance.CUSTODIAN_SIGNED and case.trust.judges_custodians:
        _custodian(case, chain)
    covered = 0 if account.coverage_until_unix < now else account.coverage_bps
    if claim.coverage_bps > covered:
        raise Expired(f"venues signed {claim.coverage_bps} bps of the assets, of which {covered} bps hold now")
    case.assurance, case.coverage_bps = actual, covered
    if case.policy is not None and actual < case.policy.policy.min_assurance:
        demanded = case.policy.policy.min_assurance.name
        raise PolicyMismatch(f"the level is {actual.name}, the policy demands {demanded}")
    if case.policy is not None and covered < case.policy.policy.min_coverage_bps:
        demanded = f"{case.policy.policy.min_coverage_bps} bps"
        raise PolicyMismatch(f"venues signed {covered} bps of the assets, the policy demands {demanded}")
    return f"{actual.name}, {covered} bps covered by venues" if covered else actual.name


def _is_recorded(case: Case, chain: ChainView) -> bool:
    policy, statement = case.statement.policy, case.statement
    if policy is None:
        return False
    record = chain.attestation(statement.subject.account, bytes.fromhex(policy.id[2:]))
    return record is not None and (record.epoch, record.sequence) == (
        statement.context.epoch,
        statement.subject.sequence,
    )


def _recorded(case: Case, chain: ChainView, policy: ProvedPolicy) -> str:
    account, max_age = case.statement.subject.account, policy.policy.max_age_s
    if not chain.is_compliant(account, policy.policy_id, max_age):
        raise Expired("the contract no longer counts the attestation of this epoch")
    return "and still compliant"
