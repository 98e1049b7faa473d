"""Follows the chain: events become facts, and the facts of blocks that a reorganisation dropped are undone.

A step reads at most `range_blocks` blocks. Events, undo information and the checkpoint (the newest anchor: number and
hash of a block) are written in one transaction, so that a process that dies repeats a step or not, never half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zkrisk.errors import ChainError
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.model import Block, Log
from zkrisk.keeper.state import KeeperState

__all__ = ["Followed", "Follower"]


@dataclass
class Followed:
    """What a run of the follower changed.

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
        range_blocks: Most blocks asked for at once.
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
        self._range = range_blocks
        self._on_undone = on_undone

    def checkpoint(self) -> int | None:
        """Return the newest block whose events are facts, None before the first."""
        return self._state.rows("SELECT max(block) AS block FROM anchor")[0]["block"]  # type: ignore[no-any-return]

    def follow(self) -> Followed:
        """Bring the facts to the newest block.

        Raises:
            ChainError: The chain does not answer, or moved more than once meanwhile; nothing is half done, try again.
        """
        result = Followed()
        self._walk_back(result)
        head = self._chain.head()
        while (start := self._next_block()) <= head.number:
            self._step(start, min(start + self._range - 1, head.number), head, result)
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
                result.accounts |= {_account_of(kind, name) for kind, name in self._names()}
                self._state.forget_facts()
            else:
                result.accounts |= {_account_of(kind, name) for kind, name in self._state.undo_above(common)}
            result.undone = self._chain.first_block - 1 if common is None else common
            self._on_undone(result.undone)
        result.accounts.discard("")

    def _names(self) -> Iterable[tuple[str, str]]:
        return [(row["kind"], row["name"]) for row in self._state.rows("SELECT kind, name FROM fact")]

    def _is_canonical(self, number: int, block_hash: str) -> bool:
        block = self._chain.block(number)
        return block is not None and block.hash == block_hash

    # ---- forwards

    def _step(self, first: int, last: int, head: Block, result: Followed) -> None:
        end = head if last == head.number else self._block(last)
        logs = self._chain.logs(first, last)
        self._check(first, end, logs, head)
        with self._state.write():
            for log in logs:
                for kind, name, value in facts_of(log):
                    self._state.put_fact(log.block, kind, name, value)
                    result.accounts.add(_account_of(kind, name))
                self._anchor(log.block, log.block_hash)
            self._anchor(end.number, end.hash)
            self._prune(head.number)
        result.accounts.discard("")
        result.logs += len(logs)

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


def _account_of(kind: str, name: str) -> str:
    """Return the account that a fact is about, "" where it is about none."""
    return "" if kind in ("epoch", "parameters", "text") else name.partition(":")[0]


def _word(value: int) -> str:
    return f"{value:#066x}"


def facts_of(log: Log) -> list[tuple[str, str, Any]]:
    """Return what an event makes true: kind, name and value of facts; a value of None takes one away.

    Kinds: ``commitment`` (active, by account), ``text`` (ciphertext, by commitment), ``bound`` (commitments with a
    ciphertext, by account and commitment), ``escrow`` and ``credit`` (token units, by account and slot), ``debt``
    (units of the vault's index, by account), ``challenge`` (by account), ``epoch``, ``parameters``.
    """
    make = _FACTS.get(log.name)
    return make(log.args) if make else []


def _committed(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return _activated(args) if args["active"] else []


def _activated(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("commitment", args["account"], {"commitment": _word(args["commitment"]), "sequence": args["sequence"]})]


def _bound(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    commitment = _word(args["commitment"])
    text = {
        "account": args["account"],
        "readers": args["readers"],
        "version": args["readersVersion"],
        "elements": [str(element) for element in args["ciphertext"]],
    }
    # The account stands in the name: others may commit to the same number, and their text opens nothing.
    return [
        ("text", f"{commitment}:{args['account']}", text),
        ("bound", f"{args['account']}:{commitment}", args["readersVersion"]),
    ]


def _amount(kind: str, field_name: str) -> Callable[[Mapping[str, Any]], list[tuple[str, str, Any]]]:
    def make(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
        amount = args[field_name]
        return [(kind, f"{args['account']}:{args['slot']}", str(amount) if amount else None)]

    return make


def _debt(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    owed = {"slot": args["slot"], "units": str(args["debt"]), "vault": args["vault"]}
    return [("debt", args["account"], owed if args["debt"] else None)]


def _challenged(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("challenge", args["account"], {"number": args["number"], "epoch": args["epoch"]})]


def _no_challenge(args: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [("challenge", args["account"], None)]


_FACTS: dict[str, Callable[[Mapping[str, Any]], list[tuple[str, str, Any]]]] = {
    "Answered": _no_challenge,
    "BookBound": _bound,
    "ChallengeClosed": _no_challenge,
    "Challenged": _challenged,
    "CommitmentActivated": _activated,
    "Committed": _committed,
    "CreditChanged": _amount("credit", "amount"),
    "DebtChanged": _debt,
    "EscrowChanged": _amount("escrow", "escrow"),
    "ParametersActivated": lambda args: [("parameters", "current", args["version"])],
    "Snapshot": lambda args: [("epoch", "newest", {"epoch": args["epoch"], "time": args["timestamp"]})],
}
