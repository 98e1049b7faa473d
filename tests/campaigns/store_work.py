"""What is done to the store while it is disturbed, and what must hold afterwards whatever happened.

A worker tells its parent over a pipe what a user was told, or what a chain has seen: a line that was written before the
worker died is a fact. The parent is the chain.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zkrisk.book import BookVector
from zkrisk.errors import NotFound, StoreLocked
from zkrisk.store import ChainCommitment, OpeningState, Store, StoreIndex, sealed

__all__ = ["OPERATIONS", "PASSPHRASE", "Base", "Desk", "check", "go_on", "remember_keys", "reopen"]

OWNER: Final = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
VECTOR: Final = BookVector(long=(1, 2, 3, 4, 5, 6, 7, 2**64 - 1), short=(8, 0, 0, 0, 0, 0, 0, 9))
PASSPHRASE, NEW_PASSPHRASE = "correct horse", "battery staple"
OLD_BOOK, NEW_BOOK = {"quantity": "1"}, {"quantity": "2", "filler": "x" * 9_000}
CHAIN_ID: Final = 31_337
TX: Final = "0x" + "11" * 32


@dataclass
class Desk:
    """Where a worker works.

    Attributes:
        folder: Holds ``home`` and ``backup.zkb``.
        store: The store of ``home``, open.
        tell: Says a line to the parent.
    """

    folder: Path
    store: Store
    tell: Callable[[str], None]


def go_on(desk: Desk) -> None:
    """Commit and send, in the order that the pipeline keeps."""
    opening = desk.store.commit(VECTOR, OWNER, book="main", chain_id=CHAIN_ID)
    desk.store.mark_sent(opening.commitment, TX, chain_id=CHAIN_ID)
    desk.tell(f"sent {opening.commitment}")
    desk.store.mark_confirmed(opening.commitment, 2, chain_id=CHAIN_ID)
    desk.tell(f"confirmed {opening.commitment}")


def _update(desk: Desk) -> None:
    """Replace the book, then the commitment, and learn from the chain which one counts."""
    go_on(desk)
    newest = max(desk.store.openings(), key=lambda info: info.sequence or 0).commitment
    desk.store.recover(lambda account: [ChainCommitment(newest, 2)], chain_id=CHAIN_ID)
    desk.tell("recovered")


def _import(desk: Desk) -> None:
    desk.store.add_book("main", "micro-8", NEW_BOOK, replace=True)
    desk.tell("book")


def _backup(desk: Desk) -> None:
    desk.store.backup(desk.folder / "fresh.zkb")
    desk.tell("backup")


def _restore(desk: Desk) -> None:
    desk.store.close()
    desk.store = Store.restore(desk.folder / "home", desk.folder / "backup.zkb", PASSPHRASE)
    desk.tell("restored")


def _rekey(desk: Desk) -> None:
    desk.store.rekey(NEW_PASSPHRASE)
    desk.tell("rekeyed")


def _create(desk: Desk) -> None:
    Store.create(desk.folder / "second", PASSPHRASE).close()
    desk.tell("created")


OPERATIONS: Final[dict[str, Callable[[Desk], None]]] = {
    "commit": go_on,
    "update": _update,
    "import": _import,
    "backup": _backup,
    "restore": _restore,
    "rekey": _rekey,
    "create": _create,
}


def remember_keys() -> None:
    """Derive a key once a passphrase and salt: a thousand openings, one second of key derivation."""
    if not hasattr(sealed.derive_key, "cache_info"):
        sealed.derive_key = functools.cache(sealed.derive_key)


class Base:
    """A store with a book and a commitment that is on the chain, and a backup of it; copied for every run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with Store.create(folder / "home", PASSPHRASE) as store:
            store.add_book("main", "micro-8", OLD_BOOK)
            self.commitment = store.commit(VECTOR, OWNER, book="main", chain_id=CHAIN_ID).commitment
            store.mark_confirmed(self.commitment, 1, chain_id=CHAIN_ID)
            store.backup(folder / "backup.zkb")

    def copy_to(self, folder: Path) -> None:
        """Put a fresh copy into a folder, in place of what is there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)


def check(folder: Path, base: Base, told: Sequence[str]) -> None:
    """Open everything that a chain has seen or a user was told.

    Raises:
        AssertionError, ZkRiskError: Something is lost.
    """
    with reopen(folder, told) as store:
        states = {info.commitment: info.state for info in store.openings()}
        for commitment in {base.commitment, *_commitments(told, "sent")}:
            opening = store.opening_for(commitment)
            assert (opening.long, opening.short) == (VECTOR.long, VECTOR.short), "an opening has changed"
            assert states[commitment] is not OpeningState.PREPARED, "a sent commitment looks unsent"
        for commitment in _commitments(told, "confirmed"):
            assert states[commitment] is OpeningState.CONFIRMED, "a confirmation is lost"
        if "recovered" in told:
            assert states[base.commitment] is OpeningState.RETIRED, "a retirement is lost"
        content = store.get_book("main").content
        assert content == NEW_BOOK if "book" in told else content in (OLD_BOOK, NEW_BOOK), "the book is lost"
        again = store.commit(VECTOR, OWNER, book="main").commitment
    with reopen(folder, told) as store:
        assert store.opening_for(again).salt, "work does not go on"
    _check_second(folder, told)
    _check_backup(folder, base, told)


def _commitments(told: Sequence[str], word: str) -> list[int]:
    return [int(line.split()[1]) for line in told if line.startswith(f"{word} ")]


def reopen(folder: Path, told: Sequence[str]) -> Store:
    """Open with the passphrase that must hold; while a change is under way either may."""
    try:
        return Store.open(folder / "home", NEW_PASSPHRASE)
    except StoreLocked:
        if "rekeyed" in told:
            raise
        return Store.open(folder / "home", PASSPHRASE)


def _check_second(folder: Path, told: Sequence[str]) -> None:
    """A new store is there whole or not at all."""
    if "created" in told or StoreIndex.exists(folder / "second"):
        Store.open(folder / "second", PASSPHRASE).close()


def _check_backup(folder: Path, base: Base, told: Sequence[str]) -> None:
    """A backup is there whole or not at all."""
    path = folder / "fresh.zkb"
    if "backup" not in told and not path.exists():
        return
    try:
        with Store.restore(folder / "elsewhere", path, PASSPHRASE) as store:
            assert store.opening_for(base.commitment).long == VECTOR.long, "the backup opens something else"
    except NotFound as error:
        raise AssertionError("the backup is lost") from error
