"""How far prices may move until the health factor reaches a level: all risky assets together, and each alone.

With weighted sums H = 10^4 * collateral - h * debt, and H_i the part of H that moves with a price, a relative move m
gives H + m * H_i. The level is crossed at m = -H / H_i: a fall when H_i > 0, a rise when H_i < 0. All exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zkrisk.metrics.exposures import Exposures
from zkrisk.metrics.ratio import Ratio, Status
from zkrisk.params import BPS
from zkrisk.sheet import Kind, Sheet

__all__ = ["Direction", "Distance", "distance_to_liquidation", "is_risky"]

_SAFE = frozenset({Kind.CASH, Kind.STABLECOIN, Kind.FX})


class Direction(StrEnum):
    """Which way prices move."""

    FALL = "FALL"
    RISE = "RISE"


@dataclass(frozen=True, slots=True, repr=False)
class Distance:
    """Relative moves that bring the health factor down to a level. Private.

    Attributes:
        level_bps: The level of the health factor, h.
        common: Move of all risky assets together, as a positive fraction, or NEVER, NO_DEBT, ALREADY_BELOW.
        common_direction: Of that move.
        nearest: Smallest move of one asset alone, tagged alike.
        nearest_direction: Of that move.
        nearest_symbol: Which asset.
    """

    level_bps: int
    common: Ratio
    common_direction: Direction
    nearest: Ratio
    nearest_direction: Direction
    nearest_symbol: str | None

    def __repr__(self) -> str:
        return f"<Distance to {self.level_bps} bps, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form; moves round down, which is the bad side."""
        return {
            "level_bps": self.level_bps,
            "common": _move(self.common, self.common_direction, None),
            "nearest": _move(self.nearest, self.nearest_direction, self.nearest_symbol),
        }


def _move(ratio: Ratio, direction: Direction, symbol: str | None) -> dict[str, Any]:
    if not ratio.is_defined:
        return {"status": str(ratio.status)}
    return {
        "status": str(ratio.status),
        "move_bps": str(ratio.bps_down()),
        "direction": str(direction),
        "instrument": symbol,
    }


def is_risky(sheet: Sheet, slot: int) -> bool:
    """Tell whether a slot moves with the market: not cash, stablecoins, currencies or unused slots."""
    instruments = sheet.universe.instruments
    return slot < len(instruments) and instruments[slot].kind not in _SAFE


def _crossing(buffer: int, slope: int) -> tuple[Ratio, Direction]:
    """Positive relative move at which buffer + move * slope reaches 0; a fall beyond 100 % never happens."""
    if slope > 0:
        return (Ratio(buffer, slope) if buffer <= slope else Ratio.tagged(Status.NEVER)), Direction.FALL
    if slope < 0:
        return Ratio(buffer, -slope), Direction.RISE
    return Ratio.tagged(Status.NEVER), Direction.FALL


def _is_nearer(left: Ratio, right: Ratio) -> bool:
    if not left.is_defined or not right.is_defined:
        return left.is_defined
    return left.numerator * right.denominator < right.numerator * left.denominator


def distance_to_liquidation(exposures: Exposures, sheet: Sheet, level_bps: int = BPS) -> Distance:
    """Moves until the health factor is level_bps (10^4 is liquidation).

    Prices move in proportion; cash, stablecoins and currencies stay. An asset alone is every slot in use but cash.

    Returns:
        Tagged NO_DEBT, ALREADY_BELOW (at this moment) or NEVER instead of a move where there is none.
    """
    rows = sheet.parameters
    long, short = rows.liquidation_threshold_bps, rows.borrow_factor_bps
    slots = range(len(sheet.prices))
    parts = [
        (BPS * exposures.long[i] * long[i] - level_bps * exposures.short[i] * short[i]) * sheet.prices[i] for i in slots
    ]
    buffer, debt = sum(parts), any(exposures.short[i] * sheet.prices[i] for i in slots)
    if not debt or buffer < 0:
        tag = Ratio.tagged(Status.ALREADY_BELOW if debt else Status.NO_DEBT)
        return Distance(level_bps, tag, Direction.FALL, tag, Direction.FALL, None)
    common, common_direction = _crossing(buffer, sum(part for i, part in enumerate(parts) if is_risky(sheet, i)))
    nearest, direction, symbol = Ratio.tagged(Status.NEVER), Direction.FALL, None
    for slot in range(1, len(sheet.universe.instruments)):
        move, way = _crossing(buffer, parts[slot])
        if _is_nearer(move, nearest):
            nearest, direction, symbol = move, way, sheet.universe.symbol_of(slot)
    return Distance(level_bps, common, common_direction, nearest, direction, symbol)
