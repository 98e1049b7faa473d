"""Made-up closes of a small universe, with one thing wrong where a test wants it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from zkrisk.sheet import Source, load_universe
from zkrisk.sheet.build import BuildOptions, Finding, FindingKind, Observation, Observed, inspect_prices

UNIVERSE = load_universe("micro-8")
LAST_DAY = date(2026, 11, 20)
NOW_UNIX = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp())
COINS = ("ETH", "BTC", "SOL")
PROXIES = {"USDC": "USD", "ETH-PERP": "ETH"}
OPTIONS = BuildOptions(proxies=PROXIES)
Entries = list[Observation]


def closes(count: int = 130, *, seed: int = 3) -> dict[str, Entries]:
    """Closes of three coins that mostly move together, a few per cent a day, cents exact."""
    made = random.Random(seed)  # noqa: S311  (prices of a test)
    level = {"ETH": 300_000, "BTC": 8_000_000, "SOL": 20_000}
    result: dict[str, Entries] = {coin: [] for coin in level}
    for place in range(count):
        day, common = LAST_DAY - timedelta(days=count - 1 - place), made.gauss(0, 250)
        for coin, cents in level.items():
            level[coin] = cents + cents * round(common + made.gauss(0, 90)) // 10_000
            result[coin].append(Observation(place + 2, day, Decimal(level[coin]).scaleb(-2)))
    return result


def observed(entries: dict[str, Entries]) -> dict[str, Observed]:
    """Rows with a source each."""
    return {
        coin: Observed(coin, Source(f"{coin}.csv", "sha256:" + "0" * 64, (coin,)), tuple(rows))
        for coin, rows in entries.items()
    }


def edited(coin: str, change: Callable[[Entries], Entries], *, count: int = 130) -> dict[str, Observed]:
    """A market in which one coin's rows were changed."""
    entries = closes(count)
    entries[coin] = change(entries[coin])
    return observed(entries)


def priced(entry: Observation, factor: str) -> Observation:
    """The same row, with its price times a factor."""
    assert entry.price is not None
    return Observation(entry.row, entry.day, entry.price * Decimal(factor))


def found(market: dict[str, Observed], options: BuildOptions = OPTIONS) -> tuple[Finding, ...]:
    """What an inspection finds, without what was rounded."""
    report = inspect_prices(UNIVERSE, market, options, now_unix=NOW_UNIX).report
    return tuple(finding for finding in report.findings if finding.kind is not FindingKind.ROUNDED)
