"""Value at risk and expected shortfall as others define them, by name, on the same losses. Report-only.

The project proves `infimum`, an order statistic. Most libraries interpolate between two losses; which two, and how, is
what the names say. Everything is computed in exact fractions, so a difference between two figures is a difference of
definition and never of rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from zkrisk.analytics.text import decimal_text
from zkrisk.errors import InputError
from zkrisk.metrics import expected_shortfall, historical_var, tail_mass
from zkrisk.params import BPS

__all__ = [
    "SHORTFALL_CONVENTIONS",
    "VAR_CONVENTIONS",
    "ConventionLine",
    "ConventionTable",
    "compare_conventions",
    "expected_shortfall_by",
    "value_at_risk_by",
]

Rule = Callable[[Sequence[int], int], Fraction]


def _ordered(losses: Sequence[int], place: Fraction) -> Fraction:
    """The loss at a place of the rising order, counted from 1: linear between neighbours, the ends beyond them."""
    rising = sorted(losses)
    whole = place.numerator // place.denominator
    if whole < 1:
        return Fraction(rising[0])
    if whole >= len(rising):
        return Fraction(rising[-1])
    return rising[whole - 1] + (place - whole) * (rising[whole] - rising[whole - 1])


def _family(alpha: Fraction, beta: Fraction) -> Rule:
    """Interpolating quantile of Hyndman and Fan: place n p + alpha + p (1 - alpha - beta)."""

    def rule(losses: Sequence[int], confidence_bps: int) -> Fraction:
        level = Fraction(confidence_bps, BPS)
        return _ordered(losses, len(losses) * level + alpha + level * (1 - alpha - beta))

    return rule


def _infimum(losses: Sequence[int], confidence_bps: int) -> Fraction:
    return Fraction(historical_var(losses, confidence_bps))


def _hull_order(scenarios: int, confidence_bps: int) -> int:
    """(1 - c) S rounded up: which largest loss Hull takes. It differs from `infimum` when the product is whole."""
    return -(-tail_mass(scenarios, confidence_bps) // BPS)


def _hull(losses: Sequence[int], confidence_bps: int) -> Fraction:
    return Fraction(sorted(losses, reverse=True)[_hull_order(len(losses), confidence_bps) - 1])


def _averaged(losses: Sequence[int], confidence_bps: int) -> Fraction:
    return (_infimum(losses, confidence_bps) + _hull(losses, confidence_bps)) / 2


def _linear_place(scenarios: int, confidence_bps: int) -> Fraction:
    return 1 + Fraction((scenarios - 1) * confidence_bps, BPS)


def _lower(losses: Sequence[int], confidence_bps: int) -> Fraction:
    return _ordered(losses, Fraction(_linear_place(len(losses), confidence_bps).__floor__()))


def _higher(losses: Sequence[int], confidence_bps: int) -> Fraction:
    return _ordered(losses, Fraction(_linear_place(len(losses), confidence_bps).__ceil__()))


_ONE, _HALF, _THIRD = Fraction(1), Fraction(1, 2), Fraction(1, 3)
VAR_CONVENTIONS: Final = MappingProxyType(
    {
        "infimum": (_infimum, "ours; skfolio; McNeil, Frey and Embrechts; R type 1"),
        "hull": (_hull, "Hull: the (1 - c) S-th worst loss; Riskfolio-Lib"),
        "averaged": (_averaged, "R type 2, SAS default"),
        "linear": (_family(_ONE, _ONE), "numpy and pandas default, empyrical, R type 7, Excel PERCENTILE.INC"),
        "lower": (_lower, "numpy method lower: the loss below the linear place"),
        "higher": (_higher, "numpy method higher: the loss above the linear place"),
        "interpolated": (_family(Fraction(0), _ONE), "R type 4"),
        "hazen": (_family(_HALF, _HALF), "MATLAB prctile, R type 5"),
        "weibull": (_family(Fraction(0), Fraction(0)), "Excel PERCENTILE.EXC, SPSS, Minitab, R type 6"),
        "median-unbiased": (_family(_THIRD, _THIRD), "Hyndman and Fan's choice, R type 8"),
        "normal-unbiased": (_family(Fraction(3, 8), Fraction(3, 8)), "Blom, R type 9"),
    }
)
"""Name to rule and who uses it. Source of the family: Hyndman and Fan 1996, The American Statistician 50(4)."""


def _shortfall(losses: Sequence[int], confidence_bps: int) -> Fraction:
    ratio = expected_shortfall(losses, confidence_bps)
    return Fraction(ratio.numerator, ratio.denominator)


def _mean(losses: Sequence[int]) -> Fraction:
    return Fraction(sum(losses), len(losses))


def _hull_shortfall(losses: Sequence[int], confidence_bps: int) -> Fraction:
    worse = _hull_order(len(losses), confidence_bps) - 1
    return _mean(sorted(losses, reverse=True)[: max(worse, 1)])


def _empyrical_shortfall(losses: Sequence[int], confidence_bps: int) -> Fraction:
    count = tail_mass(len(losses) - 1, confidence_bps) // BPS + 1 if len(losses) > 1 else 1
    return _mean(sorted(losses, reverse=True)[:count])


def _at_least(losses: Sequence[int], confidence_bps: int) -> Fraction:
    threshold = historical_var(losses, confidence_bps)
    return _mean([loss for loss in losses if loss >= threshold])


def _beyond_percentile(losses: Sequence[int], confidence_bps: int) -> Fraction:
    threshold = VAR_CONVENTIONS["linear"][0](losses, confidence_bps)
    return _mean([loss for loss in losses if loss > threshold] or [max(losses)])


SHORTFALL_CONVENTIONS: Final = MappingProxyType(
    {
        "rockafellar-uryasev": (
            _shortfall,
            "ours; skfolio: the mean of the worst 1 - c of the mass",
        ),
        "worse-than-hull": (_hull_shortfall, "the mean of the losses worse than Hull's value at risk"),
        "empyrical": (_empyrical_shortfall, "empyrical: the mean of the floor((1 - c) (S - 1)) + 1 worst losses"),
        "at-least": (_at_least, "the mean of all losses that reach the value at risk: ties make it smaller"),
        "beyond-percentile": (_beyond_percentile, "the mean of the losses above numpy's percentile"),
    }
)
"""Name to rule and who uses it; where no loss is worse than Hull's value at risk, the worst loss stands for them."""


def _by(conventions: MappingProxyType[str, tuple[Rule, str]], name: str, losses: Sequence[int], level: int) -> Fraction:
    tail_mass(len(losses), level)  # Refuses no losses, and a level that is none.
    if name not in conventions:
        raise InputError(f"the convention is not one of {', '.join(conventions)}")
    return conventions[name][0](losses, level)


def value_at_risk_by(convention: str, losses: Sequence[int], confidence_bps: int) -> Fraction:
    """Value at risk of S integer losses by one of VAR_CONVENTIONS, exact, in the unit of the losses.

    Raises:
        InputError: No such convention.
        EmptyScenarios: There are no losses.
        BadLimit: The level is not between 0 and 1.
    """
    return _by(VAR_CONVENTIONS, convention, losses, confidence_bps)


def expected_shortfall_by(convention: str, losses: Sequence[int], confidence_bps: int) -> Fraction:
    """Expected shortfall by one of SHORTFALL_CONVENTIONS; arguments, unit and errors as `value_at_risk_by`."""
    return _by(SHORTFALL_CONVENTIONS, convention, losses, confidence_bps)


@dataclass(frozen=True, slots=True, repr=False)
class ConventionLine:
    """One figure: its name, who uses it, its value in the unit of the losses, and what it is of ours (None at 0)."""

    name: str
    used_by: str
    value: Fraction
    relative_to_ours: Fraction | None

    def to_dict(self) -> dict[str, Any]:
        """JSON form, decimal text."""
        relative = self.relative_to_ours
        return {
            "name": self.name,
            "used_by": self.used_by,
            "loss": decimal_text(self.value, 6),
            "relative_to_ours": None if relative is None else decimal_text(relative, 6),
        }


@dataclass(frozen=True, slots=True, repr=False)
class ConventionTable:
    """Every convention on the same losses at one level. Report-only; private."""

    confidence_bps: int
    scenarios: int
    value_at_risk: tuple[ConventionLine, ...]
    expected_shortfall: tuple[ConventionLine, ...]

    def __repr__(self) -> str:
        return f"<ConventionTable {self.scenarios} losses at {self.confidence_bps} bps, private>"

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "report_only": True,
            "private": True,
            "confidence_bps": self.confidence_bps,
            "scenarios": self.scenarios,
            "value_at_risk": [line.to_dict() for line in self.value_at_risk],
            "expected_shortfall": [line.to_dict() for line in self.expected_shortfall],
        }


def _lines(
    conventions: MappingProxyType[str, tuple[Rule, str]], losses: Sequence[int], level: int
) -> tuple[ConventionLine, ...]:
    """One line a convention, ours first."""
    values = {name: rule(losses, level) for name, (rule, _) in conventions.items()}
    ours = next(iter(values.values()))
    return tuple(
        ConventionLine(name, conventions[name][1], value, value / ours if ours else None)
        for name, value in values.items()
    )


def compare_conventions(losses: Sequence[int], confidence_bps: int) -> ConventionTable:
    """Every convention on the same losses; arguments and errors as `value_at_risk_by`."""
    tail_mass(len(losses), confidence_bps)  # Refuses no losses, and a level that is none.
    return ConventionTable(
        confidence_bps=confidence_bps,
        scenarios=len(losses),
        value_at_risk=_lines(VAR_CONVENTIONS, losses, confidence_bps),
        expected_shortfall=_lines(SHORTFALL_CONVENTIONS, losses, confidence_bps),
    )
