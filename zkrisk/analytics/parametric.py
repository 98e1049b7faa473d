"""Value at risk from variances and covariances: z * sqrt(x' C x). Report-only.

What the figure means depends on how C was made, so every result says it: which covariance, which mean, which ddof,
which z. Returns are 10^-6 as in the sheet, exposures whole cents, results cents. Where order matters, rows are oldest
first; those of a sheet's window are not (`in_time_order`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from typing import Any, Final

import numpy as np

from zkrisk.analytics.distributions import normal_quantile
from zkrisk.analytics.factors import FactorModel, Matrix, principal_factors
from zkrisk.analytics.text import decimal_text
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.params import RETURN_SCALE
from zkrisk.sheet import Window

__all__ = [
    "EWMA_LAMBDA",
    "Mean",
    "ParametricVar",
    "ewma_covariance",
    "in_time_order",
    "parametric_figures",
    "parametric_var",
    "sample_covariance",
]

EWMA_LAMBDA: Final = 0.94
"""Decay of daily variances. Source: RiskMetrics Technical Document 1996, section 5.3."""


class Mean(StrEnum):
    """What is done with the mean return.

    ZERO: taken as nought, nothing subtracted. REMOVED: subtracted from the returns, not used further, as in the proved
    form. KEPT: subtracted, and the mean gain lowers the value at risk.
    """

    ZERO = "ZERO"
    REMOVED = "REMOVED"
    KEPT = "KEPT"


@dataclass(frozen=True, slots=True, repr=False)
class ParametricVar:
    """One figure with all that it rests on. Report-only; private.

    Attributes:
        method: `sample`, `ewma` or `factors`, with its constants.
        z: Normal quantile of the confidence level.
        deviation_cents: Standard deviation of the daily result.
        mean_cents: Mean daily gain that lowers the figure; 0 unless the mean is KEPT.
    """

    method: str
    mean: Mean
    confidence_bps: int
    z: float
    deviation_cents: float
    mean_cents: float

    def __repr__(self) -> str:
        return f"<ParametricVar {self.method} at {self.confidence_bps} bps, private>"

    @property
    def loss_cents(self) -> float:
        """z * deviation - mean."""
        return self.z * self.deviation_cents - self.mean_cents

    @property
    def loss_cents_up(self) -> int:
        """Value at risk in whole cents, rounded up."""
        return ceil(self.loss_cents)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "report_only": True,
            "private": True,
            "method": self.method,
            "mean": str(self.mean),
            "confidence_bps": self.confidence_bps,
            "z": decimal_text(self.z, 6),
            "deviation_cents": decimal_text(self.deviation_cents, 2),
            "mean_cents": decimal_text(self.mean_cents, 2),
            "loss_cents": str(self.loss_cents_up),
        }


def in_time_order(window: Window) -> tuple[tuple[int, ...], ...]:
    """Rows of a sheet's window, oldest first: the contract's slots turn, and decay needs the days in order."""
    return tuple(row for _, row in sorted(zip(window.days, window.returns, strict=True)))


def _matrix(returns_e6: Sequence[Sequence[int]], least: int) -> Matrix:
    """Returns as fractions of one, S x N."""
    if len(returns_e6) < least:
        raise EmptyScenarios(f"{len(returns_e6)} rows of returns are fewer than {least}")
    if len({len(row) for row in returns_e6}) != 1:
        raise InputError("the rows of returns have different lengths")
    return np.array(returns_e6, dtype=np.float64) / RETURN_SCALE


def sample_covariance(returns_e6: Sequence[Sequence[int]], *, mean: Mean = Mean.REMOVED, ddof: int = 1) -> Matrix:
    """Covariance of S rows of returns, N x N, squares of daily returns: the sum of products over S - ddof.

    Args:
        returns_e6: S x N, 10^-6, any order.
        mean: ZERO subtracts nothing; the others subtract the sample mean.
        ddof: 1 for the unbiased estimate about the sample mean, 0 for the maximum-likelihood one.

    Raises:
        EmptyScenarios: Not more rows than ddof.
        InputError: Rows of different lengths, or a negative ddof.
    """
    if ddof < 0:
        raise InputError("ddof is negative")
    moves = _matrix(returns_e6, ddof + 1)
    if mean is not Mean.ZERO:
        moves = moves - moves.mean(axis=0)
    return moves.T @ moves / (len(moves) - ddof)


def ewma_covariance(returns_e6: Sequence[Sequence[int]], *, decay: float = EWMA_LAMBDA) -> Matrix:
    """Exponentially weighted covariance about a mean of zero, N x N.

    The weight of the newest row is largest, each older one's is `decay` times the next; together they are 1.

    Args:
        returns_e6: S x N, 10^-6, oldest first.
        decay: Lambda, between 0 and 1.

    Raises:
        EmptyScenarios: No rows.
        InputError: Rows of different lengths, or a decay outside.
    """
    if not 0 < decay < 1:
        raise InputError("the decay is not between 0 and 1")
    moves = _matrix(returns_e6, 1)
    weights = decay ** np.arange(len(moves) - 1, -1, -1, dtype=np.float64)
    return (moves * (weights / weights.sum())[:, None]).T @ moves


def parametric_var(
    exposures_cents: Sequence[int],
    covariance: Matrix | FactorModel,
    confidence_bps: int,
    *,
    method: str,
    mean: Mean = Mean.REMOVED,
    mean_returns: Sequence[float] | None = None,
) -> ParametricVar:
    """Value at risk of one day, as if results were normal.

    Args:
        exposures_cents: x, cents, N; negative is short.
        covariance: N x N of one day, or a factor model.
        confidence_bps: 1 to 9999.
        method: How the covariance was made, for the reader.
        mean: How the mean was treated.
        mean_returns: Mean return of each instrument, N; needed when, and only when, the mean is KEPT.

    Raises:
        InputError: The sizes differ, or the mean returns are missing or superfluous.
        BadLimit: The level is not between 0 and 1.
    """
    matrix = covariance.covariance() if isinstance(covariance, FactorModel) else covariance
    x = np.array(exposures_cents, dtype=np.float64)
    if matrix.shape != (len(x), len(x)):
        raise InputError(f"a covariance of {matrix.shape[0]} instruments does not fit {len(x)} exposures")
    if (mean is Mean.KEPT) != (mean_returns is not None) or (mean_returns is not None and len(mean_returns) != len(x)):
        raise InputError("mean returns belong to the mean KEPT, one for each instrument")
    gain = float(x @ np.array(mean_returns, dtype=np.float64)) if mean_returns is not None else 0.0
    variance = max(0.0, float(x @ matrix @ x))
    return ParametricVar(method, mean, confidence_bps, normal_quantile(confidence_bps), sqrt(variance), gain)


def parametric_figures(
    exposures_cents: Sequence[int], returns_e6: Sequence[Sequence[int]], confidence_bps: int, *, factors: int = 3
) -> tuple[ParametricVar, ...]:
    """The usual figures side by side: sample covariance without and with the mean, EWMA, principal factors.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: S x N, 10^-6, oldest first.
        confidence_bps: 1 to 9999.
        factors: K of the factor form, at most N.

    Raises:
        EmptyScenarios: Fewer than two rows.
        InputError, BadLimit: See `parametric_var`.
    """
    sample = sample_covariance(returns_e6)
    average = [float(value) for value in _matrix(returns_e6, 1).mean(axis=0)]
    kept = min(factors, len(exposures_cents))
    return (
        parametric_var(exposures_cents, sample, confidence_bps, method="sample, ddof 1"),
        parametric_var(
            exposures_cents, sample, confidence_bps, method="sample, ddof 1", mean=Mean.KEPT, mean_returns=average
        ),
        parametric_var(
            exposures_cents,
            ewma_covariance(returns_e6),
            confidence_bps,
            method=f"ewma, lambda {EWMA_LAMBDA}",
            mean=Mean.ZERO,
        ),
        parametric_var(
            exposures_cents, principal_factors(sample, kept), confidence_bps, method=f"{kept} principal factors"
        ),
    )
