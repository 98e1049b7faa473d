"""One market and one instrument of every kind, for the tests of pricing. Made up."""

from __future__ import annotations

import json
from decimal import Decimal

from zkrisk.pricing import Market, Scenario, parse_surface, parse_terms

DAY = 86_400
NOW = 1_800_000_000
MONTH = NOW + 30 * DAY

SURFACE = parse_surface(
    json.dumps(
        {
            "schema": "urn:zkrisk:vol-surface/v1",
            "underlying": "BTC",
            "as_of_unix": NOW,
            "spot": "100000",
            "axis": "moneyness",
            "smiles": [
                {
                    "expiry_unix": MONTH,
                    "forward": "100400",
                    "points": [{"at": "0.8", "vol": "0.7"}, {"at": "1", "vol": "0.5"}, {"at": "1.25", "vol": "0.6"}],
                },
                {"expiry_unix": NOW + 180 * DAY, "forward": "102000", "points": [{"at": "1", "vol": "0.6"}]},
            ],
        }
    )
)

MARKET = Market(
    NOW,
    spots={"BTC": Decimal(100_000), "ETH": Decimal(4_000), "USDC": Decimal("0.9998")},
    marks={"BTC-PERP": Decimal("100050.5"), "BTC-DEC": Decimal(101_000)},
    indices={"aETH": Decimal("1.05"), "vUSDC": Decimal("1.123456789123"), "wstETH": Decimal("1.2")},
    settlements={"OLD-CALL": Decimal(99_000), "OLD-PUT": Decimal(99_000), "OLD-FUT": Decimal(99_000)},
    surfaces={"BTC": SURFACE},
    rate=Decimal("0.04"),
    carries={"ETH": Decimal("0.03")},
    pegged=frozenset({"USDC"}),
)


def option(symbol, **changes):
    """An option on BTC: a call at 100 000 in 30 days unless changed."""
    base = {"kind": "option", "symbol": symbol, "underlying": "BTC", "type": "call", "strike": "100000"}
    return base | {"expiry_unix": MONTH} | changes


DOCUMENT = {
    "schema": "urn:zkrisk:instruments/v1",
    "instruments": [
        {"kind": "spot", "symbol": "BTC", "underlying": "BTC"},
        {"kind": "lending", "symbol": "aETH", "underlying": "ETH", "side": "supplied"},
        {"kind": "lending", "symbol": "vUSDC", "underlying": "USDC", "side": "borrowed", "decimals": 6},
        {"kind": "linear-perpetual", "symbol": "BTC-PERP", "underlying": "BTC"},
        {"kind": "inverse-perpetual", "symbol": "BTC-INV", "underlying": "BTC"},
        {"kind": "future", "symbol": "BTC-DEC", "underlying": "BTC", "expiry_unix": NOW + 60 * DAY},
        {"kind": "future", "symbol": "ETH-FUT", "underlying": "ETH", "expiry_unix": MONTH},
        {"kind": "future", "symbol": "OLD-FUT", "underlying": "BTC", "expiry_unix": NOW},
        option("CALL"),
        option("PUT", type="put", strike="80000"),
        option("CALL-COIN", settlement="coin"),
        option("CALL-ANCHORED", anchor_usd="100000"),
        option("OLD-CALL", expiry_unix=NOW, strike="90000"),
        option("OLD-PUT", expiry_unix=NOW - 1, type="put", strike="90000", anchor_usd="1000"),
        {"kind": "staked", "symbol": "wstETH", "underlying": "ETH"},
        {
            "kind": "basket",
            "symbol": "INDEX",
            "components": [{"underlying": "BTC", "units": "0.01"}, {"underlying": "ETH", "units": "0.5"}],
        },
        {
            "kind": "lp",
            "symbol": "LP",
            "components": [
                {"underlying": "ETH", "units": "25", "weight": "1"},
                {"underlying": "USDC", "units": "100020.004000800160032006", "weight": "1"},
            ],
        },
        {
            "kind": "lp",
            "symbol": "LP-FAST",
            "model": "basket",
            "components": [
                {"underlying": "ETH", "units": "25", "weight": "1"},
                {"underlying": "USDC", "units": "100000", "weight": "1"},
            ],
        },
    ],
}
TERMS = parse_terms(DOCUMENT)
TERM = {terms.symbol: terms for terms in TERMS}


def shock(btc=0, eth=0, usdc=0, **changes):
    """A scenario of returns in 10^-6."""
    return Scenario("shock", {"BTC": btc, "ETH": eth, "USDC": usdc}, **changes)
