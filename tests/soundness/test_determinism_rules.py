"""The rules of the determinism checker are sound: brute force over small fields contradicts none of them."""

# ruff: noqa: S311 (seeds make the cases repeatable)

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random

from determinism.checker import Checker
from determinism.linear import Term, settled
from determinism.small import ambiguous, random_circuit, small_field

SEED = 7
CASES = 300
RULES = {
    "equation",
    "product",
    "digits",
    "division",
    "slope",
    "sign",
    "zero test",
    "two slopes",
    "two cases",
    "one hot",
    "span",
}


def test_what_the_rules_call_unique_has_one_value_in_every_witness_over_small_fields():
    drawn: Counter[str] = Counter()
    for case in range(CASES):
        random = Random(f"{SEED} {case}")
        order, wires = random.choice(((5, 7), (7, 6), (11, 6), (13, 6), (13, 6), (17, 5)))
        with small_field(order):
            circuit = random_circuit(random, order, wires)
            checker = Checker.of(circuit).run()
        drawn.update({step.rule for step in checker.steps})
        assert ambiguous(circuit, order, checker.facts.known) == [], f"case {case}"
    assert set(drawn) >= RULES, RULES - set(drawn)


def test_settled_terms_have_one_value_in_every_sum():
    some = 0
    for case in range(400):
        random = Random(f"{SEED} {case}")
        terms = [
            Term(random.choice((1, -1, 2, 3, 4, -5, 6, 8, 10, -16)), random.choice((1, 1, 2, 3, 7)))
            for _ in range(random.randint(1, 4))
        ]
        done = settled(terms)
        some += bool(done)
        values: dict[int, tuple[int, ...]] = {}
        for point in product(*(range(term.width + 1) for term in terms)):
            total = sum(term.coefficient * x for term, x in zip(terms, point, strict=True))
            chosen = tuple(point[i] for i in done)
            assert values.setdefault(total, chosen) == chosen, f"case {case}"
    assert some > 100
