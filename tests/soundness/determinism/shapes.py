"""What a constraint says on its own, whatever is known of its wires: a form with two values, a chain of bits, a range.

circom's `--O2` substitutes linear constraints away. The sum of a range check, `sum of 2^i bit[i] === in`, disappears,
and one bit with it: in the bit's own constraint stands (in - the other bits) / 2^k instead. So the two shapes are
read off together: a constraint f (f - 1) = 0 over a form f says that f is a bit, and f, multiplied out, is the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from determinism.circuit import Circuit, Constraint
from determinism.forms import Form, R, canonical, combine, denominator, homogeneous, is_constant, ratio, signed

Sources = frozenset[int]


@dataclass(frozen=True)
class Range:
    """An integer in [low, high] is congruent to the value; the constraints that say so."""

    low: int
    high: int
    sources: Sources

    @property
    def width(self) -> int:
        """The largest distance of two values."""
        return self.high - self.low


@dataclass(frozen=True)
class Equation:
    """form = 0."""

    form: Form
    sources: Sources


@dataclass(frozen=True)
class Ranged:
    """A form, without constant, in a range. Keys of `Shapes.ranged` are its canonical multiples."""

    form: Form
    range: Range


@dataclass
class Chain:
    """Bits with coefficients ± unit · 2^i, i = 0 … n - 1, in one equation. Their sum / unit lies in [low, high]."""

    unit: int
    wires: list[int]
    low: int
    high: int
    equation: Equation
    constraint: int


@dataclass
class Shapes:
    """What the constraints of a circuit say one by one.

    Attributes:
        bits: Wire → the constraint that gives it the values 0 and 1. Numbers from `Circuit.wires` on are forms.
        equations: Linear equations over wires and forms that are bits.
        ranged: Canonical form → range.
        chains: The sums of the range checks.
        quadratic: The other constraints.
        product_chains: Of those, the ones a · b = c with a sum of bits in c that may wrap around the field.
    """

    circuit: Circuit
    bits: dict[int, int] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    ranged: dict[tuple[tuple[int, int], ...], Ranged] = field(default_factory=dict)
    chains: list[Chain] = field(default_factory=list)
    quadratic: list[int] = field(default_factory=list)
    product_chains: dict[int, Chain] = field(default_factory=dict)

    def range_of(self, wire: int) -> Range | None:
        """Return the range that the constraints give a wire, as few integers as they allow."""
        if wire in self.bits:
            return Range(0, 1, frozenset({self.bits[wire]}))
        found = self.ranged.get(((wire, 1),))
        factor = found.form[wire] if found else 0
        if found and factor == R - 1:
            return Range(-found.range.high, -found.range.low, found.range.sources)
        return found.range if found and factor == 1 else None


def read(circuit: Circuit) -> Shapes:
    """Sort the constraints of a circuit."""
    shapes = Shapes(circuit)
    sums: list[tuple[int, Equation]] = []
    for index, constraint in enumerate(circuit.constraints):
        two = two_values(constraint)
        if two is not None:
            _note_values(shapes, index, two, sums)
        elif (linear := as_linear(constraint)) is not None:
            sums.append((index, Equation(linear, frozenset({index}))))
        else:
            shapes.quadratic.append(index)
    for index, equation in sums:
        _note_equation(shapes, index, equation)
    for index in shapes.quadratic:
        chain = _chain_of(shapes, index, Equation(circuit.constraints[index].c, frozenset({index})))
        if chain and chain.high - chain.low >= R:
            shapes.product_chains[index] = chain
    return shapes


def as_linear(constraint: Constraint) -> Form | None:
    """Return a·b - c where that is linear: a or b is a constant."""
    for one, other in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
        if is_constant(one):
            return combine((one.get(0, 0), other), (-1, constraint.c))
    return None


def two_values(constraint: Constraint) -> tuple[Form, int, int] | None:
    """Return (f, v, w) where the constraint says (f - v)(f - w) = 0 for a form f without constant.

    Sound because a field has no zero divisors: m f² + u f + k = m (f - v)(f - w) is zero for v and w and nothing else.
    """
    f = homogeneous(constraint.a)
    m = ratio(homogeneous(constraint.b), f) if f else None
    if m is None:
        return None
    rest = homogeneous(constraint.c)
    n = ratio(rest, f) if rest else 0
    if n is None:
        return None
    a0, b0, c0 = (form.get(0, 0) for form in (constraint.a, constraint.b, constraint.c))
    if not rest and not c0:
        return f, -a0 % R, -b0 * pow(m, -1, R) % R
    if (a0 * b0 - c0) % R == 0:
        return f, 0, (n - b0 - m * a0) * pow(m, -1, R) % R
    return None


def _note_values(shapes: Shapes, index: int, two: tuple[Form, int, int], sums: list[tuple[int, Equation]]) -> None:
    f, v, w = two
    if len(f) == 1:
        ((wire, k),) = f.items()
        if {v, w} == {0, k}:
            shapes.bits.setdefault(wire, index)
            return
    if v == w:
        sums.append((index, Equation(combine((1, f), (1, {0: -v})), frozenset({index}))))
        return
    bit = shapes.circuit.wires + index
    shapes.bits[bit] = index
    sums.append((index, Equation(combine((1, f), (-(w - v), {bit: 1}), (1, {0: -v})), frozenset({index}))))


def _note_equation(shapes: Shapes, index: int, equation: Equation) -> None:
    chain = _chain_of(shapes, index, equation)
    if chain is None:
        shapes.equations.append(equation)
        return
    shapes.equations.append(chain.equation)
    shapes.chains.append(chain)
    form, low, high = chain.equation.form, chain.low, chain.high
    rest = {wire: -k * pow(chain.unit, -1, R) % R for wire, k in form.items() if wire not in set(chain.wires)}
    if homogeneous(rest) and high - low < R:
        sources = equation.sources | {shapes.bits[wire] for wire in chain.wires}
        _note_range(shapes, rest, Range(low, high, frozenset(sources)))


def _chain_of(shapes: Shapes, index: int, equation: Equation) -> Chain | None:
    """Return the longest sum of bits in an equation, which is scaled to integers, or None where there is none."""
    longest = _longest_chain(shapes, index, equation.form)
    if longest is None:
        return None
    unit, wires = longest
    inverse = pow(unit, -1, R)
    form = {wire: k * inverse % R for wire, k in equation.form.items()}
    scale = denominator(form.values())
    form = {wire: k * scale % R for wire, k in form.items()}
    weights = [1 << i if form[wire] == (scale << i) % R else -1 << i for i, wire in enumerate(wires)]
    low, high = sum(k for k in weights if k < 0), sum(k for k in weights if k > 0)
    return Chain(scale, wires, low, high, Equation(form, equation.sources), index)


def _note_range(shapes: Shapes, form: Form, found: Range) -> None:
    """Keep that a form is in a range, and what two such ranges say together.

    The ranges of f and of k - f meet where both read f as the same integer; [0, 2^n) and [D - 2^n, D) leave [0, D).
    Intersecting is sound when no two integers of the two ranges differ by a multiple of R other than 0.
    """
    constant = signed(form.get(0, 0))
    body = homogeneous(form)
    key, _ = canonical(body)
    low, high = found.low - constant, found.high - constant
    known = shapes.ranged.get(key)
    if known is None:
        shapes.ranged[key] = Ranged(body, Range(low, high, found.sources))
        return
    factor = ratio(body, known.form)
    if factor not in (1, R - 1):
        return
    if factor == R - 1:
        low, high = -high, -low
    if max(high, known.range.high) - min(low, known.range.low) < R:
        both = Range(max(low, known.range.low), min(high, known.range.high), known.range.sources | found.sources)
        shapes.ranged[key] = Ranged(known.form, both)


def _longest_chain(shapes: Shapes, index: int, form: Form) -> tuple[int, list[int]] | None:
    """Return (unit, wires) of the longest run of bits with coefficients unit, ±2 unit, ±4 unit …, or None below two.

    Which run is taken decides what can be shown, not what is true: any sum of bits lies in its range.
    """
    own = shapes.circuit.wires + index
    bits = {wire: k for wire, k in form.items() if wire in shapes.bits}
    at: dict[int, list[int]] = {}
    for wire, k in bits.items():
        at.setdefault(min(k, R - k), []).append(wire)
    starts = [k for k in at if (half := k * pow(2, -1, R) % R) not in at and R - half not in at]
    runs = [[first, *_follow(at, bits[first], first, own)] for start in starts for first in at[start]]
    best = max(runs, key=lambda run: (len(run), -_spread(run, own)), default=[])
    return (bits[best[0]], best) if len(best) > 1 else None


def _spread(run: list[int], own: int) -> int:
    """Return how far the wires of a run lie apart; those of one range check are neighbours."""
    return sum(abs(b - a) for a, b in pairwise(wire for wire in run if wire != own))


def _follow(at: dict[int, list[int]], k: int, wire: int, own: int) -> Iterator[int]:
    """Yield the next bits of a run, each the nearest number after the one before; the form's own bit fits anywhere."""
    expected = wire + 1
    while True:
        k = 2 * k % R
        candidates = at.get(min(k, R - k))
        if not candidates:
            return
        wire = own if own in candidates else min(candidates, key=lambda w: abs(w - expected))
        expected = expected + 1 if wire == own else wire + 1
        yield wire
