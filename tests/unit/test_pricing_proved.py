"""An account with options, proved by the circuit as it is: SPAN's scenarios as the window, PMRM's as stress rows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from tests.pricing_case import MARKET, NOW, option
from zkrisk.book import Book, BookVector, Leg, quantise
from zkrisk.commitment import Opening, commit_with
from zkrisk.errors import WitnessError
from zkrisk.metrics import check, exposures_of, scenario_losses
from zkrisk.params import BPS, MICRO, CircuitKind
from zkrisk.policy import Limits, Policy
from zkrisk.pricing import (
    InverseHolding,
    LinearHolding,
    OptionHolding,
    View,
    booked,
    build_rows,
    inverse_pnl_coins,
    margin_factors,
    parse_terms,
    pmrm_scenarios,
    span_scenarios,
    value,
)
from zkrisk.proof.artifacts import default_artifacts
from zkrisk.proof.prove import prove
from zkrisk.sheet import Parameters, Sheet, Window, parse_universe
from zkrisk.witness import ComplianceStatement

OWNER = 0x70997970C51812DC3A010C7D01B50E0D17DC79C8
SALT = (1 << 247) + 1
LEG = Leg.empty(MICRO.instruments)
UNDERLYINGS = ["BTC", "ETH", "USDC"]
SPAN = span_scenarios({"BTC": 160_000, "ETH": 200_000, "USDC": 0}, 250_000)
PMRM = tuple(s for s in pmrm_scenarios(UNDERLYINGS) if abs(s.returns_e6["BTC"]) == 150_000 and s.vol_e6)
TERMS = parse_terms(
    {
        "schema": "urn:zkrisk:instruments/v1",
        "instruments": [
            {"kind": "spot", "symbol": "USDC", "underlying": "USDC", "decimals": 6},
            {"kind": "spot", "symbol": "BTC", "underlying": "BTC"},
            {"kind": "staked", "symbol": "wstETH", "underlying": "ETH"},
            {"kind": "linear-perpetual", "symbol": "BTC-PERP", "underlying": "BTC"},
            {"kind": "inverse-perpetual", "symbol": "BTC-INV", "underlying": "BTC"},
            option("CALL", strike="110000", anchor_usd="100000"),
            option("PUT", type="put", strike="85000", anchor_usd="100000", settlement="coin"),
        ],
    }
)
CALL, PUT = TERMS[5], TERMS[6]
WALLETS = {"USD": Decimal(40_000), "USDC": Decimal("-10000.5"), "BTC": Decimal("0.8"), "wstETH": Decimal(5)}
HOLDINGS = [
    LinearHolding("BTC-PERP", Decimal("0.4"), Decimal(98_000), Decimal("12.25")),
    InverseHolding("BTC-INV", "BTC", Decimal(-30_000), Decimal(97_000), Decimal("0.0001")),
    OptionHolding("CALL", Decimal(-1), CALL.anchor_usd),
    OptionHolding("PUT", Decimal("-0.5"), PUT.anchor_usd),
]
KINDS = {"USDC": "STABLECOIN", "BTC": "SPOT", "wstETH": "SPOT", "CALL": "OPTION", "PUT": "OPTION"}


@cache
def universe():
    threshold, borrow = margin_factors(750)
    rows = [
        ("USD", "CASH", 6, BPS, BPS),
        *((t.symbol, KINDS.get(t.symbol, "PERPETUAL"), t.decimals, threshold, borrow) for t in TERMS),
    ]
    fields = ("symbol", "kind", "decimals", "liquidation_threshold_bps", "borrow_factor_bps")
    instruments = [
        {"slot": slot, "name": row[0], "feed_decimals": 8, "heartbeat_s": 3600, **dict(zip(fields, row, strict=True))}
        for slot, row in enumerate(rows)
    ]
    return parse_universe(
        {
            "id": "options-8",
            "tier": "micro",
            "calendar": [1, 2, 3, 4, 5, 6, 7],
            "sectors": [],
            "instruments": instruments,
        }
    )


@cache
def sheet():
    rows = build_rows(TERMS, MARKET, SPAN + PMRM, MICRO.instruments)
    assert rows.warnings == ()
    days = tuple(f"2027-01-{day:02d}" for day in range(1, 17))
    return Sheet(
        universe=universe(),
        epoch=1,
        as_of_unix=NOW,
        prices=rows.prices,
        blocked=(0,) * MICRO.instruments,
        parameters=replace(Parameters.from_universe(universe()), stress_return=rows.returns[16:]),
        window=Window(days[0], days[-1], days, rows.returns[:16]),
        window_ordinal=16,
        parameters_version=1,
        synthetic=True,
    )


@cache
def vector():
    positions = booked("USD", WALLETS, HOLDINGS)
    return quantise(Book(name="options", universe="options-8", positions=positions), universe())


def account_equity(scenario=None):
    """What the exchange shows: wallets, funding and unrealised profit, options at their value."""
    view = View(MARKET) if scenario is None else View(MARKET, scenario)
    worth = {terms.symbol: value(terms, view) for terms in TERMS}
    wallets = sum(Fraction(amount) * worth.get(symbol, 1) for symbol, amount in WALLETS.items())
    linear, inverse, call, put = HOLDINGS
    profit = Fraction(linear.size) * (worth["BTC-PERP"] - Fraction(linear.entry)) + Fraction(linear.funding)
    mark = worth["BTC-INV"]
    coins = inverse_pnl_coins(inverse.contracts_usd, inverse.entry, Decimal(mark.numerator) / mark.denominator)
    profit += Fraction(coins) * mark + Fraction(inverse.funding) * worth["BTC"]
    return wallets + profit + Fraction(call.size) * worth["CALL"] + Fraction(put.size) * worth["PUT"]


def policy(limits_bps):
    """Limits in basis points, confidence 90 %."""
    names = {name: f"{name}_{'min' if name == 'health' else 'max'}" for name in limits_bps}
    limits = Limits(**{names[name]: f"{bps // 100}.{bps % 100:02d}%" for name, bps in limits_bps.items()})
    return Policy(
        name="options", version=1, confidence="90%", max_age_s=60, min_assurance="SELF_DECLARED", limits=limits
    )


def test_equity_of_the_book_is_the_account_s_rounded_down():
    found = Fraction(exposures_of(vector(), None, sheet().prices).equity, 10**16)
    assert 0 <= account_equity() - found < Fraction(1, 100)
    assert account_equity() > 50_000


def test_losses_of_the_book_are_the_account_s_in_every_scenario():
    exposures = exposures_of(vector(), None, sheet().prices)
    rows = (*sheet().window.returns, *sheet().parameters.stress_return)
    slack = sum(map(abs, exposures.cents)) + 4 * MICRO.instruments * 10**6
    losses = scenario_losses(exposures.cents, rows)
    covered = [scenario.covered_e6 for scenario in SPAN + PMRM]
    assert max(losses) > 5_000 * 10**8
    for loss, scenario, share in zip(losses, SPAN + PMRM, covered, strict=True):
        exact = (account_equity() - account_equity(scenario)) * share / 10**6 * 10**8
        assert abs(loss - exact) < slack


def test_margin_limits_of_the_account_are_proved_and_one_basis_point_less_is_not():
    limits = dict.fromkeys(("health", "stress", "var", "expected_shortfall"), BPS)
    measured = check(policy(limits), vector(), LEG, sheet())
    limits = {name: measured[name].measured_bps for name in limits}
    assert all(limits.values())
    wanted = policy(limits)
    assert check(wanted, vector(), LEG, sheet()).holds
    commitment = commit_with(vector(), OWNER, SALT)
    parameters, threshold = sheet().parameters, measured.tail_threshold
    statement = ComplianceStatement(
        tier=MICRO,
        commitment=commitment,
        owner=OWNER,
        context=1,
        leg=LEG,
        prices=sheet().prices,
        blocked=sheet().blocked,
        policy_values=tuple(wanted.public_values(MICRO, ())),
        liquidation_threshold_bps=parameters.liquidation_threshold_bps,
        borrow_factor_bps=parameters.borrow_factor_bps,
        sector=parameters.sector,
        stress_return=parameters.stress_return,
        window_return=sheet().window.returns,
    )
    instance = default_artifacts().instance(CircuitKind.COMPLIANCE, MICRO)
    opening = Opening(BookVector(vector().long, vector().short), OWNER, SALT, commitment)
    assert len(prove(instance, statement, opening, threshold)) == 256
    for name, step in (("health", 1), ("stress", -1), ("var", -1), ("expected_shortfall", -1)):
        strict = policy(limits | {name: limits[name] + step})
        assert [failure.lower() for failure in check(strict, vector(), LEG, sheet()).failures] == [name]
        tighter = replace(statement, policy_values=tuple(strict.public_values(MICRO, ())))
        with pytest.raises(WitnessError):
            prove(instance, tighter, opening, threshold)
