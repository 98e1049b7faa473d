"""Covariances as a few factors and what is each instrument's own. Report-only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zkrisk.errors import InputError

__all__ = ["FactorModel", "Matrix", "principal_factors"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class FactorModel:
    """Covariance as factors plus what is each instrument's own: C = B' B + diag(d), the proved form's.

    Attributes:
        loadings: B, K x N; the factors are uncorrelated and of variance 1.
        specific: d, N, variances of one day.
    """

    loadings: Matrix
    specific: Matrix

    @classmethod
    def of_factors(cls, loadings: Matrix, factor_covariance: Matrix, specific: Matrix) -> FactorModel:
        """Model of named factors: C = B' F B + diag(d), rewritten with uncorrelated factors.

        Args:
            loadings: B, K x N, moves of the instruments for 1 of each factor.
            factor_covariance: F, K x K, positive definite, of one day.
            specific: d, N.

        Raises:
            InputError: The shapes differ, a specific variance is negative, or F is not positive definite.
        """
        count = len(factor_covariance)
        if factor_covariance.shape != (count, count) or loadings.shape != (count, len(specific)):
            raise InputError("loadings, factor covariance and specific variances do not fit together")
        if (specific < 0).any():
            raise InputError("a specific variance is negative")
        try:
            root = np.linalg.cholesky(factor_covariance)
        except np.linalg.LinAlgError:
            raise InputError("the covariance of the factors is not positive definite") from None
        return cls(loadings=root.T @ loadings, specific=specific)

    def covariance(self) -> Matrix:
        """C, N x N."""
        return self.loadings.T @ self.loadings + np.diag(self.specific)


def principal_factors(covariance: Matrix, factors: int) -> FactorModel:
    """The K largest principal components; what they leave of each variance is specific, so variances stay exact.

    Args:
        covariance: N x N, symmetric.
        factors: K, 1 to N.

    Raises:
        InputError: K outside.
    """
    if not 1 <= factors <= len(covariance):
        raise InputError(f"the number of factors is not 1 to {len(covariance)}")
    values, vectors = np.linalg.eigh(covariance)
    largest = np.clip(values[-factors:], 0.0, None)
    loadings = (vectors[:, -factors:] * np.sqrt(largest)).T
    left = np.diag(covariance) - (loadings**2).sum(axis=0)
    return FactorModel(loadings=loadings, specific=np.clip(left, 0.0, None))
