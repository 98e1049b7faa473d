"""A validation report, a scenario set and an origin as text in 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from math import isqrt
from typing import Final

from zkrisk.cli.output import Line
from zkrisk.cli.render_text import labelled
from zkrisk.fixedpoint import div_down, div_up, format_scaled_down, format_scaled_up
from zkrisk.sheet import Origin, Sheet
from zkrisk.sheet.build import Report, ScenarioSet, Severity
from zkrisk.sheet.build.alignment import correlation_bps

__all__ = ["mean_correlation_bps", "origin_lines", "report_lines", "scenario_lines", "sheet_facts", "volatility_e6"]

_WORDS: Final = {Severity.ERROR: ("FAIL", "fail"), Severity.WARNING: ("WARN", "warn"), Severity.INFO: ("note", "")}
_HASH: Final = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", re.ASCII)
_KIND_WIDTH: Final = 15
_SHOWN_ROWS: Final = 12


def report_lines(name: str, report: Report) -> Iterator[Line]:
    """What was read, then what was found, the worst first."""
    span = f"{report.first_day} to {report.last_day}, {report.closes} closes"
    yield f"{name} · {report.universe_id} · {span}"
    yield f"  {'instrument':<13}{'rows':>6}{'used':>6}  {'first':<12}{'last':<12}source"
    for facts in report.series:
        days = (day.isoformat() if day else "none" for day in (facts.first_day, facts.last_day))
        first, last = days
        yield f"  {facts.symbol:<13}{facts.rows:>6}{facts.used:>6}  {first:<12}{last:<12}{facts.source[:28]}"
    if not report.findings:
        yield [("  ", ""), ("ok", "ok"), ("    nothing found", "")]
    for finding in report.findings:
        word, style = _WORDS[finding.severity]
        text = f"{finding.symbol}: {finding.message}"
        first_line, *rest = labelled(finding.kind.value, text, indent=8, width=_KIND_WIDTH)
        yield [("  ", ""), (word, style), (first_line[6:], "")]
        yield from rest


def origin_lines(origin: Origin | None) -> Iterator[str]:
    """Sources and rules of a built sheet; nothing for any other."""
    if origin is None:
        return
    for source in origin.sources:
        instruments = ", ".join(source.instruments)
        yield from labelled("source", f"{source.name} ({instruments}) {source.sha256[:19]}…", width=10)
    for label, rows in (("window", origin.window), *(("stress", stress) for stress in origin.stresses)):
        yield from labelled(label, _HASH.sub(r"\1…", f"{rows.name}: {rows.source}"), width=10)
    yield from labelled("rules", f"{origin.rules} {' '.join(origin.options)}", width=10)
    yield f"  {'report':<10}{origin.report_sha256[:19]}…"


def volatility_e6(values: tuple[int, ...]) -> int:
    """Standard deviation in 10^-6 over all rows (divided by their number), rounded up."""
    count = len(values)
    return div_up(isqrt(max(0, count * sum(v * v for v in values) - sum(values) ** 2)), count)


def mean_correlation_bps(scenarios: ScenarioSet) -> int | None:
    """Mean correlation of all pairs that move, in basis points, rounded down; None without such a pair."""
    columns = [column for column in zip(*scenarios.returns, strict=True) if len(set(column)) > 1]
    pairs = [correlation_bps(a, b) for a, b in combinations(columns, 2)]
    return div_down(sum(pairs), len(pairs)) if pairs else None


def scenario_lines(scenarios: ScenarioSet) -> Iterator[str]:
    """Name, source, hash, and per instrument what the rows do to it."""
    kind = "hypothetical" if scenarios.hypothetical else "observed"
    yield f"{scenarios.name} · {len(scenarios.returns)} rows of {len(scenarios.symbols)} instruments · {kind}"
    yield from labelled("source", _HASH.sub(r"\1…", scenarios.source))
    yield f"  {'hash':<9}{scenarios.sha256[:19]}…"
    correlation = mean_correlation_bps(scenarios)
    if correlation is not None:
        yield f"  {'pairs':<9}mean correlation {format_scaled_down(correlation, 4, 2)}"
    yield f"  {'instrument':<14}{'volatility':>12}{'worst':>11}{'best':>11}"
    for symbol, column in zip(scenarios.symbols, zip(*scenarios.returns, strict=True), strict=True):
        volatility = format_scaled_up(volatility_e6(column), 4, 2)
        worst, best = (format_scaled_down(value, 4, 2) for value in (min(column), max(column)))
        yield f"  {symbol:<14}{volatility:>10} %{worst:>9} %{best:>9} %"
    if len(scenarios.ids) <= _SHOWN_ROWS:
        yield from labelled("rows", ", ".join(scenarios.ids))


def sheet_facts(sheet: Sheet) -> dict[str, object]:
    """What every answer about a sheet says of it."""
    window = sheet.window
    return {
        "universe": sheet.universe.id,
        "universe_sha256": sheet.universe.sha256,
        "sheet_sha256": sheet.sha256,
        "epoch": sheet.epoch,
        "as_of_unix": sheet.as_of_unix,
        "synthetic": sheet.synthetic,
        "window": {"first_day": window.first_day, "last_day": window.last_day, "rows": len(window.returns)},
    }
