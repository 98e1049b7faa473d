"""All accounts in matrices, and who of them it is worth asking the chain about at an epoch, the deepest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zkrisk.keeper.books import Books
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.holdings import Holding, read_holdings
from zkrisk.keeper.metrics import Metrics
from zkrisk.keeper.model import Market
from zkrisk.keeper.parts import Parts
from zkrisk.keeper.revalue import Health, Valuation
from zkrisk.keeper.state import KeeperState

__all__ = ["Watchlist"]


class Watchlist:
    """What is known of all accounts.

    Args:
        clock: Seconds, for the metrics only.
    """

    def __init__(
        self,
        chain: ChainView,
        state: KeeperState,
        books: Books,
        *,
        metrics: Metrics,
        parts: Parts,
        clock: Callable[[], float],
    ) -> None:
        self._chain = chain
        self._state = state
        self._books = books
        self._metrics = metrics
        self._parts = parts
        self._clock = clock
        self._whole = Valuation(chain.instruments)
        self._legs = Valuation(chain.instruments)
        self._is_loaded = False
        self._passed_over: set[str] = set()
        self._passed_epoch = 0

    def __repr__(self) -> str:
        return f"<Watchlist of {len(self._whole)} accounts, private>"

    @property
    def is_loaded(self) -> bool:
        """Whether all that is known was put in once."""
        return self._is_loaded

    def load(self, touched: set[str] | None) -> None:
        """Put what is known of some accounts, or for None of all, into the matrices.

        Raises:
            ChainError: The chain does not answer; to be called again with at least the same accounts.
        """
        is_all = touched is None or not self._is_loaded or len(touched) > len(self._whole) // 4
        self._put(None if is_all else touched)
        self._is_loaded = True
        self._passed_over = set() if touched is None else self._passed_over - touched

    def _put(self, accounts: set[str] | None) -> None:
        wanted = self._books.openings() if accounts is None else self._openings(accounts)
        holdings = read_holdings(self._state, wanted, accounts)
        if accounts is None:
            gone = {holding.account for holding in self._whole.holdings()} - holdings.keys()
            holdings |= {account: Holding(account) for account in gone}
        exponents = self._chain.exponents()
        self._whole.put(holdings.values(), exponents)
        legs = [Holding(h.account, None, h.escrow, h.credits, h.debt) for h in holdings.values()]
        self._legs.put(legs, exponents)

    def _openings(self, accounts: Iterable[str]) -> dict[str, Any]:
        found = {account: self._books.opening(account) for account in accounts}
        return {account: opening for account, opening in found.items() if opening is not None}

    # ---- asking

    def candidates(self, market: Market) -> list[str]:
        """Return accounts that may be liquidatable, the lowest health factor first, then those challenged.

        An account whose book is healthy or closed counts by escrow and debt alone only where nobody ever vouched for
        the book. That is asked once an epoch, and of many accounts at once: most borrowers owe more than their escrow
        covers, which is what books are for.
        """
        if market.epoch != self._passed_epoch:
            self._passed_epoch = market.epoch
            self._passed_over.clear()
        exponents, started = self._chain.exponents(), self._clock()
        indexes = self._chain.debt_indexes(self._whole.vaults)
        below = self._whole.below(market, exponents, indexes)
        alone = self._legs.below(market, exponents, indexes)
        self._metrics.set("revaluation_seconds", self._clock() - started)
        self._metrics.set("liquidatable", len(below))
        found = {account: health for account, health in below.items() if self._is_read(account)}
        found |= self._by_leg({name: alone[name] for name in alone.keys() - found.keys() - self._passed_over})
        challenged = sorted(self._state.facts("challenge").keys() - found.keys())
        return [*sorted(found, key=lambda account: (found[account].lowest_bps, account)), *challenged]

    def _by_leg(self, unsure: dict[str, Health]) -> dict[str, Health]:
        """Return those of some accounts that the leg alone decides for; the others are not asked about again."""
        debts = {account: holding.debt for account in unsure if (holding := self._legs.holding(account)) is not None}
        owing = {account: debt.vault for account, debt in debts.items() if debt is not None}
        if not owing:
            return {}
        alone: set[str] = set()
        with self._parts.part("assurance"):
            alone |= self._chain.leg_alone(owing)
            self._passed_over |= owing.keys() - alone
        return {account: unsure[account] for account in alone}

    def pass_over(self, account: str) -> None:
        """Do not name an account again in this epoch before its facts change, unless its book says that it is below."""
        self._passed_over.add(account)

    def _is_read(self, account: str) -> bool:
        holding = self._whole.holding(account)
        return holding is not None and holding.book is not None

    def measure(self) -> None:
        """Write down how many accounts there are."""
        self._metrics.set("accounts", len(self._whole))
        self._metrics.set("readable_books", sum(h.book is not None for h in self._whole.holdings()))
