"""Booking: the equity of the booked form is wallet, funding and unrealised profit, at any mark; refusals first."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.book import Book, perpetual_positions, quantise
from zkrisk.errors import BadPrice, BadQuantity, InputError, ZkRiskError
from zkrisk.metrics.health import health_sums
from zkrisk.params import BPS, CASH_PRICE
from zkrisk.pricing import (
    InverseHolding,
    LendingHolding,
    LinearHolding,
    OptionHolding,
    booked,
    inverse_pnl_coins,
    margin_factors,
    shocked_pnl_coins,
)
from zkrisk.sheet import load_universe

COIN = Fraction(1, 10**18)


def decimals(low, high, places=6):
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


AMOUNTS = decimals(-1_000_000, 1_000_000)
PRICES = decimals("0.000001", 1_000_000)
D = Decimal


def equity(positions, prices):
    """Exact value of positions, in USD."""
    return sum((Fraction(p.long) - Fraction(p.short)) * Fraction(prices[p.instrument]) for p in positions)


def units(positions):
    return {p.instrument: (p.long, p.short) for p in positions}


@pytest.mark.parametrize(
    ("holding", "error"),
    [
        (LinearHolding("PERP", D(1), D(0)), BadPrice),
        (LinearHolding("PERP", D(1), D(-5)), BadPrice),
        (LinearHolding("PERP", D("NaN"), D(5)), BadQuantity),
        (LinearHolding("PERP", 1.5, D(5)), BadQuantity),
        (LinearHolding("PERP", D(1), D(5), D("inf")), BadQuantity),
        (InverseHolding("INV", "BTC", D(100), D(0)), BadPrice),
        (InverseHolding("INV", "BTC", 0.1, D(5)), BadQuantity),
        (InverseHolding("INV", "USD", D(100), D(5)), InputError),
        (InverseHolding("BTC", "BTC", D(100), D(5)), InputError),
        (LinearHolding("USD", D(1), D(5)), InputError),
        (LinearHolding("ETH", D(1), D(5)), InputError),
        (OptionHolding("CALL", D(1), D(-1)), BadQuantity),
        (LendingHolding("aETH", D(1), D(0)), BadPrice),
    ],
)
def test_booked_bad_holding_is_refused(holding, error):
    with pytest.raises(error):
        booked("USD", {"USD": D(1), "ETH": D(1)}, [holding])


def test_booked_slot_that_is_a_coin_of_another_contract_is_refused_in_either_order():
    rows = [LinearHolding("BTC", D(1), D(5)), InverseHolding("INV", "BTC", D(100), D(5))]
    for order in (rows, rows[::-1]):
        with pytest.raises(InputError, match="a wallet's too"):
            booked("USD", {}, order)


def test_booked_errors_and_reprs_show_no_private_number():
    secret = D("987654.321")
    holdings = [
        LinearHolding("PERP", secret, secret, secret),
        InverseHolding("INV", "BTC", secret, secret, secret),
        OptionHolding("CALL", secret),
        LendingHolding("aETH", secret),
    ]
    assert "987654" not in repr(holdings) + repr(booked("USD", {"USD": secret}, holdings))
    for bad in (LinearHolding("PERP", secret, -secret), InverseHolding("INV", "BTC", secret, -secret)):
        with pytest.raises(ZkRiskError) as found:
            booked("USD", {"USD": secret}, [bad])
        assert "987654" not in str(found.value) + repr(found.value)


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, PRICES, AMOUNTS), max_size=5), PRICES)
def test_booked_linear_equity_is_wallet_funding_and_profit_at_any_mark(wallet, fills, mark):
    holdings = [LinearHolding("PERP", size, entry, funding) for size, entry, funding in fills]
    found = equity(booked("USD", {"USD": wallet}, holdings), {"USD": 1, "PERP": mark})
    profit = sum(Fraction(size) * (Fraction(mark) - Fraction(entry)) for size, entry, _ in fills)
    assert found == Fraction(wallet) + sum(Fraction(funding) for *_, funding in fills) + profit


@given(AMOUNTS, AMOUNTS, st.lists(st.tuples(AMOUNTS, PRICES, AMOUNTS), max_size=5), st.tuples(PRICES, PRICES))
def test_booked_inverse_equity_is_wallet_funding_and_profit_at_any_mark(cash, wallet, fills, prices):
    index, mark = map(Fraction, prices)
    holdings = [InverseHolding("INV", "BTC", face, entry, funding) for face, entry, funding in fills]
    found = equity(booked("USD", {"USD": cash, "BTC": wallet}, holdings), {"USD": 1, "BTC": index, "INV": mark})
    coins = Fraction(wallet) + sum(Fraction(funding) for *_, funding in fills)
    profit_coins = sum(Fraction(face) * (1 / Fraction(entry) - 1 / mark) for face, entry, _ in fills)
    exact = Fraction(cash) + coins * index + profit_coins * mark
    assert exact - len(fills) * COIN * mark <= found <= exact


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, decimals(0, 100_000)), max_size=5), PRICES)
def test_booked_option_equity_is_wallet_and_premium_whatever_the_anchor(wallet, rows, premium):
    holdings = [OptionHolding(f"OPT-{n}", size, anchor) for n, (size, anchor) in enumerate(rows)]
    prices = {f"OPT-{n}": premium + anchor for n, (_, anchor) in enumerate(rows)}
    found = equity(booked("USD", {"USD": wallet}, holdings), {"USD": 1, **prices})
    assert found == Fraction(wallet) + sum(Fraction(size) for size, _ in rows) * Fraction(premium)


@given(AMOUNTS, PRICES, PRICES)
def test_booked_lending_is_the_balance_down_or_the_debt_up(balance, index, price):
    found = equity(booked("USD", {}, [LendingHolding("aETH", balance, index)]), {"USD": 1, "aETH": index * price})
    exact = Fraction(balance) * Fraction(price)
    assert exact - COIN * Fraction(index) * Fraction(price) <= found <= exact


def test_booked_keeps_long_and_short_of_one_contract_apart_and_nets_wallets():
    found = booked(
        "USD",
        {"USD": D(500), "ETH": D(2)},
        [
            LinearHolding("PERP", D(3), D(100)),
            LinearHolding("PERP", D(-2), D(110)),
            InverseHolding("INV", "ETH", D(-100), D(3), D("-2.5")),
        ],
    )
    assert units(found) == {
        "USD": (500 - 300 + 220 + 100, 0),
        "ETH": (0, D("0.5")),
        "PERP": (3, 2),
        "INV": (0, D("33.333333333333333334")),
    }


def test_booked_linear_is_the_book_s_own_form():
    rows = [("BTC-PERP", D("1.5"), D(60_000)), ("ETH-PERP", D(-20), D("3000.5"))]
    theirs = perpetual_positions("USD", D(10_000), rows)
    assert booked("USD", {"USD": D(10_000)}, [LinearHolding(*row) for row in rows]) == theirs


def test_booked_product_of_sixty_digits_is_exact():
    size, entry = D("1." + "0" * 28 + "1"), D("3." + "0" * 29 + "7")
    cash = units(booked("USD", {"USD": D(0)}, [LinearHolding("PERP", size, entry)]))["USD"][1]
    assert Fraction(cash) == Fraction(size) * Fraction(entry)


def test_booked_positions_make_lots_assets_down_and_debts_up():
    universe = load_universe("micro-8")
    positions = booked(
        "USD", {"USD": D("10.0000019"), "ETH": D("-0.123456789")}, [LinearHolding("ETH-PERP", D(1), D(7))]
    )
    vector = quantise(Book(name="b", universe=universe.id, positions=positions), universe)
    assert vector.long[0] == 3_000_001
    assert (vector.short[universe.slot_of("ETH")], vector.long[universe.slot_of("ETH-PERP")]) == (12_345_679, 10**8)


@pytest.mark.parametrize("shock", [D(-1), D("-1.5")])
def test_shocked_profit_of_a_worthless_coin_is_refused(shock):
    with pytest.raises(BadPrice, match="100 % or more"):
        shocked_pnl_coins(D(1), shock)


@pytest.mark.parametrize(("entry", "mark"), [(0, 5), (5, 0), (-1, 5)])
def test_inverse_profit_at_no_price_is_refused(entry, mark):
    with pytest.raises(BadPrice):
        inverse_pnl_coins(D(100), D(entry), D(mark))


@pytest.mark.parametrize(
    ("face", "entry", "mark", "coins"),
    [(100, 50, 100, "1"), (-100, 50, 100, "-1"), (100, 100, 50, "-1"), (0, 3, 7, "0")],
)
def test_inverse_profit_of_round_numbers(face, entry, mark, coins):
    assert inverse_pnl_coins(D(face), D(entry), D(mark)) == D(coins)


@given(AMOUNTS, PRICES, PRICES)
def test_inverse_profit_is_q_s_over_one_plus_s_rounded_down(face, entry, mark):
    exact = Fraction(face) * (1 / Fraction(entry) - 1 / Fraction(mark))
    coins, move = Fraction(face) / Fraction(entry), Fraction(mark) / Fraction(entry) - 1
    assert exact == coins * move / (1 + move)
    assert exact - COIN < Fraction(inverse_pnl_coins(face, entry, mark)) <= exact


@given(AMOUNTS, decimals("-0.999999", 5))
def test_shocked_profit_is_its_formula_rounded_down(coins, shock):
    exact = Fraction(coins) * Fraction(shock) / (1 + Fraction(shock))
    assert exact - COIN < Fraction(shocked_pnl_coins(coins, shock)) <= exact


@pytest.mark.parametrize("bad", [-1, BPS + 1, 0.5, True])
def test_margin_factors_out_of_range_are_refused(bad):
    with pytest.raises(InputError):
        margin_factors(bad)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_health_with_margin_factors_is_the_exchange_s_maintenance_rule(size, entry, wallet, mark):
    threshold, borrow = margin_factors(300)
    cash = wallet - size * entry
    long, short = (max(0, cash), max(0, size)), (max(0, -cash), max(0, -size))
    scaled = [CASH_PRICE, mark * CASH_PRICE]
    collateral, debt = health_sums(long, short, scaled, (BPS, threshold), (BPS, borrow))
    assert (collateral >= debt) == ((wallet + size * (mark - entry)) * BPS >= 300 * abs(size) * mark)
