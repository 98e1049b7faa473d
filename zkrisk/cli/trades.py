"""Trades as they are typed: ``--trade ETH:-40 --price ETH:2500 --fee 5bps``."""

from __future__ import annotations

from zkrisk.book import Fee, Trade, parse_fee
from zkrisk.errors import BadPrice, BadQuantity, UsageError


def parse_trades(trades: list[str], prices: list[str], fee: str | None) -> list[Trade]:
    """Read ``SYMBOL:UNITS`` (negative sells) with the prices that are given; the others are the sheet's.

    Raises:
        UsageError: No colon, a price twice, or a price of what is not traded.
        BadQuantity, BadPrice: Not a number, or not one that makes sense; the message never has the number.
    """
    quoted: dict[str, str] = {}
    for text in prices:
        symbol, number = _pair(text, "price", "ETH:2500")
        if symbol in quoted:
            raise UsageError("option '--price' names an instrument twice")
        quoted[symbol] = number
    found, cost = [], Fee() if fee is None else parse_fee(fee)
    for text in trades:
        symbol, number = _pair(text, "trade", "ETH:-40")
        found.append(_trade(symbol, number, quoted.get(symbol), cost))
    if quoted.keys() - {trade.instrument for trade in found}:
        raise UsageError("option '--price' names an instrument that is not traded", hint="--trade ETH:-40")
    return found


def _trade(symbol: str, units: str, price: str | None, fee: Fee) -> Trade:
    try:
        return Trade(symbol, units, price, fee)  # type: ignore[arg-type]  (text becomes Decimal)
    except (BadQuantity, BadPrice) as error:
        raise type(error)(error.message, where="option '--trade' or '--price'", hint="--trade ETH:-40") from None


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    symbol, colon, number = text.partition(":")
    if not colon or not symbol.strip() or not number.strip():
        raise UsageError(f"option '--{option}' is written SYMBOL:NUMBER", hint=f"--{option} {example}")
    return symbol.strip(), number.strip()
