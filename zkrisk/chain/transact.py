"""Transactions: simulated first, sent with a measured gas limit, waited for, and named when they fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from web3 import Web3

from zkrisk.chain.contracts import CompiledContract
from zkrisk.chain.events import Event, EventDecoder
from zkrisk.chain.gas import gas_limit
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.signer import Signer
from zkrisk.errors import ChainError, ContractRefused, TransactionTimeout

__all__ = ["Outcome", "Transactor"]

_POLL_SECONDS: Final = 0.01
_POLL_SECONDS_MOST: Final = 2.0
_TIP_WEI: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A transaction in a block.

    Attributes:
        contract: Address of the created contract, None for a call.
    """

    tx_hash: str
    block_number: int
    gas_used: int
    events: tuple[Event, ...]
    contract: str | None = None

    def event(self, name: str) -> Event:
        """Return the first event of a name.

        Raises:
            ChainError: There is none.
        """
        for event in self.events:
            if event.name == name:
                return event
        raise ChainError(f"the transaction emitted no {name}", details={"tx_hash": self.tx_hash})


class Transactor:
    """Sends transactions of one signer.

    Args:
        rpc: Where to.
        signer: Who signs.
        confirmations: Blocks to wait for, the transaction's own included.
        timeout_s: How long to wait for each.
        max_fee_wei: Most that one gas may cost; default twice the newest base fee and a tip.
    """

    def __init__(
        self,
        rpc: Rpc,
        signer: Signer,
        *,
        confirmations: int = 1,
        timeout_s: float = 120.0,
        max_fee_wei: int | None = None,
    ) -> None:
        self.rpc = rpc
        self.signer = signer
        self._confirmations = confirmations
        self._timeout_s = timeout_s
        self._max_fee_wei = max_fee_wei

    @property
    def address(self) -> str:
        """Address of the signer."""
        return self.signer.address

    @cached_property
    def _events(self) -> EventDecoder:
        return EventDecoder.of(self.rpc.contracts, self.rpc.web3)

    def simulate(self, function: Any, *, gas: int | None = None, value: int = 0) -> Any:
        """Run a call without sending it.

        Raises:
            ContractRefused: It would revert; named.
        """
        limit = gas or gas_limit(function.fn_name)
        return self.rpc.read(lambda: function.call({"from": self.address, "gas": limit, "value": value}))

    def send(
        self,
        function: Any,
        *,
        gas: int | None = None,
        value: int = 0,
        simulate: bool = True,
        on_signed: Callable[[str], object] | None = None,
    ) -> Outcome:
        """Simulate, send and wait.

        Args:
            function: A bound contract function.
            gas: Gas limit; default the one measured for the function.
            value: What is paid with it, wei.
            simulate: False sends what is known to fail (the demonstration shows refusals in blocks).
            on_signed: Called with the transaction's hash before the transaction leaves this machine.

        Raises:
            ContractRefused: It reverts; with `tx_hash` among the details when it was sent.
            TransactionTimeout: Not in a block in time.
            Unreachable: No answer.
        """
        limit = gas or gas_limit(function.fn_name)
        if simulate:
            self.simulate(function, gas=limit, value=value)
        return self.wait(self.submit(function, gas=limit, value=value, on_signed=on_signed))

    def submit(
        self,
        function: Any,
        *,
        gas: int | None = None,
        value: int = 0,
        nonce: int | None = None,
        on_signed: Callable[[str], object] | None = None,
    ) -> str:
        """Sign and send without waiting; return the transaction's hash."""
        frame = self._frame(gas or gas_limit(function.fn_name), nonce)
        with self.rpc.translated():
            return self._broadcast(function.build_transaction({**frame, "value": value}), on_signed)

    def deploy(self, compiled: CompiledContract, *arguments: Any) -> Outcome:
        """Create a contract."""
        factory = self.rpc.web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        creation = factory.constructor(*compiled.constructor_values(arguments))
        with self.rpc.translated():
            gas = int(creation.estimate_gas({"from": self.address}))  # type: ignore[typeddict-item]
            transaction = creation.build_transaction(self._frame(gas + gas // 10, None))  # type: ignore[arg-type]
        return self.wait(self._broadcast(dict(transaction)))

    def send_many(self, functions: Sequence[Any], *, gas: int | None = None) -> list[Outcome]:
        """Send many calls in order without simulating each, then wait for all. For a development chain's set-up."""
        first = self._nonce()
        hashes = [self.submit(function, gas=gas, nonce=first + index) for index, function in enumerate(functions)]
        return [self.wait(tx_hash) for tx_hash in hashes]

    def wait(self, tx_hash: str) -> Outcome:
        """Wait for a transaction and its confirmations.

        Raises:
            ContractRefused: It reverted.
            TransactionTimeout: Not in a block in time.
        """
        receipt = self._receipt(tx_hash)
        last = int(receipt["blockNumber"]) + self._confirmations - 1
        deadline = time.monotonic() + self._timeout_s
        while self._confirmations > 1 and self.rpc.block_number() < last:
            if time.monotonic() > deadline:
                raise TransactionTimeout("the transaction is in a block, its confirmations are not there yet")
            time.sleep(_POLL_SECONDS_MOST / 4)
        if receipt["status"] != 1:
            raise self._reason(tx_hash, receipt)
        return Outcome(
            tx_hash=tx_hash,
            block_number=int(receipt["blockNumber"]),
            gas_used=int(receipt["gasUsed"]),
            events=self._events.decode(receipt["logs"]),
            contract=receipt["contractAddress"],
        )

    def _nonce(self) -> int:
        address = Web3.to_checksum_address(self.address)
        return self.rpc.read(lambda: int(self.rpc.web3.eth.get_transaction_count(address, "pending")))  # type: ignore[no-any-return]

    def _frame(self, gas: int, nonce: int | None) -> dict[str, Any]:
        base_fee = self.rpc.read(lambda: int(self.rpc.web3.eth.get_block("latest")["baseFeePerGas"]))
        most = self._max_fee_wei or 2 * base_fee + _TIP_WEI
        return {
            "from": self.address,
            "chainId": self.rpc.chain_id,
            "nonce": self._nonce() if nonce is None else nonce,
            "gas": gas,
            "maxFeePerGas": most,
            "maxPriorityFeePerGas": min(_TIP_WEI, most),
        }

    def _broadcast(self, transaction: dict[str, Any], on_signed: Callable[[str], object] | None = None) -> str:
        self.rpc.check_chain()
        raw = self.signer.sign_transaction(transaction)
        if on_signed is not None:
            on_signed(Web3.keccak(raw).to_0x_hex())
        with self.rpc.translated():
            return str(self.rpc.web3.eth.send_raw_transaction(raw).to_0x_hex())

    def _receipt(self, tx_hash: str) -> Any:
        deadline, pause = time.monotonic() + self._timeout_s, _POLL_SECONDS
        while True:
            answer = self.rpc.raw("eth_getTransactionReceipt", [tx_hash])
            if answer is not None:
                with self.rpc.translated():
                    return self.rpc.web3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]
            if time.monotonic() > deadline:
                raise TransactionTimeout(
                    f"transaction {tx_hash[:10]}… is in no block after {self._timeout_s:.0f} s",
                    hint="it may still be mined; look with: zkrisk status",
                    details={"tx_hash": tx_hash},
                )
            time.sleep(pause)
            pause = min(2 * pause, _POLL_SECONDS_MOST)

    def _reason(self, tx_hash: str, receipt: Any) -> ContractRefused:
        """Run a failed transaction again on the state it failed on."""
        with self.rpc.translated():
            sent = self.rpc.web3.eth.get_transaction(tx_hash)  # type: ignore[arg-type]
        again = {"from": sent["from"], "to": sent.get("to"), "data": sent["input"], "gas": sent["gas"]}
        try:
            with self.rpc.translated():
                self.rpc.web3.eth.call(again, receipt["blockNumber"])  # type: ignore[arg-type]
        except ContractRefused as refused:
            refused.details |= {"tx_hash": tx_hash, "gas_used": int(receipt["gasUsed"])}
            return refused
        return ContractRefused(
            "the transaction failed and would not fail again: it ran out of gas, or the state moved",
            hint="send again with a higher --gas-limit",
            details={"tx_hash": tx_hash, "gas_used": int(receipt["gasUsed"])},
        )
