"""Positions as ccxt reports them: open linear perpetuals, each with the price at which its cost is booked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

from zkrisk.errors import BadFile, BadQuantity, InputError
from zkrisk.venue.ccxt_fields import POSITION, Fields

__all__ = ["EQUITY", "TOTALS", "WALLET", "Contract", "ContractReader"]

WALLET: Final = "wallet"
"""``total`` is without unrealised profit: the cost of a contract is its entry price."""
EQUITY: Final = "equity"
"""``total`` contains the unrealised profit: the cost of a contract is its mark price, else the profit counts twice."""
TOTALS: Final = (WALLET, EQUITY)
_SIDES: Final = ("long", "short")


class Contract(NamedTuple):
    """An open position. Private.

    Attributes:
        symbol: The exchange's own, BASE/QUOTE:SETTLE with QUOTE = SETTLE.
        quantity: Units of the base, above 0.
        price: Of a unit, in the settlement currency, above 0.
    """

    row: int
    symbol: str
    base: str
    settle: str
    side: str
    quantity: Decimal
    price: Decimal


class ContractReader:
    """Reads the rows of ``fetch_positions``.

    Args:
        totals: One of `TOTALS`: what the totals of the balance are.
    """

    def __init__(self, fields: Fields, totals: str | None) -> None:
        self._fields, self._totals = fields, totals
        self._seen: dict[tuple[str, ...], int] = {}

    def read(self, row: int, entry: Any) -> Contract | None:
        """Read a row; None when nothing is open.

        Raises:
            BadFile: Of another shape, with a field that is not known, without a side, or there twice.
            BadQuantity: A number is missing, none or contradicts another.
            InputError: Not a linear perpetual, or nobody said what the totals are.
        """
        what, fields = f"position {row}", self._fields
        if not isinstance(entry, dict) or not isinstance(entry.get("symbol"), str):
            raise BadFile(f"{what} is not an object with 'symbol'", where=fields.where)
        fields.check_known(entry, POSITION, what)
        contracts = fields.number(entry, "contracts", what)
        notional = fields.number_or_none(entry, "notional", what) or Decimal(0)
        if not contracts:
            if notional or fields.number_or_none(entry, "unrealizedPnl", what):
                raise BadQuantity(f"{what} has no contracts, but a value", where=fields.where)
            return None
        base, settle = self._linear(entry["symbol"], what)
        side = entry.get("side")
        if side not in _SIDES or contracts < 0 or (side == "long" and notional < 0):
            raise BadFile(f"{what} has no side, or two", where=fields.where)
        self._check_once(row, entry)
        quantity = contracts * fields.positive(entry, "contractSize", what)
        price = self._price(entry, what)
        self._check_notional(entry, quantity, abs(notional), what)
        return Contract(row, entry["symbol"], base, settle, side, quantity, price)

    def _linear(self, symbol: str, what: str) -> tuple[str, str]:
        base, _, rest = symbol.partition("/")
        quote, _, settle = rest.partition(":")
        if not settle or settle != quote or settle == base or "-" in settle:
            raise InputError(f"{what} is not a linear perpetual", where=self._fields.where)
        return base, settle

    def _check_once(self, row: int, entry: dict[str, Any]) -> None:
        """A row that is there twice would count its profit twice; both sides, or two margin modes, are two rows."""
        key = tuple(str(entry.get(name)) for name in ("symbol", "side", "marginMode", "id"))
        first = self._seen.setdefault(key, row)
        if first != row:
            raise BadFile(f"position {row} is already in position {first}", where=self._fields.where)

    def _price(self, entry: dict[str, Any], what: str) -> Decimal:
        if self._totals is None:
            raise InputError(
                f"{what} is open: do the totals of the balance contain its unrealised profit?",
                where=self._fields.where,
                hint="--totals equity if they do, --totals wallet if they do not",
            )
        return self._fields.positive(entry, "entryPrice" if self._totals == WALLET else "markPrice", what)

    def _check_notional(self, entry: dict[str, Any], quantity: Decimal, notional: Decimal, what: str) -> None:
        """A size of the wrong unit makes a short vanish: the exchange's own value tells, within a factor of 2."""
        mark = self._fields.number_or_none(entry, "markPrice", what)
        if notional and mark and not quantity * mark <= 2 * notional <= 4 * quantity * mark:
            raise BadQuantity(
                f"{what} has a 'notional' far from its contracts at 'markPrice'", where=self._fields.where
            )
