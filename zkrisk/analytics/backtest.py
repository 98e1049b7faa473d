"""Backtest of value-at-risk forecasts: how often the loss of a day passed what was forecast for it. Report-only.

An exception is a day whose loss is strictly above the forecast. Losses and forecasts are integers of one unit, so
which days are exceptions is exact; only the test statistics are floats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from zkrisk.analytics.coverage import LikelihoodRatio, Transitions, christoffersen, kupiec_pof
from zkrisk.analytics.distributions import binomial_cumulative
from zkrisk.analytics.text import decimal_text
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.metrics import historical_var, scenario_losses
from zkrisk.params import BPS

__all__ = [
    "FRTB_MULTIPLIERS",
    "Backtest",
    "BaselZone",
    "Zone",
    "backtest",
    "backtest_dated",
    "basel_zone",
    "rolling_forecasts",
    "traffic_light",
]

BASEL_DAYS: Final = 250
BASEL_CONFIDENCE_BPS: Final = 9_900
_YELLOW_FROM, _RED_FROM = 0.95, 0.9999
FRTB_MULTIPLIERS: Final = ("1.50", "1.50", "1.50", "1.50", "1.50", "1.70", "1.76", "1.83", "1.88", "1.92", "2.00")
"""Capital multiplier by number of exceptions, the last for all above. Source: Basel framework, MAR32."""


class Zone(StrEnum):
    """Traffic light of the Basel framework."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class BaselZone:
    """Zone of the last 250 days at 99 %.

    Attributes:
        exceptions: In these 250 days.
        multiplier: Of FRTB_MULTIPLIERS, decimal text.
        cumulative: Probability of at most so many exceptions when the forecasts are right.
    """

    exceptions: int
    zone: Zone
    multiplier: str
    cumulative: float

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "days": BASEL_DAYS,
            "confidence_bps": BASEL_CONFIDENCE_BPS,
            "exceptions": self.exceptions,
            "zone": str(self.zone),
            "multiplier": self.multiplier,
            "cumulative_probability": decimal_text(self.cumulative),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Backtest:
    """Outcome of comparing daily losses with their forecasts. Report-only; private, as it tells about the book.

    Attributes:
        confidence_bps: Level of the forecasts.
        observations: Days compared, n.
        exceptions: Indexes of the days whose loss is above the forecast, rising.
        kupiec: Proportion of failures, 1 degree of freedom.
        transitions: Pairs of neighbouring days.
        independence: Christoffersen, 1 degree; None with a single day.
        conditional_coverage: Sum of both, 2 degrees; None with a single day.
        basel: None with fewer than 250 days or another level than 99 %: the table is made for these alone.
        days: ISO day of each observation; empty when the days were not given.
    """

    confidence_bps: int
    observations: int
    exceptions: tuple[int, ...]
    kupiec: LikelihoodRatio
    transitions: Transitions
    independence: LikelihoodRatio | None
    conditional_coverage: LikelihoodRatio | None
    basel: BaselZone | None
    days: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Backtest {self.observations} days at {self.confidence_bps} bps, private>"

    @property
    def expected_exceptions(self) -> float:
        """n times the probability of an exception."""
        return self.observations * (BPS - self.confidence_bps) / BPS

    @property
    def light(self) -> Zone:
        """Zone of all days at the level of the forecasts, by `traffic_light`."""
        return traffic_light(self.observations, len(self.exceptions), self.confidence_bps)

    def to_dict(self) -> dict[str, Any]:
        """JSON form: statistics as decimal text."""
        tests = {"independence": self.independence, "conditional_coverage": self.conditional_coverage}
        return {
            "report_only": True,
            "private": True,
            "confidence_bps": self.confidence_bps,
            "observations": self.observations,
            "exceptions_count": len(self.exceptions),
            "expected_exceptions": decimal_text(self.expected_exceptions, 4),
            "exceptions": list(self.exceptions),
            "exception_days": [self.days[index] for index in self.exceptions] if self.days else None,
            "kupiec": self.kupiec.to_dict(),
            **{name: test.to_dict() if test else None for name, test in tests.items()},
            "transitions": self.transitions.to_dict(),
            "light": str(self.light),
            "basel": self.basel.to_dict() if self.basel else None,
        }


def basel_zone(exceptions: int) -> BaselZone:
    """Zone, multiplier and cumulative probability of so many exceptions in 250 days at 99 %.

    Raises:
        InputError: Not 0 to 250.

    Source: Basel framework, MAR32 and MAR99.
    """
    if not 0 <= exceptions <= BASEL_DAYS:
        raise InputError(f"the exceptions are not 0 to {BASEL_DAYS}")
    zone = Zone.GREEN if exceptions < 5 else Zone.YELLOW if exceptions < 10 else Zone.RED
    multiplier = FRTB_MULTIPLIERS[min(exceptions, len(FRTB_MULTIPLIERS) - 1)]
    cumulative = binomial_cumulative(exceptions, BASEL_DAYS, BPS - BASEL_CONFIDENCE_BPS)
    return BaselZone(exceptions, zone, multiplier, cumulative)


def traffic_light(observations: int, exceptions: int, confidence_bps: int) -> Zone:
    """The framework's zones for any number of days and any level, by the probabilities that they were drawn from.

    Yellow begins where so many exceptions or fewer have a probability of 95 % when the forecasts are right, red at
    99.99 %. For 250 days at 99 % it is `basel_zone`.

    Raises:
        InputError: No days, or exceptions below 0.

    Source: Basel framework, MAR99.
    """
    cumulative = binomial_cumulative(exceptions, observations, BPS - confidence_bps)
    return Zone.GREEN if cumulative < _YELLOW_FROM else Zone.YELLOW if cumulative < _RED_FROM else Zone.RED


def _count_transitions(failed: Sequence[bool]) -> Transitions:
    pairs = list(pairwise(failed))
    return Transitions(*(pairs.count((a, b)) for a in (False, True) for b in (False, True)))


def backtest(
    losses: Sequence[int], value_at_risk: Sequence[int], confidence_bps: int, *, days: Sequence[str] = ()
) -> Backtest:
    """Compare daily losses with the value at risk that was forecast for each of these days.

    Args:
        losses: Loss of each day in order of time, positive is bad, any integer unit.
        value_at_risk: For each of these days the forecast known the day before, same unit and length.
        confidence_bps: Level of the forecasts, 1 to 9999.
        days: ISO day of each loss, or nothing.

    Raises:
        EmptyScenarios: No days.
        InputError: The lengths differ.
        BadLimit: The level is not between 0 and 1.
    """
    if len(losses) != len(value_at_risk) or len(days) not in (0, len(losses)):
        raise InputError(f"{len(losses)} losses, {len(value_at_risk)} forecasts and {len(days)} days do not belong")
    failed = [loss > forecast for loss, forecast in zip(losses, value_at_risk, strict=True)]
    exceptions = tuple(index for index, flag in enumerate(failed) if flag)
    kupiec = kupiec_pof(len(failed), len(exceptions), confidence_bps)
    transitions = _count_transitions(failed)
    independence = christoffersen(transitions) if len(failed) > 1 else None
    in_table = confidence_bps == BASEL_CONFIDENCE_BPS and len(failed) >= BASEL_DAYS
    return Backtest(
        confidence_bps=confidence_bps,
        observations=len(failed),
        exceptions=exceptions,
        kupiec=kupiec,
        transitions=transitions,
        independence=independence,
        conditional_coverage=LikelihoodRatio(kupiec.statistic + independence.statistic, 2) if independence else None,
        basel=basel_zone(sum(failed[-BASEL_DAYS:])) if in_table else None,
        days=tuple(days),
    )


def backtest_dated(losses: Mapping[date, int], value_at_risk: Mapping[date, int], confidence_bps: int) -> Backtest:
    """Pair each day's loss with the forecast of the day before, then `backtest`.

    The day before is the newest forecast dated earlier, and no day of losses may lie between: a stale forecast would
    count as a good one. Days of losses before the first forecast are left out; the forecast of a day never meets that
    day's own loss.

    Args:
        losses: Loss of each day, by its date.
        value_at_risk: Forecast made at the end of each day, by that date.
        confidence_bps: Level of the forecasts.

    Raises:
        InputError: A day of losses has no forecast of the day before.
        EmptyScenarios, BadLimit: See `backtest`.
    """
    made, days = sorted(value_at_risk), sorted(losses)
    kept: list[tuple[date, int]] = []
    for index, day in enumerate(days):
        newest = bisect_left(made, day) - 1
        if newest < 0:
            continue
        if index and made[newest] < days[index - 1]:
            raise InputError(f"there is no forecast of the day before {day.isoformat()}")
        kept.append((day, value_at_risk[made[newest]]))
    return backtest(
        [losses[day] for day, _ in kept],
        [forecast for _, forecast in kept],
        confidence_bps,
        days=[day.isoformat() for day, _ in kept],
    )


def rolling_forecasts(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], window: int, confidence_bps: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Losses and forecasts of one book held through a history: each day's VaR is that of the `window` days before it.

    Both are in 10^-6 cents and hold the same rounding slack, so comparing them is exact.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: D x N, 10^-6, oldest first.
        window: S, days that a forecast looks back.
        confidence_bps: 1 to 9999.

    Returns:
        D - S losses and as many forecasts, for `backtest`.

    Raises:
        EmptyScenarios: The window is empty, or not shorter than the history.
        InputError, RangeExceeded, BadLimit: See `zkrisk.metrics`.
    """
    if not 0 < window < len(returns_e6):
        raise EmptyScenarios(f"a history of {len(returns_e6)} days has no day after a window of {window}")
    losses = scenario_losses(exposures_cents, returns_e6)
    starts = range(len(losses) - window)
    forecasts = tuple(historical_var(losses[start : start + window], confidence_bps) for start in starts)
    return losses[window:], forecasts
