"""Accounts by their distance to liquidation. What they hold stays out unless it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zkrisk.book import Leg
from zkrisk.fixedpoint import div_down
from zkrisk.keeper.books import Books
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.holdings import Holding, leg_of, read_holdings
from zkrisk.keeper.revalue import Health, health_of
from zkrisk.keeper.state import KeeperState
from zkrisk.params import BPS

__all__ = ["ScanRow", "revealed", "scan"]


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One account that owes.

    Attributes:
        debt: Asset units.
        distance_percent: How much of what backs the debts, after thresholds, can go until liquidation: whole per cent,
            rounded down, 0 when it is liquidatable; None where the book counts and is not read.
        is_liquidatable: Below the threshold at the newest epoch; None as above.
        refusal: Why the book was refused, None where it is read or was never given.
        holding: Book with escrow and debts as they are known. Private.
    """

    account: str
    level: int
    vault: str
    debt: int
    distance_percent: int | None
    is_liquidatable: bool | None
    is_readable: bool
    is_challenged: bool
    refusal: str | None
    holding: Holding = field(repr=False)
    leg: Leg = field(repr=False)


def scan(chain: ChainView, state: KeeperState, books: Books) -> list[ScanRow]:
    """Return every account that owes a vault: liquidatable ones first, then by distance, last those not readable."""
    market, exponents = chain.market(), chain.exponents()
    holdings = [h for h in read_holdings(state, books.openings()).values() if h.debt is not None]
    indexes = chain.debt_indexes(sorted({h.debt.vault for h in holdings if h.debt is not None}))
    refusals, challenged = books.refusals(), state.facts("challenge").keys()
    rows, states = [], chain.accounts_now([holding.account for holding in holdings])
    for holding in holdings:
        now = states[holding.account]
        if now.vault is None:
            continue
        counted = Holding(holding.account, None, holding.escrow, holding.credits, holding.debt)
        judged = counted if now.is_leg_alone else holding
        is_known = now.is_leg_alone or holding.book is not None
        health = health_of(judged, market, exponents, indexes) if is_known and market.epoch else None
        rows.append(
            ScanRow(
                holding.account, now.level, now.vault, now.debt,
                None if health is None else _distance(health),
                None if health is None else health.is_below(BPS),
                holding.book is not None,
                holding.account in challenged,
                refusals.get(holding.account) if holding.book is None else None,
                holding,
                leg_of(holding, exponents, indexes, chain.instruments),
            )
        )  # fmt: skip
    return sorted(rows, key=_order)


def _distance(health: Health) -> int:
    if health.collateral <= health.debt:
        return 0
    return div_down(100 * (health.collateral - health.debt), health.collateral)


def _order(row: ScanRow) -> tuple[bool, bool, int, str]:
    distance = -1 if row.distance_percent is None else row.distance_percent
    return row.is_liquidatable is None, not row.is_liquidatable, distance, row.account


def revealed(row: ScanRow, symbols: Mapping[int, str]) -> list[dict[str, str]]:
    """Return what an account holds and owes in its book, lots by instrument. Private."""
    if row.holding.book is None:
        return []
    sides = enumerate(zip(row.holding.book.long, row.holding.book.short, strict=True))
    return [
        {"instrument": symbols.get(slot, str(slot)), "long_lots": str(long), "short_lots": str(short)}
        for slot, (long, short) in sides
        if long or short
    ]
