"""Whether an account may be liquidated now, how, and whether that pays: asked when it is found and before each send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from zkrisk.book import Leg
from zkrisk.commitment import Opening
from zkrisk.fixedpoint import div_down
from zkrisk.keeper.books import Books
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.model import LEAST_MARGIN_BPS, AccountNow, Fees, Market, Order, Way
from zkrisk.keeper.money import (
    MAXIMUM_BONUS_THRESHOLD_BPS,
    NativePrice,
    Offer,
    Plan,
    best_plan,
    gas_value_up,
)
from zkrisk.keeper.revalue import Health
from zkrisk.metrics.exposures import total_lots
from zkrisk.metrics.health import health_sums
from zkrisk.params import BPS, LEG_BITS

__all__ = ["Appraisal", "Appraiser", "Finding", "Limits"]


class Finding(StrEnum):
    """What an appraisal says."""

    LIQUIDATABLE = "LIQUIDATABLE"
    HEALTHY = "HEALTHY"
    NOTHING_OWED = "NOTHING_OWED"
    UNREADABLE = "UNREADABLE"  # the whole book counts, and this keeper cannot read it
    OTHER_BOOK = "OTHER_BOOK"  # another commitment became active
    NO_FUNDS = "NO_FUNDS"  # the keeper cannot repay enough
    DOES_NOT_PAY = "DOES_NOT_PAY"
    BAD_DEBT = "BAD_DEBT"  # no escrow is left, and nobody told the keeper to write debts off
    STALE = "STALE"  # the order is for another epoch
    DONE = "DONE"  # the order's nonce is used


@dataclass(frozen=True, slots=True)
class Limits:
    """What the keeper does for money.

    Attributes:
        least_profit: After gas, 10^-16 USD.
        haircut_bps: Share of what is seized that selling it costs.
        native: What gas is paid in.
        writes_off: Also liquidate accounts without escrow, at a loss of the gas.
    """

    least_profit: int = 0
    haircut_bps: int = 0
    native: NativePrice = field(default_factory=NativePrice)
    writes_off: bool = False


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The answer. `profit` is after gas, 10^-16 USD, where there is a plan."""

    finding: Finding
    order: Order | None = None
    opening: Opening | None = None
    profit: int = 0


class Appraiser:
    """Asks the chain about one account at a time."""

    def __init__(self, chain: ChainView, books: Books, limits: Limits) -> None:
        self._chain = chain
        self._books = books
        self._limits = limits

    def appraise(
        self, account: str, now: AccountNow, market: Market, fees: Fees, margin_bps: int = LEAST_MARGIN_BPS
    ) -> Appraisal:
        """Look for a liquidation of an account at the newest epoch; the order has no proof yet.

        Args:
            margin_bps: How much healthier the leg should be claimed to be; less where the account would not be
                liquidatable with that, down to none.
        """
        if now.vault is None or not now.debt:
            return Appraisal(Finding.NOTHING_OWED)
        way, opening = self._way(account, now)
        if way is None:
            return Appraisal(Finding.UNREADABLE)
        shown = self._threshold(now, market, way, opening, margin_bps)
        if shown is None:
            return Appraisal(Finding.HEALTHY)
        threshold, margin = shown
        order = Order(account, now.vault, way, market.epoch, now.nonce, threshold, 0, 0, margin)
        finding, plan, profit = self._judge(order, now, market, fees)
        if plan is not None:
            order = replace(order, repay=plan.wanted, seize_slot=plan.seize_slot)
        return Appraisal(finding, order if plan else None, opening if way is Way.PROOF else None, profit)

    def check(self, order: Order, market: Market, fees: Fees) -> Finding:
        """Judge an order that was made before: whether it may still be sent, and still pays."""
        if order.epoch != market.epoch:
            return Finding.STALE
        now = self._chain.account_now(order.account)
        if now.vault != order.vault or not now.debt:
            return Finding.NOTHING_OWED
        if now.nonce != order.nonce:
            return Finding.DONE
        opening = self._books.opening(order.account)
        if order.way is Way.PROOF and (opening is None or opening.commitment != now.commitment):
            return Finding.OTHER_BOOK
        if order.way is Way.LEG and not now.is_leg_alone:
            return Finding.OTHER_BOOK
        if order.way is Way.SILENCE:
            is_below = now.silence_bonus_bps is not None
        elif order.way is Way.LEG:
            is_below = _health(None, now.leg, market).is_below(BPS)
        else:
            is_below = _health(opening, now.leg, market).is_below(order.threshold_bps)
        return self._judge(order, now, market, fees)[0] if is_below else Finding.HEALTHY

    def opening(self, account: str) -> Opening | None:
        """Return the opening of an account's active commitment."""
        return self._books.opening(account)

    def _way(self, account: str, now: AccountNow) -> tuple[Way | None, Opening | None]:
        if now.silence_bonus_bps is not None:
            return Way.SILENCE, None
        if now.is_leg_alone:
            return Way.LEG, None
        opening = self._books.opening(account)
        return (Way.PROOF, opening) if opening is not None and opening.commitment == now.commitment else (None, None)

    def _threshold(
        self, now: AccountNow, market: Market, way: Way, opening: Opening | None, margin_bps: int
    ) -> tuple[int, int] | None:
        """Return the lowest threshold worth showing, and the margin it is for; None for a healthy account."""
        if way is Way.SILENCE:
            return BPS, 0
        book, wanted = (opening, margin_bps) if way is Way.PROOF else (None, 0)
        for margin in narrowing(wanted):
            health = _health(book, with_margin(now.leg, margin), market)
            if health.is_below(BPS):
                return max(MAXIMUM_BONUS_THRESHOLD_BPS, health.lowest_bps), margin
        return None

    def _judge(self, order: Order, now: AccountNow, market: Market, fees: Fees) -> tuple[Finding, Plan | None, int]:
        terms, funds = self._chain.vault_terms(order.vault), self._chain.funds(order.vault)
        offer = Offer(order.way, order.threshold_bps, funds, self._limits.haircut_bps)
        plan = best_plan(now, terms, market, self._chain.exponents(), offer)
        if plan is None:
            return Finding.NO_FUNDS, None, 0
        gas = gas_value_up(self._chain.gas_units(order.way), fees, self._limits.native.of(market))
        profit = plan.gain - gas
        if not plan.seized:
            return (Finding.LIQUIDATABLE if self._limits.writes_off else Finding.BAD_DEBT), plan, profit
        pays = profit >= self._limits.least_profit
        return (Finding.LIQUIDATABLE if pays else Finding.DOES_NOT_PAY), plan, profit


def narrowing(margin_bps: int) -> Iterator[int]:
    """Return a margin, its halves rounded down, and last none."""
    while margin_bps:
        yield margin_bps
        margin_bps //= 2
    yield 0


def with_margin(leg: Leg, margin_bps: int) -> Leg:
    """Return a healthier leg: escrow up, debt down, each rounded towards the actual one."""
    most = (1 << LEG_BITS) - 1
    long = tuple(min(most, lots + div_down(lots * margin_bps, BPS)) for lots in leg.long)
    return Leg(long, tuple(lots - div_down(lots * margin_bps, BPS) for lots in leg.short))


def _health(book: Opening | None, leg: Leg, market: Market) -> Health:
    long, short = total_lots(book, leg) if book is not None else (leg.long, leg.short)
    return Health(*health_sums(long, short, market.prices, market.thresholds_bps, market.borrow_factors_bps))
