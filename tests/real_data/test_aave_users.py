"""The 307 Aave v3 users of June 2023: our health factor is the one that the chain reported."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction

from tests.real_data.market import shared
from zkrisk.book import Book, Position, quantise
from zkrisk.metrics import HEALTH_RULES, health_factor
from zkrisk.sheet import Parameters, Universe, parse_universe, price_lots

TOLERANCE = Fraction(1, 10**9)
USERS = 307


def users():
    path = shared("data/positions/lido_b21_debt_stables_v3.csv")
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def base_universe(threshold_bps: str) -> Universe:
    """Collateral and debt in Aave's base unit, 10^-8 USD, at a price of one dollar a unit."""
    cash = {
        "slot": 0,
        "symbol": "USD",
        "name": "cash",
        "kind": "CASH",
        "decimals": 6,
        "feed_decimals": 8,
        "heartbeat_s": 0,
        "liquidation_threshold_bps": 10_000,
        "borrow_factor_bps": 10_000,
    }
    base = {**cash, "kind": "SPOT", "decimals": 8}
    collateral = {**base, "slot": 1, "symbol": "COLLATERAL", "liquidation_threshold_bps": threshold_bps}
    rows = [cash, collateral, {**base, "slot": 2, "symbol": "DEBT"}]
    return parse_universe({"id": "aave", "tier": "micro", "calendar": [1], "sectors": [], "instruments": rows})


def our_health(row: dict[str, str], rule: str) -> Fraction:
    universe = base_universe(row["threshold"])
    positions = (
        Position(instrument="COLLATERAL", long=Decimal(row["collateral"])),
        Position(instrument="DEBT", short=Decimal(row["debt"])),
    )
    vector = quantise(Book(name="user", universe="aave", positions=positions), universe)
    prices = (10**10, *(price_lots(universe, slot, 10**8) for slot in (1, 2)), *(0,) * 5)
    rows = Parameters.from_universe(universe)
    ratio = health_factor(
        vector.long, vector.short, prices, rows.liquidation_threshold_bps, rows.borrow_factor_bps, rule=rule
    )
    return Fraction(ratio.numerator, ratio.denominator)


def test_health_factor_every_user_is_collateral_times_threshold_over_debt():
    compared = 0
    for row in users():
        expected = Fraction(row["collateral"]) * Fraction(row["threshold"]) / 10_000 / Fraction(row["debt"])
        found = our_health(row, "zkrisk")
        assert abs(found / expected - 1) < TOLERANCE, f"row {row['']}"
        compared += 1
    assert compared == USERS


def test_health_factor_every_user_is_the_one_on_chain():
    worst = {rule: Fraction(0) for rule in HEALTH_RULES}
    rows = users()
    for row in rows:
        for rule in HEALTH_RULES:
            worst[rule] = max(worst[rule], abs(our_health(row, rule) / Fraction(row["healthf"]) - 1))
    assert len(rows) == USERS
    assert max(worst.values()) < TOLERANCE, {rule: float(value) for rule, value in worst.items()}
