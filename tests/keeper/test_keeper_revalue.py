"""Revaluation: floats find, integers decide, and both agree with the exact engine on thousands of accounts."""

from __future__ import annotations

import dataclasses

import pytest

from tests.keeper.keeper_case import dice
from zkrisk.book import BookVector
from zkrisk.keeper.holdings import INDEX_UNIT, Debt, Holding, leg_of
from zkrisk.keeper.model import Market
from zkrisk.keeper.revalue import Valuation, bench_revaluation, health_of

N = 32
VAULTS = ("0xa", "0xb")


def random_market(rng) -> tuple[Market, dict[int, int], dict[str, int]]:
    prices = tuple(rng.choice([0, rng.randrange(1, 1 << rng.randrange(2, 64))]) if s else 10**10 for s in range(N))
    thresholds = tuple(rng.randrange(10_001) for _ in range(N))
    factors = tuple(rng.randrange(10_000, 20_000) for _ in range(N))
    exponents = {slot: rng.randrange(-6, 13) for slot in range(1, N)}
    indexes = {vault: INDEX_UNIT + rng.randrange(10**17) for vault in VAULTS}
    return Market(1, prices, thresholds, factors), exponents, indexes


def random_holding(rng, number: int, exponents: dict[int, int]) -> Holding:
    def some(most: int, chance: float) -> int:
        return rng.randrange(1 << rng.randrange(1, most)) if rng.random() < chance else 0

    def units(slot: int, lots: int) -> int:
        return max(0, lots * 10 ** exponents[slot] if exponents[slot] > 0 else lots // 10 ** -exponents[slot])

    book = None
    if rng.random() < 0.9:
        book = BookVector(tuple(some(64, 0.4) for _ in range(N)), tuple(some(62, 0.3) for _ in range(N)))
    escrow = {s: units(s, some(62, 1)) for s in rng.sample(range(1, N), 3)}
    credits = {s: units(s, some(50, 1)) for s in rng.sample(range(1, N), 2)} if rng.random() < 0.3 else {}
    slot = rng.randrange(1, N)
    debt = Debt(slot, units(slot, some(60, 1)), rng.choice(VAULTS)) if rng.random() < 0.9 else None
    return Holding(f"0x{number:040x}", book, escrow, credits, debt if debt and debt.units else None)


def exact(holding, market, exponents, indexes, threshold: int) -> bool:
    """The comparison of the circuit, written again."""
    leg = leg_of(holding, exponents, indexes, N)
    collateral = debt = 0
    for slot in range(N):
        long = leg.long[slot] + (holding.book.long[slot] if holding.book else 0)
        short = leg.short[slot] + (holding.book.short[slot] if holding.book else 0)
        collateral += long * market.prices[slot] * market.thresholds_bps[slot]
        debt += short * market.prices[slot] * market.borrow_factors_bps[slot]
    return holding.debt is not None and 10_000 * collateral < threshold * debt


@pytest.mark.parametrize("seed", range(6))
def test_below_random_accounts_equals_the_exact_engine(seed):
    rng = dice(seed)
    market, exponents, indexes = random_market(rng)
    holdings = [random_holding(rng, number, exponents) for number in range(700)]
    valuation = Valuation(N)
    valuation.put(holdings, exponents)
    for threshold in (10_000, 9_500, 9_000):
        expected = {h.account for h in holdings if exact(h, market, exponents, indexes, threshold)}
        found = valuation.below(market, exponents, indexes, threshold)
        assert found.keys() == expected
        assert 0 < len(expected) < len(holdings)
        surely, unsure = valuation.estimate(market, exponents, indexes, threshold)
        assert len(unsure) < len(holdings) // 10, "nearly all are told apart by the estimate"
        assert len(surely) + len(unsure) >= len(expected)


def boundary(rng, number: int, market, exponents, indexes) -> list[Holding]:
    """Accounts a lot (or a unit of debt) to either side of a health factor of one, from one that is near it."""
    slot, held = rng.sample(range(1, N), 2)
    # So many lots that one more or less is lost in a double.
    long = [rng.randrange(1 << 61, 1 << 62) if place == held else 0 for place in range(N)]
    base = Holding(f"0x{number:040x}", BookVector(tuple(long), (0,) * N), {}, {}, Debt(slot, 1, VAULTS[0]))
    low, high = 1, 1 << 150
    while low < high:
        middle = (low + high) // 2
        probe = dataclasses.replace(base, debt=Debt(slot, middle, VAULTS[0]))
        if health_of(probe, market, exponents, indexes).is_below(10_000):
            high = middle
        else:
            low = middle + 1
    names = [f"0x{number:036x}{turn:04x}" for turn in range(5)]
    return [
        dataclasses.replace(base, account=name, debt=Debt(slot, low + move, VAULTS[0]))
        for name, move in zip(names, (-2, -1, 0, 1, 2), strict=True)
        if low + move > 0
    ]


def test_boundary_of_one_unit_is_judged_exactly():
    rng, both = dice(7), set()
    for number in range(60):
        market, exponents, indexes = random_market(rng)
        market = dataclasses.replace(market, prices=(10**11,) * N, thresholds_bps=(8_000,) * N)
        exponents = dict.fromkeys(exponents, 0)
        accounts = boundary(rng, number, market, exponents, indexes)
        valuation = Valuation(N)
        valuation.put(accounts, exponents)
        found = valuation.below(market, exponents, indexes)
        expected = {h.account for h in accounts if exact(h, market, exponents, indexes, 10_000)}
        assert found.keys() == expected
        assert 0 < len(expected) < len(accounts)
        surely, unsure = valuation.estimate(market, exponents, indexes)
        both |= {"surely"} if surely else set()
        both |= {"unsure"} if unsure else set()
    assert "unsure" in both, "the boundary lies within the bound, so that integers decide"


def test_lowest_threshold_is_the_lowest_that_holds():
    rng = dice(8)
    for _ in range(300):
        market, exponents, indexes = random_market(rng)
        holding = random_holding(rng, 1, exponents)
        health = health_of(holding, market, exponents, indexes)
        if health.debt:
            assert health.is_below(health.lowest_bps)
            assert not health.is_below(health.lowest_bps - 1)


def test_account_that_changes_is_judged_by_what_it_is_now():
    rng = dice(9)
    market, exponents, indexes = random_market(rng)
    valuation, holdings = Valuation(N), {}
    for turn in range(400):
        holding = random_holding(rng, rng.randrange(50), exponents)
        holdings[holding.account] = holding
        valuation.put([holding], exponents)
        if turn % 20 == 0:
            expected = {a for a, h in holdings.items() if exact(h, market, exponents, indexes, 10_000)}
            assert valuation.below(market, exponents, indexes).keys() == expected
    assert len(valuation) == len(holdings)


def test_repr_shows_no_figures():
    holding = Holding("0x1", BookVector((123_456_789,), (0,)), {}, {}, None)
    valuation = Valuation(1)
    valuation.put([holding], {})
    health = health_of(holding, Market(1, (10**10,), (10_000,), (10_000,)), {}, {})
    assert "123456789" not in repr((holding, valuation, health))


def test_bench_counts_accounts_and_time():
    ticks = iter(range(100))
    result = bench_revaluation(200, epochs=3, clock=lambda: float(next(ticks)))
    assert (result.accounts, result.load_seconds, result.epoch_seconds) == (200, 1.0, 1.0)
    assert result.below > 0
