"""Linear algebra for what single wires do not show: a sum can be known before any of its terms is.

The partial rounds of Poseidon need it. Simplification expresses the state before a round through wires of later rounds,
so that each S-box reads a long sum of unknown wires that is nevertheless a combination of sums known before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from determinism.facts import NONE, Facts, Step
from determinism.forms import Form, R
from determinism.shapes import Sources


@dataclass
class Row:
    """A combination of unknown wires that has one value; 1 at its pivot, and no other row has that wire."""

    form: Form
    sources: Sources
    uses: frozenset[int]


@dataclass
class Span:
    """The combinations of unknown wires that have one value, in reduced echelon form.

    Sound because sums and multiples of quantities with one value have one value: where the rows contain a multiple of a
    single wire, that wire has one value, and a product of two combinations in the span has one value.
    """

    facts: Facts
    rows: dict[int, Row] = field(default_factory=dict)
    absorbed: set[int] = field(default_factory=set)

    def advance(self, candidates: Iterable[int]) -> list[Step]:
        """Absorb one constraint after the other; return the first wires that become known."""
        for index in candidates:
            if index in self.absorbed or index in self.facts.removed:
                continue
            steps = self._absorb(index)
            if steps:
                return steps
        return []

    def forget(self, wires: Iterable[int]) -> list[Step]:
        """Drop wires that have become known; return what that leaves alone in its row."""
        steps = []
        for wire in wires:
            self.rows.pop(wire, None)
            for pivot, row in list(self.rows.items()):
                if row.form.pop(wire, None) is not None:
                    row.uses |= {wire}
                    if len(row.form) == 1:
                        del self.rows[pivot]
                        steps.append(Step("span", (pivot,), row.sources, row.uses))
        return steps

    def _absorb(self, index: int) -> list[Step]:
        constraint = self.facts.constraint(index)
        left, why_left = self._reduce(constraint.a)
        if left:
            return []
        right, why_right = self._reduce(constraint.b)
        if right:
            return []
        rest, why = self._reduce(constraint.c)
        self.absorbed.add(index)
        if not rest:
            return []
        sources = frozenset({index}).union(*(row.sources for row in (*why_left, *why_right, *why)))
        known = constraint.wires - set(self.facts.unknown(constraint.wires))
        uses = known.union(*(row.uses for row in (*why_left, *why_right, *why)))
        return self._add(rest, sources, uses)

    def _reduce(self, form: Form) -> tuple[Form, list[Row]]:
        """Return what the rows leave of the unknown part of a form, and the rows that were subtracted."""
        rest = {wire: form[wire] for wire in self.facts.unknown(form)}
        used = []
        for pivot in [wire for wire in rest if wire in self.rows]:
            row = self.rows[pivot]
            _subtract(rest, rest[pivot], row.form)
            used.append(row)
        return rest, used

    def _add(self, form: Form, sources: Sources, uses: frozenset[int]) -> list[Step]:
        pivot = min(form)
        inverse = pow(form[pivot], -1, R)
        fresh = Row({wire: k * inverse % R for wire, k in form.items()}, sources, uses)
        found = []
        if len(fresh.form) == 1:
            found.append((pivot, fresh))
        for other, row in list(self.rows.items()):
            factor = row.form.get(pivot)
            if factor is None:
                continue
            _subtract(row.form, factor, fresh.form)
            row.sources, row.uses = row.sources | sources, row.uses | uses
            if len(row.form) == 1:
                found.append((other, row))
        self.rows[pivot] = fresh
        for wire, _ in found:
            del self.rows[wire]
        return [Step("span", (wire,), row.sources or NONE, row.uses) for wire, row in found]


def _subtract(target: Form, factor: int, form: Form) -> None:
    for wire, k in form.items():
        value = (target.get(wire, 0) - factor * k) % R
        if value:
            target[wire] = value
        else:
            target.pop(wire, None)
