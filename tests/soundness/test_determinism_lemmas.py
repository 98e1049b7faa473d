"""Each rule of the determinism checker on the smallest circuit it is for, and on the nearest one it must refuse.

What the checker says is compared with every witness over a small field, and with a finite-field solver over the field
of the proofs where the development-only package cvc5 is installed (`pip install '.[assurance]'`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from determinism.checker import Checker
from determinism.circuit import Circuit, Constraint
from determinism.forms import Form, R
from determinism.small import ambiguous, small_field

X, Y, U, V, W = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Lemma:
    """A circuit in which a rule applies, or nearly.

    Attributes:
        rule: The rule that has to show it.
        inputs: Wires given.
        constraints: Of the circuit.
        unique: Whether the inputs determine every wire.
        order: The field that is small enough to list every witness.
    """

    rule: str
    inputs: tuple[int, ...]
    constraints: tuple[Constraint, ...]
    unique: bool
    order: int = 13

    def circuit(self) -> Circuit:
        """Return the circuit over its wires."""
        names = {wire: f"w{wire}" for constraint in self.constraints for wire in constraint.wires}
        wires = 1 + max(names)
        return Circuit("lemma", wires, frozenset(), frozenset(), frozenset(self.inputs), self.constraints, names)


def _bit(wire: int) -> Constraint:
    return Constraint({wire: 1, 0: -1}, {wire: 1}, {})


def _sum(form: Form, *bits: int) -> tuple[Constraint, ...]:
    """The form is in [0, 2^n)."""
    terms = {bit: 1 << i for i, bit in enumerate(bits)}
    return (Constraint({}, {}, terms | {wire: -k for wire, k in form.items()}), *map(_bit, bits))


def _times(a: int, b: int, c: Form) -> Constraint:
    return Constraint({a: 1}, {b: 1}, c)


_TEST = _times(X, Y, {0: 1, U: -1}), _times(X, U, {})
_ROOT = Constraint({U: 1, X: -1}, {U: 1, X: 1}, {})
_SIGNED = Constraint({0: 1, Y: -2}, {X: 1}, {X: 1, U: -2})

_DIVIDED = *_sum({X: 1, Y: -3}, U, V), _bit(Y)
_AT_0, _ALSO_AT_0, _AT_1 = _times(U, X, {}), _times(V, X, {}), Constraint({V: 1}, {X: 1, 0: -1}, {})
_ONE = Constraint({}, {}, {U: 1, V: 1, 0: -1})
_OF_ANOTHER = _times(V, Y, {0: 1, U: -1}), _TEST[1], _times(Y, U, {})

LEMMAS = {
    "digits: binary": Lemma("digits", (X,), _sum({X: 1}, U, V, W), True),
    "digits: equal weights": Lemma("digits", (X,), (Constraint({}, {}, {X: -1, U: 1, V: 1}), _bit(U), _bit(V)), False),
    "digits: the sum wraps": Lemma("digits", (X,), _sum({X: 1}, U, V, W), False, 7),
    "digits: one is no bit": Lemma("digits", (X,), _sum({X: 1}, U, V, W)[:3], False),
    "division: r < D": Lemma("division", (X,), (*_DIVIDED, *_sum({0: 2, X: -1, Y: 3}, W, 6)), True, 11),
    "division: r <= D": Lemma("division", (X,), (*_DIVIDED, *_sum({0: 3, X: -1, Y: 3}, W, 6)), False, 11),
    "sign: small": Lemma("sign", (X,), (_ROOT, *_sum({U: 1}, V, W)), True),
    "sign: both in range": Lemma("sign", (X,), (_ROOT, *_sum({U: 1}, V, W, Y)), False, 11),
    "sign: other roots": Lemma("sign", (X,), (Constraint({U: 1, X: -1}, {U: 1}, {}), *_sum({U: 1}, V, W)), False),
    "two cases: strict": Lemma("two cases", (X,), (_bit(Y), _SIGNED, *_sum({U: 2, Y: -1, X: -1}, V, W)), True),
    "two cases: both at 0": Lemma("two cases", (X,), (_bit(Y), _SIGNED, *_sum({U: 2, X: -1}, V, W)), False),
    "two cases: wraps": Lemma("two cases", (X,), (_bit(Y), _SIGNED, *_sum({U: 2, Y: -1, X: -1}, V, W)), False, 5),
    "two slopes: pinned": Lemma("two slopes", (X,), (*_TEST, _times(Y, U, {})), True),
    "two slopes: at another point": Lemma("two slopes", (X,), (*_TEST, Constraint({Y: 1}, {0: 1, U: -1}, {})), False),
    "two slopes: one": Lemma("two slopes", (X,), _TEST, False),
    "zero test: of another number": Lemma("zero test", (X, V), _OF_ANOTHER, False),
    "slope: not 0": Lemma("slope", (X, Y), (_times(X, V, {0: 1}), _times(X, U, {Y: 1})), True),
    "slope: may be 0": Lemma("slope", (X, Y), (_times(X, U, {Y: 1}),), False),
    "one hot": Lemma("one hot", (X,), (_AT_0, _AT_1, _ONE), True),
    "one hot: a place twice": Lemma("one hot", (X,), (_AT_0, _ALSO_AT_0, _ONE), False),
    "one hot: no sum": Lemma("one hot", (X,), (_AT_0, _AT_1), False),
    "span: two sums": Lemma("span", (X, Y), (_times(X, X, {U: 1, V: 1}), _times(X, Y, {U: 1, V: -1})), True),
    "span: one sum twice": Lemma("span", (X, Y), (_times(X, X, {U: 1, V: 1}), _times(X, Y, {U: 2, V: 2})), False),
}  # fmt: skip


def _reduced(circuit: Circuit, order: int) -> Circuit:
    def reduce(form: Form) -> Form:
        return {wire: k % order for wire, k in form.items() if k % order}

    constraints = tuple(Constraint(reduce(c.a), reduce(c.b), reduce(c.c)) for c in circuit.constraints)
    return Circuit(*(getattr(circuit, f) for f in ("file", "wires", "outputs", "public_inputs", "private_inputs")),
                   constraints, circuit.names)  # fmt: skip


@pytest.mark.parametrize("name", LEMMAS)
def test_rule_shows_what_every_witness_of_a_small_field_bears_out(name):
    lemma = LEMMAS[name]
    with small_field(lemma.order):
        circuit = _reduced(lemma.circuit(), lemma.order)
        checker = Checker.of(circuit).run()
    several = ambiguous(circuit, lemma.order, set(circuit.names))
    assert bool(several) is not lemma.unique
    assert set(several) <= set(checker.unknown())
    if lemma.unique:
        assert checker.unknown() == []
        assert lemma.rule in {step.rule for step in checker.steps}


@pytest.mark.parametrize("name", [name for name, lemma in LEMMAS.items() if lemma.order == 13 or lemma.unique])
def test_rule_agrees_with_a_solver_over_the_field_of_the_proofs(name):
    cvc5 = pytest.importorskip("cvc5", reason="the solver is a development-only extra")
    lemma = LEMMAS[name]
    circuit = _reduced(lemma.circuit(), R)
    assert bool(Checker.of(circuit).run().unknown()) is not lemma.unique
    assert _has_two_witnesses(cvc5, circuit) is not lemma.unique


def _has_two_witnesses(cvc5, circuit: Circuit) -> bool:
    """Ask the solver for two witnesses with the same inputs and a wire that differs."""
    terms, kind = cvc5.TermManager(), cvc5.Kind
    solver = cvc5.Solver(terms)
    solver.setLogic("QF_FF")
    sort = terms.mkFiniteFieldSort(str(R))
    copies = [{0: terms.mkFiniteFieldElem("1", sort)} for _ in range(2)]
    for wire in circuit.names:
        shared = terms.mkConst(sort, f"w{wire}")
        copies[0][wire] = shared
        copies[1][wire] = shared if wire in circuit.given else terms.mkConst(sort, f"v{wire}")

    def value(form: Form, copy: dict[int, object]) -> object:
        zero = terms.mkFiniteFieldElem("0", sort)
        parts = [
            terms.mkTerm(kind.FINITE_FIELD_MULT, terms.mkFiniteFieldElem(str(k), sort), copy[wire])
            for wire, k in form.items()
        ]
        return terms.mkTerm(kind.FINITE_FIELD_ADD, zero, zero, *parts)

    for copy in copies:
        for constraint in circuit.constraints:
            a, b, c = (value(form, copy) for form in (constraint.a, constraint.b, constraint.c))
            solver.assertFormula(terms.mkTerm(kind.EQUAL, terms.mkTerm(kind.FINITE_FIELD_MULT, a, b), c))
    differ = [
        terms.mkTerm(kind.DISTINCT, copies[0][wire], copies[1][wire])
        for wire in circuit.names
        if wire not in circuit.given
    ]
    solver.assertFormula(terms.mkTerm(kind.OR, *differ) if len(differ) > 1 else differ[0])
    answer = solver.checkSat()
    assert answer.isSat() or answer.isUnsat()
    return answer.isSat()
