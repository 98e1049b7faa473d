"""The owner's document: everything about one book on one sheet, in one JSON object. Private.

The page, the charts and ``--json`` are made of this object and of nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zkrisk.analytics import backtest, decimal_text
from zkrisk.analytics.drawdown import drawdown
from zkrisk.book import Book, Trade, quantise
from zkrisk.fixedpoint import div_down, div_up
from zkrisk.metrics import RiskReport, metric_rows, risk
from zkrisk.params import RETURN_SCALE, VALUE_PER_CENT
from zkrisk.policy import Policy
from zkrisk.report.attestations import Attested, attestation_section
from zkrisk.report.replay import (
    Forecasts,
    Replay,
    in_sample_forecasts,
    out_of_sample_forecasts,
    replay_history,
    replay_window,
)
from zkrisk.report.sections import (
    component_section,
    distance_section,
    exposure_section,
    loss_section,
    margin_section,
    position_section,
    stress_section,
)
from zkrisk.report.what_if import what_if
from zkrisk.sheet import History, Sheet

__all__ = ["BASEL_CONFIDENCE_BPS", "OwnerInputs", "owner_document"]

BASEL_CONFIDENCE_BPS: Final = 9_900
"""The level of the Basel table; always among those that are backtested."""
CONVENTIONS: Final = (
    ("losses", "Positive is bad. Losses round up, assets round down: every figure is on the strict side."),
    ("horizon", "One day, from one close to the next."),
    ("value at risk", "An order statistic of the window's losses, without interpolation."),
    ("expected shortfall", "Mean loss of the tail, after Rockafellar and Uryasev."),
    ("component", "Parts of the loss in the scenario that is the value at risk, and of the tail's mean. The slack"
                  " covers the rounding of exposures to cents, so that the parts add up."),
    ("marginal", "Value at risk minus that of the book without the position; these do not add up."),
    ("concentration", "Shares of equity, not of gross exposure: a wash would dilute a share of gross for free."),
    ("drawdown", "Today's quantities at the prices of other days; a report-only figure, not the proved one."),
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class OwnerInputs:
    """What the document is made of. Private.

    Attributes:
        history: Closes for the drawdown and an out-of-sample backtest; None replays the sheet's window.
        trades: Not made; shown before and after.
        attestations: From the owner's own files.
        confidences: Levels in basis points; the first is that of the components.
    """

    book: Book
    sheet: Sheet
    policy: Policy | None
    confidences: Sequence[int]
    history: History | None = None
    trades: Sequence[Trade] = ()
    attestations: Sequence[Attested] = field(default=())

    def __repr__(self) -> str:
        return f"<OwnerInputs of '{self.book.name}', private>"


def owner_document(inputs: OwnerInputs) -> dict[str, Any]:
    """Compute everything.

    Raises:
        EmptyScenarios: The history is too short for a backtest.
        InputError, RangeExceeded, BadLimit: See `zkrisk.metrics.risk` and `zkrisk.report.replay`.
    """
    sheet = inputs.sheet
    vector = quantise(inputs.book, sheet.universe)
    report = risk(vector, sheet, inputs.policy, None, inputs.confidences)
    level = report.policy_confidence_bps or inputs.confidences[0]
    history = inputs.history
    replay = replay_window(report) if history is None else replay_history(vector, sheet.universe, history)
    tested = what_if(inputs.book, inputs.trades, sheet, inputs.policy, inputs.confidences) if inputs.trades else None
    return {
        "kind": "OWNER",
        "private": True,
        "book": inputs.book.name,
        "policy_text": None if inputs.policy is None else inputs.policy.to_text(),
        "summary": _summary(report),
        "synthetic": sheet.synthetic or (history is not None and history.synthetic),
        "risk": report.to_dict(positions=True),
        "metrics": [row.to_dict() for row in metric_rows(report)],
        "margin": margin_section(report),
        "losses": loss_section(report),
        "stresses": stress_section(report),
        "exposures": exposure_section(report),
        "positions": position_section(report),
        "components": component_section(report, report.components(level)),
        "drawdown": _drawdown(replay, history),
        "backtest": _backtest(report, inputs, level),
        "what_if": None if tested is None else tested.to_dict(),
        "distance": distance_section(report),
        "attestations": attestation_section(inputs.attestations, sheet.as_of_unix),
        "conventions": [{"name": name, "text": text} for name, text in CONVENTIONS],
        "sources": _sources(inputs),
    }


def _summary(report: RiskReport) -> dict[str, Any] | None:
    """How many limits hold, and which do not; None without a policy."""
    if report.verdict is None:
        return None
    enabled = [check for check in report.verdict.limits if check.enabled]
    return {
        "limits_count": len(enabled),
        "held_count": sum(check.holds for check in enabled),
        "holds": report.verdict.holds,
        "failures": list(report.verdict.failures),
    }


def _drawdown(replay: Replay, history: History | None) -> dict[str, Any]:
    """Fall from the running maximum, days in debt left out: a share of nothing is no number."""
    spent = [place for place, equity in enumerate(replay.equities) if equity < VALUE_PER_CENT]
    start = spent[-1] + 1 if spent else 0
    days = replay.days[start:]
    cents = [div_down(equity, VALUE_PER_CENT) for equity in replay.equities[start:]]
    found = drawdown(cents) if cents else None
    return {
        "origin": "WINDOW" if history is None else "HISTORY",
        "insolvent_until": replay.days[start - 1] if start else None,
        "largest_bps": None if found is None else str(found.largest.bps_up()),
        "peak_day": None if found is None else days[found.peak],
        "trough_day": None if found is None else days[found.trough],
        "recovered_day": None if found is None or found.recovered is None else days[found.recovered],
        "worst_day_bps": None if found is None else str(found.worst_day.bps_up()),
        "rows": [
            {"day": day, "equity_cents": str(equity), "drawdown_bps": str(fall.bps_up())}
            for day, equity, fall in zip(days, cents, found.underwater if found else (), strict=True)
        ],
    }


def _backtest(report: RiskReport, inputs: OwnerInputs, level: int) -> dict[str, Any]:
    """Tests at the policy's level and at that of the Basel table; the series of the latter is drawn."""
    found: dict[int, Forecasts] = {}
    for confidence in dict.fromkeys((BASEL_CONFIDENCE_BPS, level)):
        if inputs.history is None:
            found[confidence] = in_sample_forecasts(report, confidence)
        else:
            vector = quantise(inputs.book, inputs.sheet.universe)
            found[confidence] = out_of_sample_forecasts(vector, inputs.sheet.universe, inputs.history, confidence)
    drawn = found[BASEL_CONFIDENCE_BPS]
    return {
        "origin": "HISTORY" if drawn.out_of_sample else "WINDOW",
        "out_of_sample": drawn.out_of_sample,
        "confidence_bps": drawn.confidence_bps,
        "tests": [_test(forecasts) for forecasts in found.values()],
        "rows": [
            {
                "day": day,
                "loss_cents": str(div_up(loss, RETURN_SCALE)),
                "value_at_risk_cents": str(div_up(forecast, RETURN_SCALE)),
                "exception": loss > forecast,
            }
            for day, loss, forecast in zip(drawn.days, drawn.losses, drawn.value_at_risk, strict=True)
        ],
    }


def _test(forecasts: Forecasts) -> dict[str, Any]:
    """Counts and p-values of one level; p-values with four decimals, rounded half to even."""
    outcome = backtest(forecasts.losses, forecasts.value_at_risk, forecasts.confidence_bps, days=forecasts.days)
    tests = {"kupiec": outcome.kupiec, "independence": outcome.independence, "coverage": outcome.conditional_coverage}
    return {
        "confidence_bps": outcome.confidence_bps,
        "observations": outcome.observations,
        "exceptions_count": len(outcome.exceptions),
        "expected_exceptions": decimal_text(outcome.expected_exceptions, 3),
        "exception_days": [forecasts.days[index] for index in outcome.exceptions],
        **{f"{name}_p": None if test is None else decimal_text(test.p_value, 4) for name, test in tests.items()},
        "basel": None if outcome.basel is None else outcome.basel.to_dict(),
    }


def _sources(inputs: OwnerInputs) -> list[dict[str, Any]]:
    sheet, history = inputs.sheet, inputs.history
    window = f"{len(sheet.window.returns)} daily returns, {sheet.window.first_day} to {sheet.window.last_day}"
    found = [
        {"what": "sheet", "text": f"universe {sheet.universe.id}, epoch {sheet.epoch}, {sheet.sha256}"},
        {"what": "window", "text": window + _proxies(sheet.window.proxies)},
        *({"what": "warning", "text": warning} for warning in sheet.warnings),
    ]
    if inputs.policy is not None:
        policy = inputs.policy
        found.append({"what": "policy", "text": f"{policy.name} v{policy.version}, {policy.sha256}"})
    if history is not None:
        text = f"{len(history.days)} closes, {history.days[0].isoformat()} to {history.days[-1].isoformat()}"
        mark = f", SYNTHETIC (seed {history.seed})" if history.synthetic else ""
        found.append({"what": "history", "text": text + mark + _proxies(history.proxies)})
    return found


def _proxies(symbols: Sequence[str]) -> str:
    return f", stand-ins for {', '.join(symbols)}" if symbols else ""
