"""An implied volatility surface: a public input, as points, with the rule that joins them.

Along log-moneyness ln(strike / forward) total variance (volatility squared times years) is linear between the points
of an expiry, and the volatility is that of the last point outside them. Between expiries total variance is linear in
time at equal log-moneyness; before the first and after the last expiry the volatility is theirs. So variance that does
not fall from expiry to expiry at the points, which is checked, does not fall anywhere: no calendar spread is free.
Linear pieces have kinks, and quotes have errors: a butterfly can still be free, and is reported, not refused.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError, model_validator

from zkrisk.book.files import canonical_sha256, parse_json
from zkrisk.errors import BadFile, InputError
from zkrisk.pricing.black import DAYS_A_YEAR, undiscounted_otm
from zkrisk.pricing.fields import Name, Positive, Public, Unix, first_problem

__all__ = ["SURFACE_SCHEMA", "Smile", "Surface", "VolPoint", "parse_surface", "years_between"]

SURFACE_SCHEMA: Final = "urn:zkrisk:vol-surface/v1"
_SECONDS_A_YEAR: Final = DAYS_A_YEAR * 86_400
_MOST_YEARS: Final = 50
_MOST_VOL: Final = 100
_SLACK: Final = 1e-12


def years_between(as_of_unix: int, expiry_unix: int) -> float:
    """Years to expiry, ACT/365; 0 at expiry.

    Raises:
        InputError: Expired, or more than 50 years.
    """
    if expiry_unix < as_of_unix:
        raise InputError("the expiry has passed", hint="give the settlement price of the instrument")
    years = (expiry_unix - as_of_unix) / _SECONDS_A_YEAR
    if years > _MOST_YEARS:
        raise InputError(f"the expiry is more than {_MOST_YEARS} years away")
    return years


class VolPoint(Public):
    """A volatility at a strike in USD, or at a moneyness strike / forward; 0.6 is 60 % a year."""

    at: Positive
    vol: Annotated[Positive, Field(le=_MOST_VOL)]


class Smile(Public):
    """The points of one expiry, rising, with the forward price that they were quoted against."""

    expiry_unix: Unix
    forward: Positive
    points: tuple[VolPoint, ...] = Field(min_length=1, max_length=512)

    @model_validator(mode="after")
    def _rising(self) -> Smile:
        places = [point.at for point in self.points]
        if any(a >= b for a, b in pairwise(places)):
            raise ValueError("the points are not rising")
        return self


@dataclass(frozen=True, slots=True)
class _Curve:
    """Total variance of one expiry by log-moneyness."""

    years: float
    moneyness: tuple[float, ...]
    variance: tuple[float, ...]

    def at(self, moneyness: float) -> float:
        right = bisect_right(self.moneyness, moneyness)
        if right in (0, len(self.moneyness)):
            return self.variance[max(0, right - 1)]
        left = right - 1
        share = (moneyness - self.moneyness[left]) / (self.moneyness[right] - self.moneyness[left])
        return self.variance[left] + share * (self.variance[right] - self.variance[left])


class Surface(Public):
    """Implied volatilities of one underlying at one time.

    Attributes:
        spot: Price of the underlying when the points were quoted; forward / spot is the basis of an expiry.
        axis: What the points stand at.
        smiles: By expiry, rising, all after `as_of_unix`.
    """

    underlying: Name
    as_of_unix: Unix
    spot: Positive
    axis: Literal["strike", "moneyness"]
    smiles: tuple[Smile, ...] = Field(min_length=1, max_length=64)

    @model_validator(mode="after")
    def _consistent(self) -> Surface:
        times = [self.as_of_unix, *(smile.expiry_unix for smile in self.smiles)]
        if any(a >= b for a, b in pairwise(times)):
            raise ValueError("the expiries are not rising, or not after as_of_unix")
        for early, late in pairwise(self._curves):
            for moneyness in sorted({*early.moneyness, *late.moneyness}):
                if late.at(moneyness) < early.at(moneyness) * (1 - _SLACK):
                    raise ValueError(
                        f"total variance falls between the expiries of {early.years:.4f} and {late.years:.4f} years at "
                        f"log-moneyness {moneyness:.4f}: a calendar spread would be free"
                    )
        return self

    @cached_property
    def _curves(self) -> tuple[_Curve, ...]:
        return tuple(self._curve(smile) for smile in self.smiles)

    def _curve(self, smile: Smile) -> _Curve:
        years = years_between(self.as_of_unix, smile.expiry_unix)
        unit = Fraction(smile.forward) if self.axis == "strike" else Fraction(1)
        return _Curve(
            years,
            tuple(math.log(Fraction(point.at) / unit) for point in smile.points),
            tuple(float(point.vol) ** 2 * years for point in smile.points),
        )

    def volatility(self, expiry_unix: int, moneyness: float) -> float:
        """Volatility a year at an expiry and a log-moneyness ln(strike / forward).

        Raises:
            InputError: The expiry is not after `as_of_unix`, or the moneyness is not finite.
        """
        years = years_between(self.as_of_unix, expiry_unix)
        if not years or not math.isfinite(moneyness):
            raise InputError("surface: the expiry is not in the future, or the moneyness is not finite")
        curves = self._curves
        right = bisect_right([curve.years for curve in curves], years)
        if right in (0, len(curves)):
            edge = curves[max(0, right - 1)]
            return math.sqrt(edge.at(moneyness) / edge.years)
        early, late = curves[right - 1], curves[right]
        share = (years - early.years) / (late.years - early.years)
        variance = early.at(moneyness) + share * (late.at(moneyness) - early.at(moneyness))
        return math.sqrt(variance / years)

    def basis(self, expiry_unix: int) -> Fraction | None:
        """forward / spot of a quoted expiry, None of any other."""
        found = [smile.forward for smile in self.smiles if smile.expiry_unix == expiry_unix]
        return Fraction(found[0]) / Fraction(self.spot) if found else None

    def butterfly_warnings(self) -> tuple[str, ...]:
        """Expiries at whose points calls do not fall or are not convex in the strike."""
        return tuple(
            f"expiry {smile.expiry_unix}: the points leave a free butterfly or vertical spread"
            for smile, curve in zip(self.smiles, self._curves, strict=True)
            if not _is_convex(curve)
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `parse_surface` reads it back."""
        return {"schema": SURFACE_SCHEMA, **self.model_dump(mode="json")}

    @cached_property
    def sha256(self) -> str:
        """Hash of the RFC 8785 form."""
        return canonical_sha256(self.to_dict())


def _is_convex(curve: _Curve) -> bool:
    """Calls of a forward of 1 at the points, with the ends 0 and infinity, have slopes in -1 .. 0 that rise."""
    strikes = [math.exp(moneyness) for moneyness in curve.moneyness]
    calls = [
        undiscounted_otm(1.0, strike, math.sqrt(variance)) + max(0.0, 1.0 - strike)
        for strike, variance in zip(strikes, curve.variance, strict=True)
    ]
    return _rises([-1.0, *_slopes([0.0, *strikes], [1.0, *calls]), 0.0])


def _slopes(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    points = zip(places, heights, strict=True)
    return [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]


def _rises(values: Sequence[float]) -> bool:
    return all(a <= b + _SLACK for a, b in pairwise(values))


def parse_surface(text: str, where: str | None = None) -> Surface:
    """Read a surface from its JSON form; numbers are text or JSON numbers, taken as written.

    Raises:
        BadFile: Malformed, an unknown field, out of order, or a calendar spread that is free.
    """
    document = parse_json(text, where)
    if not isinstance(document, dict) or document.get("schema") != SURFACE_SCHEMA:
        raise BadFile(f"not a surface of schema {SURFACE_SCHEMA}", where=where)
    try:
        return Surface.model_validate({key: value for key, value in document.items() if key != "schema"})
    except ValidationError as error:
        raise BadFile(f"surface: {first_problem(error)}", where=where) from None
