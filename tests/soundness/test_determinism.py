"""No freedom but t: the inputs determine every wire of every instance, and every comparison is one of integers."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import pytest
from determinism.bounds import public_bounds
from determinism.checker import Checker
from determinism.circuit import instances, load_instance
from determinism.findings import not_unique, others, unranged

# The bind circuits of the standard tier are larger books around the same parts: `python -m tests.campaigns.determinism`
# checks those, too, and takes minutes for it.
IN_EVERY_RUN = [name for name in instances() if not name.startswith("bind_") or name.endswith("-micro")]


@pytest.mark.parametrize("name", IN_EVERY_RUN)
def test_C1_C3_C4_C5_C8_C9_C21_inputs_determine_every_wire_and_comparisons_have_ranges(name):
    """C3, C4, C5: no alias, no second quotient, no free hint. C1, C8: nothing compared may wrap.

    C9: every selector is a bit. C21: every public input stands in a constraint.
    """
    circuit = load_instance(name)
    checker = Checker.of(circuit).run()
    found = [*not_unique(checker), *others(checker.facts, public_bounds(circuit))]
    assert [str(finding) for finding in found] == []


def test_C1_without_the_bound_of_any_public_input_some_comparison_may_wrap():
    """C1: the ranges are not found by chance, and no more is taken from the contracts than is needed."""
    circuit = load_instance("compliance-micro")
    facts = Checker.of(circuit).run().facts
    bounds = public_bounds(circuit)
    names = {wire: circuit.label(wire).partition("[")[0] for wire in bounds}
    for left_out in set(names.values()):
        fewer = {wire: bound for wire, bound in bounds.items() if names[wire] != left_out}
        assert list(unranged(facts, fewer)), left_out
