"""Losses under the named stress rows of the sheet."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.metrics.scenario_losses import scenario_losses

__all__ = ["stress_losses", "worst_stress"]


def stress_losses(exposures_cents: Sequence[int], stress_returns_e6: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Loss of every stress row in 10^-6 cents, R; see `scenario_losses`, with the same slack."""
    return scenario_losses(exposures_cents, stress_returns_e6)


def worst_stress(losses: Sequence[int]) -> int:
    """Row of the largest loss, the first of equals."""
    return max(range(len(losses)), key=lambda row: (losses[row], -row))
