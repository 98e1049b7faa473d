"""Reading one vault."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

__all__ = ["VaultView"]


class VaultView:
    """A CreditVault, read at the client's block. Amounts are units of the named token."""

    def __init__(self, chain: ChainClient, address: str) -> None:
        self._chain = chain
        self.address = address
        self.contract = chain.rpc.contract("CreditVault", address)

    def _read(self, name: str, *arguments: Any) -> Any:
        return self._chain.read(getattr(self.contract.functions, name)(*arguments))

    @cached_property
    def asset(self) -> str:
        """The lent token."""
        return str(self._read("asset"))

    @cached_property
    def asset_slot(self) -> int:
        """Slot of the lent token; debts are shorts there."""
        return int(self._read("assetSlot"))

    @cached_property
    def policy_id(self) -> bytes:
        """Policy that draw, withdraw and update are proved against."""
        return bytes(self._read("policyId"))

    def liquid(self) -> int:
        """Assets that are not lent out."""
        return int(self._read("liquid"))

    def total_assets(self) -> int:
        """Liquid assets and outstanding debt."""
        return int(self._read("totalAssets"))

    def debt_of(self, account: str) -> int:
        """Outstanding debt of an account."""
        return int(self._read("debtOf", account))

    def bad_debt_of(self, account: str) -> int:
        """What was written off of an account's debt and not repaid since, without interest."""
        return int(self._read("badDebtOf", account))

    def units_of(self, account: str) -> int:
        """Debt of an account in units of the vault's index: it grows by no interest."""
        return int(self._read("unitsOf", account))

    def escrow_of(self, account: str, slot: int) -> int:
        """Escrow of an account in a slot."""
        return int(self._read("escrowOf", account, slot))

    def ltv_bps(self, slot: int) -> int:
        """Loan to value of a collateral slot."""
        return int(self._read("ltvOf", slot))

    def cap_of(self, level: int) -> int:
        """Credit beyond escrow of an assurance level."""
        return int(self._read("capOf", level))

    def debt_limit_of(self, account: str, epoch: int) -> int:
        """What an account may owe at an epoch's prices."""
        return int(self._read("debtLimitOf", account, epoch))

    def claimable_of(self, owner: str, token: str) -> int:
        """What was seized or paid for an address and waits to be fetched, token units."""
        return int(self._read("claimableOf", owner, token))
