"""What a few bits select: the linear system that is left of some products when every bit in them has a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from determinism.facts import Facts
from determinism.forms import Form, R, combine, homogeneous, is_constant, ratio
from determinism.shapes import Sources, two_values

_BITS = 4
_CONSTRAINTS = 24


@dataclass(frozen=True)
class Selection:
    """Products a · b = c in which a, or b, depends on bits alone.

    Attributes:
        bits: Number → its two values. Numbers from the circuit's wires on stand for a sum of wires (`Facts.in_bits`).
        rows: The constraints, written in those numbers.
        local: The wires to solve for.
        sources: The constraints used.
        pair: What is selected, written in those numbers.
    """

    bits: dict[int, tuple[int, int]]
    rows: tuple[tuple[Form, Form, Form], ...]
    local: frozenset[int]
    sources: Sources
    pair: tuple[Form, Form]

    def cases(self) -> Iterator[tuple[Form, Form]]:
        """Yield the pair, in wires that are not local, for every choice of the bits that the constraints admit."""
        for values in product(*self.bits.values()):
            at = dict(zip(self.bits, values, strict=True))
            solved = self._solve(at)
            if solved is not None:
                x, y = (_replace(_put(form, at), solved) for form in self.pair)
                yield x, y

    def _solve(self, at: dict[int, int]) -> dict[int, Form] | None:
        """Return the local wires as forms of others, or None where the constraints contradict each other."""
        solved: dict[int, Form] = {}
        for row in self.rows:
            a, b, c = (_put(form, at) for form in row)
            if not is_constant(a):
                a, b = b, a
            equation = _replace(combine((a.get(0, 0), b), (R - 1, c)), solved)
            pivots = [wire for wire in equation if wire in self.local]
            if not pivots:
                if is_constant(equation) and equation:
                    return None
                continue
            pivot = min(pivots)
            k = -pow(equation[pivot], -1, R) % R
            form = combine(*((k * m % R, {wire: 1}) for wire, m in equation.items() if wire != pivot))
            solved = {wire: _replace(old, {pivot: form}) for wire, old in solved.items()} | {pivot: form}
        return solved


def local_products(facts: Facts, pair: tuple[Form, Form]) -> Selection | None:
    """Return the products that compute a pair from bits and from other wires, or None where there are none, or many."""
    rows: dict[int, tuple[Form, Form, Form]] = {}
    bits: dict[int, tuple[int, int]] = {}
    sources: set[int] = set()
    written = [facts.in_bits(form) for form in pair]
    sources.update(*(why for _, why in written))
    waiting = {wire for form, _ in written for wire in form if wire}
    seen: set[int] = set()
    local: set[int] = set()
    while waiting:
        wire = waiting.pop()
        seen.add(wire)
        if wire >= facts.circuit.wires or wire in facts.shapes.bits:
            if not _take_bit(facts, wire, bits, sources):
                return None
            continue
        if _is_coordinate(facts, wire):
            continue
        local.add(wire)
        for index in facts.products_with(wire):
            row = rows.get(index) or _row(facts, index, sources)
            if row is None or index in rows:
                continue
            rows[index] = row
            sources.add(index)
            waiting |= {w for form in row for w in form if w} - seen
        if len(rows) > _CONSTRAINTS or len(bits) > _BITS:
            return None
    if not bits or len(bits) > _BITS:
        return None
    return Selection(bits, tuple(rows.values()), frozenset(local), frozenset(sources), (written[0][0], written[1][0]))


def _is_coordinate(facts: Facts, wire: int) -> bool:
    """Whether a wire is squared, or a quotient: a coordinate of a point that is selected, not one that selects."""
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        for one, other in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
            if set(one) == {wire} and (set(other) == {wire} or (0 in other and len(other) == 2)):
                return True
    return False


def _take_bit(facts: Facts, wire: int, bits: dict[int, tuple[int, int]], sources: set[int]) -> bool:
    index = facts.shapes.bits.get(wire)
    if index is None or index in facts.removed:
        return False
    if wire < facts.circuit.wires:
        bits[wire] = (0, 1)
    else:
        two = two_values(facts.constraint(index))
        if two is None:
            return False
        bits[wire] = two[1:]
    sources.add(index)
    return True


def _row(facts: Facts, index: int, sources: set[int]) -> tuple[Form, Form, Form] | None:
    """Return a constraint whose a or b depends on bits alone, written in bits, or None."""
    constraint = facts.constraint(index)
    found = [facts.in_bits(form) for form in (constraint.a, constraint.b, constraint.c)]
    a, b, c = (form for form, _ in found)
    if not any(all(w in facts.shapes.bits for w in homogeneous(side)) for side in (a, b)):
        return None
    if not homogeneous(a) or not homogeneous(b) or ratio(homogeneous(a), homogeneous(b)):
        return None
    sources.update(*(why for _, why in found))
    return a, b, c


def _put(form: Form, at: dict[int, int]) -> Form:
    return combine(*((k, {0: at[wire]} if wire in at else {wire: 1}) for wire, k in form.items()))


def _replace(form: Form, solved: dict[int, Form]) -> Form:
    return combine(*((k, solved.get(wire, {wire: 1})) for wire, k in form.items()))
