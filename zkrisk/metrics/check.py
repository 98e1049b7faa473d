"""A policy against a book on a sheet, with exactly the integer inequalities of docs/protocol.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from zkrisk.errors import RangeExceeded
from zkrisk.metrics.concentration import hhi, position_shares, sector_shares, sector_values
from zkrisk.metrics.expected_shortfall import expected_shortfall_at
from zkrisk.metrics.exposures import Exposures, Lots, check_ranges, exposures_of
from zkrisk.metrics.health import health_sums
from zkrisk.metrics.historical_var import historical_var, tail_count
from zkrisk.metrics.leverage import gross_leverage
from zkrisk.metrics.ratio import Ratio, Status
from zkrisk.metrics.scenario_losses import scenario_losses
from zkrisk.metrics.stress import stress_losses, worst_stress
from zkrisk.metrics.verdict import LimitCheck, Verdict
from zkrisk.params import BPS, LOSS_BITS, RETURN_SCALE, STATEMENTS
from zkrisk.policy import Policy
from zkrisk.sheet import Sheet

__all__ = ["LOSS_PER_CENT_BPS", "blocked_held", "check", "is_healthy", "loss_share", "tail_threshold"]

LOSS_PER_CENT_BPS = RETURN_SCALE // BPS
"""A loss of one basis point of one cent, in 10^-6 cents: the 100 of statements 4, 5 and 7."""


@dataclass(frozen=True, slots=True, repr=False)
class _Case:
    policy: Policy
    sheet: Sheet
    exposures: Exposures
    losses: tuple[int, ...]
    stresses: tuple[int, ...]
    threshold: int


def loss_share(numerator: int, equity_cents: int, denominator: int = 1) -> Ratio:
    """A loss (numerator / denominator in 10^-6 cents) over equity in cents, or INSOLVENT."""
    if equity_cents <= 0:
        return Ratio.tagged(Status.INSOLVENT)
    return Ratio(numerator, denominator * RETURN_SCALE * equity_cents)


def tail_threshold(policy: Policy, book: Lots, leg: Lots | None, sheet: Sheet) -> int:
    """The t that an honest prover uses, in 10^-6 cents: the value at risk at the policy's confidence level."""
    exposures = exposures_of(book, leg, sheet.prices)
    return historical_var(scenario_losses(exposures.cents, sheet.window.returns), policy.confidence_bps)


def blocked_held(exposures: Exposures, sheet: Sheet) -> tuple[str, ...]:
    """Symbols of blocked slots in which something is held or owed (statement B)."""
    slots = range(1, len(sheet.blocked))
    held = [i for i in slots if sheet.blocked[i] and (exposures.long[i] or exposures.short[i])]
    return tuple(sheet.universe.symbol_of(slot) for slot in held)


def is_healthy(book: Lots, leg: Lots | None, sheet: Sheet, threshold_bps: int) -> bool:
    """Statement 1 alone: 10^4 * weighted collateral >= h * weighted debt. Its negation is statement 1'."""
    exposures = exposures_of(book, leg, sheet.prices)
    collateral, debt = _health_sums(exposures, sheet)
    return BPS * collateral >= threshold_bps * debt


def _health_sums(exposures: Exposures, sheet: Sheet) -> tuple[int, int]:
    rows = sheet.parameters
    return health_sums(
        exposures.long, exposures.short, sheet.prices, rows.liquidation_threshold_bps, rows.borrow_factor_bps
    )


def _limit(
    statement: str, inequality: bool, measured: Ratio, limit_bps: int | None, subject: str | None = None
) -> LimitCheck:
    """Statements with an upper limit."""
    use = headroom = None
    if limit_bps is not None and measured.is_defined:
        headroom = limit_bps - measured.scaled_up(BPS)
        if limit_bps:
            used = Ratio(measured.numerator * BPS, measured.denominator * limit_bps)
            use = max(0, used.scaled_up(BPS))
    enabled = limit_bps is not None
    holds = inequality or not enabled
    return LimitCheck(statement, enabled, holds, measured, measured.bps_up(), limit_bps, use, headroom, subject)


def _health(case: _Case) -> LimitCheck:
    collateral, debt = _health_sums(case.exposures, case.sheet)
    measured = Ratio(collateral, debt) if debt else Ratio.tagged(Status.NO_DEBT)
    limit = case.policy.limit_bps("health")
    if limit is None:
        return LimitCheck("health", False, True, measured, measured.bps_down(), None, None, None)
    use = headroom = None
    if debt:
        headroom = measured.scaled_down(BPS) - limit
        use = Ratio(limit * debt, BPS * collateral).scaled_up(BPS) if collateral else None
    else:
        use = 0
    holds = BPS * collateral >= limit * debt
    return LimitCheck("health", True, holds, measured, measured.bps_down(), limit, use, headroom)


def _leverage(case: _Case) -> LimitCheck:
    limit, exposures = case.policy.limit_bps("leverage"), case.exposures
    inequality = BPS * exposures.gross <= (limit or 0) * exposures.equity
    return _limit("leverage", inequality, gross_leverage(exposures.gross, exposures.equity), limit)


def _position(case: _Case) -> LimitCheck:
    limit, exposures = case.policy.limit_bps("position"), case.exposures
    inequality = all(BPS * abs(value) <= (limit or 0) * exposures.equity for value in exposures.net[1:])
    slot = max(range(1, len(exposures.net)), key=lambda i: abs(exposures.net[i]))
    subject = case.sheet.universe.symbol_of(slot) if exposures.net[slot] else None
    return _limit("position", inequality, position_shares(exposures.net, exposures.equity)[slot - 1], limit, subject)


def _sector(case: _Case) -> LimitCheck:
    exposures, rows = case.exposures, case.sheet.parameters
    names = rows.sector_names
    values = sector_values(exposures.net, rows.sector)
    shares = sector_shares(exposures.net, rows.sector, exposures.equity)
    if not case.policy.is_enabled("sector"):
        worst = max(range(len(values)), key=values.__getitem__)
        return _limit("sector", True, shares[worst], None, _sector_name(names, worst, values))
    limits = case.policy.sector_max_bps(case.sheet.tier, names)
    holds = [BPS * value <= limit * exposures.equity for value, limit in zip(values, limits, strict=True)]
    worst = _worst_sector(values, limits, holds)
    return _limit("sector", all(holds), shares[worst], limits[worst], _sector_name(names, worst, values))


def _worst_sector(values: tuple[int, ...], limits: list[int], holds: list[bool]) -> int:
    """A sector that fails comes first, then the one that uses most of its limit."""
    return max(range(len(values)), key=lambda k: (not holds[k], Fraction(values[k], max(1, limits[k])), -k))


def _sector_name(names: Iterable[str], index: int, values: tuple[int, ...]) -> str | None:
    listed = tuple(names)
    return listed[index] if index < len(listed) and values[index] else None


def _hhi(case: _Case) -> LimitCheck:
    limit, net = case.policy.limit_bps("hhi"), case.exposures.net
    total = sum(abs(value) for value in net[1:])
    inequality = BPS * sum(value * value for value in net[1:]) <= (limit or 0) * total * total
    return _limit("hhi", inequality, hhi(net), limit)


def _var(case: _Case) -> LimitCheck:
    limit, cents = case.policy.limit_bps("var"), case.exposures.equity_cents
    allowed = tail_count(len(case.losses), case.policy.confidence_bps)
    counted = sum(loss > case.threshold for loss in case.losses) <= allowed
    inequality = counted and case.threshold <= LOSS_PER_CENT_BPS * (limit or 0) * cents
    return _limit("var", inequality, loss_share(case.threshold, cents), limit)


def _expected_shortfall(case: _Case) -> LimitCheck:
    limit, cents = case.policy.limit_bps("expected_shortfall"), case.exposures.equity_cents
    bound = expected_shortfall_at(case.losses, case.policy.confidence_bps, case.threshold)
    inequality = bound.numerator <= bound.denominator * LOSS_PER_CENT_BPS * (limit or 0) * cents
    return _limit("expected_shortfall", inequality, loss_share(bound.numerator, cents, bound.denominator), limit)


def _stress(case: _Case) -> LimitCheck:
    limit, cents = case.policy.limit_bps("stress"), case.exposures.equity_cents
    inequality = all(loss <= LOSS_PER_CENT_BPS * (limit or 0) * cents for loss in case.stresses)
    row = worst_stress(case.stresses)
    subject = case.sheet.parameters.stress_ids[row]
    return _limit("stress", inequality, loss_share(case.stresses[row], cents), limit, subject)


_CHECKS = {
    "health": _health,
    "leverage": _leverage,
    "position": _position,
    "sector": _sector,
    "hhi": _hhi,
    "var": _var,
    "expected_shortfall": _expected_shortfall,
    "stress": _stress,
}


def check(policy: Policy, book: Lots, leg: Lots | None, sheet: Sheet, *, threshold: int | None = None) -> Verdict:
    """Evaluate every statement of the compliance circuit.

    Args:
        policy: Limits.
        book: Lots, N.
        leg: On-chain lots after the action, or None.
        sheet: Prices, parameters and window.
        threshold: t in 10^-6 cents; default the value at risk, which no other t beats.

    Returns:
        All eight statements, disabled ones too, with the two that are always on.

    Raises:
        InputError: Lengths differ.
        RangeExceeded: A value does not fit the circuit.
        BadLimit: The policy names a sector that the universe lacks.
    """
    exposures = exposures_of(book, leg, sheet.prices)
    check_ranges(exposures)
    losses = scenario_losses(exposures.cents, sheet.window.returns)
    chosen = historical_var(losses, policy.confidence_bps) if threshold is None else threshold
    if any(not -(1 << LOSS_BITS) < loss - chosen <= 1 << LOSS_BITS for loss in losses):
        raise RangeExceeded(f"the tail threshold is 2^{LOSS_BITS} or more away from a loss")
    stresses = stress_losses(exposures.cents, sheet.parameters.stress_return)
    case = _Case(policy, sheet, exposures, losses, stresses, chosen)
    return Verdict(
        policy_name=policy.name,
        policy_version=policy.version,
        limits=tuple(_CHECKS[statement](case) for statement in STATEMENTS),
        equity_positive=exposures.equity > 0,
        blocked_held=blocked_held(exposures, sheet),
        tail_threshold=chosen,
    )
