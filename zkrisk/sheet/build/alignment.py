"""Dates that do not fit together: an instrument whose days are one earlier or later than the others'.

Each instrument's returns are compared with the mean of the others', each in units of its own robust sigma and cut at
five of them, at lags of -1, 0 and +1 days. Coins move together on a day and hardly from one day to the next, so a
series whose best fit is a day away is dated by another rule (the open of a day against its close) or was shifted. Two
instruments can only say that they do not fit, not which of them is wrong: both are named. Correlations are integers in
basis points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isqrt
from typing import Final

from zkrisk.fixedpoint import div_down
from zkrisk.params import BPS, RETURN_SCALE
from zkrisk.sheet.build.checks import Move, robust_sigma_e6
from zkrisk.sheet.build.findings import Finding, FindingKind, Severity

__all__ = ["LEAST_DAYS", "check_alignment", "correlation_bps"]

LEAST_DAYS: Final = 60
"""Fewer common returns say nothing: their correlation is uncertain by more than an eighth."""
_CUT_SIGMAS: Final = 5
_LEAST_BPS: Final = 4_000
_LEAST_GAIN_BPS: Final = 3_000
_Scores = Mapping[date, int]


def correlation_bps(left: Sequence[int], right: Sequence[int]) -> int:
    """Correlation of two equally long series in basis points, toward zero; 0 when one of them does not move."""
    count = len(left)
    sum_left, sum_right = sum(left), sum(right)
    covariance = count * sum(a * b for a, b in zip(left, right, strict=True)) - sum_left * sum_right
    spread_left = count * sum(a * a for a in left) - sum_left**2
    spread_right = count * sum(b * b for b in right) - sum_right**2
    if spread_left <= 0 or spread_right <= 0:
        return 0
    size = isqrt(div_down(covariance**2 * BPS**2, spread_left * spread_right))
    return size if covariance >= 0 else -size


def _scores(moves: Sequence[Move]) -> _Scores:
    """Returns in millionths of a robust sigma, cut."""
    middle, sigma = robust_sigma_e6([move.return_e6 for move in moves])
    limit = _CUT_SIGMAS * RETURN_SCALE
    return {m.day: max(-limit, min(limit, div_down((m.return_e6 - middle) * RETURN_SCALE, sigma))) for m in moves}


def _mean_of_others(own: _Scores, totals: Mapping[date, tuple[int, int]]) -> _Scores:
    """Mean score of the others on each day, of the days' sums and counts of all."""
    means = {}
    for day, (total, count) in totals.items():
        others = count - (day in own)
        if others:
            means[day] = div_down(total - own.get(day, 0), others)
    return means


def _totals(scores: Mapping[str, _Scores]) -> dict[date, tuple[int, int]]:
    found: dict[date, tuple[int, int]] = {}
    for by_day in scores.values():
        for day, score in by_day.items():
            total, count = found.get(day, (0, 0))
            found[day] = (total + score, count + 1)
    return found


def _at_lag(own: _Scores, others: _Scores, days: Sequence[date], lag: int) -> int:
    """Correlation of a day's score with the others' of so many calendar days before."""
    pairs = [
        (own[day], others[days[place - lag]])
        for place, day in enumerate(days)
        if 0 <= place - lag < len(days) and day in own and days[place - lag] in others
    ]
    if len(pairs) < LEAST_DAYS:
        return 0
    return correlation_bps([a for a, _ in pairs], [b for _, b in pairs])


def check_alignment(moves: Mapping[str, Sequence[Move]], days: Sequence[date]) -> list[Finding]:
    """Compare the days of all instruments.

    Args:
        moves: By symbol.
        days: The calendar days that they lie on, rising.

    Returns:
        An error for each instrument that fits a day away: correlation at least 0.4 there, and 0.3 more than on its
        own days; one that says so when there are too few returns, or only one instrument, to compare.
    """
    scores = {symbol: _scores(steps) for symbol, steps in moves.items()}
    common = min((len(by_day) for by_day in scores.values()), default=0)
    if len(scores) < 2 or common < LEAST_DAYS:
        reason = "one instrument alone" if len(scores) < 2 else f"{common} returns, fewer than {LEAST_DAYS}"
        names = ", ".join(scores) or "none"
        return [Finding(FindingKind.UNCHECKED, Severity.INFO, names, 1, (), f"dates were not compared: {reason}")]
    found, totals = [], _totals(scores)
    for symbol, own in scores.items():
        others = _mean_of_others(own, totals)
        now, early, late = (_at_lag(own, others, days, lag) for lag in (0, -1, 1))
        best = max(early, late)
        if best >= _LEAST_BPS and best - now >= _LEAST_GAIN_BPS:
            what, repair = ("late", -1) if late >= early else ("early", 1)
            text = f"the dates are a day {what}: correlation {best} bps with the others there, {now} bps as dated"
            text += f"; --shift {symbol}={repair}"
            found.append(Finding(FindingKind.MISALIGNED, Severity.ERROR, symbol, 1, (), text))
    return found
