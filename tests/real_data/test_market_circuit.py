"""The real market in the real circuit: the constraints hold at the 13th largest loss and not one unit below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.real_data.market import real_market
from zkrisk import _prover
from zkrisk.book import Leg
from zkrisk.commitment import commit_with
from zkrisk.errors import ConstraintViolated, WitnessError
from zkrisk.metrics import exposures_of, historical_var, scenario_losses
from zkrisk.params import STANDARD, STATEMENTS, CircuitKind
from zkrisk.proof.artifacts import default_artifacts
from zkrisk.witness import ComplianceStatement, WitnessCalculator, circuit_inputs, signal_layout
from zkrisk.witness.calculator import ELEMENT_BYTES

CONFIDENCE_BPS = 9_500
TAIL_COUNT = 12
OWNER = 0x70997970C51812DC3A010C7D01B50E0D17DC79C8
SALT = (1 << 247) + 1


class Opening:
    """The book with its salt."""

    def __init__(self, book):
        self.long, self.short, self.salt = book.long, book.short, SALT


def policy_values(tail_count: int) -> tuple[int, ...]:
    """Only VaR and expected shortfall, with limits far above; confidence 95 %."""
    enabled = tuple(int(name in ("var", "expected_shortfall")) for name in STATEMENTS)
    tail_mass = (10_000 - CONFIDENCE_BPS) * STANDARD.scenarios
    return (*enabled, 0, 0, 0, 0, 9_000, 9_000, 0, tail_count, tail_mass, *(0,) * STANDARD.sectors)


@pytest.fixture(scope="module")
def case():
    book, sheet = real_market()
    losses = scenario_losses(exposures_of(book, None, sheet.prices).cents, sheet.window.returns)
    parameters = sheet.parameters
    statement = ComplianceStatement(
        tier=STANDARD,
        commitment=commit_with(book, OWNER, SALT),
        owner=OWNER,
        context=1,
        leg=Leg.empty(STANDARD.instruments),
        prices=sheet.prices,
        blocked=sheet.blocked,
        policy_values=policy_values(TAIL_COUNT),
        liquidation_threshold_bps=parameters.liquidation_threshold_bps,
        borrow_factor_bps=parameters.borrow_factor_bps,
        sector=parameters.sector,
        stress_return=parameters.stress_return,
        window_return=sheet.window.returns,
    )
    instance = default_artifacts().instance(CircuitKind.COMPLIANCE, STANDARD)
    return (
        statement,
        Opening(book),
        historical_var(losses, CONFIDENCE_BPS),
        WitnessCalculator(instance.wasm),
        _prover.R1cs.load(str(instance.r1cs)),
    )


def tail_count_wire() -> int:
    """Wire of the public signal tail_count."""
    wire = 1
    for name, _, count in signal_layout(CircuitKind.COMPLIANCE, STANDARD):
        if name == "tail_count":
            return wire
        wire += count
    raise AssertionError("no such signal")


def test_constraints_hold_at_the_13th_largest_loss(case):
    statement, opening, threshold, calculator, r1cs = case
    r1cs.check(calculator.witness(circuit_inputs(statement, opening, threshold)))


def test_one_unit_less_is_refused_by_generator_and_constraints(case):
    statement, opening, threshold, calculator, r1cs = case
    with pytest.raises(WitnessError):
        calculator.witness(circuit_inputs(statement, opening, threshold - 1))
    # A full witness for t - 1 exists when 13 losses may exceed it; with 12 in its place no constraint gives way.
    relaxed = replace(statement, policy_values=policy_values(TAIL_COUNT + 1))
    witness = bytearray(calculator.witness(circuit_inputs(relaxed, opening, threshold - 1)))
    r1cs.check(bytes(witness))
    start = tail_count_wire() * ELEMENT_BYTES
    assert int.from_bytes(witness[start : start + ELEMENT_BYTES], "little") == TAIL_COUNT + 1
    witness[start : start + ELEMENT_BYTES] = TAIL_COUNT.to_bytes(ELEMENT_BYTES, "little")
    with pytest.raises(ConstraintViolated):
        r1cs.check(bytes(witness))
