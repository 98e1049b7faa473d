"""The denominators of an Edwards addition: not 0 for points of the curve, which is what makes its result unique."""

from __future__ import annotations

from dataclasses import dataclass

from determinism.facts import Facts
from determinism.forms import Form, R
from determinism.shapes import Sources


@dataclass(frozen=True)
class Curve:
    """a x² + y² = 1 + d x² y²."""

    a: int
    d: int


def nonzero_denominator(facts: Facts, form: Form) -> Sources | None:
    """Return why 1 + d t or 1 - d t is not 0, for t = x1 x2 y1 y2 of two points of a complete Edwards curve, or None.

    Bernstein and others, "Twisted Edwards Curves" (2008), section 6: the addition law is complete where a is a square
    and d is none, so d x1 x2 y1 y2 is neither 1 nor -1 for any two points of the curve. That both points are on the
    curve must stand in the constraints; that a is a square and d is none is computed.
    """
    body = {wire: k for wire, k in form.items() if wire}
    if len(body) != 1 or not form.get(0):
        return None
    ((product, k),) = body.items()
    scale = k * pow(form[0], -1, R) % R
    for left, right, sources in _factors(facts, product):
        for u, v, why_u in _factors(facts, left):
            for s, t, why_s in _factors(facts, right):
                for one, two in (((u, s), (t, v)), ((u, t), (s, v))):
                    first, second = on_curve(facts, *one), on_curve(facts, *two)
                    if first and second and first[0] == second[0] and _is_complete(first[0], scale):
                        return sources | why_u | why_s | first[1] | second[1]
    return None


def _is_complete(curve: Curve, scale: int) -> bool:
    is_square = {k: pow(k, (R - 1) // 2, R) == 1 for k in (curve.a, curve.d)}
    return is_square[curve.a] and not is_square[curve.d] and scale in (curve.d, R - curve.d)


def _factors(facts: Facts, wire: int) -> list[tuple[int, int, Sources]]:
    """Return (u, v, constraint) for the constraints wire = u · v, in both orders."""
    found = []
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        if set(constraint.c) == {wire} and len(constraint.a) == len(constraint.b) == 1:
            ((u, k),), ((v, m),) = constraint.a.items(), constraint.b.items()
            if u and v and k * m % R == constraint.c[wire]:
                found += [(u, v, frozenset({index})), (v, u, frozenset({index}))]
    return found


def on_curve(facts: Facts, x: int, y: int) -> tuple[Curve, Sources] | None:
    """Return the Edwards curve on which the constraints place a point, and those constraints, or None."""
    for square_x, why_x in _squares(facts, x):
        for square_y, why_y in _squares(facts, y):
            for index in set(facts.products_with(square_x)) & set(facts.products_with(square_y)):
                curve = _equation(facts, index, square_x, square_y)
                if curve:
                    return curve, why_x | why_y | {index}
    return None


def _squares(facts: Facts, wire: int) -> list[tuple[int, Sources]]:
    found = []
    for index in facts.products_with(wire):
        constraint = facts.constraint(index)
        if set(constraint.a) == set(constraint.b) == {wire} and len(constraint.c) == 1:
            ((square, k),) = constraint.c.items()
            if square and constraint.a[wire] * constraint.b[wire] % R == k:
                found.append((square, frozenset({index})))
    return found


def _equation(facts: Facts, index: int, x: int, y: int) -> Curve | None:
    """Read a x + y = 1 + d x y off one constraint over the squares."""
    constraint = facts.constraint(index)
    if {frozenset(constraint.a), frozenset(constraint.b)} != {frozenset({x}), frozenset({y})}:
        return None
    if set(constraint.c) != {0, x, y}:
        return None
    product = next(iter(constraint.a.values())) * next(iter(constraint.b.values())) % R
    inverse = pow(constraint.c[y], -1, R)
    a, one, d = (k * inverse % R for k in (constraint.c[x], constraint.c[0], product))
    return Curve(a, d) if one == R - 1 else None
