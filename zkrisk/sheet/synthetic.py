"""Made-up price histories: seeded, correlated, fat-tailed, and marked synthetic.

Daily moves are a multivariate Student t with a market and a sector factor and volatility that clusters. Every move is
rounded to an integer number of 10^-6 before it touches a price, so that the closes do not depend on the last bit of a
platform's floating point.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zkrisk.book.files import parse_json, read_text
from zkrisk.errors import InputError
from zkrisk.fixedpoint import div_down, parse_decimal, scale_down
from zkrisk.params import RETURN_SCALE
from zkrisk.sheet.prices import History, price_lots
from zkrisk.sheet.universe import Instrument, Universe

__all__ = ["synthetic_history"]

_PROFILES: Final = Path(__file__).parent / "synthetic_profiles.json"
_DEGREES_OF_FREEDOM: Final = 5
_WORST_MOVE_E6: Final = -700_000
_BEST_MOVE_E6: Final = 1_500_000
_Floats = NDArray[np.float64]


@cache
def _profiles() -> dict[str, Any]:
    document: dict[str, Any] = parse_json(read_text(_PROFILES), _PROFILES.name)
    return document


def _profile(symbol: str) -> dict[str, str]:
    profiles = _profiles()
    chosen: dict[str, str] = profiles["instruments"].get(symbol, profiles["default"])
    return chosen


def _cluster(rng: np.random.Generator, days: int) -> _Floats:
    """Volatility multiplier of each day: a slow log-normal swing around one."""
    level, path = 0.0, np.empty(days)
    for day, shock in enumerate(rng.standard_normal(days)):
        level = 0.95 * level + 0.1 * shock
        path[day] = np.exp(level - 0.05)
    return path


def _moves_e6(universe: Universe, rng: np.random.Generator, days: int) -> NDArray[np.int64]:
    """Daily moves of all instruments in use, days x instruments, 10^-6, rounded to nearest."""
    count = len(universe.instruments)
    tail = np.sqrt((_DEGREES_OF_FREEDOM - 2) / rng.chisquare(_DEGREES_OF_FREEDOM, days))
    scale = (tail * _cluster(rng, days))[:, None]
    market = rng.standard_normal((days, 1))
    sectors = rng.standard_normal((days, len(universe.sectors) + 1))
    own = rng.standard_normal((days, count))
    moves = np.zeros((days, count))
    for entry in universe.instruments[1:]:
        profile = _profile(entry.symbol)
        load_market, load_sector = (float(x) for x in _profiles()["loadings"].get(entry.sector, ("0.6", "0.3")))
        rest = np.sqrt(max(0.0, 1 - load_market**2 - load_sector**2))
        sector = universe.sectors.index(entry.sector) if entry.sector else -1
        mix = load_market * market[:, 0] + load_sector * sectors[:, sector] + rest * own[:, entry.slot]
        volatility = profile.get("daily_volatility", profile.get("basis_volatility", "0"))
        moves[:, entry.slot] = (
            float(volatility) * scale[:, 0] * (own[:, entry.slot] if "underlying" in profile else mix)
        )
    return np.clip(np.rint(np.expm1(moves) * RETURN_SCALE), _WORST_MOVE_E6, _BEST_MOVE_E6).astype(np.int64)


def _answer_of(text: str, entry: Instrument) -> int:
    return max(1, scale_down(parse_decimal(text), entry.feed_decimals))


def _own_path(entry: Instrument, moves_e6: list[int]) -> list[int]:
    """Closes that start at the profile's price and follow the moves, rounded down to feed units, at least one."""
    closes = [_answer_of(_profile(entry.symbol)["price"], entry)]
    for move in moves_e6:
        closes.append(max(1, div_down(closes[-1] * (RETURN_SCALE + move), RETURN_SCALE)))
    return closes


def _paths(universe: Universe, moves: NDArray[np.int64]) -> list[list[int]]:
    """Closes by slot; an instrument with an underlying in the universe is its price times a ratio and a noisy basis."""
    rows = {e.slot: [int(m) for m in moves[:, e.slot]] for e in universe.instruments}
    days = len(moves) + 1
    paths = [[10 ** universe.instruments[0].feed_decimals] * days]
    paths += [[] for _ in universe.instruments[1:]]
    derived = [e for e in universe.instruments[1:] if _profile(e.symbol).get("underlying") in universe.symbols]
    for entry in universe.instruments[1:]:
        if entry not in derived:
            profile = _profile(entry.symbol)
            start = entry if "price" in profile else entry.model_copy(update={"symbol": profile["underlying"]})
            paths[entry.slot] = _own_path(start, rows[entry.slot])
    for entry in derived:
        profile = _profile(entry.symbol)
        base = universe.instruments[universe.slot_of(profile["underlying"])]
        ratio = scale_down(parse_decimal(profile["ratio"]), 6) * 10**entry.feed_decimals
        unit = 10 ** (6 + base.feed_decimals) * RETURN_SCALE
        basis = [0, *rows[entry.slot]]
        underlying = paths[base.slot]
        paths[entry.slot] = [
            max(1, div_down(price * ratio * (RETURN_SCALE + noise), unit))
            for price, noise in zip(underlying, basis, strict=True)
        ]
    return paths


def _last_days(universe: Universe, count: int, last: date) -> list[date]:
    days: list[date] = []
    day = last
    while len(days) < count:
        if universe.is_calendar_day(day):
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def synthetic_history(universe: Universe, *, seed: int, last_day: date, days: int | None = None) -> History:
    """Generate a history.

    Args:
        universe: Instruments; those without a profile get a plain one.
        seed: Of the generator, at least 0; the same seed gives the same closes.
        last_day: Newest day; earlier calendar days lead up to it.
        days: Closes; default S + 1, what a full window needs.

    Raises:
        InputError: A negative seed, or fewer than two days.
    """
    count = universe.tier.scenarios + 1 if days is None else days
    if seed < 0 or count < 2:
        raise InputError("a synthetic history needs a seed of at least 0 and at least two days")
    rng = np.random.Generator(np.random.PCG64(seed))
    paths = _paths(universe, _moves_e6(universe, rng, count - 1))
    for entry in universe.instruments[1:]:
        price_lots(universe, entry.slot, max(paths[entry.slot]))
    return History(
        universe_id=universe.id,
        days=tuple(_last_days(universe, count, last_day)),
        closes=tuple(zip(*paths, strict=True)),
        synthetic=True,
        seed=seed,
    )
