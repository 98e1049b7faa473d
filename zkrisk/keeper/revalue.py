"""Every account at every epoch: a float estimate with a bound on its error, then integers wherever it could be wrong.

The liquidation circuit compares 10^4·C < h·D with C = Σ long·price·lt and D = Σ short·price·bf. No term is below 0, so
that a sum of n products in double precision is wrong by at most a factor (1 ± u)^(n+k), u = 2^-53, in whatever order
it is added up (Higham 2002, 3.1); k counts the roundings of the factors. Rounding debts to lots moves D by a few lots.
An account whose margin is beyond that bound is judged by the estimate, any other by integers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zkrisk.book import BookVector
from zkrisk.fixedpoint import div_down
from zkrisk.keeper.holdings import (
    INDEX_UNIT,
    Debt,
    Holding,
    escrow_lots_up,
    exponent_of,
    leg_of,
    short_lots_down,
)
from zkrisk.keeper.model import Market
from zkrisk.metrics.exposures import total_lots
from zkrisk.metrics.health import health_sums
from zkrisk.params import BPS

__all__ = ["Health", "RevaluationBench", "Valuation", "bench_revaluation", "health_of"]

_UNIT_ROUNDOFF: Final = 2.0**-53
_EXTRA_ROUNDINGS: Final = 32
"""Beyond one a term: conversions, weights, the debt's own product, and those of the comparison itself."""
_DEBT_SLACK_LOTS: Final = 4
"""More than the floors of a debt, of a credit and of their sum take away: lots, or units where those are coarser."""


@dataclass(frozen=True, slots=True, repr=False)
class Health:
    """Both sums of an account, exact, 10^-16 USD times bps. Private."""

    collateral: int
    debt: int

    def __repr__(self) -> str:
        return "<Health, private>"

    def is_below(self, threshold_bps: int) -> bool:
        """Tell whether the liquidation circuit's statement holds at a threshold."""
        return BPS * self.collateral < threshold_bps * self.debt

    @property
    def lowest_bps(self) -> int:
        """The lowest threshold at which the statement holds; only for accounts that owe something."""
        return div_down(BPS * self.collateral, self.debt) + 1


def health_of(holding: Holding, market: Market, exponents: Mapping[int, int], indexes: Mapping[str, int]) -> Health:
    """Both sums of book and leg with exactly the circuit's integers; a book that is not read counts as empty."""
    leg = leg_of(holding, exponents, indexes, len(market.prices))
    long, short = total_lots(holding.book, leg) if holding.book is not None else (leg.long, leg.short)
    return Health(*health_sums(long, short, market.prices, market.thresholds_bps, market.borrow_factors_bps))


class Valuation:
    """All accounts as rows of two matrices; an epoch changes the prices only, an event one row."""

    def __init__(self, instruments: int) -> None:
        self._n = instruments
        self._rows: dict[str, int] = {}
        self._holdings: list[Holding] = []
        self._long: NDArray[np.float64] = np.zeros((0, instruments))
        self._short: NDArray[np.float64] = np.zeros((0, instruments))
        self._units: NDArray[np.float64] = np.zeros(0)
        self._debt_slot: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._vault: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._vaults: list[str] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Valuation of {len(self)} accounts, private>"

    @property
    def vaults(self) -> tuple[str, ...]:
        """Vaults that anybody owed."""
        return tuple(self._vaults)

    def holding(self, account: str) -> Holding | None:
        """Return what is known of an account."""
        row = self._rows.get(account)
        return None if row is None else self._holdings[row]

    def holdings(self) -> tuple[Holding, ...]:
        """Return what is known of all accounts."""
        return tuple(self._holdings)

    def put(self, holdings: Iterable[Holding], exponents: Mapping[int, int]) -> None:
        """Add accounts, or replace what was known of them."""
        for holding in holdings:
            row = self._rows.get(holding.account)
            if row is None:
                row = self._rows[holding.account] = len(self._holdings)
                self._holdings.append(holding)
                self._make_room(row + 1)
            self._holdings[row] = holding
            self._fill(row, holding, exponents)

    def below(
        self, market: Market, exponents: Mapping[int, int], indexes: Mapping[str, int], threshold_bps: int = BPS
    ) -> dict[str, Health]:
        """Return the exact sums of every account that owes a vault and is below a threshold, by account."""
        surely, unsure = self.estimate(market, exponents, indexes, threshold_bps)
        found: dict[str, Health] = {}
        for row in (*surely, *unsure):
            holding = self._holdings[row]
            health = health_of(holding, market, exponents, indexes)
            if health.is_below(threshold_bps):
                found[holding.account] = health
        return found

    def estimate(
        self, market: Market, exponents: Mapping[int, int], indexes: Mapping[str, int], threshold_bps: int = BPS
    ) -> tuple[list[int], list[int]]:
        """Return rows of debtors that are below a threshold for sure, and those for which doubles cannot tell."""
        count = len(self._holdings)
        if not count:
            return [], []
        prices = np.array(market.prices, dtype=np.float64)
        long_weight = prices * np.array(market.thresholds_bps, dtype=np.float64)
        short_weight = prices * np.array(market.borrow_factors_bps, dtype=np.float64)
        collateral = self._long[:count] @ long_weight
        debt = self._short[:count] @ short_weight
        lots, slack = self._debt_lots(count, exponents, indexes)
        weight = short_weight[self._debt_slot[:count]]
        debt += lots * weight
        margin = BPS * collateral - threshold_bps * debt
        relative = 2 * (self._n + _EXTRA_ROUNDINGS) * _UNIT_ROUNDOFF
        bound = relative * (BPS * collateral + threshold_bps * debt) + 2 * threshold_bps * slack * weight
        owes = self._units[:count] > 0
        surely = np.nonzero(owes & (margin < -bound))[0]
        unsure = np.nonzero(owes & (np.abs(margin) <= bound))[0]
        return [int(row) for row in surely], [int(row) for row in unsure]

    def _debt_lots(
        self, count: int, exponents: Mapping[int, int], indexes: Mapping[str, int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Debts in lots, nearly, and how many lots the contract's rounding may take away."""
        scale, slack = np.zeros(self._n), np.zeros(self._n)
        for slot, exponent in exponents.items():
            scale[slot] = 10.0**-exponent
            slack[slot] = _DEBT_SLACK_LOTS * max(1.0, 10.0**-exponent)
        index = np.array([indexes[vault] / INDEX_UNIT for vault in self._vaults] or [0.0])
        slots = self._debt_slot[:count]
        return self._units[:count] * index[self._vault[:count]] * scale[slots], slack[slots]

    def _make_room(self, rows: int) -> None:
        if rows <= len(self._units):
            return
        more = max(64, rows, 2 * len(self._units)) - len(self._units)
        wide, narrow = np.zeros((more, self._n)), np.zeros(more)
        self._long, self._short = np.concatenate([self._long, wide]), np.concatenate([self._short, wide])
        self._units = np.concatenate([self._units, narrow])
        self._debt_slot = np.concatenate([self._debt_slot, narrow.astype(np.int64)])
        self._vault = np.concatenate([self._vault, narrow.astype(np.int64)])

    def _fill(self, row: int, holding: Holding, exponents: Mapping[int, int]) -> None:
        empty = (0,) * self._n
        long, short = (holding.book.long, holding.book.short) if holding.book is not None else (empty, empty)
        self._long[row], self._short[row] = long, short
        for slot, units in holding.escrow.items():
            self._long[row, slot] += escrow_lots_up(units, exponent_of(exponents, slot))
        for slot, units in holding.credits.items():
            self._short[row, slot] += short_lots_down(units, exponent_of(exponents, slot))
        debt = holding.debt
        self._units[row] = debt.units if debt else 0
        self._debt_slot[row] = debt.slot if debt else 0
        self._vault[row] = self._vault_number(debt.vault) if debt else 0

    def _vault_number(self, vault: str) -> int:
        if vault not in self._vaults:
            self._vaults.append(vault)
        return self._vaults.index(vault)


@dataclass(frozen=True, slots=True)
class RevaluationBench:
    """One measurement.

    Attributes:
        load_seconds: To put all accounts into the matrices, once.
        epoch_seconds: To judge all of them at new prices, the mean of the epochs.
        below: Accounts found at the last epoch, each judged by integers.
    """

    accounts: int
    load_seconds: float
    epoch_seconds: float
    below: int


def bench_revaluation(
    accounts: int,
    *,
    instruments: int = 32,
    epochs: int = 5,
    seed: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> RevaluationBench:
    """Measure revaluation on made-up accounts with books of every slot, about one in fifty liquidatable."""
    rng = random.Random(seed)  # noqa: S311  (made-up books)
    exponents, indexes = dict.fromkeys(range(1, instruments), 2), {"vault": INDEX_UNIT + 12_345_678_901}
    holdings = [_made_up(rng, number, instruments) for number in range(accounts)]
    valuation, start = Valuation(instruments), clock()
    valuation.put(holdings, exponents)
    loaded, spent, found = clock() - start, 0.0, 0
    for _ in range(epochs):
        prices = tuple(rng.randrange(9 * 10**9, 11 * 10**9) for _ in range(instruments))
        market = Market(1, prices, (8_000,) * instruments, (10_000,) * instruments)
        start = clock()
        found = len(valuation.below(market, exponents, indexes))
        spent += clock() - start
    return RevaluationBench(accounts, loaded, spent / epochs, found)


def _made_up(rng: random.Random, number: int, instruments: int) -> Holding:
    """An account with a health factor that is spread over 0.98 to 2 at the middle of the prices."""
    long = [rng.randrange(10**9) for _ in range(instruments)]
    factor_bps = rng.randrange(9_800, 20_000)
    owed = sum(long) * 8_000 // factor_bps
    debt = Debt(rng.randrange(1, instruments), owed * 100, "vault")
    return Holding(f"{number:#042x}", BookVector(tuple(long), (0,) * instruments), {2: 50}, {}, debt)
