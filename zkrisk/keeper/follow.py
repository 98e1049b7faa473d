"""Follows the chain: events become facts, and the facts of blocks that a reorganisation dropped are undone.

A step reads at most `range_blocks` blocks, fewer where the node refuses to answer for so many. Events, undo information
and the checkpoint (the newest anchor: number and hash of a block) are written in one transaction, so that a process
that dies repeats a step or not, never half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from zkrisk.errors import ChainError, Unreachable
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.facts import account_of, facts_of
from zkrisk.keeper.model import Block, Log
from zkrisk.keeper.state import KeeperState

__all__ = ["Followed", "Follower"]


@dataclass
class Followed:
    """What the follower changed, gathered over as many runs as it takes until somebody has used it.

    Attributes:
        accounts: Whose facts changed.
        undone: Block after which everything was undone, None without a reorganisation.
        is_rebuilt: The fork lay deeper than what can be undone: everything was read again.
        logs: Events read.
    """

    accounts: set[str] = field(default_factory=set)
    undone: int | None = None
    is_rebuilt: bool = False
    logs: int = 0


class Follower:
    """Keeps the facts of a state in step with a chain.

    Args:
        keep_blocks: How far back facts can be undone.
        range_blocks: Most blocks asked for at once; halved where the node refuses, and grown again by an eighth a step.
        on_undone: Called within the transaction that undoes what came after a block.
    """

    def __init__(
        self,
        chain: ChainView,
        state: KeeperState,
        *,
        keep_blocks: int = 512,
        range_blocks: int = 2_000,
        on_undone: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._chain = chain
        self._state = state
        self._keep = keep_blocks
        self._most_range = self._range = range_blocks
        self._on_undone = on_undone

    def checkpoint(self) -> int | None:
        """Return the newest block whose events are facts, None before the first."""
        return self._state.rows("SELECT max(block) AS block FROM anchor")[0]["block"]  # type: ignore[no-any-return]

    def follow(self, into: Followed | None = None) -> Followed:
        """Bring the facts to the newest block.

        Args:
            into: Where what changes is added to, step by step: what is a fact when a later step fails is in it, and no
                later run will name it again.

        Raises:
            ChainError: The chain does not answer, or moved more than once meanwhile; nothing is half done, try again.
        """
        result = Followed() if into is None else into
        self._walk_back(result)
        head = self._chain.head()
        while (start := self._next_block()) <= head.number:
            self._step(start, head, result)
        return result

    def _next_block(self) -> int:
        last = self.checkpoint()
        return self._chain.first_block if last is None else last + 1

    # ---- reorganisations

    def _walk_back(self, result: Followed) -> None:
        """Undo down to the newest anchor that is still a block of the chain."""
        anchors = self._state.rows("SELECT block, hash FROM anchor ORDER BY block DESC")
        if not anchors:
            return
        common = next((row["block"] for row in anchors if self._is_canonical(row["block"], row["hash"])), None)
        if common == anchors[0]["block"]:
            return
        with self._state.write():
            if common is None:
                result.is_rebuilt = True
                result.accounts |= {account_of(kind, name) for kind, name in self._names()}
                self._state.forget_facts()
            else:
                result.accounts |= {account_of(kind, name) for kind, name in self._state.undo_above(common)}
            result.undone = self._chain.first_block - 1 if common is None else common
            self._on_undone(result.undone)
        result.accounts.discard("")

    def _names(self) -> Iterable[tuple[str, str]]:
        return [(row["kind"], row["name"]) for row in self._state.rows("SELECT kind, name FROM fact")]

    def _is_canonical(self, number: int, block_hash: str) -> bool:
        block = self._chain.block(number)
        return block is not None and block.hash == block_hash

    # ---- forwards

    def _step(self, first: int, head: Block, result: Followed) -> None:
        end, logs = self._read(first, head)
        self._check(first, end, logs, head)
        with self._state.write():
            for log in logs:
                for kind, name, value in facts_of(log):
                    self._state.put_fact(log.block, kind, name, value)
                    result.accounts.add(account_of(kind, name))
                self._anchor(log.block, log.block_hash)
            self._anchor(end.number, end.hash)
            self._prune(head.number)
        result.accounts.discard("")
        result.logs += len(logs)

    def _read(self, first: int, head: Block) -> tuple[Block, Sequence[Log]]:
        """Read as many blocks as the node answers for; one that does not answer at all is asked for less next time.

        The last block is read before the events, so that one that changes in between is noticed afterwards.
        """
        while True:
            last = min(first + self._range - 1, head.number)
            end = head if last == head.number else self._block(last)
            try:
                logs = self._chain.logs(first, last)
            except ChainError as error:
                self._range = max(1, (last - first + 1) // 2)
                if last == first or isinstance(error, Unreachable):
                    raise
            else:
                self._range = min(self._most_range, self._range + max(1, self._range // 8))
                return end, logs

    def _block(self, number: int) -> Block:
        block = self._chain.block(number)
        if block is None:
            raise ChainError(f"block {number} is gone: the chain was reorganised while it was read")
        return block

    def _check(self, first: int, end: Block, logs: Iterable[Log], head: Block) -> None:
        """Check that what was read is one chain: it begins after the checkpoint, and every block is still there."""
        seen = {log.block: log.block_hash for log in logs if log.block > head.number - self._keep}
        seen[end.number] = end.hash
        last = self.checkpoint()
        if last is not None:
            known = self._state.rows("SELECT hash FROM anchor WHERE block = ?", last)[0]["hash"]
            if self._block(first).parent != known:
                raise ChainError(f"block {first} does not follow block {last}: the chain was reorganised")
        for number, block_hash in seen.items():
            if not self._is_canonical(number, block_hash):
                raise ChainError(f"block {number} changed: the chain was reorganised while it was read")
        if any(not first <= log.block <= end.number for log in logs):
            raise ChainError(f"the events of blocks {first} to {end.number} are those of other blocks")

    def _anchor(self, block: int, block_hash: str) -> None:
        self._state.run("INSERT OR REPLACE INTO anchor VALUES (?, ?)", block, block_hash)

    def _prune(self, head: int) -> None:
        """Forget how to undo what is buried; the newest anchor below stays, to fall back to."""
        cut = self._state.rows("SELECT max(block) AS block FROM anchor WHERE block <= ?", head - self._keep)[0]["block"]
        if cut is not None:
            self._state.run("DELETE FROM anchor WHERE block < ?", cut)
            self._state.run("DELETE FROM undo WHERE block <= ?", cut)
