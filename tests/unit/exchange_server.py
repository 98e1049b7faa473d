"""An exchange on localhost that answers as Bitstamp's public API does: trading pairs and daily candles."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DAY_S = 86_400


@dataclass
class Exchange:
    """What the server serves.

    Attributes:
        closes: By pair as in ``ethusd``.
        offset_s: When its days begin.
        status: Of every answer but the pairs'.
        page: Candles at most, whatever is asked for.
        body: Instead of the candles.
        pairs: Instead of the trading pairs.
        asked: Queries for candles, as they came.
    """

    closes: Mapping[str, Mapping[date, str]]
    offset_s: int = 0
    status: int = 200
    page: int = 1_000
    body: str | None = None
    pairs: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def options(self) -> dict[str, object]:
        """What ccxt's constructor takes to talk to it."""
        return {"urls": {"api": {"public": self.url, "private": self.url}}, "enableRateLimit": False, "timeout": 3_000}


def _pair(name: str) -> dict[str, str | int]:
    base, quote = name[:-3].upper(), name[-3:].upper()
    return {
        "name": f"{base}/{quote}",
        "market_symbol": name,
        "base_currency": base,
        "base_decimals": 8,
        "counter_currency": quote,
        "counter_decimals": 2,
        "minimum_order_value": "10",
        "trading": "Enabled",
        "instant_order_counter_decimals": 2,
        "instant_and_market_orders": "Enabled",
        "description": f"{base} / {quote}",
        "market_type": "SPOT",
    }


def _candles(exchange: Exchange, pair: str, query: dict[str, str]) -> dict[str, object]:
    """Candles from start to end; open is the close before, as on a market that never sleeps."""
    rows, previous = [], None
    for day, close in sorted(exchange.closes[pair].items()):
        moment = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + exchange.offset_s
        opened, previous = previous or close, close
        if int(query["start"]) <= moment <= int(query["end"]):
            low, high = sorted((Decimal(opened), Decimal(close)))
            rows.append({"timestamp": str(moment), "open": opened, "high": str(high), "low": str(low), "close": close,
                         "volume": "1"})  # fmt: skip
    return {"data": {"pair": pair, "ohlc": rows[: min(int(query["limit"]), exchange.page)]}}


@contextmanager
def serving(exchange: Exchange) -> Iterator[Exchange]:
    """Serve on a free port of localhost."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            pair = next((name for name in exchange.closes if f"/ohlc/{name}" in parts.path), None)
            status, answer = 200, exchange.pairs or json.dumps([_pair(name) for name in exchange.closes])
            if pair is not None:
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                exchange.asked.append(query)
                status, answer = exchange.status, exchange.body or json.dumps(_candles(exchange, pair, query))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    exchange.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
