"""What is wrong with a circuit, in words that name its file and signals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from determinism.checker import Checker
from determinism.circuit import Circuit, Constraint
from determinism.facts import Facts
from determinism.forms import Form, R, homogeneous, signed
from determinism.integers import Integers, Interval, fits, operands
from determinism.shapes import Chain


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        kind: "not unique", "dead input", "aliasing", "unranged", "selector" or "dropped".
        signals: What it is about.
        why: In words.
    """

    kind: str
    file: str
    signals: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        shown = ", ".join(self.signals[:4]) + (f" and {len(self.signals) - 4} more" if len(self.signals) > 4 else "")
        return f"{self.file}: {self.kind}: {shown}: {self.why}"


def others(facts: Facts, public: Mapping[int, Interval]) -> list[Finding]:
    """Return the findings that are not about uniqueness."""
    return [*dead_inputs(facts), *aliasing(facts), *unranged(facts, public), *selectors(facts)]


def not_unique(checker: Checker) -> Iterator[Finding]:
    """Yield the wires for which no rule shows that they have one value, a line a component."""
    circuit = checker.facts.circuit
    by_component: dict[str, list[str]] = {}
    for wire in checker.unknown():
        name = circuit.label(wire)
        by_component.setdefault(name.rpartition(".")[0], []).append(name)
    for names in by_component.values():
        yield Finding("not unique", circuit.file, tuple(names), "the inputs leave it free, as far as the rules see")


def dead_inputs(facts: Facts) -> Iterator[Finding]:
    """Yield public inputs that stand in no constraint: a proof says nothing about them (C21)."""
    circuit = facts.circuit
    for wire in sorted(circuit.public_inputs):
        if not set(circuit.uses.get(wire, ())) - facts.removed:
            yield Finding("dead input", circuit.file, (circuit.label(wire),), "no constraint contains it")


def aliasing(facts: Facts) -> Iterator[Finding]:
    """Yield sums of bits that reach R: the bits of v + R pass for those of v (C3), unless they are shown unique."""
    for chain in facts.shapes.chains:
        span = (chain.high - chain.low) * chain.unit
        if span >= R and facts.holds(chain.equation.sources) and facts.unknown(chain.wires):
            names = tuple(facts.circuit.label(w) for w in chain.wires if w < facts.circuit.wires)
            yield Finding("aliasing", facts.circuit.file, names, f"{len(chain.wires)} bits reach the field's order")
    for equation in facts.shapes.equations:
        left = facts.unknown(equation.form)
        ranges = facts.ranges(left)
        if ranges is None or not facts.holds(equation.sources):
            continue
        if (
            len(left) > 1
            and sum(abs(signed(equation.form[w])) * r.width for w, r in zip(left, ranges, strict=True)) >= R
        ):
            yield Finding("aliasing", facts.circuit.file, tuple(map(facts.circuit.label, left)), "the sum can wrap")


def unranged(facts: Facts, public: Mapping[int, Interval]) -> Iterator[Finding]:
    """Yield comparisons with an operand whose range is not proven, so that they may wrap around the field (C1, C8)."""
    integers = Integers.compute(facts, public)
    circuit = facts.circuit
    for chain in facts.shapes.chains:
        if not facts.holds(chain.equation.sources):
            continue
        wires = operands(chain)
        if _is_plain(facts, chain, wires):
            continue
        bare = [w for w in wires if _lacks_own_range(facts, integers, w, chain)]
        if bare or not fits(integers.form(chain.equation.form)):
            names = tuple(circuit.label(w) for w in bare or wires)
            yield Finding("unranged", circuit.file, names, f"compared in {_place(circuit, chain)}, which may wrap")
    for index in facts.shapes.quadratic:
        constraint = circuit.constraints[index]
        if index in facts.removed:
            continue
        compared = [w for w in constraint.c if w in integers.asserted and w not in circuit.given]
        factors = [f for f in (constraint.a, constraint.b) if not constraint.c and _is_compared(integers, f)]
        if (compared and not fits(integers.balance(index))) or any(not fits(integers.form(f)) for f in factors):
            bare = [w for w in sorted(constraint.wires) if w not in integers.of] or sorted(constraint.wires)
            names = tuple(map(circuit.label, bare))
            yield Finding("unranged", circuit.file, names, "compared in a product that may wrap")


def _is_compared(integers: Integers, form: Form) -> bool:
    return any(w in integers.asserted for w in form) and len(homogeneous(form)) > 1


def _place(circuit: Circuit, chain: Chain) -> str:
    return circuit.label(next(w for w in chain.wires if w < circuit.wires)).rpartition("[")[0]


def _is_plain(facts: Facts, chain: Chain, wires: list[int]) -> bool:
    """Whether a sum of bits is the range check, or the binary digits, of one wire: that needs no range before it.

    Digits that are used elsewhere are those of the wire itself. With an offset they are a comparison: the top bit of
    x - y + 2^n is its sign, and means something only where x and y have ranges of their own. The offset of a digit that
    is read as 1 minus another bit is none: with it the smallest sum is 0.
    """
    if len(wires) != 1:
        return not wires
    if not _used_elsewhere(facts, chain):
        return True
    return (chain.low * chain.unit + chain.equation.form.get(0, 0)) % R == 0


def _used_elsewhere(facts: Facts, chain: Chain) -> bool:
    circuit = facts.circuit
    for wire in chain.wires:
        own = {facts.shapes.bits[wire], *chain.equation.sources}
        if set(circuit.uses.get(wire, ())) - own or wire in circuit.outputs:
            return True
    return False


def _lacks_own_range(facts: Facts, integers: Integers, wire: int, chain: Chain) -> bool:
    """Whether a wire has no interval but the one that this very comparison would give it."""
    if wire not in integers.of:
        return True
    found = facts.shapes.ranged.get(((wire, 1),))
    alone = found is not None and found.range.sources <= chain.equation.sources | {
        facts.shapes.bits[w] for w in chain.wires
    }
    return alone and wire not in integers.public


def selectors(facts: Facts) -> Iterator[Finding]:
    """Yield inputs that select and that no constraint makes a bit (C9): s in x = y + s (z - y) with 2 or -1 for s."""
    circuit = facts.circuit
    for index in facts.shapes.quadratic:
        constraint = circuit.constraints[index]
        for s, choice in ((constraint.a, constraint.b), (constraint.b, constraint.a)):
            wire = _selector(s)
            if wire not in circuit.given or index in facts.removed or not _chooses(choice, constraint.c):
                continue
            bit = facts.shapes.bits.get(wire)
            if bit is None or bit in facts.removed:
                yield Finding("selector", circuit.file, (circuit.label(wire),), "selects, and need not be 0 or 1")


def dropped(circuit: Circuit) -> Iterator[Finding]:
    """Yield results that are computed and never used (C19), in a circuit compiled without simplification.

    Such a wire stands in the constraint that computes it and in no other. The square of one wire is none: it keeps an
    input in a constraint. Nor is a factor: something else is checked by it, as by the inverse that excludes a zero.
    """
    inputs_and_outputs = circuit.given | circuit.outputs
    for wire, name in circuit.names.items():
        uses = circuit.uses.get(wire, [])
        if wire in inputs_and_outputs or len(uses) > 1:
            continue
        constraint = circuit.constraints[uses[0]] if uses else None
        if constraint is None or not (_is_square(constraint) or wire in constraint.a or wire in constraint.b):
            yield Finding("dropped", circuit.file, (name,), "computed and not used")


def _is_square(constraint: Constraint) -> bool:
    return len(constraint.a) == 1 and constraint.a.keys() == constraint.b.keys() == constraint.wires & set(constraint.a)


def _selector(form: Form) -> int | None:
    """Return s of a form k·s or k·(1 - s) or k·(1 - 2s)."""
    body = homogeneous(form)
    if len(body) != 1:
        return None
    ((wire, k),) = body.items()
    constant = form.get(0, 0)
    return wire if constant in (0, -k % R, -k * pow(2, -1, R) % R) else None


def _chooses(choice: Form, result: Form) -> bool:
    """Whether a form is a difference z - y of which one side stands in the result, too, with another wire."""
    body = homogeneous(choice)
    halves = [{w for w, k in body.items() if (k > R // 2) is side} for side in (True, False)]
    own = set(homogeneous(result))
    return all(halves) and bool(own - set(body)) and any(half <= own for half in halves)
