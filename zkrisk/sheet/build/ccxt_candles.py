"""Daily closes from an exchange, through the ccxt library (the extra ``zkrisk[ccxt]``; imported when it is used).

A daily candle opens at 00:00 UTC, and its close is the price just before the next midnight: the close of the day that
the candle is dated with, which is also the next day's open. So day D takes the close of the candle that opens on D. An
exchange that cuts its days at another hour is refused. The candle of a day that is not over is never asked for.
Numbers are taken as the exchange writes them, never as floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import BadFile, BadPrice, InputError, MissingTool, NotFound, Unreachable
from zkrisk.fixedpoint import parse_decimal
from zkrisk.sheet.build.observations import Observation, Observed
from zkrisk.sheet.origin import Source
from zkrisk.sheet.universe import Universe

__all__ = ["fetch_candles", "open_exchange"]

_DAY_MS: Final = 86_400_000
_PAGE: Final = 500
_CLOSE: Final = 4
_TIMEOUT_MS: Final = 20_000
_HINT: Final = "pip install 'zkrisk[ccxt]'"
_SECRETS: Final = frozenset({"apikey", "secret", "password", "uid", "login", "privatekey", "walletaddress", "token"})


def open_exchange(exchange_id: str, config: Mapping[str, Any] | None = None) -> Any:
    """Make one of ccxt's exchanges; nothing is sent yet.

    Args:
        exchange_id: As ccxt names it, such as ``kraken``.
        config: Options of ccxt's constructor: proxies, other hosts. Prices need no keys, so keys are refused.

    Raises:
        MissingTool: ccxt is not installed.
        NotFound: ccxt has no such exchange.
        InputError: The exchange has no candles, or the options hold a key.
    """
    try:
        import ccxt  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415  (an extra, and 0.5 s)
    except ImportError:
        raise MissingTool("ccxt is not installed", hint=_HINT) from None
    if exchange_id not in ccxt.exchanges:
        raise NotFound(f"ccxt {ccxt.__version__} has no exchange of that name", hint="--ccxt kraken")
    options = dict(config or {})
    if any(name.lower() in _SECRETS for name in options):
        raise InputError("prices need no keys: leave them out of ccxt's options")
    exchange = getattr(ccxt, exchange_id)({"enableRateLimit": True, "timeout": _TIMEOUT_MS, **options})
    exchange.number = str
    if not exchange.has.get("fetchOHLCV"):
        raise InputError(f"{exchange_id} has no candles")
    return exchange


def fetch_candles(
    universe: Universe, exchange: Any, markets: Mapping[str, str], *, first_day: date, last_day: date
) -> dict[str, Observed]:
    """Download daily closes.

    Args:
        exchange: Of `open_exchange`.
        markets: Symbol of the universe to ccxt's market, such as ``ETH`` to ``ETH/USD``.
        first_day: Oldest close.
        last_day: Newest close, a day that is over.

    Raises:
        UnknownInstrument: A symbol is not in the universe.
        NotFound: The exchange has no such market.
        Unreachable: The exchange does not answer, or limits the rate.
        InputError: It refuses.
        BadFile, BadPrice: What it sent are no daily candles.
    """
    if not markets:
        raise InputError("no market is named", hint="--market ETH=ETH/USD")
    for symbol in markets:
        if universe.slot_of(symbol) == 0:
            raise InputError(f"{symbol} is cash and has no prices")
    known = _ask(exchange, "load_markets")
    for market in markets.values():
        if market not in known:
            raise NotFound(f"{exchange.id} has no market {market}", hint="write it as ccxt does: ETH/USD")
    return {
        symbol: _observed(exchange, symbol, known[market], first_day, last_day) for symbol, market in markets.items()
    }


def _ask(exchange: Any, method: str, *arguments: Any) -> Any:
    """Call ccxt; its errors become ours, without the URLs that they hold."""
    import ccxt  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

    try:
        return getattr(exchange, method)(*arguments)
    except ccxt.NetworkError as error:
        raise Unreachable(f"{exchange.id} does not answer ({type(error).__name__})") from error
    except ccxt.BadSymbol as error:
        raise NotFound(f"{exchange.id} has no such market") from error
    except ccxt.BaseError as error:
        raise InputError(f"{exchange.id} refuses ({type(error).__name__})") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # What ccxt's parsers raise at an answer of another form than they know.
        raise BadFile(f"ccxt cannot read what {exchange.id} sent ({type(error).__name__})") from error


def _observed(exchange: Any, symbol: str, known: Mapping[str, Any], first: date, last: date) -> Observed:
    market = known["symbol"]
    where = f"ccxt:{exchange.id}:{market}"
    closes = _pages(exchange, market, first, last, where)
    if not closes:
        raise BadPrice(f"{exchange.id} has no candles of {market} from {first} to {last}")
    entries = []
    for row, (day, text) in enumerate(closes, start=1):
        try:
            price = parse_decimal(text)
        except ValueError as error:
            raise BadPrice(f"candle of {day.isoformat()}: the close is {error}", where=where) from None
        entries.append(Observation(row, day, price))
    source = Source(where, canonical_sha256([[day.isoformat(), text] for day, text in closes]), (symbol,))
    return Observed(symbol, source, tuple(entries), known.get("quote"))


def _pages(exchange: Any, market: str, first: date, last: date, where: str) -> list[tuple[date, str]]:
    """Candles of the span, page by page; ends when an answer brings nothing newer."""
    closes: list[tuple[date, str]] = []
    since, end = _ms(first), _ms(last)
    while since <= end:
        limit = min(_PAGE, (end - since) // _DAY_MS + 1)
        candles = _ask(exchange, "fetch_ohlcv", market, "1d", since, limit)
        page = [_candle(candle, where) for candle in candles]
        wanted = [(moment, text) for moment, text in page if since <= moment <= end]
        if not wanted:
            break
        closes += [(datetime.fromtimestamp(moment // 1_000, UTC).date(), text) for moment, text in wanted]
        since = max(moment for moment, _ in wanted) + _DAY_MS
    return closes


def _candle(candle: Any, where: str) -> tuple[int, str]:
    """Time and close of a candle."""
    if not isinstance(candle, list) or len(candle) <= _CLOSE or type(candle[0]) is not int:
        raise BadFile("what the exchange sent are no candles", where=where)
    if candle[0] % _DAY_MS:
        raise BadFile("the exchange's days do not begin at 00:00 UTC", where=where)
    if not isinstance(candle[_CLOSE], str):
        raise BadPrice("a candle has no close", where=where)
    return candle[0], candle[_CLOSE]


def _ms(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(days=1) * _DAY_MS
