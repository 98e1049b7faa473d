"""The rules against brute force: random circuits over a field so small that every witness can be listed.

The order of the field is one constant, which the modules of this package import; `small_field` replaces it in all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import numpy as np

from determinism import forms
from determinism.circuit import Circuit, Constraint
from determinism.forms import Form


@contextmanager
def small_field(order: int) -> Iterator[None]:
    """Let the checker compute modulo a small prime."""
    modules = [
        module for name, module in sys.modules.items() if name.startswith("determinism.") and "R" in vars(module)
    ]
    kept = forms.R, forms.HALF
    try:
        for module in modules:
            module.R = order  # type: ignore[attr-defined]
        forms.HALF = order // 2
        yield
    finally:
        for module in modules:
            module.R = kept[0]  # type: ignore[attr-defined]
        forms.HALF = kept[1]


def random_circuit(random: Random, order: int, wires: int) -> Circuit:
    """Return a circuit with one to three inputs and constraints of the shapes that the rules look for.

    Args:
        wires: The constant included.
    """
    names = {wire: f"w{wire}" for wire in range(1, wires)}
    inputs = frozenset(_pick(random, wires, random.choice((1, 2, 2, 3))))
    makers = [
        _bit, _bit, _bit, _sum_of_bits, _sum_of_bits, _linear, _product, _zero_test, _zero_test, _root, _root, _unit,
        _sign, _sign, _sign, _sign, _sign, _sign, _one_hot, _division, _division, _system, _system,
    ]  # fmt: skip
    constraints = random.choice(makers)(random, order, wires)
    if random.random() < 0.5:
        # One shape alone, with inputs among its own wires: what a rule needs seldom comes about by chance.
        own = sorted(frozenset().union(*(constraint.wires for constraint in constraints)))
        inputs = frozenset(random.sample(own, min(len(own), random.choice((1, 2)))))
    else:
        for _ in range(random.choice((1, 2, 3))):
            constraints += random.choice(makers)(random, order, wires)
    reduced = tuple(Constraint(*(_reduced(f, order) for f in (c.a, c.b, c.c))) for c in constraints)
    return Circuit("small", wires, frozenset(), frozenset(), inputs, reduced, names)


def ambiguous(circuit: Circuit, order: int, known: set[int]) -> list[int]:
    """Return the wires among `known` that have two values in witnesses with the same inputs; lists all witnesses."""
    grids = np.indices((order,) * (circuit.wires - 1)).reshape(circuit.wires - 1, -1)
    values = np.vstack([np.ones((1, grids.shape[1]), dtype=grids.dtype), grids])
    fine = np.ones(values.shape[1], dtype=bool)
    for constraint in circuit.constraints:
        a, b, c = (_evaluate(form, values) for form in (constraint.a, constraint.b, constraint.c))
        fine &= (a * b - c) % order == 0
    witnesses = values[:, fine]
    given = sorted(circuit.given)
    key = sum(witnesses[wire] * order**place for place, wire in enumerate(given))
    found = []
    for wire in known & set(circuit.names) - circuit.given:
        pairs = np.unique(key * order + witnesses[wire])
        if len(np.unique(pairs // order)) < len(pairs):
            found.append(wire)
    return found


def _evaluate(form: Form, values: np.ndarray) -> np.ndarray:
    return sum((k * values[wire] for wire, k in form.items()), np.zeros(values.shape[1], dtype=values.dtype))


def _reduced(form: Form, order: int) -> Form:
    return {wire: k % order for wire, k in form.items() if k % order}


def _pick(random: Random, wires: int, count: int) -> list[int]:
    return random.sample(range(1, wires), min(count, wires - 1))


def _form(random: Random, wires: int, count: int) -> Form:
    form = {wire: random.choice((1, -1, 2, 1)) for wire in _pick(random, wires, count)}
    if random.random() < 0.5:
        form[0] = random.choice((1, -1, 2))
    return form


def _bit(random: Random, order: int, wires: int) -> list[Constraint]:
    (b,) = _pick(random, wires, 1)
    return [Constraint({b: 1, 0: -1}, {b: 1}, {})]


def _sum_of_bits(random: Random, order: int, wires: int) -> list[Constraint]:
    """A range check, its sum substituted into one bit: f = (x - the other bits) / 2^k is a bit."""
    picked = _pick(random, wires, random.choice((2, 3, 4)))
    bits, operands = picked[: len(picked) - 1], picked[len(picked) - 1 :]
    top = pow(pow(2, len(bits), order), -1, order)
    form = {wire: -top << i for i, wire in enumerate(bits)} | {wire: top for wire in operands}
    if random.random() < 0.4:
        extra = random.randrange(1, wires)
        form[extra] = form.get(extra, 0) + random.choice((1, -1, 2)) * top
    if random.random() < 0.3:
        form[0] = random.randrange(order)
    return [
        Constraint({**form, 0: form.get(0, 0) - 1}, form, {}),
        *(Constraint({b: 1, 0: -1}, {b: 1}, {}) for b in bits),
    ]


def _linear(random: Random, order: int, wires: int) -> list[Constraint]:
    return [Constraint({}, {}, _form(random, wires, random.choice((2, 3, 4))))]


def _product(random: Random, order: int, wires: int) -> list[Constraint]:
    return [Constraint(*(_form(random, wires, random.choice((1, 1, 2))) for _ in range(3)))]


def _zero_test(random: Random, order: int, wires: int) -> list[Constraint]:
    """IsZero, now and then of two different numbers, and with a check of the inverse that pins it or does not."""
    x, inverse, out = _pick(random, wires, 3)
    tested = x if random.random() < 0.7 else random.randrange(1, wires)
    pins = [[], [{out: 1}], [{0: 1, out: -1}]][random.randrange(3)]
    pinned = [Constraint({inverse: 1}, pin, {}) for pin in pins]
    return [Constraint({tested: 1}, {inverse: 1}, {0: 1, out: -1}), Constraint({x: 1}, {out: 1}, {}), *pinned]


def _root(random: Random, order: int, wires: int) -> list[Constraint]:
    """A quadratic equation in m, mostly with m in [0, 3]; in a field of 5, 2 and -2 are both there."""
    m, n, bit = _pick(random, wires, 3)
    checked = _range_check({m: 1}, [bit], order) if random.random() < 0.7 else []
    return [Constraint({m: 1, n: -1}, {m: 1, n: random.choice((1, 1, 0, -2))}, {}), *checked]


def _unit(random: Random, order: int, wires: int) -> list[Constraint]:
    x, y = (*_pick(random, wires, 2), 1)[:2]
    return [Constraint({x: 1}, {y: 1}, {0: random.randrange(1, order)})]


def _sign(random: Random, order: int, wires: int) -> list[Constraint]:
    """A comparison by a hint, as simplification leaves it: e = b x, and 2 e - b - x in a range."""
    b, x, e, *bits = _pick(random, wires, 5)
    twice = {e: 2, b: -1, x: -1}
    return [
        Constraint({b: 1, 0: -1}, {b: 1}, {}),
        Constraint({0: 1, b: -2}, {x: 1}, {x: 1, e: -2}),
        *_range_check(twice, bits, order),
    ]


def _division(random: Random, order: int, wires: int) -> list[Constraint]:
    """x = D q + r for a bit q: r in [0, 3] and, mostly, D - 1 - r or D - r as well: the latter admits two floors."""
    x, q, low, high = _pick(random, wires, 4)
    divisor = random.choice((2, 3, 3))
    quotient = Constraint({q: 1, 0: -1}, {q: 1}, {})
    most = {0: divisor - random.choice((0, 1, 1)), x: -1, q: divisor}
    upper = _range_check(most, [high], order) if random.random() < 0.8 else []
    return [quotient, *_range_check({x: 1, q: -divisor}, [low], order), *upper]


def _system(random: Random, order: int, wires: int) -> list[Constraint]:
    x, y, u, v = _pick(random, wires, 4)
    second = Constraint({y: 1}, {x: 1}, {u: 1, v: random.choice((-1, 1, 2))})
    return [Constraint({x: 1}, {x: 1}, {u: 1, v: 1}), second]


def _range_check(form: Form, bits: list[int], order: int) -> list[Constraint]:
    top = pow(pow(2, len(bits), order), -1, order)
    last = {wire: k * top for wire, k in form.items()}
    for i, bit in enumerate(bits):
        last[bit] = last.get(bit, 0) - (top << i)
    return [
        Constraint({**last, 0: last.get(0, 0) - 1}, last, {}),
        *(Constraint({bit: 1, 0: -1}, {bit: 1}, {}) for bit in bits),
    ]


def _one_hot(random: Random, order: int, wires: int) -> list[Constraint]:
    index, *outs = _pick(random, wires, 4)
    total = {**dict.fromkeys(outs, 1), 0: -random.choice((1, 1, 0))}
    places = [i if random.random() < 0.8 else 0 for i in range(len(outs))]
    return [
        *(Constraint({out: 1}, {index: 1, 0: -place}, {}) for out, place in zip(outs, places, strict=True)),
        Constraint({}, {}, total),
    ]
