"""The checks of one instrument's closes; integers throughout, so that a report is the same on every machine.

Prices are compared in 10^-24 USD a unit, finer than any feed; returns are in 10^-6. The robust sigma of an instrument
is 1.4826 times the median distance of its returns from their median, at least 10^-3: a stablecoin's is that floor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median_low
from typing import Final

from zkrisk.errors import InputError
from zkrisk.fixedpoint import div_down, format_scaled_down, scale_down
from zkrisk.params import RETURN_SCALE
from zkrisk.sheet.build.findings import Finding, FindingKind, Severity
from zkrisk.sheet.build.observations import Observed
from zkrisk.sheet.prices import Series

__all__ = [
    "Move",
    "Thresholds",
    "check_moves",
    "check_order",
    "check_prices",
    "check_stale",
    "counted",
    "days_text",
    "moves_of",
    "robust_sigma_e6",
]

_PRICE_DECIMALS: Final = 24
_SIGMA_FLOOR_E6: Final = 1_000
_SHOWN_DAYS: Final = 3
_SPLITS: Final = (*range(2, 11), 12, 15, 16, 20, 25, 30, 40, 50, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When something is a finding.

    Attributes:
        stale_days: So many equal closes in a row are a warning.
        stale_error_days: So many are an error.
        sigmas: A return further than so many robust sigmas from the median is an outlier.
        bound_down_e6: A lower return is an error.
        bound_up_e6: A higher one too.
        spike_e6: An outlier of at least this size that is taken back the next day is an error: a wrong price.
        split_tolerance_e6: How near the ratio of two closes is to n:1 to look like a split.
    """

    stale_days: int = 5
    stale_error_days: int = 10
    sigmas: int = 10
    bound_down_e6: int = -950_000
    bound_up_e6: int = 9_000_000
    spike_e6: int = 200_000
    split_tolerance_e6: int = 30_000

    def __post_init__(self) -> None:
        if not 2 <= self.stale_days <= self.stale_error_days or self.sigmas < 1:
            raise InputError("thresholds: stale days are at least 2 and not above those of an error, sigmas at least 1")


@dataclass(frozen=True, slots=True)
class Move:
    """The step between two closes that follow each other; the day is the later one's."""

    day: date
    before: int
    after: int

    @property
    def return_e6(self) -> int:
        """Toward minus infinity, not clamped."""
        return div_down((self.after - self.before) * RETURN_SCALE, self.before)


def counted(count: int, noun: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def days_text(days: Sequence[date]) -> str:
    """The first few days."""
    shown = ", ".join(day.isoformat() for day in days[:_SHOWN_DAYS])
    return shown + (f" and {len(days) - _SHOWN_DAYS} more" if len(days) > _SHOWN_DAYS else "")


def _finding(
    kind: FindingKind, severity: Severity, symbol: str, days: Sequence[date], text: str, *, count: int | None = None
) -> Finding:
    return Finding(kind, severity, symbol, len(days) if count is None else count, tuple(days), text)


def check_order(observed: Observed) -> list[Finding]:
    """Rows that stand before an older one in the source: sorted, and said."""
    late = [after.day for before, after in pairwise(observed.entries) if after.day < before.day]
    if not late:
        return []
    text = f"{counted(len(late), 'row')} older than the row before; sorted"
    return [_finding(FindingKind.UNSORTED, Severity.WARNING, observed.symbol, sorted(set(late)), text, count=len(late))]


def check_prices(observed: Observed, first: date, last: date, today: date) -> tuple[Series, list[Finding]]:
    """Closes by day up to the last one, and what is wrong with them from the first day on.

    A day that is there twice with one price counts once (a warning); with two prices it is an error. A day that is not
    over on `today` and that `last` does not leave out is an error, and so is a price that is not at least 10^-24 USD.
    """
    series, seen = Series(), Counter[date]()
    torn, bad, early = set[date](), set[date](), set[date]()
    for entry in observed.entries:
        if entry.price is None or entry.day > last:
            continue
        seen[entry.day] += 1
        if entry.day >= today:
            early.add(entry.day)
        elif scale_down(entry.price, _PRICE_DECIMALS) <= 0:
            bad.add(entry.day)
        elif series.setdefault(entry.day, entry.price) != entry.price:
            torn.add(entry.day)
    twice = {day for day, count in seen.items() if count > 1} - torn
    return series, [
        _finding(kind, severity, observed.symbol, used, f"{text}: {days_text(used)}")
        for kind, severity, days, text in (
            (FindingKind.NON_POSITIVE, Severity.ERROR, bad, "the price is not positive"),
            (FindingKind.FUTURE, Severity.ERROR, early, "the day is not over"),
            (FindingKind.DUPLICATE, Severity.ERROR, torn, "two prices of one day"),
            (FindingKind.DUPLICATE, Severity.WARNING, twice, "a day is there twice, with one price"),
        )
        if (used := sorted(day for day in days if day >= first))
    ]


def check_stale(symbol: str, series: Series, days: Sequence[date], limits: Thresholds) -> list[Finding]:
    """The same close on many days in a row; days without a close do not count."""
    runs: list[list[date]] = []
    for day in days:
        if day in series and runs and series[runs[-1][-1]] == series[day]:
            runs[-1].append(day)
        elif day in series:
            runs.append([day])
    found = []
    for severity, least, most in (
        (Severity.ERROR, limits.stale_error_days, len(days) + 1),
        (Severity.WARNING, limits.stale_days, limits.stale_error_days),
    ):
        stale = [run for run in runs if least <= len(run) < most]
        if stale:
            longest = max(stale, key=len)
            text = f"the same close on {len(longest)} days in a row from {longest[0].isoformat()}"
            text += f", and {counted(len(stale) - 1, 'shorter run')}" if len(stale) > 1 else ""
            covered = [day for run in stale for day in run]
            found.append(_finding(FindingKind.STALE, severity, symbol, covered, text))
    return found


def moves_of(series: Series, days: Sequence[date]) -> list[Move]:
    """Steps between the closes of those days that have one."""
    closes = [(day, scale_down(series[day], _PRICE_DECIMALS)) for day in days if day in series]
    return [Move(day, before, after) for (_, before), (day, after) in pairwise(closes)]


def robust_sigma_e6(returns_e6: Sequence[int]) -> tuple[int, int]:
    """Median and robust sigma of returns in 10^-6; (0, floor) without returns."""
    if not returns_e6:
        return 0, _SIGMA_FLOOR_E6
    middle = median_low(returns_e6)
    spread = median_low([abs(value - middle) for value in returns_e6])
    return middle, max(_SIGMA_FLOOR_E6, div_down(spread * 14_826, 10_000))


def _split_text(move: Move, limits: Thresholds) -> str | None:
    """``n:1`` or ``1:n`` when the two closes are near that ratio: so many new units for so many old ones."""
    for many in _SPLITS:
        for new, old in ((many, 1), (1, many)):
            expected = div_down(move.before * old, new)
            if abs(move.after - expected) * RETURN_SCALE <= limits.split_tolerance_e6 * expected:
                return f"{new}:{old}"
    return None


def _is_taken_back(move: Move, following: Move | None) -> bool:
    """Whether the next close is within a tenth of the one before the move."""
    return following is not None and abs(following.after - move.before) * 10 <= move.before


def check_moves(
    symbol: str, moves: Sequence[Move], first: date, others_e6: Mapping[date, int], limits: Thresholds
) -> list[Finding]:
    """Outliers and what looks like a split, from the first day on; earlier moves only say what is usual.

    An outlier is a warning. It is an error beyond the bounds, and when it is large and taken back the next day, as a
    wrong price is. A move near n:1 that is an outlier, stays, and is twice that of the other instruments' median or
    more looks like a split, which is an error of its own.
    """
    middle, sigma = robust_sigma_e6([move.return_e6 for move in moves])
    outliers, errors, splits = list[Move](), list[Move](), list[tuple[Move, str]]()
    for position, move in enumerate(moves):
        size = abs(move.return_e6 - middle)
        if move.day < first or size <= limits.sigmas * sigma or _is_way_back(moves, position, errors):
            continue
        back = _is_taken_back(move, moves[position + 1] if position + 1 < len(moves) else None)
        ratio = _split_text(move, limits)
        if ratio and not back and 2 * abs(others_e6.get(move.day, 0)) <= abs(move.return_e6):
            splits.append((move, ratio))
        elif (back and size >= limits.spike_e6) or not limits.bound_down_e6 <= move.return_e6 <= limits.bound_up_e6:
            errors.append(move)
        else:
            outliers.append(move)
    found = [
        _finding(kind, severity, symbol, [move.day for move in chosen], _moves_text(chosen, text))
        for kind, severity, chosen, text in (
            (FindingKind.OUTLIER, Severity.ERROR, errors, "a move that is taken back, or beyond any bound"),
            (FindingKind.OUTLIER, Severity.WARNING, outliers, f"a move beyond {limits.sigmas} robust sigmas"),
        )
        if chosen
    ]
    if splits:
        text = ", ".join(f"{move.day.isoformat()} ({ratio})" for move, ratio in splits[:_SHOWN_DAYS])
        found.append(
            _finding(
                FindingKind.SPLIT, Severity.ERROR, symbol, [move.day for move, _ in splits], f"as of a split: {text}"
            )
        )
    return found


def _is_way_back(moves: Sequence[Move], position: int, errors: Sequence[Move]) -> bool:
    """Whether this is the way back from a wrong price that is named already."""
    return position > 0 and moves[position - 1] in errors and _is_taken_back(moves[position - 1], moves[position])


def _moves_text(moves: Sequence[Move], what: str) -> str:
    shown = ", ".join(f"{m.day.isoformat()} {format_scaled_down(m.return_e6, 4, 1)} %" for m in moves[:_SHOWN_DAYS])
    return f"{what}: {shown}" + (f" and {len(moves) - _SHOWN_DAYS} more" if len(moves) > _SHOWN_DAYS else "")
