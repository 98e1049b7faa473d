"""A book before and after trades, on one sheet and against one policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zkrisk.book import Book, Trade, apply_trades, quantise
from zkrisk.metrics import DEFAULT_CONFIDENCES, RiskDiff, risk
from zkrisk.policy import Policy
from zkrisk.sheet import Sheet

__all__ = ["WhatIf", "what_if"]


@dataclass(frozen=True, slots=True, repr=False)
class WhatIf:
    """Trades that were not made and what they would change. Private."""

    trades: tuple[Trade, ...]
    difference: RiskDiff

    def __repr__(self) -> str:
        return f"<WhatIf {len(self.trades)} trades, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form; units and prices as decimal text, exact."""
        return {"trades": [_trade(trade) for trade in self.trades], **self.difference.to_dict()}


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "instrument": trade.instrument,
        "side": "BUY" if trade.quantity > 0 else "SELL",
        "units": _plain(abs(trade.quantity)),
        "price_usd": _plain(trade.price or Decimal(0)),
        "fee_usd": _plain(trade.fee_paid),
        "cash_change_usd": _plain(trade.cash_change),
    }


def _plain(value: Decimal) -> str:
    """Digits without an exponent and without zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def what_if(
    book: Book,
    trades: Sequence[Trade],
    sheet: Sheet,
    policy: Policy | None = None,
    confidences: Sequence[int] = DEFAULT_CONFIDENCES,
) -> WhatIf:
    """Compute every metric before and after trades; those without a price are made at the sheet's.

    Raises:
        UnknownInstrument: A trade in something that the universe lacks.
        InputError, RangeExceeded, BadLimit: See `zkrisk.metrics.risk`; the book after the trades may not fit a circuit.
    """
    priced = tuple(trade.at(sheet) for trade in trades)
    before, after = (
        risk(quantise(found, sheet.universe), sheet, policy, None, confidences)
        for found in (book, apply_trades(book, priced))
    )
    return WhatIf(priced, after - before)
