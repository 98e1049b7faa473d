"""Were a constraint left out, the checker would notice, or an attack would pass; and no second witness is found."""

# ruff: noqa: N802, S311 (tests carry the ID of the threat; seeds make the cases repeatable)

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from determinism.attacks import KINDS, accepted_without, honest_witness
from determinism.bounds import public_bounds
from determinism.checker import Checker
from determinism.circuit import load_instance
from determinism.findings import not_unique, others
from determinism.mutants import Mutants
from determinism.search import Search

SAMPLE = 60
SEED = 20261121


@cache
def _mutants(kind: str) -> Mutants:
    circuit = load_instance(f"{kind}-micro")
    return Mutants(circuit, public_bounds(circuit))


def _assertions(kind: str) -> list[int]:
    """Return the constraints of the last S-boxes of the commitment: without one, no wire is free."""
    circuit = _mutants(kind).circuit
    return [i for i, c in enumerate(circuit.constraints) if any("mixLast" in circuit.label(w) for w in c.wires)]


@pytest.mark.parametrize("kind", KINDS)
def test_left_out_constraint_is_noticed(kind):
    mutants = _mutants(kind)
    for index in Random(SEED).sample(range(len(mutants.circuit.constraints)), SAMPLE):
        assert mutants.findings(index) or accepted_without(mutants.circuit, kind, index), index


@pytest.mark.parametrize("kind", KINDS)
def test_left_out_assertion_of_the_commitment_lets_another_book_pass(kind):
    attacked = [i for i in _assertions(kind) if not _mutants(kind).findings(i)]
    assert len(attacked) == 4
    assert all(accepted_without(_mutants(kind).circuit, kind, index) for index in attacked)


def test_C9_left_out_bit_or_block_is_noticed_and_can_be_used():
    """C9: every bit of `enabled` and every block has one constraint that nothing replaces."""
    circuit = _mutants("compliance").circuit
    wire_of = {name: wire for wire, name in circuit.names.items()}
    for i in range(8):
        (index,) = (k for k in circuit.uses[wire_of[f"main.enabled[{i}]"]] if len(circuit.constraints[k].wires) == 1)
        assert {finding.kind for finding in _mutants("compliance").findings(index)} == {"unranged"}
    for slot in range(7):
        (index,) = circuit.uses[wire_of[f"main.blocked[{slot}]"]]
        assert {finding.kind for finding in _mutants("compliance").findings(index)} == {"dead input"}
        assert accepted_without(circuit, "compliance", index) == f"slot {slot + 1} is blocked and held"


def test_findings_of_a_mutant_are_those_of_a_check_from_scratch():
    mutants = _mutants("healthy")
    for index in Random(SEED).sample(range(len(mutants.circuit.constraints)), 6):
        checker = Checker.of(mutants.circuit.without(index)).run()
        public = public_bounds(mutants.circuit)
        scratch = list(not_unique(checker)) or others(checker.facts, public)
        assert sorted(map(str, scratch)) == sorted(map(str, mutants.findings(index)))


@pytest.mark.parametrize("kind", KINDS)
def test_C4_forced_wire_search_finds_no_second_witness(kind):
    """C4: a forced quotient, bit, sign or hint cannot be mended without touching an input."""
    search = Search(load_instance(f"{kind}-micro"), honest_witness(kind))
    assert [second for number in range(150) if (second := search.attempt(Random(f"{SEED} {number}")))] == []
