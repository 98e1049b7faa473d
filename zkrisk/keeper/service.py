"""The keeper's round: follow, read, re-value, look for what pays, prove, send; each begins where the state says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zkrisk.errors import ChainError, InputError, PolicyNotMet, ProofError, VerificationError
from zkrisk.keeper.appraise import Appraisal, Appraiser, Finding, Limits
from zkrisk.keeper.books import Books
from zkrisk.keeper.chain import ChainView, Prover
from zkrisk.keeper.follow import Followed, Follower
from zkrisk.keeper.holdings import Holding, read_holdings
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.model import Market, Way
from zkrisk.keeper.queue import Item, ItemState, Queue
from zkrisk.keeper.revalue import Valuation
from zkrisk.keeper.send import Sender, Sending
from zkrisk.keeper.state import KeeperState

__all__ = ["Keeper", "Settings"]

Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Settings:
    """How a keeper works.

    Attributes:
        takes_snapshots: Take the snapshot, fold and poke where due.
        is_dry: Look and tell; queue, prove and send nothing.
        keep_blocks: How deep a reorganisation can be undone without reading everything again.
        range_blocks: Most blocks asked for at once.
    """

    limits: Limits = field(default_factory=Limits)
    sending: Sending = field(default_factory=Sending)
    takes_snapshots: bool = False
    is_dry: bool = False
    keep_blocks: int = 512
    range_blocks: int = 2_000


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
        self._clock = clock
        self.queue = Queue(state)
        self._appraiser = Appraiser(chain, books, settings.limits)
        self._sender = Sender(chain, self.queue, self._appraiser, settings.sending, self._told)
        self._follower = Follower(
            chain, state, keep_blocks=settings.keep_blocks, range_blocks=settings.range_blocks,
            on_undone=self.queue.reopen_above,
        )  # fmt: skip
        self._whole = Valuation(chain.instruments)
        self._legs = Valuation(chain.instruments)
        self._is_loaded = False
        self._passed_over: set[str] = set()
        self._skipped: set[tuple[str, Finding]] = set()
        self._passed_epoch = 0
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
        """Do everything that is due now.

        Raises:
            ChainError: The chain did not answer or was reorganised meanwhile; what is done is kept.
            StoreError: The state cannot be used, or what is sealed in it does not open.
        """
        if self._settings.takes_snapshots and not self._settings.is_dry:
            for done in self._chain.upkeep():
                self._tell("upkeep", {"what": done})
        self._update(self._follower.follow())
        market = self._chain.market()
        self._metrics.set("epoch", market.epoch)
        if market.epoch:
            self._settle(market)
            self._find(market)
            self._work()
        self._measure()

    # ---- reading

    def _update(self, followed: Followed) -> None:
        if followed.undone is not None:
            self._metrics.add("reorganisations_total")
            self._tell("reorganised", {"block": followed.undone, "rebuilt": followed.is_rebuilt})
        touched = set(followed.accounts)
        if followed.logs or not self._is_loaded:
            opened = self._books.read_new()
            if opened:
                self._tell("read", {"books": opened})
        if touched or not self._is_loaded:
            self._load(None if not self._is_loaded or len(touched) > len(self._whole) // 4 else touched)
            self._is_loaded = True
        self._passed_over -= touched

    def _load(self, accounts: set[str] | None) -> None:
        """Put what is known of some accounts, or of all, into the matrices."""
        wanted = self._books.openings() if accounts is None else self._openings(accounts)
        holdings = read_holdings(self._state, wanted, accounts)
        if accounts is None:
            gone = {holding.account for holding in self._whole.holdings()} - holdings.keys()
            holdings |= {account: Holding(account) for account in gone}
        exponents = self._chain.exponents()
        self._whole.put(holdings.values(), exponents)
        legs = [Holding(h.account, None, h.escrow, h.credits, h.debt) for h in holdings.values()]
        self._legs.put(legs, exponents)

    def _openings(self, accounts: set[str]) -> dict[str, Any]:
        found = {account: self._books.opening(account) for account in accounts}
        return {account: opening for account, opening in found.items() if opening is not None}

    # ---- finding

    def _find(self, market: Market) -> None:
        """Queue what pays, the most profitable first."""
        fees = self._sender.fees()
        if fees is None:
            return
        worth: list[tuple[str, Appraisal]] = []
        busy = {item.order.account for item in self.queue.open_items()}
        for account in self._candidates(market):
            if account in busy:
                continue
            appraisal = self._appraiser.appraise(account, market, fees)
            if appraisal.finding is Finding.LIQUIDATABLE and appraisal.order is not None:
                worth.append((account, appraisal))
            elif appraisal.finding in (Finding.UNREADABLE, Finding.HEALTHY, Finding.NOTHING_OWED):
                self._passed_over.add(account)
            elif (account, appraisal.finding) not in self._skipped:
                self._skipped.add((account, appraisal.finding))
                self._tell("skipped", {"account": account, "reason": appraisal.finding.value})
        for account, appraisal in sorted(worth, key=lambda pair: (-pair[1].profit, pair[0])):
            self._note(account, appraisal)

    def _candidates(self, market: Market) -> list[str]:
        """Accounts that may be liquidatable: below the threshold by all that is known or by the leg, or challenged.

        Where the book counts and is healthy or not read, asking once an epoch is enough.
        """
        if market.epoch != self._passed_epoch:
            self._passed_epoch = market.epoch
            self._passed_over.clear()
            self._skipped.clear()
        exponents, started = self._chain.exponents(), self._clock()
        indexes = self._chain.debt_indexes(self._whole.vaults)
        below = self._whole.below(market, exponents, indexes).keys()
        alone = self._legs.below(market, exponents, indexes).keys()
        self._metrics.set("revaluation_seconds", self._clock() - started)
        self._metrics.set("liquidatable", len(below))
        read = {account for account in below if self._is_read(account)}
        return sorted(read | self._state.facts("challenge").keys() | ((below | alone) - self._passed_over))

    def _is_read(self, account: str) -> bool:
        holding = self._whole.holding(account)
        return holding is not None and holding.book is not None

    def _note(self, account: str, appraisal: Appraisal) -> None:
        order = appraisal.order
        if order is None:
            return
        facts = {"account": account, "epoch": order.epoch, "way": order.way.value, "threshold_bps": order.threshold_bps}
        if self._settings.is_dry:
            self._tell("would", facts)
        elif self.queue.add(order, self._settings.sending.most_tries) is not None:
            self._tell("found", facts)

    # ---- working

    def _settle(self, market: Market) -> None:
        if self._settings.is_dry:
            return
        head = self._chain.head()
        for item in self.queue.open_items():
            if item.state is ItemState.SENT:
                self._sender.settle(item, head, market)
        for item in self.queue.given_up(market.epoch):
            self._sender.look_again(item)
        self._sender.fill_gaps(head)

    def _work(self) -> None:
        """Prove and send what is queued; the market is asked for each time, because a proof takes a while."""
        if self._settings.is_dry:
            return
        for item in self.queue.open_items():
            market = self._chain.market()
            if item.state is not ItemState.SENT and item.order.epoch != market.epoch:
                self.queue.move(item, ItemState.STALE, reason="its epoch is over")
                self._told("stale", {"account": item.order.account, "epoch": item.order.epoch})
                continue
            ready = self._proved(item) if item.state is ItemState.FOUND else item
            if ready.state is ItemState.PROVED:
                self._sender.send(ready, self._chain.head(), self._chain.market())

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
        except (ProofError, ChainError, VerificationError, InputError) as error:
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
        self._metrics.set("accounts", len(self._whole))
        self._metrics.set("readable_books", sum(h.book is not None for h in self._whole.holdings()))
        self._metrics.set("last_block", last)
        self._metrics.set("lag_blocks", max(0, head.number - last))
        for state, count in self.queue.counts().items():
            self._metrics.set("queue", count, f'state="{state.value}"')
