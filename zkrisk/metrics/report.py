"""All metrics of a book on a sheet in one frozen object, from which screen, JSON and page are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkrisk.fixedpoint import div_down, div_up
from zkrisk.metrics.check import check, loss_share
from zkrisk.metrics.component import Components, components
from zkrisk.metrics.concentration import hhi, position_shares, sector_shares
from zkrisk.metrics.difference import RiskDiff, risk_difference
from zkrisk.metrics.distance import Distance, distance_to_liquidation
from zkrisk.metrics.expected_shortfall import expected_shortfall
from zkrisk.metrics.exposures import Exposures, Lots, check_ranges, exposures_of
from zkrisk.metrics.health import HEALTH_RULES, health_factor
from zkrisk.metrics.historical_var import historical_var, loss_order
from zkrisk.metrics.leverage import gross_leverage, net_leverage
from zkrisk.metrics.ltv import loan_to_value
from zkrisk.metrics.notebook import html_table, to_frame
from zkrisk.metrics.ratio import Ratio
from zkrisk.metrics.rows import metric_rows
from zkrisk.metrics.scenario_losses import scenario_losses
from zkrisk.metrics.stress import stress_losses
from zkrisk.metrics.verdict import Verdict
from zkrisk.params import BPS, RETURN_SCALE, VALUE_PER_CENT
from zkrisk.policy import Policy
from zkrisk.sheet import Sheet

if TYPE_CHECKING:
    import pandas

__all__ = [
    "CONVENTION",
    "DEFAULT_CONFIDENCES",
    "PositionLine",
    "RiskReport",
    "StressLine",
    "TailLine",
    "Values",
    "risk",
]

DEFAULT_CONFIDENCES = (9_500, 9_750, 9_900)
CONVENTION = "historical, (floor((10000 - c) * S / 10000) + 1)-th largest loss, no interpolation"


def ratio_dict(ratio: Ratio, name: str, *, bad_side_up: bool) -> dict[str, Any]:
    """Tagged JSON form: the status, and the value in basis points (decimal text) rounded to the bad side."""
    if not ratio.is_defined:
        return {"status": str(ratio.status)}
    value = ratio.bps_up() if bad_side_up else ratio.bps_down()
    return {"status": str(ratio.status), f"{name}_bps": str(value)}


@dataclass(frozen=True, slots=True, repr=False)
class PositionLine:
    """One held or owed slot: lots of book and leg, and the net value in cents, rounded down."""

    symbol: str
    long_lots: int
    short_lots: int
    net_cents: int
    share: Ratio


@dataclass(frozen=True, slots=True, repr=False)
class TailLine:
    """VaR and expected shortfall at one confidence level. Losses in 10^-6 cents, positive is bad.

    Attributes:
        order: Which largest loss the VaR is, from 1.
        var_loss: Order statistic.
        shortfall: Exact fraction in the same unit.
    """

    confidence_bps: int
    order: int
    var_loss: int
    shortfall: Ratio
    var_share: Ratio
    shortfall_share: Ratio

    @property
    def var_cents_up(self) -> int:
        """VaR in cents."""
        return div_up(self.var_loss, RETURN_SCALE)

    @property
    def shortfall_cents_up(self) -> int:
        """Expected shortfall in cents."""
        return div_up(self.shortfall.numerator, self.shortfall.denominator * RETURN_SCALE)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "confidence_bps": self.confidence_bps,
            "order": self.order,
            "var_loss_cents": str(self.var_cents_up),
            "var_share": ratio_dict(self.var_share, "share_of_equity", bad_side_up=True),
            "expected_shortfall_loss_cents": str(self.shortfall_cents_up),
            "expected_shortfall_share": ratio_dict(self.shortfall_share, "share_of_equity", bad_side_up=True),
        }


@dataclass(frozen=True, slots=True, repr=False)
class StressLine:
    """Loss under one stress row in 10^-6 cents, positive is bad."""

    stress_id: str
    name: str
    loss: int
    share: Ratio

    @property
    def loss_cents_up(self) -> int:
        """Loss in cents."""
        return div_up(self.loss, RETURN_SCALE)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "id": self.stress_id,
            "name": self.name,
            "loss_cents": str(self.loss_cents_up),
            "share": ratio_dict(self.share, "share_of_equity", bad_side_up=True),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Values:
    """Totals in 10^-16 USD, exact but for collateral.

    Attributes:
        assets: Long value, cash included.
        collateral: Long value after liquidation thresholds, rounded down.
        debt: Short value, borrowed cash included.
        equity: E.
        gross: G.
    """

    assets: int
    collateral: int
    debt: int
    equity: int
    gross: int

    def to_dict(self) -> dict[str, Any]:
        """Whole cents, assets and equity down, debt and gross up, as decimal text."""
        return {
            "assets_cents": str(div_down(self.assets, VALUE_PER_CENT)),
            "after_haircuts_cents": str(div_down(self.collateral, VALUE_PER_CENT)),
            "debt_cents": str(div_up(self.debt, VALUE_PER_CENT)),
            "equity_cents": str(div_down(self.equity, VALUE_PER_CENT)),
            "gross_cents": str(div_up(self.gross, VALUE_PER_CENT)),
        }


@dataclass(frozen=True, slots=True, repr=False)
class RiskReport:
    """Everything about one book on one sheet. Private.

    Attributes:
        sheet: What it was computed on.
        exposures: Lots, net values and exposures of every slot.
        health: Health factor by rule of HEALTH_RULES.
        largest_position: Symbol (None when there is only cash) and share of equity.
        sectors: Name and share of equity, in the universe's order.
        losses: S scenario losses in slot order, 10^-6 cents, positive is bad.
        tails: One line a confidence level, as asked, then the policy's.
        stresses: Worst first.
        distances: To the policy's health limit (when it has one), then to liquidation.
        policy_confidence_bps: The level at which the policy limits VaR and expected shortfall; None without one.
    """

    sheet: Sheet
    exposures: Exposures
    positions: tuple[PositionLine, ...]
    values: Values
    health: dict[str, Ratio]
    ltv: Ratio
    gross_leverage: Ratio
    net_leverage: Ratio
    largest_position: tuple[str | None, Ratio]
    sectors: tuple[tuple[str, Ratio], ...]
    hhi: Ratio
    losses: tuple[int, ...]
    tails: tuple[TailLine, ...]
    stresses: tuple[StressLine, ...]
    distances: tuple[Distance, ...]
    verdict: Verdict | None
    policy_confidence_bps: int | None = None

    def __repr__(self) -> str:
        return f"<RiskReport {len(self.positions)} positions, epoch {self.sheet.epoch}, private>"

    def __sub__(self, before: RiskReport) -> RiskDiff:
        """What changed since an earlier report on the same sheet; see `risk_difference`."""
        return risk_difference(before, self)

    def _repr_html_(self) -> str:
        mark = ", synthetic prices" if self.sheet.synthetic else ""
        return html_table(f"{len(self.positions)} positions, epoch {self.sheet.epoch}{mark}", metric_rows(self))

    def to_frame(self) -> pandas.DataFrame:
        """Every metric as a row of a pandas frame; see `zkrisk.metrics.notebook.to_frame`."""
        return to_frame(metric_rows(self))

    def components(self, confidence_bps: int) -> Components:
        """Parts of value at risk and expected shortfall by slot; see `zkrisk.metrics.component`."""
        return components(self.exposures.cents, self.sheet.window.returns, confidence_bps)

    @property
    def health_factor(self) -> Ratio:
        """Health factor by our own rule."""
        return self.health["zkrisk"]

    def tail(self, confidence_bps: int) -> TailLine:
        """Line of one confidence level; KeyError when it was not asked for."""
        for line in self.tails:
            if line.confidence_bps == confidence_bps:
                return line
        raise KeyError(confidence_bps)

    def to_dict(self, *, positions: bool = False) -> dict[str, Any]:
        """JSON form: unit suffixes, no floats, big integers as decimal text; positions only on demand."""
        document: dict[str, Any] = {
            "private": True,
            "sheet": self._sheet_dict(),
            "positions_count": len(self.positions),
            **self.values.to_dict(),
            **self._ratio_dict(),
            "convention": CONVENTION,
            "tails": [line.to_dict() for line in self.tails],
            "stresses": [line.to_dict() for line in self.stresses],
            "distances": [distance.to_dict() for distance in self.distances],
            "verdict": None if self.verdict is None else self.verdict.to_dict(),
        }
        if positions:
            document["positions"] = [_position_dict(line) for line in self.positions]
        return document

    def _ratio_dict(self) -> dict[str, Any]:
        symbol, share = self.largest_position
        health = {r: ratio_dict(value, "health_factor", bad_side_up=False) for r, value in self.health.items()}
        return {
            "health_factor": health,
            "loan_to_value": ratio_dict(self.ltv, "loan_to_value", bad_side_up=True),
            "gross_leverage": ratio_dict(self.gross_leverage, "leverage", bad_side_up=True),
            "net_leverage": ratio_dict(self.net_leverage, "leverage", bad_side_up=True),
            "largest_position": {"instrument": symbol, **ratio_dict(share, "share_of_equity", bad_side_up=True)},
            "sectors": [
                {"sector": name, **ratio_dict(value, "share_of_equity", bad_side_up=True)}
                for name, value in self.sectors
            ],
            "hhi": ratio_dict(self.hhi, "hhi", bad_side_up=True),
        }

    def _sheet_dict(self) -> dict[str, Any]:
        sheet, window = self.sheet, self.sheet.window
        return {
            "universe": sheet.universe.id,
            "sha256": sheet.sha256,
            "epoch": sheet.epoch,
            "as_of_unix": sheet.as_of_unix,
            "synthetic": sheet.synthetic,
            "warnings": list(sheet.warnings),
            "window": {
                "first_day": window.first_day,
                "last_day": window.last_day,
                "rows": len(window.returns),
                "seeded_rows": window.seeded,
                "proxies": list(window.proxies),
            },
        }


def _position_dict(line: PositionLine) -> dict[str, Any]:
    return {
        "instrument": line.symbol,
        "long_lots": str(line.long_lots),
        "short_lots": str(line.short_lots),
        "net_cents": str(line.net_cents),
        "share": ratio_dict(line.share, "share_of_equity", bad_side_up=True),
    }


def _positions(exposures: Exposures, sheet: Sheet) -> tuple[PositionLine, ...]:
    shares = (
        gross_leverage(abs(exposures.net[0]), exposures.equity),
        *position_shares(exposures.net, exposures.equity),
    )
    return tuple(
        PositionLine(sheet.universe.symbol_of(i), exposures.long[i], exposures.short[i], exposures.cents[i], shares[i])
        for i in range(len(exposures.net))
        if exposures.long[i] or exposures.short[i]
    )


def _tail(losses: Sequence[int], confidence_bps: int, equity_cents: int) -> TailLine:
    var = historical_var(losses, confidence_bps)
    shortfall = expected_shortfall(losses, confidence_bps)
    return TailLine(
        confidence_bps=confidence_bps,
        order=loss_order(len(losses), confidence_bps),
        var_loss=var,
        shortfall=shortfall,
        var_share=loss_share(var, equity_cents),
        shortfall_share=loss_share(shortfall.numerator, equity_cents, shortfall.denominator),
    )


def _stresses(exposures: Exposures, sheet: Sheet) -> tuple[StressLine, ...]:
    rows = sheet.parameters
    losses = stress_losses(exposures.cents, rows.stress_return)
    lines = [
        StressLine(stress_id, name, loss, loss_share(loss, exposures.equity_cents))
        for stress_id, name, loss in zip(rows.stress_ids, rows.stress_names, losses, strict=True)
    ]
    return tuple(sorted(lines, key=lambda line: (-line.loss, line.stress_id)))


def _health(exposures: Exposures, sheet: Sheet) -> dict[str, Ratio]:
    rows = sheet.parameters
    return {
        rule: health_factor(
            exposures.long,
            exposures.short,
            sheet.prices,
            rows.liquidation_threshold_bps,
            rows.borrow_factor_bps,
            rule=rule,
        )
        for rule in HEALTH_RULES
    }


def _values(exposures: Exposures, sheet: Sheet) -> Values:
    thresholds = sheet.parameters.liquidation_threshold_bps
    weighted = sum(q * p * w for q, p, w in zip(exposures.long, sheet.prices, thresholds, strict=True))
    return Values(
        assets=sum(q * p for q, p in zip(exposures.long, sheet.prices, strict=True)),
        collateral=div_down(weighted, BPS),
        debt=sum(q * p for q, p in zip(exposures.short, sheet.prices, strict=True)),
        equity=exposures.equity,
        gross=exposures.gross,
    )


def _largest_position(exposures: Exposures, sheet: Sheet) -> tuple[str | None, Ratio]:
    slot = max(range(1, len(exposures.net)), key=lambda i: abs(exposures.net[i]))
    share = position_shares(exposures.net, exposures.equity)[slot - 1]
    return (sheet.universe.symbol_of(slot) if exposures.net[slot] else None), share


def _levels(policy: Policy | None, confidences: Sequence[int]) -> tuple[list[int], list[int]]:
    """Confidence levels and health levels to report, each once, the policy's own among them."""
    health = policy.limit_bps("health") if policy else None
    own = [policy.confidence_bps] if policy else []
    return list(dict.fromkeys([*confidences, *own])), list(dict.fromkeys([*([health] if health else []), BPS]))


def _sectors(exposures: Exposures, sheet: Sheet) -> tuple[tuple[str, Ratio], ...]:
    rows = sheet.parameters
    shares = sector_shares(exposures.net, rows.sector, exposures.equity)
    return tuple(zip(rows.sector_names, shares, strict=False))


def risk(
    book: Lots,
    sheet: Sheet,
    policy: Policy | None = None,
    leg: Lots | None = None,
    confidences: Sequence[int] = DEFAULT_CONFIDENCES,
) -> RiskReport:
    """Compute every metric of a book on a sheet.

    Args:
        book: Lots, N.
        sheet: Prices, parameters and window.
        policy: Adds a verdict, its confidence level and the distance to its health limit.
        leg: On-chain lots.
        confidences: Levels in basis points.

    Raises:
        InputError, RangeExceeded, BadLimit: See `zkrisk.metrics.check.check`.
    """
    exposures = exposures_of(book, leg, sheet.prices)
    check_ranges(exposures)
    losses = scenario_losses(exposures.cents, sheet.window.returns)
    levels, health_levels = _levels(policy, confidences)
    return RiskReport(
        sheet=sheet,
        exposures=exposures,
        positions=_positions(exposures, sheet),
        values=_values(exposures, sheet),
        health=_health(exposures, sheet),
        ltv=loan_to_value(exposures.long, exposures.short, sheet.prices),
        gross_leverage=gross_leverage(exposures.gross, exposures.equity),
        net_leverage=net_leverage(exposures.net, exposures.equity),
        largest_position=_largest_position(exposures, sheet),
        sectors=_sectors(exposures, sheet),
        hhi=hhi(exposures.net),
        losses=losses,
        tails=tuple(_tail(losses, level, exposures.equity_cents) for level in levels),
        stresses=_stresses(exposures, sheet),
        distances=tuple(distance_to_liquidation(exposures, sheet, level) for level in health_levels),
        verdict=check(policy, book, leg, sheet) if policy else None,
        policy_confidence_bps=policy.confidence_bps if policy else None,
    )
