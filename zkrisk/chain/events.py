"""Events of our contracts as typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from eth_utils import keccak
from web3 import Web3
from web3._utils.events import get_event_data
from web3.exceptions import LogTopicError, MismatchedABI

from zkrisk.chain.contracts import Abi, Contracts, error_signature
from zkrisk.chain.rpc import Rpc
from zkrisk.errors import ChainError, Unreachable

__all__ = ["Event", "EventDecoder", "read_events", "read_topics"]

_BLOCKS_A_QUERY = 5_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """One decoded log."""

    address: str
    name: str
    args: Mapping[str, Any]
    block_number: int
    tx_hash: str


@dataclass(frozen=True)
class EventDecoder:
    """Decodes logs of all compiled contracts by their first topic."""

    entries: Mapping[bytes, Abi]
    web3: Web3

    @classmethod
    def of(cls, contracts: Contracts, web3: Web3) -> Self:
        """Collect the events of all compiled contracts."""
        found: dict[bytes, Abi] = {}
        for name in contracts.names:
            for entry in contracts.abi(name):
                if entry["type"] == "event":
                    known = found.setdefault(bytes(keccak(text=error_signature(entry))), [])
                    if entry not in known:
                        known.append(entry)
        return cls(found, web3)

    def decode(self, logs: Iterable[Any]) -> tuple[Event, ...]:
        """Decode logs; those of other contracts are left out, and those with a text that is none."""
        events = []
        for log in logs:
            topics = log["topics"]
            for entry in self.entries.get(bytes(topics[0]), []) if topics else []:
                try:
                    found = get_event_data(self.web3.codec, entry, log)  # type: ignore[arg-type]
                except (LogTopicError, MismatchedABI, UnicodeDecodeError):
                    continue
                events.append(_event(log, found["event"], found))
                break
        return tuple(events)


def read_events(
    rpc: Rpc, contract: str, address: str, name: str, *, first_block: int, last_block: int, **filters: Any
) -> tuple[Event, ...]:
    """Read the events of one kind from a contract, in order, in chunks of blocks.

    Args:
        contract: Name of the compiled contract.
        name: Of the event.
        filters: Values of indexed arguments.
    """
    event = getattr(rpc.contract(contract, address).events, name)

    def ask(start: int, end: int) -> Iterable[Event]:
        wanted: Any = {"from_block": start, "to_block": end, "argument_filters": filters or None}
        return [_event(log, name, log) for log in rpc.read(lambda: event.get_logs(**wanted))]

    return tuple(_in_pieces(first_block, last_block, ask))


def read_topics(
    rpc: Rpc, contract: str, address: str, name: str, *, first_block: int, last_block: int
) -> tuple[tuple[bytes, ...], ...]:
    """Read the indexed values of the events of one kind, in order, 32 bytes each.

    Decodes nothing, so that no text which somebody else put into an event can stop the reader.
    """
    entry = next(e for e in rpc.contracts.abi(contract) if e["type"] == "event" and e["name"] == name)
    wanted: Any = {"address": address, "topics": ["0x" + keccak(text=error_signature(entry)).hex()]}

    def ask(start: int, end: int) -> Iterable[tuple[bytes, ...]]:
        asked = wanted | {"fromBlock": start, "toBlock": end}
        return rpc.read(lambda: [tuple(map(bytes, log["topics"][1:])) for log in rpc.web3.eth.get_logs(asked)])  # type: ignore[no-any-return]

    return tuple(_in_pieces(first_block, last_block, ask))


def _event(log: Mapping[str, Any], name: str, decoded: Mapping[str, Any]) -> Event:
    tx_hash = "0x" + bytes(log["transactionHash"]).hex()
    return Event(str(log["address"]), name, _arguments(decoded), int(log["blockNumber"]), tx_hash)


def _arguments(log: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name. `dict` would ask for `keys`, which is an argument of KeepersAnnounced."""
    return {name: log["args"][name] for name in log["args"]}


def _in_pieces(first: int, last: int, ask: Callable[[int, int], Iterable[T]]) -> Iterator[T]:
    """Ask for a range in pieces: half as long where the node refuses one, for its blocks or its answer, then longer.

    Raises:
        ChainError: It refuses a single block.
    """
    size = _BLOCKS_A_QUERY
    while first <= last:
        end = min(first + size - 1, last)
        try:
            found = ask(first, end)
        except Unreachable:
            raise
        except ChainError:
            if end == first:
                raise
            size = (end - first + 1) // 2
            continue
        yield from found
        first, size = end + 1, min(_BLOCKS_A_QUERY, size + max(1, size // 8))
