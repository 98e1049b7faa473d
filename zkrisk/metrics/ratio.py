"""A metric as an exact fraction, or a tag that says why there is none. Never a huge number for "no debt"."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zkrisk.fixedpoint import div_down, div_up, from_scaled
from zkrisk.params import BPS

__all__ = ["Ratio", "Status"]


class Status(StrEnum):
    """Why a ratio has, or has not, a value."""

    OK = "OK"
    NO_DEBT = "NO_DEBT"
    NO_COLLATERAL = "NO_COLLATERAL"
    INSOLVENT = "INSOLVENT"
    EMPTY = "EMPTY"
    NEVER = "NEVER"
    ALREADY_BELOW = "ALREADY_BELOW"


@dataclass(frozen=True, slots=True, repr=False)
class Ratio:
    """numerator / denominator, exactly; the denominator is positive when the status is OK. Private."""

    numerator: int
    denominator: int
    status: Status = Status.OK

    def __repr__(self) -> str:
        return f"<Ratio {self.status}, private>"

    @classmethod
    def tagged(cls, status: Status) -> Ratio:
        """A ratio without a value."""
        return cls(0, 0, status)

    @property
    def is_defined(self) -> bool:
        """Tell whether there is a value."""
        return self.status is Status.OK

    def scaled_down(self, scale: int) -> int:
        """The value times scale, rounded toward minus infinity; undefined ratios raise ZeroDivisionError."""
        return div_down(self.numerator * scale, self.denominator)

    def scaled_up(self, scale: int) -> int:
        """The value times scale, rounded toward plus infinity."""
        return div_up(self.numerator * scale, self.denominator)

    def bps_down(self) -> int | None:
        """Basis points, rounded down; None without a value."""
        return self.scaled_down(BPS) if self.is_defined else None

    def bps_up(self) -> int | None:
        """Basis points, rounded up; None without a value."""
        return self.scaled_up(BPS) if self.is_defined else None

    def as_decimal(self, places: int = 18) -> Decimal | None:
        """Decimal with so many places, rounded down; None without a value."""
        return from_scaled(self.scaled_down(10**places), places) if self.is_defined else None
