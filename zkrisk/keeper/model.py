"""What the keeper and the chain say to each other. All of it is public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zkrisk.book import Leg

__all__ = [
    "AccountNow",
    "Block",
    "Fees",
    "Log",
    "Market",
    "Order",
    "Receipt",
    "Signed",
    "VaultTerms",
    "Way",
]


LEAST_MARGIN_BPS = 1
"""Margin of the first try: the threshold, and with it the bonus, is that much higher for it."""


class Way(StrEnum):
    """How the vault is shown that it may liquidate."""

    PROOF = "PROOF"  # a proof about the whole book
    LEG = "LEG"  # escrow and debt alone: nobody ever vouched for the book
    SILENCE = "SILENCE"  # a challenge was not answered in time


@dataclass(frozen=True, slots=True)
class Block:
    """The head of a block; hashes are ``0x…``."""

    number: int
    hash: str
    parent: str
    time_unix: int


@dataclass(frozen=True, slots=True)
class Log:
    """One decoded event of the deployment's contracts. Public."""

    block: int
    block_hash: str
    index: int
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Market:
    """What liquidations are judged by at the newest epoch.

    Attributes:
        epoch: 0 when there was no snapshot yet.
        prices: N, 10^-16 USD a lot.
        thresholds_bps, borrow_factors_bps: N each, the current parameters.
    """

    epoch: int
    prices: tuple[int, ...]
    thresholds_bps: tuple[int, ...]
    borrow_factors_bps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VaultTerms:
    """Terms of a vault; see CreditVault.

    Attributes:
        asset_slot: Slot of the lent token.
        bonus_bps, maximum_bonus_bps: What a keeper gets above what it repays, at 10 000 and from 9 000 down.
        minimum_debt: Least debt that may remain, asset units.
        collateral: Slots that are collateral now, rising.
    """

    address: str
    asset_slot: int
    bonus_bps: int
    maximum_bonus_bps: int
    minimum_debt: int
    collateral: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AccountNow:
    """An account as the contracts have it at this moment.

    Attributes:
        commitment: The active one, 0 for none.
        level: Assurance level.
        vault: The vault that is owed, None for none.
        debt: Asset units, rounded up.
        escrow: Token units by slot, in the vault that is owed.
        leg: The tightest leg that a liquidation may claim.
        nonce: Next nonce of this keeper for the account.
        is_leg_alone: Nobody ever vouched for the active commitment, so that escrow and debt decide.
        silence_bonus_bps: Bonus for an unanswered challenge, None while none is unanswered.
    """

    commitment: int
    level: int
    vault: str | None
    debt: int
    escrow: Mapping[int, int]
    leg: Leg
    nonce: int
    is_leg_alone: bool = False
    silence_bonus_bps: int | None = None


@dataclass(frozen=True, slots=True)
class Fees:
    """What one gas may cost, wei."""

    most: int
    tip: int

    def raised(self) -> Fees:
        """Return the least fees with which a node replaces a transaction: an eighth more, rounded up."""
        return Fees(-(-self.most * 9 // 8), -(-self.tip * 9 // 8))


@dataclass(frozen=True, slots=True)
class Order:
    """One liquidation. Public.

    Attributes:
        epoch: At whose prices.
        nonce: The keeper's for the account; a proof is good for one.
        threshold_bps: The health factor is shown to be below it.
        repay: Most that is repaid, asset units.
        seize_slot: Collateral that is taken first.
        margin_bps: How much healthier than the actual leg the proof claims it to be, where that leaves the account
            liquidatable, so that a top-up until the block does not void it.
        payload: The proof's bundle as text, None where no proof is needed or made yet.
    """

    account: str
    vault: str
    way: Way
    epoch: int
    nonce: int
    threshold_bps: int
    repay: int
    seize_slot: int
    margin_bps: int = LEAST_MARGIN_BPS
    payload: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction, before it leaves this machine."""

    tx_hash: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction in a block."""

    block: int
    is_done: bool
