"""What the rules read: the constraints, their shapes, which wires are known to have one value, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from determinism.circuit import Circuit, Constraint
from determinism.forms import Form, R, canonical, combine, homogeneous, is_constant
from determinism.shapes import Range, Ranged, Shapes, Sources, read, two_values

NONE: Sources = frozenset()


@dataclass(frozen=True)
class Step:
    """One conclusion: these wires have one value at most.

    Attributes:
        rule: Its name in the report.
        wires: What is now known.
        sources: The constraints that the conclusion rests on.
        uses: The wires that had to be known before.
    """

    rule: str
    wires: tuple[int, ...]
    sources: Sources
    uses: frozenset[int]


@dataclass
class Facts:
    """The state of a check.

    Attributes:
        known: Wires with one value at most, given the inputs.
        removed: Constraints to do without.
        points: Curve and pair of forms → the negative number under which `known` has it once it is shown to be a point.
    """

    circuit: Circuit
    shapes: Shapes
    known: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    points: dict[object, int] = field(default_factory=dict)

    @classmethod
    def of(cls, circuit: Circuit) -> Facts:
        """Return the facts before the first step: the inputs are given."""
        return cls(circuit, read(circuit), {0, *circuit.given})

    def unknown(self, wires: Iterable[int]) -> list[int]:
        """Return those that are not known."""
        return [wire for wire in wires if wire not in self.known]

    def holds(self, sources: Sources) -> bool:
        """Whether every constraint of a set is there."""
        return self.removed.isdisjoint(sources)

    def constraint(self, index: int) -> Constraint:
        """Return a constraint."""
        return self.circuit.constraints[index]

    def range_of(self, wire: int) -> Range | None:
        """Return the range of a wire, if its constraints are there."""
        found = self.shapes.range_of(wire)
        return found if found and self.holds(found.sources) else None

    def ranges(self, wires: Iterable[int]) -> list[Range] | None:
        """Return the ranges of all wires, or None when one has none."""
        found = [self.range_of(wire) for wire in wires]
        return None if None in found else found  # type: ignore[return-value]

    def ranged_with(self, wire: int) -> list[Ranged]:
        """Return the ranged forms that contain a wire."""
        return [item for item in self._ranged_by_wire.get(wire, ()) if self.holds(item.range.sources)]

    def products_with(self, wire: int) -> list[int]:
        """Return the quadratic constraints that contain a wire."""
        return [index for index in self.circuit.uses.get(wire, ()) if index not in self.removed]

    def in_bits(self, form: Form) -> tuple[Form, Sources]:
        """Write a form with one number for each sum of wires in it that is a bit: `--O2` leaves such sums.

        Returns:
            The form, in which such a number stands for its sum and has the sum's two values, and the constraints used.
        """
        used: set[int] = set()
        for wire in sorted(form):
            for index in self.form_bits_with.get(wire, ()):
                two = two_values(self.constraint(index))
                if two is None or index in self.removed or wire not in form:
                    continue
                k = form[wire] * pow(two[0][wire], -1, R) % R
                shorter = combine((1, form), (-k, two[0]), (k, {self.circuit.wires + index: 1}))
                if len(shorter) < len(form):
                    form = shorter
                    used.add(index)
        return form, frozenset(used)

    def nonzero(self, form: Form) -> Sources | None:
        """Return the constraints that exclude the value 0 of a form, or None.

        f · g = k for a constant k ≠ 0 excludes f = 0, whatever g is.
        """
        if is_constant(form):
            return NONE if form else None
        if not homogeneous(form):
            return None
        for index in self._units.get(_key(form), ()):
            if index not in self.removed:
                return frozenset({index})
        return None

    def __post_init__(self) -> None:
        self._ranged_by_wire: dict[int, list[Ranged]] = defaultdict(list)
        for item in self.shapes.ranged.values():
            for wire in item.form:
                self._ranged_by_wire[wire].append(item)
        # Forms of several wires that have two values, by form and by the wires that are no bits.
        self.form_bits: dict[object, int] = {}
        self.form_bits_with: dict[int, list[int]] = defaultdict(list)
        for number, index in self.shapes.bits.items():
            two = two_values(self.constraint(index)) if number >= self.circuit.wires else None
            if two:
                self.form_bits[canonical(two[0])[0]] = index
                for wire in two[0]:
                    if wire not in self.shapes.bits:
                        self.form_bits_with[wire].append(index)
        self._units: dict[object, list[int]] = defaultdict(list)
        for index, constraint in enumerate(self.circuit.constraints):
            if constraint.c and is_constant(constraint.c):
                for form in (constraint.a, constraint.b):
                    if form:
                        self._units[_key(form)].append(index)


def _key(form: Form) -> object:
    return canonical(form)[0]
