"""An account as ccxt reports it, turned into a book: complete, or refused.

The document is what a program writes that asked an exchange through ccxt: ``{"balance": exchange.fetch_balance(),
"positions": exchange.fetch_positions()}``, the second where there are derivatives. ``debt`` is taken as what was
borrowed with its interest, beside ``total``; where an exchange deducts it from ``total`` as well, it counts twice.
Whether ``total`` contains the unrealised profit of open positions differs between exchanges: whoever signs says it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Final

from zkrisk.book import Book, Position
from zkrisk.book.columns import check_ignored
from zkrisk.book.files import parse_json
from zkrisk.book.load import named_book
from zkrisk.book.models import Listing
from zkrisk.book.perpetual import perpetual_cash
from zkrisk.errors import BadFile, InputError, UnknownInstrument
from zkrisk.venue.ccxt_balance import Holding, read_balance
from zkrisk.venue.ccxt_fields import DOCUMENT, ENTRY, POSITION, Fields, shown
from zkrisk.venue.ccxt_positions import Contract, ContractReader

__all__ = ["ExchangeAccount", "parse_ccxt_account"]

PERPETUAL: Final = "-PERP"
"""A contract BASE/QUOTE:SETTLE is the instrument BASE-PERP of a universe."""
_EXACT_DIGITS: Final = 500
"""Numbers have at most 120 digits, and at most three are multiplied."""
_MULTIPLE: Final = re.compile(r"[km](?=[A-Z])|[0-9]*")


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
    text: str,
    universe: Listing,
    *,
    name: str,
    where: str = "account.json",
    aliases: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
    totals: str | None = None,
) -> ExchangeAccount:
    """Read an account.

    Args:
        universe: Whose instruments the currencies are.
        name: Of the book.
        aliases: Currency or contract of the exchange → instrument, as in ``{"XBT": "BTC"}``.
        ignored: Fields that ccxt's structures do not have, and that are neither held nor owed.
        totals: ``wallet`` where the totals are without unrealised profit, ``equity`` where they contain it; needed
            where a position is open.

    Raises:
        BadFile: Not such a document, or it has a field that is not known.
        BadQuantity: A number is missing, not one or contradicts another; the message names the currency.
        UnknownInstrument: A debt or a contract is not in the universe: a statement without it would not be complete.
        InputError: A contract that is not linear, an alias that changes the unit, or nobody said what the totals are.
    """
    check_ignored(ignored, {key.lower() for key in DOCUMENT | ENTRY | POSITION}, where)
    fields = Fields(where, ignored)
    document = parse_json(text, where)
    if not isinstance(document, dict) or not isinstance(document.get("balance"), dict):
        raise BadFile("the account is an object with 'balance', as fetch_balance gives it", where=where)
    fields.check_known(document, DOCUMENT, "the account")
    positions = document.get("positions", [])
    if not isinstance(positions, list):
        raise BadFile("'positions' is not a list, as fetch_positions gives it", where=where)
    collector, contracts = _Collector(universe, where, dict(aliases or {})), ContractReader(fields, totals)
    with localcontext(prec=_EXACT_DIGITS):
        for holding in read_balance(document["balance"], fields):
            collector.add_holding(holding)
        for row, entry in enumerate(positions, start=1):
            contract = contracts.read(row, entry)
            if contract is not None:
                collector.add_contract(contract)
        found = collector.positions()
    return ExchangeAccount(named_book(name, universe, found, where), tuple(sorted(collector.omitted)))


class _Collector:
    """Adds up by instrument; nets a currency only with itself, never with another that is an alias of the same."""

    def __init__(self, universe: Listing, where: str, aliases: dict[str, str]) -> None:
        self._universe, self._where, self._aliases = universe, where, aliases
        for theirs, ours in aliases.items():
            if _multiple(theirs) != _multiple(ours):
                raise InputError(f"alias '{theirs}={ours}' changes the unit", where=where)
        self._wallets: dict[str, Decimal] = {}
        self._fills: dict[str, list[tuple[Decimal, Decimal]]] = {}
        self._held: dict[str, Decimal] = {}
        self._owed: dict[str, Decimal] = {}
        self.omitted: set[str] = set()

    def add_holding(self, holding: Holding) -> None:
        symbol = self._aliases.get(holding.currency, holding.currency)
        if symbol not in self._universe.symbols:
            if holding.total < 0 or holding.debt:
                raise self._unknown(holding.currency, "what is owed")
            self.omitted.add(holding.currency)
            return
        if symbol.endswith(PERPETUAL):
            raise InputError(f"'{symbol}' is a contract, no balance: its cost is missing", where=self._where)
        self._wallets[holding.currency] = holding.total
        self._add(symbol, Decimal(0), holding.debt)

    def add_contract(self, contract: Contract) -> None:
        base = self._aliases.get(contract.base, contract.base)
        symbol = self._aliases.get(contract.symbol, base + PERPETUAL)
        for wanted in (symbol, self._aliases.get(contract.settle, contract.settle)):
            if wanted not in self._universe.symbols:
                raise self._unknown(wanted, f"position {contract.row}")
        is_long = contract.side == "long"
        self._add(symbol, *((contract.quantity, Decimal(0)) if is_long else (Decimal(0), contract.quantity)))
        signed = contract.quantity if is_long else -contract.quantity
        self._fills.setdefault(contract.settle, []).append((signed, contract.price))

    def positions(self) -> tuple[Position, ...]:
        for currency in sorted({*self._wallets, *self._fills}):
            cash = perpetual_cash(self._wallets.get(currency, Decimal(0)), self._fills.get(currency, []))
            self._add(self._aliases.get(currency, currency), max(cash, Decimal(0)), max(-cash, Decimal(0)))
        symbols = sorted(self._held)
        return tuple(Position(instrument=s, long=self._held[s], short=self._owed[s]) for s in symbols)

    def _add(self, symbol: str, held: Decimal, owed: Decimal) -> None:
        self._held[symbol] = self._held.get(symbol, Decimal(0)) + held
        self._owed[symbol] = self._owed.get(symbol, Decimal(0)) + owed

    def _unknown(self, name: str, what: str) -> UnknownInstrument:
        return UnknownInstrument(
            f"{shown(name, 'a currency')} is not in universe {self._universe.id}: "
            f"without {what} the statement is not complete",
            where=self._where,
        )


def _multiple(name: str) -> str:
    """How many units a name counts: the ``1000`` of 1000SHIB, the ``k`` of kSHIB."""
    match = _MULTIPLE.match(name)
    return match[0] if match else ""
