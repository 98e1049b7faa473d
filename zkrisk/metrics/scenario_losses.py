"""Losses of a book in every scenario. A loss is positive and bad."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from zkrisk.errors import InputError, RangeExceeded
from zkrisk.params import LOSS_BITS, RETURN_SCALE

__all__ = ["scenario_losses"]


def scenario_losses(exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """loss_s = -sum of ret[s,i] * x_i + N * 10^6 in 10^-6 cents.

    The slack N * 10^6 covers the floor of every exposure to cents: the loss is never understated, and overstated by at
    most 1 + max(0, ret) cents a slot. Losses reach 2^82, so these are Python integers, not machine words.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: S x N, 10^-6.

    Raises:
        InputError: A row has another length.
        RangeExceeded: A loss is 2^82 or more in magnitude.
    """
    size = len(exposures_cents)
    if any(len(row) != size for row in returns_e6):
        raise InputError(f"a scenario row does not have {size} returns")
    slack = size * RETURN_SCALE
    losses = tuple(slack - sum(map(mul, row, exposures_cents)) for row in returns_e6)
    for index, loss in enumerate(losses):
        if abs(loss) >= 1 << LOSS_BITS:
            raise RangeExceeded(f"the loss of scenario {index} is 2^{LOSS_BITS} or more")
    return losses
