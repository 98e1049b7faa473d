"""What the book of today would have been worth before, and how its value-at-risk forecasts would have done.

Quantities stay as they are today; only prices move. Integers throughout: values in 10^-16 USD, losses in 10^-6 cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.fixedpoint import div_down, div_up
from zkrisk.metrics import Lots, RiskReport, exposures_cents_down, historical_var, scenario_losses
from zkrisk.params import CASH_PRICE, RETURN_SCALE, VALUE_PER_CENT
from zkrisk.sheet import History, Universe, price_lots
from zkrisk.sheet.scenarios import return_row

__all__ = ["Forecasts", "Replay", "in_sample_forecasts", "out_of_sample_forecasts", "replay_history", "replay_window"]

_GUARD_BITS = 64
_VALUE_PER_LOSS = VALUE_PER_CENT // RETURN_SCALE


@dataclass(frozen=True, slots=True, repr=False)
class Replay:
    """Equity of today's quantities at the closes of other days, oldest first. Private.

    Attributes:
        days: ISO days of the closes.
        equities: 10^-16 USD; may be negative where the debts were worth more.
    """

    days: tuple[str, ...]
    equities: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Replay of {len(self.days)} days, private>"


@dataclass(frozen=True, slots=True, repr=False)
class Forecasts:
    """Loss of each day with the value at risk that was forecast for it, 10^-6 cents, oldest first. Private.

    Attributes:
        out_of_sample: No forecast used the loss of its own day, or of a later one.
    """

    confidence_bps: int
    days: tuple[str, ...]
    losses: tuple[int, ...]
    value_at_risk: tuple[int, ...]
    out_of_sample: bool

    def __repr__(self) -> str:
        return f"<Forecasts of {len(self.days)} days, private>"


def _in_time(report: RiskReport) -> list[int]:
    """Rows of the window from the oldest day to the newest."""
    days = report.sheet.window.days
    return sorted(range(len(days)), key=days.__getitem__)


def replay_window(report: RiskReport) -> Replay:
    """Walk back from the sheet's prices through the returns of its window.

    A price before a return r is the price after it over 1 + r, rounded down to 10^-16 USD and 64 bits more. A return
    of -100 % has no price before it: the walk ends there.

    Returns:
        A value at the end of every day of the window that was reached; the newest is the equity of the report.
    """
    sheet, held = report.sheet, report.exposures
    net = [long - short for long, short in zip(held.long, held.short, strict=True)]
    prices = [price << _GUARD_BITS for price in sheet.prices]
    days, equities = [], []
    for row in reversed(_in_time(report)):
        days.append(sheet.window.days[row])
        equities.append(sum(map(mul, net, prices)) >> _GUARD_BITS)
        moves = sheet.window.returns[row]
        if any(move <= -RETURN_SCALE and lots for move, lots in zip(moves, net, strict=True)):
            break
        prices = [
            div_down(price * RETURN_SCALE, max(1, RETURN_SCALE + move))
            for price, move in zip(prices, moves, strict=True)
        ]
    return Replay(tuple(reversed(days)), tuple(reversed(equities)))


def in_sample_forecasts(report: RiskReport, confidence_bps: int) -> Forecasts:
    """The value at risk of today against the losses of the window that it was read from.

    As many days exceed it as the order statistic lets: this shows when they were, and says nothing about forecasting.
    """
    rows = _in_time(report)
    level = historical_var(report.losses, confidence_bps)
    return Forecasts(
        confidence_bps,
        tuple(report.sheet.window.days[row] for row in rows),
        tuple(report.losses[row] for row in rows),
        (level,) * len(rows),
        out_of_sample=False,
    )


def _prices(universe: Universe, closes: Sequence[int]) -> list[int]:
    used = [price_lots(universe, slot, closes[slot]) for slot in range(1, len(universe.instruments))]
    return [CASH_PRICE, *used, *(0,) * (universe.size - 1 - len(used))]


def _check(book: Lots, universe: Universe, history: History) -> None:
    if history.universe_id != universe.id or len(book.long) != universe.size:
        raise InputError(f"the history is of universe {history.universe_id}, not {universe.id}")


def replay_history(book: Lots, universe: Universe, history: History) -> Replay:
    """Value the book at every close of a history.

    Raises:
        InputError: The history is of another universe.
        BadPrice: A close does not fit.
    """
    _check(book, universe, history)
    net = [long - short for long, short in zip(book.long, book.short, strict=True)]
    equities = [sum(map(mul, net, _prices(universe, closes))) for closes in history.closes]
    return Replay(tuple(day.isoformat() for day in history.days), tuple(equities))


def out_of_sample_forecasts(book: Lots, universe: Universe, history: History, confidence_bps: int) -> Forecasts:
    """A one-day value at risk each day from the S returns before it, and the loss that came.

    The loss of a day is what the value fell from one close to the next, rounded up to 10^-6 cents.

    Raises:
        EmptyScenarios: Fewer than S + 2 closes.
        InputError, BadPrice: See `replay_history`.
    """
    replay, count = replay_history(book, universe, history), universe.tier.scenarios
    if len(history.closes) < count + 2:
        raise EmptyScenarios(f"{len(history.closes)} closes: a backtest on {count} scenarios needs {count + 2}")
    net = [long - short for long, short in zip(book.long, book.short, strict=True)]
    returns = [return_row(*history.closes[day - 1 : day + 1], universe.size) for day in range(1, len(history.closes))]
    losses, forecasts = [], []
    for day in range(count + 1, len(history.closes)):
        values = list(map(mul, net, _prices(universe, history.closes[day - 1])))
        known = scenario_losses(exposures_cents_down(values), returns[day - 1 - count : day - 1])
        forecasts.append(historical_var(known, confidence_bps))
        losses.append(div_up(replay.equities[day - 1] - replay.equities[day], _VALUE_PER_LOSS))
    return Forecasts(confidence_bps, replay.days[count + 1 :], tuple(losses), tuple(forecasts), out_of_sample=True)
