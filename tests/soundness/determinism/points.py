"""Which pairs of forms are points of an Edwards curve: what keeps the denominators of the next addition from 0.

A pair is on the curve when its constraints say so, when it is constant and satisfies the equation, when it is the sum
of two such pairs, or when it is one of several such pairs, selected by bits. So a ladder is shown from its first
point on.
Each pair that was found is a fact like a known wire, under a negative number, so that what rests on it falls with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from determinism.facts import Facts, Step
from determinism.forms import Form, R, combine, homogeneous, is_constant
from determinism.selection import local_products
from determinism.shapes import Sources

Pair = tuple[Form, Form]
Quadratic = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Curve:
    """a x² + y² = 1 + d x² y²."""

    a: int
    d: int

    @property
    def is_complete(self) -> bool:
        """Whether the addition law has no exception: a is a square and d is none.

        Bernstein and others, "Twisted Edwards Curves" (2008), section 6: then d x1 x2 y1 y2 is neither 1 nor -1 for
        any two points.
        """
        return pow(self.a, (R - 1) // 2, R) == 1 and pow(self.d, (R - 1) // 2, R) == R - 1

    def has(self, x: int, y: int) -> bool:
        """Whether two numbers are a point."""
        return (self.a * x * x + y * y - 1 - self.d * x * x % R * y * y) % R == 0


@dataclass(frozen=True)
class Law:
    """One addition: x (1 + t) = x1 y2 + y1 x2 and y (1 - t) = y1 y2 - a x1 x2 with t = d x1 x2 y1 y2."""

    curve: Curve
    p: Pair
    q: Pair
    sources: Sources


@dataclass
class Found:
    """What shows that a pair is on the curve: steps in order, and the facts that the last conclusion rests on."""

    sources: Sources = frozenset()
    uses: frozenset[int] = frozenset()
    steps: list[Step] = field(default_factory=list)


def nonzero_denominator(facts: Facts, form: Form) -> Found | None:
    """Return why 1 + k t is not 0, or None: t = x1 x2 y1 y2 of two points of a complete curve, k = d or -d."""
    body = homogeneous(form)
    if len(body) != 1 or not form.get(0):
        return None
    ((wire, k),) = body.items()
    k = k * pow(form[0], -1, R) % R
    for p, q, scale, sources in _arguments(facts, wire):
        for d in {k * scale % R, -k * scale % R}:
            for curve in _curves(facts, wire, d, p, q):
                first = on_curve(facts, curve, p) if curve.is_complete else None
                second = on_curve(facts, curve, q) if first else None
                if first and second:
                    return Found(sources, first.uses | second.uses, [*first.steps, *second.steps])
    return None


def on_curve(facts: Facts, curve: Curve, pair: Pair) -> Found | None:
    """Return why a pair is a point, as one fact, or None."""
    if is_constant(pair[0]) and is_constant(pair[1]):
        return Found() if curve.has(pair[0].get(0, 0), pair[1].get(0, 0)) else None
    number = _number(facts, curve, pair)
    if number in facts.known:
        return Found(uses=frozenset({number}))
    found = _by_equation(facts, curve, pair) or _by_law(facts, curve, pair) or _by_selection(facts, curve, pair)
    if found is None:
        return None
    step = Step("point", (number,), found.sources, found.uses)
    return Found(uses=frozenset({number}), steps=[*found.steps, step])


def _number(facts: Facts, curve: Curve, pair: Pair) -> int:
    key = (curve, *(tuple(sorted(form.items())) for form in pair))
    return facts.points.setdefault(key, -1 - len(facts.points))


def _arguments(facts: Facts, wire: int) -> Iterator[tuple[Pair, Pair, int, Sources]]:
    """Yield (P, Q, s, constraints) with x1 y1 x2 y2 = wire / s, from wire = (x1 y2)(y1 x2) in every order."""
    for left, right, sources, scale in _factors(facts, wire):
        for first in _definitions(facts, left):
            for second in _definitions(facts, right):
                for (x1, y2, why), (y1, x2, because) in product(_orders(first), _orders(second)):
                    yield (x1, y1), (x2, y2), scale, sources | {why, because}


def _factors(facts: Facts, wire: int) -> Iterator[tuple[int, int, Sources, int]]:
    """Yield (u, v, constraint, s) with s · u · v = wire."""
    for a, b, index in _definitions(facts, wire):
        if len(a) == len(b) == 1 and 0 not in a and 0 not in b:
            ((u, k),), ((v, m),) = a.items(), b.items()
            yield u, v, frozenset({index}), k * m % R


def _definitions(facts: Facts, wire: int) -> Iterator[tuple[Form, Form, int]]:
    """Yield (a, b, constraint) with wire = a · b."""
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        if set(constraint.c) == {wire} and wire not in constraint.a and wire not in constraint.b:
            yield combine((pow(constraint.c[wire], -1, R), constraint.a)), dict(constraint.b), index


def _orders(definition: tuple[Form, Form, int]) -> tuple[tuple[Form, Form, int], tuple[Form, Form, int]]:
    a, b, index = definition
    return (a, b, index), (b, a, index)


def _curves(facts: Facts, wire: int, d: int, p: Pair, q: Pair) -> set[Curve]:
    """Return the curves that may be meant: of the addition over t, and those on which the constraints put P or Q."""
    found = {law.curve for _, _, law in _laws(facts, wire) if law.curve.d == d}
    for pair in (p, q):
        wires = [next(iter(form)) for form in pair if len(form) == 1]
        if len(wires) == 2:
            found |= {curve for curve, _ in _equations(facts, *wires) if curve.d == d}
    return found


def _by_equation(facts: Facts, curve: Curve, pair: Pair) -> Found | None:
    if any(len(form) != 1 or next(iter(form.values())) not in (1, R - 1) for form in pair):
        return None
    x, y = (next(iter(form)) for form in pair)
    for found, sources in _equations(facts, x, y):
        if found == curve:
            return Found(sources)
    return None


def _equations(facts: Facts, x: int, y: int) -> Iterator[tuple[Curve, Sources]]:
    """Yield the curves on which the constraints place two wires."""
    for square_x, why_x in _squares(facts, x):
        for square_y, why_y in _squares(facts, y):
            for index in set(facts.products_with(square_x)) & set(facts.products_with(square_y)):
                curve = _equation(facts, index, square_x, square_y)
                if curve:
                    yield curve, why_x | why_y | {index}


def _squares(facts: Facts, wire: int) -> Iterator[tuple[int, Sources]]:
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        if set(constraint.a) == set(constraint.b) == {wire} and len(constraint.c) == 1:
            ((square, k),) = constraint.c.items()
            if square and constraint.a[wire] * constraint.b[wire] % R == k:
                yield square, frozenset({index})


def _equation(facts: Facts, index: int, x: int, y: int) -> Curve | None:
    """Read a x + y = 1 + d x y off one constraint over the squares."""
    constraint = facts.constraint(index)
    if {frozenset(constraint.a), frozenset(constraint.b)} != {frozenset({x}), frozenset({y})}:
        return None
    if set(constraint.c) != {0, x, y}:
        return None
    scale = next(iter(constraint.a.values())) * next(iter(constraint.b.values())) % R
    inverse = pow(constraint.c[y], -1, R)
    a, one, d = (k * inverse % R for k in (constraint.c[x], constraint.c[0], scale))
    return Curve(a, d) if one == R - 1 else None


def _by_law(facts: Facts, curve: Curve, pair: Pair) -> Found | None:
    if any(len(form) != 1 or next(iter(form.values())) not in (1, R - 1) for form in pair):
        return None
    x, y = (next(iter(form)) for form in pair)
    for _, t, _, _ in _quotients(facts, x):
        for own_x, own_y, law in _laws(facts, t):
            if (own_x, own_y) == (x, y) and law.curve == curve and curve.is_complete:
                first = on_curve(facts, curve, law.p)
                second = on_curve(facts, curve, law.q) if first else None
                if first and second:
                    return Found(law.sources, first.uses | second.uses, [*first.steps, *second.steps])
    return None


def _quotients(facts: Facts, wire: int) -> Iterator[tuple[int, int, Form, int]]:
    """Yield (k, t, numerator, constraint) of the constraints wire (1 + k t) = numerator."""
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        for slope, other in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
            body = homogeneous(slope)
            if set(other) == {wire} and len(body) == 1 and slope.get(0) and wire not in constraint.c:
                ((t, k),) = body.items()
                scale = pow(slope[0] * other[wire], -1, R)
                yield k * pow(slope[0], -1, R) % R, t, combine((scale, constraint.c)), index


def _laws(facts: Facts, t: int) -> Iterator[tuple[int, int, Law]]:
    """Yield (x, y, law) of the additions over t."""
    quotients = []
    for index in facts.products_with(t):
        constraint = facts.constraint(index)
        for other in (constraint.a, constraint.b):
            if len(other) == 1 and 0 not in other:
                wire = next(iter(other))
                quotients += [(wire, *q) for q in _quotients(facts, wire) if q[1] == t and q[3] == index]
    for (x, k, _, top, why_x), (y, m, _, bottom, why_y) in product(quotients, repeat=2):
        if (k + m) % R:
            continue
        for p, q, scale, sources in _arguments(facts, t):
            a, because = _second_coordinate(facts, bottom, p, q)
            first = _sum(facts, combine((1, top)), (p[0], q[1], 1), (p[1], q[0], 1))
            if a is not None and first is not None:
                every = sources | {why_x, why_y} | because | first
                yield x, y, Law(Curve(a, k * scale % R), p, q, every)


def _sum(facts: Facts, numerator: Form, *terms: tuple[Form, Form, int]) -> Sources | None:
    """Return the constraints by which a numerator is ± the sum of some products, or None."""
    expanded, sources = _expand(facts, numerator)
    wanted: Quadratic = {}
    for a, b, k in terms:
        _multiply_into(wanted, a, b, k)
    wanted = {pair: k for pair, k in wanted.items() if k}
    negative = {pair: -k % R for pair, k in wanted.items()}
    return sources if expanded in (wanted, negative) else None


def _second_coordinate(facts: Facts, numerator: Form, p: Pair, q: Pair) -> tuple[int | None, Sources]:
    """Return (a, constraints) with numerator = ± (y1 y2 - a x1 x2), or (None, …)."""
    expanded, sources = _expand(facts, numerator)
    both: Quadratic = {}
    _multiply_into(both, p[0], q[0], 1)
    both = {pair: k for pair, k in both.items() if k}
    for sign in (1, R - 1):
        rest = {pair: sign * k % R for pair, k in expanded.items()}
        _multiply_into(rest, p[1], q[1], R - 1)
        rest = {pair: k for pair, k in rest.items() if k}
        if not both or rest.keys() != both.keys():
            continue
        some = next(iter(both))
        a = -rest[some] * pow(both[some], -1, R) % R
        if all((rest[pair] + a * k) % R == 0 for pair, k in both.items()):
            return a, sources
    return None, frozenset()


def _expand(facts: Facts, form: Form) -> tuple[Quadratic, Sources]:
    """Return a form with every wire that is a product multiplied out, and the constraints that say so."""
    total: Quadratic = {}
    used: set[int] = set()
    for wire, k in form.items():
        definition = next(_definitions(facts, wire), None) if wire else None
        if definition is None:
            _multiply_into(total, {wire: 1}, {0: 1}, k)
        else:
            _multiply_into(total, definition[0], definition[1], k)
            used.add(definition[2])
    return {pair: k for pair, k in total.items() if k}, frozenset(used)


def _multiply_into(total: Quadratic, a: Form, b: Form, k: int) -> None:
    for u, m in a.items():
        for v, n in b.items():
            pair = (min(u, v), max(u, v))
            total[pair] = (total.get(pair, 0) + k * m * n) % R


def _by_selection(facts: Facts, curve: Curve, pair: Pair) -> Found | None:
    """Case by case over the bits that the pair depends on: in each it is a point that is known, or a constant one."""
    local = local_products(facts, pair)
    if local is None:
        return None
    total = Found(local.sources)
    for case in local.cases():
        simple = is_constant(case[0]) and is_constant(case[1])
        found = (
            on_curve(facts, curve, case)
            if simple or _number(facts, curve, case) in facts.known or _by_equation(facts, curve, case)
            or _by_law(facts, curve, case)
            else None
        )  # fmt: skip
        if found is None:
            return None
        total = Found(total.sources, total.uses | found.uses, [*total.steps, *found.steps])
    return total
