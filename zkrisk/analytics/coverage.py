"""Coverage tests of value-at-risk forecasts: are exceptions rare enough, and do they cluster? Report-only."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from zkrisk.analytics.distributions import chi_square_tail
from zkrisk.analytics.text import decimal_text
from zkrisk.errors import BadLimit, EmptyScenarios, InputError
from zkrisk.params import BPS

__all__ = ["LikelihoodRatio", "Transitions", "christoffersen", "kupiec_pof"]


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A statistic with its chi-square p-value: a small p-value speaks against the forecasts."""

    statistic: float
    degrees: int

    @property
    def p_value(self) -> float:
        """Probability of a statistic at least as large when the forecasts are right."""
        return chi_square_tail(self.statistic, self.degrees)

    def to_dict(self) -> dict[str, Any]:
        """JSON form, decimal text."""
        return {
            "statistic": decimal_text(self.statistic),
            "degrees": self.degrees,
            "p_value": decimal_text(self.p_value),
        }


@dataclass(frozen=True, slots=True)
class Transitions:
    """Pairs of neighbouring days: nab counts a (1: exception) followed by b."""

    n00: int
    n01: int
    n10: int
    n11: int

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"n00": self.n00, "n01": self.n01, "n10": self.n10, "n11": self.n11}


def _weighted_log(count: int, numerator: int, denominator: int) -> float:
    """count * ln(numerator / denominator), with 0 * ln 0 = 0; the quotient of integers is rounded once."""
    return count * log(numerator / denominator) if count else 0.0


def kupiec_pof(observations: int, exceptions: int, confidence_bps: int) -> LikelihoodRatio:
    """Proportion-of-failures test: is the rate of exceptions 1 - c?

    LR = 2 (x ln((x/n) / p) + (n - x) ln((1 - x/n) / (1 - p))), p = 1 - c; at x = 0 and x = n one term vanishes.

    Raises:
        EmptyScenarios: No observations.
        InputError: More exceptions than observations, or fewer than none.
        BadLimit: The level is not between 0 and 1.

    Source: Kupiec 1995, Journal of Derivatives 3(2).
    """
    if observations < 1:
        raise EmptyScenarios("there are no days to compare")
    if not 0 <= exceptions <= observations:
        raise InputError("the exceptions are negative or more than the days")
    if not 0 < confidence_bps < BPS:
        raise BadLimit("a confidence level is not between 0 and 1", hint="write 0.975 for 97.5 %")
    kept = observations - exceptions
    failed = _weighted_log(exceptions, exceptions * BPS, observations * (BPS - confidence_bps))
    return LikelihoodRatio(max(0.0, 2 * (failed + _weighted_log(kept, kept * BPS, observations * confidence_bps))), 1)


def christoffersen(transitions: Transitions) -> LikelihoodRatio:
    """Independence test: is an exception as likely after an exception as after a quiet day?

    The rates are those of the n - 1 pairs; 0 ln 0 = 0, so a state that never occurs adds nothing.

    Raises:
        EmptyScenarios: There is no pair of days.

    Source: Christoffersen 1998, International Economic Review 39(4), section 4.
    """
    t = transitions
    quiet, failed = t.n00 + t.n01, t.n10 + t.n11
    pairs, calm, hits = quiet + failed, t.n00 + t.n10, t.n01 + t.n11
    if pairs < 1:
        raise EmptyScenarios("there is no pair of days")
    dependent = (
        _weighted_log(t.n00, t.n00 * pairs, quiet * calm)
        + _weighted_log(t.n01, t.n01 * pairs, quiet * hits)
        + _weighted_log(t.n10, t.n10 * pairs, failed * calm)
        + _weighted_log(t.n11, t.n11 * pairs, failed * hits)
    )
    return LikelihoodRatio(max(0.0, 2 * dependent), 1)
