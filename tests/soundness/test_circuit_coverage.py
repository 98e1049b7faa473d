"""No template without a dishonest witness: the list of claims is read from the sources."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from harness import cases_instances
from harness.build import CIRCUITS
from harness.case import forge
from harness.groups import GROUPS, Template, templates
from harness.instances import Instance, load_instance
from harness.modules import MODULES

# Whole circuits; Bind's witnesses are edited in test_bind.py.
WHOLE = {"Compliance", "Healthy", "Liquidation", "Bind"}


def _header_fields(template: Template) -> list[tuple[str, str]]:
    """Return (tag, text) of a template's header, continuation lines joined."""
    fields: list[list[str]] = []
    for line in template.header.splitlines():
        match = re.match(r"@(\w+)\s+(.*)", line)
        if match:
            fields.append([match[1], match[2]])
        elif fields:
            fields[-1][1] += " " + line.strip()
    return [(tag, re.sub(r"\s+", " ", text)) for tag, text in fields]


def _claims(template: Template) -> list[str]:
    """Return each clause of ``@enforces`` and each ``@output`` of a template."""
    claims = []
    for tag, text in _header_fields(template):
        if tag == "enforces":
            claims += [clause.strip() for clause in re.split(r";| and ", text)]
        elif tag == "output":
            claims.append(text)
    return claims


def _kind(group: Instance, index: int, path: str) -> tuple[str, ...]:
    """Return the signals of a constraint relative to a component, without indexes."""
    names = [group.system.names[wire] for wire in group.system.constraints[index].wires if wire]
    return tuple(sorted({re.sub(r"\[\d+\]", "[]", name.removeprefix(f"{path}.")) for name in names}))


@pytest.mark.parametrize("group", GROUPS)
def test_every_kind_of_constraint_alone_refuses_some_case(group):
    """Constraint by constraint: were this one left out of its template, a dishonest witness would pass."""
    loaded, module = load_instance(group), MODULES[group]
    wanted: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for instance, (template, _) in GROUPS[group].items():
        path = f"main.{instance}"
        own = (i for i in range(len(loaded.system.constraints)) if loaded.system.owner(i) == path)
        wanted[template] |= {_kind(loaded, i, path) for i in own}
    for case in module.CASES:
        violated = loaded.violated(forge(loaded, module.HONEST, case))
        kinds = {_kind(loaded, i, f"main.{case.instance}") for i in violated}
        if len(kinds) == 1:
            wanted[GROUPS[group][case.instance][0]] -= kinds
    assert {template: kinds for template, kinds in wanted.items() if kinds} == {}


def _clauses_tried() -> dict[str, list[str]]:
    """Return template → words of the clauses that its cases break."""
    tried: dict[str, list[str]] = {name: [] for name in templates()}
    for group, module in MODULES.items():
        for case in module.CASES:
            tried[GROUPS[group][case.instance][0]].append(case.clause)
    for case in cases_instances.CASES:
        tried[case.kind.capitalize()].append(case.attack)
    return tried


def test_every_template_found_by_its_keyword():
    declared = sum(len(re.findall(r"^template ", t, re.MULTILINE)) for t in _sources())
    assert len(templates()) == declared


@pytest.mark.parametrize("name", sorted(set(templates()) - {"Bind"}))
def test_template_has_a_dishonest_witness(name):
    assert _clauses_tried()[name]


@pytest.mark.parametrize("name", sorted(set(templates()) - WHOLE))
def test_every_claim_of_the_template_is_attacked(name):
    tried = _clauses_tried()[name]
    claims = _claims(templates()[name])
    assert claims, "a template claims something: @enforces or @output"
    assert [claim for claim in claims if not any(words in claim for words in tried)] == []


@pytest.mark.parametrize("name", sorted(set(templates()) - WHOLE))
def test_every_case_names_words_of_a_claim(name):
    claims = _claims(templates()[name])
    assert [words for words in _clauses_tried()[name] if not any(words in claim for claim in claims)] == []


def test_C6_every_hint_is_a_bit_a_sign_or_a_quotient_and_stands_in_a_template_with_cases():
    """There is no root among them. Whoever writes ``<--`` meets this list: each signal has an edited witness above."""
    hinted = {name: re.findall(r"([\w\[\]]+) <-- ", t.body) for name, t in templates().items() if "<--" in t.body}
    assert hinted == {
        "AssertRange": ["bit[i]"],
        "Absolute": ["out"],
        "FloorDivide": ["remainder", "quotient"],
        "TailPart": ["beyond"],
        "EdwardsAdd": ["sum[0]", "sum[1]"],
        "EdwardsDouble": ["double[0]", "double[1]"],
        "EphemeralKey": ["inverse"],
        "IsZeroUnique": ["inverse"],
    }


def _sources() -> list[str]:
    return [path.read_text() for path in sorted(CIRCUITS.rglob("*.circom"))]
