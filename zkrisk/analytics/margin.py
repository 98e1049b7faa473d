"""Margins as exchanges compute them, and one account beside several. Report-only.

The proved portfolio margin is the worst row of a grid that a publisher signed; these are the shapes that exchanges
publish, for comparison. Units are the caller's, one for all numbers; a loss is positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zkrisk.errors import EmptyScenarios, InputError

__all__ = [
    "OKX_RISKS",
    "MarginComparison",
    "ScanRisk",
    "compare_margin",
    "okx_maintenance_margin",
    "scan_risk",
]

OKX_RISKS: Final = 7


@dataclass(frozen=True, slots=True, repr=False)
class ScanRisk:
    """Losses of a portfolio over the scenarios of a risk array. Private.

    Attributes:
        losses: One a scenario, positive is bad.
        scenario: Index of the worst, the first of equals.
    """

    losses: tuple[int, ...]
    scenario: int

    def __repr__(self) -> str:
        return f"<ScanRisk of {len(self.losses)} scenarios, private>"

    @property
    def margin(self) -> int:
        """The worst loss; nothing when no scenario loses."""
        return max(0, self.losses[self.scenario])


def scan_risk(loss_arrays: Mapping[str, Sequence[int]], position: Mapping[str, int]) -> ScanRisk:
    """SPAN's scan risk: the worst loss of the whole portfolio in one and the same scenario.

    Args:
        loss_arrays: Risk array of one contract held long, by name; all of one length (16 in SPAN), losses positive.
            The share of the extreme moves that SPAN covers is in the array already.
        position: Contracts by name, negative is short.

    Raises:
        EmptyScenarios: There is no array, or no scenario in it.
        InputError: The arrays differ in length, or a contract has none.

    Source: CME SPAN; the shape is that of McMillan, Options as a Strategic Investment, pages 668 to 670.
    """
    lengths = {len(array) for array in loss_arrays.values()}
    if not lengths or lengths == {0}:
        raise EmptyScenarios("there are no risk arrays")
    if len(lengths) != 1:
        raise InputError("the risk arrays differ in length")
    if not position.keys() <= loss_arrays.keys():
        raise InputError("a contract of the position has no risk array")
    count = lengths.pop()
    losses = tuple(sum(held * loss_arrays[name][s] for name, held in position.items()) for s in range(count))
    return ScanRisk(losses, losses.index(max(losses)))


def okx_maintenance_margin(risks: Sequence[int]) -> int:
    """OKX's portfolio-margin maintenance requirement of MR1 to MR7.

    max(max(MR1, MR2, MR6) + MR3 + MR4 + MR5, MR7): spot shock, time decay or extreme move, then volatility, basis and
    rate, and no less than the minimum charge.

    Raises:
        InputError: Not seven, or one is negative.

    Source: OKX help, "OKX to enhance new features in portfolio margin mode", 31 May 2024.
    """
    if len(risks) != OKX_RISKS or min(risks) < 0:
        raise InputError(f"there are not {OKX_RISKS} margin components from 0 on")
    mr1, mr2, mr3, mr4, mr5, mr6, mr7 = risks
    return max(max(mr1, mr2, mr6) + mr3 + mr4 + mr5, mr7)


@dataclass(frozen=True, slots=True, repr=False)
class MarginComparison:
    """One cross-margin account beside isolated ones with the same positions and collateral. Private.

    Attributes:
        isolated: Sum of each account's own worst loss (from 0): what they need apart.
        cross: Worst loss of all together: what they need as one account; never more than isolated.
        isolated_liquidated: For each scenario, how many isolated accounts lose all their collateral.
        cross_liquidated: For each scenario, whether the one account does.
        isolated_worst: Worst loss when no isolated account can lose more than its collateral.
        cross_worst: Worst loss when the one account cannot lose more than all the collateral.
    """

    isolated: int
    cross: int
    isolated_liquidated: tuple[int, ...]
    cross_liquidated: tuple[bool, ...]
    isolated_worst: int
    cross_worst: int

    def __repr__(self) -> str:
        return f"<MarginComparison of {len(self.cross_liquidated)} scenarios, private>"

    @property
    def offset(self) -> int:
        """Margin that putting everything in one account sets free."""
        return self.isolated - self.cross

    def to_dict(self) -> dict[str, Any]:
        """JSON form, in the caller's unit."""
        return {
            "report_only": True,
            "private": True,
            "isolated_margin": str(self.isolated),
            "cross_margin": str(self.cross),
            "offset": str(self.offset),
            "scenarios": len(self.cross_liquidated),
            "scenarios_with_isolated_liquidation": sum(count > 0 for count in self.isolated_liquidated),
            "scenarios_with_cross_liquidation": sum(self.cross_liquidated),
            "isolated_worst_loss": str(self.isolated_worst),
            "cross_worst_loss": str(self.cross_worst),
        }


def compare_margin(losses: Sequence[Sequence[int]], collateral: Sequence[int]) -> MarginComparison:
    """Compare accounts kept apart with one account for all, over the same scenarios.

    Args:
        losses: For each account its loss in each scenario, accounts x scenarios, positive is bad.
        collateral: Of each account, from 0 on, the same unit.

    Raises:
        EmptyScenarios: No account or no scenario.
        InputError: The shapes differ, or a collateral is negative.
    """
    if not losses or not losses[0]:
        raise EmptyScenarios("there are no accounts or no scenarios")
    if len({len(row) for row in losses}) != 1 or len(collateral) != len(losses) or min(collateral) < 0:
        raise InputError("the accounts do not have one collateral from 0 on and one loss a scenario each")
    scenarios = list(zip(*losses, strict=True))
    together, pool = [sum(row) for row in scenarios], sum(collateral)
    return MarginComparison(
        isolated=sum(max(0, *row) for row in losses),
        cross=max(0, *together),
        isolated_liquidated=tuple(
            sum(loss >= own for loss, own in zip(row, collateral, strict=True) if loss > 0) for row in scenarios
        ),
        cross_liquidated=tuple(loss >= pool and loss > 0 for loss in together),
        isolated_worst=max(sum(min(loss, own) for loss, own in zip(row, collateral, strict=True)) for row in scenarios),
        cross_worst=max(min(loss, pool) for loss in together),
    )
