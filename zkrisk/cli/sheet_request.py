"""What `sheet build` is asked for: flags become prices, options and scenarios of the library."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkrisk.book.files import parse_json, read_bytes, read_text
from zkrisk.cli.chain_access import open_chain
from zkrisk.errors import BadFile, InputError, UsageError
from zkrisk.sheet import MAX_PRICE_BYTES, Universe, calendar_days
from zkrisk.sheet.build import (
    BuildOptions,
    FindingKind,
    Observed,
    ScenarioRequest,
    ScenarioSet,
    Split,
    Stamp,
    Thresholds,
    find_crisis,
    parse_instrument,
    parse_table,
    read_scenario_file,
)

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session

__all__ = ["STDIN", "PriceRequest", "is_scenario_file", "parse_pairs", "parse_rules", "parse_scenario_request"]

STDIN: Final = "-"
_SYMBOL_FILE: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,15})=(.+)", re.ASCII)
_SPLIT: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,15}):(\d{4}-\d{2}-\d{2}):(\d{1,7})(?::(\d{1,7}))?", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d{1,9}", re.ASCII)
_CONTEXT_DAYS: Final = 366
_OLDEST_DAY: Final = date(2009, 1, 3)
"""No exchange and no feed is older."""


def parse_pairs(option: str, pairs: list[str], example: str) -> dict[str, str]:
    """Read ``LEFT=RIGHT`` pairs.

    Raises:
        UsageError: No ``=``, or a left side twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals or not left or not right or left in found:
            raise UsageError(f"option '{option}' is written {example}, each name once", hint=f"{option} {example}")
        found[left] = right
    return found


def _integers(option: str, pairs: list[str], example: str) -> dict[str, int]:
    found = parse_pairs(option, pairs, example)
    if not all(_INTEGER.fullmatch(text) for text in found.values()):
        raise UsageError(f"option '{option}' is written {example}", hint=f"{option} {example}")
    return {name: int(text) for name, text in found.items()}


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError("option '--last-day' is a day, YYYY-MM-DD", hint="--last-day 2026-11-20") from None


def _split(text: str) -> Split:
    match = _SPLIT.fullmatch(text)
    if match is None:
        raise UsageError("option '--split' is written SYMBOL:DAY:NEW:OLD", hint="--split ABC:2026-11-02:10:1")
    return Split(match[1], _day(match[2]), int(match[3]), int(match[4] or 1))


def _kinds(names: list[str]) -> frozenset[FindingKind]:
    try:
        return frozenset(FindingKind(name.upper()) for name in names)
    except ValueError:
        known = ", ".join(kind.value for kind in FindingKind)
        raise UsageError(f"option '--allow' is one of {known}") from None


def _thresholds(pairs: list[str]) -> Thresholds:
    found, known = _integers("--threshold", pairs, "sigmas=12"), {entry.name for entry in fields(Thresholds)}
    if found.keys() - known:
        raise UsageError(f"option '--threshold' is of {', '.join(sorted(known))}", hint="--threshold sigmas=12")
    return Thresholds(**found)


def parse_rules(typed: Mapping[str, Any]) -> BuildOptions:
    """Read the flags that say how prices are read and judged.

    Raises:
        UsageError: A flag is not written as it should be.
        InputError: It is, and out of range.
    """
    if typed["stamp"] not in tuple(Stamp):
        raise UsageError("option '--stamp' is close or open")
    if typed["fill"] not in (None, "previous"):
        raise UsageError("option '--fill' is previous")
    return BuildOptions(
        last_day=_day(typed["last_day"]) if typed["last_day"] else None,
        stamp=Stamp(typed["stamp"]),
        fill_previous=typed["fill"] is not None,
        max_fill_days=typed["max_fill"],
        allow=_kinds(typed["allow"]),
        splits=tuple(_split(text) for text in typed["split"]),
        shifts=_integers("--shift", typed["shift"], "SOL=-1"),
        proxies=parse_pairs("--proxy", typed["proxy"], "USDC=USD"),
        stress_proxies=parse_pairs("--stress-proxy", typed["stress_proxy"], "SOL=ETH"),
        synthetic=typed["synthetic"],
        thresholds=_thresholds(typed["threshold"]),
    )


def is_scenario_file(text: str) -> bool:
    """Whether a scenario argument names a file and not a set."""
    return "/" in text or Path(text).suffix.lower() in (".csv", ".json")


def _scenarios(text: str, universe: Universe) -> str | ScenarioSet:
    return read_scenario_file(Path(text), universe) if is_scenario_file(text) else text


def parse_scenario_request(typed: Mapping[str, Any], universe: Universe) -> ScenarioRequest:
    """Read the flags that say which scenarios a sheet has; files are read.

    Raises:
        UsageError: A flag is not written as it should be.
        InputError: A file is malformed.
    """
    return ScenarioRequest(
        window=_scenarios(typed["scenarios"], universe),
        stresses=tuple(_scenarios(text, universe) for text in typed["stress"]),
        replace_stresses=typed["replace_stresses"],
        lead=typed["lead"],
        spreads=parse_pairs("--spread", typed["spread"], "WSTETH=ETH"),
    )


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
