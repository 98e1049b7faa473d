"""What a verifier reads from a chain, as an interface that `zkrisk.chain` implements.

Everything here is read from contract storage at one block, never taken from a bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from zkrisk.book import Leg
from zkrisk.params import Assurance, CircuitKind, Tier
from zkrisk.policy import Policy
from zkrisk.sheet import Sheet

__all__ = [
    "AccountView", "AttestationView", "ChainView", "CustodianView", "Deployment", "FoldedPoint", "KeyView",
    "PolicyView",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses of one deployment, checksummed; vaults by name.

    Attributes:
        custodians, venues, readers, binder: Who vouches for books, and who may read them.
        heartbeat, challenges: How an account is held to account when it is silent.
        creditors: Debts elsewhere.
    """

    registry: str
    sheet: str
    policies: str
    manager: str
    custodians: str
    venues: str
    readers: str
    binder: str
    heartbeat: str
    challenges: str
    creditors: str
    vaults: dict[str, str]


@dataclass(frozen=True, slots=True)
class KeyView:
    """The registered current key of a circuit kind."""

    version: int
    key_id: bytes
    blob: bytes


@dataclass(frozen=True, slots=True)
class FoldedPoint:
    """A cached point, 64 bytes big-endian, with its tags."""

    point: bytes
    key_version: int
    parameters_version: int
    window_ordinal: int
    snapshot_time: int


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A registered policy with its folded point under the current compliance key, None when not folded."""

    policy_id: bytes
    policy: Policy
    point: bytes | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """State of an account; `level_until_unix` is 0 for self-declared books.

    Attributes:
        coverage_bps: Share of the active book's assets that venues signed, as long as their word holds.
        locked_until_unix: No assets leave the venues before.
        readers_version: Set of keepers that can read the active book, 0 for none.
        activated_unix: When the active commitment became active.
    """

    commitment: int
    pending_commitment: int
    sequence: int
    worsened: int
    level: Assurance
    level_until_unix: int
    vault: str | None
    coverage_bps: int = 0
    coverage_until_unix: int = 0
    locked_until_unix: int = 0
    readers_version: int = 0
    activated_unix: int = 0


@dataclass(frozen=True, slots=True)
class CustodianView:
    """Whose statement lifts a commitment, and the time that the statement speaks about."""

    address: str
    as_of_unix: int


@dataclass(frozen=True, slots=True)
class AttestationView:
    """The last recorded attestation of an account for a policy."""

    snapshot_time: int
    epoch: int
    sequence: int
    worsened: int
    key_version: int
    parameters_version: int


class ChainView(Protocol):
    """Read access to one deployment at one block."""

    chain_id: int
    deployment: Deployment

    def block_time(self) -> int:
        """Timestamp of the block that is read."""

    def genesis_hash(self) -> str:
        """Hash of block 0, 0x and hex."""

    def tier(self) -> Tier:
        """Tier of the deployment's universe."""

    def current_key(self, kind: CircuitKind) -> KeyView:
        """The registered key of a kind."""

    def newest_epoch(self) -> int:
        """Newest epoch with a snapshot."""

    def sheet(self, epoch: int) -> Sheet:
        """The sheet of an epoch from stored values: prices, blocked slots, parameters, the window as it was folded."""

    def folded_sheet(self, kind: CircuitKind, epoch: int) -> FoldedPoint | None:
        """The cached sheet point, None when it is not folded under the current key and parameters."""

    def policy(self, policy_id: bytes) -> PolicyView:
        """A registered policy."""

    def account(self, account: str) -> AccountView:
        """State of an account."""

    def custodian(self, account: str, commitment: int, sequence: int) -> CustodianView | None:
        """Who signed about the latest time for a commitment under a sequence, None when nobody did."""

    def leg(self, account: str, epoch: int) -> Leg:
        """The leg as compliance proofs use it: escrow rounded down, debt with interest to the epoch's end up."""

    def liquidation_leg(self, account: str) -> Leg:
        """The tightest leg that a liquidation may claim: escrow rounded up, debt down."""

    def nonce(self, account: str, action: int) -> int:
        """Next nonce of an account for an action."""

    def attestation(self, account: str, policy_id: bytes) -> AttestationView | None:
        """The last recorded attestation."""

    def is_compliant(self, account: str, policy_id: bytes, max_age_s: int) -> bool:
        """What the contract answers."""
