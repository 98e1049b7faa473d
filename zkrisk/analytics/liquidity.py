"""Value at risk of a book that cannot be sold in a day: time to unwind, half-spread, spreads times ten. Report-only.

Money is whole cents; everything is rounded to the bad side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

from zkrisk.errors import InputError
from zkrisk.fixedpoint import div_up
from zkrisk.metrics import historical_var, scenario_losses
from zkrisk.params import BPS, RETURN_SCALE

__all__ = [
    "SPREAD_STRESS",
    "LiquidityVar",
    "Market",
    "days_to_unwind",
    "half_spread_cost",
    "liquidity_var",
    "unwind_factor_e6",
]

SPREAD_STRESS: Final = 10
_FACTOR_SCALE: Final = 10**6


@dataclass(frozen=True, slots=True)
class Market:
    """Public facts of N slots; slot 0 is cash and needs none.

    Attributes:
        daily_volume_cents: Average daily volume.
        spread_bps: Ask less bid over the middle.
        participation_bps: The share of a day's volume that may be ours.
    """

    daily_volume_cents: tuple[int, ...]
    spread_bps: tuple[int, ...]
    participation_bps: int = 2_000

    def __post_init__(self) -> None:
        if len(self.daily_volume_cents) != len(self.spread_bps):
            raise InputError("there are not as many volumes as spreads")
        if min(*self.daily_volume_cents, *self.spread_bps, 0) < 0 or not 0 < self.participation_bps <= BPS:
            raise InputError("a volume or spread is negative, or the participation is not above 0 and at most 1")


def days_to_unwind(exposures_cents: Sequence[int], market: Market) -> tuple[int, ...]:
    """Whole days to sell each slot at the participation rate, rounded up; 0 for cash and for what is not held.

    Raises:
        InputError: The sizes differ, or something is held that has no volume: it cannot be sold at all.
    """
    if len(exposures_cents) != len(market.spread_bps):
        raise InputError(f"{len(market.spread_bps)} volumes do not fit {len(exposures_cents)} exposures")
    held = [0, *(abs(value) for value in exposures_cents[1:])]
    a_day = [volume * market.participation_bps for volume in market.daily_volume_cents]
    if any(value and not volume for value, volume in zip(held, a_day, strict=True)):
        raise InputError("something is held that has no daily volume")
    return tuple(div_up(value * BPS, volume) if value else 0 for value, volume in zip(held, a_day, strict=True))


def unwind_factor_e6(days: int) -> int:
    """How much a position sold in equal parts over T days risks of one held for one day, in 10^-6, rounded up.

    sqrt of the sum over the days of ((T - j) / T)^2 = sqrt((T + 1) (2 T + 1) / (6 T)), independent days; 1 at T <= 1.

    Source: Jorion, Value at Risk, 3rd edition, section 13.2.
    """
    if days <= 1:
        return _FACTOR_SCALE
    square = div_up((days + 1) * (2 * days + 1) * _FACTOR_SCALE**2, 6 * days)
    return isqrt(square - 1) + 1


def half_spread_cost(exposures_cents: Sequence[int], market: Market, *, stress: int = 1) -> int:
    """Cents lost by leaving every position: half the spread times `stress`, rounded up in each slot; cash costs none.

    What is held long can cost no more than itself; buying back what is short can.
    """
    total = 0
    for value, spread in zip(exposures_cents[1:], market.spread_bps[1:], strict=True):
        cost = div_up(abs(value) * spread * stress, 2 * BPS)
        total += min(cost, value) if value > 0 else cost
    return total


@dataclass(frozen=True, slots=True, repr=False)
class LiquidityVar:
    """Liquidity-adjusted value at risk. Report-only; private.

    Attributes:
        days: Days to unwind of each slot.
        one_day_cents: Value at risk as if all could be sold within a day.
        unwinding_cents: With every exposure times the factor of its own days.
        spread_cents: Half-spread cost.
        stressed_spread_cents: The same with spreads times SPREAD_STRESS.
    """

    confidence_bps: int
    days: tuple[int, ...]
    one_day_cents: int
    unwinding_cents: int
    spread_cents: int
    stressed_spread_cents: int

    def __repr__(self) -> str:
        return f"<LiquidityVar at {self.confidence_bps} bps, private>"

    @property
    def loss_cents(self) -> int:
        """Unwinding plus half-spread cost."""
        return self.unwinding_cents + self.spread_cents

    @property
    def stressed_loss_cents(self) -> int:
        """Unwinding plus the stressed half-spread cost."""
        return self.unwinding_cents + self.stressed_spread_cents

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "report_only": True,
            "private": True,
            "confidence_bps": self.confidence_bps,
            "days_to_unwind": list(self.days),
            "days_to_unwind_longest": max(self.days),
            "one_day_loss_cents": str(self.one_day_cents),
            "unwinding_loss_cents": str(self.unwinding_cents),
            "spread_cost_cents": str(self.spread_cents),
            "stressed_spread_cost_cents": str(self.stressed_spread_cents),
            "loss_cents": str(self.loss_cents),
            "stressed_loss_cents": str(self.stressed_loss_cents),
        }


def _scaled(value: int, factor_e6: int) -> int:
    """An exposure times a factor, away from zero."""
    size = div_up(abs(value) * factor_e6, _FACTOR_SCALE)
    return size if value >= 0 else -size


def liquidity_var(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], market: Market, confidence_bps: int
) -> LiquidityVar:
    """Historical value at risk with each slot held as long as it takes to sell it, plus the half-spread.

    The exogenous spread cost is added as in Bangia, Diebold, Schuermann and Stroughair 1999.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: S x N, 10^-6.
        market: Volumes and spreads, N.
        confidence_bps: 1 to 9999.

    Raises:
        InputError, EmptyScenarios, BadLimit, RangeExceeded: See `days_to_unwind` and `zkrisk.metrics`.
    """
    days = days_to_unwind(exposures_cents, market)
    held = [_scaled(x, unwind_factor_e6(t)) for x, t in zip(exposures_cents, days, strict=True)]

    def var_cents(exposures: Sequence[int]) -> int:
        return div_up(historical_var(scenario_losses(exposures, returns_e6), confidence_bps), RETURN_SCALE)

    return LiquidityVar(
        confidence_bps=confidence_bps,
        days=days,
        one_day_cents=var_cents(exposures_cents),
        unwinding_cents=var_cents(held),
        spread_cents=half_spread_cost(exposures_cents, market),
        stressed_spread_cents=half_spread_cost(exposures_cents, market, stress=SPREAD_STRESS),
    )
