"""Rules for a constraint a · b = c with a product in it."""

from __future__ import annotations

from determinism.alias import solve_alias
from determinism.facts import Facts, Step
from determinism.forms import Form, R, combine, homogeneous, is_constant, ratio, signed
from determinism.linear import solve_form
from determinism.points import nonzero_denominator
from determinism.shapes import Range


def solve_product(facts: Facts, index: int) -> list[Step]:
    """Try the rules on one constraint."""
    constraint = facts.constraint(index)
    unknown = facts.unknown(constraint.wires)
    if not unknown or index in facts.removed:
        return []
    if not any(w in constraint.a or w in constraint.b for w in unknown):
        # The product is known, so this is a linear equation in the unknown part of c.
        uses = constraint.wires - set(unknown)
        steps = solve_form(facts, constraint.c, frozenset({index}), "product")
        chain = facts.shapes.product_chains.get(index)
        if chain and not steps:
            return solve_alias(facts, chain)
        return [Step(s.rule, s.wires, s.sources, uses) for s in steps]
    if len(unknown) == 1:
        return _single(facts, index, unknown[0]) or zero_test(facts, index) or common_zero(facts, index, unknown[0])
    return zero_test(facts, index) or two_cases(facts, index, unknown)


def _split(form: Form, wire: int) -> tuple[int, Form]:
    """Return (k, rest) with form = k · wire + rest."""
    return form.get(wire, 0), {w: k for w, k in form.items() if w != wire}


def _single(facts: Facts, index: int, wire: int) -> list[Step]:
    """One unknown u in p u² + q u + (known) = 0.

    p = 0: unique where q is a constant other than 0, or a known form that a constraint keeps from 0.
    p ≠ 0, a constant, and q a constant: two solutions have the sum s = -q / p, so u is unique where its range contains
    no two integers with a sum congruent to s. Where q is a known form instead of a constant nothing is concluded.
    """
    constraint = facts.constraint(index)
    (a, a0), (b, b0), (c, _) = (_split(form, wire) for form in (constraint.a, constraint.b, constraint.c))
    square = a * b % R
    slope = combine((a, b0), (b, a0), (-c, {0: 1}))
    uses = constraint.wires - {wire}
    if not square:
        why = facts.nonzero(slope)
        if why is not None:
            return [Step("slope", (wire,), why | {index}, uses)]
        points = nonzero_denominator(facts, slope)
        if points is None:
            return []
        return [*points.steps, Step("slope", (wire,), points.sources | {index}, uses | points.uses)]
    found = facts.range_of(wire)
    if found is None or not is_constant(slope):
        return []
    total = -slope.get(0, 0) * pow(square, -1, R) % R
    return [] if sum_possible(found, total) else [Step("sign", (wire,), found.sources | {index}, uses)]


def sum_possible(found: Range, total: int) -> bool:
    """Whether two different integers of a range may add up to `total` modulo R."""
    lowest, highest = 2 * found.low + 1, 2 * found.high - 1
    return lowest + (total - lowest) % R <= highest


def difference_possible(found: Range, distance: int) -> bool:
    """Whether two integers of a range may differ by `distance` modulo R."""
    return abs(signed(distance)) <= found.width


def zero_test(facts: Facts, index: int) -> list[Step]:
    """x · y = 0 with x known and one unknown u in y; and x · z = c with u in c, z anything.

    Where x is not 0 the first says y = 0, which fixes u; where x is 0 the second says c = 0, which fixes u. So u has
    one value for any x. This is circomlib's IsZero; the inverse z is another matter (`common_zero`).
    """
    constraint = facts.constraint(index)
    if constraint.c:
        return []
    for x, y in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
        unknown = facts.unknown(y)
        if facts.unknown(x) or len(unknown) != 1:
            continue
        for other in facts.products_with(unknown[0]):
            second = facts.constraint(other)
            if facts.unknown(second.c) != unknown or unknown[0] in second.a or unknown[0] in second.b:
                continue
            if ratio(second.a, x) or ratio(second.b, x):
                uses = (constraint.wires | frozenset(second.c)) - {0, unknown[0]}
                return [Step("zero test", (unknown[0],), frozenset({index, other}), uses)]
    return []


def common_zero(facts: Facts, index: int, wire: int) -> list[Step]:
    """x · u = c and z · u = d with x, z, c, d known: u is unique unless x and z are both 0.

    x = 0 implies c = 0. Where z = m c + k for constants m and k ≠ 0, that implies z = k, so they never are.
    """
    constraint = facts.constraint(index)
    x, c = _factor(facts, index, wire)
    if x is None:
        return []
    for other in facts.products_with(wire):
        z, _ = _factor(facts, other, wire)
        if other == index or z is None or facts.unknown(facts.constraint(other).wires) != [wire]:
            continue
        body, rest = homogeneous(c), homogeneous(z)
        m = ratio(rest, body) if body else None
        if m is not None and (z.get(0, 0) - m * c.get(0, 0)) % R:
            uses = (constraint.wires | facts.constraint(other).wires) - {wire}
            return [Step("two slopes", (wire,), frozenset({index, other}), uses)]
    return []


def _factor(facts: Facts, index: int, wire: int) -> tuple[Form | None, Form]:
    """Return (x, c) of a constraint x · (k · wire) = c without the wire in x and c, x up to k, or (None, …)."""
    constraint = facts.constraint(index)
    for x, y in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
        if set(y) == {wire} and wire not in x and wire not in constraint.c:
            return x, constraint.c
    return None, constraint.c


def two_cases(facts: Facts, index: int, unknown: list[int]) -> list[Step]:
    """A bit b and a wire x that follows from b; of the two cases a ranged form over both admits one.

    For b = 0 and b = 1 the constraint makes x a linear form of known wires, and the ranged form f becomes f0 and f1.
    Where f1 - f0 or f0 + f1 is a constant, the range tells whether both can lie in it; if not, b has one value, and so
    has x. A comparison whose result is a hint is this: (2 b - 1)(loss - t) - b in a range.
    """
    if len(unknown) != 2:
        return []
    for bit, x in (tuple(unknown), tuple(reversed(unknown))):
        if bit not in facts.shapes.bits or facts.shapes.bits[bit] in facts.removed:
            continue
        cases = _follow(facts, index, bit, x)
        if cases is None:
            continue
        for item in facts.ranged_with(x):
            if set(facts.unknown(item.form)) - set(unknown):
                continue
            forms = [substitute(item.form, bit, value, x, case) for value, case in enumerate(cases)]
            if _excluded(item.range, *forms):
                sources = item.range.sources | {index, facts.shapes.bits[bit]}
                uses = (facts.constraint(index).wires | frozenset(item.form)) - set(unknown)
                return [Step("two cases", (bit, x), sources, uses)]
    return []


def _follow(facts: Facts, index: int, bit: int, x: int) -> tuple[Form, Form] | None:
    """Return the linear forms that x is for bit = 0 and bit = 1, or None where a product of known wires is left."""
    constraint = facts.constraint(index)
    if x in constraint.a or x in constraint.b or x not in constraint.c:
        return None
    inverse = pow(constraint.c[x], -1, R)
    forms = []
    for value in (0, 1):
        a, b, c = (substitute(form, bit, value) for form in (constraint.a, constraint.b, constraint.c))
        if is_constant(a):
            product = combine((a.get(0, 0), b))
        elif is_constant(b):
            product = combine((b.get(0, 0), a))
        else:
            return None
        rest = {wire: k for wire, k in c.items() if wire != x}
        forms.append(combine((inverse, product), (-inverse, rest)))
    return forms[0], forms[1]


def substitute(form: Form, bit: int, value: int, x: int | None = None, case: Form | None = None) -> Form:
    """Return a form with a value for a bit and, perhaps, a form for x."""
    rest = {wire: k for wire, k in form.items() if wire not in (bit, x)}
    terms = [(1, rest), (form.get(bit, 0), {0: value} if value else {})]
    if case is not None:
        terms.append((form.get(x, 0), case))
    return combine(*terms)


def _excluded(found: Range, zero: Form, one: Form) -> bool:
    difference, total = combine((1, one), (-1, zero)), combine((1, one), (1, zero))
    if is_constant(difference) and not difference_possible(found, difference.get(0, 0)):
        return True
    return is_constant(total) and not _total_possible(found, total.get(0, 0))


def _total_possible(found: Range, total: int) -> bool:
    """Whether two integers of a range, perhaps the same, may add up to `total` modulo R."""
    return 2 * found.low + (total - 2 * found.low) % R <= 2 * found.high


def one_hot(facts: Facts, form: Form, sources: frozenset[int]) -> list[Step]:
    """x_i (s - k_i) = 0 with one known s and different constants k_i; all unknowns of a linear equation are such x_i.

    s equals at most one k_i, so all x_i but one are 0, and the equation, where that one has a coefficient, fixes it.
    """
    unknown = facts.unknown(form)
    selectors: dict[int, Form] = {}
    used = set(sources)
    for wire in unknown:
        for index in facts.products_with(wire):
            selector, c = _factor(facts, index, wire)
            if selector is not None and not c and not facts.unknown(selector):
                selectors[wire] = combine((pow(_lead(selector), -1, R), selector)) if homogeneous(selector) else {}
                used.add(index)
                break
        else:
            return []
    bodies = {tuple(sorted(homogeneous(s).items())) for s in selectors.values()}
    if len(bodies) != 1 or not unknown or len({s.get(0, 0) for s in selectors.values()}) != len(unknown):
        return []
    uses = (frozenset(form) | {w for s in selectors.values() for w in s}) - set(unknown) - {0}
    return [Step("one hot", tuple(unknown), frozenset(used), uses)]


def _lead(form: Form) -> int:
    return form[min(w for w in form if w)]
