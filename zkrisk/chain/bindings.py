"""Bindings as the event log has them: the ciphertext of a commitment, and whose wrap stands where."""

from __future__ import annotations

from dataclasses import dataclass

from zkrisk.chain.client import ChainClient
from zkrisk.chain.events import read_events
from zkrisk.commitment import Ciphertext
from zkrisk.edwards import Point

__all__ = ["BoundBook", "newest_binding", "reader_place"]


@dataclass(frozen=True, slots=True)
class BoundBook:
    """The newest binding of a commitment. Public.

    Attributes:
        readers_version: Set of keepers that it is encrypted to.
        block_number: Block of the event.
    """

    account: str
    text: Ciphertext
    readers_version: int
    block_number: int


def newest_binding(chain: ChainClient, account: str, commitment: int) -> BoundBook | None:
    """Return what the newest `BookBound` of an account's commitment says, None when it was never bound.

    Raises:
        InputError: The event's ciphertext is shorter than its places for readers.
    """
    found = read_events(
        chain.rpc, "BookBinder", chain.deployment.binder, "BookBound",
        first_block=chain.file.block, last_block=_last_block(chain), account=account, commitment=commitment,
    )  # fmt: skip
    if not found:
        return None
    args = found[-1].args
    text = Ciphertext.from_elements(commitment, [int(value) for value in args["ciphertext"]], int(args["readers"]))
    return BoundBook(account, text, int(args["readersVersion"]), found[-1].block_number)


def reader_place(chain: ChainClient, bound: BoundBook, key: Point) -> int | None:
    """Return which of a binding's wraps is for a key, from 0; None when none is.

    Keepers stand first, in the order of their set; the auditor of the time follows them.
    """
    keepers: list[Point] = []
    if bound.readers_version:
        found = chain.read(chain.readers.functions.keepersOf(bound.readers_version))
        keepers = [(int(x), int(y)) for x, y in found]
    if key in keepers:
        return keepers.index(key)
    is_filled = any(bound.text.wraps[len(keepers) :])
    return len(keepers) if is_filled and key in _auditors(chain, bound) else None


def _auditors(chain: ChainClient, bound: BoundBook) -> set[Point]:
    """Return the keys of which one counted as the auditor's when the book was bound.

    There is more than one only where the auditor was set in the binding's own block, before or after it: which of them
    the wrap is for shows when it opens.
    """
    found = read_events(
        chain.rpc, "ReaderKeys", chain.deployment.readers, "AuditorSet",
        first_block=chain.file.block, last_block=bound.block_number, account=bound.account,
    )  # fmt: skip
    before = [event for event in found if event.block_number < bound.block_number][-1:]
    within = [event for event in found if event.block_number == bound.block_number]
    if not found:
        return set()
    time = chain.rpc.block_time(bound.block_number)
    every = [event.args for event in (*before, *within)]
    return {(int(args["x"]), int(args["y"])) for args in every if args["from"] <= time <= args["until"]}


def _last_block(chain: ChainClient) -> int:
    return chain.rpc.block_number() if chain.block == "latest" else int(chain.block)
