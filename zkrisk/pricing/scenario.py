"""A scenario: what every price and every volatility does at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from zkrisk.errors import InputError, UnknownInstrument
from zkrisk.params import RETURN_SCALE
from zkrisk.pricing.returns import RETURN_MIN

__all__ = ["FLAT", "STILL", "Scenario", "VolTerm"]

_DAYS_AT_ONE: Final = 30.0


@dataclass(frozen=True, slots=True)
class VolTerm:
    """How a volatility move depends on the days to expiry: (30 / days)^power.

    Attributes:
        short_power: Below 30 days.
        long_power: From 30 days.
        floor_days: Fewer days count as so many.
    """

    short_power: float = 0.0
    long_power: float = 0.0
    floor_days: float = 1.0

    def __post_init__(self) -> None:
        if self.floor_days <= 0 or min(self.short_power, self.long_power) < 0:
            raise InputError("volatility term: a power is negative, or the floor is not positive")

    def factor(self, days: float) -> float:
        """Factor of a move at so many days to expiry; 1 at 30."""
        power = self.short_power if days < _DAYS_AT_ONE else self.long_power
        return (_DAYS_AT_ONE / max(days, self.floor_days)) ** power


FLAT: Final = VolTerm()


@dataclass(frozen=True)
class Scenario:
    """Returns of underlyings and a move of every implied volatility.

    Attributes:
        name: One line.
        returns_e6: By underlying, 10^-6, at least -10^6. The symbol of an instrument may stand here too and goes before
            its underlying: a basis move, a staked token that trades off its rate, the own history of a perpetual.
        vol_e6: Relative move of a volatility of 30 days, 10^-6; other expiries by `vol_term`.
        vol_points_e6: Absolute move on top, in 10^-6 of 1.00; a volatility point is 10 000.
        covered_e6: Share of the profit or loss that counts, 10^-6: SPAN's extreme moves are covered in part.
        default_e6: Return of what is not named; None refuses it.
    """

    name: str
    returns_e6: Mapping[str, int] = field(default_factory=dict)
    vol_e6: int = 0
    vol_points_e6: int = 0
    vol_term: VolTerm = FLAT
    covered_e6: int = RETURN_SCALE
    default_e6: int | None = None

    def __post_init__(self) -> None:
        moves = [*self.returns_e6.values(), *([] if self.default_e6 is None else [self.default_e6])]
        if any(type(move) is not int or move < RETURN_MIN for move in moves):
            raise InputError(f"scenario '{self.name}': a return is not an integer of -10^6 or more")
        if not 0 < self.covered_e6 <= RETURN_SCALE:
            raise InputError(f"scenario '{self.name}': the covered share is not in 1 to 10^6 millionths")

    def return_e6(self, underlying: str, symbol: str | None = None) -> int:
        """Return of an instrument: its own, else its underlying's, else the default.

        Raises:
            UnknownInstrument: None of them; a price that nobody moved is not a price that stays.
        """
        if symbol is not None and symbol in self.returns_e6:
            return self.returns_e6[symbol]
        move = self.returns_e6.get(underlying, self.default_e6)
        if move is None:
            raise UnknownInstrument(f"scenario '{self.name}' does not say what {underlying} does")
        return move

    def volatility(self, volatility: float, years: float, days_a_year: int) -> float:
        """Volatility after the move, not below 0."""
        relative = self.vol_e6 / RETURN_SCALE * self.vol_term.factor(years * days_a_year)
        return max(0.0, volatility * (1.0 + relative) + self.vol_points_e6 / RETURN_SCALE)


STILL: Final = Scenario("unchanged", default_e6=0)
