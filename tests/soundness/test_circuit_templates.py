"""Every template: honest inputs at the edges are accepted, every edited witness is refused where it should be."""

from __future__ import annotations

import pytest
from harness.case import Case, Honest, View, forge, named_inputs, owners
from harness.constraints import R
from harness.groups import GROUPS
from harness.instances import decode, load_instance
from harness.modules import MODULES
from harness.specs import SPECS


def _label(value: object) -> str | None:
    return (
        f"{value.instance}: {getattr(value, 'attack', '') or value.why}" if isinstance(value, Case | Honest) else None
    )


def _all(kind: str) -> list[tuple[str, Case | Honest]]:
    return [(group, case) for group, module in MODULES.items() for case in getattr(module, kind)]


def _claim_holds(group: str, instance: str, values: list[int]) -> bool:
    template, arguments = GROUPS[group][instance]
    return SPECS[template](View(load_instance(group), f"main.{instance}", values), *arguments)


@pytest.mark.parametrize("group", GROUPS)
def test_honest_witness_of_the_generator_equals_the_forger_and_passes(group):
    loaded, honest = load_instance(group), MODULES[group].HONEST
    named = named_inputs(honest, Honest("", "", {}))
    flat: dict[str, list[int]] = {}
    for name, value in named.items():
        flat.setdefault(name.removeprefix("main.").partition("[")[0], []).append(value % R)
    generated = decode(loaded.calculator.witness(flat))
    assert generated == loaded.forger.by_name(named)
    assert loaded.violated(generated) == []
    assert all(_claim_holds(group, instance, generated) for instance in GROUPS[group])


@pytest.mark.parametrize(("group", "edge"), _all("EDGES"), ids=_label)
def test_edge_of_the_range_accepted(group, edge):
    values = forge(load_instance(group), MODULES[group].HONEST, edge)
    assert owners(load_instance(group), values, f"main.{edge.instance}") == set()
    assert _claim_holds(group, edge.instance, values)


@pytest.mark.parametrize(("group", "case"), _all("CASES"), ids=_label)
def test_edited_witness_refused_by_the_targeted_constraints_alone(group, case):
    loaded = load_instance(group)
    values = forge(loaded, MODULES[group].HONEST, case)
    assert not _claim_holds(group, case.instance, values), "the edit must break the claim"
    assert not loaded.accepts(values)
    assert owners(loaded, values, f"main.{case.instance}") == set(case.caught)
