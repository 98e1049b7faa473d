"""Where the prices of `sheet build` come from, as typed: files, an exchange, or the feeds of a deployment."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkrisk.book.files import parse_json, read_bytes, read_text
from zkrisk.cli.chain_access import open_chain
from zkrisk.cli.sheet_request import parse_pairs
from zkrisk.errors import BadFile, InputError, UsageError
from zkrisk.sheet import MAX_PRICE_BYTES, Universe, calendar_days
from zkrisk.sheet.build import (
    BuildOptions,
    Observed,
    ScenarioRequest,
    Stamp,
    find_crisis,
    parse_instrument,
    parse_table,
)

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session

__all__ = ["STDIN", "PriceRequest"]

STDIN: Final = "-"
_SYMBOL_FILE: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,15})=(.+)", re.ASCII)
_CONTEXT_DAYS: Final = 366
_OLDEST_DAY: Final = date(2009, 1, 3)
"""No exchange and no feed is older."""


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """Where prices come from, as typed: files, an exchange, or the feeds of a deployment; one of them."""

    files: list[str]
    exchange: str | None
    markets: list[str]
    exchange_config: str | None
    feeds: bool
    rpc: str | None
    deployment: str | None
    date_column: str
    value_column: str
    ignored: list[str]

    def check(self) -> None:
        """Check that exactly one source is named, with its own flags.

        Raises:
            UsageError: None, several, or a flag of another one.
        """
        if sum((bool(self.files), self.exchange is not None, self.feeds)) != 1:
            raise UsageError(
                "prices come from '--prices', from '--ccxt' or from '--feeds': one of them",
                hint="--prices closes.csv",
            )
        if self.exchange is None and (self.markets or self.exchange_config):
            raise UsageError("options '--market' and '--ccxt-config' are for '--ccxt'", hint="--ccxt kraken")
        if not self.feeds and (self.rpc or self.deployment):
            raise UsageError("options '--rpc' and '--deployment' are for '--feeds'", hint="--feeds")

    def chain(self, session: Session) -> ChainClient | None:
        """The deployment, where its feeds are asked."""
        return open_chain(session, self.rpc, self.deployment).pinned() if self.feeds else None

    def read(
        self,
        universe: Universe,
        options: BuildOptions,
        request: ScenarioRequest,
        *,
        chain: ChainClient | None,
        now_unix: int,
    ) -> dict[str, Observed]:
        """Read files, or ask for the days that a sheet and its crises need.

        Raises:
            UsageError: A symbol is in two files, or dates are opens where closes are asked for.
            InputError: See the readers.
            Unreachable: Exchange or node.
        """
        if self.files:
            return self._from_files(universe)
        if options.stamp is not Stamp.CLOSE:
            raise UsageError("option '--stamp open' is for files", hint="--stamp close")
        last = options.last_day or _yesterday(now_unix)
        if not _OLDEST_DAY <= last <= _yesterday(now_unix):
            raise InputError(f"the last day is from {_OLDEST_DAY} to yesterday, {_yesterday(now_unix)}")
        first = _first_day(universe, last, request)
        if chain is not None:
            from zkrisk.chain.feed_prices import feed_observations  # noqa: PLC0415  (web3 takes 0.4 s)

            return feed_observations(chain, first, last)
        from zkrisk.sheet.build.ccxt_candles import fetch_candles, open_exchange  # noqa: PLC0415

        markets = parse_pairs("--market", self.markets, "ETH=ETH/USD")
        exchange = open_exchange(self.exchange or "", self._config())
        context = min(first, last - timedelta(days=_CONTEXT_DAYS))
        return fetch_candles(universe, exchange, markets, first_day=context, last_day=last)

    def _config(self) -> dict[str, Any]:
        if self.exchange_config is None:
            return {}
        path = Path(self.exchange_config)
        document = parse_json(read_text(path), path.name)
        if not isinstance(document, dict):
            raise BadFile("ccxt's options are not a JSON object", where=path.name)
        return document

    def _from_files(self, universe: Universe) -> dict[str, Observed]:
        observed: dict[str, Observed] = {}
        for text in self.files:
            match = _SYMBOL_FILE.fullmatch(text)
            if match is None:
                content, where = _content(text)
                found = parse_table(universe, content, where, date_column=self.date_column, ignored=self.ignored)
            else:
                if universe.slot_of(match[1]) == 0:
                    raise InputError(f"{match[1]} is cash and has no prices")
                columns = {"date_column": self.date_column, "value_column": self.value_column}
                content, where = _content(match[2])
                found = {match[1]: parse_instrument(match[1], content, where, **columns)}
            for symbol, rows in found.items():
                if symbol in observed:
                    raise UsageError(f"{symbol} has prices in two files")
                observed[symbol] = rows
        return observed


def _content(text: str) -> tuple[bytes, str]:
    """Bytes of a file, or of stdin when it is ``-``, and its name.

    Raises:
        BadFile: Missing, unreadable or too large.
    """
    if text != STDIN:
        return read_bytes(Path(text), MAX_PRICE_BYTES), Path(text).name
    content = sys.stdin.buffer.read(MAX_PRICE_BYTES + 1)
    if len(content) > MAX_PRICE_BYTES:
        raise BadFile(f"stdin has more than {MAX_PRICE_BYTES} bytes", where=STDIN)
    return content, "stdin"


def _yesterday(now_unix: int) -> date:
    return (datetime.fromtimestamp(now_unix, UTC) - timedelta(days=1)).date()


def _window_start(universe: Universe, last: date) -> date:
    """Oldest of the S + 1 closes that a window of returns up to a day needs."""
    closes = universe.tier.scenarios + 1
    weeks = closes // len(universe.calendar) + 2
    return calendar_days(universe, last - timedelta(days=7 * weeks), last)[-closes]


def _first_day(universe: Universe, last: date, request: ScenarioRequest) -> date:
    """Oldest day that the sheet, or one of its crises, needs."""
    days = [_window_start(universe, last)]
    window = find_crisis(request.window) if isinstance(request.window, str) else None
    if window is not None:
        days.append(_window_start(universe, window.last_day))
    crises = [find_crisis(text) for text in request.stresses if isinstance(text, str)]
    days += [crisis.first_day for crisis in crises if crisis is not None]
    return min(days)
