"""The three distributions that the report needs, without scipy."""

from __future__ import annotations

from math import comb, erfc, exp, sqrt
from statistics import NormalDist

from zkrisk.errors import BadLimit, InputError
from zkrisk.params import BPS

__all__ = ["binomial_cumulative", "chi_square_tail", "normal_quantile"]


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Probability that a chi-square variable exceeds the statistic (from 0 on); 1 or 2 degrees of freedom.

    Closed forms: erfc(sqrt(x / 2)) and exp(-x / 2).

    Raises:
        InputError: Negative or not a number, or other degrees of freedom.
    """
    if not statistic >= 0:
        raise InputError("a chi-square statistic is negative or not a number")
    if degrees == 1:
        return erfc(sqrt(statistic / 2))
    if degrees == 2:
        return exp(-statistic / 2)
    raise InputError("only 1 or 2 degrees of freedom are offered")


def binomial_cumulative(successes: int, trials: int, probability_bps: int) -> float:
    """Probability of at most so many successes in so many independent trials, summed in integers, then rounded once.

    Args:
        successes: 0 or more.
        trials: 1 or more.
        probability_bps: Of one success, 0 to 10_000.
    """
    if successes < 0 or trials < 1 or not 0 <= probability_bps <= BPS:
        raise InputError("successes, trials or the probability are out of range")
    other = BPS - probability_bps
    counts = range(min(successes, trials) + 1)
    return sum(comb(trials, k) * probability_bps**k * other ** (trials - k) for k in counts) / BPS**trials


def normal_quantile(confidence_bps: int) -> float:
    """z of a confidence level in bps: 1.644854, 1.959964, 2.326348 at 95, 97.5, 99 %.

    Raises:
        BadLimit: The level is not between 0 and 1.

    Source: Wichura 1988, algorithm AS 241, as in the standard library.
    """
    if not 0 < confidence_bps < BPS:
        raise BadLimit("a confidence level is not between 0 and 1", hint="write 0.975 for 97.5 %")
    return NormalDist().inv_cdf(confidence_bps / BPS)
