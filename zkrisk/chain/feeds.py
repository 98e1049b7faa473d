"""Price feeds: finding the round that closes a day, and writing mock feeds on development chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.rpc import Rpc
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.errors import BadPrice, ContractRefused
from zkrisk.sheet import History, Universe

__all__ = ["PHASE_BITS", "close_round", "close_rounds", "last_answers", "push_history", "push_prices", "unix_day"]

PHASE_BITS: Final = 64
_DAY: Final = 86_400
_CLOSE_SECONDS: Final = 60
"""Mock closes are published this long before midnight."""


def _round(rpc: Rpc, feed: Any, round_id: int) -> int:
    """Return the time of a round, 0 when there is none."""
    try:
        return int(rpc.call(feed.functions.getRoundData(round_id))[3])
    except ContractRefused:
        return 0


def close_round(rpc: Rpc, feed_address: str, midnight: int) -> int:
    """Return the id of a feed's last round before a midnight.

    Raises:
        BadPrice: The feed has none in its newest phases.
    """
    feed = rpc.contract("MockFeed", feed_address)
    latest = int(rpc.call(feed.functions.latestRoundData())[0])
    phase, low = latest >> PHASE_BITS, 1
    high = latest & (1 << PHASE_BITS) - 1
    while phase > 0:
        first = (phase << PHASE_BITS) + 1
        started = _round(rpc, feed, first)
        if started and started < midnight:
            break
        phase -= 1
        high = _last_of_phase(rpc, feed, phase)
    if phase == 0:
        raise BadPrice(f"feed {feed_address} has no round before {midnight}")
    while low < high:
        middle = (low + high + 1) // 2
        time = _round(rpc, feed, (phase << PHASE_BITS) | middle)
        low, high = (middle, high) if 0 < time < midnight else (low, middle - 1)
    return (phase << PHASE_BITS) | low


def _last_of_phase(rpc: Rpc, feed: Any, phase: int) -> int:
    low, high = 0, 1
    while _round(rpc, feed, (phase << PHASE_BITS) | high):
        low, high = high, 2 * high
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if _round(rpc, feed, (phase << PHASE_BITS) | middle) else (low, middle)
    return max(low, 1)


def close_rounds(rpc: Rpc, file: DeploymentFile, day: int) -> list[int]:
    """Return the closing round of every slot after cash for a day, 0 for an unused slot."""
    midnight = (day + 1) * _DAY
    symbols = file.universe.symbols[1:]
    found = [close_round(rpc, file.feeds[symbol], midnight) for symbol in symbols]
    return found + [0] * (file.universe.size - 1 - len(found))


def push_history(sender: Transactor, file: DeploymentFile, history: History) -> list[list[int]]:
    """Write a history into mock feeds, a round a day just before midnight. Development chains only.

    Returns:
        For each day the rounds as recordClose takes them.
    """
    universe = file.universe
    times = [(unix_day(day) + 1) * _DAY - _CLOSE_SECONDS for day in history.days]
    calls = []
    for entry in universe.instruments[1:]:
        rounds = [(row[entry.slot], time) for row, time in zip(history.closes, times, strict=True)]
        calls.append(sender.rpc.contract("MockFeed", file.feeds[entry.symbol]).functions.push(rounds))
    sender.send_many(calls, gas=25_000_000)
    used = len(universe.instruments) - 1
    return [[(1 << PHASE_BITS) | i + 1] * used + [0] * (universe.size - 1 - used) for i in range(len(history.days))]


def unix_day(day: date) -> int:
    """Unix day number of a date."""
    return (day - date(1970, 1, 1)).days


def push_prices(sender: Transactor, file: DeploymentFile, answers: Mapping[str, int], timestamp: int) -> list[Outcome]:
    """Publish one round in each named mock feed. Development chains only.

    Args:
        answers: Symbol → integer answer in the feed's decimals.
    """
    calls = [
        sender.rpc.contract("MockFeed", file.feeds[symbol]).functions.push([(answer, timestamp)])
        for symbol, answer in answers.items()
    ]
    return sender.send_many(calls, gas=200_000)


def last_answers(universe: Universe, closes: Sequence[int]) -> dict[str, int]:
    """Return symbol → answer of one row of a history."""
    return {entry.symbol: closes[entry.slot] for entry in universe.instruments[1:]}
