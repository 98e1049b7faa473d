"""Drawdown of a series of equities: the largest fall from a running maximum that includes the start. Report-only.

Exact fractions. The proved drawdown is about the equities that a contract stored; this is about any series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.metrics import Ratio

__all__ = ["Drawdown", "drawdown"]


@dataclass(frozen=True, slots=True, repr=False)
class Drawdown:
    """Falls of an equity series. Report-only; private.

    Attributes:
        underwater: (M_t - E_t) / M_t of each day, M_t the running maximum.
        largest: The worst of them.
        peak: Index of the maximum that the worst fall started from, the last day at that height.
        trough: Index of the worst fall, the first of equals.
        recovered: First index after the trough at or above the peak; None when it never was.
        worst_day: The largest fall from one day to the next, as a share of the earlier; 0 when it never fell.
    """

    underwater: tuple[Ratio, ...]
    largest: Ratio
    peak: int
    trough: int
    recovered: int | None
    worst_day: Ratio

    def __repr__(self) -> str:
        return f"<Drawdown of {len(self.underwater)} days, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form: basis points, rounded up."""
        return {
            "report_only": True,
            "private": True,
            "days": len(self.underwater),
            "largest_bps": str(self.largest.bps_up()),
            "peak": self.peak,
            "trough": self.trough,
            "recovered": self.recovered,
            "worst_day_bps": str(self.worst_day.bps_up()),
            "underwater_bps": [str(fall.bps_up()) for fall in self.underwater],
        }


def _greater(a: Ratio, b: Ratio) -> bool:
    return a.numerator * b.denominator > b.numerator * a.denominator


def _worst(falls: Sequence[Ratio]) -> int:
    """Index of the largest, the first of equals."""
    worst = 0
    for index, fall in enumerate(falls):
        if _greater(fall, falls[worst]):
            worst = index
    return worst


def drawdown(equities: Sequence[int]) -> Drawdown:
    """Drawdown of equities in order of time, the starting equity first; any integer unit.

    Raises:
        EmptyScenarios: There are none.
        InputError: An equity is not positive: the share of nothing that was lost is no number.
    """
    if not equities:
        raise EmptyScenarios("there are no equities")
    if min(equities) <= 0:
        raise InputError("an equity is not positive", hint="end the series before the day of insolvency")
    maxima = list(accumulate(equities, max))
    underwater = tuple(Ratio(top - equity, top) for top, equity in zip(maxima, equities, strict=True))
    trough = _worst(underwater)
    top = maxima[trough]
    days = [Ratio(max(before - after, 0), before) for before, after in pairwise(equities)] or [Ratio(0, equities[0])]
    return Drawdown(
        underwater=underwater,
        largest=underwater[trough],
        peak=max(index for index in range(trough + 1) if equities[index] == top),
        trough=trough,
        recovered=next((i for i in range(trough + 1, len(equities)) if equities[i] >= top), None),
        worst_day=days[_worst(days)],
    )
