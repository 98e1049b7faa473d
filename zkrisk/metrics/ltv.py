"""Loan to value: debt over collateral, both at their full price."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk.metrics.ratio import Ratio, Status

__all__ = ["loan_to_value"]


def loan_to_value(long: Sequence[int], short: Sequence[int], prices: Sequence[int]) -> Ratio:
    """Debt / collateral of N-vectors of lots and prices, exact; NO_DEBT, or NO_COLLATERAL when there is only debt."""
    debt = sum(q * p for q, p in zip(short, prices, strict=True))
    collateral = sum(q * p for q, p in zip(long, prices, strict=True))
    if not debt:
        return Ratio.tagged(Status.NO_DEBT)
    return Ratio(debt, collateral) if collateral else Ratio.tagged(Status.NO_COLLATERAL)
