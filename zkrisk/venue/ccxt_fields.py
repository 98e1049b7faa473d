"""Fields of what ccxt reports: every one is known or named as ignored, because a debt may stand in any other.

Known is what ccxt writes in every exchange's balance and position (its ``safeBalance`` and position structure). Many of
a position's fields say again what `zkrisk.venue.exchange` reads (``unrealizedPnl``, ``collateral``, ``leverage``,
``liquidationPrice``, ``marginMode``): none of them is a holding or a debt of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from zkrisk.book.files import NumberText
from zkrisk.book.models import is_name_printable, parse_quantity
from zkrisk.errors import BadFile, BadQuantity

__all__ = ["AMOUNTS", "BALANCE_NOTES", "DOCUMENT", "ENTRY", "POSITION", "Fields", "shown"]

AMOUNTS: Final = ("free", "used", "total", "debt")
BALANCE_NOTES: Final = frozenset({"info", "timestamp", "datetime"})
DOCUMENT: Final = BALANCE_NOTES | {"balance", "positions"}
ENTRY: Final = frozenset({*AMOUNTS, "info"})
POSITION: Final = BALANCE_NOTES | {
    "id",
    "symbol",
    "side",
    "contracts",
    "contractSize",
    "entryPrice",
    "markPrice",
    "lastPrice",
    "notional",
    "hedged",
    "isolated",
    "marginMode",
    "leverage",
    "collateral",
    "initialMargin",
    "initialMarginPercentage",
    "maintenanceMargin",
    "maintenanceMarginPercentage",
    "marginRatio",
    "liquidationPrice",
    "unrealizedPnl",
    "realizedPnl",
    "percentage",
    "stopLossPrice",
    "takeProfitPrice",
    "lastUpdateTimestamp",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads the objects of one document.

    Attributes:
        where: The document, for messages.
        ignored: Fields that are neither held nor owed, beside those that are known.
    """

    where: str
    ignored: Collection[str]

    def check_known(self, entry: Mapping[str, Any], known: Collection[str], what: str) -> None:
        """Refuse an object with another field.

        Raises:
            BadFile: What is owed may stand in it.
        """
        for key in entry:
            if key not in known and key not in self.ignored:
                name = shown(key, "a field")
                hint = f"if it is neither held nor owed: --ignore {key if is_name_printable(key) else 'FIELD'}"
                raise BadFile(f"{what} has {name}, which is not known", where=self.where, hint=hint)

    def number(self, entry: Mapping[str, Any], key: str, what: str) -> Decimal:
        """Read a number that must be there, exactly as written.

        Raises:
            BadQuantity: It is missing, null or no number.
        """
        found = self.number_or_none(entry, key, what)
        if found is None:
            raise BadQuantity(f"{what} has no number '{key}'", where=self.where)
        return found

    def number_or_none(self, entry: Mapping[str, Any], key: str, what: str) -> Decimal | None:
        """Read a number; None where it is missing or null."""
        value = entry.get(key)
        if value is None:
            return None
        if not isinstance(value, (str, NumberText)):
            raise BadQuantity(f"{what} has no number '{key}'", where=self.where)
        try:
            return parse_quantity(str(value))
        except BadQuantity as error:
            raise BadQuantity(f"{what}, '{key}': {error.message}", where=self.where) from None

    def positive(self, entry: Mapping[str, Any], key: str, what: str) -> Decimal:
        """Read a number above 0.

        Raises:
            BadQuantity: It is not there, or not above 0.
        """
        number = self.number(entry, key, what)
        if number <= 0:
            raise BadQuantity(f"'{key}' of {what} is not above 0", where=self.where)
        return number


def shown(name: str, otherwise: str) -> str:
    """Quote a name, or say what it is where it may be a quantity in the wrong place."""
    return f"'{name}'" if is_name_printable(name) else otherwise
