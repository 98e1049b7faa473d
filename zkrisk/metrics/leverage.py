"""Leverage: exposure over equity. Without equity it is INSOLVENT, never a negative ratio."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.metrics.ratio import Ratio, Status

__all__ = ["gross_leverage", "net_leverage"]


def gross_leverage(gross: int, equity: int) -> Ratio:
    """G / E, both in 10^-16 USD; G is long plus short of all slots but cash."""
    return Ratio(gross, equity) if equity > 0 else Ratio.tagged(Status.INSOLVENT)


def net_leverage(net_values: Sequence[int], equity: int) -> Ratio:
    """Sum of n_i over i >= 1, divided by E; negative for a book that is short on balance."""
    return Ratio(sum(net_values[1:]), equity) if equity > 0 else Ratio.tagged(Status.INSOLVENT)
