"""Balances as ccxt reports them: each currency, and the same amounts again by kind, which must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from zkrisk.errors import BadFile, BadQuantity
from zkrisk.venue.ccxt_fields import AMOUNTS, BALANCE_NOTES, ENTRY, Fields, shown

__all__ = ["Holding", "read_balance"]

_ZERO: Final = Decimal(0)


class Holding(NamedTuple):
    """What is held and owed of a currency of the exchange. Private."""

    currency: str
    total: Decimal
    debt: Decimal


def read_balance(balance: Mapping[str, Any], fields: Fields) -> Iterator[Holding]:
    """Yield every currency in which anything is held or owed.

    Raises:
        BadFile: Not what ``fetch_balance`` gives, or the amounts by kind are not those of the currencies.
        BadQuantity: A number is missing or none; a debt is below 0; more is there than is free and used.
    """
    entries = {name: entry for name, entry in balance.items() if name not in BALANCE_NOTES and name not in AMOUNTS}
    for currency, entry in entries.items():
        if not isinstance(entry, dict):
            raise BadFile("a currency is an object with 'total'", where=fields.where)
        fields.check_known(entry, ENTRY, shown(currency, "a currency"))
    for kind in AMOUNTS:
        _check_sums(kind, balance.get(kind), entries, fields)
    for currency, entry in entries.items():
        holding = _holding(currency, entry, fields)
        if holding.total or holding.debt:
            yield holding


def _holding(currency: str, entry: Mapping[str, Any], fields: Fields) -> Holding:
    what = shown(currency, "a currency")
    total = fields.number(entry, "total", what)
    debt = fields.number_or_none(entry, "debt", what) or _ZERO
    if debt < 0:
        raise BadQuantity(f"the debt of {what} is negative", where=fields.where)
    free, used = (fields.number_or_none(entry, kind, what) or _ZERO for kind in ("free", "used"))
    if min(free, used) < 0 and total > free + used:
        raise BadQuantity(f"{what} has a negative amount that 'total' leaves out", where=fields.where)
    return Holding(currency, total, debt)


def _check_sums(kind: str, amounts: Any, entries: Mapping[str, Mapping[str, Any]], fields: Fields) -> None:
    """Compare ``balance[kind][currency]`` with ``balance[currency][kind]``, whatever of both is there."""
    if amounts is None:
        return
    if not isinstance(amounts, dict):
        raise BadFile(f"'{kind}' of the balance is not an object", where=fields.where)
    for currency in amounts:
        what = shown(currency, "a currency")
        told = fields.number_or_none({kind: amounts[currency]}, kind, what)
        entry = entries.get(currency, {})
        if told is not None and told != (fields.number_or_none(entry, kind, what) or _ZERO):
            raise BadFile(f"'{kind}' of the balance has another amount of {what} than {what} has", where=fields.where)
