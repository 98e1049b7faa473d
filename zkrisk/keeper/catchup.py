"""Brings facts, books and the watchlist in step with the chain."""

from __future__ import annotations

from zkrisk.errors import CommitmentMismatch, InputError
from zkrisk.keeper.books import Books
from zkrisk.keeper.follow import Followed, Follower
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.parts import Tell
from zkrisk.keeper.watchlist import Watchlist

__all__ = ["CatchUp"]


class CatchUp:
    """Follows, reads and loads; call it once a round.

    What changed is forgotten only at the end: the facts are on the disk and nobody will name their accounts again, so
    that whatever fails on the way is done again in the next round.
    """

    def __init__(self, follower: Follower, books: Books, watch: Watchlist, tell: Tell, metrics: Metrics) -> None:
        self._follower = follower
        self._books = books
        self._watch = watch
        self._tell = tell
        self._metrics = metrics
        self._changed, self._is_given = Followed(), False

    def __call__(self) -> None:
        """Catch up with the newest block.

        Raises:
            ChainError: The chain did not answer or was reorganised meanwhile; nothing that changed is lost.
            StoreError: The state cannot be used, or what is sealed in it does not open.
        """
        self._follower.follow(self._changed)
        changed, is_all = self._changed, not self._watch.is_loaded
        self._is_given |= self._look_again()
        if changed.undone is not None:
            self._metrics.add("reorganisations_total")
            self._tell("reorganised", {"block": changed.undone, "rebuilt": changed.is_rebuilt})
            changed.undone, changed.is_rebuilt = None, False
        if is_all:
            self._books.forget_replaced()
        touched = None if is_all or self._is_given else changed.accounts
        if touched is None or touched:
            opened = self._books.read_new(touched)
            if opened:
                self._tell("read", {"books": opened})
            self._watch.load(touched)
        self._changed, self._is_given = Followed(), False

    def _look_again(self) -> bool:
        """Look for openings that were handed over meanwhile; a file that is wrong for now is told and read later."""
        try:
            return self._books.look_again()
        except (InputError, CommitmentMismatch) as error:
            self._tell("error", {"code": error.code, "message": error.message, "part": "openings"})
            return False
