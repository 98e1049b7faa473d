"""Health factor: collateral after thresholds over debt after borrow factors.

Three rules by name. ``zkrisk`` is exact; ``aave-v3.0`` and ``aave-v3.7`` reproduce the integers of those contracts,
which differ by some 4e-5 on the same state. Liquidation is below one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zkrisk.errors import InputError
from zkrisk.metrics.ratio import Ratio, Status
from zkrisk.params import BPS, PRICE_EXPONENT

__all__ = ["HEALTH_RULES", "WAD", "health_factor", "health_factor_aave_v3_0", "health_factor_aave_v3_7", "health_sums"]

WAD: Final = 10**18
_BASE_PER_VALUE: Final = 10 ** (PRICE_EXPONENT - 8)
HEALTH_RULES: Final = ("zkrisk", "aave-v3.0", "aave-v3.7")


def health_sums(
    long: Sequence[int],
    short: Sequence[int],
    prices: Sequence[int],
    thresholds_bps: Sequence[int],
    borrow_factors_bps: Sequence[int],
) -> tuple[int, int]:
    """Both sums of statement 1, N-vectors in, 10^-16 USD times bps out: weighted collateral and weighted debt."""
    collateral = sum(q * p * w for q, p, w in zip(long, prices, thresholds_bps, strict=True))
    return collateral, sum(q * p * w for q, p, w in zip(short, prices, borrow_factors_bps, strict=True))


def _zkrisk(collateral: int, debt: int) -> Ratio:
    return Ratio(collateral, debt) if debt else Ratio.tagged(Status.NO_DEBT)


def health_factor_aave_v3_0(collateral_base: Sequence[int], thresholds_bps: Sequence[int], debt_base: int) -> Ratio:
    """Aave v3.0: average threshold rounded down, then percentage and wad division rounded half up.

    Args:
        collateral_base: Collateral of each asset in base units (10^-8 USD).
        thresholds_bps: Liquidation threshold of each.
        debt_base: All debt in base units.

    Returns:
        An integer number of 10^-18 as a ratio, or NO_DEBT.

    Source: aave-v3-core 1.0, GenericLogic.calculateUserAccountData and PercentageMath, WadRayMath.
    """
    if not debt_base:
        return Ratio.tagged(Status.NO_DEBT)
    total = sum(collateral_base)
    weighted = sum(c * w for c, w in zip(collateral_base, thresholds_bps, strict=True))
    average_down = weighted // total if total else 0
    covered_half_up = (total * average_down + BPS // 2) // BPS
    return Ratio((covered_half_up * WAD + debt_base // 2) // debt_base, WAD)


def health_factor_aave_v3_7(collateral_base: Sequence[int], thresholds_bps: Sequence[int], debt_base: int) -> Ratio:
    """Aave v3.7: no average threshold; a wad division rounded half up, then the percentage rounded down.

    Arguments and result as `health_factor_aave_v3_0`.

    Source: aave-v3-origin, GenericLogic.calculateUserAccountData.
    """
    if not debt_base:
        return Ratio.tagged(Status.NO_DEBT)
    weighted = sum(c * w for c, w in zip(collateral_base, thresholds_bps, strict=True))
    return Ratio((weighted * WAD + debt_base // 2) // debt_base // BPS, WAD)


def health_factor(
    long: Sequence[int],
    short: Sequence[int],
    prices: Sequence[int],
    thresholds_bps: Sequence[int],
    borrow_factors_bps: Sequence[int],
    *,
    rule: str = "zkrisk",
) -> Ratio:
    """Health factor of N-vectors of lots, prices (10^-16 USD a lot) and factors (bps).

    The Aave rules know no borrow factor and ignore it; v3.0 rounds every balance down to base units, v3.7 debt up.

    Returns:
        The exact fraction (``zkrisk``), a multiple of 10^-18 (Aave), or NO_DEBT.

    Raises:
        InputError: The rule is not one of HEALTH_RULES.
    """
    if rule == "zkrisk":
        return _zkrisk(*health_sums(long, short, prices, thresholds_bps, borrow_factors_bps))
    if rule not in HEALTH_RULES:
        raise InputError(f"the health rule is not one of {', '.join(HEALTH_RULES)}")
    collateral = [q * p // _BASE_PER_VALUE for q, p in zip(long, prices, strict=True)]
    debts = [q * p for q, p in zip(short, prices, strict=True)]
    if rule == "aave-v3.0":
        debt_down = sum(value // _BASE_PER_VALUE for value in debts)
        return health_factor_aave_v3_0(collateral, thresholds_bps, debt_down)
    debt_up = sum(-(-value // _BASE_PER_VALUE) for value in debts)
    return health_factor_aave_v3_7(collateral, thresholds_bps, debt_up)
