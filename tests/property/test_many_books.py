"""Many books at once: every integer is that of the metrics of one book."""

from __future__ import annotations

import random

import numpy as np
import pytest

from zkrisk.analytics.many import ManyBooks, SheetArrays, risk_many
from zkrisk.book import BookVector
from zkrisk.errors import InputError, RangeExceeded
from zkrisk.metrics import (
    expected_shortfall,
    exposures_of,
    health_sums,
    hhi,
    historical_var,
    scenario_losses,
    sector_values,
)

CONFIDENCES = (9_000, 9_750, 9_999)
STYLES = ("usual", "huge", "tiny", "one slot", "empty")


def random_sheet(rng: random.Random, slots: int, scenarios: int) -> SheetArrays:
    """Return a sheet of cash and random instruments, with returns up to the ends of the range."""

    def returns(count: int) -> list[list[int]]:
        ends = (-(10**6), (1 << 23) - 1, 0)
        return [
            [0] + [rng.choice((rng.choice(ends), rng.randint(-90_000, 90_000))) for _ in range(slots - 1)]
            for _ in range(count)
        ]

    return SheetArrays(
        prices=[10**10, *(rng.getrandbits(rng.randint(10, 50)) + 1 for _ in range(slots - 1))],
        liquidation_threshold_bps=[rng.randint(0, 10_000) for _ in range(slots)],
        borrow_factor_bps=[rng.randint(10_000, 20_000) for _ in range(slots)],
        sector=[[0] + [int(rng.random() < 0.3) for _ in range(slots - 1)] for _ in range(3)],
        window_return=returns(scenarios),
        stress_return=returns(4),
    )


def random_lots(rng: random.Random, sheet: SheetArrays, style: str) -> list[int]:
    """Return lots of every slot, whose values stay below 2^49 cents."""
    most = [10**14 * (1 << 48) // price for price in sheet.prices]
    if style == "empty":
        return [0] * len(most)
    if style == "one slot":
        slot = rng.randrange(len(most))
        return [rng.randint(0, min(most[i], (1 << 64) - 1)) if i == slot else 0 for i in range(len(most))]
    if style == "huge":
        return [min(rng.getrandbits(64), rng.randint(top // 2, top)) for top in most]
    bits = {"usual": 40, "tiny": 4}[style]
    return [min(rng.getrandbits(rng.randint(1, bits)), top) for top in most]


def same_as_one(found: ManyBooks, index: int, long: list[int], short: list[int], sheet: SheetArrays) -> None:
    """Compare everything of one book with the metrics."""
    exposures = exposures_of(BookVector(tuple(long), tuple(short)), None, sheet.prices)
    rows = sheet.liquidation_threshold_bps, sheet.borrow_factor_bps
    assert found.equity[index] == exposures.equity
    assert found.equity_cents[index] == exposures.equity_cents
    assert found.gross[index] == exposures.gross
    assert found.net[index] == sum(exposures.net[1:])
    assert (found.collateral[index], found.debt[index]) == health_sums(long, short, sheet.prices, *rows)
    assert found.largest[index] == max(abs(value) for value in exposures.net[1:])
    assert tuple(found.sectors[index]) == sector_values(exposures.net, sheet.sector)
    index_of = hhi(exposures.net)
    assert tuple(found.hhi[index]) == ((index_of.numerator, index_of.denominator) if index_of.is_defined else (0, 0))
    losses = scenario_losses(exposures.cents, sheet.window_return)
    assert tuple(found.losses[index]) == losses
    assert tuple(found.stresses[index]) == scenario_losses(exposures.cents, sheet.stress_return)
    for tail in found.tails:
        assert tail.var[index] == historical_var(losses, tail.confidence_bps)
        shortfall = expected_shortfall(losses, tail.confidence_bps)
        assert (tail.shortfall[index], tail.mass) == (shortfall.numerator, shortfall.denominator)


@pytest.mark.parametrize(("slots", "scenarios"), [(8, 16), (32, 252), (128, 504)])
@pytest.mark.parametrize("style", STYLES)
def test_every_integer_is_that_of_one_book(slots, scenarios, style):
    rng = random.Random(f"{slots} {style}")  # noqa: S311
    sheet = random_sheet(rng, slots, scenarios)
    sides = [[random_lots(rng, sheet, style) for _ in range(12)] for _ in range(2)]
    found = risk_many(*sides, sheet, CONFIDENCES)
    for index in range(12):
        same_as_one(found, index, sides[0][index], sides[1][index], sheet)


def test_books_beside_a_huge_one_and_across_chunks_are_the_same():
    """Whether losses are words or Python integers is decided for a chunk; 1 100 books are three."""
    rng = random.Random(4)  # noqa: S311
    sheet = random_sheet(rng, 8, 20)
    styles = ["huge" if i == 700 else "usual" for i in range(1_100)]
    sides = [[random_lots(rng, sheet, style) for style in styles] for _ in range(2)]
    found = risk_many(*sides, sheet, CONFIDENCES)
    assert found.losses.dtype == object
    for index in (0, 499, 500, 699, 700, 701, 999, 1_000, 1_099):
        same_as_one(found, index, sides[0][index], sides[1][index], sheet)


def test_words_and_python_integers_are_both_used():
    rng = random.Random(9)  # noqa: S311
    sheet = random_sheet(rng, 8, 20)
    small, large = ([random_lots(rng, sheet, style)] for style in ("usual", "huge"))
    assert risk_many(small, [[0] * 8], sheet).losses.dtype == np.int64
    assert risk_many(large, [[0] * 8], sheet).losses.dtype == object


def test_no_books_and_private_repr():
    sheet = random_sheet(random.Random(1), 8, 16)  # noqa: S311
    assert len(risk_many([], [], sheet).equity) == 0
    assert repr(risk_many([[7] * 8], [[0] * 8], sheet)) == "<ManyBooks 1 books, private>"


def test_what_does_not_fit_is_refused():
    sheet = random_sheet(random.Random(1), 8, 16)  # noqa: S311
    zero = [0] * 8
    with pytest.raises(InputError, match="7 slots"):
        risk_many([zero[1:]], [zero[1:]], sheet)
    with pytest.raises(InputError, match="2 books long"):
        risk_many([zero, zero], [zero], sheet)
    with pytest.raises(InputError, match="outside 0"):
        risk_many([[-1, *zero[1:]]], [zero], sheet)
    with pytest.raises(InputError, match="outside 0"):
        risk_many([[1 << 65, *zero[1:]]], [zero], sheet)
    with pytest.raises(RangeExceeded, match="book 1: the net value of slot 0"):
        risk_many([zero, [1 << 63, *zero[1:]]], [zero, zero], sheet)
