"""The keeper's transactions on a deployment: what they cost, how they are signed, what became of them; and upkeep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from eth_utils.crypto import keccak

from zkrisk.chain.client import ChainClient
from zkrisk.chain.fold import fold_sheet
from zkrisk.chain.gas import gas_limit
from zkrisk.chain.operate import take_snapshot
from zkrisk.chain.submit import call_of
from zkrisk.chain.transact import Transactor
from zkrisk.errors import ChainError, ContractRefused, UsageError
from zkrisk.fixedpoint import div_down
from zkrisk.keeper.model import Fees, Order, Receipt, Signed, Way
from zkrisk.params import CircuitKind
from zkrisk.proof.bundle import parse_bundle

__all__ = ["DeployedTransactions"]

_TIP_WEI: Final = 1_000_000_000
_EMPTY_GAS: Final = 21_000
_NOBODY: Final = "0x" + 40 * "0"
_FUNCTIONS: Final = {Way.PROOF: "liquidate", Way.LEG: "liquidateSelfDeclared", Way.SILENCE: "liquidateUnanswered"}


class DeployedTransactions:
    """The part of `ChainView` that sends; without a sender it looks on from the address zero."""

    def __init__(self, chain: ChainClient, sender: Transactor | None) -> None:
        self._chain = chain
        self._signs = sender
        self._poked_epoch = 0

    @property
    def keeper(self) -> str:
        """Address that sends."""
        return _NOBODY if self._signs is None else self._signs.address

    @property
    def _sender(self) -> Transactor:
        if self._signs is None:
            raise UsageError("no signer is known", hint="--signer KEYSTORE")
        return self._signs

    def gas_units(self, way: Way) -> int:
        """Return the gas limit."""
        return gas_limit(_FUNCTIONS[way])

    def fees(self) -> Fees:
        """Return twice the newest base fee and a tip."""
        newest = self._chain.rpc.raw("eth_getBlockByNumber", ["latest", False])
        with self._chain.rpc.translated():
            return Fees(2 * int(newest["baseFeePerGas"], 16) + _TIP_WEI, _TIP_WEI)

    def sender_nonce(self) -> int:
        """Return how many transactions of the keeper are in blocks."""
        count = self._chain.rpc.raw("eth_getTransactionCount", [self.keeper, "latest"])
        with self._chain.rpc.translated():
            return int(count, 16)

    def refusal(self, order: Order) -> str | None:
        """Simulate; return the error's name."""
        try:
            self._sender.simulate(self._call(order), gas=self.gas_units(order.way))
        except ContractRefused as refused:
            return str(refused.details.get("error", refused.code))
        return None

    def sign(self, order: Order | None, nonce: int, fees: Fees) -> Signed:
        """Sign; nothing is asked of the chain but its id."""
        frame: dict[str, Any] = {
            "chainId": self._chain.chain_id,
            "nonce": nonce,
            "gas": _EMPTY_GAS if order is None else self.gas_units(order.way),
            "maxFeePerGas": fees.most,
            "maxPriorityFeePerGas": fees.tip,
            "value": 0,
        }
        self._chain.rpc.check_chain()
        if order is None:
            transaction = frame | {"to": self.keeper, "data": "0x"}
        else:
            with self._chain.rpc.translated():
                transaction = dict(self._call(order).build_transaction(frame | {"from": self.keeper}))
        raw = self._sender.signer.sign_transaction(transaction)
        return Signed("0x" + keccak(raw).hex(), raw)

    def _call(self, order: Order) -> Any:
        if order.way is Way.PROOF:
            return call_of(parse_bundle(order.payload or ""), self._chain)
        function = getattr(self._chain.rpc.contract("CreditVault", order.vault).functions, _FUNCTIONS[order.way])
        return function(order.account, order.repay, order.seize_slot)

    def broadcast(self, raw: bytes) -> None:
        """Hand over."""
        self._chain.rpc.raw("eth_sendRawTransaction", ["0x" + raw.hex()])

    def receipt(self, tx_hash: str) -> Receipt | None:
        """Return a receipt, None for a transaction that is in no block."""
        found = self._chain.rpc.raw("eth_getTransactionReceipt", [tx_hash])
        if found is None or found.get("blockNumber") is None:
            return None
        with self._chain.rpc.translated():
            return Receipt(int(found["blockNumber"], 16), int(found["status"], 16) == 1)

    # ---- upkeep

    def upkeep(self) -> Sequence[str]:
        """Take the snapshot of the running epoch, fold it, count the live time; another keeper may be first.

        Raises:
            ChainError: One of the three failed; it does not keep the others from being tried.
        """
        done: list[str] = []
        failed: list[ChainError] = []
        for name, act in (("snapshot", self._snapshot), ("fold", self._fold), ("poke", self._poke)):
            try:
                done += [name] if act() else []
            except ContractRefused:
                continue
            except ChainError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return done

    def _snapshot(self) -> bool:
        seconds = int(self._chain.read(self._chain.prices.functions.epochSeconds()))
        if self._chain.newest_epoch() >= div_down(self._chain.block_time(), seconds):
            return False
        take_snapshot(self._sender, self._chain)
        return True

    def _fold(self) -> bool:
        newest = self._chain.newest_epoch()
        if not newest or self._chain.folded_sheet(CircuitKind.LIQUIDATION, newest) is not None:
            return False
        fold_sheet(self._sender, self._chain, newest)
        return True

    def _poke(self) -> bool:
        newest = self._chain.newest_epoch()
        if self._poked_epoch == newest:
            return False
        try:
            self._sender.send(self._chain.heartbeat.functions.poke())
        except ContractRefused:
            self._poked_epoch = newest
            raise
        self._poked_epoch = newest
        return True
