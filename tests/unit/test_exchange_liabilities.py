"""What an exchange says is owed is never lost, and what is held never counts for more: such accounts are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_exchange import BALANCE, LONG, SHORT, held, read, read_document

from zkrisk.errors import BadFile, BadQuantity, InputError, UnknownInstrument, ZkRiskError
from zkrisk.venue.ccxt_positions import EQUITY

CASH = {"USDT": {"total": 1000}}
MARKED = {**LONG, "markPrice": 70000, "unrealizedPnl": 2999.85, "notional": 21000}


@pytest.mark.parametrize(
    "balance",
    [
        {"total": {"BTC": 1.5, "USDT": 100}, "debt": {"USDT": 90000}, "USDT": {"total": 100}, "BTC": {"total": 1.5}},
        {"total": {"BTC": 1.5, "USDT": -90000}, "BTC": {"total": 1.5}},
        {"total": {"USDT": -90000}, "USDT": {"total": 90000}},
        {"debt": {"SHIB": 1}, "BTC": {"total": 1.5}},
        {"free": {"BTC": -3}, "BTC": {"total": 1.5}},
        {"used": {"BTC": -3}, "BTC": {"total": 1.5, "used": 0}},
        {"free": {"total": -3}},
        {"debt": [90000]},
    ],
)
def test_amounts_by_kind_that_are_not_those_of_the_currencies_are_refused(balance: dict[str, object]) -> None:
    with pytest.raises(BadFile):
        read(balance)


def test_amounts_by_kind_that_agree_are_read_once() -> None:
    balance = {
        "total": {"USDT": "1e2", "BTC": None},
        "debt": {"USDT": 90000.0, "ETH": 0},
        "USDT": {"total": 100.0, "debt": 90000},
    }
    assert held(read(balance)) == {"USDT": (Decimal(100), Decimal(90000))}


@pytest.mark.parametrize(
    "entry",
    [
        {"free": -500, "used": 0, "total": 0},
        {"free": -500, "used": None, "total": 0},
        {"free": 500, "used": -600, "total": 500},
        {"total": None},
        {"total": "1e61"},
        {"total": 1, "debt": "Infinity"},
    ],
)
def test_amount_below_zero_that_the_total_leaves_out_is_refused(entry: dict[str, object]) -> None:
    for currency in ("USDT", "SHIB"):
        with pytest.raises(BadQuantity):
            read({currency: entry})


def test_amount_below_zero_that_the_total_has_is_owed() -> None:
    assert held(read({"USDT": {"free": -500, "used": 100, "total": -400}})) == {"USDT": (Decimal(0), Decimal(400))}


@pytest.mark.parametrize(
    "document",
    [
        {"balance": BALANCE, "positionz": [LONG]},
        {"balance": BALANCE, "loans": [{"currency": "USDT", "amount": 90000}]},
        {"balance": {"BTC": {"total": 1, "debt": 0, "borrowed": 3}}},
        {"balance": {"BTC/USDT": {"BTC": {"total": 1}, "USDT": {"total": 0, "debt": 5}}}},
        {"balance": BALANCE, "positions": [{**LONG, "accruedFunding": -5}]},
        {"balance": BALANCE, "positions": [{**LONG, "contracts": 0, "owed": 1}]},
        {"balance": BALANCE, "positions": None},
    ],
)
def test_field_that_ccxt_does_not_have_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(BadFile):
        read_document(document)


def test_field_named_as_neither_held_nor_owed_is_ignored_and_no_other() -> None:
    entry = {"balance": {"BTC": {"total": 1, "apr": 3}}}
    assert held(read_document(entry, ignored=("apr",))) == {"BTC": (Decimal(1), Decimal(0))}
    with pytest.raises(BadFile, match="'apr', which is not known") as caught:
        read_document(entry, ignored=("borrowed",))
    assert caught.value.hint is not None and "--ignore apr" in caught.value.hint


@pytest.mark.parametrize("name", ["debt", "Total", "contractSize", "positions", "side"])
def test_field_that_is_read_cannot_be_ignored(name: str) -> None:
    with pytest.raises(BadFile, match="cannot be ignored"):
        read_document({"balance": BALANCE}, ignored=(name,))


def test_number_in_the_place_of_a_name_is_not_repeated() -> None:
    for document in (
        {"balance": {"31415926.535": {"total": None}}},
        {"balance": {"BTC": {"total": 1, "31415926.535": 1}}},
        {"balance": {"debt": {"31415926.535": True}}},
        {"balance": {"debt": {"BTC": 31415926.535}}},
    ):
        with pytest.raises(ZkRiskError) as caught:
            read_document(document)
        assert "31415926" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "change",
    [
        {"contractSize": 0},
        {"contractSize": -1},
        {"contractSize": None},
        {"entryPrice": 0},
        {"entryPrice": -60000},
        {"contracts": None},
        {"contracts": 0, "notional": -5000},
        {"contracts": 0, "unrealizedPnl": -5000},
        {"contractSize": "0.0001", "markPrice": 60000, "notional": 18000},
        {"contractSize": 1, "markPrice": 60000, "notional": 18000},
    ],
)
def test_position_that_would_vanish_or_add_cash_is_refused(change: dict[str, object]) -> None:
    for position in (LONG, SHORT):
        with pytest.raises(BadQuantity):
            read(positions=[{**position, **change}])


@pytest.mark.parametrize(
    "change",
    [{"side": None}, {"side": "both"}, {"contracts": -30}, {"notional": -18000}, {"side": "short", "contracts": -30}],
)
def test_position_without_one_side_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadFile, match="has no side"):
        read(positions=[{**LONG, **change}])


@pytest.mark.parametrize(
    "symbol", ["BTC/USDT:BTC", "BTC/USD:ETH", "BTC/USDT:USDT-261225-60000-C", "BTC/BTC:BTC", "BTC"]
)
def test_quanto_option_and_inverse_are_refused(symbol: str) -> None:
    with pytest.raises(InputError, match="linear perpetual"):
        read(positions=[{**LONG, "symbol": symbol}])


def test_position_that_is_there_twice_is_refused_and_both_sides_are_two() -> None:
    both = [LONG, {**LONG, "side": "short", "contracts": 10}]
    assert held(read(positions=both))["BTC-PERP"] == (Decimal("0.30"), Decimal("0.10"))
    with pytest.raises(BadFile, match="position 2 is already in position 1"):
        read(positions=[LONG, LONG])


def test_totals_must_be_said_where_a_position_is_open() -> None:
    with pytest.raises(InputError, match="unrealised profit"):
        read_document({"balance": CASH, "positions": [MARKED]}, totals=None)
    read_document({"balance": CASH, "positions": [{**LONG, "contracts": 0}]}, totals=None)


def test_unrealised_profit_in_the_total_counts_once() -> None:
    """The account is worth its 1000, whose profit is in it: 0.3 at 70000 beside a cost of as much."""
    account = held(read_document({"balance": CASH, "positions": [MARKED]}, totals=EQUITY))
    assert account == {"BTC-PERP": (Decimal("0.3"), Decimal(0)), "USDT": (Decimal(0), Decimal(20000))}
    with pytest.raises(BadQuantity, match="'markPrice'"):
        read_document({"balance": CASH, "positions": [LONG]}, totals=EQUITY)


def test_debt_of_one_currency_is_not_netted_with_another_of_the_same_alias() -> None:
    balance = {"USDT": {"total": -90000}, "USDC": {"total": 100000}}
    assert held(read(balance, USDT="USD", USDC="USD")) == {"USD": (Decimal(100000), Decimal(90000))}


@pytest.mark.parametrize("alias", [{"1000BTC": "BTC"}, {"kBTC": "BTC"}, {"1000BTC/USDT:USDT": "BTC-PERP"}])
def test_alias_that_changes_the_unit_is_refused(alias: dict[str, str]) -> None:
    with pytest.raises(InputError, match="changes the unit"):
        read_document({"balance": CASH}, alias)


def test_contract_among_the_balances_is_refused() -> None:
    with pytest.raises(InputError, match="cost is missing"):
        read({"BTC-PERP": {"total": 5}})


def test_debt_of_something_unlisted_is_refused_under_an_alias_too() -> None:
    with pytest.raises(UnknownInstrument):
        read({"LDBTC": {"total": 0, "debt": 1}}, LDBTC="STAKED")


def test_numbers_of_any_length_are_added_exactly() -> None:
    small, big = "0.0000000000000000000000000000001", "100000000000000000000000000000"
    balance = {"USDT": {"total": "-" + big}, "TETHER": {"total": "-" + small}}
    assert held(read(balance, TETHER="USDT")) == {"USDT": (Decimal(0), Decimal(f"{big}{small[1:]}"))}
