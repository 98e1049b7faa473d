"""Value at risk on simulated scenarios from a public seed. Report-only, and anybody can redo it bit for bit.

How a seed becomes scenarios: ``numpy.random.PCG64(seed).random_raw`` gives 64-bit words, in order, N for every scenario
(slot 0 first) and then, for Student's t, one for each degree of freedom; `normals_e9` turns each into a normal number.
They are mixed by an integer Cholesky factor of the window's covariance, and each return is floored to 10^-6 and clamped
like the sheet's own. From there on it is `zkrisk.metrics`: the same losses, the same order statistic.

Why the seed comes after the commitment: whoever knows the seed first can look for the book whose losses these scenarios
happen to miss, and whoever may choose the seed can try seeds until the figure is small ("grinding"). `seed_from` takes
the hash of a block later than the one that stored the commitment, and the commitment itself: neither can then be fitted
to the other. What is left: committing the same book again buys another draw, so a reader should take the first block
after the commitment and ask how many commitments there were; and the builder of that block could withhold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isqrt
from operator import mul
from typing import Any, Final

import numpy as np

from zkrisk.analytics.normals import NORMAL_SCALE, normals_e9
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.field import is_field_element
from zkrisk.fixedpoint import div_down, div_up
from zkrisk.metrics import Ratio, expected_shortfall, historical_var, scenario_losses, tail_count, tail_mass
from zkrisk.params import BPS, RETURN_BITS, RETURN_SCALE

__all__ = ["MonteCarlo", "monte_carlo", "seed_from", "simulate_returns"]

SEED_DOMAIN: Final = b"zkrisk/monte-carlo/v1"
_HASH_BYTES: Final = 32
_FACTOR_SCALE: Final = 10**9
_RETURN_MAX: Final = (1 << RETURN_BITS) - 1
_LEAST_DEGREES: Final = 3
_TWO_SIDED_95: Final = (1_959_964, 10**6)

Row = tuple[int, ...]


def seed_from(block_hash: bytes, commitment: int) -> int:
    """Seed of 256 bits: SHA-256 of the domain, the block hash and the commitment, each in 32 bytes, big-endian.

    Args:
        block_hash: Of the first block after the one in which the commitment was stored.
        commitment: As stored.

    Raises:
        InputError: The hash is not 32 bytes or all zero (what a contract reads for a block that is too old), or the
            commitment is no field element.
    """
    if len(block_hash) != _HASH_BYTES or not any(block_hash):
        raise InputError("the block hash is not 32 bytes, or all of them are zero")
    if not commitment or not is_field_element(commitment):
        raise InputError("the commitment is zero or no field element")
    preimage = SEED_DOMAIN + block_hash + commitment.to_bytes(_HASH_BYTES, "big")
    return int.from_bytes(sha256(preimage).digest(), "big")


def _covariance_scaled(returns_e6: Sequence[Sequence[int]]) -> list[list[int]]:
    """Sample covariance (ddof 1, mean removed) in (10^-6 / _FACTOR_SCALE)^2, floored; from exact sums."""
    days, columns = len(returns_e6), list(zip(*returns_e6, strict=True))
    sums = [sum(column) for column in columns]
    scale, divisor = _FACTOR_SCALE**2, days * (days - 1)

    def entry(i: int, j: int) -> int:
        return (days * sum(map(mul, columns[i], columns[j])) - sums[i] * sums[j]) * scale // divisor

    return [[entry(i, j) for j in range(i + 1)] for i in range(len(columns))]


def _cholesky(lower: list[list[int]]) -> list[list[int]]:
    """Integer Cholesky factor, row i with i + 1 entries, in 10^-6 / _FACTOR_SCALE.

    A pivot below one 10^-6 is rounding, not risk: its column is nought, as for cash, pegged and unused slots.
    """
    factor: list[list[int]] = []
    for i, row in enumerate(lower):
        made: list[int] = []
        for j in range(i):
            pivot = factor[j][j]
            rest = row[j] - sum(map(mul, made, factor[j]))
            made.append(div_down(rest, pivot) if pivot else 0)
        root = isqrt(max(0, row[i] - sum(map(mul, made, made))))
        factor.append([*made, root if root >= _FACTOR_SCALE else 0])
    return factor


def simulate_returns(
    returns_e6: Sequence[Sequence[int]], scenarios: int, seed: int, *, degrees: int | None = None
) -> tuple[Row, ...]:
    """Simulated scenario rows with the covariance of the given ones and no drift, 10^-6, floored and clamped.

    Args:
        returns_e6: S x N observed rows, 10^-6, any order; S at least 2.
        scenarios: How many to simulate.
        seed: 0 or more; see `seed_from`.
        degrees: Of freedom of Student's t with the same covariance, 3 or more; None is the normal distribution.

    Raises:
        EmptyScenarios: Fewer than two rows, or no scenario asked for.
        InputError: Rows of different lengths, a negative seed, or fewer degrees than 3 (their covariance is infinite).
    """
    if len(returns_e6) < 2 or scenarios < 1:
        raise EmptyScenarios("a simulation needs two observed rows and one scenario to make")
    if len({len(row) for row in returns_e6}) != 1:
        raise InputError("the rows of returns have different lengths")
    if seed < 0 or (degrees is not None and degrees < _LEAST_DEGREES):
        raise InputError(f"the seed is negative, or the degrees of freedom are below {_LEAST_DEGREES}")
    factor = _cholesky(_covariance_scaled(returns_e6))
    size = len(factor)
    width = size + (degrees or 0)
    normals = normals_e9(np.random.PCG64(seed).random_raw(scenarios * width))
    starts = range(0, scenarios * width, width)
    return tuple(_scenario(factor, normals[at : at + size], normals[at + size : at + width]) for at in starts)


def _scenario(factor: list[list[int]], normals: list[int], spread: list[int]) -> Row:
    """One row: factor * normals, times sqrt((v - 2) / chi2) for Student's t, chi2 the sum of the squares of spread."""
    stretch = NORMAL_SCALE
    if spread:
        squares = max(1, sum(map(mul, spread, spread)))
        stretch = isqrt((len(spread) - 2) * NORMAL_SCALE**4 // squares)
    unit = _FACTOR_SCALE * NORMAL_SCALE * NORMAL_SCALE
    moves = (div_down(sum(map(mul, row, normals)) * stretch, unit) for row in factor)
    return tuple(max(-RETURN_SCALE, min(_RETURN_MAX, move)) for move in moves)


@dataclass(frozen=True, slots=True, repr=False)
class MonteCarlo:
    """Tail of simulated losses. Report-only; private. Losses in 10^-6 cents, positive is bad.

    Attributes:
        seed: Public; with the window it gives the scenarios again.
        degrees: Of Student's t; None is normal.
        losses: In the order of the scenarios.
        var_loss: The order statistic of `zkrisk.metrics.historical_var`.
        shortfall: As `zkrisk.metrics.expected_shortfall`.
        var_range: Losses between which the VaR of infinitely many scenarios lies with 95 %, whatever the distribution.
    """

    seed: int
    degrees: int | None
    confidence_bps: int
    losses: tuple[int, ...]
    var_loss: int
    shortfall: Ratio
    var_range: tuple[int, int]

    def __repr__(self) -> str:
        return f"<MonteCarlo {len(self.losses)} scenarios at {self.confidence_bps} bps, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form: cents, rounded up; the seed as hexadecimal."""
        low, high = self.var_range
        shortfall_cents = div_up(self.shortfall.numerator, self.shortfall.denominator * RETURN_SCALE)
        return {
            "report_only": True,
            "private": True,
            "seed": f"0x{self.seed:064x}",
            "generator": "PCG64",
            "distribution": "normal" if self.degrees is None else f"student-t, {self.degrees} degrees",
            "scenarios": len(self.losses),
            "confidence_bps": self.confidence_bps,
            "var_loss_cents": str(div_up(self.var_loss, RETURN_SCALE)),
            "var_range_cents": [str(div_up(low, RETURN_SCALE)), str(div_up(high, RETURN_SCALE))],
            "expected_shortfall_loss_cents": str(shortfall_cents),
        }


def _var_range(losses: Sequence[int], confidence_bps: int) -> tuple[int, int]:
    """Order statistics 1.959964 standard deviations of a binomial count to both sides of the value at risk."""
    count, order = len(losses), tail_count(len(losses), confidence_bps)
    numerator, denominator = _TWO_SIDED_95
    variance_bps2 = tail_mass(count, confidence_bps) * confidence_bps
    width = -(-isqrt(variance_bps2 * numerator**2) // (denominator * BPS)) + 1
    falling = sorted(losses, reverse=True)
    return falling[min(count - 1, order + width)], falling[max(0, order - width)]


def monte_carlo(
    exposures_cents: Sequence[int],
    returns_e6: Sequence[Sequence[int]],
    confidence_bps: int,
    *,
    seed: int,
    scenarios: int = 10_000,
    degrees: int | None = None,
) -> MonteCarlo:
    """Value at risk and expected shortfall of one day on simulated scenarios.

    Args:
        exposures_cents: x, cents, N.
        returns_e6: Observed rows, S x N, 10^-6.
        confidence_bps: 1 to 9999.
        seed, scenarios, degrees: See `simulate_returns`.

    Raises:
        EmptyScenarios, InputError, RangeExceeded, BadLimit: See `simulate_returns` and `zkrisk.metrics`.
    """
    rows = simulate_returns(returns_e6, scenarios, seed, degrees=degrees)
    losses = scenario_losses(exposures_cents, rows)
    return MonteCarlo(
        seed=seed,
        degrees=degrees,
        confidence_bps=confidence_bps,
        losses=losses,
        var_loss=historical_var(losses, confidence_bps),
        shortfall=expected_shortfall(losses, confidence_bps),
        var_range=_var_range(losses, confidence_bps),
    )
