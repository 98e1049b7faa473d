"""The statements in exact rationals, without any rounding, and how far the proofs may lie on the strict side of them.

Imports nothing from zkrisk. A case is the dict of plain lists and numbers that `risk.compliance` takes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from tests.oracles import risk

CENT = Fraction(1, 100)
TAIL = {"var", "expected_shortfall"}


class Room(NamedTuple):
    """Limit minus use, exactly, and the documented rounding: below zero nothing may be proved, from `slack` on it must.

    Attributes:
        room: Dollars (squared for hhi); the statement is true when this is not negative.
        slack: In the same unit; 0 where the protocol is exact.
    """

    room: Fraction
    slack: Fraction = Fraction(0)


def _loss_slack(rows) -> Fraction:
    """Most by which the protocol overstates a loss: (1 + max(0, ret)) cents a slot."""
    return max(len(row) + Fraction(sum(ret for ret in row if ret > 0), 10**6) for row in rows) * CENT


def rooms(case) -> dict[str, Room]:
    """Return each statement's room. Losses are those of the unrounded values; equity is not floored either.

    A loss may be overstated by (1 + max(0, ret)) cents a slot, and equity understated by less than a cent a slot.
    """
    long, short, prices = case["long"], case["short"], case["prices"]
    values = risk.values_usd(long, short, prices)
    sizes = [abs(value) for value in values]
    equity, total = sum(values, Fraction(0)), sum(sizes[1:], Fraction(0))
    limit = {name: Fraction(bps, 10_000) for name, bps in case["limits_bps"].items()}
    caps = [Fraction(bps, 10_000) for bps in case["sector_limits_bps"]]
    sectors = [sum((s for s, member in zip(sizes, row, strict=True) if member), Fraction(0)) for row in case["sectors"]]
    collateral, debt = _weighted(case, "long", "thresholds_bps"), _weighted(case, "short", "factors_bps")
    losses, stresses = ([_loss(values, row) for row in case[rows]] for rows in ("window", "stresses"))
    confidence, cents = Fraction(case["confidence_bps"], 10_000), len(prices) * CENT
    slack = {rows: _loss_slack(case[rows]) for rows in ("window", "stresses")}
    shortfall, allowed = "expected_shortfall", limit["var"] * equity
    return {
        "health": Room(collateral - limit["health"] * debt),
        "leverage": Room(limit["leverage"] * equity - risk.gross_usd(long, short, prices)),
        "position": Room(limit["position"] * equity - max(sizes[1:])),
        "sector": Room(min(cap * equity - held for cap, held in zip(caps, sectors, strict=True))),
        "hhi": Room(limit["hhi"] * total * total - sum((size * size for size in sizes[1:]), Fraction(0))),
        "var": Room(allowed - risk.value_at_risk(losses, confidence), slack["window"] + limit["var"] * cents),
        shortfall: Room(
            limit[shortfall] * equity - risk.expected_shortfall(losses, confidence),
            slack["window"] + limit[shortfall] * cents,
        ),
        "stress": Room(limit["stress"] * equity - max(stresses), slack["stresses"] + limit["stress"] * cents),
        "EQUITY": Room(equity),
    }


def _weighted(case, side: str, weights: str) -> Fraction:
    rows = zip(case[side], case["prices"], case[weights], strict=True)
    return Fraction(sum(lots * price * weight for lots, price, weight in rows), 10_000) * risk.USD


def _loss(values, row) -> Fraction:
    # One common denominator for the row: the sum is exact and a tenth of the work.
    whole = [value.numerator * (10**16 // value.denominator) for value in values]
    return Fraction(-sum(value * ret for value, ret in zip(whole, row, strict=True)), 10**22)


def verdict_is_possible(
    found: dict[str, Room], enabled, blocked_is_held: bool, accepted: bool, honest_threshold: bool
) -> bool:
    """Tell whether exact arithmetic and the documented rounding allow a circuit's verdict.

    Args:
        found: `rooms` of the case.
        enabled: Names of the statements that the policy switches on.
        blocked_is_held: Something is held of a blocked slot.
        accepted: The verdict.
        honest_threshold: The tail threshold is the value at risk; with another one the prover may fail for nothing.
    """
    solvent = found["EQUITY"].room > 0
    if accepted:
        return solvent and not blocked_is_held and all(found[name].room >= 0 for name in enabled)
    if not solvent or blocked_is_held or (not honest_threshold and TAIL & set(enabled)):
        return True
    return any(found[name].room < found[name].slack for name in enabled)
