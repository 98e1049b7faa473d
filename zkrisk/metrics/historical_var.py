"""Historical value at risk: an order statistic, because a count is what can be proved."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.policy import tail_count, tail_mass

__all__ = ["historical_var", "loss_order", "tail_count", "tail_mass"]


def loss_order(scenarios: int, confidence_bps: int) -> int:
    """Which largest loss the value at risk is, counted from 1: tail_count + 1."""
    return tail_count(scenarios, confidence_bps) + 1


def historical_var(losses: Sequence[int], confidence_bps: int) -> int:
    """The (k + 1)-th largest of S losses, k = tail_count: the smallest loss that at most k losses exceed.

    No interpolation. The unit is that of the losses.

    Raises:
        EmptyScenarios: There are no losses.
        BadLimit: The confidence level is not between 0 and 1.

    Source: Rockafellar and Uryasev 2002, definition 1; McNeil, Frey and Embrechts 2015, definition 2.8.
    """
    order = loss_order(len(losses), confidence_bps)
    return sorted(losses, reverse=True)[order - 1]
