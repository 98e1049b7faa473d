"""Before and after a trade on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from zkrisk.cli.figures import day_text
from zkrisk.cli.output import Line
from zkrisk.fixedpoint import scale_down, scale_up
from zkrisk.metrics import MetricChange, Unit, Verdict
from zkrisk.metrics.text import bps_text, money_text, signed
from zkrisk.report.what_if import WhatIf

WIDTH = 80
STYLES = {"ok": "ok", "WARN": "warn", "FAIL": "fail"}


def what_if_lines(name: str, found: WhatIf) -> list[Line]:
    """All lines: the trades, the money, the metrics with their limits, the verdict before and after."""
    before = found.difference.before
    sheet, verdict = before.sheet, before.verdict
    left = f"{name} · what if · sheet {day_text(sheet.as_of_unix)} (epoch {sheet.epoch})"
    policy = f"policy {verdict.policy_name} v{verdict.policy_version}" if verdict is not None else "no policy"
    mark = "synthetic prices: DEMO" if sheet.synthetic else ""
    lines: list[Line] = [_both_ends(left, "PRIVATE: your screen"), _both_ends(policy, mark), ""]
    lines += [*_trades(found), "", *_money(found), "", *_metrics(found), ""]
    return [*lines, *_verdicts(found)]


def _both_ends(left: str, right: str) -> str:
    room = WIDTH - 1 - len(right)
    return f"{left:<{room}} {right}" if len(left) <= room else f"{left}\n{right:>{WIDTH}}"


def _trades(found: WhatIf) -> Iterator[Line]:
    """Units and price as they are; fee and cash in cents, rounded to the owner's disadvantage."""
    for trade, entry in zip(found.trades, found.to_dict()["trades"], strict=True):
        word = "buy " if entry["side"] == "BUY" else "sell"
        fee = f", fee {money_text(scale_up(trade.fee_paid, 2))}" if trade.fee_paid else ""
        yield f"  {word} {entry['units']} {entry['instrument']} at {entry['price_usd']}{fee}"
        yield f"       cash {signed(scale_down(trade.cash_change, 2), Unit.CENTS)}"


def _money(found: WhatIf) -> Iterator[Line]:
    yield f"  {'USD':<20}{'before':>19}{'after':>19}{'change':>19}"
    for change in _of(found, money=True):
        yield f"  {change.before.label:<20}{change.before.text:>19}{change.after.text:>19}{change.text:>19}"


def _metrics(found: WhatIf) -> Iterator[Line]:
    yield f"  {'metric':<18}{'before':>12}{'after':>12}{'change':>12}{'limit':>11}"
    for change in _of(found, money=False):
        before, after = change.before, change.after
        texts = "".join(f"{_fitting(text):>12}" for text in (before.text, after.text, change.text))
        start = f"  {before.label:<18}{texts}"
        if after.check is None or after.check.limit_bps is None:
            yield start
            continue
        sign = "≥" if after.check.statement == "health" else "≤"
        limit = f"{sign} {bps_text(after.check.limit_bps, after.unit)}"
        old = before.word if before.word != after.word else ""
        arrow = f"{old} → " if old else ""
        yield [(f"{start}{limit:>11}  ", ""), (arrow, STYLES.get(old, "")), (after.word, STYLES[after.word])]


def _fitting(text: str) -> str:
    """A figure that is too wide for its column is a huge one; `--json` has its digits."""
    if len(text) <= 11:
        return text
    return "-huge" if text.startswith("\N{MINUS SIGN}") else "huge"


def _of(found: WhatIf, *, money: bool) -> Iterator[MetricChange]:
    for change in found.difference.changes:
        if (change.before.unit is Unit.CENTS) == money:
            yield change


def _verdicts(found: WhatIf) -> Iterator[Line]:
    pairs = (("before", found.difference.before.verdict), ("after", found.difference.after.verdict))
    for word, verdict in pairs:
        if verdict is not None:
            yield [(f"  {word:<8}", ""), (_held(verdict), "ok" if verdict.holds else "fail")]


def _held(verdict: Verdict) -> str:
    enabled = [check for check in verdict.limits if check.enabled]
    text = f"{sum(check.holds for check in enabled)} of {len(enabled)} limits hold"
    return f"{text}; fails: {', '.join(verdict.failures)}" if verdict.failures else text
