"""Balances as Aave keeps them: scaled by an index in ray (10^-27), by the rule of a version. Report-only, integers.

``aave-v3.0`` rounds every product half up; ``aave-v3.7`` rounds for the protocol: what is supplied down, what is
borrowed up (since v3.5).
"""

from __future__ import annotations

from typing import Final

from zkrisk.errors import InputError

__all__ = ["BALANCE_RULES", "RAY", "accrued_index_aave", "balance_aave"]

RAY: Final = 10**27
BALANCE_RULES: Final = ("aave-v3.0", "aave-v3.7")
_SECONDS_A_YEAR: Final = 365 * 24 * 3_600


def _ray_mul_half_up(a: int, b: int) -> int:
    return (a * b + RAY // 2) // RAY


def accrued_index_aave(index_ray: int, rate_ray: int, elapsed_s: int) -> int:
    """Liquidity index after so many seconds of linear interest, in ray; the interest down, the product half up.

    Args:
        index_ray: As stored at the last update, at least one ray.
        rate_ray: Of a year of 365 days, from 0 on.
        elapsed_s: Since the last update, from 0 on.

    Raises:
        InputError: Out of range.

    Source: aave-v3-origin, MathUtils.calculateLinearInterest and ReserveLogic.getNormalizedIncome.
    """
    if index_ray < RAY or rate_ray < 0 or elapsed_s < 0:
        raise InputError("an index is below one ray, or a rate or a time is negative")
    return _ray_mul_half_up(rate_ray * elapsed_s // _SECONDS_A_YEAR + RAY, index_ray)


def balance_aave(scaled: int, index_ray: int, *, rule: str = "aave-v3.0", borrowed: bool = False) -> int:
    """Balance of a scaled balance in the asset's smallest unit.

    Args:
        scaled: Scaled balance, from 0 on.
        index_ray: Liquidity index of what is supplied, variable borrow index of what is borrowed.
        rule: One of BALANCE_RULES.
        borrowed: A debt.

    Raises:
        InputError: No such rule, or out of range.

    Source: aave-v3-origin, WadRayMath.rayMul and, since v3.5, TokenMath.
    """
    if rule not in BALANCE_RULES:
        raise InputError(f"the balance rule is not one of {', '.join(BALANCE_RULES)}")
    if scaled < 0 or index_ray < RAY:
        raise InputError("a scaled balance is negative, or an index is below one ray")
    if rule == "aave-v3.0":
        return _ray_mul_half_up(scaled, index_ray)
    product = scaled * index_ray
    return -(-product // RAY) if borrowed else product // RAY
