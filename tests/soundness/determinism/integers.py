"""Which integers the wires stand for, and whether the equations between them hold in the integers, too.

A comparison in a field is one of integers only while nothing wraps around. So every wire that takes part in one needs
an interval. Private inputs get theirs from constraints alone. Public inputs get it from the contracts, which bound what
they supply: `public` names those bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from determinism.facts import Facts
from determinism.forms import Form, R, canonical, combine, denominator, homogeneous, is_constant, ratio, signed
from determinism.products import substitute
from determinism.shapes import Chain, Ranged, two_values

Interval = tuple[int, int]


def times(one: Interval, other: Interval) -> Interval:
    """Return the hull of the products."""
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def plus(one: Interval, other: Interval) -> Interval:
    """Return the hull of the sums."""
    return one[0] + other[0], one[1] + other[1]


def hull(one: Interval, other: Interval) -> Interval:
    """Return the smallest interval that contains both."""
    return min(one[0], other[0]), max(one[1], other[1])


def fits(interval: Interval | None) -> bool:
    """Whether 0 is the only multiple of R in an interval: what is 0 in the field is 0."""
    return interval is not None and interval[0] > -R and interval[1] < R


@dataclass
class Integers:
    """Intervals of the wires of a circuit.

    Attributes:
        of: Wire → interval that contains an integer congruent to its value.
        asserted: Wires whose interval is a range check of their own.
    """

    facts: Facts
    public: Mapping[int, Interval]
    of: dict[int, Interval] = field(default_factory=dict)
    asserted: set[int] = field(default_factory=set)

    @classmethod
    def compute(cls, facts: Facts, public: Mapping[int, Interval]) -> Integers:
        """Return what the constraints and the bounds of the contracts say."""
        found = cls(facts, public, {0: (1, 1), **public})
        found._start()
        while found._forward() or found._distances() or found._systems():
            pass
        return found

    def form(self, form: Form) -> Interval | None:
        """Return the interval of a form, or None when a wire has none or a coefficient is no integer.

        A form with fractions may be a product of integers by some constraint: (E + G) / 2 is a value times a price.
        """
        total = self._sum(form)
        if total and total[1] - total[0] < R:
            return total
        return self._as_product(form) or self._with_two_values(form)

    def _with_two_values(self, form: Form) -> Interval | None:
        """Take a part out of a form of which a constraint says that it has two values: a digit that simplification
        expressed by the number and its other digits."""
        missing = self._missing(form)
        index, part, values = self._two_values.get(missing[0], (-1, {}, ())) if missing else (-1, {}, ())
        if not part or index in self.facts.removed:
            return None
        factor = form[missing[0]] * pow(part[missing[0]], -1, R) % R
        rest = self._sum(combine((1, form), (-factor, part)))
        one, other = (signed(factor * value % R) for value in values)
        return plus(rest, (min(one, other), max(one, other))) if rest else None

    def _sum(self, form: Form) -> Interval | None:
        total: Interval = (0, 0)
        for wire, k in form.items():
            interval, factor = self.of.get(wire), signed(k)
            if interval is None:
                return None
            total = plus(total, times((factor, factor), interval))
        return total

    def _as_product(self, form: Form) -> Interval | None:
        body = homogeneous(form)
        index = self._results.get(canonical(body)[0]) if body else None
        if index is None or index in self.facts.removed:
            return None
        constraint = self.facts.constraint(index)
        factor = ratio(body, homogeneous(constraint.c)) or 0
        offset = form.get(0, 0) - factor * constraint.c.get(0, 0)
        left, right, rest = (
            self._sum(combine((factor, constraint.a))),
            self._sum(constraint.b),
            self._sum({0: offset % R}),
        )
        return plus(times(left, right), rest) if left and right and rest else None

    def balance(self, index: int) -> Interval | None:
        """Return the interval of a·b - c, times a common denominator."""
        constraint = self.facts.constraint(index)
        whole = denominator(constraint.c.values())
        product, rest = self._product(whole, constraint.a, constraint.b), self.form(combine((-whole, constraint.c)))
        return plus(product, rest) if product and rest else None

    def _start(self) -> None:
        shapes, facts = self.facts.shapes, self.facts
        for wire, index in shapes.bits.items():
            if index not in facts.removed:
                self.of[wire] = (0, 1)
        for wire in [w for item in shapes.ranged.values() if len(item.form) == 1 for w in item.form]:
            found = facts.range_of(wire)
            if found:
                self.of[wire] = (found.low, found.high)
                self.asserted.add(wire)

        self._zero_tests()

    def _zero_tests(self) -> None:
        """Note the bits of x·y = f, x·(1 - f) = 0: where x is 0 so is f, elsewhere f is 1."""
        active = [self.facts.constraint(i) for i in self.facts.shapes.quadratic if i not in self.facts.removed]
        nothing = {
            (canonical(x)[0], canonical(y)[0])
            for constraint in active
            if not constraint.c
            for x, y in ((constraint.a, constraint.b), (constraint.b, constraint.a))
        }
        for constraint in active:
            body = homogeneous(constraint.c)
            if len(body) != 1:
                continue
            other = canonical(combine((1, {0: 1}), (-1, constraint.c)))[0]
            if any((canonical(x)[0], other) in nothing for x in (constraint.a, constraint.b)):
                ((wire, k),) = body.items()
                ends = [signed((f - constraint.c.get(0, 0)) * pow(k, -1, R) % R) for f in (0, 1)]
                self._note(wire, (min(ends), max(ends)))

    def _note(self, wire: int, interval: Interval | None) -> bool:
        if interval is None or wire in self.of or interval[1] - interval[0] >= R:
            return False
        self.of[wire] = interval
        return True

    def _missing(self, wires: Iterable[int]) -> list[int]:
        return [wire for wire in wires if wire not in self.of]

    def _forward(self) -> bool:
        """Follow a·b = c + k·w from the wires of a, b and c to w, until nothing changes; say if anything did."""
        progress, again = False, True
        while again:
            again = False
            for index in self.facts.shapes.quadratic:
                constraint = self.facts.constraint(index)
                missing = self._missing(constraint.wires)
                if len(missing) > 1:
                    # A factor that stands for a digit has the digit's interval, whatever its wires have.
                    results = constraint.c.keys() - constraint.a.keys() - constraint.b.keys()
                    missing = [wire for wire in missing if wire in results]
                if len(missing) == 1 and index not in self.facts.removed:
                    again |= self._define(index, missing[0]) or self._by_cases(index, missing[0])
            for equation in self.facts.shapes.equations:
                missing = self._missing(equation.form)
                if len(missing) == 1 and self.facts.holds(equation.sources):
                    again |= not self._is_checked(equation.form) and self._solve(equation.form, missing[0])
            progress |= again
        return progress

    def _is_checked(self, form: Form) -> bool:
        """Whether an equation is a range check: it asserts a range, it defines no operand."""
        return any(chain.equation.form is form for chain in self.facts.shapes.chains)

    def _solve(self, form: Form, wire: int) -> bool:
        inverse = -pow(form[wire], -1, R)
        return self._note(wire, self.form(combine((inverse, {w: k for w, k in form.items() if w != wire}))))

    def _define(self, index: int, wire: int) -> bool:
        constraint = self.facts.constraint(index)
        if wire not in constraint.c or wire in constraint.a or wire in constraint.b:
            return False
        inverse = pow(constraint.c[wire], -1, R)
        product = self._product(inverse, constraint.a, constraint.b)
        rest = self.form(combine((-inverse, {w: k for w, k in constraint.c.items() if w != wire})))
        return self._note(wire, plus(product, rest) if product and rest else None)

    def _by_cases(self, index: int, wire: int) -> bool:
        """Take the hull of two cases where a bit multiplies a linear form."""
        forms = self._cases(index, wire)
        intervals = [self.form(form) for form in forms] if forms else [None]
        return None not in intervals and self._note(wire, hull(*intervals))  # type: ignore[arg-type]

    def _cases(self, index: int, wire: int) -> list[Form] | None:
        constraint = self.facts.constraint(index)
        if wire in constraint.a or wire in constraint.b or wire not in constraint.c:
            return None
        inverse = pow(constraint.c[wire], -1, R)
        rest = {w: k for w, k in constraint.c.items() if w != wire}
        for one, other in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
            bits = [w for w in one if w]
            if len(bits) == 1 and self.facts.shapes.bits.get(bits[0]) is not None and self.of[bits[0]] == (0, 1):
                forms = []
                for value in (0, 1):
                    factor = substitute(one, bits[0], value).get(0, 0)
                    terms = ((inverse * factor, substitute(other, bits[0], value)),
                             (-inverse, substitute(rest, bits[0], value)))  # fmt: skip
                    forms.append(combine(*terms))
                return forms
        return None

    def _distances(self) -> bool:
        """Bound a wire by its distance to known ones, where a bit gives the distance a sign.

        With x = x0 or x1 by a bit, a ranged form is f0 or f1. Where f0 + f1 is a constant s, f0 lies in the range or in
        s minus the range, so between the bounds of both. This is how the tail threshold gets a range.
        """
        for item in self.facts.shapes.ranged.values():
            if self.facts.holds(item.range.sources) and self._distance(item):
                return True
        return False

    def _distance(self, item: Ranged) -> bool:
        missing = self._missing(item.form)
        if len(missing) < 2:
            return False
        for x in missing:
            for index in self.facts.products_with(x):
                forms = self._cases(index, x) if index in self._quadratic else None
                bits = [w for w in self.facts.constraint(index).wires if w in item.form and self.of.get(w) == (0, 1)]
                if not forms or not bits:
                    continue
                zero, one = (substitute(item.form, bits[0], v, x, forms[v]) for v in (0, 1))
                total, left = combine((1, zero), (1, one)), self._missing(zero)
                if is_constant(total) and len(left) == 1 and abs(signed(zero[left[0]])) == 1:
                    s = signed(total.get(0, 0))
                    own = (item.range.low, item.range.high)
                    other = hull(own, (s - own[1], s - own[0]))
                    return self._bound(zero, left[0], other)
        return False

    def _bound(self, form: Form, wire: int, interval: Interval) -> bool:
        rest = self.form({w: -k % R for w, k in form.items() if w != wire})
        k = signed(form[wire])
        return self._note(wire, times((k, k), plus(interval, rest)) if rest else None)

    def __post_init__(self) -> None:
        self._quadratic = set(self.facts.shapes.quadratic)
        self._two_values: dict[int, tuple[int, Form, tuple[int, int]]] = {}
        for index in (bit - self.facts.circuit.wires for bit in self.facts.shapes.bits):
            found = two_values(self.facts.constraint(index)) if index >= 0 else None
            if found:
                self._two_values |= {wire: (index, found[0], found[1:]) for wire in found[0]}
        self._results = {}
        for index in self._quadratic:
            body = homogeneous(self.facts.constraint(index).c)
            if len(body) > 1:
                self._results[canonical(body)[0]] = index

    def _systems(self) -> bool:
        """Solve two constraints with the same two missing wires for one of them."""
        open_by_pair: dict[frozenset[int], list[int]] = {}
        for index in self.facts.shapes.quadratic:
            constraint = self.facts.constraint(index)
            missing = frozenset(self._missing(constraint.c))
            if len(missing) == 2 and not self._missing([*constraint.a, *constraint.b]):
                open_by_pair.setdefault(missing, []).append(index)
        return any(self._pair(pair, found[:2]) for pair, found in open_by_pair.items() if len(found) > 1)

    def _pair(self, pair: frozenset[int], indexes: list[int]) -> bool:
        one, two = (self.facts.constraint(index) for index in indexes)
        for gone, wire in (tuple(pair), tuple(reversed(tuple(pair)))):
            factor = one.c[gone] * pow(two.c[gone], -1, R) % R
            rest = combine((1, one.c), (-factor, two.c))
            if wire not in rest:
                continue
            inverse = pow(rest.pop(wire), -1, R)
            parts = [self._product(inverse, one.a, one.b), self._product(-inverse * factor, two.a, two.b)]
            known = self.form(combine((-inverse, rest)))
            if None not in parts and known and self._note(wire, plus(plus(*parts), known)):  # type: ignore[arg-type]
                return True
        return False

    def _product(self, factor: int, a: Form, b: Form) -> Interval | None:
        left, right = self.form(combine((factor, a))), self.form(b)
        return times(left, right) if left and right else None


def operands(chain: Chain) -> list[int]:
    """Return the wires whose sum a range check looks at."""
    return [wire for wire in chain.equation.form if wire and wire not in set(chain.wires)]
