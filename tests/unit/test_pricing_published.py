"""Market files and rows that others published; refusals first."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.pricing_case import MARKET, NOW, TERM, TERMS, shock
from zkrisk.errors import BadFile, InputError, SheetMismatch, ZkRiskError
from zkrisk.pricing import (
    View,
    build_rows,
    check_rows,
    market_document,
    market_sha256,
    option_bounds_e16,
    parse_market,
    pmrm_scenarios,
    price_e16,
    value,
)

OPTIONS = [symbol for symbol in TERM if "CALL" in symbol or "PUT" in symbol]
LIVE = [symbol for symbol in OPTIONS if not symbol.startswith("OLD")]
SCENARIOS = pmrm_scenarios(["BTC", "ETH", "USDC"])
ROWS = build_rows(TERMS, MARKET, SCENARIOS, 20)


def changed(rows, slot, by):
    return tuple(figure + by * (index == slot) for index, figure in enumerate(rows))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "urn:zkrisk:market/v2"}, "schema"),
        ({"extra": 1}, "extra"),
        ({"spots": {"BTC": "0"}}, "spots"),
        ({"spots": {"1BTC": "1"}}, "spots"),
        ({"spots": [1]}, "spots"),
        ({"rate": True}, "rate"),
        ({"rate": None}, "rate"),
        ({"surfaces": 1}, "surfaces"),
        ({"surfaces": [[]]}, "surfaces"),
        ({"surfaces": True}, "surfaces"),
        ({"surfaces": [{"schema": "urn:zkrisk:vol-surface/v2"}]}, "surfaces"),
        ({"surfaces": market_document(MARKET)["surfaces"] * 2}, "two surfaces"),
        ({"vol_follows": "delta"}, "vol_follows"),
        ({"as_of_unix": "-1"}, "as_of_unix"),
    ],
)
def test_parse_market_bad_document_is_refused(change, message):
    with pytest.raises(BadFile, match=message):
        parse_market(json.dumps(market_document(MARKET) | change), "market.json")


@pytest.mark.parametrize("change", [{"rate": "6"}, {"as_of_unix": NOW - 1}, {"spots": {"BTC": "1e50"}}])
def test_parse_market_that_is_no_market_is_refused(change):
    with pytest.raises(InputError):
        parse_market(json.dumps(market_document(MARKET) | change))


@pytest.mark.parametrize("missing", ["as_of_unix", "spots", "rate", "schema"])
def test_parse_market_field_that_is_missing_is_refused(missing):
    document = market_document(MARKET)
    del document[missing]
    with pytest.raises(BadFile):
        parse_market(json.dumps(document))


def test_market_reads_back_and_hashes_by_content():
    again = parse_market(json.dumps(market_document(MARKET)))
    assert again == MARKET and market_sha256(again) == market_sha256(MARKET)
    assert build_rows(TERMS, again, SCENARIOS, 20) == ROWS
    assert market_sha256(replace(MARKET, vol_follows="moneyness")) != market_sha256(MARKET)


def test_check_rows_published_rows_of_the_market_are_accepted():
    check_rows(ROWS, TERMS, MARKET, SCENARIOS)
    last_digit = replace(
        ROWS, prices=changed(ROWS.prices, 9, 1), returns=(changed(ROWS.returns[0], 9, -1), *ROWS.returns[1:])
    )
    check_rows(last_digit, TERMS, MARKET, SCENARIOS)


@pytest.mark.parametrize(
    "published",
    [
        replace(ROWS, prices=changed(ROWS.prices, 9, 2)),
        replace(ROWS, prices=changed(ROWS.prices, 0, 1)),
        replace(ROWS, prices=changed(ROWS.prices, 19, 2)),
        replace(ROWS, greeks=(*ROWS.greeks[:3], changed(ROWS.greeks[3], 9, -2))),
        replace(ROWS, returns=(*ROWS.returns[:20], changed(ROWS.returns[20], 9, 2))),
        replace(ROWS, returns=ROWS.returns[:20]),
        replace(ROWS, greeks=ROWS.greeks[:3]),
        replace(ROWS, greeks=(ROWS.greeks[0][:5], *ROWS.greeks[1:])),
        replace(ROWS, prices=tuple(float(price) for price in ROWS.prices)),
    ],
)
def test_check_rows_figure_or_shape_that_is_off_is_refused(published):
    with pytest.raises(SheetMismatch, match="published rows"):
        check_rows(published, TERMS, MARKET, SCENARIOS)


def test_check_rows_of_another_market_is_refused_by_name():
    other = replace(MARKET, spots={**MARKET.spots, "ETH": MARKET.spots["BTC"]})
    with pytest.raises(SheetMismatch, match="the price of aETH"):
        check_rows(ROWS, TERMS, other, SCENARIOS)


@pytest.mark.parametrize("symbol", ["OLD-CALL", "OLD-PUT"])
def test_option_bounds_of_an_expired_option_are_refused(symbol):
    with pytest.raises(ZkRiskError, match="has expired"):
        option_bounds_e16(TERM[symbol], MARKET)


@pytest.mark.parametrize("volatility", ["0.0001", "0.6", "100"])
@pytest.mark.parametrize("symbol", LIVE)
def test_option_bounds_hold_whatever_the_volatility(symbol, volatility):
    document = market_document(MARKET)
    document["surfaces"][0]["smiles"][0]["points"] = [{"at": "1", "vol": volatility}]
    document["surfaces"][0]["smiles"] = document["surfaces"][0]["smiles"][:1]
    anchored = TERM[symbol].model_copy(update={"anchor_usd": Decimal(1)})
    low, high = option_bounds_e16(anchored, MARKET)
    assert low <= price_e16(anchored, parse_market(json.dumps(document))) <= high


@pytest.mark.parametrize("symbol", LIVE)
def test_option_bounds_are_met_in_the_limits(symbol):
    low, high = option_bounds_e16(TERM[symbol], MARKET)
    still, wild = (shock(vol_e6=-1_000_000), shock(vol_points_e6=10**9))
    found = [value(TERM[symbol], View(MARKET, scenario)) * 10**8 for scenario in (still, wild)]
    anchor = 10**13 if symbol == "CALL-ANCHORED" else 0
    assert [float(price + anchor) for price in found] == pytest.approx([low, high], rel=1e-10)
