"""Booking of perpetuals and futures: full mark in the instrument, cost basis in cash.

``cash = wallet - q * entry`` makes equity = cash + q * mark, so that no private entry price enters a circuit.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from typing import Final

from zkrisk.book.models import Position, parse_quantity

__all__ = ["perpetual_cash", "perpetual_positions"]

_EXACT: Final = Context(prec=300, traps=[Inexact])


def perpetual_cash(wallet: Decimal, fills: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Cash to book for a margin wallet and its open contracts, exactly.

    Args:
        wallet: Wallet balance in the numeraire, accrued funding included, unrealised profit not.
        fills: (signed quantity, average entry price) of each open contract.

    Returns:
        wallet - sum(quantity * entry); negative cash is a borrowing and goes to ``short``.
    """
    cash = parse_quantity(wallet)
    for quantity, entry in fills:
        cost = _EXACT.multiply(parse_quantity(quantity), parse_quantity(entry))
        cash = _EXACT.subtract(cash, cost)
    return cash


def perpetual_positions(
    cash_symbol: str, wallet: Decimal, contracts: Iterable[tuple[str, Decimal, Decimal]]
) -> tuple[Position, ...]:
    """Positions of a margin account: the cash of `perpetual_cash` first, then each (symbol, quantity, entry)."""
    rows = tuple(contracts)
    cash = perpetual_cash(wallet, ((quantity, entry) for _, quantity, entry in rows))
    return (_signed(cash_symbol, cash), *(_signed(symbol, parse_quantity(quantity)) for symbol, quantity, _ in rows))


def _signed(symbol: str, quantity: Decimal) -> Position:
    if quantity < 0:
        return Position(instrument=symbol, short=quantity.copy_negate())
    return Position(instrument=symbol, long=quantity)
