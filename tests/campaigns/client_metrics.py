"""Metrics of a book on a random market, against the slow versions in fractions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final

from tests.campaigns.client_books import UNIVERSE
from tests.oracles import risk as oracle
from zkrisk.book import BookVector
from zkrisk.errors import RangeExceeded
from zkrisk.metrics import (
    Ratio,
    check,
    expected_shortfall,
    exposures_of,
    health_factor,
    hhi,
    historical_var,
    is_healthy,
    scenario_losses,
)
from zkrisk.params import EXPOSURE_BITS, LOSS_BITS, PRICE_BITS, STATEMENTS, VALUE_BITS
from zkrisk.policy import Limits, Policy
from zkrisk.sheet import Sheet, synthetic_history

__all__ = ["check_metrics", "check_policy"]

_SHEET: Final = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=7, last_day=date(2026, 11, 20)))
_SIZE: Final = UNIVERSE.size
_ROWS: Final = 4


def _prices(book: BookVector, rng: random.Random) -> tuple[int, ...]:
    """Prices, in three of four cases such that every value fits its width; the last value that fits is among them."""
    used = []
    for long, short in list(zip(book.long, book.short, strict=True))[1 : len(UNIVERSE.symbols)]:
        most = min(2**PRICE_BITS, 2**VALUE_BITS // max(long, short, 1)) - 1
        used.append(max(1, rng.choice((1, most, rng.randrange(most + 1)))))
    if rng.random() < 0.25:
        used = [rng.choice((price, 2**PRICE_BITS - 1)) for price in used]
    return (_SHEET.prices[0], *used, *(0,) * (_SIZE - 1 - len(used)))


def _moves(rng: random.Random) -> tuple[int, ...]:
    return (0, *(rng.choice((-(10**6), 0, 2**23 - 1, rng.randrange(-(10**6), 3 * 10**6))) for _ in range(_SIZE - 1)))


def _fraction(ratio: Ratio) -> Fraction | None:
    return Fraction(ratio.numerator, ratio.denominator) if ratio.is_defined else None


def check_metrics(book: BookVector, rng: random.Random) -> None:
    """Compare everything that is computed from one book and one market.

    Raises:
        AssertionError: One differs.
    """
    prices, rows = _prices(book, rng), _SHEET.parameters
    weights = rows.liquidation_threshold_bps, rows.borrow_factor_bps
    found = exposures_of(book, None, prices)
    assert Fraction(found.equity, 10**16) == oracle.equity_usd(book.long, book.short, prices), "equity"
    assert Fraction(found.gross, 10**16) == oracle.gross_usd(book.long, book.short, prices), "gross exposure"
    assert list(found.cents) == oracle.exposure_cents(book.long, book.short, prices), "exposures in cents"
    health = health_factor(book.long, book.short, prices, *weights)
    exact = oracle.health_factor(book.long, book.short, prices, *weights)
    assert _fraction(health) == exact, "health factor"
    assert _fraction(hhi(found.net)) == oracle.herfindahl(book.long, book.short, prices), "hhi"
    moves = [_moves(rng) for _ in range(_ROWS)]
    expected = [oracle.loss_usd(book.long, book.short, prices, row) for row in moves]
    if any(abs(loss) * 10**8 >= 2**LOSS_BITS for loss in expected):
        _must_exceed(lambda: scenario_losses(found.cents, moves))
        return
    losses = scenario_losses(found.cents, moves)
    assert [Fraction(loss, 10**8) for loss in losses] == expected, "scenario losses"
    for loss, row in zip(expected, moves, strict=True):
        assert loss >= oracle.exact_loss_usd(book.long, book.short, prices, row), "a loss is understated"
    confidence_bps = rng.choice((1, 5_000, 9_000, 9_900, 9_999, rng.randrange(1, 10_000)))
    confidence = Fraction(confidence_bps, 10_000)
    assert historical_var(losses, confidence_bps) == oracle.value_at_risk(losses, confidence), "value at risk"
    shortfall = expected_shortfall(losses, confidence_bps)
    assert _fraction(shortfall) == oracle.expected_shortfall(losses, confidence), "expected shortfall"


def check_policy(book: BookVector, rng: random.Random) -> None:
    """Compare every statement of a random policy, on the health threshold one unit either side too.

    Raises:
        AssertionError: One differs.
    """
    sheet, rows = replace(_SHEET, prices=_prices(book, rng)), _SHEET.parameters
    limits_bps = {statement: rng.randrange(1, 30_000) for statement in STATEMENTS}
    confidence_bps = rng.randrange(1, 10_000)
    case = {
        "long": book.long, "short": book.short, "prices": sheet.prices, "window": sheet.window.returns,
        "thresholds_bps": rows.liquidation_threshold_bps, "factors_bps": rows.borrow_factor_bps,
        "stresses": rows.stress_return, "sectors": rows.sector, "limits_bps": limits_bps,
        "confidence_bps": confidence_bps,
    }  # fmt: skip
    policy = _policy(limits_bps, confidence_bps)
    edge_cents = 2**EXPOSURE_BITS
    if any(not -edge_cents <= x < edge_cents for x in oracle.exposure_cents(book.long, book.short, sheet.prices)):
        _must_exceed(lambda: check(policy, book, None, sheet))
        return
    verdict, expected = check(policy, book, None, sheet), oracle.compliance(case)
    assert {line.statement: line.holds for line in verdict.limits} == {s: expected[s] for s in STATEMENTS}, "statements"
    assert verdict.holds == all(expected.values()), "verdict"
    weights = rows.liquidation_threshold_bps, rows.borrow_factor_bps
    value = oracle.health_factor(book.long, book.short, sheet.prices, *weights)
    edge = min(2**20 - 2, max(1, int(value * 10_000))) if value is not None else 10_000
    for threshold in (edge - 1, edge, edge + 1):
        holds = value is None or value >= Fraction(threshold, 10_000)
        assert is_healthy(book, None, sheet, threshold) == holds, "health at its threshold"


def _must_exceed(work: Callable[[], object]) -> None:
    try:
        work()
    except RangeExceeded:
        return
    raise AssertionError("a value beyond its width was taken")


def _policy(limits_bps: dict[str, int], confidence_bps: int) -> Policy:
    names = {s: f"{s}_min" if s == "health" else f"{s}_max" for s in STATEMENTS}
    texts = {names[s]: f"{bps // 100}.{bps % 100:02d}%" for s, bps in limits_bps.items()}
    return Policy(
        name="p", version=1, confidence=f"0.{confidence_bps:04d}", max_age_s=60, min_assurance="SELF_DECLARED",
        limits=Limits(**texts),
    )  # fmt: skip
