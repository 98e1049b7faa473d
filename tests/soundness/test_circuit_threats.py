"""Threats to the arithmetic of health, division and empty books: exhaustive searches and defined results."""

# ruff: noqa: N802 (tests carry the ID of the threat)
# ruff: noqa: S311 (seeds make the cases repeatable)

from __future__ import annotations

import random

import pytest
from harness.books import decided, requantiled
from harness.cases_lib import HONEST
from harness.constraints import R
from harness.final import final_circuit
from harness.forge import signed
from harness.instances import load_instance
from harness.knobs import LARGEST_QUANTITY
from harness.oracle import STATEMENTS, State, base_state, inputs
from harness.random_states import with_limit
from harness.trio import compliance_accepts, health_verdicts

N = 8
EMPTY = [0] * N
LARGEST = (1 << 64) - 1
RATIO = (1 << 20) - 1


def test_C3_no_width_lets_the_bits_of_value_plus_r_fit():
    """AssertRange allows 252 bits, and r has 254: v + r never fits, whatever v."""
    assert R > (1 << 252)
    lib = load_instance("lib")
    for value in (0, 1, 5, (1 << 252) - 1):
        bits = {f"main.range_252.bit[{i}]": ((value + R) >> i) & 1 for i in range(252)}
        assert not lib.accepts(lib.forger.by_name(_lib_inputs(range_252=value), bits))


@pytest.mark.parametrize("dividend", [*range(-48, 48, 5), -48, -1, 0, 1, 2, 3, 47])
def test_C4_division_has_one_witness(dividend):
    """Every remainder that its two range checks could admit, with the quotient that the equation then forces."""
    lib, accepted = load_instance("lib"), []
    for remainder in (*range(-4, 8), R // 3, (R - 1) // 2):
        quotient = (dividend - remainder) * pow(3, -1, R) % R
        lies = {"main.floor_small.quotient": quotient, "main.floor_small.remainder": remainder}
        if lib.accepts(lib.forger.by_name(_lib_inputs(floor_small=dividend), lies)):
            accepted.append((signed(quotient), remainder))
    assert accepted == [divmod(dividend, 3)]


def _lib_inputs(**changed: int) -> dict[str, int]:
    names = {"floor_small": "dividend"}
    honest = {f"main.{i}_{name}": value for i, given in HONEST.items() for name, value in given.items()}
    return honest | {f"main.{i}_{names.get(i, 'in')}": value for i, value in changed.items()}


@pytest.mark.parametrize("assets", [0, 1, LARGEST])
@pytest.mark.parametrize("threshold", [0, 10_000, RATIO])
def test_C5_without_debt_the_account_is_healthy(assets, threshold):
    state = base_state().with_(
        long=[assets] * N, short=EMPTY, leg_long=EMPTY, leg_short=EMPTY, threshold=threshold
    )  # fmt: skip
    assert health_verdicts(state) == (True, False)


def test_C5_debt_without_assets_is_liquidatable():
    state = base_state().with_(long=EMPTY, short=[1, *EMPTY[1:]], leg_long=EMPTY, leg_short=EMPTY)
    assert health_verdicts(state) == (False, True)


@pytest.mark.parametrize("assets", [0, 1, LARGEST])
@pytest.mark.parametrize("kind", ["healthy", "liquidation"])
def test_C5_every_inner_signal_has_one_value_without_debt_or_assets(kind, assets):
    """One signal of every name set one higher, with all that follows from it: the constraints refuse each."""
    circuit, debt = final_circuit(f"{kind}-micro"), int(kind == "liquidation")
    state = base_state().with_(
        long=[assets * (1 - debt)] * N, short=[debt, *EMPTY[1:]], leg_long=EMPTY, leg_short=EMPTY
    )
    given = circuit.forged(inputs(state, kind), {})
    assert circuit.accepts_forged(given)
    for name in ("gap.gap", "gap.required", "gap.weighted_long[0]", "gap.weighted_short[0]", "valuation.long_value[0]"):
        honest = given[circuit.open.system.wire_of[f"main.{name}"]]
        for lie in (honest + 1, honest - 1, -honest - 1):
            assert not circuit.accepts_forged(circuit.forged(inputs(state, kind), {name: lie}))


def test_C5_cash_alone_meets_every_limit_of_zero_and_no_equity_meets_none():
    """Shares, index and leverage of nothing are 0; the losses are the slack of the floors, 8 cents."""
    cash = base_state().with_(long=[10**9, *EMPTY[1:]], short=EMPTY, leg_long=EMPTY, leg_short=EMPTY)
    flat = [[0, *row[1:]] for row in cash.window]
    cash = requantiled(cash.with_(window=flat, stress=flat[:4])).with_(
        en=dict.fromkeys(STATEMENTS, 1), li={"health": RATIO}
    )
    for name in ("leverage", "position", "sector", "hhi"):
        cash = with_limit(cash, name, 0)
    assert cash.losses(cash.window) == [N * 10**6] * 16
    # 10^9 lots are 100 000 cents: a limit of one basis point allows ten.
    assert compliance_accepts(cash.with_(li=dict.fromkeys(("var", "expected_shortfall", "stress"), 1)))
    for name in ("var", "expected_shortfall", "stress"):
        assert not compliance_accepts(cash.with_(li={name: 0}))
    assert not compliance_accepts(cash.with_(long=EMPTY, en=dict.fromkeys(STATEMENTS, 0)))


def test_C7_a_loss_never_raises_the_health_factor():
    """Cash of -1 and of -2^63 lots, with equal assets: the gap only falls."""
    none = base_state().with_(short=EMPTY, leg_short=EMPTY)
    gaps = [gap_signal(none.with_(short=[loss, *EMPTY[1:]])) for loss in (0, 1, 1 << 63)]
    assert gaps[0] > gaps[1] > gaps[2]


@pytest.mark.parametrize("name", STATEMENTS)
def test_C7_a_loss_of_cash_never_turns_a_refusal_into_an_acceptance(name):
    """From a state at its limit, cash debts of 1 lot to 2^63: what is refused stays refused."""
    rng, last = random.Random(f"loss {name}"), []
    for _ in range(2):
        state, edge = decided(rng, name)
        state = with_limit(state, name, edge).with_(en=dict.fromkeys(STATEMENTS, 0) | {name: 1})
        owed = state.short[0]
        verdicts = [
            compliance_accepts(requantiled(state.with_(short=[min(owed + loss, LARGEST_QUANTITY), *state.short[1:]])))
            for loss in (0, 1, 10**4, 10**8, 1 << 63)
        ]
        assert verdicts == sorted(verdicts, reverse=True)
        last.append(verdicts[-1])
    assert not all(last)


def test_C7_more_debt_never_makes_an_account_healthy_and_more_assets_never_liquidatable():
    rng = random.Random("health")
    for _ in range(12):
        state, edge = decided(rng, "health", ("real", "cents", "units"))
        slot = rng.randrange(N)
        poorer = state.with_(leg_short=[q + (i == slot) * rng.getrandbits(60) for i, q in enumerate(state.leg_short)])
        richer = state.with_(leg_long=[q + (i == slot) * rng.getrandbits(60) for i, q in enumerate(state.leg_long)])
        now = health_verdicts(state.with_(threshold=edge))[0]
        assert health_verdicts(poorer.with_(threshold=edge))[0] <= now
        assert health_verdicts(richer.with_(threshold=edge))[0] >= now


def gap_signal(state: State) -> int:
    """Return the health gap as the constraints compute it."""
    signals = final_circuit("healthy-micro").signals(inputs(state, "healthy"))
    return signed(signals["gap.gap"])
