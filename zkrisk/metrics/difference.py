"""Two reports on one sheet, metric by metric: what a trade would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkrisk.errors import InputError
from zkrisk.metrics.rows import MetricRow, metric_rows
from zkrisk.metrics.text import signed

if TYPE_CHECKING:
    from zkrisk.metrics.report import RiskReport

__all__ = ["MetricChange", "RiskDiff", "risk_difference"]


@dataclass(frozen=True, slots=True, repr=False)
class MetricChange:
    """One metric before and after. Private."""

    before: MetricRow
    after: MetricRow

    def __repr__(self) -> str:
        return f"<MetricChange {self.before.key}, private>"

    @property
    def key(self) -> str:
        """Of both rows."""
        return self.before.key

    @property
    def change(self) -> int | None:
        """After minus before, of the rounded values that are shown; None when either has none."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def text(self) -> str:
        """The change with its sign; empty when there is none to tell."""
        return "" if self.change is None else signed(self.change, self.before.unit)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "metric": self.key,
            "label": self.before.label,
            "unit": str(self.before.unit),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "change": None if self.change is None else str(self.change),
        }


@dataclass(frozen=True, slots=True, repr=False)
class RiskDiff:
    """What changes between two reports. Private."""

    before: RiskReport
    after: RiskReport
    changes: tuple[MetricChange, ...]

    def __repr__(self) -> str:
        return f"<RiskDiff {len(self.changes)} metrics, private>"

    def __getitem__(self, key: str) -> MetricChange:
        return next(change for change in self.changes if change.key == key)

    def to_dict(self) -> dict[str, Any]:
        """JSON form: every metric, and both verdicts."""
        verdicts = {"before": self.before.verdict, "after": self.after.verdict}
        return {
            "metrics": [change.to_dict() for change in self.changes],
            "verdict": {name: None if v is None else v.to_dict() for name, v in verdicts.items()},
        }


def risk_difference(before: RiskReport, after: RiskReport) -> RiskDiff:
    """Compare two reports.

    Raises:
        InputError: They are on two sheets, against two policies, or at other confidence levels.
    """
    if before.sheet.sha256 != after.sheet.sha256:
        raise InputError("the reports are on two sheets")
    rows = metric_rows(before), metric_rows(after)
    if [row.key for row in rows[0]] != [row.key for row in rows[1]] or _policy(before) != _policy(after):
        raise InputError("the reports are against two policies, or at other confidence levels")
    return RiskDiff(before, after, tuple(MetricChange(*pair) for pair in zip(*rows, strict=True)))


def _policy(report: RiskReport) -> tuple[str, int] | None:
    verdict = report.verdict
    return None if verdict is None else (verdict.policy_name, verdict.policy_version)
