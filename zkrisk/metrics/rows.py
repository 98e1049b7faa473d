"""A risk report as rows: one metric each, in an integer unit, with its limit. Tables, frames, pages are made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkrisk.metrics.ratio import Ratio, Status
from zkrisk.metrics.text import WORDS, Unit, figure_text

if TYPE_CHECKING:
    from zkrisk.metrics.report import RiskReport
    from zkrisk.metrics.verdict import LimitCheck

__all__ = ["MetricRow", "metric_rows"]


@dataclass(frozen=True, slots=True, repr=False)
class MetricRow:
    """One metric. Private.

    Attributes:
        key: ``health_factor``, ``var_9750`` and so on; names the row in JSON and frames.
        label: For people.
        unit: What the value counts: cents, or basis points in one of three spellings.
        value: Rounded to the bad side; None when the status is not OK.
        check: The policy's statement on it, when it limits it.
        subject: Instrument, sector or stress row that decides, if there is one.
    """

    key: str
    label: str
    unit: Unit
    value: int | None
    status: Status = Status.OK
    check: LimitCheck | None = None
    subject: str | None = None

    def __repr__(self) -> str:
        return f"<MetricRow {self.key}, private>"

    @property
    def text(self) -> str:
        """The value, or the word that stands for none."""
        return WORDS[self.status] if self.value is None else figure_text(self.value, self.unit)

    @property
    def word(self) -> str:
        """``ok`` below 75 % of the limit, ``WARN`` up to it, ``FAIL`` beyond; empty without a limit."""
        if self.check is None:
            return ""
        if not self.check.holds:
            return "FAIL"
        return "WARN" if self.check.use_bps is not None and self.check.use_bps >= 7_500 else "ok"

    def to_dict(self) -> dict[str, Any]:
        """JSON form, integers as decimal text; a limit's fields are null without one."""
        check = self.check
        return {
            "metric": self.key,
            "label": self.label,
            "subject": self.subject,
            "unit": str(self.unit),
            "status": str(self.status),
            "value": _text(self.value),
            "limit_bps": None if check is None else _text(check.limit_bps),
            "use_bps": None if check is None else _text(check.use_bps),
            "headroom_bps": None if check is None else _text(check.headroom_bps),
            "word": self.word,
        }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def metric_rows(report: RiskReport) -> tuple[MetricRow, ...]:
    """All rows of a report, in the order in which they are shown."""
    return (*_values(report), *_balance(report), *_concentration(report), *_tails(report), *_stress(report))


def _limited(report: RiskReport, statement: str) -> LimitCheck | None:
    check = None if report.verdict is None else report.verdict[statement]
    return check if check is not None and check.enabled else None


def _ratio(key: str, label: str, unit: Unit, ratio: Ratio, check: LimitCheck | None = None, **more: Any) -> MetricRow:
    value = ratio.bps_down() if key == "health_factor" else ratio.bps_up()
    return MetricRow(key, label, unit, value, ratio.status, check, **more)


def _values(report: RiskReport) -> Iterator[MetricRow]:
    labels = {
        "assets_cents": "assets",
        "after_haircuts_cents": "after haircuts",
        "debt_cents": "debt",
        "equity_cents": "equity",
        "gross_cents": "gross exposure",
    }
    for key, cents in report.values.to_dict().items():
        yield MetricRow(key.removesuffix("_cents"), labels[key], Unit.CENTS, int(cents))


def _balance(report: RiskReport) -> Iterator[MetricRow]:
    health, leverage = _limited(report, "health"), _limited(report, "leverage")
    yield _ratio("health_factor", "health factor", Unit.RATIO, report.health_factor, health)
    yield _ratio("loan_to_value", "loan to value", Unit.SHARE, report.ltv)
    yield _ratio("gross_leverage", "gross leverage", Unit.TIMES, report.gross_leverage, leverage)
    yield _ratio("net_leverage", "net leverage", Unit.TIMES, report.net_leverage)


def _concentration(report: RiskReport) -> Iterator[MetricRow]:
    symbol, share = report.largest_position
    check = _limited(report, "position")
    yield _ratio("largest_position", "largest position", Unit.SHARE, share, check, subject=symbol)
    check = _limited(report, "sector")
    if check is not None:
        subject, share = check.subject, check.measured
    else:
        subject, share = max(report.sectors, key=_size, default=(None, Ratio.tagged(Status.EMPTY)))
    yield _ratio("largest_sector", "largest sector", Unit.SHARE, share, check, subject=subject)
    yield _ratio("hhi", "HHI", Unit.RATIO, report.hhi, _limited(report, "hhi"))


def _size(item: tuple[str, Ratio]) -> int:
    return item[1].scaled_up(10**9) if item[1].is_defined else -1


def _tails(report: RiskReport) -> Iterator[MetricRow]:
    for line in report.tails:
        own = report.policy_confidence_bps == line.confidence_bps
        level = _level_text(line.confidence_bps)
        var, shortfall = (_limited(report, name) if own else None for name in ("var", "expected_shortfall"))
        yield _ratio(f"var_{line.confidence_bps}", f"VaR {level} 1d", Unit.SHARE, line.var_share, var)
        yield MetricRow(f"var_loss_{line.confidence_bps}", f"VaR {level} 1d loss", Unit.CENTS, line.var_cents_up)
        yield _ratio(f"es_{line.confidence_bps}", f"ES {level} 1d", Unit.SHARE, line.shortfall_share, shortfall)
        yield MetricRow(f"es_loss_{line.confidence_bps}", f"ES {level} 1d loss", Unit.CENTS, line.shortfall_cents_up)


def _level_text(confidence_bps: int) -> str:
    whole, rest = divmod(confidence_bps, 100)
    return f"{whole} %" if not rest else f"{whole}.{rest:02d}".rstrip("0") + " %"


def _stress(report: RiskReport) -> Iterator[MetricRow]:
    if report.stresses:
        worst = report.stresses[0]
        check = _limited(report, "stress")
        yield _ratio("worst_stress", "worst stress", Unit.SHARE, worst.share, check, subject=worst.name)
        yield MetricRow("worst_stress_loss", "worst stress loss", Unit.CENTS, worst.loss_cents_up, subject=worst.name)
