"""Expected shortfall: the mean loss of the tail, in the form that holds for any threshold."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.metrics.historical_var import historical_var, tail_mass
from zkrisk.metrics.ratio import Ratio
from zkrisk.params import BPS

__all__ = ["expected_shortfall", "expected_shortfall_at"]


def expected_shortfall_at(losses: Sequence[int], confidence_bps: int, threshold: int) -> Ratio:
    """t + 10^4 * sum of max(loss_s - t, 0) / tail_mass: an upper bound for any t, tight at t = value at risk.

    Args:
        losses: S losses.
        confidence_bps: 1 to 9999.
        threshold: t, in the unit of the losses.

    Returns:
        (tail_mass * t + 10^4 * sum of excesses) over tail_mass, exact, in the unit of the losses.

    Source: Rockafellar and Uryasev 2000, theorem 1.
    """
    mass = tail_mass(len(losses), confidence_bps)
    excess = sum(loss - threshold for loss in losses if loss > threshold)
    return Ratio(mass * threshold + BPS * excess, mass)


def expected_shortfall(losses: Sequence[int], confidence_bps: int) -> Ratio:
    """Expected shortfall of S losses; arguments and unit as `expected_shortfall_at`."""
    return expected_shortfall_at(losses, confidence_bps, historical_var(losses, confidence_bps))
