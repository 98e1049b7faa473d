"""What is offered for a transaction that replaces another."""

from __future__ import annotations

from collections.abc import Iterable

from zkrisk.keeper.model import Fees
from zkrisk.keeper.queue import Attempt

__all__ = ["MOST_FOR_EMPTY", "is_worth_emptying", "next_fees"]

MOST_FOR_EMPTY = 4
"""An empty transaction, which earns nothing, is raised to that many times what the network asks at most."""


def next_fees(before: Attempt, asked: Fees) -> Fees:
    """Return the least fees that replace a transaction and that the network takes."""
    raised = before.fees.raised()
    return Fees(max(raised.most, asked.most), max(raised.tip, asked.tip))


def is_worth_emptying(fees: Fees, asked: Fees, paying: Iterable[Attempt]) -> bool:
    """Tell whether an empty transaction may offer so much: what replaces the dearest liquidation, or a few times asked.

    The price of one gas is bounded and not the tip as well: where the base fee rises, both must, to be a replacement.
    """
    needed = max((attempt.fees.raised().most for attempt in paying), default=0)
    return fees.most <= max(needed, MOST_FOR_EMPTY * asked.most)
