"""Repairs of prices. Each is asked for by name, and each leaves a warning with instrument and count in the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from zkrisk.errors import BadPrice, InputError
from zkrisk.fixedpoint import div_down, from_scaled, scale_down
from zkrisk.sheet.build.checks import counted, days_text
from zkrisk.sheet.build.findings import Finding, FindingKind, Severity
from zkrisk.sheet.build.observations import Observed
from zkrisk.sheet.build.options import BuildOptions, Split, Stamp
from zkrisk.sheet.prices import Series

__all__ = ["fill", "redate"]

_SPLIT_DECIMALS: Final = 30


def redate(observed: Mapping[str, Observed], options: BuildOptions) -> tuple[dict[str, Observed], list[Finding]]:
    """Days by the stamp and the shifts, then splits on those days."""
    back = -1 if options.stamp is Stamp.OPEN else 0
    result, findings = {}, []
    for symbol, rows in observed.items():
        shift = options.shifts.get(symbol, 0)
        try:
            step = timedelta(days=back + shift)
            entries = tuple(replace(entry, day=entry.day + step) for entry in rows.entries)
        except OverflowError:
            raise BadPrice(f"{symbol} has a date that cannot be moved") from None
        if shift:
            text = f"all dates moved by {counted(shift, 'day')}"
            findings.append(Finding(FindingKind.SHIFTED, Severity.WARNING, symbol, len(entries), (), text))
        result[symbol] = replace(rows, entries=entries)
    for split in options.splits:
        result[split.symbol], count = _split(result[split.symbol], split)
        text = f"{counted(count, 'close')} before {split.day.isoformat()} times {split.old}/{split.new}"
        findings.append(Finding(FindingKind.SPLIT_APPLIED, Severity.WARNING, split.symbol, count, (split.day,), text))
    return result, findings


def _split(rows: Observed, split: Split) -> tuple[Observed, int]:
    """Closes before the split, times old / new: cut at 30 decimals, which no feed's rounding down can tell."""
    entries, count = [], 0
    for entry in rows.entries:
        if entry.price is None or entry.day >= split.day:
            entries.append(entry)
            continue
        units = div_down(scale_down(entry.price, _SPLIT_DECIMALS) * split.old, split.new)
        entries.append(replace(entry, price=from_scaled(units, _SPLIT_DECIMALS)))
        count += 1
    if not count or count == len(entries):
        raise InputError(f"{split.symbol} has no closes on both sides of {split.day.isoformat()}")
    return replace(rows, entries=tuple(entries)), count


def fill(
    symbol: str, series: Series, findings: Sequence[Finding], options: BuildOptions, days: Sequence[date]
) -> list[Finding]:
    """Find missing days; with the option, repeat the close before where the gap is short enough."""
    named = {
        day
        for finding in findings
        if finding.symbol == symbol and finding.kind in (FindingKind.NON_POSITIVE, FindingKind.FUTURE)
        for day in finding.days
    }
    before = [day for day in series if day < days[0]]
    known = max(before, default=None)
    filled, missing = list[date](), list[date]()
    for day in days:
        if day in series:
            known = day
        elif day in named:
            continue
        elif options.fill_previous and known is not None and (day - known).days <= options.max_fill_days:
            filled.append(day)
        else:
            missing.append(day)
    for day in filled:
        series[day] = series[max(earlier for earlier in series if earlier < day)]
    found = []
    if missing:
        text = f"no close on {len(missing)} of {len(days)} days: {days_text(missing)}"
        found.append(Finding(FindingKind.GAP, Severity.ERROR, symbol, len(missing), tuple(missing), text))
    if filled:
        text = f"filled with the close before: {counted(len(filled), 'day')}, {days_text(filled)}"
        found.append(Finding(FindingKind.FILLED, Severity.WARNING, symbol, len(filled), tuple(filled), text))
    return found
