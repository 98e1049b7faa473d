"""Raw storage of PriceSheet: cached points are private there, and an audit reads them without asking the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak
from web3 import Web3

from zkrisk.chain.rpc import Block, Rpc

__all__ = ["CachedPoint", "SheetStorage", "mapping_slot"]

_BATCH = 200


def mapping_slot(position: int, *keys: int) -> int:
    """Return the slot of a value in (nested) mappings that begin at a position."""
    for key in keys:
        position = int.from_bytes(keccak(key.to_bytes(32, "big") + position.to_bytes(32, "big")), "big")
    return position


@dataclass(frozen=True, slots=True)
class CachedPoint:
    """A point with its tag, as stored; the identity is 64 zero bytes."""

    tag: int
    point: bytes


class SheetStorage:
    """Reads storage slots of one PriceSheet at one block."""

    def __init__(self, rpc: Rpc, address: str, block: Block) -> None:
        self._rpc = rpc
        self._address = Web3.to_checksum_address(address)
        self._block = block
        self._layout = rpc.contracts.load("PriceSheet").storage

    def slot(self, variable: str, *keys: int) -> int:
        """Slot of a state variable, or of a value in it when it is a mapping."""
        return mapping_slot(self._layout[variable], *keys)

    def words(self, slots: Sequence[int]) -> list[int]:
        """Read many slots."""
        values: list[int] = []
        for start in range(0, len(slots), _BATCH):
            values += self._rpc.read(lambda chunk=slots[start : start + _BATCH]: self._read(chunk))
        return values

    def _read(self, slots: Sequence[int]) -> list[int]:
        with self._rpc.web3.batch_requests() as batch:
            for slot in slots:
                request: Any = self._rpc.web3.eth.get_storage_at(self._address, slot, self._block)  # type: ignore[arg-type]
                batch.add(request)
            return [int.from_bytes(bytes(word), "big") for word in batch.execute()]

    def points(self, slots: Sequence[int]) -> list[bytes]:
        """Read points of two words each."""
        words = self.words([part for slot in slots for part in (slot, slot + 1)])
        return [_point(words[i], words[i + 1]) for i in range(0, len(words), 2)]

    def cached(self, slot: int) -> CachedPoint:
        """Read a tagged point of three words."""
        tag, x, y = self.words([slot, slot + 1, slot + 2])
        return CachedPoint(tag, _point(x, y))

    def window(self, key_version: int) -> CachedPoint:
        """Total of a window. Tag: ordinal 32 | rows 32 | valid until 64 | parameters version 32."""
        return self.cached(self.slot("_window", key_version))

    def window_rows(self, key_version: int, count: int) -> list[bytes]:
        """Points of the rows of a window."""
        return self.points([self.slot("_rows", key_version, row) for row in range(count)])

    def parameters(self, kind: int, key_version: int, version: int) -> CachedPoint:
        """Point of a parameters version. Tag: rows folded."""
        return self.cached(self.slot("_points", kind, key_version, version))

    def sheet(self, kind: int, epoch: int, ring: int) -> CachedPoint:
        """Point of a sheet. Tag: epoch 64 | key version 32 | parameters version 32 | window ordinal 32 | times."""
        return self.cached(self.slot("_sheets", kind << 64 | epoch % ring))


def _point(x: int, y: int) -> bytes:
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")
