"""The calls in order: chain, sheet, limits, statement, proof, bundle.

`prepare_…` reads the chain and checks what can be checked without a proof; `make_bundle` proves. Limits come first: a
book that fails one costs no proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zkrisk.book import Leg
from zkrisk.chain.client import ChainClient
from zkrisk.chain.refold import checked_policy, checked_sheet, registered_key
from zkrisk.chain.submit import submit
from zkrisk.chain.vault import VaultView
from zkrisk.commitment import Opening, format_address
from zkrisk.errors import CommitmentMismatch, InputError, PolicyNotMet
from zkrisk.fixedpoint import format_scaled_down, format_scaled_up, from_scaled
from zkrisk.metrics import Verdict, check, is_healthy, tail_threshold
from zkrisk.params import BPS, LEG_BITS, Action, Assurance, CircuitKind
from zkrisk.policy import Policy
from zkrisk.proof.actions import LIQUIDATION_THRESHOLD_BPS, action_hash
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.bundle import pack
from zkrisk.proof.bundle_model import ActionData, Bundle, LegEntry, PolicyOrigin
from zkrisk.proof.context import ZERO_HASH, ContextRequest
from zkrisk.proof.folding import statement_of
from zkrisk.proof.prove import BundleParts, Progress, build_bundle, prove
from zkrisk.proof.view import AccountView
from zkrisk.sheet import Sheet

__all__ = [
    "DEFAULT_LIFETIME_S",
    "Prepared",
    "checked_sheet",
    "make_bundle",
    "prepare_attest",
    "prepare_draw",
    "prepare_liquidation",
    "prepare_update",
    "prepare_withdraw",
    "require_assurance",
    "submit",
]

DEFAULT_LIFETIME_S = 900
"""Seconds of chain time in which a proof may be used, unless said otherwise."""

LEG_MARGIN_BPS = 1
"""How much healthier than the actual leg a liquidation claims it to be."""

DEEPEST_THRESHOLD_BPS = 9_000
"""A lower health factor than this raises no bonus."""
INDEX_UNIT = 10**18


@dataclass(frozen=True)
class Prepared:
    """Everything public about a proof that is to be made, and the verdict on the book. Private because of the verdict.

    Attributes:
        leg: On-chain lots as the proof states them: after the action.
        verdict: None for a liquidation.
        threshold_bps: Of a liquidation.
    """

    request: ContextRequest
    data: ActionData
    commitment: int
    sheet: Sheet
    leg: Leg
    assurance: Assurance
    policy: Policy | None = None
    origin: PolicyOrigin | None = None
    verdict: Verdict | None = None
    threshold_bps: int | None = None
    coverage_bps: int = 0

    def __repr__(self) -> str:
        return f"<Prepared {self.request.action.name} of {self.request.account}, epoch {self.request.epoch}>"

    @property
    def kind(self) -> CircuitKind:
        """Circuit that proves it."""
        return CircuitKind.COMPLIANCE if self.policy else CircuitKind.LIQUIDATION

    @property
    def policy_values(self) -> tuple[int, ...]:
        """The POLICY set."""
        if self.policy is None:
            return ()
        return tuple(self.policy.public_values(self.sheet.tier, self.sheet.parameters.sector_names))


def _origin(chain: ChainClient, policy: Policy) -> PolicyOrigin | None:
    if policy.owner is None:
        return None
    return PolicyOrigin(registry=chain.deployment.policies, owner=policy.owner, name=policy.name)


def require_assurance(level: Assurance, coverage_bps: int, policy: Policy) -> None:
    """Raise PolicyNotMet when a commitment's level or coverage is below what a policy asks for."""
    if level < policy.min_assurance:
        raise PolicyNotMet(
            f"the commitment is {level.name}, policy {policy.name} asks for {policy.min_assurance.name}",
            hint="let a custodian sign it, then: zkrisk commit BOOK --statement FILE",
            details={"limits": ["ASSURANCE"]},
        )
    if coverage_bps < policy.min_coverage_bps:
        covered, asked = (format_scaled_down(bps, 2, 2) for bps in (coverage_bps, policy.min_coverage_bps))
        raise PolicyNotMet(
            f"venues signed {covered} % of the book's assets, policy {policy.name} asks for {asked} %",
            hint="bind the commitment to the statements of its venues: zkrisk bind --help",
            details={"limits": ["COVERAGE"]},
        )


@dataclass(frozen=True)
class _Act:
    """What one action of a book's owner is: the parts that differ between them."""

    action: Action
    contract: str
    policy_id: bytes
    data: ActionData
    leg: Leg
    beneficiary: str
    commitment: int
    sequence: int
    level: Assurance
    coverage_bps: int
    lifetime_s: int
    epoch: int | None = None


def _prepare(chain: ChainClient, artifacts: Artifacts, opening: Opening, act: _Act) -> Prepared:
    """Check limits and put the request together; compliance proofs only."""
    account = format_address(opening.owner)
    key = registered_key(chain, artifacts.instance(CircuitKind.COMPLIANCE, chain.tier()))
    policy = checked_policy(chain, key, act.policy_id)
    if act.commitment != opening.commitment:
        raise CommitmentMismatch(
            "the opening is not of the commitment that the chain holds", hint="zkrisk status, or: zkrisk store recover"
        )
    sheet = checked_sheet(chain, key, act.epoch)
    verdict = check(policy, opening, act.leg, sheet)
    verdict.require()
    require_assurance(act.level, act.coverage_bps, policy)
    request = ContextRequest(
        chain_id=chain.chain_id,
        contract=act.contract,
        key_id=key.key_id,
        policy_id=act.policy_id,
        account=account,
        sequence=act.sequence,
        beneficiary=act.beneficiary,
        action=act.action,
        action_hash=action_hash(act.action, act.data),
        epoch=sheet.epoch,
        nonce=chain.nonce(account, int(act.action)),
        deadline=chain.block_time() + act.lifetime_s,
    )
    return Prepared(
        request, act.data, opening.commitment, sheet, act.leg, act.level, policy, _origin(chain, policy), verdict,
        coverage_bps=act.coverage_bps,
    )  # fmt: skip


def prepare_attest(
    chain: ChainClient,
    artifacts: Artifacts,
    opening: Opening,
    policy_id: bytes,
    *,
    epoch: int | None = None,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Prepared:
    """Prepare the registration that the active book meets a policy.

    Raises:
        PolicyNotMet: A limit fails; names only.
        CommitmentMismatch, KeyMismatch, SheetStale, SheetMismatch, PolicyMismatch: The chain and the files here differ.
    """
    account = format_address(opening.owner)
    state = chain.account(account)
    leg = chain.leg(account, chain.newest_epoch() if epoch is None else epoch)
    act = _Act(
        Action.ATTEST, chain.deployment.manager, policy_id, ActionData(), leg, account,
        state.commitment, state.sequence, state.level, state.coverage_bps, lifetime_s, epoch,
    )  # fmt: skip
    return _prepare(chain, artifacts, opening, act)


def prepare_update(
    chain: ChainClient, artifacts: Artifacts, opening: Opening, *, lifetime_s: int = DEFAULT_LIFETIME_S
) -> Prepared:
    """Prepare the activation of the pending commitment while debt is outstanding; errors as `prepare_attest`.

    Raises:
        InputError: Nothing is owed, so no proof is needed.
    """
    account = format_address(opening.owner)
    state = chain.account(account)
    if state.vault is None:
        raise InputError(
            "nothing is owed: the pending commitment needs no proof",
            hint="commit again, which counts at once: zkrisk commit BOOK --replace --send",
        )
    act = _Act(
        Action.UPDATE, chain.deployment.manager, VaultView(chain, state.vault).policy_id,
        ActionData(commitment=f"0x{opening.commitment:064x}"), chain.leg(account, chain.newest_epoch()), account,
        state.pending_commitment, state.sequence + 1, *chain.pending_assurance(account), lifetime_s,
    )  # fmt: skip
    return _prepare(chain, artifacts, opening, act)


def prepare_draw(
    chain: ChainClient,
    artifacts: Artifacts,
    opening: Opening,
    *,
    vault_name: str,
    amount: int,
    beneficiary: str | None = None,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Prepared:
    """Prepare a draw of asset units from a vault, on the leg after it; errors as `prepare_attest`.

    Raises:
        PolicyNotMet: A limit fails on the book with the new debt, or the debt would be above the vault's limit.
    """
    account, vault = format_address(opening.owner), chain.vault(vault_name)
    state, slot = chain.account(account), vault.asset_slot
    epoch = chain.newest_epoch()
    _require_debt_limit(chain, vault, account, vault.debt_of(account) + amount)
    short = chain.lots(slot, _debt_after(chain, vault, account, amount, epoch), up=True)
    act = _Act(
        Action.DRAW, vault.address, vault.policy_id, ActionData(token=vault.asset, amount=amount),
        _with_slot(chain.leg(account, epoch), slot, short=short), beneficiary or account,
        state.commitment, state.sequence, state.level, state.coverage_bps, lifetime_s,
    )  # fmt: skip
    return _prepare(chain, artifacts, opening, act)


def _debt_after(chain: ChainClient, vault: VaultView, account: str, drawn: int, epoch: int) -> int:
    """Return what is owed in the asset's slot at the end of the epoch, interest included, after a draw in it."""
    position = chain.position(account, vault.asset_slot)
    start, end = (chain.debt_index(vault.address, (epoch + k) * chain.epoch_seconds()) for k in (0, 1))
    # Drawn at the start of the epoch, so that the proof does not depend on the block that takes it.
    units = position.debt - (-drawn * INDEX_UNIT // start)
    return position.credit - (-units * end // INDEX_UNIT)


def _require_debt_limit(chain: ChainClient, vault: VaultView, account: str, debt: int) -> None:
    limit = vault.debt_limit_of(account, chain.newest_epoch())
    if debt > limit:
        symbol, decimals = chain.universe.symbol_of(vault.asset_slot), _token_decimals(chain, vault.asset)
        would, most = format_scaled_up(debt, decimals, 2), format_scaled_down(limit, decimals, 2)
        raise PolicyNotMet(
            f"the debt would be {would} {symbol}, the vault lends this account at most {most} {symbol}",
            hint="draw less, add escrow, or raise the account's assurance level",
            details={"limits": ["DEBT_LIMIT"], "debt": str(debt), "limit": str(limit)},
        )


def _token_decimals(chain: ChainClient, token: str) -> int:
    return int(chain.read(chain.rpc.contract("MockERC20", token).functions.decimals()))


def prepare_withdraw(
    chain: ChainClient,
    artifacts: Artifacts,
    opening: Opening,
    *,
    vault_name: str,
    slot: int,
    amount: int,
    beneficiary: str | None = None,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Prepared:
    """Prepare a withdrawal of escrow, token units, on the leg after it; errors as `prepare_attest`."""
    account, vault = format_address(opening.owner), chain.vault(vault_name)
    state, token = chain.account(account), chain.token_of(slot)
    position = chain.position(account, slot)
    if token is None or amount > vault.escrow_of(account, slot):
        raise InputError(f"the account has no such escrow in slot {slot}", hint="zkrisk vault show")
    owed = VaultView(chain, state.vault) if state.vault else vault
    long = chain.lots(slot, position.escrow - amount, up=False)
    act = _Act(
        Action.WITHDRAW, vault.address, owed.policy_id, ActionData(token=token, amount=amount),
        _with_slot(chain.leg(account, chain.newest_epoch()), slot, long=long), beneficiary or account,
        state.commitment, state.sequence, state.level, state.coverage_bps, lifetime_s,
    )  # fmt: skip
    return _prepare(chain, artifacts, opening, act)


def prepare_liquidation(
    chain: ChainClient,
    artifacts: Artifacts,
    opening: Opening,
    *,
    vault_name: str,
    keeper: str,
    repay_amount: int,
    seize_slot: int,
    threshold_bps: int | None = None,
    margin_bps: int = LEG_MARGIN_BPS,
    lifetime_s: int = DEFAULT_LIFETIME_S,
) -> Prepared:
    """Prepare a liquidation by a keeper who was handed the opening.

    Args:
        keeper: Who receives what is seized.
        threshold_bps: Health factor to prove the account below; the lowest that pays, unless said otherwise. Below 0.95
            all of the debt may be repaid, and down to 0.90 the bonus rises.
        margin_bps: How much healthier than the actual leg the claimed one is, so that a top-up or a repayment by a few
            units does not stop the liquidation. Left out when only the actual leg is liquidatable.

    Raises:
        PolicyNotMet: The account is not liquidatable.
        CommitmentMismatch, KeyMismatch, SheetStale, SheetMismatch: As `prepare_attest`.
    """
    account, vault = format_address(opening.owner), chain.vault(vault_name)
    state = _active_state(chain, account, opening)
    key = registered_key(chain, artifacts.instance(CircuitKind.LIQUIDATION, chain.tier()))
    sheet = checked_sheet(chain, key)
    wanted = LIQUIDATION_THRESHOLD_BPS if threshold_bps is None else threshold_bps
    leg = _liquidatable_leg(opening, chain.liquidation_leg(account), sheet, wanted, margin_bps)
    threshold = wanted if threshold_bps is not None else _deepest(opening, leg, sheet)
    claims = tuple(_claims(leg))
    data = ActionData(amount=repay_amount, seize_slot=seize_slot, threshold_bps=threshold, claims=claims)
    request = ContextRequest(
        chain_id=chain.chain_id, contract=vault.address, key_id=key.key_id, policy_id=ZERO_HASH, account=account,
        sequence=state.sequence, beneficiary=keeper, action=Action.LIQUIDATE,
        action_hash=action_hash(Action.LIQUIDATE, data), epoch=sheet.epoch,
        nonce=chain.liquidation_nonce(account, keeper), deadline=chain.block_time() + lifetime_s,
    )  # fmt: skip
    return Prepared(request, data, opening.commitment, sheet, leg, state.level, threshold_bps=threshold)


def _active_state(chain: ChainClient, account: str, opening: Opening) -> AccountView:
    state = chain.account(account)
    if state.commitment != opening.commitment:
        raise CommitmentMismatch("the opening is not of the commitment that the chain holds")
    return state


def _liquidatable_leg(opening: Opening, actual: Leg, sheet: Sheet, threshold_bps: int, margin_bps: int) -> Leg:
    """Return the leg to claim: with a margin when the account is below the threshold even so, else the actual one."""
    wide = _with_margin(actual, margin_bps)
    if not is_healthy(opening, wide, sheet, threshold_bps):
        return wide
    if is_healthy(opening, actual, sheet, threshold_bps):
        raise PolicyNotMet(
            f"the account is not liquidatable: its health factor is not below {from_scaled(threshold_bps, 4)}",
            where="no proof was made",
            details={"limits": ["LIQUIDATION"]},
        )
    return actual


def _deepest(opening: Opening, leg: Leg, sheet: Sheet) -> int:
    """Return the lowest threshold that pays and that the account is below."""
    low, high = DEEPEST_THRESHOLD_BPS, LIQUIDATION_THRESHOLD_BPS
    while low < high:
        middle = (low + high) // 2
        if is_healthy(opening, leg, sheet, middle):
            low = middle + 1
        else:
            high = middle
    return high


def _with_margin(leg: Leg, margin_bps: int) -> Leg:
    """Return a healthier leg: escrow up, debt down, each rounded towards the actual one."""
    most = (1 << LEG_BITS) - 1
    long = tuple(min(most, lots + lots * margin_bps // BPS) for lots in leg.long)
    return Leg(long, tuple(lots - lots * margin_bps // BPS for lots in leg.short))


def _claims(leg: Leg) -> Iterable[LegEntry]:
    entries = enumerate(zip(leg.long, leg.short, strict=True))
    return (LegEntry(slot=slot, long=long, short=short) for slot, (long, short) in entries if long or short)


def _with_slot(leg: Leg, slot: int, *, long: int | None = None, short: int | None = None) -> Leg:
    longs, shorts = list(leg.long), list(leg.short)
    longs[slot] = longs[slot] if long is None else long
    shorts[slot] = shorts[slot] if short is None else short
    return Leg(tuple(longs), tuple(shorts))


def make_bundle(
    prepared: Prepared,
    artifacts: Artifacts,
    opening: Opening,
    *,
    backend: str = "native",
    packed: bool = False,
    on_progress: Progress | None = None,
) -> Bundle:
    """Prove what was prepared and write the bundle; nothing is returned that does not verify.

    Raises:
        WitnessError, ConstraintViolated, ProofRejected: See `zkrisk.proof.prove.prove`.
    """
    instance = artifacts.instance(prepared.kind, prepared.sheet.tier)
    dynamic = [prepared.commitment, opening.owner, prepared.request.signal()]
    if prepared.threshold_bps is not None:
        dynamic.append(prepared.threshold_bps)
    statement = statement_of(prepared.kind, prepared.sheet, dynamic, prepared.leg, prepared.policy_values)
    tail = tail_threshold(prepared.policy, opening, prepared.leg, prepared.sheet) if prepared.policy else None
    proof = prove(instance, statement, opening, tail, backend=backend, on_progress=on_progress)
    parts = BundleParts(
        key=instance.key(),
        manifest=instance.manifest(),
        statement=statement,
        request=prepared.request,
        sheet=prepared.sheet,
        assurance=prepared.assurance,
        coverage_bps=prepared.coverage_bps,
        proof=proof,
        policy=prepared.policy,
        origin=prepared.origin,
        action_data=prepared.data,
    )
    bundle = build_bundle(parts)
    return pack(bundle, parts.key, prepared.sheet) if packed else bundle
