"""The three whole circuits: edited witnesses against the constraints before and after simplification."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import re

import pytest
from harness.cases_instances import CASES, WholeCase, sick, sound
from harness.constraints import ConstraintSystem, R
from harness.final import final_circuit
from harness.instances import decode, encode
from harness.oracle import State, inputs

from tests.salts import FOREIGN_SALTS
from zkrisk.errors import WitnessError

KINDS = ("compliance", "healthy", "liquidation")


def honest_state(kind: str) -> State:
    """Return a state that the circuit accepts."""
    return sick() if kind == "liquidation" else sound()


def _label(value: object) -> str | None:
    return f"{value.kind}: {value.attack}" if isinstance(value, WholeCase) else None


@pytest.mark.parametrize("kind", KINDS)
def test_generator_forger_and_lax_generator_agree_on_an_honest_witness(kind):
    circuit, given = final_circuit(f"{kind}-micro"), inputs(honest_state(kind), kind)
    witness = circuit.honest(given)
    assert circuit.accepts(witness)
    assert circuit.dishonest(given) == witness
    forged = circuit.forged(given, {})
    assert circuit.projected(encode(forged)) == witness
    assert circuit.open.violated(forged) == []


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_edited_witness_refused_by_the_targeted_constraints_alone(case):
    circuit = final_circuit(f"{case.kind}-micro")
    values = circuit.forged(inputs(case.state, case.kind) | dict(case.inputs), case.lies)
    system = circuit.open.system
    owners = {system.owner(i).removeprefix("main").removeprefix(".") for i in circuit.open.violated(values)}
    assert owners == set(case.caught)
    assert not circuit.accepts_forged(values)


@pytest.mark.parametrize("case", [c for c in CASES if not c.lies], ids=_label)
def test_generator_without_assertions_gives_no_accepted_witness_either(case):
    circuit = final_circuit(f"{case.kind}-micro")
    given = inputs(case.state, case.kind) | dict(case.inputs)
    assert not circuit.admits(given)
    with pytest.raises(WitnessError):
        circuit.honest(given)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_inner_signal_is_determined(kind):
    """Each signal, one of every name, is set one higher, with all that follows from it: always refused."""
    circuit, given = final_circuit(f"{kind}-micro"), inputs(honest_state(kind), kind)
    system = circuit.open.system
    honest = circuit.forged(given, {})
    first = system.public + system.private_inputs + 1
    one_of = {re.sub(r"\[\d+\]", "[]", system.names[wire]): wire for wire in range(first, system.wires)}
    flat = {wire: honest[wire] for wire in range(1, first)}
    free = [
        name
        for name, wire in one_of.items()
        if circuit.open.accepts(circuit.open.forger.witness(flat, {wire: honest[wire] + 1}))
    ]
    assert len(one_of) > 50
    assert free == []


@pytest.mark.parametrize("tier", ["micro", "standard"])
@pytest.mark.parametrize("kind", KINDS)
def test_C21_every_public_signal_stands_in_a_final_constraint(kind, tier):
    system = ConstraintSystem.load(final_circuit(f"{kind}-{tier}").r1cs_path)
    used = {
        wire
        for constraint in system.constraints
        for row in (constraint.a, constraint.b, constraint.c)
        for wire, coefficient in row.items()
        if coefficient % R
    }
    assert set(range(1, system.public + 1)) - used == set()


@pytest.mark.parametrize("kind", KINDS)
def test_C21_every_public_signal_changes_the_verdict(kind):
    circuit = final_circuit(f"{kind}-micro")
    values = decode(circuit.honest(inputs(honest_state(kind), kind)))
    # A bit of `blocked` set where something is held, a limit or a price moved: no other wire follows.
    free = []
    for wire in range(1, circuit.native.n_public + 1):
        edited = [*values[:wire], (values[wire] + 1) % R, *values[wire + 1 :]]
        if circuit.accepts(encode(edited)):
            free.append(circuit.open.system.names[wire])
    assert free == []


@pytest.mark.parametrize("salt", FOREIGN_SALTS, ids=hex)
def test_C18_liquidation_of_a_book_under_any_salt_has_a_witness(salt):
    circuit = final_circuit("liquidation-micro")
    assert circuit.accepts(circuit.honest(inputs(sick().with_(salt=salt), "liquidation")))
