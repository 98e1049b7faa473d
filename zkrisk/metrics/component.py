"""Which instrument the tail losses come from. Everything in 10^-6 cents; parts add up exactly to the whole.

The loss of a scenario is a sum over instruments, ``-ret[s,i] * x_i``, and the slack of `scenario_losses`. The value at
risk is the loss of one scenario, so its parts are those of that scenario; expected shortfall is an average of the tail,
and so are its parts. This is the Euler allocation of both measures: each is homogeneous in the exposures, and where it
is differentiable the part is the exposure times the derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkrisk.metrics.expected_shortfall import expected_shortfall
from zkrisk.metrics.historical_var import historical_var, tail_count, tail_mass
from zkrisk.metrics.ratio import Ratio
from zkrisk.metrics.scenario_losses import scenario_losses
from zkrisk.params import BPS, RETURN_SCALE

__all__ = ["Components", "components", "loss_parts", "marginal_var", "var_scenario"]


@dataclass(frozen=True, slots=True, repr=False)
class Components:
    """Parts of value at risk and expected shortfall, N each, in slot order. Private.

    Attributes:
        scenario: Row of the window whose loss is the value at risk.
        var_loss, slack: Their sum of parts: ``sum(var_parts) + slack == var_loss``.
        shortfall: Exact; ``sum(shortfall_parts) + slack * denominator`` is its numerator.
        shortfall_parts: Numerators over the denominator of the shortfall.
        marginal: Value at risk of the book minus that of the book without the instrument: positive when removing it
            lowers the value at risk. These do not add up.
    """

    confidence_bps: int
    scenario: int
    var_loss: int
    slack: int
    var_parts: tuple[int, ...]
    shortfall: Ratio
    shortfall_parts: tuple[int, ...]
    marginal: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Components {len(self.var_parts)} slots at {self.confidence_bps} bps, private>"

    def shortfall_part(self, slot: int) -> Ratio:
        """Part of one slot in the expected shortfall."""
        return Ratio(self.shortfall_parts[slot], self.shortfall.denominator)


def loss_parts(exposures_cents: Sequence[int], returns_e6: Sequence[int]) -> tuple[int, ...]:
    """Loss of every instrument in one scenario, N, without the slack.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: One row, 10^-6, N.
    """
    return tuple(-move * cents for move, cents in zip(returns_e6, exposures_cents, strict=True))


def _tail_order(losses: Sequence[int]) -> list[int]:
    """Rows from the largest loss to the smallest, the earlier row first among equals."""
    return sorted(range(len(losses)), key=lambda row: (-losses[row], row))


def var_scenario(losses: Sequence[int], confidence_bps: int) -> int:
    """Row whose loss is the value at risk; of equal losses the one that the order by row puts there.

    Raises:
        EmptyScenarios, BadLimit: See `tail_count`.
    """
    return _tail_order(losses)[tail_count(len(losses), confidence_bps)]


def marginal_var(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], losses: Sequence[int], confidence_bps: int
) -> tuple[int, ...]:
    """Value at risk minus that without each instrument, N; the slack stays, so an empty slot has 0.

    Args:
        losses: S losses of the whole book, as `scenario_losses` gives them.
    """
    whole = historical_var(losses, confidence_bps)
    found = []
    for slot, cents in enumerate(exposures_cents):
        without = [loss + row[slot] * cents for loss, row in zip(losses, returns_e6, strict=True)] if cents else losses
        found.append(whole - historical_var(without, confidence_bps))
    return tuple(found)


def components(exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], confidence_bps: int) -> Components:
    """Split value at risk and expected shortfall by instrument.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: S x N, 10^-6.
        confidence_bps: 1 to 9999.

    Raises:
        InputError, RangeExceeded, EmptyScenarios, BadLimit: See `scenario_losses` and `tail_count`.

    Source: Tasche 1999, "Risk contributions and performance measurement"; McNeil, Frey and Embrechts 2015, 8.5.
    """
    losses = scenario_losses(exposures_cents, returns_e6)
    order, count = _tail_order(losses), tail_count(len(losses), confidence_bps)
    scenario = order[count]
    at_var = loss_parts(exposures_cents, returns_e6[scenario])
    rest = tail_mass(len(losses), confidence_bps) - BPS * count
    weighted = [rest * part for part in at_var]
    for row in order[:count]:
        for slot, part in enumerate(loss_parts(exposures_cents, returns_e6[row])):
            weighted[slot] += BPS * part
    return Components(
        confidence_bps=confidence_bps,
        scenario=scenario,
        var_loss=losses[scenario],
        slack=len(exposures_cents) * RETURN_SCALE,
        var_parts=at_var,
        shortfall=expected_shortfall(losses, confidence_bps),
        shortfall_parts=tuple(weighted),
        marginal=marginal_var(exposures_cents, returns_e6, losses, confidence_bps),
    )
