"""What a book loses by the rows of its instruments, against its exact revaluation."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pricing_case import MARKET, TERMS, shock
from zkrisk.book import BookVector
from zkrisk.metrics import exposures_of, scenario_losses
from zkrisk.params import RETURN_BITS, RETURN_SCALE
from zkrisk.pricing import Market, View, build_rows, value

SIZE = len(TERMS) + 2
LOTS = st.lists(st.one_of(st.just(0), st.integers(0, 10**12)), min_size=SIZE, max_size=SIZE)
MOVES = st.integers(-(10**6), 2 * 10**6)
UNIT = 10**8
"""10^-6 cents in a dollar."""
PRICE_ROUNDING = Fraction(10, 10**8)
"""10^-6 cents a lot: a price is off by less than 10^-16 USD, and what moves by 839 % by less than ten times that."""


def usd_a_lot(terms, market: Market, scenario=None) -> Fraction:
    seen = View(market) if scenario is None else View(market, scenario)
    return value(terms, seen) / 10**terms.decimals


@settings(max_examples=100, deadline=None)
@given(LOTS, LOTS, st.tuples(MOVES, MOVES, MOVES, st.integers(-900_000, 900_000)))
def test_losses_with_the_sum_of_exposures_are_never_below_full_revaluation(long, short, moves):
    btc, eth, usdc, vol = moves
    scenario = shock(btc, eth, usdc, vol_e6=vol)
    rows = build_rows(TERMS, MARKET, [scenario], SIZE)
    long, short = [0, *long[1:]], [0, *short[1:]]
    cut = [slot for slot, move in enumerate(rows.returns[0]) if move == (1 << RETURN_BITS) - 1]
    for slot in cut:
        short[slot] = 0
    exposures = exposures_of(BookVector(tuple(long), tuple(short)), None, rows.prices)
    loss = scenario_losses(exposures.cents, rows.returns)[0]
    exact = -sum(
        (long[slot] - short[slot]) * (usd_a_lot(terms, MARKET, scenario) - usd_a_lot(terms, MARKET))
        for slot, terms in enumerate(TERMS, start=1)
    )
    gross_cents = sum(abs(cents) for cents in exposures.cents)
    rounding = (sum(long) + sum(short)) * PRICE_ROUNDING
    assert exact * UNIT - rounding <= loss + gross_cents
    assert cut or loss <= exact * UNIT + gross_cents + SIZE * (RETURN_SCALE + (1 << RETURN_BITS)) + rounding
