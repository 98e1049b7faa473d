"""An account as ccxt reports it, turned into a book: complete, or refused.

The document is what a program writes that asked an exchange through ccxt: ``{"balance": exchange.fetch_balance(),
"positions": exchange.fetch_positions()}``, the second where there are derivatives. ``total`` is taken as the wallet's
balance without unrealised profit, ``debt`` as what was borrowed with its interest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from zkrisk.book import Book, Position
from zkrisk.book.files import NumberText, parse_json
from zkrisk.book.load import named_book
from zkrisk.book.models import Listing, is_name_printable, parse_quantity
from zkrisk.book.perpetual import perpetual_cash
from zkrisk.errors import BadFile, BadQuantity, InputError, UnknownInstrument

__all__ = ["ExchangeAccount", "parse_ccxt_account"]

_NOT_CURRENCIES: Final = frozenset({"info", "free", "used", "total", "debt", "timestamp", "datetime"})
PERPETUAL: Final = "-PERP"
"""A contract BASE/QUOTE:SETTLE is the instrument BASE-PERP of a universe."""


@dataclass(frozen=True, slots=True)
class ExchangeAccount:
    """What an exchange says of an account.

    Attributes:
        book: Everything in it that the universe lists. Private.
        omitted: Currencies held that the universe does not list; never one that is owed.
    """

    book: Book = field(repr=False)
    omitted: tuple[str, ...]


def parse_ccxt_account(
    text: str, universe: Listing, *, name: str, where: str = "account.json", aliases: Mapping[str, str] | None = None
) -> ExchangeAccount:
    """Read an account.

    Args:
        universe: Whose instruments the currencies are.
        name: Of the book.
        aliases: Currency or contract of the exchange → instrument, as in ``{"XBT": "BTC"}``.

    Raises:
        BadFile: Not such a document.
        BadQuantity: A number is missing or not one; the message names the currency.
        UnknownInstrument: A debt or a contract is not in the universe: a statement without it would not be complete.
        InputError: A contract that is not linear.
    """
    document = parse_json(text, where)
    if not isinstance(document, dict) or not isinstance(document.get("balance"), dict):
        raise BadFile("the account is an object with 'balance', as fetch_balance gives it", where=where)
    reader = _Reader(universe, where, dict(aliases or {}))
    for currency, entry in document["balance"].items():
        if currency not in _NOT_CURRENCIES:
            reader.balance(currency, entry)
    positions = document.get("positions", [])
    if not isinstance(positions, list):
        raise BadFile("'positions' is not a list, as fetch_positions gives it", where=where)
    for row, entry in enumerate(positions, start=1):
        reader.contract(row, entry)
    return ExchangeAccount(named_book(name, universe, reader.positions(), where), tuple(sorted(reader.omitted)))


class _Reader:
    def __init__(self, universe: Listing, where: str, aliases: dict[str, str]) -> None:
        self._universe, self._where, self._aliases = universe, where, aliases
        self._wallets: dict[str, Decimal] = {}
        self._debts: dict[str, Decimal] = {}
        self._contracts: dict[str, dict[str, Decimal]] = {}
        self._fills: dict[str, list[tuple[Decimal, Decimal]]] = {}
        self.omitted: set[str] = set()

    def balance(self, currency: str, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise BadFile("a currency is an object with 'total'", where=self._where)
        total = self._number(entry, "total", currency)
        debt = self._number(entry, "debt", currency, Decimal(0))
        if debt < 0:
            raise BadQuantity(f"the debt of {self._shown(currency)} is negative", where=self._where)
        symbol = self._aliases.get(currency, currency)
        if not total and not debt:
            return
        if symbol not in self._universe.symbols:
            if total < 0 or debt:
                raise self._unknown(currency, "what is owed")
            self.omitted.add(currency)
            return
        self._wallets[symbol] = self._wallets.get(symbol, Decimal(0)) + total
        self._debts[symbol] = self._debts.get(symbol, Decimal(0)) + debt

    def contract(self, row: int, entry: Any) -> None:
        if not isinstance(entry, dict) or not isinstance(entry.get("symbol"), str):
            raise BadFile(f"position {row} is not an object with 'symbol'", where=self._where)
        contracts = self._number(entry, "contracts", f"position {row}")
        if not contracts:
            return
        base, _, rest = entry["symbol"].partition("/")
        quote, _, settle = rest.partition(":")
        if not settle or settle != quote or "-" in settle:
            raise InputError(f"position {row} is not a linear perpetual", where=self._where)
        symbol = self._aliases.get(entry["symbol"], self._aliases.get(base, base) + PERPETUAL)
        cash = self._aliases.get(settle, settle)
        for wanted in (symbol, cash):
            if wanted not in self._universe.symbols:
                raise self._unknown(wanted, f"position {row}")
        side = entry.get("side")
        if side not in ("long", "short") or contracts < 0:
            raise BadFile(f"position {row} has no side", where=self._where)
        size = self._number(entry, "contractSize", f"position {row}")
        quantity = contracts * size
        sides = self._contracts.setdefault(symbol, {})
        sides[side] = sides.get(side, Decimal(0)) + quantity
        price = self._number(entry, "entryPrice", f"position {row}")
        self._fills.setdefault(cash, []).append((quantity if side == "long" else -quantity, price))

    def positions(self) -> tuple[Position, ...]:
        rows = []
        for symbol in sorted({*self._wallets, *self._debts, *self._fills}):
            wallet = perpetual_cash(self._wallets.get(symbol, Decimal(0)), self._fills.get(symbol, []))
            debt = self._debts.get(symbol, Decimal(0)) + max(-wallet, Decimal(0))
            rows.append(Position(instrument=symbol, long=max(wallet, Decimal(0)), short=debt))
        for symbol, sides in sorted(self._contracts.items()):
            rows.append(Position(instrument=symbol, **sides))
        return tuple(rows)

    def _number(self, entry: Mapping[str, Any], key: str, what: str, default: Decimal | None = None) -> Decimal:
        value = entry.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, (str, NumberText)):
            raise BadQuantity(f"{self._shown(what)} has no number '{key}'", where=self._where)
        return parse_quantity(str(value))

    def _unknown(self, name: str, what: str) -> UnknownInstrument:
        return UnknownInstrument(
            f"{self._shown(name)} is not in universe {self._universe.id}: without {what} the statement is not complete",
            where=self._where,
        )

    @staticmethod
    def _shown(name: str) -> str:
        return f"'{name}'" if is_name_printable(name) or name.startswith("position ") else "a currency"
