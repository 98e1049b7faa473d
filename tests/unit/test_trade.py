"""Trades that were not made: what is refused, then what a book is after them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.book import Book, Fee, Position, Trade, apply_trades, parse_csv_book, parse_fee, quantise, quoted_price
from zkrisk.errors import BadPrice, BadQuantity, InputError, UnknownInstrument
from zkrisk.metrics import risk
from zkrisk.policy import load_policy
from zkrisk.sheet import Sheet, load_universe, synthetic_history

UNIVERSE = load_universe("micro-8")
SHEET = Sheet.from_history(UNIVERSE, synthetic_history(UNIVERSE, seed=3, last_day=date(2026, 11, 20)))
AMOUNTS = st.decimals(0, 10**9, places=6)


def book(text: str) -> Book:
    return parse_csv_book("instrument,long,short\n" + text, UNIVERSE, name="main")


def units(found: Book) -> dict[str, tuple[Decimal, Decimal]]:
    return {p.instrument: (p.long, p.short) for p in found.positions}


@pytest.mark.parametrize("quantity", [0, "0.000", 0.5, "x", True, "nan"])
def test_trade_quantity_that_is_none_is_refused(quantity):
    with pytest.raises(BadQuantity):
        Trade("ETH", quantity, "10")


@pytest.mark.parametrize("price", ["0", "-1"])
def test_trade_price_not_positive_is_refused(price):
    with pytest.raises(BadPrice):
        Trade("ETH", "1", price)


def test_trade_of_cash_is_refused():
    with pytest.raises(InputError):
        Trade("USD", "1", "1")


def test_trade_without_a_price_cannot_be_added():
    with pytest.raises(InputError, match="price") as caught:
        book("ETH,31415926.5,0") + Trade("ETH", "-27182818")
    assert "31415926" not in str(caught.value) and "27182818" not in str(caught.value)


def test_trade_of_an_unknown_instrument_is_refused():
    with pytest.raises(UnknownInstrument):
        Trade("NOPE", "1").at(SHEET)


@pytest.mark.parametrize("text", ["-1", "-0.1%", "x", "", "%", "nan", "5 basis"])
def test_fee_that_is_none_is_refused(text):
    with pytest.raises(BadQuantity):
        parse_fee(text)


@pytest.mark.parametrize(
    ("text", "fee"),
    [("25", Fee(cash=Decimal(25))), ("0.05%", Fee(rate=Decimal("0.0005"))), ("5bps", Fee(rate=Decimal("0.0005"))),
     ("5 bps", Fee(rate=Decimal("0.0005"))), ("0", Fee())],
)  # fmt: skip
def test_fee_is_an_amount_or_a_rate(text, fee):
    assert parse_fee(text) == fee


@pytest.mark.parametrize(
    ("before", "quantity", "after"),
    [
        ("10,0", "5", ("15", "0")),
        ("10,0", "-4", ("6", "0")),
        ("10,0", "-10", ("0", "0")),
        ("10,0", "-15", ("0", "5")),
        ("0,10", "4", ("0", "6")),
        ("0,10", "15", ("5", "0")),
        ("0,10", "-5", ("0", "15")),
        ("8,3", "2", ("8", "1")),
        ("8,3", "-9", ("0", "4")),
        ("0,0", "-1", ("0", "1")),
    ],
)
def test_trade_reduces_flips_and_adds(before, quantity, after):
    found = units(book(f"ETH,{before}\nUSD,1000,0") + Trade("ETH", quantity, "2"))
    assert found["ETH"] == tuple(Decimal(text) for text in after)
    cash = Decimal(1000) - Decimal(quantity) * 2
    assert found["USD"] == (cash, Decimal(0))


def test_purchase_beyond_the_cash_borrows_and_a_sale_repays():
    first = book("USD,100,0") + Trade("ETH", "3", "50", parse_fee("1%"))
    assert units(first) == {"USD": (0, Decimal("51.5")), "ETH": (3, 0)}
    assert units(first + Trade("ETH", "-3", "50"))["USD"] == (Decimal("98.5"), 0)


def test_sheet_price_is_exact_and_an_own_price_stays():
    price = quoted_price(SHEET, "ETH")
    assert int(price * 10**16) == SHEET.prices[2] * 10 ** UNIVERSE.decimals_of(2)
    assert Trade("ETH", "1").at(SHEET).price == price
    assert Trade("ETH", "1", "7").at(SHEET).price == 7


def test_repr_shows_no_figure():
    shown = repr(Trade("ETH", "31415926", "27182818", Fee(cash=Decimal(16180339))))
    assert shown == "<Trade of ETH, private>"


@given(AMOUNTS, AMOUNTS, st.decimals(-(10**9), 10**9, places=6).filter(bool), AMOUNTS.filter(bool))
def test_net_position_and_cash_move_by_the_trade(long, short, quantity, price):
    start = Book(
        name="b",
        universe=UNIVERSE.id,
        positions=(Position(instrument="ETH", long=long, short=short), Position(instrument="USD", long=short)),
    )
    found = units(apply_trades(start, [Trade("ETH", quantity, price)]))
    assert found["ETH"][0] - found["ETH"][1] == long - short + quantity
    assert found["USD"][0] - found["USD"][1] == short - quantity * price
    assert min(*found["ETH"], *found["USD"]) >= 0


def test_trade_at_the_sheets_price_without_a_fee_leaves_equity_and_the_difference_says_so():
    before, policy = book("ETH,200,0\nUSD,100000,0\nSOL,0,100"), load_policy("lender-a")
    after = before + Trade("ETH", "-250").at(SHEET)
    first, second = (risk(quantise(found, UNIVERSE), SHEET, policy) for found in (before, after))
    difference = second - first
    assert difference["equity"].change == 0
    assert difference["gross"].before.value == first.values.gross // 10**14 + bool(first.values.gross % 10**14)
    assert difference["gross"].change < 0
    assert difference["health_factor"].after.value == second.health_factor.bps_down()
    with pytest.raises(InputError):
        _ = risk(quantise(after, UNIVERSE), SHEET) - first
