"""Correlations of the sheet's returns: limits that only the client checks, and a market in which all of them are 0.9.

Report-only: no proof and no contract knows a correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import numpy as np

from zkrisk.analytics.factors import Matrix
from zkrisk.analytics.parametric import Mean, ParametricVar, parametric_var, sample_covariance
from zkrisk.analytics.text import decimal_text
from zkrisk.errors import BadLimit, InputError
from zkrisk.params import BPS

__all__ = [
    "STRESSED_CORRELATION",
    "CorrelatedPair",
    "correlated_pairs",
    "correlation_matrix",
    "correlation_with",
    "stressed_covariance",
    "stressed_var",
]

STRESSED_CORRELATION: Final = 0.9


def _deviations(covariance: Matrix) -> Matrix:
    return np.sqrt(np.clip(np.diag(covariance), 0.0, None))


def correlation_matrix(returns_e6: Sequence[Sequence[int]]) -> Matrix:
    """Sample correlations of S x N returns; 1 on the diagonal, 0 beside what does not move (cash, unused slots).

    Raises:
        EmptyScenarios: Fewer than two rows.
        InputError: Rows of different lengths.
    """
    covariance = sample_covariance(returns_e6, mean=Mean.REMOVED, ddof=1)
    deviations = _deviations(covariance)
    products = np.outer(deviations, deviations)
    matrix = np.divide(covariance, products, out=np.zeros_like(covariance), where=products > 0)
    np.fill_diagonal(matrix, 1.0)
    return np.clip(matrix, -1.0, 1.0)


def stressed_covariance(covariance: Matrix, *, correlation: float = STRESSED_CORRELATION) -> Matrix:
    """The same variances with one correlation between everything that moves: what diversification is worth in a crisis.

    Positive semidefinite for a correlation from 0 to 1. A book that is long one thing and short another looks *safer*
    in it: read it beside the figure that was observed, never instead.

    Raises:
        InputError: The correlation is not 0 to 1.
    """
    if not 0 <= correlation <= 1:
        raise InputError("the stressed correlation is not 0 to 1")
    deviations = _deviations(covariance)
    matrix = correlation * np.outer(deviations, deviations)
    np.fill_diagonal(matrix, deviations**2)
    return matrix


def stressed_var(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], confidence_bps: int
) -> ParametricVar:
    """Parametric value at risk with observed variances and every correlation at STRESSED_CORRELATION.

    Arguments and errors as `zkrisk.analytics.parametric_figures`.
    """
    covariance = stressed_covariance(sample_covariance(returns_e6))
    method = f"sample, ddof 1, correlations {STRESSED_CORRELATION}"
    return parametric_var(exposures_cents, covariance, confidence_bps, method=method)


@dataclass(frozen=True, slots=True, repr=False)
class CorrelatedPair:
    """Two held slots that move together in the book: a correlation of their results above the limit. Private."""

    first: int
    second: int
    correlation: float

    def __repr__(self) -> str:
        return "<CorrelatedPair, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"slots": [self.first, self.second], "correlation": decimal_text(self.correlation, 4)}


def correlated_pairs(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], limit_bps: int
) -> tuple[CorrelatedPair, ...]:
    """Pairs of held slots whose results are correlated above a limit, worst first: a client-side limit.

    The sign counts as it is held: long and short of two things that rise together is a hedge, not a concentration.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: S x N, 10^-6.
        limit_bps: 0 to 10_000; 9_000 is a correlation of 0.9.

    Raises:
        BadLimit: The limit is outside.
        InputError, EmptyScenarios: See `correlation_matrix`; the sizes differ.
    """
    if not 0 <= limit_bps <= BPS:
        raise BadLimit("a correlation limit is not 0 to 1")
    matrix = correlation_matrix(returns_e6)
    if len(matrix) != len(exposures_cents):
        raise InputError(f"returns of {len(matrix)} slots do not fit {len(exposures_cents)} exposures")
    held = [slot for slot, value in enumerate(exposures_cents) if slot and value]
    pairs = []
    for place, i in enumerate(held):
        for j in held[place + 1 :]:
            same_side = (exposures_cents[i] > 0) == (exposures_cents[j] > 0)
            value = float(matrix[i, j]) if same_side else -float(matrix[i, j])
            if value * BPS > limit_bps:
                pairs.append(CorrelatedPair(i, j, value))
    return tuple(sorted(pairs, key=lambda pair: (-pair.correlation, pair.first, pair.second)))


def correlation_with(losses: Sequence[int], returns_e6: Sequence[int]) -> float | None:
    """Correlation of the book's results (minus its losses) with one instrument's returns; None if either is constant.

    Args:
        losses: S losses of the book, any unit.
        returns_e6: S returns of the instrument, 10^-6, the same days.

    Raises:
        InputError: The lengths differ or are below two.
    """
    if len(losses) != len(returns_e6) or len(losses) < 2:
        raise InputError(f"{len(losses)} losses and {len(returns_e6)} returns do not make a correlation")
    count, total, other = len(losses), sum(losses), sum(returns_e6)
    joint = count * sum(a * b for a, b in zip(losses, returns_e6, strict=True)) - total * other
    own = count * sum(a * a for a in losses) - total**2
    others = count * sum(b * b for b in returns_e6) - other**2
    return -joint / sqrt(own) / sqrt(others) if own and others else None
