"""Accounts of exchanges: everything owed stands in the book, or there is none."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from zkrisk.errors import BadFile, BadQuantity, InputError, UnknownInstrument
from zkrisk.sheet import load_universe
from zkrisk.venue.ccxt_positions import WALLET
from zkrisk.venue.exchange import parse_ccxt_account

BALANCE = {
    "info": {"anything": ["the", "exchange", 1.5]},
    "timestamp": 1_800_000_000_000,
    "datetime": None,
    "free": {"BTC": 1.0},
    "used": {},
    "total": {"BTC": 1.5},
    "BTC": {"free": 1.0, "used": 0.5, "total": 1.5, "debt": 0.25},
    "USDT": {"free": 1000.0, "used": 0.0, "total": 1000.0},
    "SHIB": {"free": 5.0, "used": 0.0, "total": 5.0},
    "ETH": {"free": 0.0, "used": 0.0, "total": 0.0},
}
LONG = {"symbol": "BTC/USDT:USDT", "side": "long", "contracts": 30, "contractSize": 0.01, "entryPrice": 60000.5}
SHORT = {"symbol": "ETH/USDT:USDT", "side": "short", "contracts": 2, "contractSize": 1, "entryPrice": 3000}


def read(balance: object = BALANCE, positions: object = None, **aliases: str):  # type: ignore[no-untyped-def]
    return read_document({"balance": balance} | ({} if positions is None else {"positions": positions}), aliases)


def read_document(  # type: ignore[no-untyped-def]
    document: object, aliases: dict[str, str] | None = None, totals: str | None = WALLET, ignored: tuple[str, ...] = ()
):
    return parse_ccxt_account(
        json.dumps(document),
        load_universe("standard-32"),
        name="main",
        aliases=aliases,
        totals=totals,
        ignored=ignored,
    )


def held(account) -> dict[str, tuple[Decimal, Decimal]]:  # type: ignore[no-untyped-def]
    return {p.instrument: (p.long, p.short) for p in account.book.positions}


def test_balances_and_debts_are_read_exactly() -> None:
    account = read()
    assert held(account) == {"BTC": (Decimal("1.5"), Decimal("0.25")), "USDT": (Decimal("1000.0"), Decimal(0))}
    assert account.omitted == ("SHIB",)


def test_perpetuals_are_booked_at_their_mark_with_the_cost_in_cash() -> None:
    found = held(read(positions=[LONG, SHORT]))
    assert found["BTC-PERP"] == (Decimal("0.30"), Decimal(0))
    assert found["ETH-PERP"] == (Decimal(0), Decimal(2))
    cash = Decimal(1000) - Decimal("0.3") * Decimal("60000.5") + 2 * Decimal(3000)
    assert cash < 0
    assert found["USDT"] == (Decimal(0), -cash)


def test_debt_of_something_unlisted_is_refused() -> None:
    for entry in ({"total": 5, "debt": 1}, {"total": -1}):
        with pytest.raises(UnknownInstrument, match="not complete"):
            read({**BALANCE, "SHIB": entry})


@pytest.mark.parametrize("symbol", ["DOGE/USDT:USDT", "BTC/FDUSD:FDUSD"])
def test_contract_of_something_unlisted_is_refused(symbol: str) -> None:
    with pytest.raises(UnknownInstrument):
        read(positions=[{**LONG, "symbol": symbol}])


@pytest.mark.parametrize("symbol", ["BTC/USD:BTC", "BTC/USDT", "BTC/USDT:USDT-261225"])
def test_contract_that_is_not_a_linear_perpetual_is_refused(symbol: str) -> None:
    with pytest.raises(InputError, match="linear perpetual"):
        read(positions=[{**LONG, "symbol": symbol}])


def test_closed_contracts_do_not_matter() -> None:
    assert held(read(positions=[{**LONG, "symbol": "DOGE/USDT:USDT", "contracts": 0}])) == held(read())


def test_aliases_name_what_the_exchange_calls_otherwise() -> None:
    account = read({"XBT": {"total": "1.5"}, "BTC": {"total": "0.5"}}, XBT="BTC")
    assert held(account) == {"BTC": (Decimal("2.0"), Decimal(0))}


@pytest.mark.parametrize(
    "change",
    [
        {"balance": {"BTC": {"total": "NaN"}}},
        {"balance": {"BTC": {"free": 1}}},
        {"balance": {"BTC": {"total": True}}},
        {"balance": {"BTC": {"total": 1, "debt": -1}}},
        {"positions": [{**LONG, "entryPrice": None}]},
        {"positions": [{**LONG, "contractSize": "x"}]},
    ],
)
def test_number_that_is_missing_or_none_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadQuantity):
        read(**{"balance": BALANCE, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"balance": []},
        {"balance": {"BTC": 1}},
        {"positions": {}},
        {"positions": [1]},
        {"positions": [{**LONG, "side": ""}]},
    ],
)
def test_document_of_another_shape_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadFile):
        read(**{"balance": BALANCE, **change})  # type: ignore[arg-type]


def test_private_numbers_do_not_show() -> None:
    assert "1.5" not in repr(read())
