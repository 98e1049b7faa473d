"""Daily candles through ccxt's own exchange class, from a server on localhost."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from exchange_server import Exchange, serving
from made_prices import LAST_DAY, NOW_UNIX, OPTIONS, UNIVERSE, closes, observed

from zkrisk.errors import BadFile, BadPrice, InputError, MissingTool, NotFound, UnknownInstrument, Unreachable
from zkrisk.sheet.build import build_sheet
from zkrisk.sheet.build.ccxt_candles import fetch_candles, open_exchange

MARKETS = {"ETH": "ETH/USD", "BTC": "BTC/USD", "SOL": "SOL/USD"}
FIRST_DAY = LAST_DAY - timedelta(days=99)


@pytest.fixture
def needs_ccxt():
    pytest.importorskip("ccxt", reason="ccxt is an extra: pip install 'zkrisk[ccxt]'")


def served(**changes):
    by_pair = {
        f"{coin.lower()}usd": {entry.day: str(entry.price) for entry in entries} for coin, entries in closes().items()
    }
    return Exchange(by_pair, **changes)


def fetched(exchange, markets=MARKETS, **days):
    span = {"first_day": FIRST_DAY, "last_day": LAST_DAY} | days
    return fetch_candles(UNIVERSE, open_exchange("bitstamp", exchange.options), markets, **span)


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ccxt", None)
    with pytest.raises(MissingTool, match="ccxt is not installed") as caught:
        open_exchange("bitstamp")
    assert "zkrisk[ccxt]" in caught.value.hint


@pytest.mark.usefixtures("needs_ccxt")
@pytest.mark.parametrize(("exchange_id", "options", "error"), [
    ("nowhere", {}, NotFound), ("__init__", {}, NotFound), ("bitstamp", {"apiKey": "k"}, InputError),
    ("bitstamp", {"secret": "s"}, InputError),
])  # fmt: skip
def test_exchange_that_is_none_and_keys_refused(exchange_id, options, error):
    with pytest.raises(error):
        open_exchange(exchange_id, options)


@pytest.mark.usefixtures("needs_ccxt")
@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"offset_s": 16 * 3_600}, BadFile, "do not begin at 00:00 UTC"),
    ({"status": 500}, Unreachable, "does not answer"), ({"status": 429}, Unreachable, "does not answer"),
    ({"body": "<html>"}, (InputError, Unreachable), "bitstamp"),
    ({"body": '{"data": {"ohlc": [{"timestamp": "86400", "close": "1"}]}}'}, BadPrice, "no candles"),
    ({"body": '{"data": {"ohlc": [{"close": "1"}]}}'}, BadPrice, "no candles of ETH/USD"),
    ({"body": '{"data": {"ohlc": [1]}}'}, (BadFile, BadPrice), "bitstamp"),
    ({"pairs": '[{"base_currency": "ETH", "counter_currency": "USD", "description": "x"}]'}, BadFile, "cannot read"),
    ({"body": '{"data": {"ohlc": []}}'}, BadPrice, "no candles of ETH/USD"),
])  # fmt: skip
def test_answers_that_are_no_daily_candles_refused(changes, error, message):
    with serving(served(**changes)) as exchange, pytest.raises(error, match=message) as caught:
        fetched(exchange)
    assert "127.0.0.1" not in caught.value.message


@pytest.mark.usefixtures("needs_ccxt")
def test_candle_without_a_number_refused():
    day = int((LAST_DAY - timedelta(days=3)).strftime("%s")) // 86_400 * 86_400
    body = f'{{"data": {{"ohlc": [{{"timestamp": "{day}", "open": "1", "close": null}}]}}}}'
    with serving(served(body=body)) as exchange, pytest.raises(BadPrice, match="no close"):
        fetched(exchange)


@pytest.mark.usefixtures("needs_ccxt")
@pytest.mark.parametrize(("markets", "error"), [
    ({}, InputError), ({"ETH": "ETH/EUR"}, NotFound), ({"DOGE": "DOGE/USD"}, UnknownInstrument),
    ({"USD": "ETH/USD"}, InputError),
])  # fmt: skip
def test_markets_that_are_none_refused(markets, error):
    with serving(served()) as exchange, pytest.raises(error):
        fetched(exchange, markets)


@pytest.mark.usefixtures("needs_ccxt")
def test_exchange_that_is_down_is_unreachable():
    with serving(served()) as exchange:
        gone = exchange
    with pytest.raises(Unreachable, match="bitstamp does not answer"):
        fetched(gone)


@pytest.mark.usefixtures("needs_ccxt")
@pytest.mark.parametrize("page", [1_000, 30, 1])
def test_day_takes_the_close_of_the_candle_that_opens_on_it(page):
    with serving(served(page=page)) as exchange:
        found = fetched(exchange, first_day=LAST_DAY - timedelta(days=9))
    for coin, entries in closes().items():
        assert [(e.day, e.price) for e in found[coin].entries] == [(e.day, e.price) for e in entries[-10:]]
    assert found["ETH"].source.name == "ccxt:bitstamp:ETH/USD" and found["ETH"].quote == "USD"
    assert len(exchange.asked) >= 3


@pytest.mark.usefixtures("needs_ccxt")
def test_numbers_are_as_the_exchange_wrote_them():
    exact = "0.12345678901234567890123"
    with serving(Exchange({"ethusd": {LAST_DAY: exact}})) as exchange:
        found = fetched(exchange, {"ETH": "ETH/USD"})
    assert [entry.price for entry in found["ETH"].entries] == [Decimal(exact)]


@pytest.mark.usefixtures("needs_ccxt")
def test_sheet_from_an_exchange_equals_the_one_from_the_same_closes():
    with serving(served()) as exchange:
        found = fetched(exchange)
    ours, theirs = (
        build_sheet(UNIVERSE, market, OPTIONS, now_unix=NOW_UNIX).sheet for market in (observed(closes()), found)
    )
    assert (theirs.prices, theirs.window, theirs.synthetic) == (ours.prices, ours.window, False)
    assert [source.name for source in theirs.origin.sources] == [
        f"ccxt:bitstamp:{c}/USD" for c in ("BTC", "ETH", "SOL")
    ]


@pytest.mark.usefixtures("needs_ccxt")
def test_prices_in_another_currency_are_warned_of():
    by_pair = {"etheur": {entry.day: str(entry.price) for entry in closes()["ETH"]}}
    with serving(Exchange(by_pair)) as exchange:
        found = fetched(exchange, {"ETH": "ETH/EUR"})
    market = observed(closes()) | found
    warnings = build_sheet(UNIVERSE, market, OPTIONS, now_unix=NOW_UNIX).sheet.warnings
    assert "QUOTED: ETH: closes are in EUR, taken as USD" in warnings
