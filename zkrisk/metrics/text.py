"""Integers in cents and basis points as people read them. Exact: what is shown has been rounded before."""

from __future__ import annotations

from enum import StrEnum

from zkrisk.fixedpoint import format_scaled_down
from zkrisk.metrics.ratio import Status

__all__ = ["WORDS", "Unit", "bps_text", "figure_text", "minus", "money_text", "signed"]

WORDS = {
    Status.NO_DEBT: "no debt",
    Status.NO_COLLATERAL: "no collat.",
    Status.INSOLVENT: "insolvent",
    Status.EMPTY: "empty",
    Status.NEVER: "never",
    Status.ALREADY_BELOW: "below",
}


class Unit(StrEnum):
    """What an integer counts, and how it is written."""

    CENTS = "CENTS"
    RATIO = "RATIO"
    TIMES = "TIMES"
    SHARE = "SHARE"


def minus(text: str) -> str:
    """The typographical minus, as wide as a digit."""
    return text.replace("-", "\N{MINUS SIGN}")


def money_text(value_cents: int) -> str:
    """Dollars and cents, thousands separated."""
    return minus(format_scaled_down(value_cents, 2, 2))


def bps_text(value_bps: int, unit: Unit) -> str:
    """Basis points as ``1.2500``, ``3.6215x`` or ``21.37 %``."""
    if unit is Unit.SHARE:
        return minus(format_scaled_down(value_bps, 2, 2)) + " %"
    return minus(format_scaled_down(value_bps, 4, 4)) + ("x" if unit is Unit.TIMES else "")


def figure_text(value: int, unit: Unit) -> str:
    """Cents or basis points, as the unit says."""
    return money_text(value) if unit is Unit.CENTS else bps_text(value, unit)


def signed(value: int, unit: Unit) -> str:
    """A change: with its sign, and percentage points for shares."""
    text = figure_text(abs(value), unit).replace(" %", " pt")
    return f"+{text}" if value > 0 else f"\N{MINUS SIGN}{text}" if value < 0 else text
