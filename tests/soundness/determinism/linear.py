"""Rules for one linear equation: sums of ranged integers that can be taken apart in one way only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from determinism.facts import NONE, Facts, Step
from determinism.forms import Form, R, signed
from determinism.shapes import Equation, Ranged


@dataclass(frozen=True)
class Term:
    """coefficient · x for an unknown x that lies in a range of this width."""

    coefficient: int
    width: int


def settled(terms: Sequence[Term]) -> list[int]:
    """Return the positions of the terms that have one value in any sum with a known value.

    Two solutions differ by d_i with |d_i| <= width_i, and the sum of c_i d_i is 0 modulo R. Where the sum of
    |c_i| width_i is below R it is 0 as an integer. Then, from the smallest coefficient: with g the gcd of the others,
    c_i d_i is a multiple of g, so d_i is one of g / gcd(c_i, g), and 0 is the only one that is small enough. From the
    largest: c_i d_i is -1 times a sum of the others, which stays below |c_i|, so d_i is 0. What is settled leaves the
    sum. The binary digits of a number, quotient and remainder, and words packed side by side are such sums.
    """
    if not terms or sum(abs(t.coefficient) * t.width for t in terms) >= R:
        return []
    order = sorted(range(len(terms)), key=lambda i: abs(terms[i].coefficient))
    common = [0] * (len(order) + 1)
    for place in range(len(order) - 1, -1, -1):
        common[place] = gcd(common[place + 1], terms[order[place]].coefficient)
    done: list[int] = []
    for place, i in enumerate(order):
        c, rest = abs(terms[i].coefficient), common[place + 1]
        if rest and terms[i].width >= rest // gcd(c, rest):
            break
        done.append(i)
    left = order[len(done) :]
    mass = sum(abs(terms[i].coefficient) * terms[i].width for i in left)
    while left:
        c, width = abs(terms[left[-1]].coefficient), terms[left[-1]].width
        mass -= c * width
        if mass >= c:
            break
        done.append(left.pop())
    return done


def solve_equation(facts: Facts, equation: Equation) -> list[Step]:
    """One unknown with a constant coefficient is known; several are where their ranges fit together (`settled`)."""
    return solve_form(facts, equation.form, equation.sources, "equation")


def solve_form(facts: Facts, form: Form, sources: frozenset[int], rule: str) -> list[Step]:
    """As :func:`solve_equation`, for form = a known value."""
    if not facts.holds(sources):
        return []
    unknown = facts.unknown(form)
    if not unknown:
        return []
    uses = frozenset(form) - set(unknown) - {0}
    if len(unknown) == 1:
        return [Step(rule, (unknown[0],), sources, uses)]
    ranges = facts.ranges(unknown)
    if ranges is None:
        return []
    for scale in _scales(form, unknown):
        terms = [Term(signed(form[w] * scale), r.width) for w, r in zip(unknown, ranges, strict=True)]
        done = settled(terms)
        if done:
            wires = tuple(unknown[i] for i in done)
            return [Step("digits", wires, sources.union(*(r.sources for r in ranges)), uses)]
    return []


def _scales(form: Form, unknown: list[int]) -> list[int]:
    """Return factors that may turn the coefficients of the unknown wires into small integers."""
    return [1, *(pow(form[wire], -1, R) for wire in unknown[:3])]


def solve_ranged(facts: Facts, item: Ranged) -> list[Step]:
    """Take a ranged form apart: K = sum of c_i x_i - z with z in the form's own range.

    A division is this: dividend - DIVISOR · quotient in [0, DIVISOR), and the quotient in a range that cannot wrap.
    """
    if not facts.holds(item.range.sources):
        return []
    unknown = facts.unknown(item.form)
    ranges = facts.ranges(unknown)
    if not unknown or ranges is None or len(item.form) == 1:
        return []
    terms = [Term(signed(item.form[w]), r.width) for w, r in zip(unknown, ranges, strict=True)]
    done = settled([*terms, Term(1, item.range.width)])
    wires = tuple(unknown[i] for i in done if i < len(unknown))
    sources = item.range.sources.union(NONE, *(r.sources for r in ranges))
    uses = frozenset(item.form) - set(unknown)
    return [Step("division", wires, sources, uses)] if wires else []
