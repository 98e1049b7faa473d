"""Slow and obvious versions of the metrics, in fractions of dollars. Imports nothing from zkrisk.

Each function works on plain lists and computes what the sentence says: sorts, divides, loops.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

USD = Fraction(1, 10**16)
CENT = Fraction(1, 100)


def values_usd(long, short, prices):
    """Net value of every slot in dollars."""
    return [Fraction(long[i] - short[i]) * prices[i] * USD for i in range(len(prices))]


def equity_usd(long, short, prices):
    """What is left when everything is sold and repaid."""
    return sum(values_usd(long, short, prices), Fraction(0))


def gross_usd(long, short, prices):
    """Long plus short value of all but cash."""
    return sum((Fraction((long[i] + short[i]) * prices[i]) * USD for i in range(1, len(prices))), Fraction(0))


def exposure_cents(long, short, prices):
    """Whole cents of every net value, toward minus infinity."""
    return [floor(value / CENT) for value in values_usd(long, short, prices)]


def health_factor(long, short, prices, thresholds_bps, factors_bps):
    """Covered collateral over weighted debt; None without debt."""
    collateral = sum(Fraction(long[i] * thresholds_bps[i], 10_000) * prices[i] * USD for i in range(len(prices)))
    debt = sum(Fraction(short[i] * factors_bps[i], 10_000) * prices[i] * USD for i in range(len(prices)))
    return collateral / debt if debt else None


def exact_loss_usd(long, short, prices, returns_e6):
    """Loss of one scenario without any rounding."""
    moves = zip(values_usd(long, short, prices), returns_e6, strict=True)
    return -sum((value * Fraction(ret, 10**6) for value, ret in moves), Fraction(0))


def loss_usd(long, short, prices, returns_e6):
    """Loss of one scenario as the protocol defines it: on whole cents, plus one cent a slot."""
    moves = zip(exposure_cents(long, short, prices), returns_e6, strict=True)
    return (-sum((x * Fraction(ret, 10**6) for x, ret in moves), Fraction(0)) + len(prices)) * CENT


def value_at_risk(losses, confidence):
    """Smallest observed loss x with P(L <= x) >= confidence, each scenario being equally likely."""
    for x in sorted(losses):
        if Fraction(sum(loss <= x for loss in losses), len(losses)) >= confidence:
            return x
    raise AssertionError("the largest loss always qualifies")


def expected_shortfall(losses, confidence):
    """Mean of the worst (1 - confidence) share of scenarios, the last one counted in part."""
    left = mass = (1 - confidence) * len(losses)
    total = Fraction(0)
    for loss in sorted(losses, reverse=True):
        part = min(Fraction(1), left)
        total += part * loss
        left -= part
        if left == 0:
            break
    return total / mass


def herfindahl(long, short, prices):
    """Sum of squared shares of all but cash; None when there is nothing else."""
    sizes = [abs(value) for value in values_usd(long, short, prices)[1:]]
    total = sum(sizes)
    return sum((size / total) ** 2 for size in sizes) if total else None


def simple_return_e6(previous, close):
    """Return in millionths, toward minus infinity."""
    return floor((Fraction(close) / Fraction(previous) - 1) * 10**6)


def compliance(case):
    """Which statements hold, by dividing and comparing; the case is a dict of plain lists and numbers."""
    long, short, prices = case["long"], case["short"], case["prices"]
    equity = equity_usd(long, short, prices)
    cents = Fraction(sum(exposure_cents(long, short, prices))) * CENT
    values = [abs(value) for value in values_usd(long, short, prices)]
    losses = [loss_usd(long, short, prices, row) for row in case["window"]]
    stresses = [loss_usd(long, short, prices, row) for row in case["stresses"]]
    health = health_factor(long, short, prices, case["thresholds_bps"], case["factors_bps"])
    confidence = Fraction(case["confidence_bps"], 10_000)
    concentration = herfindahl(long, short, prices)

    def limit(name):
        return Fraction(case["limits_bps"][name], 10_000)

    sectors = [sum(v for v, member in zip(values, row, strict=True) if member) for row in case["sectors"]]
    return {
        "health": health is None or health >= limit("health"),
        "leverage": gross_usd(long, short, prices) <= limit("leverage") * equity,
        "position": all(value <= limit("position") * equity for value in values[1:]),
        "sector": all(value <= limit("sector") * equity for value in sectors),
        "hhi": concentration is None or concentration <= limit("hhi"),
        "var": value_at_risk(losses, confidence) <= limit("var") * cents,
        "expected_shortfall": expected_shortfall(losses, confidence) <= limit("expected_shortfall") * cents,
        "stress": all(loss <= limit("stress") * cents for loss in stresses),
        "EQUITY": equity > 0,
    }
