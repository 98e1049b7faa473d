"""Validation: from observed rows to closes on the universe's calendar, with a report of everything that was found.

Order: dates (stamp, shifts), splits, rows of each instrument, gaps and fills, moves, dates against each other,
rounding. Only what the sheet uses can stop it: a wrong price of years ago does not. What is usual for an instrument is
judged on its last 365 days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from zkrisk.errors import BadPrice, InputError
from zkrisk.fixedpoint import div_down, from_scaled, scale_down
from zkrisk.sheet.build.alignment import check_alignment
from zkrisk.sheet.build.checks import Move, check_moves, check_order, check_prices, check_stale, counted, moves_of
from zkrisk.sheet.build.findings import Finding, FindingKind, Report, SeriesFacts, Severity
from zkrisk.sheet.build.observations import Observed
from zkrisk.sheet.build.options import BuildOptions
from zkrisk.sheet.build.repair import fill, redate
from zkrisk.sheet.prices import History, Series, calendar_days, history_from_series
from zkrisk.sheet.universe import Universe

__all__ = ["RULES", "Inspected", "inspect_prices"]

RULES: Final = "zkrisk.sheet-build/1"
"""Version of reading, checking, repairing and rounding; it changes when the same input may give another sheet."""
_CONTEXT_DAYS: Final = 365
_SEVERITY_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True)
class Inspected:
    """Closes that were looked at. The history exists only when the report has no error."""

    universe: Universe
    options: BuildOptions
    report: Report
    series: Mapping[str, Series]

    def history(self) -> History:
        """Integer feed answers of the span, rounded down to the feed's decimals.

        Raises:
            PricesRefused: The report has an error.
            BadPrice: A price does not fit the feed's decimals.
        """
        self.report.require()
        found = history_from_series(
            self.universe,
            self.series,
            first_day=self.report.first_day,
            last_day=self.report.last_day,
            proxies=self.options.proxies,
        )
        return replace(found, synthetic=self.options.synthetic)


def inspect_prices(
    universe: Universe,
    observed: Mapping[str, Observed],
    options: BuildOptions,
    *,
    now_unix: int,
    closes: int | None = None,
) -> Inspected:
    """Look at prices.

    Args:
        universe: Whose instruments and calendar.
        observed: Rows by symbol; an instrument without rows needs a proxy, and rows of one with a proxy are not used.
        options: What to do with them.
        now_unix: The clock: a day that is not over has no close.
        closes: How many calendar days; default S + 1, what one sheet needs.

    Raises:
        UnknownInstrument: A symbol is not in the universe.
        InputError: No prices, or an option names an instrument without prices.
        BadPrice: The instruments have no day in common.
    """
    _check_names(universe, observed, options)
    observed = {symbol: rows for symbol, rows in observed.items() if symbol not in options.proxies}
    today = date(1970, 1, 1) + timedelta(days=div_down(now_unix, 86_400))
    moved, findings = redate(observed, options)
    last = options.last_day or _last_common_day(moved)
    days = _span(universe, last, universe.tier.scenarios + 1 if closes is None else closes)
    series: dict[str, Series] = {}
    facts = []
    for symbol, rows in moved.items():
        series[symbol], found = _closes_of(universe, rows, options, days, today)
        findings += found + _quoted(universe, rows)
        facts.append(_facts(rows, series[symbol], days))
    findings += _check_together(universe, series, options, days)
    for symbol, closes_of in series.items():
        findings += fill(symbol, closes_of, findings, options, days)
        findings += _rounded(universe, symbol, closes_of, days)
    report = Report(
        universe_id=universe.id,
        rules=RULES,
        first_day=days[0],
        last_day=days[-1],
        closes=len(days),
        series=tuple(facts),
        findings=tuple(sorted((_judged(f, options) for f in findings), key=_finding_order)),
    )
    cash = {universe.symbols[0]: dict.fromkeys(days, Decimal(1))}
    return Inspected(universe, options, report, {**series, **cash})


def _finding_order(finding: Finding) -> tuple[int, int]:
    return _SEVERITY_ORDER.index(finding.severity), list(FindingKind).index(finding.kind)


def _judged(finding: Finding, options: BuildOptions) -> Finding:
    allowed = finding.severity is Severity.ERROR and finding.kind in options.allow
    return replace(finding, severity=Severity.WARNING) if allowed else finding


def _check_names(universe: Universe, observed: Mapping[str, Observed], options: BuildOptions) -> None:
    if not observed:
        raise InputError("there are no prices")
    stand_ins = (options.proxies, options.stress_proxies)
    for symbol in (*observed, *(name for pairs in stand_ins for pair in pairs.items() for name in pair)):
        universe.slot_of(symbol)
    for symbol in (*(split.symbol for split in options.splits), *options.shifts):
        universe.slot_of(symbol)
        if symbol not in observed or symbol in options.proxies:
            raise InputError(f"{symbol} has no prices to repair")
    for symbol in universe.symbols[1:]:
        origin = options.proxies.get(symbol, symbol)
        if universe.slot_of(origin) != 0 and (origin not in observed or origin in options.proxies):
            raise InputError(f"{symbol} has no prices and no proxy that has", hint=f"--proxy {symbol}=OTHER")


def _last_common_day(observed: Mapping[str, Observed]) -> date:
    newest = []
    for symbol, rows in observed.items():
        days = [entry.day for entry in rows.entries if entry.price is not None]
        if not days:
            raise InputError(f"{symbol} has no prices", where=rows.source.name)
        newest.append(max(days))
    return min(newest)


def _span(universe: Universe, last: date, closes: int) -> list[date]:
    """So many calendar days up to the last one."""
    weeks = div_down(closes, len(universe.calendar)) + 2
    try:
        days = calendar_days(universe, last - timedelta(days=7 * weeks), last)
    except OverflowError:
        raise BadPrice("the calendar does not reach back so far") from None
    return days[-closes:]


def _closes_of(
    universe: Universe, rows: Observed, options: BuildOptions, days: Sequence[date], today: date
) -> tuple[Series, list[Finding]]:
    series, findings = check_prices(rows, days[0], days[-1], today)
    off = sorted(day for day in series if not universe.is_calendar_day(day))
    for day in off:
        del series[day]
    used = [day for day in off if day >= days[0]]
    if used:
        text = f"{counted(len(used), 'day')} outside the universe's calendar left out"
        findings.append(Finding(FindingKind.OFF_CALENDAR, Severity.INFO, rows.symbol, len(used), tuple(used), text))
    findings += check_order(rows)
    findings += check_stale(rows.symbol, series, days, options.thresholds)
    return series, findings


def _quoted(universe: Universe, rows: Observed) -> list[Finding]:
    """Prices in another currency than cash, which the sheet takes as dollars."""
    if rows.quote is None or rows.quote == universe.symbols[0]:
        return []
    text = f"closes are in {rows.quote}, taken as {universe.symbols[0]}"
    return [Finding(FindingKind.QUOTED, Severity.WARNING, rows.symbol, len(rows.entries), (), text)]


def _facts(rows: Observed, series: Series, days: Sequence[date]) -> SeriesFacts:
    return SeriesFacts(
        symbol=rows.symbol,
        source=rows.source.name,
        rows=len(rows.entries),
        first_day=min(series, default=None),
        last_day=max(series, default=None),
        used=sum(day in series for day in days),
    )


def _check_together(
    universe: Universe, series: Mapping[str, Series], options: BuildOptions, days: Sequence[date]
) -> list[Finding]:
    """Moves of each instrument beside those of the others, then their dates."""
    start = min(days[0], days[-1] - timedelta(days=_CONTEXT_DAYS))
    context = calendar_days(universe, start, days[-1])
    moves = {symbol: moves_of(closes, context) for symbol, closes in series.items()}
    by_day = _returns_by_day(moves)
    findings = []
    for symbol, steps in moves.items():
        others = {move.day: _median_without(by_day[move.day], move.return_e6) for move in steps}
        findings += check_moves(symbol, steps, days[0], others, options.thresholds)
    return findings + check_alignment(moves, context)


def _returns_by_day(moves: Mapping[str, Sequence[Move]]) -> dict[date, list[int]]:
    """Returns of all instruments on each day, rising."""
    found: dict[date, list[int]] = {}
    for steps in moves.values():
        for move in steps:
            found.setdefault(move.day, []).append(move.return_e6)
    return {day: sorted(values) for day, values in found.items()}


def _median_without(rising: Sequence[int], own: int) -> int:
    """Lower median of a day's returns but one instrument's own; 0 when there is no other."""
    if len(rising) < 2:
        return 0
    place = (len(rising) - 2) // 2
    return rising[place] if place < bisect_left(rising, own) else rising[place + 1]


def _rounded(universe: Universe, symbol: str, series: Series, days: Sequence[date]) -> list[Finding]:
    """Closes that have more decimals than the feed; the history rounds them down."""
    decimals = universe.instruments[universe.slot_of(symbol)].feed_decimals
    cut = tuple(
        day for day in days if day in series and from_scaled(scale_down(series[day], decimals), decimals) != series[day]
    )
    if not cut:
        return []
    text = f"{counted(len(cut), 'close')} rounded down to the feed's {decimals} decimals"
    return [Finding(FindingKind.ROUNDED, Severity.INFO, symbol, len(cut), cut, text)]
