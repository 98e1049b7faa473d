"""The keeper's round: follow, read, re-value, look for what pays, prove, send; each begins where the state says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from zkrisk.errors import (
    ChainError,
    InputError,
    PolicyNotMet,
    ProofError,
    Unreachable,
    VerificationError,
)
from zkrisk.keeper.appraise import Appraisal, Appraiser, Finding
from zkrisk.keeper.books import Books
from zkrisk.keeper.catchup import CatchUp
from zkrisk.keeper.chain import ChainView, Prover
from zkrisk.keeper.follow import Follower
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.model import LEAST_MARGIN_BPS, AccountNow, Fees, Market, Way
from zkrisk.keeper.parts import Parts, Tell
from zkrisk.keeper.queue import Item, ItemState, Queue
from zkrisk.keeper.send import Sender
from zkrisk.keeper.settings import Settings
from zkrisk.keeper.state import KeeperState
from zkrisk.keeper.watchlist import Watchlist

__all__ = ["Keeper", "Settings"]

_AT_ONCE = 16
"""Accounts that are asked about, proved and sent before the next ones are looked at."""


class Keeper:
    """One keeper on one deployment.

    Args:
        tell: Called with the name and the public facts of every event.
        clock: Seconds, for the metrics only.
    """

    def __init__(
        self,
        chain: ChainView,
        state: KeeperState,
        books: Books,
        prover: Prover,
        settings: Settings,
        *,
        tell: Tell,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._chain = chain
        self._state = state
        self._books = books
        self._prover = prover
        self._settings = settings
        self._tell = tell
        self._metrics = metrics
        self.queue = Queue(state)
        self._appraiser = Appraiser(chain, books, settings.limits)
        self._sender = Sender(chain, self.queue, self._appraiser, settings.sending, self._told)
        self._follower = Follower(
            chain, state, keep_blocks=settings.keep_blocks, range_blocks=settings.range_blocks,
            on_undone=self.queue.reopen_above,
        )  # fmt: skip
        self._parts = Parts(tell, metrics)
        self._watch = Watchlist(chain, state, books, metrics=metrics, parts=self._parts, clock=clock)
        self._catch_up = CatchUp(self._follower, books, self._watch, tell, metrics)
        self._skipped: set[tuple[str, Finding]] = set()
        self._epoch = 0
        self.queue.recover()

    def __repr__(self) -> str:
        return f"<Keeper {self._chain.keeper}>"

    def run(self, stop: threading.Event, poll_s: float) -> None:
        """Work round after round until told to stop; a chain that does not answer only costs a round."""
        while not stop.is_set():
            try:
                self.round()
            except ChainError as error:
                self._metrics.add("errors_total", f'code="{error.code}"')
                self._tell("error", {"code": error.code, "message": error.message})
            stop.wait(poll_s)

    def round(self) -> None:
        """Do everything that is due now; what fails for one account, or in upkeep, is told and keeps nothing else.

        Raises:
            ChainError: The chain did not answer or was reorganised meanwhile; what is done is kept.
            StoreError: The state cannot be used, or what is sealed in it does not open.
        """
        if self._settings.takes_snapshots and not self._settings.is_dry:
            with self._parts.part("upkeep"):
                for done in self._chain.upkeep():
                    self._tell("upkeep", {"what": done})
        self._catch_up()
        market = self._chain.market()
        self._metrics.set("epoch", market.epoch)
        if market.epoch != self._epoch:
            self._epoch = market.epoch
            self._skipped.clear()
            self._books.forget_replaced()
        if market.epoch:
            self._settle(market)
            self._work(self.queue.open_items())
            self._find(market)
        self._measure()

    # ---- finding

    def _find(self, market: Market) -> None:
        """Queue what pays and work on it, some accounts at a time from the deepest on, the most profitable first."""
        busy = {item.order.account for item in self.queue.open_items()}
        wanted = [account for account in self._watch.candidates(market) if account not in busy]
        for start in range(0, len(wanted), _AT_ONCE):
            now = self._chain.market() if start else market
            fees = self._sender.fees()
            if fees is None or now.epoch != market.epoch:
                return
            worth = self._appraised(wanted[start : start + _AT_ONCE], now, fees)
            noted = [self._note(account, appraisal) for account, appraisal in worth]
            self._work([item for item in noted if item is not None])

    def _appraised(self, accounts: list[str], market: Market, fees: Fees) -> list[tuple[str, Appraisal]]:
        """Return those of some accounts that are worth liquidating, the most profitable first."""
        worth: list[tuple[str, Appraisal]] = []
        margins = self.queue.margins(market.epoch)
        for account, now in self._asked(accounts).items():
            with self._parts.part("find", account):
                margin = margins.get(account, LEAST_MARGIN_BPS)
                appraisal = self._appraiser.appraise(account, now, market, fees, margin)
                if appraisal.finding is Finding.LIQUIDATABLE and appraisal.order is not None:
                    worth.append((account, appraisal))
                elif appraisal.finding in (Finding.UNREADABLE, Finding.HEALTHY, Finding.NOTHING_OWED):
                    self._watch.pass_over(account)
                elif (account, appraisal.finding) not in self._skipped:
                    self._skipped.add((account, appraisal.finding))
                    self._tell("skipped", {"account": account, "reason": appraisal.finding.value})
        return sorted(worth, key=lambda pair: (-pair[1].profit, pair[0]))

    def _asked(self, accounts: list[str]) -> Mapping[str, AccountNow]:
        """Ask for some accounts at once; where that fails for one of them, for each by itself."""
        try:
            return self._chain.accounts_now(accounts)
        except Unreachable:
            raise
        except ChainError:
            found = {}
            for account in accounts:
                with self._parts.part("find", account):
                    found[account] = self._chain.account_now(account)
            return found

    def _note(self, account: str, appraisal: Appraisal) -> Item | None:
        order = appraisal.order
        if order is None:
            return None
        facts = {"account": account, "epoch": order.epoch, "way": order.way.value, "threshold_bps": order.threshold_bps}
        if self._settings.is_dry:
            self._tell("would", facts)
            return None
        item = self.queue.add(order, self._settings.sending.most_tries)
        if item is not None:
            self._tell("found", facts)
        return item

    # ---- working

    def _settle(self, market: Market) -> None:
        if self._settings.is_dry:
            return
        head = self._chain.head()
        for item in self.queue.open_items():
            if item.state is ItemState.SENT:
                with self._parts.part("settle", item.order.account):
                    self._sender.settle(item, head, market)
        for item in self.queue.given_up(market.epoch):
            with self._parts.part("settle", item.order.account):
                self._sender.look_again(item)
        with self._parts.part("settle"):
            self._sender.fill_gaps(head)

    def _work(self, items: list[Item]) -> None:
        """Prove and send; the market is asked for again after each proof, because that takes a while."""
        if self._settings.is_dry:
            return
        market: Market | None = None
        for item in items:
            if item.state is not ItemState.SENT:
                with self._parts.part("work", item.order.account):
                    market = self._work_on(item, market or self._chain.market())

    def _work_on(self, item: Item, market: Market) -> Market:
        if item.order.epoch != market.epoch:
            self.queue.move(item, ItemState.STALE, reason="its epoch is over")
            self._told("stale", {"account": item.order.account, "epoch": item.order.epoch})
            return market
        if item.state is ItemState.FOUND:
            item = self._proved(item)
            market = self._chain.market()
        if item.state is ItemState.PROVED:
            self._sender.send(item, self._chain.head(), market)
        return market

    def _proved(self, item: Item) -> Item:
        """Make the proof that an item needs."""
        if item.order.way is not Way.PROOF:
            return self.queue.move(item, ItemState.PROVED)
        opening = self._appraiser.opening(item.order.account)
        if opening is None:
            return self.queue.move(item, ItemState.LOST, reason=Finding.OTHER_BOOK.value)
        item = self.queue.move(item, ItemState.PROVING)
        try:
            payload = self._prover.prove(item.order, opening)
        except PolicyNotMet:
            self._told("lost", {"account": item.order.account})
            return self.queue.move(item, ItemState.LOST, reason=Finding.HEALTHY.value)
        except ChainError as error:
            self._told("unproved", {"account": item.order.account, "code": error.code})
            return self.queue.move(item, ItemState.FOUND, reason=error.code)
        except (ProofError, VerificationError, InputError) as error:
            self._told("unproved", {"account": item.order.account, "code": error.code})
            return self.queue.again(item, ItemState.FOUND, error.code, self._settings.sending.most_tries)
        self._told("proved", {"account": item.order.account, "epoch": item.order.epoch})
        return self.queue.keep_proof(item, payload)

    # ---- telling

    def _told(self, event: str, facts: Mapping[str, Any]) -> None:
        if event == ItemState.MINED.value:
            self._metrics.add("liquidations_total")
        self._tell(event, facts)

    def _measure(self) -> None:
        last, head = self._follower.checkpoint() or 0, self._chain.head()
        self._watch.measure()
        self._metrics.set("last_block", last)
        self._metrics.set("lag_blocks", max(0, head.number - last))
        for state, count in self.queue.counts().items():
            self._metrics.set("queue", count, f'state="{state.value}"')
