"""What keeps a deployment alive: snapshots, closes and rolls. Anyone may run these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from zkrisk.chain.client import ChainClient
from zkrisk.chain.feeds import close_rounds
from zkrisk.chain.transact import Outcome, Transactor
from zkrisk.errors import KeyMismatch
from zkrisk.params import CircuitKind
from zkrisk.proof.keys import CircuitKey

__all__ = ["record_closes", "roll_window", "take_snapshot"]

Progress = Callable[[str, int, int], None]
_DAY: Final = 86_400
_CHUNK: Final = 32


def take_snapshot(sender: Transactor, chain: ChainClient) -> tuple[int, Outcome]:
    """Take the snapshot of the running epoch; return its number."""
    outcome = sender.send(chain.prices.functions.snapshot())
    return int(outcome.event("Snapshot").args["epoch"]), outcome


def record_closes(
    sender: Transactor,
    chain: ChainClient,
    *,
    rounds: Sequence[Sequence[int]] | None = None,
    on_progress: Progress | None = None,
) -> int:
    """Record the closes of all days that are over and not recorded yet, in order.

    Args:
        rounds: Closing rounds of those days when they are known; searched in the feeds otherwise.

    Returns:
        Number of days recorded.
    """
    _, _, day = chain.read(chain.prices.functions.closeState())
    now = sender.rpc.block_time()
    days: list[int] = []
    while (day + 1) * _DAY <= now:
        days.append(day)
        day = _next_calendar_day(chain, day)
    if rounds is not None:
        days = days[: len(rounds)]
    for start in range(0, len(days), _CHUNK):
        chunk = days[start : start + _CHUNK]
        calls = [
            chain.prices.functions.recordClose(
                number, list(rounds[start + i]) if rounds is not None else close_rounds(sender.rpc, chain.file, number)
            )
            for i, number in enumerate(chunk)
        ]
        sender.send_many(calls, gas=4_000_000)
        if on_progress is not None:
            on_progress("closes", start + len(chunk), len(days))
    return len(days)


def _next_calendar_day(chain: ChainClient, day: int) -> int:
    day += 1
    while (day + 3) % 7 + 1 not in chain.universe.calendar:
        day += 1
    return day


def roll_window(
    sender: Transactor, chain: ChainClient, key: CircuitKey, on_progress: Progress | None = None
) -> list[Outcome]:
    """Roll every recorded return that the window of the current compliance key lacks, in order.

    Raises:
        KeyMismatch: The key is not the registered one.
    """
    views = chain.prices.functions
    version, key_id, _ = chain.read(chain.registry.functions.currentKey(int(CircuitKind.COMPLIANCE)))
    if bytes(key_id) != key.key_id:
        raise KeyMismatch("the compliance key here is not the registered one", hint="check build/circuits")
    count = chain.read(views.closeState())[0]
    ordinal, _ = chain.read(views.nextRow(version))
    outcomes: list[Outcome] = []
    total = count - ordinal
    scenarios = key.tier.scenarios
    while ordinal < count:
        numbers = range(ordinal, min(ordinal + _CHUNK, count))
        calls = []
        for number in numbers:
            row = key.parameter_rows + number % scenarios
            calls.append(views.roll(version, key.rows[row], list(key.merkle_proof(1 + row))))
        outcomes += sender.send_many(calls)
        ordinal = numbers[-1] + 1
        if on_progress is not None:
            on_progress("window", len(outcomes), total)
    return outcomes
