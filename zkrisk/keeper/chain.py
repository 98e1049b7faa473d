"""All that the keeper asks of a chain, as one protocol: the service knows neither web3 nor the contracts' forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from zkrisk.commitment import Opening
from zkrisk.keeper.model import AccountNow, Block, Fees, Log, Market, Order, Receipt, Signed, VaultTerms, Way

__all__ = ["EVENTS", "ChainView", "Prover"]

EVENTS = (
    "Answered",
    "BookBound",
    "ChallengeClosed",
    "Challenged",
    "CommitmentActivated",
    "Committed",
    "CreditChanged",
    "DebtChanged",
    "EscrowChanged",
    "Liquidated",
    "ParametersActivated",
    "Snapshot",
    "TokenRegistered",
)
"""Events that the keeper follows, in the words of the contracts."""


class ChainView(Protocol):
    """A chain with one deployment, and the keeper's account on it. Every method may raise ChainError."""

    @property
    def keeper(self) -> str:
        """Address that sends, and that is credited."""
        ...

    @property
    def identity(self) -> str:
        """Text that is the same for the same deployment on the same chain, and for no other."""
        ...

    @property
    def first_block(self) -> int:
        """Block in which the deployment began."""
        ...

    @property
    def instruments(self) -> int:
        """N of the deployment."""
        ...

    def head(self) -> Block:
        """Return the newest block."""
        ...

    def block(self, number: int) -> Block | None:
        """Return a block of the canonical chain, None beyond its end."""
        ...

    def logs(self, first: int, last: int) -> Sequence[Log]:
        """Return the EVENTS of a range of blocks, both ends included, in order."""
        ...

    def market(self) -> Market:
        """Return prices and weights of the newest epoch."""
        ...

    def exponents(self) -> Mapping[int, int]:
        """Return the token's decimals less those of a lot, for every slot with a token."""
        ...

    def debt_indexes(self, vaults: Sequence[str]) -> Mapping[str, int]:
        """Return what a unit of debt to each vault is worth now, 10^-18 asset units."""
        ...

    def vault_terms(self, vault: str) -> VaultTerms:
        """Return the terms of a vault."""
        ...

    def account_now(self, account: str) -> AccountNow:
        """Return the state of an account at the newest block."""
        ...

    def accounts_now(self, accounts: Sequence[str]) -> Mapping[str, AccountNow]:
        """Return the state of some accounts, all of the newest block, in few requests."""
        ...

    def leg_alone(self, owing: Mapping[str, str]) -> Set[str]:
        """Return which accounts are judged by escrow and debt alone now, in few requests.

        Args:
            owing: Vaults, by account.
        """
        ...

    def funds(self, vault: str) -> int:
        """Return what the keeper can repay: its balance, as far as the vault may take it; asset units."""
        ...

    def gas_units(self, way: Way) -> int:
        """Return the gas limit of a liquidation."""
        ...

    def fees(self) -> Fees:
        """Return what gets into a block soon."""
        ...

    def sender_nonce(self) -> int:
        """Return how many transactions of the keeper are in blocks."""
        ...

    def refusal(self, order: Order) -> str | None:
        """Simulate a liquidation; return the name of the contract's error, None when it would pass."""
        ...

    def sign(self, order: Order | None, nonce: int, fees: Fees) -> Signed:
        """Sign a liquidation, or for None a transaction that does nothing; sends nothing."""
        ...

    def broadcast(self, raw: bytes) -> None:
        """Hand a signed transaction to the network; doing so twice does no harm."""
        ...

    def receipt(self, tx_hash: str) -> Receipt | None:
        """Return the receipt of a transaction that is in a block of the canonical chain."""
        ...

    def upkeep(self) -> Sequence[str]:
        """Take the snapshot, fold and poke where due; return what was done.

        Raises:
            ChainError: Of one of the three; the others were done, where they do not build on it.
        """
        ...


class Prover(Protocol):
    """Makes proofs."""

    def prove(self, order: Order, opening: Opening) -> str:
        """Return the bundle of a liquidation's proof as text.

        Raises:
            PolicyNotMet: The account is not liquidatable.
            ProofError, ChainError: No proof was made.
        """
        ...
