"""Scenario sets: margin grids of spot price times volatility, and a history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from zkrisk.errors import InputError
from zkrisk.fixedpoint import div_up
from zkrisk.params import RETURN_SCALE
from zkrisk.pricing.returns import RETURN_MIN
from zkrisk.pricing.scenario import FLAT, Scenario, VolTerm

__all__ = [
    "DERIBIT_TERM",
    "PMRM_TERM",
    "deribit_scenarios",
    "historical_scenarios",
    "pmrm_scenarios",
    "span_scenarios",
    "spot_vol_grid",
]

PMRM_TERM: Final = VolTerm(short_power=0.3, long_power=0.13, floor_days=1.0)
DERIBIT_TERM: Final = VolTerm(short_power=0.3, long_power=0.3, floor_days=1.0)
_THIRDS: Final = (0, 1, -1, 2, -2, 3, -3)
_PMRM_STEPS: Final = (150_000, 100_000, 50_000, 0, -50_000, -100_000, -150_000)
_DERIBIT_STEPS: Final = tuple(step * 40_000 for step in range(-4, 5))


def _away(numerator: int, denominator: int) -> int:
    """The quotient rounded away from zero: a move is never smaller than asked."""
    magnitude = div_up(abs(numerator), denominator)
    return magnitude if numerator >= 0 else -magnitude


def span_scenarios(
    ranges_e6: Mapping[str, int],
    vol_e6: int,
    *,
    extreme_multiple: int = 2,
    covered_e6: int = 350_000,
    vol_points: bool = False,
) -> tuple[Scenario, ...]:
    """SPAN's sixteen in SPAN's order.

    0, +1/3, -1/3, +2/3, -2/3, +3/3, -3/3 of the scan range, each with volatility up, then down; then two extreme moves,
    up and down, volatility unchanged, of which a share counts.

    Args:
        ranges_e6: Price scan range of each underlying, 10^-6 of its price. All of them move together: a margin of each
            underlying alone, as SPAN's, is a set for each with the ranges of the others 0.
        vol_e6: Volatility scan range, 10^-6, relative; with `vol_points` in 10^-6 of 1.00.
        extreme_multiple: Scan ranges that an extreme move spans; clearing houses use 2 or 3. A fall stops at -100 %.
        covered_e6: Share of it that counts, 10^-6; 35 % goes with 2 and about a third with 3.

    Raises:
        InputError: A range that is negative, or a volatility range not in 0 to 10^6.

    Source: CME SPAN's risk arrays; McMillan, Options as a Strategic Investment, on the sixteen scenarios.
    """
    if min(ranges_e6.values(), default=0) < 0 or not 0 <= vol_e6 <= RETURN_SCALE:
        raise InputError("SPAN: a scan range is negative, or the volatility range is above 100 %")
    found = []
    for third in _THIRDS:
        moves = {name: max(RETURN_MIN, _away(scan * third, 3)) for name, scan in ranges_e6.items()}
        for word, move in (("up", vol_e6), ("down", -vol_e6)):
            relative, points = (0, move) if vol_points else (move, 0)
            name = f"span: {third:+d}/3 of the range, volatility {word}"
            found.append(Scenario(name, moves, vol_e6=relative, vol_points_e6=points))
    for sign in (1, -1):
        moves = {name: max(RETURN_MIN, sign * scan * extreme_multiple) for name, scan in ranges_e6.items()}
        found.append(
            Scenario(f"span: {sign * extreme_multiple:+d} ranges, covered in part", moves, covered_e6=covered_e6)
        )
    return tuple(found)


def spot_vol_grid(
    name: str, underlyings: Sequence[str], steps_e6: Sequence[int], vols_e6: Mapping[str, int], term: VolTerm = FLAT
) -> tuple[Scenario, ...]:
    """Every spot move with every volatility move, spot by spot; the underlyings move together.

    Args:
        steps_e6: Spot moves, 10^-6.
        vols_e6: Relative volatility moves at 30 days by their name, 10^-6.
    """
    return tuple(
        Scenario(
            f"{name}: spot {step / 10_000:+g} %, volatility {word}", dict.fromkeys(underlyings, step), move, 0, term
        )
        for step in steps_e6
        for word, move in vols_e6.items()
    )


def pmrm_scenarios(
    underlyings: Sequence[str], *, up_e6: int = 450_000, down_e6: int = 300_000, term: VolTerm = PMRM_TERM
) -> tuple[Scenario, ...]:
    """Derive's portfolio margin, 21: spot +15, 10, 5, 0, -5, -10, -15 % with volatility up, unchanged and down.

    The defaults are the test configuration of its published contracts: +45 and -30 % at 30 days, powers 0.3 below and
    0.13 above, not less than a day. Contingencies are not scenarios and not in here.
    """
    return spot_vol_grid("pmrm", underlyings, _PMRM_STEPS, {"up": up_e6, "none": 0, "down": -down_e6}, term)


def deribit_scenarios(
    underlyings: Sequence[str], *, up_e6: int = 380_000, down_e6: int = 380_000, term: VolTerm = DERIBIT_TERM
) -> tuple[Scenario, ...]:
    """Deribit's shape, 27: spot -16 to +16 % in nine even steps with volatility up, unchanged and down.

    The venue changes its parameters without notice. The defaults are figures that it has published: 38 % at 30 days,
    power 0.30. Its extended table of far moves and its contingencies are not in here.
    """
    return spot_vol_grid("deribit", underlyings, _DERIBIT_STEPS, {"up": up_e6, "same": 0, "down": -down_e6}, term)


def historical_scenarios(returns_e6: Mapping[str, Sequence[int]], names: Sequence[str]) -> tuple[Scenario, ...]:
    """A scenario a day: returns of underlyings, and of instruments with a history of their own; volatility unchanged.

    Args:
        returns_e6: By underlying or symbol, 10^-6, one a name.
        names: Of the scenarios, such as days.

    Raises:
        InputError: A history has another length.
    """
    for underlying, row in returns_e6.items():
        if len(row) != len(names):
            raise InputError(f"history: {underlying} has {len(row)} returns, there are {len(names)} scenarios")
    return tuple(
        Scenario(name, {underlying: row[index] for underlying, row in returns_e6.items()})
        for index, name in enumerate(names)
    )
