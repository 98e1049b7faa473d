"""Concentration: largest position and sector against equity, and the Herfindahl index. Cash never counts."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.metrics.ratio import Ratio, Status

__all__ = ["hhi", "position_shares", "sector_shares", "sector_values"]


def position_shares(net_values: Sequence[int], equity: int) -> tuple[Ratio, ...]:
    """|n_i| / E of slots 1 to N - 1 (index i - 1), or INSOLVENT each."""
    return tuple(_share(abs(value), equity) for value in net_values[1:])


def _share(value: int, equity: int) -> Ratio:
    return Ratio(value, equity) if equity > 0 else Ratio.tagged(Status.INSOLVENT)


def sector_values(net_values: Sequence[int], sectors: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Sum of |n_i| over the slots of each sector in 10^-16 USD; sectors is K x N of 0/1, cash in none."""
    return tuple(sum(abs(n) for n, member in zip(net_values, row, strict=True) if member) for row in sectors)


def sector_shares(net_values: Sequence[int], sectors: Sequence[Sequence[int]], equity: int) -> tuple[Ratio, ...]:
    """`sector_values` / E, K, or INSOLVENT each."""
    return tuple(_share(value, equity) for value in sector_values(net_values, sectors))


def hhi(net_values: Sequence[int]) -> Ratio:
    """Sum of n_i^2 over (sum of |n_i|)^2 for i >= 1, exact; EMPTY when there is nothing but cash."""
    total = sum(abs(value) for value in net_values[1:])
    return Ratio(sum(v * v for v in net_values[1:]), total * total) if total else Ratio.tagged(Status.EMPTY)
