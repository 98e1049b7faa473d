"""What is known about an account: read from the chain, and from the part of the store that needs no passphrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkrisk.cli.chain_access import chain_name

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session
    from zkrisk.store import OpeningInfo


@dataclass(frozen=True, slots=True)
class AttestationStatus:
    """One attestation; `until_unix` is 0 when its policy is not known any more."""

    policy_id: str
    name: str
    version: int
    until_unix: int
    is_compliant: bool


@dataclass(frozen=True, slots=True)
class CreditStatus:
    """One vault; token units, with the token's decimals."""

    vault: str
    asset: str
    debt_units: int
    limit_units: int
    escrow: tuple[tuple[str, int], ...]
    decimals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """Everything on the screen of `status`."""

    account: str
    chain_id: int
    chain: str
    block_time_unix: int
    epoch: int
    epoch_time_unix: int
    commitment: int
    pending_commitment: int
    sequence: int
    level: str
    level_until_unix: int
    coverage_bps: int
    coverage_until_unix: int
    readers_version: int
    readers_required: int
    mode: str
    challenge: str | None
    opening_state: str | None
    opening_book: str
    pending_book: str
    committed_at_unix: int | None
    backed_up_at_unix: int | None
    waiting: int
    attestations: tuple[AttestationStatus, ...]
    credits: tuple[CreditStatus, ...]

    def expires_within(self, seconds: int) -> bool:
        """Whether an attestation that lives expires sooner, or one has lapsed."""
        return any(a.until_unix <= self.block_time_unix + seconds for a in self.attestations)

    @property
    def due(self) -> str | None:
        """The next command that makes sense."""
        book = self.opening_book or "BOOK"
        duties = (
            (not self.commitment, f"zkrisk commit {book} --send"),
            (self.pending_commitment, f"zkrisk prove {self.pending_book or 'BOOK'} --action update"),
            (self.challenge, f"zkrisk answer {book} --send"),
            (not self.epoch, "zkrisk chain snapshot"),
            (self.readers_version < self.readers_required, f"zkrisk bind {book} --send"),
            (not self.attestations, f"zkrisk prove {book} --policy NAME"),
        )
        first = next((command for is_due, command in duties if is_due), None)
        return first or self._renewal(book)

    def _renewal(self, book: str) -> str | None:
        """The proof that is wanted first; None when none is."""
        first = min(self.attestations, key=lambda a: (a.is_compliant, a.until_unix))
        return None if first.is_compliant else f"zkrisk prove {book} --policy {first.name}"


def read_status(session: Session, chain: ChainClient, account: str) -> AccountStatus:
    """Read an account at the client's block."""
    state, epoch = chain.account(account), chain.newest_epoch()
    openings, backed_up = _openings(session, account)
    opening, pending = openings.get(state.commitment), openings.get(state.pending_commitment)
    return AccountStatus(
        account=account,
        chain_id=chain.chain_id,
        chain=chain_name(chain.chain_id),
        block_time_unix=chain.block_time(),
        epoch=epoch,
        epoch_time_unix=chain.epoch_time(epoch) if epoch else 0,
        commitment=state.commitment,
        pending_commitment=state.pending_commitment,
        sequence=state.sequence,
        level=state.level.name,
        level_until_unix=state.level_until_unix,
        coverage_bps=state.coverage_bps,
        coverage_until_unix=state.coverage_until_unix,
        readers_version=state.readers_version,
        readers_required=chain.required_readers(),
        mode=_mode(chain, account, state.vault),
        challenge=_challenge(chain, account),
        opening_state=opening.state.value if opening else None,
        opening_book=opening.book if opening else "",
        pending_book=pending.book if pending else "",
        committed_at_unix=opening.created_at_unix if opening else None,
        backed_up_at_unix=backed_up,
        waiting=_unsent(openings, state.pending_commitment),
        attestations=_attestations(chain, account),
        credits=tuple(_credit(chain, name, account) for name in sorted(chain.deployment.vaults)),
    )


def _mode(chain: ChainClient, account: str, vault: str | None) -> str:
    """What the account may do: nothing is owed, everything that a proof allows, or only what makes it smaller."""
    if vault is None:
        return "NOTHING_OWED"
    return "REDUCING" if chain.is_reducing(account) else "ACTIVE"


def _challenge(chain: ChainClient, account: str) -> str | None:
    found = chain.challenge(account)
    if found is None:
        return None
    return "UNANSWERED" if found.unanswered else "OPEN"


def _openings(session: Session, account: str) -> tuple[dict[int, OpeningInfo], int | None]:
    """Public lines of the stored openings by their commitment, and when the store was backed up."""
    from zkrisk.store import StoreIndex  # noqa: PLC0415  (--help does without)

    if not StoreIndex.exists(session.home):
        return {}, None
    with session.open_index() as index:
        return {info.commitment: info for info in index.openings(account)}, index.info().backed_up_at_unix


def _unsent(openings: Mapping[int, OpeningInfo], pending: int) -> int:
    """How many openings are not known to be on the chain; the pending one is."""
    waiting = [info for info in openings.values() if info.state.name in ("PREPARED", "SENT")]
    return sum(info.commitment != pending for info in waiting)


def _attestations(chain: ChainClient, account: str) -> tuple[AttestationStatus, ...]:
    """Attestations for the deployment's policies and for those that the contract's events name."""
    ids = {bytes.fromhex(value.removeprefix("0x")) for value in chain.file.policies.values()}
    found = []
    for policy_id in sorted(ids | _attested_policies(chain, account)):
        if chain.attestation(account, policy_id) is None:
            continue
        policy = chain.policy(policy_id).policy
        found.append(
            AttestationStatus(
                policy_id="0x" + policy_id.hex(),
                name=policy.name,
                version=policy.version,
                until_unix=chain.attestation_expiry(account, policy_id),
                is_compliant=chain.is_compliant(account, policy_id, policy.max_age_s),
            )
        )
    return tuple(found)


def _attested_policies(chain: ChainClient, account: str) -> set[bytes]:
    from zkrisk.chain.events import read_events  # noqa: PLC0415  (web3 takes 0.4 s)

    newest = chain.rpc.block_number() if chain.block == "latest" else int(chain.block)
    events = read_events(
        chain.rpc,
        "RiskManager",
        chain.deployment.manager,
        "Attested",
        first_block=chain.file.block,
        last_block=newest,
        account=account,
    )
    return {bytes(event.args["policyId"]) for event in events}


def _credit(chain: ChainClient, name: str, account: str) -> CreditStatus:
    from zkrisk.cli.proof_request import token_decimals  # noqa: PLC0415  (--help does without)

    view, epoch = chain.vault(name), chain.newest_epoch()
    asset = chain.universe.symbol_of(view.asset_slot)
    slots = {symbol: chain.universe.slot_of(symbol) for symbol in sorted(chain.file.tokens)}
    escrow = tuple((symbol, units) for symbol, slot in slots.items() if (units := view.escrow_of(account, slot)))
    return CreditStatus(
        vault=name,
        asset=asset,
        debt_units=view.debt_of(account),
        limit_units=view.debt_limit_of(account, epoch) if epoch else 0,
        escrow=escrow,
        decimals=tuple((symbol, token_decimals(chain, symbol)) for symbol in {asset, *(s for s, _ in escrow)}),
    )
