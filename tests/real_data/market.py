"""Books and sheets made of observed prices, for tests that want reality. Skips when the shared data is absent.

Sources and licences are in SOURCES.md beside the data; nothing of it is in this repository.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from zkrisk.book import Book, BookVector, Position, quantise
from zkrisk.sheet import Series, Sheet, Universe, history_from_series, load_universe, parse_series, parse_universe

SHARED = Path(__file__).resolve().parents[3] / "shared"
PRICES = SHARED / "data" / "prices"
COINS = ("BTC", "ETH", "LINK", "BNB", "SOL")
LAST_DAY = date(2022, 11, 30)


def shared(path: str) -> Path:
    """A file of the shared data; the test is skipped, saying so, when it is not there."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"real data not available: {path} is not beside the repository")
    return found


def real_universe(coins: tuple[str, ...] = COINS) -> Universe:
    """USD and some coins, with the units and factors of standard-32, on the standard tier."""
    standard = load_universe("standard-32")
    rows = [standard.instruments[0].model_dump(mode="json")]
    for slot, coin in enumerate(coins, start=1):
        entry = standard.instruments[standard.slot_of(coin)].model_dump(mode="json")
        rows.append({**entry, "slot": slot, "sector": "COINS"})
    stresses = [
        {**s.model_dump(mode="json"), "default": "0", "returns": {c: s.returns.get(c, s.default) for c in coins}}
        for s in standard.stresses
    ]
    return parse_universe(
        {
            "id": "real-coins",
            "tier": "standard",
            "calendar": [1, 2, 3, 4, 5, 6, 7],
            "sectors": ["COINS"],
            "instruments": rows,
            "stresses": stresses,
        }
    )


def real_series(coin: str) -> Series:
    """Observed closes of one coin by day, as printed in the file."""
    path = shared(f"data/prices/mim_{coin}-USD.csv")
    return parse_series(path.read_text(encoding="utf-8"), where=path.name)


def real_market(
    usd_each: str = "20000", coins: tuple[str, ...] = COINS, last_day: date = LAST_DAY
) -> tuple[BookVector, Sheet]:
    """A book of equal USD in each coin, and the standard-tier sheet of the 253 closes up to last_day."""
    universe = real_universe(coins)
    series = {coin: real_series(coin) for coin in coins}
    first_day = last_day - timedelta(days=universe.tier.scenarios)
    history = history_from_series(universe, series, first_day=first_day, last_day=last_day)
    sheet = Sheet.from_history(universe, history, epoch=1)
    positions = tuple(
        Position(instrument=coin, long=Decimal(usd_each) / universe.unit_price(slot, sheet.prices[slot]))
        for slot, coin in enumerate(coins, start=1)
    )
    return quantise(Book(name="real", universe=universe.id, positions=positions), universe), sheet
