"""What validation found in a set of prices, and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import PricesRefused

__all__ = ["ALLOWABLE", "Finding", "FindingKind", "Report", "SeriesFacts", "Severity"]


class Severity(StrEnum):
    """What a finding does: stop the build, stand in the sheet's warnings, or stand in the report only."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


class FindingKind(StrEnum):
    """What can be found."""

    GAP = "GAP"
    DUPLICATE = "DUPLICATE"
    UNSORTED = "UNSORTED"
    STALE = "STALE"
    OUTLIER = "OUTLIER"
    MISALIGNED = "MISALIGNED"
    SPLIT = "SPLIT"
    FUTURE = "FUTURE"
    NON_POSITIVE = "NON_POSITIVE"
    FILLED = "FILLED"
    SPLIT_APPLIED = "SPLIT_APPLIED"
    SHIFTED = "SHIFTED"
    QUOTED = "QUOTED"
    OFF_CALENDAR = "OFF_CALENDAR"
    ROUNDED = "ROUNDED"
    UNCHECKED = "UNCHECKED"


ALLOWABLE: Final = frozenset(
    {FindingKind.STALE, FindingKind.OUTLIER, FindingKind.MISALIGNED, FindingKind.SPLIT},
)
"""Kinds that may be true of a market; an error of these becomes a warning when it is allowed by name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing in one instrument.

    Attributes:
        count: How often.
        days: On which days, rising; at most as many as the count.
        message: One line for people, without the symbol.
    """

    kind: FindingKind
    severity: Severity
    symbol: str
    count: int
    days: tuple[date, ...]
    message: str

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "instrument": self.symbol,
            "count": self.count,
            "days": [day.isoformat() for day in self.days],
            "message": self.message,
        }

    @property
    def text(self) -> str:
        """``KIND: SYMBOL: what``, as the sheet's warnings say it."""
        return f"{self.kind.value}: {self.symbol}: {self.message}"


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What was read of one instrument.

    Attributes:
        rows: Of the source.
        first_day: Oldest day with a price, None when there is none.
        last_day: Newest.
        used: Closes of the sheet's span that were observed.
    """

    symbol: str
    source: str
    rows: int
    first_day: date | None
    last_day: date | None
    used: int

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "instrument": self.symbol,
            "source": self.source,
            "rows": self.rows,
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "used": self.used,
        }


@dataclass(frozen=True)
class Report:
    """The result of a validation; facts in slot order, findings by severity, then kind, then slot.

    Attributes:
        first_day: Of the closes that the sheet uses.
        last_day: Newest close.
        closes: How many calendar days that span has.
    """

    universe_id: str
    rules: str
    first_day: date
    last_day: date
    closes: int
    series: tuple[SeriesFacts, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops the build."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What the sheet repeats."""
        return self._of(Severity.WARNING)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    def require(self) -> None:
        """Stop when there is an error.

        Raises:
            PricesRefused: With the first error; the details have all findings.
        """
        if not self.errors:
            return
        first, more = self.errors[0], len(self.errors) - 1
        rest = f" (and {more} more)" if more else ""
        raise PricesRefused(
            f"{first.kind.value} in {first.symbol}: {first.message}{rest}",
            hint=_HINTS.get(first.kind),
            details={"findings": [finding.to_dict() for finding in self.findings]},
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": "urn:zkrisk:sheet-report/v1",
            "universe": self.universe_id,
            "rules": self.rules,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "closes": self.closes,
            "series": [facts.to_dict() for facts in self.series],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @cached_property
    def sha256(self) -> str:
        """Hash of the RFC 8785 form."""
        return canonical_sha256(self.to_dict())


_HINTS: Final = {
    FindingKind.GAP: "--fill previous repeats the close before, as the contract does; or --proxy SYMBOL=OTHER",
    FindingKind.DUPLICATE: "keep one of the rows",
    FindingKind.FUTURE: "--last-day YYYY-MM-DD leaves out the days after it",
    FindingKind.NON_POSITIVE: "correct the file",
    FindingKind.SPLIT: "--split SYMBOL:DATE:NEW:OLD applies it; --allow SPLIT says that the price did move so",
    FindingKind.MISALIGNED: "--shift SYMBOL=DAYS moves its dates; --allow MISALIGNED keeps them",
    FindingKind.OUTLIER: "correct the file; --allow OUTLIER says that the price did move so",
    FindingKind.STALE: "--allow STALE says that the price did stand still",
}
